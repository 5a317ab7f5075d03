/* golden.h - for tests of failing tests: runs a program of the folder broken/ beside the test, takes from its report what differs from run
 * to run, and compares the rest with a file of the folder expected/. E2E_T_UPDATE=1 writes those files anew: read what changed. */
#ifndef T_GOLDEN_H
#define T_GOLDEN_H

#include "e2e_proc.h"

/* Path of a program that make built from broken/NAME.c beside the test. */
#define broken(name) broken_beside(__FILE__, name)
static inline const char *broken_beside(const char *test, const char *name)
{
	const char *root = getenv("E2E_T_ROOT");

	/* Faults are to look the same under sanitizers. */
	setenv("ASAN_OPTIONS", "handle_segv=0:handle_abort=0:detect_stack_use_after_return=0", 1);
	return e2e_printf("%s%s%.*sbroken/%s.bin", root ? root : "", root ? "/" : "", (int)(strrchr(test, '/') + 1 - test), test, name);
}

/* Without the lines of durations, seeds, repeat commands and folders; numbers in `(pid 12)` and `pipe:[12]` as N, times of a story as T. */
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
		if (*p == '+' && strspn(p + 1, "0123456789.") > 4) { /* of a story: "+0.213 redis | Ready" */
			e2e__buf_add(&b, text, (size_t)(p - text));
			e2e__buf_adds(&b, "+T");
			text = p + 1 + strspn(p + 1, "0123456789.");
		}
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

static inline void write_expected(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		e2e_bail_out("can't write %s: %s", path, strerror(errno));
	e2e_pass("%s is written", path);
}

/* stdout and, unless err is NULL, stderr of a program, compared with expected/NAME.txt beside the test. */
static inline void as_expected(const char *file, int line, const char *name, const char *out, const char *err)
{
	const char *path = e2e_printf("%.*sexpected/%s.txt", (int)(strrchr(file, '/') + 1 - file), file, name);
	const char *text = e2e_printf("%s%s%s", scrubbed(out), err ? "--- stderr\n" : "", err ? scrubbed(err) : "");

	if (getenv("E2E_T_UPDATE"))
		write_expected(path, text);
	else
		e2e__assertion_is_str((struct e2e__at){file, line, "as expected", NULL}, text, e2e__file_read(path, NULL));
}

/* Runs one case of a broken program and compares its status, stdout and stderr. */
#define golden(program, name, status) golden_at(E2E__AT, program, name, status, true)
/* The same for one whose stderr isn't the same each time. */
#define golden_stdout(program, name, status) golden_at(E2E__AT, program, name, status, false)
static inline void golden_at(const char *file, int line, const char *program, const char *name, int status, bool with_stderr)
{
	e2e_result r = e2e_run(broken_beside(file, program), "-k", e2e_printf("^%s$", name), "--seed", "1");

	e2e__assertion_is_int_at((struct e2e__at){file, line, "status, expected", NULL}, r.status, false, status, false);
	as_expected(file, line, e2e_printf("%s-%s", program, name), r.out, with_stderr ? r.err : NULL);
}

#endif
