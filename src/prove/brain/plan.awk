# The order of the tests; --shuffle, --shard, -R

#include "brain/base.awk"
#include "brain/rules.awk"
#include "brain/state.awk"
#include "brain/tests.awk"
#include "brain/text.awk"

# plan_run: from the list of names to the list of tests in their final order, and the order of their
# start
function plan_run(    t, n, k, times, r) {
	read_state()
	read_tests()
	select_by_state()
	if (o_shuffle) shuffle()
	if (o_reverse) for (k = 1; k < ntests + 1 - k; k++) swap(k, ntests + 1 - k)
	if (!ntests && selecting && !o_dry)
		print "# --state=" trim(one_line(ENVIRON["o_state"])) ": it names no test"
	else if (!ntests && !selecting)
		complain("there is no test in what was named: no file there ends in " \
			trim(one_line(ENVIRON["o_ext"])) " (--ext says otherwise)")
	k = ntests
	if (o_shard != "") take_shard()
	if (k && !ntests && !o_dry)
		print "# shard " o_shard ": none of the " k \
			(k == 1 ? " test" : " tests") " is in it"
	if (o_resume) skip_to_failure()
	if (o_repeat > 1) {
		n = ntests
		for (r = 2; r <= o_repeat; r++)
			for (k = 1; k <= n; k++) {
				path_of[++ntests] = path_of[k]
				raw_of[ntests] = raw_of[k]
				name_of[ntests] = name_of[k] " #" r
			}
		for (k = 1; k <= n; k++) name_of[k] = name_of[k] " #1"
	}
	longest = 0
	for (t = 1; t <= ntests; t++) if (length(name_of[t]) > longest) longest = length(name_of[t])
	read_rules()
	first_waiting = 1
	k = 0
	if (nworkers > 1 && !o_shuffle && !o_reverse) {
		for (t = 1; t <= ntests; t++)
			if (state_get(raw_of[t], "elapsed") >= 1) {
				start_order[++k] = t
				early[t] = elapsed_known(t)
			}
		sort_falling(start_order, k, early)
	}
	for (t = 1; t <= ntests; t++) if (!(t in early)) start_order[++k] = t
}

function elapsed_known(t) {
	return state_get(raw_of[t], "elapsed") + 0
}

function shuffle(    k) {
	if (o_seed == "") {
		srand()
		srand()
		o_seed = int(rand() * 1000000000) + ENVIRON["shuffle_seed"] % 1000000
	}
	srand(o_seed)
	for (k = ntests; k > 1; k--) swap(k, int(rand() * k) + 1)
	print "# shuffled: --seed " o_seed " repeats this order"
}

# Slowest first, each to the shard that has least to do so far; equal ones by name, so that all
# machines agree
function take_shard(    part, of, k, n, load, s, best, t, sum, known_n, average, cost, sorted, mine, p, r, m) {
	part = o_shard + 0
	of = substr(o_shard, index(o_shard, "/") + 1) + 0
	for (t = 1; t <= ntests; t++) {
		cost[t] = elapsed_known(t)
		if (cost[t] > 0) { sum += cost[t]; known_n++ }
	}
	average = known_n ? sum / known_n : 1
	for (t = 1; t <= ntests; t++) {
		if (cost[t] <= 0) cost[t] = average
		sorted[t] = t
	}
	sort_tests(sorted, ntests, cost)
	for (k = 1; k <= ntests; k++) {
		best = 1
		for (s = 2; s <= of; s++) if (load[s] + 0 < load[best] + 0) best = s
		load[best] += cost[sorted[k]]
		if (best == part) mine[sorted[k]] = 1
	}
	m = 0
	for (t = 1; t <= ntests; t++)
		if (t in mine) {
			m++
			path_of[m] = path_of[t]; raw_of[m] = raw_of[t]; name_of[m] = name_of[t]
		}
	ntests = m
}

# -R: from the test on at which the last run failed or was stopped
function skip_to_failure(    t, k, m) {
	for (t = 1; t <= ntests; t++)
		if (state_get(raw_of[t], "result") != 0 ||
			state_get(raw_of[t], "gen") + 0 < state_gen)
			break
	if (t > ntests) {
		print "# the last run had no failure to go on from: all tests run"
		return
	}
	m = 0
	for (k = t; k <= ntests; k++) {
		m++
		path_of[m] = path_of[k]; raw_of[m] = raw_of[k]; name_of[m] = name_of[k]
	}
	ntests = m
}
