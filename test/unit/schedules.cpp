/*
 * schedules.cpp: factors by hand, with and without warm-up, and the losses that reduce a plateau's.
 */
#include "core/schedules.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace
{

using nn::Plateau;
using nn::Schedule;
using nn::SchedulePoint;

constexpr const char *kNames[] = {"constant", "step", "exponential", "cosine", "plateau"};
static_assert(std::size(kNames) == nn::kScheduleCount);

// The factors of all epochs of a training, decayed by 1/4 every 2 epochs; plateau has been reduced
// once.
std::vector<double> factors(const char *name, int epochs, int warmup)
{
	std::vector<double> result;

	for (int epoch = 0; epoch < epochs; epoch++)
		result.push_back(schedule_factor(*nn::find_schedule(name),
										 SchedulePoint{epoch, epochs, warmup, 0.25, 2, 1}));
	return result;
}

void expect_factors(const char *name, int epochs, int warmup, const std::vector<double> &expected)
{
	const std::vector<double> found = factors(name, epochs, warmup);

	ASSERT_EQ(found.size(), expected.size());
	for (size_t epoch = 0; epoch < found.size(); epoch++)
		EXPECT_NEAR(found[epoch], expected[epoch], 1e-15) << name << ", epoch " << epoch;
}

// The cosine of a sixth of a full turn is 1/2, that of a twelfth sqrt(3)/2.
TEST(Schedules, FactorsByHand)
{
	const double high = (1 + std::sqrt(3) / 2) / 2, low = (1 - std::sqrt(3) / 2) / 2;

	expect_factors("constant", 6, 0, {1, 1, 1, 1, 1, 1});
	expect_factors("step", 6, 0, {1, 1, 0.25, 0.25, 0.0625, 0.0625});
	expect_factors("exponential", 6, 0, {1, 0.5, 0.25, 0.125, 0.0625, 0.03125});
	expect_factors("cosine", 6, 0, {1, high, 0.75, 0.5, 0.25, low});
	expect_factors("plateau", 6, 0, {0.25, 0.25, 0.25, 0.25, 0.25, 0.25});
}

// Three epochs up in even steps, and then the schedule as if training began there.
TEST(Schedules, WarmUpByHand)
{
	expect_factors("constant", 7, 3, {0.25, 0.5, 0.75, 1, 1, 1, 1});
	expect_factors("step", 8, 3, {0.25, 0.5, 0.75, 1, 1, 0.25, 0.25, 0.0625});
	expect_factors("exponential", 7, 3, {0.25, 0.5, 0.75, 1, 0.5, 0.25, 0.125});
	expect_factors("cosine", 6, 3, {0.25, 0.5, 0.75, 1, 0.75, 0.25});
	expect_factors("plateau", 5, 3, {0.25, 0.5, 0.75, 0.25, 0.25});
}

TEST(Schedules, TrainingMayEndBeforeTheWarmUp)
{
	for (const char *name : kNames)
	{
		expect_factors(name, 3, 3, {0.25, 0.5, 0.75});
		expect_factors(name, 2, 3, {0.25, 0.5});
	}
	expect_factors("cosine", 4, 3, {0.25, 0.5, 0.75, 1}); // its first epoch is its last
}

// Whatever is asked for, the rate neither grows nor vanishes, nor becomes NaN.
TEST(Schedules, FactorsStayAboveZeroAndUpToOne)
{
	constexpr int kMost = 1000000;

	for (const char *name : kNames)
		for (int epochs : {1, 2, kMost})
			for (int warmup : {0, 1, kMost - 1, kMost, 2147483647})
				for (int decay_epochs : {1, kMost})
					for (double decay : {1e-300, 0.5, 1.0})
						for (int epoch : {0, epochs / 2, epochs - 1})
						{
							const double factor = schedule_factor(
								*nn::find_schedule(name),
								SchedulePoint{epoch, epochs, warmup, decay, decay_epochs, kMost});
							EXPECT_GT(factor, 0) << name << ", epoch " << epoch << " of " << epochs
												 << ", warm-up " << warmup;
							EXPECT_LE(factor, 1) << name << ", epoch " << epoch << " of " << epochs
												 << ", warm-up " << warmup;
						}
}

// (pi / 2 / epochs)^2, of which 1 + cos would keep but four digits.
TEST(Schedules, LastEpochOfALongCosine)
{
	const SchedulePoint last = {999999, 1000000, 0, 1, 1, 0};

	EXPECT_NEAR(schedule_factor(*nn::find_schedule("cosine"), last) / 2.4674011002723e-12, 1, 1e-9);
}

// The reductions after each of the losses.
std::vector<int> reductions(int decay_epochs, const std::vector<double> &losses)
{
	Plateau plateau(decay_epochs);
	std::vector<int> result;

	for (double loss : losses)
		result.push_back(plateau.note(loss));
	return result;
}

TEST(Schedules, PlateauCountsEpochsWithoutABetterLoss)
{
	EXPECT_EQ(reductions(3, {5, 5, 6, 5, 5, 5, 5, 5}), (std::vector<int>{0, 0, 0, 1, 1, 1, 2, 2}));
	EXPECT_EQ(reductions(1, {5, 4, 4, 3, 3.5, 3.2}), (std::vector<int>{0, 0, 1, 1, 2, 3}));
}

TEST(Schedules, PlateauStartsAgainAfterABetterLoss)
{
	// 4 comes just in time, and 3.9 in time after the reduction
	EXPECT_EQ(reductions(3, {5, 6, 6, 4, 4, 4, 4, 4, 4, 3.9, 4, 4, 4}),
			  (std::vector<int>{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2}));
	// better than the last, but not than the best
	EXPECT_EQ(reductions(2, {5, 8, 7, 6, 5.5}), (std::vector<int>{0, 0, 1, 1, 2}));
}

TEST(Schedules, PlateauTakesNoNumberForNoBetterLoss)
{
	const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();

	EXPECT_EQ(reductions(2, {nan, inf, 5, nan, 4, nan, inf}),
			  (std::vector<int>{0, 1, 1, 1, 1, 1, 2}));
}

TEST(Schedules, TableIsComplete)
{
	EXPECT_EQ(nn::schedule_names(), "constant, step, exponential, cosine, plateau");
	for (const char *name : kNames)
	{
		const Schedule *schedule = nn::find_schedule(name);
		ASSERT_NE(schedule, nullptr) << name;
		EXPECT_STREQ(schedule->name, name);
	}
	EXPECT_EQ(nn::find_schedule("Cosine"), nullptr);
	EXPECT_EQ(nn::find_schedule(""), nullptr);
}

} // namespace
