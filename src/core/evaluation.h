/*
 * evaluation.h: how good a model's predictions of some rows are, by many measures at once.
 *
 * Most take each row once and keep none. Those that need the rows in some order keep them within the
 * budget, or are NaN beyond it. The definitions are those of scikit-learn's functions, which are
 * named beside them; rows count by their weights.
 */
#ifndef PGNN_EVALUATION_H
#define PGNN_EVALUATION_H

#include <memory>

#include "core/class_metrics.h"
#include "core/number_metrics.h"
#include "core/ordering.h"
#include "core/ranking.h"

namespace nn
{

class Evaluation
{
public:
	// budget: for the rows; 0: none are kept. curve_points: of each class's curve, at most; 0: none.
	Evaluation(TargetShape shape, size_t budget, size_t curve_points = 0);
	Evaluation(const Evaluation &) = delete; // the steps point into it
	Evaluation &operator=(const Evaluation &) = delete;

	// n rows of predictions (n, outputs), truths (n, truths), and weights, or nullptr for 1 each.
	// A weight must be above 0.
	void add(size_t n, const double *outputs, const double *truths, const double *weights);

	// Computes the metrics; false when there is nothing left to do. No row may be added then.
	bool prepare();

	// What follows holds once prepare() has returned false.
	const std::vector<nn_metric> &metrics() const { return metrics_; }

	// The value of one of them; NaN where there is none of that name.
	double value(const char *name) const;

	const ScoredRows &rows() const { return rows_; }
	const ClassMetrics &classes() const { return classes_; }
	const Ranking &ranking(size_t c) const { return rankings_[c]; }

private:
	void plan();
	void plan_ranking(size_t c);
	void plan_number(size_t k);
	void plan_constants();
	void plan_quantiles(const std::vector<double> &q,
						const std::function<double(size_t row)> &number,
						const std::function<void()> &found);
	void plan_median(const std::function<double(size_t row)> &number,
					 const std::function<void(double)> &found);
	void finish();

	const TargetShape shape_;
	const size_t curve_points_;
	ScoredRows rows_;
	bool weighted_ = false;
	ClassMetrics classes_;
	NumberMetrics numbers_;
	Ordering order_;
	std::vector<double> quantiles_; // of the order, those found so far
	double reached_ = 0;            // weight of the rows up to there
	std::vector<Ranking> rankings_; // of each class
	std::unique_ptr<Steps> steps_;
	std::vector<nn_metric> metrics_;
};

} // namespace nn

#endif
