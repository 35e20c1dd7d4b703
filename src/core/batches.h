/*
 * batches.h: passes through the rows: in what order, and how much each row counts.
 */
#ifndef PGNN_BATCHES_H
#define PGNN_BATCHES_H

#include "core/dataset.h"
#include "core/random.h"

namespace nn
{

class Batches
{
public:
	// Throws NN_INVALID for class weights that don't fit the dataset's classes.
	Batches(const Dataset &dataset, const nn_options &options);

	// Starts a pass through the training rows, in an order drawn from the seed and the epoch's number,
	// or in canonical order.
	void begin_epoch(int64_t number, bool shuffled);

	// Starts a pass through the held-out rows, or through the training rows, in canonical order.
	void begin_pass(bool held_out);

	// Rows of the pass.
	size_t rows() const { return rows_->size(); }

	// Settles which rows are at the places from begin to end of the pass. Places must be settled once,
	// in order.
	void settle(size_t begin, size_t end);

	// The row at a settled place; and, in an epoch, what its dropout is drawn from: the seed, the epoch
	// and the row.
	const unsigned char *row(size_t place) const
	{
		return dataset_.row((*rows_)[shuffled_ ? order_[place] : place]);
	}
	uint64_t key(size_t place) const
	{
		return mix(epoch_key_ + (shuffled_ ? order_[place] : place));
	}

	// By what the weight of each class's rows is multiplied in the loss, such that the training rows'
	// mean is 1 (of a regression: all rows are one class). Empty: all weights are 1.
	const std::vector<float> &factors() const { return factors_; }

private:
	void start_factors(const nn_options &options);

	const Dataset &dataset_;
	const uint64_t seed_;
	const std::vector<uint32_t> *rows_; // of the pass
	std::vector<uint32_t> order_;       // in a shuffled pass: their places in canonical order
	bool shuffled_ = false;
	Random random_;
	uint64_t epoch_key_ = 0;
	std::vector<float> factors_;
};

} // namespace nn

#endif
