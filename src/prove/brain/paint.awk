# Colours

#include "brain/point.awk"
#include "brain/text.awk"

function paint(colour, text) {
	if (!o_color || text == "") return text
	if (text ~ /\n$/) return "\033[" colour "m" substr(text, 1, length(text) - 1) "\033[0m\n"
	return "\033[" colour "m" text "\033[0m"
}

# A colour by its words, as HARNESS_SUMMARY_COLOR_FAIL and _SUCCESS give it: "bold red", "white
# on_red"
function colour_code(words, usual,    n, word, i, base, code) {
	n = split(tolower(words), word, /[ ,]+/)
	code = ""
	for (i = 1; i <= n; i++) {
		base = 30
		if (sub(/^on_/, "", word[i])) base = 40
		if (sub(/^bright_/, "", word[i])) base += 60
		if (word[i] in colours)
			code = code ";" (word[i] in attributes ? colours[word[i]] \
				: base + colours[word[i]])
	}
	return code == "" ? usual : substr(code, 2)
}

function read_colours(    n, word, i) {
	n = split("black red green yellow blue magenta cyan white", word, " ")
	for (i = 1; i <= n; i++) colours[word[i]] = i - 1
	n = split("reset bold dark italic underline blink", word, " ")
	for (i = 1; i <= n; i++) { colours[word[i]] = i - 1; attributes[word[i]] = 1 }
	fail_colour = colour_code(ENVIRON["HARNESS_SUMMARY_COLOR_FAIL"], 31)
	success_colour = colour_code(ENVIRON["HARNESS_SUMMARY_COLOR_SUCCESS"], 32)
}

function paint_point(line) {
	if (o_normalize) line = normal(line)
	line = shown(line)
	if (!o_color || line !~ /^(not )?ok/) return line
	if (line ~ /#[ \t]*[Tt][Oo][Dd][Oo]/) return paint(33, line)
	if (line ~ /#[ \t]*[Ss][Kk][Ii][Pp]/) return paint(36, line)
	return line ~ /^not/ ? paint(31, line) : line
}

# Of the details of a failure only what failed is red, and in a story what was odd: a block that is
# red from end to end shows nothing. In a diff + is what came, - what was wanted.
function paint_details(text,    n, i, out, lines, pad, in_diff) {
	if (!o_color) return text
	out = ""
	in_diff = -1
	n = split(text, lines, "\n")
	for (i = 1; i <= n; i++) {
		match(lines[i], /^ */)
		pad = RLENGTH
		if (pad <= in_diff) in_diff = -1
		out = out paint_detail(lines[i], in_diff >= 0 ? substr(lines[i], pad + 1, 2) : "") (i < n ? "\n" : "")
		if (lines[i] ~ /^ +diff:$/) in_diff = pad
	}
	return out
}

function paint_detail(line, change) {
	if (line ~ /^ *not ok/ || line ~ /^ *\+[0-9]+\.[0-9]+ [^|!]* ! /) return paint(31, line)
	if (line ~ /^[^ ].*:[0-9]+: /) return paint(1, line)
	if (change == "+ ") return paint(31, line)
	return change == "- " ? paint(32, line) : line
}
