# One room: lines of 100 columns (strings may be longer), function names that begin with the room's, or its singular: e2e__port_...
# in ports.h. Doors are declared where they are needed and named where they lead.

function complain(message) {
	printf "%s:%d: %s\n", file, FNR, message
	bad = 1
}

# How wide a line is on a screen, with tabs of 8.
function width(line,    n, i) {
	n = 0
	for (i = 1; i <= length(line); i++)
		n += substr(line, i, 1) == "\t" ? 8 - n % 8 : 1
	return n
}

BEGIN {
	bad = 0
	room = file
	sub(/.*\//, "", room)
	sub(/\.h$/, "", room)
	one = room
	sub(/s$/, "", one)
}

length($0) > 60 && width($0) > 100 && !/"/ { complain("more than 100 columns") }

/^E2E__FN .*[ *(]e2e__[a-z0-9_]*\(/ && room != "doors" {
	match($0, /e2e__[a-z0-9_]*\(/)
	name = substr($0, RSTART + 5, RLENGTH - 6)
	if (name != room && name != one && index(name, room "_") != 1 && index(name, one "_") != 1)
		complain("e2e__" name " should be called e2e__" one "_...")
}
END { exit bad }
