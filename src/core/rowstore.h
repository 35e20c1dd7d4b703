/*
 * rowstore.h: rows as they were read, one after another in chunks of memory.
 *
 * A row is a hash of its content and then its values at fixed places: numbers as float32, or as
 * float64 where their type needs it, NaN for NULL; texts as numbers of a dictionary, 0 for NULL.
 * Memory is counted against the budget before it is taken; rows beyond it are only counted, so
 * that the error can say how much they would have needed.
 */
#ifndef PGNN_ROWSTORE_H
#define PGNN_ROWSTORE_H

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/api.h"
#include "core/dictionary.h"

namespace nn
{

struct Column
{
	std::string name, type;
	nn_kind kind = NN_NUMBER;
	bool wide = false;      // numbers are float64
	int length = 1;         // elements; 0 for an array none of whose values was seen yet
	size_t offset = 0;      // of its values in a row
	Dictionary dictionary;  // of NN_CATEGORY
	int64_t missing = 0;    // rows with NULL, or with a NULL element
	int64_t not_finite = 0; // rows with NaN or infinity

	size_t width() const { return kind != NN_CATEGORY && wide ? 8 : 4; }
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

class RowStore
{
public:
	// One of the columns is the target. Throws NN_BAD_DATA where nothing is left beside it.
	RowStore(const nn_column *columns, int count, size_t budget);

	// Adds a row of one value for each column; a NULL target makes it be skipped. Throws
	// NN_BAD_DATA for an array of another length than those before it.
	void add(const nn_value *values);

	const std::vector<Column> &columns() const { return columns_; }
	size_t target() const { return target_; }
	size_t rows() const { return rows_; }
	int64_t skipped() const { return skipped_; }
	size_t budget() const { return budget_; }
	size_t bytes_used() const;

	// Throws NN_LIMIT, naming both sizes, where rows had to be left out.
	void check_budget() const;

	const unsigned char *row(size_t number) const
	{
		return chunks_[number >> chunk_bits_].get() + (number & chunk_mask_) * stride_;
	}
	uint64_t hash(size_t number) const { return Column::read<uint64_t>(row(number)); }
	void set_hash(size_t number, uint64_t hash)
	{
		memcpy(rewritten(number, stride_), &hash, sizeof(hash));
	}

	// Replaces rows by shorter ones in place: from row 0 up, the new row goes to rewritten(number),
	// which never lies behind row(number). finish_rewriting() then gives back the memory between.
	unsigned char *rewritten(size_t number, size_t stride)
	{
		return chunks_[number >> chunk_bits_].get() + (number & chunk_mask_) * stride;
	}
	void finish_rewriting(size_t stride);

private:
	struct Free
	{
		void operator()(unsigned char *chunk) const { free(chunk); }
	};
	using Chunk = std::unique_ptr<unsigned char[], Free>;

	void learn_lengths(const nn_value *values);
	void layout();
	void widen(Column &column, int length);
	bool reserve_row();
	uint64_t store(Column &column, const nn_value &value, unsigned char *row);
	uint64_t store_numbers(Column &column, const nn_value &value, unsigned char *row);

	std::vector<Column> columns_;
	size_t target_ = 0;
	size_t budget_;
	std::vector<Chunk> chunks_;
	size_t stride_ = 0, chunk_bits_ = 0, chunk_mask_ = 0;
	size_t rows_ = 0, left_out_ = 0;
	int64_t skipped_ = 0;
};

} // namespace nn

#endif
