/*
 * texts.c: values of features as text, as PostgreSQL writes their types: the way back from values.c.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "arguments.h"
#include "texts.h"

#define MAX_ELEMENTS 10 /* of an array */

/* What came out of a float32 is written as one: 0.1, not 0.10000000149011612. */
static char *
plain_number(const nn_feature *feature, double number)
{
	char *text = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);

	if ((double) (float4) number == number && strcmp(feature->type, format_type_be(FLOAT4OID)) == 0)
		float_to_shortest_decimal_buf((float4) number, text);
	else
		double_to_shortest_decimal_buf(number, text);
	return text;
}

static Datum
interval_from_seconds(double seconds)
{
	Interval *interval = palloc0(sizeof(Interval));

	interval->time = (int64) rint(seconds * USECS_PER_SEC);
	return DirectFunctionCall1(interval_justify_hours, IntervalPGetDatum(interval));
}

/* False where the type has no such time. */
static bool
time_from_seconds(Oid type, double seconds, Datum *time)
{
	double microseconds = rint(seconds * USECS_PER_SEC), days = rint(seconds / SECS_PER_DAY);
	TimeTzADT *with_zone;

	switch (type)
	{
		case DATEOID:
			if (!IS_VALID_DATE(days))
				return false;
			*time = DateADTGetDatum((DateADT) days);
			return true;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			if (!IS_VALID_TIMESTAMP(microseconds))
				return false;
			*time = TimestampGetDatum((Timestamp) microseconds);
			return true;
		case TIMEOID:
			if (microseconds < 0 || microseconds > USECS_PER_DAY)
				return false;
			*time = TimeADTGetDatum((TimeADT) microseconds);
			return true;
		case TIMETZOID: /* in UTC, on whatever day that is */
			microseconds -= floor(microseconds / USECS_PER_DAY) * USECS_PER_DAY;
			with_zone = palloc0(sizeof(TimeTzADT));
			with_zone->time = (TimeADT) microseconds;
			*time = TimeTzADTPGetDatum(with_zone);
			return true;
		case INTERVALOID:
			*time = interval_from_seconds(seconds);
			return true;
	}
	return false;
}

static char *
time_text(const nn_feature *feature, double seconds)
{
	Oid type = literal_type(feature), output;
	Datum time;
	bool varlena;

	/* beyond that no number of microseconds fits an integer */
	if (!(fabs(seconds) < (double) PG_INT64_MAX / USECS_PER_SEC) ||
		!time_from_seconds(type, seconds, &time))
		return plain_number(feature, seconds);
	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, time);
}

char *
number_text(const nn_feature *feature, double number)
{
	if (feature->kind == NN_BOOLEAN && (number == 0 || number == 1))
		return pstrdup(number == 1 ? "true" : "false");
	return feature->kind == NN_TIME ? time_text(feature, number) : plain_number(feature, number);
}

static char *
array_text(const nn_value *value)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < value->length && i < MAX_ELEMENTS; i++)
	{
		bool wide = value->type == NN_FLOAT8_VALUES;
		char number[DOUBLE_SHORTEST_DECIMAL_LEN];

		if (value->nulls != NULL && value->nulls[i])
			strcpy(number, "NULL");
		else if (wide)
			double_to_shortest_decimal_buf(((const double *) value->data)[i], number);
		else
			float_to_shortest_decimal_buf(((const float *) value->data)[i], number);
		appendStringInfo(&text, "%s%s", i == 0 ? "{" : ",", number);
	}
	appendStringInfoString(&text, value->length > MAX_ELEMENTS ? ",...}" : "}");
	return text.data;
}

char *
value_text(const nn_feature *feature, const nn_value *value)
{
	switch (value->type)
	{
		case NN_NULL_VALUE:
			break;
		case NN_TEXT_VALUE:
			return pnstrdup(value->data, value->length);
		case NN_FLOAT8_VALUE:
			return number_text(feature, value->number);
		case NN_FLOAT4_VALUES:
		case NN_FLOAT8_VALUES:
			return array_text(value);
	}
	return NULL;
}
