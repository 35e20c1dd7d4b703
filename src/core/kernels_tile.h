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

template <bool kWhole, int R, int V> PGNN_INLINE void load_tile(const Tile &t, Vec (&sums)[R][V])
{
	const bool previous = t.start == Start::kPrevious;
	const float *from = previous ? t.c : t.bias;
	const size_t row = previous ? t.c_row : 0;

#pragma GCC unroll 16
	for (int r = 0; r < R; r++)
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
			sums[r][v] = load_vector<V, kWhole>(t, from + r * row, v);
}

// What finish_tile() will touch, or the next tile start from, while there is something else to do.
template <int R, int V> PGNN_INLINE void prefetch_tile(const Tile &t)
{
#pragma GCC unroll 16
	for (int r = 0; r < R; r++)
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
		{
			__builtin_prefetch(t.prefetch + r * t.c_row + v * kWidth, 1);
			if (t.activations != nullptr)
				__builtin_prefetch(t.activations + r * t.c_row + v * kWidth);
		}
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
#pragma GCC unroll 16
	for (int r = 0; r < R; r++)
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
			sums[r][v] =
				derived<f>(sums[r][v], load_vector<V, kWhole>(t, t.activations + r * t.c_row, v));
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
#pragma GCC unroll 16
	for (int r = 0; r < R; r++)
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
		{
			float *to = t.c + r * t.c_row + v * kWidth;
			if (kWhole || v + 1 < V)
				store(to, sums[r][v]);
			else
				store_part(to, sums[r][v], t.last);
		}
}

// kAlongRows: a_term is 1, else a_row is.
template <int R, int V, bool kAlongRows> void multiply_tile(const Tile &tile)
{
	const Tile t = tile; // its own: what is stored could be part of another's
	const size_t a_row = kAlongRows ? t.a_row : 1, a_term = kAlongRows ? 1 : t.a_term;
	const float *a = t.a, *b = t.b, *next = t.next;
	Vec sums[R][V];

	start_tile(t, sums);
	for (size_t k = 0; k < t.depth; k++, a += a_term, b += t.b_term, next += t.next_term)
	{
		Vec y[V];
		__builtin_prefetch(next, 0, 2); // into the second level: the first has no room
#pragma GCC unroll 4
		for (int v = 0; v < V; v++)
			y[v] = load(b + v * kWidth);
#pragma GCC unroll 16
		for (int r = 0; r < R; r++)
		{
			const Vec x = broadcast(a[r * a_row]);
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
