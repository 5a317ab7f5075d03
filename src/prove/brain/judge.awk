# The verdict on a test

#include "brain/files.awk"
#include "brain/lastwords.awk"
#include "brain/leaves.awk"
#include "brain/limits.awk"
#include "brain/ranges.awk"
#include "brain/stream.awk"
#include "brain/text.awk"

# How a shell tells of a signal: 128 + n, mksh 256 + n for some, yash 384 + n
function split_status(status) {
	exit_now = signal_now = 0
	if (status > 384) signal_now = status - 384
	else if (status > 256) signal_now = status - 256
	else if (status > 128 && status <= 128 + 64) signal_now = status - 128
	else exit_now = status
	wstat_now = signal_now ? signal_now : exit_now * 256
}

# The verdict on test t, from the stream just parsed, which is in the file, and the way its program
# ended
function judge(t, status, file) {
	# what a filter leaves out is no failure of the test, but it is no pass of the run either,
	# see report_summary
	unmatched = status == 99 && skip_all ~ /^no case matches/ && o_filtered
	if (unmatched) status = 0
	split_status(status)
	if (nerrors && spool_full())
		parse_error("There is no room left for what tests print, so some of it is lost: set TMPDIR and E2E_SPOOL to a folder with room")
	if (o_fail_on_skip && (skip_all != "" || nskipped || nskips))
		parse_error("Something was skipped, and --fail-on-skip is given")
	bad_now = nfailed || nerrors || (wstat_now && !o_ignore_exit) || bailed || (t in timed_out)
	if (bad_now && !bailed && ended_early(t in timed_out)) read_last_words(file)
	if (bad_now && !raw_lines && !signal_now && !(path_of[t] in kept_lane)) last_words = why_not_started(t)
	if (bad_now) bad[t] = 1
	else if (t in bad) delete bad[t]
}

# Counts the test in and writes its entry of the summary; not called for tries that are repeated
function enter_result(t,    text, k) {
	finished[t] = 1
	nfinished++
	if (bad_now && first_failed != "") failed_case[t] = first_failed
	if (ntodo || ntodos || nbonuses)
		todo_of[t] = ntodo > ntodos + nbonuses ? ntodo : ntodos + nbonuses
	if (unmatched) nunmatched++
	else if (skip_all != "" && !bad_now) {
		nskips++
		add_reason("skip", skip_all == "(no reason given)" ? "" : skip_all)
	}
	all_skips += nskips
	all_todos += ntodos
	for (k = 1; k <= nreasons; k++) {
		if (!(reasons[k] in all_reason_count)) all_reasons[++nall_reasons] = reasons[k]
		all_reason_count[reasons[k]] += reason_count[reasons[k]]
	}
	if (exit_now) exit_of[t] = exit_now
	total_run += run
	total_failed += nfailed
	if (skip_all != "" && !bad_now) nskipped_files++
	text = ""
	if (nfailed)
		text = text range_text("failed", nfailed == 1 ? "  Failed test:  " \
			: "  Failed tests:  ")
	if (nbonus) text = text range_text("bonus", "  TODO passed:   ")
	text = text bonus_names
	if (t in timed_out) text = text "  Timed out after " limit_of_test(t) " s\n"
	if (exit_now) text = text "  Non-zero exit status: " exit_now "\n"
	else if (signal_now) text = text "  Non-zero wait status: " signal_now "\n"
	if (nerrors) text = text error_text()
	if (tries_now && !bad_now) {
		nflaky++
		text = text "  Flaky: failed " tries_now \
			(tries_now == 1 ? " time" : " times") ", then passed\n"
	}
	if (text != "")
		summary[t] = name_of[t] \
			substr(blanks, 1, longest > length(name_of[t]) \
			? longest - length(name_of[t]) : 1) \
			sprintf("(Wstat: %s Tests: %d Failed: %d)\n", wstat_text(), run,
			nfailed) text
	if (bad_now || nbonus || nbonuses || tries_now) problems = 1
	if (bad_now) nbad++
}

function wstat_text() {
	if (signal_now) return wstat_now " (Signal: " signal_name(signal_now) ")"
	if (exit_now) return wstat_now " (exited " exit_now ")"
	return "0"
}

function error_text(    i, text, n) {
	n = nerrors > 5 && !o_parse ? 5 : nerrors
	text = "  Parse errors: " shown(errors[1]) "\n"
	for (i = 2; i <= n; i++) text = text "                " shown(errors[i]) "\n"
	if (n < nerrors)
		text = text "Displayed the first 5 of " nerrors " TAP syntax errors.\n" \
			"Re-run prove with the -p option to see them all.\n"
	return text
}

function signal_name(n) {
	if (!nsignals)
		nsignals = split("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT" \
			" STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS",
			signal_names, " ")
	return n in signal_names ? signal_names[n] : "NUM" n
}

# Why the program as a whole is bad, beyond its failed points
function program_problem(t,    text, i) {
	text = ""
	if (interrupted_now != "") return interrupted_now "\n" last_words
	if (t in timed_out) text = text "Timed out after " limit_of_test(t) " s\n" late_bail
	if (bailed) text = text "Bail out! " bail_reason "\n"
	if (signal_now) text = text "Ended by signal " signal_name(signal_now) "\n"
	else if (exit_now && !o_ignore_exit && (!nfailed || exit_now != 1 && exit_now != nfailed))
		text = text "Exit status " exit_now "\n"
	for (i = 1; i <= nerrors && i <= 5; i++) text = text errors[i] "\n"
	return bad_now ? text last_words : ""
}
