#include "core/pages.h"

#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace nn
{

namespace
{

constexpr size_t kLargePage = size_t(2) << 20; // of x86-64, and of others at most

} // namespace

void prefer_large_pages(void *memory, size_t bytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
	const uintptr_t address = reinterpret_cast<uintptr_t>(memory);
	const uintptr_t first = (address + kLargePage - 1) / kLargePage * kLargePage;
	const uintptr_t end = (address + bytes) / kLargePage * kLargePage;

	if (first < end) // an error makes no difference
		madvise(static_cast<char *>(memory) + (first - address), end - first, MADV_HUGEPAGE);
#else
	(void) memory, (void) bytes;
#endif
}

void *allocate_pages(size_t bytes)
{
	void *memory = bytes < kLargePage ? malloc(bytes) : aligned_alloc(kLargePage, bytes);

	if (memory != nullptr)
		prefer_large_pages(memory, bytes);
	return memory;
}

} // namespace nn
