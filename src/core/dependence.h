/*
 * dependence.h: what a model predicts in the mean where one column has the same value in all rows, for
 * several values of it (J. Friedman, "Greedy function approximation: a gradient boosting machine",
 * 2001, section 8.2: partial dependence).
 */
#ifndef PGNN_DEPENDENCE_H
#define PGNN_DEPENDENCE_H

#include <string>

#include "core/encoded_rows.h"

namespace nn
{

class Dependence
{
public:
	// The predictor must outlive it. points: at most so many values of a number, from its quantiles;
	// of a category all. Throws NN_INVALID for a feature that the model hasn't got, or an array.
	Dependence(Predictor &predictor, const std::string &feature, size_t points, size_t budget);

	// As Importance.
	bool add(const nn_value *values, double weight) { return rows_.add(values, nullptr, weight); }
	bool step();

	// What holds then: each value, as a number or a category (empty for NULL), and the mean of each
	// output.
	struct Point
	{
		bool null = false;
		double number = 0;
		std::string category;
		std::vector<float> inputs; // of the feature
		std::vector<double> means;
	};
	const std::vector<Point> &points() const { return points_; }
	nn_kind kind() const { return feature_.kind; }

private:
	double key(size_t place);
	void find_points();
	void add_number(float standardised);
	void predict_part();

	const Feature &feature_;
	size_t number_ = 0; // of the feature
	const size_t outputs_, limit_;
	EncodedRows rows_;
	Ordering order_;
	Steps steps_;
	bool planned_ = false;
	std::vector<Point> points_;
	size_t point_ = 0, done_ = 0; // rows of it
	double weight_ = 0;
	size_t missing_ = 0; // rows without a number
};

} // namespace nn

#endif
