/*
 * recovery.cpp: rows simulated from known parameters give them back, within what so many rows allow.
 */
#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "core/losses.h"
#include "core/network.h"
#include "core/optimizers.h"
#include "core/random.h"

namespace
{

using nn::ArrayMap;
using nn::ConstArrayMap;
using nn::ConstMatrixMap;
using nn::Index;
using nn::Matrix;
using nn::Network;
using nn::Random;
using nn::Vector;

constexpr Index kRows = 4000;
constexpr double kErrors = 4; // standard errors: one of 16000 estimates is as far off

struct Rows
{
	Matrix<double> X, Y;
	std::vector<double> weights; // 1 each unless given
};

// The parameters of a network without hidden layers after full-batch steps of adam, whose rate falls
// to 0: a constant one would keep the pinball loss swinging around its smallest.
Network<double> fit(const char *name, const Rows &rows, int outputs, int steps,
					const std::vector<double> &quantiles = {})
{
	const nn::Loss<double> &loss = *nn::find_loss<double>(name);
	const nn::Optimizer<double> &adam = *nn::find_optimizer<double>("adam");
	const Index n = rows.X.rows();
	Network<double> network({static_cast<int>(rows.X.cols()), outputs}, {});
	nn::Workspace<double> workspace(network, n);
	Vector<double> slots[nn::kMaxSlots], gradient;
	std::vector<double> sums(static_cast<size_t>(outputs));
	const auto map = [](Vector<double> &v) { return ArrayMap<double>(v.data(), v.size()); };

	for (Vector<double> &slot : slots)
		slot.setZero(network.parameters().size());
	for (int number = 1; number <= steps; number++)
	{
		gradient.setZero(network.parameters().size());
		loss.evaluate({workspace.forward(network, rows.X.data(), n),
					   ConstMatrixMap<double>(rows.Y.data(), n, rows.Y.cols()),
					   rows.weights.empty() ? nullptr : rows.weights.data(), sums.data(),
					   1 / static_cast<double>(n), workspace.output_gradient(), 0,
					   quantiles.data()});
		workspace.backward(network, rows.X.data(), n, nn::Sum::kAdd, gradient);
		nn::OptimizerStep<double> step = {map(network.parameters()),
										  ConstArrayMap<double>(gradient.data(), gradient.size()),
										  {map(slots[0]), map(slots[1])},
										  0.05 * (1 - static_cast<double>(number) / steps),
										  0,
										  false,
										  number};
		adam.step(step);
	}
	return network;
}

// ---- poisson ----

constexpr double kSlopes[] = {0.8, -0.3}, kIntercept = 0.5;

double rate(const Matrix<double> &X, Index row, const double *slopes, double intercept)
{
	return std::exp(intercept + slopes[0] * X(row, 0) + slopes[1] * X(row, 1));
}

// By multiplying uniform numbers until they fall below e^-mean. D. Knuth, "The art of computer
// programming", volume 2, 3.4.1.
int poisson(double mean, Random &random)
{
	const double limit = std::exp(-mean);
	int count = 0;

	for (double product = random.uniform(); product > limit; product *= random.uniform())
		count++;
	return count;
}

Rows counts()
{
	Rows rows = {Matrix<double>(kRows, 2), Matrix<double>(kRows, 1), {}};
	Random random(1);

	for (Index row = 0; row < kRows; row++)
	{
		rows.X.row(row) << 4 * random.uniform() - 2, 2 * random.uniform() - 1;
		rows.Y(row, 0) = poisson(rate(rows.X, row, kSlopes, kIntercept), random);
	}
	return rows;
}

// The standard errors of the two slopes and the intercept: roots of the diagonal of the inverse of
// Fisher's information, sum mu x x^T.
std::vector<double> standard_errors(const Rows &rows)
{
	Eigen::Matrix3d information = Eigen::Matrix3d::Zero();
	std::vector<double> errors;

	for (Index row = 0; row < kRows; row++)
	{
		const Eigen::Vector3d x(rows.X(row, 0), rows.X(row, 1), 1);
		information += rate(rows.X, row, kSlopes, kIntercept) * x * x.transpose();
	}
	// an element of the inverse: the cofactor over the determinant, a product of three columns
	const auto column = [&](int c) -> Eigen::Vector3d { return information.col(c % 3); };
	for (int c = 0; c < 3; c++)
	{
		const Eigen::Vector3d a = column(c + 1), b = column(c + 2);
		const Eigen::Vector3d cross(a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
									a[0] * b[1] - a[1] * b[0]);
		errors.push_back(std::sqrt(cross[c] / column(c).dot(cross)));
	}
	return errors;
}

TEST(Recovery, RatesOfPoissonRows)
{
	const Rows rows = counts();
	const Vector<double> found = fit("poisson", rows, 1, 1000).parameters();
	const std::vector<double> errors = standard_errors(rows);
	const double truth[] = {kSlopes[0], kSlopes[1], kIntercept};

	for (int i = 0; i < 3; i++)
	{
		EXPECT_NEAR(found[i], truth[i], kErrors * errors[static_cast<size_t>(i)]) << i;
		EXPECT_LT(errors[static_cast<size_t>(i)], 0.02);
	}

	// The likelihood is largest where residuals are orthogonal to 1 and x.
	double sums[3] = {};
	for (Index row = 0; row < kRows; row++)
	{
		const double residual = rows.Y(row, 0) - rate(rows.X, row, found.data(), found[2]);
		sums[0] += residual;
		sums[1] += residual * rows.X(row, 0);
		sums[2] += residual * rows.X(row, 1);
	}
	for (double sum : sums)
		EXPECT_NEAR(sum / kRows, 0, 1e-6);
}

// Other rows between the others, without weight: nothing is found but what was found without them.
TEST(Recovery, WeightlessRowsChangeNothing)
{
	const Rows rows = counts();
	Rows more = {Matrix<double>(2 * kRows, 2), Matrix<double>(2 * kRows, 1), {}};

	for (Index row = 0; row < kRows; row++)
	{
		more.X.row(2 * row) = rows.X.row(row);
		more.X.row(2 * row + 1) << 1, 1;
		more.Y(2 * row, 0) = rows.Y(row, 0);
		more.Y(2 * row + 1, 0) = 50;
		more.weights.insert(more.weights.end(), {2, 0}); // 2: the scale is 1 / rows
	}
	const Vector<double> with = fit("poisson", more, 1, 200).parameters();
	const Vector<double> without = fit("poisson", rows, 1, 200).parameters();
	EXPECT_TRUE(with.isApprox(without, 1e-9));
}

// ---- quantile ----

const std::vector<double> kQuantiles = {0.1, 0.5, 0.9};

// y = 1 + 2 x + e, where P(e > t) = exp(-t): its quantiles are -ln(1 - q).
Rows skewed()
{
	Rows rows = {Matrix<double>(kRows, 1), Matrix<double>(kRows, 1), {}};
	Random random(2);

	for (Index row = 0; row < kRows; row++)
	{
		rows.X(row, 0) = 2 * random.uniform() - 1;
		rows.Y(row, 0) = 1 + 2 * rows.X(row, 0) - std::log(1 - random.uniform());
	}
	return rows;
}

TEST(Recovery, QuantilesOfSkewedRows)
{
	const Rows rows = skewed();
	const Network<double> network = fit("quantile", rows, 3, 2000, kQuantiles);
	const Vector<double> &found = network.parameters(); // three slopes, three intercepts

	for (Index k = 0; k < 3; k++)
	{
		// The density at the quantile is 1 - q; the variance of x is 1/3.
		const double q = kQuantiles[static_cast<size_t>(k)];
		const double error = std::sqrt(q / (1 - q) / kRows);
		EXPECT_NEAR(found[k + 3], 1 - std::log(1 - q), kErrors * error) << q;
		EXPECT_NEAR(found[k], 2, kErrors * error * std::sqrt(3)) << q;

		double below = 0;
		for (Index row = 0; row < kRows; row++)
			below += rows.Y(row, 0) < found[k + 3] + found[k] * rows.X(row, 0);
		EXPECT_NEAR(below / kRows, q, 2e-3) << q;
	}
}

} // namespace
