#include "core/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nn
{

namespace
{

constexpr double kRounding = 1e-12; // shares of a sum below it are rounding errors
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double pinball(double e, double q)
{
	return std::max(q * e, (q - 1) * e);
}

} // namespace

Score::Score(ScoreKind kind) : kind_(std::move(kind))
{
	eigen_assert(kind_.quantiles.size() == kind_.constants.size());
	eigen_assert(kind_.quantiles.empty() ||
				 kind_.quantiles.size() == static_cast<size_t>(kind_.outputs));
	reset();
}

void Score::reset()
{
	weight_ = right_ = common_ = 0;
	for (std::vector<double> *part : {&errors_, &constant_errors_, &sums_})
		part->assign(static_cast<size_t>(kind_.outputs), 0);
}

void Score::add(ConstMatrixMap<float> Z, ConstMatrixMap<float> Y, const float *weights)
{
	for (Index row = 0; row < Z.rows(); row++)
	{
		const double weight = weights != nullptr ? static_cast<double>(weights[row]) : 1;
		if (weight == 0) // even an infinite error doesn't count
			continue;
		weight_ += weight;
		if (kind_.classes > 0)
		{
			add_class(Z, row, static_cast<int>(Y(row, 0)), weight);
			continue;
		}
		for (Index k = 0; k < Z.cols(); k++)
		{
			const double z = static_cast<double>(Z(row, k));
			if (!kind_.quantiles.empty())
				add_quantile(static_cast<size_t>(k), z, static_cast<double>(Y(row, 0)), weight);
			else
				add_number(static_cast<size_t>(k), kind_.logarithmic ? std::exp(z) : z,
						   static_cast<double>(Y(row, k)), weight);
		}
	}
}

void Score::add_class(ConstMatrixMap<float> Z, Index row, int truth, double weight)
{
	Index guess = Z(row, 0) > 0;

	if (Z.cols() > 1)
		Z.row(row).maxCoeff(&guess);
	right_ += guess == truth ? weight : 0;
	common_ += truth == kind_.commonest ? weight : 0;
}

void Score::add_number(size_t output, double prediction, double y, double weight)
{
	const double e = y - prediction, from_constant = y - (kind_.logarithmic ? 1 : 0);

	errors_[output] += weight * e * e;
	constant_errors_[output] += weight * from_constant * from_constant;
	sums_[output] += weight * from_constant;
}

void Score::add_quantile(size_t output, double prediction, double y, double weight)
{
	// a float as the targets, so that one that it is equal to is no error
	const double constant = static_cast<double>(static_cast<float>(kind_.constants[output]));
	const double q = kind_.quantiles[output];

	errors_[output] += weight * pinball(y - prediction, q);
	constant_errors_[output] += weight * pinball(y - constant, q);
}

// Of 1 - errors / those of the best constant; for quantiles that of training stands in for it.
double Score::mean_of_ratios(const std::vector<double> &errors) const
{
	double total = 0;

	for (size_t k = 0; k < errors.size(); k++)
	{
		// sums_ is 0 of quantiles
		const double spread = constant_errors_[k] - sums_[k] * sums_[k] / weight_;
		if (!(spread > kRounding * constant_errors_[k]))
			return kNaN;
		total += 1 - errors[k] / spread;
	}
	return total / static_cast<double>(errors.size());
}

double Score::value() const
{
	return kind_.classes > 0 ? right_ / weight_ : mean_of_ratios(errors_);
}

double Score::baseline() const
{
	return kind_.classes > 0 ? common_ / weight_ : mean_of_ratios(constant_errors_);
}

double weighted_quantile(std::vector<std::pair<float, float>> values_and_weights, double q)
{
	double total = 0, reached = 0;

	std::sort(values_and_weights.begin(), values_and_weights.end());
	for (const auto &[value, weight] : values_and_weights)
		total += static_cast<double>(weight);
	// 0.07 * 100 is above 7: without an allowance the seventh of a hundred values would be passed by
	for (const auto &[value, weight] : values_and_weights)
		if ((reached += static_cast<double>(weight)) >= q * total * (1 - kRounding) && reached > 0)
			return static_cast<double>(value);
	return kNaN;
}

} // namespace nn
