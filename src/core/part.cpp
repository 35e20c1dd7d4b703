#include "core/part.h"

#include <algorithm>
#include <new>

#include "core/checked.h"

namespace nn
{

namespace
{

// Numbers of scratch for the gradient of any layer. Of the first, categories may have to be told from
// numbers.
size_t gradient_scratch(const Plan &plan, size_t rows)
{
	size_t size = 0;

	for (size_t l = 1; l < plan.sizes.size(); l++)
	{
		const size_t in = static_cast<size_t>(plan.sizes[l - 1]),
					 out = static_cast<size_t>(plan.sizes[l]);
		const size_t apart = l == 1 ? checked_multiply(in, out) : 0;
		size = std::max(size, checked_add(apart, scratch_size({rows, in, out})));
	}
	return size;
}

} // namespace

Part::Part(const Dataset &dataset, const nn_options &options, const Plan &plan,
		   const Network<float> &network, size_t capacity, size_t block, bool own_gradient)
	: dataset_(dataset), options_(options), plan_(plan), block_(block),
	  workspace_(network, static_cast<Index>(capacity), options.dropout > 0), rows_(capacity),
	  keys_(capacity), X_(static_cast<Index>(capacity), dataset.layout().numbers),
	  Y_(static_cast<Index>(capacity), dataset.target_width()), row_weights_(capacity),
	  weights_(capacity), Z_(nullptr, 0, network.outputs()), total_((capacity + block - 1) / block)
{
	codes_.resize(capacity * static_cast<size_t>(dataset.layout().columns));
	if (options.input_dropout > 0)
		code_factors_.resize(codes_.size());
	sums_.resize(total_.size() * static_cast<size_t>(network.outputs()));
	if (!own_gradient)
		return;
	gradient_.resize(static_cast<Index>(network.parameter_count()));
	scratch_.resize(static_cast<Index>(gradient_scratch(plan, capacity)));
}

size_t Part::bytes(const nn_options &options, const Plan &plan, size_t targets, size_t capacity,
				   bool own_gradient)
{
	const size_t inputs = static_cast<size_t>(plan.sizes.front());
	const size_t numbers = checked_add(checked_add(inputs, targets), 2); // and two weights
	const size_t losses = static_cast<size_t>(plan.sizes.back()) + 1;
	const size_t row = checked_add(checked_multiply(numbers, sizeof(float)),
								   sizeof(void *) + sizeof(uint64_t) + losses * sizeof(double));
	const size_t gradient =
		own_gradient ? checked_multiply(checked_add(Network<float>::count_parameters(plan.sizes),
													gradient_scratch(plan, capacity)),
										sizeof(float))
					 : 0;
	return checked_add(checked_add(checked_multiply(row, capacity), gradient),
					   Workspace<float>::bytes(plan.sizes, capacity, options.dropout > 0));
}

void Part::gather(const Batches &batches, size_t place, size_t n, size_t next)
{
	const std::vector<float> &factors = batches.factors();

	for (size_t i = 0; i < n; i++)
		rows_[i] = batches.row(place + i);
	dataset_.gather(rows_.data(), n, X_.data(), codes_.data(), Y_.data(), row_weights_.data());
	batches.prefetch(next, n);
	weighted_ = !factors.empty();
	for (size_t i = 0; i < n && weighted_; i++)
	{
		const size_t k = dataset_.classification() ? static_cast<size_t>(Y_.data()[i]) : 0;
		weights_[i] = row_weights_[i] * factors[k];
	}
}

Inputs<float> Part::inputs() const
{
	if (dataset_.layout().columns == 0)
		return X_.data();
	return {dataset_.layout(), X_.data(), codes_.data(),
			code_factors_.empty() ? nullptr : code_factors_.data()};
}

// Numbers become 0 or larger; categories count nothing or more.
void Part::drop_inputs(size_t n)
{
	constexpr uint64_t kNumbers = 0, kCodes = UINT64_MAX; // instead of a hidden layer's number
	const Dropout dropout = {options_.input_dropout, keys_.data()};
	const Index columns = dataset_.layout().columns;

	std::fill(code_factors_.begin(), code_factors_.end(), 1.0f);
	for (size_t i = 0; i < n; i++)
	{
		const Index row = static_cast<Index>(i);
		drop<float>(dropout, i, kNumbers, X_.cols(), X_.row(row).data(), nullptr);
		drop<float>(dropout, i, kCodes, columns, code_factors_.data() + row * columns, nullptr);
	}
}

void Part::evaluate_loss(size_t n, double terms, float *dZ)
{
	std::fill(sums_.begin(), sums_.end(), 0.0);
	std::fill(total_.begin(), total_.end(), 0.0);
	for (blocks_ = 0; blocks_ * block_ < n; blocks_++)
		evaluate_block(blocks_ * block_, std::min((blocks_ + 1) * block_, n), terms, dZ);
}

void Part::evaluate_block(size_t begin, size_t end, double terms, float *dZ)
{
	const Index first = static_cast<Index>(begin), rows = static_cast<Index>(end - begin);
	const size_t outputs = static_cast<size_t>(Z_.cols());
	LossBatch<float> batch = {{Z_.row(first).data(), rows, Z_.cols()},
							  {Y_.row(first).data(), rows, Y_.cols()},
							  weighted_ ? weights_.data() + begin : nullptr,
							  sums_.data() + blocks_ * outputs,
							  static_cast<float>(1 / terms),
							  dZ != nullptr ? dZ + begin * outputs : nullptr};

	batch.smoothing = static_cast<float>(options_.label_smoothing);
	batch.quantiles = plan_.quantiles.data();
	plan_.loss->evaluate(batch);
	for (size_t i = begin; i < end; i++)
		total_[blocks_] += weighted_ ? static_cast<double>(weights_[i]) : 1;
}

void Part::train(const Network<float> &network, const PackedWeights<float> &packed,
				 const Batches &batches, size_t place, size_t n, size_t next, double terms)
{
	const Dropout dropout = {options_.dropout, keys_.data()};
	const Index rows = static_cast<Index>(n);

	for (size_t i = 0; i < n && (options_.dropout > 0 || options_.input_dropout > 0); i++)
		keys_[i] = batches.key(place + i);
	gather(batches, place, n, next);
	if (options_.input_dropout > 0)
		drop_inputs(n);

	// how a map is made to show something else
	new (&Z_) ConstMatrixMap<float>(workspace_.forward(
		network, inputs(), rows, options_.dropout > 0 ? &dropout : nullptr, &packed));
	evaluate_loss(n, terms, workspace_.output_gradient());
	workspace_.backward_data(network, rows);
	if (gradient_.size() > 0)
		compute_gradient(network);
}

void Part::compute_gradient(const Network<float> &network)
{
	for (size_t l = 0; l < network.layers().size(); l++)
	{
		const Layer<float> &layer = network.layers()[l];
		add_gradient(network, l, {0, layer.outputs}, Sum::kSet, gradient_.data() + layer.weights,
					 gradient_.data() + layer.biases, scratch_.data());
	}
}

void Part::add_gradient(const Network<float> &network, size_t layer, const Outputs &outputs,
						Sum sum, float *dW, float *db, float *scratch) const
{
	workspace_.backward_weights(network, inputs(), Z_.rows(), layer, outputs, sum, dW, db, scratch);
}

void Part::evaluate(const Network<float> &network, const PackedWeights<float> &packed,
					const Batches &batches, size_t place, size_t n, size_t next, bool lossy)
{
	gather(batches, place, n, next);
	std::fill(code_factors_.begin(), code_factors_.end(), 1.0f);
	new (&Z_) ConstMatrixMap<float>(
		workspace_.forward(network, inputs(), static_cast<Index>(n), nullptr, &packed));
	blocks_ = 0;
	if (lossy)
		evaluate_loss(n, 1, nullptr);
}

void Part::add_sums(std::vector<double> &sums, double &weight) const
{
	for (size_t b = 0; b < blocks_; b++)
	{
		for (size_t k = 0; k < sums.size(); k++)
			sums[k] += sums_[b * sums.size() + k];
		weight += total_[b];
	}
}

} // namespace nn
