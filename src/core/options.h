/*
 * options.h: what the user asked for, checked, and with what was left open chosen from the data.
 */
#ifndef PGNN_OPTIONS_H
#define PGNN_OPTIONS_H

#include <cstdint>
#include <vector>

#include "core/activations.h"
#include "core/losses.h"
#include "core/network.h"
#include "core/optimizers.h"
#include "core/schedules.h"

namespace nn
{

// See nn_options_default.
nn_options default_options();

// See nn_options_check.
void check_options(const nn_options &options);

// See nn_target_kind.
nn_kind target_kind(const nn_options &options, const char *name, const char *type, nn_kind kind);

// True where rows are held out, which some options need.
bool holds_rows_out(const nn_options &options, const nn_column *columns, int count);

// What is learnt with: by name, or by the task and the quantiles.
const Loss<float> &resolved_loss(const nn_options &options, bool classes);

// What options.missing stands for.
enum class Missing
{
	kImpute,
	kSkip,
	kError
};

// The policy of that name in found; false where there is none.
bool find_missing(const char *name, Missing *found);

// Options as training uses them.
struct Plan
{
	std::vector<int> sizes;                             // inputs, hidden widths, outputs
	std::vector<const Activation<float> *> activations; // of the hidden layers
	const char *output;                                 // activation of the last layer
	const Loss<float> *loss;
	std::vector<double> quantiles; // of the loss quantile
	const Optimizer<float> *optimizer;
	const Schedule *schedule;
	double learning_rate;
	int64_t batch_size;
};

// What a training set makes of a network: its inputs, and its classes or the numbers of its target.
struct Shape
{
	int64_t rows; // of training
	int inputs;
	int classes; // 0: a regression
	int numbers; // of each target
};

// Completes checked options. start: the network to go on from, or nullptr.
Plan make_plan(const nn_options &options, const Shape &shape, const Network<float> *start);

} // namespace nn

#endif
