/*
 * call.c: the arguments of a prediction -> values -> outputs.
 *
 * What a call needs is made at its first row and kept in fn_extra for the rest of the query: the
 * network, and how the arguments become its features. Plain numbers of the common types go to the
 * network as they are, everything else as values of the core.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/sinval.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "arguments.h"
#include "call.h"
#include "columns.h"
#include "status.h"

char *
feature_names(const nn_model_data *model)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int f = 0; f < model->feature_count && f < 10; f++)
		appendStringInfo(&names, "%s%s", f == 0 ? "" : ", ", model->features[f].name);
	if (model->feature_count > 10)
		appendStringInfoString(&names, ", ...");
	return names.data;
}

/* ---- the first row of a query ---- */

/*
 * Which form the arguments from first on have. A single array may be the only feature itself.
 */
static Form
find_form(FmgrInfo *function, int first, int count, const nn_model_data *model, Oid *type)
{
	*type = count > 0 ? get_fn_expr_argtype(function, first) : InvalidOid;
	if (*type == INTERNALOID)
		return FORM_COLUMNS;
	*type = count == 1 ? getBaseType(*type) : InvalidOid;
	if (get_fn_expr_variadic(function))
		return FORM_ARRAY;
	if (*type == JSONBOID)
		return FORM_JSON;
	if (OidIsValid(*type) && type_is_rowtype(*type))
		return FORM_ROW;
	if (OidIsValid(*type) && is_number_array(*type) &&
		!(model->feature_count == 1 && model->features[0].kind == NN_ARRAY))
		return FORM_ARRAY;
	if (count != model->feature_count)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the model takes %d features, not %d", model->feature_count, count),
				errhint("Pass %s, or a row, or a jsonb object.", feature_names(model)));
	return FORM_POSITIONS;
}

/* An array stands for single numbers. */
static void
check_array_form(const nn_model_data *model, Oid type)
{
	if (!is_number_array(type))
		ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("features can't be given as %s", format_type_be(type)),
				errhint("Pass them one by one, or as a row, a jsonb object, or an array of "
						"numbers."));
	for (int f = 0; f < model->feature_count; f++)
		if (model->features[f].kind != NN_NUMBER && model->features[f].kind != NN_BOOLEAN)
			ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("feature \"%s\" is of type %s, it can't be given in an array of numbers",
						   model->features[f].name, model->features[f].type),
					errhint("Pass the features one by one, or as a row or a jsonb object."));
}

/* Groups the features by what reads their arguments, once all readers are known. */
static void
find_runs(Call *call)
{
	call->runs = 0;
	for (int f = 0; f < call->model->feature_count; f++)
	{
		Oid type = value_reader_is_plain(&call->readers[f]) ? call->readers[f].type : InvalidOid;

		if (call->runs == 0 || call->run[call->runs - 1].type != type)
			call->run[call->runs++] = (Run){type, f, f};
		call->run[call->runs - 1].end = f + 1;
	}
}

/*
 * The active version takes other columns than that for which the statement was planned, and nobody
 * told the planner: somebody changed the model table by hand, or just now. Plans are made anew.
 */
static void
outdated_plan(Oid model)
{
	SharedInvalidationMessage message;

	memset(&message, 0, sizeof(message));
	message.rc.id = SHAREDINVALRELCACHE_ID;
	message.rc.dbId = MyDatabaseId;
	message.rc.relId = model;
	SendSharedInvalidMessages(&message, 1); /* at once, for this transaction fails */
	ereport(ERROR, errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			errmsg("model \"%s\" has got other features since the statement was planned",
				   get_rel_name(model)),
			errhint("Run it again."));
}

/* The features among the columns that the planner names. */
static void
map_columns(Call *call, const NullableDatum *args, int count)
{
	int taken = 0;

	call->in_order = count == 1;
	for (int f = 0; f < call->model->feature_count; f++)
	{
		const nn_feature *feature = &call->model->features[f];
		Oid type;

		call->places[f] = columns_find(args, count, feature->name, &type);
		if (call->places[f] < 0)
			outdated_plan(call->model_oid);
		call->in_order = call->in_order && call->places[f] == taken++;
		value_reader_for_feature(&call->readers[f], type, feature);
	}
}

static void
read_arguments(FmgrInfo *function, int first, const NullableDatum *args, int count, Call *call)
{
	const nn_model_data *model = call->model;
	int features = model->feature_count;
	Oid type;

	call->form = find_form(function, first, count, model, &type);
	call->numeric = nn_predictor_numeric(call->network->predictor);
	call->array_type = type;
	call->row_type = INVALID_TUPLEDESC_IDENTIFIER;
	call->run = palloc(features * sizeof(Run));
	call->readers = palloc0(features * sizeof(ValueReader));
	call->features = palloc0(features * sizeof(NullableDatum));
	call->places = palloc0(features * sizeof(int));
	call->numbers = palloc0(features * sizeof(double));
	call->nulls = palloc0(features * sizeof(bool));
	call->values = palloc0(features * sizeof(nn_value));
	call->outputs = palloc(nn_predictor_outputs(call->network->predictor) * sizeof(double));
	call->labels = palloc0(model->class_count * sizeof(Datum));
	if (call->form == FORM_ARRAY)
		check_array_form(model, type);
	if (call->form == FORM_COLUMNS)
		map_columns(call, args, count);
	if (call->form == FORM_POSITIONS)
		for (int f = 0; f < features; f++)
			value_reader_for_feature(&call->readers[f], get_fn_expr_argtype(function, first + f),
									 &model->features[f]);
	if (call->form == FORM_COLUMNS || call->form == FORM_POSITIONS)
		find_runs(call);
}

static Call *
start_call(FmgrInfo *function, Oid model, int first, const NullableDatum *args, int count)
{
	/* A child of the row's context, so that it goes with an error; of the query's when it is ready. */
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn prediction", ALLOCSET_SMALL_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	Call *call = palloc0(sizeof(Call));

	call->model_oid = model;
	call->context = context;
	call->network = network_acquire(model, function->fn_oid, context);
	call->model = &call->network->model->data;
	call->view = view_now();
	read_arguments(function, first, args, count, call);
	MemoryContextSwitchTo(old_context);
	MemoryContextSetParent(context, function->fn_mcxt);
	return call;
}

Call *
call_for(FmgrInfo *function, Oid model, int first, const NullableDatum *args, int count)
{
	Call *call = function->fn_extra;

	if (likely(call != NULL && call->model_oid == model && view_is_now(&call->view)))
		return call;
	function->fn_extra = NULL;
	if (call != NULL && call->model_oid == model &&
		network_ready(model, function->fn_oid) == call->network)
	{
		call->view = view_now();
		return function->fn_extra = call;
	}
	if (call != NULL)
		MemoryContextDelete(call->context);
	return function->fn_extra = start_call(function, model, first, args, count);
}

/* ---- every row ---- */

/* Finds the features among the columns of a row type, and how to read them. */
static void
map_row_type(Call *call, TupleDesc desc)
{
	MemoryContext old_context = MemoryContextSwitchTo(call->context);

	for (int f = 0; f < call->model->feature_count; f++)
	{
		const nn_feature *feature = &call->model->features[f];

		call->places[f] = -1;
		for (int i = 0; i < desc->natts; i++)
		{
			Form_pg_attribute attribute = TupleDescAttr(desc, i);

			if (attribute->attisdropped || strcmp(NameStr(attribute->attname), feature->name) != 0)
				continue;
			call->places[f] = i;
			value_reader_for_feature(&call->readers[f], attribute->atttypid, feature);
			break;
		}
		if (call->places[f] < 0)
			ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("the row has no column \"%s\"", feature->name),
					errhint("The model takes %s.", feature_names(call->model)));
	}
	find_runs(call);
	call->attributes = palloc(desc->natts * sizeof(Datum));
	call->attribute_nulls = palloc(desc->natts * sizeof(bool));
	MemoryContextSwitchTo(old_context);
}

static const NullableDatum *
features_of_row(Call *call, HeapTupleHeader row)
{
	Oid type = HeapTupleHeaderGetTypeId(row);
	int32 typmod = HeapTupleHeaderGetTypMod(row);
	TupleDesc desc = lookup_rowtype_tupdesc(type, typmod);
	uint64 identifier = assign_record_type_identifier(type, typmod);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};

	/* Unlike the type's OID, this changes with ALTER TYPE. */
	if (identifier != call->row_type)
	{
		call->row_type = INVALID_TUPLEDESC_IDENTIFIER; /* should mapping fail halfway */
		map_row_type(call, desc);
		call->row_type = identifier;
	}
	heap_deform_tuple(&tuple, desc, call->attributes, call->attribute_nulls);
	ReleaseTupleDesc(desc);
	for (int f = 0; f < call->model->feature_count; f++)
	{
		int i = call->places[f];

		call->features[f] = (NullableDatum){call->attributes[i], call->attribute_nulls[i]};
	}
	return call->features;
}

static const NullableDatum *
features_of_columns(Call *call, const NullableDatum *args)
{
	if (call->in_order)
		return columns_datums(args[0].value);
	for (int f = 0; f < call->model->feature_count; f++)
		call->features[f] = *columns_at(args, call->places[f]);
	return call->features;
}

static void
values_from_json(Call *call, Jsonb *json)
{
	const nn_model_data *model = call->model;

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("features in jsonb must be an object"),
				errhint("Such as {\"%s\": ...}.",
						model->feature_count > 0 ? model->features[0].name : ""));
	for (int f = 0; f < model->feature_count; f++)
	{
		const char *name = model->features[f].name;
		JsonbValue *member = getKeyJsonValueFromContainer(&json->root, name, strlen(name), NULL);

		if (member == NULL)
			ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("the jsonb object has no key \"%s\"", name),
					errhint("The model takes %s; give null for an unknown value.",
							feature_names(model)));
		value_from_json(member, &model->features[f], &call->values[f]);
	}
}

/* Whatever isn't a number of a common type, but becomes one. */
static double
read_number(ValueReader *reader, Datum datum)
{
	nn_value value = {.number = 0};

	reader->read(reader, datum, &value);
	return value.number;
}

#define READ_RUN(number)                                                                           \
	for (int f = run->first; f < run->end; f++)                                                    \
	{                                                                                              \
		Datum datum = features[f].value; /* of a NULL: anything */                                 \
                                                                                                   \
		numbers[f] = (double) (number);                                                            \
		some |= features[f].isnull;                                                                \
	}                                                                                              \
	break

/* Fills numbers and nulls; true where some feature is NULL. */
static bool
read_numbers(Call *call, const NullableDatum *features)
{
	double *numbers = call->numbers;
	bool some = false;

	for (const Run *run = call->run; run < call->run + call->runs; run++)
		switch (run->type)
		{
			case FLOAT4OID:
				READ_RUN(DatumGetFloat4(datum));
			case FLOAT8OID:
				READ_RUN(DatumGetFloat8(datum));
			case INT2OID:
				READ_RUN(DatumGetInt16(datum));
			case INT4OID:
				READ_RUN(DatumGetInt32(datum));
			case INT8OID:
				READ_RUN(DatumGetInt64(datum));
			case BOOLOID:
				READ_RUN(DatumGetBool(datum));
			default:
				READ_RUN(features[f].isnull ? 0 : read_number(&call->readers[f], datum));
		}
	for (int f = 0; some && f < call->model->feature_count; f++)
	{
		call->nulls[f] = features[f].isnull;
		if (call->nulls[f])
			numbers[f] = 0;
	}
	return some;
}

/* The features one by one, of the forms that have them so. */
static const NullableDatum *
find_features(Call *call, const NullableDatum *args)
{
	switch (call->form)
	{
		case FORM_COLUMNS:
			return features_of_columns(call, args);
		case FORM_ROW:
			return features_of_row(call, DatumGetHeapTupleHeader(args[0].value));
		default:
			return args;
	}
}

/* Fills values. */
static void
read_values(Call *call, const NullableDatum *args)
{
	const NullableDatum *features;

	if (call->form == FORM_JSON)
		values_from_json(call, DatumGetJsonbP(args[0].value));
	else if (call->form == FORM_ARRAY)
		values_from_array(args[0].value, call->array_type, call->model->feature_count,
						  call->values);
	else
	{
		features = find_features(call, args);
		for (int f = 0; f < call->model->feature_count; f++)
			value_read(&call->readers[f], features[f].value, features[f].isnull, &call->values[f]);
	}
}

/* Whether the one row, object or array that stands for all features is NULL. */
static bool
is_null(const Call *call, const NullableDatum *args)
{
	return call->form != FORM_POSITIONS && args[0].isnull;
}

static bool
use_numbers(Call *call, const NullableDatum *features, nn_batch *batch, nn_purpose purpose,
			nn_status *status)
{
	const bool *nulls = read_numbers(call, features) ? call->nulls : NULL;

	return batch == NULL ? nn_predictor_run_numbers(call->network->predictor, call->numbers, nulls,
													purpose, call->outputs, status)
						 : nn_batch_add_numbers(batch, call->numbers, nulls, status);
}

/* To the network, or to a batch if there is one. */
static bool
use(Call *call, const NullableDatum *args, nn_batch *batch, nn_purpose purpose)
{
	nn_status status;
	bool used;

	if (is_null(call, args))
		return false;
	if (call->numeric && call->form != FORM_JSON && call->form != FORM_ARRAY)
		used = use_numbers(call, find_features(call, args), batch, purpose, &status);
	else
	{
		read_values(call, args);
		used = batch == NULL ? nn_predictor_run(call->network->predictor, call->values, purpose,
												call->outputs, &status)
							 : nn_batch_add(batch, call->values, &status);
	}
	check_status(&status);
	return used;
}

bool
call_predict(Call *call, const NullableDatum *args, nn_purpose purpose)
{
	return use(call, args, NULL, purpose);
}

bool
call_add(Call *call, const NullableDatum *args, nn_batch *batch)
{
	return use(call, args, batch, NN_OUTPUTS);
}

bool
call_read(Call *call, const NullableDatum *args)
{
	if (is_null(call, args))
		return false;
	read_values(call, args);
	return true;
}
