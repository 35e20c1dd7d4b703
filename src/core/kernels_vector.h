/*
 * kernels_vector.h: the vector of the instruction set that this object is compiled for.
 *
 * GCC's vectors have + - * / < and ?: of their own. Here is what they lack; to add an instruction
 * set, write its fused_add, square_root, load_part and store_part.
 *
 * This header, those that it is included by, and the files that include them define nothing
 * visible but the tables, and use no template of the standard library or Eigen: the linker keeps one
 * copy of each such function for all objects, maybe one with instructions the processor lacks.
 */
#ifndef PGNN_KERNELS_VECTOR_H
#define PGNN_KERNELS_VECTOR_H

#include "core/kernels_tables.h"

#ifdef PGNN_X86_64
#include <immintrin.h>
#endif

#define PGNN_INLINE inline __attribute__((always_inline))

namespace nn::PGNN_KERNELS
{
namespace
{

constexpr size_t kWidth = PGNN_KERNELS_WIDTH; // floats of a vector
static_assert(kWidestVector % kWidth == 0);

typedef float Vec __attribute__((vector_size(kWidth * sizeof(float))));
typedef float UnalignedVec
	__attribute__((vector_size(kWidth * sizeof(float)), aligned(sizeof(float)), may_alias));

PGNN_INLINE Vec load(const float *from)
{
	return *reinterpret_cast<const UnalignedVec *>(from);
}

PGNN_INLINE void store(float *to, Vec x)
{
	*reinterpret_cast<UnalignedVec *>(to) = x;
}

PGNN_INLINE Vec broadcast(float x)
{
	return x - Vec{};
}

#if PGNN_KERNELS_WIDTH == 16

PGNN_INLINE Vec fused_add(Vec a, Vec b, Vec c)
{
	return _mm512_fmadd_ps(a, b, c);
}

PGNN_INLINE Vec square_root(Vec x)
{
	return _mm512_maskz_sqrt_ps(static_cast<__mmask16>(-1), x);
}

PGNN_INLINE __mmask16 first_lanes(size_t count)
{
	return static_cast<__mmask16>((1u << count) - 1);
}

PGNN_INLINE Vec load_part(const float *from, size_t count)
{
	return _mm512_maskz_loadu_ps(first_lanes(count), from);
}

PGNN_INLINE void store_part(float *to, Vec x, size_t count)
{
	_mm512_mask_storeu_ps(to, first_lanes(count), x);
}

// Stores those of the first count lanes that aren't 0 one after another, and their numbers, of which the
// first is given; and something behind them, a vector in all. Gives how many they are.
PGNN_INLINE size_t store_nonzero(Vec x, size_t first, size_t count, float *to, uint32_t *numbers)
{
	const __mmask16 lanes = _mm512_mask_cmp_ps_mask(first_lanes(count), x, Vec{}, _CMP_NEQ_UQ);
	const __m512i all =
		_mm512_add_epi32(_mm512_set1_epi32(static_cast<int>(first)),
						 _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));

	// not by compressing stores, which are slow on some processors
	store(to, _mm512_maskz_compress_ps(lanes, x));
	_mm512_storeu_si512(numbers, _mm512_maskz_compress_epi32(lanes, all));
	return static_cast<size_t>(__builtin_popcount(lanes));
}

#elif PGNN_KERNELS_WIDTH == 8

PGNN_INLINE Vec fused_add(Vec a, Vec b, Vec c)
{
	return _mm256_fmadd_ps(a, b, c);
}

PGNN_INLINE Vec square_root(Vec x)
{
	return _mm256_sqrt_ps(x);
}

PGNN_INLINE __m256i first_lanes(size_t count)
{
	static constexpr int kLanes[2 * kWidth] = {-1, -1, -1, -1, -1, -1, -1, -1};
	return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(kLanes + kWidth - count));
}

PGNN_INLINE Vec load_part(const float *from, size_t count)
{
	return _mm256_maskload_ps(from, first_lanes(count));
}

PGNN_INLINE void store_part(float *to, Vec x, size_t count)
{
	_mm256_maskstore_ps(to, first_lanes(count), x);
}

// For each set of lanes, their numbers one after another, a byte each.
struct LaneSets
{
	uint64_t numbers[1 << kWidth];

	constexpr LaneSets() : numbers()
	{
		for (size_t set = 0; set < 1 << kWidth; set++)
			for (size_t lane = 0, n = 0; lane < kWidth; lane++)
				if ((set >> lane & 1) != 0)
					numbers[set] |= static_cast<uint64_t>(lane) << (8 * n++);
	}
};

// Stores those of the first count lanes that aren't 0 one after another, and their numbers, of which the
// first is given; and something behind them, a vector in all. Gives how many they are.
PGNN_INLINE size_t store_nonzero(Vec x, size_t first, size_t count, float *to, uint32_t *numbers)
{
	static constexpr LaneSets kSets;
	const int set = _mm256_movemask_ps(_mm256_and_ps(_mm256_cmp_ps(x, Vec{}, _CMP_NEQ_UQ),
													 _mm256_castsi256_ps(first_lanes(count))));
	const __m256i lanes =
		_mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<int64_t>(kSets.numbers[set])));
	const __m256i all = _mm256_add_epi32(_mm256_set1_epi32(static_cast<int>(first)), lanes);

	store(to, _mm256_permutevar8x32_ps(x, lanes));
	_mm256_storeu_si256(reinterpret_cast<__m256i *>(numbers), all);
	return static_cast<size_t>(__builtin_popcount(static_cast<unsigned>(set)));
}

#else

PGNN_INLINE Vec fused_add(Vec a, Vec b, Vec c)
{
	return a * b + c;
}

PGNN_INLINE Vec square_root(Vec x)
{
	Vec root;
	for (size_t i = 0; i < kWidth; i++)
		root[i] = __builtin_sqrtf(x[i]);
	return root;
}

PGNN_INLINE Vec load_part(const float *from, size_t count)
{
	Vec x = {};
	for (size_t i = 0; i < count; i++)
		x[i] = from[i];
	return x;
}

PGNN_INLINE void store_part(float *to, Vec x, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = x[i];
}

// Stores those of the first count lanes that aren't 0 one after another, and their numbers, of which the
// first is given; and something behind them, a vector in all. Gives how many they are.
PGNN_INLINE size_t store_nonzero(Vec x, size_t first, size_t count, float *to, uint32_t *numbers)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
	{
		to[n] = x[i];
		numbers[n] = static_cast<uint32_t>(first + i);
		n += x[i] != 0 ? 1 : 0;
	}
	return n;
}

#endif

// The sum of the lanes, by halves.
PGNN_INLINE float sum_lanes(Vec x)
{
#if PGNN_KERNELS_WIDTH >= 8
#if PGNN_KERNELS_WIDTH == 16
	__m256 halves[2];
	__builtin_memcpy(halves, &x, sizeof(x));
	const __m256 eight = halves[0] + halves[1];
#else
	const __m256 eight = x;
#endif
	const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
	const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
	return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
#else
	return (x[0] + x[2]) + (x[1] + x[3]);
#endif
}

// The first count lanes (1 ... kWidth); the others are 0 or left alone.
PGNN_INLINE Vec load_first(const float *from, size_t count)
{
	return count == kWidth ? load(from) : load_part(from, count);
}

PGNN_INLINE void store_first(float *to, Vec x, size_t count)
{
	if (count == kWidth)
		store(to, x);
	else
		store_part(to, x, count);
}

// f(z); of the possible comparisons those that keep a NaN.
template <Rectifier f> PGNN_INLINE Vec rectified(Vec z)
{
	return f == Rectifier::kNone ? z
		   : z < Vec{}           ? f == Rectifier::kRelu ? Vec{} : z * kLeakySlope
								 : z;
}

// d f'(z), where a = f(z).
template <Rectifier f> PGNN_INLINE Vec derived(Vec d, Vec a)
{
	return a > Vec{} ? d : f == Rectifier::kRelu ? Vec{} : d * kLeakySlope;
}

} // namespace
} // namespace nn::PGNN_KERNELS

#endif
