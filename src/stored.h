/*
 * stored.h: a row of a model table <-> a model of the core.
 */
#ifndef PGNN_STORED_H
#define PGNN_STORED_H

#include "model.h"

/* The table's name, qualified and quoted; an error where the relation isn't a model. */
extern char *model_qualified_name(Oid model, Oid function);

/* Inserts an inactive version into the model table of that quoted name. Within SPI. */
extern void stored_insert(const char *table, int number, const nn_result *result,
						  const ModelVersion *version);

#endif
