# The fields of a JSON object

#include "brain/text.awk"

function json_event(name) {
	return "{\"event\":\"" name "\""
}

function json_number(name, content, format) {
	return sprintf(",\"%s\":" format, name, content)
}

function json_flag(name, content) {
	return ",\"" name "\":" (content ? "true" : "false")
}

function json_text(name, content) {
	return ",\"" name "\":" (content == "" ? "null" : json_string(content))
}

# The names above a leaf, as a list
function json_path(path,    n, names, i, out) {
	n = path == "" ? 0 : split(path, names, SUBSEP)
	out = ""
	for (i = 1; i <= n; i++) out = out (i > 1 ? "," : "") json_string(names[i])
	return ",\"path\":[" out "]"
}

function json_string(s,    out, c) {
	s = utf8(s)
	out = ""
	while (match(s, /[\001-\037\042\\\177]/)) {
		c = substr(s, RSTART, 1)
		out = out substr(s, 1, RSTART - 1)
		if (c == "\"" || c == "\\") out = out "\\" c
		else if (c == "\n") out = out "\\n"
		else out = out sprintf("\\u%04x", ord[c])
		s = substr(s, RSTART + 1)
	}
	return "\"" out s "\""
}
