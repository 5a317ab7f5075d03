# Points kept for the reports

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
	return unescaped(s)
}

function unescaped(s,    out, at) {
	if (version < 14) return s
	out = ""
	while (at = index(s, "\\")) {
		out = out substr(s, 1, at - 1)
		if (substr(s, at + 1, 1) !~ /[\\#]/) out = out "\\"
		else out = out substr(s, ++at, 1)
		s = substr(s, at + 1)
	}
	return out s
}
