-- many rows, whose number the planner knows by now
CREATE TABLE many AS SELECT (i * 37 % 101)::float8 AS a, i * 53 % 97 AS b, CASE i % 3 WHEN 0 THEN 'lo' WHEN 1 THEN 'hi' ELSE 'mid' END AS t, i % 11 = 0 AS late, 20 * sin(i * 7.1) + i * 37 % 101 AS y FROM generate_series(1, 20000) i;
CREATE VIEW thousand AS SELECT * FROM many LIMIT 1000;
ANALYZE many;
CREATE SEQUENCE reads;
CREATE VIEW counted AS SELECT a, b, y + 0 * nextval('reads') AS y FROM many;

\pset tuples_only
\pset format unaligned
SELECT failure($$ SELECT nn_plan(NULL, 'y') $$);
SELECT failure($$ SELECT nn_plan('many', NULL) $$);
SELECT failure($$ SELECT nn_plan('many', 'y', sample => NULL) $$);
SELECT failure($$ SELECT nn_plan('many', 'y', sample => 0) $$);
SELECT failure($$ SELECT nn_plan('many', 'y', sample => -5) $$);
SELECT failure($$ SELECT nn_plan('few', 'y') $$);
SELECT failure($$ SELECT nn_plan('SELECT * FROM', 'y') $$);
SELECT failure($$ SELECT nn_plan('DELETE FROM many RETURNING *', 'y') $$);
SELECT failure($$ SELECT nn_plan('SELECT * FROM many FOR UPDATE', 'y') $$);
SELECT failure($$ SELECT nn_plan('SELECT 1; SELECT 2', 'y') $$);
SELECT failure($$ SELECT nn_plan('many', 'z') $$);
SELECT failure($$ SELECT nn_plan('SELECT a, a, y FROM many', 'y') $$);
SELECT failure($$ SELECT nn_plan('SELECT a, point(a, b) AS p, y FROM many', 'y') $$);
SELECT failure($$ SELECT nn_plan('many', 'y', task => 'forecast') $$);
SELECT failure($$ SELECT nn_plan('many', 't', task => 'regression') $$);
SELECT failure($$ SELECT nn_plan('many', 't', loss => 'mse') $$);
SELECT failure($$ SELECT nn_plan('many', 'y', quantiles => '{0.9,0.1}') $$);
SELECT failure($$ SELECT nn_plan('many', 'y', hidden => '{0}') $$);
SELECT failure($$ SELECT nn_plan('many', 'y', activation => 'step') $$);
SELECT failure($$ SELECT nn_plan('many', 'y', optimizer => 'newton') $$);
SELECT failure($$ SELECT nn_plan('many', 'y', optimizer => 'lbfgs', dropout => 0.5) $$);
SELECT failure($$ SELECT nn_plan('many', 'y', batch_size => 0) $$);
SELECT failure($$ SELECT nn_plan('many', 'y', validation => 1) $$);
SELECT failure($$ SELECT nn_plan('many', 'y', holdout => 'a') $$);
SELECT failure($$ SELECT nn_plan('many', 'y', weight => 't') $$);
SELECT failure($$ SELECT nn_plan('many', 'y', class_weight => 'balanced') $$);
SELECT failure($$ SELECT nn_plan('many', 't', class_weight => '{"none": 2}') $$);
SELECT failure($$ SELECT nn_plan('many', 'y', missing => 'ignore') $$);
SELECT failure($$ SELECT nn_plan('many', 'y', epochs => 5) $$);
-- what is wrong with the rows that are read
SELECT failure($$ SELECT nn_plan('SELECT * FROM many WHERE false', 'y') $$);
SELECT failure($$ SELECT nn_plan('SELECT a, 1 / (b - b) AS c, y FROM many', 'y') $$);
SELECT failure($$ SELECT nn_plan('SELECT a, NULL::float8 AS y FROM many', 'y') $$);
SELECT failure($$ SELECT nn_plan('SELECT 1 AS one, y FROM many', 'y') $$);
SELECT failure($$ SELECT nn_plan('SELECT a, ''NaN''::float8 AS b, y FROM many', 'y') $$);
SELECT failure($$ SELECT nn_plan('SELECT a, y - 200 AS y FROM many', 'y', loss => 'poisson') $$);
SELECT failure($$ SELECT nn_plan('SELECT nullif(a, 5) AS a, y FROM many', 'y', missing => 'error') $$);
SELECT failure($$ SELECT nn_plan('many', 't', sample => 1) $$);
\pset format aligned
\pset tuples_only

-- all rows read: their number is exact, whatever the planner thinks
SELECT rows, rows_read FROM nn_plan('thousand', 'y');
SELECT rows, rows_read FROM nn_plan('thousand', 'y', sample => 1000);
SELECT rows, rows_read FROM nn_plan('SELECT * FROM many WHERE a + b < 3', 'y');
SELECT rows, rows_read FROM nn_plan('many', 'y', sample => 20000);
-- a sample: as the planner estimates it, but no fewer than were read
SELECT rows BETWEEN 19000 AND 21000 AS rows, rows_read FROM nn_plan('many', 'y');
SELECT rows BETWEEN 19000 AND 21000 AS rows, rows_read FROM nn_plan('many', 'y', sample => 19999);
SELECT rows BETWEEN 19000 AND 21000 AS rows, rows_read FROM nn_plan('many', 'y', sample => 100);
SELECT rows, rows_read FROM nn_plan('SELECT i AS x, i % 7 AS y FROM generate_series(1, 5000) i, generate_series(1, 2) j WHERE random() < 2', 'y', sample => 9000);
-- no more are read than that, and one to see whether there are more
SELECT rows_read FROM nn_plan('counted', 'y', sample => 100);
SELECT last_value BETWEEN 100 AND 101 AS reads FROM reads;
-- those without a target were read as well
SELECT rows, rows_read FROM nn_plan('SELECT a, CASE WHEN b > 50 THEN y END AS y FROM thousand', 'y');

-- the network that nn_train makes of the same: by the number of all rows, not of those read
CREATE FUNCTION compare(query text, target text, options text DEFAULT '', sample int DEFAULT 10000) RETURNS TABLE (inputs int, outputs int, hidden int[], parameters bigint, batch_size int, same bool) LANGUAGE plpgsql AS $$
DECLARE
	plan record;
BEGIN
	EXECUTE format('SELECT * FROM nn_plan(%L, %L, sample => %s %s)', query, target, sample, options) INTO plan;
	EXECUTE format('SELECT nn_train(''m'', %L, %L, max_seconds => 1e-6, tolerance => 1e30 %s)', query, target, options);
	RETURN QUERY SELECT plan.inputs, plan.outputs, plan.hidden, plan.parameters, plan.batch_size, (plan.task, plan.inputs, plan.outputs, plan.hidden, plan.parameters, plan.batch_size, plan.features)
		= (v.task, layer_sizes[1], layer_sizes[cardinality(layer_sizes)], layer_sizes[2:cardinality(layer_sizes) - 1], cardinality(v.parameters)::bigint, (v.options->>'batch_size')::int, jsonb_array_length(features)) FROM nn_versions('m') v WHERE active;
END $$;
SET client_min_messages = error;
SELECT * FROM compare('many', 'y');
SELECT * FROM compare('many', 'y', sample => 200);
SELECT * FROM compare('thousand', 'y');
SELECT * FROM compare('many', 't');
SELECT * FROM compare('many', 'late');
SELECT * FROM compare('many', 'b', ', task => ''classification''');
SELECT * FROM compare('SELECT *, ARRAY[a, y] AS both FROM thousand', 'both');
SELECT * FROM compare('many', 'y', ', hidden => ''{5,4}'', activation => ''{tanh,elu}'', batch_size => 50');
SELECT * FROM compare('many', 'y', ', hidden => ''{}'', optimizer => ''gd''', sample => 20000);
SELECT * FROM compare('many', 'y', ', quantiles => ''{0.1,0.5,0.9}'', validation => 0.5');
SELECT * FROM compare('many', 'y', ', weight => ''a'', holdout => ''late'', missing => ''skip'', dropout => 0.5');
SELECT * FROM compare('many', 't', ', class_weight => ''{"lo": 2}''');
SELECT * FROM compare('SELECT many.* FROM many, generate_series(1, 6)', 'y');
RESET client_min_messages;
-- memory and time: of these only the order of magnitude is the same everywhere
SELECT memory > 20000 * 4 * 4 AS memory, memory < 100 * 1024 * 1024 AS not_too_much, seconds_per_epoch BETWEEN 1e-6 AND 100 AS seconds FROM nn_plan('many', 'y', sample => 20000);
SELECT (SELECT seconds_per_epoch FROM nn_plan('many', 'y', hidden => '{256,256}')) > (SELECT seconds_per_epoch FROM nn_plan('many', 'y', hidden => '{2}')) AS longer, (SELECT memory FROM nn_plan('many', 'y', hidden => '{1000,1000}')) > (SELECT memory FROM nn_plan('many', 'y', hidden => '{2}')) AS more;

-- warnings: columns that nothing can be learnt from, or too much
\pset tuples_only
\pset format unaligned
SELECT unnest(warnings) FROM nn_plan('many', 'y');
SELECT unnest(warnings) FROM nn_plan('SELECT row_number() OVER () AS id, t || row_number() OVER () AS name, md5(y::text)::uuid AS uuid, repeat(t, 500) AS essay, 5 AS five, ''x'' AS x, true AS always, NULL::text AS nothing, a, t, y FROM thousand', 'y');
SELECT unnest(warnings) FROM nn_plan('SELECT a, (row_number() OVER () % 1500)::text AS c, b, y FROM many', 'y');
SELECT unnest(warnings) FROM nn_plan('SELECT a, b, 2 * y + 1 AS twice, t, y FROM thousand', 'y');
SELECT unnest(warnings) FROM nn_plan('SELECT a, b, CASE WHEN t = ''lo'' THEN now() END AS lost_at, t = ''lo'' AS lost FROM thousand', 'lost');
-- few rows may differ by chance
SELECT unnest(warnings) FROM nn_plan('SELECT row_number() OVER () AS id, a, y FROM many LIMIT 50', 'y');
-- a column that nn_train refuses is one of the features, without inputs
SELECT features, inputs FROM nn_plan('SELECT t || row_number() OVER () AS name, a, b, y FROM thousand', 'y');
SELECT failure($$ SELECT nn_train('m', 'SELECT t || row_number() OVER () AS name, a, b, y FROM thousand', 'y') $$);
-- memory: that of all rows against what is allowed
SET maintenance_work_mem = '1MB';
SELECT regexp_replace(w, '\d+', 'N', 'g') FROM nn_plan('SELECT many.* FROM many, generate_series(1, 100)', 'y', hidden => '{4}', sample => 1000), unnest(warnings) w WHERE w LIKE '%memory%';
SELECT unnest(warnings) FROM nn_plan('thousand', 'y', hidden => '{4}');
RESET maintenance_work_mem;
\pset format aligned
\pset tuples_only

-- it stores nothing, and works where nothing can be stored
DROP TABLE m;
BEGIN READ ONLY;
SELECT rows FROM nn_plan('thousand', 'y');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT task FROM nn_plan('VALUES (1, ''a''), (2, ''b''), (3, ''a'')', 'column2');
COMMIT;
SELECT count(*) AS models FROM nn_models;
-- any number of times in a statement
SELECT t, p.outputs FROM (VALUES ('y'), ('t')) v (t), nn_plan('thousand', t) p ORDER BY t;
SELECT (nn_plan('thousand', 'y')).rows;

DROP FUNCTION compare;
DROP VIEW thousand, counted;
DROP TABLE many;
DROP SEQUENCE reads;
