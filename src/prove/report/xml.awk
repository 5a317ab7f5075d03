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

# file:line: message, if the details have such a line, else their first words, else what the point
# is called
function first_place(text, name,    n, lines, i, words) {
	n = split(text, lines, "\n")
	for (i = 1; i <= n; i++) if (lines[i] ~ /^[^ ][^:]*:[0-9]+(:[0-9]+)?: /) return lines[i]
	words = ""
	for (i = 2; i <= n && length(words) < 200; i++)
		if (lines[i] ~ /[^ ]/) words = words " " trim(lines[i])
	return words == "" ? name : substr(words, 2, 300)
}
