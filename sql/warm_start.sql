CREATE TABLE points AS SELECT (i % 7)::float8 AS x, i % 5 AS z, CASE i % 3 WHEN 0 THEN 'lo' WHEN 1 THEN 'hi' ELSE 'mid' END AS t, 2 * (i % 7) - i % 5 + i % 3 + sin(i) AS y FROM generate_series(1, 200) i;
CREATE TABLE plain AS TABLE points;
-- Ten epochs here are steps on the way, of which the warning is that there are more to make.
SET client_min_messages = error;

-- nothing to go on from
\pset tuples_only
\pset format unaligned
SELECT failure($$ SELECT nn_train('m', 'points', 'y', warm_start => true) $$);
SELECT to_regclass('m') IS NULL;
SELECT failure($$ SELECT nn_train('plain', 'points', 'y', warm_start => true) $$);
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{5}', epochs => 10, activate => 'never');
SELECT failure($$ SELECT nn_train('m', 'points', 'y', warm_start => true) $$);
SELECT nn_activate('m', 1);
-- other columns, another task
SELECT failure($$ SELECT nn_train('m', 'SELECT x, z, y FROM points', 'y', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT *, x * x AS x2 FROM points', 'y', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x::text AS x, z, t, y FROM points', 'y', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, z > 2 AS z, t, y FROM points', 'y', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('m', 'points', 'z', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, z, t, y > 3 AS y FROM points', 'y', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, z, t, y FROM points', 'y', weight => 'z', warm_start => true) $$);
-- another network, another kind of loss
SELECT failure($$ SELECT nn_train('m', 'points', 'y', warm_start => true, hidden => '{6}') $$);
SELECT failure($$ SELECT nn_train('m', 'points', 'y', warm_start => true, hidden => '{5,5}') $$);
SELECT failure($$ SELECT nn_train('m', 'points', 'y', warm_start => true, hidden => '{}') $$);
SELECT failure($$ SELECT nn_train('m', 'points', 'y', warm_start => true, activation => 'tanh') $$);
SELECT failure($$ SELECT nn_train('m', 'points', 'y', warm_start => true, hidden => '{5}', activation => '{elu}') $$);
SELECT failure($$ SELECT nn_train('m', 'points', 'y', warm_start => true, quantiles => '{0.1,0.5,0.9}') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, z, t, abs(y) AS y FROM points', 'y', warm_start => true, loss => 'poisson') $$);
SELECT failure($$ SELECT nn_train('m', 'points', 'y', warm_start => true, loss => 'cross_entropy') $$);
SELECT count(*) FROM m;
\pset format aligned
\pset tuples_only

-- ten epochs and ten more are twenty, to the last bit; but for lbfgs, which looks for its directions anew
CREATE FUNCTION train(model text, optimizer text, options text, query text DEFAULT 'points') RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	result int;
BEGIN
	options := options || ', validation => 0, l1 => 1e-4' || CASE WHEN optimizer <> 'lbfgs' THEN ', dropout => 0.2, input_dropout => 0.1, clip_norm => 0.5' ELSE '' END;
	EXECUTE format('SELECT version FROM nn_train(%L, %L, ''y'', optimizer => %L, %s)', model, query, optimizer, options) INTO result;
	RETURN result;
END $$;
SELECT optimizer, train('once_' || optimizer, optimizer, 'hidden => ''{5,3}'', activation => ''tanh'', epochs => 20') AS once, train('twice_' || optimizer, optimizer, 'hidden => ''{5,3}'', activation => ''tanh'', epochs => 10') AS first, train('twice_' || optimizer, optimizer, 'epochs => 10, warm_start => true') AS second
	FROM unnest('{gd,sgd,rmsprop,adam,adamw,lbfgs}'::text[]) optimizer;
SELECT optimizer, o.parameters = t.parameters AS same, o.optimizer_state IS NOT DISTINCT FROM t.optimizer_state AS same_state, o.loss_curve[11:20] = t.loss_curve AS same_course, t.epochs, t.total_epochs, t.started_from
	FROM unnest('{gd,sgd,rmsprop,adam,adamw,lbfgs}'::text[]) WITH ORDINALITY n (optimizer, place), nn_versions(('once_' || optimizer)::regclass) o, nn_versions(('twice_' || optimizer)::regclass) t WHERE o.active AND t.active ORDER BY place;
-- what an optimizer remembers: nothing, one number or two for each parameter
SELECT optimizer, cardinality(optimizer_state) / cardinality(parameters) AS slots, updates, total_epochs FROM unnest('{sgd,rmsprop,adam,adamw}'::text[]) WITH ORDINALITY n (optimizer, place), nn_versions(('once_' || optimizer)::regclass) ORDER BY place;
SELECT optimizer, optimizer_state, updates, total_epochs FROM unnest('{gd,lbfgs}'::text[]) optimizer, nn_versions(('once_' || optimizer)::regclass);
-- not with another seed, nor without what it remembers; it goes on from the active version, not from the last
SELECT nn_activate('twice_adam', 1);
SELECT train('twice_adam', 'adam', 'epochs => 10, warm_start => true, seed => 7, activate => ''never''');
SELECT train('twice_adam', 'adam', 'epochs => 10, warm_start => true, activate => ''never''');
UPDATE twice_adam SET optimizer_state = NULL WHERE version = 1;
SELECT train('twice_adam', 'adam', 'epochs => 10, warm_start => true, activate => ''never''');
SELECT t.version, o.parameters = t.parameters AS same, t.started_from, t.total_epochs, t.updates FROM once_adam o, twice_adam t ORDER BY version;
-- the best epoch is kept with what the optimizer remembered then: steps after it don't count, epochs do
SELECT version FROM nn_train('best', 'points', 'y', hidden => '{5}', learning_rate => 0.1, epochs => 100, patience => 5);
SELECT stop_reason, epochs = total_epochs AS all_epochs, updates = array_position(validation_curve, validation_loss) * ceil(180 / 16.0) AS best_steps, updates < epochs * ceil(180 / 16.0) AS fewer FROM best;

-- going on with next to no learning: the network is the one before, whatever the rows, their order and their columns' order
SELECT version FROM nn_train('same', 'points', 'y', hidden => '{5}', learning_rate => 0.02, epochs => 50);
CREATE TABLE before AS SELECT p, nn_predict('same', p) AS y FROM points p;
CREATE FUNCTION same(query text, options text DEFAULT '') RETURNS TABLE (rows bigint, same bool) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM nn_activate('same', 1);
	EXECUTE format('SELECT rows FROM nn_train(''same'', %L, ''y'', warm_start => true, learning_rate => 1e-30, epochs => 1, keep => 100 %s)', query, options) INTO rows;
	SELECT max(abs(nn_predict('same', b.p) - b.y)) < 1e-3 INTO same FROM before b;
	RETURN NEXT;
END $$;
SELECT * FROM same('points');
SELECT * FROM same('SELECT y, t, z, x FROM points ORDER BY t, y');
SELECT feature, type FROM nn_features('same');
SELECT * FROM same('SELECT x, z, t, y FROM points WHERE x > 3 AND z < 3');
SELECT * FROM same('SELECT x, z, t, 1000 + 50 * y AS y FROM points');
SELECT * FROM same('SELECT x::int AS x, z::smallint AS z, t::varchar(5) AS t, y::real AS y FROM points');
SELECT feature, type FROM nn_features('same');
SELECT * FROM same('points', ', hidden => ''{5}'', activation => ''relu''');
SELECT * FROM same('points', ', optimizer => ''sgd''');
-- values that weren't there: NULLs count as the mean, new categories as none of the known ones
RESET client_min_messages;
SELECT * FROM same('SELECT nullif(x, 6) AS x, z, CASE WHEN t = ''mid'' AND z > 2 THEN ''new'' WHEN z > 1 THEN t END AS t, y FROM points');
SET client_min_messages = error;
SELECT feature, categories, missing, missing_input FROM nn_features('same');
SELECT nn_predict('same', 1, 2, 'new') = nn_predict('same', 1, 2, 'never seen') AS unknown;

-- classes are those of the version before: some may be missing, none be new
SELECT version FROM nn_train('c', 'SELECT x, z, t FROM points', 't', hidden => '{5}', epochs => 10);
SELECT rows FROM nn_train('c', 'SELECT x, z, t FROM points WHERE t <> ''mid''', 't', warm_start => true, epochs => 2);
SELECT rows FROM nn_train('c', 'SELECT x, z, t FROM points WHERE t = ''lo''', 't', warm_start => true, epochs => 2, class_weight => '{"lo": 2, "mid": 3}');
SELECT classes, started_from, total_epochs FROM c ORDER BY version;
\pset tuples_only
\pset format unaligned
SELECT failure($$ SELECT nn_train('c', 'SELECT x, z, CASE WHEN t = ''lo'' AND x > 5 THEN ''lower'' ELSE t END AS t FROM points', 't', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('c', 'SELECT x, z, t = ''lo'' AS t FROM points', 't', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('c', 'SELECT x, z, y AS t FROM points', 't', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('c', 'SELECT x, z, t FROM points', 't', warm_start => true, loss => 'mse') $$);
-- as many outputs, of arrays as long
SELECT version FROM nn_train('a', 'SELECT ARRAY[x, z] AS a, ARRAY[y, 2 * y] AS y FROM points', 'y', hidden => '{5}', epochs => 10);
SELECT failure($$ SELECT nn_train('a', 'SELECT ARRAY[x, z, 1] AS a, ARRAY[y, 2 * y] AS y FROM points', 'y', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('a', 'SELECT ARRAY[x, z] AS a, y FROM points', 'y', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('a', 'SELECT ARRAY[x, z] AS a, ARRAY[y, y, y] AS y FROM points', 'y', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('a', 'SELECT ARRAY[x, z] AS a, ARRAY[y, 2 * y] AS y FROM points', 'y', warm_start => true) $$);
\pset format aligned
\pset tuples_only

-- another optimizer begins afresh, on the same network
SELECT version FROM nn_train('o', 'points', 'y', hidden => '{5}', epochs => 4);
SELECT version FROM nn_train('o', 'points', 'y', warm_start => true, optimizer => 'sgd', epochs => 3);
SELECT version FROM nn_train('o', 'points', 'y', warm_start => true, optimizer => 'lbfgs', epochs => 2, patience => 0);
SELECT version FROM nn_train('o', 'points', 'y', warm_start => true, epochs => 1);
SELECT version, started_from, options->'optimizer' AS optimizer, epochs, total_epochs, cardinality(optimizer_state) / cardinality(parameters) AS slots FROM o ORDER BY version;
SELECT bool_and(loss < lag) AS falls FROM (SELECT loss, lag(loss) OVER (ORDER BY version) FROM o) l WHERE lag IS NOT NULL;

-- the loss is taken over where none is given
SELECT version FROM nn_train('q', 'points', 'y', hidden => '{5}', quantiles => '{0.1,0.5,0.9}', epochs => 10);
SELECT version FROM nn_train('q', 'points', 'y', warm_start => true, epochs => 10);
SELECT version FROM nn_train('q', 'points', 'y', warm_start => true, quantiles => '{0.2,0.5,0.8}', epochs => 10);
SELECT version, options->'loss' AS loss, options->'quantiles' AS quantiles, total_epochs FROM q ORDER BY version;
SELECT failure($$ SELECT nn_train('q', 'points', 'y', warm_start => true, loss => 'quantile') $$);
SELECT failure($$ SELECT nn_train('q', 'points', 'y', warm_start => true, loss => 'mse') $$);
SELECT version FROM nn_train('p', 'SELECT x, z, t, abs(y) AS y FROM points', 'y', hidden => '{5}', loss => 'poisson', epochs => 10);
SELECT version FROM nn_train('p', 'SELECT x, z, t, abs(y) AS y FROM points', 'y', warm_start => true, epochs => 10);
SELECT failure($$ SELECT nn_train('p', 'points', 'y', warm_start => true) $$);
SELECT failure($$ SELECT nn_train('p', 'points', 'y', warm_start => true, loss => 'mse') $$);
SELECT version FROM nn_train('h', 'points', 'y', hidden => '{5}', loss => 'huber', epochs => 10);
SELECT version FROM nn_train('h', 'points', 'y', warm_start => true, epochs => 1, activate => 'never');
SELECT version FROM nn_train('h', 'points', 'y', warm_start => true, epochs => 1, loss => 'mae', activate => 'never');
SELECT m.model, version, options->'loss' AS loss, started_from FROM unnest('{p,h}'::text[]) m (model), nn_versions(model::regclass) v ORDER BY model DESC, version;

-- what the owner of a model wrote into it: an error, or the optimizer begins afresh, never a crash
CREATE FUNCTION after(change text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	BEGIN
		EXECUTE format('UPDATE o SET %s WHERE active', change);
		FOR line IN SELECT failure('SELECT nn_train(''o'', ''points'', ''y'', warm_start => true, epochs => 1)') LOOP
			RETURN NEXT line;
		END LOOP;
		IF line = 'no error' THEN
			RETURN QUERY SELECT format('  %s epochs, %s updates', total_epochs, updates) FROM o WHERE active;
		END IF;
		RAISE 'undo';
	EXCEPTION WHEN raise_exception THEN
		IF SQLERRM <> 'undo' THEN RAISE; END IF;
	END;
END $$;
\pset tuples_only
\pset format unaligned
SELECT after('active = true');
-- of the optimizer
SELECT after('optimizer_state = NULL');
SELECT after('optimizer_state = ''{}''');
SELECT after('optimizer_state = optimizer_state[2:]');
SELECT after('optimizer_state = optimizer_state || 0::real');
SELECT after('optimizer_state = array_fill(0::real, ARRAY[1000000])');
SELECT after('optimizer_state = ARRAY[optimizer_state]');
SELECT after('optimizer_state[3] = NULL');
SELECT after('optimizer_state[3] = ''NaN''');
SELECT after('optimizer_state[3] = ''-Infinity''');
SELECT after('optimizer_state = array_fill((-1)::real, ARRAY[cardinality(optimizer_state)])');
SELECT after('optimizer_state = array_fill(3e38::real, ARRAY[cardinality(optimizer_state)])');
SELECT after('updates = NULL');
SELECT after('updates = -1');
SELECT after('total_epochs = NULL');
SELECT after('total_epochs = -1');
SELECT after('options = jsonb_set(options, ''{optimizer}'', ''"sgd"'')');
SELECT after('options = jsonb_set(options, ''{optimizer}'', ''"no such"'')');
SELECT after('options = jsonb_set(options, ''{optimizer}'', ''[]'')');
-- of the loss
SELECT after('options = NULL');
SELECT after('options = ''5''');
SELECT after('options = jsonb_set(options, ''{loss}'', ''"no such"'')');
SELECT after('options = jsonb_set(options, ''{loss}'', ''{}'')');
SELECT after('options = jsonb_set(options, ''{loss}'', ''"cross_entropy"'')');
SELECT after('options = jsonb_set(options, ''{loss}'', ''"poisson"'')');
SELECT after('options = jsonb_set(options, ''{quantiles}'', ''[0.5]'')');
SELECT after('options = options || ''{"loss": "quantile", "quantiles": [0.1, 0.9]}''');
SELECT after('options = options || ''{"loss": "quantile", "quantiles": [10]}''');
SELECT after('options = options || ''{"loss": "quantile", "quantiles": ["NaN"]}''');
SELECT after('options = options || ''{"loss": "quantile", "quantiles": [null]}''');
SELECT after('options = options || ''{"loss": "quantile", "quantiles": ["x"]}''');
SELECT after('options = options || ''{"loss": "quantile", "quantiles": {"a": 1}}''');
SELECT after('options = options || (SELECT jsonb_build_object(''loss'', ''quantile'', ''quantiles'', jsonb_agg(i / 200.0)) FROM generate_series(1, 101) i)');
-- of the network
SELECT after('target = NULL');
SELECT after('parameters[1] = ''NaN''');
SELECT after('parameters = parameters[2:]');
SELECT after('features = jsonb_set(features, ''{0,name}'', ''"w"'')');
SELECT after('features = jsonb_set(features, ''{0,scale}'', ''[0]'')');
SELECT after('target_scale = ''{1,1}''');
SELECT after('format = 2');
-- losses of the other task
UPDATE c SET options = jsonb_set(options, '{loss}', '"mse"');
SELECT failure($$ SELECT nn_train('c', 'SELECT x, z, t FROM points', 't', warm_start => true) $$);
UPDATE c SET options = options || '{"loss": "quantile", "quantiles": [0.5]}';
SELECT failure($$ SELECT nn_train('c', 'SELECT x, z, t FROM points', 't', warm_start => true) $$);
UPDATE a SET options = jsonb_set(options, '{loss}', '"cross_entropy"'), target_scale = '{1e-6,1e-6}';
SELECT failure($$ SELECT nn_train('a', 'SELECT ARRAY[x, z] AS a, ARRAY[y, 2 * y] AS y FROM points', 'y', warm_start => true) $$);
UPDATE a SET options = options || '{"loss": "quantile", "quantiles": [0.1, 0.9]}';
SELECT failure($$ SELECT nn_train('a', 'SELECT ARRAY[x, z] AS a, ARRAY[y, 2 * y] AS y FROM points', 'y', warm_start => true) $$);
\pset format aligned
\pset tuples_only

-- with rights on the model only, and rows of one's own
CREATE ROLE regress_nn_guest;
GRANT SELECT ON o TO regress_nn_guest;
SET ROLE regress_nn_guest;
SELECT failure($$ SELECT nn_train('o', 'VALUES (1, 2)', 'column2', warm_start => true) $$);
RESET ROLE;
GRANT INSERT, UPDATE ON o TO regress_nn_guest;
SET ROLE regress_nn_guest;
SELECT failure($$ SELECT nn_train('o', 'points', 'y', warm_start => true) $$);
SELECT rows FROM nn_train('o', 'SELECT i % 5 AS x, i % 3 AS z, ''lo'' AS t, i % 7 AS y FROM generate_series(1, 50) i', 'y', warm_start => true, epochs => 1);
RESET ROLE;
REVOKE ALL ON o FROM regress_nn_guest;
DROP ROLE regress_nn_guest;

-- quantiles share one target, wherever it stands: steps of no length leave the loss that the model has
SELECT version FROM nn_train('bands', 'SELECT y, x, z FROM points', 'y', quantiles => '{0.1,0.5,0.9}', hidden => '{8}', epochs => 100, learning_rate => 0.01, l2 => 0);
SELECT value AS pinball FROM nn_evaluate('bands', 'points') WHERE metric = 'pinball' \gset
SELECT version, abs(loss / :pinball - 1) < 0.001 AS same_loss FROM nn_train('bands', 'SELECT y, x, z FROM points', 'y', quantiles => '{0.1,0.5,0.9}', epochs => 1, learning_rate => 1e-30, warm_start => true, l2 => 0, validation => 0);

DROP FUNCTION train, same, after;
SELECT format('DROP TABLE %s', model) FROM nn_models ORDER BY model::text COLLATE "C" \gexec
DROP TABLE points, plain, before;
