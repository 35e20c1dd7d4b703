/*
 * optimizers.cpp: ten steps on a small network, against those of reference.py.
 */
#include "core/optimizers.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/lbfgs.h"
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
constexpr int kRows = 4, kParameters = 9, kSteps = 10;
constexpr int kWeights[] = {0, 1, 2, 3, 6, 7}; // the others are biases
constexpr double kX[] = {0.5, -1.25, -0.75, 0.25, 1.5, 1.0, -0.25, -0.5};
constexpr double kY[] = {0.75, -0.5, 1.25, 0.125};
constexpr double kStart[kParameters] = {0.5,    -0.25, 0.125,  0.75, 0.0625,
										-0.125, 0.875, -0.625, 0.25};

struct Case
{
	const char *name;
	double rate, momentum;
	bool nesterov;
	double l2;
	double expected[kParameters]; // as printed by reference.py
};

// Of lbfgs also with a first step that must be made longer, and one that must be made shorter. A
// penalty makes its problem one that float can follow: on the mse alone, with 9 parameters for 4 rows,
// ten of its steps multiply what was rounded by a hundred. That is for double, below.
constexpr Case kCases[] = {
	{"gd",
	 0.1,
	 0,
	 false,
	 0,
	 {0.7674771682675589, 0.011535583492520454, -0.05680175370052124, 0.6227604393393391,
	  -0.035612828677129185, -0.10120584033429379, 1.0804206593606145, -0.3490251881466292,
	  0.23348895817709453}},
	{"sgd",
	 0.05,
	 0.9,
	 false,
	 0,
	 {1.1105419873013116, 0.21930095690221899, -0.266916680408946, 0.48097070901625005,
	  -0.0011157217200179342, -0.05708758811135645, 1.2241369931694903, -0.0452564012313467,
	  0.31058421756272114}},
	{"sgd",
	 0.05,
	 0.9,
	 true,
	 0,
	 {1.0594236981813305, 0.18283023605081228, -0.24118156800599286, 0.5026203293815191,
	  0.009199938204826657, -0.07518924073275804, 1.2220823284627669, -0.09626786502539554,
	  0.32183001165404}},
	{"rmsprop",
	 0.01,
	 0,
	 false,
	 0,
	 {0.6475182202609506, -0.09644319012312325, -0.027056858255167675, 0.5952641999245541,
	  -0.057561357743563815, -0.07130394628875433, 1.050068525210697, -0.48548190385317647,
	  0.2383896424295337}},
	{"adam",
	 0.01,
	 0,
	 false,
	 0,
	 {0.5983956060553302, -0.15144787817065422, 0.026612115449423327, 0.6513179992839101,
	  -0.0257571386231749, -0.041078518391449145, 0.975905391547773, -0.527810372213675,
	  0.18084864019260308}},
	{"adamw",
	 0.01,
	 0,
	 false,
	 0.5,
	 {0.571926580019076, -0.14191400061475096, 0.022521279096708667, 0.6171774225335797,
	  -0.023163087113118878, -0.04263266776465571, 0.9310442289500697, -0.49999005657064627,
	  0.18542476444067896}},
	{"lbfgs",
	 1,
	 0,
	 false,
	 1.25,
	 {0.0005100663122840942, 8.047629167166171e-05, 0.0024482818002905314, 0.00032919066833464515,
	  0.005035841406844907, -0.11491412406322832, 0.0005579615221878171, 0.0024526940457990734,
	  0.406629851727129}},
	{"lbfgs",
	 0.01,
	 0,
	 false,
	 1.25,
	 {0.0006414328479027948, 0.00018675171801370278, 0.002346629197419731, 0.00031431381718240094,
	  0.009041667946241746, -0.12843743501471536, 0.0006238012112993142, 0.002325111151371401,
	  0.4066042413411692}},
	{"lbfgs",
	 100,
	 0,
	 false,
	 1.25,
	 {-0.00022433435831104573, 2.3523861081202176e-05, 2.1635933397810966e-05,
	  -1.4610536036568252e-05, -0.01178057347503302, -0.013660456421199004, -0.00012011364972850302,
	  -8.477183113581672e-05, 0.4063692406770322}},
};
constexpr Case kInDouble = {"lbfgs",
							1,
							0,
							false,
							0,
							{0.6358310908003307, 0.16375973719097647, -0.40719032425659746,
							 0.7353618857690178, 0.11327548933999705, -0.15114951901290377,
							 1.376854701115014, -0.39979335056318765, 0.10762249629565697}};

template <class T> Vector<T> zeros()
{
	return Vector<T>::Zero(kParameters);
}

// The network at its start, and the mse over all rows with its gradient.
template <class T> struct Problem
{
	const std::vector<T> X{std::begin(kX), std::end(kX)}, Y{std::begin(kY), std::end(kY)};
	Network<T> network{{2, 2, 1}, {nn::find_activation<T>("tanh")}};
	nn::Workspace<T> workspace{network, kRows};
	Vector<T> gradient;

	Problem() { std::copy(std::begin(kStart), std::end(kStart), network.parameters().begin()); }

	double loss(double l2)
	{
		double sum = 0, squares = 0;
		gradient = zeros<T>();
		nn::find_loss<T>("mse")->evaluate({workspace.forward(network, X.data(), kRows),
										   ConstMatrixMap<T>(Y.data(), kRows, 1), nullptr, &sum,
										   T(1) / kRows, workspace.output_gradient()});
		workspace.backward(network, X.data(), kRows, nn::Sum::kAdd, gradient);
		for (int i : kWeights)
		{
			const T weight = network.parameters()[i];
			gradient[i] += static_cast<T>(l2) * weight;
			squares += static_cast<double>(weight) * static_cast<double>(weight);
		}
		return sum / kRows + l2 / 2 * squares;
	}
};

// The parameters after kSteps steps of a line search.
template <class T> Vector<T> run_searches(const Case &c)
{
	Problem<T> problem;
	Vector<T> &parameters = problem.network.parameters();
	nn::Lbfgs<T> lbfgs(kParameters, c.rate);

	for (int accepted = 0, told = 0; accepted < kSteps && told < 100; told++)
		if (lbfgs.judge(problem.loss(c.l2), problem.gradient, parameters) ==
				nn::Verdict::kAccepted &&
			++accepted < kSteps)
			lbfgs.begin(parameters);
	return parameters;
}

// The parameters after kSteps steps.
template <class T> Vector<T> run(const Case &c)
{
	const Optimizer<T> &optimizer = *nn::find_optimizer<T>(c.name);
	Problem<T> problem;
	Vector<T> slots[nn::kMaxSlots];
	const auto map = [](Vector<T> &v) { return ArrayMap<T>(v.data(), v.size()); };

	if (optimizer.line_search)
		return run_searches<T>(c);
	for (int s = 0; s < optimizer.slots; s++) // no more memory than it says it needs
		slots[s] = zeros<T>();
	for (int number = 1; number <= kSteps; number++)
	{
		problem.loss(optimizer.decoupled_decay ? 0 : c.l2);
		for (int i : kWeights)
			if (optimizer.decoupled_decay)
				problem.network.parameters()[i] *= static_cast<T>(1 - c.rate * c.l2);
		OptimizerStep<T> step = {map(problem.network.parameters()),
								 ConstArrayMap<T>(problem.gradient.data(), kParameters),
								 {map(slots[0]), map(slots[1])},
								 c.rate,
								 c.momentum,
								 c.nesterov,
								 number};
		optimizer.step(step);
	}
	return problem.network.parameters();
}

template <class T> void expect_as_expected(const Case &c, double tolerance)
{
	const Vector<T> parameters = run<T>(c);
	for (int i = 0; i < kParameters; i++)
		EXPECT_NEAR(static_cast<double>(parameters[i]), c.expected[i], tolerance)
			<< c.name << ", parameter " << i;
}

TEST(Optimizers, TenStepsInDouble)
{
	for (const Case &c : kCases)
		expect_as_expected<double>(c, 1e-12);
	expect_as_expected<double>(kInDouble, 1e-12);
}

TEST(Optimizers, TenStepsInFloat)
{
	for (const Case &c : kCases)
		expect_as_expected<float>(c, 1e-6);
}

// What a first step of rate 0.25 and momentum 0.5 takes from a parameter of gradient g > 0. Adam
// moves every parameter by its rate, whatever its gradient's size; rmsprop by 1 / sqrt(1 - rho) times
// that.
double first_change(const Case &c, double g)
{
	const std::string name = c.name;

	if (name == "adam" || name == "adamw")
		return 0.25;
	if (name == "rmsprop")
		return 0.25 * std::sqrt(10);
	return c.nesterov ? 1.5 * 0.25 * g : 0.25 * g;
}

TEST(Optimizers, FirstStep)
{
	const double gradient[] = {4, -0.01, 0};

	for (const Case &c : kCases)
	{
		double parameters[] = {1, 1, 1}, slots[2][3] = {};
		OptimizerStep<double> step = {
			ArrayMap<double>(parameters, 3),
			ConstArrayMap<double>(gradient, 3),
			{ArrayMap<double>(slots[0], 3), ArrayMap<double>(slots[1], 3)},
			0.25,
			0.5,
			c.nesterov,
			1};
		if (nn::find_optimizer<double>(c.name)->line_search)
			continue;
		nn::find_optimizer<double>(c.name)->step(step);
		EXPECT_NEAR(parameters[0], 1 - first_change(c, 4), 1e-7) << c.name;
		EXPECT_NEAR(parameters[1], 1 + first_change(c, 0.01), 1e-5) << c.name;
		EXPECT_EQ(parameters[2], 1) << c.name;
	}
}

// The same numbers give the same change, to the last bit, anywhere in the arrays, whether they went
// through vectors or not; else a model would depend on the processor.
TEST(Optimizers, ElementsDoNotDependOnTheirPlace)
{
	constexpr int kCount = 67;

	for (const Case &c : kCases)
	{
		const Optimizer<float> &optimizer = *nn::find_optimizer<float>(c.name);
		float slots[2][kCount] = {};
		for (int number = 1; number <= 100 && !optimizer.line_search; number++)
		{
			float parameters[kCount] = {}, gradient[kCount];
			std::fill_n(gradient, kCount, std::sin(static_cast<float>(number)));
			OptimizerStep<float> step = {
				ArrayMap<float>(parameters, kCount),
				ConstArrayMap<float>(gradient, kCount),
				{ArrayMap<float>(slots[0], kCount), ArrayMap<float>(slots[1], kCount)},
				0.1,
				0.9,
				c.nesterov,
				number};
			optimizer.step(step);
			for (float p : parameters)
				EXPECT_EQ(p, parameters[0]) << c.name << ", step " << number;
		}
	}
}

TEST(Optimizers, TableIsComplete)
{
	const std::vector<std::string> names = {"gd", "sgd", "rmsprop", "adam", "adamw", "lbfgs"};
	std::set<std::string> cases;

	for (const Case &c : kCases)
		cases.insert(c.name);
	EXPECT_EQ(cases.size(), static_cast<size_t>(nn::kOptimizerCount));
	EXPECT_EQ(nn::optimizer_names(), "gd, sgd, rmsprop, adam, adamw, lbfgs");
	for (const std::string &name : names)
	{
		const Optimizer<float> *optimizer = nn::find_optimizer<float>(name);
		ASSERT_NE(optimizer, nullptr) << name;
		EXPECT_EQ(cases.count(name), 1u) << name;
		EXPECT_LE(optimizer->slots, nn::kMaxSlots) << name;
		EXPECT_EQ(optimizer->full_batch, name == "gd" || name == "lbfgs") << name;
		EXPECT_EQ(optimizer->decoupled_decay, name == "adamw") << name;
		EXPECT_EQ(optimizer->line_search, name == "lbfgs") << name;
		EXPECT_EQ(optimizer->step == nullptr, optimizer->line_search) << name;
	}
	EXPECT_EQ(nn::find_optimizer<float>("Adam"), nullptr);
	EXPECT_EQ(nn::find_optimizer<double>(""), nullptr);
}

TEST(Optimizers, DefaultRates)
{
	const auto rate = [](const char *name) {
		return nn::find_optimizer<float>(name)->default_rate;
	};

	EXPECT_EQ(rate("gd"), 0.1);
	EXPECT_EQ(rate("sgd"), 0.01);
	for (const char *name : {"rmsprop", "adam", "adamw"})
		EXPECT_EQ(rate(name), 0.001) << name;
	EXPECT_EQ(rate("lbfgs"), 1);
}

} // namespace
