#!/bin/bash
#
# Runs every runner named (targets of the Makefile), even where one fails; then repeats the closing
# lines of each and ends with "N passed, N failed". Fails if anything failed or nothing ran.

set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/log

# The lines by which a runner closes: those of GoogleTest, pg_regress, prove and check.sh
closing_lines()
{
	grep -aE -e '^\[  (PASSED|FAILED|SKIPPED)  ?\] ' -e '^(# | )?(All )?[0-9]+ (of [0-9]+ )?tests? (passed|failed)' \
		-e '^( |# )All [0-9]+ tests passed' -e '^(Files=|Result: )' -e '^[0-9]+ checks passed' "$1"
}

# Prints the numbers of tests that passed and failed in a log
count()
{
	awk '
		/^\[=+\] [0-9]+ tests? from .* ran/ { ran = $2 }          # GoogleTest
		/^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
		/^\[  FAILED  \] [0-9]+ test/ { failed += $4 }

		match($0, /All [0-9]+ tests passed/) {                    # pg_regress
			split(substr($0, RSTART), word); passed += word[2]
		}
		match($0, /[0-9]+ of [0-9]+ tests (passed|failed)/) {
			split(substr($0, RSTART), word)
			if (word[5] ~ /^failed/) { failed += word[1]; passed += word[3] - word[1] }
			else passed += word[1]
		}

		match($0, /\(Wstat: .* Tests: [0-9]+ Failed: [0-9]+\)/) { # prove: a file with something to report
			n = split(substr($0, RSTART, RLENGTH - 1), word)
			wrong = word[n]; failed += wrong; prove_failed += wrong
		}
		/^  (Non-zero (exit|wait) status|Parse errors): / && wrong == 0 { failed++; wrong = 1 }
		/^Files=[0-9]+, Tests=[0-9]+/ {
			split($0, word, /[=,]/); passed += word[4] - prove_failed
		}

		/^[0-9]+ checks passed, [0-9]+ failed$/ { passed += $1; failed += $4 }
		END { print passed + 0, failed + 0 }' "$1"
}

all_passed=0
all_failed=0
summary=
for runner in "$@"; do
	log=build/log/$runner
	echo "== $runner"
	${MAKE:-make} "$runner" 2>&1 | tee "$log"
	status=$?
	read -r passed failed < <(count "$log")
	if [ $status != 0 ] && [ "$failed" = 0 ]; then
		failed=1 # it broke before it could count, or after
	fi
	all_passed=$((all_passed + passed))
	all_failed=$((all_failed + failed))
	lines=$(closing_lines "$log")
	summary+="$runner: $passed passed, $failed failed"$'\n'"$(sed 's/^[# ]*/    /' <<<"${lines:-(no closing line)}")"$'\n'
done

printf '\n%s%d passed, %d failed\n' "$summary" $all_passed $all_failed
[ $all_failed = 0 ] && [ $all_passed != 0 ]
