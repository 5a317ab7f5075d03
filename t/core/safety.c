/* What tested code can spoil is its own case: t/core/broken/safety.c writes over the memory of the results. */
#include "../golden.h"

/* Runs one case and the next one where nobody else can be hurt; with another user's rights there is no such place. */
static e2e_result spoil(const char *name)
{
	const char *cases = e2e_printf("^(%s|next)$", name);
	e2e_result r = e2e_run("unshare", "-rpf", "--mount-proc", "true");

	return r.status == 0 ? e2e_run("unshare", "-rpf", "--mount-proc", broken("safety"), "-k", cases)
			     : e2e_run(broken("safety"), "-k", cases);
}

#ifdef E2E__SANITIZED
#define DEATH "(died of SIGSEGV|exited with status 1 in the middle)" /* it may see the overrun first */
#else
#define DEATH "died of SIG(SEGV|BUS)"
#endif

E2E_TEST(an_overrun_stays_in_its_case, .timeout = 120)
{
	static const char *const names[] = {"ff", "letters", "ones", "zeros"};
	int i;

	for (i = 0; i < 4; i++) {
		e2e_result r = spoil(e2e_printf("overrun_of_%s", names[i]));

		e2e_is_int(r.status, 1);
		e2e_like(r.out, "\n    ok 1 - before\n    not ok 2 - " DEATH " after t/core/broken/safety.c:[0-9]+\n    1..2\n"
				"not ok 1 - overrun_of_");
		e2e_like(r.out, "\n    ok 1 - runs all the same\n    1..1\nok 2 - next\n$");
	}
}

E2E_TEST(a_wild_write_is_the_case_s, .timeout = 120)
{
	static const char *const names[] = {"ff", "letters", "zeros"};
	int i;

	for (i = 0; i < 3; i++) {
		e2e_result r = spoil(e2e_printf("wild_%s", names[i]));

		e2e_is_int(r.status, 1);
		e2e_like(r.out, "\nnot ok 1 - wild_[a-z]+\n  ---\n"
				"  message: \"the tested code wrote over the memory of the results\"\n");
		e2e_like(r.out, "\n    ok 1 - runs all the same\n    1..1\nok 2 - next\n$");
		e2e_cmp_int(strlen(r.out), "<", 4000);
	}
}

E2E_TEST(texts_and_numbers_are_checked, .timeout = 120)
{
	e2e_result r = spoil("wild_members");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 1 - wild_members\n  ---\n");
	e2e_like(r.out, "\n    ok 1 - runs all the same\n    1..1\nok 2 - next\n$");
}

E2E_TEST(all_shared_memory_is_guarded)
{
	size_t unit = (size_t)sysconf(_SC_PAGESIZE), size = 3 * unit + 1;
	char *p = (char *)e2e__page_share(size, -1);
	int out[2], i;

	e2e_must(e2e_ok(p != NULL));
	e2e_must(e2e_is_int(pipe(out), 0));
	for (i = 0; i < 2; i++) { /* what may not be read, write(2) refuses */
		e2e_is_int(write(out[1], i ? p + 4 * unit : p - 1, 1), -1);
		e2e_is_int(errno, EFAULT);
	}
	e2e_is_int(write(out[1], p + size - 1, 1), 1);
	e2e__page_unshare(p, size);
	e2e_is_int(write(out[1], p, 1), -1);
	close(out[0]);
	close(out[1]);
}

E2E_MAIN()
