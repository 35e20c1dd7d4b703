-- What "make demo" shows: two models, from two tables, in plain SQL.
\set QUIET on
\pset pager off
\pset columns 100
\pset footer off
\ir demo_tables.sql

\echo
\echo 'pgnn: neural networks in SQL. What follows is a session of psql; lines with * explain it.'
\echo
\echo '* The extension. It needs no superuser, no preload and no restart.'
\echo
\set ECHO queries
CREATE EXTENSION pgnn;
\set ECHO none

\echo
\echo '* The data: districts of California in 1990, and what a house there cost. The table housing has'
\echo '  16512 of them; new_housing has 4128 others, which no model will see in training.'
\echo
\set ECHO queries
SELECT median_income, housing_median_age, total_rooms, ocean_proximity, median_house_value
FROM housing LIMIT 3;
\set ECHO none

\echo '* Training, some seconds: a name for the model, a query, the column to predict.'
\echo '  The score is R^2, on a tenth of the rows held out: 1 is perfect, 0 no better than the mean.'
\echo
\set ECHO queries
SELECT rows, inputs, parameters, epochs, round(score::numeric, 3) AS score,
       stop_reason, round(seconds::numeric, 1) AS seconds
FROM nn_train('house_prices', 'SELECT * FROM housing',
              target => 'median_house_value', hidden => '{64,32}');
\set ECHO none

\echo '* Predicting: pass a row, get the number. New districts, the prediction beside the truth.'
\echo
\set ECHO queries
SELECT ocean_proximity, median_income, median_house_value AS truth,
       round(nn_predict('house_prices', n)::numeric) AS predicted
FROM new_housing n ORDER BY md5(n::text) LIMIT 10;
\set ECHO none

\echo '* How good is it on all the new districts?'
\echo
\set ECHO queries
WITH p AS (
  SELECT median_house_value AS truth, nn_predict('house_prices', n) AS predicted
  FROM new_housing n
)
SELECT count(*) AS districts,
       round(avg(abs(truth - predicted))) AS mean_error,
       round((1 - avg((truth - predicted) ^ 2) / var_pop(truth))::numeric, 3) AS score
FROM p;
\set ECHO none

\echo '* It is a function as any other: in a WHERE, an ORDER BY, a view, a trigger.'
\echo '  Where in California do houses cost most beyond what the model expects?'
\echo
\set ECHO queries
SELECT longitude, latitude, median_house_value AS truth,
       round(nn_predict('house_prices', n)::numeric) AS predicted
FROM new_housing n
WHERE median_house_value < 500000
ORDER BY median_house_value - nn_predict('house_prices', n) DESC LIMIT 3;
\set ECHO none

\echo '* What became of the columns: numbers are standardised, a text has an input for each category,'
\echo '  and a column with NULLs one more that says "was missing".'
\echo
\set ECHO queries
SELECT feature, type, kind, inputs, missing FROM nn_features('house_prices');
\set ECHO none

\echo '* A text to predict makes it a classification, and the score is the share of right answers.'
\echo
\set ECHO queries
SELECT rows, inputs, parameters, epochs, round(score::numeric, 3) AS score,
       stop_reason, round(seconds::numeric, 3) AS seconds
FROM nn_train('iris_model', 'SELECT * FROM iris', target => 'species');
\set ECHO none

\echo '* Which flower is this, and how sure is the answer? The columns may be given one by one.'
\echo
\set ECHO queries
SELECT nn_classify('iris_model', 6.0, 2.9, 4.9, 1.7),
       nn_probability('iris_model', 'virginica', 6.0, 2.9, 4.9, 1.7) AS virginica,
       nn_probability('iris_model', 'versicolor', 6.0, 2.9, 4.9, 1.7) AS versicolor;
\set ECHO none

\echo '* A model is a table of yours: GRANT it, rename it, dump it, drop it. This view lists them.'
\echo
\set ECHO queries
SELECT model, version, task, target, layer_sizes, round(score::numeric, 3) AS score FROM nn_models;
\set ECHO none
