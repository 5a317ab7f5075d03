# What tests find in their environment

#include "cache.sh"

# What tests find in their environment
set_environment() {
	name_cache
	export E2E_PROVE=1 HARNESS_ACTIVE=1 HARNESS_VERSION=3.50 TAP_VERSION=14
	# shellcheck disable=SC2034  # one of the workers' settings
	E2E__DRIVER=$0 E2E__SPOOL=$spool E2E__MERGE=$o_merge E2E__EXEC=$o_exec E2E__EXEC_SET=$o_exec_set E2E__AWK=$awk_kind
	if [ "$o_verbose" = 1 ]; then export TEST_VERBOSE=1 HARNESS_IS_VERBOSE=1; fi
	if [ -n "$o_filter" ]; then export E2E_FILTER="$o_filter"; fi
	if [ -n "$o_tags" ]; then export E2E_TAGS="$o_tags"; fi
	if [ -n "$o_spec" ]; then export E2E_SPEC="$o_spec"; fi
	if [ -n "$o_no_spec" ]; then export E2E_NO_SPEC="$o_no_spec"; fi
	if [ -n "$o_no_skip" ]; then export E2E_NO_SKIP=1; fi
	if [ "$o_fail_on_skip" = 1 ]; then export E2E_FAIL_ON_SKIP=1; fi
	if [ -n "$o_config" ]; then export E2E_CONFIG="$o_config"; fi
	if [ -n "$reports" ] || [ "$o_specs" = 1 ]; then export E2E_TIMES=1; fi
	if [ -n "$o_seed" ]; then export E2E_SEED="$o_seed"; fi
	lib=''
	rest=$o_include
	while [ -n "$rest" ]; do
		lib=$lib:${rest%%"$nl"*}
		rest=${rest#*"$nl"}
	done
	[ "$o_lib" != 1 ] || lib=$lib:$PWD/lib
	[ "$o_blib" != 1 ] || lib=$lib:$PWD/blib/lib:$PWD/blib/arch
	# shellcheck disable=SC2034  # one of the workers' settings
	E2E__PERL_FLAGS=$perl_flags
	if [ -n "$lib" ]; then export PERL5LIB="${lib#:}${PERL5LIB:+:$PERL5LIB}"; fi
}
