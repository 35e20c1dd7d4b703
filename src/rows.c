/*
 * rows.c: a query's rows -> a dataset of the core: which columns there are, of what type, and their
 * values one row after another, through a read-only cursor.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "query.h"
#include "rows.h"
#include "status.h"
#include "temporary.h"
#include "values.h"

/* A dry run may take so much, whatever maintenance_work_mem says: to find out what is needed. */
#define DRY_RUN_BYTES ((size_t) 256 * 1024 * 1024)

/* Who watches is told after so many rows. */
#define WATCHED_ROWS 500

struct TrainingQuery
{
	SourceQuery source;
	int columns; /* those of the training */
	nn_column *column;
	ValueReader *reader;
	int *attribute; /* where each is in the query's rows */
	int group;      /* that of the column of groups; -1: none */
	ValueReader group_reader;
	Datum *datums; /* of the row at hand */
	bool *nulls;
	int no_words, *no_word; /* columns whose datums are not taken as they are */
	Progress *progress;     /* of who watches; or NULL */
	TemporaryFiles files;
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

/* The column whose values keep rows together, which is no feature. */
static int
find_groups(TrainingQuery *query, TupleDesc desc, const nn_role *roles, const char *name)
{
	int column = source_column(desc, name, "groups");
	Form_pg_attribute attribute = TupleDescAttr(desc, column);

	if (roles[column] != NN_FEATURE)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("column \"%s\" can't be the groups and something else", name));
	if (!value_reader_init(&query->group_reader, attribute->atttypid))
		ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("groups \"%s\" is of type %s", name, format_type_be(attribute->atttypid)),
				errhint("Cast it to a number or to text."));
	query->group_reader.column = pstrdup(name);
	return column;
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

	query->group = columns->groups == NULL ? -1 : find_groups(query, desc, roles, columns->groups);
	query->column = palloc(desc->natts * sizeof(nn_column));
	query->reader = palloc(desc->natts * sizeof(ValueReader));
	query->attribute = palloc(desc->natts * sizeof(int));
	query->no_word = palloc(desc->natts * sizeof(int));
	for (int i = 0; i < desc->natts; i++)
	{
		int c = query->columns;

		if (i == query->group)
			continue;
		query->attribute[c] = i;
		describe_column(TupleDescAttr(desc, i), roles[i], options, &query->column[c],
						&query->reader[c]);
		if (query->column[c].word == NN_NO_WORD)
			query->no_word[query->no_words++] = c;
		query->columns++;
	}
	return query;
}

void
training_query_watch(TrainingQuery *query, Progress *progress)
{
	query->progress = progress;
}

/* Makes room in the memory. */
static void
spill_rows(TrainingQuery *query, nn_dataset *dataset)
{
	nn_status status;
	bool more;

	do
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_dataset_spill(dataset, &status);
		check_status(&status);
		temporary_write(&query->files, dataset);
	} while (more);
}

static void
read_row(TrainingQuery *query, nn_value *values)
{
	for (int c = 0; c < query->columns; c++)
	{
		int i = query->attribute[c];

		value_read(&query->reader[c], query->datums[i], query->nulls[i], &values[c]);
	}
}

/* The same into a dataset, faster. Of a query without groups, whose columns are those of the training. */
static void
add_row(TrainingQuery *query, nn_value *values, nn_dataset *dataset)
{
	nn_status status;
	bool full;

	for (int i = 0; i < query->no_words; i++)
	{
		int c = query->no_word[i];

		value_read(&query->reader[c], query->datums[c], query->nulls[c], &values[c]);
	}
	full = nn_dataset_add_row(dataset, (const uint64_t *) query->datums, query->nulls, values,
							  &status);
	check_status(&status);
	if (full)
		spill_rows(query, dataset);
}

/* Rows on their way to a function, or without one to the dataset that arg is. */
typedef struct Reading
{
	TrainingQuery *query;
	RowFunction function;
	void *arg;
	nn_value *values;
	MemoryContext row_context;
	int64 count;
} Reading;

static void
take_row(Datum *datums, bool *nulls, void *arg)
{
	Reading *reading = arg;
	TrainingQuery *query = reading->query;
	MemoryContext old_context = MemoryContextSwitchTo(reading->row_context);

	CHECK_FOR_INTERRUPTS();
	query->datums = datums;
	query->nulls = nulls;
	if (reading->function == NULL)
		add_row(query, reading->values, reading->arg);
	else
	{
		read_row(query, reading->values);
		reading->function(reading->values, reading->arg);
	}
	MemoryContextSwitchTo(old_context);
	MemoryContextReset(reading->row_context);
	if (++reading->count % WATCHED_ROWS == 0)
		progress_set_rows(query->progress, reading->count);
}

/* Hands over at most limit rows; gives how many. */
static int64
read_rows(TrainingQuery *query, SourceRows *rows, int64 limit, RowFunction function, void *arg)
{
	Reading reading = {.query = query, .function = function, .arg = arg};

	reading.row_context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn row", ALLOCSET_DEFAULT_SIZES);
	reading.values = palloc0(Max(query->columns, 1) * sizeof(nn_value));
	source_each(rows, limit, take_row, &reading);
	progress_set_rows(query->progress, reading.count);
	MemoryContextDelete(reading.row_context);
	return reading.count;
}

void
training_query_add(TrainingQuery *query, nn_dataset *dataset, const nn_value *values)
{
	nn_status status;
	bool full = nn_dataset_add(dataset, values, &status);

	check_status(&status);
	if (full)
		spill_rows(query, dataset);
}

void
training_query_finish(TrainingQuery *query, nn_dataset *dataset)
{
	nn_status status;
	bool more;

	progress_set_phase(query->progress, PHASE_ENCODING);
	do
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_dataset_prepare(dataset, &status);
		check_status(&status);
		temporary_write(&query->files, dataset);
	} while (more);
	temporary_close(&query->files, NN_ENCODED_FILE);
}

nn_dataset *
training_query_sample(TrainingQuery *query, const nn_options *options, int64 limit,
					  MemoryContext context, int64 *rows)
{
	void **dataset = own(context, nn_dataset_free);
	size_t memory = (size_t) maintenance_work_mem * 1024;
	nn_status status;
	SourceRows source;

	if (options->dry_run)
		memory = Max(memory, DRY_RUN_BYTES);

	*dataset = nn_dataset_new(query->column, query->columns, options, memory, &status);
	check_status(&status);

	source = source_open(&query->source);
	*rows = read_rows(query, &source, limit, NULL, *dataset);
	*rows = Max(*rows, source_estimate(&source));
	source_close(&source);

	training_query_finish(query, *dataset);
	return *dataset;
}

nn_dataset *
training_query_read(TrainingQuery *query, const nn_options *options, MemoryContext context)
{
	int64 rows;

	return training_query_sample(query, options, PG_INT64_MAX, context, &rows);
}

/* ---- rows for whoever takes them one by one ---- */

const nn_column *
training_query_columns(const TrainingQuery *query, int *count)
{
	*count = query->columns;
	return query->column;
}

void
training_query_each(TrainingQuery *query, RowFunction function, void *arg)
{
	SourceRows source = source_open(&query->source);

	read_rows(query, &source, PG_INT64_MAX, function, arg);
	source_close(&source);
}

static uint64
hash_value(const nn_value *value)
{
	double number = value->number + 0.0; /* -0 is 0 */
	uint64 hash = 0;

	switch (value->type)
	{
		case NN_NULL_VALUE:
			return 1;
		case NN_FLOAT8_VALUE:
			return hash_bytes_extended((unsigned char *) &number, sizeof(number), 0);
		case NN_TEXT_VALUE:
			return hash_bytes_extended(value->data, value->length, 0);
		case NN_FLOAT4_VALUES:
		case NN_FLOAT8_VALUES:
			for (int i = 0; i < value->length; i++)
			{
				bool null = value->nulls != NULL && value->nulls[i];

				number = null                              ? 0
						 : value->type == NN_FLOAT4_VALUES ? ((const float *) value->data)[i]
														   : ((const double *) value->data)[i];
				number += 0.0;
				hash = hash_combine64(
					hash,
					null ? 1 : hash_bytes_extended((unsigned char *) &number, sizeof(number), 0));
			}
			break;
	}
	return hash;
}

uint64
training_query_key(TrainingQuery *query, const nn_value *values)
{
	uint64 key = 0;

	if (query->group >= 0)
	{
		nn_value value = {.length = 0};

		value_read(&query->group_reader, query->datums[query->group], query->nulls[query->group],
				   &value);
		key = hash_value(&value);
		return hash_bytes_extended((unsigned char *) &key, sizeof(key), 0);
	}
	for (int c = 0; c < query->columns; c++)
		key = hash_combine64(key, hash_value(&values[c]));
	return hash_bytes_extended((unsigned char *) &key, sizeof(key), 0);
}

int64
training_query_close(TrainingQuery *query)
{
	temporary_close(&query->files, NN_FILES);
	return query->files.bytes;
}
