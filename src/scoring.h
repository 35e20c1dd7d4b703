/*
 * scoring.h: the rows of a query that a model predicts from, and what it predicts, row by row or batch
 * after batch.
 */
#ifndef PGNN_SCORING_H
#define PGNN_SCORING_H

#include "core/api_judging.h"
#include "model.h"
#include "options.h"
#include "query.h"
#include "values.h"

/* Everything lives in the memory context of scoring_open(). */
typedef struct Scoring
{
	StoredTraining *stored;
	const nn_model_data *data; /* of the model */
	nn_predictor *predictor;
	nn_target_shape shape;
	int truth_count; /* numbers of a truth */

	/* The row read last. */
	nn_value *values; /* of each feature */
	double *truth;
	double weight;

	/* The batch predicted last. */
	HeapTuple *tuples; /* its rows, until the next is asked for */
	double *outputs;   /* (rows, outputs) */
	double *truths;    /* (rows, truths) */
	double *weights;   /* NULL: there is no such column */

	/* Inside. */
	SourceQuery query;
	SourceRows rows;
	uint64 next;          /* of rows */
	ValueReader *readers; /* of each feature */
	int *attributes;      /* of each feature in the query's rows */
	ValueReader target_reader, weight_reader;
	int target, weight_column; /* in the query's rows; -1: none */
	Datum *datums;
	bool *nulls;
	MemoryContext row_context;
	const char *unknown_class; /* the first that the model doesn't know */
	int64 rows_unknown;
	SkippedRows skipped;
} Scoring;

/*
 * Reads a version of the model, or ACTIVE_VERSION, checks that the query has its columns, and runs
 * the query. judged: also its target, and the column of weights of that name (NULL: that of the
 * training, if the query has it). Within SPI; function is any function of the extension.
 */
extern Scoring *scoring_open(Oid model, int version, Oid function, const char *query, bool judged,
							 const char *weight);

/* The same with the arguments model, version, query and weight of a call; judged: with its target. */
extern Scoring *scoring_open_arguments(const Arguments *arguments, bool judged);

/*
 * The class that the argument class names; without it of two classes the second, otherwise -1 for all.
 */
extern int scoring_class_argument(const Scoring *scoring, const Arguments *arguments);

/*
 * Reads the next row into values, truth and weight, which last until the next one; false: there are no
 * more. Rows without a target or a weight are counted and passed over.
 */
extern bool scoring_read(Scoring *scoring);

/*
 * Predicts from the next rows, at most NN_BATCH_ROWS, and gives their number; 0: there are no more.
 * Rows in which a NULL leaves no prediction are passed over, too.
 */
extern int scoring_predict(Scoring *scoring);

/* Ends the query, and says how many rows were passed over. */
extern void scoring_close(Scoring *scoring);

#endif
