/*
 * api.h: the boundary between PostgreSQL (C) and the mathematics (C++).
 *
 * Plain C only: opaque handles, plain structs and a status. No function here throws, knows a Datum
 * or calls PostgreSQL, so the C side may be left by longjmp at any time between two calls. Handles
 * are freed by their _free function, which takes NULL and suits a memory context's reset callback.
 *
 * Here: options, training, prediction. How predictions are judged and explained is in api_judging.h.
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

/* The processors that may be used, at least 1. */
int32_t nn_processors(void);

/*
 * Chooses the instruction set of the arithmetic: baseline, avx2, avx512, or auto for the best there
 * is. False where there is no such, or not on this processor. Not while anything else is running.
 */
bool nn_use_simd(const char *name, bool test_only);

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
	NN_IO,         /* a temporary file that can't be read */
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

typedef struct nn_predictor nn_predictor;

/* What the loss of a class is multiplied with. */
typedef struct nn_class_weight
{
	const char *label;
	double weight;
} nn_class_weight;

/* The version of a model that a training goes on from. */
typedef struct nn_start
{
	const nn_predictor *model; /* its columns, categories, classes and network are taken over */
	const char *optimizer;     /* whose state follows */
	const float *state;        /* as in nn_result; none: the optimizer starts afresh */
	int64_t state_count;
	int64_t updates; /* steps the optimizer has made */
	int32_t epochs;  /* passes made before, which the random order of rows goes on from */
} nn_start;

/* Training options, as the user gave them; nn_options_default() sets each. */
typedef struct nn_options
{
	const char *task;               /* 'regression', 'classification', NULL: by the target */
	const int32_t *hidden;          /* widths of the hidden layers */
	int32_t hidden_layers;          /* how many; NN_CHOOSE: by the rows */
	const char *const *activations; /* one for all hidden layers, or one for each */
	int32_t activation_count;       /* 0: relu, or as those of start */
	const char *loss;        /* NULL: cross_entropy for classes, mse for numbers, or quantile */
	const double *quantiles; /* in (0, 1), rising; an output for each */
	int32_t quantile_count;
	double label_smoothing; /* [0, 1), share of the truth that all classes get */
	const char *optimizer;
	double learning_rate; /* > 0; NaN: the optimizer's own */
	double momentum;      /* [0, 1), of sgd */
	bool nesterov;        /* of sgd */
	const char *schedule; /* of the learning rate; see schedules.h */
	double decay;         /* (0, 1], by what step, exponential and plateau multiply it */
	int32_t decay_epochs; /* how often they do */
	int32_t warmup;       /* epochs in which the rate rises to its full size */
	int32_t batch_size;   /* rows; NN_CHOOSE: by the rows */
	int32_t epochs;
	double l1;              /* >= 0; adds l1 * sum of the weights' sizes to the loss */
	double l2;              /* >= 0; adds l2/2 * sum of the squared weights to the loss */
	double dropout;         /* [0, 1), share of hidden neurons silenced in each step */
	double input_dropout;   /* [0, 1), share of inputs silenced in each step */
	double clip_norm;       /* > 0; longest gradient; NaN: any */
	double validation;      /* [0, 0.9], share of the rows held out */
	const char *stop_on;    /* loss or score, of the held-out rows */
	int32_t patience;       /* epochs without improvement; 0: no early stopping */
	double min_improvement; /* >= 0; share of the best loss, or points of the score, that count */
	int32_t min_epochs;     /* before patience counts */
	double tolerance;       /* >= 0; stop when all parameters changed by less in a step */
	double max_seconds;     /* > 0; NaN: no limit */
	const nn_class_weight *class_weights; /* those not named: 1 */
	int32_t class_weight_count; /* NN_CHOOSE: balanced, n / (classes * rows of the class) */
	const char *missing;        /* what becomes of NULLs: impute, skip or error */
	int32_t seed;
	int32_t threads;        /* that may work at the same time, at least 1 */
	const nn_start *start;  /* NULL: from random parameters */
	nn_predictor *champion; /* to be scored on the same rows as the new network; or NULL */
	bool dry_run;           /* columns to be refused are left out, and reported by an estimate */
	bool spill;             /* rows beyond the memory may go to temporary files */
	int64_t expected_rows;  /* of which those read are a sample, for nn_trainer_estimate; 0: none */
} nn_options;

/* The options of whoever gives none, as nn_train declares them. */
void nn_options_default(nn_options *options);

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

/* What a column is for. */
typedef enum nn_role
{
	NN_FEATURE,
	NN_TARGET, /* exactly one column */
	NN_WEIGHT, /* at most one: by what a row's loss and score are multiplied */
	NN_HOLDOUT /* at most one: true for the rows to hold out */
} nn_role;

/* How a number stands in a word of 64 bits: its lowest bits, or all. */
typedef enum nn_word
{
	NN_NO_WORD, /* it doesn't: it comes as an nn_value */
	NN_FLOAT4_WORD,
	NN_FLOAT8_WORD,
	NN_INT16_WORD,
	NN_INT32_WORD,
	NN_INT64_WORD,
	NN_BOOL_WORD
} nn_word;

typedef struct nn_column
{
	const char *name;
	const char *type; /* its SQL type, kept with the model for its readers */
	nn_kind kind;
	nn_role role;
	bool wide;    /* needs 8 bytes: its numbers don't fit a float32 */
	nn_word word; /* of numbers and booleans that nn_dataset_add_row() takes as words */
} nn_column;

/*
 * An empty set that will hold at most budget bytes. What it needs of the columns and the options is
 * copied. NN_INVALID for columns that don't fit their roles, or the model to go on from or to
 * compare with.
 */
nn_dataset *nn_dataset_new(const nn_column *columns, int32_t count, const nn_options *options,
						   size_t budget, nn_status *status);
void nn_dataset_free(void *dataset);

/*
 * Adds a row: one value for each column. Rows whose target is NULL or whose weight is 0 are counted
 * and skipped, and so are, where missing says skip, those with a NULL. True where nn_dataset_spill()
 * must make room before the next one.
 */
bool nn_dataset_add(nn_dataset *dataset, const nn_value *values, nn_status *status);

/*
 * The same, faster: the numbers of columns with a word, and whether they are NULL, come in two arrays,
 * each with a place for every column; values are those of the other columns.
 */
bool nn_dataset_add_row(nn_dataset *dataset, const uint64_t *words, const bool *nulls,
						const nn_value *values, nn_status *status);

/* Makes room by putting the rows into a file. Called until it returns false. */
bool nn_dataset_spill(nn_dataset *dataset, nn_status *status);

/* Files of rows that a dataset may have; from NN_ENCODED_FILE on they are needed in training. */
#define NN_FILES 4
#define NN_ENCODED_FILE 2

/* What is to be written to the end of a file. */
typedef struct nn_block
{
	int32_t file;
	int64_t offset; /* where that is */
	const void *data;
	size_t bytes;
} nn_block;

/*
 * After each call of nn_dataset_spill() and nn_dataset_prepare(), until it returns false: a block that
 * must be written before the next call.
 */
bool nn_dataset_block(nn_dataset *dataset, nn_block *block);

/*
 * Gives the dataset a descriptor of its own to read that file by, once something was written to it. It
 * closes it.
 */
void nn_dataset_open(nn_dataset *dataset, int32_t file, int descriptor);

/*
 * Brings the rows into canonical order, holds out a share of them, standardises. Called until it
 * returns false; a call takes some 50 ms at most. Errors of the data as a whole are found here.
 */
bool nn_dataset_prepare(nn_dataset *dataset, nn_status *status);

/* ---- memory for many numbers ---- */

typedef struct nn_floats nn_floats;

/* Of so many floats, not initialised: cheaper than other memory where they are many. */
nn_floats *nn_floats_new(size_t count, nn_status *status);
void nn_floats_free(void *floats);
float *nn_floats_data(nn_floats *floats);

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
	int64_t missing;    /* rows with NULL in training */
	int64_t unknown; /* rows with categories that the version gone on from doesn't know; out only */
	int32_t inputs;  /* network inputs it becomes; out only */
	int32_t category_count;
	const char *const *categories; /* in the order of their inputs */
	int32_t share_count;           /* 0: unknown; or as many as inputs that are 0 or 1 */
	const double *shares;          /* of the training rows, in which each of those was 1 */
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
	const nn_floats *floats;    /* where those are all that it holds; or NULL */
	int32_t class_count;        /* 0 for regression */
	const char *const *classes; /* in sort order */
	int32_t target_count;       /* of target_mean and target_scale; 0 for classification */
	const double *target_mean;
	const double *target_scale;
	const char *missing; /* what becomes of NULL features: impute, skip or error */
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
	const double *quantiles; /* of the loss quantile; otherwise none */
	int32_t quantile_count;
	int64_t rows;           /* used, held-out ones included */
	int64_t rows_no_target; /* skipped: NULL targets */
	int64_t rows_no_weight; /* skipped: weights of 0 */
	int64_t rows_missing;   /* skipped: NULL features */
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
	const double *rate_curve;       /* the learning rate of each epoch */
	const float *state;             /* of the optimizer, its slots one after another; or NULL */
	int64_t state_count;
	int64_t updates;       /* steps of the optimizer, those before start included */
	int32_t total_epochs;  /* the same of epochs */
	double champion_score; /* of the champion on the rows that score is of; NaN: no champion */
	int32_t warning_count;
	const nn_status *warnings; /* what the user should know: messages with hints */
} nn_result;

/* A trainer over prepared rows, which must outlive it. */
nn_trainer *nn_trainer_new(const nn_dataset *dataset, const nn_options *options, nn_status *status);
void nn_trainer_free(void *trainer);

/* Trains for some 20 ms; false when the training has ended. */
bool nn_trainer_step(nn_trainer *trainer, nn_status *status);

/* How far a training has come. */
typedef struct nn_progress
{
	int32_t epoch;          /* epochs that have ended */
	int32_t epochs;         /* at most */
	double loss;            /* of the last that ended, in the target's units; NaN: none */
	double validation_loss; /* the same */
	double rate;            /* its learning rate */
	double rows_per_second; /* through the network */
	double seconds_left;    /* at most, at this pace; NaN: unknown */
} nn_progress;

void nn_trainer_progress(const nn_trainer *trainer, nn_progress *progress);

/* The outcome; its pointers live as long as the trainer. */
void nn_trainer_result(const nn_trainer *trainer, nn_result *result, nn_status *status);

/* What a training would take, by a sample of its rows. */
typedef struct nn_estimate
{
	nn_model_data model;
	int32_t batch_size;
	int64_t reading_bytes; /* memory of the rows while they are read */
	int64_t row_bytes;     /* and while training */
	int64_t network_bytes; /* and of all else */
	double epoch_seconds;  /* of one epoch, held-out rows included */
	int32_t warning_count;
	const nn_status
		*warnings; /* of columns that nothing can be learnt from, or that tell too much */
} nn_estimate;

/*
 * From a trainer over a sample, made with options of so many expected_rows and stepped for a while:
 * what all rows would take. Its pointers live as long as the trainer.
 */
void nn_trainer_estimate(nn_trainer *trainer, nn_estimate *estimate, nn_status *status);

/* ---- prediction ---- */

/*
 * A network ready to predict, from a stored model of which nothing is believed: NN_CORRUPT where
 * lengths, names or numbers don't fit each other. Everything is copied, but floats are shared: they
 * must not change.
 */
nn_predictor *nn_predictor_new(const nn_model_data *model, nn_status *status);
void nn_predictor_free(void *predictor);

/* How many numbers a prediction has: the classes, or the outputs of a regression. */
int32_t nn_predictor_outputs(const nn_predictor *predictor);

/* What a prediction is made for. */
typedef enum nn_purpose
{
	NN_OUTPUTS, /* numbers, or the probabilities of the classes */
	NN_RANKING /* only which class is the most probable: numbers of the same order, which cost less */
} nn_purpose;

/*
 * Predicts from one row of raw values, one for each feature; fills that many outputs. False, and no
 * error, where a NULL leaves no prediction because the model was trained with missing => skip.
 */
bool nn_predictor_run(nn_predictor *predictor, const nn_value *values, nn_purpose purpose,
					  double *outputs, nn_status *status);

/* True where all features are single numbers, booleans or times. */
bool nn_predictor_numeric(const nn_predictor *predictor);

/*
 * For those: the same as nn_predictor_run from plain numbers (times in seconds). nulls says which
 * features are NULL, whose numbers must be 0; it is NULL where none is.
 */
bool nn_predictor_run_numbers(nn_predictor *predictor, const double *numbers, const bool *nulls,
							  nn_purpose purpose, double *outputs, nn_status *status);

/* Rows that a batch can hold. */
#define NN_BATCH_ROWS 256

/*
 * Many rows through the network together, which is faster: adds a row to the batch, which must not
 * be full. As nn_predictor_run, but what comes out is left to nn_predictor_flush. False, and the row
 * isn't added, where a NULL leaves no prediction.
 */
bool nn_predictor_add(nn_predictor *predictor, const nn_value *values, nn_status *status);

/*
 * Predicts from the rows of the batch, which is empty then: outputs has room for NN_BATCH_ROWS times
 * nn_predictor_outputs() numbers, and is filled row by row in the order they were added. Gives their
 * number. Up to rounding, each is what nn_predictor_run gives.
 */
int32_t nn_predictor_flush(nn_predictor *predictor, double *outputs, nn_status *status);

typedef struct nn_batch nn_batch;

/*
 * A batch of its own, for a predictor that others use, too; it must outlive the batch. add_numbers is
 * to add what nn_predictor_run_numbers is to nn_predictor_run.
 */
nn_batch *nn_batch_new(nn_predictor *predictor, nn_status *status);
void nn_batch_free(void *batch);
bool nn_batch_add(nn_batch *batch, const nn_value *values, nn_status *status);
bool nn_batch_add_numbers(nn_batch *batch, const double *numbers, const bool *nulls,
						  nn_status *status);
int32_t nn_batch_flush(nn_batch *batch, double *outputs, nn_status *status);

#ifdef __cplusplus
}
#endif

#endif
