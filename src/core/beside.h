#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "buf.h"
#include "memory.h"
#include "files.h"
#include "point.h"

/* @manual Files of a test
 *	e2e_data("login.txt")            a file beside the test's source, from whatever folder the
 *	                                 test is run: give it to the programs that you start
 *	e2e_read_file(path, &size)       a whole file, until the end of the case
 *	They look beside the source as the compiler was told of it, seen from where the program
 *	was started and from the folders above the program and above what prove has compiled.
 */

/* @interface */

/* The path, absolute, of a file or folder beside the source that calls: e2e_data("a/login.txt").
 * Valid until the case's end. One that isn't there fails the case and ends it. */
#define e2e_data(name) e2e__beside_data(E2E__AT, name)
/* A whole file, with a NUL behind it; valid until the case's end. Its size goes to *size, unless
 * that is NULL. One that can't be read fails the case and ends it. */
#define e2e_read_file(path, size) e2e__beside_read(E2E__AT, path, size)

E2E__FN const char *e2e__beside_data(const char *file, int line, const char *name);
E2E__FN char *e2e__beside_read(const char *file, int line, const char *path, size_t *size);

/* @implementation */

/* Where the program was started: what it does later must not change where its files are. */
E2E__FN void e2e__beside_remember(void)
{
	char *here = realpath(".", NULL);

	e2e__state.began_in = here ? e2e__memory_strdup(here) : ".";
	free(here);
}

/* A path seen from where the program was started. */
E2E__FN const char *e2e__beside_from_start(const char *path)
{
	return *path == '/' || !e2e__state.began_in
		? path
		: e2e_printf("%s/%s", e2e__state.began_in, path);
}

/* The folder of a path, without its slash; "" for the root, and NULL for a name alone. */
E2E__FN const char *e2e__beside_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? e2e__memory_strndup(path, (size_t)(slash - path)) : NULL;
}

/* The real path of what is at `name` seen from one of the folders above `from`, or NULL. */
E2E__FN const char *e2e__beside_above(const char *from, const char *name)
{
	char *real = from ? realpath(e2e__beside_from_start(from), NULL) : NULL, *found;
	const char *folder = real ? e2e__memory_strdup(real) : NULL, *path = NULL;

	free(real);
	while (folder && !path && (folder = e2e__beside_folder(folder)) != NULL) {
		found = realpath(e2e_printf("%s/%s", folder, name), NULL);
		path = found ? e2e__memory_strdup(found) : NULL;
		free(found);
	}
	return path;
}

/* The real path of `name` beside a source file, or NULL. */
E2E__FN const char *e2e__beside_find(const char *file, const char *name)
{
	const char *folder = e2e__beside_folder(file), *path = NULL;
	const char *beside = folder ? e2e_printf("%s/%s", folder, name) : name;
	char *found = realpath(e2e__beside_from_start(beside), NULL);

	path = found ? e2e__memory_strdup(found) : NULL;
	free(found);
	if (!path && *file != '/')
		path = e2e__beside_above(e2e__state.source, beside);
	if (!path && *file != '/')
		path = e2e__beside_above(e2e__state.program, beside);
	return path;
}

/* The folder of a source file, absolute where that can be known. */
E2E__FN const char *e2e__beside_source_folder(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *source = e2e__beside_find(file, slash ? slash + 1 : file);

	source = source ? source : e2e__beside_from_start(file);
	slash = strrchr(source, '/');
	return slash ? e2e__memory_strndup(source, (size_t)(slash - source)) : ".";
}

E2E__FN const char *e2e__beside_data(const char *file, int line, const char *name)
{
	const char *path;
	e2e_failure f = {NULL, NULL, NULL, "no-file", NULL, NULL};

	e2e__script_begin();
	path = *name == '/' ? name : e2e__beside_find(file, name);
	if (path && access(path, F_OK) == 0)
		return path;
	f.message = e2e_printf("there is no %s in %s", e2e_quoted(name),
		*name == '/' ? "the file system" : e2e__beside_source_folder(file));
	f.hint = "e2e_data looks beside the source of the test";
	e2e__exit_die(file, line, "e2e_data", &f);
}

E2E__FN char *e2e__beside_read(const char *file, int line, const char *path, size_t *size)
{
	char *text;
	e2e_failure f = {NULL, NULL, NULL, "no-file", NULL, NULL};

	e2e__script_begin();
	text = e2e__file_read(path, size);
	if (text)
		return text;
	f.message = e2e_printf("cannot read %s: %s", e2e_quoted(path), strerror(errno));
	if (*path != '/')
		f.hint = "the path is seen from the current folder; e2e_data finds files beside "
			 "the test's source";
	e2e__exit_die(file, line, "e2e_read_file", &f);
}
