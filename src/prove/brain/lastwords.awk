# The last lines of a test that came to no end of its own: what it was at when it crashed, or when
# its time was over

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

# Whether the test on which the verdict is bad was kept from its end
function ended_early(has_timed_out) {
	return has_timed_out || signal_now || planned < 0 || run < planned || (exit_now && !nfailed)
}
