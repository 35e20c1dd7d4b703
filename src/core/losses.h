/*
 * losses.h: what training makes small, a table of name and function each.
 */
#ifndef PGNN_LOSSES_H
#define PGNN_LOSSES_H

#include <string>

#include "core/eigen.h"

namespace nn
{

constexpr int kLossCount = 4;

template <class T> struct Loss
{
	const char *name;
	bool classes; // of classes, or of numbers
	int degree;   // multiplying targets and outputs by s multiplies the loss by s^degree

	// Z (rows, outputs): the network's last pre-activations; Y: the targets, (rows, outputs)
	// numbers or (rows, 1) class indexes. Adds the loss of each output, summed over the rows, to
	// sums[outputs] (classes: to sums[0] alone). With dZ, stores the gradient of
	// scale * (loss summed over rows and outputs) there; dZ may be nullptr.
	void (*evaluate)(ConstMatrixMap<T> Z, ConstMatrixMap<T> Y, double *sums, T scale, T *dZ);
};

// The loss of that name, or nullptr.
template <class T> const Loss<T> *find_loss(const std::string &name);

// The names for one task, separated by commas, for messages.
std::string loss_names(bool classes);

// Logits (rows, 1 or classes) into probabilities of the classes, p[row * classes + class]; one
// logit stands for the second of two classes.
template <class T> void probabilities(ConstMatrixMap<T> Z, int classes, double *p);

} // namespace nn

#endif
