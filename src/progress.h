/*
 * progress.h: how far a training has come, for its own session (verbose) and all others (nn_progress).
 */
#ifndef PGNN_PROGRESS_H
#define PGNN_PROGRESS_H

#include "portability/instr_time.h"
#include "utils/backend_progress.h"
#include "utils/timestamp.h"

#include "core/api.h"

typedef enum Phase
{
	PHASE_READING,
	PHASE_ENCODING,
	PHASE_TRAINING,
	PHASE_TESTING,
	PHASE_STORING
} Phase;

/* Of what a command trains more than once. */
typedef enum Part
{
	PART_WHOLE,
	PART_FOLD,
	PART_TRIAL
} Part;

/* What other sessions see; it has to fit into the numbers that PostgreSQL keeps of a command. */
typedef struct PublishedProgress
{
	TimestampTz started;
	int64 rows_read;
	int16 phase;
	int16 part; /* what the numbers are about: the whole, or one of parts */
	int32 number, parts;
	int32 epoch; /* epochs that have ended */
	int32 epochs;
	double loss, validation_loss; /* of the last of them; NaN: none */
	double seconds_left;          /* NaN: unknown */
	char name[96];                /* of a model that only its own transaction sees yet */
} PublishedProgress;

/* What PostgreSQL knows of a backend's command. */
typedef struct CommandProgress
{
	ProgressCommandType command;
	Oid target;
	int64 params[PGSTAT_NUM_PROGRESS_PARAM];
} CommandProgress;

typedef struct Progress
{
	Oid model;
	PublishedProgress published;
	CommandProgress outer; /* of the command that this training is part of */
	bool verbose;
	instr_time last_notice;
	int last_epoch; /* of the last notice */
} Progress;

/* From here on the session is seen to train. An error, which ends the transaction, ends that, too. */
extern void progress_start(Progress *progress, bool verbose);
extern void progress_end(Progress *progress);

/* The model that is trained: its OID, and its name qualified and quoted. */
extern void progress_set_model(Progress *progress, Oid model, const char *name);

/* From here on it is about the fold or trial of that number, of so many. */
extern void progress_set_part(Progress *progress, Part part, int number, int parts);

/* These take NULL where nobody watches. */
extern void progress_set_phase(Progress *progress, Phase phase);
extern void progress_set_rows(Progress *progress, int64 rows);
extern void progress_set_training(Progress *progress, const nn_progress *training);

#endif
