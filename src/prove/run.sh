# Workers are kept alive; Ctrl-C, the clock, the pipeline

#include "brain.sh"

# supervise N: keeps worker N alive; a test may kill its own group, and the worker is part of that
supervise() {
	# What the shell says of a killed worker goes nowhere: the report has it
	exec <&5 5>&2 2>/dev/null 4>&- 6<>"$spool/job.$1" 7<>"$spool/reply" 8>&- 9>&-
	number=$1
	eval "set -- $test_args"
	# It may come late, when all is over. The FIFO is open by now: who says that it is over
	# writes into that too.
	while [ -d "$spool" ] && [ ! -e "$spool/over" ]; do
		# In a subshell, because shells write of a killed command where that was told to
		# write
		if [ -n "$own_groups" ]; then
			# a group in the background may not read from the terminal
			if [ -t 0 ]; then exec </dev/null; fi
			set -m
			# shellcheck disable=SC2086
			$shell -c "$settings$clock_code$tell_code$build_code$worker_code" prove "$number" "$@" <&0 2>&5 5>&- 3>&3 6<&6 7>&7 &
			set +m
			wait $!
		else
			# shellcheck disable=SC2086,SC2090  # words without quotes
			(exec $undo $setsid $shell -c "$settings$clock_code$tell_code$build_code$worker_code" prove "$number" "$@" 2>&5 5>&- 3>&3 6<&6 7>&7)
		fi
		status=$?
		[ $status = 88 ] && return
		[ ! -d "$spool" ] || [ -e "$spool/over" ] || tell "X $number $status" || return
	done
}

# listen: hears Ctrl-C for the brain, which can't hear it itself; ends when the brain does
listen() {
	exec 4>&- 7<>"$spool/reply" 8>&- 9>&-
	trap 'tell "I INT"' INT
	trap 'tell "I TERM"' TERM
	trap 'tell "I HUP"' HUP
	cat <"$spool/end" >/dev/null 2>&1 &
	while kill -0 $! 2>/dev/null; do wait $!; done
}

# tick SECONDS: the brain's clock for timeouts, for the status line and for what a worker has not
# told yet. It closes descriptors by exec, because a shell keeps copies of what it redirects for a
# function.
tick() {
	exec </dev/null >/dev/null 2>&1 3>&- 4>&- 5<&- 7<>"$spool/reply" 8>&- 9>&-
	# no exit in the trap: it may come before $! is known, and would leave the sleep behind
	over=
	trap 'over=1' TERM
	while :; do
		sleep "$1" &
		[ -n "$over" ] || wait $! || [ -n "$over" ] || sleep 1
		if [ -n "$over" ] || [ ! -d "$spool" ] || [ -e "$spool/over" ]; then break; fi
		now
		# shellcheck disable=SC2154  # by the function of this name
		tell "T $now"
	done
	kill $! 2>/dev/null
	wait $!
}

# run_all N: the pipeline, built one worker a level; its elements are connected by FIFOs, not by its
# pipes. They are in the foreground because what a shell starts with & would ignore SIGINT, and so
# would every test.
run_all() {
	if [ "$1" -gt "$workers" ]; then
		brain
	else
		# A signal to the whole group ends none of the shells that wait for the brain: the
		# run would be taken for over while its reports are being written
		trap : INT TERM HUP
		supervise "$1" | run_all $(($1 + 1))
	fi
}
