#include "core/evaluation.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace nn
{

namespace
{

constexpr size_t kGrain = 200000; // rows, which lie anywhere in memory
constexpr double kRounding = 1e-12;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

} // namespace

Evaluation::Evaluation(TargetShape shape, size_t budget, size_t curve_points)
	: shape_(std::move(shape)), curve_points_(curve_points),
	  rows_(shape_, budget, Ordering::kRowBytes), classes_(shape_), numbers_(shape_),
	  rankings_(static_cast<size_t>(shape_.classes))
{}

void Evaluation::add(size_t n, const double *outputs, const double *truths, const double *weights)
{
	const size_t width = static_cast<size_t>(shape_.outputs);

	weighted_ = weighted_ || weights != nullptr;
	for (size_t i = 0; i < n; i++, outputs += width, truths += shape_.truths())
	{
		const double weight = weights != nullptr ? weights[i] : 1;
		if (shape_.classes > 0)
			classes_.add(outputs, static_cast<size_t>(truths[0]), weight);
		else
			numbers_.add(outputs, truths, weight);
		rows_.add(outputs, truths, weight);
	}
}

bool Evaluation::prepare()
{
	if (!steps_)
	{
		steps_ = std::make_unique<Steps>();
		plan();
	}
	return steps_->step();
}

void Evaluation::plan()
{
	const bool ordered = rows_.complete() && rows_.rows() > 0;

	if (ordered && shape_.classes > 0)
		for (size_t c = shape_.classes == 2 && curve_points_ == 0 ? 1 : 0; c < rankings_.size();
			 c++)
			plan_ranking(c);
	else if (ordered)
	{
		for (size_t k = 0; k < numbers_.measured().size(); k++)
			plan_number(k);
		if (!shape_.quantiles.empty())
			plan_constants();
	}
	steps_->add([this] { finish(); });
}

// One class against the others.
void Evaluation::plan_ranking(size_t c)
{
	const size_t n = rows_.rows();

	order_.resize(n);
	steps_->add(n, kGrain, [this, c](size_t begin, size_t end) {
		for (size_t row = begin; row < end; row++)
			order_.set(row, -rows_.outputs(row)[c]);
	});
	order_.add_sort(*steps_);
	steps_->add(n, kGrain, [this, c](size_t begin, size_t end) {
		for (size_t i = begin; i < end; i++)
		{
			const uint32_t row = order_.row(i);
			rankings_[c].add(-order_.number(i), static_cast<size_t>(rows_.truths(row)[0]) == c,
							 rows_.weight(row), curve_points_ > 0);
		}
	});
	steps_->add([this, c] { rankings_[c].finish(curve_points_); });
}

// Sorts the rows by a number, and finds its quantiles: of each share q the smallest number at which the
// weight up to it reaches the share of all weight. An allowance for rounding, as in weighted_quantile().
void Evaluation::plan_quantiles(const std::vector<double> &q,
								const std::function<double(size_t row)> &number,
								const std::function<void()> &found)
{
	const size_t n = rows_.rows();

	order_.resize(n);
	steps_->add(n, kGrain, [this, number](size_t begin, size_t end) {
		for (size_t row = begin; row < end; row++)
			order_.set(row, number(row));
	});
	order_.add_sort(*steps_);
	steps_->add([this] {
		quantiles_.clear();
		reached_ = 0;
	});
	steps_->add(n, kGrain, [this, q](size_t begin, size_t end) {
		for (size_t i = begin; i < end && quantiles_.size() < q.size(); i++)
		{
			reached_ += rows_.weight(order_.row(i));
			while (quantiles_.size() < q.size() &&
				   reached_ >= q[quantiles_.size()] * numbers_.weight() * (1 - kRounding))
				quantiles_.push_back(order_.number(i));
		}
	});
	steps_->add([this, q, found] {
		quantiles_.resize(q.size(), kNaN);
		found();
	});
}

// Without weights the mean of the two in the middle, with them the lower one: as numpy's median and
// scikit-learn's weighted percentile.
void Evaluation::plan_median(const std::function<double(size_t row)> &number,
							 const std::function<void(double)> &found)
{
	plan_quantiles({0.5}, number, [this, found] {
		const size_t n = order_.size();
		found(weighted_ || n % 2 == 1 ? quantiles_[0]
									  : (order_.number(n / 2 - 1) + order_.number(n / 2)) / 2);
	});
}

// The median of a number's truths, what it would be as a prediction, and the medians of the errors.
void Evaluation::plan_number(size_t k)
{
	const size_t output = numbers_.measured()[k];
	const size_t truth = shape_.truths() > 1 ? output : 0;

	plan_median([this, truth](size_t row) { return rows_.truths(row)[truth]; },
				[this, k](double median) { numbers_.set_median(k, median); });
	steps_->add(rows_.rows(), kGrain, [this, k, truth](size_t begin, size_t end) {
		for (size_t row = begin; row < end; row++)
			numbers_.add_constant(k, rows_.truths(row)[truth], rows_.weight(row));
	});
	plan_median(
		[this, truth, output](size_t row) {
			return std::fabs(rows_.truths(row)[truth] - rows_.outputs(row)[output]);
		},
		[this, k](double median) { numbers_.set_median_error(k, median); });
	plan_median(
		[this, truth, k](size_t row) {
			return std::fabs(rows_.truths(row)[truth] - numbers_.median(k));
		},
		[this, k](double median) { numbers_.set_constant_error(k, median); });
}

// The quantiles of the truths, and what they would be as a prediction.
void Evaluation::plan_constants()
{
	plan_quantiles(
		shape_.quantiles, [this](size_t row) { return rows_.truths(row)[0]; },
		[this] { numbers_.set_constants(quantiles_); });
	steps_->add(rows_.rows(), kGrain, [this](size_t begin, size_t end) {
		for (size_t row = begin; row < end; row++)
			numbers_.add_constants(rows_.truths(row)[0], rows_.weight(row));
	});
}

void Evaluation::finish()
{
	if (shape_.classes > 0)
		classes_.collect(rankings_, rows_.complete(), metrics_);
	else
		numbers_.collect(rows_.complete(), metrics_);
	for (nn_metric &metric : metrics_)
		if (rows_.rows() == 0)
			metric.value = metric.baseline = kNaN;
	order_.resize(0);
}

double Evaluation::value(const char *name) const
{
	for (const nn_metric &metric : metrics_)
		if (strcmp(metric.name, name) == 0)
			return metric.value;
	return kNaN;
}

} // namespace nn
