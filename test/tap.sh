#!/bin/bash
#
# TAP tests: test/tap.sh FILE... runs them with prove and PostgreSQL's own Perl modules, in a
# directory that has the checkout's test/t and test/data.

set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# = 0 ]; then
	echo "no tests in test/t"
	exit
fi

pgxs=$("${PG_CONFIG:-pg_config}" --pgxs)
src=${pgxs%/makefiles/*}
export PG_REGRESS=$src/test/regress/pg_regress
exec test/server.sh tree -- prove -I "$src/test/perl" -I test/perl ${PROVE_FLAGS:-} "$@"
