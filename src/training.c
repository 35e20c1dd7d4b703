/*
 * training.c: what all functions that train have in common.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "training.h"

void
trainer_run(nn_trainer *trainer, Progress *progress, nn_result *result, nn_status *status)
{
	nn_progress now;
	bool more;

	do
	{
		CHECK_FOR_INTERRUPTS();
		more = nn_trainer_step(trainer, status);
		if (status->code != NN_OK)
			return;
		nn_trainer_progress(trainer, &now);
		progress_set_training(progress, &now);
	} while (more);
	nn_trainer_result(trainer, result, status);
}

double
seconds_since(instr_time start)
{
	instr_time now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, start);
	return INSTR_TIME_GET_DOUBLE(now);
}
