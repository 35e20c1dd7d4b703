#!/bin/bash
#
# Shows pgnn at work in a throwaway server (test/demo.sql); "test/demo.sh 1" leaves it running.

set -euo pipefail
cd "$(dirname "$0")/.."

mode=run
case ${1:-} in '' | 0) ;; *) mode=keep ;; esac
test/server.sh $mode -- psql -X -q -v ON_ERROR_STOP=1 -f test/demo.sql
if [ $mode = run ]; then
	echo "The server is gone again. To go on by yourself: make demo KEEP=1"
fi
