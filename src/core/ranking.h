/*
 * ranking.h: how well the probability of one class tells its rows from the others, at every threshold:
 * the curves of ROC and of precision and recall, and the areas below them.
 */
#ifndef PGNN_RANKING_H
#define PGNN_RANKING_H

#include <vector>

#include "core/api_judging.h"

namespace nn
{

class Ranking
{
public:
	// The rows by falling score; hit: of the class.
	void add(double score, bool hit, double weight, bool curve);

	// After the last row; keeps at most so many points of the curve, at about the same distances.
	void finish(size_t points);

	// Weights of all rows of the class, and of the others.
	double hits() const { return hits_; }
	double misses() const { return misses_; }

	// By trapezoids over the distinct scores: sklearn.metrics.roc_auc_score. NaN without rows of both
	// kinds.
	double roc_auc() const;

	// The sum of each score's precision times the recall it adds: average_precision_score. NaN without
	// rows of the class.
	double average_precision() const;

	// From above all scores down: the weights of the rows at or above each.
	const std::vector<nn_curve_point> &curve() const { return curve_; }

private:
	void end_score();

	double score_ = 0;
	bool started_ = false, keeps_curve_ = false;
	double hits_ = 0, misses_ = 0;               // up to the score
	double hits_before_ = 0, misses_before_ = 0; // above it
	double area_ = 0, precision_ = 0;
	std::vector<nn_curve_point> curve_;
};

} // namespace nn

#endif
