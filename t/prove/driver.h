/* driver.h - for the tests of prove: writes small test scripts into the case's folder, runs prove there and takes out of
 * its report what differs from run to run. */
#ifndef T_PROVE_DRIVER_H
#define T_PROVE_DRIVER_H

#include "e2e_proc.h"
#include <sys/stat.h>

static const char *driver, *started_in; /* the folder that the test was started in */

/* Each case starts in an empty folder of its own, and with none of what an outer prove left in the environment. */
static inline void enter(void)
{
	static const char *const gone[] = {"HARNESS_ACTIVE", "HARNESS_VERSION", "HARNESS_OPTIONS", "HARNESS_VERBOSE",
	                                   "HARNESS_TIMER", "HARNESS_COLOR", "HARNESS_NOTTY", "HARNESS_IGNORE_EXIT",
	                                   "HARNESS_IS_VERBOSE", "TEST_VERBOSE", "TAP_VERSION", "E2E_RUN_DIR", "E2E__SPOOL",
	                                   "E2E__LIVE", "CI_NODE_INDEX", "CI_NODE_TOTAL", "PERL5LIB"};
	char cwd[4096];
	size_t i;
	const char *given = getenv("E2E_T_PROVE");
	if (!getcwd(cwd, sizeof cwd))
		e2e_bail_out("no current folder");
	started_in = e2e_printf("%s", cwd);
	driver = given ? given : e2e_printf("%s/prove", cwd);
	e2e_chdir(e2e_tmpdir());
	for (i = 0; i < sizeof gone / sizeof *gone; i++)
		e2e_setenv(gone[i], NULL);
	e2e_setenv("HOME", e2e_tmpdir());
	e2e_setenv("E2E_CACHE", e2e_printf("%s/cache", e2e_tmpdir()));
}

static inline void spell(const char *name, const char *text, size_t size, mode_t mode)
{
	char *path = e2e_printf("%s", name), *slash;
	FILE *f;
	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0777);
		*slash = '/';
	}
	f = fopen(path, "w");
	if (!f || fwrite(text, 1, size, f) != size || fclose(f) != 0 || chmod(path, mode) != 0)
		e2e_bail_out("can't write %s: %s", name, strerror(errno));
}

/* A file; a shell script that may be run; a test that prints a stream and exits with a status. */
static inline void text_file(const char *name, const char *text)
{
	spell(name, text, strlen(text), 0644);
}

static inline void script(const char *name, const char *body)
{
	const char *text = e2e_printf("#!/bin/sh\n%s", body);
	spell(name, text, strlen(text), 0755);
}

static inline void stream(const char *name, const char *tap, int status)
{
	text_file(e2e_printf("%s.data", name), tap);
	script(name, e2e_printf("cat \"$0.data\"; exit %d\n", status));
}

static inline char *read_file(const char *name)
{
	FILE *f = fopen(name, "r");
	char *text = e2e_printf("%s", "");
	char line[4096];
	if (!f)
		return NULL;
	while (fgets(line, sizeof line, f))
		text = e2e_printf("%s%s", text, line);
	fclose(f);
	return text;
}

/* The report with its times as "TIMES", and Perl's wording of the same line alike. */
static inline char *tidy(const char *out)
{
	char *copy = e2e_printf("%s", out), *p = copy, *at;
	while ((at = strstr(p, " wallclock secs (")) != NULL) {
		char *from = at, *end = strchr(at, '\n');
		while (from > copy && from[-1] != ',')
			from--;
		memmove(from + 6, end ? end : at + strlen(at), end ? strlen(end) + 1 : 1);
		memcpy(from, " TIMES", 6);
		p = from + 6;
	}
	return copy;
}

#endif
