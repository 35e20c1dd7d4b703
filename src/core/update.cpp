#include "core/update.h"

#include <algorithm>
#include <cmath>

#include "core/regularisation.h"

namespace nn
{

namespace
{

constexpr Index kStretch = 8192; // parameters: with all their vectors well within a cache

} // namespace

Update::Update(const Network<float> &network, const nn_options &options,
			   const Optimizer<float> &optimizer, const std::vector<bool> &idle)
	: options_(options), optimizer_(optimizer), idle_(idle),
	  any_idle_(std::find(idle.begin(), idle.end(), true) != idle.end())
{
	for (const Layer<float> &layer : network.layers())
	{
		const Index weights = static_cast<Index>(layer.weights),
					count = layer.inputs * layer.outputs;
		const bool first = layer.weights == 0;
		for (Index done = 0; done < count; done += kStretch)
			stretches_.push_back({weights + done, std::min(kStretch, count - done), true, first});
		stretches_.push_back({static_cast<Index>(layer.biases), layer.outputs, false, first});
	}
	for (int s = 0; s < optimizer.slots; s++)
		slots_[s].setZero(static_cast<Index>(network.parameter_count()));
	results_.resize(stretches_.size());
}

void Update::gather(const Network<float> &network, const std::vector<float *> &gradients,
					Threads &threads)
{
	threads.run(stretches_.size(),
				[&](size_t s) { gather_stretch(network, stretches_[s], gradients); });
}

void Update::gather_stretch(const Network<float> &network, const Stretch &stretch,
							const std::vector<float *> &gradients) const
{
	float *gradient = gradients[0] + stretch.begin;
	const float *weights = network.parameters().data() + stretch.begin;

	for (size_t g = 1; g < gradients.size(); g++)
		kernels().add(1, static_cast<size_t>(stretch.count), gradients[g] + stretch.begin,
					  gradient);
	if (!stretch.weights)
		return;
	add_penalties({options_.l1, optimizer_.decoupled_decay ? 0 : options_.l2}, weights,
				  stretch.count, gradient);
	// Constant columns would get a gradient from rounding, and so would an input that is always 1.
	for (Index i = 0; i < stretch.count && stretch.first_layer && any_idle_; i++)
		if (idle_[static_cast<size_t>((stretch.begin + i) % network.inputs())])
			gradient[i] = 0;
}

void Update::step_stretch(Network<float> &network, const Stretch &stretch, float *gradient,
						  double rate, int64_t number)
{
	const Index begin = stretch.begin, count = stretch.count;
	float *parameters = network.parameters().data() + begin;
	const auto slot = [&](int s) {
		return ArrayMap<float>(s < optimizer_.slots ? slots_[s].data() + begin : nullptr,
							   s < optimizer_.slots ? count : 0);
	};

	if (stretch.weights && optimizer_.decoupled_decay && options_.l2 > 0)
		decay_weights(rate * options_.l2, parameters, count);
	OptimizerStep<float> step = {ArrayMap<float>(parameters, count),
								 ConstArrayMap<float>(gradient + begin, count),
								 {slot(0), slot(1)},
								 rate,
								 options_.momentum,
								 options_.nesterov,
								 number};
	optimizer_.step(step);
}

// The same; gives the largest change.
double Update::change(Network<float> &network, const Stretch &stretch, float *gradient, double rate,
					  int64_t number)
{
	const ConstArrayMap<float> parameters(network.parameters().data() + stretch.begin,
										  stretch.count);
	const Eigen::Array<float, Eigen::Dynamic, 1> before = parameters;

	step_stretch(network, stretch, gradient, rate, number);
	return static_cast<double>((parameters - before).abs().maxCoeff());
}

// By what the gradient is multiplied so that it isn't longer than clip_norm.
double Update::clipping() const
{
	double squares = 0;

	for (double result : results_)
		squares += result;
	return std::min(options_.clip_norm / std::sqrt(squares), 1.0);
}

double Update::step(Network<float> &network, const std::vector<float *> &gradients, double rate,
					int64_t number, Threads &threads)
{
	const bool clip = !std::isnan(options_.clip_norm), watch = options_.tolerance > 0;
	double factor = 1;

	if (clip)
	{
		threads.run(stretches_.size(), [&](size_t s) {
			gather_stretch(network, stretches_[s], gradients);
			results_[s] = sum_of_squares(gradients[0] + stretches_[s].begin, stretches_[s].count);
		});
		factor = clipping();
	}
	threads.run(stretches_.size(), [&](size_t s) {
		const Stretch &stretch = stretches_[s];
		if (!clip)
			gather_stretch(network, stretch, gradients);
		else if (factor < 1)
			ArrayMap<float>(gradients[0] + stretch.begin, stretch.count) *=
				static_cast<float>(factor);
		if (watch)
			results_[s] = change(network, stretch, gradients[0], rate, number);
		else
			step_stretch(network, stretch, gradients[0], rate, number);
	});
	return watch ? *std::max_element(results_.begin(), results_.end()) : 0;
}

} // namespace nn
