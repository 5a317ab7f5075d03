# Files of ours, each write checked

#include "brain/base.awk"
#include "brain/text.awk"

# emit(TEXT, FILE) into a file of ours. Not every awk tells when there is no room, so how much it
# should hold is counted.
function emit(text, file) {
	printf "%s", text > file
	size_of[file] += length(text)
}

# publish TMP AS FILE: a reader sees the old file or the whole new one. What is no plain file, such
# as /dev/null, stays what it is; a file of the name of the new one, or a link, is not ours.
function publish(tmp, file,    new, from, to) {
	close(tmp)
	fflush("")
	from = shell_quote(tmp)
	to = shell_quote(file)
	if (!whole(tmp)) return
	new = shell_quote(file "." ENVIRON["prove_pid"])
	if (file == "/dev/stdout") {
		if (system("cat <" from) != 0) report_failed = 1
		return
	}
	if (system("[ ! -d " to " ] || { echo prove: " to " is a folder >&2; exit 1; }\n" \
		"if [ -h " to " ] || { [ -e " to " ] && [ ! -f " to " ]; }; then cat <" from " >" \
		to "; exit; fi\n" \
		"(set -C; true >" new ") || exit\n" \
		"cat <" from " >" new " && mv -f -- " new " " to " || { rm -f -- " new \
		"; exit 1; }") != 0) {
		complain("can" quote "t write " file \
			": see the message above; what was to be written is lost")
		report_failed = 1
	}
}

# Has all of a file of ours been written?
function whole(file,    size) {
	close(file)
	size = sprintf("%.0f", size_of[file])
	size_of[file] = 0
	if (system("[ $(wc -c <" shell_quote(file) ") -eq " size " ]") == 0) return 1
	complain("can" quote "t write to " spool \
		": set TMPDIR, and E2E_SPOOL if it is set, to a folder with room")
	report_failed = 1
	return 0
}

function spool_full(    cmd, line, n, word) {
	cmd = "df -Pk " shell_quote(spool) " 2>/dev/null"
	while ((cmd | getline line) > 0) n = split(line, word, " ")
	close(cmd)
	return n >= 6 && word[4] ~ /^[0-9]+$/ && word[4] + 0 < 8
}

function forget(file) {
	if (file == "" || file == "/dev/stdout" || o_dry) return
	file = shell_quote(file)
	if (system("if [ -f " file " ] && [ ! -h " file " ]; then rm -f -- " file "; elif [ -f " \
		file "/meta.yml ]; then rm -rf -- " file "; fi") != 0)
		report_failed = 1
}
