/*
 * values.c: the types that can be features, one short reader each.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "values.h"

#define SECONDS(microseconds) ((double) (microseconds) / USECS_PER_SEC)

/* ---- numbers ---- */

static void
read_int2(ValueReader *reader, Datum datum, nn_value *value)
{
	set_number(value, DatumGetInt16(datum));
}

static void
read_int4(ValueReader *reader, Datum datum, nn_value *value)
{
	set_number(value, DatumGetInt32(datum));
}

static void
read_int8(ValueReader *reader, Datum datum, nn_value *value)
{
	set_number(value, (double) DatumGetInt64(datum));
}

static void
read_float4(ValueReader *reader, Datum datum, nn_value *value)
{
	set_number(value, DatumGetFloat4(datum));
}

static void
read_float8(ValueReader *reader, Datum datum, nn_value *value)
{
	set_number(value, DatumGetFloat8(datum));
}

static void
read_numeric(ValueReader *reader, Datum datum, nn_value *value)
{
	set_number(value, DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, datum)));
}

static void
read_bool(ValueReader *reader, Datum datum, nn_value *value)
{
	set_number(value, DatumGetBool(datum) ? 1 : 0);
}

/* ---- times, in seconds; infinite ones become an infinite number, which the core refuses ---- */

static void
read_date(ValueReader *reader, Datum datum, nn_value *value)
{
	DateADT date = DatumGetDateADT(datum);

	set_number(value, DATE_NOT_FINITE(date) ? get_float8_infinity() : date * (double) SECS_PER_DAY);
}

static void
read_timestamp(ValueReader *reader, Datum datum, nn_value *value)
{
	Timestamp timestamp = DatumGetTimestamp(datum);

	set_number(value, TIMESTAMP_NOT_FINITE(timestamp) ? get_float8_infinity() : SECONDS(timestamp));
}

static void
read_time(ValueReader *reader, Datum datum, nn_value *value)
{
	set_number(value, SECONDS(DatumGetTimeADT(datum)));
}

static void
read_timetz(ValueReader *reader, Datum datum, nn_value *value)
{
	TimeTzADT *time = DatumGetTimeTzADTP(datum);

	set_number(value, SECONDS(time->time) + time->zone);
}

/* As extract(epoch) counts: 365.25 days a year, 30 days a month beyond it. */
static void
read_interval(ValueReader *reader, Datum datum, nn_value *value)
{
	Interval *interval = DatumGetIntervalP(datum);
	int years = interval->month / MONTHS_PER_YEAR;
	double days =
		years * DAYS_PER_YEAR + interval->month % MONTHS_PER_YEAR * DAYS_PER_MONTH + interval->day;

	set_number(value, INTERVAL_NOT_FINITE(interval)
						  ? get_float8_infinity()
						  : days * SECS_PER_DAY + SECONDS(interval->time));
}

/* ---- texts ---- */

static void
read_text(ValueReader *reader, Datum datum, nn_value *value)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(datum);

	set_text(value, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text), 0);
}

/* char(n): without the blanks it is padded with. */
static void
read_bpchar(ValueReader *reader, Datum datum, nn_value *value)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(datum);
	char *bytes = VARDATA_ANY(text);

	set_text(value, bytes, bpchartruelen(bytes, VARSIZE_ANY_EXHDR(text)), 0);
}

/* An enum's values sort as they were declared. */
static void
read_enum(ValueReader *reader, Datum datum, nn_value *value)
{
	HeapTuple tuple = SearchSysCache1(ENUMOID, datum);
	Form_pg_enum entry;
	char *label;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR, errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				errmsg("invalid internal value for enum: %u", DatumGetObjectId(datum)));
	entry = (Form_pg_enum) GETSTRUCT(tuple);
	label = pstrdup(NameStr(entry->enumlabel));
	set_text(value, label, strlen(label), entry->enumsortorder);
	ReleaseSysCache(tuple);
}

static void
read_by_output(ValueReader *reader, Datum datum, nn_value *value)
{
	char *text = OutputFunctionCall(&reader->function, datum);

	set_text(value, text, strlen(text), 0);
}

/* Numbers as classes sort by their value; 1.0 and 1.00 are the same class. */
static void
read_label(ValueReader *reader, Datum datum, nn_value *value)
{
	char *text;
	double order;

	switch (reader->type)
	{
		case BOOLOID:
			order = DatumGetBool(datum);
			text = DatumGetBool(datum) ? "true" : "false";
			break;
		case NUMERICOID:
			read_numeric(reader, datum, value);
			order = value->number;
			text = numeric_normalize(DatumGetNumeric(datum));
			break;
		case FLOAT4OID: /* + 0: -0 is 0 */
			order = DatumGetFloat4(datum) + 0.0f;
			text = palloc(FLOAT_SHORTEST_DECIMAL_LEN);
			float_to_shortest_decimal_buf((float4) order, text);
			break;
		case FLOAT8OID:
			order = DatumGetFloat8(datum) + 0.0;
			text = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);
			double_to_shortest_decimal_buf(order, text);
			break;
		default:
			text = OutputFunctionCall(&reader->function, datum);
			order = strtod(text, NULL);
			break;
	}
	if (reader->column != NULL && !isfinite(order))
		ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				errmsg("column \"%s\" holds NaN or infinity", reader->column),
				errhint("Leave these rows out, or make the values NULL with nullif()."));
	set_text(value, text, strlen(text), order);
}

/* ---- arrays ---- */

/* The array, which must have one dimension, or none where it is empty. */
static ArrayType *
flat_array(const ValueReader *reader, Datum datum)
{
	ArrayType *array = DatumGetArrayTypeP(datum);

	if (ARR_NDIM(array) > 1 && reader->column != NULL)
		ereport(ERROR, errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				errmsg("arrays in column \"%s\" must have one dimension, not %d", reader->column,
					   ARR_NDIM(array)));
	if (ARR_NDIM(array) > 1)
		ereport(ERROR, errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				errmsg("an array of features must have one dimension, not %d", ARR_NDIM(array)));
	return array;
}

static void
read_number_array(ValueReader *reader, Datum datum, nn_value *value)
{
	ArrayType *array = flat_array(reader, datum);
	Oid type = ARR_ELEMTYPE(array);
	Datum *elements;
	bool *nulls;
	int count;
	int16 length;
	bool by_value;
	char alignment;
	double *numbers;
	ValueReader element;

	value->length = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
	if (!ARR_HASNULL(array) && (type == FLOAT4OID || type == FLOAT8OID))
	{
		value->type = type == FLOAT4OID ? NN_FLOAT4_VALUES : NN_FLOAT8_VALUES;
		value->data = ARR_DATA_PTR(array);
		return;
	}

	value_reader_init(&element, type);
	get_typlenbyvalalign(type, &length, &by_value, &alignment);
	deconstruct_array(array, type, length, by_value, alignment, &elements, &nulls, &count);
	numbers = palloc_extended(Max(count, 1) * sizeof(double), MCXT_ALLOC_HUGE);
	for (int i = 0; i < count; i++)
	{
		nn_value number = {.number = 0};

		if (!nulls[i])
			element.read(&element, elements[i], &number);
		numbers[i] = number.number;
	}
	value->type = NN_FLOAT8_VALUES;
	value->data = numbers;
	value->nulls = nulls;
}

/* A type that casts to real[], such as pgvector's vector. A cast takes one to three arguments. */
static void
read_by_cast(ValueReader *reader, Datum datum, nn_value *value)
{
	LOCAL_FCINFO(call, 3);
	Datum array;

	InitFunctionCallInfoData(*call, &reader->function, reader->function.fn_nargs, InvalidOid, NULL,
							 NULL);
	call->args[0].value = datum;
	call->args[1].value = Int32GetDatum(-1);
	call->args[2].value = BoolGetDatum(true);
	for (int i = 0; i < 3; i++)
		call->args[i].isnull = false;
	array = FunctionCallInvoke(call);
	if (call->isnull)
		value->type = NN_NULL_VALUE;
	else
		read_number_array(reader, array, value);
}

/* ---- which type is read how ---- */

/* Where datums have 64 bits, they are the words of the core. */
#ifdef USE_FLOAT8_BYVAL
#define WORD(type) NN_##type##_WORD
#else
#define WORD(type) NN_NO_WORD
#endif

static const struct
{
	Oid type;
	nn_kind kind;
	bool wide;
	void (*read)(ValueReader *reader, Datum datum, nn_value *value);
	nn_word word;
} readers[] = {
	{BOOLOID, NN_BOOLEAN, false, read_bool, WORD(BOOL)},
	{INT2OID, NN_NUMBER, false, read_int2, WORD(INT16)},
	{INT4OID, NN_NUMBER, true, read_int4, WORD(INT32)},
	{INT8OID, NN_NUMBER, true, read_int8, WORD(INT64)},
	{FLOAT4OID, NN_NUMBER, false, read_float4, WORD(FLOAT4)},
	{FLOAT8OID, NN_NUMBER, true, read_float8, WORD(FLOAT8)},
	{NUMERICOID, NN_NUMBER, true, read_numeric, NN_NO_WORD},
	{DATEOID, NN_TIME, true, read_date, NN_NO_WORD},
	{TIMESTAMPOID, NN_TIME, true, read_timestamp, NN_NO_WORD},
	{TIMESTAMPTZOID, NN_TIME, true, read_timestamp, NN_NO_WORD},
	{TIMEOID, NN_TIME, true, read_time, NN_NO_WORD},
	{TIMETZOID, NN_TIME, true, read_timetz, NN_NO_WORD},
	{INTERVALOID, NN_TIME, true, read_interval, NN_NO_WORD},
	{TEXTOID, NN_CATEGORY, false, read_text, NN_NO_WORD},
	{VARCHAROID, NN_CATEGORY, false, read_text, NN_NO_WORD},
	{BPCHAROID, NN_CATEGORY, false, read_bpchar, NN_NO_WORD},
	{NAMEOID, NN_CATEGORY, false, read_by_output, NN_NO_WORD},
	{CHAROID, NN_CATEGORY, false, read_by_output, NN_NO_WORD},
	{UUIDOID, NN_CATEGORY, false, read_by_output, NN_NO_WORD},
	{FLOAT4ARRAYOID, NN_ARRAY, false, read_number_array, NN_NO_WORD},
	{INT2ARRAYOID, NN_ARRAY, false, read_number_array, NN_NO_WORD},
	{FLOAT8ARRAYOID, NN_ARRAY, true, read_number_array, NN_NO_WORD},
	{INT4ARRAYOID, NN_ARRAY, true, read_number_array, NN_NO_WORD},
	{INT8ARRAYOID, NN_ARRAY, true, read_number_array, NN_NO_WORD},
	{NUMERICARRAYOID, NN_ARRAY, true, read_number_array, NN_NO_WORD},
};

bool
value_reader_is_plain(const ValueReader *reader)
{
	return reader->read == read_bool || reader->read == read_int2 || reader->read == read_int4 ||
		   reader->read == read_int8 || reader->read == read_float4 || reader->read == read_float8;
}

static void
use_output_function(ValueReader *reader)
{
	Oid output;
	bool varlena;

	getTypeOutputInfo(reader->type, &output, &varlena);
	fmgr_info(output, &reader->function);
}

bool
value_reader_init(ValueReader *reader, Oid type)
{
	Oid cast;

	memset(reader, 0, sizeof(*reader));
	reader->type = getBaseType(type);
	for (size_t i = 0; i < lengthof(readers); i++)
		if (readers[i].type == reader->type)
		{
			reader->kind = readers[i].kind;
			reader->wide = readers[i].wide;
			reader->read = readers[i].read;
			reader->word = readers[i].word;
			if (reader->read == read_by_output)
				use_output_function(reader);
			return true;
		}
	if (type_is_enum(reader->type))
	{
		reader->kind = NN_CATEGORY;
		reader->read = read_enum;
		return true;
	}
	if (!OidIsValid(reader->type) || reader->type == UNKNOWNOID || type_is_rowtype(reader->type))
		return false;
	if (TypeCategory(reader->type) == TYPCATEGORY_STRING) /* such as citext */
	{
		reader->kind = NN_CATEGORY;
		reader->read = read_by_output;
		use_output_function(reader);
		return true;
	}
	if (find_coercion_pathway(FLOAT4ARRAYOID, reader->type, COERCION_EXPLICIT, &cast) ==
			COERCION_PATH_FUNC &&
		OidIsValid(cast))
	{
		reader->kind = NN_ARRAY;
		reader->read = read_by_cast;
		if (!may_execute(cast))
			aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, get_func_name(cast));
		fmgr_info(cast, &reader->function);
		return true;
	}
	return false;
}

void
value_reader_to_text(ValueReader *reader)
{
	if (reader->kind == NN_CATEGORY)
		return;
	reader->kind = NN_CATEGORY;
	reader->wide = false;
	reader->word = NN_NO_WORD;
	reader->read = read_label;
	use_output_function(reader);
}

void
value_reader_to_output(ValueReader *reader)
{
	reader->kind = NN_CATEGORY;
	reader->wide = false;
	reader->word = NN_NO_WORD;
	reader->read = read_by_output;
	use_output_function(reader);
}
