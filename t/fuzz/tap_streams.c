/* Mutated streams for prove's parser: one job, two jobs, every line shown, and four awks give one report and one verdict;
 * nothing hangs, and nothing that a stream says is run. It writes what differs into the case's folder, which stays.
 *	cc -g -o /tmp/tap_streams t/fuzz/tap_streams.c && /tmp/tap_streams [--seed N]
 */
#include "../../e2e_proc.h"
#include "mutate.h"
#include <sys/stat.h>

enum { STREAMS = 24, RUNS = 12 };

static const char *const seeds[] = {
    "TAP version 14\n1..4\nok 1 - a\nnot ok 2 - b # TODO x\n  ---\n  message: \"m\"\n  at: a.c:1\n  got: 1\n  want: |\n    x\n  ...\n"
    "# Subtest: s\n    ok 1\n    not ok 2 # SKIP y\n    1..2\nok 3 - s\nok 4 # SKIP why\n",
    "1..3\nok 1\nok 2\nnot ok 3 - z\n# diag\n",
    "TAP version 13\nok 1\n  ---\n  a: b\n  ...\nnot ok 2\n  ---\n    found: 1\n    wanted: 2\n  ...\n1..2\n",
    "TAP version 14\npragma +strict, +bail\n1..0 # SKIP none\n",
    "ok 1\nBail out! x\n",
    "1..12\nok 1\nok 2\nok 3\nok 4\nok 5\nok 6\nok 7\nok 8\nok 9\nok 10\nok 11\nok 12\n",
    "1..5 todo 3 4\nok 1 - t\nok 2 - t\nnot ok 3 - t\nok 4 - t\nok 5 - t\n",
    "TAP version 14\n# Subtest: a\n    # Subtest: b\n        not ok 1 - c\n          ---\n          duration_ms: 3.5\n          ...\n        1..1\n"
    "    not ok 1 - b\n    1..1\nnot ok 1 - a\n1..1\n",
};

static const char *const words[] = {
    "ok ", "not ok ", "1..", "0", "9", "99999999999999999999", "# SKIP", "# TODO", "#", "\\#", "\\", "    ", "\t", "\r", "---", "...",
    "TAP version 14\n", "TAP version 13\n", "pragma +bail\n", "Bail out!", "\n", "- ", "$(touch PWN)", "`touch PWN`", "'", "\"", "%s%n",
    "\xff", "\x1b[31m", "# Subtest: ", "010", "-1", "e5", "1e5", "&", "0x10", "\xc2\x85", "message: |\n", "got: ", "duration_ms: ",
};

static const char *driver;

E2E_SETUP()
{
	char cwd[4096];

	driver = getenv("E2E_T_PROVE");
	if (!driver && getcwd(cwd, sizeof cwd))
		driver = e2e_printf("%s/prove", cwd);
	if (!driver || access(driver, X_OK) != 0)
		e2e_bail_out("there is no prove in this folder: start at the top, or name it by E2E_T_PROVE");
	e2e_chdir(e2e_tmpdir());
	e2e_setenv("TMPDIR", e2e_tmpdir());
	e2e_setenv("E2E_SPOOL", NULL);
	e2e_setenv("HARNESS_ACTIVE", NULL);
	e2e_setenv("HARNESS_OPTIONS", NULL);
}

/* A seed with words put in and bytes changed. Awks differ in what they keep of a NUL, so most streams have none. */
static size_t make_stream(char *out, bool with_nul)
{
	const char *seed = seeds[number(sizeof seeds / sizeof *seeds)];
	char text[SIZE];
	size_t n = strlen(seed);

	memcpy(text, seed, n);
	for (size_t k = number(6); k > 0; k--) {
		const char *word = words[number(sizeof words / sizeof *words)];
		size_t at = number(n), length = strlen(word);

		memmove(text + at + length, text + at, n - at);
		memcpy(text + at, word, length);
		n += length;
	}
	n = mutate(out, text, n);
	for (size_t i = 0; !with_nul && i < n; i++)
		if (out[i] == 0)
			out[i] = 'x';
	return n;
}

/* The test i: prints the stream, and ends with a status */
static const char *make_test(int i, bool with_nul)
{
	static const int statuses[] = {0, 0, 0, 1, 3};
	char bytes[SIZE * 2];
	const char *name = e2e_printf("f%02d.t", i);
	const char *code = e2e_printf("#!/bin/sh\ncat \"$0.data\"\nexit %d\n", statuses[number(5)]);
	size_t n = make_stream(bytes, with_nul);

	file_of(e2e_printf("%s.data", name), bytes, n);
	chmod(file_of(name, code, strlen(code)), 0755);
	return name;
}

/* The report without its times; with -v only what comes behind the tests' lines */
static const char *report_of(const char *options, const char *awk, const char *tests, int *status)
{
	static const char run[] = "E2E_AWK=$2 \"$0\" --norc $1 $3 2>/dev/null";
	static const char tidy[] = " | sed -e 's/, *[0-9]* wallclock.*//'";
	const char *tail = strstr(options, "-v") ? " | awk '/^Test Summary Report/ || /^status / { on = 1 } on'" : "";
	e2e_result r = e2e_run_with((e2e_spawn_opts){.timeout = 120}, "sh", "-c",
				    e2e_printf("{ %s; echo status $?; }%s%s", run, tidy, tail), driver, options, awk, tests);
	const char *at = strstr(r.out, "status ");

	while (at && strstr(at + 1, "status "))
		at = strstr(at + 1, "status ");
	*status = at ? atoi(at + 7) : -1;
	return r.out;
}

static const char *summary_of(const char *report)
{
	const char *at = strstr(report, "\nTest Summary Report\n");

	if (!at)
		at = strstr(report, "\nstatus ");
	return at ? at + 1 : report;
}

static bool there(const char *awk)
{
	return e2e_run("sh", "-c", "$0 'BEGIN { exit }' 2>&1", awk).status == 0;
}

/* All ways to judge the tests agree with the first one. */
static bool alike(const char *tests, bool every_awk)
{
	static const char *const ways[][2] = {{"-j2", ""}, {"-v", ""}, {"-vj2", ""}, {"-j1", "mawk"}, {"-j1", "gawk"}, {"-j1", "busybox awk"},
					      {"-j1", "original-awk"}};
	bool good = true;
	int first, status;
	const char *base = report_of("-j1", "", tests, &first);

	e2e_like(base, "\nResult: |FAILED--Further testing stopped|Bail out", "a report that is whole");

	for (size_t i = 0; i < (every_awk ? 7 : 3); i++) {
		const char *report;

		if (i >= 3 && !there(ways[i][1]))
			continue;
		report = report_of(ways[i][0], ways[i][1], tests, &status);
		good &= e2e_is_int(status, first, "the status with %s %s", ways[i][0], ways[i][1]);
		if (strstr(ways[i][0], "-v"))
			good &= e2e_is_str(report, summary_of(base), "the summary with %s", ways[i][0]);
		else
			good &= e2e_is_str(report, base, "the report with %s %s", ways[i][0], ways[i][1]);
	}
	good &= e2e_is_int(access("PWN", F_OK), -1, "nothing is run");
	return good;
}

/* Many tests a run; a bail out would end it */
static void streams(bool with_nul)
{
	for (int round = 0; round < RUNS; round++) {
		const char *tests = "";

		e2e_is_int(e2e_run("sh", "-c", "rm -f f*.t*").status, 0);
		for (int i = 0; i < STREAMS; i++)
			tests = e2e_printf("%s %s", tests, make_test(i, with_nul));
		e2e_run("sh", "-c", "for f in f*.data; do LC_ALL=C sed 's/[Bb][Aa][Ii][Ll]/bal/g' $f >x && mv x $f; done");
		if (!alike(tests, !with_nul))
			return;
	}
}

E2E_TEST(texts, .timeout = 3600)
{
	streams(false);
}

E2E_TEST(nul_bytes, .timeout = 3600)
{
	streams(true);
}

/* One test a run, so that a bail out ends nothing else */
E2E_TEST(bail_outs, .timeout = 3600)
{
	for (int round = 0; round < RUNS * 4; round++)
		if (!alike(make_test(0, false), true))
			return;
}

E2E_MAIN()
