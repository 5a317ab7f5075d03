#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "keeper.h"
#include "logs.h"

/* @implementation */

/* What somebody says who finds an address taken. */
E2E__FN bool e2e__hint_says_in_use(const char *words)
{
	return words && (strstr(words, "ddress already in use") || strstr(words, "EADDRINUSE"));
}

/* Its address was taken: by the port's own holder, or by somebody else? NULL: it doesn't say so. */
E2E__FN const char *e2e__hint_address(const struct e2e__process *p)
{
	const char *err = p->err.path ? e2e__log_end(&p->err) : NULL, *out = e2e__log_end(&p->out);

	if (!e2e__hint_says_in_use(err) && !e2e__hint_says_in_use(out))
		return NULL;
	for (const struct e2e__held *h = e2e__proc.held; h; h = h->next) {
		const char *number = e2e_printf("%d", h->port);

		if ((h->fd[0] < 0 && h->fd[1] < 0) ||
			!(strstr(p->pub.command, number) || (err && strstr(err, number)) ||
				(out && strstr(out, number))))
			continue;
		return e2e_printf(
			"e2e_port() holds port %d, which a server shares that sets SO_REUSEADDR; this one doesn't:"
			" e2e_port_release(%d) just before it is started",
			h->port, h->port);
	}

	return "somebody else has its address: end that one, or take a port of your own from e2e_port()";
}

/* Is this one of those that it has started, and alive? */
E2E__FN bool e2e__hint_is_left(const struct e2e__process *p, pid_t pid)
{
	struct e2e__stat st;

	if (pid <= 0 || pid == p->pub.pid || !e2e__system_stat_read(pid, &st) || st.state == 'Z')
		return false;
	return st.group == p->pub.pid || (p->mark && e2e__keeper_carries(pid, "environ", p->mark));
}

/* Does something live on that it has started? Itself it may still wait to be collected, and is its
 * group until then. */
E2E__FN bool e2e__hint_left(const struct e2e__process *p)
{
	bool left = false;
	DIR *d = e2e__keeper_knows_processes() ? opendir(E2E__PROC) : NULL;

	if (!d)
		return kill(p->pub.pid, 0) != 0 && e2e__system_group_lives(p->pub.pid);
	for (struct dirent *e; !left && (e = readdir(d));)
		left = e2e__hint_is_left(p, (pid_t)strtol(e->d_name, NULL, 10));
	closedir(d);
	return left;
}

/* A server that has gone to the background, or NULL. */
E2E__FN const char *e2e__hint_daemon(const struct e2e__process *p)
{
	if (p->exit_status != 0 || p->stolen || !e2e__hint_left(p))
		return NULL;
	return "it has ended with 0, and what it has started lives on: does it daemonise? Start it in the foreground"
	       " (nginx -g 'daemon off;'), or take over the daemon with e2e_adopt(pid_file)";
}

/* What its end may come from, or NULL. */
E2E__FN const char *e2e__hint_end(const struct e2e__process *p)
{
	const char *why = e2e__hint_address(p);

	return why ? why : e2e__hint_daemon(p);
}

/* It was ended by the test's own signal. NULL: it wasn't. */
E2E__FN const char *e2e__hint_sent(const struct e2e__process *p)
{
	if (!p->sent || p->exit_status != E2E_SIG(p->sent))
		return NULL;
	return e2e_printf("the test itself has sent it %s", e2e__clock_signal_name(p->sent));
}

/* Where to look on: a log, if there is something in it. */
E2E__FN const char *e2e__hint_log(const struct e2e__process *p)
{
	bool said = (p->err.path && e2e__log_end(&p->err)) || e2e__log_end(&p->out) ||
		(p->own_log.path && e2e__log_end(&p->own_log));

	if (p->adopted)
		return "see the log that it writes itself";
	return said ? "see its log" : "it has said nothing: its log is empty";
}

/* How those are ended who are left in its process group. */
E2E__FN const char *e2e__hint_leaked(const struct e2e__process *p)
{
	const char *shell = strstr(p->pub.command, "sh -c ");

	if (shell && (shell == p->pub.command || shell - p->pub.command <= 10))
		return "the shell is gone, and what it has started is not: write exec before the last command, or end"
		       " all together by e2e_signal_group(p, SIGTERM)";
	return "a process has to end its children before it exits; e2e_signal_group(p, SIGTERM) tells all of its"
	       " group";
}
