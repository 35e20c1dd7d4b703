/*
 * evaluation.cpp: metrics, curves and calibration as scikit-learn computes them; constants as
 * baselines; residuals in bins; rows beyond the memory allowed.
 */
#include "core/evaluation.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include <gtest/gtest.h>

#include "core/calibration.h"
#include "core/random.h"
#include "core/residuals.h"
#include "evaluation_reference.h"

namespace
{

using nn::Calibration;
using nn::Evaluation;
using nn::Residuals;
using nn::TargetShape;

constexpr size_t kMuch = size_t(1) << 24;

const TargetShape kTwo = {2, 2, {}}, kFour = {4, 4, {}}, kNumbers = {0, 2, {}},
				  kQuantiles = {0, 3, {0.1, 0.5, 0.9}};

template <class E> void finish(E &evaluation)
{
	while (evaluation.prepare())
		;
}

template <size_t O, size_t T, size_t W, size_t N>
void expect(const TargetShape &shape, const double (&outputs)[O], const double (&truths)[T],
			const double (&weights)[W], bool weighted, const reference::Expected (&expected)[N])
{
	Evaluation evaluation(shape, kMuch);
	// in two pieces
	const size_t n = 7, width = O / W, truth = T / W;
	evaluation.add(n, outputs, truths, weighted ? weights : nullptr);
	evaluation.add(W - n, outputs + n * width, truths + n * truth,
				   weighted ? weights + n : nullptr);
	finish(evaluation);
	for (const reference::Expected &e : expected)
		EXPECT_NEAR(evaluation.value(e.metric), e.value, 1e-9 * std::max(1.0, std::fabs(e.value)))
			<< e.metric << (weighted ? ", weighted" : "");
}

TEST(Evaluation, MetricsAreScikitLearns)
{
	using namespace reference;
	expect(::kTwo, kTwoOutputs, kTwoTruths, kTwoWeights, false, reference::kTwo);
	expect(::kTwo, kTwoOutputs, kTwoTruths, kTwoWeights, true, kWeightedTwo);
	expect(::kFour, kFourOutputs, kFourTruths, kFourWeights, false, reference::kFour);
	expect(::kFour, kFourOutputs, kFourTruths, kFourWeights, true, kWeightedFour);
	expect(::kNumbers, kNumbersOutputs, kNumbersTruths, kNumbersWeights, false,
		   reference::kNumbers);
	expect(::kNumbers, kNumbersOutputs, kNumbersTruths, kNumbersWeights, true, kWeightedNumbers);
	expect(::kQuantiles, kQuantilesOutputs, kQuantilesTruths, kQuantilesWeights, false,
		   reference::kQuantiles);
	expect(::kQuantiles, kQuantilesOutputs, kQuantilesTruths, kQuantilesWeights, true,
		   kWeightedQuantiles);
}

TEST(Evaluation, EveryMetricHasAReference)
{
	const auto known = [](const auto &expected, const char *name) {
		return std::any_of(std::begin(expected), std::end(expected),
						   [&](const auto &e) { return strcmp(e.metric, name) == 0; });
	};
	Evaluation two(kTwo, kMuch), numbers(kNumbers, kMuch), quantiles(kQuantiles, kMuch);
	for (Evaluation *evaluation : {&two, &numbers, &quantiles})
		finish(*evaluation);
	for (const nn_metric &metric : two.metrics())
		EXPECT_TRUE(known(reference::kTwo, metric.name)) << metric.name;
	for (const nn_metric &metric : numbers.metrics())
		EXPECT_TRUE(known(reference::kNumbers, metric.name)) << metric.name;
	for (const nn_metric &metric : quantiles.metrics())
		EXPECT_TRUE(known(reference::kQuantiles, metric.name) ||
					known(reference::kNumbers, metric.name))
			<< metric.name;
}

TEST(Evaluation, CurvesAreScikitLearns)
{
	using namespace reference;
	Evaluation evaluation(::kTwo, kMuch, SIZE_MAX);
	evaluation.add(std::size(kTwoWeights), kTwoOutputs, kTwoTruths, kTwoWeights);
	finish(evaluation);
	const nn::Ranking &ranking = evaluation.ranking(1);
	ASSERT_EQ(ranking.curve().size(), std::size(kRocFpr) + 1);
	EXPECT_TRUE(std::isinf(ranking.curve()[0].threshold));
	EXPECT_EQ(ranking.curve()[0].hits + ranking.curve()[0].misses, 0);
	for (size_t i = 0; i < std::size(kRocFpr); i++)
	{
		const nn_curve_point &point = ranking.curve()[i + 1];
		EXPECT_NEAR(point.threshold, kRocThresholds[i], 1e-9);
		EXPECT_NEAR(point.hits / ranking.hits(), kRocTpr[i], 1e-9);
		EXPECT_NEAR(point.misses / ranking.misses(), kRocFpr[i], 1e-9);
	}
	for (size_t i = 0; i < std::size(kPrThresholds); i++)
	{
		const nn_curve_point &point = ranking.curve()[i + 1];
		EXPECT_NEAR(point.threshold, kPrThresholds[i], 1e-9);
		EXPECT_NEAR(point.hits / (point.hits + point.misses), kPrecision[i], 1e-9);
		EXPECT_NEAR(point.hits / ranking.hits(), kRecall[i], 1e-9);
	}
}

TEST(Evaluation, ShortCurvesKeepTheirEnds)
{
	using namespace reference;
	Evaluation evaluation(::kTwo, kMuch, 5);
	evaluation.add(std::size(kTwoWeights), kTwoOutputs, kTwoTruths, nullptr);
	finish(evaluation);
	const std::vector<nn_curve_point> &curve = evaluation.ranking(1).curve();
	EXPECT_LE(curve.size(), 5u);
	EXPECT_GE(curve.size(), 4u);
	EXPECT_EQ(curve.front().hits + curve.front().misses, 0);
	EXPECT_EQ(curve.back().hits + curve.back().misses, std::size(kTwoWeights));
}

// Predicting the constant that a baseline is of gives that baseline.
TEST(Evaluation, BaselinesAreOfConstants)
{
	using namespace reference;
	const size_t n = std::size(kQuantilesWeights);
	Evaluation first(::kQuantiles, kMuch);
	first.add(n, kQuantilesOutputs, kQuantilesTruths, kQuantilesWeights);
	finish(first);
	std::vector<std::pair<double, double>> sorted;
	double total = 0;
	for (size_t i = 0; i < n; i++)
	{
		sorted.emplace_back(kQuantilesTruths[i], kQuantilesWeights[i]);
		total += kQuantilesWeights[i];
	}
	std::sort(sorted.begin(), sorted.end());
	std::vector<double> constants;
	for (double q : ::kQuantiles.quantiles)
	{
		double reached = 0;
		for (size_t i = 0; i < n && reached < q * total; reached += sorted[i++].second)
			if (reached + sorted[i].second >= q * total)
				constants.push_back(sorted[i].first);
	}
	ASSERT_EQ(constants.size(), 3u);
	Evaluation second(::kQuantiles, kMuch);
	for (size_t i = 0; i < n; i++)
		second.add(1, constants.data(), kQuantilesTruths + i, kQuantilesWeights + i);
	finish(second);
	for (const nn_metric &metric : first.metrics())
	{
		if (strcmp(metric.name, "rmse") == 0 || strcmp(metric.name, "r2") == 0) // of the mean
			continue;
		EXPECT_NEAR(metric.baseline, second.value(metric.name),
					strcmp(metric.name, "explained_variance") == 0 ? 1e-6 : 1e-9)
			<< metric.name;
	}

	Evaluation classes(::kFour, kMuch), constant(::kFour, kMuch);
	classes.add(std::size(kFourWeights), kFourOutputs, kFourTruths, kFourWeights);
	finish(classes);
	std::vector<double> shares(4);
	double weight = 0;
	for (size_t i = 0; i < std::size(kFourWeights); i++)
	{
		shares[static_cast<size_t>(kFourTruths[i])] += kFourWeights[i];
		weight += kFourWeights[i];
	}
	for (double &share : shares)
		share /= weight;
	for (size_t i = 0; i < std::size(kFourWeights); i++)
		constant.add(1, shares.data(), kFourTruths + i, kFourWeights + i);
	finish(constant);
	for (const nn_metric &metric : classes.metrics())
		EXPECT_NEAR(metric.baseline, constant.value(metric.name), 1e-9) << metric.name;
}

TEST(Evaluation, UndefinedMetricsAreNaN)
{
	Evaluation none(kTwo, kMuch), one(kNumbers, kMuch), single(kTwo, kMuch);
	const double numbers[] = {0, 5}, truths[] = {0, 4}, p[] = {0.25, 0.75}, c[] = {0};

	finish(none);
	for (const nn_metric &metric : none.metrics())
		EXPECT_TRUE(std::isnan(metric.value) && std::isnan(metric.baseline)) << metric.name;
	one.add(1, numbers, truths, nullptr);
	finish(one);
	EXPECT_EQ(one.value("mae"), 0.5);
	EXPECT_TRUE(std::isnan(one.value("r2")));
	EXPECT_TRUE(std::isnan(one.value("explained_variance")));
	EXPECT_TRUE(std::isnan(one.value("mape"))); // of 0
	single.add(1, p, c, nullptr);
	finish(single);
	EXPECT_EQ(single.value("accuracy"), 0);
	EXPECT_TRUE(std::isnan(single.value("roc_auc")));
	EXPECT_TRUE(std::isnan(single.value("pr_auc")));
}

TEST(Evaluation, UnknownClassesAreWrong)
{
	Evaluation evaluation(kTwo, kMuch);
	const double p[] = {0.25, 0.75, 0.25, 0.75}, truths[] = {1, 2};

	evaluation.add(2, p, truths, nullptr);
	finish(evaluation);
	EXPECT_EQ(evaluation.value("accuracy"), 0.5);
	EXPECT_EQ(evaluation.classes().count(2, 1), 1);
	EXPECT_EQ(evaluation.value("roc_auc"), 0.5);
	EXPECT_GT(evaluation.value("log_loss"), 10);
}

TEST(Evaluation, RowsBeyondTheMemoryAllowedAreStillMeasured)
{
	Evaluation evaluation(kNumbers, 1500000);
	nn::Random random(1);
	std::vector<double> f(2000), y(2000);

	for (size_t batch = 0; batch < 100; batch++)
	{
		for (size_t i = 0; i < f.size(); i++)
			f[i] = (y[i] = random.uniform()) + 0.5;
		evaluation.add(1000, f.data(), y.data(), nullptr);
	}
	finish(evaluation);
	EXPECT_FALSE(evaluation.rows().complete());
	EXPECT_NEAR(evaluation.value("rmse"), 0.5, 1e-9);
	EXPECT_TRUE(std::isnan(evaluation.value("median_absolute_error")));
	try
	{
		evaluation.rows().check_complete();
		FAIL();
	}
	catch (const nn::Error &error)
	{
		EXPECT_STREQ(error.message, "the 100000 rows need 8 MB of memory, 1 MB are allowed");
	}
}

TEST(Ordering, SortsAnyNumbers)
{
	nn::Random random(3);
	nn::Ordering order;
	nn::Steps steps;
	std::vector<std::pair<double, size_t>> expected;

	for (size_t i = 0; i < 5000; i++)
	{
		const double number = (random.uniform() - 0.5) * std::pow(10, random.uniform() * 600 - 300);
		expected.emplace_back(i % 10 == 0 ? 0.0 : i % 11 == 0 ? -0.0 : number, i);
	}
	order.resize(expected.size());
	for (const auto &[number, i] : expected)
		order.set(i, number);
	order.add_sort(steps);
	while (steps.step())
		;
	std::stable_sort(expected.begin(), expected.end(),
					 [](const auto &a, const auto &b) { return a.first < b.first; });
	for (size_t i = 0; i < expected.size(); i++)
	{
		ASSERT_EQ(order.number(i), expected[i].first);
		ASSERT_EQ(order.row(i), expected[i].second);
	}
}

TEST(Calibration, BinsAreScikitLearns)
{
	using namespace reference;
	Calibration calibration(::kTwo, 5);
	calibration.add(std::size(kTwoTruths), kTwoOutputs, kTwoTruths, nullptr);
	int64_t rows = 0;
	for (size_t b = 0; b < std::size(kCalibrationObserved); b++)
	{
		const nn_calibration_bin bin = calibration.bin(1, b);
		EXPECT_NEAR(bin.observed, kCalibrationObserved[b], 1e-9);
		EXPECT_NEAR(bin.predicted, kCalibrationPredicted[b], 1e-9);
		rows += bin.count;
	}
	EXPECT_EQ(rows, 60);
}

TEST(Calibration, QuantilesAreSharesBelow)
{
	Calibration calibration(kQuantiles, 10);
	const double outputs[] = {1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}, truths[] = {0, 2, 3, 4};

	calibration.add(4, outputs, truths, nullptr);
	EXPECT_EQ(calibration.bins(), 3u);
	EXPECT_EQ(calibration.bin(0, 0).observed, 0.25);
	EXPECT_EQ(calibration.bin(0, 1).observed, 0.5);
	EXPECT_EQ(calibration.bin(0, 2).observed, 0.75);
	EXPECT_EQ(calibration.bin(0, 2).predicted, 0.9);
}

TEST(Residuals, AreInBinsOfSimilarPredictions)
{
	// 100 predictions 1 to 100 in another order; residuals -2 .. 2 in the first half, 10 beyond
	Residuals residuals({0, 1, {}}, 2, kMuch);
	for (int i = 0; i < 100; i++)
	{
		const double f = (i * 37) % 100 + 1;
		const double y = f + (f <= 50 ? static_cast<int>(f) % 5 - 2 : 10);
		residuals.add(1, &f, &y, nullptr);
	}
	finish(residuals);
	ASSERT_EQ(residuals.bins().size(), 2u);
	const nn_residual_bin &low = residuals.bins()[0], &high = residuals.bins()[1];
	EXPECT_EQ(low.count, 50);
	EXPECT_EQ(low.low, 1);
	EXPECT_EQ(low.high, 50);
	EXPECT_NEAR(low.predicted, 25.5, 1e-9);
	EXPECT_NEAR(low.residual, 0, 1e-9);
	EXPECT_NEAR(low.deviation, std::sqrt(2), 1e-9);
	EXPECT_EQ(low.quantiles[0], -2);
	EXPECT_EQ(low.quantiles[1], -1);
	EXPECT_EQ(low.quantiles[2], 0);
	EXPECT_EQ(low.quantiles[3], 1);
	EXPECT_EQ(low.quantiles[4], 2);
	EXPECT_EQ(high.count, 50);
	EXPECT_NEAR(high.residual, 10, 1e-9);
	EXPECT_NEAR(high.actual, 85.5, 1e-9);
	EXPECT_EQ(high.quantiles[2], 10);
}

TEST(Residuals, EqualPredictionsStayTogether)
{
	Residuals residuals({0, 1, {}}, 4, kMuch);
	const double f[] = {1, 1, 1, 2}, y[] = {0, 1, 2, 2};

	residuals.add(4, f, y, nullptr);
	finish(residuals);
	EXPECT_EQ(residuals.bins()[0].count, 3);
	EXPECT_EQ(residuals.bins()[1].count + residuals.bins()[2].count, 0);
	EXPECT_EQ(residuals.bins()[3].count, 1);
}

} // namespace
