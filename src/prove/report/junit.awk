# JUnit, as Jenkins and GitLab read it

#include "brain/clock.awk"
#include "brain/files.awk"
#include "brain/judge.awk"
#include "brain/text.awk"
#include "report/xml.awk"

function junit_report(event, t) {
	if (event == "open" && (o_junit = ENVIRON["o_junit"]) != "") {
		collecting = 1
		forget(o_junit)
	}
	if (o_junit != "" && event == "test") junit_test(t)
	if (o_junit != "" && event == "end") junit_file()
}

function junit_test(t) {
	emit(junit_suite(t, err_now, ""), spool "/junit")
	junit_points += suite_points
	junit_failures += suite_failures
	junit_errors += suite_errors
	junit_skipped += suite_skipped
}

function junit_suite(t, err, properties,    k, text, body, class, problem, first, line, n, parts_n, part, specs) {
	suite_points = suite_failures = suite_errors = suite_skipped = 0
	class = raw_of[t]
	sub(/\.[^.\/]*$/, "", class)
	gsub(/\//, ".", class)
	gsub(/^\.+/, "", class)
	class = xml(class)
	body = ""
	for (k = 1; k <= npoints; k++) {
		suite_points++
		text = path_of_point[k]
		if (text != "") { gsub(SUBSEP, ".", text); text = "." xml(text) }
		text = "    <testcase classname=\"" class text "\" name=\"" \
			xml(desc_of_point[k]) "\"" point_time(k)
		specs = junit_specs(spec_of_point[k])
		if (!ok_of_point[k]) {
			suite_failures++
			text = text ">\n" specs "      <failure type=\"TestFailed\" message=\"" \
				xml(first_place(detail_of_point[k], k)) "\">" \
				xml(detail_of_point[k]) "</failure>\n    </testcase>\n"
		} else if (dir_of_point[k] == "SKIP" ||
			(dir_of_point[k] == "TODO" && !good_of_point[k])) {
			suite_skipped++
			text = text ">\n" specs "      <skipped message=\"" \
				(dir_of_point[k] == "TODO" ? "TODO " : "") xml(why_of_point[k]) \
				"\"/>\n    </testcase>\n"
		} else
			text = text (specs == "" ? "/>\n" : ">\n" specs "    </testcase>\n")
		body = body text
		if (k % 200 == 0) { part[++parts_n] = body; body = "" }
	}
	problem = program_problem(t)
	if (problem != "") {
		suite_points++
		suite_errors++
		first = problem
		sub(/\n.*/, "", first)
		body = body "    <testcase classname=\"" class \
			"\" name=\"(program)\">\n      <error type=\"ProgramFailed\" message=\"" \
			xml(first) "\">" xml(problem) "</error>\n    </testcase>\n"
	} else if (skip_all != "") {
		suite_points++
		suite_skipped++
		body = body "    <testcase classname=\"" class \
			"\" name=\"(program)\">\n      <skipped message=\"" xml(skip_all) \
			"\"/>\n    </testcase>\n"
	} else if (tries_now)
		body = body "    <system-out>flaky: failed " tries_now \
			" times before it passed</system-out>\n"
	text = ""
	while ((getline line < err) > 0) if (++n <= 1000) text = text xml(line) "\n"
	close(err)
	if (text != "") body = body "    <system-err>" text "</system-err>\n"
	text = "  <testsuite name=\"" xml(raw_of[t]) "\" tests=\"" suite_points "\" failures=\"" \
		suite_failures "\" errors=\"" \
		suite_errors "\" skipped=\"" suite_skipped "\" time=\"" \
		sprintf("%.3f", seconds_now) "\" timestamp=\"" \
		iso_time(ENVIRON["epoch"] + begin_now - start_clock) "\">\n" properties
	for (k = 1; k <= parts_n; k++) text = text part[k]
	return text body "  </testsuite>\n"
}

# What the point proves: a property for each clause
function junit_specs(spec,    n, i, clause, text) {
	n = split(spec, clause, ",")
	text = ""
	for (i = 1; i <= n; i++)
		if (trim(clause[i]) != "")
			text = text "        <property name=\"spec\" value=\"" xml(trim(clause[i])) \
				"\"/>\n"
	return text == "" ? "" : "      <properties>\n" text "      </properties>\n"
}

# A point alone takes all the time of its program
function point_time(k) {
	if (ms_of_point[k] != "") return sprintf(" time=\"%.6f\"", ms_of_point[k] / 1000)
	return npoints == 1 ? sprintf(" time=\"%.3f\"", seconds_now) : ""
}

function junit_file(    to, line) {
	to = spool "/junit.xml"
	emit(sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"prove\" tests=\"%d\" failures=\"%d\" errors=\"%d\"" \
		" skipped=\"%d\" time=\"%.3f\">\n", junit_points, junit_failures, junit_errors,
		junit_skipped, wall_time()), to)
	emit("", spool "/junit")
	close(spool "/junit")
	while ((getline line < (spool "/junit")) > 0) {
		emit(line "\n", to)
		size_of[spool "/junit"] -= length(line) + 1
	}
	# lines that were lost are missed in the whole
	size_of[to] += size_of[spool "/junit"]
	emit("</testsuites>\n", to)
	publish(to, o_junit)
}
