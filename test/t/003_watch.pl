# Watching a training: nn_progress from other sessions, in each of its phases, and the notices of verbose.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "client_min_messages = error\nrestart_after_crash = on");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION pgnn;
CREATE ROLE trainer LOGIN;
CREATE ROLE other LOGIN;
CREATE ROLE monitor LOGIN IN ROLE pg_read_all_stats;
CREATE SCHEMA ml AUTHORIZATION trainer;
CREATE DATABASE elsewhere;
CREATE TABLE training AS SELECT i / 1000.0 AS x, sin(i) AS y FROM generate_series(1, 2500) i;
GRANT SELECT ON training TO PUBLIC;
-- waits at the 2,000th of rows
CREATE FUNCTION pause(i bigint) RETURNS bigint LANGUAGE plpgsql AS
	'BEGIN PERFORM pg_sleep(1000) WHERE i = 2000; RETURN i; END';
CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN PERFORM pg_sleep(1000); RETURN NEW; END';
SQL
$node->safe_psql('elsewhere', 'CREATE EXTENSION pgnn');

# A training of the role trainer that is left running.
my $session;

sub start
{
	my ($query) = @_;
	$session = $node->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', 'trainer' ]);
	$session->query_until(qr/begun/, "\\echo begun\n$query;\n");
}

my $all = "SELECT * FROM nn_progress";

# A session of the role, at most one row.
sub watch
{
	my ($query, $role, $database) = @_;
	return $node->safe_psql($database // 'postgres', $query, extra_params => [ '-U', $role // 'trainer' ]);
}

# Ends the training as a cancelled one, and waits for the end.
sub cancel
{
	$node->safe_psql('postgres', 'SELECT pg_cancel_backend(pid) FROM nn_progress');
	is($node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM nn_progress'), 1, 'a cancelled training is not seen any more');
	$session->quit;
}

# ---- reading ----

start("SELECT nn_train('ml.first', 'SELECT pause(row_number() OVER ()) AS n, y FROM training', 'y')");
ok($node->poll_query_until('postgres', "SELECT rows_read > 1000 FROM nn_progress"), 'rows are counted while they are read');
is(watch('SELECT datname, model, phase, epoch, loss, seconds_left FROM nn_progress'),
	'postgres|ml.first|reading|||', 'a model has its name before others can see it');
is(watch("SELECT count(*) FROM pg_class WHERE relname = 'first'"), '0', 'which they cannot');
is(watch('SELECT p.pid = a.pid AND seconds BETWEEN 0 AND 1000 FROM nn_progress p JOIN pg_stat_activity a '
		. "ON a.query LIKE '%nn_train%' AND a.pid <> pg_backend_pid()"), 't', 'pid and seconds');
is(watch('SELECT count(*) FROM pg_stat_progress_copy'), '0', 'it is no command of PostgreSQL');

# who may see what
is(watch($all, 'other') =~ s/^\d+//r, '|postgres||||||||||', 'another role sees that there is one');
like(watch($all, 'monitor'), qr/^\d+\|postgres\|ml.first\|reading\|\|\d+\|/, 'pg_read_all_stats sees all');
like(watch($all, 'monitor', 'elsewhere'), qr/^\d+\|postgres\|\|reading\|\|\d+\|/,
	'in another database all but the name');
cancel();

# ---- training ----

$node->safe_psql('postgres', "SELECT nn_train('ml.second', 'training', 'y', epochs => 2)", extra_params => [ '-U', 'trainer' ]);
start("SELECT nn_train('ml.second', 'training', 'y', epochs => 1000000, patience => 0, max_seconds => 1000)");
ok($node->poll_query_until('postgres', "SELECT epoch > 1 FROM nn_progress"), 'epochs are counted');
is(watch('SELECT model, phase, rows_read, epochs, loss > 0, validation_loss > 0, seconds_left BETWEEN 1 AND 1000 FROM nn_progress'),
	'ml.second|training|2500|1000000|t|t|t', 'training');
cancel();

# ---- storing ----

$node->safe_psql('postgres', 'CREATE TRIGGER pause BEFORE INSERT ON ml.second FOR EACH ROW EXECUTE FUNCTION pause()');
start("SELECT nn_train('ml.second', 'training', 'y', epochs => 3, validation => 0)");
ok($node->poll_query_until('postgres', "SELECT phase = 'storing' FROM nn_progress"), 'storing');
is(watch('SELECT epoch, epochs, loss > 0, validation_loss, seconds_left FROM nn_progress'), '3|3|t||0', 'all epochs are over');
cancel();
$node->safe_psql('postgres', 'DROP TRIGGER pause ON ml.second');

# ---- trainings of parts ----

start("SELECT nn_cross_validate('SELECT pause(row_number() OVER ()) AS n, y FROM training', 'y', folds => 3)");
ok($node->poll_query_until('postgres', "SELECT rows_read > 1000 FROM nn_progress"), 'the rows of a fold are counted');
is(watch('SELECT model, phase, part, epoch FROM nn_progress'), '|reading|fold 1 of 3|', 'which belong to no model');
cancel();
start("SELECT nn_cross_validate('training', 'y', folds => 100, epochs => 50, patience => 0)");
ok($node->poll_query_until('postgres', "SELECT part ~ '^fold \\d+ of 100\$' AND split_part(part, ' ', 2)::int > 2 FROM nn_progress"),
	'one fold after another');
cancel();
start("SELECT nn_cross_validate('training', 'y', folds => 3, epochs => 1000000, patience => 0)");
ok($node->poll_query_until('postgres', "SELECT epoch > 1 FROM nn_progress"), 'epochs of a fold are counted');
is(watch('SELECT phase, part, epochs, loss > 0 FROM nn_progress'), 'training|fold 1 of 3|1000000|t', 'while it is trained');
cancel();
my $tune = "nn_tune('ml.second', 'training', 'y', '{\"l2\": [0, 0.1]}'";
start("SELECT $tune, trials => 4, epochs => 1000000, patience => 0)");
ok($node->poll_query_until('postgres', "SELECT epoch > 1 FROM nn_progress"), 'epochs of a trial are counted');
is(watch('SELECT model, phase, part, rows_read, loss > 0 FROM nn_progress'), 'ml.second|training|trial 1 of 4|2500|t', 'of the model');
cancel();
start("SELECT $tune, trials => 1000, epochs => 10)");
ok($node->poll_query_until('postgres', "SELECT part ~ '^trial \\d+ of 1000\$' AND split_part(part, ' ', 2)::int > 2 FROM nn_progress"),
	'one trial after another');
cancel();

# ---- commands within commands ----

# A function of the query that makes an index ends its progress, not that of the training.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION command(i bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	IF i = 1 THEN CREATE TEMP TABLE t (a int); CREATE INDEX ON t (a); END IF;
	RETURN pause(i);
END $$;
SQL
start("SELECT nn_train('ml.second', 'SELECT command(row_number() OVER ()) AS n, y FROM training', 'y')");
ok($node->poll_query_until('postgres', 'SELECT rows_read > 1000 FROM nn_progress'), 'another command within the query');
cancel();

# COPY is seen as such before and after a training within.
start("COPY (SELECT version, pause(n) FROM nn_train('ml.second', 'training', 'y', epochs => 1), generate_series(1999, 2000) n) TO STDOUT");
ok($node->poll_query_until('postgres', 'SELECT tuples_processed = 1 FROM pg_stat_progress_copy'),
	'the progress of COPY goes on after a training within');
is(watch('SELECT count(*) FROM nn_progress'), '0', 'which is over');
$node->safe_psql('postgres', 'SELECT pg_cancel_backend(pid) FROM pg_stat_progress_copy');
$session->quit;

# A training within the query of another.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION inner_training(i bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	IF i = 1 THEN PERFORM nn_train('ml.inner', 'training', 'y', epochs => 1); END IF;
	RETURN pause(i);
END $$;
SQL
start("SELECT nn_train('ml.second', 'SELECT inner_training(row_number() OVER ()) AS n, y FROM training', 'y')");
ok($node->poll_query_until('postgres', "SELECT model = 'ml.second' AND rows_read > 1000 FROM nn_progress"),
	'a training within another gives its place back');
cancel();

# ---- the end by force ----

start("SELECT nn_train('ml.second', 'training', 'y', epochs => 1000000, patience => 0)");
ok($node->poll_query_until('postgres', 'SELECT epoch > 1 FROM nn_progress'), 'a training that will be killed');
my $pid = watch('SELECT pid FROM nn_progress');
kill 'KILL', $pid;
$session->{run}->finish;
ok($node->poll_query_until('postgres', 'SELECT true', 't'), 'the server recovers');
is($node->safe_psql('postgres', $all), '', 'nothing is left of its progress');
is($node->safe_psql('postgres', 'SELECT count(*) FROM ml.second'), '1', 'nor of its version');

# ---- verbose ----

# What a training says: its notices, and the seconds it took.
sub notices
{
	my ($query, $options) = @_;
	my ($stdout, $stderr);
	$node->psql(
		'postgres',
		"SET client_min_messages = notice; SELECT seconds FROM nn_train('ml.second', '$query', 'y', $options)",
		stdout => \$stdout,
		stderr => \$stderr);
	return ([ $stderr =~ /NOTICE:  (.*)$/mg ], $stdout);
}

my $numbers = qr/learning rate 0.001, \d+ rows a second, at most \d+ s left/;
my ($said, $seconds) = notices(
	'SELECT x, y, pg_sleep(CASE WHEN x * 1000 % 100 = 0 THEN 0.15 ELSE 0 END) IS NULL AS s FROM training',
	'epochs => 1000000, patience => 0, max_seconds => 7, verbose => true');
my @read = grep { /^read \d+ rows$/ } @$said;
my @epochs = grep { /^epoch \d+ of 1000000: loss [-+.e\d]+, validation loss [-+.e\d]+, $numbers$/ } @$said;
is(scalar(@$said), @read + @epochs, 'notices of rows and epochs, no others');
cmp_ok(scalar(@read), '>', 0, 'rows read');
cmp_ok(scalar(@epochs), '>', 1, 'epochs');
cmp_ok(scalar(@$said), '<=', $seconds + 1, 'at most one a second, and one for the first epochs');

($said) = notices('training', 'epochs => 2, validation => 0, verbose => true');
like("@$said", qr/^epoch [12] of 2: loss [-+.e\d]+, $numbers$/, 'without held-out rows');
($said) = notices('training', 'epochs => 2, validation => 0');
is("@$said", '', 'none unless asked for');

$node->stop;
done_testing();
