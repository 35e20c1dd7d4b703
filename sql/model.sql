-- An epoch or two are enough here, without the warnings that they teach little: those are in stopping.sql.
SET client_min_messages = error;
CREATE TABLE points AS SELECT (i % 7)::float8 AS x, (i % 5)::float8 AS z, 2 * (i % 7) - (i % 5) AS y FROM generate_series(1, 70) i;
CREATE TABLE plain (a int);
CREATE VIEW a_view AS SELECT 1 AS a;
CREATE SEQUENCE a_sequence;
CREATE INDEX an_index ON plain (a);
CREATE MATERIALIZED VIEW a_matview AS SELECT 1 AS a;
CREATE TABLE parted (a int) PARTITION BY LIST (a);
CREATE TYPE a_type AS ENUM ('x');
CREATE SEQUENCE reads;

-- names that can't be a model's
SELECT * FROM nn_train(NULL, 'points', 'y');
SELECT * FROM nn_train('', 'points', 'y');
SELECT * FROM nn_train('a.', 'points', 'y');
SELECT * FROM nn_train('a b', 'points', 'y');
SELECT * FROM nn_train('"open', 'points', 'y');
SELECT * FROM nn_train('a.b.c', 'points', 'y');
SELECT * FROM nn_train('a.b.c.d', 'points', 'y');
SELECT * FROM nn_train('no_such_schema.m', 'points', 'y');
SELECT * FROM nn_train('pg_catalog.m', 'points', 'y');
SELECT * FROM nn_train('plain', 'points', 'y');
SELECT * FROM nn_train('points', 'points', 'y');
SELECT * FROM nn_train('a_view', 'points', 'y');
SELECT * FROM nn_train('a_matview', 'points', 'y');
SELECT * FROM nn_train('a_sequence', 'points', 'y');
SELECT * FROM nn_train('an_index', 'points', 'y');
SELECT * FROM nn_train('parted', 'points', 'y');
SELECT * FROM nn_train('a_type', 'points', 'y');
BEGIN;
SET LOCAL search_path = '';
SELECT * FROM public.nn_train('m', 'public.points', 'y');
ROLLBACK;

-- they are refused before a row is read
SELECT * FROM nn_train('plain', 'SELECT x, y + nextval(''reads'') AS y FROM points', 'y');
BEGIN READ ONLY;
SELECT * FROM nn_train('m', 'SELECT x, y + nextval(''reads'') AS y FROM points', 'y');
ROLLBACK;
SELECT is_called FROM reads;

-- the table of a model
SELECT version, task, rows, rows_skipped, inputs, parameters, epochs, stop_reason,
	loss > 0 AS loss, validation_loss > 0 AS validation_loss, score < 1 AS score, abs(round(baseline)) AS baseline, seconds >= 0 AS seconds,
	activated, champion, champion_score
	FROM nn_train('m', 'points', 'y', hidden => '{3}', epochs => 2);
SELECT reloftype::regtype, relkind, relpersistence FROM pg_class WHERE oid = 'm'::regclass;
SELECT indexdef FROM pg_indexes WHERE tablename = 'm' ORDER BY indexname;
SELECT version, active, trained_by = current_user AS by_me, trained_at BETWEEN now() - interval '1 hour' AND now() AS just_now,
	task, target, query, classes, layer_sizes, activations, cardinality(parameters) AS parameters,
	cardinality(target_mean) AS means, cardinality(target_scale) AS scales, rows, rows_skipped, epochs,
	cardinality(loss_curve) AS losses, cardinality(validation_curve) AS validation_losses, cardinality(rate_curve) AS rates, stop_reason, seconds > 0 AS seconds, format,
	started_from, total_epochs, updates, cardinality(optimizer_state) AS optimizer_state
	FROM m \gx
SELECT seconds, reading_seconds, training_seconds, storing_seconds FROM nn_train('timed', 'points', 'y', hidden => '{3}', epochs => 2) \gset
SELECT :reading_seconds > 0 AS reading, :training_seconds > 0 AS training, :storing_seconds > 0 AS storing,
	:reading_seconds + :training_seconds + :storing_seconds <= :seconds AS parts_of_the_whole,
	(seconds, reading_seconds, training_seconds, storing_seconds) = (:seconds, :reading_seconds, :training_seconds, :storing_seconds) AS stored
	FROM timed;
DROP TABLE timed;
INSERT INTO m SELECT (m).* FROM m;
INSERT INTO m (version, active) VALUES (2, true);
INSERT INTO m (version) VALUES (NULL);
ALTER TABLE m ADD COLUMN note text;

-- versions
SELECT version FROM nn_train('m', 'SELECT x, z, y + 1000 AS y FROM points', 'y', hidden => '{3}', epochs => 2);
SELECT version, active, query FROM m ORDER BY version;
SELECT nn_predict('m', 1, 1) > 500 AS second;
SELECT version, activated FROM nn_train('m', 'points', 'y', hidden => '{3}', epochs => 2, activate => 'never');
SELECT version, active FROM m ORDER BY version;
SELECT nn_activate('m', 4);
SELECT nn_activate('m', 0);
SELECT nn_activate('plain', 1);
SELECT nn_activate('no_such_model', 1);
SELECT nn_activate('a_view', 1);
SELECT nn_activate(NULL, 1);
SELECT nn_activate('m', NULL);
BEGIN READ ONLY;
SELECT nn_activate('m', 1);
ROLLBACK;
SELECT nn_activate('m', 1);
SELECT nn_activate('m', 1);
SELECT version, active FROM m ORDER BY version;
SELECT nn_predict('m', 1, 1) > 500 AS second;
BEGIN;
SELECT nn_activate('m', 2);
SELECT nn_predict('m', 1, 1) > 500 AS second;
ROLLBACK;
SELECT nn_predict('m', 1, 1) > 500 AS second;

-- keep: so many beside the active one, the latest
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{3}', epochs => 1, activate => 'never', keep => 2);
SELECT version, active FROM m ORDER BY version;
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{3}', epochs => 1, keep => 1);
SELECT version, active FROM m ORDER BY version;
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{3}', epochs => 1, activate => 'never', keep => 0);
SELECT version, active FROM m ORDER BY version;
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{3}', epochs => 1, keep => 0);
SELECT version, active FROM m ORDER BY version;

-- nothing is left of what is rolled back
CREATE TABLE before AS SELECT md5(m::text) FROM m;
BEGIN;
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{3}', epochs => 1, keep => 0);
SELECT version FROM nn_train('m2', 'points', 'y', hidden => '{3}', epochs => 1);
ROLLBACK;
SELECT (SELECT md5(m::text) FROM m) = (TABLE before) AS same, to_regclass('m2') AS m2;
BEGIN;
SAVEPOINT s;
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{3}', epochs => 1);
ROLLBACK TO s;
SELECT version FROM nn_train('m2', 'points', 'y', hidden => '{3}', epochs => 1);
COMMIT;
SELECT (SELECT md5(m::text) FROM m) = (TABLE before) AS same, to_regclass('m2') AS m2;
BEGIN;
SELECT version FROM nn_train('m2', 'points', 'y', hidden => '{3}', epochs => 1);
SELECT 1 / 0;
COMMIT;
SELECT version, active FROM m2;
SELECT * FROM nn_train('m3', 'SELECT x, 1 / (x - 3) AS z, y FROM points', 'y');
SELECT to_regclass('m3') AS m3;
DROP TABLE m2, before;

-- a temporary model hides a permanent one
SELECT version FROM nn_train('pg_temp.m', 'SELECT x, z, y + 1000 AS y FROM points', 'y', hidden => '{3}', epochs => 1);
SELECT relpersistence FROM pg_class WHERE oid = 'm'::regclass;
SELECT nn_predict('m', 1, 1) > 500 AS temporary, nn_predict('public.m', 1, 1) > 500 AS permanent;
SELECT version FROM nn_train('m', 'SELECT x, z, y + 1000 AS y FROM points', 'y', hidden => '{3}', epochs => 1);
SELECT count(*) FROM nn_models;
DROP TABLE m;
SELECT nn_predict('m', 1, 1) > 500 AS temporary;

-- names of all kinds, and what ALTER TABLE does to them
CREATE SCHEMA "A ""schema""";
SELECT version FROM nn_train('"A ""schema""".";drop table points; --"', 'points', 'y', hidden => '{3}', epochs => 1);
SELECT version FROM nn_train('"A ""schema""".";drop table points; --"', 'points', 'y', hidden => '{3}', epochs => 1);
SELECT nn_activate('"A ""schema""".";drop table points; --"', 1);
SELECT nn_activate('"A ""schema""".";drop table points; --"', 3);
SELECT version FROM nn_train(U&'"caf\00e9 \732b"', 'points', 'y', hidden => '{3}', epochs => 1);
SELECT version FROM nn_train(U&'"caf\00e9 \732b"'::text, 'points', 'y', hidden => '{3}', epochs => 1);
SELECT version FROM nn_train('MixedCase', 'points', 'y', hidden => '{3}', epochs => 1);
SELECT version FROM nn_train('"MixedCase"', 'points', 'y', hidden => '{3}', epochs => 1);
SELECT version FROM nn_train('"select"', 'points', 'y', hidden => '{3}', epochs => 1);
SELECT version FROM nn_train(repeat('x', 63), 'points', 'y', hidden => '{3}', epochs => 1);
SELECT version FROM nn_train(repeat('x', 63), 'points', 'y', hidden => '{3}', epochs => 1);
SELECT model, version, task, target, layer_sizes, rows, owner = current_user AS mine, trained_at <= now() AS trained FROM nn_models ORDER BY model::text COLLATE "C";
ALTER TABLE mixedcase RENAME TO lower_case;
ALTER TABLE "MixedCase" SET SCHEMA "A ""schema""";
SELECT nn_predict('lower_case', 1, 1) = nn_predict('"A ""schema"""."MixedCase"', 1, 1) AS same;
SELECT nn_predict('mixedcase', 1, 1);
SELECT version FROM nn_train('lower_case', 'points', 'y', hidden => '{3}', epochs => 1);
DROP SCHEMA "A ""schema""" CASCADE;
SELECT format('DROP TABLE %s', model) FROM nn_models WHERE model <> 'm'::regclass ORDER BY model::text COLLATE "C" \gexec
SELECT model FROM nn_models;

-- looking into a model
SELECT version FROM nn_train('m', 'SELECT x, z, CASE WHEN x > 1 THEN z END AS n, CASE WHEN x < 3 THEN ''lo'' ELSE ''hi'' END AS t, ARRAY[x, z] AS a, x > 4 AS y FROM points',
	'y', hidden => '{4,3}', activation => '{tanh,relu}', epochs => 3, keep => 0);
SELECT layer, inputs, outputs, activation, array_dims(weights) AS weights, array_dims(biases) AS biases FROM nn_layers('m');
SELECT layer, count(*), min(neuron), max(neuron), min(input), max(input) FROM nn_weights('m') GROUP BY layer ORDER BY layer;
SELECT (SELECT array_agg(weight ORDER BY layer, input = 0, neuron, input) FROM nn_weights('m')) = parameters AS same FROM m;
SELECT bool_and(w.weight = CASE w.input WHEN 0 THEN l.biases[w.neuron] ELSE l.weights[w.neuron][w.input] END) AS same
	FROM nn_weights('m') w JOIN nn_layers('m') l USING (layer);
SELECT feature, type, kind, first_input, inputs, cardinality(mean) AS means, cardinality(scale) AS scales, categories, missing, missing_input FROM nn_features('m');
SELECT epoch, loss > 0 AS loss, validation_loss > 0 AS validation_loss, learning_rate FROM nn_history('m');
SELECT bool_and(h.loss = m.loss_curve[epoch] AND h.validation_loss = m.validation_curve[epoch] AND h.learning_rate = m.rate_curve[epoch]) AS same FROM nn_history('m') h, m WHERE active;
SELECT count(*) FROM nn_versions('m');
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{}', epochs => 1, validation => 0);
SELECT epoch, loss > 0 AS loss, validation_loss FROM nn_history('m');
SELECT round(f.mean[1]::numeric, 6) = round(avg(x)::numeric, 6) AS mean, round(f.scale[1]::numeric, 6) = round(stddev_pop(x)::numeric, 6) AS scale
	FROM nn_features('m') f, points WHERE feature = 'x' GROUP BY f.mean, f.scale;

-- the network by hand, from what nn_features and nn_weights show
SELECT score > 0.5 AS score FROM nn_train('m', 'points', 'y', hidden => '{6,5}', epochs => 100);
WITH RECURSIVE rows AS (
	SELECT row_number() OVER () AS number, p.x, p.z, nn_predict('m', p) AS prediction FROM (SELECT DISTINCT x, z FROM points) p
), inputs AS (
	SELECT number, first_input AS input, ((CASE feature WHEN 'x' THEN x ELSE z END - mean[1]) / scale[1])::float8 AS value
	FROM rows, nn_features('m')
	UNION ALL SELECT number, 0, 1 FROM rows
), hidden1 AS (
	SELECT number, neuron AS input, greatest(sum(weight::float8 * value), 0) AS value FROM inputs JOIN nn_weights('m') USING (input) WHERE layer = 1 GROUP BY 1, 2
	UNION ALL SELECT number, 0, 1 FROM rows
), hidden2 AS (
	SELECT number, neuron AS input, greatest(sum(weight::float8 * value), 0) AS value FROM hidden1 JOIN nn_weights('m') USING (input) WHERE layer = 2 GROUP BY 1, 2
	UNION ALL SELECT number, 0, 1 FROM rows
), outputs AS (
	SELECT number, sum(weight::float8 * value) AS value FROM hidden2 JOIN nn_weights('m') USING (input) WHERE layer = 3 GROUP BY 1
)
SELECT count(*), max(abs(target_mean[1] + target_scale[1] * value - prediction)) < 1e-5 AS same
	FROM rows JOIN outputs USING (number), m WHERE active GROUP BY target_mean, target_scale;

-- what is no model
SELECT * FROM nn_layers('plain');
SELECT * FROM nn_weights('a_view');
SELECT * FROM nn_features('points');
SELECT * FROM nn_history('a_sequence');
SELECT * FROM nn_versions('an_index');
SELECT * FROM nn_versions('no_such_model');
SELECT * FROM nn_layers(0);
SELECT nn_predict(0::regclass, 1);
SELECT nn_predict('plain', 1);
SELECT * FROM nn_layers(NULL);
SELECT * FROM nn_weights(NULL);
SELECT * FROM nn_features(NULL);
SELECT * FROM nn_history(NULL);
SELECT * FROM nn_versions(NULL);
ALTER TABLE m NOT OF;
SELECT nn_predict('m', 1, 1);
SELECT count(*) FROM nn_models;
ALTER TABLE m OF nn_model;
SELECT nn_predict('m', 1, 1) IS NOT NULL AS predicts;

-- no active version
UPDATE m SET active = false;
SELECT nn_predict('m', 1, 1);
SELECT * FROM nn_layers('m');
SELECT * FROM nn_features('m');
-- but any version can be looked into
SELECT version, (SELECT count(*) FROM nn_layers('m', v.version)) AS layers, (SELECT count(*) FROM nn_weights('m', v.version)) AS weights, (SELECT count(*) FROM nn_features('m', v.version)) AS features,
	(SELECT count(*) FROM nn_history('m', v.version)) = v.epochs AS epochs FROM nn_versions('m') v ORDER BY version;
SELECT * FROM nn_layers('m', 99);
SELECT * FROM nn_weights('m', 0);
SELECT * FROM nn_features('m', 99);
SELECT * FROM nn_history('m', 99);
SELECT model, owner = current_user AS mine, version FROM nn_models;
TRUNCATE m;
SELECT nn_predict('m', 1, 1);
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{3}', epochs => 1);

-- a trigger that takes the version away
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER t BEFORE INSERT ON m FOR EACH ROW EXECUTE FUNCTION nothing();
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{3}', epochs => 1);
DROP TRIGGER t ON m;
DROP FUNCTION nothing;

-- the extension and its models
CREATE SCHEMA elsewhere;
ALTER EXTENSION pgnn SET SCHEMA elsewhere;
SELECT elsewhere.nn_predict('m', 1, 1) IS NOT NULL AS predicts;
SELECT version FROM elsewhere.nn_train('m', 'points', 'y', hidden => '{3}', epochs => 1);
SELECT feature FROM elsewhere.nn_features('m');
SELECT model, version FROM elsewhere.nn_models;
ALTER EXTENSION pgnn SET SCHEMA public;
DROP SCHEMA elsewhere;
DROP EXTENSION pgnn;
DROP TABLE m;
DROP EXTENSION pgnn;
SELECT * FROM nn_models;
SELECT nn_predict('plain', 1);
SELECT proname FROM pg_proc WHERE proname LIKE 'nn\_%';
SELECT typname FROM pg_type WHERE typname ~ '^_?nn_';
SELECT relname FROM pg_class WHERE relname LIKE 'nn\_%';
BEGIN;
CREATE EXTENSION pgnn;
ROLLBACK;
CREATE EXTENSION pgnn;
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{3}', epochs => 1);
SELECT nn_predict('m', 1, 1) IS NOT NULL AS predicts;
-- a model that goes with the extension is back with it
BEGIN;
DROP EXTENSION pgnn CASCADE;
SELECT to_regclass('m') AS model;
ROLLBACK;
SELECT nn_predict('m', 1, 1) IS NOT NULL AS predicts;
DROP TABLE m, points, plain, parted;
DROP VIEW a_view;
DROP MATERIALIZED VIEW a_matview;
DROP SEQUENCE a_sequence, reads;
DROP TYPE a_type;
