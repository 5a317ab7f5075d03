#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "waits.h"
#include "spawn.h"
#include "ends.h"
#include "forms.h"
#include "steps.h"

/* @manual Scenarios
 *	e2e_scenario("README.md");    e2e_scenario("t/login.txt", "port=4711", "user=joe");
 *
 *	A text that says what to type and what comes out, and is run. In Markdown the fenced
 *	`console` blocks count, in other files every line that begins with `$ `, indented or not:
 *		$ printf '%s\n' one two
 *		one
 *		two
 *		$ for i in 1 2 3; do
 *		>   echo "line $i of ${user}"
 *		> done
 *		line 1 of ${user}
 *		line [23] of [a-z]+ (re)
 *		line 3 * (glob)
 *		$ false
 *		[1]
 *	Each command is a test point, at its line of the text. What it prints on stdout and stderr
 *	must be what follows. `(re)` at a line's end makes it an extended regular expression for the
 *	whole line, `(glob)` one of * and ?, `(esc)` reads \t, \x1b and such, `(no-eol)` wants the
 *	last line without its line end. `[N]` as the last line is the exit status, 0 without it.
 *	A command of several lines goes on with `> `. An empty line ends the output where it isn't
 *	indented or fenced; ` (esc)` alone is an empty line that is output; empty lines before the
 *	next command or the end of the block don't count.
 *	Parameters are variables of the commands, and `$name` or `${name}` in expected lines. All
 *	commands of a text run in one sh (cd and variables stay) in the test's own folder, with
 *	LC_ALL=C, TZ=UTC0, COLUMNS=80, TESTDIR (the text's folder) and TESTTMP (the case's private
 *	folder). A command has e2e_proc_timeout, and no stdin.
 *	The text is found from whatever folder the test is run: a relative path is seen from the
 *	current folder, else from where the program was started, else from the test's source or a
 *	folder above it.
 *	Exit status 80 skips the rest, the reason is the command's last line of output. --update
 *	(E2E_UPDATE=1) writes what came out into the text instead of failing; lines that match by
 *	(re) or (glob) stay.
 */

/* @manual Many test programs
 *	cc -g -DE2E_IMPLEMENT -x c -c e2e_proc.h -o e2e_proc.o          once; holds the functions of
 *	    e2e.h, too
 *	cc -g -DE2E_EXTERN -o x.t x.c e2e_proc.o                        for each program
 *
 *	As for e2e.h (its manual, "Many test programs"): the functions, about 0.5 s of compiling,
 *	are compiled once instead of by each program. C and C++ programs may use the same object.
 *	For certificates and mail over TLS compile it with
 *	-DE2E_OPENSSL, too, and link -lssl -lcrypto; OpenSSL's own headers are for those to include
 *	who call OpenSSL. e2e_xmpp.h is compiled in the same way, with what is here.
 */

/* @interface */

/* e2e_scenario(file [, "name=value", ...]): runs a literate text; each command is a test point.
 * True if all are as the text says. Ends the case if the file can't be read; a text without a
 * command fails. */
#define e2e_scenario(...) e2e__scenario(E2E__AT, E2E__STRINGS(__VA_ARGS__))

E2E__FN bool e2e__scenario(const char *file, int line, const char *const *args);

/* @implementation */

/* Where the text is: seen from here, from where the program was started, beside the test's source
 * or in a folder above it. A path that leads nowhere stays as it was given. */
E2E__FN const char *e2e__scenario_find(const char *file, const char *path)
{
	const char *found = path;

	if (*path == '/' || access(path, F_OK) == 0)
		return path;
	found = e2e__beside_from_start(path);
	if (access(found, F_OK) == 0)
		return found;
	found = e2e__beside_find(file, path);
	if (!found)
		found = e2e__beside_above(e2e__beside_source_folder(file), path);
	return found ? found : path;
}

/* Variables of the commands: ours first, so that parameters win. */
E2E__FN const char *const *e2e__scenario_env(const struct e2e__scenario *s)
{
	static const char *const fixed[] = {
		"LC_ALL=C", "LANGUAGE=C", "TZ=UTC0", "COLUMNS=80", "CDPATH=", "PS1=$ ", "ENV="};
	size_t n = sizeof fixed / sizeof *fixed, i = 0, k;
	const char **env, *slash = strrchr(s->path, '/');
	char here[PATH_MAX] = ".";

	while (s->params[i])
		i++;
	env = (const char **)e2e__memory_alloc((n + i + 3) * sizeof *env);
	memcpy(env, fixed, sizeof fixed);
	if (!getcwd(here, sizeof here))
		strcpy(here, ".");
	env[n++] = *s->path == '/' ? e2e_printf("TESTDIR=%.*s", (int)(slash - s->path), s->path)
		: slash ? e2e_printf("TESTDIR=%s/%.*s", here, (int)(slash - s->path), s->path)
			: e2e_printf("TESTDIR=%s", here);
	env[n++] = e2e_printf("TESTTMP=%s", e2e__folder_tmpdir(s->file, s->line));
	for (k = 0; k < i; k++)
		env[n++] = s->params[k];
	return env;
}

/* A text in single quotes, as sh reads it. */
E2E__FN void e2e__scenario_add_sh(struct e2e__buf *b, const char *text)
{
	e2e__buf_adds(b, "'");
	for (; *text; text++)
		e2e__buf_add(b, *text == '\'' ? "'\\''" : text, *text == '\'' ? 4 : 1);
	e2e__buf_adds(b, "'");
}

/* Writes to the shell, which reads whenever it isn't busy: it will. */
E2E__FN void e2e__scenario_type(struct e2e__scenario *s, const char *text, size_t n)
{
	while (n) {
		ssize_t k = write(s->shell->stdin_fd, text, n);

		if (k < 0 && errno != EINTR && errno != EAGAIN)
			return; /* the shell has ended: its status says so */
		if (k > 0) {
			text += k;
			n -= (size_t)k;
		} else {
			poll(NULL, 0, 1);
		}
	}
}

enum { E2E__NOT_ENDED = INT_MIN }; /* a status that no process has */

/* Runs one command: its output is in a file then. Returns its status. */
E2E__FN int e2e__scenario_run(struct e2e__scenario *s, const struct e2e__command *t,
	const char *out, const char *done, double limit)
{
	static const char *const sh[] = {"sh", NULL};
	double begin, end = e2e__system_wait_until(limit);
	int status = E2E__NOT_ENDED;
	E2E__BUF(b, 1024);

	if (!s->shell) {
		e2e_spawn_opts o;

		memset(&o, 0, sizeof o);
		o.env = e2e__scenario_env(s);
		s->shell = e2e__spawn(s->file, s->line, &o, sh);
	}

	e2e__buf_adds(&b, "{ eval ");
	e2e__scenario_add_sh(&b, t->command);
	e2e__buf_adds(&b, "; } </dev/null >");
	e2e__scenario_add_sh(&b, out);
	e2e__buf_adds(&b, " 2>&1\necho $? >");
	e2e__scenario_add_sh(&b, done);
	e2e__buf_adds(&b, "\n");
	e2e__wait_op_begin(s->file, s->line);
	e2e__wait_waiting("the command at %.100s:%d: %s", s->path, (int)t->at + 1, t->command);
	s->shell->own->anticipated = true; /* a command may exit */
	e2e__scenario_type(s, b.p, b.n);
	e2e__buf_free(&b);
	for (begin = e2e_now();;) {
		size_t size = 0;
		bool ended = s->shell->own->exited;
		char *text = e2e__file_read(done, &size);
		double now = e2e_now();

		if (text && size && text[size - 1] == '\n') {
			status = (int)strtol(text, NULL, 10);
			break;
		}
		if (ended) {
			status = s->shell->own->exit_status;
			s->ended = true;
			break;
		}
		if (now >= end)
			break;
		if (now < begin + 0.02)
			e2e__clock_nap(0.0003); /* most commands are short */
		else
			e2e__wait_doze(now + 0.005);
		e2e__wait_look();
		e2e__wait_check_exits();
	}

	e2e__wait_op_end();
	return status;
}

/* * and ?, and a backslash before them. */
E2E__FN bool e2e__scenario_glob(const char *p, const char *s)
{
	const char *star = NULL, *from = NULL;

	while (*s || *p) {
		if (*p == '*') {
			star = ++p;
			from = s;
			continue;
		}
		if (*s && (*p == '?' || (*p == '\\' && p[1] ? p[1] : *p) == *s)) {
			p += *p == '\\' && p[1] ? 2 : 1;
			s++;
			continue;
		}
		if (!star || !*from)
			return false;
		p = star;
		s = ++from;
	}

	return true;
}

struct e2e__output {
	char **line;
	size_t *length;
	size_t n;
	bool no_eol;
	int error; /* why it couldn't be read, or 0 */
};

E2E__FN struct e2e__output e2e__scenario_output_read(const char *path)
{
	struct e2e__output o;
	size_t size = 0, i, lines = 1;
	char *text = e2e__file_read(path, &size), *p, *end;

	memset(&o, 0, sizeof o);
	if (!text) {
		o.error = errno ? errno : EIO;
		return o;
	}

	for (i = 0; i < size; i++)
		lines += text[i] == '\n';
	o.line = (char **)e2e__memory_alloc(lines * sizeof *o.line);
	o.length = (size_t *)e2e__memory_alloc(lines * sizeof *o.length);
	for (p = text; p < text + size; p = end + 1) {
		end = (char *)memchr(p, '\n', (size_t)(text + size - p));
		if (!end) {
			o.no_eol = true;
			end = text + size;
		}
		*end = 0;
		o.line[o.n] = p;
		o.length[o.n++] = (size_t)(end - p);
	}

	return o;
}

E2E__FN bool e2e__scenario_line_fits(
	const struct e2e__expected *w, const struct e2e__output *o, size_t i)
{
	if (w->no_eol && !(o->no_eol && i + 1 == o->n))
		return false;
	if (w->kind == 'r')
		return strlen(o->line[i]) == o->length[i] &&
			regexec(&w->re, o->line[i], 0, NULL, 0) == 0;
	if (w->kind == 'g')
		return strlen(o->line[i]) == o->length[i] &&
			e2e__scenario_glob(w->text, o->line[i]);
	return w->n == o->length[i] && memcmp(w->text, o->line[i], w->n) == 0;
}

/* Marks which expected line stands for which line of output, as many as can be in order. True: all
 * of both.
 */
E2E__FN bool e2e__scenario_align(struct e2e__command *t, const struct e2e__output *o)
{
	size_t n = t->nwant, m = o->n, i, k, first = 0;
	unsigned *best;

	while (first < n && first < m && e2e__scenario_line_fits(&t->want[first], o, first)) {
		t->want[first].match = first + 1;
		first++;
	}

	if (first == n && first == m)
		return true;
	n -= first;
	m -= first;
	if (n > 4000000 / (m + 1))
		return false; /* too much to compare: the rest counts as different */
	best = (unsigned *)calloc((n + 1) * (m + 1), sizeof *best);
	if (!best)
		return false;
#define E2E__BEST(i, k) best[(i) * (m + 1) + (k)]
	for (i = n; i-- > 0;)
		for (k = m; k-- > 0;) {
			unsigned a = E2E__BEST(i + 1, k), b = E2E__BEST(i, k + 1), c = 0;

			if (e2e__scenario_line_fits(&t->want[first + i], o, first + k))
				c = E2E__BEST(i + 1, k + 1) + 1;
			E2E__BEST(i, k) = c > a && c > b ? c : a > b ? a : b;
		}
	for (i = k = 0; i < n && k < m;) {
		if (E2E__BEST(i, k) == E2E__BEST(i + 1, k))
			i++;
		else if (E2E__BEST(i, k) == E2E__BEST(i, k + 1))
			k++;
		else
			t->want[first + i++].match = first + ++k;
	}
#undef E2E__BEST
	free(best);
	return false;
}

/* A line of output as the text would have it; one that would be read as something else is
 * escaped. */
E2E__FN void e2e__scenario_add_output(struct e2e__buf *b, const char *line, size_t n, bool last)
{
	static const char *const words[] = {" (re)", " (glob)", " (esc)", " (no-eol)"};
	bool escape = !n || line[0] == ' ' || line[0] == '\t' ||
		((line[0] == '$' || line[0] == '>') && line[1] == ' ') ||
		strncmp(line, "```", 3) == 0 || strncmp(line, "~~~", 3) == 0 || line[n - 1] == ' ';
	size_t i;

	for (i = 0; i < n; i++)
		escape = escape || (unsigned char)line[i] < 32 || line[i] == 127;
	for (i = 0; i < 4 && n; i++)
		escape = escape ||
			(n >= strlen(words[i]) &&
				strcmp(line + n - strlen(words[i]), words[i]) == 0);
	escape = escape || (last && n && line[0] == '[' && line[n - 1] == ']');
	if (!escape) {
		e2e__buf_add(b, line, n);
		return;
	}

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c == '\\')
			e2e__buf_adds(b, "\\\\");
		else if (c == '\t')
			e2e__buf_adds(b, "\\t");
		else if (c < 32 || c == 127 || (i == 0 && strchr(" $>`~", c)))
			e2e__buf_addf(b, "\\x%02x", c);
		else
			e2e__buf_add(b, line + i, 1);
	}

	e2e__buf_adds(b, " (esc)");
}

/* Copies the text up to a line. */
E2E__FN void e2e__scenario_copy(struct e2e__scenario *s, size_t to)
{
	for (; s->copied < to; s->copied++)
		e2e__buf_addf(&s->out, "%s\n", s->text[s->copied]);
}

/* --update: what came out takes the place of what was expected. */
E2E__FN void e2e__scenario_update(struct e2e__scenario *s, const struct e2e__command *t,
	const struct e2e__output *o, int status)
{
	size_t i, k;

	e2e__scenario_copy(s, t->out);
	for (k = 0; k < o->n; k++) {
		e2e__buf_add(&s->out, s->text[t->at], t->indent);
		for (i = 0; i < t->nwant && t->want[i].match != k + 1; i++)
			;
		if (i < t->nwant)
			e2e__buf_adds(&s->out, t->want[i].line);
		else
			e2e__scenario_add_output(&s->out, o->line[k], o->length[k], k + 1 == o->n);
		e2e__buf_adds(&s->out, "\n");
	}

	if (status != 0) {
		e2e__buf_add(&s->out, s->text[t->at], t->indent);
		e2e__buf_addf(&s->out, "[%d]\n", status);
	}

	s->copied = t->end;
	s->updated++;
}

/* Both sides as texts whose only differences are the real ones: a pattern that fits shows what it
 * fits. */
E2E__FN void e2e__scenario_sides(const struct e2e__command *t, const struct e2e__output *o,
	int status, struct e2e__buf *want, struct e2e__buf *got)
{
	size_t i;

	for (i = 0; i < t->nwant; i++)
		e2e__buf_addf(want, "%s\n",
			t->want[i].match ? o->line[t->want[i].match - 1] : t->want[i].line);
	for (i = 0; i < o->n; i++)
		e2e__buf_addf(got, "%s\n", o->line[i]);
	if (t->status)
		e2e__buf_addf(want, "[%d]\n", t->status);
	if (status)
		e2e__buf_addf(got, "[%d]\n", status);
	e2e__buf_add(want, "", 1);
	e2e__buf_add(got, "", 1);
}

/* Does a line of the text have this name? */
E2E__FN bool e2e__scenario_says(const struct e2e__scenario *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strstr(s->text[i], name))
			return true;
	return false;
}

/* What to think of where a command's output differs: of a parameter that nothing in the text asks
 * for, if there is one. */
E2E__FN const char *e2e__scenario_hint(const struct e2e__scenario *s)
{
	for (size_t i = 0; s->params[i]; i++) {
		const char *name =
			e2e_printf("%.*s", (int)strcspn(s->params[i], "="), s->params[i]);

		if (!e2e__scenario_says(s, name))
			return e2e_printf(
				"the parameter %s stands nowhere in %s: is its name right?", name,
				s->path);
	}

	return "if this is right now, run the test with --update";
}

E2E__FN bool e2e__scenario_command_report(struct e2e__scenario *s, struct e2e__command *t,
	const struct e2e__output *o, int status, bool same, double limit)
{
	e2e_failure f = e2e__system_failure(NULL, NULL, NULL);
	bool ok = same && status == t->status && !o->error;
	char *name = e2e__memory_strdup(t->command);
	E2E__BUF(want, 1024);
	E2E__BUF(got, 1024);

	name[strcspn(name, "\n")] = 0;
	if (!ok && s->update && status >= 0 && !o->error) {
		e2e__scenario_update(s, t, o, status);
		ok = true;
	}

	e2e__story_tell("scenario", "command", false, "$ %.140s", name);
	if (!ok) {
		e2e__scenario_sides(t, o, status < 0 ? 0 : status, &want, &got);
		f.code = status == E2E__NOT_ENDED ? "timeout" : "scenario";
		f.message = status == E2E__NOT_ENDED
			? e2e_printf("the command didn't end within %g s", limit)
			: o->error ? e2e_printf("its output can't be read: %s", strerror(o->error))
			: status < 0
			? e2e_printf("the shell was ended by %s", e2e__system_status_word(status))
			: same                ? "the exit status differs"
			: status != t->status ? "output and exit status differ"
					      : "the output differs";
		f.got = status == t->status || status < 0 ? e2e_quoted(got.p)
							  : e2e_printf("exit status %d", status);
		f.want = status == t->status || status < 0
			? e2e_quoted(want.p)
			: e2e_printf("exit status %d", t->status);
		f.diff = e2e__diff(got.p, want.p);
		if (!f.diff && strcmp(got.p, want.p) != 0) /* one line each */
			f.diff = e2e_printf("--- want\n+++ got\n%s%s%s%s", *want.p ? "- " : "",
				want.p, *got.p ? "+ " : "", got.p);
		f.hint = e2e__scenario_hint(s);
	}

	ok = e2e_report(s->path, (int)t->at + 1, ok, name, &f);
	e2e__buf_free(&want);
	e2e__buf_free(&got);
	return ok;
}

/* The shell's end: it is given no more commands. What it has left running is judged with the
 * case. */
E2E__FN void e2e__scenario_close(struct e2e__scenario *s, bool kill_it)
{
	struct e2e__process *own;

	if (!s->shell)
		return;
	own = s->shell->own;
	e2e__wait_op_begin(s->file, s->line);
	own->anticipated = true;
	e2e__end_stdin_close(own);
	if (kill_it || !e2e__wait_await(5))
		e2e__end_group(own, "the scenario's end");
	e2e__end_reap(own);
	e2e__wait_op_end();
	s->shell = NULL;
	s->ended = false;
}

E2E__FN void e2e__scenario_write(struct e2e__scenario *s)
{
	char real[PATH_MAX];
	const char *path = realpath(s->path, real) ? real : s->path; /* a link stays a link */
	const char *part = e2e_printf("%s.new", path);
	struct stat st;
	FILE *f;

	e2e__scenario_copy(s, s->n);
	f = fopen(part, "w");
	if (!f || fwrite(s->out.p, 1, s->out.n, f) != s->out.n || fclose(f) != 0 ||
		(stat(path, &st) == 0 && chmod(part, st.st_mode & 07777) != 0) ||
		rename(part, path) != 0)
		e2e__step_die(s, 0, e2e_printf("can't write %s: %s", path, strerror(errno)),
			"--update needs a folder that can be written");
	e2e_diag("%s: the output of %lu commands was updated", s->path, (unsigned long)s->updated);
}

/* All commands in turn; false if one was not as the text says. */
E2E__FN bool e2e__scenario_play(struct e2e__scenario *s)
{
	double limit = e2e__system_patience(-1);
	bool ok = true;
	size_t i;

	for (i = 0; i < s->steps; i++) {
		struct e2e__command *t = &s->step[i];
		const char *out = e2e_printf("%s/%lu.out", s->dir, (unsigned long)i + 1);
		int status = e2e__scenario_run(s, t, out,
			e2e_printf("%s/%lu.status", s->dir, (unsigned long)i + 1), limit);
		struct e2e__output o = e2e__scenario_output_read(out);

		if (s->ended || status == E2E__NOT_ENDED)
			e2e__scenario_close(s, status == E2E__NOT_ENDED);
		if (status == 80 && t->status != 80) {
			e2e__scenario_close(s, false);
			if (ok)
				e2e_skip("%s:%d: %s", s->path, (int)t->at + 1,
					o.n && *o.line[o.n - 1] ? o.line[o.n - 1]
								: "exit status 80");
			e2e_diag("%s:%d: exit status 80 doesn't skip after a failure", s->path,
				(int)t->at + 1);
			return false;
		}
		ok = e2e__scenario_command_report(
			     s, t, &o, status, e2e__scenario_align(t, &o), limit) &&
			ok;
		if (status == E2E__NOT_ENDED) {
			if (i + 1 < s->steps)
				e2e_diag("%s: %lu more commands were not run", s->path,
					(unsigned long)(s->steps - i - 1));
			return false;
		}
	}

	return ok;
}

E2E__FN bool e2e__scenario(const char *file, int line, const char *const *args)
{
	struct e2e__scenario s;
	char buffer[1024];
	size_t i, k;
	bool ok;

	memset(&s, 0, sizeof s);
	s.file = file;
	s.line = line;
	s.path = e2e__scenario_find(file, args[0]);
	s.params = args + 1;
	s.update = e2e__state.opt[E2E__UPDATE] != NULL;
	s.out.p = buffer;
	s.out.size = sizeof buffer;
	for (i = 0; s.params[i]; i++)
		if (!strchr(s.params[i], '=') || strchr(s.params[i], '=') == s.params[i])
			e2e__step_die(&s, 0,
				e2e_printf("the parameter %s has no `=`", e2e_quoted(s.params[i])),
				"e2e_scenario(file, \"name=value\", ...)");
	e2e__step_read(&s);
	e2e__step_parse(&s);
	if (!s.steps)
		e2e__step_die(&s, 0, e2e_printf("%s has no command", s.path),
			s.markdown ? "commands stand in fenced blocks named console, behind `$ `"
				   : "commands begin with `$ `");
	s.dir = e2e_printf("%s/%s", e2e__folder_tmpdir(file, line), e2e_unique("scenario"));
	if (e2e__file_mkdirs(s.dir, 0700) != 0)
		e2e__step_die(&s, 0, e2e_printf("can't make %s: %s", s.dir, strerror(errno)), NULL);
	ok = e2e__scenario_play(&s);
	e2e__scenario_close(&s, false);
	if (s.updated)
		e2e__scenario_write(&s);
	for (i = 0; i < s.steps; i++)
		for (k = 0; k < s.step[i].nwant; k++)
			if (s.step[i].want[k].kind == 'r')
				regfree(&s.step[i].want[k].re);
	e2e__buf_free(&s.out);
	return ok;
}
