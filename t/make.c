/* The Makefile on a fresh machine: what "make deps" installs is built and run by the same command, what is missing is an error, and what was left
 * out is said. Here pkg-config knows a library as soon as a stand-in for t/deps has run. */
#include "prove/driver.h"

/* A small project with the real Makefile, t/build and prove: in each folder one program needs a library and one doesn't. */
static void project(void)
{
	/* small, because they are built a hundred times */
	static const char body[] = "#include <stdio.h>\nint main(void) { puts(\"1..1\\nok 1\"); return 0; }\n";
	static const char *const copies[] = {"Makefile", "prove", "t/build"}, *const links[] = {"e2e.h", "e2e_proc.h", "e2e_xmpp.h", "src"};
	size_t i;

	enter();
	mkdir("t", 0777);
	for (i = 0; i < sizeof copies / sizeof *copies; i++)
		e2e_must(e2e_is_int(e2e_run("cp", e2e_printf("%s/%s", started_in, copies[i]), copies[i]).status, 0));
	for (i = 0; i < sizeof links / sizeof *links; i++)
		e2e_must(e2e_is_int(symlink(e2e_printf("%s/%s", started_in, links[i]), links[i]), 0));
	text_file("t/alone.c", body);
	text_file("t/core/broken/alone.c", body);
	text_file("t/library.c", e2e_printf("/* e2e: fresh */\n%s", body));
	text_file("examples/alone.c", body);
	text_file("examples/suite/one.c", body);
	text_file("examples/suite/shims/no_test.c", body);
	text_file("examples/library.c", e2e_printf("/* e2e: fresh */\n%s", body));
	text_file("examples/in_a_script.sh", "echo the script\n");

	/* slow, so that a build that doesn't wait for it would come first */
	text_file("t/deps", "sleep 1\n: >installed\n");
	script("bin/pkg-config", "[ -e installed ]\n");
	e2e_setenv("PATH", e2e_printf("%s/bin:%s", e2e_tmpdir(), getenv("PATH")));
	e2e_setenv("MAKEFLAGS", NULL);
	e2e_setenv("MAKELEVEL", NULL);
	e2e_setenv("MAKE", NULL);
	e2e_setenv("MISSING", NULL);
}

/* By each make, one job at a time and several. */
static void each_make(void (*run)(const char *make, const char *jobs))
{
	static const char *const makes[] = {"make", "bmake"}, *const jobs[] = {"-j1", "-j3"};
	size_t i;
	e2e_require_command("make");
	e2e_require_command("bmake");
	project();
	for (i = 0; i < 4; i++) {
		e2e_run("rm", "-f", "installed", "t/alone.t", "t/library.t", "t/core/broken/alone.bin", "examples/alone.t", "examples/suite/one.t", "examples/library.t");
		e2e_subtest(e2e_printf("%s %s", makes[i / 2], jobs[i % 2])) {
			run(makes[i / 2], jobs[i % 2]);
		}
	}
}

/* BSD make prints what its jobs say on stderr on stdout. */
static const char *said(e2e_result r)
{
	return e2e_printf("%s%s", r.out, r.err);
}

static void check_and_demo(const char *make, const char *jobs)
{
	e2e_result r = e2e_run(make, jobs, "deps", "check");
	e2e_is_int(r.status, 0, "%s", said(r));
	e2e_like(r.out, "\nt: 2 of 2 programs were run\n");

	unlink("installed");
	unlink("examples/library.t");
	r = e2e_run(make, jobs, "deps", "demo");
	e2e_is_int(r.status, 0, "%s", said(r));
	e2e_like(r.out, "\nexamples: 3 of 3 programs were run\n");
	e2e_like(r.out, "\nthe script\n");
}

E2E_TEST(deps_come_first, .timeout = 120)
{
	each_make(check_and_demo);
}

static void without(const char *make, const char *jobs)
{
	static const char *const goals[] = {"check", "demo", "all"};
	size_t i;
	for (i = 0; i < sizeof goals / sizeof *goals; i++) {
		e2e_result r = e2e_run(make, jobs, goals[i]);
		e2e_isnt_int(r.status, 0);
		e2e_like(said(r), "library[.]c: not built: no package fresh; \"make deps\" installs what is needed\n");
		e2e_unlike(r.out, "programs were run");
	}
}

E2E_TEST(a_missing_library_is_an_error, .timeout = 120)
{
	each_make(without);
}

static void left_out(const char *make, const char *jobs)
{
	e2e_result r = e2e_run(make, jobs, "check", "MISSING=skip");
	e2e_is_int(r.status, 0, "%s", said(r));
	e2e_like(said(r), "t/library[.]c: not built: no package fresh; ");
	e2e_like(r.out, "\nt: 1 of 2 programs were run\n");
}

E2E_TEST(left_out_only_when_told_to, .timeout = 120)
{
	each_make(left_out);
}

/* A program that was built before its library went away is not run for the one that can't be built. */
static void gone(const char *make, const char *jobs)
{
	e2e_result r = e2e_run(make, jobs, "deps", "check");
	e2e_must(e2e_is_int(r.status, 0, "%s", said(r)));
	unlink("installed");
	e2e_must(e2e_is_int(e2e_run("touch", "-d", "2030-01-01", "t/library.c").status, 0));
	r = e2e_run(make, jobs, "check");
	e2e_isnt_int(r.status, 0);
	e2e_ok(access("t/library.t", F_OK) != 0, "the old program is gone");
}

E2E_TEST(an_old_program_is_not_run_instead, .timeout = 120)
{
	each_make(gone);
}

static void dated(const char *when, const char *path)
{
	e2e_must(e2e_is_int(e2e_run("touch", "-d", when, path).status, 0));
}

/* What a source includes is its own, however deep, and so is a further source: a program that is older is built anew, and no other one. */
static void helped(const char *make, const char *jobs)
{
	static const char *const helpers[] = {"t/far.h", "t/core/near.h", "t/core/part.c", "t/core/linked.c"};
	size_t i;
	text_file("t/far.h", "#define FAR 1\n");
	text_file("t/core/near.h", "#include \"../far.h\"\n");
	text_file("t/core/part.c", "enum { part = FAR };\n");
	text_file("t/core/linked.c", "int linked(void);\nint linked(void) { return 1; }\n");
	text_file("t/core/helped.c", "/* e2e: linked.c */\n#include \"near.h\"\n# include \"part.c\"\nint linked(void);\n"
	                             "int main(void) { return linked() - part; }\n");
	text_file("t/alone.c", "int main(void) { return 0; }\n");
	e2e_must(e2e_is_int(e2e_run(make, jobs, "t/alone.t", "t/core/helped.t").status, 0));
	for (i = 0; i < sizeof helpers / sizeof *helpers; i++) {
		dated("2030-01-01", helpers[i]);
		e2e_result r = e2e_run(make, jobs, "t/alone.t", "t/core/helped.t");
		e2e_is_int(r.status, 0, "%s", said(r));
		e2e_like(r.out, "  CC t/core/helped.t\n", "for %s", helpers[i]);
		e2e_unlike(r.out, "  CC t/alone.t\n");
		dated("2001-01-01", helpers[i]);
	}
	e2e_unlike(e2e_run(make, jobs, "t/alone.t", "t/core/helped.t").out, "CC");
	unlink("t/core/helped.t");
}

E2E_TEST(a_changed_helper_builds_anew, .timeout = 120)
{
	each_make(helped);
}

E2E_TEST(a_program_without_a_source, .timeout = 60)
{
	static const char *const stale[] = {"t/old.t", "t/core/broken/old.bin"};
	size_t i;
	project();
	text_file("installed", "");
	for (i = 0; i < sizeof stale / sizeof *stale; i++) {
		script(stale[i], "echo 1..1; echo ok 1\n");
		e2e_result r = e2e_run("make", "check");
		e2e_isnt_int(r.status, 0);
		e2e_like(r.err, e2e_printf("no source makes these programs any more, .*; remove them:\n  rm %s\n", stale[i]));
		unlink(stale[i]);
	}
	e2e_is_int(e2e_run("make", "check").status, 0);
}

E2E_TEST(a_failure_is_make_s_failure, .timeout = 60)
{
	project();
	text_file("installed", "");
	text_file("t/alone.c", "#include \"e2e.h\"\nE2E_TEST(a) { e2e_fail(\"seen\"); }\nE2E_MAIN()\n");
	text_file("examples/in_a_script.sh", "exit 1\n");
	e2e_result r = e2e_run("make", "check");
	e2e_isnt_int(r.status, 0);
	e2e_unlike(r.out, "programs were run");
	e2e_isnt_int(e2e_run("make", "demo").status, 0);
}

/* What lint compares with the guards: the commands alone, each by itself. */
E2E_TEST(wanted_by_tests_and_examples)
{
	e2e_result r = e2e_run("sh", "t/deps", "--wanted");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "^cc\ngcc\n");
	e2e_like(r.out, "\nrabbitmq-server\nepmd\n");
	e2e_like(r.out, "\npkg:libstrophe\n");
	e2e_like(r.out, "\nsshd\n");
}

E2E_MAIN()
