# The page of --html: page.html with style, script and data in it. The data are lines of JSON, one a
# test, so that the script can take them in one by one: what is broken in one is lost alone.

#include "brain/clock.awk"
#include "brain/files.awk"
#include "brain/judge.awk"
#include "brain/keys.awk"
#include "brain/origin.awk"
#include "brain/stderr.awk"
#include "brain/text.awk"
#include "report/xml.awk"

function html_report(event, t) {
	if (event == "open" && (o_html = ENVIRON["o_html"]) != "") {
		collecting = keep_seconds = 1
		# so many bytes of stories, and lines of failures for those without a script
		html_story_room = 1000000
		html_plain_room = 300
		forget(o_html)
	}
	if (o_html == "") return
	if (event == "test") html_test(t, err_now)
	if (event == "end") html_file()
}

# ---- data ----

# Text as a string of JSON that may stand in a script element
function html_string(s) {
	s = utf8(shown(s))
	gsub(/\\/, "&&", s)
	gsub(/"/, "\\\"", s)
	gsub(/</, "\\u003c", s)
	gsub(/\n/, "\\n", s)
	gsub(/\t/, "\\t", s)
	return "\"" s "\""
}

function html_text(name, s) {
	return s == "" ? "" : ",\"" name "\":" html_string(s)
}

function html_number(name, n, format) {
	return ",\"" name "\":" sprintf(format, n)
}

function html_say(text) {
	emit(text, spool "/page.data")
}

# A test: its points stand in it, its stories behind it
function html_test(t, err,    k, problem) {
	problem = program_problem(t)
	html_plain_test(t, problem)
	html_say("{\"test\":" html_string(raw_of[t]) html_number("at", t, "%d") html_text("class", html_class(t)))
	html_say(html_number("run", run, "%.0f") html_number("failed", nfailed, "%.0f"))
	html_say(html_number("missing", planned > run ? planned - run : 0, "%.0f"))
	html_say(html_number("begin", begin_now - start_clock, "%.3f"))
	html_say(html_number("seconds", seconds_now, "%.3f") html_number("worker", worker_now, "%d"))
	html_say((path_of[t] in kept_lane ? ",\"kept\":true" : "") html_text("host", host_of(t)))
	html_say(html_text("seed", seed_of(t)) html_text("skip", skip_all))
	html_say(html_text("problem", problem) html_text("stderr", html_stderr(err)))
	html_tries(t)
	html_say(",\"points\":[")
	for (k = 1; k <= npoints && k <= 2000; k++) html_point(t, k)
	html_say("]" html_number("more", npoints > 2000 ? npoints - 2000 : 0, "%d") "}\n")
	for (k = 1; k <= nstories; k++) html_say(html_story_of[k])
	nstories = 0
}

function html_class(t) {
	return bad_now ? "bad" : tries_now ? "flaky" : skip_all != "" ? "skip" : "ok"
}

function html_stderr(err,    line, text, n) {
	text = ""
	if (bad_now || tries_now)
		while ((getline line < err) > 0 && ++n <= 200)
			if (!told(n)) text = text line "\n"
	close(err)
	return text
}

function point_path(k,    s) {
	s = path_of_point[k]
	gsub(SUBSEP, " > ", s)
	return s == "" ? "" : s " > "
}

function html_state(k) {
	if (!ok_of_point[k]) return "bad"
	if (dir_of_point[k] == "SKIP") return "skip"
	if (dir_of_point[k] == "TODO") return good_of_point[k] ? "bonus" : "todo"
	return "ok"
}

# A point has its name, its state, its milliseconds, then what it has besides
function html_point(t, k,    s, detail) {
	s = (k > 1 ? ",[" : "[") html_string(point_path(k) desc_of_point[k])
	s = s ",\"" html_state(k) "\"," (ms_of_point[k] == "" ? "null" : ms_of_point[k] + 0)
	detail = ok_of_point[k] ? "" : detail_of_point[k]
	if (detail != "" && html_story(t, k, detail)) detail = html_without_story(detail)
	if (detail why_of_point[k] spec_of_point[k] server_of_point[k] != "") {
		s = s ",{\"is\":1" html_text("why", why_of_point[k]) html_text("spec", spec_of_point[k])
		s = s html_text("server", server_of_point[k]) html_text("detail", detail) "}"
	}
	html_say(s "]")
}

# Those of before: when they ran, and what failed in them
function html_tries(t,    n, name) {
	if (!tries_now) return
	html_say(",\"tries\":[")
	# those of an archive are known by number only
	for (n = 1; n <= tries_now && ((t, n) in try_begin); n++)
		html_say((n > 1 ? ",[" : "[") sprintf("%.3f,%.3f,%d]", try_begin[t, n] - start_clock,
			try_seconds[t, n], try_worker[t, n]))
	html_say("],\"tried\":[")
	for (n = 1; n <= ntries_kept[t]; n++) {
		name = try_name[t, n]
		sub("^" SUBSEP, "", name)
		gsub(SUBSEP, " > ", name)
		html_say((n > 1 ? ",[" : "[") html_string(name) "," html_string(try_text[t, n]) "]")
	}
	html_say("]")
}

# ---- stories ----

# The whole story of a failed case, if its folder is still there: true if there was one. That of a
# run that was archived is on another machine, or of another run.
function html_story(t, k, detail,    file, line, n, text) {
	if (path_of[t] in kept_lane || html_story_room <= 0) return 0
	if (!match(detail, /\n *folder: [^\n]*/)) return 0
	file = substr(detail, RSTART, RLENGTH)
	sub(/^\n *folder: /, "", file)
	file = unquoted(file) "/story.jsonl"
	if (substr(file, 1, 1) != "/") return 0
	text = ""
	while ((getline line < file) > 0 && n < 600) {
		if (line !~ /^[{]"t":-?[0-9].*[}]$/) continue
		sub(/,"odd":false/, "", line)
		gsub(/</, "\\u003c", line)
		text = text utf8(shown(line)) "\n"
		n++
	}
	close(file)
	if (!n) return 0
	html_story_of[++nstories] = "{\"story\":" k - 1 "}\n" text
	html_story_room -= length(text)
	return 1
}

# What a failure says, without the lines below story:
function html_without_story(text,    n, i, lines, pad, inside, out) {
	n = split(text, lines, "\n")
	out = ""
	for (i = 1; i < n; i++) {
		match(lines[i], /^ */)
		if (inside && RLENGTH > pad) continue
		inside = lines[i] ~ /^ *story:$/
		pad = RLENGTH
		if (!inside) out = out lines[i] "\n"
	}
	return out
}

# ---- the page ----

# What failed, for browsers that run no scripts
function html_plain_test(t, problem,    k) {
	if (!bad_now || html_plain_room <= 0) return
	html_plain = html_plain xml(name_of[t] (problem == "" ? "" : ": " one_line(problem))) "\n"
	for (k = 1; k <= npoints && html_plain_room > 0; k++) {
		if (ok_of_point[k]) continue
		html_plain = html_plain "  " xml(point_path(k) desc_of_point[k]) "\n    " \
			xml(first_place(detail_of_point[k], "")) "\n"
		html_plain_room--
	}
}

function html_file(    to, n, lines, k) {
	html_run()
	to = spool "/page.html"
	n = split(ENVIRON["page_html"], lines, "\n")
	for (k = 1; k <= n; k++) {
		if (lines[k] == "{plain}") emit(html_plain, to)
		else if (lines[k] == "{data}") html_copy(spool "/page.data", to)
		else if (lines[k] ~ /^<link .*page\.css/)
			emit("<style>\n" ENVIRON["page_css"] "\n</style>\n", to)
		else if (lines[k] ~ /^<script .*page_story\.js/)
			emit("<script>\n" ENVIRON["page_story_js"] "\n</script>\n", to)
		else if (lines[k] ~ /^<script .*page\.js/)
			emit("<script>\n" ENVIRON["page_js"] "\n</script>\n", to)
		else if (lines[k] != "") emit(html_line(lines[k]) "\n", to)
	}
	publish(to, o_html)
}

# Lines that were lost are missed in the whole
function html_copy(from, to,    line) {
	close(from)
	while ((getline line < from) > 0) {
		emit(line "\n", to)
		size_of[from] -= length(line) + 1
	}
	close(from)
	size_of[to] += size_of[from]
}

function html_line(line,    title, heading) {
	if (!index(line, "{")) return line
	title = interrupted ? "interrupted" : nbad ? nbad " failed" : total_run ? "passed" : "none"
	heading = interrupted ? "Failed (interrupted)" : nbad ? "Failed" : total_run \
		? "All tests successful" : "No test was run"
	line = replaced(line, "{title}", title " - tests")
	line = replaced(line, "{heading}", heading)
	return replaced(line, "{totals}", html_totals())
}

function html_count(n, one) {
	return sprintf("%d %s", n, one) (n == 1 ? "" : "s")
}

function html_totals() {
	return html_count(nfinished, "file") sprintf(" (%d failed), ", nbad) \
		html_count(total_run, "test") sprintf(" (%d failed), ", total_failed) \
		html_count(nskipped_files, "file") sprintf(" skipped, %d flaky, ", nflaky) \
		html_count(all_skips, "case") " skipped, " html_count(all_todos, "known failure") \
		sprintf(", %.2f s, %s UTC", run_seconds(), iso_time(run_begin()))
}

# Where and how it was run
function html_run(    command) {
	command = html_asked("ps -o args= -p " ENVIRON["prove_pid"])
	sub(/^[^ ]*sh /, "", command)
	html_say("{\"is\":\"run\"" html_text("result", html_result()) html_text("command", command))
	html_say(html_text("folder", ENVIRON["PWD"]) html_text("system", html_asked("uname -srm")))
	html_say(html_text("host", host_of(0)) html_text("commit", html_commit()))
	html_say(html_text("seed", o_seed != "" ? o_seed : ENVIRON["E2E_SEED"]))
	html_say(html_number("files", nfinished, "%d") html_number("notrun", ntests - nfinished, "%d"))
	html_say(html_number("workers", all_kept() ? 0 : nworkers, "%d"))
	html_say(html_number("seconds", run_seconds(), "%.3f"))
	html_say((all_kept() ? ",\"kept\":true" : "") html_text("begin", iso_time(run_begin())) "}\n")
}

function html_result() {
	return interrupted ? "interrupted" : nbad ? "failed" : total_run ? "passed" : "empty"
}

function html_commit() {
	return all_kept() ? "" : html_asked("git log -1 --format=" quote "%h %s" quote)
}

# The first line that a command says, if it is there
function html_asked(command,    line) {
	command = command " 2>/dev/null </dev/null"
	line = ""
	fflush()
	command | getline line
	close(command)
	return line
}
