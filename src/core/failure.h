#pragma once
#include "base.h"

/* @interface */

/* What a failure shows. Zero members are left out. got and want are shown as they are: quote texts
 * with e2e_quoted(). */
typedef struct e2e_failure {
	const char *message; /* what was tried and what happened */
	const char *got, *want;
	const char *code; /* a word for programs, e.g. "wrong-exit" */
	const char *hint; /* what to do */
	const char *diff; /* further lines, shown as a block */
} e2e_failure;
