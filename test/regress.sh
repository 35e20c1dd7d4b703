#!/bin/bash
#
# pg_regress on a throwaway server: test/regress.sh TEST... runs sql/TEST.sql and compares with
# expected/TEST.out. Output goes to build/regress; differences are shown.
# PGNN_LAUNCHER may be a command that psql is run by, such as "env PGTZ=UTC".

set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# = 0 ]; then
	echo "no tests in sql"
	exit
fi

pgxs=$("${PG_CONFIG:-pg_config}" --pgxs)
pg_regress=${pgxs%/makefiles/*}/test/regress/pg_regress
rm -rf build/regress
mkdir -p build/regress
status=0
test/server.sh run -- "$pg_regress" --bindir= --inputdir=. --outputdir=build/regress \
	--dbname=pgnn_regress --encoding=UTF8 ${PGNN_LAUNCHER:+"--launcher=$PGNN_LAUNCHER"} "$@" || status=$?
if [ -s build/regress/regression.diffs ]; then
	head -n 400 build/regress/regression.diffs
fi
exit $status
