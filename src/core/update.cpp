#include "core/update.h"

#include <algorithm>
#include <cmath>

#include "core/checked.h"
#include "core/pages.h"
#include "core/regularisation.h"

namespace nn
{

namespace
{

constexpr Index kLongest = 8192; // weights of a stretch: with all their vectors well within a cache
constexpr Index kShortest = 2048;
constexpr Index kPieces = 8; // of a layer if they aren't too short, to be shared by threads

// Outputs whose weights make a stretch: by the layer alone, as lengths are summed up by stretches.
Index stretch_of(Index inputs, Index outputs)
{
	const Index weights = std::clamp(inputs * outputs / kPieces, kShortest, kLongest);
	const Index count = (weights / inputs + kOutputGroup / 2) / kOutputGroup * kOutputGroup;

	return std::clamp(count, kOutputGroup, std::max(outputs, kOutputGroup));
}

// Whether all of a gradient is needed before the first parameter may change.
bool needs_whole(const nn_options &options, const Plan &plan, bool in_pieces)
{
	return in_pieces || plan.optimizer->line_search || !std::isnan(options.clip_norm) ||
		   static_cast<size_t>(plan.batch_size) > divide(options, plan).capacity();
}

// Numbers of a thread's gradient and scratch.
struct BenchSize
{
	size_t gradient = 0, scratch = 0;
};

BenchSize bench_size(const nn_options &options, const Plan &plan, bool in_pieces)
{
	BenchSize size;

	for (size_t l = 1; l < plan.sizes.size(); l++)
	{
		const Index inputs = plan.sizes[l - 1], all = plan.sizes[l];
		const size_t in = static_cast<size_t>(inputs),
					 out = static_cast<size_t>(std::min(stretch_of(inputs, all), all));
		size.gradient = std::max(size.gradient, checked_multiply(checked_add(in, 1), out));
		// of the first layer, categories may have to be told from numbers
		const size_t apart = l == 1 ? checked_multiply(in, out) : 0;
		size.scratch =
			std::max(size.scratch,
					 checked_add(apart, scratch_size({divide(options, plan).capacity(), in, out})));
	}
	if (needs_whole(options, plan, in_pieces))
		size.gradient = 0;
	return size;
}

} // namespace

size_t Update::bytes(const nn_options &options, const Plan &plan, bool in_pieces)
{
	const BenchSize bench = bench_size(options, plan, in_pieces);
	const size_t benches =
		checked_multiply(checked_add(bench.gradient, bench.scratch), divide(options, plan).threads);
	const size_t whole =
		needs_whole(options, plan, in_pieces) ? Network<float>::count_parameters(plan.sizes) : 0;

	return checked_multiply(checked_add(benches, whole), sizeof(float));
}

std::vector<Update::Stretch> Update::stretches_of(const Network<float> &network)
{
	std::vector<Stretch> stretches;

	for (size_t l = 0; l < network.layers().size(); l++)
	{
		const Layer<float> &layer = network.layers()[l];
		const Index most = stretch_of(layer.inputs, layer.outputs);
		for (Index first = 0; first < layer.outputs; first += most)
		{
			const Index count = std::min(most, layer.outputs - first);
			stretches.push_back({l,
								 {first, count},
								 static_cast<Index>(layer.weights) + first * layer.inputs,
								 static_cast<Index>(layer.biases) + first,
								 count * layer.inputs});
		}
	}
	// the longest first, so that threads end at about the same time
	std::sort(stretches.begin(), stretches.end(), [](const Stretch &a, const Stretch &b) {
		return a.count != b.count ? a.count > b.count : a.weights < b.weights;
	});
	return stretches;
}

Update::Update(const Network<float> &network, const nn_options &options, const Plan &plan,
			   const std::vector<bool> &idle, bool in_pieces, bool alone)
	: options_(options), optimizer_(*plan.optimizer), idle_(idle),
	  any_idle_(std::find(idle.begin(), idle.end(), true) != idle.end()),
	  clips_(!std::isnan(options.clip_norm)), alone_(alone), stretches_(stretches_of(network)),
	  benches_(alone ? 1 : divide(options, plan).threads), results_(stretches_.size())
{
	const BenchSize size = bench_size(options, plan, in_pieces);

	for (Bench &bench : benches_)
	{
		bench.gradient.resize(static_cast<Index>(size.gradient));
		bench.scratch.resize(static_cast<Index>(size.scratch));
	}
	if (needs_whole(options, plan, in_pieces))
	{
		resize_pages(gradient_, network.parameter_count());
		gradient_.setZero();
	}
	for (int s = 0; s < optimizer_.slots; s++)
	{
		resize_pages(slots_[s], network.parameter_count());
		slots_[s].setZero();
	}
}

Update::Gradient Update::gradient_of(const Stretch &stretch, size_t worker)
{
	if (gradient_.size() > 0)
		return {gradient_.data() + stretch.weights, gradient_.data() + stretch.biases};
	float *gradient = benches_[worker].gradient.data();
	return {gradient, gradient + stretch.count};
}

void Update::compute(const Network<float> &network, const Parts &parts, const Stretch &stretch,
					 Sum sum, const Gradient &gradient, size_t worker)
{
	parts.add_gradient(network, stretch.layer, stretch.outputs, sum, gradient.weights,
					   gradient.biases, benches_[worker].scratch.data());
}

void Update::add_penalties_of(const Network<float> &network, const Stretch &stretch,
							  float *gradient) const
{
	add_penalties({options_.l1, optimizer_.decoupled_decay ? 0 : options_.l2},
				  network.parameters().data() + stretch.weights, stretch.count, gradient);
	// Constant columns would get a gradient from rounding, and so would an input that is always 1.
	for (Index i = 0; i < stretch.count && stretch.layer == 0 && any_idle_; i++)
		if (idle_[static_cast<size_t>(i % network.inputs())])
			gradient[i] = 0;
}

void Update::gather(const Network<float> &network, Parts &parts, Sum sum)
{
	eigen_assert(gradient_.size() > 0);
	each_stretch(parts, [&](size_t s, size_t worker) {
		compute(network, parts, stretches_[s], sum, gradient_of(stretches_[s], worker), worker);
	});
}

const Vector<float> &Update::finish(const Network<float> &network, Parts &parts, Sum sum)
{
	eigen_assert(gradient_.size() > 0);
	each_stretch(parts, [&](size_t s, size_t worker) {
		const Stretch &stretch = stretches_[s];
		const Gradient gradient = gradient_of(stretch, worker);
		compute(network, parts, stretch, sum, gradient, worker);
		add_penalties_of(network, stretch, gradient.weights);
		if (clips_)
			results_[s] = sum_of_squares(gradient.weights, stretch.count) +
						  sum_of_squares(gradient.biases, stretch.outputs.count);
	});
	return gradient_;
}

void Update::step_some(Network<float> &network, Index begin, Index count, const float *gradient,
					   double rate, int64_t number)
{
	const auto slot = [&](int s) {
		return ArrayMap<float>(s < optimizer_.slots ? slots_[s].data() + begin : nullptr,
							   s < optimizer_.slots ? count : 0);
	};
	OptimizerStep<float> step = {ArrayMap<float>(network.parameters().data() + begin, count),
								 ConstArrayMap<float>(gradient, count),
								 {slot(0), slot(1)},
								 rate,
								 options_.momentum,
								 options_.nesterov,
								 number};
	optimizer_.step(step);
}

void Update::step_stretch(Network<float> &network, const Stretch &stretch, const Gradient &gradient,
						  double rate, int64_t number)
{
	if (optimizer_.decoupled_decay && options_.l2 > 0)
		decay_weights(rate * options_.l2, network.parameters().data() + stretch.weights,
					  stretch.count);
	step_some(network, stretch.weights, stretch.count, gradient.weights, rate, number);
	step_some(network, stretch.biases, stretch.outputs.count, gradient.biases, rate, number);
}

// The same; gives the largest change.
double Update::change(Network<float> &network, const Stretch &stretch, const Gradient &gradient,
					  double rate, int64_t number)
{
	const ConstArrayMap<float> weights(network.parameters().data() + stretch.weights,
									   stretch.count);
	const ConstArrayMap<float> biases(network.parameters().data() + stretch.biases,
									  stretch.outputs.count);
	const Eigen::Array<float, Eigen::Dynamic, 1> old_weights = weights, old_biases = biases;

	step_stretch(network, stretch, gradient, rate, number);
	return static_cast<double>(
		std::max((weights - old_weights).abs().maxCoeff(), (biases - old_biases).abs().maxCoeff()));
}

// By what the gradient is multiplied so that it isn't longer than clip_norm.
double Update::clipping() const
{
	double squares = 0;

	for (double result : results_)
		squares += result;
	return std::min(options_.clip_norm / std::sqrt(squares), 1.0);
}

double Update::step(Network<float> &network, PackedWeights<float> &packed, Parts &parts, Sum sum,
					double rate, int64_t number)
{
	const bool watch = options_.tolerance > 0;
	float factor = 1;

	if (clips_)
	{
		finish(network, parts, sum);
		factor = static_cast<float>(clipping());
	}
	each_stretch(parts, [&](size_t s, size_t worker) {
		const Stretch &stretch = stretches_[s];
		const Gradient gradient = gradient_of(stretch, worker);
		if (!clips_)
		{
			compute(network, parts, stretch, sum, gradient, worker);
			add_penalties_of(network, stretch, gradient.weights);
		}
		else if (factor < 1)
		{
			ArrayMap<float>(gradient.weights, stretch.count) *= factor;
			ArrayMap<float>(gradient.biases, stretch.outputs.count) *= factor;
		}
		if (watch)
			results_[s] = change(network, stretch, gradient, rate, number);
		else
			step_stretch(network, stretch, gradient, rate, number);
		packed.pack(network, stretch.layer, stretch.outputs, benches_[worker].scratch.data());
	});
	return watch ? *std::max_element(results_.begin(), results_.end()) : 0;
}

} // namespace nn
