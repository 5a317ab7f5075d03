#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "logs.h"
#include "waits.h"
#include "ends.h"
#include "match.h"
#include "ready.h"

/* @interface */

/* Writes to p's stdin or terminal. Ends the case if p has exited or doesn't read within its
 * time. */
#define e2e_send(p, text) e2e__dialogue_send(E2E__AT, p, text, strlen(text))
#define e2e_send_bytes(p, bytes, size) e2e__dialogue_send(E2E__AT, p, (const char *)(bytes), size)
/* End of file for p's stdin (^D on a terminal). */
#define e2e_send_eof(p) e2e__dialogue_send_eof(E2E__AT, p)
/* Gives p's terminal another size; the programs at it get SIGWINCH. Ends the case if p has no
 * terminal. */
#define e2e_resize(p, rows, columns) e2e__dialogue_resize(E2E__AT, p, rows, columns)
/* e2e_expect(p, ere [, seconds]): a test point. Waits until the output after the last match holds a
 * match; `^` and `$` match at lines. False (timeout) with what came instead if the time is over or
 * p has exited without it. */
#define e2e_expect(...) E2E__EXPECT_(__VA_ARGS__, -1., 0)
#define E2E__EXPECT_(p, ere, seconds, ...) e2e__dialogue_expect(E2E__AT, p, ere, seconds)

E2E__FN void e2e__dialogue_send(
	const char *file, int line, e2e_proc *p, const char *text, size_t size);
E2E__FN void e2e__dialogue_send_eof(const char *file, int line, e2e_proc *p);
E2E__FN void e2e__dialogue_resize(
	const char *file, int line, e2e_proc *p, unsigned rows, unsigned columns);
E2E__FN bool e2e__dialogue_expect(
	const char *file, int line, e2e_proc *p, const char *ere, double seconds);

/* @implementation */

/* The process that a dialogue is with: ours, or the suite's. */
E2E__FN struct e2e__process *e2e__dialogue_partner(e2e_proc *pub, const char *what)
{
	return pub && pub->running && pub->own->suite ? pub->own : e2e__end_mine(pub, what);
}

E2E__FN void e2e__dialogue_send_die(
	struct e2e__process *p, size_t done, size_t size, const char *why, const char *code)
{
	double until = e2e_now() + 0.2;

	while (!p->exited && strcmp(code, "closed") == 0 && e2e_now() < until) {
		poll(NULL, 0, 1);
		e2e__wait_look();
	}
	if (p->exited)
		e2e__wait_unexpected(p);
	e2e__wait_die(p, code,
		e2e_printf("%s (pid %ld) took %zu of %zu bytes: %s", p->pub.command,
			(long)p->pub.pid, done, size, why),
		NULL, NULL, "see its log");
}

E2E__FN void e2e__dialogue_send(
	const char *file, int line, e2e_proc *pub, const char *text, size_t size)
{
	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__dialogue_partner(pub, "e2e_send");
	if (p->exited)
		e2e__wait_unexpected(p);
	if (pub->stdin_fd < 0)
		e2e__wait_die(p, "usage",
			e2e_printf(
				"e2e_send: the stdin of %s is no pipe or terminal", pub->command),
			NULL, NULL,
			"leave .stdin_text and .stdin_file out; nothing can be sent after e2e_send_eof");
	double limit = e2e__system_patience(-1), until = e2e__system_wait_until(limit);
	for (size_t done = 0; done < size;) {
		ssize_t n = e2e__system_write(pub->stdin_fd, text + done, size - done);

		if (n > 0) {
			done += (size_t)n;
		} else if (errno == EPIPE || errno == EIO) {
			e2e__dialogue_send_die(p, done, size, "it has closed its stdin", "closed");
		} else if (e2e_now() >= until) {
			e2e__dialogue_send_die(p, done, size,
				e2e_printf(
					"it doesn't read (waited %g s)", e2e__clock_scaled(limit)),
				"timeout");
		} else {
			struct pollfd writable;

			e2e__wait_waiting("%.120s (pid %ld) to read: it took %zu of %zu bytes",
				pub->command, (long)pub->pid, done, size);
			writable.fd = pub->stdin_fd;
			writable.events = POLLOUT;
			poll(&writable, 1, 5);
			e2e__wait_look();
			e2e__wait_check_exits();
			e2e__limit_pause(0);
		}
	}

	e2e__wait_op_end();
}

E2E__FN void e2e__dialogue_send_eof(const char *file, int line, e2e_proc *pub)
{
	if (pub && pub->own->pump) {
		e2e__dialogue_send(file, line, pub, "\004", 1);
		return;
	}
	e2e__wait_op_begin(file, line);
	e2e__end_stdin_close(e2e__dialogue_partner(pub, "e2e_send_eof"));
	e2e__wait_op_end();
}

/* Looks for a match in what came since the last one. `settled`: nothing more has come for a
 * moment. */
E2E__FN bool e2e__dialogue_found(
	struct e2e__process *p, struct e2e__log *log, const regex_t *re, bool settled)
{
	regmatch_t match[E2E__CAPTURES];

	e2e__log_read(log);
	if (log->matched > log->size)
		log->matched = 0;
	const char *from = log->text + log->matched;
	size_t n = log->size - log->matched;
	bool in_line = log->matched && from[-1] != '\n';
	char *text = e2e__match_matchable(from, n);
	bool found = !regexec(re, text, E2E__CAPTURES, match, in_line ? REG_NOTBOL : 0) &&
		(settled || (size_t)match[0].rm_eo < n); /* at the very end it might still grow */
	if (found) {
		e2e__match_keep_groups(p->group, text, match);
		log->matched += (size_t)match[0].rm_eo;
	}

	free(text);
	return found;
}

/* Words that are nearly what was waited for: what to think of them, or NULL. */
E2E__FN const char *e2e__dialogue_nearly(const struct e2e__process *p, const char *ere)
{
	const char *hint = e2e__match_nearly(&p->out, ere, p->out.matched, false);

	return hint ? hint : e2e__match_nearly(&p->err, ere, p->err.matched, false);
}

E2E__FN bool e2e__dialogue_expect(
	const char *file, int line, e2e_proc *pub, const char *ere, double seconds)
{
	regex_t re;

	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__dialogue_partner(pub, "e2e_expect");
	e2e__match_compile(&re, ere, REG_NEWLINE);
	e2e__wait_waiting("the words of %.80s (pid %ld): %s", pub->command, (long)pub->pid, ere);
	double limit = e2e__system_patience(seconds), until = e2e__system_wait_until(limit),
	       grown = e2e_now();
	size_t seen = 0;
	bool found = false, last = false;
	p->anticipated = true; /* it may say it and exit */
	for (;;) {
		e2e__wait_look();
		if (p->exited && !last) {
			e2e__end_pump(p);
			last = true;
		}
		e2e__log_read(&p->out);
		e2e__log_read(&p->err);
		if (p->out.size + p->err.size != seen)
			grown = e2e_now();
		seen = p->out.size + p->err.size;
		bool settled = last || e2e_now() > grown + 0.01;
		found = e2e__dialogue_found(p, &p->out, &re, settled) ||
			e2e__dialogue_found(p, &p->err, &re, settled);
		e2e__wait_check_exits();
		if (found || last || e2e_now() >= until)
			break;
		double look_again = e2e_now() + 0.003;
		e2e__wait_doze(look_again < until ? look_again : until);
	}

	regfree(&re);
	e2e_failure failure = e2e__system_failure(NULL, NULL, NULL);
	bool on_stderr = !p->out.text[p->out.matched] && p->err.size > p->err.matched;
	const char *since = on_stderr ? p->err.text + p->err.matched : p->out.text + p->out.matched;
	size_t more = strlen(since);
	failure.code = last ? "unexpected-exit" : "timeout";
	failure.message = last
		? e2e_printf("%s (pid %ld) has exited (%s) without it", pub->command,
			  (long)pub->pid,
			  p->owner == getpid() ? e2e__system_status_word(p->exit_status) : "gone")
		: e2e_printf("%s (pid %ld) didn't say it within %g s", pub->command, (long)pub->pid,
			  e2e__clock_scaled(limit));
	if (!found && !last && e2e__ready_buffers(p) && !p->missed)
		p->missed = e2e_printf("%s", ere);
	failure.got = e2e_quoted(more > 400 ? since + more - 400 : since);
	failure.want = e2e_printf("a match of %s", ere);
	const char *first = found ? NULL : e2e__dialogue_nearly(p, ere);
	if (!first && !last && e2e__ready_buffers(p))
		first = e2e__ready_buffer_hint(p);
	failure.hint = e2e_printf("%s%s`got` is what came on %s since the last match",
		first ? first : "", first ? "; " : "", on_stderr ? "stderr" : "stdout");
	p->anticipated = false;
	e2e__wait_op_end();
	return e2e_report(file, line, found, e2e_printf("%s says %s", pub->name, ere), &failure);
}

E2E__FN void e2e__dialogue_resize(
	const char *file, int line, e2e_proc *pub, unsigned rows, unsigned columns)
{
	struct winsize size;

	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__dialogue_partner(pub, "e2e_resize");
	memset(&size, 0, sizeof size);
	size.ws_row = (unsigned short)rows;
	size.ws_col = (unsigned short)columns;
	if (!p->pump || ioctl(pub->stdin_fd, TIOCSWINSZ, &size))
		e2e__wait_die(p, "usage",
			e2e_printf("%s (pid %ld) has no terminal whose size could change",
				pub->command, (long)pub->pid),
			NULL, NULL, "start it with .pty = true");
	e2e__wait_op_end();
}
