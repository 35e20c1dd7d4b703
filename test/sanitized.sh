#!/bin/bash
#
# pg_regress with the library under the address and undefined-behaviour sanitizers, in a copy of the
# source: test/sanitized.sh TEST... What they report ends the session, and so fails the test.

set -euo pipefail
cd "$(dirname "$0")/.."

copy=build/sanitized
mkdir -p $copy
git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C $copy
flags='-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined'
make -C $copy OPTFLAGS="$flags" PG_LDFLAGS='-fsanitize=address,undefined' all
PGNN_PRELOAD=$(${CXX:-g++} -print-file-name=libasan.so)
# PostgreSQL frees at its end what it doesn't need to; its own stack check knows no fake stack
export PGNN_PRELOAD ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0 \
	UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
exec $copy/test/regress.sh "$@"
