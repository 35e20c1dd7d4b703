-- Models whose tables were written by someone else than nn_train: an error, never a crash.
-- An epoch or two are enough here, without the warnings that they teach little: those are in stopping.sql.
SET client_min_messages = error;
CREATE TABLE points AS SELECT (i % 7)::float8 AS x, CASE i % 3 WHEN 0 THEN 'lo' ELSE 'hi' END AS t, 2 * (i % 7) AS y FROM generate_series(1, 60) i;
SELECT inputs, parameters FROM nn_train('m', 'points', 'y', hidden => '{2}', epochs => 1, validation => 0);
SELECT inputs, parameters FROM nn_train('c', 'SELECT x, t, CASE WHEN x < 2 THEN ''a'' WHEN x < 4 THEN ''b'' ELSE ''c'' END AS y FROM points', 'y', hidden => '{2}', epochs => 1, validation => 0);

-- Writes the change into the model, tries all that reads it, and takes the change back.
CREATE FUNCTION try(change text, model regclass DEFAULT 'm') RETURNS TABLE (function text, state text, message text) LANGUAGE plpgsql AS $$
DECLARE
	functions text[] := ARRAY['nn_predict', 'nn_classify', 'nn_outputs', 'nn_layers', 'nn_weights', 'nn_features', 'nn_history'];
	states text[];
	messages text[];
	updated int;
	code text;
	said text;
BEGIN
	BEGIN
		EXECUTE format('UPDATE %s SET %s', model, change);
		GET DIAGNOSTICS updated = ROW_COUNT;
		ASSERT updated = 1;
		FOREACH function IN ARRAY functions LOOP
			CONTINUE WHEN function = CASE model::text WHEN 'm' THEN 'nn_classify' ELSE 'nn_predict' END;
			BEGIN
				IF function IN ('nn_predict', 'nn_classify', 'nn_outputs') THEN
					EXECUTE format('SELECT %s(%L::regclass, 1, ''lo'')', function, model);
				ELSE
					EXECUTE format('SELECT * FROM %s(%L)', function, model);
				END IF;
				code := 'no error';
				said := NULL;
			EXCEPTION WHEN OTHERS THEN
				code := SQLSTATE;
				said := CASE WHEN code NOT LIKE '22%' THEN SQLERRM END; -- PostgreSQL's own messages may change
			END;
			states := states || code;
			messages := messages || coalesce(said, '-');
		END LOOP;
		RAISE 'undo';
	EXCEPTION WHEN raise_exception THEN
		IF SQLERRM <> 'undo' THEN RAISE; END IF;
	END;
	-- one line for all functions that say the same
	RETURN QUERY SELECT string_agg(f, ', ' ORDER BY n), s, nullif(t, '-')
		FROM ROWS FROM (unnest(array_remove(functions, CASE model::text WHEN 'm' THEN 'nn_classify' ELSE 'nn_predict' END)), unnest(states), unnest(messages)) WITH ORDINALITY AS r (f, s, t, n)
		WHERE s <> 'no error' GROUP BY s, t ORDER BY min(n);
END $$;
\set VERBOSITY terse
\pset tuples_only
\pset format unaligned

-- nothing damaged, or nothing that matters
SELECT * FROM try('active = true');
SELECT * FROM try('trained_at = NULL, trained_by = NULL, target = NULL, query = NULL, options = NULL, rows = NULL, rows_skipped = NULL, epochs = NULL, loss = ''NaN'', score = NULL, baseline = NULL, stop_reason = NULL, seconds = -1, started_from = -5, total_epochs = NULL, updates = -1, optimizer_state = ''{1,NULL,NaN}''');
SELECT * FROM try('loss_curve = NULL, validation_curve = ''{{1,NULL},{NaN,4}}'', rate_curve = ''{}''');
SELECT * FROM try('parameters = (''[7:17]='' || parameters::text)::real[]');

-- parameters
SELECT * FROM try('parameters = NULL');
SELECT * FROM try('parameters = ''{}''');
SELECT * FROM try('parameters = parameters[2:]');
SELECT * FROM try('parameters = parameters || 1::real');
SELECT * FROM try('parameters = array_fill(1::real, ARRAY[1000000])');
SELECT * FROM try('parameters[3] = NULL');
SELECT * FROM try('parameters[3] = ''NaN''');
SELECT * FROM try('parameters[11] = ''-Infinity''');
SELECT * FROM try('parameters = array_fill(1::real, ARRAY[11, 1])');
SELECT * FROM try('parameters = array_fill(1::real, ARRAY[1, 11])');
SELECT * FROM try('parameters = array_fill(3e38::real, ARRAY[11])');

-- layer_sizes
SELECT * FROM try('layer_sizes = NULL');
SELECT * FROM try('layer_sizes = ''{}''');
SELECT * FROM try('layer_sizes = ''{3}''');
SELECT * FROM try('layer_sizes = ''{3,1}''');
SELECT * FROM try('layer_sizes = ''{3,2,2,1}''');
SELECT * FROM try('layer_sizes = ''{3,-2,1}''');
SELECT * FROM try('layer_sizes = ''{3,0,1}''');
SELECT * FROM try('layer_sizes = ''{0,2,1}''');
SELECT * FROM try('layer_sizes = ''{-2147483648,2,1}''');
SELECT * FROM try('layer_sizes = ''{3,2,0}''');
SELECT * FROM try('layer_sizes = ''{3,2,2}''');
SELECT * FROM try('layer_sizes = ''{2,3,1}''');
SELECT * FROM try('layer_sizes = ''{3,2000000000,1}''');
SELECT * FROM try('layer_sizes = ''{100000,65536,1}''');
SELECT * FROM try('layer_sizes = ''{3,NULL,1}''');
SELECT * FROM try('layer_sizes = ''{{3,2,1}}''');
SELECT * FROM try('layer_sizes = array_fill(1, ARRAY[103]), activations = array_fill(''relu''::text, ARRAY[102])');
SELECT * FROM try('layer_sizes = array_fill(1, ARRAY[1000000])');

-- activations
SELECT * FROM try('activations = NULL');
SELECT * FROM try('activations = ''{}''');
SELECT * FROM try('activations = ''{identity}''');
SELECT * FROM try('activations = ''{relu,relu,identity}''');
SELECT * FROM try('activations = ''{no_such,identity}''');
SELECT * FROM try('activations = ''{"",identity}''');
SELECT * FROM try('activations = ''{NULL,identity}''');
SELECT * FROM try('activations = ''{{relu,identity}}''');
SELECT * FROM try('activations = ''{relu,relu}''');
SELECT * FROM try('activations = ''{relu,softmax}''');
SELECT * FROM try('activations = ''{relu,NULL}''');
SELECT * FROM try('activations[1] = repeat(''€'', 1000)');

-- task, classes, target_mean, target_scale, format
SELECT * FROM try('task = NULL');
SELECT * FROM try('task = ''''');
SELECT * FROM try('task = ''classification''');
SELECT * FROM try('task = ''regression''', 'c');
SELECT * FROM try('classes = ''{a,b}''');
SELECT * FROM try('classes = NULL', 'c');
SELECT * FROM try('classes = ''{}''', 'c');
SELECT * FROM try('classes = ''{a}''', 'c');
SELECT * FROM try('classes = ''{a,b}''', 'c');
SELECT * FROM try('classes = ''{a,b,c,d}''', 'c');
SELECT * FROM try('classes = ''{a,b,b}''', 'c');
SELECT * FROM try('classes = ''{a,NULL,c}''', 'c');
SELECT * FROM try('classes = ''{{a,b,c}}''', 'c');
SELECT * FROM try('classes = array_fill(''x''::text, ARRAY[1001]), layer_sizes[3] = 1001, parameters = array_fill(1::real, ARRAY[8 + 3 * 1001])', 'c');
SELECT * FROM try('target_mean = ''{0}'', target_scale = ''{1}''', 'c');
SELECT * FROM try('target_mean = NULL');
SELECT * FROM try('target_scale = NULL');
SELECT * FROM try('target_mean = NULL, target_scale = NULL');
SELECT * FROM try('target_mean = ''{1,2}'', target_scale = ''{1,2}''');
SELECT * FROM try('target_mean = ''{1,2}''');
SELECT * FROM try('target_mean = ''{NULL}''');
SELECT * FROM try('target_mean = ''{NaN}''');
SELECT * FROM try('target_scale = ''{Infinity}''');
SELECT * FROM try('target_scale = ''{0}''');
SELECT * FROM try('target_scale = ''{-1}''');
SELECT * FROM try('target_scale = ''{1e308}'', target_mean = ''{1.7e308}'', parameters[11] = 100');
SELECT * FROM try('format = NULL');
SELECT * FROM try('format = 0');
SELECT * FROM try('format = 2');
SELECT * FROM try('options = ''[]''');
SELECT * FROM try('options = ''"missing"''');
SELECT * FROM try('options = ''{"missing": null}''');
SELECT * FROM try('options = ''{"missing": ["skip"]}''');
SELECT * FROM try('options = jsonb_build_object(''missing'', repeat(''€'', 1000))');
SELECT * FROM try('activations[2] = ''exponential''');
SELECT * FROM try('activations[2] = ''exponential'', parameters[11] = 1000');
SELECT * FROM try('activations[2] = ''exponential''', 'c');

-- features
SELECT * FROM try('features = NULL');
SELECT * FROM try('features = ''null''');
SELECT * FROM try('features = ''1''');
SELECT * FROM try('features = ''"x"''');
SELECT * FROM try('features = ''{}''');
SELECT * FROM try('features = ''[]''');
SELECT * FROM try('features = ''[null, null]''');
SELECT * FROM try('features = ''[1, 2]''');
SELECT * FROM try('features = ''[{}, {}]''');
SELECT * FROM try('features = features - 1');
SELECT * FROM try('features = features || features');
SELECT * FROM try('features = jsonb_build_array(features)');
SELECT * FROM try('features = features #- ''{0,name}''');
SELECT * FROM try('features = features #- ''{0,type}''');
SELECT * FROM try('features = features #- ''{0,kind}''');
SELECT * FROM try('features = features #- ''{0,mean}''');
SELECT * FROM try('features = features #- ''{0,scale}''');
SELECT * FROM try('features = features #- ''{0,missing_input}''');
SELECT * FROM try('features = features #- ''{1,categories}''');
SELECT * FROM try('features = jsonb_set(features, ''{0,name}'', ''"t"'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,kind}'', ''"text"'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,kind}'', ''"category"'')');
SELECT * FROM try('features = jsonb_set(features, ''{1,kind}'', ''"number"'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,kind}'', ''"array"'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,kind}'', ''"time"'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,type}'', ''"no such type"'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,mean}'', ''[]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,mean}'', ''5'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,mean}'', ''"five"'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,mean}'', ''[1, 2]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,mean}'', ''[[1]]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,mean}'', ''[null]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,mean}'', ''["NaN"]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,mean}'', ''[{}]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,mean}'', ''[1e400]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,mean}'', ''[1e308]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,scale}'', ''[0]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,scale}'', ''[-1]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,scale}'', ''[1e-308]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,scale}'', ''["Infinity"]'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,missing_input}'', ''true'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,missing_input}'', ''"maybe"'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,missing_input}'', ''null'')');
SELECT * FROM try('features = jsonb_set(features, ''{1,categories}'', ''[]'')');
SELECT * FROM try('features = jsonb_set(features, ''{1,categories}'', ''["a", "b", "c"]'')');
SELECT * FROM try('features = jsonb_set(features, ''{1,categories}'', ''["a", "a"]'')');
SELECT * FROM try('features = features #- ''{1,shares}''');
SELECT * FROM try('features = jsonb_set(features, ''{1,shares}'', ''[0.5, 1.5]'')');
SELECT * FROM try('features = jsonb_set(features, ''{1,shares}'', ''[0.5, null]'')');
SELECT * FROM try('features = jsonb_set(features, ''{1,categories}'', ''["a", null]'')');
SELECT * FROM try('features = jsonb_set(features, ''{1,categories}'', ''[["a", "b"]]'')');
SELECT * FROM try('features = jsonb_set(features, ''{1,categories}'', ''"a"'')');
SELECT * FROM try('features = jsonb_set(features, ''{0,inputs}'', ''2147483648'')');
SELECT * FROM try('features = (SELECT jsonb_agg(jsonb_set(features->0, ''{name}'', to_jsonb(''f'' || i))) FROM generate_series(1, 2000) i)');
SELECT * FROM try('features = jsonb_set(features->1, ''{categories}'', (SELECT jsonb_agg(i::text) FROM generate_series(1, 100000) i))');
SELECT * FROM try('features = jsonb_build_array(features->0, jsonb_set(features->1, ''{categories}'', (SELECT jsonb_agg(i::text) FROM generate_series(1, 1001) i)))');

-- the name of a feature may be anything
SELECT * FROM try('features = jsonb_set(features, ''{0,name}'', to_jsonb(repeat(''€'', 10000))), layer_sizes[1] = 4');

-- none and several active versions
SELECT * FROM try('active = false');
SELECT * FROM try('active = NULL');
\pset format aligned
\pset tuples_only
\set VERBOSITY default
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{2}', epochs => 1);
UPDATE m SET active = true;
DROP INDEX m_active_idx;
UPDATE m SET active = true;
SELECT nn_predict('m', 1, 'lo');
SELECT * FROM nn_layers('m');
SELECT nn_activate('m', 1);
SELECT nn_predict('m', 1, 'lo') IS NOT NULL AS predicts;
UPDATE m SET active = NULL;
SELECT nn_activate('m', 2);
SELECT version, active FROM m ORDER BY version;
ALTER TABLE m DROP CONSTRAINT m_pkey;
UPDATE m SET version = 2, active = false;
SELECT nn_activate('m', 2);
SELECT nn_predict('m', 1, 'lo');
ALTER TABLE m ALTER version DROP NOT NULL;
UPDATE m SET version = NULL, active = (ctid = (SELECT min(ctid) FROM m));
SELECT nn_predict('m', 1, 'lo');
UPDATE m SET version = 2147483647, active = (ctid = (SELECT min(ctid) FROM m));
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{2}', epochs => 1);
UPDATE m SET version = -2147483648;
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{2}', epochs => 1, keep => 0);
SELECT version, active FROM m;
-- a curve of another length
UPDATE m SET validation_curve = '{1,2,3}', rate_curve = '{4,5}';
SELECT epoch, validation_loss, learning_rate FROM nn_history('m');
DROP FUNCTION try;
DROP TABLE m, c, points;
