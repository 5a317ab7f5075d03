# --gdb, --lldb

#include "base.sh"
#include "cache.sh"
#include "names.sh"

# debug_test DEBUGGER: the one test under it, with its arguments and environment
debug_test() {
	debugger=$1
	read -r line <"$spool/tests"
	read_name "$line"
	[ "$(wc -l <"$spool/tests")" -eq 2 ] || die "--$debugger takes one test: name the one to debug"
	command -v "$debugger" >/dev/null || die "--$debugger: there is no $debugger here: install it"
	path=$name
	case $path in */*) ;; *) path=./$path ;; esac
	case $name in
	*.c)
		name_cache
		eval "$build_code"
		# shellcheck disable=SC2034,SC2154  # build takes and sets them
		prog=$name out="$spool/out" err="$spool/err" how=''
		build
		if [ "$how" = failed ]; then
			cat "$err" >&2
			exit 1
		fi
		;;
	esac
	# a breakpoint is met in this process only, not in one that a case has of its own
	export E2E_NO_FORK=1
	# It stops at the first assertion that fails. The user's own breakpoints begin with 1.
	case $debugger in
	gdb) eval "gdb -q -ex 'python gdb.Breakpoint(\"e2e__point_failed\", internal=True, temporary=True)' --args \"\$path\" $test_args" ;;
	lldb) eval "lldb -o 'breakpoint set --one-shot true --name e2e__point_failed' -- \"\$path\" $test_args" ;;
	esac
	exit
}
