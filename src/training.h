/*
 * training.h: what all functions that train have in common.
 */
#ifndef PGNN_TRAINING_H
#define PGNN_TRAINING_H

#include "portability/instr_time.h"

#include "progress.h"

/*
 * Trains in small steps to the end, or to the first status that isn't NN_OK, which is left to the
 * caller. Between two steps nothing of the core is on the stack, so the check for interrupts may end
 * it at any time.
 */
extern void trainer_run(nn_trainer *trainer, Progress *progress, nn_result *result,
						nn_status *status);

extern double seconds_since(instr_time start);

#endif
