/*
 * optimizers.cpp: five steps on a small network, against those of reference.py.
 */
#include "core/optimizers.h"

#include <vector>

#include <gtest/gtest.h>

#include "core/losses.h"
#include "core/network.h"

namespace
{

using nn::ArrayMap;
using nn::ConstArrayMap;
using nn::ConstMatrixMap;
using nn::Network;
using nn::Optimizer;
using nn::OptimizerStep;
using nn::Vector;

// The problem of reference.py: 2 inputs, 2 tanh, 1 output; the values are exact in float, too.
constexpr int kRows = 4, kParameters = 9, kSteps = 5;
constexpr double kX[] = {0.5, -1.25, -0.75, 0.25, 1.5, 1.0, -0.25, -0.5};
constexpr double kY[] = {0.75, -0.5, 1.25, 0.125};
constexpr double kStart[kParameters] = {0.5,    -0.25, 0.125,  0.75, 0.0625,
										-0.125, 0.875, -0.625, 0.25};

struct Case
{
	const char *name;
	double rate, momentum;
	double expected[kParameters]; // as printed by reference.py
};

constexpr Case kCases[] = {
	{"gd",
	 0.1,
	 0,
	 {0.6929491046271721, -0.06246675772230701, -0.0007490581972055682, 0.6592204683995213,
	  -0.010134021749429779, -0.09477140374902844, 0.9897626915608044, -0.42070090835658214,
	  0.21136315404850245}},
	{"sgd",
	 0.05,
	 0.9,
	 {0.7990052520849237, 0.0333719501809733, -0.06409664045252482, 0.6122235919609239,
	  -0.0426168689114918, -0.06653183332418357, 1.0183573539720614, -0.30830061931457986,
	  0.17483557513631223}},
	{"adam",
	 0.01,
	 0,
	 {0.5498026479548599, -0.20016100333724463, 0.07520834806290778, 0.7001520773908462,
	  0.013616420936110485, -0.07656512451169935, 0.9251715079726156, -0.5753610239319634,
	  0.2027017132299269}},
};
static_assert(std::size(kCases) == nn::kOptimizerCount);

template <class T> Vector<T> zeros()
{
	return Vector<T>::Zero(kParameters);
}

// The parameters after kSteps steps.
template <class T> Vector<T> run(const Case &c)
{
	const Optimizer<T> &optimizer = *nn::find_optimizer<T>(c.name);
	const std::vector<T> X(std::begin(kX), std::end(kX)), Y(std::begin(kY), std::end(kY));
	Network<T> network({2, 2, 1}, {nn::find_activation<T>("tanh")});
	nn::Workspace<T> workspace(network, kRows);
	Vector<T> slots[nn::kMaxSlots];
	const auto map = [](Vector<T> &v) { return ArrayMap<T>(v.data(), v.size()); };

	std::copy(std::begin(kStart), std::end(kStart), network.parameters().begin());
	for (int s = 0; s < optimizer.slots; s++) // no more memory than it says it needs
		slots[s] = zeros<T>();
	for (int number = 1; number <= kSteps; number++)
	{
		Vector<T> gradient = zeros<T>();
		double sum = 0;
		nn::find_loss<T>("mse")->evaluate(workspace.forward(network, X.data(), kRows),
										  ConstMatrixMap<T>(Y.data(), kRows, 1), &sum, T(1) / kRows,
										  workspace.output_gradient());
		workspace.backward(network, X.data(), kRows, gradient);
		OptimizerStep<T> step = {map(network.parameters()),
								 ConstArrayMap<T>(gradient.data(), gradient.size()),
								 {map(slots[0]), map(slots[1])},
								 c.rate,
								 c.momentum,
								 number};
		optimizer.step(step);
	}
	return network.parameters();
}

TEST(Optimizers, FiveStepsInDouble)
{
	for (const Case &c : kCases)
	{
		const Vector<double> parameters = run<double>(c);
		for (int i = 0; i < kParameters; i++)
			EXPECT_NEAR(parameters[i], c.expected[i], 1e-12) << c.name << ", parameter " << i;
	}
}

TEST(Optimizers, FiveStepsInFloat)
{
	for (const Case &c : kCases)
	{
		const Vector<float> parameters = run<float>(c);
		for (int i = 0; i < kParameters; i++)
			EXPECT_NEAR(static_cast<double>(parameters[i]), c.expected[i], 1e-6)
				<< c.name << ", parameter " << i;
	}
}

// One step from a gradient given: adam moves every parameter by its rate, whatever its gradient's
// size; the others by the rate times the gradient.
TEST(Optimizers, FirstStep)
{
	const double gradient[] = {4, -1e-4, 0};

	for (const Case &c : kCases)
	{
		double parameters[] = {1, 1, 1}, slots[2][3] = {};
		OptimizerStep<double> step = {
			ArrayMap<double>(parameters, 3),
			ConstArrayMap<double>(gradient, 3),
			{ArrayMap<double>(slots[0], 3), ArrayMap<double>(slots[1], 3)},
			0.25,
			0.5,
			1};
		const bool adam = std::string(c.name) == "adam";
		nn::find_optimizer<double>(c.name)->step(step);
		EXPECT_NEAR(parameters[0], adam ? 0.75 : 0, 1e-8) << c.name;
		EXPECT_NEAR(parameters[1], adam ? 1.25 : 1.000025, 1e-4) << c.name;
		EXPECT_EQ(parameters[2], 1) << c.name;
	}
}

TEST(Optimizers, TableIsComplete)
{
	EXPECT_EQ(nn::optimizer_names(), "gd, sgd, adam");
	for (const Case &c : kCases)
	{
		const Optimizer<float> *optimizer = nn::find_optimizer<float>(c.name);
		ASSERT_NE(optimizer, nullptr) << c.name;
		EXPECT_LE(optimizer->slots, nn::kMaxSlots) << c.name;
		EXPECT_GT(optimizer->default_rate, 0) << c.name;
		EXPECT_EQ(optimizer->full_batch, std::string(c.name) == "gd");
	}
	EXPECT_EQ(nn::find_optimizer<float>("Adam"), nullptr);
	EXPECT_EQ(nn::find_optimizer<double>(""), nullptr);
}

} // namespace
