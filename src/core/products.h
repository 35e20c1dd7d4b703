/*
 * products.h: the matrix products of a layer: on the kernels in float, which trains and predicts, and
 * on Eigen in double, which proves the gradients.
 */
#ifndef PGNN_PRODUCTS_H
#define PGNN_PRODUCTS_H

#include "core/eigen.h"
#include "core/kernels.h"

namespace nn
{

// Shapes and meanings are those of kernels.h. scratch: scratch_size() floats.

inline void layer_forward(const LayerShape &shape, const float *A, const float *W, const float *b,
						  Rectifier f, float *C, float *scratch)
{
	kernels().forward(shape, A, W, b, f, C, scratch);
}

inline void layer_pack(const float *W, size_t inputs, size_t outputs, float *packed)
{
	kernels().pack(W, inputs, outputs, packed);
}

inline void layer_forward_packed(const LayerShape &shape, const float *A, const float *packed,
								 const float *b, Rectifier f, float *C)
{
	kernels().forward_packed(shape, A, packed, b, f, C);
}

inline void add_multiple(float factor, Index n, const float *x, float *y)
{
	kernels().add(factor, static_cast<size_t>(n), x, y);
}

inline void layer_backward_data(const LayerShape &shape, const float *dZ, const float *W,
								Rectifier f, const float *A, float *D, float *scratch)
{
	kernels().backward_data(shape, dZ, W, f, A, D, scratch);
}

inline void layer_backward_weights(const LayerShape &shape, const float *dZ, size_t dZ_row,
								   const float *A, Sum sum, float *dW, float *db, float *scratch)
{
	kernels().backward_weights(shape, dZ, dZ_row, A, sum, dW, db, scratch);
}

void layer_forward(const LayerShape &shape, const double *A, const double *W, const double *b,
				   Rectifier f, double *C, double *scratch);
void layer_backward_data(const LayerShape &shape, const double *dZ, const double *W, Rectifier f,
						 const double *A, double *D, double *scratch);
void layer_backward_weights(const LayerShape &shape, const double *dZ, size_t dZ_row,
							const double *A, Sum sum, double *dW, double *db, double *scratch);

void add_multiple(double factor, Index n, const double *x, double *y);

// In double nothing is packed: this is a copy.
void layer_pack(const double *W, size_t inputs, size_t outputs, double *packed);
void layer_forward_packed(const LayerShape &shape, const double *A, const double *packed,
						  const double *b, Rectifier f, double *C);

} // namespace nn

#endif
