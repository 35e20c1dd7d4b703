/*
 * results.h: what nn_predict and its family give of a prediction's outputs.
 */
#ifndef PGNN_RESULTS_H
#define PGNN_RESULTS_H

#include "call.h"

/* The number, or the probability of the second of two classes; an error where there are more. */
extern Datum result_number(const Call *call, const double *outputs);

/* The label of the most probable class, of two equal ones the first. It lives as long as the call. */
extern Datum result_class(Call *call, const double *outputs);

/*
 * The place of a class by its label; an error where the model has none of that label, or no classes:
 * then otherwise is to be used.
 */
extern int result_find_class(const Call *call, text *label, const char *otherwise);

/* The probability of a class by its label. */
extern Datum result_probability(const Call *call, const double *outputs, text *label);

/* All outputs as an array. */
extern Datum result_outputs(const Call *call, const double *outputs);

#endif
