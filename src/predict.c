/*
 * predict.c: nn_predict and its family, row by row.
 */
#include "postgres.h"

#include "results.h"

PG_FUNCTION_INFO_V1(nn_predict);
PG_FUNCTION_INFO_V1(nn_classify);
PG_FUNCTION_INFO_V1(nn_probability);
PG_FUNCTION_INFO_V1(nn_outputs);

/*
 * Predicts from the arguments from first on; NULL where the model is NULL, or there is no prediction.
 */
static Call *
predict(FunctionCallInfo fcinfo, int first, nn_purpose purpose)
{
	const NullableDatum *args = &fcinfo->args[first];
	Call *call;

	if (PG_ARGISNULL(0))
		return NULL;
	call = call_for(fcinfo->flinfo, PG_GETARG_OID(0), first, args, PG_NARGS() - first);
	return call_predict(call, args, purpose) ? call : NULL;
}

/*
 * nn_predict(model regclass, VARIADIC "any") -> float8: the number, or the probability of the second
 * of two classes.
 */
Datum
nn_predict(PG_FUNCTION_ARGS)
{
	Call *call = predict(fcinfo, 1, NN_OUTPUTS);

	if (call == NULL)
		PG_RETURN_NULL();
	return result_number(call, call->outputs);
}

/*
 * nn_classify(model regclass, VARIADIC "any") -> text: the most probable class.
 */
Datum
nn_classify(PG_FUNCTION_ARGS)
{
	Call *call = predict(fcinfo, 1, NN_RANKING);

	if (call == NULL)
		PG_RETURN_NULL();
	return result_class(call, call->outputs);
}

/*
 * nn_probability(model regclass, class text, VARIADIC "any") -> float8: of that class.
 */
Datum
nn_probability(PG_FUNCTION_ARGS)
{
	Call *call;

	if (PG_ARGISNULL(1) || (call = predict(fcinfo, 2, NN_OUTPUTS)) == NULL)
		PG_RETURN_NULL();
	return result_probability(call, call->outputs, PG_GETARG_TEXT_PP(1));
}

/*
 * nn_outputs(model regclass, VARIADIC "any") -> float8[]: all numbers, or the probabilities of all
 * classes in the order of classes.
 */
Datum
nn_outputs(PG_FUNCTION_ARGS)
{
	Call *call = predict(fcinfo, 1, NN_OUTPUTS);

	if (call == NULL)
		PG_RETURN_NULL();
	return result_outputs(call, call->outputs);
}
