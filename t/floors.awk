# The floors of prove: awk -f t/floors.awk src/prove/rooms, in src/prove. A room may call what itself and the rooms that it names
# have; it names only rooms that stand above it in the list, so there are no circles; none is too large.

function complain(file, line, message) {
	print "src/prove/" file ":" line ": " message > "/dev/stderr"
	bad = 1
}

# The calls of awk have a parenthesis, those of the shell are words. Text in quotes has none.
function words_of(line, is_awk) {
	if (is_awk) gsub(/"(\\.|[^"\\])*"/, "\"\"", line)
	sub(/(^|[ \t])#.*/, "", line)

	if (is_awk) {
		gsub(/[^A-Za-z0-9_(]+/, " ", line)
		gsub(/\(/, "() ", line)
	} else {
		# variables, assignments, options and parts of paths are no commands
		gsub(/\$[{]?[A-Za-z0-9_]+|[A-Za-z0-9_]+=|[-.\/][A-Za-z0-9_]+/, " ", line)
		gsub(/[^A-Za-z0-9_]+/, " ", line)
	}
	return line
}

# First the names
function read_names(file,    line, name, n, got) {
	while ((got = (getline line < file)) > 0) {
		n++
		name = ""
		if (line ~ /^function [a-z_0-9]+\(/) {
			name = substr(line, 10)
			sub(/\(.*/, "()", name)
		} else if (match(line, /(^|[ \t])[a-z_0-9]+\(\) \{/)) {
			name = substr(line, RSTART, RLENGTH - 4)
			sub(/^[ \t]/, "", name)
		} else if (line ~ /^#include "/) {
			split(line, part, "\"")
			if (!(part[2] in place)) complain(file, n, part[2] " doesn" "\047" "t stand above it in rooms")
			names[file, part[2]] = n
		}
		if (name != "") {
			if ((program_of[file], name) in home && home[program_of[file], name] != file)
				complain(file, n, name " is in " home[program_of[file], name] " too")
			home[program_of[file], name] = file
		}
	}
	close(file)
	if (got < 0) complain("rooms", 1, "there is no file " file)
	if (n > 900) complain(file, n, n " lines are too many for a room (at most 900)")
}

# Then the calls
function read_calls(file,    line, word, n, k, i, program) {
	program = program_of[file]
	while ((getline line < file) > 0) {
		n++
		k = split(words_of(line, file ~ /awk$/), word, " ")
		for (i = 1; i <= k; i++) {
			if (!((program, word[i]) in home) || home[program, word[i]] == file) continue
			used[file, home[program, word[i]]] = 1
			if ((file, home[program, word[i]]) in names) continue
			complain(file, n, "calls " word[i] " of " home[program, word[i]] ", which it doesn" "\047" "t name by #include")
		}
	}
	close(file)
}

function check_use(file,    key, part) {
	for (key in names) {
		split(key, part, SUBSEP)
		if (part[1] == file && !(key in used)) complain(file, names[key], "names " part[2] " and calls nothing of it")
	}
}

/^#/ || NF == 0 { next }
$2 == "=" { string = $1; next }
/[.](sh|awk)$/ || $1 ~ /[.](sh|awk)$/ {
	# The driver is one program; the workers' rooms are another, and so is each string of awk
	program = "driver"
	if ($0 ~ /^[ \t]/) program = $1 ~ /^worker\/.*sh$/ ? "worker" : string
	program_of[$1] = program
	read_names($1)
	place[$1] = ++rooms
	room[rooms] = $1
}
END {
	for (i = 1; i <= rooms; i++) {
		read_calls(room[i])
		check_use(room[i])
	}
	exit bad
}
