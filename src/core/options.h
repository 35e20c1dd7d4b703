/*
 * options.h: what the user asked for, checked, and with what was left open chosen from the data.
 */
#ifndef PGNN_OPTIONS_H
#define PGNN_OPTIONS_H

#include <cstdint>
#include <vector>

#include "core/activations.h"
#include "core/losses.h"
#include "core/optimizers.h"

namespace nn
{

// See nn_options_check.
void check_options(const nn_options &options);

// See nn_target_kind.
nn_kind target_kind(const nn_options &options, const char *name, const char *type, nn_kind kind);

// Options as training uses them.
struct Plan
{
	std::vector<int> sizes;                             // inputs, hidden widths, outputs
	std::vector<const Activation<float> *> activations; // of the hidden layers
	const Loss<float> *loss;
	const Optimizer<float> *optimizer;
	double learning_rate;
	int64_t batch_size;
};

// Completes checked options for a training set of so many rows, inputs and outputs.
Plan make_plan(const nn_options &options, bool classes, int64_t rows, int inputs, int outputs);

} // namespace nn

#endif
