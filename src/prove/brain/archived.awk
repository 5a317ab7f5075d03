# What an archive says of a stream, besides the stream itself


# aSTATUS TAB FILE TAB NAME TAB BEGIN TAB END TAB WORKER TAB TRIES TAB LIMIT TAB STDERR TAB HOST TAB
# SEED: what isn't known is empty
function read_kept(line,    part) {
	split(line, part, "\t")
	stored[line] = part[2]
	stored_status[line] = substr(part[1], 2) / 256
	if (stored_status[line] != int(stored_status[line]))
		stored_status[line] = 128 + substr(part[1], 2) % 128
	kept_begin[line] = part[4] + 0
	kept_end[line] = part[5] + 0
	kept_lane[line] = part[4] == "" ? 0 : lane_of(part[2], part[3], part[6] + 0)
	kept_tries[line] = part[7] + 0
	kept_limit[line] = part[8] ~ /^[0-9.]+$/ ? part[8] : ""
	kept_err[line] = part[9] == "" ? "/dev/null" : part[9]
	kept_host[line] = part[10]
	kept_seed[line] = part[11]
	if (part[4] == "") return part[3]
	if (!kept_first || kept_begin[line] < kept_first) kept_first = kept_begin[line]
	if (kept_end[line] > kept_last) kept_last = kept_end[line]
	return part[3]
}

# Each worker of each archive has a lane of its own in the timeline
function lane_of(file, name, worker,    key) {
	key = substr(file, 1, length(file) - length(name)) SUBSEP worker
	if (!(key in lanes_known)) lanes_known[key] = ++nlanes_kept
	return lanes_known[key]
}
