/*
 * api.h: the boundary between PostgreSQL (C) and the mathematics (C++).
 *
 * Plain C only: opaque handles, plain structs and a status. No function here throws, knows a Datum
 * or calls PostgreSQL, so the C side may be left by longjmp at any time between two calls. Handles
 * are freed by their _free function, which takes NULL and suits a memory context's reset callback.
 */
#ifndef PGNN_API_H
#define PGNN_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C"
{
#endif

/* What went wrong, as a class; src/status.c gives each its SQLSTATE. */
typedef enum nn_code
{
	NN_OK,
	NN_INVALID,    /* an option or argument out of its range */
	NN_BAD_DATA,   /* rows that no network can learn from */
	NN_NOT_FINITE, /* NaN, infinity, or a number too large */
	NN_LIMIT,      /* a documented limit, or the memory allowed */
	NN_NO_MEMORY,  /* the system gave no memory */
	NN_CORRUPT,    /* a stored model that contradicts itself */
	NN_BUG         /* anything else */
} nn_code;

/* The outcome of a call; message and hint are empty where there is none. */
typedef struct nn_status
{
	nn_code code;
	char message[384];
	char hint[256];
} nn_status;

/* How a column enters the network. */
typedef enum nn_kind
{
	NN_NUMBER,   /* one standardised input */
	NN_BOOLEAN,  /* one input, 0 or 1 */
	NN_TIME,     /* one input, standardised seconds */
	NN_CATEGORY, /* one input for each value */
	NN_ARRAY     /* a standardised input for each element */
} nn_kind;

/* The kind's name as it stands in a model's features ('number', ...). */
const char *nn_kind_name(nn_kind kind);

/* The reverse; false for a name that is none. */
bool nn_kind_from_name(const char *name, nn_kind *kind);

/* One value of one row. Whatever it points to need only live during the call. */
typedef enum nn_value_type
{
	NN_NULL_VALUE,
	NN_FLOAT8_VALUE,  /* number; for NN_NUMBER, NN_BOOLEAN (0, 1), NN_TIME (seconds) */
	NN_TEXT_VALUE,    /* data, length bytes; for NN_CATEGORY; number: where it sorts */
	NN_FLOAT4_VALUES, /* data, length floats; for NN_ARRAY */
	NN_FLOAT8_VALUES  /* data, length doubles; for NN_ARRAY */
} nn_value_type;

typedef struct nn_value
{
	nn_value_type type;
	int32_t length;
	double number;
	const void *data;
	const bool *nulls; /* arrays: true for NULL elements; may be NULL */
} nn_value;

/* An integer option that is left to the core to choose; names are NULL then, and numbers NaN. */
#define NN_CHOOSE INT32_MIN

/* Training options, as the user gave them. */
typedef struct nn_options
{
	const char *task;               /* 'regression', 'classification', NULL: by the target */
	const int32_t *hidden;          /* widths of the hidden layers */
	int32_t hidden_layers;          /* how many; NN_CHOOSE: by the rows */
	const char *const *activations; /* one for all hidden layers, or one for each */
	int32_t activation_count;
	const char *loss; /* NULL: cross_entropy for classes, mse for numbers */
	const char *optimizer;
	double learning_rate; /* > 0; NaN: the optimizer's own */
	double momentum;      /* [0, 1), of sgd */
	int32_t batch_size;   /* rows; NN_CHOOSE: by the rows */
	int32_t epochs;
	double l2;          /* >= 0; adds l2/2 * sum of the squared weights to the loss */
	double validation;  /* [0, 0.9], share of the rows held out */
	int32_t patience;   /* epochs without improvement; 0: no early stopping */
	double tolerance;   /* >= 0; stop when all parameters changed by less in a step */
	double max_seconds; /* > 0; NaN: no limit */
	int32_t seed;
} nn_options;

/* Checks every option by itself: NN_INVALID, naming the option and what it may be. */
void nn_options_check(const nn_options *options, nn_status *status);

/*
 * As what the target is to be read: NN_CATEGORY makes the task a classification, NN_NUMBER or
 * NN_ARRAY a regression. kind is what its type suggests. NN_INVALID where the task or the loss
 * doesn't fit it.
 */
nn_kind nn_target_kind(const nn_options *options, const char *name, const char *type, nn_kind kind,
					   nn_status *status);

/* ---- training rows ---- */

typedef struct nn_dataset nn_dataset;

typedef struct nn_column
{
	const char *name;
	const char *type; /* its SQL type, kept with the model for its readers */
	nn_kind kind;
	bool target; /* exactly one column is */
	bool wide;   /* needs 8 bytes: its numbers don't fit a float32 */
} nn_column;

/* An empty set that will hold at most budget bytes. The columns are copied. */
nn_dataset *nn_dataset_new(const nn_column *columns, int32_t count, size_t budget,
						   nn_status *status);
void nn_dataset_free(void *dataset);

/* Adds a row: one value for each column. A NULL target is counted and skipped. */
void nn_dataset_add(nn_dataset *dataset, const nn_value *values, nn_status *status);

/*
 * Brings the rows into canonical order, holds out a share of them, standardises. Called until it
 * returns false; a call takes some 50 ms at most. Errors of the data as a whole are found here.
 */
bool nn_dataset_prepare(nn_dataset *dataset, double validation, nn_status *status);

/* ---- a model: what is stored, and what comes back ---- */

typedef struct nn_feature
{
	const char *name;
	const char *type;
	nn_kind kind;
	int32_t length;     /* elements of mean and scale: of an array; 1 for numbers; else 0 */
	const double *mean; /* standardised = (value - mean) / scale */
	const double *scale;
	bool missing_input; /* has an input that says "was missing" */
	int64_t missing;    /* NULLs in training */
	int32_t inputs;     /* network inputs it becomes; out only */
	int32_t category_count;
	const char *const *categories; /* in the order of their inputs */
} nn_feature;

typedef struct nn_model_data
{
	const char *task;
	int32_t feature_count;
	const nn_feature *features;
	int32_t layer_count; /* of layer_sizes, input and output included */
	const int32_t *layer_sizes;
	int32_t activation_count;
	const char *const *activations; /* one for each layer but the input */
	int64_t parameter_count;
	const float *parameters;    /* layer by layer: W (outputs x inputs) row-major, then b */
	int32_t class_count;        /* 0 for regression */
	const char *const *classes; /* in sort order */
	int32_t target_count;       /* of target_mean and target_scale; 0 for classification */
	const double *target_mean;
	const double *target_scale;
} nn_model_data;

/* ---- training ---- */

typedef struct nn_trainer nn_trainer;

typedef struct nn_result
{
	nn_model_data model;
	const char *loss_name; /* options as resolved */
	const char *optimizer;
	double learning_rate;
	int32_t batch_size;
	int64_t rows;         /* used, held-out ones included */
	int64_t rows_skipped; /* NULL targets */
	int64_t rows_held_out;
	int32_t epochs;
	int32_t best_epoch;     /* whose parameters were kept; from 1 */
	double loss;            /* in the target's units, of that epoch */
	double validation_loss; /* NaN without held-out rows */
	double score;           /* R^2 or accuracy; NaN where undefined */
	double baseline;
	const char *stop_reason;
	const double *loss_curve;       /* one value an epoch */
	const double *validation_curve; /* the same, or NULL */
} nn_result;

/* A trainer over prepared rows, which must outlive it. */
nn_trainer *nn_trainer_new(const nn_dataset *dataset, const nn_options *options, nn_status *status);
void nn_trainer_free(void *trainer);

/* Trains for some 20 ms; false when the training has ended. */
bool nn_trainer_step(nn_trainer *trainer, nn_status *status);

/* The outcome; its pointers live as long as the trainer. */
void nn_trainer_result(const nn_trainer *trainer, nn_result *result, nn_status *status);

/* ---- prediction ---- */

typedef struct nn_predictor nn_predictor;

/*
 * A network ready to predict, from a stored model of which nothing is believed: NN_CORRUPT where
 * lengths, names or numbers don't fit each other. Everything is copied.
 */
nn_predictor *nn_predictor_new(const nn_model_data *model, nn_status *status);
void nn_predictor_free(void *predictor);

/* How many numbers a prediction has: the classes, or the outputs of a regression. */
int32_t nn_predictor_outputs(const nn_predictor *predictor);

/* Predicts from one row of raw values, one for each feature; fills that many outputs. */
void nn_predictor_run(nn_predictor *predictor, const nn_value *values, double *outputs,
					  nn_status *status);

#ifdef __cplusplus
}
#endif

#endif
