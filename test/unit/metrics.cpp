/*
 * metrics.cpp: accuracy and R^2 by hand.
 */
#include "core/metrics.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace
{

using nn::ConstMatrixMap;
using nn::Index;
using nn::Score;

void add(Score &score, Index outputs, const std::vector<float> &Z, const std::vector<float> &Y)
{
	const Index rows = static_cast<Index>(Z.size()) / outputs;
	score.add(ConstMatrixMap<float>(Z.data(), rows, outputs),
			  ConstMatrixMap<float>(Y.data(), rows, static_cast<Index>(Y.size()) / rows));
}

TEST(Metrics, AccuracyOfTwoClasses)
{
	Score score(2, 1, 1);

	add(score, 1, {2, -1, 0.5}, {1, 0, 0});
	add(score, 1, {-3}, {1}); // a second part
	EXPECT_EQ(score.value(), 0.5);
	EXPECT_EQ(score.baseline(), 0.5);
}

TEST(Metrics, AccuracyOfManyClasses)
{
	Score score(3, 2, 3);

	add(score, 3, {1, 2, 3, 5, 4, 3, 0, 1, 0, -1, -2, -3}, {2, 0, 2, 1});
	EXPECT_EQ(score.value(), 0.5);
	EXPECT_EQ(score.baseline(), 0.5);
}

TEST(Metrics, RSquared)
{
	Score score(0, 0, 1);

	// targets 3, 0, -2: mean 1/3; errors 1, 0.5, 2; those of 0 instead: 3, 0, 2
	add(score, 1, {2, 0.5}, {3, 0});
	add(score, 1, {0}, {-2});
	const double spread = 9 + 4 - 1. / 3;
	EXPECT_NEAR(score.value(), 1 - 5.25 / spread, 1e-15);
	EXPECT_NEAR(score.baseline(), 1 - 13 / spread, 1e-15);
}

TEST(Metrics, RSquaredIsTheMeanOverOutputs)
{
	Score score(0, 0, 2);

	add(score, 2, {1, 5, -1, 0}, {1, 2, -1, -2}); // one of 1, one of 1 - (9 + 4) / 8
	EXPECT_NEAR(score.value(), (1 + (1 - 13. / 8)) / 2, 1e-15);
	EXPECT_NEAR(score.baseline(), 0, 1e-15);
}

TEST(Metrics, UndefinedWhereTargetsDoNotVary)
{
	Score none(0, 0, 1), one(0, 0, 1), same(0, 0, 1);

	EXPECT_TRUE(std::isnan(none.value()));
	add(one, 1, {1}, {1});
	EXPECT_TRUE(std::isnan(one.value()));
	EXPECT_TRUE(std::isnan(one.baseline()));
	add(same, 1, {1, 2, 3}, {0.1f, 0.1f, 0.1f});
	EXPECT_TRUE(std::isnan(same.value()));
}

} // namespace
