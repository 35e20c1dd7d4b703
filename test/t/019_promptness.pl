# How soon a statement ends that is cancelled or terminated: within 200 ms, whatever it does: reading
# rows, training, judging, explaining, choosing options, predicting.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = start_node('main', rows => 100000, conf => "maintenance_work_mem = 256MB\njit = off\n");
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE few AS SELECT * FROM training LIMIT 3000;
CREATE TABLE wide AS SELECT array_agg(sin(i * j)) AS v, i % 3 AS y FROM generate_series(1, 60) i, generate_series(1, 3000) j GROUP BY i;
SELECT nn_train('m', 'few', 'y', hidden => '{64}', epochs => 2);
SELECT nn_train('classes', 'SELECT a, b, c FROM few', 'c', epochs => 2);
SELECT nn_train('wide_model', 'wide', 'y', task => 'classification', hidden => '{1500,1000}', epochs => 1);
CREATE FUNCTION endless(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT format('SELECT %s FROM training t, generate_series(1, 1000)', $1) $$;
SQL

# What each would go on with for minutes.
my $long = "epochs => 1000000, patience => 0";
my @statements = (
	train_forever('m'),
	train_forever('m', "hidden => '{1000,1000}'"),
	train_forever('m', "hidden => '{256,256}', batch_size => 1000000"),
	train_forever('m', "optimizer => 'lbfgs', hidden => '{128}'"),
	"SET maintenance_work_mem = '1MB'; " . train_forever('m'),
	"SELECT nn_train('m', endless('t.*'), 'y')",
	"SET maintenance_work_mem = '1MB'; SELECT nn_train('m', endless('t.*'), 'y')",
	"SELECT nn_cross_validate('training', 'y', $long)",
	"SELECT nn_tune('tuned', 'training', 'y', $long)",
	"SELECT nn_evaluate('m', endless('t.*'))",
	"SELECT nn_roc('classes', endless('a, b, c'))",
	"SELECT nn_importance('m', 'training', repeats => 1000)",
	"SELECT nn_importance('wide_model', 'wide', repeats => 1000)",
	"SELECT nn_partial_dependence('m', 'training', 'a', points => 1000)",
	"SELECT sum(contribution) FROM training t, few, nn_explain('m', t)",
	"SELECT sum(contribution) FROM wide, generate_series(1, 100000), nn_explain('wide_model', v)",
	"SELECT sum(nn_predict('m', t)) FROM training t, few",
	"SELECT sum(p) FROM (SELECT nn_predict_batch('m', t) OVER () AS p FROM training t, few) p",
	"SELECT count(c) FROM (SELECT nn_classify_batch('wide_model', v) OVER () AS c FROM wide, generate_series(1, 100000)) p");

# The milliseconds by which a timeout of a statement is overrun, in the median of some.
sub delay
{
	my ($sql) = @_;
	my ($settings, $statement) = $sql =~ /^((?:SET [^;]*; )*)(.*)$/s;
	my @timeouts = map { 40 + 75 * $_ } 0 .. extra(4, 30);
	my ($out, $err) = finish_session(
		start_session($node, 'timing', split(/; /, $settings), '\timing on', map { ("SET statement_timeout = $_", $statement) } @timeouts));
	my $ended = () = $err =~ /ERROR:  57014: /g;
	my @times = $out =~ /^Time: ([\d.]+) ms/mg; # of each SET and each statement
	my @delays = sort { $a <=> $b } map { $times[ 2 * $_ + 1 ] - $timeouts[$_] } 0 .. $#timeouts;

	die "not cancelled each time: $sql: $err" if $ended < @timeouts;
	return $delays[ @delays / 2 ];
}

# The milliseconds from pg_terminate_backend to the end of the session.
sub termination
{
	my ($sql) = @_;
	my $victim = start_session($node, 'victim', split(/; /, $sql));
	my $pid = pid_of($victim);

	sleep(0.3);
	my $start = time;
	is($node->safe_psql('postgres', "SELECT pg_terminate_backend($pid, 60000)"), 't', "terminated: $sql");
	my $took = 1000 * (time - $start);
	my ($out, $err) = finish_session($victim);
	die "not terminated: $sql: $err" if $err !~ /FATAL:  57P01: /;
	return $took;
}

# Beside a statement that ends at once, as the machine may be busy; and the best of three tries.
sub within
{
	my ($name, $measure, $sql) = @_;
	my $more;

	for (1 .. 3)
	{
		my $least = $measure->('SELECT pg_sleep(100)');
		$more = $measure->($sql) - $least;
		last if $more < 200;
	}
	cmp_ok($more, '<', 200, "$name within 200 ms: $sql");
	note sprintf('%s %.1f ms later than pg_sleep: %s', $name, $more, $sql);
}

for my $sql (@statements)
{
	within('cancelled', \&delay, $sql);
	within('terminated', \&termination, $sql);
}
is($node->safe_psql('postgres', "SELECT string_agg(model || ' ' || version, ', ' ORDER BY model::text) FROM nn_models"),
	'classes 1, m 1, wide_model 1', 'the models are as they were');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()'), 0, 'and no file is left');
$node->stop;
done_testing();
