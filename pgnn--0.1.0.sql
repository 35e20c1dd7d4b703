\echo Use "CREATE EXTENSION pgnn" to load this file. \quit

-- Functions are named with their schema. An operator without one is that of pg_catalog wherever the types
-- of what it is between are the very ones that are declared there, whatever else the search_path has: so
-- constants are cast, and numbers to text.

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
	temp_bytes       bigint,
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
COMMENT ON COLUMN nn_model.temp_bytes IS 'bytes written to temporary files, as the rows did not fit maintenance_work_mem; 0: they did';
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
	temp_bytes      bigint,
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
	part            text,
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
	SELECT t.pid, d.datname, coalesce(c.oid::pg_catalog.regclass::text, t.name) AS model, t.phase, t.part,
		t.rows_read, t.epoch, t.epochs, t.loss, t.validation_loss,
		extract(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) t.started)::float8
			AS seconds,
		t.seconds_left
	FROM nn_trainings() t
		LEFT JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) t.datid
		-- a model that only its own transaction sees yet is known by the name it will have
		LEFT JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.model;

COMMENT ON VIEW nn_progress IS
	'the trainings that run now: phase (reading, encoding, training, testing or storing), the fold of nn_cross_validate or the trial of nn_tune, rows read, epochs that have ended and at most follow, losses of the last epoch in the units of the target, seconds since the start, and seconds left at most; as in pg_stat_progress_vacuum, all but pid and datname are NULL for other roles'' trainings, unless one has the privileges of pg_read_all_stats';

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

CREATE FUNCTION nn_predict_support(internal)
RETURNS internal
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT STABLE PARALLEL SAFE;

COMMENT ON FUNCTION nn_predict_support IS
	'tells the planner what predictions cost, and how to do without forming rows for them; not to be called';

CREATE FUNCTION nn_columns(internal, names text[], VARIADIC columns "any")
RETURNS internal
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE COST 0.1;

COMMENT ON FUNCTION nn_columns IS
	'stands in plans for a row that a prediction is made from: its columns that the model takes; not to be called';

CREATE FUNCTION nn_predict(model regclass, VARIADIC features "any")
RETURNS float8
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE COST 100 SUPPORT nn_predict_support;

COMMENT ON FUNCTION nn_predict IS
	'the predicted number, or the probability of the second of two classes; features: a row, a jsonb object, an array of numbers, or one by one in the order of training';

CREATE FUNCTION nn_classify(model regclass, VARIADIC features "any")
RETURNS text
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE COST 100 SUPPORT nn_predict_support;

COMMENT ON FUNCTION nn_classify IS
	'the label of the most probable class; features as for nn_predict';

CREATE FUNCTION nn_probability(model regclass, class text, VARIADIC features "any")
RETURNS float8
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE COST 100 SUPPORT nn_predict_support;

COMMENT ON FUNCTION nn_probability IS
	'the probability of one class, between 0 and 1; features as for nn_predict';

CREATE FUNCTION nn_outputs(model regclass, VARIADIC features "any")
RETURNS float8[]
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE COST 100 SUPPORT nn_predict_support;

COMMENT ON FUNCTION nn_outputs IS
	'all predicted numbers, or the probabilities of all classes in the order of the model''s column classes; features as for nn_predict';

CREATE FUNCTION nn_predict_batch(model regclass, VARIADIC features "any")
RETURNS float8
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE WINDOW COST 100;

COMMENT ON FUNCTION nn_predict_batch IS
	'as nn_predict, but a window function that brings up to 256 rows of a partition through the network together: faster for networks of more than some 100,000 parameters; features: best one array or row';

CREATE FUNCTION nn_classify_batch(model regclass, VARIADIC features "any")
RETURNS text
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE WINDOW COST 100;

COMMENT ON FUNCTION nn_classify_batch IS
	'as nn_classify, but a window function; see nn_predict_batch';

CREATE FUNCTION nn_probability_batch(model regclass, class text, VARIADIC features "any")
RETURNS float8
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE WINDOW COST 100;

COMMENT ON FUNCTION nn_probability_batch IS
	'as nn_probability, but a window function; see nn_predict_batch';

CREATE FUNCTION nn_outputs_batch(model regclass, VARIADIC features "any")
RETURNS float8[]
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL SAFE WINDOW COST 100;

COMMENT ON FUNCTION nn_outputs_batch IS
	'as nn_outputs, but a window function; see nn_predict_batch';

-- ---- taking models elsewhere ----

CREATE FUNCTION nn_export(model regclass, version int DEFAULT NULL, optimizer_state bool DEFAULT true)
RETURNS jsonb
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL RESTRICTED;

COMMENT ON FUNCTION nn_export IS
	'a version of a model (NULL: the active one) as JSON with the columns of nn_model as keys, for nn_import; optimizer_state: with what warm_start needs to go on as if nothing had happened';

CREATE FUNCTION nn_import(model text, exported jsonb, activate bool DEFAULT true, keep int DEFAULT 5)
RETURNS int
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION nn_import IS
	'stores exported, JSON from nn_export, as the next version of model, a table that is made where it does not exist, and gives its number; activate: whether it predicts from now on; keep: versions kept beside the active one';

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

CREATE FUNCTION nn_features(model regclass, version int DEFAULT NULL)
RETURNS TABLE (
	feature       text,
	type          text,
	kind          text,
	first_input   int,
	inputs        int,
	mean          float8[],
	scale         float8[],
	categories    text[],
	shares        float8[],
	missing       bigint,
	missing_input bool
)
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 20
BEGIN ATOMIC
	SELECT f.name, f.type, f.kind,
		(pg_catalog.sum(f.inputs) OVER (ORDER BY f.place) - f.inputs + 1)::int,
		f.inputs, f.mean, f.scale, f.categories, f.shares, f.missing, f.missing_input
	FROM nn_versions(model) v,
		ROWS FROM (pg_catalog.jsonb_to_recordset(v.features) AS (
			name text, type text, kind text, inputs int, mean float8[], scale float8[],
			categories text[], shares float8[], missing bigint, missing_input bool))
			WITH ORDINALITY
			AS f (name, type, kind, inputs, mean, scale, categories, shares, missing, missing_input,
				place)
	WHERE CASE WHEN nn_features.version IS NULL THEN v.active ELSE v.version = nn_features.version END
	ORDER BY f.place;
END;

COMMENT ON FUNCTION nn_features IS
	'the columns that a version of a model (NULL: the active one) predicts from, in order, and how each becomes inputs of the network; shares: of the training rows that were of each category, and then that were NULL, where that has an input';

CREATE FUNCTION nn_layers(model regclass, version int DEFAULT NULL)
RETURNS TABLE (
	layer      int,
	inputs     int,
	outputs    int,
	activation text,
	weights    real[],
	biases     real[]
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 3;

COMMENT ON FUNCTION nn_layers IS
	'the layers of a version of a model (NULL: the active one): weights[neuron][input] and biases[neuron]';

CREATE FUNCTION nn_weights(model regclass, version int DEFAULT NULL)
RETURNS TABLE (
	layer  int,
	neuron int,
	input  int,
	weight real
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10000;

COMMENT ON FUNCTION nn_weights IS
	'each weight of a version of a model (NULL: the active one) in a row of its own; input 0 is the bias';

CREATE FUNCTION nn_history(model regclass, version int DEFAULT NULL)
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
	WHERE CASE WHEN nn_history.version IS NULL THEN v.active ELSE v.version = nn_history.version END
	ORDER BY e.epoch;
END;

COMMENT ON FUNCTION nn_history IS
	'the training loss, the loss of the held-out rows and the learning rate, epoch by epoch, of a version of a model (NULL: the active one)';

CREATE FUNCTION nn_plot(model regclass, version int DEFAULT NULL)
RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	-- 60 columns of 15 cells; a column shows the mean of its epochs, as logarithms where losses fall far
	WITH stored AS (
		SELECT v.*, pg_catalog.cardinality(v.loss_curve) AS length FROM nn_versions(model) v
		WHERE CASE WHEN nn_plot.version IS NULL THEN v.active ELSE v.version = nn_plot.version END
	), points AS (
		SELECT c.mark, c.epoch::int, c.loss, s.length FROM stored s, LATERAL (
			SELECT '*', t.epoch, t.loss FROM pg_catalog.unnest(s.loss_curve) WITH ORDINALITY t (loss, epoch)
			UNION ALL
			SELECT 'o', h.epoch, h.loss FROM pg_catalog.unnest(s.validation_curve) WITH ORDINALITY h (loss, epoch)
		) c (mark, epoch, loss)
		WHERE c.loss BETWEEN -1e150::float8 AND 1e150::float8 AND c.epoch <= s.length
	), columns AS (
		SELECT p.mark, x, pg_catalog.avg(p.loss) AS loss FROM points p, pg_catalog.generate_series(
			(p.epoch - 1) * 60 / p.length,
			GREATEST(p.epoch * 60 / p.length - 1, (p.epoch - 1) * 60 / p.length)) x
		GROUP BY p.mark, x
	), scale AS (
		SELECT pg_catalog.min(loss) AS low, pg_catalog.max(loss) AS high,
			pg_catalog.min(loss) > 0::float8 AND pg_catalog.max(loss) / 5::float8 > pg_catalog.min(loss) AS logarithmic
		FROM columns
	), cells AS (
		SELECT c.x, pg_catalog.round(14::float8 * CASE WHEN s.high = s.low THEN 0
			WHEN s.logarithmic THEN pg_catalog.ln(c.loss / s.low) / pg_catalog.ln(s.high / s.low)
			ELSE (c.loss - s.low) / (s.high - s.low) END)::int AS y, pg_catalog.max(c.mark) AS mark
		FROM columns c, scale s GROUP BY c.x, 2
	), lines AS (
		SELECT y, pg_catalog.lpad(pg_catalog.to_char(CASE
				WHEN y = 0 THEN s.low
				WHEN s.high = s.low THEN NULL
				WHEN y = 14 THEN s.high
				WHEN y = 7 AND s.logarithmic THEN pg_catalog.sqrt(s.low) * pg_catalog.sqrt(s.high)
				WHEN y = 7 THEN s.low / 2::float8 + s.high / 2::float8 END, '9.99EEEE'), 10)
			AS label, pg_catalog.rtrim(pg_catalog.string_agg(COALESCE(c.mark, ' '), '' ORDER BY x)) AS line
		FROM scale s, pg_catalog.generate_series(0, 14) y CROSS JOIN pg_catalog.generate_series(0, 59) x
			LEFT JOIN cells c USING (x, y)
		WHERE s.low IS NOT NULL
		GROUP BY y, s.low, s.high, s.logarithmic
	)
	SELECT COALESCE((
	SELECT pg_catalog.string_agg(COALESCE(l.label, '          ') || ' |' || l.line, E'\n' ORDER BY l.y DESC)
		|| E'\n           +' || pg_catalog.repeat('-', 60) || E'\n            '
		|| pg_catalog.rpad('epoch 1', 60 - pg_catalog.length(s.length::text)) || s.length::text
		|| E'\n            loss: * training'
		|| CASE WHEN s.validation_curve IS NULL THEN '' ELSE ', o held-out rows' END
		|| CASE WHEN c.logarithmic THEN ', logarithmic' ELSE '' END
	FROM lines l, scale c, stored s
	GROUP BY s.length, s.validation_curve, c.logarithmic),
		-- which says what is wrong where there is no such version
		NULLIF(pg_catalog.left(nn_export(model, nn_plot.version, false)::text, 0), ''));
END;

COMMENT ON FUNCTION nn_plot IS
	'the learning curves of a version of a model (NULL: the active one) drawn in characters, 72 columns wide, for psql -At';

CREATE FUNCTION nn_to_sql(model regclass, function text DEFAULT NULL, classify bool DEFAULT false, version int DEFAULT NULL)
RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET extra_float_digits = 1 -- numbers with all the digits they have
BEGIN ATOMIC
	-- Each layer is a SELECT over the one before it, kept apart by OFFSET 0: the planner would otherwise
	-- write every neuron out wherever it is used. The innermost makes the inputs: x of numbers, c of categories.
	WITH RECURSIVE stored AS MATERIALIZED (
		SELECT v.* FROM nn_versions(model) v
		WHERE CASE WHEN nn_to_sql.version IS NULL THEN v.active ELSE v.version = nn_to_sql.version END
	), features AS MATERIALIZED (
		SELECT f.*, pg_catalog.quote_ident(f.feature) AS name, COALESCE(NULLIF(t.typbasetype, 0::oid), t.oid) AS base
		FROM nn_features(model, nn_to_sql.version) WITH ORDINALITY f (feature, type, kind, first_input, inputs,
				mean, scale, categories, shares, missing, missing_input, place)
			LEFT JOIN pg_catalog.pg_type t ON t.oid = pg_catalog.to_regtype(f.type)::oid
	), weights AS MATERIALIZED (
		SELECT * FROM nn_weights(model, nn_to_sql.version)
	), layers AS MATERIALIZED (
		SELECT l.layer, l.outputs, l.activation FROM nn_layers(model, nn_to_sql.version) l
	), numbers AS (
		-- a feature that is no category, as a number or an array of numbers
		SELECT f.*, CASE f.kind
			WHEN 'boolean' THEN f.name || '::int'
			WHEN 'array' THEN '(' || f.name || CASE WHEN f.type LIKE '%[]' THEN '::float8[])' ELSE '::real[])' END
			WHEN 'time' THEN 'extract(epoch FROM ' || f.name || ')'
				-- which counts from 1970 where pgnn counts from 2000
				|| CASE WHEN f.base IN ('date'::regtype::oid, 'timestamp'::regtype::oid, 'timestamptz'::regtype::oid) THEN ' - 946684800' ELSE '' END
			ELSE f.name || '::float8' END AS number
		FROM features f WHERE f.kind <> 'category'
	), inputs AS (
		SELECT f.first_input + e.i - 1 AS input, pg_catalog.format('COALESCE((%s - %s) / %s, 0) AS x%s',
			CASE f.kind WHEN 'array' THEN f.number || '[' || e.i::text || ']' ELSE f.number END,
			e.mean, e.scale, f.first_input + e.i - 1) AS text
		FROM numbers f, ROWS FROM (pg_catalog.unnest(f.mean), pg_catalog.unnest(f.scale)) WITH ORDINALITY AS e (mean, scale, i)
		UNION ALL
		SELECT f.first_input + f.inputs - 1, pg_catalog.format('(%s)::int AS x%s', f.name || ' IS NULL'
			|| CASE f.kind WHEN 'array' THEN ' OR array_position(' || f.number || ', NULL) IS NOT NULL' ELSE '' END,
			f.first_input + f.inputs - 1)
		FROM numbers f WHERE f.missing_input
		UNION ALL
		SELECT f.first_input, pg_catalog.format('CASE WHEN %s IS NULL THEN %s ELSE array_position(ARRAY[%s]::text[], %s::text COLLATE "C") END AS c%s',
			f.name, CASE WHEN f.missing_input THEN f.inputs::text ELSE 'NULL' END,
			(SELECT pg_catalog.string_agg(pg_catalog.quote_literal(c), ', ' ORDER BY i) FROM pg_catalog.unnest(f.categories) WITH ORDINALITY u (c, i)),
			f.name, f.first_input)
		FROM features f WHERE f.kind = 'category' AND f.inputs > 0
	), terms AS (
		SELECT w.layer, w.neuron, w.input AS place, pg_catalog.format('%s*h%s', w.weight, w.input) AS term
		FROM weights w WHERE w.layer > 1 AND w.input > 0 AND w.weight <> 0::real
		UNION ALL
		SELECT w.layer, w.neuron, w.input, pg_catalog.format('%s*x%s', w.weight, w.input)
		FROM weights w, numbers f
		WHERE w.layer = 1 AND w.input BETWEEN f.first_input AND f.first_input + f.inputs - 1 AND w.weight <> 0::real
		UNION ALL
		SELECT w.layer, w.neuron, f.first_input, pg_catalog.format('COALESCE((%L::float8[])[c%s], 0)',
			'{' || pg_catalog.string_agg(w.weight::text, ',' ORDER BY w.input) || '}', f.first_input)
		FROM weights w, features f
		WHERE w.layer = 1 AND w.input BETWEEN f.first_input AND f.first_input + f.inputs - 1 AND f.kind = 'category'
		GROUP BY w.layer, w.neuron, f.first_input
	), lines AS (
		-- in parentheses, so that long sums don't nest deeply
		SELECT layer, neuron, line, '(' || pg_catalog.string_agg(term, ' + ' ORDER BY place) || ')' AS text
		FROM (SELECT t.*, (pg_catalog.row_number() OVER (PARTITION BY layer, neuron ORDER BY place) - 1) / 8 AS line FROM terms t) t
		GROUP BY layer, neuron, line
	), neurons AS (
		SELECT w.layer, w.neuron, pg_catalog.string_agg(l.text, E'\n  + ' ORDER BY l.line) AS sum, w.weight AS bias
		FROM weights w LEFT JOIN lines l USING (layer, neuron) WHERE w.input = 0
		GROUP BY w.layer, w.neuron, w.weight
	), sums AS (
		SELECT layer, pg_catalog.string_agg(pg_catalog.format('%s::float8%s AS z%s', bias, E'\n  + ' || sum, neuron), E',\n ' ORDER BY neuron) AS text
		FROM neurons GROUP BY layer
	), nest (layer, text) AS (
		SELECT 0, E'SELECT\n ' || (SELECT pg_catalog.string_agg(i.text, E',\n ' ORDER BY i.input) FROM inputs i) || E'\nOFFSET 0'
		UNION ALL
		SELECT l.layer, pg_catalog.format(E'SELECT\n %s\nFROM (%s) AS l%s OFFSET 0', s.text,
			CASE WHEN l.layer = 1 THEN n.text ELSE pg_catalog.format(E'SELECT\n %s\nFROM (%s) AS a%s OFFSET 0', (
				SELECT pg_catalog.string_agg(pg_catalog.replace(CASE b.activation
					WHEN 'relu' THEN 'GREATEST(0, #)'
					WHEN 'leaky_relu' THEN 'GREATEST(#, 0.01 * #)'
					WHEN 'elu' THEN 'CASE WHEN # > 0 THEN # ELSE exp(GREATEST(#, -80)) - 1 END'
					-- the normal distribution by formula 26.2.17 of Abramowitz and Stegun, to 7.5e-8
					WHEN 'gelu' THEN '# * abs((# > 0)::int - 0.3989422804 * exp(-LEAST(#*#/2, 80))'
						|| ' * ((((1.330274429 / (1 + 0.2316419*abs(#)) - 1.821255978) / (1 + 0.2316419*abs(#)) + 1.781477937)'
						|| ' / (1 + 0.2316419*abs(#)) - 0.356563782) / (1 + 0.2316419*abs(#)) + 0.319381530) / (1 + 0.2316419*abs(#)))'
					WHEN 'silu' THEN '# / (1 + exp(GREATEST(LEAST(-#, 80), -80)))'
					WHEN 'softplus' THEN 'GREATEST(#, 0) + ln(1 + exp(-LEAST(abs(#), 80)))'
					WHEN 'tanh' THEN 'tanh(#)'
					WHEN 'sigmoid' THEN '1 / (1 + exp(GREATEST(LEAST(-#, 80), -80)))'
					WHEN 'identity' THEN '#' END, '#', 'z' || j::text) || ' AS h' || j::text, E',\n ' ORDER BY j)
				FROM pg_catalog.generate_series(1, b.outputs) j), n.text, l.layer) END, l.layer)
		FROM nest n JOIN layers l ON l.layer = n.layer + 1 JOIN sums s ON s.layer = l.layer
			LEFT JOIN layers b ON b.layer = n.layer
	), answer AS (
		SELECT CASE
			WHEN s.classes IS NULL THEN (
				SELECT CASE WHEN pg_catalog.count(*) = 1 THEN pg_catalog.max(o.text)
					ELSE 'ARRAY[' || pg_catalog.string_agg(o.text, ', ' ORDER BY o.j) || ']' END
				FROM (SELECT j, pg_catalog.format('%s + %s * %s', m, c, CASE l.activation
						WHEN 'exponential' THEN 'exp(GREATEST(LEAST(z' || j::text || ', 700), -700))' ELSE 'z' || j::text END) AS text
					FROM ROWS FROM (pg_catalog.unnest(s.target_mean), pg_catalog.unnest(s.target_scale)) WITH ORDINALITY AS t (m, c, j)) o)
			WHEN pg_catalog.cardinality(s.classes) = 2 AND classify
				THEN pg_catalog.format('CASE WHEN z1 > 0 THEN %L ELSE %L END', s.classes[2], s.classes[1])
			WHEN pg_catalog.cardinality(s.classes) = 2 THEN '1 / (1 + exp(GREATEST(LEAST(-z1, 80), -80)))'
			WHEN classify THEN (
				SELECT 'CASE ' || pg_catalog.string_agg(pg_catalog.format('WHEN z%s = %s THEN %L', j, t.top, c), ' ' ORDER BY j) || ' END'
				FROM pg_catalog.unnest(s.classes) WITH ORDINALITY u (c, j))
			ELSE (
				SELECT 'ARRAY[' || pg_catalog.string_agg(pg_catalog.format('e%s / (%s)', j, (
					SELECT pg_catalog.string_agg('e' || k::text, ' + ') FROM pg_catalog.generate_series(1, l.outputs) k)), ', ' ORDER BY j) || ']'
				FROM pg_catalog.generate_series(1, l.outputs) j) END AS text,
			-- of more than two classes the exponentials, which can't overflow
			CASE WHEN pg_catalog.cardinality(s.classes) > 2 AND NOT classify THEN pg_catalog.format(E'(SELECT\n %s\nFROM (%s) AS o OFFSET 0)', (
					SELECT pg_catalog.string_agg(pg_catalog.format('exp(GREATEST(z%s - %s, -80)) AS e%s', j, t.top, j), E',\n ' ORDER BY j)
					FROM pg_catalog.generate_series(1, l.outputs) j), n.text)
				ELSE '(' || n.text || ')' END AS source
		FROM stored s JOIN layers l ON l.layer = pg_catalog.cardinality(s.layer_sizes) - 1 JOIN nest n ON n.layer = l.layer,
			LATERAL (SELECT 'GREATEST(' || pg_catalog.string_agg('z' || j::text, ', ' ORDER BY j) || ')' AS top FROM pg_catalog.generate_series(1, l.outputs) j) t
	), expression AS (
		SELECT CASE WHEN s.options ->> 'missing'::text IN ('skip', 'error') THEN 'CASE WHEN ' || (
				SELECT pg_catalog.string_agg(f.name || ' IS NULL' || CASE f.kind WHEN 'array' THEN ' OR array_position(' || n.number || ', NULL) IS NOT NULL' ELSE '' END, ' OR ' ORDER BY f.place)
				FROM features f LEFT JOIN numbers n USING (place)) || E' THEN NULL ELSE\n%s END' ELSE '%s' END AS frame,
			pg_catalog.format(E'(SELECT %s\nFROM %s AS p)', a.text, a.source) AS text
		FROM stored s, answer a
	)
	SELECT COALESCE((
		SELECT CASE WHEN function IS NULL THEN pg_catalog.replace(e.frame, '%s', e.text)
		ELSE pg_catalog.format(E'CREATE FUNCTION %s(%s)\nRETURNS %s LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L;',
			(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(part), '.' ORDER BY i) FROM pg_catalog.unnest(pg_catalog.parse_ident(function)) WITH ORDINALITY u (part, i)),
			(SELECT pg_catalog.string_agg(f.name || ' ' || CASE f.kind WHEN 'number' THEN 'float8' WHEN 'boolean' THEN 'boolean'
				WHEN 'array' THEN 'float8[]' WHEN 'time' THEN pg_catalog.format_type(f.base, NULL) ELSE 'text' END, ', ' ORDER BY f.place) FROM features f),
			CASE WHEN classify THEN 'text' WHEN e.text LIKE '(SELECT ARRAY[%' THEN 'float8[]' ELSE 'float8' END,
			E'\nSELECT ' || pg_catalog.replace(e.frame, '%s', e.text)) END
		FROM expression e),
		-- which says what is wrong where there is none
		(SELECT pg_catalog.string_agg(l.activation, '') FROM nn_layers(model, nn_to_sql.version) l));
END;

COMMENT ON FUNCTION nn_to_sql IS
	'the prediction of a version of a model (NULL: the active one) as SQL for servers without pgnn: an expression over columns of the features'' names, which gives what nn_predict does, or nn_outputs of several numbers or classes, or with classify what nn_classify does; with function, CREATE FUNCTION of that name';

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

CREATE FUNCTION nn_importance(
	model   regclass,
	query   text,
	metric  text DEFAULT NULL,
	repeats int  DEFAULT 5,
	seed    int  DEFAULT 42,
	weight  text DEFAULT NULL,
	version int  DEFAULT NULL
)
RETURNS TABLE (
	feature    text,
	importance float8,
	deviation  float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 20 COST 1000000;

COMMENT ON FUNCTION nn_importance IS
	'how much worse a model predicts the rows of a query when the values of one column are dealt out anew among them: the mean over repeats, in units of a metric of nn_evaluate (NULL: r2, accuracy or, of quantiles, pinball), and its standard deviation, the most important first; the same seed gives the same; other arguments as of nn_evaluate';

CREATE FUNCTION nn_partial_dependence(
	model   regclass,
	query   text,
	feature text,
	points  int  DEFAULT 20,
	weight  text DEFAULT NULL,
	version int  DEFAULT NULL
)
RETURNS TABLE (
	value      text,
	number     float8,
	output     text,
	prediction float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 20 COST 1000000;

COMMENT ON FUNCTION nn_partial_dependence IS
	'what a model predicts in the mean of the rows of a query if one feature has the same value in all of them, for each category, or for at most points quantiles of a number or time: value as text (NULL: missing) and as number (times: in seconds); output: the class whose probability it is, the target, or its element or quantile';

CREATE FUNCTION nn_explain(model regclass, VARIADIC features "any")
RETURNS TABLE (
	output       text,
	feature      text,
	value        text,
	contribution float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 20 COST 10000;

COMMENT ON FUNCTION nn_explain IS
	'what each feature adds to one prediction (integrated gradients): the row (baseline) is what the model says of the mean of its training rows, and together with the contributions of all features adds up to the prediction; each may be off by a thousandth of the sum of their absolute values; of two classes to the probability of the second, of more to that of the most probable; output: that class, or which of several numbers, from 1; no rows where there is no prediction; features as for nn_predict';

CREATE FUNCTION nn_explain_class(model regclass, class text, VARIADIC features "any")
RETURNS TABLE (
	output       text,
	feature      text,
	value        text,
	contribution float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 20 COST 10000;

COMMENT ON FUNCTION nn_explain_class IS
	'as nn_explain, of the probability of any class';

-- ---- choosing options ----

CREATE FUNCTION nn_cross_validate(
	query         text,
	target        text,
	folds         int    DEFAULT 5,
	groups        text   DEFAULT NULL,
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
	seed          int    DEFAULT 42
)
RETURNS TABLE (
	fold      text,
	rows      bigint,
	test_rows bigint,
	epochs    int,
	score     float8,
	baseline  float8,
	metrics   jsonb,
	seconds   float8
)
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 7 COST 1000000;

COMMENT ON FUNCTION nn_cross_validate IS
	'how well nn_train would do with these options: trains as often as there are folds, each time without the rows of one fold, and tests on those; a row for each fold, then their mean and their standard deviation; the fold of a row follows from its content, or from that of the column groups, which then is no feature; metrics: all of nn_evaluate; max_seconds is that of each training; no model is stored';

CREATE FUNCTION nn_tune(
	model         text,
	query         text,
	target        text,
	space         jsonb  DEFAULT NULL,
	trials        int    DEFAULT 20,
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
	seed          int    DEFAULT 42,
	activate      text   DEFAULT 'always',
	keep          int    DEFAULT 5
)
RETURNS TABLE (
	trial           int,
	options         jsonb,
	epochs          int,
	validation_loss float8,
	score           float8,
	seconds         float8,
	stop_reason     text,
	best            bool,
	version         int
)
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 20 COST 1000000;

COMMENT ON FUNCTION nn_tune IS
	'tries options of nn_train drawn at random (by seed) from space, an object with a list of values, or {"min": 0.001, "max": 0.1, "log": true}, for each option (NULL: hidden, learning_rate, l2 and dropout); most trials get few epochs, the best third of them three times as many, and so on (successive halving); they are compared by the loss or, with stop_on => score, the score of the same held-out rows; the best is trained by nn_train and stored as the next version of model; max_seconds: for all trials together';

-- ---- reports ----

CREATE FUNCTION nn_report_page(data jsonb)
RETURNS text
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT IMMUTABLE PARALLEL SAFE;

COMMENT ON FUNCTION nn_report_page IS 'the page of nn_report, from what it has gathered';

CREATE FUNCTION nn_report(model regclass, query text DEFAULT NULL, weight text DEFAULT NULL, version int DEFAULT NULL)
RETURNS text
LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT COALESCE((
	SELECT nn_report_page((pg_catalog.to_jsonb(v) - '{active,parameters,optimizer_state,target_mean,target_scale}'::text[])
		|| pg_catalog.jsonb_build_object(
			'model', model, 'parameters', pg_catalog.cardinality(v.parameters),
			'evaluated', nn_report.query, 'made_at', pg_catalog.statement_timestamp())
		|| CASE WHEN nn_report.query IS NULL THEN '{}' ELSE pg_catalog.jsonb_build_object(
			'metrics', (SELECT pg_catalog.jsonb_agg(r) FROM nn_evaluate(model, nn_report.query, nn_report.weight, v.version) r)) END
		|| CASE WHEN nn_report.query IS NULL THEN '{}' ELSE pg_catalog.jsonb_build_object(
			'importance', (SELECT pg_catalog.jsonb_agg(r) FROM nn_importance(model, nn_report.query, NULL, 5, 42, nn_report.weight, v.version) r)) END
		|| CASE WHEN nn_report.query IS NULL OR v.task <> 'classification' THEN '{}' ELSE pg_catalog.jsonb_build_object(
			'confusion', (SELECT pg_catalog.jsonb_agg(r) FROM nn_confusion_matrix(model, nn_report.query, nn_report.weight, v.version) r),
			'roc', (SELECT pg_catalog.jsonb_agg(r) FROM nn_roc(model, nn_report.query, NULL, 100, nn_report.weight, v.version) r),
			'calibration', (SELECT pg_catalog.jsonb_agg(r) FROM nn_calibration(model, nn_report.query, NULL, 10, nn_report.weight, v.version) r)) END
		|| CASE WHEN nn_report.query IS NULL OR v.task = 'classification' OR v.options ->> 'loss'::text = 'quantile' THEN '{}'
			ELSE pg_catalog.jsonb_build_object(
			'residuals', (SELECT pg_catalog.jsonb_agg(r) FROM nn_residuals(model, nn_report.query, 20, nn_report.weight, v.version) r)) END
		|| CASE WHEN nn_report.query IS NULL OR v.options ->> 'loss'::text IS DISTINCT FROM 'quantile' THEN '{}'
			ELSE pg_catalog.jsonb_build_object(
			'calibration', (SELECT pg_catalog.jsonb_agg(r) FROM nn_calibration(model, nn_report.query, NULL, 10, nn_report.weight, v.version) r)) END)
	FROM nn_versions(model) v
	WHERE CASE WHEN nn_report.version IS NULL THEN v.active ELSE v.version = nn_report.version END),
		-- which says what is wrong where there is no such version
		nn_export(model, nn_report.version, false)::text);
END;

COMMENT ON FUNCTION nn_report IS
	'a version of a model (NULL: the active one) as one HTML page that needs nothing else: its network, options and learning curves, and with a query (or the name of a table or view) that has its features and its target also how well it predicts those rows and how much each feature matters; weight as of nn_evaluate';
