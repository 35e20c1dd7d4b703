-- The same rows, options and seed give the same model, whatever order the rows arrive in.
-- An epoch or two are enough here, without the warnings that they teach little: those are in stopping.sql.
SET client_min_messages = error;
CREATE TABLE source AS SELECT i, (i * 37 % 101)::float8 / 7 AS x, CASE WHEN i % 11 > 0 THEN (i * 53 % 97)::numeric / 10 END AS z, CASE i % 9 WHEN 0 THEN 'b' WHEN 1 THEN NULL WHEN 2 THEN 'ä' ELSE 'c' || i % 2 END AS t,
	date '2020-01-01' + i * 17 % 365 AS d, CASE WHEN i % 13 > 0 THEN ARRAY[i % 5, i % 3] END AS a, i % 2 = 0 AS b FROM generate_series(1, 600) i;
CREATE TABLE rows AS SELECT x, z, t, d, a, b, x * 2 - coalesce(z, 3) + length(coalesce(t, '')) AS y, CASE WHEN x > 9 THEN 'hi' WHEN z > 4 THEN 'lo' ELSE 'mid' END AS class FROM source;
-- a third of them twice
INSERT INTO rows SELECT * FROM rows WHERE x < 5;
CREATE TABLE shuffled AS SELECT * FROM rows ORDER BY md5(rows::text);
CREATE TABLE reversed AS SELECT * FROM rows ORDER BY rows DESC;

CREATE FUNCTION compare(columns text, target text, options text DEFAULT 'epochs => 8') RETURNS TABLE (models bigint, results bigint) LANGUAGE plpgsql AS $$
DECLARE
	t text;
BEGIN
	FOR t IN SELECT unnest('{rows,shuffled,reversed}'::text[]) LOOP
		EXECUTE format('SELECT nn_train(%L, %L, %L, hidden => %L, seed => 1, %s)', 'm_' || t, format('SELECT %s FROM %s', columns, t), target, '{5,4}', options);
	END LOOP;
	RETURN QUERY SELECT count(DISTINCT md5(features::text || parameters::text || coalesce(classes::text, '') || coalesce(target_mean::text || target_scale::text, ''))),
		count(DISTINCT md5(row(v.rows, v.rows_skipped, v.epochs, loss, validation_loss, score, baseline, loss_curve, validation_curve, rate_curve, stop_reason, total_epochs, updates, optimizer_state)::text))
		FROM unnest('{m_rows,m_shuffled,m_reversed}'::regclass[]) m, nn_versions(m) v WHERE active;
END $$;

SELECT count(DISTINCT o) AS orders FROM (SELECT md5(string_agg(r::text, ' ')) AS o FROM rows r UNION SELECT md5(string_agg(r::text, ' ')) FROM shuffled r UNION SELECT md5(string_agg(r::text, ' ')) FROM reversed r) s;

-- regression, classification with three and two classes, several outputs
SELECT * FROM compare('x, z, t, d, a, b, y', 'y');
SELECT * FROM compare('x, z, t, d, a, b, class', 'class');
SELECT * FROM compare('x, z, t, d, a, b, y > 15 AS y', 'y');
SELECT * FROM compare('x, z, t, ARRAY[y, x] AS y', 'y');
-- stopped early, and without held-out rows
SELECT * FROM compare('x, t, b, y', 'y', 'epochs => 200');
SELECT epochs < 200 AS early, stop_reason, rows FROM m_rows WHERE active;
SELECT * FROM compare('x, z, t, y', 'y', 'epochs => 8, validation => 0');
SELECT * FROM compare('x, z, t, y', 'y', 'epochs => 8, validation => 0.5');
-- every optimizer, and each of the other options that rows take part in
SELECT optimizer, c.* FROM unnest('{gd,sgd,rmsprop,adamw,lbfgs}'::text[]) optimizer, compare('x, z, t, y', 'y', format('epochs => 8, optimizer => %L', optimizer)) c;
SELECT * FROM compare('x, z, t, y', 'y', 'epochs => 8, dropout => 0.3, input_dropout => 0.2');
SELECT * FROM compare('x, z, t, y', 'y', 'epochs => 8, quantiles => ''{0.1,0.5,0.9}'', schedule => ''plateau'', decay_epochs => 2');
SELECT * FROM compare('x, t, abs(y) AS y', 'y', 'epochs => 8, loss => ''poisson'', stop_on => ''score''');
SELECT * FROM compare('x, z, t, a, y', 'y', 'epochs => 8, missing => ''skip''');
SELECT * FROM compare('x, z, t, length(class) AS w, x < 4 AS held_out, class', 'class', 'epochs => 8, weight => ''w'', class_weight => ''balanced'', holdout => ''held_out''');
SELECT * FROM compare('x, z, t, length(class) AS w, x < 4 AS held_out, class', 'class', 'epochs => 8, weight => ''w'', class_weight => ''balanced'', holdout => ''held_out'', warm_start => true');
SELECT DISTINCT started_from IS NOT NULL AS went_on, rows_skipped FROM nn_versions('m_shuffled') WHERE active;

-- the same seed the same, another seed another
SELECT count(*) FROM (SELECT nn_train('seeds', 'SELECT x, z, t, y FROM rows', 'y', hidden => '{4}', epochs => 2, keep => 10, seed => s) FROM unnest(ARRAY[7, 8, 7, -1, 2147483647, -2147483648, 7]) s) t;
SELECT (options->>'seed')::int AS seed, count(*) AS versions, count(DISTINCT parameters) AS models FROM seeds GROUP BY 1 ORDER BY 1;
SELECT count(DISTINCT parameters) AS models FROM seeds;
SELECT md5(parameters::text) AS mine FROM seeds WHERE version = 1 \gset
\c
SET client_min_messages = error;
SELECT version FROM nn_train('seeds', 'SELECT x, z, t, y FROM rows', 'y', hidden => '{4}', epochs => 2, seed => 7);
SELECT md5(parameters::text) = :'mine' AS another_session FROM seeds WHERE active;

-- the same table in another physical order
CREATE INDEX rows_y ON rows (y, x);
CLUSTER rows USING rows_y;
SELECT version FROM nn_train('seeds', 'SELECT x, z, t, y FROM rows', 'y', hidden => '{4}', epochs => 2, seed => 7);
UPDATE rows SET x = x WHERE b;
VACUUM rows;
UPDATE rows SET x = x WHERE NOT b;
SELECT version FROM nn_train('seeds', 'SELECT x, z, t, y FROM rows', 'y', hidden => '{4}', epochs => 2, seed => 7);
SET enable_seqscan = off;
SELECT version FROM nn_train('seeds', 'SELECT x, z, t, y FROM rows WHERE y > -1000', 'y', hidden => '{4}', epochs => 2, seed => 7);
RESET enable_seqscan;
SELECT count(DISTINCT parameters) AS models, count(*) AS versions FROM seeds WHERE version > 7;
-- settings that print numbers and dates make no difference
SET extra_float_digits = -5;
SET datestyle = 'German';
SET timezone = 'Asia/Tokyo';
SELECT * FROM compare('x, z, t, d, a, b, y', 'y');
SELECT version FROM nn_train('seeds', 'SELECT x, z, t, y FROM rows', 'y', hidden => '{4}', epochs => 2, seed => 7);
RESET extra_float_digits;
SELECT count(DISTINCT features::text || parameters::text || target_mean::text) AS models FROM seeds WHERE version > 7;

-- 0 and -0 are the same, NULL and 0 are not
CREATE TABLE zeros AS SELECT CASE WHEN i % 2 = 0 THEN '0' ELSE '-0' END::float8 AS x, i % 5 AS n, i % 3 AS y FROM generate_series(1, 60) i;
CREATE TABLE zeros2 AS SELECT 0::float8 AS x, n, y FROM zeros ORDER BY y, n;
SELECT version FROM nn_train('seeds', 'zeros', 'y', hidden => '{4}', epochs => 2, activate => 'never');
SELECT version FROM nn_train('seeds', 'zeros2', 'y', hidden => '{4}', epochs => 2, activate => 'never');
SELECT count(DISTINCT parameters) AS models FROM (SELECT parameters FROM seeds ORDER BY version DESC LIMIT 2) s;
-- another value, another model
SELECT version FROM nn_train('seeds', 'SELECT x, CASE WHEN n > 0 THEN n END AS n, y FROM zeros', 'y', hidden => '{4}', epochs => 2, activate => 'never');
SELECT version FROM nn_train('seeds', 'SELECT x, n, y + 1e-3 * (n = 1 AND y = 1)::int AS y FROM zeros', 'y', hidden => '{4}', epochs => 2, activate => 'never');
SELECT count(DISTINCT parameters) AS models FROM (SELECT parameters FROM seeds ORDER BY version DESC LIMIT 3) s;

DROP FUNCTION compare;
DROP TABLE source, rows, shuffled, reversed, zeros, zeros2, seeds, m_rows, m_shuffled, m_reversed;

-- copies of a row are spread over training and held-out rows, in any order alike
CREATE TABLE copies AS SELECT i % 7 AS x, i % 7 AS y FROM generate_series(1, 1050) i;
SELECT rows, score IS NOT NULL AS score, baseline > -0.2 AS baseline FROM nn_train('m_copies', 'copies', 'y', hidden => '{4}', epochs => 3);
SELECT rows FROM nn_train('m_mixed', 'SELECT * FROM copies ORDER BY y DESC, random()', 'y', hidden => '{4}', epochs => 3);
SELECT a.parameters = b.parameters AS same FROM m_copies a, m_mixed b;
DROP TABLE copies, m_copies, m_mixed;
