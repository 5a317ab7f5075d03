# Points kept for the reports

#include "brain/text.awk"

function keep_point(k) {
	npoints++
	ok_of_point[npoints] = leaf_ok[k]
	good_of_point[npoints] = leaf_good[k]
	dir_of_point[npoints] = leaf_dir[k]
	why_of_point[npoints] = leaf_why[k]
	detail_of_point[npoints] = leaf_detail[k]
	ms_of_point[npoints] = leaf_ms[k]
	path_of_point[npoints] = leaf_path[k]
	spec_of_point[npoints] = spec_of_leaf[k]
	server_of_point[npoints] = server_of_leaf[k]
	desc_of_point[npoints] = plain_desc(leaf_name[k])
	if (desc_of_point[npoints] == "") desc_of_point[npoints] = "test " leaf_number[k]
}

# A description as people read it: without the dash, and in version 14 without the escapes
function plain_desc(s) {
	sub(/^- */, "", s)
	if (version >= 14 && index(s, "\\")) {
		gsub(/\\#/, "#", s)
		s = replaced(s, "\\\\", "\\")
	}
	return s
}
