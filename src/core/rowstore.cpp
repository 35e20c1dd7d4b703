#include "core/rowstore.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>

#include "core/checked.h"
#include "core/limits.h"
#include "core/pages.h"
#include "core/random.h"
#include "core/value.h"

namespace nn
{

namespace
{

// Memory is taken in chunks: large ones, but for a small budget.
constexpr size_t kLeastChunk = size_t(256) << 10, kMostChunk = size_t(8) << 20;
constexpr size_t kChunksOfBudget = 32;
constexpr size_t kLeastChunks = 4; // that fit the budget
constexpr size_t kHashBytes = 8;

constexpr uint64_t kNullHash = 0x6e756c6c;

size_t megabytes(size_t bytes)
{
	return bytes / (1024 * 1024) + (bytes % (1024 * 1024) != 0);
}

} // namespace

RowStore::RowStore(const nn_column *columns, int count, const nn_options &options, size_t budget)
	: skip_missing_(strcmp(options.missing, "skip") == 0), dry_run_(options.dry_run),
	  budget_(budget), limit_(budget)
{
	with_role_.fill(std::numeric_limits<size_t>::max());
	for (int c = 0; c < count; c++)
	{
		Column column;
		column.name = columns[c].name;
		column.type = columns[c].type;
		column.kind = columns[c].kind;
		column.role = columns[c].role;
		column.word = column.kind == NN_CATEGORY ? NN_NO_WORD : columns[c].word;
		column.wide = columns[c].wide && column.kind != NN_CATEGORY;
		column.length = column.kind == NN_ARRAY ? 0 : 1;
		arrays_ = arrays_ || column.kind == NN_ARRAY;
		if (column.text())
			texts_.push_back(columns_.size());
		with_role_[column.role] = columns_.size();
		columns_.push_back(std::move(column));
	}
	if (find(NN_FEATURE) == nullptr)
		throw Error(NN_BAD_DATA, "the query has no column beside the target")
			.with_hint("Select the columns to predict from, too.");
	layout();
}

// Places the columns and chooses chunks of a power of two rows.
void RowStore::layout()
{
	const auto place = [this](bool text, bool wide) {
		for (Column &column : columns_)
			if (column.text() == text && column.wide == wide)
			{
				column.offset = stride_;
				stride_ = checked_add(stride_, column.bytes());
			}
	};

	stride_ = kHashBytes;
	place(false, true);
	place(false, false);
	numbers_ = (stride_ - kHashBytes) / sizeof(uint32_t);
	place(true, false);
	stride_ = read_stride_ = checked_add(stride_, 7) / 8 * 8;
	chunk_bits_ = 0;
	const size_t most = std::clamp(budget_ / kChunksOfBudget, kLeastChunk, kMostChunk);
	while ((stride_ << (chunk_bits_ + 1)) <= most &&
		   (stride_ + kIndexBytes) << (chunk_bits_ + 1) <= budget_ / kLeastChunks)
		chunk_bits_++;
	chunk_mask_ = (size_t(1) << chunk_bits_) - 1;
	plan_words();
}

// Of features only, as more is asked of other columns; so it is in a dry run.
void RowStore::plan_words()
{
	runs_.clear();
	singles_.clear();
	for (size_t c = 0; c < columns_.size(); c++)
	{
		const Column &column = columns_[c];
		if (column.word == NN_NO_WORD || column.role != NN_FEATURE || dry_run_)
			singles_.push_back(c);
		else if (!runs_.empty() && runs_.back().word == column.word &&
				 runs_.back().first + runs_.back().columns == c)
			runs_.back().columns++;
		else
			runs_.push_back({column.word, c, 1, column.offset});
	}
}

void RowStore::check_budget() const
{
	if (left_out_ == 0)
		return;

	const size_t needed =
		checked_multiply(checked_add(rows_, left_out_), checked_add(stride_, kIndexBytes));
	throw Error(NN_LIMIT, "the %zu training rows need %zu MB of memory, %zu MB are allowed",
				rows_ + left_out_, megabytes(needed), megabytes(budget_))
		.with_hint("Set maintenance_work_mem to more than %zu MB, or select fewer rows or columns.",
				   megabytes(needed));
}

// What was not touched of the last chunk takes no memory.
size_t RowStore::bytes_for(size_t rows, size_t stride) const
{
	return checked_multiply(rows, checked_add(stride, kIndexBytes));
}

// Whether another chunk fits, with what stands beside its rows.
bool RowStore::may_grow() const
{
	const size_t chunk_rows = chunk_mask_ + 1;
	const size_t bytes = (chunks_.size() + 1) * chunk_rows * (stride_ + kIndexBytes);

	return left_out_ == 0 && bytes <= limit_;
}

// Makes room for one more row. False where the budget forbids it.
bool RowStore::reserve_row()
{
	if (rows_ >= static_cast<size_t>(kMaxRows))
		throw Error(NN_LIMIT, "the query has more than %lld rows",
					static_cast<long long>(kMaxRows));
	if (rows_ < chunks_.size() * (chunk_mask_ + 1))
		return true;
	if (!may_grow())
		return false;

	Chunk chunk(static_cast<unsigned char *>(allocate_pages(stride_ << chunk_bits_)));
	if (chunk == nullptr)
		throw std::bad_alloc();
	chunks_.push_back(std::move(chunk));
	return true;
}

// An array's length is that of its first value: rows before it, which hold NULL, are made longer.
void RowStore::learn_lengths(const Input &input)
{
	for (size_t c = 0; c < columns_.size(); c++)
	{
		Column &column = columns_[c];
		if (column.kind != NN_ARRAY || input.values[c].type == NN_NULL_VALUE)
			continue;
		const int length = input.values[c].length;
		if (length == 0)
			throw Error(NN_BAD_DATA, "column \"%s\" has an empty array", column.name.c_str())
				.with_hint("All arrays of a column must have the same number of elements.");
		if (column.length == 0)
			widen(column, length);
		else if (length != column.length)
			throw Error(NN_BAD_DATA, "column \"%s\" has arrays of %d and of %d elements",
						column.name.c_str(), std::min(column.length, length),
						std::max(column.length, length))
				.with_hint("All arrays of a column must have the same number of elements.");
	}
}

void RowStore::widen(Column &column, int length)
{
	const int limit = column.role == NN_TARGET ? kMaxOutputs : kMaxInputs;

	if (length > limit)
		throw Error(NN_LIMIT, "column \"%s\" has arrays of %d elements, at most %d are possible",
					column.name.c_str(), length, limit);

	if (fixed_)
		throw Error(NN_LIMIT,
					"column \"%s\" is NULL in all rows that fit the %zu MB of memory allowed",
					column.name.c_str(), megabytes(budget_))
			.with_hint(
				"Set maintenance_work_mem to more, or let the query return rows with an array "
				"first.");
	const std::vector<Chunk> old_chunks = std::move(chunks_);
	const size_t old_rows = rows_, old_stride = stride_, old_bits = chunk_bits_;
	std::vector<size_t> old_offsets;
	for (const Column &c : columns_)
		old_offsets.push_back(c.offset);
	column.length = length;
	chunks_.clear();
	layout();
	for (rows_ = 0; rows_ < old_rows; rows_++)
	{
		const unsigned char *old_row = old_chunks[rows_ >> old_bits].get() +
									   (rows_ & ((size_t(1) << old_bits) - 1)) * old_stride;
		if (!reserve_row())
		{
			left_out_ += old_rows - rows_;
			return;
		}
		unsigned char *row = rewritten(rows_, stride_);
		for (size_t c = 0; c < columns_.size(); c++)
			if (&columns_[c] != &column)
				memcpy(row + columns_[c].offset, old_row + old_offsets[c], columns_[c].bytes());
		memset(row + column.offset, 0xff, column.bytes()); // a NaN in each
		set_hash(rows_, hash_of(row));
	}
}

nn_value RowStore::value(const Input &input, size_t c) const
{
	if (!is_word(input, c))
		return input.values[c];
	nn_value value = {};
	value.type = input.nulls[c] ? NN_NULL_VALUE : NN_FLOAT8_VALUE;
	value.number = word_number(columns_[c].word, input.words[c]);
	return value;
}

bool RowStore::is_null(const Input &input, size_t c) const
{
	return is_word(input, c) ? input.nulls[c] : holds_null(input.values[c]);
}

// Whether the row is left out; counts why.
bool RowStore::skip(const Input &input)
{
	if (value(input, with_role_[NN_TARGET]).type == NN_NULL_VALUE)
	{
		skipped_.no_target++;
		return true;
	}
	if (find(NN_WEIGHT) != nullptr)
	{
		const nn_value weight = value(input, with_role_[NN_WEIGHT]);
		if (weight.type == NN_FLOAT8_VALUE && weight.number == 0)
		{
			skipped_.no_weight++;
			return true;
		}
	}
	if (!skip_missing_ || !has_missing(input))
		return false;
	skipped_.missing++;
	return true;
}

// Whether a feature is NULL, or an element of it; counts which.
bool RowStore::has_missing(const Input &input)
{
	bool result = false;

	for (size_t c = 0; c < columns_.size(); c++)
	{
		if (columns_[c].role == NN_FEATURE && is_null(input, c))
		{
			columns_[c].missing++;
			result = true;
		}
	}
	return result;
}

void RowStore::add(const uint64_t *words, const bool *nulls, const nn_value *values)
{
	const Input input = {words, nulls, values};

	if (skip(input))
		return;
	if (arrays_)
		learn_lengths(input);
	if (!reserve_row())
	{
		left_out_++;
		return;
	}

	unsigned char *row = rewritten(rows_, stride_);
	const auto store_all = [&](size_t first, size_t count) {
		for (size_t c = first; c < first + count; c++)
			store(columns_[c], value(input, c), row);
	};
	if (words == nullptr)
		store_all(0, columns_.size());
	else
	{
		for (const WordRun &run : runs_)
			if (!store_words(run, words, nulls, row))
				store_all(run.first, run.columns);
		for (size_t c : singles_)
			store_all(c, 1);
	}
	set_hash(rows_, hash_of(row));
	count_class(row);
	rows_++;
}

// It depends on nothing but the values.
uint64_t RowStore::hash_of(const unsigned char *row) const
{
	uint64_t hash = hash_words(row + kHashBytes, numbers_);

	for (size_t c : texts_)
	{
		const uint32_t code = columns_[c].code(row);
		hash = mix(hash ^ (code > 0 ? columns_[c].dictionary.hash(code) : kNullHash));
	}
	return hash;
}

void RowStore::count_class(const unsigned char *row)
{
	const Column &target = columns_[with_role_[NN_TARGET]];
	const size_t number = target.text() ? target.code(row) : 0;

	if (number >= class_rows_.size())
		class_rows_.resize(number + 1);
	class_rows_[number]++;
}

void RowStore::store(Column &column, const nn_value &value, unsigned char *row)
{
	unsigned char *to = row + column.offset;

	if (value.type == NN_NULL_VALUE)
	{
		column.missing++;
		// 0xff in all bytes is a NaN; a code is 0
		memset(to, column.text() ? 0 : 0xff, column.bytes());
	}
	else if (column.text())
	{
		const uint32_t code = code_of(column, value);
		memcpy(to, &code, sizeof(code));
	}
	else if (column.role == NN_FEATURE && !dry_run_ && value.nulls == nullptr &&
			 value.type == (column.wide ? NN_FLOAT8_VALUES : NN_FLOAT4_VALUES) &&
			 store_block(value.data, static_cast<size_t>(column.length), column.wide, to))
		return;
	else
		store_numbers(column, value, to);
}

// A text's number in the dictionary; 0 where the column was left out.
uint32_t RowStore::code_of(Column &column, const nn_value &value)
{
	const char *text = static_cast<const char *>(value.data);
	const size_t length = static_cast<size_t>(value.length);

	if (!column.refused.empty())
		return 0;
	if (dry_run_ && column.role != NN_TARGET && !column.dictionary.takes(text, length))
	{
		column.refused = column.dictionary.refusal(length, column.name).message;
		return 0;
	}
	return column.dictionary.add(text, length, value.number, column.name);
}

void RowStore::store_numbers(Column &column, const nn_value &value, unsigned char *to)
{
	constexpr double kNull = std::numeric_limits<double>::quiet_NaN();
	bool missing = false, not_finite = false, negative = false, fraction = false;

	for (int i = 0; i < column.length; i++, to += column.width())
	{
		const bool null = value.nulls != nullptr && value.nulls[i];
		const double given = null                            ? kNull
							 : value.type == NN_FLOAT8_VALUE ? value.number
							 : value.type == NN_FLOAT4_VALUES
								 ? static_cast<double>(static_cast<const float *>(value.data)[i])
								 : static_cast<const double *>(value.data)[i];
		const double number = given + 0.0; // -0 equals 0 for everyone, so here too
		const float narrow = static_cast<float>(number);

		missing = missing || null;
		not_finite = not_finite || !(null || std::isfinite(number));
		negative = negative || number < 0;
		fraction = fraction || (dry_run_ && number > std::floor(number));
		if (column.wide)
			memcpy(to, &number, sizeof(number));
		else
			memcpy(to, &narrow, sizeof(narrow));
	}
	column.missing += missing;
	column.not_finite += not_finite;
	column.negative += negative;
	column.fractions += fraction;
}

void RowStore::shrink(size_t limit)
{
	rows_ = 0;
	chunks_.clear();
	limit_ = std::max(limit, (stride_ + kIndexBytes) << chunk_bits_);
}

void RowStore::add_stored(const unsigned char *row, uint64_t hash)
{
	if (!reserve_row())
		throw Error(NN_BUG, "no room for a row");
	memcpy(rewritten(rows_, stride_), row, stride_);
	set_hash(rows_++, hash);
}

void RowStore::finish_rewriting(size_t stride)
{
	const size_t bytes = stride << chunk_bits_;

	stride_ = stride;
	for (Chunk &chunk : chunks_)
	{
		unsigned char *shrunk = static_cast<unsigned char *>(realloc(chunk.get(), bytes));
		if (shrunk == nullptr) // then the chunk stays as it was
			continue;
		static_cast<void>(chunk.release());
		chunk.reset(shrunk);
	}
}

} // namespace nn
