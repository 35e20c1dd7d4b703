#!/bin/bash
#
# Installs what is missing to build pgnn and show it (test/setup.sh demo) or test it (test/setup.sh
# test; test/setup.sh test-all for the longer tests, too), by Debian package names; does nothing, quietly,
# where everything is there. No database cluster is created and no server is started.

set -euo pipefail
pg_config=${PG_CONFIG:-pg_config}

die()
{
	printf '%s\n' "$@" >&2
	exit 1
}

installed()
{
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# Is there a PostgreSQL server that extensions can be built for?
postgresql_complete()
{
	local pgxs
	pgxs=$("$pg_config" --pgxs 2>/dev/null) && [ -f "$pgxs" ] &&
		[ -f "$("$pg_config" --includedir-server)/postgres.h" ] && # Debian ships it apart from pgxs.mk
		[ -x "$("$pg_config" --bindir)/postgres" ]
}

# The version to install: that of pg_config, or else of the package postgresql
postgresql_version()
{
	local version
	version=$("$pg_config" --version 2>/dev/null | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p')
	[ -n "$version" ] || version=$(apt-cache policy postgresql | sed -n 's/^ *Candidate: \([0-9]*\).*/\1/p')
	echo "${version:-15}"
}

packages="g++ make gzip perl binutils libeigen3-dev"
case ${1:-} in
	demo) ;;
	test) packages="$packages libgtest-dev clang-format libipc-run-perl" ;;
	test-all) packages="$packages libgtest-dev clang-format libipc-run-perl clang clang-tidy cppcheck sqlsmith valgrind
		debootstrap bison flex libicu-dev liblz4-dev zlib1g-dev g++-aarch64-linux-gnu qemu-user googletest" ;;
	*) die "usage: $0 demo|test|test-all" ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	postgresql_complete || die "pgnn needs PostgreSQL 15 or later with its server headers (PG_CONFIG=$pg_config)." \
		"Please install the likes of these packages: postgresql, postgresql-server-dev, $packages."
	exit 0
fi

missing=
for package in $packages; do
	installed "$package" || missing="$missing $package"
done
postgresql_complete || missing="$missing postgresql"
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
	sudo="sudo -n"
	[ ! -t 0 ] || sudo=sudo
	if ! command -v sudo >/dev/null || ! $sudo true; then
		n=$(postgresql_version)
		die "Some packages are missing, and installing them takes an administrator. Please ask for:" \
			"  apt-get install --no-install-recommends${missing/%postgresql/postgresql-$n postgresql-server-dev-$n}"
	fi
fi

echo "Installing:$missing"
log=$(mktemp)
cluster=/etc/postgresql-common/createcluster.d
trap '$sudo rm -f "$log" $cluster/pgnn.conf; rmdir_made' EXIT
made=
rmdir_made()
{
	for directory in $made; do
		$sudo rmdir "$directory" 2>/dev/null || true
	done
}

# While the packages are installed, tell PostgreSQL's not to create and start a cluster
for directory in $cluster ${cluster%/*}; do
	[ -d "$directory" ] || made="$made $directory"
done
$sudo mkdir -p $cluster
echo 'create_main_cluster = false' | $sudo tee $cluster/pgnn.conf >/dev/null

apt_get()
{
	$sudo env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -y "$@" >"$log" 2>&1 ||
		{ tail -n 30 "$log" >&2; die "apt-get $* failed."; }
}

apt_get update
n=$(postgresql_version)
apt_get install --no-install-recommends ${missing/%postgresql/postgresql-$n postgresql-server-dev-$n}
