/*
 * call.h: a call of nn_predict or one of its family, from row to row of a query.
 */
#ifndef PGNN_CALL_H
#define PGNN_CALL_H

#include "networks.h"
#include "values.h"

/* How the features stand in a call. */
typedef enum Form
{
	FORM_POSITIONS, /* one argument each, in order */
	FORM_ROW,       /* one row, by column name */
	FORM_COLUMNS,   /* columns of one row, by name: as the planner rewrites it */
	FORM_JSON,      /* one jsonb object, by key */
	FORM_ARRAY      /* one array of numbers, in order */
} Form;

/* Features one after the other whose arguments are of one type: InvalidOid where that has no short cut. */
typedef struct Run
{
	Oid type;
	int first, end;
} Run;

typedef struct Call
{
	Oid model_oid;
	View view;             /* that shows the network */
	MemoryContext context; /* of all that follows */
	Network *network;
	const nn_model_data *model; /* the network's */
	Form form;
	bool numeric; /* all features are plain numbers */
	int runs;
	Run *run;                /* of features, where they are */
	ValueReader *readers;    /* of each feature; in a row: for its type */
	NullableDatum *features; /* in the model's order, where the arguments aren't */
	int *places;             /* of the features among columns or attributes */
	bool in_order;           /* of columns: places are 0, 1, 2, ... */
	Oid array_type;
	uint64 row_type; /* identifier of the last row's type */
	Datum *attributes;
	bool *attribute_nulls;
	double *numbers; /* of each feature */
	bool *nulls;
	nn_value *values;
	double *outputs;
	Datum *labels;       /* of each class that came out: text; or 0 */
	struct Batch *batch; /* of batches.c; or NULL */
} Call;

/*
 * The call that fn_extra of a function keeps, as of now: args are those from first on. Reports an
 * error where they don't fit the model.
 */
extern Call *call_for(FmgrInfo *function, Oid model, int first, const NullableDatum *args,
					  int count);

/*
 * Predicts into the call's outputs. False where there is no prediction: the one row, object or array
 * with all features is NULL; or a feature is, if the model was trained without such rows.
 */
extern bool call_predict(Call *call, const NullableDatum *args, nn_purpose purpose);

/* The same, but the row goes into a batch; false: it doesn't, for there is no prediction. */
extern bool call_add(Call *call, const NullableDatum *args, nn_batch *batch);

/*
 * Reads the arguments into the call's values and predicts nothing; they last as long as the arguments.
 * False where the one row, object or array with all features is NULL.
 */
extern bool call_read(Call *call, const NullableDatum *args);

/* The features' names, for messages: all where they are few. */
extern char *feature_names(const nn_model_data *model);

#endif
