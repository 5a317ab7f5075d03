#pragma once
#include "base.h"
#include "state.h"
#include "doors.h"
#include "case.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "files.h"
#include "secret.h"

/* @manual JUnit without prove
 *	`./x.t --junit FILE` (E2E_JUNIT) writes a testcase for each case, besides TAP: time, what
 *	failed with its whole block, why it was skipped, a property for each clause of .spec. A
 *	known failure counts as skipped; a suite's fixture that failed and a bail out are testcases,
 *	too. A script is one testcase. A reader sees the old file or the whole new one; one that
 *	can't be written ends the program with 99, before any case where that is known by then. Of
 *	several programs, or with a testcase for each pair and subtest: `prove --junit FILE`.
 */

/* @implementation */

/* As XML has it, without what is known to be a secret. */
E2E__FN void e2e__junit_add(struct e2e__buf *b, const char *s, size_t n)
{
	E2E__BUF(clean, 1024);
	E2E__BUF(plain, 1024);
	size_t i;

	e2e__secret_add(&clean, s, n, false);
	e2e__buf_escape(&plain, clean.p, clean.n, E2E__PLAIN);
	e2e__buf_free(&clean);
	for (i = 0; i < plain.n; i++)
		switch (plain.p[i]) {
		case '<':
			e2e__buf_adds(b, "&lt;");
			break;
		case '>':
			e2e__buf_adds(b, "&gt;");
			break;
		case '&':
			e2e__buf_adds(b, "&amp;");
			break;
		case '"':
			e2e__buf_adds(b, "&quot;");
			break;
		default:
			e2e__buf_add(b, plain.p + i, 1);
		}
	e2e__buf_free(&plain);
}

E2E__FN void e2e__junit_add_attribute(struct e2e__buf *b, const char *name, const char *value)
{
	e2e__buf_addf(b, " %s=\"", name);
	e2e__junit_add(b, value, strlen(value));
	e2e__buf_adds(b, "\"");
}

/* An attribute without what its own words tell, either: a name or a reason, as in TAP. */
E2E__FN void e2e__junit_add_words(struct e2e__buf *b, const char *name, const char *value)
{
	E2E__BUF(clean, 512);

	e2e__secret_add(&clean, value, strlen(value), true);
	e2e__buf_add(&clean, "", 1);
	e2e__junit_add_attribute(b, name, clean.p);
	e2e__buf_free(&clean);
}

/* The lines of a YAML block, without its ends and its indentation. */
E2E__FN void e2e__junit_add_block(struct e2e__buf *b, const char *text)
{
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		if (strncmp(text, "  ---\n", 6) == 0 || strncmp(text, "  ...\n", 6) == 0)
			continue;
		text += strncmp(text, "  ", 2) == 0 ? 2 : 0;
		e2e__junit_add(b, text, (size_t)(end - text));
		e2e__buf_adds(b, "\n");
	}
}

/* The value of a key in a YAML block, as it is there, or NULL. */
E2E__FN const char *e2e__junit_raw(const char *block, const char *key)
{
	const char *line = e2e_printf("  %s: ", key), *at = block;

	while (at && strncmp(at, line, strlen(line)) != 0) {
		at = strchr(at, '\n');
		if (at)
			at++;
	}
	if (!at)
		return NULL;
	at += strlen(line);
	return e2e__memory_strndup(at, strcspn(at, "\n"));
}

/* The same without quotes. */
E2E__FN const char *e2e__junit_key(const char *block, const char *key, const char *otherwise)
{
	const char *value = e2e__junit_raw(block, key);
	size_t n = value ? strlen(value) : 0;

	if (!n)
		return otherwise;
	return *value == '"' && n > 1 ? e2e__memory_strndup(value + 1, n - 2) : value;
}

E2E__FN void e2e__junit_add_specs(struct e2e__buf *b, const char *spec)
{
	size_t n;

	if (!spec)
		return;
	e2e__buf_adds(b, "      <properties>\n");
	for (; *spec; spec += n + (spec[n] == ',')) {
		spec += strspn(spec, " ");
		n = strcspn(spec, ",");
		e2e__buf_adds(b, "        <property name=\"spec\"");
		e2e__junit_add_attribute(b, "value", e2e__memory_strndup(spec, n));
		e2e__buf_adds(b, "/>\n");
	}
	e2e__buf_adds(b, "      </properties>\n");
}

/* t/core/x.t is t.core.x, as with prove. */
E2E__FN const char *e2e__junit_class(void)
{
	const char *program = e2e__case_program(), *slash, *dot;
	char *name, *p;

	while (strncmp(program, "./", 2) == 0 || *program == '/')
		program += *program == '/' ? 1 : 2;
	slash = strrchr(program, '/');
	dot = strrchr(program, '.');
	name = e2e__memory_strndup(program,
		dot && dot > (slash ? slash + 1 : program) ? (size_t)(dot - program)
							   : strlen(program));
	for (p = name; *p; p++)
		*p = *p == '/' ? '.' : *p;
	return name;
}

/* A testcase. `outcome`: "" passed, else failure, error or skipped; message and block: of that. */
E2E__FN void e2e__junit_case(const char *name, const char *spec, int64_t began, const char *outcome,
	const char *message, const char *block)
{
	char took[64];
	E2E__BUF(b, 2048);

	if (!e2e__state.junit)
		return;
	e2e__buf_adds(&b, "    <testcase");
	e2e__junit_add_attribute(&b, "classname", e2e__junit_class());
	e2e__junit_add_words(&b, "name", name);
	if (began) {
		e2e__clock_number(
			took, sizeof took, "%.6f", (double)(e2e__clock_ns() - began) * 1e-9);
		e2e__junit_add_attribute(&b, "time", took);
	}
	e2e__buf_adds(&b, ">\n");
	e2e__junit_add_specs(&b, spec);
	if (*outcome) {
		e2e__buf_addf(&b, "      <%s", outcome);
		if (block && *outcome != 's')
			e2e__junit_add_attribute(
				&b, "type", e2e__junit_key(block, "code", "failed"));
		/* what a failure has compared is shown, as in its block */
		if (*outcome == 'f')
			e2e__junit_add_attribute(&b, "message", message);
		else
			e2e__junit_add_words(&b, "message", message);
		e2e__buf_adds(&b, ">");
		if (block)
			e2e__junit_add_block(&b, block);
		e2e__buf_addf(&b, "</%s>\n", outcome);
	}
	e2e__buf_adds(&b, "    </testcase>\n");
	if (!e2e__file_write_whole(e2e__state.junit, b.p, b.n))
		e2e__state.junit_failed = errno ? errno : EIO;
	e2e__buf_free(&b);
}

/* "t/x.c:12: got 1, want 2", of a block that tells so. */
E2E__FN const char *e2e__junit_message(const char *block)
{
	const char *at = e2e__junit_key(block, "at", NULL);
	const char *got = e2e__junit_raw(block, "got"), *want = e2e__junit_raw(block, "want");
	const char *what = e2e__junit_key(block, "message", "failed");

	/* A message of its own tells more than the values, and a block is no part of a line. */
	if (got && want && *got != '|' && *want != '|' && strncmp(what, "false: ", 7) == 0)
		what = e2e_printf("got %s, want %s", got, want);

	return at ? e2e_printf("%s: %s", at, what) : what;
}

/* Is there a file that could be replaced? Anything else, a FIFO, is written in place. */
E2E__FN bool e2e__junit_in_place(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 && !S_ISREG(s.st_mode);
}

/* A name that chdir() doesn't change, and a file for the testcases, which the runner adds to. */
E2E__FN void e2e__junit_begin(void)
{
	struct e2e__state *st = &e2e__state;
	const char *path = st->opt[E2E__JUNIT];
	char *draft, folder[PATH_MAX];

	if (!path)
		return;
	if (*path != '/' && getcwd(folder, sizeof folder))
		path = e2e_printf("%s/%s", folder, path);
	st->junit_path = path;
	if (!e2e__junit_in_place(path)) {
		draft = e2e_printf("%s.XXXXXX", path);
		st->junit = mkstemp(draft);
		if (st->junit < 0)
			e2e__exit_fatal("--junit %s: cannot write it: %s", path, strerror(errno));
		close(st->junit);
		unlink(draft);
	}
	st->junit = e2e__file_unnamed();
	if (st->junit < 0)
		e2e__exit_fatal("--junit %s: no file for its parts: %s", path, strerror(errno));
}

E2E__FN int e2e__junit_count(const char *text, const char *tag)
{
	int n = 0;

	for (; (text = strstr(text, tag)) != NULL; text++)
		n++;
	return n;
}

/* All there was, as a report. */
E2E__FN void e2e__junit_add_report(struct e2e__buf *b, const char *cases)
{
	const char *program = e2e__case_program();
	char took[64];
	E2E__BUF(counts, 128);

	e2e__clock_number(took, sizeof took, "%.3f",
		(double)(e2e__clock_ns() - e2e__state.junit_began) * 1e-9);
	e2e__buf_addf(&counts,
		" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%s\"",
		e2e__junit_count(cases, "<testcase "), e2e__junit_count(cases, "<failure "),
		e2e__junit_count(cases, "<error "), e2e__junit_count(cases, "<skipped "), took);
	e2e__buf_addf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites%s>\n  <testsuite",
		e2e__memory_strndup(counts.p, counts.n));
	e2e__junit_add_attribute(b, "name", program);
	e2e__buf_add(b, counts.p, counts.n);
	e2e__buf_addf(b, ">\n%s  </testsuite>\n</testsuites>\n", cases);
	e2e__buf_free(&counts);
}

/* Writes the file, once. False: the reason is in errno. */
E2E__FN bool e2e__junit_write(void)
{
	struct e2e__state *st = &e2e__state;
	const char *path = st->junit_path;
	char part[4096], *draft = e2e_printf("%s.XXXXXX", path);
	bool in_place = e2e__junit_in_place(path), written;
	mode_t mask = umask(0);
	off_t at;
	ssize_t n;
	int fd;
	E2E__BUF(cases, 4096);
	E2E__BUF(b, 4096);

	umask(mask);
	for (at = 0; (n = pread(st->junit, part, sizeof part, at)) > 0; at += n)
		e2e__buf_add(&cases, part, (size_t)n);
	e2e__buf_add(&cases, "", 1);
	e2e__junit_add_report(&b, cases.p);
	e2e__buf_free(&cases);
	fd = in_place ? open(path, O_WRONLY | O_CLOEXEC) : mkstemp(draft);
	written = fd >= 0 && e2e__file_write_whole(fd, b.p, b.n) &&
		(in_place || fchmod(fd, 0666 & ~mask) == 0);
	e2e__buf_free(&b);
	if (fd >= 0 && close(fd) < 0)
		written = false;
	if (written && !in_place && rename(draft, path) < 0)
		written = false;
	if (!written && !in_place && fd >= 0) {
		fd = errno;
		unlink(draft);
		errno = fd;
	}
	return written;
}

/* At the program's end. */
E2E__FN void e2e__junit_end(void)
{
	struct e2e__state *st = &e2e__state;

	if (!st->junit)
		return;
	errno = st->junit_failed;
	if (st->junit_failed || !e2e__junit_write()) {
		fprintf(stderr, "e2e: --junit %s: cannot write it: %s\n", st->junit_path,
			strerror(errno));
		st->bailed = true;
	}
	close(st->junit);
	st->junit = 0;
}
