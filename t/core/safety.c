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
	static const char *const names[] = {"ff", "letters", "zeros", "everywhere"};
	int i;

	for (i = 0; i < 4; i++) {
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

/* A process beside the program, whose number the tested code writes where the program keeps its own ones. */
E2E_TEST(nobody_else_is_ended, .timeout = 120)
{
	static const char *const names[] = {"groups_overwritten", "groups_overwritten_in_a_hang"};
	const char *script =
		"setsid sleep 600 & BYSTANDER=$!; export BYSTANDER\n"
		"while read -r _ _ _ _ group _ </proc/$BYSTANDER/stat && [ $group != $BYSTANDER ]; do :; done\n"
		"\"$0\" -k \"$1\"; echo status $?\n"
		"kill $BYSTANDER && echo lives\n";
	bool alone = e2e_run("unshare", "-rpf", "--mount-proc", "true").status == 0;
	int i;

	for (i = 0; i < 2; i++) {
		const char *cases = e2e_printf("^(%s|next)$", names[i]);
		e2e_result r = alone ? e2e_run("unshare", "-rpf", "--mount-proc", "sh", "-c", script, broken("safety"), cases)
				     : e2e_run("sh", "-c", script, broken("safety"), cases);

		e2e_like(r.out, "\nok 2 - next\n.*status 1\nlives\n$");
	}
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

/* Nobody is left but the dying process itself. */
E2E_TEST(a_death_in_the_only_process, .timeout = 120)
{
	e2e_result r = e2e_run(broken("alone"), "-k", "fails|dies|last");

	e2e_is_int(r.status, E2E_SIG(SIGABRT));
	e2e_like(r.out, "\n    not ok 1 - important\n(      [^\n]*\n)*    1..1\nnot ok 1 - fails\n");
	e2e_like(r.out, "\n    ok 1 - before\n"
			"not ok 2 - dies\n  ---\n"
			"  message: \"died of SIGABRT after t/core/broken/alone.c:16\"\n"
			"  code: crash\n"
			"  hint: \"it ran in the program's own process, which died with it; no case behind it was run\"\n"
			"  \\.\\.\\.\n$");
	e2e_like(r.err, "\n# dies: died of SIGABRT after t/core/broken/alone.c:16\n$");
}

/* The first process of a container doesn't die of a signal that it raises. */
E2E_TEST(a_death_as_the_first_process, .timeout = 120)
{
	bool first = e2e_run("unshare", "-rpf", "true").status == 0;
	e2e_result r = first ? e2e_run("unshare", "-rpf", broken("alone"), "-k", "^dies$") : e2e_run(broken("alone"), "-k", "^dies$");

	e2e_is_int(r.status, first ? 128 + SIGABRT : E2E_SIG(SIGABRT));
	e2e_like(r.out, "\n  message: \"died of SIGABRT after t/core/broken/alone.c:16\"\n  code: crash\n  hint: [^\n]*\n  \\.\\.\\.\n$");
	e2e_like(r.err, "^# dies: died of SIGABRT after t/core/broken/alone.c:16\n$");
}

E2E_TEST(closed_descriptors_in_the_only_process, .timeout = 120)
{
	e2e_result r = e2e_run(broken("alone"), "-k", "fails|closes|last");

	e2e_is_int(r.status, 99);
	e2e_like(r.out, "\nnot ok 1 - fails\n");
	e2e_like(r.out, "\n    ok 1 - before\n$");
	e2e_like(r.err, "\ne2e: cannot write TAP to stdout: Bad file descriptor\n$");
}

E2E_TEST(infinity_is_no_limit, .timeout = 120)
{
	e2e_is_int(e2e_run(broken("alone"), "-k", "no_limit").status, 0);
	e2e_is_int(e2e_run(broken("alone"), "-k", "no_limit", "--no-fork", "--timeout", "inf").status, 0);
	e2e_setenv("E2E_TIMEOUT_SCALE", "999999");
	e2e_is_int(e2e_run(broken("alone"), "-k", "last").status, 0);
}

/* gcc -flto calls the constructors of a program last to first. */
E2E_TEST(order_with_lto, .timeout = 120)
{
	char *here = realpath(".", NULL);
	e2e_result r;

	e2e_proc_timeout(100); /* on a busy machine */
	e2e_setenv("HERE", here ? here : "");
	free(here);
	e2e_setenv("CC", getenv("CC") ? getenv("CC") : "cc");
	e2e_chdir(e2e_tmpdir());
	r = e2e_run("sh", "-c", "echo 'int main(void) { return 0; }' >m.c; $CC -flto -o m m.c");
	e2e_skip_if(r.status != 0, "this compiler has no -flto");
	r = e2e_run("sh", "-c",
		    "printf '#include \"e2e.h\"\nE2E_TEST(one) { e2e_pass(); }\nE2E_TEST(two) { e2e_pass(); }\nE2E_MAIN()\n' >a.c\n"
		    "printf '#include \"e2e.h\"\nE2E_TEST(three) { e2e_pass(); }\nE2E_TEST(four) { e2e_pass(); }\n' >b.c\n"
		    "$CC -O1 -flto -I\"$HERE\" -o both a.c b.c && ./both --list");
	e2e_is_str(r.out, "one\ntwo\nthree\nfour\n");
}

E2E_MAIN()
