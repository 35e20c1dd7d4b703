/*
 * statistics.cpp: blocks are put together as in T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating
 * formulae and a pairwise algorithm for computing sample variances", 1979. Loops over the numbers of a
 * row are without branches, which compilers turn into vectors.
 */
#include "core/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace nn
{

Statistics::Statistics(const std::vector<Column> &columns)
	: texts_(columns.size()), missing_(columns.size())
{
	constexpr double kInfinity = std::numeric_limits<double>::infinity();
	size_t numbers = 0;

	for (size_t c = 0; c < columns.size(); c++)
	{
		const Column &column = columns[c];
		const size_t n = column.text() ? 0 : static_cast<size_t>(column.length);
		first_.push_back(numbers);
		texts_[c].rows.assign(column.text() ? column.dictionary.size() + 1 : 0, 0);
		texts_[c].weights.assign(texts_[c].rows.size(), 0);
		if (n == 0)
			continue;
		const bool nulls = column.missing > 0;
		if (!nulls && !runs_.empty() && !runs_.back().nulls && runs_.back().wide == column.wide &&
			runs_.back().first + runs_.back().numbers == numbers)
			runs_.back().numbers += n;
		else
			runs_.push_back({column.wide, nulls, c, column.offset, numbers, n});
		numbers += n;
	}
	origin_.assign(numbers, 0);
	weight_.assign(numbers, 0);
	mean_.assign(numbers, 0);
	square_.assign(numbers, 0);
	low_.assign(numbers, kInfinity);
	high_.assign(numbers, -kInfinity);
	sum_.resize(numbers);
	block_square_.resize(numbers);
}

void Statistics::add(const std::vector<Column> &columns, const unsigned char *const *rows,
					 const double *weights, size_t n)
{
	for (const Run &run : runs_)
		if (run.nulls && run.wide)
			add_run_with_nulls<double>(run, rows, weights, n);
		else if (run.nulls)
			add_run_with_nulls<float>(run, rows, weights, n);
		else if (run.wide)
			add_run<double>(run, rows, weights, n);
		else
			add_run<float>(run, rows, weights, n);
	add_texts(columns, rows, weights, n);
}

// A block's mean and squares into those of the rows before it.
void Statistics::merge(size_t k, double weight, double mean, double square)
{
	const double total = weight_[k] + weight, distance = mean - mean_[k];

	square_[k] += square + distance * distance * weight_[k] * (weight / total);
	mean_[k] += distance * (weight / total);
	weight_[k] = total;
}

template <class T>
void Statistics::add_run(const Run &run, const unsigned char *const *rows, const double *weights,
						 size_t n)
{
	const double weight = std::accumulate(weights, weights + n, 0.0);
	double *sum = sum_.data(), *square = block_square_.data();
	double *low = low_.data() + run.first, *high = high_.data() + run.first;
	double *origin = origin_.data() + run.first;

	if (weight_[run.first] == 0)
		for (size_t k = 0; k < run.numbers; k++)
			origin[k] = static_cast<double>(Column::read<T>(rows[0] + run.offset + sizeof(T) * k));
	std::fill_n(sum, run.numbers, 0.0);
	std::fill_n(square, run.numbers, 0.0);
	for (size_t i = 0; i < n; i++)
	{
		const T *x = reinterpret_cast<const T *>(rows[i] + run.offset);
		for (size_t k = 0; k < run.numbers; k++)
		{
			const double value = static_cast<double>(x[k]);
			sum[k] += weights[i] * (value - origin[k]);
			low[k] = value < low[k] ? value : low[k];
			high[k] = value > high[k] ? value : high[k];
		}
	}
	for (size_t k = 0; k < run.numbers; k++)
		sum[k] /= weight;
	for (size_t i = 0; i < n; i++)
	{
		const T *x = reinterpret_cast<const T *>(rows[i] + run.offset);
		for (size_t k = 0; k < run.numbers; k++)
		{
			const double distance = static_cast<double>(x[k]) - origin[k] - sum[k];
			square[k] += weights[i] * distance * distance;
		}
	}
	for (size_t k = 0; k < run.numbers; k++)
		merge(run.first + k, weight, sum[k], square[k]);
}

template <class T>
void Statistics::add_run_with_nulls(const Run &run, const unsigned char *const *rows,
									const double *weights, size_t n)
{
	uint64_t missing = 0; // a bit of each row
	static_assert(kBlock <= 64);

	for (size_t e = 0; e < run.numbers; e++)
	{
		const size_t k = run.first + e;
		double weight = 0, mean = 0, square = 0;

		for (size_t i = 0; i < n; i++)
		{
			const double value =
				static_cast<double>(Column::read<T>(rows[i] + run.offset + sizeof(T) * e));
			if (std::isnan(value))
			{
				missing |= uint64_t(1) << i;
				continue;
			}
			if (weight_[k] == 0 && weight == 0)
				origin_[k] = value;
			weight += weights[i];
			mean += weights[i] * (value - origin_[k]);
			low_[k] = std::min(low_[k], value);
			high_[k] = std::max(high_[k], value);
		}
		if (!(weight > 0))
			continue;
		mean /= weight;
		for (size_t i = 0; i < n; i++)
		{
			const double distance =
				static_cast<double>(Column::read<T>(rows[i] + run.offset + sizeof(T) * e)) -
				origin_[k] - mean;
			if (!std::isnan(distance))
				square += weights[i] * distance * distance;
		}
		merge(k, weight, mean, square);
	}
	missing_[run.column] += __builtin_popcountll(missing);
}

void Statistics::add_texts(const std::vector<Column> &columns, const unsigned char *const *rows,
						   const double *weights, size_t n)
{
	for (size_t c = 0; c < columns.size(); c++)
	{
		Text &text = texts_[c];

		if (text.rows.empty())
			continue;
		for (size_t i = 0; i < n; i++)
		{
			const uint32_t code = columns[c].code(rows[i]);
			text.rows[code]++;
			text.weights[code] += weights[i];
			missing_[c] += code == 0;
		}
	}
}

double Statistics::Of::deviation(size_t e) const
{
	return weight(e) > 0 ? std::sqrt(all_.square_[first_ + e] / weight(e)) : 0;
}

} // namespace nn
