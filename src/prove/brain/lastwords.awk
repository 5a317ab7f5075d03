# The last lines of a test that came to no end of its own: what it was at when it crashed, or when
# its time was over

#include "brain/stderr.awk"
#include "brain/text.awk"

# Told are at most ten lines, none that stands with a failed point already, and nothing if there is
# only the bookkeeping of TAP
function read_last_words(file,    n, cmd, line, text, telling) {
	last_words = ""
	n = raw_lines - told_lines
	if (n > 10) n = 10
	if (n < 1 || file == "/dev/null") return
	cmd = "tail -n " n " " shell_quote(file) " 2>/dev/null | LC_ALL=C tr " quote "\\000" quote \
		" " quote "?" quote " | LC_ALL=C cut -b 1-1000"
	text = ""
	fflush()
	while ((cmd | getline line) > 0) {
		sub(/\r$/, "", line)
		text = text "  " shown(line) "\n"
		if (line !~ /^([ \t]*|ok( [0-9]+)?|not ok( [0-9]+)?|1\.\.[0-9]+([ \t].*)?|TAP version [0-9]+)$/)
			telling = 1
	}
	close(cmd)
	if (telling) last_words = "Its last lines:\n" text
}

# Why a test may have said nothing at all: what the shell says of such files, "not found", misleads
function why_not_started(t,    file, line, interpreter, text) {
	file = raw_of[t]
	if (file ~ /^-/) file = "./" file
	if (system("[ -f " shell_quote(file) " ]") != 0) return ""
	if ((getline line < file) <= 0) line = ""
	close(file)
	text = ""
	interpreter = line
	sub(/^#! */, "", interpreter)
	sub(/[ \t\r].*/, "", interpreter)
	if (system("[ -s " shell_quote(file) " ]") != 0) text = "The file is empty"
	else if (line !~ /^#!/ || exit_now != 126 && exit_now != 127) return ""
	else if (line ~ /\r$/)
		text = "Its first line ends in a carriage return, which the system takes for a part of a name: write the file with line ends of Unix"
	else if (interpreter ~ /^\// && system("[ -x " shell_quote(interpreter) " ]") != 0)
		text = "Its first line names " shown(interpreter) " to run it, which is not there: install it, or correct the line"
	return text == "" ? "" : text "\n"
}

# What a test said on stderr, for reports in which it stands apart or not at all: the first error of
# a compiler and what follows, or else the last lines. What is told with a point isn't told again, nor
# what a shell says of the signal that ended the test with the run.
# tail_word is the line that says most.
function stderr_tail(file,    line, n, count, text, first, i) {
	text = tail_word = ""
	n = count = first = 0
	while ((getline line < file) > 0 && ++n <= 20000) {
		if (interrupted_now != "" && line ~ /^([^ ].*: line [0-9]+: *[0-9]+ )?(Terminated|Killed|Hangup|Interrupt)( |$)/) continue
		if (told(n) || place_told(line) || line ~ /^[ \t]*$/ || first && count >= first + 9) continue
		if (!first && line ~ /^[^ ].*:[0-9]+: (fatal )?error: /) first = count + 1
		if (!first || first == count + 1) tail_word = substr(line, 1, 1000)
		tail_line[++count % 10] = substr(line, 1, 1000)
	}
	close(file)
	for (i = first ? first : count > 10 ? count - 9 : 1; i <= count; i++)
		text = text "  " shown(tail_line[i % 10]) "\n"
	return text == "" ? "" : "On stderr:\n" text
}

# A comment that begins with the place of a failure whose details are told
function place_told(line) {
	return match(line, /^# [^ :]+:[0-9]+:/) && substr(line, 3, RLENGTH - 3) in place
}

# The one point that failed says nothing of itself: what stands on stderr is of it
function lone_bare() {
	return nfailed == 1 && bare_number
}

# Whether the test on which the verdict is bad was kept from its end
function ended_early(has_timed_out) {
	return has_timed_out || signal_now || planned < 0 || run < planned || (exit_now && !nfailed)
}
