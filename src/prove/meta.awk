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
/^[a-z]/ { part = $1; next }
part == "file_attributes:" && /description:/ { name = word($0) }
part == "file_attributes:" && / wait:/ { wait[name] = word($0) }
part == "file_order:" && /^ *- / {
	name = word($0)
	if (("/" name "/") ~ /\/\.\.\//) {
		print "prove: the archive names " name ", which is outside of it" > "/dev/stderr"
		exit 2
	}
	print "a" wait[name] + 0 "\t" ENVIRON["archive"] "/" name "\t" name
}
