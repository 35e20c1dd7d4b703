/*
 * metrics.cpp: accuracy, R^2 and its like for quantiles by hand; weights of rows; weighted quantiles.
 */
#include "core/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.h"

namespace
{

using nn::ConstMatrixMap;
using nn::Index;
using nn::Score;
using nn::ScoreKind;
using nn::weighted_quantile;
using Numbers = std::vector<float>;
using Weighted = std::vector<std::pair<float, float>>;

void add(Score &score, Index outputs, const Numbers &Z, const Numbers &Y,
		 const Numbers &weights = {})
{
	const Index rows = static_cast<Index>(Z.size()) / outputs;
	score.add(ConstMatrixMap<float>(Z.data(), rows, outputs),
			  ConstMatrixMap<float>(Y.data(), rows, static_cast<Index>(Y.size()) / rows),
			  weights.empty() ? nullptr : weights.data());
}

ScoreKind classes(int count, int commonest)
{
	ScoreKind kind;
	kind.classes = count;
	kind.commonest = commonest;
	kind.outputs = count == 2 ? 1 : count;
	return kind;
}

ScoreKind numbers(int outputs, bool logarithmic = false)
{
	ScoreKind kind;
	kind.outputs = outputs;
	kind.logarithmic = logarithmic;
	return kind;
}

ScoreKind quantiles(std::vector<double> quantiles, std::vector<double> constants)
{
	ScoreKind kind;
	kind.outputs = static_cast<int>(quantiles.size());
	kind.quantiles = quantiles;
	kind.constants = constants;
	return kind;
}

TEST(Metrics, AccuracyOfTwoClasses)
{
	Score score(classes(2, 1));

	add(score, 1, {2, -1, 0.5}, {1, 0, 0});
	add(score, 1, {-3}, {1}); // a second part
	EXPECT_EQ(score.value(), 0.5);
	EXPECT_EQ(score.baseline(), 0.5);
}

TEST(Metrics, AccuracyOfManyClasses)
{
	Score score(classes(3, 2));

	add(score, 3, {1, 2, 3, 5, 4, 3, 0, 1, 0, -1, -2, -3}, {2, 0, 2, 1});
	EXPECT_EQ(score.value(), 0.5);
	EXPECT_EQ(score.baseline(), 0.5);
}

TEST(Metrics, WeightedAccuracy)
{
	Score two(classes(2, 1)), many(classes(3, 2));

	add(two, 1, {2, -1, 0.5, -3}, {1, 0, 0, 1}, {3, 0.5, 1, 0.25});
	EXPECT_EQ(two.value(), 3.5 / 4.75);
	EXPECT_EQ(two.baseline(), 3.25 / 4.75);
	add(many, 3, {1, 2, 3, 5, 4, 3, 0, 1, 0, -1, -2, -3}, {2, 0, 2, 1}, {2, 1, 0.5, 4});
	EXPECT_EQ(many.value(), 3 / 7.5);
	EXPECT_EQ(many.baseline(), 2.5 / 7.5);
}

TEST(Metrics, RSquared)
{
	Score score(numbers(1));

	// targets 3, 0, -2: mean 1/3; errors 1, 0.5, 2; those of 0 instead: 3, 0, 2
	add(score, 1, {2, 0.5}, {3, 0});
	add(score, 1, {0}, {-2});
	const double spread = 9 + 4 - 1. / 3;
	EXPECT_NEAR(score.value(), 1 - 5.25 / spread, 1e-15);
	EXPECT_NEAR(score.baseline(), 1 - 13 / spread, 1e-15);
}

TEST(Metrics, WeightedRSquared)
{
	Score score(numbers(1));

	// the same targets weigh 1, 2 and 0.5: mean 2 / 3.5
	add(score, 1, {2, 0.5}, {3, 0}, {1, 2});
	add(score, 1, {0}, {-2}, {0.5});
	const double spread = 9 + 2 - 4 / 3.5;
	EXPECT_NEAR(score.value(), 1 - (1 + 0.5 + 2) / spread, 1e-15);
	EXPECT_NEAR(score.baseline(), 1 - 11 / spread, 1e-15);
}

TEST(Metrics, RSquaredIsTheMeanOverOutputs)
{
	Score score(numbers(2));

	add(score, 2, {1, 5, -1, 0}, {1, 2, -1, -2}); // one of 1, one of 1 - (9 + 4) / 8
	EXPECT_NEAR(score.value(), (1 + (1 - 13. / 8)) / 2, 1e-15);
	EXPECT_NEAR(score.baseline(), 0, 1e-15);
}

TEST(Metrics, RSquaredOfLogarithms)
{
	Score score(numbers(1, true));

	// predictions 2, 1 and 0.5 of 1.5, 0 and 1.25; mean 2.75 / 3, that of training 1
	add(score, 1, {std::log(2.f), 0, -std::log(2.f)}, {1.5, 0, 1.25});
	const double spread = 1.5 * 1.5 + 1.25 * 1.25 - 2.75 * 2.75 / 3;
	EXPECT_NEAR(score.value(), 1 - (0.25 + 1 + 0.5625) / spread, 1e-6); // a float's logarithm
	EXPECT_NEAR(score.baseline(), 1 - (0.25 + 1 + 0.0625) / spread, 1e-15);
}

TEST(Metrics, Quantiles)
{
	Score score(quantiles({0.25, 0.75}, {0, 1}));

	// targets 1, -2, 4; errors of the outputs 1, -2, 3 and -1, 0.5, 0; of the constants 1, -2, 4 and
	// 0, -3, 3
	add(score, 2, {0, 2, 0, -2.5}, {1, -2});
	add(score, 2, {1, 4}, {4});
	const double low = 1 - (0.25 + 1.5 + 0.75) / (0.25 + 1.5 + 1);
	const double high = 1 - (0.25 + 0.375 + 0) / (0 + 0.75 + 2.25);
	EXPECT_NEAR(score.value(), (low + high) / 2, 1e-15);
	EXPECT_EQ(score.baseline(), 0);
}

// Six rows of two outputs, one without weight; the expected values are fractions calculated apart
// from their definitions: errors weighted one by one, spread around the weighted mean.
TEST(Metrics, WeightedScoresCalculatedApart)
{
	const Numbers Z = {1, 0.5, -0.25, 2, 0.75, -1.5, 2.5, 0.125, -1.25, 0, 0, 1};
	const Numbers Y = {0.5, 1, -1, 1.5, 1.25, -2, 2, 0.75, -0.5, -0.25, 0.25, 3};
	const Numbers first = {0.5, -1, 1.25, 2, -0.5, 0.25}, weights = {1, 0.5, 2, 0, 1.25, 3};
	Score mean(numbers(2)), quantile(quantiles({0.25, 0.75}, {-0.5, 1.5}));

	add(mean, 2, Z, Y, weights);
	EXPECT_NEAR(mean.value(), 0.5210264360443235, 1e-14);
	EXPECT_NEAR(mean.baseline(), -0.2114596704070888, 1e-14);
	add(quantile, 2, Z, first, weights);
	EXPECT_NEAR(quantile.value(), -0.5138888888888888, 1e-14);
	EXPECT_EQ(quantile.baseline(), 0);

	Score logarithmic(numbers(1, true));
	add(logarithmic, 1, {0.5, -0.125, 0.375, 1.25, -0.625, 0}, {0.5, 1, 1.25, 2, 0.5, 0.25},
		weights);
	EXPECT_NEAR(logarithmic.value(), -1.368848018129969, 1e-14);
	EXPECT_NEAR(logarithmic.baseline(), -0.8151001540832048, 1e-14);
}

// Rows of weight 0 to 3 score as the rows written so often; outliers may weigh nothing.
TEST(Metrics, WeightedRowsAreRepeatedRows)
{
	for (const ScoreKind &kind : {classes(2, 1), classes(3, 2), numbers(2), numbers(2, true),
								  quantiles({0.1, 0.5, 0.9}, {-0.5, 0.1, 0.7})})
	{
		const size_t outputs = static_cast<size_t>(kind.outputs);
		const size_t targets = kind.classes > 0 || !kind.quantiles.empty() ? 1 : outputs;
		Score weighted(kind), repeated(kind);
		nn::Random random(11);

		for (int row = 0; row < 50; row++)
		{
			Numbers Z, Y;
			for (size_t k = 0; k < outputs; k++)
				Z.push_back(static_cast<float>(2 * random.uniform() - 1));
			for (size_t k = 0; k < targets; k++)
				Y.push_back(kind.classes > 0 ? static_cast<float>(random.below(
												   static_cast<uint64_t>(kind.classes)))
											 : static_cast<float>(2 * random.uniform()));
			for (int time = 0; time < row % 4; time++)
				add(repeated, kind.outputs, Z, Y);
			if (row % 4 == 0)
				Z[0] = std::numeric_limits<float>::infinity();
			add(weighted, kind.outputs, Z, Y, {static_cast<float>(row % 4)});
		}
		EXPECT_NEAR(weighted.value(), repeated.value(), 1e-13);
		EXPECT_NEAR(weighted.baseline(), repeated.baseline(), 1e-13);
		EXPECT_NE(weighted.value(), weighted.baseline());
	}
}

TEST(Metrics, CopiesAndResets)
{
	for (const ScoreKind &kind : {classes(2, 1), numbers(1), quantiles({0.5}, {0.25})})
	{
		Score score(kind), fresh(kind);
		add(score, 1, {2, -1, 0.5}, {1, 0, 1}, {1, 2, 3});
		const Score copy = score;
		const double value = score.value(), baseline = score.baseline();

		score.reset();
		EXPECT_TRUE(std::isnan(score.value()));
		for (Score *one : {&score, &fresh})
			add(*one, 1, {1, 0.25, -2}, {1, 0, 0});
		EXPECT_EQ(score.value(), fresh.value());
		EXPECT_EQ(score.baseline(), fresh.baseline());
		EXPECT_EQ(copy.value(), value);
		EXPECT_EQ(copy.baseline(), baseline);
		EXPECT_NE(score.value(), value);
	}
}

TEST(Metrics, UndefinedWhereTargetsDoNotVary)
{
	for (bool logarithmic : {false, true})
	{
		Score none(numbers(1, logarithmic)), one = none, same = none, weightless = none;

		EXPECT_TRUE(std::isnan(none.value()));
		add(one, 1, {1}, {1});
		EXPECT_TRUE(std::isnan(one.value()));
		EXPECT_TRUE(std::isnan(one.baseline()));
		add(same, 1, {1, 2, 3}, {0.1f, 0.1f, 0.1f}, {1, 0.3f, 7});
		EXPECT_TRUE(std::isnan(same.value()));
		add(weightless, 1, {1, 2, 3}, {1, 2, 3}, {0, 0, 0});
		EXPECT_TRUE(std::isnan(weightless.value()));
	}
}

TEST(Metrics, UndefinedWhereTheConstantIsPerfect)
{
	Score none(quantiles({0.5}, {0})), one(quantiles({0.5, 0.25}, {0, 0.1})), weightless = none;

	EXPECT_TRUE(std::isnan(none.value()));
	EXPECT_TRUE(std::isnan(none.baseline()));
	add(one, 2, {1, 2, 3, 4}, {0.1f, 0.1f}); // of the second, whatever the first says
	EXPECT_TRUE(std::isnan(one.value()));
	EXPECT_TRUE(std::isnan(one.baseline()));
	add(weightless, 1, {1, 2}, {1, 2}, {0, 0});
	EXPECT_TRUE(std::isnan(weightless.value()));
}

TEST(Metrics, WeightedQuantileByHand)
{
	const Weighted even = {{4, 1}, {2, 1}, {1, 1}, {3, 1}};
	const Weighted uneven = {{5, 0}, {-1, 0.5f}, {2, 2}, {-1, 0.5f}, {3, 1}, {-7, 0}};

	for (const auto &[q, value] : {std::pair(0.01, 1),
								   {0.25, 1},
								   {0.26, 2},
								   {0.5, 2},
								   {0.51, 3},
								   {0.75, 3},
								   {0.76, 4},
								   {0.99, 4}})
		EXPECT_EQ(weighted_quantile(even, q), value) << q;
	for (const auto &[q, value] :
		 {std::pair(0.001, -1), {0.25, -1}, {0.26, 2}, {0.75, 2}, {0.76, 3}, {0.999, 3}})
		EXPECT_EQ(weighted_quantile(uneven, q), value) << q;
	EXPECT_EQ(weighted_quantile({{2.5, 0.1f}}, 0.9), 2.5);
	EXPECT_TRUE(std::isnan(weighted_quantile({}, 0.5)));
	EXPECT_TRUE(std::isnan(weighted_quantile({{1, 0}, {2, 0}}, 0.5)));
}

// q * 100 isn't always what it should be in doubles: 0.07 * 100 is above 7.
TEST(Metrics, WeightedQuantileOfHundredths)
{
	Weighted values;

	for (int i = 1; i <= 100; i++)
		values.emplace_back(static_cast<float>(i), 0.1f);
	for (int i = 1; i < 100; i++)
		EXPECT_EQ(weighted_quantile(values, i / 100.), i);
}

TEST(Metrics, WeightedQuantileOfRepeatedValues)
{
	nn::Random random(3);
	Weighted weighted;
	Numbers repeated;

	for (int i = 0; i < 200; i++)
	{
		const float value = static_cast<float>(random.below(60)) / 4;
		weighted.emplace_back(value, static_cast<float>(i % 4));
		repeated.insert(repeated.end(), static_cast<size_t>(i % 4), value);
	}
	std::sort(repeated.begin(), repeated.end());
	for (double q : {0.001, 0.1, 0.333, 0.5, 0.9, 0.999})
	{
		const double place = std::ceil(q * static_cast<double>(repeated.size()));
		EXPECT_EQ(weighted_quantile(weighted, q),
				  static_cast<double>(repeated[static_cast<size_t>(place) - 1]))
			<< q;
	}
}

} // namespace
