# Twenty clients train, predict, activate, rename and drop at the same time: none sees an error but
# those that say what another client did, and at the end every model is whole.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = extra(6, 60);
my $node = start_node('main', rows => 300, conf => "max_connections = 40\nlog_error_verbosity = verbose\nlog_statement = none\n");
$node->safe_psql('postgres', "SELECT nn_train('m' || i, 'training', 'y', hidden => '{4}', epochs => 1) FROM generate_series(0, 3) i");

my %scripts = (
	'train@3' => "SELECT nn_train('m:n', 'training', 'y', hidden => '{4}', epochs => 3, keep => 2, seed => random(1, 9));",
	'predict@20' => "SELECT count(nn_predict('m:n', t)) = 300 FROM training t;",
	'look@3' => "SELECT count(*) FROM nn_models; SELECT count(*) FROM nn_weights('m:n');",
	'activate@2' => "SELECT nn_activate('m:n', max(version)) FROM m:n;",
	'serializable@2' => "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT nn_predict('m:n', 1, 1, '1'); SELECT nn_train('m:n', 'training', 'y', hidden => '{4}', epochs => 1, keep => 2); COMMIT;",
	'drop@1' => "DROP TABLE m:n;",
	'rename@1' => "BEGIN; ALTER TABLE m:n RENAME TO was:n; ALTER TABLE was:n RENAME TO m:n; COMMIT;",
	'vacuum@1' => "VACUUM m:n;");
my @arguments;
while (my ($name, $sql) = each %scripts)
{
	$sql =~ s/random\(1, 9\)/:seed/;
	$sql =~ s/; */;\n/g;
	my $file = $node->basedir . '/' . ($name =~ s/@.*//r) . '.sql';
	append_to_file($file, "\\set n random(0, 3)\n\\set seed random(1, 9)\n$sql");
	push @arguments, '-f', $file . ($name =~ s/.*@/@/r);
}
# A client that meets an error ends: then it is started again, until the time is over.
append_to_file($node->basedir . '/clients.sh', <<'SH');
end=$(($(date +%s) + $1)); shift
for i in 1 2 3 4 5 6 7 8 9 10; do
	while left=$((end - $(date +%s))); [ $left -gt 0 ]; do
		pgbench -n -c 2 -j 1 -T $left "$@" || true
	done &
done
wait
SH
my ($stdout, $stderr) = run_command([ 'sh', $node->basedir . '/clients.sh', $seconds, @arguments, $node->connstr('postgres') ]);

my %allowed = (
	'42P01' => 'the model was dropped',
	'P0002' => 'or has just been made anew',
	'40001' => 'a concurrent training in REPEATABLE READ',
	'55000' => 'a table dropped while it was waited for',
	'22004' => 'no version to activate');
my %seen;
my $log = slurp_file($node->logfile);
$seen{$1}++ while $log =~ /(?:ERROR|FATAL|PANIC):  (\w{5}): /g;
note join(', ', map { "$_: $seen{$_}" } sort keys %seen);
for my $state (sort keys %seen)
{
	my ($example) = $log =~ /((?:ERROR|FATAL|PANIC):  $state: .*)/;
	ok($allowed{$state}, "SQLSTATE $state: $example");
}
my $done = 0;
$done += $1 while $stdout =~ /transactions actually processed: (\d+)/g;
cmp_ok($done, '>', 20, "$done transactions");
unlike($log, qr/deadlock|terminated by signal/, 'no deadlock, no crash');

# What is left is whole, predicts and trains.
for my $i (0 .. 3)
{
	is( $node->safe_psql('postgres',
			"SELECT nn_train('m$i', 'training', 'y', hidden => '{4}', epochs => 1); "
			  . "SELECT count(*) FILTER (WHERE active) = 1 AND bool_and(cardinality(parameters) = 4 * layer_sizes[1] + 4 + 4 + 1) FROM m$i; "
			  . "SELECT count(nn_predict('m$i', t)) FROM training t") =~ s/^\(.*\)\n//r,
		"t\n300", "model $i is whole");
}
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname LIKE 'was%'"), '0', 'no name is left over');

# A scan keeps a page from VACUUM; what is called from it must not wait for VACUUM in turn.
$node->safe_psql('postgres', "SELECT nn_train('m0', 'training', 'y', hidden => '{4}', epochs => 1, keep => 1) FROM generate_series(1, 5)");
my $reader = $node->background_psql('postgres');
$reader->query_safe("SET statement_timeout = '60s'; SET enable_seqscan = off; SET enable_bitmapscan = off");
$reader->query_safe('BEGIN; DECLARE c CURSOR FOR SELECT version FROM m0 WHERE version > 0 ORDER BY version; FETCH c');
my $vacuum = start_session($node, 'vacuum', 'VACUUM (INDEX_CLEANUP ON) m0');
wait_until_waiting($vacuum, 'BufferPin');
is($reader->query_safe("SELECT nn_activate('m0', version) FROM m0 WHERE active"), '', 'a version is activated while VACUUM waits for its reader');
$reader->query_safe('COMMIT');
is((finish_session($vacuum))[1], '', 'VACUUM ends');
$reader->quit;
$node->stop;
done_testing();
