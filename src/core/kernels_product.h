/*
 * kernels_product.h: whole products out of tiles, and the rearrangement of their operands.
 *
 * The terms are cut into blocks, so that what one tile reads is still in the cache for the next;
 * sums go on from block to block in the result itself. Heights of tiles differ by at most one.
 */
#ifndef PGNN_KERNELS_PRODUCT_H
#define PGNN_KERNELS_PRODUCT_H

#include "core/kernels_tile.h"

namespace nn::PGNN_KERNELS
{
namespace
{

constexpr size_t kLine = 16; // floats of a cache line

PGNN_INLINE size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

PGNN_INLINE size_t pieces(size_t count, size_t largest)
{
	return (count + largest - 1) / largest;
}

PGNN_INLINE size_t round_up(size_t count)
{
	return pieces(count, kWidth) * kWidth;
}

// Cuts a range into as few pieces as a largest size allows, of sizes that differ by at most one.
struct Cut
{
	size_t size, larger;

	Cut(size_t count, size_t largest) : size(0), larger(0)
	{
		if (count != 0)
		{
			const size_t number = pieces(count, largest);
			size = count / number;
			larger = count % number;
		}
	}
	size_t piece(size_t index) const { return size + (index < larger ? 1 : 0); }
};

// The elements of a, then b, with those numbers.
template <int... kNumbers, class T> PGNN_INLINE T shuffle(T a, T b)
{
#ifdef __clang__
	return __builtin_shufflevector(a, b, kNumbers...);
#else // GCC has that from version 12 on
	typedef int Numbers __attribute__((vector_size(sizeof(T))));
	return __builtin_shuffle(a, b, Numbers{kNumbers...});
#endif
}

// A block of N x N: row i at from + i * from_row becomes column i at to.
template <size_t N> struct Square;

template <> struct Square<4>
{
	typedef float Row __attribute__((vector_size(16)));
	typedef float UnalignedRow __attribute__((vector_size(16), aligned(4), may_alias));

	static void transpose(Row (&x)[4])
	{
		const Row a = shuffle<0, 4, 1, 5>(x[0], x[1]);
		const Row b = shuffle<2, 6, 3, 7>(x[0], x[1]);
		const Row c = shuffle<0, 4, 1, 5>(x[2], x[3]);
		const Row d = shuffle<2, 6, 3, 7>(x[2], x[3]);
		x[0] = shuffle<0, 1, 4, 5>(a, c);
		x[1] = shuffle<2, 3, 6, 7>(a, c);
		x[2] = shuffle<0, 1, 4, 5>(b, d);
		x[3] = shuffle<2, 3, 6, 7>(b, d);
	}
};

#if PGNN_KERNELS_WIDTH >= 8
// Pairs of rows, then of pairs, within halves of 4; then the halves change places.
template <> struct Square<8>
{
	typedef float Row __attribute__((vector_size(32)));
	typedef float UnalignedRow __attribute__((vector_size(32), aligned(4), may_alias));

	static void transpose(Row (&x)[8])
	{
		Row pairs[8], fours[8];

#pragma GCC unroll 4
		for (size_t i = 0; i < 8; i += 2)
		{
			pairs[i] = shuffle<0, 8, 1, 9, 4, 12, 5, 13>(x[i], x[i + 1]);
			pairs[i + 1] = shuffle<2, 10, 3, 11, 6, 14, 7, 15>(x[i], x[i + 1]);
		}
#pragma GCC unroll 4
		for (size_t i = 0; i < 4; i++)
		{
			const Row a = pairs[i / 2 * 4 + i % 2], b = pairs[i / 2 * 4 + i % 2 + 2];
			const size_t to = i / 2 * 4 + i % 2 * 2;
			fours[to] = shuffle<0, 1, 8, 9, 4, 5, 12, 13>(a, b);
			fours[to + 1] = shuffle<2, 3, 10, 11, 6, 7, 14, 15>(a, b);
		}
#pragma GCC unroll 4
		for (size_t i = 0; i < 4; i++)
		{
			const Row a = fours[i], b = fours[i + 4];
			x[i] = shuffle<0, 1, 2, 3, 8, 9, 10, 11>(a, b);
			x[i + 4] = shuffle<4, 5, 6, 7, 12, 13, 14, 15>(a, b);
		}
	}
};
#endif

template <size_t N>
PGNN_INLINE void transpose_block(const float *from, size_t from_row, float *to, size_t to_row)
{
	typename Square<N>::Row x[N];

#pragma GCC unroll 8
	for (size_t i = 0; i < N; i++)
		x[i] = *reinterpret_cast<const typename Square<N>::UnalignedRow *>(from + i * from_row);
	Square<N>::transpose(x);
#pragma GCC unroll 8
	for (size_t i = 0; i < N; i++)
		*reinterpret_cast<typename Square<N>::UnalignedRow *>(to + i * to_row) = x[i];
}

// For rows and columns >= N. A cache line of every row at a time: rows a power of two apart share
// few places in the cache. The last blocks overlap those before.
template <size_t N>
void transpose_blocks(const float *from, size_t from_row, size_t rows, size_t columns, float *to,
					  size_t to_row)
{
	for (size_t line = 0; line < columns; line += kLine)
		for (size_t block = 0; block < rows; block += N)
		{
			const size_t row = smaller(block, rows - N);
			for (size_t i = line; i < smaller(line + kLine, columns); i += N)
			{
				const size_t column = smaller(i, columns - N);
				transpose_block<N>(from + row * from_row + column, from_row,
								   to + column * to_row + row, to_row);
			}
		}
}

// to[column * to_row + row] = from[row * from_row + column].
void transpose(const float *from, size_t from_row, size_t rows, size_t columns, float *to,
			   size_t to_row)
{
	constexpr size_t kLarge = kWidth < 8 ? 4 : 8;

	if (rows >= kLarge && columns >= kLarge)
		transpose_blocks<kLarge>(from, from_row, rows, columns, to, to_row);
	else if (rows >= 4 && columns >= 4)
		transpose_blocks<4>(from, from_row, rows, columns, to, to_row);
	else
		for (size_t row = 0; row < rows; row++)
			for (size_t column = 0; column < columns; column++)
				to[column * to_row + row] = from[row * from_row + column];
}

// Packed operands are panels of kPanel columns one after the other, each (depth x its columns
// rounded up to whole vectors): where the panel that starts at such a column begins.
PGNN_INLINE size_t panel_start(size_t depth, size_t column)
{
	return depth * column;
}

PGNN_INLINE size_t panel_width(size_t columns, size_t column)
{
	return smaller(kPanel, round_up(columns - column));
}

// Packs the transpose of x (columns x depth), with zeros where there are no columns.
void pack_transposed(const float *x, size_t depth, size_t columns, float *packed)
{
	for (size_t column = 0; column < columns; column += kPanel)
	{
		const size_t count = smaller(kPanel, columns - column),
					 width = panel_width(columns, column);
		float *panel = packed + panel_start(depth, column);

		transpose(x + column * depth, depth, count, depth, panel, width);
		for (size_t k = 0; count < width && k < depth; k++)
			for (size_t i = count; i < width; i++)
				panel[k * width + i] = 0;
	}
}

// Packs one panel of x (depth x columns), x_row apart.
void pack_panel(const float *x, size_t x_row, size_t depth, size_t columns, float *panel)
{
	const size_t width = round_up(columns);

	for (size_t k = 0; k < depth; k++)
		for (size_t i = 0; i < width; i += kWidth)
			store(panel + k * width + i,
				  load_first(x + k * x_row + i, smaller(kWidth, columns - i)));
}

// As Tile, but of any size.
struct Product
{
	size_t rows, columns, depth;
	const float *a;
	size_t a_row, a_term;
	const float *b;
	size_t b_row; // 0: b is packed; else its rows are that far apart
	const float *bias;
	float *c; // (rows x columns) without gaps
	const float *activations;
	Start start;
	Rectifier f;
	bool by_rows;   // all tiles of some rows before the next rows; else panel after panel
	bool pack;      // all of b, not only the panel that ends in part of a vector
	float *scratch; // for panels of b: min(depth, kDepthBlock) x columns in whole vectors
};

typedef void (*TileFunction)(const Tile &);

// The tile function for rows <= R and vectors <= kTileVectors.
template <int R, bool kAlongRows> struct TileFunctions
{
	static TileFunction find(size_t rows, size_t vectors)
	{
		if (rows < R)
			return TileFunctions<R - 1, kAlongRows>::find(rows, vectors);
		return vectors == 1 ? multiply_tile<R, 1, kAlongRows> : multiply_tile<R, 2, kAlongRows>;
	}
};
template <bool kAlongRows> struct TileFunctions<0, kAlongRows>
{
	static TileFunction find(size_t, size_t) { return nullptr; }
};
static_assert(kTileVectors == 2);

PGNN_INLINE TileFunction tile_function(const Product &p, size_t rows, size_t vectors)
{
	return p.a_term == 1 ? TileFunctions<kTileRows, true>::find(rows, vectors)
						 : TileFunctions<kTileRows, false>::find(rows, vectors);
}

// A block of terms of a product.
struct Block
{
	size_t begin, depth;
	bool first, last;
};

PGNN_INLINE bool packs_panel(const Product &p, size_t column)
{
	return p.b_row != 0 && (p.pack || p.columns - column < panel_width(p.columns, column));
}

void pack_block(const Product &p, const Block &block)
{
	for (size_t column = 0; column < p.columns; column += kPanel)
		if (packs_panel(p, column))
			pack_panel(p.b + block.begin * p.b_row + column, p.b_row, block.depth,
					   smaller(kPanel, p.columns - column),
					   p.scratch + panel_start(block.depth, column));
}

// Weights are mostly not in the cache when their turn comes: the first tiles of each panel fetch the
// next one, a line of each of its rows a tile.
PGNN_INLINE void fetch_next(Tile &t, size_t tile, const float *next)
{
	const bool useful = next != nullptr && tile * kLine < kPanel;

	t.next = useful ? next + tile * kLine : t.b;
	t.next_term = useful ? t.b_term : 0;
}

// The tiles of one panel, from one row on, as many as there are.
void multiply_panel(const Product &p, const Block &block, size_t column, const Cut &heights,
					size_t first_tile, size_t last_tile, size_t row)
{
	const size_t width = panel_width(p.columns, column);
	const bool packed = p.b_row == 0, packs = packs_panel(p, column);
	Tile t;

	t.depth = block.depth;
	t.a_row = p.a_row;
	t.a_term = p.a_term;
	t.b = packed  ? p.b + panel_start(p.depth, column) + block.begin * width
		  : packs ? p.scratch + panel_start(block.depth, column)
				  : p.b + block.begin * p.b_row + column;
	t.b_term = packed || packs ? width : p.b_row;
	t.bias = p.bias;
	t.c_row = p.columns;
	t.last = smaller(kPanel, p.columns - column) - (width - kWidth);
	t.start = block.first ? p.start : Start::kPrevious;
	t.f = block.last ? p.f : Rectifier::kNone;

	// by rows, b is read again and again
	const bool more = !p.by_rows && !packs && column + kPanel < p.columns;
	const float *next = !more    ? nullptr
						: packed ? p.b + panel_start(p.depth, column + kPanel) + block.begin * width
								 : t.b + kPanel;
	const TileFunction high = tile_function(p, heights.size + 1, width / kWidth);
	const TileFunction low = tile_function(p, heights.size, width / kWidth);
	for (size_t tile = first_tile; tile < last_tile; row += heights.piece(tile), tile++)
	{
		const size_t at = row * p.columns + column;
		t.a = p.a + block.begin * p.a_term + row * p.a_row;
		if (p.bias != nullptr)
			t.bias = p.start == Start::kRowBias ? p.bias + row : p.bias + column;
		t.c = p.c + at;
		t.prefetch = t.start != Start::kPrevious ? t.c
					 : p.by_rows                 ? t.c + kPanel
												 : t.c + kTileRows * p.columns;
		t.activations = p.activations == nullptr ? nullptr : p.activations + at;
		fetch_next(t, tile - first_tile, next);
		(tile < heights.larger ? high : low)(t);
	}
}

void multiply(const Product &p)
{
	const size_t tiles = pieces(p.rows, kTileRows), group = p.by_rows ? 1 : kRowBlock / kTileRows;
	const Cut heights(p.rows, kTileRows), depths(p.depth, kDepthBlock);
	Block block = {0, 0, true, false};

	// once even for no terms: c may have to be set
	for (size_t i = 0; !block.last; i++, block.begin += block.depth)
	{
		block.depth = depths.piece(i);
		block.first = block.begin == 0;
		block.last = block.begin + block.depth == p.depth;
		pack_block(p, block);
		for (size_t tile = 0, row = 0; tile < tiles; tile += group)
		{
			const size_t end = smaller(tile + group, tiles);
			for (size_t column = 0; column < p.columns; column += kPanel)
				multiply_panel(p, block, column, heights, tile, end, row);
			for (size_t j = tile; j < end; j++)
				row += heights.piece(j);
		}
	}
}

} // namespace
} // namespace nn::PGNN_KERNELS

#endif
