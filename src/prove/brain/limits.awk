# How long a test may take

# --rules timeout:GLOB=S; what is named last counts
function limit_tests(ere, seconds,    t) {
	for (t = 1; t <= ntests; t++) if (raw_of[t] ~ ere) own_limit[t] = seconds
}

# In seconds as they were given; 0 for none
function limit_of_test(t) {
	return t in own_limit ? own_limit[t] : o_timeout == "" ? 0 : o_timeout
}

# A compiler has time of its own, and more of it
function time_limit(t,    limit) {
	limit = limit_of_test(t) + 0
	if (limit && raw_of[t] ~ /\.c$/ && !o_exec_set && !(t in compiled) && limit < 300) return 300
	return limit
}
