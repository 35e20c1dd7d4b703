# Whatever ends a training or a prediction (a timeout, a cancel, a deadlock, a client that has gone)
# ends it with the SQLSTATE that says so; the threads are gone and the memory is given back. (How soon:
# 019_promptness.pl.)

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('main', rows => 100000,
	conf => "deadlock_timeout = 100ms\nclient_connection_check_interval = 100ms\nmaintenance_work_mem = 256MB\n");
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE few AS SELECT * FROM training LIMIT 3000;
SELECT nn_train('m', 'few', 'y', hidden => '{64}', epochs => 2);
SQL
my $before = digest($node, 'm');

# Each statement fails with the state; nothing is left of it.
sub fails
{
	my ($name, $state, @statements) = @_;
	my ($out, $err) = finish_session(start_session($node, 'failing', @statements));

	like($err, qr/(ERROR|FATAL):  $state: /, $name);
	is(digest($node, 'm'), $before, "$name: the model is as it was");
	return $err;
}

# ---- timeouts, from the first row to storing ----

my $train = "SELECT nn_train('m', 'few', 'y', hidden => '{64}', epochs => 40, patience => 0, seed => 5)";
my $predict = "SELECT sum(nn_predict('m', t)) FROM training t, few";

for my $step (1 .. extra(15, 60))
{
	my $timeout = $step * extra(20, 5);
	my ($out, $err) = finish_session(
		start_session($node, 'sweep', "SET statement_timeout = $timeout", 'BEGIN', $train, 'SET LOCAL statement_timeout = 0', 'ROLLBACK'));
	like($err, qr/^$|ERROR:  57014: /, "a training within $timeout ms or not");
	($out, $err) = finish_session(start_session($node, 'sweep', 'SET statement_timeout = ' . $step, $predict));
	like($err, qr/ERROR:  57014: canceling statement due to statement timeout/, "a prediction ends after $step ms");
}
is(digest($node, 'm'), $before, 'the model is as it was');

# ---- a session that goes on after hundreds of them ----

my $rounds = extra(100, 500);
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->set_query_timer_restart;
my $pid = $session->query_safe('SELECT pg_backend_pid()');
$session->query_safe('SET pgnn.threads = 2');
my $statements = join('', map { "SET statement_timeout = $_;\n" . train_forever('m', "hidden => '{64}'") . ";\n$predict;\n" } (20, 35, 60));
$session->query($statements) for 1 .. 3;
$session->{stderr} = '';
my $resident = status_of($pid, 'RssAnon');
$session->query($statements) for 1 .. $rounds / 6;
$session->{stderr} = '';
# (what malloc keeps varies by some megabytes; the rows of one training are more than two)
cmp_ok(status_of($pid, 'RssAnon'), '<', $resident + 15000, "memory is given back after $rounds cancels");
is(status_of($pid, 'Threads'), 1, 'and the threads are gone');

# ---- and what succeeds as many times ----

my $work = "SELECT nn_train('m', 'few', 'y', hidden => '{64}', epochs => 1);\n"
  . "SELECT sum(nn_predict('m', t)), count(nn_classify('classes', t)) FROM few t;\n";
$session->query_safe("SET statement_timeout = 0; BEGIN; SELECT nn_train('classes', 'SELECT a, b, c FROM few', 'c', epochs => 1)");
$session->query($work) for 1 .. 10;
$resident = status_of($pid, 'RssAnon');
$session->query($work) for 1 .. 100;
is($session->{stderr}, '', 'trainings and predictions');
cmp_ok(status_of($pid, 'RssAnon'), '<', $resident + 5000, 'memory is given back after 100 of them');
$session->query_safe('ROLLBACK');

# ---- errors of every kind, many times ----

my $errors = join('', map { "$_;\n" } (
	"SELECT nn_train('m', 'few', 'no_such_column')",
	"SELECT nn_train('m', 'SELECT 1; SELECT 2', 'y')",
	"SELECT nn_train('m', 'few', 'y', epochs => 0)",
	"SELECT nn_train('m', 'few', 'y', hidden => '{65536,65536}')",
	"SELECT nn_train('m', 'SELECT a, 1 / (a - 1) AS b, y FROM few', 'y')",
	"SELECT nn_train('m', 'SELECT a, ''NaN''::float8 AS b, y FROM few LIMIT 10', 'y')",
	"SELECT nn_train('m', 'SELECT a, y FROM few LIMIT 50', 'y', optimizer => 'sgd', learning_rate => 1e30)",
	"SELECT nn_train('few', 'few', 'y')",
	"SELECT nn_predict('m', 1)",
	"SELECT nn_predict('m', 'NaN'::float8, 1, '2')",
	"SELECT nn_predict('m', '{\"a\": 1, \"b\": [], \"c\": 3}'::jsonb)",
	"SELECT nn_classify('m', 1, 1, '2')",
	"SELECT nn_predict('few', 1)",
	"SELECT nn_activate('m', 77)",
	"SELECT nn_import('m', '{\"format\": 7}')",
	"SELECT nn_import('m', jsonb_set(nn_export('m'), '{parameters,3}', '\"x\"'))",
	"SELECT nn_export('m', 77)",
	"SELECT nn_evaluate('m', 'SELECT a, b, c FROM few')",
	"SELECT nn_evaluate('m', 'SELECT 1 / (a - 1) AS a, b, c, y FROM few')",
	"SELECT nn_roc('m', 'few')",
	"SELECT nn_importance('m', 'few', repeats => 0)",
	"SELECT nn_importance('m', 'SELECT a, b, c, y / (a - 1) AS y FROM few')",
	"SELECT nn_partial_dependence('m', 'few', 'no_such_column')",
	"SELECT nn_explain('m', 1)",
	"SELECT nn_explain_class('m', 'x', 1, 1, '2')",
	"SELECT nn_predict_batch('m', 1) OVER ()",
	"SELECT nn_predict_batch('m', 1 / (a - 1), b, c) OVER () FROM few",
	"SELECT nn_plan('few', 'no_such_column')",
	"SELECT nn_cross_validate('few', 'y', folds => 1)",
	"SELECT nn_cross_validate('SELECT a, 1 / (a - 2) AS b, y FROM few', 'y')",
	"SELECT nn_tune('m', 'few', 'y', space => '{\"epochs\": []}')",
	"SELECT nn_to_sql('m', version => 77)",
	"SELECT nn_report('m', 'SELECT 1')"));
my $times = extra(20, 700);
# Every context of the session; exact, but for what PostgreSQL itself keeps of catalogs and the last message.
my $contexts = "SELECT string_agg(format('%s %s %s', name, ident, total_bytes), E'\\n' ORDER BY name, ident, total_bytes) "
  . "FROM pg_backend_memory_contexts WHERE name NOT IN ('CacheMemoryContext', 'index info', 'relation rules', 'Type information cache', 'MessageContext')";
my $errors_at_once = sub {
	$session->{stderr} = '';
	$session->query($errors);
	return scalar(() = $session->{stderr} =~ /ERROR: /g);
};
$session->query('SET statement_timeout = 0');
$errors_at_once->() for 1 .. 5;
my $kinds = () = $errors =~ /;$/mg;
my $contexts_before = $session->query($contexts);
$resident = status_of($pid, 'RssAnon');
my $seen = 0;
$seen += $errors_at_once->() for 1 .. $times;
is($seen, $kinds * $times, "errors of $kinds kinds, each $times times");
is($session->query($contexts), $contexts_before, 'no memory context has grown');
cmp_ok(status_of($pid, 'RssAnon'), '<', $resident + 3000, 'memory is given back');
$session->{stderr} = '';
is(digest($node, 'm'), $before, 'the model is as it was');

# ---- cancelled and terminated, also within the largest steps ----

for my $options ('', "hidden => '{2000,2000}'", "hidden => '{256,256}', batch_size => 1000000", "optimizer => 'lbfgs', hidden => '{128}'")
{
	for (['pg_cancel_backend', '57014'], ['pg_terminate_backend', '57P01'])
	{
		my ($function, $state) = @$_;
		my $victim = start_session($node, 'victim', train_forever('m', $options));
		my $victim_pid = pid_of($victim);

		select(undef, undef, undef, 0.7);
		$node->safe_psql('postgres', "SELECT $function($victim_pid)");
		my ($out, $err) = finish_session($victim);
		like($err, qr/(ERROR|FATAL):  $state: /, "$function $options");
	}
}

# ---- a client that has gone ----

my $client = start_session($node, 'gone', train_forever('m'));
my $gone = pid_of($client);
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_locks WHERE relation = 'm'::regclass AND pid = $gone AND mode = 'RowExclusiveLock'")
  or die 'it does not train';
$client->{run}->kill_kill;
$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $gone");
for (1 .. 1800) # it leaves the list of sessions a little before it ends
{
	last if !-d "/proc/$gone";
	select(undef, undef, undef, 0.1);
}
ok(!-d "/proc/$gone", 'the training of a client that has gone ends');
is(digest($node, 'm'), $before, 'and leaves nothing');

# ---- waiting for locks ----

$node->safe_psql('postgres', "SELECT nn_train('other', 'few', 'y', epochs => 1)");
my $holder = $node->background_psql('postgres', on_error_stop => 0);
$holder->query_safe("BEGIN; SELECT nn_train('m', 'few', 'y', epochs => 1)");
fails('lock_timeout', '55P03', "SET lock_timeout = '50ms'", $train);
fails('lock_timeout of nn_activate', '55P03', "SET lock_timeout = '50ms'", "SELECT nn_activate('m', 1)");
fails('statement_timeout while waiting', '57014', "SET statement_timeout = '50ms'", $train);

# Two trainings of two models, crosswise: one goes on.
my $crosswise = start_session($node, 'crosswise', 'BEGIN', "SELECT nn_train('other', 'few', 'y', epochs => 1)", $train, 'COMMIT');
wait_until_waiting($crosswise, 'Lock');
$holder->query_until(qr/start/, "\\echo start\nSELECT nn_train('other', 'few', 'y', epochs => 1);\n\\echo ended\n");
my ($out, $err) = finish_session($crosswise);
$holder->query_until(qr/ended/, '');
my $victims = (() = ($err . $holder->{stderr}) =~ /deadlock detected/g);
is($victims, 1, 'of two trainings that wait for each other one is told so');
$holder->{stderr} = '';
$holder->query_safe('ROLLBACK');
$before = digest($node, 'm'); # maybe with a version of the one that went on

# ---- idle sessions ----

fails('an idle transaction that has trained', '25P03', "SET idle_in_transaction_session_timeout = '200ms'", 'BEGIN', $train, '\! sleep 2', 'SELECT 1');
is($session->query_safe("SELECT nn_predict('m', 1, 1, '1') IS NOT NULL"), 't', 'the session of all these errors still predicts');
like($session->query_safe("SELECT version FROM nn_train('m', 'few', 'y', hidden => '{8}', epochs => 1)"), qr/^\d+$/, 'and trains');
$session->quit;
$holder->quit;
unlike(slurp_file($node->logfile), qr/XX000|terminated by signal|PANIC/, 'the server has seen nothing worse');
$node->stop;
done_testing();
