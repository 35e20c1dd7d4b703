/*
 * columns.c: nn_columns(internal, names text[], VARIADIC "any"), into which the planner rewrites the
 * row that a prediction is asked for (support.c): the columns that the model takes, with their names.
 *
 * It does nothing: its result points to its own arguments, where the function around it finds them.
 * So no row is formed and taken apart, and more columns than a function's 100 arguments pass. Users
 * can't call it, as they have no value of type internal.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "columns.h"

#define FIRST_COLUMN 2

PG_FUNCTION_INFO_V1(nn_columns);

Datum
nn_columns(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(fcinfo);
}

const NullableDatum *
columns_datums(Datum result)
{
	FunctionCallInfo columns = (FunctionCallInfo) DatumGetPointer(result);

	return &columns->args[FIRST_COLUMN];
}

int
columns_find(const NullableDatum *results, int count, const char *name, Oid *type)
{
	for (int i = 0; i < count; i++)
	{
		FunctionCallInfo columns = (FunctionCallInfo) DatumGetPointer(results[i].value);
		Datum *names;
		int number;

		deconstruct_array(DatumGetArrayTypeP(columns->args[1].value), TEXTOID, -1, false,
						  TYPALIGN_INT, &names, NULL, &number);
		for (int j = 0; j < number && FIRST_COLUMN + j < columns->nargs; j++)
		{
			if (strcmp(TextDatumGetCString(names[j]), name) != 0)
				continue;
			*type = get_fn_expr_argtype(columns->flinfo, FIRST_COLUMN + j);
			return i * COLUMNS_AT_A_TIME + j;
		}
	}
	return -1;
}
