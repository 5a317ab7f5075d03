# Annotations of GitHub

#include "brain/text.awk"

function github_error(text) {
	return "::error title=" github_property(note_title) "::" github_text(text) "\n"
}

# GitHub reads errors from the log: ::error file=F,line=N,title=T::TEXT
# What a subtest says counts when the point above it has failed, too: it may be a known failure.
function annotate(at, message, short,    file, line, text) {
	file = at
	line = ""
	if (match(at, /:[0-9]+/)) {
		file = substr(at, 1, RSTART - 1)
		line = substr(at, RSTART + 1, RLENGTH - 1)
	}
	text = "::error file=" github_property(file) (line == "" ? "" : ",line=" line) "::" \
		github_text(short != "" ? short : message != "" ? message : point_head) "\n"
	if (yaml_for == 2) nested_annotations = nested_annotations text
	else annotations = annotations text
}

function github_text(s) {
	gsub(/%/, "%25", s)
	gsub(/\r/, "%0D", s)
	gsub(/\n/, "%0A", s)
	return shown(replaced(s, "##[", "#\\x23["))
}

# What a test prints gives no orders to GitHub, which takes them from lines that begin with "::",
# and from "##["
function tame(text,    n, i, lines, out) {
	if (!index(text, "::") && !index(text, "##[")) return text
	n = split(text, lines, "\n")
	out = ""
	for (i = 1; i <= n; i++) {
		if (lines[i] ~ /^[^:]?[ \t]*::/ || lines[i] ~ /^[^A-Za-z0-9]*::/)
			sub(/::/, ":\\x3a", lines[i])
		lines[i] = replaced(lines[i], "##[", "#\\x23[")
		out = out lines[i] (i < n ? "\n" : "")
	}
	return out
}

function github_property(s) {
	s = github_text(s)
	gsub(/:/, "%3A", s)
	gsub(/,/, "%2C", s)
	return s
}
