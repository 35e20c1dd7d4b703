#include "core/compiled.h"

#include <algorithm>
#include <cstdint>

#include "core/api.h"

namespace nn
{

namespace
{

constexpr size_t kLine = 16; // floats of a cache line

// Packed weights, up to the next cache line.
size_t packed_lines(const RowLayer &layer)
{
	return (packed_size(layer.inputs, layer.outputs) + kLine - 1) / kLine * kLine;
}

} // namespace

Compiled::Compiled(const Network<float> &network)
{
	const float *parameters = network.parameters().data();
	size_t total = kLine;

	for (const Layer<float> &layer : network.layers())
	{
		const Activation<float> *f = layer.activation;

		layers_.push_back({static_cast<size_t>(layer.inputs), static_cast<size_t>(layer.outputs),
						   parameters + layer.weights, nullptr, parameters + layer.biases,
						   f == nullptr ? Rectifier::kNone : f->fused});
		activations_.push_back(layers_.back().f == Rectifier::kNone ? f : nullptr);
		total += packed_lines(layers_.back());
		widest_ = std::max(widest_, layers_.back().outputs);
	}
	packed_.reset(new float[total]); // pack() fills it
	for (std::vector<float> &buffer : row_)
		buffer.resize(widest_);
	pack();
}

// Also after another instruction set has been chosen.
void Compiled::pack()
{
	const auto address = reinterpret_cast<uintptr_t>(packed_.get());
	float *to = packed_.get() + (-address % (kLine * sizeof(float))) / sizeof(float);

	kernels_ = &kernels();
	for (RowLayer &layer : layers_)
	{
		kernels_->pack(layer.W, layer.inputs, layer.outputs, to);
		layer.packed = to;
		to += packed_lines(layer);
	}
}

void Compiled::activate(size_t layer, float *A, size_t count) const
{
	if (activations_[layer] != nullptr)
		activations_[layer]->forward(ArrayMap<float>(A, static_cast<Index>(count)));
}

const float *Compiled::run_from(size_t first, const float *x)
{
	while (first < layers_.size())
	{
		float *const buffers[] = {row_[first % 2].data(), row_[(first + 1) % 2].data()};
		size_t last = first; // of those up to the next activation

		while (activations_[last] == nullptr && last + 1 < layers_.size())
			last++;
		x = kernels_->forward_layers(&layers_[first], last - first + 1, x, buffers);
		activate(last, row_[last % 2].data(), layers_[last].outputs);
		first = last + 1;
	}
	return x;
}

const float *Compiled::run(const float *x)
{
	if (kernels_ != &kernels())
		pack();
	return run_from(0, x);
}

const float *Compiled::run(const Gathered &row)
{
	const RowLayer &layer = layers_[0];
	float *A = row_[0].data();

	if (kernels_ != &kernels())
		pack();
	kernels_->forward_gathered(layer.inputs, layer.outputs, row.count, row.inputs.data(),
							   row.x.data(), layer.packed, layer.b, layer.f, A);
	activate(0, A, layer.outputs);
	return run_from(1, A);
}

const float *Compiled::run(const float *X, size_t rows)
{
	if (kernels_ != &kernels())
		pack();
	for (size_t i = 0; i < layers_.size(); i++)
	{
		const RowLayer &layer = layers_[i];

		batch_[i % 2].resize(widest_ * NN_BATCH_ROWS); // at the first batch
		float *A = batch_[i % 2].data();
		kernels_->forward_packed({rows, layer.inputs, layer.outputs}, X, layer.packed, layer.b,
								 layer.f, A);
		activate(i, A, rows * layer.outputs);
		X = A;
	}
	return X;
}

} // namespace nn
