/*
 * networks.c: the networks that a session has ready to predict, by model.
 *
 * Once in each statement it is asked which row of the model table is the active version: by active.c,
 * or else by a query that takes the same columns as reading it does, so that the caller's rights, row
 * security and snapshot have their say. Where it is the row that the network was made from, the network serves
 * again. A change of the table itself, such as dropping it, arrives as an invalidation.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "lib/ilist.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "active.h"
#include "networks.h"
#include "status.h"
#include "stored.h"

/* A network that can be found. It lives in its network's context. */
typedef struct Entry
{
	dlist_node node; /* the last used first */
	Oid model;
	Network *network;
	View view;       /* that last showed it */
	SPIPlanPtr plan; /* asks for the row; or NULL */
	bool unique;     /* there can't be another active version */
	int busy;        /* its plan is running, and it may not be forgotten */
	bool changed;    /* the table has been: the network may not serve again */
	bool renamed;    /* a schema has been, maybe: nor may the plan */
} Entry;

int networks_kept = 16;
uint64 view_ends = 0;

static dlist_head entries = DLIST_STATIC_INIT(entries);
static int entry_count = 0;

/* ---- what changes under us ---- */

static void
end_of_subtransaction(SubXactEvent event, SubTransactionId self, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		view_ends++;
}

static void
end_of_transaction(XactEvent event, void *arg)
{
	view_ends++;
}

static void
table_changed(Datum arg, Oid relation)
{
	dlist_iter i;

	dlist_foreach(i, &entries)
	{
		Entry *entry = dlist_container(Entry, node, i.cur);

		if (!OidIsValid(relation) || entry->model == relation)
			entry->changed = true;
	}
}

static void
schema_changed(Datum arg, int cache, uint32 hash)
{
	dlist_iter i;

	dlist_foreach(i, &entries)
	{
		Entry *entry = dlist_container(Entry, node, i.cur);

		entry->renamed = true;
	}
}

static void
watch(void)
{
	static bool watching = false;

	if (watching)
		return;
	RegisterSubXactCallback(end_of_subtransaction, NULL);
	RegisterXactCallback(end_of_transaction, NULL);
	CacheRegisterRelcacheCallback(table_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, schema_changed, (Datum) 0);
	watching = true;
}

View
view_now(void)
{
	Snapshot snapshot = GetActiveSnapshot();
	View view = {.user = GetUserId(),
				 .xmin = snapshot->xmin,
				 .xmax = snapshot->xmax,
				 .in_progress = snapshot->xcnt,
				 .subtransactions = snapshot->subxcnt,
				 .command = snapshot->curcid,
				 .ends = view_ends};

	watch();
	return view;
}

/* ---- holding and letting go ---- */

static void
free_unless_used(Network *network)
{
	if (network->users == 0 && !network->listed)
		MemoryContextDelete(network->context);
}

static void
release(void *arg)
{
	Network *network = arg;

	network->users--;
	free_unless_used(network);
}

/* callback: lives in the holder, and releases the network with it. */
static Network *
hold(Network *network, MemoryContext holder, MemoryContextCallback *callback)
{
	callback->func = release;
	callback->arg = network;
	network->users++;
	MemoryContextRegisterResetCallback(holder, callback);
	return network;
}

static void
forget_plan(Entry *entry)
{
	SPIPlanPtr plan = entry->plan;

	entry->plan = NULL;
	if (plan != NULL)
		SPI_freeplan(plan);
}

static void
forget(Entry *entry)
{
	Network *network = entry->network;

	dlist_delete(&entry->node);
	entry_count--;
	forget_plan(entry);
	network->listed = false;
	free_unless_used(network);
}

/* Forgets those used longest ago, as far as they are more than so many. */
static void
forget_beyond(int count)
{
	dlist_node *node = dlist_is_empty(&entries) ? NULL : dlist_tail_node(&entries);

	while (node != NULL && entry_count > count)
	{
		Entry *entry = dlist_container(Entry, node, node);

		node = dlist_has_prev(&entries, node) ? dlist_prev_node(&entries, node) : NULL;
		if (entry->busy == 0)
			forget(entry);
	}
}

/* Another version of the model takes their place. */
static void
forget_others(Oid model)
{
	dlist_mutable_iter i;

	dlist_foreach_modify(i, &entries)
	{
		Entry *entry = dlist_container(Entry, node, i.cur);

		if (entry->model == model && entry->busy == 0)
			forget(entry);
	}
}

/* The entry of a model, unless its table has changed. */
static Entry *
find(Oid model)
{
	dlist_mutable_iter i;

	forget_beyond(networks_kept); /* pgnn.cache_size may be less than it was */
	dlist_foreach_modify(i, &entries)
	{
		Entry *entry = dlist_container(Entry, node, i.cur);

		if (entry->model != model)
			continue;
		if (!entry->changed)
		{
			dlist_move_head(&entries, &entry->node);
			return entry;
		}
		if (entry->busy == 0)
			forget(entry);
	}
	return NULL;
}

/* ---- which version is the active one ---- */

/* The query's plan, kept. Within SPI. */
static SPIPlanPtr
plan_for(Entry *entry, const char *name)
{
	if (entry->renamed)
		forget_plan(entry);
	entry->renamed = false;
	if (entry->plan == NULL)
	{
		SPIPlanPtr plan = SPI_prepare(stored_query(name, ACTIVE_VERSION), 0, NULL);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare to read %s", name);
		entry->plan = plan;
	}
	return entry->plan;
}

/* The same without a query, where that is enough; false where it isn't. */
static bool
stands(Entry *entry)
{
	const StoredModel *model = entry->network->model;

	LockRelationOid(entry->model, AccessShareLock); /* changes of the table arrive */
	if (!entry->unique || entry->changed || entry->renamed ||
		!active_row_stands(entry->model, &model->row, model->written_by))
		return false;
	entry->view = view_now();
	return true;
}

/* Whether the view of now shows the entry's network. */
static bool
is_active(Entry *entry, Oid function)
{
	bool same = false;

	if (view_is_now(&entry->view))
		return true;
	if (stands(entry))
		return true;
	entry->busy++;
	PG_TRY();
	{
		char *name = NULL;

		if (entry->plan == NULL || entry->renamed)
			name = model_lock(entry->model, function, AccessShareLock);
		SPI_connect();
		if (SPI_execute_plan(plan_for(entry, name), NULL, NULL, true, 2) != SPI_OK_SELECT)
			elog(ERROR, "could not read a model");
		same = SPI_processed == 1 && stored_row_is(entry->network->model) && !entry->changed;
		SPI_finish();
	}
	PG_FINALLY();
	{
		entry->busy--;
	}
	PG_END_TRY();
	if (same)
		entry->view = view_now();
	return same;
}

/* Reads and checks the active version, into a context that goes with the caller's for now. */
static Entry *
load(Oid model, Oid function)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn network", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	void **predictor = own(context, nn_predictor_free);
	Network *network = palloc0(sizeof(Network));
	Entry *entry = palloc0(sizeof(Entry));
	nn_status status;

	entry->model = model;
	entry->network = network;
	entry->view = view_now();
	network->context = context;
	network->model = model_read(model, ACTIVE_VERSION, function);
	network->predictor = *predictor = nn_predictor_new(&network->model->data, &status);
	check_status(&status);
	model_forget_parameters(network->model); /* the predictor has its own copy */
	entry->unique = active_is_unique(model);
	MemoryContextSwitchTo(old_context);
	return entry;
}

static void
refuse_temporary_in_worker(Oid model)
{
	if (IsParallelWorker() && get_rel_name(model) != NULL &&
		get_rel_persistence(model) == RELPERSISTENCE_TEMP)
		ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("a temporary model can't predict in a parallel query"),
				errhint("SET max_parallel_workers_per_gather = 0, or make the model permanent."));
}

Network *
network_acquire(Oid model, Oid function, MemoryContext holder)
{
	MemoryContextCallback *callback = MemoryContextAlloc(holder, sizeof(MemoryContextCallback));
	Entry *entry;

	watch();
	entry = find(model);
	if (entry != NULL && view_is_now(&entry->view))
		return hold(entry->network, holder, callback);

	refuse_temporary_in_worker(model);
	LockRelationOid(model, AccessShareLock); /* changes of the table arrive */
	entry = find(model);
	if (entry != NULL && is_active(entry, function))
		return hold(entry->network, holder, callback);

	entry = load(model, function);
	hold(entry->network, holder, callback); /* from here on nothing can fail */
	MemoryContextSetParent(entry->network->context, CacheMemoryContext);
	forget_others(model);
	forget_beyond(networks_kept - 1);
	if (entry_count < networks_kept)
	{
		entry->network->listed = true;
		dlist_push_head(&entries, &entry->node);
		entry_count++;
	}
	return entry->network;
}

const Network *
network_ready(Oid model, Oid function)
{
	Entry *entry = find(model);

	if (entry == NULL || !is_active(entry, function))
		return NULL;
	return entry->network;
}
