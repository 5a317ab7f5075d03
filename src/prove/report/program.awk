# --formatter PROGRAM: the program reads events, one JSON object a line, and what it prints is the
# report.
#
#	begin  tests jobs time
#	point  test path name ok directive reason seconds detail: a point of the test that ends
#	       next, or a leaf below it
#	test   name ok begin seconds plan run failed skipped todo bonus exit signal timed_out tries
#	       skip problem stderr
#	try    name try begin seconds plan run failed exit signal timed_out problem stderr failures:
#	       a test has failed and will run once more
#	end    result files tests failed seconds interrupted
#
# What isn't known is null. Whatever becomes of the program, prove goes on and tells of it at the
# end.

#include "brain/base.awk"
#include "brain/clock.awk"
#include "brain/judge.awk"
#include "brain/text.awk"
#include "report/json.awk"

function program_report(event, t,    k) {
	if (event == "open" && (o_formatter = ENVIRON["o_formatter"]) != "") collecting = 1
	if (o_formatter == "") return
	if (event == "begin") program_begin()
	if (event == "end") program_end()
	if (event == "try") program_try(t)
	if (event != "test") return
	for (k = 1; k <= npoints; k++) program_point(t, k)
	program_test(t)
	fflush(program_command)
}

# Its status is kept in a file, because not every awk has it; what the program leaves unread is read
# by cat. A program of several words is split by the shell.
function program_begin() {
	program_command = "formatter=" shell_quote(o_formatter) "; set -f\n" \
		"if command -v \"$formatter\" >/dev/null; then \"$formatter\"; else $formatter; fi\n" \
		"echo $? >" shell_quote(spool "/formatter") "; cat >/dev/null"

	program_say(json_event("begin") json_number("tests", ntests, "%d") \
		json_number("jobs", nworkers, "%d") json_number("time", ENVIRON["epoch"], "%.3f"))
}

function program_point(t, k,    s) {
	s = json_event("point") json_text("test", raw_of[t]) json_path(path_of_point[k])
	s = s json_text("name", desc_of_point[k]) json_flag("ok", ok_of_point[k])
	s = s json_text("directive", dir_of_point[k]) json_text("reason", why_of_point[k])
	if (ms_of_point[k] == "") s = s json_text("seconds", "")
	else s = s json_number("seconds", ms_of_point[k] / 1000, "%.6f")
	if (spec_of_point[k] != "") s = s json_text("spec", spec_of_point[k])
	if (server_of_point[k] != "") s = s json_text("server", server_of_point[k])
	program_say(s json_text("detail", detail_of_point[k]))
}

# When it ran, and its points
function program_counts(    s) {
	s = json_number("begin", begin_now - start_clock, "%.3f")
	s = s json_number("seconds", seconds_now, "%.3f")
	s = s (planned < 0 ? json_text("plan", "") : json_number("plan", planned, "%.0f"))
	return s json_number("run", run, "%.0f") json_number("failed", nfailed, "%.0f")
}

function program_status(t,    s) {
	s = json_number("exit", exit_now, "%d")
	s = s json_text("signal", signal_now ? signal_name(signal_now) : "")
	return s json_flag("timed_out", t in timed_out)
}

# Points of a try are none of the run's: what failed stands in it
function program_try(t,    s, k, n) {
	s = json_event("try") json_text("name", raw_of[t]) json_number("try", tries_now + 1, "%d")
	s = s program_counts() program_status(t) json_text("problem", program_problem(t))
	s = s json_text("stderr", program_stderr()) ",\"failures\":["
	for (k = 1; k <= npoints; k++) {
		if (ok_of_point[k]) continue
		s = s (n++ ? "," : "") "{\"name\":" json_string(desc_of_point[k])
		s = s json_path(path_of_point[k]) json_text("detail", detail_of_point[k]) "}"
	}
	program_say(s "]")
	fflush(program_command)
}

function program_test(t,    s) {
	s = json_event("test") json_text("name", raw_of[t]) json_flag("ok", !bad_now)
	s = s program_counts()
	s = s json_number("skipped", nskips, "%.0f") json_number("todo", ntodos, "%.0f")
	s = s json_number("bonus", nbonuses, "%.0f") program_status(t)
	s = s json_number("tries", tries_now + 1, "%d")
	s = s json_text("skip", skip_all) json_text("problem", program_problem(t))
	program_say(s json_text("stderr", program_stderr()))
}

function program_stderr(    line, text, n) {
	text = ""
	while ((getline line < err_now) > 0 && ++n <= 1000) text = text line "\n"
	close(err_now)
	return text
}

function program_end(    s, status, line) {
	s = nbad || interrupted ? "FAIL" : total_run ? "PASS" : "NOTESTS"
	s = json_event("end") json_text("result", s) json_number("files", nfinished, "%d")
	s = s json_number("tests", total_run, "%.0f") json_number("failed", total_failed, "%.0f")
	s = s json_number("seconds", wall_time(), "%.3f")
	program_say(s json_flag("interrupted", interrupted))
	close(program_command)

	status = ""
	while ((getline line < (spool "/formatter")) > 0) status = line
	close(spool "/formatter")
	if (status == 0 && status != "") return
	complain("the formatter " o_formatter " failed" \
		(status == "" ? "" : " with status " status) ": its report may not be whole")
	report_failed = 1
}

function program_say(text) {
	print text "}" | program_command
}
