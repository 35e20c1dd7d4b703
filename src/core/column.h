/*
 * column.h: a column of the rows as they are read, and where its values stand in a row.
 */
#ifndef PGNN_COLUMN_H
#define PGNN_COLUMN_H

#include <cstring>
#include <string>

#include "core/api.h"
#include "core/dictionary.h"

namespace nn
{

struct Column
{
	std::string name, type;
	nn_kind kind = NN_NUMBER;
	nn_role role = NN_FEATURE;
	nn_word word = NN_NO_WORD; // how its numbers come, where not as nn_value
	bool wide = false;         // numbers are float64
	int length = 1;            // elements; 0 for an array none of whose values was seen yet
	size_t offset = 0;         // of its values in a row
	Dictionary dictionary;     // of NN_CATEGORY
	std::string refused;       // why nothing can be learnt from it, in a dry run
	int64_t missing = 0;       // rows with NULL, or with a NULL element; skipped ones, too
	int64_t not_finite = 0;    // rows with NaN or infinity
	int64_t negative = 0;      // rows with a number below 0, counted unless it is a feature
	int64_t fractions = 0;     // rows with a number that isn't whole, counted in a dry run

	bool text() const { return kind == NN_CATEGORY; }
	size_t width() const { return wide ? 8 : 4; }
	size_t bytes() const { return width() * static_cast<size_t>(length); }

	// What a row holds for this column: an element's number (NaN for NULL), or its dictionary
	// number.
	double number(const unsigned char *row, size_t element) const
	{
		return wide ? read<double>(row + offset + 8 * element)
					: static_cast<double>(read<float>(row + offset + 4 * element));
	}
	uint32_t code(const unsigned char *row) const { return read<uint32_t>(row + offset); }

	template <class T> static T read(const unsigned char *from)
	{
		T value;
		memcpy(&value, from, sizeof(T));
		return value;
	}
};

} // namespace nn

#endif
