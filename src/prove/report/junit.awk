# JUnit, as Jenkins and GitLab read it; tries that failed as Maven's surefire has them

#include "brain/clock.awk"
#include "brain/files.awk"
#include "brain/judge.awk"
#include "brain/lastwords.awk"
#include "brain/origin.awk"
#include "brain/text.awk"
#include "brain/tries.awk"
#include "report/xml.awk"

function junit_report(event, t) {
	if (event == "open" && (o_junit = ENVIRON["o_junit"]) != "") {
		collecting = 1
		forget(o_junit)
	}
	if (o_junit != "" && event == "test") junit_test(t)
	if (o_junit != "" && event == "end") junit_file()
}

# In the order of the list, whoever ended first
function junit_test(t) {
	junit_text[t] = junit_suite(t, err_now, "")
	junit_points += suite_points
	junit_failures += suite_failures
	junit_errors += suite_errors
	junit_skipped += suite_skipped
	while ((junit_next + 1) in junit_text) junit_write(++junit_next)
}

function junit_write(t) {
	emit(junit_text[t], spool "/junit")
	delete junit_text[t]
}

# The element of test t, whose stream has just been read
function junit_suite(t, err, properties,    k, text, body, class, parts_n, part) {
	suite_points = suite_failures = suite_errors = suite_skipped = 0
	class = junit_class(t)
	share_time()
	name_tries(t)
	body = ""
	junit_tail = bad_now ? stderr_tail(err) : ""
	for (k = 1; k <= npoints; k++) {
		body = body junit_point(t, k, class)
		if (k % 200 == 0) { part[++parts_n] = body; body = "" }
	}
	body = body junit_program(t, class) junit_said(t, err)

	text = "  <testsuite name=\"" xml(raw_of[t]) "\" tests=\"" suite_points "\" failures=\"" \
		suite_failures "\" errors=\"" suite_errors "\" skipped=\"" suite_skipped "\"" \
		sprintf(" time=\"%.3f\"", seconds_now) " timestamp=\"" \
		iso_time(ENVIRON["epoch"] + begin_now - start_clock) "\" hostname=\"" \
		xml(host_of(t)) "\">\n" junit_properties(t, properties)
	for (k = 1; k <= parts_n; k++) text = text part[k]
	return text body "  </testsuite>\n"
}

# The file without what it ends in, as a class
function junit_class(t,    s) {
	s = raw_of[t]
	sub(/\.[^.\/]*$/, "", s)
	gsub(/\//, ".", s)
	gsub(/^\.+/, "", s)
	return xml(s)
}

function junit_properties(t, more) {
	more = junit_property("host", host_of(t)) junit_property("seed", seed_of(t)) more
	return more == "" ? "" : "    <properties>\n" more "    </properties>\n"
}

function junit_property(name, words) {
	if (words == "") return ""
	return "      <property name=\"" name "\" value=\"" xml(words) "\"/>\n"
}

function junit_point(t, k, class,    path, inner, detail, word) {
	suite_points++
	path = path_of_point[k]
	if (path != "") { gsub(SUBSEP, ".", path); class = class "." xml(path) }
	inner = junit_specs(spec_of_point[k], server_of_point[k])
	if (!ok_of_point[k]) {
		suite_failures++
		detail = detail_of_point[k]
		word = first_place(detail, desc_of_point[k])
		if (lone_bare() && junit_tail != "") {
			detail = detail junit_tail
			word = tail_word
		}
		inner = inner junit_fault("failure", "TestFailed", word, detail)
	} else if (dir_of_point[k] == "SKIP" || (dir_of_point[k] == "TODO" && !good_of_point[k])) {
		suite_skipped++
		inner = inner junit_skip((dir_of_point[k] == "TODO" ? "TODO " : "") why_of_point[k])
	}
	inner = inner junit_tries(t, path_of_point[k] SUBSEP desc_of_point[k], ok_of_point[k])
	return junit_case(class, xml(desc_of_point[k]), point_seconds(k), inner)
}

# What the point proves: a property for each clause, and one for the server that it ran on
function junit_specs(spec, server,    n, i, clause, text) {
	n = split(spec, clause, ",")
	text = server == "" ? "" : "  " junit_property("server", server)
	for (i = 1; i <= n; i++)
		if (trim(clause[i]) != "") text = text "  " junit_property("spec", trim(clause[i]))
	return text == "" ? "" : "      <properties>\n" text "      </properties>\n"
}

# What is bad beyond the points, or is said of all of them
function junit_program(t, class,    problem, inner) {
	problem = program_problem(t)
	inner = ""
	if (problem != "") {
		suite_errors++
		inner = junit_fault("error", "ProgramFailed", first_line(problem), problem junit_tail)
	} else if (skip_all != "") {
		suite_skipped++
		inner = junit_skip(skip_all)
	}
	inner = inner junit_tries(t, "", problem == "")
	if (inner == "") return ""
	suite_points++
	return junit_case(class, "(program)", points_without_time ? 0 : time_left, inner)
}

function junit_case(class, name, seconds, inner) {
	return "    <testcase classname=\"" class "\" name=\"" name "\"" \
		sprintf(" time=\"%.6f\"", seconds) \
		(inner == "" ? "/>\n" : ">\n" inner "    </testcase>\n")
}

function junit_fault(kind, type, message, text) {
	return "      <" kind " type=\"" type "\" message=\"" xml(message) "\">" xml(text) "</" \
		kind ">\n"
}

function first_line(text) {
	sub(/\n.*/, "", text)
	return text
}

function junit_skip(why) {
	return "      <skipped message=\"" xml(why) "\"/>\n"
}

# The tries before in which the point of this name failed: it is flaky, or has failed again
function junit_tries(t, name, ok,    n, k, list, text, s, kind) {
	if (!(name in tries_named)) return ""
	n = split(tries_named[name], list, " ")
	kind = (ok ? "flaky" : "rerun") (name == "" ? "Error" : "Failure")
	for (k = 1; k <= n; k++) {
		text = try_text[t, list[k]]
		s = s "      <" kind " type=\"" (name == "" ? "ProgramFailed" : "TestFailed") \
			"\" message=\"" xml(name == "" ? first_line(text) : first_place(text, "failed")) \
			"\"><stackTrace>" xml(text) "</stackTrace></" kind ">\n"
	}
	delete tries_named[name]
	return s
}

# What a whole test said, and tries of points that did not come again
function junit_said(t, err,    s, name, n, line, text) {
	text = ""
	if (tries_now && !bad_now)
		text = "flaky: failed " tries_now (tries_now == 1 ? " time" : " times") \
			" before it passed\n"
	for (n = 1; n <= ntries_kept[t]; n++) {
		if (!(try_name[t, n] in tries_named)) continue
		name = try_name[t, n]
		gsub(SUBSEP, " > ", name)
		sub(/^ > /, "", name)
		text = text "failed in a try before, and did not come again: " name "\n" \
			try_text[t, n]
	}
	s = text == "" ? "" : "    <system-out>" xml(text) "</system-out>\n"
	text = ""
	n = 0
	while ((getline line < err) > 0) if (++n <= 1000) text = text xml(line) "\n"
	close(err)
	return s (text == "" ? "" : "    <system-err>" text "</system-err>\n")
}

# What the points don't tell of the program's time is that of the others, in equal parts: those who
# balance tests by such files add up the cases
function share_time(    k) {
	points_without_time = 0
	time_left = seconds_now
	for (k = 1; k <= npoints; k++) {
		if (ms_of_point[k] != "") time_left -= ms_of_point[k] / 1000
		else if (dir_of_point[k] != "SKIP") points_without_time++
	}
	if (time_left < 0) time_left = 0
}

function point_seconds(k) {
	if (ms_of_point[k] != "") return ms_of_point[k] / 1000
	return dir_of_point[k] == "SKIP" ? 0 : time_left / points_without_time
}

function junit_file(    to, line, t) {
	for (t = junit_next + 1; t <= ntests; t++) if (t in junit_text) junit_write(t)
	to = spool "/junit.xml"
	emit(sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"prove\" tests=\"%d\" failures=\"%d\" errors=\"%d\"" \
		" skipped=\"%d\" time=\"%.3f\">\n", junit_points, junit_failures, junit_errors,
		junit_skipped, run_seconds()), to)
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
