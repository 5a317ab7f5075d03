/* What happened before a failure: in the report and in story.jsonl. */
#include "../golden.h"

#include <sys/wait.h>

static const char *folder;

/* Runs a case of broken/story.bin with a TMPDIR of its own. */
static const char *report_of(const char *name)
{
	folder = e2e_printf("%s/%s", e2e_tmpdir(), name);
	e2e_must(e2e_is_int(mkdir(folder, 0700), 0));
	e2e_setenv("TMPDIR", folder);
	return e2e_run(broken("story"), "-k", e2e_printf("^%s$", name)).out;
}

/* story.jsonl of the one folder that the run has kept */
static const char *kept(const char *name)
{
	return e2e_run("sh", "-c", "cat \"$1\"/e2e-story.bin.\"$2\"-*/story.jsonl", "sh", folder, name).out;
}

#define AT "\\+[0-9]+\\.[0-9]{3} "

E2E_TEST(told)
{
	const char *out = report_of("told"), *all;

	e2e_like(out, "\n  story: \\|\n"
		"    " AT "test            \\| first\n"
		"    " AT "queue           \\| 3 jobs \"wait\"\n"
		"    " AT "test            \\| 2 assertions pass, the last: two\n"
		"    " AT "test            ! three\n"
		"    " AT "a child with a  \\| two lines\tand a \\\\x1b\n"
		"    " AT "queue           \\| 0{148}\\.\\.\\.\n"
		"  folder: ");
	all = kept("told");
	e2e_like(all, "^\\{\"t\":0\\.[0-9]{6},\"lane\":\"test\",\"kind\":\"pass\",\"odd\":false,\"text\":\"first\"}\n");
	e2e_like(all, "\"lane\":\"queue\",\"kind\":\"event\",\"odd\":false,\"text\":\"3 jobs \\\\\"wait\\\\\"\"}\n");
	e2e_like(all, "\"kind\":\"pass\",\"odd\":false,\"times\":2,\"text\":\"two\"}\n");
	e2e_like(all, "\"kind\":\"fail\",\"odd\":true,\"text\":\"three\"}\n");
	e2e_like(all, "\"text\":\"two lines\\\\tand a \\\\\\\\x1b\"}\n");
	e2e_is_int(e2e_run("python3", "-c", "import json,sys\nfor line in open(sys.argv[1]): json.loads(line)",
		e2e_run("sh", "-c", "printf %s \"$1\"/*/story.jsonl", "sh", folder).out).status, 0, "JSON");
}

/* Those that are over, and had nothing but assertions that passed, are told by these. */
E2E_TEST(subtests)
{
	e2e_like(report_of("subtests"), "\n  story: \\|\n"
		"    " AT "queue \\| is open\n"
		"    " AT "test  \\| 4001 assertions pass, the last: quiet 999\n"
		"    " AT "test  \\| subtest begins: skips\n"
		"    " AT "test  \\| subtest skipped: skips: no queue\n"
		"    " AT "test  \\| subtest begins: outer\n"
		"    " AT "test  \\| 2 assertions pass, the last: closed\n"
		"    " AT "test  \\| subtest begins: last\n"
		"    " AT "test  ! wrong\n"
		"    " AT "test  ! last\n"
		"    " AT "test  ! outer\n"
		"  folder: ");
	e2e_like(kept("subtests"), "\"kind\":\"subtest\",\"odd\":false,\"text\":\"subtest begins: outer\"}\n");
	e2e_unlike(report_of("only_subtests"), "story: ");
}

/* When it was over it is told when it began. */
E2E_TEST(limits)
{
	e2e_like(report_of("a_limit"), "\n  story: \\|\n"
		"    " AT "queue \\| is open\n"
		"    " AT "test  \\| a limit of 0\\.25 s begins: t/core/broken/story\\.c:[0-9]+\n"
		"    " AT "test  \\| it goes on\n"
		"    " AT "test  ! timed out after 0\\.25 s\n"
		"  folder: ");
	e2e_like(kept("a_limit"), "\"kind\":\"limit\",\"odd\":false,\"text\":\"a limit of 0.25 s begins: ");
	e2e_like(report_of("a_deaf_limit"), "\n    " AT "test  \\| a limit of 0\\.25 s begins: t/core/broken/story\\.c:[0-9]+\n"
		"    " AT "test  \\| it goes on\n"
		"    " AT "test  ! timed out after 0\\.25 s\n");
}

E2E_TEST(survives_a_kill)
{
	e2e_like(report_of("crashes"), "\n  story: \\|\n    " AT "queue \\| before\n    " AT "test  ! died of SIGKILL before its first assertion\n");
	e2e_like(kept("crashes"), "\"text\":\"before\"}\n.*\"kind\":\"exit\",\"odd\":true,");
}

E2E_TEST(bounded)
{
	const char *out = report_of("many"), *all;

	e2e_like(out, "\n    \\(40 of 1001 events\\)\n    " AT "loop \\| turn 961\n");
	e2e_unlike(out, "turn 960");
	all = kept("many");
	e2e_like(all, "^\\{\"t\":0,.*\"text\":\"489 events before these are not kept\"}\n.*\"text\":\"turn 489\"}\n");
	e2e_like(all, "\"text\":\"at the end\"}\n$");
}

/* It has room where nothing else needs it. */
E2E_TEST(dull)
{
	const char *out = report_of("dull"), *all = kept("dull");

	e2e_like(out, "\n    \\(40 of 68 events\\)\n"
		"    " AT "b\xc3\xa4r      \\| it matters\n"
		"    " AT "proxy:1  \\| connection 1: accepted\n"
		"    \\.\\.\\.\n"
		"    " AT "proxy:1  \\| connection 1: 28 bytes to the client\n");
	e2e_like(out, AT "client-1 \\| > <r xmlns=\"urn:xmpp:sm:3\"/>\n");
	e2e_like(out, AT "server   \\| \\[info\\] up\n"
		"    " AT "server   \\| c2s1 info\tcome\n"
		"    " AT "server   \\| he informs\n");
	e2e_unlike(all, "\"text\":\"\"");
}

E2E_TEST(nothing_to_tell)
{
	e2e_unlike(report_of("nothing_told"), "story: ");
	e2e_is_str(kept("nothing_told"), "");
	e2e_unlike(report_of("passes"), "story: ");
	e2e_is_str(kept("passes"), "");
	e2e_like(e2e_run(broken("story"), "--keep", "-k", "^passes$").out, "\nok 1 - passes\n# kept: ");
	e2e_like(kept("passes"), "\"text\":\"of no use\"}\n");
}

E2E_TEST(forked_writers)
{
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			for (int k = 0; k < 200; k++)
				e2e_event("child", "turn %d of %d", k, i);
			_exit(0);
		}
	for (int i = 0; i < 3; i++)
		wait(NULL);
	e2e_pass("the lock lets each in");
}

E2E_MAIN()
