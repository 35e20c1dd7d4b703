/*
 * inspect.c: a model's network as relations: nn_layers, nn_weights.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "model.h"
#include "status.h"

PG_FUNCTION_INFO_V1(nn_layers);
PG_FUNCTION_INFO_V1(nn_weights);

/* One layer of a stored model: W (outputs x inputs) row-major, b (outputs). */
typedef struct LayerView
{
	int number; /* from 1, the first behind the inputs */
	int inputs, outputs;
	const char *activation;
	const float *weights, *biases;
} LayerView;

/* Reads the version, checks it, and calls put for each layer. */
static void
for_each_layer(FunctionCallInfo fcinfo, void (*put)(ReturnSetInfo *set, const LayerView *layer))
{
	MemoryContext context, old_context;
	const nn_model_data *data;
	const float *parameter;
	nn_status status;
	void **checked;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return;
	context = AllocSetContextCreate(CurrentMemoryContext, "pgnn model", ALLOCSET_DEFAULT_SIZES);
	old_context = MemoryContextSwitchTo(context);
	data = &model_read(PG_GETARG_OID(0), version_argument(PG_ARGISNULL(1), PG_GETARG_INT32(1)),
					   fcinfo->flinfo->fn_oid)
				->data;
	checked = own(context, nn_predictor_free);
	*checked = nn_predictor_new(data, &status);
	check_status(&status);

	parameter = data->parameters;
	for (int l = 1; l < data->layer_count; l++)
	{
		int inputs = data->layer_sizes[l - 1], outputs = data->layer_sizes[l];
		const float *biases = parameter + (size_t) inputs * outputs;
		LayerView layer = {l, inputs, outputs, data->activations[l - 1], parameter, biases};

		parameter = biases + outputs;
		put((ReturnSetInfo *) fcinfo->resultinfo, &layer);
	}
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(context);
}

static Datum *
float4_datums(const float *numbers, size_t count)
{
	Datum *datums = palloc_extended(count * sizeof(Datum), MCXT_ALLOC_HUGE);

	for (size_t i = 0; i < count; i++)
		datums[i] = Float4GetDatum(numbers[i]);
	return datums;
}

static void
put_layer(ReturnSetInfo *set, const LayerView *layer)
{
	int dimensions[] = {layer->outputs, layer->inputs};
	int lower_bounds[] = {1, 1};
	Datum *weights = float4_datums(layer->weights, (size_t) layer->outputs * layer->inputs);
	Datum *biases = float4_datums(layer->biases, layer->outputs);
	Datum values[] = {
		Int32GetDatum(layer->number),
		Int32GetDatum(layer->inputs),
		Int32GetDatum(layer->outputs),
		CStringGetTextDatum(layer->activation),
		PointerGetDatum(construct_md_array(weights, NULL, 2, dimensions, lower_bounds, FLOAT4OID,
										   sizeof(float4), true, TYPALIGN_INT)),
		PointerGetDatum(construct_md_array(biases, NULL, 1, dimensions, lower_bounds, FLOAT4OID,
										   sizeof(float4), true, TYPALIGN_INT))};
	bool nulls[lengthof(values)] = {false};

	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

static void
put_weight(ReturnSetInfo *set, const LayerView *layer, int neuron, int input, float weight)
{
	Datum values[] = {Int32GetDatum(layer->number), Int32GetDatum(neuron), Int32GetDatum(input),
					  Float4GetDatum(weight)};
	bool nulls[lengthof(values)] = {false};

	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/* A row for each weight; the bias counts as the weight of input 0. */
static void
put_weights(ReturnSetInfo *set, const LayerView *layer)
{
	for (int neuron = 0; neuron < layer->outputs; neuron++)
	{
		const float *weights = layer->weights + (size_t) neuron * layer->inputs;

		CHECK_FOR_INTERRUPTS();
		put_weight(set, layer, neuron + 1, 0, layer->biases[neuron]);
		for (int input = 0; input < layer->inputs; input++)
			put_weight(set, layer, neuron + 1, input + 1, weights[input]);
	}
}

/*
 * nn_layers(model regclass, version int) -> setof (layer, inputs, outputs, activation, weights, biases): weights
 * has a row for each output.
 */
Datum
nn_layers(PG_FUNCTION_ARGS)
{
	for_each_layer(fcinfo, put_layer);
	return (Datum) 0;
}

/*
 * nn_weights(model regclass, version int) -> setof (layer, neuron, input, weight).
 */
Datum
nn_weights(PG_FUNCTION_ARGS)
{
	for_each_layer(fcinfo, put_weights);
	return (Datum) 0;
}
