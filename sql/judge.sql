-- nn_evaluate and its relatives: metrics, curves and bins of a model's predictions.
-- The models learn little here, which is nothing to warn of.
SET client_min_messages = error;
SELECT setseed(0.5);
CREATE TABLE points AS SELECT i, (i % 17)::float8 AS x, (i % 5)::float8 AS z,
	CASE WHEN i % 20 = 0 THEN NULL ELSE 3 * (i % 17) - (i % 5) + i % 3 END AS y,
	CASE WHEN (i % 17) + (i % 4) > 9 THEN 'high' ELSE 'low' END AS two,
	CASE WHEN (i % 17) < 5 THEN 'a' WHEN (i % 17) + (i % 2) < 11 THEN 'b' ELSE 'c' END AS three,
	1 + i % 3 AS w FROM generate_series(1, 400) i;
SELECT version FROM nn_train('numbers', 'SELECT x, z, y FROM points', 'y', hidden => '{4}', epochs => 50);
SELECT version FROM nn_train('two', 'SELECT x, z, two FROM points', 'two', hidden => '{4}', epochs => 50);
SELECT version FROM nn_train('three', 'SELECT x, z, three FROM points', 'three', hidden => '{4}', epochs => 50);
SELECT version FROM nn_train('range', 'SELECT x, z, y FROM points', 'y', hidden => '{4}', epochs => 50, quantiles => '{0.1,0.5,0.9}');
SELECT version FROM nn_train('weighted', 'SELECT x, z, w, y FROM points', 'y', hidden => '{}', epochs => 5, weight => 'w');
SELECT version FROM nn_train('two_numbers', 'SELECT x, z, ARRAY[y, x] AS t FROM points WHERE y IS NOT NULL', 't', hidden => '{4}', epochs => 50);
SELECT version FROM nn_train('strict', 'SELECT x, z, y FROM points', 'y', hidden => '{}', epochs => 5, missing => 'skip');
RESET client_min_messages;

-- wrong arguments
SELECT failure($$SELECT * FROM nn_evaluate(NULL, 'points')$$);
SELECT failure($$SELECT * FROM nn_evaluate('points', 'points')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', NULL)$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', '')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'nowhere')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'DELETE FROM points RETURNING *')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'SELECT x, z FROM points')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'SELECT x, y FROM points')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'SELECT x::text, z, y FROM points')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'SELECT x, z, three AS y FROM points')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'SELECT x, z, ARRAY[y] AS y FROM points WHERE y > 0')$$);
SELECT failure($$SELECT * FROM nn_evaluate('two_numbers', 'SELECT x, z, ARRAY[x, z, x] AS t FROM points')$$);
SELECT failure($$SELECT * FROM nn_evaluate('two_numbers', 'SELECT x, z, ARRAY[x, NULL] AS t FROM points')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', $q$SELECT x, z, 'NaN'::float8 AS y FROM points$q$)$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', $q$SELECT 'NaN'::float8 AS x, z, y FROM points$q$)$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'points', weight => 'v')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'points', weight => 'three')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'SELECT x, z, y, -w AS w FROM points', weight => 'w')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'SELECT x, z, y, NULL::int AS w FROM points', weight => 'w')$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'points', version => 7)$$);
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'points', version => 0)$$);
SELECT failure($$SELECT * FROM nn_confusion_matrix('numbers', 'points')$$);
SELECT failure($$SELECT * FROM nn_roc('numbers', 'points')$$);
SELECT failure($$SELECT * FROM nn_roc('three', 'points', 'd')$$);
SELECT failure($$SELECT * FROM nn_roc('three', 'points', points => 1)$$);
SELECT failure($$SELECT * FROM nn_precision_recall('range', 'points')$$);
SELECT failure($$SELECT * FROM nn_calibration('numbers', 'points')$$);
SELECT failure($$SELECT * FROM nn_calibration('two', 'points', bins => 0)$$);
SELECT failure($$SELECT * FROM nn_residuals('two', 'points')$$);
SELECT failure($$SELECT * FROM nn_residuals('numbers', 'points', bins => 10001)$$);

-- metrics are what they are by definition
CREATE FUNCTION measured(model regclass, query text, name text, w text DEFAULT NULL) RETURNS float8 LANGUAGE sql
	AS $$ SELECT value FROM nn_evaluate(model, query, w) WHERE metric = name $$;
CREATE FUNCTION same(a float8, b float8) RETURNS bool LANGUAGE sql AS $$ SELECT abs(a - b) < 1e-4 * (1 + abs(a)) $$;
SELECT same(measured('numbers', 'points', 'rmse'), sqrt(avg((y - p) ^ 2))) AS rmse,
	same(measured('numbers', 'points', 'mae'), avg(abs(y - p))) AS mae,
	same(measured('numbers', 'points', 'median_absolute_error'), percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(y - p))) AS median,
	same(measured('numbers', 'points', 'r2'), 1 - avg((y - p) ^ 2) / var_pop(y)) AS r2,
	same(measured('numbers', 'points', 'explained_variance'), 1 - var_pop(y - p) / var_pop(y)) AS explained,
	measured('numbers', 'points', 'mape') AS mape,
	same(measured('numbers', 'points', 'rmse', 'w'), sqrt(sum(w * (y - p) ^ 2) / sum(w))) AS weighted
FROM points, nn_predict('numbers', points) p WHERE y IS NOT NULL;
SELECT same(measured('two', 'points', 'accuracy'), avg((c = two)::int)) AS accuracy,
	same(measured('two', 'points', 'log_loss'), -avg(ln(CASE two WHEN 'low' THEN p ELSE 1 - p END))) AS log_loss,
	same(measured('two', 'points', 'brier'), avg((p - (two = 'low')::int) ^ 2)) AS brier,
	same(measured('two', 'points', 'precision'), avg((two = 'low')::int) FILTER (WHERE c = 'low')) AS precision,
	same(measured('two', 'points', 'recall'), avg((c = 'low')::int) FILTER (WHERE two = 'low')) AS recall
FROM points, nn_classify('two', points) c, nn_predict('two', points) p;
SELECT same(measured('two', 'points', 'roc_auc'), avg(CASE WHEN a.p > b.p THEN 1 WHEN a.p < b.p THEN 0 ELSE 0.5 END)) AS roc_auc
FROM (SELECT two, nn_predict('two', q) AS p FROM points q) a, (SELECT two, nn_predict('two', q) AS p FROM points q) b
WHERE a.two = 'low' AND b.two = 'high';
SELECT same(measured('range', 'points', 'coverage'), avg((y BETWEEN o[1] AND o[3])::int)) AS coverage
FROM points, nn_outputs('range', points) o WHERE y IS NOT NULL;
SELECT metric, baseline IS NOT NULL AS has_baseline FROM nn_evaluate('range', 'points');
SELECT metric, round(baseline::numeric, 3) AS baseline FROM nn_evaluate('three', 'points');
SELECT metric FROM nn_evaluate('two_numbers', 'SELECT *, ARRAY[y, x] AS t FROM points WHERE y IS NOT NULL') WHERE value IS NOT NULL;

-- weights: those of the training, unless the query hasn't got them
SELECT same(measured('weighted', 'points', 'mae'), sum(w * abs(y - p)) / sum(w)) AS of_training,
	same(measured('weighted', 'SELECT x, z, y FROM points', 'mae'), avg(abs(y - p))) AS none,
	same(measured('weighted', 'SELECT *, x + 1 AS v FROM points', 'mae', 'v'), sum((x + 1) * abs(y - p)) / sum(x + 1)) AS other
FROM points, nn_predict('weighted', points) p WHERE y IS NOT NULL;

-- rows that are passed over, and none at all
SELECT metric FROM nn_evaluate('numbers', 'SELECT x, z, y FROM points') LIMIT 1;
SELECT metric, value, baseline FROM nn_evaluate('numbers', 'SELECT x, z, NULL::int AS y FROM points LIMIT 2');
SELECT metric, value, baseline FROM nn_evaluate('numbers', 'SELECT * FROM points WHERE false');
SELECT metric FROM nn_evaluate('strict', 'SELECT nullif(x, 3) AS x, z, y, i % 2 AS w FROM points WHERE y > 0', weight => 'w') LIMIT 1;
SELECT count(*), count(value) FROM nn_evaluate('three', 'SELECT * FROM points WHERE false');
SELECT * FROM nn_confusion_matrix('two', 'SELECT * FROM points WHERE false');
SELECT * FROM nn_roc('two', 'SELECT * FROM points WHERE false');
SELECT * FROM nn_precision_recall('two', 'SELECT * FROM points WHERE false');
SELECT * FROM nn_calibration('two', 'SELECT * FROM points WHERE false', bins => 2);
SELECT * FROM nn_residuals('numbers', 'SELECT * FROM points WHERE false', bins => 2);

-- one row, one class, classes that the model doesn't know
SELECT metric, value IS NOT NULL AS defined FROM nn_evaluate('numbers', 'SELECT * FROM points WHERE i = 7');
SELECT metric FROM nn_evaluate('two', $$SELECT * FROM points WHERE two = 'high'$$) WHERE value IS NULL;
SELECT metric FROM nn_evaluate('two', $$SELECT * FROM points WHERE two = 'low'$$) WHERE value IS NULL;
SELECT actual, predicted, count, share FROM nn_confusion_matrix('two', $$SELECT x, z, 'medium' AS two FROM points WHERE x IN (0, 16)$$);
SELECT count(*) > 2 AS points, min(tpr) AS tpr FROM nn_roc('two', $$SELECT * FROM points WHERE two = 'high'$$);

-- curves and bins fit together
SELECT sum(m.count) AS rows, same(measured('three', 'points', 'accuracy'), sum(m.count) FILTER (WHERE actual = predicted) / sum(m.count)) AS accuracy,
	count(*) AS cells FROM nn_confusion_matrix('three', 'points') m;
SELECT actual, same(sum(share), 1) AS whole FROM nn_confusion_matrix('three', 'points', 'w') GROUP BY actual ORDER BY actual;
SELECT class, min(tpr) AS low, max(tpr) AS high, max(fpr) AS all_others, max(threshold) AS first FROM nn_roc('three', 'points') GROUP BY class ORDER BY class;
SELECT same(measured('two', 'points', 'roc_auc'), sum((fpr - lag) * (tpr + up) / 2)) AS area
FROM (SELECT *, lag(fpr) OVER w AS lag, lag(tpr) OVER w AS up FROM nn_roc('two', 'points', points => NULL) WINDOW w AS (ORDER BY threshold DESC)) r;
SELECT count(*) AS points, max(tpr) AS tpr, max(fpr) AS fpr FROM nn_roc('three', 'points', 'b', points => 2);
SELECT same(measured('two', 'points', 'pr_auc'), sum((recall - lag) * precision)) AS area
FROM (SELECT *, lag(recall) OVER (ORDER BY threshold DESC) AS lag FROM nn_precision_recall('two', 'points', points => NULL)) r;
SELECT c.class, count(*) AS bins, sum(c.count) AS rows FROM nn_calibration('three', 'points', bins => 4) c GROUP BY c.class ORDER BY c.class;
SELECT bool_and(predicted BETWEEN (bin - 1) * 0.1 AND bin * 0.1) AS inside FROM nn_calibration('two', 'points');
SELECT bin, predicted AS quantile, observed BETWEEN 0 AND 1 AS observed, count FROM nn_calibration('range', 'points');
SELECT r.output, sum(r.count) AS rows, bool_and(low <= predicted AND predicted <= high AND q05 <= median AND median <= q95) AS in_order,
	bool_and(same(actual - predicted, residual)) AS adds_up
FROM nn_residuals('two_numbers', 'SELECT *, ARRAY[y, x] AS t FROM points WHERE y IS NOT NULL', bins => 3) r GROUP BY r.output ORDER BY r.output;

-- versions
SET client_min_messages = error;
SELECT version FROM nn_train('numbers', 'SELECT x, z, y FROM points', 'y', hidden => '{}', epochs => 1, activate => 'never');
RESET client_min_messages;
SELECT v1.value = now.value AS first_is_active, v2.value <> now.value AS second_is_another
FROM nn_evaluate('numbers', 'points', version => 1) v1 JOIN nn_evaluate('numbers', 'points', version => 2) v2 USING (metric)
	JOIN nn_evaluate('numbers', 'points') now USING (metric) WHERE metric = 'rmse';

-- little memory: what takes all rows at once is left out
SET maintenance_work_mem = '1MB';
SELECT metric, value IS NOT NULL AS value, baseline IS NOT NULL AS baseline
FROM nn_evaluate('numbers', 'SELECT x, z, y FROM points, generate_series(1, 100) WHERE y IS NOT NULL');
SELECT failure($$SELECT * FROM nn_roc('two', 'SELECT * FROM points, generate_series(1, 100)')$$);
SELECT failure($$SELECT * FROM nn_residuals('numbers', 'SELECT * FROM points, generate_series(1, 100)')$$);
SELECT sum(m.count) FROM nn_confusion_matrix('two', 'SELECT * FROM points, generate_series(1, 100)') m;
RESET maintenance_work_mem;

-- reading only; rights
BEGIN READ ONLY;
SELECT count(*) FROM nn_evaluate('three', 'points');
SELECT count(*) FROM nn_residuals('numbers', 'points');
ROLLBACK;
CREATE ROLE regress_nn_judge;
SET ROLE regress_nn_judge;
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'VALUES (1)')$$);
SELECT failure($$SELECT * FROM nn_confusion_matrix('three', 'VALUES (1)')$$);
SELECT failure($$SELECT * FROM nn_roc('three', 'VALUES (1)')$$);
SELECT failure($$SELECT * FROM nn_precision_recall('three', 'VALUES (1)')$$);
SELECT failure($$SELECT * FROM nn_calibration('three', 'VALUES (1)')$$);
SELECT failure($$SELECT * FROM nn_residuals('numbers', 'VALUES (1)')$$);
RESET ROLE;
GRANT SELECT ON numbers TO regress_nn_judge;
SET ROLE regress_nn_judge;
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'points')$$);
SELECT metric, value IS NOT NULL AS value FROM nn_evaluate('numbers', 'SELECT 1.0 AS x, 2.0 AS z, 3 AS y');
RESET ROLE;

-- a damaged model is refused
UPDATE range SET options = jsonb_set(options, '{quantiles}', '[0.9, 0.5, 0.1]');
SELECT failure($$SELECT * FROM nn_evaluate('range', 'points')$$);
UPDATE range SET options = jsonb_set(options, '{quantiles}', '[0.5]');
SELECT failure($$SELECT * FROM nn_evaluate('range', 'points')$$);
UPDATE numbers SET target = NULL WHERE version = 1;
SELECT failure($$SELECT * FROM nn_evaluate('numbers', 'points')$$);

DROP TABLE numbers, two, three, range, weighted, two_numbers, strict, points;
DROP FUNCTION measured, same;
DROP ROLE regress_nn_judge;
