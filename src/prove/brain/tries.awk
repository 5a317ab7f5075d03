# What failed in the tries of a test that was run again: reports show it beside the last one

#include "brain/judge.awk"
#include "brain/lastwords.awk"

# A try has ended that is not the last one
function keep_try(t,    k, problem, tail) {
	if (!collecting) return
	try_begin[t, tries_now + 1] = begin_now
	try_seconds[t, tries_now + 1] = seconds_now
	try_worker[t, tries_now + 1] = worker_now
	problem = program_problem(t)
	tail = problem != "" || lone_bare() ? stderr_tail(err_now) : ""
	for (k = 1; k <= npoints; k++)
		if (!ok_of_point[k])
			add_try(t, path_of_point[k] SUBSEP desc_of_point[k],
				detail_of_point[k] (lone_bare() ? tail : ""))
	if (problem != "") add_try(t, "", problem tail)
}

# The name of a point with its path; "" is the program itself
function add_try(t, name, text,    n) {
	n = ++ntries_kept[t]
	try_name[t, n] = name
	try_text[t, n] = text
}

# What is kept of t by name, as lists of numbers: tries_named[NAME]
function name_tries(t,    n, name) {
	split("", tries_named)
	for (n = 1; n <= ntries_kept[t]; n++) {
		name = try_name[t, n]
		tries_named[name] = (name in tries_named ? tries_named[name] : "") " " n
	}
}
