#pragma once
#include "base.h"
#include "state.h"
#include "buf.h"

/* @manual Consumers that know no subtests
 *	With --flat (E2E_FLAT=1) the points of a case are comments, so that each line is of TAP as
 *	it was before version 14: cases, their YAML, comments. Meson wants it: it complains of
 *	lines that it doesn't know.
 *		test('sum', program, args: '--flat', protocol: 'tap')
 *	Automake's TAP driver, CTest and Perl's prove need nothing of the kind.
 */

/* @implementation */

struct e2e__flat {
	bool in_yaml; /* of a case: indented, too */
	struct e2e__buf line, out;
	char space[2][256];
};

/* NULL where there is no memory: then the lines stay as they are. */
E2E__FN struct e2e__flat *e2e__flat_new(void)
{
	struct e2e__flat *f = (struct e2e__flat *)e2e__buf_malloc(sizeof *f);

	if (!f)
		return NULL;
	memset(f, 0, sizeof *f);
	f->line.p = f->space[0];
	f->line.size = sizeof f->space[0];
	f->out.p = f->space[1];
	f->out.size = sizeof f->space[1];
	return f;
}

E2E__FN void e2e__flat_line(struct e2e__flat *f)
{
	const char *line = f->line.p;

	if (f->in_yaml)
		f->in_yaml = strcmp(line, "  ...\n") != 0;
	else if (strcmp(line, "  ---\n") == 0)
		f->in_yaml = true;
	else if (strncmp(line, "    ", 4) == 0)
		e2e__buf_adds(&f->out, "# ");

	e2e__buf_add(&f->out, line, f->line.n);
	f->line.n = 0;
}

/* Takes n bytes of TAP; f->out is what may be written of it now: whole lines. */
E2E__FN void e2e__flat_feed(struct e2e__flat *f, const char *s, size_t n)
{
	f->out.n = 0;
	while (n) {
		const char *newline = (const char *)memchr(s, '\n', n);
		size_t part = newline ? (size_t)(newline - s) + 1 : n;

		e2e__buf_add(&f->line, s, part);
		if (newline)
			e2e__flat_line(f);
		s += part;
		n -= part;
	}
}
