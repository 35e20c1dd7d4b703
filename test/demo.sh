#!/bin/bash
#
# Shows pgnn at work in a throwaway server (test/demo.sql); "test/demo.sh 1" leaves it running.

set -euo pipefail
cd "$(dirname "$0")/.."

mode=run
case ${1:-} in '' | 0) ;; *) mode=keep ;; esac
test/server.sh $mode -- psql -X -q -v ON_ERROR_STOP=1 -f test/demo.sql
if [ $mode = run ]; then
	echo "The server is gone again. To go on in psql with these tables and models: make demo KEEP=1"
else
	cat <<-'END'

		Things to try there:
		  SELECT *, nn_predict('house_prices', n) FROM new_housing n LIMIT 5;
		  SELECT * FROM nn_train('place', 'SELECT longitude, latitude, ocean_proximity FROM housing',
		                         target => 'ocean_proximity');
		  SELECT nn_classify('place', -118.4, 33.4);
		  SELECT epoch, loss, validation_loss FROM nn_history('house_prices');
		  \d house_prices
		README.md has all functions and options.
	END
fi
