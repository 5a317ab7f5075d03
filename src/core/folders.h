#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "case.h"
#include "memory.h"
#include "files.h"
#include "point.h"
#include "exits.h"
#include "hooks.h"

/* @manual Cleanup, folders, data
 *	e2e_defer(fn, arg)       runs at the end of the case, last one first, however it ends (but
 *	                         for a killed process)
 *	e2e_setenv, e2e_chdir    undone at the end of the case
 *	e2e_tmpdir()             a private folder; removed if the case passes, kept and named if it
 *	                         fails
 *	Logs are in it too. As long as nobody has called e2e_tmpdir() they are in memory (/dev/shm
 *	or $XDG_RUNTIME_DIR, if it has 1 GiB left), as making a file on a disk may take longer than
 *	the process that writes it; at the first call they get their names in the folder, and if the
 *	case fails they are moved there. E2E_LOGS names another place in memory; empty: always the
 *	folder.
 *	e2e_cached("db", key, build, arg)    a private copy of a folder that build() made once for
 *	                                     this key
 */

/* @interface */

/* The case's private folder (0700), made at the first call. The case fails and ends if it can't be
 * made. */
#define e2e_tmpdir() e2e__folder_tmpdir(E2E__AT)

/* Where the case writes its logs: e2e_tmpdir(), or until that is made or the case fails a folder in
 * memory (manual: "Cleanup, folders, data"). A suite's are always in its folder. */
E2E__FN const char *e2e__folder_logs(const char *file, int line);
/* Takes the logs out of memory into a folder, which is made where it is "". 0, or -1 with errno;
 * then they stay. */
E2E__FN int e2e__folder_move_logs(const char *logs, char *folder, size_t size);

E2E__FN const char *e2e__folder_tmpdir(const char *file, int line);

/* @implementation */

/* Gives what is in the logs' folder names in the case's. They are still written there, so these are
 * links. */
E2E__FN void e2e__folder_link_logs(const char *logs, const char *folder)
{
	DIR *d = opendir(logs);
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
			symlink(e2e_printf("%s/%s", logs, e->d_name),
				e2e_printf("%s/%s", folder, e->d_name)) < 0)
			e2e__point_comment(true, "%s/%s has no name in %s: %s", logs, e->d_name,
				folder, strerror(errno));
	if (d)
		closedir(d);
}

E2E__FN void e2e__folder_tell(struct e2e__page *pg)
{
	struct e2e__hooks *h;

	for (h = e2e__state.hooks; h; h = h->next)
		if (h->folders)
			h->folders(pg->logs, pg->folder);
}

/* What mkdtemp is given. Of a case's name only what no program minds in a path: a row's name may be
 * any text, and "name/row" has a slash. */
E2E__FN const char *e2e__folder_new_name(const char *where, const char *name)
{
	const char *source = e2e__state.source;
	char word[65];
	size_t n = 0;

	for (; name[n] && n < sizeof word - 1; n++)
		word[n] = strchr(E2E__ALNUM "._-", name[n]) ? name[n] : '-';
	word[n] = 0;
	return e2e_printf("%s/e2e-%s%s%s-XXXXXX", where,
		e2e__file_stem(source ? source : e2e__case_program()), n ? "." : "", word);
}

E2E__FN const char *e2e__folder_new_folder_name(const char *where)
{
	return e2e__folder_new_name(where, e2e__case_name());
}

E2E__FN const char *e2e__folder_tmpdir(const char *file, int line)
{
	struct e2e__page *pg;
	char *path;
	e2e_failure f = {NULL, NULL, NULL, "tmpdir",
		"set TMPDIR to a folder with room that you may write to", NULL};

	e2e__script_begin();
	if (e2e__state.own_folder)
		return e2e__state.own_folder;
	pg = e2e__state.page;
	if (pg->folder[0])
		return pg->folder;
	path = e2e__memory_strdup(e2e__folder_new_folder_name(e2e__file_tmp()));
	if (strlen(path) >= sizeof pg->folder || !mkdtemp(path)) {
		f.message = e2e_printf("cannot make a folder in %s: %s",
			e2e_quoted(e2e__file_tmp()), strerror(errno));
		e2e__exit_die(file, line, "e2e_tmpdir", &f);
	}

	strcpy(pg->folder, path);
	if (!pg->logs[0])
		return pg->folder;
	e2e__folder_link_logs(pg->logs, pg->folder);
	e2e__folder_tell(pg);
	return pg->folder;
}

/* Makes the folder of a case where it is "": for what is kept after it. 0, or -1 with errno. */
E2E__FN int e2e__folder_ensure(char *folder, size_t size, const char *name)
{
	if (*folder)
		return 0;
	snprintf(folder, size, "%s", e2e__folder_new_name(e2e__file_tmp(), name));
	if (mkdtemp(folder))
		return 0;
	*folder = 0;
	return -1;
}

/* A folder in memory with room for logs, or NULL. */
E2E__FN const char *e2e__folder_log_memory(void)
{
	const char *own = getenv("E2E_LOGS"), *places[2];
	struct statvfs space;
	struct stat there, tmp;
	bool known = stat(e2e__file_tmp(), &tmp) == 0;

	places[0] = own ? own : "/dev/shm";
	places[1] = own ? NULL : getenv("XDG_RUNTIME_DIR");
	for (int i = 0; i < 2; i++) {
		if (!places[i] || places[i][0] != '/' || stat(places[i], &there) < 0 ||
			!S_ISDIR(there.st_mode) || access(places[i], W_OK | X_OK) < 0)
			continue;
		if (!own && known && tmp.st_dev == there.st_dev)
			return NULL; /* the case's folder is in memory, too */
		if (own ||
			(statvfs(places[i], &space) == 0 &&
				(double)space.f_bavail * (double)space.f_frsize >=
					1024. * 1024 * 1024))
			return places[i];
	}

	return NULL;
}

E2E__FN const char *e2e__folder_logs(const char *file, int line)
{
	struct e2e__page *pg;
	const char *memory;
	char *path;

	e2e__script_begin();
	pg = e2e__state.page;
	if (pg->logs[0] && !pg->folder[0])
		return pg->logs;
	if (pg->folder[0] || e2e__state.in_suite)
		return e2e__folder_tmpdir(file, line);
	memory = e2e__folder_log_memory();
	path = memory ? e2e__memory_strdup(e2e__folder_new_folder_name(memory)) : NULL;
	if (!path || strlen(path) >= sizeof pg->logs || !mkdtemp(path))
		return e2e__folder_tmpdir(file, line);
	if (pg->logs[0]) {
		rmdir(path); /* a forked child of the case was first */
		return pg->logs;
	}

	strcpy(pg->logs, path);
	e2e__folder_tell(pg);
	return pg->logs;
}

E2E__FN int e2e__folder_move_logs(const char *logs, char *folder, size_t size)
{
	DIR *d = opendir(logs);
	struct dirent *e;
	const char *slash = strrchr(logs, '/');
	int failed = 0;

	if (!d)
		return -1;
	if (!*folder) { /* of the same name, but for what mkdtemp makes of it */
		snprintf(folder, size, "%s%.*sXXXXXX", e2e__file_tmp(), (int)strlen(slash) - 6,
			slash);
		if (!mkdtemp(folder)) {
			*folder = 0;
			closedir(d);
			return -1;
		}
	}
	while ((e = readdir(d)) != NULL) {
		const char *from = e2e_printf("%s/%s", logs, e->d_name),
			   *to = e2e_printf("%s/%s", folder, e->d_name);
		struct stat s;

		if (lstat(from, &s) < 0 || !S_ISREG(s.st_mode))
			continue;
		if (lstat(to, &s) == 0 && S_ISLNK(s.st_mode))
			unlink(to);
		if (e2e__file_copy(from, to, 0600) < 0) {
			failed = errno ? errno : EIO;
			unlink(to);
		}
	}

	closedir(d);
	if (!failed)
		e2e__file_remove_tree(logs);
	errno = failed;
	return failed ? -1 : 0;
}
