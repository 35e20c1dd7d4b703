/*
 * regularisation.h: what keeps weights and gradients small. Biases are free of penalties.
 */
#ifndef PGNN_REGULARISATION_H
#define PGNN_REGULARISATION_H

#include "core/network.h"

namespace nn
{

// l1 * sum |w| + l2/2 * sum w^2 over the weights of all layers, which is added to the loss.
struct Penalties
{
	double l1, l2;
};

// Their value.
double penalty(const Network<float> &network, const Penalties &penalties);

// Adds the gradient of those of n weights; that of |w| at 0 is 0.
void add_penalties(const Penalties &penalties, const float *weights, Index n, float *gradient);

// Multiplies n weights by 1 - share: weight decay apart from the gradient (Loshchilov and Hutter,
// "Decoupled weight decay regularization", 2019).
void decay_weights(double share, float *weights, Index n);

// Of n numbers, in double and in an order of its own, whatever the processor. A gradient longer than
// clip_norm is shortened to it (Pascanu et al., "On the difficulty of training recurrent neural
// networks", 2013).
double sum_of_squares(const float *numbers, Index n);

} // namespace nn

#endif
