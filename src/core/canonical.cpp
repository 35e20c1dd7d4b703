/*
 * canonical.cpp: keys go into buckets by their first bits; those of a bucket into small ones by the
 * next, which leaves little to be sorted.
 *
 * Rows of the same hash are the same rows, but for a chance of 3 in a million among 10 million rows;
 * then, too, only their order would follow the query's.
 */
#include "core/canonical.h"

#include <algorithm>
#include <array>

#include "core/pages.h"
#include "core/random.h"

namespace nn
{

namespace
{

constexpr size_t kKeysAtATime = 500000; // of a phase: some 10 ms
constexpr size_t kBucketBits = 12;
constexpr size_t kBucketsAtATime = 64;
constexpr size_t kSmallBits = 8;
constexpr size_t kMany = 256; // keys that are worth the small buckets

size_t bucket_of(uint64_t hash)
{
	return hash >> (64 - kBucketBits);
}

} // namespace

void CanonicalOrder::add_sort_phases(std::vector<Phase> &phases)
{
	rows_ = store_.rows();
	keys_.reset(new Key[rows_]); // without a first value
	prefer_large_pages(keys_.get(), rows_ * sizeof(Key));
	add_sort(phases, false);
}

void CanonicalOrder::add_phases(std::vector<Phase> &phases)
{
	add_sort_phases(phases);
	phases.push_back({rows_, kKeysAtATime, [this](size_t begin, size_t end) {
						  tell_duplicates_apart(begin, end);
						  return end;
					  }});
	add_sort(phases, true);
}

// again: only where there are duplicates
void CanonicalOrder::add_sort(std::vector<Phase> &phases, bool again)
{
	const auto add = [&](size_t items, size_t grain, auto run) {
		phases.push_back({items, grain, [this, again, run](size_t begin, size_t end) {
							  if (!again || duplicates_)
								  (this->*run)(begin, end);
							  return end;
						  }});
	};

	add(rows_, 4 * kKeysAtATime, &CanonicalOrder::count_keys);
	add(rows_, kKeysAtATime, &CanonicalOrder::place_keys);
	add(size_t(1) << kBucketBits, kBucketsAtATime, &CanonicalOrder::sort_keys);
}

void CanonicalOrder::count_keys(size_t begin, size_t end)
{
	if (begin == 0)
		buckets_.assign((size_t(1) << kBucketBits) + 1, 0);
	for (size_t row = begin; row < end; row++)
		buckets_[bucket_of(store_.hash(row)) + 1]++;
	if (end == rows_)
		for (size_t b = 1; b < buckets_.size(); b++)
			buckets_[b] += buckets_[b - 1];
}

void CanonicalOrder::place_keys(size_t begin, size_t end)
{
	for (size_t row = begin; row < end; row++)
	{
		const uint64_t hash = store_.hash(row);
		keys_[buckets_[bucket_of(hash)]++] = {hash, static_cast<uint32_t>(row)};
	}
}

void CanonicalOrder::sort_keys(size_t begin, size_t end)
{
	threads_.run(end - begin, [&](size_t i, size_t thread) {
		const size_t b = begin + i, first = b == 0 ? 0 : buckets_[b - 1];
		sort_bucket(keys_.get() + first, buckets_[b] - first, spare_[thread]);
	});
}

void CanonicalOrder::sort_bucket(Key *keys, size_t n, std::vector<Key> &spare)
{
	const auto less = [](const Key &x, const Key &y) { return x.hash < y.hash; };
	const auto small_of = [](const Key &key) {
		return key.hash << kBucketBits >> (64 - kSmallBits);
	};
	std::array<size_t, (size_t(1) << kSmallBits) + 1> starts = {};

	if (std::is_sorted(keys, keys + n, less)) // as many copies of one row are
		return;
	if (n < kMany)
		return std::sort(keys, keys + n, less);
	spare.assign(keys, keys + n);
	for (const Key &key : spare)
		starts[small_of(key) + 1]++;
	for (size_t s = 1; s < starts.size(); s++)
		starts[s] += starts[s - 1];
	for (const Key &key : spare)
		keys[starts[small_of(key)]++] = key;
	for (size_t s = 0, first = 0; s + 1 < starts.size(); first = starts[s++])
		std::sort(keys + first, keys + starts[s], less);
}

// Copies of a row get hashes of their own, by their number: they would otherwise stand together, and
// fill the held-out rows together. Which copy gets which makes no difference.
void CanonicalOrder::tell_duplicates_apart(size_t begin, size_t end)
{
	for (size_t k = begin; k < end; k++)
	{
		const uint64_t hash = keys_[k].hash;
		copies_ = k > 0 && hash == last_hash_ ? copies_ + 1 : 0;
		last_hash_ = hash;
		if (copies_ > 0)
		{
			store_.set_hash(keys_[k].row, mix(hash + mix(copies_)));
			duplicates_ = true;
		}
	}
}

} // namespace nn
