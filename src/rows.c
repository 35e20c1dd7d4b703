/*
 * rows.c: a query's rows -> a dataset of the core: which columns there are, of what type, and their
 * values one row after another, through a read-only cursor.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "query.h"
#include "rows.h"
#include "status.h"
#include "values.h"

/* A dry run may take so much, whatever maintenance_work_mem says: to find out what is needed. */
#define DRY_RUN_BYTES ((size_t) 256 * 1024 * 1024)

struct TrainingQuery
{
	SourceQuery source;
	int columns;
	nn_column *column;
	ValueReader *reader;
	int no_words, *no_word; /* columns whose datums are not taken as they are */
	Progress *progress;     /* of who watches; or NULL */
};

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

	for (nn_role role = NN_TARGET; role <= NN_HOLDOUT; role++)
	{
		int column;

		if (names[role] == NULL)
			continue;
		column = source_column(desc, names[role], purposes[role]);
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
	*column = (nn_column){name, type, reader->kind, role, reader->wide, reader->word};
}

TrainingQuery *
training_query_prepare(const char *text, const QueryColumns *columns, const nn_options *options)
{
	TrainingQuery *query = palloc0(sizeof(TrainingQuery));
	TupleDesc desc;
	nn_role *roles;

	query->source = source_prepare(text);
	desc = query->source.desc;
	roles = column_roles(desc, columns);

	query->columns = desc->natts;
	query->column = palloc(desc->natts * sizeof(nn_column));
	query->reader = palloc(desc->natts * sizeof(ValueReader));
	query->no_word = palloc(desc->natts * sizeof(int));
	for (int i = 0; i < desc->natts; i++)
	{
		describe_column(TupleDescAttr(desc, i), roles[i], options, &query->column[i],
						&query->reader[i]);
		if (query->column[i].word == NN_NO_WORD)
			query->no_word[query->no_words++] = i;
	}
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
	for (int i = 0; i < query->no_words; i++)
	{
		int c = query->no_word[i];

		value_read(&query->reader[c], datums[c], nulls[c], &values[c]);
	}
	nn_dataset_add_row(dataset, (const uint64_t *) datums, nulls, values, &status);
	check_status(&status);
}

/*
 * Reads at most limit rows into the dataset; gives how many. Stops a row late, so that there are
 * known to be no more where that is so.
 */
static int64
read_rows(TrainingQuery *query, SourceRows *rows, int64 limit, nn_dataset *dataset)
{
	MemoryContext row_context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn row", ALLOCSET_DEFAULT_SIZES);
	Datum *datums = palloc(query->columns * sizeof(Datum));
	bool *nulls = palloc(query->columns * sizeof(bool));
	nn_value *values = palloc0(query->columns * sizeof(nn_value));
	int64 count = 0;

	while (source_fetch(rows, Max(limit - count, 1)) && count < limit)
	{
		MemoryContext old_context = MemoryContextSwitchTo(row_context);

		for (uint64 i = 0; i < rows->count; i++)
		{
			CHECK_FOR_INTERRUPTS();
			add_row(query, rows->table->vals[i], query->source.desc, datums, nulls, values,
					dataset);
			MemoryContextReset(row_context);
		}
		MemoryContextSwitchTo(old_context);
		count += rows->count;
		progress_set_rows(query->progress, count);
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
	SourceRows source;
	bool more;

	if (options->dry_run)
		memory = Max(memory, DRY_RUN_BYTES);

	*dataset = nn_dataset_new(query->column, query->columns, options, memory, &status);
	check_status(&status);

	source = source_open(&query->source);
	*rows = read_rows(query, &source, limit, *dataset);
	*rows = Max(*rows, source_estimate(&source));
	source_close(&source);

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
