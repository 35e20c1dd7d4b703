/*
 * simd.cpp: the names of the instruction sets, and the choice of one.
 */
#include "core/simd.h"

#include <gtest/gtest.h>

#include "core/kernels.h"
#include "rows.h"

namespace
{

using nn::Simd;

TEST(Simd, NamesAndChoice)
{
	const Simd before = nn::current_simd();
	Simd found;

	EXPECT_EQ(before, nn::best_simd());
	for (int i = 0; i < nn::kSimdCount; i++)
	{
		ASSERT_TRUE(nn::find_simd(nn::simd_name(static_cast<Simd>(i)), found));
		EXPECT_EQ(found, static_cast<Simd>(i));
		if (nn::simd_available(found))
		{
			nn::set_simd(found);
			EXPECT_EQ(nn::current_simd(), found);
			EXPECT_EQ(nn::kernels().simd, found);
		}
		else
			EXPECT_EQ(rows::error_of([&] { nn::set_simd(found); }).code, NN_INVALID);
	}
	ASSERT_TRUE(nn::find_simd("auto", found));
	EXPECT_EQ(found, nn::best_simd());
	EXPECT_FALSE(nn::find_simd("AVX2 ", found));
	EXPECT_FALSE(nn::find_simd("", found));
	EXPECT_TRUE(nn::simd_available(Simd::kBaseline));
	nn::set_simd(before);
}

} // namespace
