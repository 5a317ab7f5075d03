# The run's own folders

#include "base.sh"

# Where the tests' output is kept while it is looked at: in memory if there is room
choose_folders() {
	tmp='' sweeper=''
	for folder in "${TMPDIR:-}" /tmp /var/tmp /dev/shm .; do
		if [ -n "$folder" ] && [ -d "$folder" ] && [ -w "$folder" ]; then
			tmp=${folder%/}
			break
		fi
	done
	case $tmp in .) tmp=$PWD ;; esac
	[ -n "$tmp" ] ||
		die "found no folder to write to (TMPDIR, /tmp, /var/tmp, .): set TMPDIR to one"
	number=$$ tries=0
	while taken "${E2E_SPOOL:-$tmp}/prove.$number" || taken "/dev/shm/prove.$number" ||
		taken "$tmp/e2e.$number"; do
		tries=$((tries + 1)) number=$$.$tries
	done
	spool=${E2E_SPOOL:-$tmp}/prove.$number
	E2E_RUN_DIR=$tmp/e2e.$number
	if [ -z "${E2E_SPOOL:-}" ] && [ -d /dev/shm ] && [ -w /dev/shm ]; then
		# made while the room is looked at: each of them is a process
		if mkdir -m 700 "/dev/shm/prove.$number" "$E2E_RUN_DIR" | room_in_memory; then
			spool=/dev/shm/prove.$number
		else
			rmdir "/dev/shm/prove.$number"
		fi
	fi
	[ -d "$spool" ] || mkdir -m 700 "$spool" ||
		no_folders "can't make the folder $spool (see above): set TMPDIR to a folder with room"
	[ -d "$E2E_RUN_DIR" ] || mkdir -m 700 "$E2E_RUN_DIR" ||
		no_folders "can't make the folders $spool and $E2E_RUN_DIR (see above): set TMPDIR to a folder with room"
	# Somebody else may have made one of the name a moment ago
	for folder in "$spool" "$E2E_RUN_DIR"; do
		if [ -h "$folder" ] || [ ! -O "$folder" ]; then
			no_folders "the folder $folder is not ours: run prove again"
		fi
	done
	export E2E_RUN_DIR
}

# no_folders MESSAGE: what could be made goes. Only cleanup empties folders, when it is known that both
# are ours.
no_folders() {
	for folder in "$spool" "$E2E_RUN_DIR"; do
		if [ ! -h "$folder" ] && [ -O "$folder" ]; then rmdir "$folder" 2>/dev/null; fi
	done
	die "$1"
}

# At least 256 MB
room_in_memory() {
	df -Pk /dev/shm 2>/dev/null | {
		read -r line
		read -r _ _ _ free _
		case $free in '' | *[!0-9]*) free=0 ;; esac
		[ "$free" -ge 262144 ]
	}
}

cleanup() {
	[ -z "$sweeper" ] || wait "$sweeper"
	set -- "$spool"
	# Failures name logs of services that are there.
	[ -e "$E2E_RUN_DIR/kept" ] || set -- "$spool" "$E2E_RUN_DIR"
	rm -rf "$@"
}
