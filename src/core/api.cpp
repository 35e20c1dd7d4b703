/*
 * api.cpp: the C boundary of the core, and the only place that catches.
 */
#include "core/api.h"

#include <cstring>
#include <new>

#include "core/calibration.h"
#include "core/dataset.h"
#include "core/dependence.h"
#include "core/evaluation.h"
#include "core/explanation.h"
#include "core/importance.h"
#include "core/options.h"
#include "core/predictor.h"
#include "core/residuals.h"
#include "core/simd.h"
#include "core/threads.h"
#include "core/trainer.h"

struct nn_dataset
{
	nn::Dataset dataset;
};

struct nn_permutations
{
	nn::Importance importance;
};

struct nn_explanation
{
	nn::Explanation explanation;
};

struct nn_dependence
{
	nn::Dependence dependence;
};

struct nn_calibrator
{
	nn::Calibration calibration;
};

struct nn_residual_table
{
	nn::Residuals residuals;
};

struct nn_evaluation
{
	nn::Evaluation evaluation;
};

struct nn_trainer
{
	nn::Trainer trainer;
};

namespace
{

constexpr const char *kKindNames[] = {"number", "boolean", "time", "category", "array"};

void fail(nn_status *status, nn_code code, const char *message, const char *hint = "")
{
	status->code = code;
	snprintf(status->message, sizeof(status->message), "%s", message);
	snprintf(status->hint, sizeof(status->hint), "%s", hint);
}

// Runs body; whatever it throws ends as a status.
template <class Body> void guarded(nn_status *status, Body body) noexcept
{
	status->code = NN_OK;
	status->message[0] = status->hint[0] = '\0';
	try
	{
		body();
	}
	catch (const nn::Error &error)
	{
		fail(status, error.code, error.message, error.hint);
	}
	catch (const std::bad_alloc &)
	{
		fail(status, NN_NO_MEMORY, "out of memory");
	}
	catch (const std::exception &error)
	{
		fail(status, NN_BUG, error.what());
	}
	catch (...)
	{
		fail(status, NN_BUG, "unknown C++ exception");
	}
}

nn::TargetShape target_shape(const nn_target_shape &shape)
{
	return {
		shape.classes, shape.outputs, {shape.quantiles, shape.quantiles + shape.quantile_count}};
}

} // namespace

int32_t nn_processors(void)
{
	return nn::processors();
}

bool nn_use_simd(const char *name, bool test_only)
{
	nn::Simd simd;

	if (!nn::find_simd(name, simd) || !nn::simd_available(simd))
		return false;
	if (!test_only)
		nn::set_simd(simd);
	return true;
}

const char *nn_kind_name(nn_kind kind)
{
	return kKindNames[kind];
}

bool nn_kind_from_name(const char *name, nn_kind *kind)
{
	for (size_t k = 0; k < std::size(kKindNames); k++)
		if (strcmp(name, kKindNames[k]) == 0)
		{
			*kind = static_cast<nn_kind>(k);
			return true;
		}
	return false;
}

void nn_options_default(nn_options *options)
{
	*options = nn::default_options();
}

void nn_options_check(const nn_options *options, nn_status *status)
{
	guarded(status, [&] { nn::check_options(*options); });
}

nn_kind nn_target_kind(const nn_options *options, const char *name, const char *type, nn_kind kind,
					   nn_status *status)
{
	nn_kind result = kind;

	guarded(status, [&] { result = nn::target_kind(*options, name, type, kind); });
	return result;
}

nn_dataset *nn_dataset_new(const nn_column *columns, int32_t count, const nn_options *options,
						   size_t budget, nn_status *status)
{
	nn_dataset *dataset = nullptr;

	guarded(status, [&] { dataset = new nn_dataset{{columns, count, *options, budget}}; });
	return dataset;
}

void nn_dataset_free(void *dataset)
{
	delete static_cast<nn_dataset *>(dataset);
}

bool nn_dataset_add(nn_dataset *dataset, const nn_value *values, nn_status *status)
{
	bool full = false;

	guarded(status, [&] { full = dataset->dataset.add(values); });
	return full;
}

bool nn_dataset_add_row(nn_dataset *dataset, const uint64_t *words, const bool *nulls,
						const nn_value *values, nn_status *status)
{
	bool full = false;

	guarded(status, [&] { full = dataset->dataset.add(words, nulls, values); });
	return full;
}

bool nn_dataset_spill(nn_dataset *dataset, nn_status *status)
{
	bool more = false;

	guarded(status, [&] { more = dataset->dataset.spill(); });
	return more;
}

bool nn_dataset_block(nn_dataset *dataset, nn_block *block)
{
	return dataset->dataset.take_block(*block);
}

void nn_dataset_open(nn_dataset *dataset, int32_t file, int descriptor)
{
	dataset->dataset.open(file, descriptor);
}

bool nn_dataset_prepare(nn_dataset *dataset, nn_status *status)
{
	bool more = false;

	guarded(status, [&] { more = dataset->dataset.prepare(); });
	return more;
}

nn_trainer *nn_trainer_new(const nn_dataset *dataset, const nn_options *options, nn_status *status)
{
	nn_trainer *trainer = nullptr;

	guarded(status, [&] { trainer = new nn_trainer{{dataset->dataset, *options}}; });
	return trainer;
}

void nn_trainer_free(void *trainer)
{
	delete static_cast<nn_trainer *>(trainer);
}

bool nn_trainer_step(nn_trainer *trainer, nn_status *status)
{
	bool more = false;

	guarded(status, [&] { more = trainer->trainer.step(); });
	return more;
}

void nn_trainer_progress(const nn_trainer *trainer, nn_progress *progress)
{
	trainer->trainer.progress(*progress);
}

void nn_trainer_result(const nn_trainer *trainer, nn_result *result, nn_status *status)
{
	guarded(status, [&] { trainer->trainer.result(*result); });
}

void nn_trainer_estimate(nn_trainer *trainer, nn_estimate *estimate, nn_status *status)
{
	guarded(status, [&] { trainer->trainer.estimate(*estimate); });
}

nn_floats *nn_floats_new(size_t count, nn_status *status)
{
	nn_floats *floats = nullptr;

	guarded(status, [&] { floats = new nn_floats{nn::LargeFloats(count)}; });
	return floats;
}

void nn_floats_free(void *floats)
{
	delete static_cast<nn_floats *>(floats);
}

float *nn_floats_data(nn_floats *floats)
{
	return floats->floats.data();
}

nn_predictor *nn_predictor_new(const nn_model_data *model, nn_status *status)
{
	nn_predictor *predictor = nullptr;

	guarded(status, [&] { predictor = new nn_predictor{nn::Predictor(*model)}; });
	return predictor;
}

void nn_predictor_free(void *predictor)
{
	delete static_cast<nn_predictor *>(predictor);
}

int32_t nn_predictor_outputs(const nn_predictor *predictor)
{
	return predictor->predictor.outputs();
}

bool nn_predictor_run(nn_predictor *predictor, const nn_value *values, nn_purpose purpose,
					  double *outputs, nn_status *status)
{
	bool predicted = false;

	guarded(status, [&] { predicted = predictor->predictor.run(values, purpose, outputs); });
	return predicted;
}

bool nn_predictor_numeric(const nn_predictor *predictor)
{
	return predictor->predictor.numeric();
}

bool nn_predictor_run_numbers(nn_predictor *predictor, const double *numbers, const bool *nulls,
							  nn_purpose purpose, double *outputs, nn_status *status)
{
	bool predicted = false;

	guarded(status, [&] {
		predicted = predictor->predictor.run_numbers(numbers, nulls, purpose, outputs);
	});
	return predicted;
}

bool nn_predictor_add(nn_predictor *predictor, const nn_value *values, nn_status *status)
{
	bool added = false;

	guarded(status, [&] { added = predictor->predictor.add(values); });
	return added;
}

int32_t nn_predictor_flush(nn_predictor *predictor, double *outputs, nn_status *status)
{
	int32_t rows = 0;

	guarded(status, [&] { rows = predictor->predictor.flush(outputs); });
	return rows;
}

nn_batch *nn_batch_new(nn_predictor *predictor, nn_status *status)
{
	nn_batch *batch = nullptr;

	guarded(status, [&] { batch = new nn_batch{predictor->predictor, {}}; });
	return batch;
}

void nn_batch_free(void *batch)
{
	delete static_cast<nn_batch *>(batch);
}

bool nn_batch_add(nn_batch *batch, const nn_value *values, nn_status *status)
{
	bool added = false;

	guarded(status, [&] { added = batch->predictor.add(batch->batch, values); });
	return added;
}

bool nn_batch_add_numbers(nn_batch *batch, const double *numbers, const bool *nulls,
						  nn_status *status)
{
	bool added = false;

	guarded(status, [&] { added = batch->predictor.add_numbers(batch->batch, numbers, nulls); });
	return added;
}

int32_t nn_batch_flush(nn_batch *batch, double *outputs, nn_status *status)
{
	int32_t rows = 0;

	guarded(status, [&] { rows = batch->predictor.flush(batch->batch, outputs); });
	return rows;
}

// ---- judging ----

int32_t nn_truths(const nn_target_shape *shape)
{
	return shape->classes > 0 || shape->quantile_count > 0 ? 1 : shape->outputs;
}

nn_evaluation *nn_evaluation_new(const nn_target_shape *shape, size_t budget, int32_t curve_points,
								 nn_status *status)
{
	nn_evaluation *evaluation = nullptr;

	guarded(status, [&] {
		evaluation =
			new nn_evaluation{{target_shape(*shape), budget, static_cast<size_t>(curve_points)}};
	});
	return evaluation;
}

void nn_evaluation_free(void *evaluation)
{
	delete static_cast<nn_evaluation *>(evaluation);
}

void nn_evaluation_add(nn_evaluation *evaluation, int32_t rows, const double *outputs,
					   const double *truths, const double *weights, nn_status *status)
{
	guarded(status, [&] {
		evaluation->evaluation.add(static_cast<size_t>(rows), outputs, truths, weights);
	});
}

bool nn_evaluation_prepare(nn_evaluation *evaluation, nn_status *status)
{
	bool more = false;

	guarded(status, [&] { more = evaluation->evaluation.prepare(); });
	return more;
}

int32_t nn_evaluation_metrics(const nn_evaluation *evaluation, const nn_metric **metrics)
{
	*metrics = evaluation->evaluation.metrics().data();
	return static_cast<int32_t>(evaluation->evaluation.metrics().size());
}

void nn_evaluation_check(const nn_evaluation *evaluation, nn_status *status)
{
	guarded(status, [&] { evaluation->evaluation.rows().check_complete(); });
}

int64_t nn_evaluation_count(const nn_evaluation *evaluation, int32_t truth, int32_t predicted,
							double *weight)
{
	const nn::ClassMetrics &classes = evaluation->evaluation.classes();
	const size_t t = static_cast<size_t>(truth), p = static_cast<size_t>(predicted);

	*weight = classes.weight(t, p);
	return classes.count(t, p);
}

void nn_evaluation_curve(const nn_evaluation *evaluation, int32_t c, nn_curve *curve)
{
	const nn::Ranking &ranking = evaluation->evaluation.ranking(static_cast<size_t>(c));

	*curve = {ranking.curve().data(), static_cast<int64_t>(ranking.curve().size()), ranking.hits(),
			  ranking.misses()};
}

nn_calibrator *nn_calibrator_new(const nn_target_shape *shape, int32_t bins, nn_status *status)
{
	nn_calibrator *calibration = nullptr;

	guarded(status, [&] {
		calibration = new nn_calibrator{{target_shape(*shape), static_cast<size_t>(bins)}};
	});
	return calibration;
}

void nn_calibrator_free(void *calibration)
{
	delete static_cast<nn_calibrator *>(calibration);
}

void nn_calibrator_add(nn_calibrator *calibration, int32_t rows, const double *outputs,
					   const double *truths, const double *weights)
{
	calibration->calibration.add(static_cast<size_t>(rows), outputs, truths, weights);
}

int32_t nn_calibrator_bins(const nn_calibrator *calibration)
{
	return static_cast<int32_t>(calibration->calibration.bins());
}

nn_calibration_bin nn_calibrator_get(const nn_calibrator *calibration, int32_t c, int32_t bin)
{
	return calibration->calibration.bin(static_cast<size_t>(c), static_cast<size_t>(bin));
}

nn_residual_table *nn_residual_table_new(const nn_target_shape *shape, int32_t bins, size_t budget,
										 nn_status *status)
{
	nn_residual_table *residuals = nullptr;

	guarded(status, [&] {
		residuals =
			new nn_residual_table{{target_shape(*shape), static_cast<size_t>(bins), budget}};
	});
	return residuals;
}

void nn_residual_table_free(void *residuals)
{
	delete static_cast<nn_residual_table *>(residuals);
}

void nn_residual_table_add(nn_residual_table *residuals, int32_t rows, const double *outputs,
						   const double *truths, const double *weights, nn_status *status)
{
	guarded(status,
			[&] { residuals->residuals.add(static_cast<size_t>(rows), outputs, truths, weights); });
}

bool nn_residual_table_prepare(nn_residual_table *residuals, nn_status *status)
{
	bool more = false;

	guarded(status, [&] { more = residuals->residuals.prepare(); });
	return more;
}

const nn_residual_bin *nn_residual_table_bins(const nn_residual_table *residuals)
{
	return residuals->residuals.bins().data();
}

nn_permutations *nn_permutations_new(nn_predictor *predictor, const nn_target_shape *shape,
									 const char *metric, int32_t repeats, int32_t seed,
									 size_t budget, nn_status *status)
{
	nn_permutations *permutations = nullptr;

	guarded(status, [&] {
		permutations = new nn_permutations{
			{predictor->predictor, target_shape(*shape), metric, repeats, seed, budget}};
	});
	return permutations;
}

void nn_permutations_free(void *permutations)
{
	delete static_cast<nn_permutations *>(permutations);
}

bool nn_permutations_add(nn_permutations *permutations, const nn_value *values,
						 const double *truths, double weight, nn_status *status)
{
	bool added = false;

	guarded(status, [&] { added = permutations->importance.add(values, truths, weight); });
	return added;
}

bool nn_permutations_step(nn_permutations *permutations, nn_status *status)
{
	bool more = false;

	guarded(status, [&] { more = permutations->importance.step(); });
	return more;
}

nn_worsening nn_permutations_get(const nn_permutations *permutations, int32_t feature)
{
	const nn::Importance &importance = permutations->importance;
	const size_t f = static_cast<size_t>(feature);

	return {importance.mean(f), importance.deviation(f)};
}

nn_dependence *nn_dependence_new(nn_predictor *predictor, const char *feature, int32_t points,
								 size_t budget, nn_status *status)
{
	nn_dependence *dependence = nullptr;

	guarded(status, [&] {
		dependence =
			new nn_dependence{{predictor->predictor, feature, static_cast<size_t>(points), budget}};
	});
	return dependence;
}

void nn_dependence_free(void *dependence)
{
	delete static_cast<nn_dependence *>(dependence);
}

bool nn_dependence_add(nn_dependence *dependence, const nn_value *values, double weight,
					   nn_status *status)
{
	bool added = false;

	guarded(status, [&] { added = dependence->dependence.add(values, weight); });
	return added;
}

bool nn_dependence_step(nn_dependence *dependence, nn_status *status)
{
	bool more = false;

	guarded(status, [&] { more = dependence->dependence.step(); });
	return more;
}

int32_t nn_dependence_points(const nn_dependence *dependence)
{
	return static_cast<int32_t>(dependence->dependence.points().size());
}

nn_dependence_point nn_dependence_get(const nn_dependence *dependence, int32_t point)
{
	const nn::Dependence::Point &p = dependence->dependence.points()[static_cast<size_t>(point)];

	return {p.null, p.number, p.category.c_str(), p.means.data()};
}

nn_explanation *nn_explanation_new(const nn_predictor *predictor, const nn_value *values,
								   int32_t output, nn_status *status)
{
	nn_explanation *explanation = nullptr;

	guarded(status, [&] {
		std::vector<float> x(static_cast<size_t>(predictor->predictor.encoder().inputs()));
		if (predictor->predictor.encode(values, x.data()))
			explanation = new nn_explanation{{predictor->predictor, x, output}};
	});
	return explanation;
}

void nn_explanation_free(void *explanation)
{
	delete static_cast<nn_explanation *>(explanation);
}

bool nn_explanation_step(nn_explanation *explanation, nn_status *status)
{
	bool more = false;

	guarded(status, [&] { more = explanation->explanation.step(); });
	return more;
}

int32_t nn_explanation_output(const nn_explanation *explanation)
{
	return explanation->explanation.output();
}

double nn_explanation_baseline(const nn_explanation *explanation)
{
	return explanation->explanation.baseline();
}

const double *nn_explanation_contributions(const nn_explanation *explanation)
{
	return explanation->explanation.contributions().data();
}
