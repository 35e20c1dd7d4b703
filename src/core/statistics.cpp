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

#include "core/prefetch.h"

namespace nn
{

namespace
{

// Blocks at the same time: enough for some threads, but not more memory than a cache has.
constexpr size_t kMostBlocks = 64, kNumbersAtATime = 8192;

} // namespace

Statistics::Statistics(const std::vector<Column> &columns)
	: texts_(columns.size()), missing_(columns.size())
{
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
	all_.clear(numbers);
	blocks_.resize(
		std::clamp<size_t>(kNumbersAtATime / std::max<size_t>(numbers, 1), 1, kMostBlocks));
}

void Statistics::Numbers::clear(size_t numbers)
{
	constexpr double kInfinity = std::numeric_limits<double>::infinity();

	for (std::vector<double> *sums : {&weight, &mean, &square})
		sums->assign(numbers, 0);
	low.assign(numbers, kInfinity);
	high.assign(numbers, -kInfinity);
}

void Statistics::add(const std::vector<Column> &columns, const unsigned char *const *rows,
					 const double *weights, size_t n, Threads &threads)
{
	const size_t most = blocks_.size() * kBlock;

	for (size_t begin = 0; begin < n; begin += most)
	{
		const Rows some = {rows + begin, weights + begin, std::min(most, n - begin)};
		const size_t count = (some.n + kBlock - 1) / kBlock;

		find_origins(some);
		threads.run(count + 1, [&](size_t i) {
			if (i == count)
				return add_texts(columns, some);
			const size_t first = i * kBlock;
			describe({some.rows + first, some.weights + first, std::min(kBlock, some.n - first)},
					 blocks_[i]);
		});
		for (size_t i = 0; i < count; i++)
			merge(blocks_[i]);
	}
}

// The first number that isn't NULL, where there was none before.
void Statistics::find_origins(const Rows &rows)
{
	for (const Run &run : runs_)
		for (size_t e = 0; e < run.numbers; e++)
			if (all_.weight[run.first + e] > 0)
				continue;
			else if (run.wide)
				origin_[run.first + e] = first_number<double>(run, e, rows);
			else
				origin_[run.first + e] = first_number<float>(run, e, rows);
}

// Or 0.
template <class T> double Statistics::first_number(const Run &run, size_t e, const Rows &rows)
{
	for (size_t i = 0; i < rows.n; i++)
	{
		const T number = Column::read<T>(rows.rows[i] + run.offset + sizeof(T) * e);
		if (!std::isnan(number))
			return static_cast<double>(number);
	}
	return 0;
}

void Statistics::describe(const Rows &rows, Block &block) const
{
	block.numbers.clear(origin_.size());
	block.missing.assign(runs_.size(), 0);
	for (size_t r = 0; r < runs_.size(); r++)
	{
		const Run &run = runs_[r];
		if (run.nulls && run.wide)
			block.missing[r] = describe_run_with_nulls<double>(run, rows, block.numbers);
		else if (run.nulls)
			block.missing[r] = describe_run_with_nulls<float>(run, rows, block.numbers);
		else if (run.wide)
			describe_run<double>(run, rows, block.numbers);
		else
			describe_run<float>(run, rows, block.numbers);
	}
}

template <class T>
void Statistics::describe_run(const Run &run, const Rows &rows, Numbers &to) const
{
	const double weight = std::accumulate(rows.weights, rows.weights + rows.n, 0.0);
	const double *__restrict origin = origin_.data() + run.first;
	double *__restrict mean = to.mean.data() + run.first;
	double *__restrict square = to.square.data() + run.first;
	double *__restrict low = to.low.data() + run.first;
	double *__restrict high = to.high.data() + run.first;
	const size_t numbers = run.numbers, bytes = numbers * sizeof(T);

	for (size_t i = 0; i < std::min(kAhead, rows.n); i++)
		prefetch(rows.rows[i] + run.offset, bytes);
	for (size_t i = 0; i < rows.n; i++)
	{
		const T *x = reinterpret_cast<const T *>(rows.rows[i] + run.offset);
		const double row_weight = rows.weights[i];
		if (i + kAhead < rows.n)
			prefetch(rows.rows[i + kAhead] + run.offset, bytes);
		for (size_t k = 0; k < numbers; k++)
		{
			const double value = static_cast<double>(x[k]);
			mean[k] += row_weight * (value - origin[k]);
			low[k] = value < low[k] ? value : low[k];
			high[k] = value > high[k] ? value : high[k];
		}
	}
	for (size_t k = 0; k < numbers; k++)
		mean[k] /= weight;
	for (size_t i = 0; i < rows.n; i++)
	{
		const T *x = reinterpret_cast<const T *>(rows.rows[i] + run.offset);
		const double row_weight = rows.weights[i];
		for (size_t k = 0; k < numbers; k++)
		{
			const double distance = static_cast<double>(x[k]) - origin[k] - mean[k];
			square[k] += row_weight * distance * distance;
		}
	}
	std::fill_n(to.weight.begin() + static_cast<ptrdiff_t>(run.first), numbers, weight);
}

// Gives the rows with a NULL.
template <class T>
int64_t Statistics::describe_run_with_nulls(const Run &run, const Rows &rows, Numbers &to) const
{
	uint64_t missing = 0; // a bit of each row
	static_assert(kBlock <= 64);

	for (size_t e = 0; e < run.numbers; e++)
	{
		const size_t k = run.first + e;
		double weight = 0, mean = 0;
		const auto value = [&](size_t i) {
			return static_cast<double>(Column::read<T>(rows.rows[i] + run.offset + sizeof(T) * e));
		};

		for (size_t i = 0; i < rows.n; i++)
		{
			if (std::isnan(value(i)))
			{
				missing |= uint64_t(1) << i;
				continue;
			}
			weight += rows.weights[i];
			mean += rows.weights[i] * (value(i) - origin_[k]);
			to.low[k] = std::min(to.low[k], value(i));
			to.high[k] = std::max(to.high[k], value(i));
		}
		if (!(weight > 0))
			continue;
		to.weight[k] = weight;
		to.mean[k] = mean /= weight;
		for (size_t i = 0; i < rows.n; i++)
		{
			const double distance = value(i) - origin_[k] - mean;
			if (!std::isnan(distance))
				to.square[k] += rows.weights[i] * distance * distance;
		}
	}
	return __builtin_popcountll(missing);
}

// A block into the rows before it.
void Statistics::merge(const Block &block)
{
	const Numbers &add = block.numbers;

	for (size_t k = 0; k < origin_.size(); k++)
	{
		const double total = all_.weight[k] + add.weight[k];
		const double distance = add.mean[k] - all_.mean[k];
		const double share = total > 0 ? add.weight[k] / total : 0;

		all_.square[k] += add.square[k] + distance * distance * all_.weight[k] * share;
		all_.mean[k] += distance * share;
		all_.weight[k] = total;
		all_.low[k] = std::min(all_.low[k], add.low[k]);
		all_.high[k] = std::max(all_.high[k], add.high[k]);
	}
	for (size_t r = 0; r < runs_.size(); r++)
		missing_[runs_[r].column] += block.missing[r];
}

void Statistics::add_texts(const std::vector<Column> &columns, const Rows &rows)
{
	for (size_t c = 0; c < columns.size(); c++)
	{
		Text &text = texts_[c];

		if (text.rows.empty())
			continue;
		for (size_t i = 0; i < rows.n; i++)
		{
			const uint32_t code = columns[c].code(rows.rows[i]);
			text.rows[code]++;
			text.weights[code] += rows.weights[i];
			missing_[c] += code == 0;
		}
	}
}

double Statistics::Of::deviation(size_t e) const
{
	return weight(e) > 0 ? std::sqrt(statistics_.all_.square[first_ + e] / weight(e)) : 0;
}

} // namespace nn
