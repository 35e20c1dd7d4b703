/*
 * importance.h: how much worse a model's predictions get when the values of one column are dealt out
 * anew among the rows, so that they say nothing of their row any more (L. Breiman, "Random forests",
 * 2001).
 */
#ifndef PGNN_IMPORTANCE_H
#define PGNN_IMPORTANCE_H

#include <memory>
#include <string>

#include "core/encoded_rows.h"
#include "core/evaluation.h"

namespace nn
{

class Importance
{
public:
	// The predictor must outlive it. metric: by name; null: r2, accuracy, or pinball. Throws
	// NN_INVALID for one that the model hasn't got.
	Importance(Predictor &predictor, TargetShape shape, const char *metric, int repeats, int seed,
			   size_t budget);
	Importance(const Importance &) = delete; // the steps point into it
	Importance &operator=(const Importance &) = delete;

	// Keeps a row; false where a NULL leaves no prediction.
	bool add(const nn_value *values, const double *truths, double weight)
	{
		return rows_.add(values, truths, weight);
	}

	// Works for a moment; false when there is nothing left to do. Throws NN_LIMIT for rows beyond the
	// budget.
	bool step();

	// What holds then: of each feature the mean worsening of the metric, and its standard deviation.
	double mean(size_t feature) const;
	double deviation(size_t feature) const;
	const std::string &metric() const { return metric_; }

private:
	void begin_pass();
	void predict_part();
	void end_pass();

	const TargetShape shape_;
	std::string metric_;
	const int repeats_, seed_;
	const size_t budget_;
	EncodedRows rows_;
	size_t pass_ = 0;             // 0: as they are; then each feature, and again
	size_t done_ = 0;             // rows of it
	std::vector<uint32_t> dealt_; // from which row the feature's values come
	std::unique_ptr<Evaluation> evaluation_;
	double whole_ = 0;
	std::vector<std::vector<double>> worse_; // of each feature
};

} // namespace nn

#endif
