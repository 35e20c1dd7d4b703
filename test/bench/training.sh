#!/bin/bash
#
# How long training takes, end to end, beside scikit-learn and PyTorch on the same rows in the same run.
# Run by "make bench" (or "make bench-quick": a tenth of the rows, one repetition); with names of jobs
# only these. See jobs.py for what the jobs are.
#
# pgnn: rows in a table -> a trained model in a table, by nn_train. Peers: COPY in binary form, NumPy,
# training; started and imported before the clock runs. Each has 1 and 2 threads, and its better setting
# counts. The peers' predictions for their score are not in their seconds, while nn_train's are.
#
# For each job a line of seconds and scores, and one of what pgnn's seconds are made of: reading by value
# (a column of a row), training by epoch (the score counts as what it is, a pass forward), arithmetic in
# billions of operations a second, and its share of a loop of multiply-adds in registers. Then, unless
# jobs were named, how the seconds grow with rows, columns and neurons.

set -euo pipefail
cd "$(dirname "$0")/../.."

. test/bench/common.sh
repeats=${REPEATS:-3}

# The options of a job
options()
{
	case $1 in
		J1) echo "hidden => '{128,64}', batch_size => 256, epochs => 3" ;;
		J2) echo "hidden => '{64,32}', batch_size => 256, epochs => 3" ;;
		J3) echo "hidden => '{512,256}', batch_size => 128, epochs => 2" ;;
	esac
}

# Operations of a row in training, by the widths of the layers, and in a pass forward
operations()
{
	awk '{ for (i = 2; i <= NF; i++) { training += (i == 2 ? 4 : 6) * $(i - 1) * $i; forward += 2 * $(i - 1) * $i }
		print training, forward }' <<<"$*"
}

# train TABLE OPTIONS THREADS: seconds, score, of reading, of training, and rows of nn_train: the median of some runs
train()
{
	for ((i = 0; i < repeats; i++)); do
		sql <<-SQL
			SET client_min_messages = error;
			SET maintenance_work_mem = '2GB';
			SET pgnn.threads = $3;
			SELECT seconds, score, reading_seconds, training_seconds, rows
			FROM nn_train('bench_model', '$1', 'y', $2, validation => 0, l2 => 0, keep => 0);
		SQL
	done | median "$repeats"
}

# parts THREADS VALUES EPOCHS TRAINING FORWARD SECONDS SCORE READING TRAINING_SECONDS ROWS: what seconds are made of
parts()
{
	awk -v peak="$peak" '{ passes = $3 + $5 / $4; rate = $10 * ($4 * $3 + $5) / $9 / 1e9
		printf "    %d thread%s: reading %5.1f ns a value, training %.4f s an epoch, %5.1f GF/s, %4.1f %% of the peak\n",
			$1, ($1 > 1 ? "s" : " "), $8 / $10 / $2 * 1e9, $9 / passes, rate, 100 * rate / $1 / peak }' <<<"$*"
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

# The job's line, and those of its parts
job()
{
	local name=$1 epochs=3 values=$((${2%% *} + 1)) work one two line tool
	[ "$name" = J3 ] && epochs=2
	work=$(operations "$2")
	one=$(train "bench_${name,,}" "$(options "$name")" 1)
	two=$(train "bench_${name,,}" "$(options "$name")" 2)
	best=$(printf '%s\n' "${one%% *}" "${two%% *}" | sort -n | sed -n 1p)
	line=$(awk -v job="$name" -v two="${two%% *}" '{ printf "%-3s %8.3f %8.3f %8.4f", job, $1, two, $2 }' <<<"$one")
	for tool in sklearn torch; do
		read -r seconds peer_score threads < <(peer "$tool" "$name") || true
		if [ -n "${seconds:-}" ]; then
			line+=$(awk -v s="$seconds" -v b="$best" -v p="$peer_score" 'BEGIN { printf " | %9.3f %7.4f %4.1fx", s, p, s / b }')
		else
			line+=" | $tool is not installed"
		fi
		seconds=
	done
	echo "$line"
	parts 1 "$values" "$epochs" $work $one
	parts 2 "$values" "$epochs" $work $two
}

# grow WHAT QUERY OPTIONS SIZES EPOCHS: a line of the growth
grow()
{
	local work run
	work=$(operations "$4")
	run=$(train "$2" "$3, batch_size => 256, epochs => $5" 2)
	printf '%-16s' "$1"
	awk '{ printf "%8.3f s", $1 }' <<<"$run"
	parts 2 "$((${4%% *} + 1))" "$5" $work $run
}

growth()
{
	local columns
	echo 'growth of J1, with 2 threads'
	for part in 8 4 2 1; do
		grow "rows / $part" "SELECT * FROM bench_j1 LIMIT (SELECT count(*) / $part FROM bench_j1)" \
			"hidden => '{128,64}'" '54 128 64 7' 3
	done
	for columns in 7 27 54; do
		grow "$columns columns" "SELECT y, $(seq -s ', ' -f 'x%g' "$columns") FROM bench_j1" \
			"hidden => '{128,64}'" "$columns 128 64 7" 3
	done
	for width in 32 128 512; do
		grow "$width neurons" 'SELECT * FROM bench_j1' "hidden => '{$width,$width}'" "54 $width $width 7" 1
	done
}

sql -c 'CREATE EXTENSION pgnn'
peak=$(build/bench/core peak)
echo "$(machine), $peak GF/s each at most"
printf '%-3s %8s %8s %8s | %9s %7s %5s | %9s %7s %5s\n' \
	job 'pgnn 1' 'pgnn 2' score sklearn score ratio torch score ratio
for name in ${*:-J1 J2 J3}; do
	load "$name"
	case $name in
		J1) job J1 '54 128 64 7' ;;
		J2) job J2 '10 64 32 1' ;;
		J3) job J3 '784 512 256 10' ;;
	esac
done
[ $# != 0 ] || growth
