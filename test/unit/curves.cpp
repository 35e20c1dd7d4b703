/*
 * curves.cpp: the functions of activations and losses in each instruction set, over a sample of all
 * floats, against the C library's in double.
 */
#include "core/curves.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/simd.h"

namespace
{

using nn::Curves;
using nn::Simd;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct Case
{
	const char *name;
	Curves::Function *Curves::*function;
	std::function<double(double)> exact;
	double ulps; // that are allowed
	float at_minus_infinity, at_infinity;
};

const Case kCases[] = {
	{"exp", &Curves::exp, [](double x) { return std::exp(x); }, 2, 0, kInfinity},
	{"tanh", &Curves::tanh, [](double x) { return std::tanh(x); }, 3, -1, 1},
	{"sigmoid", &Curves::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 4, 0, 1},
	{"softplus", &Curves::softplus,
	 [](double x) { return std::fmax(x, 0) + std::log1p(std::exp(-std::abs(x))); }, 3, 0,
	 kInfinity},
	{"normal_cdf", &Curves::normal_cdf, [](double x) { return std::erfc(-x * M_SQRT1_2) / 2; }, 70,
	 0, 1},
};

// Every so many of all floats, NaNs apart: both signs, denormal numbers, infinities.
std::vector<float> sample()
{
	std::vector<float> numbers = {0, -0.0f, kInfinity, -kInfinity, 1e-45f, -1e-45f, 88.72284f};

	for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 16411)
	{
		const uint32_t pattern = static_cast<uint32_t>(bits);
		float x;
		memcpy(&x, &pattern, sizeof(x));
		if (!std::isnan(x))
			numbers.push_back(x);
	}
	for (int i = -2000; i <= 2000; i++) // where most happens
		numbers.push_back(static_cast<float>(i) / 19);
	return numbers;
}

double ulp(double x)
{
	return std::ldexp(1, std::max(std::ilogb(x), -126) - 23);
}

// Results in units in the last place off the exact ones.
double largest_error(const Case &c, const std::vector<float> &x, const std::vector<float> &y)
{
	double largest = 0;

	for (size_t i = 0; i < x.size(); i++)
	{
		const double exact = c.exact(static_cast<double>(x[i]));
		if (static_cast<float>(exact) == y[i])
			continue;
		const double error = std::abs(static_cast<double>(y[i]) - exact) / ulp(exact);
		// what is below the smallest normal number may be 0
		if (y[i] != 0 || std::abs(exact) >= std::numeric_limits<float>::min())
			largest = std::max(largest, std::isfinite(error) ? error : 1e9);
	}
	return largest;
}

std::vector<float> run(Curves::Function *function, const std::vector<float> &x)
{
	std::vector<float> y(x.size(), kNaN);
	function(x.size(), x.data(), y.data());
	return y;
}

class EverySimd : public testing::TestWithParam<int>
{
protected:
	void SetUp() override
	{
		const Simd simd = static_cast<Simd>(GetParam());
		if (!nn::simd_available(simd))
			GTEST_SKIP() << "needs a processor with " << nn::simd_name(simd);
		nn::set_simd(simd);
	}
	void TearDown() override { nn::set_simd(nn::best_simd()); }
};
INSTANTIATE_TEST_SUITE_P(Curves, EverySimd, testing::Range(0, nn::kSimdCount));

TEST_P(EverySimd, AreAsExactAsTheySay)
{
	const std::vector<float> x = sample();

	for (const Case &c : kCases)
		EXPECT_LE(largest_error(c, x, run(nn::curves().*c.function, x)), c.ulps) << c.name;
}

TEST_P(EverySimd, KeepNaNAndHaveTheirLimits)
{
	for (const Case &c : kCases)
	{
		const std::vector<float> y =
			run(nn::curves().*c.function, {kNaN, -kNaN, -kInfinity, kInfinity});
		EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[1])) << c.name;
		EXPECT_EQ(y[2], c.at_minus_infinity) << c.name;
		EXPECT_EQ(y[3], c.at_infinity) << c.name;
	}
}

// Any number of elements, in place, none beyond the end, the same wherever they stand.
TEST_P(EverySimd, TakeAnyNumberInPlace)
{
	for (const Case &c : kCases)
		for (size_t n = 0; n < 40; n++)
		{
			std::vector<float> x(n + 1, -0.75f);
			x[n] = 7;
			const std::vector<float> one = run(nn::curves().*c.function, {-0.75f});
			(nn::curves().*c.function)(n, x.data(), x.data());
			for (size_t i = 0; i < n; i++)
				ASSERT_EQ(x[i], one[0]) << c.name << ", " << n;
			ASSERT_EQ(x[n], 7) << c.name << ", " << n;
		}
}

TEST(Curves, OfTheInstructionSetsWithFusedMultiplyAddAgree)
{
	if (!nn::simd_available(Simd::kAvx512))
		GTEST_SKIP() << "needs a processor with AVX-512";
	const std::vector<float> x = sample();
	for (const Case &c : kCases)
	{
		nn::set_simd(Simd::kAvx2);
		const std::vector<float> narrow = run(nn::curves().*c.function, x);
		nn::set_simd(Simd::kAvx512);
		const std::vector<float> wide = run(nn::curves().*c.function, x);
		EXPECT_EQ(memcmp(narrow.data(), wide.data(), x.size() * sizeof(float)), 0) << c.name;
	}
}

} // namespace
