/*
 * outline.h: what the planner needs to know of a model.
 */
#ifndef PGNN_OUTLINE_H
#define PGNN_OUTLINE_H

#include "nodes/pg_list.h"

typedef struct Outline
{
	List *features;    /* names, in the model's order */
	double parameters; /* of the network */
	bool temporary;
} Outline;

/*
 * That of a model's active version, as it is now; function is any function of the extension. NULL,
 * and no error, where the caller may not read the model, or there is anything wrong with it: that is
 * for whoever predicts to find. It lives until the next call.
 */
extern const Outline *outline_of(Oid model, Oid function);

#endif
