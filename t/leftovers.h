/* leftovers.h - looks for processes that carry a mark in their environment. */
#ifndef T_LEFTOVERS_H
#define T_LEFTOVERS_H

#include "e2e_proc.h"

/* Has this process the text in its environment? Not the header's own function: that one looks at nothing where it is built to do
 * without /proc. */
static inline bool carries(pid_t pid, const char *mark)
{
	size_t size = 0, length = strlen(mark);
	const char *block = e2e__file_read(e2e_printf("/proc/%ld/environ", (long)pid), &size);
	for (size_t i = 0; block && i + length <= size; i++)
		if (!memcmp(block + i, mark, length))
			return true;
	return false;
}

/* Names the processes whose environment has this text; NULL if there is none. */
static inline const char *leftovers(const char *mark)
{
	E2E__BUF(b, 256);
	DIR *proc = opendir("/proc");
	for (struct dirent *e; proc && (e = readdir(proc));) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
		if (pid > 0 && carries(pid, mark)) {
			const char *path = e2e_printf("/proc/%ld/cmdline", (long)pid);
			const char *line = e2e__file_read(path, NULL);
			if (line && *line) /* a zombie has none */
				e2e__buf_addf(&b, "%s (pid %ld) ", line, (long)pid);
		}
	}
	if (proc)
		closedir(proc);
	if (!b.n) {
		e2e__buf_free(&b);
		return NULL;
	}
	return e2e__memory_taken(&b);
}

/* A program that was to fail has ended: soon nothing with its mark runs. Removes the folder that its report names. */
static inline void leaves_nothing(const char *file, int line, const char *mark, const char *report)
{
	const char *folder = strstr(report, "\n  folder: ");
	double until = e2e_now() + 30;
	while (leftovers(mark) && e2e_now() < until)
		e2e__limit_pause(0.01);
	e2e__assertion_is_str((struct e2e__at){file, line, "left", "running afterwards"}, leftovers(mark), NULL);
	if (folder)
		e2e__file_remove_tree(e2e_printf("%.*s", (int)strcspn(folder + 11, "\n"), folder + 11));
}

#endif
