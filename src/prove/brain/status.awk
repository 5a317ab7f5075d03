# The line on a terminal

#include "brain/workers.awk"
#include "report/console.awk"

# [12/40, 1 failed, 7 s] t/slow.t 5 s, t/b.t 0 s
function show_status(    text, w, list) {
	if (!live_line || quitting) return
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
