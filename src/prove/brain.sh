# Starts the brain

#include "archive.sh"
#include "base.sh"
#include "table.sh"

brain() {
	trap '' INT TERM HUP
	exec <"$spool/reply" >&3 3>&- 4>&- 5<&- 7>&- 8<>"$spool/end" 9>&-
	for name in $brain_names; do
		# shellcheck disable=SC2163
		export "$name"
	done
	export spool workers live_line columns start_clock day_second epoch prove_pid check_stdout rules_file tests_named shell E2E__LIVE E2E__AWK E2E__CACHE
	if [ -n "$o_html" ]; then export page_html page_css page_js page_story_js; fi
	name_numbers
	# shellcheck disable=SC2086  # words
	LC_ALL=C $awk $brain_numbers -f "$spool/brain.awk"
	status=$?
	case $status in
	6[4-8]) ;;
	141 | 269 | 397) ;; # nobody reads the report any more, as in prove | head
	*) say "prove: the report ended in the middle ($awk: status $status, see above), so this run has no result" >&2 ;;
	esac
	end_workers
	if [ -n "$o_archive" ] && [ -f "$spool/meta.yml" ] && ! make_archive &&
		[ $status = 64 ]; then
		status=65
	fi
	case $status in
	64) return 0 ;;
	65) return 1 ;;
	67) return 255 ;;
	68) return 130 ;;
	*) return 2 ;;
	esac
}

# The brain's code takes some milliseconds to write, so that happens while tests are looked for. Shells
# take one of these to hand a text of this size to a function. An external printf, which some have,
# can't be told it at all.
if [ -n "$KSH_VERSION" ]; then
	write_brain() { print -r -- "$brain_code" >"$spool/brain.awk"; }
else
	write_brain() { printf '%s\n' "$brain_code" >"$spool/brain.awk"; }
fi

# What is left of the workers when the brain is gone, because it failed or was interrupted, has
# nobody to tell it to end. A FIFO that is opened by <> waits for nobody: a supervisor that opens it
# later finds the file "over".
end_workers() {
	[ -d "$spool" ] || return
	if [ ! -e "$spool/over" ]; then
		true >"$spool/over"
		# and their tests, for which nobody waits any more
		for log in "$spool"/log.*; do
			[ ! -e "$log" ] || kill -KILL "-${log##*.}" 2>/dev/null
		done
	fi
	number=0
	while [ $number -lt "$workers" ]; do
		number=$((number + 1))
		say "0 QQ" 1<>"$spool/job.$number"
	done
}
