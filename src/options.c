/*
 * options.c: the arguments of nn_train and its relatives by their names -> options of the core -> JSON.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/syscache.h"

#include "options.h"
#include "status.h"

/* ---- arguments by name ---- */

void
arguments_init(Arguments *arguments, FunctionCallInfo fcinfo)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(fcinfo->flinfo->fn_oid));
	char *modes;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", fcinfo->flinfo->fn_oid);
	arguments->fcinfo = fcinfo;
	if (get_func_arg_info(tuple, &arguments->types, &arguments->names, &modes) < fcinfo->nargs ||
		arguments->names == NULL)
		elog(ERROR, "function %u has arguments without names", fcinfo->flinfo->fn_oid);
	ReleaseSysCache(tuple);
	arguments->values = palloc(Max(fcinfo->nargs, 1) * sizeof(NullableDatum));
	memcpy(arguments->values, fcinfo->args, fcinfo->nargs * sizeof(NullableDatum));
}

/* Inputs come before the result's columns. */
int
find_argument(const Arguments *arguments, const char *name)
{
	for (int i = 0; i < arguments->fcinfo->nargs; i++)
		if (strcmp(arguments->names[i], name) == 0)
			return i;
	return -1;
}

void
arguments_set(Arguments *arguments, const char *name, const char *text)
{
	int i = find_argument(arguments, name);
	Oid input, ioparam;

	arguments->values[i].isnull = text == NULL;
	if (text == NULL)
		return;
	getTypeInputInfo(arguments->types[i], &input, &ioparam);
	arguments->values[i].value = OidInputFunctionCall(input, unconstify(char *, text), ioparam, -1);
}

static bool
has_argument(const Arguments *arguments, const char *name)
{
	return find_argument(arguments, name) >= 0;
}

static bool
is_null(const Arguments *arguments, const char *name)
{
	return arguments->values[find_argument(arguments, name)].isnull;
}

static Datum
argument(const Arguments *arguments, const char *name)
{
	int i = find_argument(arguments, name);

	if (i < 0)
		elog(ERROR, "function has no argument %s", name);
	if (arguments->values[i].isnull)
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("%s must not be NULL", name));
	return arguments->values[i].value;
}

char *
text_argument(const Arguments *arguments, const char *name)
{
	return TextDatumGetCString(argument(arguments, name));
}

char *
optional_text_argument(const Arguments *arguments, const char *name)
{
	return !has_argument(arguments, name) || is_null(arguments, name)
			   ? NULL
			   : text_argument(arguments, name);
}

int32
int_argument(const Arguments *arguments, const char *name)
{
	return DatumGetInt32(argument(arguments, name));
}

int32
optional_int_argument(const Arguments *arguments, const char *name, int32 otherwise)
{
	return !has_argument(arguments, name) || is_null(arguments, name)
			   ? otherwise
			   : int_argument(arguments, name);
}

Oid
oid_argument(const Arguments *arguments, const char *name)
{
	return DatumGetObjectId(argument(arguments, name));
}

bool
bool_argument(const Arguments *arguments, const char *name)
{
	return DatumGetBool(argument(arguments, name));
}

/* ---- options: what the function doesn't declare is left alone ---- */

static void
read_text(const Arguments *arguments, const char *name, const char **option)
{
	if (has_argument(arguments, name))
		*option = text_argument(arguments, name);
}

static void
read_int(const Arguments *arguments, const char *name, int32 *option)
{
	if (has_argument(arguments, name))
		*option = int_argument(arguments, name);
}

static void
read_float(const Arguments *arguments, const char *name, double *option)
{
	if (has_argument(arguments, name))
		*option = DatumGetFloat8(argument(arguments, name));
}

/* A number, or NaN, by which the core knows NULL; so a NaN of the user's is refused here. */
static void
read_optional_float(const Arguments *arguments, const char *name, double *option)
{
	if (!has_argument(arguments, name))
		return;
	*option = get_float8_nan();
	if (is_null(arguments, name))
		return;
	read_float(arguments, name, option);
	if (isnan(*option))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("%s must not be NaN", name));
}

static void
check_list(ArrayType *array, const char *name)
{
	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("%s must be a list of one dimension without NULLs", name));
}

/* The elements of a list of plain numbers; NULL where it isn't given. */
static const void *
read_list(const Arguments *arguments, const char *name, int32 *count)
{
	ArrayType *array;

	if (!has_argument(arguments, name) || is_null(arguments, name))
		return NULL;
	array = DatumGetArrayTypeP(argument(arguments, name));
	check_list(array, name);
	*count = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
	return ARR_DATA_PTR(array);
}

/* 'relu', or '{relu,tanh}' */
static void
read_activations(const Arguments *arguments, nn_options *options)
{
	char *list = optional_text_argument(arguments, "activation");
	const char **names;
	ArrayType *array;
	Datum *elements;

	if (list == NULL)
		return;
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
		if (options->activation_count == 0)
			ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("activation is an empty list"),
					errhint("Give one activation for all hidden layers, or one for each."));
		names = palloc(options->activation_count * sizeof(char *));
		for (int i = 0; i < options->activation_count; i++)
			names[i] = TextDatumGetCString(elements[i]);
	}
	options->activations = names;
}

/* 'balanced', or an object of numbers by label */
static void
read_class_weight(const Arguments *arguments, nn_options *options)
{
	char *text = optional_text_argument(arguments, "class_weight");
	nn_class_weight *weights;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;
	Jsonb *json;

	if (text == NULL)
		return;
	if (strcmp(text, "balanced") == 0)
	{
		options->class_weight_count = NN_CHOOSE;
		return;
	}
	if (text[strspn(text, " \t\r\n")] != '{')
		ereport(
			ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("unknown class_weight \"%s\"", text),
			errhint("It can be balanced, or weights by class, such as {\"yes\": 5, \"no\": 1}."));
	json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	weights = palloc(Max(JB_ROOT_COUNT(json), 1) * sizeof(nn_class_weight));
	iterator = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			weights[options->class_weight_count].label =
				pnstrdup(value.val.string.val, value.val.string.len);
		if (token != WJB_VALUE)
			continue;
		if (value.type != jbvNumeric)
			ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("class_weight of \"%s\" is not a number",
						   weights[options->class_weight_count].label));
		weights[options->class_weight_count++].weight = DatumGetFloat8(
			DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value.val.numeric)));
	}
	options->class_weights = weights;
}

static void
read_network_options(const Arguments *arguments, nn_options *options)
{
	options->task = optional_text_argument(arguments, "task");
	options->hidden = read_list(arguments, "hidden", &options->hidden_layers);
	read_activations(arguments, options);
	options->loss = optional_text_argument(arguments, "loss");
	options->quantiles = read_list(arguments, "quantiles", &options->quantile_count);
	if (options->quantiles != NULL && options->quantile_count == 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("quantiles is an empty list"),
				errhint("Give numbers between 0 and 1, such as {0.1,0.5,0.9}."));
	read_float(arguments, "label_smoothing", &options->label_smoothing);
	/* NN_CHOOSE itself must not come from the user */
	if (has_argument(arguments, "batch_size") && !is_null(arguments, "batch_size"))
		options->batch_size = Max(int_argument(arguments, "batch_size"), -PG_INT32_MAX);
}

static void
read_training_options(const Arguments *arguments, nn_options *options)
{
	read_text(arguments, "optimizer", &options->optimizer);
	read_optional_float(arguments, "learning_rate", &options->learning_rate);
	read_float(arguments, "momentum", &options->momentum);
	if (has_argument(arguments, "nesterov"))
		options->nesterov = bool_argument(arguments, "nesterov");
	read_text(arguments, "schedule", &options->schedule);
	read_float(arguments, "decay", &options->decay);
	read_int(arguments, "decay_epochs", &options->decay_epochs);
	read_int(arguments, "warmup", &options->warmup);
	read_int(arguments, "epochs", &options->epochs);
	read_float(arguments, "l1", &options->l1);
	read_float(arguments, "l2", &options->l2);
	read_float(arguments, "dropout", &options->dropout);
	read_float(arguments, "input_dropout", &options->input_dropout);
	read_optional_float(arguments, "clip_norm", &options->clip_norm);
}

static void
read_stopping_options(const Arguments *arguments, nn_options *options)
{
	read_float(arguments, "validation", &options->validation);
	read_text(arguments, "stop_on", &options->stop_on);
	read_int(arguments, "patience", &options->patience);
	read_float(arguments, "min_improvement", &options->min_improvement);
	read_int(arguments, "min_epochs", &options->min_epochs);
	read_float(arguments, "tolerance", &options->tolerance);
	read_optional_float(arguments, "max_seconds", &options->max_seconds);
}

void
options_read(const Arguments *arguments, nn_options *options)
{
	nn_status status;

	nn_options_default(options);
	read_network_options(arguments, options);
	read_training_options(arguments, options);
	read_stopping_options(arguments, options);
	read_class_weight(arguments, options);
	read_text(arguments, "missing", &options->missing);
	read_int(arguments, "seed", &options->seed);
	nn_options_check(options, &status);
	check_status(&status);
}

QueryColumns
query_columns(const Arguments *arguments)
{
	QueryColumns columns;

	columns.target = text_argument(arguments, "target");
	columns.weight = optional_text_argument(arguments, "weight");
	columns.holdout = optional_text_argument(arguments, "holdout");
	columns.groups = optional_text_argument(arguments, "groups");
	return columns;
}

/* ---- the options as they were used ---- */

static void
append_number(StringInfo json, const char *key, double number)
{
	char text[DOUBLE_SHORTEST_DECIMAL_LEN] = "null";

	if (!isnan(number))
		double_to_shortest_decimal_buf(number, text);
	appendStringInfo(json, ", \"%s\": %s", key, text);
}

/* A name, or null. */
static void
append_name(StringInfo json, const char *key, const char *name)
{
	appendStringInfo(json, ", \"%s\": ", key);
	if (name != NULL)
		escape_json(json, name);
	else
		appendStringInfoString(json, "null");
}

static void
append_quantiles(StringInfo json, const nn_result *result)
{
	appendStringInfoString(json, ", \"quantiles\": ");
	for (int q = 0; q < result->quantile_count; q++)
	{
		char text[DOUBLE_SHORTEST_DECIMAL_LEN];

		double_to_shortest_decimal_buf(result->quantiles[q], text);
		appendStringInfo(json, "%s%s", q == 0 ? "[" : ", ", text);
	}
	appendStringInfoString(json, result->quantile_count == 0 ? "null" : "]");
}

static void
append_class_weight(StringInfo json, const nn_options *options)
{
	appendStringInfoString(json, ", \"class_weight\": ");
	if (options->class_weight_count == NN_CHOOSE)
		appendStringInfoString(json, "\"balanced\"");
	else if (options->class_weights == NULL)
		appendStringInfoString(json, "null");
	else
	{
		appendStringInfoChar(json, '{');
		for (int c = 0; c < options->class_weight_count; c++)
		{
			char text[DOUBLE_SHORTEST_DECIMAL_LEN];

			double_to_shortest_decimal_buf(options->class_weights[c].weight, text);
			appendStringInfoString(json, c == 0 ? "" : ", ");
			escape_json(json, options->class_weights[c].label);
			appendStringInfo(json, ": %s", text);
		}
		appendStringInfoChar(json, '}');
	}
}

static void
append_network_options(StringInfo json, const nn_options *options, const nn_result *result)
{
	const nn_model_data *model = &result->model;

	appendStringInfoString(json, "{\"hidden\": [");
	for (int l = 1; l < model->layer_count - 1; l++)
		appendStringInfo(json, "%s%d", l == 1 ? "" : ", ", model->layer_sizes[l]);
	appendStringInfoString(json, "], \"activation\": [");
	for (int l = 0; l < model->activation_count - 1; l++)
		appendStringInfo(json, "%s\"%s\"", l == 0 ? "" : ", ", model->activations[l]);
	appendStringInfoChar(json, ']');
	append_name(json, "loss", result->loss_name);
	append_quantiles(json, result);
	append_number(json, "label_smoothing", options->label_smoothing);
}

char *
options_json(const nn_options *options, const QueryColumns *columns, const nn_result *result)
{
	StringInfoData json;

	initStringInfo(&json);
	append_network_options(&json, options, result);
	append_name(&json, "optimizer", result->optimizer);
	append_number(&json, "learning_rate", result->learning_rate);
	append_number(&json, "momentum", options->momentum);
	appendStringInfo(&json, ", \"nesterov\": %s", options->nesterov ? "true" : "false");
	append_name(&json, "schedule", options->schedule);
	append_number(&json, "decay", options->decay);
	append_number(&json, "decay_epochs", options->decay_epochs);
	append_number(&json, "warmup", options->warmup);
	append_number(&json, "batch_size", result->batch_size);
	append_number(&json, "epochs", options->epochs);
	append_number(&json, "l1", options->l1);
	append_number(&json, "l2", options->l2);
	append_number(&json, "dropout", options->dropout);
	append_number(&json, "input_dropout", options->input_dropout);
	append_number(&json, "clip_norm", options->clip_norm);
	append_number(&json, "validation", options->validation);
	append_name(&json, "holdout", columns->holdout);
	append_name(&json, "stop_on", options->stop_on);
	append_number(&json, "patience", options->patience);
	append_number(&json, "min_improvement", options->min_improvement);
	append_number(&json, "min_epochs", options->min_epochs);
	append_number(&json, "tolerance", options->tolerance);
	append_number(&json, "max_seconds", options->max_seconds);
	append_name(&json, "weight", columns->weight);
	append_class_weight(&json, options);
	append_name(&json, "missing", options->missing);
	append_number(&json, "seed", options->seed);
	appendStringInfoChar(&json, '}');
	return json.data;
}
