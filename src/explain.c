/*
 * explain.c: how a model comes to a prediction: nn_explain, nn_explain_class.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "core/api_judging.h"
#include "results.h"
#include "status.h"
#include "texts.h"

PG_FUNCTION_INFO_V1(nn_explain);
PG_FUNCTION_INFO_V1(nn_explain_class);

static void
put_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/* The class, or which of several numbers; NULL of a single one. */
static char *
output_name(const nn_model_data *model, int output)
{
	if (model->class_count > 0)
		return pstrdup(model->classes[output]);
	return model->target_count > 1 ? psprintf("%d", output + 1) : NULL;
}

/* A row for the baseline, and one for each feature. */
static void
put_explanation(FunctionCallInfo fcinfo, const Call *call, const nn_explanation *explanation)
{
	const nn_model_data *model = call->model;
	const double *contributions = nn_explanation_contributions(explanation);
	char *output = output_name(model, nn_explanation_output(explanation));
	Datum values[4] = {0};
	bool nulls[4] = {output == NULL, false, true, false};

	if (output != NULL)
		values[0] = CStringGetTextDatum(output);
	values[1] = CStringGetTextDatum("(baseline)");
	values[3] = Float8GetDatum(nn_explanation_baseline(explanation));
	put_row(fcinfo, values, nulls);
	for (int f = 0; f < model->feature_count; f++)
	{
		char *value = value_text(&model->features[f], &call->values[f]);

		nulls[2] = value == NULL;
		values[1] = CStringGetTextDatum(model->features[f].name);
		values[2] = value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
		values[3] = Float8GetDatum(contributions[f]);
		put_row(fcinfo, values, nulls);
	}
}

/* Of one output; -1: the class that nn_predict or nn_classify gives. */
static void
explain_output(FunctionCallInfo fcinfo, const Call *call, int output)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn explanation", ALLOCSET_SMALL_SIZES);
	void **explanation = own(context, nn_explanation_free);
	nn_status status;
	bool more = true;

	*explanation = nn_explanation_new(call->network->predictor, call->values, output, &status);
	check_status(&status);
	while (*explanation != NULL && more)
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_explanation_step(*explanation, &status);
		check_status(&status);
	}
	if (*explanation != NULL)
		put_explanation(fcinfo, call, *explanation);
	MemoryContextDelete(context);
}

/* From the arguments from first on; no rows where there is no prediction. */
static void
explain(FunctionCallInfo fcinfo, int first, text *class)
{
	const NullableDatum *args = &fcinfo->args[first];
	Call *call = call_for(fcinfo->flinfo, PG_GETARG_OID(0), first, args, PG_NARGS() - first);

	if (!call_read(call, args))
		return;
	if (class != NULL)
		explain_output(fcinfo, call, result_find_class(call, class, "nn_explain"));
	else if (call->model->class_count > 0)
		explain_output(fcinfo, call, -1);
	else
		for (int k = 0; k < call->model->target_count; k++)
			explain_output(fcinfo, call, k);
}

/*
 * nn_explain(model regclass, VARIADIC "any") -> setof (output, feature, value, contribution).
 */
Datum
nn_explain(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	if (!PG_ARGISNULL(0))
		explain(fcinfo, 1, NULL);
	return (Datum) 0;
}

/*
 * nn_explain_class(model regclass, class text, VARIADIC "any"): the same of the probability of a class.
 */
Datum
nn_explain_class(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1))
		explain(fcinfo, 2, PG_GETARG_TEXT_PP(1));
	return (Datum) 0;
}
