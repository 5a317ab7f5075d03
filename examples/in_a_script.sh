#!/bin/sh
# in_a_script.sh - test programs are ordinary commands: here a shell script decides what runs, and why.
#
#	sh examples/in_a_script.sh
#
# The exit status says it all: 0 passed, 1 something failed, 99 could not run (no such case, a wrong config). The
# output is TAP; the one line that a failure prints on stderr is enough to see where.
set -u
here=$(dirname "$0")

run() {
	printf '%-44s ' "$*"
	if "$@" >/dev/null 2>&1; then
		echo passed
	else
		status=$?
		echo "status $status"
		return "$status"
	fi
}

failed=0
expect() {
	wanted=$1
	shift
	run "$@"
	[ $? = "$wanted" ] || { echo "  expected status $wanted"; failed=1; }
}

# One case by its name; a case that isn't there is an error, not a pass.
expect 0 "$here/hello.t" -k '^answers_are_right$'
expect 99 "$here/hello.t" -k '^no_such_case$'

# A skip passes, unless the script wants it to fail.
expect 0 env EXAMPLE_ACCOUNT= "$here/guards.t" -k needs_an_account
expect 1 env EXAMPLE_ACCOUNT= "$here/guards.t" -k needs_an_account --fail-on-skip

# The same through the environment, for programs that the script doesn't start itself.
E2E_FILTER='budgets' expect 0 "$here/timeouts.t"

# What there is to run.
for name in $("$here/hello.t" --list); do
	echo "  hello has the case $name"
done
exit "$failed"
