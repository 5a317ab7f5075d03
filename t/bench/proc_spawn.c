/* What a process costs: e2e_run and e2e_spawn + e2e_wait (logs, status, group) beside bare posix_spawn + waitpid.
 *
 * Usage: proc_spawn [processes [MiB of memory that the parent holds]]
 * Prints the median of five rounds in microseconds a process, and the ratio. */
#include "../../e2e_proc.h"
#include <spawn.h>

extern char **environ;
static int count = 500;
static size_t held;

static double bare(void)
{
	double begin = e2e_now();
	for (int i = 0; i < count; i++) {
		char *argv[] = {(char *)(uintptr_t)"true", NULL};
		pid_t pid;
		if (posix_spawnp(&pid, "true", NULL, NULL, argv, environ))
			e2e_bail_out("posix_spawnp failed");
		waitpid(pid, NULL, 0);
	}
	return (e2e_now() - begin) / count * 1e6;
}

static double waited(void)
{
	double begin = e2e_now();
	for (int i = 0; i < count; i++)
		e2e_wait(e2e_spawn("true"), 0);
	return (e2e_now() - begin) / count * 1e6;
}

static double ran(void)
{
	double begin = e2e_now();
	for (int i = 0; i < count; i++)
		if (e2e_run("true").status)
			e2e_fail("true failed");
	return (e2e_now() - begin) / count * 1e6;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

E2E_TEST(spawn, .timeout = 300)
{
	enum { ROUNDS = 5 };
	double us[3][ROUNDS];
	char *memory = (char *)malloc(held + 1);
	if (!memory)
		e2e_bail_out("no memory");
	memset(memory, 1, held + 1);
	for (int i = 0; i < ROUNDS; i++) { /* in turn, so that a busy machine hurts all alike */
		us[0][i] = bare();
		us[1][i] = waited();
		us[2][i] = ran();
	}
	for (int k = 0; k < 3; k++)
		qsort(us[k], ROUNDS, sizeof **us, by_value);
	double base = us[0][ROUNDS / 2];
	e2e_diag("%d processes, parent of %zu MiB: posix_spawn %.0f us, e2e_spawn + e2e_wait %.0f us (%.2fx),"
	         " e2e_run %.0f us (%.2fx)", count, held >> 20, base, us[1][ROUNDS / 2], us[1][ROUNDS / 2] / base,
	         us[2][ROUNDS / 2], us[2][ROUNDS / 2] / base);
	e2e_pass();
	free(memory);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		count = atoi(argv[1]);
	if (argc > 2)
		held = (size_t)atoi(argv[2]) << 20;
	char *none[] = {argv[0], NULL};
	return e2e_main(1, none);
}
