/*
 * activations.h: the functions between the layers, a table of name and two short functions each.
 */
#ifndef PGNN_ACTIVATIONS_H
#define PGNN_ACTIVATIONS_H

#include <string>

#include "core/eigen.h"
#include "core/kernels.h"

namespace nn
{

constexpr int kActivationCount = 9;

template <class T> struct Activation
{
	const char *name;

	// a: pre-activations in, activations out.
	void (*forward)(ArrayMap<T> a);

	// d: dLoss/da in, dLoss/dz out, a: the activations, z: the pre-activations, which are only kept
	// (and only given) where needs_input says so.
	void (*backward)(ConstArrayMap<T> z, ConstArrayMap<T> a, ArrayMap<T> d);

	bool needs_input;
	bool rectifier; // He initialisation, otherwise Glorot

	// What the products of the layers around do in passing; then neither function is called.
	Rectifier fused = Rectifier::kNone;
};

// The activation of that name, or nullptr.
template <class T> const Activation<T> *find_activation(const std::string &name);

// All names, separated by commas, for messages.
std::string activation_names();

} // namespace nn

#endif
