/*
 * options.h: the arguments of nn_train and its relatives by their names -> options of the core -> JSON.
 */
#ifndef PGNN_OPTIONS_C_H
#define PGNN_OPTIONS_C_H

#include "fmgr.h"

#include "core/api.h"

/* The arguments of a call, by name: functions that share options need not share their order. */
typedef struct Arguments
{
	FunctionCallInfo fcinfo;
	char **names;
	Oid *types;
	NullableDatum *values;
} Arguments;

extern void arguments_init(Arguments *arguments, FunctionCallInfo fcinfo);

/* Gives an argument another value: what its type reads from the text; NULL for NULL. */
extern void arguments_set(Arguments *arguments, const char *name, const char *text);

/* The number of the argument of that name, from 0; -1 where the function has none. */
extern int find_argument(const Arguments *arguments, const char *name);

/*
 * An argument's value. The function must declare it; NULL is an error, but for the optional ones,
 * which give NULL, what is said otherwise or, as the core knows it, NaN.
 */
extern char *text_argument(const Arguments *arguments, const char *name);
extern char *optional_text_argument(const Arguments *arguments, const char *name);
extern int32 int_argument(const Arguments *arguments, const char *name);
extern int32 optional_int_argument(const Arguments *arguments, const char *name, int32 otherwise);
extern bool bool_argument(const Arguments *arguments, const char *name);
extern Oid oid_argument(const Arguments *arguments, const char *name);

/*
 * The options among the arguments, checked one by one. Those that the function doesn't declare stay
 * as nn_options_default() has them.
 */
extern void options_read(const Arguments *arguments, nn_options *options);

/* The columns of a query that are no features. */
typedef struct QueryColumns
{
	const char *target;
	const char *weight;  /* or NULL */
	const char *holdout; /* or NULL */
	const char *groups;  /* or NULL; of rows that stay together */
} QueryColumns;

/* Those that a call names, in its arguments target, weight and holdout. */
extern QueryColumns query_columns(const Arguments *arguments);

/* All options as they were used, as JSON, for the model's readers. */
extern char *options_json(const nn_options *options, const QueryColumns *columns,
						  const nn_result *result);

#endif
