#include "core/compiled.h"

#include <algorithm>

#include "core/api.h"
#include "core/checked.h"

namespace nn
{

namespace
{

constexpr size_t kLine = 16;          // floats of a cache line
constexpr size_t kWorthSkipping = 32; // outputs for which to look for inputs of 0

// Packed weights, up to the next cache line.
size_t packed_lines(size_t inputs, size_t outputs)
{
	return (packed_size(inputs, outputs) + kLine - 1) / kLine * kLine;
}

size_t packed_floats(const std::vector<int> &sizes)
{
	size_t total = 0;

	for (size_t l = 1; l < sizes.size(); l++)
		total = checked_add(
			total, packed_lines(static_cast<size_t>(sizes[l - 1]), static_cast<size_t>(sizes[l])));
	return total;
}

} // namespace

Compiled::Compiled(const std::vector<int> &sizes,
				   const std::vector<const Activation<float> *> &activations,
				   const float *parameters)
	: activations_(activations), packed_(packed_floats(sizes))
{
	activations_.push_back(nullptr);
	for (size_t l = 1; l < sizes.size(); l++)
	{
		const size_t inputs = static_cast<size_t>(sizes[l - 1]),
					 outputs = static_cast<size_t>(sizes[l]);
		const float *biases = parameters + inputs * outputs;
		const Activation<float> *&f = activations_[l - 1];

		layers_.push_back(
			{inputs, outputs, parameters, nullptr, biases,
			 f == nullptr ? Rectifier::kNone : f->fused,
			 outputs >= kWorthSkipping && l > 1 && layers_.back().f == Rectifier::kRelu});
		if (layers_.back().f != Rectifier::kNone)
			f = nullptr;
		parameters = biases + outputs;
		widest_ = std::max(widest_, outputs);
	}
	for (std::vector<float> &buffer : row_)
		buffer.resize(widest_);
	nonzero_.resize(widest_ + kLine);
	places_.resize(widest_ + kLine);
	pack();
}

// Also after another instruction set has been chosen.
void Compiled::pack()
{
	float *to = packed_.data();

	kernels_ = &kernels();
	for (RowLayer &layer : layers_)
	{
		kernels_->pack(layer.W, layer.inputs, layer.outputs, to);
		layer.packed = to;
		to += packed_lines(layer.inputs, layer.outputs);
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
		x = kernels_->forward_layers(&layers_[first], last - first + 1, x,
									 {nonzero_.data(), places_.data()}, buffers);
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
