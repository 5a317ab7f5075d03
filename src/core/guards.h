#pragma once
#include "base.h"
#include "state.h"
#include "doors.h"
#include "buf.h"
#include "memory.h"
#include "files.h"
#include "secret.h"
#include "exits.h"
#include "subtest.h"
#include "config.h"

/* @manual Guards: when to skip
 *	A guard ends the case as a SKIP with its reason: e2e_skip("why"), e2e_skip_if(cond, "why"),
 *	e2e_require_env("NAME"), e2e_require_command("nc"), e2e_require_feature("urn:xmpp:ping"),
 *	e2e_require_identity("pubsub", "pep"), e2e_skip_with_quirk("#muc-id-rewrite"). With
 *	--no-skip the case goes on as TODO; --fail-on-skip makes skips fail.
 *	In a subtest or a pair of a matrix a guard ends the innermost one alone, which becomes a
 *	SKIP; what follows it runs. A case or subtest in which all is skipped is a SKIP itself.
 *	In a script a guard before any assertion prints `1..0 # SKIP why` and ends the program.
 */

/* @interface */

#define e2e_skip(...) e2e__guard_skip(__VA_ARGS__)
#define e2e_skip_if(condition, ...) ((condition) ? e2e__guard_skip(__VA_ARGS__) : (void)0)
/* The variable's value; skips if it is unset or empty. */
E2E__FN const char *e2e_require_env(const char *name);
/* The path of a program found by PATH (or of a name with a slash), valid until the end of the
 * case. */
E2E__FN const char *e2e_require_command(const char *name);
/* The address of who provides the feature: the first of the registered providers, else of the
 * config. */
E2E__FN const char *e2e_require_feature(const char *var);
/* The address of one that provides all n of them. */
E2E__FN const char *e2e_require_features(size_t n, const char *const *vars);
/* All providers' addresses, NULL-terminated; *n is their number (n may be NULL). */
E2E__FN const char *const *e2e_require_feature_all(const char *var, size_t *n);
/* The address of who has the identity. */
E2E__FN const char *e2e_require_identity(const char *category, const char *type);
/* Skips if the environment has the quirk. `#x` stands for aioxmpp's URI of x. */
E2E__FN void e2e_skip_with_quirk(const char *quirk);
/* Does the environment have the quirk? */
E2E__FN bool e2e_has_quirk(const char *quirk);
/* The peer's name from the config or the providers, or NULL. */
E2E__FN const char *e2e_peer(void);

/* Functions may be NULL; what they return lives until the end of the case. */
typedef struct e2e_provider {
	const char *(*peer)(void *arg); /* its name, or NULL */
	/* addresses, NULL-terminated; or NULL */
	const char *const *(*feature)(void *arg, const char *var);
	const char *const *(*identity)(void *arg, const char *category, const char *type);
	bool (*quirk)(void *arg, const char *uri);
	/* who was asked, for a skip's reason */
	const char *(*asked)(void *arg);
	void *arg;
	struct e2e_provider *next;
} e2e_provider;
/* Registers it, behind those before it. It must live as long as the program. */
E2E__FN void e2e_provide(e2e_provider *provider);

E2E__FN void e2e__guard_skip(const char *fmt, ...) E2E__PRINTF(1, 2);

/* @implementation */

/* Under --no-skip: what the guard would have ended goes on as TODO, unless it has failed before. */
E2E__FN void e2e__guard_expect_failure(const char *why)
{
	struct e2e__page *pg = e2e__state.page;
	bool inside = e2e__subtest_in();

	if (pg->level[pg->depth].failed)
		return;
	if (!inside && e2e__state.style == 'c') {
		snprintf(pg->todo, sizeof pg->todo, "%s", why);
		return;
	}
	e2e__state.todo = e2e__memory_strdup(why);
	e2e__state.todo_thread = e2e__buf_self();
	if (inside && !pg->level[pg->depth].outer)
		pg->level[pg->depth].known = e2e__state.todo;
}

E2E__FN void e2e__guard_skip(const char *fmt, ...)
{
	struct e2e__page *pg;
	char why[sizeof pg->reason];
	va_list ap;

	e2e__script_begin();
	pg = e2e__state.page;
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	if (e2e__state.opt[E2E__NO_SKIP]) {
		e2e__guard_expect_failure(why);
		return;
	}

	if (e2e__subtest_in()) {
		memcpy(pg->why_left, why, sizeof why);
		pg->left = 1;
	} else {
		memcpy(pg->reason, why, sizeof why);
		pg->skipped = 1;
	}

	e2e__exit_leave();
}

E2E__FN const char *e2e_require_env(const char *name)
{
	const char *value = getenv(name);

	if (value && *value) {
		e2e__secret_named(name, value);
		return value;
	}
	e2e__guard_skip("$%s is not set", name);
	return NULL;
}

E2E__FN const char *e2e_require_command(const char *name)
{
	const char *path;

	e2e__script_begin();
	path = e2e__file_which(name);
	if (path)
		return path;
	if (strchr(name, '/') || errno != ENOENT)
		e2e__guard_skip("%s: %s", name,
			errno == ENOENT ? "no such program" : "not an executable file");
	else
		e2e__guard_skip("no %s in PATH", name);
	return NULL;
}

E2E__FN const char *e2e__guard_quirk_uri(const char *quirk)
{
	return *quirk == '#'
		? e2e_printf("https://zombofant.net/xmlns/aioxmpp/e2etest/quirks%s", quirk)
		: quirk;
}

E2E__FN const char *e2e_peer(void)
{
	const char *peer = e2e_config("environment", "peer", NULL);
	struct e2e_provider *p;

	for (p = e2e__state.providers; p && !peer; p = p->next)
		if (p->peer)
			peer = p->peer(p->arg);
	return peer;
}

E2E__FN bool e2e_has_quirk(const char *quirk)
{
	const char *uri = e2e__guard_quirk_uri(quirk);
	const char *const *list = e2e_config_list("environment", "quirks", NULL);
	struct e2e_provider *p;

	for (; list && *list; list++)
		if (strcmp(e2e__guard_quirk_uri(*list), uri) == 0)
			return true;
	for (p = e2e__state.providers; p; p = p->next)
		if (p->quirk && p->quirk(p->arg, uri))
			return true;
	return false;
}

E2E__FN void e2e_skip_with_quirk(const char *quirk)
{
	e2e__script_begin();
	if (e2e_has_quirk(quirk))
		e2e__guard_skip("the environment has the quirk %s", quirk);
}

/* Entries `what` or `what=address` of a list in [environment]. */
E2E__FN void e2e__guard_config_offers(struct e2e__strings *found, const char *key, const char *what)
{
	const char *const *list = e2e_config_list("environment", key, NULL);
	size_t n = strlen(what);

	for (; list && *list; list++) {
		const char *rest = *list + n;

		if (strncmp(*list, what, n) != 0)
			continue;
		rest += strspn(rest, " ");
		if (!*rest)
			e2e__memory_push_new(found, e2e_config("environment", "address", ""));
		else if (*rest == '=')
			e2e__memory_push_new(found, rest + 1 + strspn(rest + 1, " "));
	}
}

E2E__FN void e2e__guard_push_all(struct e2e__strings *found, const char *const *more)
{
	for (; more && *more; more++)
		e2e__memory_push_new(found, *more);
}

E2E__FN struct e2e__strings e2e__guard_offers(
	const char *var, const char *category, const char *type)
{
	struct e2e__strings found = {NULL, 0, 0};
	struct e2e_provider *p;

	e2e__script_begin();
	for (p = e2e__state.providers; p; p = p->next) {
		if (var && p->feature)
			e2e__guard_push_all(&found, p->feature(p->arg, var));
		if (!var && p->identity)
			e2e__guard_push_all(&found, p->identity(p->arg, category, type));
	}

	if (var)
		e2e__guard_config_offers(&found, "features", var);
	else
		e2e__guard_config_offers(&found, "identities", e2e_printf("%s/%s", category, type));
	return found;
}

/* "; asked: prosody.example" */
E2E__FN const char *e2e__guard_asked(void)
{
	struct e2e_provider *p;
	E2E__BUF(b, 256);

	b.p[0] = 0;
	for (p = e2e__state.providers; p; p = p->next) {
		const char *who = p->asked ? p->asked(p->arg) : NULL;

		if (who)
			e2e__buf_addf(&b, "%s%s", b.n ? ", " : " (asked: ", who);
	}

	if (b.n)
		e2e__buf_adds(&b, ")");
	else if (!e2e__state.providers)
		e2e__buf_adds(&b, " (asked: [environment] of the config)");
	return e2e__memory_taken(&b);
}

E2E__FN const char *const *e2e_require_feature_all(const char *var, size_t *n)
{
	struct e2e__strings found = e2e__guard_offers(var, NULL, NULL);

	if (!found.n)
		e2e__guard_skip("nobody offers the feature %s%s", var, e2e__guard_asked());
	if (n)
		*n = found.n;
	return (const char *const *)found.at;
}

E2E__FN const char *e2e_require_feature(const char *var)
{
	const char *const *all = e2e_require_feature_all(var, NULL);

	return all ? all[0] : NULL;
}

E2E__FN const char *e2e_require_features(size_t n, const char *const *vars)
{
	struct e2e__strings first = {NULL, 0, 0};
	size_t i, k;

	if (n == 0)
		return "";
	for (k = 0; k < n; k++)
		if (!e2e_require_feature_all(vars[k], NULL))
			return NULL;
	first = e2e__guard_offers(vars[0], NULL, NULL);
	for (i = 0; i < first.n; i++) {
		for (k = 1; k < n; k++) {
			struct e2e__strings other = e2e__guard_offers(vars[k], NULL, NULL);
			size_t had = other.n;

			e2e__memory_push_new(&other, first.at[i]);
			if (other.n > had)
				break;
		}
		if (k == n)
			return first.at[i];
	}

	e2e__guard_skip(
		"nobody offers all %zu features: %s and others%s", n, vars[0], e2e__guard_asked());
	return NULL;
}

E2E__FN const char *e2e_require_identity(const char *category, const char *type)
{
	struct e2e__strings found = e2e__guard_offers(NULL, category, type);

	if (!found.n)
		e2e__guard_skip(
			"nobody has the identity %s/%s%s", category, type, e2e__guard_asked());
	return found.n ? found.at[0] : NULL;
}

E2E__FN void e2e_provide(e2e_provider *provider)
{
	e2e_provider **end = &e2e__state.providers;

	while (*end && *end != provider)
		end = &(*end)->next;
	*end = provider;
}
