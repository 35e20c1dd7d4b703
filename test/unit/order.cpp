/*
 * order.cpp: rows in another order are the same rows: the same split, statistics and canonical
 * order, to the last bit.
 */
#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include "core/dataset.h"
#include "rows.h"
#include "tables.h"

namespace
{

using nn::Dataset;
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

// The held-out rows, then the others.
rows::Gathered gather_all(const Dataset &dataset)
{
	std::vector<uint32_t> order = dataset.held_out_rows();

	order.insert(order.end(), dataset.training_rows().begin(), dataset.training_rows().end());
	return rows::gather(dataset, order);
}

bool same_bits(const std::vector<float> &a, const std::vector<float> &b)
{
	return a.size() == b.size() && memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// The same rows in another order: the same split, statistics and canonical order, to the last bit.
void expect_order_is_forgotten(const Table &table, double validation)
{
	const auto first = prepared(table, validation);
	const auto second = prepared(rows::reordered(table), validation);
	const rows::Gathered a = gather_all(*first), b = gather_all(*second);

	EXPECT_EQ(first->held_out_rows().size(), second->held_out_rows().size());
	EXPECT_TRUE(same_bits(a.X, b.X));
	EXPECT_TRUE(same_bits(a.Y, b.Y));
	EXPECT_TRUE(same_bits(a.weights, b.weights));
	EXPECT_EQ(first->target_mean(), second->target_mean());
	EXPECT_EQ(first->target_scale(), second->target_scale());
	EXPECT_EQ(first->classes(), second->classes());
	EXPECT_EQ(first->class_weights(), second->class_weights());
	EXPECT_EQ(first->idle_inputs(), second->idle_inputs());
	for (size_t f = 0; f < first->encoder().features().size(); f++)
	{
		const nn::Feature &x = first->encoder().features()[f], &y = second->encoder().features()[f];
		EXPECT_EQ(x.mean, y.mean);
		EXPECT_EQ(x.scale, y.scale);
		EXPECT_EQ(x.categories, y.categories);
		EXPECT_EQ(x.missing, y.missing);
	}
}

TEST(Order, IsForgotten)
{
	expect_order_is_forgotten(mixed(7), 0.3);
	expect_order_is_forgotten(mixed(3000), 0.1);
}

TEST(Order, IsForgottenWithDuplicates)
{
	Table table = mixed(50);
	const std::vector<Row> again = table.rows;

	table.rows.insert(table.rows.end(), again.begin(), again.begin() + 30);
	expect_order_is_forgotten(table, 0.2);
}

// Copies of a row must not be held out, or not, together: each kind of row has its share.
TEST(Order, CopiesAreSpreadAsOtherRowsAre)
{
	Table table = {{column("x"), target("y")}, {}};

	for (int i = 0; i < 3000; i++)
		table.rows.push_back({static_cast<double>(i % 3), 1.0});
	const auto dataset = prepared(table, 0.2);
	int counts[3] = {};
	for (uint32_t row : dataset->held_out_rows())
		counts[row % 3]++;
	EXPECT_EQ(counts[0] + counts[1] + counts[2], 600);
	for (int count : counts)
		EXPECT_NEAR(count, 200, 60); // 5 standard errors
	expect_order_is_forgotten(table, 0.2);
}

TEST(Order, IsForgottenWithClasses)
{
	Table table = {{column("x"), target("class", NN_CATEGORY)}, {}};

	for (size_t i = 0; i < 500; i++)
		table.rows.push_back({noise(i, 0.6180339887), "class " + std::to_string(i % 3)});
	expect_order_is_forgotten(table, 0.25);
}

// A NULL must not hash as the number that stands in for it, or the two rows would change places.
TEST(Order, IsForgottenWithNullElements)
{
	Table table = {{column("v", NN_ARRAY), target("y")}, {}};

	for (int i = 0; i < 20; i++)
	{
		const double y = i / 4;
		table.rows.push_back({i % 2 == 0 ? array({0, 1}, {0}) : array({0, 1}), y});
		table.rows.push_back({i % 2 == 0 ? Cell(nullptr) : array({0, 0}, {0, 1}), y});
	}
	expect_order_is_forgotten(table, 0.3);
}

// The hash must tell columns apart: (1, 2) is not (2, 1).
TEST(Order, IsForgottenWithValuesSwapped)
{
	Table table = {{column("a"), column("b"), target("y")}, {}};

	for (int i = 0; i < 10; i++)
		for (int j = 0; j < 10; j++)
			table.rows.push_back({double(i), double(j), 0.5});
	table.rows.push_back({1.0, 1.0, 0.75});
	expect_order_is_forgotten(table, 0.3);
}

// -0 equals 0 in SQL: with either of them a row is the same row.
TEST(Order, NegativeZeroIsZero)
{
	const auto order_with = [](double zero) {
		Table table = {{column("x"), target("y")}, {}};
		for (size_t i = 0; i < 100; i++)
			table.rows.push_back({i % 2 == 0 ? zero : 1.0, noise(i, 0.618)});
		return prepared(table, 0.2)->training_rows();
	};

	EXPECT_EQ(order_with(0.0), order_with(-0.0));
}

TEST(Order, CanonicalOrderIsNotThatOfTheQuery)
{
	const auto dataset = prepared(mixed(1000));
	const std::vector<uint32_t> &order = dataset->training_rows();

	EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
	std::vector<uint32_t> sorted = order;
	std::sort(sorted.begin(), sorted.end());
	for (uint32_t i = 0; i < 1000; i++)
		ASSERT_EQ(sorted[i], i); // each exactly once
}

// Rows read before the first array have no room for it yet.
TEST(Order, ArraysThatStartWithNull)
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
		expect_order_is_forgotten(table, 0.1);
	}
}

} // namespace
