/* The rooms of prove: they join to prove by every shell and every awk, make joins them anew, and lint sees
 * what breaks the house. */
#include "driver.h"

/* The rooms, what joins and checks them, and prove, in the case's folder */
static void house(void)
{
	if (access("src/prove/rooms", R_OK) != 0)
		e2e_skip("src/prove isn't here: a copy of prove alone is tested");

	enter();
	mkdir("t", 0777);
	e2e_must(e2e_is_int(e2e_run("cp", "-R", e2e_printf("%s/src", started_in), e2e_printf("%s/prove", started_in),
				    e2e_printf("%s/Makefile", started_in), ".")
				.status,
			    0));
	e2e_must(e2e_is_int(
	    e2e_run("cp", e2e_printf("%s/t/lint_prove", started_in), e2e_printf("%s/t/floors.awk", started_in), "t")
		.status,
	    0));
}

E2E_TEST(every_shell_and_awk_joins)
{
	static const char *const shells[] = {"dash", "bash", "busybox sh", "mksh", "yash"};
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};
	size_t i;

	house();
	for (i = 0; i < 5; i++)
		e2e_is_int(
		    e2e_run("sh", "-c",
			    e2e_printf("command -v %s >/dev/null || exit 0; %s src/join_prove | cmp - prove",
				       shells[i], shells[i]))
			.status,
		    0, "%s", shells[i]);

	for (i = 0; i < 4; i++) {
		script("bin/awk", e2e_printf("exec %s \"$@\"\n", awks[i]));
		e2e_is_int(e2e_run("sh", "-c",
				   e2e_printf("command -v %s >/dev/null || exit 0; PATH=$PWD/bin:$PATH; sh "
					      "src/join_prove | cmp - prove",
					      awks[i]))
			       .status,
			   0, "%s", awks[i]);
	}
}

E2E_TEST(make_joins_what_was_edited)
{
	static const char *const makes[] = {"make", "bmake"};
	e2e_result r;
	size_t i;

	e2e_require_command("make");
	e2e_require_command("bmake");
	house();
	e2e_setenv("MAKEFLAGS", NULL);
	e2e_setenv("MAKELEVEL", NULL);
	for (i = 0; i < 2; i++) {
		e2e_run("sh", "-c",
			e2e_printf("sed 's/a TAP 14 driver/joined by %s/' src/prove/help.sh >x && mv x "
				   "src/prove/help.sh",
				   makes[i]));
		e2e_run("sh", "-c",
			e2e_printf("sed 's/joined by [a-z]*/joined by %s/' src/prove/help.sh >x && mv x "
				   "src/prove/help.sh",
				   makes[i]));
		/* some makes count whole seconds */
		e2e_run("touch", "-t", "200001010000", "prove");
		r = e2e_run(makes[i], "prove");
		e2e_is_int(r.status, 0, "%s", r.err);
		r = e2e_run("./prove", "--version");
		e2e_ok(strstr(r.out, e2e_printf("joined by %s", makes[i])) != NULL, "%s", r.out);
	}
}

/* Each in at most three places besides its own file: an option is a line of the table and where it is used, a
 * report a line of the table, of the list and of those who are told. */
E2E_TEST(additions)
{
	e2e_result r;

	house();
	e2e_run("sh", "-c", "echo 'greet - NAME o_greet=nobody say hello to NAME' >>src/prove/options.txt");
	e2e_run("sh", "-c",
		"echo 'names - FILE* o_names write the names of tests to FILE' >>src/prove/options.txt");
	e2e_run("sh", "-c",
		"sed 's/^\tchoose_tools/\tsay \"hello $o_greet\"\\\n&/' src/prove/main.sh >x && mv x "
		"src/prove/main.sh");
	text_file("src/prove/report/names.awk",
		  "# --names\n\n#include \"brain/files.awk\"\n\nfunction names_report(event, t) {\n"
		  "\tif (event == \"open\") o_names = ENVIRON[\"o_names\"]\n\tif (o_names == \"\") return\n"
		  "\tif (event == \"test\") emit(name_of[t] (bad_now ? \" failed\" : \" passed\") \"\\n\", "
		  "spool \"/names\")\n"
		  "\tif (event == \"end\") publish(spool \"/names\", o_names)\n}\n");
	e2e_run("sh", "-c",
		"sed 's/^\treport.dump.awk.*/&\\\n\treport\\/names.awk --names/' src/prove/rooms >x && mv x "
		"src/prove/rooms");
	e2e_run(
	    "sh", "-c",
	    "sed -e 's/^\tdump_report.*/&\\\n\tnames_report(event, t)/' -e 's/^#include "
	    ".report.dump.*/&\\\n#include "
	    "\"report\\/names.awk\"/' src/prove/report/reports.awk >x && mv x src/prove/report/reports.awk");
	r = e2e_run("sh", "-c",
		    "sh src/join_prove >prove && cd src/prove && awk -f ../../t/floors.awk rooms");
	e2e_is_int(r.status, 0, "%s", r.err);

	stream("a.t", "1..1\nok 1\n", 0);
	stream("b.t", "1..1\nnot ok 1\n", 1);
	r = e2e_run("sh", "prove", "--gre=you", "--names", "out", "a.t", "b.t");
	e2e_like(r.out, "^hello you\n");
	e2e_is_str(read_file("out"), "a.t passed\nb.t failed\n");
	e2e_like(e2e_run("sh", "prove", "a.t").out, "^hello nobody\n");
	e2e_like(e2e_run("sh", "prove", "--help").out,
		 "     --greet NAME         say hello to NAME\n +--names FILE         write");
	e2e_like(e2e_run("sh", "prove", "--completion", "bash").out, " --greet --names ");
}

/* A list that names what isn't there makes no product */
E2E_TEST(a_missing_room)
{
	e2e_result r;

	house();
	e2e_run("rm", "src/prove/find.sh");
	r = e2e_run("sh", "src/join_prove");
	e2e_is_int(r.status, 1);
	e2e_is_str(r.err, "join_prove: can't read src/prove/find.sh, which rooms names\n");
	r = e2e_run("make", "-s", "prove");
	e2e_cmp_int(r.status, "!=", 0);
	e2e_is_int(access("prove.new", F_OK), -1, "nothing half is left");
}

/* A command that breaks the house, another that is to see it, and what that says; then it is whole again */
static void broken(const char *edit, const char *check, const char *complaint)
{
	e2e_result r;

	e2e_run("sh", "-c", edit);
	r = e2e_run("sh", "-c", check);
	e2e_cmp_int(r.status, "!=", 0, "%s", edit);
	e2e_ok(strstr(e2e_printf("%s%s", r.out, r.err), complaint) != NULL, "%s: %s%s", edit, r.out, r.err);
	e2e_run("rm", "-rf", "src");
	e2e_run("cp", "-R", e2e_printf("%s/src", started_in), e2e_printf("%s/prove", started_in), ".");
}

E2E_TEST(floors)
{
	static const char floors[] = "cd src/prove && awk -f ../../t/floors.awk rooms";

	house();
	e2e_is_int(e2e_run("sh", "-c", floors).status, 0);
	broken("echo 'up() { main; }' >>src/prove/base.sh", floors,
	       "calls main of main.sh, which it doesn't name by #include");
	broken("echo '#include \"main.sh\"' >>src/prove/base.sh", floors,
	       "main.sh doesn't stand above it in rooms");
	broken("echo 'function up() { give_all() }' >>src/prove/brain/text.awk", floors,
	       "calls give_all() of brain/workers.awk");
	broken("echo '#include \"brain/text.awk\"' >>src/prove/brain/ranges.awk", floors,
	       "names brain/text.awk and calls nothing of it");
	broken("echo 'say() { :; }' >>src/prove/find.sh", floors, "say is in base.sh too");
	broken("yes '# long' | head -n 900 >>src/prove/find.sh", floors, "are too many for a room");
}

/* Those who read the rooms as they are */
E2E_TEST(linters, .timeout = 300)
{
	static const char lint[] = "sh t/lint_prove";
	e2e_result r;

	e2e_require_command("shellcheck");
	e2e_require_command("gawk");
	e2e_require_command("xmllint");
	house();
	r = e2e_run("sh", "-c", lint);
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	broken("echo '# more' >>prove", lint, "prove differs from what src/join_prove makes");
	broken("echo 'stray() { echo \"$unknown_variable\"; }' >>src/prove/base.sh", lint,
	       "unknown_variable");
	broken("echo 'function shadow(run) { return run }' >>src/prove/brain/text.awk", lint,
	       "shadows global variable");
	broken("echo x >src/prove/stray.sh", lint, "src/prove/stray.sh isn't in src/prove/rooms");
	broken("echo '<p id=totals' >>src/prove/report/page.html", lint, "page.html");
}

E2E_MAIN()
