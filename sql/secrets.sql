-- What nobody may learn from an error, a view or the type of a temporary table.
SET client_min_messages = error;
CREATE ROLE regress_teller;
CREATE ROLE regress_asker;
CREATE SCHEMA vault;
GRANT USAGE, CREATE ON SCHEMA vault TO regress_teller;
GRANT USAGE ON SCHEMA vault TO regress_asker;
CREATE TABLE vault.people AS SELECT i AS id, 20 + i % 50 AS age, 'name' || i % 5 AS name, 1000 * (i % 9)::float8 AS salary, i % 10 > 0 AS open FROM generate_series(1, 200) i;
UPDATE vault.people SET salary = 'NaN', name = 'SECRET', age = 4242 WHERE NOT open;
GRANT SELECT (age, name, salary) ON vault.people TO regress_teller;
GRANT SELECT ON vault.people TO regress_asker;

-- a column without the right to it
SET ROLE regress_teller;
SELECT failure($$ SELECT nn_train('vault.m', 'vault.people', 'salary', epochs => 1) $$);
SELECT failure($$ SELECT nn_train('vault.m', 'SELECT age, id, salary FROM vault.people', 'salary', epochs => 1) $$);
-- an error says which column and how many rows, not what stands in them
SELECT failure($$ SELECT nn_train('vault.m', 'SELECT age, name, salary FROM vault.people', 'salary', epochs => 1) $$);
RESET ROLE;
-- and nothing of the rows that row security hides: these can't make it fail
ALTER TABLE vault.people ENABLE ROW LEVEL SECURITY;
CREATE POLICY open ON vault.people FOR SELECT USING (open);
SET ROLE regress_teller;
SELECT rows FROM nn_train('vault.m', 'SELECT age, name, salary FROM vault.people', 'salary', hidden => '{2}', epochs => 1);
SELECT m::text LIKE '%SECRET%' OR m::text LIKE '%4242%' AS told FROM vault.m m;
SELECT feature, categories FROM nn_features('vault.m') WHERE kind = 'category';

-- a view: as any table, with the rights of its owner or of who asks
CREATE VIEW vault.version AS SELECT version, active FROM vault.m;
CREATE VIEW vault.guess AS SELECT age, nn_predict('vault.m', age, name) IS NOT NULL AS guessed FROM (VALUES (30, 'name1')) v (age, name);
CREATE VIEW vault.asked WITH (security_invoker) AS SELECT version, active FROM vault.m;
CREATE FUNCTION vault.rounded(age int, name text) RETURNS bool STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	LANGUAGE plpgsql AS 'BEGIN RETURN round(public.nn_predict(''vault.m'', age, name)) IS NOT NULL; END';
GRANT SELECT ON vault.version, vault.guess, vault.asked TO regress_asker;
SET ROLE regress_asker;
SELECT * FROM vault.version;
SELECT failure('SELECT * FROM vault.asked');
SELECT failure('SELECT * FROM vault.guess');
SELECT vault.rounded(30, 'name1');
SELECT failure($$ SELECT * FROM vault.m $$);
-- a column of the model isn't the model
RESET ROLE;
GRANT SELECT (version, active, score) ON vault.m TO regress_asker;
SET ROLE regress_asker;
SELECT version, active FROM vault.m;
SELECT failure($$ SELECT nn_predict('vault.m', 30, 'name1') $$);
SELECT failure($$ SELECT * FROM nn_weights('vault.m') $$);
SELECT count(*) AS models FROM nn_models;
RESET ROLE;

-- names that a session's temporary objects take before all others
CREATE TYPE pg_temp.nn_model AS (version text);
CREATE DOMAIN pg_temp.regclass AS int;
CREATE DOMAIN pg_temp.text AS int;
CREATE TABLE pg_temp.pg_class (oid int);
CREATE FUNCTION pg_temp.max(int) RETURNS int LANGUAGE sql AS 'SELECT 1 / 0';
SELECT version FROM nn_train('vault.m', 'SELECT age, name, salary FROM vault.people WHERE open', 'salary', hidden => '{2}', epochs => 1);
SELECT nn_predict('vault.m', 30, 'name1') IS NOT NULL AS predicts, (SELECT count(*) FROM nn_weights('vault.m')) AS weights;
SELECT version FROM nn_train('vault.n', 'SELECT age, salary FROM vault.people WHERE open', 'salary', hidden => '{2}', epochs => 1);
SELECT c.reloftype::pg_catalog.regtype FROM pg_catalog.pg_class c WHERE relname = 'n';
SELECT model, version FROM nn_models WHERE owner = current_user;
DISCARD TEMP;

-- the library changes nothing of the session's arithmetic
SELECT '1e-310'::float8 AS denormal, 2::float8 / 3 AS rounded;

DROP FUNCTION vault.rounded;
DROP SCHEMA vault CASCADE;
DROP ROLE regress_teller, regress_asker;
