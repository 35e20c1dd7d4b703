-- The report as a page: what is in it, and that no name can be more than text. How it looks is for eyes, and
-- test/t/004_report.pl opens it in a browser.
SET client_min_messages = error;
\pset format unaligned
\pset tuples_only
CREATE TABLE points AS SELECT i % 7 AS "<b>x</b>", CASE WHEN i % 9 > 0 THEN i % 2 = 0 END AS yes, (i % 7) / 3.0 AS y,
	(ARRAY['<script>alert(1)</script>', '</script><script>document.title="owned"</script>', '<!--'])[1 + i % 3] AS class FROM generate_series(1, 90) i;
SELECT version FROM nn_train('numbers', 'SELECT "<b>x</b>", yes, y FROM points', 'y', hidden => '{4}', epochs => 3);
SELECT version FROM nn_train('"<script>m"', 'SELECT "<b>x</b>", class FROM points', 'class', hidden => '{4}', epochs => 3);
SELECT version FROM nn_train('two', 'SELECT "<b>x</b>", y, coalesce(yes, false) AS yes FROM points', 'yes', hidden => '{4}', epochs => 3);
SELECT version FROM nn_train('bands', 'SELECT "<b>x</b>", y FROM points', 'y', quantiles => '{0.1,0.9}', hidden => '{4}', epochs => 3, validation => 0);
SELECT version FROM nn_train('pair', 'SELECT "<b>x</b>", ARRAY[y, -y] AS pair FROM points', 'pair', hidden => '{}', epochs => 3);
-- bad input
SELECT failure('SELECT nn_report(NULL)');
SELECT failure('SELECT nn_report(''points'')');
SELECT failure('SELECT nn_report(''numbers'', version => 7)');
SELECT failure('SELECT nn_report(''numbers'', ''nowhere'')');
SELECT failure('SELECT nn_report(''numbers'', ''SELECT 1 AS y'')');
SELECT failure('SELECT nn_report(''numbers'', ''SELECT * FROM points WHERE false'')');
SELECT failure('SELECT nn_report(''numbers'', ''points'', weight => ''nothing'')');

-- what a report holds
CREATE FUNCTION held(report text) RETURNS jsonb LANGUAGE sql AS
	$$ SELECT substring(report FROM '<script type="application/json" id="data">(.*?)</script>')::jsonb $$;
CREATE FUNCTION keys(report text) RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(key, ' ' ORDER BY key) FROM jsonb_object_keys(held(report)) key WHERE key IN ('metrics', 'confusion', 'roc', 'calibration', 'residuals', 'importance', 'loss_curve', 'features', 'options', 'layer_sizes', 'activations', 'evaluated', 'parameters') $$;
SELECT keys(nn_report('numbers'));
SELECT keys(nn_report('numbers', 'points'));
SELECT keys(nn_report('"<script>m"', 'points'));
SELECT keys(nn_report('two', 'SELECT * FROM points WHERE yes'));
SELECT keys(nn_report('bands', 'points'));
SELECT keys(nn_report('pair', 'SELECT *, ARRAY[y, -y] AS pair FROM points'));
-- one row, and one of no known class
SELECT keys(nn_report('numbers', 'SELECT * FROM points LIMIT 1'));
SELECT keys(nn_report('two', 'SELECT * FROM points WHERE yes LIMIT 1'));
-- the numbers are those of the functions that have them
SELECT held(nn_report('numbers', 'points'))->'metrics' = (SELECT jsonb_agg(r) FROM nn_evaluate('numbers', 'points') r);
SELECT held(nn_report('numbers', 'points', 'y'))->'importance' = (SELECT jsonb_agg(r) FROM nn_importance('numbers', 'points', weight => 'y') r);
SELECT r.* FROM jsonb_to_recordset(held(nn_report('numbers', 'SELECT * FROM points WHERE false'))->'importance') r (feature text, importance float8, deviation float8) ORDER BY feature;
SELECT held(nn_report('numbers', 'SELECT * FROM points WHERE yes'))->>'evaluated', held(nn_report('numbers'))->'parameters', held(nn_report('numbers'))->>'query';
SELECT r->>'model', r->'classes' FROM held(nn_report('"<script>m"', 'points')) r;
-- a page of two scripts, whatever the names are, that asks nothing of anybody
SELECT regexp_count, page LIKE '<!DOCTYPE html>%</html>_', page ~ 'https?://(?!www.w3.org/2000/svg)', page ~ 'alert\(1\)</script' FROM
	(SELECT nn_report('"<script>m"', 'points') AS page) r, LATERAL (SELECT count(*) FROM regexp_matches(page, '</?script', 'g')) c (regexp_count);
SELECT regexp_replace(nn_report_page('{"a": "</script>&<!--"}'), '.*id="data">([^\n]*)</script>.*', '\1');
SELECT nn_report_page(NULL) IS NULL;
CREATE ROLE regress_nn_reader;
GRANT SELECT ON numbers TO regress_nn_reader;
SET ROLE regress_nn_reader;
SELECT keys(nn_report('numbers')) IS NOT NULL;
SELECT failure('SELECT nn_report(''numbers'', ''points'')');
SELECT failure('SELECT nn_report(''two'')');
RESET ROLE;
DROP TABLE numbers, "<script>m", two, bands, pair, points;
DROP FUNCTION held, keys;
DROP ROLE regress_nn_reader;
