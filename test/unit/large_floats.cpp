/*
 * large_floats.cpp: memory for many floats starts where kernels like it, holds all of them whatever their
 * number, and is shared by copies.
 */
#include "core/large_floats.h"

#include <cstdint>
#include <optional>

#include <gtest/gtest.h>

#include "core/error.h"

namespace
{

using nn::LargeFloats;

// Around a cache line, half of a large page and a whole one.
TEST(LargeFloats, AreAlignedAndComplete)
{
	constexpr size_t kPage = (2 << 20) / sizeof(float);

	for (size_t count : {size_t(0), size_t(1), size_t(16), size_t(17), kPage / 2 - 1, kPage / 2,
						 kPage - 1, kPage, kPage + 1, 3 * kPage / 2})
	{
		const LargeFloats floats(count);
		const size_t alignment = count < kPage / 2 ? 64 : 2 << 20;

		EXPECT_EQ(reinterpret_cast<uintptr_t>(floats.data()) % alignment, 0u) << count;
		std::fill_n(floats.data(), count, 1.0f); // sanitizers watch
	}
}

TEST(LargeFloats, AreSharedByCopies)
{
	std::optional<LargeFloats> first(LargeFloats(1000));
	first->data()[999] = 3;
	const LargeFloats copy = *first;

	EXPECT_EQ(copy.data(), first->data());
	first.reset();
	EXPECT_EQ(copy.data()[999], 3);
}

TEST(LargeFloats, RefuseWhatOverflows)
{
	EXPECT_THROW(LargeFloats(SIZE_MAX / 2), nn::Error);
	EXPECT_THROW(LargeFloats(SIZE_MAX / sizeof(float)), nn::Error);
}

} // namespace
