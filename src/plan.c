/*
 * plan.c: nn_plan: what a training would take, from a sample of its rows, before anyone trains.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "module.h"
#include "options.h"
#include "rows.h"
#include "status.h"

PG_FUNCTION_INFO_V1(nn_plan);

/* Steps of some 20 ms that the time of an epoch is measured by. */
#define STEPS 10

/* Trains for a moment, to see how long it takes. */
static void
try_training(nn_trainer *trainer)
{
	nn_status status;
	bool more = true;

	for (int step = 0; more && step < STEPS; step++)
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_trainer_step(trainer, &status);
		check_status(&status);
	}
}

static Datum
warning_text(const nn_status *warning)
{
	return CStringGetTextDatum(psprintf("%s. %s", warning->message, warning->hint));
}

/* The core's warnings, and one where the memory allowed would not do. */
static Datum
warnings_array(const nn_estimate *estimate, int64 memory)
{
	Datum *texts = palloc((estimate->warning_count + 1) * sizeof(Datum));
	int64 allowed = (int64) maintenance_work_mem * 1024;
	int count = 0;

	for (int i = 0; i < estimate->warning_count; i++)
		texts[count++] = warning_text(&estimate->warnings[i]);
	if (memory > allowed)
		texts[count++] = CStringGetTextDatum(
			psprintf("training would take " INT64_FORMAT " MB of memory, " INT64_FORMAT
					 " MB are allowed. Set maintenance_work_mem to more%s.",
					 memory / (1024 * 1024) + 1, allowed / (1024 * 1024),
					 estimate->network_bytes < allowed ? ", or rows go to temporary files" : ""));
	return PointerGetDatum(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
hidden_array(const nn_model_data *model)
{
	int count = Max(model->layer_count - 2, 0);
	Datum *widths = palloc(Max(count, 1) * sizeof(Datum));

	for (int l = 0; l < count; l++)
		widths[l] = Int32GetDatum(model->layer_sizes[l + 1]);
	return PointerGetDatum(
		construct_array(widths, count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

static void
put_estimate(FunctionCallInfo fcinfo, int64 rows, int64 sample, const nn_estimate *estimate)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	const nn_model_data *model = &estimate->model;
	int64 memory = Max(estimate->reading_bytes, estimate->row_bytes + estimate->network_bytes);
	Datum values[] = {CStringGetTextDatum(model->task),
					  Int64GetDatum(rows),
					  Int64GetDatum(sample),
					  Int32GetDatum(model->feature_count),
					  Int32GetDatum(model->layer_sizes[0]),
					  Int32GetDatum(model->layer_sizes[model->layer_count - 1]),
					  hidden_array(model),
					  Int64GetDatum(model->parameter_count),
					  Int32GetDatum(estimate->batch_size),
					  Int64GetDatum(memory),
					  Float8GetDatum(estimate->epoch_seconds),
					  warnings_array(estimate, memory)};
	bool nulls[lengthof(values)] = {false};

	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/*
 * nn_plan(query text, target text, ...) -> one row: see the extension script for all arguments. Reads
 * at most sample rows and stores nothing.
 */
Datum
nn_plan(PG_FUNCTION_ARGS)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn plan", ALLOCSET_DEFAULT_SIZES);
	Arguments arguments;
	QueryColumns columns;
	TrainingQuery *query;
	nn_options options;
	nn_dataset *dataset;
	nn_estimate estimate;
	nn_status status;
	void **trainer;
	int64 rows, sample;

	arguments_init(&arguments, fcinfo);
	columns = query_columns(&arguments);
	options_read(&arguments, &options);
	options.dry_run = true;
	options.threads = threads_allowed();
	sample = int_argument(&arguments, "sample");
	if (sample < 1)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("sample must be at least 1, not " INT64_FORMAT, sample));

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	query = training_query_prepare(text_argument(&arguments, "query"), &columns, &options);
	dataset = training_query_sample(query, &options, sample, context, &rows);
	options.expected_rows = rows;
	trainer = own(context, nn_trainer_free);
	*trainer = nn_trainer_new(dataset, &options, &status);
	check_status(&status);
	try_training(*trainer);
	nn_trainer_estimate(*trainer, &estimate, &status);
	check_status(&status);
	SPI_finish();

	put_estimate(fcinfo, rows, Min(rows, sample), &estimate);
	MemoryContextDelete(context);
	return (Datum) 0;
}
