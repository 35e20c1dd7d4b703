/*
 * parts.h: the rows of a batch shared out among threads, and what they found put together again.
 *
 * Of large networks the threads then share the gradient, each some outputs for all rows. Of small ones,
 * whose rows are more than their parameters, each part computes a gradient of its own, so that rows
 * never leave the cache of their thread. Then a batch has the same parts whatever the number of threads,
 * and their gradients are added up in a fixed order.
 */
#ifndef PGNN_PARTS_H
#define PGNN_PARTS_H

#include <memory>

#include "core/part.h"
#include "core/threads.h"

namespace nn
{

class Replicas;

struct Division
{
	size_t parts, threads;
	size_t rows;  // of a part at most, at once
	size_t block; // rows whose losses are summed up together
	bool apart;   // each part has a gradient of its own

	size_t capacity() const { return parts * rows; }
};

// How a batch is divided: into at most one part for each of the options' threads, or into a number
// that depends on the plan alone; and how many threads that is worth.
Division divide(const nn_options &options, const Plan &plan);

class Parts
{
public:
	Parts(const Dataset &dataset, const nn_options &options, const Plan &plan,
		  const Network<float> &network);

	// Bytes that all of them take, in checked arithmetic.
	static size_t bytes(const nn_options &options, const Plan &plan, size_t targets);

	// Rows that fit in at once.
	size_t capacity() const { return division_.capacity(); }

	Threads &threads() { return threads_; }

	// As of a Part, for rows up to the capacity. Each thread has a replica of the network.
	void train(const Replicas &replicas, const Batches &batches, size_t place, size_t n,
			   double terms);
	void add_gradient(const Network<float> &network, size_t layer, const Outputs &outputs, Sum sum,
					  float *dW, float *db, float *scratch) const;
	void evaluate(const Network<float> &network, const PackedWeights<float> &packed,
				  const Batches &batches, size_t place, size_t n, bool lossy);
	void add_sums(std::vector<double> &sums, double &weight) const;

	// Calls each(part) for the parts that had rows.
	template <class Each> void for_each(Each each) const
	{
		for (size_t p = 0; p < used_; p++)
			each(*parts_[p]);
	}

private:
	size_t share_of(size_t n);
	void sum_gradients(Index first, Index count, Sum sum, float *to) const;

	const Division division_;
	std::vector<std::unique_ptr<Part>> parts_;
	size_t used_ = 0; // of them, by the rows given last
	Threads threads_;
};

} // namespace nn

#endif
