/*
 * simd.cpp: the names of the instruction sets, and the choice of one.
 */
#include "core/simd.h"

#include <gtest/gtest.h>

#include "core/kernels.h"
#include "rows.h"
#include "tables.h"
#include "training.h"

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

// A training whose every part has kernels of its own: the parameters, and the loss.
std::vector<float> outcome(Simd simd, const char *activation)
{
	nn_options o = training::small_network();

	o.hidden = training::kHidden<40, 24>;
	o.activations = &activation;
	o.epochs = 2;
	nn::set_simd(simd);
	const training::Training run = training::train(tables::mixed(400), o);
	std::vector<float> result = run.parameters();
	result.push_back(static_cast<float>(run.result.loss));
	nn::set_simd(nn::best_simd());
	return result;
}

TEST(Simd, MakesNoDifferenceToTheModelOrLittle)
{
	for (const char *activation : {"relu", "gelu", "silu", "tanh", "softplus", "elu"})
	{
		const std::vector<float> plain = outcome(Simd::kBaseline, activation);
		if (!nn::simd_available(Simd::kAvx2))
			GTEST_SKIP() << "needs a processor with AVX2";
		const std::vector<float> avx2 = outcome(Simd::kAvx2, activation);
		EXPECT_NEAR(plain.back(), avx2.back(), 1e-4 * std::abs(avx2.back())) << activation;
		if (nn::simd_available(Simd::kAvx512))
		{
			EXPECT_EQ(avx2, outcome(Simd::kAvx512, activation)) << activation;
		}
	}
}

} // namespace
