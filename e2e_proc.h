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
 * -- manual: mail --
 *
 * -- manual: certificates --
 *
 * -- manual: shims and handshakes --
 *
 * -- manual: scenarios --
 *
 * The licence is at the end of the file. */
#ifndef E2E_PROC_H
#define E2E_PROC_H

#include "e2e.h"

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

/* ---- interface: mail ---- */

/* ---- interface: certificates ---- */

/* ---- interface: shims and handshakes ---- */

/* ---- interface: scenarios ---- */

/* ---- implementation: state ---- */

/* ---- implementation: plans ---- */

/* ---- implementation: readiness and dialogues ---- */

/* ---- implementation: services ---- */

/* ---- implementation: ports and sockets ---- */

/* ---- implementation: fault proxy ---- */

/* ---- implementation: mail ---- */

/* ---- implementation: certificates ---- */

/* ---- implementation: shims and handshakes ---- */

/* ---- implementation: scenarios ---- */

#ifdef __cplusplus
}
#endif

#endif /* E2E_PROC_H */
