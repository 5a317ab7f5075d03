# What is known of the stream that is looked at: one record, which is set anew here and nowhere
# else. It grows while the stream is read, and stays for the verdict and the reports until the next
# one begins.

#include "brain/text.awk"

function begin_stream() {
	# how lines are to be read; the grammar is INIT, PLAN, then PLANNED or UNPLANNED, and
	# GOT_PLAN behind a plan at the end
	version = 12
	grammar = "INIT"
	strict = bail_on_failure = 0
	raw_lines = 0

	# the plan
	planned = -1
	plan = skip_all = ""
	has_todo_plan = 0
	split("", todo_plan)

	# points: how many, which numbers
	run = nfailed = ntodo = nskipped = nbonus = 0
	nranges["failed"] = nranges["bonus"] = 0
	in_order = highest = 0
	split("", seen_number)

	# errors, and the end by a bail out
	nerrors = 0
	bailed = 0
	bail_reason = late_bail = ""

	# the last point, which is open until its YAML block can't follow any more
	point_open = point_bad = last_bad = 0
	point_head = point_desc = nested = own = first_failed = ""
	nested_top = nested_lines = nremarks = told_lines = bare_number = 0
	remarks_before = ""
	yaml_pad = -1
	yaml_for = 0

	# subtests that are open, by depth, and the one that was closed last
	deepest = 0
	subtest_result = subtest_name = announced_name = ""
	child_open = 0
	split("", announced_at)
	split("", items_at)
	split("", own_bad_at)

	# leaves, and why some were skipped or are known to fail
	nleaves = leaf_target = point_leaf = first_bad_leaf = 0
	nskips = ntodos = nbonuses = nreasons = 0
	bonus_names = leaf_notes = seed_told = ""
	split("", reason_count)

	# what is shown, and kept for the reports
	npoints = nparts = 0
	last_words = details = shown_lines = annotations = nested_annotations = ""
	split("", said)
	nsaid_nested = 0
	split("", place)
}

function parse_error(text) {
	if (++nerrors <= 5 || o_parse && nerrors <= 10000) errors[nerrors] = text
}

# A test that was asked to end may answer by a bail out: that is its own affair, and ends no run
function bail(why) {
	bail_reason = trim(why)
	if (!was_ended) bailed = 1
	else late_bail = "Bail out! " bail_reason "\n"
}
