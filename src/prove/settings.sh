# Settings of the workers: assignments in front of their code, because in the environment every test
# would have to carry them

#include "base.sh"

worker_settings() {
	settings=
	for name in E2E__DRIVER E2E__SPOOL E2E__AWK E2E__CACHE E2E__CACHE_MARK E2E__CLAIMS E2E__EXEC E2E__EXEC_SET E2E__LIVE E2E__MERGE E2E__PERL_FLAGS E2E__TIMES made_awk; do
		eval "quote \"\$$name\""
		settings="$settings$name=$quoted$nl"
	done

	restore=
	for name in $E2E__WAS; do
		eval "quote \"\$E2E__WAS_$name\""
		settings="${settings}E2E__WAS_$name=$quoted$nl"
		restore="$restore$name=\$E2E__WAS_$name "
	done

	settings="${settings}E2E__RESTORE='$restore' E2E__AS=${restore:+as_was}$nl"
}
