/*
 * kernels_standardise.h: numbers on their way to the inputs of a network.
 */
#ifndef PGNN_KERNELS_STANDARDISE_H
#define PGNN_KERNELS_STANDARDISE_H

#include "core/kernels_vector.h"

namespace nn::PGNN_KERNELS
{
namespace
{

template <class T, size_t n> struct Piece
{
	typedef T Type __attribute__((vector_size(n * sizeof(T))));
};

constexpr int32_t kLargest = 0x7f7fffff, kNoSign = 0x7fffffff; // bits of a float

// n numbers. What is more than the largest, or no number, becomes negative.
template <size_t n, class T>
PGNN_INLINE typename Piece<int32_t, n>::Type standardise_piece(const T *values, const double *mean,
															   const double *reciprocal, float *x)
{
	using Doubles = typename Piece<double, n>::Type;
	using Floats = typename Piece<float, n>::Type;
	typename Piece<T, n>::Type v;
	typename Piece<int32_t, n>::Type bits;
	Doubles m, r;

	__builtin_memcpy(&v, values, sizeof(v));
	__builtin_memcpy(&m, mean, sizeof(m));
	__builtin_memcpy(&r, reciprocal, sizeof(r));
	const Doubles z = (__builtin_convertvector(v, Doubles) - m) * r;
	const Floats single = __builtin_convertvector(z, Floats);
	__builtin_memcpy(x, &single, sizeof(single));
	__builtin_memcpy(&bits, &single, sizeof(bits));
	return kLargest - (bits & kNoSign);
}

// The last piece overlaps the one before it.
template <class T>
PGNN_INLINE bool standardise_all(const T *values, const double *mean, const double *reciprocal,
								 size_t count, float *x)
{
	constexpr size_t n = kWidth / 2;
	int32_t some = 0;

	if (count < n)
		for (size_t i = 0; i < count; i++)
		{
			int32_t bits;
			x[i] = static_cast<float>((static_cast<double>(values[i]) - mean[i]) * reciprocal[i]);
			__builtin_memcpy(&bits, x + i, sizeof(bits));
			some |= kLargest - (bits & kNoSign);
		}
	else
	{
		typename Piece<int32_t, n>::Type all = {};
		for (size_t from = 0; from < count; from += n)
		{
			const size_t i = smaller(from, count - n);
			all |= standardise_piece<n>(values + i, mean + i, reciprocal + i, x + i);
		}
		for (size_t k = 0; k < n; k++)
			some |= all[k];
	}
	return some >= 0;
}

bool standardise(const double *values, const double *mean, const double *reciprocal, size_t count,
				 float *x)
{
	return standardise_all(values, mean, reciprocal, count, x);
}

bool standardise_floats(const float *values, const double *mean, const double *reciprocal,
						size_t count, float *x)
{
	return standardise_all(values, mean, reciprocal, count, x);
}

} // namespace
} // namespace nn::PGNN_KERNELS

#endif
