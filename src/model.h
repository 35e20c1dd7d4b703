/*
 * model.h: a model table and its versions.
 */
#ifndef PGNN_MODEL_H
#define PGNN_MODEL_H

#include "fmgr.h"
#include "storage/itemptr.h"
#include "utils/snapshot.h"

#include "core/api.h"

/* A model table locked for training. */
typedef struct ModelTable
{
	Oid oid;
	char *name; /* qualified and quoted */
} ModelTable;

/* What is stored of a training beside its result. */
typedef struct ModelVersion
{
	const char *target;
	const char *query;
	char *options;           /* as JSON */
	double reading_seconds;  /* running the query and preparing its rows */
	double training_seconds; /* training and scoring */
	int64 temp_bytes;        /* of rows that went to temporary files */
	int64 rows_skipped;
	int started_from; /* the version it went on from; 0: none */
	int champion;     /* the version it was compared with; 0: none */
	bool activate;
	int keep;
} ModelVersion;

/*
 * The model table of that name ([schema.]name), made where there is none, and locked against other
 * trainings until the end of the transaction. function is any function of the extension. Reports an
 * error where the name belongs to something else, or the caller may not train it. Within SPI.
 */
extern ModelTable model_open_for_training(text *name, Oid function);

/*
 * Adding a version in two steps, between which it is inserted: gives its number, after which no other
 * version is active if it is to be; then takes away the versions beyond those to keep. Within SPI.
 */
extern int model_begin_version(const ModelTable *table, bool activated);
extern void model_end_version(const ModelTable *table, int number, int keep);

/* Adds the version to the table and gives its number. Within SPI. */
extern int model_store(const ModelTable *table, const nn_result *result,
					   const ModelVersion *version);

/* Adds to a version just stored how long that took, and the whole training. Within SPI. */
extern void model_store_seconds(const ModelTable *table, int version, double storing,
								double seconds);

/* A version as it was read: everything lives in the memory context of the read. */
typedef struct StoredModel
{
	int version;
	ItemPointerData row; /* where it stands, and which transaction wrote it */
	TransactionId written_by;
	nn_model_data data;
	void **floats; /* the nn_floats that data.parameters are */
} StoredModel;

/* In place of a version's number. */
#define ACTIVE_VERSION PG_INT32_MIN

/* The version that an argument of SQL asks for, where NULL stands for the active one. */
extern int version_argument(bool null, int32 version);

/*
 * Reads a version of a model, or ACTIVE_VERSION, as the active snapshot and the caller's rights show
 * it. What it holds is not checked beyond its types; nn_predictor_new() does that.
 */
extern StoredModel *model_read(Oid model, int version, Oid function);

/* What a training needs of the version before it: everything lives in the memory context of the read. */
typedef struct StoredTraining
{
	StoredModel *model;
	const char *target;
	const char *weight; /* column of row weights; NULL: none */
	const char *loss;   /* by name; NULL: not known */
	const double *quantiles;
	int quantile_count;
	nn_start start; /* but for its model */
} StoredTraining;

/*
 * Reads the active version of a model that was opened for training, as it is now. Where there is none:
 * an error if it is required, otherwise NULL. Within SPI.
 */
extern StoredTraining *model_read_training(const ModelTable *table, bool required);

/* As model_read(), and what the version says of its training, but for the state of the optimizer. */
extern StoredTraining *model_read_version(Oid model, int version, Oid function);

/* The same of a model that was opened for training, with what its own transaction wrote. Within SPI. */
extern StoredTraining *model_read_new_version(const ModelTable *table, int version);

/* Reports an error unless the model can predict. */
extern void model_check(const StoredModel *model);

/* Frees the parameters, the largest part by far. */
extern void model_forget_parameters(StoredModel *model);

#endif
