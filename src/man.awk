# Makes doc/e2e.3 of the manuals and contracts in the rooms: awk -f man.awk e2e.3 (in src/). A line "@rooms FLOOR" of the frame stands for
# each room of the floor: its manual, then its public names, each with the comment above it.

function escaped(s) {
	gsub(/\\/, "\\e", s)
	sub(/^[.']/, "\\\\\\&&", s)
	return s
}

function quoted(s) {
	gsub(/\\/, "\\e", s)
	gsub(/"/, "\\(dq", s)
	return "\"" s "\""
}

# A comment's text without its marks.
function plain(s) {
	sub(/^[ \t]*\/\*+ ?/, "", s)
	sub(/ ?\*+\/[ \t]*$/, "", s)
	sub(/^[ \t]*\* ?/, "", s)
	return s
}

# What stood together, a comment and the names under it, becomes one entry.
function flush(    i) {
	if (names > 0 || members > 0) {
		open_list()
		for (i = 1; i <= names; i++)
			print ".It Li " quoted(name[i])
		print_texts()
	}
	names = texts = members = 0
}

function print_texts(    i) {
	for (i = 1; i <= texts; i++)
		print text[i] == "" ? ".Pp" : escaped(text[i])
	if (members > 0) {
		print ".Bd -literal"
		for (i = 1; i <= members; i++)
			print escaped(member[i])
		print ".Ed"
	}
}

function open_list() {
	if (!listed)
		print ".Bl -tag -width Ds"
	listed = 1
}

function add_name(s, id) {
	if (id in known)
		return
	known[id] = 1
	name[++names] = s
}

# A whole declaration or definition of a macro.
function declare(s,    id, head) {
	gsub(/[ \t]+/, " ", s)
	if (match(s, /^# ?define (e2e|E2E)_[A-Za-z0-9][A-Za-z0-9_]*(\([^)]*\))?/)) {
		head = substr(s, 9, RLENGTH - 8)
		id = head
		sub(/\(.*/, "", id)
		if (id !~ /__/)
			add_name(head, id)
		return
	}
	if (match(s, /^typedef .*e2e_[a-z_]+(\(|;)/)) {
		id = substr(s, 1, RLENGTH - 1)
		sub(/.*[ *(]/, "", id)
		sub(/;$/, "", s)
		if (id !~ /__/)
			add_name(s, id)
		return
	}
	if (s !~ /^E2E__FN / || !match(s, /[ *]e2e_[a-z0-9][a-z0-9_]*\(/))
		return
	id = substr(s, RSTART + 1, RLENGTH - 2)
	if (id ~ /__/)
		return
	sub(/^E2E__FN /, "", s)
	sub(/\)[^)]*(__attribute__|E2E__[A-Z_]+).*$/, ")", s)
	sub(/;$/, "", s)
	add_name(s, id)
}

# The end of a struct or enum: its name stands behind it or before it; an enum without one is named by its members.
function end_struct(line,    id) {
	struct = 0
	id = line
	if (!sub(/^} */, "", id) || id == ";")
		id = member[1]
	sub(/^(typedef )?(struct|enum) /, "", id)
	sub(/^[^{]*{ /, "", id)
	sub(/ ?[{}].*/, "", id)
	sub(/;.*/, "", id)
	# also where a typedef has named it before: here are its members
	known[id] = 1
	name[++names] = id
}

function read_interface(line) {
	if (comment) {
		text[++texts] = plain(line)
		comment = line !~ /\*\//
		return
	}
	if (struct) {
		member[++members] = line
		if (line ~ /^}/)
			end_struct(line)
		return
	}
	if (partial != "") {
		partial = partial " " line
	} else if (line ~ /^\/\*/) {
		if (names > 0 || members > 0)
			flush()
		else if (texts > 0)
			text[++texts] = ""
		text[++texts] = plain(line)
		comment = line !~ /\*\//
		return
	} else if (line == "") {
		flush()
		return
	} else if (line ~ /^(typedef struct e2e_[a-z_]+ {|struct e2e_[a-z][a-z_]* {|enum {|enum e2e_)/ && line !~ /__[a-z_]* {/) {
		member[++members] = line
		struct = 1
		if (line ~ /}.*;$/)
			end_struct(line)
		return
	} else {
		partial = line
	}
	if (partial ~ /\\$/) {
		sub(/\\$/, "", partial)
		return
	}
	if (partial ~ /^E2E__FN / && partial !~ /[;{]/)
		return
	declare(partial)
	partial = ""
}

function read_room(file,    line, mark, title, literal) {
	mark = ""
	listed = names = texts = members = comment = struct = literal = 0
	partial = ""
	title = file
	while ((getline line < file) > 0) {
		if (line ~ /^\/\* @manual /) {
			mark = "manual"
			title = substr(line, 12)
			if (literal)
				print ".Ed"
			print ".Ss " title
			print ".Bd -literal"
			literal = 1
			continue
		}
		if (line ~ /^\/\* @[a-z]+ \*\/$/) {
			if (literal)
				print ".Ed"
			literal = 0
			mark = line
			continue
		}
		if (mark == "manual" && line != "" && line != " */") {
			sub(/^ \*\t?/, "", line)
			print escaped(line)
		}
		if (mark == "/* @interface */")
			read_interface(line)
	}
	close(file)
	if (literal)
		print ".Ed"
	flush()
	if (listed)
		print ".El"
}

function read_floor(list, folder,    line) {
	while ((getline line < list) > 0)
		if (line !~ /^(#|$)/) {
			sub(/[ \t].*/, "", line)
			read_room(folder "/" line ".h")
		}
	close(list)
}

$1 == "@rooms" { read_floor($2 "/rooms", $2); next }
{ print }
