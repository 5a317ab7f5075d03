/* Blocks that don't end as they should. Run by t/core/dies.c. */
#include "e2e.h"

E2E_TEST(dies_otherwise)
{
	e2e_dies(E2E_SIG(SIGTERM)) raise(SIGTERM);
	e2e_dies(E2E_SIG(SIGABRT)) {
		fprintf(stderr, "no\nroom\n");
		exit(3);
	}
	e2e_dies(1) raise(SIGKILL);
}

E2E_TEST(says_much)
{
	int i;

	e2e_dies(1) {
		for (i = 0; i < 1000; i++)
			fprintf(stderr, "the line of number %d, as long as the lines of reports are\n", i);
		exit(0);
	}
}

static void leaves(void)
{
	e2e_dies(1) return;
}

E2E_TEST(comes_back)
{
	e2e_dies(0) (void)0;
	e2e_dies(0) break;
	leaves();
}

E2E_TEST(must_in_the_block)
{
	e2e_dies(0) e2e_must(e2e_is_int(1, 2));
	e2e_pass("is not reached");
}

E2E_TEST(hangs)
{
	e2e_blocking_with_timeout(1) {
		e2e_dies(0) {
			fprintf(stderr, "waits for ever\n");
			for (;;)
				pause();
		}
	}
}

E2E_TEST(fails_in_the_capture)
{
	char *out, *err;

	e2e_captured_output(&out, &err) {
		printf("said before\n");
		fflush(stdout);
		fprintf(stderr, "and this\n");
		e2e_must(e2e_ok(out != NULL));
	}
}

E2E_TEST(crashes_in_the_capture)
{
	char *out, *err;

	e2e_captured_output(&out, &err) {
		fprintf(stderr, "assertion failed: who knows\n");
		abort();
	}
}

E2E_TEST(well)
{
	char *out;

	e2e_captured_output(&out, NULL) {
		printf("well\n");
		e2e_dies(1) _exit(1);
	}
	e2e_is_str(out, "well\n");
}

E2E_MAIN()
