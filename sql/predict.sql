-- An epoch or two are enough here, without the warnings that they teach little: those are in stopping.sql.
SET client_min_messages = error;
CREATE TABLE points AS SELECT (i % 7)::float8 AS x, (i % 5)::int AS z, CASE i % 3 WHEN 0 THEN 'lo' ELSE 'hi' END AS t, 2 * (i % 7) - (i % 5) AS y FROM generate_series(1, 105) i;
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{4}', epochs => 20);
SELECT version FROM nn_train('numbers', 'SELECT x, z, y FROM points', 'y', hidden => '{4}', epochs => 20);
SELECT version FROM nn_train('two', 'SELECT x, z, CASE WHEN y > 3 THEN ''yes'' ELSE ''no'' END AS y FROM points', 'y', hidden => '{4}', epochs => 20);
CREATE TABLE iris (sepal_length_cm float8, sepal_width_cm float8, petal_length_cm float8, petal_width_cm float8, species text);
\copy iris FROM 'test/data/iris.csv' (FORMAT csv, HEADER)
SELECT score > 0.9 AS score, round(baseline::numeric, 2) AS baseline FROM nn_train('three', 'iris', 'species', hidden => '{8}', learning_rate => 0.02, validation => 0, epochs => 60);

-- arguments that don't fit
SELECT nn_predict('m');
SELECT nn_predict('m', 1, 2);
SELECT nn_predict('m', 1, 2, 'lo', 4);
SELECT nn_predict('no_such_model', 1, 2, 'lo');
SELECT nn_predict('points', 1, 2, 'lo');
SELECT nn_predict('m', 'one', 2, 'lo');
SELECT nn_predict('m', 1, 2.5, 'lo') IS NOT NULL AS ok;
SELECT nn_predict('m', 'lo'::text, 2, 'lo');
SELECT nn_predict('m', 1, now(), 'lo');
SELECT nn_predict('m', 1, 2, current_date);
SELECT nn_predict('m', 1, ARRAY[2], 'lo');
SELECT nn_predict('m', 1, 'NaN', 'lo');
SELECT nn_predict('m', 1, '-infinity'::float8, 'lo');
SELECT nn_predict('m', p) FROM (SELECT x, z FROM points) p;
SELECT nn_predict('m', p) FROM (SELECT x, z, t::bytea AS t FROM points) p;
SELECT nn_predict('m', p) FROM (SELECT t AS x, z, t FROM points) p;
SELECT nn_predict('m', ROW(1, 2, 'lo'));
SELECT nn_predict('m', '{"x": 1, "t": "lo"}'::jsonb);
SELECT nn_predict('m', '{"x": "1", "z": 2, "t": "lo"}'::jsonb);
SELECT nn_predict('m', '{"x": [1], "z": 2, "t": "lo"}'::jsonb);
SELECT nn_predict('m', '{"x": 1, "z": 2, "t": {"a": 1}}'::jsonb);
SELECT nn_predict('m', '{"x": 1, "z": 1e400, "t": "lo"}'::jsonb);
SELECT nn_predict('m', '[1, 2, "lo"]'::jsonb);
SELECT nn_predict('m', '1'::jsonb);
SELECT nn_predict('m', 'null'::jsonb);
SELECT nn_predict('m', '{"x": 1, "z": 2, "t": "lo"}'::json);
SELECT nn_predict('m', ARRAY[1, 2]);
SELECT nn_predict('m', ARRAY['1', '2', 'lo']);
SELECT nn_predict('m', VARIADIC ARRAY['1', '2', 'lo']);
SELECT nn_predict('numbers', ARRAY[1]);
SELECT nn_predict('numbers', ARRAY[1, 2, 3]);
SELECT nn_predict('numbers', ARRAY[[1, 2]]);
SELECT nn_predict('numbers', '{}'::float8[]);
SELECT nn_predict('numbers', ARRAY[1, 'NaN'::float8]);
SELECT nn_predict('numbers', VARIADIC ARRAY[1]);
SELECT nn_predict('numbers', VARIADIC 1);

-- functions that don't fit the model
SELECT nn_predict('three', iris) FROM iris;
SELECT nn_classify('m', 1, 2, 'lo');
SELECT nn_probability('m', 'lo', 1, 2, 'lo');
SELECT nn_probability('three', 'rose', iris) FROM iris;

-- every form gives the same
CREATE TABLE other (junk text, t varchar(10), gone int, z numeric, x real, more date);
ALTER TABLE other DROP COLUMN gone;
INSERT INTO other VALUES ('j', 'lo', 2, 1, '2020-01-01');
CREATE TABLE parts (z bigint, t text, x float8) PARTITION BY LIST (z);
CREATE TABLE part1 (gone int, x float8, t text, z bigint);
ALTER TABLE part1 DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION part1 DEFAULT;
INSERT INTO parts VALUES (2, 'lo', 1);
CREATE VIEW other_view AS SELECT z AS n, t, x, z FROM other;
CREATE DOMAIN level AS text CHECK (value <> 'none');
CREATE TYPE point3 AS (x float8, z int, t level);
CREATE DOMAIN point_domain AS point3;
SELECT nn_predict('m', 1, 2, 'lo') AS expected \gset
SELECT form, prediction = :expected AS same FROM (
	SELECT 'numbers', nn_predict('m', 1::smallint, 2::numeric, 'lo'::text)
	UNION ALL SELECT 'literals', nn_predict('m', '1', ' 2.0 ', 'lo')
	UNION ALL SELECT 'other text types', nn_predict('m', 1::real, true::int + 1, 'lo'::char(5))
	UNION ALL SELECT 'domain', nn_predict('m', 1::real, 2::bigint, 'lo'::level)
	UNION ALL SELECT 'boolean as number', nn_predict('m', true, 2, 'lo'::name)
	UNION ALL SELECT 'row', nn_predict('m', p) FROM points p WHERE x = 1 AND z = 2 AND t = 'lo'
	UNION ALL SELECT 'other columns', nn_predict('m', o) FROM other o
	UNION ALL SELECT 'partitioned', nn_predict('m', p) FROM parts p
	UNION ALL SELECT 'partition', nn_predict('m', p) FROM part1 p
	UNION ALL SELECT 'view', nn_predict('m', v) FROM other_view v
	UNION ALL SELECT 'subquery', nn_predict('m', s) FROM (SELECT 'lo' AS t, 1 AS x, 2 AS z) s
	UNION ALL SELECT 'values', nn_predict('m', v) FROM (VALUES (2, 'lo', 1)) v (z, t, x)
	UNION ALL SELECT 'composite', nn_predict('m', (1, 2, 'lo')::point3)
	UNION ALL SELECT 'domain over composite', nn_predict('m', (1, 2, 'lo')::point3::point_domain)
	UNION ALL SELECT 'jsonb', nn_predict('m', '{"t": "lo", "z": 2.0, "x": 1e0, "more": [1]}'::jsonb)
	UNION ALL SELECT 'jsonb of a row', nn_predict('m', to_jsonb(o)) FROM other o
	UNION ALL SELECT 'jsonb boolean', nn_predict('m', '{"t": "lo", "z": 2, "x": true}'::jsonb)
) AS f (form, prediction) ORDER BY form COLLATE "C";
SELECT nn_predict('numbers', 1, 2) AS expected \gset
SELECT form, prediction = :expected AS same FROM (
	SELECT 'integers', nn_predict('numbers', ARRAY[1, 2])
	UNION ALL SELECT 'real', nn_predict('numbers', ARRAY[1, 2]::real[])
	UNION ALL SELECT 'double precision', nn_predict('numbers', ARRAY[1, 2]::float8[])
	UNION ALL SELECT 'numeric', nn_predict('numbers', ARRAY[1, 2.0])
	UNION ALL SELECT 'smallint', nn_predict('numbers', ARRAY[1, 2]::smallint[])
	UNION ALL SELECT 'bigint', nn_predict('numbers', ARRAY[1, 2]::bigint[])
	UNION ALL SELECT 'lower bound', nn_predict('numbers', '[5:6]={1,2}'::int[])
	UNION ALL SELECT 'variadic', nn_predict('numbers', VARIADIC ARRAY[1, 2])
	UNION ALL SELECT 'variadic real', nn_predict('numbers', VARIADIC ARRAY[1, 2]::real[])
	UNION ALL SELECT 'schema', nn_predict('public.numbers', 1, 2)
	UNION ALL SELECT 'named', nn_predict(model => 'numbers', VARIADIC features => ARRAY[1, 2])
) AS f (form, prediction) ORDER BY form COLLATE "C";
SELECT DISTINCT nn_classify('two', x, z) = nn_classify('two', p) AND nn_classify('two', p) = nn_classify('two', ARRAY[x, z]) AS classify,
	nn_probability('two', 'no', x, z) = nn_probability('two', 'no', p) AND nn_probability('two', 'no', p) = nn_probability('two', 'no', VARIADIC ARRAY[x, z]) AS probability,
	nn_outputs('two', x, z) = nn_outputs('two', p) AND nn_outputs('two', p) = nn_outputs('two', to_jsonb(p)) AS outputs
	FROM points p;

-- NULL
SELECT nn_predict(NULL, 1, 2) AS predict, nn_classify(NULL, 1) AS classify, nn_probability(NULL, 'yes', 1) AS probability, nn_outputs(NULL, 1) AS outputs;
SELECT nn_predict('m', NULL::points) AS predict, nn_classify('two', NULL::points) AS classify, nn_probability('two', 'yes', NULL::points) AS probability, nn_outputs('m', NULL::points) AS outputs;
SELECT nn_predict('m', NULL::jsonb) AS jsonb, nn_predict('numbers', NULL::float8[]) AS array, nn_predict('numbers', VARIADIC NULL::float8[]) AS variadic;
SELECT p.x, nn_predict('m', p) AS prediction FROM (VALUES (1)) v LEFT JOIN points p ON p.x = 99;
SELECT nn_probability('two', NULL, 1, 2);
SELECT nn_predict('m', NULL, NULL, NULL) IS NOT NULL AS imputed;
SELECT nn_predict('m', NULL, 2, 'lo') = nn_predict('m', mean[1], 2, 'lo') AS mean FROM nn_features('m') WHERE feature = 'x';
SELECT nn_predict('m', NULL::float8, 2, NULL::text) = nn_predict('m', '{"x": null, "z": 2, "t": null}'::jsonb) AS jsonb,
	nn_predict('m', NULL::float8, 2, NULL::text) = nn_predict('m', p) AS row FROM (SELECT NULL::float8 AS x, 2 AS z, NULL::text AS t) p;
SELECT nn_predict('numbers', NULL, 2) = nn_predict('numbers', ARRAY[NULL, 2]) AS array, nn_predict('numbers', NULL, 2) = nn_predict('numbers', VARIADIC ARRAY[NULL, 2]::real[]) AS variadic;

-- a category never seen is none of the known ones
SELECT nn_predict('m', 1, 2, 'middle') = nn_predict('m', 1, 2, NULL) AS none, nn_predict('m', 1, 2, 'middle') = nn_predict('m', 1, 2, 'lo') AS lo;

-- numbers far from all that training saw: as far as a float32 reaches
SELECT nn_predict('m', 1, 1e30, 'lo') <> 0 AS finite;
SELECT nn_predict('m', 1, 1e308, 'lo');

-- classes
SELECT classes FROM two UNION ALL SELECT classes FROM three ORDER BY classes;
SELECT nn_classify('three', 5.1, 3.5, 1.4, 0.2), nn_classify('three', 6.3, 3.3, 6, 2.5);
SELECT species, nn_classify('three', i) AS guess, count(*) > 40 AS most FROM iris i GROUP BY 1, 2 HAVING count(*) > 10 ORDER BY 1;
SELECT bool_and(abs(nn_predict('two', p) - nn_probability('two', 'yes', p)) < 1e-15) AS second_class,
	bool_and((nn_classify('two', p) = 'yes') = (nn_predict('two', p) > 0.5)) AS classify,
	bool_and(nn_outputs('two', p) = ARRAY[nn_probability('two', 'no', p), nn_probability('two', 'yes', p)]) AS outputs FROM points p;
SELECT bool_and(abs((SELECT sum(o) FROM unnest(nn_outputs('three', i)) o) - 1) < 1e-6) AS sum,
	bool_and((nn_outputs('three', i))[2] = nn_probability('three', 'versicolor', i)) AS versicolor,
	bool_and((SELECT bool_and(o BETWEEN 0 AND 1) FROM unnest(nn_outputs('three', i)) o)) AS probabilities FROM iris i;
SELECT nn_outputs('m', 1, 2, 'lo') = ARRAY[nn_predict('m', 1, 2, 'lo')] AS one_number;

-- several outputs
SELECT version FROM nn_train('outputs', 'SELECT x, z, ARRAY[x + z, x - z, 100 * x] AS y FROM points', 'y', hidden => '{}', optimizer => 'gd', epochs => 300, learning_rate => 0.3, l2 => 0);
SELECT nn_predict('outputs', 1, 2);
SELECT nn_classify('outputs', 1, 2);
SELECT round(o::numeric, 3) AS output FROM unnest(nn_outputs('outputs', 1, 2)) o;

-- more features than a function has arguments
DO $$
BEGIN
	EXECUTE format('CREATE TABLE wide AS SELECT %s, i AS y FROM generate_series(1, 50) i', (SELECT string_agg(format('(i * %s) %% 7 AS c%s', c, c), ', ') FROM generate_series(1, 150) c));
END $$;
SELECT inputs FROM nn_train('m150', 'wide', 'y', hidden => '{2}', epochs => 1);
SELECT DISTINCT nn_predict('m150', w) = nn_predict('m150', to_jsonb(w)) AS jsonb,
	nn_predict('m150', w) = nn_predict('m150', (SELECT array_agg(value::int ORDER BY substr(key, 2)::int) FROM jsonb_each_text(to_jsonb(w) - 'y'))) AS array FROM wide w;
SELECT nn_predict('m150', 1, 2);

-- wherever an expression may be
SELECT bool_and(nn_predict('m', p) > 3) AS above FROM points p WHERE nn_predict('m', p) > 3;
SELECT bool_and(p >= lag) AS ordered FROM (SELECT p, lag(p) OVER () FROM (SELECT nn_predict('m', q) AS p FROM points q ORDER BY nn_predict('m', q)) o) l;
SELECT count(*) FROM points p GROUP BY nn_classify('two', p) HAVING count(*) = 0;
SELECT DISTINCT model, nn_predict(model, 1, 2, 'lo') = nn_predict('m', 1, 2, 'lo') AS same FROM (VALUES ('m'::regclass), ('numbers')) v (model) WHERE model = 'm'::regclass;
SELECT model, nn_predict(model, ARRAY[1, 2]) = CASE model WHEN 'numbers'::regclass THEN nn_predict('numbers', 1, 2) ELSE nn_predict('two', 1, 2) END AS same
	FROM (VALUES (1, 'numbers'::regclass), (2, 'two'), (3, 'numbers'), (4, NULL)) v (n, model) ORDER BY n;
CREATE VIEW guesses AS SELECT x, z, nn_predict('numbers', x, z) AS guess FROM points;
SELECT bool_and(guess = nn_predict('numbers', x, z)) AS same FROM guesses;
DROP TABLE numbers;
ALTER TABLE numbers RENAME TO renamed;
SELECT count(guess) FROM guesses;
SELECT pg_get_viewdef('guesses') LIKE '%nn_predict(''renamed''::regclass%' AS renamed;
ALTER TABLE renamed RENAME TO numbers;
CREATE TABLE filled (x float8, z int, guess float8);
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.guess := nn_predict('numbers', NEW); RETURN NEW; END $$;
CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON filled FOR EACH ROW EXECUTE FUNCTION fill();
INSERT INTO filled SELECT x, z FROM points;
SELECT bool_and(guess = nn_predict('numbers', x, z)) AS same FROM filled;
CREATE TABLE spread (z int, x float8, guess float8) PARTITION BY RANGE (x);
CREATE TABLE spread1 (gone text, guess float8, x float8, z int);
ALTER TABLE spread1 DROP COLUMN gone;
ALTER TABLE spread ATTACH PARTITION spread1 FOR VALUES FROM (MINVALUE) TO (3);
CREATE TABLE spread2 PARTITION OF spread DEFAULT;
CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON spread FOR EACH ROW EXECUTE FUNCTION fill();
INSERT INTO spread SELECT z, x FROM points;
ALTER TABLE spread ADD more text, DROP guess, ADD guess float8;
INSERT INTO spread SELECT z, x FROM points;
UPDATE spread SET x = 6 - x;
SELECT count(*), count(DISTINCT tableoid) AS partitions, bool_and(guess = nn_predict('numbers', x, z)) AS same FROM spread;
PREPARE any_row (regclass) AS SELECT count(nn_predict($1, s)) AS rows, bool_and(nn_predict($1, s) = nn_predict($1, x, z)) AS same FROM spread s;
EXECUTE any_row('numbers');
SET plan_cache_mode = force_generic_plan;
EXECUTE any_row('numbers');
EXECUTE any_row('two');
EXECUTE any_row('numbers');
RESET plan_cache_mode;
DEALLOCATE any_row;
DO $$
DECLARE
	r record;
	same bool := true;
	n int := 0;
BEGIN
	FOR i IN 1..2 LOOP
		FOR r IN EXECUTE CASE i WHEN 1 THEN 'SELECT * FROM spread1' ELSE 'SELECT x, z, guess FROM spread2' END LOOP
			same := same AND nn_predict('numbers', r) = r.guess; -- rows of two types, at one place
			n := n + 1;
		END LOOP;
	END LOOP;
	RAISE INFO '% rows, %', n, same;
END $$;
CREATE TABLE checked (x float8, z int, CHECK (nn_predict('numbers', x, z) < 5));
INSERT INTO checked SELECT 1, 2;
INSERT INTO checked SELECT 60, -20;

-- stable, not immutable
CREATE INDEX ON points (nn_predict('numbers', x, z));
CREATE TABLE generated (x float8, z int, y float8 GENERATED ALWAYS AS (nn_predict('numbers', x, z)) STORED);
SELECT proname, provolatile, proparallel, prosecdef FROM pg_proc WHERE proname ~ '^nn_(predict|classify|probability|outputs|columns)' ORDER BY proname COLLATE "C";

-- which version predicts: the one that the statement's snapshot sees
SELECT nn_predict('numbers', 1, 2) AS old \gset
PREPARE predict (int, int) AS SELECT nn_predict('numbers', $1, $2) - :old > 500 AS new;
PREPARE untyped AS SELECT nn_predict('numbers', $1, $2);
EXECUTE predict(1, 2);
CREATE FUNCTION predict() RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN nn_predict(''numbers'', 1, 2) > 500; END';
BEGIN;
SELECT predict() AS new;
DECLARE c CURSOR FOR SELECT nn_predict('numbers', 1, 2) - :old > 500 AS new FROM generate_series(1, 3);
FETCH c;
SAVEPOINT s;
SELECT version FROM nn_train('numbers', 'SELECT x, z, y + 1000 AS y FROM points', 'y', hidden => '{4}', epochs => 20);
FETCH c;
EXECUTE predict(1, 2);
-- Another session's transaction ends; what follows still sees the rollback.
\setenv PGDATABASE :DBNAME
\! psql -X -q -c 'CREATE TABLE somewhere_else ()' -c 'DROP TABLE somewhere_else'
SELECT predict() AS new;
ROLLBACK TO s;
SELECT predict() AS new;
EXECUTE predict(1, 2);
FETCH c;
SELECT version FROM nn_train('numbers', 'SELECT x, z, y + 1000 AS y FROM points', 'y', hidden => '{4}', epochs => 20);
COMMIT;
EXECUTE predict(1, 2);
SELECT predict() AS new;
SELECT nn_activate('numbers', 1);
EXECUTE predict(1, 2);
DO $$
DECLARE
	answers text := '';
BEGIN
	FOR i IN 1..4 LOOP
		PERFORM nn_activate('numbers', 1 + i % 2);
		answers := answers || (nn_predict('numbers', 1, 2) > 500)::text || ' ';
		BEGIN
			PERFORM nn_activate('numbers', 2 - i % 2);
			answers := answers || (nn_predict('numbers', 1, 2) > 500)::text || ' ';
			PERFORM 1 / 0;
		EXCEPTION WHEN division_by_zero THEN
			answers := answers || (nn_predict('numbers', 1, 2) > 500)::text || ', ';
		END;
	END LOOP;
	RAISE INFO '%', answers;
END $$;
SELECT nn_activate('numbers', 1);
SELECT version, (SELECT nn_predict('numbers', 1, 2) - :old > 500) AS new FROM nn_train('numbers', 'SELECT x, z, y + 1000 AS y FROM points', 'y', hidden => '{4}', epochs => 20);
SELECT nn_predict('numbers', 1, 2) - :old > 500 AS new;
DEALLOCATE ALL;

-- in parallel
SELECT md5(string_agg(p::text, ' ' ORDER BY p)) AS serial FROM (SELECT nn_predict('m', q) AS p FROM points q) s \gset
SELECT set_config(name, 'on', false) AS setting FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SET max_parallel_workers_per_gather = 2;
SELECT md5(string_agg(p::text, ' ' ORDER BY p)) = :'serial' AS same FROM (SELECT nn_predict('m', q) AS p FROM points q) s;
SELECT count(*) FROM points WHERE nn_classify('three', x, z, x, z) = 'setosa' AND nn_probability('three', 'setosa', x, z, x, z) < 0.1 AND nn_outputs('three', x, z, x, z) IS NULL;
SELECT nn_predict(0::regclass, 1);
SELECT count(*) FROM nn_layers('m');
SELECT inputs FROM nn_train('pg_temp.temporary', 'SELECT x, z, y FROM points', 'y', hidden => '{4}', epochs => 1);
SELECT count(nn_predict('temporary', x, z)) FROM points; -- the planner knows that it can't go parallel
PREPARE any_model (regclass) AS SELECT count(nn_predict($1, x, z)) FROM points; -- and here it doesn't
SET plan_cache_mode = force_generic_plan;
EXECUTE any_model('temporary');
RESET plan_cache_mode;
DEALLOCATE any_model;
SELECT set_config(name, 'off', false) AS setting FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET max_parallel_workers_per_gather = 0;
SELECT count(nn_predict('temporary', x, z)) FROM points;

DROP VIEW guesses, other_view;
DROP TABLE points, iris, wide, other, parts, filled, spread, checked, m, numbers, two, three, outputs, m150, temporary;
DROP FUNCTION fill, predict;
DROP DOMAIN point_domain;
DROP TYPE point3;
DROP DOMAIN level;
