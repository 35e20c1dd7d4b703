/*
 * export.c: a version of a model as JSON: nn_export.
 *
 * The JSON has the columns of nn_model as its keys. Numbers are written so that the same bits come
 * back.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

#include "model.h"
#include "stored.h"

PG_FUNCTION_INFO_V1(nn_export);

/* As text where JSON has no such number, or jsonb forgets its sign. */
static void
append_number(StringInfo json, const char *text, bool plain)
{
	appendStringInfo(json, plain ? "%s" : "\"%s\"", text);
}

static void
append_float4(StringInfo json, float4 number)
{
	char text[FLOAT_SHORTEST_DECIMAL_LEN];

	float_to_shortest_decimal_buf(number, text);
	append_number(json, text, isfinite(number) && !(number == 0 && signbit(number)));
}

static void
append_float8(StringInfo json, float8 number)
{
	char text[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(number, text);
	append_number(json, text, isfinite(number) && !(number == 0 && signbit(number)));
}

static void
append_timestamp(StringInfo json, Datum timestamp)
{
	char text[MAXDATELEN + 1];

	escape_json(json, JsonEncodeDateTime(text, timestamp, TIMESTAMPTZOID, NULL));
}

static void append_value(StringInfo json, Oid type, Datum value);

static void
append_array(StringInfo json, ArrayType *array)
{
	Oid type = ARR_ELEMTYPE(array);
	int16 length;
	bool by_value;
	char alignment;
	Datum *elements;
	bool *nulls;
	int count;

	get_typlenbyvalalign(type, &length, &by_value, &alignment);
	deconstruct_array(array, type, length, by_value, alignment, &elements, &nulls, &count);
	appendStringInfoChar(json, '[');
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			appendStringInfoChar(json, ',');
		if (nulls[i])
			appendStringInfoString(json, "null");
		else
			append_value(json, type, elements[i]);
		if (i % 1000 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	appendStringInfoChar(json, ']');
	pfree(elements);
	pfree(nulls);
}

/* The types of nn_model's columns, and of what they are arrays of. */
static void
append_value(StringInfo json, Oid type, Datum value)
{
	Oid output;
	bool varlena;
	char *text;

	if (type_is_array(type))
		append_array(json, DatumGetArrayTypeP(value));
	else if (type == FLOAT4OID)
		append_float4(json, DatumGetFloat4(value));
	else if (type == FLOAT8OID)
		append_float8(json, DatumGetFloat8(value));
	else if (type == TIMESTAMPTZOID)
		append_timestamp(json, value);
	else if (type == BOOLOID)
		appendStringInfoString(json, DatumGetBool(value) ? "true" : "false");
	else if (type == JSONBOID)
		JsonbToCString(json, &DatumGetJsonbP(value)->root, VARSIZE(DatumGetJsonbP(value)));
	else
	{
		getTypeOutputInfo(type, &output, &varlena);
		text = OidOutputFunctionCall(output, value);
		if (type == INT4OID || type == INT8OID)
			appendStringInfoString(json, text);
		else
			escape_json(json, text);
		pfree(text);
	}
}

/*
 * The row that SPI has read, as an object with a key for each column that has a value, but for what
 * another database has no use for.
 */
static char *
row_json(bool optimizer_state)
{
	TupleDesc desc = SPI_tuptable->tupdesc;
	StringInfoData json;
	bool isnull;

	initStringInfo(&json);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		Datum value = SPI_getbinval(SPI_tuptable->vals[0], desc, i + 1, &isnull);

		if (isnull || strcmp(NameStr(attribute->attname), "active") == 0 ||
			(!optimizer_state && strcmp(NameStr(attribute->attname), "optimizer_state") == 0))
			continue;
		appendStringInfoString(&json, json.len == 0 ? "{" : ", ");
		escape_json(&json, NameStr(attribute->attname));
		appendStringInfoString(&json, ": ");
		append_value(&json, attribute->atttypid, value);
	}
	appendStringInfoChar(&json, '}');
	return json.data;
}

/*
 * nn_export(model regclass, version int, optimizer_state bool) -> jsonb: a version of a model, NULL:
 * the active one, with or without what warm_start needs.
 */
Datum
nn_export(PG_FUNCTION_ARGS)
{
	Oid function = fcinfo->flinfo->fn_oid;
	MemoryContext context = CurrentMemoryContext, old_context;
	StoredModel *model;
	Datum json;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("%s must not be NULL", PG_ARGISNULL(0) ? "model" : "optimizer_state"));
	model = model_read_version(PG_GETARG_OID(0),
							   version_argument(PG_ARGISNULL(1), PG_GETARG_INT32(1)), function)
				->model;
	model_check(model);
	model_forget_parameters(model);

	SPI_connect();
	if (SPI_execute(psprintf("SELECT * FROM ONLY %s WHERE version OPERATOR(pg_catalog.=) %d",
							 model_lock(PG_GETARG_OID(0), function, AccessShareLock),
							 model->version),
					true, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not read version %d of a model", model->version);
	old_context = MemoryContextSwitchTo(context);
	json = DirectFunctionCall1(jsonb_in, CStringGetDatum(row_json(PG_GETARG_BOOL(2))));
	MemoryContextSwitchTo(old_context);
	SPI_finish();
	PG_RETURN_DATUM(json);
}
