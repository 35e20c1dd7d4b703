#!/bin/bash
#
# pg_regress under settings that change how the server plans and runs queries, and how it shows what
# comes out: test/settings.sh TEST... All must come out as without them, but for tests that show plans
# or the settings themselves.

set -euo pipefail
cd "$(dirname "$0")/.."

parallel=debug_parallel_query
[[ $("${PG_CONFIG:-pg_config}" --version) != 'PostgreSQL 15'* ]] || parallel=force_parallel_mode

compression=pglz
[[ $("${PG_CONFIG:-pg_config}" --configure) != *--with-lz4* ]] || compression=lz4

settings=(
	'jit = on\njit_above_cost = 1\njit_inline_above_cost = 100\njit_optimize_above_cost = 100' # what costs less is called too often
	"$parallel = on\nmax_parallel_workers_per_gather = 2"
	"plan_cache_mode = force_generic_plan\nwork_mem = 64kB\ndefault_toast_compression = $compression"
	'enable_hashagg = off\nenable_hashjoin = off\nenable_seqscan = off\nrandom_page_cost = 0.01'
	'enable_sort = off\nenable_nestloop = off\nrandom_page_cost = 1000\npgnn.threads = 1\nmaintenance_work_mem = 8MB'
)
mkdir -p build/log
passed=0
failed=0
for setting in "${settings[@]}"; do
	if PGNN_SETTINGS=$setting test/regress.sh "$@" >build/log/settings 2>&1; then
		echo "ok - ${setting//\\n/, }"
		passed=$((passed + 1))
	else
		echo "not ok - ${setting//\\n/, }"
		sed 's/^/    /' build/log/settings
		failed=$((failed + 1))
	fi
done
echo "$passed checks passed, $failed failed"
[ $failed = 0 ]
