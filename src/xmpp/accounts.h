#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "transcript.h"
#include "libstrophe.h"
#include "loop.h"
#include "connect.h"
#include "provision.h"
#include "clear.h"
#include "dead.h"
#include "clients.h"

/* @implementation */

/* An account that the case made at a server. Its note is a file that this process holds locked: one
 * that nobody holds is of a case that died. */
struct e2e__xmpp_made {
	struct e2e__xmpp_made *next;
	e2e_account account;
	e2e_tls tls;
	/* deletes it; NULL, or why it can't */
	const char *(*remove)(struct e2e__xmpp_made *made);
	const char *path; /* NULL: there's no note */
	int fd;
};

/* What a client of the toolkit's own is there for. */
struct e2e__accounts_role {
	const char *name;
	int until;      /* as in e2e_client_opts */
	bool registers; /* where it can't connect, its account couldn't be made */
};

/* A client of the toolkit's own, connected; NULL, and *why. */
E2E__FN e2e_client *e2e__accounts_log_in(const struct e2e__accounts_role *role,
	const e2e_account *account, const e2e_tls *tls, e2e_failure *why)
{
	struct e2e__xmpp_own *o, *list[1];
	e2e_client_opts opts;

	memset(&opts, 0, sizeof opts);
	opts.presence = "none";
	opts.until = role->until;
	o = list[0] = e2e__client_new(&opts);
	e2e__xmpp.made--;
	o->self->name = role->name;
	o->registers = role->registers;
	o->self->account = *account;
	o->self->tls = *tls;
	e2e__client_enlist(o);
	if (e2e__dead_connect(list, 1, e2e__loop_step())) {
		*why = o->failure;
		return NULL;
	}

	e2e__client_settle(o);
	o->opts.account = &o->self->account; /* nothing to be cleared */
	return o->self;
}

/* Where notes are; NULL: nowhere. */
E2E__FN const char *e2e__accounts_dir(void)
{
	const char *root = e2e__cache_root(), *dir = root ? e2e_printf("%s/xmpp-made", root) : NULL;

	return dir && !e2e__file_mkdirs(dir, 0700) ? dir : NULL;
}

/* The note of an account: where it is, a line each. */
E2E__FN const char *e2e__accounts_text(const e2e_account *a)
{
	return e2e_printf("%s\n%d\n%s\n%s\n", a->host ? a->host : "", a->port, a->jid, a->password);
}

/* Is it at the server that the config names? At others nobody looks for notes. */
E2E__FN bool e2e__accounts_of_config(const e2e_account *a)
{
	const char *section = e2e__xmpp.section, *place = e2e__xmpp.place, *domain;
	bool same;

	if (!section || !e2e__provision_is_remote(section) || !a->host)
		return false;
	e2e__xmpp.place = e2e__provision_place(e2e__provision_domain_of(a->jid));
	domain = e2e__xmpp.place ? e2e__xmpp.place : e2e__provision_first_domain();
	same = strcasecmp(a->host, e2e__literal_setting("host", domain)) == 0 &&
		a->port == e2e__literal_port();
	e2e__xmpp.place = place;
	return same;
}

/* Notes an account that will be made now. The file has its name when it is locked and whole. */
E2E__FN struct e2e__xmpp_made *e2e__accounts_note(
	const struct e2e__xmpp_own *o, const char *(*remove)(struct e2e__xmpp_made *made))
{
	struct e2e__xmpp_made *m = (struct e2e__xmpp_made *)e2e__memory_alloc(sizeof *m);
	const char *dir, *text, *draft;

	m->account = o->self->account;
	m->tls = o->self->tls;
	m->remove = remove;
	m->fd = -1;
	m->next = e2e__xmpp.accounts;
	e2e__xmpp.accounts = m;
	dir = e2e__accounts_of_config(&m->account) ? e2e__accounts_dir() : NULL;
	if (!dir)
		return m;
	text = e2e__accounts_text(&m->account);
	m->path = e2e_printf("%s/%016llx", dir, (unsigned long long)e2e__file_hash(text));
	draft = e2e_printf("%s.new%ld", m->path, (long)getpid());
	m->fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (m->fd < 0 || flock(m->fd, LOCK_EX | LOCK_NB) ||
		!e2e__file_write_whole(m->fd, text, strlen(text)) || rename(draft, m->path))
		e2e_diag("%s can't be noted in %s: %s; if the case dies, nobody deletes it",
			m->account.jid, dir, strerror(errno));
	return m;
}

/* It is gone, or was never there. */
E2E__FN void e2e__accounts_forget(struct e2e__xmpp_made *m)
{
	struct e2e__xmpp_made **at = &e2e__xmpp.accounts;

	while (*at && *at != m)
		at = &(*at)->next;
	if (*at)
		*at = m->next;
	if (m->path)
		unlink(m->path);
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

/* The account of a note that somebody left, and that nobody holds; NULL: it is none of this
 * server's. */
E2E__FN struct e2e__xmpp_made *e2e__accounts_left(const e2e_account *at, const char *path)
{
	struct e2e__xmpp_made *m = (struct e2e__xmpp_made *)e2e__memory_alloc(sizeof *m);
	char *text, *port, *jid, *password, *end;
	const char *domain;

	m->path = path;
	m->account = *at;
	m->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (m->fd < 0)
		return NULL;
	text = flock(m->fd, LOCK_EX | LOCK_NB) ? NULL : e2e__file_read(path, NULL);
	port = text ? strchr(text, '\n') : NULL;
	jid = port ? strchr(port + 1, '\n') : NULL;
	password = jid ? strchr(jid + 1, '\n') : NULL;
	end = password ? strchr(password + 1, '\n') : NULL;
	if (end) {
		*port++ = *jid++ = *password++ = *end = 0;
		domain = strchr(jid, '@') ? strchr(jid, '@') + 1 : jid;
		m->account.jid = jid;
		m->account.password = password;
		if (strcmp(text, at->host) == 0 && atoi(port) == at->port &&
			strcasecmp(domain, at->jid) == 0)
			return m;
	}

	close(m->fd);
	return NULL;
}

/* Deletes what cases that died have left at this server: of at the jid is the domain. */
E2E__FN void e2e__accounts_sweep(const e2e_account *at, const e2e_tls *tls,
	const char *(*remove)(struct e2e__xmpp_made *made))
{
	const char *dir = e2e__accounts_dir(), *task = e2e__xmpp.task, *wrong = NULL;
	DIR *d = dir ? opendir(dir) : NULL;
	struct dirent *e;

	e2e__xmpp.task = "clean-up of an earlier case";
	while (d && !wrong && (e = readdir(d))) {
		struct e2e__xmpp_made *m = *e->d_name == '.' || strchr(e->d_name, '.')
			? NULL
			: e2e__accounts_left(at, e2e_printf("%s/%s", dir, e->d_name));

		if (!m)
			continue;
		m->tls = *tls;
		wrong = remove(m);
		if (wrong)
			e2e_diag("the account %s of a case that died couldn't be deleted: %s",
				m->account.jid, wrong);
		else
			unlink(m->path);
		close(m->fd);
	}
	if (d)
		closedir(d);
	e2e__xmpp.task = task;
}

/* The server will end these connections, and it may. */
E2E__FN void e2e__accounts_let_go(const char *jid)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->phase == E2E__PHASE_UP && o->self->account.jid &&
			strcasecmp(o->self->account.jid, jid) == 0)
			o->wanted_down = true;
}

/* Deletes what the case made. Where its limit was over, nobody waits long. */
E2E__FN void e2e__accounts_delete_all(bool late)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	int login_fd = s->login_fd;

	s->login_fd = -1; /* the report is about the case */
	s->patience = e2e__clock_scaled(late ? 0.5 : 3);
	while (s->accounts) {
		struct e2e__xmpp_made *m = s->accounts;
		const char *wrong;

		s->task = e2e_printf("clean-up of %s", m->account.jid);
		wrong = m->remove(m);
		if (wrong && m->path) {
			e2e_diag("%s couldn't be deleted: %s; the next run tries again",
				m->account.jid, wrong);
			close(m->fd);
			s->accounts = m->next;
			continue;
		}
		if (wrong)
			e2e_diag("%s couldn't be deleted: %s", m->account.jid, wrong);
		e2e__accounts_forget(m);
	}
	s->patience = 0;
	s->task = NULL;
	s->login_fd = login_fd;
}

/* Hook: the case is over. */
E2E__FN void e2e__accounts_case_end(bool failed)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	if (s->accounts && s->ctx && s->pid == getpid() && !s->inside) {
		bool late = s->in_gap;

		s->depth = 0;
		s->in_gap = s->discovering = false;
		e2e__accounts_delete_all(late);
		s->in_gap = late;
	}
	s->accounts = NULL;
	s->admin = NULL;
	s->place = NULL;
	e2e__clear_case_end(failed);
}
