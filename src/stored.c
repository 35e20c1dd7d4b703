/*
 * stored.c: a row of a model table -> a model of the core; store.c is the way there.
 *
 * What is read back may have been written by anyone who may write the table. Here it only gets its C
 * types, and NULLs and dimensions are refused; the core checks that it makes sense.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/heaptoast.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "status.h"
#include "stored.h"

/* The columns read, in this order. */
enum
{
	COLUMN_VERSION = 1,
	COLUMN_FORMAT,
	COLUMN_TASK,
	COLUMN_CLASSES,
	COLUMN_LAYER_SIZES,
	COLUMN_ACTIVATIONS,
	COLUMN_PARAMETERS,
	COLUMN_TARGET_MEAN,
	COLUMN_TARGET_SCALE,
	COLUMN_FEATURES,
	COLUMN_MISSING,
	COLUMN_ROW,
	COLUMN_WRITTEN_BY
};

/* The same of what only training needs. */
enum
{
	TRAINING_TARGET = 1,
	TRAINING_WEIGHT,
	TRAINING_LOSS,
	TRAINING_QUANTILES,
	TRAINING_OPTIMIZER,
	TRAINING_STATE,
	TRAINING_UPDATES,
	TRAINING_EPOCHS
};

/* The same for each element of features. */
enum
{
	FEATURE_NAME = 1,
	FEATURE_TYPE,
	FEATURE_KIND,
	FEATURE_MEAN,
	FEATURE_SCALE,
	FEATURE_MISSING_INPUT,
	FEATURE_CATEGORIES,
	FEATURE_SHARES
};

/* Of an array without NULLs and of one dimension, what stands before its elements and after its length. */
#define ARRAY_HEADER ((int32) (ARR_OVERHEAD_NONULLS(1) - VARHDRSZ))

/* So many bytes of a large array are read at a time, of whole chunks. */
#define PIECE ((int32) (16 * TOAST_MAX_CHUNK_SIZE))

static void
damaged(const char *column)
{
	ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("the stored model is damaged: %s is NULL or not as nn_train stores it", column),
			errhint("Activate another version with nn_activate, or train the model again."));
}

/* A column of a row that SPI has read, which must not be NULL. */
static Datum
column_value(uint64 row, int column)
{
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);

	if (isnull)
		damaged(SPI_fname(SPI_tuptable->tupdesc, column));
	return value;
}

static bool
column_is_null(uint64 row, int column)
{
	bool isnull;

	SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);
	return isnull;
}

static const char *
column_text(uint64 row, int column)
{
	return TextDatumGetCString(column_value(row, column));
}

/* A column that is an array without NULLs; NULL itself is an array of none. */
static ArrayType *
column_array(uint64 row, int column)
{
	ArrayType *array;

	if (column_is_null(row, column))
		return NULL;
	array = DatumGetArrayTypePCopy(column_value(row, column)); /* SPI's memory goes */
	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		damaged(SPI_fname(SPI_tuptable->tupdesc, column));
	return array;
}

static int
element_count(ArrayType *array)
{
	return array == NULL || ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
}

/* The elements of an array of plain numbers, whose type the column guarantees. */
static const void *
column_numbers(uint64 row, int column, int *count)
{
	ArrayType *array = column_array(row, column);

	*count = element_count(array);
	return array == NULL ? NULL : ARR_DATA_PTR(array);
}

static const char *const *
column_texts(uint64 row, int column, int *count)
{
	ArrayType *array = column_array(row, column);
	Datum *elements = NULL;
	const char **texts;

	*count = element_count(array);
	if (*count > 0)
		deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, count);
	texts = palloc(Max(*count, 1) * sizeof(char *));
	for (int i = 0; i < *count; i++)
		texts[i] = TextDatumGetCString(elements[i]);
	return texts;
}

/*
 * The header of an array of floats that is stored elsewhere and as it is; NULL for any other. Sets the
 * length of its data, all after the length word.
 */
static ArrayType *
header_of_plain_array(struct varlena *value, int32 *length)
{
	varatt_external pointer;
	ArrayType *header;

	if (!VARATT_IS_EXTERNAL_ONDISK(value))
		return NULL;
	VARATT_EXTERNAL_GET_POINTER(pointer, value);
	*length = VARATT_EXTERNAL_GET_EXTSIZE(pointer);
	if (*length < pointer.va_rawsize - VARHDRSZ) /* it is compressed */
		return NULL;
	header = (ArrayType *) detoast_attr_slice(value, 0, ARRAY_HEADER);
	if (VARSIZE(header) != ARR_OVERHEAD_NONULLS(1) || ARR_NDIM(header) != 1 ||
		ARR_HASNULL(header) || ARR_ELEMTYPE(header) != FLOAT4OID ||
		*length - ARRAY_HEADER != ARR_DIMS(header)[0] * (int64) sizeof(float4))
		return NULL;
	return header;
}

/*
 * The parameters into memory of the core. They are mostly too random to be compressed, and are then
 * taken piece by piece: memory for all of them at once would take longer than reading them.
 */
static void
read_parameters(StoredModel *model, Datum value)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(value);
	int32 length = 0;
	ArrayType *header = header_of_plain_array(stored, &length);
	ArrayType *array = header != NULL ? header : DatumGetArrayTypeP(value);
	nn_status status;
	char *to;

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		damaged("parameters");
	model->data.parameter_count = element_count(array);
	model->floats = own(CurrentMemoryContext, nn_floats_free);
	*model->floats = nn_floats_new(model->data.parameter_count, &status);
	check_status(&status);
	model->data.floats = *model->floats;
	model->data.parameters = nn_floats_data(*model->floats);
	to = (char *) model->data.parameters;
	if (header == NULL)
		memcpy(to, ARR_DATA_PTR(array), model->data.parameter_count * sizeof(float4));
	for (int32 at = ARRAY_HEADER, end; header != NULL && at < length; at = end)
	{
		struct varlena *piece;

		end = Min((at / PIECE + 1) * PIECE, length);
		piece = detoast_attr_slice(stored, at, end - at);
		memcpy(to + (at - ARRAY_HEADER), VARDATA(piece), end - at);
		pfree(piece);
	}
	if ((Pointer) array != DatumGetPointer(value))
		pfree(array);
}

static void
read_network(StoredModel *model)
{
	nn_model_data *data = &model->data;
	int count;

	model->version = DatumGetInt32(column_value(0, COLUMN_VERSION));
	if (DatumGetInt32(column_value(0, COLUMN_FORMAT)) != MODEL_FORMAT)
		ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("the stored model has format %d, this pgnn knows %d",
					   DatumGetInt32(column_value(0, COLUMN_FORMAT)), MODEL_FORMAT),
				errhint("Install a newer pgnn, or train the model again."));
	data->task = column_text(0, COLUMN_TASK);
	data->classes = column_texts(0, COLUMN_CLASSES, &data->class_count);
	data->layer_sizes = column_numbers(0, COLUMN_LAYER_SIZES, &data->layer_count);
	data->activations = column_texts(0, COLUMN_ACTIVATIONS, &data->activation_count);
	if (!column_is_null(0, COLUMN_PARAMETERS))
		read_parameters(model, column_value(0, COLUMN_PARAMETERS));
	data->target_mean = column_numbers(0, COLUMN_TARGET_MEAN, &data->target_count);
	data->target_scale = column_numbers(0, COLUMN_TARGET_SCALE, &count);
	if (count != data->target_count)
		damaged("target_scale");
	data->missing = column_is_null(0, COLUMN_MISSING) ? "impute" : column_text(0, COLUMN_MISSING);
}

static void
read_feature(uint64 row, nn_feature *feature)
{
	const char *kind = column_text(row, FEATURE_KIND);
	int scales;

	feature->name = column_text(row, FEATURE_NAME);
	feature->type = column_text(row, FEATURE_TYPE);
	if (!nn_kind_from_name(kind, &feature->kind))
		damaged("the kind of a feature");
	feature->mean = column_numbers(row, FEATURE_MEAN, &feature->length);
	feature->scale = column_numbers(row, FEATURE_SCALE, &scales);
	if (scales != feature->length)
		damaged("the scale of a feature");
	feature->missing_input = DatumGetBool(column_value(row, FEATURE_MISSING_INPUT));
	feature->categories = column_texts(row, FEATURE_CATEGORIES, &feature->category_count);
	feature->shares = column_numbers(row, FEATURE_SHARES, &feature->share_count);
}

static void
read_features(Datum json, MemoryContext context, nn_model_data *data)
{
	Oid types[] = {JSONBOID};
	nn_feature *features;

	if (SPI_execute_with_args(
			"SELECT name, type, kind, mean, scale, missing_input, categories, "
			"shares "
			"FROM pg_catalog.jsonb_to_recordset($1) AS f (name pg_catalog.text, "
			"type pg_catalog.text, kind pg_catalog.text, mean pg_catalog.float8[], "
			"scale pg_catalog.float8[], missing_input pg_catalog.bool, "
			"categories pg_catalog.text[], shares pg_catalog.float8[])",
			1, types, &json, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the features of a model");
	MemoryContextSwitchTo(context); /* and again */
	features = palloc0(Max(SPI_processed, 1) * sizeof(nn_feature));
	for (uint64 i = 0; i < SPI_processed; i++)
		read_feature(i, &features[i]);
	data->feature_count = (int32) SPI_processed;
	data->features = features;
}

char *
stored_query(const char *table, int version)
{
	return psprintf("SELECT version, format, task, classes, layer_sizes, activations, parameters, "
					"target_mean, target_scale, features, "
					"options OPERATOR(pg_catalog.->>) 'missing', ctid, xmin "
					"FROM ONLY %s WHERE %s",
					table,
					version == ACTIVE_VERSION
						? "active"
						: psprintf("version OPERATOR(pg_catalog.=) %d", version));
}

bool
stored_row_is(const StoredModel *model)
{
	ItemPointer row = (ItemPointer) DatumGetPointer(column_value(0, COLUMN_ROW));

	return ItemPointerEquals(row, unconstify(ItemPointerData *, &model->row)) &&
		   DatumGetTransactionId(column_value(0, COLUMN_WRITTEN_BY)) == model->written_by;
}

/*
 * Reads a version, or ACTIVE_VERSION, into the context, within SPI. Where there is
 * none: an error if it is required, otherwise NULL.
 */
static StoredModel *
read_version(const char *name, int version, bool required, MemoryContext context)
{
	StoredModel *stored;
	Datum features;

	if (SPI_execute(stored_query(name, version), true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read %s", name);
	if (SPI_processed == 0 && !required)
		return NULL;
	if (SPI_processed == 0 && version != ACTIVE_VERSION)
		ereport(ERROR, errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("model %s has no version %d", name, version),
				errhint("SELECT version, trained_at, score FROM %s shows those it has.", name));
	if (SPI_processed == 0)
		ereport(ERROR, errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("model %s has no active version", name),
				errhint("Activate one with nn_activate, or train the model."));
	if (SPI_processed > 1) /* the index that forbids it was dropped */
		ereport(
			ERROR, errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("model %s has more than one %s", name,
				   version == ACTIVE_VERSION ? "active version" : psprintf("version %d", version)),
			errhint("Activate one of them with nn_activate."));
	MemoryContextSwitchTo(context); /* SPI left its own, which ends with it */
	stored = palloc0(sizeof(StoredModel));
	stored->row = *(ItemPointer) DatumGetPointer(column_value(0, COLUMN_ROW));
	stored->written_by = DatumGetTransactionId(column_value(0, COLUMN_WRITTEN_BY));
	read_network(stored);
	features = JsonbPGetDatum(DatumGetJsonbPCopy(column_value(0, COLUMN_FEATURES)));
	read_features(features, context, &stored->data);
	return stored;
}

StoredModel *
model_read(Oid model, int version, Oid function)
{
	MemoryContext context = CurrentMemoryContext;
	char *name = model_lock(model, function, AccessShareLock);
	StoredModel *stored;

	SPI_connect();
	stored = read_version(name, version, true, context);
	SPI_finish();
	return stored;
}

/* What the version says of how it was trained; state: that of its optimizer, too. */
static void
read_training(const char *name, bool state, StoredTraining *training, MemoryContext context)
{
	nn_start *start = &training->start;
	int count;

	if (SPI_execute(
			psprintf(
				"SELECT target, options OPERATOR(pg_catalog.->>) 'weight', "
				"options OPERATOR(pg_catalog.->>) 'loss', "
				"CASE WHEN pg_catalog.jsonb_typeof(options OPERATOR(pg_catalog.->) "
				"'quantiles') OPERATOR(pg_catalog.=) 'array' THEN "
				"ARRAY(SELECT q::pg_catalog.float8 FROM "
				"pg_catalog.jsonb_array_elements_text(options OPERATOR(pg_catalog.->) "
				"'quantiles') AS q) END AS quantiles, "
				"options OPERATOR(pg_catalog.->>) 'optimizer', "
				"CASE WHEN %s THEN optimizer_state END AS optimizer_state, updates, total_epochs "
				"FROM ONLY %s WHERE version OPERATOR(pg_catalog.=) %d",
				state ? "true" : "false", name, training->model->version),
			true, 0) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not read %s", name);
	MemoryContextSwitchTo(context);
	training->target = column_text(0, TRAINING_TARGET);
	if (!column_is_null(0, TRAINING_WEIGHT))
		training->weight = column_text(0, TRAINING_WEIGHT);
	if (!column_is_null(0, TRAINING_LOSS))
		training->loss = column_text(0, TRAINING_LOSS);
	training->quantiles = column_numbers(0, TRAINING_QUANTILES, &training->quantile_count);
	if (!column_is_null(0, TRAINING_OPTIMIZER))
		start->optimizer = column_text(0, TRAINING_OPTIMIZER);
	start->state = column_numbers(0, TRAINING_STATE, &count);
	start->state_count = count;
	if (!column_is_null(0, TRAINING_UPDATES))
		start->updates = DatumGetInt64(column_value(0, TRAINING_UPDATES));
	if (!column_is_null(0, TRAINING_EPOCHS))
		start->epochs = DatumGetInt32(column_value(0, TRAINING_EPOCHS));
}

StoredTraining *
model_read_training(const ModelTable *table, bool required)
{
	MemoryContext context = CurrentMemoryContext;
	StoredTraining *training = palloc0(sizeof(StoredTraining));

	/* Another training may have ended while this one awaited its lock. */
	PushActiveSnapshot(GetTransactionSnapshot());
	training->model = read_version(table->name, ACTIVE_VERSION, required, context);
	if (training->model != NULL)
		read_training(table->name, true, training, context);
	PopActiveSnapshot();
	return training->model == NULL ? NULL : training;
}

StoredTraining *
model_read_version(Oid model, int version, Oid function)
{
	MemoryContext context = CurrentMemoryContext;
	char *name = model_lock(model, function, AccessShareLock);
	StoredTraining *training = palloc0(sizeof(StoredTraining));

	SPI_connect();
	training->model = read_version(name, version, true, context);
	read_training(name, false, training, context);
	SPI_finish();
	return training;
}

StoredTraining *
model_read_new_version(const ModelTable *table, int version)
{
	MemoryContext context = CurrentMemoryContext;
	StoredTraining *training = palloc0(sizeof(StoredTraining));

	PushActiveSnapshot(GetTransactionSnapshot());
	training->model = read_version(table->name, version, true, context);
	read_training(table->name, true, training, context);
	PopActiveSnapshot();
	return training;
}

void
model_forget_parameters(StoredModel *model)
{
	if (model->floats != NULL)
	{
		nn_floats_free(*model->floats);
		*model->floats = NULL;
	}
	model->data.floats = NULL;
	model->data.parameters = NULL;
}

void
model_check(const StoredModel *model)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn model", ALLOCSET_DEFAULT_SIZES);
	void **predictor = own(context, nn_predictor_free);
	nn_status status;

	*predictor = nn_predictor_new(&model->data, &status);
	check_status(&status);
	MemoryContextDelete(context);
}
