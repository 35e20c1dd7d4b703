/*
 * update.h: from the gradients of a batch's parts to new parameters, a stretch of the flat vectors at
 * a time: each of them is read once, and threads share the stretches. Every element goes its own
 * way, so that it makes no difference who takes which.
 */
#ifndef PGNN_UPDATE_H
#define PGNN_UPDATE_H

#include "core/network.h"
#include "core/optimizers.h"
#include "core/options.h"
#include "core/threads.h"

namespace nn
{

class Update
{
public:
	// idle: inputs whose weights are left alone. Both the options and idle must outlive it.
	Update(const Network<float> &network, const nn_options &options,
		   const Optimizer<float> &optimizer, const std::vector<bool> &idle);

	// The optimizer's memory, one after another.
	Vector<float> *slots() { return slots_; }

	// Adds the gradients up, in their order and into the first, and the gradient of the penalties.
	void gather(const Network<float> &network, const std::vector<float *> &gradients,
				Threads &threads);

	// The same, and then step number n of the optimizer. Gives the largest change of a parameter
	// where the options have a tolerance, otherwise 0.
	double step(Network<float> &network, const std::vector<float *> &gradients, double rate,
				int64_t number, Threads &threads);

private:
	// Weights of a layer, or biases.
	struct Stretch
	{
		Index begin, count;
		bool weights, first_layer;
	};

	void gather_stretch(const Network<float> &network, const Stretch &stretch,
						const std::vector<float *> &gradients) const;
	void step_stretch(Network<float> &network, const Stretch &stretch, float *gradient, double rate,
					  int64_t number);
	double change(Network<float> &network, const Stretch &stretch, float *gradient, double rate,
				  int64_t number);
	double clipping() const;

	const nn_options &options_;
	const Optimizer<float> &optimizer_;
	const std::vector<bool> &idle_;
	const bool any_idle_;
	std::vector<Stretch> stretches_;
	Vector<float> slots_[kMaxSlots];
	std::vector<double> results_; // of each stretch
};

} // namespace nn

#endif
