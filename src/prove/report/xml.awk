# Text for XML and HTML

#include "brain/text.awk"

# Text for XML and HTML: markup as entities, control characters as \xNN, bytes that are no UTF-8 as
# U+FFFD
function xml(s) {
	s = shown(s)
	gsub(/\015/, "", s)
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	gsub(/"/, "\\&quot;", s)
	return utf8(s)
}

# file:line: message, if the details have such a line, else what the point is called
function first_place(text, k,    n, lines, i) {
	n = split(text, lines, "\n")
	for (i = 1; i <= n; i++) if (lines[i] ~ /^[^ ][^:]*:[0-9]+: /) return lines[i]
	return desc_of_point[k]
}
