/*
 * training.cpp: options, columns and rows as no one would choose them, through a whole training: it is
 * refused, or it ends with a model that predicts finite numbers.
 */
#include <cstdlib>

#include "bytes.h"
#include "core/api.h"

namespace
{

using fuzz::Bytes;

constexpr const char *kTasks[] = {"regression", "classification"};
constexpr const char *kActivations[] = {"relu",     "leaky_relu", "elu",     "gelu",    "silu",
										"softplus", "tanh",       "sigmoid", "identity"};
constexpr const char *kLosses[] = {"mse", "mae", "huber", "poisson", "quantile", "cross_entropy"};
constexpr const char *kOptimizers[] = {"gd", "sgd", "rmsprop", "adam", "adamw", "lbfgs"};
constexpr const char *kSchedules[] = {"constant", "step", "exponential", "cosine", "plateau"};
constexpr const char *kMissing[] = {"impute", "skip", "error"};
constexpr const char *kStop[] = {"loss", "score"};
constexpr const char *kNames[] = {"a", "b", "c", "d", "e"};
constexpr const char *kLabels[] = {"red", "green", "blue"};

struct Problem
{
	nn_options options;
	std::vector<int32_t> hidden;
	std::vector<const char *> activations;
	std::vector<double> quantiles;
	std::vector<nn_class_weight> class_weights;
	std::vector<nn_column> columns;

	explicit Problem(Bytes &bytes);

private:
	void choose_network(Bytes &bytes);
	void choose_rest(Bytes &bytes);
	void choose_columns(Bytes &bytes);
};

// Most options stay as they are, or few problems would come as far as a training.
Problem::Problem(Bytes &bytes)
{
	nn_options_default(&options);
	options.epochs = 2;
	choose_network(bytes);
	choose_rest(bytes);
	choose_columns(bytes);
}

void
Problem::choose_network(Bytes &bytes)
{
	for (int layer = bytes.below(4); layer > 0; layer--)
	{
		hidden.push_back(bytes.one_in(16) ? bytes.integer() : 1 + bytes.below(8));
		activations.push_back(bytes.name(kActivations));
	}
	options.hidden = hidden.data();
	options.hidden_layers = static_cast<int32_t>(hidden.size());
	options.activations = activations.data();
	options.activation_count =
		bytes.one_in(4) && !activations.empty() ? 1 : static_cast<int32_t>(activations.size());
}

void
Problem::choose_rest(Bytes &bytes)
{
	nn_options &o = options;

	const auto number = [&](double *option) {
		*option = bytes.one_in(8) ? bytes.number() : *option;
	};
	const auto integer = [&](int32_t *option) {
		*option = bytes.one_in(8) ? bytes.integer() : *option;
	};
	if (bytes.one_in(4))
		o.task = bytes.name(kTasks);
	if (bytes.one_in(2))
		o.loss = bytes.name(kLosses);
	if (bytes.one_in(8))
		quantiles = bytes.one_in(2) ? bytes.numbers(3) : std::vector<double>{0.1, 0.9};
	o.quantiles = quantiles.data();
	o.quantile_count = static_cast<int32_t>(quantiles.size());
	o.optimizer = bytes.name(kOptimizers);
	if (bytes.one_in(3))
		o.schedule = bytes.name(kSchedules);
	o.missing = bytes.one_in(3) ? bytes.name(kMissing) : o.missing;
	o.stop_on = bytes.one_in(3) ? bytes.name(kStop) : o.stop_on;
	o.nesterov = bytes.one_in(4);
	for (double *option : {&o.label_smoothing, &o.learning_rate, &o.momentum, &o.decay, &o.l1,
						   &o.l2, &o.dropout, &o.input_dropout, &o.clip_norm, &o.validation,
						   &o.min_improvement, &o.tolerance, &o.max_seconds})
		number(option);
	for (int32_t *option :
		 {&o.decay_epochs, &o.warmup, &o.batch_size, &o.patience, &o.min_epochs, &o.seed})
		integer(option);
	if (bytes.one_in(16))
		o.epochs = bytes.integer();
	o.threads = 1 + bytes.below(2);
	o.dry_run = bytes.one_in(16);
	if (bytes.one_in(8))
		class_weights.push_back({bytes.name(kLabels), bytes.number()});
	o.class_weights = class_weights.data();
	o.class_weight_count = bytes.one_in(8) ? NN_CHOOSE : static_cast<int32_t>(class_weights.size());
}

void
Problem::choose_columns(Bytes &bytes)
{
	const int count = 1 + bytes.below(5);

	for (int i = 0; i < count; i++)
		columns.push_back({bytes.one_in(16) ? bytes.text() : kNames[i], "float8",
						   static_cast<nn_kind>(bytes.below(5)), NN_FEATURE, bytes.one_in(2),
						   NN_NO_WORD});
	const size_t target = static_cast<size_t>(bytes.below(count)); // the one that there always is
	columns[target].role = NN_TARGET;
	if (target > 0 && bytes.one_in(4))
		columns[0].role = bytes.one_in(2) ? NN_WEIGHT : NN_HOLDOUT;
}

// A value as the C side reads them from a column of that kind. data lives until the next call.
nn_value
value(Bytes &bytes, nn_kind kind, double (&data)[4], bool (&nulls)[4])
{
	nn_value v = {};

	if (bytes.one_in(8))
		return v;
	switch (kind)
	{
		case NN_CATEGORY:
		{
			const char *text = bytes.name(kLabels);
			return {NN_TEXT_VALUE, static_cast<int32_t>(strlen(text)), bytes.number(), text,
					nullptr};
		}
		case NN_ARRAY:
			for (int i = 0; i < 4; i++)
			{
				data[i] = bytes.number();
				nulls[i] = bytes.one_in(8);
			}
			return {NN_FLOAT8_VALUES, bytes.one_in(16) ? bytes.below(5) : 2, 0, data, nulls};
		case NN_BOOLEAN:
			return {NN_FLOAT8_VALUE, 0, static_cast<double>(bytes.below(2)), nullptr, nullptr};
		case NN_NUMBER:
		case NN_TIME:
			break;
	}
	return {NN_FLOAT8_VALUE, 0, bytes.one_in(8) ? bytes.number() : bytes.below(20) / 4.0, nullptr,
			nullptr};
}

// Rows, until the bytes or the dataset will have no more.
void
add_rows(Bytes &bytes, const Problem &problem, nn_dataset *dataset, nn_status *status)
{
	std::vector<nn_value> values(problem.columns.size());
	double data[5][4];
	bool nulls[5][4];

	for (int row = bytes.below(48); row >= 0 && status->code == NN_OK; row--)
	{
		for (size_t c = 0; c < values.size(); c++)
			values[c] = value(bytes, problem.columns[c].kind, data[c], nulls[c]);
		nn_dataset_add(dataset, values.data(), status);
	}
}

void
check(const nn_status &status)
{
	if (status.code == NN_BUG || (status.code != NN_OK && status.message[0] == '\0'))
		abort();
}

// What has been trained can be used.
void
use(const nn_trainer *trainer, nn_status *status)
{
	nn_result result;

	nn_trainer_result(trainer, &result, status);
	if (status->code != NN_OK)
		return;
	for (int64_t i = 0; i < result.model.parameter_count; i++)
		if (!std::isfinite(result.model.parameters[i]))
			abort();
	nn_predictor *predictor = nn_predictor_new(&result.model, status);
	if (status->code != NN_OK)
		abort();
	nn_predictor_free(predictor);
}

void
train(Bytes &bytes, const Problem &problem)
{
	constexpr size_t kBudget = 4 * 1024 * 1024;
	nn_status status;
	nn_trainer *trainer = nullptr;

	nn_options_check(&problem.options, &status);
	check(status);
	if (status.code != NN_OK)
		return;
	nn_dataset *dataset =
		nn_dataset_new(problem.columns.data(), static_cast<int32_t>(problem.columns.size()),
					   &problem.options, kBudget, &status);
	if (status.code == NN_OK)
		add_rows(bytes, problem, dataset, &status);
	for (bool more = true; more && status.code == NN_OK;)
		more = nn_dataset_prepare(dataset, &status);
	if (status.code == NN_OK)
		trainer = nn_trainer_new(dataset, &problem.options, &status);
	bool more = true;
	for (int step = 0; more && step < 20 && status.code == NN_OK; step++)
		more = nn_trainer_step(trainer, &status);
	if (!more && status.code == NN_OK)
		use(trainer, &status);
	nn_trainer_free(trainer);
	nn_dataset_free(dataset);
	check(status);
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Bytes bytes(data, size);
	const Problem problem(bytes);

	train(bytes, problem);
	return 0;
}
