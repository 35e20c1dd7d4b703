#include "core/calibration.h"

#include <algorithm>
#include <cmath>

namespace nn
{

Calibration::Calibration(TargetShape shape, size_t bins)
	: shape_(std::move(shape)), bins_(shape_.quantiles.empty() ? bins : shape_.quantiles.size()),
	  sums_(bins_ * static_cast<size_t>(std::max(shape_.classes, 1)))
{}

void Calibration::add(size_t n, const double *outputs, const double *truths, const double *weights)
{
	const size_t width = static_cast<size_t>(shape_.outputs);

	for (size_t i = 0; i < n; i++, outputs += width)
	{
		const double weight = weights != nullptr ? weights[i] : 1;
		for (size_t k = 0; k < width; k++)
			if (shape_.classes > 0)
			{
				const double place = std::ceil(outputs[k] * static_cast<double>(bins_)) - 1;
				const double last = static_cast<double>(bins_ - 1);
				add_bin(k, static_cast<size_t>(std::clamp(place, 0.0, last)), outputs[k],
						static_cast<size_t>(truths[i]) == k, weight);
			}
			else if (!shape_.quantiles.empty())
				add_bin(0, k, shape_.quantiles[k], truths[i] <= outputs[k], weight);
	}
}

void Calibration::add_bin(size_t c, size_t number, double predicted, bool observed, double weight)
{
	Sums &sums = sums_[c * bins_ + number];

	sums.count++;
	sums.weight += weight;
	sums.predicted += weight * predicted;
	sums.observed += observed ? weight : 0;
}

nn_calibration_bin Calibration::bin(size_t c, size_t number) const
{
	const Sums &sums = sums_[c * bins_ + number];

	return {sums.count,
			shape_.quantiles.empty() ? sums.predicted / sums.weight : shape_.quantiles[number],
			sums.observed / sums.weight};
}

} // namespace nn
