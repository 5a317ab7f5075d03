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
