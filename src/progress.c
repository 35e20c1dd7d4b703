/*
 * progress.c: how far a training has come, for its own session (verbose) and all others (nn_progress).
 *
 * It stands where PostgreSQL keeps the progress of VACUUM and its like: in the backend's entry of the
 * shared array of backends, which costs no lock, and which PostgreSQL clears when the transaction or
 * the backend ends, however it ends. The command has a number of pgnn's own, so that none of the
 * pg_stat_progress_ views shows it. All of it is written anew each time: a query's function may run a
 * command with a progress of its own meanwhile.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_authid.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"

#include "compat.h"
#include "progress.h"

PG_FUNCTION_INFO_V1(nn_trainings);

/* PostgreSQL counts its commands from 0. */
#define COMMAND_TRAINING ((ProgressCommandType) 0x6e6e)

#define NOTICE_SECONDS 1.0

StaticAssertDecl(sizeof(PublishedProgress) <= sizeof(((PgBackendStatus *) 0)->st_progress_param),
				 "progress fits into the backend's entry");

static const char *const phase_names[] = {"reading", "encoding", "training", "testing", "storing"};
static const char *const part_names[] = {"whole", "fold", "trial"};

/* ---- publishing ---- */

static bool
is_tracked(void)
{
	return MyBEEntry != NULL && pgstat_track_activities;
}

static void
write_progress(const CommandProgress *progress)
{
	PgBackendStatus *entry = MyBEEntry;

	PGSTAT_BEGIN_WRITE_ACTIVITY(entry);
	entry->st_progress_command = progress->command;
	entry->st_progress_command_target = progress->target;
	memcpy(entry->st_progress_param, progress->params, sizeof(progress->params));
	PGSTAT_END_WRITE_ACTIVITY(entry);
}

static void
publish(const Progress *progress)
{
	CommandProgress command = {COMMAND_TRAINING, progress->model, {0}};

	memcpy(command.params, &progress->published, sizeof(progress->published));
	if (is_tracked())
		write_progress(&command);
}

static void
forget_training(Progress *progress)
{
	PublishedProgress *published = &progress->published;

	published->epoch = published->epochs = progress->last_epoch = 0;
	published->loss = published->validation_loss = NAN;
	published->seconds_left = NAN;
}

void
progress_start(Progress *progress, bool verbose)
{
	memset(progress, 0, sizeof(*progress));
	progress->verbose = verbose;
	INSTR_TIME_SET_CURRENT(progress->last_notice); /* what is over within a second needs none */
	progress->published.started = GetCurrentTimestamp();
	forget_training(progress);
	if (is_tracked())
	{
		progress->outer.command = MyBEEntry->st_progress_command;
		progress->outer.target = MyBEEntry->st_progress_command_target;
		memcpy(progress->outer.params, MyBEEntry->st_progress_param,
			   sizeof(progress->outer.params));
	}
	publish(progress);
}

void
progress_end(Progress *progress)
{
	if (is_tracked())
		write_progress(&progress->outer);
}

void
progress_set_model(Progress *progress, Oid model, const char *name)
{
	PublishedProgress *published = &progress->published;
	int length = pg_mbcliplen(name, (int) strlen(name), sizeof(published->name) - 1);

	progress->model = model;
	memset(published->name, 0, sizeof(published->name));
	memcpy(published->name, name, length);
	publish(progress);
}

void
progress_set_part(Progress *progress, Part part, int number, int parts)
{
	progress->published.part = (int16) part;
	progress->published.number = number;
	progress->published.parts = parts;
	forget_training(progress);
	publish(progress);
}

void
progress_set_phase(Progress *progress, Phase phase)
{
	if (progress == NULL)
		return;
	progress->published.phase = (int16) phase;
	publish(progress);
}

/* ---- notices ---- */

/* Whether the last notice is long enough ago for another, which this one then is. */
static bool
notice_is_due(Progress *progress)
{
	instr_time now, passed;

	INSTR_TIME_SET_CURRENT(now);
	passed = now;
	INSTR_TIME_SUBTRACT(passed, progress->last_notice);
	if (INSTR_TIME_GET_DOUBLE(passed) < NOTICE_SECONDS)
		return false;
	progress->last_notice = now;
	return true;
}

void
progress_set_rows(Progress *progress, int64 rows)
{
	if (progress == NULL)
		return;
	progress->published.rows_read = rows;
	publish(progress);
	if (progress->verbose && notice_is_due(progress))
		ereport(NOTICE, errmsg("read " INT64_FORMAT " rows", rows));
}

static void
notice_epoch(const nn_progress *training)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "epoch %d of %d: loss %g", training->epoch, training->epochs,
					 training->loss);
	if (!isnan(training->validation_loss))
		appendStringInfo(&text, ", validation loss %g", training->validation_loss);
	appendStringInfo(&text, ", learning rate %g, %.0f rows a second", training->rate,
					 training->rows_per_second);
	if (!isnan(training->seconds_left))
		appendStringInfo(&text, ", at most %.0f s left", ceil(training->seconds_left));
	ereport(NOTICE, errmsg_internal("%s", text.data));
	pfree(text.data);
}

void
progress_set_training(Progress *progress, const nn_progress *training)
{
	PublishedProgress *published;

	if (progress == NULL)
		return;
	published = &progress->published;
	published->epoch = training->epoch;
	published->epochs = training->epochs;
	published->loss = training->loss;
	published->validation_loss = training->validation_loss;
	published->seconds_left = training->seconds_left;
	publish(progress);
	if (!progress->verbose || training->epoch == progress->last_epoch)
		return;
	/* The first one tells how long all will take. */
	if (notice_is_due(progress) || progress->last_epoch == 0)
	{
		progress->last_epoch = training->epoch;
		notice_epoch(training);
	}
}

/* ---- watching ---- */

/* As pg_stat_activity decides whose queries one may see. */
static bool
may_watch(Oid role)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
		   has_privs_of_role(GetUserId(), role);
}

/* A row of nn_trainings; NULLs from the model on for whom it is none of their business. */
static void
put_training(ReturnSetInfo *set, const PgBackendStatus *entry)
{
	bool own_database = entry->st_databaseid == MyDatabaseId;
	PublishedProgress p;
	Datum values[13];
	bool nulls[lengthof(values)];

	memset(values, 0, sizeof(values));
	memset(nulls, true, sizeof(nulls));
	values[0] = Int32GetDatum(entry->st_procpid);
	values[1] = ObjectIdGetDatum(entry->st_databaseid);
	nulls[0] = nulls[1] = false;
	if (may_watch(entry->st_userid))
	{
		memcpy(&p, entry->st_progress_param, sizeof(p));
		memset(nulls, false, sizeof(nulls));
		values[2] = ObjectIdGetDatum(entry->st_progress_command_target);
		values[3] = CStringGetTextDatum(p.name);
		nulls[2] = nulls[3] = !own_database || p.name[0] == '\0';
		values[4] = CStringGetTextDatum(phase_names[p.phase]);
		values[5] =
			CStringGetTextDatum(psprintf("%s %d of %d", part_names[p.part], p.number, p.parts));
		nulls[5] = p.part == PART_WHOLE;
		values[6] = Int64GetDatum(p.rows_read);
		values[7] = Int32GetDatum(p.epoch);
		values[8] = Int32GetDatum(p.epochs);
		nulls[7] = nulls[8] = p.epochs == 0;
		values[9] = Float8GetDatum(p.loss);
		nulls[9] = isnan(p.loss);
		values[10] = Float8GetDatum(p.validation_loss);
		nulls[10] = isnan(p.validation_loss);
		values[11] = TimestampTzGetDatum(p.started);
		values[12] = Float8GetDatum(p.seconds_left);
		nulls[12] = isnan(p.seconds_left);
	}
	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/*
 * nn_trainings() -> setof (pid, datid, model, name, phase, ...): the trainings that run now, in all
 * databases.
 */
Datum
nn_trainings(PG_FUNCTION_ARGS)
{
	int backends = pgstat_fetch_stat_numbackends();

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 1; i <= backends; i++)
	{
		LocalPgBackendStatus *local = pgstat_get_local_beentry_by_index(i);

		if (local != NULL && local->backendStatus.st_procpid > 0 &&
			local->backendStatus.st_progress_command == COMMAND_TRAINING)
			put_training((ReturnSetInfo *) fcinfo->resultinfo, &local->backendStatus);
	}
	return (Datum) 0;
}
