# The page of --html

#include "brain/clock.awk"
#include "brain/files.awk"
#include "brain/judge.awk"
#include "brain/origin.awk"
#include "brain/stderr.awk"
#include "brain/text.awk"
#include "report/xml.awk"

function html_report(event, t) {
	if (event == "open" && (o_html = ENVIRON["o_html"]) != "") {
		collecting = keep_seconds = 1
		forget(o_html)
	}
	if (o_html != "" && event == "test") html_test(t, err_now)
	if (o_html != "" && event == "end") html_file()
}

function html_test(t, err,    k, line, text, n) {
	paged[t] = 1
	begin_of[t] = begin_now
	worker_of[t] = worker_now
	run_of[t] = run
	missing_of[t] = planned > run ? planned - run : 0
	nfailed_of[t] = nfailed
	skip_of[t] = skip_all
	text = program_problem(t)
	for (k = 1; k <= npoints; k++) if (!ok_of_point[k]) text = text detail_of_point[k]
	if (bad_now || tries_now)
		while ((getline line < err) > 0 && ++n <= 200)
			if (!told(n)) text = text line "\n"
	close(err)
	html_detail[t] = text

	html_points[t] = ""
	for (k = 1; k <= npoints && k <= 2000; k++) html_points[t] = html_points[t] html_point(k)
	if (npoints > 2000) html_points[t] = html_points[t] "<li>and " npoints - 2000 " more</li>"
}

function html_point(k,    s) {
	s = !ok_of_point[k] ? "bad" : dir_of_point[k] != "" ? "skip" : "ok"
	s = "<li class=" s ">" xml(point_path(k) desc_of_point[k])
	if (dir_of_point[k] != "") s = s " <i>" dir_of_point[k] " " xml(why_of_point[k]) "</i>"
	if (ms_of_point[k] != "") s = s sprintf(" <small>%.3f s</small>", ms_of_point[k] / 1000)
	return s "</li>"
}

function point_path(k,    s) {
	s = path_of_point[k]
	gsub(SUBSEP, " > ", s)
	return s == "" ? "" : s " > "
}

function html_class(t) {
	return bad[t] ? "bad" : tries[t] ? "flaky" : skip_of[t] != "" ? "skip" : "ok"
}

function html_row(t, to,    class, result) {
	class = html_class(t)
	result = run_of[t] - nfailed_of[t] " of " (run_of[t] + missing_of[t])
	if (skip_of[t] != "") result = xml(skip_of[t])

	emit("<details class=" class " data-name=\"" xml(name_of[t]) "\"" (bad[t] ? " open" : "") ">", to)
	emit("<summary><b>" (class == "bad" ? "failed" : class) "</b> <span>" xml(name_of[t]) "</span>", to)
	emit(" <em>" result "</em> <small>" sprintf("%.2f", seconds_of[t]) " s</small></summary>", to)
	if (html_detail[t] != "") emit("<pre>" xml(html_detail[t]) "</pre>", to)
	emit("<ol>" html_points[t] "</ol></details>\n", to)
}

# The page is page.html with its placeholders filled; style and script stand in it
function html_file(    to, n, lines, k) {
	to = spool "/page.html"
	n = split(ENVIRON["page_html"], lines, "\n")
	for (k = 1; k <= n; k++) {
		if (lines[k] == "{bars}") html_bars(to)
		else if (lines[k] == "{tests}") html_rows(to)
		else if (lines[k] ~ /^<link .*page\.css/)
			emit("<style>\n" ENVIRON["page_css"] "\n</style>\n", to)
		else if (lines[k] ~ /^<script .*page\.js/)
			emit("<script>\n" ENVIRON["page_js"] "\n</script>\n", to)
		else if (lines[k] != "") emit(html_line(lines[k]) "\n", to)
	}
	publish(to, o_html)
}

function html_line(line,    title, heading) {
	if (!index(line, "{")) return line
	title = interrupted ? "interrupted" : nbad ? nbad " failed" : "passed"
	heading = interrupted ? "Failed (interrupted)" : nbad ? "Failed" : "All tests successful"
	line = replaced(line, "{title}", title " - tests")
	line = replaced(line, "{heading}", heading)
	line = replaced(line, "{height}", html_lanes() * 20)
	return replaced(line, "{totals}", html_totals())
}

function html_totals() {
	return sprintf("%d files, %d tests, %d failed, %d files skipped, %d flaky, ",
		nfinished, total_run, total_failed, nskipped_files, nflaky) \
		sprintf("%d cases skipped, %d known failures, %.2f s, %s UTC",
		all_skips, all_todos, run_seconds(), iso_time(run_begin()))
}

# A lane a worker; those of archives have theirs below
function html_lanes() {
	return (all_kept() ? 0 : nworkers) + nlanes_kept
}

function html_lane(t) {
	return worker_of[t] - 1 + (path_of[t] in kept_lane ? html_lanes() - nlanes_kept : 0)
}

# When the timeline begins: with the run, or on the first machine whose archive is in it
function html_begin(    t, first) {
	first = all_kept() ? begin_of[1] : start_clock
	for (t = 1; t <= ntests; t++)
		if ((t in paged) && worker_of[t] && begin_of[t] < first) first = begin_of[t]
	return first
}

function html_bars(to,    t, first, span, x, wide) {
	first = html_begin()
	span = run_seconds()
	if (!all_kept() && clock - first > span) span = clock - first
	if (span <= 0) span = 0.01
	for (t = 1; t <= ntests; t++) {
		if (!(t in paged) || !worker_of[t]) continue
		x = (begin_of[t] - first) / span * 1000
		wide = seconds_of[t] / span * 1000
		emit("<rect class=" html_class(t) sprintf(" x=%.1f y=%d width=%.1f height=16>",
			x, html_lane(t) * 20 + 2, (wide < 1 ? 1 : wide)), to)
		emit("<title>" xml(name_of[t]) sprintf(" %.2f s</title></rect>\n", seconds_of[t]), to)
	}
}

function html_rows(to,    t) {
	for (t = 1; t <= ntests; t++) if ((t in paged) && bad[t]) html_row(t, to)
	for (t = 1; t <= ntests; t++) if ((t in paged) && !bad[t]) html_row(t, to)
}
