# Several sessions: the same bits in each, trainings of one model one after another, and readers that
# are never blocked and see the version of their snapshot.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
# warnings of short trainings would count as failures of a session
$node->append_conf("postgresql.conf", "client_min_messages = error");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION pgnn;
CREATE TABLE training AS
	SELECT i / 1000.0 AS a, CASE WHEN i % 7 = 0 THEN NULL ELSE sin(i) END AS b, (i % 5)::text AS c, cos(i / 300.0) AS y
	FROM generate_series(1, 5000) i;
SQL

sub digest
{
	return $node->safe_psql('postgres',
		"SELECT md5(parameters::text) FROM nn_versions('$_[0]') WHERE active");
}

# Two sessions, two servers: the same bits.
$node->safe_psql('postgres', "SELECT nn_train('one', 'training', 'y', epochs => 5)");
$node->safe_psql('postgres', "SELECT nn_train('two', 'training', 'y', epochs => 5)");
is(digest('one'), digest('two'), 'two sessions train the same model');
$node->restart;
$node->safe_psql('postgres', "SELECT nn_train('three', 'training', 'y', epochs => 5)");
is(digest('one'), digest('three'), 'and so does the server after a restart');

# Readers and writers of one model.
my $reader = $node->background_psql('postgres', on_error_stop => 0);
my $trainer = $node->background_psql('postgres', on_error_stop => 0);
my $predict = "SELECT nn_predict('one', 1.0, 0.5, '2')";

$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
my $old = $reader->query_safe($predict);
$trainer->query_safe('BEGIN');
$trainer->query_safe("SELECT nn_train('one', 'training', 'y', epochs => 20, seed => 7)");
my $new = $trainer->query_safe($predict);
isnt($new, $old, 'the training session sees its new version');
is($node->safe_psql('postgres', $predict), $old, 'others see the old one, without waiting');

# A second training of the same model waits, before it reads any row.
$node->safe_psql('postgres', 'CREATE SEQUENCE rows_read');
my ($stdout, $stderr);
$node->psql(
	'postgres',
	"SET lock_timeout = '200ms'; "
	  . "SELECT nn_train('one', 'SELECT *, nextval(''rows_read'') AS n FROM training', 'y')",
	stdout => \$stdout,
	stderr => \$stderr);
like($stderr, qr/canceling statement due to lock timeout/, 'a second training waits for the first');
is($node->safe_psql('postgres', 'SELECT is_called FROM rows_read'), 'f', 'and has read no row then');

$trainer->query_safe('COMMIT');
is($node->safe_psql('postgres', $predict), $new, 'after the commit everyone sees the new version');
is($reader->query_safe($predict), $old, 'but a REPEATABLE READ transaction');
$reader->query_safe('COMMIT');
is($reader->query_safe($predict), $new, 'until it ends');

# Two first trainings of one name: one table with two versions.
$trainer->query_safe('BEGIN');
$trainer->query_safe("SELECT nn_train('twins', 'training', 'y', epochs => 1)");
$reader->query_until(qr/start/,
	"\\echo start\nSELECT 'trained ' || version FROM nn_train('twins', 'training', 'y', epochs => 1);\n");
$node->poll_query_until('postgres',
	"SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%twins%'")
  or die 'the second training does not wait';
$trainer->query_safe('COMMIT');
$reader->query_until(qr/trained 2/, "\\echo\n");
is($node->safe_psql('postgres', 'SELECT count(*), count(*) FILTER (WHERE active) FROM twins'),
	'2|1', 'two trainings of a new name give two versions, one active');

# A training in a transaction that can't see the last one fails before it reads a row.
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
$reader->query_safe('SELECT 1');
$trainer->query_safe("SELECT nn_train('one', 'training', 'y', epochs => 1, seed => 8)");
$reader->query(
	"SELECT nn_train('one', 'SELECT *, nextval(''rows_read'') AS n FROM training', 'y')");
like($reader->{stderr}, qr/could not serialize access due to a concurrent training/, 'no training on an old snapshot');
$reader->{stderr} = '';
$reader->query_safe('ROLLBACK');
is($node->safe_psql('postgres', 'SELECT is_called FROM rows_read'), 'f', 'and no row was read');

# A model is known by its OID: a prediction that waits for a swap of names isn't the other model's.
$node->safe_psql('postgres', "SELECT nn_train('new_one', 'SELECT a, b, c, y + 1000 AS y FROM training', 'y', epochs => 3)");
my $before = $node->safe_psql('postgres', $predict);
$trainer->query_safe('BEGIN');
$trainer->query_safe('ALTER TABLE one RENAME TO old_one');
$trainer->query_safe('ALTER TABLE new_one RENAME TO one');
$reader->query_until(qr/start/, "\\echo start\nSELECT 'swapped ' || nn_predict('one', 1.0, 0.5, '2');\n");
$node->poll_query_until('postgres',
	"SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%swapped%'")
  or die 'the prediction does not wait';
$trainer->query_safe('COMMIT');
like($reader->query_until(qr/swapped \S+/, "\\echo\n"), qr/swapped \Q$before\E/, 'the prediction is that of the model it named');
cmp_ok($node->safe_psql('postgres', $predict), '>', 500, 'the next one is that of the new model');

$reader->quit;
$trainer->quit;
$node->stop;
done_testing();
