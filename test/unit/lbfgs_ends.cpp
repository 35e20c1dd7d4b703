/*
 * lbfgs_ends.cpp: how Lbfgs comes through what isn't finite, and to an end: where nothing can be made
 * smaller, and against what lies about its gradient.
 */
#include "core/lbfgs.h"

#include "functions.h"

namespace
{

using functions::Descent;
using functions::distance;
using functions::expect_wolfe;
using functions::Function;
using functions::minimise;
using functions::Numbers;
using functions::numbers;
using functions::Point;
using functions::quadratic;
using functions::rosenbrock;
using functions::rosenbrock_start;
using nn::Index;
using nn::Lbfgs;
using nn::Verdict;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int kMostTrials = 25; // of one search

// ---- what isn't finite ----

// The sum of x - ln(x): its minimum is at 1, and nothing is below 0, where it is as told.
double barrier(const Numbers &x, Numbers &gradient, double loss_beyond, double slope_beyond)
{
	double loss = 0;

	for (Index i = 0; i < x.size(); i++)
	{
		const double weight = static_cast<double>(i + 1);
		loss += x[i] > 0 ? weight * (x[i] - std::log(x[i])) : loss_beyond;
		gradient[i] = x[i] > 0 ? weight * (1 - 1 / x[i]) : slope_beyond;
	}
	return loss;
}

TEST(LbfgsEnds, TrialsThatAreNotFiniteAreSurvived)
{
	const double kBeyond[][2] = {
		{kNaN, kNaN}, {kInfinity, 0}, {0, kNaN}, {-kInfinity, 1}, {-1e9, kInfinity}};

	for (const auto &beyond : kBeyond)
		for (double first_step : {1.0, 100.0, 1e12})
		{
			int left = 0;
			const auto f = [&](const Numbers &x, Numbers &g) {
				left += x.minCoeff() <= 0;
				return barrier(x, g, beyond[0], beyond[1]);
			};
			const Descent run = minimise(f, numbers({5, 0.01, 3}), first_step);
			EXPECT_LT(distance(run.x, numbers({1, 1, 1})), 1e-6) << beyond[0] << ", " << first_step;
			EXPECT_GT(left, 0);
			expect_wolfe(run);
		}
}

TEST(LbfgsEnds, AStartThatIsNotFiniteIsTheEnd)
{
	const double kStarts[][2] = {{kNaN, 1}, {kInfinity, 1}, {1, kNaN}, {1, -kInfinity}};

	for (const auto &start : kStarts)
	{
		Numbers x = numbers({3, 4}), gradient = numbers({start[1], 1});
		Lbfgs<double> lbfgs(2, 1);
		EXPECT_EQ(lbfgs.judge(start[0], gradient, x), Verdict::kStuck);
		EXPECT_EQ(x, numbers({3, 4}));
	}
}

// ---- the end ----

TEST(LbfgsEnds, AtTheMinimumItIsStuckAtOnceAndForGood)
{
	Numbers x = numbers({1, 1}), gradient = numbers({0, 0});
	Lbfgs<double> lbfgs(2, 1);

	EXPECT_EQ(lbfgs.judge(7, gradient, x), Verdict::kStuck);
	EXPECT_EQ(lbfgs.loss(), 7);
	gradient = numbers({1, 1});
	EXPECT_EQ(lbfgs.judge(6, gradient, x), Verdict::kStuck);
	EXPECT_EQ(x, numbers({1, 1}));
}

// Rounding hides the last part of the descent: the searches there fail, and end it.
TEST(LbfgsEnds, NearTheMinimumItEndsAtTheBest)
{
	for (double offset : {1.0, 1e3, 1e9})
	{
		double lowest = kInfinity;
		const auto f = [&](const Numbers &x, Numbers &g) {
			const double loss = quadratic(x, g, offset);
			lowest = std::min(lowest, loss);
			return loss;
		};
		Numbers gradient(50);
		const Descent run = minimise(f, Numbers::Zero(50));
		EXPECT_TRUE(run.stuck);
		EXPECT_LT(run.told, 1000);
		EXPECT_EQ(run.loss, f(run.x, gradient));
		EXPECT_EQ(run.loss, lowest);
		for (size_t k = 1; k < run.points.size(); k++)
			EXPECT_LT(run.points[k].loss, run.points[k - 1].loss); // rounded as it is
		EXPECT_LT(distance(run.x, Numbers::Ones(50)), 1e-6 * std::sqrt(offset));
	}
}

// A slope whose whole promise is less than the loss can show isn't followed any further.
TEST(LbfgsEnds, WhatNoLossCanShowIsNotLookedFor)
{
	const auto flat = [](const Numbers &, Numbers &g) {
		g = numbers({1e-9, 0});
		return 1.0;
	};
	EXPECT_EQ(minimise(flat, numbers({0, 0})).told, 2);
}

TEST(LbfgsEnds, AgainstAWrongGradientItGivesUpWhereItStarted)
{
	const auto uphill = [](const Numbers &x, Numbers &g) {
		const double loss = quadratic(x, g, 0);
		g = -g;
		return loss;
	};
	const Descent run = minimise(uphill, Numbers::Zero(50));

	EXPECT_TRUE(run.stuck);
	EXPECT_LE(run.told, 1 + kMostTrials);
	EXPECT_EQ(run.x, Numbers::Zero(50));
	EXPECT_EQ(run.loss, run.points[0].loss);
}

// No step of |x - 0.3| meets the conditions: the slope is 1 or -1. The best trial is kept.
TEST(LbfgsEnds, AtAKinkItKeepsTheBestTrial)
{
	const auto kink = [](const Numbers &x, Numbers &g) {
		g[0] = x[0] < 0.3 ? -1 : 1;
		return std::abs(x[0] - 0.3);
	};
	Numbers gradient(1);
	const Descent run = minimise(kink, numbers({2}));

	EXPECT_TRUE(run.stuck);
	EXPECT_EQ(run.points.size(), 1u);
	EXPECT_LE(run.told, 1 + kMostTrials);
	EXPECT_NEAR(run.x[0], 0.3, 1e-3);
	EXPECT_EQ(run.loss, kink(run.x, gradient));
}

// After twelve trials so many of them are told to be high above the start.
Function wall(int count)
{
	return [told = 0, count](const Numbers &x, Numbers &gradient) mutable {
		const double loss = rosenbrock(x, gradient);
		const bool high = told >= 12 && told < 12 + count;
		told++;
		return high ? loss + 1e3 : loss;
	};
}

// A search that fails with what is remembered is followed by one along the gradient alone.
TEST(LbfgsEnds, AfterAFailedSearchTheGradientIsTried)
{
	const Descent run = minimise(wall(kMostTrials), rosenbrock_start(2));
	size_t restarts = 0;

	EXPECT_LT(distance(run.x, numbers({1, 1})), 1e-8);
	for (size_t k = 1; k + 1 < run.points.size(); k++)
	{
		const Point &a = run.points[k];
		const Numbers step = run.points[k + 1].x - a.x;
		const double cosine = -step.dot(a.gradient) / step.norm() / a.gradient.norm();
		restarts += cosine > 1 - 1e-12;
	}
	EXPECT_EQ(restarts, 1u);
}

// ... and if that fails, too, it ends, at the last point accepted.
TEST(LbfgsEnds, AfterTwoFailedSearchesItEnds)
{
	const Descent run = minimise(wall(1000), rosenbrock_start(2));

	EXPECT_TRUE(run.stuck);
	EXPECT_GT(run.points.size(), 4u);
	EXPECT_LE(run.told, 12 + 2 * kMostTrials);
	EXPECT_EQ(run.x, run.points.back().x);
	EXPECT_EQ(run.loss, run.points.back().loss);
}

// Where the loss bends at x = 0, searches fail halfway: they go on from the best trial.
TEST(LbfgsEnds, AFailedSearchIsLeftAtItsBestTrial)
{
	const auto gutter = [](const Numbers &x, Numbers &g) {
		g = numbers({x[0] < 0 ? -1.0 : 1.0, 0.02 * (x[1] - 3)});
		return std::abs(x[0]) + 0.01 * (x[1] - 3) * (x[1] - 3);
	};
	Numbers gradient(2);
	const Descent run = minimise(gutter, numbers({2, 0}));

	EXPECT_TRUE(run.stuck);
	EXPECT_EQ(run.loss, gutter(run.x, gradient));
	EXPECT_LT(run.loss, run.points.back().loss);
	EXPECT_LT(std::abs(run.x[0]), 1e-3);
}

} // namespace
