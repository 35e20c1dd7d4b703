#!/bin/bash
#
# What predictions cost in SQL, beside the scan that feeds them and beside scikit-learn and PyTorch, whose
# rows come by COPY in binary form. Run by "make bench-predict"; SHARE=0.1 takes a tenth of the rows. Each
# time is the median of REPEATS runs in one session, that have been warmed up. See jobs.py for the tables.

set -euo pipefail
cd "$(dirname "$0")/../.."

. test/bench/common.sh
repeats=${REPEATS:-5}

# times_of QUERY...: milliseconds of each. They take turns, so that a machine that gets slower slows all down
times_of()
{
	local times i
	times=$({
		printf '%s;\n' 'SET jit = off' "SET max_parallel_workers_per_gather = ${helpers:-0}" \
			'SET parallel_setup_cost = 0' 'SET parallel_tuple_cost = 0'
		echo '\o /dev/null'
		printf '%s;\n' "$@"
		echo '\timing on'
		for ((i = 0; i < repeats; i++)); do printf '%s;\n' "$@"; done
	} | sql | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p')
	for ((i = 1; i <= $#; i++)); do awk "NR % $# == $i % $#" <<<"$times" | median "$repeats"; done
}

# line NAME MILLISECONDS [RATIO-TO REFERENCE-NAME TARGET]
line()
{
	awk -v name="$1" -v ms="$2" -v to="${3:-}" -v of="${4:-}" -v target="${5:-}" 'BEGIN {
		printf "%-58s %10.3f ms", name, ms
		if (to != "") printf "   %6.2f x %s", ms / to, of
		if (target != "") printf " (target %s)", target
		print "" }'
}

# peers JOB: a line for each that is installed, in milliseconds of the whole and without the export
peers()
{
	local tool export predict
	for tool in sklearn torch; do
		"$python" -c "import $tool" 2>/dev/null || { echo "$tool is not installed"; continue; }
		read -r export predict _ < <(for ((i = 0; i < 3; i++)); do
			(cd test/bench && "$python" inference.py "$tool" "$1" 1)
		done | sort -n | sed -n 2p)
		line "  $tool, one thread: export and prediction" "$(awk "BEGIN { print 1000 * ($export + $predict) }")" "$2" 'of pgnn'
		line "  $tool, one thread: prediction only" "$(awk "BEGIN { print 1000 * $predict }")" "$2" 'of pgnn'
	done
}

# latency FILE: microseconds of a prepared statement in pgbench
latency()
{
	for ((i = 0; i < repeats; i++)); do
		pgbench -n -M prepared -T 2 -f "$1" 2>/dev/null | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
	done | median "$repeats" | awk '{ print 1e6 / $1 }'
}

sql -c 'CREATE EXTENSION IF NOT EXISTS pgnn'
load J2
load J1
load J3 plain # else it is decompressed again and again
sql >/dev/null <<-'SQL'
	SET client_min_messages = error;
	SELECT nn_train('m2', 'SELECT * FROM bench_j2 LIMIT 20000', 'y', hidden => '{64,32}', epochs => 1);
	SELECT nn_train('m1', 'SELECT * FROM bench_j1 LIMIT 20000', 'y', hidden => '{128,64}', epochs => 1);
	SELECT nn_train('m3', 'SELECT * FROM bench_j3 LIMIT 3000', 'y', hidden => '{512,256}', epochs => 1);
	SELECT nn_train('million', 'SELECT * FROM bench_j2 LIMIT 2000', 'y', hidden => '{1000,990}', epochs => 1);
	CREATE TABLE one (id int PRIMARY KEY, LIKE bench_j2);
	INSERT INTO one SELECT row_number() OVER (), * FROM bench_j2 LIMIT 1000;
	ANALYZE one;
SQL

machine
echo "$(sql -c 'SELECT count(*) FROM bench_j2') rows of 10 numbers, 10-64-32-1"
predict="SELECT sum(nn_predict('m2', $(list 'x%g' 10))) FROM bench_j2"
{ read -r scan; read -r positions; read -r row; read -r batch; } < <(times_of \
	"SELECT sum($(list 'x%g' 10 ' + ')) FROM bench_j2" "$predict" "SELECT sum(nn_predict('m2', t)) FROM bench_j2 t" \
	"SELECT sum(p) FROM (SELECT nn_predict_batch('m2', t) OVER () AS p FROM bench_j2 t) s")
line 'sum(x1 + ... + x10)' "$scan"
line 'sum(nn_predict(m, x1, ..., x10))' "$positions" "$scan" 'of the scan' 1.6
line 'sum(nn_predict(m, t))' "$row" "$positions" 'of it by position' 1.15
line 'sum(nn_predict_batch(m, t) OVER ())' "$batch" "$scan" 'of the scan'
alone=$(times_of "$predict")
line 'the same by position, two processes' "$(helpers=1 times_of "$predict")" "$alone" 'of one' '0.59'
peers J2 "$positions"

echo "$(sql -c 'SELECT count(*) FROM bench_j1') rows of 54 numbers, 54-128-64-7"
{ read -r scan; read -r classify; } < <(times_of "SELECT sum($(list 'x%g' 54 ' + ')) FROM bench_j1" \
	"SELECT count(*) FROM bench_j1 WHERE nn_classify('m1', $(list 'x%g' 54)) = '1'")
line 'sum(x1 + ... + x54)' "$scan"
line "count(*) of nn_classify(m, x1, ..., x54) = '1'" "$classify" "$scan" 'of the scan' 1.6
peers J1 "$classify"

rows=$(sql -c 'SELECT count(*) FROM bench_j3')
echo "$rows rows of an array of 784 numbers, 784-512-256-10"
products=$(build/bench/products "$rows" 784 512 256 10)
{ read -r scan; read -r single; read -r batch; } < <(times_of 'SELECT count(x[784]) FROM bench_j3' \
	"SELECT count(nn_classify('m3', x)) FROM bench_j3" \
	"SELECT count(c) FROM (SELECT nn_classify_batch('m3', x) OVER () AS c FROM bench_j3) s")
line 'count(x[784])' "$scan"
line 'matrix products over rows in memory, 256 at a time' "$products"
line 'count(nn_classify(m, x))' "$single"
line 'count(nn_classify_batch(m, x) OVER ())' "$batch" "$(awk "BEGIN { print $scan + $products }")" 'of the two' 1.5
peers J3 "$batch"

echo 'single rows'
scripts=$(mktemp -d)
trap 'rm -rf "$scripts"' EXIT
echo "\\set id random(1, 1000)
SELECT $(list 'x%g' 10 ' + ') FROM one WHERE id = :id;" >"$scripts/scan"
echo "\\set id random(1, 1000)
SELECT nn_predict('m2', $(list 'x%g' 10)) FROM one WHERE id = :id;" >"$scripts/predict"
scan=$(latency "$scripts/scan")
predict=$(latency "$scripts/predict")
awk -v a="$scan" -v b="$predict" 'BEGIN {
	printf "%-58s %10.1f us\n%-58s %10.1f us   %+6.1f us (target +15)\n", "SELECT of a row by its key, prepared", a,
		"the same with nn_predict, 10-64-32-1", b, b - a }'
first=$(for ((i = 0; i < repeats; i++)); do
	sql -c '\timing on' -c "SELECT nn_predict('m2', $(list '%g' 10))" -c "SELECT nn_predict('million', $(list '%g' 10))" \
		-c "SELECT nn_predict('million', $(list '%g' 10))" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | sed -n '2,3p' | paste -s
done | median "$repeats")
line 'first use of a model of 1,000,000 parameters' "${first%%[[:space:]]*}" '' '' '10 ms'
line 'its second use' "${first##*[[:space:]]}"
