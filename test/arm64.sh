#!/bin/bash
#
# The core's unit tests on a processor without kernels of its own: built by Debian's compiler for arm64 and
# run under emulation. Everything is removed at the end.

set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d /var/tmp/pgnn-arm64.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
compiler=aarch64-linux-gnu-g++
googletest=/usr/src/googletest/googletest

for source in gtest-all gtest_main; do
	$compiler -O1 -pthread -I "$googletest" -c -o "$work/$source.o" "$googletest/src/$source.cc"
done
aarch64-linux-gnu-ar rc "$work/libgtest.a" "$work/gtest-all.o"
aarch64-linux-gnu-ar rc "$work/libgtest_main.a" "$work/gtest_main.o"
git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$work"
${MAKE:-make} -C "$work" -j"$(nproc)" CXX="$compiler -L$work" build/unit/pgnn_unit
# without those that repeat themselves for every allocation: emulation is slow
qemu-aarch64 -L /usr/aarch64-linux-gnu "$work/build/unit/pgnn_unit" --gtest_brief=1 --gtest_filter="${GTEST_FILTER:--Memory*}"
