# --specs: what the cases prove, by clause of the specifications that their points name

#include "brain/text.awk"

function specs_report(event, t,    k) {
	if (event == "open" && o_specs) collecting = 1
	if (!o_specs || event != "test") return
	for (k = 1; k <= npoints; k++)
		if (spec_of_point[k] != "") specs_add(spec_of_point[k], specs_kind(k))
}

# A known failure proves nothing: it counts as a failure here, though not for the run
function specs_kind(k) {
	if (!ok_of_point[k]) return "failed"
	if (dir_of_point[k] == "SKIP") return "skipped"
	return dir_of_point[k] == "TODO" && !good_of_point[k] ? "failed" : "passed"
}

# One point may prove several clauses, with commas between them
function specs_add(spec, kind,    n, i, clauses, clause) {
	n = split(spec, clauses, ",")
	for (i = 1; i <= n; i++) {
		clause = trim(clauses[i])
		if (clause == "") continue
		if (!(clause in specs_known)) {
			specs_known[clause] = 1
			specs_names[++nspecs] = clause
		}
		specs_count[clause, kind]++
	}
}

function show_specs(    k, name, width) {
	specs_sort(1, nspecs)
	width = length("Clause")
	for (k = 1; k <= nspecs; k++)
		if (length(shown(specs_names[k])) > width) width = length(shown(specs_names[k]))
	printf "\n%-" width "s  %7s %7s %7s\n", "Clause", "passed", "failed", "skipped"
	for (k = 1; k <= nspecs; k++) {
		name = specs_names[k]
		printf "%-" width "s  %7d %7d %7d\n", shown(name), specs_count[name, "passed"],
			specs_count[name, "failed"], specs_count[name, "skipped"]
	}
	if (!nspecs) print "(no case says what it proves: E2E_TEST(name, .spec = \"RFC 6121 5\"))"
}

# By name, numbers in it by their value
function specs_sort(from, to,    mid, i, j, k, tmp) {
	if (to <= from) return
	mid = int((from + to) / 2)
	specs_sort(from, mid)
	specs_sort(mid + 1, to)
	for (k = from; k <= to; k++) tmp[k] = specs_names[k]
	i = from
	j = mid + 1
	for (k = from; k <= to; k++) {
		if (j > to || (i <= mid && specs_key(tmp[i]) <= specs_key(tmp[j])))
			specs_names[k] = tmp[i++]
		else specs_names[k] = tmp[j++]
	}
}

function specs_key(name,    out, digits) {
	out = ""
	while (match(name, /[0-9]+/)) {
		digits = substr(name, RSTART, RLENGTH)
		out = out substr(name, 1, RSTART - 1) substr("0000000000", 1, 10 - length(digits)) digits
		name = substr(name, RSTART + RLENGTH)
	}
	return out name
}
