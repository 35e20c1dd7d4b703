/*
 * statistics.h: what the training rows say of the columns, in one pass: rows come in blocks, of which
 * each gives means and squared distances from them, which are then put together. Rows count by their
 * weights. Numbers are counted from the first one on, which keeps those of one size, such as times of one
 * day, exact.
 */
#ifndef PGNN_STATISTICS_H
#define PGNN_STATISTICS_H

#include <cstdint>
#include <vector>

#include "core/column.h"

namespace nn
{

class Statistics
{
public:
	static constexpr size_t kBlock = 64; // rows

	explicit Statistics(const std::vector<Column> &columns);

	// Adds n rows, at most kBlock, of these columns.
	void add(const std::vector<Column> &columns, const unsigned char *const *rows,
			 const double *weights, size_t n);

	// Of one column.
	class Of
	{
	public:
		Of(const Statistics &all, size_t column) : all_(all), first_(all.first_[column]), c_(column)
		{}

		// Of an element of a number or array. low > high where all rows are NULL.
		double mean(size_t e) const { return all_.origin_[first_ + e] + all_.mean_[first_ + e]; }
		double deviation(size_t e) const;
		double low(size_t e) const { return all_.low_[first_ + e]; }
		double high(size_t e) const { return all_.high_[first_ + e]; }
		bool constant(size_t e) const { return low(e) >= high(e); }

		// The weight of the rows with a number there.
		double weight(size_t e) const { return all_.weight_[first_ + e]; }

		// Of a text: rows with each code of its dictionary (0: NULL), and their weights.
		const std::vector<int64_t> &codes() const { return all_.texts_[c_].rows; }
		const std::vector<double> &code_weights() const { return all_.texts_[c_].weights; }

		// Rows with NULL, or with a NULL element.
		int64_t missing() const { return all_.missing_[c_]; }

	private:
		const Statistics &all_;
		const size_t first_, c_;
	};

	Of of(size_t column) const { return {*this, column}; }

private:
	// Numbers side by side in a row: of several columns without NULLs, or of one.
	struct Run
	{
		bool wide, nulls;
		size_t column, offset, first, numbers;
	};

	// Of a text's codes.
	struct Text
	{
		std::vector<int64_t> rows;
		std::vector<double> weights;
	};

	template <class T>
	void add_run(const Run &run, const unsigned char *const *rows, const double *weights, size_t n);
	template <class T>
	void add_run_with_nulls(const Run &run, const unsigned char *const *rows, const double *weights,
							size_t n);
	void merge(size_t number, double weight, double mean, double square);
	void add_texts(const std::vector<Column> &columns, const unsigned char *const *rows,
				   const double *weights, size_t n);

	std::vector<Run> runs_;
	std::vector<size_t> first_;                           // number of each column
	std::vector<double> origin_, weight_, mean_, square_; // of each number
	std::vector<double> low_, high_;
	std::vector<double> sum_, block_square_; // of a block
	std::vector<Text> texts_;                // of each column
	std::vector<int64_t> missing_;           // of each column
};

} // namespace nn

#endif
