/*
 * arguments.h: the arguments of a prediction -> values of the model's features.
 */
#ifndef PGNN_ARGUMENTS_H
#define PGNN_ARGUMENTS_H

#include "utils/jsonb.h"

#include "values.h"

/*
 * A reader of arguments of a type for a feature that was trained as kind, from columns of the SQL
 * type of that name. Reports an error where the type doesn't suit it.
 */
extern void value_reader_for_feature(ValueReader *reader, Oid type, const nn_feature *feature);

/* The type by which literals for a feature are read; InvalidOid for text as it is. */
extern Oid literal_type(const nn_feature *feature);

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
