# What killed runs have left. A run that is killed with its guard can't remove its folders. They are
# ours to remove when their owner is, the process of their name is gone, and nothing has happened
# there for a day: the process may be one of another container, which a shared folder doesn't tell.

#include "base.sh"

# It happens beside the run, which may have to do better than to read large folders, and ends before
# the run does, see cleanup.
sweep_beside() {
	{
		exec </dev/null >/dev/null 3>&- 4>&- 5<&- 7>&- 8>&-
		sweep
	} &
	sweeper=$!
}

# Each folder is read once, because those for temporary files may be large, and one process looks at
# the age of all that is found: much of it may be of runs that go on, or wait for its day. Of tens of
# thousands, which no process could be told at once, it looks at a part at a time.
sweep() {
	set -- "$tmp"/[ep]*.[0-9]* /dev/shm/prove.[0-9]*
	[ -z "${E2E_SPOOL:-}" ] || set -- "$@" "$E2E_SPOOL"/prove.[0-9]*
	swept=
	other_folders "$@" || return 0
	if [ $# -le 1000 ]; then sweep_some "$@"; else sweep_parts "$@"; fi
	[ -z "$swept" ] || say "prove: removed what killed runs have left:$swept" >&2
}

# Is there any but ours? To ask how old they are costs a process.
other_folders() {
	for folder; do
		case $folder in "$spool" | "$E2E_RUN_DIR") continue ;; esac
		if [ -d "$folder" ]; then return 0; fi
	done
	return 1
}

# In steps of 300, as to put arguments behind others takes the longer the more there are
sweep_parts() {
	of_part='' number=0
	while [ $number -lt 300 ]; do
		number=$((number + 1))
		of_part="$of_part \"\${$number}\""
	done
	while [ $# -gt 300 ]; do
		eval "sweep_some $of_part"
		shift 300
	done
	sweep_some "$@"
}

sweep_some() {
	old=$(find "$@" -prune -mtime +0 -print 2>/dev/null)
	[ -n "$old" ] || return 0
	old=$nl$old$nl
	for folder; do
		case $old in *"$nl$folder$nl"*) ;; *) continue ;; esac
		if is_left "$folder" && is_all_old "$folder" && rm -rf "$folder"; then swept="$swept $folder"; fi
	done
}

is_left() {
	case ${1##*/} in e2e.* | prove.*) ;; *) return 1 ;; esac
	number=${1##*/}
	number=${number#*.}
	case $number in '' | *[!0-9.]*) return 1 ;; esac
	[ -d "$1" ] && [ ! -h "$1" ] && [ -O "$1" ] || return
	! kill -0 "${number%%.*}" 2>/dev/null
}

# A run has two folders, and only the spool changes all the time. It may be in another part.
is_all_old() {
	case $1 in */prove.*) return ;; esac
	number=${1##*/}
	number=${number#*.}
	for other in "${E2E_SPOOL:-$tmp}" /dev/shm; do
		[ -d "$other/prove.$number" ] || continue
		case $old in *"$nl$other/prove.$number$nl"*) continue ;; esac
		[ -n "$(find "$other/prove.$number" -prune -mtime +0 -print 2>/dev/null)" ] || return 1
	done
}
