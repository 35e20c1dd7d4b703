/*
 * judging.cpp: predictions judged and explained, whatever the model, the truths and the weights are: it
 * is refused, or it ends.
 */
#include <cstdlib>

#include "core/api_judging.h"
#include "stored_model.h"

namespace
{

using fuzz::Bytes;
using fuzz::Model;

constexpr size_t kBudget = 1 << 24;
constexpr const char *kMetrics[] = {"r2",
									"rmse",
									"mae",
									"accuracy",
									"log_loss",
									"f1",
									"roc_auc",
									"pinball",
									"mape",
									"macro_f1",
									"mcc",
									"coverage",
									"median_absolute_error"};

void
check(const nn_status &status)
{
	if (status.code == NN_BUG || (status.code != NN_OK && status.message[0] == '\0'))
		abort();
}

// Steps until there are none left, of which there may not be too many.
template <class Step>
void
finish(const Step &step)
{
	nn_status status = {};

	for (int i = 0; status.code == NN_OK && step(&status); i++)
		if (i == 100000)
			abort();
	check(status);
}

// Rows with what a model might have said of them.
struct Rows
{
	nn_target_shape shape = {};
	std::vector<double> quantiles;
	std::vector<double> outputs, truths, weights;
	int32_t count;

	explicit Rows(Bytes &bytes) : count(bytes.below(NN_BATCH_ROWS + 1))
	{
		shape.classes = bytes.one_in(2) ? 2 + bytes.below(5) : 0;
		shape.outputs = shape.classes > 0 ? shape.classes : 1 + bytes.below(4);
		if (shape.classes == 0 && bytes.one_in(2))
			for (int32_t q = 0; q < shape.outputs; q++)
				quantiles.push_back((q + 1.0) / (shape.outputs + 1));
		shape.quantiles = quantiles.data();
		shape.quantile_count = static_cast<int32_t>(quantiles.size());
		for (int32_t row = 0; row < count; row++)
			add(bytes);
	}

private:
	void add(Bytes &bytes)
	{
		for (int32_t k = 0; k < shape.outputs; k++)
			outputs.push_back(shape.classes > 0 ? bytes.byte() / 255.0 : finite(bytes));
		for (int32_t k = 0; k < nn_truths(&shape); k++)
			truths.push_back(shape.classes > 0 ? bytes.below(shape.classes + 1) : finite(bytes));
		weights.push_back(bytes.one_in(4) ? std::abs(finite(bytes)) + 1e-300 : 1);
	}

	static double finite(Bytes &bytes)
	{
		const double number = bytes.number();
		return std::isfinite(number) ? number : 0;
	}
};

void
judge(Bytes &bytes, const Rows &rows)
{
	nn_status status;
	const nn_metric *metrics;
	nn_evaluation *evaluation =
		nn_evaluation_new(&rows.shape, bytes.one_in(8) ? 0 : kBudget,
						  rows.shape.classes > 0 ? 2 + bytes.below(9) : 0, &status);

	check(status);
	for (int times = bytes.below(3); times >= 0 && status.code == NN_OK; times--)
		nn_evaluation_add(evaluation, rows.count, rows.outputs.data(), rows.truths.data(),
						  bytes.one_in(2) ? rows.weights.data() : nullptr, &status);
	check(status);
	finish([&](nn_status *s) { return nn_evaluation_prepare(evaluation, s); });
	for (int32_t m = nn_evaluation_metrics(evaluation, &metrics); m > 0; m--)
		if (metrics[m - 1].name == nullptr)
			abort();
	nn_evaluation_check(evaluation, &status);
	check(status);
	for (int32_t c = 0; c < rows.shape.classes && status.code == NN_OK; c++)
	{
		nn_curve curve;
		nn_evaluation_curve(evaluation, c, &curve);
		for (int64_t p = 1; p < curve.count; p++)
			if (curve.points[p].hits < curve.points[p - 1].hits)
				abort();
	}
	nn_evaluation_free(evaluation);
}

void
tabulate(Bytes &bytes, const Rows &rows)
{
	nn_status status;
	const int32_t bins = 1 + bytes.below(20);

	if (rows.shape.classes > 0 || rows.shape.quantile_count > 0)
	{
		nn_calibrator *calibrator = nn_calibrator_new(&rows.shape, bins, &status);
		check(status);
		nn_calibrator_add(calibrator, rows.count, rows.outputs.data(), rows.truths.data(),
						  rows.weights.data());
		int64_t counted = 0;
		for (int32_t bin = 0; bin < nn_calibrator_bins(calibrator); bin++)
			counted += nn_calibrator_get(calibrator, 0, bin).count;
		if (rows.shape.classes > 0 && counted != rows.count)
			abort();
		nn_calibrator_free(calibrator);
	}
	else
	{
		nn_residual_table *table = nn_residual_table_new(&rows.shape, bins, kBudget, &status);
		check(status);
		nn_residual_table_add(table, rows.count, rows.outputs.data(), rows.truths.data(),
							  rows.weights.data(), &status);
		check(status);
		finish([&](nn_status *s) { return nn_residual_table_prepare(table, s); });
		nn_residual_table_free(table);
	}
}

void
explain(Bytes &bytes, const Model &model, nn_predictor *predictor)
{
	const std::vector<nn_value> row = fuzz::values(bytes, model);
	nn_status status;
	nn_explanation *explanation = nn_explanation_new(
		predictor, row.data(), bytes.below(nn_predictor_outputs(predictor) + 1) - 1, &status);

	check(status);
	if (explanation != nullptr)
		finish([&](nn_status *s) { return nn_explanation_step(explanation, s); });
	nn_explanation_free(explanation);
}

void
depend(Bytes &bytes, const Model &model, nn_predictor *predictor)
{
	nn_status status;
	nn_dependence *dependence = nn_dependence_new(predictor, bytes.name(fuzz::kNames),
												  1 + bytes.below(9), kBudget, &status);

	check(status);
	if (dependence == nullptr)
		return;
	for (int rows = bytes.below(20); rows > 0 && status.code == NN_OK; rows--)
		nn_dependence_add(dependence, fuzz::values(bytes, model).data(), 1, &status);
	check(status);
	if (status.code == NN_OK)
		finish([&](nn_status *s) { return nn_dependence_step(dependence, s); });
	nn_dependence_free(dependence);
}

void
permute(Bytes &bytes, const Model &model, nn_predictor *predictor)
{
	nn_status status;
	nn_target_shape shape = {};

	shape.classes = model.data.class_count;
	shape.outputs = nn_predictor_outputs(predictor);
	nn_permutations *permutations =
		nn_permutations_new(predictor, &shape, bytes.one_in(2) ? nullptr : bytes.name(kMetrics),
							1 + bytes.below(3), bytes.byte(), kBudget, &status);
	check(status);
	if (permutations == nullptr)
		return;
	const std::vector<double> truths(static_cast<size_t>(nn_truths(&shape)), bytes.below(3));
	for (int rows = bytes.below(20); rows > 0 && status.code == NN_OK; rows--)
		nn_permutations_add(permutations, fuzz::values(bytes, model).data(), truths.data(),
							1 + bytes.byte(), &status);
	check(status);
	if (status.code == NN_OK)
		finish([&](nn_status *s) { return nn_permutations_step(permutations, s); });
	nn_permutations_free(permutations);
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Bytes bytes(data, size);
	nn_status status;

	if (bytes.one_in(2))
	{
		const Rows rows(bytes);
		judge(bytes, rows);
		tabulate(bytes, rows);
		return 0;
	}
	const Model model(bytes);
	nn_predictor *predictor = nn_predictor_new(&model.data, &status);
	if (predictor != nullptr)
	{
		const int what = bytes.below(3);
		(what == 0 ? explain : what == 1 ? depend : permute)(bytes, model, predictor);
	}
	nn_predictor_free(predictor);
	return 0;
}
