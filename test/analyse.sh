#!/bin/bash
#
# What clang, clang-tidy and cppcheck find in the source: nothing. Each finding is a fault to mend, or one
# of those that .clang-tidy and test/cppcheck.txt leave out, with the reason.

set -uo pipefail
cd "$(dirname "$0")/.."

eigen=${EIGEN:-/usr/include/eigen3}
server=$("${PG_CONFIG:-pg_config}" --includedir-server)
c_flags="-std=gnu11 -D_GNU_SOURCE -Isrc -Ibuild -isystem $server"
core_flags="-std=c++17 -pthread -Isrc -isystem $eigen"
warnings='-Wall -Wextra -Wshadow -Wno-unused-parameter -Werror'
passed=0
failed=0

# analyse NAME COMMAND...: passes if the command succeeds; otherwise shows what it says
analyse()
{
	local name=$1 said
	shift
	if said=$("$@" 2>&1); then
		echo "ok - $name"
		passed=$((passed + 1))
	else
		echo "not ok - $name"
		grep -E '(warning|error|performance|portability):' <<<"$said" | sort -u | head -n 40 | sed 's/^/    /'
		failed=$((failed + 1))
	fi
}

# For each file at the same time as another
each()
{
	local files=$1
	shift
	xargs -P "$(nproc)" -n 1 "$@" <<<"$files"
}

# tidy FILES FLAG...
tidy()
{
	local files=$1
	shift
	xargs -P "$(nproc)" -I FILE clang-tidy --quiet FILE -- "$@" <<<"$files"
}

# What isn't for every processor is compiled for one that has it
avx='-mavx512f -mavx512dq -mavx512vl -mavx512bw -mavx2 -mfma'
vectors()
{
	# shellcheck disable=SC2086
	clang++ $core_flags $warnings -Wconversion $avx -fsyntax-only src/core/kernels_avx*.cpp
}

c_files=$(ls src/*.c)
core_files=$(ls src/core/*.cpp | grep -v _avx)
avx_files=$(ls src/core/kernels_avx*.cpp)
test_files=$(ls test/unit/*.cpp test/fuzz/*.cpp)
# shellcheck disable=SC2086
{
	# GCC looks for comparisons of signs, too, and leaves out those in PostgreSQL's macros
	analyse "clang has no warning of the C side" clang $c_flags $warnings -Wno-sign-compare -fsyntax-only $c_files
	analyse "clang has no warning of the core" each "$core_files" clang++ $core_flags $warnings -Wconversion -fsyntax-only
	[ "$(uname -m)" != x86_64 ] || analyse "clang has no warning of the kernels" vectors
	analyse "clang has no warning of the tests" each "$test_files" clang++ $core_flags $warnings -Itest/unit -Itest/fuzz -fsyntax-only
	analyse "clang-tidy finds nothing in the C side" tidy "$c_files" $c_flags
	analyse "clang-tidy finds nothing in the core" tidy "$core_files" $core_flags
	[ "$(uname -m)" != x86_64 ] || analyse "clang-tidy finds nothing in the kernels" tidy "$avx_files" $core_flags $avx
	analyse "cppcheck finds nothing in the C side" cppcheck -q --enable=warning,performance,portability --std=c11 \
		--error-exitcode=1 --suppressions-list=test/cppcheck.txt -Isrc -Ibuild $c_files
	analyse "cppcheck finds nothing in the core" cppcheck -q --enable=warning,performance,portability --std=c++17 \
		--language=c++ --error-exitcode=1 --suppressions-list=test/cppcheck.txt -Isrc $core_files
}
echo "$passed checks passed, $failed failed"
[ $failed = 0 ]
