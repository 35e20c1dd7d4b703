-- Networks that a session keeps ready: never older, nor for others' eyes, than reading the model again would be.
SET client_min_messages = error;
CREATE SCHEMA one;
CREATE TABLE points AS SELECT (i % 7)::float8 AS x, (i % 5)::int AS z, 2 * (i % 7) - (i % 5) AS y FROM generate_series(1, 105) i;
SELECT version FROM nn_train('one.m', 'points', 'y', hidden => '{4}', epochs => 5);
SELECT version FROM nn_train('one.m', 'SELECT x, z, y + 1000 AS y FROM points', 'y', hidden => '{4}', epochs => 5, activate => 'never');
SELECT version FROM nn_train('n', 'SELECT x, z, y + 2000 AS y FROM points', 'y', hidden => '{4}', epochs => 5);
-- The thousand that a prediction is near tells the version.
CREATE FUNCTION thousand(m regclass) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN round(nn_predict(m, 1, 2) / 1000); END $$;
SET pgnn.cache_size = -1;
SET pgnn.cache_size = 10001;
SHOW pgnn.cache_size;

-- many models through one call, and few or none kept
SELECT thousand(m) FROM (VALUES (1, 'one.m'::regclass), (2, 'n'), (3, 'one.m'), (4, 'one.m'), (5, 'n')) v (i, m) ORDER BY i;
SET pgnn.cache_size = 1;
SELECT thousand(m) FROM (VALUES (1, 'one.m'::regclass), (2, 'n'), (3, 'one.m'), (4, 'one.m'), (5, 'n')) v (i, m) ORDER BY i;
SET pgnn.cache_size = 0;
SELECT thousand(m) FROM (VALUES (1, 'one.m'::regclass), (2, 'n'), (3, 'one.m'), (4, 'one.m'), (5, 'n')) v (i, m) ORDER BY i;
SELECT thousand('one.m'), thousand('n'), thousand('one.m');
RESET pgnn.cache_size;
SELECT thousand('one.m'), thousand('n'), thousand('one.m');
-- what was kept and may not be any more goes with the next prediction
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'pgnn network';
SET pgnn.cache_size = 1;
SELECT thousand('one.m');
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'pgnn network';
SET pgnn.cache_size = 0;
SELECT thousand('one.m');
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'pgnn network';

-- one statement reads a model once, for however many rows
SELECT version FROM nn_train('large', 'points', 'y', hidden => '{64,64}', epochs => 1);
SET max_parallel_workers_per_gather = 0; -- each process would
CREATE FUNCTION fetched() RETURNS bigint LANGUAGE sql AS 'SELECT pg_stat_get_xact_blocks_fetched(reltoastrelid) FROM pg_class WHERE oid = ''large''::regclass';
BEGIN;
SELECT fetched() AS before \gset
SELECT nn_predict('large', 1, 2) IS NOT NULL AS predicts;
SELECT fetched() AS one \gset
SELECT count(nn_predict('large', x, z)) FROM points, generate_series(1, 100);
SELECT :one - :before > 2 AS counted, fetched() - :one = :one - :before AS once;
COMMIT;
RESET max_parallel_workers_per_gather;
DROP FUNCTION fetched;
DROP TABLE large;
RESET pgnn.cache_size;

-- versions: by nn_activate, by hand, in a transaction that comes to nothing
SELECT nn_activate('one.m', 2);
SELECT thousand('one.m');
UPDATE one.m SET active = false WHERE active;
SELECT thousand('one.m');
UPDATE one.m SET active = true WHERE version = 1;
SELECT thousand('one.m');
UPDATE one.m SET target_mean = ARRAY[target_mean[1] + 3000];
SELECT thousand('one.m');
BEGIN;
UPDATE one.m SET target_mean = ARRAY[target_mean[1] + 1000];
SELECT thousand('one.m');
SAVEPOINT s;
UPDATE one.m SET target_mean = ARRAY[target_mean[1] + 1000];
SELECT thousand('one.m');
ROLLBACK TO s;
SELECT thousand('one.m');
ROLLBACK;
SELECT thousand('one.m');
DO $$
DECLARE
	answers int[];
BEGIN
	FOR i IN 1..3 LOOP
		UPDATE one.m SET target_mean = ARRAY[target_mean[1] + 1000];
		answers := answers || round(nn_predict('one.m', 1, 2) / 1000)::int;
	END LOOP;
	RAISE INFO '%', answers;
END $$;
UPDATE one.m SET target_mean = ARRAY[target_mean[1] - 6000];

-- another session's training, seen by the next statement or by the next transaction
\setenv PGDATABASE :DBNAME
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT thousand('one.m');
\! psql -X -q -c "UPDATE one.m SET target_mean = ARRAY[target_mean[1] + 5000]"
SELECT thousand('one.m');
COMMIT;
SELECT thousand('one.m');
BEGIN;
\! psql -X -q -c "UPDATE one.m SET target_mean = ARRAY[target_mean[1] - 5000]"
SELECT thousand('one.m');
COMMIT;

-- however the parameters are stored: in the row or elsewhere, compressed or not
SELECT version FROM nn_train('stored', 'points', 'y', hidden => '{64,64}', epochs => 1);
CREATE FUNCTION stored_as(storage text, parameters text) RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER TABLE stored ALTER parameters SET STORAGE %s', storage);
	EXECUTE format('UPDATE stored SET parameters = %s', parameters);
	RETURN nn_predict('stored', 1, 2);
END $$;
SELECT nn_predict('stored', 1, 2) = stored_as('external', 'parameters || ''{}''') AS same;
SELECT stored_as('external', value) = stored_as('extended', value) AND stored_as('extended', value) = stored_as('main', value) AS same
	FROM (VALUES (1, 'parameters || ''{}'''), (2, 'parameters[:3000] || array_fill(0.01::real, ARRAY[1417])'), (3, 'array_fill(0.01::real, ARRAY[4417])')) v (n, value) ORDER BY n;
SELECT stored_as('external', 'array_fill(0.01::real, ARRAY[4417, 1])');
SELECT stored_as('external', 'array_fill(NULL::real, ARRAY[4417])');
SELECT stored_as('external', 'array_fill(0.01::real, ARRAY[4416])');

-- where the row was that is known: moved by VACUUM, or one of two
INSERT INTO n SELECT (jsonb_populate_record(NULL::nn_model, to_jsonb(n) || jsonb_build_object('version', 100 + i, 'active', false))).* FROM n, generate_series(1, 100) i;
WITH gone AS (DELETE FROM n WHERE active RETURNING *) INSERT INTO n SELECT * FROM gone;
SELECT thousand('n'), (SELECT ctid > '(3,0)' AS behind FROM n WHERE active);
\! psql -X -q -c "DELETE FROM n WHERE NOT active" -c "VACUUM n" -c "UPDATE n SET target_mean = ARRAY[target_mean[1] + 1000]" -c "VACUUM n"
SELECT thousand('n');
\! psql -X -q -c "VACUUM FULL n" -c "UPDATE n SET target_mean = ARRAY[target_mean[1] - 1000]"
SELECT thousand('n');
DROP INDEX n_active_idx;
SELECT thousand('n');
INSERT INTO n SELECT (jsonb_populate_record(NULL::nn_model, to_jsonb(n) || '{"version": 2}')).* FROM n;
SELECT thousand('n');
DELETE FROM n WHERE version = 2;
CREATE UNIQUE INDEX ON n (version) WHERE active;
SELECT thousand('n');
INSERT INTO n SELECT (jsonb_populate_record(NULL::nn_model, to_jsonb(n) || '{"version": 2}')).* FROM n;
SELECT thousand('n');
DELETE FROM n WHERE version = 2;

-- other names, other tables of the same name
ALTER TABLE one.m RENAME TO m2;
SELECT thousand('one.m2');
CREATE TABLE one.m AS TABLE one.m2;
SELECT thousand('one.m2');
ALTER SCHEMA one RENAME TO two;
CREATE SCHEMA one;
CREATE TABLE one.m2 OF nn_model;
SELECT thousand('two.m2');
SELECT thousand('one.m2');
DROP TABLE one.m2;
SELECT thousand('two.m2');
SELECT thousand('two.m');
BEGIN;
DROP TABLE two.m2;
SELECT version FROM nn_train('two.m2', 'SELECT x, z, y + 7000 AS y FROM points', 'y', hidden => '{4}', epochs => 5);
SELECT thousand('two.m2');
ROLLBACK;
SELECT thousand('two.m2');
TRUNCATE two.m2;
SELECT thousand('two.m2');
INSERT INTO two.m2 SELECT * FROM two.m;
SELECT thousand('two.m2');
DISCARD ALL;
SET client_min_messages = error;
SELECT thousand('two.m2');

-- rights: of one statement, whatever another has loaded
CREATE ROLE regress_nn_reader;
GRANT USAGE ON SCHEMA two TO regress_nn_reader;
GRANT SELECT ON two.m2 TO regress_nn_reader;
SET ROLE regress_nn_reader;
SELECT thousand('two.m2');
SELECT thousand('n');
RESET ROLE;
SELECT thousand('n');
REVOKE SELECT ON two.m2 FROM regress_nn_reader;
GRANT SELECT (version, active, features, parameters) ON two.m2 TO regress_nn_reader;
SELECT thousand('two.m2');
SET ROLE regress_nn_reader;
SELECT round(nn_predict('two.m2', 1, 2) / 1000);
RESET ROLE;
GRANT SELECT ON two.m2 TO regress_nn_reader;
ALTER TABLE two.m2 ENABLE ROW LEVEL SECURITY;
SET ROLE regress_nn_reader;
SELECT round(nn_predict('two.m2', 1, 2) / 1000);
RESET ROLE;
CREATE POLICY p ON two.m2 USING (version = 1);
SET ROLE regress_nn_reader;
SELECT round(nn_predict('two.m2', 1, 2) / 1000);
RESET ROLE;
SELECT nn_activate('two.m2', 2);
SET ROLE regress_nn_reader;
SELECT round(nn_predict('two.m2', 1, 2) / 1000);
RESET ROLE;
SELECT round(nn_predict('two.m2', 1, 2) / 1000);

DROP SCHEMA one, two CASCADE;
DROP TABLE n, points, stored;
DROP FUNCTION thousand, stored_as;
DROP ROLE regress_nn_reader;
