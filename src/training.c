/*
 * training.c: what all functions that train have in common.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "training.h"

/* ---- what becomes of a version ---- */

Activate
activate_argument(const Arguments *arguments)
{
	char *activate = text_argument(arguments, "activate");

	if (strcmp(activate, "always") == 0)
		return ACTIVATE_ALWAYS;
	if (strcmp(activate, "if_better") == 0)
		return ACTIVATE_IF_BETTER;
	if (strcmp(activate, "never") != 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("unknown activate \"%s\"", activate),
				errhint("It can be always, if_better, never."));
	return ACTIVATE_NEVER;
}

int
keep_argument(const Arguments *arguments)
{
	int keep = int_argument(arguments, "keep");

	if (keep < 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("keep must be at least 0, not %d", keep));
	return keep;
}

void
check_comparable(const StoredTraining *active, const char *target)
{
	if (strcmp(active->target, target) != 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the active version predicts \"%s\", not \"%s\": they can't be compared",
					   active->target, target),
				errhint("Train with activate => 'always' or 'never', or another model."));
}

/* ---- the run ---- */

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
