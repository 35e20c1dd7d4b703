/*
 * scoring.c: a query's rows -> a model's predictions, batch after batch: its columns are found by the
 * names of the model's features and of its target.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "arguments.h"
#include "scoring.h"
#include "status.h"

/* ---- what the query must have ---- */

static void
find_features(Scoring *s)
{
	const nn_model_data *data = s->data;

	s->readers = palloc0(Max(data->feature_count, 1) * sizeof(ValueReader));
	s->attributes = palloc0(Max(data->feature_count, 1) * sizeof(int));
	s->values = palloc0(Max(data->feature_count, 1) * sizeof(nn_value));
	for (int f = 0; f < data->feature_count; f++)
	{
		s->attributes[f] =
			source_column(s->query.desc, data->features[f].name, "feature of that name");
		value_reader_for_feature(&s->readers[f],
								 TupleDescAttr(s->query.desc, s->attributes[f])->atttypid,
								 &data->features[f]);
	}
}

/* A column that the reader of its type reads. */
static Form_pg_attribute
find_column(Scoring *s, int column, const char *purpose, ValueReader *reader)
{
	Form_pg_attribute attribute = TupleDescAttr(s->query.desc, column);

	if (!value_reader_init(reader, attribute->atttypid))
		ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("%s \"%s\" is of type %s", purpose, NameStr(attribute->attname),
					   format_type_be(attribute->atttypid)),
				errhint("Cast it to the type that it was trained with."));
	reader->column = pstrdup(NameStr(attribute->attname));
	return attribute;
}

static void
find_target(Scoring *s)
{
	nn_options options;
	nn_status status;
	Form_pg_attribute attribute;

	s->target = source_column(s->query.desc, s->stored->target, "target");
	attribute = find_column(s, s->target, "target", &s->target_reader);
	nn_options_default(&options);
	options.task = s->data->task;
	if (nn_target_kind(&options, NameStr(attribute->attname), format_type_be(attribute->atttypid),
					   s->target_reader.kind, &status) == NN_CATEGORY)
		value_reader_to_text(&s->target_reader);
	check_status(&status);
}

/* The column of weights that the caller names, or that of the training where the query has it. */
static void
find_weight(Scoring *s, const char *name)
{
	if (name != NULL)
		s->weight_column = source_column(s->query.desc, name, "weight");
	else if (s->stored->weight != NULL)
		s->weight_column = source_find_column(s->query.desc, s->stored->weight);
	if (s->weight_column < 0)
		return;
	find_column(s, s->weight_column, "weight", &s->weight_reader);
	if (s->weight_reader.kind != NN_NUMBER)
		ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("weight \"%s\" is not a number", s->weight_reader.column));
	s->weights = palloc(NN_BATCH_ROWS * sizeof(double));
}

static void
describe_target(Scoring *s)
{
	int outputs = nn_predictor_outputs(s->predictor);
	nn_options options;
	nn_status status;

	s->shape.classes = s->data->class_count;
	s->shape.outputs = outputs;
	if (s->data->class_count > 0)
		return;
	nn_options_default(&options); /* what is stored is not believed */
	options.quantiles = s->shape.quantiles = s->stored->quantiles;
	options.quantile_count = s->shape.quantile_count = s->stored->quantile_count;
	nn_options_check(&options, &status);
	check_status(&status);
	if (s->shape.quantile_count != 0 && s->shape.quantile_count != outputs)
		ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("the stored model is damaged: it has %d quantiles and %d outputs",
					   s->shape.quantile_count, outputs),
				errhint("Activate another version with nn_activate, or train the model again."));
}

Scoring *
scoring_open(Oid model, int version, Oid function, const char *query, bool judged,
			 const char *weight)
{
	Scoring *s = palloc0(sizeof(Scoring));
	void **predictor = own(CurrentMemoryContext, nn_predictor_free);
	nn_status status;

	s->stored = model_read_version(model, version, function);
	s->data = &s->stored->model->data;
	s->predictor = *predictor = nn_predictor_new(s->data, &status);
	check_status(&status);
	model_forget_parameters(s->stored->model); /* the predictor has its own copy */
	describe_target(s);
	s->truth_count = nn_truths(&s->shape);

	s->query = source_prepare(query);
	s->target = s->weight_column = -1;
	find_features(s);
	if (judged)
	{
		find_target(s);
		find_weight(s, weight);
	}
	else if (weight != NULL)
		find_weight(s, weight);
	s->truth = palloc0(s->truth_count * sizeof(double));
	s->datums = palloc(Max(s->query.desc->natts, 1) * sizeof(Datum));
	s->nulls = palloc(Max(s->query.desc->natts, 1) * sizeof(bool));
	s->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn row", ALLOCSET_DEFAULT_SIZES);
	s->rows = source_open(&s->query);
	return s;
}

Scoring *
scoring_open_arguments(const Arguments *arguments, bool judged)
{
	int version = optional_int_argument(arguments, "version", ACTIVE_VERSION);

	if (optional_int_argument(arguments, "version", 1) < 1)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("version must be at least 1, not %d", version),
				errhint("NULL stands for the active version."));
	return scoring_open(oid_argument(arguments, "model"), version,
						arguments->fcinfo->flinfo->fn_oid, text_argument(arguments, "query"),
						judged, optional_text_argument(arguments, "weight"));
}

int
scoring_class_argument(const Scoring *s, const Arguments *arguments)
{
	const char *name = optional_text_argument(arguments, "class");

	if (name == NULL)
		return s->shape.classes == 2 ? 1 : -1;
	for (int c = 0; c < s->data->class_count; c++)
		if (strcmp(s->data->classes[c], name) == 0)
			return c;
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("the model has no class \"%s\"", name),
			s->data->class_count > 0
				? errhint("Its classes are in the column classes of the model table.")
				: 0);
	return -1;
}

/* ---- a row ---- */

static void
check_finite(const Scoring *s, double number)
{
	if (!isfinite(number))
		ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				errmsg("column \"%s\" holds NaN or infinity", s->target_reader.column),
				errhint("Leave these rows out, or make the values NULL with nullif()."));
}

/* The place of a label among the model's classes. */
static int
find_class(Scoring *s, const nn_value *value)
{
	const nn_model_data *data = s->data;

	for (int c = 0; c < data->class_count; c++)
		if (strncmp(data->classes[c], value->data, value->length) == 0 &&
			data->classes[c][value->length] == '\0')
			return c;
	if (s->rows_unknown++ == 0)
		s->unknown_class =
			MemoryContextStrdup(GetMemoryChunkContext(s), pnstrdup(value->data, value->length));
	return data->class_count;
}

static void
read_numbers(Scoring *s, const nn_value *value)
{
	int count = value->type == NN_FLOAT8_VALUE ? 1 : value->length;

	if (count != s->truth_count)
		ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("target \"%s\" is of %d numbers, the model predicts %d",
					   s->target_reader.column, count, s->truth_count));
	for (int i = 0; i < count; i++)
	{
		if (value->nulls != NULL && value->nulls[i])
			ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					errmsg("target \"%s\" has NULL elements", s->target_reader.column),
					errhint("Leave these rows out of the query."));
		s->truth[i] = value->type == NN_FLOAT8_VALUE    ? value->number
					  : value->type == NN_FLOAT4_VALUES ? ((const float *) value->data)[i]
														: ((const double *) value->data)[i];
		check_finite(s, s->truth[i]);
	}
}

/* False where there is none. */
static bool
read_truth(Scoring *s)
{
	nn_value value = {.length = 0};

	value_read(&s->target_reader, s->datums[s->target], s->nulls[s->target], &value);
	if (value.type == NN_NULL_VALUE)
	{
		s->skipped.no_target++;
		return false;
	}
	if (s->shape.classes > 0)
		s->truth[0] = find_class(s, &value);
	else
		read_numbers(s, &value);
	return true;
}

/* False where the row has no weight. */
static bool
read_weight(Scoring *s)
{
	nn_value value;

	value_read(&s->weight_reader, s->datums[s->weight_column], s->nulls[s->weight_column], &value);
	if (value.type == NN_NULL_VALUE || !isfinite(value.number) || value.number < 0)
		ereport(ERROR, errcode(ERRCODE_DATA_EXCEPTION),
				errmsg("weight \"%s\" is %s", s->weight_reader.column,
					   value.type == NN_NULL_VALUE ? "NULL"
					   : value.number < 0          ? "negative"
												   : "NaN or infinite"),
				errhint("Weights are numbers of at least 0; rows of weight 0 are left out."));
	s->weight = value.number;
	if (s->weight == 0)
		s->skipped.no_weight++;
	return s->weight > 0;
}

/* Reads what the row at hand holds; false where it is passed over. */
static bool
read_row(Scoring *s)
{
	heap_deform_tuple(s->rows.table->vals[s->next], s->query.desc, s->datums, s->nulls);
	s->weight = 1;
	if ((s->target >= 0 && !read_truth(s)) || (s->weight_column >= 0 && !read_weight(s)))
		return false;
	for (int f = 0; f < s->data->feature_count; f++)
		value_read(&s->readers[f], s->datums[s->attributes[f]], s->nulls[s->attributes[f]],
				   &s->values[f]);
	return true;
}

/* Makes the next row the one at hand; a fetch takes at most limit. False: there are no more. */
static bool
next_row(Scoring *s, int64 limit)
{
	CHECK_FOR_INTERRUPTS();
	if (s->rows.table != NULL && ++s->next < s->rows.count)
		return true;
	s->next = 0;
	return source_fetch(&s->rows, limit);
}

bool
scoring_read(Scoring *s)
{
	MemoryContext old_context = MemoryContextSwitchTo(s->row_context);
	bool found = false;

	while (!found && next_row(s, PG_INT64_MAX))
	{
		MemoryContextReset(s->row_context);
		found = read_row(s);
	}
	MemoryContextSwitchTo(old_context);
	return found;
}

/* ---- a batch ---- */

static void
start_batches(Scoring *s)
{
	MemoryContext old_context = MemoryContextSwitchTo(GetMemoryChunkContext(s));

	s->tuples = palloc(NN_BATCH_ROWS * sizeof(HeapTuple));
	s->outputs =
		palloc_extended((Size) NN_BATCH_ROWS * s->shape.outputs * sizeof(double), MCXT_ALLOC_HUGE);
	s->truths =
		palloc_extended((Size) NN_BATCH_ROWS * s->truth_count * sizeof(double), MCXT_ALLOC_HUGE);
	MemoryContextSwitchTo(old_context);
}

/* Adds the row at hand to the batch; false where there is no prediction from it. */
static bool
add_row(Scoring *s, int place)
{
	nn_status status;
	bool added;

	if (!read_row(s))
		return false;
	added = nn_predictor_add(s->predictor, s->values, &status);
	check_status(&status);
	if (!added)
	{
		s->skipped.missing++;
		return false;
	}
	s->tuples[place] = s->rows.table->vals[s->next];
	memcpy(s->truths + (Size) place * s->truth_count, s->truth, s->truth_count * sizeof(double));
	if (s->weights != NULL)
		s->weights[place] = s->weight;
	return true;
}

/* A batch never goes beyond what was fetched last, so that its tuples are there. */
int
scoring_predict(Scoring *s)
{
	nn_status status;
	int rows = 0;

	if (s->tuples == NULL)
		start_batches(s);
	while (rows == 0 && next_row(s, NN_BATCH_ROWS))
	{
		MemoryContext old_context = MemoryContextSwitchTo(s->row_context);

		for (;;)
		{
			MemoryContextReset(s->row_context);
			rows += add_row(s, rows);
			if (s->next + 1 == s->rows.count || rows == NN_BATCH_ROWS)
				break;
			next_row(s, NN_BATCH_ROWS);
		}
		MemoryContextSwitchTo(old_context);
	}
	if (rows == 0)
		return 0;
	nn_predictor_flush(s->predictor, s->outputs, &status);
	check_status(&status);
	return rows;
}

void
scoring_close(Scoring *s)
{
	source_close(&s->rows);
	source_report_skipped(&s->skipped, s->stored->target);
	if (s->rows_unknown > 0)
		ereport(WARNING,
				errmsg_plural(INT64_FORMAT " row is of a class that the model doesn't know, \"%s\"",
							  INT64_FORMAT
							  " rows are of classes that the model doesn't know, such as \"%s\"",
							  s->rows_unknown, s->rows_unknown, s->unknown_class),
				errhint("It can't be predicted: such rows count as wrong."));
}
