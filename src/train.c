/*
 * train.c: nn_train: arguments -> options -> rows -> training in small steps -> a new version.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "model.h"
#include "module.h"
#include "options.h"
#include "query.h"
#include "rows.h"
#include "status.h"
#include "training.h"

PG_FUNCTION_INFO_V1(nn_train);

/* All that a call of nn_train asks for. */
typedef struct Training
{
	nn_options options;
	nn_start start; /* of options.start */
	ModelVersion version;
	Activate activate;
	bool warm_start;
	QueryColumns columns;
	Progress progress;
	instr_time begin;
	int number; /* of the version stored */
	double seconds, storing_seconds;
} Training;

static void
read_training(const Arguments *arguments, Training *training)
{
	ModelVersion *version = &training->version;

	version->query = text_argument(arguments, "query");
	version->target = text_argument(arguments, "target");
	version->keep = keep_argument(arguments);
	training->activate = activate_argument(arguments);
	training->warm_start = bool_argument(arguments, "warm_start");
	training->columns = query_columns(arguments);
	options_read(arguments, &training->options);
	training->options.threads = threads_allowed();
	training->options.spill = true;
}

/* ---- the version that there is ---- */

/*
 * What a training needs of the active version: its network, to go on from or to compare with. None
 * where there is none and only a comparison asks for it.
 */
static void
use_active_version(Training *training, const ModelTable *table, MemoryContext context)
{
	MemoryContext old_context = MemoryContextSwitchTo(context);
	nn_options *options = &training->options;
	void **predictor = own(context, nn_predictor_free);
	bool compare = training->activate == ACTIVATE_IF_BETTER;
	StoredTraining *stored = model_read_training(table, training->warm_start);
	nn_status status;

	MemoryContextSwitchTo(old_context);
	if (stored == NULL)
		return;
	if (compare)
		check_comparable(stored, training->version.target);
	*predictor = nn_predictor_new(&stored->model->data, &status);
	check_status(&status);
	if (compare)
	{
		options->champion = *predictor;
		training->version.champion = stored->model->version;
	}
	if (!training->warm_start)
		return;
	training->version.started_from = stored->model->version;
	training->start = stored->start;
	training->start.model = *predictor;
	options->start = &training->start;
	if (options->loss == NULL && options->quantile_count == 0)
	{
		options->loss = stored->loss;
		options->quantiles = stored->quantiles;
		options->quantile_count = stored->quantile_count;
		nn_options_check(options, &status); /* what is stored is not believed */
		check_status(&status);
	}
}

/* ---- the run ---- */

/* Trains on the rows of the query. */
static void
train(Training *training, TrainingQuery *query, MemoryContext context, nn_result *result)
{
	nn_options options = training->options;
	void **trainer = own(context, nn_trainer_free);
	nn_dataset *dataset;
	nn_status status;
	instr_time start;

	INSTR_TIME_SET_CURRENT(start);
	dataset = training_query_read(query, &options, context);
	training->version.reading_seconds = seconds_since(start);
	progress_set_phase(&training->progress, PHASE_TRAINING);

	/* Reading counts, too, but something must be learnt. */
	if (!isnan(options.max_seconds))
		options.max_seconds = Max(options.max_seconds - seconds_since(training->begin), 1e-9);
	INSTR_TIME_SET_CURRENT(start);
	*trainer = nn_trainer_new(dataset, &options, &status);
	check_status(&status);
	trainer_run(*trainer, &training->progress, result, &status);
	check_status(&status);
	training->version.training_seconds = seconds_since(start);
}

/* ---- the outcome ---- */

/* How many rows were skipped, and why; what the core found worth a warning. */
static void
report(const Training *training, const nn_result *result)
{
	SkippedRows skipped = {result->rows_no_target, result->rows_no_weight, result->rows_missing};

	source_report_skipped(&skipped, training->version.target);
	for (int i = 0; i < result->warning_count; i++)
		report_warning(&result->warnings[i]);
}

/* Whether the new version is to predict from now on. */
static bool
is_activated(const Training *training, const nn_result *result)
{
	if (training->activate != ACTIVATE_IF_BETTER || training->options.champion == NULL)
		return training->activate != ACTIVATE_NEVER;
	return result->score > result->champion_score; /* a NaN is no better */
}

/* Stores the new version, and how long everything took with it. */
static void
store(Training *training, const ModelTable *table, const nn_result *result)
{
	ModelVersion *version = &training->version;
	instr_time start;

	INSTR_TIME_SET_CURRENT(start);
	training->number = model_store(table, result, version);
	training->storing_seconds = seconds_since(start);
	training->seconds = seconds_since(training->begin);
	model_store_seconds(table, training->number, training->storing_seconds, training->seconds);
}

static void
put_result(FunctionCallInfo fcinfo, const Training *training, const nn_result *result)
{
	const ModelVersion *version = &training->version;
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum values[] = {Int32GetDatum(training->number),
					  CStringGetTextDatum(result->model.task),
					  Int64GetDatum(result->rows),
					  Int64GetDatum(version->rows_skipped),
					  Int32GetDatum(result->model.layer_sizes[0]),
					  Int64GetDatum(result->model.parameter_count),
					  Int32GetDatum(result->epochs),
					  Float8GetDatum(result->loss),
					  Float8GetDatum(result->validation_loss),
					  Float8GetDatum(result->score),
					  Float8GetDatum(result->baseline),
					  CStringGetTextDatum(result->stop_reason),
					  Float8GetDatum(training->seconds),
					  Float8GetDatum(version->reading_seconds),
					  Float8GetDatum(version->training_seconds),
					  Float8GetDatum(training->storing_seconds),
					  Int64GetDatum(version->temp_bytes),
					  BoolGetDatum(version->activate),
					  Int32GetDatum(version->champion),
					  Float8GetDatum(result->champion_score)};
	bool nulls[lengthof(values)] = {false};

	nulls[8] = isnan(result->validation_loss);
	nulls[9] = isnan(result->score);
	nulls[10] = isnan(result->baseline);
	nulls[18] = version->champion == 0;
	nulls[19] = isnan(result->champion_score);
	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/*
 * nn_train(model text, query text, target text, ...) -> one row: see the extension script for all
 * arguments.
 */
Datum
nn_train(PG_FUNCTION_ARGS)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn training", ALLOCSET_DEFAULT_SIZES);
	Training training = {0};
	ModelVersion *version = &training.version;
	Arguments arguments;
	ModelTable table;
	TrainingQuery *query;
	nn_result result;
	char *model;

	INSTR_TIME_SET_CURRENT(training.begin);
	PreventCommandDuringRecovery("nn_train()");
	PreventCommandIfReadOnly("nn_train()");
	arguments_init(&arguments, fcinfo);
	model = text_argument(&arguments, "model");
	read_training(&arguments, &training);

	progress_start(&training.progress, bool_argument(&arguments, "verbose"));
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	query = training_query_prepare(version->query, &training.columns, &training.options);
	table = model_open_for_training(cstring_to_text(model), fcinfo->flinfo->fn_oid);
	training_query_watch(query, &training.progress);
	progress_set_model(&training.progress, table.oid, table.name);
	if (training.warm_start || training.activate == ACTIVATE_IF_BETTER)
		use_active_version(&training, &table, context);
	train(&training, query, context, &result);
	version->temp_bytes = training_query_close(query);
	report(&training, &result);

	progress_set_phase(&training.progress, PHASE_STORING);
	version->activate = is_activated(&training, &result);
	version->rows_skipped = result.rows_no_target + result.rows_no_weight + result.rows_missing;
	version->options = options_json(&training.options, &training.columns, &result);
	store(&training, &table, &result);
	SPI_finish();
	progress_end(&training.progress);

	put_result(fcinfo, &training, &result);
	MemoryContextDelete(context);
	return (Datum) 0;
}
