/*
 * batches.c: nn_predict_batch and its family: window functions that bring many rows through the
 * network together.
 *
 * At the first row of a batch the rows after it are read ahead, up to NN_BATCH_ROWS or the end of the
 * partition, and what comes out is kept for them. The batch is the call's own, since evaluating an
 * argument may predict from the same network.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "windowapi.h"

#include "results.h"
#include "status.h"

PG_FUNCTION_INFO_V1(nn_predict_batch);
PG_FUNCTION_INFO_V1(nn_classify_batch);
PG_FUNCTION_INFO_V1(nn_probability_batch);
PG_FUNCTION_INFO_V1(nn_outputs_batch);

/* What a call keeps beside what every call does. */
typedef struct Batch
{
	nn_batch *rows;
	MemoryContext row_context; /* of what one row's arguments take */
	int outputs;               /* of a row */
	double *all;               /* (NN_BATCH_ROWS x outputs), of the rows with a prediction */
	int places[NN_BATCH_ROWS]; /* of each row in it; -1: no prediction */
	int16 lengths[FUNC_MAX_ARGS];
	bool by_value[FUNC_MAX_ARGS];
} Batch;

/* Where the batch stands in the partition: zeros at its start. */
typedef struct Span
{
	int64 first, end;
} Span;

static Batch *
batch_for(FunctionCallInfo fcinfo, Call *call, int first)
{
	MemoryContext old_context;
	nn_status status;
	void **rows;

	if (call->batch != NULL)
		return call->batch;
	old_context = MemoryContextSwitchTo(call->context);
	call->batch = palloc0(sizeof(Batch));
	call->batch->row_context =
		AllocSetContextCreate(call->context, "pgnn row", ALLOCSET_DEFAULT_SIZES);
	call->batch->outputs = nn_predictor_outputs(call->network->predictor);
	call->batch->all = palloc(NN_BATCH_ROWS * call->batch->outputs * sizeof(double));
	for (int a = first; a < PG_NARGS(); a++)
		get_typlenbyval(get_fn_expr_argtype(fcinfo->flinfo, a), &call->batch->lengths[a],
						&call->batch->by_value[a]);
	rows = own(call->context, nn_batch_free);
	*rows = nn_batch_new(call->network->predictor, &status);
	check_status(&status);
	call->batch->rows = *rows;
	MemoryContextSwitchTo(old_context);
	return call->batch;
}

/*
 * The arguments of the row so many ahead; false behind the end of the partition. Values live in the row's context:
 * what one fetch of a row points to, the next takes away.
 */
static bool
fetch(FunctionCallInfo fcinfo, const Batch *batch, int first, int ahead, NullableDatum *args)
{
	bool is_out = false;

	for (int a = first; a < PG_NARGS() && !is_out; a++)
	{
		NullableDatum *arg = &args[a - first];

		arg->value = WinGetFuncArgInPartition(PG_WINDOW_OBJECT(), a, ahead, WINDOW_SEEK_CURRENT,
											  false, &arg->isnull, &is_out);
		if (!arg->isnull && !is_out && a + 1 < PG_NARGS())
			arg->value = datumCopy(arg->value, batch->by_value[a], batch->lengths[a]);
	}
	return !is_out;
}

static void
read_ahead(FunctionCallInfo fcinfo, Call *call, int first, int64 row, Span *span)
{
	Batch *batch = batch_for(fcinfo, call, first);
	MemoryContext old_context = MemoryContextSwitchTo(batch->row_context);
	NullableDatum args[FUNC_MAX_ARGS];
	nn_status status;
	int added = 0;

	span->first = span->end = row;
	while (span->end - span->first < NN_BATCH_ROWS &&
		   fetch(fcinfo, batch, first, (int) (span->end - row), args))
	{
		bool predicted = call_add(call, args, batch->rows);

		batch->places[span->end++ - span->first] = predicted ? added++ : -1;
		MemoryContextReset(batch->row_context);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(old_context);
	nn_batch_flush(batch->rows, batch->all, &status);
	check_status(&status);
	WinSetMarkPosition(PG_WINDOW_OBJECT(), span->end - 1);
}

/*
 * The outputs of the current row, from the arguments from first on; NULL where the model is NULL or
 * there is no prediction.
 */
static const double *
predict(FunctionCallInfo fcinfo, int first, Call **call)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Span *span = WinGetPartitionLocalMemory(window, sizeof(Span));
	int64 row = WinGetCurrentPosition(window);
	NullableDatum model;
	int place;

	if (!get_fn_expr_arg_stable(fcinfo->flinfo, 0))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the model of a batch must be the same for all rows"),
				errhint("Predict row by row, with nn_predict, nn_classify, nn_probability or "
						"nn_outputs."));
	model.value = WinGetFuncArgCurrent(window, 0, &model.isnull);
	if (model.isnull)
		return NULL;
	if (row >= span->end)
	{
		*call = call_for(fcinfo->flinfo, DatumGetObjectId(model.value), first, NULL,
						 PG_NARGS() - first);
		read_ahead(fcinfo, *call, first, row, span);
	}
	*call = fcinfo->flinfo->fn_extra;
	place = (*call)->batch->places[row - span->first];
	return place < 0 ? NULL : (*call)->batch->all + place * (*call)->batch->outputs;
}

/*
 * nn_predict_batch(model regclass, VARIADIC "any") OVER (...) -> float8: as nn_predict.
 */
Datum
nn_predict_batch(PG_FUNCTION_ARGS)
{
	Call *call;
	const double *outputs = predict(fcinfo, 1, &call);

	if (outputs == NULL)
		PG_RETURN_NULL();
	return result_number(call, outputs);
}

/*
 * nn_classify_batch(model regclass, VARIADIC "any") OVER (...) -> text: as nn_classify.
 */
Datum
nn_classify_batch(PG_FUNCTION_ARGS)
{
	Call *call;
	const double *outputs = predict(fcinfo, 1, &call);

	if (outputs == NULL)
		PG_RETURN_NULL();
	return result_class(call, outputs);
}

/*
 * nn_probability_batch(model regclass, class text, VARIADIC "any") OVER (...) -> float8: as
 * nn_probability.
 */
Datum
nn_probability_batch(PG_FUNCTION_ARGS)
{
	Call *call;
	const double *outputs = predict(fcinfo, 2, &call);
	bool isnull;
	Datum class = WinGetFuncArgCurrent(PG_WINDOW_OBJECT(), 1, &isnull);

	if (outputs == NULL || isnull)
		PG_RETURN_NULL();
	return result_probability(call, outputs, DatumGetTextPP(class));
}

/*
 * nn_outputs_batch(model regclass, VARIADIC "any") OVER (...) -> float8[]: as nn_outputs.
 */
Datum
nn_outputs_batch(PG_FUNCTION_ARGS)
{
	Call *call;
	const double *outputs = predict(fcinfo, 1, &call);

	if (outputs == NULL)
		PG_RETURN_NULL();
	return result_outputs(call, outputs);
}
