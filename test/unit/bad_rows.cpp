/*
 * bad_rows.cpp: every error of the rows as a whole, with its message and its hint.
 */
#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "core/limits.h"
#include "rows.h"

namespace
{

using rows::array;
using rows::column;
using rows::error_of;
using rows::floats;
using rows::prepared;
using rows::Row;
using rows::Table;
using rows::target;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void expect_error(const Table &table, nn_code code, const std::string &message,
				  const std::string &hint = "", size_t budget = rows::kBudget)
{
	const nn::Error error = error_of([&] { prepared(table, 0, budget); });
	EXPECT_EQ(error.code, code);
	EXPECT_EQ(error.message, message);
	EXPECT_EQ(error.hint, hint);
}

Table simple(std::vector<Row> rows, nn_kind kind = NN_NUMBER, nn_kind target_kind = NN_NUMBER)
{
	return {{column("x", kind), target("y", target_kind)}, std::move(rows)};
}

TEST(BadRows, NoRows)
{
	expect_error(simple({}), NN_BAD_DATA, "the query returned no rows");
	expect_error(simple({{1.0, nullptr}, {2.0, nullptr}}), NN_BAD_DATA,
				 "target \"y\" is NULL in all 2 rows");
}

TEST(BadRows, OnlyTheTarget)
{
	expect_error({{target("y")}, {{1.0}}}, NN_BAD_DATA, "the query has no column beside the target",
				 "Select the columns to predict from, too.");
}

TEST(BadRows, NotFinite)
{
	constexpr const char *kHint = "Leave these rows out, or make the values NULL with nullif().";
	constexpr double kInfinity = std::numeric_limits<double>::infinity();

	expect_error(simple({{1.0, 1.0}, {kNaN, 2.0}, {-kInfinity, 3.0}, {2.0, 4.0}}), NN_NOT_FINITE,
				 "column \"x\" holds NaN or infinity in 2 rows", kHint);
	expect_error(simple({{1.0, 1.0}, {2.0, kInfinity}}), NN_NOT_FINITE,
				 "column \"y\" holds NaN or infinity in 1 row", kHint);
	expect_error(simple({{array({1, kNaN, kNaN}), 1.0}, {array({1, 2, 3}), 1.0}}, NN_ARRAY),
				 NN_NOT_FINITE, "column \"x\" holds NaN or infinity in 1 row", kHint);
}

TEST(BadRows, NumbersTooLarge)
{
	expect_error(simple({{1e308, 1.0}, {-1e308, 2.0}, {1.7e308, 3.0}, {1.6e308, 3.0}}),
				 NN_NOT_FINITE, "column \"x\" has numbers too large to be standardised",
				 "Divide the column by a constant in the query.");
	expect_error(simple({{1.0, 1e200}, {2.0, -1e200}}), NN_NOT_FINITE,
				 "column \"y\" has numbers too large to be standardised",
				 "Divide the column by a constant in the query.");
}

TEST(BadRows, OneClass)
{
	expect_error(simple({{1.0, "a"}, {2.0, "a"}}, NN_NUMBER, NN_CATEGORY), NN_BAD_DATA,
				 "target \"y\" has one class only", "Select rows of at least two classes.");
}

TEST(BadRows, NamesAndIds)
{
	constexpr const char *kHint =
		"Nothing can be learnt from names and ids: leave the column out of the query.";
	const auto ids = [](size_t values, size_t rows) {
		Table table = simple({}, NN_CATEGORY);
		for (size_t i = 0; i < rows; i++)
			table.rows.push_back({std::to_string(i % values), double(i)});
		table.rows.push_back({nullptr, 1.0}); // NULLs don't count
		return table;
	};

	expect_error(ids(100, 100), NN_BAD_DATA, "column \"x\" has 100 different values in 100 rows",
				 kHint);
	expect_error(ids(81, 100), NN_BAD_DATA, "column \"x\" has 81 different values in 100 rows",
				 kHint);
	prepared(ids(80, 100));
	prepared(ids(20, 20)); // few rows may well have a category each
	Table table = ids(50, 50);
	table.columns = {target("x", NN_CATEGORY), column("y")};
	expect_error(table, NN_BAD_DATA, "column \"x\" has 50 different values in 50 rows",
				 "Predict a column with fewer values, or group them.");
}

TEST(BadRows, TooManyCategories)
{
	Table table = simple({}, NN_CATEGORY);

	for (int i = 0; i < 1001; i++)
		table.rows.push_back({std::to_string(i), double(i)});
	expect_error(table, NN_LIMIT, "column \"x\" has more than 1000 different values",
				 "Leave the column out of the query, or group its values.");
}

TEST(BadRows, BadArrays)
{
	constexpr const char *kHint = "All arrays of a column must have the same number of elements.";

	expect_error(simple({{array({1, 2, 3}), 1.0}, {array({1, 2}), 2.0}}, NN_ARRAY), NN_BAD_DATA,
				 "column \"x\" has arrays of 2 and of 3 elements", kHint);
	expect_error(simple({{array({1}), 1.0}, {floats({1, 2}), 2.0}}, NN_ARRAY), NN_BAD_DATA,
				 "column \"x\" has arrays of 1 and of 2 elements", kHint);
	expect_error(simple({{array({}), 1.0}}, NN_ARRAY), NN_BAD_DATA,
				 "column \"x\" has an empty array", kHint);
	expect_error(simple({{nullptr, 1.0}, {nullptr, 2.0}}, NN_ARRAY), NN_BAD_DATA,
				 "column \"x\" is NULL in every row", "Leave the column out of the query.");
}

TEST(BadRows, ArraysTooLong)
{
	const std::vector<double> inputs(nn::kMaxInputs + 1), outputs(nn::kMaxOutputs + 1);

	expect_error(simple({{nullptr, 1.0}, {array(inputs), 1.0}}, NN_ARRAY), NN_LIMIT,
				 "column \"x\" has arrays of 100001 elements, at most 100000 are possible");
	expect_error(simple({{1.0, array(outputs)}}, NN_NUMBER, NN_ARRAY), NN_LIMIT,
				 "column \"y\" has arrays of 1001 elements, at most 1000 are possible");
}

// There is no number to learn from; leaving out the row would be a guess.
TEST(BadRows, NullElementsInTheTarget)
{
	expect_error(simple({{1.0, array({1, 2})}, {2.0, array({1, 2}, {1})}}, NN_NUMBER, NN_ARRAY),
				 NN_BAD_DATA, "target \"y\" has NULL elements in 1 rows",
				 "Leave these rows out of the query.");
}

TEST(BadRows, NothingVaries)
{
	constexpr const char *kMessage = "no column beside the target varies";
	constexpr const char *kHint = "Select a column that differs between the rows.";

	expect_error(simple({{0.1, 1.0}, {0.1, 2.0}, {0.1, 3.0}}), NN_BAD_DATA, kMessage, kHint);
	expect_error(simple({{"a", 1.0}, {"a", 2.0}}, NN_CATEGORY), NN_BAD_DATA, kMessage, kHint);
	expect_error(simple({{nullptr, 1.0}, {nullptr, 2.0}}), NN_BAD_DATA, kMessage, kHint);
	expect_error(simple({{nullptr, 1.0}, {nullptr, 2.0}}, NN_CATEGORY), NN_BAD_DATA, kMessage,
				 kHint);
	prepared(simple({{nullptr, 1.0}, {5.0, 2.0}})); // being NULL does vary
}

TEST(BadRows, OverBudgetNamesBothSizes)
{
	Table table = simple({});

	for (int i = 0; i < 100000; i++)
		table.rows.push_back({double(i), double(i)});
	// 8 bytes of hash, two numbers, 20 beside: 44 a row
	expect_error(table, NN_LIMIT, "the 100000 training rows need 5 MB of memory, 2 MB are allowed",
				 "Set maintenance_work_mem to more than 5 MB, or select fewer rows or columns.",
				 2 * 1024 * 1024);
}

// Widening more rows than the budget holds is an error like any other.
TEST(BadRows, WideningBeyondTheBudget)
{
	Table table = simple({}, NN_ARRAY);

	for (int i = 0; i < 5000; i++)
		table.rows.push_back({nullptr, double(i)});
	table.rows.push_back({array(std::vector<double>(100, 1)), 1.0});
	table.rows.push_back({array(std::vector<double>(100, 2)), 1.0});
	// 8 of hash, 100 numbers and the target, 20 beside: 836 for each of 5002 rows
	expect_error(table, NN_LIMIT, "the 5002 training rows need 4 MB of memory, 1 MB are allowed",
				 "Set maintenance_work_mem to more than 4 MB, or select fewer rows or columns.",
				 1024 * 1024);
}

} // namespace
