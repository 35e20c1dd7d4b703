-- At each documented limit it works, one beyond it is refused, and what is refused takes no memory.
SET client_min_messages = error;
SET maintenance_work_mem = '256MB';
CREATE TABLE points AS SELECT (i % 7)::float8 AS x, 2 * (i % 7) AS y FROM generate_series(1, 60) i;
-- what a training of these gives, or fails with
CREATE FUNCTION train(query text, options text DEFAULT '', target text DEFAULT 'y') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	EXECUTE format('SELECT format(''%%s inputs, %%s parameters'', inputs, parameters) FROM nn_train(''m'', %L, %L, epochs => 1, keep => 0 %s)', query, target, options) INTO said;
	RETURN NEXT said;
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT SQLSTATE || ': ' || SQLERRM;
END $$;
\pset tuples_only
\pset format unaligned

-- hidden layers, neurons
SELECT train('points', ', hidden => array_fill(1, ARRAY[100])');
SELECT train('points', ', hidden => array_fill(1, ARRAY[101])');
SELECT train('points', ', hidden => ''{65536}''');
SELECT train('points', ', hidden => ''{65537}''');
SELECT train('points', ', hidden => ''{2147483647}''');
-- parameters
SELECT train('points', ', hidden => ''{65536,65536}''');
SELECT train('points', ', hidden => array_fill(65536, ARRAY[100])');
-- inputs
SELECT train('SELECT array_fill(x, ARRAY[100000]) AS a, y FROM points LIMIT 8', ', hidden => ''{}'', validation => 0');
SELECT train('SELECT array_fill(x, ARRAY[100001]) AS a, y FROM points LIMIT 8', ', hidden => ''{}'', validation => 0');
SELECT train('SELECT array_fill(x, ARRAY[99999]) AS a, x, y FROM points LIMIT 8', ', hidden => ''{}'', validation => 0');
SELECT train('SELECT array_fill(x, ARRAY[99999]) AS a, x, x AS z, y FROM points LIMIT 8', ', hidden => ''{}'', validation => 0');
-- outputs
SELECT train('SELECT x, array_fill(y, ARRAY[1000]) AS y FROM points', ', hidden => ''{}''');
SELECT train('SELECT x, array_fill(y, ARRAY[1001]) AS y FROM points', ', hidden => ''{}''');
SELECT train('points', ', hidden => ''{}'', quantiles => (SELECT array_agg(i / 101.0 ORDER BY i) FROM generate_series(1, 100) i)');
SELECT train('points', ', hidden => ''{}'', quantiles => (SELECT array_agg(i / 102.0 ORDER BY i) FROM generate_series(1, 101) i)');
-- classes, categories and how long they are
SELECT train('SELECT (i % 1000)::text AS y, i AS x FROM generate_series(1, 3000) i', ', hidden => ''{}''');
SELECT train('SELECT (i % 1001)::text AS y, i AS x FROM generate_series(1, 3003) i', ', hidden => ''{}''');
SELECT train('SELECT (i % 1000)::text AS c, i AS y FROM generate_series(1, 3000) i', ', hidden => ''{}''');
SELECT train('SELECT (i % 1001)::text AS c, i AS y FROM generate_series(1, 3003) i', ', hidden => ''{}''');
SELECT train('SELECT repeat(''x'', 998 + i % 3) AS c, i AS y FROM generate_series(1, 60) i', ', hidden => ''{}''');
SELECT train('SELECT repeat(''x'', 999 + i % 3) AS c, i AS y FROM generate_series(1, 60) i', ', hidden => ''{}''');
-- epochs, rows of a batch
SELECT train('points', ', hidden => ''{}'', max_seconds => 1e-9, batch_size => 1000000');
SELECT train('points', ', hidden => ''{}'', batch_size => 1000001');
SELECT version FROM nn_train('m', 'points', 'y', hidden => '{}', epochs => 1000000, tolerance => 1e30, keep => 0);
SELECT failure($$ SELECT nn_train('m', 'points', 'y', epochs => 1000001) $$);
-- columns of a query
SELECT train('SELECT ' || string_agg('x AS x' || i, ', ') || ', y FROM points', ', hidden => ''{}''') FROM generate_series(1, 1600) i;
SELECT train('SELECT ' || string_agg('x AS x' || i, ', ') || ', y FROM points', ', hidden => ''{}''') FROM generate_series(1, 1700) i;
-- versions kept
SELECT failure($$ SELECT nn_train('m', 'points', 'y', epochs => 1, keep => -1) $$);
SELECT version > 0 FROM nn_train('m', 'points', 'y', hidden => '{}', epochs => 1, keep => 2147483647);
\pset format aligned
\pset tuples_only
DROP TABLE m, points;
DROP FUNCTION train;
RESET maintenance_work_mem;
