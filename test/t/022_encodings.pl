# Databases and clients of other encodings: the categories and names of a model are texts like any
# other, in JSON and in a dump that is restored under another encoding, too.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'client_min_messages = error');
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE \L$_\E ENCODING '$_' LOCALE 'C' TEMPLATE template0") for 'LATIN1', 'EUC_JP', 'SQL_ASCII', 'UTF8';

# A table with a category and a number, under such a name, and its model.
my $train = <<'SQL';
CREATE EXTENSION pgnn;
CREATE TABLE t AS SELECT CASE WHEN i % 3 = 0 THEN '%2$s' ELSE '%3$s' END AS "%1$s", i % 3 = 0 AS y FROM generate_series(1, 90) i;
SELECT nn_train('m', 't', 'y', epochs => 50);
SELECT nn_train('labels', 't', '%1$s', epochs => 50);
SQL

# Whatever takes or gives texts.
my $use = <<'SQL';
SELECT nn_predict('m', '%2$s') > 0.5, nn_predict('m', '%3$s') < 0.5,
	nn_predict('m', '%2$s') = nn_predict('m', '{"%1$s": "%2$s"}'::jsonb),
	nn_classify('labels', true) = '%2$s',
	(SELECT string_agg(feature, '') = '%1$s' FROM nn_features('m')),
	(SELECT bool_and(value IN ('%2$s', '%3$s')) FROM nn_partial_dependence('m', 't', '%1$s')),
	(SELECT string_agg(value, '') = '%2$s' FROM nn_explain('m', '%2$s')),
	nn_import('copy', nn_export('m')) = 1;
SELECT nn_predict('copy', '%2$s') = nn_predict('m', '%2$s'),
	nn_report('m', 't') LIKE '%%%1$s%%', nn_plot('labels') LIKE '%%epoch 1%%', nn_to_sql('m') LIKE '%%%2$s%%';
SQL
my $works = "t|t|t|t|t|t|t|t\nt|t|t|t";

sub in_database
{
	my ($database, $client, $sql, @texts) = @_;
	return $node->safe_psql($database, "SET client_encoding = '$client'; " . sprintf($sql, @texts));
}

my @german = ("gr\xc3\xb6\xc3\x9fe", "\xc3\xa9", "\xc3\xbc"); # as UTF-8
my @japanese = ("\xe9\x83\xbd\xe5\xb8\x82", "\xe6\x9d\xb1\xe4\xba\xac", "\xe5\xa4\xa7\xe9\x98\xaa");
my @bytes = ("\xff\xfe", "\xc3", "\xa9");

for (['latin1', 'UTF8', @german], ['euc_jp', 'UTF8', @japanese], ['sql_ascii', 'SQL_ASCII', @german])
{
	my ($database, $client, @texts) = @$_;

	in_database($database, $client, $train, @texts);
	is(in_database($database, $client, $use, @texts), $works, "a database of $database");
}

# A client that converts nothing.
is(in_database('latin1', 'SQL_ASCII', "SELECT nn_predict('m', '%s') > 0.5", "\xe9"), 't', "the client's encoding is none");
is(in_database('latin1', 'LATIN1', $use =~ s/'copy'/'another'/gr, "gr\xf6\xdfe", "\xe9", "\xfc"), $works, 'a client of LATIN1');

# What is no text of the database is refused as ever.
my $stderr;
$node->psql('latin1', "SET client_encoding = 'UTF8'; SELECT nn_predict('m', '$japanese[0]')", stderr => \$stderr);
like($stderr, qr/has no equivalent in encoding "LATIN1"/, 'a text that the database cannot hold');

# Bytes of any value, where the database knows no characters.
in_database('sql_ascii', 'SQL_ASCII', 'DROP TABLE t, m, labels, copy; DROP EXTENSION pgnn');
in_database('sql_ascii', 'SQL_ASCII', $train, @bytes);
is(in_database('sql_ascii', 'SQL_ASCII', $use, @bytes), $works, 'bytes that are no characters');

# From one encoding to another.
my $file = $node->basedir . '/dump.sql';
command_ok([ 'pg_dump', '-E', 'UTF8', '-f', $file, '-d', $node->connstr('latin1') ], 'dumped from LATIN1');
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('utf8'), '-f', $file ], 'restored into UTF8');
is(in_database('utf8', 'UTF8', $use =~ s/'copy'/'yet_another'/gr, @german), $works, 'and predicts');
$node->stop;
done_testing();
