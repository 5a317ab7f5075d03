/* e2e_dies and e2e_captured_output: used here, and by t/core/broken/dies.c in ways that fail. */
#include "../golden.h"
#include <assert.h>

static int changed;

E2E_TEST(by_a_signal_or_an_exit)
{
	int evaluated = 0;

	e2e_dies(E2E_SIG(SIGABRT)) abort();
	e2e_dies(3 * ++evaluated) {
		changed = 1;
		exit(3);
	}
	e2e_dies(0) _exit(0);
	e2e_dies(E2E_SIG(SIGTERM)) raise(SIGTERM);
	e2e_is_int(evaluated, 1);
	e2e_is_int(changed, 0, "the block had a memory of its own");
}

E2E_TEST(assertions_in_the_block_count)
{
	e2e_dies(4) {
		e2e_is_int(1, 1, "said by the child");
		_exit(4);
	}
}

E2E_TEST(one_in_another)
{
	e2e_dies(5) {
		e2e_dies(E2E_SIG(SIGKILL)) raise(SIGKILL);
		_exit(5);
	}
}

E2E_TEST(its_stderr_can_be_captured)
{
	char *err;

	e2e_captured_output(NULL, &err) {
		e2e_dies(2) {
			fprintf(stderr, "no such option\n");
			exit(2);
		}
	}
	e2e_is_str(err, "no such option\n");
}

E2E_TEST(stdout_and_stderr)
{
	const char *out;
	char *err;

	printf("before\n");
	e2e_captured_output(&out, &err) {
		printf("one\n");
		fflush(stdout);
		fprintf(stderr, "two\n");
		e2e_is_int(system("echo three; echo four >&2"), 0);
	}
	printf("behind\n");
	e2e_is_str(out, "one\nthree\n");
	e2e_is_str(err, "two\nfour\n");
}

E2E_TEST(both_in_one)
{
	char *both, *none;

	e2e_captured_output(&both, &both) {
		setvbuf(stdout, NULL, _IONBF, 0);
		printf("one\n");
		fprintf(stderr, "two\n");
		printf("three\n");
	}
	e2e_is_str(both, "one\ntwo\nthree\n");
	e2e_captured_output(&none, NULL) (void)0;
	e2e_is_str(none, "");
}

E2E_TEST(one_capture_in_another)
{
	char *inner = NULL, *outer;

	e2e_captured_output(&outer, NULL) {
		printf("a");
		e2e_captured_output(&inner, NULL) printf("b");
		printf("c");
	}
	e2e_is_str(inner, "b");
	e2e_is_str(outer, "ac");
}

static char *left;

static void leave_by_return(void)
{
	e2e_captured_output(&left, NULL) {
		printf("left");
		return;
	}
}

E2E_TEST(a_block_that_is_left)
{
	char *text;

	e2e_captured_output(&text, NULL) {
		printf("begun");
		if (text == NULL)
			break;
		printf(" and ended");
	}
	e2e_is_str(text, "begun");
	leave_by_return();
	e2e_is_str(left, "left");
}

E2E_TEST(a_skip_gives_stdout_back)
{
	char *out = NULL, *all;

	e2e_captured_output(&all, NULL) {
		e2e_subtest("skips") {
			e2e_captured_output(&out, NULL) {
				e2e_is_int(write(1, "inside\n", 7), 7);
				e2e_skip("on purpose");
			}
		}
		e2e_is_int(write(1, "outside\n", 8), 8);
	}
	e2e_is_str(out, NULL);
	e2e_is_str(all, "inside\noutside\n", "where it would have gone without the block");
}

/* More than there is evidence for at once, and no descriptor is left. */
E2E_TEST(many)
{
	int before = dup(1), i;
	char *text;

	close(before);
	for (i = 0; i < 200; i++)
		e2e_captured_output(&text, NULL) printf("%d", i);
	e2e_is_str(text, "199");
	i = dup(1);
	close(i);
	e2e_is_int(i, before);
}

E2E_TEST(reports, .timeout = 120)
{
	golden("dies", "dies_otherwise", 1);
	golden("dies", "says_much", 1);
	golden("dies", "comes_back", 1);
	golden("dies", "must_in_the_block", 1);
	golden("dies", "hangs", 1);
	golden("dies", "fails_in_the_capture", 1);
}

E2E_TEST(a_crash_loses_nothing)
{
	e2e_result r = e2e_run(broken("dies"), "-k", "crashes_in_the_capture");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n  captured_stderr: \\|\n    \\(all of [^\n]*/captured-[^\n]*\\)\n"
			"    assertion failed: who knows\n");
}

E2E_TEST(in_the_programs_own_process, .timeout = 120)
{
	e2e_result r = e2e_run(broken("dies"), "--no-fork", "-k", "^(dies_otherwise|well)$");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n    not ok 2 - dies of SIGABRT\n");
	e2e_like(r.out, "\nok 2 - well\n");
}

/* With few descriptors stdout comes back, too. */
E2E_TEST(few_descriptors)
{
	struct rlimit few;
	char *text;

	e2e_must(e2e_is_int(getrlimit(RLIMIT_NOFILE, &few), 0));
	few.rlim_cur = 64;
	e2e_must(e2e_is_int(setrlimit(RLIMIT_NOFILE, &few), 0));
	e2e_captured_output(&text, NULL) printf("kept\n");
	e2e_is_str(text, "kept\n");
	e2e_cmp_int(fcntl(1, F_GETFD), ">=", 0, "and stdout is there again");
}

E2E_TEST(files_that_may_not_grow)
{
	e2e_result r = e2e_run("sh", "-c", "(ulimit -f 0; \"$0\" -k '^well$' 2>&1) | cat", broken("dies"));

	e2e_like(r.out, "\nnot ok 1 - well\n  ---\n  message: \"cannot capture stdout: files may not grow to 1 MiB here [(]ulimit -f[)]\"\n");
}

E2E_MAIN()
