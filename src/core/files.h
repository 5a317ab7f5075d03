#pragma once
#include "base.h"
#include "state.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"

/* @interface */

/* A whole file, NUL-terminated; NULL with errno. */
E2E__FN char *e2e__file_read(const char *path, size_t *size);
/* Folders. 0, or -1 with errno. */
E2E__FN int e2e__file_mkdirs(const char *path, mode_t mode);
E2E__FN int e2e__file_remove_tree(const char *path);
E2E__FN int e2e__file_copy_tree(const char *from, const char *to);
/* The path of an executable file found by PATH, or NULL with errno. */
E2E__FN const char *e2e__file_which(const char *name);

/* @implementation */

/* The path of an executable file, or NULL with errno. */
E2E__FN const char *e2e__file_which(const char *name)
{
	const char *path = getenv("PATH");
	struct stat s;
	int worst = ENOENT;

	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t n = strcspn(path, ":");
		const char *file = strchr(name, '/') ? e2e__memory_strdup(name)
			: n                          ? e2e_printf("%.*s/%s", (int)n, path, name)
						     : e2e_printf("./%s", name);

		if (*name && stat(file, &s) == 0) {
			if (S_ISREG(s.st_mode) && access(file, X_OK) == 0)
				return file;
			worst = S_ISDIR(s.st_mode) ? EISDIR : EACCES;
		}
		path += n;
		if (!*path || strchr(name, '/'))
			break;
		path++;
	}

	errno = worst;
	return NULL;
}

/* The beginning of a file, as much as one read() gives: for those of /proc. Takes no memory. Its
 * size without the NUL, or -1. */
E2E__FN ssize_t e2e__file_read_start(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	return n;
}

/* The same of a file that /proc has of a process. In signal handlers too. */
E2E__FN ssize_t e2e__file_of_process(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64] = "/proc/", digits[16], *end = digits + sizeof digits - 1;

	*end = 0;
	strcat(strcat(strcat(path, end - e2e__clock_digits(end, (int)pid)), "/"), name);
	return e2e__file_read_start(path, text, size);
}

E2E__FN char *e2e__file_read(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
	ssize_t n = 0;
	char *text;
	E2E__BUF(b, 4096);

	if (fd < 0)
		return NULL;
	do {
		b.n += (size_t)n;
		if (b.size - b.n < 2048)
			e2e__buf_grow(&b, b.n + 4096);
	} while ((n = read(fd, b.p + b.n, b.size - b.n - 1)) > 0);
	saved = errno;
	close(fd);
	if (n < 0) {
		e2e__buf_free(&b);
		errno = saved;
		return NULL;
	}

	if (size)
		*size = b.n;
	text = e2e__memory_strndup(b.p, b.n);
	e2e__buf_free(&b);
	return text;
}

E2E__FN int e2e__file_mkdirs(const char *path, mode_t mode)
{
	char *copy = e2e__memory_strdup(path), *p;

	for (p = copy + 1; *p; p++)
		if (*p == '/') {
			*p = 0;
			if (mkdir(copy, 0700) < 0 && errno != EEXIST)
				return -1;
			*p = '/';
		}
	return mkdir(copy, mode) < 0 && errno != EEXIST ? -1 : 0;
}

/* Never follows a link, and never leaves the tree when somebody swaps a folder for one. */
E2E__FN int e2e__file_remove_at(int at, const char *name)
{
	int fd, failed = 0;
	DIR *d;
	struct dirent *e;

	if (unlinkat(at, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM && errno != EACCES)
		return -1;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	fchmod(fd, 0700);
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return -1;
	}
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			failed |= e2e__file_remove_at(dirfd(d), e->d_name);
	closedir(d);
	return failed ? -1 : unlinkat(at, name, AT_REMOVEDIR);
}

E2E__FN int e2e__file_remove_tree(const char *path)
{
	return e2e__file_remove_at(AT_FDCWD, path);
}

/* Writes all of it, whatever signals come. False with errno if that fails. */
E2E__FN bool e2e__file_write_whole(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t w = write(fd, s, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		s += w;
		n -= (size_t)w;
	}
	return true;
}

E2E__FN int e2e__file_copy(const char *from, const char *to, mode_t mode)
{
	enum { SIZE = 1 << 16 };
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode | 0600);
	char *buffer = (char *)malloc(SIZE);
	ssize_t n = -1;

	while (out >= 0 && buffer && (n = read(in, buffer, SIZE)) > 0)
		if (!e2e__file_write_whole(out, buffer, (size_t)n))
			break;
	free(buffer);
	if (in >= 0)
		close(in);
	if (out >= 0 && close(out) < 0)
		return -1;
	return n == 0 ? 0 : -1;
}

E2E__FN int e2e__file_copy_tree(const char *from, const char *to)
{
	DIR *d = opendir(from);
	struct dirent *e;
	struct stat s;
	int failed = 0;

	if (!d || (mkdir(to, 0700) < 0 && errno != EEXIST)) {
		if (d)
			closedir(d);
		return -1;
	}
	while (!failed && (e = readdir(d)) != NULL) {
		char *a, *b, target[PATH_MAX];
		ssize_t n;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		a = e2e_printf("%s/%s", from, e->d_name);
		b = e2e_printf("%s/%s", to, e->d_name);
		if (lstat(a, &s) < 0) {
			failed = -1;
		} else if (S_ISDIR(s.st_mode)) {
			failed = e2e__file_copy_tree(a, b) < 0 || chmod(b, s.st_mode & 0777) < 0
				? -1
				: 0;
		} else if (S_ISLNK(s.st_mode)) {
			n = readlink(a, target, sizeof target - 1);
			target[n < 0 ? 0 : n] = 0;
			failed = n < 0 ? -1 : symlink(target, b);
		} else if (S_ISREG(s.st_mode)) {
			failed = e2e__file_copy(a, b, s.st_mode & 0777);
		}
		/* of another user's, as root can have made some: that one shall find its own */
		if (!failed && s.st_uid != geteuid() && geteuid() == 0)
			failed = lchown(b, s.st_uid, s.st_gid);
	}

	closedir(d);
	return failed;
}

/* To 1 MiB; whoever writes on where a limit is spent dies of SIGXFSZ. */
E2E__FN bool e2e__file_may_grow(void)
{
	struct rlimit size;

	return getrlimit(RLIMIT_FSIZE, &size) < 0 || size.rlim_cur >= 1u << 20;
}

E2E__FN const char *e2e__file_tmp(void)
{
	const char *tmp = getenv("TMPDIR");
	char *full;

	if (!tmp || !*tmp)
		return "/tmp";
	if (*tmp == '/' || !(full = realpath(tmp, NULL)))
		return tmp;
	tmp = e2e__memory_strdup(full); /* a relative one would lead elsewhere after chdir() */
	free(full);
	return tmp;
}

/* High, so that the tested code finds the numbers that it would find without us. */
E2E__FN int e2e__file_high(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 200);

	if (high < 0)
		return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -1 : fd;
	close(fd);
	return high;
}

/* A file without a name, to be written at its end: its descriptor, or -1 with errno. */
E2E__FN int e2e__file_unnamed(void)
{
	char *path = e2e_printf("%s/e2e-output-XXXXXX", e2e__file_tmp());
	int fd = mkstemp(path);

	if (fd >= 0)
		unlink(path);
#if defined E2E__LINUX && defined SYS_memfd_create
	else
		fd = (int)syscall(SYS_memfd_create, "output", 0u);
#endif
	if (fd < 0)
		return -1;
	fd = e2e__file_high(fd);
	fcntl(fd, F_SETFL, O_APPEND);
	return fd;
}

/* What a thread writes into meanwhile is left alone. */
E2E__FN void e2e__file_flush(FILE *stream)
{
	if (ftrylockfile(stream) != 0)
		return;
	fflush(stream);
	funlockfile(stream);
}

/* The last part of a path as a file name of at most 64 bytes. */
E2E__FN char *e2e__file_stem(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *s = e2e_printf("%.64s", slash ? slash + 1 : path), *p;

	for (p = s; *p; p++)
		if (!strchr(E2E__ALNUM "._-", *p))
			*p = '_';
	if (p - s > 2 && strcmp(p - 2, ".t") == 0)
		p[-2] = 0;
	if (*s == '.' || *s == '-')
		*s = '_';
	return *s ? s : e2e__memory_strdup("_");
}

E2E__WRAPPING E2E__FN uint64_t e2e__file_hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return h;
}

/* What the watching side puts out. A signal that ends the program ends the writing, too: the reader
 * may never come back. */
E2E__FN void e2e__file_write_all(int fd, const char *s, size_t n)
{
	ssize_t w;

	while (n) {
		w = write(fd, s, n);
		if (w < 0 && errno == EINTR &&
			(!e2e__state.quit || e2e__clock_terminates(e2e__state.quit)))
			continue;
		if (w < 0) {
			if (fd == e2e__state.tap && !e2e__state.out_failed)
				e2e__state.out_failed = errno ? errno : EIO;
			return;
		}
		s += w;
		n -= (size_t)w;
	}
}
