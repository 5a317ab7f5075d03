# Jobs for the workers

#include "brain/locks.awk"
#include "brain/schedule.awk"
#include "brain/text.awk"
#include "report/console.awk"

# give(w) fills the queue of worker w when half of it is done. What another one can't come to, because
# a test before it takes long, goes first.
function give(w,    id, text, n, most) {
	if (pid[w] == "" || queued[w] * 2 > reach[w]) return
	text = ""
	keep_pace(w)
	if (!queued[w] && (id = lendable(0.25))) { text = enqueue(w, id); n = 1 }
	most = nworkers == 1 ? window : (ntests - ntaken) / (2 * nworkers)
	while (queued[w] < reach[w] && (!n || n < most) && (queued[w] < 2 || length(text) < 4000) && (id = next_job())) {
		text = text enqueue(w, id)
		n++
	}
	if (!queued[w] && (id = lendable(0))) { text = enqueue(w, id); n = 1 }
	if (n) send(w, text, n)
}

# The next test, with a number of its own; streams that are kept are put aside
function next_job(    t) {
	while (t = choose()) {
		started[t] = 1
		ntaken++
		if (has_locks) hold_locks(t, 1)
		if (!(path_of[t] in stored)) {
			test_of[++ids] = t
			return ids
		}
		stored_queue[++nstored] = t
		if (o_fail_fast) break
	}
	return 0
}

function enqueue(w, id) {
	queue[w, queue_end[w]++] = id
	if (++queued[w] == 1) { since[w] = paced_at[w] = clock; had[w] = paced[w] = 0 }
	if (o_live) show_header(test_of[id])
	return job(id)
}

# One of several workers has as many tests at hand as it has lately done in a fifth of a second: what
# comes one at a time costs more than a small test takes, and what is at hand for one is not for
# another.
function keep_pace(w,    took, n) {
	if (nworkers == 1) { reach[w] = window; return }
	if (!paced[w]) return
	took = clock - paced_at[w]
	n = took > 0 ? int(0.2 * paced[w] / took) : window
	if (n > 2 * reach[w]) n = 2 * reach[w]
	reach[w] = n < 1 ? 1 : n > window ? window : n
	paced_at[w] = clock
	paced[w] = 0
}

# lendable(SECONDS): a test that is at hand for a worker whose own one has taken that long. Who takes
# it first has it, see claim in the worker's code; each is lent once.
function lendable(seconds,    w, k) {
	if (stopped) return 0
	for (w = 1; w <= nworkers; w++) {
		if (queued[w] < 2 || had[w] < seconds) continue
		k = next_lent[w] + 0
		if (k <= queue_begin[w] + 0) k = queue_begin[w] + 1
		if (k >= queue_end[w]) continue
		next_lent[w] = k + 1
		lent[queue[w, k]] = 1
		return queue[w, k]
	}
	return 0
}

function job(id,    t) {
	t = test_of[id]
	return (t in from_case ? "0 F" escaped_name(from_case[t]) "\n" : "") id " " job_name(t) "\n"
}

# The name of t for a worker, with a P in front if it is for perl: what names perl in its first line,
# or is text that names nothing
function job_name(t,    line) {
	if (o_exec_set || raw_of[t] !~ /\.(t|pl)$/) return path_of[t]
	if (!(t in for_perl)) {
		for_perl[t] = (getline line < raw_of[t]) > 0 && \
			(line ~ /^#!.*perl/ || line !~ /^#!|[\001-\010\016-\037\177\300\301\365-\377]/)
		close(raw_of[t])
	}
	return (for_perl[t] ? "P" : "") path_of[t]
}

# Several jobs are in a file of commands, because a shell takes each byte of a FIFO by itself
function send(w, text, n,    file, i, lines, line, name) {
	if (n > 1) {
		file = spool "/jobs." ++nbatches
		print "left=$((left + " n ")) half=" int(reach[w] / 2) > file
		n = split(text, lines, "\n") - 1
		for (i = 1; i <= n; i++) {
			line = lines[i]
			name = substr(line, index(line, " ") + 1)
			if (is_plain(name)) printf "id=%d path=%s; quick \"$@\"\n", line, shell_quote(substr(name, 2)) > file
			else printf "id=%d job=%s; take \"$@\"\n", line, shell_quote(name) > file
		}
		close(file)
		text = "0 J" nbatches "\n"
	}
	printf "%s", text > fifo(w)
	fflush(fifo(w))
}

# A path of a program, or of what turns out to be a script: nothing has to be done for it but to run it
function is_plain(name) {
	return name ~ /^r[^-].*\// && name !~ /\.(c|md|txt)$/
}

function give_all(    w) {
	for (w = 1; w <= nworkers; w++) if (queued[w] * 2 <= reach[w]) give(w)
}

# The id of what worker w is doing
function at_work(w) {
	return queued[w] ? queue[w, queue_begin[w] + 0] : 0
}

# Where the stderr goes of a test that runs
function stderr_at_work(id,    w) {
	for (w = 1; w <= nworkers; w++)
		if (queued[w] && pid[w] != "" && at_work(w) == id)
			return spool "/err." pid[w] "." err_number[w]
	return "/dev/null"
}

function fifo(w) {
	return spool "/job." w
}

function unqueue(w) {
	delete queue[w, queue_begin[w] + 0]
	queue_begin[w]++
	queued[w]--
	paced[w]++
	since[w] = clock
	had[w] = 0
}

function kill_group(w, signal) {
	if (pid[w] == "") return
	fflush("")
	system("kill -" signal " -" pid[w] " 2>/dev/null || kill -" signal " " pid[w] \
		" 2>/dev/null")
}

function stop_all() {
	if (stopped) return
	stopped = 1
	printf "" > (spool "/stop")
	close(spool "/stop")
}

function check_end(    w) {
	if (quitting) return
	for (w = 1; w <= nworkers; w++) if (queued[w] > 0 || (pid[w] == "" && !announced[w])) return
	quitting = 1
	for (w = 1; w <= nworkers; w++) {
		print "0 Q" > fifo(w)
		close(fifo(w))
	}
}

# Asks what runs to end, and makes it, but not before a test could end what it has started: it may
# be the only one to know of that. A worker without a further job ends too, and then its group is
# gone.
function end_tests(    w, groups, numbers) {
	for (w = 1; w <= nworkers; w++) {
		if (pid[w] == "") continue
		groups = groups " -" pid[w]
		numbers = numbers " " w
		if (!queued[w]) continue
		kill_group(w, "TERM")
		begun[test_of[at_work(w)]] = at_work(w)
	}
	if (groups == "") return
	system("for w in" numbers "; do echo 0 QQ 1<>" shell_quote(spool) "/job.$w; done; n=0\n" \
		"while [ $n -lt 35 ]; do left=\nfor group in" groups \
		"; do kill -0 $group 2>/dev/null && left=1; done\n" \
		"[ -n \"$left\" ] || break; sleep 0.1 2>/dev/null || sleep 1; n=$((n + 1)); done")
	for (w = 1; w <= nworkers; w++) kill_group(w, "KILL")
}
