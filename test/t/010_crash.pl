# A backend killed, or the server stopped, in the middle of a training: afterwards the model predicts
# as before, bit for bit, there is no half version, no stray table and no temporary file, and the next
# training works. So it is at every step from reading the rows to storing the version.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('main', conf => "restart_after_crash = on\n");

# Whoever comes to a step waits there, as long as someone holds lock 1.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION wait_here() RETURNS void LANGUAGE sql AS 'SELECT pg_advisory_lock_shared(1); SELECT pg_advisory_unlock_shared(1)';
CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM wait_here(); RETURN COALESCE(NEW, OLD); END';
CREATE FUNCTION stay_created() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM wait_here(); END';
CREATE FUNCTION slow(a numeric) RETURNS numeric LANGUAGE plpgsql AS 'BEGIN IF a = 4.5 THEN PERFORM wait_here(); END IF; RETURN a; END';
SELECT nn_train('m', 'training', 'y', hidden => '{8}', epochs => 3);
SELECT nn_train('m', 'training', 'y', hidden => '{8}', epochs => 3, seed => 1);
CREATE TABLE many AS SELECT i / 1000.0 AS a, sin(i) AS b, (i % 5)::text AS c, cos(i / 300.0) AS y FROM generate_series(1, 200000) i;
SQL
my $before = digest($node, 'm');
my $answers = predictions($node, 'm');

sub files
{
	my $data = $node->data_dir;
	return join(' ', grep { -f } glob("$data/base/pgsql_tmp/* $data/base/*/t*_*"));
}

# (psql may die before it has read a query, at which Perl would, too)
sub wait_until_up
{
	for (1 .. 1800)
	{
		return if run_log([ 'pg_isready', '-q', '-d', $node->connstr('postgres') ]);
		select(undef, undef, undef, 0.1);
	}
	die 'no recovery';
}

# $by is what ends the training that waits at $step; $sql trains. Where rows are kept in files they must
# be there.
sub check_crash
{
	my ($by, $step, $sql, $setup, $undo) = @_;
	my ($holder, $victim);

	$node->safe_psql('postgres', $setup) if $setup;
	if ($step =~ /^training/)
	{
		$victim = start_session($node, 'victim', $sql);
		# it has read all rows when the last has been counted
		my $rows = $sql =~ /FROM many/ ? 200000 : 5000;
		$node->poll_query_until('postgres', "SELECT last_value = $rows FROM counter")
		  or die 'the rows were not read';
	}
	else
	{
		$holder = start_session($node, 'holder', 'SELECT pg_advisory_lock(1), pg_sleep(3600)');
		wait_until_waiting($holder, 'Timeout');
		$victim = start_session($node, 'victim', $sql);
		wait_until_waiting($victim, 'Lock');
	}
	isnt(files(), '', "$by while $step: there are files") if $step =~ /files/;
	my $start = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');
	if ($by eq 'kill')
	{
		kill 'KILL', pid_of($victim);
	}
	else
	{
		$node->stop('immediate');
	}
	my ($out, $err) = finish_session($victim);
	unlike($err, qr/ERROR:/, "$by while $step: it had not ended by itself");
	finish_session($holder) if $holder; # the crash ends it, too
	$node->start if $by eq 'stop';
	wait_until_up();
	is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'), $start, 'the server recovered by itself') if $by eq 'kill';
	$node->safe_psql('postgres', $undo) if $undo;
	is(digest($node, 'm'), $before, "$by while $step: the versions are as they were");
	is(predictions($node, 'm'), $answers, "$by while $step: the predictions are the same bits");
	is($node->safe_psql('postgres', "SELECT string_agg(model::text, ' ') FROM nn_models"), 'm', "$by while $step: no other model");
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname LIKE 'new%'"), '0', "$by while $step: no stray table");
	is(files(), '', "$by while $step: no temporary file");
}

my $reading = "SELECT nn_train('%s', 'SELECT slow(a) AS a, b, c, y FROM training', 'y')";
my $trigger = 'CREATE TRIGGER stay %s ON m FOR EACH ROW EXECUTE FUNCTION stay()';
my $undo = 'DROP TRIGGER stay ON m';
my $store = "SELECT nn_train('m', 'training', 'y', epochs => 1, keep => 0)";
my $counter = "CREATE SEQUENCE counter";
my $training = "SELECT nn_train('%s', 'SELECT *, nextval(''counter'') > 0 AS n FROM training', 'y', epochs => 1000000, patience => 0)";

for my $by ('kill', 'stop')
{
	check_crash($by, 'reading rows', sprintf($reading, 'm'));
	check_crash($by, 'reading rows of a first training', sprintf($reading, 'new'));
	check_crash($by, 'training', sprintf($training, 'm'), $counter, 'DROP SEQUENCE counter');
	check_crash($by, 'training', sprintf($training, 'new'), $counter, 'DROP SEQUENCE counter');
}

# Rows beyond the memory.
my $least = "ALTER DATABASE postgres SET maintenance_work_mem = '3MB'";
my $reset = 'ALTER DATABASE postgres RESET maintenance_work_mem';
for my $by ('kill', 'stop')
{
	check_crash($by, 'reading rows into files', "SELECT nn_train('m', 'SELECT * FROM many UNION ALL SELECT slow(a), b, c, y FROM training', 'y')", $least, $reset);
	check_crash($by, 'training from files', sprintf($training, 'm') =~ s/FROM training/FROM many/r, "$least; $counter", "$reset; DROP SEQUENCE counter");
}

my @steps = ('BEFORE UPDATE', 'AFTER UPDATE', 'BEFORE INSERT', 'AFTER INSERT', 'BEFORE DELETE', 'AFTER DELETE', 'BEFORE UPDATE OF seconds', 'AFTER UPDATE OF seconds');
for my $step (@steps)
{
	check_crash('kill', "storing: $step", $store, sprintf($trigger, $step), $undo);
}
check_crash('stop', 'storing: AFTER INSERT', $store, sprintf($trigger, 'AFTER INSERT'), $undo);

# Another version by other means.
my $import = "SELECT nn_import('%s', nn_export('m'), keep => 0)";
my $activate = "SELECT nn_activate('m', version) FROM nn_versions('m') WHERE NOT active LIMIT 1";
check_crash('kill', 'importing: AFTER INSERT', sprintf($import, 'm'), sprintf($trigger, 'AFTER INSERT'), $undo);
check_crash('kill', 'activating: AFTER UPDATE', $activate, sprintf($trigger, 'AFTER UPDATE'), $undo);
for my $tag ('CREATE TABLE', 'CREATE INDEX')
{
	check_crash(
		'kill', "after $tag",
		"SELECT nn_train('new', 'training', 'y', epochs => 1)",
		"CREATE EVENT TRIGGER stay_created ON ddl_command_end WHEN tag IN ('$tag') EXECUTE FUNCTION stay_created()",
		'DROP EVENT TRIGGER stay_created');
}

# An error at each of these steps leaves as little, and the session goes on.
sub check_error
{
	my ($sql, $step, $trigger) = @_;
	my ($stdout, $stderr);

	$node->safe_psql('postgres', $trigger);
	$node->psql('postgres', "$sql; SELECT nn_predict('m', 1, 2, '3') IS NOT NULL;", stdout => \$stdout, stderr => \$stderr, on_error_stop => 0);
	like($stderr, qr/not here/, "an error $step: $sql");
	is($stdout, 't', 'and the session predicts');
	$node->safe_psql('postgres', 'DROP FUNCTION fail CASCADE');
	is(digest($node, 'm'), $before, 'the versions are as they were');
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class, pg_type WHERE 'new' IN (relname, typname)"), '0', 'and there is no new table');
}

my $fail = "CREATE FUNCTION fail() RETURNS %s LANGUAGE plpgsql AS 'BEGIN RAISE ''not here''; END'; ";
for my $step (@steps)
{
	check_error($_, $step, sprintf("$fail CREATE TRIGGER fail $step ON m FOR EACH ROW EXECUTE FUNCTION fail()", 'trigger'))
	  for $store, $step =~ /OF/ ? () : sprintf($import, 'm'), $step =~ /UPDATE$/ ? $activate : ();
}
for my $tag ('CREATE TABLE', 'CREATE INDEX', 'ALTER TABLE')
{
	check_error($_, "after $tag", sprintf("$fail CREATE EVENT TRIGGER fail ON ddl_command_end WHEN tag IN ('$tag') EXECUTE FUNCTION fail()", 'event_trigger'))
	  for "SELECT nn_train('new', 'training', 'y', epochs => 1)", sprintf($import, 'new');
}

# The next training is the one that would have been.
is($node->safe_psql('postgres', "SELECT version FROM nn_train('m', 'training', 'y', hidden => '{8}', epochs => 3, seed => 1)"),
	'3', 'training goes on');
is(predictions($node, 'm'), $answers, 'with the same result');
$node->stop;
done_testing();
