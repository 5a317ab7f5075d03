#pragma once
#include "base.h"
#include "state.h"
#include "doors.h"
#include "memory.h"
#include "clock.h"

/* @interface */

/* A number by chance; the sequence depends on --seed and the case's name. */
E2E__FN uint64_t e2e_rand(void);
/* "stem-…", different at each call, in each process and run; valid until the end of the case. */
E2E__FN const char *e2e_unique(const char *stem);

/* @implementation */

E2E__FN uint64_t e2e_rand(void)
{
	e2e__script_begin();
	return e2e__clock_mix(&e2e__state.chance);
}

E2E__FN const char *e2e_unique(const char *stem)
{
	struct timespec t;
	uint64_t once;

	e2e__script_begin();

	/* What makes it unique is the process and the time; the seed can't be part of that, or two
	 * runs would meet. */
	clock_gettime(CLOCK_REALTIME, &t);
	once = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec + e2e__state.unique;
	return e2e_printf("%s-%lx-%x-%08lx", stem, (unsigned long)getpid(), ++e2e__state.unique,
		(unsigned long)(e2e__clock_mix(&once) & 0xffffffff));
}
