/*
 * lbfgs.cpp: known minima, and the conditions that every step and every direction must meet.
 */
#include "core/lbfgs.h"

#include "functions.h"
#include "rows.h"

namespace
{

using functions::Descent;
using functions::distance;
using functions::expect_wolfe;
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

constexpr size_t kMemory = 10;

// ---- known minima ----

TEST(Lbfgs, Rosenbrock)
{
	for (double first_step : {1e-3, 1.0, 1e3})
	{
		const Descent run = minimise(rosenbrock, rosenbrock_start(2), first_step);
		EXPECT_TRUE(run.stuck);
		EXPECT_LT(distance(run.x, numbers({1, 1})), 1e-8);
		EXPECT_LT(run.told, 100) << first_step;
	}
}

// Of condition 1e4, for which steepest descent would need some 1e5 steps.
TEST(Lbfgs, IllConditionedQuadratic)
{
	const Numbers ones = Numbers::Ones(50);
	const auto f = [](const Numbers &x, Numbers &g) { return quadratic(x, g, 0); };
	const Descent run = minimise(f, Numbers::Zero(50));

	EXPECT_TRUE(run.stuck);
	EXPECT_LT(distance(run.x, ones), 1e-8);
	EXPECT_LT(run.told, 2500);
}

// The same in the arithmetic that training uses.
TEST(Lbfgs, InFloat)
{
	nn::Vector<float> x = nn::Vector<float>::Zero(50), gradient(50);
	Lbfgs<float> lbfgs(50, 1);
	Verdict verdict = Verdict::kTry;
	int told = 0;

	for (; verdict != Verdict::kStuck && told < 2000; told++)
	{
		Numbers g(50);
		const double loss = quadratic(x.cast<double>(), g, 0);
		gradient = g.cast<float>();
		verdict = lbfgs.judge(loss, gradient, x);
		if (verdict == Verdict::kAccepted)
			lbfgs.begin(x);
	}
	EXPECT_EQ(verdict, Verdict::kStuck);
	EXPECT_LT(distance(x.cast<double>(), Numbers::Ones(50)), 1e-6);
	EXPECT_LT(told, 1000);
}

// ---- steps ----

TEST(Lbfgs, StepsMeetTheStrongWolfeConditions)
{
	for (double first_step : {1e-6, 1e-3, 1.0, 1e3, 1e6})
	{
		const Descent valleys = minimise(rosenbrock, rosenbrock_start(20), first_step);
		expect_wolfe(valleys);
		EXPECT_GT(valleys.points.size(), 20u);
		const auto f = [](const Numbers &x, Numbers &g) { return quadratic(x, g, 3); };
		expect_wolfe(minimise(f, Numbers::Zero(50), first_step));
	}
}

// The first trial, at 1, is flat and 5e-5 below the start: not the 1e-4 that the slope of -1 calls
// for. The minimum is at 1/3.
TEST(Lbfgs, ASmallDescentIsNotEnough)
{
	const auto cubic = [](const Numbers &x, Numbers &g) {
		const double c = -1 + 1e-4, b = 2 - 1.5e-4, v = x[0];
		g[0] = -1 + 2 * b * v + 3 * c * v * v;
		return v * (-1 + v * (b + v * c));
	};
	Numbers gradient(1);
	const Descent run = minimise(cubic, numbers({0}), 1, 10);

	EXPECT_NEAR(cubic(numbers({1}), gradient), -5e-5, 1e-12);
	EXPECT_NEAR(gradient[0], 0, 1e-12);
	ASSERT_GT(run.points.size(), 1u);
	EXPECT_LT(run.points[1].loss, -0.1);
}

// The first trial, along the gradient, changes the parameters by first_step in all, or by less.
TEST(Lbfgs, FirstTrial)
{
	const auto plane = [](const Numbers &, Numbers &g) {
		g = numbers({0.3, -0.4});
		return 1.0;
	};
	const auto steep = [](const Numbers &, Numbers &g) {
		g = numbers({30, -10});
		return 1.0;
	};
	const Numbers start = numbers({1, 2});

	EXPECT_LT(distance(minimise(plane, start, 1, 1).x, numbers({0.7, 2.4})), 1e-15);
	EXPECT_LT(distance(minimise(plane, start, 0.5, 1).x, numbers({0.85, 2.2})), 1e-15);
	EXPECT_LT(distance(minimise(steep, start, 1, 1).x, numbers({0.25, 2.25})), 1e-15);
	EXPECT_LT(distance(minimise(steep, start, 2, 1).x, numbers({-0.5, 2.5})), 1e-15);
}

// H * gradient, where H comes from the pairs before the point by the formula of BFGS itself.
Numbers quasi_newton_step(const std::vector<Point> &points, size_t point)
{
	const Index n = points[0].x.size();
	const size_t first = point > kMemory ? point - kMemory : 0;
	const nn::Matrix<double> one = nn::Matrix<double>::Identity(n, n);
	const auto s = [&](size_t k) -> Numbers { return points[k + 1].x - points[k].x; };
	const auto y = [&](size_t k) -> Numbers { return points[k + 1].gradient - points[k].gradient; };
	const Numbers last = y(point - 1);
	nn::Matrix<double> H = one * (s(point - 1).dot(last) / last.squaredNorm());

	for (size_t k = first; k < point; k++)
	{
		const double rho = 1 / s(k).dot(y(k));
		const nn::Matrix<double> V = one - rho * y(k) * s(k).transpose();
		H = (V.transpose() * H * V + rho * s(k) * s(k).transpose()).eval();
	}
	return H * points[point].gradient;
}

// Each step first tries what the last ten pairs say, neither more nor fewer of them.
TEST(Lbfgs, DirectionsAreThoseOfTheLastTenPairs)
{
	const Descent run = minimise(rosenbrock, rosenbrock_start(20));

	ASSERT_GT(run.points.size(), 30u);
	for (size_t k = 1; k < 30; k++)
	{
		const Numbers step = quasi_newton_step(run.points, k);
		EXPECT_LT(distance(run.points[k].first_trial, run.points[k].x - step), 1e-8 * step.norm())
			<< "step " << k;
	}
}

// ... but those along which the function curves the other way. Float loses the first parameter's part
// of the steps here, without which the second step's gradient turns against it.
TEST(Lbfgs, APairWithoutCurvatureIsSkipped)
{
	nn::Vector<float> x(2), gradient(2);
	Lbfgs<float> lbfgs(2, 1);

	x << 1e9f, 0;
	gradient << 1, -1;
	EXPECT_EQ(lbfgs.judge(10, gradient, x), Verdict::kTry);
	EXPECT_EQ(x[0], 1e9f);
	gradient << 1, -0.2f;
	EXPECT_EQ(lbfgs.judge(9, gradient, x), Verdict::kAccepted); // s = (0, 0.5), y = (0, 0.8)
	lbfgs.begin(x);
	EXPECT_FLOAT_EQ(x[1], 0.625f); // the direction is (-0.625, 0.125)
	gradient << 0.5f, -0.4f;
	EXPECT_EQ(lbfgs.judge(8, gradient, x), Verdict::kAccepted); // s = (0, 0.125), y = (-0.5, -0.2)
	lbfgs.begin(x);
	EXPECT_FLOAT_EQ(x[1], 0.625f + 0.25f); // (-0.3125, 0.25), by the first pair
}

// Where the pairs' direction overflows, the gradient's is taken.
TEST(Lbfgs, ADirectionThatOverflowsIsNotTaken)
{
	nn::Vector<float> x(2), gradient(2);
	Lbfgs<float> lbfgs(2, 1e23);

	x << 0, 0;
	gradient << 0, -1e38f;
	EXPECT_EQ(lbfgs.judge(10, gradient, x), Verdict::kTry);
	EXPECT_FLOAT_EQ(x[1], 1e23f);
	gradient << 8e37f, -8e37f; // -gradient - 4 * y is beyond the floats
	EXPECT_EQ(lbfgs.judge(-1e60, gradient, x), Verdict::kAccepted);
	lbfgs.begin(x);
	EXPECT_FLOAT_EQ(x[0], -0.5e23f);
	EXPECT_FLOAT_EQ(x[1], 1.5e23f);
}

TEST(Lbfgs, Bytes)
{
	EXPECT_EQ(Lbfgs<float>::bytes(1000), 23u * 1000 * 4);
	EXPECT_EQ(Lbfgs<double>::bytes(1000), 23u * 1000 * 8);
	EXPECT_EQ(Lbfgs<float>::bytes(0), 0u);
	EXPECT_EQ(rows::error_of([] { Lbfgs<float>::bytes(SIZE_MAX / 50); }).code, NN_LIMIT);
}

} // namespace
