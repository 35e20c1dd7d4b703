/*
 * stopping.h: which epoch of a training is the best, and when to stop waiting for a better one.
 */
#ifndef PGNN_STOPPING_H
#define PGNN_STOPPING_H

#include "core/api.h"

namespace nn
{

class Stopping
{
public:
	// Takes patience, min_improvement, min_epochs and stop_on of checked options.
	explicit Stopping(const nn_options &options);

	// Whether the score decides, rather than the loss.
	bool on_score() const { return on_score_; }

	// Told the loss and score (NaN: none) after an epoch, from 1 up: true where it is the best so far.
	bool note(int epoch, double loss, double score);

	// Patience is at its end.
	bool impatient() const;

	int best_epoch() const { return best_epoch_; }

	// What is to be small: the last loss, or the last score less than 0.
	double measure() const { return measure_; }

private:
	const int patience_, min_epochs_;
	const double min_improvement_;
	const bool on_score_;
	int epoch_ = 0, best_epoch_ = 0;
	double best_ = 0, measure_ = 0;
};

} // namespace nn

#endif
