-- What the planner makes of predictions: columns instead of rows, costs, and plans that follow the model.
SET client_min_messages = error;
CREATE TABLE points (gone int, x float8, junk text, z int, t text, y float8);
ALTER TABLE points DROP COLUMN gone;
INSERT INTO points SELECT i % 7, 'j', i % 5, CASE i % 3 WHEN 0 THEN 'lo' ELSE 'hi' END, 2 * (i % 7) - (i % 5) FROM generate_series(1, 105) i;
ANALYZE points;
SELECT version FROM nn_train('m', 'SELECT z, x, t, y FROM points', 'y', hidden => '{4}', epochs => 5);
SELECT version FROM nn_train('n', 'SELECT x, z, y FROM points', 'y', hidden => '{4}', epochs => 5);
SELECT version FROM nn_train('two', 'SELECT x, z, t FROM points', 't', hidden => '{4}', epochs => 5);

-- The rows of all these come as columns; each gives what the arguments one by one give.
SET max_parallel_workers_per_gather = 0; -- plans as short as they can be
-- (whether the schema is shown differs between minor releases of PostgreSQL)
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off, VERBOSE) ' || query LOOP
		RETURN NEXT regexp_replace(line, 'public\.nn_', 'nn_', 'g');
	END LOOP;
END $$;
SELECT plan_of($$SELECT nn_predict('m', p) FROM points p$$);
SELECT plan_of($$SELECT nn_classify('two', p), nn_probability('two', 'lo', p), nn_outputs('two', p) FROM points p$$);
SELECT bool_and(nn_predict('m', p) = nn_predict('m', z, x, t)) AS predict, bool_and(nn_classify('two', p) = nn_classify('two', x, z)) AS classify,
	bool_and(nn_probability('two', 'lo', p) = nn_probability('two', 'lo', x, z)) AS probability, bool_and(nn_outputs('two', p) = nn_outputs('two', x, z)) AS outputs FROM points p;
CREATE FUNCTION rewritten(query text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN bool_or(line LIKE '%nn_columns%') THEN 'columns' ELSE 'rows' END FROM plan_of(query) line
$$;
CREATE FUNCTION compare(query text) RETURNS TABLE (plan text, rows bigint, same bool) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'SELECT $1, count(*), bool_and(a IS NOT DISTINCT FROM b) FROM (' || query || ') s' USING rewritten(query);
END $$;
CREATE VIEW seen AS SELECT t, z, x, junk AS y FROM points WHERE x > 2;
CREATE TABLE parts (z bigint, t text, x float8) PARTITION BY LIST (z);
CREATE TABLE part1 (gone int, x float8, t text, z bigint);
ALTER TABLE part1 DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION part1 FOR VALUES IN (1, 2);
CREATE TABLE part2 PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT z, t, x FROM points;
CREATE TABLE child (more int) INHERITS (points);
INSERT INTO child SELECT x, junk, z, t, y, 1 FROM points;
CREATE TYPE point2 AS (x float8, z int);
SELECT * FROM compare($$SELECT nn_predict('m', p) AS a, nn_predict('m', z, x, t) AS b FROM points p$$);
SELECT * FROM compare($$SELECT nn_predict('m', v) AS a, nn_predict('m', z, x, t) AS b FROM seen v$$);
SELECT * FROM compare($$SELECT nn_predict('m', p) AS a, nn_predict('m', z, x, t) AS b FROM parts p$$);
SELECT * FROM compare($$SELECT nn_predict('m', p) AS a, nn_predict('m', z, x, t) AS b FROM part1 p$$);
SELECT * FROM compare($$SELECT nn_predict('m', c) AS a, nn_predict('m', z, x, t) AS b FROM child c$$);
SELECT * FROM compare($$SELECT nn_predict('m', s) AS a, nn_predict('m', z, x, t) AS b FROM (SELECT t, x, z FROM points) s$$);
SELECT * FROM compare($$SELECT nn_predict('m', s) AS a, nn_predict('m', z, x, t) AS b FROM (SELECT t, x, z FROM points ORDER BY y OFFSET 5) s$$);
SELECT * FROM compare($$WITH s AS MATERIALIZED (SELECT t, x, z FROM points) SELECT nn_predict('m', s) AS a, nn_predict('m', z, x, t) AS b FROM s$$);
SELECT * FROM compare($$SELECT nn_predict('m', v) AS a, nn_predict('m', z, x, t) AS b FROM (VALUES (1, 2, 'lo'), (2, 1, 'hi')) v (x, z, t)$$);
SELECT * FROM compare($$SELECT nn_predict('m', s) AS a, nn_predict('m', z, x, t) AS b FROM (SELECT t, x, z FROM points UNION ALL SELECT t, x, z FROM parts) s$$);
SELECT * FROM compare($$SELECT nn_predict('n', ROW(x, z)::point2) AS a, nn_predict('n', x, z) AS b FROM points$$);
SELECT * FROM compare($$SELECT nn_predict('m', j) AS a, nn_predict('m', j.z, j.x, j.t) AS b FROM (points p JOIN (SELECT DISTINCT x AS x2 FROM points) q ON x = x2) j$$);
SELECT * FROM compare($$SELECT (SELECT nn_predict('m', p)) AS a, nn_predict('m', z, x, t) AS b FROM points p$$);
SELECT * FROM compare($$SELECT a, nn_predict('m', z, x, t) AS b FROM points p, LATERAL (SELECT nn_predict('m', p) AS a OFFSET 0) l$$);
SELECT * FROM compare($$SELECT nn_predict('m', p) AS a, nn_predict('m', z, x, t) AS b FROM points p LEFT JOIN (SELECT 1 AS one) o ON x = one$$);

-- Where a row may be NULL, or each of its columns at once, it stays one; so do rows that are volatile or constant.
SELECT * FROM compare($$SELECT nn_predict('m', p) AS a, CASE WHEN z IS NOT NULL THEN nn_predict('m', z, x, t) END AS b FROM generate_series(0, 20) i LEFT JOIN points p ON x = i$$);
SELECT * FROM compare($$SELECT nn_predict('m', p) AS a, CASE WHEN z IS NOT NULL THEN nn_predict('m', z, x, t) END AS b FROM points p FULL JOIN generate_series(0, 20) i ON x = i$$);
SELECT * FROM compare($$SELECT nn_predict('m', p) AS a, CASE WHEN z IS NOT NULL THEN nn_predict('m', z, x, t) END AS b FROM (SELECT * FROM points OFFSET 0) p RIGHT JOIN generate_series(0, 20) i ON x = i$$);
SELECT * FROM compare($$SELECT nn_predict('n', p) AS a, CASE WHEN grouping(p) = 0 THEN nn_predict('n', to_jsonb(p)) END AS b FROM points p GROUP BY GROUPING SETS ((p), ())$$);
SELECT * FROM compare($$SELECT nn_predict('n', p) AS a, nn_predict('n', to_jsonb(p)) AS b FROM points p GROUP BY p$$);
SELECT * FROM compare($$SELECT nn_predict('n', (1, 2)::point2) AS a, nn_predict('n', 1, 2) AS b$$);
SELECT rewritten($$SELECT nn_predict('n', (x, z + random())::point2) FROM points$$);
SELECT rewritten($$SELECT nn_predict(m.model, p) FROM points p, (SELECT 'n'::regclass AS model OFFSET 0) m$$);
SELECT rewritten($$SELECT nn_predict('m', p) FROM (SELECT x, z FROM points) p$$);
SELECT nn_predict('m', p) FROM (SELECT x, z FROM points) p;
SELECT nn_predict('m', p) FROM (SELECT t AS x, z, t FROM points) p;

-- a row too wide for the arguments of one function
SELECT format('CREATE TABLE wide AS SELECT %s, i AS y FROM generate_series(1, 20) i', string_agg(format('i %% %s AS c%s', c + 1, c), ', ')) FROM generate_series(1, 250) c \gexec
SELECT inputs FROM nn_train('w', 'wide', 'y', hidden => '{4}', epochs => 2);
SELECT * FROM compare($$SELECT nn_predict('w', r) AS a, nn_predict('w', to_jsonb(r)) AS b FROM wide r$$);

-- in other statements than SELECT
ALTER TABLE points ADD guess float8;
UPDATE points AS p SET guess = nn_predict('m', p) WHERE nn_predict('m', p) > -100;
SELECT bool_and(guess = nn_predict('m', z, x, t)) AS same FROM ONLY points;
INSERT INTO points SELECT 1, 'j', 2, 'lo' RETURNING nn_predict('m', points) = nn_predict('m', z, x, t) AS same;
DELETE FROM points AS d WHERE nn_predict('m', d) = nn_predict('m', 2, 1, 'lo') AND y IS NULL RETURNING nn_predict('m', d) = nn_predict('m', z, x, t) AS same;
PREPARE prepared AS SELECT count(nn_predict('m', p)), bool_and(nn_predict('m', p) = nn_predict('m', to_jsonb(p))) AS same FROM points p WHERE x >= $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE prepared(1);

-- A model with other columns: the plan is made anew, whoever changed the model.
SELECT version FROM nn_train('m', 'SELECT x, y AS u, y FROM (SELECT y + 1, x FROM points) s (y, x)', 'y', hidden => '{4}', epochs => 5);
EXECUTE prepared(1);
SELECT nn_activate('m', 1);
EXECUTE prepared(1);
SELECT version FROM nn_train('m', 'SELECT t, x, y FROM points', 'y', hidden => '{4}', epochs => 5);
EXECUTE prepared(1);
UPDATE m SET active = false WHERE active;
EXECUTE prepared(1);
UPDATE m SET active = true WHERE version = 1; -- of other columns, and nobody has told the plan
EXECUTE prepared(1);
EXECUTE prepared(1);
ALTER TABLE points RENAME z TO z2;
EXECUTE prepared(1);
ALTER TABLE points RENAME z2 TO z;
EXECUTE prepared(1);
RESET plan_cache_mode;

-- Planning asks for no right, and doesn't mind a model that can't predict.
CREATE ROLE regress_nn_planner;
GRANT SELECT ON points TO regress_nn_planner;
SET ROLE regress_nn_planner;
SELECT rewritten($$SELECT nn_predict('m', p) FROM points p$$);
SELECT nn_predict('m', p) FROM points p;
RESET ROLE;
DROP OWNED BY regress_nn_planner;
DROP ROLE regress_nn_planner;
BEGIN;
UPDATE m SET features = '[{"name": 1}]' WHERE active;
SELECT rewritten($$SELECT nn_predict('m', p) FROM points p$$);
UPDATE m SET features = '{}', layer_sizes = NULL WHERE active;
SELECT rewritten($$SELECT nn_predict('m', p) FROM points p$$);
UPDATE m SET active = false WHERE active;
SELECT rewritten($$SELECT nn_predict('m', p) FROM points p$$);
ROLLBACK;
SELECT rewritten($$SELECT nn_predict('points', p) FROM points p$$);
SELECT rewritten($$SELECT nn_predict(0::regclass, p) FROM points p$$);

-- What a prediction costs follows from the network: of two conditions, the cheaper comes first.
SELECT version FROM nn_train('large', 'SELECT z, x, t, y FROM points', 'y', hidden => '{100,100}', epochs => 1);
EXPLAIN (COSTS off) SELECT FROM points WHERE nn_predict('large', z, x, t) > 1 AND nn_predict('m', z, x, t) > 1 AND x * z > 1;

-- its helpers aren't for users (what says so differs between minor releases)
CREATE FUNCTION refused(query text) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE query;
	RETURN false;
EXCEPTION WHEN undefined_function OR feature_not_supported THEN
	RETURN true;
END $$;
SELECT refused($$SELECT nn_columns(NULL, '{x}', 1)$$), refused($$SELECT nn_columns('', '{x}', 1)$$), refused('SELECT nn_predict_support(NULL)');

DROP VIEW seen;
DROP TABLE child, points, parts, wide, m, n, two, w, large;
DROP TYPE point2;
DROP FUNCTION rewritten, plan_of, refused, compare;
