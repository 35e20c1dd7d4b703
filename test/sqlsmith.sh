#!/bin/bash
#
# sqlsmith against a database with models, for so many seconds: test/sqlsmith.sh [SECONDS]. As an ordinary
# role, which can call all functions of pgnn. No session may crash, and pgnn must have no internal error.

set -uo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" != inside ]; then
	command -v sqlsmith >/dev/null || { echo "$0: sqlsmith isn't there (Debian: apt-get install sqlsmith)" >&2; exit 1; }
	exec test/server.sh run -- "$0" inside "${1:-300}"
fi
seconds=$2

psql -Xq -v ON_ERROR_STOP=1 >/dev/null <<'SQL' || exit
ALTER SYSTEM SET log_error_verbosity = verbose;
ALTER SYSTEM SET client_min_messages = error;
ALTER SYSTEM SET statement_timeout = '2s';
SELECT pg_reload_conf();
CREATE EXTENSION pgnn;
CREATE ROLE smith LOGIN;
GRANT CREATE ON SCHEMA public TO smith;
SET ROLE smith;
CREATE TABLE training AS
	SELECT i / 100.0 AS a, nullif(i % 7, 3) AS b, (i % 5)::text AS c, cos(i / 30.0) AS y FROM generate_series(1, 300) i;
SELECT nn_train('m', 'training', 'y', hidden => '{4}', epochs => 2) FROM generate_series(1, 2);
SELECT nn_train('classes', 'SELECT a, b, c, y > 0 AS up FROM training', 'up', epochs => 2);
CREATE VIEW guesses AS SELECT t.*, nn_predict('m', t) AS guess, nn_classify('classes', a, b, c) AS class FROM training t;
SQL
start=$(psql -XAtc 'SELECT pg_postmaster_start_time()')
seed=${PGNN_TEST_SEED:-$RANDOM}
echo "sqlsmith, seed $seed"
timeout "$seconds" sqlsmith --target="host=$PGHOST port=$PGPORT user=smith dbname=$PGDATABASE" --seed="$seed" >/dev/null 2>"$PGHOST/log/sqlsmith"

log=$PGHOST/log/server
statements=$(grep -c 'STATEMENT: ' "$log")
calls=$(grep -c 'nn_[a-z]*(' "$log")
ours=$(cd src && echo *.c | tr ' ' '|' | sed 's/[.]/[.]/g')
# PostgreSQL has internal errors of its own: ours are those of our files, and within our functions
faults=$(grep -E 'terminated by signal|PANIC' "$log"
	awk -v ours="LOCATION: .*, ($ours):|CONTEXT: .*(nn_|pgnn)" '
		/ (ERROR|STATEMENT): / { if (internal && entry ~ ours) print entry; entry = ""; internal = /ERROR:  XX000/ }
		internal { entry = entry $0 "\n" }' "$log")
[ "$(psql -XAtc 'SELECT pg_postmaster_start_time()')" = "$start" ] || faults+=$'\nthe server restarted'
if [ -z "$faults" ] && [ "$statements" -gt 10 ] && [ "$calls" -gt 0 ]; then
	echo "ok - sqlsmith: $statements statements failed, as they may; $calls lines of them call pgnn"
	echo "1 checks passed, 0 failed"
else
	echo "not ok - sqlsmith, seed $seed"
	head -n 20 <<<"$faults"
	echo "0 checks passed, 1 failed"
	exit 1
fi
