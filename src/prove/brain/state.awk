# .prove

#include "brain/base.awk"
#include "brain/clock.awk"
#include "brain/files.awk"
#include "brain/pick.awk"
#include "brain/tests.awk"
#include "brain/text.awk"

# .prove: a line a test, fields between tabs: result, todo, elapsed, last run, last pass, last
# failure, runs, failures, sequence, generation, name. Newlines and backslashes in names are written
# as \n and \\.
function read_state(    file, line, f, n, k) {
	state_gen = 0
	file = ENVIRON["o_state_file"]
	if (file == "" || (getline line < file) <= 0) return
	if (line !~ /^e2e prove state 1 /) {
		close(file)
		if (o_resume || ENVIRON["o_state"] !~ /^(save)?[,\n]*$/) {
			complain(file " is not a state of this prove; nothing can be chosen by it: remove it, or name another one by --statefile")
			leave(2)
		}
		if (ENVIRON["o_state"] != "")
			complain(file " is not a state of this prove; it is left out, and replaced when --state=save says so")
		return
	}
	state_gen = substr(line, 19) + 0
	while ((getline line < file) > 0) {
		n = split(line, f, "\t")
		if (n < 11) continue
		k = plain_name("e" f[11])
		state_names[++nstate] = k
		state[k, "result"] = f[1]
		state[k, "todo"] = f[2]
		state[k, "elapsed"] = f[3]
		state[k, "run"] = f[4]
		state[k, "pass"] = f[5]
		state[k, "fail"] = f[6]
		state[k, "runs"] = f[7]
		state[k, "fails"] = f[8]
		state[k, "seq"] = f[9]; state[k, "gen"] = f[10]
		state_known[k] = 1
	}
	close(file)
}

function state_get(name, what) {
	return (name, what) in state ? state[name, what] : ""
}

function save_state(    file, tmp, k, n, t, at, s, ok) {
	file = ENVIRON["o_state_file"]
	tmp = spool "/state"
	state_gen++
	n = clock_now()
	for (t = 1; t <= ntests; t++) {
		if (!(t in finished)) continue
		k = raw_of[t]
		if (!(k in state_known)) { state_known[k] = 1; state_names[++nstate] = k }
		ok = !bad[t]
		state[k, "result"] = ok ? 0 : (t in exit_of ? exit_of[t] : 1)
		state[k, "todo"] = t in todo_of ? todo_of[t] : 0
		state[k, "elapsed"] = sprintf("%.3f", seconds_of[t])
		state[k, "run"] = n
		state[k, ok ? "pass" : "fail"] = n
		state[k, "runs"]++
		if (!ok) state[k, "fails"]++
		state[k, "seq"] = t
		state[k, "gen"] = state_gen
	}
	emit("e2e prove state 1 " state_gen "\n", tmp)
	for (t = 1; t <= nstate; t++) {
		k = state_names[t]
		s = k
		emit(sprintf("%s\t%d\t%.3f\t%.0f\t%.0f\t%.0f\t%d\t%d\t%d\t%d\t",
			state[k, "result"] + 0, state[k, "todo"],
			state[k, "elapsed"], state[k, "run"], state[k, "pass"], state[k, "fail"],
			state[k, "runs"],
			state[k, "fails"], state[k, "seq"], state[k, "gen"]) escaped_name(s) "\n",
			tmp)
	}
	publish(tmp, file)
}

# --state=a,b:N,...: each clause names tests of the state; what the command line names comes after
# them
function select_by_state(    n, words, i, w, limit, k, key, m, picked, list, keep, t, tests, at) {
	if (ENVIRON["o_state"] == "") return
	n = split(ENVIRON["o_state"], words, /[,\n]/)
	m = 0
	for (i = 1; i <= n; i++) {
		w = words[i]
		limit = 1000000000
		if (at = index(w, ":")) { limit = substr(w, at + 1) + 0; w = substr(w, 1, at - 1) }
		if (w == "" || w == "save") continue
		selecting = 1
		list = pick(w)
		k = split(list, picked, " ")
		for (t = 1; t <= k && t <= limit; t++) keep[++m] = state_names[picked[t]]
	}
	if (!selecting) return
	for (t = 1; t <= ntests; t++) keep[++m] = raw_of[t]
	k = ENVIRON["tests_named"] == 1 ? m : m - ntests
	ntests = 0
	split("", known)
	for (t = 1; t <= k; t++) {
		add_test(index(keep[t], "\n") ? "e" escaped_name(keep[t]) : "r" keep[t])
	}
}

function saving() {
	return ENVIRON["o_state"] ~ /(^|[,\n])save([,\n]|$)/
}
