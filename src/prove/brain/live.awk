# -v: a test as it runs

#include "brain/paint.awk"
#include "brain/text.awk"
#include "report/github.awk"

# -v with one job shows a test as it runs: at each tick of the clock, what has been added to its
# files since the last one. What is judged is the file itself, when the test has ended.
function follow(id, w) {
	follow_file(spool "/" id ".out", "out")
	follow_file(spool "/err." pid[w] "." err_number[w], "err")
}

# All that is there is shown (of stderr only with a worker); the next file begins at its begin
function follow_to_end(id, w) {
	while (follow_file(spool "/" id ".out", "out")) ;
	if (w) while (follow_file(spool "/err." pid[w] "." err_number[w], "err")) ;
	if (in_line["out"]) print ""
	if (in_line["err"]) print "" > "/dev/stderr"
	in_line["out"] = in_line["err"] = followed["out"] = followed["err"] = 0
}

# A megabyte at most, or who prints without end would keep all else waiting. The dot tells whether
# the last line is whole. Returns whether there was something.
function follow_file(file, to,    cmd, line, last, any, size) {
	cmd = "[ ! -s " shell_quote(file) " ] || tail -c +" sprintf("%.0f", followed[to] + 1) " " \
		shell_quote(file) \
		" 2>/dev/null | dd bs=65536 count=16 2>/dev/null | LC_ALL=C tr " quote "\\000" \
		quote " " quote "?" quote "; echo ."
	fflush()
	size = any = 0
	while ((cmd | getline line) > 0) {
		if (any++) size += follow_text(last, to, 1)
		last = line
	}
	close(cmd)
	sub(/\.$/, "", last)
	sub(/\302$/, "", last)
	if (last != "") size += follow_text(last, to, 0)
	if (size) fflush(to == "out" ? "" : "/dev/stderr")
	followed[to] += size
	return size
}

# Shows a line, or a piece of one; returns how many bytes of the file it was
function follow_text(text, to, ends,    size, s) {
	size = length(text) + ends
	s = text
	if (ends) sub(/\r$/, "", s)
	s = to == "out" && !in_line[to] && ends ? paint_point(s) : shown(s)
	if (o_github) s = tame(s)
	if (ends) s = s "\n"
	if (to == "out") printf "%s", s
	else printf "%s", s > "/dev/stderr"
	in_line[to] = !ends
	return size
}

# What a worker of mawk does itself, see worker_code; but not while a file may be shown
function cut_lines(names) {
	if (ENVIRON["E2E__AWK"] ~ /mawk/)
		system("cd " shell_quote(spool) " && for f in $(find " names " -size +65536 2>/dev/null)\n" \
			"do LC_ALL=C cut -b 1-1000000 $f >$f.part && mv -f $f.part $f; done")
}
