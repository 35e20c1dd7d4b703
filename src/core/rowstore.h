/*
 * rowstore.h: rows as they were read, one after another in chunks of memory.
 *
 * A row is a hash of its content and then its values at fixed places: first numbers as float64 where
 * their type needs it, then numbers as float32, NaN for NULL, then texts as numbers of a dictionary, 0
 * for NULL.
 * Memory is counted against the budget before it is taken; rows beyond it are only counted, so
 * that the error can say how much they would have needed.
 */
#ifndef PGNN_ROWSTORE_H
#define PGNN_ROWSTORE_H

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "core/column.h"
#include "core/words.h"

namespace nn
{

class RowStore
{
public:
	// One of the columns is the target. Throws NN_BAD_DATA where none is a feature. Of the options,
	// missing and dry_run count.
	RowStore(const nn_column *columns, int count, const nn_options &options, size_t budget);

	// Adds a row of one value for each column, unless it is to be skipped. Throws NN_BAD_DATA for an
	// array of another length than those before it.
	void add(const nn_value *values) { add(nullptr, nullptr, values); }

	// The same with numbers as words; see nn_dataset_add_row.
	void add(const uint64_t *words, const bool *nulls, const nn_value *values);

	// Leaves a text column out: from here on it counts as NULL.
	void refuse(size_t column, const char *why) { columns_[column].refused = why; }

	// The column of that role, the last where there are several; nullptr where there is none.
	const Column *find(nn_role role) const
	{
		return with_role_[role] < columns_.size() ? &columns_[with_role_[role]] : nullptr;
	}

	// Rows that were left out, each for the first of these reasons.
	struct Skipped
	{
		int64_t no_target = 0; // a NULL target
		int64_t no_weight = 0; // a weight of 0
		int64_t missing = 0;   // a NULL feature

		int64_t total() const { return no_target + no_weight + missing; }
	};

	const std::vector<Column> &columns() const { return columns_; }

	// Rows of each class, by its number in the target's dictionary; of a regression all, as number 0.
	const std::vector<int64_t> &class_rows() const { return class_rows_; }
	size_t rows() const { return rows_; }
	const Skipped &skipped() const { return skipped_; }
	size_t budget() const { return budget_; }
	size_t bytes_used() const { return bytes_for(rows_); }
	size_t stride() const { return stride_; } // bytes of a row
	size_t chunk_rows() const { return chunk_mask_ + 1; }

	// Bytes of a row as it was read, with what stands beside it.
	size_t bytes_of_row() const { return read_stride_ + kIndexBytes; }
	size_t bytes_for(size_t rows) const { return bytes_for(rows, stride_); } // as these are now
	size_t bytes_for(size_t rows, size_t stride) const;

	// Whether there is no room for another row.
	bool full() { return rows_ == chunks_.size() * (chunk_mask_ + 1) && !may_grow(); }

	// Forgets the rows, whose memory then is used again; or is given back, and from here on at most so
	// many bytes are used, or one chunk.
	void clear() { rows_ = 0; }
	void shrink(size_t limit);

	// From here on arrays' lengths can't change: rows were written elsewhere.
	void fix_layout() { fixed_ = true; }

	// Adds a row as row() gives it, with another hash. There must be room.
	void add_stored(const unsigned char *row, uint64_t hash);

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

	// A row on its way into the store.
	struct Input
	{
		const uint64_t *words;
		const bool *nulls;
		const nn_value *values;
	};

	bool is_word(const Input &input, size_t column) const
	{
		return input.words != nullptr && columns_[column].word != NN_NO_WORD;
	}
	nn_value value(const Input &input, size_t column) const;
	bool is_null(const Input &input, size_t column) const;
	bool skip(const Input &input);
	bool has_missing(const Input &input);
	void learn_lengths(const Input &input);
	void layout();
	void plan_words();
	void widen(Column &column, int length);
	bool may_grow() const;
	bool reserve_row();
	void store(Column &column, const nn_value &value, unsigned char *row);
	uint32_t code_of(Column &column, const nn_value &value);
	void store_numbers(Column &column, const nn_value &value, unsigned char *to);
	uint64_t hash_of(const unsigned char *row) const;
	void count_class(const unsigned char *row);

	std::vector<Column> columns_;
	std::vector<WordRun> runs_;   // of columns whose words are stored together
	std::vector<size_t> singles_; // the other columns, which are stored one by one
	std::vector<size_t> texts_;   // the columns of texts
	std::vector<int64_t> class_rows_;
	bool arrays_ = false; // there are columns of them
	std::array<size_t, NN_HOLDOUT + 1> with_role_;
	const bool skip_missing_, dry_run_;
	const size_t budget_;
	size_t limit_;
	bool fixed_ = false;
	std::vector<Chunk> chunks_;
	static constexpr size_t kIndexBytes = 20; // beside each row: what sorting and ordering it takes

	size_t stride_ = 0, read_stride_ = 0, numbers_ = 0, // numbers: 32-bit words of them in a row
		chunk_bits_ = 0, chunk_mask_ = 0;
	size_t rows_ = 0, left_out_ = 0;
	Skipped skipped_;
};

} // namespace nn

#endif
