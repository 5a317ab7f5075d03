/* e2e.h - end-to-end tests in C: cases, TAP, guards, timeouts. One header, libc alone.
 * Joined from the rooms in src/core: change those, then `make headers`.
 *
 * THE SHORTEST TEST
 *	#include "e2e.h"
 *
 *	E2E_TEST(sum_is_right)
 *	{
 *		e2e_is_int(40 + 2, 42);
 *	}
 *
 *	E2E_MAIN()
 *
 * Build and run it:   cc -o sum.t sum.c && ./sum.t          (or:  ./prove sum.t)
 * Include this header before the system's headers, or compile with -D_DEFAULT_SOURCE
 * -D_XOPEN_SOURCE=700.
 *
 * CONTENTS
 *	What a test is
 *	Cases and fixtures
 *	Secrets
 *	The story of a case
 *	Assertions
 *	Texts that match
 *	Sets, arrays, near numbers
 *	Structs of your own
 *	A check of your own, a provider
 *	TODO and known failures
 *	Timeouts
 *	Configuration
 *	Guards: when to skip
 *	Cleanup, folders, data
 *	Rows and pairs
 *	Files of a test
 *	Golden files, files and folders
 *	Budgets, chance, matrix
 *	On a terminal
 *	Consumers that know no subtests
 *	Output and exit status
 *	What the tested code says on stderr
 *	Command line, environment
 *	Options of your own
 *	Cases in another order
 *	What a block prints, how it ends
 *	JUnit without prove
 *	How to read a failure
 *	Coverage
 *	Platforms and limits
 *	Compilers' warnings and checkers
 *	Many test programs
 *	Debugging
 *
 * WHAT A TEST IS
 *	An executable that prints TAP version 14 (testanything.org). It runs by itself, under a
 *	debugger, from a shell script and under any TAP consumer. There are two styles:
 *	- cases: E2E_TEST(...) { ... } as above, and E2E_MAIN() once; several source files may hold
 *	  cases of one program;
 *	- a script: an ordinary main() that calls assertions and ends with `return e2e_done();`
 *	  (e2e_plan(n) before it if the number is known). The first call of e2e forks: the parent
 *	  watches and writes TAP, main() goes on in the child. Start threads and processes after
 *	  that call: they would be the parent's.
 *
 * CASES AND FIXTURES
 *	E2E_TEST(name) {}                   a case; the name is an identifier (and no macro: `linux`
 *	                                    is one with -std=gnu99)
 *	E2E_TEST(name, .timeout = 2) {}     its limit in seconds
 *	E2E_TEST(name, .tags = "net slow")  for -t
 *	E2E_TEST(name, .todo = "why")       is known to fail
 *	E2E_TEST(name, .fork = 0)           runs in the program's own process, for what can't be
 *	                                    forked
 *	E2E_TEST(name, .spec = "RFC 6121 5, XEP-0045 7.2")
 *	                                    what it proves, clauses between commas
 *	E2E_SETUP() {}                      before each case; E2E_TEARDOWN() {} after each whose
 *	                                    set-up ended
 *	E2E_SUITE_SETUP() {}                before the first case; E2E_SUITE_TEARDOWN() {} after the
 *	                                    last
 *	Cases run in the order of definition, each in a child process of its own: a crash, exit(), a
 *	corrupted heap, a changed environment and leaked descriptors stay there. A case fails when
 *	an assertion fails, when it crashes or exits, makes no assertion, runs out of time or leaves
 *	a process behind. If the suite's set-up fails, each case is skipped with the cause and the
 *	program fails.
 *	e2e_subtest("row %d", i) { ... }    assertions in a group of their own; nests; break and
 *	                                    return leave it
 *	Options after the name need C99 or C++20, there in this order: timeout, tags, todo, fork,
 *	spec. The clauses of .spec are in each point of the case (`spec:`, also where it passed or
 *	was skipped) and so in JUnit; `prove --specs` prints for each how many passed, failed and
 *	were skipped. --spec "XEP-0045 7, RFC 6121" runs those that prove one of them or a part of
 *	it (7.2), --no-spec all others.
 *
 * SECRETS
 *	Reports, the story, story.jsonl and what is made of them have "***" in place of secrets.
 *	These are
 *	- what the test names: const char *key = e2e_secret(e2e_require_env("DEPLOY_KEY"));
 *	- the values of keys of the configuration, of variables that e2e_require_env gives or that
 *	  stand as ${NAME} in the configuration, and of the program's own options, whose names end
 *	  in password, passwd, passphrase, secret, token, api-key, access-key, private-key or are
 *	  pass, pwd, pw; and the passwords of XMPP accounts. A plain word or a number of at most
 *	  8 signs is left alone: it would be met everywhere;
 *	- what stands behind such names, whoever wrote it: --token x, PGPASSWORD=x, ?password=x,
 *	  "password": "x", headers (Authorization, Cookie, Set-Cookie, X-Api-Key),
 *	  https://joe:x@host, -u joe:x. But not in got and want, nor in what the test itself calls
 *	  its assertions and subtests, or says in comments.
 *	The first two are found in other notations, too: as URLs, JSON, XML and a shell have them.
 *	What the tested code writes itself is as it was written: its logs on the disk, its files,
 *	a core, and what it says on the test's own stderr (with --no-fork on stdout, too).
 *	Texts are searched, not understood: a secret is shown in Base64, in a dump in hexadecimal,
 *	in parts, in a literal of the test's source that stands for an assertion's description, and
 *	where it was told before it was named: as the name of a row, by --list.
 *
 * THE STORY OF A CASE
 *	What happened before a failure, on all sides, in order of time: what e2e_proc.h and
 *	e2e_xmpp.h see, the assertions, and what the test tells itself:
 *		e2e_event("queue", "%d jobs wait", n);
 *	A failed case that has more than assertions to tell shows 40 lines of its story in its YAML,
 *	under story: seconds since the case began, who, what:
 *		+0.010 redis | Ready to accept connections
 *		+0.304 redis ! ended: exit code 3 (pid 4711)
 *	Where others have "|", "!" marks a failed assertion, an end that nobody asked for, a fault
 *	that bites, a line of a log that speaks of an error: of these the last 20 are shown, of the
 *	rest the latest. Lines of logs that say "info" or "debug", and bytes that pass, have room
 *	only where nothing else needs it, but for the last ten events. Empty lines are left out.
 *	Assertions that pass one after another are one line, also over subtests in which nothing
 *	else happens; a limit is told when it is over, at the time at which it began. Of lines that
 *	a log gets in one go the last eight stand for all. The end of a process is told with who has
 *	asked for it, "ended: SIGTERM (pid 4712) by e2e_kill at t/x.c:12", "by the case's end", or,
 *	where the case's own process has died before, "by the case's death" (on Linux); one by a
 *	signal ", which the test hasn't sent" is marked, unless it was waited for. A connection
 *	that comes to a proxy or a stub is told with the case's process that has made it, on Linux,
 *	where a short look finds it: "connection 1: accepted from curl (pid 4712)"; mails are "sent
 *	by msmtp (pid 4713)", and the HTTP stub's requests "GET /x from curl (pid 4712): 200" unless
 *	the test has asked. Lines of logs have the time at which they appeared, to about 10 ms: how
 *	long the log files are is looked at while the case runs, so nothing stands between a process
 *	and its log. A log in the case's folder whose end is wholly in the story isn't shown once
 *	more. Services, and helpers of the suite, are told by their logs alone, from when they were
 *	ready; of what they said before, only errors are told. The whole story is
 *	in story.jsonl in the case's folder, an object a line:
 *		{"t":0.213,"lane":"redis","kind":"log","odd":false,"text":"Ready"}
 *	t are seconds since the case began, lane is who, kind one of event, pass, fail, subtest,
 *	limit, spawn, ready, log, signal, exit, fault, net, stanza, mail, command; odd is true
 *	where the story shows "!". A case keeps its last 512 events, of 151 bytes each; the first
 *	line tells how many older ones there were. They are in memory that a crash or SIGKILL of
 *	the case leaves. Of a case that passes nothing is kept, unless --keep is given.
 *
 * ASSERTIONS
 *	Each returns true or false, goes on after a failure and takes an optional printf-style
 *	description last: e2e_is_int(got, want, "row %d", i). The names and their rules stand with
 *	the declarations below. e2e_must(e2e_is_int(fd >= 0, 1)) ends the case if the assertion
 *	failed. e2e_eventually(2.5, count() == 3) looks again and again until it holds.
 *	They may be called from several threads, and from forked children; not from a signal
 *	handler, which may have interrupted one: that is refused with a word about it and SIGABRT.
 *
 * TEXTS THAT MATCH
 *	e2e_like(r.out, "^port [0-9]+\n");	somewhere in the text
 *	e2e_unlike(r.err, "[Ee]rror");
 *	`^` and `$` are the ends of the whole text, whatever lines it has, and its last newline
 *	belongs to it: "done$" doesn't match "done\n". A failure shows a text of several lines as
 *	numbered lines, marks the one that came closest to the expression, or that matched, and says
 *	which part of the expression it matches.
 *
 * SETS, ARRAYS, NEAR NUMBERS
 *	e2e_is_set(names, expected);                  strings in any order: says missing and extra
 *	e2e_is_array(samples, expected, 512);         numbers of any type: first difference, how
 *	                                              many differ
 *	e2e_is_near(seconds, 2.0, 0.1, "as before");  within 10 per cent
 *
 * STRUCTS OF YOUR OWN
 *	struct point { int x, y; };
 *
 *	E2E_PRINTER(point, struct point, p)
 *	{
 *		return e2e_printf("(%d, %d)", p->x, p->y);
 *	}
 *
 *	e2e_is_struct(point, &got, &want);           got (1, 2), want (1, 3)
 *	e2e_is_structs(point, path, expected, 12);   says which elements differ
 *	e2e_note("at %s", e2e_print_point(&here));
 *	Structs are equal where they print alike: print each member that counts, and none that
 *	doesn't, such as a time or padding. A text of several lines, a member a line, is shown as a
 *	diff.
 *
 * A CHECK OF YOUR OWN, A PROVIDER
 *	e2e_report() makes a test point with your own got, want and hint; call it through a macro
 *	that passes __FILE__ and __LINE__. e2e_provide() registers what the environment offers:
 *	features, identities, quirks, the peer's name.
 *
 * TODO AND KNOWN FAILURES
 *	e2e_todo("why") { ... }            failures in the block are expected and don't count
 *	e2e_known("case", "peer", "ISSUE-4: why")   the same for a case or subtest by name, in
 *	                                            E2E_SUITE_SETUP
 *	`*` matches anything; the peer's name is the provider's or the config's. A known failure
 *	that passes is reported as a bonus. With --no-known it is a failure like others, and so is
 *	what e2e_todo and .todo expect.
 *
 * TIMEOUTS
 *	e2e_blocking { ... }                        no limit but the case's
 *	e2e_blocking_timed { ... }                  [global] timeout of the config, 1 s without one;
 *	                                            x4 where CI is "true"
 *	e2e_blocking_with_timeout(0.25) { ... }     seconds; fractions are fine
 *	They nest, and an inner one never outlives an outer one. INFINITY (of math.h) is no limit
 *	but those around it, for a case too (.timeout = INFINITY, --timeout inf). At the end of the
 *	time the case fails with where the block was armed, its tear-down and deferred functions run
 *	(10 s), and the next case begins. First the case is asked (SIGALRM and a jump out of the
 *	block), so the code in the block is never resumed; if that has no effect within 0.5 s (the
 *	signal is blocked, a lock is held), the parent ends the case's process group. break and
 *	return out of a block disarm it. E2E_TIMEOUT_SCALE=10 multiplies every limit of this
 *	toolkit: for valgrind, emulators, slow machines. Limits stand still while the program is
 *	stopped by Ctrl-Z, which stops the case too; under a debugger they never end a case. The
 *	tested code's alarm() and setitimer() are its own on Linux, and a limit takes SIGALRM only
 *	as long as the case has no handler of its own: then the parent ends it.
 *
 * CONFIGURATION
 *	From --config FILE, else $E2E_CONFIG, else .local/e2e.ini, else .local/e2etest.ini
 *	(aioxmpp's file is read unchanged).
 *		[global]
 *		timeout = 2.5
 *		[environment]
 *		peer = Prosody
 *		features = urn:xmpp:ping, http://jabber.org/protocol/muc=rooms.example
 *		identities = pubsub/pep
 *		quirks = ["#muc-id-rewrite"]
 *	Sections, `key = value` or `key: value`, comments by # and ;, continuation lines by deeper
 *	indentation. Keys don't mind upper case. An unknown key in a section of the toolkit, a
 *	section of nearly such a name, a key or section that is given twice and a value that can't
 *	be read end the program before any case, with 99; sections of your own may hold anything.
 *	${NAME} in a value is what the environment has under NAME: secrets needn't stand in the file
 *	(errors show the file's text, not theirs). As Python's configparser has it, %(key)s is the
 *	value of another key of the section, %% a % (alone it is a mistake), and the keys of
 *	[DEFAULT] hold in all sections that are there. $${ is ${.
 *	Lists are separated by commas or written as ["a", "b"]. A feature may name its provider's
 *	address after `=`; without one it is [environment] address.
 *
 * GUARDS: WHEN TO SKIP
 *	A guard ends the case as a SKIP with its reason: e2e_skip("why"), e2e_skip_if(cond, "why"),
 *	e2e_require_env("NAME"), e2e_require_command("nc"), e2e_require_feature("urn:xmpp:ping"),
 *	e2e_require_identity("pubsub", "pep"), e2e_skip_with_quirk("#muc-id-rewrite"). With
 *	--no-skip the case goes on as TODO; --fail-on-skip makes skips fail.
 *	In a subtest or a pair of a matrix a guard ends the innermost one alone, which becomes a
 *	SKIP; what follows it runs. A case or subtest in which all is skipped is a SKIP itself.
 *	In a script a guard before any assertion prints `1..0 # SKIP why` and ends the program.
 *
 * CLEANUP, FOLDERS, DATA
 *	e2e_defer(fn, arg)       runs at the end of the case, last one first, however it ends (but
 *	                         for a killed process)
 *	e2e_setenv, e2e_chdir    undone at the end of the case
 *	e2e_tmpdir()             a private folder; removed if the case passes, kept and named if it
 *	                         fails
 *	Logs are in it too. As long as nobody has called e2e_tmpdir() they are in memory (/dev/shm
 *	or $XDG_RUNTIME_DIR, if it has 1 GiB left), as making a file on a disk may take longer than
 *	the process that writes it; at the first call they get their names in the folder, and if the
 *	case fails they are moved there. E2E_LOGS names another place in memory; empty: always the
 *	folder.
 *	e2e_cached("db", key, build, arg)    a private copy of a folder that build() made once for
 *	                                     this key
 *
 * ROWS AND PAIRS
 *	A table of inputs, each row of it a case of its own:
 *		struct sum { const char *name; int a, b, sum; };
 *		static const struct sum sums[] = {{"small", 1, 2, 3}, {"negative", 1, -1, 0}};
 *
 *		E2E_TEST_EACH(adds, sums)
 *		{
 *			const struct sum *r = e2e_row(struct sum);
 *			e2e_is_int(r->a + r->b, r->sum);
 *		}
 *	These cases are `adds/small` and `adds/negative`: in --list, for -k, e2e_known and in
 *	reports. Each has its own process, limit and fixtures, so a row that crashes leaves the
 *	others alone. Rows without a name of their own are numbered: `adds/1`, `adds/2`.
 *	E2E_TEST_MATRIX(name, rows, columns) does so for each pair, `name/row x column`; the filters
 *	of e2e_matrix choose among them. e2e_each(i, n, "row %s", name[i]) { ... } makes subtests of
 *	one case instead: cheaper, and they share what the case has set up, a crash included.
 *
 * FILES OF A TEST
 *	e2e_data("login.txt")            a file beside the test's source, from whatever folder the
 *	                                 test is run: give it to the programs that you start
 *	e2e_read_file(path, &size)       a whole file, until the end of the case
 *	They look beside the source as the compiler was told of it, seen from where the program
 *	was started and from the folders above the program and above what prove has compiled.
 *
 * GOLDEN FILES, FILES AND FOLDERS
 *	e2e_is_golden(report, "report.txt");       the text of golden/report.txt beside the source;
 *	                                           `./x.t --update` writes it: read the difference
 *	                                           before you commit it
 *	e2e_is_file("out.csv", e2e_data("out.csv"));   the same bytes
 *	e2e_is_tree(e2e_tmpdir(), e2e_data("site"));   the same files with the same contents
 *
 * BUDGETS, CHANCE, MATRIX
 *	e2e_within(0.5) { ... }  fails if the block took longer; e2e_growth(65536) { ... } if the
 *	                         heap grew by more bytes
 *	e2e_rand(), e2e_unique("q")   repeatable by --seed; the seed is in every failure
 *	e2e_matrix(rows, nrows, columns, ncolumns, run, arg)    every pair as a subtest
 *
 * ON A TERMINAL
 *	A program that is run by hand tells what prove would: a line for each case, and below one
 *	that failed where, what it got and wanted, the diff, the logs and the command that runs it
 *	again, each once; at the end how many failed. Comments are shown as they come. Where stdout
 *	is no terminal, and with --tap or -v, it is TAP.
 *
 * CONSUMERS THAT KNOW NO SUBTESTS
 *	With --flat (E2E_FLAT=1) the points of a case are comments, so that each line is of TAP as
 *	it was before version 14: cases, their YAML, comments. Meson wants it: it complains of
 *	lines that it doesn't know.
 *		test('sum', program, args: '--flat', protocol: 'tap')
 *	Automake's TAP driver, CTest and Perl's prove need nothing of the kind.
 *
 * OUTPUT AND EXIT STATUS
 *	One test point per case, its assertions as its subtest. stdout of the tested code is kept
 *	apart and shown as `# stdout: ...` when the case fails. It is a file; where files may not
 *	grow to 1 MiB (ulimit -f), stdout goes the way of stderr instead.
 *	Exit status: 0 all passed (skipped and TODO ones
 *	included), 1 something failed, 99 could not run (config, usage, bail out, no case matched,
 *	stdout can't be written). SIGTERM (a driver's time-out, the end of a CI job; SIGHUP and
 *	SIGQUIT, too) fails the running case: `terminated by SIGTERM`, with what it waited for and
 *	all that a time-out shows. Its cleanup and the suite's tear-down run, the other cases are
 *	skipped as not run, and the status is 1. Only SIGINT, Ctrl-C, bails out: after the cleanup
 *	the program dies of it.
 *
 * WHAT THE TESTED CODE SAYS ON STDERR
 *	stderr of a case in its own process passes on at once to the program's, and is kept with the
 *	case too: if the case fails, its block has it under `stderr`: the text of assert() and
 *	perror(), the what() of an exception that nobody caught, a sanitizer's report. So it is in
 *	the report of prove and in JUnit, beside what failed. Of more than 6 KiB the beginning and
 *	the end are kept. With --no-fork and .fork = 0 it goes where it always went.
 *
 * COMMAND LINE, ENVIRONMENT
 *	`./x.t --help` lists the options and the environment variable of each. Lists may be given
 *	several times and add up: -k a -k b runs what matches either, -t a -t b what has both,
 *	--include-shim a --include-shim b is a,b. A filter that meets no case, or in none a pair of
 *	a matrix, is a mistake: 99. A tag that no case has is said. --from CASE leaves out what
 *	stands before a case; `prove -R` goes on by it. The variables are read once and
 *	taken out of the environment, so that programs which the test starts don't see them. Read
 *	besides: E2E_TIMEOUT_SCALE, E2E_CACHE (where cached folders are), E2E_LOGS (see "Cleanup,
 *	folders, data"), CI, TMPDIR, HARNESS_ACTIVE, HARNESS_VERSION, XDG_CACHE_HOME,
 *	XDG_RUNTIME_DIR, HOME, and E2E_PROVE, by which this project's prove says that it shows
 *	failures itself, so that stderr needn't repeat them; E2E_SOURCE and E2E_DRIVER name the
 *	source that it has compiled and prove itself, for `repeat`. With E2E_TIMES each point of a
 *	case or subtest tells its duration_ms, also where it passed: prove's reports have them.
 *
 * OPTIONS OF YOUR OWN
 *	E2E_OPTION(level, "--level", "N", "how hard to try")
 *
 *	E2E_TEST(packs)
 *	{
 *		int level = e2e_option_level() ? atoi(e2e_option_level()) : 6;
 *		...
 *	}
 *	`./x.t --level 9`, or E2E_OPT_LEVEL=9 where there is no command line: in a script, and under
 *	prove, which passes the environment on (`prove x.t :: --level 9` does, too). --help shows
 *	the option, and `repeat` has it if it was given. Like e2e's own variables this one is taken
 *	out of the environment.
 *
 * CASES IN ANOTHER ORDER
 *	`./x.t --shuffle` runs the cases in an order of chance, to find those that need others
 *	before them: by what is left in a database, or in the process of .fork = 0. The first lines
 *	tell the number that repeats the order: --shuffle=4711. With -k and that number the cases
 *	that are left keep their order, so the one that spoils it is found by halves. --list shows
 *	the order. `prove --shuffle` is about programs; `prove x.t :: --shuffle` passes it on.
 *
 * WHAT A BLOCK PRINTS, HOW IT ENDS
 *	char *out, *err;
 *	e2e_captured_output(&out, &err) { greet(stdout, "Ada"); }
 *	e2e_is_str(out, "hello Ada\n");
 *	e2e_is_str(err, "");
 *
 *	e2e_dies(E2E_SIG(SIGABRT)) { list_pop(empty); }
 *	e2e_dies(2) { usage("no such option"); }
 *	The block of e2e_dies runs in a forked child: what it changes in memory is gone afterwards,
 *	but its assertions count. Put e2e_captured_output(NULL, &err) { ... } around it to look at
 *	what it said. A sanitizer turns crashes into exit codes of its own.
 *
 * JUNIT WITHOUT PROVE
 *	`./x.t --junit FILE` (E2E_JUNIT) writes a testcase for each case, besides TAP: time, what
 *	failed with its whole block, why it was skipped, a property for each clause of .spec. A
 *	known failure counts as skipped; a suite's fixture that failed and a bail out are testcases,
 *	too. A script is one testcase. A reader sees the old file or the whole new one; one that
 *	can't be written ends the program with 99, before any case where that is known by then. Of
 *	several programs, or with a testcase for each pair and subtest: `prove --junit FILE`.
 *
 * HOW TO READ A FAILURE
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
 *
 * COVERAGE
 *	A case's process ends by _exit, but writes the counts of gcc and clang before it: those of
 *	cases that failed, skipped, called exit() or ran into a limit too. Only a crash loses them.
 *	Nothing is to be said in the test; compile what is to be measured, and link the test, with
 *	the compiler's flag:
 *		gcc --coverage -O0 -o sum.t sum.t.c sum.c && ./prove sum.t
 *		gcov sum.t-sum.gcda                         lines of one source, or
 *		gcovr -r . --html-details coverage.html     of all, as a page
 *		E2E_CACHE=$PWD/counts CFLAGS="-O0 --coverage" ./prove sum.t.c
 *		gcovr -r . counts                           where prove compiles: in its cache
 *		clang -fprofile-instr-generate -fcoverage-mapping -o sum.t sum.t.c sum.c
 *		./prove sum.t
 *		llvm-profdata merge -o sum.profdata default_*.profraw
 *		llvm-cov report ./sum.t -instr-profile=sum.profdata sum.c
 *	clang's file would be written anew by each process, so its name gets `_%m` before .profraw
 *	unless LLVM_PROFILE_FILE has %m: so the processes' counts are added up.
 *
 * PLATFORMS AND LIMITS
 *	POSIX.1-2008 with C99 or C++11: gcc, clang, tcc, musl. On Linux children of children are
 *	found too (subreaper); elsewhere the case's process group is ended. A test killed by SIGKILL
 *	takes the groups of its cases with it. Out of scope: cases in parallel within one program
 *	(run programs in parallel). At a case's end what stdio holds is written; where threads are
 *	left, only that of stdout and stderr. A jump ends the case, so C++ destructors between are
 *	not run. Behind a subtest that was skipped a local variable may have the value from before
 *	it, unless it is volatile or the compiler is gcc. At most 16 nested subtests, 32 armed
 *	timeouts, 4 KiB of a first failure kept for the case's own point.
 *
 * COMPILERS' WARNINGS AND CHECKERS
 *	To them this header is one of the system's: what they say is about the test.
 *		cppcheck -D__cppcheck__ -I. t/sum.c       not at the header's functions
 *		clang-tidy t/sum.c -- -I.                 (scan-build too) as it is
 *		gcc -fanalyzer -DE2E_EXTERN -I. -c sum.c  or it looks at all functions, for minutes
 *	-fsanitize=address, undefined, leak, thread, memory and integer (clang) find nothing in it.
 *	A header of the system that comes before it, in a strict mode (-std=c99), hides what it
 *	needs: one #error says so.
 *
 * MANY TEST PROGRAMS
 *	Each program compiles this header's functions: about 0.2 s with -O0 -g. A project with
 *	hundreds of them may compile the functions once and link them; nothing else changes:
 *		cc -g -DE2E_IMPLEMENT -x c -c e2e.h -o e2e.o
 *		cc -g -DE2E_EXTERN -o sum.t sum.c e2e.o
 *	The same goes for e2e_proc.h and e2e_xmpp.h, whose objects hold the functions of the headers
 *	below them too.
 *
 * DEBUGGING
 *	./prove --gdb t/x.c :: -k '^name$'    stops at the first assertion that fails, and at
 *	./prove --lldb t/x.c :: -k '^name$'   your breakpoints; the frames above are the test's
 *	valgrind -q --trace-children=yes --error-exitcode=99 ./x.t
 *	rr record ./x.t --no-fork; rr replay
 *	Limits wait while a debugger holds the program. With --no-fork the cases run in the program
 *	itself, which debuggers follow without being told. Under valgrind an error in a case is its
 *	failure (exited with status 99); E2E_TIMEOUT_SCALE=10 gives it the time it takes.
 *
 * The licence is at the end of the file. */
#ifndef E2E_H
#define E2E_H

/* What warnings and checkers say is to be about the tests: they see this file as one of the
 * system's. -DE2E__WARN: not those who work on it. */
#if defined __GNUC__ && !defined E2E_IMPLEMENT && !defined E2E__WARN
#pragma GCC system_header
#endif

/* Checkers (cppcheck, clang-tidy, scan-build) look at the test, and not at all of this again. */
#if (defined __cppcheck__ || defined __clang_analyzer__) && !defined E2E_IMPLEMENT && \
	!defined E2E_EXTERN
#define E2E_EXTERN 1
#endif

#define E2E_VERSION "0.1.0"

/* glibc and musl settle with the first of their headers what there is. */
#if defined __linux__ && defined _FEATURES_H && !defined _GNU_SOURCE
#if (defined __GLIBC__ && !defined __USE_MISC) || (!defined __GLIBC__ && !defined _BSD_SOURCE)
#error "a header of the system comes before e2e.h and hides what that needs: include e2e.h \
first, or compile with -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700"
#include "e2e.h comes too late" /* ends the compiler here */
#endif
#endif

/* What strict modes (-std=c99) hide; without effect where the user or the compiler already asked
 * for more. */
#if defined __linux__ && !defined _GNU_SOURCE
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE 1
#endif
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#endif

/* This tcc takes glibc's prototypes with variable array bounds for errors. */
#if defined __TINYC__ && !defined __STDC_NO_VLA__
#define __STDC_NO_VLA__ 1
#endif

/* What only Linux has: pidfds, subreapers, parent-death signals, /proc. Without it (or with
 * -DE2E__PORTABLE, to try that) POSIX must do; the manual's "Platforms and limits" says what is
 * lost. */
#if defined __linux__ && !defined E2E__PORTABLE
#define E2E__LINUX 1
#endif

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <locale.h>
#include <regex.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined E2E__LINUX
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 33)
#include <malloc.h>
#define E2E__MALLINFO 1
#endif
#if __GLIBC_PREREQ(2, 32)
#include <sys/single_threaded.h>
#define E2E__SINGLE_THREADED() (__libc_single_threaded != 0)
#endif
#endif

/* glibc's headers define __attribute__ away for tcc, which knows it. */
#if defined __TINYC__ && defined __attribute__
#undef __attribute__
#endif
#if defined E2E__LINUX && LONG_MAX > 2147483647
#include <sys/auxv.h>
#define E2E__VDSO 1
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* -----------------------------------------------------------------------------------------------
 * INTERFACE: what begins with e2e__ or E2E__ is not for tests
 * --------------------------------------------------------------------------------------------- */

/* ---- core/base.h ---- */

/* Of the user's file; clang says of those that are used that they are marked as unused. */
#ifdef __clang__
#define E2E__INLINE static inline
#else
#define E2E__INLINE static inline __attribute__((unused))
#endif
#if defined E2E_EXTERN
#define E2E__FN extern
#elif defined E2E_IMPLEMENT
#define E2E__FN
#else
#define E2E__FN E2E__INLINE
#endif

/* The same of one that debuggers are to find: it is called, whatever is optimized. */
#if defined E2E_EXTERN || defined E2E_IMPLEMENT
#define E2E__KEPT_FN __attribute__((noinline)) E2E__FN
#else
#define E2E__KEPT_FN __attribute__((noinline, unused)) static
#endif
#define E2E__PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define E2E__AT __FILE__, __LINE__
/* "1 byte", "2 bytes" */
#define E2E__PLURAL(n) ((n) == 1 ? "" : "s")
/* Where an assertion stands, its arguments as they were written, and its description or NULL. */
struct e2e__at {
	const char *file;
	int line;
	const char *text, *desc;
};
#ifdef __cplusplus
#define E2E__HERE(text, desc) (e2e__at{E2E__AT, text, desc})
#else
#define E2E__HERE(text, desc) ((struct e2e__at){E2E__AT, text, desc})
#endif
#define E2E__CAT_(a, b) a##b
#define E2E__CAT(a, b) E2E__CAT_(a, b)

/* Which form was called: with its n arguments, or with a description behind them (up to 16
 * arguments of it). */
#define E2E__20TH(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, ...) t
#define E2E__PICK1(...) \
	E2E__20TH(__VA_ARGS__, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, _, 0)
#define E2E__PICK2(...) \
	E2E__20TH(__VA_ARGS__, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, _, few, 0)
#define E2E__PICK3(...) \
	E2E__20TH(__VA_ARGS__, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, _, few, few, 0)

/* A block: its variable opens it, ends it after one round, and closes it however it is left. */
struct e2e__block {
	int on, slot;
	const char *file, *text;
	int line;
	double limit, began;
};
#define E2E__BLOCK(close, open) E2E__BLOCK_(E2E__CAT(e2e__block_, __COUNTER__), close, open)
#define E2E__BLOCK_(name, close, open) \
	for (struct e2e__block name __attribute__((cleanup(close))) = open; name.on; name.on = 0)

/* A subtest's variable, and the way out of it that a skip takes. gcc's own kind of jump is the one
 * that needs no volatile variables around it, and so no warning of -Wclobbered. */
struct e2e__landing;
struct e2e__subtest {
	int on, slot, line;
	const char *file;
	struct e2e__landing *landing;
	struct e2e__subtest *outer, *self; /* self: nobody has written over it */
	void (*go)(struct e2e__subtest *);
	union {
		sigjmp_buf libc;
		void *gcc[5];
	} way;
};
#if defined __GNUC__ && !defined __clang__ && !defined __TINYC__
#define E2E__STAYS(subtest) (__builtin_setjmp((subtest).way.gcc) == 0)
#define E2E__GO(subtest) __builtin_longjmp((subtest)->way.gcc, 1)
#else
#define E2E__STAYS(subtest) (sigsetjmp((subtest).way.libc, 0) == 0)
#define E2E__GO(subtest) siglongjmp((subtest)->way.libc, 1)
#endif
/* Of the user's file, which may have another compiler than the functions. */
E2E__INLINE void e2e__base_go(struct e2e__subtest *subtest)
{
	E2E__GO(subtest);
}
#define E2E__SUBTEST(name, ...) \
	for (struct e2e__subtest name __attribute__((cleanup(e2e__limit_close_subtest))) = \
			e2e__subtest_open(E2E__AT, e2e__buf_desc(__VA_ARGS__)); \
		e2e__subtest_enter(&name, e2e__base_go) && E2E__STAYS(name); name.on = 0)

/* ---- core/failure.h ---- */

/* What a failure shows. Zero members are left out. got and want are shown as they are: quote texts
 * with e2e_quoted(). */
typedef struct e2e_failure {
	const char *message; /* what was tried and what happened */
	const char *got, *want;
	const char *code; /* a word for programs, e.g. "wrong-exit" */
	const char *hint; /* what to do */
	const char *diff; /* further lines, shown as a block */
} e2e_failure;

/* ---- core/case.h ---- */

/* What may follow a case's name. Zero means the default. */
#if defined __cplusplus && __cplusplus >= 201402L
#define E2E__UNSET = {} /* g++ -Wextra wants all members named otherwise */
#else
#define E2E__UNSET
#endif
struct e2e_case_options {
	double timeout E2E__UNSET;   /* seconds; default --timeout, else 60 */
	const char *tags E2E__UNSET; /* words, separated by blanks */
	const char *todo E2E__UNSET; /* why it is known to fail */
	int fork E2E__UNSET;         /* 0: in the program's own process; default 1 */
	const char *spec E2E__UNSET; /* the clauses that it proves, between commas */
	int zero E2E__UNSET;         /* closes the list; leave it alone */
};

/* Defines a case: E2E_TEST(name [, options]) { body }. */
#ifdef __cplusplus
#define E2E_TEST(...) E2E__TEST(__VA_ARGS__, )
#define E2E__TEST(name, ...) E2E__CASE(name, (void)0, #__VA_ARGS__, {__VA_ARGS__})
#else
#define E2E_TEST(...) E2E__TEST(__VA_ARGS__, .zero = 0)
#define E2E__TEST(name, ...) E2E__CASE(name, (void)0, #__VA_ARGS__, {__VA_ARGS__})
#endif
/* tables: statements that give the case its rows, see each.h. */
#define E2E__CASE(name, tables, text, ...) \
	static void e2e_case_##name(void); \
	static void e2e__register_case_##name(void) __attribute__((constructor)); \
	static void e2e__register_case_##name(void) \
	{ \
		static const struct e2e_case_options options = __VA_ARGS__; \
		static struct e2e__case self; \
		tables; \
		e2e__case_add(&self, #name, E2E__AT, &options, text, e2e_case_##name); \
	} \
	static void e2e_case_##name(void)

/* Functions around each case and around all of them; one of each a source file, for the cases of
 * all files. */
#define E2E_SETUP() E2E__FIXTURE(setup, 0)
#define E2E_TEARDOWN() E2E__FIXTURE(teardown, 1)
#define E2E_SUITE_SETUP() E2E__FIXTURE(suite_setup, 2)
#define E2E_SUITE_TEARDOWN() E2E__FIXTURE(suite_teardown, 3)
#define E2E__FIXTURE(name, kind) \
	static void e2e_##name(void); \
	static void e2e__register_fixture_##name(void) __attribute__((constructor)); \
	static void e2e__register_fixture_##name(void) \
	{ \
		static struct e2e__fixture self; \
		e2e__case_add_fixture(&self, kind, E2E__AT, e2e_##name); \
	} \
	static void e2e_##name(void)

/* Name of the program, and of the case ("" in a script). */
E2E__FN const char *e2e__case_program(void);
E2E__FN const char *e2e__case_name(void);

/* An array: all of it for a case that is yet to be made one for each element; then the element. */
struct e2e__table {
	const char *at;
	size_t size, n; /* of an element; how many */
};

struct e2e__case {
	const char *name, *file;
	int line, fork;
	struct e2e_case_options o;
	void (*run)(void);
	struct e2e__case *next;
	bool chosen, passed_over;   /* passed_over: it stands before --from's */
	struct e2e__table table[2]; /* rows, columns */
};

struct e2e__fixture {
	void (*run)(void);
	const char *file;
	int line;
	struct e2e__fixture *next;
};

E2E__FN void e2e__case_add(struct e2e__case *c, const char *name, const char *file, int line,
	const struct e2e_case_options *o, const char *text, void (*run)(void));
E2E__FN void e2e__case_add_fixture(
	struct e2e__fixture *f, int kind, const char *file, int line, void (*run)(void));

/* ---- core/buf.h ---- */

/* A growing text; it starts in the caller's array, so that small ones need no malloc. */
struct e2e__buf {
	char *p;
	size_t n, size;
	bool heap;
};
#define E2E__BUF(name, bytes) \
	char name##__space[bytes]; \
	struct e2e__buf name = {name##__space, 0, bytes, false}

E2E__FN void e2e__buf_add(struct e2e__buf *b, const char *s, size_t n);
E2E__FN void e2e__buf_adds(struct e2e__buf *b, const char *s);
E2E__FN void e2e__buf_addf(struct e2e__buf *b, const char *fmt, ...) E2E__PRINTF(2, 3);
E2E__FN void e2e__buf_free(struct e2e__buf *b);
/* Signs of names, and of Base64 in its order. */
#define E2E__ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* How control characters, invalid UTF-8, what can't be seen and the format's own signs are written.
 */
enum e2e__style { E2E__PLAIN, E2E__QUOTED, E2E__TAP };
E2E__FN void e2e__buf_escape(struct e2e__buf *b, const char *s, size_t n, enum e2e__style style);

E2E__FN const char *e2e__buf_desc(const char *fmt, ...) E2E__PRINTF(1, 2);

/* ---- core/memory.h ---- */

/* "text" with its quotes, control characters and invalid UTF-8 as escapes; NULL → NULL. Valid until
 * the case's end. */
E2E__FN const char *e2e_quoted(const char *text);
/* printf into memory that is freed at the end of the case. */
E2E__FN char *e2e_printf(const char *fmt, ...) E2E__PRINTF(1, 2);

/* Memory until the end of the case (of the suite, in its set-up); zeroed. Never NULL: bails out
 * instead. */
E2E__FN void *e2e__memory_alloc(size_t size);
E2E__FN char *e2e__memory_strdup(const char *s);

/* ---- core/clock.h ---- */

/* Seconds of the monotonic clock, without those for which the program was stopped by Ctrl-Z. */
E2E__FN double e2e_now(void);

/* seconds x E2E_TIMEOUT_SCALE */
E2E__FN double e2e__clock_scaled(double seconds);

/* ---- core/files.h ---- */

/* A whole file, NUL-terminated; NULL with errno. */
E2E__FN char *e2e__file_read(const char *path, size_t *size);
/* Folders. 0, or -1 with errno. */
E2E__FN int e2e__file_mkdirs(const char *path, mode_t mode);
E2E__FN int e2e__file_remove_tree(const char *path);
E2E__FN int e2e__file_copy_tree(const char *from, const char *to);
/* The path of an executable file found by PATH, or NULL with errno. */
E2E__FN const char *e2e__file_which(const char *name);

/* ---- core/secret.h ---- */

/* From now on no report of the case shows this text (in the suite's set-up: of no case); a text of
 * several lines none of its lines. Fewer than 4 bytes are no secret. Returns text, which may be
 * NULL. Threads and forked children may call it. A case knows 16 KiB of them; more end it. The
 * manual of secrets says what isn't hidden. */
E2E__FN const char *e2e_secret(const char *text);

/* The same for what the toolkit takes for one: not of what may be met everywhere. */
E2E__FN void e2e__secret_guess(const char *text);
/* The same where the value's name says that it is one. */
E2E__FN void e2e__secret_named(const char *name, const char *value);
/* Is there any that was named or guessed? */
E2E__FN bool e2e__secret_any(void);
/* Adds n bytes without the secrets in them; forms: also those that the words before them tell. */
E2E__FN void e2e__secret_add(struct e2e__buf *b, const char *text, size_t n, bool forms);
/* Like e2e__buf_escape, without what was named or guessed. */
E2E__FN void e2e__secret_escape(struct e2e__buf *b, const char *text, enum e2e__style style);
/* The same, and without what the words before it tell: for reasons and names of cases. */
E2E__FN void e2e__secret_words(struct e2e__buf *b, const char *text, enum e2e__style style);

/* ---- core/story.h ---- */

/* e2e_event(lane, fmt, ...): an entry of the case's story. lane says who, at most 15 bytes of it
 * count; fmt is printf's. Threads and forked children may call it. */
#define e2e_event(...) e2e__story_event(__VA_ARGS__)

E2E__FN void e2e__story_event(const char *lane, const char *fmt, ...) E2E__PRINTF(2, 3);
/* The same of a room's own kind; odd: nobody has asked for it. */
E2E__FN void e2e__story_tell(const char *lane, const char *kind, bool odd, const char *fmt, ...)
	E2E__PRINTF(4, 5);
/* A line of text as it is, seen at that time (e2e__clock_ns). */
E2E__FN void e2e__story_line(
	int64_t at, const char *lane, const char *kind, bool odd, const char *text, size_t n);

/* ---- core/lines.h ---- */

/* Notes how long the log with this path is now, NULL: each log of the case. What it has comes
 * before what happens next. */
E2E__FN void e2e__lines_mark(const char *path);
/* What this log has until now isn't told, unless it speaks of an error: it is how a server starts,
 * whatever the case does. */
E2E__FN void e2e__lines_quiet(const char *path);

/* ---- core/point.h ---- */

/* A comment on stdout and stderr. */
#define e2e_diag(...) e2e__point_comment(true, __VA_ARGS__)
/* A comment on stdout. */
#define e2e_note(...) e2e__point_comment(false, __VA_ARGS__)

/* A test point; returns ok. The failure is looked at if ok is false; the name may be NULL. */
E2E__FN bool e2e_report(
	const char *file, int line, bool ok, const char *name, const e2e_failure *failure);

E2E__FN void e2e__point_comment(bool aloud, const char *fmt, ...) E2E__PRINTF(2, 3);

/* ---- core/excerpt.h ---- */

/* A part of a text in quotes: at most so many bytes from the offset on. NULL: "NULL". */
E2E__FN const char *e2e__excerpt(const char *s, size_t from, size_t most);
/* A text of several lines as a block of numbered lines, at most 20 of them: around the marked one,
 * or where none (0) is marked the first and the last ones. */
E2E__FN const char *e2e__excerpt_block(const char *s, size_t mark);
/* Either of them: what suits the text. */
E2E__FN const char *e2e__excerpt_text(const char *s);

/* ---- core/diff.h ---- */

/* A line diff ("  same", "- want", "+ got") of two texts, or NULL where both are of one line. It is
 * about a hundred lines at most and says what it leaves out. Lines that would look alike stand in
 * quotes, with escapes. */
E2E__FN const char *e2e__diff(const char *got, const char *want);

/* ---- core/json.h ---- */

/* JSON values. Strings are decoded; numbers keep their text. Arrays and objects are lists of
 * children. */
struct e2e__json {
	char type;                 /* n t f (null true false) 0 (number) " [ { */
	char *key, *text;          /* of a member; of a string or number */
	size_t length, key_length; /* of text, of key */
	struct e2e__json *child, *next;
};
/* Parses a whole text into memory of the case; NULL with *error (offset and what was expected). */
E2E__FN struct e2e__json *e2e__json_parse(const char *text, const char **error);
E2E__FN const struct e2e__json *e2e__json_member(const struct e2e__json *object, const char *key);
/* NULL if equal, else what differs first, e.g. `$.a[2]: got 1, want 2`. */
E2E__FN const char *e2e__json_differ(const struct e2e__json *got, const struct e2e__json *want);

/* ---- core/integer.h ---- */

/* The widest integers that are compared by value. */
#ifdef __SIZEOF_INT128__
__extension__ typedef __int128 e2e__widest;
#else
typedef intmax_t e2e__widest;
#endif
/* An integer of any type up to 128 bits. wraps: its type has no sign, so a negative high half means
 * a huge value. */
struct e2e__integer {
	int64_t high;
	uint64_t low;
	bool wraps;
};
/* Of the user's file, which may have another compiler than the functions. */
E2E__INLINE struct e2e__integer e2e__integer_of(e2e__widest v, bool wraps)
{
	struct e2e__integer i = {0, (uint64_t)v, wraps};

#ifdef __SIZEOF_INT128__
	i.high = (int64_t)(v >> 64);
#else
	i.high = wraps || v >= 0 ? 0 : -1;
#endif
	return i;
}

#ifdef __cplusplus
extern "C++" {
/* A function for each type of integers. Smaller ones, and what is converted to one, come to theirs;
 * a double fits several and a pointer none, which is an error at compile time. */
#define E2E__INTEGER(x) e2e__integer_from(x)
#define E2E__INTEGER_FROM(type) \
	E2E__INLINE e2e__integer e2e__integer_from(type v) \
	{ \
		return e2e__integer_of(static_cast<e2e__widest>(v), \
			static_cast<type>(-1) > static_cast<type>(0)); \
	}
E2E__INTEGER_FROM(int)
E2E__INTEGER_FROM(unsigned)
E2E__INTEGER_FROM(long)
E2E__INTEGER_FROM(unsigned long)
E2E__INTEGER_FROM(long long)
E2E__INTEGER_FROM(unsigned long long)
#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 e2e__widest_unsigned;
E2E__INTEGER_FROM(e2e__widest)
E2E__INTEGER_FROM(e2e__widest_unsigned)
#endif
/* Enumerations, those of a scope too. */
template <class T>
struct e2e__integer_is_enum {
	static const bool value = __is_enum(T);
};
template <bool>
struct e2e__integer_if {
};
template <>
struct e2e__integer_if<true> {
	typedef e2e__integer type;
};
template <class T>
static inline typename e2e__integer_if<e2e__integer_is_enum<T>::value>::type e2e__integer_from(T v)
{
	return e2e__integer_from(static_cast<__underlying_type(T)>(v));
}
}
#else
/* The conversion that keeps a pointer or a double from passing as an integer: only integers have
 * `|`. */
#define E2E__INTEGER(x) \
	e2e__integer_of((e2e__widest)((x) | 0) + (e2e__widest)E2E__FITS(x), E2E__WRAPS(x))
/* 0. An error at compile time: "size of array is negative", where the type is wider, as
 * _BitInt(256) is. */
#ifdef __cppcheck__
#define E2E__FITS(x) 0
#else
#define E2E__FITS(x) (0 * sizeof(char[sizeof((x) | 0) <= sizeof(e2e__widest) ? 1 : -1]))
#endif
/* Is it of an unsigned type? */
#define E2E__WRAPS(x) ((__typeof__((x) | 0))-1 > 0)
#endif

/* -1, 0, 1 as strcmp. */
E2E__FN int e2e__integer_compare(const struct e2e__integer *a, const struct e2e__integer *b);
/* As decimal digits; 48 bytes are enough. Returns the buffer. */
E2E__FN const char *e2e__integer_text(char *buffer, size_t size, const struct e2e__integer *v);
E2E__FN long double e2e__integer_real(const struct e2e__integer *v);

/* ---- core/assertion.h ---- */

/* e2e_ok(condition, ...) */
#define e2e_ok(...) E2E__ARGS1(e2e__assertion_ok, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_int(got, want, ...), e2e_isnt_int: integers of any type, __int128 included, compared by
 * value (UINTMAX_MAX isn't -1). */
#define e2e_is_int(...) E2E__ARGS2(e2e__assertion_is_int, #__VA_ARGS__, __VA_ARGS__)
#define e2e_isnt_int(...) E2E__ARGS2(e2e__assertion_isnt_int, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_uint(got, want, ...): another name of e2e_is_int, for those who look for it. */
#define e2e_is_uint(...) E2E__ARGS2(e2e__assertion_is_int, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_double(got, want, tolerance, ...): |got - want| <= tolerance; NaN equals NaN, an infinity
 * itself. */
#define e2e_is_double(...) E2E__ARGS3(e2e__assertion_is_double, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_str(got, want, ...), e2e_isnt_str: strings; NULL is allowed and equals NULL only. */
#define e2e_is_str(...) E2E__ARGS2(e2e__assertion_is_str, #__VA_ARGS__, __VA_ARGS__)
#define e2e_isnt_str(...) E2E__ARGS2(e2e__assertion_isnt_str, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_mem(got, want, size, ...): size bytes; a failure shows a hex dump with the first
 * difference marked. */
#define e2e_is_mem(...) E2E__ARGS3(e2e__assertion_is_mem, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_ptr(got, want, ...) */
#define e2e_is_ptr(...) E2E__ARGS2(e2e__assertion_is_ptr, #__VA_ARGS__, __VA_ARGS__)
/* e2e_cmp_int(a, op, b, ...): op is one of "<" "<=" "==" "!=" ">=" ">"; another one fails. */
#define e2e_cmp_int(...) E2E__ARGS3(e2e__assertion_cmp_int, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_list(got, want, ...): NULL-terminated arrays of strings; a failure names missing, extra
 * and order. */
#define e2e_is_list(...) E2E__ARGS2(e2e__assertion_is_list, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_json(got, want, ...): JSON texts (RFC 8259) of equal value; a failure names the first path
 * that differs. */
#define e2e_is_json(...) E2E__ARGS2(e2e__assertion_is_json, #__VA_ARGS__, __VA_ARGS__)
/* e2e_pass(), e2e_pass("what %d", i) */
#define e2e_pass(...) e2e__assertion_pass(E2E__HERE(NULL, E2E__OPTIONAL(__VA_ARGS__)))
/* e2e_fail("why %d", i): false. */
#define e2e_fail(...) e2e__assertion_fail(E2E__AT, __VA_ARGS__)

#define E2E__ARGS1(fn, text, ...) \
	E2E__CAT(E2E__CALL1, E2E__PICK1(__VA_ARGS__))(fn, text, __VA_ARGS__)
#define E2E__ARGS2(fn, text, ...) \
	E2E__CAT(E2E__CALL2, E2E__PICK2(__VA_ARGS__))(fn, text, __VA_ARGS__)
#define E2E__ARGS3(fn, text, ...) \
	E2E__CAT(E2E__CALL3, E2E__PICK3(__VA_ARGS__))(fn, text, __VA_ARGS__)
#define E2E__CALL1_(fn, text, a) fn(E2E__HERE(text, NULL), a)
#define E2E__CALL1d(fn, text, a, ...) fn(E2E__HERE(text, e2e__buf_desc(__VA_ARGS__)), a)
#define E2E__CALL2_(fn, text, a, b) fn(E2E__HERE(text, NULL), a, b)
#define E2E__CALL2d(fn, text, a, b, ...) fn(E2E__HERE(text, e2e__buf_desc(__VA_ARGS__)), a, b)
#define E2E__CALL3_(fn, text, a, b, c) fn(E2E__HERE(text, NULL), a, b, c)
#define E2E__CALL3d(fn, text, a, b, c, ...) fn(E2E__HERE(text, e2e__buf_desc(__VA_ARGS__)), a, b, c)

#define e2e__assertion_ok(at, a) e2e__assertion_ok_at(at, (a) ? true : false)
#define e2e__assertion_is_int(at, a, b) \
	e2e__assertion_is_integer(at, E2E__INTEGER(a), E2E__INTEGER(b))
#define e2e__assertion_isnt_int(at, a, b) \
	e2e__assertion_isnt_integer(at, E2E__INTEGER(a), E2E__INTEGER(b))
#define e2e__assertion_cmp_int(at, a, op, b) \
	e2e__assertion_cmp_integer(at, E2E__INTEGER(a), op, E2E__INTEGER(b))
#define e2e__assertion_is_ptr(at, a, b) \
	e2e__assertion_is_ptr_at(at, (const void *)(a), (const void *)(b))

/* e2e_pass() and e2e_pass("..."): NULL where nothing is given. An empty list makes a comma of
 * E2E__COMMA (). */
#define E2E__OPTIONAL(...) E2E__CAT(E2E__OPT, E2E__PICK1(__VA_ARGS__))(__VA_ARGS__)
#define E2E__OPTd(...) e2e__buf_desc(__VA_ARGS__)
#define E2E__OPT_(x) E2E__CAT(E2E__OPTIS, E2E__PICK1(E2E__COMMA x()))(x)
#define E2E__OPTIS_(x) e2e__buf_desc(x)
#define E2E__OPTISd(x) NULL
#define E2E__COMMA(...) ,

E2E__FN bool e2e__assertion_pass(struct e2e__at at);
E2E__FN bool e2e__assertion_fail(const char *file, int line, const char *fmt, ...)
	E2E__PRINTF(3, 4);
E2E__FN bool e2e__assertion_ok_at(struct e2e__at at, bool ok);
E2E__FN bool e2e__assertion_is_int_at(
	struct e2e__at at, intmax_t got, bool got_wraps, intmax_t want, bool want_wraps);
E2E__FN bool e2e__assertion_is_integer(
	struct e2e__at at, struct e2e__integer got, struct e2e__integer want);
E2E__FN bool e2e__assertion_isnt_integer(
	struct e2e__at at, struct e2e__integer got, struct e2e__integer want);
E2E__FN bool e2e__assertion_is_double(struct e2e__at at, double got, double want, double tolerance);
E2E__FN bool e2e__assertion_is_str(struct e2e__at at, const char *got, const char *want);
E2E__FN bool e2e__assertion_isnt_str(struct e2e__at at, const char *got, const char *want);
E2E__FN bool e2e__assertion_is_ptr_at(struct e2e__at at, const void *got, const void *want);
E2E__FN bool e2e__assertion_is_mem(
	struct e2e__at at, const void *got, const void *want, size_t size);
E2E__FN bool e2e__assertion_cmp_integer(
	struct e2e__at at, struct e2e__integer a, const char *op, struct e2e__integer b);
E2E__FN bool e2e__assertion_is_list_at(
	struct e2e__at at, const char *const *got, const char *const *want);
E2E__FN bool e2e__assertion_is_json(struct e2e__at at, const char *got, const char *want);
#define e2e__assertion_is_list(at, got, want) \
	e2e__assertion_is_list_at(at, (const char *const *)(got), (const char *const *)(want))

/* ---- core/match.h ---- */

/* e2e_like(text, ere, ...), e2e_unlike: POSIX extended regular expression; NULL matches nothing; a
 * bad one fails. */
#define e2e_like(...) E2E__ARGS2(e2e__match_like, #__VA_ARGS__, __VA_ARGS__)
#define e2e_unlike(...) E2E__ARGS2(e2e__match_unlike, #__VA_ARGS__, __VA_ARGS__)

E2E__FN bool e2e__match_like(struct e2e__at at, const char *s, const char *ere);
E2E__FN bool e2e__match_unlike(struct e2e__at at, const char *s, const char *ere);

/* ---- core/collections.h ---- */

/* e2e_is_set(got, want, ...): NULL-terminated arrays of strings, equal in any order; one that is
 * there twice has to be there twice. NULL equals NULL only. A failure names missing and extra. */
#define e2e_is_set(...) E2E__ARGS2(e2e__collection_is_set, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_array(got, want, n, ...): n numbers at each of two pointers, of any integer or floating
 * types, compared by value; NaN equals NaN. A failure shows the first that differ with their index,
 * and how many do. */
#define e2e_is_array(...) E2E__ARGS3(e2e__collection_is_array, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_near(got, want, relative, ...): |got - want| <= relative * |want|; relative 0.01 is 1 per
 * cent. NaN equals NaN, an infinity itself. Nothing but 0 is near 0: use e2e_is_double there. */
#define e2e_is_near(...) E2E__ARGS3(e2e__collection_is_near, #__VA_ARGS__, __VA_ARGS__)

/* Numbers in memory. */
struct e2e__numbers {
	const void *at;
	size_t size; /* of one */
	bool floating, wraps;
};
E2E__FN struct e2e__numbers e2e__collection_numbers_at(
	const void *at, size_t size, bool floating, bool wraps);
/* A half is nothing in integers, and -1 the largest of what has no sign. A bool holds 1 for both.
 */
#ifdef __cplusplus
extern "C++" {
template <class T>
static inline struct e2e__numbers e2e__collection_numbers(const T *at)
{
	return e2e__collection_numbers_at(at, sizeof *at, static_cast<T>(0.5) > static_cast<T>(0),
		static_cast<T>(-1) > static_cast<T>(0));
}
}
#else
#define e2e__collection_numbers(p) \
	e2e__collection_numbers_at(p, sizeof *(p), (__typeof__(*(p)))0.5 > (__typeof__(*(p)))0, \
		(__typeof__(*(p)))-1 > (__typeof__(*(p)))0)
#endif
#define e2e__collection_is_array(at, got, want, n) \
	e2e__collection_is_array_at( \
		at, e2e__collection_numbers(got), e2e__collection_numbers(want), n)
#define e2e__collection_is_set(at, got, want) \
	e2e__collection_is_set_at(at, (const char *const *)(got), (const char *const *)(want))

E2E__FN bool e2e__collection_is_set_at(
	struct e2e__at at, const char *const *got, const char *const *want);
E2E__FN bool e2e__collection_is_array_at(
	struct e2e__at at, struct e2e__numbers got, struct e2e__numbers want, size_t n);
E2E__FN bool e2e__collection_is_near(struct e2e__at at, double got, double want, double relative);

/* ---- core/printer.h ---- */

/* Defines how a type is shown: E2E_PRINTER(name, type, v) { return text; }, in which v is a const
 * type *, never NULL. The text lives until the case's end, as e2e_printf makes it, or longer.
 * e2e_print_NAME(pointer) is the text; of NULL it is NULL. One of a name in each file. */
#define E2E_PRINTER(name, type, v) \
	typedef type e2e__printed_##name; \
	static const char *e2e__printer_##name(const e2e__printed_##name *v); \
	static inline __attribute__((unused)) \
	const char *e2e_print_##name(const e2e__printed_##name *one) \
	{ \
		return one ? e2e__printer_##name(one) : NULL; \
	} \
	static inline __attribute__((unused)) \
	const char *e2e__print_element_##name(const void *one) \
	{ \
		return e2e__printer_##name((const e2e__printed_##name *)one); \
	} \
	static inline __attribute__((unused)) struct e2e__elements e2e__elements_##name( \
		const e2e__printed_##name *first) \
	{ \
		return e2e__printer_elements(first, sizeof *first, e2e__print_element_##name); \
	} \
	static const char *e2e__printer_##name(const e2e__printed_##name *v)
/* e2e_is_struct(name, got, want, ...): pointers to what E2E_PRINTER(name, ...) shows; equal if both
 * are shown by the same text, or both are NULL. A failure shows the texts, or the diff of them. */
#define e2e_is_struct(...) E2E__ARGS3(e2e__printer_is_struct, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_structs(name, got, want, n, ...): the same for arrays of n elements. A failure shows the
 * first that differ with their index, and how many do. */
#define e2e_is_structs(...) E2E__ARGS4(e2e__printer_is_structs, #__VA_ARGS__, __VA_ARGS__)

#define E2E__PICK4(...) \
	E2E__20TH(__VA_ARGS__, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, _, few, few, few, 0)
#define E2E__ARGS4(fn, text, ...) \
	E2E__CAT(E2E__CALL4, E2E__PICK4(__VA_ARGS__))(fn, text, __VA_ARGS__)
#define E2E__CALL4_(fn, text, a, b, c, d) fn(E2E__HERE(text, NULL), a, b, c, d)
#define E2E__CALL4d(fn, text, a, b, c, d, ...) \
	fn(E2E__HERE(text, e2e__buf_desc(__VA_ARGS__)), a, b, c, d)
#define e2e__printer_is_struct(at, name, got, want) \
	e2e__printer_is_struct_at(at, e2e_print_##name(got), e2e_print_##name(want))
#define e2e__printer_is_structs(at, name, got, want, n) \
	e2e__printer_is_structs_at(at, e2e__elements_##name(got), e2e__elements_##name(want), n)

/* Structs in memory. */
struct e2e__elements {
	const char *at;
	size_t size; /* of one */
	const char *(*print)(const void *one);
};
E2E__FN struct e2e__elements e2e__printer_elements(
	const void *at, size_t size, const char *(*print)(const void *));
E2E__FN bool e2e__printer_is_struct_at(struct e2e__at at, const char *got, const char *want);
E2E__FN bool e2e__printer_is_structs_at(
	struct e2e__at at, struct e2e__elements got, struct e2e__elements want, size_t n);

/* ---- core/exits.h ---- */

/* e2e_must(assertion): ends the case (in a matrix: the pair) if the assertion failed. */
#define e2e_must(...) ((__VA_ARGS__) ? (void)0 : e2e__exit_end_case())

/* Ends the whole program, after the case's cleanup, with `Bail out! why` and status 99. */
#define e2e_bail_out(...) e2e__exit_bail_out(__VA_ARGS__)

/* Fails the case with this failure and ends it, from any thread, process of the case or signal
 * handler on its way out. */
E2E__FN void e2e__exit_die(const char *file, int line, const char *name, const e2e_failure *failure)
	__attribute__((noreturn));
/* Ends the case as it stands. */
E2E__FN void e2e__exit_end_case(void) __attribute__((noreturn));
/* For a signal handler in the case's process: end the case once it's safe; `report` runs first,
 * outside the handler. */
E2E__FN void e2e__exit_interrupt(void (*report)(void));
/* Has the case failed by now? */
E2E__FN bool e2e__exit_failed(void);
/* Is this the process that runs a case, a suite's fixture or a script (not the watching parent, not
 * a forked child)? */
E2E__FN bool e2e__exit_in_case(void);

E2E__FN void e2e__exit_bail_out(const char *fmt, ...) __attribute__((noreturn)) E2E__PRINTF(1, 2);

/* ---- core/hooks.h ---- */

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

/* ---- core/subtest.h ---- */

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

/* ---- core/limit.h ---- */

/* e2e_eventually(seconds, condition, ...): evaluates the condition until it holds or the seconds
 * are over. */
#define e2e_eventually(seconds, ...) E2E__ARGS1E(seconds, #__VA_ARGS__, __VA_ARGS__)

#define e2e_blocking e2e_blocking_with_timeout(0)
#define e2e_blocking_timed e2e_blocking_with_timeout(e2e__config_timeout())
#define e2e_blocking_with_timeout(seconds) \
	E2E__BLOCK(e2e__limit_disarm, e2e__limit_arm(E2E__AT, seconds))

/* When a wait of this many (unscaled) seconds is over, by e2e_now(): no later than the enclosing
 * blocks' and case's end. */
E2E__FN double e2e__limit_until(double seconds);
/* Sleeps, or less if something stirs, and runs the idle hooks. */
E2E__FN void e2e__limit_pause(double seconds);
/* Between these two the case isn't left by a jump: for libraries that a jump would break. If a
 * limit is over in between, stop() runs at once in the signal handler (it must be async-signal-safe
 * and make the library return, e.g. by shutdown(2)) and the case ends at e2e__limit_release. At
 * `until` (by e2e_now(); 0: never) stop() runs too, and the case goes on. Does not nest; with until
 * 0 it costs no system call. */
E2E__FN void e2e__limit_hold(double until, void (*stop)(void));
E2E__FN void e2e__limit_release(void);

#define E2E__ARGS1E(seconds, text, ...) \
	E2E__CAT(E2E__CALLE, E2E__PICK1(__VA_ARGS__))(seconds, text, __VA_ARGS__)
#define E2E__CALLE_(seconds, text, condition) E2E__POLL(seconds, E2E__HERE(text, NULL), condition)
#define E2E__CALLEd(seconds, text, condition, ...) \
	E2E__POLL(seconds, E2E__HERE(text, e2e__buf_desc(__VA_ARGS__)), condition)
#define E2E__POLL(seconds, at, condition) \
	__extension__({ \
		struct e2e__poll e2e__p = e2e__limit_poll_open(seconds); \
		bool e2e__met; \
		while (!(e2e__met = (condition) ? true : false) && \
			e2e__limit_poll_more(&e2e__p)) { \
		} \
		e2e__limit_poll_close(at, &e2e__p, e2e__met); \
	})

struct e2e__poll {
	double began, until, wait;
};

E2E__FN struct e2e__poll e2e__limit_poll_open(double seconds);
E2E__FN bool e2e__limit_poll_more(struct e2e__poll *p);
E2E__FN bool e2e__limit_poll_close(struct e2e__at at, const struct e2e__poll *p, bool ok);
E2E__FN void e2e__limit_close_subtest(struct e2e__subtest *subtest);
E2E__FN struct e2e__block e2e__limit_arm(const char *file, int line, double seconds);
E2E__FN void e2e__limit_disarm(struct e2e__block *b);

/* ---- core/config.h ---- */

/* The value of a key, or the fallback where it is missing. A value that can't be read as wanted
 * stops the program: 99. */
E2E__FN const char *e2e_config(const char *section, const char *key, const char *fallback);
E2E__FN long long e2e_config_int(const char *section, const char *key, long long fallback);
/* true/yes/on/1, false/no/off/0 */
E2E__FN bool e2e_config_bool(const char *section, const char *key, bool fallback);
E2E__FN double e2e_config_double(const char *section, const char *key, double fallback);
/* NULL-terminated; `a, b` or ["a", "b"]. The fallback is returned as it is. */
E2E__FN const char *const *e2e_config_list(
	const char *section, const char *key, const char *const *fallback);

E2E__FN void e2e__config_add_section(struct e2e__section *section);
E2E__FN const struct e2e__setting *e2e__config_find_setting(const char *section, const char *key);
/* Mistakes in the config, told with file and line: `timeout = "fast": expected seconds`. They end
 * the program with 99. */
E2E__FN void e2e__config_setting_error(const struct e2e__setting *setting, const char *expected)
	__attribute__((noreturn));
/* The same for what a section lacks, by the line where it begins: `[static]: expected host =
 * ...` */
E2E__FN void e2e__config_section_error(const char *section, const char *expected)
	__attribute__((noreturn));
/* Which of the words the setting is; the fallback where it is missing; a mistake otherwise. */
E2E__FN int e2e__config_choice(
	const char *section, const char *key, const char *const *words, int fallback);
/* "" or `; did you mean NAME?`, for a message about a word that isn't among those known. */
E2E__FN const char *e2e__config_did_you_mean(const char *word, const char *const *known);

E2E__FN double e2e__config_timeout(void);

/* ---- core/guards.h ---- */

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

/* ---- core/cleanup.h ---- */

/* Runs fn(arg) at the end of the case; the last one deferred runs first. */
E2E__FN void e2e_defer(void (*fn)(void *), void *arg);
/* setenv (value NULL: unsetenv) and chdir until the end of the case; the case fails and ends if it
 * can't be done. */
#define e2e_setenv(name, value) e2e__cleanup_setenv(E2E__AT, name, value)
#define e2e_chdir(path) e2e__cleanup_chdir(E2E__AT, path)

E2E__FN void e2e__cleanup_setenv(const char *file, int line, const char *name, const char *value);
E2E__FN void e2e__cleanup_chdir(const char *file, int line, const char *path);

/* ---- core/folders.h ---- */

/* The case's private folder (0700), made at the first call. The case fails and ends if it can't be
 * made. */
#define e2e_tmpdir() e2e__folder_tmpdir(E2E__AT)

/* Where the case writes its logs: e2e_tmpdir(), or until that is made or the case fails a folder in
 * memory (manual: "Cleanup, folders, data"). A suite's are always in its folder. */
E2E__FN const char *e2e__folder_logs(const char *file, int line);
/* Takes the logs out of memory into a folder, which is made where it is "". 0, or -1 with errno;
 * then they stay. */
E2E__FN int e2e__folder_move_logs(const char *logs, char *folder, size_t size);

E2E__FN const char *e2e__folder_tmpdir(const char *file, int line);

/* ---- core/cache.h ---- */

/* Path of a private copy, in e2e_tmpdir(), of a folder that build(dir, arg) filled once for this id
 * and key. The key is any text that the content depends on (a schema, a version). Programs at once
 * wait for one builder. build returns true when the folder is complete; false, a failed assertion
 * or death in it leaves nothing, and the case fails and ends. */
#define e2e_cached(id, key, build, arg) e2e__cache_cached(E2E__AT, id, key, build, arg)
typedef bool e2e_build_fn(const char *dir, void *arg);

/* The root of cached things ($E2E_CACHE, $XDG_CACHE_HOME/e2e, ~/.cache/e2e); made if missing; NULL
 * with errno. */
E2E__FN const char *e2e__cache_root(void);

E2E__FN const char *e2e__cache_cached(const char *file, int line, const char *id, const char *key,
	e2e_build_fn *build, void *arg);

/* ---- core/matrix.h ---- */

/* run(row, column, arg) for every pair, as a subtest "row x column". Rows and columns are arrays
 * whose elements begin with (or are) a const char * name; run gets pointers to the elements. A
 * guard, e2e_must or timeout ends the pair only.
 * Filtered by --include-shim, --exclude-shim (names of rows and columns), --include-case,
 * --exclude-case (columns),
 * --include-pair "row x column". A matrix without any pair fails. */
#define e2e_matrix(rows, nrows, columns, ncolumns, run, arg) \
	e2e__matrix(E2E__AT, rows, sizeof *(rows), nrows, columns, sizeof *(columns), ncolumns, \
		run, arg)
typedef void e2e_pair_fn(const void *row, const void *column, void *arg);

E2E__FN void e2e__matrix(const char *file, int line, const void *rows, size_t row_size,
	size_t nrows, const void *columns, size_t column_size, size_t ncolumns, e2e_pair_fn *run,
	void *arg);

/* ---- core/each.h ---- */

/* Defines a case for each element of the array `rows` (not a pointer; of static storage):
 * E2E_TEST_EACH(name, rows [, options]) { body }. It's named "name/row" by the element's first
 * member, where that is a string in all of them, else by its number from 1 on; if names repeat,
 * " (2)" tells the second one. e2e_row(type) is the element, of type const type *; another type's
 * size ends the case. */
#ifdef __cplusplus
#define E2E_TEST_EACH(...) E2E__TEST_EACH(__VA_ARGS__, )
#define E2E_TEST_MATRIX(...) E2E__TEST_MATRIX(__VA_ARGS__, )
#else
#define E2E_TEST_EACH(...) E2E__TEST_EACH(__VA_ARGS__, .zero = 0)
#define E2E_TEST_MATRIX(...) E2E__TEST_MATRIX(__VA_ARGS__, .zero = 0)
#endif
#define e2e_row(type) ((type const *)e2e__each_element(E2E__AT, 0, #type, sizeof(type)))
/* Defines a case for each pair, "name/row x column":
 * E2E_TEST_MATRIX(name, rows, columns [, options]) { body }. The names come as for E2E_TEST_EACH,
 * the pairs are filtered as those of e2e_matrix. In the body e2e_row(type) and e2e_column(type) are
 * its elements. */
#define e2e_column(type) ((type const *)e2e__each_element(E2E__AT, 1, #type, sizeof(type)))
/* e2e_each(i, n, "row %s", name[i]) { body }: a subtest for each i from 0 to n - 1, with a name of
 * printf form. Defines int i. A guard ends its row alone, and so does break. */
#define e2e_each(i, n, ...) E2E__EACH(E2E__CAT(e2e__each_, __COUNTER__), i, n, __VA_ARGS__)
#define E2E__EACH(count, i, n, ...) \
	for (int i = 0, count = (int)(n); i < count; i++) \
	e2e_subtest(__VA_ARGS__)

#define E2E__TEST_EACH(name, rows, ...) \
	E2E__CASE(name, E2E__TABLE(0, rows), #__VA_ARGS__, {__VA_ARGS__})
#define E2E__TEST_MATRIX(name, rows, columns, ...) \
	E2E__CASE(name, (E2E__TABLE(0, rows), E2E__TABLE(1, columns)), #__VA_ARGS__, {__VA_ARGS__})
#define E2E__TABLE(i, rows) \
	e2e__each_add(&self, i, rows, &(rows), sizeof *(rows), sizeof(rows) / sizeof *(rows))

E2E__FN void e2e__each_add(
	struct e2e__case *c, int i, const void *rows, const void *array, size_t size, size_t n);
E2E__FN const void *e2e__each_element(
	const char *file, int line, int i, const char *type, size_t size);

/* ---- core/beside.h ---- */

/* The path, absolute, of a file or folder beside the source that calls: e2e_data("a/login.txt").
 * Valid until the case's end. One that isn't there fails the case and ends it. */
#define e2e_data(name) e2e__beside_data(E2E__AT, name)
/* A whole file, with a NUL behind it; valid until the case's end. Its size goes to *size, unless
 * that is NULL. One that can't be read fails the case and ends it. */
#define e2e_read_file(path, size) e2e__beside_read(E2E__AT, path, size)

E2E__FN const char *e2e__beside_data(const char *file, int line, const char *name);
E2E__FN char *e2e__beside_read(const char *file, int line, const char *path, size_t *size);

/* ---- core/golden.h ---- */

/* e2e_is_file(path, want_path, ...): files of the same bytes. A failure has the diff of texts, or
 * for other files the first byte that differs. */
#define e2e_is_file(...) E2E__ARGS2(e2e__golden_is_file, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_golden(text, name, ...): the text of the file golden/name beside the calling source. With
 * --update it is written instead, and the assertion passes. */
#define e2e_is_golden(...) E2E__ARGS2(e2e__golden_is_golden, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_tree(folder, want_folder, ...): the same names below both, of the same type: files with
 * the same bytes and both or neither executable, links with the same target. A failure names what
 * is missing, extra and different, and has the diff of the first text. */
#define e2e_is_tree(...) E2E__ARGS2(e2e__golden_is_tree, #__VA_ARGS__, __VA_ARGS__)

E2E__FN bool e2e__golden_is_file(struct e2e__at at, const char *path, const char *want);
E2E__FN bool e2e__golden_is_golden(struct e2e__at at, const char *text, const char *name);
E2E__FN bool e2e__golden_is_tree(struct e2e__at at, const char *folder, const char *want);

/* ---- core/chance.h ---- */

/* A number by chance; the sequence depends on --seed and the case's name. */
E2E__FN uint64_t e2e_rand(void);
/* "stem-…", different at each call, in each process and run; valid until the end of the case. */
E2E__FN const char *e2e_unique(const char *stem);

/* ---- core/budget.h ---- */

#define e2e_within(seconds) \
	E2E__BLOCK(e2e__budget_close_within, e2e__budget_open_within(E2E__AT, seconds))
/* Heap in use (glibc), else resident memory, in bytes; skips the case under sanitizers and
 * valgrind. */
#define e2e_growth(bytes) \
	E2E__BLOCK(e2e__budget_close_growth, e2e__budget_open_growth(E2E__AT, bytes))

E2E__FN struct e2e__block e2e__budget_open_within(const char *file, int line, double seconds);
E2E__FN void e2e__budget_close_within(struct e2e__block *b);
E2E__FN struct e2e__block e2e__budget_open_growth(const char *file, int line, double bytes);
E2E__FN void e2e__budget_close_growth(struct e2e__block *b);

/* ---- core/options.h ---- */

/* An option of a higher header: registered by a constructor, read by e2e__option_value. The
 * variable is consumed. */
struct e2e__option {
	const char *name; /* "--broker-type" */
	const char *env;  /* "E2E_BROKER_TYPE" */
	const char *arg;  /* what --help calls its argument, NULL for a flag */
	const char *help;
	const char *value; /* NULL: not given */
	struct e2e__option *next;
	/* between the values, if it may be given several times; NULL: the last one counts */
	const char *join;
	bool given; /* on the command line, which wins over the variable */
};
E2E__FN void e2e__option_add(struct e2e__option *option);

E2E__FN const char *e2e__option_value(
	const char *name, char letter, bool flag, char **argv, int *i);

/* ---- core/own.h ---- */

/* Defines an option of the program, at the top of a file, without a semicolon:
 * E2E_OPTION(id, "--name", "ARG", "what --help says"). ARG is what --help calls its value; NULL: it
 * has none. The variable is E2E_OPT_ and the id in capitals. e2e_option_ID() is what was given, the
 * last one of several, "1" for an option without value, NULL if it wasn't given; valid to the
 * program's end. The same line in two files of one program is one option. A name that e2e has
 * itself, or that doesn't begin with "--", ends the program with 99. */
#define E2E_OPTION(id, name, arg, help) \
	static void e2e__register_option_##id(void) __attribute__((constructor)); \
	static void e2e__register_option_##id(void) \
	{ \
		static char env[] = "E2E_OPT_" #id; \
		static struct e2e__option self; \
		e2e__own_add(&self, name, env, arg, help); \
	} \
	static inline __attribute__((unused)) const char *e2e_option_##id(void) \
	{ \
		return e2e__own_value(name); \
	}

E2E__FN void e2e__own_add(
	struct e2e__option *option, const char *name, char *env, const char *arg, const char *help);
E2E__FN const char *e2e__own_value(const char *name);

/* ---- core/captured.h ---- */

/* e2e_captured_output(&out, &err) { body }: what the process, its threads and the programs that it
 * starts write to descriptors 1 and 2 in the block is kept instead of shown, as texts that live
 * until the case's end. Each is the address of a char * or const char *, or NULL: not captured; the
 * same one twice gets both as they come. Nests. Where the block was left by a failure or a skip the
 * text is NULL, and what was written goes where it would have gone without the block. A byte 0 ends
 * a text. */
#define e2e_captured_output(out, err) \
	E2E__BLOCK(e2e__captured_close, e2e__captured_open(E2E__AT, (void *)(out), (void *)(err)))

E2E__FN struct e2e__block e2e__captured_open(const char *file, int line, void *out, void *err);
E2E__FN void e2e__captured_close(struct e2e__block *block);

/* ---- core/dies.h ---- */

/* The status of a process that a signal ended, E2E_SIG(SIGABRT); different from every exit code. */
#define E2E_SIG(signo) (-(signo))

/* e2e_dies(status) { body }: a test point. The body runs in a forked child and has to end that
 * process with this status, an exit code or E2E_SIG(n); a body that comes back, by its end, break
 * or return, is a failure, which has what was said on stderr. The child has the case's limits. */
#define e2e_dies(status) E2E__BLOCK(e2e__dies_close, e2e__dies_open(E2E__AT, status))

E2E__FN struct e2e__block e2e__dies_open(const char *file, int line, int status);
E2E__FN void e2e__dies_close(struct e2e__block *block);

/* ---- core/main.h ---- */

/* Defines main(). Once a program. */
#define E2E_MAIN() \
	int main(int argc, char **argv) \
	{ \
		return e2e_main(argc, argv); \
	}

/* What E2E_MAIN calls; for programs with a main of their own. Returns the exit status. */
E2E__FN int e2e_main(int argc, char **argv);

/* ---- core/script.h ---- */

/* Declares how many assertions follow: of the program in a script, of the case or subtest inside
 * one. */
E2E__FN void e2e_plan(int points);

/* Ends a script: `return e2e_done();`. Prints the plan if there was none. Returns the exit
 * status. */
E2E__FN int e2e_done(void);

#ifndef E2E_EXTERN

/* -----------------------------------------------------------------------------------------------
 * IMPLEMENTATION
 * --------------------------------------------------------------------------------------------- */

/* ---- core/base.h ---- */

/* Hashes are meant to wrap: -fsanitize=integer. */
#if defined __clang__
#define E2E__WRAPPING __attribute__((no_sanitize("integer")))
#else
#define E2E__WRAPPING
#endif

/* The handler of SIGALRM looks at what other threads write; it can live with what it sees. */
#if defined __SANITIZE_THREAD__
#define E2E__NO_TSAN __attribute__((no_sanitize_thread))
#elif defined __clang__
#define E2E__NO_TSAN __attribute__((no_sanitize("thread")))
#else
#define E2E__NO_TSAN
#endif

/* tcc has no atomic builtins. Elsewhere than on x86-64 its tests must not assert from several
 * threads. */
#if !defined __TINYC__
#define E2E__CAS(p, old, now) __sync_bool_compare_and_swap(p, old, now)
#define E2E__BARRIER() __sync_synchronize()
#define E2E__CLEAR(p) __sync_lock_release(p)
#ifdef __ATOMIC_RELAXED
#define E2E__READ(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#else
#define E2E__READ(p) (*(p))
#endif
#else
E2E__FN int e2e__base_cas(volatile void *p, uint64_t old, uint64_t now)
{
#ifdef __x86_64__
	uint64_t seen;
	__asm__ __volatile__("lock; cmpxchgq %2, %1"
			     : "=a"(seen), "+m"(*(volatile uint64_t *)p)
			     : "r"(now), "0"(old)
			     : "memory");
	return seen == old;
#else
	return *(volatile uintptr_t *)p == (uintptr_t)old
		? (*(volatile uintptr_t *)p = (uintptr_t)now, 1)
		: 0;
#endif
}
#define E2E__CAS(p, old, now) e2e__base_cas(p, (uint64_t)(old), (uint64_t)(now))
#define E2E__BARRIER() (void)0
#define E2E__CLEAR(p) (void)(*(p) = 0)
#define E2E__READ(p) (*(p))
#endif

/* ---- core/state.h ---- */

enum { E2E__DEPTH = 17, E2E__LIMITS = 32, E2E__GROUPS = 512, E2E__EVIDENCES = 64 };
#define E2E__RING (1u << 18)

enum e2e__phase { E2E__SETUP, E2E__BODY, E2E__TEARDOWN, E2E__CLEANUP, E2E__DONE };

/* Where a jump leads: the end of a case, a fixture or a pair of a matrix. */
struct e2e__landing {
	sigjmp_buf jump;
	struct e2e__landing *outer;
	struct e2e__subtest *subtest;
	int depth;
	const char *todo;
};

/* An armed limit. Owned by one thread of one process. */
struct e2e__limit {
	volatile int armed, hard; /* hard: only the parent enforces it */
	pid_t pid, tid;
	void *thread;
	struct e2e__landing *landing;
	struct e2e__subtest *subtest;
	int64_t until;
	double seconds;
	char file[128];
	int line;
};

/* What a block has changed in the process that runs it; a jump out of the block must not leave it
 * so. */
struct e2e__loose {
	void (*undo)(struct e2e__loose *);
	struct e2e__landing *landing;
	struct e2e__subtest *subtest;
	struct e2e__loose *next;
};

/* The counts of a case (or script) and of each open subtest. */
struct e2e__level {
	/* expected: failures that are TODO; pair: it is one */
	int run, failed, expected, skipped, bonus, pairs, planned, pair;
	int64_t began;
	const char *outer, *known; /* TODO reasons: around it, and for it; of the running side */
	char name[256];
};

/* The pid and some bits of the thread, as wide as can be exchanged in one go. */
#if defined __GCC_HAVE_SYNC_COMPARE_AND_SWAP_8 || defined __TINYC__
typedef uint64_t e2e__lock_id;
enum { E2E__THREAD_BITS = 32 };
#else
typedef uint32_t e2e__lock_id;
enum { E2E__THREAD_BITS = 10 }; /* Linux has pids of up to 22 bits */
#endif

/* What a watched process and its parent share. Only the parent writes TAP: the child's text is in
 * the ring, and so is not lost however it dies, and is out of reach of what the tested code does to
 * its descriptors. */
/* What happened, for the story of a case. */
struct e2e__event {
	int64_t at;
	unsigned times; /* of assertions that pass: how many */
	bool odd;
	signed char log; /* of a line: the number of its log among the evidence; -1: of none */
	char kind[10], lane[16], text[152];
};
enum { E2E__EVENTS = 512 };

/* How long a log was at some time. */
struct e2e__size {
	int64_t at;
	long long bytes;
};
enum { E2E__SIZES = 8, E2E__WATCHED_SIZES = 128 };

/* What the watching side has seen of the logs of a case. */
struct e2e__sizes {
	int64_t began; /* of the case */
	struct {
		char label[64];
		unsigned seen;
		struct e2e__size size[E2E__WATCHED_SIZES];
	} log[E2E__EVIDENCES];
};

/* A process's number in memory that the tested code may write over. Whoever signals it must know
 * that nothing but us has written it: its upper half is drawn from the number and a secret. */
typedef uint64_t e2e__seal;

struct e2e__page {
	uint64_t mark; /* the same at both ends, unless somebody has written over the page */
	volatile uintptr_t head, tail; /* bytes ever put in, taken out; wrapping */
	volatile e2e__lock_id lock;    /* who holds it, 0: free */
	volatile int woken, direct, phase, ending;
	volatile int stop, heeded; /* the signal that ends the case; it has left off */
	volatile int late; /* 1 + the slot of a limit that was over in a process the case forked */
	int64_t stopped_at;
	volatile int64_t slept; /* how long it was stopped by Ctrl-Z, in ns */
	pid_t pid, parent;
	int muted, header, planned, depth;
	volatile int where_line;
	const char *volatile where_ptr;
	char where_file[128];
	struct e2e__level level[E2E__DEPTH];
	int skipped, bailed, points, failed, status, suite, runner;
	int left; /* a skip ends the innermost subtest or pair: why_left */
	/* run; matrices without a pair that the filters let through; named in pairs_failed */
	int pairs, unmatched, failed_pairs;
	volatile pid_t came_back; /* of e2e_dies: who hasn't ended in its block */
	uint64_t pair_hits;       /* which of --include-pair's names there are */
	uint64_t word_hits[4];    /* which words of --include-shim and the like */
	char pairs_failed[1024], no_pair[80];
	char eligible[4][1024]; /* names that these words could be: one a line */
	char reason[1024], why_left[1024], todo[1024], doing[200];
	char folder[1024], logs[256];
	struct e2e__limit limit[E2E__LIMITS];
	volatile e2e__seal group[E2E__GROUPS];
	int64_t began;
	unsigned events;           /* ever told; the last E2E__EVENTS of them are there */
	unsigned eldest;           /* the first one that is still there */
	int told;                  /* there is more than assertions */
	volatile unsigned secrets; /* bytes of `secret` */
	int evidences;
	struct {
		char label[64], path[1024];
		long long from;  /* only what was added behind this byte */
		long long quiet; /* the story has of what is before this byte only what is odd */
		bool told, cut;  /* its lines are in the story; not all of them, or not whole */
		unsigned lines;  /* that were told */
		unsigned seen;   /* how often the case has looked, the last times: */
		struct e2e__size size[E2E__SIZES];
	} evidence[E2E__EVIDENCES];
	char first[4096], explain[16384];
	char secret[16384]; /* texts that no report shows, each with its NUL */
	struct e2e__event event[E2E__EVENTS];
	char ring[E2E__RING];
	uint64_t end_mark;
};
#define E2E__PAGE_MARK 0x6532652070616765u

/* The name of an assertion, ready to print: the key is the address of its text in the program. */
struct e2e__name {
	const char *text, *verb;
	size_t n;
	char line[168];
};
enum { E2E__NAMES = 32 };

struct e2e__deferred {
	void (*fn)(void *);
	void *arg;
	struct e2e__deferred *next;
};

struct e2e__known {
	const char *name, *peer, *why;
	struct e2e__known *next;
};

/* What the watched process says on stderr: a pipe, the process that reads it (0: there is none),
 * how much has come; its beginning and end are in heard_text. */
enum { E2E__HEARD_FIRST = 2048, E2E__HEARD_LAST = 4096 };
struct e2e__heard {
	int from, to;
	pid_t owner;
	uint64_t n;
};

struct e2e__optdef {
	char letter;
	bool flag;
	const char *name, *env, *arg, *help, *join; /* join: as in struct e2e__option */
};

/* Every option, a row each: its number E2E__..., then the members of struct e2e__optdef. --help
 * shows them in this order. Those that choose pairs of a matrix stand together, shims first. */
#define E2E__OPTION_LIST(ROW) \
	ROW(LIST, 0, true, "--list", "E2E_LIST", "", \
		"print the names of the cases that would run", NULL) \
	ROW(FILTER, 'k', false, "--filter", "E2E_FILTER", "ERE", "only cases whose name matches", \
		"|") \
	ROW(FROM, 0, false, "--from", "E2E_FROM", "CASE", "begin with this case", NULL) \
	ROW(TAGS, 't', false, "--tags", "E2E_TAGS", "TAGS", \
		"only cases with all these tags; !slow: without it", " ") \
	ROW(SPEC, 0, false, "--spec", "E2E_SPEC", "CLAUSES", \
		"only cases that prove one of these: XEP-0045, RFC 6121 5", ",") \
	ROW(NO_SPEC, 0, false, "--no-spec", "E2E_NO_SPEC", "CLAUSES", "all cases but those", ",") \
	ROW(FAIL_FAST, 'x', true, "--fail-fast", "E2E_FAIL_FAST", "", "stop at the first failure", \
		NULL) \
	ROW(TIMEOUT, 0, false, "--timeout", "E2E_TIMEOUT", "S", "limit of a case in seconds (60)", \
		NULL) \
	ROW(NO_KNOWN, 0, true, "--no-known", "E2E_NO_KNOWN", "", "a known failure is a failure", \
		NULL) \
	ROW(NO_SKIP, 0, true, "--no-skip", "E2E_NO_SKIP", "", \
		"run what would be skipped, as TODO", NULL) \
	ROW(FAIL_ON_SKIP, 0, true, "--fail-on-skip", "E2E_FAIL_ON_SKIP", "", \
		"a skip is a failure", NULL) \
	ROW(NO_FORK, 0, true, "--no-fork", "E2E_NO_FORK", "", \
		"run the cases in this process, for debuggers", NULL) \
	ROW(SEED, 0, false, "--seed", "E2E_SEED", "N", "seed of e2e_rand()", NULL) \
	ROW(SHUFFLE, 0, true, "--shuffle", "E2E_SHUFFLE", "[=N]", \
		"run the cases in another order; N: in that of this number", NULL) \
	ROW(REPEAT, 0, false, "--repeat", "E2E_REPEAT", "N", "run each case N times", NULL) \
	ROW(CONFIG, 0, false, "--config", "E2E_CONFIG", "FILE", \
		"the configuration (.local/e2e.ini)", NULL) \
	ROW(VERBOSE, 'v', true, "--verbose", "E2E_VERBOSE", "", "details of passing cases too", \
		NULL) \
	ROW(UPDATE, 0, true, "--update", "E2E_UPDATE", "", \
		"write what golden texts and scenarios are compared with", NULL) \
	ROW(PRINT_TAP, 0, true, "--tap", "E2E_TAP", "", \
		"print TAP on a terminal too, as elsewhere", NULL) \
	ROW(FLAT, 0, true, "--flat", "E2E_FLAT", "", \
		"TAP without subtests: the points of cases are comments", NULL) \
	ROW(JUNIT, 0, false, "--junit", "E2E_JUNIT", "FILE", "write a JUnit report, too", NULL) \
	ROW(KEEP, 0, true, "--keep", "E2E_KEEP", "", "keep the folders of passing cases too", \
		NULL) \
	ROW(INCLUDE_SHIM, 0, false, "--include-shim", "E2E_INCLUDE_SHIM", "A,B", \
		"only these rows of a matrix", ",") \
	ROW(EXCLUDE_SHIM, 0, false, "--exclude-shim", "E2E_EXCLUDE_SHIM", "A,B", \
		"all rows but these", ",") \
	ROW(INCLUDE_CASE, 0, false, "--include-case", "E2E_INCLUDE_CASE", "A,B", \
		"only these columns of a matrix", ",") \
	ROW(EXCLUDE_CASE, 0, false, "--exclude-case", "E2E_EXCLUDE_CASE", "A,B", \
		"all columns but these", ",") \
	ROW(INCLUDE_PAIR, 0, false, "--include-pair", "E2E_INCLUDE_PAIR", "NAME", \
		"only this pair of a matrix: \"row x column\"", "\n") \
	ROW(HELP, 'h', true, "--help", NULL, "", "this text", NULL) \
	ROW(VERSION_OPT, 0, true, "--version", NULL, "", "the version of e2e.h", NULL)

#define E2E__OPTION_NUMBER(id, ...) E2E__##id,
enum e2e__opt { E2E__OPTION_LIST(E2E__OPTION_NUMBER) E2E__OPTS };
#undef E2E__OPTION_NUMBER

typedef int (*e2e__clock_fn)(clockid_t id, struct timespec *t);

struct e2e__state {
	int style; /* 0 not begun, 'c' cases, 's' script */
	struct e2e__case *cases, **cases_end, *current;
	struct e2e__fixture *fixtures[4];
	struct e2e__hooks *hooks;
	struct e2e__option *options;
	struct e2e_provider *providers;
	struct e2e__known *known;
	const char *opt[E2E__OPTS];
	uint64_t secret; /* of seals; 0: none is drawn yet */
	pid_t playing;   /* as the page's pid, where nobody writes over it by a wild pointer */
	const char *program;
	const char *began_in;        /* the folder where the program was started */
	const char *source, *driver; /* prove has made this program from a source */
	const char *const *words;    /* and these were given to it besides options; may be NULL */
	double scale;
	/* the watching side */
	/* of the process that runs things; of a runner and its parent */
	struct e2e__page *page, *up, *fresh; /* fresh: mapped, and not yet used */
	struct e2e__page *shown;             /* what this process reports of, or is to */
	struct e2e__secret *secrets;         /* those that outlive a case */
	struct e2e__sizes *sizes;            /* NULL: it hasn't looked at a log yet */
	int tap, capture, tap_version;
	struct e2e__heard heard;
	int junit, junit_failed; /* the file of testcases, 0: none; errno */
	int64_t junit_began;
	const char *junit_path;
	volatile pid_t watched; /* the child that stops with this process, and its page */
	struct e2e__page *watched_page;
	struct e2e__page *swept; /* whose processes are being collected; NULL: nobody's */
	struct e2e__page *suite; /* the runner's: its cases may only read it */
	volatile int64_t slept;  /* as in the page */
	volatile pid_t *pid_cell;
	e2e__clock_fn clock; /* NULL: there is none; see "ticks" */
	bool clock_known;
	size_t out_n;
	int out_failed;                      /* errno */
	bool in_err, quiet_err, under_prove; /* our prove shows failures itself */
	const char *from_prove;              /* the case it goes on from, which may be gone */
	struct e2e__console *console;        /* NULL: stdout has TAP */
	struct e2e__flat *flat;              /* NULL: with subtests */
	bool times;                          /* its reports have the times of what passed too */
	volatile int quit;                   /* the signal that ends the program */
	int terminated; /* the signal that ended a case: the others don't run */
	int points, failed, skipped, chosen;
	int pairs, unmatched; /* as in the pages of the cases */
	uint64_t pair_hits, word_hits[4];
	bool bailed;
	bool spoiled; /* the running case wrote over its page */
	bool midline; /* what was put last is no whole line */
	sigset_t mask;
	unsigned char fds[1024 / 8];
	pid_t own[64], oldest; /* oldest: no child of the case has a lower number */
	bool kept;             /* a higher header's keeper ends what a killed test leaves */
	/* the running side */
	struct e2e__landing *landing;
	struct e2e__subtest *subtest; /* the innermost one */
	struct e2e__loose *loose;     /* the innermost one */
	void *main_thread;
	bool threaded;               /* there have been threads, here or in a parent */
	const char *met[E2E__NAMES]; /* texts of names, where they would be */
	volatile int timed;          /* a timer runs, or may run: */
	int timer; /* the kernel's number of the limits' timer, of this process: */
	volatile pid_t timer_owner;
	volatile int expired, hold, pending, busy;
	int64_t hold_until;
	void (*hold_stop)(void);
	void (*volatile report)(void);
	const char *todo;
	void *todo_thread; /* whose failures it covers */
	struct e2e__deferred *deferred, *suite_deferred;
	void *arena, *suite_arena, *kept_arena;
	bool starved; /* out of memory once already */
	bool jumped;  /* the case was left by a jump, so what it allocated is lost */
	uint64_t seed, chance;
	unsigned unique;
	const char *suite_todo;
	bool in_suite;
	/* of a service's process, which outlives the case: what e2e_tmpdir gives there */
	const char *own_folder;
	/* config */
	bool config_read;
	const char *config_path;
	char *config_text;
	/* headings: the lines `[section]`; their key is "" */
	struct e2e__setting *settings, *headings;
	struct e2e__section *sections;
	/* Behind what each case writes, which is on one page so: a page that is written to after
	 * fork() is copied. Of the output the beginning is used most. */
	char out[4096];
	char heard_text[E2E__HEARD_FIRST + E2E__HEARD_LAST];
	char eligible[4][1024];
	struct e2e__name names[E2E__NAMES];
};
extern struct e2e__state e2e__state;
__attribute__((weak, aligned(4096))) struct e2e__state e2e__state;

/* ---- core/doors.h ---- */

/* Calls go down, from a room to those before it in the list. These few go up, each for its
 * reason. */

/* Whatever a script calls first begins it: the parent stays behind, the test goes on in the
 * child. */
E2E__FN void e2e__script_begin(void);

/* TAP's first lines come before the first text, and depend on what the program is. */
E2E__FN void e2e__script_header(struct e2e__page *pg);

/* What can't be had fails the case and ends it, even where an assertion is far away. */
E2E__FN void e2e__exit_die(const char *file, int line, const char *name, const e2e_failure *failure)
	__attribute__((noreturn));

/* What the program can't do without stops it with 99. */
E2E__FN void e2e__exit_fatal(const char *fmt, ...) __attribute__((noreturn)) E2E__PRINTF(1, 2);

/* Text that the watching side puts goes straight out. */
E2E__FN void e2e__output_emit(const char *s, size_t n);

/* Where malloc fails, what is said is on the page. */
E2E__FN void e2e__page_no_memory(size_t size) __attribute__((noreturn));

/* A case that leaves a process which runs others ends that, too. */
E2E__FN void e2e__main_end_runner(void) __attribute__((noreturn));

/* A script that is left has its plan to write. */
E2E__FN void e2e__script_finish(void) __attribute__((noreturn));

/* A limit that fell due is reported by the way out, where it is safe. */
E2E__FN void e2e__limit_report_expiry(void);

/* Why a point may have failed, as the floors above know it, stands behind its own hint. */
E2E__FN const char *e2e__hook_failing(const char *hint);

/* Known failures are told apart by the peer's name. */
E2E__FN const char *e2e_peer(void);

/* e2e_blocking_timed takes its seconds from the config. */
E2E__FN double e2e__config_timeout(void);

/* ---- core/case.h ---- */

E2E__FN const char *e2e__case_program(void)
{
	return e2e__state.program ? e2e__state.program : "test";
}

E2E__FN const char *e2e__case_name(void)
{
	return e2e__state.in_suite ? "suite" : e2e__state.current ? e2e__state.current->name : "";
}

/* Does the options' text name .fork, outside of strings? */
E2E__FN bool e2e__case_names_fork(const char *text)
{
	for (; *text; text++) {
		if (*text == '"')
			for (text++; *text && *text != '"'; text++)
				text += *text == '\\' && text[1];
		if (strncmp(text, ".fork", 5) == 0 && strchr(" =", text[5]))
			return true;
		if (!*text)
			break;
	}
	return false;
}

E2E__FN void e2e__case_add(struct e2e__case *c, const char *name, const char *file, int line,
	const struct e2e_case_options *o, const char *text, void (*run)(void))
{
	struct e2e__case **end = &e2e__state.cases;

	while (*end && *end != c)
		end = &(*end)->next;
	if (*end)
		return; /* once more, by a constructor that ran again */
	c->name = name;
	c->file = file;
	c->line = line;
	c->o = *o;
	c->fork = e2e__case_names_fork(text) ? o->fork : 1;
	c->run = run;
	*end = c;
}

/* How many more cases of one file stand behind a case of a lower line than the other way round. */
E2E__FN int e2e__case_rising(void)
{
	struct e2e__case *c;
	int rising = 0;

	for (c = e2e__state.cases; c && c->next; c = c->next)
		if (strcmp(c->file, c->next->file) == 0)
			rising += (c->next->line > c->line) - (c->next->line < c->line);
	return rising;
}

/* gcc -flto calls the constructors last to first, whole program. */
E2E__FN void e2e__case_order(void)
{
	struct e2e__case *c = e2e__state.cases, *next, *turned = NULL;
	struct e2e__fixture *f, *after, *back;
	int kind;

	if (e2e__case_rising() >= 0)
		return;
	for (; c; c = next) {
		next = c->next;
		c->next = turned;
		turned = c;
	}

	e2e__state.cases = turned;
	for (kind = 0; kind < 4; kind++) {
		for (f = e2e__state.fixtures[kind], back = NULL; f; f = after) {
			after = f->next;
			f->next = back;
			back = f;
		}
		e2e__state.fixtures[kind] = back;
	}
}

E2E__FN void e2e__case_add_fixture(
	struct e2e__fixture *f, int kind, const char *file, int line, void (*run)(void))
{
	struct e2e__fixture **end = &e2e__state.fixtures[kind];

	f->run = run;
	f->file = file;
	f->line = line;

	/* Set-ups in the order of definition, tear-downs in reverse. */
	while (*end && kind % 2 == 0)
		end = &(*end)->next;
	f->next = *end;
	*end = f;
}

/* ---- core/buf.h ---- */

/* Bytes in front of a point's name: 16 x 4 blanks, "not ok ", a number, " - ". */
enum { E2E__PREFIX = 112 };

E2E__FN void *e2e__buf_self(void)
{
	return (void *)&errno; /* one a thread, without pthreads */
}

/* Around calls of malloc and free by e2e itself: a jump out of those would leave a broken heap to
 * the cleanup. */
E2E__FN void e2e__buf_busy(int change)
{
	if (e2e__buf_self() == e2e__state.main_thread)
		e2e__state.busy = e2e__state.busy + change;
}

E2E__FN void *e2e__buf_malloc(size_t size)
{
	void *p;

	e2e__buf_busy(1);
	p = malloc(size);
	e2e__buf_busy(-1);
	return p;
}

E2E__FN void e2e__buf_release_memory(void *p)
{
	e2e__buf_busy(1);
	free(p);
	e2e__buf_busy(-1);
}

E2E__FN void e2e__buf_grow(struct e2e__buf *b, size_t more)
{
	size_t size = b->size * 2 > b->n + more + 1 ? b->size * 2 : b->n + more + 1;
	char *p;

	e2e__buf_busy(1);
	p = (char *)(b->heap ? realloc(b->p, size) : malloc(size));
	e2e__buf_busy(-1);
	if (!p)
		e2e__page_no_memory(size);
	if (!b->heap)
		memcpy(p, b->p, b->n);
	b->p = p;
	b->size = size;
	b->heap = true;
}

E2E__FN void e2e__buf_add(struct e2e__buf *b, const char *s, size_t n)
{
	if (b->n + n + 1 > b->size)
		e2e__buf_grow(b, n);
	memcpy(b->p + b->n, s, n);
	b->n += n;
	b->p[b->n] = 0;
}

E2E__FN void e2e__buf_adds(struct e2e__buf *b, const char *s)
{
	e2e__buf_add(b, s, strlen(s));
}

E2E__FN void e2e__buf_vaddf(struct e2e__buf *b, const char *fmt, va_list ap) E2E__PRINTF(2, 0);
E2E__FN void e2e__buf_vaddf(struct e2e__buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(b->p + b->n, b->size - b->n, fmt, ap);
	if (n < 0) {
		e2e__buf_adds(b, "(a description that printf refused)");
	} else if ((size_t)n >= b->size - b->n) {
		e2e__buf_grow(b, (size_t)n);
		vsnprintf(b->p + b->n, b->size - b->n, fmt, again);
		b->n += (size_t)n;
	} else {
		b->n += (size_t)n;
	}

	va_end(again);
}

E2E__FN void e2e__buf_addf(struct e2e__buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	e2e__buf_vaddf(b, fmt, ap);
	va_end(ap);
}

E2E__FN void e2e__buf_free(struct e2e__buf *b)
{
	if (b->heap)
		e2e__buf_release_memory(b->p);
	b->heap = false;
	b->n = b->size = 0;
}

/* Length of the UTF-8 sequence at s if it's valid and may be printed, else 0 (RFC 3629; C1 controls
 * are not printed). */
E2E__FN size_t e2e__buf_utf8(const unsigned char *s, size_t n)
{
	size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2, i;

	if (s[0] < 0xc2 || s[0] > 0xf4 || n < len)
		return 0;
	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ||
		(s[0] == 0xc2 && s[1] < 0xa0))
		return 0;
	return len;
}

/* Of a valid sequence: the code point. */
E2E__FN uint32_t e2e__buf_code_point(const unsigned char *s, size_t len)
{
	uint32_t c = s[0] & (0x7fu >> len);
	size_t i;

	for (i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3fu);
	return c;
}

/* Does it look like nothing, like a blank, or like a part of the letter before it? Blanks of other
 * kinds, what sets the direction or joins, what composes letters (Unicode's Zs, Zl, Zp and Cf, its
 * fillers and the combining marks that NFC has no need for). */
E2E__FN bool e2e__buf_unseen(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {{0xa0, 0xa0}, {0xad, 0xad}, {0x300, 0x36f}, {0x600, 0x605}, {0x61c, 0x61c},
		{0x6dd, 0x6dd}, {0x70f, 0x70f}, {0x8e2, 0x8e2}, {0x115f, 0x11ff}, {0x1680, 0x1680},
		{0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
		{0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f}, {0x20d0, 0x20ff},
		{0x2800, 0x2800}, {0x3000, 0x3000}, {0x3099, 0x309a}, {0x3164, 0x3164},
		{0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
		{0xfff9, 0xfffb}, {0x110bd, 0x110bd}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
		{0xe0000, 0xe0fff}};
	size_t i;

	for (i = 0; i < sizeof ranges / sizeof *ranges && c >= ranges[i].first; i++)
		if (c <= ranges[i].last)
			return true;
	return false;
}

E2E__FN void e2e__buf_escape_one(struct e2e__buf *b, unsigned char c, enum e2e__style style)
{
	const char *slash = style == E2E__TAP ? "\\\\" : "\\";
	const char *named = c == '\n' ? "n" : c == '\t' ? "t" : c == '\r' ? "r" : NULL;

	if (c == '\\' || (c == '"' && style == E2E__QUOTED) || c == '#')
		e2e__buf_addf(b, "\\%c", c);
	else if (named)
		e2e__buf_addf(b, "%s%s", slash, named);
	else
		e2e__buf_addf(b, "%sx%02x", slash, c);
}

/* U+00A0 as \u00a0, and beyond four digits as \U000e0001, as C, YAML and Python have them. */
E2E__FN void e2e__buf_escape_unseen(struct e2e__buf *b, uint32_t c, enum e2e__style style)
{
	e2e__buf_addf(b, "%s%c%0*lx", style == E2E__TAP ? "\\\\" : "\\", c > 0xffff ? 'U' : 'u',
		c > 0xffff ? 8 : 4, (unsigned long)c);
}

/* Is the byte shown as it is? */
E2E__FN bool e2e__buf_plain(unsigned char c, enum e2e__style style)
{
	if (c == '\\')
		return style == E2E__PLAIN;
	if (c == '"')
		return style != E2E__QUOTED;
	if (c == '#')
		return style != E2E__TAP;
	return (c >= 0x20 && c < 0x7f) || (c == '\t' && style == E2E__PLAIN);
}

E2E__FN void e2e__buf_escape(struct e2e__buf *b, const char *s, size_t n, enum e2e__style style)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t done = 0, i = 0, len;

	while (i < n) {
		uint32_t c = 0;

		if (e2e__buf_plain(u[i], style)) {
			i++;
			continue;
		}
		len = u[i] >= 0x80 ? e2e__buf_utf8(u + i, n - i) : 0;
		if (len)
			c = e2e__buf_code_point(u + i, len);
		if (len && !e2e__buf_unseen(c)) {
			i += len;
			continue;
		}

		e2e__buf_add(b, s + done, i - done);
		if (len)
			e2e__buf_escape_unseen(b, c, style);
		else
			e2e__buf_escape_one(b, u[i], style);
		i += len ? len : 1;
		done = i;
	}

	e2e__buf_add(b, s + done, n - done);
}

E2E__FN void e2e__buf_add_quoted(struct e2e__buf *b, const char *s)
{
	if (!s) {
		e2e__buf_adds(b, "NULL");
		return;
	}
	e2e__buf_adds(b, "\"");
	e2e__buf_escape(b, s, strlen(s), E2E__QUOTED);
	e2e__buf_adds(b, "\"");
}

/* A word as a shell reads it: quoted where it has to be. */
E2E__FN void e2e__buf_add_shell(struct e2e__buf *b, const char *s)
{
	if (*s && !s[strspn(s, E2E__ALNUM "._/+-=:,@%")]) {
		e2e__buf_adds(b, s);
		return;
	}

	e2e__buf_adds(b, "'");
	for (; *s; s++)
		if (*s == '\'')
			e2e__buf_adds(b, "'\\''");
		else
			e2e__buf_add(b, s, 1);
	e2e__buf_adds(b, "'");
}

/* A description of its own memory: the condition, which may make assertions too, is evaluated
 * before or after it. */
struct e2e__text {
	struct e2e__text *next;
};

E2E__FN struct e2e__text **e2e__buf_texts(void)
{
#ifdef __TINYC__
	static struct e2e__text *list;
#else
	static __thread struct e2e__text *list;
#endif
	return &list;
}

/* tcc knows no variables of a thread, so all threads share the list. */
E2E__FN void e2e__buf_lock_texts(bool lock)
{
#ifdef __TINYC__
	static volatile uint64_t held;
	while (lock && !E2E__CAS(&held, 0, 1))
		sched_yield();
	if (!lock)
		held = 0;
#else
	(void)lock;
#endif
}

/* Descriptions that fit are formatted where the point's line is put together: with room in front
 * for the number. A thread has two of these places, as the arguments of an assertion may make
 * assertions; a jump that leaves one behind costs time only. tcc has no variables of a thread. */
struct e2e__slot {
	volatile bool used;
	char space[E2E__PREFIX + 400];
};

E2E__FN struct e2e__slot *e2e__buf_slot(
	bool (*fits)(const struct e2e__slot *, const char *), const char *desc)
{
#ifdef __TINYC__
	(void)fits;
	(void)desc;
#else
	static __thread struct e2e__slot slots[2];
	int i;

	for (i = 0; i < 2; i++)
		if (fits(&slots[i], desc))
			return &slots[i];
#endif
	return NULL;
}

E2E__FN bool e2e__buf_slot_is_free(const struct e2e__slot *slot, const char *desc)
{
	(void)desc;
	return !slot->used;
}

E2E__FN bool e2e__buf_slot_has(const struct e2e__slot *slot, const char *desc)
{
	return desc == slot->space + E2E__PREFIX;
}

E2E__FN const char *e2e__buf_desc(const char *fmt, ...)
{
	struct e2e__slot *slot = e2e__buf_slot(e2e__buf_slot_is_free, NULL);
	struct e2e__text *t, **list = e2e__buf_texts();
	size_t room = sizeof slot->space - E2E__PREFIX;
	va_list ap;

	if (slot) {
		slot->used = true;
		va_start(ap, fmt);
		int n = vsnprintf(slot->space + E2E__PREFIX, room, fmt, ap);
		va_end(ap);
		if (n >= 0 && (size_t)n < room)
			return slot->space + E2E__PREFIX;
		slot->used = false;
	}

	E2E__BUF(b, 512);
	va_start(ap, fmt);
	e2e__buf_vaddf(&b, fmt, ap);
	va_end(ap);
	t = (struct e2e__text *)e2e__buf_malloc(sizeof *t + b.n + 1);
	if (!t)
		e2e__page_no_memory(sizeof *t + b.n + 1);
	memcpy((char *)(t + 1), b.p, b.n);
	((char *)(t + 1))[b.n] = 0;
	e2e__buf_free(&b);
	e2e__buf_lock_texts(true);
	t->next = *list;
	*list = t;
	e2e__buf_lock_texts(false);
	return (const char *)(t + 1);
}

/* Frees a description after its use; other texts are left alone. */
E2E__FN void e2e__buf_drop_desc(const char *desc)
{
	struct e2e__slot *slot = e2e__buf_slot(e2e__buf_slot_has, desc);
	struct e2e__text **link, *t;

	if (slot) {
		slot->used = false;
		return;
	}
	e2e__buf_lock_texts(true);
	for (link = e2e__buf_texts(); (t = *link) != NULL && (const char *)(t + 1) != desc;
		link = &t->next)
		;
	if (t)
		*link = t->next;
	e2e__buf_lock_texts(false);
	if (t)
		e2e__buf_release_memory(t);
}

/* ---- core/memory.h ---- */

E2E__FN void *e2e__memory_alloc(size_t size)
{
	void **block = (void **)e2e__buf_malloc(size + 16);

	void *volatile *list = e2e__state.in_suite ? &e2e__state.suite_arena : &e2e__state.arena;
	if (!block)
		e2e__page_no_memory(size);
	memset((void *)block, 0, size + 16);
	do
		block[0] = E2E__READ(list);
	while (!E2E__CAS(list, block[0], (void *)block));
	return (char *)block + 16;
}

E2E__FN void e2e__memory_free_arena(void)
{
	void *block = e2e__state.arena;

	e2e__state.arena = NULL;
	while (block) {
		void *next = *(void **)block;

		e2e__buf_release_memory(block);
		block = next;
	}
}

/* What was allocated up to now lives as long as the program. It stays reachable, for those who look
 * for leaks. */
E2E__FN void e2e__memory_keep_arena(void)
{
	void **end = &e2e__state.arena;

	while (*end)
		end = (void **)*end;
	*end = e2e__state.kept_arena;
	e2e__state.kept_arena = e2e__state.arena;
	e2e__state.arena = NULL;
}

E2E__FN char *e2e__memory_strndup(const char *s, size_t n)
{
	return (char *)memcpy(e2e__memory_alloc(n + 1), s, n);
}

E2E__FN char *e2e__memory_strdup(const char *s)
{
	return e2e__memory_strndup(s, strlen(s));
}

/* The buffer's text in memory of the case; the buffer is freed. */
E2E__FN char *e2e__memory_taken(struct e2e__buf *b)
{
	char *s = e2e__memory_strndup(b->p, b->n);

	e2e__buf_free(b);
	return s;
}

E2E__FN char *e2e_printf(const char *fmt, ...)
{
	va_list ap;
	E2E__BUF(b, 512);

	va_start(ap, fmt);
	e2e__buf_vaddf(&b, fmt, ap);
	va_end(ap);
	return e2e__memory_taken(&b);
}

E2E__FN const char *e2e_quoted(const char *text)
{
	E2E__BUF(b, 512);

	e2e__buf_add_quoted(&b, text);
	return e2e__memory_taken(&b);
}

/* A growing NULL-terminated list in memory of the case. */
struct e2e__strings {
	const char **at;
	size_t n, capacity;
};

E2E__FN void e2e__memory_push(struct e2e__strings *l, const char *s)
{
	if (l->n + 2 > l->capacity) {
		const char **at =
			(const char **)e2e__memory_alloc((l->capacity * 2 + 8) * sizeof *at);

		if (l->n)
			memcpy((void *)at, (const void *)l->at, l->n * sizeof *at);
		l->at = at;
		l->capacity = l->capacity * 2 + 8;
	}
	l->at[l->n++] = s;
	l->at[l->n] = NULL;
}

E2E__FN bool e2e__memory_one_of(const char *word, const char *const *list)
{
	for (; list && *list; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

E2E__FN void e2e__memory_push_new(struct e2e__strings *l, const char *s)
{
	if (!e2e__memory_one_of(s, (const char *const *)l->at))
		e2e__memory_push(l, s);
}

/* ---- core/ticks.h ---- */

/* The kernel's clock without a system call: Linux maps a small library into each process (vdso),
 * and libc's clock_gettime calls it. What is asked here is that library, as the tested code may
 * have a clock_gettime of its own (-Wl,--wrap=, LD_PRELOAD). */
#ifdef E2E__VDSO

/* Only those that are called like any C function. */
#ifdef __aarch64__
#define E2E__TICKS_NAME "__kernel_clock_gettime"
#else
#define E2E__TICKS_NAME "__vdso_clock_gettime"
#endif

/* The library's tables; addresses in it count from `base`. */
struct e2e__ticks_tables {
	uintptr_t base;
	const Elf64_Sym *symbols;
	const char *names;
	uint32_t n;
};

/* False: there is no such library (valgrind hides it), or it is another kind than is known here. */
E2E__FN bool e2e__ticks_look_at(uintptr_t at, struct e2e__ticks_tables *t)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)at;
	const Elf64_Phdr *part;
	const Elf64_Dyn *entry = NULL;
	bool loaded = false;

	if (!at || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
		head->e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	part = (const Elf64_Phdr *)(at + head->e_phoff);
	for (int i = 0; i < head->e_phnum; i++, part++) {
		if (part->p_type == PT_LOAD && !loaded) {
			t->base = at + part->p_offset - part->p_vaddr;
			loaded = true;
		} else if (part->p_type == PT_DYNAMIC) {
			entry = (const Elf64_Dyn *)(at + part->p_offset);
		}
	}

	for (; loaded && entry && entry->d_tag != DT_NULL; entry++) {
		uintptr_t table = t->base + (uintptr_t)entry->d_un.d_ptr;

		if (entry->d_tag == DT_SYMTAB)
			t->symbols = (const Elf64_Sym *)table;
		else if (entry->d_tag == DT_STRTAB)
			t->names = (const char *)table;
		else if (entry->d_tag == DT_HASH)
			t->n = ((const uint32_t *)table)[1]; /* as many as there are symbols */
	}
	return t->symbols && t->names;
}

E2E__FN e2e__clock_fn e2e__ticks_find(void)
{
	struct e2e__ticks_tables t = {0, NULL, NULL, 0};

	if (!e2e__ticks_look_at((uintptr_t)getauxval(AT_SYSINFO_EHDR), &t))
		return NULL;
	for (uint32_t i = 0; i < t.n; i++)
		if (t.symbols[i].st_shndx != SHN_UNDEF &&
			strcmp(t.names + t.symbols[i].st_name, E2E__TICKS_NAME) == 0)
			return (e2e__clock_fn)(t.base + (uintptr_t)t.symbols[i].st_value);
	return NULL;
}
#endif

/* Once for a program and all that it forks. */
E2E__FN e2e__clock_fn e2e__ticks_clock(void)
{
#ifdef E2E__VDSO
	struct e2e__state *st = &e2e__state;

	if (!st->clock_known) {
		st->clock = e2e__ticks_find();
		st->clock_known = true;
	}
	return st->clock;
#else
	return NULL;
#endif
}

/* ---- core/clock.h ---- */

/* splitmix64 */
E2E__WRAPPING E2E__FN uint64_t e2e__clock_mix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

E2E__FN int64_t e2e__clock_of_libc(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The kernel's, where it can be asked: the tested code may have a clock_gettime of its own
 * (-Wl,--wrap=, LD_PRELOAD), and limits are real time. */
E2E__FN int64_t e2e__clock_raw(void)
{
#if defined E2E__LINUX && defined SYS_clock_gettime && LONG_MAX > 2147483647
	struct timespec t = {0, 0}; /* MSan doesn't see the kernel's library write */
	e2e__clock_fn clock = e2e__ticks_clock();

	if ((clock && clock(CLOCK_MONOTONIC, &t) == 0) ||
		syscall(SYS_clock_gettime, (long)CLOCK_MONOTONIC, &t) == 0)
		return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
#endif
	return e2e__clock_of_libc();
}

/* It stands still while the program is stopped. */
E2E__FN int64_t e2e__clock_ns(void)
{
	const struct e2e__page *pg = e2e__state.page;

	return e2e__clock_raw() - e2e__state.slept - (pg ? pg->slept : 0);
}

/* A span in nanoseconds; what doesn't fit is as long as can be. */
E2E__FN int64_t e2e__clock_span(double seconds)
{
	return (int64_t)((seconds < 4e9 ? seconds : 4e9) * 1e9);
}

E2E__FN double e2e_now(void)
{
	return (double)e2e__clock_ns() * 1e-9;
}

E2E__FN void e2e__clock_nap(double seconds)
{
	struct timespec t;

	t.tv_sec = (time_t)seconds;
	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	nanosleep(&t, NULL);
}

/* A number that isn't negative, written so that it ends at `end`; returns how many digits there
 * are. */
E2E__FN int e2e__clock_digits(char *end, int v)
{
	char *p = end;

	while (v >= 100) { /* a division costs more than the rest */
		int two = v % 100;

		v /= 100;
		*--p = (char)('0' + two % 10);
		*--p = (char)('0' + two / 10);
	}
	if (v >= 10)
		*--p = (char)('0' + v % 10);
	*--p = (char)('0' + (v >= 10 ? v / 10 : v));
	return (int)(end - p);
}

/* A number as printf writes it in the C locale, whatever locale the tested code has set. */
E2E__FN char *e2e__clock_number(char *buffer, size_t size, const char *fmt, double v)
{
	const char *point = localeconv()->decimal_point;
	char *p;

	snprintf(buffer, size, fmt, v);
	p = strcmp(point, ".") != 0 ? strstr(buffer, point) : NULL;
	if (p) {
		*p = '.';
		memmove(p + 1, p + strlen(point), strlen(p + strlen(point)) + 1);
	}
	return buffer;
}

/* strtod of the C locale. */
E2E__FN double e2e__clock_strtod(const char *text, char **end)
{
	const char *point = localeconv()->decimal_point, *dot = strchr(text, '.');
	size_t before = dot ? (size_t)(dot - text) : 0, used;
	char *stop;
	double v;
	E2E__BUF(b, 128);

	if (!dot || strcmp(point, ".") == 0)
		return strtod(text, end);
	e2e__buf_add(&b, text, before);
	e2e__buf_adds(&b, point);
	e2e__buf_adds(&b, dot + 1);
	v = strtod(b.p, &stop);
	used = (size_t)(stop - b.p);
	if (end)
		*end = (char *)(uintptr_t)text + (used > before ? used - strlen(point) + 1 : used);
	e2e__buf_free(&b);
	return v;
}

/* A positive number of seconds, "inf" for no end, or -1. */
E2E__FN double e2e__clock_seconds(const char *text)
{
	char *end;
	double v = e2e__clock_strtod(text, &end);

	while (*end == ' ')
		end++;
	return end == text || *end || !(v > 0) ? -1 : v;
}

E2E__FN double e2e__clock_scale(void)
{
	const char *text = getenv("E2E_TIMEOUT_SCALE");

	if (e2e__state.scale > 0)
		return e2e__state.scale;
	e2e__state.scale = text && *text ? e2e__clock_seconds(text) : 1;
	if (e2e__state.scale < 0 || e2e__state.scale > 1e6)
		e2e__exit_fatal(
			"E2E_TIMEOUT_SCALE = \"%s\": expected a factor for all timeouts, e.g. 4",
			text);
	return e2e__state.scale;
}

E2E__FN double e2e__clock_scaled(double seconds)
{
	return seconds * e2e__clock_scale();
}

/* Does the signal fail the running case? Only Ctrl-C is somebody who wants to see no more; the
 * others come from a driver, a CI job or a time-out, who want to know what hung. SIGPIPE stands for
 * a stdout that takes no more. */
E2E__FN bool e2e__clock_terminates(int sig)
{
	return sig && sig != SIGINT && sig != SIGPIPE;
}

E2E__FN const char *e2e__clock_signal_name(int sig)
{
	static const struct {
		int sig;

		const char *name;
	} names[] = {{SIGHUP, "SIGHUP"}, {SIGINT, "SIGINT"}, {SIGQUIT, "SIGQUIT"},
		{SIGILL, "SIGILL"}, {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},
		{SIGFPE, "SIGFPE"}, {SIGKILL, "SIGKILL"}, {SIGUSR1, "SIGUSR1"},
		{SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"}, {SIGPIPE, "SIGPIPE"},
		{SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"}, {SIGSTOP, "SIGSTOP"},
		{SIGTSTP, "SIGTSTP"}, {SIGTTIN, "SIGTTIN"}, {SIGTTOU, "SIGTTOU"},
		{SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"}, {SIGSYS, "SIGSYS"}};
	size_t i;
	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].sig == sig)
			return names[i].name;
	return e2e_printf("signal %d", sig);
}

/* ---- core/files.h ---- */

/* The path of an executable file, or NULL with errno. */
E2E__FN const char *e2e__file_which(const char *name)
{
	const char *path = getenv("PATH");
	struct stat s;
	int worst = ENOENT;

	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t n = strcspn(path, ":");
		const char *file = strchr(name, '/') ? e2e__memory_strdup(name)
			: n                          ? e2e_printf("%.*s/%s", (int)n, path, name)
						     : e2e_printf("./%s", name);

		if (*name && stat(file, &s) == 0) {
			if (S_ISREG(s.st_mode) && access(file, X_OK) == 0)
				return file;
			worst = S_ISDIR(s.st_mode) ? EISDIR : EACCES;
		}
		path += n;
		if (!*path || strchr(name, '/'))
			break;
		path++;
	}

	errno = worst;
	return NULL;
}

/* The beginning of a file, as much as one read() gives: for those of /proc. Takes no memory. Its
 * size without the NUL, or -1. */
E2E__FN ssize_t e2e__file_read_start(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	return n;
}

/* The same of a file that /proc has of a process. In signal handlers too. */
E2E__FN ssize_t e2e__file_of_process(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64] = "/proc/", digits[16], *end = digits + sizeof digits - 1;

	*end = 0;
	strcat(strcat(strcat(path, end - e2e__clock_digits(end, (int)pid)), "/"), name);
	return e2e__file_read_start(path, text, size);
}

E2E__FN char *e2e__file_read(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
	ssize_t n = 0;
	char *text;
	E2E__BUF(b, 4096);

	if (fd < 0)
		return NULL;
	do {
		b.n += (size_t)n;
		if (b.size - b.n < 2048)
			e2e__buf_grow(&b, b.n + 4096);
	} while ((n = read(fd, b.p + b.n, b.size - b.n - 1)) > 0);
	saved = errno;
	close(fd);
	if (n < 0) {
		e2e__buf_free(&b);
		errno = saved;
		return NULL;
	}

	if (size)
		*size = b.n;
	text = e2e__memory_strndup(b.p, b.n);
	e2e__buf_free(&b);
	return text;
}

E2E__FN int e2e__file_mkdirs(const char *path, mode_t mode)
{
	char *copy = e2e__memory_strdup(path), *p;

	for (p = copy + 1; *p; p++)
		if (*p == '/') {
			*p = 0;
			if (mkdir(copy, 0700) < 0 && errno != EEXIST)
				return -1;
			*p = '/';
		}
	return mkdir(copy, mode) < 0 && errno != EEXIST ? -1 : 0;
}

/* Never follows a link, and never leaves the tree when somebody swaps a folder for one. */
E2E__FN int e2e__file_remove_at(int at, const char *name)
{
	int fd, failed = 0;
	DIR *d;
	struct dirent *e;

	if (unlinkat(at, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM && errno != EACCES)
		return -1;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	fchmod(fd, 0700);
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return -1;
	}
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			failed |= e2e__file_remove_at(dirfd(d), e->d_name);
	closedir(d);
	return failed ? -1 : unlinkat(at, name, AT_REMOVEDIR);
}

E2E__FN int e2e__file_remove_tree(const char *path)
{
	return e2e__file_remove_at(AT_FDCWD, path);
}

/* Writes all of it, whatever signals come. False with errno if that fails. */
E2E__FN bool e2e__file_write_whole(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t w = write(fd, s, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		s += w;
		n -= (size_t)w;
	}
	return true;
}

E2E__FN int e2e__file_copy(const char *from, const char *to, mode_t mode)
{
	enum { SIZE = 1 << 16 };
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode | 0600);
	char *buffer = (char *)malloc(SIZE);
	ssize_t n = -1;

	while (out >= 0 && buffer && (n = read(in, buffer, SIZE)) > 0)
		if (!e2e__file_write_whole(out, buffer, (size_t)n))
			break;
	free(buffer);
	if (in >= 0)
		close(in);
	if (out >= 0 && close(out) < 0)
		return -1;
	return n == 0 ? 0 : -1;
}

E2E__FN int e2e__file_copy_tree(const char *from, const char *to)
{
	DIR *d = opendir(from);
	struct dirent *e;
	struct stat s;
	int failed = 0;

	if (!d || (mkdir(to, 0700) < 0 && errno != EEXIST)) {
		if (d)
			closedir(d);
		return -1;
	}
	while (!failed && (e = readdir(d)) != NULL) {
		char *a, *b, target[PATH_MAX];
		ssize_t n;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		a = e2e_printf("%s/%s", from, e->d_name);
		b = e2e_printf("%s/%s", to, e->d_name);
		if (lstat(a, &s) < 0) {
			failed = -1;
		} else if (S_ISDIR(s.st_mode)) {
			failed = e2e__file_copy_tree(a, b) < 0 || chmod(b, s.st_mode & 0777) < 0
				? -1
				: 0;
		} else if (S_ISLNK(s.st_mode)) {
			n = readlink(a, target, sizeof target - 1);
			target[n < 0 ? 0 : n] = 0;
			failed = n < 0 ? -1 : symlink(target, b);
		} else if (S_ISREG(s.st_mode)) {
			failed = e2e__file_copy(a, b, s.st_mode & 0777);
		}
		/* of another user's, as root can have made some: that one shall find its own */
		if (!failed && s.st_uid != geteuid() && geteuid() == 0)
			failed = lchown(b, s.st_uid, s.st_gid);
	}

	closedir(d);
	return failed;
}

/* To 1 MiB; whoever writes on where a limit is spent dies of SIGXFSZ. */
E2E__FN bool e2e__file_may_grow(void)
{
	struct rlimit size;

	return getrlimit(RLIMIT_FSIZE, &size) < 0 || size.rlim_cur >= 1u << 20;
}

E2E__FN const char *e2e__file_tmp(void)
{
	const char *tmp = getenv("TMPDIR");
	char *full;

	if (!tmp || !*tmp)
		return "/tmp";
	if (*tmp == '/' || !(full = realpath(tmp, NULL)))
		return tmp;
	tmp = e2e__memory_strdup(full); /* a relative one would lead elsewhere after chdir() */
	free(full);
	return tmp;
}

/* High, so that the tested code finds the numbers that it would find without us. */
E2E__FN int e2e__file_high(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 200);

	if (high < 0)
		return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -1 : fd;
	close(fd);
	return high;
}

/* A file without a name, to be written at its end: its descriptor, or -1 with errno. */
E2E__FN int e2e__file_unnamed(void)
{
	char *path = e2e_printf("%s/e2e-output-XXXXXX", e2e__file_tmp());
	int fd = mkstemp(path);

	if (fd >= 0)
		unlink(path);
#if defined E2E__LINUX && defined SYS_memfd_create
	else
		fd = (int)syscall(SYS_memfd_create, "output", 0u);
#endif
	if (fd < 0)
		return -1;
	fd = e2e__file_high(fd);
	fcntl(fd, F_SETFL, O_APPEND);
	return fd;
}

/* What a thread writes into meanwhile is left alone. */
E2E__FN void e2e__file_flush(FILE *stream)
{
	if (ftrylockfile(stream) != 0)
		return;
	fflush(stream);
	funlockfile(stream);
}

/* The last part of a path as a file name of at most 64 bytes. */
E2E__FN char *e2e__file_stem(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *s = e2e_printf("%.64s", slash ? slash + 1 : path), *p;

	for (p = s; *p; p++)
		if (!strchr(E2E__ALNUM "._-", *p))
			*p = '_';
	if (p - s > 2 && strcmp(p - 2, ".t") == 0)
		p[-2] = 0;
	if (*s == '.' || *s == '-')
		*s = '_';
	return *s ? s : e2e__memory_strdup("_");
}

E2E__WRAPPING E2E__FN uint64_t e2e__file_hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return h;
}

/* What the watching side puts out. A signal that ends the program ends the writing, too: the reader
 * may never come back. */
E2E__FN void e2e__file_write_all(int fd, const char *s, size_t n)
{
	ssize_t w;

	while (n) {
		w = write(fd, s, n);
		if (w < 0 && errno == EINTR &&
			(!e2e__state.quit || e2e__clock_terminates(e2e__state.quit)))
			continue;
		if (w < 0) {
			if (fd == e2e__state.tap && !e2e__state.out_failed)
				e2e__state.out_failed = errno ? errno : EIO;
			return;
		}
		s += w;
		n -= (size_t)w;
	}
}

/* ---- core/page.h ---- */

E2E__FN e2e__lock_id e2e__page_lock_word(void);
E2E__FN void e2e__page_unlock(struct e2e__page *pg);

/* The case ends; the others may have more memory. */
E2E__FN void e2e__page_no_memory(size_t size)
{
	struct e2e__page *pg = e2e__state.page;
	char text[80];
	e2e_failure f = {text, NULL, NULL, "memory", NULL, NULL};

	snprintf(text, sizeof text, "cannot allocate %zu bytes: %s", size, strerror(errno));
	if (!pg || pg->direct)
		e2e__exit_fatal("%s", text);
	if (e2e__state.starved)
		_exit(1); /* not even for the report; the parent sees that the end is missing */
	e2e__state.starved = true;
	if (pg->lock == e2e__page_lock_word())
		e2e__page_unlock(pg);
	e2e__exit_die(pg->where_file[0] ? pg->where_file : e2e__state.program, pg->where_line,
		"memory", &f);
}

/* getpid() without a system call where the kernel can clear a page at fork. */
E2E__FN pid_t e2e__page_pid(void)
{
	volatile pid_t *cell = e2e__state.pid_cell;

	if (!cell)
		return getpid();
	if (!*cell)
		*cell = getpid();
	return *cell;
}

E2E__FN void e2e__page_make_pid_cell(void)
{
#if defined E2E__LINUX && defined MADV_WIPEONFORK
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return;
	if (madvise(p, size, MADV_WIPEONFORK) == 0)
		e2e__state.pid_cell = (volatile pid_t *)p;
	else
		munmap(p, size);
#endif
}

/* Is the process dead? A zombie is. */
E2E__FN bool e2e__page_is_dead(pid_t pid)
{
	char text[256];
	const char *paren;

	if (kill(pid, 0) < 0 && errno == ESRCH)
		return true;
	e2e__file_of_process(pid, "stat", text, sizeof text);
	paren = strrchr(text, ')');
	return paren && paren[1] == ' ' && (paren[2] == 'Z' || paren[2] == 'X');
}

/* Names the thread that holds the lock, so that a signal handler knows its own thread does. */
E2E__FN e2e__lock_id e2e__page_lock_word(void)
{
	uint32_t thread = (uint32_t)((uintptr_t)e2e__buf_self() >> 3) *
		(E2E__THREAD_BITS < 32 ? 2654435761u : 1u);

	return (e2e__lock_id)e2e__page_pid() << E2E__THREAD_BITS |
		thread >> (32 - E2E__THREAD_BITS);
}

/* A signal handler's assertion has interrupted one of its own thread, which can't go on before it,
 * or the handler has left that one by a jump. */
E2E__FN void e2e__page_refuse(void)
{
	static const char why[] =
		"e2e: a signal handler asserts (or jumps) in the middle of an assertion: have it "
		"set a flag, and assert when it has returned\n";

	e2e__file_write_all(2, why, sizeof why - 1);
	abort();
}

E2E__FN void e2e__page_lock(struct e2e__page *pg)
{
	e2e__lock_id mine = e2e__page_lock_word(), held;
	unsigned spins = 0;

	while (!E2E__CAS(&pg->lock, (e2e__lock_id)0, mine)) {
		if (E2E__THREAD_BITS == 32 && E2E__READ(&pg->lock) == mine)
			e2e__page_refuse();
		if (++spins % 64)
			continue;
		sched_yield();
		held = E2E__READ(&pg->lock);

		/* A process that died with the lock would hold up all others. */
		if (spins % 16384 == 0 && held &&
			e2e__page_is_dead((pid_t)(held >> E2E__THREAD_BITS)))
			(void)E2E__CAS(&pg->lock, held, (e2e__lock_id)0);
	}
}

E2E__FN void e2e__page_unlock(struct e2e__page *pg)
{
	E2E__BARRIER();
	E2E__CLEAR(&pg->lock);
}

/* Puts text in the ring; waits for the parent where it's full. The caller holds the lock. */
E2E__FN void e2e__page_ring_put(struct e2e__page *pg, const char *s, size_t n)
{
	while (n) {
		uintptr_t used = pg->head - pg->tail;
		size_t at = (size_t)(pg->head % E2E__RING), part = (size_t)(E2E__RING - used);

		if (part > E2E__RING - at)
			part = E2E__RING - at;
		if (part > n)
			part = n;
		memcpy(pg->ring + at, s, part);
		E2E__BARRIER();
		pg->head = pg->head + part;
		s += part;
		n -= part;
		if (used + part > E2E__RING / 4 && !pg->woken) {
			pg->woken = 1;
			kill(pg->parent, SIGCHLD);
		}
		if (!n)
			break;
		e2e__clock_nap(5e-5);
		if (kill(pg->parent, 0) < 0 && errno == ESRCH)
			_exit(1); /* nobody reads any more */
	}
}

E2E__FN void e2e__page_put(struct e2e__page *pg, const char *s, size_t n)
{
	if (pg->direct)
		e2e__output_emit(s, n);
	else
		e2e__page_ring_put(pg, s, n);
}

/* The part of a block of shared memory that may be used, and the pages around it. */
E2E__FN size_t e2e__page_round(size_t size)
{
	size_t unit = (size_t)sysconf(_SC_PAGESIZE);

	return (size + unit - 1) / unit * unit;
}

/* Drawn before there is any memory to be shared, and so the same in all who share it. */
E2E__FN void e2e__page_draw_secret(void)
{
	struct e2e__state *st = &e2e__state;
	uint64_t mix =
		(uint64_t)e2e__clock_raw() ^ (uint64_t)getpid() << 40 ^ (uint64_t)(uintptr_t)&mix;

	if (!st->secret)
		st->secret = e2e__clock_mix(&mix) | 1;
}

E2E__FN e2e__seal e2e__page_seal(pid_t pid)
{
	uint64_t mix = e2e__state.secret ^ (uint32_t)pid;

	return pid ? e2e__clock_mix(&mix) << 32 | (uint32_t)pid : 0;
}

/* The number under the seal; 0 if there is none, or if it isn't one that may be signalled. */
E2E__FN pid_t e2e__page_unseal(e2e__seal seal)
{
	pid_t pid = (pid_t)(uint32_t)seal;

	return pid > 1 && pid != getpid() && e2e__page_seal(pid) == seal ? pid : 0;
}

/* Memory that a process and those that it forks share, zeroed; of the file fd, or of none (-1).
 * It lies between pages that nobody may touch: a large block of the heap may lie beside it, and a
 * write beyond its end must be a crash of the case, not of what is known about it. NULL: errno says
 * why. */
E2E__FN void *e2e__page_share(size_t size, int fd)
{
	size_t unit = (size_t)sysconf(_SC_PAGESIZE), room = e2e__page_round(size);
	char *p;

	e2e__page_draw_secret();
	p = (char *)mmap(NULL, room + 2 * unit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == (char *)MAP_FAILED)
		return NULL;
	if (mmap(p + unit, room, PROT_READ | PROT_WRITE,
		    MAP_FIXED | MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0) == MAP_FAILED) {
		int error = errno;

		munmap(p, room + 2 * unit);
		errno = error;
		return NULL;
	}
	return p + unit;
}

/* What e2e__page_share gave, with the pages around it. */
E2E__FN void e2e__page_unshare(void *p, size_t size)
{
	size_t unit = (size_t)sysconf(_SC_PAGESIZE);

	munmap((char *)p - unit, e2e__page_round(size) + 2 * unit);
}

E2E__FN struct e2e__page *e2e__page_new(void)
{
	size_t size = sizeof(struct e2e__page);
	void *p = e2e__page_share(size, -1);

	if (!p)
		e2e__exit_fatal("cannot map %zu bytes for the results: %s", size, strerror(errno));
	e2e__state.fresh = (struct e2e__page *)p;
	return e2e__state.fresh;
}

/* This process, and what it forks, may only read it. */
E2E__FN void e2e__page_protect(struct e2e__page *pg)
{
	if (pg)
		mprotect((void *)pg, e2e__page_round(sizeof *pg), PROT_READ);
}

E2E__FN void e2e__page_clear(struct e2e__page *pg)
{
	if (pg != e2e__state.fresh) { /* or it is clear, and most of it not yet there */
		memset((void *)pg, 0, offsetof(struct e2e__page, evidence));
		pg->first[0] = pg->explain[0] = 0;
	}
	e2e__state.fresh = NULL;
	pg->mark = pg->end_mark = E2E__PAGE_MARK;
}

/* Has the tested code written over the page? */
E2E__FN bool e2e__page_is_spoiled(const struct e2e__page *pg)
{
	return pg->mark != E2E__PAGE_MARK || pg->end_mark != E2E__PAGE_MARK || pg->depth < 0 ||
		pg->depth >= E2E__DEPTH || pg->phase < E2E__SETUP || pg->phase > E2E__DONE ||
		(unsigned)pg->bailed > 1 || (unsigned)pg->skipped > 1;
}

/* Nothing in a page that was written over is believed, but that its case has failed. */
E2E__FN void e2e__page_forget(struct e2e__page *pg)
{
	int depth = e2e__state.style == 's' ? 0 : 1;

	e2e__state.spoiled = true;
	e2e__page_clear(pg);
	pg->depth = depth;
	pg->phase = E2E__BODY;
	pg->header = 1;
	pg->level[depth].failed = 1;
}

/* What a dead child has left is looked at as if anything may have been written into it. */
E2E__FN void e2e__page_mend(struct e2e__page *pg)
{
	int i;
#define E2E__END_TEXT(text) (text)[sizeof(text) - 1] = 0
	if (e2e__state.spoiled || e2e__page_is_spoiled(pg))
		e2e__page_forget(pg);
	pg->evidences = pg->evidences < 0        ? 0
		: pg->evidences < E2E__EVIDENCES ? pg->evidences
						 : E2E__EVIDENCES;
	E2E__END_TEXT(pg->where_file);
	E2E__END_TEXT(pg->reason);
	E2E__END_TEXT(pg->why_left);
	E2E__END_TEXT(pg->todo);
	E2E__END_TEXT(pg->doing);
	E2E__END_TEXT(pg->folder);
	E2E__END_TEXT(pg->logs);
	E2E__END_TEXT(pg->no_pair);
	E2E__END_TEXT(pg->pairs_failed);
	E2E__END_TEXT(pg->first);
	E2E__END_TEXT(pg->explain);
	for (i = 0; i < 4; i++)
		E2E__END_TEXT(pg->eligible[i]);
	for (i = 0; i < E2E__DEPTH; i++)
		E2E__END_TEXT(pg->level[i].name);
	for (i = 0; i < E2E__LIMITS; i++)
		E2E__END_TEXT(pg->limit[i].file);
	for (i = 0; i < pg->evidences; i++) {
		E2E__END_TEXT(pg->evidence[i].label);
		E2E__END_TEXT(pg->evidence[i].path);
	}
#undef E2E__END_TEXT
}

/* The case runs in this process. */
E2E__FN void e2e__page_play(struct e2e__page *pg)
{
	pid_t pid = getpid();

	if (e2e__state.pid_cell)
		*e2e__state.pid_cell = pid;
	pg->pid = e2e__state.playing = pid;
}

E2E__FN void e2e__page_reset(struct e2e__page *pg, bool direct)
{
	e2e__state.spoiled = false;
	e2e__page_clear(pg);
	e2e__state.shown = pg;
	pg->direct = direct;
	pg->parent = getpid();
	pg->began = e2e__clock_ns();
}

/* ---- core/secret_forms.h ---- */

/* What is a secret by what stands before it: `--token x`, `PGPASSWORD=x`, `"password": "x"`,
 * `Authorization: Bearer x`, `https://joe:x@host`. */

/* A part of a text, and what it was found by: the name before it begins at `name`. */
struct e2e__secret_span {
	const char *text, *name, *begin, *end;
	char outer;   /* the quote before the name, or 0 */
	bool escaped; /* with a backslash before it */
};

E2E__FN bool e2e__secret_form_is_sign(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c && strchr("-_.", c));
}

/* Do n bytes, in any case and with "_" as "-", end in this word? */
E2E__FN bool e2e__secret_form_ends(const char *name, size_t n, const char *word)
{
	size_t k = strlen(word);

	if (n < k)
		return false;
	for (size_t i = 0; i < k; i++) {
		char c = name[n - k + i];

		c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		if (c != word[i])
			return false;
	}
	return true;
}

/* Does a name say that what it names is a secret: "PGPASSWORD", "client-secret", "db.pass"? */
E2E__FN bool e2e__secret_form_is_name(const char *name, size_t n)
{
	static const char *const ends[] = {"password", "passwd", "passphrase", "secret", "token",
		"apikey", "api-key", "access-key", "private-key"};
	static const char *const wholes[] = {"pass", "pwd", "pw"};
	size_t i;

	for (i = 0; i < sizeof ends / sizeof *ends; i++)
		if (e2e__secret_form_ends(name, n, ends[i]))
			return true;
	for (i = 0; i < sizeof wholes / sizeof *wholes; i++) {
		size_t k = strlen(wholes[i]);

		if (e2e__secret_form_ends(name, n, wholes[i]) &&
			(n == k || strchr("-_.", name[n - k - 1])))
			return true;
	}
	return false;
}

E2E__FN bool e2e__secret_form_is_header(const char *name, size_t n)
{
	static const char *const headers[] = {
		"authorization", "proxy-authorization", "cookie", "set-cookie"};

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		if (strlen(headers[i]) == n && e2e__secret_form_ends(name, n, headers[i]))
			return true;
	return e2e__secret_form_ends(name, n, "api-key") ||
		e2e__secret_form_ends(name, n, "-token");
}

/* The name that ends before p, and the quote before it. */
E2E__FN size_t e2e__secret_form_name_before(struct e2e__secret_span *s, const char *p)
{
	const char *word = p;

	while (word > s->text && e2e__secret_form_is_sign(word[-1]))
		word--;
	s->outer = word > s->text && (word[-1] == '"' || word[-1] == '\'') ? word[-1] : '\0';
	s->escaped = s->outer && word - 1 > s->text && word[-2] == '\\';
	while (word < p && *word == '-')
		word++;
	s->name = word;
	return (size_t)(p - word);
}

/* What is in quotes goes to the quote; a shell's '\'' and, unless the quotes are escaped
 * themselves, a backslash's don't end it. */
E2E__FN const char *e2e__secret_form_closed(const char *p, char quote, bool escaped)
{
	const char *begin = p;

	while (*p && *p != '\n' && *p != quote) {
		p += quote == '"' && !escaped && *p == '\\' && p[1];
		p++;
		if (quote == '\'' && strncmp(p, "'\\''", 4) == 0)
			p += 4;
	}
	return escaped && p > begin && p[-1] == '\\' ? p - 1 : p;
}

/* A value that begins at p: in quotes of its own, in those around it and its name, or one word.
 * The name of a variable is no secret. */
E2E__FN bool e2e__secret_form_value(struct e2e__secret_span *s, const char *p, const char *stops)
{
	bool escaped = *p == '\\' && (p[1] == '"' || p[1] == '\'');
	char quote = p[escaped];

	if (s->outer) {
		s->begin = p;
		s->end = e2e__secret_form_closed(p, s->outer, s->escaped);
	} else if (quote == '"' || quote == '\'') {
		s->begin = p + escaped + 1;
		s->end = e2e__secret_form_closed(s->begin, quote, escaped);
	} else {
		s->begin = p;
		s->end = p + strcspn(p, stops);
	}
	return s->end > s->begin && *s->begin != '$';
}

/* p is a "=": `PGPASSWORD=x`, `--token=x`, `?password=x&...` */
E2E__FN bool e2e__secret_form_assigned(struct e2e__secret_span *s, const char *p)
{
	size_t n = e2e__secret_form_name_before(s, p);

	if (!n || p[1] == '=' || !e2e__secret_form_is_name(s->name, n))
		return false;
	/* in a URL in quotes the name has a sign before it that isn't a quote */
	return e2e__secret_form_value(s, p + 1, " \t\r\n&;,)]}<>|\"'`");
}

/* p is the first "-" of a word: `--password x`, `-u joe:x` */
E2E__FN bool e2e__secret_form_option(struct e2e__secret_span *s, const char *p)
{
	const char *end;
	size_t n;

	if (p > s->text && !strchr(" \t\n'\"(", p[-1]))
		return false;
	p += p[1] == '-' ? 2 : 1;
	for (n = 0; e2e__secret_form_is_sign(p[n]); n++)
		;
	end = p + n;
	if (*end != ' ' || strncmp(p, "no-", 3) == 0)
		return false;

	end += strspn(end, " ");
	s->name = p;
	s->outer = '\0';
	if (*end == '-' || !e2e__secret_form_value(s, end, " \t\r\n\"'`"))
		return false;
	if (e2e__secret_form_is_name(p, n))
		return true;
	if (!(n == 1 && *p == 'u') && !(n >= 4 && e2e__secret_form_ends(p, n, "user")))
		return false;

	/* numbers are a user and a group */
	const char *colon = (const char *)memchr(s->begin, ':', (size_t)(s->end - s->begin));
	if (!colon || strspn(colon + 1, "0123456789") >= (size_t)(s->end - colon - 1))
		return false;
	s->begin = colon + 1;
	return true;
}

/* p is the ":" of `Authorization: Bearer x`; of that the first word is kept. */
E2E__FN bool e2e__secret_form_header(struct e2e__secret_span *s, const char *p)
{
	size_t n = e2e__secret_form_name_before(s, p), scheme;

	if (!n || !e2e__secret_form_is_header(s->name, n))
		return false;
	s->begin = p + 1 + strspn(p + 1, " ");
	scheme = strcspn(s->begin, " \t\r\n\"'");
	if (!e2e__secret_form_ends(s->name, n, "authorization") || s->begin[scheme] != ' ')
		scheme = 0;

	/* the quote may be before other words; cookies and Digest have some within */
	const char *stops = scheme && strncmp(s->begin, "Digest", 6) != 0 ? "\r\n\"'" : "\r\n";
	s->end = s->outer ? e2e__secret_form_closed(s->begin, s->outer, s->escaped)
			  : s->begin + strcspn(s->begin, stops);
	if (scheme && s->begin + scheme + 1 < s->end)
		s->begin += scheme + 1;
	return s->end > s->begin && *s->begin != '$';
}

/* p is the ":" of `"password": "x"` */
E2E__FN bool e2e__secret_form_member(struct e2e__secret_span *s, const char *p)
{
	const char *name_end = p - 1;
	bool escaped;
	size_t n;

	if (p == s->text || *name_end != '"')
		return false;
	name_end -= name_end > s->text && name_end[-1] == '\\';
	n = e2e__secret_form_name_before(s, name_end);
	if (s->outer != '"' || !n ||
		!(e2e__secret_form_is_name(s->name, n) || e2e__secret_form_is_header(s->name, n)))
		return false;
	p += 1 + strspn(p + 1, " \t");
	escaped = *p == '\\';
	if (p[escaped] != '"')
		return false;
	s->begin = p + escaped + 1;
	s->end = e2e__secret_form_closed(s->begin, '"', escaped);
	return s->end > s->begin;
}

/* p is the ":" of `https://joe:x@host` */
E2E__FN bool e2e__secret_form_url(struct e2e__secret_span *s, const char *p)
{
	const char *end, *colon;

	if (p[1] != '/' || p[2] != '/')
		return false;
	p += 3;
	for (end = p + strcspn(p, "/?# \t\r\n\"'<>`"); end > p && *end != '@'; end--)
		;
	colon = (const char *)memchr(p, ':', (size_t)(end - p));
	if (!colon)
		return false;
	s->begin = colon + 1;
	s->end = end;
	return s->end > s->begin && *s->begin != '$';
}

/* Looks for a secret at p or behind it. */
E2E__FN bool e2e__secret_form_next(struct e2e__secret_span *s, const char *p)
{
	for (; *(p += strcspn(p, ":=-")); p++) {
		bool found = *p == '=' ? e2e__secret_form_assigned(s, p)
			: *p == '-'    ? e2e__secret_form_option(s, p)
				    : e2e__secret_form_url(s, p) || e2e__secret_form_header(s, p) ||
				e2e__secret_form_member(s, p);

		if (found && s->begin >= p)
			return true;
	}
	return false;
}

/* ---- core/secret.h ---- */

#define E2E__SECRET_SHOWN "***"
enum { E2E__SECRET_LEAST = 4 };

/* Secrets that outlive a case, or are of no case. */
struct e2e__secret {
	struct e2e__secret *next;
	char *text;
};

E2E__FN bool e2e__secret_any(void)
{
	const struct e2e__page *pg = e2e__state.page, *shown = e2e__state.shown;

	return e2e__state.secrets || (pg && pg->secrets) || (shown && shown->secrets);
}

/* Goes through what a page knows; at: 0 at first. The tested code may have written over it. */
E2E__FN const char *e2e__secret_of_page(const struct e2e__page *pg, size_t *at)
{
	const char *text = pg ? pg->secret + *at : NULL;
	size_t size = pg ? pg->secrets : 0;

	if (!pg || size > sizeof pg->secret || *at >= size)
		return NULL;
	const char *end = (const char *)memchr(text, '\0', size - *at);
	*at = end ? (size_t)(end + 1 - pg->secret) : size;
	return end && end > text ? text : NULL;
}

/* All that is known here, one after another. */
struct e2e__secret_walk {
	const struct e2e__secret *listed;
	int pages;
	size_t at;
};

E2E__FN const char *e2e__secret_next(struct e2e__secret_walk *w)
{
	const struct e2e__page *page[] = {e2e__state.page, e2e__state.shown};
	const char *text;

	if (w->listed) {
		text = w->listed->text;
		w->listed = w->listed->next;
		return text;
	}
	for (; w->pages < 2; w->pages++, w->at = 0)
		if ((text = e2e__secret_of_page(page[w->pages], &w->at)) != NULL)
			return text;
	return NULL;
}

E2E__FN struct e2e__secret_walk e2e__secret_walk_all(void)
{
	struct e2e__secret_walk w = {e2e__state.secrets, 0, 0};

	return w;
}

/* How many bytes at p are this secret, or its beginning where the text was cut. */
E2E__FN size_t e2e__secret_length_at(const char *secret, const char *p, const char *end)
{
	size_t n = (size_t)(end - p), k = 0;

	while (secret[k] && k < n && secret[k] == p[k])
		k++;
	if (!secret[k] || (k >= E2E__SECRET_LEAST && n - k >= 3 && memcmp(p + k, "...", 3) == 0))
		return k;
	return 0;
}

/* The longest secret at p; 0: there is none. */
E2E__FN size_t e2e__secret_at(const char *p, const char *end)
{
	struct e2e__secret_walk w = e2e__secret_walk_all();
	size_t longest = 0, n;
	const char *secret;

	while ((secret = e2e__secret_next(&w)) != NULL)
		if (*secret == *p && (n = e2e__secret_length_at(secret, p, end)) > longest)
			longest = n;
	return longest;
}

/* Adds a text without what is known. */
E2E__FN void e2e__secret_add_without_known(struct e2e__buf *b, const char *text, size_t n)
{
	struct e2e__secret_walk w = e2e__secret_walk_all();
	const char *secret, *done = text, *p = text, *end = text + n;
	bool begins[256];

	memset(begins, 0, sizeof begins);
	while ((secret = e2e__secret_next(&w)) != NULL)
		begins[(unsigned char)*secret] = true;

	while (p < end) {
		size_t k = begins[(unsigned char)*p] ? e2e__secret_at(p, end) : 0;

		if (k) {
			e2e__buf_add(b, done, (size_t)(p - done));
			e2e__buf_adds(b, E2E__SECRET_SHOWN);
			done = p + k;
		}
		p += k ? k : 1;
	}
	e2e__buf_add(b, done, (size_t)(end - done));
}

/* Adds a text without what its own words tell. */
E2E__FN void e2e__secret_add_without_forms(struct e2e__buf *b, const char *text)
{
	struct e2e__secret_span s = {text, NULL, NULL, NULL, '\0', false};

	while (e2e__secret_form_next(&s, text)) {
		e2e__buf_add(b, text, (size_t)(s.begin - text));
		e2e__buf_adds(b, E2E__SECRET_SHOWN);
		text = s.end;
	}
	e2e__buf_adds(b, text);
}

E2E__FN void e2e__secret_add(struct e2e__buf *b, const char *text, size_t n, bool forms)
{
	E2E__BUF(whole, 512);
	E2E__BUF(clean, 512);

	if (forms) {
		e2e__buf_add(&whole, text, n); /* for the NUL at its end */
		e2e__secret_add_without_forms(&clean, whole.p);
		text = clean.p;
		n = clean.n;
	}
	if (e2e__secret_any())
		e2e__secret_add_without_known(b, text, n);
	else
		e2e__buf_add(b, text, n);
	e2e__buf_free(&whole);
	e2e__buf_free(&clean);
}

E2E__FN void e2e__secret_escape(struct e2e__buf *b, const char *text, enum e2e__style style)
{
	E2E__BUF(clean, 512);

	if (!e2e__secret_any()) {
		e2e__buf_escape(b, text, strlen(text), style);
		return;
	}
	e2e__secret_add_without_known(&clean, text, strlen(text));
	e2e__buf_escape(b, clean.p, clean.n, style);
	e2e__buf_free(&clean);
}

E2E__FN void e2e__secret_words(struct e2e__buf *b, const char *text, enum e2e__style style)
{
	E2E__BUF(clean, 512);

	e2e__secret_add(&clean, text, strlen(text), true);
	e2e__buf_escape(b, clean.p, clean.n, style);
	e2e__buf_free(&clean);
}

/* ---- what becomes known */

E2E__FN bool e2e__secret_is_known(const char *text)
{
	struct e2e__secret_walk w = e2e__secret_walk_all();
	const char *secret;

	while ((secret = e2e__secret_next(&w)) != NULL)
		if (strcmp(secret, text) == 0)
			return true;
	return false;
}

E2E__FN void e2e__secret_list(const char *text)
{
	size_t n = strlen(text) + 1;
	struct e2e__secret *s = (struct e2e__secret *)e2e__buf_malloc(sizeof *s + n);

	if (!s)
		return; /* the page has it, unless this is before any case */
	s->text = (char *)memcpy(s + 1, text, n);
	s->next = e2e__state.secrets;
	e2e__state.secrets = s;
}

/* One notation of it. False: there is no room. */
E2E__FN bool e2e__secret_keep_one(const char *text)
{
	struct e2e__page *pg = e2e__state.page;
	size_t n = strlen(text) + 1;
	bool fits = true;

	if (n <= E2E__SECRET_LEAST)
		return true;
	if (pg)
		e2e__page_lock(pg);
	if (!e2e__secret_is_known(text)) {
		e2e__secret_list(text);
		fits = !pg ||
			(pg->secrets <= sizeof pg->secret && n <= sizeof pg->secret - pg->secrets);
		if (pg && fits) {
			memcpy(pg->secret + pg->secrets, text, n);
			E2E__BARRIER(); /* who reads needs no lock */
			pg->secrets = pg->secrets + (unsigned)n;
		}
	}
	if (pg)
		e2e__page_unlock(pg);
	return fits;
}

/* As URLs have it; a form has "+" for a blank. */
E2E__FN bool e2e__secret_keep_in_url(const char *text, char blank)
{
	E2E__BUF(b, 256);

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (e2e__secret_form_is_sign((char)c) || c == '~')
			e2e__buf_add(&b, text, 1);
		else if (c == ' ' && blank)
			e2e__buf_add(&b, &blank, 1);
		else
			e2e__buf_addf(&b, "%%%02X", (unsigned)c);
	}
	bool fits = e2e__secret_keep_one(b.p);
	e2e__buf_free(&b);
	return fits;
}

/* As other notations have it that write some signs by a word. */
E2E__FN bool e2e__secret_keep_written(const char *text, const char *signs, const char *const *words)
{
	E2E__BUF(b, 256);

	for (; *text; text++) {
		const char *sign = strchr(signs, *text);

		if (sign)
			e2e__buf_adds(&b, words[sign - signs]);
		else
			e2e__buf_add(&b, text, 1);
	}
	bool fits = e2e__secret_keep_one(b.p);
	e2e__buf_free(&b);
	return fits;
}

E2E__FN bool e2e__secret_keep_line(const char *line, size_t n)
{
	static const char *const xml[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
	static const char *const json[] = {"\\\\", "\\\"", "\\/", "\\t"};
	static const char *const shell[] = {"'\\''"};
	E2E__BUF(text, 256);
	E2E__BUF(quoted, 256);

	e2e__buf_add(&text, line, n);
	e2e__buf_escape(&quoted, line, n, E2E__QUOTED);
	bool fits = e2e__secret_keep_one(text.p) && e2e__secret_keep_one(quoted.p) &&
		e2e__secret_keep_in_url(text.p, '\0') && e2e__secret_keep_in_url(text.p, '+') &&
		e2e__secret_keep_written(text.p, "&<>\"'", xml) &&
		e2e__secret_keep_written(text.p, "&<>", xml) &&
		e2e__secret_keep_written(text.p, "\\\"/\t", json) &&
		e2e__secret_keep_written(text.p, "\\\"", json) &&
		e2e__secret_keep_written(text.p, "'", shell);
	e2e__buf_free(&text);
	e2e__buf_free(&quoted);
	return fits;
}

E2E__FN bool e2e__secret_keep(const char *text)
{
	bool fits = true;

	while (*text) {
		size_t n = strcspn(text, "\r\n");

		if (n >= E2E__SECRET_LEAST)
			fits = e2e__secret_keep_line(text, n) && fits;
		text += n + (text[n] != '\0');
	}
	return fits;
}

E2E__FN const char *e2e_secret(const char *text)
{
	e2e_failure f = {"e2e_secret: the case has more secrets than 16 KiB", NULL, NULL, "secret",
		"name fewer or shorter ones", NULL};

	e2e__script_begin();
	const struct e2e__page *pg = e2e__state.page;
	if (text && !e2e__secret_keep(text))
		e2e__exit_die(pg->where_file[0] ? pg->where_file : e2e__state.program,
			pg->where_line, "e2e_secret", &f);
	return text;
}

/* A plain word or a number. */
E2E__FN bool e2e__secret_is_common(const char *text)
{
	const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = strlen(text);

	return n <= 8 && (strspn(text, letters) == n || strspn(text, "0123456789") == n);
}

E2E__FN void e2e__secret_guess(const char *text)
{
	if (text && !e2e__secret_is_common(text))
		e2e__secret_keep(text);
}

E2E__FN void e2e__secret_named(const char *name, const char *value)
{
	if (e2e__secret_form_is_name(name, strlen(name)))
		e2e__secret_guess(value);
}

/* ---- core/story.h ---- */

E2E__FN void e2e__story_name(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size)
		n = size - 1;
	memcpy(to, from, n);
	to[n] = 0;
}

/* A text that is too long ends in "...", and never within a character of UTF-8. */
E2E__FN void e2e__story_text(struct e2e__event *e, const char *text, size_t n)
{
	bool cut = n >= sizeof e->text;

	if (cut) {
		n = sizeof e->text - 4;
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(e->text, text, n);
	memcpy(e->text + n, cut ? "..." : "", cut ? 4 : 1);
}

/* An event is one line. */
E2E__FN void e2e__story_join(struct e2e__event *e)
{
	char *p = e->text;

	while ((p = strchr(p, '\n')) != NULL)
		*p = ' ';
}

/* The caller holds the page's lock. */
E2E__FN struct e2e__event *e2e__story_next(struct e2e__page *pg)
{
	struct e2e__event *e = &pg->event[pg->events++ % E2E__EVENTS];

	if (pg->events - pg->eldest > E2E__EVENTS)
		pg->eldest = pg->events - E2E__EVENTS;
	return e;
}

E2E__FN void e2e__story_put_of(struct e2e__page *pg, int log, int64_t at, const char *lane,
	const char *kind, bool odd, const char *text, size_t n)
{
	struct e2e__event *e;

	if (!pg)
		return;
	e2e__page_lock(pg);
	e = e2e__story_next(pg);
	e->at = at;
	e->odd = odd;
	e->times = 1;
	e->log = (signed char)log;
	e2e__story_name(e->kind, sizeof e->kind, kind);
	e2e__story_name(e->lane, sizeof e->lane, lane);
	e2e__story_text(e, text, n);
	e2e__story_join(e);
	pg->told = 1;
	e2e__page_unlock(pg);
}

E2E__FN void e2e__story_put(struct e2e__page *pg, int64_t at, const char *lane, const char *kind,
	bool odd, const char *text, size_t n)
{
	e2e__story_put_of(pg, -1, at, lane, kind, odd, text, n);
}

/* A line of the i-th log of the page. */
E2E__FN void e2e__story_put_line(struct e2e__page *pg, int i, int64_t at, const char *lane,
	bool odd, const char *text, size_t n)
{
	e2e__story_put_of(pg, i, at, lane, "log", odd, text, n);
}

E2E__FN void e2e__story_line(
	int64_t at, const char *lane, const char *kind, bool odd, const char *text, size_t n)
{
	e2e__story_put(e2e__state.page, at, lane, kind, odd, text, n);
}

E2E__FN void e2e__story_vtell(
	const char *lane, const char *kind, bool odd, const char *fmt, va_list ap)
{
	int64_t now = e2e__clock_ns();
	char text[sizeof((struct e2e__event *)0)->text + 1]; /* one byte too many tells of more */
	int n;

	if (!strchr(fmt, '%')) {
		e2e__story_line(now, lane, kind, odd, fmt, strlen(fmt));
		return;
	}
	n = vsnprintf(text, sizeof text, fmt, ap);
	if (n >= (int)sizeof text)
		n = (int)sizeof text - 1;
	e2e__story_line(now, lane, kind, odd, text, n < 0 ? 0 : (size_t)n);
}

E2E__FN void e2e__story_tell(const char *lane, const char *kind, bool odd, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	e2e__story_vtell(lane, kind, odd, fmt, ap);
	va_end(ap);
}

E2E__FN void e2e__story_event(const char *lane, const char *fmt, ...)
{
	va_list ap;

	e2e__script_begin();
	va_start(ap, fmt);
	e2e__story_vtell(lane, "event", false, fmt, ap);
	va_end(ap);
}

/* A test point whose line is n bytes without a newline. Those that pass one after another count in
 * one event, so they cost no look at the clock and push nothing out. The caller holds the lock. */
E2E__FN void e2e__story_point_line(struct e2e__page *pg, bool ok, const char *line, size_t n)
{
	struct e2e__event *e = &pg->event[(pg->events + E2E__EVENTS - 1) % E2E__EVENTS];

	if (!n) { /* it has no name */
		line = ok ? "ok" : "not ok";
		n = strlen(line);
	}
	if (ok && pg->events && strcmp(e->kind, "pass") == 0) {
		e->times++;
		e2e__story_text(e, line, n);
		return;
	}

	e = e2e__story_next(pg);
	e->at = e2e__clock_ns();
	e->odd = !ok;
	e->times = 1;
	e->log = -1;
	memcpy(e->kind, ok ? "pass" : "fail", 5);
	memcpy(e->lane, "test", 5);
	e2e__story_text(e, line, n);
}

/* The same of the first of several lines. */
E2E__FN void e2e__story_point(struct e2e__page *pg, bool ok, const char *line, size_t n)
{
	const char *newline = (const char *)memchr(line, '\n', n);

	e2e__story_point_line(pg, ok, line, newline ? (size_t)(newline - line) : n);
}

/* The n-th event before the next one, or NULL if it is another kind. */
E2E__FN struct e2e__event *e2e__story_last(struct e2e__page *pg, unsigned n, const char *kind)
{
	struct e2e__event *e = &pg->event[(pg->events + E2E__EVENTS - n) % E2E__EVENTS];

	return pg->events - pg->eldest >= n && strcmp(e->kind, kind) == 0 ? e : NULL;
}

/* Of a subtest that is over, at this depth or deeper, and in which nothing has happened but
 * assertions that passed, only they are kept, as one event with those before it: many in a row
 * push nothing out. False: there is none. */
E2E__FN bool e2e__story_fold(struct e2e__page *pg, int depth)
{
	struct e2e__event *passed = e2e__story_last(pg, 1, "pass"),
			  *begun = e2e__story_last(pg, 2, "subtest"),
			  *before = e2e__story_last(pg, 3, "pass");

	if (!passed || !begun || begun->log > -2 - depth)
		return false;
	if (before) {
		before->times += passed->times;
		memcpy(before->text, passed->text, sizeof before->text);
		pg->events--;
	} else {
		*begun = *passed;
	}
	pg->events--;
	return true;
}

/* A subtest begins, or (why) is skipped. It alone is no reason to show a story. The caller holds
 * the lock. */
E2E__FN void e2e__story_subtest(struct e2e__page *pg, const char *name, const char *why)
{
	static const char begins[] = "subtest begins: ";
	struct e2e__event *e;
	int64_t now = e2e__clock_ns();
	char text[sizeof e->text + sizeof begins];
	size_t n = strlen(name);

	while (!why && e2e__story_fold(pg, pg->depth))
		;
	if (why) {
		snprintf(text, sizeof text, "subtest skipped: %.60s: %.70s", name, why);
	} else {
		n = n < sizeof e->text ? n : sizeof e->text - 1;
		memcpy(text, begins, sizeof begins - 1);
		memcpy(text + sizeof begins - 1, name, n);
		text[sizeof begins - 1 + n] = '\0';
	}
	e = e2e__story_next(pg);
	e->at = now;
	e->odd = false;
	e->times = 1;
	e->log = (signed char)(-2 - (why ? -1 : pg->depth)); /* of no log */
	memcpy(e->kind, "subtest", 8);
	memcpy(e->lane, "test", 5);
	e2e__story_text(e, text, strlen(text));
	e2e__story_join(e);
}

/* A limit was over: when it had begun. The case's own begins with it. */
E2E__FN void e2e__story_limit(struct e2e__page *pg, const struct e2e__limit *g, int case_line)
{
	int64_t began = g->until - e2e__clock_span(g->seconds);
	int told = pg->told;
	char text[160], number[64];

	if (g->line == case_line || g->line <= 0)
		return;
	e2e__clock_number(number, sizeof number, "%.6g", g->seconds);
	snprintf(text, sizeof text, "a limit of %s s begins: %.60s:%d", number, g->file, g->line);
	e2e__story_put(pg, began, "test", "limit", false, text, strlen(text));
	pg->told = told;
}

/* ---- the watching side */

/* The case's process has died: the last that is told of it, but for what has died with it. */
E2E__FN void e2e__story_ends(struct e2e__page *pg, int64_t at, const char *how)
{
	int told = pg->told;

	e2e__story_put(pg, at ? at : e2e__clock_ns(), "test", "exit", true, how, strlen(how));
	pg->told = told;
}

/* The n-th event that is still there; its texts end whatever the tested code has done. */
E2E__FN struct e2e__event *e2e__story_at(struct e2e__page *pg, unsigned n)
{
	struct e2e__event *e = &pg->event[n % E2E__EVENTS];

	e->kind[sizeof e->kind - 1] = e->lane[sizeof e->lane - 1] = 0;
	e->text[sizeof e->text - 1] = 0;
	return e;
}

E2E__FN unsigned e2e__story_first(const struct e2e__page *pg)
{
	/* the tested code may have written over it */
	return pg->events - pg->eldest > E2E__EVENTS ? pg->events - E2E__EVENTS : pg->eldest;
}

E2E__FN double e2e__story_seconds(const struct e2e__page *pg, const struct e2e__event *e)
{
	return (double)(e->at - pg->began) * 1e-9;
}

/* How many columns a text in UTF-8 has. */
E2E__FN int e2e__story_columns(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* "+0.213 redis | Ready to accept connections" */
E2E__FN void e2e__story_add_line(
	struct e2e__buf *b, const struct e2e__page *pg, const struct e2e__event *e, int width)
{
	char seconds[64];

	e2e__clock_number(seconds, sizeof seconds, "%.3f", e2e__story_seconds(pg, e));
	e2e__buf_addf(b, "+%s %s%*s %c ", seconds, e->lane, width - e2e__story_columns(e->lane), "",
		e->odd ? '!' : '|');
	if (e->times > 1)
		e2e__buf_addf(b, "%u assertions pass, the last: ", e->times);
	e2e__buf_addf(b, "%s\n", e->text);
}

/* What a report shows of the story: the events in order of time, chosen among the last. */
struct e2e__excerpt {
	unsigned n;
	struct e2e__event *event[E2E__EVENTS];
	bool shown[E2E__EVENTS];
};

/* Events come in order of time but for those that were seen later. */
E2E__FN void e2e__story_sort(struct e2e__excerpt *x, struct e2e__page *pg)
{
	unsigned first = e2e__story_first(pg), i, k;

	x->n = pg->events - first;
	for (i = 0; i < x->n; i++) {
		struct e2e__event *e = e2e__story_at(pg, first + i);

		for (k = i; k > 0 && x->event[k - 1]->at > e->at; k--)
			x->event[k] = x->event[k - 1];
		x->event[k] = e;
		x->shown[i] = false;
	}
}

E2E__FN bool e2e__story_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Does a line of a log say that it only informs: "... [info] ...", "DEBUG: ..."? */
E2E__FN bool e2e__story_informs(const char *line)
{
	static const char *const levels[] = {"info", "debug", "trace", "INFO", "DEBUG", "TRACE"};

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		size_t n = strlen(levels[i]);

		for (const char *p = line; (p = strstr(p, levels[i])) != NULL; p += n)
			if (!(p > line && e2e__story_is_letter(p[-1])) &&
				!e2e__story_is_letter(p[n]))
				return true;
	}
	return false;
}

/* What is told for completeness: bytes that pass, lines that inform, the end of a stream and how
 * stanzas are counted (XEP-0198). */
E2E__FN bool e2e__story_is_dull(const struct e2e__event *e)
{
	if (e->odd)
		return false;
	if (e->log >= 0)
		return e2e__story_informs(e->text);
	if (strcmp(e->kind, "net") == 0)
		return strncmp(e->text, "connection ", 11) == 0 && strstr(e->text, " to the ") &&
			!strchr(e->text, ';');
	if (strcmp(e->kind, "stanza") == 0)
		return strstr(e->text, " </stream") || strncmp(e->text + 2, "<r ", 3) == 0 ||
			strncmp(e->text + 2, "<a ", 3) == 0;
	return false;
}

/* Of what isn't shown yet the latest, until so many are; of lines that a log got one after another
 * the last few. */
E2E__FN unsigned e2e__story_take(struct e2e__excerpt *x, unsigned chosen, unsigned most,
	bool (*leave)(const struct e2e__event *))
{
	enum { RUN = 8 };
	unsigned run = 0, i;

	for (i = x->n; i > 0 && chosen < most; i--) {
		const struct e2e__event *e = x->event[i - 1];
		bool goes_on = i < x->n && x->event[i]->log == e->log;

		run = e->log >= 0 && goes_on ? run + 1 : 0;
		if (x->shown[i - 1] || run >= RUN || (leave && leave(e)))
			continue;
		x->shown[i - 1] = true;
		chosen++;
	}
	return chosen;
}

E2E__FN bool e2e__story_is_even(const struct e2e__event *e)
{
	return !e->odd;
}

/* The last 40 that matter: what is odd before other things, these before what is dull. The very
 * last are there whatever they are. */
E2E__FN unsigned e2e__story_choose(struct e2e__excerpt *x)
{
	enum { SHOWN = 40, ODD = 20, LAST = 10 };
	unsigned chosen = e2e__story_take(x, 0, ODD, e2e__story_is_even);

	chosen = e2e__story_take(x, chosen, SHOWN - LAST, e2e__story_is_dull);
	return e2e__story_take(x, chosen, SHOWN, NULL);
}

E2E__FN int e2e__story_width(const struct e2e__excerpt *x)
{
	int width = 4;

	for (unsigned i = 0; i < x->n; i++) {
		int n = x->shown[i] ? e2e__story_columns(x->event[i]->lane) : 0;

		width = n > width ? n : width;
	}
	return width;
}

/* The last events as a text, NULL where there is nothing but assertions to tell. How many lines of
 * each log it has is counted. */
E2E__FN const char *e2e__story_excerpt(struct e2e__page *pg, unsigned shown[E2E__EVIDENCES])
{
	struct e2e__excerpt x;
	unsigned left_out = 0, chosen, i;
	E2E__BUF(b, 4096);

	memset(shown, 0, E2E__EVIDENCES * sizeof *shown);
	if (!pg->told)
		return NULL;
	e2e__story_sort(&x, pg);
	chosen = e2e__story_choose(&x);
	int width = e2e__story_width(&x);

	if (chosen < pg->events)
		e2e__buf_addf(&b, "(%u of %u events)\n", chosen, pg->events);
	for (i = 0; i < x.n; i++) {
		struct e2e__event *e = x.event[i];

		if (!x.shown[i]) {
			left_out++;
			continue;
		}
		if (left_out && left_out < i)
			e2e__buf_adds(&b, "...\n");
		left_out = 0;
		if (e->log >= 0 && e->log < E2E__EVIDENCES)
			shown[e->log]++;
		e2e__story_add_line(&b, pg, e, width);
	}
	return e2e__memory_taken(&b);
}

/* A JSON string (RFC 8259) without secrets: what can't be printed is shown as an escape, as in a
 * report. */
E2E__FN void e2e__story_add_string(struct e2e__buf *b, const char *text)
{
	E2E__BUF(clean, 512);
	E2E__BUF(shown, 512);

	e2e__secret_add(&clean, text, strlen(text), true);
	e2e__buf_escape(&shown, clean.p, clean.n, E2E__PLAIN);
	e2e__buf_free(&clean);
	e2e__buf_adds(b, "\"");
	for (size_t i = 0; i < shown.n; i++) {
		char c = shown.p[i];

		if (c == '\t')
			e2e__buf_adds(b, "\\t");
		else
			e2e__buf_addf(b, c == '"' || c == '\\' ? "\\%c" : "%c", c);
	}
	e2e__buf_adds(b, "\"");
	e2e__buf_free(&shown);
}

E2E__FN void e2e__story_add_json(
	struct e2e__buf *b, const struct e2e__page *pg, const struct e2e__event *e)
{
	char seconds[64];

	e2e__clock_number(seconds, sizeof seconds, "%.6f", e2e__story_seconds(pg, e));
	e2e__buf_addf(b, "{\"t\":%s,\"lane\":", seconds);
	e2e__story_add_string(b, e->lane);
	e2e__buf_adds(b, ",\"kind\":");
	e2e__story_add_string(b, e->kind);
	e2e__buf_addf(b, ",\"odd\":%s", e->odd ? "true" : "false");
	if (e->times > 1)
		e2e__buf_addf(b, ",\"times\":%u", e->times);
	e2e__buf_adds(b, ",\"text\":");
	e2e__story_add_string(b, e->text);
	e2e__buf_adds(b, "}\n");
}

/* Writes story.jsonl into the case's folder. 0, or -1 with errno. */
E2E__FN int e2e__story_save(struct e2e__page *pg, const char *folder)
{
	unsigned n = e2e__story_first(pg);
	FILE *f = fopen(e2e_printf("%s/story.jsonl", folder), "wx");
	struct e2e__excerpt x;
	int failed;
	E2E__BUF(b, 4096);

	if (!f)
		return -1;
	if (n)
		fprintf(f,
			"{\"t\":0,\"lane\":\"e2e\",\"kind\":\"event\",\"odd\":false,"
			"\"text\":\"%u events before these are not kept\"}\n",
			n);
	e2e__story_sort(&x, pg);
	for (n = 0; n < x.n; n++) {
		b.n = 0;
		e2e__story_add_json(&b, pg, x.event[n]);
		fwrite(b.p, 1, b.n, f);
	}
	e2e__buf_free(&b);
	failed = ferror(f) ? EIO : 0;
	if (fclose(f) != 0 && !failed)
		failed = errno;
	errno = failed;
	return failed ? -1 : 0;
}

/* ---- core/lines.h ---- */

/* "redis.stdout", "redis.stderr" and "redis.log" are told in the lane "redis". */
E2E__FN size_t e2e__lines_lane(const char *label)
{
	static const char *const kinds[] = {".stdout", ".stderr", ".log"};
	size_t n = strlen(label), k;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (n > (k = strlen(kinds[i])) && strcmp(label + n - k, kinds[i]) == 0)
			return n - k;
	return 0;
}

/* A log was named as evidence. The caller holds the lock. */
E2E__FN void e2e__lines_begin(struct e2e__page *pg, int i)
{
	pg->evidence[i].told = e2e__lines_lane(pg->evidence[i].label) > 0;
	pg->evidence[i].cut = false;
	pg->evidence[i].lines = pg->evidence[i].seen = 0;
	pg->evidence[i].quiet = 0;
}

/* Adds what was seen now to the last of n sizes, if it is news. */
E2E__FN void e2e__lines_note(struct e2e__size *sizes, unsigned n, unsigned *seen, const char *path)
{
	long long last = *seen ? sizes[(*seen - 1) % n].bytes : 0;
	struct stat st;

	if (stat(path, &st) < 0 || (long long)st.st_size == last)
		return;
	sizes[*seen % n].at = e2e__clock_ns();
	sizes[*seen % n].bytes = (long long)st.st_size;
	++*seen;
}

E2E__FN void e2e__lines_mark(const char *path)
{
	struct e2e__page *pg = e2e__state.page;
	int saved = errno;

	for (int i = 0; pg && i < pg->evidences; i++)
		if (pg->evidence[i].told && (!path || strcmp(path, pg->evidence[i].path) == 0))
			e2e__lines_note(pg->evidence[i].size, E2E__SIZES, &pg->evidence[i].seen,
				pg->evidence[i].path);
	errno = saved;
}

E2E__FN void e2e__lines_quiet(const char *path)
{
	struct e2e__page *pg = e2e__state.page;
	struct stat st;

	for (int i = 0; pg && i < pg->evidences; i++)
		if (strcmp(path, pg->evidence[i].path) == 0 && stat(path, &st) == 0)
			pg->evidence[i].quiet = (long long)st.st_size;
}

/* ---- the watching side */

/* Where the watching side notes the sizes of the log with this label; -1: nowhere. The place in the
 * page changes while logs are added and dropped. */
E2E__FN int e2e__lines_slot(struct e2e__sizes *s, const char *label)
{
	int i;

	for (i = 0; i < E2E__EVIDENCES && s->log[i].label[0]; i++)
		if (strcmp(s->log[i].label, label) == 0)
			return i;
	if (i == E2E__EVIDENCES)
		return -1;
	strcpy(s->log[i].label, label);
	s->log[i].seen = 0;
	return i;
}

/* Looks how long the logs of a running case are; false: there are none. It believes nothing of the
 * page, and doesn't wait for its lock. */
E2E__FN bool e2e__lines_watch(struct e2e__page *pg)
{
	struct e2e__sizes *s = e2e__state.sizes;
	bool any = false;
	char path[sizeof pg->evidence[0].path], label[sizeof pg->evidence[0].label];

	if (pg->evidences <= 0 || pg->evidences > E2E__EVIDENCES)
		return false;
	if (!s && !(s = e2e__state.sizes = (struct e2e__sizes *)calloc(1, sizeof *s)))
		return false;
	if (s->began != pg->began) {
		s->began = pg->began;
		for (int i = 0; i < E2E__EVIDENCES; i++)
			s->log[i].label[0] = 0;
	}
	for (int i = 0; i < pg->evidences && i < E2E__EVIDENCES; i++) {
		if (!pg->evidence[i].told)
			continue;
		any = true;
		memcpy(path, pg->evidence[i].path, sizeof path);
		memcpy(label, pg->evidence[i].label, sizeof label);
		path[sizeof path - 1] = label[sizeof label - 1] = 0;
		int k = e2e__lines_slot(s, label);
		if (k >= 0)
			e2e__lines_note(s->log[k].size, E2E__WATCHED_SIZES, &s->log[k].seen, path);
	}
	return any;
}

/* The earliest of these times at which a log had that many bytes, or `at`. */
E2E__FN int64_t e2e__lines_earliest(
	const struct e2e__size *sizes, unsigned n, unsigned seen, long long bytes, int64_t at)
{
	for (unsigned i = 0; i < (seen < n ? seen : n); i++)
		if (sizes[i].bytes >= bytes && sizes[i].at < at)
			at = sizes[i].at;
	return at;
}

/* When was a log that long? */
E2E__FN int64_t e2e__lines_time(const struct e2e__page *pg, int i, long long bytes)
{
	struct e2e__sizes *s = e2e__state.sizes;
	int64_t at = e2e__lines_earliest(
		pg->evidence[i].size, E2E__SIZES, pg->evidence[i].seen, bytes, e2e__clock_ns());

	int k = s && s->began == pg->began ? e2e__lines_slot(s, pg->evidence[i].label) : -1;
	if (k >= 0)
		at = e2e__lines_earliest(
			s->log[k].size, E2E__WATCHED_SIZES, s->log[k].seen, bytes, at);
	return at;
}

/* Does a line say by itself that something is wrong? */
E2E__FN bool e2e__lines_is_odd(const char *line, size_t n)
{
	static const char *const words[] = {"ERROR", "FATAL", "PANIC", "CRITICAL",
		"error:", "fatal:", "panic:", "Error:", "Traceback", "Assertion ",
		"assertion failed", "Segmentation fault", "AddressSanitizer", "runtime error"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t k = strlen(words[i]);

		for (const char *p = line; (size_t)(line + n - p) >= k; p++) {
			p = (const char *)memchr(p, *words[i], (size_t)(line + n - p) - k + 1);
			if (!p)
				break;
			if (memcmp(p, words[i], k) == 0)
				return true;
		}
	}
	return false;
}

E2E__FN bool e2e__lines_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* An empty line is no event. */
E2E__FN void e2e__lines_tell(struct e2e__page *pg, int i, int64_t at, const char *line, size_t n)
{
	char lane[sizeof pg->evidence[0].label];
	const char *label = pg->evidence[i].label, *slash = strrchr(label, '/');
	size_t k = e2e__lines_lane(label);

	while (n && e2e__lines_is_blank(line[n - 1]))
		n--;
	if (!n)
		return;
	/* "service/program": the program's name alone where both are too long for a lane */
	if (slash && k >= sizeof pg->event[0].lane) {
		k -= (size_t)(slash + 1 - label);
		label = slash + 1;
	}
	memcpy(lane, label, k);
	lane[k] = 0;
	pg->evidence[i].cut = pg->evidence[i].cut || n >= sizeof pg->event[0].text;
	pg->evidence[i].lines++;
	e2e__story_put_line(pg, i, at, lane, e2e__lines_is_odd(line, n), line, n);
}

/* The end of a log, of at most so many bytes and lines; *offset is where it begins. */
E2E__FN const char *e2e__lines_end(
	struct e2e__page *pg, int i, char *block, size_t size, size_t *n, long long *offset)
{
	enum { LINES = 100 };
	int fd = open(pg->evidence[i].path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int lines = 0;
	struct stat st;
	const char *p;

	*n = 0;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		st.st_size = 0;
	*offset = pg->evidence[i].from > st.st_size ? 0 : pg->evidence[i].from;
	if (st.st_size - *offset > (long long)size) {
		*offset = (long long)st.st_size - (long long)size;
		pg->evidence[i].cut = true;
	}
	ssize_t got = fd < 0 ? 0 : pread(fd, block, size, (off_t)*offset);
	if (fd >= 0)
		close(fd);
	if (got <= 0)
		return block;

	for (p = block + got - 1; p > block && (p[-1] != '\n' || ++lines < LINES); p--)
		;
	pg->evidence[i].cut = pg->evidence[i].cut || p > block;
	*offset += p - block;
	*n = (size_t)(block + got - p);
	return p;
}

/* Tells the lines of one log, each at the time when it was there. */
E2E__FN void e2e__lines_read(struct e2e__page *pg, int i)
{
	char block[16384];
	long long offset;
	size_t n;
	const char *line = e2e__lines_end(pg, i, block, sizeof block, &n, &offset), *end = line + n;

	while (line < end) {
		const char *newline = (const char *)memchr(line, '\n', (size_t)(end - line));
		const char *next = newline ? newline + 1 : end;

		n = (size_t)((newline ? newline : end) - line);
		offset += next - line;
		if (offset > pg->evidence[i].quiet || e2e__lines_is_odd(line, n))
			e2e__lines_tell(pg, i, e2e__lines_time(pg, i, offset), line, n);
		line = next;
	}
}

/* After the case's end: what its logs have. */
E2E__FN void e2e__lines_collect(struct e2e__page *pg)
{
	for (int i = 0; i < pg->evidences && i < E2E__EVIDENCES; i++)
		if (pg->evidence[i].told)
			e2e__lines_read(pg, i);
}

/* ---- core/point.h ---- */

/* Debuggers stop here when an assertion has failed: prove --gdb and --lldb see to that. */
E2E__KEPT_FN void e2e__point_failed(void)
{
#if defined __GNUC__ && !defined __TINYC__
	__asm__ volatile(""); /* or a call to an empty function is none */
#endif
}

E2E__FN void e2e__point_add_indent(struct e2e__buf *b, int width)
{
	for (; width > 0; width--)
		e2e__buf_add(b, " ", 1);
}

/* The end of the macro argument at p: a comma that is not in brackets or quotes, or the end. */
E2E__FN const char *e2e__point_argument_end(const char *p)
{
	int nested = 0;

	for (; *p && !(*p == ',' && nested == 0); p++) {
		if (*p == '"' || *p == '\'') {
			char q = *p;

			while (p[1] && *++p != q)
				if (*p == '\\' && p[1])
					p++;
		} else if (*p == '(' || *p == '[' || *p == '{') {
			nested++;
		} else if (*p == ')' || *p == ']' || *p == '}') {
			nested--;
		}
	}

	return p;
}

/* Adds the argument at p, long ones cut; returns where the next one begins. */
E2E__FN const char *e2e__point_add_argument(
	struct e2e__buf *b, const char *p, enum e2e__style style)
{
	const char *end = e2e__point_argument_end(p);
	size_t n = (size_t)(end - p);

	e2e__buf_escape(b, p, n > 120 ? 117 : n, style);
	if (n > 120)
		e2e__buf_adds(b, "...");
	end += *end == ',';
	while (*end == ' ')
		end++;
	return end;
}

/* The name of an assertion without description, from its arguments as they were written: `a, b` and
 * the verb " is " as "a is b"; with the verb "" three arguments: `a, "<", b` as "a < b". */
E2E__FN void e2e__point_add_name(
	struct e2e__buf *b, const char *text, const char *verb, enum e2e__style style)
{
	const char *p = e2e__point_add_argument(b, text, style);

	if (!verb)
		return;
	if (!*verb) {
		const char *end = e2e__point_argument_end(p);
		bool quoted = *p == '"' && end - p > 2;

		e2e__buf_adds(b, " ");
		e2e__buf_escape(b, p + quoted, (size_t)(end - p) - (quoted ? 2 : 0), style);
		p = end + (*end == ',');
		p += strspn(p, " ");
		verb = " ";
	}

	e2e__buf_adds(b, verb);
	e2e__point_add_argument(b, p, style);
}

/* `key: value` in a YAML block; a value of several lines becomes a literal block. */
E2E__FN void e2e__point_add_value(
	struct e2e__buf *b, int indent, const char *key, const char *value, bool quote)
{
	const char *end;
	size_t i;

	/* What YAML would take for a sign of its own; texts in quotes and lists come as YAML wants
	 * them. */
	if (*value != '"' && !(*value == '[' && value[strlen(value) - 1] == ']'))
		quote = quote || !*value || strchr("[>|&*!%@`{}#?:,'\\", *value) ||
			strncmp(value, "- ", 2) == 0 || strstr(value, ": ") || strstr(value, " #");
	e2e__point_add_indent(b, indent);
	for (i = 0; key[i]; i++)
		e2e__buf_add(b, strchr(":#\"'[]{},\n\r\t ", key[i]) ? "_" : &key[i], 1);
	if (!strchr(value, '\n')) {
		e2e__buf_adds(b, ": ");
		if (quote)
			e2e__buf_add_quoted(b, value);
		else
			e2e__buf_escape(b, value, strlen(value), E2E__PLAIN);
		e2e__buf_adds(b, "\n");
		return;
	}

	e2e__buf_adds(b, ": |\n");
	if (strchr(" \t\n", *value)) {
		/* The first line sets the indentation of a block. */
		e2e__point_add_indent(b, indent + 2);
		e2e__buf_adds(b, "(text)\n");
	}

	for (; *value; value = *end ? end + 1 : end) {
		end = value + strcspn(value, "\n");
		e2e__point_add_indent(b, indent + 2);
		e2e__buf_escape(b, value, (size_t)(end - value), E2E__PLAIN);
		e2e__buf_adds(b, "\n");
	}
}

/* The same without secrets. */
E2E__FN void e2e__point_add_clean(
	struct e2e__buf *b, int indent, const char *key, const char *value, bool quote, bool forms)
{
	E2E__BUF(clean, 1024);

	if (!value)
		return;
	e2e__secret_add(&clean, value, strlen(value), forms);
	e2e__point_add_value(b, indent, key, clean.p, quote);
	e2e__buf_free(&clean);
}

E2E__FN void e2e__point_add_yaml(
	struct e2e__buf *b, int indent, const char *key, const char *value, bool quote)
{
	e2e__point_add_clean(b, indent, key, value, quote, true);
}

/* What was compared is shown as it is, but for what is known to be a secret. */
E2E__FN void e2e__point_add_compared(
	struct e2e__buf *b, int indent, const char *key, const char *value)
{
	e2e__point_add_clean(b, indent, key, value, false, false);
}

/* What the lines behind a failure are. */
E2E__FN const char *e2e__point_lines_key(const e2e_failure *f)
{
	return f->code && strcmp(f->code, "dies") == 0 ? "block_stderr" : "diff";
}

E2E__FN void e2e__point_add_failure(
	struct e2e__buf *b, int indent, const char *file, int line, const e2e_failure *f)
{
	e2e__point_add_yaml(b, indent, "message", f->message, true);
	if (file && line) {
		e2e__point_add_indent(b, indent);
		e2e__buf_addf(b, "at: %s:%d\n", file, line);
	}
	e2e__point_add_compared(b, indent, "got", f->got);
	e2e__point_add_compared(b, indent, "want", f->want);
	e2e__point_add_compared(b, indent, e2e__point_lines_key(f), f->diff);
	e2e__point_add_yaml(b, indent, "code", f->code, false);
	e2e__point_add_yaml(b, indent, "hint", f->hint, true);
}

/* Does the message say no more than that the values differ? */
E2E__FN bool e2e__point_only_differs(const e2e_failure *f)
{
	return !f->message || strncmp(f->message, "false: ", 7) == 0;
}

/* Does the message say what the values would: "$.a: got 1, want 2", or which exit codes? */
E2E__FN bool e2e__point_has_values(const e2e_failure *f)
{
	const char *m = f->message;

	if (e2e__point_only_differs(f))
		return false;
	return strstr(m, ": got ") || strlen(f->got) + strlen(f->want) > 1000 ||
		(strlen(f->got) > 4 && strstr(m, f->got) && strstr(m, f->want));
}

/* The line for stderr, marked for the parent by a leading \2: # file:line: got "a", want "b" */
E2E__FN void e2e__point_add_complaint(
	struct e2e__buf *b, const char *file, int line, const e2e_failure *f)
{
	/* A block is no part of a line: then the message is, and what was found out. */
	bool block = f->got && f->want && (strchr(f->got, '\n') || strchr(f->want, '\n'));
	bool values = f->got && f->want && !block && !e2e__point_has_values(f);
	const char *m = f->message ? f->message : "failed";

	if (e2e__state.under_prove)
		return;
	e2e__buf_adds(b, "\2# ");
	if (file && line)
		e2e__buf_addf(b, "%s:%d: ", file, line);
	else if (file)
		e2e__buf_addf(b, "%s: ", file);
	if (!values || !e2e__point_only_differs(f))
		e2e__secret_words(b, m, E2E__PLAIN);
	if (values) {
		e2e__buf_adds(b, e2e__point_only_differs(f) ? "got " : ": got ");
		e2e__secret_escape(b, f->got, E2E__PLAIN);
		e2e__buf_adds(b, ", want ");
		e2e__secret_escape(b, f->want, E2E__PLAIN);
	} else if (block && f->hint) {
		e2e__buf_adds(b, ": ");
		e2e__secret_words(b, f->hint, E2E__PLAIN);
	}
	e2e__buf_adds(b, "\n");
}

/* The first failure is kept for the case's own point. The caller holds the lock. */
E2E__FN void e2e__point_keep_first(
	struct e2e__page *pg, const char *file, int line, const e2e_failure *f)
{
	E2E__BUF(b, 1024);

	if (pg->first[0])
		return;
	e2e__point_add_failure(&b, 2, file, line, f);
	if (b.n >= sizeof pg->first) {
		b.n = sizeof pg->first - 1;
		while (b.n && b.p[b.n - 1] != '\n')
			b.n--;
	}
	memcpy(pg->first, b.p, b.n);
	pg->first[b.n] = 0;
	e2e__buf_free(&b);
}

E2E__FN void e2e__point_add_header(struct e2e__buf *b)
{
	e2e__buf_addf(b, "TAP version %d\n", e2e__state.tap_version);
}

E2E__FN void e2e__point_mark(struct e2e__page *pg, const char *file, int line)
{
	pg->where_line = line;
	if (pg->where_ptr == file || file == pg->where_file)
		return;
	pg->where_ptr = file;
	e2e__story_name(pg->where_file, sizeof pg->where_file, file);
}

/* Writes what stands before a point's name so that it ends at p; returns where it begins. */
E2E__FN char *e2e__point_prefix(char *p, int indent, bool ok, int number, bool named)
{
	if (named)
		p = (char *)memcpy(p - 3, " - ", 3);
	p -= e2e__clock_digits(p, number);
	p = (char *)memcpy(p - 3, "ok ", 3);
	if (!ok)
		p = (char *)memcpy(p - 4, "not ", 4);
	return (char *)memset(p - indent, ' ', (size_t)indent);
}

E2E__FN size_t e2e__point_place_of(const char *text)
{
	return (uintptr_t)text / 8 % E2E__NAMES;
}

/* Where each pass is an ordinary line. The caller holds the lock. */
E2E__FN bool e2e__point_is_plain(const struct e2e__page *pg)
{
	return pg->header && !pg->muted;
}

/* A passing point's line: n bytes with the newline, and E2E__PREFIX bytes of room before them. The
 * caller holds the lock. */
E2E__FN void e2e__point_pass(struct e2e__page *pg, const struct e2e__at *at, char *line, size_t n)
{
	char *p = e2e__point_prefix(line, pg->depth * 4, true, ++pg->level[pg->depth].run, true);

	e2e__point_mark(pg, at->file, at->line);
	e2e__story_point_line(pg, true, line, n - 1);
	e2e__page_put(pg, p, (size_t)(line + n - p));
}

/* The way of an assertion that passes and has passed before: its name is at hand. False: take the
 * long way. */
E2E__FN bool e2e__point_quick(const struct e2e__at *at, const char *verb)
{
	struct e2e__page *pg = e2e__state.page;
	size_t place = e2e__point_place_of(at->text);
	const struct e2e__name *name = &e2e__state.names[place];
	char buffer[E2E__PREFIX + sizeof name->line];
	bool is;

	if (!pg || e2e__state.todo)
		return false;
	e2e__page_lock(pg);
	is = e2e__state.met[place] == at->text && name->text == at->text && name->verb == verb &&
		e2e__point_is_plain(pg);
	if (is) {
		memcpy(buffer + E2E__PREFIX, name->line, name->n);
		e2e__point_pass(pg, at, buffer + E2E__PREFIX, name->n);
	}
	e2e__page_unlock(pg);
	return is;
}

/* Do eight bytes stand for themselves, none a control character, beyond ASCII, a backslash or a #?
 * Each term has the highest bit of the first byte that doesn't. */
E2E__WRAPPING E2E__FN bool e2e__point_plain_eight(const char *p)
{
	const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
	uint64_t x, backslash, sharp;

	memcpy(&x, p, 8);
	backslash = x ^ ones * '\\';
	sharp = x ^ ones * '#';
	x |= (x - ones * ' ') | (x + ones) | ((backslash - ones) & ~backslash) |
		((sharp - ones) & ~sharp);
	return (x & tops) == 0;
}

/* The length of a text of which every byte stands for itself, or 0. */
E2E__FN size_t e2e__point_plain_length(const char *line)
{
	size_t size = strlen(line), n = 0;

	while (n + 8 <= size && e2e__point_plain_eight(line + n))
		n += 8;
	while (line[n] >= ' ' && line[n] < 0x7f && line[n] != '\\' && line[n] != '#')
		n++;
	return line[n] ? 0 : n;
}

/* The way of one that passes and has a description without a sign that must be escaped: this is
 * where the line stands already, but for its number. False: take the long way. */
E2E__FN bool e2e__point_described(const struct e2e__at *at)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__slot *slot = e2e__buf_slot(e2e__buf_slot_has, at->desc);
	char *line = slot ? slot->space + E2E__PREFIX : NULL;
	size_t n;
	bool is;

	if (!pg || !line || e2e__state.todo || e2e__state.secrets || pg->secrets)
		return false;
	n = e2e__point_plain_length(line);
	if (!n)
		return false;
	e2e__page_lock(pg);
	is = e2e__point_is_plain(pg);
	if (is) {
		line[n] = '\n';
		e2e__point_pass(pg, at, line, n + 1);
	}
	e2e__page_unlock(pg);
	slot->used = !is;
	return is;
}

/* Keeps a name for the quick way, when it comes for the second time: most never do. `line` is what
 * follows a point's prefix. The caller holds the lock. */
E2E__FN void e2e__point_keep_name(const char *text, const char *verb, const char *line, size_t n)
{
	size_t place = e2e__point_place_of(text);
	struct e2e__name *name = &e2e__state.names[place];

	if (e2e__state.met[place] != text) {
		e2e__state.met[place] = text;
		return;
	}
	if (n > sizeof name->line)
		return;
	name->text = text;
	name->verb = verb;
	name->n = n;
	memcpy(name->line, line, n);
}

/* Why a failure is expected here; NULL: it counts. A TODO covers the thread that has opened it. */
E2E__FN const char *e2e__point_todo(void)
{
	const struct e2e__state *st = &e2e__state;

	return st->todo && st->todo_thread == e2e__buf_self() ? st->todo : NULL;
}

/* A point's line behind its prefix, but for the " - ". Returns whether it has a name. */
E2E__FN bool e2e__point_add_line(
	struct e2e__buf *b, const struct e2e__at *at, const char *verb, const char *todo)
{
	size_t begin = b->n;
	bool named;

	if (at->desc)
		e2e__secret_escape(b, at->desc, E2E__TAP);
	else if (at->text)
		e2e__point_add_name(b, at->text, verb, E2E__TAP);
	named = b->n > begin;

	if (todo) {
		e2e__buf_adds(b, " # TODO ");
		e2e__secret_words(b, todo, E2E__TAP);
	}

	e2e__buf_add(b, "\n", 1);
	return named;
}

E2E__FN void e2e__point_add_block(
	struct e2e__buf *b, int indent, const struct e2e__at *at, const e2e_failure *f)
{
	e2e__point_add_indent(b, indent);
	e2e__buf_adds(b, "---\n");
	e2e__point_add_failure(b, indent, at->file, at->line, f);
	e2e__point_add_indent(b, indent);
	e2e__buf_adds(b, "...\n");
}

/* Returns the point's number. The caller holds the lock. */
E2E__FN int e2e__point_count(struct e2e__level *lv, bool ok, bool todo)
{
	lv->failed += !ok && !todo;
	lv->expected += !ok && todo;
	lv->bonus += ok && todo;
	return ++lv->run;
}

/* The text is made before the lock is taken. The prefix has the number, and so is made under it:
 * backwards, into a space that the buffer begins with. */
E2E__FN bool e2e__point(const struct e2e__at *at, bool ok, const char *verb, const e2e_failure *f)
{
	if (ok && (at->desc ? e2e__point_described(at) : at->text && e2e__point_quick(at, verb)))
		return true;

	const char *todo = e2e__point_todo();
	bool counts = !ok && !todo;
	e2e_failure told;

	if (counts && f && at->text) { /* an assertion of the test's: it can't know who has died */
		told = *f;
		told.hint = e2e__hook_failing(f->hint);
		f = &told;
	}

	e2e__script_begin();
	struct e2e__page *pg = e2e__state.page;
	int indent = pg->depth * 4;
	E2E__BUF(b, 1024);

	b.n = E2E__PREFIX;
	bool named = e2e__point_add_line(&b, at, verb, todo);
	if (!ok && f)
		e2e__point_add_block(&b, indent + 2, at, f);
	size_t end = b.n;
	if (counts && f && !pg->todo[0])
		e2e__point_add_complaint(&b, at->file, at->line, f);

	if (!ok) /* what was said before stands before it */
		e2e__lines_mark(NULL);
	e2e__page_lock(pg);
	e2e__script_header(pg);
	e2e__point_mark(pg, at->file, at->line);
	int number = e2e__point_count(&pg->level[pg->depth], ok, todo != NULL);
	e2e__story_point(pg, ok || todo, b.p + E2E__PREFIX, end - E2E__PREFIX);
	if (counts && f)
		e2e__point_keep_first(pg, at->file, at->line, f);
	if (ok && at->text && !at->desc && !todo)
		e2e__point_keep_name(at->text, verb, b.p + E2E__PREFIX, end - E2E__PREFIX);
	if (!pg->muted) {
		char *p = e2e__point_prefix(b.p + E2E__PREFIX, indent, ok, number, named);

		e2e__page_put(pg, p, b.n - (size_t)(p - b.p));
	} else { /* only what goes to stderr */
		e2e__page_put(pg, b.p + end, b.n - end);
	}
	e2e__page_unlock(pg);

	e2e__buf_free(&b);
	if (at->desc)
		e2e__buf_drop_desc(at->desc);
	if (counts && f)
		e2e__point_failed();
	return ok;
}

E2E__FN bool e2e_report(
	const char *file, int line, bool ok, const char *name, const e2e_failure *failure)
{
	struct e2e__at at = {file, line, NULL, name};

	return e2e__point(&at, ok, NULL, failure);
}

/* "# text" for each line of it, at the depth of the case; with `aloud` on stderr too. */
E2E__FN void e2e__point_comment(bool aloud, const char *fmt, ...)
{
	struct e2e__page *pg;
	const char *line, *end;
	va_list ap;
	E2E__BUF(said, 1024);
	E2E__BUF(text, 1024);
	E2E__BUF(b, 1024);

	e2e__script_begin();
	pg = e2e__state.page;
	va_start(ap, fmt);
	e2e__buf_vaddf(&said, fmt, ap);
	va_end(ap);
	e2e__secret_add(&text, said.p, said.n, false);
	e2e__buf_free(&said);
	for (line = text.p; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		if (!pg->muted) {
			e2e__point_add_indent(&b, pg->depth * 4);
			e2e__buf_adds(&b, "# ");
			e2e__buf_escape(&b, line, (size_t)(end - line), E2E__PLAIN);
			e2e__buf_adds(&b, "\n");
		}
		if (aloud) {
			e2e__buf_adds(&b, "\2# ");
			e2e__buf_escape(&b, line, (size_t)(end - line), E2E__PLAIN);
			e2e__buf_adds(&b, "\n");
		}
	}

	e2e__page_lock(pg);
	e2e__script_header(pg);
	e2e__page_put(pg, b.p, b.n);
	e2e__page_unlock(pg);
	e2e__buf_free(&text);
	e2e__buf_free(&b);
}

/* ---- core/excerpt.h ---- */

enum { E2E__WIDTH = 200 }; /* bytes that are shown of a long line */

/* Not within a character of UTF-8: back to where it begins. */
E2E__FN size_t e2e__excerpt_whole(const char *s, size_t at)
{
	size_t back = 0;

	while (back < 3 && back < at && ((unsigned char)s[at - back] & 0xc0) == 0x80)
		back++;
	return at - back;
}

/* Where to begin so that the first difference is seen with a few bytes before it. */
E2E__FN size_t e2e__excerpt_from(const char *s, size_t same)
{
	return same > 40 ? e2e__excerpt_whole(s, same - 40) : 0;
}

/* At most so many of the n bytes, from the offset on; what is left out is said. */
E2E__FN void e2e__excerpt_add(struct e2e__buf *b, const char *s, size_t n, size_t from, size_t most,
	enum e2e__style style)
{
	size_t end = n;

	if (from > n)
		from = e2e__excerpt_whole(s, n > 40 ? n - 40 : 0);
	if (n - from > most)
		end = e2e__excerpt_whole(s, from + most);
	e2e__buf_adds(b, style == E2E__QUOTED ? "\"" : "");
	e2e__buf_adds(b, from ? "... " : "");
	e2e__buf_escape(b, s + from, end - from, style);
	if (end < n)
		e2e__buf_addf(b, " ... (%zu bytes)", n);
	e2e__buf_adds(b, style == E2E__QUOTED ? "\"" : "");
}

E2E__FN const char *e2e__excerpt(const char *s, size_t from, size_t most)
{
	E2E__BUF(b, 512);

	if (!s)
		return "NULL";
	e2e__excerpt_add(&b, s, strlen(s), from, most, E2E__QUOTED);
	return e2e__memory_taken(&b);
}

/* A blank at the end of a line isn't seen. */
E2E__FN bool e2e__excerpt_trails(const char *line, size_t n)
{
	return n && (line[n - 1] == ' ' || line[n - 1] == '\t');
}

/* Does anything follow the first line? */
E2E__FN bool e2e__excerpt_has_lines(const char *s)
{
	const char *newline = s ? strchr(s, '\n') : NULL;

	return newline && newline[1];
}

E2E__FN size_t e2e__excerpt_count(const char *s)
{
	size_t lines = 0;

	for (; *s; s += *s == '\n', lines++)
		s += strcspn(s, "\n");
	return lines;
}

/* "12: text", and "12> text" of the one that is marked. */
E2E__FN void e2e__excerpt_add_line(
	struct e2e__buf *b, const char *line, size_t n, size_t number, bool marked)
{
	e2e__buf_addf(b, "%zu%s%s", number, marked ? ">" : ":", n ? " " : "");
	e2e__excerpt_add(
		b, line, n, 0, E2E__WIDTH, e2e__excerpt_trails(line, n) ? E2E__QUOTED : E2E__PLAIN);
	e2e__buf_adds(b, "\n");
}

E2E__FN const char *e2e__excerpt_block(const char *s, size_t mark)
{
	enum { SHOWN = 20 };
	size_t lines = e2e__excerpt_count(s), number = 1, first, last, n;
	E2E__BUF(b, 1024);

	b.p[0] = 0;

	/* Lines from `first` to `last` are left out, or all others are. */
	first = SHOWN / 2 + 1;
	last = lines - SHOWN / 2;
	if (mark) {
		first = mark > SHOWN / 2 ? mark - SHOWN / 2 : 1;
		last = first + SHOWN - 1;
		first -= first == 2; /* one line is no more than the word of it */
		last += last + 1 == lines;
	}
	for (; *s; s += n + (s[n] == '\n'), number++) {
		bool within = number >= first && number <= last;

		n = strcspn(s, "\n");
		if (lines <= SHOWN + 1 || within == (mark != 0))
			e2e__excerpt_add_line(&b, s, n, number, number == mark);
		else if (!mark && number == first)
			e2e__buf_addf(&b, "... %zu more lines\n", last - first + 1);
		else if (mark && (number == 1 || number == last + 1))
			e2e__buf_addf(
				&b, "... %zu more lines\n", number == 1 ? first - 1 : lines - last);
	}
	return e2e__memory_taken(&b);
}

E2E__FN const char *e2e__excerpt_text(const char *s)
{
	return e2e__excerpt_has_lines(s) ? e2e__excerpt_block(s, 0) : e2e__excerpt(s, 0, 400);
}

/* ---- core/diff.h ---- */

struct e2e__lines {
	const char **at;
	size_t *size, n;
};

E2E__FN void e2e__diff_split(struct e2e__lines *l, const char *s)
{
	size_t n = 1, i;
	const char *p;

	for (p = s; *p; p++)
		n += *p == '\n';
	l->at = (const char **)e2e__memory_alloc(n * sizeof *l->at);
	l->size = (size_t *)e2e__memory_alloc(n * sizeof *l->size);
	for (i = 0; *s; i++) {
		l->at[i] = s;
		l->size[i] = strcspn(s, "\n");
		s += l->size[i];
		l->size[i] += *s == '\n';
		s += *s == '\n';
	}

	l->n = i;
}

E2E__FN bool e2e__diff_same_line(
	const struct e2e__lines *a, size_t i, const struct e2e__lines *b, size_t j)
{
	return a->size[i] == b->size[j] && memcmp(a->at[i], b->at[j], a->size[i]) == 0;
}

/* The line's length without its newline. */
E2E__FN size_t e2e__diff_length(const struct e2e__lines *l, size_t i)
{
	return l->size[i] - (l->at[i][l->size[i] - 1] == '\n');
}

E2E__FN void e2e__diff_add_line(struct e2e__buf *b, const char *sign, const struct e2e__lines *l,
	size_t i, size_t from, bool quoted)
{
	size_t n = e2e__diff_length(l, i);

	e2e__buf_adds(b, sign);
	e2e__excerpt_add(b, l->at[i], n, from, E2E__WIDTH, quoted ? E2E__QUOTED : E2E__PLAIN);
	e2e__buf_adds(b, n < l->size[i] ? "\n" : " (no newline)\n");
}

/* Lines that differ, between lines that are equal: n of one text and m of the other. */
struct e2e__hunk {
	size_t got, n, want, m;
};

/* Where the lines differ. Beyond the ends that both have in common, the longest common subsequence;
 * of very long texts that of their first parts, and the rest isn't compared. */
struct e2e__differences {
	struct e2e__lines g, w;
	size_t head, tail, gn, wn; /* equal lines at the ends; lines between that are compared */
	struct e2e__hunk *at;
	size_t n;
};

E2E__FN void e2e__diff_ends(struct e2e__differences *d)
{
	const struct e2e__lines *g = &d->g, *w = &d->w;

	while (d->head < g->n && d->head < w->n && e2e__diff_same_line(g, d->head, w, d->head))
		d->head++;
	while (d->tail < g->n - d->head && d->tail < w->n - d->head &&
		e2e__diff_same_line(g, g->n - 1 - d->tail, w, w->n - 1 - d->tail))
		d->tail++;
	d->gn = g->n - d->head - d->tail;
	d->wn = w->n - d->head - d->tail;
	while (d->gn && d->wn && d->gn + 1 > ((size_t)1 << 20) / (d->wn + 1))
		if (d->gn > d->wn)
			d->gn /= 2;
		else
			d->wn /= 2;
}

/* How many lines are common from (i, j) on; gn + 1 rows of wn + 1. NULL: there is no need for it.
 */
E2E__FN unsigned short *e2e__diff_table(const struct e2e__differences *d)
{
	size_t row = d->wn + 1, i, j;
	unsigned short *t;

	if (!d->gn || !d->wn)
		return NULL;
	t = (unsigned short *)e2e__buf_malloc((d->gn + 1) * row * sizeof *t);
	if (!t)
		return NULL;
	memset(t, 0, (d->gn + 1) * row * sizeof *t);
	for (i = d->gn; i-- > 0;)
		for (j = d->wn; j-- > 0;) {
			unsigned short down = t[(i + 1) * row + j], right = t[i * row + j + 1];

			if (e2e__diff_same_line(&d->g, d->head + i, &d->w, d->head + j))
				down = (unsigned short)(t[(i + 1) * row + j + 1] + 1);
			else if (right > down)
				down = right;
			t[i * row + j] = down;
		}
	return t;
}

/* The hunk that a line of the middle belongs to: the last one, or a new one. */
E2E__FN struct e2e__hunk *e2e__diff_hunk(struct e2e__differences *d, size_t i, size_t j)
{
	struct e2e__hunk *h = d->at + d->n;

	if (d->n && h[-1].got + h[-1].n == d->head + i && h[-1].want + h[-1].m == d->head + j)
		return h - 1;
	h->got = d->head + i;
	h->want = d->head + j;
	d->n++;
	return h;
}

E2E__FN void e2e__diff_find(struct e2e__differences *d)
{
	unsigned short *t = e2e__diff_table(d);
	size_t row = d->wn + 1, i = 0, j = 0;

	d->at = (struct e2e__hunk *)e2e__memory_alloc((d->gn + d->wn + 1) * sizeof *d->at);
	while (i < d->gn || j < d->wn) {
		if (t && i < d->gn && j < d->wn &&
			e2e__diff_same_line(&d->g, d->head + i, &d->w, d->head + j)) {
			i++;
			j++;
		} else if (j < d->wn &&
			(i == d->gn || !t || t[i * row + j + 1] >= t[(i + 1) * row + j])) {
			e2e__diff_hunk(d, i, j++)->m++;
		} else {
			e2e__diff_hunk(d, i++, j)->n++;
		}
	}
	if (t)
		e2e__buf_release_memory(t);
}

/* Unchanged lines from i to end: three at each edge, the rest counted. */
E2E__FN void e2e__diff_add_same(
	struct e2e__buf *b, const struct e2e__lines *l, size_t i, size_t end, bool first, bool last)
{
	size_t head = first ? 0 : 3, tail = last ? 0 : 3, n = end - i, k;

	for (k = 0; k < n; k++)
		if (n <= head + tail + 1 || k < head || k >= n - tail)
			e2e__diff_add_line(b, "  ", l, i + k, 0, false);
		else if (k == head)
			e2e__buf_addf(b, "  ... %zu equal lines\n", n - head - tail);
}

/* Do the lines look the same as they'd be shown, but for blanks? Very long ones aren't looked at.
 */
E2E__FN bool e2e__diff_alike(
	const struct e2e__lines *a, size_t i, const struct e2e__lines *b, size_t j)
{
	size_t n = e2e__diff_length(a, i), m = e2e__diff_length(b, j), k = 0, l = 0;
	E2E__BUF(x, 512);
	E2E__BUF(y, 512);

	if (n > E2E__WIDTH || m > E2E__WIDTH || (n == m && memcmp(a->at[i], b->at[j], n) == 0))
		return false; /* at most the newline differs */
	e2e__buf_escape(&x, a->at[i], n, E2E__PLAIN);
	e2e__buf_escape(&y, b->at[j], m, E2E__PLAIN);
	for (;; k++, l++) {
		k += strspn(x.p + k, " \t");
		l += strspn(y.p + l, " \t");
		if (!x.p[k] || x.p[k] != y.p[l])
			break;
	}

	bool alike = x.p[k] == y.p[l];
	e2e__buf_free(&x);
	e2e__buf_free(&y);
	return alike;
}

enum { E2E__DIFF_SIDE = 12 }; /* lines that are shown of a hunk's side */

/* n lines from i on, beside the m lines of the other text in this hunk. */
E2E__FN void e2e__diff_add_side(struct e2e__buf *b, const char *sign, const struct e2e__lines *l,
	size_t i, size_t n, const struct e2e__lines *other, size_t j, size_t m)
{
	size_t k, o;

	for (k = 0; k < n && (k < E2E__DIFF_SIDE || n == E2E__DIFF_SIDE + 1); k++) {
		const char *line = l->at[i + k];
		size_t length = e2e__diff_length(l, i + k), same = 0;
		bool quoted = e2e__excerpt_trails(line, length);

		for (o = 0; o < m && o <= E2E__DIFF_SIDE && !quoted; o++)
			quoted = e2e__diff_alike(l, i + k, other, j + o);
		if (k < m && length > E2E__WIDTH)
			while (same < length && same < other->size[j + k] &&
				line[same] == other->at[j + k][same])
				same++;
		e2e__diff_add_line(b, sign, l, i + k, e2e__excerpt_from(line, same), quoted);
	}
	if (k < n)
		e2e__buf_addf(b, "%s... %zu more lines\n", sign, n - k);
}

/* What comes behind the limit is counted. */
E2E__FN void e2e__diff_add_rest(struct e2e__buf *b, const struct e2e__differences *d, size_t from)
{
	size_t want = 0, got = 0, i;

	for (i = from; i < d->n; i++) {
		want += d->at[i].m;
		got += d->at[i].n;
	}
	if (from < d->n)
		e2e__buf_addf(b,
			"  ... %zu more places differ: %zu lines of want, %zu lines of got\n",
			d->n - from, want, got);
	want = d->w.n - d->head - d->tail - d->wn;
	got = d->g.n - d->head - d->tail - d->gn;
	if (want || got)
		e2e__buf_addf(b,
			"  ... not compared any further: %zu lines of want, %zu lines of got\n",
			want, got);
}

E2E__FN const char *e2e__diff(const char *got, const char *want)
{
	enum { LIMIT = 8192 };
	struct e2e__differences d;
	size_t i, end = 0;
	E2E__BUF(b, 1024);

	memset(&d, 0, sizeof d);
	e2e__diff_split(&d.g, got);
	e2e__diff_split(&d.w, want);
	if (d.g.n < 2 && d.w.n < 2)
		return NULL;
	e2e__diff_ends(&d);
	e2e__diff_find(&d);

	e2e__buf_adds(&b, "--- want\n+++ got\n");
	for (i = 0; i < d.n && (i == 0 || b.n < LIMIT); i++) {
		struct e2e__hunk *h = d.at + i;

		e2e__diff_add_same(&b, &d.g, end, h->got, i == 0, false);
		e2e__diff_add_side(&b, "- ", &d.w, h->want, h->m, &d.g, h->got, h->n);
		e2e__diff_add_side(&b, "+ ", &d.g, h->got, h->n, &d.w, h->want, h->m);
		end = h->got + h->n;
	}
	if (i == d.n && d.head + d.gn + d.tail == d.g.n && d.head + d.wn + d.tail == d.w.n)
		e2e__diff_add_same(&b, &d.g, end, d.g.n, false, true);
	else
		e2e__diff_add_rest(&b, &d, i);
	return e2e__memory_taken(&b);
}

/* ---- core/json.h ---- */

/* Texts in the order of their bytes; equal ones in the order that they came in. */
struct e2e__ranked {
	const char *text;
	size_t length, rank;
	const struct e2e__json *value;
};

E2E__FN int e2e__json_by_bytes(const struct e2e__ranked *a, const struct e2e__ranked *b)
{
	int c = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);

	return c ? c : (a->length > b->length) - (a->length < b->length);
}

E2E__FN int e2e__json_by_bytes_and_rank(const void *a, const void *b)
{
	const struct e2e__ranked *x = (const struct e2e__ranked *)a,
				 *y = (const struct e2e__ranked *)b;
	int c = e2e__json_by_bytes(x, y);

	return c ? c : (x->rank > y->rank) - (x->rank < y->rank);
}

E2E__FN void e2e__json_rank(struct e2e__ranked *texts, size_t n)
{
	e2e__buf_busy(1); /* qsort may allocate */
	qsort(texts, n, sizeof *texts, e2e__json_by_bytes_and_rank);
	e2e__buf_busy(-1);
}

E2E__FN struct e2e__ranked *e2e__json_rank_list(const char *const *list, size_t *n)
{
	struct e2e__ranked *r;
	size_t i;

	for (*n = 0; list[*n]; ++*n)
		;
	r = (struct e2e__ranked *)e2e__memory_alloc((*n + 1) * sizeof *r);
	for (i = 0; i < *n; i++) {
		r[i].text = list[i];
		r[i].length = strlen(list[i]);
		r[i].rank = i;
	}
	e2e__json_rank(r, *n);
	return r;
}

struct e2e__parser {
	const char *p, *begin, *error;
	int depth;
};

E2E__FN void *e2e__json_fail(struct e2e__parser *s, const char *expected)
{
	size_t at = (size_t)(s->p - s->begin);

	if (!s->error)
		s->error = *s->p
			? e2e_printf("at byte %zu: expected %s, found %s", at, expected,
				  e2e_quoted(e2e_printf("%.12s", s->p)))
			: e2e_printf("at byte %zu: expected %s, found the end", at, expected);
	return NULL;
}

E2E__FN void e2e__json_blank(struct e2e__parser *s)
{
	s->p += strspn(s->p, " \t\r\n");
}

E2E__FN long e2e__json_hex4(struct e2e__parser *s)
{
	char hex[5] = {0, 0, 0, 0, 0};
	int i;

	for (i = 0; i < 4 && strchr("0123456789abcdefABCDEF", s->p[i]) && s->p[i]; i++)
		hex[i] = s->p[i];
	if (i < 4)
		return -1;
	s->p += 4;
	return strtol(hex, NULL, 16);
}

E2E__FN void e2e__json_add_utf8(struct e2e__buf *b, unsigned long c)
{
	char u[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;
	static const unsigned char lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (i = n; i-- > 1; c >>= 6)
		u[i] = (char)(0x80 | (c & 0x3f));
	u[0] = (char)(lead[n] | c);
	e2e__buf_add(b, u, n);
}

/* What follows a backslash. */
E2E__FN bool e2e__json_escape(struct e2e__parser *s, struct e2e__buf *b)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *k = *s->p ? strchr(from, *s->p) : NULL;
	long c, low;

	if (k) {
		e2e__buf_add(b, to + (k - from), 1);
		s->p++;
		return true;
	}

	if (*s->p != 'u')
		return false;
	s->p++;
	c = e2e__json_hex4(s);
	if (c >= 0xd800 && c < 0xdc00 && s->p[0] == '\\' && s->p[1] == 'u') {
		s->p += 2;
		low = e2e__json_hex4(s);
		c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00)
						  : -1;
	} else if (c >= 0xd800 && c < 0xe000) {
		c = -1;
	}

	if (c >= 0)
		e2e__json_add_utf8(b, (unsigned long)c);
	return c >= 0;
}

E2E__FN char *e2e__json_string(struct e2e__parser *s, size_t *length)
{
	E2E__BUF(b, 256);

	if (*s->p != '"')
		return (char *)e2e__json_fail(s, "a string in double quotes");
	for (s->p++; *s->p != '"';) {
		const char *from = s->p;

		while ((unsigned char)*s->p >= 0x20 && *s->p != '"' && *s->p != '\\')
			s->p++;
		e2e__buf_add(&b, from, (size_t)(s->p - from));
		if (*s->p == '\\') {
			s->p++;
			if (!e2e__json_escape(s, &b))
				return (char *)e2e__json_fail(
					s, "an escape (\\n, \\u00e9, a surrogate pair)");
		} else if (*s->p != '"') {
			return (char *)e2e__json_fail(s, "the end of the string");
		}
	}

	s->p++;
	if (length)
		*length = b.n;
	b.p[b.n] = 0;
	return e2e__memory_taken(&b);
}

E2E__FN const char *e2e__json_digits(struct e2e__parser *s)
{
	const char *from = s->p;

	while (*s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from ? from : (const char *)e2e__json_fail(s, "a digit");
}

E2E__FN bool e2e__json_number(struct e2e__parser *s, struct e2e__json *v)
{
	const char *from = s->p;

	s->p += *s->p == '-';
	if (*s->p == '0')
		s->p++;
	else if (!e2e__json_digits(s))
		return false;
	if (*s->p == '.') {
		s->p++;
		if (!e2e__json_digits(s))
			return false;
	}

	if (*s->p == 'e' || *s->p == 'E') {
		s->p++;
		s->p += *s->p == '+' || *s->p == '-';
		if (!e2e__json_digits(s))
			return false;
	}

	v->type = '0';
	v->length = (size_t)(s->p - from);
	v->text = e2e__memory_strndup(from, v->length);
	return true;
}

E2E__FN struct e2e__json *e2e__json_value(struct e2e__parser *s);

/* Members of an array or object up to its closing sign. */
E2E__FN bool e2e__json_children(struct e2e__parser *s, struct e2e__json *v, char close)
{
	struct e2e__json **end = &v->child;
	char *key = NULL;
	size_t key_length = 0;

	s->p++;
	e2e__json_blank(s);
	if (*s->p == close)
		return s->p++, true;
	for (;;) {
		e2e__json_blank(s);
		if (v->type == '{') {
			key = e2e__json_string(s, &key_length);
			if (!key)
				return false;
			e2e__json_blank(s);
			if (*s->p != ':')
				return e2e__json_fail(s, "a colon") != NULL;
			s->p++;
		}
		*end = e2e__json_value(s);
		if (!*end)
			return false;
		(*end)->key = key;
		(*end)->key_length = key_length;
		end = &(*end)->next;
		e2e__json_blank(s);
		if (*s->p == close)
			return s->p++, true;
		if (*s->p != ',')
			return e2e__json_fail(s, close == ']' ? "a comma or ]" : "a comma or }") !=
				NULL;
		s->p++;
	}
}

E2E__FN struct e2e__json *e2e__json_value(struct e2e__parser *s)
{
	static const char words[3][6] = {"null", "true", "false"};
	struct e2e__json *v = (struct e2e__json *)e2e__memory_alloc(sizeof *v);
	bool ok = false;
	size_t i;

	e2e__json_blank(s);
	for (i = 0; i < 3; i++)
		if (strncmp(s->p, words[i], strlen(words[i])) == 0) {
			v->type = words[i][0];
			s->p += strlen(words[i]);
			return v;
		}
	if (++s->depth > 500)
		return (struct e2e__json *)e2e__json_fail(s, "at most 500 levels");
	if (*s->p == '"') {
		v->type = '"';
		v->text = e2e__json_string(s, &v->length);
		ok = v->text != NULL;
	} else if (*s->p == '[' || *s->p == '{') {
		v->type = *s->p;
		ok = e2e__json_children(s, v, *s->p == '[' ? ']' : '}');
	} else if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9')) {
		ok = e2e__json_number(s, v);
	} else {
		e2e__json_fail(s, "a value");
	}

	s->depth--;
	return ok ? v : NULL;
}

E2E__FN struct e2e__json *e2e__json_parse(const char *text, const char **error)
{
	struct e2e__parser s = {text, text, NULL, 0};
	struct e2e__json *v = e2e__json_value(&s);

	e2e__json_blank(&s);
	if (v && *s.p)
		v = (struct e2e__json *)e2e__json_fail(&s, "the end");
	*error = s.error;
	return v;
}

E2E__FN const struct e2e__json *e2e__json_member(const struct e2e__json *object, const char *key)
{
	const struct e2e__json *v, *last = NULL;

	for (v = object && object->type == '{' ? object->child : NULL; v; v = v->next)
		if (v->key_length == strlen(key) && memcmp(v->key, key, v->key_length) == 0)
			last = v; /* the last one of equal names counts, as in most readers */
	return last;
}

E2E__FN const char *e2e__json_brief(const struct e2e__json *v)
{
	size_t n = 0;
	const struct e2e__json *c;

	if (!v)
		return "nothing";
	for (c = v->child; c; c = c->next)
		n++;
	switch (v->type) {
	case '"':
		return e2e_quoted(v->text);
	case '0':
		return v->text;
	case '[':
		return e2e_printf("an array of %zu", n);
	case '{':
		return e2e_printf("an object of %zu", n);
	default:
		return v->type == 'n' ? "null" : v->type == 't' ? "true" : "false";
	}
}

/* Numbers of equal value: 1, 1.0 and 1e0; integers too long for a double by their digits. */
E2E__FN bool e2e__json_same_number(const char *a, const char *b)
{
	double x = e2e__clock_strtod(a, NULL), y = e2e__clock_strtod(b, NULL);
	bool whole = !a[strspn(a, "-0123456789")] && !b[strspn(b, "-0123456789")];

	if (x - x != 0 || y - y != 0 || (whole && strcmp(a, "-0") != 0 && strcmp(b, "-0") != 0))
		return strcmp(a, b) == 0; /* beyond a double's range, or exactly comparable */
	return !(x < y) && !(x > y);
}

/* Where in a value: a member's name, or an index. */
struct e2e__path {
	const struct e2e__path *up;
	const char *key;
	size_t index;
};

E2E__FN void e2e__json_add_path(struct e2e__buf *b, const struct e2e__path *path)
{
	if (!path) {
		e2e__buf_adds(b, "$");
		return;
	}
	e2e__json_add_path(b, path->up);
	if (path->key)
		e2e__buf_addf(b, ".%s", path->key);
	else
		e2e__buf_addf(b, "[%zu]", path->index);
}

/* An object's members by name. Of equal names the last one counts. */
struct e2e__json_members {
	struct e2e__ranked *at;
	size_t n;
};

E2E__FN struct e2e__json_members e2e__json_index(const struct e2e__json *object)
{
	struct e2e__json_members m = {NULL, 0};
	const struct e2e__json *v;

	for (v = object->child; v; v = v->next)
		m.n++;
	m.at = (struct e2e__ranked *)e2e__memory_alloc((m.n + 1) * sizeof *m.at);
	for (m.n = 0, v = object->child; v; v = v->next, m.n++) {
		m.at[m.n].text = v->key;
		m.at[m.n].length = v->key_length;
		m.at[m.n].rank = m.n;
		m.at[m.n].value = v;
	}
	e2e__json_rank(m.at, m.n);
	return m;
}

E2E__FN const struct e2e__json *e2e__json_named(
	const struct e2e__json_members *m, const struct e2e__json *like)
{
	struct e2e__ranked key = {like->key, like->key_length, 0, NULL};
	size_t low = 0, high = m->n; /* of the first that is greater */

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e2e__json_by_bytes(&m->at[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && e2e__json_by_bytes(&m->at[low - 1], &key) == 0 ? m->at[low - 1].value : NULL;
}

E2E__FN const char *e2e__json_at(
	const struct e2e__json *got, const struct e2e__json *want, const struct e2e__path *path);
E2E__FN const char *e2e__json_object(
	const struct e2e__json *got, const struct e2e__json *want, const struct e2e__path *up)
{
	struct e2e__json_members gm = e2e__json_index(got), wm = e2e__json_index(want);
	struct e2e__path path = {up, NULL, 0};
	const struct e2e__json *g, *w;
	const char *why = NULL;

	for (w = want->child; w && !why; w = w->next) {
		path.key = w->key;
		why = e2e__json_at(e2e__json_named(&gm, w), e2e__json_named(&wm, w), &path);
	}

	for (g = got->child; g && !why; g = g->next) {
		path.key = g->key;
		if (!e2e__json_named(&wm, g))
			why = e2e__json_at(g, NULL, &path);
	}

	return why;
}

E2E__FN const char *e2e__json_at(
	const struct e2e__json *got, const struct e2e__json *want, const struct e2e__path *path)
{
	struct e2e__path element = {path, NULL, 0};
	const struct e2e__json *g, *w;
	const char *why = NULL;
	bool same = got && want && got->type == want->type;

	if (same && got->type == '"')
		same = got->length == want->length &&
			memcmp(got->text, want->text, got->length) == 0;
	else if (same && got->type == '0')
		same = e2e__json_same_number(got->text, want->text);
	if (!same) {
		E2E__BUF(b, 256);

		e2e__json_add_path(&b, path);
		e2e__buf_addf(&b, ": got %s, want %s", e2e__json_brief(got), e2e__json_brief(want));
		return e2e__memory_taken(&b);
	}

	if (got->type == '{')
		return e2e__json_object(got, want, path);
	if (got->type == '[')
		for (g = got->child, w = want->child; (g || w) && !why; element.index++) {
			why = e2e__json_at(g, w, &element);
			g = g ? g->next : NULL;
			w = w ? w->next : NULL;
		}
	return why;
}

E2E__FN const char *e2e__json_differ(const struct e2e__json *got, const struct e2e__json *want)
{
	return e2e__json_at(got, want, NULL);
}

/* ---- core/integer.h ---- */

E2E__FN bool e2e__integer_is_huge(const struct e2e__integer *v)
{
	return v->wraps && v->high < 0;
}

E2E__FN int e2e__integer_compare(const struct e2e__integer *a, const struct e2e__integer *b)
{
	if (e2e__integer_is_huge(a) != e2e__integer_is_huge(b))
		return e2e__integer_is_huge(a) ? 1 : -1;
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return (a->low > b->low) - (a->low < b->low);
}

/* No printf has 128 bits: divided by ten, 32 bits at a time. */
E2E__FN const char *e2e__integer_text(char *buffer, size_t size, const struct e2e__integer *v)
{
	bool negative = v->high < 0 && !v->wraps;
	uint64_t high = (uint64_t)v->high, low = v->low, rest;
	uint32_t part[4];
	char digits[48], *p = digits + sizeof digits;
	int i;

	if (negative) {
		low = ~low + 1;
		high = ~high + (low == 0);
	}
	part[0] = (uint32_t)(high >> 32);
	part[1] = (uint32_t)high;
	part[2] = (uint32_t)(low >> 32);
	part[3] = (uint32_t)low;

	*--p = 0;
	do {
		rest = 0;
		for (i = 0; i < 4; i++) {
			rest = rest << 32 | part[i];
			part[i] = (uint32_t)(rest / 10);
			rest %= 10;
		}
		*--p = (char)('0' + (int)rest);
	} while (part[0] || part[1] || part[2] || part[3]);
	if (negative)
		*--p = '-';
	snprintf(buffer, size, "%s", p);
	return buffer;
}

E2E__FN long double e2e__integer_real(const struct e2e__integer *v)
{
	const long double half = 18446744073709551616.0L;
	long double high =
		e2e__integer_is_huge(v) ? (long double)(uint64_t)v->high : (long double)v->high;

	return high * half + (long double)v->low;
}

/* ---- core/assertion.h ---- */

E2E__FN bool e2e__assertion_judge(const struct e2e__at *at, bool ok, const char *verb,
	const char *got, const char *want, const char *code, const char *message, const char *diff)
{
	e2e_failure f = {message, got, want, code, NULL, diff};
	E2E__BUF(b, 256);

	if (!ok && (!message || at->desc)) {
		e2e__buf_adds(&b, message ? "" : "false: ");
		e2e__point_add_name(&b, at->text, verb, E2E__PLAIN);
		e2e__buf_addf(&b, "%s%s", message ? ": " : "", message ? message : "");
		f.message = b.p;
	}
	e2e__point(at, ok, verb, &f);
	e2e__buf_free(&b);
	return ok;
}

/* How two arrays differ: how many elements do, the first of them, a line for each of the first
 * ten. */
struct e2e__unlike_elements {
	size_t n, first;
	const char *got, *want;
	struct e2e__buf *lines;
};
enum { E2E__SHOWN_ELEMENTS = 10 };

/* The texts must live until the assertion's end. */
E2E__FN void e2e__assertion_differs(
	struct e2e__unlike_elements *d, size_t i, const char *got, const char *want)
{
	if (!d->n++) {
		d->first = i;
		d->got = got;
		d->want = want;
	}
	e2e__buf_addf(d->lines, "[%zu] got %s, want %s\n", i, got, want);
}

/* Of n elements; frees the lines. */
E2E__FN bool e2e__assertion_judge_elements(
	const struct e2e__at *at, const char *code, size_t n, const struct e2e__unlike_elements *d)
{
	if (!d->n)
		return e2e__point(at, true, " is ", NULL);
	if (d->n > E2E__SHOWN_ELEMENTS)
		e2e__buf_addf(d->lines, "... %zu more differ\n", d->n - E2E__SHOWN_ELEMENTS);
	e2e__assertion_judge(at, false, " is ", d->got, d->want, code,
		e2e_printf("%zu of %zu elements %s, the first one is [%zu]", d->n, n,
			d->n == 1 ? "differs" : "differ", d->first),
		d->n > 1 ? d->lines->p : NULL);
	e2e__buf_free(d->lines);
	return false;
}

E2E__FN bool e2e__assertion_pass(struct e2e__at at)
{
	return e2e__point(&at, true, NULL, NULL);
}

E2E__FN bool e2e__assertion_fail(const char *file, int line, const char *fmt, ...)
{
	e2e_failure f = {NULL, NULL, NULL, "fail", NULL, NULL};
	va_list ap;
	E2E__BUF(b, 512);

	va_start(ap, fmt);
	e2e__buf_vaddf(&b, fmt, ap);
	va_end(ap);
	f.message = b.p;
	e2e_report(file, line, false, b.p, &f);
	e2e__buf_free(&b);
	return false;
}

E2E__FN bool e2e__assertion_ok_at(struct e2e__at at, bool ok)
{
	if (ok)
		return e2e__point(&at, true, NULL, NULL);
	return e2e__assertion_judge(&at, false, NULL, NULL, NULL, "ok", NULL, NULL);
}

E2E__FN bool e2e__assertion_is_integer(
	struct e2e__at at, struct e2e__integer got, struct e2e__integer want)
{
	char g[48], w[48];

	if (e2e__integer_compare(&got, &want) == 0)
		return e2e__point(&at, true, " is ", NULL);
	return e2e__assertion_judge(&at, false, " is ", e2e__integer_text(g, sizeof g, &got),
		e2e__integer_text(w, sizeof w, &want), "is_int", NULL, NULL);
}

E2E__FN bool e2e__assertion_is_int_at(
	struct e2e__at at, intmax_t got, bool got_wraps, intmax_t want, bool want_wraps)
{
	return e2e__assertion_is_integer(
		at, e2e__integer_of(got, got_wraps), e2e__integer_of(want, want_wraps));
}

E2E__FN bool e2e__assertion_isnt_integer(
	struct e2e__at at, struct e2e__integer got, struct e2e__integer want)
{
	char g[48], w[64] = "anything but ";

	if (e2e__integer_compare(&got, &want) != 0)
		return e2e__point(&at, true, " isn't ", NULL);
	e2e__integer_text(w + strlen(w), 48, &want);
	return e2e__assertion_judge(&at, false, " isn't ", e2e__integer_text(g, sizeof g, &got), w,
		"isnt_int", NULL, NULL);
}

/* The shortest decimal that reads back as v. */
E2E__FN const char *e2e__assertion_double(char *buffer, size_t size, double v)
{
	int digits;

	if (v != v)
		return "nan"; /* printf may say -nan */
	for (digits = 6; digits <= 17; digits++) {
		static const char formats[12][6] = {"%.6g", "%.7g", "%.8g", "%.9g", "%.10g",
			"%.11g", "%.12g", "%.13g", "%.14g", "%.15g", "%.16g", "%.17g"};

		e2e__clock_number(buffer, size, formats[digits - 6], v);
		if (!(e2e__clock_strtod(buffer, NULL) < v) &&
			!(e2e__clock_strtod(buffer, NULL) > v))
			break;
	}
	return buffer;
}

/* Not a number, or without an end: as a limit it lets everything through. */
E2E__FN bool e2e__assertion_endless(double v)
{
	return !(v - v == 0);
}

E2E__FN bool e2e__assertion_is_double(struct e2e__at at, double got, double want, double tolerance)
{
	double apart = got > want ? got - want : want - got;
	bool nan = got != got || want != want;
	bool ok = nan ? got != got && want != want : got == want || apart <= tolerance;
	char g[64], w[64], t[64], both[160];

	if (!(tolerance >= 0) || e2e__assertion_endless(tolerance))
		return e2e__assertion_judge(&at, false, " is ", NULL, NULL, "is_double",
			e2e_printf("the tolerance is %s: expected a number of at least 0",
				e2e__assertion_double(t, sizeof t, tolerance)),
			NULL);
	if (ok)
		return e2e__point(&at, true, " is ", NULL);
	snprintf(both, sizeof both, "%s +- %s", e2e__assertion_double(w, sizeof w, want),
		e2e__assertion_double(t, sizeof t, tolerance));
	return e2e__assertion_judge(&at, false, " is ", e2e__assertion_double(g, sizeof g, got),
		both, "is_double", NULL, NULL);
}

/* Where a long text begins to be shown: shortly before the first difference, with the line that
 * has it if that begins near enough. */
E2E__FN size_t e2e__assertion_begin(const char *s, size_t same)
{
	size_t line = same;

	while (line && same - line < 40 && s[line - 1] != '\n')
		line--;
	return line && s[line - 1] == '\n' ? line : e2e__excerpt_from(s, same);
}

/* The failure of e2e_is_str. Long texts are shown from shortly before their first difference. */
E2E__FN bool e2e__assertion_is_not_str(const struct e2e__at *at, const char *got, const char *want)
{
	const char *diff = got && want ? e2e__diff(got, want) : NULL, *message;
	size_t same = 0, lines = 0, from;

	if (!got || !want || (strlen(got) <= 200 && strlen(want) <= 200))
		return e2e__assertion_judge(
			at, false, " is ", e2e_quoted(got), e2e_quoted(want), "is_str", NULL, diff);
	for (; got[same] && got[same] == want[same]; same++)
		lines += got[same] == '\n';
	from = e2e__assertion_begin(want, same);
	message = diff ? e2e_printf("they differ from line %zu on, byte %zu", lines + 1, same)
		       : e2e_printf("they differ from byte %zu on", same);

	return e2e__assertion_judge(at, false, " is ", e2e__excerpt(got, from, 200),
		e2e__excerpt(want, from, 200), "is_str", message, diff);
}

E2E__FN bool e2e__assertion_is_str(struct e2e__at at, const char *got, const char *want)
{
	if (got == want || (got && want && strcmp(got, want) == 0))
		return e2e__point(&at, true, " is ", NULL);
	return e2e__assertion_is_not_str(&at, got, want);
}

E2E__FN bool e2e__assertion_isnt_str(struct e2e__at at, const char *got, const char *want)
{
	if (got != want && !(got && want && strcmp(got, want) == 0))
		return e2e__point(&at, true, " isn't ", NULL);
	return e2e__assertion_judge(&at, false, " isn't ", e2e__excerpt(got, 0, 400),
		e2e_printf("anything but %s", e2e__excerpt(want, 0, 400)), "isnt_str", NULL, NULL);
}

E2E__FN bool e2e__assertion_is_ptr_at(struct e2e__at at, const void *got, const void *want)
{
	char g[32], w[32];

	if (got == want)
		return e2e__point(&at, true, " is ", NULL);
	snprintf(g, sizeof g, "%p", (void *)(uintptr_t)got);
	snprintf(w, sizeof w, "%p", (void *)(uintptr_t)want);
	return e2e__assertion_judge(
		&at, false, " is ", got ? g : "NULL", want ? w : "NULL", "is_ptr", NULL, NULL);
}

/* One line of a hex dump, and below it marks under the bytes that differ. */
E2E__FN void e2e__assertion_add_hex(struct e2e__buf *b, char sign, const unsigned char *p,
	size_t from, size_t size, const unsigned char *other)
{
	size_t i;

	e2e__buf_addf(b, "%c %08zx ", sign, from);
	for (i = from; i < from + 16; i++)
		if (i < size)
			e2e__buf_addf(b, " %02x", p[i]);
		else
			e2e__buf_adds(b, "   ");
	e2e__buf_adds(b, "  ");
	for (i = from; i < from + 16 && i < size; i++)
		e2e__buf_addf(b, "%c", p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '.');
	if (other) {
		e2e__buf_adds(b, "\n           ");
		for (i = from; i < from + 16 && i < size; i++)
			e2e__buf_adds(b, p[i] == other[i] ? "   " : " ^^");
	}
	while (b->n && b->p[b->n - 1] == ' ')
		b->n--;
	e2e__buf_adds(b, "\n");
}

E2E__FN bool e2e__assertion_is_mem(
	struct e2e__at at, const void *got, const void *want, size_t size)
{
	const unsigned char *g = (const unsigned char *)got, *w = (const unsigned char *)want;
	size_t same = 0, from, shown;
	bool ok;
	E2E__BUF(b, 1024);

	if (got == want || (got && want && memcmp(got, want, size) == 0))
		return e2e__point(&at, true, " is ", NULL);
	if (!got || !want)
		return e2e__assertion_judge(&at, false, " is ", got ? "memory" : "NULL",
			want ? "memory" : "NULL", "is_mem", NULL, NULL);
	while (g[same] == w[same])
		same++;
	from = same / 16 * 16;
	e2e__buf_adds(&b, "--- want\n+++ got\n");
	if (from >= 16)
		e2e__assertion_add_hex(&b, ' ', w, from - 16, size, NULL);
	for (shown = 0; shown < 4 && from < size; shown++, from += 16)
		if (memcmp(g + from, w + from, size - from < 16 ? size - from : 16) == 0) {
			e2e__assertion_add_hex(&b, ' ', w, from, size, NULL);
		} else {
			e2e__assertion_add_hex(&b, '-', w, from, size, NULL);
			e2e__assertion_add_hex(&b, '+', g, from, size, w);
		}
	if (from < size)
		e2e__buf_addf(&b, "  ... %zu more byte%s\n", size - from, E2E__PLURAL(size - from));
	ok = e2e__assertion_judge(&at, false, " is ", NULL, NULL, "is_mem",
		e2e_printf(
			"byte %zu of %zu: got 0x%02x, want 0x%02x", same, size, g[same], w[same]),
		b.p);
	e2e__buf_free(&b);
	return ok;
}

E2E__FN bool e2e__assertion_cmp_integer(
	struct e2e__at at, struct e2e__integer a, const char *op, struct e2e__integer b)
{
	static const char ops[6][3] = {"<", "<=", "==", "!=", ">=", ">"};
	int c = e2e__integer_compare(&a, &b), i;
	const bool holds[6] = {c<0, c <= 0, c == 0, c != 0, c >= 0, c> 0};
	char g[48], w[64];

	for (i = 0; i < 6 && (!op || strcmp(op, ops[i]) != 0); i++)
		;
	if (i < 6 && holds[i])
		return e2e__point(&at, true, "", NULL);
	if (i == 6)
		return e2e__assertion_judge(&at, false, "", NULL, NULL, "cmp_int",
			e2e_printf(
				"bad operator %s: expected one of < <= == != >= >", e2e_quoted(op)),
			NULL);
	snprintf(w, sizeof w, "%s ", op);
	e2e__integer_text(w + strlen(w), 48, &b);
	return e2e__assertion_judge(
		&at, false, "", e2e__integer_text(g, sizeof g, &a), w, "cmp_int", NULL, NULL);
}

/* The elements of a that b lacks, counted: `word "x"; `. */
E2E__FN void e2e__assertion_add_lacking(
	struct e2e__buf *b, const char *word, const char *const *a, const char *const *other)
{
	size_t n, m, i, k, named = 0, more = 0;
	struct e2e__ranked *x = e2e__json_rank_list(a, &n), *y = e2e__json_rank_list(other, &m);
	bool *lacks = (bool *)e2e__memory_alloc(n + 1);

	for (i = k = 0; i < n; i++) {
		while (k < m && e2e__json_by_bytes(&y[k], &x[i]) < 0)
			k++;
		if (k < m && e2e__json_by_bytes(&y[k], &x[i]) == 0)
			k++;
		else
			lacks[x[i].rank] = true;
	}

	for (i = 0; i < n; i++)
		if (lacks[i] && ++named <= 20) {
			e2e__buf_addf(b, "%s%s ", b->n ? "; " : "", word);
			e2e__buf_add_quoted(b, a[i]);
		} else {
			more += lacks[i];
		}
	if (more)
		e2e__buf_addf(b, " and %zu more", more);
}

E2E__FN const char *e2e__assertion_list_text(const char *const *list)
{
	size_t i;
	E2E__BUF(b, 512);

	if (!list)
		return "NULL";
	e2e__buf_adds(&b, "[");
	for (i = 0; list[i] && b.n < 600; i++) {
		e2e__buf_adds(&b, i ? ", " : "");
		e2e__buf_add_quoted(&b, list[i]);
	}

	if (list[i]) {
		while (list[i])
			i++;
		e2e__buf_addf(&b, ", ... (%zu elements)", i);
	}

	e2e__buf_adds(&b, "]");
	return e2e__memory_taken(&b);
}

E2E__FN bool e2e__assertion_is_list_at(
	struct e2e__at at, const char *const *got, const char *const *want)
{
	size_t i = 0;
	bool ok;
	E2E__BUF(b, 512);

	if (got && want)
		while (got[i] && want[i] && strcmp(got[i], want[i]) == 0)
			i++;
	if (got == want || (got && want && !got[i] && !want[i]))
		return e2e__point(&at, true, " is ", NULL);
	b.p[0] = 0;
	if (got && want) {
		e2e__assertion_add_lacking(&b, "missing", want, got);
		e2e__assertion_add_lacking(&b, "extra", got, want);
		if (!b.n)
			e2e__buf_addf(&b, "other order: [%zu] is %s, want %s", i,
				e2e_quoted(got[i]), e2e_quoted(want[i]));
	}

	ok = e2e__assertion_judge(&at, false, " is ", e2e__assertion_list_text(got),
		e2e__assertion_list_text(want), "is_list", b.n ? b.p : NULL, NULL);
	e2e__buf_free(&b);
	return ok;
}

E2E__FN bool e2e__assertion_is_json(struct e2e__at at, const char *got, const char *want)
{
	const char *error = NULL, *differ = NULL;
	struct e2e__json *g = got ? e2e__json_parse(got, &error) : NULL, *w;

	if (got && !g) {
		differ = e2e_printf("got is not JSON: %s", error);
	} else {
		w = want ? e2e__json_parse(want, &error) : NULL;
		if (want && !w)
			differ = e2e_printf("want is not JSON: %s", error);
		else if (!g || !w)
			differ = g == w ? NULL : "one of them is NULL";
		else
			differ = e2e__json_differ(g, w);
	}

	if (!differ)
		return e2e__point(&at, true, " is ", NULL);
	return e2e__assertion_judge(&at, false, " is ", e2e__excerpt_text(got),
		e2e__excerpt_text(want), "is_json", differ, NULL);
}

/* ---- core/match.h ---- */

/* Does the text match? -1, with a failed point made, where the expression is bad. */
E2E__FN int e2e__match(const struct e2e__at *at, const char *s, const char *ere)
{
	regex_t re;
	char why[128];
	int e = ere ? regcomp(&re, ere, REG_EXTENDED | REG_NOSUB) : REG_BADPAT;

	if (e) {
		if (!ere || !regerror(e, &re, why, sizeof why))
			strcpy(why, "it is NULL");
		e2e__assertion_judge(at, false, " like ", NULL, NULL, "like",
			e2e_printf("bad regular expression %s: %s", e2e_quoted(ere), why), NULL);
		return -1;
	}
	e = s && regexec(&re, s, 0, NULL, 0) == 0;
	regfree(&re);
	return e;
}

/* Where a text matches an expression, or a part of one. */
struct e2e__found {
	size_t at, n; /* bytes */
	const char *part;
};

/* Flags of regcomp: 0, or REG_NEWLINE for lines one by one. */
E2E__FN bool e2e__match_find(struct e2e__found *found, const char *s, const char *part, int flags)
{
	regex_t re;
	regmatch_t m;
	bool is;

	if (regcomp(&re, part, REG_EXTENDED | flags) != 0)
		return false;
	is = regexec(&re, s, 1, &m, 0) == 0;
	regfree(&re);
	if (is) {
		found->at = (size_t)m.rm_so;
		found->n = (size_t)(m.rm_eo - m.rm_so);
		found->part = part;
	}
	return is;
}

/* Of a beginning of the expression: is it cut where its meaning changes? */
E2E__FN bool e2e__match_cut(const char *ere, size_t n)
{
	return ere[n - 1] == '\\' || (ere[n] && strchr("*+?{", ere[n]));
}

/* What comes closest: the longest beginning of the expression, or else the longest end of it, that
 * matches three bytes or more of a line. Expressions and texts beyond any sense aren't tried. */
E2E__FN bool e2e__match_closest(struct e2e__found *best, const char *s, const char *ere)
{
	enum { LEAST = 3, PATTERN = 200, TEXT = 65536 };
	struct e2e__found end = {0, 0, NULL};
	size_t n = strlen(ere), i;

	best->n = 0;
	if (n > PATTERN || strlen(s) > TEXT)
		return false;
	for (i = n; i >= LEAST && best->n < LEAST; i--)
		if (e2e__match_cut(ere, i) ||
			!e2e__match_find(best, s, e2e__memory_strndup(ere, i), REG_NEWLINE))
			best->n = 0;
	for (i = 1; i + LEAST <= n && end.n < LEAST; i++)
		if (e2e__match_cut(ere, i) || !e2e__match_find(&end, s, ere + i, REG_NEWLINE))
			end.n = 0;
	if (end.n > best->n)
		*best = end;
	return best->n >= LEAST;
}

/* The number of the line at a byte. */
E2E__FN size_t e2e__match_line(const char *s, size_t at)
{
	size_t line = 1, i;

	for (i = 0; i < at; i++)
		line += s[i] == '\n';
	return line;
}

/* What to show of a text where a line is marked (0: none is). */
E2E__FN const char *e2e__match_shown(const char *s, size_t line)
{
	return e2e__excerpt_has_lines(s) ? e2e__excerpt_block(s, line) : e2e__excerpt(s, 0, 400);
}

E2E__FN bool e2e__match_fail(const struct e2e__at *at, const char *verb, const char *code,
	const char *got, const char *want, const char *hint)
{
	e2e_failure f = {NULL, got, want, code, hint, NULL};
	E2E__BUF(b, 256);

	e2e__buf_adds(&b, "false: ");
	e2e__point_add_name(&b, at->text, verb, E2E__PLAIN);
	f.message = b.p;
	e2e__point(at, false, verb, &f);
	e2e__buf_free(&b);
	return false;
}

E2E__FN bool e2e__match_like(struct e2e__at at, const char *s, const char *ere)
{
	struct e2e__found found = {0, 0, NULL};
	int m = e2e__match(&at, s, ere);
	const char *hint = NULL;
	size_t line = 0;

	if (m > 0)
		return e2e__point(&at, true, " like ", NULL);
	if (m < 0)
		return false;
	if (s && e2e__match_find(&found, s, ere, REG_NEWLINE)) {
		line = e2e__match_line(s, found.at);
		hint = e2e_printf("line %zu alone matches: ^ and $ are the ends of the whole text, "
				  "and its last newline belongs to it",
			line);
	} else if (s && e2e__match_closest(&found, s, ere)) {
		line = e2e__match_line(s, found.at);
		if (e2e__excerpt_has_lines(s))
			hint = e2e_printf("line %zu comes closest: it matches %s", line,
				e2e_quoted(found.part));
	}

	return e2e__match_fail(&at, " like ", "like", e2e__match_shown(s, line),
		e2e_printf("a match of %s", e2e_quoted(ere)), hint);
}

E2E__FN bool e2e__match_unlike(struct e2e__at at, const char *s, const char *ere)
{
	struct e2e__found found = {0, 0, NULL};
	int m = e2e__match(&at, s, ere);
	const char *hint = NULL;
	size_t line = 0;

	if (m == 0)
		return e2e__point(&at, true, " unlike ", NULL);
	if (m < 0)
		return false;
	if (e2e__excerpt_has_lines(s) && e2e__match_find(&found, s, ere, 0)) {
		line = e2e__match_line(s, found.at);
		hint = e2e_printf("line %zu matches: %s", line,
			e2e_quoted(
				e2e__memory_strndup(s + found.at, found.n < 200 ? found.n : 200)));
	}

	return e2e__match_fail(&at, " unlike ", "unlike", e2e__match_shown(s, line),
		e2e_printf("no match of %s", e2e_quoted(ere)), hint);
}

/* ---- core/collections.h ---- */

E2E__FN bool e2e__collection_is_set_at(
	struct e2e__at at, const char *const *got, const char *const *want)
{
	bool ok = got == want;
	E2E__BUF(b, 512);

	b.p[0] = 0;
	if (got && want) {
		e2e__assertion_add_lacking(&b, "missing", want, got);
		e2e__assertion_add_lacking(&b, "extra", got, want);
		ok = b.n == 0;
	}
	if (ok)
		e2e__point(&at, true, " is ", NULL);
	else
		e2e__assertion_judge(&at, false, " is ", e2e__assertion_list_text(got),
			e2e__assertion_list_text(want), "is_set", b.n ? b.p : NULL, NULL);
	e2e__buf_free(&b);
	return ok;
}

E2E__FN struct e2e__numbers e2e__collection_numbers_at(
	const void *at, size_t size, bool floating, bool wraps)
{
	/* bool: (bool)0.5 is 1 */
	struct e2e__numbers numbers = {at, size, floating && size > 1, wraps};

	return numbers;
}

/* One of the numbers. */
struct e2e__number {
	bool floating;
	struct e2e__integer integer;
	long double real;
};

E2E__FN struct e2e__number e2e__collection_number(const struct e2e__numbers *from, size_t i)
{
	struct e2e__number v = {from->floating, {0, 0, false}, 0};
	e2e__widest integer;
	const char *p = (const char *)from->at + i * from->size;
	union {
		int8_t i8;
		int16_t i16;
		int32_t i32;
		int64_t i64;
		float f;
		double d;
		long double l;
		e2e__widest widest;
	} u;

	memset(&u, 0, sizeof u);
	memcpy(&u, p, from->size < sizeof u ? from->size : sizeof u);
	if (from->floating) {
		v.real = from->size == sizeof u.f ? u.f : from->size == sizeof u.d ? u.d : u.l;
		return v;
	}

	switch (from->size) {
	case 1:
		integer = from->wraps ? (uint8_t)u.i8 : u.i8;
		break;
	case 2:
		integer = from->wraps ? (uint16_t)u.i16 : u.i16;
		break;
	case 4:
		integer = from->wraps ? (e2e__widest)(uint32_t)u.i32 : u.i32;
		break;
	case sizeof u.i64:
		integer = from->wraps ? (e2e__widest)(uint64_t)u.i64 : u.i64;
		break;
	default:
		integer = u.widest;
	}
	v.integer = e2e__integer_of(integer, from->wraps && from->size >= sizeof u.i64);
	v.real = e2e__integer_real(&v.integer);
	return v;
}

E2E__FN bool e2e__collection_equal(const struct e2e__number *a, const struct e2e__number *b)
{
	if (!a->floating && !b->floating)
		return e2e__integer_compare(&a->integer, &b->integer) == 0;
	if (a->real != a->real || b->real != b->real)
		return a->real != a->real && b->real != b->real;
	return !(a->real < b->real) && !(a->real > b->real);
}

E2E__FN const char *e2e__collection_text(const struct e2e__number *v)
{
	char buffer[64];

	return e2e__memory_strdup(v->floating
			? e2e__assertion_double(buffer, sizeof buffer, (double)v->real)
			: e2e__integer_text(buffer, sizeof buffer, &v->integer));
}

E2E__FN bool e2e__collection_is_array_at(
	struct e2e__at at, struct e2e__numbers got, struct e2e__numbers want, size_t n)
{
	struct e2e__unlike_elements d = {0, 0, NULL, NULL, NULL};
	size_t i;
	E2E__BUF(b, 512);

	d.lines = &b;
	if (got.at == want.at && got.size == want.size)
		return e2e__point(&at, true, " is ", NULL);
	if (!got.at || !want.at)
		return e2e__assertion_judge(&at, false, " is ", got.at ? "an array" : "NULL",
			want.at ? "an array" : "NULL", "is_array", NULL, NULL);
	if ((!got.floating && got.size > sizeof(e2e__widest)) ||
		(!want.floating && want.size > sizeof(e2e__widest)))
		return e2e__assertion_judge(&at, false, " is ", NULL, NULL, "is_array",
			"integers of a width that isn't known: expected 8 to 128 bits; use "
			"e2e_is_mem",
			NULL);

	for (i = 0; i < n; i++) {
		struct e2e__number g = e2e__collection_number(&got, i),
				   w = e2e__collection_number(&want, i);

		if (e2e__collection_equal(&g, &w))
			continue;
		if (d.n >= E2E__SHOWN_ELEMENTS)
			d.n++;
		else
			e2e__assertion_differs(
				&d, i, e2e__collection_text(&g), e2e__collection_text(&w));
	}
	return e2e__assertion_judge_elements(&at, "is_array", n, &d);
}

E2E__FN bool e2e__collection_is_near(struct e2e__at at, double got, double want, double relative)
{
	double size = want < 0 ? -want : want, apart = got > want ? got - want : want - got;
	bool nan = got != got || want != want, endless = e2e__assertion_endless(want);
	char g[64], w[64], r[64], low[64], high[64];
	const char *wanted;

	if (!(relative >= 0) || e2e__assertion_endless(relative))
		return e2e__assertion_judge(&at, false, " is ", NULL, NULL, "is_near",
			e2e_printf("the relative tolerance is %s: expected a number of at least 0, "
				   "0.01 for 1 per cent",
				e2e__assertion_double(r, sizeof r, relative)),
			NULL);
	if (nan ? got != got && want != want
		: !(got < want || got > want) || (!endless && apart <= size * relative))
		return e2e__point(&at, true, " is ", NULL);

	e2e__assertion_double(w, sizeof w, want);
	wanted = w;
	if (!nan && !endless)
		wanted = e2e_printf("%s +- %s of it: %s to %s", w,
			e2e__assertion_double(r, sizeof r, relative),
			e2e__assertion_double(low, sizeof low, want - size * relative),
			e2e__assertion_double(high, sizeof high, want + size * relative));
	else if (want != want)
		wanted = "nan";
	return e2e__assertion_judge(&at, false, " is ", e2e__assertion_double(g, sizeof g, got),
		wanted, "is_near",
		!nan && !endless && size > 0 && !e2e__assertion_endless(got)
			? e2e_printf("apart by %s of the wanted value",
				  e2e__assertion_double(r, sizeof r, apart / size))
			: NULL,
		NULL);
}

/* ---- core/printer.h ---- */

E2E__FN struct e2e__elements e2e__printer_elements(
	const void *at, size_t size, const char *(*print)(const void *))
{
	struct e2e__elements elements = {(const char *)at, size, print};

	return elements;
}

/* The name of the printer is no part of the point's name. */
E2E__FN void e2e__printer_skip_name(struct e2e__at *at)
{
	at->text = e2e__point_argument_end(at->text);
	at->text += *at->text == ',';
	at->text += strspn(at->text, " ");
}

E2E__FN bool e2e__printer_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* A text as it stands for its struct. */
E2E__FN const char *e2e__printer_shown(const char *text)
{
	return !text                                       ? "NULL"
		: strlen(text) > 400 || strchr(text, '\n') ? e2e__excerpt(text, 0, 400)
							   : text;
}

E2E__FN bool e2e__printer_is_struct_at(struct e2e__at at, const char *got, const char *want)
{
	const char *diff = got && want ? e2e__diff(got, want) : NULL;
	size_t same = 0, line = 1;

	e2e__printer_skip_name(&at);
	if (e2e__printer_same(got, want))
		return e2e__point(&at, true, " is ", NULL);
	if (!diff)
		return e2e__assertion_judge(&at, false, " is ", e2e__printer_shown(got),
			e2e__printer_shown(want), "is_struct", NULL, NULL);
	for (; got[same] && got[same] == want[same]; same++)
		line += got[same] == '\n';
	return e2e__assertion_judge(&at, false, " is ", NULL, NULL, "is_struct",
		e2e_printf("they differ from line %zu on", line), diff);
}

E2E__FN bool e2e__printer_is_structs_at(
	struct e2e__at at, struct e2e__elements got, struct e2e__elements want, size_t n)
{
	struct e2e__unlike_elements d = {0, 0, NULL, NULL, NULL};
	size_t i;
	E2E__BUF(b, 512);

	d.lines = &b;
	e2e__printer_skip_name(&at);
	if (!got.at || !want.at)
		return e2e__assertion_judge(&at, got.at == want.at, " is ",
			got.at ? "an array" : "NULL", want.at ? "an array" : "NULL", "is_structs",
			NULL, NULL);

	for (i = 0; i < n; i++) {
		const char *g = got.print(got.at + i * got.size);
		const char *w = want.print(want.at + i * want.size);

		if (e2e__printer_same(g, w))
			continue;
		if (d.n >= E2E__SHOWN_ELEMENTS)
			d.n++;
		else
			e2e__assertion_differs(&d, i, e2e__printer_shown(g), e2e__printer_shown(w));
	}
	return e2e__assertion_judge_elements(&at, "is_structs", n, &d);
}

/* ---- core/exits.h ---- */

E2E__FN void e2e__exit_leave(void) __attribute__((noreturn));

E2E__FN bool e2e__exit_in_case(void)
{
	return e2e__state.page && e2e__state.page->pid == getpid();
}

/* Makes the case's main thread run the handler of SIGALRM, which leaves the case. */
E2E__FN void e2e__exit_poke(void)
{
	pid_t pid = e2e__state.playing;

#ifdef E2E__LINUX
	if (pid == getpid()) {
		syscall(SYS_tgkill, (long)pid, (long)pid, (long)SIGALRM);
		return;
	}
#endif
	if (pid > 1)
		kill(pid, SIGALRM);
}

/* The signal that this program was told to end by; 0: none. */
E2E__FN int e2e__exit_told(void)
{
	return e2e__state.quit ? e2e__state.quit : e2e__state.up ? e2e__state.up->stop : 0;
}

/* Must the case leave off what it does? */
E2E__NO_TSAN E2E__FN bool e2e__exit_must_stop(const struct e2e__page *pg)
{
	return pg->stop && !pg->heeded;
}

/* The subtest that a skip ends, if nothing else ends more than that. */
E2E__FN struct e2e__subtest *e2e__exit_skipped_subtest(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	struct e2e__subtest *s =
		pg->left && !pg->bailed && !e2e__exit_must_stop(pg) && !st->expired && !st->report
		? st->subtest
		: NULL;

	return s && s->self == s && s->landing == st->landing ? s : NULL;
}

E2E__NO_TSAN E2E__FN void e2e__exit_leave(void)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__subtest *subtest;

	if (!e2e__exit_in_case()) {
		/* this may be a handler: the case's own process says so, outside of one */
		if (e2e__state.expired && !pg->late)
			pg->late = e2e__state.expired;
		pg->ending = 1;
		e2e__exit_poke();
		_exit(1);
	}

	if (e2e__buf_self() != e2e__state.main_thread) {
		pg->ending = 1;
		e2e__exit_poke();
		for (;;)
			pause();
	}

	subtest = e2e__exit_skipped_subtest();
	if (subtest)
		subtest->go(subtest);
	if (!e2e__state.landing && e2e__state.style == 's')
		e2e__script_finish();
	if (!e2e__state.landing)
		e2e__main_end_runner();
	siglongjmp(e2e__state.landing->jump, 1);
}

E2E__FN void e2e__exit_end_case(void)
{
	e2e__script_begin();
	e2e__exit_leave();
}

E2E__FN void e2e__exit_die(const char *file, int line, const char *name, const e2e_failure *failure)
{
	e2e_report(file, line, false, name, failure);
	e2e__exit_leave();
}

E2E__FN void e2e__exit_bail_out(const char *fmt, ...)
{
	va_list ap;

	e2e__script_begin();
	va_start(ap, fmt);
	vsnprintf(e2e__state.page->reason, sizeof e2e__state.page->reason, fmt, ap);
	va_end(ap);
	e2e__state.page->bailed = 1;
	e2e__exit_leave();
}

/* Something that makes the whole run pointless: said on stderr, exit status 99. */
E2E__FN void e2e__exit_fatal(const char *fmt, ...)
{
	struct e2e__page *pg = e2e__state.page;
	va_list ap;
	char text[1024];

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (pg && !pg->direct) {
		snprintf(pg->reason, sizeof pg->reason, "%s", text);
		pg->bailed = 1;
		e2e__exit_leave();
	}

	fflush(stdout);
	fprintf(stderr, "e2e: %s\n", text);
	_exit(99);
}

E2E__FN void e2e__exit_interrupt(void (*report)(void))
{
	e2e__state.report = report;
	e2e__state.page->ending = 1;
	e2e__exit_poke();
}

E2E__FN int e2e__exit_failures(void)
{
	struct e2e__page *pg = e2e__state.page;
	int i, n = 0;

	for (i = 0; i <= pg->depth; i++)
		n += pg->level[i].failed;
	return n;
}

E2E__FN bool e2e__exit_failed(void)
{
	return e2e__exit_failures() > 0 || e2e__state.page->bailed;
}

/* ---- core/hooks.h ---- */

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

/* ---- core/subtest.h ---- */

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

/* ---- core/limit.h ---- */

E2E__FN struct e2e__poll e2e__limit_poll_open(double seconds)
{
	struct e2e__poll p;

	e2e__script_begin();
	p.began = e2e_now();
	p.until = p.began + e2e__clock_scaled(seconds);
	p.wait = 0.0005;
	return p;
}

E2E__FN bool e2e__limit_poll_more(struct e2e__poll *p)
{
	double now = e2e_now();

	if (now >= p->until)
		return false;
	e2e__limit_pause(p->until - now < p->wait ? p->until - now : p->wait);
	p->wait = p->wait < 0.01 ? p->wait * 1.5 : p->wait;
	return true;
}

E2E__FN bool e2e__limit_poll_close(struct e2e__at at, const struct e2e__poll *p, bool ok)
{
	bool pass;
	char number[32];
	E2E__BUF(b, 256);

	b.p[0] = 0;
	if (!ok) {
		e2e__clock_number(number, sizeof number, "%.3g", p->until - p->began);
		e2e__buf_addf(&b, "still false after %s s%s", number, at.desc ? "" : ": ");
	}

	if (!ok && !at.desc)
		e2e__point_add_name(&b, at.text, NULL, E2E__PLAIN);
	pass = e2e__assertion_judge(&at, ok, NULL, NULL, NULL, "eventually", b.p, NULL);
	e2e__buf_free(&b);
	return pass;
}

E2E__FN void e2e__limit_set_timer(void);
E2E__FN void e2e__limit_unblock_alarm(void);

/* Remembers what a jump out of a block has to undo. */
E2E__FN void e2e__limit_tie(struct e2e__loose *loose, void (*undo)(struct e2e__loose *))
{
	struct e2e__state *st = &e2e__state;

	loose->undo = undo;
	loose->landing = st->landing;
	loose->subtest = st->subtest;
	loose->next = st->loose;
	st->loose = loose;
}

/* The block has ended; false: a jump had undone it already. */
E2E__FN bool e2e__limit_untie(struct e2e__loose *loose)
{
	if (e2e__state.loose != loose)
		return false;
	e2e__state.loose = loose->next;
	return true;
}

E2E__FN void e2e__limit_undo_last(void)
{
	struct e2e__loose *loose = e2e__state.loose;

	e2e__state.loose = loose->next;
	loose->undo(loose);
}

/* A skip left the subtest by a jump: what it had begun ends here. */
E2E__NO_TSAN E2E__FN void e2e__limit_leave_subtest(struct e2e__subtest *subtest)
{
	struct e2e__page *pg = e2e__state.page;
	int i;

	e2e__state.hold = 0;
	e2e__state.jumped = true;
	pg->ending = 0;
	pg->doing[0] = 0;
	for (i = 0; i < E2E__LIMITS; i++)
		if (pg->limit[i].subtest == subtest && pg->limit[i].pid == getpid())
			pg->limit[i].armed = 0;
	e2e__limit_set_timer();
	e2e__limit_unblock_alarm();
	while (e2e__state.loose && e2e__state.loose->subtest == subtest)
		e2e__limit_undo_last();
}

E2E__FN void e2e__limit_close_subtest(struct e2e__subtest *subtest)
{
	struct e2e__page *pg = e2e__state.page;
	bool skipped = pg->left != 0;

	e2e__state.subtest = subtest->outer;
	pg->left = 0;
	if (skipped)
		e2e__limit_leave_subtest(subtest);
	while (pg->depth > subtest->slot)
		e2e__subtest_end(subtest->file, subtest->line, NULL);
	if (pg->depth == subtest->slot)
		e2e__subtest_end(subtest->file, subtest->line, skipped ? pg->why_left : NULL);
}

E2E__FN pid_t e2e__limit_tid(void)
{
#ifdef E2E__LINUX
	return (pid_t)syscall(SYS_gettid);
#else
	return getpid();
#endif
}

E2E__NO_TSAN E2E__FN struct e2e__limit *e2e__limit_earliest(
	struct e2e__page *pg, pid_t pid, bool hard)
{
	struct e2e__limit *g = NULL;
	int i;

	for (i = 0; i < E2E__LIMITS; i++)
		if (pg->limit[i].armed && pg->limit[i].pid == pid && (hard || !pg->limit[i].hard) &&
			(!g || pg->limit[i].until < g->until))
			g = &pg->limit[i];
	return g;
}

/* Is a debugger at work on the process? What only writes down system calls isn't one. */
E2E__FN bool e2e__limit_traced(pid_t pid)
{
#ifdef E2E__LINUX
	char text[2048];
	const char *at;
	long tracer;

	e2e__file_of_process(pid, "status", text, sizeof text);
	at = strstr(text, "TracerPid:");
	tracer = at ? strtol(at + 10, NULL, 10) : 0;
	if (tracer <= 0)
		return false;
	e2e__file_of_process((pid_t)tracer, "comm", text, sizeof text);
	return strncmp(text, "strace", 6) != 0 && strncmp(text, "ltrace", 6) != 0;
#else
	(void)pid;
	return false;
#endif
}

/* Is the limit over? While a debugger holds the process it begins anew. */
E2E__FN bool e2e__limit_is_over(struct e2e__limit *g)
{
	if (g->until > e2e__clock_ns())
		return false;
	if (!e2e__limit_traced(g->pid))
		return true;
	g->until = e2e__clock_ns() + e2e__clock_span(g->seconds);
	return false;
}

/* A timer of its own where the system has them: alarm() and setitimer() are the tested code's. */
E2E__FN void e2e__limit_start_timer(const struct itimerval *t)
{
#if defined E2E__LINUX && defined SYS_timer_create && defined SYS_timer_settime && \
	!(defined __x86_64__ && defined __ILP32__)
	long spec[4] = {0, (long)t->it_interval.tv_usec * 1000, (long)t->it_value.tv_sec,
		(long)t->it_value.tv_usec * 1000};
	struct e2e__state *st = &e2e__state;
	struct sigevent event;

	if (st->timer_owner != getpid()) {
		memset(&event, 0, sizeof event);
		event.sigev_notify = SIGEV_SIGNAL;
		event.sigev_signo = SIGALRM;
		st->timer_owner =
			syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &st->timer) == 0
			? getpid()
			: 0;
	}
	if (st->timer_owner && syscall(SYS_timer_settime, st->timer, 0, spec, NULL) == 0)
		return;
	st->timer_owner = 0;
#endif
	setitimer(ITIMER_REAL, t, NULL);
}

/* Sets the timer to the earliest limit of this process. It fires again each 10 ms, in case it came
 * at a bad moment. */
E2E__NO_TSAN E2E__FN void e2e__limit_set_timer(void)
{
	struct e2e__limit *g = e2e__limit_earliest(e2e__state.page, e2e__page_pid(), false);
	struct itimerval t;
	int64_t until = g ? g->until : 0, held = e2e__state.hold ? e2e__state.hold_until : 0, left;

	memset(&t, 0, sizeof t);
	if (held && (!until || held < until))
		until = held;
	if (e2e__state.page->direct && e2e__exit_must_stop(e2e__state.page))
		until = e2e__clock_ns();
	if (until) {
		left = until - e2e__clock_ns();
		left = left < 1000 ? 1000 : left;
		t.it_value.tv_sec = (time_t)(left / 1000000000);
		t.it_value.tv_usec = (suseconds_t)(left % 1000000000 / 1000);
		t.it_interval.tv_usec = 10000;
	}

	if (!until && !e2e__state.timed)
		return;
	e2e__state.timed = until != 0;
	e2e__limit_start_timer(&t);
}

E2E__FN void e2e__limit_unblock_alarm(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

E2E__FN void e2e__limit_on_alarm(int sig);

/* The kernel sends what alarm() and setitimer() ask for. Whoever called them and has no handler
 * dies of it, as without us. */
E2E__FN void e2e__limit_on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
#ifdef SI_KERNEL
	if (info->si_code == SI_KERNEL && e2e__state.timer_owner == getpid()) {
		signal(sig, SIG_DFL);
		raise(sig); /* at the handler's end */
		return;
	}
#else
	(void)info;
#endif
	e2e__limit_on_alarm(sig);
}

E2E__FN void e2e__limit_catch_alarm(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = e2e__limit_on_signal;
	sa.sa_flags = SA_SIGINFO;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGALRM, &sa, NULL);
	e2e__limit_unblock_alarm();
}

/* A slot whose process was ended in its block; -1 if there is none. */
E2E__NO_TSAN E2E__FN int e2e__limit_left_slot(const struct e2e__page *pg)
{
	int i;

	for (i = 0; i < E2E__LIMITS; i++)
		if (pg->late != 1 + i && kill(pg->limit[i].pid, 0) < 0 && errno == ESRCH)
			return i;
	return -1;
}

/* Arms a limit (0: none); returns its slot, or -1. A hard one is for what can't be left by a jump:
 * cleanup, exit(). */
E2E__FN int e2e__limit_arm_slot(const char *file, int line, double seconds, bool hard)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__limit *g = NULL;
	void *self = e2e__buf_self();
	pid_t pid = e2e__page_pid();
	int i, slot = -1;
	int64_t until;

	if (!(seconds > 0) || seconds >= 1e9)
		return -1; /* 30 years are as good as no limit */
	until = e2e__clock_ns() + e2e__clock_span(seconds);
	e2e__page_lock(pg);
	for (i = 0; i < E2E__LIMITS; i++) {
		if (!pg->limit[i].armed && slot < 0)
			slot = i;

		/* An inner limit never outlives the outer ones of its thread. */
		if (pg->limit[i].armed && pg->limit[i].pid == pid && pg->limit[i].thread == self &&
			pg->limit[i].until <= until)
			slot = -2;
		if (slot == -2)
			break;
	}

	if (slot == -1)
		slot = e2e__limit_left_slot(pg);
	if (slot >= 0) {
		g = &pg->limit[slot];
		g->pid = pid;
		g->tid = e2e__limit_tid();
		g->thread = self;
		g->landing = e2e__state.landing;
		g->subtest = e2e__state.subtest;
		g->until = until;
		g->seconds = seconds;
		g->line = line;
		g->hard = hard;
		e2e__story_name(g->file, sizeof g->file, file);
		E2E__BARRIER();
		g->armed = 1;
	}

	e2e__page_unlock(pg);
	if (slot == -1)
		e2e__exit_fatal(
			"%s:%d: more than %d timeouts are armed at once", file, line, E2E__LIMITS);
	if (slot >= 0 && !hard)
		e2e__limit_set_timer();
	return slot;
}

E2E__FN struct e2e__block e2e__limit_arm(const char *file, int line, double seconds)
{
	struct e2e__block b = e2e__subtest_block_at(file, line);
	char number[32];
	e2e_failure f = {NULL, NULL, NULL, "limit", "0 is no limit but the case's", NULL};

	e2e__script_begin();
	if (!(seconds >= 0)) {
		f.message = e2e_printf("a limit of %s s: expected seconds, e.g. 0.25",
			e2e__clock_number(number, sizeof number, "%g", seconds));
		e2e__exit_die(file, line, f.message, &f);
	}
	b.slot = e2e__limit_arm_slot(file, line, e2e__clock_scaled(seconds), false);
	return b;
}

/* A block that ended too late is over its limit too: the signal may have been blocked, or handled
 * by the tested code. */
E2E__FN void e2e__limit_disarm(struct e2e__block *b)
{
	struct e2e__limit *g;

	if (b->slot < 0)
		return;
	g = &e2e__state.page->limit[b->slot];
	if (g->armed && !e2e__state.hold && e2e__limit_is_over(g)) {
		e2e__state.expired = 1 + b->slot;
		e2e__exit_leave();
	}
	g->armed = 0;
	e2e__limit_set_timer();
}

/* Those of this process: what it has forked has the same landings, and goes on. */
E2E__NO_TSAN E2E__FN void e2e__limit_disarm_all(struct e2e__landing *of)
{
	struct e2e__page *pg = e2e__state.page;
	pid_t pid = e2e__page_pid();
	int i;

	for (i = 0; i < E2E__LIMITS; i++)
		if (pg->limit[i].pid == pid && (!of || pg->limit[i].landing == of))
			pg->limit[i].armed = 0;
	e2e__limit_set_timer();
}

E2E__NO_TSAN E2E__FN void e2e__limit_on_alarm(int sig)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	struct e2e__limit *g;
	bool mine, stop, main_thread = e2e__buf_self() == st->main_thread;
	int saved = errno;
	pid_t pid = getpid();

	(void)sig;
	if (!pg)
		return;
	mine = pg->pid == pid;
	g = e2e__limit_earliest(pg, pid, false);
	if (g && !e2e__limit_is_over(g)) {
		/* The time that it counted wasn't all the case's. What is due already is met by
		 * the timer's next turn; setting it to now would leave the case no time at all. */
		if (!st->hold && g->until - e2e__clock_ns() > 10000000)
			e2e__limit_set_timer();
		g = NULL;
	}
	if (st->hold && st->hold_until && st->hold_until <= e2e__clock_ns())
		st->hold_stop();
	if (mine && pg->direct && !pg->stop)
		pg->stop = e2e__exit_told(); /* by who watches the runner */
	stop = mine && (pg->ending || e2e__exit_must_stop(pg));
	if (!g && !stop)
		goto back;
	if (mine && main_thread && (st->style == 's' ? pg->phase == E2E__DONE : !st->landing))
		goto back; /* between set-up, body and tear-down */
	if (st->hold) {
		st->hold_stop();
		st->pending = 1;
		goto back;
	}

	if (pg->lock == e2e__page_lock_word() || (main_thread && st->busy))
		goto back; /* in the middle of a line or of malloc; the timer comes again */
	if (g && g->thread != e2e__buf_self() && !(main_thread && stop)) {
#ifdef E2E__LINUX
		syscall(SYS_tgkill, (long)pid, (long)g->tid, (long)SIGALRM);
#endif
		goto back;
	}

	if (g && !st->expired)
		st->expired = 1 + (int)(g - pg->limit);
	if (mine && main_thread && g && g->landing && !stop)
		siglongjmp(g->landing->jump, 1);
	e2e__exit_leave();
back:
	errno = saved;
}

E2E__FN void e2e__limit_hold(double until, void (*stop)(void))
{
	e2e__state.hold_stop = stop;
	e2e__state.hold_until = e2e__clock_span(until);
	e2e__state.hold = 1;
	if (until > 0)
		e2e__limit_set_timer();
}

E2E__FN void e2e__limit_release(void)
{
	bool timed = e2e__state.hold_until != 0;

	e2e__state.hold = 0;
	e2e__state.hold_until = 0;
	if (timed)
		e2e__limit_set_timer();
	if (e2e__state.pending) {
		e2e__state.pending = 0;
		e2e__limit_on_alarm(SIGALRM);
	}
}

E2E__FN const char *e2e__limit_timed_out(char *buffer, size_t size, double seconds)
{
	char number[32];

	snprintf(buffer, size, "timed out after %s s",
		e2e__clock_number(number, sizeof number, "%.6g", seconds));
	return buffer;
}

/* What the case did when it had to leave off. */
E2E__FN void e2e__limit_last_seen(char *buffer, size_t size, const char *file, int line)
{
	struct e2e__page *pg = e2e__state.page;

	snprintf(buffer, size, "it was last seen at %s:%d%s%s",
		pg->where_file[0] ? pg->where_file : file,
		pg->where_file[0] ? pg->where_line : line, pg->doing[0] ? ", waiting for " : "",
		pg->doing);
	pg->doing[0] = 0;
}

/* The failed point of a case that the program's end has come over. */
E2E__FN void e2e__limit_heed_stop(void)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__case *c = e2e__state.current;
	const char *file = c ? c->file : e2e__case_program();
	char message[64], hint[480];
	e2e_failure f = {message, NULL, NULL, "terminated", hint, NULL};

	pg->heeded = 1;
	if (!e2e__clock_terminates(pg->stop))
		return;
	snprintf(message, sizeof message, "terminated by %s", e2e__clock_signal_name(pg->stop));
	e2e__limit_last_seen(hint, sizeof hint, file, c ? c->line : 0);
	e2e_report(pg->where_file[0] ? pg->where_file : file,
		pg->where_file[0] ? pg->where_line
			: c       ? c->line
				  : 0,
		false, message, &f);
}

/* The failed point of a limit that is over. */
E2E__FN void e2e__limit_report_expiry(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	int slot = (st->expired ? st->expired : pg->late) - 1;
	struct e2e__limit g;

	/* no memory is allocated before the failure is told: the heap may be broken */
	char message[64], hint[480];
	e2e_failure f = {message, NULL, NULL, "timeout", hint, NULL};

	st->expired = 0;
	pg->late = 0;
	if (slot < 0 || slot >= E2E__LIMITS)
		return;
	g = pg->limit[slot];

	/* What follows may find a lock held that the jump left so: the limit stays for the parent
	 * to enforce. */
	pg->limit[slot].until = e2e__clock_ns() + e2e__clock_span(e2e__clock_scaled(0.5));
	e2e__limit_timed_out(message, sizeof message, g.seconds);
	e2e__limit_last_seen(hint, sizeof hint, g.file, g.line);
	e2e_report(g.file, g.line, false, message, &f);
	e2e__story_limit(pg, &g, st->current ? st->current->line : 0);
}

/* A skip whose subtest the tested code has left by a jump of its own ends the case. */
E2E__FN void e2e__limit_skip_all(void)
{
	struct e2e__page *pg = e2e__state.page;

	if (!pg->left || e2e__subtest_in())
		return;
	memcpy(pg->reason, pg->why_left, sizeof pg->reason);
	pg->skipped = 1;
	pg->left = 0;
}

/* Behind a jump, or the regular end of what a jump might have left: the signal's mask, the report
 * of what ended the case, and the subtests that are still open. */
E2E__NO_TSAN E2E__FN void e2e__limit_land(struct e2e__landing *at, bool jumped)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	void (*report)(void) = st->report;

	st->hold = 0;
	st->subtest = at ? at->subtest : NULL;
	st->todo = at ? at->todo : NULL;
	while (st->loose && st->loose->landing == at)
		e2e__limit_undo_last();
	if (st->expired || pg->late)
		e2e__limit_report_expiry();
	if (jumped && e2e__exit_must_stop(pg))
		e2e__limit_heed_stop();
	e2e__limit_disarm_all(at);
	e2e__limit_unblock_alarm();
	if (report) {
		st->report = NULL;
		report();
	}

	st->todo = at ? at->todo : NULL;
	while (at && pg->depth > at->depth)
		e2e__subtest_end(pg->where_file, pg->where_line, pg->left ? pg->why_left : NULL);
	e2e__limit_skip_all();
	pg->ending = 0;
}

/* The slot of a limit of this landing that is over although nothing jumped, or -1. */
E2E__FN int e2e__limit_overdue(struct e2e__landing *at)
{
	struct e2e__page *pg = e2e__state.page;
	int i;

	for (i = 0; i < E2E__LIMITS; i++)
		if (pg->limit[i].armed && !pg->limit[i].hard && pg->limit[i].landing == at &&
			e2e__limit_is_over(&pg->limit[i]))
			return i;
	return -1;
}

/* A process that the tested code forked must not go on as if it were the case. */
E2E__FN void e2e__limit_stop_clone(const char *file, int line)
{
	e2e_failure f = {"a forked child came back from the case's code", NULL, NULL, "fork",
		"end each forked child with _exit()", NULL};

	e2e_report(file, line, false, f.message, &f);
	_exit(1);
}

/* Calls fn(arg) so that a jump out of it ends here; the limit is in seconds (scaled already), 0:
 * none. */
E2E__FN bool e2e__limit_landed(
	void (*fn)(void *), void *arg, const char *file, int line, double limit)
{
	struct e2e__landing at;
	volatile pid_t pid = getpid(); /* volatile: read behind a jump */
	volatile bool ended = false, jumped = false;

	at.outer = e2e__state.landing;
	at.subtest = e2e__state.subtest;
	at.depth = e2e__state.page->depth;
	at.todo = e2e__state.todo;
	e2e__state.landing = &at;
	if (sigsetjmp(at.jump, 0) == 0) {
		e2e__limit_arm_slot(file, line, limit, false);
		fn(arg);
		if (getpid() != pid)
			e2e__limit_stop_clone(file, line);
		e2e__state.expired = e2e__limit_overdue(&at) + 1;
		ended = !e2e__state.expired && !e2e__state.page->late;
	} else {
		jumped = true;
		e2e__state.jumped = true;
	}

	e2e__limit_land(&at, jumped);
	e2e__state.landing = at.outer;
	return ended;
}

E2E__FN double e2e__limit_until(double seconds)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__limit *g;
	double until = e2e_now() + e2e__clock_scaled(seconds), end;

	e2e__script_begin();
	pg = e2e__state.page;
	g = e2e__limit_earliest(pg, getpid(), true);
	end = g ? (double)g->until * 1e-9 : until;
	return end < until ? end : until;
}

E2E__FN void e2e__limit_pause(double seconds)
{
	double until = e2e_now() + seconds, left;
	struct e2e__hooks *h;

	do {
		for (h = e2e__state.hooks; h; h = h->next)
			if (h->idle)
				h->idle();
		left = until - e2e_now();
		if (left > 0)
			e2e__clock_nap(left > 0.01 ? 0.01 : left);
	} while (left > 0.01);
}

/* ---- core/expand.h ---- */

/* The value of another key for %(key)s; NULL, and *wrong says what was expected. */
typedef const char *e2e__expand_lookup(const char *key, void *arg, const char **wrong);

/* Where a value is read, and what it is copied to. */
struct e2e__expansion {
	const char *p;
	struct e2e__buf *out;
	char quote; /* of the string within a list; 0: outside */
	bool list;
	e2e__expand_lookup *lookup;
	void *arg;
	const char *wrong; /* what was expected; NULL: all is well */
};

/* The environment's text, so that it stays one string in ["..."] whatever it holds. */
E2E__FN void e2e__expand_put(struct e2e__expansion *e, const char *text)
{
	for (; *text; text++) {
		if (e->quote && (*text == e->quote || *text == '\\'))
			e2e__buf_adds(e->out, "\\");
		e2e__buf_add(e->out, e->quote && *text == '\n' ? "\\n" : text,
			e->quote && *text == '\n' ? 2 : 1);
	}
}

/* ${NAME} */
E2E__FN void e2e__expand_environment(struct e2e__expansion *e)
{
	size_t n = strcspn(e->p + 2, "}");
	const char *name = e2e_printf("%.*s", (int)n, e->p + 2), *value = getenv(name);

	if (e->p[2 + n] != '}' || !n)
		e->wrong = "${NAME} with the name of an environment variable; $${ stands for ${";
	else if (!value)
		e->wrong = e2e_printf("the environment variable %s to be set", name);
	if (e->wrong)
		return;
	e2e__secret_named(name, value);
	e2e__expand_put(e, value);
	e->p += n + 3;
}

/* %(key)s */
E2E__FN void e2e__expand_key(struct e2e__expansion *e)
{
	size_t n = strcspn(e->p + 2, ")"), i;
	char *key = e2e_printf("%.*s", (int)n, e->p + 2);
	const char *value;

	if (e->p[2 + n] != ')' || e->p[3 + n] != 's' || !n) {
		e->wrong = "%(key)s with the name of another key; %% stands for %";
		return;
	}
	for (i = 0; i < n; i++)
		if (key[i] >= 'A' && key[i] <= 'Z')
			key[i] = (char)(key[i] - 'A' + 'a');
	value = e->lookup(key, e->arg, &e->wrong);
	if (!value)
		return;
	e2e__buf_adds(e->out, value);
	e->p += n + 4;
}

/* One letter of the value as it is, with an eye on where strings begin and end in a list. */
E2E__FN void e2e__expand_letter(struct e2e__expansion *e)
{
	if (e->quote && *e->p == '\\' && e->p[1])
		e2e__buf_add(e->out, e->p++, 1);
	else if (e->quote && *e->p == e->quote)
		e->quote = 0;
	else if (e->list && !e->quote && (*e->p == '"' || *e->p == '\''))
		e->quote = *e->p;
	e2e__buf_add(e->out, e->p++, 1);
}

/* A value of the config with what its ${NAME}, %(key)s, %% and $${ stand for, for the program's
 * life. NULL: *wrong says what was expected. */
E2E__FN char *e2e__expand(
	const char *raw, e2e__expand_lookup *lookup, void *arg, const char **wrong)
{
	E2E__BUF(b, 512);
	struct e2e__expansion e;
	char *value;

	memset(&e, 0, sizeof e);
	e.p = raw;
	e.out = &b;
	e.lookup = lookup;
	e.arg = arg;
	e.list = *raw == '[' || *raw == '{' || *raw == '(' || *raw == '"' || *raw == '\'';
	while (*e.p && !e.wrong) {
		if (strncmp(e.p, "$${", 3) == 0) {
			e2e__buf_adds(&b, "${");
			e.p += 3;
		} else if (strncmp(e.p, "%%", 2) == 0) {
			e2e__buf_adds(&b, "%");
			e.p += 2;
		} else if (strncmp(e.p, "${", 2) == 0) {
			e2e__expand_environment(&e);
		} else if (strncmp(e.p, "%(", 2) == 0) {
			e2e__expand_key(&e);
		} else if (*e.p == '%') {
			e.wrong = "%% or %(key)s after a %: write %% for a % alone";
		} else {
			e2e__expand_letter(&e);
		}
	}

	e2e__buf_add(&b, "", 1);
	value = e.wrong ? NULL : strdup(b.p);
	e2e__buf_free(&b);
	*wrong = value || e.wrong ? e.wrong : "memory for it";
	return value;
}

/* ---- core/config.h ---- */

E2E__FN void e2e__config_error(int line, const char *text, const char *expected)
	__attribute__((noreturn));
E2E__FN void e2e__config_error(int line, const char *text, const char *expected)
{
	E2E__BUF(b, 256);

	e2e__buf_escape(&b, text, strlen(text) > 200 ? 200 : strlen(text), E2E__PLAIN);
	e2e__exit_fatal("%s:%d: %s: expected %s", e2e__state.config_path, line, b.p, expected);
}

E2E__FN char *e2e__config_trim(char *s)
{
	char *end;

	s += strspn(s, " \t\r");
	end = s + strlen(s);
	while (end > s && strchr(" \t\r", end[-1]))
		*--end = 0;
	return s;
}

/* How many letters must be changed, left out, added or swapped to make b of a: at most 99. */
E2E__FN int e2e__config_distance(const char *a, const char *b)
{
	enum { LONGEST = 80 };
	int rows[3][LONGEST + 1], *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	int n = (int)strlen(a), m = (int)strlen(b), i, k;

	if (n > LONGEST || m > LONGEST)
		return 99;
	for (k = 0; k <= m; k++)
		last[k] = k;
	for (i = 1; i <= n; i++) {
		row[0] = i;
		for (k = 1; k <= m; k++) {
			int best = last[k - 1] + (a[i - 1] != b[k - 1]);

			best = last[k] + 1 < best ? last[k] + 1 : best;
			best = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
				before[k - 2] + 1 < best)
				best = before[k - 2] + 1;
			row[k] = best;
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}

	return last[m];
}

/* The word of the list that is most like this one, if it is as like as that; else NULL. */
E2E__FN const char *e2e__config_nearest(const char *word, const char *const *known, int most)
{
	const char *best = NULL;
	int least = most + 1, d;

	for (; *known; known++) {
		d = strcasecmp(word, *known) == 0 ? 0 : e2e__config_distance(word, *known);
		if (d < least) {
			least = d;
			best = *known;
		}
	}
	return best;
}

E2E__FN const char *e2e__config_did_you_mean(const char *word, const char *const *known)
{
	const char *best = e2e__config_nearest(word, known, 1 + (int)strlen(word) / 4);

	return best ? e2e_printf("; did you mean %s?", best) : "";
}

E2E__FN struct e2e__setting *e2e__config_add_setting(struct e2e__setting **list,
	const char *section, const char *key, const char *value, int line)
{
	struct e2e__setting *s = (struct e2e__setting *)calloc(1, sizeof *s), *other;

	if (!s)
		e2e__exit_fatal("cannot allocate a setting: %s", strerror(errno));
	s->section = section;
	s->key = key;
	s->value = value;
	s->line = line;
	for (other = *list; other; other = other->next)
		if (strcmp(other->section, section) == 0 && strcmp(other->key, key) == 0)
			e2e__config_error(line, *key ? key : e2e_printf("[%s]", section),
				e2e_printf("it once; line %d has it, too", other->line));
	s->next = *list;
	*list = s;
	return s;
}

/* A line that goes on with the value of the setting before it. */
E2E__FN void e2e__config_continue_setting(struct e2e__setting *s, char *text)
{
	char *joined = (char *)malloc(strlen(s->value) + strlen(text) + 2);

	if (!joined)
		e2e__exit_fatal("cannot allocate a setting: %s", strerror(errno));
	sprintf(joined, "%s\n%s", s->value, e2e__config_trim(text));
	free(s->joined);
	s->value = s->joined = joined;
}

/* One line of the file: a section, a key with its value, a continuation, a comment or nothing. */
E2E__FN void e2e__config_line(
	char *line, int number, const char **section, struct e2e__setting **last)
{
	char *p = line + strspn(line, " \t"), *sep, *k, *quote;
	int indent = (int)(p - line);

	if (!*p || *p == '#' || *p == ';')
		return;
	if (*last && indent > (*last)->indent) {
		e2e__config_continue_setting(*last, p);
		return;
	}

	p = e2e__config_trim(p);
	if (*p == '[') {
		sep = strchr(p, ']');
		if (!sep || sep == p + 1 || !strchr("#;", sep[1 + strspn(sep + 1, " \t")]))
			e2e__config_error(number, p, "a section, e.g. [global]");
		*sep = 0;
		*section = p + 1;
		*last = NULL;
		e2e__config_add_setting(&e2e__state.headings, *section, "", "", number);
		return;
	}

	sep = strpbrk(p, "=:");
	quote = strpbrk(p, "\"'");
	if (!sep || sep == p || (quote && quote < sep)) /* what is quoted may be a password */
		e2e__config_error(number, quote ? e2e_printf("%.*s...", (int)(quote - p), p) : p,
			"`key = value`, `[section]` or a comment after #");
	if (!*section)
		e2e__config_error(number, p, "a [section] before the first key");
	*sep = 0;
	for (k = e2e__config_trim(p), p = k; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	*last = e2e__config_add_setting(
		&e2e__state.settings, *section, k, e2e__config_trim(sep + 1), number);
	(*last)->indent = indent;
}

E2E__FN void e2e__config_parse(char *text, size_t size)
{
	const char *section = NULL;
	struct e2e__setting *last = NULL;
	int number = 1;
	char *line, *end;

	for (line = text; line < text + size; line = end + 1, number++) {
		end = (char *)memchr(line, '\n', (size_t)(text + size - line));
		if (!end)
			end = text + size;
		*end = 0;
		if (strlen(line) < (size_t)(end - line))
			e2e__config_error(number, "a NUL byte", "a text file");
		if (end - line > 65536)
			e2e__config_error(number,
				e2e_printf("a line of %ld bytes", (long)(end - line)),
				"at most 65536");
		if (number == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
			line += 3;
		e2e__config_line(line, number, &section, &last);
	}
}

E2E__FN void e2e__config_add_section(struct e2e__section *section)
{
	struct e2e__section **end = &e2e__state.sections;

	while (*end && *end != section)
		end = &(*end)->next;
	*end = section;
}

E2E__FN const struct e2e__section *e2e__config_section_of(const char *name)
{
	const struct e2e__section *s = e2e__state.sections;

	while (s && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

/* A section of nearly the name of a known one is taken for that one, mistyped. */
E2E__FN void e2e__config_check_heading(const struct e2e__setting *heading)
{
	const struct e2e__section *s;
	const struct e2e__setting *chosen = e2e__config_find_setting("global", "provisioner");
	const char *names[2] = {NULL, NULL};
	int most;

	if (chosen && strcmp(chosen->value, heading->section) == 0)
		return;
	for (s = e2e__state.sections; s; s = s->next) {
		names[0] = s->name;
		most = strlen(s->name) < 4 ? 0 : 1 + (int)strlen(s->name) / 8;
		if (e2e__config_nearest(heading->section, names, most))
			e2e__config_error(heading->line, e2e_printf("[%s]", heading->section),
				e2e_printf(
					"a section that is known, or of another name; did you mean [%s]?",
					s->name));
	}
}

/* Is it there for another value of its section, that has %(key)s? */
E2E__FN bool e2e__config_part(const struct e2e__setting *setting)
{
	const char *reference = e2e_printf("%%(%s)s", setting->key);
	const struct e2e__setting *s;

	for (s = e2e__state.settings; s; s = s->next)
		if (strcmp(s->section, setting->section) == 0 &&
			strstr(s->raw ? s->raw : s->value, reference))
			return true;
	return false;
}

E2E__FN void e2e__config_check_key(
	const struct e2e__setting *setting, const struct e2e__section *section)
{
	size_t i;
	E2E__BUF(b, 256);

	if (e2e__config_part(setting))
		return;
	b.p[0] = 0;
	for (i = 0; section->keys[i]; i++) {
		if (strcmp(section->keys[i], setting->key) == 0)
			return;
		e2e__buf_addf(&b, "%s%s", i ? ", " : "", section->keys[i]);
	}
	e2e__config_error(setting->line, setting->key,
		e2e_printf("a key of [%s]: %s%s", section->name, b.p,
			e2e__config_did_you_mean(setting->key, section->keys)));
}

/* What the file says in vain is a mistake: nobody would hear of it. */
E2E__FN void e2e__config_check(void)
{
	static const char *const global[] = {"provisioner", "timeout", NULL};
	static const char *const environment[] = {
		"address", "features", "identities", "peer", "quirks", NULL};
	static struct e2e__section own[2] = {
		{"global", global, NULL}, {"environment", environment, NULL}};
	const struct e2e__section *section;
	const struct e2e__setting *s;
	const char *const *list;

	e2e__config_add_section(&own[0]);
	e2e__config_add_section(&own[1]);
	for (s = e2e__state.headings; s; s = s->next)
		if (!e2e__config_section_of(s->section))
			e2e__config_check_heading(s);
	for (s = e2e__state.settings; s; s = s->next)
		if ((section = e2e__config_section_of(s->section)) != NULL)
			e2e__config_check_key(s, section);
	e2e_config_list("environment", "features", NULL);
	e2e_config_list("environment", "quirks", NULL);
	for (list = e2e_config_list("environment", "identities", NULL); list && *list; list++)
		if (!strchr(*list, '/'))
			e2e__config_setting_error(
				e2e__config_find_setting("environment", "identities"),
				"identities as category/type, e.g. pubsub/pep");
}

/* Reads the file once. A file that was named must be readable; the default ones may be missing. */
E2E__FN void e2e__config_read(void)
{
	static const char *const defaults[] = {".local/e2e.ini", ".local/e2etest.ini"};
	const char *named = e2e__state.opt[E2E__CONFIG];
	char *text = NULL, *kept;
	size_t i, size = 0;
	struct stat s;

	if (e2e__state.config_read)
		return;
	e2e__state.config_read = true;
	for (i = 0; i < (named ? 1 : 2) && !text; i++) {
		e2e__state.config_path = named ? named : defaults[i];
		errno = 0;
		if (stat(e2e__state.config_path, &s) == 0 && !S_ISREG(s.st_mode) &&
			!S_ISFIFO(s.st_mode) && strcmp(e2e__state.config_path, "/dev/null") != 0)
			e2e__exit_fatal("cannot read the config %s: it is not a file",
				e2e__state.config_path);
		if (errno == 0 && s.st_size > 16 << 20)
			e2e__exit_fatal(
				"cannot read the config %s: it has %ld bytes, expected at most 16 MiB",
				e2e__state.config_path, (long)s.st_size);
		text = e2e__file_read(e2e__state.config_path, &size);
		if (!text && (named || (errno != ENOENT && errno != ENOTDIR)))
			e2e__exit_fatal("cannot read the config %s: %s", e2e__state.config_path,
				strerror(errno));
	}

	if (!text)
		return;
	kept = (char *)malloc(size + 1); /* for the program's life, not the case's */
	if (!kept)
		e2e__exit_fatal(
			"cannot allocate %zu bytes for the config: %s", size, strerror(errno));
	memcpy(kept, text, size + 1);
	e2e__state.config_text = kept;
	e2e__config_parse(kept, size);
	e2e__config_check();
}

E2E__FN struct e2e__setting *e2e__config_raw_setting(const char *section, const char *key)
{
	struct e2e__setting *s = e2e__state.settings;

	while (s && (strcmp(s->section, section) != 0 || strcasecmp(s->key, key) != 0))
		s = s->next;
	return s;
}

/* A key of [DEFAULT] holds in each section that the file has, by the values that are there. */
E2E__FN struct e2e__setting *e2e__config_from_default(const char *section, const char *key)
{
	const struct e2e__setting *heading = e2e__state.headings,
				  *of_all = e2e__config_raw_setting("DEFAULT", key);
	struct e2e__setting *copy;

	while (heading && strcmp(heading->section, section) != 0)
		heading = heading->next;
	if (!heading || !of_all)
		return NULL;
	copy = (struct e2e__setting *)calloc(1, sizeof *copy);
	if (!copy)
		e2e__exit_fatal("cannot allocate a setting: %s", strerror(errno));
	copy->section = heading->section;
	copy->key = of_all->key;
	copy->value = of_all->raw ? of_all->raw : of_all->value;
	copy->line = of_all->line;
	copy->next = e2e__state.settings;
	e2e__state.settings = copy;
	return copy;
}

/* For %(key)s. */
E2E__FN const char *e2e__config_look_up(const char *key, void *arg, const char **wrong)
{
	struct e2e__setting *from = (struct e2e__setting *)arg;
	const struct e2e__setting *s;

	if (from->depth) {
		*wrong = e2e_printf("a value that doesn't need itself: %%(%s)s", key);
		return NULL;
	}
	from->depth++;
	s = e2e__config_find_setting(from->section, key);
	from->depth--;
	if (!s)
		*wrong = e2e_printf("the key %s in [%s] or [DEFAULT]", key, from->section);
	return s ? s->value : NULL;
}

/* A setting with all that its value stands for. That is found out when somebody asks: the secrets
 * of a section that isn't used needn't be in the environment. */
E2E__FN const struct e2e__setting *e2e__config_find_setting(const char *section, const char *key)
{
	struct e2e__setting *s;
	const char *wrong, *value;

	e2e__config_read();
	s = e2e__config_raw_setting(section, key);
	s = s ? s : e2e__config_from_default(section, key);
	if (!s || s->raw)
		return s;
	value = e2e__expand(s->value, e2e__config_look_up, s, &wrong);
	if (wrong)
		e2e__config_error(s->line, s->key, wrong);
	e2e__secret_named(key, value);
	s->raw = s->value;
	s->value = value;
	return s;
}

E2E__FN const char *e2e_config(const char *section, const char *key, const char *fallback)
{
	const struct e2e__setting *s = e2e__config_find_setting(section, key);

	return s ? s->value : fallback;
}

E2E__FN void e2e__config_setting_error(const struct e2e__setting *s, const char *expected)
{
	const char *value = s->raw ? s->raw : s->value;

	/* The value in quotes, unless it brought some. */
	e2e__config_error(s->line,
		*value == '"' ? e2e_printf("%s = %s", s->key, value)
			      : e2e_printf("%s = %s", s->key, e2e_quoted(value)),
		expected);
}

E2E__FN void e2e__config_section_error(const char *section, const char *expected)
{
	const struct e2e__setting *s;

	e2e__config_read();
	for (s = e2e__state.headings; s; s = s->next)
		if (strcmp(s->section, section) == 0)
			e2e__config_error(s->line, e2e_printf("[%s]", section), expected);
	if (!e2e__state.config_text)
		e2e__exit_fatal(
			"there is no config: expected .local/e2e.ini or --config FILE with [%s]: %s",
			section, expected);
	e2e__exit_fatal("%s: there is no section [%s]: expected %s", e2e__state.config_path,
		section, expected);
}

E2E__FN int e2e__config_choice(
	const char *section, const char *key, const char *const *words, int fallback)
{
	const struct e2e__setting *s = e2e__config_find_setting(section, key);
	int i;
	E2E__BUF(b, 256);

	if (!s)
		return fallback;
	e2e__buf_adds(&b, "one of ");
	for (i = 0; words[i]; i++) {
		if (strcasecmp(s->value, words[i]) == 0)
			return i;
		e2e__buf_addf(&b, "%s%s", i ? ", " : "", words[i]);
	}
	e2e__buf_adds(&b, e2e__config_did_you_mean(s->value, words));
	e2e__config_setting_error(s, b.p);
}

E2E__FN long long e2e_config_int(const char *section, const char *key, long long fallback)
{
	const struct e2e__setting *s = e2e__config_find_setting(section, key);
	long long v = fallback;
	char *end;

	if (s) {
		errno = 0;
		v = strtoll(s->value, &end, 10);
		if (end == s->value || *end || errno)
			e2e__config_setting_error(s, "an integer, e.g. 3");
	}
	return v;
}

E2E__FN bool e2e_config_bool(const char *section, const char *key, bool fallback)
{
	static const char words[8][6] = {"false", "no", "off", "0", "true", "yes", "on", "1"};
	const struct e2e__setting *s = e2e__config_find_setting(section, key);
	int i;

	if (!s)
		return fallback;
	for (i = 0; i < 8; i++)
		if (strcasecmp(s->value, words[i]) == 0)
			return i >= 4;
	e2e__config_setting_error(s, "true or false");
}

E2E__FN double e2e_config_double(const char *section, const char *key, double fallback)
{
	const struct e2e__setting *s = e2e__config_find_setting(section, key);
	double v = fallback;
	char *end;

	if (s) {
		v = e2e__clock_strtod(s->value, &end);
		if (end == s->value || *end)
			e2e__config_setting_error(s, "a number, e.g. 2.5");
	}
	return v;
}

/* ["a", 'b'] */
E2E__FN bool e2e__config_quoted_list(struct e2e__strings *l, const char *p)
{
	bool comma = true;

	for (p++;;) {
		p += strspn(p, " \t\n");
		if (*p == ']')
			return !p[1 + strspn(p + 1, " \t\n")];
		if (*p == ',' && !comma) {
			comma = true;
			p++;
		} else if ((*p == '"' || *p == '\'') && comma) {
			char q = *p++;
			E2E__BUF(b, 256);

			for (b.p[0] = 0; *p && *p != q; p++) {
				if (*p == '\\' && (p[1] == q || p[1] == '\\'))
					p++;
				e2e__buf_add(&b, p, 1);
			}
			e2e__memory_push(l, e2e__memory_taken(&b));
			if (*p++ != q)
				return false;
			comma = false;
		} else {
			return false;
		}
	}
}

E2E__FN const char *const *e2e_config_list(
	const char *section, const char *key, const char *const *fallback)
{
	const struct e2e__setting *s = e2e__config_find_setting(section, key);
	struct e2e__strings l = {NULL, 0, 0};
	char *copy, *p;

	if (!s)
		return fallback;
	l.at = (const char **)e2e__memory_alloc(4 * sizeof *l.at);
	l.capacity = 4;
	if (*s->value == '[') {
		if (!e2e__config_quoted_list(&l, s->value))
			e2e__config_setting_error(s, "a list, e.g. [\"a\", \"b\"]");
		return (const char *const *)l.at;
	}

	for (copy = e2e__memory_strdup(s->value); (p = copy) != NULL;) {
		copy = strpbrk(p, ",\n");
		if (copy)
			*copy++ = 0;
		p = e2e__config_trim(p);
		if (*p)
			e2e__memory_push(&l, p);
	}

	return (const char *const *)l.at;
}

/* [global] timeout: four times as long on CI machines, as aioxmpp does. */
E2E__FN double e2e__config_timeout(void)
{
	const struct e2e__setting *s = e2e__config_find_setting("global", "timeout");
	const char *ci = getenv("CI");
	double v = s ? e2e__clock_seconds(s->value) : 1;

	if (v < 0)
		e2e__config_setting_error(s, "seconds, e.g. 2.5");
	return ci && strcmp(ci, "true") == 0 ? v * 4 : v;
}

/* ---- core/guards.h ---- */

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

/* ---- core/cleanup.h ---- */

E2E__FN void e2e_defer(void (*fn)(void *), void *arg)
{
	struct e2e__deferred *d;

	e2e__script_begin();
	d = (struct e2e__deferred *)e2e__memory_alloc(sizeof *d);
	d->fn = fn;
	d->arg = arg;
	d->next = e2e__state.deferred;
	e2e__state.deferred = d;
}

E2E__FN void e2e__cleanup_run_deferred(const char *file, int line)
{
	struct e2e__deferred *d;

	while ((d = e2e__state.deferred) != NULL) {
		e2e__state.deferred = d->next;
		e2e__limit_landed(d->fn, d->arg, file, line, e2e__clock_scaled(10));
	}
}

E2E__FN void e2e__cleanup_restore_env(void *arg)
{
	const char **saved = (const char **)arg;

	if (saved[1])
		setenv(saved[0], saved[1], 1);
	else
		unsetenv(saved[0]);
}

E2E__FN void e2e__cleanup_setenv(const char *file, int line, const char *name, const char *value)
{
	const char **saved, *old;
	e2e_failure f = {NULL, NULL, NULL, "setenv", NULL, NULL};

	e2e__script_begin();
	saved = (const char **)e2e__memory_alloc(2 * sizeof *saved);
	old = getenv(name);
	saved[0] = e2e__memory_strdup(name);
	saved[1] = old ? e2e__memory_strdup(old) : NULL;
	if ((value ? setenv(name, value, 1) : unsetenv(name)) < 0) {
		f.message = e2e_printf(
			"cannot set the variable %s: %s", e2e_quoted(name), strerror(errno));
		e2e__exit_die(file, line, "e2e_setenv", &f);
	}
	e2e_defer(e2e__cleanup_restore_env, (void *)saved);
}

E2E__FN void e2e__cleanup_restore_cwd(void *arg)
{
	int *fd = (int *)arg;

	if (fchdir(*fd) < 0)
		e2e__point_comment(
			true, "cannot go back to the former folder: %s", strerror(errno));
	close(*fd);
}

E2E__FN void e2e__cleanup_chdir(const char *file, int line, const char *path)
{
	int *fd;
	e2e_failure f = {NULL, NULL, NULL, "chdir", NULL, NULL};

	e2e__script_begin();
	fd = (int *)e2e__memory_alloc(sizeof *fd);
	*fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 || chdir(path) < 0) {
		f.message = e2e_printf(
			"cannot change to the folder %s: %s", e2e_quoted(path), strerror(errno));
		if (*fd >= 0)
			close(*fd);
		e2e__exit_die(file, line, "e2e_chdir", &f);
	}
	e2e_defer(e2e__cleanup_restore_cwd, fd);
}

/* ---- core/folders.h ---- */

/* Gives what is in the logs' folder names in the case's. They are still written there, so these are
 * links. */
E2E__FN void e2e__folder_link_logs(const char *logs, const char *folder)
{
	DIR *d = opendir(logs);
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
			symlink(e2e_printf("%s/%s", logs, e->d_name),
				e2e_printf("%s/%s", folder, e->d_name)) < 0)
			e2e__point_comment(true, "%s/%s has no name in %s: %s", logs, e->d_name,
				folder, strerror(errno));
	if (d)
		closedir(d);
}

E2E__FN void e2e__folder_tell(struct e2e__page *pg)
{
	struct e2e__hooks *h;

	for (h = e2e__state.hooks; h; h = h->next)
		if (h->folders)
			h->folders(pg->logs, pg->folder);
}

/* What mkdtemp is given. Of a case's name only what no program minds in a path: a row's name may be
 * any text, and "name/row" has a slash. */
E2E__FN const char *e2e__folder_new_name(const char *where, const char *name)
{
	const char *source = e2e__state.source;
	char word[65];
	size_t n = 0;

	for (; name[n] && n < sizeof word - 1; n++)
		word[n] = strchr(E2E__ALNUM "._-", name[n]) ? name[n] : '-';
	word[n] = 0;
	return e2e_printf("%s/e2e-%s%s%s-XXXXXX", where,
		e2e__file_stem(source ? source : e2e__case_program()), n ? "." : "", word);
}

E2E__FN const char *e2e__folder_new_folder_name(const char *where)
{
	return e2e__folder_new_name(where, e2e__case_name());
}

E2E__FN const char *e2e__folder_tmpdir(const char *file, int line)
{
	struct e2e__page *pg;
	char *path;
	e2e_failure f = {NULL, NULL, NULL, "tmpdir",
		"set TMPDIR to a folder with room that you may write to", NULL};

	e2e__script_begin();
	if (e2e__state.own_folder)
		return e2e__state.own_folder;
	pg = e2e__state.page;
	if (pg->folder[0])
		return pg->folder;
	path = e2e__memory_strdup(e2e__folder_new_folder_name(e2e__file_tmp()));
	if (strlen(path) >= sizeof pg->folder || !mkdtemp(path)) {
		f.message = e2e_printf("cannot make a folder in %s: %s",
			e2e_quoted(e2e__file_tmp()), strerror(errno));
		e2e__exit_die(file, line, "e2e_tmpdir", &f);
	}

	strcpy(pg->folder, path);
	if (!pg->logs[0])
		return pg->folder;
	e2e__folder_link_logs(pg->logs, pg->folder);
	e2e__folder_tell(pg);
	return pg->folder;
}

/* Makes the folder of a case where it is "": for what is kept after it. 0, or -1 with errno. */
E2E__FN int e2e__folder_ensure(char *folder, size_t size, const char *name)
{
	if (*folder)
		return 0;
	snprintf(folder, size, "%s", e2e__folder_new_name(e2e__file_tmp(), name));
	if (mkdtemp(folder))
		return 0;
	*folder = 0;
	return -1;
}

/* A folder in memory with room for logs, or NULL. */
E2E__FN const char *e2e__folder_log_memory(void)
{
	const char *own = getenv("E2E_LOGS"), *places[2];
	struct statvfs space;
	struct stat there, tmp;
	bool known = stat(e2e__file_tmp(), &tmp) == 0;

	places[0] = own ? own : "/dev/shm";
	places[1] = own ? NULL : getenv("XDG_RUNTIME_DIR");
	for (int i = 0; i < 2; i++) {
		if (!places[i] || places[i][0] != '/' || stat(places[i], &there) < 0 ||
			!S_ISDIR(there.st_mode) || access(places[i], W_OK | X_OK) < 0)
			continue;
		if (!own && known && tmp.st_dev == there.st_dev)
			return NULL; /* the case's folder is in memory, too */
		if (own ||
			(statvfs(places[i], &space) == 0 &&
				(double)space.f_bavail * (double)space.f_frsize >=
					1024. * 1024 * 1024))
			return places[i];
	}

	return NULL;
}

E2E__FN const char *e2e__folder_logs(const char *file, int line)
{
	struct e2e__page *pg;
	const char *memory;
	char *path;

	e2e__script_begin();
	pg = e2e__state.page;
	if (pg->logs[0] && !pg->folder[0])
		return pg->logs;
	if (pg->folder[0] || e2e__state.in_suite)
		return e2e__folder_tmpdir(file, line);
	memory = e2e__folder_log_memory();
	path = memory ? e2e__memory_strdup(e2e__folder_new_folder_name(memory)) : NULL;
	if (!path || strlen(path) >= sizeof pg->logs || !mkdtemp(path))
		return e2e__folder_tmpdir(file, line);
	if (pg->logs[0]) {
		rmdir(path); /* a forked child of the case was first */
		return pg->logs;
	}

	strcpy(pg->logs, path);
	e2e__folder_tell(pg);
	return pg->logs;
}

E2E__FN int e2e__folder_move_logs(const char *logs, char *folder, size_t size)
{
	DIR *d = opendir(logs);
	struct dirent *e;
	const char *slash = strrchr(logs, '/');
	int failed = 0;

	if (!d)
		return -1;
	if (!*folder) { /* of the same name, but for what mkdtemp makes of it */
		snprintf(folder, size, "%s%.*sXXXXXX", e2e__file_tmp(), (int)strlen(slash) - 6,
			slash);
		if (!mkdtemp(folder)) {
			*folder = 0;
			closedir(d);
			return -1;
		}
	}
	while ((e = readdir(d)) != NULL) {
		const char *from = e2e_printf("%s/%s", logs, e->d_name),
			   *to = e2e_printf("%s/%s", folder, e->d_name);
		struct stat s;

		if (lstat(from, &s) < 0 || !S_ISREG(s.st_mode))
			continue;
		if (lstat(to, &s) == 0 && S_ISLNK(s.st_mode))
			unlink(to);
		if (e2e__file_copy(from, to, 0600) < 0) {
			failed = errno ? errno : EIO;
			unlink(to);
		}
	}

	closedir(d);
	if (!failed)
		e2e__file_remove_tree(logs);
	errno = failed;
	return failed ? -1 : 0;
}

/* ---- core/cache.h ---- */

/* Is it a folder of ours, or can it be made? */
E2E__FN bool e2e__cache_usable(const char *dir, bool shared)
{
	struct stat s;

	if (e2e__file_mkdirs(dir, 0700) < 0 || lstat(dir, &s) < 0)
		return false;
	return !shared || (S_ISDIR(s.st_mode) && s.st_uid == getuid() && (s.st_mode & 077) == 0);
}

/* Where others can write, too: for machines without a home that can be written. */
E2E__FN const char *e2e__cache_fallback(void)
{
	return e2e_printf("%s/e2e-cache-%ld", e2e__file_tmp(), (long)getuid());
}

E2E__FN const char *e2e__cache_root(void)
{
	const char *own = getenv("E2E_CACHE"), *xdg = getenv("XDG_CACHE_HOME"),
		   *home = getenv("HOME"), *root, *mark;
	int fd;

	if (own && *own)
		root = own;
	else if (xdg && *xdg)
		root = e2e_printf("%s/e2e", xdg);
	else
		/* a home that isn't there, as daemons have, isn't made */
		root = home && *home && access(home, F_OK) == 0 ? e2e_printf("%s/.cache/e2e", home)
								: "";
	if (!(*root && e2e__cache_usable(root, false))) {
		if (own && *own)
			return NULL;

		root = e2e__cache_fallback();
		if (!e2e__cache_usable(root, true))
			return NULL;
	}

	/* The mark by which `prove --clear-cache` knows that this folder may be emptied
	 * (bford.info/cachedir). */
	mark = e2e_printf("%s/CACHEDIR.TAG", root);
	fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		static const char tag[] =
			"Signature: 8a477f597d28d172789f06886806bc55\n# made by e2e\n";

		if (!e2e__file_write_whole(fd, tag, sizeof tag - 1))
			unlink(mark);
		close(fd);
	}

	return root;
}

/* Why there is none: what was tried at last, and what is wrong with it. */
E2E__FN const char *e2e__cache_trouble(void)
{
	int error = errno;
	const char *own = getenv("E2E_CACHE"), *path = own && *own ? own : e2e__cache_fallback();
	struct stat s;

	if (path != own && lstat(path, &s) == 0)
		return e2e_printf("the cache can't be in %s: it is %s; expected a folder of yours "
				  "that nobody else may enter",
			path,
			!S_ISDIR(s.st_mode)            ? "no folder"
				: s.st_uid != getuid() ? "somebody else's"
						       : "open to others");
	return e2e_printf("cannot make the cache's folder %s: %s", path, strerror(error));
}

struct e2e__build {
	e2e_build_fn *build;
	const char *dir;
	void *arg;
	bool done;
};

E2E__FN void e2e__cache_call_build(void *arg)
{
	struct e2e__build *b = (struct e2e__build *)arg;

	b->done = b->build(b->dir, b->arg);
}

/* What builders of this template left that died. The lock is held: nobody else is building it. */
E2E__FN void e2e__cache_remove_unfinished(const char *dir)
{
	const char *base = strrchr(dir, '/') + 1;
	const char *root = e2e_printf("%.*s", (int)(base - dir), dir);
	size_t n = strlen(base);
	DIR *d = opendir(root);
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		if (strncmp(e->d_name, base, n) == 0 && e->d_name[n] == '.' &&
			strcmp(e->d_name + n, ".lock") != 0)
			e2e__file_remove_tree(e2e_printf("%s%s", root, e->d_name));
	if (d)
		closedir(d);
}

/* Builds into a folder beside the template and renames it, so that a template is always whole. */
E2E__FN bool e2e__cache_make_template(const char *file, int line, const char *dir, const char *key,
	e2e_build_fn *build, void *arg)
{
	struct e2e__build b = {build, NULL, arg, false};
	char *unfinished = e2e_printf("%s.XXXXXX", dir);
	const char *named;
	int fd, failed = e2e__exit_failures();

	if (!mkdtemp(unfinished))
		return false;
	named = e2e_printf("%s/content", unfinished);
	b.dir = named;
	if (mkdir(named, 0700) == 0)
		e2e__limit_landed(e2e__cache_call_build, &b, file, line, 0);
	b.done = b.done && e2e__exit_failures() == failed && !e2e__state.page->bailed;
	fd = b.done ? open(e2e_printf("%s/key", unfinished), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)
		    : -1;
	b.done = fd >= 0 && e2e__file_write_whole(fd, key, strlen(key));
	if (fd >= 0)
		close(fd);
	if (b.done && rename(unfinished, dir) == 0)
		return true;
	e2e__file_remove_tree(unfinished);
	return false;
}

/* Templates that nobody used for 30 days go, so that old keys don't pile up. */
E2E__FN void e2e__cache_expire_templates(const char *root)
{
	DIR *d = opendir(root);
	struct dirent *e;
	struct stat s;

	while (d && (e = readdir(d)) != NULL) {
		const char *path = e2e_printf("%s/%s", root, e->d_name);

		if (strncmp(e->d_name, "data-", 5) == 0 && lstat(path, &s) == 0 &&
			S_ISDIR(s.st_mode) && time(NULL) - s.st_mtime > 30 * 86400)
			e2e__file_remove_tree(path);
	}
	if (d)
		closedir(d);
}

E2E__FN const char *e2e__cache_cached(
	const char *file, int line, const char *id, const char *key, e2e_build_fn *build, void *arg)
{
	const char *root, *dir, *copy, *old, *whole = e2e_printf("%s\n%s", id, key);
	struct e2e__page *pg;
	e2e_failure f = {NULL, NULL, NULL, "cached", NULL, NULL};
	struct stat s;
	int lock, n = 1;

	copy = e2e_printf("%s/%s", e2e__folder_tmpdir(file, line), e2e__file_stem(id));
	while (lstat(copy, &s) == 0)
		copy = e2e_printf(
			"%s/%s-%d", e2e__folder_tmpdir(file, line), e2e__file_stem(id), ++n);
	pg = e2e__state.page;
	root = e2e__cache_root();
	if (!root) {
		f.message = e2e__cache_trouble();
		f.hint = "set E2E_CACHE to a folder that you may write to, or mend this one";
		e2e__exit_die(file, line, "e2e_cached", &f);
	}

	dir = e2e_printf("%s/data-%s-%016llx", root, e2e__file_stem(id),
		(unsigned long long)e2e__file_hash(whole));
	lock = open(e2e_printf("%s.lock", dir), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	while (lock >= 0 && flock(lock, LOCK_EX) < 0 && errno == EINTR)
		;
	old = e2e__file_read(e2e_printf("%s/key", dir), NULL);
	if (old && strcmp(old, whole) != 0) {
		e2e__file_remove_tree(dir); /* another key of the same hash */
		old = NULL;
	}

	if (!old) {
		if (stat(dir, &s) == 0)
			e2e__file_remove_tree(dir);
		e2e__cache_expire_templates(root);
		e2e__cache_remove_unfinished(dir);
		if (!e2e__cache_make_template(file, line, dir, whole, build, arg)) {
			if (lock >= 0)
				close(lock);
			if (pg->skipped || pg->left || pg->bailed)
				e2e__exit_leave();
			f.message = e2e_printf("the data %s could not be built", e2e_quoted(id));
			f.hint = "the build function returned false or failed; nothing was kept";
			e2e__exit_die(file, line, "e2e_cached", &f);
		}
	}

	utimensat(AT_FDCWD, dir, NULL, 0);
	if (e2e__file_copy_tree(e2e_printf("%s/content", dir), copy) < 0) {
		f.message = e2e_printf("cannot copy %s to %s: %s", dir, copy, strerror(errno));
		e2e__exit_die(file, line, "e2e_cached", &f);
	}

	if (lock >= 0)
		close(lock);
	return copy;
}

/* ---- core/matrix.h ---- */

struct e2e__pair {
	e2e_pair_fn *run;
	const void *row, *column;
	void *arg;
};

E2E__FN void e2e__matrix_call_pair(void *arg)
{
	struct e2e__pair *p = (struct e2e__pair *)arg;

	p->run(p->row, p->column, p->arg);
}

enum { E2E__MANY_PAIRS = 10 };

/* Keeps the name of a failed pair for the command that repeats it. */
E2E__FN void e2e__matrix_note_pair(struct e2e__page *pg, const char *name)
{
	size_t used = strlen(pg->pairs_failed), n = strlen(name);

	pg->failed_pairs++;
	if (used + n + 2 > sizeof pg->pairs_failed)
		pg->failed_pairs = E2E__MANY_PAIRS + 1; /* not all can be named */
	else
		snprintf(pg->pairs_failed + used, sizeof pg->pairs_failed - used, "%s%s",
			used ? "\n" : "", name);
}

E2E__FN bool e2e__matrix_in_words(const char *list, const char *name);

/* Does a pair of this name pass --include-pair? `brief` is another name of it, or NULL. */
E2E__FN bool e2e__matrix_wanted_pair(const char *name, const char *brief)
{
	const char *list = e2e__state.opt[E2E__INCLUDE_PAIR];
	bool wanted = !list;
	uint64_t *hits = &e2e__state.pair_hits;
	size_t n, i;

	for (i = 0; list && *list; list += n + (list[n] == '\n'), i++) {
		const char *one = e2e__memory_strndup(list, n = strcspn(list, "\n"));

		if (strcmp(one, name) == 0 || (brief && strcmp(one, brief) == 0) ||
			e2e__matrix_in_words(one, name) ||
			(brief && e2e__matrix_in_words(one, brief))) {
			if (e2e__state.page)
				hits = &e2e__state.page->pair_hits;
			*hits |= (uint64_t)1 << (i < 63 ? i : 63);
			wanted = true;
		}
	}

	return wanted;
}

/* No pair of a matrix passes the filters. It is a mistake if no other matrix has one, or if there
 * are none at all. */
E2E__FN void e2e__matrix_no_pair(
	const char *file, int line, const char *what, const struct e2e__strings *names)
{
	e2e_failure f = {"the matrix has no pairs", NULL, NULL, "matrix",
		"it needs at least one row and one column", NULL};

	if (names->n == 0) {
		e2e_report(file, line, false, f.message, &f);
		return;
	}
	e2e_note("no pair of %s matches the filters; there are %s", what,
		e2e__assertion_list_text(names->at));
	e2e__state.page->unmatched++;
	snprintf(e2e__state.page->no_pair, sizeof e2e__state.page->no_pair,
		"no pair of %s matches the filters", what);
}

/* Runs a pair as a subtest of this name. What ends it ends nothing else. */
E2E__FN void e2e__matrix_run_pair(
	const char *file, int line, const char *name, void (*fn)(void *), void *arg)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__level *lv = &pg->level[pg->depth];
	int failed = lv->failed;
	bool skipped;

	e2e__subtest_open(file, line, name);
	pg->level[pg->depth].pair = 1;
	pg->pairs++;
	e2e__limit_landed(fn, arg, file, line, 0);
	skipped = pg->left != 0;
	pg->left = 0;
	e2e__subtest_end(file, line, skipped ? pg->why_left : NULL);
	lv->pairs++;
	if (lv->failed > failed)
		e2e__matrix_note_pair(pg, pg->level[pg->depth + 1].name);
	if (pg->bailed || pg->stop)
		e2e__exit_leave();
}

E2E__FN const char *e2e__matrix_element_name(const void *array, size_t size, size_t i)
{
	return *(const char *const *)(const void *)((const char *)array + i * size);
}

/* Is the name one of a comma list? */
E2E__FN bool e2e__matrix_in_words(const char *list, const char *name)
{
	size_t n;

	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n == strlen(name) && strncmp(list, name, n) == 0)
			return true;
	}
	return false;
}

/* The names of the largest matrix are kept for each option, one a line, as many as there is room
 * for. */
E2E__FN void e2e__matrix_keep_names(char *kept, size_t size, const struct e2e__strings *names)
{
	const char *text;
	size_t i;
	E2E__BUF(b, 256);

	for (i = 0; i < names->n && b.n + strlen(names->at[i]) + sizeof "\n..." <= size; i++)
		e2e__buf_addf(&b, "%s\n", names->at[i]);
	if (i < names->n)
		e2e__buf_adds(&b, "...");
	text = e2e__memory_taken(&b);
	if (strlen(text) > strlen(kept))
		snprintf(kept, size, "%s", text);
}

/* A filter's words each name a row or a column of some matrix: which of them this one knows is
 * kept, and what it has instead of those that it doesn't know. At the end, a word that none knew is
 * a mistake. */
E2E__FN void e2e__matrix_check_words(enum e2e__opt option, const struct e2e__strings *valid)
{
	struct e2e__page *pg = e2e__state.page;
	size_t which = (size_t)option - E2E__INCLUDE_SHIM, k, i, n;
	uint64_t *hits = pg ? pg->word_hits : e2e__state.word_hits;
	char *kept = pg ? pg->eligible[which] : e2e__state.eligible[which];
	const char *list = e2e__state.opt[option];

	for (k = 0; list && *list; list += n + (list[n] == ','), k++) {
		n = strcspn(list, ",");
		for (i = 0; i < valid->n; i++)
			if (strlen(valid->at[i]) == n && strncmp(valid->at[i], list, n) == 0)
				break;
		if (!n || i < valid->n)
			hits[which] |= (uint64_t)1 << (k < 63 ? k : 63);
		else
			e2e__matrix_keep_names(kept, sizeof pg->eligible[which], valid);
	}
}

E2E__FN bool e2e__matrix_wanted(
	enum e2e__opt include, enum e2e__opt exclude, const char *a, const char *b)
{
	const char *in = e2e__state.opt[include], *out = e2e__state.opt[exclude];

	if (in && !(e2e__matrix_in_words(in, a) && e2e__matrix_in_words(in, b)))
		return false;
	return !(out && (e2e__matrix_in_words(out, a) || e2e__matrix_in_words(out, b)));
}

/* The filters' words must be among the names. Returns whether columns are shims too: where they
 * share a name with the rows (senders x receivers). */
E2E__FN bool e2e__matrix_check_filters(
	const struct e2e__strings *rows, const struct e2e__strings *columns)
{
	struct e2e__strings all = {NULL, 0, 0};
	size_t i;
	bool both = false;

	for (i = 0; i < columns->n && !both; i++)
		both = e2e__memory_one_of(columns->at[i], rows->at);
	for (i = 0; i < rows->n; i++)
		e2e__memory_push_new(&all, rows->at[i]);
	for (i = 0; i < columns->n && both; i++)
		e2e__memory_push_new(&all, columns->at[i]);
	e2e__matrix_check_words(E2E__INCLUDE_SHIM, &all);
	e2e__matrix_check_words(E2E__EXCLUDE_SHIM, &all);
	e2e__matrix_check_words(E2E__INCLUDE_CASE, columns);
	e2e__matrix_check_words(E2E__EXCLUDE_CASE, columns);
	return both;
}

/* Do the filters let the pair "row x column" through? */
E2E__FN bool e2e__matrix_chosen(const char *row, const char *column, bool both)
{
	return e2e__matrix_wanted_pair(e2e_printf("%s x %s", row, column), NULL) &&
		e2e__matrix_wanted(
			E2E__INCLUDE_SHIM, E2E__EXCLUDE_SHIM, row, both ? column : row) &&
		e2e__matrix_wanted(E2E__INCLUDE_CASE, E2E__EXCLUDE_CASE, column, column);
}

E2E__FN void e2e__matrix(const char *file, int line, const void *rows, size_t row_size,
	size_t nrows, const void *columns, size_t column_size, size_t ncolumns, e2e_pair_fn *run,
	void *arg)
{
	struct e2e__strings cases = {NULL, 0, 0}, all = {NULL, 0, 0}, names = {NULL, 0, 0};
	size_t i, k, ran = 0;
	bool both;

	e2e__script_begin();
	for (k = 0; k < ncolumns; k++)
		e2e__memory_push_new(&cases, e2e__matrix_element_name(columns, column_size, k));
	for (i = 0; i < nrows; i++)
		e2e__memory_push_new(&all, e2e__matrix_element_name(rows, row_size, i));
	both = e2e__matrix_check_filters(&all, &cases);
	for (i = 0; i < nrows; i++)
		for (k = 0; k < ncolumns; k++) {
			const char *row = e2e__matrix_element_name(rows, row_size, i);
			const char *column = e2e__matrix_element_name(columns, column_size, k);
			struct e2e__pair pair = {run, (const char *)rows + i * row_size,
				(const char *)columns + k * column_size, arg};

			e2e__memory_push(&names, e2e_printf("%s x %s", row, column));
			if (!e2e__matrix_chosen(row, column, both))
				continue;
			ran++;
			e2e__matrix_run_pair(file, line, e2e__buf_desc("%s x %s", row, column),
				e2e__matrix_call_pair, &pair);
		}
	if (!ran)
		e2e__matrix_no_pair(file, line, "the matrix", &names);
}

/* ---- core/each.h ---- */

E2E__FN void e2e__each_add(
	struct e2e__case *c, int i, const void *rows, const void *array, size_t size, size_t n)
{
	c->table[i].at = (const char *)rows;
	c->table[i].size = size;
	c->table[i].n = rows == array ? n : 0;
}

E2E__FN const void *e2e__each_element(
	const char *file, int line, int i, const char *type, size_t size)
{
	const struct e2e__case *c = e2e__state.current;
	e2e_failure f = {NULL, NULL, NULL, "row", NULL, NULL};

	if (!c || !c->table[i].at) {
		f.message = e2e_printf("there is no %s here", i ? "column" : "row");
		f.hint = i ? "e2e_column is for E2E_TEST_MATRIX and what it calls"
			   : "e2e_row is for E2E_TEST_EACH, E2E_TEST_MATRIX and what they call";
		e2e__exit_die(file, line, i ? "e2e_column" : "e2e_row", &f);
	}
	if (c->table[i].size != size) {
		f.message = e2e_printf("%s has %zu bytes, but the elements of the array have %zu",
			type, size, c->table[i].size);
		f.hint = "name the type of the array's elements";
		e2e__exit_die(file, line, i ? "e2e_column" : "e2e_row", &f);
	}
	return c->table[i].at;
}

/* Where sanitizers don't see it: what is read here may be no address at all. */
E2E__FN ssize_t e2e__each_write(int fd, const char *p, size_t n)
{
#ifdef E2E__LINUX
	return (ssize_t)syscall(SYS_write, fd, p, n);
#else
	return write(fd, p, n);
#endif
}

/* What isn't UTF-8 is machine code or numbers rather than a name. A cut one may end in a part. */
E2E__FN bool e2e__each_is_text(const char *s, size_t n)
{
	size_t i = 0, length;

	while (i < n) {
		length = strchr("\t\n\r", s[i]) || (s[i] >= ' ' && s[i] < 0x7f)
			? 1
			: e2e__buf_utf8((const unsigned char *)s + i, n - i);
		if (!length && i + 4 <= n)
			return false;
		i += length ? length : n;
	}
	return true;
}

enum { E2E__ROW_NAME = 100 }; /* bytes of a row's name that are shown */

/* The text at an address that may be none, or NULL: the kernel looks whether it can be read. */
E2E__FN const char *e2e__each_text_at(int through[2], const char *p)
{
	char text[E2E__ROW_NAME + 2];
	size_t n = 0;
	E2E__BUF(b, 512);

	memset(text, 0, sizeof text);
	if ((uintptr_t)p < 4096)
		return NULL;
	do
		if (e2e__each_write(through[1], p + n, 1) != 1 ||
			read(through[0], text + n, 1) != 1)
			return NULL;
	while (text[n] && ++n < sizeof text);

	if (!e2e__each_is_text(text, n))
		return NULL;
	if (n > E2E__ROW_NAME) {
		for (n = E2E__ROW_NAME - 3; ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
		memcpy(text + n, "...", 3);
		n += 3;
	}
	e2e__buf_escape(&b, text, n, E2E__PLAIN);
	return e2e__memory_taken(&b);
}

/* Adds a name; where the list has it already, " (2)" tells them apart. */
E2E__FN void e2e__each_add_name(struct e2e__strings *names, const char *text)
{
	const char *name = text;
	int n;

	for (n = 2; e2e__memory_one_of(name, names->at); n++)
		name = e2e_printf("%s (%d)", text, n);
	e2e__memory_push(names, name);
}

/* The elements' names: the strings that they begin with, if all do, else their numbers. */
E2E__FN struct e2e__strings e2e__each_names(const struct e2e__table *t)
{
	struct e2e__strings names = {NULL, 0, 0};
	int through[2] = {-1, -1};
	bool all = t->size >= sizeof(char *) && pipe(through) == 0;
	size_t i;

	for (i = 0; i < t->n && all; i++) {
		const char *first, *text;

		memcpy((void *)&first, t->at + i * t->size, sizeof first);
		text = e2e__each_text_at(through, first);
		all = text && *text;
		if (all)
			e2e__each_add_name(&names, text);
	}
	if (through[0] >= 0) {
		close(through[0]);
		close(through[1]);
	}

	for (i = 0; i < t->n && !all; i++) {
		if (i == 0)
			names.n = 0;
		e2e__memory_push(&names, e2e_printf("%zu", i + 1));
	}
	return names;
}

/* A case like c for one row, and one column where there are columns. */
E2E__FN struct e2e__case *e2e__each_case(
	const struct e2e__case *c, size_t row, size_t column, const char *element)
{
	struct e2e__case *one = (struct e2e__case *)calloc(1, sizeof *one);

	if (!one)
		e2e__exit_fatal("cannot allocate a case: %s", strerror(errno));
	*one = *c;
	one->name = e2e_printf("%s/%s", c->name, element);
	one->table[0].at += row * c->table[0].size;
	if (c->table[1].at)
		one->table[1].at += column * c->table[1].size;
	one->next = NULL;
	return one;
}

/* The cases of a table, or of a matrix. */
E2E__FN struct e2e__case *e2e__each_cases(const struct e2e__case *c)
{
	struct e2e__strings rows = e2e__each_names(&c->table[0]);
	struct e2e__strings columns = {NULL, 0, 0};
	struct e2e__case *first = NULL, **end = &first;
	bool matrix = c->table[1].at != NULL, both = false;
	size_t i, k;

	if (matrix) {
		columns = e2e__each_names(&c->table[1]);
		both = e2e__matrix_check_filters(&rows, &columns);
	}
	for (i = 0; i < rows.n; i++)
		for (k = 0; k < (matrix ? columns.n : 1); k++) {
			if (matrix && !e2e__matrix_chosen(rows.at[i], columns.at[k], both))
				continue;
			*end = e2e__each_case(c, i, k,
				matrix ? e2e_printf("%s x %s", rows.at[i], columns.at[k])
				       : rows.at[i]);
			end = &(*end)->next;
			e2e__state.pairs += matrix;
		}
	e2e__state.unmatched += matrix && !first;
	return first;
}

/* Puts the cases of each table in its place. */
E2E__FN void e2e__each_expand(void)
{
	struct e2e__case **at = &e2e__state.cases, *c;

	while ((c = *at) != NULL) {
		int i;

		if (!c->table[0].at) {
			at = &c->next;
			continue;
		}
		for (i = 0; i < 2; i++)
			if (c->table[i].at && !c->table[i].n)
				e2e__exit_fatal(
					"%s:%d: case %s: its %s are no array, but a pointer or empty: "
					"expected the name of an array",
					c->file, c->line, c->name, i ? "columns" : "rows");
		*at = e2e__each_cases(c);
		while (*at)
			at = &(*at)->next;
		*at = c->next;
	}
}

/* ---- core/beside.h ---- */

/* Where the program was started: what it does later must not change where its files are. */
E2E__FN void e2e__beside_remember(void)
{
	char *here = realpath(".", NULL);

	e2e__state.began_in = here ? e2e__memory_strdup(here) : ".";
	free(here);
}

/* A path seen from where the program was started. */
E2E__FN const char *e2e__beside_from_start(const char *path)
{
	return *path == '/' || !e2e__state.began_in
		? path
		: e2e_printf("%s/%s", e2e__state.began_in, path);
}

/* The folder of a path, without its slash; "" for the root, and NULL for a name alone. */
E2E__FN const char *e2e__beside_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? e2e__memory_strndup(path, (size_t)(slash - path)) : NULL;
}

/* The real path of what is at `name` seen from one of the folders above `from`, or NULL. */
E2E__FN const char *e2e__beside_above(const char *from, const char *name)
{
	char *real = from ? realpath(e2e__beside_from_start(from), NULL) : NULL, *found;
	const char *folder = real ? e2e__memory_strdup(real) : NULL, *path = NULL;

	free(real);
	while (folder && !path && (folder = e2e__beside_folder(folder)) != NULL) {
		found = realpath(e2e_printf("%s/%s", folder, name), NULL);
		path = found ? e2e__memory_strdup(found) : NULL;
		free(found);
	}
	return path;
}

/* The real path of `name` beside a source file, or NULL. */
E2E__FN const char *e2e__beside_find(const char *file, const char *name)
{
	const char *folder = e2e__beside_folder(file), *path = NULL;
	const char *beside = folder ? e2e_printf("%s/%s", folder, name) : name;
	char *found = realpath(e2e__beside_from_start(beside), NULL);

	path = found ? e2e__memory_strdup(found) : NULL;
	free(found);
	if (!path && *file != '/')
		path = e2e__beside_above(e2e__state.source, beside);
	if (!path && *file != '/')
		path = e2e__beside_above(e2e__state.program, beside);
	return path;
}

/* The folder of a source file, absolute where that can be known. */
E2E__FN const char *e2e__beside_source_folder(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *source = e2e__beside_find(file, slash ? slash + 1 : file);

	source = source ? source : e2e__beside_from_start(file);
	slash = strrchr(source, '/');
	return slash ? e2e__memory_strndup(source, (size_t)(slash - source)) : ".";
}

E2E__FN const char *e2e__beside_data(const char *file, int line, const char *name)
{
	const char *path;
	e2e_failure f = {NULL, NULL, NULL, "no-file", NULL, NULL};

	e2e__script_begin();
	path = *name == '/' ? name : e2e__beside_find(file, name);
	if (path && access(path, F_OK) == 0)
		return path;
	f.message = e2e_printf("there is no %s in %s", e2e_quoted(name),
		*name == '/' ? "the file system" : e2e__beside_source_folder(file));
	f.hint = "e2e_data looks beside the source of the test";
	e2e__exit_die(file, line, "e2e_data", &f);
}

E2E__FN char *e2e__beside_read(const char *file, int line, const char *path, size_t *size)
{
	char *text;
	e2e_failure f = {NULL, NULL, NULL, "no-file", NULL, NULL};

	e2e__script_begin();
	text = e2e__file_read(path, size);
	if (text)
		return text;
	f.message = e2e_printf("cannot read %s: %s", e2e_quoted(path), strerror(errno));
	if (*path != '/')
		f.hint = "the path is seen from the current folder; e2e_data finds files beside "
			 "the test's source";
	e2e__exit_die(file, line, "e2e_read_file", &f);
}

/* ---- core/golden.h ---- */

/* A file's contents. */
struct e2e__content {
	const char *p;
	size_t n;
};

E2E__FN bool e2e__golden_is_text(const struct e2e__content *c)
{
	return !memchr(c->p, 0, c->n);
}

E2E__FN bool e2e__golden_same(const struct e2e__content *a, const struct e2e__content *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

/* Two lines of hex where the contents differ. */
E2E__FN void e2e__golden_add_hex(struct e2e__buf *b, const struct e2e__content *got,
	const struct e2e__content *want, size_t same)
{
	size_t from = same / 16 * 16;

	e2e__buf_adds(b, "--- want\n+++ got\n");
	if (from < want->n)
		e2e__assertion_add_hex(b, '-', (const unsigned char *)want->p, from, want->n, NULL);
	if (from < got->n)
		e2e__assertion_add_hex(b, '+', (const unsigned char *)got->p, from, got->n, NULL);
}

/* How contents differ, for people; the message says where. */
E2E__FN const char *e2e__golden_differ(
	const struct e2e__content *got, const struct e2e__content *want, const char **message)
{
	const char *diff = NULL;
	size_t same = 0;
	E2E__BUF(b, 1024);

	while (same < got->n && same < want->n && got->p[same] == want->p[same])
		same++;
	if (e2e__golden_is_text(got) && e2e__golden_is_text(want))
		diff = e2e__diff(got->p, want->p);
	*message = e2e_printf(
		"they differ from byte %zu on; %zu bytes, want %zu", same, got->n, want->n);
	if (!diff)
		e2e__golden_add_hex(&b, got, want, same);
	else
		e2e__buf_adds(&b, diff);
	return e2e__memory_taken(&b);
}

/* A failed point of files. */
E2E__FN bool e2e__golden_fail(const struct e2e__at *at, const char *code, const char *got,
	const char *want, const char *message, const char *hint, const char *diff)
{
	e2e_failure f = {message, got, want, code, hint, diff};

	return e2e__point(at, false, " is ", &f);
}

E2E__FN bool e2e__golden_read(struct e2e__content *c, const char *path)
{
	c->n = 0;
	c->p = path ? e2e__file_read(path, &c->n) : NULL;
	return c->p != NULL;
}

E2E__FN const char *e2e__golden_unreadable(const char *path)
{
	int why = path ? errno : EFAULT;

	return e2e_printf("cannot read %s: %s", e2e_quoted(path),
		why == EFAULT ? "it is NULL" : strerror(why));
}

E2E__FN bool e2e__golden_is_file(struct e2e__at at, const char *path, const char *want_path)
{
	struct e2e__content got, want;
	const char *message, *diff;

	if (!e2e__golden_read(&want, want_path))
		return e2e__golden_fail(&at, "is_file", NULL, NULL,
			e2e__golden_unreadable(want_path), "this is the file that is wanted", NULL);
	if (!e2e__golden_read(&got, path))
		return e2e__golden_fail(
			&at, "is_file", NULL, NULL, e2e__golden_unreadable(path), NULL, NULL);
	if (e2e__golden_same(&got, &want))
		return e2e__point(&at, true, " is ", NULL);
	diff = e2e__golden_differ(&got, &want, &message);
	return e2e__golden_fail(&at, "is_file", path, want_path, message, NULL, diff);
}

/* Writes a golden file whole: who reads it meanwhile sees the old one. NULL, or why not. */
E2E__FN const char *e2e__golden_write(const char *path, const char *text)
{
	const char *folder = e2e__beside_folder(path);
	char *draft = e2e_printf("%s.XXXXXX", path);
	mode_t mask = umask(0);
	int fd;
	bool written;

	umask(mask);
	if (folder && *folder && e2e__file_mkdirs(folder, 0777) < 0)
		return e2e_printf("cannot make the folder %s: %s", folder, strerror(errno));
	fd = mkstemp(draft);
	if (fd < 0)
		return e2e_printf("cannot write %s: %s", path, strerror(errno));
	written = e2e__file_write_whole(fd, text, strlen(text)) && fchmod(fd, 0666 & ~mask) == 0;
	if (close(fd) == 0 && written && rename(draft, path) == 0)
		return NULL;
	text = e2e_printf("cannot write %s: %s", path, strerror(errno));
	unlink(draft);
	return text;
}

/* With --update: the text becomes the golden file. */
E2E__FN bool e2e__golden_update(
	const struct e2e__at *at, const char *path, const char *text, const char *old)
{
	const char *why;

	if (old && strcmp(old, text) == 0)
		return e2e__point(at, true, " is ", NULL);
	why = e2e__golden_write(path, text);
	if (why)
		return e2e__golden_fail(at, "is_golden", NULL, NULL, why, NULL, NULL);
	e2e_note("wrote %s", path);
	return e2e__point(at, true, " is ", NULL);
}

E2E__FN bool e2e__golden_is_golden(struct e2e__at at, const char *text, const char *name)
{
	struct e2e__content got, want;
	const char *path, *shown, *diff, *message, *folder;

	e2e__script_begin();
	folder = e2e__beside_folder(at.file);
	shown = e2e_printf("%s%sgolden/%s", folder ? folder : "", folder ? "/" : "", name);
	path = e2e_printf("%s/golden/%s", e2e__beside_source_folder(at.file), name);
	if (!text)
		return e2e__golden_fail(&at, "is_golden", "NULL",
			e2e_printf("the text of %s", shown), NULL, NULL, NULL);
	e2e__golden_read(&want, path);
	if (e2e__state.opt[E2E__UPDATE])
		return e2e__golden_update(&at, path, text, want.p);
	if (!want.p)
		return e2e__golden_fail(&at, "is_golden", e2e__excerpt_text(text), NULL,
			e2e__golden_unreadable(shown),
			"if what was got is right, --update writes the file", NULL);

	got.p = text;
	got.n = strlen(text);
	if (e2e__golden_same(&got, &want))
		return e2e__point(&at, true, " is ", NULL);
	diff = e2e__golden_differ(&got, &want, &message);
	return e2e__golden_fail(&at, "is_golden", NULL, NULL,
		e2e_printf("not as %s: %s", shown, message),
		"if what was got is right, --update writes the file anew", diff);
}

/* What is below a folder, and how it differs. */
struct e2e__tree {
	struct e2e__strings names;
	const char *error;
};

E2E__FN int e2e__golden_by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths of all that is below root/below, seen from root; folders end with a slash. */
E2E__FN void e2e__golden_walk(struct e2e__tree *t, const char *root, const char *below)
{
	const char *folder = e2e_printf("%s/%s", root, below);
	DIR *d = opendir(folder);
	struct dirent *e;
	struct stat s;

	if (!d) {
		t->error = e2e_printf(
			"cannot read the folder %s: %s", e2e_quoted(folder), strerror(errno));
		return;
	}
	while (!t->error && (e = readdir(d)) != NULL) {
		const char *path = e2e_printf("%s%s", below, e->d_name);

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (lstat(e2e_printf("%s/%s", root, path), &s) < 0 || !S_ISDIR(s.st_mode)) {
			e2e__memory_push(&t->names, path);
			continue;
		}
		path = e2e_printf("%s/", path);
		e2e__memory_push(&t->names, path);
		e2e__golden_walk(t, root, path);
	}
	closedir(d);
}

E2E__FN struct e2e__tree e2e__golden_tree(const char *root)
{
	struct e2e__tree t = {{NULL, 0, 0}, NULL};

	if (!root)
		t.error = "a folder's path is NULL";
	else
		e2e__golden_walk(&t, root, "");
	if (t.names.n)
		qsort((void *)t.names.at, t.names.n, sizeof *t.names.at, e2e__golden_by_name);
	return t;
}

E2E__FN const char *e2e__golden_type(mode_t mode)
{
	return S_ISREG(mode)     ? "a file"
		: S_ISDIR(mode)  ? "a folder"
		: S_ISLNK(mode)  ? "a link"
		: S_ISFIFO(mode) ? "a FIFO"
		: S_ISSOCK(mode) ? "a socket"
				 : "a device";
}

E2E__FN const char *e2e__golden_target(const char *path)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof target);

	return n < 0 ? "" : e2e__memory_strndup(target, (size_t)n);
}

/* How what has the same name differs, or NULL; *diff is filled once. */
E2E__FN const char *e2e__golden_entry(const char *got, const char *want, const char **diff)
{
	struct e2e__content g, w;
	struct stat a, b;
	const char *message, *text;

	if (lstat(got, &a) < 0 || lstat(want, &b) < 0)
		return e2e_printf("cannot be read: %s", strerror(errno));
	if ((a.st_mode & S_IFMT) != (b.st_mode & S_IFMT))
		return e2e_printf(
			"is %s, want %s", e2e__golden_type(a.st_mode), e2e__golden_type(b.st_mode));
	if (S_ISLNK(a.st_mode)) {
		text = e2e__golden_target(got);
		message = e2e__golden_target(want);
		return strcmp(text, message) == 0
			? NULL
			: e2e_printf("leads to %s, want %s", e2e_quoted(text), e2e_quoted(message));
	}
	if (!S_ISREG(a.st_mode))
		return NULL;
	if (!e2e__golden_read(&g, got))
		return e2e__golden_unreadable(got);
	if (!e2e__golden_read(&w, want))
		return e2e__golden_unreadable(want);
	if (!e2e__golden_same(&g, &w)) {
		text = e2e__golden_differ(&g, &w, &message);
		*diff = *diff ? *diff : text;
		return message;
	}
	if ((a.st_mode & S_IXUSR) != (b.st_mode & S_IXUSR))
		return a.st_mode & S_IXUSR ? "is executable, want it not to be"
					   : "isn't executable, want it to be";
	return NULL;
}

/* A line of the list; too many are counted only. */
E2E__FN void e2e__golden_add_difference(
	struct e2e__buf *b, size_t *count, const char *path, const char *how)
{
	if (++*count > 20)
		return;
	e2e__buf_escape(b, path, strlen(path), E2E__PLAIN);
	e2e__buf_addf(b, ": %s\n", how);
}

/* Walks through both sorted lists at once. Returns how many differ. */
E2E__FN size_t e2e__golden_compare_trees(struct e2e__buf *b, const char *got,
	const struct e2e__tree *g, const char *want, const struct e2e__tree *w, const char **diff,
	const char **of)
{
	size_t i = 0, k = 0, count = 0;

	while (i < g->names.n || k < w->names.n) {
		const char *a = i < g->names.n ? g->names.at[i] : NULL,
			   *c = k < w->names.n ? w->names.at[k] : NULL, *how;
		int order = !a ? 1 : !c ? -1 : strcmp(a, c);

		if (order < 0) {
			e2e__golden_add_difference(b, &count, g->names.at[i++], "extra");
		} else if (order > 0) {
			e2e__golden_add_difference(b, &count, w->names.at[k++], "missing");
		} else {
			how = e2e__golden_entry(
				e2e_printf("%s/%s", got, a), e2e_printf("%s/%s", want, c), diff);
			if (how)
				e2e__golden_add_difference(b, &count, a, how);
			if (*diff && !*of)
				*of = a;
			i++;
			k++;
		}
	}
	if (count > 20)
		e2e__buf_addf(b, "... %zu more differ\n", count - 20);
	return count;
}

E2E__FN bool e2e__golden_is_tree(struct e2e__at at, const char *folder, const char *want_folder)
{
	struct e2e__tree got, want;
	const char *diff = NULL, *of = NULL; /* of the first text that differs */
	size_t count;
	E2E__BUF(b, 1024);

	e2e__script_begin();
	got = e2e__golden_tree(folder);
	want = e2e__golden_tree(want_folder);
	if (got.error || want.error)
		return e2e__golden_fail(&at, "is_tree", NULL, NULL,
			want.error ? want.error : got.error, NULL, NULL);
	count = e2e__golden_compare_trees(&b, folder, &got, want_folder, &want, &diff, &of);
	if (!count)
		return e2e__point(&at, true, " is ", NULL);

	if (diff && count > 1) {
		e2e__buf_escape(&b, of, strlen(of), E2E__PLAIN);
		e2e__buf_adds(&b, ":\n");
	}
	if (diff)
		e2e__buf_adds(&b, diff);
	e2e__golden_fail(&at, "is_tree", folder, want_folder,
		e2e_printf("%zu %s below the folders", count,
			count == 1 ? "difference" : "differences"),
		NULL, b.p);
	e2e__buf_free(&b);
	return false;
}

/* ---- core/chance.h ---- */

E2E__FN uint64_t e2e_rand(void)
{
	e2e__script_begin();
	return e2e__clock_mix(&e2e__state.chance);
}

E2E__FN const char *e2e_unique(const char *stem)
{
	struct timespec t;
	uint64_t once;

	e2e__script_begin();

	/* What makes it unique is the process and the time; the seed can't be part of that, or two
	 * runs would meet. */
	clock_gettime(CLOCK_REALTIME, &t);
	once = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec + e2e__state.unique;
	return e2e_printf("%s-%lx-%x-%08lx", stem, (unsigned long)getpid(), ++e2e__state.unique,
		(unsigned long)(e2e__clock_mix(&once) & 0xffffffff));
}

/* ---- core/budget.h ---- */

E2E__FN struct e2e__block e2e__budget_open_within(const char *file, int line, double seconds)
{
	struct e2e__block b = e2e__subtest_block_at(file, line);

	e2e__script_begin();
	b.limit = e2e__clock_scaled(seconds);
	b.began = e2e_now();
	return b;
}

E2E__FN void e2e__budget(struct e2e__block *b, bool ok, const char *measured, const char *allowed)
{
	e2e_failure f = {"over the budget", NULL, NULL, "budget", NULL, NULL};

	if (e2e__assertion_endless(b->limit)) {
		f.message = "a budget without an end allows everything";
		ok = false;
	}
	f.got = measured;
	f.want = e2e_printf("at most %s", allowed);
	e2e_report(b->file, b->line, ok, e2e_printf("%s, at most %s", measured, allowed), &f);
}

E2E__FN void e2e__budget_close_within(struct e2e__block *b)
{
	double took = e2e_now() - b->began;
	char is[64], may[64];

	e2e__clock_number(is, sizeof is, "%.3f ms", took * 1e3);
	e2e__clock_number(may, sizeof may, "%.3f ms", b->limit * 1e3);
	e2e__budget(b, took <= b->limit, is, may);
}

/* Memory in use, in bytes: what malloc handed out where the libc tells, else what is resident. */
E2E__FN double e2e__budget_memory(void)
{
#ifdef E2E__MALLINFO
	struct mallinfo2 m = mallinfo2();
	return (double)m.uordblks + (double)m.hblkhd;
#else
	char text[64];
	double size, resident = 0;

	if (e2e__file_read_start("/proc/self/statm", text, sizeof text) > 0 &&
		sscanf(text, "%lf %lf", &size, &resident) == 2)
		return resident * (double)sysconf(_SC_PAGESIZE);
	return -1;
#endif
}

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define E2E__SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define E2E__SANITIZED 1
#endif
#endif

E2E__FN struct e2e__block e2e__budget_open_growth(const char *file, int line, double bytes)
{
	struct e2e__block b = e2e__subtest_block_at(file, line);
	const char *preload = getenv("LD_PRELOAD");

	e2e__script_begin();
#ifdef E2E__SANITIZED
	e2e__guard_skip("memory growth can't be measured under a sanitizer");
#endif
	if (preload && strstr(preload, "vgpreload"))
		e2e__guard_skip("memory growth can't be measured under valgrind");
	b.limit = bytes;
	b.began = e2e__budget_memory();
	if (b.began < 0)
		e2e__guard_skip("memory growth can't be measured on this system");
	return b;
}

E2E__FN void e2e__budget_close_growth(struct e2e__block *b)
{
	double now = e2e__budget_memory(), grew = now - b->began;

	e2e__budget(b, now >= 0 && grew <= b->limit,
		now < 0 ? "what can't be measured" : e2e_printf("%.0f bytes", grew),
		e2e_printf("%.0f bytes", b->limit));
}

/* ---- core/console.h ---- */

/* What a failure says before its case's point is known, and the point being read. */
struct e2e__console {
	struct e2e__buf line, held, told, yaml, out;
	bool in_yaml, shows; /* of a point whose details are wanted */
	size_t pad;
	int depth, places; /* places: failed assertions of this case */
	int points, failed, skipped, expected;
	char space[5][256];
};

enum { E2E__CONSOLE_PLACES = 40 };

E2E__FN struct e2e__console *e2e__console_new(void)
{
	struct e2e__console *c = (struct e2e__console *)e2e__buf_malloc(sizeof *c);
	struct e2e__buf *bufs[5];
	int i;

	if (!c)
		return NULL;
	memset(c, 0, sizeof *c);
	bufs[0] = &c->line;
	bufs[1] = &c->held;
	bufs[2] = &c->told;
	bufs[3] = &c->yaml;
	bufs[4] = &c->out;
	for (i = 0; i < 5; i++) {
		bufs[i]->p = c->space[i];
		bufs[i]->size = sizeof c->space[i];
	}
	return c;
}

E2E__FN void e2e__console_clear(struct e2e__buf *b)
{
	b->n = 0;
	b->p[0] = 0;
}

/* ---- a YAML block, its lines without their indentation */

/* The rest of the line `key: ...`, of n bytes; NULL: there is no such key. */
E2E__FN const char *e2e__console_value(const struct e2e__console *c, const char *key, size_t *n)
{
	size_t length = strlen(key);
	const char *p = c->yaml.p;

	for (; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (strncmp(p, key, length) == 0 && p[length] == ':') {
			p += length + 1 + (p[length + 1] == ' ');
			*n = strcspn(p, "\n");
			return p;
		}
	*n = 0;
	return NULL;
}

E2E__FN bool e2e__console_is_block(const char *value, size_t n)
{
	return value && n == 1 && *value == '|';
}

/* A value without its quotes and their escapes. */
E2E__FN void e2e__console_add_unquoted(struct e2e__buf *b, const char *value, size_t n)
{
	size_t i;

	if (n < 2 || value[0] != '"' || value[n - 1] != '"') {
		e2e__buf_add(b, value, n);
		return;
	}
	for (i = 1; i < n - 1; i++) {
		i += value[i] == '\\' && (value[i + 1] == '"' || value[i + 1] == '\\');
		e2e__buf_add(b, value + i, 1);
	}
}

/* Are got and want told in the first line? */
E2E__FN bool e2e__console_is_short(const struct e2e__console *c)
{
	size_t g, w, m;
	const char *got = e2e__console_value(c, "got", &g),
		   *want = e2e__console_value(c, "want", &w);
	const char *message = e2e__console_value(c, "message", &m);

	return got && want && g < 80 && w < 80 && !e2e__console_is_block(got, g) &&
		!e2e__console_is_block(want, w) &&
		(!message || strncmp(message, "\"false: ", 8) == 0);
}

/* "t/x.c:12: got 1, want 2", or with the message. Nothing if it has been told of this case: the
 * same failure in a loop, or what the case's own point repeats. */
E2E__FN bool e2e__console_add_head(struct e2e__console *c, struct e2e__buf *b, const char *pad)
{
	size_t n;
	const char *at = e2e__console_value(c, "at", &n), *known;
	E2E__BUF(head, 512);

	e2e__buf_adds(&head, at ? "" : pad);
	if (at) {
		e2e__buf_add(&head, at, n);
		e2e__buf_adds(&head, ": ");
	}
	if (e2e__console_is_short(c)) {
		const char *value = e2e__console_value(c, "got", &n);

		e2e__buf_adds(&head, "got ");
		e2e__buf_add(&head, value, n);
		value = e2e__console_value(c, "want", &n);
		e2e__buf_adds(&head, ", want ");
		e2e__buf_add(&head, value, n);
	} else {
		const char *value = e2e__console_value(c, "message", &n);

		e2e__console_add_unquoted(&head, value ? value : "failed", value ? n : 6);
	}

	e2e__buf_adds(&head, "\n");
	known = c->told.n ? strstr(c->told.p, c->depth ? c->yaml.p : head.p) : NULL;
	if (!known) {
		e2e__buf_add(&c->told, head.p, head.n);
		e2e__buf_add(&c->told, c->yaml.p, c->yaml.n);
		e2e__buf_add(b, head.p, head.n);
	}
	e2e__buf_free(&head);
	return known != NULL;
}

/* Is the key told by the first line, or not at all? */
E2E__FN bool e2e__console_leaves_out(
	const struct e2e__console *c, const char *key, size_t n, bool block, bool again)
{
	static const char never[] = " at message duration_ms code seed failed ";
	static const char values[] = " got want ", once[] = " diff hint ";
	const char *diff;
	size_t length;
	char word[32];

	if (n > sizeof word - 3)
		return false;
	snprintf(word, sizeof word, " %.*s ", (int)n, key);
	if (strstr(never, word) || (strstr(once, word) && again))
		return true;
	diff = e2e__console_value(c, "diff", &length);
	if (strstr(values, word))
		return again || e2e__console_is_short(c) || (diff && !block);
	return strcmp(word, " diff ") == 0 && e2e__console_is_short(c);
}

/* What the block tells, as prove does: the place and the values, then the rest. */
E2E__FN void e2e__console_add_block(struct e2e__console *c, struct e2e__buf *b, const char *pad)
{
	bool again = e2e__console_add_head(c, b, pad), left_out = false, first = false;
	const char *p, *end, *code;
	size_t length;

	/* what stands before it is the failure's */
	code = again ? e2e__console_value(c, "code", &length) : NULL;

	for (p = c->yaml.p; *p; p = *end ? end + 1 : end) {
		size_t key = strcspn(p, ":\n"), n;

		end = p + strcspn(p, "\n");
		n = (size_t)(end - p);
		if (*p == ' ' || !*p || *p == '\n' || *p == '#') { /* of the key above */
			if (!left_out && !(first && n == 8 && strncmp(p, "  (text)", 8) == 0)) {
				e2e__buf_adds(b, pad);
				e2e__buf_add(b, p, n);
				e2e__buf_adds(b, "\n");
			}
			first = false;
			continue;
		}

		first = n > 2 && strncmp(end - 2, " |", 2) == 0;
		left_out = (code && p < code) || e2e__console_leaves_out(c, p, key, first, again);
		if (left_out)
			continue;
		e2e__buf_adds(b, pad);
		if (first) {
			e2e__buf_add(b, p, n - 2);
		} else {
			const char *value = p + key + (p + key < end);

			value += *value == ' ';
			e2e__buf_add(b, p, (size_t)(value - p));
			if (strncmp(p, "got:", 4) == 0 || strncmp(p, "want:", 5) == 0)
				e2e__buf_add(b, value, (size_t)(end - value));
			else
				e2e__console_add_unquoted(b, value, (size_t)(end - value));
		}
		e2e__buf_adds(b, "\n");
	}
}

E2E__FN void e2e__console_end_yaml(struct e2e__console *c)
{
	c->in_yaml = false;
	if (c->shows)
		e2e__console_add_block(c, c->depth ? &c->held : &c->out, c->depth ? "    " : "  ");
	c->shows = false;
	if (!c->depth)
		e2e__console_clear(&c->told);
	e2e__console_clear(&c->yaml);
}

/* ---- lines */

/* Of an assertion or subtest of a case. */
E2E__FN void e2e__console_nested(struct e2e__console *c, const char *line, bool failed)
{
	c->shows = false;
	if (!failed)
		return;
	c->places++;
	if (c->places == E2E__CONSOLE_PLACES + 1)
		e2e__buf_adds(&c->held, "  ... more failures of this case: --tap shows them\n");
	c->shows = c->places <= E2E__CONSOLE_PLACES;
	if (!c->shows)
		return;
	e2e__buf_addf(&c->held, "%*s%s\n", 2 * c->depth, "", line);
}

/* Of a case, or of a script. */
E2E__FN void e2e__console_point(struct e2e__console *c, const char *line, bool ok)
{
	bool skip = strstr(line, " # SKIP"), todo = strstr(line, " # TODO");
	bool failed = !ok && !todo;

	c->points++;
	c->failed += failed;
	c->skipped += skip;
	c->expected += todo && !ok;
	if (failed || skip || todo || e2e__state.style == 'c')
		e2e__buf_addf(&c->out, "%s\n", line);
	if (failed)
		e2e__buf_add(&c->out, c->held.p, c->held.n);
	c->shows = failed;
	c->places = 0;
	e2e__console_clear(&c->held);
	if (!failed)
		e2e__console_clear(&c->told);
}

E2E__FN bool e2e__console_is_plan(const char *line)
{
	return strncmp(line, "1..", 3) == 0 && line[3] >= '0' && line[3] <= '9';
}

E2E__FN void e2e__console_line(struct e2e__console *c, const char *whole)
{
	size_t pad = strspn(whole, " ");
	const char *line = whole + pad;
	bool ok = strncmp(line, "ok ", 3) == 0, failed = strncmp(line, "not ok ", 7) == 0;

	if (c->in_yaml) {
		if (pad == c->pad && strcmp(line, "...") == 0) {
			e2e__console_end_yaml(c);
		} else if (c->shows) {
			e2e__buf_adds(&c->yaml, pad >= c->pad ? whole + c->pad : line);
			e2e__buf_adds(&c->yaml, "\n");
		}
		return;
	}

	if (strcmp(line, "---") == 0) {
		c->in_yaml = true;
		c->pad = pad;
		return;
	}
	if (ok || failed) {
		c->depth = (int)(pad / 4);
		if (c->depth)
			e2e__console_nested(c, line, failed && !strstr(line, " # TODO"));
		else
			e2e__console_point(c, line, ok);
		return;
	}

	/* "1..0 # SKIP why" is the only plan that tells anything. */
	if (e2e__console_is_plan(line) && (pad || strncmp(line, "1..0 # SKIP ", 12) != 0))
		return;
	if (strncmp(line, "# Subtest", 9) == 0 || strncmp(line, "TAP version ", 12) == 0)
		return;
	if (strncmp(line, "Bail out!", 9) == 0) {
		e2e__buf_add(&c->out, c->held.p, c->held.n);
		e2e__console_clear(&c->held);
	}
	if (e2e__console_is_plan(line))
		e2e__buf_addf(&c->out, "skipped: %s\n", line + 12);
	else
		e2e__buf_addf(&c->out, "%s\n", line);
}

/* TAP goes in, in pieces of any length; what is to be seen comes out. */
E2E__FN void e2e__console_feed(struct e2e__console *c, const char *s, size_t n)
{
	while (n) {
		const char *newline = (const char *)memchr(s, '\n', n);
		size_t part = newline ? (size_t)(newline - s) : n;

		e2e__buf_add(&c->line, s, part);
		if (newline) {
			e2e__console_line(c, c->line.p);
			e2e__console_clear(&c->line);
			part++;
		}
		s += part;
		n -= part;
	}

	if (c->out.n && !e2e__state.out_failed)
		e2e__file_write_all(e2e__state.tap, c->out.p, c->out.n);
	e2e__console_clear(&c->out);
}

/* The last words: how many there were, how many of them failed. */
E2E__FN void e2e__console_end(void)
{
	struct e2e__console *c = e2e__state.console;
	const char *what = e2e__state.style == 'c' ? "case" : "assertion", *s;

	if (!c)
		return;
	e2e__state.console = NULL;
	e2e__buf_add(&c->out, c->held.p, c->held.n);
	s = E2E__PLURAL(c->points);
	if (c->failed)
		e2e__buf_addf(&c->out, "%d of %d %s%s failed", c->failed, c->points, what, s);
	else if (c->points)
		e2e__buf_addf(&c->out, "%d %s%s, none failed", c->points, what, s);
	if (c->points && c->skipped)
		e2e__buf_addf(&c->out, ", %d skipped", c->skipped);
	if (c->points && c->expected)
		e2e__buf_addf(&c->out, ", %d failed as expected (TODO)", c->expected);
	if (c->points)
		e2e__buf_adds(&c->out, "\n");
	e2e__console_feed(c, "", 0);

	e2e__buf_free(&c->line);
	e2e__buf_free(&c->held);
	e2e__buf_free(&c->told);
	e2e__buf_free(&c->yaml);
	e2e__buf_free(&c->out);
	e2e__buf_release_memory(c);
}

/* ---- core/flat.h ---- */

struct e2e__flat {
	bool in_yaml; /* of a case: indented, too */
	struct e2e__buf line, out;
	char space[2][256];
};

/* NULL where there is no memory: then the lines stay as they are. */
E2E__FN struct e2e__flat *e2e__flat_new(void)
{
	struct e2e__flat *f = (struct e2e__flat *)e2e__buf_malloc(sizeof *f);

	if (!f)
		return NULL;
	memset(f, 0, sizeof *f);
	f->line.p = f->space[0];
	f->line.size = sizeof f->space[0];
	f->out.p = f->space[1];
	f->out.size = sizeof f->space[1];
	return f;
}

E2E__FN void e2e__flat_line(struct e2e__flat *f)
{
	const char *line = f->line.p;

	if (f->in_yaml)
		f->in_yaml = strcmp(line, "  ...\n") != 0;
	else if (strcmp(line, "  ---\n") == 0)
		f->in_yaml = true;
	else if (strncmp(line, "    ", 4) == 0)
		e2e__buf_adds(&f->out, "# ");

	e2e__buf_add(&f->out, line, f->line.n);
	f->line.n = 0;
}

/* Takes n bytes of TAP; f->out is what may be written of it now: whole lines. */
E2E__FN void e2e__flat_feed(struct e2e__flat *f, const char *s, size_t n)
{
	f->out.n = 0;
	while (n) {
		const char *newline = (const char *)memchr(s, '\n', n);
		size_t part = newline ? (size_t)(newline - s) + 1 : n;

		e2e__buf_add(&f->line, s, part);
		if (newline)
			e2e__flat_line(f);
		s += part;
		n -= part;
	}
}

/* ---- core/output.h ---- */

E2E__FN void e2e__output_flush(void)
{
	struct e2e__state *st = &e2e__state;

	if (st->out_n && !st->out_failed)
		e2e__file_write_all(st->tap, st->out, st->out_n);
	st->out_n = 0;
}

E2E__FN void e2e__output_put(const char *s, size_t n)
{
	struct e2e__state *st = &e2e__state;

	if (st->out_n + n > sizeof st->out)
		e2e__output_flush();
	if (n > sizeof st->out) {
		if (!st->out_failed)
			e2e__file_write_all(st->tap, s, n);
		return;
	}
	memcpy(st->out + st->out_n, s, n);
	st->out_n += n;
}

E2E__FN void e2e__output_emit_some(const char *s, size_t n)
{
	struct e2e__state *st = &e2e__state;

	if (st->console) {
		e2e__console_feed(st->console, s, n);
	} else if (st->flat) {
		e2e__flat_feed(st->flat, s, n);
		e2e__output_put(st->flat->out.p, st->flat->out.n);
	} else {
		e2e__output_put(s, n);
	}
}

/* TAP, and the lines for stderr that begin with \2. */
E2E__FN void e2e__output_emit(const char *s, size_t n)
{
	struct e2e__state *st = &e2e__state;

	if (st->up) {
		e2e__page_lock(st->up);
		e2e__page_ring_put(st->up, s, n);
		e2e__page_unlock(st->up);
		return;
	}
	while (n) {
		const char *mark = (const char *)memchr(s, st->in_err ? '\n' : '\2', n);
		size_t part = mark ? (size_t)(mark - s) : n;

		if (!st->in_err) {
			e2e__output_emit_some(s, part);
		} else {
			part += mark != NULL;
			e2e__output_flush();
			if (!st->quiet_err)
				e2e__file_write_all(2, s, part);
		}
		if (mark)
			st->in_err = !st->in_err;
		part += mark && st->in_err;
		s += part;
		n -= part;
	}

	if (st->page && st->page->direct)
		e2e__output_flush();
}

E2E__FN void e2e__output_emit_buf(struct e2e__buf *b)
{
	e2e__output_emit(b->p, b->n);
	e2e__buf_free(b);
}

/* In the child: what was open when the first case began isn't any more. */
E2E__FN void e2e__output_unmark(int fd)
{
	unsigned char *set = e2e__state.fds;

	if (fd >= 0 && fd < 1024)
		set[fd / 8] = (unsigned char)(set[fd / 8] & ~(1 << fd % 8));
}

E2E__FN void e2e__output_drain(struct e2e__page *pg)
{
	uintptr_t head = pg->head;

	E2E__BARRIER();
	if (head - pg->tail > E2E__RING) {
		pg->tail = head; /* the tested code wrote over it; what's there can't be trusted */
		e2e__state.spoiled = true;
	}
	while (pg->tail != head) {
		size_t at = (size_t)(pg->tail % E2E__RING), part = (size_t)(head - pg->tail);

		if (part > E2E__RING - at)
			part = E2E__RING - at;
		e2e__output_emit(pg->ring + at, part);
		e2e__state.midline = pg->ring[at + part - 1] != '\n';
		E2E__BARRIER();
		pg->tail = pg->tail + part;
	}

	pg->woken = 0;
	e2e__output_flush();
}

/* ---- core/heard.h ---- */

E2E__FN void e2e__heard_close(void)
{
	struct e2e__heard *h = &e2e__state.heard;

	if (h->owner) {
		close(h->from);
		close(h->to);
	}
	h->owner = 0;
}

/* A pipe in the place of stderr, for the processes that this one watches. Where there is none to be
 * had, their stderr is this one's. */
E2E__FN void e2e__heard_open(void)
{
	struct e2e__heard *h = &e2e__state.heard;
	int fds[2];

	if (h->owner == getpid())
		return;
	e2e__heard_close(); /* of who watches this one */
	if (fcntl(2, F_GETFD) < 0 || pipe(fds) < 0)
		return;
	h->from = e2e__file_high(fds[0]);
	h->to = e2e__file_high(fds[1]);
	h->owner = getpid();
	h->n = 0;
	if (h->from < 0 || h->to < 0 || fcntl(h->from, F_SETFL, O_NONBLOCK) < 0)
		e2e__heard_close();
}

E2E__FN void e2e__heard_forget(void)
{
	e2e__state.heard.n = 0;
}

/* In the child. Where stdout isn't kept in a file, it goes the same way. */
E2E__FN void e2e__heard_give(void)
{
	struct e2e__heard *h = &e2e__state.heard;

	if (!h->owner)
		return;
	dup2(h->to, 2);
	if (e2e__state.capture < 0)
		dup2(h->to, 1);
	e2e__output_unmark(h->from);
	e2e__output_unmark(h->to);
	e2e__heard_close();
}

/* Keeps the beginning, and behind it the newest in a ring. */
E2E__FN void e2e__heard_keep(const char *s, size_t n)
{
	struct e2e__heard *h = &e2e__state.heard;
	char *text = e2e__state.heard_text;

	for (; n; s++, n--) {
		size_t at = (size_t)h->n;

		if (h->n < sizeof e2e__state.heard_text)
			text[at] = *s;
		else
			text[E2E__HEARD_FIRST + (at - E2E__HEARD_FIRST) % E2E__HEARD_LAST] = *s;
		h->n++;
	}
}

/* Passes on what has come since the last look; a flood is no reason to look at nothing else. */
E2E__FN void e2e__heard_pass_on(void)
{
	char buffer[4096];
	ssize_t n = 1;
	int i;

	for (i = 0; i < 64 && n > 0 && e2e__state.heard.owner; i++) {
		n = read(e2e__state.heard.from, buffer, sizeof buffer);
		if (n > 0)
			e2e__heard_keep(buffer, (size_t)n);
		if (n > 0)
			e2e__file_write_all(2, buffer, (size_t)n);
	}
}

/* For pselect: the highest number and one. */
E2E__FN int e2e__heard_wait_for(fd_set *set)
{
	unsigned fd = (unsigned)e2e__state.heard.from; /* as musl's FD_SET wants it */

	FD_ZERO(set);
	if (!e2e__state.heard.owner || e2e__state.heard.from >= FD_SETSIZE)
		return 0;
	FD_SET(fd, set);
	return e2e__state.heard.from + 1;
}

/* NULs as escapes: they would end the text. */
E2E__FN void e2e__heard_add(struct e2e__buf *b, const char *s, size_t n)
{
	for (; n; s++, n--)
		e2e__buf_add(b, *s ? s : "\1", 1);
}

/* The key of the case's block. */
E2E__FN void e2e__heard_add_yaml(struct e2e__buf *b)
{
	struct e2e__heard *h = &e2e__state.heard;
	const char *text = e2e__state.heard_text;
	size_t size = sizeof e2e__state.heard_text, turn;
	E2E__BUF(said, 1024);

	if (!h->n)
		return;
	if (h->n <= size) {
		e2e__heard_add(&said, text, (size_t)h->n);
	} else {
		turn = (size_t)((h->n - E2E__HEARD_FIRST) % E2E__HEARD_LAST);
		e2e__heard_add(&said, text, E2E__HEARD_FIRST);
		e2e__buf_addf(&said, "\n... %llu bytes ...\n", (unsigned long long)(h->n - size));
		e2e__heard_add(&said, text + E2E__HEARD_FIRST + turn, E2E__HEARD_LAST - turn);
		e2e__heard_add(&said, text + E2E__HEARD_FIRST, turn);
	}

	while (said.n && said.p[said.n - 1] == '\n')
		said.n--;
	said.p[said.n] = 0;
	if (said.n)
		e2e__point_add_yaml(b, 2, "stderr", said.p, true);
	e2e__buf_free(&said);
}

/* ---- core/options.h ---- */

E2E__FN void e2e__option_add(struct e2e__option *option)
{
	struct e2e__option **end = &e2e__state.options;

	while (*end && *end != option)
		end = &(*end)->next;
	*end = option;
}

#define E2E__OPTION_ROW(id, ...) {__VA_ARGS__},
E2E__FN const struct e2e__optdef *e2e__option_optdefs(void)
{
	static const struct e2e__optdef defs[E2E__OPTS] = {E2E__OPTION_LIST(E2E__OPTION_ROW)};

	return defs;
}
#undef E2E__OPTION_ROW

E2E__FN void e2e__option_usage(const char *fmt, ...) __attribute__((noreturn)) E2E__PRINTF(1, 2);
E2E__FN void e2e__option_usage(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "e2e: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see %s --help\n", e2e__case_program());
	exit(99);
}

E2E__FN void e2e__option_help(void)
{
	const struct e2e__optdef *d = e2e__option_optdefs();
	const struct e2e__option *o;
	int i;

	printf("usage: %s [options]\nRuns its test cases and prints TAP. Exit status: 0 passed, 1 failed, 99 could not "
	       "run.\n",
		e2e__case_program());
	for (i = 0; i < E2E__OPTS; i++)
		printf("  %c%c%c %-14s %-5s %s%s%s%s\n", d[i].letter ? '-' : ' ',
			d[i].letter ? d[i].letter : ' ', d[i].letter ? ',' : ' ', d[i].name,
			d[i].arg, d[i].help, d[i].env ? " [$" : "", d[i].env ? d[i].env : "",
			d[i].env ? "]" : "");
	for (o = e2e__state.options; o; o = o->next)
		printf("      %-14s %-5s %s [$%s]\n", o->name, o->arg ? o->arg : "", o->help,
			o->env);
	printf("E2E_TIMEOUT_SCALE multiplies all limits. The manual is at the head of e2e.h.\n");
	exit(0);
}

E2E__FN bool e2e__option_means_no(const char *value)
{
	return strcmp(value, "0") == 0 || strcasecmp(value, "no") == 0 ||
		strcasecmp(value, "false") == 0 || strcasecmp(value, "off") == 0;
}

/* The options' variables: read, and taken out of the environment. */
E2E__FN void e2e__option_read_env(void)
{
	const struct e2e__optdef *d = e2e__option_optdefs();
	struct e2e__option *o;
	const char *value;
	int i;

	for (i = 0; i < E2E__OPTS; i++)
		if (d[i].env && (value = getenv(d[i].env)) != NULL) {
			if (*value && !(d[i].flag && e2e__option_means_no(value)))
				e2e__state.opt[i] = e2e__memory_strdup(value);
			unsetenv(d[i].env);
		}
	e2e__state.under_prove = getenv("E2E_PROVE") != NULL;
	unsetenv("E2E_PROVE");
	e2e__state.from_prove = e2e__state.under_prove ? e2e__state.opt[E2E__FROM] : NULL;
	e2e__state.times = getenv("E2E_TIMES") != NULL;
	unsetenv("E2E_TIMES");
	e2e__state.driver =
		getenv("E2E_DRIVER") ? e2e__memory_strdup(getenv("E2E_DRIVER")) : "prove";
	e2e__state.source = getenv("E2E_SOURCE") ? e2e__memory_strdup(getenv("E2E_SOURCE")) : NULL;
	unsetenv("E2E_DRIVER");
	unsetenv("E2E_SOURCE");
	for (o = e2e__state.options; o; o = o->next)
		if ((value = getenv(o->env)) != NULL) {
			if (*value && !(!o->arg && e2e__option_means_no(value)))
				o->value = o->arg ? e2e__memory_strdup(value) : "1";
			unsetenv(o->env);
		}
}

/* What an option is after it was given once more. */
E2E__FN const char *e2e__option_joined(const char *value, const char *join, const char *more)
{
	return value && join ? e2e_printf("%s%s%s", value, join, more) : more;
}

/* `--name`, `--name=value`, `-k value`, `-kvalue`. Returns the value of the option that defs[i]
 * names, or NULL. */
E2E__FN const char *e2e__option_value(const char *name, char letter, bool flag, char **argv, int *i)
{
	const char *a = argv[*i];
	size_t n = strlen(name);
	bool is_long = strncmp(a, name, n) == 0 && (!a[n] || (a[n] == '=' && !flag));

	if (!is_long && !(letter && a[0] == '-' && a[1] == letter && (!a[2] || !flag)))
		return NULL;
	if (flag)
		return "1";
	if (is_long && a[n])
		return a + n + 1;
	if (!is_long && a[2])
		return a + 2;
	if (!argv[*i + 1])
		e2e__option_usage("%s needs a value", a);
	return argv[++*i];
}

/* `--name`, `--name=value` of an option that may go without a value: "yes" then. */
E2E__FN const char *e2e__option_optional(const struct e2e__optdef *d, const char *a)
{
	size_t n = strlen(d->name);

	if (d->arg[0] != '[' || strncmp(a, d->name, n) != 0 || (a[n] && a[n] != '='))
		return NULL;
	return a[n] ? a + n + 1 : "yes";
}

E2E__FN void e2e__option_unknown(const char *given) __attribute__((noreturn));
E2E__FN void e2e__option_unknown(const char *given)
{
	const struct e2e__optdef *d = e2e__option_optdefs();
	struct e2e__strings names = {NULL, 0, 0};
	struct e2e__option *o;
	size_t n = strcspn(given, "=");
	int i;

	for (i = 0; i < E2E__OPTS; i++)
		e2e__memory_push(&names, d[i].name);
	for (o = e2e__state.options; o; o = o->next)
		e2e__memory_push(&names, o->name);
	e2e__option_usage("unknown option or argument %s%s", e2e_quoted(given),
		strncmp(given, "--", 2) == 0
			? e2e__config_did_you_mean(e2e__memory_strndup(given, n), names.at)
			: "");
}

E2E__FN void e2e__option_read_args(char **argv)
{
	const struct e2e__optdef *d = e2e__option_optdefs();
	struct e2e__option *o;
	const char *value = NULL, **opt = e2e__state.opt;
	bool given[E2E__OPTS] = {false};
	int i, k;

	for (i = 1; argv[i]; i++) {
		for (k = 0; k < E2E__OPTS; k++)
			if ((value = e2e__option_optional(&d[k], argv[i])) != NULL ||
				(value = e2e__option_value(
					 d[k].name, d[k].letter, d[k].flag, argv, &i)) != NULL)
				break;
		if (k < E2E__OPTS) {
			opt[k] = e2e__option_joined(given[k] ? opt[k] : NULL, d[k].join, value);
			given[k] = true;
			continue;
		}
		for (o = e2e__state.options; o && !value; o = o->next)
			if ((value = e2e__option_value(o->name, 0, !o->arg, argv, &i)) != NULL) {
				o->value = e2e__option_joined(
					o->given ? o->value : NULL, o->join, value);
				o->given = true;
			}
		if (!value)
			e2e__option_unknown(argv[i]);
	}
}

E2E__FN void e2e__option_check(void)
{
	const char **opt = e2e__state.opt, *p;
	char *end;

	for (const struct e2e__option *o = e2e__state.options; o; o = o->next)
		if (o->arg && o->value)
			e2e__secret_named(o->name, o->value);

	if (opt[E2E__TIMEOUT] && e2e__clock_seconds(opt[E2E__TIMEOUT]) < 0)
		e2e__option_usage("--timeout %s: expected seconds, e.g. 2.5", opt[E2E__TIMEOUT]);
	if (opt[E2E__REPEAT] &&
		!(strtol(opt[E2E__REPEAT], &end, 10) > 0 && !*end &&
			strtol(opt[E2E__REPEAT], NULL, 10) <= 1000000))
		e2e__option_usage(
			"--repeat %s: expected a number from 1 to 1000000", opt[E2E__REPEAT]);
	p = opt[E2E__SEED];
	if (p && (!*p || p[strspn(p, "0123456789")]))
		e2e__option_usage("--seed %s: expected a number", p);
	p = opt[E2E__SHUFFLE];
	if (p && strcmp(p, "yes") != 0 && (!*p || p[strspn(p, "0123456789")]))
		e2e__option_usage("--shuffle=%s: expected a number, or none", p);
	for (p = opt[E2E__TAGS]; (p = p ? strchr(p, '!') : NULL) != NULL; p++)
		if (strchr(" ,\t", p[1]))
			e2e__option_usage("--tags %s: expected a tag after each !", opt[E2E__TAGS]);
	if (opt[E2E__INCLUDE_SHIM] && opt[E2E__EXCLUDE_SHIM])
		e2e__option_usage("--include-shim and --exclude-shim exclude each other");
	if (opt[E2E__INCLUDE_CASE] && opt[E2E__EXCLUDE_CASE])
		e2e__option_usage("--include-case and --exclude-case exclude each other");
}

/* Has the case all tags of "net !slow"? */
E2E__FN bool e2e__option_tagged(const char *tags, const char *wanted)
{
	size_t n, k;
	const char *p;

	for (;; wanted += n) {
		bool not_it = false, has = false;

		wanted += strspn(wanted, " ,\t");
		if (*wanted == '!') {
			not_it = true;
			wanted++;
		}
		n = strcspn(wanted, " ,\t");
		if (!n)
			return true;
		for (p = tags ? tags : ""; *p && !has; p += k) {
			p += strspn(p, " ,");
			k = strcspn(p, " ,");
			has = k == n && strncmp(p, wanted, n) == 0;
		}
		if (has == not_it)
			return false;
	}
}

/* Does a clause stand for another one or for a part of it? "XEP-0045 7" does for "XEP-0045 7.2". */
E2E__FN bool e2e__option_clause(const char *clause, size_t n, const char *part, size_t k)
{
	return n > 0 && k >= n && strncmp(clause, part, n) == 0 &&
		(k == n || part[n] == ' ' || part[n] == '.');
}

/* The next of what stands between commas, without blanks around it; its size is *n. */
E2E__FN const char *e2e__option_next_clause(const char **list, size_t *n)
{
	const char *clause = *list + strspn(*list, " ,\t");

	*n = strcspn(clause, ",");
	*list = clause + *n;
	while (*n && strchr(" \t", clause[*n - 1]))
		--*n;
	return clause;
}

/* Does a case with this .spec prove one of the wanted clauses? */
E2E__FN bool e2e__option_proves(const char *spec, const char *wanted)
{
	size_t n, k;

	for (;;) {
		const char *clause = e2e__option_next_clause(&wanted, &n), *rest = spec ? spec : "";

		if (!n)
			return false;
		for (;;) {
			const char *part = e2e__option_next_clause(&rest, &k);

			if (!k)
				break;
			if (e2e__option_clause(clause, n, part, k))
				return true;
		}
	}
}

/* Do the filters let this case through, but for that of its name? */
E2E__FN bool e2e__option_let_through(const struct e2e_case_options *o)
{
	const char *const *opt = e2e__state.opt;

	return (!opt[E2E__TAGS] || e2e__option_tagged(o->tags, opt[E2E__TAGS])) &&
		(!opt[E2E__SPEC] || e2e__option_proves(o->spec, opt[E2E__SPEC])) &&
		!(opt[E2E__NO_SPEC] && e2e__option_proves(o->spec, opt[E2E__NO_SPEC]));
}

/* A word of --tags that no case has: "no case has the tag slo; did you mean slow?". NULL: there is
 * none. */
E2E__FN const char *e2e__option_unknown_tag(const char *wanted)
{
	struct e2e__strings tags = {NULL, 0, 0};
	struct e2e__case *c;
	const char *p, *word;
	size_t n;

	e2e__memory_push(&tags, "");
	for (c = e2e__state.cases; c; c = c->next)
		for (p = c->o.tags ? c->o.tags : ""; *p; p += n) {
			p += strspn(p, " ,");
			n = strcspn(p, " ,");
			e2e__memory_push_new(&tags, e2e__memory_strndup(p, n));
		}
	for (; *wanted; wanted += n) {
		wanted += strspn(wanted, " ,\t!");
		n = strcspn(wanted, " ,\t");
		word = e2e__memory_strndup(wanted, n);
		if (n && !e2e__memory_one_of(word, tags.at))
			return e2e_printf("no case has the tag %s%s", word,
				e2e__config_did_you_mean(word, tags.at + 1));
	}

	return NULL;
}

/* What a word of such a filter could have been: the names that a matrix has, one a line. */
E2E__FN const char *e2e__option_expected_word(const char *word, const char *names)
{
	struct e2e__strings all = {NULL, 0, 0};
	size_t n;

	e2e__memory_push(&all, "");
	for (; *names; names += n + (names[n] == '\n')) {
		n = strcspn(names, "\n");
		e2e__memory_push(&all, e2e__memory_strndup(names, n));
	}

	return e2e_printf("expected some of %s%s", e2e__assertion_list_text(all.at + 1),
		e2e__config_did_you_mean(word, all.at + 1));
}

/* Words of --include-shim and the like that no matrix knew. */
E2E__FN void e2e__option_add_unknown_words(struct e2e__buf *b)
{
	int which;
	size_t k, n;

	for (which = 0; which < 4; which++) {
		const char *list = e2e__state.opt[E2E__INCLUDE_SHIM + which], *word;

		for (k = 0; list && *list; list += n + (list[n] == ','), k++) {
			n = strcspn(list, ",");
			if (e2e__state.word_hits[which] >> (k < 63 ? k : 63) & 1)
				continue;
			word = e2e__memory_strndup(list, n);
			e2e__buf_addf(b, "# %s: unknown name '%s': %s\n",
				e2e__option_optdefs()[E2E__INCLUDE_SHIM + which].name, word,
				e2e__option_expected_word(word, e2e__state.eligible[which]));
		}
	}
}

/* Filters for pairs that nothing was chosen by. A name that no pair has is a mistake; no matrix at
 * all may be one. */
E2E__FN void e2e__option_check_filters(void)
{
	struct e2e__state *st = &e2e__state;
	const char *list = st->opt[E2E__INCLUDE_PAIR];
	size_t n, i;
	E2E__BUF(b, 256);

	if (st->bailed || st->failed)
		return;
	for (i = 0; list && *list && (st->pairs || st->unmatched);
		list += n + (list[n] == '\n'), i++) {
		n = strcspn(list, "\n");
		if (!(st->pair_hits >> (i < 63 ? i : 63) & 1))
			e2e__buf_addf(&b, "# --include-pair \"%.*s\": no pair has this name\n",
				(int)n, list);
	}

	if (st->pairs || st->unmatched)
		e2e__option_add_unknown_words(&b);
	if (!b.n && st->unmatched && !st->pairs)
		e2e__buf_adds(&b, "# no pair matches the filters\n");
	for (i = 0, n = b.n; n > 0 && i < n; i += strcspn(b.p + i, "\n") + 1)
		e2e__buf_addf(&b, "\2%.*s", (int)strcspn(b.p + i, "\n") + 1, b.p + i);
	st->bailed = b.n > 0;
	for (i = E2E__INCLUDE_SHIM; i <= E2E__INCLUDE_PAIR && !st->pairs && !st->unmatched; i++)
		if (st->opt[i])
			e2e__buf_addf(&b, "# %s had nothing to choose from: no case has a matrix\n",
				e2e__option_optdefs()[i].name);
	e2e__output_emit_buf(&b);
}

/* --from: the cases before the named one, by definition, are passed over. Returns what is to be
 * said of a name that no case has, or NULL. */
E2E__FN const char *e2e__option_pass_over(void)
{
	const char *from = e2e__state.opt[E2E__FROM];
	struct e2e__strings names = {NULL, 0, 0};
	struct e2e__case *c, *first;

	if (!from)
		return NULL;
	for (first = e2e__state.cases; first && strcmp(first->name, from) != 0; first = first->next)
		e2e__memory_push(&names, first->name);
	if (!first)
		return e2e_printf("no case is called %s%s", from,
			names.at ? e2e__config_did_you_mean(from, names.at) : "");
	for (c = e2e__state.cases; c != first; c = c->next)
		c->passed_over = true;

	return NULL;
}

E2E__FN void e2e__option_choose(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__case *c;
	regex_t re;
	char why[128];
	int e;

	if (st->opt[E2E__FILTER] &&
		(e = regcomp(&re, st->opt[E2E__FILTER], REG_EXTENDED | REG_NOSUB)) != 0) {
		regerror(e, &re, why, sizeof why);
		e2e__option_usage("-k %s: %s", st->opt[E2E__FILTER], why);
	}

	for (c = st->cases; c; c = c->next) {
		if (!(c->o.timeout >= 0))
			e2e__exit_fatal("%s:%d: case %s: .timeout = %g: expected seconds, e.g. 2.5",
				c->file, c->line, c->name, c->o.timeout);
		/* a row's name may hold what an expression has signs for */
		c->chosen = !c->passed_over &&
			(!st->opt[E2E__FILTER] || strcmp(st->opt[E2E__FILTER], c->name) == 0 ||
				regexec(&re, c->name, 0, NULL, 0) == 0) &&
			e2e__option_let_through(&c->o);
		st->chosen += c->chosen;
	}

	if (st->opt[E2E__FILTER])
		regfree(&re);
}

/* ---- core/own.h ---- */

E2E__FN void e2e__own_add(
	struct e2e__option *option, const char *name, char *env, const char *arg, const char *help)
{
	const struct e2e__option *o;
	char *p;

	for (p = env; *p; p++)
		if (*p >= 'a' && *p <= 'z') /* not toupper: the locale is nobody's concern here */
			*p = (char)(*p - 'a' + 'A');
	for (o = e2e__state.options; o; o = o->next)
		if (strcmp(o->name, name) == 0 && strcmp(o->env, env) == 0)
			return; /* of another file, or by a constructor that ran again */

	option->name = name;
	option->env = env;
	option->arg = arg;
	option->help = help;
	e2e__option_add(option);
}

E2E__FN const char *e2e__own_value(const char *name)
{
	const struct e2e__option *o;

	e2e__script_begin(); /* which reads the environment */
	for (o = e2e__state.options; o && strcmp(o->name, name) != 0; o = o->next)
		;
	return o ? o->value : NULL;
}

/* Before the command line is read: names that can't be told apart. */
E2E__FN void e2e__own_check(void)
{
	const struct e2e__optdef *d = e2e__option_optdefs();
	const struct e2e__option *o, *other;
	int i;

	for (o = e2e__state.options; o; o = o->next) {
		if (strncmp(o->name, "--", 2) != 0 || !o->name[2] || strpbrk(o->name, "= \t\n"))
			e2e__exit_fatal("E2E_OPTION %s: expected a name like \"--level\"", o->name);
		for (i = 0; i < E2E__OPTS; i++)
			if (strcmp(d[i].name, o->name) == 0)
				e2e__exit_fatal("E2E_OPTION %s: e2e has this option itself: "
						"expected another name",
					o->name);
		for (other = o->next; other; other = other->next)
			if (strcmp(other->name, o->name) == 0 || strcmp(other->env, o->env) == 0)
				e2e__exit_fatal(
					"E2E_OPTION %s, in the environment %s: there is %s, in the "
					"environment %s, already: expected one of each name",
					other->name, other->env, o->name, o->env);
	}
}

/* ---- core/shuffle.h ---- */

/* A case and its place. */
struct e2e__place {
	uint64_t key;
	size_t before; /* its place by definition */
	struct e2e__case *c;
};

E2E__FN int e2e__shuffle_compare(const void *a, const void *b)
{
	const struct e2e__place *p = (const struct e2e__place *)a;
	const struct e2e__place *q = (const struct e2e__place *)b;

	if (p->key != q->key)
		return p->key < q->key ? -1 : 1;
	return p->before < q->before ? -1 : 1;
}

/* The number that an order comes from: what was given, else the seed. It is given from then on. */
E2E__FN void e2e__shuffle_choose(void)
{
	const char *given = e2e__state.opt[E2E__SHUFFLE];

	if (given && given[strspn(given, "0123456789")])
		e2e__state.opt[E2E__SHUFFLE] =
			e2e_printf("%llu", (unsigned long long)e2e__state.seed);
}

/* Sorts the cases by what chance makes of their names: so the others stay as they are where one is
 * left out. */
E2E__FN void e2e__shuffle(void)
{
	const char *given = e2e__state.opt[E2E__SHUFFLE];
	uint64_t number = given ? strtoull(given, NULL, 10) : 0, mix;
	struct e2e__case *c, **end = &e2e__state.cases;
	struct e2e__place *places;
	size_t n = 0, i;

	for (c = e2e__state.cases; c; c = c->next)
		n++;
	if (!given || !n)
		return;
	places = (struct e2e__place *)e2e__memory_alloc(n * sizeof *places);
	for (c = e2e__state.cases, i = 0; c; c = c->next, i++) {
		mix = e2e__file_hash(c->name) ^ number * 0x9e3779b97f4a7c15u;
		places[i].key = e2e__clock_mix(&mix);
		places[i].before = i;
		places[i].c = c;
	}

	qsort(places, n, sizeof *places, e2e__shuffle_compare);
	for (i = 0; i < n; i++) {
		*end = places[i].c;
		end = &places[i].c->next;
	}
	*end = NULL;
}

/* ---- core/watch.h ---- */

/* How a watched process ended. */
struct e2e__end {
	int status;  /* as waitpid gives it */
	int stopped; /* the signal that stopped it, 0 */
	int quit;    /* the signal that ends this program, 0 */
	bool hard;   /* had to be killed: the limit below was over */
	bool tty;    /* ... because it wanted the terminal */
	struct e2e__limit limit;
	const char *bail;      /* a service died */
	int64_t began, died;   /* died 0: it has no process of its own */
	int64_t latest;        /* 0, or when the child is ended whatever its page says */
	struct e2e__limit own; /* what is said then */
	int64_t late; /* since when a limit is known to be over in a process that the case forked */
	char left[512]; /* processes left behind, by name */
};

/* A case runs in this process: nobody else would look at the flag. Its own handler of SIGALRM
 * leaves it; if that can't, who asks again after 3 seconds gets what he wants. */
E2E__FN void e2e__watch_stop_direct(struct e2e__page *pg, int sig)
{
	struct itimerval soon = {{0, 10000}, {0, 1}};
	int64_t now = e2e__clock_ns();

	if (!pg->stop)
		pg->stopped_at = now;
	if (!e2e__clock_terminates(sig) || (pg->stop && now - pg->stopped_at > 3000000000)) {
		signal(sig, SIG_DFL);
		raise(sig);
		return;
	}
	pg->stop = sig;
	e2e__state.timed = 1;
	if (!pg->heeded)
		e2e__limit_start_timer(&soon);
}

E2E__FN void e2e__watch_on_signal(int sig)
{
	struct e2e__page *pg = e2e__state.page;

	if (sig == SIGCHLD)
		return;
	if (!e2e__state.quit || sig == SIGINT)
		e2e__state.quit = sig;
	if (pg && pg->direct && pg->pid == getpid())
		e2e__watch_stop_direct(pg, sig);
}

/* To the groups that the case has recorded. */
E2E__FN void e2e__watch_signal_recorded(const struct e2e__page *pg, int sig)
{
	int i;

	for (i = 0; i < E2E__GROUPS; i++) {
		pid_t group = e2e__page_unseal(pg->group[i]);

		if (group)
			kill(-group, sig);
	}
}

/* All that a watched child has; a runner passes it on itself. */
E2E__FN void e2e__watch_signal_child(const struct e2e__page *pg, pid_t pid, int sig)
{
	kill(pg->runner ? pid : -pid, sig);
	if (!pg->runner)
		e2e__watch_signal_recorded(pg, sig);
}

/* Ctrl-Z reaches this process, but not the groups of its cases. They stop with it and go on with
 * it, and the time between is nobody's. */
E2E__FN void e2e__watch_on_stop(int sig)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->watched_page;
	int64_t began = e2e__clock_raw(), slept;
	pid_t pid = st->watched;
	int saved = errno;

	if (pid > 1)
		e2e__watch_signal_child(pg, pid, pg->runner ? sig : SIGSTOP);
	kill(getpid(), SIGSTOP);
	slept = e2e__clock_raw() - began;
	st->slept = st->slept + slept;
	if (pid > 1 && !pg->runner)
		pg->slept = pg->slept + slept;
	if (pid > 1)
		e2e__watch_signal_child(pg, pid, SIGCONT);
	errno = saved;
}

/* A function that is bound at its first call (by default on many systems) is bound anew in the
 * process of each case, which takes longer than all that is done in it here, unless the parent has
 * called it, too. */
E2E__FN void e2e__watch_bind_early(void)
{
	sigjmp_buf way;

	(void)sigsetjmp(way, 0);
	(void)getppid();
	(void)setpgid(0, -1); /* refused */
	(void)e2e__limit_tid();
}

/* The watcher's signals: SIGCHLD only interrupts the wait; the others end the program in good
 * order. */
E2E__FN void e2e__watch_catch_signals(void)
{
	static const int sigs[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction sa, old;
	sigset_t set;
	size_t i;

	e2e__watch_bind_early();
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = e2e__watch_on_signal;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < 5; i++) {
		sigaction(sigs[i], NULL, &old);
		if (i == 0 || old.sa_handler != SIG_IGN)
			sigaction(sigs[i], &sa, NULL);
	}

	sigaction(SIGTSTP, NULL, &old);
	sa.sa_handler = e2e__watch_on_stop;
	if (old.sa_handler != SIG_IGN)
		sigaction(SIGTSTP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &e2e__state.mask);
	sigdelset(&e2e__state.mask, SIGCHLD);
#if defined E2E__LINUX && defined PR_SET_CHILD_SUBREAPER
	prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
#endif
}

/* A script in its only process is told by its own handler. */
E2E__FN void e2e__watch_catch_termination(void)
{
	struct sigaction sa, old;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = e2e__watch_on_signal;
	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGTERM, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		sigaction(SIGTERM, &sa, NULL);
}

/* Again before each case: the tested code of a suite's set-up may have changed it. */
E2E__FN void e2e__watch_catch_children(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = e2e__watch_on_signal;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGCHLD, &sa, NULL);
}

/* In the child: what the watcher changed for itself. The tested code begins with defaults. */
E2E__FN void e2e__watch_child_signals(void)
{
	static const int sigs[] = {
		SIGCHLD, SIGPIPE, SIGXFSZ, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP};
	struct sigaction old;
	size_t i;

	e2e__state.watched = 0;
	for (i = 0; i < 8; i++) {
		if (i >= 3)
			sigaction(sigs[i], NULL, &old);
		if (i < 3 || old.sa_handler == e2e__watch_on_signal ||
			old.sa_handler == e2e__watch_on_stop)
			signal(sigs[i], SIG_DFL);
	}
	sigprocmask(SIG_SETMASK, &e2e__state.mask, NULL);
	e2e__limit_catch_alarm();
}

#ifdef E2E__LINUX
E2E__FN bool e2e__watch_has_threads(void)
{
	struct stat tasks;

#ifdef E2E__SINGLE_THREADED
	if (E2E__SINGLE_THREADED())
		return false;
#endif
	/* a link each thread, and two */
	return stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3;
}
#endif

/* fflush(NULL) waits for a thread that sits in fgets or getchar, as long as that takes; with musl
 * a forked child has that thread's lock without the thread. */
E2E__FN void e2e__watch_flush_streams(void)
{
#ifdef E2E__LINUX
	if (e2e__watch_has_threads())
		e2e__state.threaded = true;
	if (e2e__state.threaded) {
		e2e__file_flush(stdout);
		e2e__file_flush(stderr);
		return;
	}
#endif
	fflush(NULL);
}

E2E__FN void e2e__watch_reset_capture(void)
{
	struct stat st;
	int fd = e2e__state.capture;

	if (fd >= 0 && ((fstat(fd, &st) == 0 && !st.st_size) || ftruncate(fd, 0) == 0))
		lseek(fd, 0, SEEK_SET);
}

/* In a forked child: it ends with its parent, also where the parent has gone already. */
E2E__FN void e2e__watch_die_with(pid_t parent)
{
#ifdef E2E__LINUX
	prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L);
	if (getppid() != parent)
		_exit(1);
#else
	(void)parent;
#endif
}

/* fork() for a process that this one watches through pg: its own group, ended with its parent. */
E2E__FN pid_t e2e__watch_fork(struct e2e__page *pg)
{
	struct e2e__hooks *h;
	pid_t parent = getpid(), pid;

	e2e__watch_catch_children();
	e2e__watch_flush_streams();
	for (h = e2e__state.hooks; h; h = h->next)
		if (h->flush)
			h->flush();
	e2e__output_flush();
	e2e__watch_reset_capture();
	e2e__heard_open();
	e2e__heard_pass_on(); /* of who was left behind */
	e2e__heard_forget();
	pid = fork();
	if (pid < 0)
		e2e__exit_fatal("cannot fork for a case: %s%s", strerror(errno),
			errno == EAGAIN ? "; raise the limit of processes (ulimit -u), or run with "
					  "--no-fork"
					: "");
	if (pid > 0) {
		setpgid(pid, pid);
		pg->pid = pid;
		return pid;
	}

	setpgid(0, 0);
	e2e__watch_die_with(parent);
	e2e__page_play(pg);
	e2e__state.page = pg;
	e2e__state.main_thread = e2e__buf_self();
	if (e2e__state.tap >= 0)
		close(e2e__state.tap);
	e2e__output_unmark(e2e__state.tap);
	e2e__state.tap = -1;
	if (e2e__state.capture >= 0)
		dup2(e2e__state.capture, 1);
	e2e__heard_give();
	e2e__watch_child_signals();
	return 0;
}

/* Ends a running child with all that is known of it. */
E2E__FN void e2e__watch_kill_group(struct e2e__page *pg, pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	e2e__watch_signal_recorded(pg, SIGKILL);
}

/* How long a child may take from being told to end until it is killed. One that doesn't leave off
 * what it does at once never will; then it cleans up. A runner waits for its case, and has the
 * suite's tear-down besides. */
E2E__FN int64_t e2e__watch_stop_limit(const struct e2e__page *pg)
{
	bool at_work = !pg->heeded && pg->phase <= E2E__TEARDOWN && (!pg->runner || pg->suite);
	double seconds = at_work ? 1.5 : pg->runner ? 9 : 3;

	return e2e__clock_span(e2e__clock_scaled(seconds));
}

/* A limit is over in a process that the case forked, and the case wasn't told: at the moment it
 * can't be (so it is told again), or never. True: it has had its time. */
E2E__FN bool e2e__watch_is_late(
	struct e2e__page *pg, pid_t pid, struct e2e__end *end, int64_t now, int64_t grace)
{
	int slot = pg->late - 1;

	if (slot < 0 || slot >= E2E__LIMITS || pg->phase > E2E__TEARDOWN) {
		end->late = 0;
		return false;
	}
	if (!end->late)
		end->late = now;
	kill(pid, SIGALRM);
	if (now - end->late <= grace || e2e__limit_traced(pid))
		return false;
	if (!end->hard)
		end->limit = pg->limit[slot];
	end->limit.file[sizeof end->limit.file - 1] = 0;
	return true;
}

/* One look at a running child: limits, signals, services. Returns the seconds until the next
 * look. */
E2E__FN double e2e__watch(struct e2e__page *pg, pid_t pid, struct e2e__end *end, int64_t *told)
{
	struct e2e__limit *g = e2e__limit_earliest(pg, pid, true);
	struct e2e__hooks *h;
	int64_t now = e2e__clock_ns(), grace = e2e__clock_span(e2e__clock_scaled(0.5));
	int quit = e2e__exit_told();

	for (h = e2e__state.hooks; h && !end->bail; h = h->next)
		if (h->watch)
			end->bail = h->watch();
	if (e2e__state.out_failed && !quit)
		quit = SIGPIPE;
	if ((quit || end->bail) && !*told) {
		end->quit = quit;
		pg->stop = quit ? quit : SIGINT;
		*told = now;
	}

	if (pg->runner && end->stopped)
		kill(pid, SIGCONT); /* this process goes on, so it must too */
	if (*told && !pg->heeded)
		kill(pid, SIGALRM); /* at each look: it may come at a bad moment */
	if (*told && now - *told > e2e__watch_stop_limit(pg)) {
		e2e__watch_kill_group(pg, pid);
	} else if (e2e__page_is_spoiled(pg)) {
		e2e__watch_kill_group(pg, pid);
	} else if (end->latest && now > end->latest && e2e__limit_traced(pid)) {
		end->latest = now + e2e__clock_span(end->own.seconds);
	} else if (end->latest && now > end->latest) {
		if (!end->hard)
			end->limit = end->own;
		end->hard = true;
		e2e__watch_kill_group(pg, pid);
	} else if (e2e__watch_is_late(pg, pid, end, now, grace)) {
		end->hard = true;
		e2e__watch_kill_group(pg, pid);
	} else if (g &&
		((now > g->until + grace && e2e__limit_is_over(g)) || end->stopped == SIGTTIN ||
			end->stopped == SIGTTOU)) {
		if (!end->hard) {
			end->limit = *g;
			end->tty = now <= g->until;
		}
		end->hard = true;
		e2e__watch_kill_group(pg, pid);
	}

	if (end->hard || *told)
		return 0.02;
	if (g && g->until + grace - now < 50000000)
		return g->until + grace > now ? (double)(g->until + grace - now) * 1e-9 : 0.001;
	return pg->head != pg->tail ? 0.001 : 0.05;
}

/* A process that outlives a SIGKILL of this one, and ends the group of the child that is watched
 * then. The child itself is ended by the kernel, where it can. */
E2E__FN pid_t e2e__watch_keep(struct e2e__page *pg, pid_t watched)
{
	pid_t parent = getpid(), pid = fork();
	sigset_t ends;
	int i;

	if (pid != 0)
		return pid; /* -1: it goes without */
	setpgid(0, 0);
	sigfillset(&ends);
	sigprocmask(SIG_SETMASK, &ends, NULL);
	for (i = 0; i < 1024; i++)
		close(i);
#ifdef E2E__LINUX
	prctl(PR_SET_PDEATHSIG, (long)SIGTERM, 0L, 0L, 0L);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	while (getppid() == parent)
		sigwait(&ends, &i);
#else
	while (getppid() == parent)
		e2e__clock_nap(0.1);
#endif
	for (i = 0; i < 20; i++) {
		kill(-watched, SIGKILL);
		e2e__watch_signal_recorded(pg, SIGKILL);
		e2e__clock_nap(0.005);
	}

	_exit(0);
	return 0; /* for tcc, which doesn't know that _exit never returns */
}

/* What a dead process has left in the ring. */
E2E__FN void e2e__watch_drain_rest(struct e2e__page *pg)
{
	e2e__heard_pass_on();
	e2e__output_drain(pg);
	if (e2e__state.midline)
		e2e__output_emit("\n", 1); /* it died in the middle of a line */
	e2e__state.midline = false;
}

/* Watches a child up to its death. Its limit (0: none) is in its page, too; here it counts if that
 * was written over. */
E2E__FN void e2e__watch_wait_for(struct e2e__page *pg, pid_t pid, struct e2e__end *end,
	const char *file, int line, double limit)
{
	const struct e2e__fixture *f;
	double cleanup = 25;
	struct timespec t;
	int64_t told = 0;
	siginfo_t si;
	pid_t keeper = 0;
	double wait;
	fd_set heard;
	int r, highest;

	memset(end, 0, sizeof *end);
	end->began = e2e__clock_ns();
	for (f = e2e__state.fixtures[1]; f; f = f->next)
		cleanup += 10;
	snprintf(end->own.file, sizeof end->own.file, "%s", file);
	end->own.line = line;
	end->own.seconds = limit;
	if (limit > 0 && limit < 1e9)
		end->latest = end->began + e2e__clock_span(limit + e2e__clock_scaled(cleanup));
	e2e__state.watched_page = pg;
	e2e__state.watched = pid;
	for (;;) {
		e2e__heard_pass_on();
		e2e__output_drain(pg);
		si.si_pid = 0;
		r = waitid(
			P_PID, (id_t)pid, &si, WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT);
		if (r < 0 && errno != EINTR)
			break;
		if (r == 0 && si.si_pid == pid && si.si_code != CLD_STOPPED &&
			si.si_code != CLD_CONTINUED && si.si_code != CLD_TRAPPED)
			/* it stays a zombie until e2e__watch_sweep, so that its number isn't
			 * somebody else's */
			break;
		if (r == 0 && si.si_pid == pid) {
			end->stopped = si.si_code == CLD_STOPPED ? si.si_status : 0;
			waitid(P_PID, (id_t)pid, &si, WSTOPPED | WCONTINUED | WNOHANG);
		}
		wait = e2e__watch(pg, pid, end, &told);
		if (e2e__lines_watch(pg) && wait > 0.01)
			wait = 0.01; /* so exact are the times of the lines of logs */
		t.tv_sec = 0;
		t.tv_nsec = (long)(wait * 1e9);

		/* A short case needn't pay for a keeper. */
		if (!keeper && !e2e__state.kept && e2e__clock_ns() - end->began > 20000000)
			keeper = e2e__watch_keep(pg, pid);
		highest = e2e__heard_wait_for(&heard);
		pselect(highest, &heard, NULL, NULL, &t, &e2e__state.mask);
	}

	end->died = e2e__clock_ns();
	e2e__state.watched = 0;
	if (keeper > 0) {
		kill(keeper, SIGKILL);
		while (waitpid(keeper, NULL, 0) < 0 && errno == EINTR)
			;
	}

	e2e__watch_drain_rest(pg);
	e2e__page_mend(pg);
}

/* "sleep 60 (pid 12)" */
E2E__FN void e2e__watch_add_process(char *buffer, size_t size, pid_t pid)
{
	char text[80];
	size_t used = strlen(buffer), i;
	ssize_t n = e2e__file_of_process(pid, "cmdline", text, sizeof text);

	for (i = 0; n > 0 && i + 1 < (size_t)n; i++)
		if ((unsigned char)text[i] < 0x20)
			text[i] = ' ';
	while (n > 1 && (!text[n - 1] || text[n - 1] == ' '))
		n--; /* programs that name themselves leave room behind */
	text[n > 0 ? n : 0] = 0;
	snprintf(buffer + used, size - used, "%s%s%s(pid %ld)", used ? ", " : "", text,
		n > 0 ? " " : "", (long)pid);
}

#ifdef E2E__LINUX
/* Reaps a child that has ended. As waitpid with WNOHANG. */
E2E__FN pid_t e2e__watch_collect(pid_t pid)
{
	int status = 0;
	pid_t r = waitpid(pid, &status, WNOHANG);

	for (struct e2e__hooks *h = e2e__state.hooks; h && r == pid && e2e__state.swept;
		h = h->next)
		if (h->collected)
			h->collected(e2e__state.swept, pid, status);
	return r;
}

/* Without /proc, and in kernels that lack the list, each number is tried that was given since the
 * case began. */
E2E__FN size_t e2e__watch_guess_children(pid_t *found, size_t max, int *reaped)
{
	pid_t pid, r, newest = fork();
	size_t n = 0, i;

	if (newest == 0)
		_exit(0);
	if (newest > 0)
		waitpid(newest, NULL, 0);

	/* the numbers may have begun anew, or there was no process to be had */
	if (newest < e2e__state.oldest)
		newest = e2e__state.oldest + 32768;
	for (pid = e2e__state.oldest; pid < newest && n < max; pid++) {
		for (i = 0; i < 64 && e2e__state.own[i] != pid; i++)
			;
		r = i == 64 ? e2e__watch_collect(pid) : -1;
		*reaped += r == pid;
		if (r == 0)
			found[n++] = pid;
	}

	return n;
}

/* One look at the list of our children; *reaped counts those that were dead. */
E2E__FN size_t e2e__watch_look_at_children(pid_t *found, size_t max, int *reaped)
{
	char path[64], *text, *p, *next;
	size_t n = 0, i;

	snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
	text = e2e__file_read(path, NULL);
	if (!text)
		return e2e__watch_guess_children(found, max, reaped);
	for (p = text; *p && n < max; p = next) {
		pid_t pid = (pid_t)strtol(p, &next, 10), r;

		if (next == p)
			break;
		for (i = 0; i < 64 && e2e__state.own[i] != pid; i++)
			;
		r = i == 64 ? e2e__watch_collect(pid) : -1;
		*reaped += r == pid;
		if (r == 0)
			found[n++] = pid;
	}

	return n;
}
#endif

/* Our children that are neither services nor dead; dead ones are reaped. Returns how many were
 * found. */
E2E__FN size_t e2e__watch_children(pid_t *found, size_t max)
{
	size_t n = 0;
#ifdef E2E__LINUX
	int reaped;
	do {
		reaped = 0;
		n = e2e__watch_look_at_children(found, max, &reaped);

		/* a dead one's children come to us with its death, and weren't in the list */
	} while (!n && reaped);
#else
	(void)found;
	(void)max;
#endif
	return n;
}

/* Have all of them given up their memory? They are about to be gone, however long a busy machine
 * takes for that. */
E2E__FN bool e2e__watch_all_exiting(const pid_t *found, size_t n)
{
	if (access("/proc/self", F_OK) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		char byte[2];

		if (e2e__file_of_process(found[i], "cmdline", byte, sizeof byte) > 0)
			return false;
	}
	return true;
}

/* Ends what a dead child has left behind, and names it. */
E2E__FN void e2e__watch_sweep_left(pid_t pid, struct e2e__end *end)
{
	pid_t found[64];
	siginfo_t si;
	struct e2e__hooks *h;
	size_t n = 0, i, tries;

#ifndef E2E__LINUX
	for (tries = 0; tries < 100 && kill(-pid, 0) == 0; tries++)
		e2e__clock_nap(0.001);
	if (tries == 100)
		snprintf(end->left, sizeof end->left, "a process of group %ld", (long)pid);
	kill(-pid, SIGKILL);
#endif
	/* What the case left behind is our child now (subreaper). None at all is the usual answer,
	 * and a cheap one. */
	if (!e2e__state.own[0] && waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) < 0)
		return;
	for (h = e2e__state.hooks; h; h = h->next)
		if (h->watch)
			/* says whose services are no leftovers; what it says besides, the next case
			 * will hear */
			h->watch();
	for (tries = 0; (tries < 100 || (tries < 2000 && e2e__watch_all_exiting(found, n))) &&
		(n = e2e__watch_children(found, 64)) > 0;
		tries++)
		e2e__clock_nap(0.001); /* some may be on their way out */
	for (i = 0; i < n; i++)
		e2e__watch_add_process(end->left, sizeof end->left, found[i]);
	for (tries = 0; tries < 1000 && n; tries++) {
		for (i = 0; i < n; i++) {
			if (getpgid(found[i]) == pid)
				/* while it has members, nobody else gets this number */
				kill(-pid, SIGKILL);
			kill(found[i], SIGKILL);
		}
		e2e__clock_nap(0.001);
		n = e2e__watch_children(found, 64);
	}
}

/* After a child's death: reaps it, ends what the case had recorded, names and ends what else it
 * left behind. */
E2E__FN void e2e__watch_sweep(struct e2e__page *pg, pid_t pid, struct e2e__end *end)
{
	e2e__state.oldest = pid;
	while (waitpid(pid, &end->status, 0) < 0 && errno == EINTR)
		;
	e2e__watch_signal_recorded(pg, SIGKILL);
	e2e__state.swept = pg;
	e2e__watch_sweep_left(pid, end);
	e2e__state.swept = NULL;
}

/* Our living children, but for services. For a case in this process, whose children are ours: none
 * is reaped. */
E2E__FN size_t e2e__watch_living_children(pid_t *found, size_t max)
{
	size_t n = 0;
#ifdef E2E__LINUX
	const char *text = e2e__file_read(
			   e2e_printf("/proc/self/task/%ld/children", (long)getpid()), NULL),
		   *p;
	char *next;
	siginfo_t si;
	size_t i;
	pid_t pid;
	for (p = text ? text : ""; *p && n < max; p = next) {
		pid = (pid_t)strtol(p, &next, 10);
		if (next == p)
			break;
		for (i = 0; i < 64 && e2e__state.own[i] != pid; i++)
			;
		si.si_pid = 0;
		if (i == 64 && waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0 &&
			si.si_pid == 0)
			found[n++] = pid;
	}
#else
	(void)found;
	(void)max;
#endif
	return n;
}

/* Takes from the list what is in the other one, too. */
E2E__FN size_t e2e__watch_without(pid_t *list, size_t n, const pid_t *other, size_t nother)
{
	size_t kept = 0, i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < nother && other[k] != list[i]; k++)
			;
		if (k == nother)
			list[kept++] = list[i];
	}
	return kept;
}

/* The same as e2e__watch_sweep for a case without a process of its own; `before`: who was there
 * when it began. */
E2E__FN void e2e__watch_sweep_direct(const pid_t *before, size_t nbefore, struct e2e__end *end)
{
	pid_t found[64];
	struct e2e__hooks *h;
	size_t n = 0, i, tries;

	for (h = e2e__state.hooks; h; h = h->next)
		if (h->watch)
			h->watch(); /* as in e2e__watch_sweep */
	for (tries = 0; tries < 100; tries++) {
		n = e2e__watch_without(
			found, e2e__watch_living_children(found, 64), before, nbefore);
		if (!n)
			return;
		e2e__clock_nap(0.001);
	}

	for (i = 0; i < n; i++) {
		e2e__watch_add_process(end->left, sizeof end->left, found[i]);
		kill(found[i], SIGKILL);
		while (waitpid(found[i], NULL, 0) < 0 && errno == EINTR)
			;
	}
}

/* ---- core/captured.h ---- */

/* One of stdout and stderr. */
struct e2e__printed {
	int was;          /* what it was, or -1: closed */
	void *text;       /* the caller's pointer, NULL: it isn't captured */
	const char *path; /* the file that stands for it; the other one's, if that is the same */
};

struct e2e__captured {
	struct e2e__loose loose; /* comes first */
	struct e2e__printed stream[2];
};

E2E__FN void e2e__captured_set(void *where, const char *text)
{
	if (where) /* of a char * or a const char * */
		memcpy(where, (const void *)&text, sizeof text);
}

/* The file has a name and is evidence, so that a crash in the block doesn't lose what was said
 * before it. */
E2E__FN bool e2e__captured_take(struct e2e__printed *s, int fd, const char *folder)
{
	char *path = e2e_printf("%s/captured-XXXXXX", folder);
	int file = s->path ? open(s->path, O_WRONLY | O_APPEND | O_CLOEXEC) : mkstemp(path);
	bool taken;

	if (file < 0)
		return false;
	if (!s->path) {
		s->path = path;
		fcntl(file, F_SETFL, O_APPEND);
		e2e__hook_evidence(fd == 1 ? "captured_stdout" : "captured_stderr", path);
	}
	s->was = fcntl(fd, F_DUPFD_CLOEXEC, 200);
	if (s->was < 0 && errno == EINVAL) /* so many aren't allowed */
		s->was = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	taken = dup2(file, fd) == fd;
	if (file != fd)
		close(file);
	return taken;
}

E2E__FN void e2e__captured_give_back(struct e2e__captured *c)
{
	int i;

	for (i = 1; i >= 0; i--) {
		if (!c->stream[i].path)
			continue;
		if (c->stream[i].was < 0) {
			close(i + 1);
			continue;
		}
		dup2(c->stream[i].was, i + 1);
		close(c->stream[i].was);
	}
}

E2E__FN void e2e__captured_drop(struct e2e__captured *c)
{
	int i;

	for (i = 0; i < 2; i++)
		if (c->stream[i].path) {
			unlink(c->stream[i].path);
			e2e__hook_evidence_drop(c->stream[i].path);
		}
}

/* Behind a jump: what was captured is shown after all. The streams of stdio aren't touched, as the
 * jump may have left one in the middle. */
E2E__FN void e2e__captured_undo(struct e2e__loose *loose)
{
	struct e2e__captured *c = (struct e2e__captured *)loose;
	size_t n;
	int i;

	e2e__captured_give_back(c);
	for (i = 0; i < 2; i++) {
		const char *path = c->stream[i].path, *text;

		if (!path || (i == 1 && path == c->stream[0].path))
			continue;
		text = e2e__file_read(path, &n);
		if (text)
			e2e__file_write_whole(i + 1, text, n);
	}
	e2e__captured_drop(c);
}

E2E__FN bool e2e__captured_has_stderr(void)
{
	const struct e2e__loose *l;

	for (l = e2e__state.loose; l; l = l->next)
		if (l->undo == e2e__captured_undo &&
			((const struct e2e__captured *)l)->stream[1].text)
			return true;
	return false;
}

E2E__FN struct e2e__block e2e__captured_open(const char *file, int line, void *out, void *err)
{
	struct e2e__block block = e2e__subtest_block_at(file, line);
	struct e2e__captured *c;
	const char *folder;
	e2e_failure f = {NULL, NULL, NULL, "captured", NULL, NULL};

	e2e__script_begin();
	c = (struct e2e__captured *)e2e__memory_alloc(sizeof *c);
	folder = e2e__folder_logs(file, line);
	e2e__captured_set(out, NULL);
	e2e__captured_set(err, NULL);
	e2e__file_flush(stdout);
	e2e__file_flush(stderr);
	e2e__limit_tie(&c->loose, e2e__captured_undo);
	block.text = (const char *)c;
	c->stream[0].text = out;
	c->stream[1].text = err;
	if (!e2e__file_may_grow())
		f.message = e2e_printf(
			"cannot capture %s: files may not grow to 1 MiB here (ulimit -f)",
			out ? "stdout" : "stderr");
	if (out && !f.message && !e2e__captured_take(&c->stream[0], 1, folder))
		f.message = e2e_printf("cannot capture stdout: %s", strerror(errno));
	if (out && out == err)
		c->stream[1].path = c->stream[0].path;
	if (err && !f.message && !e2e__captured_take(&c->stream[1], 2, folder))
		f.message = e2e_printf("cannot capture stderr: %s", strerror(errno));
	if (f.message)
		e2e__exit_die(file, line, "e2e_captured_output", &f);
	return block;
}

E2E__FN void e2e__captured_close(struct e2e__block *block)
{
	struct e2e__captured *c = (struct e2e__captured *)(uintptr_t)block->text;
	int i;

	if (!e2e__limit_untie(&c->loose))
		return;
	e2e__file_flush(stdout);
	e2e__file_flush(stderr);
	e2e__captured_give_back(c);
	for (i = 0; i < 2; i++)
		if (c->stream[i].text)
			e2e__captured_set(
				c->stream[i].text, e2e__file_read(c->stream[i].path, NULL));
	e2e__captured_drop(c);
}

/* ---- core/dies.h ---- */

/* The child that is waited for, and the file that is its stderr. */
struct e2e__death {
	struct e2e__loose loose; /* comes first */
	pid_t pid;
	int said;
};

/* "SIGABRT", "exit code 3" */
E2E__FN const char *e2e__dies_word(int status)
{
	return status < 0 ? e2e__clock_signal_name(-status) : e2e_printf("exit code %d", status);
}

E2E__FN const char *e2e__dies_without_end(char *text)
{
	size_t n = strlen(text);

	while (n && text[n - 1] == '\n')
		text[--n] = 0;
	return n ? text : NULL;
}

/* Its stderr; of a long one the lines at the beginning and at the end. */
E2E__FN const char *e2e__dies_said(int fd)
{
	enum { PART = 800 };
	char first[PART + 1] = "", last[PART + 1] = "", *end, *p;
	off_t size = lseek(fd, 0, SEEK_END), rest = size - PART;
	ssize_t n = pread(fd, first, PART, 0);

	if (n <= 0)
		return NULL;
	if (rest > 0 && pread(fd, last, PART, rest > PART ? size - PART : (off_t)PART) < 0)
		last[0] = 0;
	for (p = first; p < first + n; p++)
		*p = *p ? *p : '\1'; /* a NUL would end the text */
	if (rest <= PART)
		return e2e__dies_without_end(e2e_printf("%s%s", first, last));

	end = strrchr(first, '\n');
	if (end)
		end[1] = 0;
	p = strchr(last, '\n');
	p = p ? p + 1 : last;
	return e2e__dies_without_end(
		e2e_printf("%s%s... %lld bytes ...\n%s", first, end ? "" : "\n",
			(long long)size - (long long)strlen(first) - (long long)strlen(p), p));
}

/* To where the case's own goes: to who captures it, or to the report. */
E2E__FN void e2e__dies_pass_on(int fd)
{
	char text[4096];
	off_t at;
	ssize_t n;

	for (at = 0; (n = pread(fd, text, sizeof text, at)) > 0; at += n)
		if (!e2e__file_write_whole(2, text, (size_t)n))
			break;
}

/* A jump out of the wait: the block must not go on. */
E2E__FN void e2e__dies_undo(struct e2e__loose *loose)
{
	struct e2e__death *d = (struct e2e__death *)loose;

	if (d->pid > 0) {
		kill(d->pid, SIGKILL);
		while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	e2e__dies_pass_on(d->said);
	close(d->said);
}

E2E__FN void e2e__dies_judge(
	const char *file, int line, int got, int want, bool came_back, const char *said)
{
	const char *word = e2e__dies_word(want);
	const char *name = e2e_printf(want < 0 ? "dies of %s" : "ends with %s", word);
	e2e_failure f = {NULL, NULL, word, "dies", NULL, said};

	f.got = came_back ? "it came back" : e2e__dies_word(got);
	f.message = came_back
		? "the block came back, and did not end its process"
		: e2e_printf("the block ended its process by %s, not by %s", f.got, word);
	e2e_report(file, line, !came_back && got == want, name, &f);
}

/* What the child begins with. */
E2E__FN void e2e__dies_begin(struct e2e__death *d, pid_t parent)
{
	struct rlimit none = {0, 0};

	e2e__hook_forked();
	setrlimit(RLIMIT_CORE, &none); /* nobody wants to look into a death that is wanted */
	e2e__watch_die_with(parent);
	dup2(d->said, 2);
	close(d->said);
}

E2E__FN void e2e__dies_later(void)
{
}

/* The end of the child, as waitpid gives it. No jump comes between the end and knowing of it. */
E2E__FN int e2e__dies_wait(struct e2e__death *d)
{
	siginfo_t end;
	int status = 0;

	e2e__hook_doing(e2e_printf("the block of e2e_dies (pid %ld)", (long)d->pid));
	while (waitid(P_PID, (id_t)d->pid, &end, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	e2e__limit_hold(0, e2e__dies_later);
	while (waitpid(d->pid, &status, 0) < 0 && errno == EINTR)
		;
	d->pid = 0;
	e2e__limit_release();
	e2e__hook_doing(NULL);
	return WIFSIGNALED(status) ? E2E_SIG(WTERMSIG(status)) : WEXITSTATUS(status);
}

E2E__FN struct e2e__block e2e__dies_open(const char *file, int line, int want)
{
	struct e2e__block block = e2e__subtest_block_at(file, line);
	pid_t parent = getpid(), pid;
	struct e2e__death *d;
	struct e2e__page *pg;
	int got, error;
	e2e_failure f = {NULL, NULL, NULL, "fork", NULL, NULL};

	e2e__script_begin();
	pg = e2e__state.page;
	d = (struct e2e__death *)e2e__memory_alloc(sizeof *d);
	d->said = -1;
	pg->came_back = 0;
	e2e__watch_flush_streams();
	e2e__limit_hold(0, e2e__dies_later);
	e2e__limit_tie(&d->loose, e2e__dies_undo);
	d->said = e2e__file_unnamed();
	d->pid = d->said < 0 ? -1 : fork();
	if (d->pid == 0) {
		e2e__dies_begin(d, parent);
		block.slot = 1;
		return block;
	}
	error = errno;
	pid = d->pid;
	e2e__limit_release();
	if (pid < 0) {
		f.message = e2e_printf("cannot run the block in a child: %s", strerror(error));
		e2e__exit_die(file, line, "e2e_dies", &f);
	}

	got = e2e__dies_wait(d);
	e2e__dies_judge(file, line, got, want, pg->came_back == pid, e2e__dies_said(d->said));
	if (e2e__captured_has_stderr())
		e2e__dies_pass_on(d->said);
	e2e__limit_untie(&d->loose);
	close(d->said);
	block.on = 0;
	return block;
}

/* In the child: the block has come to an end. In the parent it was never begun. */
E2E__FN void e2e__dies_close(struct e2e__block *block)
{
	if (block->slot != 1)
		return;
	e2e__state.page->came_back = getpid();
	_exit(0);
}

/* ---- core/junit.h ---- */

/* As XML has it, without what is known to be a secret. */
E2E__FN void e2e__junit_add(struct e2e__buf *b, const char *s, size_t n)
{
	E2E__BUF(clean, 1024);
	E2E__BUF(plain, 1024);
	size_t i;

	e2e__secret_add(&clean, s, n, false);
	e2e__buf_escape(&plain, clean.p, clean.n, E2E__PLAIN);
	e2e__buf_free(&clean);
	for (i = 0; i < plain.n; i++)
		switch (plain.p[i]) {
		case '<':
			e2e__buf_adds(b, "&lt;");
			break;
		case '>':
			e2e__buf_adds(b, "&gt;");
			break;
		case '&':
			e2e__buf_adds(b, "&amp;");
			break;
		case '"':
			e2e__buf_adds(b, "&quot;");
			break;
		default:
			e2e__buf_add(b, plain.p + i, 1);
		}
	e2e__buf_free(&plain);
}

E2E__FN void e2e__junit_add_attribute(struct e2e__buf *b, const char *name, const char *value)
{
	e2e__buf_addf(b, " %s=\"", name);
	e2e__junit_add(b, value, strlen(value));
	e2e__buf_adds(b, "\"");
}

/* An attribute without what its own words tell, either: a name or a reason, as in TAP. */
E2E__FN void e2e__junit_add_words(struct e2e__buf *b, const char *name, const char *value)
{
	E2E__BUF(clean, 512);

	e2e__secret_add(&clean, value, strlen(value), true);
	e2e__buf_add(&clean, "", 1);
	e2e__junit_add_attribute(b, name, clean.p);
	e2e__buf_free(&clean);
}

/* The lines of a YAML block, without its ends and its indentation. */
E2E__FN void e2e__junit_add_block(struct e2e__buf *b, const char *text)
{
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		if (strncmp(text, "  ---\n", 6) == 0 || strncmp(text, "  ...\n", 6) == 0)
			continue;
		text += strncmp(text, "  ", 2) == 0 ? 2 : 0;
		e2e__junit_add(b, text, (size_t)(end - text));
		e2e__buf_adds(b, "\n");
	}
}

/* The value of a key in a YAML block, as it is there, or NULL. */
E2E__FN const char *e2e__junit_raw(const char *block, const char *key)
{
	const char *line = e2e_printf("  %s: ", key), *at = block;

	while (at && strncmp(at, line, strlen(line)) != 0) {
		at = strchr(at, '\n');
		if (at)
			at++;
	}
	if (!at)
		return NULL;
	at += strlen(line);
	return e2e__memory_strndup(at, strcspn(at, "\n"));
}

/* The same without quotes. */
E2E__FN const char *e2e__junit_key(const char *block, const char *key, const char *otherwise)
{
	const char *value = e2e__junit_raw(block, key);
	size_t n = value ? strlen(value) : 0;

	if (!n)
		return otherwise;
	return *value == '"' && n > 1 ? e2e__memory_strndup(value + 1, n - 2) : value;
}

E2E__FN void e2e__junit_add_specs(struct e2e__buf *b, const char *spec)
{
	size_t n;

	if (!spec)
		return;
	e2e__buf_adds(b, "      <properties>\n");
	for (; *spec; spec += n + (spec[n] == ',')) {
		spec += strspn(spec, " ");
		n = strcspn(spec, ",");
		e2e__buf_adds(b, "        <property name=\"spec\"");
		e2e__junit_add_attribute(b, "value", e2e__memory_strndup(spec, n));
		e2e__buf_adds(b, "/>\n");
	}
	e2e__buf_adds(b, "      </properties>\n");
}

/* t/core/x.t is t.core.x, as with prove. */
E2E__FN const char *e2e__junit_class(void)
{
	const char *program = e2e__case_program(), *slash, *dot;
	char *name, *p;

	while (strncmp(program, "./", 2) == 0 || *program == '/')
		program += *program == '/' ? 1 : 2;
	slash = strrchr(program, '/');
	dot = strrchr(program, '.');
	name = e2e__memory_strndup(program,
		dot && dot > (slash ? slash + 1 : program) ? (size_t)(dot - program)
							   : strlen(program));
	for (p = name; *p; p++)
		*p = *p == '/' ? '.' : *p;
	return name;
}

/* A testcase. `outcome`: "" passed, else failure, error or skipped; message and block: of that. */
E2E__FN void e2e__junit_case(const char *name, const char *spec, int64_t began, const char *outcome,
	const char *message, const char *block)
{
	char took[64];
	E2E__BUF(b, 2048);

	if (!e2e__state.junit)
		return;
	e2e__buf_adds(&b, "    <testcase");
	e2e__junit_add_attribute(&b, "classname", e2e__junit_class());
	e2e__junit_add_words(&b, "name", name);
	if (began) {
		e2e__clock_number(
			took, sizeof took, "%.6f", (double)(e2e__clock_ns() - began) * 1e-9);
		e2e__junit_add_attribute(&b, "time", took);
	}
	e2e__buf_adds(&b, ">\n");
	e2e__junit_add_specs(&b, spec);
	if (*outcome) {
		e2e__buf_addf(&b, "      <%s", outcome);
		if (block && *outcome != 's')
			e2e__junit_add_attribute(
				&b, "type", e2e__junit_key(block, "code", "failed"));
		/* what a failure has compared is shown, as in its block */
		if (*outcome == 'f')
			e2e__junit_add_attribute(&b, "message", message);
		else
			e2e__junit_add_words(&b, "message", message);
		e2e__buf_adds(&b, ">");
		if (block)
			e2e__junit_add_block(&b, block);
		e2e__buf_addf(&b, "</%s>\n", outcome);
	}
	e2e__buf_adds(&b, "    </testcase>\n");
	if (!e2e__file_write_whole(e2e__state.junit, b.p, b.n))
		e2e__state.junit_failed = errno ? errno : EIO;
	e2e__buf_free(&b);
}

/* "t/x.c:12: got 1, want 2", of a block that tells so. */
E2E__FN const char *e2e__junit_message(const char *block)
{
	const char *at = e2e__junit_key(block, "at", NULL);
	const char *got = e2e__junit_raw(block, "got"), *want = e2e__junit_raw(block, "want");
	const char *what = e2e__junit_key(block, "message", "failed");

	/* A message of its own tells more than the values, and a block is no part of a line. */
	if (got && want && *got != '|' && *want != '|' && strncmp(what, "false: ", 7) == 0)
		what = e2e_printf("got %s, want %s", got, want);

	return at ? e2e_printf("%s: %s", at, what) : what;
}

/* Is there a file that could be replaced? Anything else, a FIFO, is written in place. */
E2E__FN bool e2e__junit_in_place(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 && !S_ISREG(s.st_mode);
}

/* A name that chdir() doesn't change, and a file for the testcases, which the runner adds to. */
E2E__FN void e2e__junit_begin(void)
{
	struct e2e__state *st = &e2e__state;
	const char *path = st->opt[E2E__JUNIT];
	char *draft, folder[PATH_MAX];

	if (!path)
		return;
	if (*path != '/' && getcwd(folder, sizeof folder))
		path = e2e_printf("%s/%s", folder, path);
	st->junit_path = path;
	if (!e2e__junit_in_place(path)) {
		draft = e2e_printf("%s.XXXXXX", path);
		st->junit = mkstemp(draft);
		if (st->junit < 0)
			e2e__exit_fatal("--junit %s: cannot write it: %s", path, strerror(errno));
		close(st->junit);
		unlink(draft);
	}
	st->junit = e2e__file_unnamed();
	if (st->junit < 0)
		e2e__exit_fatal("--junit %s: no file for its parts: %s", path, strerror(errno));
}

E2E__FN int e2e__junit_count(const char *text, const char *tag)
{
	int n = 0;

	for (; (text = strstr(text, tag)) != NULL; text++)
		n++;
	return n;
}

/* All there was, as a report. */
E2E__FN void e2e__junit_add_report(struct e2e__buf *b, const char *cases)
{
	const char *program = e2e__case_program();
	char took[64];
	E2E__BUF(counts, 128);

	e2e__clock_number(took, sizeof took, "%.3f",
		(double)(e2e__clock_ns() - e2e__state.junit_began) * 1e-9);
	e2e__buf_addf(&counts,
		" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%s\"",
		e2e__junit_count(cases, "<testcase "), e2e__junit_count(cases, "<failure "),
		e2e__junit_count(cases, "<error "), e2e__junit_count(cases, "<skipped "), took);
	e2e__buf_addf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites%s>\n  <testsuite",
		e2e__memory_strndup(counts.p, counts.n));
	e2e__junit_add_attribute(b, "name", program);
	e2e__buf_add(b, counts.p, counts.n);
	e2e__buf_addf(b, ">\n%s  </testsuite>\n</testsuites>\n", cases);
	e2e__buf_free(&counts);
}

/* Writes the file, once. False: the reason is in errno. */
E2E__FN bool e2e__junit_write(void)
{
	struct e2e__state *st = &e2e__state;
	const char *path = st->junit_path;
	char part[4096], *draft = e2e_printf("%s.XXXXXX", path);
	bool in_place = e2e__junit_in_place(path), written;
	mode_t mask = umask(0);
	off_t at;
	ssize_t n;
	int fd;
	E2E__BUF(cases, 4096);
	E2E__BUF(b, 4096);

	umask(mask);
	for (at = 0; (n = pread(st->junit, part, sizeof part, at)) > 0; at += n)
		e2e__buf_add(&cases, part, (size_t)n);
	e2e__buf_add(&cases, "", 1);
	e2e__junit_add_report(&b, cases.p);
	e2e__buf_free(&cases);
	fd = in_place ? open(path, O_WRONLY | O_CLOEXEC) : mkstemp(draft);
	written = fd >= 0 && e2e__file_write_whole(fd, b.p, b.n) &&
		(in_place || fchmod(fd, 0666 & ~mask) == 0);
	e2e__buf_free(&b);
	if (fd >= 0 && close(fd) < 0)
		written = false;
	if (written && !in_place && rename(draft, path) < 0)
		written = false;
	if (!written && !in_place && fd >= 0) {
		fd = errno;
		unlink(draft);
		errno = fd;
	}
	return written;
}

/* At the program's end. */
E2E__FN void e2e__junit_end(void)
{
	struct e2e__state *st = &e2e__state;

	if (!st->junit)
		return;
	errno = st->junit_failed;
	if (st->junit_failed || !e2e__junit_write()) {
		fprintf(stderr, "e2e: --junit %s: cannot write it: %s\n", st->junit_path,
			strerror(errno));
		st->bailed = true;
	}
	close(st->junit);
	st->junit = 0;
}

/* ---- core/verdict.h ---- */

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

/* ---- core/coverage.h ---- */

#ifdef E2E__LINUX
/* Weak: they are there where something of the program was compiled for it. The second of gcc's is
 * all that is linked where no file of the program forks. */
__attribute__((weak)) void __gcov_exit(void);
__attribute__((weak)) int __llvm_profile_write_file(void);
__attribute__((weak)) const char *__llvm_profile_get_filename(void);
__attribute__((weak)) void __llvm_profile_set_filename(const char *name);
#ifdef E2E_GCOV
void __gcov_dump(void);
#else
__attribute__((weak)) void __gcov_dump(void);
#endif
#endif

/* Does the name have %m, or one with a number? To such a file clang's processes add. */
E2E__FN bool e2e__coverage_is_shared(const char *name)
{
	for (; (name = strchr(name, '%')) != NULL; name++)
		if (name[1 + strspn(name + 1, "0123456789")] == 'm')
			return true;
	return false;
}

/* At the program's start: a file that all of its processes add to. */
E2E__FN void e2e__coverage_share(void)
{
#ifdef E2E__LINUX
	const char *name = getenv("LLVM_PROFILE_FILE"), *dot;

	if (!__llvm_profile_set_filename || !__llvm_profile_get_filename ||
		(name && e2e__coverage_is_shared(name)))
		return;
	name = name && *name ? name : __llvm_profile_get_filename();
	name = name && *name ? name : "default.profraw";
	dot = strstr(name, ".profraw");
	__llvm_profile_set_filename(e2e_printf("%.*s_%%m%s",
		(int)(dot ? (size_t)(dot - name) : strlen(name)), name, dot ? dot : ""));
#endif
}

/* In a process that is about to end by _exit. */
E2E__FN void e2e__coverage_write(void)
{
#ifdef E2E__LINUX
	if (__gcov_dump)
		__gcov_dump();
	else if (__gcov_exit)
		__gcov_exit();
	if (__llvm_profile_write_file)
		__llvm_profile_write_file();
#endif
}

/* ---- core/run.h ---- */

/* Set-up and body of a case; what follows a jump out of it is its caller's. */
E2E__FN void e2e__run_body(void *arg)
{
	struct e2e__case *c = (struct e2e__case *)arg;
	struct e2e__fixture *f;
	struct e2e__page *pg = e2e__state.page;

	for (f = e2e__state.fixtures[0]; f; f = f->next)
		f->run();
	pg->where_ptr = NULL; /* what the set-up did last isn't where the body is */
	pg->where_file[0] = 0;
	pg->phase = E2E__BODY;
	c->run();
}

E2E__FN void e2e__run_call_fixture(void *arg)
{
	((struct e2e__fixture *)arg)->run();
}

E2E__FN void e2e__run_call_over(void *arg)
{
	((struct e2e__hooks *)arg)->case_over();
}

E2E__FN double e2e__run_limit(struct e2e__case *c)
{
	const char *text = e2e__state.opt[E2E__TIMEOUT];
	double own = c ? c->o.timeout : 0, v = text ? e2e__clock_seconds(text) : 60;

	return e2e__clock_scaled(own > 0 ? own : v);
}

E2E__FN void e2e__run_mark_fd(unsigned char *set, int fd)
{
	if (fd >= 0 && fd < 1024)
		set[fd / 8] = (unsigned char)(set[fd / 8] | 1 << fd % 8);
}

/* Descriptors that are open now, as a set; those above 1023 are not looked at. */
E2E__FN void e2e__run_open_fds(unsigned char *set)
{
	DIR *d = opendir("/dev/fd");
	struct dirent *e;
	int fd;

	memset(set, 0, 1024 / 8);
	while (d && (e = readdir(d)) != NULL) {
		fd = atoi(e->d_name);
		if (fd > 2 && fd != dirfd(d))
			e2e__run_mark_fd(set, fd);
	}

	if (d) {
		closedir(d);
		return;
	}

	for (fd = 3; fd < 1024; fd++) /* no descriptor is left to look with */
		if (fcntl(fd, F_GETFD) >= 0)
			e2e__run_mark_fd(set, fd);
}

/* Those that are no case's: of when the first case began, and our own. */
E2E__FN void e2e__run_known_fds(unsigned char *set)
{
	struct e2e__state *st = &e2e__state;

	memcpy(set, st->fds, sizeof st->fds);
	set[0] |= 1 << 0 | 1 << 1 | 1 << 2;
	e2e__run_mark_fd(set, st->capture);
	if (st->heard.owner) {
		e2e__run_mark_fd(set, st->heard.from);
		e2e__run_mark_fd(set, st->heard.to);
	}
}

/* Is no other one open? Where the kernel counts them (Linux 6.2), no case needs to list them. */
E2E__FN bool e2e__run_only_known_fds(const unsigned char *known)
{
#ifdef E2E__LINUX
	struct stat all;
	int fd, n = 0;

	if (stat("/proc/self/fd", &all) < 0)
		return false;
	for (fd = 0; fd < 1024; fd++)
		if (!known[fd / 8])
			fd += 7;
		else if (known[fd / 8] >> fd % 8 & 1)
			n += fcntl(fd, F_GETFD) >= 0;
	return all.st_size > 0 && (long long)all.st_size == n;
#else
	(void)known;
	return false;
#endif
}

/* Before the first case. */
E2E__FN void e2e__run_note_fds(void)
{
	struct e2e__state *st = &e2e__state;
	unsigned char known[1024 / 8];

	memset(st->fds, 0, sizeof st->fds);
	e2e__run_mark_fd(st->fds, st->tap);
	e2e__run_known_fds(known);
	if (!e2e__run_only_known_fds(known))
		e2e__run_open_fds(st->fds);
}

/* Says which descriptors the case leaves open. */
E2E__FN void e2e__run_report_fds(void)
{
	unsigned char now[1024 / 8], known[1024 / 8];
	char link[64], target[256];
	ssize_t n;
	int fd;

	e2e__run_known_fds(known);
	if (e2e__run_only_known_fds(known))
		return;
	e2e__run_open_fds(now);
	for (fd = 3; fd < 1024; fd++) {
		if (!((now[fd / 8] & ~known[fd / 8]) >> fd % 8 & 1))
			continue;
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		n = readlink(link, target, sizeof target - 1);
		target[n > 0 ? n : 0] = 0;
		e2e__point_comment(
			false, "left open: descriptor %d%s%s", fd, n > 0 ? " " : "", target);
	}
}

/* Says what the case leaves open, and if it leaves in another folder. */
E2E__FN void e2e__run_report_leftovers(ino_t cwd)
{
	struct stat s;

	e2e__run_report_fds();
	if (stat(".", &s) == 0 && s.st_ino != cwd)
		e2e__point_comment(false, "left in another folder than it began in");
}

/* What sanitizers would do at exit(): the case's process ends by _exit, so that nobody's
 * atexit runs twice. */
#if defined E2E__LINUX
/* The sanitizer may be in the tested code alone, or be -fsanitize=leak, which no macro tells of. */
#define E2E__LSAN 1
__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);
#define E2E__CHECKS_LEAKS (__lsan_do_recoverable_leak_check != NULL)
#elif defined __SANITIZE_ADDRESS__
#define E2E__LSAN 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define E2E__LSAN 1
#endif
#endif
#if defined E2E__LSAN && !defined E2E__CHECKS_LEAKS
int __lsan_do_recoverable_leak_check(void);
#define E2E__CHECKS_LEAKS true
#endif

#ifdef E2E__LSAN
/* The check ends the process where it can't open a file, has no list of threads, or may not look
 * into a process that has changed its user. */
E2E__FN bool e2e__run_may_look_for_leaks(void)
{
#ifdef __linux__
	const char *list = "/proc/self/task", *why = NULL;
#else
	const char *list = "/", *why = NULL;
#endif
	int fd = open(list, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		return false;
	if (fd < 0)
		why = "there is no /proc/self/task";
	else
		close(fd);
#ifdef E2E__LINUX
	if (!why && prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) == 0)
		why = "the case has changed its user";
#endif
	if (why)
		e2e__point_comment(true, "leaks were not looked for: %s", why);
	return !why;
}
#endif

E2E__FN void e2e__run_last_things(void)
{
	e2e__watch_flush_streams();
	e2e__coverage_write();
#ifdef E2E__LSAN
	if (!E2E__CHECKS_LEAKS)
		return;
	e2e__memory_free_arena();
	if (!e2e__state.jumped && e2e__run_may_look_for_leaks() &&
		__lsan_do_recoverable_leak_check())
		e2e__state.page->status = -1; /* the parent says so */
#endif
}

/* All that happens in a case, in the process that runs it. */
E2E__FN void e2e__run_play(struct e2e__case *c)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	struct e2e__fixture *f;
	struct e2e__hooks *h;
	struct stat cwd;

	st->current = c;
	st->chance = st->seed ^ e2e__file_hash(c->name);
	st->todo = NULL;
	st->landing = NULL;
	st->subtest = NULL;
	if (stat(".", &cwd) < 0)
		cwd.st_ino = 0;
	pg->phase = E2E__SETUP;
	for (h = st->hooks; h; h = h->next)
		if (h->case_begin)
			h->case_begin();
	e2e__subtest_apply_known(c->name);
	e2e__limit_landed(e2e__run_body, c, c->file, c->line, e2e__run_limit(c));
	for (h = st->hooks; h; h = h->next)
		if (h->case_over)
			e2e__limit_landed(
				e2e__run_call_over, h, c->file, c->line, e2e__clock_scaled(10));
	if (pg->phase == E2E__BODY) {
		pg->phase = E2E__TEARDOWN;
		for (f = st->fixtures[1]; f; f = f->next)
			e2e__limit_landed(
				e2e__run_call_fixture, f, f->file, f->line, e2e__clock_scaled(10));
	}

	pg->phase = E2E__CLEANUP;
	e2e__limit_arm_slot(c->file, c->line, e2e__clock_scaled(10), true);
	e2e__cleanup_run_deferred(c->file, c->line);
	for (h = st->hooks; h; h = h->next)
		if (h->case_end)
			h->case_end(e2e__exit_failed());
	e2e__cleanup_run_deferred(c->file, c->line);
	e2e__run_report_leftovers(cwd.st_ino);
}

/* In a signal handler: no stdio, no memory. */
E2E__FN void e2e__run_tell(int fd, const char *text)
{
	e2e__file_write_all(fd, text, strlen(text));
}

E2E__FN void e2e__run_tell_number(int fd, int number)
{
	char digits[16], *end = digits + sizeof digits;
	int n = e2e__clock_digits(end, number);

	e2e__file_write_all(fd, end - n, (size_t)n);
}

/* "died of SIGABRT after t/x.c:12" */
E2E__FN void e2e__run_tell_death(int fd, const struct e2e__page *pg, int sig)
{
	e2e__run_tell(fd, "died of ");
	e2e__run_tell(fd, e2e__clock_signal_name(sig));
	if (!pg->where_file[0]) {
		e2e__run_tell(fd, " before its first assertion");
		return;
	}
	e2e__run_tell(fd, " after ");
	e2e__run_tell(fd, pg->where_file);
	e2e__run_tell(fd, ":");
	e2e__run_tell_number(fd, pg->where_line);
}

/* A case in the program's own process dies, and the program with it: nobody else is left to say
 * so. The plan that is missing tells a reader of TAP that there were more. */
E2E__FN void e2e__run_on_death(int sig)
{
	const struct e2e__page *pg = e2e__state.page;
	int tap = e2e__state.tap;

	if (pg && pg->direct && pg->pid == getpid() && e2e__state.current) {
		e2e__run_tell(tap, "not ok ");
		e2e__run_tell_number(tap, e2e__state.points + 1);
		e2e__run_tell(tap, " - ");
		e2e__run_tell(tap, e2e__state.current->name);
		e2e__run_tell(tap, "\n  ---\n  message: \"");
		e2e__run_tell_death(tap, pg, sig);
		e2e__run_tell(tap,
			"\"\n  code: crash\n  hint: \"it ran in the program's own process, which died "
			"with it; no case behind it was run\"\n  ...\n");
		e2e__run_tell(2, "# ");
		e2e__run_tell(2, e2e__state.current->name);
		e2e__run_tell(2, ": ");
		e2e__run_tell_death(2, pg, sig);
		e2e__run_tell(2, "\n");
	}
	raise(sig);       /* by default now */
	_exit(128 + sig); /* the first process of a container doesn't die of it */
}

/* Around such a case; where nobody else has taken the signals, as sanitizers do. */
E2E__FN void e2e__run_catch_death(bool on)
{
	static const int sigs[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	struct sigaction sa, old;
	size_t i;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on ? e2e__run_on_death : SIG_DFL;
	sa.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof sigs / sizeof *sigs; i++)
		if (sigaction(sigs[i], NULL, &old) == 0 &&
			old.sa_handler == (on ? SIG_DFL : e2e__run_on_death))
			sigaction(sigs[i], &sa, NULL);
}

/* The folder of a case without a point: named, as nobody else tells of it. */
E2E__FN void e2e__run_leave_folder(struct e2e__page *pg)
{
	E2E__BUF(b, 1200);

	e2e__verdict_keep_logs(pg);
	if (!pg->folder[0])
		return;
	e2e__buf_addf(&b, "# kept: %s\n", pg->folder);
	e2e__output_emit_buf(&b);
}

/* Through a pointer, which is bound when the program begins; see e2e__watch_bind_early. */
E2E__FN void e2e__run_exit(int status)
{
	static void (*const volatile leave)(int) = _exit;

	leave(status);
}

E2E__FN void e2e__run_case(struct e2e__case *c, struct e2e__page *pg, int turn, int turns)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *outer = st->page;
	struct e2e__end end;
	const char *todo;
	char name[256];
	pid_t pid, before[64];
	size_t nbefore = 0;

	snprintf(name, sizeof name, "%s", c->name);
	if (turns > 1)
		snprintf(name, sizeof name, "%s (%d of %d)", c->name, turn, turns);
	e2e__page_reset(pg, !c->fork || st->opt[E2E__NO_FORK]);
	pg->depth = 1;
	snprintf(pg->level[1].name, sizeof pg->level[1].name, "%s", name);
	todo = c->o.todo && !st->opt[E2E__NO_KNOWN] ? c->o.todo : st->suite_todo;
	if (todo)
		snprintf(pg->todo, sizeof pg->todo, "%s", todo);
	e2e__heard_forget();
	if (pg->direct) {
		memset(&end, 0, sizeof end);
		end.began = e2e__clock_ns();
		nbefore = e2e__watch_living_children(before, 64);
		pg->stop = e2e__exit_told();
		pg->stopped_at = end.began;
		e2e__output_flush(); /* what is known so far isn't lost with this process */
		st->page = pg;
		st->main_thread = e2e__buf_self();
		e2e__page_play(pg);
		e2e__limit_catch_alarm();
		e2e__watch_reset_capture();
		e2e__run_catch_death(true);
		e2e__run_play(c);
		e2e__run_catch_death(false);
		e2e__watch_flush_streams();
		e2e__limit_disarm_all(NULL);
		pg->phase = E2E__DONE;
		end.quit = pg->stop;
		e2e__watch_sweep_direct(before, nbefore, &end);
		e2e__memory_free_arena();
		st->page = outer;
		st->current = NULL;
	} else if ((pid = e2e__watch_fork(pg)) == 0) {
		e2e__page_protect(st->suite);
		e2e__run_play(c);
		e2e__run_last_things();
		pg->phase = E2E__DONE;
		e2e__run_exit(0);
	} else {
		e2e__watch_wait_for(pg, pid, &end, c->file, c->line, e2e__run_limit(c));
		e2e__watch_sweep(pg, pid, &end);
		e2e__watch_drain_rest(pg); /* of its children */
	}

	if (!pg->bailed && !end.bail && (!end.quit || e2e__clock_terminates(end.quit)))
		st->failed += e2e__verdict_case_point(c, name, pg, &end);
	else
		e2e__run_leave_folder(pg);
	if (pg->bailed)
		e2e__verdict_say_bail_out(pg->reason);
	else if (end.bail)
		e2e__verdict_say_bail_out(end.bail);
	else if (end.quit && !e2e__clock_terminates(end.quit))
		e2e__verdict_say_bail_out(end.quit == SIGPIPE
				? e2e_printf("cannot write TAP to stdout: %s",
					  strerror(st->out_failed))
				: e2e_printf(
					  "interrupted by %s", e2e__clock_signal_name(end.quit)));
	e2e__heard_forget();
	e2e__memory_free_arena();
}

/* A point of the suite's own: its set-up or tear-down failed. */
E2E__FN void e2e__run_suite_point(const char *name, struct e2e__page *pg, struct e2e__end *end)
{
	const char *file = NULL;
	int line = 0;
	size_t block;
	e2e_failure f = {NULL, NULL, NULL, NULL, NULL, NULL};
	E2E__BUF(b, 1024);

	if (end)
		f = e2e__verdict_cause(pg, end, &file, &line);
	if (end && !f.message && end->left[0])
		f = e2e__verdict_left(end); /* what has failed before has points of its own */
	e2e__buf_addf(&b, "not ok %d - %s\n  ---\n", ++e2e__state.points, name);
	block = b.n;
	if (!f.message && pg->skipped && !pg->level[1].failed) {
		f.message = e2e_printf("skipped: %s", pg->reason);
		f.code = "skip";
		f.hint = "--fail-on-skip is on";
	}

	if (f.message)
		e2e__point_add_failure(&b, 2, file, line, &f);
	else
		e2e__buf_adds(&b, pg->first);
	e2e__verdict_add_details(&b, pg, end, NULL);
	e2e__buf_adds(&b, "  ...\n");
	e2e__verdict_add_stdout(&b);
	e2e__buf_add(&b, "", 1);
	b.n--;
	e2e__junit_case(
		name, NULL, pg->began, "failure", e2e__junit_message(b.p + block), b.p + block);
	if (f.message)
		e2e__point_add_complaint(&b, file, line, &f);
	e2e__output_emit_buf(&b);
	e2e__state.failed++;
}

E2E__FN void e2e__run_skip_case(const struct e2e__case *c, const char *why)
{
	E2E__BUF(b, 512);

	e2e__verdict_add_line(&b, true, c->name, "SKIP", why);
	e2e__verdict_add_facts(&b, c, NULL);
	e2e__junit_case(c->name, c->o.spec, 0, "skipped", why, NULL);
	e2e__output_emit_buf(&b);
	e2e__state.skipped++;
}

/* The first failure's message, from the YAML that was kept. */
E2E__FN const char *e2e__run_first_message(struct e2e__page *pg)
{
	const char *at = strstr(pg->first, "at: "), *message = strstr(pg->first, "message: \"");
	size_t n;

	if (!message)
		return "a failure";
	message += 10;
	n = strcspn(message, "\n");
	return e2e_printf("%.*s at %.*s", n ? (int)n - 1 : 0, message,
		at ? (int)strcspn(at + 4, "\n") : 0, at ? at + 4 : "");
}

/* Runs the suite's fixtures of a kind in this process; what they defer waits for the suite's
 * end. */
E2E__FN bool e2e__run_suite_fixtures(struct e2e__page *pg, int kind)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__deferred *kept = st->suite_deferred;
	struct e2e__fixture *f;
	bool ended = true;
	int failed = pg->level[1].failed;

	if (!st->fixtures[kind])
		return true;
	pg->suite = kind;
	pg->muted = 1;
	pg->depth = 1;
	pg->first[0] = 0;
	e2e__page_play(pg);
	st->page = pg;
	st->in_suite = true;
	st->main_thread = e2e__buf_self();
	st->deferred = kept;
	e2e__limit_catch_alarm();
	for (f = st->fixtures[kind]; f && ended; f = f->next)
		ended = e2e__limit_landed(e2e__run_call_fixture, f, f->file, f->line,
			kind == 2 ? e2e__run_limit(NULL) : e2e__clock_scaled(10));
	st->suite_deferred = st->deferred;
	st->deferred = NULL;
	st->in_suite = false;
	pg->suite = 0;
	return ended && pg->level[1].failed == failed;
}

E2E__FN void e2e__run_plan_line(int points)
{
	E2E__BUF(b, 64);

	e2e__buf_addf(&b, "1..%d\n", points);
	e2e__output_emit_buf(&b);
}

/* Runs the suite's set-up. Returns why the cases must be skipped, or NULL. */
E2E__FN const char *e2e__run_set_up_suite(struct e2e__page *suite)
{
	if (e2e__run_suite_fixtures(suite, 2))
		return NULL;
	if (suite->bailed)
		e2e__verdict_say_bail_out(suite->reason);
	else if (!suite->skipped || suite->level[1].failed || e2e__state.opt[E2E__FAIL_ON_SKIP])
		e2e__run_suite_point("suite set-up", suite, NULL);
	else
		return e2e__memory_strdup(suite->reason);
	if (suite->skipped && !suite->level[1].failed)
		return e2e_printf("the suite's set-up was skipped: %s", suite->reason);
	return e2e_printf("the suite's set-up failed: %s", e2e__run_first_message(suite));
}

E2E__FN int e2e__run_turns(void)
{
	const char *repeat = e2e__state.opt[E2E__REPEAT];

	return repeat ? atoi(repeat) : 1;
}

/* Runs the chosen cases, or skips them where there is a reason to. */
E2E__FN void e2e__run_cases(struct e2e__page *suite, const char *why)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = e2e__page_new();
	struct e2e__case *c;
	int turns = e2e__run_turns(), turn;
	char buffer[64];

	for (c = st->cases; c; c = c->next)
		for (turn = 1; turn <= turns && c->chosen && !st->bailed; turn++) {
			if (!why && st->terminated) {
				snprintf(buffer, sizeof buffer, "not run: terminated by %s",
					e2e__clock_signal_name(st->terminated));
				why = buffer;
			}
			if (!why && st->opt[E2E__FAIL_FAST] && st->failed)
				why = "stopped at the first failure (-x)";
			if (why)
				e2e__run_skip_case(c, why);
			else
				e2e__run_case(c, pg, turn, turns);
			suite->points = st->points;
		}
}

/* Children that were there before the first case are no case's leftovers. */
E2E__FN void e2e__run_adopt_children(void)
{
	pid_t found[64];
	size_t n, i;

	e2e__state.oldest = getpid();
	n = e2e__watch_children(found, 64);
	for (i = 0; i < n; i++)
		e2e__hook_own_add(found[i]);
}

/* The suite's set-up, all cases, its tear-down: in the runner. Counts go to `suite` for the watcher
 * above it. */
E2E__FN void e2e__run_all(struct e2e__page *suite)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__hooks *h;
	struct e2e__fixture *f;
	int failed;
	const char *why = st->fixtures[2] ? e2e__run_set_up_suite(suite) : NULL;
	bool ready = !why && !st->bailed;

	st->suite = suite;

	/* a guard of the set-up, under --no-skip */
	st->suite_todo = suite->todo[0] ? suite->todo : NULL;
	e2e__run_adopt_children();
	e2e__memory_keep_arena(); /* `why` is used to the end */
	e2e__run_note_fds();
	e2e__run_cases(suite, why);
	suite->heeded = suite->heeded || st->terminated; /* by a case; the tear-down has its time */
	if (ready && !e2e__run_suite_fixtures(suite, 3))
		e2e__run_suite_point("suite tear-down", suite, NULL);
	if (st->fixtures[2] || st->fixtures[3]) {
		st->page = suite;
		st->in_suite = true;
		st->deferred = st->suite_deferred;
		failed = suite->level[1].failed;
		suite->first[0] = 0;
		f = st->fixtures[2] ? st->fixtures[2] : st->fixtures[3];
		e2e__cleanup_run_deferred(f->file, f->line);
		for (h = st->hooks; h; h = h->next)
			if (h->suite_end)
				h->suite_end();
		if (suite->level[1].failed > failed && !st->bailed)
			e2e__run_suite_point("suite clean-up", suite, NULL);
		st->in_suite = false;
	}

	e2e__verdict_count_pairs(suite); /* of the fixtures */
	suite->pairs = st->pairs;
	suite->unmatched = st->unmatched;
	suite->pair_hits = st->pair_hits;
	memcpy(suite->word_hits, st->word_hits, sizeof st->word_hits);
	memcpy(suite->eligible, st->eligible, sizeof st->eligible);
	suite->points = st->points;
	suite->failed = st->failed;
	suite->bailed = st->bailed;
}

/* A terminated runner that had to be killed: the case that it ran has failed, the others didn't
 * run. */
E2E__FN void e2e__run_fail_rest(struct e2e__page *suite, struct e2e__end *end)
{
	struct e2e__case *c;
	const char *why =
		e2e_printf("not run: terminated by %s", e2e__clock_signal_name(end->quit));
	int turn, turns = e2e__run_turns(), n = 0, first = suite->points;

	for (c = e2e__state.cases; c; c = c->next)
		for (turn = 0; turn < turns && c->chosen; turn++, n++)
			if (n == first)
				e2e__run_suite_point(c->name, suite, end);
			else if (n > first)
				e2e__run_skip_case(c, why);
	if (n <= first)
		e2e__run_suite_point("suite tear-down", suite, end);
}

/* The runner died: what its cases' points would have been, or the suite's tear-down. */
E2E__FN void e2e__run_runner_died(struct e2e__page *suite, struct e2e__end *end)
{
	struct e2e__case *c;
	const char *why, *file = NULL;
	int turn, turns = e2e__run_turns(), line = 0;

	if (suite->suite == 2) {
		e2e__run_suite_point("suite set-up", suite, end);
		why = e2e_printf("the suite's set-up failed: %s",
			e2e__verdict_cause(suite, end, &file, &line).message);
		for (c = e2e__state.cases; c; c = c->next)
			for (turn = 0; turn < turns && c->chosen; turn++)
				e2e__run_skip_case(c, why);
	} else if (suite->suite == 3) {
		e2e__run_suite_point("suite tear-down", suite, end);
	} else if (e2e__clock_terminates(end->quit)) {
		e2e__run_fail_rest(suite, end);
	} else {
		why = e2e__verdict_cause(suite, end, &file, &line).message;
		e2e__verdict_say_bail_out(e2e_printf(
			"the suite's process is gone: %s", why ? why : "without a reason"));
	}
}

/* The suite's folder is kept and named if something failed. */
E2E__FN void e2e__run_leave_suite_folder(struct e2e__page *suite)
{
	E2E__BUF(b, 1200);

	if (!suite->folder[0])
		return;
	if (!e2e__state.failed && !e2e__state.bailed && !e2e__state.opt[E2E__KEEP]) {
		e2e__file_remove_tree(suite->folder);
		return;
	}
	e2e__buf_addf(&b, "# kept: %s\n", suite->folder);
	e2e__output_emit_buf(&b);
}

/* With suite fixtures: a runner of its own, so that they can't bring down who reports. */
E2E__FN void e2e__run_watch_runner(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *suite = e2e__page_new();
	struct e2e__end end;
	pid_t pid;

	e2e__page_reset(suite, false);
	suite->depth = 1;
	suite->runner = 1;
	suite->phase = E2E__BODY;
	pid = e2e__watch_fork(suite);
	if (pid == 0) {
		st->up = suite;
		e2e__watch_catch_signals();
		e2e__run_all(suite);
		e2e__output_flush();
		e2e__run_last_things();
		suite->phase = E2E__DONE;
		_exit(0);
	}

	e2e__watch_wait_for(suite, pid, &end, "", 0, 0);
	e2e__watch_sweep(suite, pid, &end);
	st->points = suite->points;
	st->failed = suite->failed;
	st->bailed = suite->bailed != 0;
	e2e__verdict_count_pairs(suite);
	if (suite->phase != E2E__DONE)
		e2e__run_runner_died(suite, &end);
	else if (end.left[0] || suite->late || WEXITSTATUS(end.status) != suite->status)
		e2e__run_suite_point("suite tear-down", suite, &end);
	e2e__run_leave_suite_folder(suite);
	if (!st->bailed)
		e2e__run_plan_line(st->points);
}

/* ---- core/main.h ---- */

/* Perl's prove rejects version 14 before 3.48. */
E2E__FN int e2e__main_choose_tap(void)
{
	const char *version = getenv("HARNESS_ACTIVE") ? getenv("HARNESS_VERSION") : NULL;

	return version && e2e__clock_strtod(version, NULL) > 0 &&
			e2e__clock_strtod(version, NULL) < 3.48
		? 13
		: 14;
}

/* May the tested code's stdout be a file? A limit that is spent on it would be the case's death. */
E2E__FN bool e2e__main_may_keep_stdout(void)
{
	return !e2e__state.opt[E2E__NO_FORK] && e2e__file_may_grow();
}

/* Takes stdout for TAP alone: the tested code gets a file in its place, shown when a case fails. */
E2E__FN void e2e__main_take_stdout(void)
{
	struct e2e__state *st = &e2e__state;
	struct stat a, b;

	st->quiet_err = isatty(1) && fstat(1, &a) == 0 && fstat(2, &b) == 0 &&
		a.st_rdev == b.st_rdev && isatty(2);

	if (isatty(1) && !st->under_prove && !getenv("HARNESS_ACTIVE") &&
		!st->opt[E2E__PRINT_TAP] && !st->opt[E2E__VERBOSE] && !st->opt[E2E__FLAT])
		st->console = e2e__console_new();
	if (st->opt[E2E__FLAT])
		st->flat = e2e__flat_new();

	/* High, so that the tested code finds the numbers that it would find without us. */
	st->tap = fcntl(1, F_DUPFD_CLOEXEC, 200);
	if (st->tap < 0)
		st->tap = fcntl(1, F_DUPFD_CLOEXEC, 3);
	if (st->tap < 0)
		e2e__exit_fatal("cannot write TAP to stdout: %s", strerror(errno));
	if (!e2e__main_may_keep_stdout() && dup2(2, 1) == 1) {
		fflush(stdout);
		return;
	}

	st->capture = e2e__file_unnamed();
	if (st->capture >= 0) {
		dup2(st->capture, 1);
	} else {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null >= 0) {
			dup2(null, 1);
			close(null);
		}
	}

	fflush(stdout); /* what a script printed before its first call of e2e */
}

E2E__FN void e2e__main_choose_seed(void)
{
	struct timespec t;
	uint64_t mix;

	if (e2e__state.opt[E2E__SEED]) {
		e2e__state.seed = strtoull(e2e__state.opt[E2E__SEED], NULL, 10);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &t);
	mix = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec + (uint64_t)getpid();
	e2e__state.seed = e2e__clock_mix(&mix) % 1000000000;
}

/* What both styles begin with. A wrong config ends the program here, before any case. */
E2E__FN void e2e__main_start(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__hooks *h;

	e2e__page_make_pid_cell();
	e2e__coverage_share();
	st->capture = -1;
	st->tap = -1;
	e2e__beside_remember();
	e2e__clock_scale();
	e2e__option_check();
	e2e__config_read();
	e2e__config_timeout();
	for (h = st->hooks; h; h = h->next)
		if (h->start)
			h->start();
	st->tap_version = e2e__main_choose_tap();
	e2e__main_choose_seed();
	e2e__shuffle_choose();
	st->junit_began = e2e__clock_ns();
	if (!st->opt[E2E__LIST])
		e2e__junit_begin();
}

/* The program's end: status, or death by the signal that it was told to end by. */
E2E__FN int e2e__main_exit_status(void)
{
	struct e2e__state *st = &e2e__state;

	e2e__console_end();
	e2e__output_flush();
	e2e__junit_end();
	if (st->quit && !e2e__clock_terminates(st->quit)) {
		signal(st->quit, SIG_DFL);
		raise(st->quit);
	}
	if (st->out_failed && st->tap >= 0) {
		fprintf(stderr, "e2e: cannot write TAP to stdout: %s\n", strerror(st->out_failed));
		return 99;
	}
	return st->bailed ? 99 : st->failed ? 1 : 0;
}

E2E__FN void e2e__main_end_runner(void)
{
	struct e2e__page *pg = e2e__state.page;

	e2e__verdict_say_bail_out(pg->reason);
	pg->bailed = 1;
	pg->phase = E2E__DONE;
	_exit(0);
}

/* The same as a watching parent says of a script that ends without e2e_done(). */
E2E__FN void e2e__main_exit_of_script(struct e2e__page *pg)
{
	struct e2e__level *lv = &pg->level[0];

	if (!(lv->planned && lv->planned == lv->run && !pg->depth)) {
		e2e__verdict_say_bail_out(e2e_printf(
			"the script has ended without e2e_done()%s", e2e__verdict_whereabouts(pg)));
		e2e__output_flush();
		_exit(99);
	}
	e2e__output_flush();
	if (lv->failed)
		_exit(1);
}

/* exit() in a case that runs in the program's own process must not look like its end. */
E2E__FN void e2e__main_at_exit(void)
{
	struct e2e__page *pg = e2e__state.page;

	if (!pg || !pg->direct || pg->pid != getpid() || pg->phase == E2E__DONE)
		return;
	if (e2e__state.style == 's')
		e2e__main_exit_of_script(pg);
	if (!e2e__state.current)
		return;
	e2e__verdict_say_bail_out(e2e_printf("the case %s called exit()%s",
		e2e__state.current->name, e2e__verdict_whereabouts(pg)));
	e2e__output_flush();
	_exit(99);
}

/* Under prove the tag may be another program's; its mistyped form is worth a line on stderr. */
E2E__FN void e2e__main_add_unknown(struct e2e__buf *b, const char *unknown)
{
	e2e__buf_addf(b, "# %s\n", unknown);
	if (!e2e__state.under_prove || strstr(unknown, "did you mean"))
		e2e__buf_addf(b, "\2# %s\n", unknown);
}

/* --list: the names of the chosen cases; a filter that meets none is an error. */
E2E__FN int e2e__main_list(const char *unknown)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__case *c;

	for (c = st->cases; c; c = c->next)
		if (c->chosen)
			printf("%s\n", c->name);
	if (!st->chosen)
		e2e__option_usage(
			"no case matches%s%s", unknown ? ": " : "", unknown ? unknown : "");
	if (unknown)
		fprintf(stderr, "e2e: %s\n", unknown);
	return fflush(stdout) ? 99 : 0;
}

/* A plan of none, with the filters that met nothing. That is no pass. */
E2E__FN int e2e__main_say_none(struct e2e__buf *b, const char *unknown)
{
	struct e2e__state *st = &e2e__state;
	const char *filter = st->opt[E2E__FILTER], *tags = st->opt[E2E__TAGS];
	const char *from = st->opt[E2E__FROM];
	const char *why = e2e_printf("no case matches%s%s%s%s%s%s%s%s", filter ? " -k " : "",
		filter ? filter : "", tags ? " -t " : "", tags ? tags : "", from ? " --from " : "",
		from ? from : "", unknown ? ": " : "", unknown ? unknown : "");

	e2e__buf_addf(b, "1..0 # SKIP ");
	e2e__secret_words(b, why, E2E__TAP);
	e2e__buf_adds(b, "\n\2# ");
	e2e__secret_words(b, why, E2E__PLAIN);
	e2e__buf_adds(b, "\n");
	e2e__output_emit_buf(b);
	st->bailed = true;
	return e2e__main_exit_status();
}

/* The chosen cases. Fixtures of the suite take a process of their own, so that they may crash. */
E2E__FN void e2e__main_run(void)
{
	struct e2e__state *st = &e2e__state;
	bool fixtures = st->fixtures[2] || st->fixtures[3];
	struct e2e__page *suite;

	if (fixtures && !st->opt[E2E__NO_FORK]) {
		e2e__run_watch_runner();
		return;
	}
	suite = e2e__page_new();
	e2e__page_reset(suite, true);
	if (!fixtures)
		e2e__run_plan_line(st->chosen * e2e__run_turns());
	e2e__run_all(suite);
	e2e__run_leave_suite_folder(suite);
	if (fixtures && !st->bailed)
		e2e__run_plan_line(st->points);
}

E2E__FN int e2e_main(int argc, char **argv)
{
	struct e2e__state *st = &e2e__state;
	const char *unknown, *nowhere;
	E2E__BUF(b, 64);

	st->style = 'c';
	e2e__case_order();
	st->program = argc > 0 && argv[0] ? argv[0] : "test";
	e2e__own_check();
	e2e__option_read_env();
	if (argc > 0)
		e2e__option_read_args(argv);
	if (st->opt[E2E__HELP])
		e2e__option_help();
	if (st->opt[E2E__VERSION_OPT])
		return printf("e2e %s\n", E2E_VERSION) < 0;

	e2e__main_start();
	e2e__each_expand();
	nowhere = e2e__option_pass_over();
	if (nowhere && st->opt[E2E__FROM] != st->from_prove)
		e2e__option_usage("--from: %s", nowhere);
	e2e__shuffle();
	e2e__option_choose();
	unknown = st->opt[E2E__TAGS] ? e2e__option_unknown_tag(st->opt[E2E__TAGS]) : NULL;
	if (st->opt[E2E__LIST])
		return e2e__main_list(unknown);

	e2e__main_take_stdout();
	e2e__point_add_header(&b);
	if (st->opt[E2E__SHUFFLE])
		e2e__buf_addf(
			&b, "# shuffled: --shuffle=%s repeats this order\n", st->opt[E2E__SHUFFLE]);
	if (nowhere) /* the case that failed may have another name by now */
		e2e__buf_addf(&b, "# --from: %s, so all run\n", nowhere);
	if (unknown && st->chosen)
		e2e__main_add_unknown(&b, unknown);
	e2e__output_emit_buf(&b);
	if (!st->chosen)
		return e2e__main_say_none(&b, unknown);

	e2e__watch_catch_signals();
	atexit(e2e__main_at_exit);
	e2e__memory_keep_arena(); /* options and config */
	e2e__main_run();
	e2e__option_check_filters();
	return e2e__main_exit_status();
}

/* ---- core/script.h ---- */

/* The testcase of a script; what it was ended by, or its first failure. */
E2E__FN void e2e__script_report(struct e2e__page *pg, struct e2e__end *end, const e2e_failure *f)
{
	E2E__BUF(of_end, 512);

	if (f->message)
		e2e__point_add_failure(&of_end, 2, NULL, 0, f);

	const char *block = f->message ? of_end.p
		: pg->first[0]         ? pg->first
				       : "  message: it failed\n";
	bool failed = e2e__state.failed, skipped = pg->skipped && !failed;

	e2e__junit_case(e2e__junit_class(), NULL, end->began,
		failed            ? "failure"
			: skipped ? "skipped"
				  : "",
		failed            ? e2e__junit_message(block)
			: skipped ? pg->reason
				  : "",
		failed ? block : NULL);
	e2e__buf_free(&of_end);
}

/* What the watching parent of a script says at its end; returns the exit status. */
E2E__FN int e2e__script_judge(struct e2e__page *pg, struct e2e__end *end)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__level *lv = &pg->level[0];
	const char *file = NULL;
	int line = 0;
	bool complete = lv->planned && lv->planned == lv->run && !pg->depth &&
		!WIFSIGNALED(end->status) && WEXITSTATUS(end->status) == 0;
	e2e_failure f;
	E2E__BUF(b, 1024);

	if (pg->phase != E2E__DONE && complete)
		pg->phase = E2E__DONE;
	f = e2e__verdict_cause(pg, end, &file, &line);
	if (f.message && strcmp(f.code, "exit") == 0 && pg->phase != E2E__DONE)
		f.hint = "end main() with `return e2e_done();`";
	if (f.message || lv->failed || pg->failed || pg->bailed || st->opt[E2E__KEEP])
		e2e__verdict_keep_logs(pg);
	if (f.message) {
		if (!pg->header)
			e2e__point_add_header(&b);
		e2e__verdict_close_dead(&b, pg, 0, f.message);
		e2e__buf_adds(&b, "  ---\n");
		e2e__point_add_failure(&b, 2, file, line, &f);
		e2e__verdict_add_details(&b, pg, end, NULL);
		e2e__buf_adds(&b, "  ...\n");
		e2e__point_add_complaint(&b, file, line, &f);
		while (e2e__clock_terminates(end->quit) && lv->run < lv->planned)
			e2e__buf_addf(&b, "ok %d # SKIP not run: terminated by %s\n", ++lv->run,
				e2e__clock_signal_name(end->quit));
		if (!pg->planned)
			e2e__buf_addf(&b, "1..%d\n", lv->run);
		st->failed = 1;
	}

	if (lv->failed || pg->failed)
		st->failed = 1;
	if (st->failed)
		e2e__verdict_add_stdout(&b);
	if (!st->failed && !pg->bailed && !st->opt[E2E__KEEP])
		e2e__verdict_drop_folders(pg);
	else if (pg->folder[0])
		e2e__buf_addf(&b, "# kept: %s\n", pg->folder);
	e2e__output_emit_buf(&b);
	e2e__script_report(pg, end, &f);
	if (pg->bailed)
		e2e__verdict_say_bail_out(pg->reason);
	else if (end->quit && !e2e__clock_terminates(end->quit))
		e2e__verdict_say_bail_out(
			e2e_printf("interrupted by %s", e2e__clock_signal_name(end->quit)));
	return e2e__main_exit_status();
}

E2E__FN const char *e2e__script_own_path(void)
{
#ifdef E2E__LINUX
	static char path[1024];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	if (n > 0)
		return path;
#endif
	return "test";
}

/* The first call of a script: the parent stays here and watches, the child goes on with main(). */
E2E__FN void e2e__script_begin_script(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg;
	struct e2e__end end;
	pid_t pid;

	if (st->cases)
		e2e__exit_fatal(
			"%s:%d: the program has cases, as %s, but its main() doesn't run them: expected E2E_MAIN(), or e2e_main() "
			"before any other call of e2e",
			st->cases->file, st->cases->line, st->cases->name);
	st->style = 's';
	st->program = e2e__script_own_path();
	e2e__own_check();
	e2e__option_read_env();
	e2e__main_start();
	e2e__main_take_stdout();
	pg = e2e__page_new();
	e2e__page_reset(pg, st->opt[E2E__NO_FORK] != NULL);
	pg->phase = E2E__BODY;
	st->chance = st->seed;
	st->page = pg;
	e2e__memory_keep_arena();
	if (pg->direct) {
		e2e__page_play(pg);
		st->main_thread = e2e__buf_self();
		e2e__limit_catch_alarm();
		e2e__watch_catch_termination();
		atexit(e2e__main_at_exit);
	} else {
		e2e__watch_catch_signals();
		pid = e2e__watch_fork(pg);
		if (pid) {
			st->page = NULL;
			e2e__watch_wait_for(pg, pid, &end, st->program, 0, e2e__run_limit(NULL));
			e2e__watch_sweep(pg, pid, &end);
			e2e__watch_drain_rest(pg);
			_exit(e2e__script_judge(pg, &end));
		}
	}

	e2e__limit_arm_slot(st->program, 0, e2e__run_limit(NULL), false);
}

E2E__FN void e2e__script_begin(void)
{
	if (!e2e__state.style)
		e2e__script_begin_script();
}

E2E__FN void e2e_plan(int points)
{
	struct e2e__page *pg;

	e2e__script_begin();
	pg = e2e__state.page;
	if (points < 0)
		e2e__exit_fatal("e2e_plan(%d): expected a number of assertions", points);
	if (pg->level[pg->depth].planned && pg->level[pg->depth].planned != points)
		e2e__exit_fatal("e2e_plan(%d): the plan is %d already: expected one plan", points,
			pg->level[pg->depth].planned);
	pg->level[pg->depth].planned = points;
}

/* The points that a skip leaves out: `1..0 # SKIP` if there was none, else each planned one. */
E2E__FN void e2e__script_skip(struct e2e__page *pg, struct e2e__buf *b)
{
	struct e2e__level *lv = &pg->level[0];
	bool none = !lv->run && !pg->header;

	if (none) {
		pg->header = pg->planned = 1;
		e2e__point_add_header(b);
		e2e__buf_adds(b, "1..0 # SKIP ");
		e2e__secret_words(b, pg->reason, E2E__TAP);
		e2e__buf_adds(b, "\n");
		return;
	}

	do {
		e2e__buf_addf(b, "ok %d # SKIP ", ++lv->run);
		e2e__secret_words(b, pg->reason, E2E__TAP);
		e2e__buf_adds(b, "\n");
	} while (lv->run < lv->planned);
}

/* The end of a script in its own process; returns the exit status. */
E2E__FN int e2e__script_end(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	struct e2e__level *lv = &pg->level[0];
	struct e2e__hooks *h;
	e2e_failure f = {NULL, NULL, NULL, "no-assertions", NULL, NULL};
	E2E__BUF(b, 512);

	for (h = st->hooks; h; h = h->next)
		if (h->case_over)
			h->case_over();
	e2e__cleanup_run_deferred(__FILE__, __LINE__);
	for (h = st->hooks; h; h = h->next) {
		if (h->case_end)
			h->case_end(e2e__exit_failed());
		if (h->suite_end)
			h->suite_end();
	}

	if (pg->late)
		e2e__limit_report_expiry();
	e2e__limit_disarm_all(NULL);

	/* for what exit() runs */
	e2e__limit_arm_slot(e2e__case_program(), 0, e2e__clock_scaled(10), true);
	if (!lv->run && !pg->skipped && !pg->bailed) {
		f.message = pg->unmatched ? pg->no_pair : "the script made no assertion";
		e2e_report(e2e__case_program(), 0, false, f.message, &f);
	}

	if (pg->skipped && !lv->failed && st->opt[E2E__FAIL_ON_SKIP]) {
		f.message = e2e_printf("skipped: %s", pg->reason);
		f.code = "skip";
		e2e_report(e2e__case_program(), 0, false, f.message, &f);
	} else if (pg->skipped) {
		e2e__script_skip(pg, &b);
	}
	while (e2e__clock_terminates(pg->stop) && pg->heeded && lv->run < lv->planned)
		e2e__buf_addf(&b, "ok %d # SKIP not run: terminated by %s\n", ++lv->run,
			e2e__clock_signal_name(pg->stop));
	if (!pg->planned && !pg->bailed)
		e2e__buf_addf(&b, "1..%d\n", lv->planned ? lv->planned : lv->run);
	pg->planned = 1;
	if (lv->planned && lv->planned != lv->run && !(pg->skipped && lv->run == 0) &&
		!pg->bailed) {
		e2e__buf_addf(&b,
			"# planned %d assertions but ran %d\n\2# planned %d assertions but ran %d\n",
			lv->planned, lv->run, lv->planned, lv->run);
		pg->failed = 1;
	}

	e2e__page_lock(pg);
	e2e__page_put(pg, b.p, b.n);
	e2e__page_unlock(pg);
	e2e__buf_free(&b);
	pg->status = pg->bailed ? 99 : lv->failed || pg->failed ? 1 : 0;
	pg->phase = E2E__DONE;
	if (pg->direct && !pg->status && !st->opt[E2E__KEEP])
		e2e__verdict_drop_folders(pg);
	else if (pg->direct)
		e2e__verdict_keep_logs(pg);
	if (pg->direct && pg->bailed)
		e2e__verdict_say_bail_out(pg->reason);
	if (pg->direct)
		e2e__console_end();
	return pg->direct && st->out_failed ? e2e__main_exit_status() : pg->status;
}

E2E__FN void e2e__script_finish(void)
{
	e2e__limit_land(NULL, true);
	while (e2e__state.page->depth > 0)
		e2e__subtest_end(e2e__case_program(), 0,
			e2e__state.page->left ? e2e__state.page->why_left : NULL);
	e2e__limit_skip_all();
	e2e__watch_flush_streams();
	_exit(e2e__script_end());
}

E2E__FN int e2e_done(void)
{
	e2e__script_begin();
	if (e2e__state.style == 'c')
		e2e__exit_fatal("e2e_done() is for scripts: E2E_MAIN ends the program by itself");
	return e2e__script_end();
}

/* In both styles: what a case's text begins with. The caller holds the lock. */
E2E__FN void e2e__script_header(struct e2e__page *pg)
{
	E2E__BUF(b, 64);

	if (pg->header || pg->muted)
		return;
	pg->header = 1;
	if (e2e__state.style == 's') {
		e2e__point_add_header(&b);
		if (pg->level[0].planned) {
			e2e__buf_addf(&b, "1..%d\n", pg->level[0].planned);
			pg->planned = 1;
		}
	} else {
		e2e__buf_adds(&b, "# Subtest: ");
		e2e__secret_words(&b, pg->level[1].name, E2E__TAP);
		e2e__buf_adds(&b, "\n");
	}

	e2e__page_put(pg, b.p, b.n);
	e2e__buf_free(&b);
}

#endif /* E2E_EXTERN */

#ifdef E2E_SHORT_NAMES
#define plan(n) e2e_plan(n)
#define done() e2e_done()
#define ok(...) e2e_ok(__VA_ARGS__)
#define is_int(...) e2e_is_int(__VA_ARGS__)
#define is_uint(...) e2e_is_uint(__VA_ARGS__)
#define is_double(...) e2e_is_double(__VA_ARGS__)
#define is_str(...) e2e_is_str(__VA_ARGS__)
#define is_mem(...) e2e_is_mem(__VA_ARGS__)
#define is_ptr(...) e2e_is_ptr(__VA_ARGS__)
#define isnt_int(...) e2e_isnt_int(__VA_ARGS__)
#define isnt_str(...) e2e_isnt_str(__VA_ARGS__)
#define like(...) e2e_like(__VA_ARGS__)
#define unlike(...) e2e_unlike(__VA_ARGS__)
#define cmp_int(...) e2e_cmp_int(__VA_ARGS__)
#define is_list(...) e2e_is_list(__VA_ARGS__)
#define is_json(...) e2e_is_json(__VA_ARGS__)
#define pass(...) e2e_pass(__VA_ARGS__)
#define fail(...) e2e_fail(__VA_ARGS__)
#define must(...) e2e_must(__VA_ARGS__)
#define eventually(...) e2e_eventually(__VA_ARGS__)
#define diag(...) e2e_diag(__VA_ARGS__)
#define note(...) e2e_note(__VA_ARGS__)
#define skip(...) e2e_skip(__VA_ARGS__)
#define subtest(...) e2e_subtest(__VA_ARGS__)
#define todo(...) e2e_todo(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

/* MIT licence. Copyright (c) 2026 the e2e authors.
 * Permission is granted, free of charge, to use, copy, modify, merge, publish, distribute,
 * sublicense and sell this file, provided that this notice stays in it. It comes as is, without
 * warranty of any kind. */
#endif /* E2E_H */
