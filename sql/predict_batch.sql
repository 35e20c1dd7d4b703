-- Predictions of many rows together, by window functions.
SET client_min_messages = error;
CREATE TABLE points AS SELECT i, (i % 7)::float8 AS x, (i % 5)::int AS z, CASE i % 3 WHEN 0 THEN 'lo' ELSE 'hi' END AS t, 2 * (i % 7) - (i % 5) AS y FROM generate_series(1, 1000) i;
SELECT version FROM nn_train('m', 'SELECT x, z, t, y FROM points', 'y', hidden => '{40}', epochs => 2);
SELECT version FROM nn_train('n', 'SELECT x, z, y FROM points', 'y', hidden => '{40}', epochs => 2);
SELECT version FROM nn_train('three', 'SELECT ARRAY[x, z] AS a, i % 3 AS c FROM points', 'c', task => 'classification', hidden => '{40}', epochs => 2);
SELECT version FROM nn_train('skips', 'SELECT x, nullif(z, 4) AS z, y FROM points', 'y', hidden => '{40}', missing => 'skip', epochs => 2);

-- arguments that don't fit
SELECT nn_predict_batch('m', x, z, t) FROM points;
SELECT nn_predict_batch('m') OVER () FROM points;
SELECT nn_predict_batch('m', x, z) OVER () FROM points;
SELECT nn_predict_batch('points', x, z) OVER () FROM points;
SELECT nn_predict_batch('three', ARRAY[x, z]) OVER () FROM points;
SELECT nn_classify_batch('m', p) OVER () FROM points p;
SELECT nn_probability_batch('three', 'four', ARRAY[x, z]) OVER () FROM points;
SELECT nn_predict_batch(v.model, x, z) OVER () FROM points, (VALUES ('n'::regclass), ('n')) v (model);
SELECT nn_predict_batch('n', CASE WHEN i = 900 THEN 'NaN' ELSE x END, z) OVER () FROM points;
SELECT nn_predict_batch('n', x * CASE WHEN i % 300 = 0 THEN 1e307 ELSE 1 END, z) OVER () FROM points;

-- The same as row by row, up to rounding.
SELECT count(*), bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_predict_batch('m', p) OVER () AS a, nn_predict('m', p) AS b FROM points p) s;
SELECT count(*), bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_predict_batch('m', x, z, t || '') OVER () AS a, nn_predict('m', x, z, t) AS b FROM points p) s;
SELECT count(*), bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_predict_batch('m', to_jsonb(p)) OVER () AS a, nn_predict('m', p) AS b FROM points p) s;
SELECT count(*), bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_predict_batch('n', ARRAY[x, z]) OVER () AS a, nn_predict('n', x, z) AS b FROM points) s;
SELECT count(*), bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_predict_batch('n', VARIADIC ARRAY[x, z]) OVER () AS a, nn_predict('n', x, z) AS b FROM points) s;
SELECT count(*), bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_predict_batch('m', p) OVER (PARTITION BY z ORDER BY i DESC) AS a, nn_predict('m', p) AS b FROM points p) s;
SELECT count(*), bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_predict_batch('m', p) OVER (PARTITION BY i) AS a, nn_predict('m', p) AS b FROM points p) s;
SELECT count(*), avg((a = b)::int) > 0.99 AS same FROM (SELECT nn_classify_batch('three', ARRAY[x, z]) OVER () AS a, nn_classify('three', ARRAY[x, z]) AS b FROM points) s;
SELECT count(*), bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_probability_batch('three', c, ARRAY[x, z]) OVER () AS a, nn_probability('three', c, ARRAY[x, z]) AS b FROM (SELECT *, (i % 3)::text AS c FROM points) p) s;
SELECT count(*), bool_and(abs(a[2] - b[2]) < 1e-4 AND array_length(a, 1) = 3) AS same FROM (SELECT nn_outputs_batch('three', ARRAY[x, z]) OVER () AS a, nn_outputs('three', ARRAY[x, z]) AS b FROM points) s;

-- NULL: rows without a prediction among others
SELECT count(*), count(a), bool_and((a IS NULL) = (z = 4)) AS null, bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT z, nn_predict_batch('skips', x, nullif(z, 4)) OVER (ORDER BY i) AS a, nn_predict('skips', x, nullif(z, 4)) AS b FROM points) s;
SELECT count(*), count(a), bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_predict_batch('m', p) OVER () AS a, nn_predict('m', p) AS b FROM generate_series(0, 999, 2) j LEFT JOIN points p ON i = j AND j % 4 = 0) s;
SELECT count(*), count(a) FROM (SELECT nn_predict_batch(NULL, x, z) OVER () AS a FROM points) s;
SELECT count(*), count(a) FROM (SELECT nn_probability_batch('three', NULL, ARRAY[x, z]) OVER () AS a FROM points) s;
SELECT nn_predict_batch('m', p) OVER () FROM points p WHERE false;

-- arguments that predict themselves, from the same network and others
SELECT count(*), bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_predict_batch('n', x, nn_predict('n', x, z)) OVER () AS a, nn_predict('n', x, nn_predict('n', x, z)) AS b FROM points) s;
SELECT count(*), bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_predict_batch('n', p, z) OVER () AS a, nn_predict('n', p, z) AS b FROM (SELECT z, nn_predict_batch('n', x, z) OVER () AS p FROM points) s) s;
CREATE FUNCTION inner_batch(x float8, z int) RETURNS float8 LANGUAGE sql STABLE AS 'SELECT sum(p) FROM (SELECT nn_predict_batch(''n'', $1, $2 + i) OVER () AS p FROM generate_series(1, 3) i) s';
SELECT count(*), bool_and(abs(a - b) < 1e-3) AS same FROM (SELECT nn_predict_batch('n', x, inner_batch(x, z)) OVER () AS a, nn_predict('n', x, inner_batch(x, z)) AS b FROM points WHERE i < 30) s;

-- views, prepared statements, cursors
CREATE VIEW guesses AS SELECT i, nn_predict_batch('n', x, z) OVER () AS guess FROM points;
SELECT count(*), bool_and(abs(guess - nn_predict('n', x, z)) < 1e-4) AS same FROM guesses JOIN points USING (i);
SELECT count(*) FROM (SELECT guess FROM guesses LIMIT 3) s;
PREPARE batch (regclass) AS SELECT bool_and(abs(a - b) < 1e-4) AS same FROM (SELECT nn_predict_batch($1, x, z) OVER () AS a, nn_predict($1, x, z) AS b FROM points) s;
EXECUTE batch('n');
SET plan_cache_mode = force_generic_plan;
EXECUTE batch('n');
RESET plan_cache_mode;
SELECT guess AS first FROM guesses WHERE i = 1 \gset
SELECT guess AS far FROM guesses WHERE i = 300 \gset
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT i, abs(nn_predict_batch('n', x, z) OVER (ORDER BY i) - CASE i WHEN 1 THEN :first ELSE :far END) < 1e-4 AS old FROM points;
FETCH c;
SELECT version FROM nn_train('n', 'SELECT x, z, y + 1000 AS y FROM points', 'y', hidden => '{40}', epochs => 2);
FETCH ABSOLUTE 300 FROM c;
FETCH ABSOLUTE 1 FROM c;
SELECT bool_and(nn_predict('n', x, z) > 500) AS new FROM points;
COMMIT;

DROP VIEW guesses;
DROP TABLE points, m, n, three, skips;
DROP FUNCTION inner_batch;
