/*
 * store.c: the result of a training -> a row of a model table.
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
	if (count > 0)
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
	if (feature->share_count > 0)
		append_numbers(json, "shares", feature->shares, feature->share_count);
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
	add_value(&row, "rows_skipped", INT8OID, Int64GetDatum(version->rows_skipped), false);
	add_value(&row, "epochs", INT4OID, Int32GetDatum(result->epochs), false);
	add_number(&row, "loss", result->loss);
	add_number(&row, "validation_loss", result->validation_loss);
	add_number(&row, "score", result->score);
	add_number(&row, "baseline", result->baseline);
	add_curve(&row, "loss_curve", result->loss_curve, result->epochs);
	add_curve(&row, "validation_curve", result->validation_curve, result->epochs);
	add_curve(&row, "rate_curve", result->rate_curve, result->epochs);
	add_text(&row, "stop_reason", result->stop_reason);
	add_number(&row, "reading_seconds", version->reading_seconds);
	add_number(&row, "training_seconds", version->training_seconds);
	add_value(&row, "temp_bytes", INT8OID, Int64GetDatum(version->temp_bytes), false);
	add_value(&row, "format", INT4OID, Int32GetDatum(MODEL_FORMAT), false);
	add_value(&row, "started_from", INT4OID, Int32GetDatum(version->started_from),
			  version->started_from == 0);
	add_value(&row, "total_epochs", INT4OID, Int32GetDatum(result->total_epochs), false);
	add_value(&row, "updates", INT8OID, Int64GetDatum(result->updates), false);
	add_value(&row, "optimizer_state", FLOAT4ARRAYOID,
			  make_array(result->state, result->state_count, FLOAT4OID, sizeof(float4)),
			  result->state_count == 0);

	command = psprintf("INSERT INTO %s (%s) VALUES (%s)", table, row.names.data, row.places.data);
	if (SPI_execute_with_args(command, row.count, row.types, row.values, row.nulls, false, 0) !=
		SPI_OK_INSERT)
		elog(ERROR, "could not store a version in %s", table);
	if (SPI_processed != 1)
		ereport(ERROR, errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
				errmsg("the new version was not stored in %s", table),
				errhint("Look at the table's triggers and rules."));
}
