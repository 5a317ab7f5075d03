# Reads the list of rooms (name, blanks, what it is for), then the floor's frame, in which these lines stand for the rooms' blocks:
#	 * @contents          the titles of the manuals
#	 * @manuals           each room's manual, under its title
#	/* @system */         the blocks of this name, in the order of the list; @interface and @implementation likewise
# A room is: lines that only serve it alone (#pragma once, #include "room.h"), which are left out here; then blocks. A block
# begins with its mark and ends where the next one begins. A manual is one comment, its title behind the mark.

function mark(line) {
	return line ~ /^\/\* @[a-z]+( .*)?$/ ? substr(line, 5, index(substr(line, 5) " ", " ") - 1) : ""
}

function complain(message) {
	print "join: " message | "cat >&2"
	close("cat >&2")
	exit 1
}

# The lines of a room: block[i] is the block that line i belongs to.
function read_room(name,    file, line, m, now, got) {
	file = floor "/" name ".h"
	count = 0
	now = ""
	while ((got = (getline line < file)) > 0) {
		text[++count] = line
		m = mark(line)
		if (m != "" && m !~ /^(manual|system|interface|implementation)$/)
			complain("src/" file ":" count ": @" m ": expected @manual, @system, @interface or @implementation")
		if (m != "")
			now = m
		else if (now == "" && line != "" && line !~ /^(#pragma once|#include ".*")$/)
			complain("src/" file ":" count ": text before the first block: it would be left out")
		block[count] = m == "" ? now : "mark " m
	}
	if (got < 0)
		complain("can't read src/" file)
	close(file)
}

# Prints what the rooms have under this mark, without blank lines at its ends.
function print_blocks(want,    r, i, blank, begun) {
	for (r = 1; r <= rooms; r++) {
		read_room(room[r])
		blank = begun = 0
		for (i = 1; i <= count; i++) {
			if (block[i] != want)
				continue
			if (text[i] == "") {
				blank = begun
				continue
			}
			if (!begun && want != "system")
				printf "%s/* ---- %s/%s.h ---- */\n\n", any++ ? "\n" : "", floor, room[r]
			if (blank)
				print ""
			print text[i]
			begun = 1
			blank = 0
		}
	}
	any = 0
}

function print_manuals(    r, i) {
	for (r = 1; r <= rooms; r++) {
		read_room(room[r])
		for (i = 1; i <= count; i++) {
			if (block[i] == "mark manual")
				printf "%s * %s\n", any++ ? " *\n" : "", toupper(substr(text[i], 12))
			else if (block[i] == "manual" && text[i] != " */" && text[i] != "")
				print text[i]
		}
	}
	any = 0
}

function print_contents(    r, i) {
	for (r = 1; r <= rooms; r++) {
		read_room(room[r])
		for (i = 1; i <= count; i++)
			if (block[i] == "mark manual")
				print " *\t" substr(text[i], 12)
	}
}

BEGIN { rooms = any = 0 }
FILENAME ~ /rooms$/ {
	if ($0 !~ /^(#|$)/)
		room[++rooms] = $1
	next
}
$0 == " * @contents" { print_contents(); next }
$0 == " * @manuals" { print_manuals(); next }
mark($0) != "" { print_blocks(mark($0)); next }
{ print }
