CREATE TABLE curve AS SELECT x, z, 3 * sin(x) + z * z / 10 AS y FROM (SELECT i * 37 % 101 / 16.0 AS x, i * 53 % 97 / 20.0 AS z FROM generate_series(1, 400) i) s;
CREATE TABLE line AS SELECT x, z, sin(i * 1.7) + x / 20 AS noise, cos(i * i * 0.37) - z / 20 AS more_noise, 3 * x - 2 * z + 5 AS y FROM (SELECT row_number() OVER () AS i, * FROM curve) c;

-- what a line search can't be combined with, and who has no momentum
\pset tuples_only
\pset format unaligned
SELECT failure($$ SELECT nn_train('m', 'curve', 'y', optimizer => 'lbfgs', dropout => 0.2) $$);
SELECT failure($$ SELECT nn_train('m', 'curve', 'y', optimizer => 'lbfgs', input_dropout => 0.2) $$);
SELECT failure($$ SELECT nn_train('m', 'curve', 'y', optimizer => 'lbfgs', clip_norm => 1) $$);
SELECT failure($$ SELECT nn_train('m', 'curve', 'y', optimizer => 'lbfgs', schedule => 'step') $$);
SELECT failure($$ SELECT nn_train('m', 'curve', 'y', optimizer => 'lbfgs', warmup => 5) $$);
SELECT failure($$ SELECT nn_train('m', 'curve', 'y', optimizer => 'lbfgs', nesterov => true) $$);
SELECT failure($$ SELECT nn_train('m', 'curve', 'y', optimizer => 'rmsprop', nesterov => true) $$);
SELECT to_regclass('m') IS NULL;
\pset format aligned
\pset tuples_only

-- every optimizer learns a curve, some faster than others: here without the warnings of those that aren't at the end
SET client_min_messages = error;
SELECT optimizer, score > 0.95 AS learnt
	FROM (VALUES ('gd', NULL, 1000), ('sgd', NULL, 200), ('rmsprop', 0.005, 200), ('adam', 0.01, 200), ('adamw', 0.01, 200), ('lbfgs', NULL, 200)) v (optimizer, rate, epochs),
	nn_train('m', 'curve', 'y', optimizer => optimizer, learning_rate => rate, epochs => v.epochs, hidden => '{16}', activation => 'tanh');

-- the parameters after a few epochs
CREATE FUNCTION parameters(options text, epochs int DEFAULT 3) RETURNS real[] LANGUAGE plpgsql AS $$
DECLARE
	result real[];
BEGIN
	EXECUTE format('SELECT nn_train(''w'', ''curve'', ''y'', hidden => ''{3}'', epochs => %s, %s)', epochs, options);
	SELECT parameters INTO result FROM nn_versions('w') v WHERE active;
	RETURN result;
END $$;
CREATE FUNCTION distance(real[], real[]) RETURNS float8 LANGUAGE sql AS 'SELECT sqrt(sum((a::float8 - b) ^ 2)) FROM unnest($1, $2) u (a, b)';
-- momentum is sgd's, and Nesterov's another one
SELECT parameters('optimizer => ''sgd''') = parameters('optimizer => ''sgd'', momentum => 0.9') AS usual, parameters('optimizer => ''sgd''') = parameters('optimizer => ''sgd'', momentum => 0.5') AS less,
	parameters('optimizer => ''sgd''') = parameters('optimizer => ''sgd'', nesterov => true') AS nesterov, parameters('optimizer => ''sgd'', momentum => 0') = parameters('optimizer => ''sgd'', momentum => 0, nesterov => true') AS none,
	parameters('optimizer => ''adam''') = parameters('optimizer => ''adam'', momentum => 0.5') AS adam;
-- adamw makes weights smaller by itself, so it differs from adam where there is an l2
SELECT parameters('optimizer => ''adam'', l2 => 0') = parameters('optimizer => ''adamw'', l2 => 0') AS without, parameters('optimizer => ''adam'', l2 => 0.1') = parameters('optimizer => ''adamw'', l2 => 0.1') AS with_l2,
	(SELECT sum(p * p) FROM unnest(parameters('optimizer => ''adamw'', l2 => 10')) p) < (SELECT sum(p * p) FROM unnest(parameters('optimizer => ''adamw'', l2 => 0')) p) AS smaller;
-- full batches have no batch size
SELECT optimizer, parameters(format('optimizer => %L', optimizer)) = parameters(format('optimizer => %L, batch_size => 8', optimizer)) AS same FROM unnest('{gd,lbfgs,sgd}'::text[]) optimizer;

-- schedules: the learning rate of each epoch
SELECT schedule, version FROM unnest('{constant,step,exponential,cosine,plateau}'::text[]) schedule, nn_train('rates_' || schedule, 'curve', 'y', hidden => '{3}', epochs => 8, learning_rate => 0.1, schedule => schedule, decay => 0.5, decay_epochs => 2, patience => 0);
SELECT schedule, (SELECT array_agg(round(learning_rate::numeric, 4) ORDER BY epoch) FROM nn_history('rates_' || schedule)) AS rates FROM unnest('{constant,step,exponential,cosine}'::text[]) schedule;
SELECT schedule, version FROM unnest('{constant,step,exponential,cosine}'::text[]) schedule, nn_train('rates_' || schedule, 'curve', 'y', hidden => '{3}', epochs => 8, learning_rate => 0.1, schedule => schedule, decay => 0.5, decay_epochs => 2, warmup => 3, patience => 0);
SELECT schedule, (SELECT array_agg(round(learning_rate::numeric, 4) ORDER BY epoch) FROM nn_history('rates_' || schedule)) AS rates FROM unnest('{constant,step,exponential,cosine}'::text[]) schedule;
-- the defaults: half as much every ten epochs
SELECT version FROM nn_train('rates_step', 'curve', 'y', hidden => '{3}', epochs => 21, schedule => 'step', patience => 0);
SELECT learning_rate, min(epoch), max(epoch) FROM nn_history('rates_step') GROUP BY learning_rate ORDER BY learning_rate DESC;
-- a plateau: half as much after so many epochs without a loss below all before
SELECT version FROM nn_train('rates_plateau', 'curve', 'y', hidden => '{8}', epochs => 60, learning_rate => 0.05, schedule => 'plateau', decay_epochs => 3, patience => 0);
WITH RECURSIVE expected AS (
	SELECT 1 AS epoch, validation_loss AS best, 0 AS waited, 0 AS reductions FROM nn_history('rates_plateau') WHERE epoch = 1
	UNION ALL SELECT h.epoch, least(best, h.validation_loss), CASE WHEN h.validation_loss < best OR waited = 2 THEN 0 ELSE waited + 1 END, reductions + (h.validation_loss >= best AND waited = 2)::int
	FROM expected e JOIN nn_history('rates_plateau') h ON h.epoch = e.epoch + 1
)
SELECT bool_and(round(h.learning_rate::numeric, 10) = round((0.05 * 0.5 ^ e.reductions)::numeric, 10)) AS as_expected, max(reductions) > 2 AS reduced
	FROM expected e JOIN nn_history('rates_plateau') h ON h.epoch = e.epoch + 1;
-- smaller steps come closer in the end than steps that stay large
SELECT (SELECT loss FROM nn_train('m', 'curve', 'y', hidden => '{16}', learning_rate => 0.1, schedule => 'cosine', epochs => 100, validation => 0)) < (SELECT loss FROM nn_train('m', 'curve', 'y', hidden => '{16}', learning_rate => 0.1, epochs => 100, validation => 0)) AS closer;

-- lbfgs finds a line in a few steps, and says that there is nothing left to find; learning_rate is the length of the first
SELECT stop_reason, epochs < 30 AS few, score > 0.99999 AS score FROM nn_train('m', 'line', 'y', hidden => '{}', optimizer => 'lbfgs', l2 => 0, validation => 0);
SELECT epochs < 200 AS early, stop_reason, score > 0.99 AS score FROM nn_train('m', 'line', 'y', hidden => '{8}', optimizer => 'lbfgs', patience => 5);
SELECT epochs, stop_reason FROM nn_train('m', 'curve', 'y', optimizer => 'lbfgs', tolerance => 1000);
SELECT stop_reason, seconds < 30 AS in_time FROM nn_train('m', 'curve', 'y', hidden => '{200,200}', optimizer => 'lbfgs', epochs => 1000000, patience => 0, max_seconds => 0.2);
SELECT parameters('optimizer => ''lbfgs''') = parameters('optimizer => ''lbfgs'', learning_rate => 0.5') AS same_first_step;

-- l1 leaves nothing of the weights of columns that say nothing, where l2 only makes them smaller
SELECT version FROM nn_train('l1', 'line', 'y', hidden => '{}', optimizer => 'lbfgs', l1 => 0.1, l2 => 0, validation => 0);
SELECT version FROM nn_train('l2', 'line', 'y', hidden => '{}', optimizer => 'lbfgs', l1 => 0, l2 => 0.1, validation => 0);
SELECT version FROM nn_train('none', 'line', 'y', hidden => '{}', optimizer => 'lbfgs', l1 => 0, l2 => 0, validation => 0);
SELECT model, abs(weights[1][1]) < abs(n.weights_of_none[1][1]) AS x, abs(weights[1][2]) < abs(n.weights_of_none[1][2]) AS z, abs(weights[1][3]) < 1e-4 AS noise, abs(weights[1][4]) < 1e-4 AS more_noise
	FROM unnest('{l1,l2}'::text[]) model, nn_layers(model) l, (SELECT weights FROM nn_layers('none')) n (weights_of_none);
-- so much of it that only the mean is left: biases aren't punished
SELECT version FROM nn_train('l1', 'line', 'y', hidden => '{}', optimizer => 'lbfgs', l1 => 10, l2 => 0, validation => 0);
SELECT max(abs(nn_predict('l1', l) - mean)) < 1e-3 AS mean FROM line l, (SELECT avg(y) AS mean FROM line) a;

-- dropout: of hidden neurons, input_dropout: of inputs, both only while training
SELECT parameters('dropout => 0') = parameters('dropout => 0.5') AS dropout, parameters('dropout => 0') = parameters('input_dropout => 0.5') AS input_dropout, parameters('dropout => 0.5') = parameters('input_dropout => 0.5') AS another,
	parameters('dropout => 0.5') = parameters('dropout => 0.5') AS again;
SELECT (SELECT loss FROM nn_train('m', 'line', 'y', hidden => '{}', epochs => 5, dropout => 0.5)) = (SELECT loss FROM nn_train('m', 'line', 'y', hidden => '{}', epochs => 5)) AS no_hidden_neurons,
	(SELECT loss FROM nn_train('m', 'line', 'y', hidden => '{}', epochs => 5, input_dropout => 0.5)) = (SELECT loss FROM nn_train('m', 'line', 'y', hidden => '{}', epochs => 5)) AS inputs;
SELECT score > 0.8 AS learnt, loss > 2 * validation_loss AS harder_while_training FROM nn_train('m', 'curve', 'y', hidden => '{64}', learning_rate => 0.01, dropout => 0.3);
SELECT bool_and(nn_predict('m', c) = nn_predict('m', c)) AS same FROM curve c;

-- clip_norm: no step of plain descent is longer than learning_rate times it
SELECT clip_norm, round(distance(parameters('optimizer => ''gd'', learning_rate => 0.1, clip_norm => ' || clip_norm, 3), parameters('optimizer => ''gd'', learning_rate => 0.1, clip_norm => ' || clip_norm, 4))::numeric, 6) AS length FROM unnest('{0.01,0.1}'::float8[]) clip_norm;
SELECT parameters('optimizer => ''gd''') = parameters('optimizer => ''gd'', clip_norm => 1e6') AS long_enough;
-- steps that would go to infinity don't
\pset tuples_only
\pset format unaligned
SELECT regexp_replace(failure($$ SELECT nn_train('m', 'line', 'y', hidden => '{}', optimizer => 'gd', learning_rate => 1e9) $$), 'epoch \d+', 'epoch N');
\pset format aligned
\pset tuples_only
SELECT epochs FROM nn_train('m', 'line', 'y', hidden => '{}', optimizer => 'gd', learning_rate => 1e9, clip_norm => 1e-9, epochs => 200);

RESET client_min_messages;
DROP FUNCTION parameters, distance;
SELECT format('DROP TABLE %s', model) FROM nn_models ORDER BY model::text COLLATE "C" \gexec
DROP TABLE curve, line;
