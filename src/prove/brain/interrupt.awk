# A test that the end of the run has met, or that was not begun. What it had printed by then is
# looked at: a failure that was seen is told.

#include "brain/lastwords.awk"
#include "brain/parse.awk"
#include "brain/workers.awk"
#include "report/reports.awk"

function interrupted_test(t) {
	if (t in out_of) {
		printf "%s", out_of[t]
		return
	}
	out_now = t in begun ? spool "/" begun[t] ".out" : "/dev/null"
	err_now = t in begun ? stderr_at_work(begun[t]) : "/dev/null"
	interrupted_now = t in begun ? "Interrupted" : "Not run: the run was interrupted"

	was_ended = 1
	note_title = raw_of[t]
	live_now = o_live
	parse(out_now, err_now)
	live_now = was_ended = 0

	seconds_now = worker_now = tries_now = exit_now = signal_now = 0
	bad_now = bad[t] = 1
	wstat_now = 2
	if (t in begun) signal_now = wstat_now = 15
	begin_now = clock
	if (t in begun) read_last_words(out_now)
	if (keep_seconds) seconds_of[t] = 0
	report("test", t)
	interrupted_now = ""
}
