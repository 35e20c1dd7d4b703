-- Every function that judges, explains or takes away a model, on real data: what it finds there, and what it does with
-- no rows, one row, one class, NULL targets, the rows of another model, and for a role without rights.
SET client_min_messages = error;
CREATE TABLE titanic (passengerid int, survived int, pclass int, name text, sex text, age float8, sibsp int, parch int, ticket text, fare float8, cabin text, embarked text);
\copy titanic FROM 'test/data/titanic.csv' (FORMAT csv, HEADER)
CREATE VIEW passengers AS SELECT pclass, sex, age, sibsp + parch AS family, fare, embarked, survived = 1 AS survived FROM titanic;
CREATE TABLE wine (alcohol real, malic_acid real, ash real, alcalinity real, magnesium real, phenols real, flavanoids real, nonflavanoids real, proanthocyanins real, colour real, hue real, od280_od315 real, proline real, cultivar text);
\copy wine FROM 'test/data/wine.csv' (FORMAT csv, HEADER)
CREATE TABLE diabetes (age float8, sex float8, bmi float8, bp float8, s1 float8, s2 float8, s3 float8, s4 float8, s5 float8, s6 float8, progression float8);
\copy diabetes FROM 'test/data/diabetes.csv' (FORMAT csv, HEADER)
SELECT score > 0.75 AS score FROM nn_train('survivors', 'passengers', 'survived');
SELECT score > 0.8 AS score FROM nn_train('cultivars', 'wine', 'cultivar', epochs => 300);
SELECT score > 0.2 AS score FROM nn_train('progressions', 'diabetes', 'progression');

-- ---- what they find ----

SELECT model, metric, value > baseline AS better FROM (VALUES ('survivors', 'passengers'), ('cultivars', 'wine'), ('progressions', 'diabetes')) m (model, source), nn_evaluate(model, source)
WHERE metric IN ('accuracy', 'f1', 'f1_macro', 'roc_auc', 'r2') ORDER BY model, metric;
SELECT actual, sum(count) AS rows, round(sum(share)::numeric, 6) AS share, max(share) FILTER (WHERE actual = predicted) > 0.6 AS mostly_right FROM nn_confusion_matrix('survivors', 'passengers') GROUP BY actual ORDER BY actual;
SELECT count(*) FILTER (WHERE tpr < up OR fpr < over) AS backwards, max(tpr) AS tpr, max(fpr) AS fpr FROM (SELECT *, lag(tpr) OVER w AS up, lag(fpr) OVER w AS over FROM nn_roc('survivors', 'passengers') WINDOW w AS (ORDER BY threshold DESC)) r;
SELECT class, max(precision) > 0.9 AS precise, max(recall) AS recall FROM nn_precision_recall('cultivars', 'wine') GROUP BY class ORDER BY class;
SELECT sum(count) AS rows, corr(predicted, observed) > 0.9 AS comes_true FROM nn_calibration('survivors', 'passengers') WHERE count > 10;
SELECT sum(count) AS rows, corr(predicted, actual) > 0.9 AS in_line FROM nn_residuals('progressions', 'diabetes');
SELECT feature FROM nn_importance('survivors', 'passengers') LIMIT 1;
SELECT count(*) AS features, max(importance) > 0.05 AS some_matter FROM nn_importance('progressions', 'diabetes');
SELECT value, prediction > 0.5 AS survives FROM nn_partial_dependence('survivors', 'passengers', 'sex') ORDER BY value;
SELECT regr_slope(prediction, number) > 0 AS rises FROM nn_partial_dependence('progressions', 'diabetes', 'bmi');
SELECT value, avg(contribution) > 0 AS helps FROM passengers p, nn_explain('survivors', p) e WHERE e.feature = 'sex' GROUP BY value ORDER BY value;
SELECT count(*) AS rows, bool_and(abs(total - nn_predict('progressions', d)) < 0.1) AS adds_up FROM diabetes d, LATERAL (SELECT sum(contribution) AS total FROM nn_explain('progressions', d)) e;
SELECT fold, score > 0.85 AS score, test_rows FROM nn_cross_validate('wine', 'cultivar', folds => 3) WHERE fold IN ('1', 'mean');
SELECT count(*) AS trials, max(score) > 0.85 AS score FROM nn_tune('tuned', 'wine', 'cultivar', trials => 3, epochs => 90);
SELECT length(nn_plot(model)) > 500 AS plot, length(nn_report(model, source)) > 20000 AS report FROM (VALUES ('survivors'::regclass, 'passengers'), ('cultivars', 'wine'), ('progressions', 'diabetes')) m (model, source);
SELECT nn_to_sql('survivors') AS expression \gset
SELECT count(*), max(abs(:expression - nn_predict('survivors', passengers))) < 1e-5 AS near FROM passengers;
SELECT nn_import('copy', nn_export('survivors'));
SELECT count(*), bool_and(a.value IS NOT DISTINCT FROM b.value) AS same FROM nn_evaluate('survivors', 'passengers') a JOIN nn_evaluate('copy', 'passengers') b USING (metric);

-- ---- rows that are not what they expect ----

CREATE FUNCTION answer(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n int;
BEGIN
	EXECUTE 'SELECT count(*) FROM ' || call INTO n;
	-- how many thresholds a curve has differs between machines
	RETURN CASE n WHEN 0 THEN 'no rows' WHEN 1 THEN 'one row' ELSE 'rows' END;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
-- %1$L the model, %2$L the query, %3$L a feature
CREATE TABLE calls (place int GENERATED ALWAYS AS IDENTITY, name text, call text);
INSERT INTO calls (name, call) SELECT name, name || '(%1$L, %2$L)' FROM unnest('{nn_evaluate,nn_confusion_matrix,nn_roc,nn_precision_recall,nn_calibration,nn_residuals,nn_report}'::text[]) name;
INSERT INTO calls (name, call) VALUES ('nn_importance', 'nn_importance(%1$L, %2$L, repeats => 1)'), ('nn_partial_dependence', 'nn_partial_dependence(%1$L, %2$L, %3$L, points => 5)'),
	('nn_explain', '(SELECT e.* FROM (%2$s) q, nn_explain(%1$L, q) e) e');
CREATE TABLE models (place int, model text, source text, target text, one text, feature text);
INSERT INTO models VALUES (1, 'survivors', 'passengers', 'survived', 'true', 'fare'), (2, 'cultivars', 'wine', 'cultivar', $$'class_1'$$, 'hue'), (3, 'progressions', 'diabetes', 'progression', '151', 'bmi');
GRANT SELECT ON calls, models TO PUBLIC;

SELECT c.name, m.model, answer(format(call, model, format('SELECT * FROM %I WHERE false', source), feature)) AS no_rows FROM calls c, models m ORDER BY c.place, m.place;
SELECT c.name, m.model, answer(format(call, model, format('SELECT * FROM %I LIMIT 1', source), feature)) AS one_row FROM calls c, models m ORDER BY c.place, m.place;
SELECT c.name, m.model, answer(format(call, model, format('SELECT * FROM %I WHERE %I = %s LIMIT 20', source, target, one), feature)) AS one_class FROM calls c, models m ORDER BY c.place, m.place;
SELECT c.name, m.model, answer(format(call, model, format('SELECT %s, nullif(%2$I, %2$I) AS %2$I FROM %3$I LIMIT 20', (SELECT string_agg(quote_ident(feature), ', ') FROM nn_features(model)), target, source), feature)) AS null_targets
FROM calls c, models m ORDER BY c.place, m.place;
SELECT c.name, m.model, answer(format(call, m.model, format('SELECT * FROM %I', o.source), m.feature)) AS rows_of_another_model FROM calls c, models m JOIN models o ON o.place = m.place % 3 + 1 ORDER BY c.place, m.place;
CREATE ROLE regress_nn_judge_data;
SET ROLE regress_nn_judge_data;
SELECT c.name, answer(format(call, model, 'SELECT 1 AS a', feature)) AS without_rights FROM calls c, models m WHERE m.place = 1 ORDER BY c.place;
SELECT name, answer(call) AS without_rights FROM (VALUES ('nn_plot', $$nn_plot('survivors')$$), ('nn_to_sql', $$nn_to_sql('survivors')$$), ('nn_export', $$nn_export('survivors')$$),
	('nn_import', $$nn_import('survivors', '{}')$$), ('nn_tune', $$nn_tune('survivors', 'SELECT 1 AS a, 2 AS b', 'b')$$), ('nn_cross_validate', $$nn_cross_validate('wine', 'cultivar')$$)) f (name, call);
RESET ROLE;
GRANT SELECT ON survivors TO regress_nn_judge_data;
SET ROLE regress_nn_judge_data;
SELECT c.name, answer(format(call, model, 'SELECT * FROM passengers', feature)) AS without_rights_on_the_rows FROM calls c, models m WHERE m.place = 1 ORDER BY c.place;
RESET ROLE;
DROP TABLE survivors, cultivars, progressions, tuned, copy, calls, models, wine, diabetes;
DROP VIEW passengers;
DROP TABLE titanic;
DROP FUNCTION answer;
DROP ROLE regress_nn_judge_data;
