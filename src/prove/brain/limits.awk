# How long a test may take

# A compiler has time of its own, and more of it
function time_limit(t) {
	if (raw_of[t] ~ /\.c$/ && !o_exec_set && !(t in compiled) && o_timeout < 300) return 300
	return o_timeout + 0
}
