/*
 * losses.h: what training makes small, a table of name and function each.
 */
#ifndef PGNN_LOSSES_H
#define PGNN_LOSSES_H

#include <string>

#include "core/eigen.h"

namespace nn
{

constexpr int kLossCount = 6;

// A batch as a loss sees it. A row of weight 2 counts as the row twice would; of one of weight 0
// nothing is looked at, and its gradient is 0.
template <class T> struct LossBatch
{
	ConstMatrixMap<T> Z; // (rows, outputs): the network's last pre-activations
	ConstMatrixMap<T> Y; // targets: (rows, outputs) numbers, (rows, 1) class indexes; quantile:
						 // (rows, 1) numbers
	const T *weights;    // of each row, at least 0; nullptr: 1 each
	double *sums;        // of each output (classes: sums[0] alone), added to: weight * loss
	T scale;             // of the gradient
	T *dZ;               // (rows, outputs): becomes the gradient of scale * (weight * loss summed
						 // over rows and outputs); or nullptr
	T smoothing = 0;     // of the labels, [0, 1): the share of a class spread over all
	const double *quantiles = nullptr; // of loss quantile: one for each output, in (0, 1)
};

template <class T> struct Loss
{
	const char *name;
	bool classes;     // of classes, or of numbers
	int degree;       // multiplying targets and predictions by s multiplies the loss by s^degree
	bool logarithmic; // outputs are logarithms of the predictions, targets are at least 0
	bool quantiles;   // outputs are quantiles of one target
	void (*evaluate)(const LossBatch<T> &batch);
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
