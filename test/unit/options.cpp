/*
 * options.cpp: the default and the range of every option, and which of them don't go together.
 * (What becomes of them is in plan.cpp.)
 */
#include "core/options.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "training.h"

namespace
{

using training::options;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr const char *kLineSearch = "Its line search finds the length of a step itself.";

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

// Those that nn_train declares.
TEST(Options, Defaults)
{
	nn_options o;
	nn_status status;

	nn_options_default(&o);
	nn_options_check(&o, &status);
	EXPECT_EQ(status.code, NN_OK) << status.message;
	EXPECT_TRUE(o.task == nullptr && o.loss == nullptr && !o.start && !o.champion);
	for (double off : {o.label_smoothing, o.l1, o.dropout, o.input_dropout, o.min_improvement,
					   o.tolerance, double(o.warmup), double(o.min_epochs), double(o.nesterov),
					   double(o.dry_run), double(o.expected_rows), double(o.activation_count),
					   double(o.quantile_count), double(o.class_weight_count)})
		EXPECT_EQ(off, 0);
	for (double open : {o.learning_rate, o.clip_norm, o.max_seconds})
		EXPECT_TRUE(std::isnan(open));
	EXPECT_EQ(o.hidden_layers, NN_CHOOSE);
	EXPECT_EQ(o.batch_size, NN_CHOOSE);
	EXPECT_STREQ(o.optimizer, "adam");
	EXPECT_STREQ(o.schedule, "constant");
	EXPECT_STREQ(o.stop_on, "loss");
	EXPECT_STREQ(o.missing, "impute");
	EXPECT_EQ(o.momentum, 0.9);
	EXPECT_EQ(o.decay, 0.5);
	EXPECT_EQ(o.decay_epochs, 10);
	EXPECT_EQ(o.epochs, 200);
	EXPECT_EQ(o.l2, 1e-4);
	EXPECT_EQ(o.validation, 0.1);
	EXPECT_EQ(o.patience, 20);
	EXPECT_EQ(o.seed, 42);
	EXPECT_EQ(o.threads, 1);
}

TEST(Options, Names)
{
	for (const char *name : {"", "Adam", "no such", "adam "})
	{
		expect_bad(
			"optimizer", [=](nn_options &o) { o.optimizer = name; },
			"It can be gd, sgd, rmsprop, adam, adamw, lbfgs.");
		expect_bad(
			"loss", [=](nn_options &o) { o.loss = name; },
			"It can be mse, mae, huber, poisson, quantile, cross_entropy.");
		expect_bad(
			"task", [=](nn_options &o) { o.task = name; }, "It can be regression, classification.");
		expect_bad(
			"schedule", [=](nn_options &o) { o.schedule = name; },
			"It can be constant, step, exponential, cosine, plateau.");
		expect_bad(
			"stop_on", [=](nn_options &o) { o.stop_on = name; }, "It can be loss, score.");
		expect_bad(
			"missing", [=](nn_options &o) { o.missing = name; }, "It can be impute, skip, error.");
	}
	const char *const unknown[] = {"no such"};
	expect_bad(
		"unknown activation \"no such\"", [&](nn_options &o) { o.activations = unknown; },
		"It can be relu, leaky_relu, elu, gelu, silu, softplus, tanh, sigmoid, identity.");
	for (const char *name : {"gd", "sgd", "rmsprop", "adam", "adamw", "lbfgs"})
		expect_good(name, [=](nn_options &o) { o.optimizer = name; });
	for (const char *name : {"mse", "mae", "huber", "poisson", "quantile", "cross_entropy"})
		expect_good(name, [=](nn_options &o) { o.loss = name; });
	for (const char *name : {"constant", "step", "exponential", "cosine", "plateau"})
		expect_good(name, [=](nn_options &o) { o.schedule = name; });
	for (const char *name : {"loss", "score"})
		expect_good(name, [=](nn_options &o) { o.stop_on = name; });
	for (const char *name : {"impute", "skip", "error"})
		expect_good(name, [=](nn_options &o) { o.missing = name; });
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
		{"l1", &nn_options::l1, {0, 1e-4, 1e6}, {-1e-9, 1.1e6, kNaN, kInfinity}},
		{"l2", &nn_options::l2, {0, 1e-4, 1e6}, {-1e-9, 1.1e6, kNaN, kInfinity}},
		{"label_smoothing", &nn_options::label_smoothing, {0, 0.1, 0.999}, {-0.1, 1, kNaN}},
		{"decay", &nn_options::decay, {1e-9, 0.5, 1}, {0, -0.5, 1.001, kNaN, kInfinity}},
		{"dropout", &nn_options::dropout, {0, 0.5, 0.999}, {-0.1, 1, kNaN}},
		{"input_dropout", &nn_options::input_dropout, {0, 0.5, 0.999}, {-0.1, 1, kNaN}},
		{"clip_norm", &nn_options::clip_norm, {kNaN, 1e-9, 1e9}, {0, -1, kInfinity}},
		{"min_improvement", &nn_options::min_improvement, {0, 0.01, 0.999}, {-1e-9, 1, kNaN}},
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
		{"decay_epochs", &nn_options::decay_epochs, {1, 1000000}, {0, -1, 1000001, NN_CHOOSE}},
		{"warmup", &nn_options::warmup, {0, 1, 1000000}, {-1, 1000001, NN_CHOOSE}},
		{"min_epochs", &nn_options::min_epochs, {0, 1, 1000000}, {-1, 1000001, NN_CHOOSE}},
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

TEST(Options, Quantiles)
{
	const auto with = [](const std::vector<double> &quantiles, const char *loss) {
		return [&quantiles, loss](nn_options &o) {
			o.quantiles = quantiles.data();
			o.quantile_count = static_cast<int32_t>(quantiles.size());
			o.loss = loss;
		};
	};
	std::vector<double> hundred, more;
	for (int q = 1; q <= 101; q++)
		(q <= 100 ? hundred : more).push_back(q / 102.);
	more.insert(more.begin(), hundred.begin(), hundred.end());
	const std::vector<double> good = {1e-9, 0.5, 1 - 1e-9}, zero = {0, 0.5}, one = {0.5, 1},
							  nan = {0.1, kNaN}, twice = {0.1, 0.5, 0.5}, falling = {0.9, 0.1};

	expect_good("three", with(good, nullptr));
	expect_good("a hundred", with(hundred, "quantile"));
	expect_bad("quantiles has 101 elements, at most 100 are possible", with(more, "quantile"));
	expect_bad("quantiles must be greater than 0 and less than 1, not 0", with(zero, nullptr));
	expect_bad("quantiles must be greater than 0 and less than 1, not 1", with(one, nullptr));
	expect_bad("quantiles must be greater than 0 and less than 1, not nan", with(nan, nullptr));
	expect_bad("quantiles must rise, but 0.5 follows 0.5", with(twice, nullptr));
	expect_bad("quantiles must rise, but 0.1 follows 0.9", with(falling, nullptr));
	for (const char *loss : {"mse", "mae", "huber", "poisson", "cross_entropy"})
		expect_bad((std::string("quantiles don't fit loss ") + loss).c_str(), with(good, loss),
				   "Leave loss out, or make it quantile.");
}

TEST(Options, ClassWeights)
{
	nn_class_weight weights[] = {{"a", 1}, {"b", 0}, {"c", 1e6}};
	const auto given = [&](nn_options &o) {
		o.class_weights = weights;
		o.class_weight_count = 3;
	};

	expect_good("three", given);
	expect_good("balanced", [](nn_options &o) { o.class_weight_count = NN_CHOOSE; });
	for (double bad : {-1e-9, 1.1e6, kNaN, kInfinity})
	{
		weights[1].weight = bad;
		expect_bad("class_weight of \"b\" must be between 0 and 1e+06, not ", given);
	}
}

// ---- what does not go together ----

TEST(Options, OnlySgdHasMomentumOfNesterov)
{
	for (const char *optimizer : {"gd", "rmsprop", "adam", "adamw", "lbfgs"})
		expect_bad((std::string("nesterov doesn't fit optimizer ") + optimizer).c_str(),
				   [=](nn_options &o) {
					   o.optimizer = optimizer;
					   o.nesterov = true;
				   },
				   "It is a kind of momentum, which only sgd has.");
	expect_good("sgd", [](nn_options &o) {
		o.optimizer = "sgd";
		o.nesterov = true;
	});
}

// Whatever changes the loss from one trial to the next, or the length of a step, spoils a line search.
TEST(Options, WhatALineSearchRefuses)
{
	const struct
	{
		const char *message;
		Change change;
		const char *hint;
	} kCases[] = {
		{"dropout doesn't fit optimizer lbfgs", [](nn_options &o) { o.dropout = 0.1; },
		 "Its line search compares losses, which dropout changes by chance: use l2, or adam."},
		{"dropout doesn't fit optimizer lbfgs", [](nn_options &o) { o.input_dropout = 0.1; },
		 "Its line search compares losses, which dropout changes by chance: use l2, or adam."},
		{"clip_norm doesn't fit optimizer lbfgs", [](nn_options &o) { o.clip_norm = 1; },
		 kLineSearch},
		{"a schedule doesn't fit optimizer lbfgs", [](nn_options &o) { o.schedule = "cosine"; },
		 kLineSearch},
		{"a schedule doesn't fit optimizer lbfgs", [](nn_options &o) { o.warmup = 1; },
		 kLineSearch},
	};
	for (const auto &c : kCases)
	{
		const auto with = [&](const char *optimizer) {
			return [&c, optimizer](nn_options &o) {
				o.optimizer = optimizer;
				c.change(o);
			};
		};
		expect_bad(c.message, with("lbfgs"), c.hint);
		for (const char *other : {"gd", "sgd", "rmsprop", "adam", "adamw"})
			expect_good(other, with(other));
	}
	expect_good("penalties", [](nn_options &o) {
		o.optimizer = "lbfgs";
		o.l1 = o.l2 = 0.1;
		o.tolerance = 1e-3;
	});
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
