/*
 * space.c: the options among which nn_tune searches: read from jsonb, and drawn from.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/numeric.h"

#include "space.h"

/* What doesn't change which rows are learnt from, or what the loss means. */
static const char *const searchable[] = {"hidden",   "activation",    "optimizer", "learning_rate",
										 "momentum", "nesterov",      "schedule",  "decay",
										 "warmup",   "decay_epochs",  "l1",        "l2",
										 "dropout",  "input_dropout", "clip_norm", "batch_size"};

static void
check_option(const char *name)
{
	for (size_t i = 0; i < lengthof(searchable); i++)
		if (strcmp(searchable[i], name) == 0)
			return;
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("\"%s\" is no option that can be searched", name),
			errhint("It can be hidden, activation, optimizer, learning_rate, momentum, nesterov, "
					"schedule, decay, decay_epochs, warmup, batch_size, l1, l2, dropout, "
					"input_dropout, clip_norm."));
}

static void
malformed(const char *option)
{
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("the space of %s is neither a list of values nor a range", option),
			errhint("Such as {\"optimizer\": [\"adam\", \"sgd\"], \"l2\": {\"min\": 1e-6, "
					"\"max\": 0.01, \"log\": true}}."));
}

static char *
scalar_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(
				DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		default:
			return NULL;
	}
}

/* A list of scalars, as an array's type reads it. */
static char *
array_text(const char *option, JsonbContainer *container)
{
	JsonbIterator *iterator = JsonbIteratorInit(container);
	JsonbIteratorToken token;
	JsonbValue value;
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *element;

		if (token != WJB_ELEM)
			continue;
		element = scalar_text(&value);
		if (element == NULL || strpbrk(element, "{}\",\\") != NULL)
			malformed(option);
		appendStringInfo(&text, "%s%s", text.len == 1 ? "" : ",", element);
	}
	appendStringInfoChar(&text, '}');
	return text.data;
}

static void
read_values(Dimension *dimension, JsonbContainer *container)
{
	JsonbIterator *iterator = JsonbIteratorInit(container);
	JsonbIteratorToken token;
	JsonbValue value;

	dimension->texts = palloc(Max(JsonContainerSize(container), 1) * sizeof(char *));
	dimension->json = palloc(Max(JsonContainerSize(container), 1) * sizeof(char *));
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		int i = dimension->count;

		if (token != WJB_ELEM)
			continue;
		if (value.type == jbvBinary && !JsonContainerIsArray(value.val.binary.data))
			malformed(dimension->option);
		dimension->texts[i] = value.type == jbvBinary
								  ? array_text(dimension->option, value.val.binary.data)
								  : scalar_text(&value);
		dimension->json[i] = JsonbToCString(NULL, &JsonbValueToJsonb(&value)->root, 0);
		dimension->count++;
	}
	if (dimension->count == 0)
		malformed(dimension->option);
}

static double
range_end(const Dimension *dimension, JsonbContainer *container, const char *key)
{
	JsonbValue *value = getKeyJsonValueFromContainer(container, key, strlen(key), NULL);

	if (value == NULL || value->type != jbvNumeric)
		malformed(dimension->option);
	return DatumGetFloat8(
		DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
}

static void
read_range(Dimension *dimension, JsonbContainer *container, Oid type)
{
	JsonbValue *log = getKeyJsonValueFromContainer(container, "log", 3, NULL);

	if (type != INT4OID && type != FLOAT8OID)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("%s is not a number, it can't have a range", dimension->option),
				errhint("Give a list of its values."));
	if (log != NULL && log->type != jbvBool)
		malformed(dimension->option);
	dimension->min = range_end(dimension, container, "min");
	dimension->max = range_end(dimension, container, "max");
	dimension->logarithmic = log != NULL && log->val.boolean;
	dimension->integer = type == INT4OID;
	if (!isfinite(dimension->min) || !isfinite(dimension->max) || dimension->min > dimension->max ||
		(dimension->integer && fabs(dimension->min) + fabs(dimension->max) > 1e9))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the range of %s is from %g to %g", dimension->option, dimension->min,
					   dimension->max));
	if (dimension->logarithmic && dimension->min <= 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("a logarithmic range of %s can't start at %g", dimension->option,
					   dimension->min),
				errhint("Start above 0."));
}

Space
space_read(Jsonb *json, const Arguments *arguments)
{
	Space space = {0};
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("space must be an object of options"),
				errhint("Such as {\"hidden\": [[16], [64, 32]], \"dropout\": [0, 0.2]}."));
	space.dimensions = palloc0(Max(JB_ROOT_COUNT(json), 1) * sizeof(Dimension));
	iterator = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		Dimension *dimension = &space.dimensions[space.count];

		if (token == WJB_KEY)
		{
			dimension->option = pnstrdup(value.val.string.val, value.val.string.len);
			check_option(dimension->option);
		}
		if (token != WJB_VALUE)
			continue;
		if (value.type != jbvBinary)
			malformed(dimension->option);
		if (JsonContainerIsArray(value.val.binary.data))
			read_values(dimension, value.val.binary.data);
		else
			read_range(dimension, value.val.binary.data,
					   arguments->types[find_argument(arguments, dimension->option)]);
		space.count++;
	}
	return space;
}

void
space_draw(const Dimension *d, pg_prng_state *random, const char **text, const char **json)
{
	double share = pg_prng_double(random), number;
	char digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (d->count > 0)
	{
		int i = Min((int) (share * d->count), d->count - 1);

		*text = d->texts[i];
		*json = d->json[i];
		return;
	}
	number = d->logarithmic ? exp(log(d->min) + share * (log(d->max) - log(d->min)))
							: d->min + share * (d->max - d->min);
	if (d->integer)
		number = rint(number);
	else
		number = strtod(psprintf("%.4g", number), NULL); /* more digits decide nothing */
	double_to_shortest_decimal_buf(Min(Max(number, d->min), d->max), digits);
	*text = *json = pstrdup(digits);
}
