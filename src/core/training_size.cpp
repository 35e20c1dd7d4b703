#include "core/training_size.h"

#include <algorithm>

#include "core/checked.h"
#include "core/lbfgs.h"
#include "core/network.h"
#include "core/parts.h"
#include "core/replicas.h"

namespace nn
{

size_t network_bytes(const Dataset &dataset, const nn_options &options, const Plan &plan)
{
	const size_t parameters = Network<float>::count_parameters(plan.sizes);
	// parameters, the same packed, best and before; the optimizer's, and those of the best, or their
	// packing
	const size_t vectors = 4 + 2 * static_cast<size_t>(plan.optimizer->slots);
	size_t bytes = checked_multiply(parameters, 4 * vectors);

	if (plan.optimizer->line_search)
		bytes = checked_add(bytes, Lbfgs<float>::bytes(parameters));
	bytes = checked_add(bytes, Update::bytes(options, plan, dataset.spilled()));
	bytes = checked_add(bytes, Replicas::bytes(options, plan, dataset.spilled()));
	return checked_add(bytes,
					   Parts::bytes(options, plan, static_cast<size_t>(dataset.target_width())));
}

double expected(const Dataset &dataset, const nn_options &options)
{
	const int64_t read = static_cast<int64_t>(dataset.rows()) + dataset.skipped().total();
	return options.expected_rows > 0
			   ? static_cast<double>(options.expected_rows) / static_cast<double>(read)
			   : 1;
}

Plan plan_for(const Dataset &dataset, const nn_options &options)
{
	const int64_t rows = static_cast<int64_t>(expected(dataset, options) *
											  static_cast<double>(dataset.training_count()));

	return make_plan(options,
					 {std::max<int64_t>(rows, 1), dataset.encoder().inputs(),
					  static_cast<int>(dataset.classes().size()), dataset.target_width()},
					 options.start != nullptr ? &options.start->model->predictor.network()
											  : nullptr);
}

size_t training_bytes(const Dataset &dataset, const nn_options &options)
{
	return network_bytes(dataset, options, plan_for(dataset, options));
}

Plan checked_plan(const Dataset &dataset, const nn_options &options)
{
	Plan plan = plan_for(dataset, options);
	const size_t bytes = network_bytes(dataset, options, plan);

	if (dataset.spilled() && bytes < dataset.budget()) // the rest is for rows
		return plan;
	if (checked_add(bytes, dataset.bytes_used()) > dataset.budget())
	{
		constexpr size_t kMegabyte = 1024 * 1024;
		const size_t need = (bytes + dataset.bytes_used()) / kMegabyte + 1;
		throw Error(NN_LIMIT,
					"training needs %zu MB of memory (%zu MB for the rows, %zu MB for the "
					"network), %zu MB are allowed",
					need, dataset.bytes_used() / kMegabyte + 1, bytes / kMegabyte + 1,
					dataset.budget() / kMegabyte)
			.with_hint("Set maintenance_work_mem to more than %zu MB, or use a smaller network.",
					   need);
	}
	return plan;
}

size_t rows_bytes(const Dataset &dataset, const nn_options &options, const Plan &plan)
{
	return dataset.spilled() ? dataset.budget() - network_bytes(dataset, options, plan) : 0;
}

} // namespace nn
