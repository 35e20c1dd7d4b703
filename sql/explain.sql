-- nn_explain: what features add to a prediction.
SET datestyle = 'Postgres, MDY';
-- The models learn little here, which is nothing to warn of.
SET client_min_messages = error;
CREATE TABLE cases AS SELECT i, (i % 17)::float8 AS x, nullif(i % 5, 3) AS z, i % 2 = 0 AS flag, CASE WHEN i % 3 = 0 THEN 'north' ELSE 'south' END AS side,
	ARRAY[i % 4, i % 6]::float8[] AS pair, date '2024-01-01' + i AS since, 2.0 * (i % 17) - (i % 5) + CASE WHEN i % 3 = 0 THEN 9 ELSE 0 END AS y,
	CASE WHEN i % 17 > 8 THEN 'high' ELSE 'low' END AS two, (ARRAY['a', 'b', 'c'])[1 + (i % 17) / 6] AS three, 1 + i % 3 AS w FROM generate_series(1, 300) i;
SELECT version FROM nn_train('numbers', 'SELECT x, z, flag, side, pair, since, y FROM cases', 'y', hidden => '{8,4}', epochs => 100, learning_rate => 0.02);
SELECT version FROM nn_train('smooth', 'SELECT x, z, flag, side, pair, since, y FROM cases', 'y', hidden => '{8}', activation => 'tanh', epochs => 100);
SELECT version FROM nn_train('line', 'SELECT x, side, y FROM cases', 'y', hidden => '{}', epochs => 100, validation => 0);
SELECT version FROM nn_train('plain', 'SELECT x, z, flag, y FROM cases', 'y', hidden => '{4}', epochs => 20);
SELECT version FROM nn_train('counts', 'SELECT x, z, y + 10 AS y FROM cases', 'y', hidden => '{4}', epochs => 50, loss => 'poisson');
SELECT version FROM nn_train('two', 'SELECT x, z, side, two FROM cases', 'two', hidden => '{8}', epochs => 100);
SELECT version FROM nn_train('three', 'SELECT x, z, side, three FROM cases', 'three', hidden => '{8}', epochs => 100);
SELECT version FROM nn_train('several', 'SELECT x, z, ARRAY[y, x] AS t FROM cases', 't', hidden => '{4}', epochs => 20);
SELECT version FROM nn_train('strict', 'SELECT x, z, y FROM cases', 'y', hidden => '{4}', epochs => 20, missing => 'skip');
SELECT version FROM nn_train('stricter', 'SELECT x, z, y FROM cases WHERE z IS NOT NULL', 'y', hidden => '{4}', epochs => 20, missing => 'error');
SELECT version FROM nn_train('weighted', 'SELECT x, side, w, y FROM cases', 'y', hidden => '{}', epochs => 5, weight => 'w', validation => 0);
RESET client_min_messages;

-- wrong arguments, as nn_predict has them
SELECT failure($$SELECT * FROM nn_explain('numbers', 1)$$);
SELECT failure($$SELECT * FROM nn_explain('cases', 1)$$);
SELECT failure($$SELECT * FROM nn_explain('line', 'NaN'::float8, 'north')$$);
SELECT failure($$SELECT * FROM nn_explain('line', true, '[1]'::jsonb)$$);
SELECT failure($$SELECT * FROM nn_explain('line', '{"x": 1}'::jsonb)$$);
SELECT failure($$SELECT * FROM nn_explain('line', ARRAY[1, 2])$$);
SELECT failure($$SELECT nn_explain('line', c) FROM (SELECT 1 AS x) c$$);
SELECT failure($$SELECT * FROM nn_explain('stricter', 1, NULL)$$);
SELECT failure($$SELECT * FROM nn_explain('counts', 1e30::float8, 1)$$);
SELECT failure($$SELECT * FROM nn_explain_class('three', 'd', 1, 2, 'north')$$);
SELECT failure($$SELECT * FROM nn_explain_class('line', 'a', 1, 'north')$$);
-- nothing to explain
SELECT * FROM nn_explain(NULL, 1);
SELECT * FROM nn_explain('line', NULL::jsonb);
SELECT * FROM nn_explain('line', NULL::cases);
SELECT * FROM nn_explain('strict', 1, NULL);
SELECT * FROM nn_explain_class('three', NULL, 1, 2, 'north');

-- contributions add up to the prediction less the baseline, but for the single precision of predictions
CREATE FUNCTION off(total float8, predicted float8) RETURNS bool LANGUAGE sql
	AS $$ SELECT abs(total - predicted) > 2e-6 * (1 + abs(predicted)) $$;
SELECT model, count(*) AS rows, count(*) FILTER (WHERE off(total, p)) AS off, bool_and(features = rows - 1) AS complete
FROM unnest('{numbers,smooth,line,plain,counts,two}'::regclass[]) model, cases c, nn_predict(model, c) p,
	LATERAL (SELECT sum(contribution) AS total, count(*) AS rows FROM nn_explain(model, c)) e,
	LATERAL (SELECT count(*) AS features FROM nn_features(model)) f
GROUP BY model ORDER BY model::text;
SELECT count(*) AS rows, count(*) FILTER (WHERE off(total, nn_probability('three', output, c))) AS off, count(*) FILTER (WHERE output = nn_classify('three', c)) AS most_probable
FROM cases c, LATERAL (SELECT output, sum(contribution) AS total FROM nn_explain('three', c) GROUP BY output) e;
SELECT class, count(*) AS rows, count(*) FILTER (WHERE off(total, nn_probability('three', class, c))) AS off
FROM cases c, unnest('{a,b,c}'::text[]) class,
	LATERAL (SELECT sum(contribution) AS total FROM nn_explain_class('three', class, c)) e GROUP BY class ORDER BY class;
SELECT output, count(*) AS rows, count(*) FILTER (WHERE off(total, (nn_outputs('several', c))[output::int])) AS off
FROM cases c, LATERAL (SELECT output, sum(contribution) AS total FROM nn_explain('several', c) GROUP BY output) e
GROUP BY output ORDER BY output;
-- of a line each contribution is the slope times the distance from the mean; that of a category, how it differs from the mean of all
SELECT bool_and(abs(contribution - slope * (x - mean[1])) < 1e-3) AS line
FROM cases c, nn_explain('line', c) e, nn_features('line') f, (SELECT regr_slope(nn_predict('line', c), x) AS slope FROM cases c WHERE side = 'north') s
WHERE e.feature = 'x' AND f.feature = 'x';
SELECT e.value, abs(contribution - (nn_predict('line', 1, e.value) - (nn_predict('line', 1, 'north') + 2 * nn_predict('line', 1, 'south')) / 3)) < 1e-3 AS beside_the_mean
FROM (VALUES ('north'), ('south')) s (side), nn_explain('line', 1, side) e WHERE e.feature = 'side' ORDER BY 1;
-- a line predicts the mean of its rows in the mean
SELECT abs(contribution - (SELECT avg(nn_predict('line', c)) FROM cases c)) < 1e-3 AS baseline FROM nn_explain('line', 1, 'north') WHERE feature = '(baseline)';
SELECT feature, categories, ARRAY(SELECT round(s::numeric, 4) FROM unnest(shares) s) AS shares FROM nn_features('numbers') WHERE cardinality(shares) > 0;
SELECT categories, abs(shares[1] - (SELECT sum(w) FILTER (WHERE side = 'north') / sum(w)::float8 FROM cases)) < 1e-9 AS north FROM nn_features('weighted') WHERE feature = 'side';

-- what it shows, however the features are passed
SELECT e.output, e.feature, e.value FROM cases c, nn_explain('numbers', c) e WHERE i = 3;
SELECT e.output, e.feature, e.value FROM cases c, nn_explain('two', x, z, side) e WHERE i = 3;
SELECT output, feature, value FROM nn_explain('numbers', '{"x": 1.5, "z": 1e2, "flag": true, "side": "east", "pair": [1, null], "since": "2024-02-29", "more": 1}'::jsonb);
SELECT output, feature, value FROM nn_explain('several', ARRAY[3, 2.5]);
SELECT output, feature, value FROM nn_explain('plain', '3', '4', 'yes');
SELECT count(*) AS forms, count(DISTINCT e) AS different FROM (
	SELECT array_agg(e) FROM cases c, nn_explain('plain', c) e WHERE i = 4
	UNION ALL SELECT array_agg(e) FROM cases c, nn_explain('plain', x, z, flag) e WHERE i = 4
	UNION ALL SELECT array_agg(e) FROM cases c, nn_explain('plain', to_jsonb(c)) e WHERE i = 4
	UNION ALL SELECT array_agg(e) FROM cases c, (SELECT x, z, flag FROM cases WHERE i = 4) f, nn_explain('plain', f) e WHERE i = 4
	UNION ALL SELECT array_agg(e) FROM cases c, nn_explain('plain', ARRAY[x, z, flag::int]) e WHERE i = 4
	UNION ALL SELECT array_agg(e) FROM cases c, nn_explain('plain', VARIADIC ARRAY[x, z, flag::int]) e WHERE i = 4
	UNION ALL SELECT array_agg(e) FROM cases c, (SELECT nn_explain('plain', x, z, flag) AS e FROM cases WHERE i = 4) s WHERE i = 4) s (e);
SELECT (nn_explain('line', 3.0, 'north')).feature AS in_a_select_list;
-- of two classes the other loses what one gains
SELECT a.feature, abs(a.contribution + b.contribution) < 1e-9 AS opposite FROM nn_explain_class('two', 'high', 3, 2, 'north') a JOIN nn_explain('two', 3, 2, 'north') b USING (feature) WHERE feature <> '(baseline)' ORDER BY feature COLLATE "C";
-- always the active version
SET client_min_messages = error;
SELECT version FROM nn_train('line', 'SELECT x, y FROM cases', 'y', hidden => '{}', epochs => 1);
RESET client_min_messages;
SELECT feature FROM nn_explain('line', 3);
-- a model without shares, as other programs write it, has no category in its baseline
UPDATE two SET features = (SELECT jsonb_agg(f - 'shares') FROM jsonb_array_elements(features) f);
SELECT abs(nn_predict('two', mean[1], 2, 'none') - contribution) < 1e-2 AS none FROM nn_explain('two', 3, 2, 'north'), nn_features('two') f WHERE nn_explain.feature = '(baseline)' AND f.feature = 'x';
UPDATE two SET features = jsonb_set(features, '{2,shares}', '[0.5, 2]');
SELECT failure($$SELECT * FROM nn_explain('two', 3, 2, 'north')$$);
UPDATE two SET features = jsonb_set(features, '{2,shares}', '[0.5]');
SELECT failure($$SELECT nn_predict('two', 3, 2, 'north')$$);

-- real rows: what iris models look at, and houses
CREATE TABLE iris (sepal_length_cm real, sepal_width_cm real, petal_length_cm real, petal_width_cm real, species text);
\copy iris FROM 'test/data/iris.csv' (FORMAT csv, HEADER)
CREATE TABLE houses (longitude real, latitude real, age real, rooms real, bedrooms real, population real, households real, income real, value float8, ocean text);
\copy houses FROM PROGRAM 'gzip -dc test/data/california_housing.csv.gz | awk "NR % 20 == 2"' (FORMAT csv)
SET client_min_messages = error;
SELECT score > 0.9 AS score FROM nn_train('flowers', 'iris', 'species', epochs => 300);
SELECT score > 0.4 AS score FROM nn_train('prices', 'houses', 'value', hidden => '{64,32}', epochs => 100);
RESET client_min_messages;
SELECT avg((species = output)::int) > 0.9 AS right, sum(petal) > 2 * sum(sepal) AS petals_matter_more FROM iris i,
	LATERAL (SELECT output, sum(contribution) FILTER (WHERE feature LIKE 'petal%') AS petal, sum(contribution) FILTER (WHERE feature LIKE 'sepal%') AS sepal FROM nn_explain('flowers', i) GROUP BY output) e;
SELECT e.feature, value FROM iris i, nn_explain('flowers', i) e WHERE i = (5.1, 3.5, 1.4, 0.2, 'setosa')::iris LIMIT 5;
SELECT count(*) AS rows, count(*) FILTER (WHERE off(total, nn_predict('prices', h))) AS off, corr(income_adds, income) > 0.7 AS income_counts
FROM (SELECT * FROM houses LIMIT 200) h, LATERAL (SELECT sum(contribution) AS total, sum(contribution) FILTER (WHERE feature = 'income') AS income_adds FROM nn_explain('prices', h)) e;

-- reading only; rights; a view
BEGIN READ ONLY;
SELECT count(*) FROM nn_explain('flowers', 1, 2, 3, 4);
ROLLBACK;
CREATE VIEW why AS SELECT e.* FROM nn_explain('flowers', 5.1, 3.5, 1.4, 0.2) e;
SELECT failure('DROP TABLE flowers');
CREATE ROLE regress_nn_explain;
SET ROLE regress_nn_explain;
SELECT failure($$SELECT * FROM nn_explain('flowers', 1, 2, 3, 4)$$);
RESET ROLE;
GRANT SELECT ON flowers TO regress_nn_explain;
SET ROLE regress_nn_explain;
SELECT output, count(*) FROM nn_explain('flowers', 5.1, 3.5, 1.4, 0.2) GROUP BY output;
RESET ROLE;
DROP VIEW why;
DROP TABLE numbers, smooth, line, plain, counts, two, three, several, strict, stricter, weighted, flowers, prices, cases, iris, houses;
DROP FUNCTION off;
DROP ROLE regress_nn_explain;
