#pragma once
#include "base.h"
#include "buf.h"
#include "memory.h"

/* @interface */

/* A part of a text in quotes: at most so many bytes from the offset on. NULL: "NULL". */
E2E__FN const char *e2e__excerpt(const char *s, size_t from, size_t most);
/* A text of several lines as a block of numbered lines, at most 20 of them: around the marked one,
 * or where none (0) is marked the first and the last ones. */
E2E__FN const char *e2e__excerpt_block(const char *s, size_t mark);
/* Either of them: what suits the text. */
E2E__FN const char *e2e__excerpt_text(const char *s);

/* @implementation */

enum { E2E__WIDTH = 200 }; /* bytes that are shown of a long line */

/* Not within a character of UTF-8: back to where it begins. */
E2E__FN size_t e2e__excerpt_whole(const char *s, size_t at)
{
	size_t back = 0;

	while (back < 3 && back < at && ((unsigned char)s[at - back] & 0xc0) == 0x80)
		back++;
	return at - back;
}

/* Where to begin so that the first difference is seen with a few bytes before it. */
E2E__FN size_t e2e__excerpt_from(const char *s, size_t same)
{
	return same > 40 ? e2e__excerpt_whole(s, same - 40) : 0;
}

/* At most so many of the n bytes, from the offset on; what is left out is said. */
E2E__FN void e2e__excerpt_add(struct e2e__buf *b, const char *s, size_t n, size_t from, size_t most,
	enum e2e__style style)
{
	size_t end = n;

	if (from > n)
		from = e2e__excerpt_whole(s, n > 40 ? n - 40 : 0);
	if (n - from > most)
		end = e2e__excerpt_whole(s, from + most);
	e2e__buf_adds(b, style == E2E__QUOTED ? "\"" : "");
	e2e__buf_adds(b, from ? "... " : "");
	e2e__buf_escape(b, s + from, end - from, style);
	if (end < n)
		e2e__buf_addf(b, " ... (%zu bytes)", n);
	e2e__buf_adds(b, style == E2E__QUOTED ? "\"" : "");
}

E2E__FN const char *e2e__excerpt(const char *s, size_t from, size_t most)
{
	E2E__BUF(b, 512);

	if (!s)
		return "NULL";
	e2e__excerpt_add(&b, s, strlen(s), from, most, E2E__QUOTED);
	return e2e__memory_taken(&b);
}

/* A blank at the end of a line isn't seen. */
E2E__FN bool e2e__excerpt_trails(const char *line, size_t n)
{
	return n && (line[n - 1] == ' ' || line[n - 1] == '\t');
}

/* Does anything follow the first line? */
E2E__FN bool e2e__excerpt_has_lines(const char *s)
{
	const char *newline = s ? strchr(s, '\n') : NULL;

	return newline && newline[1];
}

E2E__FN size_t e2e__excerpt_count(const char *s)
{
	size_t lines = 0;

	for (; *s; s += *s == '\n', lines++)
		s += strcspn(s, "\n");
	return lines;
}

/* "12: text", and "12> text" of the one that is marked. */
E2E__FN void e2e__excerpt_add_line(
	struct e2e__buf *b, const char *line, size_t n, size_t number, bool marked)
{
	e2e__buf_addf(b, "%zu%s%s", number, marked ? ">" : ":", n ? " " : "");
	e2e__excerpt_add(
		b, line, n, 0, E2E__WIDTH, e2e__excerpt_trails(line, n) ? E2E__QUOTED : E2E__PLAIN);
	e2e__buf_adds(b, "\n");
}

E2E__FN const char *e2e__excerpt_block(const char *s, size_t mark)
{
	enum { SHOWN = 20 };
	size_t lines = e2e__excerpt_count(s), number = 1, first, last, n;
	E2E__BUF(b, 1024);

	b.p[0] = 0;

	/* Lines from `first` to `last` are left out, or all others are. */
	first = SHOWN / 2 + 1;
	last = lines - SHOWN / 2;
	if (mark) {
		first = mark > SHOWN / 2 ? mark - SHOWN / 2 : 1;
		last = first + SHOWN - 1;
		first -= first == 2; /* one line is no more than the word of it */
		last += last + 1 == lines;
	}
	for (; *s; s += n + (s[n] == '\n'), number++) {
		bool within = number >= first && number <= last;

		n = strcspn(s, "\n");
		if (lines <= SHOWN + 1 || within == (mark != 0))
			e2e__excerpt_add_line(&b, s, n, number, number == mark);
		else if (!mark && number == first)
			e2e__buf_addf(&b, "... %zu more lines\n", last - first + 1);
		else if (mark && (number == 1 || number == last + 1))
			e2e__buf_addf(
				&b, "... %zu more lines\n", number == 1 ? first - 1 : lines - last);
	}
	return e2e__memory_taken(&b);
}

E2E__FN const char *e2e__excerpt_text(const char *s)
{
	return e2e__excerpt_has_lines(s) ? e2e__excerpt_block(s, 0) : e2e__excerpt(s, 0, 400);
}
