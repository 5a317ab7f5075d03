#pragma once
#include "base.h"
#include "state.h"
#include "buf.h"
#include "clock.h"
#include "page.h"
#include "story.h"

/* @interface */

/* Notes how long the log with this path is now, NULL: each log of the case. What it has comes
 * before what happens next. */
E2E__FN void e2e__lines_mark(const char *path);
/* What this log has until now isn't told, unless it speaks of an error: it is how a server starts,
 * whatever the case does. */
E2E__FN void e2e__lines_quiet(const char *path);

/* @implementation */

/* "redis.stdout", "redis.stderr" and "redis.log" are told in the lane "redis". */
E2E__FN size_t e2e__lines_lane(const char *label)
{
	static const char *const kinds[] = {".stdout", ".stderr", ".log"};
	size_t n = strlen(label), k;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (n > (k = strlen(kinds[i])) && strcmp(label + n - k, kinds[i]) == 0)
			return n - k;
	return 0;
}

/* A log was named as evidence. The caller holds the lock. */
E2E__FN void e2e__lines_begin(struct e2e__page *pg, int i)
{
	pg->evidence[i].told = e2e__lines_lane(pg->evidence[i].label) > 0;
	pg->evidence[i].cut = false;
	pg->evidence[i].lines = pg->evidence[i].seen = 0;
	pg->evidence[i].quiet = 0;
}

/* Adds what was seen now to the last of n sizes, if it is news. */
E2E__FN void e2e__lines_note(struct e2e__size *sizes, unsigned n, unsigned *seen, const char *path)
{
	long long last = *seen ? sizes[(*seen - 1) % n].bytes : 0;
	struct stat st;

	if (stat(path, &st) < 0 || (long long)st.st_size == last)
		return;
	sizes[*seen % n].at = e2e__clock_ns();
	sizes[*seen % n].bytes = (long long)st.st_size;
	++*seen;
}

E2E__FN void e2e__lines_mark(const char *path)
{
	struct e2e__page *pg = e2e__state.page;
	int saved = errno;

	for (int i = 0; pg && i < pg->evidences; i++)
		if (pg->evidence[i].told && (!path || strcmp(path, pg->evidence[i].path) == 0))
			e2e__lines_note(pg->evidence[i].size, E2E__SIZES, &pg->evidence[i].seen,
				pg->evidence[i].path);
	errno = saved;
}

E2E__FN void e2e__lines_quiet(const char *path)
{
	struct e2e__page *pg = e2e__state.page;
	struct stat st;

	for (int i = 0; pg && i < pg->evidences; i++)
		if (strcmp(path, pg->evidence[i].path) == 0 && stat(path, &st) == 0)
			pg->evidence[i].quiet = (long long)st.st_size;
}

/* ---- the watching side */

/* Where the watching side notes the sizes of the log with this label; -1: nowhere. The place in the
 * page changes while logs are added and dropped. */
E2E__FN int e2e__lines_slot(struct e2e__sizes *s, const char *label)
{
	int i;

	for (i = 0; i < E2E__EVIDENCES && s->log[i].label[0]; i++)
		if (strcmp(s->log[i].label, label) == 0)
			return i;
	if (i == E2E__EVIDENCES)
		return -1;
	strcpy(s->log[i].label, label);
	s->log[i].seen = 0;
	return i;
}

/* Looks how long the logs of a running case are; false: there are none. It believes nothing of the
 * page, and doesn't wait for its lock. */
E2E__FN bool e2e__lines_watch(struct e2e__page *pg)
{
	struct e2e__sizes *s = e2e__state.sizes;
	bool any = false;
	char path[sizeof pg->evidence[0].path], label[sizeof pg->evidence[0].label];

	if (pg->evidences <= 0 || pg->evidences > E2E__EVIDENCES)
		return false;
	if (!s && !(s = e2e__state.sizes = (struct e2e__sizes *)calloc(1, sizeof *s)))
		return false;
	if (s->began != pg->began) {
		s->began = pg->began;
		for (int i = 0; i < E2E__EVIDENCES; i++)
			s->log[i].label[0] = 0;
	}
	for (int i = 0; i < pg->evidences && i < E2E__EVIDENCES; i++) {
		if (!pg->evidence[i].told)
			continue;
		any = true;
		memcpy(path, pg->evidence[i].path, sizeof path);
		memcpy(label, pg->evidence[i].label, sizeof label);
		path[sizeof path - 1] = label[sizeof label - 1] = 0;
		int k = e2e__lines_slot(s, label);
		if (k >= 0)
			e2e__lines_note(s->log[k].size, E2E__WATCHED_SIZES, &s->log[k].seen, path);
	}
	return any;
}

/* The earliest of these times at which a log had that many bytes, or `at`. */
E2E__FN int64_t e2e__lines_earliest(
	const struct e2e__size *sizes, unsigned n, unsigned seen, long long bytes, int64_t at)
{
	for (unsigned i = 0; i < (seen < n ? seen : n); i++)
		if (sizes[i].bytes >= bytes && sizes[i].at < at)
			at = sizes[i].at;
	return at;
}

/* When was a log that long? */
E2E__FN int64_t e2e__lines_time(const struct e2e__page *pg, int i, long long bytes)
{
	struct e2e__sizes *s = e2e__state.sizes;
	int64_t at = e2e__lines_earliest(
		pg->evidence[i].size, E2E__SIZES, pg->evidence[i].seen, bytes, e2e__clock_ns());

	int k = s && s->began == pg->began ? e2e__lines_slot(s, pg->evidence[i].label) : -1;
	if (k >= 0)
		at = e2e__lines_earliest(
			s->log[k].size, E2E__WATCHED_SIZES, s->log[k].seen, bytes, at);
	return at;
}

/* Does a line say by itself that something is wrong? */
E2E__FN bool e2e__lines_is_odd(const char *line, size_t n)
{
	static const char *const words[] = {"ERROR", "FATAL", "PANIC", "CRITICAL",
		"error:", "fatal:", "panic:", "Error:", "Traceback", "Assertion ",
		"assertion failed", "Segmentation fault", "AddressSanitizer", "runtime error"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t k = strlen(words[i]);

		for (const char *p = line; (size_t)(line + n - p) >= k; p++) {
			p = (const char *)memchr(p, *words[i], (size_t)(line + n - p) - k + 1);
			if (!p)
				break;
			if (memcmp(p, words[i], k) == 0)
				return true;
		}
	}
	return false;
}

E2E__FN bool e2e__lines_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* An empty line is no event. */
E2E__FN void e2e__lines_tell(struct e2e__page *pg, int i, int64_t at, const char *line, size_t n)
{
	char lane[sizeof pg->evidence[0].label];
	const char *label = pg->evidence[i].label, *slash = strrchr(label, '/');
	size_t k = e2e__lines_lane(label);

	while (n && e2e__lines_is_blank(line[n - 1]))
		n--;
	if (!n)
		return;
	/* "service/program": the program's name alone where both are too long for a lane */
	if (slash && k >= sizeof pg->event[0].lane) {
		k -= (size_t)(slash + 1 - label);
		label = slash + 1;
	}
	memcpy(lane, label, k);
	lane[k] = 0;
	pg->evidence[i].cut = pg->evidence[i].cut || n >= sizeof pg->event[0].text;
	pg->evidence[i].lines++;
	e2e__story_put_line(pg, i, at, lane, e2e__lines_is_odd(line, n), line, n);
}

/* The end of a log, of at most so many bytes and lines; *offset is where it begins. */
E2E__FN const char *e2e__lines_end(
	struct e2e__page *pg, int i, char *block, size_t size, size_t *n, long long *offset)
{
	enum { LINES = 100 };
	int fd = open(pg->evidence[i].path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int lines = 0;
	struct stat st;
	const char *p;

	*n = 0;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		st.st_size = 0;
	*offset = pg->evidence[i].from > st.st_size ? 0 : pg->evidence[i].from;
	if (st.st_size - *offset > (long long)size) {
		*offset = (long long)st.st_size - (long long)size;
		pg->evidence[i].cut = true;
	}
	ssize_t got = fd < 0 ? 0 : pread(fd, block, size, (off_t)*offset);
	if (fd >= 0)
		close(fd);
	if (got <= 0)
		return block;

	for (p = block + got - 1; p > block && (p[-1] != '\n' || ++lines < LINES); p--)
		;
	pg->evidence[i].cut = pg->evidence[i].cut || p > block;
	*offset += p - block;
	*n = (size_t)(block + got - p);
	return p;
}

/* Tells the lines of one log, each at the time when it was there. */
E2E__FN void e2e__lines_read(struct e2e__page *pg, int i)
{
	char block[16384];
	long long offset;
	size_t n;
	const char *line = e2e__lines_end(pg, i, block, sizeof block, &n, &offset), *end = line + n;

	while (line < end) {
		const char *newline = (const char *)memchr(line, '\n', (size_t)(end - line));
		const char *next = newline ? newline + 1 : end;

		n = (size_t)((newline ? newline : end) - line);
		offset += next - line;
		if (offset > pg->evidence[i].quiet || e2e__lines_is_odd(line, n))
			e2e__lines_tell(pg, i, e2e__lines_time(pg, i, offset), line, n);
		line = next;
	}
}

/* After the case's end: what its logs have. */
E2E__FN void e2e__lines_collect(struct e2e__page *pg)
{
	for (int i = 0; i < pg->evidences && i < E2E__EVIDENCES; i++)
		if (pg->evidence[i].told)
			e2e__lines_read(pg, i);
}
