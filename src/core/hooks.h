#pragma once
#include "base.h"
#include "state.h"
#include "buf.h"
#include "page.h"
#include "lines.h"
#include "point.h"
#include "exits.h"

/* @manual A check of your own, a provider
 *	e2e_report() makes a test point with your own got, want and hint; call it through a macro
 *	that passes __FILE__ and __LINE__. e2e_provide() registers what the environment offers:
 *	features, identities, quirks, the peer's name.
 */

/* @interface */

/* Functions that a higher header registers once; each may be NULL. Those of one struct run in the
 * process named. */
struct e2e__page;
struct e2e__hooks {
	void (*start)(void);      /* runner: options and config are read */
	void (*flush)(void);      /* runner: before it forks a case */
	void (*case_begin)(void); /* case: before the set-ups */
	/* case: its body has ended, whatever ended it; all that it has started still runs */
	void (*case_over)(void);
	/* case: after tear-downs and deferred functions; may still fail the case */
	void (*case_end)(bool failed);
	/* case: each time a wait of e2e looks around (at least every 10 ms) */
	void (*idle)(void);
	/* runner: whenever a child stirs; a reason to bail out, or NULL */
	const char *(*watch)(void);
	/* runner: what a case's own process has left by its death is collected, with this status */
	void (*collected)(struct e2e__page *pg, pid_t pid, int status);
	/* runner: after the suite's tear-down, or in a script at its end */
	void (*suite_end)(void);
	/* case: one was made. Logs are in memory; folder "": not yet */
	void (*folders)(const char *logs, const char *folder);
	/* case, its main thread: a point fails; what else has happened, as a hint, or NULL */
	const char *(*failing)(void);
	struct e2e__hooks *next;
	bool on;
};
E2E__FN void e2e__hook(struct e2e__hooks *hooks);

/* A section of the config whose keys are known: registered before the config is read, by a
 * constructor. Other keys in it, and sections of nearly its name, are mistakes that end the program
 * before any case. Names in lists end with NULL. */
struct e2e__section {
	const char *name;
	const char *const *keys;
	struct e2e__section *next;
};

/* A line `key = value` of the config. */
struct e2e__setting {
	const char *section, *key, *value;
	/* as the file has it, without what ${NAME} stands for; NULL: nobody has asked for it yet */
	const char *raw;
	int depth;    /* of %(key)s that are being looked up for it */
	char *joined; /* the value, if it has several lines */
	int line, indent;
	struct e2e__setting *next;
};

/* A further key of the failed case's YAML block. text of several lines becomes a block. At most 16
 * KiB in all. */
E2E__FN void e2e__hook_explain(const char *key, const char *text);
/* A file whose tail is shown if the case fails, also after its death; path is kept. */
E2E__FN void e2e__hook_evidence(const char *label, const char *path);
/* The same for a file that is older than the case: only what it gets behind this byte is shown. */
E2E__FN void e2e__hook_evidence_from(const char *label, const char *path, long long from);
/* The file is no evidence any more. */
E2E__FN void e2e__hook_evidence_drop(const char *path);
/* Process groups to end with the case, also after its death. */
E2E__FN void e2e__hook_group_add(pid_t group);
E2E__FN void e2e__hook_group_drop(pid_t group);
/* A child of the runner (a suite's service) that is not a leftover of a case. */
E2E__FN void e2e__hook_own_add(pid_t pid);
E2E__FN void e2e__hook_own_drop(pid_t pid);
/* Names what the case waits for now, for the report of a timeout: "sleep 10 (pid 12)". NULL:
 * nothing any more. */
E2E__FN void e2e__hook_doing(const char *what);
/* In the suite's fixtures: what is made now lives until the suite's end. */
E2E__FN bool e2e__hook_in_suite(void);
/* Marks the fork of a helper process: what was inherited from the case is not its to end. Call it
 * in the child. */
E2E__FN void e2e__hook_forked(void);

/* @implementation */

E2E__FN void e2e__hook(struct e2e__hooks *hooks)
{
	struct e2e__hooks **end = &e2e__state.hooks;

	while (*end && *end != hooks)
		end = &(*end)->next;
	*end = hooks;
}

E2E__FN const char *e2e__hook_failing(const char *hint)
{
	struct e2e__hooks *h;
	const char *more;

	if (e2e__buf_self() != e2e__state.main_thread)
		return hint;
	for (h = e2e__state.hooks; h; h = h->next) {
		more = h->failing ? h->failing() : NULL;
		if (more)
			hint = hint ? e2e_printf("%s; %s", hint, more) : more;
	}
	return hint;
}

E2E__FN void e2e__hook_explain(const char *key, const char *text)
{
	struct e2e__page *pg = e2e__state.page;
	size_t used;
	E2E__BUF(b, 1024);

	e2e__point_add_yaml(&b, 2, key, text, false);
	e2e__page_lock(pg);
	used = strlen(pg->explain);
	if (used + b.n < sizeof pg->explain)
		memcpy(pg->explain + used, b.p, b.n + 1);
	e2e__page_unlock(pg);
	e2e__buf_free(&b);
}

E2E__FN void e2e__hook_evidence(const char *label, const char *path)
{
	e2e__hook_evidence_from(label, path, 0);
}

E2E__FN void e2e__hook_evidence_from(const char *label, const char *path, long long from)
{
	struct e2e__page *pg = e2e__state.page;
	int i = 0;

	e2e__page_lock(pg);
	while (i < pg->evidences && strcmp(pg->evidence[i].path, path) != 0)
		i++;
	if (i == pg->evidences && i < E2E__EVIDENCES) {
		snprintf(pg->evidence[pg->evidences].label, sizeof pg->evidence[0].label, "%s",
			label);
		snprintf(pg->evidence[pg->evidences].path, sizeof pg->evidence[0].path, "%s", path);
		pg->evidence[pg->evidences].from = from;
		e2e__lines_begin(pg, pg->evidences);
		pg->evidences++;
	}
	e2e__page_unlock(pg);
}

E2E__FN void e2e__hook_evidence_drop(const char *path)
{
	struct e2e__page *pg = e2e__state.page;
	int i = 0;

	e2e__page_lock(pg);
	while (i < pg->evidences && strcmp(pg->evidence[i].path, path) != 0)
		i++;
	if (i < pg->evidences)
		pg->evidence[i] = pg->evidence[--pg->evidences];
	e2e__page_unlock(pg);
}

E2E__FN void e2e__hook_group_add(pid_t group)
{
	struct e2e__page *pg = e2e__state.page;
	int i;

	for (i = 0; i < E2E__GROUPS && pg->group[i]; i++)
		;
	if (i == E2E__GROUPS)
		e2e__exit_fatal("more than %d processes at once in one case", E2E__GROUPS);
	pg->group[i] = e2e__page_seal(group);
}

E2E__FN void e2e__hook_group_drop(pid_t group)
{
	struct e2e__page *pg = e2e__state.page;
	e2e__seal seal = e2e__page_seal(group);
	int i;

	for (i = 0; i < E2E__GROUPS; i++)
		if (pg->group[i] == seal)
			pg->group[i] = 0;
}

E2E__FN void e2e__hook_own_add(pid_t pid)
{
	size_t i;

	for (i = 0; i < 64 && e2e__state.own[i]; i++)
		;
	if (i == 64)
		e2e__exit_fatal("more than 64 services in one suite");
	e2e__state.own[i] = pid;
}

E2E__FN void e2e__hook_own_drop(pid_t pid)
{
	size_t i;

	for (i = 0; i < 64; i++)
		if (e2e__state.own[i] == pid)
			e2e__state.own[i] = 0;
}

E2E__FN void e2e__hook_doing(const char *what)
{
	if (what)
		snprintf(e2e__state.page->doing, sizeof e2e__state.page->doing, "%s", what);
	else
		e2e__state.page->doing[0] = 0;
}

E2E__FN bool e2e__hook_in_suite(void)
{
	return e2e__state.in_suite;
}

E2E__FN void e2e__hook_forked(void)
{
	struct itimerval off;

	memset(&off, 0, sizeof off);
	setitimer(ITIMER_REAL, &off, NULL);
	e2e__state.deferred = NULL;
	e2e__state.landing = NULL;
	e2e__state.subtest = NULL;
	e2e__state.loose = NULL;
	e2e__state.hold = 0;
}
