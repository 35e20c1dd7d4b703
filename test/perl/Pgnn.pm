# What the TAP tests share: servers with pgnn and rows to train on, sessions that can be killed, and
# what the system knows of a backend.

package Pgnn;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(extra start_node train_forever digest predictions start_session finish_session
  pid_of wait_until_waiting status_of);

# More where there is time (make test-all): extra(some, many).
sub extra
{
	my ($some, $many) = @_;
	return $ENV{PGNN_TEST_EXTRA} ? $many : $some;
}

# A server with the extension and the table "training" of so many rows; warnings of short trainings
# are not shown, as they would count as failures of a session.
sub start_node
{
	my ($name, %options) = @_;
	my $rows = $options{rows} // 5000;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(%{ $options{init} // {} });
	$node->append_conf('postgresql.conf', "client_min_messages = error\n" . ($options{conf} // ''));
	$node->start;
	$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION pgnn;
CREATE TABLE training AS
	SELECT i / 1000.0 AS a, CASE WHEN i % 7 = 0 THEN NULL ELSE sin(i) END AS b, (i % 5)::text AS c, cos(i / 300.0) AS y
	FROM generate_series(1, $rows) i;
SQL
	return $node;
}

# A training that doesn't end by itself.
sub train_forever
{
	my ($model, $options) = @_;
	return "SELECT nn_train('$model', 'training', 'y', epochs => 1000000, patience => 0"
	  . ($options ? ", $options" : '') . ')';
}

# All that is stored of a model's versions, and which is active.
sub digest
{
	my ($node, $model) = @_;
	return $node->safe_psql('postgres',
		"SELECT string_agg(version || ' ' || active || ' ' || md5(v::text), ', ' ORDER BY version) FROM nn_versions('$model') v");
}

# A thousand predictions, bit for bit.
sub predictions
{
	my ($node, $model, $database) = @_;
	return $node->safe_psql($database // 'postgres',
		"SELECT md5(string_agg(nn_predict('$model', i / 100.0, CASE WHEN i % 3 > 0 THEN cos(i) END, (i % 6)::text)::text, ' ' ORDER BY i)) FROM generate_series(1, 1000) i");
}

# A session that runs the statements by itself; its backend is found by its name.
sub start_session
{
	my ($node, $name, @statements) = @_;
	my $session = { node => $node, name => $name, out => '', err => '' };

	$session->{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres') . " application_name=$name", map { ('-c', $_) } @statements ],
		'<', '/dev/null', '>', \$session->{out}, '2>', \$session->{err});
	return $session;
}

# Waits for its end, and gives what it printed.
sub finish_session
{
	my ($session) = @_;
	eval { IPC::Run::finish($session->{run}) };
	return ($session->{out}, $session->{err});
}

sub pid_of
{
	my ($session) = @_;
	my $query = "SELECT pid FROM pg_stat_activity WHERE application_name = '$session->{name}'";

	$session->{node}->poll_query_until('postgres', "SELECT count(*) = 1 FROM ($query) p")
	  or die "there is no session $session->{name}";
	return $session->{node}->safe_psql('postgres', $query);
}

sub wait_until_waiting
{
	my ($session, $event) = @_;

	$session->{node}->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = '$session->{name}' AND wait_event_type = '$event'")
	  or die "session $session->{name} does not wait for $event";
	return pid_of($session);
}

# From /proc: kB of memory of its own (RssAnon), of all at its most (VmHWM), of addresses (VmSize); Threads.
sub status_of
{
	my ($pid, $key) = @_;
	my ($value) = slurp_file("/proc/$pid/status") =~ /^$key:\s+(\d+)/m;
	return $value;
}

1;
