/*
 * update.h: from a batch that went through the network to new parameters, some outputs of a layer at
 * a time: their gradient, its penalties, the optimizer's step and the packing for the next batch,
 * while all of that is still in the cache. Threads share these stretches. Every element goes its own
 * way, so that it makes no difference who takes which, or how long they are.
 */
#ifndef PGNN_UPDATE_H
#define PGNN_UPDATE_H

#include "core/optimizers.h"
#include "core/parts.h"

namespace nn
{

class Update
{
public:
	// idle: inputs whose weights are left alone; in_pieces: rows of a batch may come a few at a time,
	// even where all fit into the parts; alone: the calling thread makes its steps by itself. Both the
	// options and idle must outlive it.
	Update(const Network<float> &network, const nn_options &options, const Plan &plan,
		   const std::vector<bool> &idle, bool in_pieces, bool alone);

	// Bytes that one takes beside the optimizer's memory, in checked arithmetic.
	static size_t bytes(const nn_options &options, const Plan &plan, bool in_pieces);

	bool alone() const { return alone_; }

	// The optimizer's memory, one after another.
	Vector<float> *slots() { return slots_; }

	// The gradient of the rows in the parts replaces what is there, or is added to it; to be done
	// where a batch, or what step() takes, doesn't fit into the parts at once.
	void gather(const Network<float> &network, Parts &parts, Sum sum);

	// The same with the last of the rows, and the penalties' gradient.
	const Vector<float> &finish(const Network<float> &network, Parts &parts, Sum sum);

	// The same, and then step number n of the optimizer. Gives the largest change of a parameter
	// where the options have a tolerance, otherwise 0.
	double step(Network<float> &network, PackedWeights<float> &packed, Parts &parts, Sum sum,
				double rate, int64_t number);

private:
	// Outputs of a layer: where their weights and biases start, and how many weights they have.
	struct Stretch
	{
		size_t layer;
		Outputs outputs;
		Index weights, biases, count;
	};

	// Where the gradient of a stretch is.
	struct Gradient
	{
		float *weights, *biases;
	};

	// What a thread works in.
	struct Bench
	{
		Vector<float> gradient, scratch;
	};

	// Calls work(s, worker) for every stretch.
	template <class Work> void each_stretch(Parts &parts, Work work)
	{
		if (!alone_)
			return parts.threads().run(stretches_.size(), work);
		for (size_t s = 0; s < stretches_.size(); s++)
			work(s, size_t(0));
	}

	static std::vector<Stretch> stretches_of(const Network<float> &network);
	Gradient gradient_of(const Stretch &stretch, size_t worker);
	void compute(const Network<float> &network, const Parts &parts, const Stretch &stretch, Sum sum,
				 const Gradient &gradient, size_t worker);
	void add_penalties_of(const Network<float> &network, const Stretch &stretch,
						  float *gradient) const;
	void step_some(Network<float> &network, Index begin, Index count, const float *gradient,
				   double rate, int64_t number);
	void step_stretch(Network<float> &network, const Stretch &stretch, const Gradient &gradient,
					  double rate, int64_t number);
	double change(Network<float> &network, const Stretch &stretch, const Gradient &gradient,
				  double rate, int64_t number);
	double clipping() const;

	const nn_options &options_;
	const Optimizer<float> &optimizer_;
	const std::vector<bool> &idle_;
	const bool any_idle_, clips_, alone_;
	std::vector<Stretch> stretches_;
	Vector<float> gradient_; // of all parameters, where that is needed at once
	std::vector<Bench> benches_;
	Vector<float> slots_[kMaxSlots];
	std::vector<double> results_; // of each stretch
};

} // namespace nn

#endif
