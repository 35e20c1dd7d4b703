CREATE TABLE titanic (passengerid int, survived int, pclass int, name text, sex text, age float8, sibsp int, parch int, ticket text, fare float8, cabin text, embarked text);
\copy titanic FROM 'test/data/titanic.csv' (FORMAT csv, HEADER)
CREATE VIEW passengers AS SELECT pclass, sex, age, sibsp + parch AS family, fare, embarked, survived = 1 AS survived FROM titanic;
SELECT count(*) AS rows, count(*) - count(age) AS no_age, count(*) - count(embarked) AS not_embarked, count(*) FILTER (WHERE age IS NULL OR embarked IS NULL) AS no_age_or_not_embarked FROM passengers;

\pset tuples_only
\pset format unaligned
SELECT failure($$ SELECT nn_train('m', 'passengers', 'survived', missing => NULL) $$);
SELECT failure($$ SELECT nn_train('m', 'passengers', 'survived', missing => 'mean') $$);
-- error: the first column with NULLs is named; elements of arrays count
SELECT failure($$ SELECT nn_train('m', 'passengers', 'survived', missing => 'error') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT embarked, survived FROM passengers', 'survived', missing => 'error') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT ARRAY[age, fare] AS both, survived FROM passengers', 'survived', missing => 'error') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT sex, nullif(passengerid, 1) > 5 AS b, survived FROM titanic', 'survived', missing => 'error') $$);
-- skip: something must be left
SELECT failure($$ SELECT nn_train('m', 'SELECT *, NULL::float8 AS nothing FROM passengers', 'survived', missing => 'skip') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT * FROM passengers WHERE age IS NULL', 'survived', missing => 'skip') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT age, sex, nullif(survived, age IS NOT NULL) AS survived FROM passengers', 'survived', missing => 'skip') $$);
SELECT failure($$ SELECT nn_train('m', 'SELECT age, sex, CASE WHEN age IS NULL THEN survived ELSE true END AS survived FROM passengers', 'survived', missing => 'skip') $$);
SELECT to_regclass('m') IS NULL;
\pset format aligned
\pset tuples_only

-- impute, the default: no row is lost, and an input says that a value was missing
SELECT rows, rows_skipped, inputs, score > baseline AS better FROM nn_train('imputed', 'passengers', 'survived', learning_rate => 0.01);
SELECT options->'missing' AS missing, rows_skipped FROM imputed;
SELECT feature, inputs, missing, missing_input FROM nn_features('imputed');
-- skip: fewer rows, and no such input
SELECT rows, rows_skipped, inputs, score > baseline AS better FROM nn_train('skipped', 'passengers', 'survived', missing => 'skip', learning_rate => 0.01);
SELECT options->'missing' AS missing, rows_skipped FROM skipped;
SELECT feature, inputs, missing, missing_input FROM nn_features('skipped');
-- it is the model of the rows without NULLs; so is that of error
SELECT rows, rows_skipped, inputs FROM nn_train('refused', 'SELECT * FROM passengers WHERE age IS NOT NULL AND embarked IS NOT NULL', 'survived', missing => 'error', learning_rate => 0.01);
SELECT options->'missing' AS missing, rows_skipped FROM refused;
SELECT s.parameters = r.parameters AS same, s.validation_curve = r.validation_curve AS same_course FROM skipped s, refused r;
SELECT feature, missing, missing_input FROM nn_features('refused');
-- targets and weights are told apart from features
SELECT rows, rows_skipped FROM nn_train('m', 'SELECT sex, fare, pclass, age FROM passengers', 'age', missing => 'error', hidden => '{}', optimizer => 'lbfgs');
SELECT rows, rows_skipped FROM nn_train('m', 'SELECT pclass, embarked, age, (pclass > 1)::int AS w FROM passengers', 'age', missing => 'skip', weight => 'w', hidden => '{}', optimizer => 'lbfgs');
SELECT rows, rows_skipped FROM nn_train('m', 'SELECT sex, CASE WHEN passengerid <> 5 THEN fare END AS fare, pclass, age FROM titanic', 'age', missing => 'skip', hidden => '{}', optimizer => 'lbfgs');
-- one NULL element of an array is enough
SELECT rows, rows_skipped, inputs FROM nn_train('arrays', 'SELECT ARRAY[age, fare, pclass] AS a, survived FROM passengers', 'survived', missing => 'skip', hidden => '{}', optimizer => 'lbfgs');
SELECT rows, rows_skipped, inputs FROM nn_train('arrays_imputed', 'SELECT ARRAY[age, fare, pclass] AS a, survived FROM passengers', 'survived', hidden => '{}', optimizer => 'lbfgs');
SELECT feature, missing, missing_input FROM nn_features('arrays');

-- predictions with NULL: of imputed as of others, of skip NULL, of error an error
SELECT nn_predict('imputed', 3, 'male', NULL, 0, 7.25, 'S') BETWEEN 0 AND 1 AS imputed, nn_predict('skipped', 3, 'male', NULL, 0, 7.25, 'S') AS skipped, nn_predict('skipped', 3, 'male', 22, 0, 7.25, 'S') BETWEEN 0 AND 1 AS skipped_without;
SELECT nn_classify('skipped', 3, 'male', NULL, 0, 7.25, 'S') IS NULL AS classify, nn_probability('skipped', 'true', 3, 'male', 22, 0, 7.25, NULL) IS NULL AS probability, nn_outputs('skipped', 3, 'male', 22, 0, NULL, 'S') IS NULL AS outputs;
SELECT count(*) AS rows, count(nn_predict('imputed', p)) AS imputed, count(nn_predict('skipped', p)) AS skipped, count(nn_outputs('skipped', to_jsonb(p))) AS jsonb, count(nn_classify('skipped', p)) FILTER (WHERE age IS NOT NULL AND embarked IS NOT NULL) AS complete FROM passengers p;
SELECT nn_predict('arrays', ARRAY[22, 7.25, 3]) IS NULL AS complete, nn_predict('arrays', ARRAY[22, NULL, 3]) IS NULL AS element, nn_predict('arrays', NULL::float8[]) IS NULL AS whole, nn_predict('arrays', '{"a": [22, null, 3]}'::jsonb) IS NULL AS jsonb, nn_predict('arrays_imputed', ARRAY[22, NULL, 3]) IS NULL AS imputed;
\pset tuples_only
\pset format unaligned
SELECT failure($$ SELECT nn_predict('refused', 3, 'male', NULL, 0, 7.25, 'S') $$);
SELECT failure($$ SELECT nn_classify('refused', 3, 'male', 22, 0, 7.25, NULL) $$);
SELECT failure($$ SELECT nn_probability('refused', 'true', p) FROM passengers p WHERE embarked IS NULL $$);
SELECT failure($$ SELECT nn_outputs('refused', '{"pclass": 3, "sex": "male", "age": null, "family": 0, "fare": 7.25, "embarked": "S"}'::jsonb) $$);
SELECT failure($$ SELECT nn_predict('refused', 3, 'male', 22, 0, 7.25, 'S') $$);
-- what is wrong otherwise is wrong as well
SELECT failure($$ SELECT nn_predict('skipped', 3, 'male', NULL) $$);
SELECT failure($$ SELECT nn_predict('imputed', NULL, NULL, NULL, NULL, NULL, NULL) $$);
\pset format aligned
\pset tuples_only
-- a category that wasn't there is none of NULL
SELECT nn_predict('skipped', 3, 'male', 22, 0, 7.25, 'X') IS NULL AS skipped, nn_predict('refused', 3, 'male', 22, 0, 7.25, 'X') IS NULL AS refused;
-- it goes with the version
SELECT version FROM nn_train('skipped', 'passengers', 'survived', hidden => '{}', optimizer => 'lbfgs');
SELECT nn_predict('skipped', 3, 'male', NULL, 0, 7.25, 'S') IS NULL AS second;
SELECT nn_activate('skipped', 1);
SELECT nn_predict('skipped', 3, 'male', NULL, 0, 7.25, 'S') IS NULL AS first;
-- and is asked for anew by a warm start
SELECT version FROM nn_train('skipped', 'passengers', 'survived', warm_start => true, optimizer => 'lbfgs', epochs => 1);
SELECT options->'missing' AS missing, rows_skipped, nn_predict('skipped', 3, 'male', NULL, 0, 7.25, 'S') IS NULL AS predicts FROM skipped WHERE active;
SELECT version FROM nn_train('imputed', 'passengers', 'survived', warm_start => true, missing => 'skip', optimizer => 'lbfgs', epochs => 1);
SELECT options->'missing' AS missing, rows_skipped, nn_predict('imputed', 3, 'male', NULL, 0, 7.25, 'S') IS NULL AS predicts FROM imputed WHERE active;
SELECT feature, inputs, missing, missing_input FROM nn_features('imputed') WHERE feature IN ('age', 'embarked');

DROP VIEW passengers;
DROP TABLE titanic, imputed, skipped, refused, m, arrays, arrays_imputed;
