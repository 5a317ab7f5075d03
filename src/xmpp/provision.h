#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "transcript.h"
#include "loop.h"
#include "literal.h"
#include "wish.h"
#include "servers.h"

/* @manual Provisioners: where clients come from
 *	[global] provisioner= in the config (see e2e.h, "Configuration") chooses one, and the
 *	section of that name configures it:
 *	  local      a private server. server=prosody|ejabberd, modules=["mam"], config=FILE (see
 *	             "Private servers to order"), starttls=true (its clients use STARTTLS, not the
 *	             faster port with TLS from the first byte), start_timeout=SECONDS
 *	  anonymous  SASL ANONYMOUS at a server.                 host=, domain= (default: host),
 *	                                                         port=
 *	  any        random users where any password will do.    the same
 *	  static     a list of accounts.  the same, accounts=[("user", "password"), ...],
 *	                                  skip_on_too_few_accounts=false
 *	  register   an account a client, made by in-band registration (XEP-0077). the same
 *	  admin      an account a client, made by an administrator (XEP-0133). the same, admin=
 *	             (a user of the domain, or an address), admin_password=
 *	  none       no server: cases that need one are skipped
 *	Without port= the domain's SRV records decide, in the order of their priority (the next one
 *	where nobody listens; with direct_tls=true those of xmpps-client), else port 5222 (5223).
 *	hosts= names further ones (see "Several hosts").
 *	All take no_verify=, pin_store=, pin_type=, ca_file=, quirks= and block_features=,
 *	no_tls=true, direct_tls=true and timeout=, the seconds of a step (default 20).
 *	aioxmpp.e2etest's file is read unchanged: its class names mean the same.
 *	`--server NAME[,NAME]` overrides the config with `local` and this server.
 *	A config that can't work ends the program with status 99 before its first case, and names
 *	file and line: unknown keys of these sections, no host or accounts, an account given twice,
 *	files of certificates that can't be read, pins without this host, unknown quirks, what
 *	excludes each other (no_tls beside direct_tls, ca_file or pin_store; host= in [local]), a
 *	section of a provisioner where none is chosen. So does a server that was asked for by name
 *	(server=, --server, provisioner=local) and isn't installed: cases are skipped for want of a
 *	server only where nothing was asked for. Your own: fill in a struct e2e_provisioner and call
 *	e2e_provisioner_add(&mine) in E2E_SUITE_SETUP. Its name is none of the above. In the section
 *	of that name no_verify=, pin_store=, pin_type=, ca_file=, no_tls=, direct_tls=, timeout=,
 *	quirks= and block_features= mean the same; the other keys are yours. .start is called once a
 *	run, and starts a server that all programs share; what this needs, as a database, it asks
 *	for by e2e_service. What both have said meanwhile is in the failure of a case. The other
 *	functions are called in the process of each case.
 *	The private Prosody has three hosts: localhost takes any name and password, anonymous.test
 *	takes SASL ANONYMOUS, registered.test takes accounts that were registered in-band
 *	(XEP-0077), and admin@registered.test, once that is registered, administers it (XEP-0133).
 *	The last two, conference.localhost (rooms) and pubsub.localhost come up when a
 *	client first asks for them.
 */

/* @interface */

/* Registers it; used where the config names it or no provisioner at all. It must live as long as
 * the program. */
E2E__FN void e2e_provisioner_add(e2e_provisioner *provisioner);
/* The name of the provisioner in use: "local", "static", ... */
E2E__FN const char *e2e_provisioner_name(void);

/* @implementation */

E2E__FN bool e2e__provision_no(e2e_provisioner *self, const char *why)
{
	self->error = why;
	return false;
}

E2E__FN const char *e2e__provision_random(void)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char bytes[20];
	char text[sizeof bytes + 1];

	randombytes_buf(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		text[i] = letters[bytes[i] & 31];
	text[sizeof bytes] = 0;
	return e2e__memory_strdup(text);
}

E2E__FN void e2e__provision_section_tls(e2e_tls *tls)
{
	tls->no_verify = e2e__literal_flag("no_verify");
	tls->pin_store = e2e__literal_setting("pin_store", NULL);
	tls->pin_type = (int)e2e_config_int(e2e__literal_section("pin_type"), "pin_type", 0);
	tls->off = e2e__literal_flag("no_tls");
	tls->direct = e2e__literal_flag("direct_tls");
}

/* The domain of the first host. NULL: the section has none. */
E2E__FN const char *e2e__provision_first_domain(void)
{
	const char *section = e2e__xmpp.section;

	return e2e_config(section, "domain", e2e_config(section, "host", NULL));
}

/* The domains that hosts= adds to the first one; NULL: it isn't there. */
E2E__FN const char *const *e2e__provision_hosts(void)
{
	return e2e_config_list(e2e__xmpp.section, "hosts", NULL);
}

/* What is behind the @ of an address, or all of it. */
E2E__FN const char *e2e__provision_domain_of(const char *jid)
{
	const char *at = strchr(jid, '@');

	return at ? at + 1 : jid;
}

/* Which of hosts= has this domain; NULL: none. */
E2E__FN const char *e2e__provision_place(const char *domain)
{
	const char *const *host = e2e__xmpp.section ? e2e__provision_hosts() : NULL;

	while (host && *host && strcasecmp(*host, domain) != 0)
		host++;
	return host ? *host : NULL;
}

/* The domain of the account that is being made. */
E2E__FN const char *e2e__provision_domain(const e2e_provisioner *self)
{
	return e2e__xmpp.place ? e2e__xmpp.place : self->domain;
}

/* TLS and address from the section; what all provisioners share. */
E2E__FN bool e2e__provision_common(e2e_provisioner *self, e2e_client *c)
{
	const char *domain;

	self->domain = e2e__provision_first_domain();
	domain = e2e__provision_domain(self);
	if (!domain)
		return e2e__provision_no(
			self, e2e_printf("config [%s] names no host=", e2e__xmpp.section));
	c->account.host = e2e__literal_setting("host", domain);
	c->account.port = e2e__literal_port();
	c->account.ca_file = e2e__literal_setting("ca_file", NULL);
	e2e__provision_section_tls(&c->tls);
	return true;
}

E2E__FN bool e2e__provision_anonymous_make(e2e_provisioner *self, e2e_client *c)
{
	if (!e2e__provision_common(self, c))
		return false;
	c->account.jid = e2e__provision_domain(self);
	return true;
}

E2E__FN bool e2e__provision_any_make(e2e_provisioner *self, e2e_client *c)
{
	if (!e2e__provision_common(self, c))
		return false;
	c->account.jid = e2e_printf("%s@%s", e2e__provision_random(), e2e__provision_domain(self));

	/* such servers take any; some have seen this one already */
	c->account.password = "foobar2342";
	return true;
}

struct e2e__xmpp_list {
	struct e2e__xmpp_static *account;
	size_t n;
	/* held by the case that uses the list: cases that hold some each and wait for more would
	 * wait for ever */
	int lock_fd;
};

#define E2E__XMPP_ACCOUNTS "[(\"user\", \"password\"), ...]"

/* What is wrong with one of accounts=; NULL: nothing. */
E2E__FN const char *e2e__provision_static_wrong(
	const struct e2e__json *list, const struct e2e__json *one)
{
	const struct e2e__json *user = one->type == '[' ? one->child : NULL,
			       *password = user ? user->next : NULL;

	if (!password || password->next || user->type != '"' || password->type != '"')
		return "isn't (\"user\", \"password\")";
	if (!*user->text)
		return "has no user";
	if (strpbrk(user->text, "/ ") ||
		(strchr(user->text, '@') &&
			!e2e__provision_place(e2e__provision_domain_of(user->text))))
		return e2e_printf(
			"has the user \"%s\", which is no name before the @: domain= is added to it; "
			"only domains that hosts= names may stand behind one",
			user->text);
	for (; list != one; list = list->next)
		if (strcasecmp(list->child->text, user->text) == 0)
			return e2e_printf("names \"%s\" once more", user->text);
	return NULL;
}

/* The list of accounts=, each one looked at. */
E2E__FN const struct e2e__json *e2e__provision_static_accounts(void)
{
	const struct e2e__json *list = e2e__literal("accounts", '[', E2E__XMPP_ACCOUNTS), *one;
	const char *wrong;
	size_t n = 0;

	for (one = list ? list->child : NULL; one; one = one->next) {
		n++;
		wrong = e2e__provision_static_wrong(list->child, one);
		if (wrong)
			e2e__literal_wrong("accounts", e2e_printf("number %zu %s", n, wrong),
				E2E__XMPP_ACCOUNTS);
	}
	return list;
}

E2E__FN bool e2e__provision_static_configure(e2e_provisioner *self, const char *section)
{
	const struct e2e__json *list = e2e__provision_static_accounts(), *one;
	struct e2e__xmpp_list *to = (struct e2e__xmpp_list *)calloc(1, sizeof *to);
	size_t n = 0;

	for (one = list ? list->child : NULL; one; one = one->next)
		n++;
	if (!n || !to)
		return e2e__provision_no(
			self, e2e_printf("config [%s] names no accounts=", section));
	to->account = (struct e2e__xmpp_static *)calloc(n, sizeof *to->account);
	for (one = list->child; one && to->account; one = one->next) {
		struct e2e__xmpp_static *a = to->account + to->n++;

		char *at = strchr(one->child->text, '@');

		a->user = strndup(one->child->text,
			at ? (size_t)(at - one->child->text) : strlen(one->child->text));
		a->domain = at ? strdup(at + 1) : NULL;
		a->password = strdup(one->child->next->text);
		a->mark_fd = -1;
	}

	to->lock_fd = -1;
	self->keep_accounts = true;
	self->arg = to;
	return true;
}

E2E__FN const char *e2e__provision_static_dir(void)
{
	const char *root = e2e__cache_root(),
		   *dir = root ? e2e_printf("%s/xmpp-accounts", root) : NULL;

	return dir && !e2e__file_mkdirs(dir, 0700) ? dir : NULL;
}

/* Waits until no other program of this machine uses the list. */
E2E__FN bool e2e__provision_static_queue(e2e_provisioner *self, struct e2e__xmpp_list *list)
{
	const char *dir = e2e__provision_static_dir(), *section = e2e__xmpp.section;
	double until = e2e__limit_until(600) - 1;

	if (!dir || list->lock_fd >= 0)
		return true;
	list->lock_fd = open(e2e_printf("%s/list %.100s %.100s:%d", dir, self->domain,
				     e2e_config(section, "host", self->domain),
				     (int)e2e_config_int(section, "port", 0)),
		O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (list->lock_fd >= 0 && flock(list->lock_fd, LOCK_EX | LOCK_NB))
		e2e__op_doing(
			"other programs to give back the accounts of [%s]", e2e__xmpp.section);
	while (list->lock_fd >= 0 && flock(list->lock_fd, LOCK_EX | LOCK_NB)) {
		if (e2e_now() > until)
			return e2e__provision_no(self,
				e2e_printf(
					"the accounts of [%s] are in use by other programs; give it more time, or "
					"run fewer at once",
					e2e__xmpp.section));
		e2e__loop_pump(e2e_now() + 0.01);
	}

	return true;
}

/* Marks the account as used, and finds out whether its last user cleared it. */
E2E__FN void e2e__provision_static_mark(
	e2e_provisioner *self, struct e2e__xmpp_static *a, const e2e_client *c)
{
	const char *dir = e2e__provision_static_dir();
	char *name, *left;

	if (!dir)
		return;
	name = e2e_printf("%s@%s %s:%d", a->user, e2e__provision_domain(self), c->account.host,
		c->account.port);
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '_';
	name = e2e_printf("%s/%.200s", dir, name);
	left = e2e__file_read(name, NULL);
	a->dirty = left && *left ? left : NULL;
	a->mark_fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (a->mark_fd >= 0 && !a->dirty)
		e2e__file_write_whole(a->mark_fd, "\n", 1);
}

/* Is it at the host that the client is to be at? */
E2E__FN bool e2e__provision_static_here(const struct e2e__xmpp_static *a)
{
	const char *place = e2e__xmpp.place;

	return a->domain && place ? strcasecmp(a->domain, place) == 0 : !a->domain && !place;
}

E2E__FN bool e2e__provision_static_make(e2e_provisioner *self, e2e_client *c)
{
	struct e2e__xmpp_list *list = (struct e2e__xmpp_list *)self->arg;
	size_t n = 0;

	if (!e2e__provision_common(self, c) || !e2e__provision_static_queue(self, list))
		return false;
	for (size_t i = 0; i < list->n; i++) {
		struct e2e__xmpp_static *a = list->account + i;
		const char *jid = e2e_printf("%s@%s", a->user, e2e__provision_domain(self));

		if (!e2e__provision_static_here(a))
			continue;
		n++;
		if (a->in_use || (c->account.jid && strcmp(c->account.jid, jid) != 0))
			continue;
		a->in_use = true;
		e2e__provision_static_mark(self, a, c);
		c->account.jid = jid;
		c->account.password = a->password;
		c->own->account = a;
		return true;
	}

	if (c->account.jid && c->own->opts.account->password)
		return true; /* the test brings one that isn't in the list */
	return e2e__provision_no(self,
		e2e_printf("not enough accounts%s: this case uses %s of [%s] accounts= already",
			e2e__xmpp.place ? e2e_printf(" at %s", e2e__xmpp.place) : "",
			n == 1 ? "the only one" : e2e_printf("all %zu", n), e2e__xmpp.section));
}

/* How many accounts at the first host this case may still use. */
E2E__FN size_t e2e__provision_static_left(const e2e_provisioner *self)
{
	const struct e2e__xmpp_list *list = (const struct e2e__xmpp_list *)self->arg;
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += !list->account[i].in_use && !list->account[i].domain;
	return n;
}

/* Clean and free for the next. */
E2E__FN void e2e__provision_static_free(struct e2e__xmpp_static *a, bool clean)
{
	if (a->mark_fd >= 0) {
		if (clean && ftruncate(a->mark_fd, 0))
			clean = false;
		close(a->mark_fd);
	}
	a->mark_fd = -1;
	a->in_use = false;
}

/* At the end of a case. */
E2E__FN void e2e__provision_static_teardown(e2e_provisioner *self)
{
	struct e2e__xmpp_list *list = (struct e2e__xmpp_list *)self->arg;

	if (list->lock_fd >= 0)
		close(list->lock_fd);
	list->lock_fd = -1;
}

#define E2E__XMPP_NO_SERVER "no XMPP server is installed"

E2E__FN bool e2e__provision_local_installed(const char *server)
{
	return strcmp(server, "ejabberd") != 0
		? e2e__file_which(server) != NULL
		: e2e__file_which("erl") && e2e__server_ejabberd_libs();
}

/* The private server that is to be used; NULL: none is installed. */
E2E__FN const char *e2e__provision_local_server(void)
{
	const char *server = e2e__xmpp.server_option.value ? e2e__xmpp.server_option.value
							   : e2e_config("local", "server", NULL);

	if (server)
		return server;
	return e2e__provision_local_installed("prosody")     ? "prosody"
		: e2e__provision_local_installed("ejabberd") ? "ejabberd"
							     : NULL;
}

E2E__FN bool e2e__provision_local_configure(e2e_provisioner *self, const char *section)
{
	const char *server = e2e__provision_local_server();

	(void)section; /* e2e__setting_check_local has looked at what it says */
	if (!server)
		return e2e__provision_no(self,
			E2E__XMPP_NO_SERVER
			": install prosody or ejabberd, or name one in .local/e2e.ini");
	self->domain = "localhost";
	self->arg = (void *)(uintptr_t)server;
	return true;
}

/* Starts it, or finds the one that runs already: "port ca_file port-of-direct-TLS". */
E2E__FN const char *e2e__provision_local_address(const char *server)
{
	e2e__op_doing("a private %s", server);
	if (!e2e__xmpp.ctx)
		e2e__xmpp.warm = getpid();
	return e2e__service(e2e__xmpp.file, e2e__xmpp.line, e2e__wish_service(server),
		strcmp(server, "prosody") != 0 ? e2e__server_ejabberd_start
					       : e2e__server_prosody_start,
		(void *)(uintptr_t)e2e__wish_config(server));
}

E2E__FN bool e2e__provision_local_make(e2e_provisioner *self, e2e_client *c)
{
	const char *server = (const char *)self->arg, *address, *ca;

	address = e2e__provision_local_address(server);
	ca = strchr(address, ' ') + 1; /* "port ca_file port-of-direct-TLS" */
	c->account.port = atoi(address);
	c->account.ca_file = e2e_printf("%.*s", (int)(strrchr(address, ' ') - ca), ca);
	c->own->direct_port =
		e2e_config_bool("local", "starttls", false) ? 0 : atoi(strrchr(address, ' ') + 1);
	c->own->private_server = true;
	c->account.host = "127.0.0.1";
	if (e2e_config_bool("local", "anonymous", false)) {
		self->domain = c->account.jid = "anonymous.test";
		return true;
	}

	c->account.jid = e2e_printf("%s@localhost", e2e__provision_random());
	c->account.password = e2e__provision_random();
	return true;
}

E2E__FN bool e2e__provision_none_configure(e2e_provisioner *self, const char *section)
{
	(void)section;
	return e2e__provision_no(self, "the config says provisioner=none");
}

/* Names of those that come with this header. */
E2E__FN const char *const *e2e__provision_builtins(void)
{
	static const char *const names[] = {
		"local", "anonymous", "any", "static", "register", "admin", "none", NULL};

	return names;
}

/* The ones that come with this header, by name; NULL: none of them. */
E2E__FN e2e_provisioner *e2e__provision_builtin(const char *name)
{
	e2e_provisioner *p;

	for (p = e2e__xmpp.offered; p; p = p->next)
		if (strcmp(p->name, name) == 0)
			return p;
	p = (e2e_provisioner *)calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->name = strdup(name);
	if (strcmp(name, "anonymous") == 0) {
		p->make_client = e2e__provision_anonymous_make;
	} else if (strcmp(name, "any") == 0) {
		p->make_client = e2e__provision_any_make;
	} else if (strcmp(name, "static") == 0) {
		p->configure = e2e__provision_static_configure;
		p->make_client = e2e__provision_static_make;
		p->teardown = e2e__provision_static_teardown;
	} else if (strcmp(name, "local") == 0) {
		p->configure = e2e__provision_local_configure;
		p->make_client = e2e__provision_local_make;
	} else if (strcmp(name, "none") == 0) {
		p->configure = e2e__provision_none_configure;
	} else {
		free(p);
		return NULL;
	}

	return p;
}

/* One of this header whose functions stand in a room above. */
E2E__FN void e2e__provision_offer(const char *name, bool (*initialise)(e2e_provisioner *self),
	bool (*make_client)(e2e_provisioner *self, e2e_client *client))
{
	e2e_provisioner *p = (e2e_provisioner *)calloc(1, sizeof *p);

	if (!p)
		e2e_bail_out("out of memory for the provisioner %s", name);
	p->name = name;
	p->initialise = initialise;
	p->make_client = make_client;
	p->next = e2e__xmpp.offered;
	e2e__xmpp.offered = p;
}

/* What the section of a provisioner of the test's own says of TLS, before it fills in the rest. */
E2E__FN void e2e__provision_own_tls(const e2e_provisioner *p, e2e_client *c)
{
	const e2e_provisioner *own = e2e__xmpp.added;

	while (own && own != p)
		own = own->next;
	if (!own)
		return;
	e2e__provision_section_tls(&c->tls);
	c->account.ca_file = e2e__literal_setting("ca_file", NULL);
}

/* Runs in the keeper of the service. */
E2E__FN const char *e2e__provision_run_start(void *arg)
{
	e2e_provisioner *p = (e2e_provisioner *)arg;

	return p->start(p);
}

/* The name of the service that is its server: it stands before the server's logs. */
E2E__FN const char *e2e__provision_service(const e2e_provisioner *p)
{
	size_t n = strlen(p->name);

	if (n <= 40 && strspn(p->name, E2E__ALNUM "-_.") == n)
		return e2e_printf("xmpp-of-%s", p->name);
	return e2e_printf("xmpp-named-%016llx", (unsigned long long)e2e__file_hash(p->name));
}

/* What is to be done before the first client of a case's process. False: there's no server. */
E2E__FN bool e2e__provision_begin(const char *file, int line, e2e_provisioner *p)
{
	if (p->start)
		p->address = e2e__service(
			file, line, e2e__provision_service(p), e2e__provision_run_start, p);
	return !p->initialise || p->initialise(p);
}

E2E__FN void e2e_provisioner_add(e2e_provisioner *p)
{
	e2e_provisioner **at = &e2e__xmpp.added;

	if (!p->name || !p->make_client)
		e2e_bail_out("e2e_provisioner_add: a provisioner needs a name and make_client");
	if (e2e__state_has_word(e2e__provision_builtins(), p->name))
		e2e_bail_out(
			"e2e_provisioner_add: the name \"%s\" belongs to a provisioner of e2e_xmpp.h; "
			"give it another one",
			p->name);
	while (*at && *at != p)
		at = &(*at)->next;
	if (!*at) {
		p->next = NULL;
		*at = p;
	}
}

/* Nobody has the name that the config chose. */
E2E__FN void e2e__provision_unknown_provisioner(void) __attribute__((noreturn));

E2E__FN struct e2e__section *e2e__provision_sections(void);

E2E__FN void e2e__provision_unknown_provisioner(void)
{
	const struct e2e__setting *chosen = e2e__config_find_setting("global", "provisioner");
	const char *const *builtin = e2e__provision_builtins();
	struct e2e__strings names = {NULL, 0, 0};
	const char *listed;

	for (; *builtin; builtin++)
		e2e__memory_push(&names, *builtin);
	for (e2e_provisioner *p = e2e__xmpp.added; p; p = p->next)
		e2e__memory_push(&names, p->name);
	listed = e2e__state_joined(names.at);
	for (struct e2e__section *section = e2e__provision_sections(); section->name; section++)
		e2e__memory_push(&names, section->name); /* aioxmpp's names, too */
	e2e__config_setting_error(chosen,
		e2e_printf("one of %s, or a name that e2e_provisioner_add was called with%s",
			listed, e2e__config_did_you_mean(chosen->value, names.at)));
}

/* Chooses and configures the provisioner, once a process. NULL: none, and none_reason says why. */
E2E__FN e2e_provisioner *e2e__provision(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *wanted = e2e_config("global", "provisioner", NULL), *name;
	e2e_provisioner *p;

	if (s->configured)
		return s->chosen;
	if (s->server_option.value)
		wanted = "local";
	name = wanted ? e2e__literal_alias(wanted) : s->added ? s->added->name : "local";
	s->section = wanted ? strdup(wanted) : strdup(name);
	for (p = s->added; p && strcmp(p->name, name) != 0; p = p->next)
		;
	if (!p)
		p = e2e__provision_builtin(name);
	if (!p)
		e2e__provision_unknown_provisioner();
	s->configured = true;
	s->chosen = p;
	if ((p->configure && !p->configure(p, s->section))) {
		s->none_reason =
			strdup(p->error ? p->error : "the provisioner can't be configured");
		s->chosen = NULL;
	}

	return s->chosen;
}

E2E__FN const char *e2e_provisioner_name(void)
{
	e2e_provisioner *p = e2e__provision();

	return p ? p->name : "none";
}

/* A provisioner that is ready to make clients; without one the case is skipped. */
E2E__FN void e2e__provision_ready(const char *file, int line)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	e2e_provisioner *p = e2e__provision();

	s->file = file;
	s->line = line;
	if (p && !s->initialised) {
		s->initialised = true;
		if (!e2e__provision_begin(file, line, p)) {
			s->none_reason = strdup(
				p->error ? p->error : "the provisioner can't be initialised");
			p = s->chosen = NULL;
		}
	}

	if (p && !s->set_up) {
		s->set_up = true;
		if (p->setup && !p->setup(p)) {
			e2e__op_die_of(file, line, "e2e_client", "provisioner",
				e2e_printf("the provisioner %s can't be set up: %s", p->name,
					p->error ? p->error : "it didn't say why"),
				NULL);
		}
	}

	if (!p) {
		s->depth = 0;
		e2e_skip("needs an XMPP server: %s", s->none_reason);
		e2e__exit_end_case(); /* with --no-skip there's still no server */
	}
}

E2E__FN void e2e__provision_make_account(const char *file, int line, struct e2e__xmpp_own *o)
{
	e2e_provisioner *p = e2e__xmpp.chosen;

	e2e__provision_own_tls(p, o->self);
	if (p->make_client && p->make_client(p, o->self) && o->self->account.jid)
		return;
	const char *why =
		p->error ? p->error : e2e_printf("the provisioner %s made no account", p->name);
	if (strcmp(p->name, "static") == 0 &&
		e2e_config_bool(e2e__xmpp.section, "skip_on_too_few_accounts", false)) {
		e2e__xmpp.depth = 0;
		e2e_skip("%s", why);
		e2e__exit_end_case();
	}

	e2e__op_die_of(file, line, "e2e_client", "accounts", why,
		strcmp(p->name, "static") != 0
			? NULL
			: "name more accounts, or set skip_on_too_few_accounts=true to skip such cases");
}

/* Our sections and their keys, the likeliest first. */
E2E__FN struct e2e__section *e2e__provision_sections(void)
{
#define E2E__XMPP_SHARED_KEYS \
	"host", "domain", "port", "hosts", "no_verify", "pin_store", "pin_type", "ca_file", \
		"no_tls", "direct_tls", "quirks", "block_features", "timeout", NULL
	static const char *const remote[] = {E2E__XMPP_SHARED_KEYS};
	static const char *const accounts[] = {
		"accounts", "skip_on_too_few_accounts", E2E__XMPP_SHARED_KEYS};
	static const char *const admin[] = {"admin", "admin_password", E2E__XMPP_SHARED_KEYS};
	static const char *const local[] = {"server", "config", "modules", "starttls", "anonymous",
		"quirks", "block_features", "timeout", "start_timeout", NULL};
	static struct e2e__section sections[] = {
		{"anonymous", remote, NULL},
		{"aioxmpp.e2etest.provision.AnonymousProvisioner", remote, NULL},
		{"any", remote, NULL},
		{"aioxmpp.e2etest.provision.AnyProvisioner", remote, NULL},
		{"static", accounts, NULL},
		{"aioxmpp.e2etest.provision.StaticPasswordProvisioner", accounts, NULL},
		{"register", remote, NULL},
		{"admin", admin, NULL},
		{"local", local, NULL},
		{NULL, NULL, NULL},
	};

	return sections;
}

/* Is it the section of one that comes with this header and uses a server that runs already? */
E2E__FN bool e2e__provision_is_remote(const char *section)
{
	const char *name = e2e__literal_alias(section);

	return strcmp(name, "anonymous") == 0 || strcmp(name, "any") == 0 ||
		strcmp(name, "static") == 0 || strcmp(name, "register") == 0 ||
		strcmp(name, "admin") == 0;
}
