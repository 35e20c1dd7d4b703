/*
 * crossvalidate.c: nn_cross_validate: trainings that each leave out the rows of one fold, and are
 * tested on those. The query runs twice a fold, so that no more than the rows of one training are in
 * memory; the fold of a row follows from what it holds.
 */
#include "postgres.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "core/api_judging.h"
#include "module.h"
#include "options.h"
#include "query.h"
#include "rows.h"
#include "status.h"
#include "training.h"

PG_FUNCTION_INFO_V1(nn_cross_validate);

#define MAX_FOLDS 1000
#define MAX_METRICS 32

/* A training and its test. */
typedef struct Fold
{
	TrainingQuery *query;
	Progress *progress;
	const nn_column *columns;
	int number, count;
	nn_dataset *dataset;
	nn_result result;
	int64 test_rows, no_target;
	int64 others; /* rows of the other folds */

	/* Of the test. */
	nn_predictor *predictor;
	nn_evaluation *evaluation;
	nn_target_shape shape;
	int *features; /* column of each of the model's */
	int target, weight;
	nn_value *values;
	double *outputs, *truths, *weights;
	int batched; /* rows of the batch */
} Fold;

/* What the folds gave: each number's sum, and that of its squares. */
typedef struct Totals
{
	int folds, metric_count;
	const char *names[MAX_METRICS];
	double sums[MAX_METRICS + 2], squares[MAX_METRICS + 2]; /* score and baseline behind them */
} Totals;

/* ---- training on the rows of the other folds ---- */

static bool
is_tested(const Fold *fold, const nn_value *values)
{
	return (int) (training_query_key(fold->query, values) % fold->count) == fold->number;
}

static void
train_row(const nn_value *values, void *arg)
{
	Fold *fold = arg;

	if (is_tested(fold, values))
		return;
	fold->others++;
	training_query_add(fold->query, fold->dataset, values);
}

static void
train_fold(Fold *fold, const nn_options *options)
{
	void **dataset = own(CurrentMemoryContext, nn_dataset_free);
	void **trainer;
	nn_status status;
	int columns;

	progress_set_phase(fold->progress, PHASE_READING);
	fold->columns = training_query_columns(fold->query, &columns);
	fold->dataset = *dataset = nn_dataset_new(fold->columns, columns, options,
											  (size_t) maintenance_work_mem * 1024, &status);
	check_status(&status);
	training_query_each(fold->query, train_row, fold);
	if (fold->others == 0)
		ereport(ERROR, errcode(ERRCODE_DATA_EXCEPTION),
				errmsg("fold %d of %d leaves no row to train on", fold->number + 1, fold->count),
				errhint("Select more rows, or groups of more values."));
	training_query_finish(fold->query, fold->dataset);
	progress_set_phase(fold->progress, PHASE_TRAINING);
	trainer = own(CurrentMemoryContext, nn_trainer_free);
	*trainer = nn_trainer_new(fold->dataset, options, &status);
	check_status(&status);
	trainer_run(*trainer, fold->progress, &fold->result, &status);
	check_status(&status);
}

/* ---- testing on its own ---- */

static int
find_column(const Fold *fold, int columns, const char *name)
{
	for (int c = 0; c < columns; c++)
		if (strcmp(fold->columns[c].name, name) == 0)
			return c;
	elog(ERROR, "column %s is gone", name);
	return -1;
}

static void
prepare_test(Fold *fold)
{
	const nn_model_data *model = &fold->result.model;
	void **predictor = own(CurrentMemoryContext, nn_predictor_free);
	void **evaluation;
	nn_status status;
	int columns;

	training_query_columns(fold->query, &columns);
	fold->predictor = *predictor = nn_predictor_new(model, &status);
	check_status(&status);
	fold->shape = (nn_target_shape){model->class_count, nn_predictor_outputs(fold->predictor),
									fold->result.quantiles, fold->result.quantile_count};
	evaluation = own(CurrentMemoryContext, nn_evaluation_free);
	fold->evaluation = *evaluation =
		nn_evaluation_new(&fold->shape, (size_t) maintenance_work_mem * 1024, 0, &status);
	check_status(&status);

	fold->features = palloc(model->feature_count * sizeof(int));
	fold->values = palloc0(model->feature_count * sizeof(nn_value));
	for (int f = 0; f < model->feature_count; f++)
		fold->features[f] = find_column(fold, columns, model->features[f].name);
	fold->weight = -1;
	for (int c = 0; c < columns; c++)
	{
		if (fold->columns[c].role == NN_TARGET)
			fold->target = c;
		if (fold->columns[c].role == NN_WEIGHT)
			fold->weight = c;
	}
	fold->outputs = palloc_extended((Size) NN_BATCH_ROWS * fold->shape.outputs * sizeof(double),
									MCXT_ALLOC_HUGE);
	fold->truths = palloc_extended((Size) NN_BATCH_ROWS * nn_truths(&fold->shape) * sizeof(double),
								   MCXT_ALLOC_HUGE);
	fold->weights = palloc(NN_BATCH_ROWS * sizeof(double));
}

static void
read_truth(const Fold *fold, const nn_value *value, double *truth)
{
	const nn_model_data *model = &fold->result.model;
	int c = 0;

	if (model->class_count == 0)
	{
		int count = value->type == NN_FLOAT8_VALUE ? 1 : value->length;

		if (count != nn_truths(&fold->shape))
			ereport(ERROR, errcode(ERRCODE_DATA_EXCEPTION),
					errmsg("column \"%s\" has arrays of %d and of %d elements",
						   fold->columns[fold->target].name, nn_truths(&fold->shape), count),
					errhint("All arrays of a column must have the same number of elements."));
		for (int i = 0; i < nn_truths(&fold->shape); i++)
			truth[i] = value->type == NN_FLOAT8_VALUE    ? value->number
					   : value->type == NN_FLOAT4_VALUES ? ((const float *) value->data)[i]
														 : ((const double *) value->data)[i];
		return;
	}
	while (c < model->class_count && (strncmp(model->classes[c], value->data, value->length) != 0 ||
									  model->classes[c][value->length] != '\0'))
		c++;
	truth[0] = c;
}

static void
flush_test(Fold *fold)
{
	nn_status status;

	nn_predictor_flush(fold->predictor, fold->outputs, &status);
	check_status(&status);
	nn_evaluation_add(fold->evaluation, fold->batched, fold->outputs, fold->truths,
					  fold->weight >= 0 ? fold->weights : NULL, &status);
	check_status(&status);
	fold->batched = 0;
}

static void
test_row(const nn_value *values, void *arg)
{
	Fold *fold = arg;
	nn_status status;
	bool added;

	if (!is_tested(fold, values))
		return;
	if (values[fold->target].type == NN_NULL_VALUE)
	{
		fold->no_target++;
		return;
	}
	if (fold->weight >= 0 && !(values[fold->weight].number > 0))
		return; /* the other folds' trainings have refused all but 0 */
	for (int f = 0; f < fold->result.model.feature_count; f++)
		fold->values[f] = values[fold->features[f]];
	added = nn_predictor_add(fold->predictor, fold->values, &status);
	check_status(&status);
	if (!added)
		return;
	read_truth(fold, &values[fold->target],
			   fold->truths + (Size) fold->batched * nn_truths(&fold->shape));
	fold->weights[fold->batched++] = fold->weight >= 0 ? values[fold->weight].number : 1;
	fold->test_rows++;
	if (fold->batched == NN_BATCH_ROWS)
		flush_test(fold);
}

static void
test_fold(Fold *fold)
{
	nn_status status;
	bool more;

	progress_set_phase(fold->progress, PHASE_TESTING);
	prepare_test(fold);
	training_query_each(fold->query, test_row, fold);
	if (fold->batched > 0)
		flush_test(fold);
	if (fold->test_rows == 0)
		ereport(ERROR, errcode(ERRCODE_DATA_EXCEPTION),
				errmsg("fold %d of %d has no row to test on", fold->number + 1, fold->count),
				errhint("Use fewer folds."));
	do
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_evaluation_prepare(fold->evaluation, &status);
		check_status(&status);
	} while (more);
}

/* ---- the outcome ---- */

static nn_metric
find_metric(const nn_metric *metrics, int count, const char *name)
{
	for (int m = 0; m < count; m++)
		if (strcmp(metrics[m].name, name) == 0)
			return metrics[m];
	elog(ERROR, "there is no metric %s", name);
}

/* As nn_train's: accuracy, R^2, or the share of the constant quantiles' loss that is saved. */
static void
score_fold(const Fold *fold, const nn_metric *metrics, int count, double *score, double *baseline)
{
	nn_metric metric = find_metric(metrics, count,
								   fold->shape.classes > 0          ? "accuracy"
								   : fold->shape.quantile_count > 0 ? "pinball"
																	: "r2");
	bool quantiles = fold->shape.quantile_count > 0;

	*score = quantiles ? 1 - metric.value / metric.baseline : metric.value;
	*baseline = quantiles ? 0 : metric.baseline;
}

static Datum
metrics_json(const Totals *totals, const double *values)
{
	StringInfoData json;

	initStringInfo(&json);
	for (int m = 0; m < totals->metric_count; m++)
	{
		char number[DOUBLE_SHORTEST_DECIMAL_LEN] = "null";

		if (isfinite(values[m]))
			double_to_shortest_decimal_buf(values[m], number);
		appendStringInfo(&json, "%s\"%s\": %s", m == 0 ? "{" : ", ", totals->names[m], number);
	}
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

/* numbers: of each metric, then score and baseline; fold: NULL where there is no one fold. */
static void
put_row(FunctionCallInfo fcinfo, const char *label, const Fold *fold, const Totals *totals,
		const double *numbers, double seconds)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	double score = numbers[totals->metric_count], baseline = numbers[totals->metric_count + 1];
	bool none = fold == NULL;
	Datum values[] = {CStringGetTextDatum(label),
					  Int64GetDatum(none ? 0 : fold->result.rows),
					  Int64GetDatum(none ? 0 : fold->test_rows),
					  Int32GetDatum(none ? 0 : fold->result.epochs),
					  Float8GetDatum(score),
					  Float8GetDatum(baseline),
					  metrics_json(totals, numbers),
					  Float8GetDatum(seconds)};
	bool nulls[] = {false, none, none, none, isnan(score), isnan(baseline), false, none};

	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/* Trains and tests without one fold; puts its row and adds it to the totals. */
static void
run_fold(FunctionCallInfo fcinfo, Fold *fold, const nn_options *options, Totals *totals)
{
	double numbers[MAX_METRICS + 2];
	const nn_metric *metrics;
	instr_time start;
	int count;

	INSTR_TIME_SET_CURRENT(start);
	train_fold(fold, options);
	test_fold(fold);
	count = Min(nn_evaluation_metrics(fold->evaluation, &metrics), MAX_METRICS);
	totals->metric_count = count;
	for (int m = 0; m < count; m++)
	{
		totals->names[m] = metrics[m].name; /* a constant of the core */
		numbers[m] = metrics[m].value;
	}
	score_fold(fold, metrics, count, &numbers[count], &numbers[count + 1]);
	for (int i = 0; i < count + 2; i++)
	{
		totals->sums[i] += numbers[i];
		totals->squares[i] += numbers[i] * numbers[i];
	}
	totals->folds++;
	put_row(fcinfo, psprintf("%d", fold->number + 1), fold, totals, numbers, seconds_since(start));
}

static void
put_totals(FunctionCallInfo fcinfo, const Totals *totals)
{
	double means[MAX_METRICS + 2] = {0}, deviations[MAX_METRICS + 2] = {0};
	int n = totals->folds;

	for (int i = 0; i < totals->metric_count + 2; i++)
	{
		double variance;

		means[i] = totals->sums[i] / n;
		variance = (totals->squares[i] - n * means[i] * means[i]) / (n - 1);
		deviations[i] = isnan(variance) ? variance : sqrt(Max(variance, 0));
	}
	put_row(fcinfo, "mean", NULL, totals, means, 0);
	put_row(fcinfo, "stddev", NULL, totals, deviations, 0);
}

/*
 * nn_cross_validate(query text, target text, folds int, ...) -> a row for each fold, and two more: see
 * the extension script for all arguments.
 */
Datum
nn_cross_validate(PG_FUNCTION_ARGS)
{
	Arguments arguments;
	QueryColumns columns;
	nn_options options;
	Totals totals = {0};
	TrainingQuery *query;
	SkippedRows skipped = {0};
	Progress progress;
	int folds;

	arguments_init(&arguments, fcinfo);
	columns = query_columns(&arguments);
	options_read(&arguments, &options);
	options.threads = threads_allowed();
	options.spill = true;
	folds = int_argument(&arguments, "folds");
	if (folds < 2 || folds > MAX_FOLDS)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("folds must be between 2 and %d, not %d", MAX_FOLDS, folds));

	progress_start(&progress, false);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	query = training_query_prepare(text_argument(&arguments, "query"), &columns, &options);
	training_query_watch(query, &progress);
	for (int f = 0; f < folds; f++)
	{
		MemoryContext context =
			AllocSetContextCreate(CurrentMemoryContext, "pgnn fold", ALLOCSET_DEFAULT_SIZES);
		MemoryContext old_context = MemoryContextSwitchTo(context);
		Fold *fold = palloc0(sizeof(Fold));

		progress_set_part(&progress, PART_FOLD, f + 1, folds);
		fold->query = query;
		fold->progress = &progress;
		fold->number = f;
		fold->count = folds;
		run_fold(fcinfo, fold, &options, &totals);
		skipped.no_target += fold->no_target;
		MemoryContextSwitchTo(old_context);
		MemoryContextDelete(context);
		training_query_close(query);
	}
	SPI_finish();
	progress_end(&progress);
	put_totals(fcinfo, &totals);
	source_report_skipped(&skipped, columns.target);
	return (Datum) 0;
}
