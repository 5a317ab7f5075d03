#pragma once
#include "state.h"
#include "system.h"
#include "keeper.h"

/* @implementation */

enum e2e__owner { E2E__OWNER_P, E2E__OWNER_OTHER, E2E__OWNER_UNKNOWN };

/* The sockets that may be the one which answered, as /proc numbers them. */
struct e2e__inodes {
	unsigned long list[16];
	size_t n;
	int rank; /* of those in the list: 0 the best */
};

/* Keeps the candidates of the best rank only. */
E2E__FN void e2e__owner_inode_add(struct e2e__inodes *found, unsigned long inode, int rank)
{
	if (found->n && rank > found->rank)
		return;
	if (rank < found->rank)
		found->n = 0;
	found->rank = rank;
	if (found->n < sizeof found->list / sizeof *found->list)
		found->list[found->n++] = inode;
}

/* An address as /proc/net/tcp6 writes it: four words as they are in memory. */
E2E__FN void e2e__owner_hex_address(char *hex, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i += 4) {
		uint32_t word;

		memcpy(&word, (const char *)bytes + i, 4);
		snprintf(hex + 2 * i, 9, "%08lX", (unsigned long)word);
	}
}

/* A socket in such a table: its own end, the far one, if it is connected, and its state: 0A listens
 * for connections, 07 takes anyone's datagrams. */
struct e2e__row {
	char own[33], far[33]; /* addresses as e2e__owner_hex_address writes them */
	unsigned own_port, far_port, state;
	unsigned long inode;
};

/* The next row of a table; false at its end. */
E2E__FN bool e2e__owner_row_read(FILE *table, struct e2e__row *row)
{
	char line[512];

	while (table && fgets(line, sizeof line, table))
		if (sscanf(line, "%*s %32[0-9A-F]:%x %32[0-9A-F]:%x %x %*s %*s %*s %*s %*s %lu",
			    row->own, &row->own_port, row->far, &row->far_port, &row->state,
			    &row->inode) == 6)
			return true;
	return false;
}

/* Who would get a connection or a datagram to this address and port? Listeners of just this address
 * come before those of all. */
E2E__FN void e2e__owner_table_listeners(struct e2e__inodes *found, const char *table,
	const char *const *ranked, int port, unsigned listens)
{
	struct e2e__row row;
	FILE *f = fopen(table, "re");

	while (e2e__owner_row_read(f, &row)) {
		if (row.state != listens || (int)row.own_port != port)
			continue;
		for (int rank = 0; rank < 4; rank++)
			if (ranked[rank] && strcmp(row.own, ranked[rank]) == 0)
				e2e__owner_inode_add(found, row.inode, rank);
	}

	if (f)
		fclose(f);
}

/* Those who listen at an address of IPv4 or IPv6, for connections or for datagrams. */
E2E__FN void e2e__owner_port_listeners(
	struct e2e__inodes *found, const struct sockaddr *address, bool udp)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
	bool is_v6 = address->sa_family == AF_INET6;
	unsigned char mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0};
	static const unsigned char any[16] = {0};
	char own_hex[40], mapped_hex[40], any_hex[40];
	const char *in_v4[4] = {own_hex, NULL, "00000000", NULL},
		   *in_v6[4] = {is_v6 ? own_hex : NULL, is_v6 ? NULL : mapped_hex, NULL, any_hex};
	int port = ntohs(is_v6 ? v6->sin6_port : v4->sin_port);
	unsigned listens = udp ? 0x07 : 0x0A;

	if (is_v6) {
		e2e__owner_hex_address(own_hex, &v6->sin6_addr, 16);
	} else {
		memcpy(mapped + 12, &v4->sin_addr, 4);
		e2e__owner_hex_address(own_hex, &v4->sin_addr, 4);
	}

	e2e__owner_hex_address(mapped_hex, mapped, 16);
	e2e__owner_hex_address(any_hex, any, 16); /* takes IPv4, too, unless told not to */
	if (!is_v6)
		e2e__owner_table_listeners(found,
			udp ? E2E__PROC "/self/net/udp" : E2E__PROC "/self/net/tcp", in_v4, port,
			listens);
	e2e__owner_table_listeners(found,
		udp ? E2E__PROC "/self/net/udp6" : E2E__PROC "/self/net/tcp6", in_v6, port,
		listens);
}

/* Is the name that a server has bound this path? Names are written as they were given: a relative
 * one tells its last part. */
E2E__FN bool e2e__owner_same_socket(const char *bound, const char *path)
{
	struct stat a, b;
	const char *last = strrchr(bound, '/'), *wanted = strrchr(path, '/');

	if (strcmp(bound, path) == 0)
		return true;
	if (*bound == '/')
		return !stat(bound, &a) && !stat(path, &b) && a.st_dev == b.st_dev &&
			a.st_ino == b.st_ino;
	return strcmp(last ? last + 1 : bound, wanted ? wanted + 1 : path) == 0;
}

E2E__FN void e2e__owner_unix_listeners(struct e2e__inodes *found, const char *path)
{
	char line[512];
	FILE *f = fopen(E2E__PROC "/self/net/unix", "re");

	while (f && fgets(line, sizeof line, f)) {
		unsigned long flags, inode;
		unsigned type;
		int name = 0;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%*s %*s %*s %lx %x %*s %lu %n", &flags, &type, &inode, &name) !=
				3 ||
			!name || !((flags & 0x10000) || type == SOCK_DGRAM))
			continue;
		if (e2e__owner_same_socket(line + name, path))
			e2e__owner_inode_add(found, inode, 0);
	}

	if (f)
		fclose(f);
}

/* Does this process hold one of the sockets? -1: it may not be looked at. */
E2E__FN int e2e__owner_holds(pid_t pid, const struct e2e__inodes *sockets)
{
	char path[64], to[64];
	int holds = 0;

	snprintf(path, sizeof path, E2E__PROC "/%ld/fd", (long)pid);
	DIR *d = opendir(path);
	if (!d)
		return errno == EACCES || errno == EPERM ? -1 : 0;
	for (struct dirent *e; !holds && (e = readdir(d));) {
		unsigned long inode;
		ssize_t n = readlinkat(dirfd(d), e->d_name, to, sizeof to - 1);

		to[n > 0 ? n : 0] = '\0';
		if (sscanf(to, "socket:[%lu]", &inode) != 1)
			continue;
		for (size_t i = 0; i < sockets->n; i++)
			holds |= sockets->list[i] == inode;
	}

	closedir(d);
	return holds;
}

/* Is this process p, or has p started it? By its parents, its group or session; a daemon's by its
 * environment. */
E2E__FN bool e2e__owner_of_tree(const struct e2e__process *p, pid_t pid)
{
	struct e2e__stat st;
	pid_t at = pid;

	for (int i = 0; i < 100 && at > 1 && at != p->owner && e2e__system_stat_read(at, &st);
		i++, at = st.parent)
		if (at == p->pub.pid || st.group == p->pub.pid || st.session == p->pub.pid)
			return true;
	return e2e__keeper_carries(pid, "environ", p->mark);
}

/* A process that has lost its way to whom it belongs: forked by a function of the test, and then a
 * daemon. */
E2E__FN bool e2e__owner_stray(pid_t pid)
{
	const struct e2e__proc_shared *shared = e2e__proc.shared;

	if (!shared || pid == getpid() || pid == getppid() || pid == shared->runner ||
		pid == shared->keeper || !e2e__keeper_carries(pid, "maps", e2e__proc.mark))
		return false;
	for (const struct e2e__process *q = e2e__proc.list; q; q = q->next)
		if (e2e__owner_of_tree(q, pid))
			return false;
	return true;
}

/* "redis-server (pid 12)", or who it is in the test's own words. */
E2E__FN const char *e2e__owner_name(pid_t pid)
{
	struct e2e__stat st;

	if (pid == getpid())
		return "the test itself";
	for (const struct e2e__process *q = e2e__proc.list; q; q = q->next)
		if (q->pub.running && e2e__owner_of_tree(q, pid))
			return e2e_printf("%s (pid %ld)", q->pub.command, (long)pid);
	return e2e__system_stat_read(pid, &st) ? e2e_printf("%s (pid %ld)", st.name, (long)pid)
					       : "another process";
}

/* Whose are these sockets? If not p's, *name says whose. */
E2E__FN enum e2e__owner e2e__owner_listener_of(
	const struct e2e__process *p, const struct e2e__inodes *sockets, const char **name)
{
	bool hidden = false;
	pid_t other = 0;
	DIR *proc = sockets->n && e2e__keeper_knows_processes() ? opendir(E2E__PROC) : NULL;

	*name = "another process";
	if (!proc)
		return E2E__OWNER_UNKNOWN;
	if (e2e__owner_holds(p->pub.pid, sockets) > 0) {
		closedir(proc);
		return E2E__OWNER_P;
	}

	enum e2e__owner owner = E2E__OWNER_OTHER;
	for (struct dirent *e; owner != E2E__OWNER_P && (e = readdir(proc));) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
		int holds = pid > 0 ? e2e__owner_holds(pid, sockets) : 0;

		if (!holds)
			continue;
		bool ours = e2e__owner_of_tree(p, pid) || (holds > 0 && e2e__owner_stray(pid));
		if (ours && holds > 0)
			owner = E2E__OWNER_P;
		else if (ours)
			hidden = true; /* of another user: it may well be the one */
		else if (holds > 0)
			other = pid;
	}

	closedir(proc);
	if (owner == E2E__OWNER_OTHER && other)
		*name = e2e__owner_name(other);
	return owner == E2E__OWNER_OTHER && hidden && !other ? E2E__OWNER_UNKNOWN : owner;
}
