#include "core/parts.h"

#include <algorithm>

#include "core/checked.h"
#include "core/kernels.h"
#include "core/replicas.h"

namespace nn
{

namespace
{

constexpr double kMostWork = 1e9;  // floating point operations, some 25 ms without vector units
constexpr double kLeastWork = 1e6; // that are worth a thread, some 10 us
constexpr size_t kMostRows = 256;  // of a part at once; beyond it nothing is won
constexpr size_t kBlock = 32;      // rows whose losses are summed up together
constexpr size_t kShare = 128;     // rows that are worth a gradient of their own

// Numbers that a row takes on its way through the network and back.
size_t widths(const Plan &plan)
{
	size_t sum = 0;
	for (size_t l = 1; l < plan.sizes.size(); l++)
		sum += static_cast<size_t>(plan.sizes[l - 1]) + static_cast<size_t>(plan.sizes[l]);
	return sum;
}

size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

} // namespace

Division divide(const nn_options &options, const Plan &plan)
{
	const size_t parameters = Network<float>::count_parameters(plan.sizes);
	const size_t batch = static_cast<size_t>(plan.batch_size);
	const double work = 6 * static_cast<double>(parameters); // of a row
	const size_t most_rows =
		static_cast<size_t>(std::clamp(kMostWork / work, 1.0, static_cast<double>(kMostRows)));
	const double worth = static_cast<double>(batch) * work / kLeastWork;
	const size_t threads = std::clamp<size_t>(static_cast<size_t>(std::min(worth, 1e6)), 1,
											  static_cast<size_t>(options.threads));
	Division division;

	division.block = std::min(most_rows, kBlock);
	division.parts = std::clamp<size_t>(batch / kShare, 1, kMostTerms);
	// where gradients are smaller than the rows that would be read by another thread
	division.apart =
		division.parts > 1 && most_rows == kMostRows && 4 * parameters <= batch * widths(plan);
	if (!division.apart)
		division.parts = std::min(std::max<size_t>(batch / division.block, 1), threads);
	division.threads = std::min(threads, division.parts);
	const size_t share = (batch + division.parts - 1) / division.parts;
	const size_t most = division.apart ? kShare : most_rows / division.block * division.block;
	division.rows = std::min(most, round_up(share, division.block));
	return division;
}

size_t Parts::bytes(const nn_options &options, const Plan &plan, size_t targets)
{
	const Division division = divide(options, plan);

	return checked_multiply(division.parts,
							Part::bytes(options, plan, targets, division.rows, division.apart));
}

Parts::Parts(const Dataset &dataset, const nn_options &options, const Plan &plan,
			 const Network<float> &network)
	: division_(divide(options, plan)), threads_(static_cast<int>(division_.threads))
{
	while (parts_.size() < division_.parts)
		parts_.push_back(std::make_unique<Part>(dataset, options, plan, network, division_.rows,
												division_.block, division_.apart));
}

// How many of n rows each part gets: whole blocks, and as equal shares as these allow.
size_t Parts::share_of(size_t n)
{
	const size_t share = round_up((n + parts_.size() - 1) / parts_.size(), division_.block);

	used_ = (n + share - 1) / share;
	return share;
}

void Parts::train(const Replicas &replicas, const Batches &batches, size_t place, size_t n,
				  double terms)
{
	const size_t share = share_of(n);

	threads_.run(used_, [&](size_t p, size_t thread) {
		parts_[p]->train(replicas.network(thread), replicas.packed(thread), batches,
						 place + p * share, std::min(share, n - p * share), place + n + p * share,
						 terms);
	});
}

void Parts::add_gradient(const Network<float> &network, size_t layer, const Outputs &outputs,
						 Sum sum, float *dW, float *db, float *scratch) const
{
	const Layer<float> &l = network.layers()[layer];

	if (division_.apart)
	{
		sum_gradients(static_cast<Index>(l.weights) + outputs.first * l.inputs,
					  outputs.count * l.inputs, sum, dW);
		sum_gradients(static_cast<Index>(l.biases) + outputs.first, outputs.count, sum, db);
		return;
	}
	for (size_t p = 0; p < used_; p++)
		parts_[p]->add_gradient(network, layer, outputs, p == 0 ? sum : Sum::kAdd, dW, db, scratch);
}

// Of the parts' own gradients, from one place on.
void Parts::sum_gradients(Index first, Index count, Sum sum, float *to) const
{
	const float *terms[kMostTerms];

	for (size_t p = 0; p < used_; p++)
		terms[p] = parts_[p]->gradient() + first;
	kernels().sum(used_, terms, static_cast<size_t>(count), sum, to);
}

void Parts::evaluate(const Network<float> &network, const PackedWeights<float> &packed,
					 const Batches &batches, size_t place, size_t n, bool lossy)
{
	const size_t share = share_of(n);

	threads_.run(used_, [&](size_t p) {
		parts_[p]->evaluate(network, packed, batches, place + p * share,
							std::min(share, n - p * share), place + n + p * share, lossy);
	});
}

void Parts::add_sums(std::vector<double> &sums, double &weight) const
{
	for (size_t p = 0; p < used_; p++)
		parts_[p]->add_sums(sums, weight);
}

} // namespace nn
