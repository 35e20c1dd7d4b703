# VACUUM cuts off the page on which a session knows the active version to be, and the message that tells
# sessions so has yet to come: the session finds the version where it is now.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('main', rows => 100, conf => "autovacuum = off\n");
my $predict = "SELECT nn_predict('m', 1, 0.5, '2')";
my $move = 'WITH gone AS (DELETE FROM m WHERE active RETURNING *) INSERT INTO m SELECT * FROM gone';
my $block = "SELECT split_part(ctid::text, ',', 1) FROM m WHERE active";

# The active version at the end of pages that are empty otherwise.
$node->safe_psql('postgres', "SELECT nn_train('m', 'training', 'y', hidden => '{4}', epochs => 1)");
$node->safe_psql('postgres', <<SQL);
INSERT INTO m SELECT (jsonb_populate_record(NULL::nn_model, to_jsonb(m) || jsonb_build_object('version', 100 + i, 'active', false))).* FROM m, generate_series(1, 100) i;
$move;
DELETE FROM m WHERE NOT active;
SQL
$node->safe_psql('postgres', 'VACUUM m');
my $at_the_end = $node->safe_psql('postgres', $block);
my $reader = $node->background_psql('postgres', on_error_stop => 0);
my $before = $reader->query_safe($predict);

# It goes to the first, with another answer; who holds the row of pg_class lets VACUUM cut the end off,
# but not go on.
$node->safe_psql('postgres', "$move; UPDATE m SET target_mean = ARRAY[target_mean[1] + 1000]");
isnt($node->safe_psql('postgres', $block), $at_the_end, "the version has moved from page $at_the_end");
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; GRANT SELECT ON m TO PUBLIC');
my $vacuum = start_session($node, 'vacuum', 'VACUUM m');
ok( $node->poll_query_until('postgres',
		"SELECT pg_relation_size('m') / 8192 <= split_part('$at_the_end', '(', 2)::int"),
	'its page is cut off');
my $waits = $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vacuum' AND state = 'active'");
note $waits ? 'VACUUM waits' : 'VACUUM waits for no one in this version of PostgreSQL';

my $after = $reader->query($predict);
is($reader->{stderr}, '', 'a session that knew the page predicts');
cmp_ok($after - $before, '>', 900, 'as the version says now');
$holder->query_safe('COMMIT');
my ($out, $err) = finish_session($vacuum);
is($err, '', 'VACUUM ends');
is($reader->query_safe($predict), $after, 'and it goes on predicting so');

$reader->quit;
$holder->quit;
$node->stop;
done_testing();
