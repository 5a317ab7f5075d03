#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "case.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "page.h"
#include "secret.h"
#include "story.h"
#include "point.h"
#include "exits.h"

/* @manual TODO and known failures
 *	e2e_todo("why") { ... }            failures in the block are expected and don't count
 *	e2e_known("case", "peer", "ISSUE-4: why")   the same for a case or subtest by name, in
 *	                                            E2E_SUITE_SETUP
 *	`*` matches anything; the peer's name is the provider's or the config's. A known failure
 *	that passes is reported as a bonus. With --no-known it is a failure like others, and so is
 *	what e2e_todo and .todo expect.
 */

/* @interface */

/* A block whose assertions are a subtest (TAP 14); the name is printf-style. Nests, up to 16 deep.
 * A guard ends the innermost one alone. */
#define e2e_subtest(...) E2E__SUBTEST(E2E__CAT(e2e__block_, __COUNTER__), __VA_ARGS__)

/* A block whose failures are expected: they are marked TODO and don't count. */
#define e2e_todo(...) \
	E2E__BLOCK(e2e__subtest_close_todo, e2e__subtest_open_todo(e2e__buf_desc(__VA_ARGS__)))
/* Registers a known failure: patterns (fnmatch) for the case or subtest and for the peer, and why,
 * beginning with an issue's id: "ISSUE-4: why". Without an id the program stops with 99. Call it in
 * E2E_SUITE_SETUP or before e2e_main; in a case it holds for that case. */
E2E__FN void e2e_known(const char *name, const char *peer, const char *why);

E2E__FN struct e2e__subtest e2e__subtest_open(const char *file, int line, const char *name);
E2E__FN bool e2e__subtest_enter(struct e2e__subtest *subtest, void (*go)(struct e2e__subtest *));
E2E__FN struct e2e__block e2e__subtest_open_todo(const char *why);
E2E__FN void e2e__subtest_close_todo(struct e2e__block *block);

/* @implementation */

E2E__FN struct e2e__block e2e__subtest_block_at(const char *file, int line)
{
	struct e2e__block b = {1, -1, NULL, NULL, 0, 0, 0};

	b.file = file;
	b.line = line;
	return b;
}

E2E__FN const char *e2e__subtest_known_why(const char *name);
E2E__FN struct e2e__subtest e2e__subtest_open(const char *file, int line, const char *name)
{
	struct e2e__subtest subtest;
	struct e2e__page *pg;
	struct e2e__level *lv;
	E2E__BUF(b, 256);

	e2e__script_begin();
	pg = e2e__state.page;
	if (pg->depth + 1 >= E2E__DEPTH)
		e2e__exit_fatal("%s:%d: subtests nest at most %d deep", file, line, E2E__DEPTH - 1);
	lv = &pg->level[pg->depth + 1];
	memset(lv, 0, sizeof *lv);
	lv->began = e2e__clock_ns();
	snprintf(lv->name, sizeof lv->name, "%s", name);
	e2e__buf_drop_desc(name);
	lv->outer = e2e__state.todo;
	lv->known = lv->outer || !e2e__state.known ? NULL : e2e__subtest_known_why(lv->name);
	if (lv->known) {
		e2e__state.todo = lv->known;
		e2e__state.todo_thread = e2e__buf_self();
	}

	e2e__point_add_indent(&b, pg->depth * 4);
	e2e__buf_adds(&b, "# Subtest: ");
	e2e__secret_escape(&b, lv->name, E2E__TAP);
	e2e__buf_adds(&b, "\n");
	e2e__page_lock(pg);
	e2e__script_header(pg);
	e2e__point_mark(pg, file, line);
	if (!pg->muted)
		e2e__page_put(pg, b.p, b.n);
	e2e__story_subtest(pg, lv->name, NULL);
	pg->depth++;
	e2e__page_unlock(pg);
	e2e__buf_free(&b);
	memset(&subtest, 0, sizeof subtest);
	subtest.on = 1;
	subtest.slot = pg->depth;
	subtest.file = file;
	subtest.line = line;
	return subtest;
}

/* Before the block, and once behind it. */
E2E__FN bool e2e__subtest_enter(struct e2e__subtest *subtest, void (*go)(struct e2e__subtest *))
{
	if (!subtest->on)
		return false;
	subtest->landing = e2e__state.landing;
	subtest->outer = e2e__state.subtest;
	subtest->self = subtest;
	subtest->go = go;
	e2e__state.subtest = subtest;
	return true;
}

/* Why a subtest or case of this name is known to fail, or NULL. */
E2E__FN const char *e2e__subtest_known_why(const char *name)
{
	const struct e2e__known *k;
	const char *peer = NULL;

	if (e2e__state.opt[E2E__NO_KNOWN])
		return NULL;
	for (k = e2e__state.known; k; k = k->next) {
		if (fnmatch(k->name, name, 0) != 0)
			continue;
		if (strcmp(k->peer, "*") == 0)
			return k->why;
		peer = peer ? peer : e2e_peer();
		if (peer && fnmatch(k->peer, peer, 0) == 0)
			return k->why;
	}
	return NULL;
}

E2E__FN void e2e__subtest_add_level_plan(struct e2e__buf *b, struct e2e__page *pg, const char *skip)
{
	struct e2e__level *lv = &pg->level[pg->depth];
	int plan = lv->planned ? lv->planned : lv->run;

	e2e__point_add_indent(b, pg->depth * 4);
	e2e__buf_addf(b, "1..%d", plan);
	if (!plan) {
		e2e__buf_adds(b, " # SKIP ");
		e2e__secret_words(b, skip, E2E__TAP);
	}
	e2e__buf_adds(b, "\n");
}

/* In a subtest, or a pair of a matrix, of the case, fixture or script? */
E2E__FN bool e2e__subtest_in(void)
{
	return e2e__state.page->depth > (e2e__state.style == 's' ? 0 : 1);
}

/* Why a case or subtest counts as skipped although no guard ended it: all that is in it was. NULL:
 * it doesn't. */
E2E__FN const char *e2e__subtest_all_skipped(struct e2e__page *pg, const struct e2e__level *lv)
{
	if (!lv->run || lv->skipped != lv->run)
		return NULL;
	if (lv->run == 1)
		return pg->why_left;
	return e2e_printf("all %d %s were skipped, the last one: %s", lv->run,
		lv->pairs == lv->run ? "pairs" : "subtests", pg->why_left);
}

/* The point of a skipped subtest. */
E2E__FN void e2e__subtest_skip_point(const char *name, const char *why)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__level *lv = &pg->level[pg->depth];
	E2E__BUF(b, 256);

	e2e__page_lock(pg);
	lv->skipped++;
	e2e__story_subtest(pg, name, why);
	e2e__point_add_indent(&b, pg->depth * 4);
	e2e__buf_addf(&b, "ok %d - ", ++lv->run);
	e2e__secret_escape(&b, name, E2E__TAP);
	e2e__buf_adds(&b, " # SKIP ");
	e2e__secret_words(&b, why, E2E__TAP);
	e2e__buf_adds(&b, "\n");
	if (!pg->muted)
		e2e__page_put(pg, b.p, b.n);
	e2e__page_unlock(pg);
	e2e__buf_free(&b);
}

E2E__FN void e2e__subtest_add_duration(struct e2e__buf *b, int indent, int64_t began)
{
	char took[64];

	e2e__clock_number(took, sizeof took, "%.3f", (double)(e2e__clock_ns() - began) * 1e-6);
	e2e__point_add_indent(b, indent);
	e2e__buf_addf(b, "duration_ms: %s\n", took);
}

/* The block behind a point that has no other: how long it took. */
E2E__FN void e2e__subtest_add_time(struct e2e__buf *b, int indent, int64_t began)
{
	e2e__point_add_indent(b, indent);
	e2e__buf_adds(b, "---\n");
	e2e__subtest_add_duration(b, indent, began);
	e2e__point_add_indent(b, indent);
	e2e__buf_adds(b, "...\n");
}

/* Closes the innermost subtest with its plan and its point; `skip`: the reason to skip it, or
 * NULL. */
E2E__FN void e2e__subtest_end(const char *file, int line, const char *skip)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__level *lv = &pg->level[pg->depth];
	const char *outer = lv->outer, *todo = lv->failed ? NULL : lv->known ? lv->known : outer;
	e2e_failure f = {NULL, NULL, NULL, "subtest", NULL, NULL};
	bool ok = !lv->failed && !(todo && lv->expected);
	E2E__BUF(b, 256);
	E2E__BUF(name, 256);

	e2e__buf_adds(&name, lv->name);
	if (!skip && (skip = e2e__subtest_all_skipped(pg, lv)) != NULL && skip != pg->why_left)
		snprintf(pg->why_left, sizeof pg->why_left, "%s", skip);
	e2e__subtest_add_level_plan(&b, pg, skip ? skip : "no assertion");
	if (!lv->run && !skip)
		f.message = "the subtest made no assertion", f.code = "no-assertions";
	else if (lv->planned && lv->planned != lv->run && !skip)
		f.message = e2e_printf("planned %d assertions but ran %d", lv->planned, lv->run);
	else if (skip && ok && e2e__state.opt[E2E__FAIL_ON_SKIP])
		f.message = e2e_printf("skipped: %s", skip), f.code = "skip";
	e2e__page_lock(pg);
	if (!pg->muted)
		e2e__page_put(pg, b.p, b.n);
	pg->depth--;
	e2e__page_unlock(pg);
	e2e__state.todo = todo;
	if (skip && ok && !f.message)
		e2e__subtest_skip_point(name.p, skip);
	else
		e2e_report(file, line, ok && !f.message, name.p,
			lv->failed || lv->expected ? NULL : &f);
	if (e2e__state.times && !f.message && (ok || lv->failed || lv->expected)) {
		b.n = 0;
		e2e__subtest_add_time(&b, pg->depth * 4 + 2, lv->began);
		e2e__page_lock(pg);
		if (!pg->muted)
			e2e__page_put(pg, b.p, b.n);
		e2e__page_unlock(pg);
	}

	e2e__state.todo = outer;
	e2e__buf_free(&b);
	e2e__buf_free(&name);
}

E2E__FN struct e2e__block e2e__subtest_open_todo(const char *why)
{
	struct e2e__block block = e2e__subtest_block_at(NULL, 0);

	e2e__script_begin();
	block.text = e2e__state.todo;
	if (!e2e__state.opt[E2E__NO_KNOWN]) {
		e2e__state.todo = e2e__memory_strdup(why);
		e2e__state.todo_thread = e2e__buf_self();
	}
	e2e__buf_drop_desc(why);
	return block;
}

E2E__FN void e2e__subtest_close_todo(struct e2e__block *block)
{
	e2e__state.todo = block->text;
}

E2E__FN void e2e__subtest_apply_known(const char *name);
E2E__FN void e2e_known(const char *name, const char *peer, const char *why)
{
	struct e2e__known *k;
	size_t id = strcspn(why, ": "), digit = strcspn(why, "0123456789");

	if (why[id] != ':' || digit > id || !why[id + 1])
		e2e__exit_fatal(
			"e2e_known(%s, …): the reason %s has no issue's id: expected e.g. \"ISSUE-4: why\"",
			e2e_quoted(name), e2e_quoted(why));
	k = (struct e2e__known *)calloc(
		1, sizeof *k + strlen(name) + strlen(peer) + strlen(why) + 3);
	if (!k)
		e2e__exit_fatal("cannot allocate a known failure: %s", strerror(errno));
	k->name = strcpy((char *)(k + 1), name);
	k->peer = strcpy((char *)(k + 1) + strlen(name) + 1, peer);
	k->why = strcpy((char *)(k + 1) + strlen(name) + strlen(peer) + 2, why);
	k->next = e2e__state.known;
	e2e__state.known = k;
	if (e2e__state.current && e2e__state.page)
		e2e__subtest_apply_known(e2e__state.current->name);
}

/* A known failure makes the running case TODO. Asked in its own process: a provider may have to
 * connect to tell. */
E2E__FN void e2e__subtest_apply_known(const char *name)
{
	const char *why = e2e__state.known ? e2e__subtest_known_why(name) : NULL;

	if (why && !e2e__state.page->todo[0])
		snprintf(e2e__state.page->todo, sizeof e2e__state.page->todo, "%s", why);
}
