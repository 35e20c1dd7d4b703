/*
 * rows.h: the rows of a query as a test writes them down, and the way they take into the core.
 */
#ifndef PGNN_TEST_ROWS_H
#define PGNN_TEST_ROWS_H

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset.h"

namespace rows
{

constexpr size_t kBudget = 64 * 1024 * 1024;

// One value of one row, which owns what its nn_value points to.
struct Cell
{
	Cell(std::nullptr_t) {}
	Cell(double value) : type(NN_FLOAT8_VALUE), number(value) {}
	Cell(const char *value, double order = 0) : type(NN_TEXT_VALUE), number(order), text(value) {}
	Cell(std::string value) : type(NN_TEXT_VALUE), text(std::move(value)) {}

	nn_value value() const
	{
		const void *data = type == NN_TEXT_VALUE      ? static_cast<const void *>(text.data())
						   : type == NN_FLOAT4_VALUES ? static_cast<const void *>(floats.data())
													  : static_cast<const void *>(doubles.data());
		const size_t length = type == NN_TEXT_VALUE ? text.size() : floats.size() + doubles.size();
		return {type, static_cast<int32_t>(length), number, data,
				any_null ? nulls.data() : nullptr};
	}

	nn_value_type type = NN_NULL_VALUE;
	double number = 0;
	std::string text;
	std::vector<float> floats;
	std::vector<double> doubles;
	std::array<bool, 8> nulls = {}; // elements of an array beyond these are never NULL
	bool any_null = false;
};

// A float8[] with NULL at the places given.
inline Cell array(std::vector<double> elements, std::initializer_list<size_t> nulls = {})
{
	Cell cell(nullptr);

	cell.type = NN_FLOAT8_VALUES;
	cell.doubles = std::move(elements);
	for (size_t place : nulls)
		cell.any_null = cell.nulls.at(place) = true;
	return cell;
}

// A float4[].
inline Cell floats(std::vector<float> elements)
{
	Cell cell(nullptr);

	cell.type = NN_FLOAT4_VALUES;
	cell.floats = std::move(elements);
	return cell;
}

inline nn_column column(const char *name, nn_kind kind = NN_NUMBER, bool wide = true)
{
	constexpr const char *kTypes[] = {"float8", "bool", "timestamp", "text", "float8[]"};
	return {name, kTypes[kind], kind, NN_FEATURE, wide, NN_NO_WORD};
}

inline nn_column target(const char *name, nn_kind kind = NN_NUMBER)
{
	nn_column result = column(name, kind);
	result.role = NN_TARGET;
	return result;
}

// By what a row's loss and score are multiplied.
inline nn_column weight(const char *name, bool wide = true)
{
	nn_column result = column(name, NN_NUMBER, wide);
	result.role = NN_WEIGHT;
	return result;
}

// True for the rows to hold out.
inline nn_column holdout(const char *name)
{
	nn_column result = column(name, NN_BOOLEAN, false);
	result.role = NN_HOLDOUT;
	return result;
}

using Row = std::vector<Cell>;

inline std::vector<nn_value> values(const Row &row)
{
	std::vector<nn_value> result;
	for (const Cell &cell : row)
		result.push_back(cell.value());
	return result;
}

struct Table
{
	std::vector<nn_column> columns;
	std::vector<Row> rows;
};

// Defaults, with a share of the rows held out.
inline nn_options options(double validation = 0)
{
	nn_options o = nn::default_options();

	o.validation = validation;
	return o;
}

// A dataset that has read the table but was not prepared.
inline std::unique_ptr<nn::Dataset> read(const Table &table, size_t budget = kBudget,
										 const nn_options &o = options())
{
	auto dataset = std::make_unique<nn::Dataset>(table.columns.data(),
												 static_cast<int>(table.columns.size()), o, budget);
	for (const Row &row : table.rows)
		dataset->add(values(row).data());
	return dataset;
}

inline std::unique_ptr<nn::Dataset> prepared(const Table &table, const nn_options &o,
											 size_t budget = kBudget)
{
	auto dataset = read(table, budget, o);
	while (dataset->prepare())
		;
	return dataset;
}

inline std::unique_ptr<nn::Dataset> prepared(const Table &table, double validation = 0,
											 size_t budget = kBudget)
{
	return prepared(table, options(validation), budget);
}

// Some rows as training sees them.
struct Gathered
{
	std::vector<float> X, Y, weights;
};

// A row's inputs, with an input for each category.
inline void expand(const nn::InputLayout &layout, const float *numbers, const uint32_t *codes,
				   float *x)
{
	size_t category = 0;

	for (const nn::InputLayout::Piece &piece : layout.pieces)
		for (nn::Index i = 0; i < piece.inputs; i++)
			if (piece.category)
				*x++ = std::count(codes, codes + layout.columns, category++) > 0 ? 1.0f : 0.0f;
			else
				*x++ = *numbers++;
}

inline Gathered gather(const nn::Dataset &dataset, const std::vector<uint32_t> &rows)
{
	const nn::InputLayout &layout = dataset.layout();
	const size_t inputs = static_cast<size_t>(dataset.encoder().inputs());
	const size_t columns = static_cast<size_t>(layout.columns);
	std::vector<float> numbers(rows.size() * static_cast<size_t>(layout.numbers));
	std::vector<uint32_t> codes(rows.size() * columns);
	std::vector<const unsigned char *> encoded;
	Gathered result;

	result.X.resize(rows.size() * inputs);
	result.Y.resize(rows.size() * static_cast<size_t>(dataset.target_width()));
	result.weights.resize(rows.size());
	for (uint32_t row : rows)
		encoded.push_back(dataset.row(row));
	dataset.gather(encoded.data(), rows.size(), numbers.data(), codes.data(), result.Y.data(),
				   result.weights.data());
	for (size_t i = 0; i < rows.size(); i++)
		expand(layout, numbers.data() + i * static_cast<size_t>(layout.numbers),
			   codes.data() + i * columns, result.X.data() + i * inputs);
	return result;
}

// The same rows, last first and then every other one swapped: another order, without chance.
inline Table reordered(Table table)
{
	const size_t n = table.rows.size();

	std::vector<Row> result;
	for (size_t i = 0; i < n; i++)
		result.push_back(table.rows[n - 1 - i]);
	for (size_t i = 0; i + 3 < n; i += 2)
		std::swap(result[i], result[(i * 7 + 3) % n]);
	table.rows = std::move(result);
	return table;
}

// Numbers in [0, 1) that look random and are the same everywhere: fractions of multiples of step.
inline double noise(size_t i, double step)
{
	const double x = static_cast<double>(i + 1) * step;
	return x - static_cast<double>(static_cast<int64_t>(x));
}

// The nn::Error that work ends with; one of code NN_OK where it doesn't.
template <class Work> nn::Error error_of(Work work)
{
	try
	{
		work();
	}
	catch (const nn::Error &error)
	{
		return error;
	}
	return nn::Error(NN_OK, "no error");
}

} // namespace rows

#endif
