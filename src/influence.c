/*
 * influence.c: what a model's predictions follow from: nn_importance, nn_partial_dependence.
 */
#include "postgres.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "options.h"
#include "scoring.h"
#include "status.h"
#include "texts.h"

PG_FUNCTION_INFO_V1(nn_importance);
PG_FUNCTION_INFO_V1(nn_partial_dependence);

#define MAX_REPEATS 1000
#define MAX_POINTS 10000

static int
limited_argument(const Arguments *arguments, const char *name, int limit)
{
	int number = int_argument(arguments, name);

	if (number < 1 || number > limit)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("%s must be between 1 and %d, not %d", name, limit, number));
	return number;
}

static size_t
memory_allowed(void)
{
	return (size_t) maintenance_work_mem * 1024;
}

static void
put_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/* ---- importance ---- */

typedef struct Ranked
{
	const char *feature;
	nn_worsening worsening;
} Ranked;

/* The most important first. */
static int
compare_ranked(const void *a, const void *b)
{
	double x = ((const Ranked *) a)->worsening.mean, y = ((const Ranked *) b)->worsening.mean;

	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(((const Ranked *) a)->feature, ((const Ranked *) b)->feature);
}

static void
put_importances(FunctionCallInfo fcinfo, const Scoring *s, const nn_permutations *permutations)
{
	int count = s->data->feature_count;
	Ranked *ranked = palloc(Max(count, 1) * sizeof(Ranked));

	for (int f = 0; f < count; f++)
		ranked[f] = (Ranked){s->data->features[f].name, nn_permutations_get(permutations, f)};
	qsort(ranked, count, sizeof(Ranked), compare_ranked);
	for (int f = 0; f < count; f++)
	{
		const nn_worsening *w = &ranked[f].worsening;
		Datum values[] = {CStringGetTextDatum(ranked[f].feature), Float8GetDatum(w->mean),
						  Float8GetDatum(w->deviation)};
		bool nulls[] = {false, isnan(w->mean), isnan(w->deviation)};

		put_row(fcinfo, values, nulls);
	}
}

/*
 * nn_importance(model regclass, query text, ...) -> setof (feature, importance, deviation).
 */
Datum
nn_importance(PG_FUNCTION_ARGS)
{
	void **permutations;
	Arguments arguments;
	nn_status status;
	Scoring *s;
	int repeats;
	bool more;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	arguments_init(&arguments, fcinfo);
	repeats = limited_argument(&arguments, "repeats", MAX_REPEATS);
	s = scoring_open_arguments(&arguments, true);
	permutations = own(CurrentMemoryContext, nn_permutations_free);
	*permutations =
		nn_permutations_new(s->predictor, &s->shape, optional_text_argument(&arguments, "metric"),
							repeats, int_argument(&arguments, "seed"), memory_allowed(), &status);
	check_status(&status);
	while (scoring_read(s))
	{
		if (!nn_permutations_add(*permutations, s->values, s->truth, s->weight, &status))
			s->skipped.missing++;
		check_status(&status);
	}
	scoring_close(s);
	do
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_permutations_step(*permutations, &status);
		check_status(&status);
	} while (more);
	put_importances(fcinfo, s, *permutations);
	SPI_finish();
	return (Datum) 0;
}

/* ---- partial dependence ---- */

/* What an output is called: its class, the target, or one of its numbers or quantiles. */
static char *
output_name(const Scoring *s, int output)
{
	char number[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (s->shape.classes > 0)
		return pstrdup(s->data->classes[output]);
	if (s->shape.quantile_count > 0)
	{
		double_to_shortest_decimal_buf(s->shape.quantiles[output], number);
		return pstrdup(number);
	}
	if (s->shape.outputs > 1)
		return psprintf("%s[%d]", s->stored->target, output + 1);
	return pstrdup(s->stored->target);
}

static void
put_point(FunctionCallInfo fcinfo, const Scoring *s, const nn_feature *feature,
		  const nn_dependence_point *point)
{
	bool category = feature->kind == NN_CATEGORY;
	char *text = point->null ? ""
				 : category  ? pstrdup(point->category)
							 : number_text(feature, point->number);

	for (int k = s->shape.classes == 2 ? 1 : 0; k < s->shape.outputs; k++)
	{
		Datum values[] = {CStringGetTextDatum(text), Float8GetDatum(point->number),
						  CStringGetTextDatum(output_name(s, k)), Float8GetDatum(point->means[k])};
		bool nulls[] = {point->null, point->null || category, false, false};

		put_row(fcinfo, values, nulls);
	}
}

/* The core has found it, too. */
static const nn_feature *
find_feature(const Scoring *s, const char *name)
{
	const nn_feature *feature = s->data->features;

	while (strcmp(feature->name, name) != 0)
		feature++;
	return feature;
}

/*
 * nn_partial_dependence(model regclass, query text, feature text, ...) -> setof (value, number,
 * output, prediction).
 */
Datum
nn_partial_dependence(PG_FUNCTION_ARGS)
{
	void **dependence;
	Arguments arguments;
	nn_status status;
	Scoring *s;
	char *feature;
	int points;
	bool more;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	arguments_init(&arguments, fcinfo);
	points = limited_argument(&arguments, "points", MAX_POINTS);
	feature = text_argument(&arguments, "feature");
	s = scoring_open_arguments(&arguments, false);
	dependence = own(CurrentMemoryContext, nn_dependence_free);
	*dependence = nn_dependence_new(s->predictor, feature, points, memory_allowed(), &status);
	check_status(&status);
	while (scoring_read(s))
	{
		if (!nn_dependence_add(*dependence, s->values, s->weight, &status))
			s->skipped.missing++;
		check_status(&status);
	}
	scoring_close(s);
	do
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_dependence_step(*dependence, &status);
		check_status(&status);
	} while (more);
	points = nn_dependence_points(*dependence);
	for (int i = 0; i < points; i++)
	{
		nn_dependence_point point = nn_dependence_get(*dependence, i);

		CHECK_FOR_INTERRUPTS();
		put_point(fcinfo, s, find_feature(s, feature), &point);
	}
	SPI_finish();
	return (Datum) 0;
}
