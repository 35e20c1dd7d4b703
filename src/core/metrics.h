/*
 * metrics.h: how good predictions are: accuracy of classes, R^2 of numbers.
 */
#ifndef PGNN_METRICS_H
#define PGNN_METRICS_H

#include <cstdint>
#include <vector>

#include "core/eigen.h"

namespace nn
{

// Gathers what the score of a set of rows takes, batch by batch, in double.
class Score
{
public:
	// Of classes: their number and the commonest one in training. Of numbers: classes is 0.
	Score(int classes, int commonest, int outputs);

	// Z (rows, outputs): the network's outputs; Y: class indexes (rows, 1) or numbers (rows,
	// outputs), standardised so that 0 is their mean in training.
	void add(ConstMatrixMap<float> Z, ConstMatrixMap<float> Y);

	// Accuracy, or R^2 = 1 - sum (y - z)^2 / sum (y - mean y)^2, the mean over all outputs; NaN
	// where the rows' targets don't vary.
	double value() const;

	// What the commonest class, or the mean of training, scores on these rows.
	double baseline() const;

private:
	double r_squared(const std::vector<double> &errors) const;

	int classes_, commonest_;
	double rows_ = 0, right_ = 0, common_ = 0;
	std::vector<double> errors_, sums_, squares_;
};

} // namespace nn

#endif
