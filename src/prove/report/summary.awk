# The end of the report, and the exit status

#include "brain/base.awk"
#include "brain/clock.awk"
#include "brain/paint.awk"
#include "brain/tests.awk"
#include "brain/text.awk"
#include "report/console.awk"
#include "report/specs.awk"

function summary_report(event, t) {
	if (event == "end") report_summary()
}

function report_summary(    t, status, seconds) {
	clear_status()
	flush_reports()
	for (t = next_shown + 1; t <= ntests; t++) if (t in out_of) printf "%s", out_of[t]
	if (o_slowest) show_slowest()
	if (o_specs) show_specs()
	if (o_timer) print trim(clock_text())
	if (interrupted) print paint(fail_colour, "Test run interrupted!")
	if (nfinished < ntests && !stopped) {
		complain("only " nfinished + 0 " of " ntests \
			" tests were run, and nothing has stopped the others: that is a fault of prove")
		report_failed = 1
	}
	status = nbad || interrupted || report_failed ? "FAIL" : (total_run ? "PASS" : "NOTESTS")
	if (o_quiet < 3) {
		if (status == "PASS") print paint(success_colour, "All tests successful.")
		if (problems || nbad) {
			print "\nTest Summary Report\n-------------------"
			for (t = 1; t <= ntests; t++)
				if (t in summary)
					printf "%s", bad[t] ? paint(fail_colour, summary[t]) \
						: summary[t]
		}
		if (nfinished < ntests && !interrupted && bail_text == "")
			print "Not run: " ntests - nfinished \
				(ntests - nfinished == 1 ? " test" : " tests")
		show_reasons("skip", "Skipped", all_skips)
		show_reasons("todo", "Known failures", all_todos)
		seconds = wall_time()
		printf "Files=%d, Tests=%d, %2d wallclock secs (%5.2f usr +%5.2f sys = %5.2f CPU)\n", nfinished, total_run,
			seconds + 0.5, cpu_user, cpu_sys, cpu_user + cpu_sys
		last_line("Result: " (status == "FAIL" ? paint(fail_colour, status) \
			: paint(success_colour, status)))
	}
	fflush()
	exit_status = status == "FAIL" || report_failed ? 1 : 0
	if (nunmatched && nunmatched == nfinished && !exit_status) {
		complain("no case of any test matches" \
			(ENVIRON["o_filter"] == "" ? "" : " -k " shown(ENVIRON["o_filter"])) \
			(ENVIRON["o_tags"] == "" ? "" : " -t " shown(ENVIRON["o_tags"])) \
			(ENVIRON["o_spec"] == "" ? "" : " --spec " shown(ENVIRON["o_spec"])) \
			(ENVIRON["o_no_spec"] == "" ? "" : " --no-spec " \
			shown(ENVIRON["o_no_spec"])) ": nothing was tested; each test" quote \
			"s --list names its cases")
		exit_status = 2
	}
	if (bail_text == "") bail_text = kept_bail
	if (bail_text != "") {
		print "FAILED--Further testing stopped" \
			(bail_text == " " ? "." : ": " shown(substr(bail_text, 2))) > "/dev/stderr"
		exit_status = 255
	}
}

# Equal ones by name, because tests end in any order
function more_frequent(a, b) {
	if (all_reason_count[a] != all_reason_count[b])
		return all_reason_count[a] > all_reason_count[b]
	return a "" < b ""
}

# How many, and why: each reason with how often it was given, the most frequent ones first
function show_reasons(kind, title, count,    k, n, i, best) {
	if (!count) return
	print title ": " count
	for (i = 1; i <= 20; i++) {
		best = 0
		for (k = 1; k <= nall_reasons; k++)
			if (index(all_reasons[k], kind SUBSEP) == 1 && !(k in reason_shown) && \
				(!best || more_frequent(all_reasons[k],
				all_reasons[best]))) best = k
		if (!best) return
		reason_shown[best] = 1
		n = all_reason_count[all_reasons[best]]
		count -= n
		printf "%5d  %s\n", n, shown(substr(all_reasons[best], length(kind SUBSEP) + 1))
	}
	if (count) printf "%5d  for other reasons: --directives shows them\n", count
}

# Not every awk tells when what it prints gets nowhere; a shell does
function last_line(text) {
	fflush()
	if (!ENVIRON["check_stdout"]) print text
	else if (system("printf \"%s\\n\" " shell_quote(text)) != 0) {
		complain("can" quote "t write the report to stdout (see above): is there no room for it?")
		report_failed = 1
	}
}

function show_slowest(    t, n, a, k) {
	for (t = 1; t <= ntests; t++) if (t in finished) a[++n] = t
	sort_tests(a, n, seconds_of)
	print "\nSlowest:"
	for (k = 1; k <= n && k <= o_slowest; k++)
		printf "%9.2f s  %s\n", seconds_of[a[k]], name_of[a[k]]
}
