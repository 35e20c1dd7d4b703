/*
 * functions.h: functions to be made small, and the way down them by Lbfgs.
 */
#ifndef PGNN_TEST_FUNCTIONS_H
#define PGNN_TEST_FUNCTIONS_H

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "core/lbfgs.h"

namespace functions
{

using nn::Index;
using nn::Lbfgs;
using nn::Verdict;
using Numbers = nn::Vector<double>;

// The loss at x; its gradient is stored.
using Function = std::function<double(const Numbers &x, Numbers &gradient)>;

inline Numbers numbers(std::initializer_list<double> values)
{
	Numbers result(static_cast<Index>(values.size()));
	std::copy(values.begin(), values.end(), result.begin());
	return result;
}

// Rosenbrock's valley, once for every two variables, each a little different from the one before.
inline double rosenbrock(const Numbers &x, Numbers &gradient)
{
	double loss = 0;

	for (Index i = 0; i + 1 < x.size(); i += 2)
	{
		const double steep = 100 + static_cast<double>(i);
		const double across = x[i + 1] - x[i] * x[i], along = 1 - x[i];
		loss += steep * across * across + along * along;
		gradient[i] = -4 * steep * across * x[i] - 2 * along;
		gradient[i + 1] = 2 * steep * across;
	}
	return loss;
}

inline Numbers rosenbrock_start(Index size)
{
	Numbers x(size);
	for (Index i = 0; i < size; i++)
		x[i] = i % 2 == 0 ? -1.2 : 1;
	return x;
}

// Curvatures from 1 to 1e4; the minimum, at (1, ..., 1), is offset.
inline double quadratic(const Numbers &x, Numbers &gradient, double offset)
{
	double loss = offset;

	for (Index i = 0; i < x.size(); i++)
	{
		const double curvature =
			std::pow(1e4, static_cast<double>(i) / static_cast<double>(x.size() - 1));
		gradient[i] = curvature * (x[i] - 1);
		loss += gradient[i] * (x[i] - 1) / 2;
	}
	return loss;
}

// Where a step started and ended.
struct Point
{
	Numbers x, gradient;
	double loss;
	Numbers first_trial; // from here
};

struct Descent
{
	std::vector<Point> points; // the start and the accepted ones
	Numbers x;
	double loss = 0; // as it says itself
	int told = 0;
	bool stuck = false;
};

// Until it is stuck, or was told so many losses.
inline Descent minimise(const Function &f, Numbers x, double first_step = 1, int most = 5000)
{
	Lbfgs<double> lbfgs(x.size(), first_step);
	Numbers gradient(x.size());
	Descent run;

	while (!run.stuck && run.told < most)
	{
		const Numbers at = x;
		const double loss = f(x, gradient);
		const Verdict verdict = lbfgs.judge(loss, gradient, x);
		if (verdict == Verdict::kAccepted)
		{
			EXPECT_EQ(x, at); // they stay
			EXPECT_EQ(lbfgs.loss(), loss);
			lbfgs.begin(x);
		}
		if (verdict == Verdict::kAccepted || run.told == 0)
			run.points.push_back({at, gradient, loss, x});
		run.stuck = verdict == Verdict::kStuck;
		run.told++;
	}
	run.x = x;
	run.loss = lbfgs.loss();
	return run;
}

inline double distance(const Numbers &a, const Numbers &b)
{
	return (a - b).cwiseAbs().maxCoeff();
}

// The strong Wolfe conditions between points whose distance isn't rounding alone.
inline void expect_wolfe(const Descent &run)
{
	for (size_t k = 1; k < run.points.size(); k++)
	{
		const Point &a = run.points[k - 1], &b = run.points[k];
		const Numbers step = b.x - a.x;
		const double before = step.dot(a.gradient), after = step.dot(b.gradient);
		if (step.norm() < 1e-5)
			continue;
		EXPECT_LT(before, 0) << "step " << k;
		EXPECT_LE(b.loss, a.loss + 1e-4 * before * (1 - 1e-6)) << "step " << k;
		EXPECT_LE(std::abs(after), -0.9 * before * (1 + 1e-6)) << "step " << k;
	}
}

} // namespace functions

#endif
