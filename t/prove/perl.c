/* Tests in Perl, as Perl's prove runs them: without a #! line, executable or not, with the switches that are asked for; and
 * whole distributions beside Perl's prove. */
#include "driver.h"

E2E_SETUP()
{
	enter();
	e2e_require_command("perl");
	e2e_setenv("HARNESS_PERL", NULL);
	e2e_setenv("HARNESS_PERL_SWITCHES", NULL);
	e2e_setenv("PERL5OPT", NULL);
}

/* A point for what the first argument, warnings and taint mode are */
#define PERL "print \"1..1\\nok 1 - \", join(' ', 'perl', @ARGV, \"W$^W\", \"T${^TAINT}\"), \"\\n\";\n"

/* What the one point of the test says */
static const char *said(const char *test, const char *option)
{
	e2e_result r = option ? e2e_run(driver, "-v", option, test, "::", "a  b") : e2e_run(driver, "-v", test, "::", "a  b");
	const char *at = strstr(r.out, "ok 1 - ");
	const char *end = at ? strchr(at, '\n') : NULL;

	return end ? e2e_printf("%.*s", (int)(end - at - 7), at + 7) : e2e_printf("%s%s", r.out, r.err);
}

E2E_TEST(no_first_line)
{
	static const char *const names[] = {"t/bare.t", "t/bare.pl", "t/bare", "-dash.t", "new\nline.t", "with 'quote.t"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *test = names[i][0] == '-' ? "./-dash.t" : names[i];

		text_file(names[i], PERL);
		e2e_is_str(said(test, NULL), "perl a  b W0 T0", "%s", names[i]);
		chmod(names[i], 0755);
		if (strchr(names[i], '.'))
			e2e_is_str(said(test, NULL), "perl a  b W0 T0", "%s, executable", names[i]);
	}
	text_file("t/bare.t", "use strict;\n" PERL);
	e2e_is_int(e2e_run(driver, "-j2", "t/bare.t", "t/bare.pl").status, 0);
}

E2E_TEST(first_lines)
{
	static const char *const lines[] = {"#!perl", "#!/usr/bin/env perl", "#!/no/such/bin/perl", "#! perl", "#!perl\r"};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		text_file("a.t", e2e_printf("%s\n%s", lines[i], PERL));
		e2e_is_str(said("a.t", NULL), "perl a  b W0 T0", "%s", lines[i]);
		e2e_is_str(said("a.t", "-w"), "perl a  b W1 T0", "%s, with -w", lines[i]);
		chmod("a.t", 0755);
		e2e_is_str(said("a.t", NULL), "perl a  b W0 T0", "%s, executable", lines[i]);
	}
	text_file("a.t", "#!perl -T\n" PERL);
	e2e_is_str(said("a.t", NULL), "perl a  b W0 T1");
	text_file("lib dir/Mine.pm", "package Mine; 1;\n");
	text_file("a.t", "#!perl -T\nuse Mine;\n" PERL);
	e2e_is_str(said("a.t", "-Ilib dir"), "perl a  b W0 T1", "taint mode has the folders of PERL5LIB");
	text_file("a.t", "#!/usr/bin/env perl -w\n" PERL);
	e2e_is_str(said("a.t", NULL), "perl a  b W1 T0");
}

/* A program that was compiled, and a shell script, are none of Perl's */
E2E_TEST(what_is_not_perl)
{
	text_file("a.c", "#include <stdio.h>\nint main(void) { puts(\"1..1\\nok 1 - c\"); return 0; }\n");
	e2e_require_command("cc");
	e2e_is_int(e2e_run("cc", "-o", "a.t", "a.c").status, 0);
	e2e_is_str(said("a.t", NULL), "c");
	e2e_is_str(said("a.t", "-w"), "c");
	script("b.t", "echo 1..1; echo ok 1 - sh\n");
	e2e_is_str(said("b.t", NULL), "sh");
	chmod("b.t", 0644);
	e2e_is_str(said("b.t", "-w"), "sh");
	text_file("c.t", "echo 1..1; echo ok 1 - sh\n");
	e2e_is_str(said("c.t", "-esh"), "sh");
}

E2E_TEST(switches)
{
	text_file("lib dir/Mine.pm", "package Mine; BEGIN { $^W = 1 } 1;\n");
	text_file("a.t", PERL);
	e2e_is_str(said("a.t", "-w"), "perl a  b W1 T0");
	e2e_is_str(said("a.t", "-T"), "perl a  b W0 T1");
	e2e_setenv("HARNESS_PERL_SWITCHES", "-w");
	e2e_is_str(said("a.t", NULL), "perl a  b W1 T0");
	script("b.t", "echo 1..1; echo ok 1 - sh\n");
	e2e_is_str(said("b.t", NULL), "sh");
	e2e_setenv("HARNESS_PERL_SWITCHES", "-I'lib dir' -MMine");
	e2e_is_str(said("a.t", NULL), "perl a  b W1 T0", "words with quotes");
	e2e_setenv("HARNESS_PERL_SWITCHES", "-w $(touch pwned) `touch pwned`");
	said("a.t", NULL);
	e2e_is_int(access("pwned", F_OK), -1, "nothing of it is evaluated");
	e2e_setenv("HARNESS_PERL_SWITCHES", NULL);
	e2e_is_str(said("a.t", "-Mlib='lib dir'"), "perl a  b W0 T0");
	e2e_like(e2e_run(driver, "-v", "-Ilib dir", "-T", "-MMine", "a.t").out, "ok 1 - perl W1 T1");
}

E2E_TEST(another_perl)
{
	text_file("a.t", PERL);
	script("my perl", "echo 1..1; echo ok 1 - mine\n");
	e2e_setenv("HARNESS_PERL", e2e_printf("%s/my perl", e2e_tmpdir()));
	e2e_is_str(said("a.t", NULL), "mine");
	text_file("a.t", "#!/usr/bin/perl\n" PERL);
	e2e_is_str(said("a.t", NULL), "mine");
	text_file("a.t", PERL);
	e2e_setenv("HARNESS_PERL", "/no/perl");
	e2e_like(e2e_run(driver, "a.t").err, "^prove: \\./a\\.t has no #! line, so perl is to run it, which is not here: install perl,");
}

E2E_MAIN()
