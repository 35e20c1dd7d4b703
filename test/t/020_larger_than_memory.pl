# Rows that don't fit maintenance_work_mem are trained on from temporary files: as well, within the
# memory, the same model in whatever order they come, and nothing of them is left.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('main', rows => 100, conf => "jit = off\nshared_buffers = 8MB\nlog_temp_files = 0\n");

# Rows of 3 classes, one class after another; about four times 8 MB as they are read. Some are there twice.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE sorted AS
	SELECT k AS class, (i % 1000) / 100.0 + sin(i * 1.7) + k AS a, cos(i / 7.0) * (k + 1) AS b,
		CASE WHEN i % 11 > 0 THEN i % 13 * k END AS c, 'text ' || (i + k) % 5 AS t, (1 + i % 3)::real AS w
	FROM generate_series(0, 2) k, generate_series(1, 180000) i;
INSERT INTO sorted SELECT * FROM sorted WHERE class = 1 AND a < 2;
CREATE TABLE reversed AS SELECT * FROM sorted ORDER BY class DESC, b, a;
SQL

sub train
{
	my ($table, $memory, $options) = @_;
	return "SET maintenance_work_mem = '$memory'; SET pgnn.threads = " . ($table eq 'sorted' ? 1 : 2)
	  . "; SELECT round(score::numeric, 4), temp_bytes FROM nn_train('m', '$table', 'class', task => 'classification', "
	  . "hidden => '{16}', batch_size => 512, keep => 0, " . ($options =~ /epochs/ ? '' : 'epochs => 4, ') . "$options)";
}

sub train_ok
{
	my ($table, $memory, $options) = @_;
	my ($score, $bytes) = split /\|/, $node->safe_psql('postgres', train($table, $memory, $options // 'seed => 1'));
	return ($score, $bytes, $node->safe_psql('postgres', 'SELECT md5((features, parameters, score)::text) FROM m WHERE active'));
}

# ---- as well as in memory ----

my ($score_in_memory, $bytes) = train_ok('sorted', '512MB');
is($bytes, 0, 'what fits stays in memory');
my ($score, $spilled, $model) = train_ok('sorted', '8MB');
cmp_ok($spilled, '>', 16e6, 'what does not goes to files');
cmp_ok(abs($score - $score_in_memory), '<=', 0.005, "the score is as good: $score, $score_in_memory");

# ---- the same model, whatever the order of rows and the threads ----

is((train_ok('reversed', '8MB'))[2], $model, 'the model is the same in another order, with two threads');

# ---- whatever is asked ----

for my $options (
	"optimizer => 'lbfgs', epochs => 10", "optimizer => 'gd', learning_rate => 0.1, epochs => 30", 'warm_start => true', "activate => 'if_better'",
	"missing => 'skip'", 'dropout => 0.1, input_dropout => 0.1', "class_weight => 'balanced', stop_on => 'score'",
	'validation => 0', "weight => 'w', missing => 'skip'")
{
	my ($score, $spilled) = train_ok('sorted', '8MB', $options);
	cmp_ok($score, '>', 0.5, $options);
	cmp_ok($spilled, '>', 1e6, 'from files');
}

# ---- by whatever trains ----

my %others = (
	nn_cross_validate => "round(score::numeric, 4) FROM nn_cross_validate('sorted', 'class', task => 'classification', "
	  . "hidden => '{16}', batch_size => 512, epochs => 4, folds => 2) WHERE fold = 'mean'",
	nn_tune => "round(score::numeric, 4) FROM nn_tune('tuned', 'sorted', 'class', task => 'classification', hidden => '{16}', "
	  . "batch_size => 512, epochs => 4, trials => 2, space => '{\"learning_rate\": [0.005, 0.01]}') WHERE best");
for my $function (sort keys %others)
{
	my ($least, $most) = map { $node->safe_psql('postgres', "SET maintenance_work_mem = '$_'; SELECT $others{$function}") } ('8MB', '512MB');
	cmp_ok(abs($least - $most), '<=', 0.005, "$function scores as well from files: $least, $most");
	$node->psql('postgres', "SET temp_file_limit = '4MB'; SET maintenance_work_mem = '8MB'; SELECT $others{$function}", stderr => \my $error);
	like($error, qr/temporary file size exceeds "?temp_file_limit/, 'it was from files');
}

# Short rows, nearly all of them copies, in the least memory there is.
$node->safe_psql('postgres', 'CREATE TABLE copies AS SELECT (i % 3)::real AS a, (i % 3)::smallint AS y FROM generate_series(1, 100000) i');
is($node->safe_psql('postgres', "SET maintenance_work_mem = '1MB'; SET statement_timeout = '180s'; SELECT rows, score > 0.9 FROM nn_train('copies_model', 'copies', 'y', hidden => '{}', epochs => 5)"),
	'100000|t', 'copies of a row, more than fit');

# ---- within the memory ----

my $session = $node->background_psql('postgres');
my $pid = $session->query_safe('SELECT pg_backend_pid()');
$session->query_safe("SELECT nn_train('small', 'SELECT * FROM sorted WHERE a < 1', 'class', task => 'classification', hidden => '{16}', epochs => 1)");
my $before = status_of($pid, 'VmHWM');
$session->query_safe(train('sorted', '8MB', 'seed => 1'));
my $grown = status_of($pid, 'VmHWM') - $before;
cmp_ok($grown, '<', (8 + 8) * 1024, "memory grew by $grown kB: the setting, and shared buffers");
$session->quit;

# ---- nothing is left ----

my ($stdout, $stderr);
$node->psql('postgres', "SET temp_file_limit = '4MB'; " . train('sorted', '8MB', 'seed => 1'), stdout => \$stdout, stderr => \$stderr);
like($stderr, qr/temporary file size exceeds "?temp_file_limit/, 'temp_file_limit is respected');
SKIP:
{
	skip 'no prlimit', 3 if system('prlimit --version >/dev/null 2>&1') != 0;
	my $full = $node->background_psql('postgres', on_error_stop => 0);
	my $full_pid = $full->query_safe('SELECT pg_backend_pid()');

	system_or_bail('prlimit', "--pid=$full_pid", '--fsize=17000000:unlimited'); # a file of WAL is nearly as long
	$full->query(train('sorted', '8MB', 'seed => 1'));
	like($full->{stderr}, qr/could not write training rows to a temporary file: (File too large|No space left on device)/, 'a file that cannot be written');
	system_or_bail('prlimit', "--pid=$full_pid", '--fsize=unlimited');
	$full->{stderr} = '';
	like($full->query_safe(train('sorted', '8MB', 'seed => 1')), qr/\|\d+$/, 'the session goes on with more room');
	is($node->safe_psql('postgres', 'SELECT md5((features, parameters, score)::text) FROM m WHERE active'), $model, 'and learns what it would have');
	$full->quit;
}

# Cancelled over and over in one session, from the first rows to the epochs.
my $cancelled = $node->background_psql('postgres', on_error_stop => 0);
my $cancelled_pid = $cancelled->query_safe('SELECT pg_backend_pid()');
my $open = sub { scalar(() = glob("/proc/$cancelled_pid/fd/*")) };
my $times = extra(20, 60);
$cancelled->query('SET statement_timeout = 100; ' . train('sorted', '8MB', 'seed => 1, epochs => 100000'));
my $at_first = $open->();
for my $i (1 .. $times)
{
	$cancelled->{stderr} = '';
	$cancelled->query('SET statement_timeout = ' . 1500 * $i / $times . '; ' . train('sorted', '8MB', 'seed => 1, epochs => 100000'));
	die "not cancelled: $cancelled->{stderr}" if $cancelled->{stderr} !~ /canceling statement due to statement timeout/;
}
cmp_ok($open->(), '<=', $at_first + 5, "no file stays open after $times cancels");
$cancelled->quit;
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()'), 0, 'no file is left');

$node->stop;
done_testing();
