/*
 * importance.cpp: how much worse predictions get when a column's values are dealt out anew: where that
 * is known, and that neither the order of the rows nor anything but the seed changes it.
 */
#include "core/importance.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "rows.h"
#include "stored.h"

namespace
{

using nn::Importance;
using rows::error_of;
using rows::noise;
using rows::Row;
using stored::Stored;

// target = 100 + 8 * (3 * (size - 10) / 2 + 5 if green), and nothing of the place
std::unique_ptr<Stored> line()
{
	auto s = stored::regression();

	s->layer_sizes = {6, 1};
	s->activations = {"identity"};
	s->parameters = {3, 0, 5, 0, 0, 0, 0};
	return s;
}

std::vector<Row> some_rows(size_t n)
{
	constexpr const char *kColours[] = {"blue", "green", "red", "pink"};
	std::vector<Row> result;

	for (size_t i = 0; i < n; i++)
		result.push_back({10 + 4 * noise(i, 0.6180339887), kColours[i * i % 7 % 4],
						  rows::array({noise(i, 0.4142135623), 1})});
	return result;
}

struct Numbers
{
	std::vector<double> means, deviations;
	std::string metric;
};

// Of rows whose truths are the predictions, plus so much of noise.
Numbers importance(const Stored &s, const std::vector<Row> &data, const char *metric, int repeats,
				   int seed = 42, double disturbance = 0, bool weighted = false)
{
	nn::Predictor predictor(s.show());
	nn::TargetShape shape;
	Numbers numbers;

	shape.classes = static_cast<int>(s.classes.size());
	shape.outputs = predictor.outputs();
	Importance result(predictor, shape, metric, repeats, seed, rows::kBudget);
	for (const Row &row : data)
	{
		std::vector<double> outputs(static_cast<size_t>(shape.outputs));
		predictor.predict(rows::values(row).data(), outputs.data());
		double truth = outputs[0] + disturbance * (row[0].number - std::floor(row[0].number));
		if (shape.classes > 0)
			truth = static_cast<double>(std::max_element(outputs.begin(), outputs.end()) -
										outputs.begin());
		EXPECT_TRUE(result.add(rows::values(row).data(), &truth,
							   weighted ? 1 + std::floor(row[0].number) : 1));
	}
	while (result.step())
		;
	for (size_t f = 0; f < s.features.size(); f++)
	{
		numbers.means.push_back(result.mean(f));
		numbers.deviations.push_back(result.deviation(f));
	}
	numbers.metric = result.metric();
	return numbers;
}

// Where predictions are right, dealing out the one number they follow from makes the mean square of
// the errors twice the variance, in the mean over all orders: R^2 falls from 1 to -1.
TEST(Importance, OfTheOnlyColumnIsTwo)
{
	const auto s = line();
	s->parameters = {3, 0, 0, 0, 0, 0, 0};
	const Numbers n = importance(*s, some_rows(300), nullptr, 200);

	EXPECT_EQ(n.metric, "r2");
	EXPECT_NEAR(n.means[0], 2, 0.02);
	EXPECT_GT(n.deviations[0], 0);
	EXPECT_LT(n.deviations[0], 0.2);
	EXPECT_EQ(n.means[1], 0);
	EXPECT_EQ(n.deviations[1], 0);
	EXPECT_EQ(n.means[2], 0);
}

// Two columns that add up share what there is by their variances.
TEST(Importance, SharesByVariance)
{
	const auto s = line();
	const std::vector<Row> data = some_rows(400);
	std::vector<double> x, g;

	for (const Row &row : data)
	{
		x.push_back(3 * row[0].number / 2);
		g.push_back(row[1].text == "green" ? 5 : 0);
	}
	const auto variance = [](const std::vector<double> &v) {
		const double mean = std::accumulate(v.begin(), v.end(), 0.0) / double(v.size());
		double sum = 0;
		for (double number : v)
			sum += (number - mean) * (number - mean);
		return sum / double(v.size());
	};
	std::vector<double> both(x.size());
	for (size_t i = 0; i < x.size(); i++)
		both[i] = x[i] + g[i];
	const Numbers n = importance(*s, data, "r2", 200);
	EXPECT_NEAR(n.means[0], 2 * variance(x) / variance(both), 0.02);
	EXPECT_NEAR(n.means[1], 2 * variance(g) / variance(both), 0.02);
	EXPECT_EQ(n.means[2], 0);
}

// A metric that is the better the smaller it is gets worse by growing.
TEST(Importance, OfAnyMetric)
{
	const auto s = line();
	for (const char *metric : {"rmse", "mae", "median_absolute_error", "r2", "explained_variance"})
	{
		const Numbers n = importance(*s, some_rows(200), metric, 3, 42, 2);
		EXPECT_GT(n.means[0], 0.1) << metric;
		EXPECT_EQ(n.means[2], 0) << metric;
	}

	const auto c = stored::classification();
	c->parameters = {1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0.5, 0};
	EXPECT_EQ(importance(*c, some_rows(200), nullptr, 3).metric, "accuracy");
	for (const char *metric : {"accuracy", "log_loss", "f1_macro", "mcc"})
	{
		const Numbers n = importance(*c, some_rows(200), metric, 3);
		EXPECT_EQ(n.metric, metric);
		EXPECT_GT(n.means[0], 0) << metric;
		EXPECT_EQ(n.means[2], 0) << metric;
	}
}

TEST(Importance, FollowsFromSeedAndRowsAlone)
{
	const auto s = line();
	const std::vector<Row> data = some_rows(150);
	std::vector<Row> backwards(data.rbegin(), data.rend());
	const Numbers n = importance(*s, data, "mae", 4, 1, 3, true);

	EXPECT_EQ(importance(*s, data, "mae", 4, 1, 3, true).means, n.means);
	EXPECT_EQ(importance(*s, backwards, "mae", 4, 1, 3, true).means, n.means);
	EXPECT_NE(importance(*s, data, "mae", 4, 2, 3, true).means, n.means);
	EXPECT_NE(importance(*s, data, "mae", 4, 1, 3, false).means, n.means);
	EXPECT_EQ(importance(*s, data, "mae", 1, 1).deviations[0], 0);
}

TEST(Importance, OfFewRows)
{
	const auto s = line();

	EXPECT_TRUE(std::isnan(importance(*s, {}, nullptr, 3).means[0]));
	EXPECT_EQ(importance(*s, some_rows(1), "mae", 3).means[0], 0);
}

TEST(Importance, WhatIsRefused)
{
	const auto s = line();
	nn::Predictor predictor(s->show());
	const double truth = 1;

	const nn::Error unknown =
		error_of([&] { Importance(predictor, {}, "accuracy", 1, 1, rows::kBudget); });
	EXPECT_EQ(unknown.code, NN_INVALID);
	EXPECT_STREQ(unknown.what(), "the model has no metric \"accuracy\"");

	Importance large(predictor, {}, nullptr, 1, 1, 100000);
	for (const Row &row : some_rows(5000))
		large.add(rows::values(row).data(), &truth, 1);
	EXPECT_EQ(error_of([&] {
				  while (large.step())
					  ;
			  }).code,
			  NN_LIMIT);

	s->missing = "skip";
	nn::Predictor skipping(s->show());
	Importance skipped(skipping, {}, nullptr, 1, 1, rows::kBudget);
	EXPECT_FALSE(
		skipped.add(rows::values({nullptr, "blue", rows::array({1, 2})}).data(), &truth, 1));
}

} // namespace
