/*
 * class_metrics.h: measures of predicted classes and their probabilities.
 */
#ifndef PGNN_CLASS_METRICS_H
#define PGNN_CLASS_METRICS_H

#include <vector>

#include "core/ranking.h"
#include "core/scored_rows.h"

namespace nn
{

class ClassMetrics
{
public:
	explicit ClassMetrics(const TargetShape &shape);

	// A row's probabilities and its class; one that the model doesn't know is that behind the last.
	void add(const double *probabilities, size_t truth, double weight);

	// Rows, and their weights, of a class for which another, or the same, was predicted.
	int64_t count(size_t truth, size_t predicted) const { return counts_[at(truth, predicted)]; }
	double weight(size_t truth, size_t predicted) const { return weights_[at(truth, predicted)]; }

	// All metrics, each with that of the constant that always says the commonest class of these rows,
	// or of their shares. rankings: of each class (of two classes the second is enough); ranked: they
	// hold the rows.
	void collect(const std::vector<Ranking> &rankings, bool ranked,
				 std::vector<nn_metric> &metrics) const;

private:
	// Weights of each class's rows, of those predicted so, and of both.
	struct Margins
	{
		std::vector<double> truth, predicted, right;
		double all = 0;
	};

	size_t at(size_t truth, size_t predicted) const { return truth * classes_ + predicted; }
	Margins margins() const;
	Margins constant_margins(const Margins &m) const;
	void collect_choices(const Margins &m, const Margins &constant,
						 std::vector<nn_metric> &metrics) const;
	void collect_rankings(const Margins &m, const std::vector<Ranking> &rankings, bool ranked,
						  std::vector<nn_metric> &metrics) const;

	const size_t classes_;
	std::vector<int64_t> counts_; // (classes + 1, classes)
	std::vector<double> weights_;
	double log_loss_ = 0, brier_ = 0;
};

} // namespace nn

#endif
