/*
 * kernels.h: the arithmetic of training and prediction on plain float arrays, once for each
 * instruction set.
 *
 * Matrices are row-major without gaps, shapes stand beside them as (rows x columns). No function
 * allocates, throws or keeps anything; what it writes may not overlap what it reads, unless said.
 * Pointers need no alignment beyond float's; scratch and packed weights are fastest at 64 bytes.
 *
 * Every element of a product is one chain of multiply-adds in the order of the summed index, from
 * the bias, from 0, or from what is there. So a row's result doesn't depend on the other rows of a
 * call; gradients of rows added by two calls are those added by one; and avx2 and avx512 agree to
 * the last bit. The baseline rounds products before it adds them: its sums of 50 to 1000 terms differ
 * by about 1 to 2 in 10^7 of their usual size, at most by 1 to 2 in 10^6. Only forward_row() adds up
 * in another order, so that it needn't wait for one chain.
 */
#ifndef PGNN_KERNELS_H
#define PGNN_KERNELS_H

#include <cstddef>
#include <cstdint>

#include "core/simd.h"

namespace nn
{

// What follows a product: f(z), or a factor f'(z) told from f(z). NaN stays NaN.
enum class Rectifier
{
	kNone,
	kRelu,
	kLeakyRelu
};
constexpr float kLeakySlope = 0.01f;

// Whether gradients replace what is there (faster than to clear it before) or add to it.
enum class Sum
{
	kSet,
	kAdd
};

constexpr size_t kMostTerms = 4; // of sum()

struct LayerShape
{
	size_t rows, inputs, outputs; // each > 0, but for rows, and for inputs of forward_packed()
};

// Step number n of Adam: rate is learning rate / (1 - beta1^n), correction 1 / (1 - beta2^n).
struct AdamStep
{
	float rate, beta1, beta2, correction, epsilon;
};

// A layer for one row.
struct RowLayer
{
	size_t inputs, outputs;
	const float *W, *packed, *b; // W (outputs x inputs), also packed
	Rectifier f;
	bool sparse; // many inputs are mostly 0, as behind relu: their weights needn't be read
};

// Room for inputs that aren't 0 and their places: those of any layer, up to a whole vector.
struct Nonzero
{
	float *x;
	uint32_t *places;
};

struct Kernels
{
	Simd simd;

	// x = (values - mean) / scale of count numbers, in double precision, given 1 / scale. False where
	// some x is NaN or infinite; whether that is its value's fault is left to the caller.
	bool (*standardise)(const double *values, const double *mean, const double *reciprocal,
						size_t count, float *x);
	bool (*standardise_floats)(const float *values, const double *mean, const double *reciprocal,
							   size_t count, float *x);

	// Rearranges W (outputs x inputs) for forward_packed() and forward_row(); packed_size() floats.
	void (*pack)(const float *W, size_t inputs, size_t outputs, float *packed);

	// C = f(A W^T + b): A (rows x inputs), b (outputs), C (rows x outputs). Without b: what is in C
	// takes its place.
	void (*forward_packed)(const LayerShape &shape, const float *A, const float *packed,
						   const float *b, Rectifier f, float *C);

	// The same from W (outputs x inputs) itself, with scratch_size() floats of scratch.
	void (*forward)(const LayerShape &shape, const float *A, const float *W, const float *b,
					Rectifier f, float *C, float *scratch);

	// The same for one row x (inputs) -> y (outputs), adding up in an order of its own.
	void (*forward_row)(size_t inputs, size_t outputs, const float *x, const float *packed,
						const float *b, Rectifier f, float *y);

	// The same for a row of which but count inputs, those at places, may differ from 0.
	void (*forward_gathered)(size_t inputs, size_t outputs, size_t count, const uint32_t *places,
							 const float *x, const float *packed, const float *b, Rectifier f,
							 float *y);

	// A row through some layers (at least one), from x to the outputs of the last, which stand in one
	// of the buffers of y, in turn.
	const float *(*forward_layers)(const RowLayer *layers, size_t count, const float *x,
								   const Nonzero &room, float *const y[2]);

	// D = dZ W * f'(A): dZ (rows x outputs), W (outputs x inputs), A and D (rows x inputs). A isn't
	// read for kNone.
	void (*backward_data)(const LayerShape &shape, const float *dZ, const float *W, Rectifier f,
						  const float *A, float *D, float *scratch);

	// dW = dZ^T A, db = column sums of dZ, or added to what is there: dZ (rows x outputs), dZ_row
	// apart, A (rows x inputs), dW (outputs x inputs), db (outputs).
	void (*backward_weights)(const LayerShape &shape, const float *dZ, size_t dZ_row,
							 const float *A, Sum sum, float *dW, float *db, float *scratch);

	// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
	// p -= rate m / (sqrt(correction v) + epsilon): each of count floats.
	void (*adam)(const AdamStep &step, size_t count, const float *g, float *p, float *m, float *v);

	// v = momentum v - rate g, p += v.
	void (*sgd)(float rate, float momentum, size_t count, const float *g, float *p, float *v);

	// y += factor x.
	void (*add)(float factor, size_t count, const float *x, float *y);

	// y = x0 + x1 + ..., or added to it: of 1 to kMostTerms terms, always in pairs: (x0 + x1) + (x2 + x3).
	void (*sum)(size_t terms, const float *const *x, size_t count, Sum sum, float *y);
};

// Those of an instruction set that is available, and those of the current one.
const Kernels &kernels_of(Simd simd);
const Kernels &kernels();

// Floats of packed weights, and of scratch enough for every function above with at most that many
// rows; the same for every instruction set, in checked arithmetic.
size_t packed_size(size_t inputs, size_t outputs);
size_t scratch_size(const LayerShape &shape);

} // namespace nn

#endif
