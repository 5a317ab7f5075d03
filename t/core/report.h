/* report.h - for tests that run a failing program in other ways: its report, of which nothing differs between them. */
#ifndef T_CORE_REPORT_H
#define T_CORE_REPORT_H

#include "../golden.h"

/* Its report: without what differs from run to run, the names of what was left, which /proc has, and what sanitizers say. */
static inline const char *report(e2e_result r)
{
	const char *text = e2e_printf("%s--- stderr\n%s--- status %d\n", scrubbed(r.out), scrubbed(r.err), r.status), *end;
	static const char *const cut[] = {"left running: ", "# left open: descriptor "};
	size_t i, n;
	E2E__BUF(b, 4096);

	for (; *text; text = *end ? end + 1 : end) {
		n = strcspn(text, "\n");
		end = text + n;
		if (strstr(text, "leaks were not looked for") == text + strspn(text, " #"))
			continue;
		for (i = 0; i < 2; i++) {
			const char *at = strstr(text, cut[i]);

			if (at && at < end)
				n = (size_t)(at - text) + strlen(cut[i]);
		}
		e2e__buf_add(&b, text, n);
		e2e__buf_adds(&b, "\n");
	}
	return e2e__memory_taken(&b);
}

#endif
