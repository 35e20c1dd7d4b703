/*
 * bins.c: whether probabilities come true, and what is left of the truth beside a prediction, in bins
 * of rows: nn_calibration, nn_residuals.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "options.h"
#include "scoring.h"
#include "status.h"

PG_FUNCTION_INFO_V1(nn_calibration);
PG_FUNCTION_INFO_V1(nn_residuals);

#define MAX_BINS 10000

static int
bins_argument(const Arguments *arguments)
{
	int bins = int_argument(arguments, "bins");

	if (bins < 1 || bins > MAX_BINS)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("bins must be between 1 and %d, not %d", MAX_BINS, bins));
	return bins;
}

static void
put_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/* ---- calibration ---- */

static void
put_calibration(FunctionCallInfo fcinfo, const char *class, int bin, const nn_calibration_bin *b)
{
	Datum values[] = {class == NULL ? (Datum) 0 : CStringGetTextDatum(class),
					  Int32GetDatum(bin + 1), Float8GetDatum(b->predicted),
					  Float8GetDatum(b->observed), Int64GetDatum(b->count)};
	bool nulls[] = {class == NULL, false, b->count == 0, b->count == 0, false};

	put_row(fcinfo, values, nulls);
}

/*
 * nn_calibration(model regclass, query text, ...) -> setof (class, bin, predicted, observed, count).
 */
Datum
nn_calibration(PG_FUNCTION_ARGS)
{
	void **calibration;
	Arguments arguments;
	nn_status status;
	Scoring *s;
	int bins, rows, class;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	arguments_init(&arguments, fcinfo);
	bins = bins_argument(&arguments);
	s = scoring_open_arguments(&arguments, true);
	if (s->shape.classes == 0 && s->shape.quantile_count == 0)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("the model predicts numbers, not classes or quantiles"),
				errhint("Use nn_residuals."));
	class = scoring_class_argument(s, &arguments);
	calibration = own(CurrentMemoryContext, nn_calibrator_free);
	*calibration = nn_calibrator_new(&s->shape, bins, &status);
	check_status(&status);
	while ((rows = scoring_predict(s)) > 0)
		nn_calibrator_add(*calibration, rows, s->outputs, s->truths, s->weights);
	scoring_close(s);

	bins = nn_calibrator_bins(*calibration);
	for (int c = 0; c < Max(s->shape.classes, 1); c++)
		for (int b = 0; b < bins && (class < 0 || c == class); b++)
		{
			nn_calibration_bin bin = nn_calibrator_get(*calibration, c, b);

			CHECK_FOR_INTERRUPTS();
			put_calibration(fcinfo, s->shape.classes > 0 ? s->data->classes[c] : NULL, b, &bin);
		}
	SPI_finish();
	return (Datum) 0;
}

/* ---- residuals ---- */

static void
put_residuals(FunctionCallInfo fcinfo, int output, int number, const nn_residual_bin *b)
{
	Datum values[9 + NN_RESIDUAL_QUANTILES] = {
		Int32GetDatum(output + 1), Int32GetDatum(number + 1),   Int64GetDatum(b->count),
		Float8GetDatum(b->low),    Float8GetDatum(b->high),     Float8GetDatum(b->predicted),
		Float8GetDatum(b->actual), Float8GetDatum(b->residual), Float8GetDatum(b->deviation)};
	bool nulls[lengthof(values)];

	for (int q = 0; q < NN_RESIDUAL_QUANTILES; q++)
		values[9 + q] = Float8GetDatum(b->quantiles[q]);
	for (int i = 0; i < (int) lengthof(values); i++)
		nulls[i] = i > 2 && b->count == 0;
	put_row(fcinfo, values, nulls);
}

/*
 * nn_residuals(model regclass, query text, ...) -> setof (output, bin, count, low, high, ...): see the
 * extension script.
 */
Datum
nn_residuals(PG_FUNCTION_ARGS)
{
	const nn_residual_bin *found;
	void **residuals;
	Arguments arguments;
	nn_status status;
	Scoring *s;
	int bins, rows;
	bool more;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	arguments_init(&arguments, fcinfo);
	bins = bins_argument(&arguments);
	s = scoring_open_arguments(&arguments, true);
	if (s->shape.classes > 0)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("the model predicts classes, not numbers"),
				errhint("Use nn_confusion_matrix or nn_calibration."));
	residuals = own(CurrentMemoryContext, nn_residual_table_free);
	*residuals =
		nn_residual_table_new(&s->shape, bins, (size_t) maintenance_work_mem * 1024, &status);
	check_status(&status);
	while ((rows = scoring_predict(s)) > 0)
	{
		nn_residual_table_add(*residuals, rows, s->outputs, s->truths, s->weights, &status);
		check_status(&status);
	}
	scoring_close(s);
	do
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_residual_table_prepare(*residuals, &status);
		check_status(&status);
	} while (more);

	found = nn_residual_table_bins(*residuals);
	for (int output = 0; output < s->shape.outputs; output++)
		for (int b = 0; b < bins; b++)
		{
			CHECK_FOR_INTERRUPTS();
			put_residuals(fcinfo, output, b, &found[output * bins + b]);
		}
	SPI_finish();
	return (Datum) 0;
}
