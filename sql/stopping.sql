-- three years of days: a trend, a season, weekdays and noise
CREATE TABLE sales AS SELECT day, extract(dow FROM day)::int::text AS weekday, sin(i / 58.0) AS season, 100 + i / 10.0 + 20 * sin(i / 58.0) + CASE WHEN extract(dow FROM day) IN (0, 6) THEN 15 ELSE 0 END + i * 7919 % 101 / 20.0 AS sold, day >= '2024-07-01' AS late
	FROM generate_series(0, 1094) i, LATERAL (SELECT date '2022-01-01' + i AS day) d;
CREATE TABLE noise AS SELECT i % 10 AS x, i * 7919 % 101 AS y FROM generate_series(1, 300) i;

-- columns that don't say which rows to hold out
\pset tuples_only
\pset format unaligned
SELECT failure($$ SELECT nn_train('m', 'sales', 'sold', holdout => 'later') $$);
SELECT failure($$ SELECT nn_train('m', 'sales', 'sold', holdout => 'sold') $$);
SELECT failure($$ SELECT nn_train('m', 'sales', 'sold', holdout => 'weekday') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT season, late::int AS late, sold FROM sales', 'sold', holdout => 'late') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT season, nullif(late, true) AS late, sold FROM sales', 'sold', holdout => 'late') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT season, NULL::bool AS late, sold FROM sales', 'sold', holdout => 'late') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT * FROM sales WHERE late', 'sold', holdout => 'late') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT * FROM sales WHERE NOT late', 'sold', holdout => 'late') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT season, late, CASE WHEN late THEN sold END AS sold FROM sales', 'sold', holdout => 'late') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT season, weekday IN (''0'', ''6'') AS weekend, weekday = ''6'' AS held_out FROM sales WHERE weekday NOT IN (''0'', ''7'')', 'weekend', holdout => 'held_out') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT late, sold FROM sales', 'sold', holdout => 'late') $$);
-- a score to stop on is that of held-out rows
SELECT failure($$ SELECT nn_train('m', 'sales', 'sold', stop_on => 'score', validation => 0) $$);
SELECT failure($$ SELECT nn_train('m', 'sales', 'sold', stop_on => 'R2') $$);
SELECT to_regclass('m') IS NULL;
\pset format aligned
\pset tuples_only

-- holdout: learn from the past, be judged by what came later
SELECT rows, rows_skipped, inputs, stop_reason, score > 0.8 AS score, baseline < 0 AS the_trend FROM nn_train('m', 'sales', 'sold', holdout => 'late', learning_rate => 0.01);
SELECT feature, kind FROM nn_features('m');
SELECT round(score::numeric, 4) - round((1 - sum((sold - p) ^ 2) / (count(*) * var_pop(sold)))::numeric, 4) AS difference, round(baseline::numeric, 4) - round((1 - sum((sold - mean) ^ 2) / (count(*) * var_pop(sold)))::numeric, 4) AS of_the_past
	FROM m, (SELECT sold, nn_predict('m', s) AS p, (SELECT avg(sold) FROM sales WHERE NOT late) AS mean FROM sales s WHERE late) s GROUP BY score, baseline;
SELECT round(mean[1]::numeric, 6) = round((SELECT avg(season) FROM sales WHERE NOT late)::numeric, 6) AS mean_of_the_past FROM nn_features('m') WHERE feature = 'season';
-- it decides alone; validation says nothing then
SELECT validation, version FROM unnest('{0,0.5}'::float8[]) validation, nn_train('m', 'sales', 'sold', holdout => 'late', learning_rate => 0.01, validation => validation);
SELECT count(DISTINCT parameters) AS models FROM m;
SELECT stop_reason FROM nn_train('m', 'sales', 'sold', holdout => 'late', validation => 0, stop_on => 'score', learning_rate => 0.01);
-- classes that only held-out rows have can't be learnt
SELECT score, round(baseline::numeric, 2) AS baseline FROM nn_train('m', 'SELECT season, sold, weekday, weekday = ''0'' AS sunday FROM sales', 'weekday', holdout => 'sunday', epochs => 1);
SELECT classes FROM m WHERE active;

-- stop_on => 'score' keeps the epoch with the best score instead of that with the lowest loss
SET client_min_messages = error;
SELECT stop_on, version FROM unnest('{loss,score}'::text[]) stop_on, nn_train('kept_' || stop_on, 'SELECT season, sold, weekday IN (''0'', ''6'') AS weekend FROM sales', 'weekend', hidden => '{8}', learning_rate => 0.1, epochs => 40, patience => 100, validation => 0.3, stop_on => stop_on);
SELECT l.loss_curve = s.loss_curve AS same_course, l.validation_loss = (SELECT min(v) FROM unnest(l.validation_curve) v) AS lowest_loss, s.validation_loss > l.validation_loss AS higher_loss, s.score > l.score AS better_score FROM kept_loss l, kept_score s;
SELECT stop_reason, epochs < 200 AS early, score > 0.5 AS score FROM nn_train('m', 'sales', 'sold', stop_on => 'score', learning_rate => 0.02, patience => 5);

-- patience waits for a loss that is lower by min_improvement, from min_epochs on
CREATE FUNCTION stopped(model regclass) RETURNS TABLE (epochs int, stop_reason text, expected_epochs int, best bool) LANGUAGE plpgsql AS $$
DECLARE
	v nn_model;
	best_epoch int := 1;
	patience int;
	min_epochs int;
BEGIN
	SELECT * INTO v FROM nn_versions(model) n WHERE n.active;
	patience := v.options->>'patience';
	min_epochs := v.options->>'min_epochs';
	FOR e IN 1..v.epochs LOOP
		IF v.validation_curve[e] < v.validation_curve[best_epoch] * (1 - (v.options->>'min_improvement')::float8) THEN
			best_epoch := e;
		END IF;
		expected_epochs := e;
		EXIT WHEN e - greatest(best_epoch, min_epochs) >= patience;
	END LOOP;
	RETURN QUERY SELECT v.epochs, v.stop_reason, expected_epochs, v.validation_loss = v.validation_curve[best_epoch];
END $$;
SELECT name, version FROM (VALUES ('any', 0, 0), ('tenth', 0.1, 0), ('later', 0, 60), ('both', 0.5, 25)) o (name, min_improvement, min_epochs),
	nn_train('waits_' || name, 'sales', 'sold', learning_rate => 0.01, epochs => 1000, patience => 5, min_improvement => min_improvement, min_epochs => min_epochs);
SELECT name, s.epochs = expected_epochs AS as_expected, best, stop_reason FROM unnest('{any,tenth,later,both}'::text[]) name, stopped('waits_' || name) s;
SELECT t.epochs < a.epochs AS sooner, t.validation_loss > a.validation_loss AS not_so_low, l.epochs >= 65 AS later, b.epochs >= 30 AS both FROM waits_any a, waits_tenth t, waits_later l, waits_both b;
-- where the score decides they are points of that: 0.999 of them nobody gains
SELECT min_improvement, version FROM unnest('{0,0.999}'::float8[]) min_improvement, nn_train('points_' || round(min_improvement), 'sales', 'sold', learning_rate => 0.01, stop_on => 'score', patience => 5, min_improvement => min_improvement);
SELECT a.epochs > 6 AS improves, b.epochs AS never FROM points_0 a, points_1 b;
-- without patience neither matters, and time doesn't wait for min_epochs
SELECT epochs, stop_reason FROM nn_train('m', 'sales', 'sold', epochs => 30, patience => 0, min_improvement => 0.9, min_epochs => 5);
SELECT epochs, stop_reason FROM nn_train('m', 'sales', 'sold', epochs => 30, patience => 1, min_epochs => 1000);
SELECT epochs, stop_reason FROM nn_train('m', 'sales', 'sold', max_seconds => 1e-6, min_epochs => 100);
SELECT epochs, stop_reason FROM nn_train('m', 'sales', 'sold', tolerance => 1000, min_epochs => 100);

-- without held-out rows nothing says that an earlier epoch was the better one: the last is kept, but for
-- patience, which has waited for a smaller loss in vain
SELECT epochs AS e, stop_reason FROM nn_train('m', 'noise', 'y', hidden => '{8}', learning_rate => 0.5, validation => 0, patience => 4) \gset
SELECT :'stop_reason' AS stop_reason, loss = (SELECT min(l) FROM unnest(loss_curve) l) AS the_lowest, epochs = array_position(loss_curve, loss) + 4 AS waited, validation_loss, validation_curve FROM m WHERE active;
SELECT version FROM nn_train('m', 'noise', 'y', hidden => '{8}', learning_rate => 0.5, validation => 0, patience => 0, epochs => :e - 4);
SELECT count(DISTINCT parameters) AS models FROM (SELECT parameters FROM m ORDER BY version DESC LIMIT 2) p;
SELECT version FROM nn_train('m', 'noise', 'y', hidden => '{8}', learning_rate => 0.5, validation => 0, epochs => :e);
SELECT loss = loss_curve[epochs] AS last, loss > (SELECT min(l) FROM unnest(loss_curve) l) AS not_the_lowest FROM m WHERE active;
RESET client_min_messages;

-- warnings: the loss still fell when the epochs were over, by more than a hundredth in the last tenth of them
SELECT epochs FROM nn_train('m', 'sales', 'sold', hidden => '{}', optimizer => 'gd', learning_rate => 0.01, epochs => 20, validation => 0);
SELECT epochs FROM nn_train('m', 'sales', 'sold', hidden => '{}', optimizer => 'gd', learning_rate => 0.01, epochs => 20, holdout => 'late');
SELECT epochs FROM nn_train('m', 'sales', 'sold', hidden => '{}', optimizer => 'gd', learning_rate => 0.01, epochs => 2, validation => 0);
SELECT round(100 * (1 - (c[19] + c[20]) / (c[17] + c[18]))::numeric, 1) AS by FROM (SELECT loss_curve AS c FROM m WHERE epochs = 20 AND validation_loss IS NULL) m;
-- not where they weren't, nor where it hardly fell, nor in a single epoch
SELECT epochs FROM nn_train('m', 'sales', 'sold', hidden => '{}', optimizer => 'gd', learning_rate => 0.01, epochs => 1, validation => 0);
SELECT epochs < 1000 AS early, stop_reason FROM nn_train('m', 'sales', 'sold', hidden => '{}', learning_rate => 0.1, epochs => 1000);
SELECT epochs, stop_reason FROM nn_train('m', 'sales', 'sold', hidden => '{}', optimizer => 'gd', learning_rate => 0.2, epochs => 500);
SELECT stop_reason FROM nn_train('m', 'sales', 'sold', hidden => '{}', optimizer => 'gd', learning_rate => 0.01, epochs => 100000, max_seconds => 0.01);
-- the model predicts no better than the mean, or the commonest class
SELECT stop_reason FROM nn_train('m', 'noise', 'y', hidden => '{}', optimizer => 'lbfgs');
SELECT stop_reason FROM nn_train('m', 'SELECT x, y > 90 AS high FROM noise', 'high', hidden => '{}', optimizer => 'lbfgs');
-- a column gives the target away: it is known only afterwards, or is the same in other units
SELECT score > 0.999 AS score FROM nn_train('m', 'SELECT *, 1.19 * sold AS with_tax FROM sales', 'sold', hidden => '{}', optimizer => 'lbfgs', l2 => 0);
SELECT score > 0.99 AS score FROM nn_train('m', 'SELECT season, sold, CASE WHEN weekday IN (''0'', ''6'') THEN ''closed early'' END AS note, weekday IN (''0'', ''6'') AS weekend FROM sales', 'weekend', hidden => '{}', optimizer => 'lbfgs');
-- nothing can be said of a target that is the same in all rows
SELECT score, baseline FROM nn_train('m', 'SELECT x, 5 AS y FROM noise', 'y', epochs => 1);

DROP FUNCTION stopped;
SELECT format('DROP TABLE %s', model) FROM nn_models ORDER BY model::text COLLATE "C" \gexec
DROP TABLE sales, noise;
