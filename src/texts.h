/*
 * texts.h: values of features as text, as PostgreSQL writes their types.
 */
#ifndef PGNN_TEXTS_H
#define PGNN_TEXTS_H

#include "core/api.h"

/* A number of a feature that has such; of a time: in seconds, as it was read. */
extern char *number_text(const nn_feature *feature, double number);

/* Any value; NULL for NULL. Of long arrays only the first elements. */
extern char *value_text(const nn_feature *feature, const nn_value *value);

#endif
