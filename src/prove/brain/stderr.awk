# What Perl's tests say of their failures on stderr: it is told beside the point whose name it has,
# as far as both come in the same order, and then not once more

#include "brain/points.awk"
#include "brain/remarks.awk"
#include "brain/text.awk"

# Blocks begin with "Failed test", and end before what is no comment, or sums up
function read_failures(file,    line, n, open) {
	nfailures = 0
	split("", told_line)
	split("", failures_done)
	if (file == "/dev/null") return
	while ((getline line < file) > 0 && n++ < 20000) {
		if (line ~ /^ *# +Failed test/) {
			open = 1
			blame_begin[++nfailures] = n
			blame_text[nfailures] = blame_name[nfailures] = ""
			blame_depth[nfailures] = int(index(line, "#") / 4)
			if (name_failure(line)) line = ""
		} else if (!open) continue
		else if (line ~ /^ *# Looks like / || line !~ /^ *#/) { open = 0; continue }
		blame_end[nfailures] = n
		sub(/^ *# ?/, "", line)
		if (line != "" && n < blame_begin[nfailures] + 40)
			blame_text[nfailures] = blame_text[nfailures] substr(line, 1, 1000) "\n"
	}
	close(file)
}

# Takes the name; if the line says more than that, it stays
function name_failure(line) {
	sub(/^ *# +Failed test */, "", line)
	if (line !~ ("^" quote ".*" quote "$")) return 0
	blame_name[nfailures] = substr(line, 2, length(line) - 2)
	return 1
}

# The text of what was said of the failed point with this description, or ""
function failure_of(desc, depth, pad,    k, n, lines, i, text) {
	if (!nfailures) return ""
	desc = plain_desc(desc)
	k = failures_done[depth] + 1
	for (n = k + 50; k <= nfailures && k < n; k++)
		if (blame_depth[k] == depth && blame_name[k] == desc) break
	if (k > nfailures || k == n) return ""
	failures_done[depth] = k
	for (i = blame_begin[k]; i <= blame_end[k]; i++) told_line[i] = 1
	n = split(blame_text[k], lines, "\n")
	text = ""
	for (i = 1; i < n; i++) text = text pad shown(lines[i]) "\n"
	return text
}

function point_failure(    text) {
	text = failure_of(point_desc, 0, "  ")
	if (text == "") return
	if (o_github && length(annotations) == note_mark) annotate_text(plain_desc(point_desc), nested text)
	own = own text
}

function nested_failure(depth,    text) {
	text = failure_of(pt_desc, depth, substr(blanks, 1, nested_pad + 2))
	nested = nested text
}

# The line of this number of the test's stderr has been told with a point
function told(n) {
	return n in told_line
}
