# A point's words

#include "brain/text.awk"

# Splits a point: sets pt_good, pt_number (may be ""), pt_desc, pt_dir ("", TODO, SKIP), pt_why
function split_point(line,    at) {
	pt_good = (substr(line, 1, 2) == "ok")
	pt_desc = substr(line, pt_good ? 3 : 7)
	pt_number = pt_dir = pt_why = ""
	if (match(pt_desc, /^[ \t]+/)) pt_desc = substr(pt_desc, RLENGTH + 1)
	if (match(pt_desc, /^[0-9]+/)) {
		pt_number = substr(pt_desc, 1, RLENGTH)
		pt_desc = substr(pt_desc, RLENGTH + 1)
		if (match(pt_desc, /^[ \t]+/)) pt_desc = substr(pt_desc, RLENGTH + 1)
	}
	if (index(pt_desc, "#") && (at = directive_at(pt_desc))) {
		pt_dir = trim(substr(pt_desc, at + 1))
		pt_desc = trim(substr(pt_desc, 1, at - 1))
		pt_why = substr(pt_dir, 5)
		pt_dir = toupper(substr(pt_dir, 1, 4))
		if (version >= 14) sub(/^[A-Za-z0-9_]*:?/, "", pt_why)
		pt_why = trim(pt_why)
	}
}

# Where the # of a directive stands in a description, or 0. Before version 14 only the first #
# counts.
function directive_at(rest,    at, from, c, back) {
	from = 1
	while (at = index(substr(rest, from), "#")) {
		at += from - 1
		for (back = at - 1; back > 0 && substr(rest, back, 1) == "\\"; back--) ;
		from = at + 1
		if ((at - 1 - back) % 2) continue
		c = lower(substr(rest, at, 200))
		if (version >= 14) {
			if (c ~ /^#[ \t]*(skip|todo)/) return at
		} else
			return c ~ /^#[ \t]*(skip|todo)([^a-z0-9_]|$)/ ? at : 0
	}
	return 0
}

# --normalize: a point as TAP writes it, whatever the test wrote
function normal(line) {
	if (line !~ /^(not )?ok([^A-Za-z0-9_]|$)/) return line
	split_point(line)
	return (pt_good ? "ok " : "not ok ") (pt_number == "" ? run + 1 \
		: pt_number) (pt_desc == "" ? "" : " " pt_desc) \
		(pt_dir == "" ? "" : " # " pt_dir " " pt_why)
}
