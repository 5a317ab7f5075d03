# Are the options' values good?

#include "archive.sh"
#include "base.sh"
#include "table.sh"

# check_limit RULE: timeout:GLOB=S, the S behind the last =
check_limit() {
	case ${1##*=} in
	*[!0-9.]* | *.*.* | . | '') die "--rules timeout:GLOB=S takes seconds, or 0 for no limit, not \"$1\"" ;;
	esac
	has_limits=1
}

check_options() {
	ext_given=$o_ext
	check_values
	[ "$o_jobs" -gt 0 ] || die "-j takes the number of tests to run at a time, at least 1"
	case $o_timeout in
	'') ;;
	*[!0-9.]* | *.*.* | .) die "--timeout takes seconds, not \"$o_timeout\"" ;;
	*[1-9]*) ;;
	*) die "--timeout $o_timeout leaves no test any time: leave it out for none, or give seconds, e.g. 0.5" ;;
	esac
	if [ -n "$o_config" ] && [ ! -r "$o_config" ]; then
		say "prove: --config $o_config: there is no such file that may be read; tests with e2e.h will not run" >&2
	fi
	[ -z "$o_verbose" ] || [ "$o_verbose" = 0 ] || [ -z "$o_quiet" ] ||
		die "-v and -q (or -Q) exclude each other: leave one out"
	check_shard
	check_state
	check_archive
	check_reports
	has_limits=
	rest=$o_rules
	while [ -n "$rest" ]; do
		case ${rest%%"$nl"*} in
		par=?* | seq=?* | lock:?*=?*) ;;
		timeout:?*=*) check_limit "${rest%%"$nl"*}" ;;
		*) die "--rules takes par=GLOB, seq=GLOB, lock:NAME=GLOB or timeout:GLOB=S, not \"${rest%%"$nl"*}\"" ;;
		esac
		rest=${rest#*"$nl"}
	done
	rules_file=
	if [ -z "$o_rules" ] && [ "$o_jobs" -gt 1 ]; then
		for file in "${HARNESS_RULESFILE:-}" ./testrules.yml t/testrules.yml; do
			if [ -n "$file" ] && [ -f "$file" ]; then
				rules_file=$file
				[ -r "$file" ] ||
					die "can't read the rules in $file: make the file readable, or remove it"
				break
			fi
		done
	fi
	# where a report may find no room
	check_stdout=
	if [ ! -t 1 ] && [ ! -p /dev/stdout ]; then check_stdout=1; fi
	terminal=
	if [ -t 1 ] && [ -z "${HARNESS_NOTTY:-}" ]; then terminal=1; fi
	if [ -z "$o_color" ]; then
		if [ -n "$terminal" ] && [ -z "${NO_COLOR:-}" ]; then o_color=1; else o_color=0; fi
	fi
	live_line=''
	columns=80
	if [ -n "$terminal" ] && [ -z "$o_quiet" ] && [ "$o_count" != 0 ] &&
		[ "$o_verbose" != 1 ]; then
		live_line=1
		columns=${COLUMNS:-$( (stty size <&1 | sed 's/.* //') 2>/dev/null)}
		case $columns in '' | *[!0-9]* | 0) columns=80 ;; esac
	fi
}

# --shard K/N, or what a CI service says of this machine's share
check_shard() {
	case $o_shard in
	'')
		if [ -n "${CI_NODE_INDEX:-}" ] && [ -n "${CI_NODE_TOTAL:-}" ]; then
			o_shard=$CI_NODE_INDEX/$CI_NODE_TOTAL # GitLab, Semaphore: from 1
		elif [ -n "${CIRCLE_NODE_TOTAL:-}" ] && [ -n "${CIRCLE_NODE_INDEX:-}" ]; then
			o_shard=$((CIRCLE_NODE_INDEX + 1))/$CIRCLE_NODE_TOTAL
		elif [ -n "${BUILDKITE_PARALLEL_JOB_COUNT:-}" ] &&
			[ -n "${BUILDKITE_PARALLEL_JOB:-}" ]; then
			o_shard=$((BUILDKITE_PARALLEL_JOB + 1))/$BUILDKITE_PARALLEL_JOB_COUNT
		elif [ -n "${SYSTEM_TOTALJOBSINPHASE:-}" ] &&
			[ -n "${SYSTEM_JOBPOSITIONINPHASE:-}" ]; then
			o_shard=$SYSTEM_JOBPOSITIONINPHASE/$SYSTEM_TOTALJOBSINPHASE
		fi
		[ "$o_shard" != 1/1 ] || o_shard=
		[ -z "$o_shard" ] ||
			say "# shard $o_shard, as the environment says (--shard 1/1 runs all)"
		;;
	1/1)
		o_shard=
		return
		;;
	esac
	case $o_plan:$o_shard in
	?*:*/* | :*) ;;
	?*:[1-9]*) case $o_shard in *[!0-9]*) ;; *) return ;; esac ;;
	*) die "--plan takes --shard N, to write the plan, or --shard K/N, to follow it" ;;
	esac
	case $o_shard in
	'') ;;
	*[!0-9/]* | */*/* | /* | */ | 0* | */0*) shard_error ;;
	*/*) [ "${o_shard%/*}" -le "${o_shard#*/}" ] || shard_error ;;
	*) shard_error ;;
	esac
}

shard_error() {
	die "--shard takes K/N with K from 1 to N, not \"$o_shard\""
}

# What would be replaced by an archive has to be one
check_archive() {
	case $o_archive in -*) o_archive=./$o_archive ;; esac
	while :; do
		case $o_archive in ?*/) o_archive=${o_archive%/} ;; *) break ;; esac
	done
	case $o_archive in
	'') return ;;
	*.gz | *.tgz | *.tar) [ ! -d "$o_archive" ] ||
		die "--archive $o_archive: that is a folder" ;;
	*) replaceable "$o_archive" ||
		die "--archive $o_archive: it holds something else than an archive: name a new folder, or a file that ends in .tgz" ;;
	esac
}

# What can't be written is better said before the tests have run, and before the file of an older run
# is removed. (The folder of --xunit-log is made.)
check_reports() {
	case $o_shard in *[!0-9]* | '') ;; *) check_file --plan "$o_plan" ;; esac
	[ "${o_dry:-0}" != 1 ] || return 0
	check_file --junit "$o_junit"
	check_file --html "$o_html"
	check_file --specs-md "$o_specs_md"
	check_folder --archive "$o_archive"
	# no other word of --state has this in it
	case $o_state in *save*) check_file --statefile "$o_state_file" ;; esac
}

# check_file OPTION FILE: what is no plain file, such as a device, stays what it is
check_file() {
	[ ! -d "$2" ] || die "$1 $2: that is a folder: name a file"
	if [ -h "$2" ] || { [ -e "$2" ] && [ ! -f "$2" ]; }; then return; fi
	check_folder "$1" "$2"
}

# check_folder OPTION FILE: the file is written beside its place, and then moved there
check_folder() {
	[ -n "$2" ] || return 0
	case $2 in
	*/*) folder=${2%/*} folder=${folder:-/} ;;
	*) folder=. ;;
	esac
	[ -d "$folder" ] ||
		die "$1 $2: there is no folder $folder to write to: make it, or name another file"
	if [ ! -w "$folder" ] || [ ! -x "$folder" ]; then
		die "$1 $2: the folder $folder may not be written to: change that, or name another file"
	fi
}

check_state() {
	[ -n "$o_state" ] || [ -n "$o_resume" ] || return 0
	if [ -e "$o_state_file" ] && { [ ! -f "$o_state_file" ] || [ ! -r "$o_state_file" ]; }; then
		die "can't read the state in $o_state_file: make it a file that may be read, or name another one by --statefile"
	fi
	values_of STATE
	rest=$(say "$o_state" | tr ',' '\n')
	while [ -n "$rest" ]; do
		word=${rest%%"$nl"*}
		case $rest in *"$nl"*) rest=${rest#*"$nl"} ;; *) rest= ;; esac
		case $word in *:*[!0-9]*) die "--state=$word: after the colon comes a number" ;; esac
		case " $values  " in
		*" ${word%%:*} "*) ;;
		*) die "--state=$word: known are $values" ;;
		esac
	done
}
