/*
 * kernels_curves.h: the functions of curves.h, compiled once for each instruction set.
 *
 * Polynomials are best approximations (of least largest error relative to the function), found by
 * weighted least squares on Chebyshev nodes; the errors noted are theirs, before rounding.
 */
#ifndef PGNN_KERNELS_CURVES_H
#define PGNN_KERNELS_CURVES_H

#include "core/curves.h"
#include "core/kernels_vector.h"

namespace nn::PGNN_KERNELS
{
namespace
{

typedef int IntVec __attribute__((vector_size(kWidth * sizeof(int))));

PGNN_INLINE Vec magnitude(Vec x)
{
	return reinterpret_cast<Vec>(reinterpret_cast<IntVec>(x) & 0x7fffffff);
}

// The first coefficient is that of the highest power.
template <size_t N> PGNN_INLINE Vec polynomial(const float (&coefficients)[N], Vec x)
{
	Vec y = broadcast(coefficients[0]);
#pragma GCC unroll 16
	for (size_t i = 1; i < N; i++)
		y = fused_add(y, x, broadcast(coefficients[i]));
	return y;
}

// 2^n for -126 <= n <= 127.
PGNN_INLINE Vec power_of_2(IntVec n)
{
	return reinterpret_cast<Vec>((n + 127) << 23);
}

// With x = n ln 2 + r and |r| <= ln 2 / 2 it is 2^n e^r, and e^r = 1 + r + r^2 Q(r) to 3e-9. 2^n comes
// in two factors, as it may be beyond what a float holds though the product isn't.
PGNN_INLINE Vec exp_of(Vec x)
{
	constexpr float kQ[] = {0.00139505f, 0.00836892f, 0.04166621f, 0.16666519f, 0.5f};
	constexpr float kLog2E = 1.44269504088896341f;
	constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f; // n * high is exact
	constexpr float kRound = 12582912; // 1.5 * 2^23: where a float's last place is 1
	const Vec low = broadcast(-104), high = broadcast(89);

	x = x < low ? low : x > high ? high : x; // there it is 0 and infinity; NaN is neither
	const Vec shifted = fused_add(x, broadcast(kLog2E), broadcast(kRound));
	const Vec n = shifted - kRound;
	const Vec r = fused_add(n, broadcast(-kLn2Low), fused_add(n, broadcast(-kLn2High), x));
	const Vec y = fused_add(polynomial(kQ, r), r * r, r) + 1;
	const IntVec power =
		reinterpret_cast<IntVec>(shifted) - reinterpret_cast<IntVec>(broadcast(kRound));
	const IntVec half = power >> 1;
	return y * power_of_2(half) * power_of_2(power - half);
}

// Near 0 it is x + x^3 Q(x^2) to 5e-9, elsewhere 1 - 2 / (e^2|x| + 1) with the sign of x.
PGNN_INLINE Vec tanh_of(Vec x)
{
	constexpr float kQ[] = {-0.00566078f, 0.020602f, -0.05372923f, 0.13331329f, -0.33333278f};
	const Vec square = x * x, size = magnitude(x);
	const Vec far = 1 - 2 / (exp_of(2 * size) + 1);

	return size < 0.625f ? fused_add(polynomial(kQ, square) * square, x, x)
		   : x < Vec{}   ? -far
						 : far;
}

// Of no positive number, so that nothing overflows.
PGNN_INLINE Vec sigmoid_of(Vec x)
{
	const Vec e = exp_of(-magnitude(x));
	return (x < Vec{} ? e : broadcast(1)) / (1 + e);
}

// max(x, 0) + ln(1 + e^-|x|), and ln(1 + e) = e P(e) to 5e-9 of it for 0 <= e <= 1.
PGNN_INLINE Vec softplus_of(Vec x)
{
	constexpr float kP[] = {-0.0032439808837771f, 0.0198512627273970f,  -0.0569591592743440f,
							0.1060361689109132f,  -0.1530557012965273f, 0.1967593146785940f,
							-0.2495413213642335f, 0.3332996226805461f,  -0.4999990241717968f,
							0.9999999952868720f};
	const Vec e = exp_of(-magnitude(x));
	return fused_add(polynomial(kP, e), e, x < Vec{} ? Vec{} : x);
}

// erfc(x) e^(x^2) = t R(t) with t = 1 / (1 + 0.4 x), to 7e-9 of it for all x >= 0; the distribution is
// erfc(-z / sqrt(2)) / 2.
PGNN_INLINE Vec normal_cdf_of(Vec z)
{
	constexpr float kR[] = {-0.0292151690771206f, 0.1404469778613003f,  -0.2355278202144912f,
							0.1375620929488806f,  -0.0468956777848807f, 0.0839166397974006f,
							0.1190082304634578f,  0.1717392968521859f,  0.2076137280036517f,
							0.2256758601785675f,  0.2256758347919229f};
	const Vec x = magnitude(z) * 0.70710678118654752f;
	const Vec t = 1 / (1 + 0.4f * x);
	const Vec e = exp_of(magnitude(z) * magnitude(z) * -0.5f);
	const Vec tail = polynomial(kR, t) * t * e * 0.5f;

	return z < Vec{} ? tail : 1 - tail;
}

template <Vec (*f)(Vec)> void map(size_t count, const float *x, float *y)
{
	for (size_t i = 0; i < count; i += kWidth)
	{
		const size_t lanes = count - i < kWidth ? count - i : kWidth;
		store_first(y + i, f(load_first(x + i, lanes)), lanes);
	}
}

} // namespace

extern const Curves kCurves = {map<exp_of>, map<tanh_of>, map<sigmoid_of>, map<softplus_of>,
							   map<normal_cdf_of>};

} // namespace nn::PGNN_KERNELS

#endif
