#!/bin/bash
#
# Static checks: rules of the source that no compiler enforces, and what the compiler made of it.
# Each prints "ok - name", or "not ok - name" and the lines at fault.

set -uo pipefail
shopt -s nullglob
cd "$(dirname "$0")/.."

c_files=(src/*.c src/*.h)
core_files=(src/core/*.cpp src/core/*.h)
unit_files=(test/unit/*.cpp test/unit/*.h)
bench_files=(test/bench/*.cpp test/bench/*.h)
fuzz_files=(test/fuzz/*.cpp test/fuzz/*.h)
scripts=(pgnn--*.sql)
for files in c_files core_files unit_files bench_files fuzz_files scripts; do
	declare -n list=$files
	[ ${#list[@]} != 0 ] || { echo "$0: there are no $files to check" >&2; exit 1; }
done
passed=0
failed=0

# check NAME COMMAND...: passes if the command prints nothing and succeeds
check()
{
	local name=$1 faults
	shift
	if faults=$("$@" 2>&1) && [ -z "$faults" ]; then
		echo "ok - $name"
		passed=$((passed + 1))
	else
		echo "not ok - $name"
		sed 's/^/    /' <<<"${faults:-(no output)}" | head -n 20
		failed=$((failed + 1))
	fi
}

# Prints the code of C or C++ files as FILE:LINE:TEXT, without comments, strings emptied
code()
{
	perl -0777 -ne '
		s{(^[ \t]*\#[ \t]*include[^\n]*)|("(?:[^"\\\n]|\\.)*")|(\x27(?:[^\x27\\\n]|\\.)*\x27)|(//[^\n]*|/\*.*?\*/)}
		 {defined $1 ? $1 : defined $2 ? q("") : defined $3 ? q(0) : $4 =~ s/[^\n]//gr}gesm;
		my $n = 0;
		print "$ARGV:", ++$n, ":$_\n" for split /\n/;' "$@"
}

# forbidden REGEX FILE...: prints the lines of code that match
forbidden()
{
	local regex=$1
	shift
	code "$@" | perl -ne 'BEGIN { $regex = shift @ARGV } my ($text) = /^[^:]*:\d+:(.*)/; print if $text =~ /$regex/' "$regex"
}

without()
{
	local file=$1
	shift
	printf '%s\n' "$@" | grep -vxF "$file"
}

formatted()
{
	clang-format --dry-run --Werror "${c_files[@]}" "${core_files[@]}" "${unit_files[@]}" \
		"${bench_files[@]}" "${fuzz_files[@]}"
}

# The core may include only itself: every "x.h" or "core/x.h" is in src/core
core_includes()
{
	code "${core_files[@]}" | while IFS=: read -r file line text; do
		[[ $text =~ ^[[:space:]]*#[[:space:]]*include[[:space:]]*\"(core/)?([^\"]*)\" ]] || continue
		[[ ${BASH_REMATCH[2]} != */* && -f src/core/${BASH_REMATCH[2]} ]] || echo "$file:$line:$text"
	done
}

# What the compiler said of each source that is there now (the Makefile keeps it)
compiler_warnings()
{
	local source log
	for source in src/*.c src/core/*.cpp; do
		log=build/obj/${source#src/}.o.log
		[ -f "$log" ] || echo "$source has not been compiled"
		grep -H 'warning:' "$log" build/{unit,sanitize}/"${source#src/}".o.log
	done 2>/dev/null
	for source in test/unit/*.cpp; do
		grep -H 'warning:' build/{unit,sanitize}/"${source##*/}".o.log
	done 2>/dev/null
	true
}

exported_symbols()
{
	local symbols
	symbols=$(nm -D --defined-only pgnn.so | awk '{ print $3 }') || return
	grep -qx Pg_magic_func <<<"$symbols" || echo "Pg_magic_func is missing"
	grep -vxE '_PG_init|Pg_magic_func|(pg_finfo_)?nn_[a-z0-9_]+' <<<"$symbols" || true
}

needs_libstdcxx()
{
	readelf -d pgnn.so | grep -q 'NEEDED.*libstdc++' || echo "libstdc++ is not among the NEEDED of pgnn.so"
}

stack_not_executable()
{
	readelf -lW pgnn.so | awk '
		$1 == "GNU_STACK" { found = 1; if (/E /) print }
		END { if (!found) print "pgnn.so has no GNU_STACK" }'
}

# What PostgreSQL itself was built with
hardened()
{
	local flags
	flags=$("${PG_CONFIG:-pg_config}" --ldflags --cflags)
	[[ $flags != *-z,relro* ]] || readelf -lW pgnn.so | grep GNU_RELRO >/dev/null || echo "pgnn.so has no GNU_RELRO"
	[[ $flags != *-z,now* ]] || readelf -d pgnn.so | grep BIND_NOW >/dev/null || echo "pgnn.so is bound lazily"
	[[ $flags != *-fstack-protector* ]] || nm -D pgnn.so | grep __stack_chk_fail >/dev/null || echo "pgnn.so has no stack protector"
}

# The linker keeps one copy of a function that several objects define, maybe the one compiled for
# another processor: so the objects of the instruction sets know no C++ but their own, and their tables.
kernels_apart()
{
	local object
	for object in build/obj/core/kernels_{baseline,avx2,avx512}.cpp.o; do
		nm -C "$object" | grep -E ' [WwVvu] |::' |
			grep -vE ' [bdnrt] | [DR] nn::[a-z0-9]+::k(Kernels|Curves)$' | sed "s|^|$object:|"
	done
	true
}

# Prints SQL files as FILE:LINE:TEXT, without comments, strings emptied
statements()
{
	perl -0777 -ne '
		s{(\x27(?:[^\x27]|\x27\x27)*\x27)|(--[^\n]*|/\*.*?\*/)}
		 {my $n = (my $all = $&) =~ tr/\n//; (defined $1 ? q(\x27\x27) : q()) . "\n" x $n}ges;
		my $n = 0;
		print "$ARGV:", ++$n, ":$_\n" for split /\n/;' "$@"
}

script_guards()
{
	local file
	for file in "${scripts[@]}"; do
		statements "$file" | grep -vE ':[[:space:]]*$' | head -n 1 | grep -vE ':\\echo .*\\quit$'
	done
	true
}

script_words()
{
	statements "${scripts[@]}" | grep -iE "$1"
	true
}

# A relocatable extension has no use for it, and what it replaces isn't quoted
schema_names()
{
	grep -nF '@extschema' "${scripts[@]}"
	true
}

# As many COMMENT ON as CREATE, of each kind of object, in each script
script_comments()
{
	local file kind created commented
	for file in "${scripts[@]}"; do
		for kind in FUNCTION PROCEDURE AGGREGATE TYPE VIEW OPERATOR; do
			created=$(statements "$file" | grep -ciE ":[[:space:]]*CREATE[[:space:]]+$kind\>")
			commented=$(statements "$file" | grep -ciE ":[[:space:]]*COMMENT[[:space:]]+ON[[:space:]]+$kind\>")
			[ "$created" = "$commented" ] || echo "$file: $created CREATE $kind, $commented COMMENT ON $kind"
		done
	done
}

# A PostgreSQL that is too old, before anything is compiled for it
old_postgresql()
{
	local said
	said=$(make -s MAJORVERSION=14 VERSION=14.9 build/postgresql 2>&1) && echo "PostgreSQL 14 is taken"
	grep -q '^pgnn needs PostgreSQL 15 or later; .* is of 14.9' <<<"$said" || echo "$said"
}

mapfile -t not_compat < <(without src/compat.h "${c_files[@]}")
# threads.cpp hands what is thrown in one thread on to another
mapfile -t not_guarded < <(without src/core/guarded.h "${core_files[@]}" | grep -vx src/core/threads.cpp)
mapfile -t not_eigen < <(without src/core/eigen.h "${core_files[@]}" "${c_files[@]}")

check "the source is formatted by clang-format" formatted
check "the core includes nothing of PostgreSQL" \
	forbidden '^\s*#\s*include.*(postgres(_fe)?|fmgr|c)\.h[">]' "${core_files[@]}"
check "the core includes no header from outside the core" core_includes
check "the core calls no ereport, elog or palloc" \
	forbidden '\b(ereport|elog|errmsg|palloc\w*|repalloc\w*|pfree)\b' "${core_files[@]}"
check "only src/core/guarded.h and threads.cpp try and catch" forbidden '\btry\b|\bcatch\s*\(' "${not_guarded[@]}"
check "only src/core/eigen.h includes Eigen" forbidden '^\s*#\s*include.*\bEigen/' "${not_eigen[@]}"
check "the PostgreSQL side knows no C++" forbidden '\bEigen\b|\bstd::' "${c_files[@]}"
check "the PostgreSQL side allocates by palloc" \
	forbidden '\bnew \w|\b(m|c|re)alloc\s*\(|\bfree\s*\(' "${c_files[@]}"
check "only src/compat.h asks for the PostgreSQL version" forbidden '\bPG_VERSION_NUM\b' "${not_compat[@]}"
check "PostgreSQL 14 is refused" old_postgresql
check "the compiler gave no warning" compiler_warnings
check "the kernels of the instruction sets share no symbol" kernels_apart
check "pgnn.so exports its SQL functions only" exported_symbols
check "pgnn.so is linked with libstdc++" needs_libstdcxx
check "pgnn.so asks for no executable stack" stack_not_executable
check "pgnn.so is hardened as PostgreSQL is" hardened
check "the extension scripts start with their guard" script_guards
check "the extension scripts replace nothing" script_words 'CREATE[[:space:]]+OR[[:space:]]+REPLACE'
check "the extension scripts skip nothing that exists" script_words 'IF[[:space:]]+NOT[[:space:]]+EXISTS'
# of PostgreSQL 16 and 17; with 15 nothing else would notice
check "the extension scripts name nothing by a later keyword" script_words \
	'[(,:][[:space:]]*(json(_(array|arrayagg|exists|object|objectagg|query|scalar|serialize|table|value))?|merge_action)[[:space:]]+[a-z]'
check "the extension scripts define no SECURITY DEFINER" script_words 'SECURITY[[:space:]]+DEFINER'
check "the extension scripts take no schema's name into their text" schema_names
check "the extension scripts comment on every object" script_comments

echo "$passed checks passed, $failed failed"
[ $failed = 0 ]
