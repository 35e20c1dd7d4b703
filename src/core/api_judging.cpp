/*
 * api_judging.cpp: the C boundary of the core, for judging and explaining predictions.
 */
#include "core/api_judging.h"

#include "core/calibration.h"
#include "core/dependence.h"
#include "core/evaluation.h"
#include "core/explanation.h"
#include "core/guarded.h"
#include "core/importance.h"
#include "core/predictor.h"
#include "core/residuals.h"

struct nn_evaluation
{
	nn::Evaluation evaluation;
};

struct nn_calibrator
{
	nn::Calibration calibration;
};

struct nn_residual_table
{
	nn::Residuals residuals;
};

struct nn_permutations
{
	nn::Importance importance;
};

struct nn_dependence
{
	nn::Dependence dependence;
};

struct nn_explanation
{
	nn::Explanation explanation;
};

namespace
{

nn::TargetShape target_shape(const nn_target_shape &shape)
{
	return {
		shape.classes, shape.outputs, {shape.quantiles, shape.quantiles + shape.quantile_count}};
}

} // namespace

int32_t nn_truths(const nn_target_shape *shape)
{
	return shape->classes > 0 || shape->quantile_count > 0 ? 1 : shape->outputs;
}

nn_evaluation *nn_evaluation_new(const nn_target_shape *shape, size_t budget, int32_t curve_points,
								 nn_status *status)
{
	nn_evaluation *evaluation = nullptr;

	nn::guarded(status, [&] {
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
	nn::guarded(status, [&] {
		evaluation->evaluation.add(static_cast<size_t>(rows), outputs, truths, weights);
	});
}

bool nn_evaluation_prepare(nn_evaluation *evaluation, nn_status *status)
{
	bool more = false;

	nn::guarded(status, [&] { more = evaluation->evaluation.prepare(); });
	return more;
}

int32_t nn_evaluation_metrics(const nn_evaluation *evaluation, const nn_metric **metrics)
{
	*metrics = evaluation->evaluation.metrics().data();
	return static_cast<int32_t>(evaluation->evaluation.metrics().size());
}

void nn_evaluation_check(const nn_evaluation *evaluation, nn_status *status)
{
	nn::guarded(status, [&] { evaluation->evaluation.rows().check_complete(); });
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

	nn::guarded(status, [&] {
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

	nn::guarded(status, [&] {
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
	nn::guarded(status, [&] {
		residuals->residuals.add(static_cast<size_t>(rows), outputs, truths, weights);
	});
}

bool nn_residual_table_prepare(nn_residual_table *residuals, nn_status *status)
{
	bool more = false;

	nn::guarded(status, [&] { more = residuals->residuals.prepare(); });
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

	nn::guarded(status, [&] {
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

	nn::guarded(status, [&] { added = permutations->importance.add(values, truths, weight); });
	return added;
}

bool nn_permutations_step(nn_permutations *permutations, nn_status *status)
{
	bool more = false;

	nn::guarded(status, [&] { more = permutations->importance.step(); });
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

	nn::guarded(status, [&] {
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

	nn::guarded(status, [&] { added = dependence->dependence.add(values, weight); });
	return added;
}

bool nn_dependence_step(nn_dependence *dependence, nn_status *status)
{
	bool more = false;

	nn::guarded(status, [&] { more = dependence->dependence.step(); });
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

	nn::guarded(status, [&] {
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

	nn::guarded(status, [&] { more = explanation->explanation.step(); });
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
