#pragma once
#include "state.h"
#include "tls.h"
#include "literal.h"
#include "wish.h"
#include "startup.h"
#include "provision.h"
#include "quirks.h"

/* @implementation */

E2E__FN bool e2e__setting_has_section(const char *section)
{
	const struct e2e__setting *s = e2e__state.headings;

	while (s && strcmp(s->section, section) != 0)
		s = s->next;
	return s != NULL;
}

/* A section of a provisioner that nobody chose: the tests would run somewhere else. */
E2E__FN void e2e__setting_check_unused(void)
{
	const struct e2e__setting *first = NULL;

	for (const struct e2e__setting *s = e2e__state.headings; s; s = s->next)
		if (e2e__provision_is_remote(s->section) && (!first || s->line < first->line))
			first = s;
	if (first)
		e2e__config_section_error(first->section,
			e2e_printf(
				"[global] provisioner = %s beside it: without that nobody reads it",
				first->section));
}

/* [global] provisioner = x, where x's section lacks something. */
E2E__FN void e2e__setting_lacks(const char *what) __attribute__((noreturn));
E2E__FN void e2e__setting_lacks(const char *what)
{
	const struct e2e__setting *chosen = e2e__config_find_setting("global", "provisioner");
	const char *section = chosen->value, *meant = "";

	for (const struct e2e__setting *s = e2e__state.headings; s; s = s->next)
		if (strcmp(e2e__literal_alias(s->section), e2e__literal_alias(section)) == 0 &&
			strcmp(s->section, section) != 0)
			meant = e2e_printf("; did you mean provisioner = %s?", s->section);
	e2e__config_error(chosen->line, e2e_printf("provisioner = %s, but %s", section, what),
		e2e_printf("[%s] with host = NAME%s%s", section,
			strcmp(e2e__literal_alias(section), "static") == 0
				? " and accounts = " E2E__XMPP_ACCOUNTS
				: strcmp(section, "admin") == 0
				? ", admin = USER and admin_password = SECRET"
				: "",
			meant));
}

E2E__FN void e2e__setting_check_host(const char *key)
{
	const char *host = e2e__literal_setting(key, NULL),
		   *colon = host ? strchr(host, ':') : NULL;

	if (!host)
		return;
	if (!*host || strpbrk(host, " \t\n/@[]"))
		e2e__literal_wrong(key, NULL, "a name or an address, e.g. xmpp.example.org");
	if (colon && !strchr(colon + 1, ':'))
		e2e__literal_wrong(key, NULL,
			"a name or an address alone; the port has a line of its own: port = 5222");
}

E2E__FN void e2e__setting_check_pin_type(void)
{
	long long type = e2e_config_int(e2e__literal_section("pin_type"), "pin_type", 0);

	if (type != 0 && type != 1)
		e2e__literal_wrong(
			"pin_type", NULL, "0 (pins of public keys) or 1 (of certificates)");
}

/* Files that certificates are judged by. */
E2E__FN void e2e__setting_check_trust(void)
{
	const char *ca = e2e__literal_setting("ca_file", NULL),
		   *store = e2e__literal_setting("pin_store", NULL);
	const char *place = e2e__xmpp.place,
		   *domain = place ? place : e2e__provision_first_domain(),
		   *host = e2e__literal_setting("host", domain), *error = NULL;
	const struct e2e__json *pins;

	e2e__setting_check_pin_type();
	if (ca)
		X509_STORE_free(e2e__tls_authorities(ca, &error));
	if (error)
		e2e__literal_wrong(
			"ca_file", error, "a file that holds the authority's certificate in PEM");
	if (!store || e2e__literal_flag("no_verify"))
		return;
	error = e2e__tls_read_pins(store, domain, host, &pins);
	if (error)
		e2e__literal_wrong("pin_store", error, "a file with {\"host\": [\"base64\", ...]}");
	if (!pins)
		e2e__literal_wrong("pin_store", e2e_printf("it has no pins of %s", domain),
			e2e_printf(
				"{\"%s\": [\"base64\", ...]} in it; ca_file = FILE trusts an authority instead",
				domain));
}

/* What is pointless beside no_tls=true would be believed to count. */
E2E__FN void e2e__setting_check_no_tls(void)
{
	static const char *const others[] = {"direct_tls", "ca_file", "pin_store"};

	if (!e2e__literal_flag("no_tls"))
		return;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (i ? e2e__literal_setting(others[i], NULL) != NULL
		      : e2e__literal_flag(others[i]))
			e2e__literal_wrong("no_tls", e2e_printf("%s is there, too", others[i]),
				"one of the two");
}

E2E__FN void e2e__setting_check_quirks(void)
{
	const char *const *quirks = e2e__quirks();

	for (; quirks && *quirks; quirks++) {
		const char *bare = e2e__quirk_bare(*quirks);

		if (!e2e__state_has_word(e2e__quirk_names, bare) && !strchr(bare, ':'))
			e2e__literal_wrong("quirks", e2e_printf("there's no quirk %s", *quirks),
				e2e__quirk_expected(bare));
	}
}

E2E__FN void e2e__setting_check_blocks(void)
{
	static const char expected[] = "{\"address\": [\"pattern\", ...]}";
	const struct e2e__json *blocks = e2e__literal("block_features", '{', expected);

	for (const struct e2e__json *one = blocks ? blocks->child : NULL; one; one = one->next) {
		if (one->type != '[')
			e2e__literal_wrong("block_features",
				e2e_printf("what \"%s\" has is no list", one->key), expected);
		for (const struct e2e__json *glob = one->child; glob; glob = glob->next)
			if (glob->type != '"')
				e2e__literal_wrong("block_features",
					e2e_printf("a pattern of \"%s\" is no string", one->key),
					expected);
	}
}

/* What hosts= names, one by one. */
E2E__FN void e2e__setting_check_hosts(void)
{
	const char *const *hosts = e2e__provision_hosts(), *first = e2e__provision_first_domain();

	for (size_t i = 0; hosts && hosts[i]; i++) {
		if (!*hosts[i] || strpbrk(hosts[i], " \t\n/@[]:"))
			e2e__literal_wrong("hosts",
				e2e_printf("%s is no domain", e2e_quoted(hosts[i])),
				"[\"capulet.example\", ...]");
		if (strcasecmp(hosts[i], first) == 0)
			e2e__literal_wrong("hosts",
				e2e_printf("%s is the first host already", hosts[i]),
				"the domains of the others");
		for (size_t k = 0; k < i; k++)
			if (strcasecmp(hosts[i], hosts[k]) == 0)
				e2e__literal_wrong("hosts",
					e2e_printf("it names %s twice", hosts[i]),
					"each domain once");
	}
}

/* Where and how the host is reached that e2e__xmpp.place says. */
E2E__FN void e2e__setting_check_address(void)
{
	long long port = e2e_config_int(e2e__literal_section("port"), "port", 5222);

	e2e__setting_check_host("host");
	if (port < 1 || port > 65535)
		e2e__literal_wrong("port", NULL, "a port from 1 to 65535");
	e2e__literal_flag("no_verify");
	e2e__literal_flag("direct_tls");
	e2e__setting_check_no_tls();
	e2e__setting_check_trust();
}

/* The sections of hosts=. */
E2E__FN void e2e__setting_check_places(void)
{
	static const char *const keys[] = {"host", "port", "no_verify", "pin_store", "pin_type",
		"ca_file", "no_tls", "direct_tls", "admin", "admin_password", NULL};
	struct e2e__section section;

	memset(&section, 0, sizeof section);
	section.keys = keys;
	for (const char *const *host = e2e__provision_hosts(); host && *host; host++) {
		section.name = *host;
		for (const struct e2e__setting *s = e2e__state.settings; s; s = s->next)
			if (strcmp(s->section, *host) == 0)
				e2e__config_check_key(s, &section);
		e2e__xmpp.place = *host;
		e2e__setting_check_address();
	}
	e2e__xmpp.place = NULL;
}

/* The section of a server that runs already. */
E2E__FN void e2e__setting_check_remote(void)
{
	const char *section = e2e__xmpp.section;
	bool accounts = strcmp(e2e__literal_alias(section), "static") == 0;

	if (!e2e__setting_has_section(section))
		e2e__setting_lacks(e2e_printf("there's no section [%s]", section));
	if (!e2e__literal_setting("host", e2e__literal_setting("domain", NULL)))
		e2e__setting_lacks(e2e_printf("[%s] has no host", section));
	if (accounts && !e2e__literal_setting("accounts", NULL))
		e2e__setting_lacks(e2e_printf("[%s] has no accounts", section));
	if (strcmp(section, "admin") == 0 && !e2e__literal_setting("admin", NULL))
		e2e__setting_lacks("[admin] doesn't say who that is");
	if (strcmp(section, "admin") == 0 && !e2e__literal_setting("admin_password", NULL))
		e2e__setting_lacks("[admin] has no admin_password");
	e2e__setting_check_host("domain");
	e2e__setting_check_hosts();
	e2e__setting_check_address();
	e2e__setting_check_places();
	e2e_config_bool(section, "skip_on_too_few_accounts", false);
	if (accounts && !e2e__provision_static_accounts()->child)
		e2e__literal_wrong("accounts", "the list is empty", E2E__XMPP_ACCOUNTS);
}

/* What is wrong with the name of a private server; NULL: nothing. */
E2E__FN const char *e2e__setting_wrong_server(const char *server)
{
	static const char *const servers[] = {"prosody", "ejabberd", NULL};

	if (!e2e__state_has_word(servers, server))
		return e2e_printf("%s%s", e2e__state_joined(servers),
			e2e__config_did_you_mean(server, servers));
	return e2e__provision_local_installed(server)
		? NULL
		: "a server that is installed; this one isn't";
}

/* config= of [local]: files whose text joins the configuration of the server. NULL: there's
 * none. */
E2E__FN void e2e__setting_check_files(const char *server)
{
	const char *const *files = e2e__wish_files();

	for (size_t i = 0; files[i]; i++)
		if (access(files[i], R_OK))
			e2e__literal_wrong("config",
				files[1] ? e2e_printf("%s: %s", files[i], strerror(errno))
					 : strerror(errno),
				"files whose text joins the server's configuration");
	if (!server || !files[0])
		return;
	for (size_t i = 0; files[i]; i++)
		if (e2e__wish_is_yaml(files[i]) == (strcmp(server, "ejabberd") == 0))
			return;
	e2e__literal_wrong("config", e2e_printf("it has nothing for %s", server),
		"extra.yml for ejabberd, another name for Prosody; "
		"for both [\"extra.lua\", \"extra.yml\"]");
}

E2E__FN void e2e__setting_check_modules(void)
{
	const char *const *list = e2e_config_list("local", "modules", NULL);

	for (; list && *list; list++)
		if (!e2e__wish_is_module(*list))
			e2e__literal_wrong("modules", e2e_printf("%s isn't one", e2e_quoted(*list)),
				"names of modules without mod_, such as mam, carbons");
}

/* A private server that somebody asked for by name. */
E2E__FN void e2e__setting_check_local(bool chosen)
{
	const char *option = e2e__xmpp.server_option.value,
		   *server = option ? option : e2e__literal_setting("server", NULL);
	const char *wrong = server ? e2e__setting_wrong_server(server) : NULL;

	if (wrong && option)
		e2e__exit_fatal("--server %s: expected %s", e2e_quoted(option), wrong);
	if (wrong)
		e2e__literal_wrong("server", NULL, wrong);
	if (chosen && !server && !e2e__provision_local_server())
		e2e__config_setting_error(e2e__config_find_setting("global", "provisioner"),
			"another one, since " E2E__XMPP_NO_SERVER " (prosody or ejabberd)");
	e2e__setting_check_modules();
	e2e__setting_check_files(e2e__provision_local_server());
	e2e_config_bool("local", "starttls", false);
	e2e_config_bool("local", "anonymous", false);
	if (e2e__literal_setting("start_timeout", NULL) &&
		!(e2e__startup_seconds() > 0 && e2e__startup_seconds() < 1e9))
		e2e__literal_wrong(
			"start_timeout", NULL, "seconds that the server may take to start");
}

/* timeout= of the section, the seconds of a step. */
E2E__FN void e2e__setting_check_timeout(void)
{
	double seconds = e2e_config_double(e2e__xmpp.section, "timeout", 0);

	if (e2e__literal_setting("timeout", NULL) && !(seconds > 0 && seconds < 1e9))
		e2e__literal_wrong("timeout", NULL, "seconds for each step, e.g. 5");
	e2e__xmpp.config_step = seconds;
}

/* Of a provisioner of the user's own: the keys that mean the same. Its start() may make the files
 * that certificates are judged by. */
E2E__FN void e2e__setting_check_own(void)
{
	e2e__literal_flag("no_verify");
	e2e__literal_flag("direct_tls");
	e2e__setting_check_no_tls();
	e2e__setting_check_pin_type();
}

/* Hook: options and config are read. The other keys of a provisioner of the user's own aren't ours
 * to judge. */
E2E__FN void e2e__setting_check_config(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *wanted = e2e_config("global", "provisioner", NULL);

	if (!wanted && !s->server_option.value)
		e2e__setting_check_unused();
	s->section = s->server_option.value || !wanted ? "local" : wanted;
	e2e__setting_check_timeout();
	if (strcmp(s->section, "local") == 0)
		e2e__setting_check_local(wanted && !s->server_option.value);
	else if (e2e__provision_is_remote(s->section))
		e2e__setting_check_remote();
	else if (!e2e__config_section_of(s->section))
		e2e__setting_check_own();
	e2e__setting_check_quirks();
	e2e__setting_check_blocks();

	s->section = NULL;
}
