/*
 * residuals.h: what is left of the truth when the prediction is taken off it, in bins of rows with
 * similar predictions.
 */
#ifndef PGNN_RESIDUALS_H
#define PGNN_RESIDUALS_H

#include <array>
#include <memory>

#include "core/api_judging.h"
#include "core/ordering.h"
#include "core/scored_rows.h"

namespace nn
{

class Residuals
{
public:
	// bins: of about as many rows each, at least 1. Throws NN_LIMIT, when prepared, for rows beyond
	// the budget.
	Residuals(TargetShape shape, size_t bins, size_t budget);
	Residuals(const Residuals &) = delete; // the steps point into it
	Residuals &operator=(const Residuals &) = delete;

	// As Evaluation::add() and prepare().
	void add(size_t n, const double *outputs, const double *truths, const double *weights);
	bool prepare();

	// The bins of each output, one output after another; empty ones, too.
	const std::vector<nn_residual_bin> &bins() const { return bins_; }

private:
	void plan(size_t output);
	void assign(size_t output, size_t begin, size_t end);
	void find_quantiles(size_t output, size_t begin, size_t end);
	double truth(size_t row, size_t output) const
	{
		return rows_.truths(row)[shape_.truths() > 1 ? output : 0];
	}

	// What stands behind a bin.
	struct Sums
	{
		double weight = 0, squares = 0;
		double reached = 0; // of its weight, by rising residual
		size_t found = 0;   // quantiles
	};

	const TargetShape shape_;
	const size_t bin_count_;
	ScoredRows rows_;
	Ordering order_;
	std::vector<uint32_t> bin_of_; // of each row
	std::unique_ptr<Steps> steps_;
	std::vector<nn_residual_bin> bins_;
	std::vector<Sums> sums_;
};

} // namespace nn

#endif
