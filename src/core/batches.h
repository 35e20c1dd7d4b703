/*
 * batches.h: passes through the rows: in what order, and how much each row counts.
 */
#ifndef PGNN_BATCHES_H
#define PGNN_BATCHES_H

#include "core/dataset.h"
#include "core/random.h"
#include "core/window.h"

namespace nn
{

class Batches
{
public:
	// bytes: memory for rows of a dataset that has them in files. Throws NN_INVALID for class weights
	// that don't fit the dataset's classes, NN_LIMIT where the memory isn't enough.
	Batches(const Dataset &dataset, const nn_options &options, size_t bytes = 0);

	// Starts a pass through the training rows, in an order drawn from the seed and the epoch's number,
	// or in canonical order.
	void begin_epoch(int64_t number, bool shuffled);

	// Starts a pass through the held-out rows, or through the training rows, in canonical order.
	void begin_pass(bool held_out);

	// Rows of the pass.
	size_t rows() const { return window_ ? stored_->rows : rows_->size(); }

	// Settles which rows are at the places from begin to end of the pass, or to where it gives: of rows
	// in files only some are in memory, which from then on forgets those before them. Where it gives
	// begin, it read some and must be called again. Places must be settled once, in order.
	size_t settle(size_t begin, size_t end);

	// Asks for rows at places that are likely to be settled next, so that they are in the cache by then.
	void prefetch(size_t place, size_t n) const;

	// The row at a settled place; and, in an epoch, what its dropout is drawn from: the seed, the epoch
	// and the row.
	const unsigned char *row(size_t place) const
	{
		const size_t number = ordered(place);
		return window_ ? window_->row(number) : dataset_.row((*rows_)[number]);
	}
	uint64_t key(size_t place) const
	{
		const size_t number = ordered(place);
		return mix(epoch_key_ + (window_ ? window_->place(number) : number));
	}

	// By what the weight of each class's rows is multiplied in the loss, such that the training rows'
	// mean is 1 (of a regression: all rows are one class). Empty: all weights are 1.
	const std::vector<float> &factors() const { return factors_; }

private:
	void start_factors(const nn_options &options);
	void shuffle(size_t begin, size_t end);

	// Of the rows in memory, the one at a place of the pass.
	size_t ordered(size_t place) const
	{
		const size_t number = window_ ? place - window_->first() : place;
		return shuffled_ ? order_[number] : number;
	}

	const Dataset &dataset_;
	const uint64_t seed_;
	const std::vector<uint32_t> *rows_; // of the pass
	std::unique_ptr<Window> window_;    // of rows in files
	const StoredRows *stored_ = nullptr;
	std::vector<uint32_t> order_; // in a shuffled pass: of the rows in memory
	size_t ordered_end_ = 0;      // the end of those that have been shuffled
	bool shuffled_ = false;
	Random random_;
	uint64_t epoch_key_ = 0;
	std::vector<float> factors_;
};

} // namespace nn

#endif
