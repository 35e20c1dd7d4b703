/*
 * query.c: a query given as text: what it may be, its columns, and its rows through a read-only cursor.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "parser/scansup.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/portal.h"
#include "utils/resowner.h"
#include "utils/varlena.h"

#include "query.h"

/* At most so many rows, and about so many bytes of them, are fetched at once. */
#define FETCH_ROWS 1000
#define FETCH_BYTES (1024 * 1024)

/* True where the text is a name, or names with dots between, rather than a statement. */
static bool
is_relation_name(const char *text)
{
	const char *p = text;

	for (;;)
	{
		while (scanner_isspace(*p))
			p++;
		if (*p == '"')
		{
			do
				p = strchr(p + 1, '"');
			while (p != NULL && *++p == '"'); /* a doubled quote stands for itself */
			if (p == NULL)
				return false;
		}
		else
		{
			const char *start = p;

			while (*p != '\0' && !scanner_isspace(*p) && strchr("\".;()'", *p) == NULL)
				p++;
			if (p == start)
				return false;
		}
		while (scanner_isspace(*p))
			p++;
		if (*p == '\0')
			return true;
		if (*p++ != '.')
			return false;
	}
}

/* SELECT * from the relation of that name, whose existence is checked. */
static char *
select_from_relation(const char *name)
{
	RangeVar *relation = makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(name)));
	Oid oid = RangeVarGetRelid(relation, AccessShareLock, true);

	if (!OidIsValid(oid))
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("relation \"%s\" does not exist", name),
				errhint("The query is a SELECT, or the name of a table or view."));
	return psprintf(
		"SELECT * FROM %s",
		quote_qualified_identifier(get_namespace_name(get_rel_namespace(oid)), get_rel_name(oid)));
}

/* Refuses whatever isn't one SELECT without side effects; gives the columns of its rows. */
static TupleDesc
check_plan(SPIPlanPtr plan)
{
	List *sources = SPI_plan_get_plan_sources(plan);
	CachedPlanSource *source;
	Query *query;

	if (sources == NIL)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the query is empty"),
				errhint("Give a SELECT, or the name of a table or view."));
	if (list_length(sources) != 1)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the query must be one statement, not %d", list_length(sources)));
	source = linitial(sources);
	if (source->commandTag == CMDTAG_SELECT && !SPI_is_cursor_plan(plan))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the query must only read, without INTO"));
	if (source->commandTag != CMDTAG_SELECT || !SPI_is_cursor_plan(plan))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the query must be a SELECT, not %s", GetCommandTagName(source->commandTag)),
				errhint("Give a SELECT, or the name of a table or view."));
	query = linitial_node(Query, source->query_list);
	if (query->hasModifyingCTE || query->rowMarks != NIL)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the query must only read, without INSERT, UPDATE, DELETE or FOR UPDATE"));
	return source->resultDesc;
}

/* The columns' names, for messages: all where they are few. */
static char *
column_names(TupleDesc desc)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < desc->natts && i < 20; i++)
		appendStringInfo(&names, "%s%s", i == 0 ? "" : ", ",
						 NameStr(TupleDescAttr(desc, i)->attname));
	if (desc->natts > 20)
		appendStringInfoString(&names, ", ...");
	return names.data;
}

int
source_find_column(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return i;
	return -1;
}

int
source_column(TupleDesc desc, const char *name, const char *purpose)
{
	int column = source_find_column(desc, name);

	if (column < 0)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN),
				errmsg("the query has no column \"%s\" to be the %s", name, purpose),
				desc->natts > 0 ? errhint("Its columns are %s.", column_names(desc)) : 0);
	return column;
}

/* Two columns of one name couldn't be told apart in a prediction. */
static void
check_names(TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(NameStr(TupleDescAttr(desc, i)->attname),
					   NameStr(TupleDescAttr(desc, j)->attname)) == 0)
				ereport(ERROR, errcode(ERRCODE_DUPLICATE_COLUMN),
						errmsg("the query returns column \"%s\" twice",
							   NameStr(TupleDescAttr(desc, i)->attname)),
						errhint("Select it once, or give one of them another name with AS."));
}

SourceQuery
source_prepare(const char *text)
{
	SourceQuery query;

	if (is_relation_name(text))
		text = select_from_relation(text);
	query.plan = SPI_prepare_cursor(text, 0, NULL, CURSOR_OPT_NO_SCROLL);
	if (query.plan == NULL)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the query can't be run: %s", SPI_result_code_string(SPI_result)),
				errhint("Give a SELECT, or the name of a table or view."));
	query.desc = CreateTupleDescCopy(check_plan(query.plan));
	check_names(query.desc);
	return query;
}

/* ---- its rows ---- */

SourceRows
source_open(const SourceQuery *query)
{
	SourceRows rows = {.fetch = 1};

	rows.portal = SPI_cursor_open(NULL, query->plan, NULL, NULL, true);
	PinPortal(rows.portal); /* reading a value may run a user's cast, which must not close it */
	if (!equalTupleDescs(rows.portal->tupDesc, query->desc))
		elog(ERROR, "the query's columns changed while it was prepared");
	return rows;
}

bool
source_fetch(SourceRows *rows, int64 limit)
{
	uint64 bytes = 0;

	if (rows->table != NULL)
		SPI_freetuptable(rows->table);
	SPI_cursor_fetch(rows->portal, true, (long) Min(rows->fetch, limit));
	rows->table = SPI_tuptable;
	rows->count = SPI_processed;
	if (rows->count == 0)
		return false;
	for (uint64 i = 0; i < rows->count; i++)
		bytes += rows->table->vals[i]->t_len;
	rows->fetch = Min(Max(FETCH_BYTES / (bytes / rows->count), 1), FETCH_ROWS);
	return true;
}

/* What takes rows from the executor: no tuple of theirs is formed. */
typedef struct RowReceiver
{
	DestReceiver base;
	SourceFunction function;
	void *arg;
	ResourceOwner owner; /* of what the function opens: it outlives the portal */
} RowReceiver;

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	ResourceOwner portal_owner = CurrentResourceOwner;

	slot_getallattrs(slot);
	CurrentResourceOwner = receiver->owner;
	receiver->function(slot->tts_values, slot->tts_isnull, receiver->arg);
	CurrentResourceOwner = portal_owner;
	return true;
}

static bool
ignore_row(TupleTableSlot *slot, DestReceiver *self)
{
	return true;
}

static void
ignore_startup(DestReceiver *self, int operation, TupleDesc desc)
{}

static void
ignore_end(DestReceiver *self)
{}

int64
source_each(SourceRows *rows, int64 limit, SourceFunction function, void *arg)
{
	RowReceiver receiver = {.base = {receive_row, ignore_startup, ignore_end, ignore_end, DestNone},
							.function = function,
							.arg = arg,
							.owner = CurrentResourceOwner};
	uint64 count;

	count =
		PortalRunFetch(rows->portal, FETCH_FORWARD, (long) Min(limit, FETCH_ALL), &receiver.base);
	if (!rows->portal->atEnd) /* whether there are more isn't known before */
	{
		receiver.base.receiveSlot = ignore_row;
		PortalRunFetch(rows->portal, FETCH_FORWARD, 1, &receiver.base);
	}
	return (int64) count;
}

int64
source_estimate(const SourceRows *rows)
{
	if (rows->portal->atEnd)
		return 0;
	return (int64) linitial_node(PlannedStmt, rows->portal->stmts)->planTree->plan_rows;
}

void
source_close(SourceRows *rows)
{
	UnpinPortal(rows->portal);
	SPI_cursor_close(rows->portal);
}

void
source_report_skipped(const SkippedRows *skipped, const char *target)
{
	if (skipped->no_target > 0)
		ereport(NOTICE, errmsg_plural("skipped " INT64_FORMAT " row whose target \"%s\" is NULL",
									  "skipped " INT64_FORMAT " rows whose target \"%s\" is NULL",
									  skipped->no_target, skipped->no_target, target));
	if (skipped->no_weight > 0)
		ereport(NOTICE, errmsg_plural("skipped " INT64_FORMAT " row whose weight is 0",
									  "skipped " INT64_FORMAT " rows whose weight is 0",
									  skipped->no_weight, skipped->no_weight));
	if (skipped->missing > 0)
		ereport(NOTICE, errmsg_plural("skipped " INT64_FORMAT " row with a NULL feature",
									  "skipped " INT64_FORMAT " rows with a NULL feature",
									  skipped->missing, skipped->missing));
}
