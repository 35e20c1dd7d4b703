/*
 * values.h: from a datum of any type to a value of the core, for training and prediction alike.
 */
#ifndef PGNN_VALUES_H
#define PGNN_VALUES_H

#include "fmgr.h"
#include "utils/jsonb.h"

#include "core/api.h"

typedef struct ValueReader ValueReader;

/* Reads datums of one type. What values point to lives in the memory context of the call. */
struct ValueReader
{
	nn_kind kind; /* what its values are */
	bool wide;    /* whose numbers need more than a float32 */
	Oid type;     /* of the datums, below any domain */
	void (*read)(ValueReader *reader, Datum datum, nn_value *value);
	FmgrInfo function; /* an output function, or a cast to real[] */
	Oid parsed_type;   /* of literals: what they are read as */
	struct ValueReader *parsed;
	const char *column; /* its name, for messages; or NULL */
};

/* How columns of a type become features; false where they can't. */
extern bool value_reader_init(ValueReader *reader, Oid type);

/* Makes a reader of single values give their text, as classes or categories. */
extern void value_reader_to_text(ValueReader *reader);

/*
 * A reader of arguments of a type for a feature that was trained as kind, from columns of the SQL
 * type of that name. Reports an error where the type doesn't suit it.
 */
extern void value_reader_for_feature(ValueReader *reader, Oid type, const nn_feature *feature);

/* Reads one datum. */
static inline void
value_read(ValueReader *reader, Datum datum, bool isnull, nn_value *value)
{
	value->nulls = NULL;
	if (isnull)
		value->type = NN_NULL_VALUE;
	else
		reader->read(reader, datum, value);
}

/* Reads a member of a jsonb object for a feature; json is NULL where there is none. */
extern void value_from_json(const JsonbValue *json, const nn_feature *feature, nn_value *value);

/*
 * Reads an array of numbers as so many single values, for features given as one array. Reports an
 * error for another length.
 */
extern void values_from_array(Datum array, Oid type, int count, nn_value *values);

/* True for arrays of numbers, and for types with a cast to real[]. */
extern bool is_number_array(Oid type);

#endif
