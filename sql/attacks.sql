-- An epoch or two are enough here, without the warnings that they teach little: those are in stopping.sql.
SET client_min_messages = error;
-- a cast to real[] that closes every cursor in the middle of reading
CREATE TABLE attack (a int, b int, y float8);
INSERT INTO attack SELECT i, i % 7, i % 11 FROM generate_series(1, 3000) i;
CREATE TYPE closing AS RANGE (subtype = int);
CREATE FUNCTION close_all(closing) RETURNS real[] LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'CLOSE ALL';
	RETURN ARRAY[lower($1), upper($1)];
END $$;
CREATE CAST (closing AS real[]) WITH FUNCTION close_all(closing);
SELECT rows FROM nn_train('attacked', 'SELECT closing(a, a + 1) AS r, y FROM attack', 'y', hidden => '{2}', epochs => 1);
SELECT rows_read FROM nn_plan('SELECT closing(a, a + 1) AS r, y FROM attack', 'y', sample => 2500);

-- a cast that gives NULL
CREATE OR REPLACE FUNCTION close_all(closing) RETURNS real[] LANGUAGE sql AS 'SELECT CASE WHEN lower($1) % 5 > 0 THEN ARRAY[lower($1), upper($1)]::real[] END';
SELECT rows, inputs FROM nn_train('attacked', 'SELECT closing(a, a + 1) AS r, y FROM attack', 'y', hidden => '{2}', epochs => 1);
DROP TABLE attacked;

-- a row type that changes between two rows
CREATE TYPE changing AS (a int, b text);
CREATE FUNCTION changed(i int) RETURNS changing LANGUAGE plpgsql AS $$
DECLARE
	r changing;
BEGIN
	r.a := i;
	r.b := i % 7;
	RETURN r;
END $$;
SELECT rows FROM nn_train('changed_model', 'SELECT a, b::text, y FROM attack', 'y', hidden => '{2}', epochs => 1);
BEGIN;
DECLARE predictions CURSOR FOR SELECT nn_predict('changed_model', changed(i)) IS NOT NULL AS predicted FROM generate_series(1, 10) i;
FETCH 1 FROM predictions;
ALTER TYPE changing ALTER ATTRIBUTE b TYPE int;
\set VERBOSITY sqlstate
FETCH 1 FROM predictions;
\set VERBOSITY default
ROLLBACK;

-- children of a model table are no versions of it
CREATE TABLE child () INHERITS (changed_model);
INSERT INTO child SELECT * FROM changed_model;
SELECT nn_predict('changed_model', 1, '1') IS NOT NULL AS predicted;
SELECT count(*) FROM nn_versions('changed_model');
DROP TABLE child;

-- whoever lists models runs nobody's code with rights of his own
CREATE ROLE regress_evil;
CREATE ROLE regress_victim;
CREATE SCHEMA evil AUTHORIZATION regress_evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
GRANT SELECT ON attack TO regress_evil;
SET ROLE regress_evil;
CREATE FUNCTION evil.tell(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF current_user <> 'regress_evil' THEN
		RAISE EXCEPTION 'run as %', current_user;
	END IF;
	RETURN true;
END $$;
SELECT rows FROM nn_train('evil.m', 'SELECT a, y FROM attack', 'y', hidden => '{2}', epochs => 1);
GRANT SELECT ON evil.m TO PUBLIC;
CREATE INDEX ON evil.m (version) WHERE evil.tell(1);
RESET ROLE;
SELECT model, owner, target FROM nn_models WHERE owner = 'regress_evil';
SET ROLE regress_victim;
SELECT model, owner, target FROM nn_models WHERE owner = 'regress_evil';
SET ROLE regress_evil;
DROP INDEX evil.m_version_idx;
ALTER TABLE evil.m ENABLE ROW LEVEL SECURITY;
CREATE POLICY tell ON evil.m USING (evil.tell(version));
SET ROLE regress_victim;
SELECT model, owner, target FROM nn_models WHERE owner = 'regress_evil';
RESET ROLE;
DROP SCHEMA evil CASCADE;

-- a trigger that keeps a version from becoming active
SELECT version FROM nn_train('changed_model', 'attack', 'y', hidden => '{2}', epochs => 1);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN CASE WHEN NEW.active THEN NULL ELSE NEW END; END';
CREATE TRIGGER refuse BEFORE UPDATE ON changed_model FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT nn_activate('changed_model', 1);
SELECT version, active FROM changed_model ORDER BY version;
DROP TABLE changed_model;

-- texts of any length
SELECT nn_train('long', 'SELECT repeat(a::text, 1000) AS c, y FROM attack', 'y');

DROP CAST (closing AS real[]);
DROP FUNCTION close_all, changed, refuse;
DROP TYPE closing, changing;
REVOKE ALL ON attack FROM regress_evil;
DROP TABLE attack;
DROP ROLE regress_evil, regress_victim;
