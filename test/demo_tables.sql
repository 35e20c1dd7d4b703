-- The tables of the demo and of README.md's examples, from test/data. To be run by psql at the top of
-- the source: \i test/demo_tables.sql
--
-- Every fifth district of the file goes to new_housing, so that there are some that no model has seen.

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
CREATE TABLE new_housing (LIKE housing);
\copy housing FROM PROGRAM 'gzip -dc test/data/california_housing.csv.gz | awk "NR % 5 != 1"' WITH (FORMAT csv)
\copy new_housing FROM PROGRAM 'gzip -dc test/data/california_housing.csv.gz | awk "NR % 5 == 1"' WITH (FORMAT csv, HEADER)

CREATE TABLE iris (
	sepal_length_cm real,
	sepal_width_cm  real,
	petal_length_cm real,
	petal_width_cm  real,
	species         text
);
\copy iris FROM 'test/data/iris.csv' WITH (FORMAT csv, HEADER)

ANALYZE housing, new_housing, iris;
