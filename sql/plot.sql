-- Learning curves in characters. The curves are written here, so that every machine draws the same.
SET client_min_messages = error;
\pset format unaligned
\pset tuples_only
SELECT version FROM nn_train('m', 'SELECT i AS x, i AS y FROM generate_series(1, 60) i', 'y', hidden => '{2}', epochs => 2);
-- bad input
SELECT failure('SELECT nn_plot(NULL)');
SELECT failure('SELECT nn_plot(''m'', 7)');
SELECT nn_plot('m', NULL) IS NOT NULL;
SELECT failure('SELECT nn_plot(''pg_class'')');
-- many epochs share a column; losses that fall far are drawn as logarithms
UPDATE m SET loss_curve = ARRAY(SELECT 1e6 / i ^ 2 FROM generate_series(1, 150) i),
	validation_curve = ARRAY(SELECT 1e6 / i ^ 1.5 + 1000 + i * 10 FROM generate_series(1, 150) i);
SELECT nn_plot('m');
-- few epochs have several; nothing was held out
UPDATE m SET loss_curve = '{-1,-3,-2.5}', validation_curve = NULL;
SELECT nn_plot('m', 1);
-- one epoch, a curve that is level, losses at the ends of what there is
UPDATE m SET loss_curve = '{0.25}';
SELECT nn_plot('m');
UPDATE m SET loss_curve = '{1e140,-1e140,1e-308}';
SELECT nn_plot('m');
-- what someone else has written
UPDATE m SET loss_curve = '{NaN,1,NULL,2,Infinity,-Infinity}', validation_curve = '{1,2,3,4,5,6,7,8,9}';
SELECT nn_plot('m');
UPDATE m SET loss_curve = '{NaN}', validation_curve = NULL;
SELECT nn_plot('m') IS NULL;
UPDATE m SET loss_curve = '{}';
SELECT nn_plot('m') IS NULL;
UPDATE m SET loss_curve = NULL;
SELECT nn_plot('m') IS NULL;
CREATE ROLE regress_nn_nobody;
SET ROLE regress_nn_nobody;
SELECT failure('SELECT nn_plot(''m'')');
RESET ROLE;
DROP ROLE regress_nn_nobody;
DROP TABLE m;
