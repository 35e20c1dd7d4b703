/*
 * prefetch.h: memory that is soon to be read, asked for in time: rows lie anywhere in it.
 */
#ifndef PGNN_PREFETCH_H
#define PGNN_PREFETCH_H

#include <algorithm>
#include <cstddef>

namespace nn
{

constexpr size_t kAhead = 16; // rows between asking and reading

// Asks for bytes, to the last cache line; of long rows the processor finds the rest by itself.
inline void prefetch(const unsigned char *bytes, size_t count)
{
	constexpr size_t kLine = 64, kMost = 1024;

	count = std::min(count, kMost);
	for (size_t i = 0; i < count; i += kLine)
		__builtin_prefetch(bytes + i);
	__builtin_prefetch(bytes + count - 1);
}

} // namespace nn

#endif
