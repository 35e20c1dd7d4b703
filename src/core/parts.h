/*
 * parts.h: the rows of a batch shared out among threads, and what they found put together again.
 */
#ifndef PGNN_PARTS_H
#define PGNN_PARTS_H

#include <memory>

#include "core/part.h"
#include "core/threads.h"

namespace nn
{

class Parts
{
public:
	// At most one for each of the options' threads: fewer, where a batch isn't worth that many.
	Parts(const Dataset &dataset, const nn_options &options, const Plan &plan,
		  const Network<float> &network);

	// Bytes that all of them take, in checked arithmetic.
	static size_t bytes(const nn_options &options, const Plan &plan, size_t targets);

	// Parts of a batch, each with a thread of its own.
	static size_t count(const nn_options &options, const Plan &plan);

	// Rows that fit in at once.
	static size_t capacity(const nn_options &options, const Plan &plan);
	size_t capacity() const { return parts_.size() * capacity_; }

	Threads &threads() { return threads_; }

	// As of a Part, for rows up to the capacity.
	void train(const Network<float> &network, const PackedWeights<float> &packed,
			   const Batches &batches, size_t place, size_t n, double terms);
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

	const size_t block_, capacity_;
	std::vector<std::unique_ptr<Part>> parts_;
	size_t used_ = 0; // of them, by the rows given last
	Threads threads_;
};

} // namespace nn

#endif
