/*
 * options.cpp: the range of every option, what the target makes of the task, and what is chosen
 * where nothing was asked for.
 */
#include "core/options.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.h"
#include "rows.h"
#include "training.h"

namespace
{

using rows::error_of;
using training::options;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Change = std::function<void(nn_options &)>;

nn_status check(const Change &change)
{
	nn_options o = options();
	nn_status status;

	change(o);
	nn_options_check(&o, &status);
	return status;
}

void expect_good(const char *what, const Change &change)
{
	const nn_status status = check(change);
	EXPECT_EQ(status.code, NN_OK) << what << ": " << status.message;
	EXPECT_STREQ(status.message, "");
}

// The message must name the option, and be followed by the hint.
void expect_bad(const char *option, const Change &change, const char *hint = "")
{
	const nn_status status = check(change);
	EXPECT_EQ(status.code, NN_INVALID) << option;
	EXPECT_NE(std::string(status.message).find(option), std::string::npos) << status.message;
	EXPECT_STREQ(status.hint, hint);
}

TEST(Options, Defaults)
{
	expect_good("defaults", [](nn_options &) {});
}

TEST(Options, Names)
{
	for (const char *name : {"", "Adam", "no such", "adam "})
	{
		expect_bad(
			"optimizer", [=](nn_options &o) { o.optimizer = name; }, "It can be gd, sgd, adam.");
		expect_bad(
			"loss", [=](nn_options &o) { o.loss = name; },
			"It can be mse, mae, huber, cross_entropy.");
		expect_bad(
			"task", [=](nn_options &o) { o.task = name; }, "It can be regression, classification.");
	}
	const char *const unknown[] = {"no such"};
	expect_bad(
		"unknown activation \"no such\"", [&](nn_options &o) { o.activations = unknown; },
		"It can be relu, leaky_relu, elu, gelu, silu, softplus, tanh, sigmoid, identity.");
	for (const char *name : {"gd", "sgd", "adam"})
		expect_good(name, [=](nn_options &o) { o.optimizer = name; });
	for (const char *name : {"mse", "mae", "huber", "cross_entropy"})
		expect_good(name, [=](nn_options &o) { o.loss = name; });
	for (const char *name : {"regression", "classification"})
		expect_good(name, [=](nn_options &o) { o.task = name; });
}

// A name as long as a query must not fill the message.
TEST(Options, LongNamesAreCut)
{
	const std::string name(5000, 'x');
	const nn_status status = check([&](nn_options &o) { o.optimizer = name.c_str(); });

	EXPECT_EQ(status.message, "unknown optimizer \"" + std::string(64, 'x') + "\"");
}

TEST(Options, Ranges)
{
	const struct
	{
		const char *name;
		double nn_options::*option;
		std::vector<double> good, bad;
	} kNumbers[] = {
		{"learning_rate",
		 &nn_options::learning_rate,
		 {kNaN, 1e-30, 1, 1e9},
		 {0, -0.1, kInfinity, -kInfinity}},
		{"momentum", &nn_options::momentum, {0, 0.9, 0.999999}, {-0.1, 1, 2, kNaN, kInfinity}},
		{"l2", &nn_options::l2, {0, 1e-4, 10}, {-1e-9, 1.1e6, kNaN, kInfinity}},
		{"validation", &nn_options::validation, {0, 0.1, 0.9}, {-0.1, 0.91, 1, kNaN}},
		{"tolerance", &nn_options::tolerance, {0, 1e-6}, {-1e-9, kNaN, kInfinity}},
		{"max_seconds", &nn_options::max_seconds, {kNaN, 1e-3, 1e9}, {0, -1, kInfinity}},
	};
	for (const auto &number : kNumbers)
	{
		for (double value : number.good)
			expect_good(number.name, [&](nn_options &o) { o.*number.option = value; });
		for (double value : number.bad)
			expect_bad(number.name, [&](nn_options &o) { o.*number.option = value; });
	}

	const struct
	{
		const char *name;
		int32_t nn_options::*option;
		std::vector<int32_t> good, bad;
	} kIntegers[] = {
		{"batch_size", &nn_options::batch_size, {NN_CHOOSE, 1, 1000000}, {0, -1, -2, 1000001}},
		{"epochs", &nn_options::epochs, {1, 1000000}, {0, -1, 1000001}},
		{"patience", &nn_options::patience, {0, 1, INT32_MAX}, {-1, INT32_MIN}},
		{"seed", &nn_options::seed, {INT32_MIN, -1, 0, INT32_MAX}, {}},
	};
	for (const auto &integer : kIntegers)
	{
		for (int32_t value : integer.good)
			expect_good(integer.name, [&](nn_options &o) { o.*integer.option = value; });
		for (int32_t value : integer.bad)
			expect_bad(integer.name, [&](nn_options &o) { o.*integer.option = value; });
	}
}

TEST(Options, HiddenLayers)
{
	const std::vector<int32_t> many(101, 4);
	const auto hidden = [](const std::vector<int32_t> &widths) {
		return [&widths](nn_options &o) {
			o.hidden = widths.data();
			o.hidden_layers = static_cast<int32_t>(widths.size());
		};
	};
	const std::vector<int32_t> none, good = {1, 65536}, zero = {3, 0}, negative = {-5},
									 wide = {65537};

	expect_good("none", hidden(none));
	expect_good("two", hidden(good));
	expect_bad("hidden layer 2 must have between 1 and 65536 neurons, not 0", hidden(zero));
	expect_bad("hidden layer 1 must have between 1 and 65536 neurons, not -5", hidden(negative));
	expect_bad("hidden layer 1 must have between 1 and 65536 neurons, not 65537", hidden(wide));
	expect_bad("hidden has 101 layers, at most 100 are possible", hidden(many));
	expect_bad("hidden has -1 layers", [](nn_options &o) { o.hidden_layers = -1; });
}

TEST(Options, ActivationsFitTheLayers)
{
	const char *const names[] = {"relu", "tanh", "elu"};
	const auto activations = [&](int32_t count, int32_t layers) {
		return [&names, count, layers](nn_options &o) {
			o.hidden = training::kHidden<4, 4, 4>;
			o.hidden_layers = layers;
			o.activations = names;
			o.activation_count = count;
		};
	};
	constexpr const char *kHint = "Give one activation for all hidden layers, or one for each.";

	expect_good("one for three", activations(1, 3));
	expect_good("three for three", activations(3, 3));
	expect_good("one for none", activations(1, 0));
	expect_good("one for those to choose", activations(1, NN_CHOOSE));
	expect_bad("2 activations don't fit 3 hidden layers", activations(2, 3), kHint);
	expect_bad("3 activations don't fit 2 hidden layers", activations(3, 2), kHint);
	expect_bad("2 activations are given without hidden layers", activations(2, NN_CHOOSE),
			   "Give hidden, too, with as many layers.");
}

// ---- the task ----

nn_kind kind_of(const char *task, nn_kind kind, const char *loss, nn_status &status)
{
	nn_options o = options();

	o.task = task;
	o.loss = loss;
	return nn_target_kind(&o, "y", "its type", kind, &status);
}

TEST(Options, TaskFollowsTheTarget)
{
	const struct
	{
		const char *task;
		nn_kind kind, expected;
	} kCases[] = {
		{nullptr, NN_NUMBER, NN_NUMBER},
		{nullptr, NN_CATEGORY, NN_CATEGORY},
		{nullptr, NN_BOOLEAN, NN_CATEGORY},
		{nullptr, NN_ARRAY, NN_ARRAY},
		{"regression", NN_NUMBER, NN_NUMBER},
		{"regression", NN_ARRAY, NN_ARRAY},
		{"classification", NN_NUMBER, NN_CATEGORY},
		{"classification", NN_BOOLEAN, NN_CATEGORY},
	};
	for (const auto &c : kCases)
	{
		nn_status status;
		EXPECT_EQ(kind_of(c.task, c.kind, nullptr, status), c.expected);
		EXPECT_EQ(status.code, NN_OK) << status.message;
	}
}

TEST(Options, TaskThatDoesNotFitTheTarget)
{
	const struct
	{
		const char *task;
		nn_kind kind;
		const char *loss, *message;
	} kCases[] = {
		{"regression", NN_CATEGORY, nullptr,
		 "task regression doesn't fit target \"y\" of type its type"},
		{"regression", NN_BOOLEAN, nullptr,
		 "task regression doesn't fit target \"y\" of type its type"},
		{"classification", NN_ARRAY, nullptr,
		 "task classification doesn't fit target \"y\" of type its type"},
		{nullptr, NN_TIME, nullptr, "target \"y\" is of type its type, which can't be predicted"},
		{nullptr, NN_NUMBER, "cross_entropy", "loss cross_entropy doesn't fit a regression"},
		{nullptr, NN_CATEGORY, "mse", "loss mse doesn't fit a classification"},
		{"classification", NN_NUMBER, "huber", "loss huber doesn't fit a classification"},
	};
	for (const auto &c : kCases)
	{
		nn_status status;
		kind_of(c.task, c.kind, c.loss, status);
		EXPECT_EQ(status.code, NN_INVALID);
		EXPECT_STREQ(status.message, c.message);
		EXPECT_STRNE(status.hint, "");
	}
}

// ---- what is chosen ----

TEST(Options, ChoosesByTheRows)
{
	nn_options o = options();
	o.hidden_layers = NN_CHOOSE;

	const nn::Plan small = nn::make_plan(o, false, 150, 4, 1);
	EXPECT_EQ(small.sizes, (std::vector<int>{4, 16, 1}));
	EXPECT_EQ(small.batch_size, 16);
	EXPECT_STREQ(small.loss->name, "mse");
	EXPECT_EQ(small.learning_rate, small.optimizer->default_rate);
	ASSERT_EQ(small.activations.size(), 1u);
	EXPECT_STREQ(small.activations[0]->name, "relu");

	const nn::Plan large = nn::make_plan(o, true, 1000000, 4, 3);
	EXPECT_EQ(large.sizes.size(), 4u);
	EXPECT_EQ(large.activations.size(), 2u);
	EXPECT_EQ(large.batch_size, 256);
	EXPECT_STREQ(large.loss->name, "cross_entropy");
}

TEST(Options, BatchSize)
{
	nn_options o = options();

	o.batch_size = 50;
	EXPECT_EQ(nn::make_plan(o, false, 1000, 1, 1).batch_size, 50);
	EXPECT_EQ(nn::make_plan(o, false, 7, 1, 1).batch_size, 7); // no more than there are rows
	o.optimizer = "gd";
	EXPECT_EQ(nn::make_plan(o, false, 1000, 1, 1).batch_size, 1000);
}

TEST(Options, EachLayerItsActivation)
{
	const char *const names[] = {"relu", "tanh"};
	nn_options o = options();

	o.hidden = training::kHidden<5, 6>;
	o.hidden_layers = 2;
	o.activations = names;
	o.activation_count = 2;
	const nn::Plan plan = nn::make_plan(o, false, 10, 3, 2);
	EXPECT_EQ(plan.sizes, (std::vector<int>{3, 5, 6, 2}));
	ASSERT_EQ(plan.activations.size(), 2u);
	EXPECT_STREQ(plan.activations[0]->name, "relu");
	EXPECT_STREQ(plan.activations[1]->name, "tanh");
}

TEST(Options, KindNames)
{
	for (nn_kind kind : {NN_NUMBER, NN_BOOLEAN, NN_TIME, NN_CATEGORY, NN_ARRAY})
	{
		nn_kind back;
		EXPECT_TRUE(nn_kind_from_name(nn_kind_name(kind), &back));
		EXPECT_EQ(back, kind);
	}
	nn_kind kind = NN_TIME;
	EXPECT_FALSE(nn_kind_from_name("numbers", &kind));
	EXPECT_FALSE(nn_kind_from_name("", &kind));
}

} // namespace
