# Draws what a terminal shows as SVG: text with the colours of ECMA-48 (SGR 0, 1, 30 to 37), a line a row.
# -v columns=N cuts longer lines; -v command=TEXT is what was typed.

function safe(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	return s
}

function span(s) {
	if (s == "") return ""
	return style == "" ? safe(s) : "<tspan class=\"" style "\">" safe(s) "</tspan>"
}

function restyle(codes,    code, i, n) {
	n = split(codes, code, ";")
	if (!n) style = ""
	for (i = 1; i <= n; i++)
		style = code[i] + 0 == 0 ? "" : "c" code[i]
}

# A line in its colours, of which no more than the columns are seen
function drawn(line,    out, seen, part) {
	out = ""
	seen = 0
	while (line != "") {
		if (match(line, /^\033\[[0-9;]*m/)) {
			restyle(substr(line, 3, RLENGTH - 3))
			line = substr(line, RLENGTH + 1)
			continue
		}
		part = match(line, /\033/) ? substr(line, 1, RSTART - 1) : line
		line = substr(line, length(part) + 1)
		if (seen + length(part) > columns) part = substr(part, 1, columns - seen - 1) "~"
		seen += length(part)
		out = out span(part)
		if (seen >= columns) break
	}
	sub(/~(<\/tspan>)?$/, "\\&#8230;&", out)
	sub(/&#8230;~/, "\\&#8230;", out)
	return out
}

BEGIN {
	if (!columns) columns = 110
	rows = 1
	row[1] = "<tspan class=\"c36\">$</tspan> <tspan class=\"c1\">" safe(command) "</tspan>"
}

{ row[++rows] = drawn($0) }

END {
	width = columns * 7.4 + 32
	height = rows * 17 + 54
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n", \
		width, height, width, height
	print "<title>" safe(command) "</title>"
	print "<style>text{font:12.3px ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;" \
		"fill:#d8dee9;white-space:pre}.c1{font-weight:700;fill:#fff}.c31{fill:#ff7b72}.c32{fill:#7ee787}" \
		".c33{fill:#e3b341}.c36{fill:#79c0ff}</style>"
	printf "<rect width=\"%d\" height=\"%d\" rx=\"9\" fill=\"#161b22\"/>\n", width, height
	split("#ff5f57 #febc2e #28c840", lamp, " ")
	for (i = 1; i <= 3; i++)
		printf "<circle cx=\"%d\" cy=\"17\" r=\"5.5\" fill=\"%s\"/>\n", i * 18, lamp[i]
	for (i = 1; i <= rows; i++)
		printf "<text x=\"16\" y=\"%d\" xml:space=\"preserve\">%s</text>\n", 48 + (i - 1) * 17, row[i]
	print "</svg>"
}
