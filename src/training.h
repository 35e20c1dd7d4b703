/*
 * training.h: what all functions that train have in common.
 */
#ifndef PGNN_TRAINING_H
#define PGNN_TRAINING_H

#include "portability/instr_time.h"

#include "model.h"
#include "options.h"
#include "progress.h"

/* What becomes of a new version. */
typedef enum Activate
{
	ACTIVATE_ALWAYS,
	ACTIVATE_IF_BETTER,
	ACTIVATE_NEVER
} Activate;

/* The arguments "activate" and "keep" of what stores a version. */
extern Activate activate_argument(const Arguments *arguments);
extern int keep_argument(const Arguments *arguments);

/* Reports an error unless the active version predicts the target. */
extern void check_comparable(const StoredTraining *active, const char *target);

/*
 * Trains in small steps to the end, or to the first status that isn't NN_OK, which is left to the
 * caller. Between two steps nothing of the core is on the stack, so the check for interrupts may end
 * it at any time.
 */
extern void trainer_run(nn_trainer *trainer, Progress *progress, nn_result *result,
						nn_status *status);

extern double seconds_since(instr_time start);

#endif
