# Thousands of calls with arguments that chance has made: each works or ends with an error that says
# what is wrong. None is an internal error, and none ends the server. The seed is printed; set
# PGNN_TEST_SEED to run the same again.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{PGNN_TEST_SEED} // int(time);
srand($seed);
diag "seed $seed";
my $count = extra(1500, 30000);

my $node = start_node('main', rows => 200, conf => "log_statement = none\nmaintenance_work_mem = 32MB\n");
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE fuzzer LOGIN;
GRANT CREATE ON SCHEMA public TO fuzzer;
GRANT SELECT ON training TO fuzzer;
-- What became of each statement: how many succeeded, and what the others failed with.
CREATE TABLE outcomes (state text, message text, statement text);
GRANT INSERT ON outcomes TO fuzzer;
CREATE FUNCTION attempt(statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	state text := '00000';
	message text;
BEGIN
	BEGIN
		EXECUTE statement;
	EXCEPTION WHEN OTHERS OR query_canceled THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
	END;
	INSERT INTO outcomes VALUES (state, message, statement);
END $$;
SET ROLE fuzzer;
SELECT nn_train('r', 'training', 'y', hidden => '{4}', epochs => 1);
SELECT nn_train('k', 'SELECT a, b, c, CASE WHEN b > 0 THEN ''up'' WHEN b < 0 THEN ''down'' ELSE ''level'' END AS y FROM training', 'y', hidden => '{4}', epochs => 1);
CREATE TABLE r0 AS TABLE r;
CREATE TABLE k0 AS TABLE k;
SQL

sub one_of { return $_[ int(rand(@_)) ] }

# Some edits of a text: characters taken out, doubled, exchanged or put in.
sub mutate
{
	my ($text, $edits) = @_;
	my @odd = ('0', '9', '-', '.', ',', '{', '}', '[', ']', '(', ')', '"', "'", '\\', ' ', ';', '%', '$', ':', 'e', 'x', 'NULL', 'NaN', "\n", "\x{e4}", "\x{20ac}", "\x{1f600}", '1e308', '99999999999');

	for (1 .. $edits // 1 + int(rand(3)))
	{
		my $at = int(rand(length($text) + 1));
		my $edit = int(rand(4));
		if ($edit == 0) { substr($text, $at, 1, '') if $at < length $text }
		elsif ($edit == 1) { substr($text, $at, 0, substr($text, $at, 5)) }
		elsif ($edit == 2) { substr($text, $at, 1, one_of(@odd)) if $at < length $text }
		else { substr($text, $at, 0, one_of(@odd)) }
	}
	return $text;
}

sub literal { return "'" . ($_[0] =~ s/'/''/gr) . "'" }

# Numbers at which arithmetic has its corners, and others.
sub number
{
	return one_of('0', '-0.0', '1', '-1', '2', '0.5', '1e-300', '-1e-300', '1e-45', '1e38', '3.5e38', '-1e308', "'NaN'", "'Infinity'", "'-Infinity'",
		'2147483647', '-2147483648', '65536', '65537', '100000', '1000000', '0.9', '0.99', 'NULL', rand(10), int(rand(100)));
}

# The types of the options of nn_train, from the catalog; and values that they take.
my %type = map { split /\|/ } split /\n/, $node->safe_psql('postgres',
	"SELECT name, format_type(type, NULL) FROM pg_proc, ROWS FROM (unnest(proargnames), unnest(proargtypes)) a (name, type) "
	  . "WHERE proname = 'nn_train' AND type IS NOT NULL AND name NOT IN ('model', 'query', 'target')");
my @options = sort keys %type;
my %good = (
	hidden => '{4,3}', activation => '{relu,tanh}', loss => 'huber', quantiles => '{0.1,0.9}', optimizer => 'sgd', schedule => 'cosine',
	stop_on => 'score', class_weight => '{"up": 2}', missing => 'skip', activate => 'if_better', task => 'classification', holdout => 'c', weight => 'a');

sub option
{
	my $name = one_of(@options);
	my $type = $type{$name};
	my $value =
		$type eq 'boolean' ? one_of('true', 'false', 'NULL')
	  : $type =~ /^(text|.*\[\])$/ ? (rand() < 0.3 ? literal($good{$name} // 'x') : rand() < 0.1 ? 'NULL' : literal(mutate($good{$name} // 'constant')))
	  : number();
	return "$name => $value";
}

sub jsonb
{
	my $json = '{"a": 1.5, "b": null, "c": "3"}';
	return $json if rand() < 0.2;
	return mutate($json) if rand() < 0.6;
	return '{"a": ' . one_of('1e400', '-1e308', '[]', '{}', 'true', '"x"', '"1.5"', '""', 'null', '123456789012345678901234567890')
	  . ', "b": ' . one_of('1', '"NaN"', '"Infinity"', 'false') . ', "c": ' . one_of('3', '"3"', '[1]', '"' . ('x' x 3000) . '"', '{}') . '}';
}

my @queries = ('training', 'SELECT * FROM training', 'SELECT a, b, y FROM training WHERE a < 0.1', 'VALUES (1, 2), (2, 3)',
	'SELECT ARRAY[a, b] AS v, c, y FROM training', "SELECT a, now() AS t, c::\"char\" AS k, y FROM training", 'WITH w AS (SELECT * FROM training) SELECT * FROM w');
my @predictions = ('nn_predict', 'nn_classify', 'nn_outputs', 'nn_explain');
my @statements = (
	# options
	sub {
		my %seen;
		my @given = grep { !$seen{ (split / /)[0] }++ } map { option() } 1 .. 1 + int(rand(4));
		push @given, 'epochs => 2' unless $seen{epochs};
		return one_of("SELECT nn_train('t', 'training', 'y', ", "SELECT nn_train('t', 'training', 'c', ", "SELECT nn_train('r', 'training', 'y', ") . join(', ', @given) . ')';
	},
	# queries, names
	sub { 'SELECT nn_train(' . literal(rand() < 0.7 ? 't' : mutate('public.t')) . ', ' . literal(mutate(one_of(@queries))) . ', ' . literal(rand() < 0.8 ? 'y' : mutate('y')) . ', epochs => 1)' },
	sub { 'SELECT nn_plan(' . literal(mutate(one_of(@queries))) . ", 'y')" },
	# values
	sub { 'SELECT ' . one_of(@predictions) . '(' . one_of("'r'", "'k'") . ', ' . join(', ', map { number() } 1 .. one_of(2, 3, 3, 3, 3, 4)) . ')' },
	sub { 'SELECT ' . one_of(@predictions) . '(' . one_of("'r'", "'k'") . ', ' . literal(jsonb()) . '::jsonb)' },
	sub { 'SELECT ' . one_of(@predictions) . '(' . one_of("'r'", "'k'") . ', ARRAY[' . join(', ', map { number() } 1 .. 3) . ']::float8[])' },
	sub { 'SELECT ' . one_of(@predictions) . '(' . literal(mutate(one_of('r', 'k', 'training', 'public.r'))) . ", 1, 2, '3')" },
	# what is stored
	sub {
		my ($model) = one_of('r', 'k');
		my $change = one_of(
			sub { my $c = one_of('options', 'features'); "$c = (SELECT " . literal(mutate($node->{"$model $c"}, 1)) . '::jsonb)' },
			sub { my $c = one_of('parameters', 'layer_sizes', 'activations', 'classes', 'target_mean', 'target_scale', 'loss_curve', 'optimizer_state', 'rate_curve'); "$c = " . literal(mutate($node->{"$model $c"}, 1)) },
			sub { my $c = one_of('parameters', 'layer_sizes', 'target_mean', 'optimizer_state'); "$c\[" . one_of(0, 1, 2, 3, 100) . '] = ' . one_of('NULL', '0', '-1', '1e30', '2147483647', "'NaN'") },
			sub { one_of('format', 'version', 'task', 'classes', 'parameters', 'started_from', 'updates', 'total_epochs') . ' = ' . one_of('NULL', "'1'", "'{}'", "'-5'", "'x'", "'2147483647'") },
			sub { "features = jsonb_set(features, '{" . int(rand(3)) . ',' . one_of('name', 'kind', 'type', 'mean', 'scale', 'missing', 'inputs', 'missing_input', 'categories', 'shares') . "}', " . literal(one_of('null', '0', '-1', '1e308', '""', '"x"', '[]', '[null]', '{}', '[1,2]', 'true', '["1","1"]', '"number"', '"category"', '"array"')) . ')' })->();
		return "DELETE FROM $model; INSERT INTO $model SELECT * FROM ${model}0; UPDATE $model SET $change; "
		  . "DO \$do\$ BEGIN PERFORM " . one_of("nn_predict('$model', 1, 2, '3')", "nn_classify('$model', '{\"a\": 1, \"b\": 2, \"c\": \"3\"}'::jsonb)", "nn_outputs('$model', t) FROM training t", "nn_explain('$model', 1, 2, '3')", "count(*) FROM nn_weights('$model')",
			"count(*) FROM nn_layers('$model')", "count(*) FROM nn_features('$model')", "count(*) FROM nn_history('$model')", "nn_train('$model', 'training', 'y', epochs => 2, warm_start => true)",
			"nn_train('$model', 'training', 'y', epochs => 1, activate => 'if_better')", "nn_activate('$model', 1)") . "; END \$do\$";
	},
	# what was exported, and how well models do
	sub { 'SELECT nn_import(' . one_of("'r'", "'i'", literal(mutate('i'))) . ', ' . literal(mutate($node->{ one_of('r', 'k') . ' export' })) . '::jsonb)' },
	sub {
		my $json = $node->{ one_of('r', 'k') . ' export' };
		my @places = ($json =~ /(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|"[^"]*"|true|false|null)(?=[,\]}])/g);
		my ($old, $new) = (one_of(@places), one_of('null', '0', '-1', '1e308', '1e400', '2147483648', '""', '"x"', '[]', '{}', '[[1]]', '{"a": 1}', 'true', '"\u0001"'));
		$json =~ s/\Q$old\E(?=[,\]}])/$new/;
		return "SELECT nn_import('i', " . literal($json) . '::jsonb)';
	},
	sub { 'SELECT count(*) FROM ' . one_of('nn_evaluate', 'nn_confusion_matrix', 'nn_residuals', 'nn_calibration', 'nn_roc', 'nn_importance') . '(' . one_of("'r'", "'k'") . ', ' . literal(rand() < 0.4 ? 'training' : mutate(one_of(@queries))) . ')' },
	sub { 'SELECT length(' . one_of('nn_report', 'nn_to_sql') . '(' . one_of("'r'", "'k'") . ', ' . literal(mutate(one_of(@queries))) . '))' },
	# nonsense among PostgreSQL's own
	sub { mutate("SELECT nn_train('t', 'SELECT a, b, c, y FROM training', 'y', hidden => '{4}', epochs => 1)", 1) },
	sub { mutate("SELECT nn_probability('k', 'up', 1, 2, '3')", 1) });

for my $model ('r', 'k')
{
	for my $column ('options', 'features', 'parameters', 'layer_sizes', 'activations', 'classes', 'target_mean', 'target_scale', 'loss_curve', 'optimizer_state', 'rate_curve')
	{
		$node->{"$model $column"} = $node->safe_psql('postgres', "SELECT $column FROM $model");
	}
	$node->{"$model export"} = $node->safe_psql('postgres', "SELECT nn_export('$model')");
}
my $start = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');

# Statements come as hexadecimal digits, so that no program between takes them for its own.
my $batch = 250;
for (my $done = 0; $done < $count; $done += $batch)
{
	my $script = "SET statement_timeout = '5s'; SET lock_timeout = '2s';\n";
	for (1 .. $batch)
	{
		my $statement = one_of(@statements)->();
		utf8::encode($statement);
		$script .= "SELECT attempt(convert_from(decode('" . unpack('H*', $statement) . "', 'hex'), 'UTF8'));\n";
	}
	my ($stdout, $stderr);
	my $status = $node->psql('postgres', $script, stdout => \$stdout, stderr => \$stderr, on_error_stop => 0, extra_params => [ '-U', 'fuzzer' ]);
	is($status, 0, ($done + $batch) . ' statements') or diag $stderr;
}

note $node->safe_psql('postgres', 'SELECT state, count(*) FROM outcomes GROUP BY 1 ORDER BY 2 DESC');
is($node->safe_psql('postgres', 'SELECT count(*) FROM outcomes'), $count, 'all were attempted');
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM outcomes WHERE state = '00000'"), '>', $count / 20, 'some worked');
is($node->safe_psql('postgres', "SELECT state, message, statement FROM outcomes WHERE state IN ('XX000', 'XX002', '53200', '58000', 'P0004') LIMIT 5"), '', 'none was an internal error');
is($node->safe_psql('postgres', "SELECT state, message, statement FROM outcomes WHERE coalesce(message, 'x') = '' LIMIT 5"), '', 'each error says something');
is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'), $start, 'the server never restarted');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'and no session ended by a signal');
$node->stop;
done_testing();
