# Streams that were kept

#include "brain/judge.awk"
#include "brain/parse.awk"
#include "brain/workers.awk"
#include "report/console.awk"
#include "report/reports.awk"

# Kept streams are read when no other stream is being looked at; rules may let further ones follow
function read_all_stored(    k) {
	while (nstored) {
		for (k = 1; k <= nstored; k++) {
			if (!stopped) read_stored(stored_queue[k])
			else started[stored_queue[k]] = 0
		}
		nstored = 0
		give_all()
	}
}

# TAP kept in a file is judged as it is
function read_stored(t) {
	live_now = 0
	note_title = raw_of[t]
	parse(stored[path_of[t]], "/dev/null")
	judge(t, stored_status[path_of[t]] + 0, stored[path_of[t]])
	seconds_now = worker_now = tries_now = 0
	if (keep_seconds) seconds_of[t] = 0
	begin_now = clock
	enter_result(t)
	if (o_live) show_header(t)
	# what bailed out then was another run: the streams of others are as good as before
	if (bailed) kept_bail = " " bail_reason
	if (o_fail_fast && bad_now) stop_all()
	out_now = stored[path_of[t]]
	err_now = "/dev/null"
	report("test", t)
}
