# Where and with what a test was run, and how long all took. Of a stream out of an archive that is what
# the archive says.

#include "brain/clock.awk"

function host_of(t,    cmd) {
	if (path_of[t] in kept_host) return kept_host[path_of[t]]
	if (own_host == "") {
		cmd = "uname -n"
		cmd | getline own_host
		close(cmd)
	}
	return own_host
}

# What was given, or what the stream tells of a failure, because each test draws one for itself
function seed_of(t) {
	if (seed_told != "") return seed_told
	if (path_of[t] in kept_seed) return kept_seed[path_of[t]]
	return o_seed != "" ? o_seed : ENVIRON["E2E_SEED"]
}

# If all is out of archives, the time that passed on the machines
function run_seconds() {
	return all_kept() ? kept_last - kept_first : wall_time()
}

function run_begin() {
	return all_kept() ? kept_first : ENVIRON["epoch"]
}

function all_kept() {
	return kept_first && nkept == nfinished
}
