/*
 * rows.h: a query's rows -> a dataset of the core.
 */
#ifndef PGNN_ROWS_H
#define PGNN_ROWS_H

#include "core/api.h"
#include "options.h"
#include "progress.h"

/* A query whose columns are known, but none of whose rows was read. */
typedef struct TrainingQuery TrainingQuery;

/*
 * Prepares a SELECT, or SELECT * from the table or view of that name, within an SPI connection.
 * Reports an error for anything that isn't one read-only statement returning rows, for a named column
 * that is not among its own, for types that can't be features, and for a task that doesn't fit.
 */
extern TrainingQuery *training_query_prepare(const char *query, const QueryColumns *columns,
											 const nn_options *options);

/* Lets the reading and preparing of its rows be watched. */
extern void training_query_watch(TrainingQuery *query, Progress *progress);

/*
 * Runs the query once, reads all its rows, and prepares them; the dataset is owned by the context.
 */
extern nn_dataset *training_query_read(TrainingQuery *query, const nn_options *options,
									   MemoryContext context);

/*
 * Removes the files that hold rows which didn't fit the memory, once nothing reads them any more. Gives
 * how many bytes were written to files.
 */
extern int64 training_query_close(TrainingQuery *query);

/*
 * The same of at most limit rows (at least 1), for a dry run. Gives the number of all rows: as read
 * where there are no more, otherwise as the planner estimates it.
 */
extern nn_dataset *training_query_sample(TrainingQuery *query, const nn_options *options,
										 int64 limit, MemoryContext context, int64 *rows);

/* The columns of the training: those of the query without that of groups. */
extern const nn_column *training_query_columns(const TrainingQuery *query, int *count);

/* Runs the query and hands over the values of each row's columns, which last until the next. */
typedef void (*RowFunction)(const nn_value *values, void *arg);
extern void training_query_each(TrainingQuery *query, RowFunction function, void *arg);

/*
 * What is left to whoever takes rows one by one: adds one to a dataset of these columns; and prepares
 * those that were added. One dataset at a time, until training_query_close().
 */
extern void training_query_add(TrainingQuery *query, nn_dataset *dataset, const nn_value *values);
extern void training_query_finish(TrainingQuery *query, nn_dataset *dataset);

/*
 * A hash of the row handed over last: of its group, where the query has a column of groups, or of all
 * its values.
 */
extern uint64 training_query_key(TrainingQuery *query, const nn_value *values);

#endif
