/*
 * judge.c: how good a model's predictions of a query's rows are: nn_evaluate, nn_confusion_matrix,
 * nn_roc, nn_precision_recall.
 */
#include "postgres.h"

#include <math.h>

#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "options.h"
#include "scoring.h"
#include "status.h"

PG_FUNCTION_INFO_V1(nn_evaluate);
PG_FUNCTION_INFO_V1(nn_confusion_matrix);
PG_FUNCTION_INFO_V1(nn_roc);
PG_FUNCTION_INFO_V1(nn_precision_recall);

/* A call of one of these functions, from its arguments to the rows of its result. */
typedef struct Judgement
{
	FunctionCallInfo fcinfo;
	Arguments arguments;
	Scoring *scoring;
	nn_evaluation *evaluation;
} Judgement;

/* ---- arguments to metrics ---- */

static size_t
memory_allowed(void)
{
	return (size_t) maintenance_work_mem * 1024;
}

/* Reads the arguments and opens the query. Ended by judgement_end(). */
static Judgement *
judgement_begin(FunctionCallInfo fcinfo)
{
	Judgement *j;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	j = palloc0(sizeof(Judgement));
	j->fcinfo = fcinfo;
	arguments_init(&j->arguments, fcinfo);
	j->scoring = scoring_open_arguments(&j->arguments, true);
	return j;
}

static void
judgement_end(void)
{
	SPI_finish();
}

static void
require_classes(const Judgement *j, const char *instead)
{
	if (j->scoring->shape.classes == 0)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("the model predicts numbers, not classes"), errhint("Use %s.", instead));
}

/* Predicts all rows and measures the predictions, keeping rows within the memory given. */
static void
evaluate(Judgement *j, size_t memory, int curve_points)
{
	Scoring *s = j->scoring;
	void **evaluation = own(CurrentMemoryContext, nn_evaluation_free);
	nn_status status;
	bool more;
	int rows;

	j->evaluation = *evaluation = nn_evaluation_new(&s->shape, memory, curve_points, &status);
	check_status(&status);
	while ((rows = scoring_predict(s)) > 0)
	{
		nn_evaluation_add(j->evaluation, rows, s->outputs, s->truths, s->weights, &status);
		check_status(&status);
	}
	scoring_close(s);
	if (memory == 0)
		return;
	do
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_evaluation_prepare(j->evaluation, &status);
		check_status(&status);
	} while (more);
}

static void
put_row(const Judgement *j, Datum *values, bool *nulls)
{
	ReturnSetInfo *set = (ReturnSetInfo *) j->fcinfo->resultinfo;

	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/* ---- the functions ---- */

/*
 * nn_evaluate(model regclass, query text, ...) -> setof (metric, value, baseline).
 */
Datum
nn_evaluate(PG_FUNCTION_ARGS)
{
	Judgement *j = judgement_begin(fcinfo);
	const nn_metric *metrics;
	nn_status status;
	int count;

	evaluate(j, memory_allowed(), 0);
	nn_evaluation_check(j->evaluation, &status);
	if (status.code == NN_LIMIT)
		ereport(WARNING, errmsg("%s", status.message),
				errdetail("Metrics that take all rows at once are NULL."),
				errhint("%s", status.hint));
	count = nn_evaluation_metrics(j->evaluation, &metrics);
	for (int m = 0; m < count; m++)
	{
		Datum values[] = {CStringGetTextDatum(metrics[m].name), Float8GetDatum(metrics[m].value),
						  Float8GetDatum(metrics[m].baseline)};
		bool nulls[] = {false, isnan(metrics[m].value), isnan(metrics[m].baseline)};

		put_row(j, values, nulls);
	}
	judgement_end();
	return (Datum) 0;
}

/* A class's label; NULL for classes that the model doesn't know. */
static Datum
label(const Judgement *j, int class, bool *isnull)
{
	const nn_model_data *data = j->scoring->data;

	*isnull = class >= data->class_count;
	return *isnull ? (Datum) 0 : CStringGetTextDatum(data->classes[class]);
}

/* A row of the matrix, for each of the classes that may have been predicted. */
static void
put_matrix_row(const Judgement *j, int truth)
{
	int classes = j->scoring->shape.classes;
	double all = 0, weight;

	for (int p = 0; p < classes; p++)
	{
		nn_evaluation_count(j->evaluation, truth, p, &weight);
		all += weight;
	}
	if (truth == classes && all == 0)
		return; /* the model knew them all */
	for (int p = 0; p < classes; p++)
	{
		int64 count = nn_evaluation_count(j->evaluation, truth, p, &weight);
		bool nulls[4] = {false};
		Datum values[] = {label(j, truth, &nulls[0]), label(j, p, &nulls[1]), Int64GetDatum(count),
						  Float8GetDatum(weight / all)};

		CHECK_FOR_INTERRUPTS();
		nulls[3] = all == 0;
		put_row(j, values, nulls);
	}
}

/*
 * nn_confusion_matrix(model regclass, query text, ...) -> setof (actual, predicted, count, share).
 */
Datum
nn_confusion_matrix(PG_FUNCTION_ARGS)
{
	Judgement *j = judgement_begin(fcinfo);

	require_classes(j, "nn_residuals");
	evaluate(j, 0, 0);
	for (int truth = 0; truth <= j->scoring->shape.classes; truth++)
		put_matrix_row(j, truth);
	judgement_end();
	return (Datum) 0;
}

/* The number of points that a curve may have, or all. */
static int
points_argument(const Judgement *j)
{
	int points = optional_int_argument(&j->arguments, "points", PG_INT32_MAX);

	if (points < 2)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("points must be at least 2, not %d", points),
				errhint("NULL stands for all points."));
	return points;
}

/* Puts the curve of each class that is asked for; without an argument of two classes the second. */
static void
put_curves(FunctionCallInfo fcinfo,
		   void (*put)(const Judgement *j, Datum class, const nn_curve *curve))
{
	Judgement *j = judgement_begin(fcinfo);
	int points, class;
	nn_status status;

	require_classes(j, "nn_residuals");
	points = points_argument(j);
	class = scoring_class_argument(j->scoring, &j->arguments);
	evaluate(j, memory_allowed(), points);
	nn_evaluation_check(j->evaluation, &status);
	check_status(&status);
	for (int c = 0; c < j->scoring->shape.classes; c++)
	{
		nn_curve curve;
		bool isnull;

		if (class >= 0 && c != class)
			continue;
		nn_evaluation_curve(j->evaluation, c, &curve);
		put(j, label(j, c, &isnull), &curve);
	}
	judgement_end();
}

static void
put_roc(const Judgement *j, Datum class, const nn_curve *curve)
{
	for (int64 i = 0; i < curve->count; i++)
	{
		const nn_curve_point *point = &curve->points[i];
		Datum values[] = {class, Float8GetDatum(point->threshold),
						  Float8GetDatum(point->hits / curve->hits),
						  Float8GetDatum(point->misses / curve->misses)};
		bool nulls[] = {false, false, curve->hits == 0, curve->misses == 0};

		CHECK_FOR_INTERRUPTS();
		put_row(j, values, nulls);
	}
}

/*
 * nn_roc(model regclass, query text, ...) -> setof (class, threshold, tpr, fpr).
 */
Datum
nn_roc(PG_FUNCTION_ARGS)
{
	put_curves(fcinfo, put_roc);
	return (Datum) 0;
}

static void
put_precision_recall(const Judgement *j, Datum class, const nn_curve *curve)
{
	for (int64 i = 0; i < curve->count; i++)
	{
		const nn_curve_point *point = &curve->points[i];
		double all = point->hits + point->misses;
		Datum values[] = {class, Float8GetDatum(point->threshold),
						  Float8GetDatum(all > 0 ? point->hits / all : 1),
						  Float8GetDatum(point->hits / curve->hits)};
		bool nulls[] = {false, false, false, curve->hits == 0};

		CHECK_FOR_INTERRUPTS();
		put_row(j, values, nulls);
	}
}

/*
 * nn_precision_recall(model regclass, query text, ...) -> setof (class, threshold, precision, recall).
 */
Datum
nn_precision_recall(PG_FUNCTION_ARGS)
{
	put_curves(fcinfo, put_precision_recall);
	return (Datum) 0;
}
