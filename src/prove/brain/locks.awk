# Tests that must not run together

function lock_free(t,    n, names) {
	if (!(t in locks_of)) return 1
	n = split(locks_of[t], names, " ")
	for (; n > 0; n--) if (held[names[n]]) return 0
	return 1
}

function hold_locks(t, by,    n, names) {
	if (!(t in locks_of)) return
	n = split(locks_of[t], names, " ")
	for (; n > 0; n--) held[names[n]] = by
}
