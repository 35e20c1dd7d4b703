/*
 * compiled.h: a network laid out for prediction: its weights packed for the kernels, its buffers made
 * once. Training has a workspace instead.
 */
#ifndef PGNN_COMPILED_H
#define PGNN_COMPILED_H

#include <vector>

#include "core/encoder.h"
#include "core/large_floats.h"
#include "core/network.h"

namespace nn
{

// Not for two threads at a time.
class Compiled
{
public:
	// sizes: inputs, hidden widths, outputs; an activation for each hidden layer. The parameters, flat
	// as a network's, must outlive it.
	Compiled(const std::vector<int> &sizes,
			 const std::vector<const Activation<float> *> &activations, const float *parameters);

	size_t inputs() const { return layers_.front().inputs; }
	size_t outputs() const { return layers_.back().outputs; }

	// The network's outputs for one row x (inputs); valid until the next call.
	const float *run(const float *x);

	// The same for a row whose other inputs are 0.
	const float *run(const Gathered &row);

	// The same (rows x outputs) for X (rows x inputs), with rows <= NN_BATCH_ROWS.
	const float *run(const float *X, size_t rows);

private:
	void pack();
	const float *run_from(size_t layer, const float *x);
	void activate(size_t layer, float *A, size_t count) const;

	std::vector<RowLayer> layers_;
	std::vector<const Activation<float> *> activations_; // those that no product does in passing
	const Kernels *kernels_ = nullptr;                   // whom the weights are packed for
	LargeFloats packed_;
	std::vector<float> row_[2], batch_[2]; // what goes from layer to layer, in turn
	std::vector<float> nonzero_;           // what isn't 0 of that
	std::vector<uint32_t> places_;
	size_t widest_ = 0; // outputs of a layer
};

} // namespace nn

#endif
