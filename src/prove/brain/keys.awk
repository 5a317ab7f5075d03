# The keys of a YAML block, and what a failed point says of itself by them. Each has its own words:
# got and want here, found and wanted in node-tap, actual and expected in tape and node:test.

#include "brain/text.awk"
#include "report/github.awk"

# The first of these names that has a value on its line: its number, or 0
function yaml_key(names,    n, name, i, k) {
	n = split(names, name, " ")
	for (i = 1; i <= n; i++)
		for (k = 1; k <= nkeys; k++)
			if (key_name[k] == name[i] && key_line[k] == "" && key_value[k] != "") return k
	return 0
}

function yaml_get(names,    k) {
	k = yaml_key(names)
	return k ? unquoted(key_value[k]) : ""
}

function unquoted(s) {
	if (s ~ /^".*"$/ && length(s) > 1) {
		s = substr(s, 2, length(s) - 2)
		gsub(/\\"/, "\"", s)
		gsub(/\\\\/, "\\", s)
	} else if (substr(s, 1, 1) == quote && substr(s, length(s)) == quote && length(s) > 1)
		s = substr(s, 2, length(s) - 2)
	return s
}

# FILE:LINE, or ""
function yaml_place(    at, k) {
	at = yaml_get("at location")
	if (at == "" && yaml_get("file") != "") at = yaml_get("file") ":" yaml_get("line")
	for (k = 1; k <= nkeys && at == ""; k++)
		if (key_name[k] == "at" && match(key_line[k], /file(Name)?:[^\n]*/)) {
			at = yaml_below(k, "file(Name)?:") ":" yaml_below(k, "line(Number)?:")
			sub(/:$/, "", at)
		}
	# tape names the function too: Test.<anonymous> (FILE:LINE:COLUMN)
	if (match(at, /\([^()]*:[0-9]+\)$/)) at = substr(at, RSTART + 1, RLENGTH - 2)
	sub(/^file:\/\//, "", at)
	return at
}

function yaml_below(k, name,    s) {
	if (!match(key_line[k], "(^|[ \n])" name "[^\n]*")) return ""
	s = substr(key_line[k], RSTART, RLENGTH)
	sub(/^[^:]*:/, "", s)
	sub(/,$/, "", s)
	return unquoted(trim(s))
}

# What a failed point says of itself, shortest first: "file:line: message" as compilers print it,
# then the rest
function yaml_text(pad,    at, message, got, want, text, k, head, again, is_short, ours) {
	# node:test: what failed in the subtest has been told
	if (yaml_get("failureType") == "subtestsFailed" && nested != "") return ""
	blocks_of_one_line()
	at = yaml_place()
	message = yaml_get("message error")
	got = yaml_get("got actual found")
	want = yaml_get("want wanted expected")
	ours = yaml_key("got want")
	again = (at, message, got, want) in said
	said[at, message, got, want] = 1
	if (yaml_for == 2 && !again) said_nested[++nsaid_nested] = at SUBSEP message SUBSEP got SUBSEP want
	head = message
	is_short = got want != "" && length(got) < 80 && \
		!yaml_has_block("got actual found want wanted expected") && \
		(!ours || message == "" || message ~ /^false: /)
	if (is_short)
		head = (ours || message == "" ? "" : message ": ") "got " yaml_raw("got actual found") \
			", want " yaml_raw("want wanted expected")
	if (is_short && several_lines(got want) && yaml_has_block("diff")) {
		head = first_difference(got, want, head)
		is_short = 0
	}
	if (head == "") head = yaml_first_line("message error")
	if (head == "") head = yaml_get("operator")
	if (at != "") {
		place[at] = 1
		if (o_github && !again) annotate(at, message, head)
		head = at ":" (head == "" ? "" : " " head)
	}
	head = head == "" || again ? "" : (at == "" ? pad : "") shown(head) "\n"
	return head yaml_rest(pad, is_short, again, message)
}

function yaml_raw(names,    k) {
	k = yaml_key(names)
	return k ? key_value[k] : ""
}

# tape writes each value as a block, though most have one line
function blocks_of_one_line(    k, s) {
	for (k = 1; k <= nkeys; k++) {
		if (key_name[k] !~ /^(got|actual|found|want|wanted|expected|message|error)$/) continue
		s = key_line[k]
		if (key_value[k] !~ /^[|>][-+]?$/ || !sub(/\n+$/, "", s) || index(s, "\n")) continue
		key_value[k] = trim(s)
		key_line[k] = ""
	}
}

# The first line of a block that isn't empty, or ""
function yaml_first_line(names,    k, s) {
	if (!(k = yaml_has_block(names))) return ""
	s = key_line[k]
	sub(/^[ \t\n]+/, "", s)
	sub(/\n.*/, "", s)
	return s
}

# In quoted texts: is there anything behind the end of a line?
function several_lines(s) {
	return s ~ /\\n[^"]/
}

# "line 3: got "c", want "X"", if both have that line
function first_difference(got, want, otherwise,    g, w, n, m, k) {
	n = split(replaced(got, "\\n", "\n"), g, "\n")
	m = split(replaced(want, "\\n", "\n"), w, "\n")
	for (k = 1; k <= n && k <= m && g[k] == w[k]; k++) ;
	if (k > n || k > m || g[k] w[k] ~ /\\/) return otherwise
	return "line " k ": got \"" g[k] "\", want \"" w[k] "\""
}

# Has one of them several lines? They are no part of the first line.
function yaml_has_block(names,    k) {
	for (k = 1; k <= nkeys; k++)
		if (key_line[k] != "" && index(" " names " ", " " key_name[k] " ")) return k
	return 0
}

# All keys that the first line has not told
function yaml_rest(pad, is_short, again, message,    k, name, text) {
	text = ""
	for (k = 1; k <= nkeys; k++) {
		name = key_name[k]
		if (name ~ /^(at|location|file|line|column|duration_ms|server|severity|code|seed|failed)$/) continue
		if (name ~ /^(failureType|name|type)$/ && yaml_get("failureType") != "") continue
		if (name == "error" && is_short && key_line[k] ~ /^ *Expected values to be /) continue
		if (name ~ /^(actual|expected)$/ && yaml_has_block("error") && \
			index(key_line[yaml_has_block("error")], "+ actual - expected\n")) continue
		if (key_line[k] == "" && name == "message") continue
		if (key_line[k] == "" && name == "error" && yaml_key("message error") == k) continue
		if (name ~ /^(got|actual|found|want|wanted|expected)$/ && (again || is_short)) continue
		# of two short values the difference is seen, of long ones it tells more than they do
		if (name == "diff" && (is_short || again)) continue
		if (name ~ /^(got|want)$/ && key_line[k] == "" && message != "" && yaml_has_block("diff"))
			continue
		if (key_line[k] != "") text = text yaml_block(pad, k)
		else if (key_value[k] != "" && !(name == "hint" && again))
			text = text pad name ": " \
				shown(name == "repeat" ? unquoted(key_value[k]) : key_value[k]) "\n"
	}
	return text
}

function yaml_block(pad, k,    text, n, i, lines) {
	text = pad key_name[k] ":\n"
	n = split(key_line[k], lines, "\n")
	while (n > 1 && lines[n - 1] ~ /^[ \t]*$/) n--
	for (i = 1; i < n; i++) {
		# of what has called a test only what its author wrote says something
		if (i > 1 && key_name[k] == "stack" && \
			lines[i] ~ /[( ]node:|\/node_modules\/|\/(lib|share)\/nodejs\//) continue
		sub(/^  /, "", lines[i])
		text = text pad "  " shown(lines[i]) "\n"
	}
	return text (key_more[k] ? pad "  (" key_more[k] " more lines)\n" : "")
}
