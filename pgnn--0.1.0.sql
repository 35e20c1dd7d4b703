\echo Use "CREATE EXTENSION pgnn" to load this file. \quit

-- ---- models ----

-- A model is a table OF this type; one row is one version of it.
CREATE TYPE nn_model AS (
	version          int,
	active           bool,
	trained_at       timestamptz,
	trained_by       text,
	task             text,
	target           text,
	query            text,
	options          jsonb,
	features         jsonb,
	classes          text[],
	layer_sizes      int[],
	activations      text[],
	parameters       real[],
	target_mean      float8[],
	target_scale     float8[],
	rows             bigint,
	rows_skipped     bigint,
	epochs           int,
	loss             float8,
	validation_loss  float8,
	score            float8,
	baseline         float8,
	loss_curve       float8[],
	validation_curve float8[],
	rate_curve       float8[],
	stop_reason      text,
	seconds          float8,
	reading_seconds  float8,
	training_seconds float8,
	storing_seconds  float8,
	format           int,
	started_from     int,
	total_epochs     int,
	updates          bigint,
	optimizer_state  real[]
);

COMMENT ON TYPE nn_model IS 'row type of model tables: one version of a neural network';
COMMENT ON COLUMN nn_model.version IS 'number of the version, from 1; primary key';
COMMENT ON COLUMN nn_model.active IS 'true for the version that predicts';
COMMENT ON COLUMN nn_model.trained_at IS 'when it was stored';
COMMENT ON COLUMN nn_model.trained_by IS 'role that called nn_train';
COMMENT ON COLUMN nn_model.task IS 'regression or classification';
COMMENT ON COLUMN nn_model.target IS 'column of the query that is predicted';
COMMENT ON COLUMN nn_model.query IS 'query, or name of the relation, that gave the training rows';
COMMENT ON COLUMN nn_model.options IS 'all options of nn_train as they were used';
COMMENT ON COLUMN nn_model.features IS 'columns it predicts from and how they become inputs; see nn_features';
COMMENT ON COLUMN nn_model.classes IS 'labels of the classes in the order of nn_outputs; NULL for a regression';
COMMENT ON COLUMN nn_model.layer_sizes IS 'inputs, neurons of each hidden layer, outputs';
COMMENT ON COLUMN nn_model.activations IS 'activation of each layer but the inputs';
COMMENT ON COLUMN nn_model.parameters IS 'layer by layer: weights (outputs x inputs, row by row), then biases';
COMMENT ON COLUMN nn_model.target_mean IS 'what was subtracted from each target number; NULL for a classification';
COMMENT ON COLUMN nn_model.target_scale IS 'by what it was divided then; NULL for a classification';
COMMENT ON COLUMN nn_model.rows IS 'rows used, held-out ones included';
COMMENT ON COLUMN nn_model.rows_skipped IS 'rows left out: their target is NULL, their weight 0, or, with missing => skip, a feature NULL';
COMMENT ON COLUMN nn_model.epochs IS 'passes through the training rows';
COMMENT ON COLUMN nn_model.loss IS 'mean training loss of the kept epoch, in the units of the target';
COMMENT ON COLUMN nn_model.validation_loss IS 'mean loss of the held-out rows after the kept epoch; NULL without such rows';
COMMENT ON COLUMN nn_model.score IS 'R^2, accuracy or, for quantiles, the share of the constant quantiles'' loss that is saved, on the held-out rows, or on the training rows where there are none';
COMMENT ON COLUMN nn_model.baseline IS 'score of always predicting the training mean or the commonest class';
COMMENT ON COLUMN nn_model.loss_curve IS 'training loss of each epoch';
COMMENT ON COLUMN nn_model.validation_curve IS 'loss of the held-out rows after each epoch';
COMMENT ON COLUMN nn_model.rate_curve IS 'learning rate of each epoch';
COMMENT ON COLUMN nn_model.stop_reason IS 'why training ended: epochs, patience, tolerance, converged or max_seconds';
COMMENT ON COLUMN nn_model.seconds IS 'duration of nn_train';
COMMENT ON COLUMN nn_model.reading_seconds IS 'seconds of it for running the query and preparing its rows';
COMMENT ON COLUMN nn_model.training_seconds IS 'seconds of it for training and scoring';
COMMENT ON COLUMN nn_model.storing_seconds IS 'seconds of it for storing the version';
COMMENT ON COLUMN nn_model.format IS 'version of this format, 1';
COMMENT ON COLUMN nn_model.started_from IS 'version that warm_start went on from; NULL: none';
COMMENT ON COLUMN nn_model.total_epochs IS 'epochs of this version and of those it went on from';
COMMENT ON COLUMN nn_model.updates IS 'steps that the optimizer has made since it last started afresh';
COMMENT ON COLUMN nn_model.optimizer_state IS 'what the optimizer remembers, for warm_start; NULL: nothing';

-- ---- training ----

CREATE FUNCTION nn_train(
	model         text,
	query         text,
	target        text,
	task          text   DEFAULT NULL,
	hidden        int[]  DEFAULT NULL,
	activation    text   DEFAULT NULL,
	loss          text   DEFAULT NULL,
	quantiles     float8[] DEFAULT NULL,
	label_smoothing float8 DEFAULT 0,
	optimizer     text   DEFAULT 'adam',
	learning_rate float8 DEFAULT NULL,
	momentum      float8 DEFAULT 0.9,
	nesterov      bool   DEFAULT false,
	schedule      text   DEFAULT 'constant',
	decay         float8 DEFAULT 0.5,
	decay_epochs  int    DEFAULT 10,
	warmup        int    DEFAULT 0,
	batch_size    int    DEFAULT NULL,
	epochs        int    DEFAULT 200,
	l1            float8 DEFAULT 0,
	l2            float8 DEFAULT 1e-4,
	dropout       float8 DEFAULT 0,
	input_dropout float8 DEFAULT 0,
	clip_norm     float8 DEFAULT NULL,
	validation    float8 DEFAULT 0.1,
	holdout       text   DEFAULT NULL,
	stop_on       text   DEFAULT 'loss',
	patience      int    DEFAULT 20,
	min_improvement float8 DEFAULT 0,
	min_epochs    int    DEFAULT 0,
	tolerance     float8 DEFAULT 0,
	max_seconds   float8 DEFAULT NULL,
	weight        text   DEFAULT NULL,
	class_weight  text   DEFAULT NULL,
	missing       text   DEFAULT 'impute',
	warm_start    bool   DEFAULT false,
	activate      text   DEFAULT 'always',
	keep          int    DEFAULT 5,
	seed          int    DEFAULT 42,
	verbose       bool   DEFAULT false
)
RETURNS TABLE (
	version         int,
	task            text,
	rows            bigint,
	rows_skipped    bigint,
	inputs          int,
	parameters      bigint,
	epochs          int,
	loss            float8,
	validation_loss float8,
	score           float8,
	baseline        float8,
	stop_reason     text,
	seconds         float8,
	reading_seconds float8,
	training_seconds float8,
	storing_seconds float8,
	activated       bool,
	champion        int,
	champion_score  float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1 COST 1000000;

COMMENT ON FUNCTION nn_train IS
	'trains a neural network on the rows of a query (or of a table or view) to predict their column target, and stores it as the next version of model, a table that is made where it does not exist';

CREATE FUNCTION nn_trainings()
RETURNS TABLE (
	pid             int,
	datid           oid,
	model           oid,
	name            text,
	phase           text,
	rows_read       bigint,
	epoch           int,
	epochs          int,
	loss            float8,
	validation_loss float8,
	started         timestamptz,
	seconds_left    float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 2;

COMMENT ON FUNCTION nn_trainings IS
	'the trainings that run now, for the view nn_progress; model and name are NULL in other databases, and all but pid and datid for who may not see the query in pg_stat_activity';

CREATE VIEW nn_progress AS
	SELECT t.pid, d.datname, coalesce(c.oid::pg_catalog.regclass::text, t.name) AS model, t.phase,
		t.rows_read, t.epoch, t.epochs, t.loss, t.validation_loss,
		extract(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) t.started)::float8
			AS seconds,
		t.seconds_left
	FROM nn_trainings() t
		LEFT JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) t.datid
		-- a model that only its own transaction sees yet is known by the name it will have
		LEFT JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.model;

COMMENT ON VIEW nn_progress IS
	'the trainings that run now: phase (reading, encoding, training or storing), rows read, epochs that have ended and at most follow, losses of the last epoch in the units of the target, seconds since the start, and seconds left at most; as in pg_stat_progress_vacuum, all but pid and datname are NULL for other roles'' trainings, unless one has the privileges of pg_read_all_stats';

GRANT SELECT ON nn_progress TO PUBLIC;

CREATE FUNCTION nn_plan(
	query         text,
	target        text,
	task          text   DEFAULT NULL,
	hidden        int[]  DEFAULT NULL,
	activation    text   DEFAULT NULL,
	loss          text   DEFAULT NULL,
	quantiles     float8[] DEFAULT NULL,
	optimizer     text   DEFAULT 'adam',
	batch_size    int    DEFAULT NULL,
	dropout       float8 DEFAULT 0,
	validation    float8 DEFAULT 0.1,
	holdout       text   DEFAULT NULL,
	weight        text   DEFAULT NULL,
	class_weight  text   DEFAULT NULL,
	missing       text   DEFAULT 'impute',
	sample        int    DEFAULT 10000
)
RETURNS TABLE (
	task          text,
	rows          bigint,
	rows_read     bigint,
	features      int,
	inputs        int,
	outputs       int,
	hidden        int[],
	parameters    bigint,
	batch_size    int,
	memory        bigint,
	seconds_per_epoch float8,
	warnings      text[]
)
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1 COST 100000;

COMMENT ON FUNCTION nn_plan IS
	'what nn_train would do with these arguments, from the first sample rows of the query and without training: rows (beyond the sample as the planner estimates them), network, bytes of memory, seconds an epoch, and warnings';

CREATE FUNCTION nn_activate(model regclass, version int)
RETURNS void
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION nn_activate IS 'makes a version of a model the one that predicts';

-- ---- prediction ----

CREATE FUNCTION nn_predict(model regclass, VARIADIC features "any")
RETURNS float8
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE COST 100;

COMMENT ON FUNCTION nn_predict IS
	'the predicted number, or the probability of the second of two classes; features: a row, a jsonb object, an array of numbers, or one by one in the order of training';

CREATE FUNCTION nn_classify(model regclass, VARIADIC features "any")
RETURNS text
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE COST 100;

COMMENT ON FUNCTION nn_classify IS
	'the label of the most probable class; features as for nn_predict';

CREATE FUNCTION nn_probability(model regclass, class text, VARIADIC features "any")
RETURNS float8
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE COST 100;

COMMENT ON FUNCTION nn_probability IS
	'the probability of one class, between 0 and 1; features as for nn_predict';

CREATE FUNCTION nn_outputs(model regclass, VARIADIC features "any")
RETURNS float8[]
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE COST 100;

COMMENT ON FUNCTION nn_outputs IS
	'all predicted numbers, or the probabilities of all classes in the order of the model''s column classes; features as for nn_predict';

-- ---- looking into models ----

CREATE FUNCTION nn_versions(model regclass)
RETURNS SETOF nn_model
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT STABLE PARALLEL RESTRICTED ROWS 5;

COMMENT ON FUNCTION nn_versions IS
	'the rows of a model table, for queries over models whose names they only learn when they run';

CREATE VIEW nn_models AS
	SELECT c.oid::pg_catalog.regclass AS model,
		pg_catalog.pg_get_userbyid(c.relowner) AS owner,
		v.version, v.task, v.target, v.layer_sizes, v.rows, v.score, v.baseline, v.trained_at
	FROM pg_catalog.pg_class c
		-- reading a table with row security would run its owner's policies as whoever looks
		LEFT JOIN LATERAL nn_versions(
			CASE WHEN NOT pg_catalog.row_security_active(c.oid) THEN c.oid::pg_catalog.regclass END)
			v ON v.active
	WHERE c.reloftype OPERATOR(pg_catalog.=) 'nn_model'::pg_catalog.regtype::pg_catalog.oid
		AND c.relkind OPERATOR(pg_catalog.=) 'r'
		AND NOT pg_catalog.pg_is_other_temp_schema(c.relnamespace)
		AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
		AND pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE');

COMMENT ON VIEW nn_models IS
	'the models that the current role may read, with their active version';

GRANT SELECT ON nn_models TO PUBLIC;

CREATE FUNCTION nn_features(model regclass)
RETURNS TABLE (
	feature       text,
	type          text,
	kind          text,
	first_input   int,
	inputs        int,
	mean          float8[],
	scale         float8[],
	categories    text[],
	missing       bigint,
	missing_input bool
)
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 20
BEGIN ATOMIC
	SELECT f.name, f.type, f.kind,
		(pg_catalog.sum(f.inputs) OVER (ORDER BY f.place) - f.inputs + 1)::int,
		f.inputs, f.mean, f.scale, f.categories, f.missing, f.missing_input
	FROM nn_versions(model) v,
		ROWS FROM (pg_catalog.jsonb_to_recordset(v.features) AS (
			name text, type text, kind text, inputs int, mean float8[], scale float8[],
			categories text[], missing bigint, missing_input bool)) WITH ORDINALITY
			AS f (name, type, kind, inputs, mean, scale, categories, missing, missing_input, place)
	WHERE v.active
	ORDER BY f.place;
END;

COMMENT ON FUNCTION nn_features IS
	'the columns that a model''s active version predicts from, in order, and how each becomes inputs of the network';

CREATE FUNCTION nn_layers(model regclass)
RETURNS TABLE (
	layer      int,
	inputs     int,
	outputs    int,
	activation text,
	weights    real[],
	biases     real[]
)
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT STABLE PARALLEL RESTRICTED ROWS 3;

COMMENT ON FUNCTION nn_layers IS
	'the layers of a model''s active version: weights[neuron][input] and biases[neuron]';

CREATE FUNCTION nn_weights(model regclass)
RETURNS TABLE (
	layer  int,
	neuron int,
	input  int,
	weight real
)
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT STABLE PARALLEL RESTRICTED ROWS 10000;

COMMENT ON FUNCTION nn_weights IS
	'each weight of a model''s active version in a row of its own; input 0 is the bias';

CREATE FUNCTION nn_history(model regclass)
RETURNS TABLE (
	epoch           int,
	loss            float8,
	validation_loss float8,
	learning_rate   float8
)
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 100
BEGIN ATOMIC
	SELECT e.epoch::int, e.loss, e.validation_loss, e.learning_rate
	FROM nn_versions(model) v,
		ROWS FROM (pg_catalog.unnest(v.loss_curve), pg_catalog.unnest(v.validation_curve),
			pg_catalog.unnest(v.rate_curve))
			WITH ORDINALITY AS e (loss, validation_loss, learning_rate, epoch)
	WHERE v.active
	ORDER BY e.epoch;
END;

COMMENT ON FUNCTION nn_history IS
	'the training loss, the loss of the held-out rows and the learning rate, epoch by epoch, of a model''s active version';

-- ---- taking models elsewhere ----

CREATE FUNCTION nn_export(model regclass, version int DEFAULT NULL, optimizer_state bool DEFAULT true)
RETURNS jsonb
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL RESTRICTED;

COMMENT ON FUNCTION nn_export IS
	'a version of a model (NULL: the active one) as JSON with the columns of nn_model as keys, for nn_import; optimizer_state: with what warm_start needs to go on as if nothing had happened';

CREATE FUNCTION nn_import(model text, json jsonb, activate bool DEFAULT true, keep int DEFAULT 5)
RETURNS int
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION nn_import IS
	'stores JSON from nn_export as the next version of model, a table that is made where it does not exist, and gives its number; activate: whether it predicts from now on; keep: versions kept beside the active one';

-- ---- judging models ----

CREATE FUNCTION nn_evaluate(
	model   regclass,
	query   text,
	weight  text DEFAULT NULL,
	version int  DEFAULT NULL
)
RETURNS TABLE (
	metric   text,
	value    float8,
	baseline float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 15 COST 100000;

COMMENT ON FUNCTION nn_evaluate IS
	'how well a model predicts the rows of a query (or of a table or view) that has its features and its target: many metrics, each beside the baseline, what the best constant prediction for these rows has; weight: a column of row weights (NULL: that of the training, if the query has it); version: NULL for the active one';

CREATE FUNCTION nn_confusion_matrix(
	model   regclass,
	query   text,
	weight  text DEFAULT NULL,
	version int  DEFAULT NULL
)
RETURNS TABLE (
	actual    text,
	predicted text,
	count     bigint,
	share     float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10 COST 100000;

COMMENT ON FUNCTION nn_confusion_matrix IS
	'how many rows of each class a model predicts as each class, and their share (0 to 1, by weight) of the rows of the actual class; actual is NULL for classes that the model doesn''t know; other arguments as of nn_evaluate';

CREATE FUNCTION nn_roc(
	model   regclass,
	query   text,
	class   text DEFAULT NULL,
	points  int  DEFAULT 200,
	weight  text DEFAULT NULL,
	version int  DEFAULT NULL
)
RETURNS TABLE (
	class     text,
	threshold float8,
	tpr       float8,
	fpr       float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 200 COST 100000;

COMMENT ON FUNCTION nn_roc IS
	'the receiver operating characteristic of a class against the others: for each threshold, from above all probabilities down, the shares (0 to 1) of the rows of the class, and of the others, whose probability is at least that; class: NULL for the second of two classes, or for each of more; points: at most so many of each class, or NULL for all; other arguments as of nn_evaluate';

CREATE FUNCTION nn_precision_recall(
	model   regclass,
	query   text,
	class   text DEFAULT NULL,
	points  int  DEFAULT 200,
	weight  text DEFAULT NULL,
	version int  DEFAULT NULL
)
RETURNS TABLE (
	class     text,
	threshold float8,
	"precision" float8,
	recall    float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 200 COST 100000;

COMMENT ON FUNCTION nn_precision_recall IS
	'for each threshold: of the rows whose probability of the class is at least that, the share that are of it (precision), and their share of all that are of it (recall); arguments as of nn_roc';

CREATE FUNCTION nn_calibration(
	model   regclass,
	query   text,
	class   text DEFAULT NULL,
	bins    int  DEFAULT 10,
	weight  text DEFAULT NULL,
	version int  DEFAULT NULL
)
RETURNS TABLE (
	class     text,
	bin       int,
	predicted float8,
	observed  float8,
	count     bigint
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10 COST 100000;

COMMENT ON FUNCTION nn_calibration IS
	'whether predicted probabilities come true: of the rows whose probability of a class lies in a bin (bins of them, each as wide, from 0 to 1) the mean probability, the share that is of the class, and the number; of a model of quantiles each quantile and the share of truths not above it; other arguments as of nn_roc';

CREATE FUNCTION nn_residuals(
	model   regclass,
	query   text,
	bins    int  DEFAULT 10,
	weight  text DEFAULT NULL,
	version int  DEFAULT NULL
)
RETURNS TABLE (
	output    int,
	bin       int,
	count     bigint,
	low       float8,
	high      float8,
	predicted float8,
	actual    float8,
	residual  float8,
	deviation float8,
	q05       float8,
	q25       float8,
	median    float8,
	q75       float8,
	q95       float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10 COST 100000;

COMMENT ON FUNCTION nn_residuals IS
	'what is left of a number when its prediction is taken off it, in bins of as many rows with similar predictions: the lowest and highest prediction, means of prediction, truth and residual, and the standard deviation and quantiles of the residual; output: which number of an array, from 1; other arguments as of nn_evaluate';
