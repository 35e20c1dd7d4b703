#!/bin/bash
#
# pgnn on the PostgreSQL versions, compilers and Eigens of Debian's suites: test/versions.sh [SUITE...]
#
# Each suite is set up in a directory of its own by debootstrap, from the mirror of this machine's own
# apt; pgnn is built there and tested as an ordinary user (RUNNERS, "regress isolation" unless told),
# and models are taken through pg_upgrade from the version of the suite before. Takes minutes and 1.5 GB
# for each suite; everything is removed at the end. Needs root.

set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

suites=("$@")
[ $# != 0 ] || suites=(bookworm trixie sid)
runners=${RUNNERS:-regress isolation}
declare -A version=([bookworm]=15 [trixie]=17 [sid]=18) before=([trixie]=bookworm [sid]=trixie)

[ "$(id -u)" = 0 ] || { echo "$0: only root can set up other suites" >&2; exit 1; }
work=$(mktemp -d /var/tmp/pgnn-versions.XXXXXX)
mkdir -p build/log
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u | head -n 1)
[ -n "$mirror" ] || { echo "$0: this machine's apt knows no Debian mirror (apt-get update?)" >&2; exit 1; }

finish()
{
	local directory
	for directory in "$work"/*/proc; do
		umount "$directory" 2>/dev/null || true
	done
	rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# in_suite DIRECTORY COMMAND...: as root, without a terminal
in_suite()
{
	chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
		LC_ALL=C.UTF-8 "${@:2}" </dev/null
}

# What this machine's apt needs to reach and trust the mirror
share_apt()
{
	local file
	for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/* /etc/ssl/certs/ca-certificates.crt; do
		[ ! -f "$file" ] || install -D -m 644 "$file" "$1$file"
	done
}

set_up()
{
	local suite=$1 root=$2 old=${before[$1]:-}
	debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod +x "$root/usr/sbin/policy-rc.d"
	mount -t proc proc "$root/proc"
	mkdir -p "$root/etc/postgresql-common"
	echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
	share_apt "$root"
	in_suite "$root" apt-get -q -y -o Dpkg::Options::=--force-confold install --no-install-recommends \
		"postgresql-${version[$suite]}" "postgresql-server-dev-${version[$suite]}" g++ clang make perl \
		libipc-run-perl libeigen3-dev
	if [ -n "$old" ]; then
		echo "deb $mirror $old main" >"$root/etc/apt/sources.list.d/$old.list"
		in_suite "$root" apt-get -q update
		in_suite "$root" apt-get -q -y -o Dpkg::Options::=--force-confold install --no-install-recommends \
			"postgresql-${version[$old]}" "postgresql-server-dev-${version[$old]}" ||
			echo "PostgreSQL ${version[$old]} can't be installed beside ${version[$suite]}"
	fi
	in_suite "$root" useradd -m tester
	mkdir "$root/home/tester/pgnn"
	git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$root/home/tester/pgnn"
	in_suite "$root" chown -R tester: /home/tester/pgnn
}

# pg_config of a version in a suite
config()
{
	echo "/usr/lib/postgresql/$1/bin/pg_config"
}

as_tester()
{
	in_suite "$1" setpriv --reuid=tester --regid=tester --init-groups env HOME=/home/tester TMPDIR=/tmp \
		sh -c "cd /home/tester/pgnn && $2"
}

. test/steps.sh

for suite in "${suites[@]}"; do
	root=$work/$suite
	log=build/log/versions.$suite
	subject=$suite
	n=${version[$suite]:?no such suite: $suite}
	: >"$log"
	step "set up with PostgreSQL $n" set_up "$suite" "$root"
	[ -d "$root/home/tester/pgnn" ] || continue
	in_suite "$root" sh -c 'g++ --version | head -n 1; dpkg-query -W -f "Eigen \${Version}\n" libeigen3-dev' 2>/dev/null || true
	step "built by clang" as_tester "$root" "make -j$(nproc) PG_CONFIG=$(config "$n") CC=clang CXX=clang++ all"
	step "without warnings" as_tester "$root" '! grep -r warning: build/obj --include=*.log && make clean'
	step "built" as_tester "$root" "make -j$(nproc) PG_CONFIG=$(config "$n") all"
	step "without warnings" as_tester "$root" '! grep -r warning: build/obj --include=*.log'
	for runner in $runners; do
		step "make $runner" as_tester "$root" "make PG_CONFIG=$(config "$n") $runner"
	done
	old=${before[$suite]:-}
	if [ -n "$old" ]; then
		step "pg_upgrade from PostgreSQL ${version[$old]}" as_tester "$root" \
			"test/pg_upgrade.sh $(config "${version[$old]}") $(config "$n")"
	fi
	umount "$root/proc" 2>/dev/null || true
	rm -rf --one-file-system "$root"
done
close_steps
