#!/bin/bash
#
# Isolation tests on a throwaway server: test/isolation.sh TEST... runs test/isolation/specs/TEST.spec,
# in which several sessions take turns, and compares with test/isolation/expected/TEST.out. Output goes
# to build/isolation; differences are shown.

set -euo pipefail
cd "$(dirname "$0")/.."

pgxs=$("${PG_CONFIG:-pg_config}" --pgxs)
rm -rf build/isolation
mkdir -p build/isolation
status=0
test/server.sh run -- "${pgxs%/makefiles/*}/test/isolation/pg_isolation_regress" --bindir= --inputdir=test/isolation \
	--outputdir=build/isolation --dbname=pgnn_isolation "$@" || status=$?
if [ -s build/isolation/regression.diffs ]; then
	head -n 400 build/isolation/regression.diffs
fi
exit $status
