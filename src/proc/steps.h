#pragma once
#include "base.h"
#include "system.h"

/* @implementation */

/* A line of expected output. */
struct e2e__expected {
	char kind; /* ' ' as it is, 'r' (re), 'g' (glob), 'e' (esc) */
	bool no_eol;
	const char *line; /* as in the text, without the indent */
	const char *text; /* without its (word) */
	size_t n;         /* of text */
	regex_t re;
	size_t match; /* the line of output that it stands for, from 1; 0: none */
};

/* A command and what it shall print. */
struct e2e__command {
	size_t at, out,
		/* its line, the first of its output, and the line behind that; of the file, from
		 * 0 */
		end;
	size_t indent; /* bytes */
	char *command;
	struct e2e__expected *want;
	size_t nwant;
	int status;
	bool has_status;
};

struct e2e__scenario {
	const char *file;
	int line; /* of the test, for what isn't about a line of the text */
	const char *path;
	const char *const *params;
	char **text; /* lines without line ends */
	size_t n;
	bool markdown, update, ended; /* ended: the shell is gone, or there was none */
	struct e2e__command *step;
	size_t steps, capacity;
	e2e_proc *shell;
	const char *dir;
	struct e2e__buf out; /* the updated text */
	size_t copied;       /* lines of the text that are in it */
	size_t updated;
};

E2E__FN void e2e__step_die(
	const struct e2e__scenario *s, size_t at, const char *message, const char *hint)
{
	e2e__system_die_of(at ? s->path : s->file, at ? (int)at : s->line, "e2e_scenario",
		"scenario", message, hint);
}

E2E__FN void e2e__step_read(struct e2e__scenario *s)
{
	size_t size = 0, i, capacity = 2;
	char *text = e2e__file_read(s->path, &size), *p;
	const char *dot = strrchr(s->path, '.');

	if (!text)
		e2e__step_die(s, 0, e2e_printf("can't read %s: %s", s->path, strerror(errno)),
			"the path is seen from the folder that the test runs in");
	if (strlen(text) != size)
		e2e__step_die(
			s, 0, e2e_printf("%s holds NUL bytes", s->path), "a scenario is a text");
	s->markdown = dot && (strcasecmp(dot, ".md") == 0 || strcasecmp(dot, ".markdown") == 0);
	for (i = 0; i < size; i++)
		capacity += text[i] == '\n';
	s->text = (char **)e2e__memory_alloc(capacity * sizeof *s->text);
	for (p = text; *p;) {
		char *end = strchr(p, '\n');

		s->text[s->n++] = p;
		if (!end)
			break;
		*end = 0;
		p = end + 1;
	}
}

E2E__FN size_t e2e__step_indent(const char *line)
{
	return strspn(line, " \t");
}

/* The fence that this line opens: its sign and length, and whether its block is for us. 0: none. */
E2E__FN size_t e2e__step_fence(const char *line, char *sign, bool *console)
{
	size_t n;

	line += e2e__step_indent(line);
	*sign = *line;
	if (*sign != '`' && *sign != '~')
		return 0;
	for (n = 0; line[n] == *sign; n++)
		;
	if (n < 3 || (*sign == '`' && strchr(line + n, '`')))
		return 0;
	line += n;
	line += strspn(line, " \t{.");
	*console = strncasecmp(line, "console", 7) == 0 &&
		!strchr(E2E__ALNUM "-_", line[7] ? line[7] : ' ');
	return n;
}

E2E__FN bool e2e__step_fence_ends(const char *line, char sign, size_t length)
{
	size_t n = 0;

	line += e2e__step_indent(line);
	while (line[n] == sign)
		n++;
	return n >= length && !line[n + strspn(line + n, " \t\r")];
}

/* "$ command" or "> more" at this indent? Returns what follows. */
E2E__FN const char *e2e__step_prompt(const char *line, size_t indent, char sign)
{
	if (strlen(line) <= indent || e2e__step_indent(line) != indent || line[indent] != sign)
		return NULL;
	if (line[indent + 1] == ' ')
		return line + indent + 2;
	return sign == '>' && !line[indent + 1] ? "" : NULL;
}

/* \n, \t, \x41, \033, \\ -> bytes. Returns their number. */
E2E__FN size_t e2e__step_unescape(char *s)
{
	char *from = s, *to = s;

	while (*from) {
		static const char names[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
		const char *known = *from == '\\' && from[1] ? strchr(names, from[1]) : NULL;
		int base = *from != '\\'                   ? 0
			: from[1] == 'x'                   ? 16
			: from[1] >= '0' && from[1] <= '7' ? 8
							   : 0;

		if (known) {
			*to++ = bytes[known - names];
			from += 2;
		} else if (base) {
			char digits[4] = {0, 0, 0, 0};
			char *end;

			memcpy(digits, from + (base == 16 ? 2 : 1),
				strnlen(from + (base == 16 ? 2 : 1), base == 16 ? 2 : 3));
			*to++ = (char)strtoul(digits, &end, base);
			from += (base == 16 ? 2 : 1) + (end - digits);
		} else {
			*to++ = *from++;
		}
	}

	*to = 0;
	return (size_t)(to - s);
}

/* $name and ${name} of the parameters become their values; other dollars stay. */
E2E__FN const char *e2e__step_parameters(const struct e2e__scenario *s, const char *text)
{
	static const char name_signs[] = E2E__ALNUM "_";
	E2E__BUF(b, 256);
	char *copy;

	if (!strchr(text, '$') || !s->params[0])
		return text;
	while (*text) {
		bool braces = text[0] == '$' && text[1] == '{';
		const char *name = text + 1 + braces;
		size_t n = *text == '$' ? strspn(name, name_signs) : 0, i;

		for (i = 0; n && s->params[i]; i++)
			if (strncmp(s->params[i], name, n) == 0 && s->params[i][n] == '=')
				break;
		if (n && s->params[i] && (!braces || name[n] == '}')) {
			e2e__buf_adds(&b, s->params[i] + n + 1);
			text = name + n + braces;
		} else {
			e2e__buf_add(&b, text++, 1);
		}
	}

	e2e__buf_add(&b, "", 1);
	copy = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return copy;
}

/* Cuts " (word)" off the end. */
E2E__FN bool e2e__step_suffix(char *line, const char *word)
{
	size_t n = strlen(line), k = strlen(word);

	if (n < k || strcmp(line + n - k, word) != 0)
		return false;
	line[n - k] = 0;
	return true;
}

E2E__FN void e2e__step_expect_line(
	struct e2e__scenario *s, struct e2e__expected *w, const char *line, size_t at)
{
	char *text = e2e__memory_strdup(line);

	w->line = line;
	w->kind = ' ';
	w->no_eol = e2e__step_suffix(text, " (no-eol)");
	if (e2e__step_suffix(text, " (esc)"))
		w->kind = 'e';
	else if (e2e__step_suffix(text, " (re)"))
		w->kind = 'r';
	else if (e2e__step_suffix(text, " (glob)"))
		w->kind = 'g';
	w->n = w->kind == 'e' ? e2e__step_unescape(text) : strlen(text);
	w->text = text;
	if (w->kind == 'r') {
		char why[200];
		int error = regcomp(&w->re, e2e_printf("^(%s)$", text), REG_EXTENDED | REG_NOSUB);

		if (error) {
			regerror(error, &w->re, why, sizeof why);
			e2e__step_die(s, at + 1,
				e2e_printf(
					"%s is no regular expression: %s", e2e_quoted(text), why),
				"(re) takes POSIX extended ones; (glob) is simpler");
		}
	} else if (w->kind != 'e') {
		w->text = e2e__step_parameters(s, text);
		w->n = strlen(w->text);
	}
}

/* Is this line, in a block that ends at `end`, still output of a command with this indent? */
E2E__FN bool e2e__step_still_output(
	const struct e2e__scenario *s, size_t i, size_t end, size_t indent, bool fenced)
{
	const char *line = s->text[i];

	if (!line[strspn(line, " \t\r")] && strlen(line) <= indent) {
		/* empty: output only if more of it follows */
		if (!fenced && !indent)
			return false;
		while (i < end && !s->text[i][strspn(s->text[i], " \t\r")])
			i++;
		return i < end && !e2e__step_prompt(s->text[i], indent, '$') &&
			(fenced || e2e__step_indent(s->text[i]) >= indent);
	}
	if (e2e__step_prompt(line, indent, '$'))
		return false;
	return fenced || e2e__step_indent(line) >= indent;
}

/* One command from line i on. Returns the line behind it. */
E2E__FN size_t e2e__step_step(struct e2e__scenario *s, size_t i, size_t end, bool fenced)
{
	struct e2e__command *t;
	const char *more;
	size_t k;
	E2E__BUF(b, 256);

	if (s->steps == s->capacity) {
		struct e2e__command *bigger = (struct e2e__command *)e2e__memory_alloc(
			(s->capacity * 2 + 16) * sizeof *bigger);

		if (s->steps)
			memcpy(bigger, s->step, s->steps * sizeof *bigger);
		s->step = bigger;
		s->capacity = s->capacity * 2 + 16;
	}

	t = &s->step[s->steps++];
	t->at = i;
	t->indent = e2e__step_indent(s->text[i]);
	e2e__buf_adds(&b, e2e__step_prompt(s->text[i], t->indent, '$'));
	while (++i < end && (more = e2e__step_prompt(s->text[i], t->indent, '>')) != NULL)
		e2e__buf_addf(&b, "\n%s", more);
	e2e__buf_add(&b, "", 1);
	t->command = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	t->out = i;
	while (i < end && e2e__step_still_output(s, i, end, t->indent, fenced))
		i++;
	t->end = i;
	t->nwant = i - t->out;
	t->want = (struct e2e__expected *)e2e__memory_alloc((t->nwant + 1) * sizeof *t->want);
	for (k = 0; k < t->nwant; k++) {
		const char *line = s->text[t->out + k];
		size_t in = e2e__step_indent(line);

		e2e__step_expect_line(
			s, &t->want[k], line + (in < t->indent ? in : t->indent), t->out + k);
	}

	if (t->nwant) {
		const struct e2e__expected *last = &t->want[t->nwant - 1];
		size_t digits = *last->line == '[' ? strspn(last->line + 1, "0123456789") : 0;

		if (digits && digits < 4 && strcmp(last->line + 1 + digits, "]") == 0) {
			t->status = (int)strtol(last->line + 1, NULL, 10);
			t->has_status = true;
			t->nwant--;
		}
	}

	return i;
}

/* A fenced block of lines [i, end). What stands before its first command would be checked by
 * nobody. */
E2E__FN void e2e__step_block(struct e2e__scenario *s, size_t i, size_t end)
{
	while (i < end) {
		const char *line = s->text[i];

		if (e2e__step_prompt(line, e2e__step_indent(line), '$'))
			i = e2e__step_step(s, i, end, true);
		else if (line[strspn(line, " \t\r")])
			e2e__step_die(s, i + 1, "output without a command in a console block",
				"a command begins with `$ `; a block that isn't to be run needs another name");
		else
			i++;
	}
}

E2E__FN void e2e__step_parse(struct e2e__scenario *s)
{
	size_t i = 0, end, length;
	bool console;
	char sign;

	while (i < s->n) {
		if (s->markdown && (length = e2e__step_fence(s->text[i], &sign, &console)) > 0) {
			for (end = i + 1;
				end < s->n && !e2e__step_fence_ends(s->text[end], sign, length);
				end++)
				;
			if (end == s->n)
				/* whatever it is named: a console block in the rest would never be
				 * run */
				e2e__step_die(s, i + 1, "this block doesn't end",
					"close it with the same fence");
			if (console)
				e2e__step_block(s, i + 1, end);
			i = end + 1;
		} else if (!s->markdown &&
			e2e__step_prompt(s->text[i], e2e__step_indent(s->text[i]), '$')) {
			i = e2e__step_step(s, i, s->n, false);
		} else {
			i++;
		}
	}
}
