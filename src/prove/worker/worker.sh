# A worker is a shell in a session of its own: its code is a string, because setsid needs a program
# to start. Settings are assignments in front of it: in the environment every test would have to
# carry them. Descriptors: 3 prove's stdout, 6 its jobs, 7 its answers; tests get none of them.
# After a test that ended badly it waits for the brain's "G", because a bail out may be in the
# output; otherwise it goes on with the jobs that it was given ahead of time, unless the file "stop"
# has appeared. Its group holds nothing but itself and its test.
#
# To wake the brain costs as much as a small test: it takes the processor that the next test would
# have. So while it has further jobs at hand a worker answers at most once in a tenth of a second,
# and when half of them are done, for several tests at once. What it has not told yet is in a log,
# which is its stdout: the brain reads that when its clock ticks, because a slow test may follow,
# and when the worker is gone.
#
# Most tests say nothing on stderr, so they share a file, which is the worker's own stderr: a test
# that did say something gets it, and the next ones share another. (What a child left behind says
# later counts for the test of that time.)

#include "worker/build.sh"
#include "worker/clock.sh"
#include "worker/tell.sh"

# shellcheck disable=SC2086,SC2295  # commands and options of --exec are words; $cuts is a pattern

worker=$1; shift
trap : TERM
shortly=3

# as_was COMMAND: with the variables as the user has exported them
as_was() {
	eval "$E2E__RESTORE\"\$@\""
}

# A script that is not executable, and what is written in Perl: through the interpreter that its
# first line names, or by perl
run_script() {
	script=$1; shift
	if [ -d "$script" ] || [ ! -e "$script" ]; then
		echo "prove: $script is not there any more, or is no file" >&2
		return 127
	fi
	IFS= read -r line <"$script" || [ -n "$line" ]
	line=${line%"$(printf "\r")"}
	case $line in
	"#!"*) ;;
	*)
		run_bare "$@"
		return ;;
	esac
	line=${line#??}
	interpreter=${line%%[!" 	"]*}; line=${line#"$interpreter"}
	interpreter=${line%%[" 	"]*}
	option=${line#"$interpreter"}; option=${option#"${option%%[!" 	"]*}"}
	case $interpreter in
	*perl*) [ -z "${HARNESS_PERL:-}" ] && command -v "$interpreter" >/dev/null ||
		interpreter=${HARNESS_PERL:-perl} ;;
	*/env)
		case $option in
		perl | perl" "*) interpreter=${HARNESS_PERL:-perl} option=${option#perl} option=${option# } ;;
		esac ;;
	esac
	case $interpreter in
	*perl*) by_perl "$interpreter" "$@" ;;
	*) $E2E__AS "$interpreter" ${option:+"$option"} "$script" "$@" ;;
	esac
}

# by_perl PERL ARGUMENTS: the script, with the switches; taint mode leaves PERL5LIB out of account
by_perl() {
	interpreter=$1; shift
	set -- "$script" "$@"
	case ${option:-}$E2E__PERL_FLAGS in
	*-*[Tt]*)
		libs=${PERL5LIB:-}
		while [ -n "$libs" ]; do
			set -- "-I${libs##*:}" "$@"
			case $libs in *:*) libs=${libs%:*} ;; *) libs= ;; esac
		done ;;
	esac
	[ -z "${option:-}" ] || set -- "$option" "$@"
	eval "set -- $E2E__PERL_FLAGS \"\$@\""
	$E2E__AS "$interpreter" "$@"
}

# A test without a #! line is written in Perl, as Perl has it; other files are mistakes
run_bare() {
	case ${script##*/} in
	*.t | *.pl) ;;
	*.*)
		echo "prove: $script is not executable and has no #! line: chmod +x it, or name a command with --exec" >&2
		return 126 ;;
	esac
	if command -v "${HARNESS_PERL:-perl}" >/dev/null; then
		option=
		by_perl "${HARNESS_PERL:-perl}" "$@"
	elif [ -x "$script" ]; then
		$E2E__AS "$script" "$@"
	else
		echo "prove: $script has no #! line, so perl is to run it, which is not here: install perl," \
			"or write the line and chmod +x it, or name a command with --exec" >&2
		return 126
	fi
}
run() {
	case $how in
	exec) set -f; $E2E__AS $E2E__EXEC "$prog" "$@" 6<&- 7>&- 3>&- ;;
	script) run_script "$path" "$@" 6<&- 7>&- 3>&- ;;
	*) $E2E__AS "$path" "$@" 6<&- 7>&- 3>&- ;; # also "direct"
	esac
}

# mawk takes minutes for a line of 100 MB. A stream that large has taken its time, so only tests
# that were at work when a tenth of a second began, and for 30 ms, have their size looked at: that
# costs a process.
cuts=
case $E2E__AWK:$E2E__LIVE in *mawk*:) cuts="?" ;; esac
cut_lines() {
	case $now in
	*[.,]*)
		lasted=$((1${now%[.,]*}${now#*[.,]} - 1${begin%[.,]*}${begin#*[.,]}))
		if [ "$lasted" -ge 0 ] && [ "$lasted" -lt "$shortly" ]; then return; fi ;;
	esac
	set -f
	for out in $(cd "$E2E__SPOOL" && find $unseen -size +65536 2>/dev/null); do
		out=$E2E__SPOOL/$out
		LC_ALL=C cut -b 1-1000000 "$out" >"$out.cut" && mv -f "$out.cut" "$out"
	done
	set +f
}

tell_later() {
	echo "$1 ."
	untold="$untold$1 .$nl"
}

# answer WORDS: the brain is to know them, but not at once while there is more to do
answer() {
	case $left in
	0 | "$half") ;;
	*)
		if [ "$status ${now%?}" = "0 ${told%?}" ] && [ ${#untold} -lt 3500 ]; then
			tell_later "$1"
			return
		fi
		;;
	esac
	told=$now
	tell "$untold$1"
	if [ -n "$untold" ]; then
		untold=
		true >"$log"
	fi
}

nl="
"
left=0 half=0 status=0 from='' unseen='' told='' untold='' next='' now=''
log=$E2E__SPOOL/log.$$ stop=$E2E__SPOOL/stop
exec >>"$log"

# How tests are run, and how their output is kept, where nothing of the test itself speaks for
# another way
usually='' kept=''
if [ "$E2E__EXEC_SET" = 1 ]; then usually=${E2E__EXEC:+exec}; [ -n "$usually" ] || usually=direct
elif [ -n "$E2E__PERL_FLAGS" ]; then usually=perl
fi
[ "$E2E__MERGE" != 1 ] || kept=merged
err_number=0
next_err() {
	err_number=$((err_number + 1))
	err=$E2E__SPOOL/err.$$.$err_number
	exec 2>>"$err"
}
next_err
exec 3>&-
# they are those of a test that was compiled
unset E2E_SOURCE E2E_DRIVER
tell "P $worker $$"
echo $$ 1<>"$E2E__SPOOL/guard"
while IFS= read -r job <&6; do
	case $job in "0 P$$") break ;; "0 QQ") exit 88 ;; esac
done

# claim: is this test ours? One of several workers may be behind with a test that it has at hand, and
# then another one gets it too. The file is made by who is first. Where it can't be made at all, the
# test is run, and finds the same.
claim() {
	[ ! -e "$out" ] || return
	set -C
	true >"$out"
	claimed=$?
	set +C
	if [ $claimed = 0 ] || [ ! -e "$out" ]; then return; fi
	true >"$err" # what the shell has said of it
	return 1
}

# take ARGUMENTS: does the job $id $job
take() {
	prog=$job how=$usually
	case $prog in
	P*) prog=${prog#?} how=script ;;
	esac
	case $prog in
	r*) prog=${prog#?} ;;
	e*) prog=$(printf %b. "${prog#?}"); prog=${prog%.} ;;
	F*)
		from=$(printf %b. "${prog#?}")
		export E2E_FROM="${from%.}"
		return ;;
	Q)
		times >"$E2E__SPOOL/times.$worker"
		{ read -r line; read -r line; } <"$E2E__SPOOL/times.$worker"
		now
		tell "C $worker $line $now"
		exit 88 ;;
	QQ) exit 88 ;;
	*) return ;;
	esac
	# When jobs are at hand, one begins when the one before has ended
	case $left in
	0) [ -z "$E2E__TIMES" ] || now ;;
	*) left=$((left - 1)) ;;
	esac
	[ -n "$now" ] || now
	if [ -e "$stop" ]; then
		status=0
		answer "S $id $worker"
		return
	fi
	out=$E2E__SPOOL/$id.out begin=$now path=$prog
	if [ -n "$E2E__CLAIMS" ] && ! claim; then
		case $from in ?*) unset E2E_FROM; from= ;; esac
		status=0
		answer "L $id $worker"
		return
	fi
	case $prog in
	-*) prog=./$prog path=$prog ;;
	*/*) ;;
	*) path=./$prog ;;
	esac
	case $how in
	"" | perl) look_at_file ;;
	esac
	case $how:$kept in
	:)
		$E2E__AS "$path" "$@" >"$out" 6<&- 7>&-
		status=$?
		case $status in 12[67]) run_again "$@" ;; esac ;;
	failed:*) ;;
	*:merged)
		run "$@" >"$out" 2>&1
		status=$? ;;
	*)
		run "$@" >"$out"
		status=$? ;;
	esac
	case $prog in *.c | *.md | *.txt) unset E2E_SOURCE E2E_DRIVER ;; esac
	has_ended
}

# quick ARGUMENTS: the same for the program $path, which further jobs follow, in half the time: what
# the shell does for a test counts
quick() {
	case $left:$now:$from in
	[01]:* | *:: | *:?*:?*)
		job=r$path
		take "$@"
		return ;;
	esac
	if [ -e "$stop" ]; then
		job=r$path
		take "$@"
		return
	fi
	out=$E2E__SPOOL/$id.out begin=$now status=
	case $E2E__CLAIMS in
	"")
		$E2E__AS "$path" "$@" >"$out" 6<&- 7>&-
		status=$? ;;
	*)
		# who makes the file has the test, see claim
		set -C
		{
			set +C
			$E2E__AS "$path" "$@" 6<&- 7>&-
			status=$?
		} >"$out"
		set +C
		case $status in
		"")
			true >"$err" # what the shell has said of it
			job=r$path
			take "$@"
			return ;;
		esac ;;
	esac
	left=$((left - 1))
	case $E2E__TIMES$left:$status in
	1:* | *0:* | "$half":* | *:[!0]*) ;;
	*)
		if [ ! -s "$err" ]; then
			unseen="$unseen $id.out"
			tell_later "E $id $worker 0 $begin $now"
			return
		fi
		;;
	esac
	case $status in 12[67]) run_again "$@" ;; esac
	has_ended
}

# has_ended: the test $id
has_ended() {
	# Unless somebody asks how long tests took, the clock is looked at once for several: to read it
	# takes longer than all else that is done for a test here
	unseen="$unseen $id.out"
	case $E2E__TIMES$left:$status in
	1:* | *0:* | *:[!0]*)
		now
		if [ -n "$cuts" ] && [ "${now%$cuts}" != "${begin%$cuts}" ]; then cut_lines; fi
		unseen= ;;
	esac
	case $from in ?*) unset E2E_FROM; from= ;; esac
	if [ -s "$err" ]; then
		answer "E $id $worker $status $begin $now err.$$.$err_number"
		next_err
	else
		answer "E $id $worker $status $begin $now"
	fi
	if [ "$status" != 0 ]; then
		while IFS= read -r job <&6; do
			case $job in "0 G") break ;; "0 QQ") exit 88 ;; *) next=$next$job$nl ;; esac
		done
		now=
	fi
}

# What is said for all tests can't be done quickly
case $usually$kept in ?*) quick() { job=r$path; take "$@"; } ;; esac

# How the file is to be run: what has to be compiled is, and what is no program may be a script
look_at_file() {
	case $prog in
	*.c)
		# shellcheck disable=SC2153  # two names
		E2E_SOURCE=$prog E2E_DRIVER=$E2E__DRIVER && export E2E_SOURCE E2E_DRIVER
		build
		tell "R $id $worker" ;;
	*.md | *.txt)
		if is_scenario; then
			E2E_SOURCE=$prog E2E_DRIVER=$E2E__DRIVER && export E2E_SOURCE E2E_DRIVER
			build_scenario
			tell "R $id $worker"
		elif [ ! -x "$path" ]; then
			how=script
		fi ;;
	# what is run in the usual way tells by its status that it could not be: run_again
	*) case $how$kept in ?*) if [ ! -x "$path" ] || [ -d "$path" ]; then how=script; fi ;; esac ;;
	esac
	if [ "$how" = perl ]; then
		IFS= read -r line <"$path"
		case $line in "#!"*perl*) how=script ;; *) how= ;; esac
	fi
}

# The file could not be run, or its program had that status
run_again() {
	if [ -x "$path" ] && [ ! -d "$path" ]; then return; fi
	true >"$err" # what the shell has said of it
	how=script
	run "$@" >"$out"
	status=$?
}

while :; do
	case $next in
	"") IFS= read -r job <&6 || exit ;;
	*) job=${next%%"$nl"*} next=${next#*"$nl"} ;;
	esac
	case $job in
	"0 J"*)
		now=
		# shellcheck disable=SC1090  # of the brain, see send
		. "$E2E__SPOOL/jobs.${job#???}" ;;
	*)
		id=${job%% *} job=${job#* }
		take "$@" ;;
	esac
done
