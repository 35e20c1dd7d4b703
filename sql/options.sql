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
SELECT try('activation => NULL');
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
SELECT try('optimizer => NULL');
SELECT try('optimizer => ''Adam''');
SELECT try('optimizer => ''lbfgs''');
SELECT try('learning_rate => 0');
SELECT try('learning_rate => -0.1');
SELECT try('learning_rate => ''NaN''');
SELECT try('learning_rate => ''Infinity''');
SELECT try('momentum => NULL');
SELECT try('momentum => -0.1');
SELECT try('momentum => 1');
SELECT try('momentum => ''NaN''');
SELECT try('momentum => ''Infinity''');
SELECT try('batch_size => 0');
SELECT try('batch_size => -1');
SELECT try('batch_size => -2147483648');
SELECT try('batch_size => 1000001');
SELECT try('epochs => NULL');
SELECT try('epochs => 0');
SELECT try('epochs => -1');
SELECT try('epochs => 1000001');
SELECT try('l2 => NULL');
SELECT try('l2 => -1e-9');
SELECT try('l2 => ''NaN''');
SELECT try('l2 => ''Infinity''');
SELECT try('validation => NULL');
SELECT try('validation => -0.1');
SELECT try('validation => 0.91');
SELECT try('validation => 1');
SELECT try('validation => ''NaN''');
SELECT try('patience => NULL');
SELECT try('patience => -1');
SELECT try('tolerance => NULL');
SELECT try('tolerance => -1');
SELECT try('tolerance => ''NaN''');
SELECT try('tolerance => ''Infinity''');
SELECT try('max_seconds => 0');
SELECT try('max_seconds => -1');
SELECT try('max_seconds => ''NaN''');
SELECT try('max_seconds => ''Infinity''');
SELECT try('activate => NULL');
SELECT try('activate => ''''');
SELECT try('activate => ''yes''');
SELECT try('keep => NULL');
SELECT try('keep => -1');
SELECT try('seed => NULL');
SELECT try('seed => 3000000000');
SELECT try('epoch => 5');
-- nothing was read, and no table made
SELECT is_called FROM reads;
SELECT to_regclass('m');

-- the limits themselves are allowed
SELECT try('hidden => ''{}'', epochs => 1, learning_rate => 1e-300, momentum => 0, batch_size => 1000000, l2 => 0, validation => 0.9, patience => 2147483647, tolerance => 1e300, max_seconds => 1e300, keep => 2147483647, seed => -2147483648');
SELECT try('hidden => array_fill(1, ARRAY[100]), activation => array_fill(''tanh''::text, ARRAY[100])::text, epochs => 1, optimizer => ''sgd'', momentum => 0.999999, batch_size => 1, validation => 0, patience => 0, tolerance => 0, max_seconds => 1e-300');
SELECT try('task => NULL, hidden => NULL, loss => NULL, learning_rate => NULL, batch_size => NULL, max_seconds => NULL, epochs => 1');
SELECT last_value FROM reads;
\pset format aligned
\pset tuples_only

-- the defaults, and what the options become
DROP TABLE m;
SELECT epochs <= 200 AS epochs FROM nn_train('m', 'points', 'y');
SELECT key, value FROM m, jsonb_each(options) ORDER BY key COLLATE "C";
SELECT layer_sizes, activations FROM m;
SELECT version FROM nn_train('m', 'points', 'y', task => 'classification', hidden => '{3,2}', activation => '{tanh,elu}', optimizer => 'sgd', learning_rate => 0.25, momentum => 0.5, batch_size => 7, epochs => 2, l2 => 0.125, validation => 0.2, patience => 4, tolerance => 1e-9, max_seconds => 60, seed => -5, keep => 0);
SELECT key, value FROM m, jsonb_each(options) ORDER BY key COLLATE "C";
SELECT layer_sizes, activations FROM m;
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

DROP FUNCTION try;
DROP VIEW rows;
DROP TABLE m, points;
DROP SEQUENCE reads;
