/*
 * tables.h: tables that several tests learn from.
 */
#ifndef PGNN_TEST_TABLES_H
#define PGNN_TEST_TABLES_H

#include <cmath>
#include <string>

#include "rows.h"

namespace tables
{

using rows::array;
using rows::Cell;
using rows::column;
using rows::floats;
using rows::noise;
using rows::Table;
using rows::target;

// Every kind of column, wide and narrow, with and without NULL; the target stands in the middle.
inline Table mixed(size_t n)
{
	Table table;

	table.columns = {column("wide"),
					 column("narrow", NN_NUMBER, false),
					 column("colour", NN_CATEGORY),
					 column("since", NN_TIME),
					 column("same", NN_CATEGORY),
					 target("y"),
					 column("vector", NN_ARRAY, false),
					 column("flag", NN_BOOLEAN, false),
					 column("gaps", NN_ARRAY),
					 column("holes")};
	for (size_t i = 0; i < n; i++)
	{
		const double a = noise(i, 0.6180339887), b = noise(i, 0.4142135623);
		const float f = static_cast<float>(b);
		const Cell colour = i % 11 == 3 ? Cell(nullptr) : Cell("c" + std::to_string(i * i % 7));
		const Cell gaps = i % 13 == 5  ? Cell(nullptr)
						  : i % 5 == 0 ? array({a, -9, b}, {1})
									   : array({a, 1e6 * b, a * b});
		const Cell hole = i % 3 == 0 ? Cell(nullptr) : Cell(a - b);
		table.rows.push_back({1e3 * a - 7, static_cast<double>(f), colour,
							  7e8 + static_cast<double>(i * 37 % 1000), "x", 5 * a + b,
							  floats({f, 2 * f - 1}), static_cast<double>(i % 4 == 1), gaps, hole});
	}
	return table;
}

// y is linear in three columns of very different sizes, with some noise: nothing fits exactly.
inline Table linear(size_t n, double disturbance)
{
	Table table = {{column("a"), column("b"), column("c"), target("y")}, {}};

	for (size_t i = 0; i < n; i++)
	{
		const double a = 100 * noise(i, 0.6180339887), b = noise(i, 0.4142135623) - 5;
		const double c = 1e-3 * noise(i, 0.7320508076);
		const double y = 0.5 * a - 20 * b + 4e3 * c + 7 + disturbance * noise(i, 0.2360679775);
		table.rows.push_back({a, b, c, y});
	}
	return table;
}

// Smooth, far from linear, and disturbed: enough to be learnt by heart.
inline Table waves(size_t n)
{
	Table table = {{column("a"), column("b"), target("y")}, {}};

	for (size_t i = 0; i < n; i++)
	{
		const double a = noise(i, 0.6180339887), b = noise(i, 0.4142135623);
		table.rows.push_back(
			{a, b, 50 + 10 * std::sin(6 * a) * std::cos(5 * b) + 8 * noise(i, 0.2360679775)});
	}
	return table;
}

// Clouds around the corners of a triangle, which hardly touch.
inline Table blobs(size_t n, size_t classes)
{
	constexpr double kX[] = {0, 4, 2}, kY[] = {0, 0, 3.5};
	constexpr const char *kNames[] = {"left", "right", "top"};
	Table table = {{column("x"), column("y"), target("class", NN_CATEGORY)}, {}};

	for (size_t i = 0; i < n; i++)
	{
		const size_t k = i % classes;
		const double r = 1.7 * noise(i, 0.6180339887), angle = 40 * noise(i, 0.4142135623);
		table.rows.push_back({kX[k] + r * std::cos(angle), kY[k] + r * std::sin(angle), kNames[k]});
	}
	return table;
}

} // namespace tables

#endif
