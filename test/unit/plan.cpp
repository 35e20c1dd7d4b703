/*
 * plan.cpp: what the target makes of the task, and what becomes of checked options: what is chosen
 * where nothing was asked for, by the rows or by the network to go on from.
 */
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/options.h"
#include "training.h"

namespace
{

using nn::make_plan;
using nn::Network;
using nn::Plan;
using rows::error_of;
using training::kHidden;
using training::options;

// ---- the task ----

nn_kind kind_of(const char *task, nn_kind kind, const char *loss, nn_status &status)
{
	nn_options o = options();

	o.task = task;
	o.loss = loss;
	return nn_target_kind(&o, "y", "its type", kind, &status);
}

TEST(Plan, TaskFollowsTheTarget)
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

TEST(Plan, TaskThatDoesNotFitTheTarget)
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

// The options that a regression and a classification each have for themselves.
TEST(Plan, OptionsThatDoNotFitTheTask)
{
	constexpr double kQuantiles[] = {0.1, 0.9};
	using Change = std::function<void(nn_options &)>;
	const auto message_of = [&](nn_kind kind, const Change &change) {
		nn_options o = options();
		nn_status status;

		change(o);
		nn_target_kind(&o, "y", "its type", kind, &status);
		return std::string(status.message);
	};
	const Change smooth = [](nn_options &o) { o.label_smoothing = 0.1; };
	const Change balanced = [](nn_options &o) { o.class_weight_count = NN_CHOOSE; };
	const Change weighted = [](nn_options &o) { o.class_weight_count = 1; };
	const Change quantiles = [&](nn_options &o) {
		o.quantiles = kQuantiles;
		o.quantile_count = 2;
	};

	for (nn_kind kind : {NN_NUMBER, NN_ARRAY})
	{
		EXPECT_EQ(message_of(kind, smooth), "label_smoothing doesn't fit a regression");
		EXPECT_EQ(message_of(kind, balanced), "class_weight doesn't fit a regression");
		EXPECT_EQ(message_of(kind, weighted), "class_weight doesn't fit a regression");
	}
	for (const auto &good : {smooth, balanced, weighted})
		EXPECT_EQ(message_of(NN_CATEGORY, good), "");
	EXPECT_EQ(message_of(NN_NUMBER, quantiles), "");
	EXPECT_EQ(message_of(NN_CATEGORY, quantiles), "loss quantile doesn't fit a classification");
	EXPECT_EQ(message_of(NN_ARRAY, quantiles),
			  "loss quantile doesn't fit a target of several numbers");
	EXPECT_EQ(message_of(NN_ARRAY, [](nn_options &o) { o.loss = "quantile"; }),
			  "loss quantile doesn't fit a target of several numbers");
	EXPECT_EQ(message_of(NN_ARRAY, [](nn_options &o) { o.loss = "poisson"; }), "");
}

// ---- what is chosen ----

TEST(Plan, ChoosesByTheRows)
{
	nn_options o = options();
	o.hidden_layers = NN_CHOOSE;

	const Plan small = make_plan(o, {150, 4, 0, 1}, nullptr);
	EXPECT_EQ(small.sizes, (std::vector<int>{4, 16, 1}));
	EXPECT_EQ(small.batch_size, 16);
	EXPECT_STREQ(small.loss->name, "mse");
	EXPECT_EQ(small.learning_rate, small.optimizer->default_rate);
	ASSERT_EQ(small.activations.size(), 1u);
	EXPECT_STREQ(small.activations[0]->name, "relu");

	const Plan large = make_plan(o, {1000000, 4, 3, 1}, nullptr);
	EXPECT_EQ(large.sizes.size(), 4u);
	EXPECT_EQ(large.activations.size(), 2u);
	EXPECT_EQ(large.batch_size, 256);
	EXPECT_STREQ(large.loss->name, "cross_entropy");
}

TEST(Plan, BatchSize)
{
	nn_options o = options();

	o.batch_size = 50;
	EXPECT_EQ(make_plan(o, {1000, 1, 0, 1}, nullptr).batch_size, 50);
	EXPECT_EQ(make_plan(o, {7, 1, 0, 1}, nullptr).batch_size, 7); // no more than there are rows
	for (const char *full_batch : {"gd", "lbfgs"})
	{
		o.optimizer = full_batch;
		EXPECT_EQ(make_plan(o, {1000, 1, 0, 1}, nullptr).batch_size, 1000);
	}
}

TEST(Plan, EachLayerItsActivation)
{
	const char *const names[] = {"relu", "tanh"};
	nn_options o = options();

	o.hidden = kHidden<5, 6>;
	o.hidden_layers = 2;
	o.activations = names;
	o.activation_count = 2;
	const Plan plan = make_plan(o, {10, 3, 0, 2}, nullptr);
	EXPECT_EQ(plan.sizes, (std::vector<int>{3, 5, 6, 2}));
	ASSERT_EQ(plan.activations.size(), 2u);
	EXPECT_STREQ(plan.activations[0]->name, "relu");
	EXPECT_STREQ(plan.activations[1]->name, "tanh");
}
// The last layer's size and function follow from the target and the loss.
TEST(Plan, Outputs)
{
	static constexpr double kQuantiles[] = {0.1, 0.5, 0.9};
	const auto plan_of = [](nn::Shape shape, const char *loss, int32_t quantiles) {
		nn_options o = options();
		o.loss = loss;
		o.quantiles = kQuantiles;
		o.quantile_count = quantiles;
		return make_plan(o, shape, nullptr);
	};
	const struct
	{
		nn::Shape shape;
		const char *loss;
		int32_t quantiles;
		int outputs;
		const char *function, *resolved;
	} kCases[] = {
		{{9, 2, 0, 1}, nullptr, 0, 1, "identity", "mse"},
		{{9, 2, 0, 4}, "huber", 0, 4, "identity", "huber"},
		{{9, 2, 0, 4}, "poisson", 0, 4, "exponential", "poisson"},
		{{9, 2, 0, 1}, nullptr, 3, 3, "identity", "quantile"},
		{{9, 2, 0, 1}, "quantile", 2, 2, "identity", "quantile"},
		{{9, 2, 2, 1}, nullptr, 0, 1, "sigmoid", "cross_entropy"},
		{{9, 2, 5, 1}, nullptr, 0, 5, "softmax", "cross_entropy"},
	};
	for (const auto &c : kCases)
	{
		const Plan plan = plan_of(c.shape, c.loss, c.quantiles);
		EXPECT_EQ(plan.sizes.back(), c.outputs) << c.resolved;
		EXPECT_STREQ(plan.output, c.function) << c.resolved;
		EXPECT_STREQ(plan.loss->name, c.resolved);
		EXPECT_EQ(plan.quantiles, std::vector<double>(kQuantiles, kQuantiles + c.quantiles));
	}
	// without quantiles the median
	const Plan median = plan_of({9, 2, 0, 1}, "quantile", 0);
	EXPECT_EQ(median.quantiles, std::vector<double>{0.5});
	EXPECT_EQ(median.sizes.back(), 1);
}

TEST(Plan, OptimizerAndSchedule)
{
	nn_options o = options();

	o.optimizer = "rmsprop";
	o.schedule = "plateau";
	EXPECT_STREQ(make_plan(o, {9, 1, 0, 1}, nullptr).optimizer->name, "rmsprop");
	EXPECT_STREQ(make_plan(o, {9, 1, 0, 1}, nullptr).schedule->name, "plateau");
	EXPECT_EQ(make_plan(o, {9, 1, 0, 1}, nullptr).learning_rate, 0.001);
	o.learning_rate = 0.25;
	EXPECT_EQ(make_plan(o, {9, 1, 0, 1}, nullptr).learning_rate, 0.25);
}

// ---- from a network to go on from ----

const nn::Activation<float> *activation(const char *name)
{
	return nn::find_activation<float>(name);
}

Network<float> started()
{
	return {{3, 5, 6, 2}, {activation("tanh"), activation("elu")}};
}

// Nothing said of the network.
nn_options open_options()
{
	nn_options o = options();

	o.hidden_layers = NN_CHOOSE;
	o.activation_count = 0;
	return o;
}

TEST(Plan, TakesOverTheLayersAndActivationsOfAStart)
{
	const Network<float> start = started();
	nn_options o = open_options();

	for (bool given : {false, true}) // the same layers may be asked for, too
	{
		o.hidden = kHidden<5, 6>;
		o.hidden_layers = given ? 2 : NN_CHOOSE;
		const Plan plan = make_plan(o, {1000000, 3, 0, 2}, &start);
		EXPECT_EQ(plan.sizes, (std::vector<int>{3, 5, 6, 2}));
		ASSERT_EQ(plan.activations.size(), 2u);
		EXPECT_STREQ(plan.activations[0]->name, "tanh");
		EXPECT_STREQ(plan.activations[1]->name, "elu");
	}
	const Network<float> linear({3, 2}, {});
	EXPECT_EQ(make_plan(open_options(), {1000000, 3, 0, 2}, &linear).sizes,
			  (std::vector<int>{3, 2}));
}

TEST(Plan, OtherLayersThanTheStart)
{
	const Network<float> start = started();
	const auto expect_other = [&](const nn_options &o, nn::Shape shape) {
		const nn::Error error = error_of([&] { make_plan(o, shape, &start); });
		EXPECT_EQ(error.code, NN_INVALID);
		EXPECT_STREQ(error.message, "the version to go on from has other layers");
		EXPECT_STREQ(error.hint,
					 "Leave hidden, loss and quantiles out, or train without warm_start.");
	};
	constexpr double kQuantiles[] = {0.1, 0.5, 0.9};
	nn_options o = open_options();

	expect_other(o, {100, 4, 0, 2}); // other inputs, or outputs
	expect_other(o, {100, 3, 0, 1});
	o.quantiles = kQuantiles;
	o.quantile_count = 3;
	expect_other(o, {100, 3, 0, 1});
	o = open_options();
	for (const auto &[hidden, layers] : {std::pair(kHidden<5, 7>, 2),
										 {kHidden<6, 6>, 2},
										 {kHidden<5>, 1},
										 {kHidden<5, 6, 6>, 3},
										 {static_cast<const int32_t *>(nullptr), 0}})
	{
		o.hidden = hidden;
		o.hidden_layers = layers;
		expect_other(o, {100, 3, 0, 2});
	}
}

TEST(Plan, OtherActivationsThanTheStart)
{
	const Network<float> start = started();
	constexpr const char *kSame[] = {"tanh", "elu"}, *kOther[] = {"tanh", "relu"};
	nn_options o = open_options();

	o.activations = kOther;
	o.activation_count = 1;
	const nn::Error one = error_of([&] { make_plan(o, {100, 3, 0, 2}, &start); });
	EXPECT_EQ(one.code, NN_INVALID);
	EXPECT_STREQ(one.message, "the version to go on from has activation elu, not tanh");
	EXPECT_STREQ(one.hint, "Leave activation out, or train without warm_start.");
	o.hidden = kHidden<5, 6>;
	o.hidden_layers = o.activation_count = 2;
	EXPECT_STREQ(error_of([&] {
					 make_plan(o, {100, 3, 0, 2}, &start);
				 }).message,
				 "the version to go on from has activation elu, not relu");
	o.activations = kSame;
	EXPECT_EQ(error_of([&] { make_plan(o, {100, 3, 0, 2}, &start); }).code, NN_OK);
}

} // namespace
