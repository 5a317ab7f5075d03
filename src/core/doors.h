#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"

/* @implementation */

/* Calls go down, from a room to those before it in the list. These few go up, each for its
 * reason. */

/* Whatever a script calls first begins it: the parent stays behind, the test goes on in the
 * child. */
E2E__FN void e2e__script_begin(void);

/* TAP's first lines come before the first text, and depend on what the program is. */
E2E__FN void e2e__script_header(struct e2e__page *pg);

/* What can't be had fails the case and ends it, even where an assertion is far away. */
E2E__FN void e2e__exit_die(const char *file, int line, const char *name, const e2e_failure *failure)
	__attribute__((noreturn));

/* What the program can't do without stops it with 99. */
E2E__FN void e2e__exit_fatal(const char *fmt, ...) __attribute__((noreturn)) E2E__PRINTF(1, 2);

/* Text that the watching side puts goes straight out. */
E2E__FN void e2e__output_emit(const char *s, size_t n);

/* Where malloc fails, what is said is on the page. */
E2E__FN void e2e__page_no_memory(size_t size) __attribute__((noreturn));

/* A case that leaves a process which runs others ends that, too. */
E2E__FN void e2e__main_end_runner(void) __attribute__((noreturn));

/* A script that is left has its plan to write. */
E2E__FN void e2e__script_finish(void) __attribute__((noreturn));

/* A limit that fell due is reported by the way out, where it is safe. */
E2E__FN void e2e__limit_report_expiry(void);

/* Why a point may have failed, as the floors above know it, stands behind its own hint. */
E2E__FN const char *e2e__hook_failing(const char *hint);

/* Known failures are told apart by the peer's name. */
E2E__FN const char *e2e_peer(void);

/* e2e_blocking_timed takes its seconds from the config. */
E2E__FN double e2e__config_timeout(void);
