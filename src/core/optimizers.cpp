/*
 * optimizers.cpp: to add one, write its step, add its row to the table, and a worked example to
 * test/unit/optimizers.cpp.
 */
#include "core/optimizers.h"

#include <cmath>
#include <iterator>

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
template <class T> void sgd(OptimizerStep<T> &s)
{
	s.slots[0] = T(s.momentum) * s.slots[0] - T(s.rate) * s.gradient;
	s.parameters += s.slots[0];
}

// Adam, algorithm 1 of Kingma and Ba, "Adam: a method for stochastic optimization", 2015, with its
// constants: means of the gradient and its square, corrected for their start at zero.
template <class T> void adam(OptimizerStep<T> &s)
{
	constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
	const T rate = T(s.rate / (1 - std::pow(kBeta1, s.number)));
	const T correction = T(1 / (1 - std::pow(kBeta2, s.number)));

	s.slots[0] = T(kBeta1) * s.slots[0] + T(1 - kBeta1) * s.gradient;
	s.slots[1] = T(kBeta2) * s.slots[1] + T(1 - kBeta2) * s.gradient.square();
	s.parameters -= rate * s.slots[0] / ((s.slots[1] * correction).sqrt() + T(kEpsilon));
}

template <class T>
constexpr Optimizer<T> kOptimizers[] = {
	{"gd", 0, 0.1, true, gd<T>},
	{"sgd", 1, 0.01, false, sgd<T>},
	{"adam", 2, 0.001, false, adam<T>},
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
