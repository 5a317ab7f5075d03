# What a failed point says of itself

#include "brain/leaves.awk"
#include "brain/stream.awk"
#include "brain/text.awk"
#include "report/github.awk"

# YAML blocks: of the last point if that has failed; of others they are passed over
function yaml_begin(pad) {
	yaml_pad = pad
	key_pad = -1
	yaml_swallowed = ""
	yaml_lines = 0
	nkeys = 0
	split("", key_line)
}

function yaml_line(line,    s, pad) {
	s = line
	pad = match(line, /^[ \t]+/) ? RLENGTH : 0
	s = substr(line, pad + 1)
	if (s != "" && pad < yaml_pad) {
		yaml_without_end()
		yaml_end()
		return 0
	}
	if (pad == yaml_pad && s ~ /^\.\.\.[ \t]*$/) {
		yaml_end()
		return 1
	}
	if (yaml_swallowed == "" && s ~ /^(not ok([^A-Za-z0-9_]|$)|Bail out!)/) yaml_swallowed = s
	# some write the keys deeper than the line that begins the block
	if (key_pad < 0 && s != "") key_pad = pad
	if (collecting && pad == key_pad && index(s, "duration_ms:") == 1) leaf_time(substr(s, 13))
	if (collecting && pad == key_pad && index(s, "spec:") == 1) leaf_spec(unquoted(trim(substr(s, 6))))
	if (!last_bad || ++yaml_lines > 300) return 1
	if (pad == key_pad && match(s, /^[A-Za-z_][A-Za-z0-9_. -]*:/)) {
		key_name[++nkeys] = substr(s, 1, RLENGTH - 1)
		key_value[nkeys] = trim(substr(s, RLENGTH + 1))
		key_line[nkeys] = ""
	} else if (nkeys) key_line[nkeys] = key_line[nkeys] substr(line, key_pad + 1) "\n"
	return 1
}

function yaml_end(    text, pad) {
	yaml_pad = -1
	if (!last_bad || !nkeys) return
	pad = substr(blanks, 1, yaml_for == 2 ? nested_pad + 2 : 2)
	text = yaml_text(pad)
	if (yaml_for == 2) {
		nested = nested text
		if (leaf_target && !leaf_ok[leaf_target])
			leaf_detail[leaf_target] = leaf_detail[leaf_target] text
	} else own = own text
	last_bad = 0
}

# No failure in version 14, unless a failure may have been taken for a part of it
function yaml_without_end() {
	if (version == 13) parse_error("A YAML block does not end with ...")
	else if (yaml_swallowed != "")
		parse_error("A YAML block does not end with ..., and this may be no part of it: \"" trim(yaml_swallowed) "\"")
}

function yaml_get(name,    k) {
	for (k = 1; k <= nkeys; k++)
		if (key_name[k] == name && key_line[k] == "") return unquoted(key_value[k])
	return ""
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

# What a failed point says of itself, shortest first: "file:line: message" as compilers print it,
# then the rest
function yaml_text(pad,    at, message, got, want, text, k, n, i, lines, head, name, again) {
	at = yaml_get("at")
	if (at == "" && yaml_get("file") != "") at = yaml_get("file") ":" yaml_get("line")
	for (k = 1; k <= nkeys && at == ""; k++)
		if (key_name[k] == "at" && match(key_line[k], /file:[^\n]*/)) {
			at = unquoted(trim(substr(key_line[k], RSTART + 5, RLENGTH - 5)))
			if (match(key_line[k], /line:[^\n]*/))
				at = at ":" trim(substr(key_line[k], RSTART + 5, RLENGTH - 5))
		}
	message = yaml_get("message")
	got = yaml_get("got")
	want = yaml_get("want")
	again = (at, message, got, want) in said
	said[at, message, got, want] = 1
	head = message
	if (got want != "" && length(got want) < 80 && (message == "" || message ~ /^false: /)) {
		for (k = 1; k <= nkeys; k++) {
			if (key_name[k] == "got") got = key_value[k]
			if (key_name[k] == "want") want = key_value[k]
		}
		head = "got " got ", want " want
	} else
		got = want = ""
	if (at != "") {
		place[at] = 1
		if (o_github && !again) annotate(at, message, head)
		head = at ":" (head == "" ? "" : " " head)
	}
	head = head == "" || again ? "" : (at == "" ? pad : "") shown(head) "\n"
	text = head
	for (k = 1; k <= nkeys; k++) {
		name = key_name[k]
		if (name ~ /^(at|file|line|duration_ms|severity|code|seed|failed)$/) continue
		if (name == "message" && key_line[k] == "") continue
		if ((name == "got" || name == "want") && (again || got want != "")) continue
		if (key_line[k] == "") {
			if (key_value[k] == "" || (name == "hint" && again)) continue
			text = text pad name ": " \
				shown(name == "repeat" ? unquoted(key_value[k]) : key_value[k]) "\n"
		} else {
			text = text pad name ":\n"
			n = split(key_line[k], lines, "\n")
			for (i = 1; i < n; i++) {
				sub(/^  /, "", lines[i])
				text = text pad "  " shown(lines[i]) "\n"
			}
		}
	}
	return text
}
