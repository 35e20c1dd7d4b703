-- nn_importance and nn_partial_dependence.
-- The models learn little here, which is nothing to warn of.
SET client_min_messages = error;
CREATE TABLE places AS SELECT i, (i % 17)::float8 AS x, (i % 5)::float8 AS noise, CASE WHEN i % 3 = 0 THEN 'north' ELSE 'south' END AS side,
	i % 2 = 0 AS flag, nullif(i % 7, 3) AS sometimes, ARRAY[i % 4, i % 6]::float8[] AS pair,
	CASE WHEN i % 40 = 0 THEN NULL ELSE 3.0 * (i % 17) + CASE WHEN i % 3 = 0 THEN 20 ELSE 0 END END AS y,
	CASE WHEN i % 17 > 8 THEN 'high' ELSE 'low' END AS two, 1 + i % 3 AS w FROM generate_series(1, 400) i;
SELECT version FROM nn_train('numbers', 'SELECT x, noise, side, flag, sometimes, pair, y FROM places', 'y', hidden => '{}', epochs => 300, validation => 0, learning_rate => 0.05);
SELECT version FROM nn_train('two', 'SELECT x, noise, two FROM places', 'two', hidden => '{4}', epochs => 50);
SELECT version FROM nn_train('range', 'SELECT x, noise, y FROM places', 'y', hidden => '{}', epochs => 50, quantiles => '{0.1,0.9}');
RESET client_min_messages;

-- wrong arguments
SELECT failure($$SELECT * FROM nn_importance('numbers', 'SELECT x FROM places')$$);
SELECT failure($$SELECT * FROM nn_importance('numbers', 'places', metric => 'accuracy')$$);
SELECT failure($$SELECT * FROM nn_importance('numbers', 'places', repeats => 0)$$);
SELECT failure($$SELECT * FROM nn_importance('numbers', 'places', seed => NULL)$$);
SELECT failure($$SELECT * FROM nn_importance('numbers', 'places', version => 2)$$);
SELECT failure($$SELECT * FROM nn_partial_dependence('numbers', 'places', 'y')$$);
SELECT failure($$SELECT * FROM nn_partial_dependence('numbers', 'places', 'pair')$$);
SELECT failure($$SELECT * FROM nn_partial_dependence('numbers', 'places', NULL)$$);
SELECT failure($$SELECT * FROM nn_partial_dependence('numbers', 'places', 'x', points => 0)$$);

-- what the target follows from is important, and nothing else; the order of the rows counts for nothing
SELECT feature, importance > 0.05 AS important, deviation < 0.1 AS sure FROM nn_importance('numbers', 'places') LIMIT 2;
SELECT max(abs(importance)) < 0.01 AS unimportant FROM nn_importance('numbers', 'places') WHERE feature NOT IN ('x', 'side');
SELECT bool_and(abs(a.importance - b.importance) < 1e-9) AS same FROM nn_importance('numbers', 'SELECT * FROM places ORDER BY i') a
	JOIN nn_importance('numbers', 'SELECT * FROM places ORDER BY i DESC') b USING (feature);
SELECT a.importance <> b.importance AS another_seed FROM nn_importance('numbers', 'places', seed => 1) a
	JOIN nn_importance('numbers', 'places', seed => 2) b USING (feature) WHERE feature = 'x';
SELECT deviation FROM nn_importance('two', 'places', repeats => 1) WHERE feature = 'x';
SELECT metric, feature, importance > 0 AS worse FROM unnest('{log_loss,roc_auc,mcc}'::text[]) metric, nn_importance('two', 'places', metric => metric) WHERE feature = 'x';
SELECT feature, importance > 0 AS worse FROM nn_importance('range', 'places') LIMIT 1;
SELECT * FROM nn_importance('two', 'SELECT * FROM places WHERE false');
SELECT feature, importance FROM nn_importance('two', 'SELECT * FROM places LIMIT 1');

-- dependence: a line of numbers, categories, missing ones
SELECT count(*) AS points, abs(regr_slope(prediction, number) - 3) < 0.2 AS slope, regr_r2(prediction, number) > 0.999 AS line
FROM nn_partial_dependence('numbers', 'SELECT x, noise, side, flag, sometimes, pair FROM places', 'x');
SELECT value, number, output, round((prediction - lag(prediction) OVER (ORDER BY value))::numeric, -1) AS difference FROM nn_partial_dependence('numbers', 'places', 'side');
SELECT value, number FROM nn_partial_dependence('numbers', 'places', 'flag');
SELECT value, number FROM nn_partial_dependence('numbers', 'places', 'sometimes', points => 7);
SELECT output, count(*), bool_and(prediction BETWEEN 0 AND 1) AS probability FROM nn_partial_dependence('two', 'places', 'x', points => 5) GROUP BY output;
SELECT output, count(*) FROM nn_partial_dependence('range', 'places', 'x', points => 5, weight => 'w') GROUP BY output ORDER BY output;
-- the mean of all predictions with the value there
SELECT bool_and(abs(d.prediction - (SELECT avg(nn_predict('two', d.number, noise)) FROM places)) < 1e-6) AS mean FROM nn_partial_dependence('two', 'places', 'x', points => 3) d;
SELECT * FROM nn_partial_dependence('two', 'SELECT * FROM places WHERE false', 'x');
-- times as their types write them
SET timezone = 'UTC';
SET datestyle = 'Postgres, MDY';
SET client_min_messages = error;
CREATE TABLE times AS SELECT date '2024-02-27' + i % 4 AS day, timestamp '2024-01-01 12:30' + i % 3 * interval '6 h' AS moment, timestamptz '2024-01-01 12:30:00.5+02' + i % 2 * interval '1 s' AS instant,
	time '08:00' + i % 3 * interval '90 min' AS clock, timetz '23:00+01' + i % 2 * interval '90 min' AS clock_there, i % 3 * interval '1 day 14:00' AS lasts, (i % 3)::real / 10 AS small, i % 5 AS y FROM generate_series(1, 120) i;
SELECT version FROM nn_train('of_times', 'times', 'y', hidden => '{}', epochs => 2);
RESET client_min_messages;
SELECT feature, value, number FROM unnest('{day,moment,instant,clock,clock_there,lasts,small}'::text[]) feature, nn_partial_dependence('of_times', 'times', feature);
RESET timezone;
RESET datestyle;

-- little memory; reading only; rights
SET maintenance_work_mem = '1MB';
SELECT failure($$SELECT * FROM nn_importance('two', 'SELECT * FROM places, generate_series(1, 100)')$$);
SELECT failure($$SELECT * FROM nn_partial_dependence('two', 'SELECT * FROM places, generate_series(1, 100)', 'x')$$);
RESET maintenance_work_mem;
BEGIN READ ONLY;
SELECT count(*) FROM nn_importance('two', 'places');
SELECT count(*) > 0 AS points FROM nn_partial_dependence('two', 'places', 'x');
ROLLBACK;
CREATE ROLE regress_nn_influence;
SET ROLE regress_nn_influence;
SELECT failure($$SELECT * FROM nn_importance('two', 'VALUES (1)')$$);
SELECT failure($$SELECT * FROM nn_partial_dependence('two', 'VALUES (1)', 'x')$$);
RESET ROLE;
DROP TABLE numbers, two, range, of_times, times, places;
DROP ROLE regress_nn_influence;
