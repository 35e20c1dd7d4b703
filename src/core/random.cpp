#include "core/random.h"

#include <cstring>

namespace nn
{

uint64_t hash_bytes(const void *data, size_t length)
{
	const unsigned char *bytes = static_cast<const unsigned char *>(data);
	uint64_t hash = mix(length + 1);

	// Words are put together byte by byte, so that byte order doesn't matter.
	for (size_t start = 0; start < length; start += 8)
	{
		uint64_t word = 0;
		for (size_t i = start; i < length && i < start + 8; i++)
			word = word << 8 | bytes[i];
		hash = mix(hash ^ mix(word + 0x9e3779b97f4a7c15u));
	}
	return hash;
}

namespace
{

uint64_t fold(uint64_t a, uint64_t b)
{
	const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
	return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Two words, the same in either byte order.
uint64_t pair_at(const unsigned char *words)
{
	uint32_t low, high;
	memcpy(&low, words, sizeof(low));
	memcpy(&high, words + sizeof(low), sizeof(high));
	return low | static_cast<uint64_t>(high) << 32;
}

} // namespace

uint64_t hash_words(const void *words, size_t count)
{
	constexpr uint64_t kFirst = 0xa0761d6478bd642fu, kSecond = 0xe7037ed1a0b428dbu;
	const unsigned char *next = static_cast<const unsigned char *>(words);
	uint64_t hash = mix(count + 5);

	for (; count >= 4; count -= 4, next += 16)
		hash = fold(pair_at(next) ^ kFirst, pair_at(next + 8) ^ hash);
	if (count > 0)
	{
		unsigned char rest[16] = {};
		memcpy(rest, next, 4 * count);
		hash = fold(pair_at(rest) ^ kFirst, pair_at(rest + 8) ^ hash);
	}
	return fold(hash ^ kSecond, kFirst);
}

} // namespace nn
