/*
 * random.h: random numbers and hashes that are the same on every platform.
 */
#ifndef PGNN_RANDOM_H
#define PGNN_RANDOM_H

#include <cstddef>
#include <cstdint>

namespace nn
{

// Stafford's 13th variant of the MurmurHash3 finalizer, as in SplitMix64: a bijection of 64 bits.
// Source: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014.
inline uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

// A hash of the bytes; the same on every machine.
uint64_t hash_bytes(const void *data, size_t length);

// The same of count 32-bit words: a long multiplication for every four. After Wang Yi's wyhash, 2020.
uint64_t hash_words(const void *words, size_t count);

// SplitMix64 (same source): a counter through mix(). Period 2^64, any seed is good.
class Random
{
public:
	// A stream of its own for each (seed, stream).
	explicit Random(uint64_t seed, uint64_t stream = 0)
		: state_(mix(mix(seed + kGolden) + stream * kGolden))
	{}

	uint64_t next() { return mix(state_ += kGolden); }

	// Uniform in [0, 1), a multiple of 2^-53.
	double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

	// Uniform in [0, limit), limit > 0. Multiply-shift; its bias of limit / 2^64 is far below
	// anything that training could show. Source: D. Lemire, "Fast random integer generation in an
	// interval", 2019.
	uint64_t below(uint64_t limit)
	{
		return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * limit) >> 64);
	}

private:
	static constexpr uint64_t kGolden = 0x9e3779b97f4a7c15u;
	uint64_t state_;
};

} // namespace nn

#endif
