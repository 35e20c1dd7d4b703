# When memory is short, a training ends with "out of memory" and the session goes on; what a hostile
# model claims is never believed.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('main', rows => 20000, conf => "jit = off\nmaintenance_work_mem = 1GB\n");
$node->safe_psql('postgres', "SELECT nn_train('m', 'training', 'y', hidden => '{16}', epochs => 2)");
my $small = "SELECT 'trained ' || rows FROM nn_train('small', 'SELECT a, y FROM training LIMIT 100', 'y', hidden => '{2}', epochs => 1)";
my $predict = "SELECT 'predicted ' || (nn_predict('m', 1, 1, '1') IS NOT NULL)";

# ---- an address space that ends soon ----

# Of each session some megabytes more than it has are allowed while it trains, then all.
my %ends;
for my $megabytes (1, 2, 3, 5, 8, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192)
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query_safe('SELECT pg_backend_pid()');

	$session->query_safe($predict); # the library is loaded
	my $limit = (status_of($pid, 'VmSize') + $megabytes * 1024) * 1024;
	run_log([ 'prlimit', '--pid', $pid, "--as=$limit:" ]);
	$session->query('\set VERBOSITY verbose');
	for my $options ("hidden => '{1000,1000}', epochs => 1", "hidden => '{400,400}', batch_size => 20000, epochs => 1", "hidden => '{64}', epochs => 2")
	{
		$session->query("SELECT nn_train('limited', 'training', 'y', keep => 0, $options)");
		my ($state) = $session->{stderr} =~ /(?:ERROR|FATAL):  (\w+): /;
		$ends{ $state // 'success' }++;
		$session->{stderr} = '';
	}
	run_log([ 'prlimit', '--pid', $pid, '--as=unlimited:' ]);
	like($session->query($small), qr/trained 100/, "trains after $megabytes MB were too little, or enough");
	like($session->query($predict), qr/predicted true/, 'and predicts');
	is($session->{stderr}, '', 'without an error');
	$session->quit;
}
note join(', ', map { "$_: $ends{$_}" } sort keys %ends);
is(join(' ', sort keys %ends), '53200 success', 'a training had enough memory, or said that it had not');

# ---- the least maintenance_work_mem ----

my ($stdout, $stderr);
$node->psql('postgres', "SET maintenance_work_mem = '1MB'; $small; SELECT nn_train('wide', 'training', 'y', hidden => '{2000,2000}', epochs => 1);",
	stdout => \$stdout, stderr => \$stderr, on_error_stop => 0);
like($stdout, qr/trained 100/, 'a small training needs no more than 1MB');
like($stderr, qr/maintenance_work_mem/, 'a large one says what it needs');
is($node->safe_psql('postgres', "SELECT to_regclass('wide') IS NULL"), 't', 'and leaves nothing');

# ---- what is too much is not taken first ----

my $session = $node->background_psql('postgres', on_error_stop => 0);
my $pid = $session->query_safe('SELECT pg_backend_pid()');
$session->query_safe("SET maintenance_work_mem = '64MB'; $small; SELECT nn_evaluate('m', 'training')");
$session->query('\set VERBOSITY verbose');
my $peak = status_of($pid, 'VmHWM');
for my $sql ("nn_train('wide', 'training', 'y', epochs => 1, hidden => '{3000,3000}')", "nn_train('wide', 'training', 'y', epochs => 1, hidden => '{65536,3000}')",
	"nn_train('wide', 'training', 'y', epochs => 1, hidden => '{65536,65536}')", "nn_train('wide', 'training', 'y', epochs => 1, hidden => '{3000,3000}', optimizer => 'lbfgs')",
	"nn_cross_validate('training', 'y', epochs => 1, hidden => '{3000,3000}')", "nn_tune('wide', 'training', 'y', hidden => '{3000,3000}')")
{
	$session->query("SELECT $sql");
	like($session->{stderr}, qr/ERROR:  54000: .*(\d+ MB.*64 MB|at most \d+)/, "what it needs and may take: $sql");
	$session->{stderr} = '';
}
cmp_ok(status_of($pid, 'VmHWM'), '<', $peak + 16000, 'was found before any of it was taken');
$session->quit;

# ---- claims of a gigabyte ----

$session = $node->background_psql('postgres', on_error_stop => 0);
$pid = $session->query_safe('SELECT pg_backend_pid()');
$session->query_safe($predict);
$peak = status_of($pid, 'VmHWM');
for my $claim ("layer_sizes = '{5,65536,1}'", "layer_sizes = '{100000,65536,1}'", "layer_sizes = '{5,2147483647,1}'",
	"layer_sizes = array_fill(65536, ARRAY[102]), activations = array_fill('relu'::text, ARRAY[101])",
	"features = jsonb_set(features, '{0,inputs}', '1000000000')", "target_mean = array_fill(0::float8, ARRAY[1000])")
{
	$session->query_safe("BEGIN; UPDATE m SET $claim");
	$session->query('\set VERBOSITY verbose');
	$session->query("SAVEPOINT s; $_; ROLLBACK TO s;") for ("SELECT nn_predict('m', 1, 1, '1')", "SELECT count(*) FROM nn_layers('m')",
		"SELECT nn_train('m', 'training', 'y', warm_start => true, epochs => 1)");
	is(scalar(() = $session->{stderr} =~ /ERROR:  XX001: /g), scalar(() = $session->{stderr} =~ /ERROR: /g), "refused: $claim");
	$session->{stderr} = '';
	$session->query_safe('ROLLBACK');
}
cmp_ok(status_of($pid, 'VmHWM'), '<', $peak + 20000, 'and no memory was taken for it');
$session->quit;

# ---- many predictions take no more than few ----

$session = $node->background_psql('postgres');
$session->set_query_timer_restart;
$pid = $session->query_safe('SELECT pg_backend_pid()');
my $many = "SELECT count(nn_predict('m', t)) FROM training t, generate_series(1, %d)";
is($session->query_safe(sprintf($many, 1)), '20000', 'predictions of some rows');
$peak = status_of($pid, 'VmHWM');
my $times = extra(20, 500);
is($session->query_safe(sprintf($many, $times)), 20000 * $times, 'and of many');
cmp_ok(status_of($pid, 'VmHWM'), '<', $peak + 5000, 'take the same memory');
$session->quit;

unlike(slurp_file($node->logfile), qr/XX000|terminated by signal|PANIC/, 'the server has seen nothing worse');
$node->stop;
done_testing();
