#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "keeper.h"
#include "owner.h"

/* @implementation */

/* Which process of the case has made a connection, or sends datagrams: Linux tells the number of
 * the socket at its other end, and whose that is stands in /proc/PID/fd. The number is asked for;
 * where the kernel was built without answers (sock_diag, of datagrams above all), it is looked up
 * in /proc/net. Only the case's own processes are looked at, and those that they have started, and
 * so few files that a connection waits for about 0.1 ms at most; elsewhere, and of others, nothing
 * is known. */

/* Who it was the last time: it often comes again. */
struct e2e__peer {
	pid_t pid;
	char name[16];
	bool answers; /* the kernel has told a number when it was asked */
};

#ifdef E2E__LINUX

enum { E2E__PEER_PROCESSES = 32, E2E__PEER_FILES = 16, E2E__PEER_LOOKS = 40 };

#ifndef E2E__PEER_ASKS
#define E2E__PEER_ASKS 4 /* NETLINK_SOCK_DIAG; a test takes what no kernel has */
#endif

/* What the kernel takes and gives (netlink(7), sock_diag(7)); its headers aren't everywhere. */
struct e2e__peer_header {
	uint32_t length;
	uint16_t type, flags;
	uint32_t number, port;
};

struct e2e__peer_socket {
	unsigned char own_port[2], far_port[2], own[16], far[16];
	uint32_t interface, cookie[2];
};

struct e2e__peer_question {
	struct e2e__peer_header header;
	uint8_t family, protocol, more, pad;
	uint32_t states;
	struct e2e__peer_socket socket;
};

struct e2e__peer_answer {
	struct e2e__peer_header header;
	uint8_t family, state, timer, again;
	struct e2e__peer_socket socket;
	uint32_t expires, to_read, to_write, user, inode;
};

/* Asks for the socket; 0: there is none, or nobody answers. */
E2E__FN unsigned long e2e__peer_ask(int fd, const struct e2e__peer_question *q)
{
	enum { BY_FAMILY = 20, LISTENS = 10 };
	struct e2e__peer_answer a;
	ssize_t n;

	if (send(fd, q, sizeof *q, 0) != (ssize_t)sizeof *q)
		return 0;
	n = recv(fd, &a, sizeof a, MSG_DONTWAIT); /* it is there when the question is sent */
	if (n < (ssize_t)sizeof a || a.header.type != BY_FAMILY || a.state == LISTENS)
		return 0;
	return a.inode;
}

E2E__FN void e2e__peer_place(
	const struct sockaddr_storage *a, unsigned char *address, unsigned char port[2])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)a;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)a;
	bool is_v6 = a->ss_family == AF_INET6;

	memcpy(port, is_v6 ? &v6->sin6_port : &v4->sin_port, 2);
	if (is_v6)
		memcpy(address, &v6->sin6_addr, 16);
	else
		memcpy(address, &v4->sin_addr, 4);
}

/* The number of the socket that has the address `far` and sends to `own`, or 0. */
E2E__FN unsigned long e2e__peer_inode_at(
	const struct sockaddr_storage *own, const struct sockaddr_storage *far, int protocol)
{
	enum { REQUEST = 1 };
	struct e2e__peer_question q;
	unsigned long inode;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, E2E__PEER_ASKS);
	if (fd < 0)
		return 0;

	memset(&q, 0, sizeof q);
	q.header.length = sizeof q;
	q.header.type = 20; /* SOCK_DIAG_BY_FAMILY */
	q.header.flags = REQUEST;
	q.family = (uint8_t)far->ss_family;
	q.protocol = (uint8_t)protocol;
	q.states = ~0U;
	q.socket.cookie[0] = q.socket.cookie[1] = ~0U;
	e2e__peer_place(far, q.socket.own, q.socket.own_port);
	e2e__peer_place(own, q.socket.far, q.socket.far_port);
	inode = e2e__peer_ask(fd, &q);
	close(fd);
	return inode;
}

/* The number of a client's socket of datagrams, or 0. The kernel has it the other way round there:
 * it looks for who would get what goes from the one to the other. */
E2E__FN unsigned long e2e__peer_inode_of(
	const struct sockaddr_storage *own, const struct sockaddr_storage *far)
{
	struct sockaddr_storage from = *far;
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&from;
	const struct sockaddr_in *own_v4 = (const struct sockaddr_in *)(const void *)own;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&from;
	const struct sockaddr_in6 *own_v6 = (const struct sockaddr_in6 *)(const void *)own;

	if (own->ss_family != far->ss_family)
		return 0;

	/* who is bound to any address has the client's for it */
	if (own->ss_family == AF_INET6) {
		if (memcmp(&own_v6->sin6_addr, &in6addr_any, sizeof in6addr_any) != 0)
			v6->sin6_addr = own_v6->sin6_addr;
		v6->sin6_port = own_v6->sin6_port;
	} else {
		if (own_v4->sin_addr.s_addr != htonl(INADDR_ANY))
			v4->sin_addr = own_v4->sin_addr;
		v4->sin_port = own_v4->sin_port;
	}
	return e2e__peer_inode_at(far, &from, IPPROTO_UDP);
}

/* An address as the tables of IPv4 and IPv6 in /proc/net write it; "" where they can't. */
struct e2e__peer_hex {
	char v4[33], v6[33];
	unsigned port;
	bool any;
};

E2E__FN void e2e__peer_hex_of(struct e2e__peer_hex *hex, const struct sockaddr_storage *a)
{
	static const unsigned char maps[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255};
	unsigned char v6[16], port[2];

	memcpy(v6, maps, sizeof maps);
	e2e__peer_place(a, a->ss_family == AF_INET6 ? v6 : v6 + sizeof maps, port);
	hex->v4[0] = '\0';
	if (memcmp(v6, maps, sizeof maps) == 0)
		e2e__owner_hex_address(hex->v4, v6 + sizeof maps, 4);
	e2e__owner_hex_address(hex->v6, v6, 16);
	hex->port = (unsigned)port[0] << 8 | port[1];
	hex->any = !hex->v6[strspn(hex->v6, "0")] || !strcmp(hex->v4, "00000000");
}

/* The sockets of one table that have the address `far` and send to `own`: first those which are
 * connected, then those that have this address, then those that have all. */
E2E__FN void e2e__peer_table(struct e2e__inodes *found, const char *table, bool v6,
	const struct e2e__peer_hex *own, const struct e2e__peer_hex *far)
{
	enum { LISTENS = 0x0A };
	const char *from = v6 ? far->v6 : far->v4, *to = v6 ? own->v6 : own->v4;
	struct e2e__row row;
	FILE *f = *from ? fopen(table, "re") : NULL;

	while (e2e__owner_row_read(f, &row)) {
		bool here = strcmp(row.own, from) == 0, connected = row.far_port != 0;

		if (row.own_port != far->port || row.state == LISTENS ||
			(!here && row.own[strspn(row.own, "0")]) ||
			(connected &&
				(row.far_port != own->port ||
					(!own->any && strcmp(row.far, to) != 0))))
			continue;
		e2e__owner_inode_add(found, row.inode, here && connected ? 0 : here ? 1 : 2);
	}

	if (f)
		fclose(f);
}

/* The same number as e2e__peer_inode_at and _of tell, of /proc/net. */
E2E__FN unsigned long e2e__peer_look_up(
	const struct sockaddr_storage *own, const struct sockaddr_storage *far, bool udp)
{
	struct e2e__peer_hex own_hex, far_hex;
	struct e2e__inodes found;

	found.n = 0;
	found.rank = 0;
	e2e__peer_hex_of(&own_hex, own);
	e2e__peer_hex_of(&far_hex, far);
	e2e__peer_table(&found, udp ? E2E__PROC "/self/net/udp" : E2E__PROC "/self/net/tcp", false,
		&own_hex, &far_hex);
	e2e__peer_table(&found, udp ? E2E__PROC "/self/net/udp6" : E2E__PROC "/self/net/tcp6", true,
		&own_hex, &far_hex);
	return found.n ? found.list[0] : 0;
}

/* The number of the socket that has the address `far` and sends to `own`, or 0. */
E2E__FN unsigned long e2e__peer_inode(struct e2e__peer *last, const struct sockaddr_storage *own,
	const struct sockaddr_storage *far, bool udp)
{
	unsigned long inode;

	if (far->ss_family != AF_INET && far->ss_family != AF_INET6)
		return 0;
	inode = udp ? e2e__peer_inode_of(own, far) : e2e__peer_inode_at(own, far, IPPROTO_TCP);
	last->answers = last->answers || inode;
	/* who has answered once knows of no such socket: it is closed already */
	return last->answers ? inode : e2e__peer_look_up(own, far, udp);
}

/* The number of the socket at the other end of a TCP connection, or 0. */
E2E__FN unsigned long e2e__peer_inode_connected(struct e2e__peer *last, int connection)
{
	struct sockaddr_storage own, far;
	socklen_t own_size = sizeof own, far_size = sizeof far;

	if (getsockname(connection, (struct sockaddr *)&own, &own_size) != 0 ||
		getpeername(connection, (struct sockaddr *)&far, &far_size) != 0)
		return 0;
	return e2e__peer_inode(last, &own, &far, false);
}

/* Has the process this socket open? Sockets of clients have low numbers, and few gaps before
 * them. */
E2E__FN bool e2e__peer_holds(pid_t pid, unsigned long inode, int *looks)
{
	char path[64], to[64], wanted[64];

	snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
	for (int i = 3, gaps = 0; i < 3 + E2E__PEER_FILES && gaps < 4 && *looks > 0; i++) {
		ssize_t n;

		snprintf(path, sizeof path, E2E__PROC "/%ld/fd/%d", (long)pid, i);
		n = readlink(path, to, sizeof to - 1);
		to[n > 0 ? n : 0] = '\0';
		if (strcmp(to, wanted) == 0)
			return true;
		gaps = n > 0 ? 0 : gaps + 1;
		*looks -= n > 0 ? 1 : gaps == 4 ? 2 : 0;
	}

	return false;
}

/* Those who may be it: who it was the last time, the test, the case's processes, the youngest
 * first, each before what it has started. */
struct e2e__peer_list {
	int n, looks; /* that are left */
	struct {
		pid_t pid;
		bool parent; /* its children may be it, too */
		const char *name;
	} one[E2E__PEER_PROCESSES];
};

E2E__FN void e2e__peer_add(
	struct e2e__peer_list *list, int at, pid_t pid, bool parent, const char *name)
{
	if (pid <= 1 || pid == getpid() || list->n == E2E__PEER_PROCESSES)
		return;
	memmove(&list->one[at + 1], &list->one[at], (size_t)(list->n - at) * sizeof *list->one);
	list->n++;
	list->one[at].pid = pid;
	list->one[at].parent = parent;
	list->one[at].name = name;
}

/* The children of the first thread of the one at that place, behind it. */
E2E__FN void e2e__peer_add_children(struct e2e__peer_list *list, int of)
{
	char path[96], text[256], *at = text, *end;
	long parent = (long)list->one[of].pid;

	snprintf(path, sizeof path, E2E__PROC "/%ld/task/%ld/children", parent, parent);
	list->looks -= 4;
	if (list->looks <= 0 || e2e__file_read_start(path, text, sizeof text) <= 0)
		return;
	for (long pid; (pid = strtol(at, &end, 10)) > 0 && end != at; at = end)
		e2e__peer_add(list, of + 1, (pid_t)pid, true, list->one[of].name);
}

E2E__FN void e2e__peer_list_own(struct e2e__peer_list *list, const struct e2e__peer *last)
{
	const struct e2e__proc_shared *shared = e2e__proc.shared;

	list->n = 0;
	list->looks = E2E__PEER_LOOKS;
	e2e__peer_add(list, list->n, last->pid, false, last->name);
	e2e__peer_add(list, list->n, e2e__page_unseal(shared->test), false, "test");
	for (int i = shared->slots; i > 0; i--)
		if (shared->slot[i - 1].state != E2E__FREE)
			e2e__peer_add(list, list->n, e2e__page_unseal(shared->slot[i - 1].pid),
				shared->slot[i - 1].spawner != 0,
				(const char *)shared->slot[i - 1].name);
}

/* Is it the one with the socket, or (inode 0) with this number? */
E2E__FN bool e2e__peer_is(pid_t pid, unsigned long inode, pid_t wanted, int *looks)
{
	return inode ? e2e__peer_holds(pid, inode, looks) : pid == wanted;
}

/* The process at the other end of a socket in the file system, or 0. */
E2E__FN pid_t e2e__peer_local(int connection)
{
	struct {
		pid_t pid;
		uid_t user;
		gid_t group;
	} who;
	socklen_t size = sizeof who;

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
		return 0;
	return who.pid;
}

/* Which process has the socket, or (inode 0) this number: "curl (pid 12)", or "". */
E2E__FN const char *e2e__peer_find(
	struct e2e__peer *last, unsigned long inode, pid_t wanted, char *to, size_t size)
{
	struct e2e__peer_list list;

	to[0] = '\0';
	if (!inode && wanted <= 0)
		return to;
	e2e__peer_list_own(&list, last);
	for (int i = 0; i < list.n && list.looks > 0; i++) {
		pid_t pid = list.one[i].pid;
		const char *name = list.one[i].name;

		if (!e2e__peer_is(pid, inode, wanted, &list.looks)) {
			if (list.one[i].parent)
				e2e__peer_add_children(&list, i);
			continue;
		}
		snprintf(to, size, "%.15s (pid %ld)", name, (long)pid);
		memmove(last->name, name, strlen(name) + 1);
		last->pid = pid;
		break;
	}

	return to;
}

/* Who has made this connection that has been accepted: "curl (pid 12)", or "". */
E2E__FN const char *e2e__peer_name(struct e2e__peer *last, int connection, char *to, size_t size)
{
	unsigned long inode = e2e__proc.shared ? e2e__peer_inode_connected(last, connection) : 0;
	pid_t wanted = inode || !e2e__proc.shared ? 0 : e2e__peer_local(connection);

	return e2e__peer_find(last, inode, wanted, to, size);
}

/* Whose datagrams come from `far` to `own`. */
E2E__FN const char *e2e__peer_name_of(struct e2e__peer *last, const struct sockaddr_storage *own,
	const struct sockaddr_storage *far, char *to, size_t size)
{
	return e2e__peer_find(
		last, e2e__proc.shared ? e2e__peer_inode(last, own, far, true) : 0, 0, to, size);
}

#else

E2E__FN const char *e2e__peer_name(struct e2e__peer *last, int connection, char *to, size_t size)
{
	(void)last;
	(void)connection;
	(void)size;
	to[0] = '\0';
	return to;
}

E2E__FN const char *e2e__peer_name_of(struct e2e__peer *last, const struct sockaddr_storage *own,
	const struct sockaddr_storage *far, char *to, size_t size)
{
	(void)last;
	(void)own;
	(void)far;
	(void)size;
	to[0] = '\0';
	return to;
}

#endif
