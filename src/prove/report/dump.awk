# PERL_TEST_HARNESS_DUMP_TAP

#include "brain/base.awk"
#include "brain/text.awk"

# PERL_TEST_HARNESS_DUMP_TAP names a folder that gets a copy of each stream
function dump_report(event, t,    to) {
	if (event == "open") dump_folder = ENVIRON["PERL_TEST_HARNESS_DUMP_TAP"]
	if (dump_folder == "" || event != "test") return
	to = dump_folder "/" raw_of[t]
	if (system("d=" shell_quote(to) "; mkdir -p -- \"${d%/*}\" && cp -- " \
		shell_quote(out_now) " \"$d\"") != 0) {
		complain("can" quote "t keep the stream of " name_of[t] " in " dump_folder \
			", which PERL_TEST_HARNESS_DUMP_TAP names (see above)")
		report_failed = 1
	}
}
