/*
 * rates.cpp: the learning rate of each epoch of a training: schedules, warm-up, what makes a plateau,
 * and smaller rates after a loss that wasn't finite. (The schedules themselves are in schedules.cpp.)
 */
#include <algorithm>
#include <cmath>

#include "tables.h"
#include "training.h"

namespace
{

using rows::Table;
using tables::linear;
using training::gradient_descent;
using training::train;
using training::Training;
using training::Version;

using Numbers = std::vector<double>;

Numbers rates(const Training &run)
{
	return {run.result.rate_curve, run.result.rate_curve + run.result.epochs};
}

nn_options scheduled(const char *schedule, int epochs)
{
	nn_options o = training::options();

	o.schedule = schedule;
	o.learning_rate = 0.25;
	o.decay_epochs = 2;
	o.epochs = epochs;
	o.patience = 0;
	return o;
}

void expect_rates(const nn_options &o, const Numbers &expected)
{
	const Numbers found = rates(train(linear(50, 30), o));

	ASSERT_EQ(found.size(), expected.size());
	for (size_t epoch = 0; epoch < found.size(); epoch++)
		EXPECT_NEAR(found[epoch], expected[epoch], 1e-15) << o.schedule << ", epoch " << epoch;
}

TEST(Rates, OfEachSchedule)
{
	expect_rates(scheduled("constant", 3), {0.25, 0.25, 0.25});
	expect_rates(scheduled("step", 5), {0.25, 0.25, 0.125, 0.125, 0.0625});
	expect_rates(scheduled("exponential", 3), {0.25, 0.25 * std::sqrt(0.5), 0.125});
	expect_rates(scheduled("cosine", 4),
				 {0.25, 0.25 * (2 + std::sqrt(2)) / 4, 0.125, 0.25 * (2 - std::sqrt(2)) / 4});
}

TEST(Rates, AfterAWarmUp)
{
	nn_options o = scheduled("step", 6);

	o.warmup = 3;
	expect_rates(o, {0.0625, 0.125, 0.1875, 0.25, 0.25, 0.125});
	o.warmup = 1000000; // longer than the training
	o.epochs = 1;
	expect_rates(o, {0.25 / 1000001});
	o.schedule = "cosine";
	o.warmup = 0;
	expect_rates(o, {0.25});
}

// What result says is the rate that was asked for.
TEST(Rates, TheRateGivenIsTheOneReported)
{
	EXPECT_EQ(train(linear(50, 30), scheduled("cosine", 5)).result.learning_rate, 0.25);
}

// The steps are as long as the curve says.
TEST(Rates, AreThoseOfTheSteps)
{
	nn_options o = gradient_descent(0.2, 1);
	o.warmup = 1;
	const Training warm = train(linear(50, 30), o);
	o.warmup = 0;
	o.learning_rate = 0.1;
	EXPECT_EQ(train(linear(50, 30), o).parameters(), warm.parameters());
}

// ---- plateau ----

// The rates that follow from the losses, by hand.
Numbers plateau_of(const Numbers &losses, const nn_options &o)
{
	Numbers result;
	double best = std::numeric_limits<double>::infinity(), factor = 1;
	int waited = 0;

	for (int epoch = 0; epoch < static_cast<int>(losses.size()); epoch++)
	{
		const bool warm = epoch < o.warmup;
		result.push_back(o.learning_rate * (warm ? (epoch + 1.) / (o.warmup + 1) : factor));
		if (warm)
			continue;
		waited = losses[static_cast<size_t>(epoch)] < best ? 0 : waited + 1;
		best = std::min(best, losses[static_cast<size_t>(epoch)]);
		if (waited == o.decay_epochs)
		{
			factor *= o.decay;
			waited = 0;
		}
	}
	return result;
}

void expect_plateau(nn_options o, bool held_out)
{
	o.hidden = training::kHidden<32>;
	o.hidden_layers = 1;
	o.validation = held_out ? 0.3 : 0;
	const Training run = train(tables::waves(80), o);
	const Numbers expected = plateau_of(held_out ? run.validation_curve() : run.loss_curve(), o),
				  found = rates(run);

	ASSERT_EQ(found.size(), expected.size());
	for (size_t epoch = 0; epoch < found.size(); epoch++)
		EXPECT_NEAR(found[epoch], expected[epoch], 1e-12) << "epoch " << epoch;
	EXPECT_LT(found.back(), 0.5 * o.learning_rate); // it did happen
}

TEST(Rates, FallWhereTheLossDoesNot)
{
	nn_options o = scheduled("plateau", 100);

	expect_plateau(o, true);
	expect_plateau(o, false);
	o.decay = 0.1;
	o.decay_epochs = 5;
	expect_plateau(o, true);
}

// Small steps in the warm-up are no plateau; nor do losses of the warm-up count.
TEST(Rates, PlateausBeginAfterTheWarmUp)
{
	nn_options o = scheduled("plateau", 100);

	o.warmup = 20;
	expect_plateau(o, true);
	expect_plateau(o, false);
}

// On the score, where it is the score that training stops on.
TEST(Rates, PlateausOfTheScore)
{
	Table table = tables::blobs(90, 3);
	nn_options o = scheduled("plateau", 30);
	o.validation = 0.3;
	o.stop_on = "score";
	const Training run =
		train(table, o); // all are right from the start, while the loss still falls
	const Numbers curve = run.validation_curve();

	EXPECT_TRUE(std::is_sorted(curve.rbegin(), curve.rend()));
	EXPECT_EQ(run.result.score, 1);
	EXPECT_LT(rates(run).back(), 0.25 / 1000);
}

// ---- after a loss that wasn't finite ----

TEST(Rates, AreSmallerAfterDivergence)
{
	nn_options o = gradient_descent(2, 300);
	o.patience = 0;
	const Training run = train(linear(100, 0), o);

	EXPECT_NEAR(rates(run).back(), 0.2, 1e-12);
	EXPECT_EQ(rates(run)[0], 2); // the epochs before it stay as they were
	EXPECT_EQ(run.result.learning_rate, 2);
	EXPECT_GT(run.result.score, 0.999);
}

// A factor of the schedule's.
TEST(Rates, AreSmallerAfterDivergenceWithASchedule)
{
	nn_options o = gradient_descent(2, 300);
	o.schedule = "cosine";
	const Numbers found = rates(train(linear(100, 0), o));

	ASSERT_EQ(found.size(), 300u);
	EXPECT_NEAR(found.back(), 0.2 * (1 + std::cos(M_PI * 299 / 300)) / 2, 1e-9);
}

// A schedule begins anew with each training; the optimizer goes on.
TEST(Rates, OfATrainingThatGoesOn)
{
	nn_options o = scheduled("step", 4);
	const Training first = train(linear(50, 30), o);
	const Version version(first);
	o.start = &version.start;
	expect_rates(o, {0.25, 0.25, 0.125, 0.125});
}

} // namespace
