/*
 * columns.h: columns of a row on their way to a prediction, without a row being formed.
 */
#ifndef PGNN_COLUMNS_H
#define PGNN_COLUMNS_H

#include "fmgr.h"

/* Columns that one nn_columns() takes. PostgreSQL's functions have 100 arguments at most. */
#define COLUMNS_AT_A_TIME 98

/*
 * The place of a column in the results of some calls of nn_columns(), and its type; -1 where there is
 * none of the name.
 */
extern int columns_find(const NullableDatum *results, int count, const char *name, Oid *type);

/* The columns in the result of a call. */
extern const NullableDatum *columns_datums(Datum result);

/* The column at a place. */
static inline const NullableDatum *
columns_at(const NullableDatum *results, int place)
{
	return columns_datums(results[place / COLUMNS_AT_A_TIME].value) + place % COLUMNS_AT_A_TIME;
}

#endif
