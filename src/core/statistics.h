/*
 * statistics.h: what the training rows say of one column, in two passes: sums, then squared distances
 * from the mean. Rows count by their weights.
 */
#ifndef PGNN_STATISTICS_H
#define PGNN_STATISTICS_H

#include <cstdint>
#include <vector>

#include "core/rowstore.h"

namespace nn
{

class Statistics
{
public:
	explicit Statistics(const Column &column);

	void add(const Column &column, const unsigned char *row, double weight);
	void add_square(const Column &column, const unsigned char *row, double weight);

	// Of an element of a number or array. low > high where all rows are NULL.
	double mean(size_t e) const { return weight_[e] > 0 ? sum_[e] / weight_[e] : 0; }
	double deviation(size_t e) const;
	double low(size_t e) const { return low_[e]; }
	double high(size_t e) const { return high_[e]; }
	bool constant(size_t e) const { return low_[e] >= high_[e]; }

	// Of a text: rows with each code of its dictionary (0: NULL), and their weights.
	const std::vector<int64_t> &codes() const { return codes_; }
	const std::vector<double> &code_weights() const { return code_weights_; }

	// Of the rows with a number there.
	double weight(size_t e) const { return weight_[e]; }

	// Rows with NULL, or with a NULL element.
	int64_t missing() const { return missing_; }

private:
	std::vector<double> weight_, sum_, square_, low_, high_;
	std::vector<int64_t> codes_;
	std::vector<double> code_weights_;
	int64_t missing_ = 0;
};

} // namespace nn

#endif
