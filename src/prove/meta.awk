# The contents of an archive of TAP

function word(s) {
	sub(/^ *(- *)?([a-z_]+: *)?/, "", s)
	if (s ~ /^".*"$/) {
		s = substr(s, 2, length(s) - 2)
		gsub(/\\"/, "\"", s)
		gsub(/\\\\/, "\\", s)
	} else if (s ~ /^\047.*\047$/) {
		s = substr(s, 2, length(s) - 2)
		gsub(/\047\047/, "\047", s)
	}
	return s
}

# What a report wants to know; a line is split at tabs later
function attribute(of,    s) {
	s = ((name, of) in said) ? said[name, of] : ""
	gsub(/\t/, " ", s)
	return "\t" s
}

function inside(file) {
	if (("/" file "/") !~ /\/\.\.\//) return 1
	print "prove: the archive names " file ", which is outside of it" > "/dev/stderr"
	exit 2
}

/^[a-z]/ { part = $1; next }
part == "file_attributes:" && /description:/ { name = word($0) }
part == "file_attributes:" && / wait:/ { wait[name] = word($0) }
part == "file_attributes:" && match($0, /[a-z_]+:/) {
	key = substr($0, RSTART, RLENGTH - 1)
	said[name, key] = word($0)
	if (key == "stderr" && inside(word($0)))
		said[name, key] = ENVIRON["archive"] "/" word($0)
}
part == "file_order:" && /^ *- / {
	name = word($0)
	inside(name)
	print "a" wait[name] + 0 "\t" ENVIRON["archive"] "/" name "\t" name \
		attribute("start_time") attribute("end_time") attribute("worker") \
		attribute("tries") attribute("limit") attribute("stderr") attribute("host") \
		attribute("seed")
}
