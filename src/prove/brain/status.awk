# The line on a terminal

#include "brain/workers.awk"
#include "report/console.awk"

# The width of the window now; an older line that has been folded since is cleared as a whole
function look_at_window(    cmd, line, size) {
	if (ENVIRON["COLUMNS"] != "") return
	cmd = "stty size 2>/dev/null </dev/tty"
	if ((cmd | getline line) > 0 && split(line, size, " ") == 2 && size[2] > 0)
		columns = size[2] + 0
	close(cmd)
	if (status_shown <= columns) return
	printf "\033[%dA\r\033[J", int((status_shown - 1) / columns)
	status_shown = 0
}

# [12/40, 1 failed, 7 s] t/slow.t 5 s, t/b.t 0 s
function show_status(    text, w, list) {
	if (!live_line || quitting) return
	look_at_window()
	list = ""
	for (w = 1; w <= nworkers; w++)
		if (queued[w] > 0)
			list = list (list == "" ? "" : ", ") name_of[test_of[at_work(w)]] \
				(since[w] == "" ? "" : sprintf(" %d s", clock - since[w]))
	text = "[" (nfinished + 0) "/" ntests \
		(nbad ? ", " nbad " failed" : "") sprintf(", %d s] ", clock - start_clock) list
	if (length(text) > columns - 1) text = substr(text, 1, columns - 4) "..."
	clear_status()
	printf "%s", text
	status_shown = length(text)
	fflush()
}
