/*
 * values.h: from a datum of any type to a value of the core, for training and prediction alike.
 */
#ifndef PGNN_VALUES_H
#define PGNN_VALUES_H

#include "fmgr.h"

#include "core/api.h"

typedef struct ValueReader ValueReader;

/* Reads datums of one type. What values point to lives in the memory context of the call. */
struct ValueReader
{
	nn_kind kind; /* what its values are */
	bool wide;    /* whose numbers need more than a float32 */
	nn_word word; /* how a number stands in a datum, for whoever takes datums as they are */
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

/* Makes a reader of single values give their text as their type writes it. */
extern void value_reader_to_output(ValueReader *reader);

/* True where a datum of the reader's type is the number itself, as an integer, real or boolean is. */
extern bool value_reader_is_plain(const ValueReader *reader);

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

static inline void
set_number(nn_value *value, double number)
{
	value->type = NN_FLOAT8_VALUE;
	value->number = number;
}

static inline void
set_text(nn_value *value, const char *text, size_t length, double order)
{
	value->type = NN_TEXT_VALUE;
	value->data = text;
	value->length = (int32) length;
	value->number = order;
}

#endif
