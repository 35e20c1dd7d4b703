/*
 * stored.h: what store.c and stored.c share with model.c.
 */
#ifndef PGNN_STORED_H
#define PGNN_STORED_H

#include "storage/lockdefs.h"

#include "model.h"

/* The format of what is stored; a later one may add to it. */
#define MODEL_FORMAT 1

/* The type nn_model, which is where the extension's functions are. */
extern Oid model_type(Oid function);

/* Whether there is a model of that OID. */
extern bool model_exists(Oid model, Oid function);

/* Locks a model and gives its name, qualified and quoted; an error where the relation is none. */
extern char *model_lock(Oid model, Oid function, LOCKMODE mode);

/* The query for a version, or ACTIVE_VERSION, of the model table of that quoted name. */
extern char *stored_query(const char *table, int version);

/* Whether the one row that SPI has read by it is the one that the model was read from. */
extern bool stored_row_is(const StoredModel *model);

/* Inserts a version into the model table of that quoted name. Within SPI. */
extern void stored_insert(const char *table, int number, const nn_result *result,
						  const ModelVersion *version);

#endif
