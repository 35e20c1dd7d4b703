#include "core/network.h"

#include <algorithm>
#include <cmath>

#include "core/checked.h"
#include "core/limits.h"
#include "core/pages.h"
#include "core/products.h"

namespace nn
{

namespace
{

constexpr double kRectifierGain = 1.0 / 3; // 2 / (1 + a^2) for a = sqrt(5)
constexpr double kOutputScale = 0.1;       // of the last layer's first weights

template <class T> LayerShape shape_of(const Layer<T> &layer, Index rows)
{
	return {static_cast<size_t>(rows), static_cast<size_t>(layer.inputs),
			static_cast<size_t>(layer.outputs)};
}

// Of the products of all layers, in numbers.
size_t scratch_of(const std::vector<int> &sizes, size_t rows)
{
	size_t size = 0;
	for (size_t l = 1; l < sizes.size(); l++)
		size = std::max(size, scratch_size({rows, static_cast<size_t>(sizes[l - 1]),
											static_cast<size_t>(sizes[l])}));
	return size;
}

} // namespace

template <class T> size_t Network<T>::count_parameters(const std::vector<int> &sizes)
{
	size_t count = 0;
	for (size_t l = 1; l < sizes.size(); l++)
		count =
			checked_add(count, checked_multiply(checked_add(static_cast<size_t>(sizes[l - 1]), 1),
												static_cast<size_t>(sizes[l])));
	if (count > static_cast<size_t>(kMaxParameters))
		throw Error(NN_LIMIT, "the network would have %zu parameters, at most %lld are possible",
					count, static_cast<long long>(kMaxParameters))
			.with_hint("Use fewer or narrower hidden layers.");
	return count;
}

template <class T>
Network<T>::Network(const std::vector<int> &sizes,
					const std::vector<const Activation<T> *> &activations)
{
	size_t offset = 0;

	resize_pages(parameters_, count_parameters(sizes));
	parameters_.setZero();
	for (size_t l = 1; l < sizes.size(); l++)
	{
		const Index in = sizes[l - 1], out = sizes[l];
		const size_t biases = offset + static_cast<size_t>(in * out);
		layers_.push_back({in, out, l + 1 < sizes.size() ? activations.at(l - 1) : nullptr, offset,
						   biases, packed_count_});
		offset = biases + static_cast<size_t>(out);
		packed_count_ = checked_add(packed_count_,
									packed_size(static_cast<size_t>(in), static_cast<size_t>(out)));
	}
}

template <class T> void Network<T>::initialise(Random random, const std::vector<bool> &idle)
{
	parameters_.setZero();
	for (const Layer<T> &layer : layers_)
	{
		const bool last = layer.activation == nullptr;
		const double variance = !last && layer.activation->rectifier
									? kRectifierGain / static_cast<double>(layer.inputs)
									: 2 / static_cast<double>(layer.inputs + layer.outputs);
		// a uniform variable's variance is limit^2 / 3
		const double limit = std::sqrt(3 * variance) * (last ? kOutputScale : 1);
		T *weight = parameters_.data() + layer.weights;

		for (Index i = 0; i < layer.inputs * layer.outputs; i++)
			weight[i] = static_cast<T>((2 * random.uniform() - 1) * limit);
	}
	silence(idle, parameters_);
}

template <class T>
void Network<T>::silence(const std::vector<bool> &idle, Vector<T> &parameters) const
{
	MatrixMap<T> first(parameters.data(), layers_[0].outputs, layers_[0].inputs);
	for (size_t i = 0; i < idle.size(); i++)
		if (idle[i])
			first.col(static_cast<Index>(i)).setZero();
}

// The table stands behind the numbers' weights: together they take no more than all packed.
template <class T> Index PackedWeights<T>::table_start(const Layer<T> &first) const
{
	return static_cast<Index>(
		packed_size(static_cast<size_t>(layout_->numbers), static_cast<size_t>(first.outputs)));
}

template <class T>
void PackedWeights<T>::pack(const Network<T> &network, size_t l, const Outputs &outputs, T *scratch)
{
	const Layer<T> &layer = network.layers()[l];
	const T *W = network.parameters().data() + static_cast<Index>(layer.weights) +
				 outputs.first * layer.inputs;
	Index inputs = layer.inputs;

	eigen_assert(outputs.first % kOutputGroup == 0);
	if (l == 0 && layout_ != nullptr)
	{
		inputs = layout_->numbers;
		split_weights(*layout_, W, outputs.count, scratch,
					  weights_.data() + table_start(layer) + outputs.first, layer.outputs);
		W = scratch;
	}
	layer_pack(W, static_cast<size_t>(inputs), static_cast<size_t>(outputs.count),
			   weights_.data() + static_cast<Index>(layer.packed) + outputs.first * inputs);
}

template <class T> void PackedWeights<T>::pack(const Network<T> &network)
{
	Vector<T> scratch;

	if (layout_ != nullptr)
		scratch.resize(network.inputs() * network.layers()[0].outputs);
	for (size_t l = 0; l < network.layers().size(); l++)
		pack(network, l, {0, network.layers()[l].outputs}, scratch.data());
}

template <class T>
void drop(const Dropout &dropout, size_t row, uint64_t layer, Index n, T *x, T *mask)
{
	Random random(dropout.keys[row], layer);
	// 16 bits decide on a neuron; one in 65536 is always left
	const uint64_t limit =
		std::min<uint64_t>(static_cast<uint64_t>(std::llround(dropout.rate * 65536)), 65535);
	const T factor = T(1 / (1 - static_cast<double>(limit) / 65536));
	uint64_t bits = 0;

	for (Index i = 0; i < n; i++, bits >>= 16)
	{
		if (i % 4 == 0)
			bits = random.next();
		const T keep = (bits & 0xffff) < limit ? T(0) : factor;
		x[i] *= keep;
		if (mask != nullptr)
			mask[i] = keep;
	}
}

template <class T>
size_t Workspace<T>::bytes(const std::vector<int> &sizes, size_t capacity, bool dropout)
{
	size_t total = checked_multiply(scratch_of(sizes, capacity), sizeof(T));
	for (size_t l = 1; l < sizes.size(); l++) // Z, A and dZ; masks and A times them
		total = checked_add(
			total, checked_multiply(checked_multiply(static_cast<size_t>(sizes[l]), capacity),
									(dropout ? 5 : 3) * sizeof(T)));
	return total;
}

template <class T>
Workspace<T>::Workspace(const Network<T> &network, Index capacity, bool dropout)
	: capacity_(capacity)
{
	std::vector<int> sizes = {static_cast<int>(network.inputs())};

	for (const Layer<T> &layer : network.layers())
	{
		const bool keep = layer.activation != nullptr && layer.activation->needs_input;
		inputs_.emplace_back(keep ? capacity : 0, keep ? layer.outputs : 0);
		activations_.emplace_back(capacity, layer.outputs);
		deltas_.emplace_back(capacity, layer.outputs);
		sizes.push_back(static_cast<int>(layer.outputs));
		if (dropout && layer.activation != nullptr)
		{
			masks_.emplace_back(capacity, layer.outputs);
			dropped_.emplace_back(capacity, layer.outputs);
		}
	}
	scratch_.resize(static_cast<Index>(scratch_of(sizes, static_cast<size_t>(capacity))));
}

template <class T>
ConstMatrixMap<T> Workspace<T>::forward(const Network<T> &network, const Inputs<T> &X, Index rows,
										const Dropout *dropout, const PackedWeights<T> *packed)
{
	const T *previous = X.numbers;

	eigen_assert(rows <= capacity_ &&
				 (dropout == nullptr || dropped_.size() + 1 == deltas_.size()));
	eigen_assert(X.layout == (packed != nullptr ? packed->layout() : nullptr));
	dropping_ = dropout != nullptr;
	for (size_t l = 0; l < network.layers().size(); l++)
	{
		const Layer<T> &layer = network.layers()[l];
		const LayerShape shape = shape_of(layer, rows);
		const T *parameters = network.parameters().data(), *biases = parameters + layer.biases;
		MatrixMap<T> A(activations_[l].data(), rows, layer.outputs);
		const Rectifier fused =
			layer.activation != nullptr ? layer.activation->fused : Rectifier::kNone;

		if (l == 0 && X.layout != nullptr)
			forward_first(network, X, rows, *packed, fused, A.data());
		else if (packed != nullptr)
			layer_forward_packed(shape, previous, packed->of(layer), biases, fused, A.data());
		else
			layer_forward(shape, previous, parameters + layer.weights, biases, fused, A.data(),
						  scratch_.data());
		if (layer.activation != nullptr && fused == Rectifier::kNone)
		{
			if (layer.activation->needs_input)
				MatrixMap<T>(inputs_[l].data(), rows, layer.outputs) = A;
			layer.activation->forward(ArrayMap<T>(A.data(), A.size()));
		}
		previous = A.data();
		if (dropping_ && layer.activation != nullptr)
		{
			T *dropped = dropped_[l].data();
			MatrixMap<T>(dropped, rows, layer.outputs) = A;
			for (Index row = 0; row < rows; row++)
				drop(*dropout, static_cast<size_t>(row), l + 1, layer.outputs,
					 dropped + row * layer.outputs, masks_[l].data() + row * layer.outputs);
			previous = dropped;
		}
	}
	return ConstMatrixMap<T>(previous, rows, network.outputs());
}

// The first layer's way forth where there are categories.
template <class T>
void Workspace<T>::forward_first(const Network<T> &network, const Inputs<T> &X, Index rows,
								 const PackedWeights<T> &packed, Rectifier f, T *A)
{
	const Layer<T> &layer = network.layers()[0];
	LayerShape shape = shape_of(layer, rows);

	start_from_categories(X, rows, network.parameters().data() + layer.biases,
						  packed.table(network), layer.outputs, A);
	shape.inputs = static_cast<size_t>(X.layout->numbers);
	layer_forward_packed(shape, X.numbers, packed.of(layer), static_cast<const T *>(nullptr), f, A);
}

template <class T> void Workspace<T>::backward_data(const Network<T> &network, Index rows)
{
	for (size_t l = network.layers().size(); l-- > 1;)
	{
		const Layer<T> &layer = network.layers()[l];
		const Activation<T> &f = *network.layers()[l - 1].activation;
		const T *A = activations_[l - 1].data();
		MatrixMap<T> dA(deltas_[l - 1].data(), rows, layer.inputs);

		layer_backward_data(shape_of(layer, rows), deltas_[l].data(),
							network.parameters().data() + layer.weights, f.fused, A, dA.data(),
							scratch_.data());
		if (dropping_)
			dA.array() *= ConstMatrixMap<T>(masks_[l - 1].data(), rows, layer.inputs).array();
		if (f.fused == Rectifier::kNone)
			f.backward(ConstArrayMap<T>(inputs_[l - 1].data(), f.needs_input ? dA.size() : 0),
					   ConstArrayMap<T>(A, dA.size()), ArrayMap<T>(dA.data(), dA.size()));
	}
}

template <class T>
void Workspace<T>::backward_weights(const Network<T> &network, const Inputs<T> &X, Index rows,
									size_t l, const Outputs &outputs, Sum sum, T *dW, T *db,
									T *scratch) const
{
	const Layer<T> &layer = network.layers()[l];
	const T *previous = l == 0      ? X.numbers
						: dropping_ ? dropped_[l - 1].data()
									: activations_[l - 1].data();
	LayerShape shape = shape_of(layer, rows);

	if (l == 0 && X.layout != nullptr)
		return backward_first(network, X, rows, outputs, sum, dW, db, scratch);
	shape.outputs = static_cast<size_t>(outputs.count);
	layer_backward_weights(shape, deltas_[l].data() + outputs.first,
						   static_cast<size_t>(layer.outputs), previous, sum, dW, db, scratch);
}

// The first layer's gradient where there are categories: those of the numbers and of the categories
// are computed apart.
template <class T>
void Workspace<T>::backward_first(const Network<T> &network, const Inputs<T> &X, Index rows,
								  const Outputs &outputs, Sum sum, T *dW, T *db, T *scratch) const
{
	const Layer<T> &layer = network.layers()[0];
	const T *dZ = deltas_[0].data() + outputs.first;
	const LayerShape shape = {static_cast<size_t>(rows), static_cast<size_t>(X.layout->numbers),
							  static_cast<size_t>(outputs.count)};
	T *numbers = scratch, *table = numbers + outputs.count * X.layout->numbers;
	T *rest = table + outputs.count * X.layout->categories;

	if (sum == Sum::kAdd)
		split_weights(*X.layout, dW, outputs.count, numbers, table, outputs.count);
	else
		std::fill(table, rest, T(0));
	add_to_categories(X, rows, dZ, layer.outputs, outputs.count, table);
	layer_backward_weights(shape, dZ, static_cast<size_t>(layer.outputs), X.numbers, sum, numbers,
						   db, rest);
	join_weights(*X.layout, numbers, table, outputs.count, dW);
}

template <class T>
void Workspace<T>::backward(const Network<T> &network, const Inputs<T> &X, Index rows, Sum sum,
							Vector<T> &gradient)
{
	Vector<T> scratch;

	backward_data(network, rows);
	for (size_t l = 0; l < network.layers().size(); l++)
	{
		const Layer<T> &layer = network.layers()[l];
		if (l == 0 && X.layout != nullptr)
			scratch.resize(layer.inputs * layer.outputs + scratch_.size());
		backward_weights(network, X, rows, l, {0, layer.outputs}, sum,
						 gradient.data() + layer.weights, gradient.data() + layer.biases,
						 scratch.size() > 0 ? scratch.data() : scratch_.data());
	}
}

template class Network<float>;
template class Network<double>;
template class PackedWeights<float>;
template class PackedWeights<double>;
template void drop<float>(const Dropout &, size_t, uint64_t, Index, float *, float *);
template void drop<double>(const Dropout &, size_t, uint64_t, Index, double *, double *);
template class Workspace<float>;
template class Workspace<double>;

} // namespace nn
