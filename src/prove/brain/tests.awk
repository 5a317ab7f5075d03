# The list of tests

#include "brain/archived.awk"
#include "brain/base.awk"
#include "brain/text.awk"

function read_tests(    line) {
	while ((getline line < (spool "/tests")) > 0 && line != ".") add_test(line)
	close(spool "/tests")
	if (line == ".") return
	complain("the list of tests in " spool \
		" is not whole: set TMPDIR, and E2E_SPOOL if it is set, to a folder with room")
	leave(2)
}

function add_test(line) {
	if (line in known) return
	known[line] = 1
	path_of[++ntests] = line
	if (substr(line, 1, 1) == "a") {
		raw_of[ntests] = read_kept(line)
	} else {
		raw_of[ntests] = plain_name(line)
		if (raw_of[ntests] ~ /\.tap$/ && !o_exec_set) stored[line] = raw_of[ntests]
	}
	name_of[ntests] = shown(raw_of[ntests])
}

function swap(a, b,    x) {
	x = path_of[a]; path_of[a] = path_of[b]; path_of[b] = x
	x = raw_of[a]; raw_of[a] = raw_of[b]; raw_of[b] = x
	x = name_of[a]; name_of[a] = name_of[b]; name_of[b] = x
}

# Sorts the n test numbers in a by falling key, then by name
function sort_tests(a, n, key) {
	merge_sort(a, 1, n, key, 1)
}

# The same, but what is equal stays in its order
function sort_falling(a, n, key) {
	merge_sort(a, 1, n, key, 0)
}

function merge_sort(a, from, to, key, by_name,    mid, i, j, k, tmp) {
	if (to <= from) return
	mid = int((from + to) / 2)
	merge_sort(a, from, mid, key, by_name)
	merge_sort(a, mid + 1, to, key, by_name)
	for (k = from; k <= to; k++) tmp[k] = a[k]
	i = from
	j = mid + 1
	for (k = from; k <= to; k++) {
		if (j > to || (i <= mid && not_behind(tmp[i], tmp[j], key, by_name)))
			a[k] = tmp[i++]
		else a[k] = tmp[j++]
	}
}

function not_behind(one, other, key, by_name) {
	if (key[one] != key[other]) return key[one] > key[other]
	return !by_name || raw_of[one] <= raw_of[other]
}
