CREATE TABLE points AS SELECT (i % 7)::float8 AS x, i % 5 AS z, CASE i % 3 WHEN 0 THEN 'lo' WHEN 1 THEN 'hi' ELSE 'mid' END AS t, 2 * (i % 7) - i % 5 + i % 3 + sin(i) AS y, i % 4 = 0 AS late FROM generate_series(1, 200) i;
-- The worse ones are left half way on purpose, without the warnings about that.
SET client_min_messages = error;
-- how far the training goes says how good it is
CREATE FUNCTION train(model text, epochs int, options text DEFAULT 'holdout => ''late''', query text DEFAULT 'points', target text DEFAULT 'y', OUT version int, OUT activated bool, OUT champion int, OUT score float8, OUT champion_score float8) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT version, activated, champion, score, champion_score FROM nn_train(%L, %L, %L, hidden => ''{}'', optimizer => ''lbfgs'', epochs => %s, activate => ''if_better'', %s)', model, query, target, epochs, options)
		INTO version, activated, champion, score, champion_score;
END $$;
-- R^2 on the rows held out, of the active version
CREATE FUNCTION r2(model regclass) RETURNS float8 LANGUAGE sql AS 'SELECT 1 - sum((y - nn_predict($1, p)) ^ 2) / (count(*) * var_pop(y)) FROM points p WHERE late';

\pset tuples_only
\pset format unaligned
SELECT failure($$ SELECT nn_train('m', 'points', 'y', activate => 'better') $$);
SELECT failure($$ SELECT nn_train('points', 'points', 'y', activate => 'if_better') $$);
SELECT to_regclass('m') IS NULL;
\pset format aligned
\pset tuples_only

-- the first version has nobody to be better than
SELECT version, activated, champion, champion_score FROM train('m', 2);
SELECT r2('m') AS first \gset
-- a better one takes its place
SELECT version, activated, champion, score > champion_score AS better, abs(champion_score - :first) < 1e-6 AS of_the_first FROM train('m', 100);
SELECT abs(r2('m') - score) < 1e-6 AS same, r2('m') > :first AS better FROM m WHERE active;
-- a worse one doesn't, and is kept for who wants it nevertheless
SELECT version, activated, champion, score < champion_score AS worse FROM train('m', 1);
SELECT version, active FROM m ORDER BY version;
SELECT version FROM nn_models WHERE model = 'm'::regclass;
-- the score of the champion is what it scored itself on the same rows
SELECT version, activated, abs(t.champion_score - m.score) < 1e-6 AS same FROM train('m', 2) t JOIN (SELECT version AS champion, score FROM m) m USING (champion);
SELECT nn_activate('m', 3);
SELECT version, activated, champion, abs(champion_score - (SELECT score FROM m WHERE version = 3)) < 1e-6 AS same FROM train('m', 2);
-- on other rows it is another, and stands for those
SELECT activated, abs(champion_score - 1 + sum((y - nn_predict('m', p)) ^ 2) / (count(*) * var_pop(y))) < 1e-6 AS same FROM points p, train('m', 1, 'holdout => ''late''', 'SELECT x, z, t, y, late AND x > 3 AS late FROM points') t WHERE late AND x > 3 GROUP BY activated, champion_score;
-- inactive versions come and go as always
SELECT count(*) FROM (SELECT train('m', 1, 'holdout => ''late'', keep => 2') FROM generate_series(1, 4)) t;
SELECT count(*) AS versions, count(*) FILTER (WHERE active) AS active FROM m;
-- without an active version there is no champion
UPDATE m SET active = false;
SELECT activated, champion, champion_score FROM train('m', 1);

-- better at classes, at counts, at quantiles
SELECT activated, champion FROM train('c', 1, 'holdout => ''late''', 'SELECT x, z, y, t, late FROM points', 't');
SELECT score AS score_before FROM c \gset
SELECT avg((nn_classify('c', p) = t)::int) = :score_before AS same FROM points p WHERE late;
SELECT activated, champion, champion_score = :score_before AS same, score > champion_score AS better FROM train('c', 200, 'holdout => ''late''', 'SELECT x, z, y, t, late FROM points', 't');
-- as good is not better
SELECT activated, champion, champion_score = score AS equal FROM train('c', 200, 'holdout => ''late''', 'SELECT x, z, y, t, late FROM points', 't');
SELECT activated, champion FROM train('two', 1, 'holdout => ''late''', 'SELECT x, z, y, t = ''lo'' AS t, late FROM points', 't');
SELECT avg((nn_classify('two', p) = (t = 'lo')::text)::int) AS before FROM points p WHERE late \gset
SELECT champion_score = :before AS same FROM train('two', 200, 'holdout => ''late''', 'SELECT x, z, y, t = ''lo'' AS t, late FROM points', 't');
SELECT activated, champion FROM train('p', 2, 'loss => ''poisson'', holdout => ''late''', 'SELECT x, z, t, abs(y) AS y, late FROM points');
SELECT activated, champion, abs(champion_score - (SELECT score FROM p WHERE version = 1)) < 1e-6 AS same FROM train('p', 100, 'loss => ''poisson'', holdout => ''late''', 'SELECT x, z, t, abs(y) AS y, late FROM points');
SELECT activated, champion FROM train('q', 2, 'quantiles => ''{0.1,0.9}'', holdout => ''late''');
SELECT activated, champion, abs(champion_score - (SELECT score FROM q WHERE version = 1)) < 1e-6 AS same FROM train('q', 100, 'quantiles => ''{0.1,0.9}'', holdout => ''late''');
SELECT activated, champion FROM train('a', 2, 'holdout => ''late''', 'SELECT ARRAY[x, z] AS f, t, ARRAY[y, -y] AS y, late FROM points');
SELECT activated, champion, abs(champion_score - (SELECT score FROM a WHERE version = 1)) < 1e-6 AS same FROM train('a', 100, 'holdout => ''late''', 'SELECT ARRAY[x, z] AS f, t, ARRAY[y, -y] AS y, late FROM points');
-- by weight
SELECT activated, champion FROM train('w', 2, 'weight => ''z'', holdout => ''late''', 'SELECT x, t, z, y, late FROM points');
SELECT activated, champion, abs(champion_score - (SELECT score FROM w WHERE version = 1)) < 1e-6 AS same FROM train('w', 100, 'weight => ''z'', holdout => ''late''', 'SELECT x, t, z, y, late FROM points');

-- one that knows fewer columns, other categories, other classes, or another loss
SELECT version, activated FROM train('f', 100, 'holdout => ''late''', 'SELECT x, t, y, late FROM points WHERE t <> ''mid''');
SELECT r2('f') AS before \gset
SELECT version, activated, abs(champion_score - :before) < 1e-6 AS same FROM train('f', 100);
SELECT version, activated FROM train('k', 100, 'holdout => ''late''', 'SELECT x, z, y, t, late FROM points WHERE t <> ''mid''', 't');
SELECT avg((nn_classify('k', p) = t)::int) AS before FROM points p WHERE late \gset
SELECT version, champion_score = :before AS same FROM train('k', 100, 'holdout => ''late''', 'SELECT x, z, y, t, late FROM points', 't');
SELECT avg((nn_classify('k', p) = t)::int) AS before FROM points p WHERE late AND t <> 'mid' \gset
SELECT version, champion_score = :before AS same, activated = (score > champion_score) AS the_better FROM train('k', 100, 'holdout => ''late''', 'SELECT x, z, y, t, late FROM points WHERE t <> ''mid''', 't');
SELECT activated = (score > champion_score) AS the_better FROM train('f', 100, 'loss => ''huber'', holdout => ''late''');
SELECT activated = (score > champion_score) AS the_better FROM train('f', 100, 'loss => ''poisson'', holdout => ''late''', 'SELECT x, z, t, abs(y) AS y, late FROM points');
-- NULLs count for it as the mean, even where it refuses them
SELECT version FROM train('n', 100, 'missing => ''error'', holdout => ''late''');
SELECT champion_score < 1 AS champion_score FROM train('n', 100, 'holdout => ''late''', 'SELECT nullif(x, 3) AS x, z, nullif(t, ''lo'') AS t, y, late FROM points');
-- nobody is better at a target that is the same in all rows held out
SELECT version, activated, score, champion_score FROM train('n', 1, 'holdout => ''late''', 'SELECT x, z, t, CASE WHEN late THEN 5 ELSE y END AS y, late FROM points');

-- together with warm_start: only a step forward counts
SELECT version, activated FROM train('s', 2);
SELECT version, activated, champion, score > champion_score AS better FROM train('s', 20, 'holdout => ''late'', warm_start => true');
SELECT version, activated, champion FROM train('s', 1, 'holdout => ''late'', warm_start => true', 'SELECT x, z, t, CASE WHEN late THEN y ELSE -y END AS y, late FROM points');
SELECT version, active, started_from FROM s ORDER BY version;

-- what can't be compared
\pset tuples_only
\pset format unaligned
SELECT failure($$ SELECT nn_train('s', 'points', 'y', validation => 0, activate => 'if_better') $$);
SELECT failure($$ SELECT nn_train('s', 'SELECT x, z, t, y AS other FROM points', 'other', activate => 'if_better') $$);
SELECT failure($$ SELECT nn_train('s', 'SELECT x, t, y FROM points', 'y', activate => 'if_better') $$);
SELECT failure($$ SELECT nn_train('s', 'SELECT x, z, t = ''lo'' AS t, y FROM points', 'y', activate => 'if_better') $$);
SELECT failure($$ SELECT nn_train('s', 'SELECT x, z, t, y > 3 AS y FROM points', 'y', activate => 'if_better') $$);
SELECT failure($$ SELECT nn_train('s', 'SELECT x, z, t, ARRAY[y, y] AS y FROM points', 'y', activate => 'if_better') $$);
SELECT failure($$ SELECT nn_train('s', 'points', 'y', quantiles => '{0.1,0.9}', activate => 'if_better') $$);
SELECT failure($$ SELECT nn_train('c', 'SELECT x, z, y, length(t) AS t FROM points', 't', activate => 'if_better') $$);
SELECT failure($$ SELECT nn_train('a', 'SELECT ARRAY[x, z, 1] AS f, t, ARRAY[y, -y] AS y FROM points', 'y', activate => 'if_better') $$);
-- nothing of that was stored; nor is a damaged champion one
SELECT count(*) FROM s;
UPDATE s SET parameters[1] = 'NaN' WHERE active;
SELECT failure($$ SELECT nn_train('s', 'points', 'y', activate => 'if_better') $$);
UPDATE s SET target = NULL WHERE active;
SELECT failure($$ SELECT nn_train('s', 'points', 'y', activate => 'if_better') $$);
\pset format aligned
\pset tuples_only

DROP FUNCTION train, r2;
SELECT format('DROP TABLE %s', model) FROM nn_models ORDER BY model::text COLLATE "C" \gexec
DROP TABLE points;
