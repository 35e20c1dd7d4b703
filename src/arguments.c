/*
 * arguments.c: how the arguments of a prediction become values of the model's features: datums of any
 * type that suits, literals, members of a jsonb object, and arrays of numbers.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "arguments.h"

/* A literal of no type yet, to be read as the feature's own type. */
static void
read_literal(ValueReader *reader, Datum datum, nn_value *value)
{
	char *text = DatumGetCString(datum);
	Oid input, ioparam;

	if (reader->parsed == NULL)
	{
		set_text(value, text, strlen(text), 0);
		return;
	}
	getTypeInputInfo(reader->parsed_type, &input, &ioparam);
	reader->parsed->read(reader->parsed, OidInputFunctionCall(input, text, ioparam, -1), value);
}

Oid
literal_type(const nn_feature *feature)
{
	static const Oid time_types[] = {DATEOID, TIMESTAMPOID, TIMESTAMPTZOID,
									 TIMEOID, TIMETZOID,    INTERVALOID};

	switch (feature->kind)
	{
		case NN_NUMBER:
			return FLOAT8OID;
		case NN_BOOLEAN:
			return BOOLOID;
		case NN_ARRAY:
			return FLOAT8ARRAYOID;
		case NN_TIME:
			for (size_t i = 0; i < lengthof(time_types); i++)
				if (strcmp(feature->type, format_type_be(time_types[i])) == 0)
					return time_types[i];
			return TIMESTAMPTZOID;
		case NN_CATEGORY:
			if (strcmp(feature->type, format_type_be(BPCHAROID)) == 0)
				return BPCHAROID;
			if (strcmp(feature->type, format_type_be(UUIDOID)) == 0)
				return UUIDOID;
			break;
	}
	return InvalidOid;
}

/* Whether a value of one kind can stand for a feature of another. */
static bool
kind_suits(nn_kind given, nn_kind wanted)
{
	if (wanted == NN_NUMBER || wanted == NN_BOOLEAN)
		return given == NN_NUMBER || given == NN_BOOLEAN;
	return given == wanted;
}

/* A time of another type, such as a date for a timestamp: as an assignment casts it. */
static void
read_other_time(ValueReader *reader, Datum datum, nn_value *value)
{
	reader->parsed->read(reader->parsed, FunctionCall1(&reader->function, datum), value);
}

/* False where there is no such cast. */
static bool
convert_time(ValueReader *reader, Oid wanted)
{
	Oid cast;

	if (reader->type == wanted)
		return true;
	if (find_coercion_pathway(wanted, reader->type, COERCION_ASSIGNMENT, &cast) !=
		COERCION_PATH_FUNC)
		return false;
	fmgr_info(cast, &reader->function);
	reader->parsed = palloc(sizeof(ValueReader));
	value_reader_init(reader->parsed, wanted);
	reader->read = read_other_time;
	return true;
}

static void
literal_reader_init(ValueReader *reader, const nn_feature *feature)
{
	memset(reader, 0, sizeof(*reader));
	reader->kind = feature->kind;
	reader->type = UNKNOWNOID;
	reader->read = read_literal;
	reader->parsed_type = literal_type(feature);
	if (OidIsValid(reader->parsed_type))
	{
		reader->parsed = palloc(sizeof(ValueReader));
		value_reader_init(reader->parsed, reader->parsed_type);
	}
}

void
value_reader_for_feature(ValueReader *reader, Oid type, const nn_feature *feature)
{
	if (type == UNKNOWNOID)
	{
		literal_reader_init(reader, feature);
		return;
	}
	if (value_reader_init(reader, type))
	{
		if (feature->kind == NN_CATEGORY && reader->kind == NN_BOOLEAN)
			value_reader_to_text(reader);
		else if (feature->kind == NN_CATEGORY && reader->kind == NN_NUMBER)
		{
			value_reader_to_output(reader); /* as it is written: 1.10 isn't 1.1 */
		}
		if (kind_suits(reader->kind, feature->kind) &&
			(feature->kind != NN_TIME || convert_time(reader, literal_type(feature))))
			return;
	}
	ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
			errmsg("feature \"%s\" is of type %s, not %s", feature->name, feature->type,
				   format_type_be(type)),
			errhint("Cast the value to %s.", feature->type));
}

static void
json_mismatch(const nn_feature *feature, const char *what)
{
	ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
			errmsg("feature \"%s\" is of type %s, the jsonb value is %s", feature->name,
				   feature->type, what));
}

static void
read_json_array(const JsonbValue *json, const nn_feature *feature, nn_value *value)
{
	JsonbIterator *iterator = JsonbIteratorInit(json->val.binary.data);
	JsonbIteratorToken token;
	JsonbValue element;
	int count = JsonContainerSize(json->val.binary.data);
	double *numbers = palloc(Max(count, 1) * sizeof(double));
	bool *nulls = palloc(Max(count, 1) * sizeof(bool));
	ValueReader reader;
	int i = 0;

	value_reader_init(&reader, NUMERICOID);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		nn_value number = {.number = 0};

		if (token != WJB_ELEM)
			continue;
		if (element.type != jbvNull && element.type != jbvNumeric)
			json_mismatch(feature, "an array of other things than numbers");
		nulls[i] = element.type == jbvNull;
		if (!nulls[i])
			reader.read(&reader, NumericGetDatum(element.val.numeric), &number);
		numbers[i++] = number.number;
	}
	value->type = NN_FLOAT8_VALUES;
	value->length = count;
	value->data = numbers;
	value->nulls = nulls;
}

void
value_from_json(const JsonbValue *json, const nn_feature *feature, nn_value *value)
{
	nn_kind kind = feature->kind;
	ValueReader reader;

	value->nulls = NULL;
	if (json == NULL || json->type == jbvNull)
		value->type = NN_NULL_VALUE;
	else if (json->type == jbvString && (kind == NN_CATEGORY || kind == NN_TIME))
	{
		char *text = pnstrdup(json->val.string.val, json->val.string.len);

		literal_reader_init(&reader, feature);
		reader.read(&reader, CStringGetDatum(text), value);
	}
	else if (json->type == jbvString)
		json_mismatch(feature, "a string");
	else if (json->type == jbvBinary)
	{
		if (kind != NN_ARRAY || !JsonContainerIsArray(json->val.binary.data))
			json_mismatch(feature, "an object or an array");
		read_json_array(json, feature, value);
	}
	else if (kind == NN_TIME || kind == NN_ARRAY)
		json_mismatch(feature, json->type == jbvBool ? "a boolean" : "a number");
	else
	{
		bool boolean = json->type == jbvBool;

		value_reader_for_feature(&reader, boolean ? BOOLOID : NUMERICOID, feature);
		reader.read(&reader,
					boolean ? BoolGetDatum(json->val.boolean) : NumericGetDatum(json->val.numeric),
					value);
	}
}

bool
is_number_array(Oid type)
{
	ValueReader reader;

	return value_reader_init(&reader, type) && reader.kind == NN_ARRAY;
}

void
values_from_array(Datum array, Oid type, int count, nn_value *values)
{
	ValueReader reader;
	nn_value all = {.nulls = NULL};

	value_reader_init(&reader, type);
	reader.read(&reader, array, &all);
	if (all.length != count)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the array has %d elements, the model has %d features", all.length, count));
	for (int i = 0; i < count; i++)
	{
		values[i].nulls = NULL;
		set_number(&values[i], all.type == NN_FLOAT4_VALUES ? ((const float *) all.data)[i]
															: ((const double *) all.data)[i]);
		if (all.nulls != NULL && all.nulls[i])
			values[i].type = NN_NULL_VALUE;
	}
}
