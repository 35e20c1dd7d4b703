/*
 * statistics.h: what the training rows say of the columns, in one pass: rows come in blocks, of which
 * each gives means and squared distances from them, which are then put together in their order. So
 * threads can share the blocks, and make no difference. Rows count by their
 * weights. Numbers are counted from the first one on, which keeps those of one size, such as times of one
 * day, exact.
 */
#ifndef PGNN_STATISTICS_H
#define PGNN_STATISTICS_H

#include <cstdint>
#include <vector>

#include "core/column.h"
#include "core/threads.h"

namespace nn
{

class Statistics
{
public:
	static constexpr size_t kBlock = 64; // rows

	explicit Statistics(const std::vector<Column> &columns);

	// Adds n rows of these columns, in blocks from the first on.
	void add(const std::vector<Column> &columns, const unsigned char *const *rows,
			 const double *weights, size_t n, Threads &threads);

	// Of one column.
	class Of
	{
	public:
		Of(const Statistics &statistics, size_t column)
			: statistics_(statistics), first_(statistics.first_[column]), c_(column)
		{}

		// Of an element of a number or array. low > high where all rows are NULL.
		double mean(size_t e) const
		{
			return statistics_.origin_[first_ + e] + statistics_.all_.mean[first_ + e];
		}
		double deviation(size_t e) const;
		double low(size_t e) const { return statistics_.all_.low[first_ + e]; }
		double high(size_t e) const { return statistics_.all_.high[first_ + e]; }
		bool constant(size_t e) const { return low(e) >= high(e); }

		// The weight of the rows with a number there.
		double weight(size_t e) const { return statistics_.all_.weight[first_ + e]; }

		// Of a text: rows with each code of its dictionary (0: NULL), and their weights.
		const std::vector<int64_t> &codes() const { return statistics_.texts_[c_].rows; }
		const std::vector<double> &code_weights() const { return statistics_.texts_[c_].weights; }

		// Rows with NULL, or with a NULL element.
		int64_t missing() const { return statistics_.missing_[c_]; }

	private:
		const Statistics &statistics_;
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

	// Of some rows, each number.
	struct Numbers
	{
		std::vector<double> weight, mean, square, low, high;

		void clear(size_t numbers);
	};

	// Of one block.
	struct Block
	{
		Numbers numbers;
		std::vector<int64_t> missing; // rows of each run
	};

	// Rows of a block, with their weights.
	struct Rows
	{
		const unsigned char *const *rows;
		const double *weights;
		size_t n;
	};

	// Of a text's codes.
	struct Text
	{
		std::vector<int64_t> rows;
		std::vector<double> weights;
	};

	void find_origins(const Rows &rows);
	template <class T> static double first_number(const Run &run, size_t e, const Rows &rows);
	void describe(const Rows &rows, Block &block) const;
	template <class T> void describe_run(const Run &run, const Rows &rows, Numbers &to) const;
	template <class T>
	int64_t describe_run_with_nulls(const Run &run, const Rows &rows, Numbers &to) const;
	void merge(const Block &block);
	void add_texts(const std::vector<Column> &columns, const Rows &rows);

	std::vector<Run> runs_;
	std::vector<size_t> first_;  // number of each column
	std::vector<double> origin_; // of each number
	Numbers all_;
	std::vector<Block> blocks_;    // at the same time
	std::vector<Text> texts_;      // of each column
	std::vector<int64_t> missing_; // of each column
};

} // namespace nn

#endif
