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
#include <new>

#include "core/curves.h"
#include "core/limits.h"

namespace nn
{

namespace
{

// Calls each(row, weight, scale of its gradient) for the rows that count. The others are left out
// rather than multiplied by 0, which would make NaN of a loss that is infinite.
template <class T, class Each> void each_row(const LossBatch<T> &batch, Each each)
{
	const Index outputs = batch.Z.cols();

	for (Index row = 0; row < batch.Z.rows(); row++)
	{
		const T weight = batch.weights != nullptr ? batch.weights[row] : T(1);
		if (weight != 0)
			each(row, static_cast<double>(weight), batch.scale * weight);
		else if (batch.dZ != nullptr)
			std::fill_n(batch.dZ + row * outputs, outputs, T(0));
	}
}

// What an output of a row adds to the sum but for its weight, and its derivative by z.
template <class T> struct Term
{
	double loss;
	T slope;
};

// A loss of numbers, given term(z, y, output).
template <class T, class Terms> void of_numbers(const LossBatch<T> &batch, Terms term)
{
	const Index outputs = batch.Z.cols(), targets = batch.Y.cols();

	eigen_assert(targets == outputs || targets == 1);
	each_row(batch, [&](Index row, double weight, T scale) {
		const T *z = batch.Z.data() + row * outputs, *y = batch.Y.data() + row * targets;
		double *sums = batch.sums;
		T *d = batch.dZ != nullptr ? batch.dZ + row * outputs : nullptr;
		for (Index k = 0; k < outputs; k++)
		{
			const Term<T> t = term(z[k], y[targets > 1 ? k : 0], k);
			sums[k] += weight * t.loss;
			if (d != nullptr)
				d[k] = scale * t.slope;
		}
	});
}

// One given its value and derivative by the error e = prediction - target.
template <class T, class Value, class Slope>
void of_errors(const LossBatch<T> &batch, Value value, Slope slope)
{
	of_numbers(batch, [&](T z, T y, Index) {
		const T e = z - y;
		return Term<T>{value(static_cast<double>(e)), slope(e)};
	});
}

template <class T> void mse(const LossBatch<T> &batch)
{
	of_errors(
		batch, [](double e) { return e * e; }, [](T e) { return 2 * e; });
}

template <class T> void mae(const LossBatch<T> &batch)
{
	of_errors(
		batch, [](double e) { return std::abs(e); }, [](T e) { return T((e > 0) - (e < 0)); });
}

// Quadratic up to an error of 1 (standardised), linear beyond. Huber, "Robust estimation of a
// location parameter", 1964.
template <class T> void huber(const LossBatch<T> &batch)
{
	of_errors(
		batch, [](double e) { return std::abs(e) <= 1 ? 0.5 * e * e : std::abs(e) - 0.5; },
		[](T e) { return std::clamp(e, T(-1), T(1)); });
}

// Half the deviance of a Poisson distribution, mu - y + y ln(y / mu): how much less the logarithm of
// the likelihood is with the mean mu than with the best, y. McCullagh and Nelder, "Generalized linear
// models", 1989. With d = ln(mu / y) it is also y (e^d - 1 - d), which keeps its digits where mu is
// close to y.
double half_deviance(double z, double mu, double y)
{
	if (y == 0)
		return mu;
	const double d = z - std::log(y);
	return std::abs(d) < 0.5 ? y * (std::expm1(d) - d) : mu - y - y * d;
}

// The outputs are the means' logarithms; e^z overflows to infinity, and the loss with it.
template <class T> void poisson(const LossBatch<T> &batch)
{
	of_numbers(batch, [](T z, T y, Index) {
		const T mu = std::exp(z);
		return Term<T>{
			half_deviance(static_cast<double>(z), static_cast<double>(mu), static_cast<double>(y)),
			mu - y};
	});
}

// The pinball loss: smallest where a share q of the targets lies below. Koenker and Bassett,
// "Regression quantiles", 1978.
template <class T> void quantile(const LossBatch<T> &batch)
{
	eigen_assert(batch.quantiles != nullptr && batch.Y.cols() == 1);
	of_numbers(batch, [&](T z, T y, Index k) {
		const double q = batch.quantiles[k], e = static_cast<double>(y - z);
		const double slope = e > 0 ? -q : e < 0 ? 1 - q : 0;
		return Term<T>{std::max(q * e, (q - 1) * e), static_cast<T>(slope)};
	});
}

// Room for the numbers of some rows, at least one.
constexpr Index kRoom = 1024;
static_assert(kRoom >= kMaxCategories);

// The rows from begin to end as a batch of their own.
template <class T> LossBatch<T> part_of(const LossBatch<T> &batch, Index begin, Index end)
{
	LossBatch<T> part = batch;

	new (&part.Z) ConstMatrixMap<T>(batch.Z.row(begin).data(), end - begin, batch.Z.cols());
	new (&part.Y) ConstMatrixMap<T>(batch.Y.row(begin).data(), end - begin, batch.Y.cols());
	if (batch.weights != nullptr)
		part.weights = batch.weights + begin;
	if (batch.dZ != nullptr)
		part.dZ = batch.dZ + begin * batch.Z.cols();
	return part;
}

// Calls each(part) for parts of the batch whose outputs fit in.
template <class T, class Each> void in_parts(const LossBatch<T> &batch, Each each)
{
	const Index rows = kRoom / batch.Z.cols();

	for (Index begin = 0; begin < batch.Z.rows(); begin += rows)
		each(part_of(batch, begin, std::min(begin + rows, batch.Z.rows())));
}

// -[y ln p + (1 - y) ln(1 - p)] with p = sigmoid(z), as ln(1 + e^z) - z y; its slope is p - y.
template <class T> void binary_part(const LossBatch<T> &batch)
{
	T p[kRoom], loss[kRoom];

	curve(
		curves().sigmoid, [](T z) { return 1 / (1 + std::exp(-z)); }, batch.Z.rows(),
		batch.Z.data(), p);
	curve(
		curves().softplus,
		[](T z) { return std::max(z, T(0)) + std::log1p(std::exp(-std::abs(z))); }, batch.Z.rows(),
		batch.Z.data(), loss);
	each_row(batch, [&](Index row, double weight, T scale) {
		const T y = batch.Y(row, 0) * (1 - batch.smoothing) + batch.smoothing / 2;
		batch.sums[0] += weight * static_cast<double>(loss[row] - batch.Z(row, 0) * y);
		if (batch.dZ != nullptr)
			batch.dZ[row] = scale * (p[row] - y);
	});
}

// The loss of one row of logits z of the true class, given the largest of them, and the sum of
// e^(z_k - top): ln(total) - sum t_k (z_k - top), in double, where no difference overflows.
template <class T> double row_loss(ConstArrayMap<T> z, Index truth, T top, T total, T smoothing)
{
	const double largest = static_cast<double>(top), share = static_cast<double>(smoothing);
	const double log_total = static_cast<double>(std::log(total));
	const double own = static_cast<double>(z[truth]) - largest;

	if (smoothing == 0)
		return log_total - own;
	return log_total - (1 - share) * own - share * (z.template cast<double>() - largest).mean();
}

// -sum t_k ln p_k with p = softmax(z). The targets t are 1 for the row's class and 0 for the others,
// mixed with 1 / classes for all (Szegedy et al., "Rethinking the inception architecture for
// computer vision", 2016).
template <class T> void multiclass_part(const LossBatch<T> &batch)
{
	const Index classes = batch.Z.cols();
	const T share = batch.smoothing / static_cast<T>(classes);
	T top[kRoom], e[kRoom];

	for (Index row = 0; row < batch.Z.rows(); row++)
	{
		const T *z = batch.Z.data() + row * classes;
		top[row] = *std::max_element(z, z + classes);
		for (Index k = 0; k < classes; k++)
			e[row * classes + k] = z[k] - top[row];
	}
	curve(
		curves().exp, [](T x) { return std::exp(x); }, batch.Z.size(), e, e);
	each_row(batch, [&](Index row, double weight, T scale) {
		const Index truth = static_cast<Index>(batch.Y(row, 0));
		const T *exponentials = e + row * classes;
		T total = 0;
		for (Index k = 0; k < classes; k++)
			total += exponentials[k];
		if (batch.dZ != nullptr)
		{
			T *d = batch.dZ + row * classes;
			const T factor = scale / total, shared = scale * share;
			for (Index k = 0; k < classes; k++)
				d[k] = exponentials[k] * factor - shared;
			d[truth] -= scale * (1 - batch.smoothing);
		}
		batch.sums[0] +=
			weight * row_loss(ConstArrayMap<T>(batch.Z.data() + row * classes, classes), truth,
							  top[row], total, batch.smoothing);
	});
}

template <class T> void cross_entropy(const LossBatch<T> &batch)
{
	in_parts(batch, batch.Z.cols() == 1 ? binary_part<T> : multiclass_part<T>);
}

template <class T>
constexpr Loss<T> kLosses[] = {
	{"mse", false, 2, false, false, mse<T>},
	{"mae", false, 1, false, false, mae<T>},
	{"huber", false, 2, false, false, huber<T>},
	{"poisson", false, 1, true, false, poisson<T>},
	{"quantile", false, 1, false, true, quantile<T>},
	{"cross_entropy", true, 0, false, false, cross_entropy<T>},
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
