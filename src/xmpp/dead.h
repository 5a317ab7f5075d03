#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "loop.h"
#include "literal.h"
#include "connect.h"
#include "raw.h"
#include "provision.h"

/* @manual A server that is dead
 *	Where nobody can log in, that costs its deadline once a run and not once a case. The first
 *	failure of a server that runs already and that holds for all clients (silent, refused,
 *	unreachable, dns, certificate, pin, no-tls, no-anonymous) is noted in the run's folder.
 *	Later cases, and the run's other programs, fail within a second; their message ends with the
 *	case where it happened first. Each still has a short look, half a second at most, and once
 *	somebody gets in the note is gone.
 *	As long as nobody got in, connecting to such a server has 10 s, not the 20 of other steps;
 *	timeout=SECONDS in the provisioner's section sets both, e2e_xmpp_timeout() does so from the
 *	test. It isn't for private servers, nor for accounts, TLS or a timeout that a test brings
 *	itself: with these it may well want a login to fail.
 */

/* @implementation */

/* What is known of the server that a client is about to log in at. */
struct e2e__xmpp_dead {
	/* where it is noted; NULL: the login of this client says nothing about others */
	const char *path;
	const char *code, *first, *reason; /* NULL: nothing is known against it */
	double age;                        /* seconds since somebody tried last */
};

E2E__FN bool e2e__dead_known(const struct e2e__xmpp_dead *d)
{
	return d->reason != NULL;
}

/* What makes two clients fail alike: the server, and how its certificate is judged. */
E2E__FN const char *e2e__dead_path(const struct e2e__xmpp_own *o)
{
	const e2e_account *a = &o->self->account;
	const e2e_tls *tls = &o->self->tls;
	const char *domain = strchr(a->jid, '@') ? strchr(a->jid, '@') + 1 : a->jid,
		   *dir = e2e_run_dir();

	if (!dir || o->private_server || o->opts.account || o->opts.tls || o->opts.timeout > 0)
		return NULL;
	return e2e_printf("%s/xmpp-dead-%016llx", dir,
		(unsigned long long)e2e__file_hash(e2e_printf("%s:%d %s %s %s %d %d %d %d %d",
			a->host ? a->host : "", a->port, domain, a->ca_file ? a->ca_file : "",
			tls->pin_store ? tls->pin_store : "", tls->pin_type, tls->no_verify,
			tls->off, tls->direct, a->password != NULL)));
}

/* Reads the note: code, first case and reason, a line each. */
E2E__FN void e2e__dead_look(struct e2e__xmpp_dead *d, const struct e2e__xmpp_own *o)
{
	char *text, *first, *reason;
	struct stat s;

	memset(d, 0, sizeof *d);
	d->path = e2e__dead_path(o);
	text = d->path && !stat(d->path, &s) ? e2e__file_read(d->path, NULL) : NULL;
	first = text ? strchr(text, '\n') : NULL;
	reason = first ? strchr(first + 1, '\n') : NULL;
	if (!reason)
		return;
	*first++ = *reason++ = 0;
	d->code = text;
	d->first = first;
	d->reason = reason;
	d->age = difftime(time(NULL), s.st_mtime);
}

/* How long this login may take. */
E2E__FN double e2e__dead_patience(const struct e2e__xmpp_dead *d, double seconds)
{
	double most = e2e__clock_scaled(e2e__dead_known(d) ? 0.5 : 10);

	if (!d->path || (e2e__loop_step_chosen() && !e2e__dead_known(d)))
		return seconds;
	return seconds < most ? seconds : most;
}

/* Not even a short look: it would take its time, and somebody had it just now. */
E2E__FN bool e2e__dead_for_sure(const struct e2e__xmpp_dead *d)
{
	return e2e__dead_known(d) && d->age >= 0 && d->age < 5 &&
		(strcmp(d->code, "silent") == 0 || strcmp(d->code, "dns") == 0);
}

/* What happened, without who tried it where; NULL: it's no reason for others. */
E2E__FN const char *e2e__dead_reason(const struct e2e__xmpp_own *o)
{
	static const char *const codes[] = {"silent", "refused", "unreachable", "dns",
		"certificate", "pin", "no-tls", "no-anonymous", NULL};
	const char *who = e2e_printf(" as %s: ", o->self->account.jid),
		   *at = o->failed && o->failure.message ? strstr(o->failure.message, who) : NULL;

	return at && e2e__state_has_word(codes, o->failure.code) ? at + strlen(who) : NULL;
}

/* Notes the first failure; of several programs at once the first one counts. */
E2E__FN void e2e__dead_note(const struct e2e__xmpp_dead *d, const struct e2e__xmpp_own *o)
{
	const char *reason = e2e__dead_reason(o), *draft, *text;
	int fd;

	if (!reason)
		return;
	draft = e2e_printf("%s.%ld", d->path, (long)getpid());
	text = e2e_printf(
		"%s\n%s of %s\n%s", o->failure.code, e2e__case_name(), e2e__op_program(), reason);
	fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (e2e__file_write_whole(fd, text, strlen(text)) && link(draft, d->path)) {
		/* then another program has noted it */
	}
	close(fd);
	unlink(draft);
}

/* It failed once more: said in short, with the place of the whole report. */
E2E__FN void e2e__dead_again(const struct e2e__xmpp_dead *d, struct e2e__xmpp_own *o)
{
	if (e2e__dead_reason(o)) {
		utimensat(AT_FDCWD, d->path, NULL, 0);
		o->failure.message =
			e2e_printf("%s (as before in the case %s)", o->failure.message, d->first);
		o->failure.hint = NULL;
	}
	if (e2e__xmpp.login_fd >= 0 && ftruncate(e2e__xmpp.login_fd, 0)) {
		/* then the report is longer */
	}
}

/* Makes the accounts that are to be made, and connects. */
E2E__FN struct e2e__xmpp_own *e2e__dead_go(struct e2e__xmpp_own **list, size_t n, double seconds)
{
	for (size_t i = 0; i < n; i++)
		if (list[i]->before && !list[i]->before(list[i]))
			return list[i];
	return list[0]->opts.until ? e2e__raw_connect(list[0], seconds)
				   : e2e__connect(list, n, seconds);
}

/* Connects clients as e2e__connect does, unless their server is known to be dead. */
E2E__FN struct e2e__xmpp_own *e2e__dead_connect(
	struct e2e__xmpp_own **list, size_t n, double seconds)
{
	struct e2e__xmpp_dead d;
	struct e2e__xmpp_own *bad;

	if (!n)
		return NULL;
	e2e__dead_look(&d, list[0]);
	if (e2e__dead_for_sure(&d)) {
		bad = list[0];
		bad->quiet = true;
		e2e__libstrophe_blame(bad, e2e__memory_strdup(d.code), d.reason, NULL);
		bad->phase = E2E__PHASE_DOWN;
	} else {
		bad = e2e__dead_go(list, n, e2e__dead_patience(&d, seconds));
	}

	if (!d.path)
		return bad;
	if (bad && e2e__dead_known(&d))
		e2e__dead_again(&d, bad);
	else if (bad)
		e2e__dead_note(&d, bad);
	else if (e2e__dead_known(&d) && !list[0]->opts.until) /* a raw client proves little */
		unlink(d.path);
	return bad;
}
