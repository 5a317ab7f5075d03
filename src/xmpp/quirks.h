#pragma once
#include "state.h"
#include "ops.h"
#include "literal.h"
#include "provision.h"
#include "discover.h"

/* @interface */

/* Has the server the quirk? `#x` stands for aioxmpp's URI of x; one that aioxmpp doesn't know ends
 * the case. */
E2E__FN bool e2e_quirk(const char *name);
#define e2e_quirk(...) (e2e__op_at(E2E__AT), (e2e_quirk)(__VA_ARGS__))

/* @implementation */

#define E2E__QUIRKS "https://zombofant.net/xmlns/aioxmpp/e2etest/quirks"

static const char *const e2e__quirk_names[]
	__attribute__((unused)) = {"muc-id-rewrite", "no-adhoc-ping", "muc-no-333", "broken-muc",
		"broken-pubsub-get-multiple-by-id", "no-xep-0049", NULL};

E2E__FN const char *e2e__quirk_expected(const char *bare)
{
	return e2e_printf("some of %s, or URIs of your own%s", e2e__state_joined(e2e__quirk_names),
		e2e__config_did_you_mean(bare, e2e__quirk_names));
}

/* What was seen of servers, by the behaviour that the quirk is about: name, versions (pattern),
 * quirk. t/xmpp/quirks.c looks whether it is still so. */
E2E__FN bool e2e__quirk_known(const char *name, const char *version, const char *quirk)
{
	static const char *const known[][3] = {
		{"Prosody", "0.12*", "#no-adhoc-ping"},
		{"ejabberd", "2[0-9].*", "#muc-no-333"},
	};

	for (size_t i = 0; name && i < sizeof known / sizeof *known; i++)
		if (strcasecmp(known[i][0], name) == 0 &&
			!fnmatch(known[i][1], version ? version : "", 0) &&
			strcmp(known[i][2], quirk) == 0)
			return true;
	return false;
}

/* A quirk's name without its # or aioxmpp's URI, and without a - before it. Other URIs are the
 * user's own. */
E2E__FN const char *e2e__quirk_bare(const char *quirk)
{
	size_t n = strlen(E2E__QUIRKS "#");

	quirk += *quirk == '-';
	return strncmp(quirk, E2E__QUIRKS "#", n) == 0 ? quirk + n : quirk + (*quirk == '#');
}

/* quirks= of the section, a list of Python's or words; NULL: there's none. */
E2E__FN const char *const *e2e__quirks(void)
{
	static const char expected[] = "[\"#quirk\", ...]";
	const char *text = e2e__literal_setting("quirks", "");
	const struct e2e__json *list, *one;
	const char **names;
	size_t n = 0;

	if (*text != '[' && *text != '(')
		return e2e_config_list(e2e__xmpp.section, "quirks", NULL);
	list = e2e__literal("quirks", '[', expected);
	for (one = list->child; one; one = one->next)
		n++;
	names = (const char **)e2e__memory_alloc((n + 1) * sizeof *names);
	n = 0;
	for (one = list->child; one; one = one->next) {
		if (one->type != '"')
			e2e__literal_wrong(
				"quirks", e2e_printf("number %zu is no string", n + 1), expected);
		names[n++] = one->text;
	}

	return names;
}

/* quirks= of the section: 1 it is there, -1 it is taken away, 0 nothing is said. */
E2E__FN int e2e__quirk_config(const char *bare)
{
	const char *const *quirks = e2e__quirks();

	for (; quirks && *quirks; quirks++)
		if (strcmp(e2e__quirk_bare(*quirks), bare) == 0)
			return **quirks == '-' ? -1 : 1;
	return 0;
}

E2E__FN bool(e2e_quirk)(const char *name)
{
	const char *bare = e2e__quirk_bare(name);
	int said;

	if (bare != name && !e2e__state_has_word(e2e__quirk_names, bare))
		e2e__op_die_of(e2e__xmpp.file, e2e__xmpp.line, "e2e_quirk", "usage",
			e2e_printf("there's no quirk #%s: expected %s", bare,
				e2e__quirk_expected(bare)),
			NULL);
	if (!e2e__provision())
		return false;
	said = e2e__quirk_config(bare);
	if (said)
		return said > 0;
	return e2e__quirk_known(
		(e2e_server_name)(), (e2e_server_version)(), e2e_printf("#%s", bare));
}

E2E__FN bool e2e__quirk_has(void *arg, const char *uri)
{
	(void)arg;
	return (e2e_quirk)(uri);
}
