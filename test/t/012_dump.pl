# Models come through pg_dump and pg_restore unchanged, with their owners and grants, whoever dumps:
# a superuser, or the owner of the database.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'client_min_messages = error');
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE owner LOGIN;
CREATE ROLE reader LOGIN;
CREATE ROLE trainer LOGIN;
CREATE DATABASE original OWNER owner;
CREATE DATABASE copy_owner OWNER owner;
CREATE DATABASE copy_custom OWNER owner;
CREATE DATABASE copy_super;
CREATE DATABASE copy_parallel;
CREATE DATABASE copy_data OWNER owner;
SQL

# All of it as the owner, an ordinary role: the extension is trusted.
sub as
{
	my ($role, $database, $sql) = @_;
	return $node->safe_psql($database, $sql, extra_params => [ '-U', $role ]);
}

as('owner', 'original', <<'SQL');
CREATE EXTENSION pgnn;
CREATE SCHEMA "Models, of mine";
GRANT USAGE ON SCHEMA "Models, of mine" TO reader, trainer;
CREATE TABLE training AS
	SELECT i / 1000.0 AS a, CASE WHEN i % 7 = 0 THEN NULL ELSE sin(i) END AS b, (i % 5)::text AS c, cos(i / 300.0) AS y
	FROM generate_series(1, 2000) i;
SELECT nn_train('m', 'training', 'y', hidden => '{8}', epochs => 3);
SELECT nn_train('m', 'training', 'y', hidden => '{8}', epochs => 3, seed => 7, activate => 'never');
SELECT nn_train('"Models, of mine"."The ""classes"""', 'SELECT a, b, CASE WHEN y > 0 THEN E''up\n'' ELSE ''\N'' END AS "a label" FROM training', 'a label', epochs => 2);
COMMENT ON TABLE m IS 'what y will be';
GRANT SELECT ON m TO reader;
GRANT SELECT, INSERT, UPDATE ON m TO trainer;
CREATE VIEW guesses AS SELECT a, nn_predict('m', t) AS guess FROM training t;
GRANT SELECT ON guesses TO reader;
CREATE MATERIALIZED VIEW kept_guesses AS TABLE guesses;
CREATE FUNCTION ask(float8) RETURNS text STABLE BEGIN ATOMIC SELECT nn_classify('"Models, of mine"."The ""classes"""', $1, 0.5); END;
SQL

# The texts of a dump differ by chance only in these lines.
sub dump_of
{
	my ($database, @options) = @_;
	my ($stdout, $stderr) = run_command([ 'pg_dump', '-d', $node->connstr($database), @options ]);
	is($stderr, '', "pg_dump of $database @options");
	return $stdout =~ s/^\\(un)?restrict .*\n//mgr;
}

sub all_of
{
	my ($database) = @_;
	return $node->safe_psql($database, <<'SQL');
SELECT md5(string_agg(t::text, ' ')) FROM (TABLE guesses ORDER BY a) t
UNION ALL SELECT md5(string_agg(t::text, ' ')) FROM (TABLE kept_guesses ORDER BY a) t
UNION ALL SELECT string_agg(md5(v::text), ' ' ORDER BY version) FROM nn_versions('m') v
UNION ALL SELECT ask(0.3) || ask(1.5)
UNION ALL SELECT string_agg(model || ' ' || owner || ' ' || version, ', ' ORDER BY model::text) FROM nn_models;
SQL
}

my $expected = all_of('original');
my $answers = predictions($node, 'm', 'original');
my $dump = dump_of('original', '-U', 'owner');

sub check_copy
{
	my ($database) = @_;
	is(all_of($database), $expected, "$database: models, views and functions");
	is(predictions($node, 'm', $database), $answers, "$database: the same predictions, bit for bit");
	is(dump_of($database), $dump, "$database: dumps as the original does");
	is(as('reader', $database, "SELECT nn_predict('m', 1, 0.5, '2') IS NOT NULL"), 't', "$database: the grant to read");
	is(as('trainer', $database, "SELECT version FROM nn_train('m', 'SELECT i % 7 AS x, i % 7 AS y FROM generate_series(1, 60) i', 'y', epochs => 1)"),
		'3', "$database: the grant to train");
	my $stderr;
	$node->psql($database, "SELECT nn_activate('m', 2)", extra_params => [ '-U', 'reader' ], stderr => \$stderr);
	like($stderr, qr/permission denied for table m/, "$database: and no other");
}

my $file = $node->basedir . '/dump';
append_to_file("$file.sql", $dump);
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('copy_owner'), '-U', 'owner', '-f', "$file.sql" ], 'restored by the owner');
check_copy('copy_owner');

command_ok([ 'pg_dump', '-Fc', '-U', 'owner', '-f', "$file.custom", '-d', $node->connstr('original') ], 'dumped in custom format');
command_ok([ 'pg_restore', '-e', '-U', 'owner', '-d', $node->connstr('copy_custom'), "$file.custom" ], 'and restored');
check_copy('copy_custom');

$dump = dump_of('original');
append_to_file("$file.super.sql", $dump);
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('copy_super'), '-f', "$file.super.sql" ], 'dumped and restored by a superuser');
check_copy('copy_super');

command_ok([ 'pg_dump', '-Fd', '-j', '2', '-f', "$file.directory", '-d', $node->connstr('original') ], 'dumped in parallel');
command_ok([ 'pg_restore', '-e', '-j', '3', '-d', $node->connstr('copy_parallel'), "$file.directory" ], 'and restored in parallel');
check_copy('copy_parallel');

# COPY, and INSERTs.
as('owner', 'copy_data', 'CREATE EXTENSION pgnn; CREATE TABLE m OF nn_model (PRIMARY KEY (version)); CREATE TABLE b OF nn_model (PRIMARY KEY (version))');
command_ok([ 'psql', '-Xq', '-d', $node->connstr('original'), '-c', "COPY m TO '$file.copy' (FORMAT binary)" ], 'copied out in binary');
command_ok([ 'psql', '-Xq', '-d', $node->connstr('copy_data'), '-c', "COPY b FROM '$file.copy' (FORMAT binary)" ], 'and in');
my $inserts = dump_of('original', '--data-only', '--inserts', '-t', 'm');
append_to_file("$file.inserts", $inserts);
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('copy_data'), '-f', "$file.inserts" ], 'copied by INSERTs');
is(predictions($node, $_, 'copy_data'), $answers, "$_ predicts as before") for ('m', 'b');

# ---- who owns what ----

# All that the extension made belongs to the bootstrap superuser, of whom pg_shdepend has no lines, and
# the extension to who created it: nobody gets rights by it.
for my $database ('original', 'copy_custom')
{
	is($node->safe_psql($database, "SELECT pg_describe_object(classid, objid, 0), s.refobjid::regrole FROM pg_depend d "
			  . "JOIN pg_shdepend s USING (classid, objid) WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) "
			  . "AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass AND s.deptype = 'o'"),
		'', "$database: no role owns a part of the extension");
	is($node->safe_psql($database, "SELECT extowner::regrole FROM pg_extension WHERE extname = 'pgnn'"), 'owner', "$database: but the extension");
}

# An ordinary role does all that there is to do.
is(as('owner', 'copy_data', <<'SQL'), "t\nt\n1\nt", 'as an ordinary role');
CREATE TABLE training AS SELECT i % 9 AS x, i % 9 * 2 AS y FROM generate_series(1, 90) i;
SELECT count(*) > 0 FROM nn_plan('training', 'y');
SELECT count(*) = 2 FROM nn_tune('tuned', 'training', 'y', trials => 2, epochs => 2);
SELECT nn_import('again', nn_export('tuned'));
SELECT nn_predict('again', 3) = nn_predict('tuned', 3);
DROP TABLE tuned, again, m, b;
DROP EXTENSION pgnn;
SQL
as('owner', 'copy_data', <<'SQL');
CREATE EXTENSION pgnn;
SELECT nn_train('tuned', 'training', 'y', epochs => 1);
BEGIN;
DROP EXTENSION pgnn CASCADE;
ROLLBACK;
SELECT nn_predict('tuned', 3);
SQL

# As long as there is a model, the extension stays.
my $stderr;
$node->psql('original', 'DROP EXTENSION pgnn', stderr => \$stderr);
like($stderr, qr/cannot drop extension pgnn because other objects depend on it/, 'a model keeps the extension');
like($stderr, qr/table m depends on type nn_model/, 'and is named');
$node->stop;
done_testing();
