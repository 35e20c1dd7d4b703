#include "core/dependence.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace nn
{

namespace
{

constexpr size_t kGrain = 200000; // rows

const Feature &find_feature(const Predictor &predictor, const std::string &name)
{
	std::string names;

	for (const Feature &feature : predictor.encoder().features())
	{
		if (feature.name == name && feature.kind == NN_ARRAY)
			throw Error(NN_INVALID, "feature \"%.64s\" is an array", name.c_str())
				.with_hint("Choose a feature of single values.");
		if (feature.name == name)
			return feature;
		names += (names.empty() ? "" : ", ") + feature.name;
	}
	throw Error(NN_INVALID, "the model has no feature \"%.64s\"", name.c_str())
		.with_hint("It takes %.200s.", names.c_str());
}

// To so many digits behind the point, or before it: no more than a float32 has kept.
double rounded(double number, int digits)
{
	const double power = std::pow(10, std::abs(digits));

	return (digits >= 0 ? std::round(number * power) / power : std::round(number / power) * power) +
		   0.0;
}

} // namespace

Dependence::Dependence(Predictor &predictor, const std::string &feature, size_t points,
					   size_t budget)
	: feature_(find_feature(predictor, feature)),
	  number_(static_cast<size_t>(&feature_ - predictor.encoder().features().data())),
	  outputs_(static_cast<size_t>(predictor.outputs())), limit_(points),
	  rows_(predictor, 0, budget, Ordering::kRowBytes)
{}

bool Dependence::step()
{
	if (rows_.sort())
		return true;
	if (rows_.rows() == 0)
		return false;
	if (!planned_)
	{
		planned_ = true;
		if (feature_.kind != NN_CATEGORY)
		{
			order_.resize(rows_.rows());
			steps_.add(rows_.rows(), kGrain, [this](size_t begin, size_t end) {
				for (size_t i = begin; i < end; i++)
					order_.set(i, key(i));
			});
			order_.add_sort(steps_);
		}
		steps_.add([this] { find_points(); });
	}
	if (steps_.step())
		return true;
	if (point_ < points_.size())
		predict_part();
	return point_ < points_.size();
}

// What a row is sorted by: the number, standardised; those without one come last, and are counted.
double Dependence::key(size_t place)
{
	const float *x = rows_.row(place) + rows_.first_input(number_);

	if (feature_.missing_input && x[1] > 0)
	{
		missing_++;
		return std::numeric_limits<double>::infinity();
	}
	return static_cast<double>(x[0]);
}

// The values: categories; or numbers at even places of their order, each once; NULL where training
// knew it.
void Dependence::find_points()
{
	const size_t inputs = rows_.input_count(number_), n = rows_.rows() - missing_;
	const size_t values = std::min(limit_, n);

	for (size_t c = 0; c < feature_.categories.size(); c++)
	{
		Point point;
		point.category = feature_.categories[c];
		point.inputs.assign(inputs, 0);
		point.inputs[c] = 1;
		points_.push_back(std::move(point));
	}
	for (size_t i = 0; i < values && feature_.kind != NN_CATEGORY; i++)
		add_number(
			static_cast<float>(order_.number(values == 1 ? n / 2 : i * (n - 1) / (values - 1))));
	if (feature_.missing_input)
	{
		Point point;
		point.null = true;
		point.inputs.assign(inputs, 0);
		point.inputs.back() = 1;
		points_.push_back(std::move(point));
	}
	order_.resize(0);
}

void Dependence::add_number(float standardised)
{
	Point point;

	point.inputs.assign(rows_.input_count(number_), 0);
	point.inputs[0] = standardised;
	const double number = feature_.mean[0] + feature_.scale[0] * static_cast<double>(standardised);
	point.number = rounded(number, 5 - static_cast<int>(std::floor(std::log10(feature_.scale[0]))));
	if (points_.empty() || point.inputs[0] > points_.back().inputs[0])
		points_.push_back(std::move(point));
}

void Dependence::predict_part()
{
	Point &point = points_[point_];
	const size_t n = std::min<size_t>(NN_BATCH_ROWS, rows_.rows() - done_);
	float *X = rows_.begin_batch(done_, n);

	if (done_ == 0)
	{
		point.means.assign(outputs_, 0);
		weight_ = 0;
	}
	for (size_t i = 0; i < n; i++)
		std::copy(point.inputs.begin(), point.inputs.end(),
				  X + i * rows_.inputs() + rows_.first_input(number_));
	const double *outputs = rows_.predict(n);
	for (size_t i = 0; i < n; i++)
	{
		const double weight = rows_.weight(done_ + i);
		weight_ += weight;
		for (size_t k = 0; k < outputs_; k++)
			point.means[k] += weight / weight_ * (outputs[i * outputs_ + k] - point.means[k]);
	}
	done_ += n;
	if (done_ < rows_.rows())
		return;
	done_ = 0;
	point_++;
}

} // namespace nn
