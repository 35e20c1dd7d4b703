#!/bin/bash
#
# The tests of test/regress.sh on servers with other settings than the defaults: test/settings.sh TEST...
# All the output must be as ever. After the first, which makes what the others need, the tests come in an
# order that chance gives, each time another; its seed is printed, and PGNN_TEST_SEED sets the first.
# SETTINGS="jit isolation" runs only these.

set -uo pipefail
cd "$(dirname "$0")/.."

server_version=$("${PG_CONFIG:-pg_config}" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
parallel_query=$([ "$server_version" -ge 16 ] && echo debug_parallel_query || echo force_parallel_mode)
declare -A conf=(
	[order]=''
	[jit]='
		jit = on
		jit_above_cost = 0
		jit_inline_above_cost = 0'
	[parallel]="
		$parallel_query = regress
		parallel_setup_cost = 0
		parallel_tuple_cost = 0
		min_parallel_table_scan_size = 0"
	[memory]='
		work_mem = 64kB
		hash_mem_multiplier = 1
		temp_buffers = 800kB
		shared_buffers = 1MB
		logical_decoding_work_mem = 64kB
		max_stack_depth = 500kB'
	[plans]='
		plan_cache_mode = force_generic_plan
		enable_seqscan = off
		enable_hashjoin = off
		enable_hashagg = off
		enable_material = off
		from_collapse_limit = 1
		random_page_cost = 1000'
	[custom]='
		plan_cache_mode = force_custom_plan
		random_page_cost = 0
		seq_page_cost = 0
		cursor_tuple_fraction = 1
		geqo_threshold = 2'
	[formats]='
		bytea_output = escape
		transform_null_equals = on
		xmloption = document'
	[digits]='
		extra_float_digits = 3'
	[isolation]='
		default_transaction_isolation = serializable'
	[repeatable]="
		default_transaction_isolation = 'repeatable read'"
	[storage]='
		wal_level = minimal
		max_wal_senders = 0
		default_toast_compression = lz4
		wal_compression = on
		full_page_writes = off
		synchronous_commit = off'
	[collation]=''
	[alone]='
		max_parallel_maintenance_workers = 0')
# Settings that pg_regress has its own for
declare -A launcher=([formats]='env PGTZ=Asia/Kathmandu PGDATESTYLE=SQL,DMY' [digits]='env PGTZ=Pacific/Chatham PGDATESTYLE=German')
# The order of texts differs from that of their bytes
declare -A initdb=([collation]='--locale-provider=icu --icu-locale=de')

all='order jit parallel memory plans custom formats digits isolation repeatable storage collation alone'
seed=${PGNN_TEST_SEED:-$RANDOM}
first=$1
shift
tests=("$@")
failed=0
for name in ${SETTINGS:-$all}; do
	[ -n "${conf[$name]+set}" ] || { echo "$0: there are no settings \"$name\"" >&2; exit 2; }
	echo "== settings: $name, order of tests: PGNN_TEST_SEED=$seed"
	mapfile -t chosen < <(printf '%s\n' "${tests[@]}" | shuf --random-source=<(yes "$seed"))
	# thousands of queries, each of which would be compiled
	[ "$name" != jit ] || mapfile -t chosen < <(printf '%s\n' "${chosen[@]}" | grep -vx arguments)
	# compiling takes long where all plans seem dear
	PGNN_CONF="jit = off"$'\n'"${conf[$name]}" PGNN_INITDB=${initdb[$name]:-} PGNN_LAUNCHER=${launcher[$name]:-} \
		test/regress.sh "$first" "${chosen[@]}" || failed=$((failed + 1))
	seed=$((seed + 1))
done
[ $failed = 0 ]
