#!/bin/bash
#
# A throwaway PostgreSQL server with the pgnn of this checkout in it.
#
#   test/server.sh run  [-- COMMAND...]   run COMMAND (psql) with a server, then remove everything
#   test/server.sh keep [-- COMMAND...]   the same, but leave the server running and say how to use it
#   test/server.sh stop DIRECTORY         stop and remove what "keep" left
#   test/server.sh tree  -- COMMAND...    for TAP tests, which start servers of their own: only the
#                                         directory; COMMAND runs in it, as the server's user
#
# COMMAND finds the server by PGHOST, PGPORT, PGUSER and PGDATABASE, and PostgreSQL's programs first
# in PATH (and in PGNN_BINDIR); its exit status is passed on. PostgreSQL is that of PG_CONFIG.
#
# PGNN_CONF may hold more lines for postgresql.conf, PGNN_INITDB options of initdb, PGNN_SERVER a command
# that the server is run by.
#
# Nothing is installed: PostgreSQL finds its library and share directories relative to its programs,
# so the directory holds copies of the programs, symbolic links to all else, and pgnn. The server
# listens on a socket in that directory only. As root it runs as the user postgres (or nobody).

set -euo pipefail
umask 022
cd "$(dirname "$0")/.."

die()
{
	echo "$0: $*" >&2
	exit 1
}

usage()
{
	sed -n '5,9s/^# *//p' "$0" >&2
	exit 2
}

# Root can't run a server: sets the prefix by which it becomes the user who can
become_owner()
{
	become=()
	if [ "$(id -u)" = 0 ]; then
		become=(setpriv "--reuid=$1" "--regid=$(id -g "$1")" --init-groups env "HOME=$root")
	fi
}

# Runs a command as the server's user, in the server's directory (the caller's may be closed to it)
as_owner()
{
	(cd "$root" && exec "${become[@]}" "$@")
}

make_tree()
{
	local bin lib share entry
	bin=$("$pg_config" --bindir)
	lib=$("$pg_config" --pkglibdir)
	share=$("$pg_config" --sharedir)
	[ -x "$bin/postgres" ] || die "no PostgreSQL server in $bin"
	[ -f pgnn.so ] || die "pgnn is not built: run make first"

	mkdir -p "$root$bin" "$root$lib" "$root$share/extension" "$root/log" "$root/tmp"
	for entry in "$bin"/{postgres,initdb,psql,pgbench,vacuumdb,{create,drop}{db,user}} "$bin"/pg_*; do
		[ ! -f "$entry" ] || cp -L "$entry" "$root$bin"
	done
	for entry in "$share"/*; do
		[ "$entry" = "$share/extension" ] || ln -s "$entry" "$root$share"
	done
	ln -s "$share"/extension/* "$root$share/extension"
	ln -s "$lib"/* "$root$lib"
	ln -s ".$bin" "$root/bin"

	rm -f "$root$lib/pgnn.so" "$root$share"/extension/pgnn{.control,--*}
	cp pgnn.so "$root$lib"
	cp pgnn.control pgnn--*.sql "$root$share/extension"
	export PGNN_BINDIR=$root$bin PATH=$root$bin:$PATH
}

# What PostgreSQL's TAP modules of versions 15 to 18 look for, and the files of the tests
prepare_tap()
{
	local entry
	mkdir "$root/test"
	for entry in test/t test/data test/perl; do
		[ ! -d "$entry" ] || cp -R "$entry" "$root/test"
	done
	chmod -R a+rX "$root/test"
	mkdir "$root/tmp_check"
	ln -s ../log "$root/tmp_check/log"
	export TESTDIR=$root TESTDATADIR=$root/tmp_check TESTLOGDIR=$root/log
	export TMPDIR=$root/tmp PG_TEST_PORT_DIR=$root/tmp LANG=C.UTF-8
}

start_server()
{
	# shellcheck disable=SC2086
	as_owner initdb -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync ${PGNN_INITDB:-} >"$root/log/initdb" 2>&1 ||
		{ cat "$root/log/initdb" >&2; die "initdb failed"; }
	cat >>"$root/data/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$root'
		port = 5432
		fsync = off
		${PGNN_CONF:-}
	CONF
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$(echo ${PGNN_SERVER:-})" "$PGNN_BINDIR/postgres" >"$root/server"
	chmod +x "$root/server"
	as_owner pg_ctl -D data -l log/server -p "$root/server" -s -w -t 600 start ||
		{ cat "$root/log/server" >&2; die "the server did not start"; }
	export PGHOST=$root PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
}

# run DIRECTORY COMMAND...: in a session of its own, so that all of it can be ended; a signal
# interrupts the wait for it
run()
{
	(cd "$1" && shift && exec setsid env --default-signal=INT,QUIT "$@") <&0 &
	command=$!
	wait "$command"
}

# Stops every server in the directory, then removes it
remove()
{
	local pidfile
	find "$root" -name postmaster.pid 2>/dev/null | while read -r pidfile; do
		as_owner "$root/bin/pg_ctl" -D "${pidfile%/*}" -m immediate -s -w stop >/dev/null 2>&1 || true
	done
	rm -rf "$root"
}

# On every exit: first what the command left running, then the servers, then the directory
finish()
{
	local status=$?
	trap - EXIT
	trap '' INT TERM HUP
	[ -z "$command" ] || kill -TERM -- "-$command" 2>/dev/null || true
	if [ $status != 0 ] && [ -n "$(ls "$root/log" 2>/dev/null)" ]; then
		rm -rf "build/log/$mode"
		mkdir -p "build/log/$mode"
		cp -R "$root/log/." "build/log/$mode"
		echo "Logs of PostgreSQL: build/log/$mode" >&2
	fi
	if [ $status = 0 ] && [ "$mode" = keep ]; then
		echo "The server is still running."
		echo "  connect:          $root/bin/psql -h $root -U postgres postgres"
		echo "  stop and remove:  $PWD/test/server.sh stop $root"
	else
		remove
	fi
	exit $status
}

mode=${1:-}
shift || usage
case $mode in
	stop)
		root=${1:-}
		[[ $root =~ ^/tmp/pgnn\.[A-Za-z0-9]+$ && -f $root/data/postgresql.conf ]] ||
			die "not a directory that \"keep\" made: '$root'"
		become_owner "$(stat -c %U "$root")"
		remove
		exit ;;
	run | keep | tree)
		[ $# = 0 ] || [ "$1" = -- ] || usage
		shift || true ;;
	*) usage ;;
esac

# Nothing of the caller's PostgreSQL settings
for variable in $(compgen -e); do
	[[ $variable != PG[A-Z]* || $variable == PGNN_* ]] || unset "$variable"
done
pg_config=${PG_CONFIG:-pg_config}
command=

root=$(mktemp -d /tmp/pgnn.XXXXXX) # short, as the path of a socket has at most 107 bytes
if id -u postgres >/dev/null 2>&1; then owner=postgres; else owner=nobody; fi
become_owner "$owner"
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

make_tree
[ "$mode" != tree ] || prepare_tap
[ "$(id -u)" != 0 ] || chown -hR "$owner" "$root"
if [ "$mode" = tree ]; then
	run "$root" "${become[@]}" "$@"
else
	start_server
	run . "${@:-psql}"
fi
