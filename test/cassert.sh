#!/bin/bash
#
# pgnn in a PostgreSQL with assertions, built from Debian's source: test/cassert.sh. One that fails ends the
# server, and so the test. The tests run as ever (RUNNERS, "regress isolation tap" unless told); then some on
# a server that forgets its catalogs at every chance it gets (debug_discard_caches), and some under memcheck,
# which here knows what palloc gave.
# Takes half an hour and 1 GB; everything is removed at the end.

set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

work=$(mktemp -d /var/tmp/pgnn-cassert.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
chmod 755 "$work"
mkdir -p build/log
log=build/log/cassert
: >"$log"
subject=assertions
. test/steps.sh

# The source package, from the mirror of this machine's own apt, which may know binary ones only. (This and
# the next in subshells, as they change the directory.)
download()
(
	local suite mirror options
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u | head -n 1)
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
	echo "deb-src $mirror $suite main" >"$work/sources.list"
	options=(-q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists"
		-o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
	apt-get "${options[@]}" update
	cd "$work"
	apt-get "${options[@]}" source --download-only "postgresql-$("${PG_CONFIG:-pg_config}" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')"
	tar -xf postgresql-*.orig.tar.*
)

build_server()
(
	cd "$work"/postgresql-*/
	./configure -q --prefix="$work/server" --enable-cassert --enable-debug --enable-tap-tests --without-readline --with-icu --with-lz4 \
		CFLAGS='-O1 -g -DUSE_VALGRIND'
	make -s -j"$(nproc)"
	make -s install
)

build_pgnn()
{
	mkdir "$work/pgnn"
	git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$work/pgnn"
	in_copy "$(nproc)" all
}

# in_copy JOBS TARGET...
in_copy()
{
	make -C "$work/pgnn" -j"$1" PG_CONFIG="$work/server/bin/pg_config" "${@:2}"
}

step 'the source' download
step 'the server' build_server
step 'pgnn' build_pgnn
for runner in ${RUNNERS:-regress isolation tap}; do
	step "make $runner" in_copy 1 "$runner"
done
PGNN_CONF='debug_discard_caches = 1' step 'with discarded caches' in_copy 1 regress REGRESS='setup predict_batch model'
step 'under memcheck' in_copy 1 regress-valgrind
close_steps
