/*
 * number_metrics.h: measures of predicted numbers and quantiles.
 */
#ifndef PGNN_NUMBER_METRICS_H
#define PGNN_NUMBER_METRICS_H

#include <vector>

#include "core/api_judging.h"
#include "core/scored_rows.h"

namespace nn
{

class NumberMetrics
{
public:
	explicit NumberMetrics(const TargetShape &shape);

	void add(const double *outputs, const double *truths, double weight);

	// The outputs whose errors are measured: all of them; of quantiles the median, if it is one.
	const std::vector<size_t> &measured() const { return measured_; }

	// What takes the rows in order, of the k-th measured output: the median of the truths, after which
	// all rows are to be added once more, and those of the errors and of that constant's errors.
	void set_median(size_t k, double median) { outputs_[k].median = median; }
	double median(size_t k) const { return outputs_[k].median; }
	void add_constant(size_t k, double truth, double weight);
	void set_median_error(size_t k, double error) { outputs_[k].median_error = error; }
	void set_constant_error(size_t k, double error) { outputs_[k].constant_median_error = error; }

	// The same of quantiles.
	void set_constants(const std::vector<double> &quantiles) { constants_ = quantiles; }
	void add_constants(double truth, double weight);

	double weight() const { return weight_; }

	// All metrics, each with that of the best constant for these rows: their mean; for mae, mape and
	// median_absolute_error their median; for quantiles these. ordered: what takes the rows in order
	// was given.
	void collect(bool ordered, std::vector<nn_metric> &metrics) const;

private:
	// A mean and the squared distances from it, one number after another (B. Welford, "Note on a method
	// for calculating corrected sums of squares and products", 1962; with weights D. West, 1979).
	struct Moments
	{
		double weight = 0, mean = 0, squares = 0;

		void add(double x, double w);
		double variance() const { return squares / weight; }
	};

	// Of one measured output.
	struct Output
	{
		Moments truth, error;
		double squares = 0, absolute = 0, relative = 0; // sums of errors
		bool zero = false;                              // a truth is 0
		double median = 0, median_error = 0, constant_median_error = 0;
		double constant_absolute = 0, constant_relative = 0;
	};

	template <class F> double mean(F value) const;
	void collect_errors(bool ordered, std::vector<nn_metric> &metrics) const;
	void collect_quantiles(bool ordered, std::vector<nn_metric> &metrics) const;

	const TargetShape shape_;
	std::vector<size_t> measured_;
	std::vector<Output> outputs_; // of the measured
	double weight_ = 0;
	std::vector<double> constants_; // the quantiles of the truths
	double pinball_ = 0, constant_pinball_ = 0, inside_ = 0, constant_inside_ = 0;
};

} // namespace nn

#endif
