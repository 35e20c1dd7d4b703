/*
 * spill.h: rows in canonical order that don't fit the memory: whenever it is full they are sorted there
 * and written as a run, and the runs are merged in the end.
 *
 * Copies of a row then stand together, as canonical.h doesn't want them to: the merge gives all but the
 * first of them hashes of their own and sorts them once more.
 */
#ifndef PGNN_SPILL_H
#define PGNN_SPILL_H

#include <memory>
#include <vector>

#include "core/canonical.h"
#include "core/temporary.h"

namespace nn
{

// Rows of a stride that are read or written at a time.
size_t rows_of_block(size_t budget, size_t stride);

class Spill
{
public:
	// Of the rows that come into the store, which is emptied again and again.
	explicit Spill(RowStore &store);

	// Starts to write the rows of the store; or, after the last of them, to merge all runs.
	void begin_run();
	void begin_merge();

	// Goes on with either; false when nothing is left to do. What take() gives must be written before.
	bool step();

	// A block to be written to the end of a file; false where there is none.
	bool take(int &file, size_t &offset, const void *&data, size_t &bytes);

	// All rows in canonical order, once they are merged.
	const StoredRows &sorted() const { return runs_[0]; }

	static constexpr int kFiles = 2;
	TemporaryFile &file(int number) { return files_[number]; }

	// Rows of the store that are read or written at a time.
	size_t block_rows() const { return block_rows_; }

private:
	enum class Stage
	{
		kIdle,
		kSort,
		kWrite,
		kNext, // merge, once all before it is written
		kMerge
	};

	// A row of a run that is its first one left.
	struct Head
	{
		uint64_t hash;
		size_t run;
		bool operator<(const Head &other) const { return hash > other.hash; } // for a heap
	};

	void sort();
	void write();
	void next_merge();
	void start_merge(size_t runs, int file, bool tell_apart);
	void push_head(size_t run);
	void merge();
	void end_merge();

	RowStore &store_;
	const size_t stride_, block_rows_, fan_in_; // fan-in: runs merged at a time
	TemporaryFile files_[kFiles];               // of runs; of the merge that tells copies apart
	std::vector<StoredRows> runs_;
	Stage stage_ = Stage::kIdle;

	// A run on its way.
	Threads alone_{1}; // sorting is quick, beside writing
	std::unique_ptr<CanonicalOrder> order_;
	std::vector<Phase> phases_;
	size_t phase_ = 0, done_ = 0;
	std::unique_ptr<Output> run_;

	// A merge.
	bool merging_ = false, tell_apart_ = false, told_apart_ = false;
	std::vector<std::unique_ptr<Input>> inputs_;
	std::vector<Head> heads_;
	std::unique_ptr<Output> merged_;
	int merged_file_ = 0;
	bool any_ = false; // a row came out already, of this hash, and so many copies of it
	uint64_t last_hash_ = 0, copies_ = 0;
};

} // namespace nn

#endif
