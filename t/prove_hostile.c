/* Streams and tests that do their worst. */
#include "prove/driver.h"

E2E_SETUP()
{
	enter();
}

static e2e_result both(const char *name)
{
	e2e_result one = e2e_run(driver, name), two = e2e_run(driver, "-j2", name, name);
	e2e_is_str(tidy(two.out), tidy(one.out), "%s: the same with -j2", name);
	return one;
}

E2E_TEST(nul_bytes)
{
	script("a.t", "printf '1..3\\nok 1 - a\\0b\\nok 2\\n\\0\\0\\nok 3\\n\\0'\n");
	e2e_like(both("a.t").out, "^a\\.t \\.\\. ok\n.*Tests=3,");
}

E2E_TEST(a_line_of_100_mb, .timeout = 120)
{
	script("a.t", "echo 1..2; echo ok 1; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo ok 2\n");
	e2e_like(e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "a.t").out, "^a\\.t \\.\\. ok\n.*Tests=2,");
}

/* E2E_T_MUCH=1000 makes it a gigabyte */
E2E_TEST(much_output, .timeout = 600)
{
	const char *megabytes = getenv("E2E_T_MUCH") ? getenv("E2E_T_MUCH") : "100";
	script("a.t", e2e_printf("echo 1..2; echo ok 1; yes '# rubbish that a loop prints' | head -c %s000000; echo; echo ok 2\n", megabytes));
	e2e_like(e2e_run_with((e2e_spawn_opts){.timeout = 500}, driver, "a.t").out, "^a\\.t \\.\\. ok\n.*Tests=2,");
}

E2E_TEST(subtests_50_deep, .timeout = 120)
{
	script("a.t", "echo TAP version 14; awk 'BEGIN { for (d = 50; d > 0; d--) { pad = sprintf(\"%\" d * 4 \"s\", \"\"); print pad \"1..500\"\n"
	              "for (i = 1; i <= 500; i++) print pad (i == 77 && d == FAIL ? \"not ok \" : \"ok \") i } print \"ok 1\"; print \"1..1\" }' FAIL=$1\n");
	script("b.t", "echo TAP version 14; awk -v fail=50 'BEGIN { for (d = 50; d > 0; d--) { pad = sprintf(\"%\" d * 4 \"s\", \"\"); print pad \"1..5\"\n"
	              "for (i = 1; i <= 5; i++) print pad (i == 3 && d == fail ? \"not ok \" : \"ok \") i } print \"ok 1\"; print \"1..1\" }'\n");
	e2e_like(e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "a.t").out, "^a\\.t \\.\\. ok\n");
	e2e_is_int(e2e_run(driver, "b.t").status, 1, "a failure at depth 50 is seen");
}

E2E_TEST(yaml_of_100_000_lines)
{
	e2e_result r;
	script("a.t", "echo TAP version 14; echo 1..1; echo not ok 1; echo '  ---'\n"
	              "awk 'BEGIN { for (i = 0; i < 100000; i++) print \"  key\" i \": value\" }'; echo '  ...'\n");
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 1);
	e2e_cmp_int((int)strlen(r.out), "<", 10000, "the report stays short");
}

E2E_TEST(many_failures_in_no_order)
{
	e2e_result r;
	script("a.t", "echo 1..3000; awk 'BEGIN { for (i = 3000; i > 0; i--) print (i % 2 ? \"not \" : \"\") \"ok \" i }'\n");
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "a\\.t \\(Wstat: 0 Tests: 3000 Failed: 1500\\)\n  Failed tests:  1, 3, 5, 7,");
}

E2E_TEST(a_test_that_removes_the_spool_folder)
{
	e2e_result r;
	stream("b.t", "1..1\nok 1\n", 0);
	stream("c.t", "1..1\nok 1\n", 0);
	stream("d.t", "1..1\nok 1\n", 0);
	mkdir("tmp", 0777);
	e2e_setenv("E2E_SPOOL", e2e_printf("%s/tmp", e2e_tmpdir()));
	script("a.t", "echo 1..1; echo ok 1; rm -rf tmp/prove.*\n");
	r = e2e_run(driver, "a.t", "b.t", "c.t", "d.t");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "a\\.t \\(.*\n  Parse errors: The output could not be read: was its folder removed\\?\n");
	e2e_like(r.out, "\nc\\.t \\.\\. ok\nd\\.t \\.\\. ok\n", "the others go on");
}

E2E_TEST(a_test_that_removes_itself)
{
	script("a.t", "rm \"$0\"; echo 1..1; echo ok 1\n");
	e2e_is_int(e2e_run(driver, "a.t").status, 0);
	script("a.t", "rm b.t; echo 1..1; echo ok 1\n");
	stream("b.t", "1..1\nok 1\n", 0);
	e2e_like(e2e_run(driver, "a.t", "b.t").err, "prove: \\./b\\.t is not there any more, or is no file\n");
}

E2E_TEST(no_folder_for_temporary_files)
{
	e2e_result r;
	stream("a.t", "1..1\nok 1\n", 0);
	e2e_setenv("TMPDIR", "/nonexistent");
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 0, "another one is found: %s", r.err);
}

/* A spool folder without room: the test fails, and is not taken for one that has nothing to say */
E2E_TEST(no_room_for_the_output)
{
	e2e_result r;
	mkdir("tmp", 0777);
	if (e2e_run("sh", "-c", "mount -t tmpfs -o size=1m none tmp 2>/dev/null").status != 0)
		e2e_skip("this test has to mount a small file system, which takes root");
	e2e_setenv("E2E_SPOOL", e2e_printf("%s/tmp", e2e_tmpdir()));
	script("a.t", "echo 1..2; echo ok 1; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo ok 2\n");
	r = e2e_run(driver, "a.t");
	e2e_run("umount", "-l", "tmp");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "Bad plan\\.  You planned 2 tests but ran 1\\.");
	e2e_like(r.out, "There is no room left for what tests print, so some of it is lost: set TMPDIR and E2E_SPOOL to a folder with room\n");
}

E2E_MAIN()
