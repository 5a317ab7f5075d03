# A report is a file with a function NAME_report(event, t), which hears of these events:
#
#	begin    before the first test; all tests are known
#	test     t has ended, or was kept from it. What is known of it: its verdict and way to end (judge.awk), the variables with
#	         _now; what its stream said (stream.awk); if "collecting" is set, its points (points.awk)
#	end      all is over; the state of all tests and the totals
#
# To add one: its file, a line in rooms, an option in options.txt, and a line below. All files are written under another name
# and then moved, so that a reader never sees half of one.

#include "brain/files.awk"
#include "report/archive.awk"
#include "report/console.awk"
#include "report/dump.awk"
#include "report/html.awk"
#include "report/junit.awk"
#include "report/program.awk"
#include "report/summary.awk"
#include "report/xunit.awk"

function begin_reports() {
	# an old report must not be taken for one of this run, however that ends
	forget(o_junit)
	forget(o_html)
	forget(o_archive)
	dump_folder = ENVIRON["PERL_TEST_HARNESS_DUMP_TAP"]
	collecting = o_junit o_xunit o_html o_formatter != ""
	report("begin", 0)
}

function report(event, t) {
	console_report(event, t)
	summary_report(event, t)
	if (o_formatter != "") program_report(event, t)
	if (o_junit != "") junit_report(event, t)
	if (o_xunit != "") xunit_report(event, t)
	if (o_html != "") html_report(event, t)
	if (o_archive != "") archive_report(event, t)
	if (dump_folder != "") dump_report(event, t)
}
