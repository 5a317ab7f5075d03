# Puts the parts together

#include "base.sh"
#include "brain.sh"
#include "cache.sh"
#include "check.sh"
#include "debug.sh"
#include "environment.sh"
#include "find.sh"
#include "folders.sh"
#include "options.sh"
#include "rc.sh"
#include "run.sh"
#include "settings.sh"
#include "sweep.sh"
#include "table.sh"
#include "tools.sh"

# read_arguments ARGUMENTS: options wherever they come from; what is named goes to a file, because
# options may follow
read_arguments() {
	# two steps, as zsh gives exec the status of whatever was the last $(...)
	: >"$spool/names" || no_room
	exec 9>"$spool/names"
	clear_options
	read_environment
	read_rc_files "$@"
	parse_options "$@"
	put . >&9
	exec 9>&-
}

# Those that begin_folders has not made
make_fifos() {
	set --
	[ -n "$fifos_made" ] ||
		set -- "$spool/reply" "$spool/guard" "$spool/end" "$E2E_RUN_DIR/alive"
	number=${fifos_made:-0}
	while [ "$number" -lt "$workers" ]; do
		number=$((number + 1))
		set -- "$@" "$spool/job.$number"
	done
	[ $# = 0 ] || mkfifo "$@" ||
		die "can't make FIFOs in $spool and $E2E_RUN_DIR (see above): set TMPDIR to a folder that holds them"
	# see make_first_fifos
	if [ -z "$env_undoes" ] && env --default-signal=INT,QUIT true 2>/dev/null; then env_undoes=yes; fi
	case $setsid:$env_undoes in setsid:yes) undo='env --default-signal=INT,QUIT' ;; esac
}

# How the workers do their work
# shellcheck disable=SC2034  # the workers' settings
choose_ways() {
	E2E__LIVE='' E2E__CLAIMS='' E2E__TIMES=''
	[ "$workers" = 1 ] || E2E__CLAIMS=1
	if [ "$o_verbose" = 1 ] && [ "$workers" = 1 ] && [ "$o_normalize" != 1 ]; then
		E2E__LIVE=1
	fi
	by_day=''
	if [ "$o_timer" = 1 ] || [ -n "$reports$o_archive$o_state" ]; then by_day=1; fi
	[ -z "$o_slowest$E2E__LIVE$by_day" ] || E2E__TIMES=1:
}

# When the run began: by the clock of the workers, by that of the day if a report shows it
read_clocks() {
	day_second=0 epoch=0
	if [ -n "$by_day" ]; then
		# shellcheck disable=SC2046
		set -- $(date '+%H %M %S %s')
		epoch=$4
		day_second=$((${1#0} * 3600 + ${2#0} * 60 + ${3#0}))
	fi
	now
	start_clock=$now
	prove_pid=$$
}

# The guard is there before the tests are looked for, which may take long and be interrupted. Only this
# shell may hold the ends whose closing tells that prove is gone: 4 and 8.
start_guard() {
	exec 3>&1 5<&0 7<>"$spool/reply" 4<>"$E2E_RUN_DIR/alive"
	# Opened both ways first, so that neither end waits for the other
	exec 8<>"$spool/guard"
	exec 9<"$spool/guard"
	{
		# by exec: see tick
		exec <&9 >/dev/null 2>&1 3>&- 4>&- 5<&- 7>&- 8>&- 9<&-
		# shellcheck disable=SC2086,SC2090  # words without quotes
		exec $setsid $shell -c "$settings$tell_code$guard_code"
	} &
	guard=$!
	exec 9<&-
}

# The clock, and who looks at what killed runs have left
start_beside() {
	# A test may have a limit of its own, and the one worker of -j1 results that it has not told
	# yet, see worker_code
	interval=0.25
	[ -z "$E2E__LIVE" ] || interval=0.1
	tick $interval &
	ticker=$!
	echo "clock $ticker" >&8
	sweep_beside # now, as its end would interrupt the opening of a FIFO in some shells
}

# end_beside: all are told that it was an end that was meant
end_beside() {
	true >"$spool/ended"
	exec 4>&- 8>&-
	[ -z "$ticker" ] || kill "$ticker" 2>/dev/null
	wait "$guard" 2>/dev/null
	[ -z "$ticker" ] || wait "$ticker" 2>/dev/null
	guard=
}

# end_run RESULT
end_run() {
	end_beside
	if [ -n "$interrupted" ]; then
		cleanup
		trap - INT TERM HUP EXIT
		kill "-$interrupted" $$
	fi
	exit "$1"
}

# A shell that waits for what it has started with & hears signals: the report is whole before it
# ends by one
run_beside() {
	trap 'interrupted=INT; tell "I INT"' INT
	trap 'interrupted=TERM; tell "I TERM"' TERM
	trap 'interrupted=HUP; tell "I HUP"' HUP
	{
		exec 4>&- 8>&-
		run_all 1
	} &
	pipeline=$!
	while :; do
		wait "$pipeline"
		result=$?
		kill -0 "$pipeline" 2>/dev/null || return $result
	done
}

# One that waits for what runs in front of it hears them at the end only, and somebody else listens
run_in_front() {
	trap 'interrupted=INT' INT
	listen | {
		exec 4>&- 8>&-
		run_all 1
	}
}

# In a subshell, see start_guard
find_all() {
	(
		exec 4>&- 8>&-
		find_tests <"$spool/names" >"$spool/tests" || no_room
	) || exit 2
}

# Whatever the end is, nobody who works beside is left, nor are the folders. Some shells come here when a
# signal ends them, and mksh takes the status for its own.
leave_all() {
	if [ -n "$guard" ]; then
		true >"$spool/over"
		end_beside
		cleanup
		return 2
	fi
	cleanup
}

# leave_by SIGNAL
leave_by() {
	leave_all
	trap - EXIT "$1"
	kill "-$1" $$
}

main() {
	guard='' ticker=''
	choose_folders
	trap leave_all EXIT
	# until there is a guard
	trap 'leave_by INT' INT
	trap 'leave_by TERM' TERM
	trap 'leave_by HUP' HUP
	read_arguments "$@"
	if [ -n "$clear_cache" ]; then
		clear_cache
		[ "$tests_named" = 1 ] || exit 0
	fi

	check_options
	choose_tools
	if [ -n "$o_gdb$o_lldb" ]; then
		find_all
		[ -z "$o_gdb" ] || debug_test gdb
		debug_test lldb
	fi

	workers=$o_jobs
	make_fifos
	set_environment
	eval "$clock_code$tell_code"
	choose_ways
	worker_settings
	start_guard
	trap - INT TERM HUP
	{
		exec 4>&- 8>&-
		write_brain
	} &
	writer=$!
	find_all
	wait "$writer" || no_room
	writer=
	read_clocks
	start_beside

	interrupted=
	if [ -n "$undo" ]; then run_beside; else run_in_front; fi
	end_run $?
}

main "$@"
