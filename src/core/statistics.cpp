#include "core/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nn
{

Statistics::Statistics(const Column &column)
{
	constexpr double kInfinity = std::numeric_limits<double>::infinity();
	const size_t n = column.kind == NN_CATEGORY ? 0 : static_cast<size_t>(column.length);

	weight_.assign(n, 0);
	sum_.assign(n, 0);
	square_.assign(n, 0);
	low_.assign(n, kInfinity);
	high_.assign(n, -kInfinity);
	codes_.assign(column.dictionary.size() + 1, 0);
	code_weights_.assign(column.dictionary.size() + 1, 0);
}

void Statistics::add(const Column &column, const unsigned char *row, double weight)
{
	bool null = false;

	if (column.kind == NN_CATEGORY)
	{
		const uint32_t code = column.code(row);
		codes_[code]++;
		code_weights_[code] += weight;
		null = code == 0;
	}
	for (size_t e = 0; e < sum_.size(); e++)
	{
		const double value = column.number(row, e);
		if (std::isnan(value))
		{
			null = true;
			continue;
		}
		weight_[e] += weight;
		sum_[e] += weight * value;
		low_[e] = std::min(low_[e], value);
		high_[e] = std::max(high_[e], value);
	}
	missing_ += null;
}

void Statistics::add_square(const Column &column, const unsigned char *row, double weight)
{
	for (size_t e = 0; e < sum_.size(); e++)
	{
		const double distance = column.number(row, e) - mean(e);
		if (!std::isnan(distance))
			square_[e] += weight * distance * distance;
	}
}

double Statistics::deviation(size_t e) const
{
	return weight_[e] > 0 ? std::sqrt(square_[e] / weight_[e]) : 0;
}

} // namespace nn
