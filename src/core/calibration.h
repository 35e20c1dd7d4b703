/*
 * calibration.h: whether predicted probabilities come true: of rows whose probability of a class lies
 * in the same bin, the share that is of it; of quantiles, the share of truths below each.
 */
#ifndef PGNN_CALIBRATION_H
#define PGNN_CALIBRATION_H

#include "core/api_judging.h"
#include "core/scored_rows.h"

namespace nn
{

class Calibration
{
public:
	// bins: of probabilities, as wide as each other; a quantile is a bin of its own.
	Calibration(TargetShape shape, size_t bins);

	// As Evaluation::add().
	void add(size_t n, const double *outputs, const double *truths, const double *weights);

	// Of a class; of quantiles of class 0. A probability between two bins counts in the lower one, as
	// in sklearn.calibration.calibration_curve.
	nn_calibration_bin bin(size_t c, size_t number) const;
	size_t bins() const { return bins_; }

private:
	struct Sums
	{
		int64_t count = 0;
		double weight = 0, predicted = 0, observed = 0;
	};

	void add_bin(size_t c, size_t number, double predicted, bool observed, double weight);

	const TargetShape shape_;
	const size_t bins_;
	std::vector<Sums> sums_; // (classes, bins)
};

} // namespace nn

#endif
