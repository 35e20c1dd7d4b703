-- Without the warnings that more epochs would teach more: those are in stopping.sql.
SET client_min_messages = error;
-- XOR, with every activation
CREATE TABLE xor (a int, b int, y int);
INSERT INTO xor VALUES (0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0);
SELECT score > 0.99 AS learnt, stop_reason FROM nn_train('m', 'xor', 'y', hidden => '{8}', activation => 'tanh', learning_rate => 0.02, epochs => 500, validation => 0, l2 => 0);
SELECT a, b, round(nn_predict('m', xor)) = y AS right FROM xor ORDER BY a, b;
SELECT score AS accuracy FROM nn_train('m2', 'SELECT a, b, y = 1 AS y FROM xor', 'y', hidden => '{8}', learning_rate => 0.02, epochs => 500, validation => 0, l2 => 0);
SELECT a, b, nn_classify('m2', xor), nn_predict('m2', xor) > 0.5 AS predicted FROM xor ORDER BY a, b;
SELECT activation, score > 0.9 AS learnt FROM unnest('{relu,leaky_relu,elu,gelu,silu,softplus,tanh,sigmoid}'::text[]) activation,
	nn_train('m', 'xor', 'y', hidden => '{16,8}', activation => activation, learning_rate => 0.02, epochs => 1500, validation => 0, l2 => 0);
-- no line separates it
SELECT round(score::numeric, 2) AS score FROM nn_train('m', 'xor', 'y', hidden => '{16,8}', activation => 'identity', epochs => 500, validation => 0, l2 => 0);
SELECT score > 0.9 AS learnt FROM nn_train('m', 'xor', 'y', hidden => '{16,8}', activation => '{tanh,relu}', learning_rate => 0.02, epochs => 500, validation => 0, l2 => 0);
SELECT array_agg(activation ORDER BY layer) AS activations FROM nn_layers('m');

-- a line, to its last digits: y = 3 x - 2 z + 5
CREATE TABLE line AS SELECT x, z, 3 * x - 2 * z + 5 AS y FROM (SELECT i * 37 % 101 / 10.0 AS x, i * 53 % 97 / 20.0 + 7 AS z FROM generate_series(1, 200) i) s;
SELECT stop_reason, epochs < 2000 AS early, round(score::numeric, 6) AS score FROM nn_train('m', 'line', 'y', hidden => '{}', optimizer => 'gd', learning_rate => 0.3, tolerance => 1e-7, epochs => 2000, validation => 0, l2 => 0);
-- slopes and intercept in the columns' own units, from what the model stores
SELECT feature, round((target_scale[1] * weight / scale[1])::numeric, 3) AS slope FROM nn_features('m'), nn_weights('m'), nn_versions('m') v WHERE input = first_input AND v.active ORDER BY feature;
SELECT round((target_mean[1] + target_scale[1] * (sum(-weight * mean[1] / scale[1]) + (SELECT weight FROM nn_weights('m') WHERE input = 0)))::numeric, 3) AS intercept
	FROM nn_features('m'), nn_weights('m'), nn_versions('m') v WHERE input = first_input AND v.active GROUP BY target_mean, target_scale;
SELECT max(abs(nn_predict('m', l) - y)) < 1e-3 AS exact FROM line l;
SELECT round(nn_predict('m', 12, 6)) AS "29";

-- each optimizer, each loss
SELECT optimizer, round(score::numeric, 3) AS score FROM unnest('{gd,sgd,adam}'::text[]) optimizer, nn_train('m', 'line', 'y', hidden => '{}', optimizer => optimizer, learning_rate => 0.05, epochs => 200, validation => 0, l2 => 0);
SELECT loss_name, round(score::numeric, 1) AS score FROM unnest('{mse,mae,huber}'::text[]) loss_name, nn_train('m', 'line', 'y', hidden => '{}', loss => loss_name, learning_rate => 0.02, epochs => 200, validation => 0, l2 => 0);
-- mae passes over what mse follows: one row in ten is off by a thousand
SELECT loss_name, version FROM unnest('{mse,mae}'::text[]) loss_name, nn_train('m', 'SELECT x, y + 1000 * (row_number() OVER () % 10 = 0)::int AS y FROM (SELECT i % 20 AS x, i % 20 AS y FROM generate_series(1, 200) i) s', 'y', hidden => '{}', loss => loss_name, learning_rate => 0.02, epochs => 200, validation => 0, l2 => 0);
SELECT nn_predict('m', 10) BETWEEN 5 AND 15 AS mae;
SELECT nn_activate('m', max(version) - 1) FROM m;
SELECT nn_predict('m', 10) BETWEEN 80 AND 140 AS mse;
-- in the units of the target, whatever these are
SELECT epochs FROM nn_train('m', 'line', 'y', hidden => '{}', optimizer => 'gd', learning_rate => 0.001, epochs => 5, validation => 0, l2 => 0);
SELECT abs(loss / mse - 1) < 0.02 AS loss, abs((1 - mse / variance) - score) < 1e-4 AS score FROM m, (SELECT avg((nn_predict('m', l) - y) ^ 2) AS mse, var_pop(y) AS variance FROM line l) s WHERE active;

-- three blobs, and iris
CREATE TABLE blobs AS SELECT k AS class, 4 * cos(k * 2.1) + sin(i * 7.3) AS x, 4 * sin(k * 2.1) + cos(i * 3.1) AS y FROM generate_series(1, 3) k, generate_series(1, 60) i;
SELECT task, score > 0.97 AS learnt, round(baseline::numeric, 1) AS baseline, validation_loss < 0.2 AS confident FROM nn_train('b', 'blobs', 'class', task => 'classification', hidden => '{8}', learning_rate => 0.01);
SELECT count(*) FILTER (WHERE nn_classify('b', blobs) = class::text) >= 178 AS right FROM blobs;
SELECT nn_classify('b', 4 * cos(2.1), 4 * sin(2.1)), nn_probability('b', '3', 4 * cos(6.3), 4 * sin(6.3)) > 0.9 AS third;
-- without hidden layers: logistic regression
SELECT score > 0.97 AS learnt, parameters FROM nn_train('b', 'blobs', 'class', task => 'classification', hidden => '{}', learning_rate => 0.05);
SELECT score > 0.97 AS learnt, parameters FROM nn_train('b', 'SELECT x, y, class = 1 AS first FROM blobs', 'first', hidden => '{}', learning_rate => 0.05);
CREATE TABLE iris (sepal_length_cm float8, sepal_width_cm float8, petal_length_cm float8, petal_width_cm float8, species text);
\copy iris FROM 'test/data/iris.csv' (FORMAT csv, HEADER)
CREATE VIEW iris_train AS SELECT sepal_length_cm, sepal_width_cm, petal_length_cm, petal_width_cm, species FROM (SELECT *, row_number() OVER (ORDER BY ctid) AS n FROM iris) i WHERE n % 5 > 0;
SELECT rows, inputs, score > 0.8 AS score FROM nn_train('b', 'iris_train', 'species');
SELECT avg((nn_classify('b', i) = species)::int) >= 0.85 AS held_out FROM (SELECT *, row_number() OVER (ORDER BY ctid) AS n FROM iris) i WHERE n % 5 = 0;

-- when training stops
SELECT epochs, stop_reason FROM nn_train('m', 'line', 'y', hidden => '{4}', epochs => 3);
SELECT epochs, stop_reason FROM nn_train('m', 'line', 'y', hidden => '{4}', epochs => 3, patience => 0);
SELECT epochs < 1000 AS early, stop_reason FROM nn_train('m', 'SELECT i % 10 AS x, i * 7919 % 101 AS y FROM generate_series(1, 300) i', 'y', hidden => '{16}', epochs => 1000, learning_rate => 0.02, patience => 7);
-- the best epoch is kept, patience epochs before the last
SELECT cardinality(validation_curve) - array_position(validation_curve, (SELECT min(l) FROM unnest(validation_curve) l)) AS waited, validation_loss = (SELECT min(l) FROM unnest(validation_curve) l) AS best,
	loss = loss_curve[array_position(validation_curve, validation_loss)] AS same_epoch FROM m WHERE active;
SELECT epochs < 1000 AS early, stop_reason FROM nn_train('m', 'SELECT i % 10 AS x, i * 7919 % 101 AS y FROM generate_series(1, 300) i', 'y', hidden => '{16}', epochs => 1000, learning_rate => 0.02, patience => 3);
SELECT cardinality(validation_curve) - array_position(validation_curve, validation_loss) AS waited FROM m WHERE active;
SELECT epochs, stop_reason FROM nn_train('m', 'SELECT i % 10 AS x, i * 7919 % 101 AS y FROM generate_series(1, 300) i', 'y', hidden => '{16}', epochs => 50, learning_rate => 0.02, patience => 0);
SELECT validation_loss = validation_curve[50] AS last FROM m WHERE active;
SELECT epochs, stop_reason FROM nn_train('m', 'line', 'y', hidden => '{}', optimizer => 'gd', tolerance => 1000);
SELECT epochs, stop_reason FROM nn_train('m', 'line', 'y', hidden => '{}', optimizer => 'adam', tolerance => 1000);
SELECT epochs, stop_reason FROM nn_train('m', 'line', 'y', hidden => '{4}', epochs => 1000000, max_seconds => 1e-6);
SELECT stop_reason, seconds < 30 AS in_time FROM nn_train('m', 'line', 'y', hidden => '{64,64}', epochs => 1000000, patience => 0, max_seconds => 0.3);
SELECT nn_predict('m', 1, 1) IS NOT NULL AS predicts, score IS NOT NULL AS score FROM m WHERE active;

-- regularised weights are smaller
SELECT l2, version FROM unnest('{0,0.1,10}'::float8[]) l2, nn_train('w', 'line', 'y', hidden => '{}', optimizer => 'gd', epochs => 200, validation => 0, l2 => l2);
SELECT bool_and(length < lag) AS smaller FROM (SELECT length, lag(length) OVER (ORDER BY version) FROM (SELECT version, sum(p ^ 2) AS length FROM w, unnest(parameters) p GROUP BY version) l) s;

-- too large a step: an error with a hint, and nothing is left
\set VERBOSITY sqlstate
SELECT * FROM nn_train('diverged', 'line', 'y', hidden => '{}', optimizer => 'gd', learning_rate => 1e9, epochs => 100);
\set VERBOSITY default
SELECT * FROM nn_train('diverged', 'line', 'y', hidden => '{8,8}', learning_rate => 1e30, epochs => 100);
SELECT * FROM nn_train('diverged', 'blobs', 'class', task => 'classification', hidden => '{8,8}', optimizer => 'sgd', learning_rate => 1e38, epochs => 100);
SELECT to_regclass('diverged') AS diverged;
SELECT count(*) AS versions FROM m;
-- somewhat too large a step: smaller ones from the best weights on
SELECT score > 0.9 AS learnt FROM nn_train('m', 'line', 'y', hidden => '{}', optimizer => 'gd', learning_rate => 30, epochs => 3000, validation => 0);

-- targets with little to learn
SELECT score, baseline, stop_reason FROM nn_train('m', 'SELECT x, 5 AS y FROM line', 'y', hidden => '{4}', epochs => 50, validation => 0);
SELECT nn_predict('m', 3) BETWEEN 4 AND 6 AS about_5;
SELECT score > 0.95 AS score, baseline > 0.95 AS baseline FROM nn_train('m', 'SELECT x, x > 0 AS y FROM line', 'y', hidden => '{4}', epochs => 100);
SELECT rows, validation_loss, score = 1 AS score FROM nn_train('m', 'VALUES (1, true), (2, false)', 'column2', hidden => '{4}', epochs => 500, learning_rate => 0.05);
-- numbers that saturate, all zeros
SELECT nn_classify('b', 1e6, -1e6, 1e6, 1e6) IS NOT NULL AS far, (SELECT bool_and(p BETWEEN 0 AND 1) FROM unnest(nn_outputs('b', 1e6, -1e6, 1e6, 1e6)) p) AS probabilities;
SELECT inputs FROM nn_train('m', 'SELECT 0 AS zero, 0::float8 AS zero2, x, y FROM line', 'y', hidden => '{4}', epochs => 5);
SELECT inputs, epochs FROM nn_train('m', 'SELECT x, x * 1e-30 AS y FROM line', 'y', hidden => '{4}', epochs => 5);

DROP VIEW iris_train;
DROP TABLE m, m2, b, w, xor, line, blobs, iris;
