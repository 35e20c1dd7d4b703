#!/bin/bash
#
# How well plain nn_train calls predict rows they haven't seen, on real data, beside scikit-learn's
# MLP and gradient boosting. Run by "make bench-scores", or with the names of some data sets;
# SEEDS="1 2 3" tries others than 42, OPTIONS="hidden => '{8}'" other options of nn_train.
#
# The rows whose number is divisible by 5 are kept from training and predicted afterwards: accuracy
# for classes, R^2 for numbers. The reference scores are scikit-learn 1.2.1's on the same rows: MLP of
# (64, 32) relu units, adam, batches of 200, alpha 1e-4, 200 epochs (40 above 15,000 rows), the mean of
# 3 seeds; HistGradientBoosting with its defaults; and what the mean or the commonest class scores.

set -euo pipefail
cd "$(dirname "$0")/../.."

if [ -z "${PGNN_BINDIR:-}" ]; then
	exec test/server.sh run -- test/bench/scores.sh "$@"
fi

# data, target, task, columns left out, MLP, boosting, trivial
jobs='
iris                species             classification - .933 .967 .333
wine                cultivar            classification - .971 1.000 .429
breast_cancer       diagnosis           classification - 1.000 .982 .628
digits              digit               classification - .978 .969 .059
titanic             survived            classification passengerid,name,ticket,cabin .794 .826 .612
adult               income              classification - .853 .875 .761
diabetes            progression         regression     - .336 .369 0
abalone             rings               regression     - .628 .554 0
wine_quality        quality             regression     - .371 .477 0
california_housing  median_house_value  regression     - .782 .819 0
diamonds            price               regression     - .980 .979 0
'

sql()
{
	psql -XqAt -v ON_ERROR_STOP=1 -F ' ' "$@"
}

# Loads a file of test/data into a table of its name, with its rows numbered: columns are numbers
# where all their values are.
load()
{
	local file columns
	file=$(ls test/data/"$1".csv*)
	columns=$(gzip -cdf "$file" | sed -n 1p)
	sql <<-SQL
		CREATE TABLE $1 (row_number serial, $(sed 's/,/ text, /g' <<<"$columns") text);
		\\copy $1 ($columns) FROM PROGRAM 'gzip -cdf $file' CSV HEADER
		DO \$\$
		DECLARE
			name text;
			number bool;
		BEGIN
			FOR name IN SELECT attname FROM pg_attribute WHERE attrelid = '$1'::regclass AND attnum > 1 LOOP
				EXECUTE format('SELECT bool_and(%I ~ ''^-?[0-9.]+(e[-+]?[0-9]+)?\$'') FROM $1', name) INTO number;
				IF number THEN
					EXECUTE format('ALTER TABLE $1 ALTER %1\$I TYPE float8 USING %1\$I::float8', name);
				END IF;
			END LOOP;
		END \$\$;
	SQL
}

# The select list of all columns but the row's number and those named, separated by commas
columns_without()
{
	sql -c "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = '$1'::regclass AND attnum > 1 AND NOT attname = ANY (string_to_array('$2', ','))"
}

sql -c 'CREATE EXTENSION pgnn'
printf '%-19s %-5s %4s  %6s  %6s %6s %7s  %6s %8s %8s\n' \
	data score seed pgnn MLP boost trivial epochs seconds s/epoch
while read -r data target task without mlp boosting trivial; do
	[[ -n $data && " ${*:-$data} " == *" $data "* ]] || continue
	load "$data"
	query="SELECT $(columns_without "$data" "$without") FROM $data WHERE row_number % 5 <> 0"
	if [ "$task" = classification ]; then
		score="avg((nn_classify('model', t) = $target::text)::int)"
	else
		score="1 - sum(($target - nn_predict('model', t)) ^ 2) / sum(($target - m) ^ 2)"
	fi
	for seed in ${SEEDS:-42}; do
		sql <<-SQL | while read -r pgnn epochs seconds; do
			SELECT epochs, seconds FROM nn_train('model', \$q\$$query\$q\$, target => '$target',
				task => '$task', seed => $seed ${OPTIONS:+, $OPTIONS}) \\gset
			SELECT $score, :epochs, :seconds
			FROM $data t, (SELECT avg($([ "$task" = regression ] && echo "$target" || echo 0)) AS m
				FROM $data WHERE row_number % 5 = 0) mean
			WHERE row_number % 5 = 0;
			DROP TABLE model;
		SQL
			printf '%-19s %-5s %4s  %6.3f  %6.3f %6.3f %7.3f  %6d %8.2f %8.4f\n' "$data" \
				"$([ "$task" = regression ] && echo 'R^2' || echo acc.)" "$seed" "$pgnn" "$mlp" \
				"$boosting" "$trivial" "$epochs" "$seconds" "$(awk "BEGIN {print $seconds / $epochs}")"
		done
	done
done <<<"$jobs"
