/*
 * comparison.h: how a model that exists does on rows that another one was trained beside.
 */
#ifndef PGNN_COMPARISON_H
#define PGNN_COMPARISON_H

#include "core/dataset.h"
#include "core/metrics.h"

namespace nn
{

class Comparison
{
public:
	// The champion must know no features that the dataset hasn't got. score: of what kind. Throws
	// NN_INVALID where its outputs are not those of the dataset's target, or its arrays are of other
	// lengths.
	Comparison(const Dataset &dataset, Predictor &champion, const ScoreKind &score);

	// Scores n more rows.
	void add(const unsigned char *const *rows, size_t n);

	double value() const { return score_.value(); }

private:
	void fill_classes(size_t truth);

	const Dataset &dataset_;
	Predictor &champion_;
	ScoreKind kind_;
	Score score_;
	std::vector<size_t> features_;   // of the dataset, in the champion's order
	std::vector<int> classes_;       // of the dataset for each of the champion's; -1: none
	std::vector<Elements> elements_; // of each feature
	std::vector<nn_value> values_;
	std::vector<double> outputs_;
	std::vector<float> Z_, X_, Y_, weights_; // of one row
	std::vector<uint32_t> codes_;
};

} // namespace nn

#endif
