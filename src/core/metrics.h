/*
 * metrics.h: how good predictions are: accuracy of classes, R^2 of numbers, and its like for
 * quantiles.
 */
#ifndef PGNN_METRICS_H
#define PGNN_METRICS_H

#include <utility>
#include <vector>

#include "core/eigen.h"

namespace nn
{

// What is scored, and what training knew without a network.
struct ScoreKind
{
	int classes = 0;               // 0: numbers
	int commonest = 0;             // of the classes, in training
	int outputs = 1;               // of the network
	bool logarithmic = false;      // outputs are logarithms; the numbers' mean in training is 1
	std::vector<double> quantiles; // that the outputs stand for, or none
	std::vector<double> constants; // the same quantiles of the training rows' targets
};

// Gathers what the score of a set of rows takes, batch by batch, in double.
class Score
{
public:
	explicit Score(ScoreKind kind);

	// Z (rows, outputs): the network's outputs; Y: class indexes (rows, 1), numbers (rows, outputs)
	// scaled so that their mean in training is 0 (logarithmic: 1), or of quantiles numbers (rows, 1);
	// weights: of each row, or nullptr for 1 each.
	void add(ConstMatrixMap<float> Z, ConstMatrixMap<float> Y, const float *weights);

	// Accuracy; or R^2 = 1 - sum (y - prediction)^2 / sum (y - mean y)^2, the mean over all outputs;
	// or of quantiles 1 - loss of the outputs / loss of the constants, the mean over all quantiles
	// (Koenker and Machado, "Goodness of fit and related inference processes for quantile
	// regression", 1999, call it R^1). NaN where rows have no weight, their targets don't vary, or a
	// constant fits them all.
	double value() const;

	// What the commonest class, the mean or the quantiles of training score on these rows.
	double baseline() const;

	// Forgets the rows.
	void reset();

private:
	void add_class(ConstMatrixMap<float> Z, Index row, int truth, double weight);
	void add_number(size_t output, double prediction, double y, double weight);
	void add_quantile(size_t output, double prediction, double y, double weight);
	double mean_of_ratios(const std::vector<double> &errors) const;

	ScoreKind kind_;
	double weight_ = 0, right_ = 0, common_ = 0;
	std::vector<double> errors_, constant_errors_; // of each output
	std::vector<double> sums_;                     // of targets, less the baseline's prediction
};

// The smallest value at which the weight of the values up to it reaches the share q, in (0, 1), of all
// weight: the inverse of the empirical distribution function, definition 1 of Hyndman and Fan, "Sample
// quantiles in statistical packages", 1996. NaN without weight.
double weighted_quantile(std::vector<std::pair<float, float>> values_and_weights, double q);

} // namespace nn

#endif
