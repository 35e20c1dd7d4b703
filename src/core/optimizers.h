/*
 * optimizers.h: how a gradient becomes a change of the parameters, a table of name and function.
 */
#ifndef PGNN_OPTIMIZERS_H
#define PGNN_OPTIMIZERS_H

#include <cstdint>
#include <string>

#include "core/eigen.h"

namespace nn
{

constexpr int kOptimizerCount = 6;
constexpr int kMaxSlots = 2;

// One step: the flat parameters, their gradient, and the optimizer's memory (all of one length; the
// slots are zero before the first step).
template <class T> struct OptimizerStep
{
	ArrayMap<T> parameters;
	ConstArrayMap<T> gradient;
	ArrayMap<T> slots[kMaxSlots];
	double rate;     // the learning rate
	double momentum; // of sgd
	bool nesterov;   // of sgd: its form of momentum
	int64_t number;  // of the step, from 1
};

template <class T> struct Optimizer
{
	const char *name;
	int slots;            // how many of them it uses
	double default_rate;  // its learning rate unless told
	bool full_batch;      // one step an epoch, over all rows; runs to tolerance or epochs
	bool decoupled_decay; // l2 doesn't enter the gradient: weights *= 1 - rate * l2 before the step
	bool line_search;     // it has no step: an Lbfgs (lbfgs.h) asks for losses and gradients
	void (*step)(OptimizerStep<T> &step);
};

// The optimizer of that name, or nullptr.
template <class T> const Optimizer<T> *find_optimizer(const std::string &name);

// All names, separated by commas, for messages.
std::string optimizer_names();

} // namespace nn

#endif
