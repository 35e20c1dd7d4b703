#include "core/options.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/limits.h"

namespace nn
{

namespace
{

void check_range(const char *option, double value, double low, double high)
{
	if (!(value >= low && value <= high))
		throw Error(NN_INVALID, "%s must be between %g and %g, not %.10g", option, low, high,
					value);
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

// A share of something that is never all of it.
void check_share(const char *option, double value)
{
	if (!(value >= 0 && value < 1))
		throw Error(NN_INVALID, "%s must be at least 0 and less than 1, not %g", option, value);
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
	if (o.activation_count > 1 && o.hidden_layers == NN_CHOOSE)
		throw Error(NN_INVALID, "%d activations are given without hidden layers",
					o.activation_count)
			.with_hint("Give hidden, too, with as many layers.");
	if (o.activation_count > 1 && o.activation_count != o.hidden_layers)
		throw Error(NN_INVALID, "%d activations don't fit %d hidden layer%s", o.activation_count,
					o.hidden_layers, o.hidden_layers == 1 ? "" : "s")
			.with_hint("Give one activation for all hidden layers, or one for each.");
}

void check_loss(const nn_options &o)
{
	if (o.loss != nullptr && find_loss<float>(o.loss) == nullptr)
		unknown_name("loss", o.loss, loss_names(false) + ", " + loss_names(true));
	if (o.quantile_count > 0 && o.loss != nullptr && !find_loss<float>(o.loss)->quantiles)
		throw Error(NN_INVALID, "quantiles don't fit loss %s", o.loss)
			.with_hint("Leave loss out, or make it quantile.");
	if (o.quantile_count > kMaxQuantiles)
		throw Error(NN_INVALID, "quantiles has %d elements, at most %d are possible",
					o.quantile_count, kMaxQuantiles);
	for (int q = 0; q < o.quantile_count; q++)
	{
		if (!(o.quantiles[q] > 0 && o.quantiles[q] < 1))
			throw Error(NN_INVALID, "quantiles must be greater than 0 and less than 1, not %g",
						o.quantiles[q]);
		if (q > 0 && !(o.quantiles[q] > o.quantiles[q - 1]))
			throw Error(NN_INVALID, "quantiles must rise, but %g follows %g", o.quantiles[q],
						o.quantiles[q - 1]);
	}
	check_share("label_smoothing", o.label_smoothing);
	for (int c = 0; c < o.class_weight_count; c++)
		if (!(o.class_weights[c].weight >= 0 && o.class_weights[c].weight <= kMaxWeight))
			throw Error(NN_INVALID, "class_weight of \"%.64s\" must be between 0 and %g, not %g",
						o.class_weights[c].label, kMaxWeight, o.class_weights[c].weight);
}

void check_optimizer(const nn_options &o)
{
	const Optimizer<float> *optimizer = find_optimizer<float>(o.optimizer);

	if (optimizer == nullptr)
		unknown_name("optimizer", o.optimizer, optimizer_names());
	if (!std::isnan(o.learning_rate))
		check_positive("learning_rate", o.learning_rate);
	check_share("momentum", o.momentum);
	if (o.nesterov && !is(optimizer->name, "sgd"))
		throw Error(NN_INVALID, "nesterov doesn't fit optimizer %s", optimizer->name)
			.with_hint("It is a kind of momentum, which only sgd has.");
	if (find_schedule(o.schedule) == nullptr)
		unknown_name("schedule", o.schedule, schedule_names());
	if (!(o.decay > 0 && o.decay <= 1))
		throw Error(NN_INVALID, "decay must be greater than 0 and at most 1, not %g", o.decay);
	check_integer("decay_epochs", o.decay_epochs, 1, kMaxEpochs);
	check_integer("warmup", o.warmup, 0, kMaxEpochs);
}

void check_regularisation(const nn_options &o)
{
	const char *optimizer = o.optimizer;

	check_range("l1", o.l1, 0, kMaxPenalty);
	check_range("l2", o.l2, 0, kMaxPenalty);
	check_share("dropout", o.dropout);
	check_share("input_dropout", o.input_dropout);
	if (!std::isnan(o.clip_norm))
		check_positive("clip_norm", o.clip_norm);
	if (!find_optimizer<float>(optimizer)->line_search)
		return;
	if (o.dropout > 0 || o.input_dropout > 0)
		throw Error(NN_INVALID, "%s doesn't fit optimizer %s",
					o.dropout > 0 ? "dropout" : "input_dropout", optimizer)
			.with_hint("Its line search compares losses, which dropout changes by chance: use l2, "
					   "or adam.");
	if (!std::isnan(o.clip_norm))
		throw Error(NN_INVALID, "clip_norm doesn't fit optimizer %s", optimizer)
			.with_hint("Its line search finds the length of a step itself.");
	if (!is(o.schedule, "constant") || o.warmup > 0)
		throw Error(NN_INVALID, "a schedule doesn't fit optimizer %s", optimizer)
			.with_hint("Its line search finds the length of a step itself.");
}

void check_stopping(const nn_options &o)
{
	check_range("validation", o.validation, 0, kMaxValidation);
	if (!is(o.stop_on, "loss") && !is(o.stop_on, "score"))
		unknown_name("stop_on", o.stop_on, "loss, score");
	check_integer("patience", o.patience, 0, INT32_MAX);
	check_share("min_improvement", o.min_improvement);
	check_integer("min_epochs", o.min_epochs, 0, kMaxEpochs);
	check_at_least("tolerance", o.tolerance, 0);
	if (!std::isnan(o.max_seconds))
		check_positive("max_seconds", o.max_seconds);
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

// What must fit the target's task.
void check_task(const nn_options &o, nn_kind kind, bool classes)
{
	const char *task = classes ? "classification" : "regression";

	if (!classes && o.label_smoothing > 0)
		throw Error(NN_INVALID, "label_smoothing doesn't fit a %s", task);
	if (!classes && o.class_weight_count != 0)
		throw Error(NN_INVALID, "class_weight doesn't fit a %s", task)
			.with_hint("Give the rows weights with weight.");
	if (resolved_loss(o, classes).classes != classes)
		throw Error(NN_INVALID, "loss %s doesn't fit a %s", resolved_loss(o, classes).name, task)
			.with_hint("It can be %s.", loss_names(classes).c_str());
	if (kind == NN_ARRAY && resolved_loss(o, classes).quantiles)
		throw Error(NN_INVALID, "loss quantile doesn't fit a target of several numbers")
			.with_hint("Train a model for each of them.");
}

// The layers of the network to go on from are taken over; options that ask for others are refused.
void check_start(const nn_options &o, const Plan &plan, const Network<float> &start)
{
	const std::vector<Layer<float>> &layers = start.layers();
	bool same = plan.sizes.size() == layers.size() + 1 && plan.sizes[0] == start.inputs();

	for (size_t l = 0; same && l < layers.size(); l++)
		same = plan.sizes[l + 1] == layers[l].outputs;
	if (!same)
		throw Error(NN_INVALID, "the version to go on from has other layers")
			.with_hint("Leave hidden, loss and quantiles out, or train without warm_start.");
	for (size_t l = 0; o.activation_count > 0 && l < plan.activations.size(); l++)
		if (strcmp(plan.activations[l]->name, layers[l].activation->name) != 0)
			throw Error(NN_INVALID, "the version to go on from has activation %s, not %s",
						layers[l].activation->name, plan.activations[l]->name)
				.with_hint("Leave activation out, or train without warm_start.");
}

} // namespace

nn_options default_options()
{
	nn_options o = {};

	o.hidden_layers = NN_CHOOSE;
	o.optimizer = "adam";
	o.learning_rate = o.clip_norm = o.max_seconds = std::numeric_limits<double>::quiet_NaN();
	o.momentum = 0.9;
	o.schedule = "constant";
	o.decay = 0.5;
	o.decay_epochs = 10;
	o.batch_size = NN_CHOOSE;
	o.epochs = 200;
	o.l2 = 1e-4;
	o.validation = 0.1;
	o.stop_on = "loss";
	o.patience = 20;
	o.missing = "impute";
	o.seed = 42;
	o.threads = 1;
	return o;
}

void check_options(const nn_options &o)
{
	Missing missing;

	if (o.task != nullptr && !is(o.task, "regression") && !is(o.task, "classification"))
		unknown_name("task", o.task, "regression, classification");
	check_layers(o);
	check_loss(o);
	check_optimizer(o);
	if (o.batch_size != NN_CHOOSE)
		check_integer("batch_size", o.batch_size, 1, kMaxBatch);
	check_integer("epochs", o.epochs, 1, kMaxEpochs);
	check_regularisation(o);
	check_stopping(o);
	if (!find_missing(o.missing, &missing))
		unknown_name("missing", o.missing, "impute, skip, error");
}

bool find_missing(const char *name, Missing *found)
{
	*found = is(name, "skip")    ? Missing::kSkip
			 : is(name, "error") ? Missing::kError
								 : Missing::kImpute;
	return *found != Missing::kImpute || is(name, "impute");
}

bool holds_rows_out(const nn_options &o, const nn_column *columns, int count)
{
	return o.validation > 0 || std::any_of(columns, columns + count, [](const nn_column &column) {
			   return column.role == NN_HOLDOUT;
		   });
}

const Loss<float> &resolved_loss(const nn_options &o, bool classes)
{
	return *find_loss<float>(o.loss != nullptr      ? o.loss
							 : o.quantile_count > 0 ? "quantile"
							 : classes              ? "cross_entropy"
													: "mse");
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
	check_task(o, kind, classes);
	return classes ? NN_CATEGORY : kind;
}

Plan make_plan(const nn_options &o, const Shape &shape, const Network<float> *start)
{
	Plan plan;

	plan.loss = &resolved_loss(o, shape.classes > 0);
	plan.output = shape.classes == 2       ? "sigmoid"
				  : shape.classes > 2      ? "softmax"
				  : plan.loss->logarithmic ? "exponential"
										   : "identity";
	if (plan.loss->quantiles)
		plan.quantiles.assign(o.quantiles, o.quantiles + o.quantile_count);
	if (plan.loss->quantiles && plan.quantiles.empty())
		plan.quantiles = {0.5};

	plan.sizes = {shape.inputs};
	if (o.hidden_layers != NN_CHOOSE)
		plan.sizes.insert(plan.sizes.end(), o.hidden, o.hidden + o.hidden_layers);
	else if (start != nullptr)
		for (size_t l = 0; l + 1 < start->layers().size(); l++)
			plan.sizes.push_back(static_cast<int>(start->layers()[l].outputs));
	else
		for (int width : choose_hidden(shape.rows))
			plan.sizes.push_back(width);
	for (size_t l = 1; l < plan.sizes.size(); l++)
		plan.activations.push_back(
			o.activation_count > 0
				? find_activation<float>(o.activations[o.activation_count == 1 ? 0 : l - 1])
			: start != nullptr && l < start->layers().size() ? start->layers()[l - 1].activation
															 : find_activation<float>("relu"));
	plan.sizes.push_back(shape.classes > 2         ? shape.classes
						 : shape.classes == 2      ? 1
						 : !plan.quantiles.empty() ? static_cast<int>(plan.quantiles.size())
												   : shape.numbers);
	if (start != nullptr)
		check_start(o, plan, *start);

	plan.optimizer = find_optimizer<float>(o.optimizer);
	plan.schedule = find_schedule(o.schedule);
	plan.learning_rate =
		std::isnan(o.learning_rate) ? plan.optimizer->default_rate : o.learning_rate;
	plan.batch_size = plan.optimizer->full_batch  ? shape.rows
					  : o.batch_size == NN_CHOOSE ? choose_batch_size(shape.rows)
												  : std::min<int64_t>(o.batch_size, shape.rows);
	return plan;
}

} // namespace nn
