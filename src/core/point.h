#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "buf.h"
#include "clock.h"
#include "page.h"
#include "secret.h"
#include "story.h"
#include "lines.h"

/* @interface */

/* A comment on stdout and stderr. */
#define e2e_diag(...) e2e__point_comment(true, __VA_ARGS__)
/* A comment on stdout. */
#define e2e_note(...) e2e__point_comment(false, __VA_ARGS__)

/* A test point; returns ok. The failure is looked at if ok is false; the name may be NULL. */
E2E__FN bool e2e_report(
	const char *file, int line, bool ok, const char *name, const e2e_failure *failure);

E2E__FN void e2e__point_comment(bool aloud, const char *fmt, ...) E2E__PRINTF(2, 3);

/* @implementation */

/* Debuggers stop here when an assertion has failed: prove --gdb and --lldb see to that. */
E2E__KEPT_FN void e2e__point_failed(void)
{
#if defined __GNUC__ && !defined __TINYC__
	__asm__ volatile(""); /* or a call to an empty function is none */
#endif
}

E2E__FN void e2e__point_add_indent(struct e2e__buf *b, int width)
{
	for (; width > 0; width--)
		e2e__buf_add(b, " ", 1);
}

/* The end of the macro argument at p: a comma that is not in brackets or quotes, or the end. */
E2E__FN const char *e2e__point_argument_end(const char *p)
{
	int nested = 0;

	for (; *p && !(*p == ',' && nested == 0); p++) {
		if (*p == '"' || *p == '\'') {
			char q = *p;

			while (p[1] && *++p != q)
				if (*p == '\\' && p[1])
					p++;
		} else if (*p == '(' || *p == '[' || *p == '{') {
			nested++;
		} else if (*p == ')' || *p == ']' || *p == '}') {
			nested--;
		}
	}

	return p;
}

/* Adds the argument at p, long ones cut; returns where the next one begins. */
E2E__FN const char *e2e__point_add_argument(
	struct e2e__buf *b, const char *p, enum e2e__style style)
{
	const char *end = e2e__point_argument_end(p);
	size_t n = (size_t)(end - p);

	e2e__buf_escape(b, p, n > 120 ? 117 : n, style);
	if (n > 120)
		e2e__buf_adds(b, "...");
	end += *end == ',';
	while (*end == ' ')
		end++;
	return end;
}

/* The name of an assertion without description, from its arguments as they were written: `a, b` and
 * the verb " is " as "a is b"; with the verb "" three arguments: `a, "<", b` as "a < b". */
E2E__FN void e2e__point_add_name(
	struct e2e__buf *b, const char *text, const char *verb, enum e2e__style style)
{
	const char *p = e2e__point_add_argument(b, text, style);

	if (!verb)
		return;
	if (!*verb) {
		const char *end = e2e__point_argument_end(p);
		bool quoted = *p == '"' && end - p > 2;

		e2e__buf_adds(b, " ");
		e2e__buf_escape(b, p + quoted, (size_t)(end - p) - (quoted ? 2 : 0), style);
		p = end + (*end == ',');
		p += strspn(p, " ");
		verb = " ";
	}

	e2e__buf_adds(b, verb);
	e2e__point_add_argument(b, p, style);
}

/* `key: value` in a YAML block; a value of several lines becomes a literal block. */
E2E__FN void e2e__point_add_value(
	struct e2e__buf *b, int indent, const char *key, const char *value, bool quote)
{
	const char *end;
	size_t i;

	/* What YAML would take for a sign of its own; texts in quotes and lists come as YAML wants
	 * them. */
	if (*value != '"' && !(*value == '[' && value[strlen(value) - 1] == ']'))
		quote = quote || !*value || strchr("[>|&*!%@`{}#?:,'\\", *value) ||
			strncmp(value, "- ", 2) == 0 || strstr(value, ": ") || strstr(value, " #");
	e2e__point_add_indent(b, indent);
	for (i = 0; key[i]; i++)
		e2e__buf_add(b, strchr(":#\"'[]{},\n\r\t ", key[i]) ? "_" : &key[i], 1);
	if (!strchr(value, '\n')) {
		e2e__buf_adds(b, ": ");
		if (quote)
			e2e__buf_add_quoted(b, value);
		else
			e2e__buf_escape(b, value, strlen(value), E2E__PLAIN);
		e2e__buf_adds(b, "\n");
		return;
	}

	e2e__buf_adds(b, ": |\n");
	if (strchr(" \t\n", *value)) {
		/* The first line sets the indentation of a block. */
		e2e__point_add_indent(b, indent + 2);
		e2e__buf_adds(b, "(text)\n");
	}

	for (; *value; value = *end ? end + 1 : end) {
		end = value + strcspn(value, "\n");
		e2e__point_add_indent(b, indent + 2);
		e2e__buf_escape(b, value, (size_t)(end - value), E2E__PLAIN);
		e2e__buf_adds(b, "\n");
	}
}

/* The same without secrets. */
E2E__FN void e2e__point_add_clean(
	struct e2e__buf *b, int indent, const char *key, const char *value, bool quote, bool forms)
{
	E2E__BUF(clean, 1024);

	if (!value)
		return;
	e2e__secret_add(&clean, value, strlen(value), forms);
	e2e__point_add_value(b, indent, key, clean.p, quote);
	e2e__buf_free(&clean);
}

E2E__FN void e2e__point_add_yaml(
	struct e2e__buf *b, int indent, const char *key, const char *value, bool quote)
{
	e2e__point_add_clean(b, indent, key, value, quote, true);
}

/* What was compared is shown as it is, but for what is known to be a secret. */
E2E__FN void e2e__point_add_compared(
	struct e2e__buf *b, int indent, const char *key, const char *value)
{
	e2e__point_add_clean(b, indent, key, value, false, false);
}

/* What the lines behind a failure are. */
E2E__FN const char *e2e__point_lines_key(const e2e_failure *f)
{
	return f->code && strcmp(f->code, "dies") == 0 ? "block_stderr" : "diff";
}

E2E__FN void e2e__point_add_failure(
	struct e2e__buf *b, int indent, const char *file, int line, const e2e_failure *f)
{
	e2e__point_add_yaml(b, indent, "message", f->message, true);
	if (file && line) {
		e2e__point_add_indent(b, indent);
		e2e__buf_addf(b, "at: %s:%d\n", file, line);
	}
	e2e__point_add_compared(b, indent, "got", f->got);
	e2e__point_add_compared(b, indent, "want", f->want);
	e2e__point_add_compared(b, indent, e2e__point_lines_key(f), f->diff);
	e2e__point_add_yaml(b, indent, "code", f->code, false);
	e2e__point_add_yaml(b, indent, "hint", f->hint, true);
}

/* Does the message say no more than that the values differ? */
E2E__FN bool e2e__point_only_differs(const e2e_failure *f)
{
	return !f->message || strncmp(f->message, "false: ", 7) == 0;
}

/* Does the message say what the values would: "$.a: got 1, want 2", or which exit codes? */
E2E__FN bool e2e__point_has_values(const e2e_failure *f)
{
	const char *m = f->message;

	if (e2e__point_only_differs(f))
		return false;
	return strstr(m, ": got ") || strlen(f->got) + strlen(f->want) > 1000 ||
		(strlen(f->got) > 4 && strstr(m, f->got) && strstr(m, f->want));
}

/* The line for stderr, marked for the parent by a leading \2: # file:line: got "a", want "b" */
E2E__FN void e2e__point_add_complaint(
	struct e2e__buf *b, const char *file, int line, const e2e_failure *f)
{
	/* A block is no part of a line: then the message is, and what was found out. */
	bool block = f->got && f->want && (strchr(f->got, '\n') || strchr(f->want, '\n'));
	bool values = f->got && f->want && !block && !e2e__point_has_values(f);
	const char *m = f->message ? f->message : "failed";

	if (e2e__state.under_prove)
		return;
	e2e__buf_adds(b, "\2# ");
	if (file && line)
		e2e__buf_addf(b, "%s:%d: ", file, line);
	else if (file)
		e2e__buf_addf(b, "%s: ", file);
	if (!values || !e2e__point_only_differs(f))
		e2e__secret_words(b, m, E2E__PLAIN);
	if (values) {
		e2e__buf_adds(b, e2e__point_only_differs(f) ? "got " : ": got ");
		e2e__secret_escape(b, f->got, E2E__PLAIN);
		e2e__buf_adds(b, ", want ");
		e2e__secret_escape(b, f->want, E2E__PLAIN);
	} else if (block && f->hint) {
		e2e__buf_adds(b, ": ");
		e2e__secret_words(b, f->hint, E2E__PLAIN);
	}
	e2e__buf_adds(b, "\n");
}

/* The first failure is kept for the case's own point. The caller holds the lock. */
E2E__FN void e2e__point_keep_first(
	struct e2e__page *pg, const char *file, int line, const e2e_failure *f)
{
	E2E__BUF(b, 1024);

	if (pg->first[0])
		return;
	e2e__point_add_failure(&b, 2, file, line, f);
	if (b.n >= sizeof pg->first) {
		b.n = sizeof pg->first - 1;
		while (b.n && b.p[b.n - 1] != '\n')
			b.n--;
	}
	memcpy(pg->first, b.p, b.n);
	pg->first[b.n] = 0;
	e2e__buf_free(&b);
}

E2E__FN void e2e__point_add_header(struct e2e__buf *b)
{
	e2e__buf_addf(b, "TAP version %d\n", e2e__state.tap_version);
}

E2E__FN void e2e__point_mark(struct e2e__page *pg, const char *file, int line)
{
	pg->where_line = line;
	if (pg->where_ptr == file || file == pg->where_file)
		return;
	pg->where_ptr = file;
	e2e__story_name(pg->where_file, sizeof pg->where_file, file);
}

/* Writes what stands before a point's name so that it ends at p; returns where it begins. */
E2E__FN char *e2e__point_prefix(char *p, int indent, bool ok, int number, bool named)
{
	if (named)
		p = (char *)memcpy(p - 3, " - ", 3);
	p -= e2e__clock_digits(p, number);
	p = (char *)memcpy(p - 3, "ok ", 3);
	if (!ok)
		p = (char *)memcpy(p - 4, "not ", 4);
	return (char *)memset(p - indent, ' ', (size_t)indent);
}

E2E__FN size_t e2e__point_place_of(const char *text)
{
	return (uintptr_t)text / 8 % E2E__NAMES;
}

/* Where each pass is an ordinary line. The caller holds the lock. */
E2E__FN bool e2e__point_is_plain(const struct e2e__page *pg)
{
	return pg->header && !pg->muted;
}

/* A passing point's line: n bytes with the newline, and E2E__PREFIX bytes of room before them. The
 * caller holds the lock. */
E2E__FN void e2e__point_pass(struct e2e__page *pg, const struct e2e__at *at, char *line, size_t n)
{
	char *p = e2e__point_prefix(line, pg->depth * 4, true, ++pg->level[pg->depth].run, true);

	e2e__point_mark(pg, at->file, at->line);
	e2e__story_point_line(pg, true, line, n - 1);
	e2e__page_put(pg, p, (size_t)(line + n - p));
}

/* The way of an assertion that passes and has passed before: its name is at hand. False: take the
 * long way. */
E2E__FN bool e2e__point_quick(const struct e2e__at *at, const char *verb)
{
	struct e2e__page *pg = e2e__state.page;
	size_t place = e2e__point_place_of(at->text);
	const struct e2e__name *name = &e2e__state.names[place];
	char buffer[E2E__PREFIX + sizeof name->line];
	bool is;

	if (!pg || e2e__state.todo)
		return false;
	e2e__page_lock(pg);
	is = e2e__state.met[place] == at->text && name->text == at->text && name->verb == verb &&
		e2e__point_is_plain(pg);
	if (is) {
		memcpy(buffer + E2E__PREFIX, name->line, name->n);
		e2e__point_pass(pg, at, buffer + E2E__PREFIX, name->n);
	}
	e2e__page_unlock(pg);
	return is;
}

/* Do eight bytes stand for themselves, none a control character, beyond ASCII, a backslash or a #?
 * Each term has the highest bit of the first byte that doesn't. */
E2E__WRAPPING E2E__FN bool e2e__point_plain_eight(const char *p)
{
	const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
	uint64_t x, backslash, sharp;

	memcpy(&x, p, 8);
	backslash = x ^ ones * '\\';
	sharp = x ^ ones * '#';
	x |= (x - ones * ' ') | (x + ones) | ((backslash - ones) & ~backslash) |
		((sharp - ones) & ~sharp);
	return (x & tops) == 0;
}

/* The length of a text of which every byte stands for itself, or 0. */
E2E__FN size_t e2e__point_plain_length(const char *line)
{
	size_t size = strlen(line), n = 0;

	while (n + 8 <= size && e2e__point_plain_eight(line + n))
		n += 8;
	while (line[n] >= ' ' && line[n] < 0x7f && line[n] != '\\' && line[n] != '#')
		n++;
	return line[n] ? 0 : n;
}

/* The way of one that passes and has a description without a sign that must be escaped: this is
 * where the line stands already, but for its number. False: take the long way. */
E2E__FN bool e2e__point_described(const struct e2e__at *at)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__slot *slot = e2e__buf_slot(e2e__buf_slot_has, at->desc);
	char *line = slot ? slot->space + E2E__PREFIX : NULL;
	size_t n;
	bool is;

	if (!pg || !line || e2e__state.todo || e2e__state.secrets || pg->secrets)
		return false;
	n = e2e__point_plain_length(line);
	if (!n)
		return false;
	e2e__page_lock(pg);
	is = e2e__point_is_plain(pg);
	if (is) {
		line[n] = '\n';
		e2e__point_pass(pg, at, line, n + 1);
	}
	e2e__page_unlock(pg);
	slot->used = !is;
	return is;
}

/* Keeps a name for the quick way, when it comes for the second time: most never do. `line` is what
 * follows a point's prefix. The caller holds the lock. */
E2E__FN void e2e__point_keep_name(const char *text, const char *verb, const char *line, size_t n)
{
	size_t place = e2e__point_place_of(text);
	struct e2e__name *name = &e2e__state.names[place];

	if (e2e__state.met[place] != text) {
		e2e__state.met[place] = text;
		return;
	}
	if (n > sizeof name->line)
		return;
	name->text = text;
	name->verb = verb;
	name->n = n;
	memcpy(name->line, line, n);
}

/* Why a failure is expected here; NULL: it counts. A TODO covers the thread that has opened it. */
E2E__FN const char *e2e__point_todo(void)
{
	const struct e2e__state *st = &e2e__state;

	return st->todo && st->todo_thread == e2e__buf_self() ? st->todo : NULL;
}

/* A point's line behind its prefix, but for the " - ". Returns whether it has a name. */
E2E__FN bool e2e__point_add_line(
	struct e2e__buf *b, const struct e2e__at *at, const char *verb, const char *todo)
{
	size_t begin = b->n;
	bool named;

	if (at->desc)
		e2e__secret_escape(b, at->desc, E2E__TAP);
	else if (at->text)
		e2e__point_add_name(b, at->text, verb, E2E__TAP);
	named = b->n > begin;

	if (todo) {
		e2e__buf_adds(b, " # TODO ");
		e2e__secret_words(b, todo, E2E__TAP);
	}

	e2e__buf_add(b, "\n", 1);
	return named;
}

E2E__FN void e2e__point_add_block(
	struct e2e__buf *b, int indent, const struct e2e__at *at, const e2e_failure *f)
{
	e2e__point_add_indent(b, indent);
	e2e__buf_adds(b, "---\n");
	e2e__point_add_failure(b, indent, at->file, at->line, f);
	e2e__point_add_indent(b, indent);
	e2e__buf_adds(b, "...\n");
}

/* Returns the point's number. The caller holds the lock. */
E2E__FN int e2e__point_count(struct e2e__level *lv, bool ok, bool todo)
{
	lv->failed += !ok && !todo;
	lv->expected += !ok && todo;
	lv->bonus += ok && todo;
	return ++lv->run;
}

/* The text is made before the lock is taken. The prefix has the number, and so is made under it:
 * backwards, into a space that the buffer begins with. */
E2E__FN bool e2e__point(const struct e2e__at *at, bool ok, const char *verb, const e2e_failure *f)
{
	if (ok && (at->desc ? e2e__point_described(at) : at->text && e2e__point_quick(at, verb)))
		return true;

	const char *todo = e2e__point_todo();
	bool counts = !ok && !todo;
	e2e_failure told;

	if (counts && f && at->text) { /* an assertion of the test's: it can't know who has died */
		told = *f;
		told.hint = e2e__hook_failing(f->hint);
		f = &told;
	}

	e2e__script_begin();
	struct e2e__page *pg = e2e__state.page;
	int indent = pg->depth * 4;
	E2E__BUF(b, 1024);

	b.n = E2E__PREFIX;
	bool named = e2e__point_add_line(&b, at, verb, todo);
	if (!ok && f)
		e2e__point_add_block(&b, indent + 2, at, f);
	size_t end = b.n;
	if (counts && f && !pg->todo[0])
		e2e__point_add_complaint(&b, at->file, at->line, f);

	if (!ok) /* what was said before stands before it */
		e2e__lines_mark(NULL);
	e2e__page_lock(pg);
	e2e__script_header(pg);
	e2e__point_mark(pg, at->file, at->line);
	int number = e2e__point_count(&pg->level[pg->depth], ok, todo != NULL);
	e2e__story_point(pg, ok || todo, b.p + E2E__PREFIX, end - E2E__PREFIX);
	if (counts && f)
		e2e__point_keep_first(pg, at->file, at->line, f);
	if (ok && at->text && !at->desc && !todo)
		e2e__point_keep_name(at->text, verb, b.p + E2E__PREFIX, end - E2E__PREFIX);
	if (!pg->muted) {
		char *p = e2e__point_prefix(b.p + E2E__PREFIX, indent, ok, number, named);

		e2e__page_put(pg, p, b.n - (size_t)(p - b.p));
	} else { /* only what goes to stderr */
		e2e__page_put(pg, b.p + end, b.n - end);
	}
	e2e__page_unlock(pg);

	e2e__buf_free(&b);
	if (at->desc)
		e2e__buf_drop_desc(at->desc);
	if (counts && f)
		e2e__point_failed();
	return ok;
}

E2E__FN bool e2e_report(
	const char *file, int line, bool ok, const char *name, const e2e_failure *failure)
{
	struct e2e__at at = {file, line, NULL, name};

	return e2e__point(&at, ok, NULL, failure);
}

/* "# text" for each line of it, at the depth of the case; with `aloud` on stderr too. */
E2E__FN void e2e__point_comment(bool aloud, const char *fmt, ...)
{
	struct e2e__page *pg;
	const char *line, *end;
	va_list ap;
	E2E__BUF(said, 1024);
	E2E__BUF(text, 1024);
	E2E__BUF(b, 1024);

	e2e__script_begin();
	pg = e2e__state.page;
	va_start(ap, fmt);
	e2e__buf_vaddf(&said, fmt, ap);
	va_end(ap);
	e2e__secret_add(&text, said.p, said.n, false);
	e2e__buf_free(&said);
	for (line = text.p; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		if (!pg->muted) {
			e2e__point_add_indent(&b, pg->depth * 4);
			e2e__buf_adds(&b, "# ");
			e2e__buf_escape(&b, line, (size_t)(end - line), E2E__PLAIN);
			e2e__buf_adds(&b, "\n");
		}
		if (aloud) {
			e2e__buf_adds(&b, "\2# ");
			e2e__buf_escape(&b, line, (size_t)(end - line), E2E__PLAIN);
			e2e__buf_adds(&b, "\n");
		}
	}

	e2e__page_lock(pg);
	e2e__script_header(pg);
	e2e__page_put(pg, b.p, b.n);
	e2e__page_unlock(pg);
	e2e__buf_free(&text);
	e2e__buf_free(&b);
}
