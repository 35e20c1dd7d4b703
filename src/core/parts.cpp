#include "core/parts.h"

#include <algorithm>

#include "core/checked.h"

namespace nn
{

namespace
{

constexpr double kMostWork = 1e9;  // floating point operations, some 25 ms without vector units
constexpr double kLeastWork = 1e6; // that are worth a thread, some 10 us
constexpr size_t kMostRows = 256;  // of a part at once; beyond it nothing is won
constexpr size_t kBlock = 32;      // rows whose losses are summed up together

double operations(const Plan &plan)
{
	return 6 * static_cast<double>(Network<float>::count_parameters(plan.sizes));
}

// Rows of a part at most; by the network alone.
size_t most_rows(const Plan &plan)
{
	return static_cast<size_t>(
		std::clamp(kMostWork / operations(plan), 1.0, static_cast<double>(kMostRows)));
}

size_t block_of(const Plan &plan)
{
	return std::min(most_rows(plan), kBlock);
}

size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

// Rows of a part, in whole blocks.
size_t capacity_of(const nn_options &options, const Plan &plan)
{
	const size_t block = block_of(plan), batch = static_cast<size_t>(plan.batch_size);
	const size_t parts = Parts::count(options, plan);

	return std::min(most_rows(plan) / block * block, round_up((batch + parts - 1) / parts, block));
}

} // namespace

size_t Parts::count(const nn_options &options, const Plan &plan)
{
	const size_t batch = static_cast<size_t>(plan.batch_size);
	const double worth = static_cast<double>(batch) * operations(plan) / kLeastWork;
	const size_t most = std::max<size_t>(batch / block_of(plan), 1);

	return std::clamp<size_t>(static_cast<size_t>(std::min(worth, 1e6)), 1,
							  std::min(most, static_cast<size_t>(options.threads)));
}

size_t Parts::capacity(const nn_options &options, const Plan &plan)
{
	return count(options, plan) * capacity_of(options, plan);
}

size_t Parts::bytes(const nn_options &options, const Plan &plan, size_t targets)
{
	return checked_multiply(count(options, plan),
							Part::bytes(options, plan, targets, capacity_of(options, plan)));
}

Parts::Parts(const Dataset &dataset, const nn_options &options, const Plan &plan,
			 const Network<float> &network)
	: block_(block_of(plan)), capacity_(capacity_of(options, plan)),
	  threads_(static_cast<int>(count(options, plan)))
{
	while (parts_.size() < count(options, plan))
		parts_.push_back(
			std::make_unique<Part>(dataset, options, plan, network, capacity_, block_));
}

// How many of n rows each part gets: whole blocks, and as equal shares as these allow.
size_t Parts::share_of(size_t n)
{
	const size_t share = round_up((n + parts_.size() - 1) / parts_.size(), block_);

	used_ = (n + share - 1) / share;
	return share;
}

void Parts::train(const Network<float> &network, const PackedWeights<float> &packed,
				  const Batches &batches, size_t place, size_t n, double terms)
{
	const size_t share = share_of(n);

	threads_.run(used_, [&](size_t p) {
		parts_[p]->train(network, packed, batches, place + p * share,
						 std::min(share, n - p * share), terms);
	});
}

void Parts::add_gradient(const Network<float> &network, size_t layer, const Outputs &outputs,
						 Sum sum, float *dW, float *db, float *scratch) const
{
	for (size_t p = 0; p < used_; p++)
		parts_[p]->add_gradient(network, layer, outputs, p == 0 ? sum : Sum::kAdd, dW, db, scratch);
}

void Parts::evaluate(const Network<float> &network, const PackedWeights<float> &packed,
					 const Batches &batches, size_t place, size_t n, bool lossy)
{
	const size_t share = share_of(n);

	threads_.run(used_, [&](size_t p) {
		parts_[p]->evaluate(network, packed, batches, place + p * share,
							std::min(share, n - p * share), lossy);
	});
}

void Parts::add_sums(std::vector<double> &sums, double &weight) const
{
	for (size_t p = 0; p < used_; p++)
		parts_[p]->add_sums(sums, weight);
}

} // namespace nn
