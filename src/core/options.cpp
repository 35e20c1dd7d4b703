#include "core/options.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/limits.h"

namespace nn
{

namespace
{

void check_range(const char *option, double value, double low, double high)
{
	if (!(value >= low && value <= high))
		throw Error(NN_INVALID, "%s must be between %g and %g, not %g", option, low, high, value);
}

void check_integer(const char *option, int64_t value, int64_t low, int64_t high)
{
	if (value < low || value > high)
		throw Error(NN_INVALID, "%s must be between %lld and %lld, not %lld", option,
					static_cast<long long>(low), static_cast<long long>(high),
					static_cast<long long>(value));
}

void check_at_least(const char *option, double value, double low)
{
	if (!(value >= low && std::isfinite(value)))
		throw Error(NN_INVALID, "%s must be a number of at least %g, not %g", option, low, value);
}

void check_positive(const char *option, double value)
{
	if (!(value > 0 && std::isfinite(value)))
		throw Error(NN_INVALID, "%s must be a number greater than 0, not %g", option, value);
}

[[noreturn]] void unknown_name(const char *option, const char *name, const std::string &names)
{
	throw Error(NN_INVALID, "unknown %s \"%.64s\"", option, name)
		.with_hint("It can be %s.", names.c_str());
}

bool is(const char *option, const char *name)
{
	return option != nullptr && strcmp(option, name) == 0;
}

void check_layers(const nn_options &o)
{
	if (o.hidden_layers != NN_CHOOSE && (o.hidden_layers < 0 || o.hidden_layers > kMaxHiddenLayers))
		throw Error(NN_INVALID, "hidden has %d layers, at most %d are possible", o.hidden_layers,
					kMaxHiddenLayers);
	for (int l = 0; l < o.hidden_layers; l++)
		if (o.hidden[l] < 1 || o.hidden[l] > kMaxUnits)
			throw Error(NN_INVALID, "hidden layer %d must have between 1 and %d neurons, not %d",
						l + 1, kMaxUnits, o.hidden[l]);
	for (int a = 0; a < o.activation_count; a++)
		if (find_activation<float>(o.activations[a]) == nullptr)
			unknown_name("activation", o.activations[a], activation_names());
	if (o.activation_count != 1 && o.hidden_layers == NN_CHOOSE)
		throw Error(NN_INVALID, "%d activations are given without hidden layers",
					o.activation_count)
			.with_hint("Give hidden, too, with as many layers.");
	if (o.activation_count != 1 && o.activation_count != o.hidden_layers)
		throw Error(NN_INVALID, "%d activations don't fit %d hidden layer%s", o.activation_count,
					o.hidden_layers, o.hidden_layers == 1 ? "" : "s")
			.with_hint("Give one activation for all hidden layers, or one for each.");
}

// Few layers and neurons for few rows, so that there is more to learn from than to learn.
std::vector<int> choose_hidden(int64_t rows)
{
	if (rows < 1000)
		return {16};
	if (rows < 100000)
		return {64, 32};
	return {128, 64};
}

// A power of two from 16 to 256 with some 64 steps an epoch: small sets get enough steps, large
// ones long rows of products.
int64_t choose_batch_size(int64_t rows)
{
	int64_t size = 16;
	while (size < 256 && size * 64 < rows)
		size *= 2;
	return size;
}

} // namespace

void check_options(const nn_options &o)
{
	if (o.task != nullptr && !is(o.task, "regression") && !is(o.task, "classification"))
		unknown_name("task", o.task, "regression, classification");
	check_layers(o);
	if (o.loss != nullptr && find_loss<float>(o.loss) == nullptr)
		unknown_name("loss", o.loss, loss_names(false) + ", " + loss_names(true));
	if (find_optimizer<float>(o.optimizer) == nullptr)
		unknown_name("optimizer", o.optimizer, optimizer_names());
	if (!std::isnan(o.learning_rate))
		check_positive("learning_rate", o.learning_rate);
	if (!(o.momentum >= 0 && o.momentum < 1))
		throw Error(NN_INVALID, "momentum must be at least 0 and less than 1, not %g", o.momentum);
	if (o.batch_size != NN_CHOOSE)
		check_integer("batch_size", o.batch_size, 1, kMaxBatch);
	check_integer("epochs", o.epochs, 1, kMaxEpochs);
	check_range("l2", o.l2, 0, kMaxPenalty);
	check_range("validation", o.validation, 0, kMaxValidation);
	check_integer("patience", o.patience, 0, INT32_MAX);
	check_at_least("tolerance", o.tolerance, 0);
	if (!std::isnan(o.max_seconds))
		check_positive("max_seconds", o.max_seconds);
}

nn_kind target_kind(const nn_options &o, const char *name, const char *type, nn_kind kind)
{
	const bool text = kind == NN_CATEGORY || kind == NN_BOOLEAN;
	const bool classes = o.task == nullptr ? text : is(o.task, "classification");

	if (kind == NN_TIME)
		throw Error(NN_INVALID, "target \"%s\" is of type %s, which can't be predicted", name, type)
			.with_hint("Turn it into a number in the query, such as extract(epoch FROM ...).");
	if (text && !classes)
		throw Error(NN_INVALID, "task regression doesn't fit target \"%s\" of type %s", name, type)
			.with_hint("A regression predicts numbers: use classification, or cast the target.");
	if (kind == NN_ARRAY && classes)
		throw Error(NN_INVALID, "task classification doesn't fit target \"%s\" of type %s", name,
					type)
			.with_hint("Classes are single values: text, enum, boolean or numbers.");
	if (o.loss != nullptr && find_loss<float>(o.loss)->classes != classes)
		throw Error(NN_INVALID, "loss %s doesn't fit a %s", o.loss,
					classes ? "classification" : "regression")
			.with_hint("It can be %s.", loss_names(classes).c_str());
	return classes ? NN_CATEGORY : kind;
}

Plan make_plan(const nn_options &o, bool classes, int64_t rows, int inputs, int outputs)
{
	Plan plan;

	plan.sizes = {inputs};
	if (o.hidden_layers == NN_CHOOSE)
		for (int width : choose_hidden(rows))
			plan.sizes.push_back(width);
	else
		plan.sizes.insert(plan.sizes.end(), o.hidden, o.hidden + o.hidden_layers);
	for (size_t l = 1; l < plan.sizes.size(); l++)
		plan.activations.push_back(
			find_activation<float>(o.activations[o.activation_count == 1 ? 0 : l - 1]));
	plan.sizes.push_back(outputs);
	plan.loss = find_loss<float>(o.loss != nullptr ? o.loss : classes ? "cross_entropy" : "mse");
	plan.optimizer = find_optimizer<float>(o.optimizer);
	plan.learning_rate =
		std::isnan(o.learning_rate) ? plan.optimizer->default_rate : o.learning_rate;
	plan.batch_size = plan.optimizer->full_batch  ? rows
					  : o.batch_size == NN_CHOOSE ? choose_batch_size(rows)
												  : std::min<int64_t>(o.batch_size, rows);
	return plan;
}

} // namespace nn
