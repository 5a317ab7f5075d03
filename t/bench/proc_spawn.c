/* What a process costs: e2e_run and e2e_spawn + e2e_wait (logs, status, group) beside bare posix_spawn + waitpid.
 *
 * Usage: proc_spawn [processes [MiB of memory that the parent holds]]
 * Prints the median of each in microseconds, and the ratio. */
#include "../../e2e_proc.h"
#include <spawn.h>

extern char **environ;
static int count = 500;
static size_t held;

static void bare(void)
{
	char *argv[] = {(char *)(uintptr_t)"true", NULL};
	pid_t pid;
	if (posix_spawnp(&pid, "true", NULL, NULL, argv, environ))
		e2e_bail_out("posix_spawnp failed");
	waitpid(pid, NULL, 0);
}

static void waited(void)
{
	e2e_wait(e2e_spawn("true"), 0);
}

static void ran(void)
{
	if (e2e_run("true").status)
		e2e_fail("true failed");
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

E2E_TEST(spawn, .timeout = 300)
{
	static void (*const ways[3])(void) = {bare, waited, ran};
	double *us[3], cost[3];
	char *memory = (char *)malloc(held + 1);
	for (int k = 0; k < 3; k++)
		us[k] = (double *)malloc((size_t)count * sizeof **us);
	if (!memory || !us[0] || !us[1] || !us[2])
		e2e_bail_out("no memory");
	memset(memory, 1, held + 1);
	for (int i = 0; i < count; i++) /* in turn, so that a busy machine hurts all alike */
		for (int k = 0; k < 3; k++) {
			double begin = e2e_now();
			ways[k]();
			us[k][i] = (e2e_now() - begin) * 1e6;
		}
	for (int k = 0; k < 3; k++) {
		qsort(us[k], (size_t)count, sizeof **us, by_value);
		cost[k] = us[k][count / 2];
	}
	e2e_diag("%d processes, parent of %zu MiB: posix_spawn %.0f us, e2e_spawn + e2e_wait %.0f us (%.2fx),"
	         " e2e_run %.0f us (%.2fx)", count, held >> 20, cost[0], cost[1], cost[1] / cost[0], cost[2], cost[2] / cost[0]);
	e2e_pass();
	for (int k = 0; k < 3; k++)
		free(us[k]);
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
