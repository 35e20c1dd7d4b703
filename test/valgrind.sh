#!/bin/bash
#
# The tests of test/regress.sh on a server under valgrind's memcheck: test/valgrind.sh TEST... Output must
# be as ever, and no report may have a function of pgnn in its stack; others are PostgreSQL's own, such as
# padding that it writes. (What pgnn gets by palloc is to memcheck a part of a larger block:
# it sees whether that was set, but not where it ends. The core's memory comes from malloc, and is seen whole.)

set -uo pipefail
cd "$(dirname "$0")/.."

logs=$(mktemp -d /tmp/pgnn-valgrind.XXXXXX)
chmod 777 "$logs"
trap 'rm -rf "$logs"' EXIT

# memcheck knows no AVX-512, and is many times slower: what waits must wait for longer
export PGNN_CONF="
	pgnn.simd = avx2
	session_preload_libraries = pgnn
	jit = off
	max_stack_depth = 1MB
	authentication_timeout = 600"
export PGNN_SERVER="valgrind --quiet --trace-children=yes --trace-children-skip=/bin/*,/usr/bin/* --leak-check=no --num-callers=40 --fullpath-after=
	--error-limit=no --log-file=$logs/%p"
test/regress.sh "$@"
status=$?

# A report is the lines between two empty ones
reports=$(cat "$logs"/[0-9]* 2>/dev/null | sed 's/^==[0-9]*== \{0,1\}//' |
	awk -v RS='' '/pgnn\.so|src\/(core\/)?[a-z_0-9]+\.(c|cpp|h):/ { if (!seen[$0]++) print $0 "\n" }')
all=$(cat "$logs"/[0-9]* 2>/dev/null | grep -cE '^==[0-9]+== [A-Z]')
if [ -z "$reports" ] && [ $status = 0 ]; then
	echo "ok - memcheck has nothing to report of pgnn, and of others in $all lines"
	echo "1 checks passed, 0 failed"
else
	echo "not ok - memcheck"
	head -n 200 <<<"$reports"
	echo "0 checks passed, 1 failed"
	exit 1
fi
