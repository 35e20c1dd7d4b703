-- What "make demo" shows: two models, from two tables, in plain SQL.
\pset pager off
\pset columns 100
\x auto
\pset footer off
\set QUIET on
SET client_min_messages = warning;

CREATE TABLE housing (
	longitude          real,
	latitude           real,
	housing_median_age real,
	total_rooms        real,
	total_bedrooms     real,
	population         real,
	households         real,
	median_income      real,
	median_house_value double precision,
	ocean_proximity    text
);
\copy housing FROM PROGRAM 'gzip -dc test/data/california_housing.csv.gz' WITH (FORMAT csv, HEADER)

CREATE TABLE iris (
	sepal_length_cm real,
	sepal_width_cm  real,
	petal_length_cm real,
	petal_width_cm  real,
	species         text
);
\copy iris FROM 'test/data/iris.csv' WITH (FORMAT csv, HEADER)
ANALYZE;
RESET client_min_messages;

\echo
\echo '* The extension. It needs no superuser, no preload and no restart.'
\echo
\set ECHO queries
CREATE EXTENSION pgnn;
\set ECHO none

\echo
\echo '* The data: 20640 districts of California (1990), and what a house there cost.'
\echo
\set ECHO queries
SELECT median_income, housing_median_age, total_rooms, ocean_proximity, median_house_value
FROM housing ORDER BY md5(housing::text) LIMIT 3;
\set ECHO none

\echo '* Training: a name, a query, the column to predict. This takes some seconds.'
\echo
\x on
\set ECHO queries
SELECT * FROM nn_train('house_prices', 'SELECT * FROM housing',
                       target => 'median_house_value', hidden => '{64,32}');
\set ECHO none
\x auto

\echo '* Predicting: pass a row, get the number. Ten districts, the prediction beside the truth.'
\echo
\set ECHO queries
SELECT ocean_proximity, median_income, median_house_value AS truth,
       round(nn_predict('house_prices', h)::numeric) AS predicted
FROM housing h ORDER BY md5(h::text) LIMIT 10;
\set ECHO none

\echo '* A text column to predict makes it a classification.'
\echo
\x on
\set ECHO queries
SELECT * FROM nn_train('iris_model', 'SELECT * FROM iris', target => 'species');
\set ECHO none
\x auto

\echo '* Which flower is this? The columns may also be given one by one.'
\echo
\set ECHO queries
SELECT nn_classify('iris_model', 5.1, 3.5, 1.4, 0.2);
\set ECHO none

\echo '* How often is the answer right?'
\echo
\set ECHO queries
SELECT species, count(*) AS flowers,
       count(*) FILTER (WHERE nn_classify('iris_model', i) = species) AS right_answers
FROM iris i GROUP BY species ORDER BY species;
\set ECHO none

\echo '* A model is a table of yours. This is what it knows of its columns, and its layers.'
\echo
\set ECHO queries
SELECT * FROM nn_features('iris_model');
SELECT layer, inputs, outputs, activation FROM nn_layers('house_prices');
SELECT * FROM nn_models;
\set ECHO none
