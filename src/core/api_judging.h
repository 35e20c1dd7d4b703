/*
 * api_judging.h: the part of the C boundary that judges and explains predictions; the rules of api.h
 * hold.
 */
#ifndef PGNN_API_JUDGING_H
#define PGNN_API_JUDGING_H

#include "core/api.h"

#ifdef __cplusplus
extern "C"
{
#endif

/* What a model predicts. */
typedef struct nn_target_shape
{
	int32_t classes; /* 0: numbers */
	int32_t outputs; /* numbers of a prediction, see nn_predictor_outputs */
	const double *quantiles;
	int32_t quantile_count; /* 0, or as many as outputs */
} nn_target_shape;

/* Numbers of a truth: one, the class's place or the number, or as many as a regression has outputs. */
int32_t nn_truths(const nn_target_shape *shape);

typedef struct nn_evaluation nn_evaluation;

/* One measure; NaN where it is undefined, or takes all rows at once and they were too many. */
typedef struct nn_metric
{
	const char *name;
	double value;
	double baseline; /* of the best constant prediction for the same rows */
} nn_metric;

/* The weights of the rows of a class, and of others, whose probability is at least the threshold. */
typedef struct nn_curve_point
{
	double threshold;
	double hits, misses;
} nn_curve_point;

/* Of one class against the others, from the highest threshold down; the last is of all rows. */
typedef struct nn_curve
{
	const nn_curve_point *points;
	int64_t count;
	double hits, misses;
} nn_curve;

/*
 * Measures predictions of rows, of which budget bytes are kept for what takes all rows at once; 0:
 * none. curve_points: how many each class's curve may have; 0: no curves.
 */
nn_evaluation *nn_evaluation_new(const nn_target_shape *shape, size_t budget, int32_t curve_points,
								 nn_status *status);
void nn_evaluation_free(void *evaluation);

/*
 * Adds rows: outputs (rows, outputs) as nn_predictor_flush fills them, truths (rows, nn_truths()), and
 * weights above 0, or NULL for 1 each. A class that the model doesn't know is as many as it has.
 */
void nn_evaluation_add(nn_evaluation *evaluation, int32_t rows, const double *outputs,
					   const double *truths, const double *weights, nn_status *status);

/* Called after the last row until it returns false; a call takes some 50 ms at most. */
bool nn_evaluation_prepare(nn_evaluation *evaluation, nn_status *status);

/* All metrics; they live as long as the evaluation. Gives their number. */
int32_t nn_evaluation_metrics(const nn_evaluation *evaluation, const nn_metric **metrics);

/* NN_LIMIT where rows that curves need were too many. */
void nn_evaluation_check(const nn_evaluation *evaluation, nn_status *status);

/* Rows of a class (classes: one that the model doesn't know), and their weight, predicted as another. */
int64_t nn_evaluation_count(const nn_evaluation *evaluation, int32_t truth, int32_t predicted,
							double *weight);

/* The curve of one class. */
void nn_evaluation_curve(const nn_evaluation *evaluation, int32_t c, nn_curve *curve);

typedef struct nn_calibrator nn_calibrator;

/* Rows whose probability of a class lies in a bin; or a quantile. */
typedef struct nn_calibration_bin
{
	int64_t count;    /* rows; where there are none the rest is NaN */
	double predicted; /* mean probability, or the quantile */
	double observed;  /* share of the rows that are of the class, or not above the quantile */
} nn_calibration_bin;

/* Of classes or quantiles. bins: of probabilities, as wide as each other, at least 1. */
nn_calibrator *nn_calibrator_new(const nn_target_shape *shape, int32_t bins, nn_status *status);
void nn_calibrator_free(void *calibration);

/* As nn_evaluation_add. */
void nn_calibrator_add(nn_calibrator *calibration, int32_t rows, const double *outputs,
					   const double *truths, const double *weights);

/* Bins of each class; or the quantiles, which are bins of class 0. */
int32_t nn_calibrator_bins(const nn_calibrator *calibration);
nn_calibration_bin nn_calibrator_get(const nn_calibrator *calibration, int32_t c, int32_t bin);

typedef struct nn_residual_table nn_residual_table;

#define NN_RESIDUAL_QUANTILES 5 /* 0.05, 0.25, 0.5, 0.75, 0.95 */

/* Rows with similar predictions of an output; a residual is the truth less the prediction. */
typedef struct nn_residual_bin
{
	int64_t count;    /* rows; where there are none the rest is 0 */
	double low, high; /* predictions */
	double predicted, actual;
	double residual, deviation; /* mean, standard deviation */
	double quantiles[NN_RESIDUAL_QUANTILES];
} nn_residual_bin;

/* bins: of about as many rows each, at least 1. The rows are kept within the budget. */
nn_residual_table *nn_residual_table_new(const nn_target_shape *shape, int32_t bins, size_t budget,
										 nn_status *status);
void nn_residual_table_free(void *residuals);

/* As nn_evaluation_add and nn_evaluation_prepare; NN_LIMIT for rows beyond the budget. */
void nn_residual_table_add(nn_residual_table *residuals, int32_t rows, const double *outputs,
						   const double *truths, const double *weights, nn_status *status);
bool nn_residual_table_prepare(nn_residual_table *residuals, nn_status *status);

/* The bins of each output, one output after another; they live as long as the residuals. */
const nn_residual_bin *nn_residual_table_bins(const nn_residual_table *residuals);

typedef struct nn_permutations nn_permutations;

/* How much the metric of a model worsens when the values of a feature are dealt out anew. */
typedef struct nn_worsening
{
	double mean, deviation; /* over the repeats */
} nn_worsening;

/*
 * Of a predictor, which must outlive them. metric: one of nn_evaluation's, or NULL for r2, accuracy or
 * pinball; NN_INVALID for one that there is not. The rows are kept within the budget.
 */
nn_permutations *nn_permutations_new(nn_predictor *predictor, const nn_target_shape *shape,
									 const char *metric, int32_t repeats, int32_t seed,
									 size_t budget, nn_status *status);
void nn_permutations_free(void *permutations);

/* Adds a row with its truth and weight; false where a NULL leaves no prediction. */
bool nn_permutations_add(nn_permutations *permutations, const nn_value *values,
						 const double *truths, double weight, nn_status *status);

/* Works for a moment; false when there is nothing left to do. NN_LIMIT for rows beyond the budget. */
bool nn_permutations_step(nn_permutations *permutations, nn_status *status);

nn_worsening nn_permutations_get(const nn_permutations *permutations, int32_t feature);

typedef struct nn_dependence nn_dependence;

/* A value of a feature, and the mean of each output where all rows have it. */
typedef struct nn_dependence_point
{
	bool null;
	double number;        /* of numbers, booleans, and times in seconds */
	const char *category; /* of categories */
	const double *means;
} nn_dependence_point;

/* As nn_permutations; points: at most so many values of a number. */
nn_dependence *nn_dependence_new(nn_predictor *predictor, const char *feature, int32_t points,
								 size_t budget, nn_status *status);
void nn_dependence_free(void *dependence);
bool nn_dependence_add(nn_dependence *dependence, const nn_value *values, double weight,
					   nn_status *status);
bool nn_dependence_step(nn_dependence *dependence, nn_status *status);

/* The points; each lives as long as the dependence. */
int32_t nn_dependence_points(const nn_dependence *dependence);
nn_dependence_point nn_dependence_get(const nn_dependence *dependence, int32_t point);

typedef struct nn_explanation nn_explanation;

/*
 * How a predictor, which must outlive it, comes to an output (a class, or a number) for a row; -1: the
 * second of two classes, the most probable of more, or the first number. NULL, and no error, where a
 * NULL leaves no prediction.
 */
nn_explanation *nn_explanation_new(const nn_predictor *predictor, const nn_value *values,
								   int32_t output, nn_status *status);
void nn_explanation_free(void *explanation);

/* Works for a moment; false when there is nothing left to do. */
bool nn_explanation_step(nn_explanation *explanation, nn_status *status);

/* The output; what the model says of it in the mean of the training rows; and what each feature adds. */
int32_t nn_explanation_output(const nn_explanation *explanation);
double nn_explanation_baseline(const nn_explanation *explanation);
const double *nn_explanation_contributions(const nn_explanation *explanation);

#ifdef __cplusplus
}
#endif

#endif
