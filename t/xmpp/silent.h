/* silent.h - an XMPP server that answers some packets and then none, for the tests of limits. */
#ifndef T_SILENT_H
#define T_SILENT_H

#include "e2e_xmpp.h"

#define HEAD \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' " \
	"id='1' from='localhost' version='1.0'><stream:features>"

static const char *const starttls[] = {HEAD "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
				       "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"};
static const char *const plain[] = {
    HEAD "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
	 "</stream:features>",
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    HEAD "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>",
    "<iq type='result' id='_xmpp_bind1'><bind "
    "xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>juliet@localhost/x</jid></bind></iq>"};

/* Answers n packets, with one of the above; then reads what comes. */
static inline void falls_silent(int fd, const char *const *say, int n)
{
	char in[4096];

	for (int i = 0; i < n; i++)
		if (read(fd, in, sizeof in) <= 0 || write(fd, say[i], strlen(say[i])) < 0)
			return;
	while (read(fd, in, sizeof in) > 0)
		;
}

/* Listens, but its queue of connections is full: the next gets no answer. */
static inline int full_port(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in at;
	socklen_t size = sizeof at;

	memset(&at, 0, sizeof at);
	at.sin_family = AF_INET;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&at, size) || listen(fd, 0) || getsockname(fd, (struct sockaddr *)&at, &size))
		e2e_bail_out("no port: %s", strerror(errno));
	for (int i = 0; i < 3; i++) {
		int to = socket(AF_INET, SOCK_STREAM, 0);

		fcntl(to, F_SETFL, O_NONBLOCK);
		connect(to, (struct sockaddr *)&at, size);
	}
	return ntohs(at.sin_port);
}

#endif
