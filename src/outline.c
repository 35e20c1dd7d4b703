/*
 * outline.c: what the planner needs to know of a model, from a network that is ready or else from the
 * model table.
 *
 * Planning must not fail for a model that may never be asked. So rights are looked at before the
 * table is read, and only what can't fail is done with what was read.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "nodes/value.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"

#include "networks.h"
#include "outline.h"
#include "stored.h"

/* Whether the caller may read the model, and so learn of it what he would by predicting. */
static bool
may_read(Oid model, Oid function)
{
	return model_exists(model, function) &&
		   pg_class_aclcheck(model, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
		   check_enable_rls(model, InvalidOid, true) != RLS_ENABLED &&
		   !isOtherTempNamespace(get_rel_namespace(model)) && !IsInParallelMode();
}

static double
count_parameters(const int32 *sizes, int layers)
{
	double parameters = 0;

	for (int l = 1; l < layers; l++)
		parameters += (sizes[l - 1] + 1.0) * sizes[l];
	return parameters;
}

static void
outline_network(const Network *network, Outline *outline)
{
	const nn_model_data *data = &network->model->data;

	for (int f = 0; f < data->feature_count; f++)
		outline->features = lappend(outline->features, makeString(pstrdup(data->features[f].name)));
	outline->parameters = count_parameters(data->layer_sizes, data->layer_count);
}

/* The names in the features as they are stored; false where they aren't what nn_train stores. */
static bool
outline_features(Jsonb *features, Outline *outline)
{
	if (!JB_ROOT_IS_ARRAY(features) || JB_ROOT_IS_SCALAR(features))
		return false;
	for (uint32 i = 0; i < JB_ROOT_COUNT(features); i++)
	{
		JsonbValue *feature = getIthJsonbValueFromContainer(&features->root, i);
		JsonbValue *name;

		if (feature == NULL || feature->type != jbvBinary ||
			!JsonContainerIsObject(feature->val.binary.data))
			return false;
		name = getKeyJsonValueFromContainer(feature->val.binary.data, "name", 4, NULL);
		if (name == NULL || name->type != jbvString)
			return false;
		outline->features = lappend(
			outline->features, makeString(pnstrdup(name->val.string.val, name->val.string.len)));
	}
	return true;
}

/* Reads the model table; false where it doesn't hold one sound active version. */
static bool
outline_table(Oid model, Oid function, Outline *outline)
{
	MemoryContext context = CurrentMemoryContext;
	char *name = model_lock(model, function, AccessShareLock);
	bool sound = false;

	SPI_connect();
	if (SPI_execute(psprintf("SELECT layer_sizes, features FROM ONLY %s WHERE active", name), true,
					2) == SPI_OK_SELECT &&
		SPI_processed == 1)
	{
		HeapTuple row = SPI_tuptable->vals[0];
		bool no_sizes, no_features;
		Datum sizes = SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &no_sizes);
		Datum features = SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &no_features);
		MemoryContext old_context = MemoryContextSwitchTo(context);

		if (!no_sizes && !no_features)
		{
			ArrayType *array = DatumGetArrayTypeP(sizes);

			sound = ARR_NDIM(array) == 1 && !ARR_HASNULL(array) &&
					outline_features(DatumGetJsonbP(features), outline);
			if (sound)
				outline->parameters =
					count_parameters((int32 *) ARR_DATA_PTR(array), ARR_DIMS(array)[0]);
		}
		MemoryContextSwitchTo(old_context);
	}
	SPI_finish();
	return sound;
}

static bool
make_outline(Oid model, Oid function, Outline *outline)
{
	const Network *network;

	if (!ActiveSnapshotSet() || !may_read(model, function))
		return false;
	outline->temporary = get_rel_persistence(model) == RELPERSISTENCE_TEMP;
	network = network_ready(model, function);
	if (network == NULL)
		return outline_table(model, function, outline);
	outline_network(network, outline);
	return true;
}

const Outline *
outline_of(Oid model, Oid function)
{
	static MemoryContext kept = NULL;
	static Oid last_model = InvalidOid;
	static View last_view;
	static Outline *last = NULL;
	MemoryContext context, old_context;
	Outline *outline;

	/* A plan asks again and again, for the cost of each path. */
	if (last_model == model && ActiveSnapshotSet() && view_is_now(&last_view))
		return last;
	/* Reading the table may plan a query that asks for another outline: this one is kept when it is done. */
	context = AllocSetContextCreate(CurrentMemoryContext, "pgnn outline", ALLOCSET_SMALL_SIZES);
	old_context = MemoryContextSwitchTo(context);
	outline = palloc0(sizeof(Outline));
	if (!make_outline(model, function, outline))
		outline = NULL;
	MemoryContextSwitchTo(old_context);
	if (kept != NULL)
		MemoryContextDelete(kept);
	MemoryContextSetParent(context, CacheMemoryContext);
	kept = context;
	last = outline;
	last_model = ActiveSnapshotSet() ? model : InvalidOid;
	if (OidIsValid(last_model))
		last_view = view_now();
	return last;
}
