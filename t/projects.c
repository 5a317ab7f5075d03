/* examples/projects: each is started as its README says, in an empty folder, and built and run by the commands that stand there.
 * It passes, and each tool shows known failures and skips as such; then its program is broken, and the tool names the case. */
#include "prove/driver.h"

/* A new project of a kind, and the test is in it. What a make above says to its own programs isn't for this one. */
static void project(const char *kind)
{
	static const char *const gone[] = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKE", "CC", "CFLAGS", "LDFLAGS", "TALLY_LARGE"};
	e2e_result r;
	size_t i;

	enter();
	for (i = 0; i < sizeof gone / sizeof *gone; i++)
		e2e_setenv(gone[i], NULL);
	e2e_setenv("LC_ALL", "C.UTF-8");
	e2e_setenv("TMPDIR", e2e_tmpdir()); /* what failures leave there goes with the case */
	e2e_proc_timeout(300);
	r = e2e_run(e2e_printf("%s/examples/projects/start", started_in), kind, e2e_printf("%s/mine", e2e_tmpdir()));
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	e2e_chdir(e2e_printf("%s/mine", e2e_tmpdir()));
}

/* What a shell makes of a text, stderr included. */
static e2e_result sh(const char *text)
{
	return e2e_run("sh", "-ec", e2e_printf("exec 2>&1\n%s", text));
}

/* The commands that stand behind a word in the README of the projects. */
static const char *commands(const char *word)
{
	const char *text = read_file(e2e_printf("%s/examples/projects/README.md", started_in)), *begin, *end;
	begin = strstr(text, e2e_printf("\n%s:\n", word));
	begin = begin ? strstr(begin, "```sh\n") : NULL;
	end = begin ? strstr(begin, "\n```\n") : NULL;
	e2e_must(e2e_ok(end != NULL, "the README has commands for %s", word));
	return e2e_printf("%.*s", (int)(end - begin - 6), begin + 6);
}

/* What follows a word in each line of a file that begins with it. */
static const char *lines_of(const char *file, const char *word)
{
	return sh(e2e_printf("sed -n 's/^ *%s//p' %s", word, file)).out;
}

/* Words are sorted the wrong way round. */
static void break_it(void)
{
	e2e_result r = sh("sed 's/x->count < y/x->count > y/' tally.c >new; ! cmp -s new tally.c; mv new tally.c");
	e2e_must(e2e_is_int(r.status, 0));
}

static e2e_result passes(const char *text)
{
	e2e_result r = sh(text);
	e2e_must(e2e_is_int(r.status, 0, "%s", r.out));
	return r;
}

static e2e_result fails(const char *text)
{
	e2e_result r = sh(text);
	e2e_isnt_int(r.status, 0);
	return r;
}

/* What the GitHub workflow runs, with what it keeps. */
static void github(void)
{
	const char *run = lines_of(".github/workflows/tests.yml", "- run: ");
	e2e_result r;
	e2e_is_str(run, "make\nmake check PROVE_OPTIONS=\"-j2 --github --junit report.xml --html report.html\"\n");
	r = passes(run);
	e2e_like(r.out, "\n::notice title=tests/files.t::skipped: a_million_words: ");
	e2e_like(read_file("report.xml"), "<testcase [^>]*name=\"[^\"]*the_most_frequent_word_comes_first\"");
	e2e_ok(access("report.html", R_OK) == 0, "there is a page");

	break_it();
	e2e_like(fails(run).out, "\n::error file=tests/files.c,line=[0-9]+::line 1: got \"1 boat");
	e2e_like(read_file("report.xml"), "<failure ");
}

E2E_TEST(make, .timeout = 300)
{
	static const char *const makes[] = {"bmake", "make"};
	e2e_result r;
	e2e_require_command("make");
	e2e_require_command("bmake");
	project("make");
	e2e_each(i, 2, "%s", makes[i]) {
		r = passes(e2e_printf("%s clean && %s check", makes[i], makes[i]));
		e2e_like(r.out, "\nFiles=2, Tests=8, .*\nResult: PASS\n");
		e2e_like(r.out, "\nSkipped: 1\n    1  [$]TALLY_LARGE is not set\nKnown failures: 1\n    1  words are ASCII so far\n");
	}
	e2e_setenv("TALLY_LARGE", "1");
	e2e_unlike(passes("make check PROVE_OPTIONS='-t slow'").out, "Skipped");
	e2e_setenv("TALLY_LARGE", NULL);

	github();
	r = fails("make check");
	e2e_like(r.out, "\ntests/files[.]c:[0-9]+: line 1: got \"1 boat");
	e2e_like(r.out, "\nResult: FAIL\n");

	/* objects that are older than what they are made from */
	e2e_is_int(sh("touch -d 2000-01-01 tests/e2e.o").status, 0);
	e2e_like(fails("make check").out, "-o tests/e2e[.]o");
}

/* What the GitLab pipeline runs, and its report. */
static void gitlab(void (*ends)(const char *run))
{
	const char *run = sh("sed -e '1,/^  script:/d' -e '/^  [a-z]/,$d' -e 's/^    - //' .gitlab-ci.yml").out;
	e2e_like(run, "^cmake -S [^\n]*\ncmake [^\n]*\nctest [^\n]* --output-junit report.xml\n$");
	ends(run);
}

static void green(const char *run)
{
	passes(run);
	e2e_like(read_file("build/report.xml"), "<testcase name=\"files.standard_input\"[^>]* status=\"run\"");
}

static void red(const char *run)
{
	fails(run);
	e2e_like(read_file("build/report.xml"), "<testcase name=\"files.standard_input\"[^>]* status=\"fail\"");
}

/* Cases of any name, those that are new, and programs that can't be built. */
static void cmake_finds_the_cases(void)
{
	e2e_result r;
	text_file("tests/server.c", "#include \"e2e_proc.h\"\n"
				     "static const char *const names[] = {\"a b\", \"a;b\", \"[$x]\", \"(+|\"};\n"
				     "E2E_TEST_EACH(row, names) { e2e_isnt_str(*e2e_row(const char *), \"a;b\"); }\n"
				     "E2E_MAIN()\n");
	r = fails("cmake --build build; ctest --test-dir build");
	e2e_like(r.out, "server[.]row/a b [.]+ +Passed");
	e2e_like(r.out, "server[.]row/a;b [.]*[*]+Failed");
	e2e_like(r.out, "server[.]row/[[][$]x] [.]+ +Passed");
	e2e_like(r.out, "server[.]row/[(][+][|] [.]+ +Passed");

	text_file("tests/server.c", "#include \"e2e_proc.h\"\nE2E_TEST(new_case) { e2e_pass(); }\nE2E_MAIN()\n");
	r = passes("cmake --build build; ctest --test-dir build -R server");
	e2e_like(r.out, "server[.]new_case [.]+ +Passed");
	e2e_unlike(r.out, "server[.]row");

	text_file("tests/server.c", "#error no\n");
	fails("cmake --build build");
	e2e_is_int(sh("rm -rf build; cmake -S . -B build").status, 0);
	e2e_like(fails("ctest --test-dir build").out, "server.not_built");
}

E2E_TEST(cmake, .timeout = 300)
{
	e2e_result r;
	e2e_require_command("cmake");
	e2e_require_command("ctest");
	project("cmake");
	r = passes(commands("CMake"));
	e2e_like(r.out, "files.standard_input [.]+ +Passed");
	e2e_like(r.out, "files.umlauts_are_letters [.]+ +Passed");
	e2e_like(r.out, "files.a_million_words [.]+[*]+Skipped");
	e2e_like(r.out, "server.each_client_has_its_own_count [.]+ +Passed");
	e2e_like(r.out, "\n100% tests passed, 0 tests failed out of 8\n");

	/* the functions once */
	e2e_is_str(sh("find . -name '*.o' | sed 's|.*/||' | sort").out, "e2e.c.o\nfiles.c.o\nserver.c.o\ntally.c.o\n");

	gitlab(green);

	/* a failure is one case's, and what that printed is shown */
	break_it();
	r = fails(commands("CMake"));
	e2e_like(r.out, "files.the_most_frequent_word_comes_first [.]+[*]+Failed");
	e2e_like(r.out, "files.a_missing_file_is_named [.]+ +Passed");
	e2e_like(r.out, "\n  at: .*tests/files.c:[0-9]+\n");
	e2e_like(r.out, "\n50% tests passed, 4 tests failed out of 8\n");
	gitlab(red);

	cmake_finds_the_cases();
}

E2E_TEST(meson, .timeout = 300)
{
	e2e_result r;
	e2e_require_command("meson");
	e2e_require_command("ninja");
	project("meson");
	r = passes(commands("Meson"));
	e2e_like(r.out, "files +OK .* 5 subtests passed");
	e2e_like(r.out, "server +OK .* 2 subtests passed");
	e2e_unlike(r.out, "UNKNOWN|ignored");
	r = passes("meson test -C build --verbose");
	e2e_like(r.out, "umlauts_are_letters +EXPECTEDFAIL");
	e2e_like(r.out, "a_million_words +SKIP");

	break_it();
	r = fails("meson test -C build --print-errorlogs");
	e2e_like(r.out, "files +(ERROR|FAIL) ");
	e2e_like(r.out, "the_most_frequent_word_comes_first FAIL");
	e2e_unlike(r.out, "a_missing_file_is_named FAIL");
	e2e_like(r.out, "\n# [^\n]*tests/files[.]c:[0-9]+: got \"1 boat");
}

E2E_TEST(autotools, .timeout = 300)
{
	e2e_result r;
	e2e_require_command("autoreconf");
	e2e_require_command("automake");
	e2e_require_command("make");
	project("autotools");
	e2e_setenv("CFLAGS", "-O0 -g");
	r = passes(commands("Autotools"));
	e2e_like(r.out, "\nPASS: tests/files.t 4 - standard_input\n");
	e2e_like(r.out, "\nXFAIL: tests/files.t 5 - umlauts_are_letters # TODO words are ASCII so far\n");
	e2e_like(r.out, "\nSKIP: tests/files.t 6 - a_million_words # SKIP [$]TALLY_LARGE is not set\n");
	e2e_like(r.out, "\n# TOTAL: 8\n# PASS:  6\n# SKIP:  1\n# XFAIL: 1\n# FAIL:  0\n");

	/* what make dist packs has the tests, too */
	e2e_like(sh("make dist >/dev/null; tar -tzf tally-1.0.tar.gz").out, "\ntally-1.0/tests/e2e_proc.h\n");

	break_it();
	e2e_like(fails("make check").out, "\nFAIL: tests/files.t 1 - the_most_frequent_word_comes_first\n");
	e2e_like(read_file("test-suite.log"), "tests/files.c:[0-9]+: got \"1 boat");
	e2e_like(fails("make prove").out, "\nResult: FAIL\n");
}

E2E_TEST(cpp, .timeout = 300)
{
	static const char *const compilers[] = {"clang++", "g++"};
	e2e_result r;
	e2e_require_command("make");
	e2e_require_command("g++");
	e2e_require_command("clang++");
	project("cpp");
	e2e_each(i, 2, "%s", compilers[i]) {
		r = passes(e2e_printf("make clean && make check CC=false CXX=%s", compilers[i]));
		e2e_unlike(r.out, "warning");
		e2e_like(r.out, "\nFiles=2, Tests=7, .*\nResult: PASS\n");
	}

	/* an exception that nobody catches is the case's failure, with what it says */
	e2e_is_int(sh("sed 's/throw std::runtime_error(wanted_by/throw std::bad_alloc(); \\/\\/ (/' rpn.hpp >new; mv new rpn.hpp\n"
	              "sed 's/std::exception \\&e/std::runtime_error \\&e/' tests/evaluate.cpp >new; mv new tests/evaluate.cpp")
	               .status,
	           0);
	r = fails("make check CXX=g++");
	e2e_like(r.out, "throws_what_is_wrong");
	e2e_like(r.out, "bad_alloc");
}

E2E_TEST(a_folder_that_is_there_is_left_alone)
{
	e2e_result r;
	project("make");
	text_file("tally.c", "mine");
	r = e2e_run(e2e_printf("%s/examples/projects/start", started_in), "make", e2e_printf("%s/mine", e2e_tmpdir()));
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "/mine is there already; name a new folder\n$");
	e2e_is_str(read_file("tally.c"), "mine");
	r = e2e_run(e2e_printf("%s/examples/projects/start", started_in), "scons", "new");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "there is no example scons\n$");
}

E2E_MAIN()
