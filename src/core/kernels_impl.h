/*
 * kernels_impl.h: the functions of kernels.h, compiled once for each instruction set.
 *
 * Included by kernels_baseline.cpp, kernels_avx2.cpp and kernels_avx512.cpp, which define
 * PGNN_KERNELS, the namespace; PGNN_KERNELS_SIMD, its Simd; PGNN_KERNELS_WIDTH, the floats of a vector; and PGNN_KERNELS_ROWS,
 * the rows of a tile.
 */
#ifndef PGNN_KERNELS_IMPL_H
#define PGNN_KERNELS_IMPL_H

#include "core/kernels_product.h"
#include "core/kernels_row.h"
#include "core/kernels_standardise.h"

namespace nn::PGNN_KERNELS
{
namespace
{

void pack(const float *W, size_t inputs, size_t outputs, float *packed)
{
	pack_transposed(W, inputs, outputs, packed);
}

void forward_packed(const LayerShape &shape, const float *A, const float *packed, const float *b,
					Rectifier f, float *C)
{
	Product p = {};

	p.rows = shape.rows;
	p.columns = shape.outputs;
	p.depth = shape.inputs;
	p.a = A;
	p.a_row = shape.inputs;
	p.a_term = 1;
	p.b = packed;
	p.bias = b;
	p.start = b != nullptr ? Start::kColumnBias : Start::kPrevious;
	p.f = f;
	p.c = C;
	multiply(p);
}

// C^T = f(W A^T + b): the rows of A take the lanes of vectors, and W is read as it is.
void forward_transposed(const LayerShape &shape, const float *A, const float *W, const float *b,
						Rectifier f, float *C, float *scratch)
{
	const size_t lanes = round_up(shape.rows);
	float *packed = scratch, *transposed = scratch + shape.inputs * lanes;
	Product p = {};

	pack_transposed(A, shape.inputs, shape.rows, packed);
	p.rows = shape.outputs;
	p.columns = lanes;
	p.depth = shape.inputs;
	p.a = W;
	p.a_row = shape.inputs;
	p.a_term = 1;
	p.b = packed;
	p.bias = b;
	p.start = Start::kRowBias;
	p.f = f;
	p.c = transposed;
	p.by_rows = true;
	multiply(p);
	transpose(transposed, lanes, shape.outputs, shape.rows, C, shape.outputs);
}

// Whether it is cheaper to transpose the rows than the weights: a transposed element takes some
// tenths of a multiplication of vectors, and lanes that are left empty are lost.
bool transposes_rows(const LayerShape &shape)
{
	const size_t rows = shape.rows, in = shape.inputs, out = shape.outputs;
	const size_t weights = in * out + 2 * rows * in * (round_up(out) - out) / kWidth;
	const size_t examples = rows * (in + out) + 2 * in * out * (round_up(rows) - rows) / kWidth;
	return examples < weights;
}

void forward(const LayerShape &shape, const float *A, const float *W, const float *b, Rectifier f,
			 float *C, float *scratch)
{
	LayerShape block = shape;

	if (!transposes_rows(shape))
	{
		pack(W, shape.inputs, shape.outputs, scratch);
		forward_packed(shape, A, scratch, b, f, C);
		return;
	}
	for (size_t row = 0; row < shape.rows; row += block.rows)
	{
		block.rows = smaller(kRowBlock, shape.rows - row);
		forward_transposed(block, A + row * shape.inputs, W, b, f, C + row * shape.outputs,
						   scratch);
	}
}

void backward_data(const LayerShape &shape, const float *dZ, const float *W, Rectifier f,
				   const float *A, float *D, float *scratch)
{
	Product p = {};

	p.rows = shape.rows;
	p.columns = shape.inputs;
	p.depth = shape.outputs;
	p.a = dZ;
	p.a_row = shape.outputs;
	p.a_term = 1;
	p.b = W;
	p.b_row = shape.inputs;
	p.f = f;
	p.activations = f == Rectifier::kNone ? nullptr : A;
	p.c = D;
	p.scratch = scratch;
	multiply(p);
}

// The sums of x's columns (rows x columns), x_row apart, row by row.
void sum_columns(const float *x, size_t x_row, size_t rows, size_t columns, Sum sum, float *sums)
{
	for (size_t column = 0; column < columns; column += kWidth)
	{
		const size_t count = smaller(kWidth, columns - column);
		Vec total = sum == Sum::kAdd ? load_first(sums + column, count) : Vec{};

		for (size_t row = 0; row < rows; row++)
			total += load_first(x + row * x_row + column, count);
		store_first(sums + column, total, count);
	}
}

constexpr size_t kFewDeltas = 8192; // half of the first level's cache

// c (rows x columns) = a^T b, or added to c: a is read down its columns, a_row apart, b's rows are
// b_row apart.
void outer_products(size_t depth, const float *a, size_t a_row, size_t rows, const float *b,
					size_t b_row, size_t columns, Sum sum, float *c, float *scratch)
{
	Product p = {};

	p.rows = rows;
	p.columns = columns;
	p.depth = depth;
	p.a = a;
	p.a_row = 1;
	p.a_term = a_row;
	p.b = b;
	p.b_row = b_row;
	p.start = sum == Sum::kAdd ? Start::kPrevious : Start::kZero;
	p.c = c;
	p.by_rows = rows * depth > kFewDeltas; // else a stays in the cache, and b is read but once
	// narrow panels take but part of each cache line: of wide matrices, again and again
	p.pack = kPanel < 32 && columns >= 256 && rows >= 64;
	p.scratch = scratch;
	multiply(p);
}

// Whether it is cheaper to transpose dW than to leave lanes of the inputs empty.
bool transposes_weights(const LayerShape &shape)
{
	const size_t in = shape.inputs, out = shape.outputs;
	const size_t empty = out * (round_up(in) - in), other = in * (round_up(out) - out);
	return empty > other && shape.rows * (empty - other) > in * out * kWidth;
}

void backward_weights(const LayerShape &shape, const float *dZ, size_t dZ_row, const float *A,
					  Sum sum, float *dW, float *db, float *scratch)
{
	const size_t in = shape.inputs, out = shape.outputs;

	if (transposes_weights(shape))
	{
		float *transposed = scratch;
		if (sum == Sum::kAdd)
			transpose(dW, in, out, in, transposed, out);
		outer_products(shape.rows, A, in, in, dZ, dZ_row, out, sum, transposed, scratch + in * out);
		transpose(transposed, out, in, out, dW, in);
	}
	else
		outer_products(shape.rows, dZ, dZ_row, out, A, in, in, sum, dW, scratch);
	sum_columns(dZ, dZ_row, shape.rows, out, sum, db);
}

void adam(const AdamStep &step, size_t count, const float *g, float *p, float *m, float *v)
{
	const Vec beta1 = broadcast(step.beta1), beta2 = broadcast(step.beta2);
	const Vec rest1 = broadcast(1 - step.beta1), rest2 = broadcast(1 - step.beta2);
	const Vec epsilon = broadcast(step.epsilon);

	for (size_t i = 0; i < count; i += kWidth)
	{
		const size_t lanes = smaller(kWidth, count - i);
		const Vec slope = load_first(g + i, lanes);
		const Vec mean = fused_add(beta1, load_first(m + i, lanes), rest1 * slope);
		const Vec square = fused_add(beta2, load_first(v + i, lanes), rest2 * slope * slope);
		const Vec size = square_root(square * step.correction) + epsilon;

		store_first(m + i, mean, lanes);
		store_first(v + i, square, lanes);
		store_first(p + i, load_first(p + i, lanes) - step.rate * mean / size, lanes);
	}
}

void sgd(float rate, float momentum, size_t count, const float *g, float *p, float *v)
{
	for (size_t i = 0; i < count; i += kWidth)
	{
		const size_t lanes = smaller(kWidth, count - i);
		const Vec change = fused_add(broadcast(momentum), load_first(v + i, lanes),
									 -rate * load_first(g + i, lanes));

		store_first(v + i, change, lanes);
		store_first(p + i, load_first(p + i, lanes) + change, lanes);
	}
}

void add(float factor, size_t count, const float *x, float *y)
{
	for (size_t i = 0; i < count; i += kWidth)
	{
		const size_t lanes = smaller(kWidth, count - i);
		store_first(
			y + i, fused_add(broadcast(factor), load_first(x + i, lanes), load_first(y + i, lanes)),
			lanes);
	}
}

void sum(size_t terms, const float *const *x, size_t count, Sum sum, float *y)
{
	for (size_t i = 0; i < count; i += kWidth)
	{
		const size_t lanes = smaller(kWidth, count - i);
		Vec total = load_first(x[0] + i, lanes);
		if (terms > 1)
			total += load_first(x[1] + i, lanes);
		if (terms == 3)
			total += load_first(x[2] + i, lanes);
		if (terms > 3)
			total += load_first(x[2] + i, lanes) + load_first(x[3] + i, lanes);
		if (sum == Sum::kAdd)
			total += load_first(y + i, lanes);
		store_first(y + i, total, lanes);
	}
}

} // namespace

extern const Kernels kKernels = {PGNN_KERNELS_SIMD,
								 standardise,
								 standardise_floats,
								 pack,
								 forward_packed,
								 forward,
								 forward_row,
								 forward_gathered,
								 forward_layers,
								 backward_data,
								 backward_weights,
								 adam,
								 sgd,
								 add,
								 sum};

} // namespace nn::PGNN_KERNELS

#endif
