# How long a test may take

#include "brain/base.awk"
#include "brain/text.awk"

# --rules timeout:GLOB=S; what is named last counts
function limit_tests(ere, seconds,    t) {
	for (t = 1; t <= ntests; t++) if (raw_of[t] ~ ere) own_limit[t] = seconds
}

# In seconds as they were given; 0 for none
function limit_of_test(t) {
	if (!(t in own_limit)) read_limit(t)
	return own_limit[t]
}

# A test may say itself how long it needs, in a comment among its first lines: "prove: timeout=S".
# That is looked for when the first tick of the clock meets the test, so that short ones cost
# nothing.
function read_limit(t,    file, limit) {
	file = raw_of[t] ~ /^-/ ? "./" raw_of[t] : raw_of[t]
	limit = limit_in(file)
	# a program has the comment in its source, if that is beside it
	if (limit == "program" && sub(/\.[^.\/]*$/, "", file)) limit = limit_in(file ".c")
	own_limit[t] = limit ~ /^[0-9]/ ? limit : o_timeout == "" ? 0 : o_timeout
}

function limit_in(file,    line, n, limit) {
	limit = ""
	while (n++ < 30 && limit == "" && (getline line < file) > 0) {
		if (n == 1 && line ~ /^\177ELF|[\001-\010\016-\037]/) limit = "program"
		else if (match(line, /^[ \t]*(#|\/\/|\/\*|\*|--|;|%)+[ \t]*prove:[ \t]*timeout=/))
			limit = limit_word(file, line, substr(line, RLENGTH + 1))
	}
	close(file)
	return limit
}

function limit_word(file, line, words) {
	if (match(words, /^([0-9]+(\.[0-9]*)?|\.[0-9]+)/) && substr(words, RLENGTH + 1) ~ /^[ \t\r*\/]*$/)
		return (words ~ /^\./ ? "0" : "") substr(words, 1, RLENGTH)
	complain(shown(file) ": \"" shown(trim(line)) "\" says no limit: write prove: timeout=SECONDS, or 0 for none")
	return "none"
}

# A compiler has time of its own, and more of it
function time_limit(t,    limit) {
	limit = value(limit_of_test(t))
	if (limit && raw_of[t] ~ /\.(c|md|txt)$/ && !o_exec_set && !(t in compiled) && limit < 300) return 300
	return limit
}
