# What killed runs have left. A run that is killed with its guard can't remove its folders. They are
# ours to remove when their owner is, the process of their name is gone, and nothing has happened
# there for a day: the process may be one of another container, which a shared folder doesn't tell.

#include "base.sh"

sweep() {
	swept=
	set -- "$tmp"/e2e.* "$tmp"/prove.* "${E2E_SPOOL:-$tmp}"/prove.* /dev/shm/prove.*
	for folder; do
		shift
		if is_left "$folder"; then set -- "$@" "$folder"; fi
	done
	[ $# -gt 0 ] || return 0
	for folder; do
		if [ -n "$(find "$folder" -prune -mtime +0 2>/dev/null)" ] && rm -rf "$folder"; then
			swept="$swept $folder"
		fi
	done
	[ -z "$swept" ] || say "prove: removed what killed runs have left:$swept" >&2
}

# A run has two folders, and only the spool changes all the time
is_left() {
	number=${1##*/}
	number=${number#*.}
	case $number in '' | *[!0-9.]*) return 1 ;; esac
	[ -d "$1" ] && [ ! -h "$1" ] && [ -O "$1" ] || return
	if kill -0 "${number%%.*}" 2>/dev/null; then return 1; fi
	case $1 in */prove.*) return ;; esac
	for other in "${E2E_SPOOL:-$tmp}" /dev/shm; do
		if [ -d "$other/prove.$number" ] &&
			[ -z "$(find "$other/prove.$number" -prune -mtime +0 2>/dev/null)" ]; then
			return 1
		fi
	done
}
