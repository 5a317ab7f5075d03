/* What compilers and checkers say of a test: nothing of e2e.h, whose part of it isn't the user's. t/core/broken/checked/user.c uses all
 * of e2e.h in C and in C++. */
#include "../golden.h"

static const char *room;

E2E_SETUP()
{
	room = e2e_tmpdir();
}

/* stdout and stderr of a command, which has to end by itself. */
static const char *said(const char *command)
{
	e2e_result r = e2e_run("sh", "-c", e2e_printf("exec 2>&1; set -- t/core/broken/checked/user.c; %s", command), room);

	e2e_is_int(r.status, 0, "%s", command);
	return r.out;
}

E2E_TEST(all_warnings_of_clang, .timeout = 120)
{
	e2e_require_command("clang");
	e2e_is_str(said("clang -Weverything -I. -c -o \"$0/o\" \"$1\""), "");
}

E2E_TEST(old_casts, .timeout = 120)
{
	e2e_require_command("g++");
	e2e_is_str(said("g++ -Wold-style-cast -Wall -Wextra -std=c++11 -I. -x c++ -c -o \"$0/o\" \"$1\""), "");
	e2e_require_command("clang++");
	e2e_is_str(said("clang++ -Wold-style-cast -Wall -Wextra -std=c++17 -I. -x c++ -c -o \"$0/o\" \"$1\""), "");
}

E2E_TEST(analyzer_of_gcc, .timeout = 120)
{
	e2e_require_command("gcc");
	e2e_is_str(said("gcc -fanalyzer -DE2E_EXTERN -I. -c -o \"$0/o\" \"$1\""), "");
}

E2E_TEST(cppcheck, .timeout = 120)
{
	e2e_require_command("cppcheck");
	e2e_is_str(said("cppcheck -q --enable=warning,style,performance,portability --inconclusive -D__cppcheck__ -I. \"$1\""), "");
}

E2E_TEST(clang_tidy, .timeout = 120)
{
	e2e_require_command("clang-tidy");
	e2e_is_str(said("clang-tidy --quiet --checks='-*,bugprone-*,cert-*,clang-analyzer-*,misc-*,performance-*,portability-*' \"$1\" -- -I. 2>\"$0/err\""),
		   "");
}

E2E_TEST(integers_that_wrap, .timeout = 120)
{
	e2e_require_command("clang");
	e2e_unlike(said("clang -g -fsanitize=integer -I. -o \"$0/t\" \"$1\" && \"$0/t\""), "runtime error");
}

E2E_TEST(threads_that_assert, .timeout = 120)
{
	e2e_require_command("gcc");
	e2e_is_int(e2e_run("sh", "-c",
			   "printf '#include \"e2e.h\"\\n#include <pthread.h>\\n"
			   "static void *asserts(void *arg) { int i; for (i = 0; i < 500; i++) e2e_is_int(*(int *)arg, 1, \"%%d\", i); return NULL; }\\n"
			   "E2E_TEST(threads) { pthread_t t[4]; int i, one = 1; for (i = 0; i < 4; i++) pthread_create(&t[i], NULL, asserts, &one);"
			   " for (i = 0; i < 4; i++) pthread_join(t[i], NULL); e2e_pass(); }\\nE2E_MAIN()\\n' >\"$0/t.c\" && "
			   "gcc -g -fsanitize=thread -pthread -I. -o \"$0/t\" \"$0/t.c\"", room).status, 0);
	e2e_unlike(said("\"$0/t\""), "ThreadSanitizer");
}

/* Another header has settled already what the system shows. */
E2E_TEST(a_header_of_the_system_comes_first, .timeout = 120)
{
	e2e_result r;

	e2e_require_command("gcc");
	r = e2e_run("sh", "-c", "printf '#include <stdio.h>\\n#include \"e2e.h\"\\nE2E_MAIN()\\n' | gcc -std=c99 -I. -x c -fsyntax-only -", room);
	e2e_like(r.err, "error \"a header of the system comes before e2e.h and hides what that needs: include e2e.h first, or compile with ");
	e2e_unlike(r.err, "implicit|incomplete|warning");
}

E2E_TEST(enumerations_of_a_scope, .timeout = 120)
{
	e2e_require_command("g++");
	e2e_is_int(e2e_run("sh", "-c",
			   "printf '#include \"e2e.h\"\\nenum class kind : unsigned char { a, b = 255 };\\nenum class big : long long { low = -1 };\\n"
			   "enum plain { p = -1 };\\nstruct of { static const int n = 3; unsigned bits : 3; };\\n"
			   "E2E_TEST(values) { of s = {5}; e2e_is_int(kind::b, kind::b); e2e_is_int(kind::b, 255); e2e_cmp_int(kind::a, \"<\", kind::b);"
			   " e2e_is_int(big::low, -1); e2e_is_int(p, -1); e2e_is_int(of::n, 3); e2e_is_int(s.bits, 5); }\\nE2E_MAIN()\\n' >\"$0/e.cc\" && "
			   "g++ -DE2E__WARN -Wall -Wextra -Wconversion -Werror -std=c++11 -I. -o \"$0/e\" \"$0/e.cc\" && \"$0/e\"", room).status, 0);
}

E2E_MAIN()
