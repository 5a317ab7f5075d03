/* Where the kernel isn't asked whose sockets are whose, as it was built without answers: no protocol of netlink has this number. */
#define E2E__PEER_ASKS 31

#include "e2e_proc.h"

static void says_hello(int fd, void *arg)
{
	(void)arg;
	e2e_is_int(write(fd, "hello\n", 6), 6);
}

static void is_greeted_by(const char *endpoint)
{
	char room[8];
	int fd = e2e_dial(e2e_serve(endpoint, says_hello, NULL)->endpoint);

	e2e_is_int(read(fd, room, 6), 6);
}

E2E_TEST(connections)
{
	is_greeted_by("tcp:127.0.0.1:0");
	is_greeted_by("tcp:[::1]:0");
	e2e_fail("to see the story");
}

/* The case peers, and all others. */
#include "udp.c"
