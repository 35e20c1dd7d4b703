#include "core/large_floats.h"

#include <algorithm>
#include <cstdint>

#include "core/checked.h"
#include "core/pages.h"

namespace nn
{

namespace
{

constexpr size_t kLine = 64, kLargePage = size_t(2) << 20; // bytes

} // namespace

LargeFloats::LargeFloats(size_t count)
{
	const size_t bytes = checked_multiply(count, sizeof(float));
	const size_t pages = (bytes + kLargePage / 2) / kLargePage; // the last at least half full
	const size_t alignment = pages > 0 ? kLargePage : kLine;

	memory_.reset(new char[checked_add(std::max(bytes, pages * kLargePage), alignment)]);
	const auto address = reinterpret_cast<uintptr_t>(memory_.get());
	void *data = memory_.get() + (-address % alignment);
	if (pages > 0)
		prefer_large_pages(data, pages * kLargePage);
	data_ = static_cast<float *>(data);
}

} // namespace nn
