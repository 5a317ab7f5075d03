/* golden.h - for tests of failing tests: runs one case of a program in t/broken and takes from its report what differs
 * from run to run. */
#ifndef T_GOLDEN_H
#define T_GOLDEN_H

#include "e2e_proc.h"

/* Path of a program that make built from t/broken/NAME.c. */
static inline const char *broken(const char *name)
{
	const char *dir = getenv("E2E_T_BROKEN");
	/* Faults are to look the same under sanitizers. */
	setenv("ASAN_OPTIONS", "handle_segv=0:handle_abort=0:detect_stack_use_after_return=0", 1);
	return e2e_printf("%s/%s.bin", dir ? dir : "t/broken", name);
}

/* Without the lines of durations, seeds, repeat commands and folders; numbers in `(pid 12)` and `pipe:[12]` as N. */
static inline const char *scrubbed(const char *text)
{
	static const char *const keys[] = {"duration_ms: ", "seed: ", "repeat: ", "folder: "};
	const char *end;
	size_t i;
	E2E__BUF(b, 4096);
	b.p[0] = 0;
	for (; *text; text = *end ? end + 1 : end) {
		const char *p = text + strspn(text, " ");
		end = text + strcspn(text, "\n");
		for (i = 0; i < 4 && strncmp(p, keys[i], strlen(keys[i])) != 0; i++)
			;
		if (i < 4)
			continue;
		for (p = text; p < end; p++) {
			e2e__buf_add(&b, p, 1);
			if (strncmp(p, "(pid ", 5) == 0 || strncmp(p, "pipe:[", 6) == 0) {
				size_t n = *p == '(' ? 5 : 6;
				e2e__buf_add(&b, p + 1, n - 1);
				e2e__buf_adds(&b, "N");
				p += n - 1 + strspn(p + n, "0123456789");
			}
		}
		e2e__buf_adds(&b, "\n");
	}
	return e2e__memory_taken(&b);
}

/* Runs one case of a broken program and compares status, stdout and stderr (NULL: not looked at). */
#define golden(program, name, status, out, err) golden_at(E2E__AT, program, name, status, out, err)
static inline void golden_at(const char *file, int line, const char *program, const char *name, int status,
			     const char *out, const char *err)
{
	e2e_result r;
	r = e2e_run(broken(program), "-k", e2e_printf("^%s$", name), "--seed", "1");
	e2e__assertion_is_int_at(file, line, "status, expected", NULL, r.status, false, status, false);
	if (out)
		e2e__assertion_is_str(file, line, "stdout, expected", NULL, scrubbed(r.out), out);
	if (err)
		e2e__assertion_is_str(file, line, "stderr, expected", NULL, scrubbed(r.err), err);
}

#endif
