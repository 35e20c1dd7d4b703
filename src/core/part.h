/*
 * part.h: some rows of a batch on their way through the network, with memory of their own, so that
 * the parts of a batch can be worked on at the same time.
 *
 * Rows don't know of each other, and losses are summed up by blocks of a fixed number of rows, so that
 * neither depends on how a batch is divided. Gradients are sums in the order of the rows (kernels.h);
 * where parts have gradients of their own, a batch is always divided in the same way (parts.h).
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
	// For at most capacity rows at a time, whose losses are summed up in blocks of so many.
	Part(const Dataset &dataset, const nn_options &options, const Plan &plan,
		 const Network<float> &network, size_t capacity, size_t block = 32,
		 bool own_gradient = false);

	// Bytes that one takes, in checked arithmetic.
	static size_t bytes(const nn_options &options, const Plan &plan, size_t targets,
						size_t capacity, bool own_gradient);

	// Learns from the n rows from place on in the order of the pass: all but the gradient of the
	// parameters, of a loss that is the mean over so many terms; with a gradient of its own also that.
	// Rows from next on are likely to be what it gets then: meanwhile they come into the cache.
	void train(const Network<float> &network, const PackedWeights<float> &packed,
			   const Batches &batches, size_t place, size_t n, size_t next, double terms);

	const float *gradient() const { return gradient_.data(); }

	// The gradient of some outputs of a layer for the rows trained last, which replaces what is there
	// or is added to it. See Workspace::backward_weights().
	void add_gradient(const Network<float> &network, size_t layer, const Outputs &outputs, Sum sum,
					  float *dW, float *db, float *scratch) const;

	// Only evaluates n rows, and where lossy is true their losses.
	void evaluate(const Network<float> &network, const PackedWeights<float> &packed,
				  const Batches &batches, size_t place, size_t n, size_t next, bool lossy);

	// Adds the losses of these rows, by output and times the rows' weights; and those weights.
	void add_sums(std::vector<double> &sums, double &weight) const;

	// What went through the network, and came out of it.
	const float *X() const { return X_.data(); }
	ConstMatrixMap<float> Z() const { return Z_; }
	ConstMatrixMap<float> Y() const { return {Y_.data(), Z_.rows(), Y_.cols()}; }
	const float *row_weights() const // nullptr: all are 1
	{
		return dataset_.weighted() ? row_weights_.data() : nullptr;
	}

private:
	Inputs<float> inputs() const;
	void drop_inputs(size_t n);
	void gather(const Batches &batches, size_t place, size_t n, size_t next);
	void compute_gradient(const Network<float> &network);
	void evaluate_loss(size_t n, double terms, float *dZ);
	void evaluate_block(size_t begin, size_t end, double terms, float *dZ);

	const Dataset &dataset_;
	const nn_options &options_;
	const Plan &plan_;
	const size_t block_;
	Workspace<float> workspace_;
	std::vector<const unsigned char *> rows_;
	std::vector<uint64_t> keys_;               // of dropout
	Matrix<float> X_, Y_;                      // X: the numbers
	std::vector<uint32_t> codes_;              // of the categories
	std::vector<float> code_factors_;          // of input dropout
	std::vector<float> row_weights_, weights_; // as given; times their class's
	bool weighted_ = false;                    // weights_ are not all 1
	ConstMatrixMap<float> Z_;
	Vector<float> gradient_, scratch_; // where it is its own
	size_t blocks_ = 0;                // whose losses are known
	std::vector<double> sums_;         // (blocks, outputs)
	std::vector<double> total_;        // weight of each block
};

} // namespace nn

#endif
