/*
 * rows.c: a query's rows -> a dataset of the core: which columns there are, of what type, and their
 * values one row after another, through a read-only cursor.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/portal.h"
#include "utils/varlena.h"

#include "rows.h"
#include "status.h"
#include "values.h"

/* At most so many rows, and about so many bytes of them, are fetched at once. */
#define FETCH_ROWS 1000
#define FETCH_BYTES (1024 * 1024)

/* A dry run may take so much, whatever maintenance_work_mem says: to find out what is needed. */
#define DRY_RUN_BYTES ((size_t) 256 * 1024 * 1024)

struct TrainingQuery
{
	SPIPlanPtr plan;
	int columns;
	nn_column *column;
	ValueReader *reader;
	Progress *progress; /* of who watches; or NULL */
};

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

/* The number of the column that an argument names. */
static int
find_column(TupleDesc desc, const char *name, const char *purpose)
{
	for (int i = 0; i < desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return i;
	ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg("the query has no column \"%s\" to be the %s", name, purpose),
			desc->natts > 0 ? errhint("Its columns are %s.", column_names(desc)) : 0);
	return -1;
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

/* What each column is for. */
static nn_role *
column_roles(TupleDesc desc, const QueryColumns *columns)
{
	static const char *const purposes[] = {
		[NN_TARGET] = "target", [NN_WEIGHT] = "weight", [NN_HOLDOUT] = "holdout"};
	const char *names[] = {[NN_TARGET] = columns->target,
						   [NN_WEIGHT] = columns->weight,
						   [NN_HOLDOUT] = columns->holdout};
	nn_role *roles = palloc0(Max(desc->natts, 1) * sizeof(nn_role));

	check_names(desc);
	for (nn_role role = NN_TARGET; role <= NN_HOLDOUT; role++)
	{
		int column;

		if (names[role] == NULL)
			continue;
		column = find_column(desc, names[role], purposes[role]);
		if (roles[column] != NN_FEATURE)
			ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("column \"%s\" can't be both %s and %s", names[role],
						   purposes[roles[column]], purposes[role]));
		roles[column] = role;
	}
	return roles;
}

static void
describe_column(Form_pg_attribute attribute, nn_role role, const nn_options *options,
				nn_column *column, ValueReader *reader)
{
	char *name = pstrdup(NameStr(attribute->attname));
	char *type = format_type_be(getBaseType(attribute->atttypid));
	nn_status status;

	if (!value_reader_init(reader, attribute->atttypid))
		ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("column \"%s\" is of type %s, which can't be learnt from", name,
					   format_type_be(attribute->atttypid)),
				errhint("Leave the column out of the query, or cast it to a number or to text."));
	reader->column = name;
	if (role == NN_TARGET)
	{
		nn_kind kind = nn_target_kind(options, name, type, reader->kind, &status);

		check_status(&status);
		if (kind == NN_CATEGORY)
			value_reader_to_text(reader);
	}
	*column = (nn_column){name, type, reader->kind, role, reader->wide};
}

TrainingQuery *
training_query_prepare(const char *text, const QueryColumns *columns, const nn_options *options)
{
	TrainingQuery *query = palloc0(sizeof(TrainingQuery));
	TupleDesc desc;
	nn_role *roles;

	if (is_relation_name(text))
		text = select_from_relation(text);
	query->plan = SPI_prepare_cursor(text, 0, NULL, CURSOR_OPT_NO_SCROLL);
	if (query->plan == NULL)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the query can't be run: %s", SPI_result_code_string(SPI_result)),
				errhint("Give a SELECT, or the name of a table or view."));
	desc = check_plan(query->plan);
	roles = column_roles(desc, columns);

	query->columns = desc->natts;
	query->column = palloc(desc->natts * sizeof(nn_column));
	query->reader = palloc(desc->natts * sizeof(ValueReader));
	for (int i = 0; i < desc->natts; i++)
		describe_column(TupleDescAttr(desc, i), roles[i], options, &query->column[i],
						&query->reader[i]);
	return query;
}

void
training_query_watch(TrainingQuery *query, Progress *progress)
{
	query->progress = progress;
}

static void
add_row(TrainingQuery *query, HeapTuple tuple, TupleDesc desc, Datum *datums, bool *nulls,
		nn_value *values, nn_dataset *dataset)
{
	nn_status status;

	heap_deform_tuple(tuple, desc, datums, nulls);
	for (int c = 0; c < query->columns; c++)
		value_read(&query->reader[c], datums[c], nulls[c], &values[c]);
	nn_dataset_add(dataset, values, &status);
	check_status(&status);
}

/*
 * Reads at most limit rows of the portal into the dataset; gives how many. Stops a row late, so that
 * the portal is at its end where there are no more.
 */
static int64
read_rows(TrainingQuery *query, Portal portal, int64 limit, nn_dataset *dataset)
{
	MemoryContext row_context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn row", ALLOCSET_DEFAULT_SIZES);
	Datum *datums = palloc(query->columns * sizeof(Datum));
	bool *nulls = palloc(query->columns * sizeof(bool));
	nn_value *values = palloc0(query->columns * sizeof(nn_value));
	int64 count = 0;
	long fetch = 1;

	for (;;)
	{
		MemoryContext old_context;
		SPITupleTable *table;
		uint64 rows, bytes = 0;

		SPI_cursor_fetch(portal, true, fetch);
		table = SPI_tuptable;
		rows = SPI_processed;
		if (rows == 0 || count == limit)
			break;
		old_context = MemoryContextSwitchTo(row_context);
		for (uint64 i = 0; i < rows; i++)
		{
			CHECK_FOR_INTERRUPTS();
			bytes += table->vals[i]->t_len;
			add_row(query, table->vals[i], table->tupdesc, datums, nulls, values, dataset);
			MemoryContextReset(row_context);
		}
		MemoryContextSwitchTo(old_context);
		SPI_freetuptable(table);
		count += rows;
		progress_set_rows(query->progress, count);
		fetch = Min(Max(FETCH_BYTES / (bytes / rows), 1), FETCH_ROWS);
		if (count + fetch > limit)
			fetch = Max(limit - count, 1);
	}
	MemoryContextDelete(row_context);
	return count;
}

nn_dataset *
training_query_sample(TrainingQuery *query, const nn_options *options, int64 limit,
					  MemoryContext context, int64 *rows)
{
	void **dataset = own(context, nn_dataset_free);
	size_t memory = (size_t) maintenance_work_mem * 1024;
	nn_status status;
	Portal portal;
	bool more;

	if (options->dry_run)
		memory = Max(memory, DRY_RUN_BYTES);

	*dataset = nn_dataset_new(query->column, query->columns, options, memory, &status);
	check_status(&status);

	portal = SPI_cursor_open(NULL, query->plan, NULL, NULL, true);
	PinPortal(portal); /* reading a value may run a user's cast, which must not close it */
	if (portal->tupDesc->natts != query->columns)
		elog(ERROR, "the query's columns changed while it was prepared");
	*rows = read_rows(query, portal, limit, *dataset);
	if (!portal->atEnd)
		*rows = Max(*rows, (int64) linitial_node(PlannedStmt, portal->stmts)->planTree->plan_rows);
	UnpinPortal(portal);
	SPI_cursor_close(portal);

	progress_set_phase(query->progress, PHASE_ENCODING);
	do
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_dataset_prepare(*dataset, &status);
		check_status(&status);
	} while (more);
	return *dataset;
}

nn_dataset *
training_query_read(TrainingQuery *query, const nn_options *options, MemoryContext context)
{
	int64 rows;

	return training_query_sample(query, options, PG_INT64_MAX, context, &rows);
}
