/*
 * encoded_rows.h: rows kept as the inputs that they are for a network, in an order that doesn't depend
 * on the one they came in: to be predicted again and again with other values of a feature.
 */
#ifndef PGNN_ENCODED_ROWS_H
#define PGNN_ENCODED_ROWS_H

#include <memory>
#include <vector>

#include "core/ordering.h"
#include "core/predictor.h"

namespace nn
{

class EncodedRows
{
public:
	// The predictor must outlive them. truths: numbers of a truth; extra: bytes that whoever uses them
	// takes for each row.
	EncodedRows(Predictor &predictor, size_t truths, size_t budget, size_t extra);
	EncodedRows(const EncodedRows &) = delete; // the steps point into it
	EncodedRows &operator=(const EncodedRows &) = delete;

	// Adds a row; false where a NULL leaves no prediction. Rows beyond the budget are only counted.
	bool add(const nn_value *values, const double *truths, double weight);

	// Sorts them in steps, by a hash of what they hold; false when they are sorted. Throws NN_LIMIT,
	// naming both sizes, where rows were not kept.
	bool sort();

	// In that order.
	size_t rows() const { return rows_; }
	size_t inputs() const { return inputs_; }
	const float *row(size_t place) const { return inputs_of(order_.row(place)); }
	const double *truths(size_t place) const { return numbers_of(order_.row(place)); }
	double weight(size_t place) const { return numbers_of(order_.row(place))[truths_]; }

	// The inputs of a feature: from where on, and how many.
	size_t first_input(size_t feature) const { return first_[feature]; }
	size_t input_count(size_t feature) const { return first_[feature + 1] - first_[feature]; }

	// Copies n rows, at most NN_BATCH_ROWS, to where they may be changed, X (n, inputs); then predicts
	// from what stands there, (n, outputs).
	float *begin_batch(size_t place, size_t n);
	const double *predict(size_t n);

	// Gives inputs x of a row the values that a feature has in another row.
	void copy_feature(size_t feature, size_t place, float *x) const;

private:
	const float *inputs_of(size_t row) const
	{
		return chunks_[row / chunk_rows_].inputs.get() + row % chunk_rows_ * inputs_;
	}
	const double *numbers_of(size_t row) const
	{
		return chunks_[row / chunk_rows_].numbers.get() + row % chunk_rows_ * (truths_ + 1);
	}
	double hash(size_t row) const;

	struct Chunk
	{
		std::unique_ptr<float[]> inputs;
		std::unique_ptr<double[]> numbers; // truths, weight
	};

	Predictor &predictor_;
	const size_t inputs_, truths_, chunk_rows_, budget_, row_bytes_;
	std::vector<size_t> first_; // input of each feature, and the end
	std::vector<Chunk> chunks_;
	size_t rows_ = 0;
	bool overflowed_ = false;
	Ordering order_;
	std::unique_ptr<Steps> steps_;
	std::vector<float> X_;
	std::vector<double> outputs_;
};

} // namespace nn

#endif
