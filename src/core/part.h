/*
 * part.h: some rows of a batch on their way through the network. The parts of a batch are worked on
 * at the same time, each with memory of its own, and then summed up in their order: so what comes out
 * doesn't depend on the number of threads.
 */
#ifndef PGNN_PART_H
#define PGNN_PART_H

#include "core/batches.h"
#include "core/network.h"
#include "core/options.h"

namespace nn
{

class Part
{
public:
	// For at most capacity rows at a time.
	Part(const Dataset &dataset, const nn_options &options, const Plan &plan,
		 const Network<float> &network, size_t capacity);

	// Bytes that one takes beside its gradient, in checked arithmetic.
	static size_t bytes(const nn_options &options, const Plan &plan, size_t targets,
						size_t capacity);

	// Learns from the n rows from place on in the order of the pass: the gradient of their share in a
	// loss that is the mean over so many terms replaces the gradient, or is added to it; so with the
	// sums.
	void train(const Network<float> &network, const Batches &batches, size_t place, size_t n,
			   double terms, Sum sum);

	// Only evaluates these rows, and where lossy is true adds their losses to the sums.
	void evaluate(const Network<float> &network, const Batches &batches, size_t place, size_t n,
				  bool lossy);

	// The same of rows given by their places in the dataset's store.
	void evaluate(const Network<float> &network, const Batches &batches, const uint32_t *rows,
				  size_t n, bool lossy);

	void clear_sums();

	Vector<float> &gradient() { return gradient_; }
	const Vector<float> &gradient() const { return gradient_; }

	// Of the losses, by output, times the rows' weights; and of those.
	const std::vector<double> &sums() const { return sums_; }
	double weight() const { return weight_; }

	// What went through the network last, and came out of it.
	const float *X() const { return X_.data(); }
	ConstMatrixMap<float> Z() const { return Z_; }
	ConstMatrixMap<float> Y() const { return {Y_.data(), Z_.rows(), Y_.cols()}; }
	const float *row_weights() const // nullptr: all are 1
	{
		return dataset_.weighted() ? row_weights_.data() : nullptr;
	}

private:
	void gather(const Batches &batches, size_t n);
	void evaluate_gathered(const Network<float> &network, size_t n, bool lossy);
	void evaluate_loss(size_t n, double terms, float *dZ);

	const Dataset &dataset_;
	const nn_options &options_;
	const Plan &plan_;
	Workspace<float> workspace_;
	Vector<float> gradient_;
	std::vector<const unsigned char *> rows_;
	std::vector<uint64_t> keys_; // of dropout
	Matrix<float> X_, Y_;
	std::vector<float> row_weights_, weights_; // as given; times their class's
	bool weighted_ = false;                    // weights_ are not all 1
	ConstMatrixMap<float> Z_;
	std::vector<double> sums_;
	double weight_ = 0;
};

} // namespace nn

#endif
