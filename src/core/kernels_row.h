/*
 * kernels_row.h: a layer for one row, which is what a prediction by itself consists of.
 *
 * The weights are packed as for products. Every row of them is read once, so this is bound by the
 * cache they come from.
 */
#ifndef PGNN_KERNELS_ROW_H
#define PGNN_KERNELS_ROW_H

#include "core/kernels_product.h"

namespace nn::PGNN_KERNELS
{
namespace
{

// One row's inputs: x, of all places or only of some.
struct Row
{
	size_t count;
	const float *x;
	const uint32_t *places; // nullptr: all

	template <bool kAll> PGNN_INLINE size_t place(size_t i) const { return kAll ? i : places[i]; }
};

// Outputs of some panels of V vectors each. One chain of sums would wait for itself: there are some, added
// up last. The more panels at once, the fewer times an input is read.
template <int kPanels, int V, int kChains, bool kAll, Rectifier f>
PGNN_INLINE void forward_panels(const Row &row, const float *panels, size_t panel, const float *b,
								size_t last, float *y)
{
	Vec sums[kChains][kPanels][V];
	size_t k = 0;

	const auto add = [&](size_t chain, size_t input) {
		const Vec x = broadcast(row.x[input]);
		const float *from = panels + row.place<kAll>(input) * V * kWidth;
#pragma GCC unroll 2
		for (int p = 0; p < kPanels; p++, from += panel)
#pragma GCC unroll 2
			for (int v = 0; v < V; v++)
				sums[chain][p][v] = fused_add(x, load(from + v * kWidth), sums[chain][p][v]);
	};
#pragma GCC unroll 4
	for (int i = 0; i < kChains; i++)
#pragma GCC unroll 2
		for (int p = 0; p < kPanels; p++)
#pragma GCC unroll 2
			for (int v = 0; v < V; v++)
				sums[i][p][v] = Vec{};
	for (; k + kChains <= row.count; k += kChains)
#pragma GCC unroll 4
		for (size_t i = 0; i < kChains; i++)
			add(i, k + i);
	for (; k < row.count; k++)
		add(0, k);
#pragma GCC unroll 2
	for (int p = 0; p < kPanels; p++)
#pragma GCC unroll 2
		for (int v = 0; v < V; v++)
		{
			const size_t at = (p * V + v) * kWidth;
			const size_t count = p + 1 < kPanels || v + 1 < V ? kWidth : last;
			Vec z = sums[0][p][v] + sums[1][p][v];
			if (kChains == 4)
				z += sums[kChains - 2][p][v] + sums[kChains - 1][p][v];
			store_first(y + at, rectified<f>(z + load_first(b + at, count)), count);
		}
}

// The order of sums is the same for vectors of every width.
template <bool kAll, Rectifier f>
void forward_outputs(const Row &row, size_t inputs, size_t outputs, const float *packed,
					 const float *b, float *y)
{
	constexpr size_t kGroup = 64;
	static_assert(kGroup % (2 * kPanel) == 0);
	const size_t panel = panel_start(inputs, kPanel), grouped = outputs / kGroup * kGroup;
	size_t column = 0;

	for (; column < grouped; column += 2 * kPanel)
		forward_panels<2, 2, 2, kAll, f>(row, packed + panel_start(inputs, column), panel,
										 b + column, kWidth, y + column);
	for (; column < outputs; column += kPanel)
	{
		const size_t width = panel_width(outputs, column);
		const size_t last = smaller(kPanel, outputs - column) - (width - kWidth);
		const float *from = packed + panel_start(inputs, column);
		if (width == kPanel)
			forward_panels<1, 2, 4, kAll, f>(row, from, panel, b + column, last, y + column);
		else
			forward_panels<1, 1, 4, kAll, f>(row, from, panel, b + column, last, y + column);
	}
}

template <bool kAll>
PGNN_INLINE void forward_one(const Row &row, size_t inputs, size_t outputs, const float *packed,
							 const float *b, Rectifier f, float *y)
{
	(f == Rectifier::kNone ? forward_outputs<kAll, Rectifier::kNone>
	 : f == Rectifier::kRelu
		 ? forward_outputs<kAll, Rectifier::kRelu>
		 : forward_outputs<kAll, Rectifier::kLeakyRelu>) (row, inputs, outputs, packed, b, y);
}

// A layer of one output, of which vectors of outputs would be nearly empty.
template <Rectifier f>
PGNN_INLINE void forward_single(const RowLayer &layer, const float *x, float *y)
{
	Vec sums[2] = {};
	size_t k = 0;

	for (; k + 2 * kWidth <= layer.inputs; k += 2 * kWidth)
	{
		sums[0] = fused_add(load(x + k), load(layer.W + k), sums[0]);
		sums[1] = fused_add(load(x + k + kWidth), load(layer.W + k + kWidth), sums[1]);
	}
	for (; k < layer.inputs; k += kWidth)
	{
		const size_t count = smaller(kWidth, layer.inputs - k);
		sums[0] = fused_add(load_first(x + k, count), load_first(layer.W + k, count), sums[0]);
	}
	const Vec z = rectified<f>(broadcast(sum_lanes(sums[0] + sums[1]) + layer.b[0]));
	store_part(y, z, 1);
}

// The inputs that aren't 0.
PGNN_INLINE Row nonzero(const RowLayer &layer, const float *x, const Nonzero &room)
{
	size_t n = 0;

	for (size_t i = 0; i < layer.inputs; i += kWidth)
	{
		const size_t count = smaller(kWidth, layer.inputs - i);
		n += store_nonzero(load_first(x + i, count), i, count, room.x + n, room.places + n);
	}
	return {n, room.x, room.places};
}

template <Rectifier f>
PGNN_INLINE void forward_layer(const RowLayer &layer, const float *x, const Nonzero &room, float *y)
{
	if (layer.outputs == 1)
		forward_single<f>(layer, x, y);
	else if (layer.sparse)
		forward_outputs<false, f>(nonzero(layer, x, room), layer.inputs, layer.outputs,
								  layer.packed, layer.b, y);
	else
		forward_outputs<true, f>({layer.inputs, x, nullptr}, layer.inputs, layer.outputs,
								 layer.packed, layer.b, y);
}

const float *forward_layers(const RowLayer *layers, size_t count, const float *x,
							const Nonzero &room, float *const y[2])
{
	for (size_t i = 0; i < count; i++)
	{
		const RowLayer &layer = layers[i];
		float *to = y[i % 2];

		if (layer.f == Rectifier::kRelu)
			forward_layer<Rectifier::kRelu>(layer, x, room, to);
		else if (layer.f == Rectifier::kNone)
			forward_layer<Rectifier::kNone>(layer, x, room, to);
		else
			forward_layer<Rectifier::kLeakyRelu>(layer, x, room, to);
		x = to;
	}
	return x;
}

void forward_row(size_t inputs, size_t outputs, const float *x, const float *packed, const float *b,
				 Rectifier f, float *y)
{
	forward_one<true>({inputs, x, nullptr}, inputs, outputs, packed, b, f, y);
}

void forward_gathered(size_t inputs, size_t outputs, size_t count, const uint32_t *places,
					  const float *x, const float *packed, const float *b, Rectifier f, float *y)
{
	forward_one<false>({count, x, places}, inputs, outputs, packed, b, f, y);
}

} // namespace
} // namespace nn::PGNN_KERNELS

#endif
