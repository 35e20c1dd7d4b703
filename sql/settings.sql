-- The settings: threads that make no difference to the model, instruction sets that make hardly any.
CREATE TABLE grid AS
	SELECT i % 97 / 97.0 AS a, i % 89 / 89.0 AS b, i * 7 % 83 / 83.0 AS c,
		sin(i % 97 / 15.0) + i % 89 / 40.0 AS y
	FROM generate_series(1, 3000) i;

CREATE FUNCTION model_of(threads int, simd text, optimizer text) RETURNS real[] AS $$
DECLARE
	result real[];
BEGIN
	PERFORM set_config('pgnn.threads', threads::text, true), set_config('pgnn.simd', simd, true);
	PERFORM nn_train('grid_model', 'grid', 'y', optimizer => optimizer, epochs => 5,
		batch_size => 256, hidden => '{16,8}', dropout => CASE optimizer WHEN 'adam' THEN 0.1 ELSE 0 END);
	SELECT parameters INTO result FROM grid_model WHERE active;
	RETURN result;
END $$ LANGUAGE plpgsql;

SET client_min_messages = error; -- five epochs are few
SELECT optimizer, model_of(1, 'auto', optimizer) = model_of(2, 'auto', optimizer) AS two,
	model_of(1, 'auto', optimizer) = model_of(64, 'auto', optimizer) AS many
FROM unnest('{adam,sgd,gd,lbfgs}'::text[]) optimizer;

-- the baseline differs in the last digits only
SELECT max(abs(a - b)) < 1e-4 AS nearly, max(abs(a)) > 0.1 AS something
FROM unnest(model_of(1, 'baseline', 'adam'), model_of(1, 'auto', 'adam')) AS p (a, b);
RESET client_min_messages;

SHOW pgnn.threads; -- what was set within the statements is forgotten
SHOW pgnn.simd;
SET pgnn.threads = -1;
SET pgnn.threads = 'many';
SET pgnn.simd = 'mmx';
SET pgnn.speed = 'high';

DROP FUNCTION model_of;
DROP TABLE grid, grid_model;
