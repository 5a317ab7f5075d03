#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "buf.h"
#include "memory.h"
#include "files.h"
#include "point.h"
#include "excerpt.h"
#include "diff.h"
#include "assertion.h"
#include "beside.h"

/* @manual Golden files, files and folders
 *	e2e_is_golden(report, "report.txt");       the text of golden/report.txt beside the source;
 *	                                           `./x.t --update` writes it: read the difference
 *	                                           before you commit it
 *	e2e_is_file("out.csv", e2e_data("out.csv"));   the same bytes
 *	e2e_is_tree(e2e_tmpdir(), e2e_data("site"));   the same files with the same contents
 */

/* @interface */

/* e2e_is_file(path, want_path, ...): files of the same bytes. A failure has the diff of texts, or
 * for other files the first byte that differs. */
#define e2e_is_file(...) E2E__ARGS2(e2e__golden_is_file, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_golden(text, name, ...): the text of the file golden/name beside the calling source. With
 * --update it is written instead, and the assertion passes. */
#define e2e_is_golden(...) E2E__ARGS2(e2e__golden_is_golden, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_tree(folder, want_folder, ...): the same names below both, of the same type: files with
 * the same bytes and both or neither executable, links with the same target. A failure names what
 * is missing, extra and different, and has the diff of the first text. */
#define e2e_is_tree(...) E2E__ARGS2(e2e__golden_is_tree, #__VA_ARGS__, __VA_ARGS__)

E2E__FN bool e2e__golden_is_file(struct e2e__at at, const char *path, const char *want);
E2E__FN bool e2e__golden_is_golden(struct e2e__at at, const char *text, const char *name);
E2E__FN bool e2e__golden_is_tree(struct e2e__at at, const char *folder, const char *want);

/* @implementation */

/* A file's contents. */
struct e2e__content {
	const char *p;
	size_t n;
};

E2E__FN bool e2e__golden_is_text(const struct e2e__content *c)
{
	return !memchr(c->p, 0, c->n);
}

E2E__FN bool e2e__golden_same(const struct e2e__content *a, const struct e2e__content *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

/* Two lines of hex where the contents differ. */
E2E__FN void e2e__golden_add_hex(struct e2e__buf *b, const struct e2e__content *got,
	const struct e2e__content *want, size_t same)
{
	size_t from = same / 16 * 16;

	e2e__buf_adds(b, "--- want\n+++ got\n");
	if (from < want->n)
		e2e__assertion_add_hex(b, '-', (const unsigned char *)want->p, from, want->n, NULL);
	if (from < got->n)
		e2e__assertion_add_hex(b, '+', (const unsigned char *)got->p, from, got->n, NULL);
}

/* How contents differ, for people; the message says where. */
E2E__FN const char *e2e__golden_differ(
	const struct e2e__content *got, const struct e2e__content *want, const char **message)
{
	const char *diff = NULL;
	size_t same = 0;
	E2E__BUF(b, 1024);

	while (same < got->n && same < want->n && got->p[same] == want->p[same])
		same++;
	if (e2e__golden_is_text(got) && e2e__golden_is_text(want))
		diff = e2e__diff(got->p, want->p);
	*message = e2e_printf(
		"they differ from byte %zu on; %zu bytes, want %zu", same, got->n, want->n);
	if (!diff)
		e2e__golden_add_hex(&b, got, want, same);
	else
		e2e__buf_adds(&b, diff);
	return e2e__memory_taken(&b);
}

/* A failed point of files. */
E2E__FN bool e2e__golden_fail(const struct e2e__at *at, const char *code, const char *got,
	const char *want, const char *message, const char *hint, const char *diff)
{
	e2e_failure f = {message, got, want, code, hint, diff};

	return e2e__point(at, false, " is ", &f);
}

E2E__FN bool e2e__golden_read(struct e2e__content *c, const char *path)
{
	c->n = 0;
	c->p = path ? e2e__file_read(path, &c->n) : NULL;
	return c->p != NULL;
}

E2E__FN const char *e2e__golden_unreadable(const char *path)
{
	int why = path ? errno : EFAULT;

	return e2e_printf("cannot read %s: %s", e2e_quoted(path),
		why == EFAULT ? "it is NULL" : strerror(why));
}

E2E__FN bool e2e__golden_is_file(struct e2e__at at, const char *path, const char *want_path)
{
	struct e2e__content got, want;
	const char *message, *diff;

	if (!e2e__golden_read(&want, want_path))
		return e2e__golden_fail(&at, "is_file", NULL, NULL,
			e2e__golden_unreadable(want_path), "this is the file that is wanted", NULL);
	if (!e2e__golden_read(&got, path))
		return e2e__golden_fail(
			&at, "is_file", NULL, NULL, e2e__golden_unreadable(path), NULL, NULL);
	if (e2e__golden_same(&got, &want))
		return e2e__point(&at, true, " is ", NULL);
	diff = e2e__golden_differ(&got, &want, &message);
	return e2e__golden_fail(&at, "is_file", path, want_path, message, NULL, diff);
}

/* Writes a golden file whole: who reads it meanwhile sees the old one. NULL, or why not. */
E2E__FN const char *e2e__golden_write(const char *path, const char *text)
{
	const char *folder = e2e__beside_folder(path);
	char *draft = e2e_printf("%s.XXXXXX", path);
	mode_t mask = umask(0);
	int fd;
	bool written;

	umask(mask);
	if (folder && *folder && e2e__file_mkdirs(folder, 0777) < 0)
		return e2e_printf("cannot make the folder %s: %s", folder, strerror(errno));
	fd = mkstemp(draft);
	if (fd < 0)
		return e2e_printf("cannot write %s: %s", path, strerror(errno));
	written = e2e__file_write_whole(fd, text, strlen(text)) && fchmod(fd, 0666 & ~mask) == 0;
	if (close(fd) == 0 && written && rename(draft, path) == 0)
		return NULL;
	text = e2e_printf("cannot write %s: %s", path, strerror(errno));
	unlink(draft);
	return text;
}

/* With --update: the text becomes the golden file. */
E2E__FN bool e2e__golden_update(
	const struct e2e__at *at, const char *path, const char *text, const char *old)
{
	const char *why;

	if (old && strcmp(old, text) == 0)
		return e2e__point(at, true, " is ", NULL);
	why = e2e__golden_write(path, text);
	if (why)
		return e2e__golden_fail(at, "is_golden", NULL, NULL, why, NULL, NULL);
	e2e_note("wrote %s", path);
	return e2e__point(at, true, " is ", NULL);
}

E2E__FN bool e2e__golden_is_golden(struct e2e__at at, const char *text, const char *name)
{
	struct e2e__content got, want;
	const char *path, *shown, *diff, *message, *folder;

	e2e__script_begin();
	folder = e2e__beside_folder(at.file);
	shown = e2e_printf("%s%sgolden/%s", folder ? folder : "", folder ? "/" : "", name);
	path = e2e_printf("%s/golden/%s", e2e__beside_source_folder(at.file), name);
	if (!text)
		return e2e__golden_fail(&at, "is_golden", "NULL",
			e2e_printf("the text of %s", shown), NULL, NULL, NULL);
	e2e__golden_read(&want, path);
	if (e2e__state.opt[E2E__UPDATE])
		return e2e__golden_update(&at, path, text, want.p);
	if (!want.p)
		return e2e__golden_fail(&at, "is_golden", e2e__excerpt_text(text), NULL,
			e2e__golden_unreadable(shown),
			"if what was got is right, --update writes the file", NULL);

	got.p = text;
	got.n = strlen(text);
	if (e2e__golden_same(&got, &want))
		return e2e__point(&at, true, " is ", NULL);
	diff = e2e__golden_differ(&got, &want, &message);
	return e2e__golden_fail(&at, "is_golden", NULL, NULL,
		e2e_printf("not as %s: %s", shown, message),
		"if what was got is right, --update writes the file anew", diff);
}

/* What is below a folder, and how it differs. */
struct e2e__tree {
	struct e2e__strings names;
	const char *error;
};

E2E__FN int e2e__golden_by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths of all that is below root/below, seen from root; folders end with a slash. */
E2E__FN void e2e__golden_walk(struct e2e__tree *t, const char *root, const char *below)
{
	const char *folder = e2e_printf("%s/%s", root, below);
	DIR *d = opendir(folder);
	struct dirent *e;
	struct stat s;

	if (!d) {
		t->error = e2e_printf(
			"cannot read the folder %s: %s", e2e_quoted(folder), strerror(errno));
		return;
	}
	while (!t->error && (e = readdir(d)) != NULL) {
		const char *path = e2e_printf("%s%s", below, e->d_name);

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (lstat(e2e_printf("%s/%s", root, path), &s) < 0 || !S_ISDIR(s.st_mode)) {
			e2e__memory_push(&t->names, path);
			continue;
		}
		path = e2e_printf("%s/", path);
		e2e__memory_push(&t->names, path);
		e2e__golden_walk(t, root, path);
	}
	closedir(d);
}

E2E__FN struct e2e__tree e2e__golden_tree(const char *root)
{
	struct e2e__tree t = {{NULL, 0, 0}, NULL};

	if (!root)
		t.error = "a folder's path is NULL";
	else
		e2e__golden_walk(&t, root, "");
	if (t.names.n)
		qsort((void *)t.names.at, t.names.n, sizeof *t.names.at, e2e__golden_by_name);
	return t;
}

E2E__FN const char *e2e__golden_type(mode_t mode)
{
	return S_ISREG(mode)     ? "a file"
		: S_ISDIR(mode)  ? "a folder"
		: S_ISLNK(mode)  ? "a link"
		: S_ISFIFO(mode) ? "a FIFO"
		: S_ISSOCK(mode) ? "a socket"
				 : "a device";
}

E2E__FN const char *e2e__golden_target(const char *path)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof target);

	return n < 0 ? "" : e2e__memory_strndup(target, (size_t)n);
}

/* How what has the same name differs, or NULL; *diff is filled once. */
E2E__FN const char *e2e__golden_entry(const char *got, const char *want, const char **diff)
{
	struct e2e__content g, w;
	struct stat a, b;
	const char *message, *text;

	if (lstat(got, &a) < 0 || lstat(want, &b) < 0)
		return e2e_printf("cannot be read: %s", strerror(errno));
	if ((a.st_mode & S_IFMT) != (b.st_mode & S_IFMT))
		return e2e_printf(
			"is %s, want %s", e2e__golden_type(a.st_mode), e2e__golden_type(b.st_mode));
	if (S_ISLNK(a.st_mode)) {
		text = e2e__golden_target(got);
		message = e2e__golden_target(want);
		return strcmp(text, message) == 0
			? NULL
			: e2e_printf("leads to %s, want %s", e2e_quoted(text), e2e_quoted(message));
	}
	if (!S_ISREG(a.st_mode))
		return NULL;
	if (!e2e__golden_read(&g, got))
		return e2e__golden_unreadable(got);
	if (!e2e__golden_read(&w, want))
		return e2e__golden_unreadable(want);
	if (!e2e__golden_same(&g, &w)) {
		text = e2e__golden_differ(&g, &w, &message);
		*diff = *diff ? *diff : text;
		return message;
	}
	if ((a.st_mode & S_IXUSR) != (b.st_mode & S_IXUSR))
		return a.st_mode & S_IXUSR ? "is executable, want it not to be"
					   : "isn't executable, want it to be";
	return NULL;
}

/* A line of the list; too many are counted only. */
E2E__FN void e2e__golden_add_difference(
	struct e2e__buf *b, size_t *count, const char *path, const char *how)
{
	if (++*count > 20)
		return;
	e2e__buf_escape(b, path, strlen(path), E2E__PLAIN);
	e2e__buf_addf(b, ": %s\n", how);
}

/* Walks through both sorted lists at once. Returns how many differ. */
E2E__FN size_t e2e__golden_compare_trees(struct e2e__buf *b, const char *got,
	const struct e2e__tree *g, const char *want, const struct e2e__tree *w, const char **diff,
	const char **of)
{
	size_t i = 0, k = 0, count = 0;

	while (i < g->names.n || k < w->names.n) {
		const char *a = i < g->names.n ? g->names.at[i] : NULL,
			   *c = k < w->names.n ? w->names.at[k] : NULL, *how;
		int order = !a ? 1 : !c ? -1 : strcmp(a, c);

		if (order < 0) {
			e2e__golden_add_difference(b, &count, g->names.at[i++], "extra");
		} else if (order > 0) {
			e2e__golden_add_difference(b, &count, w->names.at[k++], "missing");
		} else {
			how = e2e__golden_entry(
				e2e_printf("%s/%s", got, a), e2e_printf("%s/%s", want, c), diff);
			if (how)
				e2e__golden_add_difference(b, &count, a, how);
			if (*diff && !*of)
				*of = a;
			i++;
			k++;
		}
	}
	if (count > 20)
		e2e__buf_addf(b, "... %zu more differ\n", count - 20);
	return count;
}

E2E__FN bool e2e__golden_is_tree(struct e2e__at at, const char *folder, const char *want_folder)
{
	struct e2e__tree got, want;
	const char *diff = NULL, *of = NULL; /* of the first text that differs */
	size_t count;
	E2E__BUF(b, 1024);

	e2e__script_begin();
	got = e2e__golden_tree(folder);
	want = e2e__golden_tree(want_folder);
	if (got.error || want.error)
		return e2e__golden_fail(&at, "is_tree", NULL, NULL,
			want.error ? want.error : got.error, NULL, NULL);
	count = e2e__golden_compare_trees(&b, folder, &got, want_folder, &want, &diff, &of);
	if (!count)
		return e2e__point(&at, true, " is ", NULL);

	if (diff && count > 1) {
		e2e__buf_escape(&b, of, strlen(of), E2E__PLAIN);
		e2e__buf_adds(&b, ":\n");
	}
	if (diff)
		e2e__buf_adds(&b, diff);
	e2e__golden_fail(&at, "is_tree", folder, want_folder,
		e2e_printf("%zu %s below the folders", count,
			count == 1 ? "difference" : "differences"),
		NULL, b.p);
	e2e__buf_free(&b);
	return false;
}
