/* Texts with commands that are run without a C file: prove README.md */
#include "driver.h"

E2E_SETUP()
{
	static const char *const headers[] = {"e2e.h", "e2e_proc.h"};

	enter();
	for (size_t i = 0; i < 2; i++)
		text_file(headers[i], e2e__file_read(e2e_printf("%s/%s", started_in, headers[i]), NULL));
}

static const char login[] = "How to log in\n\n    $ echo \"hi ${user:-nobody}\"\n    hi joe\n    $ false\n    [1]\n";

E2E_TEST(with_parameters, .timeout = 300)
{
	text_file("t/log in.txt", login);
	e2e_result r = e2e_run(driver, "-v", "t/log in.txt", "::", "-v", "user=joe");
	e2e_is_int(r.status, 0, "%s", r.out);
	e2e_like(r.out, "\n    ok 1 - echo \"hi \\$\\{user:-nobody\\}\"\n    ok 2 - false\n    1\\.\\.2\nok 1 - scenario\n");
	e2e_is_str(r.err, "");
	r = e2e_run(driver, "t/log in.txt", "::", "user=Jim K", "-k", "scenario");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nt/log in.txt:3: the output differs\n");
	e2e_like(r.out, "\n *- hi joe\n *\\+ hi Jim K\n");
	e2e_like(r.out, "repeat: .*/prove 't/log in.txt' :: -k '\\^scenario\\$' --seed [0-9]+ 'user=Jim K'\n");
	e2e_like(r.out, "folder: .*/e2e-log_in\\.txt\\.scenario-");
	r = e2e_run(driver, "t/log in.txt", "::", "usr=joe");
	e2e_like(r.out, "hint: .*the parameter usr stands nowhere in t/log in\\.txt: is its name right");
	r = e2e_run(driver, "t/log in.txt", "::", "--sender", "a=1", "user=joe");
	e2e_is_int(r.status, 0, "what follows an option is its value\n%s%s", r.out, r.err);
	r = e2e_run(driver, "t/log in.txt", "::", "joe");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "\"joe\" behind :: is neither an option nor a parameter of t/log in\\.txt: name=value\n");
}

E2E_TEST(markdown_and_update, .timeout = 300)
{
	text_file("README.md", "# x\n\n```console\n$ echo new\nold\n```\n\n    $ not a command\n");
	e2e_result r = e2e_run(driver, "README.md");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "README.md:4: the output differs");
	e2e_is_int(e2e_run(driver, "README.md", "::", "--update").status, 0);
	e2e_is_str(e2e__file_read("README.md", NULL), "# x\n\n```console\n$ echo new\nnew\n```\n\n    $ not a command\n");
	r = e2e_run(driver, "README.md");
	e2e_is_int(r.status, 0, "%s", r.out);
}

E2E_TEST(what_runs_by_itself)
{
	text_file("a.txt", "#!/bin/sh\necho 1..1\necho ok 1 - by its interpreter\n");
	script("b.md", "echo 1..1\necho ok 1 - by itself\n");
	e2e_result r = e2e_run(driver, "-v", "a.txt", "b.md");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_like(r.out, "ok 1 - by its interpreter\n");
	e2e_like(r.out, "ok 1 - by itself\n");
}

E2E_TEST(what_is_no_scenario, .timeout = 300)
{
	text_file("none.txt", "nothing to type\n");
	e2e_result r = e2e_run(driver, "none.txt");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "none.txt has no command\"?\n");
	e2e_must(e2e_is_int(unlink("e2e_proc.h"), 0));
	e2e_must(e2e_is_int(mkdir("alone", 0700), 0));
	text_file("alone/prove", e2e__file_read(driver, NULL));
	text_file("login.txt", login);
	r = e2e_run("sh", "alone/prove", "login.txt");
	e2e_is_int(r.status, 1);
	e2e_like(e2e_printf("%s%s", r.out, r.err), "login.txt is a scenario, for which e2e_proc.h has to be in this folder, beside it or beside prove");
}

E2E_MAIN()
