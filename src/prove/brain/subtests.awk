# Subtests

#include "brain/leaves.awk"
#include "brain/point.awk"
#include "brain/points.awk"
#include "brain/remarks.awk"
#include "brain/stderr.awk"
#include "brain/stream.awk"
#include "brain/text.awk"
#include "brain/yaml.awk"

# Indented lines: a YAML block, or a subtest, whose depth is a quarter of the indentation
function indented(line,    s, pad, depth) {
	match(line, /^[ \t]+/)
	pad = RLENGTH
	s = substr(line, pad + 1)
	if (substr(s, 1, 3) == "---") {
		yaml_begin(pad)
		return 1
	}
	if (s ~ /^Bail out!/ || (version >= 14 && lower(substr(s, 1, 9)) == "bail out!")) {
		if (version < 14 || pad % 4 == 0) { bail(substr(s, 10)); return 1 }
		return 0
	}
	if (last_bad && yaml_for == 2 && substr(s, 1, 1) == "#") nested_remark(s)
	if (pad % 4 || substr(line, 1, 1) == "\t") return 0
	depth = pad / 4
	if (s ~ /^(not )?ok([^A-Za-z0-9_]|$)/) nested_point(s, depth)
	else if (version < 14) return 0
	else if (s ~ /^1\.\.[0-9]/) nested_plan(s, depth)
	else if (s ~ /^# *Subtest/) {
		# it names what follows at this depth; some write it as the first line of the
		# subtest itself
		enter(depth)
		sub(/^# *Subtest:? */, "", s)
		announced_at[depth] = s
		if (name_at[depth] == "" && !run_at[depth]) name_at[depth] = s
		child_open = 0
	}
	else if (s !~ /^#/ && s !~ /^pragma /) return 0
	return 1
}

# Subtests are judged in version 14 only, but failed points in them are shown for any version
function nested_point(s, depth,    ok, begin) {
	split_point(s)
	ok = pt_good || pt_dir != ""
	last_bad = !ok
	yaml_for = 2
	if (version >= 14) enter(depth)
	nested_pad = depth * 2
	begin = length(nested)
	if (!ok && nested_lines < 100) {
		name_nested(depth, substr(blanks, 1, nested_pad) shown(unescaped(s)) "\n")
		nested_lines++
		nested_failure(depth)
	}
	mark_nested(depth, begin)
	if (version < 14) return
	run_at[depth]++
	if (ok && closed_bad_at[depth] && pt_good && pt_dir != "TODO") ok = 0
	if (!ok) bad_at[depth] = 1
	closed_bad_at[depth] = 0
	leaf_target = leaf(depth, ok)
}

# A failed point is told above what has failed in its subtest, though it comes behind. What is
# deeper than the last point at a depth or above it begins in nested behind nested_begin[depth].
function name_nested(depth, line,    at) {
	at = depth <= nested_top ? nested_begin[depth] : length(nested)
	nested = substr(nested, 1, at) line substr(nested, at + 1)
}

function mark_nested(depth, at) {
	if (nested_top >= depth) nested_top = depth - 1
	for (; nested_top < depth - 1 && nested_top < 1000; nested_begin[nested_top] = at) nested_top++
}

function nested_plan(s, depth) {
	enter(depth)
	s = substr(s, 4)
	match(s, /^[0-9]+/)
	if (plan_at[depth] != "") bad_at[depth] = 1
	plan_at[depth] = substr(s, 1, RLENGTH)
}

# A line at a depth ends what was open deeper, and begins what was not open yet
function enter(depth) {
	if (depth > 1000) depth = 1000
	close_subtests(depth)
	while (deepest < depth) {
		deepest++
		run_at[deepest] = bad_at[deepest] = closed_bad_at[deepest] = 0
		items_at[deepest] = own_bad_at[deepest] = 0
		mark_at[deepest] = nleaves
		text_at[deepest] = length(nested)
		delete announced_at[deepest]
		plan_at[deepest] = ""
		name_at[deepest] = announced_name
		announced_name = ""
	}
}

function close_subtests(depth,    is_bad) {
	while (deepest > depth) {
		is_bad = bad_at[deepest] || plan_at[deepest] == "" ||
			value(plan_at[deepest]) != run_at[deepest]
		if (run_at[deepest] == 0 && plan_at[deepest] == "" && !bad_at[deepest]) is_bad = 0
		child_open = 1
		child_mark = mark_at[deepest]
		child_items = items_at[deepest]
		child_own_bad = own_bad_at[deepest]
		child_text = text_at[deepest]
		deepest--
		if (deepest > 0) closed_bad_at[deepest] = is_bad
		else {
			subtest_result = is_bad ? "bad" : "good"
			subtest_name = name_at[1]
		}
	}
}
