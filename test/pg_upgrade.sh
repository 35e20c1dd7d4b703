#!/bin/bash
#
# Takes models from one PostgreSQL to a later one by pg_upgrade: test/pg_upgrade.sh OLD NEW, of which
# each is a pg_config. They must predict and train there as before. Not as root; pgnn is built for both.

set -euo pipefail
[ "${1:-}" = inside ] || cd "$(dirname "$0")/.."

# In the directories of both versions, which test/server.sh made
upgrade()
{
	local socket=$TESTDIR/socket old=$PGNN_OLD_BINDIR new=$PGNN_BINDIR data=$TESTDIR/old
	export PGHOST=$socket PGPORT=5432 PGUSER=postgres PGDATABASE=models
	mkdir "$socket"

	start()
	{
		"$1/pg_ctl" -D "$2" -l "$TESTLOGDIR/server" -s -w -o "-c listen_addresses= -c unix_socket_directories=$socket -c client_min_messages=error" start
	}
	ask()
	{
		psql -XAtq -v ON_ERROR_STOP=1 -c "SELECT md5(string_agg(nn_predict('m', t)::text || nn_classify('\"The classes\"', t), ' ' ORDER BY a)) FROM training t" \
			-c "SELECT md5(string_agg(v::text, ' ' ORDER BY version)) FROM nn_versions('m') v" \
			-c "SELECT md5(string_agg(g::text, ' ' ORDER BY a)) FROM guesses g" -c 'TABLE kept'
	}

	PATH=$old:$PATH "$old/initdb" -k -A trust -U postgres --no-sync -D "$data" >/dev/null
	start "$old" "$data"
	"$old/createdb" models
	"$old/psql" -Xq -v ON_ERROR_STOP=1 <<-'SQL' >/dev/null
		CREATE EXTENSION pgnn;
		CREATE TABLE training AS
			SELECT i / 100.0 AS a, nullif(i % 7, 3) AS b, (i % 5)::text AS c, cos(i / 30.0) AS y FROM generate_series(1, 1000) i;
		SELECT nn_train('m', 'training', 'y', hidden => '{8}', epochs => 3, seed => i, keep => 2) FROM generate_series(1, 4) i;
		SELECT nn_train('"The classes"', 'SELECT a, b, c, y > 0 AS up FROM training', 'up', epochs => 3);
		CREATE VIEW guesses AS SELECT a, nn_predict('m', t) AS guess FROM training t;
		CREATE MATERIALIZED VIEW kept AS SELECT sum(guess) FROM guesses;
		VACUUM FREEZE;
	SQL
	ask >before
	# Debian's 17.12 gives the columns of every table an option that its 18.6 refuses, and RESET doesn't take off
	psql -Xq -v ON_ERROR_STOP=1 -c 'SET allow_system_table_mods = on' \
		-c "UPDATE pg_attribute SET attoptions = NULL WHERE attrelid >= 16384 AND attoptions::text LIKE '{pg_attver=%}'"
	"$old/pg_ctl" -D "$data" -s -w stop

	"$new/initdb" -k -A trust -U postgres --no-sync -D "$TESTDIR/new" >/dev/null
	mkdir work
	for check in --check ''; do
		(cd work && "$new/pg_upgrade" -b "$old" -B "$new" -d "$data" -D "$TESTDIR/new" -U postgres -s "$socket" -j 2 $check) ||
			{ find "$TESTDIR/new/pg_upgrade_output.d" work -name '*.log' -exec tail -n 20 {} + ; exit 1; }
	done
	start "$new" "$TESTDIR/new"
	ask >after
	cmp before after
	[ "$(psql -XAtq -c "SELECT version FROM nn_train('m', 'training', 'y', hidden => '{8}', epochs => 3, seed => 4)")" = 5 ]
	psql -XAtq -c "SELECT DISTINCT count(*) FROM (SELECT DISTINCT parameters FROM m WHERE version IN (4, 5)) s" | grep -qx 1
	"$new/pg_ctl" -D "$TESTDIR/new" -s -w stop
	echo "Models came unchanged from $("$old/postgres" --version) to $("$new/postgres" --version)."
}

if [ "$1" = inside ]; then
	upgrade
	exit
fi
[ "$(id -u)" != 0 ] || { echo "$0: pg_upgrade doesn't run as root" >&2; exit 1; }
checkout=$PWD
export PG_CONFIG=$1 PGNN_NEW_CONFIG=$2
make all
test/server.sh tree -- bash -c "cd '$checkout' && export PGNN_OLD_BINDIR=\$PGNN_BINDIR PG_CONFIG=\$PGNN_NEW_CONFIG &&
	make all && test/server.sh tree -- '$checkout/test/pg_upgrade.sh' inside"
