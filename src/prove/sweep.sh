# What killed runs have left. A run that is killed with its guard can't remove its folders. They are
# ours to remove when their owner is, the process of their name is gone, and nothing has happened
# there for a day: the process may be one of another container, which a shared folder doesn't tell.

#include "base.sh"

# Each folder is read once, because those for temporary files may be large, and one process looks at
# the age of all that is found: much of it may be of runs that go on, or wait for its day
sweep() {
	set -- "$tmp"/[ep]*.[0-9]* /dev/shm/prove.[0-9]*
	[ -z "${E2E_SPOOL:-}" ] || set -- "$@" "$E2E_SPOOL"/prove.[0-9]*
	old=$(find "$@" -prune -mtime +0 -print 2>/dev/null)
	[ -n "$old" ] || return 0
	old=$nl$old$nl swept=
	for folder; do
		if is_old "$folder" && is_left "$folder" && rm -rf "$folder"; then swept="$swept $folder"; fi
	done
	[ -z "$swept" ] || say "prove: removed what killed runs have left:$swept" >&2
}

is_left() {
	case ${1##*/} in e2e.* | prove.*) ;; *) return 1 ;; esac
	number=${1##*/}
	number=${number#*.}
	case $number in '' | *[!0-9.]*) return 1 ;; esac
	[ -d "$1" ] && [ ! -h "$1" ] && [ -O "$1" ] || return
	! kill -0 "${number%%.*}" 2>/dev/null
}

# A run has two folders, and only the spool changes all the time
is_old() {
	case $old in *"$nl$1$nl"*) ;; *) return 1 ;; esac
	case $1 in */prove.*) return ;; esac
	number=${1##*/}
	number=${number#*.}
	for other in "${E2E_SPOOL:-$tmp}" /dev/shm; do
		[ -d "$other/prove.$number" ] || continue
		case $old in *"$nl$other/prove.$number$nl"*) ;; *) return 1 ;; esac
	done
}
