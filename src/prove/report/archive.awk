# The archive: the streams as files, and meta.yml, as TAP::Harness::Archive lays them out. It is
# packed by archive.sh.

#include "brain/clock.awk"
#include "brain/files.awk"
#include "brain/limits.awk"
#include "brain/origin.awk"
#include "brain/text.awk"
#include "brain/yamlish.awk"

function archive_report(event, t) {
	if (event == "open" && (o_archive = ENVIRON["o_archive"]) != "") forget(o_archive)
	if (o_archive != "" && event == "test") archive_test(t, out_now)
	if (o_archive != "" && event == "end") archive_file()
}

function archive_test(t, out,    name) {
	name = archive_name(t)
	archived[t] = name
	archive_begin[t] = ENVIRON["epoch"] + begin_now - start_clock
	archive_end[t] = archive_begin[t] + seconds_now
	archive_wait[t] = wstat_now
	archive_more[t] = archive_attributes(t, name)
	emit(out "\n" name "\n", spool "/archive.list")
}

# Attributes of our own, for reports of several machines
function archive_attributes(t, name,    s, line) {
	s = archive_attribute("host", host_of(t))
	if (seed_of(t) != "") s = s archive_attribute("seed", seed_of(t))
	if (worker_now) s = s archive_attribute("worker", worker_now)
	if (tries_now) s = s archive_attribute("tries", tries_now)
	if (t in timed_out) s = s archive_attribute("limit", limit_of_test(t))
	if ((getline line < err_now) > 0) {
		name = archive_new_name(name ".stderr")
		emit(err_now "\n" name "\n", spool "/archive.list")
		s = s archive_attribute("stderr", name)
	}
	close(err_now)
	return s
}

function archive_attribute(key, words) {
	return "    " key ": " yaml_word(words) "\n"
}

function archive_name(t,    s) {
	s = raw_of[t]
	gsub(/[\001-\037\177]/, "_", s)
	sub(/^\/+/, "", s)
	while (sub(/^\.\//, "", s)) ;
	gsub(/\.\.\//, "__/", s)
	if (path_of[t] in stored) sub(/\.tap$/, "", s)
	return archive_new_name(s)
}

function archive_new_name(s) {
	if (s in archive_names) s = s "." ++archive_names[s]
	else archive_names[s] = 1
	return s
}

# In the order of the list, whoever ended first
function archive_file(    t, n, to) {
	to = spool "/meta.yml"
	emit("---\nfile_attributes:\n", to)
	for (t = 1; t <= ntests; t++) {
		if (!(t in archived)) continue
		n++
		emit("  -\n    description: " \
			yaml_word(archived[t]) sprintf("\n    end_time: %.3f\n    start_time: %.3f\n    wait: %d\n",
			archive_end[t], archive_begin[t], archive_wait[t]) archive_more[t], to)
	}
	emit("file_order:\n", to)
	for (t = 1; t <= ntests; t++) if (t in archived) emit("  - " yaml_word(archived[t]) "\n", to)
	emit(sprintf("start_time: %.3f\nstop_time: %.3f\n", ENVIRON["epoch"], clock_now()), to)
	if (n && !whole(spool "/archive.list") || !whole(to))
		system("rm -f -- " shell_quote(to))
}
