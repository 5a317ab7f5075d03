/* times - runs commands in turn and prints the least and the median wall time of each, with the ratio of the least ones to
 * the first, and the median of the ratios round by round, which a machine that is busy at times disturbs least.
 *	times RUNS 'name' 'command of /bin/sh' ... */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static double run(const char *command)
{
	double began = now();
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	return now() - began;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	size_t runs = argc > 1 ? (size_t)atoi(argv[1]) : 5, n = argc > 2 ? ((size_t)argc - 2) / 2 : 0, i, k;
	double *times = calloc(n * runs + 1, sizeof *times), *ratios = calloc((n + 1) * (runs + 1), sizeof *ratios), first = 0;
	for (k = 0; k < runs; k++)
		for (i = 0; i < n; i++)
			times[i * runs + k] = run(argv[3 + 2 * i]);
	for (i = 0; i < n; i++)
		for (k = 0; k < runs; k++)
			ratios[i * runs + k] = times[i * runs + k] / times[k];
	for (i = 0; i < n; i++) {
		double *t = times + i * runs, *r = ratios + i * runs;
		qsort(t, runs, sizeof *t, by_size);
		qsort(r, runs, sizeof *r, by_size);
		if (i == 0)
			first = t[0];
		printf("  %-34s %9.1f ms  median %9.1f  x%.2f  rounds x%.2f\n", argv[2 + 2 * i], t[0], t[runs / 2], t[0] / first, r[runs / 2]);
	}
	return 0;
}
