#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "logs.h"

/* @implementation */

/* What it has said until now comes before what is told next. */
E2E__FN void e2e__told_look(const struct e2e__process *p)
{
	if (p->shown_out)
		e2e__lines_mark(p->shown_out);
	if (p->shown_err)
		e2e__lines_mark(p->shown_err);
}

/* A process begins to be part of the case's story. Those of the toolkit aren't, nor what a
 * service's keeper starts, nor what asks whether something is ready. It may have done something
 * before this is told, and so is told as of before its start. */
E2E__FN void e2e__told_spawn(struct e2e__process *p)
{
	struct e2e__page *pg = e2e__state.page;
	const char *text;

	p->told = !e2e__proc.service && pg;
	if (!p->told)
		return;
	text = e2e_printf("started: %s (pid %ld)", p->pub.command, (long)p->pub.pid);
	e2e__story_line(p->begun_at, p->pub.name, "spawn", false, text, strlen(text));
}

E2E__FN void e2e__told_ready(const struct e2e__process *p)
{
	if (!p->told)
		return;
	e2e__told_look(p);
	e2e__story_tell(p->pub.name, "ready", false, "ready");
}

/* We send a signal, for this reason. */
E2E__FN void e2e__told_asked(struct e2e__process *p, int signo, const char *why)
{
	if (!p->told || p->exited || signo <= 0 || signo > 64)
		return;
	p->asked |= UINT64_C(1) << (signo - 1);
	p->asked_by = why;
	p->asked_file = e2e__proc.file;
	p->asked_line = e2e__proc.line;
}

E2E__FN void e2e__told_signal(struct e2e__process *p, int signo, const char *why)
{
	e2e__told_asked(p, signo, why);
	if (!p->told || p->exited)
		return;
	e2e__told_look(p);
	e2e__story_tell(
		p->pub.name, "signal", false, "%s from the test", e2e__clock_signal_name(signo));
}

E2E__FN bool e2e__told_was_asked(const struct e2e__process *p, int signo)
{
	return signo > 0 && signo <= 64 && (p->asked >> (signo - 1) & 1);
}

/* Has a signal ended it that a process doesn't get by its own faults, and that nobody here has sent
 * or waits for? */
E2E__FN bool e2e__told_is_strange(const struct e2e__process *p)
{
	static const int sent[] = {SIGTERM, SIGKILL, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

	for (size_t i = 0; !p->stolen && i < sizeof sent / sizeof *sent; i++)
		if (p->exit_status == E2E_SIG(sent[i]))
			return !e2e__told_was_asked(p, sent[i]) && p->exit_status != p->wants &&
				!(p->may_end && p->exit_status == p->ends_with);
	return false;
}

/* "by e2e_kill at t/x.c:12" */
E2E__FN const char *e2e__told_asker(const struct e2e__process *p, const char *before)
{
	if (!p->asked_file)
		return e2e_printf(" %s %s", before, p->asked_by);
	return e2e_printf(" %s %s at %.80s:%d", before, p->asked_by, p->asked_file, p->asked_line);
}

/* By whom it was ended, as far as we know. */
E2E__FN const char *e2e__told_by(const struct e2e__process *p)
{
	int status = p->exit_status;

	if (p->overfull && status == E2E_SIG(SIGKILL))
		return " by the limit of its log";
	if (p->stolen || p->overfull)
		return "";
	if (e2e__told_is_strange(p))
		return ", which the test hasn't sent";
	if (status == E2E_SIG(SIGKILL) && e2e__told_was_asked(p, SIGKILL) &&
		e2e__told_was_asked(p, SIGTERM))
		return e2e_printf("%s: SIGTERM was in vain", e2e__told_asker(p, "by"));
	for (int signo = 1; signo <= 64; signo++)
		if (status == E2E_SIG(signo))
			return e2e__told_was_asked(p, signo) ? e2e__told_asker(p, "by") : "";
	return e2e__told_was_asked(p, SIGTERM) ? e2e__told_asker(p, "after SIGTERM by") : "";
}

/* It has ended; odd: nobody had asked for it. Told once. */
E2E__FN void e2e__told_exit(struct e2e__process *p, bool odd)
{
	const char *how = p->stolen ? "an unknown status" : e2e__system_status_word(p->exit_status);
	int64_t at = p->exited_at ? p->exited_at : e2e__clock_ns();
	char text[200];

	if (!p->told && !(odd && p->helper && !e2e__proc.service))
		return;
	if (!p->exited_at)
		e2e__told_look(p);
	p->told = false;
	snprintf(text, sizeof text, "ended: %.60s (pid %ld)%s", how, (long)p->pub.pid,
		e2e__told_by(p));
	e2e__story_line(
		at, p->pub.name, "exit", odd || e2e__told_is_strange(p), text, strlen(text));
}
