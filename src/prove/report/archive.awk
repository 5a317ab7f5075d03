# The archive: the streams as files, and meta.yml, as TAP::Harness::Archive lays them out. It is
# packed by archive.sh.

#include "brain/clock.awk"
#include "brain/files.awk"
#include "brain/text.awk"
#include "brain/yamlish.awk"

function archive_report(event, t) {
	if (event == "open" && (o_archive = ENVIRON["o_archive"]) != "") forget(o_archive)
	if (o_archive != "" && event == "test") archive_test(t, out_now)
	if (o_archive != "" && event == "end") archive_file()
}

function archive_test(t, out,    name) {
	name = archive_name(t)
	archived[++narchived] = name
	archive_begin[narchived] = ENVIRON["epoch"] + begin_now - start_clock
	archive_end[narchived] = archive_begin[narchived] + seconds_now
	archive_wait[narchived] = wstat_now
	emit(out "\n" name "\n", spool "/archive.list")
}

function archive_name(t,    s) {
	s = raw_of[t]
	gsub(/[\001-\037\177]/, "_", s)
	sub(/^\/+/, "", s)
	while (sub(/^\.\//, "", s)) ;
	gsub(/\.\.\//, "__/", s)
	if (path_of[t] in stored) sub(/\.tap$/, "", s)
	if (s in archive_names) s = s "." ++archive_names[s]
	else archive_names[s] = 1
	return s
}

function archive_file(    k, to) {
	to = spool "/meta.yml"
	emit("---\nfile_attributes:\n", to)
	for (k = 1; k <= narchived; k++)
		emit("  -\n    description: " \
			yaml_word(archived[k]) sprintf("\n    end_time: %.3f\n    start_time: %.3f\n    wait: %d\n",
			archive_end[k], archive_begin[k], archive_wait[k]), to)
	emit("file_order:\n", to)
	for (k = 1; k <= narchived; k++) emit("  - " yaml_word(archived[k]) "\n", to)
	emit(sprintf("start_time: %.3f\nstop_time: %.3f\n", ENVIRON["epoch"], clock_now()), to)
	if (narchived && !whole(spool "/archive.list") || !whole(to))
		system("rm -f -- " shell_quote(to))
}
