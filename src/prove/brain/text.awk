# Text: what is shown of what others wrote, quoting, names in lists

BEGIN {
	for (byte = 1; byte < 256; byte++) ord[sprintf("%c", byte)] = byte
	nul = sprintf("%c", 0)
	has_nul = length("a" nul "b") == 3 && index("a", nul) == 0
	quote = sprintf("%c", 39)
	blanks = sprintf("%500s", "")
}

# the list writes a newline in a name as \n, and marks the line by an e in front
function plain_name(line,    s, out, at) {
	s = substr(line, 2)
	if (substr(line, 1, 1) == "r") return s
	out = ""
	while (at = index(s, "\\")) {
		out = out substr(s, 1, at - 1) (substr(s, at + 1, 1) == "n" ? "\n" : "\\")
		s = substr(s, at + 2)
	}
	return out s
}

# The way back. (A backslash in what replaces means one thing to mawk and another to the others, so
# there is none.)
function escaped_name(s) {
	gsub(/\\/, "&&", s)
	return replaced(s, "\n", "\\n")
}

function replaced(s, old, new,    out, at) {
	out = ""
	while (at = index(s, old)) {
		out = out substr(s, 1, at - 1) new
		s = substr(s, at + length(old))
	}
	return out s
}

# A whole number as text: above some value awks turn to 2e+20, each above another one
function whole_number(n) {
	return n < 1000000000 ? n : sprintf("%.0f", n)
}

# In small letters. mawk's tolower() leaves to chance what is behind a NUL.
function lower(s) {
	if (has_nul && index(s, nul)) s = replaced(s, nul, "\001")
	return tolower(s)
}

function one_line(s) {
	gsub(/[ \n]+/, " ", s)
	return s
}

function shell_quote(s) {
	gsub(quote, quote "\\" quote quote, s)
	return quote s quote
}

# Digits as a number: busybox awk takes 010 for 8
function value(digits) {
	sub(/^0+/, "", digits)
	return digits + 0
}

# Control characters never reach a terminal as such: an escape is shown as \x1b. A NUL is one too,
# where the awk keeps it.
function shown(s,    out, at, n) {
	if (has_nul && index(s, nul)) s = replaced(s, nul, "\\x00")
	if (s !~ /[\001-\010\013-\037\177]|\302[\200-\237]/) return s
	if (length(s) <= 500) return escaped(s)
	# in pieces, or a line of a megabyte would take a minute
	out = ""
	for (at = 1; at <= length(s); at += n) {
		n = 500
		if (substr(s, at + n - 1, 1) == "\302") n++
		out = out escaped(substr(s, at, n))
	}
	return out
}

function escaped(s,    out, c) {
	out = ""
	while (match(s, /[\001-\010\013-\037\177]|\302[\200-\237]/)) {
		c = substr(s, RSTART, RLENGTH)
		out = out substr(s, 1, RSTART - 1) sprintf("\\x%02x", ord[substr(c, RLENGTH)])
		s = substr(s, RSTART + RLENGTH)
	}
	return out s
}

function trim(s) {
	sub(/^[ \t]+/, "", s)
	sub(/[ \t]+$/, "", s)
	return s
}

function trim_end(s) {
	sub(/\n+$/, "", s)
	return s
}

# Some shells write the time with the comma of the locale
function decimal(s) {
	sub(/,/, ".", s)
	return s
}

# Bytes that are no UTF-8, or stand for no character, as U+FFFD
function utf8(s,    out, c, k, seq) {
	if (s !~ /[\200-\377]/) return s
	out = ""
	while (match(s, /[\200-\377]/)) {
		out = out substr(s, 1, RSTART - 1)
		s = substr(s, RSTART)
		c = substr(s, 1, 1)
		k = c < "\302" ? 0 : c < "\340" ? 2 : c < "\360" ? 3 : c < "\365" ? 4 : 0
		seq = substr(s, 1, k)
		if (k && length(seq) == k && substr(seq, 2) !~ /[^\200-\277]/ &&
			!(seq ~ /^(\340[\200-\237]|\355[\240-\277]|\360[\200-\217]|\364[\220-\277]|\357\277[\276\277])/)) {
			out = out seq
			s = substr(s, k + 1)
		} else {
			out = out "\357\277\275"
			s = substr(s, 2)
		}
	}
	return out s
}
