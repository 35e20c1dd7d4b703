/*
 * warm_start.cpp: a training that goes on from another: where that one stopped, to the last bit, or
 * from its parameters alone; and states that are damaged. (What becomes of its columns is in
 * warm_columns.cpp.)
 */
#include <cmath>
#include <cstring>
#include <limits>

#include "tables.h"
#include "training.h"

namespace
{

using rows::Table;
using training::kHidden;
using training::train;
using training::Training;
using training::try_training;
using training::Version;

struct Optimizer
{
	const char *name;
	bool nesterov;
};

// Every epoch is of use, and the last one kept.
nn_options of_epochs(int epochs, const Optimizer &optimizer = {"adam", false})
{
	nn_options o = training::options();

	o.hidden = kHidden<12, 6>;
	o.hidden_layers = 2;
	o.optimizer = optimizer.name;
	o.nesterov = optimizer.nesterov;
	o.l2 = 0.01;
	o.epochs = epochs;
	o.patience = 0;
	return o;
}

std::vector<float> state_of(const Training &run)
{
	return {run.result.state, run.result.state + run.result.state_count};
}

bool same_bits(const std::vector<float> &a, const std::vector<float> &b)
{
	return a.size() == b.size() && memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// Twice half of the epochs, and all of them at once.
void expect_halves_to_be_the_whole(const Table &table, nn_options o)
{
	const Training whole = train(table, o);
	o.epochs /= 2;
	const Training first = train(table, o);
	const Version version(first);
	o.start = &version.start;
	o.hidden_layers = NN_CHOOSE; // taken over, too
	o.activation_count = 0;
	const Training second = train(table, o);
	const std::vector<double> losses = whole.loss_curve();

	EXPECT_TRUE(same_bits(second.parameters(), whole.parameters()));
	EXPECT_TRUE(same_bits(state_of(second), state_of(whole)));
	EXPECT_FALSE(same_bits(second.parameters(), first.parameters()));
	EXPECT_EQ(second.loss_curve(), std::vector<double>(losses.begin() + o.epochs, losses.end()));
	EXPECT_EQ(second.result.score, whole.result.score);
	EXPECT_EQ(second.result.epochs, o.epochs);
	EXPECT_EQ(second.result.total_epochs, 2 * o.epochs);
	EXPECT_EQ(whole.result.total_epochs, 2 * o.epochs);
	EXPECT_EQ(second.result.updates, whole.result.updates);
	EXPECT_EQ(whole.result.updates, 2 * first.result.updates);
}

TEST(WarmStart, TwoHalvesAreTheWhole)
{
	for (const Optimizer &optimizer : {Optimizer{"gd", false},
									   {"sgd", false},
									   {"sgd", true},
									   {"rmsprop", false},
									   {"adam", false},
									   {"adamw", false}})
		for (const Table &table : {tables::waves(150), tables::blobs(120, 3), tables::mixed(90)})
		{
			SCOPED_TRACE(optimizer.name);
			expect_halves_to_be_the_whole(table, of_epochs(20, optimizer));
		}
}

TEST(WarmStart, TwoHalvesAreTheWholeWithDropout)
{
	for (const char *optimizer : {"sgd", "adam"})
	{
		nn_options o = of_epochs(20, {optimizer, false});
		o.dropout = 0.3;
		o.input_dropout = 0.1;
		expect_halves_to_be_the_whole(tables::waves(150), o);
	}
}

TEST(WarmStart, TwoHalvesAreTheWholeWithWeightsAndLosses)
{
	Table table = {{rows::column("x"), rows::weight("w"), rows::target("y")}, {}};
	for (size_t i = 0; i < 100; i++)
		table.rows.push_back({rows::noise(i, 0.618), rows::noise(i, 0.414) + 0.1,
							  std::floor(4 * rows::noise(i, 0.732))});
	for (const char *loss : {"poisson", "quantile", "huber"})
	{
		nn_options o = of_epochs(10);
		o.loss = loss;
		o.clip_norm = 0.5;
		o.l1 = 1e-3;
		expect_halves_to_be_the_whole(table, o);
	}
}

// The slots, as many as the optimizer has.
TEST(WarmStart, LengthOfTheState)
{
	const struct
	{
		const char *optimizer;
		int64_t slots, updates;
	} kCases[] = {{"gd", 0, 3},    {"sgd", 1, 15},   {"rmsprop", 1, 15},
				  {"adam", 2, 15}, {"adamw", 2, 15}, {"lbfgs", 0, 3}};

	for (const auto &c : kCases)
	{
		const Training run = train(tables::waves(75), of_epochs(3, {c.optimizer, false}));
		EXPECT_EQ(run.result.state_count, c.slots * run.result.model.parameter_count);
		EXPECT_EQ(run.result.updates, c.updates) << c.optimizer; // 5 batches of 16 rows an epoch
		EXPECT_EQ(run.result.state_count == 0, c.slots == 0);
	}
}

// With held-out rows the state is that of the epoch that is kept.
TEST(WarmStart, TheStateIsThatOfTheBestEpoch)
{
	nn_options o = of_epochs(300);
	o.hidden = kHidden<48>;
	o.hidden_layers = 1;
	o.learning_rate = 0.03;
	o.validation = 0.3;
	o.patience = 6;
	const Training stopped = train(tables::waves(80), o);
	ASSERT_LT(stopped.result.best_epoch, stopped.result.epochs);
	o.epochs = stopped.result.best_epoch;
	o.patience = 0;
	const Training expected = train(tables::waves(80), o);

	EXPECT_TRUE(same_bits(stopped.parameters(), expected.parameters()));
	EXPECT_TRUE(same_bits(state_of(stopped), state_of(expected)));
	EXPECT_EQ(stopped.result.updates, expected.result.updates);
	EXPECT_EQ(stopped.result.total_epochs, stopped.result.epochs); // no order is used twice
}

// ---- from the parameters alone ----

// From the parameters of a version, but of its optimizer nothing; the rows' orders go on.
std::vector<float> from_parameters(const Table &table, nn_options o, const Version &version)
{
	nn_start start = version.start;

	start.state = nullptr;
	start.state_count = start.updates = 0;
	start.optimizer = nullptr;
	o.start = &start;
	return train(table, o).parameters();
}

TEST(WarmStart, TheStateOfAnotherOptimizerIsNotUsed)
{
	const Table table = tables::waves(100);
	const Training first = train(table, of_epochs(5));
	const Version version(first);

	for (const char *other : {"gd", "sgd", "rmsprop", "adamw"})
	{
		nn_options o = of_epochs(5, {other, false});
		o.start = &version.start;
		const Training run = train(table, o);
		EXPECT_TRUE(same_bits(run.parameters(), from_parameters(table, o, version))) << other;
		EXPECT_EQ(run.result.updates, strcmp(other, "gd") == 0 ? 5 : 5 * 7) << other;
		EXPECT_EQ(run.result.total_epochs, 10) << other;
	}
	nn_options same = of_epochs(5);
	same.start = &version.start;
	EXPECT_FALSE(same_bits(train(table, same).parameters(), from_parameters(table, same, version)));
}

// What it knew is not forgotten: the first epoch begins where the other ended.
TEST(WarmStart, BeginsWithTheParametersOfTheVersion)
{
	const Table table = tables::linear(120, 5);
	nn_options o = training::gradient_descent(0.2, 60);
	const Training first = train(table, o);
	const Version version(first);

	for (const char *optimizer : {"gd", "adam", "lbfgs"})
	{
		o.optimizer = optimizer;
		o.learning_rate = strcmp(optimizer, "lbfgs") == 0 ? 1 : 1e-30;
		o.start = &version.start;
		o.epochs = 1;
		EXPECT_LE(train(table, o).result.loss, first.result.loss * (1 + 1e-6)) << optimizer;
	}
}

// Nothing can be made better where a line search has converged; it says so, with the loss it had.
TEST(WarmStart, FromWhereALineSearchConverged)
{
	const Table table = tables::linear(120, 30);
	nn_options o = training::options();
	o.optimizer = "lbfgs";
	o.epochs = 100;
	const Training first = train(table, o);
	ASSERT_STREQ(first.result.stop_reason, "converged");
	const Version version(first);
	o.start = &version.start;
	const Training second = train(table, o);

	EXPECT_STREQ(second.result.stop_reason, "converged");
	EXPECT_NEAR(second.result.loss, first.result.loss, 1e-6 * first.result.loss);
	EXPECT_NEAR(second.result.score, first.result.score, 1e-6);
	EXPECT_LE(second.result.epochs, 3);
}

// Another seed gives other orders, but the same start.
TEST(WarmStart, OfAnotherSeed)
{
	const Table table = tables::waves(100);
	const Training first = train(table, of_epochs(5));
	const Version version(first);
	nn_options o = of_epochs(1);
	o.start = &version.start;
	const Training same = train(table, o);
	o.seed = 1;
	const Training other = train(table, o);
	EXPECT_FALSE(same_bits(same.parameters(), other.parameters()));
	for (size_t p = 0; p < same.parameters().size(); p++)
		EXPECT_NEAR(same.parameters()[p], other.parameters()[p], 0.02);
}

// ---- damage ----

nn_status status_from(const nn_start &start)
{
	nn_options o = of_epochs(2);

	o.start = &start;
	return try_training(tables::waves(50), o).status;
}

TEST(WarmStart, DamagedStates)
{
	const Training first = train(tables::waves(50), of_epochs(2));
	const Version version(first);
	const auto expect_damaged = [](const nn_start &start) {
		const nn_status status = status_from(start);
		EXPECT_EQ(status.code, NN_CORRUPT);
		EXPECT_STREQ(status.message,
					 "the state of the optimizer of the version to go on from is damaged");
		EXPECT_STREQ(status.hint, "Train without warm_start.");
	};

	EXPECT_EQ(status_from(version.start).code, NN_OK);
	nn_start start = version.start;
	for (size_t length :
		 {size_t(1), version.state.size() / 2, version.state.size() - 1, version.state.size() + 1})
	{
		std::vector<float> state(length);
		start.state = state.data();
		start.state_count = static_cast<int64_t>(length);
		expect_damaged(start);
	}
	for (float bad :
		 {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
		for (size_t place : {size_t(0), version.state.size() - 1})
		{
			std::vector<float> state = version.state;
			state[place] = bad;
			start = version.start;
			start.state = state.data();
			expect_damaged(start);
		}
}

// Whatever optimizer they are of; and numbers as large as there can be.
TEST(WarmStart, DamagedCounts)
{
	const Training first = train(tables::waves(50), of_epochs(2));
	const Version version(first);
	const auto expect_damaged = [&](int64_t updates, int32_t epochs) {
		nn_start start = version.start;
		start.updates = updates;
		start.epochs = epochs;
		for (const char *optimizer : {version.start.optimizer, "sgd"})
		{
			start.optimizer = optimizer;
			const nn_status status = status_from(start);
			EXPECT_EQ(status.code, NN_CORRUPT);
			EXPECT_EQ(status.message, "the version to go on from has made " +
										  std::to_string(updates) + " updates in " +
										  std::to_string(epochs) + " epochs");
			EXPECT_STREQ(status.hint, "Train without warm_start.");
		}
	};

	expect_damaged(-1, 2);
	expect_damaged(INT64_MIN, 2);
	expect_damaged(INT64_MAX, 2);
	expect_damaged(8, -1);
	expect_damaged(8, INT32_MIN);
}

TEST(WarmStart, AfterAllEpochsThereCanBe)
{
	const Training first = train(tables::waves(50), of_epochs(2));
	const Version version(first);
	nn_start start = version.start;
	nn_options o = of_epochs(3);

	start.epochs = INT32_MAX - 1;
	o.start = &start;
	EXPECT_EQ(train(tables::waves(50), o).result.total_epochs, INT32_MAX);
}

} // namespace
