CREATE TABLE source AS SELECT i % 13 AS x, i * 7 % 11 AS z, (i % 13) * 2 - i * 7 % 11 + sin(i) AS y, 1 + i % 3 AS w FROM generate_series(1, 120) i;
-- of a hundred parts one in ten is broken; how much it hums says little about which
CREATE TABLE parts AS SELECT i % 17 + CASE WHEN i % 10 = 0 THEN 6 ELSE 0 END AS hum, i % 7 AS age, CASE WHEN i % 10 = 0 THEN 'broken' ELSE 'sound' END AS state FROM generate_series(1, 1000) i;

-- weights that are none
\pset tuples_only
\pset format unaligned
SELECT failure($$ SELECT nn_train('m', 'source', 'y', weight => 'weight') $$);
SELECT failure($$ SELECT nn_train('m', 'source', 'y', weight => 'y') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, y, w > 1 AS w FROM source', 'y', weight => 'w') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, y, w::text AS w FROM source', 'y', weight => 'w') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, y, ARRAY[w, w] AS w FROM source', 'y', weight => 'w') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, y, now() AS w FROM source', 'y', weight => 'w') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, y, nullif(w, 2) AS w FROM source', 'y', weight => 'w') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, y, w - 2 AS w FROM source', 'y', weight => 'w') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, y, CASE w WHEN 2 THEN ''NaN'' ELSE 1::float8 END AS w FROM source', 'y', weight => 'w') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, y, CASE w WHEN 2 THEN ''Infinity'' ELSE 1::real END AS w FROM source', 'y', weight => 'w') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, y, 1e300 * w AS w FROM source', 'y', weight => 'w') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT x, y, 0 AS w FROM source', 'y', weight => 'w') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT y, w FROM source', 'y', weight => 'w') $$);
-- weights of classes that are none
SELECT failure($$ SELECT nn_train('m', 'parts', 'state', class_weight => 'fair') $$);
SELECT failure($$ SELECT nn_train('m', 'parts', 'state', class_weight => '') $$);
SELECT failure($$ SELECT nn_train('m', 'parts', 'state', class_weight => '10') $$);
SELECT failure($$ SELECT nn_train('m', 'parts', 'state', class_weight => '{"broken": 10') $$);
SELECT failure($$ SELECT nn_train('m', 'parts', 'state', class_weight => '{"broken": "10"}') $$);
SELECT failure($$ SELECT nn_train('m', 'parts', 'state', class_weight => '{"broken": [10]}') $$);
SELECT failure($$ SELECT nn_train('m', 'parts', 'state', class_weight => '{"broken": -10}') $$);
SELECT failure($$ SELECT nn_train('m', 'parts', 'state', class_weight => '{"broken": 10, "lost": 5}') $$);
SELECT failure($$ SELECT nn_train('m', 'parts', 'state', class_weight => '{"broken": 0, "sound": 0}') $$);
SELECT failure($$ SELECT nn_train('m', 'parts', 'hum', class_weight => '{"broken": 10}') $$);
SELECT failure($$ SELECT nn_train('m', 'parts', 'age', class_weight => 'balanced') $$);
SELECT to_regclass('m') IS NULL;
\pset format aligned
\pset tuples_only

-- a weight of 2 is the row twice: also for the mean and scale of columns, losses and scores
SET client_min_messages = error;
CREATE TABLE repeated AS SELECT x, z, y FROM source, generate_series(1, w);
SELECT optimizer, a.rows, b.rows AS rows_repeated, abs(a.loss / b.loss - 1) < 1e-5 AS loss, abs(a.score - b.score) < 1e-5 AS score
	FROM unnest('{gd,lbfgs}'::text[]) optimizer,
	nn_train('once_' || optimizer, 'source', 'y', weight => 'w', hidden => '{4}', activation => 'tanh', optimizer => optimizer, epochs => 10, validation => 0) a,
	nn_train('twice_' || optimizer, 'repeated', 'y', hidden => '{4}', activation => 'tanh', optimizer => optimizer, epochs => 10, validation => 0) b;
SELECT optimizer, max(abs(nn_predict('once_' || optimizer, x, z) - nn_predict('twice_' || optimizer, x, z))) < 1e-3 AS same FROM source, unnest('{gd,lbfgs}'::text[]) optimizer GROUP BY optimizer ORDER BY optimizer;
SELECT feature, a.mean[1]::numeric(9,4) = b.mean[1]::numeric(9,4) AS mean, a.scale[1]::numeric(9,4) = b.scale[1]::numeric(9,4) AS scale FROM nn_features('once_gd') a JOIN nn_features('twice_gd') b USING (feature);
SELECT (target_mean[1] - mean)::numeric(9,4) AS difference FROM once_gd, (SELECT sum(w * y) / sum(w) AS mean FROM source) s;
-- without it the model is another one; ten times all weights is the same one
SELECT model, version FROM (VALUES ('unweighted', '1'), ('tenfold', '10 * w')) v (model, w), nn_train(model, 'SELECT x, z, y, ' || w || ' AS w FROM source', 'y', weight => 'w', hidden => '{4}', activation => 'tanh', optimizer => 'lbfgs', epochs => 10, validation => 0);
SELECT model, max(abs(nn_predict('once_lbfgs', x, z) - nn_predict(model, x, z))) < 1e-3 AS same FROM source, unnest('{unweighted,tenfold}'::text[]) model GROUP BY model ORDER BY model;
-- of held-out rows as well
CREATE TABLE late AS SELECT *, i % 4 = 0 AS late FROM (SELECT *, row_number() OVER () AS i FROM source) s;
SELECT rows FROM nn_train('late_model', 'SELECT x, z, y, w, late FROM late', 'y', weight => 'w', holdout => 'late', hidden => '{}', optimizer => 'lbfgs');
SELECT abs(validation_loss / (sum(w * (y - p) ^ 2) / sum(w)) - 1) < 1e-5 AS validation_loss, abs(score - (1 - sum(w * (y - p) ^ 2) / sum(w * (y - mean) ^ 2))) < 1e-5 AS score, abs(baseline - (1 - sum(w * (y - target_mean[1]) ^ 2) / sum(w * (y - mean) ^ 2))) < 1e-5 AS baseline,
	round(target_mean[1]::numeric, 6) = round((SELECT sum(w * y) / sum(w) FROM late WHERE NOT late)::numeric, 6) AS mean
	FROM late_model, (SELECT w, y, nn_predict('late_model', x, z) AS p, (SELECT sum(w * y) / sum(w) FROM late WHERE late) AS mean FROM late WHERE late) l GROUP BY validation_loss, score, baseline, target_mean;

-- rows of weight 0 are left out, and said to be: the model is that of the others
RESET client_min_messages;
SELECT rows, rows_skipped FROM nn_train('zeros', 'SELECT x, z, y, w - 1 AS w FROM source', 'y', weight => 'w', hidden => '{}', optimizer => 'lbfgs', validation => 0);
SELECT rows, rows_skipped FROM nn_train('others', 'SELECT x, z, y, w - 1 AS w FROM source WHERE w > 1', 'y', weight => 'w', hidden => '{}', optimizer => 'lbfgs', validation => 0);
SELECT a.parameters = b.parameters AS same, a.rows_skipped FROM zeros a, others b;
SELECT rows, rows_skipped FROM nn_train('zeros', 'SELECT x, z, y, (y < (SELECT max(y) FROM source))::int AS w FROM source', 'y', weight => 'w', hidden => '{}', optimizer => 'lbfgs', validation => 0);
-- whatever else is wrong with them, or with the weights of rows that are left out anyway
SELECT rows, rows_skipped FROM nn_train('zeros', 'SELECT CASE WHEN w > 1 THEN x ELSE ''NaN''::float8 END AS x, z, CASE WHEN x > 0 THEN y END AS y, CASE WHEN x > 0 THEN w - 1 END AS w FROM source', 'y', weight => 'w', hidden => '{}', optimizer => 'lbfgs', validation => 0);

-- of classes: balanced, both weigh as much
SET client_min_messages = error;
SELECT model, version FROM (VALUES ('plain', NULL), ('balanced', 'balanced'), ('given', '{"broken": 9}'), ('given_both', ' {"sound": 0.5, "broken": 4.5}'), ('ones', '{"broken": 1, "sound": 1.0}'), ('none', '{}'), ('forgotten', '{"sound": 0}')) v (model, class_weight),
	nn_train(model, 'parts', 'state', class_weight => class_weight, hidden => '{}', optimizer => 'lbfgs', l2 => 0, validation => 0);
SELECT version FROM nn_train('weighted', 'SELECT *, CASE state WHEN ''broken'' THEN 9 ELSE 1 END AS w FROM parts', 'state', weight => 'w', hidden => '{}', optimizer => 'lbfgs', l2 => 0, validation => 0);
SELECT model, count(*) FILTER (WHERE state = 'broken' AND nn_classify(model, p) = 'broken') > 50 AS found, count(*) FILTER (WHERE state = 'sound' AND nn_classify(model, p) = 'broken') > 200 AS false_alarms,
	abs(avg(nn_probability(model, 'broken', p)) - 0.1) < 0.01 AS one_in_ten, max(abs(nn_probability(model, 'broken', p) - nn_probability('balanced', 'broken', p))) < 1e-3 AS as_balanced
	FROM parts p, unnest('{plain,balanced,given,given_both,weighted,ones,none,forgotten}'::regclass[]) WITH ORDINALITY m (model, place) GROUP BY model, place ORDER BY place;
-- on top of the rows' weights: balanced makes up for those
SELECT version FROM nn_train('both', 'SELECT *, CASE state WHEN ''broken'' THEN 3 ELSE 1 END AS w FROM parts', 'state', weight => 'w', class_weight => 'balanced', hidden => '{}', optimizer => 'lbfgs', l2 => 0, validation => 0);
SELECT version FROM nn_train('both_given', 'SELECT *, CASE state WHEN ''broken'' THEN 3 ELSE 1 END AS w FROM parts', 'state', weight => 'w', class_weight => '{"broken": 3}', hidden => '{}', optimizer => 'lbfgs', l2 => 0, validation => 0);
SELECT max(abs(nn_predict('both', p) - nn_predict('balanced', p))) < 1e-3 AS same, max(abs(nn_predict('both_given', p) - nn_predict('balanced', p))) < 1e-3 AS same_given FROM parts p;
-- labels are those of the model's column classes
SELECT version FROM nn_train('numbers', 'SELECT hum, age, (state = ''broken'')::int AS broken FROM parts', 'broken', task => 'classification', class_weight => '{"1": 9}', hidden => '{}', optimizer => 'lbfgs', l2 => 0, validation => 0);
SELECT version FROM nn_train('truth', 'SELECT hum, age, state = ''broken'' AS broken FROM parts', 'broken', class_weight => '{"true": 9}', hidden => '{}', optimizer => 'lbfgs', l2 => 0, validation => 0);
SELECT model, classes, max(abs(nn_probability(model, classes[2], p) - nn_probability('given', 'broken', p))) < 1e-3 AS same FROM parts p, unnest('{numbers,truth}'::text[]) model, nn_versions(model::regclass) GROUP BY model, classes ORDER BY model;
SELECT failure($$ SELECT nn_train('truth', 'SELECT hum, age, state = ''broken'' AS broken FROM parts', 'broken', class_weight => '{"t": 9}') $$);
SELECT options->'class_weight' AS class_weight FROM numbers;

RESET client_min_messages;
SELECT format('DROP TABLE %s', model) FROM nn_models ORDER BY model::text COLLATE "C" \gexec
DROP TABLE source, parts, repeated, late;
