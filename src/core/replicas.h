/*
 * replicas.h: a small network, once for each thread. What one thread has written comes slowly to another:
 * so each makes every step by itself, with parameters, packed weights and optimizer's memory of its own,
 * and only the gradients go from thread to thread. All come to the same bits.
 */
#ifndef PGNN_REPLICAS_H
#define PGNN_REPLICAS_H

#include <memory>
#include <vector>

#include "core/update.h"

namespace nn
{

class Replicas
{
public:
	// Of a network, its packed weights and its update, which are the first replica, and outlive these.
	Replicas(Network<float> &network, PackedWeights<float> &packed, Update &update,
			 const nn_options &options, const Plan &plan, const std::vector<bool> &idle);

	// Whether there is one for each thread, and else only the first; in_pieces: see Update.
	static bool useful(const nn_options &options, const Plan &plan, bool in_pieces);

	// Bytes of all but the first, in checked arithmetic.
	static size_t bytes(const nn_options &options, const Plan &plan, bool in_pieces);

	// Makes the others equal the first, whose parameters or optimizer's memory have been changed. Its weights
	// are packed.
	void follow();

	const Network<float> &network(size_t thread) const { return of(thread).network; }
	const PackedWeights<float> &packed(size_t thread) const { return of(thread).packed; }

	// See Update::step.
	double step(Parts &parts, Sum sum, double rate, int64_t number);

private:
	struct Replica
	{
		Network<float> &network;
		PackedWeights<float> &packed;
		Update &update;
	};

	// What another than the first refers to.
	struct Copy
	{
		Network<float> network;
		PackedWeights<float> packed;
		Update update;
	};

	const Replica &of(size_t thread) const { return replicas_[copies_.empty() ? 0 : thread]; }

	const int slots_;
	std::vector<std::unique_ptr<Copy>> copies_;
	std::vector<Replica> replicas_;
};

} // namespace nn

#endif
