#include "core/replicas.h"

#include "core/checked.h"

namespace nn
{

bool Replicas::useful(const nn_options &options, const Plan &plan, bool in_pieces)
{
	const Division division = divide(options, plan);

	return division.apart && division.threads > 1 && !in_pieces && !plan.optimizer->line_search &&
		   static_cast<size_t>(plan.batch_size) <= division.capacity();
}

size_t Replicas::bytes(const nn_options &options, const Plan &plan, bool in_pieces)
{
	if (!useful(options, plan, in_pieces))
		return 0;
	const size_t parameters = Network<float>::count_parameters(plan.sizes);
	const size_t vectors = 2 + static_cast<size_t>(plan.optimizer->slots); // with the packed
	const size_t one = checked_add(checked_multiply(parameters, vectors * sizeof(float)),
								   Update::bytes(options, plan, in_pieces));
	return checked_multiply(one, divide(options, plan).threads - 1);
}

Replicas::Replicas(Network<float> &network, PackedWeights<float> &packed, Update &update,
				   const nn_options &options, const Plan &plan, const std::vector<bool> &idle)
	: slots_(plan.optimizer->slots)
{
	replicas_.push_back({network, packed, update});
	while (update.alone() && replicas_.size() < divide(options, plan).threads)
	{
		copies_.emplace_back(new Copy{network, PackedWeights<float>(network, packed.layout()),
									  Update(network, options, plan, idle, false, true)});
		Copy &copy = *copies_.back();
		replicas_.push_back({copy.network, copy.packed, copy.update});
	}
}

void Replicas::follow()
{
	const Replica &first = replicas_.front();

	first.packed.pack(first.network);
	for (const std::unique_ptr<Copy> &copy : copies_)
	{
		copy->network.parameters() = first.network.parameters();
		for (int s = 0; s < slots_; s++)
			copy->update.slots()[s] = first.update.slots()[s];
		copy->packed.pack(copy->network);
	}
}

double Replicas::step(Parts &parts, Sum sum, double rate, int64_t number)
{
	double change = 0;

	const auto step_one = [&](size_t r) {
		const Replica &own = replicas_[r];
		const double result = own.update.step(own.network, own.packed, parts, sum, rate, number);
		if (r == 0)
			change = result;
	};
	if (copies_.empty())
		step_one(0);
	else
		parts.threads().run(replicas_.size(), step_one);
	return change;
}

} // namespace nn
