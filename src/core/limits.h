/*
 * limits.h: the documented limits of the core, each checked in one place.
 */
#ifndef PGNN_LIMITS_H
#define PGNN_LIMITS_H

#include <cstddef>
#include <cstdint>

namespace nn
{

constexpr int kMaxHiddenLayers = 100;
constexpr int kMaxUnits = 65536;              // of one hidden layer
constexpr int kMaxInputs = 100000;            // of the network, after encoding
constexpr int kMaxCategories = 1000;          // of one column, classes included
constexpr size_t kMaxCategoryLength = 1000;   // bytes
constexpr int kMaxOutputs = 1000;             // elements of an array target
constexpr int64_t kMaxParameters = 250000000; // as real[] just below PostgreSQL's 1 GB a value
constexpr int kMaxEpochs = 1000000;
constexpr int kMaxBatch = 1000000;
constexpr int64_t kMaxRows = 2000000000; // row numbers are 32 bits
constexpr int kMaxQuantiles = 100;
constexpr double kMaxPenalty = 1e6;
constexpr double kMaxWeight = 1e6; // of a class
constexpr double kMaxValidation = 0.9;
constexpr int kMaxRetries = 3; // fresh starts after a loss that isn't finite

// A number of a held-out row counts as at most so many standard deviations from the mean, or as far
// as the training rows reach: one outlier that nothing could be learnt about would otherwise outweigh
// all others in the loss that stops training.
constexpr double kMaxDeviations = 10;

// A column with more distinct values than the first, and more of them than this share of its
// non-NULL rows, is a name or an id: nothing can be learnt from it.
constexpr int kIdCategories = 20;
constexpr double kIdShare = 0.8;

} // namespace nn

#endif
