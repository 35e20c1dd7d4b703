/*
 * losses.cpp: to add one, write its function, add its row to the table, and a case to
 * test/unit/losses.cpp.
 *
 * Sums are kept in double, row by row, so that they don't depend on vector width. Cross-entropy is
 * computed from logits: no exponent of a positive number and no logarithm of zero occurs, so no
 * input overflows it.
 */
#include "core/losses.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace nn
{

namespace
{

// A loss of numbers, given its value and derivative by the error e = prediction - target.
template <class T, class Value, class Slope>
void of_errors(ConstMatrixMap<T> Z, ConstMatrixMap<T> Y, double *sums, T scale, T *dZ, Value value,
			   Slope slope)
{
	const Index outputs = Z.cols();

	for (Index row = 0; row < Z.rows(); row++)
		for (Index k = 0; k < outputs; k++)
		{
			const T e = Z(row, k) - Y(row, k);
			sums[k] += value(static_cast<double>(e));
			if (dZ != nullptr)
				dZ[row * outputs + k] = scale * slope(e);
		}
}

template <class T> void mse(ConstMatrixMap<T> Z, ConstMatrixMap<T> Y, double *sums, T scale, T *dZ)
{
	of_errors(
		Z, Y, sums, scale, dZ, [](double e) { return e * e; }, [](T e) { return 2 * e; });
}

template <class T> void mae(ConstMatrixMap<T> Z, ConstMatrixMap<T> Y, double *sums, T scale, T *dZ)
{
	of_errors(
		Z, Y, sums, scale, dZ, [](double e) { return std::abs(e); },
		[](T e) { return T((e > 0) - (e < 0)); });
}

// Quadratic up to an error of 1 (standardised), linear beyond. Huber, "Robust estimation of a
// location parameter", 1964.
template <class T>
void huber(ConstMatrixMap<T> Z, ConstMatrixMap<T> Y, double *sums, T scale, T *dZ)
{
	of_errors(
		Z, Y, sums, scale, dZ,
		[](double e) { return std::abs(e) <= 1 ? 0.5 * e * e : std::abs(e) - 0.5; },
		[](T e) { return std::clamp(e, T(-1), T(1)); });
}

// -[y ln p + (1 - y) ln(1 - p)] with p = sigmoid(z), as max(z, 0) - z y + ln(1 + e^-|z|).
template <class T>
void binary_cross_entropy(ConstMatrixMap<T> Z, ConstMatrixMap<T> Y, double *sums, T scale, T *dZ)
{
	for (Index row = 0; row < Z.rows(); row++)
	{
		const T z = Z(row, 0), y = Y(row, 0);
		const T e = std::exp(-std::abs(z)); // in (0, 1]
		sums[0] += static_cast<double>(std::max(z, T(0)) - z * y + std::log1p(e));
		if (dZ != nullptr)
			dZ[row] = scale * ((z >= 0 ? 1 / (1 + e) : e / (1 + e)) - y);
	}
}

// -ln p_c with p = softmax(z), as ln(sum e^(z - max)) - (z_c - max).
template <class T>
void cross_entropy(ConstMatrixMap<T> Z, ConstMatrixMap<T> Y, double *sums, T scale, T *dZ)
{
	const Index classes = Z.cols();

	if (classes == 1)
		return binary_cross_entropy(Z, Y, sums, scale, dZ);
	for (Index row = 0; row < Z.rows(); row++)
	{
		const auto z = Z.row(row).array();
		const Index truth = static_cast<Index>(Y(row, 0));
		const T top = z.maxCoeff();
		const T total = (z - top).exp().sum();
		sums[0] += static_cast<double>(std::log(total) - (z[truth] - top));
		if (dZ != nullptr)
		{
			ArrayMap<T> d(dZ + row * classes, classes);
			d = (z.transpose() - top).exp() * (scale / total);
			d[truth] -= scale;
		}
	}
}

template <class T>
constexpr Loss<T> kLosses[] = {
	{"mse", false, 2, mse<T>},
	{"mae", false, 1, mae<T>},
	{"huber", false, 2, huber<T>},
	{"cross_entropy", true, 0, cross_entropy<T>},
};
static_assert(std::size(kLosses<float>) == kLossCount);

} // namespace

template <class T> const Loss<T> *find_loss(const std::string &name)
{
	for (const Loss<T> &loss : kLosses<T>)
		if (name == loss.name)
			return &loss;
	return nullptr;
}

template const Loss<float> *find_loss<float>(const std::string &);
template const Loss<double> *find_loss<double>(const std::string &);

std::string loss_names(bool classes)
{
	std::string names;
	for (const Loss<float> &loss : kLosses<float>)
		if (loss.classes == classes)
			names += (names.empty() ? "" : ", ") + std::string(loss.name);
	return names;
}

template <class T> void probabilities(ConstMatrixMap<T> Z, int classes, double *p)
{
	for (Index row = 0; row < Z.rows(); row++, p += classes)
	{
		double total = 0, top = 0;
		for (int k = 0; k < classes; k++)
		{
			p[k] = Z.cols() > 1 ? Z(row, k) : (k == 0 ? 0 : Z(row, 0));
			top = k == 0 ? p[k] : std::max(top, p[k]);
		}
		for (int k = 0; k < classes; k++)
			total += p[k] = std::exp(p[k] - top);
		for (int k = 0; k < classes; k++)
			p[k] /= total;
	}
}

template void probabilities<float>(ConstMatrixMap<float>, int, double *);
template void probabilities<double>(ConstMatrixMap<double>, int, double *);

} // namespace nn
