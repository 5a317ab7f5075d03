# What is said of a failed point in comments: bats, pg_regress, tap.py and Perl's tests with -m write
# them behind it, kselftest in front of it. The last 20 lines are kept.

#include "brain/points.awk"
#include "brain/text.awk"
#include "report/github.awk"

function keep_remark(line) {
	if (line ~ /^# (selftests: |timeout set to [0-9]+)/) {
		nremarks = 0
		return
	}
	sub(/^# ?/, "", line)
	if (!nremarks && line ~ /^[ \t]*$/) return
	remark_line[nremarks++ % 20] = substr(line, 1, 1000)
}

# A comment behind a failed point belongs to it, unless it begins something of its own
function remark_behind(line) {
	if (line ~ /^# *Subtest/ || line ~ /^# (selftests: |timeout set to [0-9]+)/) return 0
	keep_remark(line)
	return 1
}

function remarks(pad,    i, end, text) {
	text = nremarks > 20 ? pad "(" nremarks - 20 " lines before)\n" : ""
	i = nremarks > 20 ? nremarks - 20 : 0
	# git's tests put lines of blanks around what they say
	for (end = nremarks; end > i && remark_line[(end - 1) % 20] ~ /^[ \t]*$/; end--) ;
	for (; i < end; i++)
		text = text pad shown(remark_line[i % 20]) "\n"
	nremarks = 0
	return text
}

# A point has come: what stands in front of it is told if it failed and nothing better follows
function remarks_at_point(is_bad) {
	remarks_before = is_bad && nremarks ? remarks("  ") : ""
	nremarks = 0
}

# Adds to own what is said of the failed point beside it
function take_remarks(    text) {
	text = nremarks ? remarks("  ") : nested own == "" ? remarks_before : ""
	remarks_before = ""
	if (text == "") return
	if (o_github && own == "") annotate_text(plain_desc(point_desc), text)
	own = own text
}

# A failed point of a subtest keeps what is said right behind it too
function nested_remark(s) {
	if (s ~ /^# *Subtest/ || nested_lines >= 100) return
	nested_lines++
	sub(/^# ?/, "", s)
	s = substr(blanks, 1, nested_pad + 2) shown(substr(s, 1, 1000)) "\n"
	nested = nested s
	if (leaf_target && !leaf_ok[leaf_target])
		leaf_detail[leaf_target] = leaf_detail[leaf_target] s
}

# A failed point of this name, by at most 20 lines
function annotate_text(name, text,    at, n, i, lines) {
	at = place_in(text)
	n = split(trim_end(text), lines, "\n")
	text = name
	for (i = 1; i <= n && i <= 20; i++)
		text = text (text == "" ? "" : "\n") (name == "" && i == 1 ? trim(lines[i]) : lines[i])
	if (n > 20) text = text "\n  ..."
	if (at != "") annotate(at, "", text)
	else annotations = annotations github_error(text == "" ? point_head : text)
}

# FILE:LINE, as bats, Python, Perl and compilers write it, or ""
function place_in(text,    s, at) {
	at = ""
	s = text
	while (match(s, /(in test file |File ")[^"\n]+"?, line [0-9]+/)) {
		at = substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
	}
	if (at != "") {
		sub(/^(in test file |File ")/, "", at)
		sub(/"?, line /, ":", at)
		return at
	}
	if (match(text, /(^|[ \n])at [^ \n]+ line [0-9]+/)) {
		at = trim(substr(text, RSTART, RLENGTH))
		sub(/^[ \n]*at /, "", at)
		sub(/ line /, ":", at)
	} else if (match(text, /(^|\n) *[^ :\n]+:[0-9]+:([0-9]+:)? /)) {
		at = substr(text, RSTART, RLENGTH - 2)
		sub(/^[ \n]+/, "", at)
	}
	return at
}
