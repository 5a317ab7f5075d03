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
	recall(path_of[t], t)
	was_ended = t in timed_out
	parse(out_now, err_now)
	was_ended = 0
	judge(t, stored_status[path_of[t]] + 0, out_now)
	if (keep_seconds) seconds_of[t] = seconds_now
	nkept++
	enter_result(t)
	if (o_live) show_header(t)
	# what bailed out then was another run: the streams of others are as good as before
	if (bailed) kept_bail = " " bail_reason
	if (o_fail_fast && bad_now) stop_all()
	report("test", t)
}

# What its archive says of it
function recall(key, t) {
	out_now = stored[key]
	err_now = "/dev/null"
	seconds_now = worker_now = tries_now = 0
	begin_now = clock
	if (!(key in kept_begin)) return
	err_now = kept_err[key]
	worker_now = kept_lane[key]
	tries_now = kept_tries[key]
	if (tries_now) tries[t] = tries_now
	if (kept_begin[key]) {
		begin_now = kept_begin[key] - ENVIRON["epoch"] + start_clock
		seconds_now = kept_end[key] - kept_begin[key]
		if (seconds_now < 0) seconds_now = 0
	}
	if (kept_limit[key] == "") return
	timed_out[t] = 1
	own_limit[t] = kept_limit[key]
}
