/*
 * allocations.h: the allocators of the test program, which can be told to fail, and which count.
 */
#ifndef PGNN_TEST_ALLOCATIONS_H
#define PGNN_TEST_ALLOCATIONS_H

#include <atomic>
#include <cstddef>
#include <cstdint>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PGNN_TEST_MALLOC 1
#else
#define PGNN_TEST_MALLOC 0
#endif

namespace allocations
{

extern bool armed;                  // fail
extern bool for_good;               // not the one allocation alone, but all after it, too
extern std::atomic<size_t> allowed; // allocations before the one that fails
extern std::atomic<size_t> failures;

// From here on, where malloc is that of the test program.
extern bool counting;
extern std::atomic<int64_t> bytes,
	most_bytes; // taken and not given back: now, and when they were most

} // namespace allocations

#endif
