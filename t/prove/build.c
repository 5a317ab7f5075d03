/* C sources as tests: compiled into the cache, again only when what they are made of has changed. */
#include "driver.h"

E2E_SETUP()
{
	enter();
	e2e_setenv("CC", "./cc.log.sh");
	e2e_setenv("CFLAGS", NULL);
	script("cc.log.sh", "echo x >>compiled; exec cc \"$@\"\n");
}

E2E_TEST(compiled_once_for_each_content)
{
	e2e_result r;
	text_file("t/a.h", "#define N 1\n");
	text_file("t/a.c", "#include <stdio.h>\n#include \"a.h\"\nint main(void) { printf(\"1..1\\nok 1 - %d\\n\", N); return 0; }\n");
	r = e2e_run(driver, "-v", "t/a.c");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_like(r.out, "\nok 1 - 1\n");
	e2e_is_str(read_file("compiled"), "x\n");
	e2e_run(driver, "t/a.c");
	e2e_is_str(read_file("compiled"), "x\n", "nothing has changed");
	text_file("t/a.h", "#define N 2\n");
	r = e2e_run(driver, "-v", "t/a.c");
	e2e_like(r.out, "\nok 1 - 2\n", "a changed header");
	e2e_is_str(read_file("compiled"), "x\nx\n");
	e2e_setenv("CFLAGS", "-O1");
	e2e_run(driver, "t/a.c");
	e2e_is_str(read_file("compiled"), "x\nx\nx\n", "other flags");
}

/* A busybox without cksum, as Debian's: nothing else is on the PATH but the compiler. */
E2E_TEST(without_cksum, .timeout = 120)
{
	static const char test[] = "#include \"e2e.h\"\nE2E_TEST(a) { e2e_is_int(%d, 1); }\nE2E_MAIN()\n";
	e2e_result r;
	e2e_require_command("busybox");
	e2e_require_command("cc");
	mkdir("bin", 0777);
	r = e2e_run("sh", "-c", "b=$(command -v busybox); for a in $($b --list); do [ $a = cksum ] || ln -sf $b bin/$a; done");
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	script("bin/cc", e2e_printf("PATH='%s' exec cc \"$@\"\n", getenv("PATH")));
	e2e_is_int(e2e_run("cp", e2e_printf("%s/e2e.h", started_in), ".").status, 0);
	e2e_setenv("PATH", e2e_printf("%s/bin", e2e_tmpdir()));
	text_file("t/a.c", e2e_printf(test, 1));
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_is_int(e2e_run(driver, "t/a.c").status, 0);
	e2e_is_str(read_file("compiled"), "x\nx\nx\n", "the functions, the test, the program; then it is in the cache");
	text_file("t/a.c", e2e_printf(test, 2));
	e2e_is_int(e2e_run(driver, "t/a.c").status, 1, "a changed source");

	e2e_is_int(unlink("bin/md5sum"), 0);
	unlink("bin/sha256sum");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 1, "nothing makes a sum");
	e2e_like(e2e_printf("%s%s", r.out, r.err), "prove: t/a\\.c is not built: there is none of cksum, md5sum and sha256sum, ");
}

E2E_TEST(what_the_comment_names)
{
	e2e_result r;
	text_file("t/a.c", "/* e2e: -lm -DN=3 other.c */\n#include <math.h>\n#include <stdio.h>\nint other(void);\n"
	                   "int main(int c, char **v) { (void)v; printf(\"1..1\\nok 1 - %d %g\\n\", other() + N, sqrt(c)); return 0; }\n");
	text_file("t/other.c", "int other(void) { return 4; }\n");
	r = e2e_run(driver, "-v", "t/a.c", "::", "a", "b", "c");
	e2e_like(r.out, "\nok 1 - 7 2\n", "%s", r.err);
	text_file("t/a.c", "/* e2e: no-such-package */\nint main(void) { return 0; }\n");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "prove: t/a\\.c names the packages no-such-package, which pkg-config does not find: install them\n");
}

/* The program in the cache may be outdated when the command is used: the source is named, and so what is compiled then. */
E2E_TEST(repeated_from_its_source)
{
	static const char test[] = "#include \"e2e.h\"\nE2E_TEST(a) { e2e_is_int(%d, 1); }\nE2E_TEST(b) { e2e_fail(\"%%s\", \"b\"); }\nE2E_MAIN()\n";
	e2e_result r;
	const char *command;
	e2e_setenv("CFLAGS", e2e_printf("-O0 -I%.*s", (int)(strrchr(driver, '/') - driver), driver));
	text_file("t/it is.c", e2e_printf(test, 2));
	r = e2e_run(driver, "t/it is.c", "::", "-k", "a", "--timeout", "50");
	e2e_is_int(r.status, 1);
	command = e2e_printf("%s 't/it is.c' :: -k '^a$' --seed 7 --timeout 50", driver);
	r = e2e_run(driver, "t/it is.c", "::", "-k", "a", "--timeout", "50", "--seed", "7");
	e2e_ok(strstr(r.out, e2e_printf("\n  repeat: %s\n", command)) != NULL, "%s in %s", command, r.out);
	e2e_is_int(e2e_run("sh", "-c", command).status, 1);
	text_file("t/it is.c", e2e_printf(test, 1));
	e2e_is_int(e2e_run("sh", "-c", command).status, 0, "it is mended");
}

/* Tests with e2e.h share its functions, compiled once; what can't have them so is built as a whole. */
E2E_TEST(functions_of_the_header_are_compiled_once)
{
	static const char test[] = "#include \"e2e.h\"\nE2E_TEST(a) { e2e_is_int(1, 1); }\nE2E_MAIN()\n";
	e2e_result r;
	e2e_setenv("CFLAGS", e2e_printf("-O0 -I%.*s", (int)(strrchr(driver, '/') - driver), driver));
	script("cc.log.sh", "case \"$*\" in *IMPLEMENT*) echo functions ;; *EXTERN*) echo test ;; *.o*) echo link ;; *) echo whole ;; esac "
	                    ">>compiled; exec cc \"$@\"\n");
	text_file("t/a.c", test);
	text_file("t/b.c", test);
	r = e2e_run(driver, "t/a.c", "t/b.c");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_is_str(r.err, "");
	e2e_is_str(read_file("compiled"), "test\nfunctions\nlink\ntest\nlink\n");
	remove("compiled");
	text_file("t/a.c", e2e_printf("%s/* changed */\n", test));
	e2e_run(driver, "t/a.c");
	e2e_is_str(read_file("compiled"), "test\nlink\n");
	remove("compiled");
	text_file("t/a.c", "#define E2E_SHORT_NAMES\n#include \"e2e.h\"\nE2E_TEST(a) { is_int(1, 1); }\nE2E_MAIN()\n");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	text_file("t/a.c", "/* e2e: b.c */\n#include \"e2e.h\"\nE2E_TEST(a) { e2e_is_int(1, 1); }\n");
	remove("compiled");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_is_str(read_file("compiled"), "whole\n", "several sources");
}

/* An error is told once, by the plain way. */
E2E_TEST(what_does_not_compile_with_them)
{
	e2e_result r;
	e2e_setenv("CFLAGS", e2e_printf("-O0 -I%.*s", (int)(strrchr(driver, '/') - driver), driver));
	text_file("t/a.c", "#include \"e2e.h\"\nE2E_TEST(a) { e2e_is_int(x, 1); }\nE2E_MAIN()\n");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "t/a\\.c:2:[0-9]+: error: ");
	e2e_unlike(r.err, "error: .*error: ");
	text_file("t/a.c", "#include \"e2e.h\"\n#ifdef E2E_EXTERN\n#error no\n#endif\nE2E_TEST(a) { e2e_is_int(1, 1); }\nE2E_MAIN()\n");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_is_str(r.err, "");
}

/* What a beginner does, and what the compiler says of it that a beginner can't know. */
E2E_TEST(advice)
{
	e2e_setenv("CFLAGS", e2e_printf("-O0 -I%.*s", (int)(strrchr(driver, '/') - driver), driver));
	text_file("t/a.c", "#include \"e2e.h\"\nE2E_TEST(a) { e2e_pass(); }\n");
	e2e_result r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "\nprove: t/a.c has cases and no main\\(\\): end it with E2E_MAIN\\(\\)\n");

	text_file("t/a.c", "#include \"e2e.h\"\nE2E_TEST(a) { e2e_spawn(\"ls\"); }\nE2E_MAIN()\n");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "\nprove: e2e_spawn is in e2e_proc.h, which t/a.c does not include\n");

	text_file("t/e2e_xmpp.h", "#include <nowhere/strophe.h>\n");
	text_file("t/a.c", "#include \"e2e_xmpp.h\"\nE2E_TEST(a) { e2e_pass(); }\nE2E_MAIN()\n");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "\nprove: t/a.c includes e2e_xmpp.h, but names no packages to build it with: it needs the line "
	                "/\\* e2e: libstrophe openssl libsodium \\*/\n");
	text_file("t/a.c", "#include \"e2e_xmpp.h\"\nE2E_TEST(a) { e2e_pass(; }\nE2E_MAIN()\n");
	text_file("t/e2e_xmpp.h", "#include <e2e_proc.h>\n");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 1);
	e2e_unlike(r.err, "prove: ", "another mistake");

	text_file("t/a.c", "#include \"e2e_proc.h\"\nE2E_TEST(a) { e2e_login(1); }\nE2E_MAIN()\n");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 1);
	e2e_unlike(r.err, "prove: ", "nobody has it");
}

/* Functions without TLS don't serve a test with it, though it calls none of OpenSSL itself. */
/* gcov finds what was counted beside what the compiler has written of the source, after a change as well. */
E2E_TEST(coverage, .timeout = 120)
{
	static const char *const sums[] = {"int sum(int a) { return a > 1 ? 1 : 0; }\n", "int sum(int a)\n{\n\tif (a > 1)\n\t\treturn 1;\n\treturn 0;\n}\n"};

	e2e_require_command("gcov");
	e2e_setenv("CC", "gcc");
	e2e_setenv("CFLAGS", e2e_printf("-O0 --coverage -I%s", started_in));
	text_file("t/a.c", "/* e2e: sum.c */\n#include \"e2e.h\"\nint sum(int a);\nE2E_TEST(a) { e2e_is_int(sum(1), 0); }\nE2E_MAIN()\n");
	for (int i = 0; i < 2; i++) {
		text_file("t/sum.c", sums[i]);
		e2e_is_int(e2e_run(driver, "t/a.c").status, 0);
		e2e_is_int(e2e_run(driver, "t/a.c").status, 0, "from the cache");
		e2e_result r = e2e_run("sh", "-c", "gcov -n cache/c/a.c.*/*-sum.gcda");
		e2e_is_int(r.status, 0);
		e2e_like(r.out, i ? "sum\\.c'\nLines executed:75.00% of 4\n" : "sum\\.c'\nLines executed:100.00% of 1\n");
	}
}

E2E_TEST(no_compiler)
{
	e2e_result r;

	e2e_setenv("CC", "nonesuch -O2");
	text_file("t/a.c", "#include \"e2e.h\"\nE2E_TEST(a) { e2e_pass(); }\nE2E_MAIN()\n");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "prove: there is no C compiler nonesuch to build t/a\\.c with: .* by CC");
}

E2E_TEST(defined_in_the_source)
{
	e2e_result r;
	if (!system("pkg-config --exists openssl"))
		e2e_pass("OpenSSL is here");
	else
		e2e_skip("no OpenSSL for pkg-config");
	e2e_setenv("CFLAGS", e2e_printf("-O0 -I%.*s", (int)(strrchr(driver, '/') - driver), driver));
	text_file("t/a.c", "/* e2e: openssl */\n#define E2E_OPENSSL\n#include \"e2e_proc.h\"\n"
	                   "E2E_TEST(a) { e2e_cmp_int(e2e_mailbox_open()->smtps_port, \">\", 0); }\nE2E_MAIN()\n");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
}

E2E_TEST(errors_of_the_compiler_are_the_failure)
{
	e2e_result r;
	text_file("t/a.c", "int main(void) { return x; }\n");
	r = e2e_run(driver, "t/a.c");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "(^|\n)t/a\\.c:1:25: error: ");
	e2e_like(r.out, "^t/a\\.c \\.\\. \nnot ok 1 - compile t/a\\.c\nDubious, test returned 1 .*\nFailed 1/1 subtests \n");
}

E2E_TEST(clearing_the_cache)
{
	e2e_result r;
	text_file("t/a.c", "#include <stdio.h>\nint main(void) { puts(\"1..1\\nok 1\"); return 0; }\n");
	e2e_run(driver, "t/a.c");
	e2e_ok(access("cache/c", F_OK) == 0 && access("cache/CACHEDIR.TAG", F_OK) == 0, "the cache is there");
	r = e2e_run(driver, "--clear-cache");
	e2e_is_int(r.status, 0);
	e2e_ok(access("cache/c", F_OK) != 0 && access("cache/CACHEDIR.TAG", F_OK) == 0, "the cache is empty");
	text_file("mine/file", "");
	e2e_setenv("E2E_CACHE", "mine");
	r = e2e_run(driver, "--clear-cache");
	e2e_is_int(r.status, 1);
	e2e_is_str(r.err, "prove: mine holds no CACHEDIR.TAG of ours, so it is left alone: remove it yourself, or set E2E_CACHE\n");
	e2e_ok(access("mine/file", F_OK) == 0, "what is not ours stays");
}

/* A folder without any .t: what has e2e.h and a main is a test, what is a part of one, or another program, isn't */
E2E_TEST(a_folder_of_sources)
{
	e2e_result r;

	text_file("t/b.c", "/* e2e: part.c */\n#include \"e2e.h\"\nvoid part(void);\nE2E_TEST(b) { part(); }\nE2E_MAIN()\n");
	text_file("t/part.c", "#include \"e2e.h\"\nvoid part(void) { e2e_pass(); }\n");
	text_file("t/other.c", "int main(void) { return 1; }\n");
	text_file("t/deep/new\nline.c", "#include <e2e_proc.h>\nint main(void) { return 0; }\n");
	text_file("t/note.txt", "");

	e2e_is_str(e2e_run(driver, "-D", "t").out, "t/b.c\n");
	e2e_is_str(e2e_run(driver, "-D").out, "t/b.c\n", "and where none is named");
	e2e_is_str(e2e_run(driver, "-D", "-r", "t").out, "t/b.c\nt/deep/new\nline.c\n");
	e2e_is_str(e2e_run(driver, "-D", "--ext", ".t", "t").out, "", "only what --ext says");
	e2e_is_str(e2e_run(driver, "-D", "--ext", ".c", "t").out, "t/b.c\nt/other.c\nt/part.c\n");
	script("t/a.t", "echo 1..1; echo ok 1\n");
	e2e_is_str(e2e_run(driver, "-D", "-r", "t").out, "t/a.t\n", "a folder with a .t has been built");

	r = e2e_run("cp", e2e_printf("%.*se2e.h", (int)(strlen(driver) - strlen("prove")), driver), ".");
	e2e_run("rm", "t/a.t");
	r = e2e_run(driver, "t");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_like(r.out, "^t/b\\.c \\.\\. ok\n");
}

E2E_MAIN()
