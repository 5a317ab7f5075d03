# A story.jsonl as lanes: a column for each of those that took part, a line for each event. Variables:
# width, colour (1 or "").

#include "arrows.awk"

function paint(code, text) {
	return colour && text != "" ? "\033[" code "m" text "\033[0m" : text
}

# The JSON string that begins the text `rest`, behind its first quote; `rest` goes on behind its last
# one
function take_string(    out, c) {
	out = ""
	while (rest != "") {
		c = substr(rest, 1, 1)
		rest = substr(rest, 2)
		if (c == "\"") break
		if (c == "\\") {
			c = substr(rest, 1, 1)
			rest = substr(rest, 2)
			if (c == "t") c = " "
		}
		out = out c
	}
	gsub(/[\001-\037\177]/, "?", out)
	return out
}

# Skips to behind `text`; false if it isn't there
function skip_to(text,    at) {
	at = index(rest, text)
	if (at) rest = substr(rest, at + length(text))
	return at
}

# The first n characters of a text in UTF-8
function first_of(text, n,    i, seen, c) {
	if (length(text) <= n) return text
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (index(continuation, c)) continue
		if (++seen > n) return substr(text, 1, i - 1)
	}
	return text
}

function trimmed(text, n,    short) {
	short = first_of(text, n)
	return short == text ? text : first_of(text, n > 3 ? n - 3 : 0) "..."
}

# Columns are given to the first of them; the others share the last one.
function column_of(name) {
	if (!(name in column)) {
		column[name] = lanes < most ? ++lanes : most
		if (column[name] == lanes && !(lanes in title)) title[lanes] = name
		else title[most] = "others"
	}
	return column[name]
}

BEGIN {
	for (byte = 128; byte < 192; byte++) continuation = continuation sprintf("%c", byte)
	most = width < 100 ? 12 : 20
	events = lanes = 0
	column_of("test")
	begins[1] = 1
	split("36 33 32 35 34", tint, " ")
}

# A program holds such words too, but with "%u" where the time is.
index($0, "{\"t\":") == 1 && substr($0, 6, 1) ~ /[-0-9]/ {
	rest = substr($0, 6)
	seconds = rest + 0
	if (!skip_to(",\"lane\":\"")) next
	lane = take_string()
	if (!skip_to("\"kind\":\"")) next
	# how much of it is told
	if (lane == "e2e" && !events) {
		note = skip_to("\"text\":\"") ? take_string() : ""
		next
	}
	events++
	time[events] = seconds
	kind[events] = take_string()
	who[events] = column_of(lane)
	odd[events] = index(rest, ",\"odd\":true") == 1
	times = skip_to("\"times\":") ? rest + 0 : 1
	if (!skip_to("\"text\":\"")) rest = ""
	said[events] = take_string()
	# columns of a log have no room here
	if (kind[events] == "log") gsub(/  +/, " ", said[events])
	if (times > 1) said[events] = times " assertions pass, the last: " said[events]
	if (title[who[events]] == "others") said[events] = lane ": " said[events]
	if (!(who[events] in begins)) begins[who[events]] = events
	if (kind[events] == "exit") ends[who[events]] = events
	else ends[who[events]] = 0
}

function mark(i) {
	if (odd[i]) return "!"
	if (kind[i] == "spawn") return "+"
	if (kind[i] == "exit") return "x"
	if (kind[i] == "log") return "."
	return "*"
}

# What stands in a column on the line of event i
function cell(c, i) {
	if (who[i] == c) return mark(i)
	if (!(c in begins) || i < begins[c]) return " "
	if (ends[c] && i > ends[c]) return " "
	return "|"
}

function colour_of(i) {
	if (odd[i]) return "31"
	if (kind[i] == "pass") return "32"
	if (kind[i] == "log") return "2"
	if (kind[i] == "spawn" || kind[i] == "exit" || kind[i] == "signal" || kind[i] == "ready") return "36"
	return ""
}

# Each column has its colour, the test the terminal's own
function tinted(c, text) {
	return c == 1 || text == " " ? text : paint(tint[(c - 2) % 5 + 1], text)
}

# The names stand above their columns, each on a line of its own
function heading(    c, k, line, room) {
	for (c = 1; c <= lanes; c++) {
		line = sprintf("%9s ", "")
		for (k = 1; k < c; k++) line = line tinted(k, "|") " "
		room = width - 8 - 2 * c
		print line paint("1" (c > 1 ? ";" tint[(c - 2) % 5 + 1] : ""), trimmed(title[c], room))
	}
}

# A pause of some length has a line of its own
function pause_line(i,    c, line, gap) {
	gap = time[i] - time[i - 1]
	if (i == 1 || gap < 0.2) return
	line = sprintf("%9s ", "")
	for (c = 1; c <= lanes; c++) line = line tinted(c, cell(c, i - 0.5) == "|" ? ":" : " ") " "
	print line " " paint("2", gap < 0.9995 ? sprintf("%.0f ms", gap * 1000) : sprintf(gap < 9.995 ? "%.2f s" : "%.1f s", gap))
}

function event_line(i,    c, p, line, room, code) {
	for (c = 1; c <= lanes; c++) {
		spot[2 * c - 1] = cell(c, i)
		spot[2 * c] = " "
	}
	spot[0] = " "
	draw_arrow(i)
	line = sprintf("%+9.3f", time[i])
	for (p = 0; p <= 2 * lanes; p++) {
		c = spot[p] == "|" ? (p + 1) / 2 : who[i]
		line = line (odd[i] && c == who[i] && spot[p] != " " ? paint("31", spot[p]) : tinted(c, spot[p]))
	}
	room = width - 10 - 2 * lanes - 1
	code = colour_of(i)
	line = line " " (code == "" ? trimmed(said[i], room) : paint(code, trimmed(said[i], room)))
	print line
}

END {
	if (note != "") print trimmed(note, width)
	if (!events) exit note == "" ? 3 : 0
	introduce()
	heading()
	for (row = 1; row <= events; row++) {
		find_arrow(row)
		pause_line(row)
		event_line(row)
	}
}
