/*
 * kernels_elementwise.cpp: the kernels that go over arrays once, against double; and that they do the
 * same to an element wherever the arrays are cut.
 */
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "floats.h"

namespace
{

using nn::Kernels;
using namespace floats;

constexpr size_t kCounts[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1000};

// The same bits as one by one, and whatever is not finite is noticed wherever it stands.
template <class T, class Function> void expect_standardised(const Kernels &k, Function standardise)
{
	for (size_t n : kCounts)
	{
		SCOPED_TRACE(std::string(nn::simd_name(k.simd)) + ", " + std::to_string(n));
		std::vector<T> values(n);
		std::vector<double> mean(n), reciprocal(n);
		for (size_t i = 0; i < n; i++)
		{
			values[i] = static_cast<T>(1e6 * std::sin(static_cast<double>(i)));
			mean[i] = std::cos(static_cast<double>(i));
			reciprocal[i] = 1 / (1.5 + mean[i]);
		}
		const auto finite = [&] {
			Floats x(n + 1, 7); // nothing behind them is touched
			const bool result =
				standardise(values.data(), mean.data(), reciprocal.data(), n, x.data());
			EXPECT_EQ(x[n], 7);
			for (size_t i = 0; i < n && result; i++)
				EXPECT_EQ(x[i], static_cast<float>((static_cast<double>(values[i]) - mean[i]) *
												   reciprocal[i]));
			return result;
		};
		EXPECT_TRUE(finite());
		for (size_t i = 0; i < n; i++)
			for (T wrong : {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(),
							-std::numeric_limits<T>::infinity()})
			{
				const T right = std::exchange(values[i], wrong);
				EXPECT_FALSE(finite()) << i;
				values[i] = right;
			}
	}
}

TEST(Kernels, Standardise)
{
	for (const Kernels *k : available())
	{
		expect_standardised<double>(*k, k->standardise);
		expect_standardised<float>(*k, k->standardise_floats);
	}
}

TEST(Kernels, Adam)
{
	constexpr nn::AdamStep kStep = {0.01f, 0.9f, 0.999f, 1.25f, 1e-8f};
	for (const Kernels *k : available())
		for (size_t n : kCounts)
		{
			SCOPED_TRACE(std::string(nn::simd_name(k->simd)) + ", " + std::to_string(n));
			const Floats g = numbers(n, 1), p0 = numbers(n, 2), m0 = numbers(n, 3);
			Floats v0 = numbers(n, 4);
			for (float &v : v0)
				v *= v;
			Floats p = p0, m = m0, v = v0, p2 = p0, m2 = m0, v2 = v0;
			k->adam(kStep, n, g.data(), p.data(), m.data(), v.data());

			for (size_t i = 0; i < n; i++)
			{
				const double mean = 0.9 * m0[i] + 0.1 * g[i];
				const double square = 0.999 * v0[i] + 0.001 * double(g[i]) * g[i];
				ASSERT_NEAR(m[i], mean, 2e-7);
				ASSERT_NEAR(v[i], square, 2e-7);
				ASSERT_NEAR(p[i], p0[i] - 0.01 * m[i] / (std::sqrt(1.25 * v[i]) + 1e-8),
							1e-6 + 1e-8 * std::abs(m[i] / std::sqrt(v[i])));
			}
			const size_t half = n / 2;
			k->adam(kStep, half, g.data(), p2.data(), m2.data(), v2.data());
			k->adam(kStep, n - half, g.data() + half, p2.data() + half, m2.data() + half,
					v2.data() + half);
			EXPECT_TRUE(same_bits(p, p2) && same_bits(m, m2) && same_bits(v, v2));
		}
}

TEST(Kernels, Sgd)
{
	for (const Kernels *k : available())
		for (size_t n : kCounts)
		{
			SCOPED_TRACE(std::string(nn::simd_name(k->simd)) + ", " + std::to_string(n));
			const Floats g = numbers(n, 1), p0 = numbers(n, 2), v0 = numbers(n, 3);
			Floats p = p0, v = v0, p2 = p0, v2 = v0;
			k->sgd(0.01f, 0.75f, n, g.data(), p.data(), v.data());

			for (size_t i = 0; i < n; i++)
			{
				ASSERT_NEAR(v[i], 0.75 * v0[i] - 0.01 * g[i], 2e-7);
				ASSERT_NEAR(p[i], p0[i] + 0.75 * v0[i] - 0.01 * g[i], 2e-7);
			}
			const size_t half = n / 2;
			k->sgd(0.01f, 0.75f, half, g.data(), p2.data(), v2.data());
			k->sgd(0.01f, 0.75f, n - half, g.data() + half, p2.data() + half, v2.data() + half);
			EXPECT_TRUE(same_bits(p, p2) && same_bits(v, v2));
		}
}

TEST(Kernels, Add)
{
	for (const Kernels *k : available())
		for (size_t n : kCounts)
		{
			SCOPED_TRACE(std::string(nn::simd_name(k->simd)) + ", " + std::to_string(n));
			const Floats x = numbers(n, 1), y0 = numbers(n, 2);
			Floats y = y0, sum = y0;
			k->add(-0.3f, n, x.data(), y.data());
			k->add(1, n, x.data(), sum.data());
			for (size_t i = 0; i < n; i++)
			{
				ASSERT_NEAR(y[i], y0[i] - 0.3 * x[i], 2e-7);
				ASSERT_EQ(sum[i], y0[i] + x[i]);
			}
		}
}

} // namespace
