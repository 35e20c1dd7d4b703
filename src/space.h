/*
 * space.h: the options among which nn_tune searches.
 */
#ifndef PGNN_SPACE_H
#define PGNN_SPACE_H

#include "common/pg_prng.h"
#include "utils/jsonb.h"

#include "options.h"

/* An option and its values: a list of them, or a range of numbers. */
typedef struct Dimension
{
	const char *option;
	int count;          /* of the list; 0: it is a range */
	const char **texts; /* as the option's type reads them; NULL for NULL */
	const char **json;
	double min, max;
	bool logarithmic; /* drawn such that its logarithm is uniform */
	bool integer;
} Dimension;

typedef struct Space
{
	int count;
	Dimension *dimensions;
} Space;

/*
 * Reads {"option": [value, ...], "option": {"min": number, "max": number, "log": boolean}}. Reports an
 * error for what isn't an option to be searched.
 */
extern Space space_read(Jsonb *json, const Arguments *arguments);

/* Draws a value: as text to be read, and as JSON. */
extern void space_draw(const Dimension *dimension, pg_prng_state *random, const char **text,
					   const char **json);

#endif
