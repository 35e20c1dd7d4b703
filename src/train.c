/*
 * train.c: nn_train: arguments -> options -> rows -> training in small steps -> a new version.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "model.h"
#include "rows.h"
#include "status.h"

PG_FUNCTION_INFO_V1(nn_train);

/* The arguments of nn_train, in the order of its SQL declaration. */
enum
{
	ARG_MODEL,
	ARG_QUERY,
	ARG_TARGET,
	ARG_TASK,
	ARG_HIDDEN,
	ARG_ACTIVATION,
	ARG_LOSS,
	ARG_OPTIMIZER,
	ARG_LEARNING_RATE,
	ARG_MOMENTUM,
	ARG_BATCH_SIZE,
	ARG_EPOCHS,
	ARG_L2,
	ARG_VALIDATION,
	ARG_PATIENCE,
	ARG_TOLERANCE,
	ARG_MAX_SECONDS,
	ARG_ACTIVATE,
	ARG_KEEP,
	ARG_SEED
};

/* ---- arguments ---- */

static void
require(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("%s must not be NULL", name));
}

static char *
text_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	require(fcinfo, argument, name);
	return text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

static char *
optional_text_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

static int32
int_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	require(fcinfo, argument, name);
	return PG_GETARG_INT32(argument);
}

static double
float_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	require(fcinfo, argument, name);
	return PG_GETARG_FLOAT8(argument);
}

/* A number, or NaN, by which the core knows NULL; so a NaN of the user's is refused here. */
static double
optional_float_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		return get_float8_nan();
	if (isnan(PG_GETARG_FLOAT8(argument)))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("%s must not be NaN", name));
	return PG_GETARG_FLOAT8(argument);
}

static void
check_list(ArrayType *array, const char *name)
{
	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("%s must be a list of one dimension without NULLs", name));
}

static void
read_hidden(FunctionCallInfo fcinfo, nn_options *options)
{
	ArrayType *array;

	options->hidden_layers = NN_CHOOSE;
	if (PG_ARGISNULL(ARG_HIDDEN))
		return;
	array = PG_GETARG_ARRAYTYPE_P(ARG_HIDDEN);
	check_list(array, "hidden");
	options->hidden = (const int32 *) ARR_DATA_PTR(array);
	options->hidden_layers = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
}

/* 'relu', or '{relu,tanh}' */
static void
read_activations(FunctionCallInfo fcinfo, nn_options *options)
{
	char *list = text_argument(fcinfo, ARG_ACTIVATION, "activation");
	const char **names;
	ArrayType *array;
	Datum *elements;

	if (list[0] != '{')
	{
		names = palloc(sizeof(char *));
		names[0] = list;
		options->activation_count = 1;
	}
	else
	{
		array = DatumGetArrayTypeP(OidInputFunctionCall(F_ARRAY_IN, list, TEXTOID, -1));
		check_list(array, "activation");
		deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL,
						  &options->activation_count);
		names = palloc(Max(options->activation_count, 1) * sizeof(char *));
		for (int i = 0; i < options->activation_count; i++)
			names[i] = TextDatumGetCString(elements[i]);
	}
	options->activations = names;
}

static void
read_options(FunctionCallInfo fcinfo, nn_options *options)
{
	nn_status status;

	memset(options, 0, sizeof(*options));
	options->task = optional_text_argument(fcinfo, ARG_TASK);
	read_hidden(fcinfo, options);
	read_activations(fcinfo, options);
	options->loss = optional_text_argument(fcinfo, ARG_LOSS);
	options->optimizer = text_argument(fcinfo, ARG_OPTIMIZER, "optimizer");
	options->learning_rate = optional_float_argument(fcinfo, ARG_LEARNING_RATE, "learning_rate");
	options->momentum = float_argument(fcinfo, ARG_MOMENTUM, "momentum");
	/* NN_CHOOSE itself must not come from the user */
	options->batch_size = PG_ARGISNULL(ARG_BATCH_SIZE)
							  ? NN_CHOOSE
							  : Max(PG_GETARG_INT32(ARG_BATCH_SIZE), -PG_INT32_MAX);
	options->epochs = int_argument(fcinfo, ARG_EPOCHS, "epochs");
	options->l2 = float_argument(fcinfo, ARG_L2, "l2");
	options->validation = float_argument(fcinfo, ARG_VALIDATION, "validation");
	options->patience = int_argument(fcinfo, ARG_PATIENCE, "patience");
	options->tolerance = float_argument(fcinfo, ARG_TOLERANCE, "tolerance");
	options->max_seconds = optional_float_argument(fcinfo, ARG_MAX_SECONDS, "max_seconds");
	options->seed = int_argument(fcinfo, ARG_SEED, "seed");
	nn_options_check(options, &status);
	check_status(&status);
}

static void
read_version_options(FunctionCallInfo fcinfo, ModelVersion *version)
{
	char *activate = text_argument(fcinfo, ARG_ACTIVATE, "activate");

	version->query = text_argument(fcinfo, ARG_QUERY, "query");
	version->target = text_argument(fcinfo, ARG_TARGET, "target");
	version->keep = int_argument(fcinfo, ARG_KEEP, "keep");
	version->activate = strcmp(activate, "always") == 0;
	if (!version->activate && strcmp(activate, "never") != 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("unknown activate \"%s\"", activate), errhint("It can be always, never."));
	if (version->keep < 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("keep must be at least 0, not %d", version->keep));
}

/* ---- the options as they were used, for the model's readers ---- */

static void
append_number(StringInfo json, const char *key, double number)
{
	char text[DOUBLE_SHORTEST_DECIMAL_LEN] = "null";

	if (!isnan(number))
		double_to_shortest_decimal_buf(number, text);
	appendStringInfo(json, ", \"%s\": %s", key, text);
}

static char *
options_json(const nn_options *options, const nn_result *result)
{
	const nn_model_data *model = &result->model;
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"hidden\": [");
	for (int l = 1; l < model->layer_count - 1; l++)
		appendStringInfo(&json, "%s%d", l == 1 ? "" : ", ", model->layer_sizes[l]);
	appendStringInfoString(&json, "], \"activation\": [");
	for (int l = 0; l < model->activation_count - 1; l++)
		appendStringInfo(&json, "%s\"%s\"", l == 0 ? "" : ", ", model->activations[l]);
	appendStringInfo(&json, "], \"loss\": \"%s\", \"optimizer\": \"%s\"", result->loss_name,
					 result->optimizer);
	append_number(&json, "learning_rate", result->learning_rate);
	append_number(&json, "momentum", options->momentum);
	append_number(&json, "batch_size", result->batch_size);
	append_number(&json, "epochs", options->epochs);
	append_number(&json, "l2", options->l2);
	append_number(&json, "validation", options->validation);
	append_number(&json, "patience", options->patience);
	append_number(&json, "tolerance", options->tolerance);
	append_number(&json, "max_seconds", options->max_seconds);
	append_number(&json, "seed", options->seed);
	appendStringInfoChar(&json, '}');
	return json.data;
}

/* ---- the run ---- */

static double
seconds_since(instr_time start)
{
	instr_time now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, start);
	return INSTR_TIME_GET_DOUBLE(now);
}

/*
 * Trains on the rows of the query. Between two steps of the core nothing of it is on the stack, so
 * the check for interrupts may end it at any time.
 */
static void
train(TrainingQuery *query, nn_options *options, instr_time start, MemoryContext context,
	  nn_result *result)
{
	nn_status status;
	nn_dataset *dataset = training_query_read(query, context);
	void **trainer = own(context, nn_trainer_free);
	bool more;

	do
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_dataset_prepare(dataset, options->validation, &status);
		check_status(&status);
	} while (more);

	/* Reading counts, too, but something must be learnt. */
	if (!isnan(options->max_seconds))
		options->max_seconds = Max(options->max_seconds - seconds_since(start), 1e-9);
	*trainer = nn_trainer_new(dataset, options, &status);
	check_status(&status);
	do
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_trainer_step(*trainer, &status);
		check_status(&status);
	} while (more);
	nn_trainer_result(*trainer, result, &status);
	check_status(&status);
}

static void
put_result(FunctionCallInfo fcinfo, int version, const nn_result *result, double seconds)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum values[] = {Int32GetDatum(version),
					  CStringGetTextDatum(result->model.task),
					  Int64GetDatum(result->rows),
					  Int64GetDatum(result->rows_skipped),
					  Int32GetDatum(result->model.layer_sizes[0]),
					  Int64GetDatum(result->model.parameter_count),
					  Int32GetDatum(result->epochs),
					  Float8GetDatum(result->loss),
					  Float8GetDatum(result->validation_loss),
					  Float8GetDatum(result->score),
					  Float8GetDatum(result->baseline),
					  CStringGetTextDatum(result->stop_reason),
					  Float8GetDatum(seconds)};
	bool nulls[lengthof(values)] = {false};

	nulls[8] = isnan(result->validation_loss);
	nulls[9] = isnan(result->score);
	nulls[10] = isnan(result->baseline);
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
	nn_options options;
	ModelVersion version;
	ModelTable table;
	TrainingQuery *query;
	nn_result result;
	instr_time start;
	double max_seconds;
	int number;

	INSTR_TIME_SET_CURRENT(start);
	PreventCommandDuringRecovery("nn_train()");
	PreventCommandIfReadOnly("nn_train()");
	require(fcinfo, ARG_MODEL, "model");
	read_version_options(fcinfo, &version);
	read_options(fcinfo, &options);
	max_seconds = options.max_seconds;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	query = training_query_prepare(version.query, version.target, &options);
	table = model_open_for_training(PG_GETARG_TEXT_PP(ARG_MODEL), fcinfo->flinfo->fn_oid);
	train(query, &options, start, context, &result);
	if (result.rows_skipped > 0)
		ereport(NOTICE, errmsg_plural("skipped " INT64_FORMAT " row whose target \"%s\" is NULL",
									  "skipped " INT64_FORMAT " rows whose target \"%s\" is NULL",
									  result.rows_skipped, result.rows_skipped, version.target));

	options.max_seconds = max_seconds;
	version.options = options_json(&options, &result);
	version.seconds = seconds_since(start);
	number = model_store(&table, &result, &version);
	SPI_finish();

	put_result(fcinfo, number, &result, version.seconds);
	MemoryContextDelete(context);
	return (Datum) 0;
}
