-- nn_cross_validate and nn_tune.
-- The models learn little here, which is nothing to warn of.
SET client_min_messages = error;
CREATE TABLE cases AS SELECT i % 10 AS owner, (i % 17)::float8 AS x, (i % 5)::float8 AS z, 2.0 * (i % 17) - (i % 5) AS y,
	CASE WHEN i % 17 > 8 THEN 'high' ELSE 'low' END AS class, 1 + i % 2 AS w FROM generate_series(1, 400) i;

-- wrong arguments, found before any training
SELECT failure($$SELECT * FROM nn_cross_validate('nowhere', 'y')$$);
SELECT failure($$SELECT * FROM nn_cross_validate('cases', 'v')$$);
SELECT failure($$SELECT * FROM nn_cross_validate('cases', 'y', folds => 1)$$);
SELECT failure($$SELECT * FROM nn_cross_validate('cases', 'y', folds => NULL)$$);
SELECT failure($$SELECT * FROM nn_cross_validate('cases', 'y', dropout => 2)$$);
SELECT failure($$SELECT * FROM nn_cross_validate('cases', 'y', groups => 'v')$$);
SELECT failure($$SELECT * FROM nn_cross_validate('cases', 'y', groups => 'y')$$);
SELECT failure($$SELECT * FROM nn_cross_validate('SELECT * FROM cases WHERE false', 'y')$$);
SELECT failure($$SELECT * FROM nn_cross_validate('SELECT * FROM cases LIMIT 1', 'y')$$);
SELECT failure($$SELECT * FROM nn_cross_validate('SELECT *, 1 AS same FROM cases', 'y', groups => 'same')$$);
SELECT failure($$SELECT * FROM nn_cross_validate($q$SELECT x, z, class FROM cases WHERE class = 'low'$q$, 'class')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'nowhere', 'y')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', trials => 0)$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', validation => 0)$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', '[1]')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', '{"target": ["x"]}')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', '{"l2": 1}')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', '{"l2": []}')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', '{"l2": {"min": 1}}')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', '{"l2": {"min": 2, "max": 1}}')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', '{"l2": {"min": 0, "max": 1, "log": true}}')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', '{"optimizer": {"min": 1, "max": 2}}')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', '{"optimizer": ["none"]}')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y', '{"hidden": [["a"]]}')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'SELECT * FROM cases WHERE false', 'y')$$);
-- before a row is read, what storing the best would find
SELECT failure($$SELECT * FROM nn_tune('m', 'SELECT 1 / 0 AS x, y FROM cases', 'y', activate => 'sometimes')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'SELECT 1 / 0 AS x, y FROM cases', 'y', keep => -1)$$);
SELECT to_regclass('m') AS m;

-- a row a fold, then their mean and spread; each row is tested once
CREATE TABLE result AS SELECT * FROM nn_cross_validate('SELECT x, z, y, i FROM (SELECT *, row_number() OVER (ORDER BY x, z, owner)::float8 AS i FROM cases) c', 'y', folds => 4, hidden => '{}', epochs => 100, learning_rate => 0.05);
SELECT fold, rows + test_rows AS all_rows, score > 0.9 AS learnt, abs(score - (metrics->>'r2')::float8) < 1e-9 AS is_r2, baseline FROM result;
SELECT sum(test_rows) AS tested FROM result;
SELECT abs(avg(score) - (SELECT score FROM result WHERE fold = 'mean')) < 1e-9 AS mean,
	abs(stddev(score) - (SELECT score FROM result WHERE fold = 'stddev')) < 1e-9 AS spread FROM result WHERE rows IS NOT NULL;
-- whatever the order of the rows
SELECT count(*) AS rows, bool_and(abs(r.score - o.score) < 1e-6) AS same
FROM result r JOIN nn_cross_validate('SELECT x, z, y, i FROM (SELECT *, row_number() OVER (ORDER BY x, z, owner)::float8 AS i FROM cases) c ORDER BY i DESC', 'y', folds => 4, hidden => '{}', epochs => 100, learning_rate => 0.05) o USING (fold);
SELECT fold, score > 0.9 AS learnt, metrics ? 'roc_auc' AS has_auc FROM nn_cross_validate('SELECT x, z, class, w FROM cases', 'class', folds => 2, hidden => '{4}', epochs => 100, learning_rate => 0.05, weight => 'w');
SELECT fold, score > 0.5 AS learnt FROM nn_cross_validate('SELECT x, z, y FROM cases', 'y', folds => 2, hidden => '{}', epochs => 100, learning_rate => 0.05, quantiles => '{0.1,0.9}');
-- groups of 40 rows stay together, and are no feature
SELECT sum(test_rows) AS tested, bool_and(test_rows % 40 = 0) AS together, count(*) FILTER (WHERE test_rows > 0) AS folds
FROM nn_cross_validate('SELECT owner AS tens, x, z, y FROM cases', 'y', folds => 2, groups => 'tens', hidden => '{}', epochs => 20) WHERE rows IS NOT NULL;
RESET client_min_messages;
SELECT count(*) FROM nn_cross_validate('SELECT x, z, nullif(y, 2) AS y FROM cases', 'y', folds => 2, hidden => '{}', epochs => 2);
SET client_min_messages = error;
BEGIN READ ONLY;
SELECT count(*) FROM nn_cross_validate('SELECT x, z, y FROM cases', 'y', folds => 2, hidden => '{}', epochs => 2);
SELECT failure($$SELECT * FROM nn_tune('m', 'cases', 'y')$$);
ROLLBACK;

-- trials, of which a third goes on, and the best is stored as nn_train would do
CREATE TABLE tuned AS SELECT * FROM nn_tune('m', 'SELECT x, z, y FROM cases', 'y', '{"hidden": [[], [4], [8, 4]], "learning_rate": {"min": 1e-4, "max": 0.1, "log": true}, "batch_size": {"min": 16, "max": 64}}', trials => 9, epochs => 45);
SELECT trial, options - 'learning_rate' - 'batch_size' AS options, options ? 'learning_rate' AS has_rate FROM tuned WHERE trial <= 1;
SELECT count(*) AS trials, count(*) FILTER (WHERE epochs = 5) AS fewest, count(*) FILTER (WHERE epochs > 15) AS longest, count(*) FILTER (WHERE best) AS best, max(version) AS version FROM tuned;
SELECT bool_and((options->>'learning_rate')::float8 BETWEEN 1e-4 AND 0.1) AS rates, bool_and((options->>'batch_size')::int BETWEEN 16 AND 64) AS batches FROM tuned WHERE trial > 1;
SELECT t.validation_loss = (SELECT min(validation_loss) FROM tuned) AS least, t.validation_loss = m.validation_loss AS as_trained, m.target, m.active FROM tuned t, m WHERE best;
SELECT bool_and(a.options = b.options AND a.validation_loss = b.validation_loss) AS same FROM tuned a
	JOIN nn_tune('m2', 'SELECT x, z, y FROM cases', 'y', '{"hidden": [[], [4], [8, 4]], "learning_rate": {"min": 1e-4, "max": 0.1, "log": true}, "batch_size": {"min": 16, "max": 64}}', trials => 9, epochs => 45) b USING (trial);
SELECT count(*) AS trials, count(*) FILTER (WHERE best) AS best FROM nn_tune('m', 'SELECT x, z, class FROM cases', 'class', trials => 3, epochs => 9, stop_on => 'score', activate => 'never');
SELECT version, active FROM m ORDER BY version;
-- of another target
SELECT failure($$SELECT * FROM nn_tune('m', 'SELECT 1 / 0 AS x, z FROM cases', 'z', activate => 'if_better')$$);
-- time is up at once: one trial there is
SELECT count(*) AS trials, max(version) AS version FROM nn_tune('m', 'SELECT x, z, y FROM cases', 'y', trials => 50, max_seconds => 1e-6);
-- a trial that goes to infinity has lost
SELECT trial, stop_reason = 'diverged' AS diverged, best FROM nn_tune('m', 'SELECT x, z, y FROM cases', 'y', '{"learning_rate": [1e30]}', optimizer => 'sgd', hidden => '{4}', trials => 2, epochs => 5);

CREATE ROLE regress_nn_choosing;
SET ROLE regress_nn_choosing;
SELECT failure($$SELECT * FROM nn_cross_validate('cases', 'y')$$);
SELECT failure($$SELECT * FROM nn_tune('m', 'VALUES (1, 2), (2, 3)', 'column2')$$);
SELECT failure($$SELECT * FROM nn_tune('mine', 'cases', 'y')$$);
RESET ROLE;
DROP TABLE m, m2, tuned, result, cases;
DROP ROLE regress_nn_choosing;
