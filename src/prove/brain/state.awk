# .prove

#include "brain/base.awk"
#include "brain/clock.awk"
#include "brain/files.awk"
#include "brain/pick.awk"
#include "brain/tests.awk"
#include "brain/text.awk"
#include "brain/yamlish.awk"

# .prove is a document of YAML in the form of Perl's prove, so that each of the two goes on where the
# other one was: "generation", and below "tests" a name each and what is known of it. Here the fields
# have the names that Perl's have, without "last_" and "total_".
function read_state(    file, line, k, ok) {
	state_gen = 0
	file = ENVIRON["o_state_file"]
	if (file == "" || (getline line < file) <= 0) return
	if (line == "---") ok = read_yaml_state(file)
	else if (line ~ /^e2e prove state 1 /) ok = read_old_state(file, substr(line, 19) + 0)
	close(file)
	if (ok) return
	if (o_resume || ENVIRON["o_state"] !~ /^(save)?[,\n]*$/) {
		complain(file " is not a state of this prove; nothing can be chosen by it: remove it, or name another one by --statefile")
		leave(2)
	}
	if (ENVIRON["o_state"] != "")
		complain(file " is not a state of this prove; it is left out, and replaced when --state=save says so")
}

function read_yaml_state(file,    line, name, key, at, has_tests) {
	while ((getline line < file) > 0 && line != "...") {
		sub(/[ \r]+$/, "", line)
		if (line ~ /^generation: /) state_gen = substr(line, 13) + 0
		if (line ~ /^tests:/) has_tests = 1
		if (line ~ /^  [^ ].*:$/) {
			name = plain_word(substr(line, 3, length(line) - 3))
			add_state(name)
		} else if (line ~ /^    [a-z_]+: /) {
			at = index(line, ":")
			key = substr(line, 5, at - 5)
			sub(/^(last|total)_/, "", key)
			state[name, key] = plain_word(substr(line, at + 2))
		}
	}
	return has_tests
}

# As it was before 2026: a line a test, fields between tabs
function read_old_state(file, generation,    line, f, k) {
	state_gen = generation
	while ((getline line < file) > 0) {
		if (split(line, f, "\t") < 11) continue
		k = plain_name("e" f[11])
		add_state(k)
		state[k, "result"] = f[1]
		state[k, "todo"] = f[2]
		state[k, "elapsed"] = f[3]
		state[k, "run_time"] = f[4]
		state[k, "pass_time"] = f[5]
		state[k, "fail_time"] = f[6]
		state[k, "passes"] = f[7] - f[8]
		state[k, "failures"] = f[8]
		state[k, "seq"] = f[9]; state[k, "gen"] = f[10]
	}
	return 1
}

function add_state(name) {
	if (name in state_known) return
	state_known[name] = 1
	state_names[++nstate] = name
}

function state_get(name, what) {
	return (name, what) in state ? state[name, what] : ""
}

function save_state(    file, tmp, k, t, ok) {
	file = ENVIRON["o_state_file"]
	tmp = spool "/state"
	state_gen++
	for (t = 1; t <= ntests; t++) {
		if (!(t in finished)) continue
		k = raw_of[t]
		add_state(k)
		ok = !bad[t]
		state[k, "result"] = ok ? 0 : (t in exit_of ? exit_of[t] : 1)
		state[k, "todo"] = t in todo_of ? todo_of[t] : 0
		state[k, "elapsed"] = seconds_of[t]
		state[k, "run_time"] = state[k, ok ? "pass_time" : "fail_time"] = clock_now()
		state[k, ok ? "passes" : "failures"]++
		state[k, "failed_case"] = ok || !(t in failed_case) ? "" : failed_case[t]
		state[k, "seq"] = t
		state[k, "gen"] = state[k, "failed_gen"] = state_gen
	}
	emit("---\ngeneration: " state_gen sprintf("\nlast_run_time: %.3f\n", clock_now()), tmp)
	emit("tests:" (nstate ? "" : " {}") "\n", tmp)
	for (t = 1; t <= nstate; t++) emit(state_text(state_names[t]), tmp)
	emit("version: 1\n...\n", tmp)
	publish(tmp, file)
}

function state_text(name,    s) {
	s = "  " yaml_word(name) sprintf(":\n    elapsed: %.3f\n", state[name, "elapsed"])
	if (state_case(name) != "")
		s = s "    failed_case: " yaml_word(state_case(name)) "\n    failed_gen: " \
			state[name, "failed_gen"] "\n"
	s = s sprintf("    gen: %d\n", state[name, "gen"])
	s = s state_time(name, "fail_time") state_time(name, "pass_time")
	s = s sprintf("    last_result: %d\n", state[name, "result"]) state_time(name, "run_time")
	s = s sprintf("    last_todo: %d\n    seq: %d\n", state[name, "todo"], state[name, "seq"])
	return s state_count(name, "failures") state_count(name, "passes")
}

# The first point that failed in a test's last run, which Perl's prove passes on without a look: it
# is out of date where that has run the test since
function state_case(name) {
	if (state_get(name, "failed_gen") != state_get(name, "gen")) return ""
	return state_get(name, "failed_case")
}

# What never happened has no time and no number: Perl's prove takes any for one that did
function state_time(name, what) {
	if (state_get(name, what) + 0 == 0) return ""
	return sprintf("    last_%s: %.3f\n", what, state[name, what])
}

function state_count(name, what) {
	if (state_get(name, what) + 0 == 0) return ""
	return sprintf("    total_%s: %d\n", what, state[name, what])
}

# --state=a,b:N,...: each clause names tests of the state; what the command line names comes after
# them
function select_by_state(    n, words, i, w, limit, k, m, picked, list, keep, t, at) {
	if (ENVIRON["o_state"] == "") return
	n = split(ENVIRON["o_state"], words, /[,\n]/)
	m = 0
	for (i = 1; i <= n; i++) {
		w = words[i]
		limit = 1000000000
		if (at = index(w, ":")) { limit = value(substr(w, at + 1)); w = substr(w, 1, at - 1) }
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
