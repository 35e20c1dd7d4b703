#include "core/regularisation.h"

#include <cmath>

namespace nn
{

namespace
{

// Sums of |v| and v^2 in double: four of each side by side, however wide the processor's vectors are.
struct Sums
{
	double sizes, squares;
};

Sums sums_of(const float *v, Index n)
{
	double sizes[4] = {}, squares[4] = {};

	for (Index i = 0; i < n; i++)
	{
		const double value = static_cast<double>(v[i]);
		sizes[i % 4] += std::abs(value);
		squares[i % 4] += value * value;
	}
	return {(sizes[0] + sizes[1]) + (sizes[2] + sizes[3]),
			(squares[0] + squares[1]) + (squares[2] + squares[3])};
}

} // namespace

double penalty(const Network<float> &network, const Penalties &p)
{
	double total = 0;

	for (const Layer<float> &layer : network.layers())
	{
		const Sums sums =
			sums_of(network.parameters().data() + layer.weights, layer.inputs * layer.outputs);
		total += p.l1 * sums.sizes + p.l2 / 2 * sums.squares;
	}
	return total;
}

void add_penalties(const Penalties &p, const float *weights, Index n, float *gradient)
{
	const ConstArrayMap<float> w(weights, n);
	ArrayMap<float> g(gradient, n);

	if (p.l2 > 0)
		kernels().add(static_cast<float>(p.l2), static_cast<size_t>(n), weights, gradient);
	if (p.l1 > 0)
		g += static_cast<float>(p.l1) * w.sign();
}

void decay_weights(double share, float *weights, Index n)
{
	ArrayMap<float>(weights, n) *= static_cast<float>(1 - share);
}

double sum_of_squares(const float *numbers, Index n)
{
	return sums_of(numbers, n).squares;
}

} // namespace nn
