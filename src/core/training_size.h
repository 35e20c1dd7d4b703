/*
 * training_size.h: the network that a training of a dataset would make, and the memory it would take.
 */
#ifndef PGNN_TRAINING_SIZE_H
#define PGNN_TRAINING_SIZE_H

#include "core/dataset.h"
#include "core/options.h"

namespace nn
{

// How many rows are expected for each one that was read.
double expected(const Dataset &dataset, const nn_options &options);

// What the options leave open, by the dataset.
Plan plan_for(const Dataset &dataset, const nn_options &options);

// Bytes that training takes beside the rows.
size_t network_bytes(const Dataset &dataset, const nn_options &options, const Plan &plan);

// The same for a dataset whose encoder is known, before there is a plan.
size_t training_bytes(const Dataset &dataset, const nn_options &options);

// The plan; NN_LIMIT where the dataset's budget leaves no room for the network. No memory is taken yet.
Plan checked_plan(const Dataset &dataset, const nn_options &options);

// What is left for rows of those that are in files; 0 where none is.
size_t rows_bytes(const Dataset &dataset, const nn_options &options, const Plan &plan);

} // namespace nn

#endif
