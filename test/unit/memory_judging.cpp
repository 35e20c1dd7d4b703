/*
 * memory_judging.cpp: what happens when memory runs out while predictions are judged and explained.
 */
#include <memory>
#include <string>

#include "core/api_judging.h"
#include "refusals.h"
#include "rows.h"
#include "stored.h"
#include "training.h"

namespace
{

using stored::Stored;

constexpr int32_t kRows = 60;
constexpr int32_t kBins = 4;

template <class T, void (*function)(void *)>
using Handle = std::unique_ptr<T, training::Free<function>>;

// Rows, what a model says of them, and what is true: only the judge's own allocations are to fail.
struct Judged
{
	explicit Judged(std::unique_ptr<Stored> model)
		: stored(std::move(model)), predictor(training::predictor(stored->show()))
	{
		constexpr const char *kColours[] = {"blue", "green", "red", "pink"};

		shape.classes = static_cast<int32_t>(stored->classes.size());
		shape.outputs = nn_predictor_outputs(predictor.get());
		for (int32_t i = 0; i < kRows; i++)
		{
			const size_t n = static_cast<size_t>(i);

			cells.push_back({10 + 4 * rows::noise(n, 0.618), kColours[i * i % 7 % 4],
							 rows::array({rows::noise(n, 0.414), 1})});
			const std::vector<double> said = training::predict(predictor, cells.back());
			outputs.insert(outputs.end(), said.begin(), said.end());
			truths.push_back(shape.classes > 0 ? i % (shape.classes + 1) : said[0] + i % 3);
		}
		for (const rows::Row &row : cells)
			values.push_back(rows::values(row));
	}

	std::unique_ptr<Stored> stored;
	training::Predictor predictor;
	nn_target_shape shape = {};
	std::vector<rows::Row> cells;
	std::vector<std::vector<nn_value>> values;
	std::vector<double> outputs, truths;
};

// Both tasks.
template <class Work> void sweep(const Work &work)
{
	for (auto make : {stored::regression, stored::classification})
	{
		const Judged judged(make());
		refusals::sweep([&](nn_status &status) { work(judged, status); });
	}
}

TEST(MemoryJudging, Evaluation)
{
	sweep([](const Judged &j, nn_status &status) {
		Handle<nn_evaluation, nn_evaluation_free> evaluation(
			nn_evaluation_new(&j.shape, rows::kBudget, j.shape.classes > 0 ? 20 : 0, &status));
		if (status.code == NN_OK)
			nn_evaluation_add(evaluation.get(), kRows, j.outputs.data(), j.truths.data(), nullptr,
							  &status);
		while (status.code == NN_OK && nn_evaluation_prepare(evaluation.get(), &status))
			;
		if (status.code == NN_OK)
			nn_evaluation_check(evaluation.get(), &status);
	});
}

TEST(MemoryJudging, Calibration)
{
	const Judged judged(stored::classification());

	refusals::sweep([&](nn_status &status) {
		Handle<nn_calibrator, nn_calibrator_free> calibrator(
			nn_calibrator_new(&judged.shape, kBins, &status));
		if (status.code == NN_OK)
			nn_calibrator_add(calibrator.get(), kRows, judged.outputs.data(), judged.truths.data(),
							  nullptr);
	});
}

TEST(MemoryJudging, Residuals)
{
	const Judged judged(stored::regression());

	refusals::sweep([&](nn_status &status) {
		Handle<nn_residual_table, nn_residual_table_free> table(
			nn_residual_table_new(&judged.shape, kBins, rows::kBudget, &status));
		if (status.code == NN_OK)
			nn_residual_table_add(table.get(), kRows, judged.outputs.data(), judged.truths.data(),
								  nullptr, &status);
		while (status.code == NN_OK && nn_residual_table_prepare(table.get(), &status))
			;
	});
}

TEST(MemoryJudging, Importance)
{
	sweep([](const Judged &j, nn_status &status) {
		Handle<nn_permutations, nn_permutations_free> permutations(nn_permutations_new(
			j.predictor.get(), &j.shape, nullptr, 2, 42, rows::kBudget, &status));
		for (size_t i = 0; i < kRows && status.code == NN_OK; i++)
			nn_permutations_add(permutations.get(), j.values[i].data(), &j.truths[i], 1, &status);
		while (status.code == NN_OK && nn_permutations_step(permutations.get(), &status))
			;
	});
}

TEST(MemoryJudging, Dependence)
{
	for (const char *feature : {"size", "colour"})
		sweep([&](const Judged &j, nn_status &status) {
			Handle<nn_dependence, nn_dependence_free> dependence(
				nn_dependence_new(j.predictor.get(), feature, 5, rows::kBudget, &status));
			for (size_t i = 0; i < kRows && status.code == NN_OK; i++)
				nn_dependence_add(dependence.get(), j.values[i].data(), 1, &status);
			while (status.code == NN_OK && nn_dependence_step(dependence.get(), &status))
				;
		});
}

TEST(MemoryJudging, Explanation)
{
	sweep([](const Judged &j, nn_status &status) {
		Handle<nn_explanation, nn_explanation_free> explanation(
			nn_explanation_new(j.predictor.get(), j.values[0].data(), -1, &status));
		while (status.code == NN_OK && nn_explanation_step(explanation.get(), &status))
			;
	});
}

} // namespace
