/*
 * eigen_peer.h: the products of a layer by Eigen, compiled for AVX-512, to compare with.
 */
#ifndef PGNN_BENCH_EIGEN_PEER_H
#define PGNN_BENCH_EIGEN_PEER_H

#include "core/kernels.h"

namespace eigen_peer
{

using nn::LayerShape;

void forward(const LayerShape &shape, const float *A, const float *W, const float *b, bool relu,
			 float *C);
void backward_data(const LayerShape &shape, const float *dZ, const float *W, const float *A,
				   float *D);
void backward_weights(const LayerShape &shape, const float *dZ, const float *A, float *dW,
					  float *db);

} // namespace eigen_peer

#endif
