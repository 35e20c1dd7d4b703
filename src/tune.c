/*
 * tune.c: nn_tune: trials of options drawn at random, of which the better ones get more epochs
 * (K. Jamieson, A. Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization",
 * 2016). The rows are read once; the best trial's options go to nn_train in the end.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/namespace.h"
#include "common/shortest_dec.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "model.h"
#include "module.h"
#include "options.h"
#include "rows.h"
#include "space.h"
#include "status.h"
#include "training.h"

PG_FUNCTION_INFO_V1(nn_tune);

#define MAX_TRIALS 10000
#define REDUCTION 3           /* one of so many trials goes on, with so many times the epochs */
#define TRIAL_SHARE (2.0 / 3) /* of max_seconds; the rest is for the training in the end */

static const char default_space[] =
	"{\"hidden\": [[16], [32], [64, 32], [128, 64]], \"dropout\": [0, 0.1, 0.2], "
	"\"learning_rate\": {\"min\": 0.0003, \"max\": 0.02, \"log\": true}, "
	"\"l2\": {\"min\": 1e-6, \"max\": 0.01, \"log\": true}}";

typedef struct Trial
{
	int number;
	const char **texts, **json; /* of each dimension; none of the first trial */
	int epochs;                 /* 0: it was not made */
	double loss, score;
	double seconds;
	const char *stop_reason;
	bool ended; /* more epochs would change nothing */
} Trial;

typedef struct Tuning
{
	FunctionCallInfo fcinfo;
	Arguments arguments;
	QueryColumns columns;
	Space space;
	nn_dataset *dataset;
	bool by_score;
	Activate activate;
	double seconds; /* for all trials; NaN: no limit */
	Progress progress;
	instr_time begin;
	int epochs, count;
	Trial *trials;
} Tuning;

/* ---- the trials ---- */

static void
draw_trials(Tuning *t)
{
	pg_prng_state random;

	pg_prng_seed(&random, (uint64) int_argument(&t->arguments, "seed"));
	t->trials = palloc0(t->count * sizeof(Trial));
	for (int i = 0; i < t->count; i++)
	{
		Trial *trial = &t->trials[i];

		trial->number = i + 1;
		trial->loss = trial->score = get_float8_nan();
		if (i == 0)
			continue; /* the options as they were given */
		trial->texts = palloc(Max(t->space.count, 1) * sizeof(char *));
		trial->json = palloc(Max(t->space.count, 1) * sizeof(char *));
		for (int d = 0; d < t->space.count; d++)
			space_draw(&t->space.dimensions[d], &random, &trial->texts[d], &trial->json[d]);
	}
}

/* The arguments with the options of a trial. */
static Arguments
trial_arguments(const Tuning *t, const Trial *trial)
{
	Arguments arguments;

	arguments_init(&arguments, t->fcinfo);
	for (int d = 0; trial->texts != NULL && d < t->space.count; d++)
		arguments_set(&arguments, t->space.dimensions[d].option, trial->texts[d]);
	return arguments;
}

static bool
out_of_time(const Tuning *t)
{
	return !isnan(t->seconds) && seconds_since(t->begin) >= t->seconds;
}

static void
run_trial(Tuning *t, Trial *trial, int epochs)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "pgnn trial", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	Arguments arguments = trial_arguments(t, trial);
	void **trainer = own(context, nn_trainer_free);
	nn_options options;
	nn_result result;
	nn_status status;
	instr_time start;

	INSTR_TIME_SET_CURRENT(start);
	progress_set_part(&t->progress, PART_TRIAL, trial->number, t->count);
	options_read(&arguments, &options);
	options.threads = threads_allowed();
	options.epochs = epochs;
	options.max_seconds =
		isnan(t->seconds) ? t->seconds : Max(t->seconds - seconds_since(t->begin), 1e-9);
	*trainer = nn_trainer_new(t->dataset, &options, &status);
	check_status(&status);
	trial->epochs = epochs;
	trial->stop_reason = "diverged";
	trial->ended = true;
	trainer_run(*trainer, &t->progress, &result, &status);
	if (status.code != NN_NOT_FINITE) /* a loss that goes to infinity is an outcome, too */
	{
		check_status(&status);
		trial->epochs = result.epochs;
		trial->loss = result.validation_loss;
		trial->score = result.score;
		trial->stop_reason = MemoryContextStrdup(old_context, result.stop_reason);
		trial->ended = strcmp(result.stop_reason, "epochs") != 0;
	}
	trial->seconds += seconds_since(start);
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(context);
}

/* Whether a is the better one. */
static bool
is_better(const Tuning *t, const Trial *a, const Trial *b)
{
	double x = t->by_score ? -a->score : a->loss, y = t->by_score ? -b->score : b->loss;

	if (isnan(x) || isnan(y))
		return !isnan(x);
	return x < y;
}

/* Brings the best of the trials to the front, the better before the worse; equal ones stay in order. */
static void
sort_trials(const Tuning *t, Trial **trials, int count)
{
	for (int i = 1; i < count; i++)
		for (int j = i; j > 0 && is_better(t, trials[j], trials[j - 1]); j--)
		{
			Trial *other = trials[j];

			trials[j] = trials[j - 1];
			trials[j - 1] = other;
		}
}

/* Successive halving, by thirds. Gives the best trial. */
static Trial *
search(Tuning *t)
{
	Trial **field = palloc(t->count * sizeof(Trial *));
	int count = t->count, divisor = 1; /* of the epochs */

	for (int i = 0; i < count; i++)
		field[i] = &t->trials[i];
	for (int n = count; n >= REDUCTION && t->epochs / divisor >= REDUCTION; n /= REDUCTION)
		divisor *= REDUCTION;
	for (;; divisor /= REDUCTION)
	{
		for (int i = 0; i < count; i++)
			if (!field[i]->ended && (!out_of_time(t) || field[i] == t->trials))
				run_trial(t, field[i], t->epochs / divisor);
		sort_trials(t, field, count);
		if (divisor == 1 || out_of_time(t))
			return field[0];
		count = Max(count / REDUCTION, 1);
	}
}

/* ---- the outcome ---- */

/* Calls nn_train with the options of the trial; gives the version. */
static int
train_best(Tuning *t, const Trial *best)
{
	Arguments arguments = trial_arguments(t, best);
	int count = t->fcinfo->nargs, used = 0;
	Oid *types = palloc(count * sizeof(Oid));
	Datum *values = palloc(count * sizeof(Datum));
	char *nulls = palloc0(count + 1);
	StringInfoData call;
	bool isnull;
	Oid function = t->fcinfo->flinfo->fn_oid;

	if (!isnan(t->seconds))
	{
		char digits[DOUBLE_SHORTEST_DECIMAL_LEN];
		double left = t->seconds / TRIAL_SHARE - seconds_since(t->begin);

		double_to_shortest_decimal_buf(Max(left, 0.001), digits);
		arguments_set(&arguments, "max_seconds", digits);
	}
	initStringInfo(&call);
	appendStringInfo(
		&call, "SELECT version FROM %s(",
		quote_qualified_identifier(get_namespace_name(get_func_namespace(function)), "nn_train"));
	for (int i = 0; i < count; i++)
	{
		if (strcmp(arguments.names[i], "space") == 0 || strcmp(arguments.names[i], "trials") == 0)
			continue;
		types[used] = arguments.types[i];
		values[used] = arguments.values[i].value;
		nulls[used] = arguments.values[i].isnull ? 'n' : ' ';
		used++;
		appendStringInfo(&call, "%s%s => $%d", used == 1 ? "" : ", ",
						 quote_identifier(arguments.names[i]), used);
	}
	appendStringInfoChar(&call, ')');
	if (SPI_execute_with_args(call.data, used, types, values, nulls, false, 0) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "nn_train gave no row");
	return DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

static void
put_trial(const Tuning *t, const Trial *trial, bool best, int version)
{
	ReturnSetInfo *set = (ReturnSetInfo *) t->fcinfo->resultinfo;
	StringInfoData json;
	bool nulls[9] = {false};
	Datum values[9];

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int d = 0; trial->json != NULL && d < t->space.count; d++)
		appendStringInfo(&json, "%s\"%s\": %s", d == 0 ? "" : ", ", t->space.dimensions[d].option,
						 trial->json[d]);
	appendStringInfoChar(&json, '}');
	values[0] = Int32GetDatum(trial->number);
	values[1] = DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
	values[2] = Int32GetDatum(trial->epochs);
	values[3] = Float8GetDatum(trial->loss);
	values[4] = Float8GetDatum(trial->score);
	values[5] = Float8GetDatum(trial->seconds);
	values[6] = CStringGetTextDatum(trial->stop_reason);
	values[7] = BoolGetDatum(best);
	values[8] = Int32GetDatum(version);
	nulls[3] = isnan(trial->loss);
	nulls[4] = isnan(trial->score);
	nulls[8] = !best;
	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/* ---- the function ---- */

static void
read_tuning(Tuning *t, nn_options *options)
{
	bool has_space = !t->fcinfo->args[find_argument(&t->arguments, "space")].isnull;

	t->columns = query_columns(&t->arguments);
	options_read(&t->arguments, options);
	options->threads = threads_allowed();
	options->spill = true;
	t->epochs = options->epochs;
	t->seconds = options->max_seconds * TRIAL_SHARE;
	t->by_score = strcmp(options->stop_on, "score") == 0;
	t->activate = activate_argument(&t->arguments);
	keep_argument(&t->arguments);
	t->count = int_argument(&t->arguments, "trials");
	if (t->count < 1 || t->count > MAX_TRIALS)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("trials must be between 1 and %d, not %d", MAX_TRIALS, t->count));
	if (t->columns.holdout == NULL && options->validation == 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("trials are compared by held-out rows, and validation is 0"),
				errhint("Give validation or holdout."));
	t->space = space_read(
		has_space ? DatumGetJsonbP(t->fcinfo->args[find_argument(&t->arguments, "space")].value)
				  : DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(default_space))),
		&t->arguments);
	draw_trials(t);
	for (int i = 0; i < t->count; i++) /* bad options are found before any training */
	{
		Arguments arguments = trial_arguments(t, &t->trials[i]);
		nn_options trial;

		options_read(&arguments, &trial);
	}
}

/* What nn_train would refuse in the end is refused before the trials. */
static void
check_active_version(const Tuning *t, const ModelTable *table)
{
	StoredTraining *active = NULL;

	if (t->activate == ACTIVATE_IF_BETTER)
		active = model_read_training(table, false);
	if (active != NULL)
		check_comparable(active, text_argument(&t->arguments, "target"));
}

/*
 * nn_tune(model text, query text, target text, space jsonb, trials int, ...) -> a row for each trial:
 * see the extension script for all arguments.
 */
Datum
nn_tune(PG_FUNCTION_ARGS)
{
	Tuning t = {.fcinfo = fcinfo};
	MemoryContext context;
	TrainingQuery *query;
	ModelTable table;
	nn_options options;
	Trial *best;
	int version;

	INSTR_TIME_SET_CURRENT(t.begin);
	PreventCommandDuringRecovery("nn_tune()");
	PreventCommandIfReadOnly("nn_tune()");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	arguments_init(&t.arguments, fcinfo);
	read_tuning(&t, &options);
	progress_start(&t.progress, false);
	query = training_query_prepare(text_argument(&t.arguments, "query"), &t.columns, &options);
	table = model_open_for_training(cstring_to_text(text_argument(&t.arguments, "model")),
									fcinfo->flinfo->fn_oid);
	check_active_version(&t, &table);
	training_query_watch(query, &t.progress);
	progress_set_model(&t.progress, table.oid, table.name);
	context = AllocSetContextCreate(CurrentMemoryContext, "pgnn tuning", ALLOCSET_DEFAULT_SIZES);
	t.dataset = training_query_read(query, &options, context);
	progress_set_phase(&t.progress, PHASE_TRAINING);
	best = search(&t);
	if (isnan(t.by_score ? best->score : best->loss))
		ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				errmsg("no trial has a loss that is finite"),
				errhint("Give smaller learning rates, or look for outliers in the columns."));
	MemoryContextDelete(context); /* nn_train reads the rows itself */
	training_query_close(query);
	version = train_best(&t, best);
	for (int i = 0; i < t.count; i++)
		if (t.trials[i].epochs > 0)
			put_trial(&t, &t.trials[i], &t.trials[i] == best, version);
	SPI_finish();
	progress_end(&t.progress);
	return (Datum) 0;
}
