#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"

/* @manual Private servers to order
 *	The private server has what most clients need. More of it, from the test or from the config:
 *	  e2e_private_modules("mam");       in E2E_SUITE_SETUP, or before a case's first client
 *	  [local] modules = ["mam", "csi"]  by the server's names without mod_
 *	  [local] config = extra.yml        a file whose text joins the server's configuration
 *	Prosody loads the modules on localhost, ejabberd on all hosts; a name that the server
 *	doesn't know ends the case. A file for ejabberd ends in .yml or .yaml, any other one is
 *	Prosody's; for runs on both name a list, config = ["extra.lua", "extra.yml"]. Prosody's
 *	begins in the global section, and `VirtualHost "localhost"` goes on with that host;
 *	modules_enabled adds to the list that is there, any other option replaces it. What
 *	ejabberd's says of a module or an option takes the place of what is there; lists
 *	(listen, host_config) get longer. Each set of modules and files has a server of its own
 *	in the run, which its programs share.
 */

/* @interface */

/* Modules that the private server is to have besides: e2e_private_modules("mam", "csi"). It
 * changes nothing for other servers. Ends the case if one of its clients has logged in before. */
#define e2e_private_modules(...) e2e__wish_for(E2E__AT, E2E__STRINGS(__VA_ARGS__))

E2E__FN void e2e__wish_for(const char *file, int line, e2e__words names);
/* The file of [local] config= for this server, its real path; NULL: none. */
E2E__FN const char *e2e__wish_config(const char *server);
/* The name of the service that is such a server. */
E2E__FN const char *e2e__wish_service(const char *server);

/* @implementation */

E2E__FN bool e2e__wish_is_module(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

E2E__FN void e2e__wish_for(const char *file, int line, e2e__words names)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	if (s->clients)
		e2e__op_die_of(file, line, "e2e_private_modules", "usage",
			"modules were asked for when a client was logged in already",
			"say it in E2E_SUITE_SETUP, or before the first client");
	for (; *names; names++) {
		if (!e2e__wish_is_module(*names))
			e2e__op_die_of(file, line, "e2e_private_modules", "usage",
				e2e_printf("%s is no name of a module", e2e_quoted(*names)),
				"names are as in [local] modules=, without mod_: \"mam\"");
		if (s->nwishes == sizeof s->wishes / sizeof *s->wishes)
			e2e_bail_out("e2e_private_modules: more than %zu modules", s->nwishes);
		s->wishes[s->nwishes++] = strdup(*names);
	}

	if (e2e__hook_in_suite())
		s->suite_wishes = s->nwishes;
}

/* The modules that config and test want, each once. */
E2E__FN const char *const *e2e__wish_modules(void)
{
	const struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *const *list = e2e_config_list("local", "modules", NULL);
	const char **all;
	size_t n = 0;

	for (size_t i = 0; list && list[i]; i++)
		n++;
	all = (const char **)e2e__memory_alloc((n + s->nwishes + 1) * sizeof *all);
	for (n = 0; list && *list; list++)
		if (!e2e__state_has_word(all, *list))
			all[n++] = *list;
	for (size_t i = 0; i < s->nwishes; i++)
		if (!e2e__state_has_word(all, s->wishes[i]))
			all[n++] = s->wishes[i];
	return all;
}

/* Is it ejabberd's? Else it is Prosody's. */
E2E__FN bool e2e__wish_is_yaml(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0);
}

/* The files that config= names. */
E2E__FN const char *const *e2e__wish_files(void)
{
	static const char *one[2];

	one[0] = e2e_config("local", "config", NULL);
	return one[0] && *one[0] == '[' ? e2e_config_list("local", "config", NULL) : one;
}

E2E__FN const char *e2e__wish_config(const char *server)
{
	bool yaml = strcmp(server, "ejabberd") == 0;
	char path[PATH_MAX];

	for (const char *const *file = e2e__wish_files(); *file; file++) {
		if (e2e__wish_is_yaml(*file) != yaml)
			continue;
		if (!realpath(*file, path))
			e2e_bail_out("config [local] config = %s: %s", *file, strerror(errno));
		return e2e__memory_strdup(path);
	}
	return NULL;
}

E2E__FN const char *e2e__wish_service(const char *server)
{
	const char *config = e2e__wish_config(server), *key = "";
	const char *text = config ? e2e__file_read(config, NULL) : NULL;

	for (const char *const *module = e2e__wish_modules(); *module; module++)
		key = e2e_printf("%s %s", key, *module);
	if (!config && !*key)
		return e2e_printf("xmpp-%s", server);
	key = e2e_printf("%s\n%s\n%s", key, config ? config : "", text ? text : "");
	return e2e_printf("xmpp-%s-%016llx", server, (unsigned long long)e2e__file_hash(key));
}
