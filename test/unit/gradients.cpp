/*
 * gradients.cpp: backpropagation against central differences, for every activation x loss, with and
 * without weights of rows, in double precision.
 */
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/losses.h"
#include "core/network.h"

namespace
{

using nn::Activation;
using nn::ConstMatrixMap;
using nn::Index;
using nn::Layer;
using nn::Matrix;
using nn::Network;
using nn::Vector;
using nn::Workspace;

constexpr Index kRows = 7;
constexpr double kStep = 1e-5;   // of a central difference
constexpr double kMargin = 2e-3; // to the next kink, far more than a step moves anything
constexpr double kWeights[kRows] = {1, 0.5, 2, 0, 3, 1.25, 0.25};
constexpr double kQuantiles[] = {0.1, 0.5, 0.9};

struct Case
{
	std::string activation, loss;
	double smoothing;
	bool weighted;
	std::vector<int> sizes;

	std::string name() const
	{
		return activation + ", " + loss + " of " + std::to_string(sizes.back()) + ", smoothing " +
			   std::to_string(smoothing) + (weighted ? ", weighted" : "");
	}
};

// A network with a batch for it, at a point where loss and activations are smooth.
class Problem
{
public:
	Problem(const Case &c, uint64_t seed)
		: case_(c), loss_(*nn::find_loss<double>(c.loss)),
		  network_(c.sizes, std::vector<const Activation<double> *>(
								c.sizes.size() - 2, nn::find_activation<double>(c.activation))),
		  workspace_(network_, kRows), X(kRows, c.sizes.front())
	{
		std::mt19937_64 random(seed);
		const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-52 - 1; };

		for (double &p : network_.parameters())
			p = uniform();
		for (Index i = 0; i < X.size(); i++)
			X.data()[i] = 1.5 * uniform();
		Y.resize(kRows, loss_.classes || loss_.quantiles ? 1 : network_.outputs());
		for (Index i = 0; i < Y.size(); i++)
			Y.data()[i] = loss_.classes       ? static_cast<double>(i % std::max(2, c.sizes.back()))
						  : loss_.logarithmic ? static_cast<double>(i % 4)
											  : 3 * uniform();
	}

	Network<double> &network() { return network_; }

	// (loss summed over rows and outputs) / rows
	double loss()
	{
		double total = 0;

		for (double sum : evaluate(0, kRows, nullptr))
			total += sum;
		return total / kRows;
	}

	// Adds the part of the rows from first to end.
	void add_gradient(Index first, Index end, Vector<double> &gradient)
	{
		evaluate(first, end, workspace_.output_gradient());
		workspace_.backward(network_, X.row(first).data(), end - first, nn::Sum::kAdd, gradient);
	}

	Vector<double> gradient()
	{
		Vector<double> result = Vector<double>::Zero(network_.parameters().size());
		add_gradient(0, kRows, result);
		return result;
	}

	// Whether no pre-activation lies near 0 and no error near 0, 1 or -1; also checks forward()
	// against plain loops.
	bool smooth()
	{
		Matrix<double> A = X;
		bool result = true;

		for (const Layer<double> &layer : network_.layers())
		{
			A = pre_activations(layer, A);
			if (layer.activation == nullptr)
				break;
			result = result && A.cwiseAbs().minCoeff() > kMargin;
			layer.activation->forward(nn::ArrayMap<double>(A.data(), A.size()));
		}
		EXPECT_TRUE(A.isApprox(workspace_.forward(network_, X.data(), kRows), 1e-14));
		if (!loss_.classes)
			for (Index k = 0; k < A.cols(); k++)
				for (double kink : {-1., 0., 1.})
				{
					const auto error = A.col(k) - Y.col(loss_.quantiles ? 0 : k);
					result = result && (error.array() - kink).abs().minCoeff() > kMargin;
				}
		return result;
	}

private:
	// The sums of the rows from first to end.
	std::vector<double> evaluate(Index first, Index end, double *dZ)
	{
		std::vector<double> sums(static_cast<size_t>(network_.outputs()));
		const Index n = end - first;

		loss_.evaluate({workspace_.forward(network_, X.row(first).data(), n),
						ConstMatrixMap<double>(Y.row(first).data(), n, Y.cols()),
						case_.weighted ? kWeights + first : nullptr, sums.data(), 1.0 / kRows, dZ,
						case_.smoothing, kQuantiles});
		return sums;
	}

	Matrix<double> pre_activations(const Layer<double> &layer, const Matrix<double> &A) const
	{
		const double *W = network_.parameters().data() + layer.weights;
		const double *b = network_.parameters().data() + layer.biases;
		Matrix<double> Z(A.rows(), layer.outputs);

		for (Index row = 0; row < A.rows(); row++)
			for (Index o = 0; o < layer.outputs; o++)
			{
				Z(row, o) = b[o];
				for (Index i = 0; i < layer.inputs; i++)
					Z(row, o) += W[o * layer.inputs + i] * A(row, i);
			}
		return Z;
	}

	const Case case_;
	const nn::Loss<double> &loss_;
	Network<double> network_;
	Workspace<double> workspace_;

public:
	Matrix<double> X, Y;
};

// The first of a fixed row of points where everything is smooth.
Problem smooth_problem(const Case &c)
{
	for (uint64_t seed = 1; seed < 1000; seed++)
		if (Problem(c, seed).smooth())
			return Problem(c, seed);
	ADD_FAILURE() << "no smooth point for " << c.name();
	return Problem(c, 1);
}

std::vector<Case> all_cases()
{
	const struct
	{
		const char *loss;
		int outputs;
		double smoothing;
	} kLosses[] = {{"mse", 2, 0},
				   {"mae", 2, 0},
				   {"huber", 2, 0},
				   {"poisson", 2, 0},
				   {"quantile", 3, 0},
				   {"cross_entropy", 3, 0},
				   {"cross_entropy", 1, 0},
				   {"cross_entropy", 3, 0.1},
				   {"cross_entropy", 1, 0.2}};
	std::vector<Case> cases;
	std::string names = nn::activation_names() + ", ";

	for (size_t end; (end = names.find(", ")) != std::string::npos; names.erase(0, end + 2))
		for (const auto &loss : kLosses)
			for (bool weighted : {false, true})
				for (const std::vector<int> &hidden : {std::vector<int>{5}, {5, 4, 3}})
				{
					Case c = {names.substr(0, end), loss.loss, loss.smoothing, weighted, hidden};
					c.sizes.push_back(loss.outputs);
					cases.push_back(c);
				}
	return cases;
}

void check_gradient(const Case &c)
{
	Problem problem = smooth_problem(c);
	const Vector<double> analytic = problem.gradient();
	Index present = 0;

	for (Index i = 0; i < analytic.size(); i++)
	{
		double &p = problem.network().parameters()[i];
		const double value = p;
		p = value + kStep;
		const double above = problem.loss();
		p = value - kStep;
		const double below = problem.loss();
		p = value;

		const double a = analytic[i], n = (above - below) / (2 * kStep);
		EXPECT_LT(std::abs(a - n) / std::max(1e-3, std::abs(a) + std::abs(n)), 1e-6)
			<< c.name() << ", parameter " << i << ": " << a << ", not " << n;
		present += std::abs(a) > 1e-6;
	}
	// a point where nearly everything is zero would prove nothing
	EXPECT_GT(present, analytic.size() / 2) << c.name();
}

TEST(Gradients, EveryActivationAndLoss)
{
	const std::vector<Case> cases = all_cases();

	EXPECT_EQ(cases.size(), 9u * 9 * 2 * 2);
	for (const Case &c : cases)
		check_gradient(c);
}

// Each layer with an activation of its own: they must not be mixed up.
TEST(Gradients, MixedActivations)
{
	Network<double> network({3, 4, 4, 4, 1}, {nn::find_activation<double>("gelu"),
											  nn::find_activation<double>("tanh"),
											  nn::find_activation<double>("silu")});
	Workspace<double> workspace(network, 1);
	Vector<double> gradient = Vector<double>::Zero(network.parameters().size());
	const double x[] = {0.5, -1, 0.25};
	const auto output = [&] { return workspace.forward(network, x, 1)(0, 0); };

	network.initialise(nn::Random(5), {});
	output();
	workspace.output_gradient()[0] = 1;
	workspace.backward(network, x, 1, nn::Sum::kAdd, gradient);
	for (Index i = 0; i < gradient.size(); i++)
	{
		double &p = network.parameters()[i];
		const double value = p;
		p = value + kStep;
		const double above = output();
		p = value - kStep;
		const double below = output();
		p = value;
		EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), 1e-9) << "parameter " << i;
	}
}

// A batch may be worked in parts: backward() adds.
TEST(Gradients, PartsOfABatchAddUp)
{
	for (const Case &c : all_cases())
	{
		Problem problem(c, 1);
		const Vector<double> whole = problem.gradient();
		Vector<double> parts = Vector<double>::Zero(whole.size());
		problem.add_gradient(0, 4, parts);
		problem.add_gradient(4, kRows, parts);
		EXPECT_LT((whole - parts).cwiseAbs().maxCoeff(), 1e-14 * (1 + whole.cwiseAbs().maxCoeff()))
			<< c.name();
	}
}

} // namespace
