# The page of nn_report in a browser: it draws what there is to draw, says nothing on the console, and no name
# is more than text. Skipped where there is no Chromium.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($chromium) = grep { -x } map { my $dir = $_; map { "$dir/$_" } qw(chromium chromium-browser google-chrome) } split /:/, $ENV{PATH};
plan skip_all => 'there is no chromium' unless $chromium;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'client_min_messages = error');
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION pgnn;
CREATE TABLE points AS SELECT i % 7 AS "<b>x</b>", i % 2 = 0 AS yes, (i % 7) / 3.0 AS y,
	(ARRAY['<script>alert(1)</script>', '</script><script>document.title="owned"</script>', '<img src=x onerror="document.title=1">'])[1 + i % 3] AS class
	FROM generate_series(1, 90) i;
SELECT nn_train('"<script>m"', 'SELECT "<b>x</b>", class FROM points', 'class', hidden => '{4}', epochs => 3);
SELECT nn_train('numbers', 'SELECT "<b>x</b>", yes, y FROM points', 'y', hidden => '{4}', epochs => 3);
SELECT nn_train('two', 'SELECT "<b>x</b>", y, yes FROM points', 'yes', hidden => '{4}', epochs => 1, validation => 0);
SELECT nn_train('bands', 'SELECT "<b>x</b>", y FROM points', 'y', quantiles => '{0.1,0.9}', hidden => '{}', epochs => 3);
SELECT nn_train('pair', 'SELECT "<b>x</b>", ARRAY[y, -y] AS pair FROM points', 'pair', hidden => '{20,3}', epochs => 3);
SQL

# The page as the browser leaves it, and what it says.
sub page
{
	my ($arguments) = @_;
	my $directory = PostgreSQL::Test::Utils::tempdir;
	my ($stdout, $stderr);

	open my $file, '>', "$directory/report.html";
	print $file $node->safe_psql('postgres', "SELECT nn_report($arguments)");
	close $file;
	local $ENV{HOME} = $directory;
	IPC::Run::run(
		[
			$chromium, qw(--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
			  --disable-component-update --disable-sync --enable-logging=stderr --dump-dom),
			"--user-data-dir=$directory/profile", "file://$directory/report.html"
		],
		'>' => \$stdout,
		'2>' => \$stderr);
	is(join("\n", $stderr =~ /^.*CONSOLE.*$/mg), '', "nothing on the console: $arguments");
	return $stdout;
}

sub titles
{
	return join ', ', $_[0] =~ m{<h2[^>]*>(.*?)</h2>}g;
}

my $end = 'Learning curves, The network, Columns it predicts from, Options, Training query';
my $page = page(q{'"<script>m"', 'points'});
is(titles($page), "How well it predicts, Confusion matrix, Receiver operating characteristic, Calibration, Importance, $end, Query of this report", 'of classes');
like($page, qr{<title>"&lt;script&gt;m" – pgnn report</title>}, 'the title is the model');
is(scalar(() = $page =~ /<script/g), 2, 'no script but its own');
unlike($page, qr/<img|<b>x/, 'and no element from a name');
like($page, qr{<th scope="row">&lt;script&gt;alert\(1\)&lt;/script&gt;</th>}, 'a class is text');
is(scalar(() = $page =~ /<svg/g), 5, 'charts');
is(scalar(() = $page =~ m{<svg[^>]*role="img" aria-label="[^"]+"><title>}g), 5, 'each says what it shows');

is(titles(page("'numbers', 'points'")), "How well it predicts, Predicted against actual, Residuals, Importance, $end, Query of this report", 'of a number');
is(titles(page("'numbers'")), $end, 'without rows');
is(titles(page("'bands', 'points'")), "How well it predicts, Calibration, Importance, $end, Query of this report", 'of quantiles');
is(titles(page("'two', 'SELECT * FROM points WHERE yes LIMIT 1'")),
	"How well it predicts, Confusion matrix, Receiver operating characteristic, Calibration, Importance, $end, Query of this report", 'of one row');
is(titles(page("'pair', 'SELECT *, ARRAY[y, -y] AS pair FROM points'")),
	"How well it predicts, Predicted against actual, output 1, Residuals, output 1, Predicted against actual, output 2, Residuals, output 2, Importance, $end, Query of this report",
	'of two numbers');
like(titles(page("'two', 'SELECT * FROM points WHERE false'")), qr/$end/, 'of no rows');
like(titles(page("'numbers', 'SELECT * FROM points WHERE false'")), qr/$end/, 'of no rows');
like(titles(page("'numbers', 'SELECT * FROM points LIMIT 1'")), qr/Predicted against actual/, 'of one row');

$node->stop;
done_testing();
