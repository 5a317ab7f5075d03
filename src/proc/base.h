#pragma once

/* @manual Plans
 *	E2E_TEST(client_talks_to_server)
 *	{
 *		int port = e2e_port();
 *		e2e_proc *server = e2e_spawn("redis-server", "--port", e2e_printf("%d", port));
 *		e2e_ready(server, E2E_PORT(port));
 *		e2e_result r = e2e_run("redis-cli", "-p", e2e_printf("%d", port), "ping");
 *		e2e_is_str(r.out, "PONG\n");
 *		e2e_kill(server);
 *	}
 *	A case is a plan: what it starts is its own, operations run at once, and every exit is
 *	anticipated.
 *	- A process may exit while an operation waits for it (e2e_wait, e2e_kill, ...), or in the
 *	  case's own code if the next operation is the wait for it. Any other exit fails the case as
 *	  soon as it happens: in a wait for another process, in e2e_eventually, in a read() of the
 *	  case's own that waits for a dead server (Linux).
 *	- What may end at any time says so: e2e_ends(p, status).
 *	- An assertion that fails when a process has ended meanwhile names it in its hint.
 *	- To start several short-lived ones: start them, then e2e_wait_par(E2E_EXPECT(a, 0),
 *	  E2E_EXPECT(b, 1)).
 *	- What still runs at the end fails the case (still-running), what is left of its process
 *	  group too (leaked-process). Everything is ended, also on Ctrl-C and when the test is
 *	  killed by SIGKILL. A function of e2e_spawn_fn has to see to what it has started before it
 *	  ends (leaked-process).
 *	- A process that detached itself (a daemon) and dies of a crash, SIGSEGV say, fails the case
 *	  at its end (Linux). So does, at once, the end of a process of the toolkit's own: a stub, a
 *	  proxy, a mail sink. If the keeper ends, the program does.
 *	- What E2E_SUITE_SETUP starts serves all cases; if it dies, the program ends with one `Bail
 *	  out!` and its log.
 *	A status is an exit code (0 to 255) or E2E_SIG(SIGTERM); they are never equal.
 *	stdout and stderr go to <case folder>/<name>[-N].stdout and .stderr; the tails are shown if
 *	the case fails, and the folder is kept. Until somebody asks for the folder (e2e_tmpdir) or
 *	the case fails, they are in memory: p->out_path says where.
 *	No shell is between you and the command; a child gets no descriptor of the test but 0, 1 and
 *	2. stdin is a pipe for e2e_send that ends where the case waits for the process; e2e_run
 *	gives /dev/null. Beside the test runs its keeper, a small process that sees what the test
 *	can't: the test's own death (it ends what was started, daemons included, by process group
 *	and by the variable E2E_MARK; one that left both, as by `env -i setsid`, as an orphan of
 *	the test, unless that is killed within the moment in which it becomes one), and exits while
 *	the case's own code is blocked in a system call for input or output. Operations belong to
 *	the case's main thread. At most 512 process groups at once in a case; the tails of 24
 *	processes' logs are in the failure, of those that run and of the latest that have
 *	ended; all of them are in the folder.
 *	On other systems than Linux daemons that left their group are not found, leftovers have no
 *	names, and an exit isn't seen while the case's own code is blocked. -DE2E__PORTABLE shows on
 *	Linux what is left then. What would look at nothing fails with code usage: a wait for no
 *	process, a NULL among processes, options of which one would be left out. An output that
 *	can't be read is a failure (log), not an empty text, and one that has reached its .limit_mb
 *	is one, too (limit). Codes of failures: unexpected-exit, wrong-exit, not-found,
 *	not-executable, still-running, timeout, not-ready, leaked-process, limit, not-spawned,
 *	signal, log, usage.
 */

/* @system */

/* See e2e.h. */
#if defined __GNUC__ && !defined E2E_IMPLEMENT && !defined E2E__WARN
#pragma GCC system_header
#endif

#include "e2e.h"

#if defined E2E_OPENSSL && !defined E2E_EXTERN
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#endif
#if defined E2E_CURL && !defined E2E_EXTERN
#include <curl/curl.h>
#endif
#if defined E2E_LIBXML2 && !defined E2E_EXTERN
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/uri.h>
#include <libxml/xmlerror.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#endif

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pwd.h>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>

/* @interface */

/* A process of the case (or of the suite). Lives until the case's end. Read it; the functions below
 * change it. */
typedef struct e2e_proc {
	pid_t pid;            /* also the number of its process group */
	const char *name;     /* of its logs: "echo", "echo-1" */
	const char *command;  /* quoted for a shell, to be shown: without secrets */
	const char *out_path; /* its logs: in the case's folder, or in memory until that is made */
	const char *err_path;
	int stdin_fd; /* the test's end of its stdin or terminal, or -1 */
	bool running; /* false once an operation has collected its status */
	int status;   /* then: exit code or E2E_SIG(n) */
	struct e2e__process *own;
} e2e_proc;

/* How to start; a zero member means the default. */
typedef struct e2e_spawn_opts {
	/* added to the environment: {"NAME=value", "GONE" (removed), NULL} */
	const char *const *env;
	/* the environment is `env` alone (and E2E_MARK, by which the keeper finds its own) */
	bool clear_env;
	const char *cwd;        /* the folder it starts in; default the case's own */
	const char *stdin_text; /* its whole stdin */
	size_t stdin_size;      /* bytes of stdin_text, for one with NULs; default its length */
	const char *stdin_file; /* its stdin is this file */
	/* stdin, stdout and stderr are a terminal; all output is in the .stdout log. What
	 * .stdin_text or .stdin_file has is typed there, with ^D behind it, again and again while
	 * it reads on in silence. The system cuts lines of more than 4095 bytes */
	bool pty;
	/* MiB: size of any file that it writes, logs included; default: logs of 256 MiB */
	unsigned limit_mb;
	unsigned memory_mb; /* MiB of address space */
	const char *name;   /* of its logs; default the command's basename */
	double timeout;     /* e2e_run_with: seconds; default e2e_proc_timeout */
	unsigned rows;      /* of its terminal; default 24 */
	unsigned columns;   /* default 80 */
	/* it runs as this user, in that one's groups; the test must be root's. The case's (or the
	 * service's) folder is opened to that user's group, and copies of e2e_cached keep their
	 * owners */
	const char *user;
	/* a log that it writes itself: E2E_LOGGED waits for a line in it, and a failure shows its
	 * end */
	const char *log_file;
} e2e_spawn_opts;

#define E2E__LAST ((const char *)NULL)
#define E2E__SENTINEL __attribute__((sentinel))
typedef const char *const *e2e__words;
