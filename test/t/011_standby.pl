# A standby predicts the same bits as its primary, and a subscriber of the model's table those of its
# publisher; on the standby nothing trains, until it is promoted.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = start_node('primary', init => { allows_streaming => 'logical' });
$primary->safe_psql('postgres', "SELECT nn_train('m', 'training', 'y', hidden => '{16,8}', epochs => 3)");
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

my $first = predictions($primary, 'm');
is(predictions($standby, 'm'), $first, 'the standby predicts as the primary');

# Judging and explaining only read, too.
my $rows = "'SELECT * FROM training ORDER BY a, b LIMIT 500'";
for my $sql ("SELECT * FROM nn_evaluate('m', $rows)",
	"SELECT * FROM nn_residuals('m', $rows)",
	"SELECT * FROM nn_importance('m', $rows)",
	"SELECT * FROM nn_partial_dependence('m', $rows, 'a')",
	"SELECT e.* FROM (SELECT * FROM training ORDER BY a, b LIMIT 10) t, nn_explain('m', t) e",
	"SELECT nn_plot('m')", "SELECT nn_to_sql('m')",
	"SELECT regexp_replace(nn_report('m', $rows), '\"made_at\": \"[^\"]*\"', '')",
	"SELECT score FROM nn_cross_validate($rows, 'y', folds => 2, epochs => 2)")
{
	my ($name) = $sql =~ /(nn_\w+)/;
	my $answer = $standby->safe_psql('postgres', $sql);
	isnt($answer, '', "$name on a standby");
	ok($answer eq $primary->safe_psql('postgres', $sql), 'gives what it gives on the primary');
}

my $reader = $standby->background_psql('postgres');
my $predict = "SELECT nn_predict('m', 1.0, 0.5, '2')";
my $old = $reader->query_safe($predict);
for my $seed (1 .. 3)
{
	$primary->safe_psql('postgres', "SELECT nn_train('m', 'training', 'y', hidden => '{16,8}', epochs => 2, seed => $seed, keep => 1)");
	$primary->safe_psql('postgres', 'VACUUM m');
	$primary->wait_for_catchup($standby);
	is(predictions($standby, 'm'), predictions($primary, 'm'), "after training $seed, too");
	is(digest($standby, 'm'), digest($primary, 'm'), 'and has the same versions');
	is($reader->query_safe($predict), $primary->safe_psql('postgres', $predict), 'also in a session that has predicted before');
}
isnt($reader->query_safe($predict), $old, 'which are not those of the first');
$reader->quit;

# Refused before a row is read: the first row would be an error.
for my $sql ("SELECT nn_train('m', 'SELECT 1 / (a - a) AS a, y FROM training', 'y')",
	"SELECT nn_train('new', 'SELECT 1 / (a - a) AS a, y FROM training', 'y')",
	"SELECT nn_tune('m', 'SELECT 1 / (a - a) AS a, y FROM training', 'y')",
	"SELECT nn_activate('m', 3)",
	"SELECT nn_import('m', nn_export('m'))")
{
	my ($name) = $sql =~ /(nn_\w+)/;
	my ($stdout, $stderr);

	$standby->psql('postgres', "\\set VERBOSITY verbose\n$sql", stderr => \$stderr);
	like($stderr, qr/25006: cannot execute $name\(\) during recovery/, "$name on a standby");
	$primary->psql('postgres', "\\set VERBOSITY verbose\nBEGIN READ ONLY;\n$sql", stderr => \$stderr);
	like($stderr, qr/25006: cannot execute $name\(\) in a read-only transaction/, "$name in a read-only transaction");
}
is($standby->safe_psql('postgres', "SELECT rows FROM nn_plan('training', 'y')"), '5000', 'nn_plan stores nothing, and works there');

# Logical replication: the subscriber has a table of the same type.
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->append_conf('postgresql.conf', 'client_min_messages = error');
$subscriber->start;
$subscriber->safe_psql('postgres', 'CREATE EXTENSION pgnn; CREATE TABLE m OF nn_model (PRIMARY KEY (version)); CREATE UNIQUE INDEX ON m (active) WHERE active');
$primary->safe_psql('postgres', 'CREATE PUBLICATION models FOR TABLE m');
my $connection = $primary->connstr . ' dbname=postgres';
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION models CONNECTION '$connection' PUBLICATION models");
$subscriber->wait_for_subscription_sync($primary, 'models');
is(predictions($subscriber, 'm'), predictions($primary, 'm'), 'the subscriber predicts as the publisher');
$primary->safe_psql('postgres', "SELECT nn_train('m', 'training', 'y', epochs => 1, seed => 9); SELECT nn_activate('m', 4);");
$primary->wait_for_catchup('models');
is(digest($subscriber, 'm'), digest($primary, 'm'), 'changes are replicated');
is(predictions($subscriber, 'm'), predictions($primary, 'm'), 'and predicted with');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION models');
is( $subscriber->safe_psql('postgres', "SELECT version FROM nn_train('m', 'SELECT i::numeric AS a, sin(i) AS b, i::text AS c, cos(i) AS y FROM generate_series(1, 15) i, generate_series(1, 20)', 'y', epochs => 1)"),
	'6', 'without the subscription the model goes on by itself');

# Promotion.
$primary->wait_for_catchup($standby);
my $last = predictions($primary, 'm');
$primary->stop;
$standby->promote;
is(predictions($standby, 'm'), $last, 'after the promotion it predicts as before');
is($standby->safe_psql('postgres', "SELECT version FROM nn_train('m', 'training', 'y', hidden => '{16,8}', epochs => 3)"),
	'6', 'and trains the next version');
is(predictions($standby, 'm'), $first, 'which is the one that the primary would have trained');
is($standby->safe_psql('postgres', "SELECT version FROM nn_train('new', 'training', 'y', epochs => 1)"), '1', 'or a new model');
$standby->stop;
$subscriber->stop;
done_testing();
