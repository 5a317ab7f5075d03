# What a failed point says of itself

#include "brain/keys.awk"
#include "brain/leaves.awk"
#include "brain/stream.awk"
#include "brain/text.awk"

# YAML blocks: of the last point if that has failed; of others they are passed over
function yaml_begin(pad) {
	yaml_pad = pad
	key_pad = -1
	yaml_swallowed = ""
	yaml_lines = 0
	nkeys = 0
	split("", key_line)
}

function yaml_line(line,    s, pad) {
	s = line
	pad = match(line, /^[ \t]+/) ? RLENGTH : 0
	s = substr(line, pad + 1)
	if (s != "" && pad < yaml_pad) {
		yaml_without_end()
		yaml_end()
		return 0
	}
	if (pad == yaml_pad && s ~ /^\.\.\.[ \t]*$/) {
		yaml_end()
		return 1
	}
	if (yaml_swallowed == "" && s ~ /^(not ok([^A-Za-z0-9_]|$)|Bail out!)/) yaml_swallowed = s
	# some write the keys deeper than the line that begins the block
	if (key_pad < 0 && s != "") key_pad = pad
	if (collecting && pad == key_pad && index(s, "duration_ms:") == 1) leaf_time(substr(s, 13))
	if (collecting && pad == key_pad && index(s, "spec:") == 1) leaf_spec(unquoted(trim(substr(s, 6))))
	if (collecting && pad == key_pad && index(s, "server:") == 1) leaf_server(unquoted(trim(substr(s, 8))))
	if (collecting && pad == key_pad && index(s, "seed:") == 1) seed_told = unquoted(trim(substr(s, 6)))
	if (!last_bad || nkeys > 300) return 1
	if (pad == key_pad && match(s, /^[A-Za-z_][A-Za-z0-9_.\/ -]*:/)) {
		key_name[++nkeys] = substr(s, 1, RLENGTH - 1)
		key_value[nkeys] = trim(substr(s, RLENGTH + 1))
		key_line[nkeys] = ""
		key_more[nkeys] = 0
	} else if (++yaml_lines > 300) key_more[nkeys]++
	else if (nkeys) key_line[nkeys] = key_line[nkeys] substr(line, key_pad + 1) "\n"
	return 1
}

function yaml_end(    text, pad) {
	yaml_pad = -1
	if (!last_bad || !nkeys) return
	pad = substr(blanks, 1, yaml_for == 2 ? nested_pad + 2 : 2)
	text = yaml_text(pad)
	if (yaml_for == 2) {
		nested = nested text
		if (leaf_target && !leaf_ok[leaf_target])
			leaf_detail[leaf_target] = leaf_detail[leaf_target] text
	} else own = own text
	last_bad = 0
}

# No failure in version 14, unless a failure may have been taken for a part of it
function yaml_without_end() {
	if (version == 13) parse_error("A YAML block does not end with ...")
	else if (yaml_swallowed != "")
		parse_error("A YAML block does not end with ..., and this may be no part of it: \"" trim(yaml_swallowed) "\"")
}
