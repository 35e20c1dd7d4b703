/*
 * allocations.cpp: replaces the allocators of the whole test program: operator new always; malloc, by
 * which Eigen and the row store get theirs, where that is possible: with glibc, and without a
 * sanitizer, which has a malloc of its own.
 */
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>

#include "allocations.h"

#if PGNN_TEST_MALLOC
#include <malloc.h>
extern "C" void *__libc_malloc(size_t size);
extern "C" void *__libc_memalign(size_t alignment, size_t size);
extern "C" void *__libc_realloc(void *old, size_t size);
extern "C" void __libc_free(void *memory);
#endif

namespace allocations
{

bool armed = false, for_good = false, counting = false;
std::atomic<size_t> allowed{0}, failures{0};
std::atomic<int64_t> bytes{0}, most_bytes{0};

namespace
{

// Whether the allocation that asks must fail.
bool must_fail()
{
	if (!armed)
		return false;
	size_t left = allowed;
	while (left > 0)
		if (allowed.compare_exchange_weak(left, left - 1))
			return false;
	const size_t number = ++failures;
	return for_good || number == 1;
}

#if PGNN_TEST_MALLOC
int64_t size_of(void *memory)
{
	return counting && memory != nullptr ? static_cast<int64_t>(malloc_usable_size(memory)) : 0;
}

void *counted(void *memory)
{
	bytes += size_of(memory);
	most_bytes = std::max<int64_t>(most_bytes, bytes);
	return memory;
}
#endif

void *take(size_t size)
{
#if PGNN_TEST_MALLOC
	return counted(__libc_malloc(size > 0 ? size : 1));
#else
	return std::malloc(size > 0 ? size : 1);
#endif
}

} // namespace

} // namespace allocations

#if PGNN_TEST_MALLOC
extern "C" void *malloc(size_t size)
{
	if (!allocations::must_fail())
		return allocations::counted(__libc_malloc(size));
	errno = ENOMEM;
	return nullptr;
}

extern "C" void *aligned_alloc(size_t alignment, size_t size)
{
	if (!allocations::must_fail())
		return allocations::counted(__libc_memalign(alignment, size));
	errno = ENOMEM;
	return nullptr;
}

extern "C" void *realloc(void *old, size_t size)
{
	if (!allocations::must_fail())
	{
		const int64_t old_size = allocations::size_of(old);
		void *result = allocations::counted(__libc_realloc(old, size));
		allocations::bytes -= result != nullptr ? old_size : 0;
		return result;
	}
	errno = ENOMEM;
	return nullptr;
}

extern "C" void free(void *memory)
{
	allocations::bytes -= allocations::size_of(memory);
	__libc_free(memory);
}
#endif

// not inlined, so that the compiler does not take new and free() for a pair that doesn't match
__attribute__((noinline)) void *operator new(size_t size)
{
	void *result = allocations::must_fail() ? nullptr : allocations::take(size);
	if (result == nullptr)
		throw std::bad_alloc();
	return result;
}

__attribute__((noinline)) void *operator new(size_t size, const std::nothrow_t &) noexcept
{
	return allocations::must_fail() ? nullptr : allocations::take(size);
}

__attribute__((noinline)) void operator delete(void *memory) noexcept
{
	std::free(memory);
}

__attribute__((noinline)) void operator delete(void *memory, size_t) noexcept
{
	std::free(memory);
}
