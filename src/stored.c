/*
 * stored.c: a row of a model table <-> a model of the core.
 *
 * What is read back may have been written by anyone who may write the table. Here it only gets its C
 * types, and NULLs and dimensions are refused; the core checks that it makes sense.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "stored.h"

/* The format of what is stored; a later one may add to it. */
#define MODEL_FORMAT 1

/* ---- writing ---- */

/* An array of so many float4 or float8, copied as it is. */
static Datum
make_array(const void *elements, int64 count, Oid type, size_t width)
{
	Size size = ARR_OVERHEAD_NONULLS(1) + count * width;
	ArrayType *array = palloc0(size);

	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->elemtype = type;
	ARR_DIMS(array)[0] = (int) count;
	ARR_LBOUND(array)[0] = 1;
	memcpy(ARR_DATA_PTR(array), elements, count * width);
	return PointerGetDatum(array);
}

static Datum
make_float8_array(const double *elements, int count)
{
	return make_array(elements, count, FLOAT8OID, sizeof(double));
}

static Datum
make_text_array(const char *const *texts, int count)
{
	Datum *elements = palloc(Max(count, 1) * sizeof(Datum));

	for (int i = 0; i < count; i++)
		elements[i] = CStringGetTextDatum(texts[i]);
	return PointerGetDatum(construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
append_numbers(StringInfo json, const char *key, const double *numbers, int count)
{
	appendStringInfo(json, ", \"%s\": [", key);
	for (int i = 0; i < count; i++)
	{
		char number[DOUBLE_SHORTEST_DECIMAL_LEN]; /* exact, whatever extra_float_digits says */

		double_to_shortest_decimal_buf(numbers[i], number);
		appendStringInfo(json, "%s%s", i == 0 ? "" : ", ", number);
	}
	appendStringInfoChar(json, ']');
}

static void
append_feature(StringInfo json, const nn_feature *feature)
{
	appendStringInfoString(json, "{\"name\": ");
	escape_json(json, feature->name);
	appendStringInfoString(json, ", \"type\": ");
	escape_json(json, feature->type);
	appendStringInfo(json,
					 ", \"kind\": \"%s\", \"inputs\": %d, \"missing\": " INT64_FORMAT
					 ", \"missing_input\": %s",
					 nn_kind_name(feature->kind), feature->inputs, feature->missing,
					 feature->missing_input ? "true" : "false");
	if (feature->kind == NN_CATEGORY)
	{
		appendStringInfoString(json, ", \"categories\": [");
		for (int i = 0; i < feature->category_count; i++)
		{
			appendStringInfoString(json, i == 0 ? "" : ", ");
			escape_json(json, feature->categories[i]);
		}
		appendStringInfoChar(json, ']');
	}
	else
	{
		append_numbers(json, "mean", feature->mean, feature->length);
		append_numbers(json, "scale", feature->scale, feature->length);
	}
	appendStringInfoChar(json, '}');
}

static Datum
features_json(const nn_model_data *model)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	for (int i = 0; i < model->feature_count; i++)
	{
		appendStringInfoString(&json, i == 0 ? "" : ", ");
		append_feature(&json, &model->features[i]);
	}
	appendStringInfoChar(&json, ']');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

/* The columns of a new row, as parameters of its INSERT. */
typedef struct RowValues
{
	StringInfoData names, places;
	int count;
	Oid types[40];
	Datum values[40];
	char nulls[41];
} RowValues;

static void
add_value(RowValues *row, const char *name, Oid type, Datum value, bool isnull)
{
	Assert(row->count < (int) lengthof(row->types));
	appendStringInfo(&row->names, "%s%s", row->count == 0 ? "" : ", ", name);
	appendStringInfo(&row->places, "%s$%d", row->count == 0 ? "" : ", ", row->count + 1);
	row->types[row->count] = type;
	row->values[row->count] = value;
	row->nulls[row->count++] = isnull ? 'n' : ' ';
}

static void
add_text(RowValues *row, const char *name, const char *value)
{
	add_value(row, name, TEXTOID, CStringGetTextDatum(value), false);
}

/* NaN becomes NULL: there is no such number. */
static void
add_number(RowValues *row, const char *name, double value)
{
	add_value(row, name, FLOAT8OID, Float8GetDatum(value), isnan(value));
}

static void
add_curve(RowValues *row, const char *name, const double *curve, int count)
{
	add_value(row, name, FLOAT8ARRAYOID,
			  curve == NULL ? (Datum) 0 : make_float8_array(curve, count), curve == NULL);
}

static void
add_network(RowValues *row, const nn_model_data *model)
{
	bool classes = model->class_count > 0;
	int32 *sizes = palloc(model->layer_count * sizeof(int32));

	memcpy(sizes, model->layer_sizes, model->layer_count * sizeof(int32));
	add_value(row, "features", JSONBOID, features_json(model), false);
	add_value(row, "classes", TEXTARRAYOID, make_text_array(model->classes, model->class_count),
			  !classes);
	add_value(row, "layer_sizes", INT4ARRAYOID,
			  make_array(sizes, model->layer_count, INT4OID, sizeof(int32)), false);
	add_value(row, "activations", TEXTARRAYOID,
			  make_text_array(model->activations, model->activation_count), false);
	add_value(row, "parameters", FLOAT4ARRAYOID,
			  make_array(model->parameters, model->parameter_count, FLOAT4OID, sizeof(float4)),
			  false);
	add_value(row, "target_mean", FLOAT8ARRAYOID,
			  make_float8_array(model->target_mean, model->target_count), classes);
	add_value(row, "target_scale", FLOAT8ARRAYOID,
			  make_float8_array(model->target_scale, model->target_count), classes);
}

void
stored_insert(const char *table, int number, const nn_result *result, const ModelVersion *version)
{
	RowValues row;
	char *command;

	memset(&row, 0, sizeof(row));
	initStringInfo(&row.names);
	initStringInfo(&row.places);
	add_value(&row, "version", INT4OID, Int32GetDatum(number), false);
	add_value(&row, "active", BOOLOID, BoolGetDatum(version->activate), false);
	add_value(&row, "trained_at", TIMESTAMPTZOID, TimestampTzGetDatum(GetCurrentTimestamp()),
			  false);
	add_text(&row, "trained_by", GetUserNameFromId(GetUserId(), false));
	add_text(&row, "task", result->model.task);
	add_text(&row, "target", version->target);
	add_text(&row, "query", version->query);
	add_value(&row, "options", JSONBOID,
			  DirectFunctionCall1(jsonb_in, CStringGetDatum(version->options)), false);
	add_network(&row, &result->model);
	add_value(&row, "rows", INT8OID, Int64GetDatum(result->rows), false);
	add_value(&row, "rows_skipped", INT8OID, Int64GetDatum(result->rows_skipped), false);
	add_value(&row, "epochs", INT4OID, Int32GetDatum(result->epochs), false);
	add_number(&row, "loss", result->loss);
	add_number(&row, "validation_loss", result->validation_loss);
	add_number(&row, "score", result->score);
	add_number(&row, "baseline", result->baseline);
	add_curve(&row, "loss_curve", result->loss_curve, result->epochs);
	add_curve(&row, "validation_curve", result->validation_curve, result->epochs);
	add_text(&row, "stop_reason", result->stop_reason);
	add_number(&row, "seconds", version->seconds);
	add_value(&row, "format", INT4OID, Int32GetDatum(MODEL_FORMAT), false);

	command = psprintf("INSERT INTO %s (%s) VALUES (%s)", table, row.names.data, row.places.data);
	if (SPI_execute_with_args(command, row.count, row.types, row.values, row.nulls, false, 0) !=
		SPI_OK_INSERT)
		elog(ERROR, "could not store a version in %s", table);
	if (SPI_processed != 1)
		ereport(ERROR, errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
				errmsg("the new version was not stored in %s", table),
				errhint("Look at the table's triggers and rules."));
}

/* ---- reading ---- */

/* The columns read, in this order. */
enum
{
	COLUMN_VERSION = 1,
	COLUMN_FORMAT,
	COLUMN_TASK,
	COLUMN_CLASSES,
	COLUMN_LAYER_SIZES,
	COLUMN_ACTIVATIONS,
	COLUMN_PARAMETERS,
	COLUMN_TARGET_MEAN,
	COLUMN_TARGET_SCALE,
	COLUMN_FEATURES
};

/* The same for each element of features. */
enum
{
	FEATURE_NAME = 1,
	FEATURE_TYPE,
	FEATURE_KIND,
	FEATURE_MEAN,
	FEATURE_SCALE,
	FEATURE_MISSING_INPUT,
	FEATURE_CATEGORIES
};

static void
damaged(const char *column)
{
	ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("the stored model is damaged: %s is NULL or not as nn_train stores it", column),
			errhint("Activate another version with nn_activate, or train the model again."));
}

/* A column of a row that SPI has read, which must not be NULL. */
static Datum
column_value(uint64 row, int column)
{
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);

	if (isnull)
		damaged(SPI_fname(SPI_tuptable->tupdesc, column));
	return value;
}

static bool
column_is_null(uint64 row, int column)
{
	bool isnull;

	SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);
	return isnull;
}

static const char *
column_text(uint64 row, int column)
{
	return TextDatumGetCString(column_value(row, column));
}

/* A column that is an array without NULLs; NULL itself is an array of none. */
static ArrayType *
column_array(uint64 row, int column)
{
	ArrayType *array;

	if (column_is_null(row, column))
		return NULL;
	array = DatumGetArrayTypePCopy(column_value(row, column)); /* SPI's memory goes */
	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		damaged(SPI_fname(SPI_tuptable->tupdesc, column));
	return array;
}

static int
element_count(ArrayType *array)
{
	return array == NULL || ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
}

/* The elements of an array of plain numbers, whose type the column guarantees. */
static const void *
column_numbers(uint64 row, int column, int *count)
{
	ArrayType *array = column_array(row, column);

	*count = element_count(array);
	return array == NULL ? NULL : ARR_DATA_PTR(array);
}

static const char *const *
column_texts(uint64 row, int column, int *count)
{
	ArrayType *array = column_array(row, column);
	Datum *elements = NULL;
	const char **texts;

	*count = element_count(array);
	if (*count > 0)
		deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, count);
	texts = palloc(Max(*count, 1) * sizeof(char *));
	for (int i = 0; i < *count; i++)
		texts[i] = TextDatumGetCString(elements[i]);
	return texts;
}

static void
read_network(StoredModel *model)
{
	nn_model_data *data = &model->data;
	int count;

	model->version = DatumGetInt32(column_value(0, COLUMN_VERSION));
	if (DatumGetInt32(column_value(0, COLUMN_FORMAT)) != MODEL_FORMAT)
		ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("the stored model has format %d, this pgnn knows %d",
					   DatumGetInt32(column_value(0, COLUMN_FORMAT)), MODEL_FORMAT),
				errhint("Install a newer pgnn, or train the model again."));
	data->task = column_text(0, COLUMN_TASK);
	data->classes = column_texts(0, COLUMN_CLASSES, &data->class_count);
	data->layer_sizes = column_numbers(0, COLUMN_LAYER_SIZES, &data->layer_count);
	data->activations = column_texts(0, COLUMN_ACTIVATIONS, &data->activation_count);
	model->parameters = column_array(0, COLUMN_PARAMETERS);
	data->parameter_count = element_count(model->parameters);
	data->parameters =
		model->parameters == NULL ? NULL : (float *) ARR_DATA_PTR((ArrayType *) model->parameters);
	data->target_mean = column_numbers(0, COLUMN_TARGET_MEAN, &data->target_count);
	data->target_scale = column_numbers(0, COLUMN_TARGET_SCALE, &count);
	if (count != data->target_count)
		damaged("target_scale");
}

static void
read_feature(uint64 row, nn_feature *feature)
{
	const char *kind = column_text(row, FEATURE_KIND);
	int scales;

	feature->name = column_text(row, FEATURE_NAME);
	feature->type = column_text(row, FEATURE_TYPE);
	if (!nn_kind_from_name(kind, &feature->kind))
		damaged("the kind of a feature");
	feature->mean = column_numbers(row, FEATURE_MEAN, &feature->length);
	feature->scale = column_numbers(row, FEATURE_SCALE, &scales);
	if (scales != feature->length)
		damaged("the scale of a feature");
	feature->missing_input = DatumGetBool(column_value(row, FEATURE_MISSING_INPUT));
	feature->categories = column_texts(row, FEATURE_CATEGORIES, &feature->category_count);
}

static void
read_features(Datum json, MemoryContext context, nn_model_data *data)
{
	Oid types[] = {JSONBOID};
	nn_feature *features;

	if (SPI_execute_with_args(
			"SELECT name, type, kind, mean, scale, missing_input, categories "
			"FROM pg_catalog.jsonb_to_recordset($1) AS f (name pg_catalog.text, "
			"type pg_catalog.text, kind pg_catalog.text, mean pg_catalog.float8[], "
			"scale pg_catalog.float8[], missing_input pg_catalog.bool, "
			"categories pg_catalog.text[])",
			1, types, &json, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the features of a model");
	MemoryContextSwitchTo(context); /* and again */
	features = palloc0(Max(SPI_processed, 1) * sizeof(nn_feature));
	for (uint64 i = 0; i < SPI_processed; i++)
		read_feature(i, &features[i]);
	data->feature_count = (int32) SPI_processed;
	data->features = features;
}

StoredModel *
model_read_active(Oid model, Oid function)
{
	MemoryContext context = CurrentMemoryContext;
	char *name = model_lock(model, function, AccessShareLock);
	StoredModel *stored;
	Datum features;

	SPI_connect();
	if (SPI_execute(
			psprintf("SELECT version, format, task, classes, layer_sizes, activations, "
					 "parameters, target_mean, target_scale, features FROM ONLY %s WHERE active",
					 name),
			true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read %s", name);
	if (SPI_processed == 0)
		ereport(ERROR, errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("model %s has no active version", name),
				errhint("Activate one with nn_activate, or train the model."));
	if (SPI_processed > 1) /* the index that forbids it was dropped */
		ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("model %s has more than one active version", name),
				errhint("Activate one of them with nn_activate."));
	MemoryContextSwitchTo(context); /* SPI left its own, which ends with it */
	stored = palloc0(sizeof(StoredModel));
	read_network(stored);
	features = JsonbPGetDatum(DatumGetJsonbPCopy(column_value(0, COLUMN_FEATURES)));
	read_features(features, context, &stored->data);
	SPI_finish();
	return stored;
}

void
model_forget_parameters(StoredModel *model)
{
	if (model->parameters != NULL)
		pfree(model->parameters);
	model->parameters = NULL;
	model->data.parameters = NULL;
}
