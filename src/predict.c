/*
 * predict.c: nn_predict and its family: the arguments of a call -> values -> a prediction.
 *
 * What a call needs is made at its first row and kept in fn_extra for the rest of the query: the
 * network of the version that the query's snapshot sees, and how the arguments become its features.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

#include "arguments.h"
#include "model.h"
#include "status.h"

PG_FUNCTION_INFO_V1(nn_predict);
PG_FUNCTION_INFO_V1(nn_classify);
PG_FUNCTION_INFO_V1(nn_probability);
PG_FUNCTION_INFO_V1(nn_outputs);

/* How the features stand in a call. */
typedef enum Form
{
	FORM_POSITIONS, /* one argument each, in order */
	FORM_ROW,       /* one row, by column name */
	FORM_JSON,      /* one jsonb object, by key */
	FORM_ARRAY      /* one array of numbers, in order */
} Form;

/* For whom and when the model was read. Two snapshots with the same numbers see the same rows. */
typedef struct View
{
	Oid user;
	TransactionId xmin, xmax;
	uint32 in_progress;
	int32 subtransactions;
	CommandId command;
	uint64 rollbacks;
} View;

typedef struct Prediction
{
	Oid model_oid;
	View view;
	MemoryContext context; /* of all that follows */
	StoredModel *model;
	nn_predictor *predictor;
	Form form;
	ValueReader *readers; /* of each feature; in a row: for its type */
	Oid array_type;
	uint64 row_type; /* identifier of the last row's type */
	int *attributes; /* of each feature in that type */
	nn_value *values;
	double *outputs;
} Prediction;

/* Rollbacks to savepoints: they take rows away that snapshots of the same numbers saw before. */
static uint64 rollbacks = 0;

static void
count_rollbacks(SubXactEvent event, SubTransactionId self, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		rollbacks++;
}

static View
current_view(void)
{
	static bool counting = false;
	Snapshot snapshot = GetActiveSnapshot();
	View view;

	if (!counting)
		RegisterSubXactCallback(count_rollbacks, NULL);
	counting = true;

	memset(&view, 0, sizeof(view));
	view.user = GetUserId();
	view.xmin = snapshot->xmin;
	view.xmax = snapshot->xmax;
	view.in_progress = snapshot->xcnt;
	view.subtransactions = snapshot->subxcnt;
	view.command = snapshot->curcid;
	view.rollbacks = rollbacks;
	return view;
}

/* ---- the first row of a query ---- */

/* The features' names, for messages: all where they are few. */
static char *
feature_names(const nn_model_data *data)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int f = 0; f < data->feature_count && f < 10; f++)
		appendStringInfo(&names, "%s%s", f == 0 ? "" : ", ", data->features[f].name);
	if (data->feature_count > 10)
		appendStringInfoString(&names, ", ...");
	return names.data;
}

/*
 * Which form the arguments from first on have. A single array may be the only feature itself.
 */
static Form
find_form(FunctionCallInfo fcinfo, int first, const nn_model_data *data, Oid *type)
{
	int count = PG_NARGS() - first;

	*type = count == 1 ? getBaseType(get_fn_expr_argtype(fcinfo->flinfo, first)) : InvalidOid;
	if (get_fn_expr_variadic(fcinfo->flinfo))
		return FORM_ARRAY;
	if (*type == JSONBOID)
		return FORM_JSON;
	if (OidIsValid(*type) && type_is_rowtype(*type))
		return FORM_ROW;
	if (OidIsValid(*type) && is_number_array(*type) &&
		!(data->feature_count == 1 && data->features[0].kind == NN_ARRAY))
		return FORM_ARRAY;
	if (count != data->feature_count)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the model takes %d features, not %d", data->feature_count, count),
				errhint("Pass %s, or a row, or a jsonb object.", feature_names(data)));
	return FORM_POSITIONS;
}

/* An array stands for single numbers. */
static void
check_array_form(const nn_model_data *data, Oid type)
{
	if (!is_number_array(type))
		ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("features can't be given as %s", format_type_be(type)),
				errhint("Pass them one by one, or as a row, a jsonb object, or an array of "
						"numbers."));
	for (int f = 0; f < data->feature_count; f++)
		if (data->features[f].kind != NN_NUMBER && data->features[f].kind != NN_BOOLEAN)
			ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("feature \"%s\" is of type %s, it can't be given in an array of numbers",
						   data->features[f].name, data->features[f].type),
					errhint("Pass the features one by one, or as a row or a jsonb object."));
}

static void
read_arguments(FunctionCallInfo fcinfo, int first, Prediction *p)
{
	const nn_model_data *data = &p->model->data;
	Oid type;

	p->form = find_form(fcinfo, first, data, &type);
	p->array_type = type;
	p->row_type = INVALID_TUPLEDESC_IDENTIFIER;
	p->readers = palloc0(data->feature_count * sizeof(ValueReader));
	p->attributes = palloc0(data->feature_count * sizeof(int));
	p->values = palloc0(data->feature_count * sizeof(nn_value));
	if (p->form == FORM_ARRAY)
		check_array_form(data, type);
	if (p->form == FORM_POSITIONS)
		for (int f = 0; f < data->feature_count; f++)
			value_reader_for_feature(&p->readers[f], get_fn_expr_argtype(fcinfo->flinfo, first + f),
									 &data->features[f]);
}

/* Loads the active version of the model and prepares for the arguments from first on. */
static Prediction *
load(FunctionCallInfo fcinfo, int first, Oid model, View view)
{
	/* A child of the row's context, so that it goes with an error; of the query's when it is ready. */
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn prediction", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	Prediction *p = palloc0(sizeof(Prediction));
	void **predictor = own(context, nn_predictor_free);
	nn_status status;

	if (IsParallelWorker() && get_rel_name(model) != NULL &&
		get_rel_persistence(model) == RELPERSISTENCE_TEMP)
		ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("a temporary model can't predict in a parallel query"),
				errhint("SET max_parallel_workers_per_gather = 0, or make the model permanent."));
	p->model_oid = model;
	p->view = view;
	p->context = context;
	p->model = model_read_active(model, fcinfo->flinfo->fn_oid);
	p->predictor = *predictor = nn_predictor_new(&p->model->data, &status);
	check_status(&status);
	model_forget_parameters(p->model); /* the predictor has its own copy */
	p->outputs = palloc(nn_predictor_outputs(p->predictor) * sizeof(double));
	read_arguments(fcinfo, first, p);
	MemoryContextSwitchTo(old_context);
	MemoryContextSetParent(context, fcinfo->flinfo->fn_mcxt);
	return p;
}

/* The prediction in fn_extra where it still fits, or a new one. */
static Prediction *
prediction_for(FunctionCallInfo fcinfo, int first)
{
	Prediction *p = fcinfo->flinfo->fn_extra;
	Oid model = PG_GETARG_OID(0);
	View view = current_view();

	if (p != NULL && p->model_oid == model && memcmp(&p->view, &view, sizeof(view)) == 0)
		return p;
	if (p != NULL)
	{
		fcinfo->flinfo->fn_extra = NULL;
		MemoryContextDelete(p->context);
	}
	return fcinfo->flinfo->fn_extra = load(fcinfo, first, model, view);
}

/* ---- every row ---- */

/* Finds the features among the columns of a row type, and how to read them. */
static void
map_row_type(Prediction *p, TupleDesc desc)
{
	const nn_model_data *data = &p->model->data;
	MemoryContext old_context = MemoryContextSwitchTo(p->context);

	for (int f = 0; f < data->feature_count; f++)
	{
		p->attributes[f] = -1;
		for (int i = 0; i < desc->natts; i++)
		{
			Form_pg_attribute attribute = TupleDescAttr(desc, i);

			if (attribute->attisdropped ||
				strcmp(NameStr(attribute->attname), data->features[f].name) != 0)
				continue;
			p->attributes[f] = i;
			value_reader_for_feature(&p->readers[f], attribute->atttypid, &data->features[f]);
			break;
		}
		if (p->attributes[f] < 0)
			ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("the row has no column \"%s\"", data->features[f].name),
					errhint("The model takes %s.", feature_names(data)));
	}
	MemoryContextSwitchTo(old_context);
}

static void
values_from_row(Prediction *p, HeapTupleHeader row)
{
	Oid type = HeapTupleHeaderGetTypeId(row);
	int32 typmod = HeapTupleHeaderGetTypMod(row);
	TupleDesc desc = lookup_rowtype_tupdesc(type, typmod);
	uint64 identifier = assign_record_type_identifier(type, typmod);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};
	Datum *datums = palloc(desc->natts * sizeof(Datum));
	bool *nulls = palloc(desc->natts * sizeof(bool));

	/* Unlike the type's OID, this changes with ALTER TYPE. */
	if (identifier != p->row_type)
	{
		p->row_type = INVALID_TUPLEDESC_IDENTIFIER; /* should mapping fail halfway */
		map_row_type(p, desc);
		p->row_type = identifier;
	}
	heap_deform_tuple(&tuple, desc, datums, nulls);
	ReleaseTupleDesc(desc);
	for (int f = 0; f < p->model->data.feature_count; f++)
	{
		int i = p->attributes[f];

		value_read(&p->readers[f], datums[i], nulls[i], &p->values[f]);
	}
}

static void
values_from_json(Prediction *p, Jsonb *json)
{
	const nn_model_data *data = &p->model->data;

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("features in jsonb must be an object"),
				errhint("Such as {\"%s\": ...}.",
						data->feature_count > 0 ? data->features[0].name : ""));
	for (int f = 0; f < data->feature_count; f++)
	{
		const char *name = data->features[f].name;
		JsonbValue *member = getKeyJsonValueFromContainer(&json->root, name, strlen(name), NULL);

		if (member == NULL)
			ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("the jsonb object has no key \"%s\"", name),
					errhint("The model takes %s; give null for an unknown value.",
							feature_names(data)));
		value_from_json(member, &data->features[f], &p->values[f]);
	}
}

/*
 * Predicts from the arguments from first on into the prediction's outputs. NULL where the model, or
 * the one row, object or array with all features, is NULL; and where a feature is, if the model was
 * trained without such rows.
 */
static Prediction *
predict(FunctionCallInfo fcinfo, int first)
{
	Prediction *p;
	nn_status status;
	bool predicted;

	if (PG_ARGISNULL(0))
		return NULL;
	p = prediction_for(fcinfo, first);
	if (p->form != FORM_POSITIONS && PG_ARGISNULL(first))
		return NULL;
	switch (p->form)
	{
		case FORM_POSITIONS:
			for (int f = 0; f < p->model->data.feature_count; f++)
				value_read(&p->readers[f], PG_GETARG_DATUM(first + f), PG_ARGISNULL(first + f),
						   &p->values[f]);
			break;
		case FORM_ROW:
			values_from_row(p, PG_GETARG_HEAPTUPLEHEADER(first));
			break;
		case FORM_JSON:
			values_from_json(p, PG_GETARG_JSONB_P(first));
			break;
		case FORM_ARRAY:
			values_from_array(PG_GETARG_DATUM(first), p->array_type, p->model->data.feature_count,
							  p->values);
			break;
	}
	predicted = nn_predictor_run(p->predictor, p->values, p->outputs, &status);
	check_status(&status);
	return predicted ? p : NULL;
}

/* ---- the functions ---- */

static void
require_classes(const Prediction *p)
{
	if (p->model->data.class_count == 0)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("model \"%s\" predicts numbers, not classes", get_rel_name(p->model_oid)),
				errhint("Use %s.", p->model->data.target_count > 1 ? "nn_outputs" : "nn_predict"));
}

/*
 * nn_predict(model regclass, VARIADIC "any") -> float8: the number, or the probability of the second
 * of two classes.
 */
Datum
nn_predict(PG_FUNCTION_ARGS)
{
	Prediction *p = predict(fcinfo, 1);
	const nn_model_data *data;

	if (p == NULL)
		PG_RETURN_NULL();
	data = &p->model->data;
	if (data->class_count > 2)
		ereport(
			ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
			errmsg("model \"%s\" has %d classes", get_rel_name(p->model_oid), data->class_count),
			errhint("Use nn_classify for the most probable class, nn_probability for one of "
					"them, or nn_outputs for all."));
	if (data->class_count == 0 && data->target_count > 1)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("model \"%s\" predicts %d numbers", get_rel_name(p->model_oid),
					   data->target_count),
				errhint("Use nn_outputs."));
	PG_RETURN_FLOAT8(p->outputs[data->class_count == 2 ? 1 : 0]);
}

/*
 * nn_classify(model regclass, VARIADIC "any") -> text: the most probable class; of two equal ones the
 * first.
 */
Datum
nn_classify(PG_FUNCTION_ARGS)
{
	Prediction *p = predict(fcinfo, 1);
	int best = 0;

	if (p == NULL)
		PG_RETURN_NULL();
	require_classes(p);
	for (int c = 1; c < p->model->data.class_count; c++)
		if (p->outputs[c] > p->outputs[best])
			best = c;
	PG_RETURN_TEXT_P(cstring_to_text(p->model->data.classes[best]));
}

/*
 * nn_probability(model regclass, class text, VARIADIC "any") -> float8: of that class.
 */
Datum
nn_probability(PG_FUNCTION_ARGS)
{
	Prediction *p;
	char *class;

	if (PG_ARGISNULL(1) || (p = predict(fcinfo, 2)) == NULL)
		PG_RETURN_NULL();
	require_classes(p);
	class = text_to_cstring(PG_GETARG_TEXT_PP(1));
	for (int c = 0; c < p->model->data.class_count; c++)
		if (strcmp(class, p->model->data.classes[c]) == 0)
			PG_RETURN_FLOAT8(p->outputs[c]);
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("model \"%s\" has no class \"%s\"", get_rel_name(p->model_oid), class),
			errhint("Its classes are in the column classes of the model table."));
}

/*
 * nn_outputs(model regclass, VARIADIC "any") -> float8[]: all numbers, or the probabilities of all
 * classes in the order of classes.
 */
Datum
nn_outputs(PG_FUNCTION_ARGS)
{
	Prediction *p = predict(fcinfo, 1);
	int count;
	Datum *elements;

	if (p == NULL)
		PG_RETURN_NULL();
	count = nn_predictor_outputs(p->predictor);
	elements = palloc(count * sizeof(Datum));
	for (int i = 0; i < count; i++)
		elements[i] = Float8GetDatum(p->outputs[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, count, FLOAT8OID, sizeof(float8),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
