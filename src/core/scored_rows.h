/*
 * scored_rows.h: rows that a model has predicted, kept for what takes all of them at once: a row is
 * the model's outputs, the truth, and the row's weight.
 */
#ifndef PGNN_SCORED_ROWS_H
#define PGNN_SCORED_ROWS_H

#include <memory>
#include <vector>

#include "core/error.h"

namespace nn
{

// What is predicted.
struct TargetShape
{
	int classes = 0;               // 0: numbers
	int outputs = 1;               // numbers of a prediction: of classes their probabilities
	std::vector<double> quantiles; // that the outputs stand for, or none

	// Numbers of a truth: a class's place (that of the last and one: none of the model's), or the
	// target's numbers.
	int truths() const { return classes > 0 || !quantiles.empty() ? 1 : outputs; }
};

class ScoredRows
{
public:
	// extra: bytes that whoever uses them takes for each row.
	ScoredRows(const TargetShape &shape, size_t budget, size_t extra);

	// Adds a row. Beyond the budget none is kept, nor those before; they are only counted.
	void add(const double *outputs, const double *truths, double weight);

	size_t rows() const { return rows_; }
	bool complete() const { return !overflowed_; }

	// Throws NN_LIMIT, naming both sizes, where rows were not kept.
	void check_complete() const;

	const double *outputs(size_t row) const
	{
		return chunks_[row / chunk_rows_].get() + row % chunk_rows_ * width_;
	}
	const double *truths(size_t row) const { return outputs(row) + outputs_; }
	double weight(size_t row) const { return outputs(row)[width_ - 1]; }

private:
	const size_t outputs_, width_, chunk_rows_;
	const size_t budget_, row_bytes_;
	std::vector<std::unique_ptr<double[]>> chunks_;
	size_t rows_ = 0;
	bool overflowed_ = false;
};

} // namespace nn

#endif
