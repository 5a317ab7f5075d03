#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "keeper.h"
#include "waits.h"
#include "spawn.h"

/* @implementation */

/* The stub server, the proxy and the mail sink are helpers: forked children of the case with a poll
 * loop, a few pages shared with the case, and a socket pair. The case writes into the shared pages,
 * sends a number over the pair and waits until it comes back: then the change is in force. End of
 * file on the pair means that the case is gone. */
struct e2e__helper {
	const char *what; /* for messages */
	e2e_proc *proc;
	int line;                 /* the pair: ours, or in the helper its own */
	int sock;                 /* in the helper: the listening socket */
	int sock2;                /* and another one, or -1 */
	struct e2e__helper *next; /* of the suite's */
	/* a private mapping of both processes; begins with a uint32_t, the last number sent */
	void *shared;
	size_t size; /* of shared */
	void (*run)(struct e2e__helper *helper);
	void (*begin)(struct e2e__helper *helper); /* of the suite's: a case begins */
	void (*tell)(struct e2e__helper *helper);  /* the case has failed: say what it saw */
	void (*judge)(struct e2e__helper *helper); /* the case has passed until now: may fail it */
	const char *file;                          /* where it was started */
	int at;
	int theirs; /* the helper's end of the pair */
	bool open;  /* it runs code of the case's, which has all descriptors and its output */
};

/* Fails and ends the case: what was tried failed with an errno. */
E2E__FN void e2e__helper_die(
	const char *file, int line, const char *code, const char *what, int error, const char *hint)
{
	e2e__system_die_of(
		file, line, NULL, code, e2e_printf("%s: %s", what, strerror(error)), hint);
}

/* In the child: nothing of the case but the descriptors 3 (pair), 4 and perhaps 5 (listeners), no
 * handlers, nothing blocked. */
E2E__FN void e2e__helper_settle(struct e2e__helper *h)
{
	static const int keep[] = {3, 4, 5};
	sigset_t none;

	if (h->open) {
		close(h->line);
		h->line = h->theirs;
		signal(SIGPIPE, SIG_IGN);
		return;
	}

	int pair = fcntl(h->theirs, F_DUPFD, 10), sock = fcntl(h->sock, F_DUPFD, 10);
	int sock2 = h->sock2 < 0 ? -1 : fcntl(h->sock2, F_DUPFD, 10);
	if (pair < 0 || sock < 0 || dup2(pair, 3) < 0 || dup2(sock, 4) < 0 ||
		(h->sock2 >= 0 && (sock2 < 0 || dup2(sock2, 5) < 0)))
		_exit(E2E__HELPER_NO_DESCRIPTORS);
	e2e__system_quiet();
	e2e__system_close_others(keep, h->sock2 < 0 ? 2 : 3);
	h->line = 3;
	h->sock = 4;
	h->sock2 = h->sock2 < 0 ? -1 : 5;
	e2e__system_default_signals();
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

E2E__FN int e2e__helper_main(void *arg)
{
	struct e2e__helper *h = (struct e2e__helper *)arg;

	e2e__helper_settle(h);
	h->run(h);
	return 0;
}

/* Does it still answer? False if it has ended: a death just before the case's end isn't to be
 * missed. One that is slow lives. */
E2E__FN bool e2e__helper_lives(struct e2e__helper *h)
{
	uint32_t *asked = (uint32_t *)h->shared, got = 0, want = ++*asked;
	double until = e2e_now() + 2;
	ssize_t n = e2e__system_write(h->line, (const char *)&want, sizeof want);

	while (n > 0 && got != want && e2e_now() < until) {
		struct pollfd p;

		p.fd = h->line;
		p.events = POLLIN;
		poll(&p, 1, 50);
		n = recv(h->line, &got, sizeof got, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			n = 1;
	}

	return n > 0;
}

/* The line to a helper has ended: so has the helper, and it is known in a moment. */
E2E__FN void e2e__helper_gone(e2e_proc *p)
{
	for (double until = e2e_now() + 2; !p->own->exited && e2e_now() < until; poll(NULL, 0, 1))
		e2e__wait_look();
}

/* At the end of the case. The process is ended by those who end processes; it holds nothing that
 * must be saved. */
E2E__FN void e2e__helper_done(void *arg)
{
	struct e2e__helper *h = (struct e2e__helper *)arg, **at = &e2e__net.helpers;

	while (*at && *at != h)
		at = &(*at)->next;
	if (*at)
		*at = h->next;
	if (!e2e__exit_failed() && h->judge)
		h->judge(h);
	if (e2e__exit_failed())
		h->tell(h);

	/* it tells the story what it has seen, too */
	if (h->proc->running && !e2e__helper_lives(h) && !e2e__exit_failed())
		e2e__helper_gone(h->proc);
	if (!h->proc->own->exited) {
		/* with its line it ends, in order: nobody tells of that who still waits for
		 * another one */
		h->proc->own->may_end = true;
		h->proc->own->ends_with = 0;
		e2e__keeper_slot_set(h->proc->own->slot, E2E__GROUP_ONLY);
	}
	close(h->line);
	e2e__page_unshare(h->shared, h->size);
}

/* The suite's helpers work for each case: they count what is the case's, and tell of it if it
 * fails. */
E2E__FN void e2e__helper_case_begin(void)
{
	struct e2e__helper *h;

	e2e__net.cases++;
	e2e__net.arrived = NULL; /* its memory went with the case before */
	for (h = e2e__net.helpers; h; h = h->next)
		if (h->begin)
			h->begin(h);
}

E2E__FN void e2e__helper_case_end(bool failed)
{
	struct e2e__helper *h;

	for (h = failed ? e2e__net.helpers : NULL; h; h = h->next)
		h->tell(h);
}

/* Memory that the case and its helper both see. */
E2E__FN void *e2e__helper_share(const char *file, int line, struct e2e__helper *h, size_t size)
{
	h->size = size;
	h->shared = e2e__page_share(size, -1);
	if (!h->shared)
		e2e__helper_die(file, line, "helper", e2e_printf("no memory for the %s", h->what),
			errno, NULL);
	return h->shared;
}

/* Starts it; h has its what, run, tell and shared. The listening sockets are the helper's alone
 * from now on. */
E2E__FN void e2e__helper_start(
	const char *file, int line, struct e2e__helper *h, int sock, int sock2)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || e2e__system_fd_flags(pair[0]) < 0 ||
		e2e__system_fd_flags(pair[1]) < 0 || e2e__system_fd_flags(sock) < 0 ||
		(sock2 >= 0 && e2e__system_fd_flags(sock2) < 0))
		e2e__helper_die(file, line, "helper", e2e_printf("no sockets for the %s", h->what),
			errno, NULL);
	h->file = file;
	h->at = line;
	h->line = pair[0];
	h->theirs = pair[1];
	h->sock = sock;
	h->sock2 = sock2;
	h->proc = e2e__spawn_helper(file, line, h->what, e2e__helper_main, h);
	close(pair[1]);
	close(sock);
	if (sock2 >= 0)
		close(sock2);
	if (e2e__hook_in_suite()) {
		h->next = e2e__net.helpers;
		e2e__net.helpers = h;
	}

	e2e_defer(e2e__helper_done, h);
}

/* Makes what the case wrote into the shared memory come into force. */
E2E__FN void e2e__helper_apply(const char *file, int line, struct e2e__helper *h)
{
	double end = e2e__system_wait_until(20);
	uint32_t *asked = (uint32_t *)h->shared, got = 0, want = ++*asked;

	e2e__wait_waiting("the %s (pid %ld) to take what it is told", h->what, (long)h->proc->pid);
	while (send(h->line, &want, sizeof want, 0) < 0 && errno == EINTR)
		;
	for (;;) {
		struct pollfd p;
		ssize_t n;

		p.fd = h->line;
		p.events = POLLIN;
		poll(&p, 1, 5);
		while ((n = recv(h->line, &got, sizeof got, 0)) == (ssize_t)sizeof got &&
			got != want)
			; /* an answer that a case before this one didn't wait for */
		if (n == (ssize_t)sizeof got) {
			e2e__wait_waiting(NULL);
			return;
		}
		e2e__limit_pause(0); /* sees whether the helper has died */
		if ((n < 0 && errno != EAGAIN && errno != EINTR) || e2e_now() > end)
			e2e__helper_die(file, line, "helper",
				e2e_printf("the %s doesn't answer", h->what), ETIMEDOUT,
				"was it stopped, or does it belong to a case that is over?");
	}
}

/* In the helper: takes the case's word, if there is one. Returns whether something changed; exits
 * when the case is gone. */
E2E__FN bool e2e__helper_asked(struct e2e__helper *h, uint32_t *number)
{
	ssize_t n = recv(h->line, number, sizeof *number, 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		_exit(0);
	return n == (ssize_t)sizeof *number;
}

E2E__FN void e2e__helper_answer(struct e2e__helper *h, uint32_t number)
{
	while (send(h->line, &number, sizeof number, 0) < 0 && errno == EINTR)
		;
}
