# ALTER EXTENSION pgnn UPDATE makes of every released version what CREATE EXTENSION makes afresh: the
# same objects, with the same definitions, privileges and comments; and models predict as before. The
# comparison itself is tried with an older version that is made up here.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('main');
my $version = $node->safe_psql('postgres', "SELECT default_version FROM pg_available_extensions WHERE name = 'pgnn'");
my ($sharedir) = run_command([ 'pg_config', '--sharedir' ]);
my $current = slurp_file("$sharedir/extension/pgnn--$version.sql");

# Every object of the extension, one a line.
sub catalog
{
	my ($database) = @_;
	return $node->safe_psql($database, <<'SQL');
WITH member AS (
	SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pgnn')
), relation AS (
	SELECT c.* FROM pg_class c WHERE ('pg_class'::regclass, c.oid) IN (SELECT * FROM member)
		OR c.oid IN (SELECT typrelid FROM pg_type WHERE ('pg_type'::regclass, oid) IN (SELECT * FROM member))
)
SELECT translate(line, E'\n', ' ') FROM (
SELECT pg_describe_object(classid, objid, 0) || ' ' || coalesce(obj_description(objid, classid::regclass::name), '(no comment)') FROM member
UNION ALL
SELECT p.oid::regprocedure || ': ' || pg_get_functiondef(p.oid) || coalesce(proacl::text, '') || p.prosupport::text || p.procost || ' ' || p.prorows
	FROM pg_proc p WHERE prokind <> 'a' AND ('pg_proc'::regclass, oid) IN (SELECT * FROM member)
UNION ALL
SELECT oid::regclass || ': ' || relkind::text || coalesce(relacl::text, '') || coalesce(reloptions::text, '') || CASE WHEN relkind = 'v' THEN pg_get_viewdef(oid) ELSE '' END FROM relation
UNION ALL
SELECT attrelid::regclass || ' ' || row_number() OVER (PARTITION BY attrelid ORDER BY attnum) || ' ' || attname || ' ' || format_type(atttypid, atttypmod) || ' '
	|| attnotnull || coalesce(attacl::text, '') || coalesce(col_description(attrelid, attnum), '(no comment)')
	FROM pg_attribute WHERE attrelid IN (SELECT oid FROM relation) AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT extname || ' ' || extversion || ' ' || extrelocatable || coalesce(extconfig::text, '') || coalesce(extcondition::text, '') FROM pg_extension WHERE extname = 'pgnn'
) o (line) ORDER BY 1;
SQL
}

sub difference
{
	my ($one, $other) = @_;
	my %seen = map { $_ => 1 } split /\n/, $one;
	my @only = grep { !delete $seen{$_} } split /\n/, $other;
	return join("\n", map({ "- $_" } sort keys %seen), map { "+ $_" } @only);
}

my $fresh = catalog('postgres');
like($fresh, qr/^function nn_train\(/m, 'the objects of a new installation');
$node->safe_psql('postgres', "SELECT nn_train('m', 'training', 'y', epochs => 2)");
my $answers = predictions($node, 'm');

# From the older version to this one, in a database of its own, with a model.
sub upgrade
{
	my ($old) = @_;
	my $database = 'from_' . ($old =~ s/\W/_/gr);

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, "CREATE EXTENSION pgnn VERSION '$old'");
	$node->safe_psql($database, <<'SQL');
CREATE TABLE training AS
	SELECT i / 1000.0 AS a, CASE WHEN i % 7 = 0 THEN NULL ELSE sin(i) END AS b, (i % 5)::text AS c, cos(i / 300.0) AS y
	FROM generate_series(1, 5000) i;
SELECT nn_train('m', 'training', 'y', epochs => 2);
SQL
	my $before = predictions($node, 'm', $database);
	$node->safe_psql($database, "ALTER EXTENSION pgnn UPDATE TO '$version'");
	is(predictions($node, 'm', $database), $before, "a model trained by $old predicts as before");
	is($node->safe_psql($database, "SELECT version FROM nn_train('m', 'training', 'y', epochs => 1)"), '2', 'and can be trained');
	return difference($fresh, catalog($database));
}

# Every version that was released, by whatever steps; from each there must be some.
my $others = "FROM pg_extension_update_paths('pgnn') p JOIN pg_available_extension_versions v ON v.name = 'pgnn' AND v.version = p.source WHERE p.target = '$version'";
sub released
{
	my ($condition) = @_;
	return split /\n/, $node->safe_psql('postgres', "SELECT p.source $others AND $condition ORDER BY 1");
}
is(join(' ', released('p.path IS NULL')), '', 'there is a way from every version that was released');
for my $old (released('p.path IS NOT NULL'))
{
	is(upgrade($old), '', "an upgrade from $old gives what a new installation does");
}

# ---- the comparison, tried ----

my ($view) = $current =~ /^(CREATE VIEW nn_models\b.*?^GRANT SELECT ON nn_models[^;]*;\n)/ms;
ok($view, 'the view nn_models in the script');
my ($guard) = $current =~ /^(.*\n)/;
sub script
{
	my ($name, $text) = @_;
	append_to_file("$sharedir/extension/pgnn--$name.sql", $text);
}
script("0.0.$_", $current =~ s/\Q$view\E//r) for (1 .. 4);
script("0.0.1--$version", $guard . $view);
script("0.0.2--$version", $guard . ($view =~ s/^COMMENT.*?;\n//msr));
script("0.0.3--$version", $guard . ($view =~ s/^GRANT.*?;\n//msr) . "ALTER FUNCTION nn_versions(regclass) COST 7;\n");
script("0.0.4--$version", $guard . $view . "ALTER TYPE nn_model ADD ATTRIBUTE more int CASCADE;\n");
script('0.0.5', $current);
is(join(' ', released('p.path IS NULL')), '0.0.5', 'a version from which there is no way is noticed');
is(upgrade('0.0.1'), '', 'a right upgrade is found to be right');
like(upgrade('0.0.2'), qr/^- view nn_models the models.*^\+ view nn_models \(no comment\)$/ms, 'a missing comment is noticed');
like(upgrade('0.0.3'), qr/^- nn_models: v.*^\+ nn_models: v.*^\+ nn_versions\(/ms, 'a missing grant, and another cost');
like(upgrade('0.0.4'), qr/^\+ nn_model \d+ more integer/m, 'another column of the models');
$node->stop;
done_testing();
