# Annotations of a test: one for each failed point, and one for what is bad beyond them, as JUnit has
# them

#include "brain/judge.awk"
#include "brain/lastwords.awk"
#include "brain/remarks.awk"
#include "brain/text.awk"
#include "report/github.awk"

function summary_line(t,    s) {
	s = substr(summary[t], length(name_of[t]) + 1)
	sub(/^[^\n]*\n/, "", s)
	sub(/\n.*$/, "", s)
	return s
}

# All those of test t, whose stream has just been read
function github_notes(t, err,    problem, tail, text) {
	problem = program_problem(t)
	tail = problem != "" || lone_bare() ? stderr_tail(err) : ""
	if (lone_bare() && problem == "" && tail != "") {
		annotations = ""
		annotate_text(first_failed, tail)
	}
	text = annotations nested_annotations
	if (problem != "") text = text github_error(trim_end(problem tail))
	else if (text == "") text = github_error(trim(summary_line(t)))
	return text
}

# Those of a try are warnings: they are told if the test passes then
function notes_of_try(t,    text) {
	text = "\n" github_notes(t, err_now)
	text = replaced(text, "\n::error title=", "\n::warning title=flaky%3A ")
	return substr(replaced(text, "\n::error file=", "\n::warning title=flaky,file="), 2)
}
