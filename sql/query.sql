-- An epoch or two are enough here, without the warnings that they teach little: those are in stopping.sql.
SET client_min_messages = error;
CREATE TABLE points AS SELECT (i % 7)::float8 AS x, 2 * (i % 7) AS y FROM generate_series(1, 50) i;
CREATE SEQUENCE reads;
CREATE FUNCTION train(query text, target text DEFAULT 'y') RETURNS text LANGUAGE sql AS
	$$ SELECT format('%s rows, %s inputs', rows, inputs) FROM nn_train('m', query, target, hidden => '{2}', epochs => 1, keep => 0) $$;

-- what is no query
SELECT * FROM nn_train('m', NULL, 'y');
SELECT * FROM nn_train('m', '', 'y');
SELECT * FROM nn_train('m', '  -- a comment', 'y');
SELECT * FROM nn_train('m', ';', 'y');
SELECT * FROM nn_train('m', 'SELEKT * FROM points', 'y');
SELECT * FROM nn_train('m', 'SELECT * FROM points WHERE', 'y');
SELECT * FROM nn_train('m', 'no_such_table', 'y');
SELECT * FROM nn_train('m', 'no_such_schema.points', 'y');
SELECT * FROM nn_train('m', '"points', 'y');
SELECT * FROM nn_train('m', 'points.', 'y');
SELECT * FROM nn_train('m', 'a.b.c.d', 'y');
SELECT * FROM nn_train('m', 'points;', 'y');
SELECT * FROM nn_train('m', 'SELECT * FROM no_such_table', 'y');
SELECT * FROM nn_train('m', 'SELECT x, no_such_column FROM points', 'y');
SELECT * FROM nn_train('m', 'SELECT x, y FROM points WHERE y = $1', 'y');
SELECT * FROM nn_train('m', 'reads_pkey', 'y');

-- what doesn't only read
SELECT * FROM nn_train('m', 'SELECT x, y FROM points; SELECT 1', 'y');
SELECT * FROM nn_train('m', 'SELECT x, y FROM points; DROP TABLE points', 'y');
SELECT * FROM nn_train('m', 'DROP TABLE points', 'y');
SELECT * FROM nn_train('m', 'CREATE TABLE created AS SELECT 1', 'y');
SELECT * FROM nn_train('m', 'SELECT x, y INTO created FROM points', 'y');
SELECT * FROM nn_train('m', 'DELETE FROM points', 'y');
SELECT * FROM nn_train('m', 'INSERT INTO points VALUES (1, 2) RETURNING x, y', 'y');
SELECT * FROM nn_train('m', 'UPDATE points SET x = 1 RETURNING x, y', 'y');
SELECT * FROM nn_train('m', 'WITH w AS (INSERT INTO points VALUES (1, 2) RETURNING *) SELECT * FROM w', 'y');
SELECT * FROM nn_train('m', 'WITH w AS (DELETE FROM points RETURNING *) SELECT * FROM w', 'y');
SELECT * FROM nn_train('m', 'SELECT x, y FROM points FOR UPDATE', 'y');
SELECT * FROM nn_train('m', 'SELECT x, y FROM points FOR KEY SHARE', 'y');
SELECT * FROM nn_train('m', 'SELECT * FROM (SELECT x, y FROM points FOR UPDATE) p', 'y');
SELECT * FROM nn_train('m', 'BEGIN', 'y');
SELECT * FROM nn_train('m', 'COMMIT; SELECT x, y FROM points', 'y');
SELECT * FROM nn_train('m', 'ROLLBACK AND CHAIN', 'y');
SELECT * FROM nn_train('m', 'COPY points TO STDOUT', 'y');
SELECT * FROM nn_train('m', 'COPY points FROM STDIN', 'y');
SELECT * FROM nn_train('m', 'EXPLAIN SELECT x, y FROM points', 'y');
SELECT * FROM nn_train('m', 'EXPLAIN ANALYZE DELETE FROM points', 'y');
SELECT * FROM nn_train('m', 'SHOW work_mem', 'work_mem');
SELECT * FROM nn_train('m', 'DECLARE c CURSOR FOR SELECT 1', 'y');
SELECT * FROM nn_train('m', 'PREPARE p AS SELECT 1', 'y');
SELECT * FROM nn_train('m', 'SET work_mem = 1000', 'y');
SELECT * FROM nn_train('m', 'DO $$ BEGIN END $$', 'y');
SELECT * FROM nn_train('m', 'CALL no_such_procedure()', 'y');
SELECT * FROM nn_train('m', 'VACUUM', 'y');

-- columns that don't fit
SELECT * FROM nn_train('m', 'points', NULL);
SELECT * FROM nn_train('m', 'points', '');
SELECT * FROM nn_train('m', 'points', 'z');
SELECT * FROM nn_train('m', 'points', 'Y');
SELECT * FROM nn_train('m', 'points', '"y"');
SELECT * FROM nn_train('m', 'SELECT y FROM points', 'y');
SELECT * FROM nn_train('m', 'SELECT FROM points', 'y');
SELECT * FROM nn_train('m', 'SELECT x, x, y FROM points', 'y');
SELECT * FROM nn_train('m', 'SELECT x, y, y FROM points', 'y');
SELECT * FROM nn_train('m', 'SELECT x + 1, x + 2, y FROM points', 'y');
SELECT * FROM nn_train('m', 'SELECT * FROM points a JOIN points b USING (y)', 'y');

-- errors of the query itself
SELECT * FROM nn_train('m', 'SELECT 1 / (x::int - 3) AS x, y FROM points', 'y');
SELECT to_regclass('m') AS m, to_regclass('created') AS created, count(*) FROM points;

-- names of tables and views
CREATE SCHEMA "Sch. 1";
CREATE TABLE "Sch. 1"."a ""table"" (1);" AS TABLE points;
CREATE VIEW "Sch. 1".v AS SELECT x, x * x AS "X²", y AS "The target" FROM points;
CREATE TABLE "select" AS TABLE points;
CREATE TABLE "SELECT x, y FROM points" AS SELECT x, x AS z, y FROM points;
CREATE MATERIALIZED VIEW mat AS TABLE points;
CREATE TABLE parted (x float8, y int) PARTITION BY RANGE (x);
CREATE TABLE part PARTITION OF parted DEFAULT;
INSERT INTO parted TABLE points;
SELECT train('points');
SELECT train(' Points ');
SELECT train('public.points');
SELECT train('public . "points"');
SELECT train('"Sch. 1"."a ""table"" (1);"');
SELECT train('"Sch. 1".v', 'The target');
SELECT train('SELECT');
SELECT train('"select"');
SELECT train('"SELECT x, y FROM points"');
SELECT train('mat');
SELECT train('parted');
SELECT feature FROM nn_features('m');
CREATE TEMP TABLE points AS SELECT x, x AS z, y FROM public.points LIMIT 20;
SELECT train('points');
SELECT train('pg_temp.points');
SELECT train('public.points');
DROP TABLE pg_temp.points;

-- statements
SELECT train('SELECT * FROM points');
SELECT train('select x, y from points;');
SELECT train('  ( SELECT x, y FROM points ) ; ; -- the end');
SELECT train('TABLE points');
SELECT train('VALUES (1, 2), (2, 3), (3, 4)', 'column2');
SELECT train('WITH w AS (SELECT x, y FROM points LIMIT 10) SELECT * FROM w');
SELECT train('WITH RECURSIVE w (x, y) AS (SELECT 1, 2 UNION ALL SELECT x + 1, y + 2 FROM w WHERE x < 10) SELECT * FROM w');
SELECT train('SELECT x, y FROM points UNION ALL SELECT x, y FROM points');
SELECT train('SELECT x, sum(y) AS y FROM points GROUP BY x ORDER BY x DESC LIMIT 5');
SELECT train('SELECT i AS x, 2 * i AS y FROM generate_series(1, 2500) i');
SELECT train('SELECT i AS "?", ''it''''s'' || i % 2 AS ";", $a$b$a$ || i % 3 AS "''", i AS y FROM generate_series(1, 20) i');
SELECT train('SELECT x, y FROM points TABLESAMPLE BERNOULLI (100) REPEATABLE (1)');
SELECT train('SELECT p.x, q.x AS x2, q.y FROM points p, LATERAL (SELECT p.x * 2 AS x, p.y) q');

-- it runs once
SELECT train('SELECT x, y, nextval(''reads'') % 3 AS n FROM points');
SELECT last_value FROM reads;
-- not at all where something else is wrong
SELECT * FROM nn_train('m', 'SELECT x, y, nextval(''reads'') % 3 AS n FROM points', 'z');
SELECT * FROM nn_train('m', 'SELECT x, y, nextval(''reads'') % 3 AS n, NULL::point AS p FROM points', 'y');
SELECT * FROM nn_train('m', 'SELECT x, y, nextval(''reads'') % 3 AS n FROM points', 'y', epochs => 0);
SELECT * FROM nn_train('m', 'SELECT x, y, nextval(''reads'') % 3 AS n FROM points', 'y', task => 'classification', loss => 'mse');
SELECT * FROM nn_train('points', 'SELECT x, y, nextval(''reads'') % 3 AS n FROM points', 'y');
SELECT last_value FROM reads;

-- with the snapshot of the statement, and the names of the caller
BEGIN;
INSERT INTO points VALUES (100, 200);
SELECT train('points');
ROLLBACK;
WITH more AS (INSERT INTO points VALUES (100, 200) RETURNING x) SELECT rows FROM more, nn_train('m', 'points', 'y', hidden => '{2}', epochs => 1);
DELETE FROM points WHERE x = 100;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM points;
\setenv PGDATABASE :DBNAME
\! psql -X -q -c 'INSERT INTO points VALUES (100, 200)'
SELECT train('points');
COMMIT;
SELECT train('points');
DELETE FROM points WHERE x = 100;
BEGIN;
SET LOCAL search_path = "Sch. 1", public;
SELECT train('v', 'The target');
SELECT train('SELECT * FROM v', 'The target');
ROLLBACK;

-- a query that reads its own model, or the table that it makes
SELECT train('SELECT x, nn_predict(''m'', x) AS before, y FROM points');
SELECT rows FROM nn_train('made', 'SELECT x, y, (SELECT count(*) FROM pg_class WHERE relname = ''made'') AS made FROM points', 'y', hidden => '{2}', epochs => 1);
CREATE FUNCTION drop_made(float8) RETURNS float8 LANGUAGE plpgsql AS 'BEGIN DROP TABLE IF EXISTS made; RETURN $1; END';
SELECT rows FROM nn_train('made', 'SELECT drop_made(x) AS x, y FROM points', 'y', hidden => '{2}', epochs => 1);
SELECT count(*) FROM made;
CREATE FUNCTION train_more(float8) RETURNS float8 LANGUAGE sql AS 'SELECT $1 + version FROM nn_train(''made'', ''points'', ''y'', hidden => ''{2}'', epochs => 1)';
SELECT version FROM nn_train('made', 'SELECT train_more(x) AS x, y FROM points LIMIT 3', 'y', hidden => '{2}', epochs => 1);
SELECT version FROM nn_train('made', 'points', 'y', hidden => '{2}', epochs => 1);
SELECT version, champion FROM nn_train('made', 'SELECT train_more(x) AS x, y FROM points', 'y', warm_start => true, activate => 'if_better', epochs => 1);
SELECT started_from < version - 5 AS from_the_one_before FROM made ORDER BY version DESC LIMIT 1;

-- in a loop, and in FROM
SELECT i, version FROM generate_series(1, 3) i, nn_train('made', format('SELECT x, y * %s AS y FROM points', i), 'y', hidden => '{2}', epochs => 1);
SELECT (nn_train('made', 'points', 'y', hidden => '{2}', epochs => 1)).rows;

DROP FUNCTION drop_made, train_more, train;
DROP SCHEMA "Sch. 1" CASCADE;
DROP MATERIALIZED VIEW mat;
DROP TABLE m, made, points, "select", "SELECT x, y FROM points", parted;
DROP SEQUENCE reads;
