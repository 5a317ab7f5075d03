# What happens when a test ends, the clock ticks, the run is interrupted

#include "brain/base.awk"
#include "brain/interrupt.awk"
#include "brain/judge.awk"
#include "brain/kept.awk"
#include "brain/limits.awk"
#include "brain/live.awk"
#include "brain/locks.awk"
#include "brain/paint.awk"
#include "brain/parse.awk"
#include "brain/plan.awk"
#include "brain/state.awk"
#include "brain/status.awk"
#include "brain/text.awk"
#include "brain/tries.awk"
#include "brain/workers.awk"
#include "report/console.awk"
#include "report/reports.awk"
#include "report/summary.awk"

# An answer may come twice: out of a log, and told. What a worker has run ahead after a test of it
# bailed out is as if it had not been. (Numbers as keys have to be numbers: mawk is slow where they
# come as strings too.)
function answered(line,    f, id, w, n) {
	n = split(line, f, " ")
	id = f[2] + 0
	w = f[3] + 0
	if (interrupted || at_work(w) != id) return
	more_follows = f[n] == "."
	if (f[1] == "E" && (bail_text == "" || w != bail_worker))
		ended(id, w, f[4] + 0, decimal(f[5]), decimal(f[6]), f[7])
	else {
		unqueue(w)
		give(w)
		check_end()
	}
	more_follows = 0
}

# What a worker has done and not told yet, or looked at
function read_log(w) {
	nlogged = 0
	unseen = ""
	collect_log(w, "")
	take_logged()
}

# The same of all, at this time
function read_logs(time,    w) {
	nlogged = 0
	unseen = ""
	for (w = 1; w <= nworkers; w++) collect_log(w, time)
	take_logged()
}

function collect_log(w, time,    file, line, word) {
	if (pid[w] == "") return
	file = spool "/log." pid[w]
	while ((getline line < file) > 0) {
		if (line !~ / \.$/) continue
		logged[++nlogged] = line
		split(line, word, " ")
		# what another worker has taken may be at work there
		if (word[1] == "E" && !was_short(word[6], time)) unseen = unseen " " word[2] ".out"
	}
	close(file)
}

# Too short for a stream that has to be cut, see worker_code: a clock of seconds doesn't tell
function was_short(end, time) {
	return time ~ /[.,]/ && decimal(time) - decimal(end) < 0.03
}

function take_logged(    k) {
	if (!nlogged) return
	if (unseen != "") cut_lines(unseen)
	for (k = 1; k <= nlogged; k++) answered(logged[k])
	fflush()
}

# The test of this id has ended, by itself or with its worker
function ended(id, w, status, begin, end, err_name,    t, again, out, err) {
	t = test_of[id]
	out = spool "/" id ".out"
	err = err_name ~ /^err/ ? spool "/" err_name : "/dev/null"
	if ((live_now = o_live) && pid[w] != "") follow_to_end(id, w)
	if (err != "/dev/null") err_number[w]++
	unqueue(w)
	if (has_locks) hold_locks(t, 0)
	if (id in lent && lent[id]++ > 1) {
		# run twice, because a test has removed the folder
		release(w, status)
		give(w)
		check_end()
		return
	}

	take_times(t, w, begin, end)
	look_at(t, w, status, out, err)
	again = bad_now && !bailed && !stopped && tries_now < o_retry
	out_now = out
	err_now = err
	if (again) repeat_test(t)
	else take_verdict(t)

	release(w, status)
	if (!o_live) give_all()
	if (!again) report("test", t)
	if (o_live) give_all()
	if (nstored) read_all_stored()

	# A test that removes the folder harms itself and at most the one beside it
	if (read_failed) system("mkdir -p -m 700 -- " shell_quote(spool))
	else if (o_archive == "") free_room(id, out, err_name)
	check_end()
}

function take_times(t, w, begin, end) {
	if (end > clock) clock = end
	seconds_now = end > begin ? end - begin : 0
	begin_now = begin
	worker_now = w
	tries_now = t in tries ? tries[t] : 0
	if (keep_seconds) seconds_of[t] = seconds_now
}

function look_at(t, w, status, out, err) {
	was_ended = killing[w] && (t in timed_out)
	note_title = raw_of[t]
	if (o_live && seconds_now > 0.03) cut_lines(substr(out, length(spool) + 2))
	parse(out, err)
	was_ended = 0
	judge(t, status, out)
}

function repeat_test(t) {
	keep_try(t)
	report("try", t)
	tries[t] = tries_now + 1
	delete timed_out[t]
	delete compiled[t] # what did not build is compiled anew
	retry_queue[++nretry] = t
}

function take_verdict(t) {
	enter_result(t)
	if (bailed) {
		bail_text = " " bail_reason
		bail_worker = worker_now
		stop_all()
	}
	if (o_fail_fast && bad_now) stop_all()
}

# What is left of a test that ran too long is ended; a worker waits after a test that ended badly
function release(w, status) {
	if (killing[w]) kill_group(w, "KILL")
	else if (status != 0 && pid[w] != "") {
		print "0 G" > fifo(w)
		fflush(fifo(w))
	}
}

# What a test has written is dropped, at once if it may be much. Files are removed many at a time, as
# rm is a process, and the last ones with their folder.
function free_room(id, out, err_name) {
	if (seconds_now >= 0.01 || raw_lines > 100) {
		printf "" > out
		close(out)
	}
	# what another worker may still come to is known by the file
	spent = spent (id in lent ? "" : " " id ".out") (err_name ~ /^err/ ? " " err_name : "")
	if (++nspent < 200 || nfinished == ntests) return
	system("cd " shell_quote(spool) " 2>/dev/null && rm -f" spent)
	spent = ""
	nspent = 0
}

function begin_run(    i, t, w) {
	for (i = 0; i < 10; i++) digit_blank[i] = i " "
	spool = ENVIRON["spool"]
	nworkers = ENVIRON["workers"] + 0
	live_line = ENVIRON["live_line"] + 0
	columns = ENVIRON["columns"] + 0
	start_clock = clock = ENVIRON["start_clock"]
	day_second = ENVIRON["day_second"] + 0
	show_lines = o_verbose ? 2 : (o_failures || o_comments || o_directives) ? 1 : 0
	failures_shown = o_failures || o_comments
	if (o_color) read_colours()
	keep_seconds = o_slowest || ENVIRON["o_state"] != ""
	if (!o_dry) report("open", 0)
	plan_run()
	all_dots = sprintf("%" longest + 2 "s", "")
	gsub(/ /, ".", all_dots)
	if (longest > 500) blanks = sprintf("%" longest "s", "")
	if (o_dry) {
		for (t = 1; t <= ntests; t++) print name_of[t]
		for (w = 1; w <= nworkers; w++) announced[w] = 1
	}
	# Tests ahead keep a worker busy while its last results are looked at
	window = 1
	if (!o_fail_fast && !o_retry && !o_live && !rule_root && !has_locks)
		window = 64
	if (o_dry) stopped = 1
	else report("begin", 0)
}

# It passes over what its FIFO holds until it reads its own number
function worker_came(w, number,    i, text) {
	announced[w] = 1
	pid[w] = number
	err_number[w] = 1
	killing[w] = 0
	reach[w] = nworkers == 1 ? window : 1
	print "0 P" pid[w] > fifo(w)
	if (quitting) {
		print "0 Q" > fifo(w)
		close(fifo(w))
		return
	}
	text = ""
	for (i = queue_begin[w] + 0; i < queue_end[w]; i++)
		text = text job(queue[w, i])
	if (queued[w]) send(w, text, queued[w])
	fflush(fifo(w))
	since[w] = ""
	give(w)
	read_all_stored()
	check_end()
}

# Its time begins when it has been compiled
function compiled_test(id, w) {
	if (at_work(w) != id) return
	had[w] = 0
	compiled[test_of[id]] = 1
}

# Ended by us or by its test, which killed its whole group
function worker_died(w, status,    last_err) {
	read_log(w)
	last_err = "err." pid[w] "." err_number[w]
	if (o_live && queued[w]) follow_to_end(at_work(w), w)
	pid[w] = ""
	announced[w] = 0
	close(fifo(w))
	if (killing[w] == 2 || (!killing[w] && queued[w]))
		ended(at_work(w), w, status, clock, clock, last_err)
	else if (!queued[w] && ++stillborn > 20) {
		complain("the workers do not start (status " status "): is there a shell named " \
			ENVIRON["shell"] "?")
		nbad++
		printf "" > (spool "/over")
		close(spool "/over")
		report_summary()
		leave(2)
	}
}

function clock_ticked(time,    w, t, step) {
	if (window > 1) read_logs(time)
	# A machine that slept, or a clock that was set, is no time that a test has had: a step
	# beyond reason counts as one tick
	step = decimal(time) - clock_told
	if (clock_told == "" || step < 0 || step > 10) step = 0.25
	clock_told = decimal(time)
	clock = clock_told
	if (o_live && queued[1] && pid[1] != "") follow(at_work(1), 1)
	for (w = 1; w <= nworkers; w++) {
		if (!queued[w]) continue
		if (since[w] == "") { since[w] = clock; had[w] = 0; continue }
		had[w] += step
		if (quitting) continue
		t = test_of[at_work(w)]
		if (killing[w]) {
			if (had[w] - killed_at[w] >= 2 && killing[w] == 1) {
				killing[w] = 2
				kill_group(w, "KILL")
			}
		} else if (time_limit(t) && had[w] >= time_limit(t)) {
			timed_out[t] = 1
			killing[w] = 1
			killed_at[w] = had[w]
			kill_group(w, "TERM")
		}
	}
	show_status()
}

# What has ended is reported, what runs is ended
function interrupt(    t) {
	if (interrupted) return
	read_logs("")
	interrupted = 1
	printf "" > (spool "/over")
	close(spool "/over")
	stop_all()
	# stderr before the shell has something to say of a test that was ended
	if (o_live && queued[1] && pid[1] != "") follow(at_work(1), 1)
	end_tests()
	if (o_live && queued[1] && pid[1] != "") follow_to_end(at_work(1), 0)
	clear_status()
	flush_reports()
	for (t = 1; t <= ntests; t++) if (!(t in finished)) interrupted_test(t)
	report("end", 0)
	if (saving()) save_state()
	leave(130)
}

# The times are as the shell writes them
function worker_left(user, sys, time,    part) {
	if (split(decimal(user) " " decimal(sys), part, /[ms ]+/) >= 4) {
		cpu_user += part[1] * 60 + part[2]
		cpu_sys += part[3] * 60 + part[4]
	}
	if (decimal(time) + 0 > clock) clock = decimal(time) + 0
	if (++nquit == nworkers) {
		printf "" > (spool "/over")
		close(spool "/over")
		if (o_dry) leave(0)
		report("end", 0)
		if (saving()) save_state()
		leave(report_failed && !exit_status ? 1 : exit_status)
	}
}
