# The test that may start now

#include "brain/locks.awk"
#include "brain/rules.awk"

# Tests start in the order of the list, but for slow ones that the state knows of (with several
# workers), rules and locks. choose() names the next one that may start now, 0 if there is none.
function choose(    t, k) {
	if (stopped) return 0
	for (k = 1; k <= nretry; k++) {
		t = retry_queue[k]
		if (!lock_free(t)) continue
		for (; k < nretry; k++) retry_queue[k] = retry_queue[k + 1]
		nretry--
		return t
	}
	if (rule_root) return rule_next(rule_root)
	for (k = first_waiting; k <= ntests; k++) {
		t = start_order[k]
		if (started[t]) {
			if (k == first_waiting) first_waiting++
			continue
		}
		if (lock_free(t)) return t
	}
	return 0
}
