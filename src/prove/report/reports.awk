# A report is a file with a function NAME_report(event, t), which hears of these events:
#
#	open     the run begins, and nothing is known but the options: the report looks for its
#	         own, forgets what an older run has left, and sets "collecting" if it wants the
#	         points of tests
#	begin    all tests are known, none has begun
#	try      t has failed and will run once more. What is known of this try is what is known
#	         of a test; keep_try has put aside what failed in it for the reports of tests
#	test     t has ended, or was kept from it. What is known of it: its verdict and way to end
#	         (judge.awk), the variables with _now; what its stream said (stream.awk); its
#	         points (points.awk)
#	end      all is over; the state of all tests and the totals
#
# To add one: its file, a line in rooms, an option in options.txt, and a line below. All files are
# written under another name and then moved, so that a reader never sees half of one.

#include "report/archive.awk"
#include "report/console.awk"
#include "report/dump.awk"
#include "report/html.awk"
#include "report/junit.awk"
#include "report/program.awk"
#include "report/specs.awk"
#include "report/summary.awk"
#include "report/xunit.awk"

function report(event, t) {
	console_report(event, t)
	specs_report(event, t)
	summary_report(event, t)
	program_report(event, t)
	junit_report(event, t)
	xunit_report(event, t)
	html_report(event, t)
	archive_report(event, t)
	dump_report(event, t)
}
