# --specs, --specs-md: what the cases prove, by clause of the specifications that their points name.
# Where they say on which server they ran, each has columns of its own.

#include "brain/files.awk"
#include "brain/text.awk"

function specs_report(event, t,    k) {
	if (event == "open") {
		o_specs_md = ENVIRON["o_specs_md"]
		if (o_specs_md != "") forget(o_specs_md)
		if (o_specs || o_specs_md != "") collecting = 1
	}
	if (event == "end" && o_specs_md != "") specs_file()
	if ((!o_specs && o_specs_md == "") || event != "test") return
	for (k = 1; k <= npoints; k++)
		if (spec_of_point[k] != "")
			specs_add(spec_of_point[k], specs_kind(k), server_of_point[k])
}

# A known failure proves nothing: it counts as a failure here, though not for the run
function specs_kind(k) {
	if (!ok_of_point[k]) return "failed"
	if (dir_of_point[k] == "SKIP") return "skipped"
	return dir_of_point[k] == "TODO" && !good_of_point[k] ? "failed" : "passed"
}

# One point may prove several clauses, with commas between them
function specs_add(spec, kind, server,    n, i, clauses, clause) {
	if (!(server in specs_at)) {
		specs_at[server] = ++nservers
		specs_server[nservers] = server
	}
	n = split(spec, clauses, ",")
	for (i = 1; i <= n; i++) {
		clause = trim(clauses[i])
		if (clause == "") continue
		if (!(clause in specs_known)) {
			specs_known[clause] = 1
			specs_names[++nspecs] = clause
		}
		specs_count[clause, kind, server]++
	}
}

function show_specs(    k, i, name, width) {
	specs_sort(1, nspecs)
	width = length("Clause")
	for (k = 1; k <= nspecs; k++)
		if (length(shown(specs_names[k])) > width) width = length(shown(specs_names[k]))
	print ""
	if (nservers > 1) show_specs_servers(width)
	printf "%-" width "s", "Clause"
	for (i = 1; i <= nservers || i == 1; i++) printf "  %7s %7s %7s", "passed", "failed", "skipped"
	for (k = 1; k <= nspecs; k++) {
		name = specs_names[k]
		printf "\n%-" width "s", shown(name)
		for (i = 1; i <= nservers; i++)
			printf "  %7d %7d %7d", specs_of(name, "passed", i), \
				specs_of(name, "failed", i), specs_of(name, "skipped", i)
	}
	print ""
	if (!nspecs) print "(no case says what it proves: E2E_TEST(name, .spec = \"RFC 6121 5\"))"
}

# Each stands at the left of its three columns
function show_specs_servers(width,    i, line) {
	line = sprintf("%" width "s", "")
	for (i = 1; i <= nservers; i++)
		line = line sprintf("   %-22s", substr(specs_name(i), 1, 22))
	sub(/ +$/, "", line)
	print line
}

function specs_name(i) {
	return specs_server[i] == "" ? "(other)" : shown(specs_server[i])
}

function specs_of(clause, kind, i) {
	return specs_count[clause, kind, specs_server[i]] + 0
}

# What Markdown would read itself is escaped
function specs_plain(text) {
	text = shown(text)
	gsub(/[\\|*`<]/, "\\\\&", text)
	return text
}

function specs_file(    k, i, name, text) {
	specs_sort(1, nspecs)
	text = "| Clause |"
	for (i = 1; i <= nservers || i == 1; i++)
		text = text " " (nservers > 1 ? specs_plain(specs_name(i)) ": " : "") \
			"passed | failed | skipped |"
	text = text "\n|---|"
	for (i = 1; i <= nservers || i == 1; i++) text = text "--:|--:|--:|"
	text = text "\n"
	for (k = 1; k <= nspecs; k++) {
		name = specs_names[k]
		text = text "| " specs_plain(name) " |"
		for (i = 1; i <= nservers; i++)
			text = text " " specs_of(name, "passed", i) " | " \
				specs_of(name, "failed", i) " | " specs_of(name, "skipped", i) " |"
		text = text "\n"
	}
	emit(text, spool "/specs.md")
	publish(spool "/specs.md", o_specs_md)
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
