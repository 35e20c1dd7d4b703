/*
 * training.h: from a table to a trained model and its predictions, through the C boundary alone.
 */
#ifndef PGNN_TEST_TRAINING_H
#define PGNN_TEST_TRAINING_H

#include <limits>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "core/api.h"
#include "files.h"
#include "rows.h"

namespace training
{

template <void (*function)(void *)> struct Free
{
	void operator()(void *handle) const { function(handle); }
};

using Dataset = std::unique_ptr<nn_dataset, Free<nn_dataset_free>>;
using Trainer = std::unique_ptr<nn_trainer, Free<nn_trainer_free>>;
using Predictor = std::unique_ptr<nn_predictor, Free<nn_predictor_free>>;

// A copy of the hidden layers' widths that outlives every test.
template <int32_t... widths> constexpr int32_t kHidden[] = {widths..., 0};

constexpr const char *kRelu[] = {"relu"};
constexpr const char *kTanh[] = {"tanh"};

// No hidden layer, every row of use, no penalty; the rest as nn_train's defaults.
inline nn_options options()
{
	nn_options o;

	nn_options_default(&o);
	o.hidden_layers = 0;
	o.activations = kRelu;
	o.activation_count = 1;
	o.l2 = 0;
	o.validation = 0;
	o.patience = 10;
	return o;
}

inline nn_options gradient_descent(double rate, int epochs)
{
	nn_options o = options();

	o.optimizer = "gd";
	o.learning_rate = rate;
	o.epochs = epochs;
	return o;
}

// Two hidden layers, a few epochs, rows held out.
inline nn_options small_network()
{
	nn_options o = options();

	o.hidden = kHidden<16, 8>;
	o.hidden_layers = 2;
	o.epochs = 20;
	o.validation = 0.1;
	return o;
}

struct Training
{
	files::Files files;
	Dataset dataset;
	Trainer trainer;
	nn_status status = {};
	nn_result result = {};

	std::vector<float> parameters() const
	{
		return {result.model.parameters, result.model.parameters + result.model.parameter_count};
	}
	std::vector<double> loss_curve() const
	{
		return {result.loss_curve, result.loss_curve + result.epochs};
	}
	std::vector<double> validation_curve() const
	{
		return {result.validation_curve, result.validation_curve + result.epochs};
	}
};

// As far as a trainer that hasn't made a step.
inline void prepare(Training &r, const rows::Table &table, const nn_options &o, size_t budget)
{
	r.dataset.reset(nn_dataset_new(table.columns.data(), static_cast<int32_t>(table.columns.size()),
								   &o, budget, &r.status));
	for (const rows::Row &row : table.rows)
		if (r.status.code == NN_OK &&
			nn_dataset_add(r.dataset.get(), rows::values(row).data(), &r.status))
			files::spill(r.files, r.dataset.get(), r.status);
	for (bool more = true; more && r.status.code == NN_OK; r.files.write(r.dataset.get()))
		more = nn_dataset_prepare(r.dataset.get(), &r.status);
	if (r.status.code == NN_OK)
		r.trainer.reset(nn_trainer_new(r.dataset.get(), &o, &r.status));
}

// Goes on to the first status that is not NN_OK; the handles are there as far as it came.
inline void go_on(Training &r, const rows::Table &table, const nn_options &o, size_t budget)
{
	prepare(r, table, o, budget);
	for (bool more = true; more && r.status.code == NN_OK;)
		more = nn_trainer_step(r.trainer.get(), &r.status);
	if (r.status.code == NN_OK)
		nn_trainer_result(r.trainer.get(), &r.result, &r.status);
}

// A trained version as it would be stored, to go on from or to compare with.
struct Version
{
	explicit Version(const Training &r);

	Predictor model;
	std::vector<float> state;
	nn_start start = {};
};

// A training that may fail.
inline Training try_training(const rows::Table &table, const nn_options &o,
							 size_t budget = rows::kBudget)
{
	Training r;

	nn_options_check(&o, &r.status);
	if (r.status.code == NN_OK)
		go_on(r, table, o, budget);
	return r;
}

inline Training train(const rows::Table &table, const nn_options &o, size_t budget = rows::kBudget)
{
	Training r = try_training(table, o, budget);

	if (r.status.code != NN_OK)
		throw nn::Error(r.status.code, "training failed: %s", r.status.message);
	return r;
}

inline Predictor predictor(const nn_model_data &model)
{
	nn_status status;
	Predictor result(nn_predictor_new(&model, &status));

	if (status.code != NN_OK)
		throw nn::Error(status.code, "no predictor: %s", status.message);
	return result;
}

inline Version::Version(const Training &r)
	: model(predictor(r.result.model)), state(r.result.state, r.result.state + r.result.state_count)
{
	start = {model.get(),          r.result.optimizer, state.data(),
			 r.result.state_count, r.result.updates,   r.result.total_epochs};
}

// The prediction for a row of features.
inline std::vector<double> predict(const Predictor &p, const rows::Row &features)
{
	std::vector<double> outputs(static_cast<size_t>(nn_predictor_outputs(p.get())));
	nn_status status;

	nn_predictor_run(p.get(), rows::values(features).data(), NN_OUTPUTS, outputs.data(), &status);
	if (status.code != NN_OK)
		throw nn::Error(status.code, "no prediction: %s", status.message);
	return outputs;
}

// The features of a row of a table: all columns but the target.
inline rows::Row features_of(const rows::Table &table, size_t row)
{
	rows::Row result;

	for (size_t c = 0; c < table.columns.size(); c++)
		if (table.columns[c].role == NN_FEATURE)
			result.push_back(table.rows[row][c]);
	return result;
}

// The table with its features in the order of a trained model; the target and the like follow.
inline rows::Table arranged(const rows::Table &table, const Training &r)
{
	rows::Table result = {{}, std::vector<rows::Row>(table.rows.size())};
	const auto take = [&](size_t c) {
		result.columns.push_back(table.columns[c]);
		for (size_t row = 0; row < table.rows.size(); row++)
			result.rows[row].push_back(table.rows[row][c]);
	};

	for (int32_t f = 0; f < r.result.model.feature_count; f++)
		for (size_t c = 0; c < table.columns.size(); c++)
			if (std::string(table.columns[c].name) == r.result.model.features[f].name)
				take(c);
	for (size_t c = 0; c < table.columns.size(); c++)
		if (table.columns[c].role != NN_FEATURE)
			take(c);
	return result;
}

// The first warning with that text in it; empty where there is none.
inline std::string warning_about(const Training &r, const std::string &text)
{
	for (int32_t w = 0; w < r.result.warning_count; w++)
		if (std::string(r.result.warnings[w].message).find(text) != std::string::npos)
			return r.result.warnings[w].message;
	return "";
}

// What a run's model says of every row of a table.
inline std::vector<std::vector<double>> predict_all(const Training &r, const rows::Table &table)
{
	const Predictor p = predictor(r.result.model);
	std::vector<std::vector<double>> result;

	for (size_t row = 0; row < table.rows.size(); row++)
		result.push_back(predict(p, features_of(table, row)));
	return result;
}

} // namespace training

#endif
