# The run's own folders, and the first FIFOs in them

#include "base.sh"

# begin_folders: beside the reading of the rest of this file and of the arguments, because to make them
# takes as long
begin_folders() {
	tmp='' sweeper='' maker='' writer=''
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
	next_number
	if [ -z "${E2E_SPOOL:-}" ] && [ -d /dev/shm ] && [ -w /dev/shm ]; then
		spool=/dev/shm/prove.$number
		make_in_memory &
		maker=$!
	fi
}

# The first one that nobody has
next_number() {
	while taken "${E2E_SPOOL:-$tmp}/prove.$number" || taken "/dev/shm/prove.$number" ||
		taken "$tmp/e2e.$number"; do
		tries=$((tries + 1)) number=$$.$tries
	done
	E2E_RUN_DIR=$tmp/e2e.$number
}

# make_in_memory: its status says what has been made: 0 both folders, 5 the first FIFOs too, 6 these by
# env, 3 the run's folder alone, 4 nothing. A folder that is there already is another run's, which took
# the number a moment ago: containers have the same processes' numbers, and may share these places.
# The room is looked at while the FIFOs are made.
make_in_memory() {
	said=$(mkdir -m 700 "$spool" "$E2E_RUN_DIR" 2>&1) || {
		# mkdir names what it hasn't made
		case $said in *"/prove.$number"*) ;; *) rmdir "$spool" ;; esac
		case $said in *"/e2e.$number"*) ;; *) rmdir "$E2E_RUN_DIR" ;; esac
		exit 4
	}
	if strangers_there; then exit 0; fi
	df -Pk /dev/shm >"$spool/room" 2>/dev/null &
	make_first_fifos
	wait $!
	if ! has_room <"$spool/room"; then
		rm -rf "$spool" "$E2E_RUN_DIR/alive"
		status=3
	fi
	# A prove that was killed meanwhile has no guard yet
	kill -0 $$ 2>/dev/null || rm -rf "$spool" "$E2E_RUN_DIR"
	exit $status
}

# Those of a run of two tests at a time. What a shell starts with & ignores SIGINT for ever, unless env
# can undo this. That is tried at something that has to be done anyway: each process counts in a run
# of one test. Where it doesn't work, make_fifos tells why.
make_first_fifos() {
	status=0
	set -- "$spool/reply" "$spool/guard" "$spool/end" "$E2E_RUN_DIR/alive" \
		"$spool/job.1" "$spool/job.2"
	if env --default-signal=INT,QUIT mkfifo "$@" 2>/dev/null; then
		status=6
	elif mkfifo "$@" 2>/dev/null; then
		status=5
	else
		rm -f "$@"
	fi
}

# Where the tests' output is kept while it is looked at: in memory if there is room
choose_folders() {
	status=4 made='' fifos_made='' env_undoes=''
	if [ -n "$maker" ]; then
		wait "$maker"
		status=$?
	fi
	case $status in
	0) made='spool run' ;;
	5) made='spool run' fifos_made=2 env_undoes=no ;;
	6) made='spool run' fifos_made=2 env_undoes=yes ;;
	3) made=run ;;
	*) next_number ;;
	esac
	case $made in
	spool*) ;;
	*)
		spool=${E2E_SPOOL:-$tmp}/prove.$number
		make_folder "$spool"
		;;
	esac
	case $made in *run) ;; *) make_folder "$E2E_RUN_DIR" ;; esac
	if strangers_there; then
		no_folders "the folder $folder is not ours: run prove again"
	fi
	export E2E_RUN_DIR
}

# Somebody else may have made one of the name a moment ago: sets $folder
strangers_there() {
	for folder in "$spool" "$E2E_RUN_DIR"; do
		if [ -h "$folder" ] || [ ! -O "$folder" ]; then return; fi
	done
	return 1
}

make_folder() {
	mkdir -m 700 "$1" || {
		failed=$1
		case $made in *run) ;; *) E2E_RUN_DIR= ;; esac
		case $1 in "$spool") spool= ;; esac
		no_folders "can't make the folder $failed (see above): set TMPDIR to a folder with room"
	}
}

# no_folders MESSAGE: what could be made goes. Only cleanup empties folders, when it is known that both
# are ours.
no_folders() {
	for folder in "$spool" "$E2E_RUN_DIR"; do
		if [ ! -h "$folder" ] && [ -O "$folder" ]; then rmdir "$folder" 2>/dev/null; fi
	done
	die "$1"
}

# What df says: at least 256 MB
has_room() {
	read -r line
	read -r _ _ _ free _
	case $free in '' | *[!0-9]*) free=0 ;; esac
	[ "$free" -ge 262144 ]
}

cleanup() {
	[ -z "$sweeper" ] || wait "$sweeper"
	[ -z "$writer" ] || wait "$writer"
	set -- "$spool"
	# Failures name logs of services that are there.
	[ -e "$E2E_RUN_DIR/kept" ] || set -- "$spool" "$E2E_RUN_DIR"
	# A service of the run that is ending may still write there
	tries=0
	until rm -rf "$@" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 20 ] || {
			rm -rf "$@"
			return
		}
		sleep 0.1 2>/dev/null || sleep 1
	done
}

begin_folders
