# steps.sh: how the scripts of many steps report them. Sourced by a script that sets log, the file to which
# output goes, and subject, what the steps are about; "close_steps" ends it.

passed=0
failed=0

# step NAME COMMAND...: of what failed the end of its output is shown
step()
{
	local name=$1
	shift
	if "$@" >"$log.step" 2>&1; then
		echo "ok - $subject: $name"
		passed=$((passed + 1))
	else
		echo "not ok - $subject: $name"
		tail -n 40 "$log.step" | sed 's/^/    /'
		failed=$((failed + 1))
	fi
	cat "$log.step" >>"$log"
	rm "$log.step"
}

close_steps()
{
	echo "$passed checks passed, $failed failed"
	[ $failed = 0 ]
}
