# A stream

#include "brain/leaves.awk"
#include "brain/paint.awk"
#include "brain/point.awk"
#include "brain/points.awk"
#include "brain/ranges.awk"
#include "brain/remarks.awk"
#include "brain/stderr.awk"
#include "brain/stream.awk"
#include "brain/subtests.awk"
#include "brain/text.awk"
#include "brain/yaml.awk"

# Reads one stream, and what was said beside it on stderr. "fast" says that a line "ok N" in sequence needs no closer look.
function parse(file, err,    line, n, k, fast, limit, count, tens, digit) {
	begin_stream()
	read_failures(err)
	fast = 0
	for (;;) {
		if (fast && digit == 0 && count + 10 <= limit) {
			k = ten_points(file, tens)
			count += k
			if (k == 10) { tens = "ok " int((count + 1) / 10); continue }
			digit = k; n = stray_read; line = stray
		} else n = (getline line < file)
		if (n <= 0) break
		if (fast) {
			# "ok N" is put together from all but the last digit, which stays for ten
			# lines, and that one
			if ((index(line, tens digit_blank[digit]) == 1 && !index(line, "#") ||
				line == tens digit) && count < limit) {
				count++
				if (++digit == 10) { digit = 0; tens = "ok " int((count + 1) / 10) }
				continue
			}
			if (count > run) {
				raw_lines += count - run
				run = count
				last_bad = nremarks = 0
			}
			if (point_open) close_point()
			if (index(line, "#") == 1) {
				raw_lines++
				keep_remark(line)
				continue
			}
		}
		tap_line(line)
		if (bailed && !o_verbose) break
		# the YAML block of a failed point may follow, or comments
		fast = !collecting && !(point_open && point_bad) && !show_lines &&
			!has_todo_plan && yaml_pad < 0 && !deepest && version < 14 && \
			(grammar == "PLANNED" || grammar == "UNPLANNED")
		if (fast) {
			limit = grammar == "PLANNED" ? planned : 9007199254740990
			count = run
			digit = (count + 1) % 10
			tens = "ok " (count < 9 ? "" : int((count + 1) / 10))
		}
	}
	if (fast && count > run) { raw_lines += count - run; run = count; last_bad = 0 }
	read_failed = n < 0
	if (read_failed) parse_error("The output could not be read: was its folder removed?")
	close(file)
	if (point_open && point_bad) told_lines = raw_lines
	close_point()
	tap_end()
}

# Reads ten points at once, whose numbers begin with these digits: the work of a loop for each of a
# million lines takes as long as reading them. Returns how many were as expected; the line that was
# not, or the end, is in stray and stray_read.
function ten_points(file, tens) {
	if ((stray_read = (getline stray < file)) <= 0 || index(stray, tens "0 ") != 1 || index(stray, "#")) return 0
	if ((stray_read = (getline stray < file)) <= 0 || index(stray, tens "1 ") != 1 || index(stray, "#")) return 1
	if ((stray_read = (getline stray < file)) <= 0 || index(stray, tens "2 ") != 1 || index(stray, "#")) return 2
	if ((stray_read = (getline stray < file)) <= 0 || index(stray, tens "3 ") != 1 || index(stray, "#")) return 3
	if ((stray_read = (getline stray < file)) <= 0 || index(stray, tens "4 ") != 1 || index(stray, "#")) return 4
	if ((stray_read = (getline stray < file)) <= 0 || index(stray, tens "5 ") != 1 || index(stray, "#")) return 5
	if ((stray_read = (getline stray < file)) <= 0 || index(stray, tens "6 ") != 1 || index(stray, "#")) return 6
	if ((stray_read = (getline stray < file)) <= 0 || index(stray, tens "7 ") != 1 || index(stray, "#")) return 7
	if ((stray_read = (getline stray < file)) <= 0 || index(stray, tens "8 ") != 1 || index(stray, "#")) return 8
	if ((stray_read = (getline stray < file)) <= 0 || index(stray, tens "9 ") != 1 || index(stray, "#")) return 9
	return 10
}

function tap_line(line,    c, s) {
	# as editors on Windows put it before everything
	if (!raw_lines++ && lower(substr(line, 1, 14)) == "\357\273\277tap version")
		line = substr(line, 4)
	if (line ~ /\r$/) sub(/\r$/, "", line)
	if (show_lines == 2 && !live_now) {
		shown_lines = shown_lines paint_point(line) "\n"
		if (raw_lines % 500 == 0) { parts[++nparts] = shown_lines; shown_lines = "" }
	}
	if (bailed) return
	if (yaml_pad >= 0 && yaml_line(line)) return
	c = substr(line, 1, 1)
	if (point_open && point_bad) told_lines = raw_lines - 1
	if (point_open && point_bad && (line == "" || (c == "#" && remark_behind(line)))) {
		if (c == "#" && o_comments && show_lines == 1) {
			show_head()
			shown_lines = shown_lines shown(line) "\n"
		}
		return
	}
	if (point_open && line !~ /^[ \t]+---/) close_point()
	if (c == "o" || c == "n") {
		if (line ~ /^(not )?ok([^A-Za-z0-9_]|$)/) { test_point(line); return }
	} else if (c == "#") {
		if (o_comments && show_lines == 1) shown_lines = shown_lines shown(line) "\n"
		keep_remark(line)
		if (version >= 14) {
			close_subtests(0)
			if (match(line, /^# *Subtest:? */))
				announced_name = substr(line, RLENGTH + 1)
			child_open = 0
		}
		return
	} else if (c == "1") {
		if (line ~ /^1\.\.[0-9]/ && plan_line(line)) return
	} else if (c == " " || c == "\t") {
		if (indented(line)) return
	} else if (c == "B") {
		if (line ~ /^Bail out!/) { bail(substr(line, 10)); return }
	} else if (c == "T" || c == "t") {
		if (lower(line) ~ /^tap[ \t]+version[ \t]+[0-9]+[ \t]*$/) {
			version_line(line)
			return
		}
	} else if (c == "p" && version >= 13 && line ~ /^pragma[ \t]+[-+]/) {
		pragma_line(line)
		return
	}
	if (version >= 14 && lower(substr(line, 1, 9)) == "bail out!") {
		bail(substr(line, 10))
		return
	}
	if (strict && !(version >= 14 && line ~ /^[ \t]*$/))
		parse_error("Unknown TAP token: \"" line "\"")
}

function version_line(line,    v) {
	if (grammar != "INIT") {
		parse_error("If TAP version is present it must be the first line of output")
		return
	}
	match(line, /[0-9]+/)
	v = substr(line, RSTART, RLENGTH)
	if (value(v) <= 12) {
		parse_error("Explicit TAP version must be at least 13. Got version " v)
		v = 12
	} else if (value(v) > 14) {
		parse_error("TAP specified version " v " but we don" quote \
			"t know about versions later than 14")
		v = 14
	}
	version = value(v)
	grammar = "PLAN"
}

# A plan, if the version in force takes the line for one
function plan_line(line,    n, tail, why, skip, k, words) {
	match(line, /^1\.\.[0-9]+/)
	n = substr(line, 4, RLENGTH - 3)
	tail = trim(substr(line, RLENGTH + 1))
	skip = (value(n) == 0)
	why = ""
	if (match(tail, /^#[ \t]*[Ss][Kk][Ii][Pp]/)) {
		why = substr(tail, RLENGTH + 1)
		if (version == 13 && why ~ /^[A-Za-z0-9_]/) return 0
		if (version < 13) {
			if (!skip) return 0
			if (!sub(/^[^ \t]*[ \t]+/, "", why)) why = ""
		} else {
			skip = 1
			sub(/^[A-Za-z0-9_]+:?/, "", why)
		}
	} else if (version < 13 && tail ~ /^todo([ \t]+[0-9]+)+/) {
		k = split(tail, words, /[ \t]+/)
		for (; k > 1; k--) todo_plan[value(words[k])] = 1
		has_todo_plan = 1
	} else if (tail != "" && version < 14 && !(version < 13 && skip)) return 0
	else if (tail != "" && version >= 14) {
		if (tail !~ /^#/) return 0
		if (skip) { why = tail; sub(/^#/, "", why) }
	}
	if (version >= 14) close_subtests(0)
	if (grammar == "PLANNED" || grammar == "GOT_PLAN") {
		parse_error("More than one plan found in TAP output")
		grammar = "PLANNED"
		return 1
	}
	planned = value(n)
	plan = "1.." n
	if (skip) {
		skip_all = trim(why)
		if (skip_all == "") skip_all = "(no reason given)"
	}
	grammar = (grammar == "UNPLANNED" ? "GOT_PLAN" : "PLANNED")
	return 1
}

# A point of the stream itself (subtests have their own: nested_point)
function test_point(line,    ok) {
	if (version >= 14) close_subtests(0)
	split_point(line)
	if (grammar == "GOT_PLAN") {
		parse_error("Plan (" plan ") must be at the beginning or end of the TAP output")
		grammar = "PLANNED"
	} else if (grammar != "PLANNED")
		grammar = "UNPLANNED"
	run++
	if (has_todo_plan && pt_number != "" && value(pt_number) in todo_plan) {
		delete todo_plan[value(pt_number)]
		pt_dir = "TODO"
	}
	if (pt_number == "") pt_number = run
	else if (version < 14) {
		if (value(pt_number) != run)
			parse_error("Tests out of sequence.  Found (" pt_number ") but expected (" \
				run ")")
	} else number_seen(value(pt_number))
	ok = pt_good || pt_dir == "TODO" || (version >= 14 && pt_dir == "SKIP")
	if (grammar == "PLANNED" && planned >= 0 && run > planned) ok = 0
	if (version >= 14 && subtest_result == "bad" && pt_good && pt_dir != "TODO") {
		parse_error("Test " pt_number " says " \
			(pt_dir == "SKIP" ? pt_dir : "ok") ", but its subtest" \
			(subtest_name == "" ? "" : " (" subtest_name ")") " failed")
		ok = 0
	}
	subtest_result = subtest_name = ""
	if (pt_dir == "TODO") {
		ntodo++
		if (pt_good) { nbonus++; add_range("bonus", pt_number) }
	} else if (pt_dir == "SKIP") nskipped++
	if (!ok) {
		if (!nfailed) first_failed = plain_desc(pt_desc)
		nfailed++
		add_range("failed", pt_number)
		if (bail_on_failure) bail("pragma +bail: " line)
	}
	last_bad = !ok
	point_leaf = 0
	if (collecting || nleaves || pt_dir != "") {
		point_leaf = leaf(0, ok)
		take_leaves()
	}
	child_open = 0
	head_shown = o_failures || !failures_shown
	if (show_lines == 1 && ((o_failures && !ok) || (o_directives && pt_dir != "")))
		shown_lines = shown_lines paint_point(line) "\n"
	remarks_at_point(!ok)
	point_open = 1
	point_bad = !ok
	yaml_for = 1
	point_desc = pt_desc
	note_mark = length(annotations)
	if (point_bad) {
		point_head = line
		annotations = annotations nested_annotations
	} else forget_nested()
	nested_annotations = ""
	nsaid_nested = 0
	own = ""
}

# The subtest of a point that passed, or is known to fail: what failed in it is new to a later one
function forget_nested() {
	nested = ""
	nested_top = 0
	for (; nsaid_nested > 0; nsaid_nested--) delete said[said_nested[nsaid_nested]]
}

# TAP 14 takes numbers in any order, but no number twice and none above the plan. What has come in
# sequence is remembered by its end alone.
function number_seen(n) {
	if (n == in_order + 1) {
		in_order++
		while ((in_order + 1) in seen_number) { in_order++; delete seen_number[in_order] }
	} else if (n <= in_order || n in seen_number)
		parse_error("Test number " whole_number(n) " occurs more than once")
	else {
		seen_number[n] = 1
		if (n > highest) highest = n
	}
}

# A point is complete when the next one comes, because its YAML block follows it
function close_point() {
	if (!point_open) return
	point_open = 0
	if (point_bad) close_failure()
	nested = own = ""
	nested_lines = nested_top = 0
}

function close_failure(    text) {
	text = own
	if (own == "") point_failure()
	take_remarks()
	if (nested own != "") show_head()
	if (show_lines == 1 && failures_shown)
		shown_lines = shown_lines nested (o_comments ? text : own)
	text = shown(unescaped(point_head)) "\n" nested own
	if (point_leaf) detail_of_point[npoints] = text
	else if (first_bad_leaf)
		detail_of_point[first_bad_leaf] = detail_of_point[first_bad_leaf] own
	# A point alone says less than the report of its number, or than what the test may have said
	# on stderr
	if (nested own != "") details = details text
	else {
		bare_number = nfailed
		if (point_desc != "") details = details "\001" text
	}
	if (o_github && length(annotations) == note_mark) annotate_text(plain_desc(point_desc), nested own)
}

# With -o a failed point is shown if it has something to say of itself
function show_head() {
	if (head_shown || show_lines != 1) return
	shown_lines = shown_lines paint_point(point_head) "\n"
	head_shown = 1
}

function pragma_line(line,    words, n, i, w) {
	sub(/^pragma[ \t]+/, "", line)
	n = split(line, words, /[ \t]*,[ \t]*/)
	for (i = 1; i <= n; i++) {
		w = trim(words[i])
		if (w == "+strict" || w == "-strict") strict = (w == "+strict")
		if (w == "+bail" || w == "-bail") bail_on_failure = (w == "+bail")
	}
}

function tap_end() {
	if (yaml_pad >= 0) {
		yaml_without_end()
		yaml_end()
	}
	close_point()
	if (version >= 14) {
		close_subtests(0)
		if (child_open) leaves_without_point()
		if (subtest_result != "" && !bailed)
			parse_error("A subtest" (subtest_name == "" ? "" : " (" subtest_name \
				")") " has no point of its own after it")
	}
	if (plan == "") parse_error("No plan found in TAP output")
	if (planned >= 0 && run != planned)
		parse_error("Bad plan.  You planned " substr(plan, 4) " tests but ran " run ".")
	else if (version >= 14 && planned >= 0 && highest > planned)
		parse_error("Test number " whole_number(highest) " is outside the plan " plan)
}
