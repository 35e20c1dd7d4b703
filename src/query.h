/*
 * query.h: a query given as text, and its rows.
 */
#ifndef PGNN_QUERY_H
#define PGNN_QUERY_H

#include "executor/spi.h"
#include "utils/portal.h"

/* A query that was prepared, and the columns of its rows. */
typedef struct SourceQuery
{
	SPIPlanPtr plan;
	TupleDesc desc;
} SourceQuery;

/*
 * Prepares a SELECT, or SELECT * from the table or view of that name, within an SPI connection.
 * Reports an error for anything that isn't one read-only statement returning rows, each column of
 * another name.
 */
extern SourceQuery source_prepare(const char *text);

/* The number of the column of that name, from 0; -1 where there is none. */
extern int source_find_column(TupleDesc desc, const char *name);

/* The same of a column that an argument names; an error where there is none. */
extern int source_column(TupleDesc desc, const char *name, const char *purpose);

/* The rows of a query that runs: those that were fetched last. */
typedef struct SourceRows
{
	Portal portal;
	SPITupleTable *table;
	uint64 count;
	int64 fetch; /* how many are fetched next */
} SourceRows;

/* Runs the query, read-only, with the active snapshot. */
extern SourceRows source_open(const SourceQuery *query);

/* Fetches the next rows, at most limit (at least 1), in place of the last; false: there are no more. */
extern bool source_fetch(SourceRows *rows, int64 limit);

/*
 * Instead of fetching them: hands each row, at most limit (at least 1), to a function, by its columns'
 * datums, which last until the next. Gives how many.
 */
typedef void (*SourceFunction)(Datum *datums, bool *nulls, void *arg);
extern int64 source_each(SourceRows *rows, int64 limit, SourceFunction function, void *arg);

/* How many rows the planner expected in all; 0 where all were fetched. */
extern int64 source_estimate(const SourceRows *rows);

extern void source_close(SourceRows *rows);

/* Rows that were left out, and why. */
typedef struct SkippedRows
{
	int64 no_target, no_weight, missing; /* missing: a feature */
} SkippedRows;

/* Says so, in notices. */
extern void source_report_skipped(const SkippedRows *skipped, const char *target);

#endif
