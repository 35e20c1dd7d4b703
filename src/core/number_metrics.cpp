#include "core/number_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nn
{

namespace
{

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kRounding = 1e-12; // shares of a sum below it are rounding errors

double pinball(double e, double q)
{
	return std::max(q * e, (q - 1) * e);
}

} // namespace

void NumberMetrics::Moments::add(double x, double w)
{
	const double distance = x - mean;

	weight += w;
	mean += w / weight * distance;
	squares += w * distance * (x - mean);
}

NumberMetrics::NumberMetrics(const TargetShape &shape) : shape_(shape)
{
	for (size_t k = 0; k < static_cast<size_t>(shape.outputs) && shape.classes == 0; k++)
		if (shape.quantiles.empty() || shape.quantiles[k] == 0.5)
			measured_.push_back(k);
	outputs_.resize(measured_.size());
	constants_.resize(shape.quantiles.size());
}

void NumberMetrics::add(const double *outputs, const double *truths, double weight)
{
	const std::vector<double> &q = shape_.quantiles;

	weight_ += weight;
	for (size_t k = 0; k < measured_.size(); k++)
	{
		const double y = truths[q.empty() ? measured_[k] : 0], e = y - outputs[measured_[k]];
		Output &o = outputs_[k];
		o.truth.add(y, weight);
		o.error.add(e, weight);
		o.squares += weight * e * e;
		o.absolute += weight * std::fabs(e);
		o.relative += y != 0 ? weight * std::fabs(e / y) : 0;
		o.zero = o.zero || y == 0;
	}
	for (size_t k = 0; k < q.size(); k++)
		pinball_ += weight * pinball(truths[0] - outputs[k], q[k]);
	if (q.size() > 1 && truths[0] >= outputs[0] && truths[0] <= outputs[q.size() - 1])
		inside_ += weight;
}

void NumberMetrics::add_constant(size_t k, double truth, double weight)
{
	Output &o = outputs_[k];
	const double e = std::fabs(truth - o.median);

	o.constant_absolute += weight * e;
	o.constant_relative += truth != 0 ? weight * e / std::fabs(truth) : 0;
}

void NumberMetrics::add_constants(double truth, double weight)
{
	for (size_t k = 0; k < constants_.size(); k++)
		constant_pinball_ += weight * pinball(truth - constants_[k], shape_.quantiles[k]);
	if (truth >= constants_.front() && truth <= constants_.back())
		constant_inside_ += weight;
}

void NumberMetrics::collect(bool ordered, std::vector<nn_metric> &metrics) const
{
	if (!measured_.empty())
		collect_errors(ordered, metrics);
	if (!shape_.quantiles.empty())
		collect_quantiles(ordered, metrics);
}

// Over the measured outputs.
template <class F> double NumberMetrics::mean(F value) const
{
	double sum = 0;

	for (const Output &output : outputs_)
		sum += value(output);
	return sum / static_cast<double>(outputs_.size());
}

// mean_squared_error (squared=False), mean_absolute_error, median_absolute_error, r2_score,
// explained_variance_score, mean_absolute_percentage_error; the mean of all outputs.
void NumberMetrics::collect_errors(bool ordered, std::vector<nn_metric> &metrics) const
{
	const auto varies = [](const Output &o) {
		return o.truth.squares >
			   kRounding * kRounding * o.truth.mean * o.truth.mean * o.truth.weight;
	};
	const auto defined = [&](const Output &o, double x) { return varies(o) ? x : kNaN; };
	const auto baseline = [&](auto value) { return ordered ? mean(value) : kNaN; };

	metrics.push_back({"rmse",
					   mean([&](const Output &o) { return std::sqrt(o.squares / weight_); }),
					   mean([](const Output &o) { return std::sqrt(o.truth.variance()); })});
	metrics.push_back({"mae", mean([&](const Output &o) { return o.absolute / weight_; }),
					   baseline([&](const Output &o) { return o.constant_absolute / weight_; })});
	metrics.push_back({"median_absolute_error",
					   baseline([](const Output &o) { return o.median_error; }),
					   baseline([](const Output &o) { return o.constant_median_error; })});
	metrics.push_back(
		{"r2", mean([&](const Output &o) { return defined(o, 1 - o.squares / o.truth.squares); }),
		 mean([&](const Output &o) { return defined(o, 0); })});
	metrics.push_back({"explained_variance", mean([&](const Output &o) {
						   return defined(o, 1 - o.error.squares / o.truth.squares);
					   }),
					   mean([&](const Output &o) { return defined(o, 0); })});
	metrics.push_back(
		{"mape", mean([&](const Output &o) { return o.zero ? kNaN : o.relative / weight_; }),
		 baseline([&](const Output &o) { return o.zero ? kNaN : o.constant_relative / weight_; })});
}

// mean_pinball_loss, the mean of all quantiles; and the share of truths from the lowest to the highest.
void NumberMetrics::collect_quantiles(bool ordered, std::vector<nn_metric> &metrics) const
{
	const double terms = weight_ * static_cast<double>(constants_.size());

	metrics.push_back({"pinball", pinball_ / terms, ordered ? constant_pinball_ / terms : kNaN});
	if (constants_.size() > 1)
		metrics.push_back(
			{"coverage", inside_ / weight_, ordered ? constant_inside_ / weight_ : kNaN});
}

} // namespace nn
