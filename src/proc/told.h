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
 * service's keeper starts, nor what asks whether something is ready. */
E2E__FN void e2e__told_spawn(struct e2e__process *p)
{
	p->told = !e2e__proc.service && e2e__state.page;
	if (p->told)
		e2e__story_tell(p->pub.name, "spawn", false, "started: %s (pid %ld)",
			p->pub.command, (long)p->pub.pid);
}

E2E__FN void e2e__told_ready(const struct e2e__process *p)
{
	if (!p->told)
		return;
	e2e__told_look(p);
	e2e__story_tell(p->pub.name, "ready", false, "ready");
}

E2E__FN void e2e__told_signal(const struct e2e__process *p, int signo)
{
	if (!p->told || p->exited)
		return;
	e2e__told_look(p);
	e2e__story_tell(
		p->pub.name, "signal", false, "%s from the test", e2e__clock_signal_name(signo));
}

/* It has ended; odd: nobody had asked for it. Told once. */
E2E__FN void e2e__told_exit(struct e2e__process *p, bool odd)
{
	const char *how = p->stolen ? "an unknown status" : e2e__system_status_word(p->exit_status);
	int64_t at = p->exited_at ? p->exited_at : e2e__clock_ns();
	char text[100];

	if (!p->told && !(odd && p->helper && !e2e__proc.service))
		return;
	if (!p->exited_at)
		e2e__told_look(p);
	p->told = false;
	snprintf(text, sizeof text, "ended: %.60s (pid %ld)", how, (long)p->pub.pid);
	e2e__story_line(at, p->pub.name, "exit", odd, text, strlen(text));
}
