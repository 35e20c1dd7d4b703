-- Every function of the extension, with every argument as it must not be, or hardly may be: NULL, empty,
-- of no meaning, the largest and the least. Each call works or fails with an error that is meant for it.
SET client_min_messages = error;
CREATE TABLE points AS SELECT (i % 7)::float8 AS x, CASE i % 3 WHEN 0 THEN 'lo' ELSE 'hi' END AS t, 2 * (i % 7) AS y, CASE WHEN i % 7 > 3 THEN 'up' ELSE 'down' END AS k FROM generate_series(1, 40) i;
CREATE INDEX points_x ON points (x);
SELECT version FROM nn_train('m', 'SELECT x, t, y FROM points', 'y', hidden => '{2}', epochs => 2);
SELECT version FROM nn_train('c', 'SELECT x, t, k FROM points', 'k', hidden => '{2}', epochs => 2);

-- What becomes of a statement, which is taken back: ok, or its SQLSTATE; all of an error that isn't meant.
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RAISE SQLSTATE 'OK000';
EXCEPTION WHEN OTHERS THEN
	RETURN CASE WHEN SQLSTATE = 'OK000' THEN 'ok' WHEN SQLSTATE ~ '^(XX|53|58)' THEN SQLSTATE || ' of ' || statement || ': ' || SQLERRM
		WHEN SQLERRM = '' THEN 'no message of ' || statement ELSE SQLSTATE END;
END $$;

-- a call that works: the arguments that it needs, by their position
CREATE TABLE good (name text, value text);
INSERT INTO good VALUES ('model', '''m'''), ('query', '''points'''), ('target', '''y'''), ('feature', '''x'''), ('class', '''up'''), ('features', '1, ''lo'''),
	('exported', 'nn_export(''m'')'), ('version', '1'), ('data', '''{}''');
CREATE TABLE given (function text, arguments text); -- what is no matter of this test, but time
INSERT INTO given VALUES ('nn_train', ', epochs => 1, hidden => ''{2}'''), ('nn_tune', ', epochs => 1, trials => 1'), ('nn_cross_validate', ', epochs => 1, hidden => ''{2}'', folds => 2'),
	('nn_importance', ', repeats => 1');
CREATE TABLE bad (kind text, value text);
INSERT INTO bad SELECT kind, unnest(values) FROM (VALUES
	('text', ARRAY['NULL', '''''', '''no such''', '''"''', '''ä''', 'repeat(''x'', 70)']),
	('integer', ARRAY['NULL', '0', '-1', '1', '2147483647', '-2147483648']),
	('double precision', ARRAY['NULL', '''NaN''', '''Infinity''', '''-Infinity''', '-1', '0', '1e-300', '1e38', '1e300']),
	('boolean', ARRAY['NULL']),
	('integer[]', ARRAY['NULL', '''{}''', '''{NULL}''', '''{{1,2}}''', '''{0}''', '''{2147483647}''']),
	('double precision[]', ARRAY['NULL', '''{}''', '''{NULL}''', '''{{0.1,0.2}}''', '''{NaN}''', '''{Infinity}''']),
	('jsonb', ARRAY['NULL', '''null''', '''{}''', '''[]''', '''1''', '''"x"''', '''{"": null}''', '''[[{}]]''']),
	('regclass', ARRAY['NULL', '0', '4294967295', '''pg_class''', '''points''', '''points_x''', '''nn_models''']),
	('query', ARRAY['NULL', '''''', '''SELECT''', '''SELECT 1 AS x; SELECT 1 AS y''', '''SELECT FROM points''', '''SELECT y, k FROM points''']),
	('rows', ARRAY['FROM points WHERE false', 'FROM points LIMIT 1', 'FROM (SELECT 5 AS x, t, y, k FROM points) p', 'FROM (SELECT x, t, 5 AS y, ''up'' AS k FROM points) p',
		'FROM (SELECT NULL::float8 AS x, NULL::text AS t, y, k FROM points) p', 'FROM (SELECT x, t, NULL::int AS y, NULL::text AS k FROM points) p',
		'FROM (SELECT ''NaN''::float8 AS x, t, y, k FROM points) p', 'FROM (SELECT ''-Infinity''::real AS x, t, y, k FROM points) p', 'FROM (SELECT x, t, ''Infinity''::float8 AS y, k FROM points) p',
		'FROM (SELECT x * 1e38 AS x, t, y, k FROM points) p', 'FROM (SELECT x, t, y * 1e38 AS y, k FROM points) p', 'FROM (SELECT x * 1e300 AS x, t, y * 1e300 AS y, k FROM points) p',
		'FROM (SELECT x, '''' AS t, y, '''' AS k FROM points) p', 'FROM (SELECT ARRAY[[x, 1]] AS x, t, y, k FROM points) p', 'FROM (SELECT ARRAY[x, NULL] AS x, t, y, k FROM points) p',
		'FROM (SELECT ''{}''::float8[] AS x, t, y, k FROM points) p', 'FROM (SELECT point(x, 1) AS x, t, y, k FROM points) p', 'FROM (SELECT t AS x, x AS t, k AS y, y AS k FROM points) p']),
	('"any"', ARRAY['NULL', 'NULL, NULL', '1', '1, ''lo'', 2', ''''', ''lo''', '''NaN'', ''lo''', '''Infinity''::float8, ''lo''', '1e38, ''lo''', '-1e300, ''lo''', '1, ''''', '1, 2', '''lo'', 1',
		'true, ''lo''', 'ARRAY[1, 2]', '''{}''::float8[]', 'ARRAY[[1, 2]]', 'ARRAY[NULL, 1]::float8[]', '''null''::jsonb', '''{}''::jsonb', '''[]''::jsonb', '''1''::jsonb',
		'''{"x": null, "t": null}''::jsonb', '''{"x": [], "t": {}}''::jsonb', 'NULL::jsonb', 'NULL::points', 'ROW()', 'ROW(1, ''lo'')', 'NULL::float8[]', 'VARIADIC ARRAY[1, 2]', 'VARIADIC NULL::float8[]',
		'point(1, 2), ''lo''', 'now(), ''lo'''])) v (kind, values);

-- One call for each function, argument and value.
CREATE VIEW parameter AS
	SELECT p.oid, proname::text AS function, a.place, a.name, format_type(a.type, NULL) AS type, a.place <= pronargs - pronargdefaults AS needed, prokind = 'w' AS window,
		provariadic <> 0 AS variadic
	FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND extname = 'pgnn',
		LATERAL (SELECT * FROM unnest(p.proargtypes, p.proargnames[:p.pronargs]) WITH ORDINALITY u (type, name, place)) a
	WHERE proname NOT IN ('nn_predict_support', 'nn_columns');
CREATE FUNCTION good_value(function text, name text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN name = 'model' AND function ~ 'classify|probability|confusion|roc|recall|calibration|_class' THEN '''c'''
		ELSE (SELECT value FROM good WHERE good.name = good_value.name) END
$$;
CREATE FUNCTION call(called oid, changed int, value text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT * FROM (SELECT %s(%s%s)%s) s', p.function,
		string_agg(CASE WHEN p.place = changed THEN CASE WHEN p.needed THEN '' ELSE p.name || ' => ' END || value ELSE good_value(p.function, p.name) END, ', ' ORDER BY p.place)
			FILTER (WHERE p.needed OR p.place = changed),
		(SELECT string_agg(', ' || argument, '') FROM given g, regexp_split_to_table(ltrim(g.arguments, ', '), ', ') argument
			WHERE g.function = p.function AND argument NOT LIKE (SELECT q.name || ' %' FROM parameter q WHERE q.oid = called AND q.place = changed)),
		CASE WHEN p.window THEN ' OVER ()' END)
	FROM parameter p WHERE p.oid = called GROUP BY p.function, p.window
$$;
-- the calls that the others differ from
SELECT string_agg(DISTINCT outcome(call(oid, 1, good_value(function, name))), ', ') AS good FROM parameter WHERE place = 1;

\pset tuples_only
\pset format unaligned
CREATE TABLE tried AS
	SELECT p.function, p.place, p.name, b.value, outcome(call(p.oid, p.place::int, b.value)) AS outcome
	FROM parameter p JOIN bad b ON b.kind = CASE p.name WHEN 'query' THEN 'query' ELSE p.type END WHERE p.name <> 'data';
-- for each argument the values of each outcome, and the functions where it is so
SELECT name, outcomes, string_agg(function, ' ' ORDER BY function COLLATE "C")
	FROM (SELECT function, name, string_agg(outcome || ': ' || values, ';  ' ORDER BY outcome COLLATE "C") AS outcomes
		FROM (SELECT function, name, outcome, string_agg(value, ' ' ORDER BY value COLLATE "C") AS values FROM tried WHERE name <> 'features' GROUP BY function, name, outcome) s
		GROUP BY function, name) s
	GROUP BY name, outcomes ORDER BY name COLLATE "C", outcomes COLLATE "C";
-- of features the functions of each outcome
SELECT value, string_agg(outcome || ': ' || functions, ';  ' ORDER BY outcome COLLATE "C")
	FROM (SELECT value, outcome, string_agg(function, ' ' ORDER BY function COLLATE "C") AS functions FROM tried WHERE name = 'features' GROUP BY value, outcome) s
	GROUP BY value ORDER BY value COLLATE "C";

-- rows that are odd
CREATE TABLE tried_rows AS
	SELECT p.function, b.value, outcome(call(p.oid, p.place::int, format('''SELECT x, t, %s %s''',
		CASE WHEN good_value(p.function, 'model') = '''c''' THEN 'k' ELSE 'y' END, replace(b.value, '''', '''''')))) AS outcome
	FROM parameter p JOIN bad b ON b.kind = 'rows' WHERE p.name = 'query';
SELECT value, string_agg(outcome || ': ' || functions, ';  ' ORDER BY outcome COLLATE "C")
	FROM (SELECT value, outcome, string_agg(function, ' ' ORDER BY function COLLATE "C") AS functions FROM tried_rows GROUP BY value, outcome) s
	GROUP BY value ORDER BY value COLLATE "C";
\pset format aligned
\pset tuples_only

DROP TABLE tried, tried_rows, m, c, points, good, given, bad CASCADE;
DROP FUNCTION outcome, good_value, call;
