#include "core/part.h"

#include <algorithm>
#include <new>

#include "core/checked.h"

namespace nn
{

Part::Part(const Dataset &dataset, const nn_options &options, const Plan &plan,
		   const Network<float> &network, size_t capacity)
	: dataset_(dataset), options_(options), plan_(plan),
	  workspace_(network, static_cast<Index>(capacity), options.dropout > 0), rows_(capacity),
	  keys_(capacity), X_(static_cast<Index>(capacity), network.inputs()),
	  Y_(static_cast<Index>(capacity), dataset.target_width()), row_weights_(capacity),
	  weights_(capacity), Z_(nullptr, 0, network.outputs()),
	  sums_(static_cast<size_t>(network.outputs()))
{
	gradient_.setZero(static_cast<Index>(network.parameter_count()));
}

size_t Part::bytes(const nn_options &options, const Plan &plan, size_t targets, size_t capacity)
{
	const size_t inputs = static_cast<size_t>(plan.sizes.front());
	const size_t numbers = checked_add(checked_add(inputs, targets), 2); // and two weights
	const size_t row =
		checked_add(checked_multiply(numbers, sizeof(float)), sizeof(void *) + sizeof(uint64_t));
	return checked_add(checked_multiply(row, capacity),
					   Workspace<float>::bytes(plan.sizes, capacity, options.dropout > 0));
}

void Part::clear_sums()
{
	std::fill(sums_.begin(), sums_.end(), 0.0);
	weight_ = 0;
}

void Part::gather(const Batches &batches, size_t n)
{
	const std::vector<float> &factors = batches.factors();

	dataset_.gather(rows_.data(), n, X_.data(), Y_.data(), row_weights_.data());
	weighted_ = !factors.empty();
	for (size_t i = 0; i < n && weighted_; i++)
	{
		const size_t k = dataset_.classification() ? static_cast<size_t>(Y_.data()[i]) : 0;
		weights_[i] = row_weights_[i] * factors[k];
	}
}

void Part::evaluate_loss(size_t n, double terms, float *dZ)
{
	LossBatch<float> batch = {
		Z_, Y(), weighted_ ? weights_.data() : nullptr, sums_.data(), static_cast<float>(1 / terms),
		dZ};

	batch.smoothing = static_cast<float>(options_.label_smoothing);
	batch.quantiles = plan_.quantiles.data();
	plan_.loss->evaluate(batch);
	if (!weighted_)
		weight_ += static_cast<double>(n);
	for (size_t i = 0; i < n && weighted_; i++)
		weight_ += static_cast<double>(weights_[i]);
}

void Part::train(const Network<float> &network, const Batches &batches, size_t place, size_t n,
				 double terms, Sum sum)
{
	const Dropout dropout = {options_.dropout, keys_.data()};
	const Dropout input_dropout = {options_.input_dropout, keys_.data()};

	for (size_t i = 0; i < n; i++)
	{
		rows_[i] = batches.row(place + i);
		keys_[i] = batches.key(place + i);
	}
	gather(batches, n);
	for (size_t i = 0; i < n && options_.input_dropout > 0; i++)
		drop<float>(input_dropout, i, 0, X_.cols(), X_.data() + static_cast<Index>(i) * X_.cols(),
					nullptr);

	const Index rows = static_cast<Index>(n);
	const ConstMatrixMap<float> Z =
		workspace_.forward(network, X_.data(), rows, options_.dropout > 0 ? &dropout : nullptr);
	new (&Z_) ConstMatrixMap<float>(Z); // how a map is made to show something else
	evaluate_loss(n, terms, workspace_.output_gradient());
	workspace_.backward(network, X_.data(), rows, sum, gradient_);
}

void Part::evaluate(const Network<float> &network, const Batches &batches, size_t place, size_t n,
					bool lossy)
{
	for (size_t i = 0; i < n; i++)
		rows_[i] = batches.row(place + i);
	gather(batches, n);
	evaluate_gathered(network, n, lossy);
}

void Part::evaluate(const Network<float> &network, const Batches &batches, const uint32_t *rows,
					size_t n, bool lossy)
{
	for (size_t i = 0; i < n; i++)
		rows_[i] = dataset_.row(rows[i]);
	gather(batches, n);
	evaluate_gathered(network, n, lossy);
}

void Part::evaluate_gathered(const Network<float> &network, size_t n, bool lossy)
{
	new (&Z_) ConstMatrixMap<float>(workspace_.forward(network, X_.data(), static_cast<Index>(n)));
	if (lossy)
		evaluate_loss(n, 1, nullptr);
}

} // namespace nn
