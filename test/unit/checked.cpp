/*
 * checked.cpp: arithmetic on sizes at its limits.
 */
#include "core/checked.h"

#include <cstdint>

#include <gtest/gtest.h>

#include "rows.h"

namespace
{

using nn::checked_add;
using nn::checked_multiply;
using rows::error_of;

TEST(Checked, Results)
{
	EXPECT_EQ(checked_add(2, 3), 5u);
	EXPECT_EQ(checked_add(SIZE_MAX, 0), SIZE_MAX);
	EXPECT_EQ(checked_add(SIZE_MAX - 7, 7), SIZE_MAX);
	EXPECT_EQ(checked_multiply(6, 7), 42u);
	EXPECT_EQ(checked_multiply(SIZE_MAX, 1), SIZE_MAX);
	EXPECT_EQ(checked_multiply(SIZE_MAX, 0), 0u);
	EXPECT_EQ(checked_multiply(size_t(1) << 31, size_t(1) << 32), size_t(1) << 63);
}

TEST(Checked, OverflowIsALimitThatNamesBothSizes)
{
	const nn::Error sum = error_of([] { checked_add(SIZE_MAX, 1); });
	EXPECT_EQ(sum.code, NN_LIMIT);
	EXPECT_STREQ(sum.message, "size overflow: 18446744073709551615 + 1");

	const nn::Error product = error_of([] { checked_multiply(size_t(1) << 32, size_t(1) << 32); });
	EXPECT_EQ(product.code, NN_LIMIT);
	EXPECT_STREQ(product.message, "size overflow: 4294967296 * 4294967296");
	EXPECT_EQ(error_of([] { checked_multiply(SIZE_MAX, 2); }).code, NN_LIMIT);
}

} // namespace
