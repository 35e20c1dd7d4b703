/*
 * canonical.h: the order of the rows that everything follows, whatever order they came in: by a hash
 * of their content.
 */
#ifndef PGNN_CANONICAL_H
#define PGNN_CANONICAL_H

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/rowstore.h"
#include "core/threads.h"

namespace nn
{

// One kind of work over many items, done in pieces of at most grain; run gives how far it came.
struct Phase
{
	size_t items, grain;
	std::function<size_t(size_t begin, size_t end)> run;
};

class CanonicalOrder
{
public:
	// Of the rows of a store that gets no more of them, and whose hashes it may change. Both outlive it.
	CanonicalOrder(RowStore &store, Threads &threads)
		: store_(store), threads_(threads), spare_(static_cast<size_t>(threads.count()))
	{}

	// What sorts them, to be run in this order.
	void add_phases(std::vector<Phase> &phases);

	// The same, but copies stay together.
	void add_sort_phases(std::vector<Phase> &phases);

	// The row at a place, once the phases have been run.
	uint32_t row(size_t place) const { return keys_[place].row; }

private:
	struct Key
	{
		uint64_t hash;
		uint32_t row;
	};

	void add_sort(std::vector<Phase> &phases, bool again);
	void count_keys(size_t begin, size_t end);
	void place_keys(size_t begin, size_t end);
	void sort_keys(size_t begin, size_t end);
	static void sort_bucket(Key *keys, size_t n, std::vector<Key> &spare);
	void tell_duplicates_apart(size_t begin, size_t end);

	RowStore &store_;
	Threads &threads_;
	size_t rows_ = 0;
	std::unique_ptr<Key[]> keys_;
	std::vector<size_t> buckets_;         // where each bucket of keys starts, later: ends
	std::vector<std::vector<Key>> spare_; // a bucket of each thread
	uint64_t last_hash_ = 0, copies_ = 0; // of the key before, among those of its hash
	bool duplicates_ = false;
};

} // namespace nn

#endif
