#include "core/residuals.h"

#include <cmath>
#include <limits>

namespace nn
{

namespace
{

constexpr size_t kGrain = 200000; // rows, which lie anywhere in memory
constexpr double kRounding = 1e-12;
constexpr double kShares[NN_RESIDUAL_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

} // namespace

Residuals::Residuals(TargetShape shape, size_t bins, size_t budget)
	: shape_(std::move(shape)), bin_count_(bins),
	  rows_(shape_, budget, Ordering::kRowBytes + sizeof(uint32_t))
{}

void Residuals::add(size_t n, const double *outputs, const double *truths, const double *weights)
{
	for (size_t i = 0; i < n; i++, outputs += shape_.outputs, truths += shape_.truths())
		rows_.add(outputs, truths, weights != nullptr ? weights[i] : 1);
}

bool Residuals::prepare()
{
	if (!steps_)
	{
		rows_.check_complete();
		steps_ = std::make_unique<Steps>();
		bins_.resize(bin_count_ * static_cast<size_t>(shape_.outputs), nn_residual_bin{});
		sums_.resize(bins_.size());
		order_.resize(rows_.rows());
		bin_of_.resize(rows_.rows());
		for (size_t output = 0; output < static_cast<size_t>(shape_.outputs); output++)
			plan(output);
	}
	return steps_->step();
}

// By rising prediction the rows come into bins; by rising residual each bin's quantiles are found.
void Residuals::plan(size_t output)
{
	const size_t n = rows_.rows();

	steps_->add(n, kGrain, [this, output](size_t begin, size_t end) {
		for (size_t row = begin; row < end; row++)
			order_.set(row, rows_.outputs(row)[output]);
	});
	order_.add_sort(*steps_);
	steps_->add(n, kGrain,
				[this, output](size_t begin, size_t end) { assign(output, begin, end); });
	steps_->add(n, kGrain, [this, output](size_t begin, size_t end) {
		for (size_t row = begin; row < end; row++)
			order_.set(row, truth(row, output) - rows_.outputs(row)[output]);
	});
	order_.add_sort(*steps_);
	steps_->add(n, kGrain,
				[this, output](size_t begin, size_t end) { find_quantiles(output, begin, end); });
}

// Equal predictions stay together.
void Residuals::assign(size_t output, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
	{
		const uint32_t row = order_.row(i);
		const double f = order_.number(i), y = truth(row, output), w = rows_.weight(row);
		const bool same = i > 0 && f <= order_.number(i - 1);
		const size_t b = same ? bin_of_[order_.row(i - 1)] : i * bin_count_ / rows_.rows();
		nn_residual_bin &bin = bins_[output * bin_count_ + b];
		Sums &sums = sums_[output * bin_count_ + b];
		const double residual = y - f, distance = residual - bin.residual;

		bin_of_[row] = static_cast<uint32_t>(b);
		if (bin.count++ == 0)
			bin.low = f;
		bin.high = f;
		sums.weight += w; // moments as in NumberMetrics
		bin.predicted += w / sums.weight * (f - bin.predicted);
		bin.actual += w / sums.weight * (y - bin.actual);
		bin.residual += w / sums.weight * distance;
		sums.squares += w * distance * (residual - bin.residual);
		bin.deviation = std::sqrt(sums.squares / sums.weight);
	}
}

// As Evaluation::plan_quantiles(), of all bins side by side.
void Residuals::find_quantiles(size_t output, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
	{
		const uint32_t row = order_.row(i);
		nn_residual_bin &bin = bins_[output * bin_count_ + bin_of_[row]];
		Sums &sums = sums_[output * bin_count_ + bin_of_[row]];

		sums.reached += rows_.weight(row);
		while (sums.found < NN_RESIDUAL_QUANTILES &&
			   sums.reached >= kShares[sums.found] * sums.weight * (1 - kRounding))
			bin.quantiles[sums.found++] = order_.number(i);
	}
}

} // namespace nn
