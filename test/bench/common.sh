# common.sh: what training.sh and prediction.sh share. They source it in the root of the source; it
# starts them again with a server, unless they have one.

if [ -z "${PGNN_BINDIR:-}" ]; then
	exec test/server.sh run -- "test/bench/${0##*/}" "$@"
fi

python=/usr/bin/python3
share=${SHARE:-1}

"$python" -c 'import numpy, psycopg2' 2>/dev/null || {
	echo "The rows are made with NumPy, and the peers read them with psycopg2." >&2
	echo "On Debian: apt-get install python3-numpy python3-psycopg2, and for the peers python3-sklearn, python3-torch" >&2
	echo "and libopenblas0-pthread, without which they take five times as long" >&2
	exit 1
}

sql()
{
	psql -XqAt -v ON_ERROR_STOP=1 -F ' ' "$@"
}

# list FORMAT NUMBER [SEPARATOR]: such as x1, x2, x3
list()
{
	seq -s "${3:-, }" -f "$1" "$2"
}

# load JOB [STORAGE-OF-ARRAYS]: its table, in memory
load()
{
	local columns
	case $1 in
		J1) columns="y text, $(list 'x%g real' 54)" ;;
		J2) columns="y real, $(list 'x%g real' 10)" ;;
		J3) columns="y text, x real[]" ;;
	esac
	sql -c "CREATE TABLE bench_${1,,} ($columns)"
	[ -z "${2:-}" ] || sql -c "ALTER TABLE bench_${1,,} ALTER x SET STORAGE $2"
	"$python" test/bench/jobs.py "$1" "$share" | sql -c "COPY bench_${1,,} FROM STDIN"
	sql -c "VACUUM (FREEZE, ANALYZE) bench_${1,,}" -c "SELECT count(*) FROM bench_${1,,}" >/dev/null
}

# What all this runs on
machine()
{
	echo "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | sed -n 1p), $(nproc) processors"
}

# The median of so many lines
median()
{
	sort -n | sed -n "$((($1 + 1) / 2))p"
}
