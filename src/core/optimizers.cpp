/*
 * optimizers.cpp: to add one, write its step, add its row to the table, and a worked example to
 * test/unit/optimizers.cpp.
 *
 * A step is one loop, so that every array is read from memory and written to it once. Roots are
 * std::sqrt, which is exact, and a vector instruction with -fno-math-errno: Eigen's for floats are
 * approximate, and differ between processors.
 */
#include "core/optimizers.h"

#include <cmath>
#include <iterator>
#include <type_traits>

#include "core/kernels.h"

namespace nn
{

namespace
{

// Steepest descent (Cauchy 1847): p <- p - rate * gradient over all rows.
template <class T> void gd(OptimizerStep<T> &s)
{
	s.parameters -= T(s.rate) * s.gradient;
}

// Mini-batch descent with momentum (Polyak 1964): v <- momentum * v - rate * gradient, p <- p + v.
// Nesterov's looks ahead by one more step along the new v: p <- p + momentum * v - rate * gradient,
// which is the form of Sutskever et al. 2013 with p standing for the point looked ahead to.
template <class T> void sgd(OptimizerStep<T> &s)
{
	const T momentum = T(s.momentum), rate = T(s.rate);
	const bool nesterov = s.nesterov;
	const T *g = s.gradient.data();
	T *p = s.parameters.data(), *v = s.slots[0].data();

	for (Index i = 0, n = s.parameters.size(); i < n; i++)
	{
		v[i] = momentum * v[i] - rate * g[i];
		p[i] += nesterov ? momentum * v[i] - rate * g[i] : v[i];
	}
}

// RMSProp (Tieleman and Hinton 2012, lecture 6.5 of "Neural networks for machine learning"): each
// parameter's gradient is divided by the root of its mean square over the last steps.
template <class T> void rmsprop(OptimizerStep<T> &s)
{
	constexpr T kRho = T(0.9), kRest = T(1 - 0.9), kEpsilon = T(1e-8);
	const T rate = T(s.rate);
	const T *g = s.gradient.data();
	T *p = s.parameters.data(), *v = s.slots[0].data();

	for (Index i = 0, n = s.parameters.size(); i < n; i++)
	{
		v[i] = kRho * v[i] + kRest * (g[i] * g[i]);
		p[i] -= rate * g[i] / (std::sqrt(v[i]) + kEpsilon);
	}
}

// Adam, algorithm 1 of Kingma and Ba, "Adam: a method for stochastic optimization", 2015, with its
// constants: means of the gradient and its square, corrected for their start at zero. AdamW
// (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019) is the same step, after
// weights that were made smaller instead of a gradient that l2 was added to.
template <class T> void adam(OptimizerStep<T> &s)
{
	constexpr double kBeta1 = 0.9, kBeta2 = 0.999;
	constexpr T kMean = T(kBeta1), kNew = T(1 - kBeta1);
	constexpr T kSquare = T(kBeta2), kNewSquare = T(1 - kBeta2), kEpsilon = T(1e-8);
	const T rate = T(s.rate / (1 - std::pow(kBeta1, s.number)));
	const T correction = T(1 / (1 - std::pow(kBeta2, s.number)));
	const T *g = s.gradient.data();
	T *p = s.parameters.data(), *m = s.slots[0].data(), *v = s.slots[1].data();

	if constexpr (std::is_same_v<T, float>)
		return kernels().adam({rate, kMean, kSquare, correction, kEpsilon},
							  static_cast<size_t>(s.parameters.size()), g, p, m, v);
	for (Index i = 0, n = s.parameters.size(); i < n; i++)
	{
		m[i] = kMean * m[i] + kNew * g[i];
		v[i] = kSquare * v[i] + kNewSquare * (g[i] * g[i]);
		p[i] -= rate * m[i] / (std::sqrt(v[i] * correction) + kEpsilon);
	}
}

// name, slots, default rate, full batch, decoupled decay, line search, step
template <class T>
constexpr Optimizer<T> kOptimizers[] = {
	{"gd", 0, 0.1, true, false, false, gd<T>},
	{"sgd", 1, 0.01, false, false, false, sgd<T>},
	{"rmsprop", 1, 0.001, false, false, false, rmsprop<T>},
	{"adam", 2, 0.001, false, false, false, adam<T>},
	{"adamw", 2, 0.001, false, true, false, adam<T>},
	{"lbfgs", 0, 1, true, false, true, nullptr}, // Liu and Nocedal 1989
};
static_assert(std::size(kOptimizers<float>) == kOptimizerCount);

} // namespace

template <class T> const Optimizer<T> *find_optimizer(const std::string &name)
{
	for (const Optimizer<T> &optimizer : kOptimizers<T>)
		if (name == optimizer.name)
			return &optimizer;
	return nullptr;
}

template const Optimizer<float> *find_optimizer<float>(const std::string &);
template const Optimizer<double> *find_optimizer<double>(const std::string &);

std::string optimizer_names()
{
	std::string names;
	for (const Optimizer<float> &optimizer : kOptimizers<float>)
		names += (names.empty() ? "" : ", ") + std::string(optimizer.name);
	return names;
}

} // namespace nn
