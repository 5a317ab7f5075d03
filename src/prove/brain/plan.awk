# The order of the tests; --shuffle, --shard, -R

#include "brain/base.awk"
#include "brain/files.awk"
#include "brain/rules.awk"
#include "brain/state.awk"
#include "brain/tests.awk"
#include "brain/text.awk"

# plan_run: from the list of names to the list of tests in their final order, and the order of their
# start
function plan_run(    t, n, k, r) {
	read_state()
	read_tests()
	select_by_state()
	if (o_shuffle) shuffle()
	if (o_reverse) for (k = 1; k < ntests + 1 - k; k++) swap(k, ntests + 1 - k)
	if (!ntests && selecting && !o_dry)
		print "# --state=" trim(one_line(ENVIRON["o_state"])) ": it names no test"
	else if (!ntests && !selecting)
		complain("there is no test in what was named: no file there ends in " \
			trim(one_line(ENVIRON["o_ext"])) \
			" (--ext says otherwise, as in prove --ext .c for C sources)")
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

# --shard K/N: the parts are what a plan says that was written once for all machines, else what each
# of them finds by the times in its state
function take_shard(    part, of) {
	part = value(o_shard)
	of = value(substr(o_shard, index(o_shard, "/") + 1))
	if (o_shard !~ /\//) {
		share_out(of)
		write_plan(of)
		leave(report_failed)
	}
	if (o_plan != "") read_plan(of)
	else share_out(of)
	keep_part(part)
}

# Slowest first, each to the shard that has least to do so far; equal ones by name, so that all
# machines agree
function share_out(of,    k, load, s, best, t, sum, known_n, average, sorted) {
	for (t = 1; t <= ntests; t++) {
		cost_of[t] = elapsed_known(t)
		if (cost_of[t] > 0) { sum += cost_of[t]; known_n++ }
	}
	average = known_n ? sum / known_n : 1
	for (t = 1; t <= ntests; t++) {
		if (cost_of[t] <= 0) cost_of[t] = average
		sorted[t] = t
	}
	sort_tests(sorted, ntests, cost_of)
	for (k = 1; k <= ntests; k++) {
		best = 1
		for (s = 2; s <= of; s++) if (load[s] + 0 < load[best] + 0) best = s
		load[best] += cost_of[sorted[k]]
		part_of[sorted[k]] = best
	}
}

function keep_part(part,    t, m) {
	m = 0
	for (t = 1; t <= ntests; t++)
		if (part_of[t] == part) {
			m++
			path_of[m] = path_of[t]; raw_of[m] = raw_of[t]; name_of[m] = name_of[t]
		}
	ntests = m
}

# The plan: a line a test, its part, the seconds that it is thought to take, and its name, between
# tabs
function write_plan(of,    t, to, load, s) {
	to = spool "/plan"
	emit("e2e prove plan 1 of " of " parts\n", to)
	for (t = 1; t <= ntests; t++) {
		emit(part_of[t] sprintf("\t%.3f\t", cost_of[t]) escaped_name(raw_of[t]) "\n", to)
		load[part_of[t]] += cost_of[t]
	}
	publish(to, o_plan)
	for (s = 1; s <= of; s++) printf "# shard %d/%d: %.1f s\n", s, of, load[s]
}

# What the plan doesn't name is new, and must not get lost between the machines: the first one has it
function read_plan(of,    line, at, name, share, t, extra) {
	if ((getline line < o_plan) <= 0 || line !~ /^e2e prove plan 1 of [0-9]+ parts$/) {
		complain(o_plan " is no plan that may be read: --shard N --plan " o_plan " writes one")
		leave(2)
	}
	if (line != "e2e prove plan 1 of " of " parts") {
		sub(/^.* of /, "", line)
		complain("the plan " o_plan " is of " line ", not of " of ": give --shard K/" line + 0)
		leave(2)
	}
	while ((getline line < o_plan) > 0) {
		at = index(line, "\t")
		name = substr(line, at + 1)
		sub(/^[^\t]*\t/, "", name)
		share[plain_name("e" name)] = substr(line, 1, at - 1) + 0
	}
	close(o_plan)
	for (t = 1; t <= ntests; t++) {
		part_of[t] = raw_of[t] in share ? share[raw_of[t]] : 1
		if (!(raw_of[t] in share)) extra++
	}
	if (extra && !o_dry && value(o_shard) == 1)
		print "# " extra (extra == 1 ? " test is" : " tests are") " not in the plan " o_plan \
			": shard 1 has " (extra == 1 ? "it" : "them")
}

# -R: from the test on at which the last run failed or was stopped, and in that from the case that
# failed first, if it has cases. Tests in front of those of the last run were left out by that too.
function skip_to_failure(    t, k, m, gen, was_begun) {
	for (t = 1; t <= ntests; t++) {
		gen = state_get(raw_of[t], "gen") + 0
		if (gen == state_gen) was_begun = 1
		if (state_get(raw_of[t], "result") != 0 || (was_begun && gen < state_gen)) break
	}
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
	if (state_case(raw_of[1]) == "") return
	from_case[1] = state_case(raw_of[1])
	if (!o_dry) print "# " name_of[1] " begins with the case " shown(from_case[1])
}
