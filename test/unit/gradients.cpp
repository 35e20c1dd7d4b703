/*
 * gradients.cpp: backpropagation against central differences, for every activation x loss, in
 * double precision.
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

struct Case
{
	std::string activation, loss;
	std::vector<int> sizes;
};

// A network with a batch for it, at a point where loss and activations are smooth.
class Problem
{
public:
	Problem(const Case &c, uint64_t seed)
		: loss_(*nn::find_loss<double>(c.loss)),
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
		Y.resize(kRows, loss_.classes ? 1 : network_.outputs());
		for (Index i = 0; i < Y.size(); i++)
			Y.data()[i] = loss_.classes ? static_cast<double>(i % std::max(2, c.sizes.back()))
										: 3 * uniform();
	}

	Network<double> &network() { return network_; }

	// (loss summed over rows and outputs) / rows
	double loss()
	{
		std::vector<double> sums(static_cast<size_t>(network_.outputs()));
		double total = 0;

		loss_.evaluate(workspace_.forward(network_, X.data(), kRows), map(Y), sums.data(), 0,
					   nullptr);
		for (double sum : sums)
			total += sum;
		return total / kRows;
	}

	// Adds the part of the rows from first to end.
	void add_gradient(Index first, Index end, Vector<double> &gradient)
	{
		std::vector<double> sums(static_cast<size_t>(network_.outputs()));
		const double *x = X.row(first).data(), *y = Y.row(first).data();
		const Index n = end - first;

		loss_.evaluate(workspace_.forward(network_, x, n), ConstMatrixMap<double>(y, n, Y.cols()),
					   sums.data(), 1.0 / kRows, workspace_.output_gradient());
		workspace_.backward(network_, x, n, gradient);
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
			for (double kink : {-1., 0., 1.})
				result = result && ((A - Y).array() - kink).abs().minCoeff() > kMargin;
		return result;
	}

private:
	static ConstMatrixMap<double> map(const Matrix<double> &m)
	{
		return ConstMatrixMap<double>(m.data(), m.rows(), m.cols());
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
	ADD_FAILURE() << "no smooth point for " << c.activation << " and " << c.loss;
	return Problem(c, 1);
}

std::vector<Case> all_cases()
{
	const struct
	{
		const char *loss;
		int outputs;
	} kLosses[] = {
		{"mse", 2}, {"mae", 2}, {"huber", 2}, {"cross_entropy", 3}, {"cross_entropy", 1}};
	std::vector<Case> cases;
	std::string names = nn::activation_names() + ", ";

	for (size_t end; (end = names.find(", ")) != std::string::npos; names.erase(0, end + 2))
		for (const auto &loss : kLosses)
		{
			cases.push_back({names.substr(0, end), loss.loss, {5, 4, 3, loss.outputs}});
			cases.push_back({names.substr(0, end), loss.loss, {5, loss.outputs}});
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
			<< c.activation << ", " << c.loss << ", parameter " << i << ": " << a << ", not " << n;
		present += std::abs(a) > 1e-6;
	}
	// a point where nearly everything is zero would prove nothing
	EXPECT_GT(present, analytic.size() / 2) << c.activation << ", " << c.loss;
}

TEST(Gradients, EveryActivationAndLoss)
{
	const std::vector<Case> cases = all_cases();

	EXPECT_EQ(cases.size(), 9u * 5 * 2);
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
	workspace.backward(network, x, 1, gradient);
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
			<< c.activation << ", " << c.loss;
	}
}

} // namespace
