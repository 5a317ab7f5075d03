# --state: which tests a word names

#include "brain/tests.awk"
#include "brain/text.awk"

# The numbers of the tests of the state that a word stands for, in its order
function pick(word,    k, n, a, key, name, out) {
	for (k = 1; k <= nstate; k++) {
		name = state_names[k]
		if (word == "last") {
			if (state[name, "gen"] != state_gen) continue
			key[k] = -state[name, "seq"]
		} else if (word == "failed") {
			if (state[name, "result"] + 0 == 0) continue
			key[k] = state[name, "result"]
		} else if (word == "passed") {
			if (state[name, "result"] + 0 != 0) continue
			key[k] = -state[name, "seq"]
		} else if (word == "all") key[k] = -state[name, "seq"]
		else if (word == "todo") {
			if (state[name, "todo"] + 0 == 0) continue
			key[k] = state[name, "todo"]
		} else if (word == "hot") {
			if (state[name, "fail_time"] + 0 == 0) continue
			key[k] = state[name, "fail_time"]
		} else if (word == "slow") key[k] = state[name, "elapsed"] + 0
		else if (word == "fast") key[k] = -state[name, "elapsed"]
		else if (word == "new" || word == "old")
			key[k] = mtime_rank(name) * (word == "new" ? -1 : 1)
		else if (word == "fresh") {
			if (!is_fresh(name)) continue
			key[k] = -state[name, "seq"]
		}
		key[k] = key[k] + 0
		a[++n] = k
	}
	sort_falling(a, n, key)
	out = ""
	for (k = 1; k <= n; k++) out = out " " a[k]
	return out
}

# Ages come from ls and find, once: the newest file has rank 1
function mtime_rank(name,    k, args, cmd, line, n) {
	if (!ranked) {
		ranked = 1
		for (k = 1; k <= nstate; k++) args = args " " shell_quote(state_names[k])
		cmd = "ls -dt --" args " 2>/dev/null"
		while ((cmd | getline line) > 0) rank_of[line] = ++n
		close(cmd)
	}
	return name in rank_of ? rank_of[name] : 1000000
}

function is_fresh(name,    k, args, cmd, line) {
	if (!freshed) {
		freshed = 1
		for (k = 1; k <= nstate; k++)
			args = args " " shell_quote(state_names[k] ~ /^-/ ? "./" \
				state_names[k] : state_names[k])
		cmd = "find" args " -prune -newer " \
			shell_quote(ENVIRON["o_state_file"]) " 2>/dev/null"
		while ((cmd | getline line) > 0) { sub(/^\.\/-/, "-", line); fresh[line] = 1 }
		close(cmd)
	}
	return name in fresh
}
