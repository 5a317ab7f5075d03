# Cases below servers, pairs, rows

#include "brain/paint.awk"
#include "brain/points.awk"
#include "brain/text.awk"
#include "report/github.awk"

# What is tested stands where the branches of a stream end: the cases below a server, the pairs of a
# matrix, the rows of a case. An item is a point with a subtest, or one that was announced by "#
# Subtest"; a leaf is an item without items below, or a point of the stream itself. Assertions are
# no leaves, but one that has a directive is kept beside the item that it belongs to, or its TODO
# would be lost. leaf() hears of each point behind its subtest, with split_point of it done; it
# returns the number of the leaf that the point is, or 0.
function leaf(depth, ok,    from, to, k, n, items, is_bad, item, name) {
	first_leaf = nleaves + 1
	if (version < 14) return new_leaf(ok, 1, pt_desc)
	name = announced_at[depth]
	item = child_open || depth == 0 || (name != "" && name == plain_desc(pt_desc))
	delete announced_at[depth]
	from = to = nleaves
	items = is_bad = 0
	if (child_open) {
		from = child_mark
		items = child_items
		n = from
		first_leaf = n + 1
		for (k = from + 1; k <= to; k++) {
			# A directive counts for all below it
			if (pt_dir != "" && !leaf_item[k]) continue
			if (pt_dir == "TODO" && !leaf_ok[k]) {
				leaf_ok[k] = 1
				leaf_dir[k] = pt_dir
				leaf_why[k] = pt_why
			}
			copy_leaf(k, ++n)
			leaf_path[n] = plain_desc(pt_desc) (leaf_path[n] == "" ? "" : SUBSEP \
				leaf_path[n])
			if (!leaf_ok[n]) is_bad++
			if (leaf_dir[n] == "TODO") is_bad++
		}
		nleaves = n
		if (items && ((pt_dir == "" && (ok || (is_bad && !child_own_bad))) ||
			(pt_dir == "TODO" && is_bad)))
			item = 0
	}
	child_open = 0
	if (item || items) items_at[depth]++
	else if (!ok) own_bad_at[depth] = 1
	if (!item && (items || pt_dir == "")) return 0
	return new_leaf(ok, item, pt_desc)
}

function new_leaf(ok, item, desc) {
	# Most points are one leaf, without anything to tell: nothing is kept of them then
	nleaves++
	leaf_ok[nleaves] = ok
	leaf_item[nleaves] = item
	leaf_good[nleaves] = pt_good
	leaf_dir[nleaves] = pt_dir
	leaf_why[nleaves] = pt_why
	leaf_name[nleaves] = desc
	leaf_number[nleaves] = pt_number
	leaf_path[nleaves] = leaf_ms[nleaves] = leaf_detail[nleaves] = ""
	spec_of_leaf[nleaves] = server_of_leaf[nleaves] = ""
	if (!ok && nested != "") leaf_detail[nleaves] = substr(nested, child_text + 1)
	return nleaves
}

function copy_leaf(k, to) {
	if (k == to) return
	leaf_ok[to] = leaf_ok[k]
	leaf_item[to] = leaf_item[k]
	leaf_good[to] = leaf_good[k]
	leaf_dir[to] = leaf_dir[k]
	leaf_why[to] = leaf_why[k]
	leaf_name[to] = leaf_name[k]
	leaf_number[to] = leaf_number[k]
	leaf_path[to] = leaf_path[k]
	leaf_ms[to] = leaf_ms[k]; leaf_detail[to] = leaf_detail[k]
	spec_of_leaf[to] = spec_of_leaf[k]
	server_of_leaf[to] = server_of_leaf[k]
}

# The point of the stream itself is there: its leaves are counted, and kept for the reports
function take_leaves(    k, deep, name) {
	first_bad_leaf = 0
	first_point = npoints + 1
	for (k = 1; k <= nleaves; k++) {
		deep = k != point_leaf
		name = leaf_path[k]
		gsub(SUBSEP, " > ", name)
		name = name (name == "" ? "" : " > ") plain_desc(leaf_name[k])
		if (leaf_dir[k] == "SKIP" && leaf_ok[k]) {
			nskips++
			add_reason("skip", leaf_why[k])
			if (o_github) note_leaf("notice", "skipped", name, leaf_why[k])
		} else if (leaf_dir[k] == "TODO" && leaf_ok[k] && leaf_good[k]) {
			nbonuses++
			if (deep && nbonuses <= 20)
				bonus_names = bonus_names "  TODO passed:   " shown(name) "\n"
			if (o_github) note_leaf("warning", "TODO passed", name, leaf_why[k])
		} else if (leaf_dir[k] == "TODO" && leaf_ok[k]) {
			ntodos++
			add_reason("todo", leaf_why[k])
			if (o_github) note_leaf("notice", "known failure", name, leaf_why[k])
		}
		if (deep && show_lines == 1 && o_directives && leaf_dir[k] != "")
			shown_lines = shown_lines \
				paint_point((leaf_good[k] ? "ok" : "not ok") " - " name " # " \
				leaf_dir[k] " " leaf_why[k]) "\n"
		if (collecting) {
			keep_point(k)
			if (deep && !leaf_ok[k] && !first_bad_leaf) first_bad_leaf = npoints
		}
	}
	point_leaf = collecting && point_leaf ? npoints : 0
	nleaves = leaf_target = 0
}

# A program may have died between a subtest and its point: what was seen counts all the same
function leaves_without_point(    k) {
	for (k = 1; k <= nleaves; k++)
		leaf_path[k] = plain_desc(subtest_name) (leaf_path[k] == "" ? "" : SUBSEP \
			leaf_path[k])
	point_leaf = child_open = 0
	take_leaves()
	details = details nested
}

function note_leaf(kind, what, name, why) {
	leaf_notes = leaf_notes "::" kind " title=" github_property(note_title) "::" \
		github_text(what ": " name (why == "" ? "" : ": " why)) "\n"
}

function add_reason(kind, why) {
	if (why == "") why = "(no reason given)"
	if (!((kind, why) in reason_count)) reasons[++nreasons] = kind SUBSEP why
	reason_count[kind, why]++
}

# How long the point before took, as its YAML says
function leaf_time(ms) {
	ms = trim(ms)
	if (ms !~ /^[0-9]+(\.[0-9]+)?$/) return
	while (ms ~ /^0[0-9]/) ms = substr(ms, 2) # no octal digits, see value()
	if (yaml_for == 2) { if (leaf_target) leaf_ms[leaf_target] = ms }
	else if (point_leaf) ms_of_point[point_leaf] = ms
}

# What the point before proves, as its YAML says: that holds for all leaves below it, but for those
# that say it themselves
function leaf_spec(spec,    k) {
	if (yaml_for == 2) {
		for (k = first_leaf; k <= nleaves; k++)
			if (spec_of_leaf[k] == "") spec_of_leaf[k] = spec
	} else
		for (k = first_point; k <= npoints; k++)
			if (spec_of_point[k] == "") spec_of_point[k] = spec
}

# The server that the leaves below the point before were run on, as its YAML says
function leaf_server(name,    k) {
	if (yaml_for == 2) {
		for (k = first_leaf; k <= nleaves; k++)
			if (server_of_leaf[k] == "") server_of_leaf[k] = name
	} else
		for (k = first_point; k <= npoints; k++)
			if (server_of_point[k] == "") server_of_point[k] = name
}
