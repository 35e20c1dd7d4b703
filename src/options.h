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
} Arguments;

extern void arguments_init(Arguments *arguments, FunctionCallInfo fcinfo);

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
} QueryColumns;

/* Those that a call names, in its arguments target, weight and holdout. */
extern QueryColumns query_columns(const Arguments *arguments);

/* All options as they were used, as JSON, for the model's readers. */
extern char *options_json(const nn_options *options, const QueryColumns *columns,
						  const nn_result *result);

#endif
