/*
 * network.h: the layers, their parameters, and the way through them forth and back.
 *
 * Every matrix is row-major with a row for each example. A layer computes Z = A W^T + b and
 * A' = f(Z); the last one has no f: losses work on its Z. Parameters are one flat vector, layer by
 * layer W (outputs x inputs) then b (outputs), and so are gradients. The scalar is float in use and
 * double in the tests that prove the gradients.
 */
#ifndef PGNN_NETWORK_H
#define PGNN_NETWORK_H

#include <cstdint>
#include <vector>

#include "core/activations.h"
#include "core/inputs.h"
#include "core/pages.h"
#include "core/random.h"

namespace nn
{

template <class T> struct Layer
{
	Index inputs, outputs;
	const Activation<T> *activation; // nullptr for the last layer
	size_t weights, biases;          // where they start in the flat vector
	size_t packed;                   // where the weights start in a PackedWeights
};

template <class T> class Network
{
public:
	// sizes: inputs, hidden widths, outputs (each > 0); one activation for each hidden layer.
	// Throws NN_LIMIT beyond kMaxParameters.
	Network(const std::vector<int> &sizes, const std::vector<const Activation<T> *> &activations);

	const std::vector<Layer<T>> &layers() const { return layers_; }
	Index inputs() const { return layers_.front().inputs; }
	Index outputs() const { return layers_.back().outputs; }
	size_t parameter_count() const { return parameters_.size(); }
	Vector<T> &parameters() { return parameters_; }
	const Vector<T> &parameters() const { return parameters_; }

	// Number of parameters for such sizes, in checked arithmetic.
	static size_t count_parameters(const std::vector<int> &sizes);

	// Random weights, biases 0. Weights are uniform; before a rectifier with the variance of He et al.
	// 2015, 2 / (1 + a^2) / inputs, where a^2 = 5 as in PyTorch's layers (a = 0 scores worse on small
	// sets); otherwise with that of Glorot and Bengio 2010, 2 / (inputs + outputs). The last layer's
	// are a tenth of it, so that training starts near the baseline rather than at a random function
	// that few rows can't unlearn. Inputs for which idle is true get weight 0: they are constant in
	// training and must not speak in prediction.
	void initialise(Random random, const std::vector<bool> &idle);

	// Numbers of a PackedWeights.
	size_t packed_count() const { return packed_count_; }

	// Sets the weights of idle inputs to 0, in parameters or in a gradient.
	void silence(const std::vector<bool> &idle, Vector<T> &parameters) const;

private:
	std::vector<Layer<T>> layers_;
	Vector<T> parameters_;
	size_t packed_count_ = 0;
};

// A layer's outputs can be taken some at a time: so many from one on.
struct Outputs
{
	Index first, count;
};
constexpr Index kOutputGroup = 32; // their first must be a multiple of it

// A network's weights rearranged for the way forth. Whoever changes some has to pack them again.
template <class T> class PackedWeights
{
public:
	// Of a network of this layout of inputs, which must outlive it; or whose inputs are all numbers.
	explicit PackedWeights(const Network<T> &network, const InputLayout *layout = nullptr)
		: layout_(layout)
	{
		resize_pages(weights_, network.packed_count());
	}

	// Some outputs of a layer; scratch: (count x inputs) numbers where there is a layout.
	void pack(const Network<T> &network, size_t layer, const Outputs &outputs, T *scratch);
	void pack(const Network<T> &network);
	const T *of(const Layer<T> &layer) const { return weights_.data() + layer.packed; }

	// Those of the categories: (categories x outputs of the first layer).
	const T *table(const Network<T> &network) const
	{
		return weights_.data() + table_start(network.layers()[0]);
	}
	const InputLayout *layout() const { return layout_; }

private:
	Index table_start(const Layer<T> &first) const;

	const InputLayout *layout_;
	Vector<T> weights_;
};

// Which neurons are silenced, row by row (Srivastava et al., "Dropout", 2014): each output of a hidden
// layer is 0 with the rate, else divided by 1 - rate, so that its expectation stays. A row's
// neurons are drawn from its key and the layer: the same whatever rows stand beside it.
struct Dropout
{
	double rate;
	const uint64_t *keys; // of each row
};

// Multiplies n numbers, of row key's layer, by 0 or 1 / (1 - rate); with mask, stores the factors
// there, too.
template <class T>
void drop(const Dropout &dropout, size_t row, uint64_t layer, Index n, T *x, T *mask);

// What a pass through a network leaves behind, for at most capacity rows: made once, used for
// every batch.
template <class T> class Workspace
{
public:
	// dropout: there will be some.
	Workspace(const Network<T> &network, Index capacity, bool dropout = false);

	// Bytes that a workspace takes, in checked arithmetic.
	static size_t bytes(const std::vector<int> &sizes, size_t capacity, bool dropout);

	Index capacity() const { return capacity_; }

	// The network's outputs Z (rows x outputs) for X (rows x inputs); valid until the next call.
	// Packed weights, if there are any, must be the network's, and of the layout of X.
	ConstMatrixMap<T> forward(const Network<T> &network, const Inputs<T> &X, Index rows,
							  const Dropout *dropout = nullptr,
							  const PackedWeights<T> *packed = nullptr);

	// Room for dLoss/dZ (rows x outputs) of the last layer, to be filled before backward().
	T *output_gradient() { return deltas_.back().data(); }

	// The gradient of the parameters (flat, as the parameters), for the X and rows of the last
	// forward(), whose dropout counts again: it replaces what is in gradient, or is added to it.
	void backward(const Network<T> &network, const Inputs<T> &X, Index rows, Sum sum,
				  Vector<T> &gradient);

	// The same in pieces: first dLoss/dZ of every layer ...
	void backward_data(const Network<T> &network, Index rows);

	// What that has found of a layer: dLoss/dZ (rows x outputs).
	const T *gradient(size_t layer) const { return deltas_[layer].data(); }

	// ... and then the gradient of some outputs' weights (count x inputs) and biases (count), in any
	// order, or at the same time if each has scratch of its own: scratch_count() numbers.
	// Where X has categories, (count x inputs) of it are needed beside those of the products.
	void backward_weights(const Network<T> &network, const Inputs<T> &X, Index rows, size_t layer,
						  const Outputs &outputs, Sum sum, T *dW, T *db, T *scratch) const;

private:
	void forward_first(const Network<T> &network, const Inputs<T> &X, Index rows,
					   const PackedWeights<T> &packed, Rectifier f, T *A);
	void backward_first(const Network<T> &network, const Inputs<T> &X, Index rows,
						const Outputs &outputs, Sum sum, T *dW, T *db, T *scratch) const;

	Index capacity_;
	std::vector<Matrix<T>> inputs_;      // Z of each layer where its activation needs it
	std::vector<Matrix<T>> activations_; // A (capacity, outputs) of each layer; the last: Z
	std::vector<Matrix<T>> deltas_;      // dLoss/dZ (capacity, outputs) of each layer
	std::vector<Matrix<T>> masks_;       // factors of dropout of each hidden layer
	std::vector<Matrix<T>> dropped_;     // A times them: what the next layer sees
	bool dropping_ = false;              // in the last forward()
	Vector<T> scratch_;                  // of the products
};

} // namespace nn

#endif
