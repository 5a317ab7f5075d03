#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "case.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "files.h"
#include "secret.h"
#include "story.h"
#include "point.h"
#include "subtest.h"
#include "limit.h"
#include "folders.h"
#include "matrix.h"
#include "output.h"
#include "heard.h"
#include "options.h"
#include "watch.h"
#include "junit.h"

/* @manual How to read a failure
 *	A failed assertion has a YAML block: message, at (file:line), got, want, code, hint; the
 *	case's point repeats the first failure and adds duration_ms, seed, repeat (the command that
 *	runs this case again, with each option that was given, and of a matrix the pairs that
 *	failed), folder, and what providers add (logs, transcripts). stderr gets one line per
 *	failure:
 *		# t/x.c:12: got "a", want "b"
 *		# t/x.c:15: $.user.id: got 3, want 4
 *		# t/x.c:18: 2 of 4 elements differ, the first one is [1]: got 2, want 5
 *	Codes: no-assertions, plan, crash, exit, timeout, leaked-process, leak (sanitizers), fork,
 *	memory, skip, budget, subtest, and the assertion's name (is_str, ok, ...).
 */

/* @implementation */

/* The first words of the line that byte `at` of a file stands in, for the end of a line that is too
 * long to be shown; "" where `at` begins a line. */
E2E__FN const char *e2e__verdict_line_head(int fd, off_t from, off_t at)
{
	char block[4096], head[161];
	ssize_t n;

	for (off_t begin = at; begin > from && at - begin < 1024 * 1024;) {
		off_t before = begin - from < 4096 ? from : begin - 4096;

		n = pread(fd, block, (size_t)(begin - before), before);
		if (n <= 0)
			break;
		while (n > 0 && block[n - 1] != '\n')
			n--;
		begin = before + n;
		if (begin == at)
			return "";
		if (!n && before > from)
			continue;
		n = pread(fd, head, sizeof head - 1, begin);
		if (n >= at - begin)
			return e2e_printf("%.*s", (int)(at - begin), head);
		return e2e_printf("%.*s ... ", n > 0 ? (int)n : 0, head);
	}

	return at > from ? "... " : "";
}

/* The end of a file behind a byte, at most 20 lines and 4 KiB. It begins with the beginning of a
 * line, also of one that is longer than that. */
E2E__FN const char *e2e__verdict_tail(int fd, off_t from, bool *cut)
{
	char buffer[4097], *p;
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t n;
	int lines = 0;

	if (from < 0 || from > size)
		from = 0; /* it was begun anew */
	*cut = size - from > 4096;
	n = pread(fd, buffer, 4096, *cut ? size - 4096 : from);
	if (n <= 0)
		return "";
	buffer[n] = 0;
	for (p = buffer; p < buffer + n; p++)
		if (!*p)
			*p = '\1'; /* shown as an escape; a NUL would end the text */
	for (p = buffer + n - 1; p > buffer && (p[-1] != '\n' || ++lines < 20); p--)
		;
	if (*cut && p == buffer)
		return e2e_printf("%s%s", e2e__verdict_line_head(fd, from, size - 4096), p);
	*cut = *cut || p > buffer;
	return e2e__memory_strdup(p);
}

/* What the logs have become: the failed case's folder has them now. */
E2E__FN void e2e__verdict_keep_logs(struct e2e__page *pg)
{
	size_t n = strlen(pg->logs);
	int i;
	E2E__BUF(b, 1024);

	if (!n)
		return;
	if (rmdir(pg->logs) == 0) { /* there are none any more */
		pg->logs[0] = 0;
		return;
	}
	if (e2e__folder_move_logs(pg->logs, pg->folder, sizeof pg->folder) < 0) {
		e2e__buf_addf(&b, "# the logs stay in %s: cannot move them to %s: %s\n", pg->logs,
			pg->folder[0] ? pg->folder : e2e__file_tmp(), strerror(errno));
		e2e__output_emit_buf(&b);
		return;
	}

	for (i = 0; i < pg->evidences && i < E2E__EVIDENCES; i++) {
		char *path = pg->evidence[i].path;

		if (strncmp(path, pg->logs, n) == 0 && path[n] == '/')
			snprintf(path, sizeof pg->evidence[0].path, "%s",
				e2e_printf("%s%s", pg->folder, path + n));
	}

	pg->logs[0] = 0;
}

/* A folder that a case has made? Its name was where tested code can write. */
E2E__FN bool e2e__verdict_is_ours(const char *folder)
{
	const char *slash = strrchr(folder, '/');
	struct stat s;

	return slash && strncmp(slash, "/e2e-", 5) == 0 && lstat(folder, &s) == 0 &&
		S_ISDIR(s.st_mode);
}

/* Removes the folders of what has passed. 0, or -1 with errno. */
E2E__FN int e2e__verdict_drop_folders(struct e2e__page *pg)
{
	if (e2e__verdict_is_ours(pg->logs))
		e2e__file_remove_tree(pg->logs);
	pg->logs[0] = 0;
	return e2e__verdict_is_ours(pg->folder) ? e2e__file_remove_tree(pg->folder) : 0;
}

/* Has the report's story all lines that the end of a log would show? What is in no folder of the
 * case, a service's log, is shown with its path nevertheless. */
E2E__FN bool e2e__verdict_in_story(
	const struct e2e__page *pg, int i, const unsigned shown[E2E__EVIDENCES])
{
	unsigned lines = pg->evidence[i].lines;
	size_t n = strlen(pg->folder);

	if (!n || strncmp(pg->evidence[i].path, pg->folder, n) != 0)
		return false;
	/* of one that can't be read there is nothing in the story */
	return lines > 0 && pg->evidence[i].told && !pg->evidence[i].cut &&
		shown[i] >= (lines < 20 ? lines : 20);
}

E2E__FN void e2e__verdict_add_evidence(
	struct e2e__buf *b, struct e2e__page *pg, const unsigned shown[E2E__EVIDENCES])
{
	int i, fd, n = pg->evidences < E2E__EVIDENCES ? pg->evidences : (int)E2E__EVIDENCES;
	const char *tail;
	bool cut = false;

	for (i = 0; i < n; i++) {
		if (e2e__verdict_in_story(pg, i, shown))
			continue;
		fd = open(pg->evidence[i].path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		tail = fd < 0 ? "(can't be read)"
			      : e2e__verdict_tail(fd, (off_t)pg->evidence[i].from, &cut);
		if (fd >= 0)
			close(fd);
		if (*tail)
			e2e__point_add_yaml(b, 2, pg->evidence[i].label,
				e2e_printf("(%s %s)\n%s",
					cut                            ? "the end of"
						: pg->evidence[i].from ? "what the case added to"
								       : "all of",
					pg->evidence[i].path, tail),
				false);
	}
}

/* What the tested code said on stdout. */
E2E__FN void e2e__verdict_add_stdout(struct e2e__buf *b)
{
	const char *tail, *end;
	bool cut = false;
	E2E__BUF(clean, 4200);

	if (e2e__state.capture < 0)
		return;
	tail = e2e__verdict_tail(e2e__state.capture, 0, &cut);
	e2e__secret_add(&clean, tail, strlen(tail), true);
	for (tail = clean.p; *tail; tail = *end ? end + 1 : end) {
		end = tail + strcspn(tail, "\n");
		e2e__buf_adds(b, cut ? "# stdout: ...\n# stdout: " : "# stdout: ");
		cut = false;
		e2e__buf_escape(b, tail, end - tail > 200 ? 200 : (size_t)(end - tail), E2E__PLAIN);
		e2e__buf_adds(b, end - tail > 200 ? " ...\n" : "\n");
	}
	e2e__buf_free(&clean);
}

/* ` --name VALUE`, once for each of the values that are joined by lines. */
E2E__FN void e2e__verdict_add_option_given(
	struct e2e__buf *b, const char *name, bool flag, const char *value)
{
	const char *end = value;

	do {
		e2e__buf_addf(b, " %s", name);
		if (flag)
			return;
		end = value + strcspn(value, "\n");
		e2e__buf_adds(b, " ");
		e2e__buf_add_shell(b, e2e__memory_strndup(value, (size_t)(end - value)));
		value = end + 1;
	} while (*end);
}

/* ` -k '^name$'`. The name of a row may hold signs of expressions. */
E2E__FN void e2e__verdict_add_filter(struct e2e__buf *b, const char *name)
{
	E2E__BUF(ere, 256);

	e2e__buf_adds(&ere, "^");
	for (; *name; name++) {
		if (strchr(".[]*^$+?(){}|\\", *name))
			e2e__buf_adds(&ere, "\\");
		e2e__buf_add(&ere, name, 1);
	}
	e2e__buf_adds(&ere, "$");

	e2e__buf_adds(b, " -k ");
	e2e__buf_add_shell(b, ere.p);
	e2e__buf_free(&ere);
}

/* The command that runs this case again: with what was given, and of the pairs with those that
 * failed. */
E2E__FN void e2e__verdict_add_command(struct e2e__buf *b, struct e2e__page *pg, const char *name)
{
	const struct e2e__optdef *d = e2e__option_optdefs();
	const char *scale = getenv("E2E_TIMEOUT_SCALE"), *value;
	const struct e2e__option *o;
	int i;

	if (scale && *scale) {
		e2e__buf_adds(b, "E2E_TIMEOUT_SCALE=");
		e2e__buf_add_shell(b, scale);
		e2e__buf_adds(b, " ");
	}

	if (e2e__state.source) { /* the program may be outdated tomorrow */
		e2e__buf_add_shell(b, e2e__state.driver);
		e2e__buf_adds(b, " ");
		e2e__buf_add_shell(b, e2e__state.source);
		e2e__buf_adds(b, " ::");
	} else {
		e2e__buf_add_shell(b, e2e__case_program());
	}

	e2e__verdict_add_filter(b, name);
	e2e__buf_addf(b, " --seed %llu", (unsigned long long)e2e__state.seed);
	for (i = 0; i < E2E__OPTS; i++) {
		value = e2e__state.opt[i];
		if (i == E2E__INCLUDE_PAIR && pg->failed_pairs > 0 &&
			pg->failed_pairs <= E2E__MANY_PAIRS)
			value = pg->pairs_failed;
		if (value && d[i].arg[0] == '[')
			e2e__buf_addf(b, " %s=%s", d[i].name, value); /* a number */
		else if (value && i != E2E__LIST && i != E2E__PRINT_TAP && i != E2E__FILTER &&
			i != E2E__FROM && i != E2E__SEED && i != E2E__JUNIT)
			e2e__verdict_add_option_given(b, d[i].name, d[i].flag, value);
	}

	for (o = e2e__state.options; o; o = o->next)
		if (o->value)
			e2e__verdict_add_option_given(b, o->name, !o->arg, o->value);
	for (const char *const *word = e2e__state.words; word && *word; word++) {
		e2e__buf_adds(b, " ");
		e2e__buf_add_shell(b, *word);
	}
}

E2E__FN void e2e__verdict_save_story(
	struct e2e__buf *b, struct e2e__page *pg, const char *name, const char *pad)
{
	if (e2e__folder_ensure(pg->folder, sizeof pg->folder, name ? name : "") < 0 ||
		e2e__story_save(pg, pg->folder) < 0)
		e2e__buf_addf(b, "%s# no story.jsonl in %s: %s\n", pad,
			pg->folder[0] ? pg->folder : e2e__file_tmp(), strerror(errno));
}

/* The story in the report and, whole, in the case's folder. */
E2E__FN void e2e__verdict_add_story(
	struct e2e__buf *b, struct e2e__page *pg, const char *name, unsigned shown[E2E__EVIDENCES])
{
	e2e__lines_collect(pg);
	const char *text = e2e__story_excerpt(pg, shown);

	if (!text)
		return;
	e2e__point_add_yaml(b, 2, "story", text, false);
	e2e__verdict_save_story(b, pg, name, "  ");
}

E2E__FN void e2e__verdict_add_details(
	struct e2e__buf *b, struct e2e__page *pg, const struct e2e__end *end, const char *name)
{
	int64_t began = end ? end->began : e2e__clock_ns();
	unsigned shown[E2E__EVIDENCES];
	char took[64];
	E2E__BUF(again, 256);

	e2e__heard_add_yaml(b);
	if (end && end->left[0] && pg->level[pg->depth].failed)
		e2e__point_add_yaml(b, 2, "left_running", end->left, false);
	e2e__clock_number(took, sizeof took, "%.3f", (double)(e2e__clock_ns() - began) * 1e-6);
	e2e__buf_addf(
		b, "  duration_ms: %s\n  seed: %llu\n", took, (unsigned long long)e2e__state.seed);
	if (name) {
		e2e__verdict_add_command(&again, pg, name);
		e2e__point_add_yaml(b, 2, "repeat", again.p, true);
		e2e__buf_free(&again);
	}

	e2e__verdict_add_story(b, pg, name, shown);
	if (pg->folder[0])
		e2e__point_add_yaml(b, 2, "folder", pg->folder, false);
	e2e__buf_adds(b, pg->explain);
	e2e__verdict_add_evidence(b, pg, shown);
}

/* Where the child last was, for deaths: "after t/x.c:12". */
E2E__FN const char *e2e__verdict_whereabouts(struct e2e__page *pg)
{
	static const char *const phases[] = {
		" in the set-up", "", " in the tear-down", " in the cleanup", " after its end"};
	const char *in = pg->phase >= 0 && pg->phase <= E2E__DONE ? phases[pg->phase] : "";

	if (!pg->where_file[0])
		return e2e_printf("%s before its first assertion", in);
	return e2e_printf("%s after %.100s:%d", in, pg->where_file, pg->where_line);
}

E2E__FN e2e_failure e2e__verdict_failure(const char *message, const char *code, const char *hint)
{
	e2e_failure f = {message, NULL, NULL, code, hint, NULL};

	return f;
}

/* Where the child last was, and what it waited for: of one that had to be killed. */
E2E__FN const char *e2e__verdict_doing(struct e2e__page *pg)
{
	return e2e_printf("%s%s%s", e2e__verdict_whereabouts(pg),
		pg->doing[0] ? ", waiting for " : "", pg->doing);
}

/* The limit is at fault, so the failure is where it was armed, not where the child last was. */
E2E__FN e2e_failure e2e__verdict_timeout(
	const struct e2e__limit *limit, const char *hint, const char **file, int *line)
{
	char buffer[64];

	*file = e2e__memory_strdup(limit->file);
	*line = limit->line;
	return e2e__verdict_failure(
		e2e__memory_strdup(e2e__limit_timed_out(buffer, sizeof buffer, limit->seconds)),
		"timeout", hint);
}

/* The child was killed, because it did not heed a limit that was over. */
E2E__FN e2e_failure e2e__verdict_hard(
	struct e2e__page *pg, struct e2e__end *end, const char **file, int *line)
{
	const char *hint = end->stopped
		? e2e_printf("it was stopped by %s%s", e2e__clock_signal_name(end->stopped),
			  e2e__verdict_whereabouts(pg))
		: e2e_printf("SIGALRM had no effect (it is blocked or ignored, or a lock is held); "
			     "killed%s",
			  e2e__verdict_doing(pg));

	return e2e__verdict_timeout(&end->limit, hint, file, line);
}

/* The child has died of a signal. Ours are told apart from those of the tested code. */
E2E__FN e2e_failure e2e__verdict_signal(
	struct e2e__page *pg, struct e2e__end *end, const char **file, int *line)
{
	struct e2e__limit *late = e2e__limit_earliest(pg, pg->pid, true);
	int sig = WTERMSIG(end->status);

	if (e2e__clock_terminates(end->quit) && (sig == SIGKILL || sig == SIGALRM))
		return e2e__verdict_failure(
			e2e_printf("terminated by %s", e2e__clock_signal_name(end->quit)),
			"terminated",
			e2e_printf("it did not react, so it was killed%s", e2e__verdict_doing(pg)));
	if (sig == SIGALRM && late && late->until <= e2e__clock_ns())
		return e2e__verdict_timeout(late,
			e2e_printf(
				"the tested code took SIGALRM's handler away, and so died of it%s",
				e2e__verdict_whereabouts(pg)),
			file, line);

	const char *core = "";
#ifdef WCOREDUMP
	core = WCOREDUMP(end->status) ? " (core dumped)" : "";
#endif
	const char *message = e2e_printf(
		"died of %s%s%s", e2e__clock_signal_name(sig), core, e2e__verdict_whereabouts(pg));

	return e2e__verdict_failure(message, "crash", NULL);
}

/* A limit that was over in a process that the case forked, and that the case didn't live to tell
 * of; or NULL. */
E2E__FN const struct e2e__limit *e2e__verdict_late(const struct e2e__page *pg)
{
	int slot = pg->late - 1;

	return slot >= 0 && slot < E2E__LIMITS ? &pg->limit[slot] : NULL;
}

E2E__FN e2e_failure e2e__verdict_left(const struct e2e__end *end)
{
	return e2e__verdict_failure(e2e_printf("left running: %s", end->left), "leaked-process",
		"wait for each process that the case starts; it was ended now");
}

/* The child has exited. A page's status is the one that the case's end exits with, or -1 where the
 * sanitizer has found a leak before it. */
E2E__FN e2e_failure e2e__verdict_exit(
	struct e2e__page *pg, struct e2e__end *end, const char **file, int *line)
{
	const struct e2e__limit *late = e2e__verdict_late(pg);
	int status = WEXITSTATUS(end->status);

	if (pg->phase != E2E__DONE)
		return e2e__verdict_failure(e2e_printf("exited with status %d in the middle%s",
						    status, e2e__verdict_whereabouts(pg)),
			"exit", "the tested code called exit() or _exit(), or a sanitizer did");
	if (pg->status < 0)
		return e2e__verdict_failure(
			"leaked memory", "leak", "the sanitizer's report is on stderr");
	if (status != pg->status)
		return e2e__verdict_failure(
			e2e_printf("exited with status %d after its end", status), "exit",
			"a sanitizer's report on stderr, or a function that exit() runs");
	if (late)
		return e2e__verdict_timeout(late,
			"in a process that the case forked, when the case itself was over", file,
			line);
	if (end->left[0] && !pg->level[pg->depth].failed)
		return e2e__verdict_left(end);
	return e2e__verdict_failure(NULL, NULL, NULL);
}

/* Why a child's end is a failure by itself, whatever was asserted; message NULL if it isn't. What
 * explains most comes first: of a page that was written over nothing else can be believed, and who
 * was stopped or late was killed by us, which the status alone would call a crash. */
E2E__FN e2e_failure e2e__verdict_cause(
	struct e2e__page *pg, struct e2e__end *end, const char **file, int *line)
{
	if (pg->where_file[0]) {
		*file = pg->where_file;
		*line = pg->where_line;
	}

	if (e2e__state.spoiled)
		return e2e__verdict_failure("the tested code wrote over the memory of the results",
			"crash", "nothing that it reported is known");
	if (end->tty)
		return e2e__verdict_failure(
			e2e_printf("stopped by %s%s", e2e__clock_signal_name(end->stopped),
				e2e__verdict_whereabouts(pg)),
			"crash",
			"it wanted the terminal, which a case doesn't have; run it with </dev/null, or use a pty");
	if (end->hard)
		return e2e__verdict_hard(pg, end, file, line);
	if (WIFSIGNALED(end->status))
		return e2e__verdict_signal(pg, end, file, line);
	return e2e__verdict_exit(pg, end, file, line);
}

/* After a death in the middle: a failed point at the innermost level, then the ends of the open
 * subtests. */
E2E__FN void e2e__verdict_close_dead(
	struct e2e__buf *b, struct e2e__page *pg, int base, const char *message)
{
	int d = pg->depth < E2E__DEPTH && pg->depth >= base ? pg->depth : base;

	for (pg->depth = d; pg->depth >= base; pg->depth--) {
		struct e2e__level *lv = &pg->level[pg->depth];
		const char *what = pg->depth == d ? message : pg->level[pg->depth + 1].name;

		if (pg->depth < d) {
			pg->depth++;
			e2e__subtest_add_level_plan(b, pg, "no assertion");
			pg->depth--;
		}
		e2e__point_add_indent(b, pg->depth * 4);
		e2e__buf_addf(b, "not ok %d - ", ++lv->run);
		e2e__secret_escape(b, what, E2E__TAP);
		e2e__buf_adds(b, "\n");
		lv->failed++;
	}

	pg->depth = base;
}

E2E__FN void e2e__verdict_count_pairs(const struct e2e__page *pg)
{
	e2e__state.pairs += pg->pairs;
	e2e__state.unmatched += pg->unmatched;
	e2e__state.pair_hits |= pg->pair_hits;
	for (size_t i = 0; i < 4; i++) {
		e2e__state.word_hits[i] |= pg->word_hits[i];
		if (strlen(pg->eligible[i]) > strlen(e2e__state.eligible[i]))
			memcpy(e2e__state.eligible[i], pg->eligible[i], sizeof pg->eligible[i]);
	}
}

/* Has the program's end come over the case? Then it has failed, even if only a TODO of it was
 * left. */
E2E__FN bool e2e__verdict_was_terminated(
	struct e2e__page *pg, const struct e2e__end *end, e2e_failure *f)
{
	bool killed = f->code && strcmp(f->code, "terminated") == 0;

	if (!killed && !(e2e__clock_terminates(end->quit) && pg->heeded))
		return false;
	e2e__state.terminated = end->quit;
	if (!f->message && !pg->level[1].failed) {
		f->message = e2e_printf("terminated by %s", e2e__clock_signal_name(end->quit));
		f->code = "terminated";
	}
	return true;
}

/* What is wrong with a case that came to its end in good order; message NULL: nothing. `why` it was
 * skipped, or NULL. */
E2E__FN e2e_failure e2e__verdict_shortcoming(const struct e2e__level *lv, const char *why)
{
	if (why && e2e__state.opt[E2E__FAIL_ON_SKIP])
		return e2e__verdict_failure(
			e2e_printf("skipped: %s", why), "skip", "--fail-on-skip is on");
	if (!why && lv->planned && lv->planned != lv->run)
		return e2e__verdict_failure(
			e2e_printf("planned %d assertions but ran %d", lv->planned, lv->run),
			"plan", NULL);
	if (!why && !lv->run)
		return e2e__verdict_failure("the case made no assertion", "no-assertions",
			"call e2e_pass() if getting here is all that it tests");
	return e2e__verdict_failure(NULL, NULL, NULL);
}

/* Writes what the child could not: the open subtests' ends if it has died, and the plan. */
E2E__FN void e2e__verdict_close_levels(
	struct e2e__buf *b, struct e2e__page *pg, const char *death, const char *why_skipped)
{
	if (death && pg->depth > 1 && pg->depth < E2E__DEPTH && pg->level[2].pair)
		e2e__matrix_note_pair(pg, pg->level[2].name);
	e2e__verdict_count_pairs(pg);

	if (!pg->header)
		return;
	if (death)
		e2e__verdict_close_dead(b, pg, 1, death);
	pg->depth = 1;
	e2e__subtest_add_level_plan(b, pg, why_skipped ? why_skipped : "no assertion");
}

/* "ok 1 - name # SKIP reason"; reason NULL: without directive. */
E2E__FN void e2e__verdict_add_line(
	struct e2e__buf *b, bool ok, const char *name, const char *directive, const char *reason)
{
	e2e__buf_addf(b, "%sok %d - ", ok ? "" : "not ", ++e2e__state.points);
	e2e__secret_words(b, name, E2E__TAP);
	if (reason) {
		e2e__buf_addf(b, " # %s ", directive);
		e2e__secret_words(b, reason, E2E__TAP);
	}
	e2e__buf_adds(b, "\n");
}

/* The failure that the case's point shows. After the body the first one is the cause: the plan
 * alone is about all of them. */
E2E__FN void e2e__verdict_add_failure(
	struct e2e__buf *b, struct e2e__page *pg, const char *file, int line, const e2e_failure *f)
{
	const struct e2e__level *lv = &pg->level[1];

	if (!f->message) {
		e2e__buf_adds(b, pg->first);
		if (lv->failed)
			e2e__buf_addf(b, "  failed: %d of %d assertions\n", lv->failed, lv->run);
	} else if (pg->first[0] && pg->phase > E2E__BODY && strcmp(f->code, "plan") != 0) {
		e2e__buf_adds(b, pg->first);
		e2e__point_add_yaml(b, 2, "then", f->message, true);
	} else {
		e2e__point_add_failure(b, 2, file, line, f);
	}
}

/* What has passed or was skipped leaves no folders, unless --keep is given: then its story, too. */
E2E__FN void e2e__verdict_settle_folders(
	struct e2e__buf *b, struct e2e__page *pg, const char *name, bool passed)
{
	if (!passed)
		return;
	if (e2e__state.opt[E2E__KEEP]) {
		/* with --verbose its point has told it already */
		if (pg->told && !e2e__state.opt[E2E__VERBOSE]) {
			e2e__lines_collect(pg);
			e2e__verdict_save_story(b, pg, name, "");
		}
		if (pg->folder[0])
			e2e__buf_addf(b, "# kept: %s\n", pg->folder);
	} else if (e2e__verdict_drop_folders(pg) < 0) {
		e2e__buf_addf(b, "# cannot remove %s: %s\n", pg->folder, strerror(errno));
	}
}

/* The block of a case's point that has nothing to tell but this; without it there is none. */
E2E__FN void e2e__verdict_add_facts(
	struct e2e__buf *b, const struct e2e__case *c, const struct e2e__end *end)
{
	bool timed = e2e__state.times && end;

	if (!c->o.spec && !timed)
		return;
	e2e__buf_adds(b, "  ---\n");
	e2e__point_add_yaml(b, 2, "spec", c->o.spec, true);
	if (timed)
		e2e__subtest_add_duration(b, 2, end->began);
	e2e__buf_adds(b, "  ...\n");
}

/* The point of a case. Returns whether the case counts as failed. */
E2E__FN bool e2e__verdict_case_point(
	struct e2e__case *c, const char *name, struct e2e__page *pg, struct e2e__end *end)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__level *lv = &pg->level[1];
	const char *file = c->file;
	int line = c->line;
	e2e_failure f = e2e__verdict_cause(pg, end, &file, &line);
	const struct e2e__limit *late = e2e__verdict_late(pg);
	bool died = f.message && (end->hard || strstr("crash exit terminated", f.code));

	/* Of a case that was ended nobody knows how it would have ended. */
	bool terminated = e2e__verdict_was_terminated(pg, end, &f);
	const char *todo = pg->todo[0] && !terminated ? pg->todo : NULL;

	/* NULL: it isn't skipped. One with a failure never is, whatever a guard has said then. */
	const char *why = pg->skipped ? pg->reason : e2e__subtest_all_skipped(pg, lv);
	if (!why && !lv->run && pg->unmatched)
		why = pg->no_pair;
	if (lv->failed || f.message)
		why = NULL;
	if (!f.message) {
		f = e2e__verdict_shortcoming(lv, why);
		why = f.message ? NULL : why;
	}

	bool skipped = why != NULL, ok = !f.message && !lv->failed;
	if (end->hard)
		e2e__story_limit(pg, &end->limit, c->line);
	else if (late)
		e2e__story_limit(pg, late, c->line);
	if (died)
		e2e__story_ends(pg, end->died, f.message);
	E2E__BUF(b, 2048);
	if (!ok || st->opt[E2E__KEEP])
		e2e__verdict_keep_logs(pg);
	e2e__verdict_close_levels(&b, pg, died ? f.message : NULL, why);
	e2e__verdict_add_line(&b, ok, name, skipped ? "SKIP" : "TODO", skipped ? why : todo);
	st->skipped += skipped;
	size_t block = b.n;

	if (!ok || (st->opt[E2E__VERBOSE] && !skipped)) {
		e2e__buf_adds(&b, "  ---\n");
		e2e__verdict_add_failure(&b, pg, file, line, &f);
		e2e__point_add_yaml(&b, 2, "spec", c->o.spec, true);
		e2e__verdict_add_details(&b, pg, end, c->name);
		e2e__buf_adds(&b, "  ...\n");
		e2e__verdict_add_stdout(&b);
	} else {
		e2e__verdict_add_facts(&b, c, end);
	}
	e2e__buf_add(&b, "", 1);
	b.n--;
	e2e__junit_case(name, c->o.spec, end->began,
		skipped || (!ok && todo) ? "skipped"
			: ok             ? ""
					 : "failure",
		skipped        ? why
			: ok   ? ""
			: todo ? e2e_printf("TODO %s", todo)
			       : e2e__junit_message(b.p + block),
		ok ? NULL : b.p + block);
	if (!ok && !todo && f.message)
		e2e__point_add_complaint(&b, file, line, &f);

	e2e__verdict_settle_folders(&b, pg, c->name, ok);
	e2e__output_emit_buf(&b);
	return !ok && !todo;
}

E2E__FN void e2e__verdict_say_bail_out(const char *why)
{
	E2E__BUF(b, 256);

	e2e__buf_adds(&b, "Bail out! ");
	e2e__secret_words(&b, why, E2E__TAP);
	e2e__buf_adds(&b, "\n\2# Bail out! ");
	e2e__secret_words(&b, why, E2E__PLAIN);
	e2e__buf_adds(&b, "\n");
	e2e__output_emit_buf(&b);
	e2e__junit_case("(program)", NULL, 0, "error", e2e_printf("Bail out! %s", why), NULL);
	e2e__state.bailed = true;
}
