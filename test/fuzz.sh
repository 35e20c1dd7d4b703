#!/bin/bash
#
# Runs the fuzzers that "make fuzz" built: test/fuzz.sh SECONDS NAME... Each starts from
# test/fuzz/corpus/NAME and what former runs found, which is kept in build/fuzz/corpus/NAME. An input
# that fails is kept beside it; build/fuzz/NAME FILE runs it again.

set -uo pipefail
cd "$(dirname "$0")/.."

seconds=$1
shift
passed=0
failed=0
for fuzzer in "$@"; do
	found=build/fuzz/corpus/$fuzzer
	mkdir -p "$found"
	if build/fuzz/"$fuzzer" -max_total_time="$seconds" -max_len=4096 -timeout=20 -rss_limit_mb=4096 \
		-artifact_prefix="build/fuzz/$fuzzer-" "$found" "test/fuzz/corpus/$fuzzer" >"build/fuzz/$fuzzer.log" 2>&1; then
		echo "ok - fuzz $fuzzer: $(grep -a '^Done ' "build/fuzz/$fuzzer.log")"
		passed=$((passed + 1))
	else
		echo "not ok - fuzz $fuzzer"
		grep -aE 'ERROR|runtime error|^ *#|SUMMARY|artifact' "build/fuzz/$fuzzer.log" | head -n 40
		failed=$((failed + 1))
	fi
done
echo "$passed checks passed, $failed failed"
[ $failed = 0 ]
