/*
 * warnings.h: what a user should know of a training that did end well: each a status of code NN_OK
 * with a message and a hint.
 */
#ifndef PGNN_WARNINGS_H
#define PGNN_WARNINGS_H

#include <vector>

#include "core/dataset.h"

namespace nn
{

using Warnings = std::vector<nn_status>;

__attribute__((format(printf, 3, 4))) void warn(Warnings &warnings, const char *hint,
												const char *format, ...);

// Columns with categories that the version gone on from doesn't know.
void warn_of_unknown(const Dataset &dataset, Warnings &warnings);

// Columns that nn_train would refuse, that are the same in all rows, or that look like ids.
void warn_of_columns(const Dataset &dataset, Warnings &warnings);

// A feature that gives the target away by itself, judged by a sample of the training rows. To be
// called for each feature; arrays are passed over.
void warn_of_leak(const Dataset &dataset, size_t feature, Warnings &warnings);

// The loss still fell when the epochs ran out. curve: one loss an epoch.
void warn_of_end(const std::vector<double> &curve, Warnings &warnings);

// The model predicts no better than the baseline.
void warn_of_score(bool classes, double score, double baseline, Warnings &warnings);

} // namespace nn

#endif
