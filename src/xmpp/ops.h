#pragma once
#include "base.h"
#include "state.h"

/* @interface */

E2E__FN void e2e__op_at(const char *file, int line);

/* @implementation */

/* Notes where the test is. */
E2E__FN void e2e__op_at(const char *file, int line)
{
	e2e__script_begin();
	e2e__xmpp.file = file;
	e2e__xmpp.line = line;
	if (e2e__state.page)
		e2e__point_mark(e2e__state.page, file, line);
}

/* libstrophe's handshake ignores signals: when a limit falls due in it, its socket is shut down,
 * and it returns. Runs in the signal handler. */
E2E__FN void e2e__op_abort(void)
{
	if (e2e__xmpp.plain && e2e__xmpp.plain->fd >= 0)
		shutdown(e2e__xmpp.plain->fd, SHUT_RDWR);
}

/* From enter to leave no limit jumps out of what runs: it would leave the heap or libstrophe half
 * changed. Each round of waiting (e2e__loop_run) is a gap through which a limit that fell due ends
 * the case. They nest. */
E2E__FN void e2e__op_enter(void)
{
	if (!e2e__xmpp.depth++)
		e2e__limit_hold(0, e2e__op_abort);
}

/* The same for what the test calls with its place: a report of a limit says where it was. */
E2E__FN void e2e__op_enter_at(const char *file, int line)
{
	e2e__op_at(file, line);
	e2e__op_enter();
}

/* What the case waits for now, for the report of a limit that ends the wait. */
E2E__FN void e2e__op_doing(const char *fmt, ...) E2E__PRINTF(1, 2);
E2E__FN void e2e__op_doing(const char *fmt, ...)
{
	char text[200];
	size_t n = 0;
	va_list ap;

	if (!e2e__state.page)
		return;
	text[0] = 0;
	if (e2e__xmpp.task) {
		snprintf(text, sizeof text - 1, "%s: ", e2e__xmpp.task);
		n = strlen(text);
	}

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof text - n, fmt, ap);
	va_end(ap);
	e2e__hook_doing(text);
	e2e__xmpp.doing = true;
}

E2E__FN void e2e__op_done(void)
{
	if (e2e__xmpp.doing)
		e2e__hook_doing(NULL);
	e2e__xmpp.doing = false;
}

E2E__FN void e2e__op_leave(void)
{
	if (e2e__xmpp.depth > 0 && !--e2e__xmpp.depth) {
		e2e__limit_release();
		e2e__op_done();
	}
}

/* The gap: doesn't return if a limit fell due. */
E2E__FN void e2e__op_gap(void)
{
	int depth = e2e__xmpp.depth;

	e2e__xmpp.depth = 0;
	e2e__xmpp.in_gap = true;
	e2e__limit_release();
	e2e__xmpp.in_gap = false;
	e2e__xmpp.depth = depth;
	if (depth)
		e2e__limit_hold(0, e2e__op_abort);
}

/* Ends the case with this failure. */
E2E__FN void e2e__op_die(const char *file, int line, const char *name, const e2e_failure *f)
	__attribute__((noreturn));
E2E__FN void e2e__op_die(const char *file, int line, const char *name, const e2e_failure *f)
{
	e2e__xmpp.depth = 0;
	e2e__op_done();
	e2e__exit_die(file, line, name, f);
}

/* The same of what has its word and its texts only. */
E2E__FN void e2e__op_die_of(const char *file, int line, const char *name, const char *code,
	const char *message, const char *hint) __attribute__((noreturn));
E2E__FN void e2e__op_die_of(const char *file, int line, const char *name, const char *code,
	const char *message, const char *hint)
{
	e2e_failure f = e2e__system_failure(code, message, hint);

	e2e__op_die(file, line, name, &f);
}

/* Ends the case where the test gives NULL for a client; name: what it has called. */
E2E__FN void e2e__op_need_client(const char *file, int line, const e2e_client *c, const char *name)
{
	if (!c)
		e2e__op_die_of(file, line, name, "usage", "the client is NULL",
			"it hasn't been made: e2e_client_connected() makes one, or ends the case");
}

/* The same for a stanza. */
E2E__FN void e2e__op_need_stanza(
	const char *file, int line, const e2e_stanza *stanza, const char *name)
{
	if (!stanza)
		e2e__op_die_of(file, line, name, "usage", "the stanza is NULL",
			"e2e_xml(client, text) makes one");
}

/* What the program of the test is called in notes for others: prove has made it from a source. */
E2E__FN const char *e2e__op_program(void)
{
	return e2e__state.source ? e2e__state.source : e2e__case_program();
}

/* A stanza that lives until the end of the case. */
E2E__FN e2e_stanza *e2e__op_keep(e2e_stanza *stanza)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	if (!stanza)
		return NULL;
	if (s->nstanzas == s->stanzas_size) {
		size_t size = s->stanzas_size ? 2 * s->stanzas_size : 64;
		e2e_stanza **more = (e2e_stanza **)realloc(s->stanzas, size * sizeof *more);

		if (!more)
			e2e_bail_out("out of memory for %zu stanzas", size);
		s->stanzas = more;
		s->stanzas_size = size;
	}
	return s->stanzas[s->nstanzas++] = stanza;
}
