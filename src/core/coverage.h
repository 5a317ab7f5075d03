#pragma once
#include "base.h"
#include "state.h"
#include "buf.h"
#include "memory.h"

/* @manual Coverage
 *	A case's process ends by _exit, but writes the counts of gcc and clang before it: those of
 *	cases that failed, skipped, called exit() or ran into a limit too. Only a crash loses them.
 *	Nothing is to be said in the test; compile what is to be measured, and link the test, with
 *	the compiler's flag:
 *		gcc --coverage -O0 -o sum.t sum.t.c sum.c && ./prove sum.t
 *		gcov sum.t-sum.gcda                         lines of one source, or
 *		gcovr -r . --html-details coverage.html     of all, as a page
 *		E2E_CACHE=$PWD/counts CFLAGS="-O0 --coverage" ./prove sum.t.c
 *		gcovr -r . counts                           where prove compiles: in its cache
 *		clang -fprofile-instr-generate -fcoverage-mapping -o sum.t sum.t.c sum.c
 *		./prove sum.t
 *		llvm-profdata merge -o sum.profdata default_*.profraw
 *		llvm-cov report ./sum.t -instr-profile=sum.profdata sum.c
 *	clang's file would be written anew by each process, so its name gets `_%m` before .profraw
 *	unless LLVM_PROFILE_FILE has %m: so the processes' counts are added up.
 */

/* @implementation */

#ifdef E2E__LINUX
/* Weak: they are there where something of the program was compiled for it. The second of gcc's is
 * all that is linked where no file of the program forks. */
__attribute__((weak)) void __gcov_exit(void);
__attribute__((weak)) int __llvm_profile_write_file(void);
__attribute__((weak)) const char *__llvm_profile_get_filename(void);
__attribute__((weak)) void __llvm_profile_set_filename(const char *name);
#ifdef E2E_GCOV
void __gcov_dump(void);
#else
__attribute__((weak)) void __gcov_dump(void);
#endif
#endif

/* Does the name have %m, or one with a number? To such a file clang's processes add. */
E2E__FN bool e2e__coverage_is_shared(const char *name)
{
	for (; (name = strchr(name, '%')) != NULL; name++)
		if (name[1 + strspn(name + 1, "0123456789")] == 'm')
			return true;
	return false;
}

/* At the program's start: a file that all of its processes add to. */
E2E__FN void e2e__coverage_share(void)
{
#ifdef E2E__LINUX
	const char *name = getenv("LLVM_PROFILE_FILE"), *dot;

	if (!__llvm_profile_set_filename || !__llvm_profile_get_filename ||
		(name && e2e__coverage_is_shared(name)))
		return;
	name = name && *name ? name : __llvm_profile_get_filename();
	name = name && *name ? name : "default.profraw";
	dot = strstr(name, ".profraw");
	__llvm_profile_set_filename(e2e_printf("%.*s_%%m%s",
		(int)(dot ? (size_t)(dot - name) : strlen(name)), name, dot ? dot : ""));
#endif
}

/* In a process that is about to end by _exit. */
E2E__FN void e2e__coverage_write(void)
{
#ifdef E2E__LINUX
	if (__gcov_dump)
		__gcov_dump();
	else if (__gcov_exit)
		__gcov_exit();
	if (__llvm_profile_write_file)
		__llvm_profile_write_file();
#endif
}
