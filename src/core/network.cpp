#include "core/network.h"

#include <cmath>

#include "core/checked.h"
#include "core/limits.h"

namespace nn
{

namespace
{

constexpr double kRectifierGain = 1.0 / 3; // 2 / (1 + a^2) for a = sqrt(5)
constexpr double kOutputScale = 0.1;       // of the last layer's first weights

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

	parameters_.setZero(static_cast<Index>(count_parameters(sizes)));
	for (size_t l = 1; l < sizes.size(); l++)
	{
		const Index in = sizes[l - 1], out = sizes[l];
		const size_t biases = offset + static_cast<size_t>(in * out);
		layers_.push_back(
			{in, out, l + 1 < sizes.size() ? activations.at(l - 1) : nullptr, offset, biases});
		offset = biases + static_cast<size_t>(out);
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

template <class T> size_t Workspace<T>::bytes(const std::vector<int> &sizes, size_t capacity)
{
	size_t total = 0;
	for (size_t l = 1; l < sizes.size(); l++) // Z, A and dZ
		total = checked_add(
			total, checked_multiply(checked_multiply(static_cast<size_t>(sizes[l]), capacity),
									3 * sizeof(T)));
	return total;
}

template <class T>
Workspace<T>::Workspace(const Network<T> &network, Index capacity) : capacity_(capacity)
{
	for (const Layer<T> &layer : network.layers())
	{
		const bool keep = layer.activation != nullptr && layer.activation->needs_input;
		inputs_.emplace_back(keep ? capacity : 0, keep ? layer.outputs : 0);
		activations_.emplace_back(capacity, layer.outputs);
		deltas_.emplace_back(capacity, layer.outputs);
	}
}

template <class T>
ConstMatrixMap<T> Workspace<T>::forward(const Network<T> &network, const T *X, Index rows)
{
	const T *previous = X;

	eigen_assert(rows <= capacity_);
	for (size_t l = 0; l < network.layers().size(); l++)
	{
		const Layer<T> &layer = network.layers()[l];
		const T *parameters = network.parameters().data();
		ConstMatrixMap<T> W(parameters + layer.weights, layer.outputs, layer.inputs);
		ConstRowVectorMap<T> b(parameters + layer.biases, layer.outputs);
		MatrixMap<T> A(activations_[l].data(), rows, layer.outputs);

		A.noalias() = ConstMatrixMap<T>(previous, rows, layer.inputs) * W.transpose();
		A.rowwise() += b;
		if (layer.activation != nullptr)
		{
			if (layer.activation->needs_input)
				MatrixMap<T>(inputs_[l].data(), rows, layer.outputs) = A;
			layer.activation->forward(ArrayMap<T>(A.data(), A.size()));
		}
		previous = A.data();
	}
	return ConstMatrixMap<T>(previous, rows, network.outputs());
}

template <class T>
void Workspace<T>::backward(const Network<T> &network, const T *X, Index rows, Vector<T> &gradient)
{
	for (size_t l = network.layers().size(); l-- > 0;)
	{
		const Layer<T> &layer = network.layers()[l];
		const T *previous = l > 0 ? activations_[l - 1].data() : X;
		ConstMatrixMap<T> W(network.parameters().data() + layer.weights, layer.outputs,
							layer.inputs);
		ConstMatrixMap<T> dZ(deltas_[l].data(), rows, layer.outputs);
		MatrixMap<T> dW(gradient.data() + layer.weights, layer.outputs, layer.inputs);
		RowVectorMap<T> db(gradient.data() + layer.biases, layer.outputs);

		dW.noalias() += dZ.transpose() * ConstMatrixMap<T>(previous, rows, layer.inputs);
		for (Index row = 0; row < rows; row++) // in row order, whatever the vector width
			db += dZ.row(row);
		if (l == 0)
			break;

		MatrixMap<T> dA(deltas_[l - 1].data(), rows, layer.inputs);
		dA.noalias() = dZ * W;
		const Activation<T> &f = *network.layers()[l - 1].activation;
		f.backward(ConstArrayMap<T>(inputs_[l - 1].data(), f.needs_input ? dA.size() : 0),
				   ConstArrayMap<T>(previous, dA.size()), ArrayMap<T>(dA.data(), dA.size()));
	}
}

template class Network<float>;
template class Network<double>;
template class Workspace<float>;
template class Workspace<double>;

} // namespace nn
