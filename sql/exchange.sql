-- Models as JSON: nn_export and nn_import, and back the same bits.
-- An epoch or two are enough here, without the warnings that they teach little: those are in stopping.sql.
SET client_min_messages = error;
\pset format unaligned
\pset tuples_only
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE points AS SELECT CASE WHEN i % 9 > 0 THEN i % 7 * 0.1 END AS x, CASE i % 3 WHEN 0 THEN 'l"o\' ELSE 'hi' END AS t,
	i % 2 = 0 AS b, date '2026-01-01' + i AS d, ARRAY[sin(i), 1e-30 * i] AS a, (ARRAY['sad', 'happy'])[1 + i % 2]::mood AS m,
	(i % 7) / 3.0 AS y, (ARRAY['ä', 'b', 'c'])[1 + i % 3] AS class, ARRAY[i, -i] AS two FROM generate_series(1, 80) i;
SELECT version FROM nn_train('numbers', 'SELECT x, t, b, d, a, m, y FROM points', 'y', hidden => '{4,3}', epochs => 3);
SELECT version FROM nn_train('classes', 'SELECT x, t, class FROM points', 'class', hidden => '{4}', epochs => 3, optimizer => 'sgd', class_weight => '{"b": 2}');
SELECT version FROM nn_train('pair', 'SELECT x, two FROM points', 'two', hidden => '{}', epochs => 3, validation => 0, missing => 'skip');
SELECT version FROM nn_train('bands', 'SELECT x, y FROM points', 'y', hidden => '{2}', epochs => 3, quantiles => '{0.1,0.9}', missing => 'skip', optimizer => 'lbfgs');

-- bad input
SELECT failure('SELECT nn_export(NULL)');
SELECT failure('SELECT nn_export(''numbers'', 7)');
SELECT failure('SELECT nn_export(''numbers'', optimizer_state => NULL)');
SELECT failure('SELECT nn_export(''points'')');
SELECT failure('SELECT nn_export(''nowhere'')');
SELECT failure('SELECT nn_import(NULL, ''{}'')');
SELECT failure('SELECT nn_import(''m'', NULL)');
SELECT failure('SELECT nn_import(''m'', ''{}'', NULL)');
SELECT failure('SELECT nn_import(''m'', ''{}'', true, NULL)');
SELECT failure('SELECT nn_import(''m'', ''{}'', true, -1)');
SELECT failure('SELECT nn_import(''m'', ''[]'')');
SELECT failure('SELECT nn_import(''m'', ''null'')');
SELECT failure('SELECT nn_import(''m'', ''{}'')');
SELECT failure('SELECT nn_import(''points'', nn_export(''numbers''))');
SELECT failure('SELECT nn_import(''no.where.here.m'', nn_export(''numbers''))');
BEGIN TRANSACTION READ ONLY;
SELECT failure('SELECT nn_import(''m'', nn_export(''numbers''))');
SELECT nn_export('numbers') IS NOT NULL;
COMMIT;
SELECT to_regclass('m');

-- the same bits come back, whatever the session's settings
SET extra_float_digits = -10;
SET timezone = 'Asia/Kathmandu';
SET datestyle = 'German';
CREATE TABLE exported AS SELECT model::text, nn_export(model) AS json FROM nn_models;
RESET extra_float_digits;
SET datestyle = 'Postgres, DMY';
SELECT model, nn_import(model || '_again', json) FROM exported ORDER BY 1;
RESET timezone;
RESET datestyle;
CREATE FUNCTION bits(model regclass) RETURNS bytea LANGUAGE sql AS
	$$ SELECT record_send(v) FROM nn_versions(model) v WHERE active $$;
SELECT model, bits(model::regclass) = bits((model || '_again')::regclass) AS same FROM exported ORDER BY 1;
SELECT count(*) AS rows, bool_and(nn_predict('numbers', p) = nn_predict('numbers_again', p)) AS same FROM points p;
SELECT bool_and(nn_outputs('classes', p) = nn_outputs('classes_again', p)) AS same FROM points p;
-- also of zeros with a sign, and the smallest numbers
UPDATE numbers SET parameters[1:3] = '{-0,1e-45,0}', optimizer_state[1:2] = '{-1e-45,-0}', loss = '-0', loss_curve[1] = '5e-324';
SELECT nn_import('numbers_again', nn_export('numbers')), bits('numbers') = bits('numbers_again') AS same_version;
UPDATE numbers SET version = 2;
SELECT bits('numbers') = bits('numbers_again') AS same;
-- training goes on from either to the same bits
SELECT version FROM nn_train('numbers', 'SELECT x, t, b, d, a, m, y FROM points', 'y', warm_start => true, epochs => 2);
SELECT version FROM nn_train('numbers_again', 'SELECT x, t, b, d, a, m, y FROM points', 'y', warm_start => true, epochs => 2);
SELECT (SELECT parameters FROM numbers WHERE active) = (SELECT parameters FROM numbers_again WHERE active) AS same;

-- what is in it
SELECT string_agg(key, ', ' ORDER BY key) FROM jsonb_object_keys(nn_export('classes')) key;
SELECT jsonb_pretty(json #- '{options}' #- '{features}' #- '{parameters}' #- '{optimizer_state}' #- '{loss_curve}' #- '{trained_at}' #- '{trained_by}' #- '{seconds}' #- '{reading_seconds}' #- '{training_seconds}' #- '{storing_seconds}' #- '{loss}' #- '{target_mean}' #- '{target_scale}' #- '{score}' #- '{baseline}') FROM exported WHERE model = 'pair';
SELECT nn_export('numbers', 2)->'version', nn_export('numbers')->'version', nn_export('numbers')->'started_from', nn_export('numbers', optimizer_state => false) ? 'optimizer_state';

-- versions: which predicts, which stay
SELECT nn_import('v', json) FROM exported WHERE model = 'classes';
SELECT nn_import('v', json, activate => false) FROM exported WHERE model = 'classes';
SELECT nn_import('v', json, keep => 1) FROM exported WHERE model = 'classes';
SELECT version, active, started_from FROM v ORDER BY version;
SELECT nn_import('v', json || '{"version": 77, "active": true, "started_from": 5, "unknown": [1]}', activate => false, keep => 0) FROM exported WHERE model = 'classes';
SELECT version, active, started_from FROM v ORDER BY version;

-- of a network that was trained elsewhere, what predicts is enough
SELECT nn_import('elsewhere', '{"format": 1, "task": "regression", "target": "y", "layer_sizes": [2, 1], "activations": ["identity"], "parameters": [2, 3, 0.5],
	"target_mean": [10], "target_scale": [2], "features": [{"name": "a", "type": "real", "kind": "number", "mean": [1], "scale": [1], "missing_input": false}, {"name": "b", "type": "boolean", "kind": "boolean", "mean": [0], "scale": [1], "missing_input": false}]}');
SELECT nn_predict('elsewhere', 3, true); -- 10 + 2 (2 (3 - 1) + 3 + 0.5)
SELECT trained_by = current_user, trained_at = now(), options, query FROM elsewhere;

-- JSON that someone has changed: an error, and nothing is stored
CREATE FUNCTION try(change text, model text DEFAULT 'numbers') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	changed jsonb;
BEGIN
	EXECUTE format('SELECT %s FROM (SELECT json AS j FROM exported WHERE model = %L) e', change, model) INTO STRICT changed;
	PERFORM set_config('regress.json', changed::text, true);
	RETURN QUERY SELECT failure('SELECT nn_import(''damaged'', current_setting(''regress.json'')::jsonb)');
END $$;
SELECT try('j - ''format''');
SELECT try('jsonb_set(j, ''{format}'', ''2'')');
SELECT try('jsonb_set(j, ''{format}'', ''"one"'')');
SELECT try('j - ''task''');
SELECT try('jsonb_set(j, ''{task}'', ''"clustering"'')');
SELECT try('j - ''target''');
SELECT try('j - ''features''');
SELECT try('jsonb_set(j, ''{features}'', ''{}'')');
SELECT try('jsonb_set(j, ''{features}'', ''[]'')');
SELECT try('jsonb_set(j, ''{features,0,kind}'', ''"sound"'')');
SELECT try('jsonb_set(j, ''{features,0,scale}'', ''[0]'')');
SELECT try('jsonb_set(j, ''{features,0,scale}'', ''[1e999]'')');
SELECT try('jsonb_set(j, ''{features,1,categories}'', ''["a"]'')');
SELECT try('j #- ''{features,0,name}''');
SELECT try('j - ''parameters''');
SELECT try('jsonb_set(j, ''{parameters}'', ''[1, 2]'')');
SELECT try('jsonb_set(j, ''{parameters,0}'', ''null'')');
SELECT try('jsonb_set(j, ''{parameters,0}'', ''"NaN"'')');
SELECT try('jsonb_set(j, ''{parameters,0}'', ''"x"'')');
SELECT try('jsonb_set(j, ''{parameters,0}'', ''1e39'')');
SELECT try('jsonb_set(j, ''{parameters}'', ''[[1, 2], [3, 4]]'')');
SELECT try('jsonb_set(j, ''{layer_sizes}'', ''[2147483647, 2147483647, 2147483647, 1]'')');
SELECT try('jsonb_set(j, ''{layer_sizes}'', ''[8, 1]'')');
SELECT try('jsonb_set(j, ''{activations,0}'', ''"sine"'')');
SELECT try('jsonb_set(j, ''{target_scale}'', ''[-1]'')');
SELECT try('jsonb_set(j, ''{classes}'', ''["a", "a", "b"]'')', 'classes');
SELECT try('j - ''classes''', 'classes');
SELECT try('jsonb_set(j, ''{options}'', ''[]'')');
SELECT try('jsonb_set(j, ''{options,missing}'', ''"ask"'')');
SELECT try('jsonb_set(j, ''{rows}'', ''-1'')');
SELECT try('jsonb_set(j, ''{epochs}'', ''2'')');
SELECT try('jsonb_set(j, ''{epochs}'', ''3000000000'')');
SELECT try('j - ''epochs''');
SELECT try('jsonb_set(j, ''{loss}'', ''"Infinity"'')');
SELECT try('jsonb_set(j, ''{seconds}'', ''-1'')');
SELECT try('jsonb_set(j, ''{loss_curve,0}'', ''"NaN"'')');
SELECT try('jsonb_set(j, ''{loss_curve,0}'', ''null'')');
SELECT try('jsonb_set(j, ''{rate_curve}'', ''[[1, 2, 3]]'')');
SELECT try('jsonb_set(j, ''{optimizer_state}'', ''[1]'')');
SELECT try('jsonb_set(j, ''{optimizer_state,0}'', ''"-Infinity"'')');
SELECT try('jsonb_set(j, ''{trained_at}'', ''"yesterdayish"'')');
SELECT to_regclass('damaged');
-- what is left out is not needed
SELECT try('j - ''optimizer_state'' - ''loss_curve'' - ''validation_curve'' - ''rate_curve'' - ''options'' - ''query'' - ''trained_at''');
SELECT count(*) FROM nn_history('damaged');
SELECT nn_predict('damaged', 0.1, 'hi', true, '2026-01-01', '{0,0}', 'sad') IS NOT NULL;

-- a stored model that is damaged isn't exported
UPDATE numbers SET parameters[5] = 'NaN' WHERE active;
SELECT failure('SELECT nn_export(''numbers'')');
UPDATE numbers SET active = false;
SELECT failure('SELECT nn_export(''numbers'')');
-- a trigger that takes the new row away, or changes it
CREATE FUNCTION no_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER t BEFORE INSERT ON v FOR EACH ROW EXECUTE FUNCTION no_row();
SELECT failure('SELECT nn_import(''v'', json) FROM exported WHERE model = ''classes''');
DROP TRIGGER t ON v;
CREATE FUNCTION other_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.parameters := ''{1}''; RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON v FOR EACH ROW EXECUTE FUNCTION other_row();
SELECT failure('SELECT nn_import(''v'', json) FROM exported WHERE model = ''classes''');
SELECT version, active FROM v ORDER BY version;

-- rights
CREATE ROLE regress_nn_reader;
SET ROLE regress_nn_reader;
SELECT failure('SELECT nn_export(''classes'')');
SELECT failure('SELECT nn_import(''classes'', ''{}'')');
SELECT failure('SELECT nn_import(''mine'', ''{}'')');
RESET ROLE;
GRANT SELECT ON classes, exported TO regress_nn_reader;
SET ROLE regress_nn_reader;
SELECT nn_export('classes') IS NOT NULL;
SELECT failure('SELECT nn_import(''classes'', json) FROM exported WHERE model = ''classes''');
SELECT nn_import('pg_temp.mine', json) FROM exported WHERE model = 'classes';
SELECT nn_classify('pg_temp.mine', 0.1, 'hi') = nn_classify('classes', 0.1, 'hi');
DROP TABLE pg_temp.mine;
RESET ROLE;

DROP TABLE numbers, numbers_again, classes, classes_again, pair, pair_again, bands, bands_again, v, elsewhere, damaged, points, exported;
DROP FUNCTION bits, try, no_row, other_row;
DROP TYPE mood;
DROP ROLE regress_nn_reader;
