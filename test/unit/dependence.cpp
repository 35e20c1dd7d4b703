/*
 * dependence.cpp: predictions in the mean of rows that all have the same value of a column: beside
 * predictions one by one, and which values there are.
 */
#include "core/dependence.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "rows.h"
#include "stored.h"

namespace
{

using nn::Dependence;
using rows::Cell;
using rows::error_of;
using rows::noise;
using rows::Row;
using stored::Stored;

std::vector<Row> some_rows(size_t n)
{
	constexpr const char *kColours[] = {"blue", "green", "red", "pink"};
	std::vector<Row> result;

	for (size_t i = 0; i < n; i++)
		result.push_back({i % 9 == 4 ? Cell(nullptr) : Cell(static_cast<double>(i % 7)),
						  kColours[i * i % 7 % 4], rows::array({10 * noise(i, 0.4142135623), 1})});
	return result;
}

double weight_of(size_t i)
{
	return 1 + static_cast<double>(i % 3);
}

std::vector<Dependence::Point> points_of(nn::Predictor &predictor, const std::string &feature,
										 size_t points, const std::vector<Row> &data)
{
	Dependence dependence(predictor, feature, points, rows::kBudget);

	for (size_t i = 0; i < data.size(); i++)
		EXPECT_TRUE(dependence.add(rows::values(data[i]).data(), weight_of(i)));
	while (dependence.step())
		;
	return dependence.points();
}

// The weighted mean of predictions with the value in place of each row's.
std::vector<double> mean_with(nn::Predictor &predictor, std::vector<Row> data, size_t feature,
							  const Cell &value)
{
	const size_t count = static_cast<size_t>(predictor.outputs());
	std::vector<double> outputs(count), sums(count);
	double weights = 0;

	for (size_t i = 0; i < data.size(); i++)
	{
		data[i][feature] = value;
		predictor.predict(rows::values(data[i]).data(), outputs.data());
		for (size_t k = 0; k < count; k++)
			sums[k] += weight_of(i) * outputs[k];
		weights += weight_of(i);
	}
	for (double &sum : sums)
		sum /= weights;
	return sums;
}

// The rectifiers of stored::regression, with an input for NULL behind the number.
std::unique_ptr<Stored> model()
{
	auto s = stored::regression();

	s->features[0].missing_input = true;
	s->layer_sizes[0] = 7;
	s->parameters = {1,  2, 10, 20, 30, 2, 3,       // W1
					 -1, 3, 1,  1,  1,  1, 1, 5, 6, // and b1
					 2,  3, 0.5};                   // W2, b2
	return s;
}

TEST(Dependence, IsTheMeanOfPredictions)
{
	const auto s = model();
	nn::Predictor predictor(s->show());
	const std::vector<Row> data = some_rows(700);

	const auto sizes = points_of(predictor, "size", 100, data);
	ASSERT_EQ(sizes.size(), 8u); // 0 to 6, and NULL
	for (size_t i = 0; i < sizes.size(); i++)
	{
		const Cell value = i < 7 ? Cell(static_cast<double>(i)) : Cell(nullptr);
		EXPECT_EQ(sizes[i].null, i == 7);
		EXPECT_EQ(sizes[i].number, i < 7 ? static_cast<double>(i) : 0);
		EXPECT_NEAR(sizes[i].means[0], mean_with(predictor, data, 0, value)[0], 1e-3);
	}

	const auto colours = points_of(predictor, "colour", 1, data);
	ASSERT_EQ(colours.size(), 3u); // all that the model knows, whatever points says
	for (const Dependence::Point &point : colours)
		EXPECT_NEAR(point.means[0], mean_with(predictor, data, 1, point.category)[0], 1e-3)
			<< point.category;
	EXPECT_EQ(colours[2].category, "red");
}

TEST(Dependence, OfClasses)
{
	const auto s = stored::classification();
	s->parameters = {1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0.5, 0};
	nn::Predictor predictor(s->show());
	std::vector<Row> data = some_rows(100);

	for (const Dependence::Point &point : points_of(predictor, "colour", 5, data))
	{
		const std::vector<double> expected = mean_with(predictor, data, 1, point.category);
		double sum = 0;
		for (size_t k = 0; k < 3; k++)
		{
			EXPECT_NEAR(point.means[k], expected[k], 1e-6);
			sum += point.means[k];
		}
		EXPECT_NEAR(sum, 1, 1e-9);
	}
}

// Places at equal distances in the order of the rows, from the least to the largest.
TEST(Dependence, TakesQuantilesOfNumbers)
{
	const auto s = model();
	nn::Predictor predictor(s->show());
	std::vector<Row> data;
	std::vector<double> numbers;

	for (size_t i = 0; i < 101; i++)
		data.push_back({std::pow(static_cast<double>(i), 2) / 8, "blue", rows::array({1, 2})});
	for (const Dependence::Point &point : points_of(predictor, "size", 5, data))
		if (!point.null)
			numbers.push_back(point.number);
	ASSERT_EQ(numbers.size(), 5u);
	for (size_t i = 0; i < 5; i++)
		EXPECT_NEAR(numbers[i], std::pow(25.0 * static_cast<double>(i), 2) / 8, 1e-3);
	std::reverse(data.begin(), data.end());
	const auto again = points_of(predictor, "size", 5, data);
	for (size_t i = 0; i < 5; i++)
		EXPECT_EQ(again[i].number, numbers[i]);
	EXPECT_EQ(points_of(predictor, "size", 1, data)[0].number, numbers[2]); // the median
}

TEST(Dependence, OfFewRows)
{
	const auto s = model();
	nn::Predictor predictor(s->show());

	EXPECT_TRUE(points_of(predictor, "size", 5, {}).empty());
	EXPECT_TRUE(points_of(predictor, "colour", 5, {}).empty());
	const std::vector<Row> one = {{3.0, "blue", rows::array({1, 2})}};
	EXPECT_EQ(points_of(predictor, "size", 5, one).size(), 2u);
	const std::vector<Row> null = {{nullptr, "blue", rows::array({1, 2})}};
	const auto points = points_of(predictor, "size", 5, null);
	ASSERT_EQ(points.size(), 1u);
	EXPECT_TRUE(points[0].null);
}

TEST(Dependence, WhatIsRefused)
{
	const auto s = model();
	nn::Predictor predictor(s->show());
	const auto refused = [&](const char *feature) {
		return error_of([&] { Dependence(predictor, feature, 5, rows::kBudget); });
	};

	EXPECT_EQ(refused("price").code, NN_INVALID);
	EXPECT_STREQ(refused("price").what(), "the model has no feature \"price\"");
	EXPECT_STREQ(refused("place").what(), "feature \"place\" is an array");

	Dependence large(predictor, "size", 5, 100000);
	for (const Row &row : some_rows(5000))
		large.add(rows::values(row).data(), 1);
	EXPECT_EQ(error_of([&] {
				  while (large.step())
					  ;
			  }).code,
			  NN_LIMIT);
}

} // namespace
