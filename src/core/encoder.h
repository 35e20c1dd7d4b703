/*
 * encoder.h: from a row's raw values to the inputs of the network. It is learnt from the training
 * rows (dataset.cpp), stored with the model, and used again for every prediction.
 */
#ifndef PGNN_ENCODER_H
#define PGNN_ENCODER_H

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.h"

namespace nn
{

// One column of the query and the inputs it becomes:
//   number, time:  (value - mean) / scale; NULL: 0, which is the mean
//   boolean:       the same with scale 1: 0 or 1, centred
//   array:         each element as a number
//   category:      one input for each known value, 1 or 0; one more for NULL with missing_input
// and, but for categories, an input "was missing" (1 or 0) behind them with missing_input.
struct Feature
{
	std::string name;
	std::string type;
	nn_kind kind = NN_NUMBER;
	std::vector<double> mean, scale; // one of each element; none for categories
	bool missing_input = false;
	int64_t missing = 0; // rows with NULL in training
	int64_t unknown = 0; // rows with none of the categories in training
	std::vector<std::string> categories;
	std::vector<double>
		shares; // of the training rows with 1 in each input behind the elements, or none

	int elements() const { return static_cast<int>(mean.size()); }
	int inputs() const;

	// The standardised value of an element; NaN stays NaN.
	double standardised(double value, size_t element) const
	{
		return (value - mean[element]) / scale[element];
	}
};

// A row's inputs that may differ from 0: of many categories, one.
struct Gathered
{
	size_t count = 0;
	std::vector<uint32_t> inputs; // their places
	std::vector<float> x;         // and values
};

class Encoder
{
public:
	// Throws NN_LIMIT beyond kMaxInputs.
	explicit Encoder(std::vector<Feature> features);
	Encoder(const Encoder &) = delete; // the look-up tables point into the features
	Encoder &operator=(const Encoder &) = delete;

	const std::vector<Feature> &features() const { return features_; }
	int inputs() const { return inputs_; }

	// One row of values, one for each feature, into x[inputs()]. Throws NN_INVALID for a value that
	// doesn't fit its feature, NN_NOT_FINITE for NaN and infinity.
	void encode(const nn_value *values, float *x) const;

	// The same, but of the categories only those that are not 0.
	void gather(const nn_value *values, Gathered &row) const;

	// Whether all features are single numbers, booleans or times.
	bool numeric() const { return numeric_; }

	// For those: the same from plain numbers, of which those with nulls (NULL: none) don't count.
	void encode_numbers(const double *numbers, const bool *nulls, float *x);

	// Whether there are so many categories that most inputs are 0.
	bool sparse() const { return sparse_; }

private:
	template <class Row> void encode_into(const nn_value *values, Row &row) const;

	std::vector<Feature> features_;
	std::vector<std::unordered_map<std::string_view, int>> codes_; // of each feature's categories
	std::vector<size_t> first_;                                    // input of each feature
	std::vector<double> mean_, reciprocal_; // of each element of all features, 1 / scale
	std::vector<float> standardised_;       // room for encode_numbers()
	int inputs_ = 0;
	bool numeric_ = true, plain_ = true; // plain: an input for each number, no more
	bool sparse_ = false;
};

} // namespace nn

#endif
