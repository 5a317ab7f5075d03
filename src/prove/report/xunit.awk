# --xunit-log: a file for each test, with what was said about the run

#include "brain/base.awk"
#include "brain/files.awk"
#include "brain/text.awk"
#include "report/junit.awk"
#include "report/xml.awk"

function xunit_report(event, t) {
	if (event == "open" && (o_xunit = ENVIRON["o_xunit"]) != "") collecting = 1
	if (o_xunit != "" && event == "begin") xunit_begin()
	if (o_xunit != "" && event == "test") xunit_file(t, err_now)
}

function xunit_begin() {
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

# An old report must not be taken for one of this run, however that ends
function forget_xunit(    t, list) {
	for (t = 1; t <= ntests; t++) {
		list = list " " shell_quote(xunit_name(t) ".xml")
		if (t % 500 && t < ntests) continue
		system("cd " shell_quote(o_xunit ~ /^-/ ? "./" o_xunit : o_xunit) " && rm -f --" \
			list)
		list = ""
	}
}

function xunit_file(t, err,    file, name, properties) {
	name = xunit_name(t)
	file = o_xunit "/" name (name in xunit_names ? "." ++xunit_names[name] : "") ".xml"
	if (!(name in xunit_names)) xunit_names[name] = 1
	properties = ""
	if (ENVIRON["o_description"] != "")
		properties = properties "      <property name=\"description\" value=\"" \
			xml(ENVIRON["o_description"]) "\"/>\n"
	if (ENVIRON["o_topology"] != "")
		properties = properties "      <property name=\"topology\" value=\"" \
			xml(ENVIRON["o_topology"]) "\"/>\n"
	if (properties != "") properties = "    <properties>\n" properties "    </properties>\n"
	name = spool "/xunit.xml"
	emit("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n" \
		junit_suite(t, err, properties) "</testsuites>\n", name)
	publish(name, file)
}
