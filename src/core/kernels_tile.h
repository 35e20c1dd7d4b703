/*
 * kernels_tile.h: the innermost part of every product, a tile of the result kept in registers.
 *
 * kTileRows x kTileVectors sums leave registers for a row of b and a broadcast element of a; that
 * many independent chains hide the latency of multiply-add. Narrower and lower tiles at the edges
 * are functions of their own.
 */
#ifndef PGNN_KERNELS_TILE_H
#define PGNN_KERNELS_TILE_H

#include "core/kernels_vector.h"

namespace nn::PGNN_KERNELS
{
namespace
{

constexpr int kTileRows = PGNN_KERNELS_ROWS;
constexpr int kTileVectors = 2;
constexpr size_t kPanel = kTileVectors * kWidth; // columns of a full tile

// Where the sums of a product start.
enum class Start
{
	kZero,
	kColumnBias, // bias has an element for each column of c
	kRowBias,    // ... for each row
	kPrevious    // what c holds
};

// c (rows x columns) = f(start + a b), a (rows x depth), b (depth x columns).
struct Tile
{
	size_t depth;
	const float *a; // the element of a row and term is a[row * a_row + term * a_term]
	size_t a_row, a_term;
	const float *b; // readable up to the next full vector
	size_t b_term;
	const float *bias;
	float *c;
	size_t c_row;
	const float *prefetch; // c, or the next tile's c where tiles start from it
	const float *next;     // one cache line a term of what the next tiles read, next_term apart
	size_t next_term;
	const float *activations; // as c, where f is a derivative; nullptr where it is applied
	size_t last;              // columns in the last vector
	Start start;
	Rectifier f;
};

// Vector v of V: kWhole if the last one is, too.
template <int V, bool kWhole> PGNN_INLINE Vec load_vector(const Tile &t, const float *from, int v)
{
	return kWhole || v + 1 < V ? load(from + v * kWidth) : load_part(from + v * kWidth, t.last);
}

// A pointer's next row. The compiler doesn't see where that is, or it would have the addresses of all rows
// before the first is needed, and no registers for them.
template <class Number> PGNN_INLINE void to_next_row(Number *&row, size_t stride)
{
	row += stride;
	asm("" : "+r"(row));
}

template <bool kWhole, int R, int V> PGNN_INLINE void load_tile(const Tile &t, Vec (&sums)[R][V])
{
	const bool previous = t.start == Start::kPrevious;
	const float *from = previous ? t.c : t.bias;

#pragma GCC unroll 16
	for (int r = 0; r < R; r++, to_next_row(from, previous ? t.c_row : 0))
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
			sums[r][v] = load_vector<V, kWhole>(t, from, v);
}

// What finish_tile() will touch, or the next tile start from, while there is something else to do.
template <int R, int V> PGNN_INLINE void prefetch_tile(const Tile &t)
{
	const float *c = t.prefetch, *activations = t.activations;

#pragma GCC unroll 16
	for (int r = 0; r < R; r++, to_next_row(c, t.c_row))
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
			__builtin_prefetch(c + v * kWidth, 1);
	if (activations == nullptr)
		return;
#pragma GCC unroll 16
	for (int r = 0; r < R; r++, to_next_row(activations, t.c_row))
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
			__builtin_prefetch(activations + v * kWidth);
}

template <int R, int V> PGNN_INLINE void start_tile(const Tile &t, Vec (&sums)[R][V])
{
	prefetch_tile<R, V>(t);
	if (t.start == Start::kColumnBias || t.start == Start::kPrevious)
	{
		if (t.last == kWidth)
			load_tile<true>(t, sums);
		else
			load_tile<false>(t, sums);
		return;
	}
#pragma GCC unroll 16
	for (int r = 0; r < R; r++)
	{
		const Vec from = t.start == Start::kZero ? Vec{} : broadcast(t.bias[r]);
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
			sums[r][v] = from;
	}
}

template <Rectifier f, int R, int V> PGNN_INLINE void rectify_tile(Vec (&sums)[R][V])
{
#pragma GCC unroll 16
	for (int r = 0; r < R; r++)
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
			sums[r][v] = rectified<f>(sums[r][v]);
}

template <Rectifier f, bool kWhole, int R, int V>
PGNN_INLINE void derive_tile(const Tile &t, Vec (&sums)[R][V])
{
	const float *activations = t.activations;

#pragma GCC unroll 16
	for (int r = 0; r < R; r++, to_next_row(activations, t.c_row))
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
			sums[r][v] = derived<f>(sums[r][v], load_vector<V, kWhole>(t, activations, v));
}

template <bool kWhole, int R, int V> PGNN_INLINE void finish_tile(const Tile &t, Vec (&sums)[R][V])
{
	const bool derive = t.activations != nullptr;

	if (t.f == Rectifier::kRelu && derive)
		derive_tile<Rectifier::kRelu, kWhole>(t, sums);
	else if (t.f == Rectifier::kRelu)
		rectify_tile<Rectifier::kRelu>(sums);
	else if (t.f == Rectifier::kLeakyRelu && derive)
		derive_tile<Rectifier::kLeakyRelu, kWhole>(t, sums);
	else if (t.f == Rectifier::kLeakyRelu)
		rectify_tile<Rectifier::kLeakyRelu>(sums);
	float *to = t.c;
#pragma GCC unroll 16
	for (int r = 0; r < R; r++, to_next_row(to, t.c_row))
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
			if (kWhole || v + 1 < V)
				store(to + v * kWidth, sums[r][v]);
			else
				store_part(to + v * kWidth, sums[r][v], t.last);
}

// The elements of a that a term takes, one of each row. kAlongRows: a_term is 1, else a_row is.
template <bool kAlongRows> struct Broadcasts;

// Rows that lie apart are reached by a few strides, of which an address may take 1, 2, 4 or 8: a register
// for each row would be too many. As they seem to change with every term, the compiler keeps to these.
template <> struct Broadcasts<true>
{
	static constexpr int kHigh = 7;
	const char *low, *high;  // of the rows from 0, and from kHigh on
	size_t one, three, five; // rows

	PGNN_INLINE explicit Broadcasts(const Tile &t)
		: low(reinterpret_cast<const char *>(t.a)), one(t.a_row * sizeof(float)), three(3 * one),
		  five(5 * one)
	{
		high = low + kHigh * one;
	}
	PGNN_INLINE float row(int r) const
	{
		const int n = r % kHigh;
		const size_t offset = n % 3 == 0 ? three * static_cast<size_t>(n / 3)
							  : n == 5   ? five
										 : one * static_cast<size_t>(n);
		float x;
		__builtin_memcpy(&x, (r < kHigh ? low : high) + offset, sizeof(x));
		return x;
	}
	PGNN_INLINE void advance(size_t)
	{
		low += sizeof(float);
		high += sizeof(float);
		asm("" : "+r"(one), "+r"(three), "+r"(five));
	}
};

template <> struct Broadcasts<false>
{
	const float *at;

	PGNN_INLINE explicit Broadcasts(const Tile &t) : at(t.a) {}
	PGNN_INLINE float row(int r) const { return at[r]; }
	PGNN_INLINE void advance(size_t a_term) { at += a_term; }
};

template <int R, int V, bool kAlongRows> void multiply_tile(const Tile &tile)
{
	const Tile t = tile; // its own: what is stored could be part of another's
	Broadcasts<kAlongRows> a(t);
	const float *b = t.b, *next = t.next;
	Vec sums[R][V];

	start_tile(t, sums);
#pragma GCC unroll 2
	for (size_t k = 0; k < t.depth; k++, a.advance(t.a_term), b += t.b_term, next += t.next_term)
	{
		Vec y[V];
		__builtin_prefetch(next, 0, 3);
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
			y[v] = load(b + v * kWidth);
#pragma GCC unroll 16
		for (int r = 0; r < R; r++)
		{
			const Vec x = broadcast(a.row(r));
#pragma GCC unroll 4
			for (int v = 0; v < V; v++)
				sums[r][v] = fused_add(x, y[v], sums[r][v]);
		}
	}
	if (t.last == kWidth)
		finish_tile<true>(t, sums);
	else
		finish_tile<false>(t, sums);
}

} // namespace
} // namespace nn::PGNN_KERNELS

#endif
