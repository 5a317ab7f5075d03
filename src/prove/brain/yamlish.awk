# Words of YAML, as Perl's YAMLish has them: plain, or between double quotes with escapes

#include "brain/text.awk"

function yaml_word(s,    out, c) {
	if (s ~ /^[A-Za-z0-9_.\/][A-Za-z0-9_.\/+-]*$/) return s
	out = ""
	while (match(s, /[\001-\037"\\\177]/)) {
		c = substr(s, RSTART, 1)
		out = out substr(s, 1, RSTART - 1)
		if (c == "\"" || c == "\\") out = out "\\" c
		else if (c == "\n") out = out "\\n"
		else if (c == "\t") out = out "\\t"
		else out = out sprintf("\\x%02x", ord[c])
		s = substr(s, RSTART + 1)
	}
	return "\"" out s "\""
}

# The way back
function plain_word(s,    out, at, c) {
	if (s ~ /^\047.*\047$/) return replaced(substr(s, 2, length(s) - 2), "\047\047", "\047")
	if (s !~ /^".*"$/) return s == "~" ? "" : s
	s = substr(s, 2, length(s) - 2)
	out = ""
	while (at = index(s, "\\")) {
		c = substr(s, at + 1, 1)
		out = out substr(s, 1, at - 1)
		s = substr(s, at + 2)
		if (c == "x" && s ~ /^[0-9A-Fa-f][0-9A-Fa-f]/) {
			out = out sprintf("%c", hex_digit(s) * 16 + hex_digit(substr(s, 2)))
			s = substr(s, 3)
		} else if (at = index("abtnvfre", c)) out = out substr("\a\b\t\n\v\f\r\033", at, 1)
		else if (c != "z") out = out c
	}
	return out s
}

function hex_digit(s) {
	return index("123456789abcdef", tolower(substr(s, 1, 1)))
}
