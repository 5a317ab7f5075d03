#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "logs.h"
#include "told.h"
#include "hints.h"
#include "waits.h"
#include "spawn.h"
#include "ends.h"
#include "match.h"
#include "ports.h"
#include "endpoint.h"
#include "owner.h"

/* @manual Readiness and dialogues
 *	e2e_ready(p, E2E_LINE("listening on port ([0-9]+)"), E2E_SOCKET(path));     all of them;
 *	    then e2e_capture(p, 1)
 *	Also E2E_PORT(n), E2E_UDP(n), E2E_ENDPOINT("tcp:127.0.0.2:80"), E2E_FILE(path),
 *	E2E_CMD("pg_isready", "-q"). A process that is dead fails
 *	it at once, with its log. Ready is p, not somebody else: a port or socket counts if its
 *	listener is held by p or by what p has started, daemons included. So Linux tells; elsewhere,
 *	and of processes that the test may not look at, whoever answers is believed.
 *	A file may be an old one: remove it before the start.
 *	A try of E2E_CMD that hangs is ended after an eighth of the time, the next one after a
 *	quarter, and so on.
 *	Most programs keep their output in a buffer where there is no terminal, so that a line comes
 *	late or never: .pty = true, stdbuf -oL and python -u help. If it came only when the process
 *	was ended, the failure says so.
 *	e2e_send(p, "help\n"); e2e_expect(p, "^commands: (.*)$");       a dialogue; .pty = true for
 *	    what wants a terminal
 *	e2e_expect looks at what came since the last match, on stdout and then on stderr. e2e_ready
 *	and e2e_expect share this mark, one for each log: what one of them has found, neither finds
 *	again. A second E2E_LINE("^ready"), after a SIGHUP say, waits for a second line. An
 *	e2e_ready whose time was over has found nothing.
 */

/* @interface */

/* Conditions for e2e_ready. */
/* a line of its stdout or stderr (POSIX extended) */
#define E2E_LINE(ere) E2E__CONDITION(E2E__READY_LINE, ere, 0, NULL)
/* a line of p's own log (.log_file) that was written since p was started */
#define E2E_LOGGED(ere) E2E__CONDITION(E2E__READY_LOGGED, ere, 0, NULL)
/* p accepts connections at 127.0.0.1 or ::1 */
#define E2E_PORT(port) E2E__CONDITION(E2E__READY_PORT, NULL, port, NULL)
/* p has bound this UDP port at 127.0.0.1, ::1 or all addresses; nothing is sent there */
#define E2E_UDP(port) E2E__CONDITION(E2E__READY_UDP, NULL, port, NULL)
/* p listens at "tcp:HOST:PORT", "udp:HOST:PORT", "unix:/path" or "unix:@name" */
#define E2E_ENDPOINT(endpoint) E2E__CONDITION(E2E__READY_ENDPOINT, endpoint, 0, NULL)
/* p accepts connections at a Unix socket, an abstract one too ("@name") */
#define E2E_SOCKET(path) E2E__CONDITION(E2E__READY_SOCKET, path, 0, NULL)
#define E2E_FILE(path) E2E__CONDITION(E2E__READY_FILE, path, 0, NULL) /* the file exists */
/* the command exits with 0 */
#define E2E_CMD(...) E2E__CONDITION(E2E__READY_CMD, NULL, 0, E2E_ARGV(__VA_ARGS__))
/* how long to wait for all of it */
#define E2E_WITHIN(seconds) E2E__CONDITION(E2E__READY_WITHIN, NULL, seconds, NULL)

/* e2e_ready(p, condition, ...): a test point. Waits until all hold, any number of them. False
 * (not-ready) if the time is over; ends the case if p exits (unexpected-exit), or if there is no
 * condition to wait for. Groups of the last E2E_LINE are kept for e2e_capture. A suite's process
 * may be meant, too. */
#define e2e_ready(p, ...) E2E__READY(p, __VA_ARGS__)

enum e2e__condition_kind {
	E2E__READY_END,
	E2E__READY_LINE,
	E2E__READY_LOGGED,
	E2E__READY_PORT,
	E2E__READY_UDP,
	E2E__READY_ENDPOINT,
	E2E__READY_SOCKET,
	E2E__READY_FILE,
	E2E__READY_CMD,
	E2E__READY_WITHIN
};
struct e2e_condition {
	enum e2e__condition_kind kind;
	const char *text;
	double number;
	e2e__words argv;
};

E2E__FN bool e2e__ready(const char *file, int line, e2e_proc *p, const struct e2e_condition *list);

#ifndef __cplusplus
#define E2E__CONDITION(kind, text, number, argv) \
	{ \
		kind, text, number, argv \
	}
#define E2E__READY(p, ...) \
	e2e__ready(E2E__AT, p, \
		(const struct e2e_condition[]){__VA_ARGS__, {E2E__READY_END, NULL, 0, NULL}})
#else
#define E2E__CONDITION(kind, text, number, argv) \
	e2e_condition \
	{ \
		kind, text, static_cast<double>(number), argv \
	}
#define E2E__READY(p, ...) e2e__ready_of(E2E__AT, p, __VA_ARGS__)
} /* extern "C" */
template <typename... A>
static inline __attribute__((unused)) bool e2e__ready_of(
	const char *file, int line, e2e_proc *p, A... a)
{
	const struct e2e_condition list[] = {a..., {E2E__READY_END, NULL, 0, NULL}};

	return e2e__ready(file, line, p, list);
}
extern "C" {
#endif

/* @implementation */

/* What e2e_ready knows of one condition. */
struct e2e__condition_state {
	const struct e2e_condition *what;
	regex_t re;
	struct e2e__line_search out, err;
	bool holds;
	const char *why_not;
	double next; /* when a command is tried again, or an owner looked for */
	double pause;
	double patience; /* with one try of a command; doubled when it wasn't enough */
	bool foreign;    /* somebody answers, but not p */
};

/* Somebody answers: is it p? Where that can be known it must be. Looks less and less often: it
 * costs a walk through /proc. */
E2E__FN void e2e__ready_answered(const struct e2e__process *p, struct e2e__condition_state *w,
	const struct e2e__inodes *sockets, const char *where)
{
	const char *name;

	w->foreign = e2e__owner_listener_of(p, sockets, &name) == E2E__OWNER_OTHER;
	w->holds = !w->foreign;
	w->why_not = e2e_printf("%s is answered by %s, not by %s (pid %ld)", where, name,
		p->pub.name, (long)p->pub.pid);
	w->pause = w->pause < 0.1 ? w->pause + 0.01 : 0.1;
	w->next = e2e_now() + w->pause;
}

/* Is somebody there? 0, or an errno. A port of datagrams isn't knocked at, as a server would get
 * that: where /proc doesn't tell who has bound it, it is tried whether it can still be bound. */
E2E__FN int e2e__ready_knock(
	const struct sockaddr *address, socklen_t size, bool udp, struct e2e__inodes *sockets)
{
	if (!udp)
		return e2e__port_knock(address, size);
	e2e__owner_port_listeners(sockets, address, true);
	if (sockets->n)
		return 0;
	if (access(E2E__PROC "/self/net/udp", R_OK) == 0)
		return ECONNREFUSED;
	return e2e__port_udp_taken(address, size) ? 0 : ECONNREFUSED;
}

/* One address of IPv4 or IPv6: 0 if somebody is there, else an errno. `quietly`: somebody else was
 * there, who is spared more knocks, as its queue would be full of them. */
E2E__FN int e2e__ready_address(const struct e2e__process *p, struct e2e__condition_state *w,
	const struct sockaddr *address, socklen_t size, bool udp, bool quietly, const char *where)
{
	struct e2e__inodes sockets = {{0}, 0, 0};

	if (quietly)
		e2e__owner_port_listeners(&sockets, address, udp);
	int error = sockets.n ? 0 : e2e__ready_knock(address, size, udp, &sockets);
	if (error)
		return error;
	if (!sockets.n)
		e2e__owner_port_listeners(&sockets, address, udp);
	e2e__ready_answered(p, w, &sockets, where);
	return 0;
}

E2E__FN void e2e__ready_port(const struct e2e__process *p, struct e2e__condition_state *w, bool udp)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	int port = (int)w->what->number;
	const char *kind = udp ? "UDP port" : "port";

	if (e2e_now() < w->next)
		return;
	memset(&v4, 0, sizeof v4);
	v4.sin_family = AF_INET;
	v4.sin_port = htons((uint16_t)port);
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memset(&v6, 0, sizeof v6);
	v6.sin6_family = AF_INET6;
	v6.sin6_port = htons((uint16_t)port);
	v6.sin6_addr.s6_addr[15] = 1;
	bool quietly = w->foreign;
	w->foreign = false;

	/* another one's at the one address doesn't mean that p isn't at the other */
	int error = e2e__ready_address(p, w, (struct sockaddr *)&v4, sizeof v4, udp, quietly,
		e2e_printf("%s %d of 127.0.0.1", kind, port));
	if (!w->holds)
		e2e__ready_address(p, w, (struct sockaddr *)&v6, sizeof v6, udp, quietly,
			e2e_printf("%s %d of ::1", kind, port));
	if (!w->holds && !w->foreign)
		w->why_not = e2e_printf("%s %d of 127.0.0.1 and ::1: %s", kind, port,
			udp ? "nobody has bound it" : strerror(error));
}

/* `path`: of a file, or "@name". */
E2E__FN void e2e__ready_socket(
	const struct e2e__process *p, struct e2e__condition_state *w, const char *path)
{
	struct sockaddr_storage address;
	unsigned size = 0;
	struct e2e__inodes sockets = {{0}, 0, 0};
	pid_t peer;

	if (e2e_now() < w->next)
		return;
	const char *wrong = e2e__endpoint_resolve_path(path, &address, &size);
	if (wrong) {
		w->why_not = e2e_printf("socket %s: %s", path, wrong);
		return;
	}

	if (w->foreign)
		e2e__owner_unix_listeners(&sockets, path);
	if (sockets.n) {
		e2e__ready_answered(p, w, &sockets, e2e_printf("socket %s", path));
		return;
	}

	int error = e2e__port_knock_at((struct sockaddr *)&address, (socklen_t)size, &peer);
	w->holds = peer > 0 && e2e__owner_of_tree(p, peer);
	w->foreign = false;
	if (w->holds)
		return;
	if (error && error != EPROTOTYPE) { /* there, but of datagrams */
		w->why_not = e2e_printf("socket %s: %s", path, strerror(error));
		return;
	}

	/* it was made by one process and is served by another */
	e2e__owner_unix_listeners(&sockets, path);
	e2e__ready_answered(p, w, &sockets, e2e_printf("socket %s", path));
}

E2E__FN void e2e__ready_endpoint(const struct e2e__process *p, struct e2e__condition_state *w)
{
	struct sockaddr_storage address;
	unsigned size = 0;
	const char *endpoint = w->what->text;
	bool udp = e2e__endpoint_is_udp(endpoint), quietly = w->foreign;

	if (strncmp(endpoint, "unix:", 5) == 0) {
		e2e__ready_socket(p, w, endpoint + 5);
		return;
	}

	if (e2e_now() < w->next)
		return;
	const char *wrong = e2e__endpoint_resolve(endpoint, &address, &size);
	w->foreign = false;
	int error = wrong ? 0
			  : e2e__ready_address(p, w, (struct sockaddr *)&address, (socklen_t)size,
				    udp, quietly, endpoint);
	if (wrong || error)
		w->why_not = e2e_printf("%s: %s", endpoint,
			wrong         ? wrong
				: udp ? "nobody has bound it"
				      : strerror(error));
}

/* Runs the command once, and no try leaves its logs. One that hangs is tried again. */
E2E__FN void e2e__ready_cmd(struct e2e__process *p, struct e2e__condition_state *w, double until)
{
	double now = e2e_now();

	if (now < w->next)
		return;
	if (w->patience <= 0)
		w->patience = until - now > 8 ? (until - now) / 8 : 1;
	if (now + w->patience < until)
		until = now + w->patience;
	struct e2e__process *c =
		e2e__spawn_start_command(e2e__proc.file, e2e__proc.line, NULL, w->what->argv, true);
	c->anticipated = true;
	while (!c->exited && !p->exited && e2e_now() < until) {
		e2e__wait_doze(until);
		e2e__wait_look();
		e2e__wait_check_exits();
	}

	bool cut = !c->exited;
	if (cut) {
		w->patience *= 2;
		e2e__end_group(c, "e2e_ready");
	}
	e2e__end_reap(c);
	w->holds = !cut && c->pub.status == 0;
	if (!cut || !w->why_not)
		/* what an earlier try said is worth more than that the last one had no time */
		w->why_not = e2e_printf("%s: %s: %s", c->pub.command,
			cut ? e2e_printf("not done after %.3g s", e2e_now() - now)
			    : e2e__system_status_word(c->pub.status),
			e2e__log_read(&c->err)[0] ? e2e__log_read(&c->err)
						  : e2e__log_read(&c->out));
	e2e__spawn_evidence_drop(c);
	unlink(c->out.path);
	unlink(c->err.path);
	w->pause = w->pause < 0.2 ? w->pause + 0.02 : 0.2;
	w->next = e2e_now() + w->pause;
}

/* A line of the log that p writes itself. Some programs begin theirs anew. */
E2E__FN void e2e__ready_logged(struct e2e__process *p, struct e2e__condition_state *w)
{
	struct e2e__log *log = &p->own_log;

	w->why_not = log->path
		? e2e_printf("no line of %s matches \"%s\"", log->path, w->what->text)
		: "E2E_LOGGED needs the option .log_file of e2e_spawn_with";
	if (!log->path || access(log->path, F_OK))
		return;
	e2e__log_read(log);
	if (w->out.at > log->size)
		w->out.at = 0;
	w->holds = e2e__match_line_matches(log, &w->re, &w->out);
}

E2E__FN void e2e__ready_check(struct e2e__process *p, struct e2e__condition_state *w, double until)
{
	switch (w->what->kind) {
	case E2E__READY_LINE:
		w->holds = e2e__match_line_matches(&p->out, &w->re, &w->out) ||
			e2e__match_line_matches(&p->err, &w->re, &w->err);
		if (!w->why_not)
			w->why_not = e2e_printf("no line matches \"%s\"", w->what->text);
		return;
	case E2E__READY_LOGGED:
		e2e__ready_logged(p, w);
		return;
	case E2E__READY_PORT:
		e2e__ready_port(p, w, false);
		return;
	case E2E__READY_UDP:
		e2e__ready_port(p, w, true);
		return;
	case E2E__READY_ENDPOINT:
		e2e__ready_endpoint(p, w);
		return;
	case E2E__READY_SOCKET:
		e2e__ready_socket(p, w, w->what->text);
		return;
	case E2E__READY_FILE:
		w->holds = access(w->what->text, F_OK) == 0;
		if (!w->why_not)
			w->why_not = e2e_printf("file %s: %s", w->what->text, strerror(errno));
		return;
	case E2E__READY_CMD:
		e2e__ready_cmd(p, w, until);
		return;
	default:
		w->holds = true;
	}
}

/* p is dead, or is no process that can become ready. */
E2E__FN struct e2e__process *e2e__ready_proc(e2e_proc *pub)
{
	if (pub && pub->own->suite && pub->own->owner != getpid())
		return pub->own; /* of the suite: the runner bails out when it dies */
	return e2e__end_mine(pub, "e2e_ready");
}

/* What e2e_ready waits for: "the readiness of redis (pid 12): port 6379, line "ready"". */
E2E__FN void e2e__ready_waits(
	const struct e2e__process *p, const struct e2e__condition_state *wanted, size_t n)
{
	E2E__BUF(b, 256);

	for (size_t i = 0; i < n; i++) {
		const struct e2e_condition *c = wanted[i].what;

		if (wanted[i].holds)
			continue;
		e2e__buf_adds(&b, b.n ? ", " : ": ");
		if (c->kind == E2E__READY_LINE || c->kind == E2E__READY_LOGGED)
			e2e__buf_addf(&b, "line \"%s\"", c->text);
		else if (c->kind == E2E__READY_PORT || c->kind == E2E__READY_UDP)
			e2e__buf_addf(&b, "%s port %d", c->kind == E2E__READY_UDP ? "udp" : "tcp",
				(int)c->number);
		else if (c->kind == E2E__READY_ENDPOINT)
			e2e__buf_adds(&b, c->text);
		else if (c->kind == E2E__READY_CMD)
			e2e__buf_addf(&b, "command %s", e2e__system_typed(c->argv));
		else
			e2e__buf_addf(&b, "%s %s", c->kind == E2E__READY_SOCKET ? "socket" : "file",
				c->text);
	}

	e2e__buf_add(&b, "", 1);
	e2e__wait_waiting(
		"the readiness of %.80s (pid %ld)%s", p->pub.command, (long)p->pub.pid, b.p);
	e2e__buf_free(&b);
}

/* Of a server's endpoint the port is known. */
E2E__FN const char *e2e__ready_bad_endpoint(const char *endpoint)
{
	struct sockaddr_storage address;
	unsigned size;
	const char *wrong = e2e__endpoint_resolve(endpoint, &address, &size);

	if (!wrong && e2e_endpoint_port(endpoint) == 0)
		wrong = "port 0 is nobody's";
	return wrong ? e2e_printf("E2E_ENDPOINT(%s): %s", endpoint ? e2e_quoted(endpoint) : "NULL",
			       wrong)
		     : NULL;
}

/* What is wrong with a condition, or NULL. */
E2E__FN const char *e2e__ready_bad_condition(const struct e2e_condition *c)
{
	switch (c->kind) {
	case E2E__READY_LOGGED:
		return c->text ? NULL : "E2E_LOGGED(NULL)";
	case E2E__READY_LINE:
		return c->text ? NULL : "E2E_LINE(NULL)";
	case E2E__READY_SOCKET:
		return c->text && *c->text ? NULL : "E2E_SOCKET without a path";
	case E2E__READY_FILE:
		return c->text && *c->text ? NULL : "E2E_FILE without a path";
	case E2E__READY_ENDPOINT:
		return e2e__ready_bad_endpoint(c->text);
	case E2E__READY_PORT:
	case E2E__READY_UDP:
		return c->number >= 1 && c->number <= 65535
			? NULL
			: e2e_printf("%s(%.0f): ports are 1 to 65535",
				  c->kind == E2E__READY_UDP ? "E2E_UDP" : "E2E_PORT", c->number);
	case E2E__READY_WITHIN:
		return c->number >= 0
			? NULL
			: e2e_printf("E2E_WITHIN(%g): it takes seconds from 0 on", c->number);
	default:
		return NULL;
	}
}

/* Ends the case if e2e_ready would look at nothing, or at something else than was meant. */
E2E__FN void e2e__ready_check_conditions(
	const char *file, int line, const struct e2e_condition *list)
{
	const char *wrong = NULL;
	size_t n = 0;

	for (; list->kind != E2E__READY_END && !wrong; list++) {
		wrong = e2e__ready_bad_condition(list);
		n += list->kind != E2E__READY_WITHIN;
	}

	if (!wrong && n)
		return;
	e2e__system_die_of(file, line, "e2e_ready", "usage",
		wrong ? wrong : "e2e_ready was given no condition: what shall it wait for?",
		"E2E_LINE(ere), E2E_PORT(n), E2E_UDP(n), E2E_ENDPOINT(text), E2E_SOCKET(path), E2E_FILE(path), E2E_CMD(command, ...)");
}

/* The conditions of a call, none left out. Where they begin to look: behind the last match. */
E2E__FN struct e2e__condition_state *e2e__ready_conditions(
	const struct e2e__process *p, const struct e2e_condition *list, size_t *n, double *limit)
{
	size_t all = 0;

	while (list[all].kind != E2E__READY_END)
		all++;
	struct e2e__condition_state *wanted =
		(struct e2e__condition_state *)e2e__memory_alloc((all + 1) * sizeof *wanted);
	for (*n = 0; list->kind != E2E__READY_END; list++) {
		if (list->kind == E2E__READY_WITHIN) {
			*limit = list->number;
			continue;
		}
		struct e2e__condition_state *w = &wanted[(*n)++];
		memset(w, 0, sizeof *w);
		w->what = list;
		bool logged = list->kind == E2E__READY_LOGGED;
		w->out.at = e2e__match_lines_from(logged ? &p->own_log : &p->out);
		w->err.at = e2e__match_lines_from(&p->err);
		if (list->kind == E2E__READY_LINE || logged)
			e2e__match_compile(&w->re, list->text, 0);
	}

	return wanted;
}

/* Nothing, or whole blocks: so it looks when a program's output waits in stdio's buffer, and a line
 * is missed that was said. */
E2E__FN bool e2e__ready_buffers(const struct e2e__process *p)
{
	return !p->pump && p->out.size % 4096 == 0;
}

/* Then: what to think of, in a hint. stderr has no buffer: there the line may be another one. */
E2E__FN const char *e2e__ready_buffer_hint(const struct e2e__process *p)
{
	if (p->out.size == 0 && p->err.size > 0)
		return "nothing on stderr matches, and stdout is empty; what is written there may wait in a"
		       " buffer, as without a terminal it does: .pty = true, stdbuf -oL, python -u";
	return "its output may wait in a buffer, as without a terminal it does: .pty = true,"
	       " stdbuf -oL, python -u";
}

/* A line that is nearly the one that was waited for: what to think of it, or NULL. */
E2E__FN const char *e2e__ready_nearly(
	const struct e2e__process *p, const struct e2e_condition *what)
{
	const struct e2e__log *logs[2] = {&p->out, &p->err};

	if (what->kind == E2E__READY_LOGGED)
		logs[0] = logs[1] = &p->own_log;
	else if (what->kind != E2E__READY_LINE)
		return NULL;
	for (int i = 0; i < 2; i++) {
		const char *hint = e2e__match_nearly(
			logs[i], what->text, e2e__match_lines_from(logs[i]), true);

		if (hint)
			return hint;
	}

	return NULL;
}

/* At the end of a failed case, when all have ended: what was waited for in vain may have been in a
 * buffer, and the log that is shown has it now. */
E2E__FN void e2e__ready_late(struct e2e__process *p)
{
	struct e2e__line_search search;
	regex_t re;

	if (!p->missed || p->owner != getpid() || regcomp(&re, p->missed, REG_EXTENDED))
		return;
	memset(&search, 0, sizeof search);
	search.at = p->out.lines;
	e2e__log_read(&p->out);
	if (e2e__match_line_matches(&p->out, &re, &search))
		e2e__hook_explain(e2e_printf("%s_late", p->pub.name),
			e2e_printf(
				"it wrote a line that matches \"%s\" only when it was ended: its output was in a buffer;"
				" .pty = true, stdbuf -oL and python -u help",
				p->missed));
	regfree(&re);
}

/* It has exited before it was ready. */
E2E__FN const char *e2e__ready_gone_hint(const struct e2e__process *p)
{
	return p->exit_status == 0 && !p->stolen
		? "it has ended with 0: if it is a server that daemonises, start it in the foreground, or take over"
		  " the daemon with e2e_adopt(pid_file); if it does its work and ends, e2e_expect looks for a line"
		: e2e__hint_log(p);
}

/* The groups of the last line in the list that was found and has any, else of the last one: which
 * of them came first is chance. */
E2E__FN void e2e__ready_keep_groups(
	struct e2e__process *p, const struct e2e__condition_state *wanted, size_t n)
{
	const struct e2e__line_search *last = NULL;

	for (size_t i = 0, groups = 0; i < n; i++) {
		const struct e2e__line_search *l =
			wanted[i].out.group[0] ? &wanted[i].out : &wanted[i].err;

		if (!l->group[0] || wanted[i].re.re_nsub < groups)
			continue;
		last = l;
		groups = wanted[i].re.re_nsub > 0;
	}
	if (last)
		memcpy(p->group, last->group, sizeof p->group);
}

E2E__FN bool e2e__ready(const char *file, int line, e2e_proc *pub, const struct e2e_condition *list)
{
	size_t n = 0;
	double limit = e2e__system_patience(-1);

	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__ready_proc(pub);
	e2e__ready_check_conditions(file, line, list);
	struct e2e__condition_state *wanted = e2e__ready_conditions(p, list, &n, &limit);
	bool ready = false;
	double begin = e2e_now(), until = e2e__system_wait_until(limit);
	e2e__ready_waits(p, wanted, n);
	for (;;) {
		ready = true;
		for (size_t i = 0; i < n; i++) {
			if (!wanted[i].holds) {
				e2e__ready_check(p, &wanted[i], until);
				if (wanted[i].holds)
					e2e__ready_waits(p, wanted, n);
			}
			ready = ready && wanted[i].holds;
		}
		e2e__wait_look();
		if (p->exited)
			e2e__told_exit(p, true);
		if (p->exited)
			e2e__wait_die(p, p->overfull ? "limit" : "unexpected-exit",
				e2e_printf(
					"%s (pid %ld) has exited after %.3g s instead of becoming ready",
					pub->command, (long)pub->pid, e2e_now() - begin),
				p->owner == getpid() ? e2e__system_status_word(p->exit_status)
						     : "gone",
				"ready",
				p->owner == getpid() && e2e__end_why_ended(p)
					? e2e__end_why_ended(p)
					: e2e__ready_gone_hint(p));
		e2e__wait_check_exits();
		if (ready || e2e_now() >= until)
			break;
		double look_again = e2e_now() + 0.005;
		e2e__wait_doze(look_again < until ? look_again : until);
	}

	e2e__ready_keep_groups(p, wanted, n);

	E2E__BUF(text, 512);
	bool foreign = false, silent = false;
	const char *nearly = NULL;
	e2e__buf_addf(&text, "%s (pid %ld) was not ready after %.3g s", pub->command,
		(long)pub->pid, e2e_now() - begin);
	for (size_t i = 0; i < n; i++) {
		foreign = foreign || wanted[i].foreign;
		bool waits = !wanted[i].holds && wanted[i].what->kind == E2E__READY_LINE &&
			e2e__ready_buffers(p);
		silent = silent || waits;
		if (waits && !p->missed)
			p->missed = e2e_printf("%s", wanted[i].what->text);
		if (!wanted[i].holds)
			e2e__buf_addf(&text, "\n%s", wanted[i].why_not ? wanted[i].why_not : "?");
		if (!wanted[i].holds && !nearly)
			nearly = e2e__ready_nearly(p, wanted[i].what);
		if (ready) {
			e2e__match_line_consumed(
				wanted[i].what->kind == E2E__READY_LOGGED ? &p->own_log : &p->out,
				&wanted[i].out);
			e2e__match_line_consumed(&p->err, &wanted[i].err);
		}
		if (wanted[i].what->kind == E2E__READY_LINE ||
			wanted[i].what->kind == E2E__READY_LOGGED)
			regfree(&wanted[i].re);
	}

	e2e__buf_add(&text, "", 1);
	const char *hint = foreign
		? "somebody else was there first: end that one, or take a port of your own from e2e_port(). A server that"
		  " another one starts (docker, systemd) is ready when E2E_CMD(...) says so"
		: nearly ? e2e_printf("it still runs: %s", nearly)
		: silent
		? e2e_printf("it still runs: %s; E2E_WITHIN(seconds) in the list waits longer",
			  e2e__ready_buffer_hint(p))
		: "it still runs: see its log; E2E_WITHIN(seconds) in the list waits longer";
	e2e_failure failure = e2e__system_failure("not-ready", text.p, hint);
	e2e__wait_op_end();
	if (ready)
		e2e__told_ready(pub->own);
	e2e_report(file, line, ready, e2e_printf("%s is ready", pub->name), &failure);
	e2e__buf_free(&text);
	return ready;
}
