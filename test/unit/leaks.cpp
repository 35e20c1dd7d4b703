/*
 * leaks.cpp: columns that give the target away, columns that only nearly do, and where the line is.
 */
#include "core/leaks.h"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"

namespace
{

using nn::gives_away;
using nn::LeakSample;
using nn::Random;

const float kNull = std::nanf("");

// What the function gives for the rows from 0 up.
LeakSample numbers(size_t rows, const std::function<double(size_t)> &value)
{
	LeakSample sample;

	for (size_t i = 0; i < rows; i++)
		sample.numbers.push_back(static_cast<float>(value(i)));
	return sample;
}

LeakSample categories(size_t rows, const std::function<size_t(size_t)> &code)
{
	LeakSample sample;

	for (size_t i = 0; i < rows; i++)
		sample.codes.push_back(static_cast<uint32_t>(code(i)));
	return sample;
}

// A function of each number.
LeakSample map(const LeakSample &of, const std::function<double(double)> &f)
{
	return numbers(of.rows(), [&](size_t i) { return f(static_cast<double>(of.numbers[i])); });
}

// Numbers from -1 to 1 in no order, hardly two of them the same.
LeakSample noise(size_t rows, uint64_t seed)
{
	Random random(seed);
	return numbers(rows, [&](size_t) { return 2 * random.uniform() - 1; });
}

// Classes in no order, equally common.
LeakSample random_classes(size_t rows, size_t classes, uint64_t seed)
{
	Random random(seed);
	return categories(rows, [&](size_t) { return random.below(classes); });
}

TEST(Leaks, CopiesOfANumber)
{
	for (size_t rows : {50u, 1000u, 20000u})
	{
		const LeakSample y = noise(rows, 1);
		EXPECT_TRUE(gives_away(y, y)) << rows;
		EXPECT_TRUE(gives_away(map(y, [](double v) { return 2.54 * v + 100; }), y)) << rows;
		EXPECT_TRUE(gives_away(map(y, [](double v) { return -v; }), y)) << rows;
		EXPECT_TRUE(gives_away(map(y, [](double v) { return std::round(50 * v); }), y)) << rows;
	}
	const LeakSample few = noise(49, 1);
	EXPECT_FALSE(gives_away(few, few));
}

TEST(Leaks, FunctionsOfANumber)
{
	const LeakSample x = noise(1000, 2);

	EXPECT_TRUE(gives_away(x, map(x, [](double v) { return std::exp(3 * v); })));
	EXPECT_TRUE(gives_away(map(x, [](double v) { return std::exp(3 * v); }), x));
	EXPECT_TRUE(gives_away(x, map(x, [](double v) { return std::sin(3 * v); })));
	EXPECT_TRUE(gives_away(x, map(x, [](double v) { return std::abs(v); })));
	EXPECT_FALSE(gives_away(map(x, [](double v) { return std::abs(v); }), x)); // the sign is lost
}

// The numbers next to a number count by how near they are.
TEST(Leaks, InterpolationKnowsDistances)
{
	const LeakSample x = numbers(
		60, [](size_t i) { return (static_cast<double>(i) - (i % 2 == 1 ? 0.8 : 0)) / 60; });

	EXPECT_TRUE(gives_away(x, map(x, [](double v) { return v * v; })));
}

TEST(Leaks, CopiesOfClasses)
{
	const LeakSample y = random_classes(1000, 3, 3);
	const LeakSample same = numbers(1000, [&](size_t i) { return y.codes[i]; });
	Random random(4);

	EXPECT_TRUE(gives_away(y, y));
	EXPECT_TRUE(gives_away(same, y));
	EXPECT_TRUE(gives_away(same, same)); // as numbers
	EXPECT_TRUE(gives_away(y, same));
	// groups of the classes, by name and by ranges of numbers
	EXPECT_TRUE(gives_away(
		categories(1000, [&](size_t i) { return 10 * random.below(7) + y.codes[i]; }), y));
	EXPECT_TRUE(
		gives_away(numbers(1000, [&](size_t i) { return y.codes[i] + random.uniform() / 2; }), y));
}

// A date that is NULL unless, or exactly where, the customer was lost. With 50 lost not one row may be
// wrong: neither do NULLs count as next to the greatest number.
TEST(Leaks, WhereNullsAre)
{
	const LeakSample lost = categories(1000, [](size_t i) { return i % 20 == 7; });
	Random random(5);
	const LeakSample closed =
		numbers(1000, [&](size_t i) { return lost.codes[i] == 1 ? random.uniform() : kNull; });
	const LeakSample next =
		numbers(1000, [&](size_t i) { return lost.codes[i] == 0 ? random.uniform() : kNull; });
	const LeakSample revenue =
		numbers(1000, [&](size_t i) { return lost.codes[i] == 0 ? 100 : 0.5; });

	EXPECT_TRUE(gives_away(closed, lost));
	EXPECT_TRUE(gives_away(next, lost));
	EXPECT_TRUE(gives_away(closed, revenue));
	EXPECT_TRUE(gives_away(next, revenue));
	EXPECT_FALSE(gives_away(closed, random_classes(1000, 2, 6)));
	EXPECT_FALSE(gives_away(closed, noise(1000, 6)));
}

// A single NULL has no others, and no neighbours either.
TEST(Leaks, TheOnlyNullIsNotPredicted)
{
	const LeakSample x = numbers(101, [](size_t i) { return i == 100 ? kNull : i < 50 ? 1 : 2; });
	const LeakSample y = categories(101, [](size_t i) { return i >= 50; });
	const LeakSample z = numbers(101, [](size_t i) { return i == 100 ? 50 : i < 50 ? 1 : 2; });

	EXPECT_FALSE(gives_away(x, y));
	EXPECT_TRUE(gives_away(LeakSample{{x.numbers.begin(), x.numbers.end() - 1}, {}},
						   LeakSample{{}, {y.codes.begin(), y.codes.end() - 1}}));
	EXPECT_TRUE(gives_away(x, z)); // 50 there is one outlier only
}

TEST(Leaks, IdsOnlyLearnByHeart)
{
	const LeakSample id = categories(2000, [](size_t i) { return i; });
	const LeakSample random_id = noise(2000, 7);

	for (size_t classes : {2u, 3u, 100u})
	{
		EXPECT_FALSE(gives_away(id, random_classes(2000, classes, 8))) << classes;
		EXPECT_FALSE(gives_away(random_id, random_classes(2000, classes, 8))) << classes;
	}
	EXPECT_FALSE(gives_away(id, noise(2000, 8)));
	EXPECT_FALSE(gives_away(random_id, noise(2000, 8)));
}

// Numbers have an order in which a target may lie, the codes of categories have none.
TEST(Leaks, OrderCountsForNumbersOnly)
{
	const LeakSample number = numbers(2000, [](size_t i) { return i; });
	const LeakSample code = categories(2000, [](size_t i) { return i; });
	const LeakSample classes = categories(2000, [](size_t i) { return i >= 1000; });

	EXPECT_TRUE(gives_away(number, classes));
	EXPECT_FALSE(gives_away(code, classes));
	EXPECT_TRUE(gives_away(number, number));
	EXPECT_FALSE(gives_away(code, number));
}

TEST(Leaks, GoodColumnsAreNoLeaks)
{
	const LeakSample classes = random_classes(5000, 2, 9);
	const LeakSample number = noise(5000, 10);
	Random random(11);

	EXPECT_FALSE(gives_away(categories(5000,
									   [&](size_t i) {
										   return random.uniform() < 0.05 ? 1 - classes.codes[i]
																		  : classes.codes[i];
									   }),
							classes));
	EXPECT_FALSE(gives_away(numbers(5000,
									[&](size_t i) {
										const bool wrong = random.uniform() < 0.05;
										return (wrong ? 1 - classes.codes[i] : classes.codes[i]) +
											   random.uniform() / 2;
									}),
							classes));
	// R^2 is 0.99: the noise has a tenth of the width
	const LeakSample near =
		map(number, [&](double v) { return v + 0.1 * (2 * random.uniform() - 1); });
	EXPECT_FALSE(gives_away(number, near));
	EXPECT_FALSE(gives_away(near, number));
	EXPECT_FALSE(gives_away(map(number, [](double v) { return std::round(5 * v); }), number));
}

// Numbers or categories and two classes, 2000 rows of each: at most 20 errors make a leak.
struct Table
{
	void add(size_t rows, double value, uint32_t klass)
	{
		x.numbers.insert(x.numbers.end(), rows, static_cast<float>(value));
		y.codes.insert(y.codes.end(), rows, klass);
		left[klass] -= rows;
	}

	// The rest of both classes is told by the column.
	bool is_leak(bool as_categories)
	{
		add(left[0], 5000, 0);
		add(left[1], 6000, 1);
		if (!as_categories)
			return gives_away(x, y);
		return gives_away(LeakSample{{}, {x.numbers.begin(), x.numbers.end()}}, y);
	}

	LeakSample x, y;
	size_t left[2] = {2000, 2000};
};

// So many values, of one row of each class given.
Table groups(int count, const std::vector<uint32_t> &classes)
{
	Table table;

	for (int group = 0; group < count; group++)
		for (uint32_t klass : classes)
			table.add(1, group, klass);
	return table;
}

TEST(Leaks, OneErrorInAHundredIsTheLimit)
{
	for (bool as_categories : {false, true})
	{
		// one of four is an error
		EXPECT_TRUE(groups(20, {0, 1, 0, 0}).is_leak(as_categories));
		EXPECT_FALSE(groups(21, {0, 1, 0, 0}).is_leak(as_categories));
		// of three all: beside one of the two 0 there are one 0 and one 1
		EXPECT_TRUE(groups(6, {0, 1, 0}).is_leak(as_categories));
		EXPECT_FALSE(groups(7, {0, 1, 0}).is_leak(as_categories));
		EXPECT_TRUE(groups(10, {1, 0}).is_leak(as_categories));
		EXPECT_FALSE(groups(11, {1, 0}).is_leak(as_categories));
	}
	EXPECT_TRUE(groups(20, {1}).is_leak(true));
	EXPECT_FALSE(groups(21, {1}).is_leak(true));
}

// Numbers that occur once, in two halves of one class each, are two errors where the halves meet. A
// row of the other class makes three with the rows next to it, the first or the last row two.
TEST(Leaks, BothNeighboursHaveToBeRight)
{
	const LeakSample x = numbers(4000, [](size_t i) { return 0.5 * static_cast<double>(i); });
	const auto changed = [](const std::vector<size_t> &rows) {
		LeakSample y = categories(4000, [](size_t i) { return i >= 2000; });
		for (size_t i : rows)
			y.codes[i] = 1 - y.codes[i];
		return y;
	};

	EXPECT_TRUE(gives_away(x, changed({400, 800, 1200, 2400, 2800, 3200})));     // 20
	EXPECT_FALSE(gives_away(x, changed({0, 400, 800, 1200, 2400, 2800, 3999}))); // 21
	// few rows can't do without errors there
	const LeakSample few = noise(100, 12);
	EXPECT_FALSE(gives_away(
		few, categories(100, [&](size_t i) { return static_cast<double>(few.numbers[i]) > 0; })));
}

// 7 pairs of different classes are 14 errors, and 7 more are the numbers beside them, which occur once.
TEST(Leaks, NeighboursWithoutACommonestClassAreWrong)
{
	const auto pairs = [](int count) {
		Table table;
		for (int i = 0; i < count; i++)
		{
			table.add(1, 3 * i, 0);
			table.add(1, 3 * i, 1);
			table.add(1, 3 * i + 1, 0);
			table.add(2, 3 * i + 2, 0);
		}
		return table;
	};

	EXPECT_TRUE(pairs(6).is_leak(false));
	EXPECT_FALSE(pairs(7).is_leak(false));
}

// The values 0 to 9, 500 times each, the targets d above and below them: 1 - R^2 is d^2 / (8.25 + d^2).
// With 500 rows in a group it makes no difference that a row is predicted from the others.
TEST(Leaks, OneInAThousandUnexplainedIsTheLimit)
{
	const LeakSample values = numbers(5000, [](size_t i) { return i / 2 % 10; });
	const LeakSample codes = categories(5000, [](size_t i) { return i / 2 % 10; });
	const auto target = [](double unexplained) {
		const double d = std::sqrt(8.25 * unexplained);
		return numbers(5000, [=](size_t i) {
			return static_cast<double>(i / 2 % 10) + (i % 2 == 0 ? d : -d);
		});
	};

	EXPECT_TRUE(gives_away(values, target(0.00098)));
	EXPECT_TRUE(gives_away(codes, target(0.00098)));
	EXPECT_FALSE(gives_away(values, target(0.00102)));
	EXPECT_FALSE(gives_away(codes, target(0.00102)));
}

// Of two rows of a value each is predicted from the other, twice as far off as their mean.
TEST(Leaks, RowsArePredictedFromTheOthers)
{
	const auto target = [](double d) {
		return numbers(2000, [=](size_t i) {
			return static_cast<double>(i / 2) / 1000 + (i % 2 == 0 ? d : -d);
		});
	};
	const LeakSample x = categories(2000, [](size_t i) { return i / 2; });

	EXPECT_TRUE(gives_away(x, target(std::sqrt(0.0009 / 12) / 2)));
	EXPECT_FALSE(gives_away(x, target(std::sqrt(0.0011 / 12) / 2)));
}

// A category of its own row is predicted by the mean: of 5000 rows 4 explain 4 of 5000 too little.
TEST(Leaks, CategoriesOfOneRowHaveTheMean)
{
	const auto column = [](size_t single) {
		return categories(5000, [=](size_t i) { return i < single ? 10 + i : i % 2; });
	};
	const LeakSample y = numbers(5000, [](size_t i) { return i % 2; });

	EXPECT_TRUE(gives_away(column(4), y));
	EXPECT_FALSE(gives_away(column(6), y));
}

// Where a column is NULL in half of the rows, whose targets are noise, the others may be on a line.
TEST(Leaks, CopiesMayHaveNulls)
{
	const LeakSample other = noise(4000, 13);
	const LeakSample x = numbers(4000, [](size_t i) { return i < 2000 ? i / 2 % 10 : kNull; });
	const auto target = [&](double unexplained) {
		const double d = std::sqrt(8.25 * unexplained);
		return numbers(4000, [&](size_t i) {
			return i < 2000 ? -3 * (static_cast<double>(i / 2 % 10) + (i % 2 == 0 ? d : -d))
							: -10 + 100 * static_cast<double>(other.numbers[i]);
		});
	};

	EXPECT_TRUE(gives_away(x, target(0.98e-4)));
	EXPECT_FALSE(gives_away(x, target(1.02e-4)));

	const LeakSample y = noise(1000, 14);
	const auto first = [&](size_t rows) {
		return numbers(1000, [&](size_t i) { return i < rows ? y.numbers[i] : kNull; });
	};
	EXPECT_TRUE(gives_away(first(50), y));
	EXPECT_FALSE(gives_away(first(49), y));
}

// 20 rows of a class in 20,000 are enough to tell, if none of them is missed.
TEST(Leaks, RareClasses)
{
	for (size_t rare : {19u, 20u, 99u})
	{
		const LeakSample y =
			categories(20000, [=](size_t i) { return i % 200 == 7 && i / 200 < rare; });
		EXPECT_EQ(gives_away(y, y), rare >= 20) << rare;
		EXPECT_FALSE(gives_away(noise(20000, 15), y)) << rare;
		EXPECT_FALSE(gives_away(random_classes(20000, 2, 15), y)) << rare;
		EXPECT_FALSE(gives_away(random_classes(20000, 5000, 15), y)) << rare;
		EXPECT_FALSE(
			gives_away(categories(20000, [&](size_t i) { return i == 7 ? 0 : y.codes[i]; }), y))
			<< rare;
	}
}

// Some rows far from all others, as a row that is there twice, are nearly all that there is to
// explain.
TEST(Leaks, FewRowsDoNotDecide)
{
	for (size_t outliers : {1u, 2u, 20u})
	{
		const LeakSample y = numbers(2000, [&](size_t i) { return i < outliers ? 1e6 : i % 7; });
		LeakSample x = noise(2000, 16); // the outliers have one value
		std::fill_n(x.numbers.begin(), outliers, 0.25f);
		EXPECT_FALSE(gives_away(x, y)) << outliers;
		std::fill_n(x.numbers.begin(), outliers, 1e6f); // far away, too
		EXPECT_FALSE(gives_away(x, y)) << outliers;
		EXPECT_TRUE(gives_away(y, y)) << outliers;
	}
	// a target that is 0 nearly everywhere
	for (size_t rows : {20u, 21u, 100u})
	{
		Random random(17);
		const LeakSample y =
			numbers(20000, [&](size_t i) { return i < rows ? 1 + random.uniform() : 0; });
		EXPECT_EQ(gives_away(y, y), rows > 20) << rows;
	}
}

TEST(Leaks, WhatDoesNotVaryIsNoLeak)
{
	const LeakSample same = numbers(1000, [](size_t) { return 0.1; });
	const LeakSample nothing = numbers(1000, [](size_t) { return kNull; });
	const LeakSample one_class = categories(1000, [](size_t) { return 3; });
	const LeakSample once = numbers(1000, [](size_t i) { return i == 500 ? 1 : kNull; });

	for (const LeakSample *x : {&same, &nothing, &one_class, &once})
	{
		EXPECT_FALSE(gives_away(*x, random_classes(1000, 2, 18)));
		EXPECT_FALSE(gives_away(*x, noise(1000, 18)));
		EXPECT_FALSE(gives_away(*x, same));
		EXPECT_FALSE(gives_away(*x, one_class));
	}
	EXPECT_FALSE(gives_away(noise(1000, 18), same));
	EXPECT_FALSE(gives_away(noise(1000, 18), one_class));
	EXPECT_FALSE(gives_away({}, {}));
}

TEST(Leaks, InfinityIsANumberWithoutNeighbours)
{
	LeakSample y = noise(1000, 19), x = y;

	x.numbers[0] = INFINITY;
	x.numbers[1] = -INFINITY;
	EXPECT_TRUE(gives_away(x, y));
	EXPECT_FALSE(gives_away(x, noise(1000, 20)));
	EXPECT_FALSE(gives_away(x, random_classes(1000, 2, 20)));
}

TEST(Leaks, SamplesHaveToFit)
{
	EXPECT_THROW(gives_away(noise(10, 1), noise(11, 1)), nn::Error);
	EXPECT_THROW(gives_away(noise(11, 1), random_classes(10, 2, 1)), nn::Error);
	EXPECT_THROW(gives_away(noise(2, 1), LeakSample{{1, kNull}, {}}), nn::Error);
	EXPECT_THROW(gives_away(noise(2, 1), LeakSample{{1, INFINITY}, {}}), nn::Error);
}

} // namespace
