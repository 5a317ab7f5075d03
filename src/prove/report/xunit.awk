# --xunit-log: a file for each test, with what was said about the run

#include "brain/base.awk"
#include "brain/files.awk"
#include "brain/text.awk"
#include "report/junit.awk"

function xunit_report(event, t) {
	if (event == "open" && (o_xunit = ENVIRON["o_xunit"]) != "") collecting = 1
	if (o_xunit != "" && event == "begin") xunit_begin()
	if (o_xunit != "" && event == "test") xunit_file(t, err_now)
}

function xunit_begin() {
	name_xunit_files()
	if (system("mkdir -p -- " shell_quote(o_xunit)) == 0) {
		forget_xunit()
		return
	}
	complain("can" quote "t make the folder " o_xunit \
		" for --xunit-log (see above): no reports go there")
	report_failed = 1
	o_xunit = ""
}

function xunit_name(t,    name) {
	name = raw_of[t]
	while (sub(/^\.?\//, "", name)) ;
	gsub(/[^A-Za-z0-9._-]/, "_", name)
	sub(/^\./, "_", name)
	return name
}

# Equal ones get a number, in the order of the list
function name_xunit_files(    t, name) {
	for (t = 1; t <= ntests; t++) {
		name = xunit_name(t)
		xunit_of[t] = name (name in xunit_names ? "." ++xunit_names[name] : "") ".xml"
		if (!(name in xunit_names)) xunit_names[name] = 1
	}
}

# An old report must not be taken for one of this run, however that ends
function forget_xunit(    t, list) {
	for (t = 1; t <= ntests; t++) {
		list = list " " shell_quote(xunit_of[t])
		if (t % 500 && t < ntests) continue
		system("cd " shell_quote(o_xunit ~ /^-/ ? "./" o_xunit : o_xunit) " && rm -f --" \
			list)
		list = ""
	}
}

function xunit_file(t, err,    file, name, properties) {
	file = o_xunit "/" xunit_of[t]
	properties = junit_property("description", ENVIRON["o_description"]) \
		junit_property("topology", ENVIRON["o_topology"])
	name = spool "/xunit.xml"
	emit("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n" \
		junit_suite(t, err, properties) "</testsuites>\n", name)
	publish(name, file)
}
