/* e2e_proc.h - processes, sockets, faults, mail, certificates and shims for tests with e2e.h.
 *
 * CONTENTS
 *
 * -- manual: plans --
 *	E2E_TEST(client_talks_to_server)
 *	{
 *		int port = e2e_port();
 *		e2e_proc *server = e2e_spawn("redis-server", "--port", e2e_printf("%d", port));
 *		e2e_ready(server, E2E_PORT(port));
 *		e2e_result r = e2e_run("redis-cli", "-p", e2e_printf("%d", port), "ping");
 *		e2e_is_str(r.out, "PONG\n");
 *		e2e_kill(server);
 *	}
 *	A case is a plan: what it starts is its own, operations run at once, and every exit is anticipated.
 *	- A process may exit while an operation waits for it (e2e_wait, e2e_kill, ...), or in the case's own code if the next
 *	  operation is the wait for it. Any other exit fails the case as soon as it happens: in a wait for another process, in
 *	  e2e_eventually, in a read() of the case's own that waits for a dead server (Linux).
 *	- To start several short-lived ones: start them, then e2e_wait_par(E2E_EXPECT(a, 0), E2E_EXPECT(b, 1)).
 *	- What still runs at the end fails the case (still-running), what is left of its process group too (leaked-process).
 *	  Everything is ended, also on Ctrl-C and when the test is killed by SIGKILL.
 *	- What E2E_SUITE_SETUP starts serves all cases; if it dies, the program ends with one `Bail out!` and its log.
 *	A status is an exit code (0 to 255) or E2E_SIG(SIGTERM); they are never equal.
 *	stdout and stderr go to <case folder>/<name>[-N].stdout and .stderr; the tails are shown if the case fails, and the folder
 *	is kept. No shell is between you and the command; a child gets no descriptor of the test but 0, 1 and 2.
 *	stdin is a pipe for e2e_send that ends where the case waits for the process; e2e_run gives /dev/null.
 *	Codes of failures: unexpected-exit, wrong-exit, not-found, not-executable, still-running, timeout, not-ready,
 *	leaked-process, limit, not-spawned.
 *
 *
 * -- manual: readiness and dialogues --
 *	e2e_ready(p, E2E_LINE("listening on port ([0-9]+)"), E2E_SOCKET(path));     all of them; then e2e_capture(p, 1)
 *	Also E2E_PORT(n), E2E_FILE(path), E2E_CMD("pg_isready", "-q"). A process that is dead fails it at once, with its log.
 *	e2e_send(p, "help\n"); e2e_expect(p, "^commands: (.*)$");       a dialogue; .pty = true for what wants a terminal
 *	e2e_expect looks at what came since the last match, on stdout and then on stderr.
 *
 *
 * -- manual: services --
 *	static const char *start(void *arg) { ... e2e_spawn, e2e_ready ...; return address; }
 *	const char *address = e2e_service("broker", start, NULL);
 *	The first test program of a `prove` run that asks starts it, the others get its address; it ends with the run, whatever
 *	ends it. Without prove it is shared by the cases of the program. Logs and addresses are in $E2E_RUN_DIR.
 *
 *
 * -- manual: ports and sockets --
 *	int port = e2e_port();               held for this case: nobody else gets it, your server (with SO_REUSEADDR) may bind it
 *	int fd = e2e_listen("tcp:127.0.0.1:0");  const char *where = e2e_endpoint(fd);     also "unix:" and "unix:/a/path"
 *	int fd = e2e_dial(where);            ends the case if nobody answers; e2e_try_dial() returns -1 instead
 *	e2e_server *s = e2e_serve("unix:", handler, arg);  ...  e2e_is_str(e2e_received(s), "PING\r\n");
 *
 *
 * -- manual: fault proxy --
 *
 *	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:5432");
 *	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.2, .jitter = 0.05);
 *	e2e_run("psql", "-h", "127.0.0.1", "-p", e2e_printf("%d", px->port), ...);
 *	e2e_is_int(e2e_proxy_count(px).accepted, 1);
 *
 *	A proxy stands between a client and the server that it names, on a port of its own (for a unix: server on a socket of
 *	its own), and does to the bytes what networks do. Faults are set for a direction, E2E_TO_SERVER, E2E_TO_CLIENT or
 *	E2E_BOTH_WAYS, any number of them together; what is set replaces what was set for that direction before:
 *	.latency = s, .jitter = s    each byte leaves that much later, give or take up to the jitter; the order stays
 *	.bandwidth = n               bytes a second
 *	.slice = n, .pause = s       written n bytes at a time, with a pause between (at least about 1 ms)
 *	.limit = n                   the connection is closed in order after n bytes; -1: before the first one
 *	.reset = true                the connection is broken by an RST: at once, or with .limit after n bytes
 *	.drop = true                 bytes vanish and the connection stays: all of them, or with .limit those after the n-th
 *	.slow_close = s              the end of the stream is passed on that much later
 *	.down = true                 nobody listens: clients are refused, connections are broken (the direction doesn't matter)
 *	.first = n                   all this holds for the next n connections only, then the proxy behaves
 *	Without .first a fault holds for the open connections too. A call returns when its fault is in force, so the first
 *	byte of the next connection meets it. e2e_proxy_clear(px) ends all faults. Times are exact to about 1 ms.
 *	A case that fails shows for each proxy its connections, bytes, faults and what its server answered.
 *	C++ before C++20 has no `.name = value`: fill an e2e_fault and call e2e_proxy_set(px, direction, &fault).
 *	Unix sockets know no RST: a broken connection ends there.
 *
 * -- manual: mail --
 *
 *	e2e_mailbox *m = e2e_mailbox_open();
 *	e2e_run("curl", "-s", "--url", m->url, "--mail-from", "a@x", "--mail-rcpt", "b@y", "-T", "mail.txt");
 *	e2e_mail_wait(m, 1);
 *	e2e_is_str(m->mail[0].subject, "Hello");
 *	e2e_mail_expect(m, "Hello", "b@y");
 *
 *	An SMTP server of the case's own on 127.0.0.1: whatever is sent to anybody arrives here and nowhere else. It speaks
 *	ESMTP: HELO, EHLO, MAIL, RCPT, DATA, RSET, NOOP, VRFY, HELP, QUIT, AUTH PLAIN and LOGIN (any password is right and none is
 *	kept), SIZE (64 MiB), 8BITMIME, SMTPUTF8, PIPELINING, and with E2E_OPENSSL STARTTLS, for which m->ca is the authority.
 *	Programs often return before their mail has arrived: e2e_mail_wait and e2e_mail_expect wait for it. Between them
 *	m->mail and m->count don't change.
 *	Faults: e2e_mail_fault(m, "RCPT", 550) answers each RCPT with 550; E2E_MAIL_DROP closes the connection instead of an
 *	answer, E2E_MAIL_STALL never answers, 0 ends the fault. The command is a verb, or CONNECT for the greeting, or "." for
 *	the end of a mail; or, if it holds a blank, a pattern for the whole line: "RCPT TO:<*@bad.example>*" (case doesn't matter).
 *	e2e_mail_fault_first(m, "DATA", 451, 1) does so to the first one only, as greylisting does.
 *	A failed case shows the dialogue; the mails (NAME.eml) and the dialogue (smtp.log) are in its folder.
 *
 * -- manual: certificates --
 *
 *	#define E2E_OPENSSL                            before the include; link -lssl -lcrypto
 *	const e2e_certificates *tls = e2e_certs(NULL, "localhost,127.0.0.1");
 *	e2e_spawn("openssl", "s_server", "-cert", tls->server, "-key", tls->server_key, "-CAfile", tls->ca, "-Verify", "1", ...);
 *
 *	Makes, in a few milliseconds, an authority of the case's own and what it signs (EC P-256, files of mode 0600):
 *	ca.pem; server.pem and server.key for the hosts; client.pem and client.key. And five pairs, NAME.pem with NAME.key,
 *	each fit for both sides but for one thing, to see that the other side minds:
 *	expired          ended yesterday                         not-yet-valid    begins tomorrow
 *	stranger         signed by stranger-ca.pem               self-signed      signed by itself
 *	wrong-host       for wrong-host.invalid only (nobody minds this in a client)
 *	Nothing is kept of the authorities' keys. The sixth bad case needs no file: a client without a certificate.
 *
 * -- manual: shims and handshakes --
 *
 * -- manual: scenarios --
 *
 * The licence is at the end of the file. */
#ifndef E2E_PROC_H
#define E2E_PROC_H

#include "e2e.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#ifdef E2E_OPENSSL
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- interface: plans ---- */

/* A process of the case (or of the suite). Lives until the case's end. Read it; the functions below change it. */
typedef struct e2e_proc {
	pid_t pid;            /* also the number of its process group */
	const char *name;     /* of its logs: "echo", "echo-1" */
	const char *command;  /* quoted for a shell, to be shown */
	const char *out_path; /* its logs */
	const char *err_path;
	int stdin_fd;         /* the test's end of its stdin or terminal, or -1 */
	bool running;         /* false once an operation has collected its status */
	int status;           /* then: exit code or E2E_SIG(n) */
	struct e2e__process *own;
} e2e_proc;

/* The status of a process that a signal ended; different from every exit code. */
#define E2E_SIG(signo) (-(signo))

/* How to start; a zero member means the default. */
typedef struct e2e_spawn_opts {
	const char *const *env;  /* added to the environment: {"NAME=value", "GONE" (removed), NULL} */
	bool clear_env;          /* the environment is `env` alone */
	const char *cwd;         /* the folder it starts in; default the case's own */
	const char *stdin_text;  /* its whole stdin */
	size_t stdin_size;       /* bytes of stdin_text, for one with NULs; default its length */
	const char *stdin_file;  /* its stdin is this file */
	bool pty;                /* stdin, stdout and stderr are a terminal of 80x24; all output is in the .stdout log */
	unsigned limit_mb;       /* MiB: size of any file that it writes, logs included; default: logs of 256 MiB */
	unsigned memory_mb;      /* MiB of address space */
	const char *name;        /* of its logs; default the command's basename */
	double timeout;          /* e2e_run_with: seconds; default e2e_proc_timeout */
} e2e_spawn_opts;

/* Starts a command (found by PATH, or a name with a slash) with its arguments. Never NULL: a command that can't be
 * started fails the case and ends it (not-found, not-executable, not-spawned). flumotion: plan.spawn. */
#define e2e_spawn(...) e2e__spawn(E2E__AT, NULL, E2E__STRINGS(__VA_ARGS__))
/* The same with options: e2e_spawn_with((e2e_spawn_opts){.cwd = "/", .env = E2E_ARGV("LANG=C")}, "ls", "-l"). */
#define e2e_spawn_with(...) e2e__spawn_with(E2E__AT, __VA_ARGS__, E2E__LAST)
/* Runs a function in a forked process: int fn(void *arg), whose result is the exit status, or void fn(void *arg). It may
 * assert; its descriptors are the test's, but for 0, 1 and 2. The log's name is the function's. */
#define e2e_spawn_fn(fn, arg) E2E__SPAWN_FN(fn, arg)
/* Starts all, then returns them: e2e_proc **p = e2e_spawn_par(E2E_ARGV("a"), E2E_ARGV("b", "x")); p[0], p[1], NULL. */
#define e2e_spawn_par(...) E2E__SPAWN_PAR(__VA_ARGS__)
#define E2E_ARGV(...) E2E__STRINGS(__VA_ARGS__)

/* e2e_wait(p, status [, seconds]): a test point. Waits until p has exited and compares its status. False if it is another
 * one (wrong-exit) or the time is over (timeout; its process group is ended). Ends the case if another process exits. */
#define e2e_wait(...) E2E__WAIT(__VA_ARGS__, -1., 0)
/* e2e_wait_par(E2E_EXPECT(p, 0), E2E_EXPECT(q, E2E_SIG(SIGTERM))): a test point; waits for all of them, in any order. */
#define e2e_wait_par(...) E2E__WAIT_PAR(__VA_ARGS__)
#define E2E_EXPECT(p, status) E2E__EXPECTATION(p, status)
/* e2e_kill(p [, seconds]): a test point. SIGTERM, then waits; it must die of it or exit with 0. */
#define e2e_kill(...) E2E__KILL(__VA_ARGS__, -1., 0)
/* e2e_stop(p, status [, seconds]): a test point. SIGTERM, then waits for this status. */
#define e2e_stop(...) E2E__STOP(__VA_ARGS__, -1., 0)
/* Sends a signal. Ends the case if p has exited. */
#define e2e_signal(p, signo) e2e__signal(E2E__AT, p, signo)
/* Seconds that the operations of this case wait where they aren't told; default 20. In E2E_SUITE_SETUP: of all cases. */
E2E__FN void e2e_proc_timeout(double seconds);
/* Has it exited by now? Anticipates nothing and collects nothing. */
E2E__FN bool e2e_exited(const e2e_proc *p);

/* What a command did. The texts are NUL-terminated and live until the case's end. */
typedef struct e2e_result {
	int status; /* exit code or E2E_SIG(n) */
	const char *out, *err;
	double seconds;
	size_t out_size, err_size; /* for output with NULs in it */
	e2e_proc *proc;
} e2e_result;
/* Starts a command with /dev/null as stdin and waits for its end. Any status is fine: look at it. Not a test point, but
 * the case fails and ends if the command can't be started or outlives its time. */
#define e2e_run(...) e2e__run(E2E__AT, NULL, E2E__STRINGS(__VA_ARGS__))
/* The same with options, e.g. e2e_run_with((e2e_spawn_opts){.stdin_text = "1 + 1\n"}, "bc"). */
#define e2e_run_with(...) e2e__run_with(E2E__AT, __VA_ARGS__, E2E__LAST)

/* What p has written until now; NUL-terminated, valid until the case's end. The size is for output with NULs in it. */
E2E__FN const char *e2e_stdout(e2e_proc *p);
E2E__FN const char *e2e_stderr(e2e_proc *p);
E2E__FN size_t e2e_stdout_size(e2e_proc *p);
E2E__FN size_t e2e_stderr_size(e2e_proc *p);

#define E2E__LAST ((const char *)NULL)
#define E2E__SENTINEL __attribute__((sentinel))
/* How macros make a list that ends itself. C++ has no compound literals: templates do it there. */
#ifndef __cplusplus
#define E2E__STRINGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define E2E__SPAWN_PAR(...) e2e__spawn_par(E2E__AT, (const char *const *const[]){__VA_ARGS__, NULL})
#define E2E__WAIT_PAR(...)                                                                                         \
	e2e__wait_par(E2E__AT, (const struct e2e_expectation[]){__VA_ARGS__, {NULL, 0}})
#define E2E__EXPECTATION(p, status) {p, status}
#define E2E__SPAWN_FN(fn, arg)                                                                                     \
	e2e__spawn_fn(E2E__AT, #fn, (int (*)(void *))(void (*)(void))(fn), arg,                                    \
	              __builtin_types_compatible_p(__typeof__(&*(fn)), void (*)(void *)))
#endif
#define E2E__WAIT(p, status, seconds, ...) e2e__wait(E2E__AT, p, status, seconds)
#define E2E__KILL(p, seconds, ...) e2e__kill(E2E__AT, p, seconds)
#define E2E__STOP(p, status, seconds, ...) e2e__stop(E2E__AT, p, status, seconds)

struct e2e_expectation {
	e2e_proc *p;
	int status;
};
typedef const char *const *e2e__strings;
E2E__FN e2e_proc *e2e__spawn(const char *file, int line, const e2e_spawn_opts *opts, e2e__strings argv);
E2E__FN e2e_proc *e2e__spawn_with(const char *file, int line, e2e_spawn_opts opts, ...) E2E__SENTINEL;
E2E__FN e2e_proc *e2e__spawn_fn(const char *file, int line, const char *name, int (*fn)(void *), void *arg,
                                bool returns_void);
E2E__FN e2e_proc **e2e__spawn_par(const char *file, int line, const char *const *const *list);
E2E__FN bool e2e__wait(const char *file, int line, e2e_proc *p, int status, double seconds);
E2E__FN bool e2e__wait_par(const char *file, int line, const struct e2e_expectation *list);
E2E__FN bool e2e__kill(const char *file, int line, e2e_proc *p, double seconds);
E2E__FN bool e2e__stop(const char *file, int line, e2e_proc *p, int status, double seconds);
E2E__FN void e2e__signal(const char *file, int line, e2e_proc *p, int signo);
E2E__FN e2e_result e2e__run(const char *file, int line, const e2e_spawn_opts *opts, e2e__strings argv);
E2E__FN e2e_result e2e__run_with(const char *file, int line, e2e_spawn_opts opts, ...) E2E__SENTINEL;

/* For the sections below and for e2e_xmpp.h: a forked function that serves the case until its end without being waited
 * for. It is ended silently; if it ends before, the case fails as for any process. All descriptors stay open. */
E2E__FN e2e_proc *e2e__spawn_helper(const char *file, int line, const char *name, int (*fn)(void *), void *arg);
/* Ends a process and its group (SIGTERM, 0.5 s, SIGKILL) and collects it, without a test point. */
E2E__FN void e2e__end_process(e2e_proc *p);
/* A file in the case's folder: "<stem>[-N]<suffix>", N counted for each stem. Valid until the case's end. */
E2E__FN const char *e2e__case_file(const char *file, int line, const char *stem, const char *suffix);

#ifdef __cplusplus
} /* extern "C" */
template <typename... A> static inline e2e__strings e2e__strings_of(A... a)
{
	const char **list = (const char **)e2e__alloc((sizeof...(a) + 1) * sizeof *list);
	const char *const from[] = {a..., NULL};
	for (size_t i = 0; i < sizeof...(a); i++)
		list[i] = from[i];
	return list;
}
template <typename... A> static inline e2e_proc **e2e__spawn_par_of(const char *file, int line, A... a)
{
	const e2e__strings list[] = {a..., NULL};
	return e2e__spawn_par(file, line, list);
}
template <typename... A> static inline bool e2e__wait_par_of(const char *file, int line, A... a)
{
	const struct e2e_expectation list[] = {a..., {NULL, 0}};
	return e2e__wait_par(file, line, list);
}
static inline e2e_proc *e2e__spawn_fn_of(const char *file, int line, const char *name, int (*fn)(void *), void *arg)
{
	return e2e__spawn_fn(file, line, name, fn, arg, false);
}
static inline e2e_proc *e2e__spawn_fn_of(const char *file, int line, const char *name, void (*fn)(void *), void *arg)
{
	return e2e__spawn_fn(file, line, name, (int (*)(void *))(void (*)(void))fn, arg, true);
}
extern "C" {
#define E2E__STRINGS(...) e2e__strings_of(__VA_ARGS__)
#define E2E__SPAWN_PAR(...) e2e__spawn_par_of(E2E__AT, __VA_ARGS__)
#define E2E__WAIT_PAR(...) e2e__wait_par_of(E2E__AT, __VA_ARGS__)
#define E2E__EXPECTATION(p, status) e2e_expectation{p, status}
#define E2E__SPAWN_FN(fn, arg) e2e__spawn_fn_of(E2E__AT, #fn, fn, arg)
#endif


/* ---- interface: readiness and dialogues ---- */

/* Conditions for e2e_ready. */
#define E2E_LINE(ere) E2E__CONDITION(E2E__READY_LINE, ere, 0, NULL)       /* a line of its stdout or stderr (POSIX extended) */
#define E2E_PORT(port) E2E__CONDITION(E2E__READY_PORT, NULL, port, NULL)  /* 127.0.0.1 or ::1 accepts connections */
#define E2E_SOCKET(path) E2E__CONDITION(E2E__READY_SOCKET, path, 0, NULL) /* a Unix socket accepts connections */
#define E2E_FILE(path) E2E__CONDITION(E2E__READY_FILE, path, 0, NULL)     /* the file exists */
#define E2E_CMD(...) E2E__CONDITION(E2E__READY_CMD, NULL, 0, E2E_ARGV(__VA_ARGS__)) /* the command exits with 0 */
#define E2E_WITHIN(seconds) E2E__CONDITION(E2E__READY_WITHIN, NULL, seconds, NULL)  /* how long to wait for all of it */

/* e2e_ready(p, condition, ...): a test point. Waits until all hold. False (not-ready) if the time is over; ends the case
 * if p exits (unexpected-exit). Groups of the last E2E_LINE are kept for e2e_capture. A suite's process may be meant, too. */
#define e2e_ready(p, ...) E2E__READY(p, __VA_ARGS__)
/* The n-th group of the last match of e2e_ready or e2e_expect with p; 0 is all of it. NULL if there was none.
 * Valid until the case's end. */
E2E__FN const char *e2e_capture(const e2e_proc *p, int n);
/* The same as a number; 0 if it is none. */
E2E__FN long long e2e_capture_int(const e2e_proc *p, int n);

/* Writes to p's stdin or terminal. Ends the case if p has exited or doesn't read within its time. */
#define e2e_send(p, text) e2e__send(E2E__AT, p, text, strlen(text))
#define e2e_send_bytes(p, bytes, size) e2e__send(E2E__AT, p, (const char *)(bytes), size)
/* End of file for p's stdin (^D on a terminal). */
#define e2e_send_eof(p) e2e__send_eof(E2E__AT, p)
/* e2e_expect(p, ere [, seconds]): a test point. Waits until the output after the last match holds a match; `^` and `$` match
 * at lines. False (timeout) with what came instead if the time is over or p has exited without it. */
#define e2e_expect(...) E2E__EXPECT_(__VA_ARGS__, -1., 0)

enum e2e__condition_kind {
	E2E__READY_END,
	E2E__READY_LINE,
	E2E__READY_PORT,
	E2E__READY_SOCKET,
	E2E__READY_FILE,
	E2E__READY_CMD,
	E2E__READY_WITHIN
};
struct e2e_condition {
	enum e2e__condition_kind kind;
	const char *text;
	double number;
	e2e__strings argv;
};
#define E2E__EXPECT_(p, ere, seconds, ...) e2e__expect(E2E__AT, p, ere, seconds)
E2E__FN bool e2e__ready(const char *file, int line, e2e_proc *p, const struct e2e_condition *list);
E2E__FN void e2e__send(const char *file, int line, e2e_proc *p, const char *text, size_t size);
E2E__FN void e2e__send_eof(const char *file, int line, e2e_proc *p);
E2E__FN bool e2e__expect(const char *file, int line, e2e_proc *p, const char *ere, double seconds);
#ifndef __cplusplus
#define E2E__CONDITION(kind, text, number, argv) {kind, text, number, argv}
#define E2E__READY(p, ...)                                                                                         \
	e2e__ready(E2E__AT, p, (const struct e2e_condition[]){__VA_ARGS__, {E2E__READY_END, NULL, 0, NULL}})
#else
#define E2E__CONDITION(kind, text, number, argv)                                                                   \
	e2e_condition { kind, text, static_cast<double>(number), argv }
#define E2E__READY(p, ...) e2e__ready_of(E2E__AT, p, __VA_ARGS__)
} /* extern "C" */
template <typename... A> static inline bool e2e__ready_of(const char *file, int line, e2e_proc *p, A... a)
{
	const struct e2e_condition list[] = {a..., {E2E__READY_END, NULL, 0, NULL}};
	return e2e__ready(file, line, p, list);
}
extern "C" {
#endif


/* ---- interface: services ---- */

/* Starts a service: spawns, waits until it is ready and returns its address (any text without a line feed), or NULL if
 * that failed. It runs in a keeper process of its own, in the folder of the service; assertions count for the caller. */
typedef const char *e2e_service_fn(void *arg);
/* The address of the service with this name (letters, digits, - _ .); start(arg) is called by whoever needs it first.
 * Ends the case if it can't be started; the program ends with `Bail out!` if the service dies. */
#define e2e_service(name, start, arg) e2e__service(E2E__AT, name, start, arg)
/* Its process: the first that start() spawned. 0 if there is no such service. */
E2E__FN pid_t e2e_service_pid(const char *name);
/* The folder of all services of the run: $E2E_RUN_DIR under prove. Valid until the case's end. */
E2E__FN const char *e2e_run_dir(void);

E2E__FN const char *e2e__service(const char *file, int line, const char *name, e2e_service_fn *start, void *arg);


/* ---- interface: ports and sockets ---- */

/* A free TCP port of 127.0.0.1 (and ::1) that nobody else gets until the case's end. A server that sets SO_REUSEADDR, as
 * nearly all do, may bind it while it is held. Ends the case if there is none. */
#define e2e_port() e2e__port(E2E__AT)
/* Gives it up just before a server without SO_REUSEADDR is started. */
E2E__FN void e2e_port_release(int port);

/* Endpoints are texts: tcp:HOST:PORT, tcp:[::1]:PORT, unix:/path. Port 0 and "unix:" choose a free one. */

/* A listening socket (close-on-exec), closed at the case's end. Ends the case with the reason if it can't be had. */
#define e2e_listen(endpoint) e2e__listen(E2E__AT, endpoint)
/* The endpoint of a socket as text, e.g. "tcp:127.0.0.1:40123"; of a listener, to be dialed. Valid until the case's end. */
E2E__FN const char *e2e_endpoint(int fd);
/* The port of a socket, or of an endpoint's text; -1 if it has none. */
E2E__FN int e2e_endpoint_port(const char *endpoint);
/* A connected socket (close-on-exec, blocking), closed at the case's end. Ends the case if nobody answers. */
#define e2e_dial(endpoint) e2e__dial(E2E__AT, endpoint)
/* The same; -1 with errno if nobody answers within the seconds. */
E2E__FN int e2e_try_dial(const char *endpoint, double seconds);
/* The next connection of a listener. Ends the case if none comes within its time. */
#define e2e_accept(fd) e2e__accept(E2E__AT, fd)

/* A stub server: a process of its own that runs handler(fd, arg) for each connection, each in a process of its own, and
 * keeps what it received. A NULL handler receives everything and answers nothing. It ends with the case. */
typedef struct e2e_server {
	const char *endpoint; /* to be dialed */
	int port;             /* -1 for unix */
	const char *path;     /* of the transcript */
	e2e_proc *proc;
} e2e_server;
typedef void e2e_handler(int fd, void *arg);
#define e2e_serve(endpoint, handler, arg) e2e__serve(E2E__AT, endpoint, handler, arg)
/* What all clients have sent until now, one after the other as it came. Valid until the case's end. */
E2E__FN const char *e2e_received(e2e_server *server);
E2E__FN size_t e2e_received_size(e2e_server *server);
/* Number of connections until now. */
E2E__FN int e2e_connections(e2e_server *server);

/* e2e_is_socket(path, mode, ...): a test point. The path is a socket with these permission bits, e.g. 0600. */
#define e2e_is_socket(path, mode) e2e__is_socket(E2E__AT, path, mode)

E2E__FN int e2e__port(const char *file, int line);
E2E__FN int e2e__listen(const char *file, int line, const char *endpoint);
E2E__FN int e2e__dial(const char *file, int line, const char *endpoint);
E2E__FN int e2e__accept(const char *file, int line, int fd);
E2E__FN e2e_server *e2e__serve(const char *file, int line, const char *endpoint, e2e_handler *handler, void *arg);
E2E__FN bool e2e__is_socket(const char *file, int line, const char *path, unsigned mode);
/* For the sections below: an endpoint as an address. NULL if it is one, else what is wrong with it. */
struct sockaddr_storage;
E2E__FN const char *e2e__resolve(const char *endpoint, struct sockaddr_storage *address, unsigned *size);
/* Closes the descriptor at the case's end if it is still the same file then. Returns fd. */
E2E__FN int e2e__close_later(int fd);


/* ---- interface: fault proxy ---- */

/* With `.name = value` g++ -Wextra misses an initialiser for each name that isn't there. */
#if defined __cplusplus && __cplusplus >= 202002L
#define E2E__UNSET = {}
#else
#define E2E__UNSET
#endif

/* What can happen to the bytes of one direction; a zero is no fault. The manual has the details. */
typedef struct e2e_fault {
	double latency E2E__UNSET, jitter E2E__UNSET; /* seconds */
	double bandwidth E2E__UNSET;                  /* bytes a second */
	size_t slice E2E__UNSET;                      /* bytes a write */
	double pause E2E__UNSET;                      /* seconds between slices */
	long long limit E2E__UNSET;                   /* bytes that pass, -1: none */
	bool reset E2E__UNSET, drop E2E__UNSET, down E2E__UNSET;
	double slow_close E2E__UNSET; /* seconds */
	int first E2E__UNSET;         /* connections; 0: all of them */
	int zero E2E__UNSET;          /* closes the list; leave it alone */
} e2e_fault;

enum e2e_direction { E2E_TO_SERVER = 1, E2E_TO_CLIENT = 2, E2E_BOTH_WAYS = 3 };

typedef struct e2e_proxy {
	int port;             /* where it listens on 127.0.0.1; -1 if it stands before a unix socket */
	const char *endpoint; /* the same for e2e_dial: "tcp:127.0.0.1:PORT" or "unix:PATH" */
	const char *address;  /* "127.0.0.1:PORT" or PATH */
	struct e2e__proxy_self *self;
} e2e_proxy;

/* What a proxy has seen by now. */
typedef struct e2e_proxy_counts {
	long long accepted;             /* connections by clients */
	long long open;                 /* of these, still there */
	long long refused;              /* of these, not connected because the server wasn't there */
	long long broken;               /* of these, broken by a fault */
	long long to_server, to_client; /* bytes passed on */
} e2e_proxy_counts;

/* A proxy before a server ("tcp:HOST:PORT" or "unix:PATH"; it need not listen yet). It lives until the end of the case
 * (of the suite, in its set-up). A bad endpoint fails the case and ends it. */
#define e2e_proxy_to(server) e2e__proxy_open(E2E__AT, NULL, server)
/* The same, listening where the first endpoint says. */
#define e2e_proxy_between(listen, server) e2e__proxy_open(E2E__AT, listen, server)
/* Sets the faults of a direction: e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.1, .first = 2). */
#ifdef __cplusplus
#define e2e_proxy_fault(px, direction, ...) e2e__proxy_fault(E2E__AT, px, direction, e2e_fault{__VA_ARGS__})
#else
#define e2e_proxy_fault(px, direction, ...) e2e__proxy_fault(E2E__AT, px, direction, E2E__FAULT(__VA_ARGS__, .zero = 0))
#define E2E__FAULT(...) ((e2e_fault){__VA_ARGS__})
#endif
#define e2e_proxy_set(px, direction, fault) e2e__proxy_fault(E2E__AT, px, direction, *(fault))
/* No faults from now on. What waited for a latency leaves at once; what is broken stays broken. */
#define e2e_proxy_clear(px) e2e__proxy_clear(E2E__AT, px)
E2E__FN e2e_proxy_counts e2e_proxy_count(const e2e_proxy *px);

E2E__FN e2e_proxy *e2e__proxy_open(const char *file, int line, const char *listen, const char *server);
E2E__FN void e2e__proxy_fault(const char *file, int line, e2e_proxy *px, int direction, e2e_fault fault);
E2E__FN void e2e__proxy_clear(const char *file, int line, e2e_proxy *px);

/* ---- interface: mail ---- */

/* A mail as it arrived. The texts live until the end of the case. */
typedef struct e2e_mail {
	const char *sender;            /* of the envelope (MAIL FROM); "" for a bounce */
	const char *const *recipients; /* of the envelope (RCPT TO), in the order of the dialogue; NULL ends them */
	size_t nrecipients;
	const char *subject; /* in UTF-8; NULL without one */
	const char *body;    /* what follows the header; base64 and quoted-printable are decoded, lines end with \n */
	size_t body_size;
	const char *raw; /* header and body as they came, without the dots of the transport */
	size_t raw_size;
	const char *helo, *user, *tls; /* who greeted; who logged in, or NULL; the TLS version, or NULL */
	const char *path;              /* the file it is in */
	const char *expected_at;       /* where e2e_mail_expect has found it, or NULL */
} e2e_mail;

typedef struct e2e_mailbox {
	int port;            /* on 127.0.0.1 */
	const char *address; /* "127.0.0.1:PORT" */
	const char *url;     /* "smtp://127.0.0.1:PORT" */
	const char *ca;      /* path of the authority's certificate for STARTTLS; NULL without E2E_OPENSSL */
	const char *dir;     /* where the mails are */
	size_t count;        /* mails in `mail`, the oldest first; behind them there is an empty one */
	e2e_mail *mail;
	struct e2e__mail_self *self;
} e2e_mailbox;

enum { E2E_MAIL_DROP = -1, E2E_MAIL_STALL = -2 };

/* A new mailbox; it lives until the end of the case (of the suite, in its set-up). */
#define e2e_mailbox_open() e2e__mailbox_open(E2E__AT)
/* e2e_mail_wait(m, n [, seconds]): a test point. Waits until n mails, counted from the first one, have arrived; false if
 * the time (default e2e_proc_timeout) is over. m->mail holds all that have arrived, perhaps more. */
#define e2e_mail_wait(...) E2E__MAIL_WAIT(__VA_ARGS__, -1., 0)
/* e2e_mail_expect(m, subject, recipient, ...): a test point. Waits for a mail with this subject to just these recipients, in any
 * order: strings, each may name several ("a@x, b@y"), or one NULL-terminated array; "*" stands for anybody. Each mail
 * answers one expectation, so that two equal mails can be expected. Returns the mail, or NULL. */
#define e2e_mail_expect(m, subject, ...)                                                                           \
	e2e__mail_expect(E2E__AT, m, subject, sizeof *(E2E__FIRST(__VA_ARGS__)), __VA_ARGS__, E2E__LAST)
/* Looks for new mails without waiting. Returns their number. */
E2E__FN size_t e2e_mail_count(e2e_mailbox *m);
/* The value of a header field as it was sent (unfolded); NULL if there is none. */
E2E__FN const char *e2e_mail_header(const e2e_mail *mail, const char *name);
/* Faults; the manual describes them. They are in force when the call returns. e2e_mail_clear ends all. */
#define e2e_mail_fault(m, command, code) e2e__mail_fault(E2E__AT, m, command, code, 0)
#define e2e_mail_fault_first(m, command, code, n) e2e__mail_fault(E2E__AT, m, command, code, n)
#define e2e_mail_clear(m) e2e__mail_fault(E2E__AT, m, NULL, 0, 0)

#define E2E__MAIL_WAIT(m, n, seconds, ...) e2e__mail_wait(E2E__AT, m, n, seconds)
#define E2E__FIRST(...) E2E__FIRST_(__VA_ARGS__, )
#define E2E__FIRST_(first, ...) first
E2E__FN e2e_mailbox *e2e__mailbox_open(const char *file, int line);
E2E__FN bool e2e__mail_wait(const char *file, int line, e2e_mailbox *m, size_t n, double seconds);
E2E__FN const e2e_mail *e2e__mail_expect(const char *file, int line, e2e_mailbox *m, const char *subject, size_t size,
					 ...) E2E__SENTINEL;
E2E__FN void e2e__mail_fault(const char *file, int line, e2e_mailbox *m, const char *command, int code, int first);

/* ---- interface: certificates ---- */

#ifdef E2E_OPENSSL
/* Paths of the files that nearly every test names; the others are in dir by their names (the manual lists them). */
typedef struct e2e_certificates {
	const char *dir;
	const char *ca;
	const char *server, *server_key;
	const char *client, *client_key;
} e2e_certificates;

/* Makes the files in a folder (made if missing; NULL: one in e2e_tmpdir()). The hosts are names, IPv4 and IPv6 addresses,
 * separated by commas. Files that are there are replaced. The result lives until the case's end, the files as long as the
 * folder. Ends the case with the reason if a file or certificate can't be made. */
#define e2e_certs(dir, hosts) e2e__certs(E2E__AT, dir, hosts)
E2E__FN const e2e_certificates *e2e__certs(const char *file, int line, const char *dir, const char *hosts);
#endif

/* ---- interface: shims and handshakes ---- */

/* ---- interface: scenarios ---- */

/* ---- implementation: state ---- */

/* ---- implementation: plans ---- */

/* ---- implementation: readiness and dialogues ---- */

/* ---- implementation: services ---- */

/* ---- implementation: ports and sockets ---- */

/* ---- implementation: fault proxy ---- */

/* The proxy and the mail sink are helpers: forked children of the case with a poll loop, a few pages shared with the case,
 * and a socket pair. The case writes into the shared pages, sends a number over the pair and waits until it comes back:
 * then the change is in force. End of file on the pair means that the case is gone. */
struct e2e__helper {
	const char *what; /* for messages */
	e2e_proc *proc;
	int line;    /* the pair: ours, or in the helper its own */
	int sock;    /* in the helper: the listening socket */
	void *shared; /* a private mapping of both processes; begins with a uint32_t, the last number sent */
	size_t size; /* of shared */
	void (*run)(struct e2e__helper *helper);
	void (*tell)(struct e2e__helper *helper); /* the case has failed: say what it saw */
	int theirs;  /* the helper's end of the pair */
};

/* Fails and ends the case: what was tried failed with an errno. */
E2E__FN void e2e__net_die(const char *file, int line, const char *code, const char *what, int error, const char *hint)
{
	e2e_failure f;
	memset(&f, 0, sizeof f);
	f.message = e2e_printf("%s: %s", what, strerror(error));
	f.code = code;
	f.hint = hint;
	e2e__die(file, line, NULL, &f);
}

/* The limit of a wait: what the call says, or else the plan. */
E2E__FN double e2e__net_timeout(double seconds)
{
	return seconds >= 0 ? seconds : 20;
}

/* Not blocking, closed by exec. -1 with errno. */
E2E__FN int e2e__fd_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return fd;
}

/* ---- helpers ---- */

/* In the child: nothing of the case but the descriptors 3 (pair) and 4 (listener), no handlers, nothing blocked. */
E2E__FN void e2e__helper_settle(struct e2e__helper *h)
{
	int pair = fcntl(h->theirs, F_DUPFD, 10), sock = fcntl(h->sock, F_DUPFD, 10), null, i;
	sigset_t none;
	struct sigaction sa;
	if (pair < 0 || sock < 0 || dup2(pair, 3) < 0 || dup2(sock, 4) < 0)
		_exit(99);
	null = open("/dev/null", O_RDWR);
	for (i = 0; null >= 0 && i < 3; i++)
		dup2(null, i);
#if defined __linux__ && defined SYS_close_range
	if (syscall(SYS_close_range, 5u, ~0u, 0u) != 0)
#endif
		for (i = 5; i < 65536; i++)
			close(i);
	h->line = 3;
	h->sock = 4;
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = SIG_DFL;
	for (i = 1; i < 32; i++)
		sigaction(i, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

E2E__FN int e2e__helper_main(void *arg)
{
	struct e2e__helper *h = (struct e2e__helper *)arg;
	e2e__helper_settle(h);
	h->run(h);
	return 0;
}

/* At the end of the case. The process is ended by those who end processes; it holds nothing that must be saved. */
E2E__FN void e2e__helper_done(void *arg)
{
	struct e2e__helper *h = (struct e2e__helper *)arg;
	if (e2e__failed())
		h->tell(h);
	munmap(h->shared, h->size);
}

/* Memory that the case and its helper both see. */
E2E__FN void *e2e__helper_share(const char *file, int line, struct e2e__helper *h, size_t size)
{
	h->size = size;
	h->shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	if (h->shared == MAP_FAILED)
		e2e__net_die(file, line, "helper", e2e_printf("no memory for the %s", h->what), errno, NULL);
	return h->shared;
}

/* Starts it; h has its what, run, tell and shared. The listening socket is the helper's alone from now on. */
E2E__FN void e2e__helper_start(const char *file, int line, struct e2e__helper *h, int sock)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0 || e2e__fd_flags(pair[0]) < 0 || e2e__fd_flags(pair[1]) < 0 ||
	    e2e__fd_flags(sock) < 0)
		e2e__net_die(file, line, "helper", e2e_printf("no sockets for the %s", h->what), errno, NULL);
	h->line = e2e__close_later(pair[0]);
	h->theirs = pair[1];
	h->sock = sock;
	h->proc = e2e__spawn_helper(file, line, h->what, e2e__helper_main, h);
	close(pair[1]);
	close(sock);
	e2e_defer(e2e__helper_done, h);
}

/* Makes what the case wrote into the shared memory come into force. */
E2E__FN void e2e__helper_apply(const char *file, int line, struct e2e__helper *h)
{
	double end = e2e__until(20);
	uint32_t *asked = (uint32_t *)h->shared, got = 0, want = ++*asked;
	while (send(h->line, &want, sizeof want, 0) < 0 && errno == EINTR)
		;
	for (;;) {
		struct pollfd p;
		ssize_t n;
		p.fd = h->line;
		p.events = POLLIN;
		poll(&p, 1, 5);
		while ((n = recv(h->line, &got, sizeof got, 0)) == (ssize_t)sizeof got && got != want)
			; /* an answer that a case before this one didn't wait for */
		if (n == (ssize_t)sizeof got)
			return;
		e2e__pause(0); /* sees whether the helper has died */
		if ((n < 0 && errno != EAGAIN && errno != EINTR) || e2e_now() > end)
			e2e__net_die(file, line, "helper", e2e_printf("the %s doesn't answer", h->what), ETIMEDOUT,
				     "was it stopped, or does it belong to a case that is over?");
	}
}

/* In the helper: takes the case's word, if there is one. Returns whether something changed; exits when the case is gone. */
E2E__FN bool e2e__helper_asked(struct e2e__helper *h, uint32_t *number)
{
	ssize_t n = recv(h->line, number, sizeof *number, 0);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		_exit(0);
	return n == (ssize_t)sizeof *number;
}

E2E__FN void e2e__helper_answer(struct e2e__helper *h, uint32_t number)
{
	while (send(h->line, &number, sizeof number, 0) < 0 && errno == EINTR)
		;
}

/* ---- the proxy's process ---- */

enum { E2E__RING = 256 * 1024, E2E__SEGMENTS = 512 };

/* Bytes that came together leave no earlier than `due`. */
struct e2e__segment {
	double due;
	size_t n;
};

/* What goes from one end of a connection to the other. */
struct e2e__flow {
	char *ring; /* made at the first byte */
	size_t head, fill;
	struct e2e__segment seg[E2E__SEGMENTS];
	unsigned first, n;
	double free_at;         /* bandwidth and pauses: not before */
	double send_at;         /* when the planned bytes leave */
	size_t planned;         /* 0: nothing is planned */
	double fin_at;          /* when the end is passed on; 0: not decided */
	unsigned long long seen; /* bytes read since the fault was set */
	bool faulty, cut, blocked, eof, fin, blind; /* blind: bytes are thrown away */
};

struct e2e__link {
	int fd[2]; /* client, server; -1: closed */
	bool connecting, dead;
	bool broken;     /* an RST for both ends as soon as what was sent before has arrived */
	double close_at; /* 0: open */
	struct e2e__flow flow[2]; /* to the server, to the client */
	int slot[2];     /* in the poll array */
};

/* What the case and the proxy share. Counters are written by the proxy only. */
struct e2e__proxy_shared {
	uint32_t asked;
	int error; /* of listening again */
	int upstream_error;
	e2e_fault fault[2];
	unsigned changed; /* bits: which directions are new */
	long long accepted, closed, refused, broken, bytes[2];
};

struct e2e__address {
	union {
		struct sockaddr any;
		struct sockaddr_storage room;
	} u;
	unsigned size;
};

struct e2e__proxy_self {
	struct e2e__helper helper; /* the first member: a helper is cast to this */
	struct e2e__proxy_shared *shared;
	struct e2e__address listen, server;
	const char *to;
	e2e_proxy *px;
	/* in the proxy's process */
	e2e_fault fault[2];
	int left[2]; /* connections for which `first` still holds */
	struct e2e__link **links;
	struct pollfd *polls;
	size_t n, size;
	uint64_t chance;
	bool full; /* no descriptors left: accept when one is closed */
};

/* -1 to 1 */
E2E__FN double e2e__proxy_chance(struct e2e__proxy_self *px)
{
	px->chance ^= px->chance << 13;
	px->chance ^= px->chance >> 7;
	px->chance ^= px->chance << 17;
	return (double)(px->chance >> 11) / (double)(1ULL << 52) - 1;
}

E2E__FN void e2e__rst(int fd)
{
	struct linger l;
	l.l_onoff = 1;
	l.l_linger = 0;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
	close(fd);
}

/* Closes both ends and forgets the connection; the loop frees it. */
E2E__FN void e2e__link_close(struct e2e__proxy_self *px, struct e2e__link *k, bool rst)
{
	int i;
	for (i = 0; i < 2; i++) {
		if (k->fd[i] >= 0) {
			if (rst)
				e2e__rst(k->fd[i]);
			else
				close(k->fd[i]);
		}
		k->fd[i] = -1;
	}
	if (!k->dead)
		px->shared->closed++;
	k->dead = true;
	px->full = false;
}

/* Has all that was written to this socket arrived? */
E2E__FN bool e2e__arrived(int fd)
{
#if defined __linux__
	int left = 0;
	return fd < 0 || ioctl(fd, TIOCOUTQ, &left) != 0 || left == 0;
#else
	return fd >= 0 || fd < 0;
#endif
}

/* The fault's last word on a connection: a reset, or an orderly close from the middle. */
E2E__FN void e2e__link_cut(struct e2e__link *k, const e2e_fault *f, double now)
{
	int i;
	if (f->reset) {
		if (!k->broken)
			k->close_at = now + 1; /* at the latest: a full window may never empty */
		k->broken = true;
	} else if (k->close_at <= 0) {
		for (i = 0; i < 2; i++) {
			if (k->fd[i] >= 0)
				shutdown(k->fd[i], SHUT_WR);
			k->flow[i].fin = k->flow[i].blind = true;
			k->flow[i].n = 0;
			k->flow[i].fill = 0;
		}
		k->close_at = now + 2;
	}
}

/* A fault begins (or ends) for a connection. */
E2E__FN void e2e__flow_fault(struct e2e__flow *w, const e2e_fault *f, bool on, double now)
{
	unsigned i;
	w->faulty = on;
	w->seen = 0;
	w->planned = 0;
	w->free_at = now;
	w->blind = on && f->drop && f->limit == 0;
	w->cut = on && !f->drop && (f->limit < 0 || (f->reset && f->limit == 0));
	for (i = 0; i < w->n; i++) {
		struct e2e__segment *s = &w->seg[(w->first + i) % E2E__SEGMENTS];
		double latest = now + (on ? f->latency : 0);
		if (s->due > latest)
			s->due = latest;
	}
	if (w->fin_at > 0 && !on)
		w->fin_at = now;
}

/* Listens again, on the port that the case holds. */
E2E__FN void e2e__proxy_listen(struct e2e__proxy_self *px)
{
	const struct sockaddr *at = &px->listen.u.any;
	int one = 1, fd = socket(at->sa_family, SOCK_STREAM, 0);
	px->shared->error = 0;
	px->helper.sock = fd;
	if (fd < 0 || e2e__fd_flags(fd) < 0) {
		px->shared->error = errno;
		return;
	}
	if (at->sa_family == AF_UNIX)
		unlink(((const struct sockaddr_un *)(const void *)at)->sun_path);
	else
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, at, px->listen.size) != 0 || listen(fd, 1024) != 0) {
		px->shared->error = errno;
		close(fd);
		px->helper.sock = -1;
	}
}

/* Takes over what the case has set. */
E2E__FN void e2e__proxy_take(struct e2e__proxy_self *px, double now)
{
	struct e2e__helper *h = &px->helper;
	bool down;
	size_t i;
	int d;
	for (d = 0; d < 2; d++) {
		if (!(px->shared->changed & (1u << d)))
			continue;
		px->fault[d] = px->shared->fault[d];
		px->left[d] = px->fault[d].first;
		for (i = 0; i < px->n; i++)
			e2e__flow_fault(&px->links[i]->flow[d], &px->fault[d], px->fault[d].first == 0, now);
	}
	px->shared->changed = 0;
	down = px->fault[0].down || px->fault[1].down;
	if (down) {
		for (i = 0; i < px->n; i++) {
			px->shared->broken++;
			e2e__link_close(px, px->links[i], true);
		}
		if (h->sock >= 0)
			close(h->sock);
		h->sock = -1;
	} else if (h->sock < 0) {
		e2e__proxy_listen(px);
	}
}

E2E__FN bool e2e__proxy_room(struct e2e__proxy_self *px)
{
	size_t size = px->size ? px->size * 2 : 16;
	struct e2e__link **links;
	struct pollfd *polls;
	if (px->n < px->size)
		return true;
	links = (struct e2e__link **)realloc(px->links, size * sizeof *links);
	if (links)
		px->links = links;
	polls = (struct pollfd *)realloc(px->polls, (2 * size + 2) * sizeof *polls);
	if (polls)
		px->polls = polls;
	if (links && polls)
		px->size = size;
	return links && polls;
}

/* The other half of a new connection, unless it is to be broken before. */
E2E__FN void e2e__link_connect(struct e2e__proxy_self *px, struct e2e__link *k)
{
	int one = 1;
	k->fd[1] = socket(px->server.u.any.sa_family, SOCK_STREAM, 0);
	if (k->fd[1] >= 0 && e2e__fd_flags(k->fd[1]) >= 0) {
		if (px->server.u.any.sa_family != AF_UNIX)
			setsockopt(k->fd[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		if (connect(k->fd[1], &px->server.u.any, px->server.size) == 0)
			return;
		if (errno == EINPROGRESS || errno == EINTR) {
			k->connecting = true;
			return;
		}
	}
	px->shared->upstream_error = errno;
	px->shared->refused++;
	e2e__link_close(px, k, true);
}

E2E__FN void e2e__proxy_accept(struct e2e__proxy_self *px, double now)
{
	int burst, d, one = 1;
	for (burst = 0; burst < 64; burst++) {
		struct e2e__link *k;
		int fd = accept(px->helper.sock, NULL, NULL);
		if (fd < 0) {
			px->full = errno == EMFILE || errno == ENFILE;
			return;
		}
		k = e2e__proxy_room(px) ? (struct e2e__link *)calloc(1, sizeof *k) : NULL;
		if (!k || e2e__fd_flags(fd) < 0) {
			free(k);
			e2e__rst(fd);
			continue;
		}
		if (px->listen.u.any.sa_family != AF_UNIX)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		px->links[px->n++] = k;
		px->shared->accepted++;
		k->fd[0] = fd;
		k->fd[1] = -1;
		for (d = 0; d < 2; d++) {
			bool on = px->fault[d].first == 0 || px->left[d] > 0;
			if (on && px->fault[d].first > 0)
				px->left[d]--;
			e2e__flow_fault(&k->flow[d], &px->fault[d], on, now);
		}
		if ((k->flow[0].cut && px->fault[0].reset) || (k->flow[1].cut && px->fault[1].reset)) {
			px->shared->broken++;
			e2e__link_close(px, k, true);
		} else {
			e2e__link_connect(px, k);
		}
	}
}

/* Queues what was read. Bytes behind the limit don't pass, and then its consequence is near. */
E2E__FN void e2e__flow_in(struct e2e__proxy_self *px, struct e2e__flow *w, const e2e_fault *f, size_t got, double now)
{
	size_t pass = w->blind || w->cut ? 0 : got;
	struct e2e__segment *last = w->n ? &w->seg[(w->first + w->n - 1) % E2E__SEGMENTS] : NULL;
	double due = now;
	if (w->faulty && f->limit > 0) {
		unsigned long long limit = (unsigned long long)f->limit;
		if (w->seen + pass >= limit) {
			pass = w->seen < limit ? (size_t)(limit - w->seen) : 0;
			w->cut = !f->drop;
			w->blind = w->blind || f->drop;
		}
		w->seen += pass;
	}
	if (pass == 0)
		return;
	if (w->faulty && (f->latency > 0 || f->jitter > 0))
		due += f->latency + f->jitter * e2e__proxy_chance(px);
	w->fill += pass;
	if (last && last->due >= due && last->due <= now) {
		last->n += pass;
		return;
	}
	if (last && last->due > due)
		due = last->due;
	w->seg[(w->first + w->n) % E2E__SEGMENTS].due = due;
	w->seg[(w->first + w->n) % E2E__SEGMENTS].n = pass;
	w->n++;
}

/* Reads what the ring takes. False: the connection is broken. */
E2E__FN bool e2e__flow_read(struct e2e__proxy_self *px, struct e2e__flow *w, const e2e_fault *f, int fd, double now)
{
	char waste[4096];
	char *at = waste;
	size_t room = sizeof waste;
	ssize_t n;
	if (!w->blind) {
		size_t tail = (w->head + w->fill) % E2E__RING;
		if (!w->ring)
			w->ring = (char *)malloc(E2E__RING);
		if (!w->ring)
			return false;
		at = w->ring + tail;
		room = tail < w->head ? w->head - tail : E2E__RING - tail;
	}
	n = recv(fd, at, room, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		w->eof = true;
	else
		e2e__flow_in(px, w, f, (size_t)n, now);
	return true;
}

/* How many bytes leave next, and when: planned once, so that what arrives meanwhile doesn't move it. */
E2E__FN void e2e__flow_plan(struct e2e__flow *w, const e2e_fault *f, double now)
{
	const struct e2e__segment *s = &w->seg[w->first];
	size_t k = s->n, straight = E2E__RING - w->head;
	if (k > straight)
		k = straight;
	w->send_at = s->due;
	if (w->faulty) {
		if (f->slice && k > f->slice)
			k = f->slice;
		if (f->bandwidth > 0) {
			double part = f->bandwidth * 0.01;
			if ((double)k > part)
				k = part < 1 ? 1 : (size_t)part;
			/* an idle line doesn't save up bytes for later */
			if (w->free_at < s->due)
				w->free_at = s->due;
			w->free_at += (double)k / f->bandwidth;
		}
		if (w->send_at < w->free_at)
			w->send_at = w->free_at;
		if (w->send_at < now - 1)
			w->free_at = now;
	}
	w->planned = k;
}

/* Writes what is due. False: the connection is broken. *next: when to look again. */
E2E__FN bool e2e__flow_write(struct e2e__proxy_self *px, struct e2e__link *k, int d, double now, double *next)
{
	struct e2e__flow *w = &k->flow[d];
	const e2e_fault *f = &px->fault[d];
	w->blocked = false;
	while (w->n) {
		struct e2e__segment *s = &w->seg[w->first];
		ssize_t n;
		if (!w->planned)
			e2e__flow_plan(w, f, now);
		if (w->send_at > now) {
			if (w->send_at < *next)
				*next = w->send_at;
			return true;
		}
		n = send(k->fd[!d], w->ring + w->head, w->planned, MSG_NOSIGNAL);
		if (n < 0) {
			w->blocked = errno == EAGAIN;
			return w->blocked || errno == EINTR;
		}
		px->shared->bytes[d] += n;
		w->head = (w->head + (size_t)n) % E2E__RING;
		w->fill -= (size_t)n;
		s->n -= (size_t)n;
		w->planned -= (size_t)n;
		if (s->n == 0) {
			w->first = (w->first + 1) % E2E__SEGMENTS;
			w->n--;
		}
		if (w->planned == 0 && w->faulty && f->slice) {
			double pause = f->pause > 0.001 ? f->pause : 0.001;
			if (w->free_at < now + pause)
				w->free_at = now + pause;
		}
	}
	if (w->cut && !w->fin)
		e2e__link_cut(k, f, now);
	else if (w->eof && !w->fin && !w->blind) {
		if (w->fin_at <= 0)
			w->fin_at = now + (w->faulty ? f->slow_close : 0);
		if (w->fin_at > now) {
			if (w->fin_at < *next)
				*next = w->fin_at;
		} else {
			shutdown(k->fd[!d], SHUT_WR);
			w->fin = true;
		}
	}
	return true;
}

/* The answer of a connect. */
E2E__FN bool e2e__link_connected(struct e2e__proxy_self *px, struct e2e__link *k)
{
	int error = 0;
	socklen_t size = sizeof error;
	if (getsockopt(k->fd[1], SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
		k->connecting = false;
		return true;
	}
	px->shared->upstream_error = error;
	px->shared->refused++;
	e2e__link_close(px, k, true);
	return false;
}

/* One look at a connection: its readable and writable ends, its timers. */
E2E__FN void e2e__link_step(struct e2e__proxy_self *px, struct e2e__link *k, const short *ready, double now, double *next)
{
	int d;
	if (k->dead)
		return;
	if (k->connecting) {
		if (!(ready[1] & (POLLOUT | POLLERR | POLLHUP)) || !e2e__link_connected(px, k))
			return;
	}
	for (d = 0; d < 2; d++) {
		struct e2e__flow *w = &k->flow[d];
		bool well = true;
		if (!w->eof && (ready[d] & (POLLIN | POLLERR | POLLHUP)))
			well = e2e__flow_read(px, w, &px->fault[d], k->fd[d], now);
		if (!well || !e2e__flow_write(px, k, d, now, next)) {
			e2e__link_close(px, k, true); /* one end broke: so does the other */
			return;
		}
	}
	if (k->broken && ((e2e__arrived(k->fd[0]) && e2e__arrived(k->fd[1])) || now >= k->close_at)) {
		px->shared->broken++;
		e2e__link_close(px, k, true);
	} else if (k->broken) {
		*next = now + 0.001 < *next ? now + 0.001 : *next;
	} else if ((k->flow[0].fin && k->flow[1].fin && k->flow[0].eof && k->flow[1].eof) ||
		   (k->close_at > 0 && now >= k->close_at)) {
		e2e__link_close(px, k, false);
	} else if (k->close_at > 0 && k->close_at < *next) {
		*next = k->close_at;
	}
}

/* What a connection waits for; an end that waits for nothing isn't polled, or its hang-up would wake us again and again. */
E2E__FN void e2e__link_poll(struct e2e__proxy_self *px, struct e2e__link *k, nfds_t *n)
{
	int i;
	for (i = 0; i < 2; i++) {
		const struct e2e__flow *in = &k->flow[i], *out = &k->flow[!i];
		struct pollfd *p = &px->polls[*n];
		int events = 0;
		if (i == 1 && k->connecting)
			events = POLLOUT;
		else if (!in->eof && (in->blind || (in->fill < E2E__RING && in->n < E2E__SEGMENTS)))
			events = k->connecting ? 0 : POLLIN;
		if (out->blocked)
			events |= POLLOUT;
		p->fd = events && k->fd[i] >= 0 ? k->fd[i] : -1;
		p->events = (short)events;
		p->revents = 0;
		k->slot[i] = (int)(*n)++;
	}
}

/* The proxy's life. */
E2E__FN void e2e__proxy_run(struct e2e__helper *h)
{
	struct e2e__proxy_self *px = (struct e2e__proxy_self *)(void *)h;
	double now = e2e_now(), next = now + 3600;
	if (!e2e__proxy_room(px))
		_exit(98);
	for (;;) {
		size_t i, kept = 0;
		nfds_t n = 2;
		uint32_t number;
		int wait;
		px->polls[0].fd = h->line;
		px->polls[0].events = POLLIN;
		px->polls[1].fd = px->full ? -1 : h->sock;
		px->polls[1].events = POLLIN;
		px->polls[0].revents = px->polls[1].revents = 0;
		for (i = 0; i < px->n; i++)
			e2e__link_poll(px, px->links[i], &n);
		wait = next > now + 3600 ? 3600000 : next > now ? (int)((next - now) * 1000 + 0.999) : 0;
		if (poll(px->polls, n, wait) < 0 && errno != EINTR)
			_exit(97);
		now = e2e_now();
		next = now + 3600;
		for (i = 0; i < px->n; i++) {
			short ready[2];
			ready[0] = px->polls[px->links[i]->slot[0]].revents;
			ready[1] = px->polls[px->links[i]->slot[1]].revents;
			e2e__link_step(px, px->links[i], ready, now, &next);
		}
		if ((px->polls[0].revents & (POLLIN | POLLHUP | POLLERR)) && e2e__helper_asked(h, &number)) {
			static const short nothing[2] = {0, 0};
			e2e__proxy_take(px, now);
			for (i = 0; i < px->n; i++) /* what breaks now is broken when the case goes on */
				e2e__link_step(px, px->links[i], nothing, now, &next);
			e2e__helper_answer(h, number);
			next = now;
		} else if (px->polls[1].revents & POLLIN) {
			e2e__proxy_accept(px, now);
			next = now;
		}
		for (i = 0; i < px->n; i++) {
			if (px->links[i]->dead) {
				free(px->links[i]->flow[0].ring);
				free(px->links[i]->flow[1].ring);
				free(px->links[i]);
			} else {
				px->links[kept++] = px->links[i];
			}
		}
		px->n = kept;
	}
}

/* ---- the case's side ---- */

E2E__FN e2e_proxy_counts e2e_proxy_count(const e2e_proxy *px)
{
	const volatile struct e2e__proxy_shared *s = px->self->shared; /* another process writes it */
	e2e_proxy_counts c;
	c.accepted = s->accepted;
	c.open = c.accepted - s->closed;
	c.refused = s->refused;
	c.broken = s->broken;
	c.to_server = s->bytes[0];
	c.to_client = s->bytes[1];
	return c;
}

/* "latency 0.1 s, limit 20 bytes", "" without a fault */
E2E__FN void e2e__fault_words(struct e2e__buf *b, const char *direction, const e2e_fault *f)
{
	size_t before = b->n;
	e2e__addf(b, "\n%s:", direction);
	if (f->down)
		e2e__adds(b, " down");
	if (f->latency > 0 || f->jitter > 0)
		e2e__addf(b, " latency %g s, jitter %g s", f->latency, f->jitter);
	if (f->bandwidth > 0)
		e2e__addf(b, " bandwidth %g bytes/s", f->bandwidth);
	if (f->slice)
		e2e__addf(b, " slices of %lu bytes", (unsigned long)f->slice);
	if (f->limit)
		e2e__addf(b, " limit %lld bytes", f->limit < 0 ? 0 : f->limit);
	if (f->reset)
		e2e__adds(b, " reset");
	if (f->drop)
		e2e__adds(b, " drop");
	if (f->slow_close > 0)
		e2e__addf(b, " close %g s late", f->slow_close);
	if (f->first)
		e2e__addf(b, " for the first %d connections", f->first);
	if (b->p[b->n - 1] == ':')
		b->n = before;
}

/* For a failed case's report. */
E2E__FN void e2e__proxy_tell(struct e2e__helper *h)
{
	struct e2e__proxy_self *self = (struct e2e__proxy_self *)(void *)h;
	const struct e2e__proxy_shared *s = self->shared;
	E2E__BUF(b, 512);
	e2e__addf(&b, "%s -> %s: %lld connections, %lld refused by the server%s%s%s, %lld broken by faults, "
		  "%lld bytes to the server, %lld to the client", self->px->endpoint, self->to, s->accepted, s->refused,
		  s->refused ? " (" : "", s->refused ? strerror(s->upstream_error) : "", s->refused ? ")" : "",
		  s->broken, s->bytes[0], s->bytes[1]);
	e2e__fault_words(&b, "to the server", &s->fault[0]);
	e2e__fault_words(&b, "to the client", &s->fault[1]);
	e2e__add(&b, "", 1);
	e2e__explain(self->px->port > 0 ? e2e_printf("proxy_%d", self->px->port) : "proxy_unix", b.p);
	e2e__free(&b);
}

/* Where a proxy listens if nobody says: beside its server's kind. The port is held, for the times when it is down. */
E2E__FN const char *e2e__proxy_place(const char *file, int line, const struct e2e__address *server)
{
	if (server->u.any.sa_family == AF_UNIX)
		return "unix:";
	return e2e_printf("tcp:127.0.0.1:%d", e2e__port(file, line));
}

E2E__FN void e2e__proxy_resolve(const char *file, int line, const char *endpoint, struct e2e__address *address)
{
	const char *wrong = e2e__resolve(endpoint, &address->u.room, &address->size);
	e2e_failure f;
	if (!wrong)
		return;
	memset(&f, 0, sizeof f);
	f.message = e2e_printf("no proxy for %s: %s", e2e_quoted(endpoint), wrong);
	f.code = "endpoint";
	f.hint = "an endpoint is tcp:HOST:PORT, tcp:[::1]:PORT or unix:/path";
	e2e__die(file, line, "e2e_proxy_to", &f);
}

E2E__FN e2e_proxy *e2e__proxy_open(const char *file, int line, const char *where, const char *server)
{
	e2e_proxy *px = (e2e_proxy *)e2e__alloc(sizeof *px);
	struct e2e__proxy_self *self = (struct e2e__proxy_self *)e2e__alloc(sizeof *self);
	struct e2e__helper *h = &self->helper;
	int sock;
	e2e__proxy_resolve(file, line, server, &self->server);
	sock = e2e__listen(file, line, where ? where : e2e__proxy_place(file, line, &self->server));
	px->endpoint = e2e_endpoint(sock);
	e2e__proxy_resolve(file, line, px->endpoint, &self->listen);
	px->address = strchr(px->endpoint, ':') + 1;
	px->port = e2e_endpoint_port(px->endpoint);
	px->self = self;
	self->px = px;
	self->to = e2e__strdup(server);
	self->chance = e2e_rand() | 1;
	h->what = "fault-proxy";
	h->run = e2e__proxy_run;
	h->tell = e2e__proxy_tell;
	self->shared = (struct e2e__proxy_shared *)e2e__helper_share(file, line, h, sizeof *self->shared);
	e2e__helper_start(file, line, h, sock);
	return px;
}

E2E__FN void e2e__proxy_refuse(const char *file, int line, const char *message, const char *hint)
{
	e2e_failure f;
	memset(&f, 0, sizeof f);
	f.message = message;
	f.hint = hint;
	f.code = "usage";
	e2e__die(file, line, "e2e_proxy_fault", &f);
}

E2E__FN void e2e__proxy_fault(const char *file, int line, e2e_proxy *px, int direction, e2e_fault fault)
{
	struct e2e__proxy_shared *s = px->self->shared;
	int d;
	if (direction < E2E_TO_SERVER || direction > E2E_BOTH_WAYS)
		e2e__proxy_refuse(file, line, e2e_printf("%d is no direction", direction),
				  "E2E_TO_SERVER, E2E_TO_CLIENT or E2E_BOTH_WAYS");
	if (fault.down && fault.first)
		e2e__proxy_refuse(file, line, ".down can't hold for the first connections only",
				  "the kernel refuses them before anyone counts: use .reset");
	if (!(fault.latency >= 0 && fault.jitter >= 0 && fault.bandwidth >= 0 && fault.pause >= 0 &&
	      fault.slow_close >= 0 && fault.first >= 0))
		e2e__proxy_refuse(file, line, "a fault's number is negative", "only .limit may be -1");
	for (d = 0; d < 2; d++)
		if (direction & (1 << d)) {
			s->fault[d] = fault;
			s->changed |= 1u << d;
		}
	e2e__helper_apply(file, line, &px->self->helper);
	if (s->error)
		e2e__net_die(file, line, "listen", e2e_printf("the proxy can't listen on %s again", px->endpoint),
			     s->error, "the port was taken while the proxy was down");
}

E2E__FN void e2e__proxy_clear(const char *file, int line, e2e_proxy *px)
{
	static e2e_fault none;
	e2e__proxy_fault(file, line, px, E2E_BOTH_WAYS, none);
}

/* ---- implementation: mail ---- */

enum {
	E2E__SMTP_LINE = 4096,         /* RFC 5321 asks for 512, AUTH for 12288: longer ones get 500 */
	E2E__SMTP_RECIPIENTS = 1000,   /* a mail */
	E2E__SMTP_SIZE = 64 << 20,     /* bytes a mail */
	E2E__SMTP_RULES = 32,          /* faults at a time */
	E2E__SMTP_LOG = 8 << 20        /* bytes of dialogue kept */
};

struct e2e__mail_rule {
	char command[120];
	int code;
	int left; /* how often still; -1: always */
};

/* What the case and the sink share. Counters are written by the sink, rules by the case. */
struct e2e__mail_shared {
	uint32_t asked;
	bool changed;
	struct e2e__mail_rule rule[E2E__SMTP_RULES];
	size_t rules;
	long long mails, sessions, open;
	bool bare_dot; /* a mail holds "\n.\n", which ends nothing */
	int error;     /* why a mail couldn't be stored */
};

enum e2e__smtp_state { E2E__SMTP_COMMAND, E2E__SMTP_DATA, E2E__SMTP_USER, E2E__SMTP_PASSWORD, E2E__SMTP_PLAIN };

/* A text of any size in the sink's own memory. */
struct e2e__heap {
	char *p;
	size_t n, size;
};

struct e2e__session {
	int fd;
	unsigned number;
	enum e2e__smtp_state state;
	bool greeted, mailing, stalled, ending, gone;
	bool too_long; /* the rest of an endless line is thrown away */
	bool too_big;
	int dot;       /* within DATA: where in CR LF . CR LF; E2E__AT_... below */
	struct e2e__heap line, out, rcpt, mail; /* rcpt: each with its NUL */
	size_t sent;   /* of out */
	unsigned recipients;
	char *sender, *helo, *user;
	char verb[16];
	void *tls; /* SSL */
	bool tls_wanted, tls_done;
	short tls_events; /* what a TLS operation waits for; 0: nothing */
};

struct e2e__mail_self {
	struct e2e__helper helper; /* the first member: a helper is cast to this */
	struct e2e__mail_shared *shared;
	e2e_mailbox *box;
	const char *log_path, *cert, *key;
	/* in the sink's process */
	struct e2e__mail_rule rule[E2E__SMTP_RULES];
	size_t rules;
	struct e2e__session **session;
	struct pollfd *polls;
	size_t n, size;
	int log;
	size_t logged;
	struct e2e__heap text; /* of the log, not written yet */
	void *tls;             /* SSL_CTX */
};

/* ---- the sink's process ---- */

/* Memory ends: so does the sink, and the case says so. */
E2E__FN void e2e__heap_add(struct e2e__heap *h, const char *s, size_t n)
{
	if (h->size - h->n < n + 1) {
		size_t size = h->size ? h->size : 256;
		while (size - h->n < n + 1)
			size *= 2;
		h->p = (char *)realloc(h->p, size);
		if (!h->p)
			_exit(96);
		h->size = size;
	}
	memcpy(h->p + h->n, s, n);
	h->n += n;
	h->p[h->n] = 0;
}

E2E__FN char *e2e__heap_copy(const char *s)
{
	struct e2e__heap h;
	memset(&h, 0, sizeof h);
	e2e__heap_add(&h, s, strlen(s));
	return h.p;
}

/* A line of the dialogue; control characters are made visible. */
E2E__FN void e2e__smtp_log(struct e2e__mail_self *m, const struct e2e__session *s, char way, const char *text, size_t n)
{
	char head[40], code[8];
	size_t i;
	if (m->logged > E2E__SMTP_LOG)
		return;
	e2e__heap_add(&m->text, head, (size_t)snprintf(head, sizeof head, "%u %c ", s->number, way));
	for (i = 0; i < n && i < 1000; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c < 32 || c == 127)
			e2e__heap_add(&m->text, code, (size_t)snprintf(code, sizeof code, "\\x%02x", c));
		else
			e2e__heap_add(&m->text, text + i, 1);
	}
	e2e__heap_add(&m->text, n > i ? "...\n" : "\n", n > i ? 4 : 1);
}

E2E__FN void e2e__smtp_log_flush(struct e2e__mail_self *m)
{
	if (m->text.n && m->log >= 0) {
		if (write(m->log, m->text.p, m->text.n) < 0)
			m->log = -1; /* nothing to tell it to: mails matter more than the log */
		m->logged += m->text.n;
	}
	m->text.n = 0;
}

/* Answers a line (or several: each but the last begins with "250-"). */
E2E__FN void e2e__smtp_say(struct e2e__mail_self *m, struct e2e__session *s, const char *text)
{
	e2e__smtp_log(m, s, '>', text, strlen(text));
	e2e__heap_add(&s->out, text, strlen(text));
	e2e__heap_add(&s->out, "\r\n", 2);
}

E2E__FN void e2e__smtp_close(struct e2e__mail_self *m, struct e2e__session *s, const char *why)
{
	if (s->gone)
		return;
	e2e__smtp_log(m, s, '-', why, strlen(why));
#ifdef E2E_OPENSSL
	if (s->tls) {
		SSL_shutdown((SSL *)s->tls);
		SSL_free((SSL *)s->tls);
	}
	s->tls = NULL;
#endif
	close(s->fd);
	s->gone = true;
	m->shared->open--;
}

/* Forgets the mail in work. */
E2E__FN void e2e__smtp_reset(struct e2e__session *s)
{
	free(s->sender);
	s->sender = NULL;
	s->mailing = s->too_big = false;
	s->rcpt.n = s->recipients = 0;
	if (s->mail.size > 1 << 20) {
		free(s->mail.p);
		memset(&s->mail, 0, sizeof s->mail);
	}
	s->mail.n = 0;
}

/* fnmatch that doesn't mind upper case. */
E2E__FN bool e2e__smtp_like(const char *pattern, const char *line)
{
	char a[128], b[E2E__SMTP_LINE + 1];
	size_t i;
	for (i = 0; pattern[i] && i < sizeof a - 1; i++)
		a[i] = pattern[i] >= 'A' && pattern[i] <= 'Z' ? (char)(pattern[i] + 32) : pattern[i];
	a[i] = 0;
	for (i = 0; line[i] && i < sizeof b - 1; i++)
		b[i] = line[i] >= 'A' && line[i] <= 'Z' ? (char)(line[i] + 32) : line[i];
	b[i] = 0;
	return fnmatch(a, b, 0) == 0;
}

/* Does a fault stand against this command? Carries it out then. */
E2E__FN bool e2e__smtp_fault(struct e2e__mail_self *m, struct e2e__session *s, const char *verb, const char *line)
{
	size_t i;
	char text[64];
	for (i = 0; i < m->rules; i++) {
		struct e2e__mail_rule *r = &m->rule[i];
		bool hit = strchr(r->command, ' ') ? e2e__smtp_like(r->command, line) :
						     strcasecmp(r->command, verb) == 0;
		if (!hit || r->left == 0)
			continue;
		if (r->left > 0)
			r->left--;
		if (r->code == E2E_MAIL_DROP) {
			e2e__smtp_close(m, s, "(fault: closed)");
		} else if (r->code == E2E_MAIL_STALL) {
			e2e__smtp_log(m, s, '-', "(fault: no answer from now on)", 30);
			s->stalled = true;
		} else {
			snprintf(text, sizeof text, "%d %d.0.0 refused by the test", r->code, r->code / 100);
			e2e__smtp_say(m, s, text);
			s->ending = s->ending || r->code == 421;
		}
		return true;
	}
	return false;
}

/* "FROM:<a@b> SIZE=1" -> a copy of a@b, or NULL. The address may hold blanks and > in quotes. */
E2E__FN char *e2e__smtp_path(const char *args, const char *word)
{
	size_t n = strlen(word);
	const char *p, *at;
	char *copy;
	bool quoted = false;
	if (strncasecmp(args, word, n) != 0)
		return NULL;
	args += n;
	args += strspn(args, " ");
	if (*args++ != '<')
		return NULL;
	for (p = args; *p && (quoted || *p != '>'); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && p[1])
			p++;
		else if ((*p == ' ' || *p == '<') && !quoted)
			return NULL;
	}
	if (*p != '>' || (p[1] && p[1] != ' '))
		return NULL;
	at = *args == '@' ? (const char *)memchr(args, ':', (size_t)(p - args)) : NULL;
	if (at)
		args = at + 1; /* a route, which RFC 5321 wants ignored */
	copy = e2e__heap_copy(args);
	copy[p - args] = 0;
	return copy;
}

E2E__FN void e2e__smtp_helo(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	bool extended = strcasecmp(s->verb, "EHLO") == 0;
	if (!*args) {
		e2e__smtp_say(m, s, "501 5.5.4 a name is missing: EHLO client.example");
		return;
	}
	free(s->helo);
	s->helo = e2e__heap_copy(args);
	s->greeted = true;
	e2e__smtp_reset(s);
	if (!extended) {
		e2e__smtp_say(m, s, "250 localhost");
		return;
	}
	e2e__smtp_say(m, s, "250-localhost");
	e2e__smtp_say(m, s, "250-PIPELINING");
	e2e__smtp_say(m, s, "250-SIZE 67108864");
	if (m->cert && !s->tls)
		e2e__smtp_say(m, s, "250-STARTTLS");
	e2e__smtp_say(m, s, "250-AUTH PLAIN LOGIN");
	e2e__smtp_say(m, s, "250-ENHANCEDSTATUSCODES");
	e2e__smtp_say(m, s, "250-8BITMIME");
	e2e__smtp_say(m, s, "250 SMTPUTF8");
}

E2E__FN void e2e__smtp_from(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	char *sender = e2e__smtp_path(args, "FROM:");
	const char *size = strchr(args, '>');
	for (; size && strncasecmp(size, " SIZE=", 6) != 0; size = strchr(size + 1, ' '))
		;
	if (!s->greeted)
		e2e__smtp_say(m, s, "503 5.5.1 say EHLO first");
	else if (s->mailing)
		e2e__smtp_say(m, s, "503 5.5.1 a mail is in work already");
	else if (!sender)
		e2e__smtp_say(m, s, "501 5.1.7 syntax: MAIL FROM:<address>");
	else if (size && strtod(size + 6, NULL) > (double)E2E__SMTP_SIZE)
		e2e__smtp_say(m, s, "552 5.3.4 too big: 67108864 bytes are the limit");
	else {
		s->mailing = true;
		s->sender = sender;
		e2e__smtp_say(m, s, "250 2.1.0 ok");
		return;
	}
	free(sender);
}

E2E__FN void e2e__smtp_to(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	char *to = e2e__smtp_path(args, "TO:");
	if (!s->mailing)
		e2e__smtp_say(m, s, "503 5.5.1 say MAIL first");
	else if (!to || !*to)
		e2e__smtp_say(m, s, "501 5.1.3 syntax: RCPT TO:<address>");
	else if (s->recipients == E2E__SMTP_RECIPIENTS)
		e2e__smtp_say(m, s, "452 4.5.3 too many recipients: 1000 are the limit");
	else {
		e2e__heap_add(&s->rcpt, to, strlen(to) + 1);
		s->recipients++;
		e2e__smtp_say(m, s, "250 2.1.5 ok");
	}
	free(to);
}

enum { E2E__DOT_START, E2E__DOT_DOT, E2E__DOT_DOT_CR, E2E__DOT_TEXT, E2E__DOT_CR };

E2E__FN void e2e__smtp_data(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	if (*args) {
		e2e__smtp_say(m, s, "501 5.5.4 DATA takes no argument");
	} else if (!s->mailing) {
		e2e__smtp_say(m, s, "503 5.5.1 say MAIL first");
	} else if (!s->recipients) {
		e2e__smtp_say(m, s, "554 5.5.1 no recipient was accepted");
	} else {
		s->state = E2E__SMTP_DATA;
		s->dot = E2E__DOT_START;
		e2e__smtp_say(m, s, "354 end with CRLF.CRLF");
	}
}

E2E__FN void e2e__smtp_rset(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	if (*args) {
		e2e__smtp_say(m, s, "501 5.5.4 RSET takes no argument");
		return;
	}
	e2e__smtp_reset(s);
	e2e__smtp_say(m, s, "250 2.0.0 ok");
}

E2E__FN void e2e__smtp_noop(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	(void)args;
	e2e__smtp_say(m, s, "250 2.0.0 ok");
}

E2E__FN void e2e__smtp_vrfy(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	e2e__smtp_say(m, s, *args ? "252 2.5.2 will take mail for anybody" : "501 5.5.4 syntax: VRFY address");
}

E2E__FN void e2e__smtp_help(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	(void)args;
	e2e__smtp_say(m, s, "214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP VRFY AUTH STARTTLS QUIT");
}

E2E__FN void e2e__smtp_quit(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	(void)args;
	e2e__smtp_say(m, s, "221 2.0.0 bye");
	s->ending = true;
}

E2E__FN void e2e__smtp_starttls(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	if (*args)
		e2e__smtp_say(m, s, "501 5.5.4 STARTTLS takes no argument");
	else if (!m->cert)
		e2e__smtp_say(m, s, "502 5.5.1 no STARTTLS: the test is built without E2E_OPENSSL");
	else if (s->tls)
		e2e__smtp_say(m, s, "503 5.5.1 it is TLS already");
	else {
		e2e__smtp_say(m, s, "220 2.0.0 go ahead");
		s->tls_wanted = true;
	}
}

/* Base64 in place; -1 if it isn't. Line ends and blanks are skipped. */
E2E__FN long e2e__base64(char *s, size_t n)
{
	static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i, out = 0;
	unsigned bits = 0;
	int have = 0;
	for (i = 0; i < n; i++) {
		const char *at = s[i] ? strchr(signs, s[i]) : NULL;
		if (s[i] == '=')
			break;
		if (strchr(" \t\r\n", s[i]) && s[i])
			continue;
		if (!at)
			return -1;
		bits = (bits << 6 | (unsigned)(at - signs)) & 0xffffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			s[out++] = (char)(bits >> have & 0xff);
		}
	}
	s[out] = 0;
	return (long)out;
}

/* The last word of a login. Passwords go no further than this. */
E2E__FN void e2e__smtp_login(struct e2e__mail_self *m, struct e2e__session *s, const char *user)
{
	s->state = E2E__SMTP_COMMAND;
	if (!user) {
		e2e__smtp_say(m, s, "501 5.5.2 that isn't base64 of what was asked");
		return;
	}
	free(s->user);
	s->user = e2e__heap_copy(user);
	e2e__smtp_say(m, s, "235 2.7.0 welcome");
}

/* base64("authorise NUL user NUL password") */
E2E__FN void e2e__smtp_plain(struct e2e__mail_self *m, struct e2e__session *s, char *text)
{
	long n = e2e__base64(text, strlen(text));
	const char *user = n < 0 ? NULL : (const char *)memchr(text, 0, (size_t)n);
	const char *end = user ? (const char *)memchr(user + 1, 0, (size_t)(text + n - user - 1)) : NULL;
	e2e__smtp_login(m, s, end ? user + 1 : NULL);
}

E2E__FN void e2e__smtp_auth(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	const char *first = strchr(args, ' ');
	char *text = first ? e2e__heap_copy(first + 1) : NULL;
	size_t n = strcspn(args, " ");
	if (!s->greeted)
		e2e__smtp_say(m, s, "503 5.5.1 say EHLO first");
	else if (s->user)
		e2e__smtp_say(m, s, "503 5.5.1 logged in already");
	else if (n == 5 && strncasecmp(args, "PLAIN", 5) == 0 && text)
		e2e__smtp_plain(m, s, text);
	else if (n == 5 && strncasecmp(args, "PLAIN", 5) == 0) {
		s->state = E2E__SMTP_PLAIN;
		e2e__smtp_say(m, s, "334 ");
	} else if (n == 5 && strncasecmp(args, "LOGIN", 5) == 0) {
		s->state = E2E__SMTP_USER;
		if (text && e2e__base64(text, strlen(text)) >= 0) {
			s->state = E2E__SMTP_PASSWORD;
			free(s->user);
			s->user = e2e__heap_copy(text);
		}
		e2e__smtp_say(m, s, s->state == E2E__SMTP_USER ? "334 VXNlcm5hbWU6" : "334 UGFzc3dvcmQ6");
	} else
		e2e__smtp_say(m, s, "504 5.5.4 PLAIN and LOGIN are what there is");
	free(text);
}

/* A line that answers one of our questions within AUTH. */
E2E__FN void e2e__smtp_answer(struct e2e__mail_self *m, struct e2e__session *s, char *text)
{
	char *user;
	e2e__smtp_log(m, s, '<', "(not shown)", 11);
	if (strcmp(text, "*") == 0) {
		s->state = E2E__SMTP_COMMAND;
		e2e__smtp_say(m, s, "501 5.7.0 cancelled");
	} else if (s->state == E2E__SMTP_PLAIN) {
		e2e__smtp_plain(m, s, text);
	} else if (s->state == E2E__SMTP_USER && e2e__base64(text, strlen(text)) >= 0) {
		s->user = e2e__heap_copy(text);
		s->state = E2E__SMTP_PASSWORD;
		e2e__smtp_say(m, s, "334 UGFzc3dvcmQ6");
	} else {
		user = s->state == E2E__SMTP_PASSWORD && e2e__base64(text, strlen(text)) >= 0 ? s->user : NULL;
		if (!user)
			free(s->user);
		s->user = NULL;
		e2e__smtp_login(m, s, user);
		free(user);
	}
}

/* A command line, without its end. */
E2E__FN void e2e__smtp_command(struct e2e__mail_self *m, struct e2e__session *s, char *line, size_t n)
{
	static const struct {
		const char *verb;
		void (*fn)(struct e2e__mail_self *m, struct e2e__session *s, const char *args);
	} known[] = {
		{"EHLO", e2e__smtp_helo}, {"HELO", e2e__smtp_helo}, {"MAIL", e2e__smtp_from},
		{"RCPT", e2e__smtp_to},   {"DATA", e2e__smtp_data}, {"RSET", e2e__smtp_rset},
		{"NOOP", e2e__smtp_noop}, {"VRFY", e2e__smtp_vrfy}, {"HELP", e2e__smtp_help},
		{"QUIT", e2e__smtp_quit}, {"AUTH", e2e__smtp_auth}, {"STARTTLS", e2e__smtp_starttls},
	};
	size_t i, v = strcspn(line, " ");
	const char *args = line + v + strspn(line + v, " ");
	if (v == 4 && strncasecmp(line, "AUTH", 4) == 0)
		e2e__smtp_log(m, s, '<', "AUTH (not shown)", 16);
	else
		e2e__smtp_log(m, s, '<', line, n);
	if (strlen(line) != n) {
		e2e__smtp_say(m, s, "500 5.5.2 a NUL in a command");
		return;
	}
	snprintf(s->verb, sizeof s->verb, "%.*s", (int)(v < 15 ? v : 15), line);
	if (e2e__smtp_fault(m, s, s->verb, line))
		return;
	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(s->verb, known[i].verb) == 0 && v < 15) {
			known[i].fn(m, s, args);
			return;
		}
	e2e__smtp_say(m, s, "500 5.5.1 unknown command");
}

/* Writes the mail where the case looks for it: whole, by its number. */
E2E__FN bool e2e__smtp_store(struct e2e__mail_self *m, struct e2e__session *s)
{
	struct e2e__heap head;
	char part[64], name[64];
	const char *to = s->rcpt.p;
	unsigned i;
	struct iovec v[2];
	size_t want;
	int fd;
	bool well;
	memset(&head, 0, sizeof head);
	snprintf(name, sizeof name, "%06lld.eml", m->shared->mails + 1);
	snprintf(part, sizeof part, ".%s.part", name);
	/* Three lines and one a recipient, then the mail: nothing in a mail can look like its envelope. */
	e2e__heap_add(&head, "X-Envelope: ", 12);
	e2e__heap_add(&head, part, 0);
	{
		char text[32];
		const char *rest[8];
		size_t k;
		e2e__heap_add(&head, text, (size_t)snprintf(text, sizeof text, "%u", s->recipients));
		rest[0] = "\nX-Envelope-Helo: ";
		rest[1] = s->helo;
		rest[2] = "\nX-Envelope-User: ";
		rest[3] = s->user ? s->user : "";
		rest[4] = "\nX-Envelope-Tls: ";
		rest[5] = "";
#ifdef E2E_OPENSSL
		if (s->tls)
			rest[5] = SSL_get_version((SSL *)s->tls);
#endif
		rest[6] = "\nX-Envelope-From: ";
		rest[7] = s->sender;
		for (k = 0; k < 8; k++)
			e2e__heap_add(&head, rest[k], strcspn(rest[k] + (k % 2 ? 0 : 1), "\r\n") + (k % 2 ? 0 : 1));
	}
	for (i = 0; i < s->recipients; i++, to += strlen(to) + 1) {
		e2e__heap_add(&head, "\nX-Envelope-To: ", 16);
		e2e__heap_add(&head, to, strlen(to));
	}
	e2e__heap_add(&head, "\n", 1);
	v[0].iov_base = head.p;
	v[0].iov_len = head.n;
	v[1].iov_base = s->mail.p;
	v[1].iov_len = s->mail.n;
	want = head.n + s->mail.n;
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	well = fd >= 0 && writev(fd, v, 2) == (ssize_t)want && close(fd) == 0 && rename(part, name) == 0;
	if (well)
		m->shared->mails++;
	else
		m->shared->error = errno ? errno : EIO;
	free(head.p);
	return well;
}

/* The mail is complete. */
E2E__FN void e2e__smtp_deliver(struct e2e__mail_self *m, struct e2e__session *s)
{
	char text[64];
	snprintf(text, sizeof text, "(mail of %lu bytes) .", (unsigned long)s->mail.n);
	e2e__smtp_log(m, s, '<', text, strlen(text));
	s->state = E2E__SMTP_COMMAND;
	if (e2e__smtp_fault(m, s, ".", ".")) {
		;
	} else if (s->too_big) {
		e2e__smtp_say(m, s, "552 5.3.4 too big: 67108864 bytes are the limit");
	} else if (!e2e__smtp_store(m, s)) {
		e2e__smtp_say(m, s, "452 4.3.1 the test can't store it");
	} else {
		snprintf(text, sizeof text, "250 2.0.0 ok: mail %lld", m->shared->mails);
		e2e__smtp_say(m, s, text);
	}
	e2e__smtp_reset(s);
}

E2E__FN void e2e__smtp_text(struct e2e__session *s, const char *p, size_t n)
{
	if (s->mail.n + n > E2E__SMTP_SIZE)
		s->too_big = true;
	else
		e2e__heap_add(&s->mail, p, n);
}

/* Has the client ended its mail with bare line feeds? It will wait for ever; the case shall hear why. */
E2E__FN void e2e__smtp_suspect(struct e2e__mail_self *m, const char *p, size_t n)
{
	const char *dot = p, *end = p + n;
	while ((dot = (const char *)memchr(dot, '.', (size_t)(end - dot))) != NULL) {
		if (dot > p && dot[-1] == '\n' && dot + 1 < end && dot[1] == '\n')
			m->shared->bare_dot = true;
		dot++;
	}
}

/* Takes the mail's text until CR LF . CR LF, and only that: what ends at bare line feeds can be fooled. Returns how many
 * bytes were taken. */
E2E__FN size_t e2e__smtp_take(struct e2e__mail_self *m, struct e2e__session *s, const char *p, size_t n)
{
	size_t i;
	for (i = 0; i < n; i++) {
		char c = p[i];
		if (s->dot == E2E__DOT_DOT_CR && c == '\n') {
			e2e__smtp_deliver(m, s);
			return i + 1;
		}
		if (s->dot == E2E__DOT_START && c == '.') {
			s->dot = E2E__DOT_DOT; /* the transport's own dot */
			continue;
		}
		if (s->dot == E2E__DOT_DOT && c == '\r') {
			s->dot = E2E__DOT_DOT_CR;
			continue;
		}
		if (s->dot == E2E__DOT_DOT_CR)
			e2e__smtp_text(s, "\r", 1);
		if (s->dot == E2E__DOT_CR && c == '\n') {
			s->dot = E2E__DOT_START;
			e2e__smtp_text(s, &c, 1);
			continue;
		}
		if (c != '\r') { /* the fast way through a line */
			const char *end = (const char *)memchr(p + i, '\r', n - i);
			size_t k = end ? (size_t)(end - p) - i : n - i;
			e2e__smtp_suspect(m, p + i, k);
			e2e__smtp_text(s, p + i, k);
			i += k - 1;
			s->dot = E2E__DOT_TEXT;
			continue;
		}
		s->dot = E2E__DOT_CR;
		e2e__smtp_text(s, &c, 1);
	}
	return n;
}

/* Collects a command line, which may end with a bare line feed (people type). */
E2E__FN size_t e2e__smtp_line(struct e2e__mail_self *m, struct e2e__session *s, const char *p, size_t n)
{
	const char *end = (const char *)memchr(p, '\n', n);
	size_t k = end ? (size_t)(end - p) : n;
	if (s->too_long || s->line.n + k > E2E__SMTP_LINE) {
		if (!s->too_long)
			e2e__smtp_log(m, s, '<', s->line.p ? s->line.p : "", s->line.n);
		s->too_long = !end;
		s->line.n = 0;
		if (end)
			e2e__smtp_say(m, s, "500 5.5.2 line too long");
		return end ? k + 1 : n;
	}
	e2e__heap_add(&s->line, p, k);
	if (!end)
		return n;
	if (s->line.n && s->line.p[s->line.n - 1] == '\r')
		s->line.p[--s->line.n] = 0;
	k++;
	if (s->state == E2E__SMTP_COMMAND)
		e2e__smtp_command(m, s, s->line.p, s->line.n);
	else
		e2e__smtp_answer(m, s, s->line.p);
	s->line.n = 0;
	return k;
}

E2E__FN void e2e__smtp_input(struct e2e__mail_self *m, struct e2e__session *s, const char *p, size_t n)
{
	while (n && !s->gone && !s->stalled && !s->ending) {
		size_t k = s->state == E2E__SMTP_DATA ? e2e__smtp_take(m, s, p, n) : e2e__smtp_line(m, s, p, n);
		p += k;
		n -= k;
		if (s->tls_wanted)
			return; /* what came behind STARTTLS in clear text must not count as said under TLS */
	}
}

/* ---- reading and writing, clear or TLS ---- */

#ifdef E2E_OPENSSL
/* What an operation that can't go on waits for; false: it has failed. */
E2E__FN bool e2e__smtp_tls_again(struct e2e__session *s, int result)
{
	int why = SSL_get_error((SSL *)s->tls, result);
	ERR_clear_error();
	s->tls_events = why == SSL_ERROR_WANT_READ ? POLLIN : why == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
	return s->tls_events != 0;
}

E2E__FN void e2e__smtp_tls_start(struct e2e__mail_self *m, struct e2e__session *s)
{
	SSL_CTX *ctx = (SSL_CTX *)m->tls;
	if (!ctx) {
		ctx = SSL_CTX_new(TLS_server_method());
		if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, m->cert) != 1 ||
		    SSL_CTX_use_PrivateKey_file(ctx, m->key, SSL_FILETYPE_PEM) != 1) {
			SSL_CTX_free(ctx);
			e2e__smtp_close(m, s, "(TLS can't be set up)");
			return;
		}
		SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		m->tls = ctx;
	}
	s->tls = SSL_new(ctx);
	if (!s->tls || SSL_set_fd((SSL *)s->tls, s->fd) != 1) {
		e2e__smtp_close(m, s, "(TLS can't be set up)");
		return;
	}
	SSL_set_accept_state((SSL *)s->tls);
	/* RFC 3207: the client starts anew */
	e2e__smtp_reset(s);
	s->greeted = s->tls_wanted = false;
}

/* True when the handshake is over. */
E2E__FN bool e2e__smtp_tls_shake(struct e2e__mail_self *m, struct e2e__session *s)
{
	int n;
	if (s->tls_done)
		return true;
	n = SSL_accept((SSL *)s->tls);
	if (n == 1) {
		s->tls_done = true;
		s->tls_events = 0;
		e2e__smtp_log(m, s, '-', SSL_get_version((SSL *)s->tls), strlen(SSL_get_version((SSL *)s->tls)));
	} else if (!e2e__smtp_tls_again(s, n)) {
		e2e__smtp_close(m, s, "(the TLS handshake failed)");
	}
	return n == 1;
}
#endif

/* -1: nothing now; 0: the end. */
E2E__FN ssize_t e2e__smtp_recv(struct e2e__session *s, char *p, size_t size)
{
	ssize_t n;
#ifdef E2E_OPENSSL
	if (s->tls) {
		int k = SSL_read((SSL *)s->tls, p, (int)size);
		if (k > 0)
			return k;
		return e2e__smtp_tls_again(s, k) ? -1 : 0;
	}
#endif
	n = recv(s->fd, p, size, 0);
	return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
}

E2E__FN ssize_t e2e__smtp_send(struct e2e__session *s, const char *p, size_t size)
{
	ssize_t n;
#ifdef E2E_OPENSSL
	if (s->tls) {
		int k = SSL_write((SSL *)s->tls, p, (int)size);
		if (k > 0)
			return k;
		return e2e__smtp_tls_again(s, k) ? -1 : 0;
	}
#endif
	n = send(s->fd, p, size, MSG_NOSIGNAL);
	return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
}

E2E__FN void e2e__smtp_drain(struct e2e__mail_self *m, struct e2e__session *s)
{
	while (!s->gone && s->sent < s->out.n) {
		ssize_t n = e2e__smtp_send(s, s->out.p + s->sent, s->out.n - s->sent);
		if (n == 0)
			e2e__smtp_close(m, s, "(the client is gone)");
		if (n <= 0)
			return;
		s->sent += (size_t)n;
	}
	if (s->gone)
		return;
	s->sent = s->out.n = 0;
	if (s->ending)
		e2e__smtp_close(m, s, "(closed)");
#ifdef E2E_OPENSSL
	else if (s->tls_wanted)
		e2e__smtp_tls_start(m, s);
#endif
}

/* Reads what there is, in bounded portions so that nobody starves. */
E2E__FN void e2e__smtp_step(struct e2e__mail_self *m, struct e2e__session *s)
{
	char room[65536];
	int burst;
#ifdef E2E_OPENSSL
	if (s->tls && !e2e__smtp_tls_shake(m, s))
		return;
#endif
	s->tls_events = 0;
	e2e__smtp_drain(m, s);
	for (burst = 0; burst < 16 && !s->gone && !s->out.n && (!s->tls || s->tls_done); burst++) {
		ssize_t n = e2e__smtp_recv(s, room, sizeof room);
		if (n < 0)
			return;
		if (n == 0) {
			e2e__smtp_close(m, s, s->state == E2E__SMTP_DATA ? "(the client left in the middle of a mail)" :
									 "(the client left)");
			return;
		}
		e2e__smtp_input(m, s, room, (size_t)n);
		e2e__smtp_drain(m, s);
	}
}

E2E__FN void e2e__smtp_accept(struct e2e__mail_self *m)
{
	struct e2e__session *s;
	int one = 1, fd = accept(m->helper.sock, NULL, NULL);
	if (fd < 0)
		return;
	if (m->n == m->size) {
		m->size = m->size ? m->size * 2 : 16;
		m->session = (struct e2e__session **)realloc(m->session, m->size * sizeof *m->session);
		m->polls = (struct pollfd *)realloc(m->polls, (m->size + 2) * sizeof *m->polls);
	}
	s = (struct e2e__session *)calloc(1, sizeof *s);
	if (!m->session || !m->polls || !s)
		_exit(96);
	e2e__fd_flags(fd);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	s->fd = fd;
	s->number = (unsigned)++m->shared->sessions;
	m->shared->open++;
	m->session[m->n++] = s;
	if (!e2e__smtp_fault(m, s, "CONNECT", "CONNECT"))
		e2e__smtp_say(m, s, "220 localhost ESMTP for a test");
	else if (!s->gone && !s->stalled)
		s->ending = true;
	e2e__smtp_drain(m, s);
}

E2E__FN void e2e__session_free(struct e2e__session *s)
{
	free(s->line.p);
	free(s->out.p);
	free(s->rcpt.p);
	free(s->mail.p);
	free(s->sender);
	free(s->helo);
	free(s->user);
	free(s);
}

E2E__FN void e2e__smtp_poll(struct e2e__mail_self *m, bool full)
{
	size_t i;
	m->polls[0].fd = m->helper.line;
	m->polls[1].fd = full ? -1 : m->helper.sock;
	m->polls[0].events = m->polls[1].events = POLLIN;
	m->polls[0].revents = m->polls[1].revents = 0;
	for (i = 0; i < m->n; i++) {
		struct e2e__session *s = m->session[i];
		m->polls[i + 2].fd = s->fd;
		m->polls[i + 2].events = s->tls_events ? s->tls_events : s->out.n ? POLLOUT : POLLIN;
		m->polls[i + 2].revents = 0;
	}
	if (poll(m->polls, m->n + 2, -1) < 0 && errno != EINTR)
		_exit(97);
}

/* The sink's life. Its folder is its working directory, so that names are short and the case may move. */
E2E__FN void e2e__smtp_run(struct e2e__helper *h)
{
	struct e2e__mail_self *m = (struct e2e__mail_self *)(void *)h;
	m->polls = (struct pollfd *)calloc(2, sizeof *m->polls);
	if (!m->polls || chdir(m->box->dir) != 0)
		_exit(98);
	m->log = open("smtp.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	for (;;) {
		size_t i, kept = 0, n = m->n;
		uint32_t number;
		e2e__smtp_poll(m, n > 1000);
		for (i = 0; i < n; i++)
			if (m->polls[i + 2].revents)
				e2e__smtp_step(m, m->session[i]);
		if ((m->polls[0].revents & (POLLIN | POLLHUP | POLLERR)) && e2e__helper_asked(h, &number)) {
			memcpy(m->rule, m->shared->rule, sizeof m->rule);
			m->rules = m->shared->rules;
			e2e__helper_answer(h, number);
		}
		if (m->polls[1].revents & POLLIN)
			e2e__smtp_accept(m);
		for (i = 0; i < m->n; i++) {
			if (m->session[i]->gone)
				e2e__session_free(m->session[i]);
			else
				m->session[kept++] = m->session[i];
		}
		m->n = kept;
		e2e__smtp_log_flush(m);
	}
}

/* ---- reading mails ---- */

/* The next line of the envelope behind its name; NULL if it isn't that. */
E2E__FN char *e2e__mail_envelope(char **at, const char *name)
{
	char *line = *at, *end = strchr(line, '\n');
	size_t n = strlen(name);
	if (!end || strncmp(line, name, n) != 0)
		return NULL;
	*end = 0;
	*at = end + 1;
	return line + n;
}

/* Where the body begins: behind the first empty line, or at the end. */
E2E__FN const char *e2e__mail_body(const e2e_mail *mail)
{
	const char *p = mail->raw, *end = mail->raw + mail->raw_size;
	while (p < end) {
		const char *nl = (const char *)memchr(p, '\n', (size_t)(end - p));
		if (nl == p || (nl == p + 1 && *p == '\r'))
			return nl + 1;
		if (!nl)
			break;
		p = nl + 1;
	}
	return end;
}

E2E__FN const char *e2e_mail_header(const e2e_mail *mail, const char *name)
{
	const char *p = mail->raw, *end = mail->raw ? e2e__mail_body(mail) : NULL;
	size_t n = strlen(name);
	while (p && p < end) {
		const char *nl = (const char *)memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		while (nl + 1 < end && (nl[1] == ' ' || nl[1] == '\t')) { /* folded: the field goes on */
			const char *more = (const char *)memchr(nl + 1, '\n', (size_t)(end - nl - 1));
			nl = more ? more : end;
		}
		if ((size_t)(nl - p) > n && strncasecmp(p, name, n) == 0 && p[n] == ':') {
			char *value = (char *)e2e__alloc((size_t)(nl - p) + 1), *to = value;
			for (p += n + 1; p < nl && (*p == ' ' || *p == '\t'); p++)
				;
			for (; p < nl; p++)
				if (*p != '\r' && *p != '\n' && *p)
					*to++ = *p;
			while (to > value && (to[-1] == ' ' || to[-1] == '\t'))
				*--to = 0;
			return value;
		}
		p = nl + 1;
	}
	return NULL;
}

/* =41 -> A in place, and in a header _ -> blank; soft line ends vanish. Returns the new size. */
E2E__FN size_t e2e__quoted_printable(char *s, size_t n, bool header)
{
	static const char hex[] = "0123456789ABCDEF0123456789abcdef";
	size_t i, out = 0;
	for (i = 0; i < n; i++) {
		const char *a = i + 2 < n && s[i] == '=' && s[i + 1] ? strchr(hex, s[i + 1]) : NULL;
		const char *b = a && s[i + 2] ? strchr(hex, s[i + 2]) : NULL;
		if (s[i] == '=' && i + 2 < n && s[i + 1] == '\r' && s[i + 2] == '\n')
			i += 2;
		else if (s[i] == '=' && i + 1 < n && s[i + 1] == '\n')
			i++;
		else if (a && b) {
			s[out++] = (char)((((a - hex) % 16) << 4) | ((b - hex) % 16));
			i += 2;
		} else
			s[out++] = header && s[i] == '_' ? ' ' : s[i];
	}
	s[out] = 0;
	return out;
}

/* One =?charset?q?text?= at p, added in UTF-8. Returns what follows, or NULL if it is none that we can read. */
E2E__FN const char *e2e__mail_word(struct e2e__buf *out, const char *p)
{
	const char *how = strchr(p + 2, '?'), *text = how ? strchr(how + 1, '?') : NULL;
	const char *end = text ? strstr(text + 1, "?=") : NULL;
	size_t cs = how ? (size_t)(how - p - 2) : 0, n, i;
	bool latin = cs == 10 && strncasecmp(p + 2, "iso-8859-1", 10) == 0;
	char *copy;
	if (!end || text != how + 2 ||
	    !(latin || (cs == 5 && strncasecmp(p + 2, "utf-8", 5) == 0) ||
	      (cs == 8 && strncasecmp(p + 2, "us-ascii", 8) == 0)))
		return NULL;
	copy = e2e__strdup(text + 1);
	n = (size_t)(end - text - 1);
	copy[n] = 0;
	if (how[1] == 'q' || how[1] == 'Q') {
		n = e2e__quoted_printable(copy, n, true);
	} else {
		long k = how[1] == 'b' || how[1] == 'B' ? e2e__base64(copy, n) : -1;
		if (k < 0)
			return NULL;
		n = (size_t)k;
	}
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)copy[i];
		char two[2];
		two[0] = (char)(0xc0 | c >> 6);
		two[1] = (char)(0x80 | (c & 0x3f));
		if (latin && c >= 128)
			e2e__add(out, two, 2);
		else
			e2e__add(out, copy + i, 1);
	}
	return end + 2;
}

/* RFC 2047: a header's text in UTF-8. */
E2E__FN const char *e2e__mail_words(const char *text)
{
	E2E__BUF(b, 512);
	const char *p = text, *next;
	char *copy;
	if (!text || !strstr(text, "=?"))
		return text;
	while (*p) {
		next = p[0] == '=' && p[1] == '?' ? e2e__mail_word(&b, p) : NULL;
		if (!next) {
			e2e__add(&b, p++, 1);
			continue;
		}
		p = next;
		next += strspn(next, " \t"); /* blanks between two of them aren't text */
		if (next[0] == '=' && next[1] == '?')
			p = next;
	}
	e2e__add(&b, "", 1);
	copy = e2e__strdup(b.p);
	e2e__free(&b);
	return copy;
}

/* The body as a person would read it. */
E2E__FN void e2e__mail_decode(e2e_mail *mail)
{
	const char *from = e2e__mail_body(mail), *how = e2e_mail_header(mail, "Content-Transfer-Encoding");
	size_t n = mail->raw_size - (size_t)(from - mail->raw), i, out = 0;
	char *body = (char *)e2e__alloc(n + 1);
	memcpy(body, from, n);
	if (how && strcasecmp(how, "quoted-printable") == 0) {
		n = e2e__quoted_printable(body, n, false);
	} else if (how && strcasecmp(how, "base64") == 0) {
		long k = e2e__base64(body, n);
		if (k < 0)
			memcpy(body, from, n); /* broken: show it as it is */
		else
			n = (size_t)k;
	}
	for (i = 0; i < n; i++)
		if (body[i] != '\r' || i + 1 == n || body[i + 1] != '\n')
			body[out++] = body[i];
	body[out] = 0;
	mail->body = body;
	mail->body_size = out;
}

E2E__FN bool e2e__mail_load(e2e_mail *mail, const char *path)
{
	size_t size, n, i;
	char *text = e2e__read_file(path, &size), *at = text, *count;
	const char **to;
	memset(mail, 0, sizeof *mail);
	count = text ? e2e__mail_envelope(&at, "X-Envelope: ") : NULL;
	if (!count)
		return false;
	n = (size_t)strtoul(count, NULL, 10);
	to = (const char **)e2e__alloc((n + 1) * sizeof *to);
	mail->helo = e2e__mail_envelope(&at, "X-Envelope-Helo: ");
	mail->user = e2e__mail_envelope(&at, "X-Envelope-User: ");
	mail->tls = e2e__mail_envelope(&at, "X-Envelope-Tls: ");
	mail->sender = e2e__mail_envelope(&at, "X-Envelope-From: ");
	for (i = 0; i < n; i++)
		to[i] = e2e__mail_envelope(&at, "X-Envelope-To: ");
	if (mail->user && !*mail->user)
		mail->user = NULL;
	if (mail->tls && !*mail->tls)
		mail->tls = NULL;
	mail->recipients = to;
	mail->nrecipients = n;
	mail->raw = at;
	mail->raw_size = size - (size_t)(at - text);
	mail->path = path;
	mail->subject = e2e__mail_words(e2e_mail_header(mail, "Subject"));
	e2e__mail_decode(mail);
	return true;
}

/* ---- the case's side ---- */

E2E__FN size_t e2e_mail_count(e2e_mailbox *m)
{
	static const char *const nobody[64] = {NULL}; /* for tests that look behind the last mail */
	const volatile struct e2e__mail_shared *s = m->self->shared;
	size_t n = (size_t)s->mails, i;
	if (n > m->count || !m->mail) {
		size_t empty = 16;
		e2e_mail *mail = (e2e_mail *)e2e__alloc((n + empty) * sizeof *mail);
		if (m->count)
			memcpy(mail, m->mail, m->count * sizeof *mail);
		for (i = m->count; i < n; i++)
			if (!e2e__mail_load(&mail[i], e2e_printf("%s/%06lu.eml", m->dir, (unsigned long)i + 1)))
				break;
		m->count = i;
		for (; i < n + empty; i++) {
			memset(&mail[i], 0, sizeof mail[i]);
			mail[i].recipients = nobody;
		}
		m->mail = mail;
	}
	return m->count;
}

/* The mails that are there, for a failure. */
E2E__FN const char *e2e__mail_list(const e2e_mailbox *m)
{
	const char *out = "";
	size_t i, j;
	if (!m->count)
		return "no mail at all";
	for (i = 0; i < m->count && i < 50; i++) {
		const e2e_mail *mail = &m->mail[i];
		out = e2e_printf("%s%smail[%lu]: %s from <%s> to", out, i ? "\n" : "", (unsigned long)i,
				 mail->subject ? e2e_quoted(mail->subject) : "(no subject)", mail->sender);
		for (j = 0; j < mail->nrecipients && j < 20; j++)
			out = e2e_printf("%s <%s>", out, mail->recipients[j]);
		if (mail->expected_at)
			out = e2e_printf("%s (answers %s)", out, mail->expected_at);
	}
	return m->count > 50 ? e2e_printf("%s\n... %lu in all", out, (unsigned long)m->count) : out;
}

/* Why a mail may be missing. */
E2E__FN const char *e2e__mail_hint(const e2e_mailbox *m)
{
	const struct e2e__mail_shared *s = m->self->shared;
	if (s->error)
		return e2e_printf("a mail couldn't be stored in %s: %s", m->dir, strerror(s->error));
	if (!s->sessions)
		return e2e_printf("nobody has connected to port %d: is the program told to send there?", m->port);
	if (s->bare_dot)
		return "a mail holds a dot between bare line feeds: only CR LF . CR LF ends a mail";
	return e2e_printf("%lld connections until now, %lld of them open; the dialogue is in %s/smtp.log", s->sessions,
			  s->open, m->dir);
}

E2E__FN bool e2e__mail_wait(const char *file, int line, e2e_mailbox *m, size_t n, double seconds)
{
	double limit = e2e__net_timeout(seconds), end = e2e__until(limit);
	const char *name = e2e_printf("%lu mail%s", (unsigned long)n, n == 1 ? "" : "s");
	e2e_failure f;
	while (e2e_mail_count(m) < n && e2e_now() < end)
		e2e__pause(0.002);
	if (m->count >= n)
		return e2e_report(file, line, true, name, NULL);
	memset(&f, 0, sizeof f);
	f.message = e2e_printf("waited %g s for mails", limit);
	f.got = e2e_printf("%lu", (unsigned long)m->count);
	f.want = e2e_printf("%lu", (unsigned long)n);
	f.code = "timeout";
	f.diff = m->count ? e2e__mail_list(m) : NULL;
	f.hint = e2e__mail_hint(m);
	return e2e_report(file, line, false, name, &f);
}

/* "a@x, b@y" -> two entries of the list; counts them if there is no list. */
E2E__FN size_t e2e__mail_split(const char *text, const char **list, size_t n)
{
	while (*text) {
		size_t k;
		text += strspn(text, ", \t");
		k = strcspn(text, ",");
		while (k && (text[k - 1] == ' ' || text[k - 1] == '\t'))
			k--;
		if (k && list) {
			char *one = e2e__strdup(text);
			one[k] = 0;
			list[n] = one;
		}
		n += k > 0;
		text += strcspn(text, ",");
	}
	return n;
}

/* Are these the mail's recipients, in whatever order? */
E2E__FN bool e2e__mail_to(const e2e_mail *mail, const char *const *want, size_t n)
{
	size_t i, j, a, b;
	if (n == 1 && strcmp(want[0], "*") == 0)
		return true;
	if (n != mail->nrecipients)
		return false;
	for (i = 0; i < n; i++) {
		for (j = a = b = 0; j < n; j++) { /* as often here as there */
			a += strcmp(want[j], want[i]) == 0;
			b += strcmp(mail->recipients[j], want[i]) == 0;
		}
		if (a != b)
			return false;
	}
	return true;
}

E2E__FN e2e_mail *e2e__mail_find(e2e_mailbox *m, const char *subject, const char *const *to, size_t n)
{
	size_t i;
	for (i = 0; i < m->count; i++) {
		e2e_mail *mail = &m->mail[i];
		if (!mail->expected_at && strcmp(mail->subject ? mail->subject : "", subject) == 0 && e2e__mail_to(mail, to, n))
			return mail;
	}
	return NULL;
}

/* The recipients of an expectation, from strings or from one array of strings. */
E2E__FN const char **e2e__mail_wanted(size_t size, va_list args, size_t *n)
{
	const char *one[64], **list;
	size_t given = 0, i;
	const char *arg;
	*n = 0;
	if (size != 1) {
		const char *const *array = va_arg(args, const char *const *);
		while (array[*n])
			(*n)++;
		list = (const char **)e2e__alloc((*n + 1) * sizeof *list);
		memcpy(list, array, *n * sizeof *list);
		return list;
	}
	while ((arg = va_arg(args, const char *)) != NULL && given < 64)
		one[given++] = arg;
	for (i = 0; i < given; i++)
		*n = e2e__mail_split(one[i], NULL, *n);
	list = (const char **)e2e__alloc((*n + 1) * sizeof *list);
	for (i = *n = 0; i < given; i++)
		*n = e2e__mail_split(one[i], list, *n);
	return list;
}

E2E__FN const e2e_mail *e2e__mail_expect(const char *file, int line, e2e_mailbox *m, const char *subject, size_t size,
					 ...)
{
	double limit = e2e__net_timeout(-1), end = e2e__until(limit);
	const char *name, *all = "", **to;
	e2e_failure f;
	e2e_mail *mail;
	va_list args;
	size_t n, i;
	va_start(args, size);
	to = e2e__mail_wanted(size, args, &n);
	va_end(args);
	for (i = 0; i < n; i++)
		all = e2e_printf("%s <%s>", all, to[i]);
	name = e2e_printf("mail %s to%s", e2e_quoted(subject), all);
	while (e2e_mail_count(m), !(mail = e2e__mail_find(m, subject, to, n)) && e2e_now() < end)
		e2e__pause(0.002);
	if (mail) {
		mail->expected_at = e2e_printf("%s:%d", file, line);
		e2e_report(file, line, true, name, NULL);
		return mail;
	}
	memset(&f, 0, sizeof f);
	f.message = e2e_printf("waited %g s for a mail", limit);
	f.want = name;
	f.got = m->count > 1 ? e2e_printf("%lu other mails", (unsigned long)m->count) : e2e__mail_list(m);
	f.diff = m->count > 1 ? e2e__mail_list(m) : NULL;
	f.code = "no-mail";
	f.hint = e2e__mail_hint(m);
	e2e_report(file, line, false, name, &f);
	return NULL;
}

E2E__FN void e2e__mail_fault(const char *file, int line, e2e_mailbox *m, const char *command, int code, int first)
{
	struct e2e__mail_shared *s = m->self->shared;
	e2e_failure f;
	size_t i, kept = 0;
	memset(&f, 0, sizeof f);
	f.code = "usage";
	if (command && (strlen(command) >= sizeof s->rule[0].command || !*command))
		f.message = e2e_printf("%s is no SMTP command", e2e_quoted(command));
	else if (code != 0 && code != E2E_MAIL_DROP && code != E2E_MAIL_STALL && (code < 200 || code > 599))
		f.message = e2e_printf("%d is no SMTP reply", code);
	else if (first < 0)
		f.message = "the number of times is negative";
	f.hint = "for example e2e_mail_fault(m, \"RCPT\", 550)";
	if (f.message)
		e2e__die(file, line, "e2e_mail_fault", &f);
	for (i = 0; command && i < s->rules; i++) /* a new fault replaces the old one of the same command */
		if (strcasecmp(s->rule[i].command, command) != 0)
			s->rule[kept++] = s->rule[i];
	s->rules = kept;
	if (command && code != 0) {
		if (kept == E2E__SMTP_RULES) {
			f.message = "more than 32 faults";
			e2e__die(file, line, "e2e_mail_fault", &f);
		}
		strcpy(s->rule[kept].command, command);
		s->rule[kept].code = code;
		s->rule[kept].left = first ? first : -1;
		s->rules++;
	}
	e2e__helper_apply(file, line, &m->self->helper);
}

/* The dialogue is evidence already; here is what it ended with. */
E2E__FN void e2e__mail_tell(struct e2e__helper *h)
{
	struct e2e__mail_self *self = (struct e2e__mail_self *)(void *)h;
	e2e_mail_count(self->box);
	e2e__explain(e2e_printf("mailbox_%d", self->box->port),
		     e2e_printf("%s\n%s", e2e__mail_list(self->box), e2e__mail_hint(self->box)));
}

E2E__FN e2e_mailbox *e2e__mailbox_open(const char *file, int line)
{
	e2e_mailbox *m = (e2e_mailbox *)e2e__alloc(sizeof *m);
	struct e2e__mail_self *self = (struct e2e__mail_self *)e2e__alloc(sizeof *self);
	struct e2e__helper *h = &self->helper;
	int sock = e2e__listen(file, line, "tcp:127.0.0.1:0");
	m->self = self;
	self->box = m;
	m->port = e2e_endpoint_port(e2e_endpoint(sock));
	m->address = e2e_printf("127.0.0.1:%d", m->port);
	m->url = e2e_printf("smtp://%s", m->address);
	m->dir = e2e_printf("%s/mail-%d", e2e__tmpdir(file, line), m->port);
	if (e2e__mkdirs(m->dir, 0700) != 0)
		e2e__net_die(file, line, "mailbox", e2e_printf("can't make %s", m->dir), errno, NULL);
#ifdef E2E_OPENSSL
	{
		const e2e_certificates *c = e2e__certs(file, line, e2e_printf("%s/tls", m->dir), "localhost,127.0.0.1");
		m->ca = c->ca;
		self->cert = c->server;
		self->key = c->server_key;
	}
#endif
	h->what = "mail-sink";
	h->run = e2e__smtp_run;
	h->tell = e2e__mail_tell;
	self->shared = (struct e2e__mail_shared *)e2e__helper_share(file, line, h, sizeof *self->shared);
	self->log_path = e2e_printf("%s/smtp.log", m->dir);
	e2e__helper_start(file, line, h, sock);
	e2e__evidence("smtp", self->log_path);
	e2e_mail_count(m);
	return m;
}

/* ---- implementation: certificates ---- */

#ifdef E2E_OPENSSL

/* A certificate and its key; while they're made, `why` is the step that failed. */
struct e2e__identity {
	X509 *cert;
	EVP_PKEY *key;
};

enum e2e__cert_kind { E2E__CERT_CA, E2E__CERT_SERVER, E2E__CERT_CLIENT, E2E__CERT_BOTH };

struct e2e__certs_job {
	const char *file;
	int line;
	const char *dir, *hosts; /* hosts: as OpenSSL's extension wants them */
};

E2E__FN void e2e__certs_die(const struct e2e__certs_job *job, const char *what, const char *why, const char *hint)
{
	e2e_failure f;
	unsigned long code = ERR_get_error();
	memset(&f, 0, sizeof f);
	f.message = e2e_printf("can't make %s: %s", what, why ? why : code ? ERR_error_string(code, NULL) : "out of memory");
	f.code = "certificates";
	f.hint = hint;
	e2e__die(job->file, job->line, "e2e_certs", &f);
}

/* "a.example,127.0.0.1" -> "DNS:a.example,IP:127.0.0.1". What isn't a host would be read as OpenSSL's own syntax. */
E2E__FN const char *e2e__certs_hosts(const struct e2e__certs_job *job, const char *hosts)
{
	char *list = e2e__strdup(hosts), *one, *end;
	const char *out = "";
	unsigned char room[16];
	for (one = list; one; one = end) {
		end = strchr(one, ',');
		if (end)
			*end++ = 0;
		one += strspn(one, " ");
		one[strcspn(one, " ")] = 0;
		if (!*one || one[strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:*_-")])
			e2e__certs_die(job, "certificates", e2e_printf("%s is no list of hosts", e2e_quoted(hosts)),
				       "names and addresses with commas between: \"localhost,127.0.0.1,::1\"");
		out = e2e_printf("%s%s%s:%s", out, *out ? "," : "",
				 inet_pton(AF_INET, one, room) == 1 || inet_pton(AF_INET6, one, room) == 1 ? "IP" : "DNS",
				 one);
	}
	return out;
}

E2E__FN EVP_PKEY *e2e__cert_key(void)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	if (!ctx || EVP_PKEY_keygen_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1) <= 0 ||
	    EVP_PKEY_CTX_set_ec_param_enc(ctx, OPENSSL_EC_NAMED_CURVE) <= 0 || EVP_PKEY_keygen(ctx, &key) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

E2E__FN bool e2e__cert_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool well;
	memset(&ctx, 0, sizeof ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	well = e && X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
	return well;
}

E2E__FN bool e2e__cert_names(X509 *cert, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	return X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)"e2e test", -1, -1, 0) &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
}

E2E__FN bool e2e__cert_serial(X509 *cert)
{
	BIGNUM *n = BN_new();
	bool well = n && BN_rand(n, 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	return well;
}

/* The extensions that strict verifiers (Python 3.13, Go) ask for. */
E2E__FN bool e2e__cert_extensions(X509 *cert, X509 *issuer, enum e2e__cert_kind kind, const char *hosts)
{
	static const char *const use[] = {NULL, "serverAuth", "clientAuth", "serverAuth,clientAuth"};
	if (kind == E2E__CERT_CA)
		return e2e__cert_extend(cert, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
		       e2e__cert_extend(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
		       e2e__cert_extend(cert, issuer, NID_subject_key_identifier, "hash");
	return e2e__cert_extend(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
	       e2e__cert_extend(cert, issuer, NID_key_usage, "critical,digitalSignature") &&
	       e2e__cert_extend(cert, issuer, NID_ext_key_usage, use[kind]) &&
	       e2e__cert_extend(cert, issuer, NID_subject_key_identifier, "hash") &&
	       e2e__cert_extend(cert, issuer, NID_authority_key_identifier, "keyid") &&
	       (kind == E2E__CERT_CLIENT || e2e__cert_extend(cert, issuer, NID_subject_alt_name, hosts));
}

/* A certificate signed by `by` (NULL: by itself), valid between two days from now. */
E2E__FN struct e2e__identity e2e__cert_make(const struct e2e__certs_job *job, const char *name,
					    const struct e2e__identity *by, enum e2e__cert_kind kind,
					    const char *hosts, int from, int to)
{
	struct e2e__identity id;
	X509 *issuer;
	id.cert = X509_new();
	id.key = e2e__cert_key();
	issuer = by ? by->cert : id.cert;
	if (!id.cert || !id.key || !X509_set_version(id.cert, 2) || !e2e__cert_serial(id.cert) ||
	    !X509_gmtime_adj(X509_getm_notBefore(id.cert), from * 86400L) ||
	    !X509_gmtime_adj(X509_getm_notAfter(id.cert), to * 86400L) || !X509_set_pubkey(id.cert, id.key) ||
	    !e2e__cert_names(id.cert, name) || !X509_set_issuer_name(id.cert, X509_get_subject_name(issuer)) ||
	    !e2e__cert_extensions(id.cert, issuer, kind, hosts) ||
	    !X509_sign(id.cert, by ? by->key : id.key, EVP_sha256()))
		e2e__certs_die(job, e2e_printf("the certificate %s", name), NULL, NULL);
	return id;
}

/* Writes a whole file at once, so that no program sees half of it; nobody else may read it. */
E2E__FN void e2e__cert_write(const struct e2e__certs_job *job, const char *name, BIO *text)
{
	const char *path = e2e_printf("%s/%s", job->dir, name), *part = e2e_printf("%s/%s.XXXXXX", job->dir, name);
	char *data = NULL;
	size_t size = (size_t)BIO_ctrl(text, BIO_CTRL_INFO, 0, &data), done = 0;
	char *made = e2e__strdup(part);
	int fd = mkstemp(made);
	while (fd >= 0 && done < size) {
		ssize_t n = write(fd, data + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (fd < 0 || done < size || fchmod(fd, 0600) != 0 || close(fd) != 0 || rename(made, path) != 0) {
		int error = errno;
		if (fd >= 0)
			unlink(made);
		e2e__certs_die(job, path, strerror(error), "is the folder writable?");
	}
}

/* NAME.pem, and NAME.key but for authorities. Frees the identity. */
E2E__FN void e2e__cert_save(const struct e2e__certs_job *job, const char *name, struct e2e__identity id, bool key)
{
	BIO *text = BIO_new(BIO_s_mem());
	if (!text || !PEM_write_bio_X509(text, id.cert))
		e2e__certs_die(job, name, NULL, NULL);
	e2e__cert_write(job, e2e_printf("%s.pem", name), text);
	BIO_free(text);
	if (key) {
		text = BIO_new(BIO_s_mem());
		if (!text || !PEM_write_bio_PrivateKey(text, id.key, NULL, NULL, 0, NULL, NULL))
			e2e__certs_die(job, name, NULL, NULL);
		e2e__cert_write(job, e2e_printf("%s.key", name), text);
		BIO_free(text);
	}
	X509_free(id.cert);
	EVP_PKEY_free(id.key);
}

/* All the leaves. The good ones are valid since yesterday: clocks differ. */
E2E__FN void e2e__certs_leaves(const struct e2e__certs_job *job, const struct e2e__identity *ca,
			       const struct e2e__identity *stranger)
{
	const char *away = "DNS:wrong-host.invalid";
	e2e__cert_save(job, "server", e2e__cert_make(job, "server", ca, E2E__CERT_SERVER, job->hosts, -1, 365), true);
	e2e__cert_save(job, "client", e2e__cert_make(job, "client", ca, E2E__CERT_CLIENT, NULL, -1, 365), true);
	e2e__cert_save(job, "expired", e2e__cert_make(job, "expired", ca, E2E__CERT_BOTH, job->hosts, -30, -1), true);
	e2e__cert_save(job, "not-yet-valid",
		       e2e__cert_make(job, "not-yet-valid", ca, E2E__CERT_BOTH, job->hosts, 1, 365), true);
	e2e__cert_save(job, "wrong-host", e2e__cert_make(job, "wrong-host", ca, E2E__CERT_BOTH, away, -1, 365), true);
	e2e__cert_save(job, "stranger", e2e__cert_make(job, "stranger", stranger, E2E__CERT_BOTH, job->hosts, -1, 365),
		       true);
	e2e__cert_save(job, "self-signed",
		       e2e__cert_make(job, "self-signed", NULL, E2E__CERT_BOTH, job->hosts, -1, 365), true);
}

E2E__FN const e2e_certificates *e2e__certs(const char *file, int line, const char *dir, const char *hosts)
{
	struct e2e__certs_job job;
	struct e2e__identity ca, stranger;
	e2e_certificates *c = (e2e_certificates *)e2e__alloc(sizeof *c);
	job.file = file;
	job.line = line;
	job.dir = dir ? e2e__strdup(dir) : e2e_printf("%s/certs", e2e_tmpdir());
	ERR_clear_error();
	job.hosts = e2e__certs_hosts(&job, hosts);
	if (e2e__mkdirs(job.dir, 0700) != 0)
		e2e__certs_die(&job, job.dir, strerror(errno), "is the parent folder writable?");
	ca = e2e__cert_make(&job, "e2e test CA", NULL, E2E__CERT_CA, NULL, -60, 3650);
	stranger = e2e__cert_make(&job, "e2e stranger CA", NULL, E2E__CERT_CA, NULL, -60, 3650);
	e2e__certs_leaves(&job, &ca, &stranger);
	e2e__cert_save(&job, "ca", ca, false);
	e2e__cert_save(&job, "stranger-ca", stranger, false);
	c->dir = job.dir;
	c->ca = e2e_printf("%s/ca.pem", job.dir);
	c->server = e2e_printf("%s/server.pem", job.dir);
	c->server_key = e2e_printf("%s/server.key", job.dir);
	c->client = e2e_printf("%s/client.pem", job.dir);
	c->client_key = e2e_printf("%s/client.key", job.dir);
	return c;
}

#endif /* E2E_OPENSSL */

/* ---- implementation: shims and handshakes ---- */

/* ---- implementation: scenarios ---- */

#ifdef __cplusplus
}
#endif

#endif /* E2E_PROC_H */
