-- An epoch or two are enough here, without the warnings that they teach little: those are in stopping.sql.
SET client_min_messages = error;
\set SHOW_CONTEXT never
CREATE TABLE source AS SELECT i, i % 7 AS n, (i % 7)::float8 AS y, CASE i % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' ELSE 'c' END AS t FROM generate_series(1, 105) i;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b int);
CREATE DOMAIN positive AS numeric CHECK (value > 0);
CREATE DOMAIN positives AS float8[];
CREATE DOMAIN label AS varchar(10);
CREATE DOMAIN day AS date;
CREATE DOMAIN code AS char(4);
CREATE FUNCTION train(columns text, target text DEFAULT 'y', task text DEFAULT NULL) RETURNS text LANGUAGE sql AS
	$$ SELECT format('%s of %s rows, %s inputs', task, rows, inputs) FROM nn_train('m', 'SELECT ' || columns || ' FROM source', target, task => task, hidden => '{2}', epochs => 1, keep => 0) $$;

-- types that nothing can be learnt from
SELECT train('y, n, ''{}''::jsonb AS c');
SELECT train('y, n, ''{}''::json AS c');
SELECT train('y, n, ''a''::bytea AS c');
SELECT train('y, n, ''(1,2)''::point AS c');
SELECT train('y, n, (1, 2)::pair AS c');
SELECT train('y, n, ROW(1, 2) AS c');
SELECT train('y, n, source AS c');
SELECT train('y, n, ''1''::money AS c');
SELECT train('y, n, ''{a}''::text[] AS c');
SELECT train('y, n, ''{t}''::bool[] AS c');
SELECT train('y, n, ''[1,2]''::int4range AS c');
SELECT train('y, n, ''10.0.0.1''::inet AS c');
SELECT train('y, n, ''1''::bit(4) AS c');
SELECT train('y, n, ''a''::tsvector AS c');
SELECT train('y, n, 1::oid AS c');
SELECT train('y, n, ''source''::regclass AS c');
SELECT train('y, n, pg_sleep(0) AS c');
SELECT train('n, ''{}''::jsonb AS y');

-- NaN and infinity
SELECT train('y, CASE WHEN i > 2 THEN n ELSE ''NaN''::float8 END AS c, n');
SELECT train('y, CASE i WHEN 7 THEN ''-Infinity'' ELSE n::real END::real AS c');
SELECT train('y, CASE i WHEN 7 THEN ''NaN'' ELSE n::numeric END AS c');
SELECT train('y, CASE i WHEN 7 THEN ''Infinity'' ELSE n::numeric END AS c');
SELECT train('y, CASE i WHEN 7 THEN 1e400 ELSE n::numeric END AS c');
SELECT train('y, CASE i WHEN 7 THEN ''infinity'' ELSE date ''2020-01-01'' + n END AS c');
SELECT train('y, CASE i WHEN 7 THEN ''-infinity'' ELSE timestamp ''2020-01-01'' + n * interval ''1 day'' END AS c');
SELECT train('y, CASE i WHEN 7 THEN ''infinity'' ELSE timestamptz ''2020-01-01'' + n * interval ''1 day'' END AS c');
SELECT train('y, ARRAY[n, CASE i WHEN 7 THEN ''NaN'' ELSE n::real END] AS c');
SELECT train('n, CASE i WHEN 7 THEN ''NaN'' ELSE y END AS y');
SELECT train('n, ARRAY[y, CASE i WHEN 7 THEN ''Infinity'' ELSE y END] AS y');
SELECT train('y, n * 1e300 AS c');
SELECT train('n, y * 1e300 AS y');

-- arrays
SELECT train('y, CASE WHEN i < 50 THEN ARRAY[n, i] ELSE ARRAY[n] END AS c');
SELECT train('y, CASE WHEN i < 50 THEN ARRAY[n, i] ELSE ''{}'' END AS c');
SELECT train('y, ''{}''::float8[] AS c');
SELECT train('y, NULL::float8[] AS c');
SELECT train('y, ARRAY[[n, i]] AS c');
SELECT train('n, CASE WHEN i < 50 THEN ARRAY[n, i] ELSE ARRAY[n] END AS y');
SELECT train('n, CASE WHEN i > 1 THEN ARRAY[n, i] ELSE ARRAY[n, NULL] END AS y');
SELECT train('n, ''{}''::int[] AS y');
SELECT train('n, array_fill(y, ARRAY[1001]) AS y');

-- too many values
SELECT train('y, n, ''id '' || i AS c');
SELECT train('y, n, md5(i::text)::uuid AS c');
SELECT train('n, ''id '' || i AS y');
SELECT train('n, i AS y', task => 'classification');
SELECT rows FROM nn_train('m', 'SELECT i % 3 AS y, i % 5 AS n, (i % 1001)::text AS c FROM generate_series(1, 3000) i', 'y', hidden => '{}', epochs => 1);
SELECT rows FROM nn_train('m', 'SELECT (i % 1001)::text AS y, i % 5 AS n FROM generate_series(1, 3000) i', 'y', hidden => '{}', epochs => 1);

-- rows that nothing can be learnt from
SELECT train('y, n FROM source WHERE false --');
SELECT train('y, n FROM source LIMIT 1 --');
SELECT train('NULL::float8 AS y, n');
SELECT train('NULL AS y, n');
SELECT train('''yes'' AS y, n');
SELECT train('true AS y, n');
SELECT train('1 AS y, n', task => 'classification');
SELECT train('CASE WHEN i > 3 THEN ''yes'' END AS y, n');
SELECT train('y, 1 AS c');
SELECT train('y, 1 AS c, ''a'' AS d, true AS e, ARRAY[1, 2] AS f, date ''2020-01-01'' AS g');

-- a task that doesn't fit the target
SELECT train('n, t AS y', task => 'regression');
SELECT train('n, n > 3 AS y', task => 'regression');
SELECT train('n, ''ok''::mood AS y', task => 'regression');
SELECT train('n, ARRAY[y, y] AS y', task => 'classification');
SELECT train('n, current_date AS y');
SELECT train('n, current_date AS y', task => 'classification');
SELECT train('n, interval ''1 day'' AS y', task => 'regression');
SELECT train('n, y', task => 'clustering');
SELECT to_regclass('m') AS m;

-- every type as a feature
CREATE TABLE every AS SELECT n::smallint AS "smallint", n AS "integer", n::bigint AS "bigint", n::real AS "real", n::float8 AS "double precision",
	n + 0.5 AS "numeric", n::numeric(6,2) AS "numeric(6,2)", (n + 1)::positive AS positive, n > 3 AS "boolean",
	t::text AS "text", t::varchar AS "varchar", t::varchar(5) AS "varchar(5)", t::char(3) AS "char(3)", t::"char" AS "char", t::name AS "name", t::label AS label, t::code AS code,
	CASE t WHEN 'a' THEN 'sad' WHEN 'b' THEN 'ok' ELSE 'happy' END::mood AS mood, md5(t)::uuid AS uuid,
	date '2020-01-01' + n AS "date", timestamp '2020-01-01' + n * interval '1 hour' AS "timestamp", timestamptz '2020-01-01 00:00+01' + n * interval '1 hour' AS "timestamptz",
	time '10:00' + n * interval '1 min' AS "time", timetz '10:00+01' + n * interval '1 min' AS "timetz", n * interval '1 day' AS "interval", (date '2020-01-01' + n)::day AS day,
	ARRAY[n, 1]::smallint[] AS "smallint[]", ARRAY[n, 1] AS "integer[]", ARRAY[n, 1]::bigint[] AS "bigint[]", ARRAY[n, 1]::real[] AS "real[]", ARRAY[n, 1]::float8[] AS "double precision[]",
	ARRAY[n, 1]::numeric[] AS "numeric[]", ARRAY[n, 1]::positives AS positives, NULL::int AS "null", NULL AS "null text", y FROM source;
SELECT rows, inputs FROM nn_train('m', 'every', 'y', hidden => '{4}', epochs => 2, keep => 0);
SELECT feature, type, kind, first_input, inputs, cardinality(mean) AS means, categories, missing, missing_input FROM nn_features('m');
SELECT rows, inputs FROM nn_train('m', 'every', 'y', hidden => '{4}', epochs => 2, validation => 0, keep => 0);
SELECT feature, type, round(mean[1]::numeric, 3) AS mean, round(scale[1]::numeric, 3) AS scale FROM nn_features('m') WHERE mean IS NOT NULL;
-- in every form
SELECT bool_and(nn_predict('m', e) IS NOT NULL) AS row, bool_and(abs(nn_predict('m', e) - nn_predict('m', to_jsonb(e))) < 1e-6) AS jsonb FROM every e;
DO $$
DECLARE
	literals text;
	same bool;
BEGIN
	SELECT string_agg(quote_nullable(translate(value, '[]', '{}')), ', ' ORDER BY attnum) INTO literals
		FROM (SELECT * FROM every WHERE "integer" = 3 LIMIT 1) e, jsonb_each_text(to_jsonb(e) - 'y') JOIN pg_attribute ON attrelid = 'every'::regclass AND attname = key;
	EXECUTE format('SELECT bool_and(abs(nn_predict(''m'', %s) - nn_predict(''m'', e)) < 1e-6) FROM (SELECT * FROM every WHERE "integer" = 3 LIMIT 1) e', literals) INTO same;
	RAISE INFO 'literals: %', same;
END $$;
SELECT bool_and(nn_predict('m', e) = nn_predict('m', e."smallint", e."integer", e."bigint", e."real", e."double precision", e."numeric", e."numeric(6,2)", e.positive, e."boolean",
	e."text", e."varchar", e."varchar(5)", e."char(3)", e."char", e."name", e.label, e.code, e.mood, e.uuid, e."date", e."timestamp", e."timestamptz", e."time", e."timetz", e."interval", e.day,
	e."smallint[]", e."integer[]", e."bigint[]", e."real[]", e."double precision[]", e."numeric[]", e.positives, e."null", e."null text")) AS positions FROM every e;

-- dates and times are given as what they are, in any time zone
SELECT inputs FROM nn_train('m', 'SELECT d, s, z, y FROM every, LATERAL (VALUES ("date", "timestamp", "timestamptz")) v (d, s, z)', 'y', hidden => '{4}', epochs => 2, keep => 0);
SET timezone = 'Asia/Tokyo';
SELECT nn_predict('m', '2020-01-03', '2020-01-01 05:00', '2020-01-01 08:00+09') AS expected \gset
SELECT nn_predict('m', date '2020-01-03', timestamp '2020-01-01 05:00', timestamptz '2020-01-01 08:00+09') = :expected AS typed,
	nn_predict('m', timestamp '2020-01-03 15:00', timestamp '2020-01-01 05:00', timestamp '2020-01-01 08:00') = :expected AS timestamps,
	nn_predict('m', timestamptz '2020-01-03 00:00+09', timestamptz '2020-01-01 05:00+09', timestamptz '2020-01-01 08:00+09') = :expected AS with_zone,
	nn_predict('m', '{"d": "2020-01-03", "s": "2020-01-01T05:00:00", "z": "2019-12-31T23:00:00Z"}'::jsonb) = :expected AS jsonb;
SELECT nn_predict('m', interval '1 day', NULL, NULL);
SELECT nn_predict('m', NULL, time '10:00', NULL);
SELECT nn_predict('m', NULL, NULL, 5);
SELECT nn_predict('m', 'tomorrow is another day', NULL, NULL);
SELECT nn_predict('m', 'infinity', NULL, NULL);
SELECT nn_predict('m', '{"d": 5, "s": null, "z": null}'::jsonb);
RESET timezone;

-- categories: blanks at the end of a char(n) don't count, numbers stand for their text
SELECT inputs FROM nn_train('m', 'SELECT t::char(4) AS c, t || ''  '' AS blanks, (i % 2)::text AS digit, y FROM source', 'y', hidden => '{4}', epochs => 20, keep => 0);
SELECT nn_predict('m', 'a', 'a  ', '1') AS expected \gset
SELECT nn_predict('m', 'a   ', 'a  ', '1') = :expected AS blanks, nn_predict('m', 'a'::char(9), 'a  '::text, 1) = :expected AS number, nn_predict('m', 'a', 'a  ', 1.00) = :expected AS numeric,
	nn_predict('m', '{"c": "a   ", "blanks": "a  ", "digit": 1}'::jsonb) = :expected AS jsonb, nn_predict('m', 'a', 'a', '1') = :expected AS other;

-- every type as a target
SELECT train('n, y::smallint AS y'), train('n, y::int AS y'), train('n, y::bigint AS y'), train('n, y::real AS y'), train('n, y'), train('n, y::numeric AS y'), train('n, (y + 1)::positive AS y') \gx
SELECT train('n, n > 3 AS y'), train('n, t AS y'), train('n, t::varchar AS y'), train('n, t::char(3) AS y'), train('n, t::label AS y'), train('n, md5(t)::uuid AS y'), train('n, t::name AS y') \gx
SELECT train('n, ARRAY[y, 2 * y] AS y'), train('n, ARRAY[y, 2 * y]::real[] AS y'), train('n, ARRAY[n, i] AS y'), train('n, ARRAY[y] AS y'), train('n, ARRAY[n, i]::numeric[] AS y') \gx
SELECT train('n, i % 12 AS y', task => 'classification');
SELECT classes FROM m;
SELECT train('n, (i % 3 - 1)::numeric(4,2) AS y', task => 'classification');
SELECT classes FROM m;
SELECT train('n, CASE WHEN i % 2 = 0 THEN 10.0 ELSE 10.00 END * (1 + i % 2) AS y', task => 'classification');
SELECT classes FROM m;
SELECT train('n, n > 3 AS y');
SELECT classes, nn_predict('m', 1) = nn_probability('m', 'true', 1) AS second FROM m;
SELECT train('n, t::char(3) AS y');
SELECT classes FROM m;
SELECT train('n, CASE t WHEN ''a'' THEN ''sad'' WHEN ''b'' THEN ''ok'' ELSE ''happy'' END::mood AS y');
SELECT classes FROM m;
SELECT train('n, CASE i WHEN 3 THEN ''NaN'' ELSE n::float8 END AS y', task => 'classification');
SELECT train('n, CASE i WHEN 3 THEN ''Infinity'' ELSE n::real END AS y', task => 'classification');

-- NULLs
RESET client_min_messages;
SELECT train('n, CASE WHEN i > 1 THEN y + i % 2 END AS y');
SELECT train('n, CASE WHEN i > 3 THEN y + i % 2 END AS y');
SELECT rows, rows_skipped FROM nn_train('m', 'SELECT n, CASE WHEN i > 3 THEN n + i % 2 > 3 END AS y FROM source', 'y', hidden => '{}', epochs => 1, learning_rate => 1, keep => 0);
SET client_min_messages = error;
SELECT rows, rows_skipped FROM m;
SELECT train('y, CASE WHEN i > 5 THEN i END AS c, CASE WHEN i > 6 THEN t END AS d, CASE WHEN i > 7 THEN n > 3 END AS e, CASE WHEN i > 8 THEN ARRAY[i, n, CASE WHEN i > 10 THEN i END] END AS f, n');
SELECT feature, first_input, inputs, missing, missing_input FROM nn_features('m');
SELECT avg(mean[1]) BETWEEN 50 AND 60 AS mean FROM nn_features('m') WHERE feature = 'c';
-- an input of its own says that a value was missing: a network without hidden layers learns it
SELECT score > 0.99 AS score FROM nn_train('m', 'SELECT CASE WHEN i % 4 > 0 THEN n END AS c, CASE WHEN i % 4 > 0 THEN n ELSE 50 END AS y FROM source', 'y', hidden => '{}', optimizer => 'gd', learning_rate => 0.3, epochs => 500, l2 => 0, validation => 0, keep => 0);
SELECT round(nn_predict('m', NULL)) AS "50", round(nn_predict('m', 3)) AS "3";
-- where nothing was missing NULL counts as the mean, or as no category
SELECT inputs FROM nn_train('m', 'SELECT n, t, ARRAY[n, i] AS a, y FROM source', 'y', hidden => '{}', epochs => 20, keep => 0);
SELECT nn_predict('m', NULL, 'a', ARRAY[3, 50]) = nn_predict('m', n.mean[1], 'a', ARRAY[3, 50]) AS mean,
	nn_predict('m', 2, NULL, ARRAY[3, 50]) = nn_predict('m', 2, 'never seen', ARRAY[3, 50]) AS category,
	nn_predict('m', 2, 'a', NULL) = nn_predict('m', 2, 'a', a.mean) AS array,
	nn_predict('m', 2, 'a', ARRAY[NULL, 50]) = nn_predict('m', 2, 'a', ARRAY[a.mean[1], 50]) AS element
	FROM nn_features('m') n, nn_features('m') a WHERE n.feature = 'n' AND a.feature = 'a';
SELECT nn_predict('m', 2, 'a', ARRAY[1]);
SELECT nn_predict('m', 2, 'a', ARRAY[1, 2, 3]);
SELECT nn_predict('m', 2, 'a', '{}');
SELECT nn_predict('m', 2, 'a', 5);
SELECT nn_predict('m', 2, 'a', ARRAY['a', 'b']);
SELECT nn_predict('m', '{"n": 2, "t": "a", "a": [1, "b"]}'::jsonb);
SELECT nn_predict('m', '{"n": 2, "t": "a", "a": [1, null]}'::jsonb) = nn_predict('m', 2, 'a', ARRAY[1, NULL]) AS same;

-- an array may be the only feature
SELECT inputs FROM nn_train('m', 'SELECT ARRAY[n, i] AS a, y FROM source', 'y', hidden => '{}', epochs => 2, keep => 0);
SELECT nn_predict('m', ARRAY[1, 2]) = nn_predict('m', '{1,2}') AS literal, nn_predict('m', ARRAY[1, 2]) = nn_predict('m', '{"a": [1, 2]}'::jsonb) AS jsonb, nn_predict('m', ARRAY[1, 2]) = nn_predict('m', s) AS row FROM (SELECT ARRAY[1, 2] AS a) s;
SELECT nn_predict('m', NULL::int[]) = nn_predict('m', mean) AS imputed, nn_predict('m', NULL) = nn_predict('m', mean) AS literal FROM nn_features('m');
SELECT nn_predict('m', ARRAY[1]);

-- constant columns get nothing to say
SELECT train('y, n, 5 AS c, ''x'' AS d, true AS e, ARRAY[5, i] AS f');
SELECT feature, inputs, mean[1] = 5 AS mean, scale[1] = 1 AS scale FROM nn_features('m');
SELECT nn_predict('m', 1, 5, 'x', true, ARRAY[5, 1]) = nn_predict('m', 1, 6, 'z', false, ARRAY[7, 1]) AS same FROM m;

-- numbers far from 1, and the digits of numbers, in whatever way they are printed
SELECT score > 0.9 AS score FROM nn_train('m', 'SELECT n * 1e-200 AS tiny, 1e15 + n AS offset, n * 1e30 AS huge, y * 1e30 AS y FROM source', 'y', hidden => '{}', optimizer => 'gd', learning_rate => 0.3, epochs => 100, validation => 0, keep => 0);
SET extra_float_digits = -15;
SELECT version FROM nn_train('m2', 'SELECT n / 3.0 AS n, y / 3 AS y FROM source', 'y', hidden => '{2}', epochs => 1, learning_rate => 0.0123456789);
RESET extra_float_digits;
SELECT version FROM nn_train('m2', 'SELECT n / 3.0 AS n, y / 3 AS y FROM source', 'y', hidden => '{2}', epochs => 1, learning_rate => 0.0123456789);
SELECT count(DISTINCT features) AS features, count(DISTINCT options) AS options, count(DISTINCT parameters) AS parameters FROM m2;

-- memory
SET maintenance_work_mem = '1MB';
SELECT rows, temp_bytes > 1000000 AS files FROM nn_train('m', 'SELECT i % 9 AS n, i AS y FROM generate_series(1, 100000) i', 'y', hidden => '{}', epochs => 1);
SET pgnn.threads = 1; -- each takes some
SET maintenance_work_mem = '7MB'; -- for the rows, or for the network, but not for both
SELECT rows, temp_bytes > 500000 AS files FROM nn_train('m', 'SELECT sin(i)::real AS a, cos(i)::real AS b, (i % 9)::real AS c, i::real AS y FROM generate_series(1, 50000) i', 'y', hidden => '{300,300}', epochs => 1);
SELECT rows, temp_bytes > 500000 AS files FROM nn_train('m', 'SELECT sin(i)::real AS a, cos(i)::real AS b, (i % 9)::real AS c, i::real AS y FROM generate_series(1, 50000) i', 'y', hidden => '{30}', epochs => 1);
RESET pgnn.threads;
SET maintenance_work_mem = '1MB';
SELECT * FROM nn_train('m', 'source', 'y', hidden => '{1000,1000}', epochs => 1);
RESET maintenance_work_mem;
SELECT * FROM nn_train('m', 'SELECT n, y FROM source', 'y', hidden => '{65536,65536}', epochs => 1);
SELECT * FROM nn_train('m', 'SELECT array_fill(n, ARRAY[100001]) AS a, y FROM source LIMIT 5', 'y', hidden => '{}', epochs => 1);
SELECT * FROM nn_train('m', 'SELECT array_fill(n, ARRAY[60000]) AS a, array_fill(n, ARRAY[60000]) AS b, y FROM source LIMIT 5', 'y', hidden => '{}', epochs => 1);

DROP TABLE m, m2, every, source;
DROP FUNCTION train;
DROP DOMAIN positive, positives, label, day, code;
DROP TYPE mood, pair;
