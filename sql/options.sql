-- An epoch or two are enough here, without the warnings that they teach little: those are in stopping.sql.
SET client_min_messages = error;
CREATE TABLE points AS SELECT (i % 7)::float8 AS x, i % 5 AS z, 2 * (i % 7) - i % 5 AS y FROM generate_series(1, 70) i;
CREATE SEQUENCE reads;
-- Every row read counts; a wrong option is found before the first.
CREATE VIEW rows AS SELECT x, z, y + 0 * nextval('reads') AS y FROM points;
CREATE FUNCTION try(options text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	message text;
	hint text;
BEGIN
	EXECUTE 'SELECT * FROM nn_train(''m'', ''rows'', ''y'', ' || options || ')';
	RETURN NEXT 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN NEXT state || ': ' || message;
	IF hint <> '' THEN RETURN NEXT '  ' || hint; END IF;
END $$;
\pset tuples_only
\pset format unaligned

SELECT try('task => ''''');
SELECT try('task => ''Regression''');
SELECT try('task => ''classes''');
SELECT try('hidden => ''{0}''');
SELECT try('hidden => ''{8,-1}''');
SELECT try('hidden => ''{65537}''');
SELECT try('hidden => ''{2147483647}''');
SELECT try('hidden => ''{8,NULL}''');
SELECT try('hidden => ''{{8,8},{4,4}}''');
SELECT try('hidden => array_fill(1, ARRAY[101])');
SELECT try('hidden => array_fill(1, ARRAY[1000000])');
SELECT try('hidden => ''{a}''');
SELECT try('hidden => 8');
SELECT try('activation => ''''');
SELECT try('activation => ''ReLU''');
SELECT try('activation => ''softmax''');
SELECT try('activation => ''relu,tanh''');
SELECT try('activation => ''{}''');
SELECT try('activation => ''{relu''');
SELECT try('activation => ''{relu,tanh}''');
SELECT try('activation => ''{relu,tanh}'', hidden => ''{8}''');
SELECT try('activation => ''{relu}'', hidden => ''{8,8}'', epochs => 0');
SELECT try('activation => ''{relu,tanh,elu}'', hidden => ''{8,8}''');
SELECT try('activation => ''{relu,tanh}'', hidden => ''{}''');
SELECT try('activation => ''{relu,NULL}'', hidden => ''{8,8}''');
SELECT try('activation => ''{{relu,tanh}}'', hidden => ''{8,8}''');
SELECT try('activation => ''{relu,nothing}'', hidden => ''{8,8}''');
SELECT try('activation => ''a'' || repeat(''é'', 1000)');
SELECT try('loss => ''''');
SELECT try('loss => ''rmse''');
SELECT try('loss => ''cross_entropy''');
SELECT try('loss => ''mae'', task => ''classification''');
SELECT try('loss => ''quantile'', task => ''classification''');
SELECT try('quantiles => ''{}''');
SELECT try('quantiles => ''{0}''');
SELECT try('quantiles => ''{0.5,1}''');
SELECT try('quantiles => ''{NaN}''');
SELECT try('quantiles => ''{0.5,0.5}''');
SELECT try('quantiles => ''{0.9,0.1}''');
SELECT try('quantiles => ''{0.1,NULL}''');
SELECT try('quantiles => ''{{0.1,0.9}}''');
SELECT try('quantiles => ''0.5''');
SELECT try('quantiles => array(SELECT i / 200.0 FROM generate_series(1, 101) i)');
SELECT try('quantiles => ''{0.5}'', loss => ''mae''');
SELECT try('quantiles => ''{0.5}'', task => ''classification''');
SELECT try('label_smoothing => NULL');
SELECT try('label_smoothing => -0.1');
SELECT try('label_smoothing => 1');
SELECT try('label_smoothing => ''NaN''');
SELECT try('label_smoothing => 0.1');
SELECT try('optimizer => NULL');
SELECT try('optimizer => ''Adam''');
SELECT try('optimizer => ''newton''');
SELECT try('learning_rate => 0');
SELECT try('learning_rate => -0.1');
SELECT try('learning_rate => ''NaN''');
SELECT try('learning_rate => ''Infinity''');
SELECT try('momentum => NULL');
SELECT try('momentum => -0.1');
SELECT try('momentum => 1');
SELECT try('momentum => ''NaN''');
SELECT try('momentum => ''Infinity''');
SELECT try('nesterov => NULL');
SELECT try('nesterov => true');
SELECT try('nesterov => true, optimizer => ''lbfgs''');
SELECT try('schedule => NULL');
SELECT try('schedule => ''linear''');
SELECT try('schedule => ''cosine'', optimizer => ''lbfgs''');
SELECT try('decay => NULL');
SELECT try('decay => 0');
SELECT try('decay => 1.01');
SELECT try('decay => ''NaN''');
SELECT try('decay_epochs => NULL');
SELECT try('decay_epochs => 0');
SELECT try('decay_epochs => 1000001');
SELECT try('warmup => NULL');
SELECT try('warmup => -1');
SELECT try('warmup => 1000001');
SELECT try('warmup => 3, optimizer => ''lbfgs''');
SELECT try('batch_size => 0');
SELECT try('batch_size => -1');
SELECT try('batch_size => -2147483648');
SELECT try('batch_size => 1000001');
SELECT try('epochs => NULL');
SELECT try('epochs => 0');
SELECT try('epochs => -1');
SELECT try('epochs => 1000001');
SELECT try('l1 => NULL');
SELECT try('l1 => -1e-9');
SELECT try('l1 => 2e6');
SELECT try('l1 => ''NaN''');
SELECT try('l2 => NULL');
SELECT try('l2 => -1e-9');
SELECT try('l2 => ''NaN''');
SELECT try('l2 => ''Infinity''');
SELECT try('dropout => NULL');
SELECT try('dropout => -0.1');
SELECT try('dropout => 1');
SELECT try('dropout => ''NaN''');
SELECT try('dropout => 0.1, optimizer => ''lbfgs''');
SELECT try('input_dropout => NULL');
SELECT try('input_dropout => -0.1');
SELECT try('input_dropout => 1');
SELECT try('input_dropout => ''NaN''');
SELECT try('input_dropout => 0.1, optimizer => ''lbfgs''');
SELECT try('clip_norm => 0');
SELECT try('clip_norm => -1');
SELECT try('clip_norm => ''NaN''');
SELECT try('clip_norm => ''Infinity''');
SELECT try('clip_norm => 1, optimizer => ''lbfgs''');
SELECT try('validation => NULL');
SELECT try('validation => -0.1');
SELECT try('validation => 0.91');
SELECT try('validation => 1');
SELECT try('validation => ''NaN''');
SELECT try('holdout => ''''');
SELECT try('holdout => ''late''');
SELECT try('holdout => ''y''');
SELECT try('holdout => ''z''');
SELECT try('stop_on => NULL');
SELECT try('stop_on => ''accuracy''');
SELECT try('stop_on => ''score'', validation => 0');
SELECT try('patience => NULL');
SELECT try('patience => -1');
SELECT try('min_improvement => NULL');
SELECT try('min_improvement => -0.1');
SELECT try('min_improvement => 1');
SELECT try('min_improvement => ''NaN''');
SELECT try('min_epochs => NULL');
SELECT try('min_epochs => -1');
SELECT try('min_epochs => 1000001');
SELECT try('tolerance => NULL');
SELECT try('tolerance => -1');
SELECT try('tolerance => ''NaN''');
SELECT try('tolerance => ''Infinity''');
SELECT try('max_seconds => 0');
SELECT try('max_seconds => -1');
SELECT try('max_seconds => ''NaN''');
SELECT try('max_seconds => ''Infinity''');
SELECT try('weight => ''''');
SELECT try('weight => ''w''');
SELECT try('weight => ''y''');
SELECT try('weight => ''z'', holdout => ''z''');
SELECT try('class_weight => ''equal''');
SELECT try('class_weight => ''[1, 2]''');
SELECT try('class_weight => ''{1: 2}''');
SELECT try('class_weight => ''{"1": "2"}'', task => ''classification''');
SELECT try('class_weight => ''{"1": {"2": 3}}'', task => ''classification''');
SELECT try('class_weight => ''{"1": null}'', task => ''classification''');
SELECT try('class_weight => ''{"1": -1}'', task => ''classification''');
SELECT try('class_weight => ''{"1": 2e6}'', task => ''classification''');
SELECT try('class_weight => ''{"1": 1e400}'', task => ''classification''');
SELECT try('class_weight => ''{"1": 2}''');
SELECT try('class_weight => ''balanced''');
SELECT try('missing => NULL');
SELECT try('missing => ''drop''');
SELECT try('warm_start => NULL');
SELECT try('warm_start => true');
SELECT try('activate => NULL');
SELECT try('activate => ''''');
SELECT try('activate => ''yes''');
SELECT try('keep => NULL');
SELECT try('keep => -1');
SELECT try('seed => NULL');
SELECT try('seed => 3000000000');
SELECT try('verbose => NULL');
SELECT try('epoch => 5');
-- nothing was read, and no table made
SELECT is_called FROM reads;
SELECT to_regclass('m');

-- the limits themselves are allowed
SELECT try('hidden => ''{}'', epochs => 1, learning_rate => 1e-300, momentum => 0, batch_size => 1000000, l2 => 0, validation => 0.9, patience => 2147483647, tolerance => 1e300, max_seconds => 1e300, decay => 1e-300, decay_epochs => 1000000, warmup => 1000000, l1 => 0, dropout => 0, input_dropout => 0, clip_norm => 1e-300, min_improvement => 0, min_epochs => 1000000, keep => 2147483647, seed => -2147483648');
SELECT try('hidden => array_fill(1, ARRAY[100]), activation => array_fill(''tanh''::text, ARRAY[100])::text, epochs => 1, optimizer => ''sgd'', momentum => 0.999999, batch_size => 1, validation => 0, patience => 0, tolerance => 0, max_seconds => 1e-300, nesterov => true, schedule => ''step'', decay => 1, decay_epochs => 1, warmup => 0, l1 => 0, dropout => 0.999, input_dropout => 0.999, clip_norm => 1e300, min_improvement => 0.999, min_epochs => 0, stop_on => ''loss'', missing => ''error''');
SELECT try('task => NULL, hidden => NULL, activation => NULL, loss => NULL, quantiles => NULL, learning_rate => NULL, batch_size => NULL, clip_norm => NULL, holdout => NULL, max_seconds => NULL, weight => NULL, class_weight => NULL, epochs => 1');
SELECT try('quantiles => array(SELECT i / 200.0 FROM generate_series(1, 100) i), epochs => 1');
SELECT last_value FROM reads;
\pset format aligned
\pset tuples_only

-- the defaults, and what the options become
DROP TABLE m;
SELECT epochs <= 200 AS epochs FROM nn_train('m', 'points', 'y');
SELECT key, value FROM m, jsonb_each(options) ORDER BY key COLLATE "C";
SELECT layer_sizes, activations FROM m;
SELECT version FROM nn_train('m', 'SELECT *, z + 1 AS importance, x = 3 AS late FROM points', 'y', task => 'classification', hidden => '{3,2}', activation => '{tanh,elu}', label_smoothing => 0.0625, optimizer => 'sgd', learning_rate => 0.25, momentum => 0.5, nesterov => true,
	schedule => 'step', decay => 0.75, decay_epochs => 3, warmup => 1, batch_size => 7, epochs => 2, l1 => 0.03125, l2 => 0.125, dropout => 0.375, input_dropout => 0.1875, clip_norm => 2.5, validation => 0.2, holdout => 'late', stop_on => 'score', patience => 4, min_improvement => 0.01, min_epochs => 2,
	tolerance => 1e-9, max_seconds => 60, weight => 'importance', class_weight => '{"-1": 0.5, "4": 3}', missing => 'skip', seed => -5, keep => 0);
SELECT key, value FROM m, jsonb_each(options) ORDER BY key COLLATE "C";
SELECT layer_sizes, activations FROM m;
SELECT version FROM nn_train('m', 'points', 'y', quantiles => '{0.25,0.5}', epochs => 1, activate => 'never');
SELECT version FROM nn_train('m', 'points', 'y', task => 'classification', class_weight => 'balanced', epochs => 1, activate => 'never');
SELECT version FROM nn_train('m', 'points', 'y', loss => 'quantile', optimizer => 'lbfgs', learning_rate => 0.5, epochs => 1, activate => 'never');
SELECT options->'loss' AS loss, options->'quantiles' AS quantiles, options->'class_weight' AS class_weight, options->'optimizer' AS optimizer, options->'batch_size' AS batch_size, options->'learning_rate' AS rate FROM m WHERE NOT active ORDER BY version;
SELECT optimizer, version FROM unnest('{gd,sgd,rmsprop,adam,adamw,lbfgs}'::text[]) optimizer, nn_train('m', 'points', 'y', optimizer => optimizer, epochs => 1, activate => 'never', keep => 6);
SELECT options->'optimizer' AS optimizer, options->'learning_rate' AS rate, options->'batch_size' AS batch_size FROM m WHERE NOT active ORDER BY version;
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{}', optimizer => 'gd', epochs => 1, validation => 0, keep => 0);
SELECT options->'hidden' AS hidden, options->'activation' AS activation, options->'batch_size' AS batch_size, options->'learning_rate' AS rate FROM m;
-- more rows, more neurons and larger batches
SELECT rows, version FROM unnest(ARRAY[999, 1112, 20000]) n, nn_train('m', 'SELECT i % 17 AS x, i % 5 AS y FROM generate_series(1, ' || n || ') i', 'y', epochs => 1);
SELECT rows, options->'hidden' AS hidden, options->'batch_size' AS batch_size FROM m WHERE rows > 100 ORDER BY rows;
-- '{relu}' is 'relu' for all layers
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{2,2}', activation => '{elu}', epochs => 1, keep => 0);
SELECT activations FROM m;
-- rows held out: their share, of each class, and never all
SELECT validation, version FROM unnest('{0,0.001,0.1,0.5,0.9}'::float8[]) validation, nn_train('m', 'SELECT i AS x, i % 9 = 0 AS y FROM generate_series(1, 90) i', 'y', hidden => '{}', validation => validation, epochs => 1, keep => 10);
SELECT options->'validation' AS validation, validation_loss IS NOT NULL AS held_out FROM m WHERE rows = 90 ORDER BY version;
-- names and types as documented
SELECT proargnames[1:pronargs] AS names, array(SELECT format_type(t, NULL) FROM unnest(proargtypes) t) AS types FROM pg_proc WHERE proname = 'nn_train' \gx
SELECT pg_get_expr(proargdefaults, 0) FROM pg_proc WHERE proname = 'nn_train';
SELECT proargnames[1:pronargs] AS names, array(SELECT format_type(t, NULL) FROM unnest(proargtypes) t) AS types, pg_get_expr(proargdefaults, 0) AS defaults FROM pg_proc WHERE proname = 'nn_plan' \gx

DROP FUNCTION try;
DROP VIEW rows;
DROP TABLE m, points;
DROP SEQUENCE reads;
