/* e2e: libstrophe openssl libsodium */
/* Where the config names no port the domain's SRV records are asked: in a network of its own, with a DNS server of its own. The cases called
 * inner_ run there, as one program; they need the right to make namespaces (root, or user namespaces). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* unshare() */
#endif
#include "e2e_xmpp.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

/* ---- a DNS server ---- */

enum { A = 1, SRV = 33 };
struct record {
	const char *name;
	int type, priority, port;
	const char *target;
};
static const struct record *zone; /* an empty name ends it */
static int dns_fd;
static char asked[4096]; /* the questions, a line each; shared with the server */
static char *questions = asked;

static unsigned char *put_name(unsigned char *p, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");

		*p++ = (unsigned char)n;
		memcpy(p, name, n);
		p += n;
		name += n + (name[n] == '.');
	}
	*p++ = 0;
	return p;
}

static unsigned char *put16(unsigned char *p, unsigned value)
{
	p[0] = (unsigned char)(value >> 8);
	p[1] = (unsigned char)value;
	return p + 2;
}

/* Answers one question by the zone. Returns the answer's size. */
static size_t reply(unsigned char *m, size_t size)
{
	unsigned char *p = m + 12, *end, *length;
	char name[256] = "";
	unsigned type, answers = 0;
	bool known = false;

	while (p < m + size && *p) {
		snprintf(name + strlen(name), sizeof name - strlen(name), "%s%.*s", *name ? "." : "", *p, (char *)p + 1);
		p += *p + 1;
	}
	type = (unsigned)(p[1] << 8 | p[2]);
	end = p + 5;
	snprintf(questions + strlen(questions), sizeof asked - strlen(questions), "%s %u\n", name, type);
	for (const struct record *r = zone; *r->name; r++) {
		if (strcasecmp(r->name, name))
			continue;
		known = true;
		if (r->type != (int)type)
			continue;
		end = put16(put16(put16(end, 0xc00c), type), 1); /* the question's name, class IN */
		end = put16(put16(end, 0), 0);			 /* may not be kept */
		length = end;
		end += 2;
		if (type == A) {
			memcpy(end, "\177\0\0\1", 4);
			end += 4;
		} else {
			end = put16(put16(put16(end, (unsigned)r->priority), 0), (unsigned)r->port);
			end = put_name(end, r->target);
		}
		put16(length, (unsigned)(end - length - 2));
		answers++;
	}
	m[2] = 0x85; /* an authoritative answer */
	m[3] = (unsigned char)(known ? 0x80 : 0x83);
	put16(m + 6, answers);
	put16(m + 8, 0);
	put16(m + 10, 0);
	return (size_t)(end - m);
}

static void serve_dns(void *arg)
{
	unsigned char m[2048];
	struct sockaddr_in from;

	(void)arg;
	for (;;) {
		socklen_t size = sizeof from;
		ssize_t n = recvfrom(dns_fd, m, 512, 0, (struct sockaddr *)&from, &size);

		if (n > 16)
			sendto(dns_fd, m, reply(m, (size_t)n), 0, (struct sockaddr *)&from, size);
	}
}

static e2e_proc *dns;

static void start_dns(const struct record *records)
{
	struct sockaddr_in at;

	memset(&at, 0, sizeof at);
	at.sin_family = AF_INET;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons(53);
	dns_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(dns_fd, (struct sockaddr *)&at, sizeof at))
		e2e_bail_out("port 53: %s", strerror(errno));
	questions = (char *)mmap(NULL, sizeof asked, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	zone = records;
	dns = e2e_spawn_fn(serve_dns, NULL);
	close(dns_fd);
}

/* ---- the server, which has a host srv.example ---- */

static const char *start(void *arg)
{
	const char *here = e2e__server_here();

	(void)arg;
	e2e_certs("srv", "srv.example");
	e2e__server_put("extra.lua", e2e_printf("VirtualHost \"srv.example\"\n"
					      "  authentication = \"insecure\"\n"
					      "  insecure_open_authentication = \"Yes please, I know what I'm doing!\"\n"
					      "  ssl = { key = \"%s/srv/server.key\", certificate = \"%s/srv/server.pem\" }\n",
					      here, here));
	return e2e_printf("%s %s/srv/ca.pem", e2e__server_prosody_start((void *)(uintptr_t) "extra.lua"), here);
}

static int port, direct_port;
static e2e_tls tls;
static e2e_failure why;
static e2e_account account = {"juliet@srv.example", "secret", NULL, 0, NULL};

/* True in the program that another case has started, with a server. */
static bool inner(void)
{
	const char *address;

	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return false;
	}
	address = e2e_service("xmpp-srv", start, NULL);
	port = atoi(address); /* "port ca_file port-of-direct-TLS ca_file-of-this-host" */
	direct_port = atoi(strchr(strchr(address, ' ') + 1, ' '));
	account.ca_file = strrchr(address, ' ') + 1;
	return true;
}

/* A provisioner with accounts that name neither host nor port, as a config with domain= alone does. */
static bool make(e2e_provisioner *self, e2e_client *c)
{
	self->domain = "srv.example";
	c->account = account;
	c->tls = tls;
	return true;
}
static e2e_provisioner mine = {.name = "mine", .make_client = make};

static e2e_client *log_in(void)
{
	e2e_client_opts opts = {.timeout = 10};

	e2e_provisioner_add(&mine);
	memset(&why, 0, sizeof why);
	return e2e_client_try(opts, &why);
}

/* The record names a host and a port; the certificate is for the domain, not for that host. */
E2E_TEST(inner_a_record_names_host_and_port)
{
	e2e_client *c;

	if (!inner())
		return;
	start_dns((struct record[]){{"_xmpp-client._tcp.srv.example", SRV, 5, port, "host.srv.example"},
				    {"host.srv.example", A, 0, 0, NULL},
				    {"", 0, 0, 0, NULL}});
	c = log_in();
	if (!e2e_ok(c != NULL, "logs in"))
		e2e_fail("%s", why.message);
	e2e_is_str(c ? c->account.jid : NULL, "juliet@srv.example");
	e2e_ok(c && xmpp_conn_is_secured(c->conn), "under TLS");
	e2e_like(questions, "^_xmpp-client\\._tcp\\.srv\\.example 33\n");
	e2e_stop(dns, E2E_SIG(SIGTERM));
}

/* The next one is tried where a host has no address, and where nobody listens; the reason says where it was. */
E2E_TEST(inner_several_records)
{
	struct record records[] = {{"_xmpp-client._tcp.srv.example", SRV, 20, 0, "second.srv.example"},
				   {"_xmpp-client._tcp.srv.example", SRV, 10, 0, "first.srv.example"},
				   {"second.srv.example", A, 0, 0, NULL},
				   {"", 0, 0, 0, NULL},
				   {"", 0, 0, 0, NULL}};
	int closed;

	if (!inner())
		return;
	closed = e2e_port();
	e2e_port_release(closed);
	records[0].port = port;
	records[1].port = closed;
	start_dns(records);
	if (!e2e_ok(log_in() != NULL, "logs in at the second, since the first has no address"))
		e2e_fail("%s", why.message);
	e2e_stop(dns, E2E_SIG(SIGTERM));
	records[3] = (struct record){"first.srv.example", A, 0, 0, NULL};
	start_dns(records);
	if (!e2e_ok(log_in() != NULL, "and since the first refuses"))
		e2e_fail("%s", why.message);
	e2e_stop(dns, E2E_SIG(SIGTERM));
	records[0].port = closed;
	records[3].name = "";
	start_dns(records);
	e2e_ok(!log_in());
	e2e_is_str(why.code, "dns", "by the first one");
	e2e_like(why.message,
		 e2e_printf("\\(by the SRV record of srv\\.example\\) as .*: none of the 2 SRV records leads to a server: "
			    "first\\.srv\\.example:%d \\(dns\\), second\\.srv\\.example:%d \\(refused\\)",
			    closed, closed));
	e2e_stop(dns, E2E_SIG(SIGTERM));
	records[1].type = A;
	start_dns(records);
	e2e_ok(!log_in(), "one record alone");
	e2e_is_str(why.code, "refused");
	e2e_like(why.message, e2e_printf("can't log in at second\\.srv\\.example:%d \\(by the SRV record of "
					 "srv\\.example\\) as .*: the connection was refused",
					 closed));
	e2e_stop(dns, E2E_SIG(SIGTERM));
}

/* With TLS from the first byte there's a service of its own (XEP-0368). */
E2E_TEST(inner_direct_tls)
{
	if (!inner())
		return;
	tls.direct = tls.no_verify = true; /* its certificate is of another host */
	start_dns((struct record[]){{"_xmpp-client._tcp.srv.example", SRV, 5, 1, "host.srv.example"},
				    {"_xmpps-client._tcp.srv.example", SRV, 5, direct_port, "host.srv.example"},
				    {"host.srv.example", A, 0, 0, NULL},
				    {"", 0, 0, 0, NULL}});
	if (!e2e_ok(log_in() != NULL, "logs in"))
		e2e_fail("%s", why.message);
	e2e_like(questions, "^_xmpps-client\\._tcp\\.srv\\.example 33\n");
	e2e_stop(dns, E2E_SIG(SIGTERM));
}

/* Without a record the domain itself is asked, at port 5222; here nobody listens there. */
E2E_TEST(inner_no_record)
{
	if (!inner())
		return;
	start_dns((struct record[]){{"srv.example", A, 0, 0, NULL}, {"", 0, 0, 0, NULL}});
	e2e_ok(!log_in());
	e2e_is_str(why.code, "refused");
	e2e_like(why.message, "can't log in at srv\\.example:5222 \\(no SRV record of srv\\.example\\) as juliet@srv\\.example: ");
	e2e_like(questions, "^_xmpp-client\\._tcp\\.srv\\.example 33\n");
	e2e_stop(dns, E2E_SIG(SIGTERM));
}

E2E_TEST(inner_no_such_domain)
{
	if (!inner())
		return;
	start_dns((struct record[]){{"", 0, 0, 0, NULL}});
	e2e_ok(!log_in());
	e2e_is_str(why.code, "dns");
	e2e_like(why.message, "srv\\.example");
	e2e_stop(dns, E2E_SIG(SIGTERM));
}

/* A port in the config asks no SRV record. */
E2E_TEST(inner_a_port_is_enough)
{
	if (!inner())
		return;
	start_dns((struct record[]){{"_xmpp-client._tcp.srv.example", SRV, 5, 1, "nowhere.srv.example"},
				    {"srv.example", A, 0, 0, NULL},
				    {"", 0, 0, 0, NULL}});
	account.port = port;
	if (!e2e_ok(log_in() != NULL, "logs in"))
		e2e_fail("%s", why.message);
	e2e_unlike(questions, "_xmpp-client");
	e2e_stop(dns, E2E_SIG(SIGTERM));
}

/* ---- a network of its own ---- */

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Why it can't be had; NULL: from here on this process is in a network that has a loopback interface and a resolver at 127.0.0.1. */
static const char *isolate(const char *resolv)
{
	long uid = getuid(), gid = getgid();
	struct ifreq lo;
	int fd;

	if (unshare(CLONE_NEWNET | CLONE_NEWNS)) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS))
			return e2e_printf("no right to make namespaces: %s", strerror(errno));
		if (!write_text("/proc/self/setgroups", "deny") ||
		    !write_text("/proc/self/uid_map", e2e_printf("0 %ld 1", uid)) ||
		    !write_text("/proc/self/gid_map", e2e_printf("0 %ld 1", gid)))
			return e2e_printf("no root in a user namespace: %s", strerror(errno));
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount(resolv, "/etc/resolv.conf", NULL, MS_BIND, NULL))
		return e2e_printf("no right to mount: %s", strerror(errno));
	memset(&lo, 0, sizeof lo);
	strcpy(lo.ifr_name, "lo");
	lo.ifr_flags = IFF_UP | IFF_RUNNING;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		return e2e_printf("no loopback interface: %s", strerror(errno));
	close(fd);
	return NULL;
}

static int in_its_own_network(void *arg)
{
	const char *no = isolate((const char *)arg);
	char *const args[] = {(char *)(uintptr_t) "inner", (char *)(uintptr_t) "-k", (char *)(uintptr_t) "^inner_", NULL};

	if (no) {
		fprintf(stderr, "%s\n", no);
		return 77;
	}
	setenv("INNER", "1", 1);
	unsetenv("E2E_RUN_DIR");
	execv("/proc/self/exe", args);
	return 1;
}

E2E_TEST(srv_records, .timeout = 120)
{
	const char *resolv = e2e_printf("%s/resolv.conf", e2e_tmpdir());
	e2e_proc *p;

	e2e_require_command("prosody");
	e2e__server_put(resolv, "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n");
	p = e2e_spawn_fn(in_its_own_network, (void *)(uintptr_t)resolv);
	e2e_proc_timeout(100);
	while (!e2e_exited(p))
		e2e__limit_pause(0.01);
	if (strstr(e2e_stderr(p), "no right") || strstr(e2e_stderr(p), "no root") || strstr(e2e_stderr(p), "no loopback"))
		e2e_skip("needs a network of its own: %.*s", (int)strcspn(e2e_stderr(p), "\n"), e2e_stderr(p));
	e2e_wait(p, 0);
	e2e_like(e2e_stdout(p), "\nok 6 - inner_a_port_is_enough\n", "all of them ran");
}

E2E_MAIN()
