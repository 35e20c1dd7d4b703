/*
 * rows.h: a query's rows -> a dataset of the core.
 */
#ifndef PGNN_ROWS_H
#define PGNN_ROWS_H

#include "core/api.h"

/* A query whose columns are known, but none of whose rows was read. */
typedef struct TrainingQuery TrainingQuery;

/*
 * Prepares a SELECT, or SELECT * from the table or view of that name, within an SPI connection.
 * Reports an error for anything that isn't one read-only statement returning rows, for a target that
 * is not among its columns, for types that can't be features, and for a task that doesn't fit.
 */
extern TrainingQuery *training_query_prepare(const char *query, const char *target,
											 const nn_options *options);

/* Runs the query once and reads all its rows; the dataset is owned by the context. */
extern nn_dataset *training_query_read(TrainingQuery *query, MemoryContext context);

#endif
