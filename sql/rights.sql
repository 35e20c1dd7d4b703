-- Who may train, predict and look. Roles have no right but those granted here.
-- An epoch or two are enough here, without the warnings that they teach little: those are in stopping.sql.
SET client_min_messages = error;
CREATE ROLE regress_nn_owner;
CREATE ROLE regress_nn_reader;
CREATE ROLE regress_nn_trainer;
CREATE ROLE regress_nn_nobody;
CREATE SCHEMA ml;
GRANT USAGE, CREATE ON SCHEMA ml TO regress_nn_owner;
GRANT USAGE ON SCHEMA ml TO regress_nn_reader, regress_nn_trainer;
GRANT USAGE ON SCHEMA ml TO regress_nn_nobody;
CREATE TABLE ml.points AS SELECT (i % 7)::float8 AS x, 2 * (i % 7) AS y, i % 2 = 0 AS secret FROM generate_series(1, 60) i;
CREATE TABLE ml.hidden AS TABLE ml.points;
GRANT SELECT ON ml.points TO regress_nn_owner, regress_nn_trainer;

-- an ordinary role trains, predicts and drops
SET ROLE regress_nn_owner;
SELECT version FROM nn_train('ml.m', 'ml.points', 'y', hidden => '{2}', epochs => 1);
SELECT pg_get_userbyid(relowner) AS owner, trained_by FROM pg_class, ml.m WHERE oid = 'ml.m'::regclass;
SELECT nn_predict('ml.m', 1, true) IS NOT NULL AS predicts;
SELECT version FROM nn_train('ml.m', 'SELECT x, y, secret FROM ml.points', 'y', hidden => '{2}', epochs => 1);
SELECT nn_activate('ml.m', 1);
SELECT * FROM nn_train('public.m', 'ml.points', 'y', hidden => '{2}', epochs => 1);
SELECT * FROM nn_train('pg_catalog.m', 'ml.points', 'y', hidden => '{2}', epochs => 1);
SELECT * FROM nn_train('ml.m2', 'ml.hidden', 'y', hidden => '{2}', epochs => 1);
SELECT * FROM nn_train('ml.m2', 'SELECT p.x, h.y FROM ml.points p, ml.hidden h', 'y', hidden => '{2}', epochs => 1);
SELECT to_regclass('ml.m2') AS m2;

-- without rights: nothing
SET ROLE regress_nn_nobody;
SELECT nn_predict('ml.m', 1, true);
SELECT nn_classify('ml.m', 1, true);
SELECT nn_outputs('ml.m', 1, true);
SELECT nn_probability('ml.m', 'a', 1, true);
SELECT * FROM nn_layers('ml.m');
SELECT * FROM nn_weights('ml.m');
SELECT * FROM nn_features('ml.m');
SELECT * FROM nn_history('ml.m');
SELECT * FROM nn_versions('ml.m');
SELECT * FROM nn_models;
SELECT * FROM nn_train('ml.m', 'VALUES (1, 2), (2, 3)', 'column2', hidden => '{2}', epochs => 1);
SELECT * FROM nn_train('ml.m', 'VALUES (1, 2), (2, 3)', 'column2', warm_start => true);
SELECT * FROM nn_train('ml.m', 'VALUES (1, 2), (2, 3)', 'column2', activate => 'if_better');
SELECT * FROM nn_train('ml.mine', 'VALUES (1, 2), (2, 3)', 'column2', hidden => '{2}', epochs => 1);
SELECT * FROM nn_plan('ml.points', 'y');
SELECT rows FROM nn_plan('VALUES (1, 2), (2, 3)', 'column2');
SELECT nn_activate('ml.m', 1);
SELECT nn_export('ml.m');
SELECT nn_import('ml.m', '{}');
SELECT nn_plot('ml.m');
SELECT nn_to_sql('ml.m');
SELECT nn_report('ml.m');
SELECT nn_explain('ml.m', 1, true);
SELECT nn_predict_batch('ml.m', 1, true) OVER ();
SELECT nn_evaluate('ml.m', 'VALUES (1, 2), (2, 3)');
SELECT nn_importance('ml.m', 'VALUES (1, 2), (2, 3)');
SELECT nn_partial_dependence('ml.m', 'VALUES (1, 2), (2, 3)', 'x');
SELECT nn_cross_validate('ml.points', 'y');
SELECT nn_tune('ml.m', 'VALUES (1, 2), (2, 3)', 'column2');
DROP TABLE ml.m;

-- SELECT is for predicting and looking
RESET ROLE;
GRANT SELECT ON ml.m TO regress_nn_reader;
SET ROLE regress_nn_reader;
SELECT nn_predict('ml.m', 1, true) IS NOT NULL AS predicts, nn_outputs('ml.m', 1, true) IS NOT NULL AS outputs;
SELECT count(*) AS layers FROM nn_layers('ml.m');
SELECT count(*) AS weights FROM nn_weights('ml.m');
SELECT count(*) AS features FROM nn_features('ml.m');
SELECT count(*) AS epochs FROM nn_history('ml.m');
SELECT model, owner, version FROM nn_models;
SELECT * FROM nn_train('ml.m', 'VALUES (1, 2), (2, 3)', 'column2', hidden => '{2}', epochs => 1);
SELECT nn_activate('ml.m', 2);
UPDATE ml.m SET active = false;

-- of the training rows SELECT is enough to plan
RESET ROLE;
GRANT SELECT ON ml.points TO regress_nn_nobody;
GRANT SELECT (x) ON ml.hidden TO regress_nn_nobody;
SET ROLE regress_nn_nobody;
SELECT rows, inputs FROM nn_plan('ml.points', 'y');
SELECT rows, inputs FROM nn_plan('SELECT h.x, p.y FROM ml.hidden h JOIN ml.points p USING (x)', 'y');
SELECT rows, inputs FROM nn_plan('ml.hidden', 'y');
RESET ROLE;
REVOKE SELECT ON ml.points FROM regress_nn_nobody;

-- INSERT and UPDATE, too, are for training; DELETE for taking old versions away
RESET ROLE;
GRANT SELECT, INSERT ON ml.m TO regress_nn_trainer;
SET ROLE regress_nn_trainer;
SELECT * FROM nn_train('ml.m', 'ml.points', 'y', hidden => '{2}', epochs => 1);
RESET ROLE;
GRANT UPDATE ON ml.m TO regress_nn_trainer;
SET ROLE regress_nn_trainer;
SELECT version FROM nn_train('ml.m', 'ml.points', 'y', hidden => '{2}', epochs => 1, keep => 0);
SELECT version, active, trained_by FROM ml.m ORDER BY version;
SELECT nn_activate('ml.m', 1);
RESET ROLE;
GRANT DELETE ON ml.m TO regress_nn_trainer;
SET ROLE regress_nn_trainer;
SELECT version FROM nn_train('ml.m', 'ml.points', 'y', hidden => '{2}', epochs => 1, keep => 0);
SELECT version, active, trained_by FROM ml.m ORDER BY version;
-- the query runs with the rights of who trains
SELECT * FROM nn_train('ml.m', 'ml.hidden', 'y', hidden => '{2}', epochs => 1);
RESET ROLE;

-- a right on a schema is needed as well
REVOKE USAGE ON SCHEMA ml FROM regress_nn_reader;
SET ROLE regress_nn_reader;
SELECT nn_predict('ml.m', 1, true);
SELECT count(*) FROM nn_models;
RESET ROLE;
GRANT USAGE ON SCHEMA ml TO regress_nn_reader;

-- rows that the caller can't see are neither learnt nor counted
ALTER TABLE ml.points ENABLE ROW LEVEL SECURITY;
CREATE POLICY open ON ml.points FOR SELECT USING (NOT secret);
SET ROLE regress_nn_trainer;
SELECT rows FROM nn_train('ml.m', 'SELECT x, y FROM ml.points', 'y', hidden => '{2}', epochs => 1, keep => 0);
SELECT rows FROM nn_train('ml.m', 'ml.points', 'y', hidden => '{2}', epochs => 1, keep => 0);
SELECT rows FROM nn_train('ml.m', 'SELECT x, y FROM ml.points WHERE secret', 'y', hidden => '{2}', epochs => 1, keep => 0);
SELECT rows, rows_read FROM nn_plan('SELECT x, y FROM ml.points', 'y');
SELECT rows, rows_read FROM nn_plan('SELECT x, y FROM ml.points WHERE secret', 'y');
RESET ROLE;
SELECT rows, rows_read FROM nn_plan('SELECT x, y FROM ml.points', 'y');
SELECT rows FROM nn_train('ml.m', 'SELECT x, y FROM ml.points', 'y', hidden => '{2}', epochs => 1, keep => 0);

-- row security on the model itself: who sees no version has none
ALTER TABLE ml.m ENABLE ROW LEVEL SECURITY;
SET ROLE regress_nn_reader;
SELECT nn_predict('ml.m', 1);
SELECT model, version FROM nn_models;
SET ROLE regress_nn_trainer;
SELECT version FROM nn_train('ml.m', 'SELECT x, y FROM ml.points', 'y', warm_start => true, epochs => 1);
RESET ROLE;
SELECT nn_predict('ml.m', 1) IS NOT NULL AS predicts;
ALTER TABLE ml.m DISABLE ROW LEVEL SECURITY;

-- a function of the owner's predicts for those who may call it; a view for those who may read it
GRANT CREATE ON SCHEMA ml TO regress_nn_trainer;
SET ROLE regress_nn_trainer;
CREATE FUNCTION ml.ask(float8) RETURNS bool LANGUAGE sql SECURITY DEFINER AS 'SELECT nn_predict(''ml.m'', $1) IS NOT NULL';
CREATE FUNCTION ml.ask_invoker(float8) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN nn_predict(''ml.m'', $1) IS NOT NULL; END';
CREATE VIEW ml.answers AS SELECT nn_predict('ml.m', x) AS y FROM (VALUES (1)) v (x);
GRANT SELECT ON ml.answers TO regress_nn_nobody;
SET ROLE regress_nn_nobody;
SELECT ml.ask(1);
SELECT ml.ask_invoker(1);
SELECT * FROM ml.answers;
RESET ROLE;
-- what one role has loaded, another in the same transaction has not
BEGIN;
SELECT ml.ask_invoker(1);
SET LOCAL ROLE regress_nn_nobody;
SELECT ml.ask_invoker(1);
ROLLBACK;

-- no function runs with other rights than the caller's, none is closed, and what writes never runs in parallel
SELECT count(*) > 0 AS functions, bool_or(prosecdef) AS definer, bool_and(proparallel = 'u') FILTER (WHERE provolatile = 'v') AS unsafe,
	bool_and(has_function_privilege('regress_nn_nobody', p.oid, 'EXECUTE')) AS callable
	FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e' JOIN pg_extension e ON e.oid = refobjid WHERE extname = 'pgnn';

-- objects that stand before PostgreSQL's own change nothing
CREATE SCHEMA evil;
CREATE FUNCTION evil.boom() RETURNS void LANGUAGE plpgsql AS 'BEGIN RAISE ''the hostile object was used''; END';
CREATE FUNCTION evil.same(int, int) RETURNS bool LANGUAGE sql AS 'SELECT evil.boom(); SELECT true';
CREATE FUNCTION evil.less(int, int) RETURNS bool LANGUAGE sql AS 'SELECT evil.boom(); SELECT true';
CREATE FUNCTION evil.differ(int, int) RETURNS bool LANGUAGE sql AS 'SELECT evil.boom(); SELECT false';
CREATE FUNCTION evil.plus(bigint, int) RETURNS bigint LANGUAGE sql AS 'SELECT evil.boom(); SELECT 1::bigint';
CREATE OPERATOR evil.= (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.same);
CREATE OPERATOR evil.<= (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.less);
CREATE OPERATOR evil.< (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.less);
CREATE OPERATOR evil.<> (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.differ);
CREATE OPERATOR evil.+ (LEFTARG = bigint, RIGHTARG = int, FUNCTION = evil.plus);
CREATE OPERATOR evil.- (LEFTARG = bigint, RIGHTARG = int, FUNCTION = evil.plus);
CREATE FUNCTION evil.jsonb_to_recordset(jsonb) RETURNS SETOF record LANGUAGE sql AS 'SELECT evil.boom(); SELECT 1';
CREATE FUNCTION evil.unnest(anyarray) RETURNS SETOF anyelement LANGUAGE sql AS 'SELECT evil.boom(); SELECT $1[1]';
CREATE FUNCTION evil.max(int) RETURNS int LANGUAGE sql AS 'SELECT evil.boom(); SELECT 99';
CREATE FUNCTION evil.pg_get_userbyid(oid) RETURNS name LANGUAGE sql AS 'SELECT evil.boom(); SELECT ''x''::name';
CREATE FUNCTION evil.by_key(jsonb, text) RETURNS text LANGUAGE sql AS 'SELECT evil.boom(); SELECT ''skip''';
CREATE FUNCTION evil.json_by_key(jsonb, text) RETURNS jsonb LANGUAGE sql AS 'SELECT evil.boom(); SELECT ''[0.5]''::jsonb';
CREATE FUNCTION evil.same(text, text) RETURNS bool LANGUAGE sql AS 'SELECT evil.boom(); SELECT true';
CREATE OPERATOR evil.->> (LEFTARG = jsonb, RIGHTARG = text, FUNCTION = evil.by_key);
CREATE OPERATOR evil.-> (LEFTARG = jsonb, RIGHTARG = text, FUNCTION = evil.json_by_key);
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.same);
CREATE FUNCTION evil.jsonb_typeof(jsonb) RETURNS text LANGUAGE sql AS 'SELECT evil.boom(); SELECT ''array''';
CREATE FUNCTION evil.jsonb_array_elements_text(jsonb) RETURNS SETOF text LANGUAGE sql AS 'SELECT evil.boom(); SELECT ''0.5''';
CREATE FUNCTION evil.float8(text) RETURNS float8 LANGUAGE sql AS 'SELECT evil.boom(); SELECT 0.5::float8';
CREATE FUNCTION evil.nn_plan(text, text) RETURNS int LANGUAGE sql AS 'SELECT evil.boom(); SELECT 1';
CREATE FUNCTION evil.nn_versions(regclass) RETURNS SETOF int LANGUAGE sql AS 'SELECT evil.boom(); SELECT 1';
CREATE DOMAIN evil.text AS int;
CREATE DOMAIN evil.float8 AS int;
CREATE DOMAIN evil.bool AS int;
CREATE DOMAIN evil.int4 AS text;
CREATE TYPE evil.nn_model AS (version int);
CREATE TYPE evil.regclass AS (a int);
CREATE TABLE evil.pg_class (oid oid);
CREATE TABLE evil.pg_proc (oid oid);
SET search_path = evil, pg_catalog, public;
SELECT version FROM public.nn_train('ml.safe', 'SELECT x, y, secret FROM ml.points', 'y', hidden => '{2}', epochs => 1, keep => 1);
SELECT version FROM public.nn_train('ml.safe', 'SELECT x, y, secret FROM ml.points', 'y', hidden => '{2}', epochs => 1, keep => 1);
SELECT version FROM public.nn_train('ml.safe', 'SELECT x, y, secret FROM ml.points', 'y', hidden => '{2}', epochs => 1, keep => 1);
SELECT version, active FROM ml.safe ORDER BY version;
SELECT nn_activate('ml.safe', 2);
SELECT nn_predict('ml.safe', 1, true) IS NOT NULL AS predicts;
SELECT nn_predict('ml.safe', '1', 'true') IS NOT NULL AS literals;
SELECT nn_predict('ml.safe', '{"x": 1, "secret": true}'::jsonb) IS NOT NULL AS jsonb;
SELECT feature, first_input FROM nn_features('ml.safe');
SELECT count(*) AS epochs FROM nn_history('ml.safe');
SELECT count(*) AS weights FROM nn_weights('ml.safe');
SELECT count(*) AS models FROM nn_models;
SELECT * FROM nn_progress;
SELECT public.nn_import('ml.imported', public.nn_export('ml.safe'));
SELECT version FROM public.nn_train('ml.safe', 'SELECT x, y, secret FROM ml.points', 'y', hidden => '{2}', quantiles => '{0.1,0.9}', missing => 'error', epochs => 1);
SELECT version FROM public.nn_train('ml.safe', 'SELECT x, y, secret FROM ml.points', 'y', warm_start => true, epochs => 1);
SELECT champion FROM public.nn_train('ml.safe', 'SELECT x, y, secret FROM ml.points', 'y', hidden => '{2}', quantiles => '{0.1,0.9}', activate => 'if_better', epochs => 1);
SELECT rows, outputs FROM public.nn_plan('SELECT x, y, secret FROM ml.points', 'y', quantiles => '{0.1,0.9}');
SELECT count(*) AS folds FROM nn_cross_validate('SELECT x, y, secret FROM ml.points', 'y', folds => 2, epochs => 1);
SELECT count(*) AS trials FROM nn_tune('ml.tuned', 'SELECT x, y, secret FROM ml.points', 'y', space => '{"hidden": [[2], [3]]}', trials => 2, epochs => 1);
SELECT count(*) AS trials FROM nn_tune('ml.tuned', 'SELECT x, y, secret FROM ml.points', 'secret', trials => 2, epochs => 1);
SELECT count(*) AS metrics FROM nn_evaluate('ml.tuned', 'SELECT x, y, secret FROM ml.points');
SELECT count(*) AS cells FROM nn_confusion_matrix('ml.tuned', 'SELECT x, y, secret FROM ml.points');
SELECT count(*) > 0 AS points FROM nn_roc('ml.tuned', 'SELECT x, y, secret FROM ml.points');
SELECT count(*) > 0 AS points FROM nn_precision_recall('ml.tuned', 'SELECT x, y, secret FROM ml.points');
SELECT count(*) > 0 AS bins FROM nn_calibration('ml.tuned', 'SELECT x, y, secret FROM ml.points');
SELECT count(*) AS bins FROM nn_residuals('ml.tuned', 'SELECT x, y, secret FROM ml.points', bins => 2, version => 1);
SELECT count(*) AS features FROM nn_importance('ml.tuned', 'SELECT x, y, secret FROM ml.points', repeats => 1);
SELECT count(*) > 0 AS values FROM nn_partial_dependence('ml.tuned', 'SELECT x, y, secret FROM ml.points', 'x');
SELECT count(*) AS contributions FROM nn_explain('ml.tuned', 1, 2);
SELECT count(p) AS batch FROM (SELECT nn_classify_batch('ml.tuned', x, y) OVER () FROM ml.points) b (p);
SELECT count(l) AS lines FROM nn_plot('ml.tuned') l;
SELECT nn_to_sql('ml.tuned') IS NOT NULL AS sql, nn_report('ml.tuned', 'SELECT x, y, secret FROM ml.points') IS NOT NULL AS report;
RESET search_path;
DROP TABLE ml.tuned;
SELECT started_from, options->'quantiles' AS quantiles FROM ml.safe WHERE started_from IS NOT NULL;
SELECT reloftype::regtype FROM pg_class WHERE oid = 'ml.safe'::regclass;
DROP TABLE ml.imported;
DROP SCHEMA evil CASCADE;

-- CREATE EXTENSION among such objects makes its own or fails
CREATE SCHEMA trap;
CREATE FUNCTION trap.minus(bigint, int) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RAISE ''the hostile object was used''; END';
CREATE OPERATOR trap.- (LEFTARG = bigint, RIGHTARG = int, FUNCTION = trap.minus);
DROP TABLE ml.safe, ml.m CASCADE;
DROP EXTENSION pgnn;
CREATE EXTENSION pgnn SCHEMA trap;
SELECT version FROM trap.nn_train('ml.safe', 'SELECT x, y, secret FROM ml.points', 'y', hidden => '{2}', epochs => 1);
SELECT feature, first_input FROM trap.nn_features('ml.safe');
DROP TABLE ml.safe;
DROP EXTENSION pgnn;
DROP SCHEMA trap CASCADE;
CREATE SCHEMA trap;
\set SHOW_CONTEXT never
CREATE TYPE trap.nn_model AS (version int);
CREATE EXTENSION pgnn SCHEMA trap;
DROP TYPE trap.nn_model;
CREATE FUNCTION trap.nn_versions(model regclass) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1';
CREATE EXTENSION pgnn SCHEMA trap;
DROP SCHEMA trap CASCADE;
CREATE EXTENSION pgnn;

DROP SCHEMA ml CASCADE;
DROP ROLE regress_nn_owner, regress_nn_reader, regress_nn_trainer, regress_nn_nobody;
