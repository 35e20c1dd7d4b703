/*
 * encoding.cpp: the inputs that rows become in training, in place, against the same computed
 * directly from the table; and that prediction's encoder makes the very same of them.
 */
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "core/dataset.h"
#include "rows.h"
#include "tables.h"

namespace
{

using rows::array;
using rows::Cell;
using rows::column;
using rows::floats;
using rows::noise;
using rows::prepared;
using rows::Row;
using rows::Table;
using rows::target;
using tables::mixed;

// ---- what a table must become, computed column by column from the definitions in encoder.h ----

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Numbers = std::vector<double>; // NaN for NULL

Numbers elements(const Cell &cell, size_t length)
{
	Numbers result(length, kNaN);

	for (size_t e = 0; e < length && cell.type != NN_NULL_VALUE; e++)
		result[e] = cell.type == NN_FLOAT8_VALUE        ? cell.number
					: cell.type == NN_FLOAT4_VALUES     ? static_cast<double>(cell.floats[e])
					: cell.any_null && cell.nulls.at(e) ? kNaN
														: cell.doubles[e];
	return result;
}

// Standardises an element by the training rows; NULL becomes 0.
void standardise(std::vector<Numbers> &rows, size_t e, const std::vector<uint32_t> &training,
				 const nn_column &column)
{
	long double count = 0, sum = 0, square = 0;

	for (uint32_t row : training)
		if (const long double x = static_cast<long double>(rows[row][e]); !std::isnan(x))
		{
			count++;
			sum += x;
		}
	const long double mean = sum / count;
	for (uint32_t row : training)
		if (const long double x = static_cast<long double>(rows[row][e]); !std::isnan(x))
			square += (x - mean) * (x - mean);
	const bool plain = column.kind == NN_BOOLEAN || square == 0;
	const long double scale = plain ? 1 : std::sqrt(square / count);
	for (Numbers &row : rows)
	{
		const double z = static_cast<double>((static_cast<long double>(row[e]) - mean) / scale);
		row[e] = std::isnan(z) ? 0 : z;
	}
}

// The inputs that a numeric column becomes, for all rows.
std::vector<Numbers> numeric_inputs(const Table &table, size_t c,
									const std::vector<uint32_t> &training, size_t length)
{
	std::vector<Numbers> result;
	bool any_missing = false;

	for (const Row &row : table.rows)
	{
		Numbers inputs = elements(row[c], length);
		const bool missing =
			std::any_of(inputs.begin(), inputs.end(), [](double x) { return std::isnan(x); });
		any_missing = any_missing || missing;
		inputs.push_back(missing);
		result.push_back(std::move(inputs));
	}
	for (size_t e = 0; e < length; e++)
		standardise(result, e, training, table.columns[c]);
	if (!any_missing)
		for (Numbers &inputs : result)
			inputs.pop_back();
	return result;
}

std::vector<Numbers> category_inputs(const Table &table, size_t c)
{
	std::set<std::string> texts;
	std::vector<Numbers> result;
	bool any_missing = false;

	for (const Row &row : table.rows)
		if (row[c].type == NN_NULL_VALUE)
			any_missing = true;
		else
			texts.insert(row[c].text);
	if (texts.size() == 1 && !any_missing)
		texts.clear();
	for (const Row &row : table.rows)
	{
		Numbers inputs;
		for (const std::string &text : texts)
			inputs.push_back(row[c].type != NN_NULL_VALUE && row[c].text == text);
		if (any_missing)
			inputs.push_back(row[c].type == NN_NULL_VALUE);
		result.push_back(std::move(inputs));
	}
	return result;
}

size_t length_of(const Table &table, size_t c)
{
	size_t length = 1;
	for (const Row &row : table.rows)
		length = std::max(length, row[c].doubles.size() + row[c].floats.size());
	return length;
}

// Checks inputs and targets of all rows.
void expect_encoded(const Table &table, double validation)
{
	const auto dataset = prepared(table, validation);
	std::vector<Numbers> X(table.rows.size()), Y;

	for (size_t c = 0; c < table.columns.size(); c++)
	{
		std::vector<Numbers> inputs =
			table.columns[c].kind == NN_CATEGORY
				? category_inputs(table, c)
				: numeric_inputs(table, c, dataset->training_rows(), length_of(table, c));
		if (table.columns[c].role == NN_TARGET)
			Y = std::move(inputs);
		else
			for (size_t i = 0; i < inputs.size(); i++)
				X[i].insert(X[i].end(), inputs[i].begin(), inputs[i].end());
	}

	ASSERT_EQ(static_cast<size_t>(dataset->encoder().inputs()), X[0].size());
	ASSERT_EQ(static_cast<size_t>(dataset->target_width()), Y[0].size());
	std::vector<float> encoded(X[0].size());
	for (uint32_t row = 0; row < table.rows.size(); row++)
	{
		const auto [x, y, weights] = rows::gather(*dataset, {row});
		for (size_t i = 0; i < x.size(); i++)
			ASSERT_NEAR(static_cast<double>(x[i]), X[row][i], 1e-6)
				<< "row " << row << ", input " << i;
		for (size_t k = 0; k < y.size(); k++)
			ASSERT_NEAR(static_cast<double>(y[k]), Y[row][k], 1e-6) << "row " << row;

		// Prediction must see the very same.
		std::vector<nn_value> features;
		for (size_t c = 0; c < table.columns.size(); c++)
			if (table.columns[c].role == NN_FEATURE)
				features.push_back(table.rows[row][c].value());
		dataset->encoder().encode(features.data(), encoded.data());
		ASSERT_EQ(encoded, x) << "row " << row;
	}
}

TEST(Encoding, EveryKindInPlace)
{
	expect_encoded(mixed(3), 0);
	expect_encoded(mixed(40), 0);
	expect_encoded(mixed(12000), 0.2); // some 7 chunks
}

// Columns in any order: cells side by side are copied at once, and must not be mixed up.
TEST(Encoding, ColumnsInAnyOrder)
{
	Table table = mixed(200);

	for (size_t turn = 1; turn < table.columns.size(); turn++)
	{
		std::rotate(table.columns.begin(), table.columns.begin() + 1, table.columns.end());
		for (Row &row : table.rows)
			std::rotate(row.begin(), row.begin() + 1, row.end());
		expect_encoded(table, 0.1);
	}
}

// Rows wider than a chunk.
TEST(Encoding, VeryWideRows)
{
	Table table = {{column("v", NN_ARRAY), target("y")}, {}};

	for (size_t i = 0; i < 5; i++)
	{
		std::vector<double> v(40000);
		for (size_t e = 0; e < v.size(); e++)
			v[e] = noise(i * v.size() + e, 0.7548776662);
		table.rows.push_back({array(std::move(v)), static_cast<double>(i)});
	}
	expect_encoded(table, 0);
}

TEST(Encoding, SecondsOfToday)
{
	Table table = {{column("at", NN_TIME), target("y")}, {}};

	for (int i = 0; i < 1000; i++)
		table.rows.push_back({7e8 + i * 0.25, static_cast<double>(i)});
	expect_encoded(table, 0.1);

	const auto dataset = prepared(table);
	EXPECT_DOUBLE_EQ(dataset->encoder().features()[0].mean[0], 7e8 + 999 * 0.125);
	EXPECT_NEAR(dataset->encoder().features()[0].scale[0],
				0.25 * std::sqrt((1000. * 1000 - 1) / 12), 1e-9);
}

// What is learnt from is as it is.
TEST(Encoding, Outliers)
{
	Table table = {{column("x"), column("v", NN_ARRAY), target("y")}, {}};

	for (size_t i = 0; i < 400; i++)
		table.rows.push_back({i == 7 ? -1e9 : noise(i, 0.618),
							  array({noise(i, 0.414), i == 8 ? 1e30 : noise(i, 0.732)}),
							  i == 9 ? 1e12 : noise(i, 0.236)});
	expect_encoded(table, 0);
}

// Makes a row that stays among the held-out ones an outlier in x and y; gives its x and y, encoded.
std::pair<float, float> held_out_outlier(const Table &table, double outlier)
{
	for (uint32_t row = 0; row < table.rows.size(); row++)
	{
		Table changed = table;
		changed.rows[row] = {outlier, 1e12 * (row + 1)}; // of another hash in each row
		const auto dataset = prepared(changed, 0.3);
		const std::vector<uint32_t> &held_out = dataset->held_out_rows();
		const auto [x, y, weights] = rows::gather(*dataset, {row});
		if (std::find(held_out.begin(), held_out.end(), row) != held_out.end())
			return {x[0], y[0]};
	}
	ADD_FAILURE() << "no such row";
	return {0.0f, 0.0f};
}

// Ten standard deviations are as far as an input of a held-out row goes, or as far as the training
// rows reach; its target is as it is.
TEST(Encoding, HeldOutOutliersAreLimited)
{
	Table table = {{column("x"), target("y")}, {}};

	for (size_t i = 0; i < 500; i++)
		table.rows.push_back({noise(i, 0.618), noise(i, 0.236)});
	EXPECT_EQ(held_out_outlier(table, 1e9).first, 10);
	EXPECT_EQ(held_out_outlier(table, -1e100).first, -10);
	EXPECT_GT(held_out_outlier(table, 1e9).second, 1e12);

	float reach = 0;
	for (size_t i = 0; i < 10 && !(reach > 10.5f); i++) // until few enough are not held out
	{
		table.rows.resize(500);
		for (size_t k = 0; k < 4; k++)
			table.rows.push_back({1e6, 0.5 + 0.1 * static_cast<double>(k + 10 * i)});
		const auto dataset = prepared(table, 0.3);
		reach = 0;
		for (float x : rows::gather(*dataset, dataset->training_rows()).X)
			reach = std::max(reach, x);
	}
	ASSERT_GT(reach, 10.5f);
	EXPECT_EQ(held_out_outlier(table, 1e9).first, reach);
}

TEST(Encoding, ArrayTarget)
{
	Table table = {{target("y", NN_ARRAY), column("x")}, {}};

	for (size_t i = 0; i < 100; i++)
		table.rows.push_back({array({double(i), -3 * noise(i, 0.618), 5}), noise(i, 0.4142)});
	expect_encoded(table, 0.1);
}

// Rows read before the first array have no room for it yet.
TEST(Encoding, ArraysThatStartWithNull)
{
	for (size_t first : {1u, 7u, 3000u, 30000u}) // up to several chunks
	{
		Table table = {{column("a"), column("v", NN_ARRAY, false), column("b", NN_CATEGORY),
						column("w", NN_ARRAY), target("y")},
					   {}};
		for (size_t i = 0; i < first + 3; i++)
		{
			const Cell v = i < first ? Cell(nullptr) : floats({float(i), 2, -float(i)});
			const Cell w = i <= first ? Cell(nullptr) : array({noise(i, 0.618), noise(i, 0.414)});
			table.rows.push_back({noise(i, 0.732), v, i % 3 == 0 ? "x" : "y", w, noise(i, 0.236)});
		}
		expect_encoded(table, 0);
	}
}

} // namespace
