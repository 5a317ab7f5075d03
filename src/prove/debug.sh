# --gdb

#include "base.sh"
#include "cache.sh"
#include "names.sh"

# --gdb: the one test under the debugger, with its arguments and environment
debug_test() {
	read -r line <"$spool/tests"
	read_name "$line"
	[ "$(wc -l <"$spool/tests")" -eq 2 ] || die "--gdb takes one test: name the one to debug"
	command -v gdb >/dev/null || die "--gdb: there is no gdb here: install it"
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
	eval "gdb -q --args \"\$path\" $test_args"
	exit
}
