#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "memory.h"
#include "files.h"
#include "exits.h"
#include "limit.h"
#include "folders.h"

/* @interface */

/* Path of a private copy, in e2e_tmpdir(), of a folder that build(dir, arg) filled once for this id
 * and key. The key is any text that the content depends on (a schema, a version). Programs at once
 * wait for one builder. build returns true when the folder is complete; false, a failed assertion
 * or death in it leaves nothing, and the case fails and ends. */
#define e2e_cached(id, key, build, arg) e2e__cache_cached(E2E__AT, id, key, build, arg)
typedef bool e2e_build_fn(const char *dir, void *arg);

/* The root of cached things ($E2E_CACHE, $XDG_CACHE_HOME/e2e, ~/.cache/e2e); made if missing; NULL
 * with errno. */
E2E__FN const char *e2e__cache_root(void);

E2E__FN const char *e2e__cache_cached(const char *file, int line, const char *id, const char *key,
	e2e_build_fn *build, void *arg);

/* @implementation */

/* Is it a folder of ours, or can it be made? */
E2E__FN bool e2e__cache_usable(const char *dir, bool shared)
{
	struct stat s;

	if (e2e__file_mkdirs(dir, 0700) < 0 || lstat(dir, &s) < 0)
		return false;
	return !shared || (S_ISDIR(s.st_mode) && s.st_uid == getuid() && (s.st_mode & 077) == 0);
}

/* Where others can write, too: for machines without a home that can be written. */
E2E__FN const char *e2e__cache_fallback(void)
{
	return e2e_printf("%s/e2e-cache-%ld", e2e__file_tmp(), (long)getuid());
}

E2E__FN const char *e2e__cache_root(void)
{
	const char *own = getenv("E2E_CACHE"), *xdg = getenv("XDG_CACHE_HOME"),
		   *home = getenv("HOME"), *root, *mark;
	int fd;

	if (own && *own)
		root = own;
	else if (xdg && *xdg)
		root = e2e_printf("%s/e2e", xdg);
	else
		/* a home that isn't there, as daemons have, isn't made */
		root = home && *home && access(home, F_OK) == 0 ? e2e_printf("%s/.cache/e2e", home)
								: "";
	if (!(*root && e2e__cache_usable(root, false))) {
		if (own && *own)
			return NULL;

		root = e2e__cache_fallback();
		if (!e2e__cache_usable(root, true))
			return NULL;
	}

	/* The mark by which `prove --clear-cache` knows that this folder may be emptied
	 * (bford.info/cachedir). */
	mark = e2e_printf("%s/CACHEDIR.TAG", root);
	fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		static const char tag[] =
			"Signature: 8a477f597d28d172789f06886806bc55\n# made by e2e\n";

		if (!e2e__file_write_whole(fd, tag, sizeof tag - 1))
			unlink(mark);
		close(fd);
	}

	return root;
}

/* Why there is none: what was tried at last, and what is wrong with it. */
E2E__FN const char *e2e__cache_trouble(void)
{
	int error = errno;
	const char *own = getenv("E2E_CACHE"), *path = own && *own ? own : e2e__cache_fallback();
	struct stat s;

	if (path != own && lstat(path, &s) == 0)
		return e2e_printf("the cache can't be in %s: it is %s; expected a folder of yours "
				  "that nobody else may enter",
			path,
			!S_ISDIR(s.st_mode)            ? "no folder"
				: s.st_uid != getuid() ? "somebody else's"
						       : "open to others");
	return e2e_printf("cannot make the cache's folder %s: %s", path, strerror(error));
}

struct e2e__build {
	e2e_build_fn *build;
	const char *dir;
	void *arg;
	bool done;
};

E2E__FN void e2e__cache_call_build(void *arg)
{
	struct e2e__build *b = (struct e2e__build *)arg;

	b->done = b->build(b->dir, b->arg);
}

/* What builders of this template left that died. The lock is held: nobody else is building it. */
E2E__FN void e2e__cache_remove_unfinished(const char *dir)
{
	const char *base = strrchr(dir, '/') + 1;
	const char *root = e2e_printf("%.*s", (int)(base - dir), dir);
	size_t n = strlen(base);
	DIR *d = opendir(root);
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		if (strncmp(e->d_name, base, n) == 0 && e->d_name[n] == '.' &&
			strcmp(e->d_name + n, ".lock") != 0)
			e2e__file_remove_tree(e2e_printf("%s%s", root, e->d_name));
	if (d)
		closedir(d);
}

/* Builds into a folder beside the template and renames it, so that a template is always whole. */
E2E__FN bool e2e__cache_make_template(const char *file, int line, const char *dir, const char *key,
	e2e_build_fn *build, void *arg)
{
	struct e2e__build b = {build, NULL, arg, false};
	char *unfinished = e2e_printf("%s.XXXXXX", dir);
	const char *named;
	int fd, failed = e2e__exit_failures();

	if (!mkdtemp(unfinished))
		return false;
	named = e2e_printf("%s/content", unfinished);
	b.dir = named;
	if (mkdir(named, 0700) == 0)
		e2e__limit_landed(e2e__cache_call_build, &b, file, line, 0);
	b.done = b.done && e2e__exit_failures() == failed && !e2e__state.page->bailed;
	fd = b.done ? open(e2e_printf("%s/key", unfinished), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)
		    : -1;
	b.done = fd >= 0 && e2e__file_write_whole(fd, key, strlen(key));
	if (fd >= 0)
		close(fd);
	if (b.done && rename(unfinished, dir) == 0)
		return true;
	e2e__file_remove_tree(unfinished);
	return false;
}

/* Templates that nobody used for 30 days go, so that old keys don't pile up. */
E2E__FN void e2e__cache_expire_templates(const char *root)
{
	DIR *d = opendir(root);
	struct dirent *e;
	struct stat s;

	while (d && (e = readdir(d)) != NULL) {
		const char *path = e2e_printf("%s/%s", root, e->d_name);

		if (strncmp(e->d_name, "data-", 5) == 0 && lstat(path, &s) == 0 &&
			S_ISDIR(s.st_mode) && time(NULL) - s.st_mtime > 30 * 86400)
			e2e__file_remove_tree(path);
	}
	if (d)
		closedir(d);
}

E2E__FN const char *e2e__cache_cached(
	const char *file, int line, const char *id, const char *key, e2e_build_fn *build, void *arg)
{
	const char *root, *dir, *copy, *old, *whole = e2e_printf("%s\n%s", id, key);
	struct e2e__page *pg;
	e2e_failure f = {NULL, NULL, NULL, "cached", NULL, NULL};
	struct stat s;
	int lock, n = 1;

	copy = e2e_printf("%s/%s", e2e__folder_tmpdir(file, line), e2e__file_stem(id));
	while (lstat(copy, &s) == 0)
		copy = e2e_printf(
			"%s/%s-%d", e2e__folder_tmpdir(file, line), e2e__file_stem(id), ++n);
	pg = e2e__state.page;
	root = e2e__cache_root();
	if (!root) {
		f.message = e2e__cache_trouble();
		f.hint = "set E2E_CACHE to a folder that you may write to, or mend this one";
		e2e__exit_die(file, line, "e2e_cached", &f);
	}

	dir = e2e_printf("%s/data-%s-%016llx", root, e2e__file_stem(id),
		(unsigned long long)e2e__file_hash(whole));
	lock = open(e2e_printf("%s.lock", dir), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	while (lock >= 0 && flock(lock, LOCK_EX) < 0 && errno == EINTR)
		;
	old = e2e__file_read(e2e_printf("%s/key", dir), NULL);
	if (old && strcmp(old, whole) != 0) {
		e2e__file_remove_tree(dir); /* another key of the same hash */
		old = NULL;
	}

	if (!old) {
		if (stat(dir, &s) == 0)
			e2e__file_remove_tree(dir);
		e2e__cache_expire_templates(root);
		e2e__cache_remove_unfinished(dir);
		if (!e2e__cache_make_template(file, line, dir, whole, build, arg)) {
			if (lock >= 0)
				close(lock);
			if (pg->skipped || pg->left || pg->bailed)
				e2e__exit_leave();
			f.message = e2e_printf("the data %s could not be built", e2e_quoted(id));
			f.hint = "the build function returned false or failed; nothing was kept";
			e2e__exit_die(file, line, "e2e_cached", &f);
		}
	}

	utimensat(AT_FDCWD, dir, NULL, 0);
	if (e2e__file_copy_tree(e2e_printf("%s/content", dir), copy) < 0) {
		f.message = e2e_printf("cannot copy %s to %s: %s", dir, copy, strerror(errno));
		e2e__exit_die(file, line, "e2e_cached", &f);
	}

	if (lock >= 0)
		close(lock);
	return copy;
}
