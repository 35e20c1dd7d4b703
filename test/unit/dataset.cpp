/*
 * dataset.cpp: held-out rows, statistics, targets, columns that say nothing, memory. (What rows are
 * encoded to is in encoding.cpp, their order in order.cpp, what is wrong with them in
 * bad_rows.cpp.)
 */
#include "core/dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include <gtest/gtest.h>

#include "rows.h"
#include "tables.h"

namespace
{

using nn::Dataset;
using rows::array;
using rows::Cell;
using rows::column;
using rows::error_of;
using rows::noise;
using rows::prepared;
using rows::Row;
using rows::Table;
using rows::target;
using tables::mixed;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// ---- held-out rows ----

TEST(Dataset, HoldsOutAShare)
{
	const struct
	{
		size_t rows;
		double validation;
		size_t held_out;
	} kCases[] = {{100, 0.1, 10}, {100, 0, 0}, {10, 0.25, 3},
				  {3, 0.1, 0},    {4, 0.5, 2}, {20, 0.9, 18}};

	for (const auto &c : kCases)
	{
		const auto dataset = prepared(mixed(c.rows), c.validation);
		EXPECT_EQ(dataset->held_out_rows().size(), c.held_out) << c.rows << ", " << c.validation;
		EXPECT_EQ(dataset->training_rows().size(), c.rows - c.held_out);
	}
}

// Of each class its share, and never its last row.
TEST(Dataset, HoldsOutAShareOfEachClass)
{
	Table table = {{column("x"), target("class", NN_CATEGORY)}, {}};
	const std::map<std::string, int> sizes = {{"a", 200}, {"b", 30}, {"c", 4}, {"d", 1}};

	for (const auto &[name, count] : sizes)
		for (int i = 0; i < count; i++)
			table.rows.push_back({noise(table.rows.size(), 0.6180339887), name});
	for (double validation : {0.2, 0.9})
	{
		const auto dataset = prepared(table, validation);
		std::map<std::string, int> counts = {{"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}};
		for (uint32_t row : dataset->held_out_rows())
			counts[table.rows[row][1].text]++;
		EXPECT_EQ(dataset->classes(), (std::vector<std::string>{"a", "b", "c", "d"}));
		if (validation == 0.2)
		{
			EXPECT_EQ(counts,
					  (std::map<std::string, int>{{"a", 40}, {"b", 6}, {"c", 1}, {"d", 0}}));
			EXPECT_EQ(dataset->class_weights(), (std::vector<double>{160, 24, 3, 1}));
		}
		else
		{
			EXPECT_EQ(counts,
					  (std::map<std::string, int>{{"a", 180}, {"b", 27}, {"c", 3}, {"d", 0}}));
			EXPECT_EQ(dataset->class_weights(), (std::vector<double>{20, 3, 1, 1}));
		}
	}
}

// Whatever is learnt from the rows is learnt from those not held out.
TEST(Dataset, StatisticsAreThoseOfTheTrainingRows)
{
	const Table table = mixed(500);
	const auto dataset = prepared(table, 0.5);
	double sum = 0, target_sum = 0;

	for (uint32_t row : dataset->training_rows())
	{
		sum += table.rows[row][0].number;
		target_sum += table.rows[row][5].number;
	}
	EXPECT_NEAR(dataset->encoder().features()[0].mean[0], sum / 250, 1e-9);
	EXPECT_NEAR(dataset->target_mean()[0], target_sum / 250, 1e-12);
}

// Of rows that are enough for several chunks of memory, and that threads are put to.
TEST(Dataset, ThreadsMakeNoDifference)
{
	const Table table = mixed(100003);
	nn_options o = rows::options(0.1);
	o.threads = 1;
	const auto alone = prepared(table, o);
	std::vector<uint32_t> places(table.rows.size());
	std::iota(places.begin(), places.end(), 0);
	const auto expected = rows::gather(*alone, places);

	for (int threads : {2, 3})
	{
		o.threads = threads;
		const auto shared = prepared(table, o);
		for (size_t f = 0; f < alone->encoder().features().size(); f++)
		{
			const nn::Feature &one = alone->encoder().features()[f];
			const nn::Feature &other = shared->encoder().features()[f];
			EXPECT_EQ(one.mean, other.mean) << one.name;
			EXPECT_EQ(one.scale, other.scale) << one.name;
			EXPECT_EQ(one.shares, other.shares) << one.name;
		}
		EXPECT_EQ(alone->idle_inputs(), shared->idle_inputs());
		EXPECT_EQ(alone->target_scale(), shared->target_scale());
		const auto found = rows::gather(*shared, places);
		EXPECT_EQ(expected.X, found.X);
		EXPECT_EQ(expected.Y, found.Y);
	}
}

// ---- targets ----

TEST(Dataset, ClassesAreIndexesInSortOrder)
{
	Table table = {{column("x"), target("class", NN_CATEGORY)}, {}};

	for (const Cell &cell : {Cell("10", 10), Cell("9", 9), Cell("-1", -1), Cell("9", 9)})
		table.rows.push_back({noise(table.rows.size(), 0.618), cell});
	const auto dataset = prepared(table);
	EXPECT_TRUE(dataset->classification());
	EXPECT_EQ(dataset->classes(), (std::vector<std::string>{"-1", "9", "10"}));
	const float expected[] = {2, 1, 0, 1};
	for (uint32_t row = 0; row < 4; row++)
		EXPECT_EQ(rows::gather(*dataset, {row}).Y[0], expected[row]);
}

TEST(Dataset, ArrayTarget)
{
	Table table = {{target("y", NN_ARRAY), column("x")}, {}};

	for (size_t i = 0; i < 100; i++)
		table.rows.push_back({array({double(i), -3 * noise(i, 0.618), 5}), noise(i, 0.4142)});
	const auto dataset = prepared(table);
	EXPECT_EQ(dataset->target_width(), 3);
	EXPECT_DOUBLE_EQ(dataset->target_mean()[0], 49.5);
	EXPECT_NEAR(dataset->target_scale()[0], std::sqrt(9999. / 12), 1e-9);
	EXPECT_EQ(dataset->target_mean()[2], 5);
	EXPECT_EQ(dataset->target_scale()[2], 1);
}

TEST(Dataset, SkipsNullTargets)
{
	Table table = mixed(20);

	table.rows[3][5] = table.rows[17][5] = nullptr;
	table.rows[3][0] = kNaN; // of a skipped row nothing counts
	const auto dataset = prepared(table);
	EXPECT_EQ(dataset->skipped().no_target, 2);
	EXPECT_EQ(dataset->training_rows().size(), 18u);
}

// ---- columns that say nothing ----

TEST(Dataset, IdleInputs)
{
	Table table = {{column("constant"), column("varies"), column("text", NN_CATEGORY),
					column("vector", NN_ARRAY), column("flag", NN_BOOLEAN), target("y")},
				   {}};

	for (size_t i = 0; i < 30; i++)
		table.rows.push_back({0.1, noise(i, 0.618), i % 2 == 0 ? "a" : "b",
							  array({1, noise(i, 0.414), 7}), 1.0, noise(i, 0.732)});
	const auto dataset = prepared(table);
	EXPECT_EQ(dataset->idle_inputs(),
			  (std::vector<bool>{true, false, false, false, true, false, true, true}));
	EXPECT_EQ(dataset->encoder().features()[0].scale[0], 1);
}

// A category, or a NULL, that occurs among the held-out rows only has an input without example.
TEST(Dataset, InputsThatTrainingNeverSeesAreIdle)
{
	Table table = {{column("x"), column("text", NN_CATEGORY), column("n"), target("y")}, {}};
	std::vector<uint32_t> held_out;

	for (size_t i = 0; i < 20; i++)
		table.rows.push_back({noise(i, 0.618), "common", noise(i, 0.414), double(i)});
	for (uint32_t row = 0; row < 20; row++) // a row whose change leaves it held out
	{
		Table changed = table;
		changed.rows[row][1] = "rare";
		changed.rows[row][2] = nullptr;
		const auto dataset = prepared(changed, 0.3);
		held_out = dataset->held_out_rows();
		if (std::find(held_out.begin(), held_out.end(), row) == held_out.end())
			continue;
		// x; common, which all training rows have, and rare; n and its "was missing"
		EXPECT_EQ(dataset->idle_inputs(), (std::vector<bool>{false, true, true, false, true}));
		return;
	}
	FAIL() << "no such row";
}

// ---- memory ----

TEST(Dataset, StaysWithinItsBudget)
{
	constexpr size_t kSmall = 1024 * 1024;
	const Table table = mixed(2000);
	Dataset dataset(table.columns.data(), static_cast<int>(table.columns.size()), rows::options(),
					kSmall);

	for (int turn = 0; turn < 10; turn++)
		for (const Row &row : table.rows)
		{
			dataset.add(rows::values(row).data());
			ASSERT_LE(dataset.bytes_used(), kSmall);
		}
	EXPECT_GT(dataset.bytes_used(), kSmall / 2); // and makes use of it
	EXPECT_EQ(error_of([&] { dataset.prepare(); }).code, NN_LIMIT);
}

TEST(Dataset, BytesAreCounted)
{
	const Table table = mixed(3000);
	const auto dataset = rows::read(table);
	const size_t before = dataset->bytes_used();

	while (dataset->prepare())
		;
	// as read: a hash, 5 wide numbers, 3 codes, 4 narrow numbers... at least 100 bytes a row
	EXPECT_GT(before, 3000u * 100);
	EXPECT_LT(dataset->bytes_used(), before); // the memory between the encoded rows is given back
	EXPECT_GT(dataset->bytes_used(), 3000u * 60);
}

// Work is done in steps, and each makes some progress.
TEST(Dataset, PreparesInSteps)
{
	const auto dataset = rows::read(mixed(500), rows::kBudget, rows::options(0.1));
	int steps = 1;

	while (dataset->prepare())
		ASSERT_LT(++steps, 10000);
	EXPECT_GT(steps, 5);
	EXPECT_FALSE(dataset->prepare()); // and stays done
	EXPECT_EQ(dataset->training_rows().size(), 450u);
}

// ---- the mean of what is 1 or 0 ----

// Of the rows to train on, by weight; of NULLs in numbers by rows.
TEST(Dataset, SharesOfCategoriesAndNulls)
{
	Table table = {{column("x"), column("colour", NN_CATEGORY), column("whole", NN_CATEGORY),
					rows::weight("w"), target("y")},
				   {}};

	for (size_t i = 0; i < 80; i++)
		table.rows.push_back({i % 5 == 0 ? Cell(nullptr) : Cell(static_cast<double>(i)),
							  i % 8 == 0   ? Cell(nullptr)
							  : i % 4 == 0 ? Cell("blue")
										   : Cell("red"),
							  i % 2 == 0 ? "a" : "b", i % 4 == 0 ? 3.0 : 1.0,
							  noise(i, 0.6180339887)});
	const auto dataset = prepared(table);
	const std::vector<nn::Feature> &features = dataset->encoder().features();

	EXPECT_EQ(features[0].shares, std::vector<double>{0.2});
	// of 80 rows 10 are NULL and 10 blue, of weight 3 each, and 60 red, of 1: 120 in all
	ASSERT_EQ(features[1].shares.size(), 3u);
	EXPECT_NEAR(features[1].shares[0], 0.25, 1e-12);
	EXPECT_NEAR(features[1].shares[1], 0.5, 1e-12);
	EXPECT_NEAR(features[1].shares[2], 0.25, 1e-12);
	ASSERT_EQ(features[2].shares.size(), 2u);
	EXPECT_NEAR(features[2].shares[0], 80.0 / 120, 1e-12);
}

} // namespace
