# Training ends at once when it is cancelled, wherever it is, and leaves nothing behind.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "maintenance_work_mem = 512MB");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pgnn');
$node->safe_psql('postgres',
	'CREATE TABLE training AS SELECT random() AS a, random() AS b, (i % 97)::text AS c, '
	  . 'random() AS y FROM generate_series(1, 300000) i');

# Runs a training that would take hours, with a timeout; gives the error and the seconds it took.
sub train
{
	my ($timeout, $options) = @_;
	my ($stdout, $stderr);
	my $start = time;

	$node->psql(
		'postgres',
		"SET statement_timeout = $timeout; "
		  . "SELECT * FROM nn_train('m', 'training', 'y', epochs => 1000000, patience => 0, $options)",
		stdout => \$stdout,
		stderr => \$stderr);
	return ($stderr, time - $start);
}

# From reading rows to sorting, encoding and training.
for my $timeout (1, 3, 10, 30, 100, 200, 300, 400, 600, 1000)
{
	my ($stderr) = train($timeout, "hidden => '{32}'");
	like($stderr, qr/canceling statement due to statement timeout/, "timeout of $timeout ms");
}

# Steps stay short for one large batch, steepest descent, and a wide network.
for my $options (
	"hidden => '{256,256}', batch_size => 1000000",
	"hidden => '{64}', optimizer => 'gd'",
	"hidden => '{3000,3000}'")
{
	my ($stderr, $seconds) = train(1500, $options);
	like($stderr, qr/canceling statement due to statement timeout/, "cancelled: $options");
	cmp_ok($seconds, '<', 10, "within seconds: $options");
}
is($node->safe_psql('postgres', "SELECT count(*) FROM nn_models"), '0', 'no model is left');
is( $node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname LIKE 'm%' AND relnamespace = 'public'::regnamespace"),
	'0', 'no table is left');

# Many trainings of one model that fail, cancelled or diverging, in one session: its memory doesn't
# grow, and the model stays as it is.
$node->safe_psql('postgres', "SELECT nn_train('m', 'SELECT a, y FROM training LIMIT 1000', 'y', epochs => 2)");
my $resident = <<'SQL';
SET statement_timeout = 0;
SELECT 'resident ' || substring(status FROM 'VmRSS:\s+(\d+)') || ', threads ' || substring(status FROM 'Threads:\s+(\d+)')
FROM pg_read_file('/proc/' || pg_backend_pid() || '/status') AS status;
SQL
my $failures = <<'SQL';
SET pgnn.threads = 2;
SET statement_timeout = '40ms';
SELECT nn_train('m', 'training', 'y', epochs => 1000000, patience => 0);
SET statement_timeout = 0;
SELECT nn_train('m', 'SELECT a, y FROM training LIMIT 2000', 'y', optimizer => 'sgd', learning_rate => 1e9);
SQL
my ($stdout, $stderr);
$node->psql(
	'postgres',
	$failures x 10 . $resident . $failures x 60 . $resident,
	on_error_stop => 0,
	stdout => \$stdout,
	stderr => \$stderr);
is(scalar(() = $stderr =~ /statement timeout/g), 70, 'cancelled 70 times');
is(scalar(() = $stderr =~ /the loss went to infinity/g), 70, 'diverged 70 times');
my ($before, $after) = $stdout =~ /resident (\d+).*resident (\d+)/s;
is(scalar(() = $stdout =~ /threads 1\b/g), 2, 'the threads of the trainings are gone');
cmp_ok($after - $before, '<', 20000, "memory is given back (kB before: $before, after: $after)");

is($node->safe_psql('postgres', 'SELECT version, active, rows FROM m'), '1|t|1000', 'the model is as it was');
is($node->safe_psql('postgres', "SELECT version FROM nn_train('m', 'SELECT a, y FROM training LIMIT 1000', 'y', epochs => 2)"),
	'2', 'and training goes on with it');

$node->stop;
done_testing();
