#!/bin/bash
#
# How long training takes, end to end, beside scikit-learn and PyTorch on the same rows in the same run.
# Run by "make bench" (or "make bench-quick": a tenth of the rows, one repetition); with names of jobs
# only these. See jobs.py for what the jobs are.
#
# pgnn: rows in a table -> a trained model in a table, by nn_train. Peers: COPY in binary form, NumPy,
# training; started and imported before the clock runs, with 1 and with 2 threads, of which the faster
# counts. The peers' predictions for their score are not in their seconds, while nn_train's are.

set -euo pipefail
cd "$(dirname "$0")/../.."

if [ -z "${PGNN_BINDIR:-}" ]; then
	exec test/server.sh run -- test/bench/training.sh "$@"
fi

python=/usr/bin/python3
share=${SHARE:-1}
repeats=${REPEATS:-3}

"$python" -c 'import numpy, psycopg2' 2>/dev/null || {
	echo "The jobs' rows are made with NumPy, and the peers read them with psycopg2." >&2
	echo "On Debian: apt-get install python3-numpy python3-psycopg2, and for the peers python3-sklearn, python3-torch" >&2
	exit 1
}

sql()
{
	psql -XqAt -v ON_ERROR_STOP=1 -F ' ' "$@"
}

load()
{
	local columns
	case $1 in
		J1) columns="y text, $(seq -s ', ' -f 'x%g real' 54)" ;;
		J2) columns="y real, $(seq -s ', ' -f 'x%g real' 10)" ;;
		J3) columns="y text, x real[]" ;;
	esac
	sql -c "CREATE TABLE bench_${1,,} ($columns)"
	"$python" test/bench/jobs.py "$1" "$share" | sql -c "COPY bench_${1,,} FROM STDIN"
	sql -c "VACUUM (FREEZE, ANALYZE) bench_${1,,}" -c "SELECT count(*) FROM bench_${1,,}" >/dev/null
}

# The options of a job
options()
{
	case $1 in
		J1) echo "hidden => '{128,64}', batch_size => 256, epochs => 3" ;;
		J2) echo "hidden => '{64,32}', batch_size => 256, epochs => 3" ;;
		J3) echo "hidden => '{512,256}', batch_size => 128, epochs => 2" ;;
	esac
}

# Seconds and score of nn_train with so many threads: the median of some runs
pgnn()
{
	for ((i = 0; i < repeats; i++)); do
		sql <<-SQL
			SET client_min_messages = error;
			SET maintenance_work_mem = '2GB';
			SET pgnn.threads = $2;
			SELECT seconds, score FROM nn_train('bench_model', 'bench_${1,,}', 'y', $(options "$1"),
				validation => 0, l2 => 0, keep => 0);
		SQL
	done | sort -n | sed -n "$(((repeats + 1) / 2))p"
}

# Seconds, score and threads of a peer in its better setting; nothing where it isn't installed
peer()
{
	local module=$1
	"$python" -c "import $module" 2>/dev/null || return 0
	for threads in 1 2; do
		for ((i = 0; i < repeats; i++)); do
			(cd test/bench && "$python" peers.py "$1" "$2" $threads)
		done | awk '{ print $1 + $2, $3 }' | sort -n | sed -n "$(((repeats + 1) / 2))s/\$/ $threads/p"
	done | sort -n | sed -n 1p
}

sql -c 'CREATE EXTENSION pgnn'
printf '%-3s %8s %8s %8s | %9s %7s %5s | %9s %7s %5s\n' \
	job 'pgnn 1' 'pgnn 2' score sklearn score ratio torch score ratio
for job in "${@:-J1 J2 J3}"; do
	for job in $job; do
		load "$job"
		read -r one score < <(pgnn "$job" 1)
		read -r two score < <(pgnn "$job" 2)
		best=$(printf '%s\n' "$one" "$two" | sort -n | sed -n 1p)
		line=$(printf '%-3s %8.3f %8.3f %8.4f' "$job" "$one" "$two" "$score")
		for tool in sklearn torch; do
			read -r seconds peer_score threads < <(peer "$tool" "$job") || true
			if [ -n "${seconds:-}" ]; then
				line+=$(awk -v s="$seconds" -v b="$best" -v p="$peer_score" 'BEGIN { printf " | %9.3f %7.4f %4.1fx", s, p, s / b }')
			else
				line+=" | $tool is not installed"
			fi
			seconds=
		done
		echo "$line"
	done
done
