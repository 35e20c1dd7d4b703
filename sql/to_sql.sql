-- Predictions as plain SQL: the same as pgnn's, within 1e-5, for all kinds of columns, layers and targets.
SET client_min_messages = error;
CREATE TYPE mood AS ENUM ('sad', 'o''k', 'happy "\');
CREATE TABLE points AS SELECT i AS id,
	CASE WHEN i % 9 > 0 THEN sin(i)::real END AS "Nümber", (i * 1000000000::bigint) % 97 AS z1, i % 7 / 8.0 AS x2, i % 3 = 0 AS "b b",
	CASE WHEN i % 8 > 0 THEN (ARRAY['lo', 'h"i', 'a\b', ''])[1 + i % 4] END AS t, (ARRAY['sad', 'o''k', 'happy "\'])[1 + i % 3]::mood AS m,
	(i % 5)::text::char(3) AS c, date '2020-02-29' + i AS d, timestamp '2024-01-01' + i * interval '1 h' AS ts,
	CASE WHEN i % 11 > 0 THEN timestamptz '2024-01-01 00:00+02' + i * interval '1 s' END AS tz, time '00:00' + i * interval '1 min' AS "select",
	interval '1 month' * (i % 13) AS iv, CASE WHEN i % 6 > 0 THEN ARRAY[i % 4, cos(i), CASE WHEN i % 5 > 0 THEN i END] END AS a,
	ARRAY[1, i % 2]::real[] AS r, 'same' AS constant,
	3 + sin(i) * 2 AS y, (ARRAY['x''', 'y"\', 'z'])[1 + i % 3] AS class, i % 2 = 0 AS yes, abs(i % 7) AS n, ARRAY[i % 7, 1e6 * (3 + sin(i))] AS two
	FROM generate_series(1, 200) i;
CREATE TABLE fresh AS SELECT * FROM points WHERE id <= 60;
UPDATE fresh SET t = 'unknown' WHERE id % 5 = 0;
UPDATE fresh SET "Nümber" = 100, z1 = NULL WHERE id % 7 = 0;
UPDATE fresh SET a = NULL, r = NULL, d = NULL, "b b" = NULL, m = NULL, c = NULL, ts = NULL WHERE id % 10 = 0;

-- How far the expression's numbers are from the model's, relative to the largest: as text, so that they compare.
CREATE FUNCTION compare(model regclass, source text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	differs float8;
	expression text := nn_to_sql(model);
	classes text[] = (SELECT classes FROM nn_versions(model) WHERE active);
	count bigint;
	nulls bigint;
BEGIN
	EXECUTE format('SELECT max(abs(u.a - u.b) / greatest(abs(u.a), 1e-3)), count(*) FILTER (WHERE (u.a IS NULL) <> (u.b IS NULL)), count(*) '
		'FROM (SELECT nn_outputs(%L::regclass, s) AS outputs, %s AS answer FROM %s s) o, '
		'unnest(%s, %s) AS u (a, b)', model, expression, source,
		CASE WHEN cardinality(classes) = 2 THEN 'outputs[2:]' ELSE 'outputs' END,
		CASE WHEN expression LIKE '%(SELECT ARRAY[%' THEN 'answer' ELSE 'ARRAY[answer]' END) INTO differs, nulls, count;
	IF classes IS NOT NULL THEN
		EXECUTE format('SELECT count(*) FILTER (WHERE nn_classify(%L::regclass, s) IS DISTINCT FROM %s) FROM %s s', model, nn_to_sql(model, classify => true), source) INTO nulls;
	END IF;
	RETURN CASE WHEN differs < 1e-5 THEN 'near' ELSE 'differs by ' || differs END || ', ' || count || ' numbers, ' || nulls || ' otherwise';
END $$;

-- all kinds of columns
SELECT rows FROM nn_train('kinds', 'SELECT "Nümber", z1, x2, "b b", t, m, c, d, ts, tz, "select", iv, a, r, constant, y FROM points', 'y', hidden => '{7,5}', epochs => 20);
SELECT compare('kinds', 'points'), compare('kinds', 'fresh');
SET timezone = 'Asia/Kathmandu';
SELECT compare('kinds', 'fresh');
RESET timezone;
-- all targets: two and more classes, counts, quantiles, several numbers, and no hidden layer
CREATE FUNCTION train_and_compare(target text, hidden int[], loss text DEFAULT NULL, quantiles float8[] DEFAULT NULL, missing text DEFAULT 'impute', activation text DEFAULT 'relu') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM nn_train('target', 'SELECT "Nümber", t, "b b", a, ' || target || ' FROM points', target, hidden => hidden, loss => loss, quantiles => quantiles, missing => missing, activation => activation, epochs => 30, keep => 0);
	RETURN compare('target', 'points') || '; ' || compare('target', 'fresh');
END $$;
SELECT train_and_compare('class', '{6}');
SELECT train_and_compare('yes', '{6}');
SELECT train_and_compare('n', '{5}', 'poisson');
SELECT train_and_compare('y', '{5}', NULL, '{0.1,0.5,0.9}');
SELECT train_and_compare('two', '{5}');
SELECT train_and_compare('class', '{}');
SELECT train_and_compare('y', '{}');
SELECT train_and_compare('y', '{4}', missing => 'skip');
SELECT train_and_compare('class', '{4}', missing => 'skip');

-- all activations
SELECT activation, train_and_compare('y', '{9,4}', activation => activation) FROM unnest('{relu,leaky_relu,elu,gelu,silu,softplus,tanh,sigmoid,identity}'::text[]) activation;

-- extreme inputs don't overflow
SELECT version FROM nn_train('act', 'SELECT "Nümber", t, x2, yes FROM points', 'yes', hidden => '{9,4}', activation => '{elu,silu}', epochs => 30, keep => 0);
SELECT nn_to_sql('act') AS expression \gset
SELECT :expression BETWEEN 0 AND 1 AS probability FROM (VALUES (1e12::real), (-1e12), (0)) v ("Nümber"), (VALUES (NULL::text)) w (t), (VALUES (1e15), (-1e15)) u (x2);
-- as a function, on what another server has
SELECT nn_to_sql('kinds', 'public."Pre dict"') AS statement \gset
:statement
SELECT nn_to_sql('act', 'which', classify => true) AS statement \gset
:statement
SELECT pg_get_function_arguments('"Pre dict"'::regproc), pg_get_function_result('"Pre dict"'::regproc), pg_get_function_result('which'::regproc);
SELECT count(*), bool_and(abs("Pre dict"("Nümber", z1, x2, "b b", t, m::text, c, d, ts, tz, "select", iv, a, r, constant) / nn_predict('kinds', f) - 1) < 1e-5) AS near FROM fresh f;
-- readable
SELECT nn_import('tiny', '{"format": 1, "task": "regression", "target": "y", "layer_sizes": [4, 2, 1], "activations": ["tanh", "identity"], "parameters": [2, 3, 0.5, -1, 1, 2, 3, 0, 0.1, 0.2, 0.5, 0.25, 1],
	"target_mean": [10], "target_scale": [2], "features": [{"name": "a", "type": "real", "kind": "number", "mean": [1], "scale": [2], "missing_input": true, "inputs": 2}, {"name": "b", "type": "text", "kind": "category", "categories": ["x", "y"], "missing_input": false, "inputs": 2}]}');
-- any version
SELECT nn_import('tiny', jsonb_set(nn_export('tiny'), '{parameters,12}', '-7'), activate => false);
SELECT position('1::float8' in nn_to_sql('tiny')) > 0 AS active, nn_to_sql('tiny') = nn_to_sql('tiny', version => 1) AS same, position('-7::float8' in nn_to_sql('tiny', version => 2)) > 0 AS second;
SELECT failure('SELECT nn_to_sql(''tiny'', version => 3)');
\pset format unaligned
\pset tuples_only
SELECT nn_to_sql('tiny', 'tiny');
-- bad input
SELECT failure('SELECT nn_to_sql(''points'')');
SELECT nn_to_sql(NULL) IS NULL;
SELECT failure('SELECT nn_to_sql(''tiny'', ''a b; DROP TABLE points'')');
UPDATE tiny SET parameters[2] = 'NaN';
SELECT failure('SELECT nn_to_sql(''tiny'')');
UPDATE tiny SET active = false;
SELECT failure('SELECT nn_to_sql(''tiny'')');
CREATE ROLE regress_nn_nobody;
SET ROLE regress_nn_nobody;
SELECT failure('SELECT nn_to_sql(''kinds'')');
RESET ROLE;
DROP ROLE regress_nn_nobody;
DROP FUNCTION "Pre dict", which, compare, train_and_compare;
DROP TABLE kinds, act, target, tiny, points, fresh;
DROP TYPE mood;
