/*
 * results.c: what nn_predict and its family give of a prediction's outputs.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "results.h"

static const char *
for_numbers(const Call *call)
{
	return call->model->target_count > 1 ? "nn_outputs" : "nn_predict";
}

/* otherwise: what to use for a model of numbers. */
static void
require_classes(const Call *call, const char *otherwise)
{
	if (call->model->class_count == 0)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("model \"%s\" predicts numbers, not classes", get_rel_name(call->model_oid)),
				errhint("Use %s.", otherwise));
}

Datum
result_number(const Call *call, const double *outputs)
{
	const nn_model_data *model = call->model;

	if (model->class_count > 2)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("model \"%s\" has %d classes", get_rel_name(call->model_oid),
					   model->class_count),
				errhint("Use nn_classify for the most probable class, nn_probability for one of "
						"them, or nn_outputs for all."));
	if (model->class_count == 0 && model->target_count > 1)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("model \"%s\" predicts %d numbers", get_rel_name(call->model_oid),
					   model->target_count),
				errhint("Use nn_outputs."));
	return Float8GetDatum(outputs[model->class_count == 2 ? 1 : 0]);
}

Datum
result_class(Call *call, const double *outputs)
{
	int best = 0;

	require_classes(call, for_numbers(call));
	for (int c = 1; c < call->model->class_count; c++)
		if (outputs[c] > outputs[best])
			best = c;
	if (call->labels[best] == 0)
	{
		MemoryContext old_context = MemoryContextSwitchTo(call->context);

		call->labels[best] = CStringGetTextDatum(call->model->classes[best]);
		MemoryContextSwitchTo(old_context);
	}
	return call->labels[best];
}

int
result_find_class(const Call *call, text *label, const char *otherwise)
{
	char *class = text_to_cstring(label);

	require_classes(call, otherwise);
	for (int c = 0; c < call->model->class_count; c++)
		if (strcmp(class, call->model->classes[c]) == 0)
			return c;
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("model \"%s\" has no class \"%s\"", get_rel_name(call->model_oid), class),
			errhint("Its classes are in the column classes of the model table."));
}

Datum
result_probability(const Call *call, const double *outputs, text *label)
{
	return Float8GetDatum(outputs[result_find_class(call, label, for_numbers(call))]);
}

Datum
result_outputs(const Call *call, const double *outputs)
{
	int count = nn_predictor_outputs(call->network->predictor);
	Datum *elements = palloc(count * sizeof(Datum));

	for (int i = 0; i < count; i++)
		elements[i] = Float8GetDatum(outputs[i]);
	return PointerGetDatum(construct_array(elements, count, FLOAT8OID, sizeof(float8),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
