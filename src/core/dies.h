#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "files.h"
#include "point.h"
#include "exits.h"
#include "hooks.h"
#include "subtest.h"
#include "limit.h"
#include "watch.h"
#include "captured.h"

/* @interface */

/* The status of a process that a signal ended, E2E_SIG(SIGABRT); different from every exit code. */
#define E2E_SIG(signo) (-(signo))

/* e2e_dies(status) { body }: a test point. The body runs in a forked child and has to end that
 * process with this status, an exit code or E2E_SIG(n); a body that comes back, by its end, break
 * or return, is a failure, which has what was said on stderr. The child has the case's limits. */
#define e2e_dies(status) E2E__BLOCK(e2e__dies_close, e2e__dies_open(E2E__AT, status))

E2E__FN struct e2e__block e2e__dies_open(const char *file, int line, int status);
E2E__FN void e2e__dies_close(struct e2e__block *block);

/* @implementation */

/* The child that is waited for, and the file that is its stderr. */
struct e2e__death {
	struct e2e__loose loose; /* comes first */
	pid_t pid;
	int said;
};

/* "SIGABRT", "exit code 3" */
E2E__FN const char *e2e__dies_word(int status)
{
	return status < 0 ? e2e__clock_signal_name(-status) : e2e_printf("exit code %d", status);
}

E2E__FN const char *e2e__dies_without_end(char *text)
{
	size_t n = strlen(text);

	while (n && text[n - 1] == '\n')
		text[--n] = 0;
	return n ? text : NULL;
}

/* Its stderr; of a long one the lines at the beginning and at the end. */
E2E__FN const char *e2e__dies_said(int fd)
{
	enum { PART = 800 };
	char first[PART + 1] = "", last[PART + 1] = "", *end, *p;
	off_t size = lseek(fd, 0, SEEK_END), rest = size - PART;
	ssize_t n = pread(fd, first, PART, 0);

	if (n <= 0)
		return NULL;
	if (rest > 0 && pread(fd, last, PART, rest > PART ? size - PART : (off_t)PART) < 0)
		last[0] = 0;
	for (p = first; p < first + n; p++)
		*p = *p ? *p : '\1'; /* a NUL would end the text */
	if (rest <= PART)
		return e2e__dies_without_end(e2e_printf("%s%s", first, last));

	end = strrchr(first, '\n');
	if (end)
		end[1] = 0;
	p = strchr(last, '\n');
	p = p ? p + 1 : last;
	return e2e__dies_without_end(
		e2e_printf("%s%s... %lld bytes ...\n%s", first, end ? "" : "\n",
			(long long)size - (long long)strlen(first) - (long long)strlen(p), p));
}

/* To where the case's own goes: to who captures it, or to the report. */
E2E__FN void e2e__dies_pass_on(int fd)
{
	char text[4096];
	off_t at;
	ssize_t n;

	for (at = 0; (n = pread(fd, text, sizeof text, at)) > 0; at += n)
		if (!e2e__file_write_whole(2, text, (size_t)n))
			break;
}

/* A jump out of the wait: the block must not go on. */
E2E__FN void e2e__dies_undo(struct e2e__loose *loose)
{
	struct e2e__death *d = (struct e2e__death *)loose;

	if (d->pid > 0) {
		kill(d->pid, SIGKILL);
		while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	e2e__dies_pass_on(d->said);
	close(d->said);
}

E2E__FN void e2e__dies_judge(
	const char *file, int line, int got, int want, bool came_back, const char *said)
{
	const char *word = e2e__dies_word(want);
	const char *name = e2e_printf(want < 0 ? "dies of %s" : "ends with %s", word);
	e2e_failure f = {NULL, NULL, word, "dies", NULL, said};

	f.got = came_back ? "it came back" : e2e__dies_word(got);
	f.message = came_back
		? "the block came back, and did not end its process"
		: e2e_printf("the block ended its process by %s, not by %s", f.got, word);
	e2e_report(file, line, !came_back && got == want, name, &f);
}

/* What the child begins with. */
E2E__FN void e2e__dies_begin(struct e2e__death *d, pid_t parent)
{
	struct rlimit none = {0, 0};

	e2e__hook_forked();
	setrlimit(RLIMIT_CORE, &none); /* nobody wants to look into a death that is wanted */
	e2e__watch_die_with(parent);
	dup2(d->said, 2);
	close(d->said);
}

E2E__FN void e2e__dies_later(void)
{
}

/* The end of the child, as waitpid gives it. No jump comes between the end and knowing of it. */
E2E__FN int e2e__dies_wait(struct e2e__death *d)
{
	siginfo_t end;
	int status = 0;

	e2e__hook_doing(e2e_printf("the block of e2e_dies (pid %ld)", (long)d->pid));
	while (waitid(P_PID, (id_t)d->pid, &end, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	e2e__limit_hold(0, e2e__dies_later);
	while (waitpid(d->pid, &status, 0) < 0 && errno == EINTR)
		;
	d->pid = 0;
	e2e__limit_release();
	e2e__hook_doing(NULL);
	return WIFSIGNALED(status) ? E2E_SIG(WTERMSIG(status)) : WEXITSTATUS(status);
}

E2E__FN struct e2e__block e2e__dies_open(const char *file, int line, int want)
{
	struct e2e__block block = e2e__subtest_block_at(file, line);
	pid_t parent = getpid(), pid;
	struct e2e__death *d;
	struct e2e__page *pg;
	int got, error;
	e2e_failure f = {NULL, NULL, NULL, "fork", NULL, NULL};

	e2e__script_begin();
	pg = e2e__state.page;
	d = (struct e2e__death *)e2e__memory_alloc(sizeof *d);
	d->said = -1;
	pg->came_back = 0;
	e2e__watch_flush_streams();
	e2e__limit_hold(0, e2e__dies_later);
	e2e__limit_tie(&d->loose, e2e__dies_undo);
	d->said = e2e__file_unnamed();
	d->pid = d->said < 0 ? -1 : fork();
	if (d->pid == 0) {
		e2e__dies_begin(d, parent);
		block.slot = 1;
		return block;
	}
	error = errno;
	pid = d->pid;
	e2e__limit_release();
	if (pid < 0) {
		f.message = e2e_printf("cannot run the block in a child: %s", strerror(error));
		e2e__exit_die(file, line, "e2e_dies", &f);
	}

	got = e2e__dies_wait(d);
	e2e__dies_judge(file, line, got, want, pg->came_back == pid, e2e__dies_said(d->said));
	if (e2e__captured_has_stderr())
		e2e__dies_pass_on(d->said);
	e2e__limit_untie(&d->loose);
	close(d->said);
	block.on = 0;
	return block;
}

/* In the child: the block has come to an end. In the parent it was never begun. */
E2E__FN void e2e__dies_close(struct e2e__block *block)
{
	if (block->slot != 1)
		return;
	e2e__state.page->came_back = getpid();
	_exit(0);
}
