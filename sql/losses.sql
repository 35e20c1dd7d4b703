CREATE TABLE abalone (sex text, length float8, diameter float8, height float8, whole_weight float8, shucked_weight float8, viscera_weight float8, shell_weight float8, rings int);
\copy abalone FROM PROGRAM 'gzip -dc test/data/abalone.csv.gz' (FORMAT csv, HEADER)
CREATE TABLE fresh AS SELECT a.* FROM (SELECT a, row_number() OVER (ORDER BY ctid) AS n FROM abalone a) r, LATERAL (SELECT (r.a).*) a WHERE n % 5 = 0;
CREATE TABLE known AS SELECT a.* FROM (SELECT a, row_number() OVER (ORDER BY ctid) AS n FROM abalone a) r, LATERAL (SELECT (r.a).*) a WHERE n % 5 > 0;
-- clear cases: y lies anywhere between 0 and x, grows by e^(x / 2), or says whether x is above 5
CREATE TABLE clear AS SELECT x, x * u AS between_0_and_x, exp(1 + x / 2) AS growing, x > 5 AS above FROM generate_series(0.5, 10, 0.5) x, generate_series(0.0125, 0.9875, 0.025) u;

-- losses that don't fit the target
\pset tuples_only
\pset format unaligned
SELECT failure($$ SELECT nn_train('m', 'SELECT length, rings - 10 AS rings FROM known', 'rings', loss => 'poisson') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT length, ARRAY[rings, rings - 4] AS rings FROM known', 'rings', loss => 'poisson') $$);
SELECT failure($$ SELECT nn_train('m', 'known', 'sex', loss => 'poisson') $$);
SELECT failure($$ SELECT nn_train('m', 'known', 'sex', loss => 'quantile') $$);
SELECT failure($$ SELECT nn_train('m', 'known', 'sex', quantiles => '{0.1,0.9}') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT length, ARRAY[rings, 2 * rings] AS rings FROM known', 'rings', loss => 'quantile') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT length, ARRAY[rings, 2 * rings] AS rings FROM known', 'rings', quantiles => '{0.1,0.9}') $$);
SELECT failure($$ SELECT nn_train('m', 'known', 'rings', quantiles => '{0.1,0.9}', loss => 'huber') $$);
SELECT failure($$ SELECT nn_train('m', 'known', 'rings', quantiles => '{0.9,0.1}') $$);
SELECT failure($$ SELECT nn_train('m', 'known', 'rings', quantiles => '{10,50,90}') $$);
SELECT failure($$ SELECT nn_train('m', 'known', 'rings', label_smoothing => 0.1) $$);
SELECT to_regclass('m') IS NULL;
\pset format aligned
\pset tuples_only

-- poisson: counts, of which none is predicted to be below 0
SELECT stop_reason, score > 0.4 AS score FROM nn_train('m', 'known', 'rings', hidden => '{16}', loss => 'poisson', learning_rate => 0.01);
SELECT layer, activation FROM nn_layers('m');
SELECT min(nn_predict('m', f)) > 0 AS positive, 1 - avg((rings - nn_predict('m', f)) ^ 2) / var_pop(rings) > 0.5 AS score, abs(avg(nn_predict('m', f)) / avg(rings) - 1) < 0.05 AS mean FROM fresh f;
SELECT nn_predict('m', 'I', 1e-3, 1e-3, 1e-3, 1e-4, 1e-4, 1e-4, 1e-4) > 0 AS positive, nn_predict('m', 'M', 3, 3, 1, 10, 4, 2, 3) > 0 AS far_off;
-- columns made for the purpose give the target away: without the warnings about that
SET client_min_messages = error;
-- its logarithm is linear in the inputs: without hidden layers it grows by the same factor everywhere
SELECT stop_reason, score > 0.9999 AS score FROM nn_train('m', 'SELECT x, growing FROM clear', 'growing', hidden => '{}', loss => 'poisson', optimizer => 'lbfgs', l2 => 0, validation => 0);
SELECT round((nn_predict('m', x + 1) / nn_predict('m', x))::numeric, 3) AS factor, round(exp(0.5)::numeric, 3) AS truth FROM unnest('{1,5,9}'::float8[]) x;
-- zeros are counts, too, and amounts needn't be whole; several at once
SELECT score > 0.99 AS score FROM nn_train('m', 'SELECT x, ARRAY[growing, greatest(x - 5, 0), x / 4] AS y FROM clear', 'y', hidden => '{8}', loss => 'poisson', optimizer => 'lbfgs', l2 => 1e-3, validation => 0, epochs => 1000);
SELECT round(o[1] / exp(2)) AS growing, o[2] BETWEEN 0 AND 0.5 AS zero, round(o[3]::numeric, 1) AS amount FROM nn_outputs('m', 2) o;
RESET client_min_messages;

-- quantiles: the middle and an interval that eight of ten truths lie in
SELECT stop_reason, score BETWEEN 0.2 AND 0.6 AS score, baseline FROM nn_train('intervals', 'known', 'rings', hidden => '{16}', learning_rate => 0.01, quantiles => '{0.1,0.5,0.9}');
SELECT count(*) AS rows, avg((rings BETWEEN o[1] AND o[3])::int) BETWEEN 0.72 AND 0.88 AS within, avg((rings < o[1])::int) BETWEEN 0.04 AND 0.18 AS below, avg((rings < o[2])::int) BETWEEN 0.4 AND 0.6 AS below_middle, avg((o[1] <= o[2] AND o[2] <= o[3])::int) > 0.99 AS in_order
	FROM fresh f, nn_outputs('intervals', f) o;
SELECT layer_sizes, options->'loss' AS loss, options->'quantiles' AS quantiles FROM intervals;
SELECT nn_predict('intervals', f) FROM fresh f;
SELECT nn_classify('intervals', f) FROM fresh f;
SET client_min_messages = error;
-- where they are known: q * x
SELECT score > 0.2 AS score FROM nn_train('m', 'SELECT x, between_0_and_x FROM clear', 'between_0_and_x', hidden => '{}', learning_rate => 0.01, quantiles => '{0.2,0.8}', validation => 0, schedule => 'cosine', patience => 0);
SELECT x, round(o[1]::numeric / x, 1) AS lower, round(o[2]::numeric / x, 1) AS upper FROM unnest('{4,6,8}'::int[]) x, nn_outputs('m', x) o;
-- alone it is the median: one number, and half of the absolute error
SELECT version FROM nn_train('m', 'SELECT x, between_0_and_x FROM clear', 'between_0_and_x', hidden => '{}', loss => 'quantile', optimizer => 'sgd', learning_rate => 0.25, l2 => 0, schedule => 'cosine', patience => 0);
SELECT round(nn_predict('m', 8)) AS "4", nn_outputs('m', 8) = ARRAY[nn_predict('m', 8)] AS same FROM m WHERE active;
SELECT version FROM nn_train('n', 'SELECT x, between_0_and_x FROM clear', 'between_0_and_x', hidden => '{}', loss => 'mae', optimizer => 'sgd', learning_rate => 0.125, l2 => 0, schedule => 'cosine', patience => 0);
SELECT m.parameters = n.parameters AS same, round((n.loss / m.loss)::numeric, 6) AS factor FROM m, n WHERE m.active AND n.active;

-- label_smoothing: less sure of itself
SELECT smoothing, version FROM unnest('{0,0.3}'::float8[]) smoothing, nn_train('smooth_' || smoothing * 10, 'SELECT x, above FROM clear', 'above', hidden => '{8}', learning_rate => 0.05, label_smoothing => smoothing, epochs => 100, validation => 0);
SELECT smoothing, abs(nn_predict('smooth_' || smoothing * 10, 1) - smoothing / 2) < 0.03 AS of_1, abs(nn_predict('smooth_' || smoothing * 10, 9) - (1 - smoothing / 2)) < 0.03 AS of_9 FROM unnest('{0,0.3}'::float8[]) smoothing;
-- of several classes: 1 - 0.3, and 0.1 for each of three
SELECT score > 0.9 AS score FROM nn_train('m', 'SELECT x, width_bucket(x, 0, 12, 3) AS part FROM clear', 'part', task => 'classification', hidden => '{16}', learning_rate => 0.05, label_smoothing => 0.3, epochs => 100, validation => 0);
SELECT array(SELECT round(p::numeric, 1) FROM unnest(nn_outputs('m', 1)) p) AS of_1, array(SELECT round(p::numeric, 1) FROM unnest(nn_outputs('m', 10)) p) AS of_10;
SELECT options->'label_smoothing' AS label_smoothing FROM m WHERE active;

DROP TABLE abalone, fresh, known, clear, m, n, intervals, smooth_0, smooth_3;
