#include "core/metrics.h"

#include <limits>

namespace nn
{

Score::Score(int classes, int commonest, int outputs)
	: classes_(classes), commonest_(commonest), errors_(static_cast<size_t>(outputs)),
	  sums_(static_cast<size_t>(outputs)), squares_(static_cast<size_t>(outputs))
{}

void Score::add(ConstMatrixMap<float> Z, ConstMatrixMap<float> Y)
{
	rows_ += static_cast<double>(Z.rows());
	for (Index row = 0; row < Z.rows(); row++)
	{
		if (classes_ > 0)
		{
			const int truth = static_cast<int>(Y(row, 0));
			Index guess = Z(row, 0) > 0;
			if (Z.cols() > 1)
				Z.row(row).maxCoeff(&guess);
			right_ += guess == truth;
			common_ += truth == commonest_;
			continue;
		}
		for (Index k = 0; k < Z.cols(); k++)
		{
			const double y = static_cast<double>(Y(row, k));
			const double e = y - static_cast<double>(Z(row, k));
			const size_t output = static_cast<size_t>(k);
			errors_[output] += e * e;
			sums_[output] += y;
			squares_[output] += y * y;
		}
	}
}

double Score::r_squared(const std::vector<double> &errors) const
{
	double total = 0;

	for (size_t k = 0; k < errors.size(); k++)
	{
		const double spread = squares_[k] - sums_[k] * sums_[k] / rows_;
		if (!(spread > 1e-12 * squares_[k]))
			return std::numeric_limits<double>::quiet_NaN();
		total += 1 - errors[k] / spread;
	}
	return total / static_cast<double>(errors.size());
}

double Score::value() const
{
	return classes_ > 0 ? right_ / rows_ : r_squared(errors_);
}

double Score::baseline() const
{
	return classes_ > 0 ? common_ / rows_ : r_squared(squares_);
}

} // namespace nn
