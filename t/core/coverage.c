/* Coverage without asking: what cases have run is counted, whatever became of them. */
#include "../golden.h"

/* A library of five lines and a test: its cases pass, fail, run into a limit, call exit(), are skipped. */
static void project(void)
{
	char *here = realpath(".", NULL);

	e2e_setenv("HERE", here ? here : "");
	free(here);
	e2e_chdir(e2e_tmpdir());
	e2e_must(e2e_is_int(e2e_run("sh", "-c",
		"printf 'int lib(int x)\\n{\\n\\tif (x == 1)\\n\\t\\treturn 1;\\n\\tif (x == 2)\\n\\t\\treturn 2;\\n\\tif (x == 3)\\n"
		"\\t\\treturn 3;\\n\\tif (x == 4)\\n\\t\\treturn 4;\\n\\treturn 5;\\n}\\n' >lib.c\n"
		"printf '#include \"e2e.h\"\\nint lib(int x);\\n"
		"E2E_TEST(passes) { e2e_is_int(lib(1), 1); }\\n"
		"E2E_TEST(fails) { e2e_must(e2e_is_int(lib(2), 1)); }\\n"
		"E2E_TEST(late, .timeout = 0.2) { lib(3); pause(); }\\n"
		"E2E_TEST(exits) { lib(4); exit(0); }\\n"
		"E2E_TEST(skips) { lib(5); e2e_skip(\"enough\"); }\\n"
		"E2E_MAIN()\\n' >test.c").status, 0));
}

E2E_TEST(of_gcc, .timeout = 120)
{
	e2e_result r;

	e2e_require_command("gcc");
	e2e_require_command("gcov");
	project();
	r = e2e_run("sh", "-c", "gcc --coverage -O0 -I\"$HERE\" -o t test.c lib.c && { ./t; gcov -n t-lib.gcda; }");
	e2e_like(r.out, "File 'lib.c'\nLines executed:100.00% of 10\n");
}

/* The header's functions may be another file's, which was compiled without it. */
E2E_TEST(of_gcc_apart, .timeout = 120)
{
	e2e_result r;

	e2e_require_command("gcc");
	e2e_require_command("gcov");
	project();
	r = e2e_run("sh", "-c", "gcc -c -I\"$HERE\" test.c && gcc --coverage -O0 -o t test.o lib.c && { ./t; gcov -n t-lib.gcda; }");
	e2e_like(r.out, "File 'lib.c'\nLines executed:100.00% of 10\n");
}

E2E_TEST(of_clang, .timeout = 120)
{
	e2e_result r;

	e2e_require_command("clang");
	e2e_require_command("llvm-profdata");
	e2e_require_command("llvm-cov");
	project();
	r = e2e_run("sh", "-c",
		    "clang -fprofile-instr-generate -fcoverage-mapping -I\"$HERE\" -o t test.c lib.c && { ./t;"
		    " llvm-profdata merge -o t.profdata default_*.profraw && llvm-cov report ./t -instr-profile=t.profdata lib.c; }");
	e2e_like(r.out, "\nTOTAL .* 100.00% [^\n]* 100.00% [^\n]* 100.00%");
	r = e2e_run("sh", "-c", "LLVM_PROFILE_FILE=mine.profraw ./t; ls mine_*.profraw; LLVM_PROFILE_FILE=own-%p.profraw ./t; ls own-*.profraw; LLVM_PROFILE_FILE=all-%4m.profraw ./t; ls all-*.profraw");
	e2e_like(r.out, "\nmine_[^\n]*\\.profraw\n");
	e2e_like(r.out, "\nown-[0-9]+_[^\n]*\\.profraw\n");
	e2e_like(r.out, "\nall-[^\n_]*_[^\n_]*\\.profraw\n$");
}

E2E_MAIN()
