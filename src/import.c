/*
 * import.c: JSON -> a version of a model: nn_import.
 *
 * The JSON may have been written by anyone. PostgreSQL converts it to the types of the columns; the
 * row is inserted, read back as any stored model is, and refused if that finds a fault.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "model.h"
#include "stored.h"

PG_FUNCTION_INFO_V1(nn_import);

/* What columns must hold that prediction doesn't need. */
typedef enum Rule
{
	RULE_GIVEN,   /* not NULL */
	RULE_OBJECT,  /* a JSON object */
	RULE_COUNT,   /* a whole number, not negative */
	RULE_FINITE,  /* a finite number */
	RULE_SECONDS, /* the same, not negative */
	RULE_CURVE,   /* finite numbers, as many as epochs */
	RULE_STATE    /* finite numbers, a multiple of the parameters */
} Rule;

static const struct
{
	const char *column;
	Rule rule;
} rules[] = {
	{"target", RULE_GIVEN},
	{"options", RULE_OBJECT},
	{"rows", RULE_COUNT},
	{"rows_skipped", RULE_COUNT},
	{"epochs", RULE_COUNT},
	{"total_epochs", RULE_COUNT},
	{"updates", RULE_COUNT},
	{"loss", RULE_FINITE},
	{"validation_loss", RULE_FINITE},
	{"score", RULE_FINITE},
	{"baseline", RULE_FINITE},
	{"loss_curve", RULE_CURVE},
	{"validation_curve", RULE_CURVE},
	{"rate_curve", RULE_CURVE},
	{"seconds", RULE_SECONDS},
	{"reading_seconds", RULE_SECONDS},
	{"training_seconds", RULE_SECONDS},
	{"storing_seconds", RULE_SECONDS},
	{"optimizer_state", RULE_STATE},
};

/* A column of the row that SPI has read; its type is the model table's. */
static Datum
column(const char *name, Oid *type, bool *isnull)
{
	int number = SPI_fnumber(SPI_tuptable->tupdesc, name);

	if (number == SPI_ERROR_NOATTRIBUTE)
		elog(ERROR, "type nn_model has no attribute %s", name);
	*type = SPI_gettypeid(SPI_tuptable->tupdesc, number);
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, number, isnull);
}

/* The number of elements of an array column, a NULL has none; -1 where it has dimensions or NULLs. */
static int
element_count(const char *name)
{
	bool isnull;
	Oid type;
	Datum value = column(name, &type, &isnull);
	ArrayType *array;

	if (isnull)
		return 0;
	array = DatumGetArrayTypeP(value);
	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		return -1;
	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

/* Whether an array that element_count() accepts holds finite numbers. */
static bool
is_finite(Datum value)
{
	ArrayType *array = DatumGetArrayTypeP(value);
	int count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	bool finite = true;

	for (int i = 0; i < count; i++)
		finite = finite &&
				 isfinite(ARR_ELEMTYPE(array) == FLOAT4OID ? ((float4 *) ARR_DATA_PTR(array))[i]
														   : ((float8 *) ARR_DATA_PTR(array))[i]);
	return finite;
}

static bool
obeys(const char *name, Rule rule)
{
	bool isnull, epochs_null;
	Oid type, epochs_type;
	Datum value = column(name, &type, &isnull);
	int parameters, count;

	if (isnull)
		return rule != RULE_GIVEN;
	switch (rule)
	{
		case RULE_GIVEN:
			return true;
		case RULE_OBJECT:
			return JB_ROOT_IS_OBJECT(DatumGetJsonbP(value));
		case RULE_COUNT:
			return (type == INT4OID ? DatumGetInt32(value) : DatumGetInt64(value)) >= 0;
		case RULE_FINITE:
			return isfinite(DatumGetFloat8(value));
		case RULE_SECONDS:
			return isfinite(DatumGetFloat8(value)) && DatumGetFloat8(value) >= 0;
		case RULE_CURVE:
			count = DatumGetInt32(column("epochs", &epochs_type, &epochs_null));
			return !epochs_null && element_count(name) == count && is_finite(value);
		case RULE_STATE:
			count = element_count(name);
			parameters = element_count("parameters");
			return count >= 0 && parameters > 0 && count % parameters == 0 && is_finite(value);
	}
	return false;
}

/* Checks all of the version that was inserted, as if an attacker had written it. */
static void
check_imported(const ModelTable *table, int version)
{
	model_check(model_read_new_version(table, version)->model);
	if (SPI_execute(psprintf("SELECT * FROM ONLY %s WHERE version OPERATOR(pg_catalog.=) %d",
							 table->name, version),
					false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read %s", table->name);
	for (size_t i = 0; SPI_processed == 1 && i < lengthof(rules); i++)
		if (!obeys(rules[i].column, rules[i].rule))
			ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
					errmsg("%s is NULL or not as nn_train stores it", rules[i].column));
}

/* What is wrong with a stored model is here wrong with the JSON. */
static void
check_json(const ModelTable *table, int version)
{
	static const char prefix[] = "the stored model is damaged: ";
	MemoryContext context = CurrentMemoryContext;
	ErrorData *error;
	char *reason;

	PG_TRY();
	{
		check_imported(table, version);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (error->sqlerrcode != ERRCODE_DATA_CORRUPTED)
			PG_RE_THROW();
		FlushErrorState();
		reason = error->message;
		if (strncmp(reason, prefix, strlen(prefix)) == 0)
			reason += strlen(prefix);
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the JSON is no model: %s", reason),
				errhint("It must be what nn_export gives."));
	}
	PG_END_TRY();
}

/* Inserts the JSON as a version of that number. */
static void
insert(const ModelTable *table, Oid type, Datum json, int version, bool activate)
{
	Oid types[] = {JSONBOID, INT4OID, BOOLOID};
	Datum values[] = {json, Int32GetDatum(version), BoolGetDatum(activate)};
	char *command = psprintf(
		"INSERT INTO %s SELECT r.* FROM pg_catalog.jsonb_populate_record(NULL::%s, "
		"pg_catalog.jsonb_build_object('trained_at', pg_catalog.now(), 'trained_by', CURRENT_USER, "
		"'options', '{}'::pg_catalog.jsonb) OPERATOR(pg_catalog.||) $1 OPERATOR(pg_catalog.||) "
		"pg_catalog.jsonb_build_object('version', $2, 'active', $3, 'started_from', NULL)) r",
		table->name, format_type_be_qualified(type));

	if (SPI_execute_with_args(command, lengthof(types), types, values, NULL, false, 0) !=
		SPI_OK_INSERT)
		elog(ERROR, "could not store a version in %s", table->name);
	if (SPI_processed != 1)
		ereport(ERROR, errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
				errmsg("the new version was not stored in %s", table->name),
				errhint("Look at the table's triggers and rules."));
}

/*
 * nn_import(model text, exported jsonb, activate bool, keep int) -> int: stores what nn_export gave as the
 * next version of the model, and gives its number.
 */
Datum
nn_import(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"model", "exported", "activate", "keep"};
	bool activate;
	ModelTable table;
	int version;

	for (int i = 0; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					errmsg("%s must not be NULL", names[i]));
	activate = PG_GETARG_BOOL(2);
	if (PG_GETARG_INT32(3) < 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("keep must be at least 0, not %d", PG_GETARG_INT32(3)));
	if (!JB_ROOT_IS_OBJECT(PG_GETARG_JSONB_P(1)))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the JSON is no model: it is not an object"),
				errhint("It must be what nn_export gives."));
	PreventCommandDuringRecovery("nn_import()");
	PreventCommandIfReadOnly("nn_import()");

	SPI_connect();
	table = model_open_for_training(PG_GETARG_TEXT_PP(0), fcinfo->flinfo->fn_oid);
	version = model_begin_version(&table, activate);
	insert(&table, model_type(fcinfo->flinfo->fn_oid), PG_GETARG_DATUM(1), version, activate);
	check_json(&table, version);
	model_end_version(&table, version, PG_GETARG_INT32(3));
	SPI_finish();
	PG_RETURN_INT32(version);
}
