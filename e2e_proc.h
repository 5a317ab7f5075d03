/* e2e_proc.h - processes, sockets, faults, mail, certificates and shims for tests with e2e.h.
 * Joined from the rooms in src/proc: change those, then `make headers`.
 *
 * THE SHORTEST TEST
 *	#include "e2e_proc.h"
 *
 *	E2E_TEST(echo_says_what_it_was_told)
 *	{
 *		e2e_result r = e2e_run("echo", "hello world");
 *		e2e_is_int(r.status, 0);
 *		e2e_is_str(r.out, "hello world\n");
 *	}
 *
 *	E2E_MAIN()
 *
 * Build and run it:   cc -o echo.t echo.c && ./echo.t          (or:  ./prove echo.t)
 * It stands beside e2e.h. Certificates, and mail over TLS, need -DE2E_OPENSSL and -lssl -lcrypto;
 * The HTTP client needs -DE2E_CURL and -lcurl, XML and HTML need
 * -DE2E_LIBXML2 and what pkg-config says of libxml-2.0.
 *
 * CONTENTS
 *	Plans
 *	Jobs and daemons
 *	Memory of a process
 *	Ports and sockets
 *	Readiness and dialogues
 *	Services
 *	Fault proxy
 *	Faults of datagrams
 *	Stub servers
 *	Certificates
 *	Mail
 *	HTTP stub
 *	HTTP client
 *	XML and HTML
 *	Pages, read as by a person
 *	Shims and handshakes
 *	Shims in batches
 *	Scenarios
 *	Many test programs
 *	Scenarios without C
 *
 * PLANS
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
 *
 * JOBS AND DAEMONS
 *	e2e_proc *job = e2e_spawn("rsync", "-a", from, to);
 *	e2e_ends(job, 0);                      may end when it likes, with 0
 *	... other operations ...
 *	e2e_wait(job, 0);                      if its end matters here; else the case's end waits
 *	A process that was told to e2e_ends is no surprise when it ends: jobs in any order, a server
 *	that stops when its last client has left. Its output and p->status are there after a wait.
 *	e2e_run("nginx", "-c", conf);          a daemon: the command ends, the server doesn't
 *	e2e_proc *nginx = e2e_adopt(pid_file);
 *	e2e_kill(nginx);
 *	An adopted daemon is a process of the case like any other: its death fails the case, and it
 *	has to be ended. Only what the test has started can be adopted (Linux; elsewhere the file is
 *	believed): a pid file that somebody else has left there is told.
 *
 * MEMORY OF A PROCESS
 *	ask(plugin);                           fills its caches and pools
 *	e2e_growth_of(plugin, 1 << 20)
 *	{
 *		for (int i = 0; i < 1000; i++)
 *			ask(plugin);
 *	}
 *	Fails (code budget) if the process has a MiB more than before: heap, stacks, what it maps
 *	for itself; not the files that it reads. All processes of its group count, so a shell around
 *	it or workers that it forks are no matter. What is over the budget is looked at again for a
 *	second, as a server may answer first and tidy up then. Linux; elsewhere the case is skipped.
 *	(e2e_growth is about the test's own memory.)
 *
 * PORTS AND SOCKETS
 *	int port = e2e_port();               held for this case: nobody else gets it, your server
 *	                                     (with SO_REUSEADDR) may bind it
 *	int fd = e2e_listen("tcp:127.0.0.1:0");  const char *where = e2e_endpoint(fd);     also
 *	    "unix:" and "unix:/a/path"; "unix:@name", "unix:@" (an abstract socket, Linux)
 *	int fd = e2e_dial(where);            ends the case if nobody answers; e2e_try_dial() returns
 *	                                     -1 instead
 *	int udp = e2e_listen("udp:127.0.0.1:0");  int to = e2e_dial(e2e_endpoint(udp));
 *	                                     datagrams: recvfrom and sendto, send and recv. Dialling
 *	                                     succeeds whether anybody is there; send or recv says
 *	                                     ECONNREFUSED later.
 *	A host may be any of this machine's: 127.0.0.2, [::1], localhost. A port of e2e_port() was
 *	free for UDP too, and no other test of e2e gets it; but it isn't held there, as servers of
 *	datagrams don't set SO_REUSEADDR.
 *	e2e_server *s = e2e_serve("unix:", handler, arg);  ...  e2e_is_str(e2e_received(s),
 *	                                                        "PING\r\n");
 *	A handler that dies of a signal, or exits with another status than 0, fails the case.
 *	SIGPIPE is no crash: the client left. At the case's end handlers whose client has gone have
 *	half a second to end.
 *
 * READINESS AND DIALOGUES
 *	e2e_ready(p, E2E_LINE("listening on port ([0-9]+)"), E2E_SOCKET(path));     all of them;
 *	    then e2e_capture(p, 1)
 *	Also E2E_PORT(n), E2E_UDP(n), E2E_ENDPOINT("tcp:127.0.0.2:80"), E2E_FILE(path),
 *	E2E_CMD("pg_isready", "-q"). A process that is dead fails
 *	it at once, with its log. Ready is p, not somebody else: a port or socket counts if its
 *	listener is held by p or by what p has started, daemons included. So Linux tells; elsewhere,
 *	and of processes that the test may not look at, whoever answers is believed.
 *	A file may be an old one: remove it before the start.
 *	A try of E2E_CMD that hangs is ended after an eighth of the time, the next one after a
 *	quarter, and so on.
 *	Most programs keep their output in a buffer where there is no terminal, so that a line comes
 *	late or never: .pty = true, stdbuf -oL and python -u help. If it came only when the process
 *	was ended, the failure says so.
 *	e2e_send(p, "help\n"); e2e_expect(p, "^commands: (.*)$");       a dialogue; .pty = true for
 *	    what wants a terminal
 *	e2e_expect looks at what came since the last match, on stdout and then on stderr. e2e_ready
 *	and e2e_expect share this mark, one for each log: what one of them has found, neither finds
 *	again. A second E2E_LINE("^ready"), after a SIGHUP say, waits for a second line. An
 *	e2e_ready whose time was over has found nothing.
 *
 * SERVICES
 *	static const char *start(void *arg) { ... e2e_spawn, e2e_ready ...; return address; }
 *	const char *address = e2e_service("broker", start, NULL);
 *	The first test program of a `prove` run that asks starts it, the others get its address; it
 *	ends with the run, whatever ends it. Without prove it is shared by the cases of the program.
 *	Logs and addresses are in $E2E_RUN_DIR. start() may run commands, open proxies, mailboxes
 *	and stubs, and use other services. Its folder, e2e_tmpdir(), is the service's own there and
 *	lives as long as that does; cached copies and certificates are in it.
 *	What a service has written since a case began to use it is in the failure of that case, and
 *	so are the services that this one uses, and what E2E_SUITE_SETUP has started. The folder
 *	e2e_run_dir() stays if a case of a program with services has failed, or if one has died or
 *	couldn't be started. If a process of the service ends, or a daemon of it crashes, or its
 *	keeper is killed, the program ends with `Bail out!`.
 *	A test program that a case starts is no part of the run: E2E_RUN_DIR isn't in the case's
 *	environment, and the services of that program end with it. To share the run's, give it
 *	e2e_run_dir(): .env = E2E_ARGV(e2e_printf("E2E_RUN_DIR=%s", ...)).
 *
 * FAULT PROXY
 *	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:5432");
 *	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.2, .jitter = 0.05);
 *	e2e_run("psql", "-h", "127.0.0.1", "-p", e2e_printf("%d", px->port), ...);
 *	e2e_is_int(e2e_proxy_count(px).accepted, 1);
 *
 *	A proxy stands between a client and the server that it names, on a port of its own (for a
 *	unix: server on a socket of its own), and does to the bytes what networks do. Faults are set
 *	for a direction, E2E_TO_SERVER, E2E_TO_CLIENT or E2E_BOTH_WAYS, any number of them together;
 *	what is set replaces what was set for that direction before:
 *	.latency = s, .jitter = s    each byte leaves that much later, give or take up to the
 *	                             jitter; the order stays
 *	.bandwidth = n               bytes a second
 *	.slice = n, .pause = s       written n bytes at a time, with a pause between (at least about
 *	                             1 ms)
 *	.limit = n                   the connection is closed in order after n bytes; -1: before the
 *	                             first one
 *	.reset = true                the connection is broken by an RST: when the client sends its
 *	                             first byte (or 0.05 s after connect), so that connect() has
 *	                             succeeded; or with .limit after n bytes
 *	.drop = true                 bytes vanish and the connection stays: all of them, or with
 *	                             .limit those after the n-th
 *	.slow_close = s              the end of the stream is passed on that much later
 *	.down = true                 nobody listens: clients are refused, connections are broken
 *	                             (the direction doesn't matter)
 *	.first = n                   all this holds for the next n connections only, then the proxy
 *	                             behaves
 *	Without .first a fault holds for the open connections too. A call returns when its fault is
 *	in force, so the first byte of the next connection meets it. e2e_proxy_clear(px) ends all
 *	faults. Times are exact to about 1 ms. A fault that can do nothing (.pause without .slice,
 *	.first alone) fails the case; of one that met no byte or connection the output of the case
 *	says so. A case that fails shows for each proxy, the suite's too, its connections, bytes,
 *	faults and what its server answered. C++ before C++20 has no `.name = value`: fill an
 *	e2e_fault and call e2e_proxy_set(px, direction, &fault).
 *	Unix sockets know no RST: a broken connection ends there. Servers of datagrams ("udp:...")
 *	have a chapter of their own.
 *
 * FAULTS OF DATAGRAMS
 *	e2e_proxy *px = e2e_proxy_to("udp:127.0.0.1:53");
 *	e2e_proxy_fault(px, E2E_TO_SERVER, .loss = 0.3);
 *	e2e_run("dig", "+tries=5", "-p", e2e_printf("%d", px->port), "@127.0.0.1", "a.example");
 *	e2e_cmp_int(e2e_proxy_count(px).lost, ">", 0);
 *
 *	Before a server of datagrams the proxy deals with datagrams, and can do to them what UDP
 *	allows:
 *	.loss = 0.3                  this share of them vanishes (1: all)
 *	.duplicate = 0.1             this share arrives twice
 *	.reorder = 0.1               this share arrives behind the one that follows; if none follows
 *	                             within 0.1 s, alone
 *	.latency, .jitter            each leaves that much later; only .reorder changes the order
 *	.bandwidth = n               bytes a second
 *	.drop = true                 all vanish, or with .limit those that would exceed n bytes
 *	.down = true                 nobody has the port: clients see ECONNREFUSED
 *	.first = n                   all this holds for the next n datagrams of the direction only
 *	Chance is the case's seed: after e2e_proxy_fault, the n-th datagram of a direction meets the
 *	same fate in each run with the same --seed. .slice, .pause, .reset, .slow_close and .limit
 *	without .drop have no meaning for datagrams and fail the case; so do .loss, .duplicate and
 *	.reorder for connections.
 *	A client is an address; the server sees another port for each. An answer counts if it comes
 *	from where the request went. A client from which nothing came for a minute is forgotten.
 *
 * STUB SERVERS
 *	static void greets(int fd, void *arg) { ... read and write fd ...; }
 *	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", greets, NULL);
 *	e2e_run("client", "-p", e2e_printf("%d", s->port));
 *	e2e_like(e2e_received(s), "^HELO ");
 *	e2e_proxy_fault(s->proxy, E2E_TO_CLIENT, .limit = 100, .reset = true);
 *
 *	A stub server is a function that serves one connection, each in a process of its own; its
 *	end is the connection's. It has the descriptors of the test, and its output is a log. It may
 *	write while nobody reads, stop to read, close one direction, or go on for ever. A handler
 *	that crashes or ends with an exit code fails the case. s->proxy does to the bytes what the
 *	fault proxy does; the server is the handler there. What a fault keeps from the handler isn't
 *	in e2e_received(s). A case that fails shows the stub's connections, bytes and faults, and
 *	what it has received.
 *
 *	static void answers(int fd, void *arg) { ... recv(fd, ...); send(fd, ...); }
 *	e2e_server *s = e2e_serve("udp:127.0.0.1:0", answers, NULL);
 *	Of datagrams a handler serves one client, that is one address: recv(fd) is the next datagram
 *	of it, send(fd) an answer to it. When it has returned, the next datagram of the client
 *	begins another one. e2e_connections(s) counts clients, and the faults are those of
 *	datagrams. A handler that returns without having read anything refuses what has come.
 *
 * CERTIFICATES
 *	#define E2E_OPENSSL                            before the include; link -lssl -lcrypto
 *	const e2e_certificates *tls = e2e_certs(NULL, "localhost,127.0.0.1");
 *	e2e_spawn("openssl", "s_server", "-cert", tls->server, "-key", tls->server_key, "-CAfile",
 *		tls->ca, "-Verify", "1", ...);
 *
 *	Makes, in a few milliseconds, an authority of the case's own and what it signs (EC P-256,
 *	files of mode 0600): ca.pem; server.pem and server.key for the hosts; client.pem and
 *	client.key. And five pairs, NAME.pem with NAME.key, each fit for both sides but for one
 *	thing, to see that the other side minds:
 *	expired          ended yesterday                         not-yet-valid    begins tomorrow
 *	stranger         signed by stranger-ca.pem               self-signed      signed by itself
 *	wrong-host       for wrong-host.invalid only (nobody minds this in a client)
 *	Nothing is kept of the authorities' keys. The sixth bad case needs no file: a client without
 *	a certificate.
 *
 * MAIL
 *	e2e_mailbox *m = e2e_mailbox_open();
 *	e2e_run("curl", "-s", "--url", m->url, "--mail-from", "a@x", "--mail-rcpt", "b@y", "-T",
 *		"mail.txt");
 *	e2e_mail_wait(m, 1);
 *	e2e_is_str(m->mail[0].subject, "Hello");
 *	e2e_mail_expect(m, "Hello", "b@y");
 *
 *	An SMTP server of the case's own on 127.0.0.1: whatever is sent to anybody arrives here and
 *	nowhere else. It speaks ESMTP: HELO, EHLO, MAIL, RCPT, DATA, RSET, NOOP, VRFY, HELP, QUIT,
 *	AUTH PLAIN and LOGIN (any password is right and none is kept), SIZE (64 MiB), 8BITMIME,
 *	SMTPUTF8, PIPELINING. With E2E_OPENSSL also STARTTLS, and TLS from the first byte at
 *	m->smtps_url; m->ca is the authority for both.
 *	Programs often return before their mail has arrived: e2e_mail_wait and e2e_mail_expect wait
 *	for it. Between them m->mail and m->count don't change.
 *	A mail may have parts: .body is the text that a person reads, .html the same as HTML or
 *	NULL, and .part[0] to .part[.nparts - 1] are all of them in their order, parts of parts too.
 *	Each has .type, .charset, .name (of its file), .attached, .body and .size, without base64
 *	and quoted-printable. Texts that aren't attached are in UTF-8 (from ISO 8859-1 and -15 and
 *	windows-1252), with lines that end with \n; what is attached is as it was, byte by byte.
 *		const e2e_mail_part *pdf = e2e_mail_attachment(&m->mail[0], "invoice.pdf");
 *		e2e_must(e2e_ok(pdf, "it has the invoice"));
 *		e2e_is_mem(pdf->body, wanted, size);
 *		e2e_is_str(e2e_mail_decoded(&m->mail[0], "From"), "J\u00fcrgen <a@x>");
 *	Faults: e2e_mail_fault(m, "RCPT", 550) answers each RCPT with 550; E2E_MAIL_DROP closes the
 *	connection instead of an answer, E2E_MAIL_STALL never answers, 0 ends the fault. The command
 *	is a verb, or CONNECT for the greeting, or "." for the end of a mail (a command that no
 *	client says fails the case); or, if it holds a blank, how the line begins, with wildcards:
 *	"RCPT TO:<*@bad.example>" (in any case). e2e_mail_fault_first(m, "DATA", 451, 1) does so to
 *	the first one only, as greylisting does. A failed case shows what came, in the suite's
 *	mailbox too, and the dialogue; both are files in its folder (NAME.eml, smtp.log).
 *
 * HTTP STUB
 *	e2e_http_stub *s = e2e_http_stub_open();
 *	e2e_http_answer(s, "GET /items/[0-9]*", 200, "application/json", "{\"id\": 7}");
 *	e2e_run("my-client", "--api", s->url);
 *	e2e_is_str(s->request[0].path, "/items/7");
 *
 *	An HTTP server of the case's own on 127.0.0.1: keep-alive, pipelining, chunks both ways,
 *	HEAD, Expect: 100-continue. Who has an answer finds its request in s->request already;
 *	e2e_http_wait(s, n) waits for those of a program that is still on its way.
 *	A route is a method and a path with wildcards (*, [a-z]; * also stands for a slash, and
 *	"* /path" is for any method). One with a ? sees the query: "GET /find?q=*". Of several the
 *	latest that fits answers; the same route again replaces its answer. No route: 404, and a
 *	text that names those there are.
 *	e2e_http_answer_with(s, route, .status = 302, .header = E2E_ARGV("Location: /x")) gives all
 *	that an answer may have. e2e_http_handle(s, route, fn, arg) asks a function of yours: it
 *	runs in the stub's process, which knows the case's memory as it was when the stub was
 *	opened, and keeps what it changes there. If it crashes, the case fails.
 *	Faults: e2e_http_fault(s, route, .status = 503, .first = 2), .delay = 0.5, .reset, .drop,
 *	.stall, .truncate = 10 (the length that is said is a lie). For a slow line put
 *	e2e_proxy_to(s->endpoint) before it.
 *	With E2E_OPENSSL s->https_url speaks TLS, and s->ca is its authority. A failed case shows
 *	the last requests, what each was answered and what a fault did to that, as .fault of the
 *	request tells a test. 100000 requests, 64 MiB, are kept.
 *
 * HTTP CLIENT
 *	#define E2E_CURL                               before the include; link -lcurl
 *	e2e_session *joe = e2e_session_open();
 *	e2e_http_reply r = e2e_http(joe, "POST", url, .form = E2E_ARGV("user=joe", "pw=a b"));
 *	e2e_is_int(r.status, 303);
 *	e2e_is_str(e2e_header(&r, "Location"), "/home");
 *
 *	A session is one user: it keeps cookies and connections until the case's end; NULL instead
 *	is a user of this request alone. .form encodes its fields (for GET and HEAD into the URL's
 *	query, as browsers do), .json and .body send a text as it is, .header adds lines.
 *	Redirects are followed where .follow says how often, and not at all by default. TLS: .ca is
 *	the authority (of e2e_certs, say), .cert and .key are the client's own.
 *	The environment's proxies are not used.
 *	A server that can't be reached, or that breaks off, doesn't end the case: r.status is 0 and
 *	r.error says why. What a case that failed has asked, and what came back, is in its report:
 *	the last ten of each session.
 *
 * XML AND HTML
 *	#define E2E_LIBXML2            before the include; build with what pkg-config says of
 *	                               libxml-2.0
 *	e2e_is_html(r.body);
 *	e2e_is_str(e2e_xpath(r.body, "//h1", NULL)[0], "Welcome");
 *	e2e_is_list(e2e_xpath_each(r.body, "//nav//a", "concat(., ' -> ', @href)", NULL),
 *		E2E_ARGV("home -> /", "talks -> /talk"));
 *	e2e_form *f = e2e_html_form(r.body, "login");
 *	e2e_form_set(f, "user", "joe");
 *	r = e2e_http(joe, f->method, e2e_url(r.url, f->action), .form = f->fields);
 *
 *	Failures show the line, the column and libxml2's message, and the line itself. XML is
 *	right if it is well-formed: no DTD is fetched. Elements of HTML 5 that libxml2 doesn't know
 *	are no errors. e2e_xpath reads XML, and what is no well-formed XML as HTML; the prefixes of
 *	the root element may be used, and d stands for its default namespace ("//d:p" in XHTML).
 *	A form's fields are what a browser would send, hidden ones with their values.
 *
 * PAGES, READ AS BY A PERSON
 *	#define E2E_CURL and E2E_LIBXML2 before the include
 *	e2e_http_reply r = e2e_http(joe, "GET", url);
 *	r = e2e_click(joe, r, "log in");
 *	r = e2e_submit(joe, r, "login", "user=joe", "password=a b");
 *	e2e_is_str(e2e_xpath(r.body, "//h1", NULL)[0], "Welcome");
 *
 *	What a browser does without scripts: a link is followed as it is seen from its page, a
 *	form sends all its fields (hidden ones too, such as tokens) to where it says, a redirect
 *	leads on. A link, form or field that the page doesn't have, or a value that a field doesn't
 *	offer, ends the case, and the failure lists those that it has.
 *
 * SHIMS AND HANDSHAKES
 *	Shims: programs that send and receive with one client library each, to be tested against one
 *	another.
 *
 *	e2e_shim shims[] = {
 *		{.name = "C", .send = E2E_ARGV("./c-send"), .receive = E2E_ARGV("./c-receive")},
 *		{.name = "Python", .send = E2E_ARGV("py-send", "-q"), .receive =
 *			E2E_ARGV("py-receive"), .ready = "^listening"}};
 *	e2e_message messages[] = {{.name = "uint", .json = "[0, 1, 4294967295]"}, {.name = "string",
 *	.json = "[\"\", \"a\"]"}}; e2e_interop(shims, 2, messages, 2, "127.0.0.1:5672");
 *
 *	Each sender with each receiver for each message is a subtest "uint: C x Python". The
 *	receiver starts first:
 *		receive command... NODE QUEUE KEY COUNT      prints its ready line (default ^ready),
 *		                                             then KEY and the JSON, exits with 0
 *		send command... NODE QUEUE KEY JSON          exits with 0
 *	COUNT is the number of elements if the JSON is an array, else 1. The queue is a new one for
 *	each pair. Both have one deadline. A status other than 0 or a word on stderr fails the pair
 *	(.noisy = true allows stderr), and both stderrs are shown; so does what one of them leaves
 *	running. What arrived is compared by value: blanks and 1.0 for 1 don't matter.
 *	A JSON of more than 64 KiB, which no command line would take, comes as @FILE: the sender
 *	reads it from there.
 *	One pair as you like it: e2e_exchange(&sender, &receiver, &message, node). What arrived is
 *	e2e_arrived() then, as text; with .want = "*" any JSON may arrive, and the test judges
 *	itself (a tolerance, a subset, flags). For a matrix of
 *	your own: rows and columns of e2e_matrix(shims, n, shims, n, e2e_shim_pair, &message).
 *	Known failures: e2e_known("uint: * x Python", "*", "ISSUE-1: why") by case and shim,
 *	e2e_known("uint: *", "RabbitMQ*", "ISSUE-2: why") by case and peer. Who the peer is says
 *	e2e_peer_is("RabbitMQ") or a command, e2e_peer_ask("./who", node).
 *	Command line: --sender NODE and --receiver NODE instead of the given node, --broker-type
 *	NAME instead of what the peer says ("None": unknown, no known failure of a peer holds),
 *	--include-shim, --exclude-shim, --include-case, --exclude-case.
 *
 *	Handshakes: a plugin is a program that says on the first line of its stdout where it can be
 *	reached.
 *
 *	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV("MY_COOKIE=42")}, "./plugin");
 *	e2e_handshake hs;
 *	e2e_must(e2e_handshake(p, &hs));                          1|1|unix|/tmp/p.sock|grpc
 *	int fd = e2e_dial(hs.endpoint);
 *
 *	A plugin that logs first, speaks another core version, exits (without its cookie, say) or
 *	says nothing fails with a message of its own. So do a version that is no number, and port 0.
 *	In a plugin written in C, e2e_cookie("MY_COOKIE", "42") checks what the host has sent.
 *
 * SHIMS IN BATCHES
 *	e2e_interop_batched(shims, 3, messages, 24, node) judges the same pairs as e2e_interop, each
 *	in its subtest, but starts each pair of programs once: it sends the elements of all
 *	messages as one array and cuts what arrives into messages again. Libraries that take a
 *	while to start cost it once a pair, not once a type:
 *
 *	e2e_message messages[] = {
 *		{.name = "uint", .key = "values", .json = "[{\"uint\": 0}, {\"uint\": 4294967295}]"},
 *		{.name = "string", .key = "values", .json = "[{\"string\": \"\"}]"}};
 *
 *	The shims see no difference: the elements say themselves what they are, and all messages
 *	have one .key. A message breaks no other: known failures go alone, and if a program fails,
 *	or not all arrive, each message goes again, alone.
 *
 * SCENARIOS
 *	e2e_scenario("README.md");    e2e_scenario("t/login.txt", "port=4711", "user=joe");
 *
 *	A text that says what to type and what comes out, and is run. In Markdown the fenced
 *	`console` blocks count, in other files every line that begins with `$ `, indented or not:
 *		$ printf '%s\n' one two
 *		one
 *		two
 *		$ for i in 1 2 3; do
 *		>   echo "line $i of ${user}"
 *		> done
 *		line 1 of ${user}
 *		line [23] of [a-z]+ (re)
 *		line 3 * (glob)
 *		$ false
 *		[1]
 *	Each command is a test point, at its line of the text. What it prints on stdout and stderr
 *	must be what follows. `(re)` at a line's end makes it an extended regular expression for the
 *	whole line, `(glob)` one of * and ?, `(esc)` reads \t, \x1b and such, `(no-eol)` wants the
 *	last line without its line end. `[N]` as the last line is the exit status, 0 without it.
 *	A command of several lines goes on with `> `. An empty line ends the output where it isn't
 *	indented or fenced; ` (esc)` alone is an empty line that is output; empty lines before the
 *	next command or the end of the block don't count.
 *	Parameters are variables of the commands, and `$name` or `${name}` in expected lines. All
 *	commands of a text run in one sh (cd and variables stay) in the test's own folder, with
 *	LC_ALL=C, TZ=UTC0, COLUMNS=80, TESTDIR (the text's folder) and TESTTMP (the case's private
 *	folder). A command has e2e_proc_timeout, and no stdin.
 *	The text is found from whatever folder the test is run: a relative path is seen from the
 *	current folder, else from where the program was started, else from the test's source or a
 *	folder above it.
 *	Exit status 80 skips the rest, the reason is the command's last line of output. --update
 *	(E2E_UPDATE=1) writes what came out into the text instead of failing; lines that match by
 *	(re) or (glob) stay.
 *
 * MANY TEST PROGRAMS
 *	cc -g -DE2E_IMPLEMENT -x c -c e2e_proc.h -o e2e_proc.o          once; holds the functions of
 *	    e2e.h, too
 *	cc -g -DE2E_EXTERN -o x.t x.c e2e_proc.o                        for each program
 *
 *	As for e2e.h (its manual, "Many test programs"): the functions, about 0.5 s of compiling,
 *	are compiled once instead of by each program. C and C++ programs may use the same object.
 *	For certificates and mail over TLS compile it with
 *	-DE2E_OPENSSL, too, and link -lssl -lcrypto; OpenSSL's own headers are for those to include
 *	who call OpenSSL. e2e_xmpp.h is compiled in the same way, with what is here.
 *
 * SCENARIOS WITHOUT C
 *	./prove README.md
 *	./prove t/login.txt :: user=joe port=4711
 *
 *	prove runs a text (.md or .txt, neither executable nor with #! at its beginning) as a
 *	scenario: it compiles a program for it once, which takes an e2e_proc.h in the current
 *	folder, beside the text or beside prove. Behind :: stand parameters and options of test
 *	programs.
 *
 * The licence is at the end of the file. */
#ifndef E2E_PROC_H
#define E2E_PROC_H

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

#ifdef __cplusplus
extern "C" {
#endif

/* -----------------------------------------------------------------------------------------------
 * INTERFACE: what begins with e2e__ or E2E__ is not for tests
 * --------------------------------------------------------------------------------------------- */

/* ---- proc/base.h ---- */

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

/* ---- proc/logs.h ---- */

/* What p has written until now; NUL-terminated, valid until the case's end. The size is for output
 * with NULs in it. */
E2E__FN const char *e2e_stdout(e2e_proc *p);
E2E__FN const char *e2e_stderr(e2e_proc *p);
E2E__FN size_t e2e_stdout_size(e2e_proc *p);
E2E__FN size_t e2e_stderr_size(e2e_proc *p);

/* ---- proc/waits.h ---- */

/* Seconds that the operations of this case wait where they aren't told; default 20. In
 * E2E_SUITE_SETUP: of all cases. */
E2E__FN void e2e_proc_timeout(double seconds);
/* Has it exited by now? Anticipates nothing and collects nothing. */
E2E__FN bool e2e_exited(const e2e_proc *p);

/* ---- proc/spawn.h ---- */

/* Starts a command (found by PATH, or a name with a slash) with its arguments. Never NULL: a
 * command that can't be started fails the case and ends it (not-found, not-executable,
 * not-spawned). flumotion: plan.spawn. */
#define e2e_spawn(...) e2e__spawn(E2E__AT, NULL, E2E__STRINGS(__VA_ARGS__))
/* The same with options: e2e_spawn_with((e2e_spawn_opts){.cwd = "/", .env = E2E_ARGV("LANG=C")},
 * "ls", "-l"). Any expression may give the options. */
#define e2e_spawn_with(...) e2e__spawn_with(E2E__AT, __VA_ARGS__, E2E__LAST)
/* Runs a function in a forked process: int fn(void *arg), whose result is the exit status (255 if
 * it isn't within 0 to 255), or void fn(void *arg). It may assert; its descriptors are the test's,
 * but for 0, 1 and 2. The log's name is the function's. */
#define e2e_spawn_fn(fn, arg) E2E__SPAWN_FN(fn, arg)
/* Starts all, then returns them: e2e_proc **p = e2e_spawn_par(E2E_ARGV("a"), E2E_ARGV("b", "x"));
 * p[0], p[1], NULL. Where one of the commands can't be found, none is started. */
#define e2e_spawn_par(...) E2E__SPAWN_PAR(__VA_ARGS__)
#define E2E_ARGV(...) E2E__STRINGS(__VA_ARGS__)

/* no process has this status; a NULL with another one is a mistake, not the end */
enum { E2E__EXPECT_END = -0x7fffffff };

E2E__FN e2e_proc *e2e__spawn(
	const char *file, int line, const e2e_spawn_opts *opts, e2e__words argv);
E2E__FN e2e_proc *e2e__spawn_with(
	const char *file, int line, e2e_spawn_opts opts, ...) E2E__SENTINEL;
E2E__FN e2e_proc *e2e__spawn_fn(const char *file, int line, const char *name, int (*fn)(void *),
	void *arg, bool returns_void);
E2E__FN e2e_proc **e2e__spawn_par(const char *file, int line, const char *const *const *list);

/* For the rooms above and for e2e_xmpp.h: a forked function that serves the case until its end
 * without being waited for. It is ended silently; if it ends before, the case fails as for any
 * process, at the case's end if not with 0. All descriptors stay open. */
E2E__FN e2e_proc *e2e__spawn_helper(
	const char *file, int line, const char *name, int (*fn)(void *), void *arg);
/* A file in the case's folder: "<stem>[-N]<suffix>", N counted for each stem. Valid until the
 * case's end. */
E2E__FN const char *e2e__spawn_case_file(
	const char *file, int line, const char *stem, const char *suffix);

/* ---- proc/ends.h ---- */

/* e2e_wait(p, status [, seconds]): a test point. Waits until p has exited and compares its status.
 * False if it is another one (wrong-exit) or the time is over (timeout; its process group is
 * ended). Ends the case if another process exits. Without a status it doesn't compile. */
#define e2e_wait(p, ...) E2E__WAIT(p, __VA_ARGS__, -1., 0)
/* e2e_wait_par(E2E_EXPECT(p, 0), E2E_EXPECT(q, E2E_SIG(SIGTERM))): a test point; waits for all of
 * them, in any order. */
#define e2e_wait_par(...) E2E__WAIT_PAR(__VA_ARGS__)
#define E2E_EXPECT(p, status) E2E__EXPECTATION(p, status)
/* e2e_wait_all(list, status): a test point; waits for all of a NULL-terminated list, as
 * e2e_spawn_par returns it. */
#define e2e_wait_all(list, status) e2e__end_wait_all(E2E__AT, list, status)
/* e2e_kill(p [, seconds]): a test point. SIGTERM, then waits; it must die of it, or exit with 0 or
 * with 143, as a shell or a JVM tells of SIGTERM. */
#define e2e_kill(...) E2E__KILL(__VA_ARGS__, -1., 0)
/* e2e_stop(p, status [, seconds]): a test point. SIGTERM, then waits for this status. */
#define e2e_stop(p, ...) E2E__STOP(p, __VA_ARGS__, -1., 0)
/* Sends a signal. Ends the case if p has exited, or if it can't be sent. */
#define e2e_signal(p, signo) e2e__end_signal(E2E__AT, p, signo)

struct e2e_expectation {
	e2e_proc *p;
	int status;
};

E2E__FN bool e2e__end_wait(const char *file, int line, e2e_proc *p, int status, double seconds);
E2E__FN bool e2e__end_wait_par(const char *file, int line, const struct e2e_expectation *list);
E2E__FN bool e2e__end_wait_all(const char *file, int line, e2e_proc *const *list, int status);
E2E__FN bool e2e__end_kill(const char *file, int line, e2e_proc *p, double seconds);
E2E__FN bool e2e__end_stop(const char *file, int line, e2e_proc *p, int status, double seconds);
E2E__FN void e2e__end_signal(const char *file, int line, e2e_proc *p, int signo);
/* Ends a process and its group (SIGTERM, 0.5 s, SIGKILL) and collects it, without a test point. */
E2E__FN void e2e__end_process(e2e_proc *p);

/* ---- proc/command.h ---- */

/* What a command did. The texts are NUL-terminated and live until the case's end. */
typedef struct e2e_result {
	int status; /* exit code or E2E_SIG(n) */
	const char *out, *err;
	double seconds;
	size_t out_size, err_size; /* for output with NULs in it */
	e2e_proc *proc;
} e2e_result;
/* Starts a command with /dev/null as stdin and waits for its end. Any status is fine: look at it.
 * Not a test point, but the case fails and ends if the command can't be started or outlives its
 * time. */
#define e2e_run(...) e2e__command_run(E2E__AT, NULL, E2E__STRINGS(__VA_ARGS__))
/* The same with options, e.g. e2e_run_with((e2e_spawn_opts){.stdin_text = "1 + 1\n"}, "bc"). */
#define e2e_run_with(...) \
	e2e__command_result(e2e__command_run_with(E2E__AT, __VA_ARGS__, E2E__LAST))

E2E__FN e2e_result e2e__command_run(
	const char *file, int line, const e2e_spawn_opts *opts, e2e__words argv);
/* By its address: tcc can't return a struct from a function with `...`. */
E2E__FN e2e_result *e2e__command_run_with(
	const char *file, int line, e2e_spawn_opts opts, ...) E2E__SENTINEL;
E2E__FN e2e_result e2e__command_result(const e2e_result *r);

/* ---- proc/jobs.h ---- */

/* e2e_ends(p, status): from now on p may end at any time, with this status (exit code or
 * E2E_SIG(n)). Another one fails the case (wrong-exit), when it is seen by an operation. The case's
 * end waits for p, as long as e2e_proc_timeout says (timeout). */
#define e2e_ends(p, status) e2e__job_ends(E2E__AT, p, status)
/* Sends a signal to p and to all of its process group. Ends the case if p has exited, or if it
 * can't be sent. */
#define e2e_signal_group(p, signo) e2e__job_signal_group(E2E__AT, p, signo)
/* The daemon whose number stands in this file, as a process of the case. Waits for the file
 * (e2e_proc_timeout). Never NULL: ends the case if no number comes, if no process has it, or if
 * that isn't one that this test has started (not-ready). Where its exit status can't be known,
 * e2e_kill, e2e_stop and e2e_wait are content with its end. Valid until the case's end. */
#define e2e_adopt(pid_file) e2e__job_adopt(E2E__AT, pid_file)

E2E__FN void e2e__job_ends(const char *file, int line, e2e_proc *p, int status);
E2E__FN void e2e__job_signal_group(const char *file, int line, e2e_proc *p, int signo);
E2E__FN e2e_proc *e2e__job_adopt(const char *file, int line, const char *pid_file);

/* ---- proc/growth.h ---- */

/* e2e_growth_of(p, bytes) { ... }: a test point behind the block. Did the memory of p and of its
 * process group grow by at most this many bytes meanwhile? The measured value is in the point's
 * name. Fails too if p has ended by then, or if bytes has no end. Ends the case if p doesn't run
 * (usage); skips it where the system doesn't tell. */
#define e2e_growth_of(p, bytes) \
	E2E__BLOCK(e2e__growth_close, e2e__growth_open(E2E__AT, p, (double)(bytes)))

E2E__FN struct e2e__block e2e__growth_open(
	const char *file, int line, const e2e_proc *p, double bytes);
E2E__FN void e2e__growth_close(struct e2e__block *block);

/* ---- proc/forms.h ---- */

/* How macros make a list that ends itself. C++ has no compound literals: templates do it there. */
#ifndef __cplusplus
#define E2E__STRINGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define E2E__SPAWN_PAR(...) e2e__spawn_par(E2E__AT, (const char *const *const[]){__VA_ARGS__, NULL})
#define E2E__WAIT_PAR(...) \
	e2e__end_wait_par( \
		E2E__AT, (const struct e2e_expectation[]){__VA_ARGS__, {NULL, E2E__EXPECT_END}})
#define E2E__EXPECTATION(p, status) \
	{ \
		p, status \
	}
#define E2E__SPAWN_FN(fn, arg) \
	e2e__spawn_fn(E2E__AT, #fn, (int (*)(void *))(void (*)(void))(fn), arg, \
		__builtin_types_compatible_p(__typeof__(&*(fn)), void (*)(void *)))
#endif
#define E2E__WAIT(p, status, seconds, ...) e2e__end_wait(E2E__AT, p, status, seconds)
#define E2E__KILL(p, seconds, ...) e2e__end_kill(E2E__AT, p, seconds)
#define E2E__STOP(p, status, seconds, ...) e2e__end_stop(E2E__AT, p, status, seconds)

#ifdef __cplusplus
} /* extern "C" */
template <typename... A>
static inline __attribute__((unused)) e2e__words e2e__words_of(A... a)
{
	const char **list = (const char **)e2e__memory_alloc((sizeof...(a) + 1) * sizeof *list);
	const char *const from[] = {a..., NULL};

	for (size_t i = 0; i < sizeof...(a); i++)
		list[i] = from[i];
	return list;
}
template <typename... A>
static inline __attribute__((unused)) e2e_proc **e2e__spawn_par_of(
	const char *file, int line, A... a)
{
	const e2e__words list[] = {a..., NULL};

	return e2e__spawn_par(file, line, list);
}
template <typename... A>
static inline __attribute__((unused)) bool e2e__wait_par_of(const char *file, int line, A... a)
{
	const struct e2e_expectation list[] = {a..., {NULL, E2E__EXPECT_END}};

	return e2e__end_wait_par(file, line, list);
}
static inline __attribute__((unused)) e2e_proc *e2e__spawn_fn_of(
	const char *file, int line, const char *name, int (*fn)(void *), void *arg)
{
	return e2e__spawn_fn(file, line, name, fn, arg, false);
}
static inline __attribute__((unused)) e2e_proc *e2e__spawn_fn_of(
	const char *file, int line, const char *name, void (*fn)(void *), void *arg)
{
	return e2e__spawn_fn(file, line, name, (int (*)(void *))(void (*)(void))fn, arg, true);
}
extern "C" {
#define E2E__STRINGS(...) e2e__words_of(__VA_ARGS__)
#define E2E__SPAWN_PAR(...) e2e__spawn_par_of(E2E__AT, __VA_ARGS__)
#define E2E__WAIT_PAR(...) e2e__wait_par_of(E2E__AT, __VA_ARGS__)
#define E2E__EXPECTATION(p, status) \
	e2e_expectation \
	{ \
		p, status \
	}
#define E2E__SPAWN_FN(fn, arg) e2e__spawn_fn_of(E2E__AT, #fn, fn, arg)
#endif

/* ---- proc/match.h ---- */

/* The n-th group of the last match of e2e_expect or e2e_ready with p; 0 is all of it. Of several
 * E2E_LINE of one e2e_ready the last in its list that has groups counts, in whatever order they
 * came. NULL if there was none. Valid until the case's end. */
E2E__FN const char *e2e_capture(const e2e_proc *p, int n);
/* The same as a number; 0 if it is none. */
E2E__FN long long e2e_capture_int(const e2e_proc *p, int n);

/* ---- proc/later.h ---- */

/* Closes the descriptor at the case's end if it is still the same file then. Returns fd. */
E2E__FN int e2e__later_close(int fd);

/* ---- proc/ports.h ---- */

/* A free TCP port of 127.0.0.1 (and ::1) that nobody else gets until the case's end. A server that
 * sets SO_REUSEADDR, as nearly all do, may bind it while it is held. UDP is free there, too, but
 * not held. Ends the case if there is none. */
#define e2e_port() e2e__port(E2E__AT)
/* Gives it up just before a server without SO_REUSEADDR is started. */
E2E__FN void e2e_port_release(int port);

E2E__FN int e2e__port(const char *file, int line);

/* ---- proc/endpoint.h ---- */

/* Endpoints are texts: tcp:HOST:PORT, udp:HOST:PORT, an IPv6 host as in tcp:[::1]:PORT, unix:/path,
 * unix:@name. Port 0, "unix:" and "unix:@" choose a free one. */

/* A listening socket (close-on-exec), closed at the case's end; of udp: a bound one, ready for
 * recvfrom. Ends the case with the reason if it can't be had. */
#define e2e_listen(endpoint) e2e__endpoint_listen(E2E__AT, endpoint)
/* The endpoint of a socket as text, e.g. "tcp:127.0.0.1:40123"; of a listener, to be dialed. Valid
 * until the case's end. */
E2E__FN const char *e2e_endpoint(int fd);
/* The port of a socket, or of an endpoint's text; -1 if it has none. */
E2E__FN int e2e_endpoint_port(const char *endpoint);
/* A connected socket (close-on-exec, blocking), closed at the case's end. Ends the case if nobody
 * answers. */
#define e2e_dial(endpoint) e2e__endpoint_dial(E2E__AT, endpoint)
/* The same; -1 with errno if nobody answers within the seconds. */
E2E__FN int e2e_try_dial(const char *endpoint, double seconds);
/* The next connection of a listener. Ends the case if none comes within its time. */
#define e2e_accept(fd) e2e__endpoint_accept(E2E__AT, fd)

E2E__FN int e2e__endpoint_listen(const char *file, int line, const char *endpoint);
E2E__FN int e2e__endpoint_dial(const char *file, int line, const char *endpoint);
E2E__FN int e2e__endpoint_accept(const char *file, int line, int fd);

/* For the rooms above: an endpoint as an address. NULL if it is one, else what is wrong with it. */
struct sockaddr_storage;
E2E__FN const char *e2e__endpoint_resolve(
	const char *endpoint, struct sockaddr_storage *address, unsigned *size);
/* Does it mean datagrams? */
E2E__FN bool e2e__endpoint_is_udp(const char *endpoint);

/* ---- proc/ready.h ---- */

/* Conditions for e2e_ready. */
/* a line of its stdout or stderr (POSIX extended) */
#define E2E_LINE(ere) E2E__CONDITION(E2E__READY_LINE, ere, 0, NULL)
/* a line of p's own log (.log_file) that was written since p was started */
#define E2E_LOGGED(ere) E2E__CONDITION(E2E__READY_LOGGED, ere, 0, NULL)
/* p accepts connections at 127.0.0.1 or ::1 */
#define E2E_PORT(port) E2E__CONDITION(E2E__READY_PORT, NULL, port, NULL)
/* p has bound this UDP port at 127.0.0.1, ::1 or all addresses; nothing is sent there */
#define E2E_UDP(port) E2E__CONDITION(E2E__READY_UDP, NULL, port, NULL)
/* p listens at "tcp:HOST:PORT", "udp:HOST:PORT", "unix:/path" or "unix:@name" */
#define E2E_ENDPOINT(endpoint) E2E__CONDITION(E2E__READY_ENDPOINT, endpoint, 0, NULL)
/* p accepts connections at a Unix socket, an abstract one too ("@name") */
#define E2E_SOCKET(path) E2E__CONDITION(E2E__READY_SOCKET, path, 0, NULL)
#define E2E_FILE(path) E2E__CONDITION(E2E__READY_FILE, path, 0, NULL) /* the file exists */
/* the command exits with 0 */
#define E2E_CMD(...) E2E__CONDITION(E2E__READY_CMD, NULL, 0, E2E_ARGV(__VA_ARGS__))
/* how long to wait for all of it */
#define E2E_WITHIN(seconds) E2E__CONDITION(E2E__READY_WITHIN, NULL, seconds, NULL)

/* e2e_ready(p, condition, ...): a test point. Waits until all hold, any number of them. False
 * (not-ready) if the time is over; ends the case if p exits (unexpected-exit), or if there is no
 * condition to wait for. Groups of the last E2E_LINE are kept for e2e_capture. A suite's process
 * may be meant, too. */
#define e2e_ready(p, ...) E2E__READY(p, __VA_ARGS__)

enum e2e__condition_kind {
	E2E__READY_END,
	E2E__READY_LINE,
	E2E__READY_LOGGED,
	E2E__READY_PORT,
	E2E__READY_UDP,
	E2E__READY_ENDPOINT,
	E2E__READY_SOCKET,
	E2E__READY_FILE,
	E2E__READY_CMD,
	E2E__READY_WITHIN
};
struct e2e_condition {
	enum e2e__condition_kind kind;
	const char *text;
	double number;
	e2e__words argv;
};

E2E__FN bool e2e__ready(const char *file, int line, e2e_proc *p, const struct e2e_condition *list);

#ifndef __cplusplus
#define E2E__CONDITION(kind, text, number, argv) \
	{ \
		kind, text, number, argv \
	}
#define E2E__READY(p, ...) \
	e2e__ready(E2E__AT, p, \
		(const struct e2e_condition[]){__VA_ARGS__, {E2E__READY_END, NULL, 0, NULL}})
#else
#define E2E__CONDITION(kind, text, number, argv) \
	e2e_condition \
	{ \
		kind, text, static_cast<double>(number), argv \
	}
#define E2E__READY(p, ...) e2e__ready_of(E2E__AT, p, __VA_ARGS__)
} /* extern "C" */
template <typename... A>
static inline __attribute__((unused)) bool e2e__ready_of(
	const char *file, int line, e2e_proc *p, A... a)
{
	const struct e2e_condition list[] = {a..., {E2E__READY_END, NULL, 0, NULL}};

	return e2e__ready(file, line, p, list);
}
extern "C" {
#endif

/* ---- proc/dialogue.h ---- */

/* Writes to p's stdin or terminal. Ends the case if p has exited or doesn't read within its
 * time. */
#define e2e_send(p, text) e2e__dialogue_send(E2E__AT, p, text, strlen(text))
#define e2e_send_bytes(p, bytes, size) e2e__dialogue_send(E2E__AT, p, (const char *)(bytes), size)
/* End of file for p's stdin (^D on a terminal). */
#define e2e_send_eof(p) e2e__dialogue_send_eof(E2E__AT, p)
/* Gives p's terminal another size; the programs at it get SIGWINCH. Ends the case if p has no
 * terminal. */
#define e2e_resize(p, rows, columns) e2e__dialogue_resize(E2E__AT, p, rows, columns)
/* e2e_expect(p, ere [, seconds]): a test point. Waits until the output after the last match holds a
 * match; `^` and `$` match at lines. False (timeout) with what came instead if the time is over or
 * p has exited without it. */
#define e2e_expect(...) E2E__EXPECT_(__VA_ARGS__, -1., 0)
#define E2E__EXPECT_(p, ere, seconds, ...) e2e__dialogue_expect(E2E__AT, p, ere, seconds)

E2E__FN void e2e__dialogue_send(
	const char *file, int line, e2e_proc *p, const char *text, size_t size);
E2E__FN void e2e__dialogue_send_eof(const char *file, int line, e2e_proc *p);
E2E__FN void e2e__dialogue_resize(
	const char *file, int line, e2e_proc *p, unsigned rows, unsigned columns);
E2E__FN bool e2e__dialogue_expect(
	const char *file, int line, e2e_proc *p, const char *ere, double seconds);

/* ---- proc/service.h ---- */

/* Starts a service: spawns, waits until it is ready and returns its address (any text without a
 * line feed), or NULL if that failed. It runs in a keeper process of its own, whose e2e_tmpdir()
 * is the folder of the service; assertions count for the caller. */
typedef const char *e2e_service_fn(void *arg);

/* ---- proc/services.h ---- */

/* The address of the service with this name (letters, digits, - _ .); start(arg) is called by
 * whoever needs it first. Ends the case if it can't be started; the program ends with `Bail out!`
 * if the service dies. */
#define e2e_service(name, start, arg) e2e__service(E2E__AT, name, start, arg)
/* Its process: the first that start() spawned and that still ran then. 0 if there is no such
 * service. */
E2E__FN pid_t e2e_service_pid(const char *name);
/* The folder of all services of the run: $E2E_RUN_DIR under prove. Valid until the case's end. */
E2E__FN const char *e2e_run_dir(void);

E2E__FN const char *e2e__service(
	const char *file, int line, const char *name, e2e_service_fn *start, void *arg);

/* ---- proc/proxy.h ---- */

/* What can happen to the bytes of one direction; a zero is no fault. The manual has the details. */
typedef struct e2e_fault {
	double latency E2E__UNSET, jitter E2E__UNSET; /* seconds */
	double bandwidth E2E__UNSET;                  /* bytes a second */
	size_t slice E2E__UNSET;                      /* bytes a write */
	double pause E2E__UNSET;                      /* seconds between slices */
	long long limit E2E__UNSET;                   /* bytes that pass, -1: none */
	bool reset E2E__UNSET, drop E2E__UNSET, down E2E__UNSET;
	double slow_close E2E__UNSET; /* seconds */
	/* shares of the datagrams of a "udp:" proxy, 0 to 1 */
	double loss E2E__UNSET, duplicate E2E__UNSET, reorder E2E__UNSET;
	int first E2E__UNSET; /* connections, of "udp:" datagrams; 0: all of them */
	int zero E2E__UNSET;  /* closes the list; leave it alone */
} e2e_fault;

enum e2e_direction { E2E_TO_SERVER = 1, E2E_TO_CLIENT = 2, E2E_BOTH_WAYS = 3 };

typedef struct e2e_proxy {
	/* where it listens on 127.0.0.1; -1 if it stands before a unix socket */
	int port;
	/* the same for e2e_dial: "tcp:127.0.0.1:PORT", "udp:127.0.0.1:PORT" or "unix:PATH" */
	const char *endpoint;
	const char *address; /* "127.0.0.1:PORT" or PATH */
	struct e2e__proxy_self *self;
} e2e_proxy;

/* What a proxy has seen by now. */
typedef struct e2e_proxy_counts {
	long long accepted; /* connections by clients; of "udp:" clients */
	long long open;     /* of these, still there */
	/* of these, not connected because the server wasn't there; datagrams that it refused */
	long long refused;
	long long broken;               /* of these, broken by a fault */
	long long to_server, to_client; /* bytes passed on */
	long long datagrams;            /* that came, from both sides */
	long long lost;                 /* of these, not passed on */
	long long duplicated;           /* of these, passed on twice */
	long long reordered;            /* of these, overtaken by the next */
} e2e_proxy_counts;

/* ---- proc/faults.h ---- */

/* A proxy before a server ("tcp:HOST:PORT", "udp:HOST:PORT" or "unix:PATH"; it need not listen yet). It lives until
 * the end of the case (of the suite, in its set-up). A bad endpoint fails the case and ends it. */
#define e2e_proxy_to(server) e2e__fault_open(E2E__AT, NULL, server)
/* The same, listening where the first endpoint says. */
#define e2e_proxy_between(listen, server) e2e__fault_open(E2E__AT, listen, server)
/* Sets the faults of a direction: e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.1, .first =
 * 2). */
#ifdef __cplusplus
#define e2e_proxy_fault(px, direction, ...) \
	e2e__fault_set(E2E__AT, px, direction, e2e_fault{__VA_ARGS__})
#else
#define e2e_proxy_fault(px, direction, ...) \
	e2e__fault_set(E2E__AT, px, direction, E2E__FAULT(__VA_ARGS__, .zero = 0))
#define E2E__FAULT(...) ((e2e_fault){__VA_ARGS__})
#endif
#define e2e_proxy_set(px, direction, fault) e2e__fault_set(E2E__AT, px, direction, *(fault))
/* No faults from now on. What waited for a latency leaves at once; what is broken stays broken. */
#define e2e_proxy_clear(px) e2e__fault_clear(E2E__AT, px)

E2E__FN e2e_proxy_counts e2e_proxy_count(const e2e_proxy *px);

E2E__FN e2e_proxy *e2e__fault_open(
	const char *file, int line, const char *listen, const char *server);
E2E__FN void e2e__fault_set(
	const char *file, int line, e2e_proxy *px, int direction, e2e_fault fault);
E2E__FN void e2e__fault_clear(const char *file, int line, e2e_proxy *px);

/* ---- proc/handlers.h ---- */

/* A stub server: a process of its own that runs handler(fd, arg) for each connection, of "udp:" for
 * each client, each in a process of its own, and keeps what it received. A NULL handler receives
 * everything and answers nothing. It ends with the case. */
typedef struct e2e_server {
	const char *endpoint; /* to be dialed */
	int port;             /* -1 for unix */
	const char *path;     /* of the transcript */
	e2e_proc *proc;
	e2e_proxy *proxy; /* its network: faults are set there, and it counts */
} e2e_server;
typedef void e2e_handler(int fd, void *arg);

/* ---- proc/stub.h ---- */

#define e2e_serve(endpoint, handler, arg) e2e__stub_serve(E2E__AT, endpoint, handler, arg)
/* What all clients have sent until now, one after the other as it came. Valid until the case's
 * end. */
E2E__FN const char *e2e_received(e2e_server *server);
E2E__FN size_t e2e_received_size(e2e_server *server);
/* Number of connections until now. */
E2E__FN int e2e_connections(e2e_server *server);

/* e2e_is_socket(path, mode, ...): a test point. The path is a socket with these permission bits,
 * e.g. 0600. */
#define e2e_is_socket(path, mode) e2e__stub_is_socket(E2E__AT, path, mode)

E2E__FN e2e_server *e2e__stub_serve(
	const char *file, int line, const char *endpoint, e2e_handler *handler, void *arg);
E2E__FN bool e2e__stub_is_socket(const char *file, int line, const char *path, unsigned mode);

/* ---- proc/certs.h ---- */

#ifdef E2E_OPENSSL
#ifdef E2E_EXTERN
/* Programs with TLS don't link with functions without it. */
extern const int e2e__openssl;
static const int *const e2e__needs_openssl __attribute__((used)) = &e2e__openssl;
#elif defined E2E_IMPLEMENT
extern const int e2e__openssl;
const int e2e__openssl = 1;
#endif
/* Paths of the files that nearly every test names; the others are in dir by their names (the manual
 * lists them). */
typedef struct e2e_certificates {
	const char *dir;
	const char *ca;
	const char *server, *server_key;
	const char *client, *client_key;
} e2e_certificates;

/* Makes the files in a folder (made if missing; NULL: one in e2e_tmpdir()). The hosts are names,
 * IPv4 and IPv6 addresses, separated by commas. Files that are there are replaced. The result lives
 * until the case's end, the files as long as the folder. Ends the case with the reason if a file or
 * certificate can't be made. */
#define e2e_certs(dir, hosts) e2e__certs(E2E__AT, dir, hosts)
E2E__FN const e2e_certificates *e2e__certs(
	const char *file, int line, const char *dir, const char *hosts);
/* all: not just the authority and the server. */
E2E__FN const e2e_certificates *e2e__certs_made(
	const char *file, int line, const char *dir, const char *hosts, bool all);
#endif

/* ---- proc/smtp.h ---- */

/* A part of a mail that holds no others. */
typedef struct e2e_mail_part {
	const char *type;    /* "text/plain", in small letters */
	const char *charset; /* as it was given, or NULL */
	const char *name;    /* of the file, in UTF-8; or NULL */
	bool attached;       /* an attachment, not to be shown in the text */
	/* decoded; a text that isn't attached is in UTF-8, its lines end with \n */
	const char *body;
	size_t size;
	const char *header; /* its own header as it came, not ended by a 0 */
	size_t header_size;
} e2e_mail_part;

/* A mail as it arrived. The texts live until the end of the case. */
typedef struct e2e_mail {
	const char *sender; /* of the envelope (MAIL FROM); "" for a bounce */
	/* of the envelope (RCPT TO), in the order of the dialogue; NULL ends them */
	const char *const *recipients;
	size_t nrecipients;
	const char *subject; /* in UTF-8; NULL without one */
	/* the text: what follows the header, or the first part that is text/plain (else of another
	 * text) and isn't attached; decoded, in UTF-8, lines end with \n */
	const char *body;
	size_t body_size;
	const char *html; /* the first part that is text/html and isn't attached; or NULL */
	const e2e_mail_part *part; /* all of them in their order; one if it has no parts */
	size_t nparts;
	const char *raw; /* header and body as they came, without the dots of the transport */
	size_t raw_size;
	/* who greeted; who logged in, or NULL; the TLS version, or NULL */
	const char *helo, *user, *tls;
	const char *path;        /* the file it is in */
	const char *expected_at; /* where e2e_mail_expect has found it, or NULL */
} e2e_mail;

typedef struct e2e_mailbox {
	int port;            /* on 127.0.0.1 */
	const char *address; /* "127.0.0.1:PORT" */
	const char *url;     /* "smtp://127.0.0.1:PORT" */
	/* path of the authority's certificate for TLS; NULL without E2E_OPENSSL, as is the next
	 * one */
	const char *ca;
	const char *smtps_url; /* "smtps://127.0.0.1:PORT": TLS from the first byte (RFC 8314) */
	int smtps_port;        /* -1 without E2E_OPENSSL */
	const char *dir;       /* where the mails are */
	/* mails in `mail`, the oldest first; behind them there is an empty one */
	size_t count;
	e2e_mail *mail;
	struct e2e__mail_self *self;
} e2e_mailbox;

enum { E2E_MAIL_DROP = -1, E2E_MAIL_STALL = -2 };

/* ---- proc/mime.h ---- */

/* The value of a header field as it was sent (unfolded); NULL if there is none. */
E2E__FN const char *e2e_mail_header(const e2e_mail *mail, const char *name);
/* The same in UTF-8, encoded words decoded (RFC 2047). */
E2E__FN const char *e2e_mail_decoded(const e2e_mail *mail, const char *name);
/* The first part of this type, attachments included; NULL if there is none. A type is "text/html",
 * or with a star behind the slash any of its kind. */
E2E__FN const e2e_mail_part *e2e_mail_part_of(const e2e_mail *mail, const char *type);
/* The first part with this file name; NULL if there is none. */
E2E__FN const e2e_mail_part *e2e_mail_attachment(const e2e_mail *mail, const char *name);
/* The value of a part's header field in UTF-8; NULL if there is none. */
E2E__FN const char *e2e_mail_part_header(const e2e_mail_part *part, const char *name);

/* For the rooms above: fills in what is made of raw. */
E2E__FN void e2e__mime_read(e2e_mail *mail);

/* ---- proc/mail.h ---- */

/* A new mailbox; it lives until the end of the case (of the suite, in its set-up). */
#define e2e_mailbox_open() e2e__mail_open_box(E2E__AT)
/* e2e_mail_wait(m, n [, seconds]): a test point. Waits until n mails, counted from the first one,
 * have arrived; false if the time (default e2e_proc_timeout) is over. m->mail holds all that have
 * arrived, perhaps more. With n 0 it doesn't wait: false if a mail has arrived by now. */
#define e2e_mail_wait(...) E2E__MAIL_WAIT(__VA_ARGS__, -1., 0)
/* e2e_mail_expect(m, subject, recipient, ...): a test point. Waits for a mail with this subject to
 * just these recipients, in any order: strings, each may name several ("a@x, b@y"), or one
 * NULL-terminated array; "*" stands for anybody. Each mail answers one expectation, so that two
 * equal mails can be expected. Returns the mail, or NULL. */
#define e2e_mail_expect(m, subject, ...) \
	e2e__mail_expect( \
		E2E__AT, m, subject, sizeof *(E2E__FIRST_OF(__VA_ARGS__)), __VA_ARGS__, E2E__LAST)
/* Looks for new mails without waiting. Returns their number. */
E2E__FN size_t e2e_mail_count(e2e_mailbox *m);
/* Faults; the manual describes them. They are in force when the call returns. e2e_mail_clear ends
 * all. */
#define e2e_mail_fault(m, command, code) e2e__mail_fault(E2E__AT, m, command, code, -1)
#define e2e_mail_fault_first(m, command, code, n) e2e__mail_fault(E2E__AT, m, command, code, n)
#define e2e_mail_clear(m) e2e__mail_fault(E2E__AT, m, NULL, 0, -1)

#define E2E__MAIL_WAIT(m, n, seconds, ...) e2e__mail_wait(E2E__AT, m, n, seconds)
#define E2E__FIRST_OF(...) E2E__FIRST_OF_(__VA_ARGS__, )
#define E2E__FIRST_OF_(first, ...) first

E2E__FN e2e_mailbox *e2e__mail_open_box(const char *file, int line);
E2E__FN bool e2e__mail_wait(const char *file, int line, e2e_mailbox *m, size_t n, double seconds);
E2E__FN const e2e_mail *e2e__mail_expect(const char *file, int line, e2e_mailbox *m,
	const char *subject, size_t size, ...) E2E__SENTINEL;
E2E__FN void e2e__mail_fault(
	const char *file, int line, e2e_mailbox *m, const char *command, int code, int first);

/* ---- proc/web.h ---- */

/* A request as it came to e2e_http_stub. The texts live as long as the stub. */
typedef struct e2e_http_request {
	const char *method;  /* "GET"; NULL behind the last request */
	const char *path;    /* without its query, as it was sent: nothing is decoded */
	const char *query;   /* behind the ?; "" without one */
	const char *version; /* "HTTP/1.1" */
	const char *header;  /* the lines of the header as they came: e2e_http_request_header */
	const char *body; /* without its chunks; a NUL follows; NULL if there was no room for it */
	size_t body_size;
	const char *route; /* which answered, or NULL */
	int status;        /* of the answer; 0: the connection was cut without one */
	int connection;    /* 1 for the first one */
	/* what the route's fault did to the answer: "delayed by 5 s"; NULL: nothing */
	const char *fault;
} e2e_http_request;

/* What is answered; a zero member means the default. */
typedef struct e2e_http_response {
	int status;                /* default 200 */
	const char *type;          /* Content-Type; default none */
	const char *body;          /* default none */
	size_t size;               /* bytes of body, for one with NULs; default its length */
	const char *const *header; /* more lines: E2E_ARGV("Location: /x", "Set-Cookie: id=7") */
	bool chunked;              /* the body comes in chunks, without Content-Length */
	bool close;                /* the connection ends behind the answer */
} e2e_http_response;

/* What goes wrong with a route's answers. */
typedef struct e2e_http_faults {
	int status;   /* this status instead, with an empty body */
	double delay; /* seconds before the answer */
	bool reset;   /* the connection is reset: at once, or behind .truncate bytes of the body */
	bool drop;    /* the connection ends without an answer */
	bool stall;   /* no answer ever; the connection stays */
	size_t truncate; /* so many bytes of the body come, then the connection ends */
	int first;       /* only so many requests; 0: all */
	char zero;       /* of the macro */
} e2e_http_faults;

/* A handler of e2e_http_handle: fills in the answer, which is an empty 200 before. */
typedef void e2e_http_handler(
	const e2e_http_request *request, e2e_http_response *answer, void *arg);

typedef struct e2e_http_stub {
	int port;             /* on 127.0.0.1 */
	const char *url;      /* "http://127.0.0.1:PORT", without a slash at its end */
	const char *endpoint; /* "tcp:127.0.0.1:PORT", for e2e_proxy_to */
	/* TLS from the first byte, and its authority's certificate; NULL without E2E_OPENSSL */
	const char *https_url, *ca;
	size_t count; /* of requests that have come until now */
	e2e_http_request *request;
	struct e2e__web_self *self;
} e2e_http_stub;

/* ---- proc/http.h ---- */

/* A new stub; it lives until the end of the case (of the suite, in its set-up). Ends the case if
 * there is no port or memory for it. */
#define e2e_http_stub_open() e2e__http_open(E2E__AT)
/* e2e_http_answer(s, route, status, type, body): each request for the route gets this answer; type
 * and body may be NULL. In force when the call returns. A bad route or status ends the case. */
#define e2e_http_answer(s, route, status, type, body) \
	e2e__http_answer(E2E__AT, s, route, status, type, body)
/* The same with members of e2e_http_response: e2e_http_answer_with(s, route, .status = 201,
 * .header = E2E_ARGV("Location: /x")). */
/* e2e_http_fault(s, route, ...): sets the faults of a route that has an answer; members of
 * e2e_http_faults. Without a member: none from now on. */
#ifdef __cplusplus
#define e2e_http_answer_with(s, route, ...) \
	e2e__http_answer_with(E2E__AT, s, route, e2e_http_response{__VA_ARGS__}, NULL, NULL)
#define e2e_http_fault(s, route, ...) \
	e2e__http_fault(E2E__AT, s, route, e2e_http_faults{__VA_ARGS__})
#else
#define e2e_http_answer_with(s, route, ...) \
	e2e__http_answer_with(E2E__AT, s, route, E2E__HTTP_RESPONSE(__VA_ARGS__), NULL, NULL)
#define E2E__HTTP_RESPONSE(...) ((e2e_http_response){__VA_ARGS__})
#define e2e_http_fault(s, route, ...) \
	e2e__http_fault(E2E__AT, s, route, E2E__HTTP_FAULTS(__VA_ARGS__, .zero = 0))
#define E2E__HTTP_FAULTS(...) ((e2e_http_faults){__VA_ARGS__})
#endif
/* A function answers: see the manual for what it knows. */
#define e2e_http_handle(s, route, handler, arg) e2e__http_handle(E2E__AT, s, route, handler, arg)
/* e2e_http_wait(s, n [, seconds]): a test point. Waits until n requests, counted from the first
 * one, have come; false if the time (default e2e_proc_timeout) is over. */
#define e2e_http_wait(...) E2E__HTTP_WAIT(__VA_ARGS__, -1., 0)
#define E2E__HTTP_WAIT(s, n, seconds, ...) e2e__http_wait(E2E__AT, s, n, seconds)
/* The value of a field of a request's header; NULL if there is none. Valid until the case's end. */
E2E__FN const char *e2e_http_request_header(const e2e_http_request *request, const char *name);

E2E__FN e2e_http_stub *e2e__http_open(const char *file, int line);
E2E__FN void e2e__http_answer(const char *file, int line, e2e_http_stub *s, const char *route,
	int status, const char *type, const char *body);
E2E__FN void e2e__http_answer_with(const char *file, int line, e2e_http_stub *s, const char *route,
	e2e_http_response answer, e2e_http_handler *handler, void *arg);
E2E__FN void e2e__http_handle(const char *file, int line, e2e_http_stub *s, const char *route,
	e2e_http_handler *handler, void *arg);
E2E__FN void e2e__http_fault(
	const char *file, int line, e2e_http_stub *s, const char *route, e2e_http_faults fault);
E2E__FN bool e2e__http_wait(const char *file, int line, e2e_http_stub *s, size_t n, double seconds);

/* ---- proc/client.h ---- */

#ifdef E2E_CURL
typedef struct e2e_session e2e_session;

/* What is asked; a zero member means the default. */
typedef struct e2e_http_opts {
	const char *url;           /* of the macro: e2e_http's third argument */
	const char *const *form;   /* "name=value": urlencoded, as a body or in the URL */
	const char *json;          /* sent as application/json */
	const char *body;          /* sent as it is */
	size_t size;               /* bytes of body, for one with NULs; default its length */
	const char *type;          /* Content-Type of body */
	const char *const *header; /* more lines: E2E_ARGV("Accept: text/html") */
	int follow;                /* how many redirects are followed; default 0 */
	double timeout;            /* seconds; default e2e_proc_timeout */
	const char *ca;            /* path of the authorities' certificates; default the system's */
	const char *cert, *key;    /* paths of the client's own */
	char zero;                 /* of the macro */
} e2e_http_opts;

/* What came. The texts live until the case's end. */
typedef struct e2e_http_reply {
	int status;       /* 0: no answer, see error */
	const char *type; /* Content-Type, "" without one */
	const char *body; /* "" without one */
	size_t body_size;
	const char *header; /* all lines of the last answer's header */
	const char *url;    /* where the last answer is from */
	const char *error;  /* why there is none, or not all of it; NULL: it is whole */
	double seconds;
	int redirects; /* that were followed */
} e2e_http_reply;

/* A user with cookies and connections of its own, until the case's end. */
#define e2e_session_open() e2e__client_open(E2E__AT)
/* e2e_http(session, method, url, ...): sends a request and waits for its answer; members of
 * e2e_http_opts follow the URL. A URL or option that is none ends the case. */
#define e2e_http(session, method, ...) \
	e2e__client_ask(E2E__AT, session, method, E2E__HTTP_OPTS(__VA_ARGS__))
#ifdef __cplusplus
#define E2E__HTTP_OPTS(...) \
	e2e_http_opts \
	{ \
		.url = __VA_ARGS__ \
	}
#else
#define E2E__HTTP_OPTS(...) ((e2e_http_opts){.url = __VA_ARGS__, .zero = 0})
#endif
/* The value of a field of the answer's header, its first one; NULL if there is none. Valid until
 * the case's end. */
E2E__FN const char *e2e_header(const e2e_http_reply *reply, const char *name);

E2E__FN e2e_session *e2e__client_open(const char *file, int line);
E2E__FN e2e_http_reply e2e__client_ask(
	const char *file, int line, e2e_session *s, const char *method, e2e_http_opts opts);
#endif

/* ---- proc/markup.h ---- */

#ifdef E2E_LIBXML2
/* What a field of a form offers. */
struct e2e__choice {
	const char *name, *value;
	char kind; /* s: a select, m: of several, r: radio buttons, c: boxes, h: hidden, 0: any */
	bool disabled;
};

/* A form of a page. The texts live until the case's end. */
typedef struct e2e_form {
	const char *method;  /* "GET" or "POST" */
	const char *action;  /* as it stands in the page; "" without one: e2e_url(r.url, ...) */
	const char **fields; /* "name=value", for .form of e2e_http; NULL ends them */
	size_t nfields;
	const char **names; /* of all its fields, those too that aren't sent by default */
	struct e2e__choice *choices;
} e2e_form;

/* e2e_is_xml(text, ...), e2e_is_html(text, ...): test points: libxml2 reads the text without an
 * error. */
#define e2e_is_xml(...) E2E__ARGS1(e2e__markup_is_xml, #__VA_ARGS__, __VA_ARGS__)
#define e2e_is_html(...) E2E__ARGS1(e2e__markup_is_html, #__VA_ARGS__, __VA_ARGS__)
/* The text of each node that an XPath expression finds, or its one string, number or boolean. NULL
 * ends them; *n is their number (n may be NULL). A bad expression ends the case. */
#define e2e_xpath(text, expression, n) e2e__markup_xpath(E2E__AT, text, expression, n)
/* For each node that the XPath expression `nodes` finds, the text of what a second one says, seen
 * from that node: e2e_xpath_each(text, "//tr", "concat(td[1], '=', td[2])", &n). Ends as e2e_xpath
 * does. */
#define e2e_xpath_each(text, nodes, expression, n) \
	e2e__markup_xpath_each(E2E__AT, text, nodes, expression, n)
/* Where the first link leads that has this text (blanks as one sees them) or this id, as it stands
 * in the page: e2e_url(r.url, ...). The case ends if there is none. Valid until its end. */
#define e2e_html_link(html, text) e2e__markup_link(E2E__AT, html, text)
/* The form with this id, name or action; NULL: the first one. The case ends if there is none. */
#define e2e_html_form(html, name) e2e__markup_form(E2E__AT, html, name)
/* Sets a field; the case ends if the form has none of this name. The value may be one that no
 * person can choose: e2e_submit is stricter. */
#define e2e_form_set(form, name, value) e2e__markup_form_set(E2E__AT, form, name, value)
/* Adds another value for a field that has one: the second box that is ticked of a list. */
#define e2e_form_add(form, name, value) e2e__markup_form_add(E2E__AT, form, name, value)
/* A link or action as a URL, seen from the page it is in. Valid until the case's end. */
E2E__FN const char *e2e_url(const char *page, const char *reference);

E2E__FN bool e2e__markup_is_xml(struct e2e__at at, const char *text);
E2E__FN bool e2e__markup_is_html(struct e2e__at at, const char *text);
E2E__FN const char *const *e2e__markup_xpath(
	const char *file, int line, const char *text, const char *expression, size_t *n);
E2E__FN const char *const *e2e__markup_xpath_each(const char *file, int line, const char *text,
	const char *nodes, const char *expression, size_t *n);
E2E__FN const char *e2e__markup_link(
	const char *file, int line, const char *html, const char *text);
E2E__FN e2e_form *e2e__markup_form(const char *file, int line, const char *html, const char *name);
E2E__FN void e2e__markup_form_set(
	const char *file, int line, e2e_form *f, const char *name, const char *value);
E2E__FN void e2e__markup_form_add(
	const char *file, int line, e2e_form *f, const char *name, const char *value);
#endif

/* ---- proc/browse.h ---- */

#if defined E2E_CURL && defined E2E_LIBXML2
/* e2e_click(session, page, text): follows the link of this text or id (e2e_html_link) of a page,
 * which is an answer of e2e_http, and up to ten redirects. Returns the answer. */
#define e2e_click(session, page, text) e2e__browse_click(E2E__AT, session, page, text)
/* e2e_submit(session, page, form, "name=value", ...): fills in a form of a page (by id, name or
 * action, as for e2e_html_form; "": the first one) and sends it; up to ten redirects are
 * followed. Fields that aren't named keep their values. A name that comes again adds a value, as
 * several ticked boxes do; "name=" alone unticks boxes and what is chosen of several. A value that
 * a select, radio buttons or boxes don't offer ends the case (e2e_form_set takes it). Returns the
 * answer. */
#define e2e_submit(session, page, ...) \
	e2e__browse_submit(E2E__AT, session, page, E2E__STRINGS(__VA_ARGS__))

E2E__FN e2e_http_reply e2e__browse_click(
	const char *file, int line, e2e_session *s, e2e_http_reply page, const char *text);
E2E__FN e2e_http_reply e2e__browse_submit(
	const char *file, int line, e2e_session *s, e2e_http_reply page, e2e__words words);
#endif

/* ---- proc/shims.h ---- */

/* A client library's pair of programs. A row (or column) of e2e_matrix. */
typedef struct e2e_shim {
	const char *name;
	/* the sender's command, NULL-terminated; NODE QUEUE KEY JSON are added */
	const char *const *send;
	const char *const *receive; /* the receiver's; NODE QUEUE KEY COUNT are added */
	/* regular expression of the receiver's ready line; NULL: "^ready"; "": there is none */
	const char *ready;
	bool noisy; /* its stderr is no failure */
} e2e_shim;

/* What is sent, and what shall arrive. A column of e2e_matrix. */
typedef struct e2e_message {
	const char *name; /* of the case */
	const char *json; /* what is sent; the elements of an array are messages */
	const char *want; /* what shall arrive; NULL: the same; "*": any JSON, see e2e_arrived */
	const char *key;  /* NULL: the name */
	const char *node; /* for e2e_shim_pair: host:port of the peer */
	double timeout;   /* seconds for the pair; 0: e2e_proc_timeout */
} e2e_message;

/* One pair: a test point. False if a program fails, is late, or something else arrives. */
#define e2e_exchange(sender, receiver, message, node) \
	e2e__shim_exchange(E2E__AT, sender, receiver, message, node)
/* The JSON that arrived in the last exchange of this case, whole; NULL if none did. Valid until the
 * case's end. */
E2E__FN const char *e2e_arrived(void);
/* All pairs for all messages, each a subtest; skips the case if the filters leave nothing. */
#define e2e_interop(shims, nshims, messages, nmessages, node) \
	e2e__shim_interop(E2E__AT, shims, nshims, messages, nmessages, node)
/* For e2e_matrix with shims as rows and columns: row sends, column receives; arg is an
 * e2e_message. */
E2E__FN void e2e_shim_pair(const void *row, const void *column, void *arg);
/* The peer's name, for e2e_known and e2e_peer(); best in E2E_SUITE_SETUP. The name must live as
 * long as the program. e2e_peer_ask takes the first line that a command prints; if it fails, the
 * peer is unknown. --broker-type wins. */
E2E__FN void e2e_peer_is(const char *name);
#define e2e_peer_ask(...) e2e__shim_peer_ask(E2E__AT, E2E__STRINGS(__VA_ARGS__))

E2E__FN bool e2e__shim_exchange(const char *file, int line, const e2e_shim *sender,
	const e2e_shim *receiver, const e2e_message *message, const char *node);
E2E__FN void e2e__shim_interop(const char *file, int line, const e2e_shim *shims, size_t nshims,
	const e2e_message *messages, size_t nmessages, const char *node);
E2E__FN void e2e__shim_peer_ask(const char *file, int line, const char *const *argv);

/* ---- proc/batch.h ---- */

/* As e2e_interop, by one exchange for each pair of shims. All messages have one .key, else the case
 * ends; those whose JSON isn't an array go alone. The deadline of a batch is the longest of its
 * messages'. */
#define e2e_interop_batched(shims, nshims, messages, nmessages, node) \
	e2e__batch_interop(E2E__AT, shims, nshims, messages, nmessages, node)

E2E__FN void e2e__batch_interop(const char *file, int line, const e2e_shim *shims, size_t nshims,
	const e2e_message *messages, size_t nmessages, const char *node);

/* ---- proc/handshake.h ---- */

/* What a plugin has said. The texts live until the end of the case. */
typedef struct e2e_handshake {
	int core, app;           /* versions of the handshake and of what is spoken */
	const char *network;     /* "unix" or "tcp" */
	const char *address;     /* a path, or host:port */
	const char *protocol;    /* "grpc", ... */
	const char *certificate; /* a sixth field, or NULL */
	const char *endpoint;    /* network and address for e2e_dial */
} e2e_handshake;
/* e2e_handshake(p, &hs [, seconds]): a test point. Reads the first line of p's stdout; the core
 * version must be 1. False with the reason: code `handshake`, or `timeout`. e2e_handshake_core
 * wants another core version. */
#define e2e_handshake(...) E2E__HANDSHAKE(__VA_ARGS__, -1., 0)
#define e2e_handshake_core(p, hs, core, seconds) e2e__handshake(E2E__AT, p, hs, core, seconds)
/* For plugins: is the variable set to just this value? Takes as long for a nearly right value as
 * for a wrong one. */
E2E__FN bool e2e_cookie(const char *variable, const char *value);
/* Are two secrets equal? In constant time for a given length of the first; NULL equals nothing. */
E2E__FN bool e2e_same_secret(const char *secret, const char *given);

#define E2E__HANDSHAKE(p, hs, seconds, ...) e2e__handshake(E2E__AT, p, hs, 1, seconds)

E2E__FN bool e2e__handshake(const char *file, int line, e2e_proc *p, struct e2e_handshake *hs,
	int core, double seconds);

/* ---- proc/scenario.h ---- */

/* e2e_scenario(file [, "name=value", ...]): runs a literate text; each command is a test point.
 * True if all are as the text says. Ends the case if the file can't be read; a text without a
 * command fails. */
#define e2e_scenario(...) e2e__scenario(E2E__AT, E2E__STRINGS(__VA_ARGS__))

E2E__FN bool e2e__scenario(const char *file, int line, const char *const *args);

/* ---- proc/literate.h ---- */

/* For the program that prove makes for a text: its only case, and its main. */
E2E__FN void e2e__literate_run(void);
E2E__FN int e2e__literate_main(int argc, char **argv);

#ifndef E2E_EXTERN

/* -----------------------------------------------------------------------------------------------
 * IMPLEMENTATION
 * --------------------------------------------------------------------------------------------- */

/* ---- proc/state.h ---- */

#ifndef NSIG
#define NSIG 65
#endif

#ifdef E2E__LINUX
#define E2E__PROC "/proc"
#else
#define E2E__PROC "/no/proc" /* where there is one, it looks different */
#endif

/* A log as it was read until now. A text that was given out stays where it is until the case's
 * end. */
struct e2e__log {
	const char *path;
	char *text;
	size_t size, capacity;
	size_t matched; /* where the last match has ended: e2e_expect goes on there */
	size_t lines;   /* behind the last line that E2E_LINE has found: a line answers once */
};

enum { E2E__CAPTURES = 10 };

struct e2e__process {
	e2e_proc pub; /* what the user holds */
	struct e2e__process *next;
	pid_t owner;      /* whose child it is */
	int pidfd;        /* -1 where there are none */
	int slot;         /* in the shared table, or -1 */
	bool suite;       /* belongs to the suite, not to a case */
	bool helper;      /* ours: nobody waits for it */
	bool server;      /* of ours: it ends with the case, and nobody has to end it */
	bool exited;      /* noticed; it stays a zombie, so that its number isn't used again */
	bool anticipated; /* the operation under way waits for its exit */
	bool stopping;    /* was told to end */
	bool may_end;     /* at any time, with the status `ends_with` */
	bool adopted;     /* a daemon: no child of the case */
	int ends_with;
	int sent;      /* the signal that the test has sent it last, or 0 */
	bool stolen;   /* the case's own code has reaped it */
	bool overfull; /* was ended because of its logs */
	bool unshown;  /* one of many: what it says is in the failure itself, too */
	const char *shown_out, *shown_err; /* the paths by which e2e.h shows its logs, or NULL */
	/* "E2E_MARK=...": in its environment and its children's, and nowhere else */
	const char *mark;
	/* of a helper: why it has ended, in its own words; NULL or "": it didn't say */
	const char *trouble;
	/* what was waited for in vain while its output may have been in a buffer */
	const char *missed;
	bool is_function; /* of e2e_spawn_fn */
	bool capped;      /* the system lets no file of it grow beyond limit_mb */
	int pump_status;  /* of the pump, if it has failed */
	int looks;        /* how often its exit was seen by e2e_eventually and the like */
	int exit_status;
	int64_t begun_at;  /* before it was started */
	int64_t exited_at; /* when that was noticed */
	bool told;         /* its life is part of the case's story */
	uint64_t asked;    /* the signals that we have sent it, a bit each */
	/* what has sent the last one, and where that stands; NULL: nothing, nowhere */
	const char *asked_by, *asked_file;
	int asked_line;
	int wants;  /* how a wait wants it to end; 0: none has begun */
	pid_t pump; /* copies its terminal into the log, or 0 */
	unsigned limit_mb;
	const char *file; /* where it was spawned */
	int line;
	struct e2e__log out, err, own_log;
	const char *group[E2E__CAPTURES]; /* of the last match */
};

/* Counts the names of logs in one folder. */
struct e2e__log_stem {
	struct e2e__log_stem *next;
	const char *name;
	int used;
};

/* What the runner, its cases and the keeper have in common. A slot has one writer: who spawned the
 * process. */
enum { E2E__SLOTS = 1024, E2E__SERVICES = 16 };
enum e2e__slot_state { E2E__FREE, E2E__WATCHED, E2E__GROUP_ONLY };
struct e2e__proc_shared {
	volatile pid_t runner, keeper;
	volatile e2e__seal test; /* the process of the case under way */
	volatile int busy;       /* an operation is under way: it sees exits itself */
	volatile int asleep;     /* the keeper waits to be woken */
	volatile int ending;     /* the program is about to exit */
	/* the keeper saw this one die while the case waited for something else */
	volatile pid_t dead;
	struct {
		volatile e2e__seal pid;
		volatile int state;
		volatile int suite;
		volatile pid_t spawner; /* 0: of a helper, whose end nobody has to see to */
		char name[16];          /* its lane in the story; "": it has none */
	} slot[E2E__SLOTS];
	volatile int slots; /* those behind have never been taken */
	struct {
		char name[64];
		volatile e2e__seal keeper;
		volatile pid_t pid;
		volatile int suite;    /* E2E_SUITE_SETUP has asked for it: all cases use it */
		volatile int known[4]; /* by watcher */
	} service[E2E__SERVICES];
	volatile int services;
	volatile int services_over;  /* they are being ended */
	volatile int services_asked; /* somebody has asked for one, whether it came or not */
	/* the processes above the case: they must know whose children services are */
	volatile pid_t watcher[4];
	char run_dir[200]; /* of a program that runs alone */
	/* the case's, as long as its logs are in memory: for the keeper, who outlives it */
	char logs[256], folder[1024];
	/* in the environment of all that is spawned (there with a suffix), and the name of this
	 * memory */
	char mark[48];
};

/* A descriptor to be closed, recognised by its file. */
struct e2e__later {
	struct e2e__later *next;
	int fd;
	dev_t dev;
	ino_t ino;
};

struct e2e__held {
	struct e2e__held *next;
	int port, fd[2];
};

/* Where a service's keeper stands, and all that start() calls there: no part of the case that has
 * asked for it. */
struct e2e__service {
	const char *name;
	const char *run, *dir; /* the run's folder, and the service's own in it */
	const char *mark;      /* "E2E_SERVICE=...": in the environment of all that it starts */
	pid_t runner;          /* the program that runs alone */
	int end;               /* the run is over: the end of its FIFO, else of the runner; or -1 */
	bool fifo;
	/* Of the keeper alone, not of functions that it forks, or -1: the lock of its life and of
	 * its start; to the case that waits for it. */
	int alive, lock, answer, hold;
	pid_t warden;
	volatile e2e__seal *groups; /* for the warden */
	const char *excuse;         /* why start() returns NULL, where it says so; of the keeper */
};

/* A service's keeper that hasn't answered yet, and our ends of the pipes between: `hold` is closed
 * if we give up; `answer` ends when nothing of it is left. */
struct e2e__starting {
	pid_t keeper; /* 0: none */
	int hold, answer;
};

struct e2e__proc_state {
	struct e2e__hooks hooks;
	struct e2e__proc_shared *shared;
	struct e2e__process *list;
	struct e2e__log_stem *stems;
	struct e2e__later *later;
	struct e2e__held *held;
	double timeout, suite_timeout; /* seconds, 0: the default */
	const char *file;              /* the operation under way */
	int line;
	bool handler; /* SIGURG is taken */
	/* as found at the first spawn: a later action of a signal without a name isn't seen */
	int last_signal;
	/* this process is a service's keeper, or what it forked; NULL: a case's, or a suite's */
	struct e2e__service *service;
	/* Copies that tested code can't overwrite by accident, as it can the shared memory: who is
	 * killed depends on them. */
	char mark[48];
	pid_t runner, keeper;
	struct e2e__starting starting;
	/* when e2e__services_watch last found the run's folder changed */
	time_t seen_run;
	/* $E2E_RUN_DIR, taken out of the environment: it isn't for what a case starts */
	const char *given_run_dir;
	double checked_logs; /* when */
	int shown;           /* processes whose logs e2e.h shows if the case fails */
	unsigned marks;      /* that were given out */
	struct pollfd *polls;
	size_t npolls;
};
extern struct e2e__proc_state e2e__proc;
__attribute__((weak)) struct e2e__proc_state e2e__proc;

/* State of the sections from here on. */
struct e2e__net_state {
	struct e2e__option broker, sender, receiver;
	e2e_provider provider;
	const char *peer;
	const char *arrived; /* in the last exchange of this case, or NULL */
	struct e2e__hooks hooks;
	struct e2e__helper *helpers; /* the suite's */
	const char *const *literate; /* the text that prove runs, and its parameters */
	unsigned cases; /* that have begun in this process: without fork, more than one */
};
extern struct e2e__net_state e2e__net;
__attribute__((weak)) struct e2e__net_state e2e__net;

/* ---- proc/doors.h ---- */

/* Calls go down, from a room to those before it in the list. These few go up, each for its
 * reason. */

/* An operation that fails is over before the case ends. */
E2E__FN void e2e__wait_op_end(void);

/* The keeper and the services end with the program, whose end the keeper's start registers. */
E2E__FN void e2e__plan_exit(void);

/* What a service's start has spawned is told to its warden. */
E2E__FN void e2e__service_group(pid_t add, pid_t drop);

/* ---- proc/system.h ---- */

enum { E2E__LOG_MB = 256, E2E__SHOWN = 24 };

/* Of a process that somebody else has waited for: no expectation is equal to it. */
enum { E2E__STATUS_LOST = -1000000 };

/* How a helper process of the toolkit ends if it has to: a number has one meaning. */
enum e2e__helper_end {
	E2E__HELPER_NO_MEMORY = 96,
	E2E__HELPER_CANT_WAIT = 97,
	E2E__HELPER_NO_FOLDER = 98,
	E2E__HELPER_NO_DESCRIPTORS = 99
};

E2E__FN const char *e2e__system_status_word(int status)
{
	if (status == E2E__STATUS_LOST)
		return "an unknown status";
	return status < 0 ? e2e__clock_signal_name(-status) : e2e_printf("exit code %d", status);
}

/* A failure with its word for programs and its texts; the caller adds what else there is. */
E2E__FN e2e_failure e2e__system_failure(const char *code, const char *message, const char *hint)
{
	e2e_failure failure;

	memset(&failure, 0, sizeof failure);
	failure.code = code;
	failure.message = message;
	failure.hint = hint;
	return failure;
}

/* Fails and ends the case: the one way in which what can't be had or makes no sense does so.
 * `what` is the name of the test point. An operation that was going on is over. */
E2E__FN void e2e__system_die_of(const char *file, int line, const char *what, const char *code,
	const char *message, const char *hint) __attribute__((noreturn));
E2E__FN void e2e__system_die_of(const char *file, int line, const char *what, const char *code,
	const char *message, const char *hint)
{
	e2e_failure failure = e2e__system_failure(code, message, hint);

	e2e__wait_op_end();
	e2e__exit_die(file, line, what, &failure);
}

/* A command as one would type it, without the secrets that it shows. Long ones are cut: they are
 * shown in messages only. */
E2E__FN const char *e2e__system_typed(e2e__words argv)
{
	E2E__BUF(whole, 512);
	E2E__BUF(b, 512);

	for (size_t i = 0; argv[i] && whole.n < 1000; i++) {
		if (i)
			e2e__buf_adds(&whole, " ");
		e2e__buf_add_shell(&whole, argv[i]);
	}

	e2e__secret_add(&b, whole.p, whole.n, true);
	e2e__buf_free(&whole);
	if (b.n > 1000) {
		b.n = 1000;
		e2e__buf_adds(&b, "...");
	}

	char *text = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return text;
}

/* The same descriptor, but not one of 0, 1, 2: those are redirected in children. */
E2E__FN int e2e__system_high(int fd)
{
	if (fd < 0 || fd > 2)
		return fd;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 3), saved = errno;
	close(fd);
	errno = saved;
	return high;
}

/* pipe() with close-on-exec, above 2. */
E2E__FN int e2e__system_pipe(int fd[2])
{
#ifdef E2E__LINUX
	if (syscall(SYS_pipe2, fd, O_CLOEXEC))
		return -1;
#else
	if (pipe(fd))
		return -1;
	fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	fcntl(fd[1], F_SETFD, FD_CLOEXEC);
#endif
	fd[0] = e2e__system_high(fd[0]);
	fd[1] = e2e__system_high(fd[1]);
	return fd[0] < 0 || fd[1] < 0 ? -1 : 0;
}

E2E__FN int e2e__system_pidfd(pid_t pid)
{
#if defined E2E__LINUX && defined SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	errno = ENOSYS;
	return -1;
#endif
}

E2E__FN bool e2e__system_group_lives(pid_t group)
{
	return kill(-group, 0) == 0 || errno == EPERM;
}

/* When a wait is over, by e2e_now(). Where a limit of the case ends first, its report is the right
 * one: the wait lets it come. */
E2E__FN double e2e__system_wait_until(double seconds)
{
	double own = e2e_now() + e2e__clock_scaled(seconds), end = e2e__limit_until(seconds);

	/* the parent ends what blocks signals after half of that */
	return end < own ? end + e2e__clock_scaled(1) : own;
}

E2E__FN double e2e__system_patience(double seconds)
{
	if (seconds >= 0)
		return seconds;
	if (e2e__proc.timeout > 0)
		return e2e__proc.timeout;
	return e2e__proc.suite_timeout > 0 ? e2e__proc.suite_timeout : 20;
}

/* What /proc tells of a process. */
struct e2e__stat {
	char name[32], state;
	pid_t parent, group, session;
	bool exiting;               /* on its way out: it only has to be cleared away */
	unsigned long long started; /* ticks since the system was */
	unsigned long long used;    /* ticks of processors, with its reaped children's */
	int ended;                  /* of a zombie, as waitpid gives it */
};

/* The n-th field of a line of /proc/PID/stat, counted as in proc(5), from the end of the name
 * on. */
E2E__FN const char *e2e__system_stat_field(const char *end_of_name, int n)
{
	const char *field = end_of_name;

	for (int i = 2; field && i < n; i++)
		field = strchr(field + 1, ' ');
	return field ? field : "";
}

/* False if it is gone, or nobody tells. */
E2E__FN bool e2e__system_stat_read(pid_t pid, struct e2e__stat *st)
{
	char path[64], text[1024];

	memset(st, 0, sizeof *st);
	snprintf(path, sizeof path, E2E__PROC "/%ld/stat", (long)pid);
	if (e2e__file_read_start(path, text, sizeof text) <= 0)
		return false;
	const char *name = strchr(text, '('), *end = strrchr(text, ')'); /* a name may hold both */
	if (!name || !end || end[1] != ' ')
		return false;
	snprintf(st->name, sizeof st->name, "%.*s", (int)(end - name - 1), name + 1);
	st->state = end[2];
	st->parent = (pid_t)strtol(e2e__system_stat_field(end, 4), NULL, 10);
	st->group = (pid_t)strtol(e2e__system_stat_field(end, 5), NULL, 10);
	st->session = (pid_t)strtol(e2e__system_stat_field(end, 6), NULL, 10);
	st->exiting = strtoul(e2e__system_stat_field(end, 9), NULL, 10) & 4; /* PF_EXITING */
	for (int n = 14; n <= 17; n++)
		st->used += strtoull(e2e__system_stat_field(end, n), NULL, 10);
	st->started = strtoull(e2e__system_stat_field(end, 22), NULL, 10);
	st->ended = (int)strtol(e2e__system_stat_field(end, 52), NULL, 10);
	return true;
}

/* Has a process exited, as its line in /proc tells? For systems without pidfds. */
E2E__FN bool e2e__system_zombie(pid_t pid)
{
	struct e2e__stat st;

	return e2e__system_stat_read(pid, &st) && st.state == 'Z';
}

/* Descriptors are below this, as far as can be known. */
E2E__FN int e2e__system_descriptors(void)
{
	long max = sysconf(_SC_OPEN_MAX);

	return max < 0 || max > 65536 ? 65536 : (int)max;
}

/* The lowest of these descriptors that isn't below `first`; INT_MAX if there is none. */
E2E__FN int e2e__system_next_kept(const int *keep, size_t n, int first)
{
	int next = INT_MAX;

	for (size_t i = 0; i < n; i++)
		if (keep[i] >= first && keep[i] < next)
			next = keep[i];
	return next;
}

/* Closes what this process has inherited above stderr, but for n descriptors (-1: none). Also
 * between vfork and exec. */
E2E__FN void e2e__system_close_others(const int *keep, size_t n)
{
	int first = 3, kept;

#if defined E2E__LINUX && defined SYS_close_range
	while ((kept = e2e__system_next_kept(keep, n, first)) != INT_MAX) {
		if (kept > first)
			syscall(SYS_close_range, (unsigned)first, (unsigned)kept - 1, 0);
		first = kept + 1;
	}

	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0)
		return;
	first = 3;
#endif
	kept = e2e__system_next_kept(keep, n, first);
	for (int fd = first, max = e2e__system_descriptors(); fd < max; fd++)
		if (fd == kept)
			kept = e2e__system_next_kept(keep, n, fd + 1);
		else
			close(fd);
}

/* A process of ours is in nobody's way: no folder is in use because of it. */
E2E__FN void e2e__system_leave_folder(void)
{
	if (chdir("/")) {
		/* then it stays where it is */
	}
}

/* stdin, stdout and stderr of a process of ours that has nothing to say. */
E2E__FN void e2e__system_quiet(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/* The last signal whose action isn't its default; at least the last one that has a name: these
 * change often, and it costs a call each. */
E2E__FN int e2e__system_last_signal(void)
{
	struct sigaction now;
	int last = NSIG - 1;

	while (last > 31 && (sigaction(last, NULL, &now) || now.sa_handler == SIG_DFL))
		last--;
	return last;
}

/* The signals up to the last one, as a fresh program has them. */
E2E__FN void e2e__system_default_signals_to(int last)
{
	struct sigaction old, plain;

	memset(&plain, 0, sizeof plain);
	plain.sa_handler = SIG_DFL;
	for (int s = 1; s <= last; s++)
		if (s != SIGKILL && s != SIGSTOP && !sigaction(s, NULL, &old) &&
			old.sa_handler != SIG_DFL)
			sigaction(s, &plain, NULL);
}

E2E__FN void e2e__system_default_signals(void)
{
	e2e__system_default_signals_to(NSIG - 1);
}

E2E__FN void e2e__system_signals(int how, sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(how, how == SIG_BLOCK ? &all : old, how == SIG_BLOCK ? old : NULL);
}

/* Waits for a child of ours for a moment; true if it is gone. */
E2E__FN bool e2e__system_ended_within(pid_t pid, double seconds, int *status)
{
	for (double until = e2e_now() + seconds;; poll(NULL, 0, 1)) {
		pid_t got = waitpid(pid, status, WNOHANG);

		if (got == pid || (got < 0 && errno == ECHILD))
			return true;
		if (e2e_now() >= until)
			return false;
	}
}

E2E__FN bool e2e__system_reaped_within(pid_t pid, double seconds)
{
	int status;

	return e2e__system_ended_within(pid, seconds, &status);
}

/* Is this how programs die that were not told to? */
E2E__FN bool e2e__system_crash(int signo)
{
	return signo == SIGSEGV || signo == SIGBUS || signo == SIGILL || signo == SIGFPE ||
		signo == SIGABRT || signo == SIGSYS || signo == SIGTRAP || signo == SIGXCPU ||
		signo == SIGXFSZ;
}

/* write() that reports EPIPE without the signal. */
E2E__FN ssize_t e2e__system_write(int fd, const char *bytes, size_t size)
{
	sigset_t pipe_set, old, pending;
	int got;

	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe_set, &old);
	sigpending(&pending);
	bool before = sigismember(&pending, SIGPIPE);
	ssize_t n = write(fd, bytes, size);
	int error = errno;
	sigpending(&pending);
	if (n < 0 && error == EPIPE && !before && sigismember(&pending, SIGPIPE))
		sigwait(&pipe_set, &got);
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = error;
	return n;
}

/* Writes all of it, or gives up. */
E2E__FN bool e2e__system_write_whole(int fd, const char *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = e2e__system_write(fd, bytes + done, size - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Not blocking, closed by exec. -1 with errno. */
E2E__FN int e2e__system_fd_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return fd;
}

/* ---- proc/keeper.h ---- */

/* Is this process one of ours? Its environment has the mark, or (forked without exec) its memory is
 * the shared one. */
E2E__FN bool e2e__keeper_carries(pid_t pid, const char *file, const char *mark)
{
	char path[64], block[4096 + 64];
	size_t length = strlen(mark), have = 0;

	snprintf(path, sizeof path, E2E__PROC "/%ld/%s", (long)pid, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool found = false;
	for (ssize_t n; !found && (n = read(fd, block + have, sizeof block - 1 - have)) > 0;) {
		have += (size_t)n;
		for (size_t i = 0; !found && i + length <= have; i++)
			found = block[i] == mark[0] && memcmp(block + i, mark, length) == 0;

		/* the mark may go on in the next piece */
		size_t keep = have < length ? have : length;
		memmove(block, block + have - keep, keep);
		have = keep;
	}

	close(fd);
	return found;
}

/* When a process was started, in ticks since the system was; 0 if it is gone. */
E2E__FN unsigned long long e2e__keeper_started(pid_t pid)
{
	struct e2e__stat st;

	return e2e__system_stat_read(pid, &st) ? st.started : 0;
}

/* Can processes be found and told apart, by /proc? */
E2E__FN bool e2e__keeper_knows_processes(void)
{
	return e2e__keeper_started(getpid()) != 0;
}

/* Kills what carries the mark and is younger than this process; returns how many there were. */
E2E__FN int e2e__keeper_sweep_mark(const char *mark)
{
	int n = 0;
	unsigned long long since = e2e__keeper_started(getpid());

	/* each process carries an empty text */
	DIR *proc = strlen(mark) > 12 ? opendir(E2E__PROC) : NULL;
	if (!proc)
		return 0;
	for (struct dirent *e; (e = readdir(proc));) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid <= 1 || pid == getpid() || pid == getppid() ||
			e2e__keeper_started(pid) < since)
			continue;
		if (e2e__keeper_carries(pid, "environ", mark) ||
			e2e__keeper_carries(pid, "maps", mark)) {
			kill(pid, SIGKILL);
			n++;
		}
	}

	closedir(proc);
	return n;
}

/* What the keeper knows of one slot. */
struct e2e__kept {
	pid_t pid;
	int pidfd, looks;
	double died;
	unsigned long long started; /* so that the number is known to be still this process's */
};

/* The same until there are no more: what it kills may have started others just before. */
E2E__FN void e2e__keeper_sweep_all(const char *mark)
{
	for (int quiet = 0, round = 0; quiet < 2 && round < 50; round++)
		quiet = e2e__keeper_sweep_mark(mark) ? 0 : quiet + 1;
}

/* A daemon. What has left the test's process group and environment can't be found once the runner
 * is gone, whose child it was from the end of its parent on: it is noted while the runner lives. */
struct e2e__orphan {
	pid_t pid;
	unsigned long long started;
};

enum { E2E__ORPHANS = 64 };

/* The children of a thread. Returns how many are in `found`. */
E2E__FN size_t e2e__keeper_children(pid_t pid, long thread, pid_t *found, size_t max)
{
	char path[64], text[E2E__ORPHANS * 12], *end;
	size_t n = 0;

	snprintf(path, sizeof path, E2E__PROC "/%ld/task/%ld/children", (long)pid, thread);
	if (e2e__file_read_start(path, text, sizeof text) <= 0)
		return 0;
	for (const char *at = text; n < max; at = end) {
		long child = strtol(at, &end, 10);
		if (end == at || *end != ' ') /* the last one may be cut */
			break;
		if (child > 1)
			found[n++] = (pid_t)child;
	}
	return n;
}

/* Is this child of the runner another program, and without the test's environment? */
E2E__FN bool e2e__keeper_is_bare(pid_t pid)
{
	char path[64], its[PATH_MAX], ours[PATH_MAX];

	snprintf(path, sizeof path, E2E__PROC "/%ld/exe", (long)pid);
	ssize_t n = readlink(path, its, sizeof its);
	ssize_t own = n > 0 ? readlink(E2E__PROC "/self/exe", ours, sizeof ours) : 0;
	if (n <= 0 || (n == own && memcmp(its, ours, (size_t)n) == 0))
		return false; /* the case, services' keepers, what is to be executed yet */
	return !e2e__keeper_carries(pid, "environ", "E2E_MARK=");
}

/* Notes the daemons of the runner, and forgets those that have ended. What is older than this
 * process isn't the test's: a shell may have started it before it became the runner. Returns how
 * many there are. */
E2E__FN size_t e2e__keeper_note_orphans(struct e2e__orphan *noted, size_t n)
{
	pid_t found[E2E__ORPHANS];
	size_t kept = 0, k;
	unsigned long long since = e2e__keeper_started(getpid()), started;
	size_t children =
		e2e__keeper_children(e2e__proc.runner, (long)e2e__proc.runner, found, E2E__ORPHANS);

	for (size_t i = 0; i < n; i++)
		if (e2e__keeper_started(noted[i].pid) == noted[i].started)
			noted[kept++] = noted[i];
	for (size_t i = 0; i < children && kept < E2E__ORPHANS; i++) {
		for (k = 0; k < kept && noted[k].pid != found[i]; k++)
			;
		started = k < kept ? 0 : e2e__keeper_started(found[i]);
		if (!started || started < since || !e2e__keeper_is_bare(found[i]))
			continue;
		noted[kept].pid = found[i];
		noted[kept].started = started;
		kept++;
	}
	return kept;
}

/* Kills a process and what it has started, which may have left its group, too. */
E2E__FN void e2e__keeper_kill_tree(pid_t pid, int depth)
{
	char folder[64];
	pid_t found[E2E__ORPHANS];
	size_t n = 0;

	kill(pid, SIGSTOP); /* it shall start no more */
	snprintf(folder, sizeof folder, E2E__PROC "/%ld/task", (long)pid);
	DIR *threads = depth > 0 ? opendir(folder) : NULL;
	for (struct dirent *e; threads && (e = readdir(threads));)
		n += e2e__keeper_children(
			pid, strtol(e->d_name, NULL, 10), found + n, E2E__ORPHANS - n);
	if (threads)
		closedir(threads);
	if (getpgid(pid) == pid)
		kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	for (size_t i = 0; i < n; i++)
		e2e__keeper_kill_tree(found[i], depth - 1);
}

E2E__FN void e2e__keeper_end_orphans(const struct e2e__orphan *noted, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (e2e__keeper_started(noted[i].pid) == noted[i].started)
			e2e__keeper_kill_tree(noted[i].pid, 8);
}

/* The test is gone (or about to be), whatever ended it: so goes what it started. */
E2E__FN void e2e__keeper_end(struct e2e__proc_shared *shared, const struct e2e__kept *kept)
{
	int quiet = 0;
	bool known = e2e__keeper_knows_processes(); /* elsewhere than on Linux the table must do */
	pid_t test = e2e__page_unseal(shared->test);

	if (!known && test && test != e2e__proc.runner)
		kill(-test, SIGKILL); /* nor does the system end the case with its parent */
	for (int round = 0; round < 200 && quiet < (shared->ending ? 1 : 2); round++) {
		for (int i = 0; i < E2E__SLOTS; i++) {
			pid_t pid = known ? 0 : e2e__page_unseal(shared->slot[i].pid);

			if (known && kept[i].pid > 1 && kept[i].started &&
				e2e__keeper_started(kept[i].pid) == kept[i].started)
				/* also what has lost its environment */
				kill(-kept[i].pid, SIGKILL);
			else if (pid && shared->slot[i].state != E2E__FREE)
				kill(-pid, SIGKILL);
		}
		quiet = e2e__keeper_sweep_mark(e2e__proc.mark) ? 0 : quiet + 1;
		if (!quiet || !shared->ending)
			poll(NULL, 0, 5);
	}

	shared->run_dir[sizeof shared->run_dir - 1] = shared->logs[sizeof shared->logs - 1] = '\0';
	shared->folder[sizeof shared->folder - 1] = '\0';
	if (shared->run_dir[0] && !shared->services)
		rmdir(shared->run_dir);
	if (shared->logs[0] && access(shared->logs, F_OK) == 0)
		/* the runner was killed: its logs may tell why */
		e2e__folder_move_logs(shared->logs, shared->folder, sizeof shared->folder);
	_exit(0);
}

/* Does this thread wait for input or output that others make? 1 yes, 0 no, -1 it doesn't count (a
 * lock, a child). */
E2E__FN int e2e__keeper_thread_waits(const char *path)
{
#ifdef E2E__LINUX
	char text[256];
	long call;
	unsigned long a, b;

	if (e2e__file_read_start(path, text, sizeof text) <= 0)
		return 0;
	if (sscanf(text, "%ld 0x%lx 0x%lx", &call, &a, &b) != 3)
		return 0; /* "running" */
	switch (call) {   /* each architecture has some of them */
	case SYS_read:
	case SYS_readv:
	case SYS_write:
	case SYS_writev:
	case SYS_openat:
	case SYS_epoll_pwait:
#ifdef SYS_connect
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_accept4:
	case SYS_connect:
#endif
#ifdef SYS_accept
	case SYS_accept:
#endif
#ifdef SYS_socketcall
	case SYS_socketcall:
#endif
#ifdef SYS_epoll_wait
	case SYS_epoll_wait:
#endif
#ifdef SYS_open
	case SYS_open:
#endif
		return 1;
#ifdef SYS_poll
	case SYS_poll:
#endif
#ifdef SYS_ppoll_time64
	case SYS_ppoll_time64:
#endif
	case SYS_ppoll:
		return b != 0; /* without descriptors it is a pause */
#ifdef SYS_select
	case SYS_select:
#endif
#ifdef SYS__newselect
	case SYS__newselect:
#endif
#ifdef SYS_pselect6_time64
	case SYS_pselect6_time64:
#endif
	case SYS_pselect6:
		return a != 0;
#ifdef SYS_futex_time64
	case SYS_futex_time64:
#endif
	case SYS_futex:
	case SYS_wait4:
	case SYS_waitid:
		return -1;
	default:
		return 0;
	}
#else
	(void)path;
	return 0;
#endif
}

/* Is the case's own code blocked: does no thread work or pause, and one wait for others? */
E2E__FN bool e2e__keeper_test_waits(pid_t pid)
{
	char folder[64], path[128];
	int waiting = 0;

	snprintf(folder, sizeof folder, E2E__PROC "/%ld/task", (long)pid);
	DIR *tasks = opendir(folder);
	if (!tasks)
		return false;
	for (struct dirent *e; (e = readdir(tasks));) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%.20s/syscall", folder, e->d_name);
		int waits = e2e__keeper_thread_waits(path);
		if (!waits) {
			closedir(tasks);
			return false;
		}
		waiting += waits > 0;
	}

	closedir(tasks);
	return waiting > 0;
}

/* Follows the table: opens what is new, forgets what is gone. Returns how many are watched. */
E2E__FN int e2e__keeper_follow(struct e2e__proc_shared *shared, struct e2e__kept *kept)
{
	int n = 0;

	for (int i = 0; i < E2E__SLOTS; i++) {
		pid_t pid = shared->slot[i].state == E2E__WATCHED && !shared->slot[i].suite
			? e2e__page_unseal(shared->slot[i].pid)
			: 0;

		if (kept[i].pid != pid) {
			if (kept[i].pidfd > 0)
				close(kept[i].pidfd);
			memset(&kept[i], 0, sizeof kept[i]);
		}
		if (pid && !kept[i].pid) {
			int fd = e2e__system_pidfd(pid);

			/* reaped between: it may be another one */
			if ((fd < 0 && errno != ENOSYS) ||
				e2e__page_unseal(shared->slot[i].pid) != pid) {
				if (fd >= 0)
					close(fd);
				continue;
			}
			kept[i].pid = pid;
			kept[i].started = e2e__keeper_started(pid);
			kept[i].pidfd = fd;
		}
		n += pid != 0;
	}

	return n;
}

/* An exit in the case's own code is fine if the next operation waits for it. It is not if the case
 * waits for something else: that may never come. Two looks, 10 ms apart and 20 ms after the death,
 * tell. */
E2E__FN void e2e__keeper_judge(struct e2e__proc_shared *shared, struct e2e__kept *kept)
{
	pid_t test = e2e__page_unseal(shared->test);

	for (int i = 0; i < E2E__SLOTS; i++) {
		if (!kept[i].pid || kept[i].died <= 0 || kept[i].looks > 2)
			continue;
		if (shared->busy || e2e_now() < kept[i].died + 0.02 || !test ||
			!e2e__keeper_test_waits(test)) {
			kept[i].looks = 0;
			continue;
		}
		if (++kept[i].looks == 2 && e2e__page_unseal(shared->slot[i].pid) == kept[i].pid) {
			shared->dead = kept[i].pid;
			kill(test, SIGURG);
		}
	}
}

/* It sleeps with all signals blocked but the one that wakes it: something was spawned. */
E2E__FN void e2e__keeper_woken(int signo)
{
	(void)signo;
}

E2E__FN int e2e__keeper_poll(struct pollfd *polls, nfds_t n, int ms)
{
	sigset_t mask;

	sigfillset(&mask);
	sigdelset(&mask, SIGUSR1);
#ifdef E2E__LINUX
	struct timespec t;
	t.tv_sec = ms / 1000;
	t.tv_nsec = (long)(ms % 1000) * 1000000;
	long nr = SYS_ppoll;
#ifdef SYS_ppoll_time64
	if (sizeof t.tv_sec > sizeof(long))
		nr = SYS_ppoll_time64;
#endif
	/* the kernel's sigset_t */
	return (int)syscall(nr, polls, n, ms < 0 ? NULL : &t, &mask, (size_t)(_NSIG / 8));
#else
	sigset_t old;
	sigprocmask(SIG_SETMASK, &mask, &old);

	/* a wake between the two is lost for so long */
	int got = poll(polls, n, ms < 0 || ms > 100 ? 100 : ms);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return got;
#endif
}

E2E__FN void e2e__keeper(struct e2e__proc_shared *shared, int runner)
{
	static struct e2e__kept kept[E2E__SLOTS];
	static struct pollfd polls[E2E__SLOTS + 1];
	static struct e2e__orphan orphans[E2E__ORPHANS];
	size_t daemons = 0;
	int idle = 0;

	for (;;) {
		int n = 1, watched = e2e__keeper_follow(shared, kept);
		bool dead = false;

		polls[0].fd = runner;
		for (int i = 0; i < E2E__SLOTS; i++) {
			dead |= kept[i].died > 0 && kept[i].looks <= 2;
			if (kept[i].pid && kept[i].died <= 0 && kept[i].pidfd >= 0)
				polls[n++].fd = kept[i].pidfd;
		}
		for (int i = 0; i < n; i++)
			polls[i].events = POLLIN;
		daemons = e2e__keeper_note_orphans(orphans, daemons);
		idle = watched || daemons ? 0 : idle + 1;
		shared->asleep = idle > 10;
		int ms = shared->asleep ? -1 : dead ? 10 : 20;
		if (runner < 0 && (ms < 0 || ms > 100))
			ms = 100;
		for (int i = 0; i < n; i++)
			polls[i].revents = 0;
		if (e2e__keeper_poll(polls, (nfds_t)n, ms) < 0)
			idle = 0;
		if (shared->ending || polls[0].revents ||
			(runner < 0 && kill(e2e__proc.runner, 0))) {
			e2e__keeper_end_orphans(orphans, daemons);
			e2e__keeper_end(shared, kept);
		}
		for (int i = 0; i < E2E__SLOTS; i++) {
			if (kept[i].pid && kept[i].died <= 0 && kept[i].pidfd < 0 &&
				e2e__system_zombie(kept[i].pid))
				kept[i].died = e2e_now();
			for (int k = 1; k < n; k++)
				if (kept[i].pid && kept[i].died <= 0 &&
					polls[k].fd == kept[i].pidfd && polls[k].revents)
					kept[i].died = e2e_now();
		}
		e2e__keeper_judge(shared, kept);
	}
}

/* The memory that all processes of the program share. Its name lets the keeper recognise who has
 * it. */
E2E__FN struct e2e__proc_shared *e2e__keeper_share(void)
{
	char mark[48];
	int fd = -1;

	snprintf(mark, sizeof mark, "E2E_MARK=%lx-%llx", (long)getpid(),
		(unsigned long long)(e2e_now() * 1e9) ^ (unsigned long long)(uintptr_t)&mark);
#if defined E2E__LINUX && defined SYS_memfd_create
	fd = (int)syscall(SYS_memfd_create, mark, 1U /* MFD_CLOEXEC */);
	if (fd >= 0 && ftruncate(fd, (off_t)sizeof(struct e2e__proc_shared))) {
		close(fd);
		fd = -1;
	}
#endif
	void *buffer = e2e__page_share(sizeof(struct e2e__proc_shared), fd);
	if (fd >= 0)
		close(fd);
	if (!buffer)
		e2e_bail_out("can't map %zu bytes: %s", sizeof(struct e2e__proc_shared),
			strerror(errno));
	struct e2e__proc_shared *shared = (struct e2e__proc_shared *)buffer;
	memset(shared, 0, sizeof *shared);
	memcpy(shared->mark, mark, sizeof mark);
	memcpy(e2e__proc.mark, mark, sizeof mark);
	return shared;
}

/* Starts the keeper, once a program, from the process that watches the cases. */
E2E__FN void e2e__keeper_start(void)
{
	if (e2e__proc.shared || e2e__proc.service)
		return;
	atexit(e2e__plan_exit);
	struct e2e__proc_shared *shared = e2e__proc.shared = e2e__keeper_share();
	int runner = e2e__system_high(e2e__system_pidfd(getpid()));
	shared->runner = e2e__proc.runner = getpid();
	setenv("E2E_MARK", strchr(e2e__proc.mark, '=') + 1, 1);
	sigset_t old;
	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = fork();
	if (pid == 0) {
		struct sigaction action;

		e2e__hook_forked();
		setsid();
		e2e__system_default_signals();
		memset(&action, 0, sizeof action);
		action.sa_handler = e2e__keeper_woken;
		sigaction(SIGUSR1, &action, NULL);
		e2e__system_close_others(&runner, 1);
		e2e__system_quiet();

		/* where logs go if nobody else moves them; it may be relative */
		setenv("TMPDIR", e2e__file_tmp(), 1);
		e2e__system_leave_folder();
#ifdef E2E__LINUX
		prctl(PR_SET_NAME, "e2e-keeper");
#endif
		e2e__keeper(shared, runner);
		_exit(0);
	}

	int error = errno;
	if (pid > 0) {
		shared->keeper = e2e__proc.keeper = pid;
		e2e__state.kept = true;
		e2e__hook_own_add(pid);
	}

	if (runner >= 0)
		close(runner);
	e2e__system_signals(SIG_SETMASK, &old);
	if (pid < 0)
		e2e_bail_out("can't start the keeper, which ends what a killed test leaves: %s",
			strerror(error));
}

/* In the process that has started it: has the keeper died? Nobody would end what a killed test
 * leaves. */
E2E__FN const char *e2e__keeper_died(void)
{
	const struct e2e__proc_shared *shared = e2e__proc.shared;
	siginfo_t info;

	memset(&info, 0, sizeof info);
	if (!shared || e2e__proc.runner != getpid() || e2e__proc.keeper <= 0 || shared->ending ||
		waitid(P_PID, (id_t)e2e__proc.keeper, &info, WEXITED | WNOHANG | WNOWAIT) ||
		!info.si_pid)
		return NULL;
	return e2e_printf(
		"the keeper (pid %ld) has ended: %s; without it nobody ends what a killed test leaves, and exits aren't seen",
		(long)e2e__proc.keeper,
		e2e__system_status_word(
			info.si_code == CLD_EXITED ? info.si_status : E2E_SIG(info.si_status)));
}

E2E__FN void e2e__keeper_stop(void)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (!shared || e2e__proc.runner != getpid() || e2e__proc.keeper <= 0)
		return;

	/* An orphan of a case is a child of this process now: then the keeper looks for more of the
	 * kind before it ends. */
	pid_t found[4];
	shared->ending = e2e__watch_children(found, 4) || e2e__watch_children(found, 4);
	kill(e2e__proc.keeper, shared->ending ? SIGUSR1 : SIGKILL);
	if (!shared->ending || !e2e__system_reaped_within(e2e__proc.keeper, 1)) {
		kill(e2e__proc.keeper, SIGKILL);
		waitpid(e2e__proc.keeper, NULL, 0);
	}

	e2e__hook_own_drop(e2e__proc.keeper);
	shared->keeper = e2e__proc.keeper = 0;
}

E2E__FN int e2e__keeper_slot_take(
	pid_t pid, bool suite, bool watched, pid_t spawner, const char *name)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (!shared || e2e__proc.service)
		return -1;
	for (int i = 0; i < E2E__SLOTS; i++) {
		if (shared->slot[i].state != E2E__FREE)
			continue;
		shared->slot[i].suite = suite;
		shared->slot[i].spawner = spawner;
		snprintf(shared->slot[i].name, sizeof shared->slot[i].name, "%s", name);
		shared->slot[i].pid = e2e__page_seal(pid);
		shared->slot[i].state = watched ? E2E__WATCHED : E2E__GROUP_ONLY;
		if (shared->slots <= i)
			shared->slots = i + 1;
		if (shared->asleep && e2e__proc.keeper > 0)
			kill(e2e__proc.keeper, SIGUSR1);
		return i;
	}

	return -1;
}

/* By another name in the story than the process's own. */
E2E__FN void e2e__keeper_slot_name(int slot, const char *name)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (slot >= 0 && shared)
		snprintf(shared->slot[slot].name, sizeof shared->slot[slot].name, "%s", name);
}

E2E__FN void e2e__keeper_slot_set(int slot, int state)
{
	if (slot < 0 || !e2e__proc.shared)
		return;
	if (state == E2E__FREE)
		e2e__proc.shared->slot[slot].pid = 0;
	e2e__proc.shared->slot[slot].state = state;
}

/* ---- proc/logs.h ---- */

E2E__FN const char *e2e__log_end(const struct e2e__log *log)
{
	size_t size = 0;
	char *text = log->path ? e2e__file_read(log->path, &size) : NULL;

	if (!text || !size)
		return NULL;
	if (size > 600) {
		char *from = text + size - 600, *line = strchr(from, '\n');

		return line && line[1] ? line + 1 : from;
	}
	return text;
}

/* A name for logs: the stem, "-N" behind it if it was used before in this folder. */
E2E__FN const char *e2e__log_name(const char *stem)
{
	char clean[128];
	const char *slash = strrchr(stem, '/');

	snprintf(clean, sizeof clean, "%s", slash && slash[1] ? slash + 1 : stem);
	for (char *c = clean; *c; c++)
		if (*c == '/' || (unsigned char)*c < ' ')
			*c = '_';
	if (!clean[0])
		snprintf(clean, sizeof clean, "process");
	struct e2e__log_stem *s = e2e__proc.stems;
	while (s && strcmp(s->name, clean) != 0)
		s = s->next;
	if (s) {
		s->used++;
		return e2e_printf("%s-%d", clean, s->used);
	}

	s = (struct e2e__log_stem *)e2e__memory_alloc(sizeof *s);
	s->name = e2e__memory_strdup(clean);
	s->next = e2e__proc.stems;
	e2e__proc.stems = s;
	return s->name;
}

E2E__FN const char *e2e__log_case_folder(const char *file, int line)
{
	return e2e__proc.service ? e2e__proc.service->dir : e2e__folder_tmpdir(file, line);
}

/* Where logs are written: in the folder, or in memory as long as nobody has asked for the
 * folder. */
E2E__FN const char *e2e__log_folder(const char *file, int line)
{
	if (e2e__proc.service)
		return e2e__proc.service->dir;
	return e2e__folder_logs(file, line);
}

/* An output that can't be read is not an empty one. */
E2E__FN void e2e__log_die(const struct e2e__log *log, int error)
{
	const char *hint = error == ENOENT ? "the case's own code has removed it"
		: error == EMFILE          ? "too many open files: close some, or raise ulimit -n"
					   : NULL;
	const char *file = e2e__proc.file;
	int line = e2e__proc.line;

	if (!file) {
		file = e2e__state.current ? e2e__state.current->file : e2e__case_program();
		line = e2e__state.current ? e2e__state.current->line : 0;
	}
	e2e__system_die_of(file, line, "the output of a process", "log",
		e2e_printf("can't read %s: %s", log->path, strerror(error)), hint);
}

/* Reads what was added. The text keeps its place while there is room, so that earlier results stay
 * valid. */
E2E__FN const char *e2e__log_read(struct e2e__log *log)
{
	struct stat st;
	bool same = log->path && !stat(log->path, &st) && (size_t)st.st_size == log->size;
	int fd = log->path && !same ? open(log->path, O_RDONLY | O_CLOEXEC) : -1;

	if (log->path && !same && (fd < 0 || fstat(fd, &st))) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		e2e__log_die(log, error);
	}

	if (fd >= 0 && (size_t)st.st_size != log->size) {
		size_t want = (size_t)st.st_size;

		if (want < log->size) { /* it was cut: begin anew */
			log->size = log->matched = log->lines = log->capacity = 0;
		}
		if (want + 1 > log->capacity) {
			size_t capacity = want + want / 2 + 256;
			char *text = (char *)e2e__memory_alloc(capacity);

			if (log->size)
				memcpy(text, log->text, log->size);
			log->text = text;
			log->capacity = capacity;
		}
		while (log->size < want) {
			ssize_t n = pread(
				fd, log->text + log->size, want - log->size, (off_t)log->size);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0) {
				int error = errno;

				close(fd);
				e2e__log_die(log, error);
			}
			if (n == 0)
				break; /* it was cut just now */
			log->size += (size_t)n;
		}
		log->text[log->size] = '\0';
	}

	if (fd >= 0)
		close(fd);
	if (!log->text) {
		log->text = (char *)e2e__memory_alloc(1);
		log->capacity = 1;
	}

	return log->text;
}

E2E__FN const char *e2e_stdout(e2e_proc *p)
{
	return e2e__log_read(&p->own->out);
}

E2E__FN const char *e2e_stderr(e2e_proc *p)
{
	return e2e__log_read(&p->own->err);
}

E2E__FN size_t e2e_stdout_size(e2e_proc *p)
{
	e2e__log_read(&p->own->out);
	return p->own->out.size;
}

E2E__FN size_t e2e_stderr_size(e2e_proc *p)
{
	e2e__log_read(&p->own->err);
	return p->own->err.size;
}

/* ---- proc/told.h ---- */

/* What it has said until now comes before what is told next. */
E2E__FN void e2e__told_look(const struct e2e__process *p)
{
	if (p->shown_out)
		e2e__lines_mark(p->shown_out);
	if (p->shown_err)
		e2e__lines_mark(p->shown_err);
}

/* A process begins to be part of the case's story. Those of the toolkit aren't, nor what a
 * service's keeper starts, nor what asks whether something is ready. It may have done something
 * before this is told, and so is told as of before its start. */
E2E__FN void e2e__told_spawn(struct e2e__process *p)
{
	struct e2e__page *pg = e2e__state.page;
	const char *text;

	p->told = !e2e__proc.service && pg;
	if (!p->told)
		return;
	text = e2e_printf("started: %s (pid %ld)", p->pub.command, (long)p->pub.pid);
	e2e__story_line(p->begun_at, p->pub.name, "spawn", false, text, strlen(text));
}

E2E__FN void e2e__told_ready(const struct e2e__process *p)
{
	if (!p->told)
		return;
	e2e__told_look(p);
	e2e__story_tell(p->pub.name, "ready", false, "ready");
}

/* We send a signal, for this reason. */
E2E__FN void e2e__told_asked(struct e2e__process *p, int signo, const char *why)
{
	if (!p->told || p->exited || signo <= 0 || signo > 64)
		return;
	p->asked |= UINT64_C(1) << (signo - 1);
	p->asked_by = why;
	p->asked_file = e2e__proc.file;
	p->asked_line = e2e__proc.line;
}

E2E__FN void e2e__told_signal(struct e2e__process *p, int signo, const char *why)
{
	e2e__told_asked(p, signo, why);
	if (!p->told || p->exited)
		return;
	e2e__told_look(p);
	e2e__story_tell(
		p->pub.name, "signal", false, "%s from the test", e2e__clock_signal_name(signo));
}

E2E__FN bool e2e__told_was_asked(const struct e2e__process *p, int signo)
{
	return signo > 0 && signo <= 64 && (p->asked >> (signo - 1) & 1);
}

/* Has a signal ended it that a process doesn't get by its own faults, and that nobody here has sent
 * or waits for? */
E2E__FN bool e2e__told_is_strange(const struct e2e__process *p)
{
	static const int sent[] = {SIGTERM, SIGKILL, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

	for (size_t i = 0; !p->stolen && i < sizeof sent / sizeof *sent; i++)
		if (p->exit_status == E2E_SIG(sent[i]))
			return !e2e__told_was_asked(p, sent[i]) && p->exit_status != p->wants &&
				!(p->may_end && p->exit_status == p->ends_with);
	return false;
}

/* "by e2e_kill at t/x.c:12" */
E2E__FN const char *e2e__told_asker(const struct e2e__process *p, const char *before)
{
	if (!p->asked_file)
		return e2e_printf(" %s %s", before, p->asked_by);
	return e2e_printf(" %s %s at %.80s:%d", before, p->asked_by, p->asked_file, p->asked_line);
}

/* By whom it was ended, as far as we know. */
E2E__FN const char *e2e__told_by(const struct e2e__process *p)
{
	int status = p->exit_status;

	if (p->overfull && status == E2E_SIG(SIGKILL))
		return " by the limit of its log";
	if (p->stolen || p->overfull)
		return "";
	if (e2e__told_is_strange(p))
		return ", which the test hasn't sent";
	if (status == E2E_SIG(SIGKILL) && e2e__told_was_asked(p, SIGKILL) &&
		e2e__told_was_asked(p, SIGTERM))
		return e2e_printf("%s: SIGTERM was in vain", e2e__told_asker(p, "by"));
	for (int signo = 1; signo <= 64; signo++)
		if (status == E2E_SIG(signo))
			return e2e__told_was_asked(p, signo) ? e2e__told_asker(p, "by") : "";
	return e2e__told_was_asked(p, SIGTERM) ? e2e__told_asker(p, "after SIGTERM by") : "";
}

/* It has ended; odd: nobody had asked for it. Told once. */
E2E__FN void e2e__told_exit(struct e2e__process *p, bool odd)
{
	const char *how = p->stolen ? "an unknown status" : e2e__system_status_word(p->exit_status);
	int64_t at = p->exited_at ? p->exited_at : e2e__clock_ns();
	char text[200];

	if (!p->told && !(odd && p->helper && !e2e__proc.service))
		return;
	if (!p->exited_at)
		e2e__told_look(p);
	p->told = false;
	snprintf(text, sizeof text, "ended: %.60s (pid %ld)%s", how, (long)p->pub.pid,
		e2e__told_by(p));
	e2e__story_line(
		at, p->pub.name, "exit", odd || e2e__told_is_strange(p), text, strlen(text));
}

/* ---- proc/hints.h ---- */

/* What somebody says who finds an address taken. */
E2E__FN bool e2e__hint_says_in_use(const char *words)
{
	return words && (strstr(words, "ddress already in use") || strstr(words, "EADDRINUSE"));
}

/* Its address was taken: by the port's own holder, or by somebody else? NULL: it doesn't say so. */
E2E__FN const char *e2e__hint_address(const struct e2e__process *p)
{
	const char *err = p->err.path ? e2e__log_end(&p->err) : NULL, *out = e2e__log_end(&p->out);

	if (!e2e__hint_says_in_use(err) && !e2e__hint_says_in_use(out))
		return NULL;
	for (const struct e2e__held *h = e2e__proc.held; h; h = h->next) {
		const char *number = e2e_printf("%d", h->port);

		if ((h->fd[0] < 0 && h->fd[1] < 0) ||
			!(strstr(p->pub.command, number) || (err && strstr(err, number)) ||
				(out && strstr(out, number))))
			continue;
		return e2e_printf(
			"e2e_port() holds port %d, which a server shares that sets SO_REUSEADDR; this one doesn't:"
			" e2e_port_release(%d) just before it is started",
			h->port, h->port);
	}

	return "somebody else has its address: end that one, or take a port of your own from e2e_port()";
}

/* Is this one of those that it has started, and alive? */
E2E__FN bool e2e__hint_is_left(const struct e2e__process *p, pid_t pid)
{
	struct e2e__stat st;

	if (pid <= 0 || pid == p->pub.pid || !e2e__system_stat_read(pid, &st) || st.state == 'Z')
		return false;
	return st.group == p->pub.pid || (p->mark && e2e__keeper_carries(pid, "environ", p->mark));
}

/* Does something live on that it has started? Itself it may still wait to be collected, and is its
 * group until then. */
E2E__FN bool e2e__hint_left(const struct e2e__process *p)
{
	bool left = false;
	DIR *d = e2e__keeper_knows_processes() ? opendir(E2E__PROC) : NULL;

	if (!d)
		return kill(p->pub.pid, 0) != 0 && e2e__system_group_lives(p->pub.pid);
	for (struct dirent *e; !left && (e = readdir(d));)
		left = e2e__hint_is_left(p, (pid_t)strtol(e->d_name, NULL, 10));
	closedir(d);
	return left;
}

/* A server that has gone to the background, or NULL. */
E2E__FN const char *e2e__hint_daemon(const struct e2e__process *p)
{
	if (p->exit_status != 0 || p->stolen || !e2e__hint_left(p))
		return NULL;
	return "it has ended with 0, and what it has started lives on: does it daemonise? Start it in the foreground"
	       " (nginx -g 'daemon off;'), or take over the daemon with e2e_adopt(pid_file)";
}

/* What its end may come from, or NULL. */
E2E__FN const char *e2e__hint_end(const struct e2e__process *p)
{
	const char *why = e2e__hint_address(p);

	return why ? why : e2e__hint_daemon(p);
}

/* It was ended by the test's own signal. NULL: it wasn't. */
E2E__FN const char *e2e__hint_sent(const struct e2e__process *p)
{
	if (!p->sent || p->exit_status != E2E_SIG(p->sent))
		return NULL;
	return e2e_printf("the test itself has sent it %s", e2e__clock_signal_name(p->sent));
}

/* Where to look on: a log, if there is something in it. */
E2E__FN const char *e2e__hint_log(const struct e2e__process *p)
{
	bool said = (p->err.path && e2e__log_end(&p->err)) || e2e__log_end(&p->out) ||
		(p->own_log.path && e2e__log_end(&p->own_log));

	if (p->adopted)
		return "see the log that it writes itself";
	return said ? "see its log" : "it has said nothing: its log is empty";
}

/* How those are ended who are left in its process group. */
E2E__FN const char *e2e__hint_leaked(const struct e2e__process *p)
{
	const char *shell = strstr(p->pub.command, "sh -c ");

	if (shell && (shell == p->pub.command || shell - p->pub.command <= 10))
		return "the shell is gone, and what it has started is not: write exec before the last command, or end"
		       " all together by e2e_signal_group(p, SIGTERM)";
	return "a process has to end its children before it exits; e2e_signal_group(p, SIGTERM) tells all of its"
	       " group";
}

/* ---- proc/waits.h ---- */

E2E__FN void e2e__wait_waiting(const char *fmt, ...) E2E__PRINTF(1, 2);

E2E__FN void e2e_proc_timeout(double seconds)
{
	if (e2e__hook_in_suite())
		e2e__proc.suite_timeout = seconds;
	else
		e2e__proc.timeout = seconds;
}

E2E__FN void e2e__wait_op_end(void)
{
	if (e2e__proc.file)
		e2e__wait_waiting(NULL);
	e2e__proc.file = NULL;
	if (e2e__proc.shared)
		e2e__proc.shared->busy = 0;
}

/* Fails and ends the case: something of the network can't be had. */
E2E__FN void e2e__wait_net_die(
	const char *file, int line, const char *what, const char *message, const char *hint)
{
	e2e__system_die_of(file, line, what, "network", message, hint);
}

E2E__FN void e2e__wait_exit_noted(struct e2e__process *p, int code, int value)
{
	p->exited = true;
	if (p->told)
		e2e__told_look(p); /* its last words come before its end */
	p->exited_at = e2e__clock_ns();
	p->exit_status = code == CLD_EXITED ? value : E2E_SIG(value);
}

/* Has a process that is not our child ended? */
E2E__FN bool e2e__wait_foreign_exited(const struct e2e__process *p)
{
	struct pollfd poll_one;

	poll_one.fd = p->pidfd;
	poll_one.events = POLLIN;
	if (p->pidfd >= 0)
		return poll(&poll_one, 1, 0) > 0;
	return kill(p->pub.pid, 0) != 0 && errno == ESRCH;
}

/* A daemon is no child of the case. As long as nobody has cleared it away, its status can be
 * read. */
E2E__FN void e2e__wait_adopted_look(struct e2e__process *p)
{
	struct e2e__stat st;
	bool known = e2e__system_stat_read(p->pub.pid, &st);

	if (!(known && st.state == 'Z') && !e2e__wait_foreign_exited(p))
		return;
	known = e2e__system_stat_read(p->pub.pid, &st) && st.state == 'Z';
	p->exited = true;
	p->exit_status = !known         ? (int)E2E__STATUS_LOST
		: WIFSIGNALED(st.ended) ? E2E_SIG(WTERMSIG(st.ended))
					: WEXITSTATUS(st.ended);
}

/* Notes who has exited, without collecting: a zombie keeps its number. */
E2E__FN void e2e__wait_look(void)
{
	pid_t self = e2e__page_pid();

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		siginfo_t info;

		if (p->exited)
			continue;
		if (p->adopted && p->owner == self) {
			e2e__wait_adopted_look(p);
			continue;
		}
		if (p->owner != self) {
			p->exited = e2e__wait_foreign_exited(p);
			continue;
		}
		memset(&info, 0, sizeof info);
		if (waitid(P_PID, (id_t)p->pub.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
			if (info.si_pid)
				e2e__wait_exit_noted(p, info.si_code, info.si_status);
		} else if (errno == ECHILD) {
			p->exited = p->stolen = true;
			p->exit_status = E2E__STATUS_LOST;
		}
	}
}

/* What a failure shows of a process whose logs e2e.h doesn't show. */
E2E__FN const char *e2e__wait_unshown(const struct e2e__process *p)
{
	const char *err = p->unshown ? e2e__log_end(&p->err) : NULL,
		   *out = p->unshown ? e2e__log_end(&p->out) : NULL;

	if (!err && !out)
		return NULL;
	e2e__log_case_folder(p->file, p->line); /* the path shall be the one that stays */
	return e2e_printf("%s says:\n%s", err ? p->err.path : p->out.path, err ? err : out);
}

/* Fails and ends the case because of p. The logs are shown by e2e.h as evidence. */
E2E__FN void e2e__wait_die(const struct e2e__process *p, const char *code, const char *message,
	const char *got, const char *want, const char *hint)
{
	e2e_failure failure = e2e__system_failure(code, message, hint);

	failure.got = got;
	failure.want = want;
	failure.diff = e2e__wait_unshown(p);
	bool busy = e2e__proc.file != NULL;
	e2e__exit_die(busy ? e2e__proc.file : p->file, busy ? e2e__proc.line : p->line,
		e2e_printf("%s does as it is told", p->pub.name), &failure);
}

/* What a helper's end means. In order it ends with 0, when the case is over. */
E2E__FN const char *e2e__wait_helper_end(const struct e2e__process *p)
{
	static const struct {
		enum e2e__helper_end status;
		const char *what;
	} known[] = {{E2E__HELPER_NO_MEMORY, ": it was out of memory"},
		{E2E__HELPER_CANT_WAIT, ": it couldn't wait for connections"},
		{E2E__HELPER_NO_FOLDER, ": it couldn't begin"},
		{E2E__HELPER_NO_DESCRIPTORS, ": it had no descriptors"}};
	const char *what = "";

	if (p->trouble && *p->trouble)
		return e2e_printf(
			"%s (%s was started at %s:%d)", p->trouble, p->pub.name, p->file, p->line);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (p->exit_status == (int)known[i].status)
			what = known[i].what;
	return e2e_printf(
		"%s (pid %ld, started at %s:%d), a process of the toolkit, has ended with %s%s",
		p->pub.name, (long)p->pub.pid, p->file, p->line,
		p->stolen ? "an unknown status" : e2e__system_status_word(p->exit_status), what);
}

/* Has it exited as e2e_ends allows it? */
E2E__FN bool e2e__wait_allowed(const struct e2e__process *p)
{
	return p->may_end && !p->stolen && !p->overfull &&
		(p->exit_status == p->ends_with ||
			(p->adopted && p->exit_status == E2E__STATUS_LOST));
}

/* A test point fails: has a process of the case ended meanwhile, and nobody was to know? */
E2E__FN const char *e2e__wait_failing(void)
{
	const char *all = NULL;

	if (e2e__proc.service)
		return NULL;
	e2e__wait_look();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		if (!p->told || !p->exited || !p->pub.running || p->owner != e2e__page_pid() ||
			e2e__wait_allowed(p))
			continue;
		all = e2e_printf("%s%s%s (pid %ld) has ended meanwhile: %s", all ? all : "",
			all ? ", " : "", p->pub.name, (long)p->pub.pid,
			p->stolen ? "with an unknown status"
				  : e2e__system_status_word(p->exit_status));
		e2e__told_exit(p, true);
	}
	return all;
}

E2E__FN void e2e__wait_unexpected(struct e2e__process *p)
{
	e2e__told_exit(p, true);
	if (p->may_end && !p->stolen && !p->overfull)
		e2e__wait_die(p, "wrong-exit",
			e2e_printf("%s (pid %ld, started at %s:%d) ended with %s", p->pub.command,
				(long)p->pub.pid, p->file, p->line,
				e2e__system_status_word(p->exit_status)),
			e2e__system_status_word(p->exit_status),
			e2e__system_status_word(p->ends_with),
			"see its log; e2e_ends says with which status it may end");
	if (p->helper)
		e2e__wait_die(p, "unexpected-exit", e2e__wait_helper_end(p),
			p->stolen ? "gone" : e2e__system_status_word(p->exit_status),
			e2e_printf("%s running", p->pub.name),
			"its stderr, if it said something, is in the log");
	if (p->overfull)
		e2e__wait_die(p, "limit",
			e2e_printf(p->capped
					? "%s (pid %ld): its log has reached %u MiB, what came then is lost"
					: "%s (pid %ld) was ended: its log grew beyond %u MiB",
				p->pub.command, (long)p->pub.pid, p->limit_mb),
			NULL, NULL,
			"make it write less, or allow more with .limit_mb; the log is in the folder");
	const char *why = e2e__hint_sent(p)
		? e2e_printf("%s: then e2e_wait(p, E2E_SIG(%s)) must be the next operation",
			  e2e__hint_sent(p), e2e__clock_signal_name(p->sent))
		: e2e__hint_end(p);
	const char *how = p->stolen ? "gone" : e2e__system_status_word(p->exit_status);
	e2e__wait_die(p, "unexpected-exit",
		e2e_printf("%s (pid %ld, started at %s:%d) has exited, and nobody waited for it",
			p->pub.command, (long)p->pub.pid, p->file, p->line),
		how, e2e_printf("%s running", p->pub.name),
		p->stolen
			? "the case's own code has waited for it, or ignores SIGCHLD: leave that to e2e_wait"
			: why
			? why
			: e2e_printf(
				  "%s; if it is meant to end, e2e_wait must be the next operation, or name it in"
				  " e2e_wait_par; if it may end at any time, e2e_ends(p, status)",
				  e2e__hint_log(p)));
}

/* Fails the case if somebody has exited whom the operation under way doesn't wait for. */
E2E__FN void e2e__wait_check_exits(void)
{
	pid_t self = e2e__page_pid();

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->exited && p->pub.running && !p->anticipated && !p->suite &&
			p->owner == self && !e2e__wait_allowed(p))
			e2e__wait_unexpected(p);
}

/* Ends who writes endless logs. Looks a few times a second at most. */
E2E__FN void e2e__wait_check_logs(void)
{
	double now = e2e_now();

	if (now < e2e__proc.checked_logs + 0.1)
		return;
	e2e__proc.checked_logs = now;
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		struct stat out, err;

		if (p->exited || !p->pub.running || p->owner != e2e__page_pid() || p->overfull)
			continue;
		off_t limit = (off_t)p->limit_mb << 20;
		if ((!stat(p->out.path, &out) && out.st_size > limit) ||
			(p->err.path && !stat(p->err.path, &err) && err.st_size > limit)) {
			p->overfull = true;
			kill(-p->pub.pid, SIGKILL);
			if (truncate(out.st_size > limit ? p->out.path : p->err.path, 1 << 20)) {
				/* then the disk stays full */
			}
		}
	}
}

/* Sleeps until a process of ours ends, or a moment. */
E2E__FN void e2e__wait_doze(double until)
{
	size_t n = 0, count = 0;
	bool all = true;

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		count++;
	if (count > e2e__proc.npolls) {
		struct pollfd *more =
			(struct pollfd *)realloc(e2e__proc.polls, (count + 32) * sizeof *more);

		if (!more)
			e2e_bail_out("out of memory");
		e2e__proc.polls = more;
		e2e__proc.npolls = count + 32;
	}

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		if (p->exited || !p->pub.running)
			continue;
		all = all && p->pidfd >= 0;
		e2e__proc.polls[n].fd = p->pidfd;
		e2e__proc.polls[n++].events = POLLIN;
	}

	double left = until - e2e_now();
	if (left > 0 && all)
		poll(e2e__proc.polls, (nfds_t)n, left > 0.01 ? 10 : (int)(left * 1000) + 1);
	else if (left > 0)
		e2e__limit_pause(left > 0.002 ? 0.002 : left);
	e2e__wait_check_logs();
	e2e__limit_pause(0);
}

/* Every public operation begins and ends with these. The place is shown in failures. */
E2E__FN void e2e__wait_op_begin(const char *file, int line)
{
	e2e__proc.file = file;
	e2e__proc.line = line;
	if (e2e__proc.shared)
		e2e__proc.shared->busy = 1;
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		p->anticipated = false;
	e2e__wait_look();
}

/* Says what the case waits for from now on, for the report of a limit that ends the wait; NULL: for
 * nothing. What a service's keeper waits for while it starts, the case waits for, too. */
E2E__FN void e2e__wait_waiting(const char *fmt, ...)
{
	char text[200] = "";
	size_t n = 0;
	va_list args;

	if (!e2e__proc.service && !e2e__exit_in_case())
		return;
	if (e2e__proc.service)
		n = (size_t)snprintf(text, sizeof text, "service %.63s to start%s",
			e2e__proc.service->name, fmt ? ": " : "");

	if (fmt) {
		va_start(args, fmt);
		vsnprintf(text + n, sizeof text - n, fmt, args);
		va_end(args);
	}

	e2e__hook_doing(*text ? text : NULL);
}

/* Waits until all anticipated ones have exited; false if the time is over. */
E2E__FN bool e2e__wait_await(double seconds)
{
	double until = e2e__system_wait_until(seconds);

	for (size_t told = 0;;) {
		size_t left = 0;
		const struct e2e__process *one = NULL;

		e2e__wait_look();
		e2e__wait_check_exits();
		for (const struct e2e__process *p = e2e__proc.list; p; p = p->next)
			if (p->anticipated && !p->exited) {
				left++;
				one = p;
			}
		if (!left)
			return true;
		if (left != told)
			e2e__wait_waiting("the end of %.120s (pid %ld)%s%s", one->pub.command,
				(long)one->pub.pid, one->stopping ? " after SIGTERM" : "",
				left < 2            ? ""
					: left == 2 ? " and another one"
						    : e2e_printf(" and %zu others", left - 1));
		told = left;
		if (e2e_now() >= until)
			return false;
		e2e__wait_doze(until);
	}
}

E2E__FN bool e2e_exited(const e2e_proc *p)
{
	e2e__wait_look();
	return !p->running || p->own->exited;
}

/* ---- proc/launch.h ---- */

enum e2e__step { E2E__STEP_EXEC, E2E__STEP_CWD, E2E__STEP_SET_UP, E2E__STEP_USER };
enum { E2E__USER_GROUPS = 64 };

/* What the child needs between vfork and exec, ready made: it runs in the test's memory. */
struct e2e__launch {
	const char *path, *cwd;
	char *const *argv, *const *envp;
	int fd[3], errors, last_signal;
	bool tty, with_parent;
	pid_t parent;
	unsigned limit_mb, memory_mb;
	bool as_user;
	uid_t uid;
	gid_t gid, groups[E2E__USER_GROUPS];
	int ngroups;
};

struct e2e__trouble {
	int step, error;
};

/* Ends with its parent, also where the parent has gone already. */
E2E__FN void e2e__launch_die_with(pid_t parent)
{
#ifdef E2E__LINUX
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	if (getppid() != parent)
		_exit(127);
}

/* In bytes of so many MiB; 0 leaves it as it is. */
E2E__FN struct rlimit e2e__launch_limit(unsigned mb)
{
	struct rlimit limit;

	limit.rlim_cur = limit.rlim_max = (rlim_t)mb << 20;
	return limit;
}

/* Becomes another user. By the system's own calls where that is possible: the library's would
 * change the test's threads, too, in whose memory this runs. */
E2E__FN bool e2e__launch_become(const struct e2e__launch *l)
{
#if defined E2E__LINUX && defined SYS_setuid32
	return !syscall(SYS_setgroups32, (size_t)l->ngroups, l->groups) &&
		!syscall(SYS_setgid32, l->gid) && !syscall(SYS_setuid32, l->uid);
#elif defined E2E__LINUX && defined SYS_setuid
	return !syscall(SYS_setgroups, (size_t)l->ngroups, l->groups) &&
		!syscall(SYS_setgid, l->gid) && !syscall(SYS_setuid, l->uid);
#else
	return !setgid(l->gid) && !setuid(l->uid);
#endif
}

/* The child's way to exec. Nothing here may touch the heap or stdio. */
__attribute__((noreturn, noinline, unused)) static void e2e__launch_child(
	const struct e2e__launch *l)
{
	struct e2e__trouble trouble;

	trouble.step = E2E__STEP_SET_UP;
	e2e__system_default_signals_to(l->last_signal);
	bool fine = l->tty ? setsid() >= 0 : setpgid(0, 0) == 0;
	if (fine && l->as_user) {
		trouble.step = E2E__STEP_USER;
		fine = e2e__launch_become(l);
	}
	if (fine)
		trouble.step = E2E__STEP_SET_UP;
	if (l->with_parent) /* another user's process doesn't keep this from before */
		e2e__launch_die_with(l->parent);
	for (int i = 0; fine && i < 3; i++)
		fine = dup2(l->fd[i], i) == i;
#ifdef TIOCSCTTY
	if (fine && l->tty)
		fine = ioctl(0, TIOCSCTTY, 0) == 0;
#endif
	struct rlimit size = e2e__launch_limit(l->limit_mb),
		      memory = e2e__launch_limit(l->memory_mb);
	if (l->limit_mb)
		setrlimit(RLIMIT_FSIZE, &size);
#ifdef RLIMIT_AS
	if (l->memory_mb)
		setrlimit(RLIMIT_AS, &memory);
#endif
	if (fine && l->cwd && chdir(l->cwd)) {
		trouble.step = E2E__STEP_CWD;
		fine = false;
	}

	if (fine) {
		sigset_t none;

		trouble.step = E2E__STEP_EXEC;
#if defined E2E__LINUX && defined SYS_close_range
		if (syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */))
#endif
			e2e__system_close_others(&l->errors, 1);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execve(l->path, l->argv, l->envp);
	}

	trouble.error = errno;
	if (write(l->errors, &trouble, sizeof trouble) < 0) {
		/* then the status tells */
	}

	_exit(127);
}

/* Finds a command as execvp would, but takes regular files only. 0, or why not. */
E2E__FN int e2e__launch_find_command(const char *name, char *path, size_t size)
{
	struct stat st;
	int error = ENOENT;

	if (strchr(name, '/')) {
		if ((size_t)snprintf(path, size, "%s", name) >= size)
			return ENAMETOOLONG;
		if (stat(path, &st))
			return errno;
		return S_ISDIR(st.st_mode)                           ? EISDIR
			: !S_ISREG(st.st_mode) || access(path, X_OK) ? EACCES
								     : 0;
	}

	const char *at = getenv("PATH");
	if (!at || !*at)
		at = "/usr/local/bin:/usr/bin:/bin";
	while (*name) {
		size_t n = strcspn(at, ":");
		int length = n ? snprintf(path, size, "%.*s/%s", (int)n, at, name)
			       : snprintf(path, size, "./%s", name);

		if (length > 0 && (size_t)length < size && !stat(path, &st)) {
			if (S_ISREG(st.st_mode) && !access(path, X_OK))
				return 0;
			error = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
		}
		if (!at[n])
			break;
		at += n + 1;
	}

	return error;
}

E2E__FN void e2e__launch_die(const char *file, int line, const char *code, const char *command,
	const char *message, const char *hint)
{
	e2e__system_die_of(file, line, e2e_printf("start %s", command), code, message, hint);
}

/* A name that begins with a command and goes on: a line for a shell. NULL: it is none. */
E2E__FN const char *e2e__launch_words(const char *name)
{
	char path[PATH_MAX];
	size_t n = strcspn(name, " ");
	const char *first = e2e_printf("%.*s", (int)n, name);

	if (!n || !name[n] || e2e__launch_find_command(first, path, sizeof path))
		return NULL;
	return e2e_printf("no shell takes it apart: give each word by itself, \"%s\", \"...\","
			  " or give it to one: \"sh\", \"-c\", %s",
		first, e2e_quoted(name));
}

/* Fails the case: the command can't be executed, and why. */
E2E__FN void e2e__launch_exec_die(const char *file, int line, const char *name, const char *path,
	const char *command, int error)
{
	const char *search = getenv("PATH");
	struct stat st;
	bool slash = strchr(name, '/') != NULL;
	const char *words = e2e__launch_words(name);

	if ((error == ENOENT || error == ENOTDIR) && !(path && *path && !stat(path, &st)))
		e2e__launch_die(file, line, "not-found", command,
			slash ? e2e_printf("%s: no such file", name)
			      : e2e_printf("command \"%s\" not found in PATH (%s)", name,
					search ? search : "unset"),
			words ? words
				: slash
				? "build it first, or correct the path"
				: e2e_printf(
					  "install it, correct PATH, or skip the case where it is missing:"
					  " e2e_require_command(\"%s\")",
					  name));
	const char *why = error == EISDIR ? "it is a folder"
		: error == ENOEXEC        ? "the system can't execute its format"
		: error == ENOENT         ? "the interpreter that it names is missing"
		: error == EACCES         ? "it has no permission to be executed"
		: error == ETXTBSY        ? "somebody is writing it"
					  : strerror(error);
	const char *hint = error == ENOEXEC ? "a script needs a first line like #!/bin/sh"
		: error == EACCES ? "chmod +x it; on a file system mounted noexec, move it"
		: error == ENOENT ? "look at its first line (#!), or at the loader it wants (ldd)"
				  : NULL;
	e2e__launch_die(file, line, "not-executable", command,
		e2e_printf("%s can't be executed: %s", path && *path ? path : name, why), hint);
}

/* The variable by which all that a process starts is known, daemons included: the program's (or the
 * service's) own with a suffix, which no other process has. */
E2E__FN const char *e2e__launch_own_mark(void)
{
	const char *name = e2e__proc.service ? "E2E_SERVICE" : "E2E_MARK", *value = getenv(name);
	int length = (int)(value ? strcspn(value, ".") : 0);

	return e2e_printf("%s=%.*s.%lx-%x", name, length, value ? value : "", (long)getpid(),
		++e2e__proc.marks);
}

/* The environment of a child: what the case has now, and `more`. */
E2E__FN char **e2e__launch_environment(const e2e_spawn_opts *opts, const char *mark)
{
	extern char **environ;
	size_t n = 0, have = 0;
	size_t name = strcspn(mark, "=") + 1;
	for (size_t i = 0; environ && environ[i]; i++)
		have++;
	for (size_t i = 0; opts->env && opts->env[i]; i++)
		have++;
	char **list = (char **)e2e__memory_alloc((have + 3) * sizeof *list);
	list[n++] = e2e__memory_strdup(mark);
	for (size_t i = 0; !opts->clear_env && environ && environ[i]; i++)
		if (strncmp(environ[i], mark, name) != 0)
			list[n++] = environ[i];
	for (size_t i = 0; opts->env && opts->env[i]; i++) {
		size_t length = strcspn(opts->env[i], "="), at = 0;

		while (at < n &&
			(strncmp(list[at], opts->env[i], length) != 0 || list[at][length] != '='))
			at++;
		if (opts->env[i][length])
			list[at] = e2e__memory_strdup(opts->env[i]);
		else if (at < n)
			list[at] = list[n - 1];
		if (at == n && opts->env[i][length])
			n++;
		else if (!opts->env[i][length] && at < n)
			n--;
	}

	list[n] = NULL;
	return list;
}

/* Is this the process's main thread? PR_SET_PDEATHSIG means the thread that forked. */
E2E__FN bool e2e__launch_main_thread(void)
{
#ifdef E2E__LINUX
	return syscall(SYS_gettid) == (long)e2e__page_pid();
#else
	return false;
#endif
}

/* ---- proc/spawn.h ---- */

/* A folder was made. Where logs are is written down for the keeper; those in memory have names in
 * the case's folder from now on, by which everybody knows them. */
E2E__FN void e2e__spawn_folders(const char *logs, const char *folder)
{
	size_t n = strlen(logs);
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (shared) {
		snprintf(shared->logs, sizeof shared->logs, "%s", logs);
		snprintf(shared->folder, sizeof shared->folder, "%s", folder);
	}
	for (struct e2e__process *p = *folder ? e2e__proc.list : NULL; p; p = p->next) {
		if (strncmp(p->out.path, logs, n) != 0 || p->out.path[n] != '/')
			continue;
		p->pub.out_path = p->out.path = e2e_printf("%s%s", folder, p->out.path + n);
		if (p->err.path)
			p->pub.err_path = p->err.path = e2e_printf("%s%s", folder, p->err.path + n);
	}
}

E2E__FN const char *e2e__spawn_case_file(
	const char *file, int line, const char *stem, const char *suffix)
{
	return e2e_printf("%s/%s%s", e2e__log_case_folder(file, line), e2e__log_name(stem), suffix);
}

E2E__FN struct e2e__process *e2e__spawn_process_new(
	const char *file, int line, const char *stem, const char *command, bool tty)
{
	struct e2e__process *p = (struct e2e__process *)e2e__memory_alloc(sizeof *p);
	const char *folder = e2e__log_folder(file, line);

	p->pub.name = e2e__log_name(stem);
	p->pub.command = command;
	p->pub.own = p;
	p->pub.stdin_fd = -1;
	p->pub.out_path = p->out.path = e2e_printf("%s/%s.stdout", folder, p->pub.name);
	if (!tty)
		p->pub.err_path = p->err.path = e2e_printf("%s/%s.stderr", folder, p->pub.name);
	p->suite = e2e__hook_in_suite();
	p->limit_mb = E2E__LOG_MB;
	p->file = file;
	p->line = line;
	p->pidfd = p->slot = -1;
	p->begun_at = e2e__clock_ns();
	return p;
}

/* Opens a log for the child. The parent does it: a child that can't has nowhere to say so. */
E2E__FN int e2e__spawn_log_open(const struct e2e__process *p, const char *path)
{
	int fd = e2e__system_high(
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600));

	if (fd < 0)
		e2e__launch_die(p->file, p->line, "not-spawned", p->pub.command,
			e2e_printf("can't write the log %s: %s", path, strerror(errno)),
			errno == EMFILE
				? "too many open files: wait for processes as they end, or raise ulimit -n"
				: "is the disk full?");
	return fd;
}

/* Takes a child into the plan. Called with signals blocked: nothing may come between its birth and
 * its record. */
E2E__FN void e2e__spawn_adopt(struct e2e__process *p, pid_t pid)
{
	p->pub.pid = pid;
	p->pub.running = true;
	p->owner = e2e__page_pid();
	p->pidfd = e2e__system_pidfd(pid);
	p->next = e2e__proc.list;
	e2e__proc.list = p;
	p->slot = e2e__keeper_slot_take(
		pid, p->suite, true, p->helper ? 0 : e2e__page_pid(), p->pub.name);
	if (e2e__proc.service) {
		e2e__service_group(pid, 0);
		return; /* it outlives the case */
	}

	if (p->suite)
		e2e__hook_own_add(pid);
	else
		e2e__hook_group_add(pid);
}

/* The signal by which the keeper says that a process has died. It is ignored by default and
 * interrupts nothing then. */
E2E__FN void e2e__spawn_keeper_says_report(void)
{
	e2e__wait_look();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->pub.pid == e2e__proc.shared->dead && p->pub.running && p->exited)
			e2e__wait_unexpected(p);
}

E2E__FN void e2e__spawn_keeper_says(int signo)
{
	(void)signo;
	struct e2e__proc_shared *shared = e2e__proc.shared;
	if (shared && shared->dead && !shared->busy && shared->test == e2e__page_seal(getpid()))
		e2e__exit_interrupt(e2e__spawn_keeper_says_report);
}

/* Before the first process of a case. */
E2E__FN void e2e__spawn_ready(void)
{
	struct sigaction action;

	e2e__script_begin(); /* the process that stays behind holds nothing of what comes now */
	e2e__keeper_start(); /* if no case was forked: a program without forks */
	if (e2e__proc.handler || e2e__proc.service)
		return;
	e2e__proc.handler = true;
	e2e__proc.last_signal = e2e__system_last_signal();
	memset(&action, 0, sizeof action);
	action.sa_handler = e2e__spawn_keeper_says;
	action.sa_flags = SA_RESTART;
	sigaction(SIGURG, &action, NULL);
#if defined E2E__LINUX && defined PR_SET_PTRACER
	if (e2e__proc.keeper > 0) /* it looks into /proc/PID/syscall */
		prctl(PR_SET_PTRACER, (unsigned long)e2e__proc.keeper, 0, 0, 0);
#endif
	e2e__proc.shared->test = e2e__page_seal(getpid());
}

/* vfork and exec. Returns the pid and closes nothing; 0 with *trouble if the command couldn't be
 * executed. */
E2E__FN pid_t e2e__spawn_launch_it(
	struct e2e__process *p, struct e2e__launch *l, struct e2e__trouble *trouble)
{
	int errors[2];
	sigset_t old;

	trouble->step = E2E__STEP_SET_UP;
	if (e2e__system_pipe(errors)) {
		trouble->error = errno;
		return 0;
	}

	l->errors = errors[1];
	l->parent = e2e__page_pid();
	l->last_signal = e2e__proc.last_signal ? e2e__proc.last_signal : NSIG - 1;
	l->with_parent = e2e__launch_main_thread();
	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = vfork();
	if (pid == 0)
		e2e__launch_child(l);
	int error = errno;
	close(errors[1]);
	ssize_t got = pid < 0 ? 0 : read(errors[0], trouble, sizeof *trouble);
	close(errors[0]);
	if (pid > 0 && got == (ssize_t)sizeof *trouble) {
		waitpid(pid, NULL, 0);
		pid = 0;
	} else if (pid > 0) {
		/* the child has done it; where vfork is fork, the one of us that comes first */
		setpgid(pid, pid);
		e2e__spawn_adopt(p, pid);
	} else {
		trouble->error = error;
		pid = 0;
	}

	e2e__system_signals(SIG_SETMASK, &old);
	return pid;
}

/* What is typed at a terminal. */
struct e2e__typed {
	const char *text;
	size_t size, done;
	int again; /* times that ^D was typed once more */
};

enum {
	E2E__TYPED_AGAIN = 100, /* at most */
	E2E__TYPED_SILENCE = 300
};

/* All of the input of a process with a terminal: the text and the end of it. NULL: the test types
 * itself. */
E2E__FN struct e2e__typed *e2e__spawn_typed(
	const struct e2e__process *p, const e2e_spawn_opts *opts, bool quiet)
{
	size_t size = 0;
	const char *text = opts->stdin_file ? e2e__file_read(opts->stdin_file, &size)
		: opts->stdin_text          ? opts->stdin_text
		: quiet                     ? ""
					    : NULL;

	if (opts->stdin_file && !text)
		e2e__launch_die(p->file, p->line, "not-spawned", p->pub.command,
			e2e_printf(
				"can't read its stdin %s: %s", opts->stdin_file, strerror(errno)),
			NULL);
	if (!text)
		return NULL;
	if (opts->stdin_text)
		size = opts->stdin_size ? opts->stdin_size : strlen(text);

	/* ^D ends what is typed where a line begins; elsewhere the first one ends the line only */
	bool begun = size && text[size - 1] != '\n';
	struct e2e__typed *typed = (struct e2e__typed *)e2e__memory_alloc(sizeof *typed);
	char *all = (char *)e2e__memory_alloc(size + 3);
	memcpy(all, text, size);
	strcpy(all + size, begun ? "\004\004" : "\004");
	typed->text = all;
	typed->size = size + (begun ? 2 : 1);
	typed->done = 0;
	return typed;
}

/* Types as much as the terminal takes. */
E2E__FN void e2e__spawn_type(int terminal, struct e2e__typed *typed)
{
	ssize_t n = write(terminal, typed->text + typed->done, typed->size - typed->done);

	if (n > 0)
		typed->done += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		typed->done = typed->size; /* nobody reads any more */
}

/* The end of a file lasts, that of a terminal is read once, or never if a program takes the line
 * over to edit it: one that goes on in silence is told again, after so many milliseconds. */
E2E__FN void e2e__spawn_type_end(int terminal, struct e2e__typed *typed)
{
	typed->again++;
	if (write(terminal, "\004", 1) < 0 && errno != EAGAIN && errno != EINTR)
		typed->again = E2E__TYPED_AGAIN; /* nobody reads any more */
}

/* Copies a terminal into a log until nobody has the terminal any more. A process of its own: the
 * case may be busy. */
E2E__FN pid_t e2e__spawn_pump_start(int terminal, int log, struct e2e__typed *typed)
{
	pid_t parent = getpid();
	sigset_t old;

	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = fork();
	if (pid == 0) {
		char block[4096];

		e2e__hook_forked();
		setpgid(0, 0);
		e2e__launch_die_with(parent);
		e2e__system_default_signals();
		const int keep[] = {terminal, log};
		e2e__system_close_others(keep, 2);
		e2e__system_quiet();
		fcntl(terminal, F_SETFL,
			O_NONBLOCK); /* as the test's end, which is the same file */
		for (;;) {
			struct pollfd ready;
			bool types = typed && typed->done < typed->size;
			bool ends = typed && !types && typed->again < E2E__TYPED_AGAIN;

			ready.fd = terminal;
			ready.events = (short)(POLLIN | (types ? POLLOUT : 0));
			ready.revents = 0;
			if (poll(&ready, 1, ends ? E2E__TYPED_SILENCE : -1) == 0)
				e2e__spawn_type_end(terminal, typed);
			if (types && (ready.revents & POLLOUT))
				e2e__spawn_type(terminal, typed);
			ssize_t n = read(terminal, block, sizeof block);
			if (n <= 0 && (n == 0 || (errno != EINTR && errno != EAGAIN)))
				_exit(0);
			if (n > 0 && !e2e__file_write_whole(log, block, (size_t)n))
				_exit(1);
		}
	}

	if (pid > 0) {
		setpgid(pid, pid);
		if (!e2e__proc.service)
			e2e__hook_group_add(pid);
	}

	e2e__system_signals(SIG_SETMASK, &old);
	return pid;
}

/* A new terminal: *ours is the test's end, the result the child's. */
E2E__FN int e2e__spawn_terminal(int *ours, const e2e_spawn_opts *opts)
{
	struct winsize size;
	struct termios modes;
	int fd = e2e__system_high(posix_openpt(O_RDWR | O_NOCTTY));

	memset(&size, 0, sizeof size);
	size.ws_row = (unsigned short)(opts->rows ? opts->rows : 24);
	size.ws_col = (unsigned short)(opts->columns ? opts->columns : 80);
	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	const char *path = grantpt(fd) || unlockpt(fd) ? NULL : ptsname(fd);
	int theirs = path ? e2e__system_high(open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)) : -1;
	if (theirs < 0) {
		close(fd);
		return -1;
	}

	ioctl(theirs, TIOCSWINSZ, &size);
	if (!tcgetattr(theirs, &modes)) {
		modes.c_oflag &= ~(tcflag_t)ONLCR; /* lines in the log end as in other logs */
		tcsetattr(theirs, TCSANOW, &modes);
	}

	*ours = fd;
	return theirs;
}

/* The child's stdin; the test's end of a pipe goes to p. */
E2E__FN int e2e__spawn_stdin_open(struct e2e__process *p, const e2e_spawn_opts *opts, bool quiet)
{
	int fd, ends[2];
	const char *path = opts->stdin_file ? opts->stdin_file : quiet ? "/dev/null" : NULL;

	if (opts->stdin_text) {
		/* a file, not a pipe: no text is too long, and it stays as evidence */
		size_t size = opts->stdin_size ? opts->stdin_size : strlen(opts->stdin_text);

		path = e2e_printf("%s/%s.stdin", e2e__log_folder(p->file, p->line), p->pub.name);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		bool written = fd >= 0 && e2e__file_write_whole(fd, opts->stdin_text, size);
		if (fd < 0 || close(fd) || !written)
			e2e__launch_die(p->file, p->line, "not-spawned", p->pub.command,
				e2e_printf("can't write %s: %s", path, strerror(errno)),
				"is the disk full?");
	}

	if (path) {
		fd = e2e__system_high(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
		if (fd < 0)
			e2e__launch_die(p->file, p->line, "not-spawned", p->pub.command,
				e2e_printf("can't read its stdin %s: %s", path, strerror(errno)),
				NULL);
		return fd;
	}

	if (e2e__system_pipe(ends))
		e2e__launch_die(p->file, p->line, "not-spawned", p->pub.command,
			e2e_printf("no pipe for its stdin: %s", strerror(errno)),
			"too many open files: wait for processes as they end, or raise ulimit -n");
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	p->pub.stdin_fd = ends[1];
	return ends[0];
}

/* Takes a process's logs out of what a failure shows. */
E2E__FN void e2e__spawn_evidence_drop(struct e2e__process *p)
{
	struct e2e__page *pg = e2e__state.page;
	int kept = 0;

	e2e__page_lock(pg);
	for (int i = 0; i < pg->evidences; i++) {
		const char *path = pg->evidence[i].path;

		if ((p->shown_out && strcmp(path, p->shown_out) == 0) ||
			(p->shown_err && strcmp(path, p->shown_err) == 0))
			continue;
		if (kept < i)
			pg->evidence[kept] = pg->evidence[i];
		kept++;
	}

	pg->evidences = kept;
	e2e__page_unlock(pg);
	if (p->shown_out)
		e2e__proc.shown--;
	p->shown_out = p->shown_err = NULL;
}

/* Shown is what runs, and the latest of what has ended: the reason is rather there than in what was
 * long ago. */
E2E__FN void e2e__spawn_evidence_of(struct e2e__process *p)
{
	struct e2e__process *oldest = NULL;

	p->unshown = e2e__proc.shown >= E2E__SHOWN;
	for (struct e2e__process *q = p->unshown ? e2e__proc.list : NULL; q; q = q->next)
		if (q != p && q->shown_out && !q->pub.running && !q->suite)
			oldest = q;
	if (oldest)
		e2e__spawn_evidence_drop(oldest);
	if (e2e__proc.shown >= E2E__SHOWN)
		return;
	e2e__proc.shown++;
	p->shown_out = p->out.path;
	p->shown_err = p->err.path;
	const char *service = e2e__proc.service ? e2e__proc.service->name : "";
	const char *slash = *service ? "/" : "";
	e2e__hook_evidence(e2e_printf("%s%s%s.stdout", service, slash, p->pub.name), p->out.path);
	if (p->err.path)
		e2e__hook_evidence(
			e2e_printf("%s%s%s.stderr", service, slash, p->pub.name), p->err.path);
}

/* Options of which one would be left out, or NULL. */
E2E__FN const char *e2e__spawn_bad_stdin(const e2e_spawn_opts *opts)
{
	if (opts->stdin_text && opts->stdin_file)
		return "both .stdin_text and .stdin_file are given: which one is its stdin?";
	if ((opts->rows || opts->columns) && !opts->pty)
		return ".rows or .columns are given, but no .pty";
	if (opts->rows > 65535 || opts->columns > 65535)
		return "a terminal has at most 65535 .rows and .columns";
	if (opts->stdin_size && !opts->stdin_text)
		return ".stdin_size is given, but no .stdin_text";
	return NULL;
}

/* The log that a process writes itself. What is there already is an earlier one's. */
E2E__FN void e2e__spawn_own_log(struct e2e__process *p, const e2e_spawn_opts *opts)
{
	char *cwd = realpath(opts->cwd ? opts->cwd : ".", NULL);
	struct stat st;

	p->own_log.path = *opts->log_file == '/' || !cwd ? e2e_printf("%s", opts->log_file)
							 : e2e_printf("%s/%s", cwd, opts->log_file);
	free(cwd);
	if (!stat(p->own_log.path, &st))
		p->own_log.lines = p->own_log.matched = (size_t)st.st_size;
	e2e__hook_evidence_from(
		e2e_printf("%s.log", p->pub.name), p->own_log.path, (long long)p->own_log.lines);
}

/* Lets everybody through the folders in this one that are the test's: there are copies of
 * e2e_cached, in which files have owners of their own. */
E2E__FN void e2e__spawn_open_folders(const char *folder)
{
	DIR *d = opendir(folder);

	for (struct dirent *e; d && (e = readdir(d));) {
		const char *path = e2e_printf("%s/%s", folder, e->d_name);
		struct stat st;

		if (e->d_name[0] != '.' && !lstat(path, &st) && S_ISDIR(st.st_mode) &&
			st.st_uid == geteuid() && chmod(path, (st.st_mode & 0777) | 0011))
			fprintf(stderr, "e2e: can't open %s: %s\n", path, strerror(errno));
	}

	if (d)
		closedir(d);
}

/* Lets a user's group into the folder in which the case keeps its files, and everybody through
 * those above it that are below the temporary folder. */
E2E__FN bool e2e__spawn_let_in(const char *folder, gid_t group)
{
	const char *tmp = e2e__file_tmp();
	char *path = e2e__memory_strdup(folder), *slash;
	size_t n = strlen(tmp);
	struct stat st;

	if (stat(path, &st) || chown(path, (uid_t)-1, group) ||
		chmod(path, (st.st_mode & 0777) | 0070))
		return false;
	e2e__spawn_open_folders(path);
	while (strncmp(path, tmp, n) == 0 && (slash = strrchr(path, '/')) && slash > path + n) {
		*slash = '\0';
		if (stat(path, &st) ||
			((st.st_mode & 0001) == 0 && chmod(path, (st.st_mode & 0777) | 0011)))
			return false;
	}
	return true;
}

/* Makes ready that the command runs as this user. */
E2E__FN void e2e__spawn_user(
	const char *file, int line, const char *user, const char *command, struct e2e__launch *l)
{
	struct passwd *known = getpwnam(user);

	if (!known)
		e2e__launch_die(file, line, "not-spawned", command,
			e2e_printf("there is no user \"%s\"", user), "see getent passwd");
	if (geteuid() != 0 && geteuid() != known->pw_uid)
		e2e__launch_die(file, line, "not-spawned", command,
			e2e_printf("can't become user %s: only root may", user),
			e2e_printf("run the test as root or as %s", user));
	if (geteuid() != 0)
		return;
	l->as_user = true;
	l->uid = known->pw_uid;
	l->gid = known->pw_gid;
	l->ngroups = E2E__USER_GROUPS;
	if (getgrouplist(user, known->pw_gid, l->groups, &l->ngroups) < 0)
		l->ngroups = E2E__USER_GROUPS; /* of more, these are enough */
	const char *folder = e2e__log_case_folder(file, line);
	if (!e2e__spawn_let_in(folder, known->pw_gid))
		e2e__launch_die(file, line, "not-spawned", command,
			e2e_printf("can't open %s to user %s: %s", folder, user, strerror(errno)),
			NULL);
}

/* The path of a command. Fails and ends the case where there is nothing to be executed. */
E2E__FN void e2e__spawn_find(
	const char *file, int line, e2e__words argv, const char *command, char *path, size_t size)
{
	path[0] = '\0';
	int error = e2e__launch_find_command(argv[0], path, size);
	if (error)
		e2e__launch_exec_die(file, line, argv[0], path, command, error);
}

E2E__FN struct e2e__process *e2e__spawn_start_command(
	const char *file, int line, const e2e_spawn_opts *given, e2e__words argv, bool quiet)
{
	static const e2e_spawn_opts none = {
		NULL, false, NULL, NULL, 0, NULL, false, 0, 0, NULL, 0, 0, 0, NULL, NULL};
	const e2e_spawn_opts *opts = given ? given : &none;
	char path[PATH_MAX], absolute[PATH_MAX];
	struct e2e__launch l;
	struct e2e__trouble trouble;

	memset(&l, 0, sizeof l);
	if (!argv || !argv[0] || !*argv[0])
		e2e__launch_die(
			file, line, "not-found", "''", "the command is empty", "name a program");
	const char *command = e2e__system_typed(argv);
	const char *wrong = e2e__spawn_bad_stdin(opts);
	if (wrong)
		e2e__launch_die(file, line, "usage", command, wrong, "see e2e_spawn_opts");
	e2e__spawn_ready();
	e2e__spawn_find(file, line, argv, command, path, sizeof path);
	l.path = opts->cwd && path[0] != '/' && realpath(path, absolute) ? absolute : path;
	l.cwd = opts->cwd;
	l.argv = (char *const *)(uintptr_t)argv;
	const char *mark = e2e__launch_own_mark();
	l.envp = e2e__launch_environment(opts, mark);
	l.limit_mb = opts->limit_mb;
	l.memory_mb = opts->memory_mb;
	l.tty = opts->pty;
	if (opts->user)
		e2e__spawn_user(file, line, opts->user, command, &l);

	struct e2e__process *p = e2e__spawn_process_new(
		file, line, opts->name ? opts->name : argv[0], command, opts->pty);
	p->mark = mark;
	if (opts->log_file)
		e2e__spawn_own_log(p, opts);
	p->capped = opts->limit_mb > 0;
	if (opts->limit_mb)
		p->limit_mb = opts->limit_mb;
	l.fd[1] = e2e__spawn_log_open(p, p->out.path);
	if (opts->pty) {
		int ours = -1, log = l.fd[1];

		l.fd[0] = l.fd[1] = l.fd[2] = e2e__spawn_terminal(&ours, opts);
		if (ours < 0)
			e2e__launch_die(file, line, "not-spawned", command,
				e2e_printf("no terminal for it: %s", strerror(errno)),
				"is /dev/pts mounted?");
		p->pump = e2e__spawn_pump_start(ours, log, e2e__spawn_typed(p, opts, quiet));
		close(log);
		fcntl(ours, F_SETFL, O_NONBLOCK);
		p->pub.stdin_fd = ours;
	} else {
		l.fd[2] = e2e__spawn_log_open(p, p->err.path);
		l.fd[0] = e2e__spawn_stdin_open(p, opts, quiet);
	}

	pid_t pid = e2e__spawn_launch_it(p, &l, &trouble);
	close(l.fd[0]);
	if (!opts->pty) {
		close(l.fd[1]);
		close(l.fd[2]);
	}

	if (!pid && trouble.step == E2E__STEP_EXEC)
		e2e__launch_exec_die(file, line, argv[0], l.path, command, trouble.error);
	if (!pid)
		e2e__launch_die(file, line, "not-spawned", command,
			trouble.step == E2E__STEP_CWD
				? e2e_printf("%s%s can't enter its folder %s: %s",
					  opts->user ? "user " : "it", opts->user ? opts->user : "",
					  l.cwd ? l.cwd : "", strerror(trouble.error))
				: trouble.step == E2E__STEP_USER
				? e2e_printf("can't become user %s: %s", opts->user,
					  strerror(trouble.error))
				: e2e_printf("can't start a process: %s", strerror(trouble.error)),
			trouble.error == EAGAIN ? "too many processes: see ulimit -u"
				: trouble.error == EACCES && trouble.step == E2E__STEP_CWD
				? "each folder above it needs chmod o+x, too; e2e_tmpdir() is opened for .user"
				: NULL);
	e2e__spawn_evidence_of(p);
	return p;
}

E2E__FN e2e_proc *e2e__spawn(
	const char *file, int line, const e2e_spawn_opts *opts, e2e__words argv)
{
	struct e2e__process *p = e2e__spawn_start_command(file, line, opts, argv, false);

	e2e__told_spawn(p);
	return &p->pub;
}

/* Collects the strings of a call with options. */
E2E__FN e2e__words e2e__spawn_collect(va_list from)
{
	size_t n = 0, capacity = 0;
	const char **list = NULL;

	for (const char *s = "";; n++) {
		if (n + 1 >= capacity) {
			capacity = capacity ? 2 * capacity : 16;
			const char **more =
				(const char **)e2e__memory_alloc(capacity * sizeof *more);
			if (n)
				memcpy(more, list, n * sizeof *more);
			list = more;
		}
		s = va_arg(from, const char *);
		list[n] = s;
		if (!s)
			return list;
	}
}

E2E__FN e2e_proc *e2e__spawn_with(const char *file, int line, e2e_spawn_opts opts, ...)
{
	va_list args;

	va_start(args, opts);
	e2e__words argv = e2e__spawn_collect(args);
	va_end(args);
	return e2e__spawn(file, line, &opts, argv);
}

E2E__FN e2e_proc **e2e__spawn_par(const char *file, int line, const char *const *const *list)
{
	size_t n = 0;

	while (list[n])
		n++;
	e2e_proc **all = (e2e_proc **)e2e__memory_alloc((n + 1) * sizeof *all);
	for (size_t i = 0; i < n; i++) {
		char path[PATH_MAX];

		if (list[i][0] && *list[i][0]) /* an empty one has its own failure */
			e2e__spawn_find(
				file, line, list[i], e2e__system_typed(list[i]), path, sizeof path);
	}
	for (size_t i = 0; i < n; i++)
		all[i] = e2e__spawn(file, line, NULL, list[i]);
	return all;
}

/* What is the keeper's of a service isn't its children's: its locks live as long as it does. */
E2E__FN void e2e__spawn_leave_service(void)
{
	const struct e2e__service *s = e2e__proc.service;
	const int own[] = {s ? s->alive : -1, s ? s->lock : -1, s ? s->answer : -1,
		s ? s->hold : -1, s ? s->end : -1};

	for (int i = 0; i < 5; i++)
		if (own[i] > 2)
			close(own[i]);
}

/* The forked child of spawn_fn: never returns. */
E2E__FN void e2e__spawn_fn_child(const int *fd, pid_t parent, bool with_parent, const char *mark,
	int (*fn)(void *), void *arg, bool is_void)
{
	sigset_t none;
	int status = 0;

	e2e__hook_forked();
	putenv(e2e__memory_strdup(mark));
	setpgid(0, 0);
	e2e__system_default_signals();
	for (int i = 0; i < 3; i++)
		dup2(fd[i], i);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	e2e__proc.list = NULL; /* not its children */
	e2e__proc.handler = false;
	e2e__spawn_leave_service();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (with_parent)
		e2e__launch_die_with(parent);
	if (is_void)
		((void (*)(void *))(void (*)(void))fn)(arg);
	else
		status = fn(arg);
	bool written = !fflush(stdout) && !ferror(stdout) && !fflush(stderr);
	if (!written)
		fprintf(stderr, "e2e: what was printed can't be written: %s\n", strerror(errno));
	if (status < 0 || status > 255) /* or 256 errors were none */
		status = 255;
	_exit(status || written ? status : 1);
}

E2E__FN struct e2e__process *e2e__spawn_fork_fn(const char *file, int line, const char *name,
	int (*fn)(void *), void *arg, bool is_void, bool helper)
{
	static const e2e_spawn_opts none = {
		NULL, false, NULL, NULL, 0, NULL, false, 0, 0, NULL, 0, 0, 0, NULL, NULL};
	int fd[3];
	sigset_t old;
	pid_t parent = getpid();

	e2e__spawn_ready();
	struct e2e__process *p = e2e__spawn_process_new(
		file, line, *name == '&' ? name + 1 : name, e2e_printf("%s()", name), false);
	p->helper = helper;
	p->is_function = !helper;
	p->mark = e2e__launch_own_mark();
	fd[1] = e2e__spawn_log_open(p, p->out.path);
	fd[2] = e2e__spawn_log_open(p, p->err.path);
	fd[0] = e2e__spawn_stdin_open(p, &none, helper);
	bool with_parent = e2e__launch_main_thread();
	fflush(stdout);
	fflush(stderr);
	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = fork();
	int error = errno;
	if (pid == 0) {
		if (p->pub.stdin_fd >= 0)
			close(p->pub.stdin_fd);
		e2e__spawn_fn_child(fd, parent, with_parent, p->mark, fn, arg, is_void);
	}

	if (pid > 0) {
		setpgid(pid, pid);
		e2e__spawn_adopt(p, pid);
	}

	e2e__system_signals(SIG_SETMASK, &old);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	if (pid < 0)
		e2e__launch_die(file, line, "not-spawned", p->pub.command,
			e2e_printf("can't fork: %s", strerror(error)),
			"too many processes or no memory: ulimit -u");
	e2e__spawn_evidence_of(p);
	return p;
}

E2E__FN e2e_proc *e2e__spawn_fn(const char *file, int line, const char *name, int (*fn)(void *),
	void *arg, bool returns_void)
{
	struct e2e__process *p = e2e__spawn_fork_fn(file, line, name, fn, arg, returns_void, false);

	e2e__told_spawn(p);
	return &p->pub;
}

E2E__FN e2e_proc *e2e__spawn_helper(
	const char *file, int line, const char *name, int (*fn)(void *), void *arg)
{
	return &e2e__spawn_fork_fn(file, line, name, fn, arg, false, true)->pub;
}

/* ---- proc/ends.h ---- */

E2E__FN void e2e__end_stdin_close(struct e2e__process *p)
{
	if (p->pub.stdin_fd >= 0 && !p->pump) {
		close(p->pub.stdin_fd);
		p->pub.stdin_fd = -1;
	}
}

/* The terminal's last output: the pump ends once nobody has the terminal. */
E2E__FN void e2e__end_pump(struct e2e__process *p)
{
	if (!p->pump || p->owner != e2e__page_pid())
		return;
	int status = 0;
	if (!e2e__system_ended_within(p->pump, 1, &status)) { /* somebody else has the terminal */
		kill(p->pump, SIGKILL);
		waitpid(p->pump, NULL, 0);
	} else if (status) {
		p->pump_status =
			WIFSIGNALED(status) ? E2E_SIG(WTERMSIG(status)) : WEXITSTATUS(status);
	}
	e2e__hook_group_drop(p->pump);
	p->pump = 0;
}

/* A function of e2e_spawn_fn has ended. What it had started ended with it, if it didn't see to that
 * itself: so a failure. */
E2E__FN void e2e__end_function_left(const struct e2e__process *p)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;
	E2E__BUF(b, 256);

	for (int i = 0; shared && i < E2E__SLOTS; i++) {
		struct e2e__stat st;
		pid_t pid = e2e__page_unseal(shared->slot[i].pid);

		if (shared->slot[i].state == E2E__FREE || shared->slot[i].spawner != p->pub.pid ||
			pid <= 1)
			continue;
		bool left = shared->slot[i].state == E2E__WATCHED || e2e__system_group_lives(pid);
		if (left && !p->stopping)
			e2e__buf_addf(&b, "%s%s (pid %ld)", b.n ? ", " : "",
				e2e__system_stat_read(pid, &st) ? st.name : "a process", (long)pid);
		if (!e2e__keeper_knows_processes() || e2e__keeper_carries(pid, "environ", p->mark))
			kill(-pid, SIGKILL);
		e2e__keeper_slot_set(i, E2E__FREE);
	}

	if (b.n) {
		e2e__buf_add(&b, "", 1);
		e2e_failure failure = e2e__system_failure("leaked-process",
			e2e_printf("%s (pid %ld) has left processes behind: %s; they were ended",
				p->pub.command, (long)p->pub.pid, b.p),
			"a function of e2e_spawn_fn waits for what it has started, or ends it, before it ends");
		failure.got = b.p;
		e2e_report(p->file, p->line, false, p->pub.name, &failure);
	}

	e2e__buf_free(&b);
}

/* Has a log as many bytes as it may have? What was written then is lost, and a program may ignore
 * that. */
E2E__FN bool e2e__end_log_full(const struct e2e__process *p)
{
	struct stat out, err;
	off_t limit = (off_t)p->limit_mb << 20;

	return p->capped && p->exit_status != E2E_SIG(SIGXFSZ) &&
		((!stat(p->out.path, &out) && out.st_size >= limit) ||
			(p->err.path && !stat(p->err.path, &err) && err.st_size >= limit));
}

/* Takes the status of a process that has exited, and lets its number go. */
E2E__FN void e2e__end_reap(struct e2e__process *p)
{
	p->overfull = p->overfull || e2e__end_log_full(p);
	e2e__told_exit(p, p->stolen || p->overfull);

	/* the keeper must not take the number for this process any more */
	e2e__keeper_slot_set(p->slot, E2E__GROUP_ONLY);
	if (!p->stolen)
		while (waitpid(p->pub.pid, NULL, 0) < 0 && errno == EINTR)
			;
	p->pub.running = false;
	p->pub.status = p->exit_status;
	e2e__end_pump(p);
	if (p->is_function)
		e2e__end_function_left(p);
	if (p->pub.stdin_fd >= 0) {
		close(p->pub.stdin_fd);
		p->pub.stdin_fd = -1;
	}

	if (p->pidfd >= 0) {
		close(p->pidfd);
		p->pidfd = -1;
	}

	if (p->suite && !e2e__proc.service)
		e2e__hook_own_drop(p->pub.pid);
	if (e2e__system_group_lives(p->pub.pid))
		return; /* what it left behind is judged at the case's end */
	if (e2e__proc.service)
		e2e__service_group(0, p->pub.pid);
	else if (!p->suite)
		e2e__hook_group_drop(p->pub.pid);
	e2e__keeper_slot_set(p->slot, E2E__FREE);
	p->slot = -1;
}

/* To the group of a process; a daemon may lead none. */
E2E__FN void e2e__end_tell(const struct e2e__process *p, int signo)
{
	kill(-p->pub.pid, signo);
	if (p->adopted && !p->exited)
		kill(p->pub.pid, signo);
}

/* SIGTERM, half a second, SIGKILL, for the group; why: for the story. */
E2E__FN void e2e__end_group(struct e2e__process *p, const char *why)
{
	double until = e2e_now() + 0.5;

	p->stopping = true;
	e2e__told_signal(p, SIGTERM, why);
	e2e__end_tell(p, SIGTERM);
	e2e__end_tell(p, SIGCONT);
	while (!p->exited && e2e_now() < until) {
		poll(NULL, 0, 1);
		e2e__wait_look();
	}
	e2e__told_signal(p, SIGKILL, why);
	e2e__end_tell(p, SIGKILL);
	while (!p->exited) {
		e2e__wait_look();
		poll(NULL, 0, 1);
	}
}

E2E__FN void e2e__end_process(e2e_proc *pub)
{
	struct e2e__process *p = pub->own;

	if (!pub->running || p->owner != e2e__page_pid())
		return;
	p->anticipated = true;
	e2e__wait_look();
	if (!p->exited)
		e2e__end_group(p, "the end of the exchange");
	kill(-pub->pid, SIGKILL); /* before the number is given up */
	e2e__end_reap(p);
}

/* The process that an operation is about. Fails and ends the case where that can't be. */
E2E__FN struct e2e__process *e2e__end_mine(e2e_proc *pub, const char *what)
{
	if (pub && pub->running && pub->own->owner == e2e__page_pid())
		return pub->own;
	const char *wrong = !pub ? e2e_printf("%s was given NULL instead of a process", what)
		: !pub->running
		? e2e_printf("%s: %s has ended before (%s)", what, pub->command,
			  e2e__system_status_word(pub->status))
		: e2e_printf("%s: %s belongs to %s", what, pub->command,
			  pub->own->suite ? "the suite, not to this case" : "another process");
	const char *hint = !pub ? "keep what e2e_spawn returned"
		: pub->running  ? "end it where it was started: in E2E_SUITE_TEARDOWN"
		: strstr(what, "wait")
		? "each process is waited for once"
		: "do it before e2e_wait: afterwards its number may be another one's";
	e2e__system_die_of(e2e__proc.file, e2e__proc.line, what, "usage", wrong, hint);
}

/* What a wrong end means, for the hint. */
E2E__FN const char *e2e__end_why_ended(const struct e2e__process *p)
{
	if (p->overfull)
		return p->capped
			? e2e_printf(
				  "its log has reached %u MiB (.limit_mb): what came then is lost",
				  p->limit_mb)
			: e2e_printf("it was ended: its log grew beyond %u MiB (.limit_mb)",
				  p->limit_mb);
	if (p->stolen)
		return "its status is lost: the case's own code has waited for it, or ignores SIGCHLD";
	if (p->exit_status == E2E_SIG(SIGXFSZ))
		return e2e_printf("it wrote a file of more than %u MiB (.limit_mb)", p->limit_mb);
	if (p->exit_status == 127)
		return "127 is how a shell says that a command was not found";
	if (e2e__hint_sent(p))
		return e2e__hint_sent(p);
	if (p->exit_status == E2E_SIG(SIGKILL))
		return "somebody killed it: the system does so when memory runs out";
	return e2e__hint_end(p);
}

/* Is this how one ends that was told to? */
E2E__FN bool e2e__end_well_told(const struct e2e__process *p)
{
	return p->pub.status == 0 || p->pub.status == 128 + SIGTERM ||
		(p->may_end && p->pub.status == p->ends_with);
}

/* The test point of a wait: p has ended as wanted, or has not at all. */
E2E__FN bool e2e__end_judge(struct e2e__process *p, bool in_time, int want, bool or_zero,
	double waited, const char *verb)
{
	e2e_failure failure = e2e__system_failure(NULL, NULL, NULL);
	const char *file = e2e__proc.file;
	int line = e2e__proc.line;

	if (!in_time) {
		failure.code = "timeout";
		failure.message = e2e_printf(
			"%s (pid %ld) didn't end within %g s%s; its process group was ended",
			p->pub.command, (long)p->pub.pid, waited, verb);
		failure.got = "running";
		failure.hint = *verb ? "does it block or ignore SIGTERM? see its log"
				     : "see its log; e2e_wait(p, status, seconds) waits longer";
		e2e__end_group(p, *verb ? "the limit of e2e_kill" : "the limit of e2e_wait");
	}

	p->wants = want;
	e2e__end_reap(p);
	bool ok = in_time && !p->stolen && !p->overfull &&
		(p->pub.status == want || (or_zero && e2e__end_well_told(p)) ||
			(p->adopted && p->pub.status == E2E__STATUS_LOST));
	failure.want =
		e2e_printf("%s%s", e2e__system_status_word(want), or_zero ? " or exit code 0" : "");
	if (in_time && !ok) {
		failure.code = p->overfull ? "limit" : "wrong-exit";
		failure.got = p->stolen ? "gone" : e2e__system_status_word(p->pub.status);
		failure.message =
			e2e_printf(p->stolen ? "%s (pid %ld) is %s" : "%s (pid %ld) ended with %s",
				p->pub.command, (long)p->pub.pid, failure.got);
		failure.hint = e2e__end_why_ended(p);
	}

	if (!ok)
		failure.diff = e2e__wait_unshown(p);
	e2e__wait_op_end();
	return e2e_report(
		file, line, ok, e2e_printf("%s ends with %s", p->pub.name, failure.want), &failure);
}

E2E__FN bool e2e__end_wait(const char *file, int line, e2e_proc *pub, int status, double seconds)
{
	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__end_mine(pub, "e2e_wait");
	p->anticipated = true;
	e2e__end_stdin_close(p);
	double limit = e2e__system_patience(seconds);
	bool in_time = e2e__wait_await(limit);
	return e2e__end_judge(p, in_time, status, false, e2e__clock_scaled(limit), "");
}

/* Fails and ends the case: an operation was called in a way that makes no sense. */
E2E__FN void e2e__end_misused(const char *what, const char *message, const char *hint)
	__attribute__((noreturn));
E2E__FN void e2e__end_misused(const char *what, const char *message, const char *hint)
{
	e2e__system_die_of(e2e__proc.file, e2e__proc.line, what, "usage", message, hint);
}

E2E__FN bool e2e__end_expects_more(const struct e2e_expectation *e)
{
	return e->p || e->status != E2E__EXPECT_END;
}

E2E__FN bool e2e__end_wait_par(const char *file, int line, const struct e2e_expectation *list)
{
	bool ok = true;

	e2e__wait_op_begin(file, line);
	if (!e2e__end_expects_more(list))
		e2e__end_misused("e2e_wait_par", "there is no process to be waited for",
			"name some: E2E_EXPECT(p, 0), or a list that isn't empty");
	for (size_t i = 0; e2e__end_expects_more(&list[i]); i++) {
		struct e2e__process *p = e2e__end_mine(list[i].p, "e2e_wait_par");

		p->anticipated = true;
		e2e__end_stdin_close(p);
	}

	double limit = e2e__system_patience(-1);
	e2e__wait_await(limit);
	e2e_failure failure = e2e__system_failure(NULL, NULL, NULL);
	E2E__BUF(text, 512);
	size_t n = 0;
	for (; e2e__end_expects_more(&list[n]); n++) {
		struct e2e__process *p = list[n].p->own;
		bool ended = p->exited;

		p->wants = list[n].status;
		if (!ended)
			e2e__end_group(p, "the limit of e2e_wait_par");
		if (p->pub.running)
			e2e__end_reap(p);
		if (ended && p->pub.status == list[n].status && !p->overfull && !p->stolen)
			continue;
		const char *why = ended ? e2e__end_why_ended(p) : NULL;
		e2e__buf_addf(&text, "%s%s (pid %ld): %s, not %s%s%s", text.n ? "\n" : "",
			p->pub.command, (long)p->pub.pid,
			ended ? e2e__system_status_word(p->pub.status)
			      : e2e_printf("still running after %g s", e2e__clock_scaled(limit)),
			e2e__system_status_word(list[n].status), why ? "; " : "", why ? why : "");
		failure.code = ended && !failure.code ? "wrong-exit"
			: !ended                      ? "timeout"
						      : failure.code;
		ok = false;
	}

	e2e__buf_add(&text, "", 1);
	failure.message = text.p;
	e2e__wait_op_end();
	e2e_report(file, line, ok, e2e_printf("%zu processes end as expected", n), &failure);
	e2e__buf_free(&text);
	return ok;
}

E2E__FN bool e2e__end_wait_all(const char *file, int line, e2e_proc *const *list, int status)
{
	size_t n = 0;

	while (list[n])
		n++;
	struct e2e_expectation *all =
		(struct e2e_expectation *)e2e__memory_alloc((n + 1) * sizeof *all);
	for (size_t i = 0; i < n; i++) {
		all[i].p = list[i];
		all[i].status = status;
	}
	all[n].p = NULL;
	all[n].status = E2E__EXPECT_END;
	return e2e__end_wait_par(file, line, all);
}

E2E__FN void e2e__end_signal_it(struct e2e__process *p, int signo, const char *what);

/* SIGTERM to a process that must be running. */
E2E__FN struct e2e__process *e2e__end_terminate(e2e_proc *pub, const char *what)
{
	struct e2e__process *p = e2e__end_mine(pub, what);

	e2e__wait_check_exits();
	p->anticipated = p->stopping = true;
	e2e__end_signal_it(p, SIGTERM, what);
	kill(pub->pid, SIGCONT);
	return p;
}

E2E__FN bool e2e__end_kill(const char *file, int line, e2e_proc *pub, double seconds)
{
	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__end_terminate(pub, "e2e_kill");
	double limit = e2e__system_patience(seconds);
	return e2e__end_judge(p, e2e__wait_await(limit), E2E_SIG(SIGTERM), true,
		e2e__clock_scaled(limit), " after SIGTERM");
}

E2E__FN bool e2e__end_stop(const char *file, int line, e2e_proc *pub, int status, double seconds)
{
	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__end_terminate(pub, "e2e_stop");
	double limit = e2e__system_patience(seconds);
	return e2e__end_judge(p, e2e__wait_await(limit), status, false, e2e__clock_scaled(limit),
		" after SIGTERM");
}

/* A signal that can't be sent fails the case: what it was to show would be shown of nothing. */
E2E__FN void e2e__end_signal_it(struct e2e__process *p, int signo, const char *what)
{
	e2e__told_signal(p, signo, what);
	if (kill(p->pub.pid, signo) == 0)
		return;
	int error = errno;
	e2e__wait_die(p, "signal",
		e2e_printf("%s (pid %ld) can't be sent %s: %s", p->pub.command, (long)p->pub.pid,
			e2e__clock_signal_name(signo), strerror(error)),
		NULL, NULL,
		error == EPERM
			? "it belongs to another user: have it started by that one, or run the test as root"
			: error == EINVAL ? "there is no such signal"
					  : "it is gone");
}

E2E__FN void e2e__end_signal(const char *file, int line, e2e_proc *pub, int signo)
{
	e2e__wait_op_begin(file, line);
	bool of_suite = pub && pub->own->suite && !pub->own->exited; /* anybody may */
	struct e2e__process *p = of_suite ? pub->own : e2e__end_mine(pub, "e2e_signal");
	if (p->exited)
		e2e__wait_unexpected(p);
	p->sent = signo;
	e2e__end_signal_it(p, signo, "e2e_signal");
	e2e__wait_op_end();
}

/* Names who is left in a group: "sleep (pid 12), sh (pid 13)". NULL if nobody is. */
E2E__FN const char *e2e__end_group_members(pid_t group)
{
	E2E__BUF(b, 256);
	DIR *proc = opendir(E2E__PROC);

	if (!proc && e2e__system_group_lives(group))
		/* the system doesn't say which one */
		e2e__buf_addf(&b, "a process of group %ld", (long)group);
	for (struct dirent *e; proc && (e = readdir(proc));) {
		struct e2e__stat st;
		long pid = strtol(e->d_name, NULL, 10);

		if (pid > 0 && e2e__system_stat_read((pid_t)pid, &st) && st.group == group &&
			st.state != 'Z' && !st.exiting)
			e2e__buf_addf(&b, "%s%s (pid %ld)", b.n ? ", " : "", st.name, pid);
	}

	if (proc)
		closedir(proc);
	e2e__buf_add(&b, "", 1);
	const char *names = b.n > 1 ? e2e__memory_strdup(b.p) : NULL;
	e2e__buf_free(&b);
	return names;
}

/* Ends what is left, all at once: SIGTERM, half a second at most, SIGKILL. */
E2E__FN void e2e__end_all(bool suite)
{
	pid_t self = e2e__page_pid();
	const char *by = suite ? "the suite's end" : "the case's end";
	double until = e2e_now() + 0.5;
	bool left = true;

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->suite == suite && p->owner == self && (p->pub.running || p->slot >= 0)) {
			p->stopping = true;
			e2e__told_asked(p, SIGTERM, by);
			e2e__end_tell(p, p->helper ? SIGKILL : SIGTERM);
			e2e__end_tell(p, SIGCONT);
		}
	while (left && e2e_now() < until) {
		left = false;
		e2e__wait_look();
		for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
			left = left ||
				(p->suite == suite && p->owner == self && p->pub.running &&
					!p->exited);
		if (left)
			poll(NULL, 0, 1);
	}

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		if (p->suite != suite || p->owner != self || (!p->pub.running && p->slot < 0))
			continue;
		e2e__told_asked(p, SIGKILL, by);
		e2e__end_tell(p, SIGKILL);
		while (p->pub.running && !p->exited) {
			e2e__wait_look();
			poll(NULL, 0, p->exited ? 0 : 1);
		}
		if (p->pub.running)
			e2e__end_reap(p);
		e2e__keeper_slot_set(p->slot, E2E__FREE);
		p->slot = -1;
	}
}

/* Forgets the processes of the case (or of the suite): their memory goes. */
E2E__FN void e2e__end_forget(bool suite)
{
	struct e2e__process **at = &e2e__proc.list;

	while (*at) {
		if ((*at)->suite == suite)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

/* ---- proc/command.h ---- */

E2E__FN e2e_result e2e__command_run(
	const char *file, int line, const e2e_spawn_opts *opts, e2e__words argv)
{
	e2e_result r;

	memset(&r, 0, sizeof r);
	e2e__wait_op_begin(file, line);
	e2e__wait_check_exits();
	double begin = e2e_now(),
	       limit = e2e__system_patience(opts && opts->timeout > 0 ? opts->timeout : -1);
	struct e2e__process *p = e2e__spawn_start_command(file, line, opts, argv, true);
	e2e__told_spawn(p);
	p->anticipated = true;
	if (!e2e__wait_await(limit)) {
		e2e__end_group(p, "the limit of e2e_run");
		e2e__end_reap(p);
		e2e__wait_die(p, "timeout",
			e2e_printf(
				"%s (pid %ld) didn't end within %g s; its process group was ended",
				p->pub.command, (long)p->pub.pid, e2e__clock_scaled(limit)),
			"running", NULL,
			"see its log; e2e_proc_timeout(seconds) or .timeout waits longer");
	}

	r.seconds = e2e_now() - begin;
	e2e__end_reap(p);
	if (p->overfull || p->stolen)
		e2e__wait_unexpected(p);
	e2e__wait_op_end();
	r.status = p->pub.status;
	r.out = e2e__log_read(&p->out);
	r.err = e2e__log_read(&p->err);
	r.out_size = p->out.size;
	r.err_size = p->err.size;
	r.proc = &p->pub;
	return r;
}

E2E__FN e2e_result *e2e__command_run_with(const char *file, int line, e2e_spawn_opts opts, ...)
{
	e2e_result *r = (e2e_result *)e2e__memory_alloc(sizeof *r);
	va_list args;

	va_start(args, opts);
	e2e__words argv = e2e__spawn_collect(args);
	va_end(args);
	*r = e2e__command_run(file, line, &opts, argv);
	return r;
}

E2E__FN e2e_result e2e__command_result(const e2e_result *r)
{
	return *r;
}

/* ---- proc/jobs.h ---- */

E2E__FN void e2e__job_ends(const char *file, int line, e2e_proc *pub, int status)
{
	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__end_mine(pub, "e2e_ends");
	p->may_end = true;
	p->ends_with = status;
	/* the keeper doesn't tell of its end any more: it may come */
	e2e__keeper_slot_set(p->slot, E2E__GROUP_ONLY);
	/* others that have ended may be declared next: nobody is judged here */
	e2e__wait_op_end();
}

E2E__FN void e2e__job_signal_group(const char *file, int line, e2e_proc *pub, int signo)
{
	e2e__wait_op_begin(file, line);
	bool of_suite = pub && pub->own->suite && !pub->own->exited; /* anybody may */
	struct e2e__process *p = of_suite ? pub->own : e2e__end_mine(pub, "e2e_signal_group");
	if (p->exited)
		e2e__wait_unexpected(p);
	p->sent = signo;
	e2e__told_signal(p, signo, "e2e_signal_group");
	if (kill(-p->pub.pid, signo))
		e2e__end_signal_it(p, signo, "e2e_signal_group"); /* it leads no group */
	e2e__wait_op_end();
}

/* The case's end: waits for those that may end, and collects those that did as they were allowed
 * to. */
E2E__FN void e2e__jobs_settle(void)
{
	double until = e2e__system_wait_until(e2e__system_patience(-1));
	const struct e2e__process *left;

	do {
		left = NULL;
		e2e__wait_look();
		for (const struct e2e__process *p = e2e__proc.list; p; p = p->next)
			if (p->may_end && p->pub.running && !p->exited && !p->suite &&
				p->owner == getpid())
				left = p;
		if (left) {
			e2e__wait_waiting("the end of %.120s (pid %ld)", left->pub.command,
				(long)left->pub.pid);
			e2e__wait_doze(until);
		}
	} while (left && e2e_now() < until);

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->pub.running && p->exited && e2e__wait_allowed(p) && !p->suite &&
			p->owner == getpid())
			e2e__end_reap(p);
}

/* Does this process descend from the test? What detached itself is a child of the process that
 * watches the case. */
E2E__FN bool e2e__job_is_ours(pid_t pid)
{
	struct e2e__stat st;

	if (!e2e__keeper_knows_processes())
		return true;
	for (int i = 0; i < 100 && pid > 1; i++) {
		if (pid == getpid() || (!e2e__proc.service && pid == e2e__proc.runner))
			return true;
		if (!e2e__system_stat_read(pid, &st))
			return false;
		pid = st.parent;
	}
	return false;
}

/* The number in a pid file, or 0. */
E2E__FN pid_t e2e__job_pid_read(const char *path)
{
	const char *text = e2e__file_read(path, NULL);
	char *end = NULL;
	long pid = text ? strtol(text, &end, 10) : 0;

	/* half a number is none: a line feed or the end follows a whole one */
	bool whole = end && strchr(" \t\r\n", *end); /* or the end of the text */
	return pid > 0 && pid <= INT_MAX && whole ? (pid_t)pid : 0;
}

/* Why nobody can be adopted whose number should stand there. */
E2E__FN const char *e2e__job_why_not(const char *pid_file, pid_t pid, double limit)
{
	const char *text = e2e__file_read(pid_file, NULL);

	if (!text)
		return e2e_printf(
			"%s can't be read after %g s: %s", pid_file, limit, strerror(errno));
	if (!text[strspn(text, " \t\r\n")])
		return e2e_printf("%s is still empty after %g s", pid_file, limit);
	if (!pid)
		return e2e_printf("%s holds \"%.*s\" after %g s, no process's number", pid_file,
			(int)strcspn(text, "\r\n"), text, limit);
	if (kill(pid, 0) == 0 || errno == EPERM)
		return e2e_printf("pid %ld in %s is no process of this test", (long)pid, pid_file);
	return e2e_printf("pid %ld in %s: there is no such process", (long)pid, pid_file);
}

E2E__FN e2e_proc *e2e__job_adopt(const char *file, int line, const char *pid_file)
{
	double limit = e2e__system_patience(-1), until = e2e__system_wait_until(limit);
	const char *what = e2e_printf("adopt %s", pid_file);
	pid_t pid;

	e2e__wait_op_begin(file, line);
	e2e__spawn_ready();
	e2e__wait_waiting("a process's number in %.150s", pid_file);
	while (!(pid = e2e__job_pid_read(pid_file)) || kill(pid, 0) || !e2e__job_is_ours(pid)) {
		e2e__wait_look();
		e2e__wait_check_exits();
		if (e2e_now() < until) {
			double look_again = e2e_now() + 0.01;
			e2e__wait_doze(look_again < until ? look_again : until);
			continue;
		}
		e2e__system_die_of(file, line, what, "not-ready",
			e2e__job_why_not(pid_file, pid, limit),
			!pid ? "does the daemon write it there? see its log"
			     : "the file may be an old one: remove it before the start");
	}

	struct e2e__stat st;
	e2e__system_stat_read(pid, &st);
	const char *slash = strrchr(pid_file, '/'), *base = slash ? slash + 1 : pid_file;
	const char *name = e2e_printf("%.*s", (int)strcspn(base, "."), base);
	struct e2e__process *p = e2e__spawn_process_new(file, line, *name ? name : "daemon",
		st.name[0] ? e2e_printf("%s", st.name) : name, false);
	p->adopted = true;
	close(e2e__spawn_log_open(p, p->out.path));
	close(e2e__spawn_log_open(p, p->err.path));
	sigset_t old;
	e2e__system_signals(SIG_BLOCK, &old);
	e2e__spawn_adopt(p, pid);
	e2e__system_signals(SIG_SETMASK, &old);
	e2e__told_spawn(p);
	e2e__wait_op_end();
	return &p->pub;
}

/* ---- proc/growth.h ---- */

/* The value of a line of smaps_rollup, "Name:  12 kB", in bytes; -1 if there is none. */
E2E__FN double e2e__growth_field(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtod(line + strlen(name), NULL) * 1024 : -1;
}

/* Memory of one process that no file lies behind, in bytes; -1 if nobody tells. What processes
 * share since a fork is parted between them. Older systems than Linux 5.4 don't know that, nor
 * swapped memory. */
E2E__FN double e2e__growth_process(pid_t pid)
{
	char path[64], text[2048];
	double all, resident, shared, own;

	snprintf(path, sizeof path, E2E__PROC "/%ld/smaps_rollup", (long)pid);
	if (e2e__file_read_start(path, text, sizeof text) > 0 &&
		(own = e2e__growth_field(text, "\nPss_Anon:")) >= 0) {
		double swapped = e2e__growth_field(text, "\nSwapPss:");

		return own + (swapped > 0 ? swapped : 0);
	}

	snprintf(path, sizeof path, E2E__PROC "/%ld/statm", (long)pid);
	if (e2e__file_read_start(path, text, sizeof text) > 0 &&
		sscanf(text, "%lf %lf %lf", &all, &resident, &shared) == 3 && all > 0)
		return (resident - shared) * (double)sysconf(_SC_PAGESIZE);
	return -1;
}

/* Of a process and its group; -1 if nobody tells of the process itself. */
E2E__FN double e2e__growth_memory(pid_t leader)
{
	double sum = e2e__growth_process(leader);
	DIR *proc = sum < 0 ? NULL : opendir(E2E__PROC);

	for (struct dirent *e; proc && (e = readdir(proc));) {
		struct e2e__stat st;
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid < 1 || pid == leader || !e2e__system_stat_read(pid, &st) ||
			st.group != leader)
			continue;
		double one = e2e__growth_process(pid);
		sum += one > 0 ? one : 0;
	}

	if (proc)
		closedir(proc);
	return sum;
}

/* The process that a block is about: it has kept the number. */
E2E__FN const struct e2e__process *e2e__growth_whose(const struct e2e__block *block)
{
	const struct e2e__process *p = e2e__proc.list;

	while (p && p->pub.pid != (pid_t)block->slot)
		p = p->next;
	return p;
}

E2E__FN struct e2e__block e2e__growth_open(
	const char *file, int line, const e2e_proc *p, double bytes)
{
	struct e2e__block block;

	memset(&block, 0, sizeof block);
	block.on = 1;
	block.file = file;
	block.line = line;
	block.limit = bytes;
	e2e__wait_op_begin(file, line);
	if (!p)
		e2e__end_misused("e2e_growth_of",
			"e2e_growth_of was given NULL instead of a process",
			"keep what e2e_spawn returned");
	block.slot = (int)p->pid;
	e2e__wait_look();
	if (!p->running || p->own->exited)
		e2e__end_misused("e2e_growth_of",
			e2e_printf("e2e_growth_of: %s has ended before (%s)", p->command,
				e2e__system_status_word(
					p->running ? p->own->exit_status : p->status)),
			"measure it while it runs");
	e2e__wait_op_end();

	block.began = e2e__growth_memory(p->pid);
	if (block.began < 0)
		e2e_skip("memory of %s can't be measured on this system", p->command);
	return block;
}

/* What it has more by now. Who is over the budget may be about to tidy up. */
E2E__FN double e2e__growth_measured(const struct e2e__block *block)
{
	double until = e2e_now() + e2e__clock_scaled(1), now;

	while ((now = e2e__growth_memory((pid_t)block->slot)) > 0 &&
		now - block->began > block->limit && e2e_now() < until)
		poll(NULL, 0, 10);
	return now;
}

E2E__FN void e2e__growth_close(struct e2e__block *block)
{
	const struct e2e__process *p = e2e__growth_whose(block);
	const char *command = p ? p->pub.command : "a process", *measured;
	e2e_failure failure = e2e__system_failure("budget", NULL, NULL);
	double now = p && p->pub.running ? e2e__growth_measured(block) : -1;
	double grew = now - block->began;

	if (now <= 0) { /* a zombie has no memory */
		measured = "what can't be measured";
		failure.message = e2e_printf(
			"%s (pid %d) has ended, and its memory with it", command, block->slot);
		failure.hint = "end it behind the block";
	} else {
		measured = e2e_printf("%.0f bytes", grew);
		failure.message = e2e_printf("%s (pid %d) has grown from %.0f to %.0f bytes",
			command, block->slot, block->began, now);
		failure.hint =
			"do once before the block what fills its caches; the rest is what it doesn't give back";
	}
	if (e2e__assertion_endless(block->limit)) {
		failure.message = "a budget without an end allows everything";
		failure.hint = NULL;
	}

	failure.got = measured;
	failure.want = e2e_printf("at most %.0f bytes", block->limit);
	e2e_report(block->file, block->line,
		now > 0 && grew <= block->limit && !e2e__assertion_endless(block->limit),
		e2e_printf("%s grows by %s, at most %.0f bytes", p ? p->pub.name : "a process",
			measured, block->limit),
		&failure);
}

/* ---- proc/match.h ---- */

/* Compiles an expression of the test; a bad one is a fault of the test and ends the case. */
E2E__FN void e2e__match_compile(regex_t *re, const char *ere, int flags)
{
	char why[200];
	int error = regcomp(re, ere, REG_EXTENDED | flags);

	if (!error)
		return;
	regerror(error, re, why, sizeof why);
	e2e__system_die_of(e2e__proc.file, e2e__proc.line, "the regular expression", "usage",
		e2e_printf("bad regular expression \"%s\": %s", ere, why),
		"it is a POSIX extended one: man 7 regex");
}

/* Text for regexec: NULs would end it, so they become blanks in a copy. */
E2E__FN char *e2e__match_matchable(const char *from, size_t n)
{
	char *copy = (char *)malloc(n + 1);

	if (!copy)
		e2e_bail_out("out of memory");
	memcpy(copy, from, n);
	copy[n] = '\0';
	for (char *nul = copy; (nul = (char *)memchr(nul, 0, (size_t)(copy + n - nul)));)
		*nul = ' ';
	return copy;
}

E2E__FN void e2e__match_keep_groups(const char **group, const char *text, const regmatch_t *match)
{
	for (int i = 0; i < E2E__CAPTURES; i++)
		group[i] = match[i].rm_so < 0
			? NULL
			: e2e_printf("%.*s", (int)(match[i].rm_eo - match[i].rm_so),
				  text + match[i].rm_so);
}

E2E__FN const char *e2e_capture(const e2e_proc *p, int n)
{
	return n < 0 || n >= E2E__CAPTURES ? NULL : p->own->group[n];
}

E2E__FN long long e2e_capture_int(const e2e_proc *p, int n)
{
	const char *text = e2e_capture(p, n);

	return text ? strtoll(text, NULL, 10) : 0;
}

/* How far E2E_LINE has looked, and what it has found. */
struct e2e__line_search {
	size_t at;      /* the next line */
	size_t matched; /* the end of the match */
	const char *group[E2E__CAPTURES];
};

/* E2E_LINE begins behind the last match, and behind the line that the last E2E_LINE has found. */
E2E__FN size_t e2e__match_lines_from(const struct e2e__log *log)
{
	return log->matched > log->lines ? log->matched : log->lines;
}

/* The first whole line from there on that matches. A line without its end may still grow: it must
 * wait. */
E2E__FN bool e2e__match_line_matches(
	struct e2e__log *log, const regex_t *re, struct e2e__line_search *l)
{
	e2e__log_read(log);
	if (l->at > log->size)
		l->at = 0;
	for (;;) {
		const char *from = log->text + l->at;
		const char *end = (const char *)memchr(from, '\n', log->size - l->at);

		if (!end)
			return false;
		regmatch_t match[E2E__CAPTURES];
		size_t n = (size_t)(end - from), begin = l->at;
		bool in_line = begin && from[-1] != '\n';
		l->at += n + 1;
		char *text = e2e__match_matchable(from, n && from[n - 1] == '\r' ? n - 1 : n);
		bool found = !regexec(re, text, E2E__CAPTURES, match, in_line ? REG_NOTBOL : 0);
		if (found) {
			e2e__match_keep_groups(l->group, text, match);
			l->matched = begin + (size_t)match[0].rm_eo;
		}
		free(text);
		if (found)
			return true;
	}
}

/* What to think of a line that is nearly what was looked for; NULL if it isn't. */
E2E__FN const char *e2e__match_nearly_line(
	const char *line, const char *ere, const regex_t *any_case, bool ended)
{
	if (!ended && !regexec(any_case, line, 0, NULL, 0))
		return e2e_printf(
			"\"%.100s\" has no end yet, and E2E_LINE takes whole lines: e2e_expect(p, \"%.100s\")",
			line, ere);
	if (!regexec(any_case, line, 0, NULL, 0))
		return e2e_printf("\"%.100s\" differs in upper and lower case alone", line);
	if (strstr(line, ere))
		return e2e_printf(
			"\"%.100s\" stands there as it is; in a regular expression one of its signs means"
			" something else: a \\\\ before it",
			ere);
	return NULL;
}

enum { E2E__MATCH_NEARLY = 65536 }; /* bytes at a log's end that are looked at again */

/* A line of a log that is nearly what was looked for in vain behind `from`, in whole lines or in
 * parts, or that has been found before: a hint, or NULL. */
E2E__FN const char *e2e__match_nearly(
	const struct e2e__log *log, const char *ere, size_t from, bool whole)
{
	const char *hint = NULL, *used = NULL;
	regex_t same, any_case;
	size_t at = log->size > E2E__MATCH_NEARLY ? log->size - E2E__MATCH_NEARLY : 0;

	if (!log->text || regcomp(&same, ere, REG_EXTENDED | REG_NOSUB))
		return NULL;
	if (regcomp(&any_case, ere, REG_EXTENDED | REG_NOSUB | REG_ICASE)) {
		regfree(&same);
		return NULL;
	}

	while (at < log->size && !hint) {
		const char *begin = log->text + at;
		const char *end = (const char *)memchr(begin, '\n', log->size - at);
		size_t n = end ? (size_t)(end - begin) : log->size - at;
		char *line = e2e__match_matchable(begin, n && begin[n - 1] == '\r' ? n - 1 : n);

		if (at >= from)
			hint = e2e__match_nearly_line(line, ere, &any_case, end || !whole);
		else if (!regexec(&same, line, 0, NULL, 0))
			used = e2e_printf(
				"\"%.100s\" matches, but e2e_ready or e2e_expect has found that line before",
				line);
		free(line);
		at += n + 1;
	}

	regfree(&same);
	regfree(&any_case);
	return hint ? hint : used;
}

/* What e2e_ready has found is behind the mark from now on. */
E2E__FN void e2e__match_line_consumed(struct e2e__log *log, const struct e2e__line_search *l)
{
	if (!l->matched)
		return;
	if (l->matched > log->matched)
		log->matched = l->matched;
	if (l->at > log->lines)
		log->lines = l->at;
}

/* ---- proc/later.h ---- */

E2E__FN int e2e__later_close(int fd)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return fd;
	struct e2e__later *l = (struct e2e__later *)malloc(sizeof *l);
	if (!l)
		e2e_bail_out("out of memory");
	l->fd = fd;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	l->next = e2e__proc.later;
	e2e__proc.later = l;
	return fd;
}

E2E__FN void e2e__later_held_close(struct e2e__held *h)
{
	for (int i = 0; i < 2; i++)
		if (h->fd[i] >= 0)
			close(h->fd[i]);
	h->fd[0] = h->fd[1] = -1;
}

/* At the case's end (in the suite's fixtures nothing ends: its process does). */
E2E__FN void e2e__later_ports_end(void)
{
	for (struct e2e__later *l; (l = e2e__proc.later); free(l)) {
		struct stat st;

		e2e__proc.later = l->next;
		if (!fstat(l->fd, &st) && st.st_dev == l->dev && st.st_ino == l->ino)
			close(l->fd);
	}
	for (struct e2e__held *h; (h = e2e__proc.held); free(h)) {
		e2e__proc.held = h->next;
		e2e__later_held_close(h);
	}
}

/* ---- proc/ports.h ---- */

/* Connects and hangs up. 0, or an errno. *peer: who listens at a Unix socket, or who did when it
 * was made; 0 if nobody knows. */
E2E__FN int e2e__port_knock_at(const struct sockaddr *address, socklen_t size, pid_t *peer)
{
	int fd = socket(address->sa_family, SOCK_STREAM, 0), error = 0;
	socklen_t length = sizeof error;
	struct pollfd writable;

	if (fd < 0)
		return errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (connect(fd, address, size))
		error = errno;
	if (error == EINPROGRESS) {
		writable.fd = fd;
		writable.events = POLLOUT;
		error = poll(&writable, 1, 100) > 0 ? 0 : ETIMEDOUT;
		if (!error)
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	}

	*peer = 0;
#if defined E2E__LINUX && defined SO_PEERCRED
	struct {
		pid_t pid;
		uid_t uid;
		gid_t gid;
	} who; /* struct ucred, which strict C99 hides */
	length = sizeof who;
	if (!error && address->sa_family == AF_UNIX &&
		!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length))
		*peer = who.pid;
#endif
	close(fd);
	return error;
}

E2E__FN int e2e__port_knock(const struct sockaddr *address, socklen_t size)
{
	pid_t peer;

	return e2e__port_knock_at(address, size, &peer);
}

/* A socket of this type, closed by exec, not one of 0, 1, 2. -1 with errno. */
E2E__FN int e2e__port_socket(int family, int type)
{
	int fd = e2e__system_high(socket(family, type, 0));

	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

E2E__FN int e2e__port_stream(int family)
{
	return e2e__port_socket(family, SOCK_STREAM);
}

/* Does a socket of datagrams have this address? */
E2E__FN bool e2e__port_udp_taken(const struct sockaddr *address, socklen_t size)
{
	int fd = e2e__port_socket(address->sa_family, SOCK_DGRAM);
	bool taken = fd >= 0 && bind(fd, address, size) && errno == EADDRINUSE;

	if (fd >= 0)
		close(fd);
	return taken;
}

E2E__FN int e2e__port(const char *file, int line)
{
	for (int attempt = 0; attempt < 50; attempt++) {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		socklen_t size = sizeof v4;
		bool taken = false;
		int on = 1, fd = e2e__port_stream(AF_INET), fd6 = e2e__port_stream(AF_INET6);

		memset(&v4, 0, sizeof v4);
		v4.sin_family = AF_INET;
		v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		if (fd < 0 || bind(fd, (struct sockaddr *)&v4, sizeof v4) ||
			getsockname(fd, (struct sockaddr *)&v4, &size))
			e2e__wait_net_die(file, line, "e2e_port",
				e2e_printf("no free port: %s", strerror(errno)),
				"too many open files or all ports in use: e2e_port_release() gives one up");
		memset(&v6, 0, sizeof v6);
		v6.sin6_family = AF_INET6;
		v6.sin6_addr.s6_addr[15] = 1;
		v6.sin6_port = v4.sin_port;
		if (fd6 >= 0) {
			setsockopt(fd6, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
			if (bind(fd6, (struct sockaddr *)&v6, sizeof v6)) {
				taken = errno == EADDRINUSE; /* else there is no IPv6 here */
				close(fd6);
				fd6 = -1;
			}
		}
		if (taken || e2e__port_udp_taken((struct sockaddr *)&v4, sizeof v4) ||
			(fd6 >= 0 && e2e__port_udp_taken((struct sockaddr *)&v6, sizeof v6))) {
			close(fd);
			if (fd6 >= 0)
				close(fd6);
			continue;
		}

		/* Only now: set before, the system might choose a port that is held in the same
		 * way. */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		if (fd6 >= 0)
			setsockopt(fd6, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		struct e2e__held *h = (struct e2e__held *)malloc(sizeof *h);
		if (!h)
			e2e_bail_out("out of memory");
		h->fd[0] = fd;
		h->fd[1] = fd6;
		h->port = ntohs(v4.sin_port);
		h->next = e2e__proc.held;
		e2e__proc.held = h;
		return h->port;
	}

	e2e__wait_net_die(
		file, line, "e2e_port", "no port is free on both 127.0.0.1 and ::1", NULL);
	return -1;
}

E2E__FN void e2e_port_release(int port)
{
	for (struct e2e__held *h = e2e__proc.held; h; h = h->next)
		if (h->port == port)
			e2e__later_held_close(h);
}

/* ---- proc/endpoint.h ---- */

E2E__FN const char *e2e__endpoint_forms(void)
{
	return "an endpoint is tcp:HOST:PORT, udp:HOST:PORT, tcp:[::1]:PORT or unix:/path";
}

E2E__FN bool e2e__endpoint_is_udp(const char *endpoint)
{
	return endpoint && strncmp(endpoint, "udp:", 4) == 0;
}

/* HOST:PORT, [HOST]:PORT or PORT */
E2E__FN const char *e2e__endpoint_resolve_port(
	const char *text, struct sockaddr_storage *address, unsigned *size)
{
	char host[256];
	const char *colon = strrchr(text, ':'), *digits = colon ? colon + 1 : text;
	char *end;
	long port = strtol(digits, &end, 10);
	size_t n = colon ? (size_t)(colon - text) : 0;

	if (*end || !*digits || port < 0 || port > 65535)
		return "the port must be a number from 0 to 65535, as in tcp:127.0.0.1:8080";
	if (n >= sizeof host)
		return "the host's name is too long";
	memcpy(host, text, n);
	host[n] = '\0';
	if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
		memmove(host, host + 1, n - 2);
		host[n - 2] = '\0';
	}

	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)address;
	memset(address, 0, sizeof *address);
	if (!host[0] || strcmp(host, "localhost") == 0)
		snprintf(host, sizeof host, "127.0.0.1");
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		*size = sizeof *v4;
	} else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		*size = sizeof *v6;
	} else {
		struct addrinfo *list, want;

		memset(&want, 0, sizeof want);
		want.ai_socktype = SOCK_STREAM;
		int error = getaddrinfo(host, NULL, &want, &list);
		if (error)
			return gai_strerror(error);
		memcpy(address, list->ai_addr, list->ai_addrlen);
		*size = (unsigned)list->ai_addrlen;
		freeaddrinfo(list);
	}

	if (address->ss_family == AF_INET)
		v4->sin_port = htons((uint16_t)port);
	else
		v6->sin6_port = htons((uint16_t)port);
	return NULL;
}

/* The path of a Unix socket, or the name of an abstract one behind its @. */
E2E__FN const char *e2e__endpoint_resolve_path(
	const char *path, struct sockaddr_storage *address, unsigned *size)
{
	struct sockaddr_un *local = (struct sockaddr_un *)(void *)address;
	size_t n = strlen(path);

	if (!*path)
		return "the path is missing";
	if (n >= sizeof local->sun_path)
		return e2e_printf(
			"the path has %zu bytes, at most %zu are possible: use a shorter folder (TMPDIR)",
			n, sizeof local->sun_path - 1);
	memset(address, 0, sizeof *address);
	local->sun_family = AF_UNIX;
	memcpy(local->sun_path, path, n);
	*size = (unsigned)sizeof *local;
	if (*path != '@')
		return NULL;
#ifdef E2E__LINUX
	local->sun_path[0] = '\0';

	/* without a name the system gives it one */
	*size = (unsigned)(offsetof(struct sockaddr_un, sun_path) + (n > 1 ? n : 0));
	return NULL;
#else
	return "only Linux has abstract sockets; a file of this name is unix:./@name";
#endif
}

E2E__FN const char *e2e__endpoint_resolve(
	const char *endpoint, struct sockaddr_storage *address, unsigned *size)
{
	if (!endpoint)
		return "it is NULL";
	if (strncmp(endpoint, "tcp:", 4) == 0 || e2e__endpoint_is_udp(endpoint))
		return e2e__endpoint_resolve_port(endpoint + 4, address, size);
	if (strncmp(endpoint, "unix:", 5) == 0)
		return e2e__endpoint_resolve_path(endpoint + 5, address, size);
	return "it must begin with tcp:, udp: or unix:";
}

E2E__FN int e2e_endpoint_port(const char *endpoint)
{
	bool has_one =
		endpoint && (strncmp(endpoint, "tcp:", 4) == 0 || e2e__endpoint_is_udp(endpoint));
	const char *colon = has_one ? strrchr(endpoint, ':') : NULL;

	return colon ? atoi(colon + 1) : -1;
}

/* "unix:/path", or "unix:@name" of an abstract one, whose name is as long as its address. */
E2E__FN const char *e2e__endpoint_local(const struct sockaddr_un *local, size_t size)
{
	size_t before = offsetof(struct sockaddr_un, sun_path);

	if (size > before + 1 && !local->sun_path[0])
		return e2e_printf("unix:@%.*s", (int)(size - before - 1), local->sun_path + 1);
	return e2e_printf("unix:%s", local->sun_path);
}

E2E__FN const char *e2e_endpoint(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address, int_size = sizeof(int);
	char host[INET6_ADDRSTRLEN] = "?";
	int type = SOCK_STREAM;

	memset(&address, 0, sizeof address);
	if (getsockname(fd, (struct sockaddr *)&address, &size))
		return NULL;
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&address;
	struct sockaddr_un *local = (struct sockaddr_un *)(void *)&address;
	if (address.ss_family == AF_UNIX)
		return e2e__endpoint_local(local, (size_t)size);
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &int_size);
	const char *kind = type == SOCK_DGRAM ? "udp" : "tcp";
	if (address.ss_family == AF_INET6) {
		bool any = memcmp(&v6->sin6_addr, &in6addr_any, sizeof in6addr_any) == 0;

		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
		return e2e_printf("%s:[%s]:%d", kind, any ? "::1" : host, ntohs(v6->sin6_port));
	}

	inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
	return e2e_printf("%s:%s:%d", kind,
		v4->sin_addr.s_addr == htonl(INADDR_ANY) ? "127.0.0.1" : host, ntohs(v4->sin_port));
}

E2E__FN const char *e2e__endpoint_listen_hint(
	int error, const char *endpoint, const struct sockaddr_storage *address, unsigned size)
{
	if (error == EADDRINUSE && strncmp(endpoint, "unix:@", 6) == 0)
		return "somebody listens there; \"unix:@\" chooses a name of its own";
	if (error == EADDRINUSE && strncmp(endpoint, "unix:", 5) == 0)
		return e2e__port_knock((const struct sockaddr *)address, (socklen_t)size) ==
				ECONNREFUSED
			? "nobody listens there: the socket is stale, remove it"
			: "somebody listens there; \"unix:\" chooses a path of its own";
	if (error == EADDRINUSE)
		return "somebody listens there; port 0 chooses a free one, e2e_port() holds one";
	if (error == EACCES)
		return "ports below 1024 and folders of others need a permission";
	return NULL;
}

E2E__FN int e2e__endpoint_listen(const char *file, int line, const char *endpoint)
{
	struct sockaddr_storage address;
	unsigned size = 0;
	int on = 1;

	if (endpoint && strcmp(endpoint, "unix:") == 0)
		endpoint = e2e_printf("unix:%s", e2e__spawn_case_file(file, line, "s", ""));
	const char *wrong = e2e__endpoint_resolve(endpoint, &address, &size);
	if (wrong)
		e2e__wait_net_die(file, line, "e2e_listen",
			e2e_printf("can't listen on %s: %s", endpoint ? endpoint : "NULL", wrong),
			e2e__endpoint_forms());
	bool udp = e2e__endpoint_is_udp(endpoint);
	int fd = e2e__port_socket(address.ss_family, udp ? SOCK_DGRAM : SOCK_STREAM);

	/* two sockets of datagrams would share the port, and one of them would get nothing */
	if (fd >= 0 && !udp && address.ss_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, (socklen_t)size) ||
		(!udp && listen(fd, 128))) {
		int error = errno;
		if (fd >= 0)
			close(fd);
		e2e__wait_net_die(file, line, "e2e_listen",
			e2e_printf("can't listen on %s: %s", endpoint, strerror(error)),
			e2e__endpoint_listen_hint(error, endpoint, &address, size));
	}

	return e2e__later_close(fd);
}

/* -1 with errno; EINVAL with *wrong if the endpoint is none. */
E2E__FN int e2e__endpoint_connect(const char *endpoint, double until, const char **wrong)
{
	struct sockaddr_storage address;
	unsigned size = 0;
	int error = 0;

	*wrong = e2e__endpoint_resolve(endpoint, &address, &size);
	if (*wrong) {
		errno = EINVAL;
		return -1;
	}

	int fd = e2e__port_socket(
		address.ss_family, e2e__endpoint_is_udp(endpoint) ? SOCK_DGRAM : SOCK_STREAM);
	if (fd < 0)
		return -1;
	e2e__wait_waiting("a connection to %s", endpoint);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (connect(fd, (struct sockaddr *)&address, (socklen_t)size) && errno != EISCONN) {
		if (errno == EINPROGRESS || errno == EALREADY || errno == EINTR) {
			struct pollfd writable;
			socklen_t length = sizeof error;

			writable.fd = fd;
			writable.events = POLLOUT;
			if (poll(&writable, 1, 10) > 0 &&
				!getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length)) {
				if (!error)
					break;
				errno = error;
			} else {
				errno = EAGAIN;
			}
		}

		/* EAGAIN: a Unix socket's queue is full, or not yet */
		if (errno != EAGAIN || e2e_now() >= until) {
			error = errno == EAGAIN ? ETIMEDOUT : errno;
			close(fd);
			e2e__wait_waiting(NULL);
			errno = error;
			return -1;
		}
		e2e__limit_pause(0.001);
	}

	e2e__wait_waiting(NULL);
	fcntl(fd, F_SETFL, 0);
	return e2e__later_close(fd);
}

E2E__FN int e2e_try_dial(const char *endpoint, double seconds)
{
	const char *wrong;

	return e2e__endpoint_connect(endpoint, e2e__system_wait_until(seconds), &wrong);
}

/* What helps where nobody answers; NULL: nothing is known. */
E2E__FN const char *e2e__endpoint_dial_hint(int error, const char *endpoint)
{
	if (error == ECONNREFUSED && strncmp(endpoint, "unix:@", 6) == 0)
		return e2e_printf("nobody listens under this name (yet): e2e_ready(p, "
				  "E2E_SOCKET(%s)) waits for it; there is no file to look for, "
				  "ss -xl lists such names",
			e2e_quoted(endpoint + 5));
	if (error == ECONNREFUSED && strncmp(endpoint, "unix:", 5) == 0)
		return "nobody listens there (any more, or yet): e2e_ready(p, E2E_SOCKET(path))"
		       " waits for it";
	if (error == ECONNREFUSED)
		return "nobody listens there (yet): e2e_ready(p, E2E_PORT(n)) waits for it";
	if (error == ENOENT)
		return "there is no such socket (yet): e2e_ready(p, E2E_SOCKET(path)) waits for it";
	return error == ETIMEDOUT ? "the server doesn't accept connections" : NULL;
}

E2E__FN int e2e__endpoint_dial(const char *file, int line, const char *endpoint)
{
	const char *wrong = NULL;
	double limit = e2e__system_patience(-1);
	int fd = e2e__endpoint_connect(endpoint, e2e__system_wait_until(limit), &wrong);

	if (fd >= 0)
		return fd;
	int error = errno;
	const char *hint = wrong ? e2e__endpoint_forms() : e2e__endpoint_dial_hint(error, endpoint);
	e2e__wait_net_die(file, line, "e2e_dial",
		e2e_printf("can't connect to %s: %s", endpoint ? endpoint : "NULL",
			wrong ? wrong : strerror(error)),
		hint);
	return -1;
}

E2E__FN int e2e__endpoint_accept(const char *file, int line, int fd)
{
	e2e__wait_op_begin(file, line);
	if (e2e__endpoint_is_udp(e2e_endpoint(fd)))
		e2e__wait_net_die(file, line, "e2e_accept",
			e2e_printf("%s has no connections", e2e_endpoint(fd)),
			"it is of datagrams: recvfrom() gives the next one, with its sender");
	e2e__wait_waiting("a client's connection to %s", e2e_endpoint(fd));
	double limit = e2e__system_patience(-1), until = e2e__system_wait_until(limit);
	for (;;) {
		struct pollfd readable;

		readable.fd = fd;
		readable.events = POLLIN;
		e2e__wait_look();
		e2e__wait_check_exits();
		if (poll(&readable, 1, 5) > 0) {
			int got = e2e__system_high(accept(fd, NULL, NULL));

			if (got >= 0) {
				fcntl(got, F_SETFD, FD_CLOEXEC);
				e2e__wait_op_end();
				return e2e__later_close(got);
			}
			if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED)
				e2e__wait_net_die(file, line, "e2e_accept",
					e2e_printf(
						"can't accept a connection: %s", strerror(errno)),
					NULL);
		}
		if (e2e_now() >= until)
			e2e__wait_net_die(file, line, "e2e_accept",
				e2e_printf("no connection came to %s within %g s", e2e_endpoint(fd),
					e2e__clock_scaled(limit)),
				NULL);
		e2e__limit_pause(0);
	}
}

/* ---- proc/owner.h ---- */

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

/* ---- proc/ready.h ---- */

/* What e2e_ready knows of one condition. */
struct e2e__condition_state {
	const struct e2e_condition *what;
	regex_t re;
	struct e2e__line_search out, err;
	bool holds;
	const char *why_not;
	double next; /* when a command is tried again, or an owner looked for */
	double pause;
	double patience; /* with one try of a command; doubled when it wasn't enough */
	bool foreign;    /* somebody answers, but not p */
};

/* Somebody answers: is it p? Where that can be known it must be. Looks less and less often: it
 * costs a walk through /proc. */
E2E__FN void e2e__ready_answered(const struct e2e__process *p, struct e2e__condition_state *w,
	const struct e2e__inodes *sockets, const char *where)
{
	const char *name;

	w->foreign = e2e__owner_listener_of(p, sockets, &name) == E2E__OWNER_OTHER;
	w->holds = !w->foreign;
	w->why_not = e2e_printf("%s is answered by %s, not by %s (pid %ld)", where, name,
		p->pub.name, (long)p->pub.pid);
	w->pause = w->pause < 0.1 ? w->pause + 0.01 : 0.1;
	w->next = e2e_now() + w->pause;
}

/* Is somebody there? 0, or an errno. A port of datagrams isn't knocked at, as a server would get
 * that: where /proc doesn't tell who has bound it, it is tried whether it can still be bound. */
E2E__FN int e2e__ready_knock(
	const struct sockaddr *address, socklen_t size, bool udp, struct e2e__inodes *sockets)
{
	if (!udp)
		return e2e__port_knock(address, size);
	e2e__owner_port_listeners(sockets, address, true);
	if (sockets->n)
		return 0;
	if (access(E2E__PROC "/self/net/udp", R_OK) == 0)
		return ECONNREFUSED;
	return e2e__port_udp_taken(address, size) ? 0 : ECONNREFUSED;
}

/* One address of IPv4 or IPv6: 0 if somebody is there, else an errno. `quietly`: somebody else was
 * there, who is spared more knocks, as its queue would be full of them. */
E2E__FN int e2e__ready_address(const struct e2e__process *p, struct e2e__condition_state *w,
	const struct sockaddr *address, socklen_t size, bool udp, bool quietly, const char *where)
{
	struct e2e__inodes sockets = {{0}, 0, 0};

	if (quietly)
		e2e__owner_port_listeners(&sockets, address, udp);
	int error = sockets.n ? 0 : e2e__ready_knock(address, size, udp, &sockets);
	if (error)
		return error;
	if (!sockets.n)
		e2e__owner_port_listeners(&sockets, address, udp);
	e2e__ready_answered(p, w, &sockets, where);
	return 0;
}

E2E__FN void e2e__ready_port(const struct e2e__process *p, struct e2e__condition_state *w, bool udp)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	int port = (int)w->what->number;
	const char *kind = udp ? "UDP port" : "port";

	if (e2e_now() < w->next)
		return;
	memset(&v4, 0, sizeof v4);
	v4.sin_family = AF_INET;
	v4.sin_port = htons((uint16_t)port);
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memset(&v6, 0, sizeof v6);
	v6.sin6_family = AF_INET6;
	v6.sin6_port = htons((uint16_t)port);
	v6.sin6_addr.s6_addr[15] = 1;
	bool quietly = w->foreign;
	w->foreign = false;

	/* another one's at the one address doesn't mean that p isn't at the other */
	int error = e2e__ready_address(p, w, (struct sockaddr *)&v4, sizeof v4, udp, quietly,
		e2e_printf("%s %d of 127.0.0.1", kind, port));
	if (!w->holds)
		e2e__ready_address(p, w, (struct sockaddr *)&v6, sizeof v6, udp, quietly,
			e2e_printf("%s %d of ::1", kind, port));
	if (!w->holds && !w->foreign)
		w->why_not = e2e_printf("%s %d of 127.0.0.1 and ::1: %s", kind, port,
			udp ? "nobody has bound it" : strerror(error));
}

/* `path`: of a file, or "@name". */
E2E__FN void e2e__ready_socket(
	const struct e2e__process *p, struct e2e__condition_state *w, const char *path)
{
	struct sockaddr_storage address;
	unsigned size = 0;
	struct e2e__inodes sockets = {{0}, 0, 0};
	pid_t peer;

	if (e2e_now() < w->next)
		return;
	const char *wrong = e2e__endpoint_resolve_path(path, &address, &size);
	if (wrong) {
		w->why_not = e2e_printf("socket %s: %s", path, wrong);
		return;
	}

	if (w->foreign)
		e2e__owner_unix_listeners(&sockets, path);
	if (sockets.n) {
		e2e__ready_answered(p, w, &sockets, e2e_printf("socket %s", path));
		return;
	}

	int error = e2e__port_knock_at((struct sockaddr *)&address, (socklen_t)size, &peer);
	w->holds = peer > 0 && e2e__owner_of_tree(p, peer);
	w->foreign = false;
	if (w->holds)
		return;
	if (error && error != EPROTOTYPE) { /* there, but of datagrams */
		w->why_not = e2e_printf("socket %s: %s", path, strerror(error));
		return;
	}

	/* it was made by one process and is served by another */
	e2e__owner_unix_listeners(&sockets, path);
	e2e__ready_answered(p, w, &sockets, e2e_printf("socket %s", path));
}

E2E__FN void e2e__ready_endpoint(const struct e2e__process *p, struct e2e__condition_state *w)
{
	struct sockaddr_storage address;
	unsigned size = 0;
	const char *endpoint = w->what->text;
	bool udp = e2e__endpoint_is_udp(endpoint), quietly = w->foreign;

	if (strncmp(endpoint, "unix:", 5) == 0) {
		e2e__ready_socket(p, w, endpoint + 5);
		return;
	}

	if (e2e_now() < w->next)
		return;
	const char *wrong = e2e__endpoint_resolve(endpoint, &address, &size);
	w->foreign = false;
	int error = wrong ? 0
			  : e2e__ready_address(p, w, (struct sockaddr *)&address, (socklen_t)size,
				    udp, quietly, endpoint);
	if (wrong || error)
		w->why_not = e2e_printf("%s: %s", endpoint,
			wrong         ? wrong
				: udp ? "nobody has bound it"
				      : strerror(error));
}

/* Runs the command once, and no try leaves its logs. One that hangs is tried again. */
E2E__FN void e2e__ready_cmd(struct e2e__process *p, struct e2e__condition_state *w, double until)
{
	double now = e2e_now();

	if (now < w->next)
		return;
	if (w->patience <= 0)
		w->patience = until - now > 8 ? (until - now) / 8 : 1;
	if (now + w->patience < until)
		until = now + w->patience;
	struct e2e__process *c =
		e2e__spawn_start_command(e2e__proc.file, e2e__proc.line, NULL, w->what->argv, true);
	c->anticipated = true;
	while (!c->exited && !p->exited && e2e_now() < until) {
		e2e__wait_doze(until);
		e2e__wait_look();
		e2e__wait_check_exits();
	}

	bool cut = !c->exited;
	if (cut) {
		w->patience *= 2;
		e2e__end_group(c, "e2e_ready");
	}
	e2e__end_reap(c);
	w->holds = !cut && c->pub.status == 0;
	if (!cut || !w->why_not)
		/* what an earlier try said is worth more than that the last one had no time */
		w->why_not = e2e_printf("%s: %s: %s", c->pub.command,
			cut ? e2e_printf("not done after %.3g s", e2e_now() - now)
			    : e2e__system_status_word(c->pub.status),
			e2e__log_read(&c->err)[0] ? e2e__log_read(&c->err)
						  : e2e__log_read(&c->out));
	e2e__spawn_evidence_drop(c);
	unlink(c->out.path);
	unlink(c->err.path);
	w->pause = w->pause < 0.2 ? w->pause + 0.02 : 0.2;
	w->next = e2e_now() + w->pause;
}

/* A line of the log that p writes itself. Some programs begin theirs anew. */
E2E__FN void e2e__ready_logged(struct e2e__process *p, struct e2e__condition_state *w)
{
	struct e2e__log *log = &p->own_log;

	w->why_not = log->path
		? e2e_printf("no line of %s matches \"%s\"", log->path, w->what->text)
		: "E2E_LOGGED needs the option .log_file of e2e_spawn_with";
	if (!log->path || access(log->path, F_OK))
		return;
	e2e__log_read(log);
	if (w->out.at > log->size)
		w->out.at = 0;
	w->holds = e2e__match_line_matches(log, &w->re, &w->out);
}

E2E__FN void e2e__ready_check(struct e2e__process *p, struct e2e__condition_state *w, double until)
{
	switch (w->what->kind) {
	case E2E__READY_LINE:
		w->holds = e2e__match_line_matches(&p->out, &w->re, &w->out) ||
			e2e__match_line_matches(&p->err, &w->re, &w->err);
		if (!w->why_not)
			w->why_not = e2e_printf("no line matches \"%s\"", w->what->text);
		return;
	case E2E__READY_LOGGED:
		e2e__ready_logged(p, w);
		return;
	case E2E__READY_PORT:
		e2e__ready_port(p, w, false);
		return;
	case E2E__READY_UDP:
		e2e__ready_port(p, w, true);
		return;
	case E2E__READY_ENDPOINT:
		e2e__ready_endpoint(p, w);
		return;
	case E2E__READY_SOCKET:
		e2e__ready_socket(p, w, w->what->text);
		return;
	case E2E__READY_FILE:
		w->holds = access(w->what->text, F_OK) == 0;
		if (!w->why_not)
			w->why_not = e2e_printf("file %s: %s", w->what->text, strerror(errno));
		return;
	case E2E__READY_CMD:
		e2e__ready_cmd(p, w, until);
		return;
	default:
		w->holds = true;
	}
}

/* p is dead, or is no process that can become ready. */
E2E__FN struct e2e__process *e2e__ready_proc(e2e_proc *pub)
{
	if (pub && pub->own->suite && pub->own->owner != getpid())
		return pub->own; /* of the suite: the runner bails out when it dies */
	return e2e__end_mine(pub, "e2e_ready");
}

/* What e2e_ready waits for: "the readiness of redis (pid 12): port 6379, line "ready"". */
E2E__FN void e2e__ready_waits(
	const struct e2e__process *p, const struct e2e__condition_state *wanted, size_t n)
{
	E2E__BUF(b, 256);

	for (size_t i = 0; i < n; i++) {
		const struct e2e_condition *c = wanted[i].what;

		if (wanted[i].holds)
			continue;
		e2e__buf_adds(&b, b.n ? ", " : ": ");
		if (c->kind == E2E__READY_LINE || c->kind == E2E__READY_LOGGED)
			e2e__buf_addf(&b, "line \"%s\"", c->text);
		else if (c->kind == E2E__READY_PORT || c->kind == E2E__READY_UDP)
			e2e__buf_addf(&b, "%s port %d", c->kind == E2E__READY_UDP ? "udp" : "tcp",
				(int)c->number);
		else if (c->kind == E2E__READY_ENDPOINT)
			e2e__buf_adds(&b, c->text);
		else if (c->kind == E2E__READY_CMD)
			e2e__buf_addf(&b, "command %s", e2e__system_typed(c->argv));
		else
			e2e__buf_addf(&b, "%s %s", c->kind == E2E__READY_SOCKET ? "socket" : "file",
				c->text);
	}

	e2e__buf_add(&b, "", 1);
	e2e__wait_waiting(
		"the readiness of %.80s (pid %ld)%s", p->pub.command, (long)p->pub.pid, b.p);
	e2e__buf_free(&b);
}

/* Of a server's endpoint the port is known. */
E2E__FN const char *e2e__ready_bad_endpoint(const char *endpoint)
{
	struct sockaddr_storage address;
	unsigned size;
	const char *wrong = e2e__endpoint_resolve(endpoint, &address, &size);

	if (!wrong && e2e_endpoint_port(endpoint) == 0)
		wrong = "port 0 is nobody's";
	return wrong ? e2e_printf("E2E_ENDPOINT(%s): %s", endpoint ? e2e_quoted(endpoint) : "NULL",
			       wrong)
		     : NULL;
}

/* What is wrong with a condition, or NULL. */
E2E__FN const char *e2e__ready_bad_condition(const struct e2e_condition *c)
{
	switch (c->kind) {
	case E2E__READY_LOGGED:
		return c->text ? NULL : "E2E_LOGGED(NULL)";
	case E2E__READY_LINE:
		return c->text ? NULL : "E2E_LINE(NULL)";
	case E2E__READY_SOCKET:
		return c->text && *c->text ? NULL : "E2E_SOCKET without a path";
	case E2E__READY_FILE:
		return c->text && *c->text ? NULL : "E2E_FILE without a path";
	case E2E__READY_ENDPOINT:
		return e2e__ready_bad_endpoint(c->text);
	case E2E__READY_PORT:
	case E2E__READY_UDP:
		return c->number >= 1 && c->number <= 65535
			? NULL
			: e2e_printf("%s(%.0f): ports are 1 to 65535",
				  c->kind == E2E__READY_UDP ? "E2E_UDP" : "E2E_PORT", c->number);
	case E2E__READY_WITHIN:
		return c->number >= 0
			? NULL
			: e2e_printf("E2E_WITHIN(%g): it takes seconds from 0 on", c->number);
	default:
		return NULL;
	}
}

/* Ends the case if e2e_ready would look at nothing, or at something else than was meant. */
E2E__FN void e2e__ready_check_conditions(
	const char *file, int line, const struct e2e_condition *list)
{
	const char *wrong = NULL;
	size_t n = 0;

	for (; list->kind != E2E__READY_END && !wrong; list++) {
		wrong = e2e__ready_bad_condition(list);
		n += list->kind != E2E__READY_WITHIN;
	}

	if (!wrong && n)
		return;
	e2e__system_die_of(file, line, "e2e_ready", "usage",
		wrong ? wrong : "e2e_ready was given no condition: what shall it wait for?",
		"E2E_LINE(ere), E2E_PORT(n), E2E_UDP(n), E2E_ENDPOINT(text), E2E_SOCKET(path), E2E_FILE(path), E2E_CMD(command, ...)");
}

/* The conditions of a call, none left out. Where they begin to look: behind the last match. */
E2E__FN struct e2e__condition_state *e2e__ready_conditions(
	const struct e2e__process *p, const struct e2e_condition *list, size_t *n, double *limit)
{
	size_t all = 0;

	while (list[all].kind != E2E__READY_END)
		all++;
	struct e2e__condition_state *wanted =
		(struct e2e__condition_state *)e2e__memory_alloc((all + 1) * sizeof *wanted);
	for (*n = 0; list->kind != E2E__READY_END; list++) {
		if (list->kind == E2E__READY_WITHIN) {
			*limit = list->number;
			continue;
		}
		struct e2e__condition_state *w = &wanted[(*n)++];
		memset(w, 0, sizeof *w);
		w->what = list;
		bool logged = list->kind == E2E__READY_LOGGED;
		w->out.at = e2e__match_lines_from(logged ? &p->own_log : &p->out);
		w->err.at = e2e__match_lines_from(&p->err);
		if (list->kind == E2E__READY_LINE || logged)
			e2e__match_compile(&w->re, list->text, 0);
	}

	return wanted;
}

/* Nothing, or whole blocks: so it looks when a program's output waits in stdio's buffer, and a line
 * is missed that was said. */
E2E__FN bool e2e__ready_buffers(const struct e2e__process *p)
{
	return !p->pump && p->out.size % 4096 == 0;
}

/* Then: what to think of, in a hint. stderr has no buffer: there the line may be another one. */
E2E__FN const char *e2e__ready_buffer_hint(const struct e2e__process *p)
{
	if (p->out.size == 0 && p->err.size > 0)
		return "nothing on stderr matches, and stdout is empty; what is written there may wait in a"
		       " buffer, as without a terminal it does: .pty = true, stdbuf -oL, python -u";
	return "its output may wait in a buffer, as without a terminal it does: .pty = true,"
	       " stdbuf -oL, python -u";
}

/* A line that is nearly the one that was waited for: what to think of it, or NULL. */
E2E__FN const char *e2e__ready_nearly(
	const struct e2e__process *p, const struct e2e_condition *what)
{
	const struct e2e__log *logs[2] = {&p->out, &p->err};

	if (what->kind == E2E__READY_LOGGED)
		logs[0] = logs[1] = &p->own_log;
	else if (what->kind != E2E__READY_LINE)
		return NULL;
	for (int i = 0; i < 2; i++) {
		const char *hint = e2e__match_nearly(
			logs[i], what->text, e2e__match_lines_from(logs[i]), true);

		if (hint)
			return hint;
	}

	return NULL;
}

/* At the end of a failed case, when all have ended: what was waited for in vain may have been in a
 * buffer, and the log that is shown has it now. */
E2E__FN void e2e__ready_late(struct e2e__process *p)
{
	struct e2e__line_search search;
	regex_t re;

	if (!p->missed || p->owner != getpid() || regcomp(&re, p->missed, REG_EXTENDED))
		return;
	memset(&search, 0, sizeof search);
	search.at = p->out.lines;
	e2e__log_read(&p->out);
	if (e2e__match_line_matches(&p->out, &re, &search))
		e2e__hook_explain(e2e_printf("%s_late", p->pub.name),
			e2e_printf(
				"it wrote a line that matches \"%s\" only when it was ended: its output was in a buffer;"
				" .pty = true, stdbuf -oL and python -u help",
				p->missed));
	regfree(&re);
}

/* It has exited before it was ready. */
E2E__FN const char *e2e__ready_gone_hint(const struct e2e__process *p)
{
	return p->exit_status == 0 && !p->stolen
		? "it has ended with 0: if it is a server that daemonises, start it in the foreground, or take over"
		  " the daemon with e2e_adopt(pid_file); if it does its work and ends, e2e_expect looks for a line"
		: e2e__hint_log(p);
}

/* The groups of the last line in the list that was found and has any, else of the last one: which
 * of them came first is chance. */
E2E__FN void e2e__ready_keep_groups(
	struct e2e__process *p, const struct e2e__condition_state *wanted, size_t n)
{
	const struct e2e__line_search *last = NULL;

	for (size_t i = 0, groups = 0; i < n; i++) {
		const struct e2e__line_search *l =
			wanted[i].out.group[0] ? &wanted[i].out : &wanted[i].err;

		if (!l->group[0] || wanted[i].re.re_nsub < groups)
			continue;
		last = l;
		groups = wanted[i].re.re_nsub > 0;
	}
	if (last)
		memcpy(p->group, last->group, sizeof p->group);
}

E2E__FN bool e2e__ready(const char *file, int line, e2e_proc *pub, const struct e2e_condition *list)
{
	size_t n = 0;
	double limit = e2e__system_patience(-1);

	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__ready_proc(pub);
	e2e__ready_check_conditions(file, line, list);
	struct e2e__condition_state *wanted = e2e__ready_conditions(p, list, &n, &limit);
	bool ready = false;
	double begin = e2e_now(), until = e2e__system_wait_until(limit);
	e2e__ready_waits(p, wanted, n);
	for (;;) {
		ready = true;
		for (size_t i = 0; i < n; i++) {
			if (!wanted[i].holds) {
				e2e__ready_check(p, &wanted[i], until);
				if (wanted[i].holds)
					e2e__ready_waits(p, wanted, n);
			}
			ready = ready && wanted[i].holds;
		}
		e2e__wait_look();
		if (p->exited)
			e2e__told_exit(p, true);
		if (p->exited)
			e2e__wait_die(p, p->overfull ? "limit" : "unexpected-exit",
				e2e_printf(
					"%s (pid %ld) has exited after %.3g s instead of becoming ready",
					pub->command, (long)pub->pid, e2e_now() - begin),
				p->owner == getpid() ? e2e__system_status_word(p->exit_status)
						     : "gone",
				"ready",
				p->owner == getpid() && e2e__end_why_ended(p)
					? e2e__end_why_ended(p)
					: e2e__ready_gone_hint(p));
		e2e__wait_check_exits();
		if (ready || e2e_now() >= until)
			break;
		double look_again = e2e_now() + 0.005;
		e2e__wait_doze(look_again < until ? look_again : until);
	}

	e2e__ready_keep_groups(p, wanted, n);

	E2E__BUF(text, 512);
	bool foreign = false, silent = false;
	const char *nearly = NULL;
	e2e__buf_addf(&text, "%s (pid %ld) was not ready after %.3g s", pub->command,
		(long)pub->pid, e2e_now() - begin);
	for (size_t i = 0; i < n; i++) {
		foreign = foreign || wanted[i].foreign;
		bool waits = !wanted[i].holds && wanted[i].what->kind == E2E__READY_LINE &&
			e2e__ready_buffers(p);
		silent = silent || waits;
		if (waits && !p->missed)
			p->missed = e2e_printf("%s", wanted[i].what->text);
		if (!wanted[i].holds)
			e2e__buf_addf(&text, "\n%s", wanted[i].why_not ? wanted[i].why_not : "?");
		if (!wanted[i].holds && !nearly)
			nearly = e2e__ready_nearly(p, wanted[i].what);
		if (ready) {
			e2e__match_line_consumed(
				wanted[i].what->kind == E2E__READY_LOGGED ? &p->own_log : &p->out,
				&wanted[i].out);
			e2e__match_line_consumed(&p->err, &wanted[i].err);
		}
		if (wanted[i].what->kind == E2E__READY_LINE ||
			wanted[i].what->kind == E2E__READY_LOGGED)
			regfree(&wanted[i].re);
	}

	e2e__buf_add(&text, "", 1);
	const char *hint = foreign
		? "somebody else was there first: end that one, or take a port of your own from e2e_port(). A server that"
		  " another one starts (docker, systemd) is ready when E2E_CMD(...) says so"
		: nearly ? e2e_printf("it still runs: %s", nearly)
		: silent
		? e2e_printf("it still runs: %s; E2E_WITHIN(seconds) in the list waits longer",
			  e2e__ready_buffer_hint(p))
		: "it still runs: see its log; E2E_WITHIN(seconds) in the list waits longer";
	e2e_failure failure = e2e__system_failure("not-ready", text.p, hint);
	e2e__wait_op_end();
	if (ready)
		e2e__told_ready(pub->own);
	e2e_report(file, line, ready, e2e_printf("%s is ready", pub->name), &failure);
	e2e__buf_free(&text);
	return ready;
}

/* ---- proc/dialogue.h ---- */

/* The process that a dialogue is with: ours, or the suite's. */
E2E__FN struct e2e__process *e2e__dialogue_partner(e2e_proc *pub, const char *what)
{
	return pub && pub->running && pub->own->suite ? pub->own : e2e__end_mine(pub, what);
}

E2E__FN void e2e__dialogue_send_die(
	struct e2e__process *p, size_t done, size_t size, const char *why, const char *code)
{
	double until = e2e_now() + 0.2;

	while (!p->exited && strcmp(code, "closed") == 0 && e2e_now() < until) {
		poll(NULL, 0, 1);
		e2e__wait_look();
	}
	if (p->exited)
		e2e__wait_unexpected(p);
	e2e__wait_die(p, code,
		e2e_printf("%s (pid %ld) took %zu of %zu bytes: %s", p->pub.command,
			(long)p->pub.pid, done, size, why),
		NULL, NULL, "see its log");
}

E2E__FN void e2e__dialogue_send(
	const char *file, int line, e2e_proc *pub, const char *text, size_t size)
{
	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__dialogue_partner(pub, "e2e_send");
	if (p->exited)
		e2e__wait_unexpected(p);
	if (pub->stdin_fd < 0)
		e2e__wait_die(p, "usage",
			e2e_printf(
				"e2e_send: the stdin of %s is no pipe or terminal", pub->command),
			NULL, NULL,
			"leave .stdin_text and .stdin_file out; nothing can be sent after e2e_send_eof");
	double limit = e2e__system_patience(-1), until = e2e__system_wait_until(limit);
	for (size_t done = 0; done < size;) {
		ssize_t n = e2e__system_write(pub->stdin_fd, text + done, size - done);

		if (n > 0) {
			done += (size_t)n;
		} else if (errno == EPIPE || errno == EIO) {
			e2e__dialogue_send_die(p, done, size, "it has closed its stdin", "closed");
		} else if (e2e_now() >= until) {
			e2e__dialogue_send_die(p, done, size,
				e2e_printf(
					"it doesn't read (waited %g s)", e2e__clock_scaled(limit)),
				"timeout");
		} else {
			struct pollfd writable;

			e2e__wait_waiting("%.120s (pid %ld) to read: it took %zu of %zu bytes",
				pub->command, (long)pub->pid, done, size);
			writable.fd = pub->stdin_fd;
			writable.events = POLLOUT;
			poll(&writable, 1, 5);
			e2e__wait_look();
			e2e__wait_check_exits();
			e2e__limit_pause(0);
		}
	}

	e2e__wait_op_end();
}

E2E__FN void e2e__dialogue_send_eof(const char *file, int line, e2e_proc *pub)
{
	if (pub && pub->own->pump) {
		e2e__dialogue_send(file, line, pub, "\004", 1);
		return;
	}
	e2e__wait_op_begin(file, line);
	e2e__end_stdin_close(e2e__dialogue_partner(pub, "e2e_send_eof"));
	e2e__wait_op_end();
}

/* Looks for a match in what came since the last one. `settled`: nothing more has come for a
 * moment. */
E2E__FN bool e2e__dialogue_found(
	struct e2e__process *p, struct e2e__log *log, const regex_t *re, bool settled)
{
	regmatch_t match[E2E__CAPTURES];

	e2e__log_read(log);
	if (log->matched > log->size)
		log->matched = 0;
	const char *from = log->text + log->matched;
	size_t n = log->size - log->matched;
	bool in_line = log->matched && from[-1] != '\n';
	char *text = e2e__match_matchable(from, n);
	bool found = !regexec(re, text, E2E__CAPTURES, match, in_line ? REG_NOTBOL : 0) &&
		(settled || (size_t)match[0].rm_eo < n); /* at the very end it might still grow */
	if (found) {
		e2e__match_keep_groups(p->group, text, match);
		log->matched += (size_t)match[0].rm_eo;
	}

	free(text);
	return found;
}

/* Words that are nearly what was waited for: what to think of them, or NULL. */
E2E__FN const char *e2e__dialogue_nearly(const struct e2e__process *p, const char *ere)
{
	const char *hint = e2e__match_nearly(&p->out, ere, p->out.matched, false);

	return hint ? hint : e2e__match_nearly(&p->err, ere, p->err.matched, false);
}

E2E__FN bool e2e__dialogue_expect(
	const char *file, int line, e2e_proc *pub, const char *ere, double seconds)
{
	regex_t re;

	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__dialogue_partner(pub, "e2e_expect");
	e2e__match_compile(&re, ere, REG_NEWLINE);
	e2e__wait_waiting("the words of %.80s (pid %ld): %s", pub->command, (long)pub->pid, ere);
	double limit = e2e__system_patience(seconds), until = e2e__system_wait_until(limit),
	       grown = e2e_now();
	size_t seen = 0;
	bool found = false, last = false;
	p->anticipated = true; /* it may say it and exit */
	for (;;) {
		e2e__wait_look();
		if (p->exited && !last) {
			e2e__end_pump(p);
			last = true;
		}
		e2e__log_read(&p->out);
		e2e__log_read(&p->err);
		if (p->out.size + p->err.size != seen)
			grown = e2e_now();
		seen = p->out.size + p->err.size;
		bool settled = last || e2e_now() > grown + 0.01;
		found = e2e__dialogue_found(p, &p->out, &re, settled) ||
			e2e__dialogue_found(p, &p->err, &re, settled);
		e2e__wait_check_exits();
		if (found || last || e2e_now() >= until)
			break;
		double look_again = e2e_now() + 0.003;
		e2e__wait_doze(look_again < until ? look_again : until);
	}

	regfree(&re);
	e2e_failure failure = e2e__system_failure(NULL, NULL, NULL);
	bool on_stderr = !p->out.text[p->out.matched] && p->err.size > p->err.matched;
	const char *since = on_stderr ? p->err.text + p->err.matched : p->out.text + p->out.matched;
	size_t more = strlen(since);
	failure.code = last ? "unexpected-exit" : "timeout";
	failure.message = last
		? e2e_printf("%s (pid %ld) has exited (%s) without it", pub->command,
			  (long)pub->pid,
			  p->owner == getpid() ? e2e__system_status_word(p->exit_status) : "gone")
		: e2e_printf("%s (pid %ld) didn't say it within %g s", pub->command, (long)pub->pid,
			  e2e__clock_scaled(limit));
	if (!found && !last && e2e__ready_buffers(p) && !p->missed)
		p->missed = e2e_printf("%s", ere);
	failure.got = e2e_quoted(more > 400 ? since + more - 400 : since);
	failure.want = e2e_printf("a match of %s", ere);
	const char *first = found ? NULL : e2e__dialogue_nearly(p, ere);
	if (!first && !last && e2e__ready_buffers(p))
		first = e2e__ready_buffer_hint(p);
	failure.hint = e2e_printf("%s%s`got` is what came on %s since the last match",
		first ? first : "", first ? "; " : "", on_stderr ? "stderr" : "stdout");
	p->anticipated = false;
	e2e__wait_op_end();
	return e2e_report(file, line, found, e2e_printf("%s says %s", pub->name, ere), &failure);
}

E2E__FN void e2e__dialogue_resize(
	const char *file, int line, e2e_proc *pub, unsigned rows, unsigned columns)
{
	struct winsize size;

	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__dialogue_partner(pub, "e2e_resize");
	memset(&size, 0, sizeof size);
	size.ws_row = (unsigned short)rows;
	size.ws_col = (unsigned short)columns;
	if (!p->pump || ioctl(pub->stdin_fd, TIOCSWINSZ, &size))
		e2e__wait_die(p, "usage",
			e2e_printf("%s (pid %ld) has no terminal whose size could change",
				pub->command, (long)pub->pid),
			NULL, NULL, "start it with .pty = true");
	e2e__wait_op_end();
}

/* ---- proc/service.h ---- */

/* A service's keeper is a forked process with a session of its own. It runs start(), says the
 * address to the case, and lives until the run is over: the end of file on $E2E_RUN_DIR/alive, or
 * the death of the program that runs alone.
 * In the run's folder: NAME.lock (held while somebody starts it), NAME.alive (locked as long as the
 * keeper lives), NAME.address (address, pid, keeper), NAME.died (why, once its process has ended
 * before the run), NAME.uses (the services that it uses), NAME/ (logs), kept (somebody has to look
 * at the logs: the folder stays). */

E2E__FN const char *e2e__service_file(const char *dir, const char *name, const char *suffix)
{
	return e2e_printf("%s/%s%s", dir, name, suffix);
}

E2E__FN bool e2e__service_lock_held(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return false;
	bool held = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return held;
}

/* Does its keeper live? It holds a lock, so that no number of a process has to be trusted. */
E2E__FN bool e2e__service_lives(const char *dir, const char *name)
{
	return e2e__service_lock_held(e2e__service_file(dir, name, ".alive"));
}

/* The address, or NULL. The pids where they are wanted. */
E2E__FN const char *e2e__service_read(const char *dir, const char *name, pid_t *pid, pid_t *keeper)
{
	char *text = e2e__file_read(e2e__service_file(dir, name, ".address"), NULL), *line;

	if (!text || !(line = strchr(text, '\n')))
		return NULL;
	*line++ = '\0';
	long first = 0, second = 0;
	sscanf(line, "%ld %ld", &first, &second);
	if (pid)
		*pid = (pid_t)first;
	if (keeper)
		*keeper = (pid_t)second;
	return text;
}

/* A file of one go: nobody reads half of it. */
E2E__FN bool e2e__service_write(const char *path, const char *text)
{
	const char *part = e2e_printf("%s.part", path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool fine = fd >= 0 && e2e__file_write_whole(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return fine && !rename(part, path);
}

/* Is the run over? */
E2E__FN bool e2e__service_run_over(const struct e2e__service *s)
{
	char byte;
	struct pollfd one;

	if (s->fifo)
		return read(s->end, &byte, 1) == 0;
	one.fd = s->end;
	one.events = POLLIN;
	return s->end >= 0 ? poll(&one, 1, 0) > 0 : kill(s->runner, 0) != 0;
}

static volatile sig_atomic_t e2e__service_told;

E2E__FN void e2e__service_tell(int signo)
{
	(void)signo;
	e2e__service_told = 1;
}

/* The run's folder stays at its end: a failure names logs that are in it. */
E2E__FN void e2e__service_keep_logs(const char *dir)
{
	e2e__service_write(e2e__service_file(dir, "kept", ""), "");
}

/* The service is dead: those who use it are told why, and its logs stay. */
E2E__FN void e2e__service_died(const struct e2e__service *s, const char *why)
{
	e2e__service_keep_logs(s->run);
	e2e__service_write(e2e__service_file(s->run, s->name, ".died"),
		e2e_printf("service %s: %s", s->name, why));
}

/* How one of its processes has ended, and its last words. */
E2E__FN const char *e2e__service_exit(struct e2e__process *p)
{
	const char *err = e2e__log_end(&p->err), *out = e2e__log_end(&p->out);
	const char *words = err ? err : out ? out : "(nothing)";

	return e2e_printf("%s (pid %ld) has exited: %s; its log %s says: %s", p->pub.command,
		(long)p->pub.pid, e2e__system_status_word(p->exit_status),
		err ? p->err.path : p->out.path, words);
}

/* Is the warden its only child? Then nothing is left of what it has started: all that, however it
 * detached itself, is a child of this process, a subreaper, or of one of those. Asked twice, as a
 * list of children may lack one if another one ends meanwhile. False: there's more, or nobody
 * tells. */
E2E__FN bool e2e__service_alone(const struct e2e__service *s)
{
	pid_t self = getpid(), found[2];
	struct stat threads; /* each has children of its own */

	for (int i = 0; i < 2; i++)
		if (stat(E2E__PROC "/self/task", &threads) || threads.st_nlink != 3 ||
			e2e__keeper_children(self, (long)self, found, 2) != 1 ||
			found[0] != s->warden)
			return false;
	return true;
}

/* Ends all that the service has started, and the warden, which nobody needs any more. */
E2E__FN void e2e__service_clean(const struct e2e__service *s)
{
	e2e__end_all(e2e__hook_in_suite());
	if (!e2e__service_alone(s))
		e2e__keeper_sweep_all(s->mark);
	if (s->warden > 0) {
		kill(s->warden, SIGKILL);
		waitpid(s->warden, NULL, 0);
	}
}

/* Reaps what had detached itself, and is the keeper's child now. Why the service is dead, or
 * NULL. */
E2E__FN const char *e2e__service_orphans(void)
{
	siginfo_t info;

	memset(&info, 0, sizeof info);
	while (!waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid) {
		struct e2e__stat st;
		const struct e2e__process *p = e2e__proc.list;

		while (p && (p->pub.pid != info.si_pid || !p->pub.running))
			p = p->next;
		if (p)
			return NULL; /* one of those that are known */
		bool known = e2e__system_stat_read(info.si_pid, &st);
		bool crash = info.si_code != CLD_EXITED && e2e__system_crash(info.si_status);
		waitpid(info.si_pid, NULL, 0);
		if (crash)
			return e2e_printf("%s (pid %ld), which had detached itself, has died of %s",
				known ? st.name : "a process", (long)info.si_pid,
				e2e__clock_signal_name(info.si_status));
		memset(&info, 0, sizeof info);
	}

	return NULL;
}

/* Sleeps until something stirs, and looks: why is the service dead? NULL: it lives. */
E2E__FN const char *e2e__service_look(const struct e2e__service *s)
{
	struct pollfd polls[64];
	nfds_t n = 1;

	polls[0].fd = s->end;
	polls[0].events = s->fifo ? 0 : POLLIN; /* POLLHUP comes by itself */
	for (struct e2e__process *p = e2e__proc.list; p && n < 64; p = p->next)
		if (p->pidfd >= 0) {
			polls[n].fd = p->pidfd;
			polls[n++].events = POLLIN;
		}
	poll(polls, n, 200);

	e2e__wait_look();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->exited && p->pub.running &&
			!e2e__wait_allowed(p)) /* not those that start() has waited for */
			return e2e__service_exit(p);
	return e2e__service_orphans();
}

/* The keeper's life after the start. */
E2E__FN void e2e__service_keep(const struct e2e__service *s)
{
	const char *why = NULL;

	while (!why && !e2e__service_told && !e2e__service_run_over(s))
		why = e2e__service_look(s);
	if (why)
		e2e__service_died(s, why);
	unlink(e2e__service_file(s->run, s->name, ".address"));
	e2e__service_clean(s);
	_exit(0);
}

enum { E2E__SERVICE_GROUPS = 64 };

/* The process groups of a service are written down for its warden: where there is no /proc, it has
 * no other way to find them. */
E2E__FN void e2e__service_group(pid_t add, pid_t drop)
{
	volatile e2e__seal *groups = e2e__proc.service->groups, old = e2e__page_seal(drop);

	for (int i = 0; groups && i < E2E__SERVICE_GROUPS; i++)
		if (groups[i] == old) {
			groups[i] = e2e__page_seal(add);
			return;
		}
}

/* Until the keeper or the run ends, or the case gives up. */
E2E__FN void e2e__service_warden_watch(const struct e2e__service *s, pid_t keeper, int pidfd)
{
	int hold = s->hold;

	while (getppid() == keeper && !e2e__service_run_over(s)) {
		struct pollfd polls[3];
		char byte;

		polls[0].fd = pidfd;
		polls[1].fd = s->end;
		polls[2].fd = hold;
		polls[0].events = polls[2].events = POLLIN;
		polls[1].events = s->fifo ? 0 : POLLIN; /* POLLHUP comes by itself */
		polls[2].revents = 0;
		poll(polls, 3, pidfd < 0 || s->end < 0 ? 100 : 1000);
		if (hold < 0 || !polls[2].revents)
			continue;
		if (read(hold, &byte, 1) != 1) {
			kill(keeper, SIGKILL); /* it is in start(), which nobody waits for */
			return;
		}

		close(hold); /* it has started */
		close(s->answer);
		hold = -1;
	}
}

/* A second process beside the keeper, for what the keeper can't see to: a start() that blocks while
 * the run ends or the case gives up, and its own death. It ends whatever carries the service's
 * mark. Until the service has started, it has the case's pipes: end of file on `hold` means that
 * the case has given up (a byte: that it has its answer), and `answer` is open as long as there is
 * something to be ended. */
E2E__FN pid_t e2e__service_warden(const struct e2e__service *s)
{
	pid_t keeper = getpid();
	int pidfd = e2e__system_high(e2e__system_pidfd(keeper));
	sigset_t old;

	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = fork();
	if (pid) {
		e2e__system_signals(SIG_SETMASK, &old);
		if (pidfd >= 0)
			close(pidfd);
		return pid;
	}

	setsid();
	const int keep[] = {s->end, pidfd, s->hold, s->answer};
	e2e__system_close_others(keep, 4);
	e2e__system_leave_folder();
#ifdef E2E__LINUX
	prctl(PR_SET_NAME, "e2e-warden");
#endif
	e2e__service_warden_watch(s, keeper, pidfd);
	if (getppid() == keeper) {
		kill(keeper, SIGTERM);
		for (double until = e2e_now() + 0.7; getppid() == keeper && e2e_now() < until;)
			poll(NULL, 0, 5);
		if (getppid() == keeper)
			kill(keeper, SIGKILL);
	}

	bool in_list = s->groups && !e2e__keeper_knows_processes();
	for (int i = 0; in_list && i < E2E__SERVICE_GROUPS; i++) {
		pid_t group = e2e__page_unseal(s->groups[i]);

		if (group)
			kill(-group, SIGKILL);
	}
	e2e__keeper_sweep_all(s->mark);
	_exit(0);
	return 0;
}

/* Which file a descriptor was when the service's keeper was forked. */
struct e2e__inherited {
	int fd;
	dev_t dev;
	ino_t ino;
};

/* The next open descriptor behind this one; -1: there's none. list: /proc/self/fd, which knows them
 * all; NULL: each is tried, and these may be tens of thousands. */
E2E__FN int e2e__service_next_open(DIR *list, int fd)
{
	int max = e2e__system_descriptors();

	for (struct dirent *e; list && (e = readdir(list));) {
		fd = (int)strtol(e->d_name, NULL, 10);
		if (fd > 2 && fd != dirfd(list))
			return fd;
	}

	for (fd++; !list && fd < max; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return fd;
	return -1;
}

/* All that are open now; the last one has the descriptor -1. */
E2E__FN struct e2e__inherited *e2e__service_inherited(void)
{
	DIR *list = opendir(E2E__PROC "/self/fd");
	size_t n = 1;
	struct stat st;

	for (int fd = 2; (fd = e2e__service_next_open(list, fd)) >= 0;)
		n++;
	struct e2e__inherited *all = (struct e2e__inherited *)e2e__memory_alloc(n * sizeof *all);

	struct e2e__inherited *next = all;
	if (list)
		rewinddir(list);
	for (int fd = 2; next < all + n - 1 && (fd = e2e__service_next_open(list, fd)) >= 0;)
		if (!fstat(fd, &st)) {
			next->fd = fd;
			next->dev = st.st_dev;
			next->ino = st.st_ino;
			next++;
		}
	next->fd = -1;
	if (list)
		closedir(list);
	return all;
}

/* Closes those that are still the same, but for what the keeper goes on with. What was the test's
 * goes: nobody must wait for an end of file that the keeper holds. What start() opened stays: it
 * may be the line to a proxy. */
E2E__FN void e2e__service_close_inherited(
	const struct e2e__service *s, const struct e2e__inherited *list)
{
	struct stat st;

	for (; list->fd >= 0; list++)
		if (list->fd != s->alive && list->fd != s->end && !fstat(list->fd, &st) &&
			st.st_dev == list->dev && st.st_ino == list->ino)
			close(list->fd);
}

/* From here on the process is the service's, and no part of the case that it was forked from. */
E2E__FN void e2e__service_enter(struct e2e__service *s)
{
	e2e__hook_forked();
	setsid();
	e2e__system_default_signals();
	e2e__system_quiet();
#ifdef E2E__LINUX
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	prctl(PR_SET_NAME, "e2e-service");
#endif

	/* its keeper must leave it alone, and so must the service that uses this one */
	if (e2e__proc.shared)
		e2e__page_unshare(e2e__proc.shared, sizeof *e2e__proc.shared);
	e2e__spawn_leave_service();
	unsetenv("E2E_MARK");
	s->mark = e2e_printf(
		"E2E_SERVICE=%ld-%llx", (long)getpid(), (unsigned long long)(e2e_now() * 1e9));
	setenv("E2E_SERVICE", strchr(s->mark, '=') + 1, 1);
	s->groups =
		(volatile e2e__seal *)e2e__page_share(E2E__SERVICE_GROUPS * sizeof(e2e__seal), -1);
	e2e__proc.shared = NULL;
	e2e__proc.list = NULL;
	e2e__proc.stems = NULL;
	e2e__proc.service = s;
	e2e__state.own_folder = s->dir;
}

/* What is wrong with what start() has made, or NULL. *first: the service's process. */
E2E__FN const char *e2e__service_wrong(const char *address, struct e2e__process **first)
{
	bool ended = false;

	/* the last of the list was spawned first */
	e2e__wait_look();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		ended = ended || (p->exited && p->pub.running && !e2e__wait_allowed(p));
		if (p->pub.running && (!*first || !p->helper || (*first)->helper))
			*first = p;
	}

	if (!address)
		return e2e__proc.service->excuse ? e2e__proc.service->excuse
						 : "start() returned NULL";
	if (!*address)
		return "start() returned an empty address";
	if (!e2e__proc.list)
		return "start() has spawned nothing";
	if (strchr(address, '\n'))
		return "its address has a line feed in it";
	return !*first || ended ? "its process has ended" : NULL;
}

/* The keeper: never returns. */
E2E__FN void e2e__service_keeper(struct e2e__service *s, e2e_service_fn *start, void *arg)
{
	const struct e2e__inherited *inherited = e2e__service_inherited();
	struct e2e__process *first = NULL;
	struct sigaction action;

	e2e__service_enter(s);
	s->warden = e2e__service_warden(s);
	close(s->hold);
	s->hold = -1;
	s->alive = e2e__system_high(open(
		e2e__service_file(s->run, s->name, ".alive"), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	if (s->alive < 0 || flock(s->alive, LOCK_EX | LOCK_NB))
		_exit(1);
	const char *address = start(arg);

	memset(&action, 0, sizeof action);
	action.sa_handler = e2e__service_tell;
	sigaction(SIGTERM, &action, NULL);
	const char *wrong = e2e__service_wrong(address, &first);
	if (!wrong &&
		!e2e__service_write(e2e__service_file(s->run, s->name, ".address"),
			e2e_printf("%s\n%ld %ld\n", address, (long)first->pub.pid, (long)getpid())))
		wrong = "its address can't be written into the run's folder";
	if (!wrong && write(s->answer, "+", 1) == 1) {
		close(s->answer);
		close(s->lock);
		s->answer = s->lock = -1;
		e2e__service_close_inherited(s, inherited);
		e2e__system_leave_folder();
		e2e__service_keep(s);
	}
	if (wrong && write(s->answer, wrong, strlen(wrong)) < 0) {
		/* nobody listens: the case is gone */
	}

	e2e__service_clean(s);
	_exit(1);
}

/* ---- proc/services.h ---- */

E2E__FN const char *e2e_run_dir(void)
{
	struct stat st;
	const char *given = e2e__proc.given_run_dir;

	if (e2e__proc.service)
		return e2e__memory_strdup(e2e__proc.service->run);
	if (given && *given && (stat(given, &st) || !S_ISDIR(st.st_mode)))
		e2e_bail_out(
			"E2E_RUN_DIR=%s is no folder: services can't be shared there; unset it, or make the folder",
			given);
	if (given && *given)
		return e2e__memory_strdup(given);
	if (!e2e__proc.shared)
		e2e__keeper_start();
	char *own = e2e__proc.shared->run_dir;
	if (!*own) {
		const char *tmp = e2e__file_tmp();
		char path[200];

		if ((size_t)snprintf(path, sizeof path, "%s/e2e-run-XXXXXX", tmp) >= sizeof path) {
			errno = ENAMETOOLONG;
			*path = '\0';
		}
		if (!*path || !mkdtemp(path))
			e2e_bail_out(
				"can't make a folder for services in %s: %s", tmp, strerror(errno));
		memcpy(own, path, sizeof path);
	}

	return e2e__memory_strdup(own);
}

E2E__FN pid_t e2e_service_pid(const char *name)
{
	pid_t pid = 0;

	e2e__service_read(e2e_run_dir(), name, &pid, NULL);
	return pid;
}

/* The lock of a service, waited for as long as the case may last: somebody else starts it. */
E2E__FN int e2e__service_lock(const char *file, int line, const char *dir, const char *name)
{
	const char *path = e2e__service_file(dir, name, ".lock");
	int fd = e2e__system_high(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	double until = e2e__system_wait_until(600);

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			break;
		e2e__wait_waiting("service %s, which another program starts", name);
		if (e2e_now() >= until) {
			close(fd);
			e2e__wait_net_die(file, line, name,
				e2e_printf("service %s: whoever starts it has not finished in time",
					name),
				"see the logs in the run's folder");
		}
		e2e__limit_pause(0.005);
	}

	e2e__wait_waiting(NULL);
	e2e__later_close(fd);
	if (fd < 0)
		e2e__wait_net_die(file, line, name,
			e2e_printf("service %s: can't write %s: %s", name, path, strerror(errno)),
			"E2E_RUN_DIR must be a folder of yours");
	return fd;
}

/* What a service writes from now on belongs into the failure of the case that uses it, and so do
 * the services that this one uses (not for ever: two may use each other). started: this case has
 * just started it; then all that it says does, but what it has said before it was ready is no part
 * of the story. */
E2E__FN void e2e__service_show(const char *dir, const char *name, int depth, bool started)
{
	const char *folder = e2e__service_file(dir, name, "");
	char *uses = e2e__file_read(e2e__service_file(dir, name, ".uses"), NULL), *end;
	DIR *d = opendir(folder);

	for (struct dirent *e; d && (e = readdir(d));) {
		const char *dot = strrchr(e->d_name, '.');
		const char *path = e2e__service_file(folder, "", e->d_name);
		struct stat st;

		if (dot && (strcmp(dot, ".stdout") == 0 || strcmp(dot, ".stderr") == 0) &&
			!stat(path, &st)) {
			e2e__hook_evidence_from(
				e2e_printf("%s/%s", name, e->d_name), path, (long long)st.st_size);
			if (started)
				e2e__lines_quiet(path);
		}
	}

	if (d)
		closedir(d);
	for (; uses && depth < 8 && (end = strchr(uses, '\n')); uses = end + 1) {
		*end = '\0';
		e2e__service_show(dir, uses, depth + 1, false);
	}
}

/* Notes that the service which is being started uses this one. */
E2E__FN void e2e__service_uses(const char *name)
{
	const char *line = e2e_printf("%s\n", name);
	const struct e2e__service *user = e2e__proc.service;
	int fd = open(e2e__service_file(user->run, user->name, ".uses"),
		O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || !e2e__file_write_whole(fd, line, strlen(line)))
		fprintf(stderr, "e2e: can't write that it uses %s: %s\n", name, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* A case begins: it uses what its suite has asked for. */
E2E__FN void e2e__services_case_begin(void)
{
	const struct e2e__proc_shared *shared = e2e__proc.shared;

	for (int i = 0; shared && i < shared->services; i++)
		if (shared->service[i].suite)
			e2e__service_show(e2e_run_dir(), shared->service[i].name, 0, false);
}

/* Notes a service that this program uses, and waits until the processes above know that its keeper
 * is no leftover. */
E2E__FN void e2e__service_use(const char *name, pid_t pid, pid_t keeper)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (!shared) {
		/* it is the child of that one's keeper, and lives as long as the run */
		e2e__service_uses(name);
		return;
	}

	int at = shared->services;
	for (int i = 0; i < shared->services; i++)
		if (strcmp(shared->service[i].name, name) == 0) {
			if (e2e__hook_in_suite())
				shared->service[i].suite = true;
			return;
		}
	if (at >= E2E__SERVICES)
		e2e_bail_out("more than %d services in one program", (int)E2E__SERVICES);
	snprintf(shared->service[at].name, sizeof shared->service[at].name, "%s", name);
	shared->service[at].pid = pid;
	shared->service[at].keeper = e2e__page_seal(keeper);
	shared->service[at].suite = e2e__hook_in_suite();
	shared->services = at + 1;
	double until = e2e_now() + 2;
	for (int i = 0; i < 4; i++) {
		pid_t watcher = shared->watcher[i];

		while (watcher && watcher != getpid() && !shared->service[at].known[i] &&
			e2e_now() < until) {
			kill(watcher, SIGCHLD); /* it looks when something stirs */
			e2e__clock_nap(0.0002);
		}
	}
}

/* The keeper has ended in start() without a word: what its end tells. */
E2E__FN const char *e2e__service_start_failed(pid_t keeper)
{
	int status = 0;

	if (!e2e__system_ended_within(keeper, 1, &status))
		return "its start has failed";
	if (WIFSIGNALED(status))
		return e2e_printf("start() has died of %s (pid %ld)",
			e2e__clock_signal_name(WTERMSIG(status)), (long)keeper);
	return e2e_printf(
		"start() has ended the process it runs in, with exit code %d", WEXITSTATUS(status));
}

/* Gives up a service that is being started, and waits until nothing of it is left: its keeper is
 * our child. */
E2E__FN void e2e__service_give_up(void)
{
	struct e2e__starting s = e2e__proc.starting;
	char rest[200];
	struct pollfd polls[1];

	if (s.keeper <= 0)
		return;
	e2e__proc.starting.keeper = 0;
	close(s.hold);
	polls[0].fd = s.answer;
	polls[0].events = POLLIN;
	fcntl(s.answer, F_SETFL, O_NONBLOCK);
	for (double until = e2e_now() + 3; e2e_now() < until;) {
		ssize_t n = read(s.answer, rest, sizeof rest);

		if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
			break;
		poll(polls, 1, 50);
	}

	close(s.answer);
	kill(s.keeper, SIGKILL);
	e2e__system_reaped_within(s.keeper, 1);
	if (e2e__hook_in_suite())
		e2e__hook_own_drop(s.keeper);
}

/* What a service needs to know of the run that it belongs to. */
E2E__FN struct e2e__service e2e__service_of(const char *dir, const char *name, int lock)
{
	struct e2e__service s;
	const char *given = e2e__proc.given_run_dir;

	memset(&s, 0, sizeof s);
	s.name = name;
	s.run = dir;
	s.dir = e2e__service_file(dir, name, "");
	s.runner = e2e__proc.service ? e2e__proc.service->runner : e2e__proc.shared->runner;
	s.lock = lock;
	s.alive = s.hold = s.answer = s.end = -1;
	if (given && *given)
		s.end = e2e__system_high(open(
			e2e__service_file(dir, "alive", ""), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
	s.fifo = s.end >= 0;
	if (!s.fifo)
		s.end = e2e__system_pidfd(s.runner);
	return s;
}

/* Forks the keeper. Our ends of the pipes between are in e2e__proc.starting: a limit, or a failed
 * assertion in start(), ends the case from outside. */
E2E__FN void e2e__service_fork(
	const char *file, int line, struct e2e__service *s, e2e_service_fn *start, void *arg)
{
	int answer[2], hold[2];
	sigset_t old;

	if (e2e__system_pipe(answer) || e2e__system_pipe(hold) ||
		(mkdir(s->dir, 0700) && errno != EEXIST))
		e2e__wait_net_die(file, line, s->name,
			e2e_printf("service %s: %s", s->name, strerror(errno)), NULL);
	unlink(e2e__service_file(s->run, s->name, ".died"));
	unlink(e2e__service_file(s->run, s->name, ".uses"));
	fflush(stdout);
	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = fork();
	if (pid == 0) {
		close(answer[0]);
		close(hold[1]);
		s->hold = hold[0];
		s->answer = answer[1];
		e2e__system_signals(SIG_SETMASK, &old);
		e2e__service_keeper(s, start, arg);
	}

	if (pid > 0 && (e2e__hook_in_suite() || e2e__state.page->direct))
		e2e__hook_own_add(pid); /* whoever looks for leftovers is this process */
	close(answer[1]);
	close(hold[0]);
	if (s->end >= 0)
		close(s->end);
	e2e__proc.starting.keeper = pid;
	e2e__proc.starting.answer = answer[0];
	e2e__proc.starting.hold = hold[1];
	e2e__system_signals(SIG_SETMASK, &old);
}

/* Starts it and waits for its address. Called with the lock held. */
E2E__FN void e2e__service_start(
	const char *file, int line, struct e2e__service *s, e2e_service_fn *start, void *arg)
{
	char why[1000];
	ssize_t n = -1;

	e2e__wait_waiting("service %s to start", s->name); /* its keeper says more */
	e2e__service_fork(file, line, s, start, arg);
	pid_t pid = e2e__proc.starting.keeper;
	int answer = e2e__proc.starting.answer, hold = e2e__proc.starting.hold;
	fcntl(answer, F_SETFL, O_NONBLOCK);
	double until = e2e__system_wait_until(600);
	while (pid > 0 && (n = read(answer, why, sizeof why - 1)) < 0 &&
		(errno == EAGAIN || errno == EINTR) && e2e_now() < until) {
		struct pollfd answered;

		answered.fd = answer;
		answered.events = POLLIN;
		e2e__limit_pause(0);
		poll(&answered, 1, 2);
	}
	e2e__wait_waiting(NULL);
	if (n == 1 && why[0] == '+' && write(hold, "+", 1) == 1) {
		e2e__proc.starting.keeper = 0;
		close(answer);
		close(hold);
		return;
	}

	const char *ended = n == 0 ? e2e__service_start_failed(pid) : "it took too long";
	e2e__service_give_up();
	e2e__service_keep_logs(s->run);
	close(s->lock);
	why[n > 0 ? n : 0] = '\0';
	e2e__wait_net_die(file, line, s->name,
		e2e_printf("service %s couldn't be started: %s", s->name, n > 0 ? why : ended),
		e2e_printf("its logs are in %s", s->dir));
}

E2E__FN const char *e2e__service(
	const char *file, int line, const char *name, e2e_service_fn *start, void *arg)
{
	static const char fine[] = E2E__ALNUM "-_.";
	pid_t pid = 0, keeper = 0;

	if (!name || !*name || *name == '.' || strlen(name) > 63 || name[strspn(name, fine)])
		e2e__wait_net_die(file, line, "e2e_service",
			e2e_printf("a service can't have the name \"%s\"", name ? name : ""),
			"up to 63 letters, digits, - _ .");
	e2e__spawn_ready();
	if (e2e__proc.shared)
		e2e__proc.shared->services_asked = 1;
	const char *dir = e2e_run_dir();
	int lock = e2e__service_lock(file, line, dir, name);
	const char *died = e2e__file_read(e2e__service_file(dir, name, ".died"), NULL);
	if (died) {
		close(lock);
		e2e_bail_out("%s", died);
	}

	bool started = !e2e__service_lives(dir, name) || !e2e__service_read(dir, name, NULL, NULL);
	if (started) {
		struct e2e__service s = e2e__service_of(dir, name, lock);

		e2e__service_start(file, line, &s, start, arg);
	}
	const char *address = e2e__service_read(dir, name, &pid, &keeper);
	close(lock);
	if (!address)
		e2e__wait_net_die(file, line, name,
			e2e_printf("service %s has ended as soon as it was started", name),
			e2e_printf("its logs are in %s/%s", dir, name));
	e2e__service_show(dir, name, 0, started);
	e2e__service_use(name, pid, keeper);
	return address;
}

/* A program that a case starts, and that is given this run's folder, may start a service of the
 * run. Its keeper is an orphan of the case's then, but no leftover. */
E2E__FN void e2e__services_adopt(const char *dir)
{
	struct stat st;
	DIR *d;

	if (!dir || !*dir || stat(dir, &st) || st.st_mtime == e2e__proc.seen_run ||
		!(d = opendir(dir)))
		return;
	time_t now = time(NULL);
	if (now > st.st_mtime) /* within the same second it may change once more */
		e2e__proc.seen_run = st.st_mtime;
	for (struct dirent *e; (e = readdir(d));) {
		pid_t keeper = 0;
		char *dot = strrchr(e->d_name, '.');

		if (!dot || strcmp(dot, ".address") != 0)
			continue;
		*dot = '\0';
		if (!e2e__service_read(dir, e->d_name, NULL, &keeper) || keeper <= 0)
			continue;
		e2e__hook_own_drop(keeper);
		e2e__hook_own_add(keeper);
	}

	closedir(d);
}

/* Then its services end, too, and in order. */
E2E__FN bool e2e__service_runner_gone(const struct e2e__proc_shared *shared)
{
	return shared->runner != getpid() &&
		(kill(shared->runner, 0) != 0 || e2e__system_zombie(shared->runner));
}

/* How its keeper has ended, if that can be known: it may be a child of the case, or an orphan. */
E2E__FN const char *e2e__service_keeper_end(pid_t keeper)
{
	struct e2e__stat st;
	siginfo_t info;
	int status = 0;

	memset(&info, 0, sizeof info);
	if (keeper > 0 && !waitid(P_PID, (id_t)keeper, &info, WEXITED | WNOHANG | WNOWAIT) &&
		info.si_pid)
		status = info.si_code == CLD_EXITED ? info.si_status : E2E_SIG(info.si_status);
	else if (keeper > 0 && e2e__system_stat_read(keeper, &st) && st.state == 'Z')
		status =
			WIFSIGNALED(st.ended) ? E2E_SIG(WTERMSIG(st.ended)) : WEXITSTATUS(st.ended);
	return status ? e2e_printf("has ended with %s", e2e__system_status_word(status))
		      : "has ended";
}

/* In the processes above the case: why a service that this program uses has died, or NULL. */
E2E__FN const char *e2e__services_watch(void)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;
	const char *given = e2e__proc.given_run_dir;
	char path[PATH_MAX];
	int me = 0;

	e2e__services_adopt(given);
	if (!shared || !shared->services)
		return NULL;
	while (me < 4 && shared->watcher[me] != getpid())
		me++;
	for (int i = 0; i < shared->services; i++) {
		pid_t keeper = e2e__page_unseal(shared->service[i].keeper);

		if (me < 4 && !shared->service[i].known[me]) {
			e2e__hook_own_drop(keeper);
			if (keeper)
				e2e__hook_own_add(keeper);
			shared->service[i].known[me] = 1;
		}
		snprintf(path, sizeof path, "%s/%s.died",
			shared->run_dir[0] ? shared->run_dir
				: given    ? given
					   : "",
			shared->service[i].name);
		if (access(path, F_OK) == 0)
			return e2e__file_read(path, NULL);
		char *dot = strrchr(path, '.');
		snprintf(dot, sizeof path - (size_t)(dot - path), ".alive");
		if (shared->services_over || e2e__service_lock_held(path) ||
			e2e__service_runner_gone(shared))
			continue;

		/* it may have come between */
		snprintf(dot, sizeof path - (size_t)(dot - path), ".died");
		const char *died = access(path, F_OK) == 0 ? e2e__file_read(path, NULL) : NULL;
		return died
			? died
			: e2e_printf(
				  "service %s: its keeper (pid %ld) %s, and the service is gone, too",
				  shared->service[i].name, (long)keeper,
				  e2e__service_keeper_end(keeper));
	}

	return NULL;
}

/* Ends the services of a program that runs alone. Their folder goes, if nobody has to look into
 * it. */
E2E__FN void e2e__services_end(void)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (shared && shared->services_asked && e2e__proc.runner == getpid() && e2e__state.failed)
		e2e__service_keep_logs(e2e_run_dir());
	if (!shared || !shared->run_dir[0] || e2e__proc.runner != getpid())
		return;
	shared->run_dir[sizeof shared->run_dir - 1] = '\0';
	const char *name = strrchr(shared->run_dir, '/');
	if (!name || strncmp(name, "/e2e-run-", 9) != 0)
		return; /* it was overwritten: nothing that isn't ours is removed */
	bool keep = access(e2e__service_file(shared->run_dir, "kept", ""), F_OK) == 0;
	shared->services_over = 1;
	for (int i = 0; i < shared->services; i++) {
		pid_t keeper = e2e__page_unseal(shared->service[i].keeper);

		if (keeper && e2e__service_lives(shared->run_dir, shared->service[i].name))
			kill(keeper, SIGTERM);
	}

	for (int i = 0; i < shared->services; i++) {
		pid_t keeper = e2e__page_unseal(shared->service[i].keeper);
		double until = e2e_now() + 2;

		while (keeper && !e2e__system_reaped_within(keeper, 0) && e2e_now() < until &&
			e2e__service_lives(shared->run_dir, shared->service[i].name))
			e2e__clock_nap(0.0005);
	}

	if (!keep)
		e2e__file_remove_tree(shared->run_dir);
}

/* ---- proc/plan.h ---- */

E2E__FN void e2e__plan_exit(void)
{
	e2e__services_end();
	e2e__keeper_stop();
}

/* Names what a process that has ended left in its group, or NULL. They may be on their way out, or
 * dead. */
E2E__FN const char *e2e__plan_left_behind(const struct e2e__process *p)
{
	double until = e2e_now() + (e2e__keeper_knows_processes() ? 0.1 : 1);
	const char *names = NULL;

	while (e2e__system_group_lives(p->pub.pid) &&
		(names = e2e__end_group_members(p->pub.pid)) && e2e_now() < until)
		poll(NULL, 0, 2);
	return names && e2e__system_group_lives(p->pub.pid) ? names : NULL;
}

/* One failure for a process that the case should have dealt with. */
E2E__FN void e2e__plan_leftover(struct e2e__process *p)
{
	e2e_failure failure = e2e__system_failure(NULL, NULL, NULL);

	if (p->pump_status) {
		failure.code = "log";
		failure.message = e2e_printf(
			"the process that copies the terminal of %s (pid %ld) into %s has ended with %s",
			p->pub.command, (long)p->pub.pid, p->out.path,
			e2e__system_status_word(p->pump_status));
		failure.hint = "output is missing there: is the disk full?";
	} else if (p->helper) {
		failure.code = "unexpected-exit";
		failure.message = e2e__wait_helper_end(p);
		failure.hint = "its stderr, if it said something, is in the log";
	} else if (p->exited && p->pub.running && p->may_end && !p->overfull && !p->stolen) {
		failure.code = "wrong-exit";
		failure.message = e2e_printf("%s (pid %ld) ended with %s", p->pub.command,
			(long)p->pub.pid, e2e__system_status_word(p->exit_status));
		failure.got = e2e__system_status_word(p->exit_status);
		failure.want = e2e__system_status_word(p->ends_with);
		failure.hint = "see its log; e2e_ends says with which status it may end";
	} else if (p->pub.running && p->may_end) {
		failure.code = "timeout";
		failure.message = e2e_printf(
			"%s (pid %ld), which e2e_ends lets end, was still running when its time was over; it was ended",
			p->pub.command, (long)p->pub.pid);
		failure.got = "running";
		failure.want = e2e__system_status_word(p->ends_with);
		failure.hint = "does it wait for something? e2e_proc_timeout(seconds) waits longer";
	} else if (p->exited && p->pub.running) {
		e2e__told_exit(p, true);
		failure.code = p->overfull ? "limit" : "unexpected-exit";
		failure.message = e2e_printf("%s (pid %ld) has exited, and nobody waited for it",
			p->pub.command, (long)p->pub.pid);
		failure.got = e2e__system_status_word(p->exit_status);
		failure.hint = p->overfull ? e2e__end_why_ended(p)
			: e2e__hint_end(p)
			? e2e__hint_end(p)
			: "wait for it before the case ends, e2e_wait(p, status), or say e2e_ends(p, status)";
	} else if (p->pub.running) {
		failure.code = "still-running";
		failure.message =
			e2e_printf("%s (pid %ld) was still running at the case's end; it was ended",
				p->pub.command, (long)p->pub.pid);
		failure.hint = "end it with e2e_kill(p) or e2e_stop(p, status), or wait for it";
	} else {
		const char *names = e2e__plan_left_behind(p);

		if (!names)
			return;
		failure.code = "leaked-process";
		failure.message =
			e2e_printf("%s (pid %ld) has left processes behind: %s; they were ended",
				p->pub.command, (long)p->pub.pid, names);
		failure.got = names;
		failure.hint = e2e__hint_leaked(p);
	}

	failure.diff = e2e__wait_unshown(p);
	e2e_report(p->file, p->line, false, p->pub.name, &failure);
}

/* A process that detached itself is an orphan, whose end nobody waits for. Where the system keeps
 * the dead until the process above the case sees to them, a crash is known here, at the case's
 * end. */
E2E__FN void e2e__plan_orphans_judge(bool failed)
{
	const struct e2e__proc_shared *shared = e2e__proc.shared;
	pid_t above = getppid();
	bool ours = false; /* not a shell, with dead children of its own */

	for (int i = 0; shared && i < 4; i++)
		ours = ours || shared->watcher[i] == above;
	const char *path = e2e_printf(E2E__PROC "/%ld/task/%ld/children", (long)above, (long)above);
	char *text = ours && !e2e__hook_in_suite() && e2e__keeper_knows_processes()
		? e2e__file_read(path, NULL)
		: NULL,
	     *next;
	for (; text; text = next) {
		struct e2e__stat st;
		pid_t pid = (pid_t)strtol(text, &next, 10);

		if (next == text)
			break;
		if (!e2e__system_stat_read(pid, &st) || st.state != 'Z' || !WIFSIGNALED(st.ended) ||
			!e2e__system_crash(WTERMSIG(st.ended)))
			continue;
		e2e_failure failure = e2e__system_failure("unexpected-exit",
			e2e_printf("%s (pid %ld), which had detached itself, has died of %s",
				st.name, (long)pid, e2e__clock_signal_name(WTERMSIG(st.ended))),
			"somebody whom this case has started is its parent or grandparent; its own log may tell more");
		if (failed)
			e2e__hook_explain("crashed", failure.message);
		else
			e2e_report(
				e2e__state.current ? e2e__state.current->file : e2e__case_program(),
				e2e__state.current ? e2e__state.current->line : 0, false, st.name,
				&failure);
	}
}

/* Is there something to be said of this process at the case's end? Helpers end by themselves when
 * the case is over: with 0. */
E2E__FN bool e2e__plan_to_be_judged(const struct e2e__process *p)
{
	if (p->suite || p->owner != e2e__page_pid())
		return false;
	if (p->server && !p->exited && !p->pump_status)
		return false;
	if (p->helper)
		return p->pub.running && p->exited && p->exit_status != 0 && !p->stopping;
	return p->pub.running || p->slot >= 0 || p->pump_status;
}

/* What the suite's processes write from now on belongs into the failure of this case. */
E2E__FN void e2e__plan_show_log(const char *name, const char *stream, const char *path)
{
	struct stat st;

	if (path && !stat(path, &st))
		e2e__hook_evidence_from(
			e2e_printf("suite/%s.%s", name, stream), path, (long long)st.st_size);
}

E2E__FN void e2e__plan_show_suite(void)
{
	for (const struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->suite && p->pub.running) {
			e2e__plan_show_log(p->pub.name, "stdout", p->out.path);
			e2e__plan_show_log(p->pub.name, "stderr", p->err.path);
		}
}

E2E__FN void e2e__plan_case_begin(void)
{
	e2e__proc.stems = NULL;
	e2e__proc.timeout = 0;
	e2e__proc.shown = 0;
	e2e__wait_op_end();
	if (e2e__proc.shared) {
		e2e__proc.shared->dead = 0;
		e2e__proc.shared->test = e2e__page_seal(getpid());
	}

	e2e__plan_show_suite();
	e2e__services_case_begin();
}

E2E__FN void e2e__plan_case_end(bool failed)
{
	int shown = 0;

	e2e__wait_op_begin(NULL, 0);
	e2e__service_give_up();
	if (!failed)
		e2e__jobs_settle();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		if (!e2e__plan_to_be_judged(p))
			continue;
		if (!failed && shown++ < 10)
			e2e__plan_leftover(p);
		else if (p->helper) /* then the failure may well come from this */
			e2e__hook_explain(p->pub.name, e2e__wait_helper_end(p));
	}

	e2e__plan_orphans_judge(failed);
	e2e__end_all(false);
	for (struct e2e__process *p = failed ? e2e__proc.list : NULL; p; p = p->next)
		e2e__ready_late(p);
	e2e__end_forget(false);
	e2e__later_ports_end();
	e2e__wait_op_end();
	e2e__proc.stems = NULL;
	if (e2e__proc.shared)
		e2e__proc.shared->test = 0;
	e2e__proc.handler = false;
	signal(SIGURG, SIG_DFL);
}

/* While e2e_eventually and the like wait. A condition may depend on what a process said before it
 * exited: it is looked at once more after the exit was seen. */
E2E__FN void e2e__plan_idle(void)
{
	if (!e2e__proc.list || e2e__proc.file || !e2e__exit_in_case())
		return;
	e2e__wait_check_logs();
	e2e__wait_look();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->exited && p->pub.running && !p->suite && p->owner == e2e__page_pid() &&
			!e2e__wait_allowed(p) && ++p->looks > 2)
			e2e__wait_unexpected(p);
}

/* In the runner: has a process of the suite died? */
E2E__FN const char *e2e__plan_watch(void)
{
	pid_t self = e2e__page_pid();

	e2e__wait_look();
	e2e__wait_check_logs();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		if (!p->suite || p->owner != self || !p->exited || !p->pub.running || p->stopping ||
			e2e__wait_allowed(p))
			continue;
		const char *err = e2e__log_end(&p->err), *out = e2e__log_end(&p->out);
		return e2e_printf("%s (pid %ld) of the suite has exited: %s; its log %s says: %s",
			p->pub.command, (long)p->pub.pid,
			p->stolen ? "status unknown" : e2e__system_status_word(p->exit_status),
			err ? p->err.path : p->out.path,
			err           ? err
				: out ? out
				      : "(nothing)");
	}

	const char *keeper = e2e__keeper_died();
	return keeper ? keeper : e2e__services_watch();
}

E2E__FN void e2e__plan_suite_end(void)
{
	e2e__wait_op_begin(NULL, 0);
	e2e__service_give_up();
	e2e__end_all(true);
	e2e__end_forget(true);
	e2e__wait_op_end();
	e2e__services_end();
	e2e__keeper_stop();
}

/* Before a fork: whoever watches a case is known to it. */
E2E__FN void e2e__plan_flush(void)
{
	e2e__keeper_start();
	struct e2e__proc_shared *shared = e2e__proc.shared;
	if (!shared)
		return;
	for (int i = 0; i < E2E__SLOTS; i++)
		/* of a case that has crashed: its processes are gone */
		if (shared->slot[i].state != E2E__FREE && !shared->slot[i].suite)
			e2e__keeper_slot_set(i, E2E__FREE);
	for (int i = 0; i < 4; i++) {
		if (shared->watcher[i] == getpid())
			return;
		if (!shared->watcher[i]) {
			shared->watcher[i] = getpid();
			return;
		}
	}
}

/* The case has died, and this process of its was collected by the runner: nobody else can tell of
 * its end. The system kills what the case has spawned when it dies. */
E2E__FN void e2e__plan_collected(struct e2e__page *pg, pid_t pid, int status)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;
	bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	char lane[sizeof shared->slot[0].name], text[200];

	for (int i = 0; shared && i < shared->slots && i < E2E__SLOTS; i++) {
		if (shared->slot[i].state == E2E__FREE || shared->slot[i].suite ||
			!shared->slot[i].spawner || e2e__page_unseal(shared->slot[i].pid) != pid)
			continue;
		snprintf(lane, sizeof lane, "%.*s", (int)sizeof lane - 1,
			(const char *)shared->slot[i].name);
		snprintf(text, sizeof text, "ended: %.60s (pid %ld)%s",
			e2e__system_status_word(WIFSIGNALED(status) ? E2E_SIG(WTERMSIG(status))
								    : WEXITSTATUS(status)),
			(long)pid, killed ? " by the case's death" : "");
		if (lane[0])
			e2e__story_put(pg, e2e__clock_ns(), lane, "exit", status && !killed, text,
				strlen(text));
		return;
	}
}

__attribute__((constructor, unused)) static void e2e__plan_register(void)
{
	const char *run_dir = getenv("E2E_RUN_DIR");

	if (run_dir) {
		/* a relative one would lead elsewhere after chdir() */
		char *full = *run_dir && *run_dir != '/' ? realpath(run_dir, NULL) : NULL;

		e2e__proc.given_run_dir = full ? full : strdup(run_dir);
		unsetenv("E2E_RUN_DIR");
	}
	e2e__proc.hooks.flush = e2e__plan_flush;
	e2e__proc.hooks.case_begin = e2e__plan_case_begin;
	e2e__proc.hooks.case_end = e2e__plan_case_end;
	e2e__proc.hooks.idle = e2e__plan_idle;
	e2e__proc.hooks.failing = e2e__wait_failing;
	e2e__proc.hooks.watch = e2e__plan_watch;
	e2e__proc.hooks.collected = e2e__plan_collected;
	e2e__proc.hooks.suite_end = e2e__plan_suite_end;
	e2e__proc.hooks.folders = e2e__spawn_folders;
	e2e__hook(&e2e__proc.hooks);
}

/* ---- proc/helper.h ---- */

/* The stub server, the proxy and the mail sink are helpers: forked children of the case with a poll
 * loop, a few pages shared with the case, and a socket pair. The case writes into the shared pages,
 * sends a number over the pair and waits until it comes back: then the change is in force. End of
 * file on the pair means that the case is gone. */
struct e2e__helper {
	const char *what; /* for messages */
	e2e_proc *proc;
	int line;                 /* the pair: ours, or in the helper its own */
	int sock;                 /* in the helper: the listening socket */
	int sock2;                /* and another one, or -1 */
	struct e2e__helper *next; /* of the suite's */
	/* a private mapping of both processes; begins with a uint32_t, the last number sent */
	void *shared;
	size_t size; /* of shared */
	void (*run)(struct e2e__helper *helper);
	void (*begin)(struct e2e__helper *helper); /* of the suite's: a case begins */
	void (*tell)(struct e2e__helper *helper);  /* the case has failed: say what it saw */
	void (*judge)(struct e2e__helper *helper); /* the case has passed until now: may fail it */
	const char *file;                          /* where it was started */
	int at;
	int theirs; /* the helper's end of the pair */
	bool open;  /* it runs code of the case's, which has all descriptors and its output */
};

/* Fails and ends the case: what was tried failed with an errno. */
E2E__FN void e2e__helper_die(
	const char *file, int line, const char *code, const char *what, int error, const char *hint)
{
	e2e__system_die_of(
		file, line, NULL, code, e2e_printf("%s: %s", what, strerror(error)), hint);
}

/* In the child: nothing of the case but the descriptors 3 (pair), 4 and perhaps 5 (listeners), no
 * handlers, nothing blocked. */
E2E__FN void e2e__helper_settle(struct e2e__helper *h)
{
	static const int keep[] = {3, 4, 5};
	sigset_t none;

	if (h->open) {
		close(h->line);
		h->line = h->theirs;
		signal(SIGPIPE, SIG_IGN);
		return;
	}

	int pair = fcntl(h->theirs, F_DUPFD, 10), sock = fcntl(h->sock, F_DUPFD, 10);
	int sock2 = h->sock2 < 0 ? -1 : fcntl(h->sock2, F_DUPFD, 10);
	if (pair < 0 || sock < 0 || dup2(pair, 3) < 0 || dup2(sock, 4) < 0 ||
		(h->sock2 >= 0 && (sock2 < 0 || dup2(sock2, 5) < 0)))
		_exit(E2E__HELPER_NO_DESCRIPTORS);
	e2e__system_quiet();
	e2e__system_close_others(keep, h->sock2 < 0 ? 2 : 3);
	h->line = 3;
	h->sock = 4;
	h->sock2 = h->sock2 < 0 ? -1 : 5;
	e2e__system_default_signals();
	signal(SIGPIPE, SIG_IGN);
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

/* Does it still answer? False if it has ended: a death just before the case's end isn't to be
 * missed. One that is slow lives. */
E2E__FN bool e2e__helper_lives(struct e2e__helper *h)
{
	uint32_t *asked = (uint32_t *)h->shared, got = 0, want = ++*asked;
	double until = e2e_now() + 2;
	ssize_t n = e2e__system_write(h->line, (const char *)&want, sizeof want);

	while (n > 0 && got != want && e2e_now() < until) {
		struct pollfd p;

		p.fd = h->line;
		p.events = POLLIN;
		poll(&p, 1, 50);
		n = recv(h->line, &got, sizeof got, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			n = 1;
	}

	return n > 0;
}

/* The line to a helper has ended: so has the helper, and it is known in a moment. */
E2E__FN void e2e__helper_gone(e2e_proc *p)
{
	for (double until = e2e_now() + 2; !p->own->exited && e2e_now() < until; poll(NULL, 0, 1))
		e2e__wait_look();
}

/* At the end of the case. The process is ended by those who end processes; it holds nothing that
 * must be saved. */
E2E__FN void e2e__helper_done(void *arg)
{
	struct e2e__helper *h = (struct e2e__helper *)arg, **at = &e2e__net.helpers;

	while (*at && *at != h)
		at = &(*at)->next;
	if (*at)
		*at = h->next;
	if (!e2e__exit_failed() && h->judge)
		h->judge(h);
	if (e2e__exit_failed())
		h->tell(h);

	/* it tells the story what it has seen, too */
	if (h->proc->running && !e2e__helper_lives(h) && !e2e__exit_failed())
		e2e__helper_gone(h->proc);
	if (!h->proc->own->exited) {
		/* with its line it ends, in order: nobody tells of that who still waits for
		 * another one */
		h->proc->own->may_end = true;
		h->proc->own->ends_with = 0;
		e2e__keeper_slot_set(h->proc->own->slot, E2E__GROUP_ONLY);
	}
	close(h->line);
	e2e__page_unshare(h->shared, h->size);
}

/* The suite's helpers work for each case: they count what is the case's, and tell of it if it
 * fails. */
E2E__FN void e2e__helper_case_begin(void)
{
	struct e2e__helper *h;

	e2e__net.cases++;
	e2e__net.arrived = NULL; /* its memory went with the case before */
	for (h = e2e__net.helpers; h; h = h->next)
		if (h->begin)
			h->begin(h);
}

E2E__FN void e2e__helper_case_end(bool failed)
{
	struct e2e__helper *h;

	for (h = failed ? e2e__net.helpers : NULL; h; h = h->next)
		h->tell(h);
}

/* Memory that the case and its helper both see. */
E2E__FN void *e2e__helper_share(const char *file, int line, struct e2e__helper *h, size_t size)
{
	h->size = size;
	h->shared = e2e__page_share(size, -1);
	if (!h->shared)
		e2e__helper_die(file, line, "helper", e2e_printf("no memory for the %s", h->what),
			errno, NULL);
	return h->shared;
}

/* Starts it; h has its what, run, tell and shared. The listening sockets are the helper's alone
 * from now on. */
E2E__FN void e2e__helper_start(
	const char *file, int line, struct e2e__helper *h, int sock, int sock2)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || e2e__system_fd_flags(pair[0]) < 0 ||
		e2e__system_fd_flags(pair[1]) < 0 || e2e__system_fd_flags(sock) < 0 ||
		(sock2 >= 0 && e2e__system_fd_flags(sock2) < 0))
		e2e__helper_die(file, line, "helper", e2e_printf("no sockets for the %s", h->what),
			errno, NULL);
	h->file = file;
	h->at = line;
	h->line = pair[0];
	h->theirs = pair[1];
	h->sock = sock;
	h->sock2 = sock2;
	h->proc = e2e__spawn_helper(file, line, h->what, e2e__helper_main, h);
	close(pair[1]);
	close(sock);
	if (sock2 >= 0)
		close(sock2);
	if (e2e__hook_in_suite()) {
		h->next = e2e__net.helpers;
		e2e__net.helpers = h;
	}

	e2e_defer(e2e__helper_done, h);
}

/* Makes what the case wrote into the shared memory come into force. */
E2E__FN void e2e__helper_apply(const char *file, int line, struct e2e__helper *h)
{
	double end = e2e__system_wait_until(20);
	uint32_t *asked = (uint32_t *)h->shared, got = 0, want = ++*asked;

	e2e__wait_waiting("the %s (pid %ld) to take what it is told", h->what, (long)h->proc->pid);
	while (send(h->line, &want, sizeof want, 0) < 0 && errno == EINTR)
		;
	for (;;) {
		struct pollfd p;
		ssize_t n;

		p.fd = h->line;
		p.events = POLLIN;
		poll(&p, 1, 5);
		while ((n = recv(h->line, &got, sizeof got, 0)) == (ssize_t)sizeof got &&
			got != want)
			; /* an answer that a case before this one didn't wait for */
		if (n == (ssize_t)sizeof got) {
			e2e__wait_waiting(NULL);
			return;
		}
		e2e__limit_pause(0); /* sees whether the helper has died */
		if ((n < 0 && errno != EAGAIN && errno != EINTR) || e2e_now() > end)
			e2e__helper_die(file, line, "helper",
				e2e_printf("the %s doesn't answer", h->what), ETIMEDOUT,
				"was it stopped, or does it belong to a case that is over?");
	}
}

/* In the helper: takes the case's word, if there is one. Returns whether something changed; exits
 * when the case is gone. */
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

/* ---- proc/traffic.h ---- */

/* One connection through the proxy, or one client of datagrams, as the story tells it: what goes
 * one way without a pause is one event. */
struct e2e__traffic {
	const char *lane;
	const char *what;   /* "connection"; of datagrams "client" */
	long long number;   /* of the connection */
	long long bytes[2]; /* to the server, to the client */
	long long burst[2]; /* of them, those that aren't told yet */
	int pieces;         /* of the burst: datagrams */
	int way;            /* of the last bytes: 0, 1 */
	int turns;          /* how often the way has changed since the last pause */
	int told;           /* of them, how many are in the burst */
	double at;          /* when its last bytes went; seconds as of e2e_now */
	int64_t began;      /* the burst, or before the first one the connection */
	bool closed;
};

static const char *const e2e__traffic_ways[] = {"to the server", "to the client"};

/* from: whose it is, or "". */
E2E__FN void e2e__traffic_open(struct e2e__traffic *t, const char *lane, const char *what,
	long long number, const char *from)
{
	t->lane = lane;
	t->what = what;
	t->number = number;
	e2e__story_tell(lane, "net", false, "%s %lld: accepted%s%s", what, number,
		*from ? " from " : "", from);
	t->began = e2e__clock_ns();
}

/* "83 bytes to the server", "1322 bytes to the server, 594 to the client" */
E2E__FN void e2e__traffic_words(
	char *text, size_t size, const struct e2e__traffic *t, const long long bytes[2])
{
	int way = bytes[0] ? 0 : bytes[1] ? 1 : t->way;

	if (bytes[0] && bytes[1])
		snprintf(text, size, "%lld byte%s %s, %lld %s", bytes[0], E2E__PLURAL(bytes[0]),
			e2e__traffic_ways[0], bytes[1], e2e__traffic_ways[1]);
	else
		snprintf(text, size, "%lld byte%s %s", bytes[way], E2E__PLURAL(bytes[way]),
			e2e__traffic_ways[way]);
}

E2E__FN void e2e__traffic_flush(struct e2e__traffic *t)
{
	char text[240], pieces[40] = "", turns[40] = "", words[80];

	if (!t->told)
		return;
	if (t->pieces)
		snprintf(pieces, sizeof pieces, "%d datagram%s, ", t->pieces,
			E2E__PLURAL(t->pieces));
	if (t->told > 1)
		snprintf(turns, sizeof turns, ", by %d turns", t->told);
	e2e__traffic_words(words, sizeof words, t, t->burst);
	snprintf(text, sizeof text, "%s %lld: %s%s%s", t->what, t->number, pieces, words, turns);
	t->burst[0] = t->burst[1] = 0;
	t->pieces = t->told = 0;
	e2e__story_line(t->began, t->lane, "net", false, text, strlen(text));
}

/* Seconds without anything that end a burst. */
#define E2E__TRAFFIC_PAUSE 0.05

/* A burst that is over is told; *next: when to look again. */
E2E__FN void e2e__traffic_rest(struct e2e__traffic *t, double now, double *next)
{
	double over = t->at + E2E__TRAFFIC_PAUSE;

	if (!t->told)
		return;
	if (now >= over)
		e2e__traffic_flush(t);
	else if (over < *next)
		*next = over;
}

/* So many bytes went this way. A question and its answer are told each; what goes to and fro behind
 * them without a pause, a handshake say, is one event: it isn't to push out what others tell. */
E2E__FN void e2e__traffic_bytes(struct e2e__traffic *t, int way, long long n, double now)
{
	enum { EACH = 2 };
	int64_t at = (int64_t)(now * 1e9); /* before anybody has them */

	if (now > t->at + E2E__TRAFFIC_PAUSE)
		t->turns = 0;
	bool goes_on = t->turns && t->way == way;
	if (!goes_on && (t->turns <= EACH || t->pieces))
		e2e__traffic_flush(t);
	if (!t->told && at > t->began)
		t->began = at;
	t->turns += !goes_on;
	t->told += !goes_on || !t->told;
	t->way = way;
	t->at = now;
	t->burst[way] += n;
	t->bytes[way] += n;
}

E2E__FN void e2e__traffic_datagram(struct e2e__traffic *t, int way, size_t n, double now)
{
	e2e__traffic_bytes(t, way, (long long)n, now);
	t->pieces++;
}

/* The connection has ended; odd: it was broken. */
E2E__FN void e2e__traffic_close(struct e2e__traffic *t, bool odd, const char *how)
{
	if (t->closed)
		return;
	t->closed = true;
	e2e__traffic_flush(t);
	e2e__story_tell(t->lane, "net", odd,
		"%s %lld: %s; %lld byte%s to the server, %lld to the client", t->what, t->number,
		how, t->bytes[0], E2E__PLURAL(t->bytes[0]), t->bytes[1]);
}

/* ---- proc/peer.h ---- */

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

/* ---- proc/proxy.h ---- */

enum { E2E__PROXY_RING = 256 * 1024, E2E__SEGMENTS = 512 };

/* Seconds that a connection which is to break lasts if its client is silent. Broken at once,
 * clients would see it now and then in connect(), now and then later. */
#define E2E__DOOM 0.05

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
	double free_at;                             /* bandwidth and pauses: not before */
	double send_at;                             /* when the planned bytes leave */
	size_t planned;                             /* 0: nothing is planned */
	double fin_at;                              /* when the end is passed on; 0: not decided */
	unsigned long long seen;                    /* bytes read since the fault was set */
	bool faulty, cut, blocked, eof, fin, blind; /* blind: bytes are thrown away */
};

struct e2e__link {
	int fd[2]; /* client, server; -1: closed */
	bool connecting, dead, refused;
	/* an RST for both ends as soon as what was sent before has arrived */
	bool broken;
	double close_at; /* 0: open */
	/* broken from its beginning: when the client speaks, or then; 0: not */
	double doomed;
	struct e2e__flow flow[2]; /* to the server, to the client */
	struct e2e__traffic told;
	int slot[2];   /* in the poll array */
	int number;    /* the how manieth */
	pid_t handler; /* of a server within: who serves it; 0: has ended */
};

/* A server that is no other process behind the proxy, but what the proxy's own process does: a
 * stub. */
struct e2e__datagrams;
struct e2e__datagram;
struct e2e__visitor;
struct e2e__within {
	void (*connect)(struct e2e__proxy_self *px, struct e2e__link *k);
	void (*note)(struct e2e__proxy_self *px, const char *bytes, size_t n); /* they pass */
	void (*reap)(struct e2e__proxy_self *px); /* `wake` says that handlers have ended */

	/* the same of datagrams: a client has come, one is for its handler (false: there's no room
	 * for it yet), handlers have ended */
	void (*visit)(struct e2e__datagrams *g, struct e2e__visitor *v);
	bool (*give)(struct e2e__datagrams *g, struct e2e__visitor *v, struct e2e__datagram *one);
	void (*ended)(struct e2e__datagrams *g);
};

/* What the case and the proxy share. Counters are written by the proxy only. */
struct e2e__proxy_shared {
	uint32_t asked;
	int error; /* of listening again */
	int upstream_error;
	e2e_fault fault[2];
	unsigned changed; /* bits: which directions are new */
	long long accepted, closed, refused, broken, bytes[2];
	long long datagrams, lost, duplicated, reordered;
	volatile int met[2]; /* has the fault of this direction done something? */
	char words[2][120];  /* what it is, "" for none: "to the client: drop" */
};

struct e2e__address {
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
	} u;
	unsigned size;
};

struct e2e__proxy_self {
	struct e2e__helper helper; /* the first member: a helper is cast to this */
	struct e2e__proxy_shared *shared;
	struct e2e__address listen, server;
	const char *to;
	e2e_proxy *px;
	bool of_suite;
	const char *set_file; /* where its faults were set last */
	int set_line;
	e2e_proxy_counts before; /* of the suite's: when the case began */
	/* in the proxy's process */
	e2e_fault fault[2];
	int left[2]; /* connections for which `first` still holds */
	struct e2e__link **links;
	struct pollfd *polls;
	size_t n, size;
	uint64_t chance;
	char lane[16]; /* in the story: "proxy:PORT" */
	struct e2e__peer peer;
	bool full;                        /* no descriptors left: accept when one is closed */
	const struct e2e__within *within; /* NULL: `server` is connected to */
	void *stub;                       /* whose proxy it is */
	int wake;                         /* readable when handlers have ended */
	uint32_t question;                /* of the case, not answered yet while `settle` > 0 */
	double settle;                    /* until when the answer may wait */
};

/* -1 to 1 */
E2E__FN double e2e__proxy_chance(struct e2e__proxy_self *px)
{
	px->chance ^= px->chance << 13;
	px->chance ^= px->chance >> 7;
	px->chance ^= px->chance << 17;
	return (double)(px->chance >> 11) / (double)(1ULL << 52) - 1;
}

E2E__FN void e2e__proxy_rst(int fd)
{
	struct linger l;

	l.l_onoff = 1;
	l.l_linger = 0;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
	close(fd);
}

/* A fault does something: the story says so once. */
E2E__FN void e2e__proxy_met(struct e2e__proxy_self *px, int d)
{
	if (!px->shared->met[d] && px->shared->words[d][0])
		e2e__story_tell(px->lane, "fault", true, "the fault %s", px->shared->words[d]);
	px->shared->met[d] = 1;
}

/* The end of a connection, for the story. */
E2E__FN void e2e__proxy_link_told(struct e2e__link *k, bool rst)
{
	bool by_fault = k->broken || (k->doomed > 0 && !k->refused);

	e2e__traffic_close(&k->told, rst,
		k->refused         ? "the server isn't there"
			: by_fault ? "broken by the fault"
			: rst      ? "broken"
				   : "closed");
}

/* Closes both ends and forgets the connection; the loop frees it. The story has it before anybody
 * can act on it. */
E2E__FN void e2e__proxy_link_close(struct e2e__proxy_self *px, struct e2e__link *k, bool rst)
{
	int i;

	if (!k->dead)
		e2e__proxy_link_told(k, rst);
	for (i = 0; i < 2; i++) {
		if (k->fd[i] >= 0) {
			if (rst)
				e2e__proxy_rst(k->fd[i]);
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
E2E__FN bool e2e__proxy_arrived(int fd)
{
#if defined E2E__LINUX
	int left = 0;
	return fd < 0 || ioctl(fd, TIOCOUTQ, &left) != 0 || left == 0;
#else
	(void)fd;
	return true;
#endif
}

/* The fault's last word on a connection: a reset, or an orderly close from the middle. */
E2E__FN void e2e__proxy_link_cut(struct e2e__link *k, const e2e_fault *f, double now)
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
E2E__FN void e2e__proxy_flow_fault(struct e2e__flow *w, const e2e_fault *f, bool on, double now)
{
	unsigned i;

	w->faulty = on;
	w->seen = 0;
	w->planned = 0;
	w->free_at = now;
	w->blind = on && f->drop && f->limit <= 0;
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
	if (fd < 0 || e2e__system_fd_flags(fd) < 0) {
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
			e2e__proxy_flow_fault(&px->links[i]->flow[d], &px->fault[d],
				px->fault[d].first == 0, now);
	}

	px->shared->changed = 0;
	down = px->fault[0].down || px->fault[1].down;
	if (down) {
		for (i = 0; i < px->n; i++) {
			px->shared->broken++;
			px->links[i]->broken = true;
			e2e__proxy_link_close(px, px->links[i], true);
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
	polls = (struct pollfd *)realloc(px->polls, (2 * size + 3) * sizeof *polls);
	if (polls)
		px->polls = polls;
	if (links && polls)
		px->size = size;
	return links && polls;
}

/* Nobody is there behind us. The client sees its connection break, as a reset at once would. */
E2E__FN void e2e__proxy_link_refuse(
	struct e2e__proxy_self *px, struct e2e__link *k, int error, double now)
{
	px->shared->upstream_error = error;
	px->shared->refused++;
	if (k->fd[1] >= 0)
		close(k->fd[1]);
	k->fd[1] = -1;
	k->connecting = false;
	k->refused = true;
	k->doomed = now + E2E__DOOM;
}

/* The other half of a new connection, unless it is to be broken before. */
E2E__FN void e2e__proxy_link_connect(struct e2e__proxy_self *px, struct e2e__link *k, double now)
{
	int one = 1, tries;

	if (px->within) {
		px->within->connect(px, k);
		return;
	}

	k->fd[1] = socket(px->server.u.any.sa_family, SOCK_STREAM, 0);
	if (k->fd[1] >= 0 && e2e__system_fd_flags(k->fd[1]) >= 0) {
		if (px->server.u.any.sa_family != AF_UNIX)
			setsockopt(k->fd[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		for (tries = 0;; tries++) {
			if (connect(k->fd[1], &px->server.u.any, px->server.size) == 0)
				return;
			if (errno == EINPROGRESS || errno == EINTR) {
				k->connecting = true;
				return;
			}
			if (errno != EAGAIN || tries == 50)
				break;

			/* a Unix socket whose queue is full: any client would wait */
			poll(NULL, 0, 1);
		}
	}

	e2e__proxy_link_refuse(px, k, errno, now);
}

E2E__FN void e2e__proxy_accept(struct e2e__proxy_self *px, double now)
{
	int burst, d, one = 1;
	char from[40];

	for (burst = 0; burst < 64; burst++) {
		struct e2e__link *k;
		int fd = accept(px->helper.sock, NULL, NULL);

		if (fd < 0) {
			px->full = errno == EMFILE || errno == ENFILE;
			return;
		}
		k = e2e__proxy_room(px) ? (struct e2e__link *)calloc(1, sizeof *k) : NULL;
		if (!k || e2e__system_fd_flags(fd) < 0)
			/* a connection that breaks for want of memory would look like a fault */
			_exit(E2E__HELPER_NO_MEMORY);
		if (px->listen.u.any.sa_family != AF_UNIX)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		px->links[px->n++] = k;
		k->number = (int)++px->shared->accepted;
		e2e__traffic_open(&k->told, px->lane, "connection", k->number,
			e2e__peer_name(&px->peer, fd, from, sizeof from));
		k->fd[0] = fd;
		k->fd[1] = -1;
		for (d = 0; d < 2; d++) {
			bool on = px->fault[d].first == 0 || px->left[d] > 0;

			if (on && px->fault[d].first > 0)
				px->left[d]--;
			e2e__proxy_flow_fault(&k->flow[d], &px->fault[d], on, now);
		}
		if ((k->flow[0].cut && px->fault[0].reset) ||
			(k->flow[1].cut && px->fault[1].reset)) {
			k->doomed = now + E2E__DOOM;
			if (k->flow[0].cut)
				e2e__proxy_met(px, 0);
			if (k->flow[1].cut)
				e2e__proxy_met(px, 1);
		} else {
			e2e__proxy_link_connect(px, k, now);
		}
	}
}

/* Queues what was read. Bytes behind the limit don't pass, and then its consequence is near. */
E2E__FN void e2e__proxy_flow_in(struct e2e__proxy_self *px, struct e2e__flow *w, const e2e_fault *f,
	const char *bytes, size_t got, double now)
{
	size_t pass = w->blind || w->cut ? 0 : got;
	int d = f == &px->fault[1];
	struct e2e__segment *last = w->n ? &w->seg[(w->first + w->n - 1) % E2E__SEGMENTS] : NULL;
	double due = now;

	if (w->faulty && f->limit > 0) {
		unsigned long long limit = (unsigned long long)f->limit;

		if (w->seen + pass >= limit) {
			pass = w->seen < limit ? (size_t)(limit - w->seen) : 0;
			w->cut = !f->drop;
			w->blind = w->blind || f->drop;
			e2e__proxy_met(px, d);
		}
		w->seen += pass;
	} else if (w->faulty) {
		e2e__proxy_met(px, d);
	}

	if (pass == 0)
		return;
	if (px->within && d == 0)
		px->within->note(px, bytes, pass);
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

/* Passes bytes on. A server within takes what the client says also when its handler doesn't read
 * any more. */
E2E__FN ssize_t e2e__proxy_pass(const struct e2e__proxy_self *px, const struct e2e__link *k, int d,
	const char *bytes, size_t n)
{
	bool within = px->within && d == 0;
	ssize_t sent = within && k->fd[1] < 0 ? (ssize_t)n : send(k->fd[!d], bytes, n, 0);

	return sent < 0 && within && errno != EAGAIN && errno != EINTR ? (ssize_t)n : sent;
}

/* Reads what the ring takes. False: the connection is broken. */
E2E__FN bool e2e__proxy_flow_read(
	struct e2e__proxy_self *px, struct e2e__flow *w, const e2e_fault *f, int fd, double now)
{
	char waste[4096];
	char *at = waste;
	size_t space = sizeof waste;
	ssize_t n;

	if (!w->blind) {
		size_t tail = (w->head + w->fill) % E2E__PROXY_RING;

		if (!w->ring)
			w->ring = (char *)malloc(E2E__PROXY_RING);
		if (!w->ring)
			_exit(E2E__HELPER_NO_MEMORY);
		at = w->ring + tail;
		space = tail < w->head ? w->head - tail : E2E__PROXY_RING - tail;
	}

	n = recv(fd, at, space, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n > 0)
		e2e__proxy_flow_in(px, w, f, at, (size_t)n, now);
	else
		w->eof = true;
	return n >= 0 || px->within;
}

/* How many bytes leave next, and when: planned once, so that what arrives meanwhile doesn't move
 * it. */
E2E__FN void e2e__proxy_flow_plan(struct e2e__flow *w, const e2e_fault *f, double now)
{
	const struct e2e__segment *s = &w->seg[w->first];
	size_t k = s->n, straight = E2E__PROXY_RING - w->head;

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
E2E__FN bool e2e__proxy_flow_write(
	struct e2e__proxy_self *px, struct e2e__link *k, int d, double now, double *next)
{
	struct e2e__flow *w = &k->flow[d];
	const e2e_fault *f = &px->fault[d];

	w->blocked = false;
	while (w->n) {
		struct e2e__segment *s = &w->seg[w->first];
		ssize_t n;

		if (!w->planned)
			e2e__proxy_flow_plan(w, f, now);
		if (w->send_at > now) {
			if (w->send_at < *next)
				*next = w->send_at;
			return true;
		}
		n = e2e__proxy_pass(px, k, d, w->ring + w->head, w->planned);
		if (n < 0) {
			w->blocked = errno == EAGAIN;
			return w->blocked || errno == EINTR;
		}
		px->shared->bytes[d] += n;
		e2e__traffic_bytes(&k->told, d, n, now);
		w->head = (w->head + (size_t)n) % E2E__PROXY_RING;
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

	if (w->cut && !w->fin) {
		e2e__proxy_met(px, d);
		e2e__proxy_link_cut(k, f, now);
	} else if (w->eof && !w->fin && !w->blind) {
		if (w->fin_at <= 0)
			w->fin_at = now + (w->faulty ? f->slow_close : 0);
		if (w->faulty && f->slow_close > 0)
			e2e__proxy_met(px, d);
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
E2E__FN bool e2e__proxy_link_connected(struct e2e__proxy_self *px, struct e2e__link *k, double now)
{
	int error = 0;
	socklen_t size = sizeof error;

	if (getsockopt(k->fd[1], SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
		k->connecting = false;
		return true;
	}
	e2e__proxy_link_refuse(px, k, error, now);
	return false;
}

/* One look at a connection: its readable and writable ends, its timers. */
E2E__FN void e2e__proxy_link_step(struct e2e__proxy_self *px, struct e2e__link *k,
	const short *ready, double now, double *next)
{
	int d;

	if (k->dead)
		return;
	if (k->doomed > 0) {
		if (ready[0] || now >= k->doomed) {
			px->shared->broken += !k->refused;
			e2e__proxy_link_close(px, k, true);
		} else if (k->doomed < *next) {
			*next = k->doomed;
		}
		return;
	}

	if (k->connecting) {
		if (!(ready[1] & (POLLOUT | POLLERR | POLLHUP)))
			return;
		if (!e2e__proxy_link_connected(px, k, now)) {
			*next = now; /* it is doomed: look at its time */
			return;
		}
	}

	for (d = 0; d < 2; d++) {
		struct e2e__flow *w = &k->flow[d];
		bool well = true;

		if (!w->eof && (ready[d] & (POLLIN | POLLERR | POLLHUP)))
			well = e2e__proxy_flow_read(px, w, &px->fault[d], k->fd[d], now);
		if (!well || !e2e__proxy_flow_write(px, k, d, now, next)) {
			e2e__proxy_link_close(px, k, true); /* one end broke: so does the other */
			return;
		}
	}

	if (k->broken &&
		((e2e__proxy_arrived(k->fd[0]) && e2e__proxy_arrived(k->fd[1])) ||
			now >= k->close_at)) {
		px->shared->broken++;
		e2e__proxy_link_close(px, k, true);
	} else if (k->broken) {
		*next = now + 0.001 < *next ? now + 0.001 : *next;
	} else if ((k->flow[0].fin && k->flow[1].fin && k->flow[0].eof && k->flow[1].eof) ||
		(k->close_at > 0 && now >= k->close_at)) {
		e2e__proxy_link_close(px, k, false);
	} else if (k->close_at > 0 && k->close_at < *next) {
		*next = k->close_at;
	}
}

/* What a connection waits for; an end that waits for nothing isn't polled, or its hang-up would
 * wake us again and again. */
E2E__FN void e2e__proxy_link_poll(struct e2e__proxy_self *px, struct e2e__link *k, nfds_t *n)
{
	int i;

	for (i = 0; i < 2; i++) {
		const struct e2e__flow *in = &k->flow[i], *out = &k->flow[!i];
		struct pollfd *p = &px->polls[*n];
		int events = 0;

		if (k->doomed > 0)
			events = i == 0 ? POLLIN : 0;
		else if (i == 1 && k->connecting)
			events = POLLOUT;
		else if (!in->eof &&
			(in->blind || (in->fill < E2E__PROXY_RING && in->n < E2E__SEGMENTS)))
			events = k->connecting ? 0 : POLLIN;
		if (out->blocked)
			events |= POLLOUT;
		p->fd = events && k->fd[i] >= 0 ? k->fd[i] : -1;
		p->events = (short)events;
		p->revents = 0;
		k->slot[i] = (int)(*n)++;
	}
}

/* Handlers that are about to end: whether they do so in order is known in a moment. */
E2E__FN bool e2e__proxy_handlers_end(const struct e2e__proxy_self *px)
{
	for (size_t i = 0; i < px->n; i++) {
		const struct e2e__link *k = px->links[i];

		if (k->handler && (k->dead || k->flow[0].eof || k->flow[1].eof))
			return true;
	}
	return false;
}

/* The case's word. What breaks by it is broken when the case goes on. Where nothing is to change it
 * asks whether all is well: the answer waits a little for handlers. */
E2E__FN void e2e__proxy_asked(struct e2e__proxy_self *px, uint32_t number, double now, double *next)
{
	static const short nothing[2] = {0, 0};
	bool changes = px->shared->changed != 0;

	e2e__proxy_take(px, now);
	for (size_t i = 0; i < px->n; i++)
		e2e__proxy_link_step(px, px->links[i], nothing, now, next);
	*next = now;
	if (!px->within || changes) {
		e2e__helper_answer(&px->helper, number);
		return;
	}

	px->question = number;
	px->settle = now + 0.5;
}

E2E__FN void e2e__proxy_settle(struct e2e__proxy_self *px, bool stirred, double now, double *next)
{
	if (px->settle <= 0)
		return;
	if (now < px->settle && (stirred || e2e__proxy_handlers_end(px))) {
		*next = now + 0.005 < *next ? now + 0.005 : *next;
		return;
	}

	px->settle = 0;
	e2e__helper_answer(&px->helper, px->question);
}

/* Forgets connections that are over, and whose handler has ended. */
E2E__FN void e2e__proxy_forget(struct e2e__proxy_self *px)
{
	size_t kept = 0;

	for (size_t i = 0; i < px->n; i++) {
		struct e2e__link *k = px->links[i];

		if (k->dead && !k->handler) {
			free(k->flow[0].ring);
			free(k->flow[1].ring);
			free(k);
		} else {
			px->links[kept++] = k;
		}
	}

	px->n = kept;
}

/* What the proxy waits for. True: something of it has come, the case's word aside. */
E2E__FN bool e2e__proxy_wait(struct e2e__proxy_self *px, double now, double next)
{
	nfds_t n = 3;
	int wait = next > now + 3600 ? 3600000
		: next > now         ? (int)((next - now) * 1000 + 0.999)
				     : 0;

	px->polls[0].fd = px->helper.line;
	px->polls[1].fd = px->full ? -1 : px->helper.sock;
	px->polls[2].fd = px->within ? px->wake : -1;
	for (int i = 0; i < 3; i++) {
		px->polls[i].events = POLLIN;
		px->polls[i].revents = 0;
	}
	for (size_t i = 0; i < px->n; i++)
		e2e__proxy_link_poll(px, px->links[i], &n);
	int ready = poll(px->polls, n, wait);
	if (ready < 0 && errno != EINTR)
		_exit(E2E__HELPER_CANT_WAIT);
	return ready > (px->polls[0].revents != 0);
}

/* Tells of the bytes that have gone; all: also of those that others may follow. */
E2E__FN void e2e__proxy_traffic(struct e2e__proxy_self *px, bool all, double now, double *next)
{
	for (size_t i = 0; i < px->n; i++)
		if (all)
			e2e__traffic_flush(&px->links[i]->told);
		else
			e2e__traffic_rest(&px->links[i]->told, now, next);
}

/* The proxy's life. */
E2E__FN void e2e__proxy_run(struct e2e__helper *h)
{
	struct e2e__proxy_self *px = (struct e2e__proxy_self *)(void *)h;
	double now = e2e_now(), next = now + 3600;

	if (!e2e__proxy_room(px))
		_exit(E2E__HELPER_NO_MEMORY);
	for (;;) {
		uint32_t number;
		bool stirred = e2e__proxy_wait(px, now, next);

		now = e2e_now();
		next = now + 3600;
		for (size_t i = 0; i < px->n; i++) {
			short ready[2];

			ready[0] = px->polls[px->links[i]->slot[0]].revents;
			ready[1] = px->polls[px->links[i]->slot[1]].revents;
			e2e__proxy_link_step(px, px->links[i], ready, now, &next);
		}

		if (px->polls[2].revents)
			px->within->reap(px);
		e2e__proxy_traffic(px, px->polls[0].revents != 0, now, &next);
		if ((px->polls[0].revents & (POLLIN | POLLHUP | POLLERR)) &&
			e2e__helper_asked(h, &number)) {
			e2e__proxy_asked(px, number, now, &next);
		} else if (px->polls[1].revents & POLLIN) {
			e2e__proxy_accept(px, now);
			next = now;
		}

		e2e__proxy_settle(px, stirred, now, &next);
		e2e__proxy_forget(px);
	}
}

/* ---- proc/datagrams.h ---- */

enum {
	E2E__DATAGRAM_MAX = 65536,
	E2E__DATAGRAM_BURST = 64,      /* taken from a socket before the others have their turn */
	E2E__DATAGRAM_QUEUE = 16 << 20 /* bytes that wait in one direction; more is lost */
};

/* Seconds that one which is to be overtaken waits for the next. */
#define E2E__DATAGRAM_HOLD 0.1
/* Seconds after which a silent client is forgotten. */
#define E2E__DATAGRAM_IDLE 60.

struct e2e__datagram {
	struct e2e__datagram *next;
	double due;
	size_t n;   /* bytes, which stand behind this */
	bool again; /* for the next handler of a stub: it has been counted */
};

/* What goes from a client to the server, or back. */
struct e2e__stream {
	struct e2e__datagram *first, *last;
	struct e2e__datagram *held; /* waits to be overtaken, until its due */
};

/* A client, with the socket that the server knows it by. */
struct e2e__visitor {
	struct e2e__visitor *next;
	struct e2e__address from;
	int fd, slot;
	double seen; /* when something came last */
	struct e2e__traffic told;
	int number;      /* the how manieth */
	pid_t handler;   /* of a stub: who serves it; 0: nobody does */
	int inner;       /* that one's end of fd; -1: none */
	long long given; /* to that one: datagrams */
	bool mute;       /* it has shut its end: no more answers */
	struct e2e__stream to[2];
};

/* What will become of a datagram. */
struct e2e__fate {
	bool lost, twice, late;
	double jitter; /* -1 to 1 */
};

struct e2e__datagrams {
	struct e2e__proxy_self *px;
	struct e2e__visitor *list;
	size_t n;
	uint64_t seed[2], number[2]; /* of the direction: datagrams since its fault was set */
	unsigned set[2];             /* times that a fault was set */
	unsigned long long seen[2];  /* bytes since then */
	size_t waiting[2];           /* bytes in queues */
	double free_at[2];           /* bandwidth: not before */
	struct pollfd *polls;
	size_t size;
};

/* A number from 0 to 1 that depends on nothing but its arguments. (splitmix64) */
E2E__FN double e2e__datagram_chance(uint64_t seed, uint64_t number)
{
	uint64_t z = seed + (number + 1) * 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (double)(z >> 11) / (double)(1ULL << 53);
}

/* Each datagram has its four numbers, whatever is set, so that faults don't disturb one another. */
E2E__FN struct e2e__fate e2e__datagram_fate(struct e2e__datagrams *g, int d)
{
	const e2e_fault *f = &g->px->fault[d];
	uint64_t number = 4 * g->number[d]++;
	struct e2e__fate fate;

	fate.lost = e2e__datagram_chance(g->seed[d], number) < f->loss;
	fate.twice = e2e__datagram_chance(g->seed[d], number + 1) < f->duplicate;
	fate.late = e2e__datagram_chance(g->seed[d], number + 2) < f->reorder;
	fate.jitter = 2 * e2e__datagram_chance(g->seed[d], number + 3) - 1;
	return fate;
}

/* Is it for this datagram still, or were there .first of them? */
E2E__FN bool e2e__datagram_faulty(struct e2e__datagrams *g, int d)
{
	struct e2e__proxy_self *px = g->px;

	if (px->fault[d].first == 0)
		return true;
	if (px->left[d] == 0)
		return false;
	px->left[d]--;
	return true;
}

/* More memory for the kernel's queues: what they can't take is lost without anybody's will. */
E2E__FN void e2e__datagram_roomy(int fd)
{
	int size = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

/* Has the port again after it was down. */
E2E__FN void e2e__datagram_listen(struct e2e__proxy_self *px)
{
	const struct sockaddr *at = &px->listen.u.any;
	int fd = socket(at->sa_family, SOCK_DGRAM, 0);

	px->shared->error = 0;
	px->helper.sock = fd;
	if (fd >= 0 && e2e__system_fd_flags(fd) >= 0 && bind(fd, at, px->listen.size) == 0) {
		e2e__datagram_roomy(fd);
		return;
	}

	px->shared->error = errno;
	if (fd >= 0)
		close(fd);
	px->helper.sock = -1;
}

E2E__FN void e2e__datagram_queue(
	struct e2e__datagrams *g, struct e2e__stream *s, struct e2e__datagram *one, int d)
{
	/* the order stays: nobody leaves before the one in front */
	if (s->first && one->due < s->last->due)
		one->due = s->last->due;
	one->next = NULL;
	if (s->first)
		s->last->next = one;
	else
		s->first = one;
	s->last = one;
	g->waiting[d] += one->n;
}

E2E__FN struct e2e__datagram *e2e__datagram_new(const char *bytes, size_t n, double due)
{
	struct e2e__datagram *one = (struct e2e__datagram *)malloc(sizeof *one + n);

	if (!one)
		_exit(E2E__HELPER_NO_MEMORY); /* a loss for want of it would look like a fault */
	one->next = NULL;
	one->due = due;
	one->n = n;
	one->again = false;
	memcpy(one + 1, bytes, n);
	return one;
}

/* Does it vanish because all do, or because the limit is reached? */
E2E__FN bool e2e__datagram_dropped(struct e2e__datagrams *g, const e2e_fault *f, int d, size_t n)
{
	if (!f->drop)
		return false;
	if (f->limit > 0 && g->seen[d] + n <= (unsigned long long)f->limit) {
		g->seen[d] += n;
		return false;
	}
	return true;
}

/* The one that was held back has been overtaken, or has waited long enough. */
E2E__FN void e2e__datagram_release(
	struct e2e__datagrams *g, struct e2e__stream *s, int d, bool overtaken)
{
	struct e2e__datagram *held = s->held;

	if (!held)
		return;
	s->held = NULL;
	g->waiting[d] -= held->n;
	if (overtaken)
		g->px->shared->reordered++;
	e2e__datagram_queue(g, s, held, d);
}

/* A fault has done this to a datagram. */
E2E__FN void e2e__datagram_told(struct e2e__datagrams *g, int d, size_t n, const char *what)
{
	e2e__proxy_met(g->px, d);
	e2e__story_tell(g->px->lane, "fault", true, "a datagram of %zu byte%s %s: %s", n,
		E2E__PLURAL(n), e2e__traffic_ways[d], what);
}

/* A datagram has come: does to it what its fate is. */
E2E__FN void e2e__datagram_in(struct e2e__datagrams *g, struct e2e__visitor *v, int d,
	const char *bytes, size_t n, double now)
{
	struct e2e__proxy_shared *shared = g->px->shared;
	const e2e_fault *f = &g->px->fault[d];
	struct e2e__stream *s = &v->to[d];
	struct e2e__fate fate = e2e__datagram_fate(g, d);
	bool faulty = e2e__datagram_faulty(g, d);
	double due = now;

	shared->datagrams++;
	if (g->waiting[d] + n > E2E__DATAGRAM_QUEUE ||
		(faulty && (fate.lost || e2e__datagram_dropped(g, f, d, n)))) {
		shared->lost++;
		if (faulty)
			e2e__datagram_told(g, d, n, "lost");
		return;
	}

	if (faulty && (f->latency > 0 || f->jitter > 0 || f->bandwidth > 0)) {
		due += f->latency + f->jitter * fate.jitter;
		e2e__proxy_met(g->px, d);
	}
	if (faulty && f->bandwidth > 0) {
		double begin = g->free_at[d] > due ? g->free_at[d] : due;

		due = g->free_at[d] = begin + (double)n / f->bandwidth;
	}

	struct e2e__datagram *one = e2e__datagram_new(bytes, n, due);
	if (faulty && fate.late && !s->held) {
		one->due += E2E__DATAGRAM_HOLD;
		g->waiting[d] += n;
		s->held = one;
	} else {
		e2e__datagram_queue(g, s, one, d);
		if (s->held) {
			s->held->due = one->due;
			e2e__proxy_met(g->px, d);
			e2e__datagram_release(g, s, d, true);
		}
	}
	if (faulty && fate.twice) {
		shared->duplicated++;
		e2e__datagram_told(g, d, n, "sent twice");
		e2e__datagram_queue(g, s, e2e__datagram_new(bytes, n, due), d);
	}
}

/* Sends one on its way. A full queue of the system is waited for: only faults lose something. */
E2E__FN void e2e__datagram_send(struct e2e__datagrams *g, const struct e2e__visitor *v, int d,
	const struct e2e__datagram *one)
{
	struct e2e__proxy_self *px = g->px;
	struct pollfd p;
	ssize_t n = -1;

	p.fd = d == 0 ? v->fd : px->helper.sock;
	p.events = POLLOUT;
	if (p.fd < 0)
		return;
	for (int tries = 0; tries < 200; tries++) {
		n = d == 0
			? send(p.fd, one + 1, one->n, 0)
			: sendto(p.fd, one + 1, one->n, 0, &v->from.u.any, (socklen_t)v->from.size);
		if (n >= 0 ||
			(errno != EAGAIN && errno != ENOBUFS && errno != EINTR &&
				errno != ECONNREFUSED))
			break;

		/* what an earlier one met is told of the next: that one hasn't left */
		if (errno == ECONNREFUSED && d == 0) {
			px->shared->refused++;
			px->shared->upstream_error = ECONNREFUSED;
		} else {
			poll(&p, 1, 5);
		}
	}

	if (n >= 0)
		px->shared->bytes[d] += n;
	else if (d == 0)
		px->shared->upstream_error = errno;
}

/* Sends what is due; *next: when to look again. */
E2E__FN void e2e__datagram_out(
	struct e2e__datagrams *g, struct e2e__visitor *v, int d, double now, double *next)
{
	struct e2e__stream *s = &v->to[d];

	if (s->held && s->held->due <= now)
		e2e__datagram_release(g, s, d, false);
	while (s->first && s->first->due <= now) {
		struct e2e__datagram *one = s->first;

		if (d == 0 && g->px->within && !g->px->within->give(g, v, one)) {
			/* its handler has to read first */
			*next = now + 0.005 < *next ? now + 0.005 : *next;
			return;
		}
		if (d == 1 || !g->px->within)
			e2e__datagram_send(g, v, d, one);
		if (!one->again)
			e2e__traffic_datagram(&v->told, d, one->n, now);
		s->first = one->next;
		g->waiting[d] -= one->n;
		free(one);
	}
	if (s->first && s->first->due < *next)
		*next = s->first->due;
	if (s->held && s->held->due < *next)
		*next = s->held->due;
}

/* Forgets a client, and what still waits for it. */
E2E__FN void e2e__datagram_forget(struct e2e__datagrams *g, struct e2e__visitor **at)
{
	struct e2e__visitor *v = *at;
	bool down = g->px->fault[0].down || g->px->fault[1].down;

	for (int d = 0; d < 2; d++) {
		struct e2e__datagram *one = v->to[d].held;

		if (one)
			g->waiting[d] -= one->n;
		free(one);
		while ((one = v->to[d].first)) {
			v->to[d].first = one->next;
			g->waiting[d] -= one->n;
			free(one);
		}
	}

	*at = v->next;
	e2e__traffic_close(&v->told, down, down ? "broken by the fault" : "forgotten");
	if (v->fd >= 0)
		close(v->fd);
	if (v->inner >= 0)
		close(v->inner);
	free(v);
	g->n--;
	g->px->shared->closed++;
}

/* Those who have been silent for long; or, if one has to go, the one that was so longest. */
E2E__FN void e2e__datagram_forget_idle(struct e2e__datagrams *g, double now, bool one)
{
	struct e2e__visitor **oldest = NULL;

	for (struct e2e__visitor **at = &g->list; *at;) {
		struct e2e__visitor *v = *at;
		bool waits = v->to[0].first || v->to[1].first || v->to[0].held || v->to[1].held;

		if (!waits && v->seen < now - E2E__DATAGRAM_IDLE) {
			/* `oldest` may point into it */
			e2e__datagram_forget(g, at);
			oldest = NULL;
			at = &g->list;
			continue;
		}
		if (!oldest || v->seen < (*oldest)->seen)
			oldest = at;
		at = &v->next;
	}
	if (one && oldest)
		e2e__datagram_forget(g, oldest);
}

/* The client with this address; NULL if there is none yet. It is the first in the list then: who
 * speaks will speak again. */
E2E__FN struct e2e__visitor *e2e__datagram_known(
	struct e2e__datagrams *g, const struct e2e__address *from)
{
	for (struct e2e__visitor **at = &g->list, *v; (v = *at); at = &v->next) {
		if (v->from.size != from->size ||
			memcmp(&v->from.u.any, &from->u.any, from->size) != 0)
			continue;
		*at = v->next;
		v->next = g->list;
		g->list = v;
		return v;
	}
	return NULL;
}

/* The socket that the server knows a client by. */
E2E__FN void e2e__datagram_reach(struct e2e__datagrams *g, struct e2e__visitor *v, double now)
{
	struct e2e__proxy_self *px = g->px;
	int family = px->server.u.any.sa_family, fd = socket(family, SOCK_DGRAM, 0);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
		e2e__datagram_forget_idle(g, now, true);
		fd = socket(family, SOCK_DGRAM, 0);
	}
	if (fd < 0 || e2e__system_fd_flags(fd) < 0)
		_exit(E2E__HELPER_NO_MEMORY);
	if (connect(fd, &px->server.u.any, px->server.size) != 0)
		px->shared->upstream_error = errno;
	e2e__datagram_roomy(fd);
	v->fd = fd;
}

E2E__FN struct e2e__visitor *e2e__datagram_visitor(
	struct e2e__datagrams *g, const struct e2e__address *from, double now)
{
	struct e2e__proxy_self *px = g->px;
	struct e2e__visitor *v = e2e__datagram_known(g, from);
	char peer[48];

	if (v) {
		v->seen = now;
		return v;
	}

	v = (struct e2e__visitor *)calloc(1, sizeof *v);
	if (!v)
		_exit(E2E__HELPER_NO_MEMORY);
	v->inner = -1;
	v->from = *from;
	v->seen = now;
	v->number = (int)++px->shared->accepted;
	e2e__traffic_open(&v->told, px->lane, "client", v->number,
		e2e__peer_name_of(
			&px->peer, &px->listen.u.storage, &from->u.storage, peer, sizeof peer));
	if (px->within)
		px->within->visit(g, v);
	else
		e2e__datagram_reach(g, v, now);
	v->next = g->list;
	g->list = v;
	g->n++;
	return v;
}

/* What clients have sent. */
E2E__FN void e2e__datagram_requests(struct e2e__datagrams *g, double now)
{
	static char room[E2E__DATAGRAM_MAX];

	for (int burst = 0; burst < E2E__DATAGRAM_BURST; burst++) {
		struct e2e__address from;
		socklen_t size = sizeof from.u;

		memset(&from, 0, sizeof from);
		ssize_t n = recvfrom(g->px->helper.sock, room, sizeof room, 0, &from.u.any, &size);
		if (n < 0)
			return;
		from.size = (unsigned)size;
		e2e__datagram_in(g, e2e__datagram_visitor(g, &from, now), 0, room, (size_t)n, now);
	}
}

/* What the server has answered to a client. */
/* Is a read of no bytes the end of what a handler says, and no empty datagram? */
E2E__FN bool e2e__datagram_is_end(int fd)
{
#if defined E2E__LINUX
	const short rdhup = 0x2000; /* POLLRDHUP, which poll.h has for _GNU_SOURCE alone */
	struct pollfd p;

	p.fd = fd;
	p.events = rdhup;
	p.revents = 0;
	return poll(&p, 1, 0) > 0 && (p.revents & rdhup) != 0;
#else
	(void)fd;
	return false;
#endif
}

E2E__FN void e2e__datagram_answers(struct e2e__datagrams *g, struct e2e__visitor *v, double now)
{
	static char room[E2E__DATAGRAM_MAX];

	for (int burst = 0; burst < E2E__DATAGRAM_BURST; burst++) {
		ssize_t n = recv(v->fd, room, sizeof room, 0);

		if (n < 0 && errno == ECONNREFUSED) {
			g->px->shared->refused++;
			g->px->shared->upstream_error = ECONNREFUSED;
			continue;
		}
		if (n < 0)
			return;
		v->mute = n == 0 && v->handler && e2e__datagram_is_end(v->fd);
		if (v->mute)
			return;
		v->seen = now;
		e2e__datagram_in(g, v, 1, room, (size_t)n, now);
	}
}

/* A fault is set or ended: what waits for a longer latency leaves at once. */
E2E__FN void e2e__datagram_hasten(
	struct e2e__datagrams *g, struct e2e__stream *s, int d, double now)
{
	double latest = now + g->px->fault[d].latency;

	for (struct e2e__datagram *one = s->first; one; one = one->next)
		if (one->due > latest)
			one->due = latest;
	if (s->held && g->px->fault[d].reorder <= 0)
		s->held->due = now;
}

/* Takes over what the case has set. */
E2E__FN void e2e__datagram_take(struct e2e__datagrams *g, double now)
{
	struct e2e__proxy_self *px = g->px;

	for (int d = 0; d < 2; d++) {
		if (!(px->shared->changed & (1u << d)))
			continue;
		px->fault[d] = px->shared->fault[d];
		px->left[d] = px->fault[d].first;
		g->seed[d] = px->chance + ((uint64_t)++g->set[d] << 32) + (uint64_t)d;
		g->number[d] = g->seen[d] = 0;
		g->free_at[d] = now;
		for (struct e2e__visitor *v = g->list; v; v = v->next)
			e2e__datagram_hasten(g, &v->to[d], d, now);
	}

	px->shared->changed = 0;
	if (px->fault[0].down || px->fault[1].down) {
		while (g->list) {
			px->shared->broken++;
			e2e__datagram_forget(g, &g->list);
		}
		if (px->helper.sock >= 0)
			close(px->helper.sock);
		px->helper.sock = -1;
	} else if (px->helper.sock < 0) {
		e2e__datagram_listen(px);
	}
}

/* Waits for something to come, or for the time. */
E2E__FN void e2e__datagram_wait(struct e2e__datagrams *g, double next)
{
	double left = next - e2e_now();
	nfds_t n = 3;

	if (g->n + n > g->size) {
		g->size = 2 * (g->n + n);
		free(g->polls);
		g->polls = (struct pollfd *)malloc(g->size * sizeof *g->polls);
	}
	if (!g->polls)
		_exit(E2E__HELPER_NO_MEMORY);
	g->polls[0].fd = g->px->helper.line;
	g->polls[1].fd = g->px->helper.sock;
	g->polls[2].fd = g->px->within ? g->px->wake : -1;
	for (struct e2e__visitor *v = g->list; v; v = v->next) {
		v->slot = (int)n;
		g->polls[n++].fd = v->mute ? -1 : v->fd;
	}

	for (nfds_t i = 0; i < n; i++) {
		g->polls[i].events = POLLIN;
		g->polls[i].revents = 0;
	}
	if (poll(g->polls, n, left > 0 ? (int)(left * 1000 + 0.999) : 0) < 0 && errno != EINTR)
		_exit(E2E__HELPER_CANT_WAIT);
}

/* Are there handlers of a stub that something was given to just now? Whether they do with it what
 * they should is known in a moment. */
E2E__FN bool e2e__datagram_busy(const struct e2e__datagrams *g, double now)
{
	for (const struct e2e__visitor *v = g->list; v; v = v->next) {
		struct pollfd p;

		p.fd = v->inner;
		p.events = POLLIN;
		if (v->handler && (v->seen > now - 0.02 || v->to[0].first || poll(&p, 1, 0) > 0))
			return true;
	}
	return false;
}

/* The case's word. Where nothing is to change it asks whether all is well: the answer waits a
 * little for handlers. */
E2E__FN void e2e__datagram_asked(struct e2e__datagrams *g, uint32_t number, double now)
{
	struct e2e__proxy_self *px = g->px;
	bool changes = px->shared->changed != 0;

	e2e__datagram_take(g, now);
	px->question = number;
	px->settle = now + (px->within && !changes ? 0.5 : 0);
}

E2E__FN void e2e__datagram_settle(struct e2e__datagrams *g, double now, double *next)
{
	struct e2e__proxy_self *px = g->px;

	if (px->settle <= 0)
		return;
	if (now < px->settle && e2e__datagram_busy(g, now)) {
		*next = now + 0.005 < *next ? now + 0.005 : *next;
		return;
	}

	px->settle = 0;
	e2e__helper_answer(&px->helper, px->question);
}

/* The life of a proxy for datagrams. */
E2E__FN void e2e__datagram_run(struct e2e__helper *h)
{
	static struct e2e__datagrams g;
	double next = e2e_now();
	uint32_t number;

	g.px = (struct e2e__proxy_self *)(void *)h;
	e2e__datagram_roomy(h->sock);
	for (;;) {
		e2e__datagram_wait(&g, next);
		double now = e2e_now();
		bool stirred = (g.polls[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0;

		next = now + E2E__DATAGRAM_IDLE / 2;

		/* those of the array come first: a new client has no place in it */
		for (struct e2e__visitor *v = g.list; v; v = v->next)
			if (g.polls[v->slot].revents)
				e2e__datagram_answers(&g, v, now);
		if (g.polls[1].revents)
			e2e__datagram_requests(&g, now);
		if (g.polls[2].revents)
			g.px->within->ended(&g);

		/* what was sent before a fault was set doesn't meet it */
		for (struct e2e__visitor *v = stirred ? g.list : NULL; v; v = v->next)
			e2e__traffic_flush(&v->told);
		if (stirred && e2e__helper_asked(h, &number))
			e2e__datagram_asked(&g, number, now);
		for (struct e2e__visitor *v = g.list; v; v = v->next) {
			for (int d = 0; d < 2; d++)
				e2e__datagram_out(&g, v, d, now, &next);
			e2e__traffic_rest(&v->told, now, &next);
		}
		e2e__datagram_forget_idle(&g, now, false);
		e2e__datagram_settle(&g, now, &next);
	}
}

/* ---- proc/faults.h ---- */

E2E__FN e2e_proxy_counts e2e_proxy_count(const e2e_proxy *px)
{
	/* another process writes it */
	const volatile struct e2e__proxy_shared *s = px->self->shared;
	e2e_proxy_counts c;

	c.accepted = s->accepted;
	c.open = c.accepted - s->closed;
	c.refused = s->refused;
	c.broken = s->broken;
	c.to_server = s->bytes[0];
	c.to_client = s->bytes[1];
	c.datagrams = s->datagrams;
	c.lost = s->lost;
	c.duplicated = s->duplicated;
	c.reordered = s->reordered;
	return c;
}

/* What a member of e2e_fault is. */
enum e2e__fault_kind {
	E2E__FAULT_FLAG,   /* bool */
	E2E__FAULT_NUMBER, /* double, from 0 on */
	E2E__FAULT_SHARE,  /* double, from 0 to 1 */
	E2E__FAULT_SIZE,   /* size_t */
	E2E__FAULT_COUNT,  /* int, from 0 on */
	E2E__FAULT_LIMIT   /* long long; below 0: not even the first byte */
};

struct e2e__fault_row {
	size_t at, with; /* the member's place; reports show it also where the second one is set */
	enum e2e__fault_kind kind;
	bool alone;    /* does it do something where nothing else is set? */
	bool tcp, udp; /* what it is for: connections, datagrams */
	const char *name;
	const char *before, *after; /* the words of reports around its number; NULL: not shown */
};

/* All members of e2e_fault, in the order of reports: what may be given and what is said of it. What
 * they do to bytes is in proxy.h. */
E2E__FN const struct e2e__fault_row *e2e__fault_rows(size_t *n)
{
#define E2E__FAULT_OF(member, with, kind, alone, tcp, udp, before, after) \
	{ \
		offsetof(e2e_fault, member), offsetof(e2e_fault, with), E2E__FAULT_##kind, alone, \
			tcp, udp, #member, before, after \
	}
	/* of connections only, of both, of datagrams only */
#define E2E__FAULT_ROW(member, with, kind, alone, before, after) \
	E2E__FAULT_OF(member, with, kind, alone, true, false, before, after)
#define E2E__FAULT_BOTH(member, with, kind, alone, before, after) \
	E2E__FAULT_OF(member, with, kind, alone, true, true, before, after)
#define E2E__FAULT_UDP(member, before) \
	E2E__FAULT_OF(member, member, SHARE, true, false, true, before, "")
	static const struct e2e__fault_row rows[] = {
		E2E__FAULT_BOTH(down, down, FLAG, true, " down", ""),
		E2E__FAULT_BOTH(latency, jitter, NUMBER, true, " latency ", " s"),
		E2E__FAULT_BOTH(jitter, latency, NUMBER, true, ", jitter ", " s"),
		E2E__FAULT_BOTH(bandwidth, bandwidth, NUMBER, true, " bandwidth ", " bytes/s"),
		E2E__FAULT_ROW(slice, slice, SIZE, true, " slices of ", " bytes"),
		E2E__FAULT_ROW(pause, pause, NUMBER, false, NULL, NULL),
		E2E__FAULT_BOTH(limit, limit, LIMIT, true, " limit ", " bytes"),
		E2E__FAULT_ROW(reset, reset, FLAG, true, " reset", ""),
		E2E__FAULT_BOTH(drop, drop, FLAG, true, " drop", ""),
		E2E__FAULT_ROW(slow_close, slow_close, NUMBER, true, " close ", " s late"),
		E2E__FAULT_UDP(loss, " loss "),
		E2E__FAULT_UDP(duplicate, " duplicates "),
		E2E__FAULT_UDP(reorder, " reordering "),
		E2E__FAULT_BOTH(first, first, COUNT, false, " for the first ", NULL),
	};
#undef E2E__FAULT_OF
#undef E2E__FAULT_BOTH
#undef E2E__FAULT_UDP
#undef E2E__FAULT_ROW

	*n = sizeof rows / sizeof *rows;
	return rows;
}

E2E__FN double e2e__fault_number(const e2e_fault *f, size_t place, enum e2e__fault_kind kind)
{
	const void *at = (const char *)f + place;

	switch (kind) {
	case E2E__FAULT_FLAG:
		return *(const bool *)at;
	case E2E__FAULT_NUMBER:
	case E2E__FAULT_SHARE:
		return *(const double *)at;
	case E2E__FAULT_SIZE:
		return (double)*(const size_t *)at;
	case E2E__FAULT_COUNT:
		return *(const int *)at;
	default:
		return (double)*(const long long *)at;
	}
}

E2E__FN bool e2e__fault_is_set(const e2e_fault *f, size_t place, enum e2e__fault_kind kind)
{
	double number = e2e__fault_number(f, place, kind);

	return number > 0 || (kind == E2E__FAULT_LIMIT && number < 0);
}

/* "to the client: latency 0.1 s, jitter 0 s limit 20 bytes", "" without a fault */
E2E__FN void e2e__fault_words(
	struct e2e__buf *b, const char *direction, const e2e_fault *f, bool udp)
{
	size_t begin = b->n, n;
	const struct e2e__fault_row *row = e2e__fault_rows(&n);

	e2e__buf_addf(b, "\n%s:", direction);
	for (; n--; row++) {
		double number = e2e__fault_number(f, row->at, row->kind);

		if (!row->before ||
			!(e2e__fault_is_set(f, row->at, row->kind) ||
				e2e__fault_is_set(f, row->with, row->kind)))
			continue;
		if (!row->after && number == 1) {
			e2e__buf_addf(b, " for the first %s", udp ? "datagram" : "connection");
			continue;
		}
		e2e__buf_adds(b, row->before);
		if (row->kind == E2E__FAULT_NUMBER || row->kind == E2E__FAULT_SHARE)
			e2e__buf_addf(b, "%g", number);
		else if (row->kind != E2E__FAULT_FLAG)
			e2e__buf_addf(b, "%.0f", number < 0 ? 0 : number);
		e2e__buf_adds(b, row->after ? row->after : udp ? " datagrams" : " connections");
	}

	if (b->p[b->n - 1] == ':')
		b->n = begin;
}

E2E__FN void e2e__fault_case_begin(struct e2e__helper *h)
{
	struct e2e__proxy_self *self = (struct e2e__proxy_self *)(void *)h;

	self->before = e2e_proxy_count(self->px);
	self->of_suite = true;
}

/* For a failed case's report. */
E2E__FN void e2e__fault_tell(struct e2e__helper *h)
{
	struct e2e__proxy_self *self = (struct e2e__proxy_self *)(void *)h;
	const struct e2e__proxy_shared *s = self->shared;
	const e2e_proxy_counts *before = &self->before;
	bool udp = e2e__endpoint_is_udp(self->px->endpoint);
	E2E__BUF(b, 512);

	e2e__buf_addf(&b,
		"%s -> %s: connections: %lld, refused by the server: %lld%s%s%s, broken by faults: %lld, "
		"bytes to the server: %lld, to the client: %lld",
		self->px->endpoint, self->to, s->accepted, s->refused, s->refused ? " (" : "",
		s->refused ? strerror(s->upstream_error) : "", s->refused ? ")" : "", s->broken,
		s->bytes[0], s->bytes[1]);
	if (self->of_suite)
		e2e__buf_addf(&b,
			"\nin this case: connections: %lld, refused by the server: %lld, broken by faults: %lld, "
			"bytes to the server: %lld, to the client: %lld",
			s->accepted - before->accepted, s->refused - before->refused,
			s->broken - before->broken, s->bytes[0] - before->to_server,
			s->bytes[1] - before->to_client);
	if (udp)
		e2e__buf_addf(&b,
			"\ndatagrams: %lld, lost: %lld, duplicated: %lld, reordered: %lld",
			s->datagrams, s->lost, s->duplicated, s->reordered);
	e2e__fault_words(&b, "to the server", &s->fault[0], udp);
	e2e__fault_words(&b, "to the client", &s->fault[1], udp);
	e2e__buf_add(&b, "", 1);
	e2e__hook_explain(e2e_printf("%s_%s", self->within ? "stub" : "proxy",
				  self->px->port > 0 ? e2e_printf("%d", self->px->port) : "unix"),
		b.p);
	e2e__buf_free(&b);
}

/* A fault that met nothing has tested nothing: then the case's output says so. Of .down nobody
 * knows. */
E2E__FN void e2e__fault_unmet(const struct e2e__proxy_self *self, int d)
{
	const e2e_fault *f = &self->shared->fault[d];
	E2E__BUF(b, 256);

	e2e__fault_words(&b, d == 0 ? "to the server" : "to the client", f,
		e2e__endpoint_is_udp(self->px->endpoint));
	e2e__buf_add(&b, "", 1);

	/* what one case sets in the suite's proxy may be for the next one */
	if (b.n > 1 && !f->down && !self->helper.proc->own->suite && !self->shared->met[d])
		e2e_diag("%s:%d: this fault of the proxy %s met nothing: %s", self->set_file,
			self->set_line, self->px->endpoint, b.p + 1);
	e2e__buf_free(&b);
}

/* The case passes: has what it set made a difference? */
E2E__FN void e2e__fault_judge(struct e2e__helper *h)
{
	struct e2e__proxy_self *self = (struct e2e__proxy_self *)(void *)h;

	e2e__fault_unmet(self, 0);
	e2e__fault_unmet(self, 1);
}

/* Where a proxy listens if nobody says: beside its server's kind. The port is held, for the times
 * when it is down. */
E2E__FN const char *e2e__fault_place(
	const char *file, int line, const struct e2e__address *server, bool udp)
{
	if (server->u.any.sa_family == AF_UNIX)
		return "unix:";
	return e2e_printf("%s:127.0.0.1:%d", udp ? "udp" : "tcp", e2e__port(file, line));
}

E2E__FN void e2e__fault_resolve(
	const char *file, int line, const char *endpoint, struct e2e__address *address)
{
	const char *wrong = e2e__endpoint_resolve(endpoint, &address->u.storage, &address->size);

	if (wrong)
		e2e__system_die_of(file, line, "e2e_proxy_to", "endpoint",
			e2e_printf("no proxy for %s: %s", e2e_quoted(endpoint), wrong),
			e2e__endpoint_forms());
}

/* Connections and datagrams are worlds of their own. */
E2E__FN void e2e__fault_same_world(
	const char *file, int line, const char *where, const char *server)
{
	if (!where || e2e__endpoint_is_udp(where) == e2e__endpoint_is_udp(server))
		return;
	e2e__system_die_of(file, line, "e2e_proxy_between", "usage",
		e2e_printf("no proxy at %s for %s: the one has connections, the other datagrams",
			where, server),
		"both are udp:, or none of them");
}

E2E__FN e2e_proxy *e2e__fault_open(
	const char *file, int line, const char *where, const char *server)
{
	e2e_proxy *px = (e2e_proxy *)e2e__memory_alloc(sizeof *px);
	struct e2e__proxy_self *self = (struct e2e__proxy_self *)e2e__memory_alloc(sizeof *self);
	struct e2e__helper *h = &self->helper;
	bool udp = e2e__endpoint_is_udp(server);
	int sock;

	e2e__fault_resolve(file, line, server, &self->server);
	e2e__fault_same_world(file, line, where, server);
	sock = e2e__endpoint_listen(
		file, line, where ? where : e2e__fault_place(file, line, &self->server, udp));
	px->endpoint = e2e_endpoint(sock);
	e2e__fault_resolve(file, line, px->endpoint, &self->listen);
	px->address = strchr(px->endpoint, ':') + 1;
	px->port = e2e_endpoint_port(px->endpoint);
	px->self = self;
	self->px = px;
	self->to = e2e__memory_strdup(server);
	self->chance = e2e_rand() | 1;
	if (px->port > 0)
		snprintf(self->lane, sizeof self->lane, "proxy:%d", px->port);
	else
		strcpy(self->lane, "proxy");
	h->what = "fault-proxy";
	h->run = udp ? e2e__datagram_run : e2e__proxy_run;
	h->begin = e2e__fault_case_begin;
	h->tell = e2e__fault_tell;
	h->judge = e2e__fault_judge;
	self->shared =
		(struct e2e__proxy_shared *)e2e__helper_share(file, line, h, sizeof *self->shared);
	e2e__helper_start(file, line, h, sock, -1);
	e2e__keeper_slot_name(h->proc->own->slot, self->lane);
	return px;
}

E2E__FN void e2e__fault_refuse(const char *file, int line, const char *message, const char *hint)
{
	e2e__system_die_of(file, line, "e2e_proxy_fault", "usage", message, hint);
}

/* Is there one that does something by itself? */
E2E__FN bool e2e__fault_any(const e2e_fault *f)
{
	size_t n;
	const struct e2e__fault_row *row = e2e__fault_rows(&n);

	for (; n; n--, row++)
		if (row->alone && e2e__fault_is_set(f, row->at, row->kind))
			return true;
	return false;
}

/* Is there a number that is negative, or none at all (NaN)? */
E2E__FN bool e2e__fault_negative(const e2e_fault *f)
{
	size_t n;
	const struct e2e__fault_row *row = e2e__fault_rows(&n);

	for (; n; n--, row++)
		if (row->kind != E2E__FAULT_LIMIT &&
			!(e2e__fault_number(f, row->at, row->kind) >= 0))
			return true;
	return false;
}

/* One that has no meaning for connections, or for datagrams; or a share above 1. NULL: there is
 * none. */
E2E__FN const char *e2e__fault_foreign(const e2e_fault *f, bool udp)
{
	size_t n;
	const struct e2e__fault_row *row = e2e__fault_rows(&n);

	for (; n; n--, row++) {
		if (!e2e__fault_is_set(f, row->at, row->kind))
			continue;
		if (!(udp ? row->udp : row->tcp))
			return e2e_printf(".%s is for %s, and this proxy stands before %s",
				row->name, udp ? "connections" : "datagrams",
				udp ? "a server of datagrams" : "one of connections");
		if (row->kind == E2E__FAULT_SHARE && e2e__fault_number(f, row->at, row->kind) > 1)
			return e2e_printf(".%s = %g: a share is from 0 to 1", row->name,
				e2e__fault_number(f, row->at, row->kind));
	}

	if (udp && f->limit != 0 && !f->drop)
		return ".limit ends a connection: for datagrams it needs .drop";
	return NULL;
}

/* Members that do nothing, or against one another. NULL: there are none. */
E2E__FN const char *e2e__fault_without_effect(const e2e_fault *f)
{
	if (f->pause > 0 && !f->slice)
		return ".pause without .slice does nothing: it is the time between slices";
	if (f->reset && f->drop)
		return ".reset and .drop can't both be: bytes vanish, or the connection breaks";
	if (f->limit < -1)
		return e2e_printf(".limit = %lld: a number of bytes, or -1 for none", f->limit);
	if (f->first > 0 && !e2e__fault_any(f))
		return ".first without a fault does nothing";
	return NULL;
}

/* Names the fault of a direction for the story, and tells there that it is set. */
E2E__FN void e2e__fault_name(struct e2e__proxy_self *self, int d)
{
	struct e2e__proxy_shared *s = self->shared;
	const char *way = e2e__traffic_ways[d];
	E2E__BUF(b, 256);

	e2e__fault_words(&b, way, &s->fault[d], e2e__endpoint_is_udp(self->px->endpoint));
	e2e__buf_add(&b, "", 1);
	snprintf(s->words[d], sizeof s->words[d], "%.119s", b.n > 1 ? b.p + 1 : "");
	e2e__buf_free(&b);
}

/* The story has it once where it is the same both ways. */
E2E__FN void e2e__fault_told(const struct e2e__proxy_self *self, int direction)
{
	int d = direction == E2E_TO_CLIENT;
	const char *words = self->shared->words[d], *way = e2e__traffic_ways[d];

	words += *words ? strlen(way) : 0;
	if (direction == E2E_BOTH_WAYS)
		way = "both ways";
	e2e__story_tell(
		self->lane, "fault", false, *words ? "set %s%s" : "no fault %s%s", way, words);
}

E2E__FN void e2e__fault_set(
	const char *file, int line, e2e_proxy *px, int direction, e2e_fault fault)
{
	struct e2e__proxy_shared *s = px->self->shared;
	const char *wrong;
	int d;

	if (direction < E2E_TO_SERVER || direction > E2E_BOTH_WAYS)
		e2e__fault_refuse(file, line, e2e_printf("%d is no direction", direction),
			"E2E_TO_SERVER, E2E_TO_CLIENT or E2E_BOTH_WAYS");
	if (fault.down && fault.first)
		e2e__fault_refuse(file, line, ".down can't hold for the first connections only",
			"the kernel refuses them before anyone counts: use .reset");
	wrong = e2e__fault_without_effect(&fault);
	if (!wrong)
		wrong = e2e__fault_foreign(&fault, e2e__endpoint_is_udp(px->endpoint));
	if (wrong)
		e2e__fault_refuse(file, line, wrong,
			"the manual of the fault proxy says what each member does");
	if (e2e__fault_negative(&fault))
		e2e__fault_refuse(
			file, line, "a fault's number is negative", "only .limit may be -1");
	for (d = 0; d < 2; d++)
		if (direction & (1 << d)) {
			e2e__fault_unmet(px->self, d);
			s->fault[d] = fault;
			s->met[d] = 0;
			s->changed |= 1u << d;
			e2e__fault_name(px->self, d);
		}
	e2e__fault_told(px->self, direction);
	px->self->set_file = file;
	px->self->set_line = line;
	e2e__helper_apply(file, line, &px->self->helper);
	if (s->error)
		e2e__helper_die(file, line, "listen",
			e2e_printf("the proxy can't listen on %s again", px->endpoint), s->error,
			"the port was taken while the proxy was down");
}

E2E__FN void e2e__fault_clear(const char *file, int line, e2e_proxy *px)
{
	static e2e_fault none;

	e2e__fault_set(file, line, px, E2E_BOTH_WAYS, none);
}

/* ---- proc/handlers.h ---- */

/* The proxy's loop, with the handlers' processes behind it. */
struct e2e__server {
	e2e_server pub; /* first */
	e2e_proxy proxy;
	struct e2e__proxy_self self;
	int transcript;
	e2e_handler *handler;
	void *arg;
	struct e2e__log log;
	char *trouble; /* why the stub has ended: in a page of its own, which outlives the case */
};

enum { E2E__HANDLER_TROUBLE = 200 };

/* The stub ends, and the case with it: it will never be the server that the test wants. */
E2E__FN void e2e__handler_die(const struct e2e__server *s, const char *fmt, ...) E2E__PRINTF(2, 3);
E2E__FN void e2e__handler_die(const struct e2e__server *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(s->trouble, E2E__HANDLER_TROUBLE, fmt, args);
	va_end(args);
	fprintf(stderr, "e2e: %s\n", s->trouble);
	fflush(stderr);
	_exit(1);
}

static volatile sig_atomic_t e2e__handler_wake = -1;

E2E__FN void e2e__handler_signal(int signo)
{
	int error = errno;

	(void)signo;
	if (write(e2e__handler_wake, "", 1) < 0) {
		/* it is full: the loop will wake anyway */
	}
	errno = error;
}

/* The handler's process. It has nothing of the other connections, or their clients would wait for
 * it. */
E2E__FN void e2e__handler_run(const struct e2e__server *s, int fd)
{
	const struct e2e__proxy_self *px = &s->self;

	signal(SIGCHLD, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	for (size_t n = 0; n < px->n; n++)
		for (int i = 0; i < 2; i++)
			if (px->links[n]->fd[i] >= 0)
				close(px->links[n]->fd[i]);
	if (px->helper.sock >= 0)
		close(px->helper.sock);
	close(px->helper.line);
	s->handler(fd, s->arg);
	fflush(stdout);
	fflush(stderr);
	_exit(0);
}

/* What a client says is noted before its handler reads it. */
E2E__FN void e2e__handler_note(struct e2e__proxy_self *px, const char *bytes, size_t n)
{
	const struct e2e__server *s = (const struct e2e__server *)px->stub;

	if (!e2e__system_write_whole(s->transcript, bytes, n))
		e2e__handler_die(s, "the stub server at %s can't write what it receives to %s: %s",
			s->pub.endpoint, s->pub.path, strerror(errno));
}

/* A handler has ended. In order is: with 0, or because the client left while it wrote. */
E2E__FN void e2e__handler_ended(
	const struct e2e__server *s, const char *whose, int number, pid_t pid, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGPIPE)
		e2e__handler_die(s, "the stub server's handler of %s %d (pid %ld) has died of %s",
			whose, number, (long)pid, e2e__clock_signal_name(WTERMSIG(status)));
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		e2e__handler_die(s,
			"the stub server's handler of %s %d (pid %ld) has ended with exit code %d",
			whose, number, (long)pid, WEXITSTATUS(status));
}

/* Takes what `wake` says. */
E2E__FN void e2e__handler_woken(const struct e2e__proxy_self *px)
{
	char bytes[64];

	while (read(px->wake, bytes, sizeof bytes) > 0)
		;
}

/* Makes the ends of handlers wake the loop. */
E2E__FN void e2e__handler_watch(struct e2e__proxy_self *px)
{
	struct sigaction child;
	int wake[2];

	if (e2e__system_pipe(wake))
		e2e__handler_die((const struct e2e__server *)px->stub,
			"the stub server at %s has no pipe: %s", px->px->endpoint, strerror(errno));
	for (int i = 0; i < 2; i++)
		fcntl(wake[i], F_SETFL, O_NONBLOCK);
	px->wake = wake[0];
	e2e__handler_wake = wake[1];
	memset(&child, 0, sizeof child);
	child.sa_handler = e2e__handler_signal;
	sigaction(SIGCHLD, &child, NULL);
	signal(SIGXFSZ, SIG_IGN); /* a transcript that can't grow is told */
}

/* ---- proc/visits.h ---- */

/* A client of datagrams and its handler have a pair of sockets that keeps their borders. The stub
 * holds both ends, so that nothing is lost when a handler returns while the next one comes. */
E2E__FN int e2e__visit_pair(int *pair)
{
#if defined SOCK_SEQPACKET
	/* its end can be seen, unlike that of the other kind */
	if (!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		return 0;
#endif
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
}

E2E__FN void e2e__visit_begin(struct e2e__datagrams *g, struct e2e__visitor *v)
{
	const struct e2e__server *s = (const struct e2e__server *)g->px->stub;
	int pair[2], bad;

	v->fd = -1;
	if (!s->handler)
		return;
	bad = e2e__visit_pair(pair);
	if (bad && (errno == EMFILE || errno == ENFILE)) {
		e2e__datagram_forget_idle(g, e2e_now(), true);
		bad = e2e__visit_pair(pair);
	}
	if (bad || e2e__system_fd_flags(pair[0]) < 0)
		e2e__handler_die(s, "the stub server at %s can't serve client %d: %s",
			s->pub.endpoint, v->number, strerror(errno));
	e2e__datagram_roomy(pair[0]);
	e2e__datagram_roomy(pair[1]);
	v->fd = pair[0];
	v->inner = pair[1];
}

/* Starts a handler of this client's. */
E2E__FN void e2e__visit_serve(struct e2e__datagrams *g, struct e2e__visitor *v)
{
	const struct e2e__server *s = (const struct e2e__server *)g->px->stub;

	v->given = 0;
	v->handler = fork();
	if (v->handler < 0)
		e2e__handler_die(s, "the stub server at %s can't start a handler: %s",
			s->pub.endpoint, strerror(errno));
	if (v->handler > 0)
		return;

	/* it has nothing of the other clients' */
	for (struct e2e__visitor *other = g->list; other; other = other->next) {
		close(other->fd);
		if (other != v)
			close(other->inner);
	}
	e2e__handler_run(s, v->inner);
}

/* Gives one to the handler; false if there is no room for it yet. What else goes wrong stays so:
 * the handler has shut its end, say. */
E2E__FN bool e2e__visit_send(
	const struct e2e__server *s, const struct e2e__visitor *v, const struct e2e__datagram *one)
{
	if (send(v->fd, one + 1, one->n, 0) >= 0)
		return true;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EINTR)
		return false;
	e2e__handler_die(s,
		"the stub server at %s can't give %zu bytes to the handler of client %d: %s",
		s->pub.endpoint, one->n, v->number,
		errno == EPIPE ? "it has shut down its socket" : strerror(errno));
	return false;
}

/* One is for the handler of this client's. */
E2E__FN bool e2e__visit_give(
	struct e2e__datagrams *g, struct e2e__visitor *v, struct e2e__datagram *one)
{
	if (v->fd >= 0) {
		if (!v->handler)
			e2e__visit_serve(g, v);
		if (!e2e__visit_send((const struct e2e__server *)g->px->stub, v, one))
			return false;
		v->given++;
	}
	if (!one->again) {
		e2e__handler_note(g->px, (const char *)(one + 1), one->n);
		g->px->shared->bytes[0] += (long long)one->n;
	}
	return true;
}

/* The handler of a client has ended. What it hasn't read is for the next one; but if it has read
 * nothing at all it doesn't want that. */
E2E__FN void e2e__visit_rest(struct e2e__datagrams *g, struct e2e__visitor *v)
{
	static char room[E2E__DATAGRAM_MAX];
	struct e2e__stream rest = {NULL, NULL, NULL}, *s = &v->to[0];
	long long n = 0;

	for (ssize_t size; (size = recv(v->inner, room, sizeof room, MSG_DONTWAIT)) >= 0; n++) {
		struct e2e__datagram *one = e2e__datagram_new(room, (size_t)size, 0);

		one->again = true;
		e2e__datagram_queue(g, &rest, one, 0);
	}

	v->handler = 0;
	if (!n)
		return;
	if (n >= v->given) {
		while (rest.first) {
			struct e2e__datagram *one = rest.first;

			rest.first = one->next;
			g->waiting[0] -= one->n;
			free(one);
		}
		return;
	}

	rest.last->next = s->first;
	if (!s->first)
		s->last = rest.last;
	s->first = rest.first;
}

E2E__FN void e2e__visit_ended(struct e2e__datagrams *g)
{
	const struct e2e__server *s = (const struct e2e__server *)g->px->stub;
	int status;

	e2e__handler_woken(g->px);
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		for (struct e2e__visitor *v = g->list; v; v = v->next)
			if (v->handler == pid) {
				e2e__handler_ended(s, "client", v->number, pid, status);
				e2e__visit_rest(g, v);
			}
}

E2E__FN const struct e2e__within *e2e__visit_within(void)
{
	static const struct e2e__within within = {
		NULL, NULL, NULL, e2e__visit_begin, e2e__visit_give, e2e__visit_ended};

	return &within;
}

/* The life of a stub server of datagrams: that of their proxy. */
E2E__FN void e2e__visit_run(struct e2e__helper *h)
{
	e2e__handler_watch((struct e2e__proxy_self *)(void *)h);
	e2e__datagram_run(h);
}

/* ---- proc/stub.h ---- */

/* The other half of a connection: a handler, or nobody, who takes everything and never ends it. */
E2E__FN void e2e__stub_connect(struct e2e__proxy_self *px, struct e2e__link *k)
{
	struct e2e__server *s = (struct e2e__server *)px->stub;
	int pair[2];

	if (!s->handler) {
		k->flow[1].eof = k->flow[1].fin = true;
		return;
	}

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || e2e__system_fd_flags(pair[0]) < 0)
		e2e__handler_die(s, "the stub server at %s can't serve connection %d: %s",
			s->pub.endpoint, k->number, strerror(errno));
	k->fd[1] = pair[0];
	k->handler = fork();
	if (k->handler == 0)
		e2e__handler_run(s, pair[1]);
	if (k->handler < 0)
		e2e__handler_die(s, "the stub server at %s can't start a handler: %s",
			s->pub.endpoint, strerror(errno));
	close(pair[1]);
}

E2E__FN void e2e__stub_reap(struct e2e__proxy_self *px)
{
	const struct e2e__server *s = (const struct e2e__server *)px->stub;
	int status;

	e2e__handler_woken(px);
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		size_t i = 0;

		while (i < px->n && px->links[i]->handler != pid)
			i++;
		if (i == px->n)
			continue; /* an orphan of a handler */
		px->links[i]->handler = 0;
		e2e__handler_ended(s, "connection", px->links[i]->number, pid, status);
	}
}

/* The stub's life: the proxy's, which also hears of handlers. */
E2E__FN void e2e__stub_run(struct e2e__helper *h)
{
	e2e__handler_watch((struct e2e__proxy_self *)(void *)h);
	e2e__proxy_run(h);
}

/* Where it listens, and the proxy's part of it. */
E2E__FN int e2e__stub_listen(
	const char *file, int line, struct e2e__server *s, const char *endpoint)
{
	/* held for the times when it is down */
	if (endpoint && strlen(endpoint) > 3 && strcmp(endpoint + 3, ":127.0.0.1:0") == 0)
		endpoint = e2e_printf("%.3s:127.0.0.1:%d", endpoint, e2e__port(file, line));
	int sock = e2e__endpoint_listen(file, line, endpoint);

	s->proxy.endpoint = s->pub.endpoint = e2e_endpoint(sock);
	s->proxy.port = s->pub.port = e2e_endpoint_port(s->pub.endpoint);
	s->proxy.address = strchr(s->pub.endpoint, ':') + 1;
	s->proxy.self = &s->self;
	s->pub.proxy = s->self.px = &s->proxy;
	e2e__fault_resolve(file, line, s->pub.endpoint, &s->self.listen);
	return sock;
}

E2E__FN e2e_server *e2e__stub_serve(
	const char *file, int line, const char *endpoint, e2e_handler *handler, void *arg)
{
	static const struct e2e__within within = {
		e2e__stub_connect, e2e__handler_note, e2e__stub_reap, NULL, NULL, NULL};
	bool udp = e2e__endpoint_is_udp(endpoint);
	struct e2e__server *s = (struct e2e__server *)e2e__memory_alloc(sizeof *s);
	struct e2e__helper *h = &s->self.helper;

	int sock = e2e__stub_listen(file, line, s, endpoint);

	s->pub.path = s->log.path = e2e__spawn_case_file(file, line, "server", ".received");
	s->transcript = e2e__system_high(
		open(s->pub.path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
	s->handler = handler;
	s->arg = arg;
	s->trouble = (char *)e2e__page_share(E2E__HANDLER_TROUBLE, -1);
	if (s->transcript < 0 || !s->trouble)
		e2e__wait_net_die(file, line, "e2e_serve",
			e2e_printf("can't keep a transcript: %s", strerror(errno)), NULL);
	s->self.within = udp ? e2e__visit_within() : &within;
	s->self.stub = s;
	s->self.to = handler ? "its handler" : "no handler";
	s->self.chance = e2e_rand() | 1;
	strcpy(s->self.lane, "server");
	s->self.shared = (struct e2e__proxy_shared *)e2e__helper_share(
		file, line, h, sizeof *s->self.shared);
	h->what = "server";
	h->open = true;
	h->run = udp ? e2e__visit_run : e2e__stub_run;
	h->begin = e2e__fault_case_begin;
	h->tell = e2e__fault_tell;
	h->judge = e2e__fault_judge;
	e2e__helper_start(file, line, h, sock, -1);

	s->pub.proc = h->proc;
	s->pub.proc->own->trouble = s->trouble;
	close(s->transcript);
	e2e__hook_evidence(e2e_printf("%s.received", s->pub.proc->name), s->pub.path);
	return &s->pub;
}

E2E__FN const char *e2e_received(e2e_server *server)
{
	return e2e__log_read(&((struct e2e__server *)(void *)server)->log);
}

E2E__FN size_t e2e_received_size(e2e_server *server)
{
	e2e_received(server);
	return ((struct e2e__server *)(void *)server)->log.size;
}

E2E__FN int e2e_connections(e2e_server *server)
{
	return (int)e2e_proxy_count(server->proxy).accepted;
}

E2E__FN bool e2e__stub_is_socket(const char *file, int line, const char *path, unsigned mode)
{
	struct stat st;
	bool there = !lstat(path, &st);
	bool ok = there && S_ISSOCK(st.st_mode) && (st.st_mode & 07777) == mode;
	e2e_failure failure = e2e__system_failure("socket", NULL, NULL);

	failure.want = e2e_printf("a socket with mode %04o", mode);
	if (*path == '@')
		failure.message = e2e_printf("%s has no mode: an abstract name is no file", path);
	else if (!there)
		failure.message = e2e_printf("%s: %s", path, strerror(errno));
	else
		failure.got = S_ISSOCK(st.st_mode)
			? e2e_printf("a socket with mode %04o", (unsigned)st.st_mode & 07777U)
			: "no socket";
	return e2e_report(
		file, line, ok, e2e_printf("%s is a socket with mode %04o", path, mode), &failure);
}

/* ---- proc/certs.h ---- */

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

E2E__FN void e2e__certs_die(
	const struct e2e__certs_job *job, const char *what, const char *why, const char *hint)
{
	unsigned long code = ERR_get_error();

	if (!why)
		why = code ? ERR_error_string(code, NULL) : "out of memory";
	e2e__system_die_of(job->file, job->line, "e2e_certs", "certificates",
		e2e_printf("can't make %s: %s", what, why), hint);
}

/* "a.example,127.0.0.1" -> "DNS:a.example,IP:127.0.0.1". What isn't a host would be read as
 * OpenSSL's own syntax. */
E2E__FN const char *e2e__certs_hosts(const struct e2e__certs_job *job, const char *hosts)
{
	char *list = e2e__memory_strdup(hosts), *one, *end;
	const char *out = "";
	unsigned char buffer[16];

	for (one = list; one; one = end) {
		end = strchr(one, ',');
		if (end)
			*end++ = 0;
		one += strspn(one, " ");
		one[strcspn(one, " ")] = 0;
		if (!*one || one[strspn(one, E2E__ALNUM ".:*_-")])
			e2e__certs_die(job, "certificates",
				e2e_printf("%s is no list of hosts", e2e_quoted(hosts)),
				"names and addresses with commas between: \"localhost,127.0.0.1,::1\"");
		out = e2e_printf("%s%s%s:%s", out, *out ? "," : "",
			inet_pton(AF_INET, one, buffer) == 1 ||
					inet_pton(AF_INET6, one, buffer) == 1
				? "IP"
				: "DNS",
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
		EVP_PKEY_CTX_set_ec_param_enc(ctx, OPENSSL_EC_NAMED_CURVE) <= 0 ||
		EVP_PKEY_keygen(ctx, &key) <= 0)
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

	return X509_NAME_add_entry_by_txt(
		       subject, "O", MBSTRING_UTF8, (const unsigned char *)"e2e test", -1, -1, 0) &&
		X509_NAME_add_entry_by_txt(
			subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
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
E2E__FN bool e2e__cert_extensions(
	X509 *cert, X509 *issuer, enum e2e__cert_kind kind, const char *hosts)
{
	static const char *const use[] = {
		NULL, "serverAuth", "clientAuth", "serverAuth,clientAuth"};

	if (kind == E2E__CERT_CA)
		return e2e__cert_extend(cert, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
			e2e__cert_extend(
				cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
			e2e__cert_extend(cert, issuer, NID_subject_key_identifier, "hash");
	return e2e__cert_extend(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
		e2e__cert_extend(cert, issuer, NID_key_usage, "critical,digitalSignature") &&
		e2e__cert_extend(cert, issuer, NID_ext_key_usage, use[kind]) &&
		e2e__cert_extend(cert, issuer, NID_subject_key_identifier, "hash") &&
		e2e__cert_extend(cert, issuer, NID_authority_key_identifier, "keyid") &&
		(kind == E2E__CERT_CLIENT ||
			e2e__cert_extend(cert, issuer, NID_subject_alt_name, hosts));
}

/* A certificate signed by `by` (NULL: by itself), valid between two days from now. */
E2E__FN struct e2e__identity e2e__cert_make(const struct e2e__certs_job *job, const char *name,
	const struct e2e__identity *by, enum e2e__cert_kind kind, const char *hosts, int from,
	int to)
{
	struct e2e__identity id;
	X509 *issuer;

	id.cert = X509_new();
	id.key = e2e__cert_key();
	issuer = by ? by->cert : id.cert;
	if (!id.cert || !id.key || !X509_set_version(id.cert, 2) || !e2e__cert_serial(id.cert) ||
		!X509_gmtime_adj(X509_getm_notBefore(id.cert), from * 86400L) ||
		!X509_gmtime_adj(X509_getm_notAfter(id.cert), to * 86400L) ||
		!X509_set_pubkey(id.cert, id.key) || !e2e__cert_names(id.cert, name) ||
		!X509_set_issuer_name(id.cert, X509_get_subject_name(issuer)) ||
		!e2e__cert_extensions(id.cert, issuer, kind, hosts) ||
		!X509_sign(id.cert, by ? by->key : id.key, EVP_sha256()))
		e2e__certs_die(job, e2e_printf("the certificate %s", name), NULL, NULL);
	return id;
}

/* Writes a whole file at once, so that no program sees half of it; nobody else may read it. */
E2E__FN void e2e__cert_write(const struct e2e__certs_job *job, const char *name, BIO *text)
{
	const char *path = e2e_printf("%s/%s", job->dir, name),
		   *part = e2e_printf("%s/%s.XXXXXX", job->dir, name);
	char *data = NULL;
	size_t size = (size_t)BIO_ctrl(text, BIO_CTRL_INFO, 0, &data);
	char *made = e2e__memory_strdup(part);
	int fd = mkstemp(made);

	if (fd < 0 || !e2e__file_write_whole(fd, data, size) || fchmod(fd, 0600) != 0 ||
		close(fd) != 0 || rename(made, path) != 0) {
		int error = errno;
		if (fd >= 0)
			unlink(made);
		e2e__certs_die(job, path, strerror(error), "is the folder writable?");
	}
}

/* NAME.pem, and NAME.key but for authorities. Frees the identity. */
E2E__FN void e2e__cert_save(
	const struct e2e__certs_job *job, const char *name, struct e2e__identity id, bool key)
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

/* All leaves but the server's. The good ones are valid since yesterday: clocks differ. */
E2E__FN void e2e__certs_leaves(const struct e2e__certs_job *job, const struct e2e__identity *ca,
	const struct e2e__identity *stranger)
{
	const char *away = "DNS:wrong-host.invalid";

	e2e__cert_save(job, "client",
		e2e__cert_make(job, "client", ca, E2E__CERT_CLIENT, NULL, -1, 365), true);
	e2e__cert_save(job, "expired",
		e2e__cert_make(job, "expired", ca, E2E__CERT_BOTH, job->hosts, -30, -1), true);
	e2e__cert_save(job, "not-yet-valid",
		e2e__cert_make(job, "not-yet-valid", ca, E2E__CERT_BOTH, job->hosts, 1, 365), true);
	e2e__cert_save(job, "wrong-host",
		e2e__cert_make(job, "wrong-host", ca, E2E__CERT_BOTH, away, -1, 365), true);
	e2e__cert_save(job, "stranger",
		e2e__cert_make(job, "stranger", stranger, E2E__CERT_BOTH, job->hosts, -1, 365),
		true);
	e2e__cert_save(job, "self-signed",
		e2e__cert_make(job, "self-signed", NULL, E2E__CERT_BOTH, job->hosts, -1, 365),
		true);
}

E2E__FN const e2e_certificates *e2e__certs(
	const char *file, int line, const char *dir, const char *hosts)
{
	return e2e__certs_made(file, line, dir, hosts, true);
}

E2E__FN const e2e_certificates *e2e__certs_made(
	const char *file, int line, const char *dir, const char *hosts, bool all)
{
	struct e2e__certs_job job;
	struct e2e__identity ca, stranger;
	e2e_certificates *c = (e2e_certificates *)e2e__memory_alloc(sizeof *c);

	job.file = file;
	job.line = line;
	job.dir = dir ? e2e__memory_strdup(dir) : e2e_printf("%s/certs", e2e_tmpdir());
	ERR_clear_error();
	job.hosts = e2e__certs_hosts(&job, hosts);
	if (e2e__file_mkdirs(job.dir, 0700) != 0)
		e2e__certs_die(&job, job.dir, strerror(errno), "is the parent folder writable?");
	ca = e2e__cert_make(&job, "e2e test CA", NULL, E2E__CERT_CA, NULL, -60, 3650);
	e2e__cert_save(&job, "server",
		e2e__cert_make(&job, "server", &ca, E2E__CERT_SERVER, job.hosts, -1, 365), true);
	if (all) {
		stranger = e2e__cert_make(
			&job, "e2e stranger CA", NULL, E2E__CERT_CA, NULL, -60, 3650);
		e2e__certs_leaves(&job, &ca, &stranger);
		e2e__cert_save(&job, "stranger-ca", stranger, false);
	}

	e2e__cert_save(&job, "ca", ca, false);
	c->dir = job.dir;
	c->ca = e2e_printf("%s/ca.pem", job.dir);
	c->server = e2e_printf("%s/server.pem", job.dir);
	c->server_key = e2e_printf("%s/server.key", job.dir);
	c->client = e2e_printf("%s/client.pem", job.dir);
	c->client_key = e2e_printf("%s/client.key", job.dir);
	return c;
}

#endif /* E2E_OPENSSL */

/* ---- proc/smtp.h ---- */

enum {
	/* RFC 5321 asks for 512, AUTH for 12288: longer ones get 500 */
	E2E__SMTP_LINE = 4096,
	E2E__SMTP_RECIPIENTS = 1000, /* a mail */
	E2E__SMTP_SIZE = 64 << 20,   /* bytes a mail */
	E2E__SMTP_RULES = 32,        /* faults at a time */
	E2E__SMTP_LOG = 8 << 20      /* bytes of dialogue kept */
};

struct e2e__mail_rule {
	char command[120];
	int code;
	int left;        /* how often still; -1: always. The sink counts, in its own copy */
	unsigned serial; /* so that it knows a rule again when another one is set */
};

/* What the case and the sink share. Counters are written by the sink, rules by the case. */
struct e2e__mail_shared {
	uint32_t asked;
	bool changed;
	struct e2e__mail_rule rule[E2E__SMTP_RULES];
	size_t rules;
	unsigned serials;
	long long mails, sessions, open;
	bool bare_dot; /* a mail holds "\n.\n", which ends nothing */
	int error;     /* why a mail couldn't be stored */
};

enum e2e__smtp_state {
	E2E__SMTP_COMMAND,
	E2E__SMTP_DATA,
	E2E__SMTP_USER,
	E2E__SMTP_PASSWORD,
	E2E__SMTP_PLAIN
};

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
	/* within DATA: where in CR LF . CR LF; E2E__AT_... below */
	int dot;
	struct e2e__heap line, out, rcpt, mail; /* rcpt: each with its NUL */
	size_t sent;                            /* of out */
	unsigned recipients;
	char *sender, *helo, *user;
	char from[48]; /* who has connected: "curl (pid 12)", or "" */
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
	unsigned loaded;  /* the case in which mails were read */
	long long before; /* mails of the suite's mailbox, when the case began */
	/* in the sink's process */
	struct e2e__mail_rule rule[E2E__SMTP_RULES];
	size_t rules;
	struct e2e__session **session;
	struct pollfd *polls;
	size_t n, size;
	struct e2e__peer peer;
	int log;
	size_t logged;
	struct e2e__heap text; /* of the log, not written yet */
	void *tls;             /* SSL_CTX */
	bool full;             /* no descriptors left: accept when one is closed */
};

/* Memory ends: so does the sink, and the case says so. */
E2E__FN void e2e__smtp_heap_add(struct e2e__heap *h, const char *s, size_t n)
{
	if (h->size - h->n < n + 1) {
		size_t size = h->size ? h->size : 256;

		while (size - h->n < n + 1)
			size *= 2;
		h->p = (char *)realloc(h->p, size);
		if (!h->p)
			_exit(E2E__HELPER_NO_MEMORY);
		h->size = size;
	}
	memcpy(h->p + h->n, s, n);
	h->n += n;
	h->p[h->n] = 0;
}

E2E__FN char *e2e__smtp_heap_copy(const char *s)
{
	struct e2e__heap h;

	memset(&h, 0, sizeof h);
	e2e__smtp_heap_add(&h, s, strlen(s));
	return h.p;
}

/* A line of the dialogue; control characters are made visible. */
E2E__FN void e2e__smtp_log(struct e2e__mail_self *m, const struct e2e__session *s, char way,
	const char *text, size_t n)
{
	char head[40], code[8];
	size_t i;

	if (m->logged > E2E__SMTP_LOG)
		return;
	e2e__smtp_heap_add(
		&m->text, head, (size_t)snprintf(head, sizeof head, "%u %c ", s->number, way));
	for (i = 0; i < n && i < 1000; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 32 || c == 127)
			e2e__smtp_heap_add(
				&m->text, code, (size_t)snprintf(code, sizeof code, "\\x%02x", c));
		else
			e2e__smtp_heap_add(&m->text, text + i, 1);
	}

	e2e__smtp_heap_add(&m->text, n > i ? "...\n" : "\n", n > i ? 4 : 1);
}

E2E__FN void e2e__smtp_log_flush(struct e2e__mail_self *m)
{
	if (m->text.n && m->log >= 0) {
		if (!e2e__file_write_whole(m->log, m->text.p, m->text.n))
			m->log = -1; /* nothing to tell it to: mails matter more than the log */
		m->logged += m->text.n;
	}
	m->text.n = 0;
}

/* Answers a line (or several: each but the last begins with "250-"). */
E2E__FN void e2e__smtp_say(struct e2e__mail_self *m, struct e2e__session *s, const char *text)
{
	e2e__smtp_log(m, s, '>', text, strlen(text));
	e2e__smtp_heap_add(&s->out, text, strlen(text));
	e2e__smtp_heap_add(&s->out, "\r\n", 2);
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
	m->full = false;
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

/* Does a line begin like the pattern, upper case or lower? */
E2E__FN bool e2e__smtp_like(const char *pattern, const char *line)
{
	char a[130], b[E2E__SMTP_LINE + 1];
	size_t i;

	for (i = 0; pattern[i] && i < sizeof a - 2; i++)
		a[i] = pattern[i] >= 'A' && pattern[i] <= 'Z' ? (char)(pattern[i] + 32)
							      : pattern[i];
	a[i++] = '*';
	a[i] = 0;
	for (i = 0; line[i] && i < sizeof b - 1; i++)
		b[i] = line[i] >= 'A' && line[i] <= 'Z' ? (char)(line[i] + 32) : line[i];
	b[i] = 0;
	return fnmatch(a, b, 0) == 0;
}

E2E__FN void e2e__smtp_tell_fault(
	const struct e2e__session *s, const char *verb, const char *answer)
{
	e2e__story_tell("mail", "fault", true, "the fault at %.15s%s%s: %.60s",
		strcmp(verb, ".") == 0 ? "the mail's end" : verb, *s->from ? ", of " : "", s->from,
		answer);
}

/* Does a fault stand against this command? Carries it out then. */
E2E__FN bool e2e__smtp_fault(
	struct e2e__mail_self *m, struct e2e__session *s, const char *verb, const char *line)
{
	size_t i;
	char text[64];

	for (i = 0; i < m->rules; i++) {
		struct e2e__mail_rule *r = &m->rule[i];
		bool hit = strchr(r->command, ' ') ? e2e__smtp_like(r->command, line)
						   : strcasecmp(r->command, verb) == 0;

		if (!hit || r->left == 0)
			continue;
		if (r->left > 0)
			r->left--;
		if (r->code == E2E_MAIL_DROP) {
			e2e__smtp_tell_fault(s, verb, "the connection is closed");
			e2e__smtp_close(m, s, "(fault: closed)");
		} else if (r->code == E2E_MAIL_STALL) {
			e2e__smtp_tell_fault(s, verb, "no answer from now on");
			e2e__smtp_log(m, s, '-', "(fault: no answer from now on)", 30);
			s->stalled = true;
		} else {
			snprintf(text, sizeof text, "%d %d.0.0 refused by the test", r->code,
				r->code / 100);
			e2e__smtp_tell_fault(s, verb, text);
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
	copy = e2e__smtp_heap_copy(args);
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
	s->helo = e2e__smtp_heap_copy(args);
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
		e2e__smtp_heap_add(&s->rcpt, to, strlen(to) + 1);
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
	e2e__smtp_say(m, s,
		*args ? "252 2.5.2 will take mail for anybody" : "501 5.5.4 syntax: VRFY address");
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
E2E__FN long e2e__smtp_base64(char *s, size_t n)
{
	static const char signs[] = E2E__ALNUM "+/";
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
	s->user = e2e__smtp_heap_copy(user);
	e2e__smtp_say(m, s, "235 2.7.0 welcome");
}

/* base64("authorise NUL user NUL password") */
E2E__FN void e2e__smtp_plain(struct e2e__mail_self *m, struct e2e__session *s, char *text)
{
	long n = e2e__smtp_base64(text, strlen(text));
	const char *user = n < 0 ? NULL : (const char *)memchr(text, 0, (size_t)n);
	const char *end =
		user ? (const char *)memchr(user + 1, 0, (size_t)(text + n - user - 1)) : NULL;

	e2e__smtp_login(m, s, end ? user + 1 : NULL);
}

E2E__FN void e2e__smtp_auth(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	const char *first = strchr(args, ' ');
	char *text = first ? e2e__smtp_heap_copy(first + 1) : NULL;
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
		if (text && e2e__smtp_base64(text, strlen(text)) >= 0) {
			s->state = E2E__SMTP_PASSWORD;
			free(s->user);
			s->user = e2e__smtp_heap_copy(text);
		}
		e2e__smtp_say(
			m, s, s->state == E2E__SMTP_USER ? "334 VXNlcm5hbWU6" : "334 UGFzc3dvcmQ6");
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
	} else if (s->state == E2E__SMTP_USER && e2e__smtp_base64(text, strlen(text)) >= 0) {
		s->user = e2e__smtp_heap_copy(text);
		s->state = E2E__SMTP_PASSWORD;
		e2e__smtp_say(m, s, "334 UGFzc3dvcmQ6");
	} else {
		user = s->state == E2E__SMTP_PASSWORD && e2e__smtp_base64(text, strlen(text)) >= 0
			? s->user
			: NULL;
		if (!user)
			free(s->user);
		s->user = NULL;
		e2e__smtp_login(m, s, user);
		free(user);
	}
}

/* A command line, without its end. */
E2E__FN void e2e__smtp_command(
	struct e2e__mail_self *m, struct e2e__session *s, char *line, size_t n)
{
	static const struct {
		const char *verb;

		void (*fn)(struct e2e__mail_self *m, struct e2e__session *s, const char *args);
	} known[] = {
		{"EHLO", e2e__smtp_helo},
		{"HELO", e2e__smtp_helo},
		{"MAIL", e2e__smtp_from},
		{"RCPT", e2e__smtp_to},
		{"DATA", e2e__smtp_data},
		{"RSET", e2e__smtp_rset},
		{"NOOP", e2e__smtp_noop},
		{"VRFY", e2e__smtp_vrfy},
		{"HELP", e2e__smtp_help},
		{"QUIT", e2e__smtp_quit},
		{"AUTH", e2e__smtp_auth},
		{"STARTTLS", e2e__smtp_starttls},
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

/* The envelope: a number of lines that the mail itself can't change, whatever is in it. */
E2E__FN struct e2e__heap e2e__smtp_envelope(const struct e2e__session *s)
{
	struct e2e__heap head;
	char number[16];
	const char *to = s->rcpt.p, *part[10];
	unsigned i;

	memset(&head, 0, sizeof head);
	snprintf(number, sizeof number, "%u", s->recipients);
	part[0] = "X-Envelope: ";
	part[1] = number;
	part[2] = "\nX-Envelope-Helo: ";
	part[3] = s->helo;
	part[4] = "\nX-Envelope-User: ";
	part[5] = s->user ? s->user : "";
	part[6] = "\nX-Envelope-Tls: ";
	part[7] = "";
#ifdef E2E_OPENSSL
	if (s->tls)
		part[7] = SSL_get_version((SSL *)s->tls);
#endif
	part[8] = "\nX-Envelope-From: ";
	part[9] = s->sender;
	for (i = 0; i < 10; i++) /* a name from base64 may hold a line feed */
		e2e__smtp_heap_add(
			&head, part[i], i % 2 ? strcspn(part[i], "\n") : strlen(part[i]));
	for (i = 0; i < s->recipients; i++, to += strlen(to) + 1) {
		e2e__smtp_heap_add(&head, "\nX-Envelope-To: ", 16);
		e2e__smtp_heap_add(&head, to, strlen(to));
	}

	e2e__smtp_heap_add(&head, "\n", 1);
	return head;
}

/* Writes the mail where the case looks for it: whole, under its number. */
E2E__FN bool e2e__smtp_store(struct e2e__mail_self *m, struct e2e__session *s)
{
	struct e2e__heap head = e2e__smtp_envelope(s);
	char name[48];
	int fd = open("part", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool well = fd >= 0;

	e2e__smtp_heap_add(&head, s->mail.p ? s->mail.p : "",
		s->mail.n < 16384 ? s->mail.n : 0); /* one write for most */
	well = well && e2e__file_write_whole(fd, head.p, head.n) &&
		(s->mail.n < 16384 || e2e__file_write_whole(fd, s->mail.p, s->mail.n));
	snprintf(name, sizeof name, "%06lld.eml", m->shared->mails + 1);
	if (fd >= 0 && close(fd) != 0)
		well = false;
	if (well && rename("part", name) != 0)
		well = false;
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

	snprintf(text, sizeof text, "(mail of %lu byte%s) .", (unsigned long)s->mail.n,
		E2E__PLURAL(s->mail.n));
	e2e__smtp_log(m, s, '<', text, strlen(text));
	s->state = E2E__SMTP_COMMAND;
	if (e2e__smtp_fault(m, s, ".", ".")) {
		;
	} else if (s->too_big) {
		e2e__smtp_say(m, s, "552 5.3.4 too big: 67108864 bytes are the limit");
	} else if (!e2e__smtp_store(m, s)) {
		e2e__smtp_say(m, s, "452 4.3.1 the test can't store it");
	} else {
		e2e__story_tell("mail", "mail", false, "%lu byte%s from <%.40s> to <%.40s>%s%s%s",
			(unsigned long)s->mail.n, E2E__PLURAL(s->mail.n), s->sender,
			s->rcpt.p ? s->rcpt.p : "", s->recipients > 1 ? " and others" : "",
			*s->from ? ", sent by " : "", s->from);
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
		e2e__smtp_heap_add(&s->mail, p, n);
}

/* Has the client ended its mail with bare line feeds? It will wait for ever; the case shall hear
 * why. */
E2E__FN void e2e__smtp_suspect(struct e2e__mail_self *m, const char *p, size_t n)
{
	const char *dot = p, *end = p + n;

	while ((dot = (const char *)memchr(dot, '.', (size_t)(end - dot))) != NULL) {
		if (dot > p && dot[-1] == '\n' && dot + 1 < end && dot[1] == '\n')
			m->shared->bare_dot = true;
		dot++;
	}
}

/* Takes the mail's text until CR LF . CR LF, and only that: what ends at bare line feeds can be
 * fooled. Returns how many bytes were taken. */
E2E__FN size_t e2e__smtp_take(
	struct e2e__mail_self *m, struct e2e__session *s, const char *p, size_t n)
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
E2E__FN size_t e2e__smtp_line(
	struct e2e__mail_self *m, struct e2e__session *s, const char *p, size_t n)
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

	e2e__smtp_heap_add(&s->line, p, k);
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

E2E__FN void e2e__smtp_input(
	struct e2e__mail_self *m, struct e2e__session *s, const char *p, size_t n)
{
	while (n && !s->gone && !s->stalled && !s->ending) {
		size_t k = s->state == E2E__SMTP_DATA ? e2e__smtp_take(m, s, p, n)
						      : e2e__smtp_line(m, s, p, n);

		p += k;
		n -= k;
		if (s->tls_wanted)
			/* what came behind STARTTLS in clear text must not count as said under
			 * TLS */
			return;
	}
}

/* ---- proc/sink.h ---- */

#ifdef E2E_OPENSSL
/* What an operation that can't go on waits for; false: it has failed. */
E2E__FN bool e2e__sink_tls_again(struct e2e__session *s, int result)
{
	int why = SSL_get_error((SSL *)s->tls, result);

	ERR_clear_error();
	s->tls_events = why == SSL_ERROR_WANT_READ ? POLLIN
		: why == SSL_ERROR_WANT_WRITE      ? POLLOUT
						   : 0;
	return s->tls_events != 0;
}

E2E__FN void e2e__sink_tls_start(struct e2e__mail_self *m, struct e2e__session *s)
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
		SSL_CTX_set_mode(
			ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
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
E2E__FN bool e2e__sink_tls_shake(struct e2e__mail_self *m, struct e2e__session *s)
{
	int n;

	if (s->tls_done)
		return true;
	n = SSL_accept((SSL *)s->tls);
	if (n == 1) {
		s->tls_done = true;
		s->tls_events = 0;
		e2e__smtp_log(m, s, '-', SSL_get_version((SSL *)s->tls),
			strlen(SSL_get_version((SSL *)s->tls)));
	} else if (!e2e__sink_tls_again(s, n)) {
		e2e__smtp_close(m, s, "(the TLS handshake failed)");
	}
	return n == 1;
}
#endif

/* -1: nothing now; 0: the end. */
E2E__FN ssize_t e2e__sink_recv(struct e2e__session *s, char *p, size_t size)
{
	ssize_t n;
#ifdef E2E_OPENSSL
	if (s->tls) {
		int k = SSL_read((SSL *)s->tls, p, (int)size);

		if (k > 0)
			return k;
		return e2e__sink_tls_again(s, k) ? -1 : 0;
	}
#endif
	n = recv(s->fd, p, size, 0);
	return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
}

E2E__FN ssize_t e2e__sink_send(struct e2e__session *s, const char *p, size_t size)
{
	ssize_t n;
#ifdef E2E_OPENSSL
	if (s->tls) {
		int k = SSL_write((SSL *)s->tls, p, (int)size);

		if (k > 0)
			return k;
		return e2e__sink_tls_again(s, k) ? -1 : 0;
	}
#endif
	n = send(s->fd, p, size, 0);
	return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
}

E2E__FN void e2e__sink_drain(struct e2e__mail_self *m, struct e2e__session *s)
{
	if (s->sent < s->out.n)
		e2e__smtp_log_flush(m); /* what a client has heard is in the log */
	while (!s->gone && s->sent < s->out.n) {
		ssize_t n = e2e__sink_send(s, s->out.p + s->sent, s->out.n - s->sent);

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
		e2e__sink_tls_start(m, s);
#endif
}

/* Reads what there is, in bounded portions so that nobody starves. */
E2E__FN void e2e__sink_step(struct e2e__mail_self *m, struct e2e__session *s)
{
	char buffer[65536];
	int burst;
#ifdef E2E_OPENSSL
	if (s->tls && !e2e__sink_tls_shake(m, s))
		return;
#endif
	s->tls_events = 0;
	e2e__sink_drain(m, s);
	for (burst = 0; burst < 16 && !s->gone && !s->out.n && (!s->tls || s->tls_done); burst++) {
		ssize_t n = e2e__sink_recv(s, buffer, sizeof buffer);

		if (n < 0)
			return;
		if (n == 0) {
			e2e__smtp_close(m, s,
				s->state == E2E__SMTP_DATA
					? "(the client left in the middle of a mail)"
					: "(the client left)");
			return;
		}
		e2e__smtp_input(m, s, buffer, (size_t)n);
		e2e__sink_drain(m, s);
	}
}

E2E__FN void e2e__sink_accept(struct e2e__mail_self *m, int sock)
{
	struct e2e__session *s;
	int one = 1, fd = accept(sock, NULL, NULL);

	if (fd < 0) {
		m->full = errno == EMFILE || errno == ENFILE;
		return;
	}

	if (m->n == m->size) {
		m->size = m->size ? m->size * 2 : 16;
		m->session =
			(struct e2e__session **)realloc(m->session, m->size * sizeof *m->session);
		m->polls = (struct pollfd *)realloc(m->polls, (m->size + 3) * sizeof *m->polls);
	}

	s = (struct e2e__session *)calloc(1, sizeof *s);
	if (!m->session || !m->polls || !s)
		_exit(E2E__HELPER_NO_MEMORY);
	e2e__system_fd_flags(fd);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	s->fd = fd;
	s->number = (unsigned)++m->shared->sessions;
	e2e__peer_name(&m->peer, fd, s->from, sizeof s->from);
	m->shared->open++;
	m->session[m->n++] = s;
#ifdef E2E_OPENSSL
	if (sock == m->helper.sock2) /* the greeting leaves once the handshake is over */
		e2e__sink_tls_start(m, s);
#endif
	if (s->gone)
		return;
	if (!e2e__smtp_fault(m, s, "CONNECT", "CONNECT"))
		e2e__smtp_say(m, s, "220 localhost ESMTP for a test");
	else if (!s->gone && !s->stalled)
		s->ending = true;
	if (!s->tls)
		e2e__sink_drain(m, s);
}

E2E__FN void e2e__sink_session_free(struct e2e__session *s)
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

E2E__FN void e2e__sink_poll(struct e2e__mail_self *m)
{
	size_t i;

	m->polls[0].fd = m->helper.line;
	m->polls[1].fd = m->full ? -1 : m->helper.sock;
	m->polls[2].fd = m->full ? -1 : m->helper.sock2;
	m->polls[0].events = m->polls[1].events = m->polls[2].events = POLLIN;
	m->polls[0].revents = m->polls[1].revents = m->polls[2].revents = 0;
	for (i = 0; i < m->n; i++) {
		struct e2e__session *s = m->session[i];

		m->polls[i + 3].fd = s->fd;
		m->polls[i + 3].events = s->tls_events ? s->tls_events
			: s->out.n                     ? POLLOUT
						       : POLLIN;
		m->polls[i + 3].revents = 0;
	}

	if (poll(m->polls, m->n + 3, -1) < 0 && errno != EINTR)
		_exit(E2E__HELPER_CANT_WAIT);
}

/* Takes the case's rules; those it has had before go on counting. */
E2E__FN void e2e__sink_rules(struct e2e__mail_self *m)
{
	struct e2e__mail_rule before[E2E__SMTP_RULES];
	size_t i, j, n = m->rules;

	memcpy(before, m->rule, sizeof before);
	memcpy(m->rule, m->shared->rule, sizeof m->rule);
	m->rules = m->shared->rules;
	for (i = 0; i < m->rules; i++)
		for (j = 0; j < n; j++)
			if (before[j].serial == m->rule[i].serial)
				m->rule[i].left = before[j].left;
}

/* The sink's life. Its folder is its working directory, so that names are short and the case may
 * move. */
E2E__FN void e2e__sink_run(struct e2e__helper *h)
{
	struct e2e__mail_self *m = (struct e2e__mail_self *)(void *)h;

	m->polls = (struct pollfd *)calloc(3, sizeof *m->polls);
	if (!m->polls)
		_exit(E2E__HELPER_NO_MEMORY);
	if (chdir(m->box->dir) != 0)
		_exit(E2E__HELPER_NO_FOLDER);
	m->log = open("smtp.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	for (;;) {
		size_t i, kept = 0, n = m->n;
		uint32_t number;

		e2e__sink_poll(m);
		for (i = 0; i < n; i++)
			if (m->polls[i + 3].revents)
				e2e__sink_step(m, m->session[i]);
		if ((m->polls[0].revents & (POLLIN | POLLHUP | POLLERR)) &&
			e2e__helper_asked(h, &number)) {
			e2e__sink_rules(m);
			e2e__helper_answer(h, number);
		}
		short calls[2];
		calls[0] = m->polls[1].revents; /* an accept may move the array */
		calls[1] = m->polls[2].revents;
		if (calls[0] & POLLIN)
			e2e__sink_accept(m, h->sock);
		if (calls[1] & POLLIN)
			e2e__sink_accept(m, h->sock2);
		for (i = 0; i < m->n; i++) {
			if (m->session[i]->gone)
				e2e__sink_session_free(m->session[i]);
			else
				m->session[kept++] = m->session[i];
		}
		m->n = kept;
		e2e__smtp_log_flush(m);
	}
}

/* ---- proc/mime.h ---- */

enum { E2E__MIME_DEPTH = 20, E2E__MIME_PARTS = 1000 };

/* Where the body begins: behind the first empty line, or at the end. */
E2E__FN const char *e2e__mime_body(const char *p, const char *end)
{
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

/* Where the field that begins at p ends: at its line feed, or that of its last folded line. */
E2E__FN const char *e2e__mime_field_end(const char *p, const char *end)
{
	const char *nl = (const char *)memchr(p, '\n', (size_t)(end - p));

	while (nl && nl + 1 < end && (nl[1] == ' ' || nl[1] == '\t'))
		nl = (const char *)memchr(nl + 1, '\n', (size_t)(end - nl - 1));
	return nl ? nl : end;
}

/* The first field of this name between p and the end of a header. */
E2E__FN const char *e2e__mime_field(const char *p, const char *end, const char *name)
{
	size_t n = strlen(name);

	while (p && p < end) {
		const char *nl = e2e__mime_field_end(p, end);

		if ((size_t)(nl - p) > n && strncasecmp(p, name, n) == 0 && p[n] == ':') {
			char *value = (char *)e2e__memory_alloc((size_t)(nl - p) + 1), *to = value;

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

E2E__FN const char *e2e_mail_header(const e2e_mail *mail, const char *name)
{
	if (!mail->raw)
		return NULL;
	return e2e__mime_field(
		mail->raw, e2e__mime_body(mail->raw, mail->raw + mail->raw_size), name);
}

/* The value of a hexadecimal digit; -1 if it is none. */
E2E__FN int e2e__mime_hex(char c)
{
	static const char digits[] = "0123456789ABCDEF0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)((at - digits) % 16) : -1;
}

/* =41 -> A in place, and in a header _ -> blank; soft line ends vanish. Returns the new size. */
E2E__FN size_t e2e__mime_quoted_printable(char *s, size_t n, bool header)
{
	size_t i, out = 0;

	for (i = 0; i < n; i++) {
		int a = i + 2 < n && s[i] == '=' ? e2e__mime_hex(s[i + 1]) : -1;
		int b = a >= 0 ? e2e__mime_hex(s[i + 2]) : -1;

		if (s[i] == '=' && i + 2 < n && s[i + 1] == '\r' && s[i + 2] == '\n')
			i += 2;
		else if (s[i] == '=' && i + 1 < n && s[i + 1] == '\n')
			i++;
		else if (b >= 0) {
			s[out++] = (char)(a << 4 | b);
			i += 2;
		} else
			s[out++] = header && s[i] == '_' ? ' ' : s[i];
	}

	s[out] = 0;
	return out;
}

/* The one byte of a charset as a character. */
E2E__FN unsigned e2e__mime_character(unsigned char c, bool windows, bool euro)
{
	/* windows-1252 has signs where ISO 8859-1 has controls; 0: the same */
	static const unsigned short signs[32] = {0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020,
		0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0, 0x17d, 0, 0, 0x2018, 0x2019, 0x201c,
		0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0, 0x17e,
		0x178};
	static const char latin9[] = "\xa4\xa6\xa8\xb4\xb8\xbc\xbd\xbe";
	static const unsigned short others[8] = {
		0x20ac, 0x160, 0x161, 0x17d, 0x17e, 0x152, 0x153, 0x178};
	const char *at = euro && c ? strchr(latin9, (char)c) : NULL;

	if (at && *at)
		return others[at - latin9];
	if (windows && c >= 0x80 && c < 0xa0 && signs[c - 0x80])
		return signs[c - 0x80];
	return c;
}

/* Adds bytes of a charset in UTF-8. False: nothing is known of it, the bytes were added as they
 * are. */
E2E__FN bool e2e__mime_add_utf8(
	struct e2e__buf *out, const char *bytes, size_t n, const char *charset)
{
	bool windows = charset && strcasecmp(charset, "windows-1252") == 0;
	bool euro = charset && strcasecmp(charset, "iso-8859-15") == 0;

	if (!windows && !euro && !(charset && strcasecmp(charset, "iso-8859-1") == 0)) {
		e2e__buf_add(out, bytes, n);
		return !charset || !*charset || strcasecmp(charset, "utf-8") == 0 ||
			strcasecmp(charset, "us-ascii") == 0;
	}

	for (size_t i = 0; i < n; i++)
		e2e__json_add_utf8(
			out, e2e__mime_character((unsigned char)bytes[i], windows, euro));
	return true;
}

/* One =?charset?q?text?= at p, added in UTF-8. Returns what follows, or NULL if it is none that we
 * can read. */
E2E__FN const char *e2e__mime_word(struct e2e__buf *out, const char *p)
{
	const char *how = strchr(p + 2, '?'), *text = how ? strchr(how + 1, '?') : NULL;
	const char *end = text ? strstr(text + 1, "?=") : NULL;
	size_t begin = out->n;
	long n;

	if (!end || text != how + 2)
		return NULL;
	char *charset = e2e__memory_strdup(p + 2), *copy = e2e__memory_strdup(text + 1);
	charset[how - p - 2] = '\0';
	charset[strcspn(charset, "*")] = '\0'; /* a language may follow */
	n = (long)(end - text - 1);
	copy[n] = '\0';
	if (how[1] == 'q' || how[1] == 'Q')
		n = (long)e2e__mime_quoted_printable(copy, (size_t)n, true);
	else
		n = how[1] == 'b' || how[1] == 'B' ? e2e__smtp_base64(copy, (size_t)n) : -1;
	if (n < 0)
		return NULL;
	if (!e2e__mime_add_utf8(out, copy, (size_t)n, charset)) {
		out->n = begin;
		return NULL;
	}
	return end + 2;
}

/* RFC 2047: a header's text in UTF-8. */
E2E__FN const char *e2e__mime_words(const char *text)
{
	E2E__BUF(b, 512);
	const char *p = text, *next;
	char *copy;

	if (!text || !strstr(text, "=?"))
		return text;
	while (*p) {
		next = p[0] == '=' && p[1] == '?' ? e2e__mime_word(&b, p) : NULL;
		if (!next) {
			e2e__buf_add(&b, p++, 1);
			continue;
		}
		p = next;
		next += strspn(next, " \t"); /* blanks between two of them aren't text */
		if (next[0] == '=' && next[1] == '?')
			p = next;
	}

	e2e__buf_add(&b, "", 1);
	copy = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return copy;
}

E2E__FN const char *e2e_mail_decoded(const e2e_mail *mail, const char *name)
{
	return e2e__mime_words(e2e_mail_header(mail, name));
}

/* Behind a value at p, which may be quoted; the value without its quotes is added. */
E2E__FN const char *e2e__mime_value(struct e2e__buf *out, const char *p)
{
	if (*p != '"') {
		size_t n = strcspn(p, "; \t");

		e2e__buf_add(out, p, n);
		return p + n;
	}

	for (p++; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			p++;
		e2e__buf_add(out, p, 1);
	}
	return *p ? p + 1 : p;
}

/* The value of a parameter of "type; name=value; other=\"value\"" as it stands there; NULL if there
 * is none. */
E2E__FN const char *e2e__mime_given(const char *field, const char *name)
{
	size_t n = strlen(name);
	const char *p = field ? field + strcspn(field, ";") : "";

	while (*p) {
		E2E__BUF(value, 128);

		p += strspn(p, "; \t");
		bool found = strncasecmp(p, name, n) == 0 && p[n + strspn(p + n, " \t")] == '=';
		p += strcspn(p, "=;");
		if (*p == '=')
			p = e2e__mime_value(&value, p + 1 + strspn(p + 1, " \t"));
		p += strcspn(p, ";");
		if (found) {
			e2e__buf_add(&value, "", 1);
			return e2e__memory_taken(&value);
		}
		e2e__buf_free(&value);
	}
	return NULL;
}

/* %41 -> A, added. */
E2E__FN void e2e__mime_percent(struct e2e__buf *out, const char *p)
{
	for (; *p; p++) {
		int a = *p == '%' ? e2e__mime_hex(p[1]) : -1;
		int b = a >= 0 ? e2e__mime_hex(p[2]) : -1;
		char c = (char)(b >= 0 ? a << 4 | b : *p);

		e2e__buf_add(out, &c, 1);
		p += b >= 0 ? 2 : 0;
	}
}

/* RFC 2231: name*=charset'language'text, or name*0=text; name*1*=text and so on. */
E2E__FN const char *e2e__mime_extended(const char *field, const char *name)
{
	E2E__BUF(bytes, 128);
	E2E__BUF(text, 128);
	char charset[64] = "";
	const char *whole = e2e__mime_given(field, e2e_printf("%s*", name)), *piece;
	int n = 0;

	for (;; n++) {
		piece = whole ? NULL : e2e__mime_given(field, e2e_printf("%s*%d", name, n));
		if (piece) {
			e2e__buf_adds(&bytes, piece);
			continue;
		}
		piece = whole ? whole : e2e__mime_given(field, e2e_printf("%s*%d*", name, n));
		if (!piece)
			break;

		const char *language = n == 0 ? strchr(piece, '\'') : NULL;
		const char *behind = language ? strchr(language + 1, '\'') : NULL;
		if (behind)
			snprintf(charset, sizeof charset, "%.*s", (int)(language - piece), piece);
		e2e__mime_percent(&bytes, behind ? behind + 1 : piece);
		if (whole)
			break;
	}

	bool found = whole || n > 0;
	e2e__mime_add_utf8(&text, bytes.p, bytes.n, charset);
	e2e__buf_add(&text, "", 1);
	e2e__buf_free(&bytes);
	const char *taken = e2e__memory_taken(&text);
	return found ? taken : NULL;
}

/* A parameter in UTF-8, in whichever of the ways that are in use. */
E2E__FN const char *e2e__mime_parameter(const char *field, const char *name)
{
	const char *extended = field ? e2e__mime_extended(field, name) : NULL;

	return extended ? extended : e2e__mime_words(e2e__mime_given(field, name));
}

/* CR LF -> LF in place. Returns the new size. */
E2E__FN size_t e2e__mime_lines(char *s, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++)
		if (s[i] != '\r' || i + 1 == n || s[i + 1] != '\n')
			s[out++] = s[i];
	s[out] = '\0';
	return out;
}

/* The text that a person reads: lines end with \n, in UTF-8. */
E2E__FN void e2e__mime_as_text(e2e_mail_part *part, char *bytes, size_t n)
{
	E2E__BUF(b, 512);

	n = e2e__mime_lines(bytes, n);
	part->body = bytes;
	part->size = n;
	if (!part->charset || strcasecmp(part->charset, "utf-8") == 0)
		return;
	if (e2e__mime_add_utf8(&b, bytes, n, part->charset)) {
		part->size = b.n;
		e2e__buf_add(&b, "", 1);
		part->body = (const char *)memcpy(e2e__memory_alloc(b.n), b.p, b.n);
	}
	e2e__buf_free(&b);
}

/* What stands between `from` and `end`, decoded. Bytes that were attached stay as they were. */
E2E__FN void e2e__mime_decode(
	e2e_mail_part *part, const char *from, const char *end, const char *how)
{
	size_t n = (size_t)(end - from);
	char *bytes = (char *)e2e__memory_alloc(n + 1);
	bool base64 = how && strcasecmp(how, "base64") == 0;

	memcpy(bytes, from, n);
	if (how && strcasecmp(how, "quoted-printable") == 0) {
		n = e2e__mime_quoted_printable(bytes, n, false);
	} else if (base64) {
		long k = e2e__smtp_base64(bytes, n);

		if (k < 0)
			memcpy(bytes, from, n); /* broken: show it as it is */
		else
			n = (size_t)k;
	}

	bytes[n] = '\0';
	if (strncmp(part->type, "text/", 5) == 0 && !part->attached) {
		e2e__mime_as_text(part, bytes, n);
		return;
	}
	part->body = bytes;
	part->size =
		base64 || (how && strcasecmp(how, "binary") == 0) ? n : e2e__mime_lines(bytes, n);
}

/* "Text/HTML; charset=x" -> "text/html" */
E2E__FN const char *e2e__mime_type(const char *field)
{
	size_t n = field ? strcspn(field, "; \t") : 0;

	if (!n)
		return "text/plain";
	char *type = e2e__memory_strdup(field);
	type[n] = '\0';
	for (char *c = type; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return type;
}

struct e2e__mime_list {
	e2e_mail_part *part;
	size_t n, size;
};

/* A part that holds no others. */
E2E__FN void e2e__mime_leaf(
	struct e2e__mime_list *all, const char *from, const char *body, const char *end)
{
	if (all->n == all->size) {
		size_t size = all->size ? 2 * all->size : 2;
		e2e_mail_part *more = (e2e_mail_part *)e2e__memory_alloc(size * sizeof *more);

		if (all->n)
			memcpy(more, all->part, all->n * sizeof *more);
		all->part = more;
		all->size = size;
	}
	if (all->n == E2E__MIME_PARTS)
		return;

	e2e_mail_part *part = &all->part[all->n++];
	const char *type = e2e__mime_field(from, body, "Content-Type");
	const char *place = e2e__mime_field(from, body, "Content-Disposition");
	memset(part, 0, sizeof *part);
	part->header = from;
	part->header_size = (size_t)(body - from);
	part->type = e2e__mime_type(type);
	part->charset = e2e__mime_parameter(type, "charset");
	part->name = e2e__mime_parameter(place, "filename");
	if (!part->name)
		part->name = e2e__mime_parameter(type, "name");
	part->attached = place && strncasecmp(place, "attachment", 10) == 0;
	e2e__mime_decode(part, body, end, e2e__mime_field(from, body, "Content-Transfer-Encoding"));
}

E2E__FN void e2e__mime_part(
	struct e2e__mime_list *all, const char *from, const char *end, int depth);

/* Is this line the boundary? 2: the last one. */
E2E__FN int e2e__mime_delimiter(const char *line, const char *end, const char *boundary, size_t n)
{
	if ((size_t)(end - line) < n + 2 || line[0] != '-' || line[1] != '-' ||
		memcmp(line + 2, boundary, n) != 0)
		return 0;
	line += n + 2;
	bool last = end - line >= 2 && line[0] == '-' && line[1] == '-';
	for (line += last ? 2 : 0; line < end && *line != '\n'; line++)
		if (*line != ' ' && *line != '\t' && *line != '\r')
			return 0;
	return last ? 2 : 1;
}

/* The parts between the boundaries. False: there is no boundary at all. A last one that is missing
 * was cut off: what came counts. */
E2E__FN bool e2e__mime_multipart(
	struct e2e__mime_list *all, const char *p, const char *end, const char *boundary, int depth)
{
	const char *part = NULL;
	size_t n = strlen(boundary);
	int kind = 0;

	for (const char *nl; p < end && kind != 2; p = nl + 1) {
		nl = (const char *)memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		kind = e2e__mime_delimiter(p, nl, boundary, n);
		if (!kind)
			continue;
		if (part) {
			/* the line end before it belongs to the boundary */
			const char *to = p > part ? p - 1 : p;

			e2e__mime_part(all, part, to > part && to[-1] == '\r' ? to - 1 : to, depth);
		}
		part = nl < end ? nl + 1 : end;
	}

	if (part && kind != 2)
		e2e__mime_part(all, part, end, depth);
	return part != NULL;
}

/* A part, or the whole mail: from its header on. */
E2E__FN void e2e__mime_part(
	struct e2e__mime_list *all, const char *from, const char *end, int depth)
{
	const char *body = e2e__mime_body(from, end);
	const char *type = e2e__mime_field(from, body, "Content-Type");
	const char *boundary = NULL;

	if (type && strncasecmp(type, "multipart/", 10) == 0 && depth < E2E__MIME_DEPTH)
		boundary = e2e__mime_given(type, "boundary");
	if (!boundary || !*boundary || !e2e__mime_multipart(all, body, end, boundary, depth + 1))
		e2e__mime_leaf(all, from, body, end);
}

E2E__FN const e2e_mail_part *e2e__mime_first(const e2e_mail *mail, const char *type, bool attached)
{
	size_t n = strlen(type);
	bool all = n > 0 && type[n - 1] == '*';

	for (size_t i = 0; i < mail->nparts; i++) {
		const e2e_mail_part *part = &mail->part[i];

		if ((!part->attached || attached) &&
			(all ? strncasecmp(part->type, type, n - 1) == 0
			     : strcasecmp(part->type, type) == 0))
			return part;
	}
	return NULL;
}

E2E__FN const e2e_mail_part *e2e_mail_part_of(const e2e_mail *mail, const char *type)
{
	return e2e__mime_first(mail, type, true);
}

E2E__FN const e2e_mail_part *e2e_mail_attachment(const e2e_mail *mail, const char *name)
{
	for (size_t i = 0; i < mail->nparts; i++)
		if (mail->part[i].name && strcmp(mail->part[i].name, name) == 0)
			return &mail->part[i];
	return NULL;
}

E2E__FN const char *e2e_mail_part_header(const e2e_mail_part *part, const char *name)
{
	return e2e__mime_words(
		e2e__mime_field(part->header, part->header + part->header_size, name));
}

E2E__FN void e2e__mime_read(e2e_mail *mail)
{
	struct e2e__mime_list all = {NULL, 0, 0};

	e2e__mime_part(&all, mail->raw, mail->raw + mail->raw_size, 0);
	if (!all.n) /* nothing but a last boundary */
		e2e__mime_leaf(&all, mail->raw,
			e2e__mime_body(mail->raw, mail->raw + mail->raw_size),
			mail->raw + mail->raw_size);
	mail->part = all.part;
	mail->nparts = all.n;
	mail->subject = e2e_mail_decoded(mail, "Subject");
	const e2e_mail_part *html = e2e__mime_first(mail, "text/html", false);
	const e2e_mail_part *body = e2e__mime_first(mail, "text/plain", false);
	if (!body)
		body = e2e__mime_first(mail, "text/*", false);
	if (!body && mail->part[0].header == mail->raw)
		body = &mail->part[0]; /* it has no parts */
	mail->html = html ? html->body : NULL;
	mail->body = body ? body->body : "";
	mail->body_size = body ? body->size : 0;
}

/* ---- proc/mail.h ---- */

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

E2E__FN bool e2e__mail_load(e2e_mail *mail, const char *path)
{
	size_t size, n, i;
	char *text = e2e__file_read(path, &size), *at = text, *count;
	const char **to;

	memset(mail, 0, sizeof *mail);
	count = text ? e2e__mail_envelope(&at, "X-Envelope: ") : NULL;
	if (!count)
		return false;
	errno = EINVAL; /* it isn't as the sink has written it */
	if (strspn(count, "0123456789") != strlen(count) || strlen(count) > 4 ||
		atoi(count) > E2E__SMTP_RECIPIENTS)
		return false;
	n = (size_t)atoi(count);
	to = (const char **)e2e__memory_alloc((n + 1) * sizeof *to);
	mail->helo = e2e__mail_envelope(&at, "X-Envelope-Helo: ");
	mail->user = e2e__mail_envelope(&at, "X-Envelope-User: ");
	mail->tls = e2e__mail_envelope(&at, "X-Envelope-Tls: ");
	mail->sender = e2e__mail_envelope(&at, "X-Envelope-From: ");
	for (i = 0; i < n; i++)
		if (!(to[i] = e2e__mail_envelope(&at, "X-Envelope-To: ")))
			return false;
	if (!mail->helo || !mail->user || !mail->tls || !mail->sender)
		return false;
	if (mail->user && !*mail->user)
		mail->user = NULL;
	if (mail->tls && !*mail->tls)
		mail->tls = NULL;
	mail->recipients = to;
	mail->nrecipients = n;
	mail->raw = at;
	mail->raw_size = size - (size_t)(at - text);
	mail->path = path;
	e2e__mime_read(mail);
	return true;
}

/* A mail that has arrived and can't be read is not none: the case ends, if it hasn't failed
 * already. */
E2E__FN bool e2e__mail_unreadable(const e2e_mailbox *m, size_t number)
{
	const struct e2e__helper *h = &m->self->helper;

	if (!e2e__exit_failed())
		e2e__helper_die(h->file, h->at, "mailbox",
			e2e_printf("can't read mail %lu in %s", (unsigned long)number, m->dir),
			errno ? errno : EIO, "was the folder removed, or are too many files open?");
	return false;
}

E2E__FN size_t e2e_mail_count(e2e_mailbox *m)
{
	static const char *const nobody[64] = {NULL}; /* for tests that look behind the last mail */
	const volatile struct e2e__mail_shared *s = m->self->shared;
	size_t n = (size_t)s->mails, i;

	if (m->self->loaded != e2e__net.cases) { /* their memory went with the case before */
		m->count = 0;
		m->mail = NULL;
		m->self->loaded = e2e__net.cases;
	}

	if (n > m->count || !m->mail) {
		size_t empty = 16;
		e2e_mail *mail = (e2e_mail *)e2e__memory_alloc((n + empty) * sizeof *mail);

		if (m->count)
			memcpy(mail, m->mail, m->count * sizeof *mail);
		for (i = m->count; i < n; i++)
			if (!e2e__mail_load(&mail[i],
				    e2e_printf("%s/%06lu.eml", m->dir, (unsigned long)i + 1)) &&
				!e2e__mail_unreadable(m, i + 1))
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

/* ", 3 parts: text/plain, application/pdf "a.pdf"" */
E2E__FN const char *e2e__mail_list_parts(const e2e_mail *mail)
{
	const char *out = e2e_printf(", %lu parts:", (unsigned long)mail->nparts);

	if (mail->nparts < 2)
		return "";
	for (size_t i = 0; i < mail->nparts && i < 20; i++)
		out = e2e_printf("%s%s %s%s%s", out, i ? "," : "", mail->part[i].type,
			mail->part[i].name ? " " : "",
			mail->part[i].name ? e2e_quoted(mail->part[i].name) : "");
	return mail->nparts > 20 ? e2e_printf("%s, ...", out) : out;
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

		out = e2e_printf("%s%smail[%lu]: %s from <%s> to", out, i ? "\n" : "",
			(unsigned long)i,
			mail->subject ? e2e_quoted(mail->subject) : "(no subject)", mail->sender);
		for (j = 0; j < mail->nrecipients && j < 20; j++)
			out = e2e_printf("%s <%s>", out, mail->recipients[j]);
		out = e2e_printf("%s%s", out, e2e__mail_list_parts(mail));
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
		return e2e_printf(
			"a mail couldn't be stored in %s: %s", m->dir, strerror(s->error));
	if (!s->sessions)
		return e2e_printf(
			"nobody has connected to port %d: is the program told to send there?",
			m->port);
	if (s->bare_dot)
		return "a mail holds a dot between bare line feeds: only CR LF . CR LF ends a mail";
	return e2e_printf("connections until now: %lld, open: %lld; the dialogue is in %s/smtp.log",
		s->sessions, s->open, m->dir);
}

/* None is wanted: then there must be none by now. */
E2E__FN bool e2e__mail_none(const char *file, int line, e2e_mailbox *m)
{
	e2e_failure f = e2e__system_failure("mail", NULL, NULL);

	f.got = e2e_printf("%lu", (unsigned long)e2e_mail_count(m));
	f.want = "0";
	f.diff = m->count ? e2e__mail_list(m) : NULL;
	return e2e_report(file, line, m->count == 0, "0 mails", &f);
}

E2E__FN bool e2e__mail_wait(const char *file, int line, e2e_mailbox *m, size_t n, double seconds)
{
	double limit = e2e__system_patience(seconds), end = e2e__system_wait_until(limit);
	const char *name = e2e_printf("%lu mail%s", (unsigned long)n, E2E__PLURAL(n));

	if (n == 0)
		return e2e__mail_none(file, line, m);
	for (size_t told = n; e2e_mail_count(m) < n && e2e_now() < end; e2e__limit_pause(0.002)) {
		if (told != m->count)
			e2e__wait_waiting(
				"%s at port %d; %zu came until now", name, m->port, m->count);
		told = m->count;
	}

	e2e__wait_waiting(NULL);
	if (m->count >= n)
		return e2e_report(file, line, true, name, NULL);
	e2e_failure f = e2e__system_failure(
		"timeout", e2e_printf("waited %g s for mails", limit), e2e__mail_hint(m));
	f.got = e2e_printf("%lu", (unsigned long)m->count);
	f.want = e2e_printf("%lu", (unsigned long)n);
	f.diff = m->count ? e2e__mail_list(m) : NULL;
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
			char *one = e2e__memory_strdup(text);

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

E2E__FN e2e_mail *e2e__mail_find(
	e2e_mailbox *m, const char *subject, const char *const *to, size_t n)
{
	size_t i;

	for (i = 0; i < m->count; i++) {
		e2e_mail *mail = &m->mail[i];

		if (!mail->expected_at &&
			strcmp(mail->subject ? mail->subject : "", subject) == 0 &&
			e2e__mail_to(mail, to, n))
			return mail;
	}
	return NULL;
}

/* The recipients of an expectation, from strings or from one array of strings. */
E2E__FN const char **e2e__mail_wanted(size_t size, va_list args, size_t *n)
{
	const char **one, **list;
	size_t given = 0, i;
	va_list count;

	*n = 0;
	if (size != 1) {
		const char *const *array = va_arg(args, const char *const *);

		while (array[*n])
			(*n)++;
		list = (const char **)e2e__memory_alloc((*n + 1) * sizeof *list);
		memcpy(list, array, *n * sizeof *list);
		return list;
	}

	va_copy(count, args);
	while (va_arg(count, const char *))
		given++;
	va_end(count);
	one = (const char **)e2e__memory_alloc((given + 1) * sizeof *one);
	for (i = 0; i < given; i++)
		one[i] = va_arg(args, const char *);
	for (i = 0; i < given; i++)
		*n = e2e__mail_split(one[i], NULL, *n);
	list = (const char **)e2e__memory_alloc((*n + 1) * sizeof *list);
	for (i = *n = 0; i < given; i++)
		*n = e2e__mail_split(one[i], list, *n);
	return list;
}

E2E__FN const e2e_mail *e2e__mail_expect(
	const char *file, int line, e2e_mailbox *m, const char *subject, size_t size, ...)
{
	double limit = e2e__system_patience(-1), end = e2e__system_wait_until(limit);
	const char *name, *all = "", **to;
	e2e_mail *mail;
	va_list args;
	size_t n, i;

	va_start(args, size);
	to = e2e__mail_wanted(size, args, &n);
	va_end(args);
	for (i = 0; i < n; i++)
		all = e2e_printf("%s <%s>", all, to[i]);
	name = e2e_printf("mail %s to%s", e2e_quoted(subject), all);
	e2e__wait_waiting("%s at port %d", name, m->port);
	while (e2e_mail_count(m), !(mail = e2e__mail_find(m, subject, to, n)) && e2e_now() < end)
		e2e__limit_pause(0.002);
	e2e__wait_waiting(NULL);
	if (mail) {
		mail->expected_at = e2e_printf("%s:%d", file, line);
		e2e_report(file, line, true, name, NULL);
		return mail;
	}

	e2e_failure f = e2e__system_failure(
		"no-mail", e2e_printf("waited %g s for a mail", limit), e2e__mail_hint(m));
	f.want = name;
	f.got = m->count > 1 ? e2e_printf("%lu other mails", (unsigned long)m->count)
			     : e2e__mail_list(m);
	f.diff = m->count > 1 ? e2e__mail_list(m) : NULL;
	e2e_report(file, line, false, name, &f);
	return NULL;
}

/* Is the first word of a fault's command one that a client may say? */
E2E__FN bool e2e__mail_smtp_known(const char *command)
{
	static const char *const known[] = {"EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP",
		"VRFY", "EXPN", "HELP", "QUIT", "AUTH", "STARTTLS", "BDAT", "ETRN", "CONNECT", "."};
	size_t n = strcspn(command, " "), i;

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i]) == n && strncasecmp(command, known[i], n) == 0)
			return true;
	return strcspn(command, "*?[") < n; /* a pattern from its first word on */
}

/* `first`: so many times; -1: always. */
E2E__FN void e2e__mail_fault(
	const char *file, int line, e2e_mailbox *m, const char *command, int code, int first)
{
	struct e2e__mail_shared *s = m->self->shared;
	const char *wrong = NULL;
	size_t i, kept = 0;

	if (command && (strlen(command) >= sizeof s->rule[0].command || !*command))
		wrong = e2e_printf("%s is no SMTP command", e2e_quoted(command));
	else if (code != 0 && code != E2E_MAIL_DROP && code != E2E_MAIL_STALL &&
		(code < 200 || code > 599))
		wrong = e2e_printf("%d is no SMTP reply", code);
	else if (command && !e2e__mail_smtp_known(command))
		wrong = e2e_printf(
			"no client says %s: the fault would never come", e2e_quoted(command));
	else if (first != -1 && first < 1)
		wrong = e2e_printf("%d is no number of times: the fault would never come", first);
	const char *hint =
		"for example e2e_mail_fault(m, \"RCPT\", 550); the commands are EHLO, HELO, MAIL, RCPT, DATA, RSET, NOOP, VRFY, EXPN, HELP, "
		"QUIT, AUTH, STARTTLS, BDAT, ETRN, and CONNECT and \".\"";
	if (wrong)
		e2e__system_die_of(file, line, "e2e_mail_fault", "usage", wrong, hint);
	for (i = 0; command && i < s->rules; i++)
		/* a new fault replaces the old one of the same command */
		if (strcasecmp(s->rule[i].command, command) != 0)
			s->rule[kept++] = s->rule[i];
	s->rules = kept;
	if (command && code != 0) {
		if (kept == E2E__SMTP_RULES)
			e2e__system_die_of(
				file, line, "e2e_mail_fault", "usage", "more than 32 faults", hint);
		strcpy(s->rule[kept].command, command);
		s->rule[kept].code = code;
		s->rule[kept].left = first;
		s->rule[kept].serial = ++s->serials;
		s->rules++;
	}

	e2e__helper_apply(file, line, &m->self->helper);
}

E2E__FN void e2e__mail_case_begin(struct e2e__helper *h)
{
	struct e2e__mail_self *self = (struct e2e__mail_self *)(void *)h;

	self->before = self->shared->mails;
}

/* The dialogue is evidence already; here is what it ended with. */
E2E__FN void e2e__mail_tell(struct e2e__helper *h)
{
	struct e2e__mail_self *self = (struct e2e__mail_self *)(void *)h;

	e2e_mail_count(self->box);
	e2e__hook_explain(e2e_printf("mailbox_%d", self->box->port),
		e2e_printf("%s%s\n%s",
			self->before ? e2e_printf("%lld came before this case\n", self->before)
				     : "",
			e2e__mail_list(self->box), e2e__mail_hint(self->box)));
}

/* A mail that was refused because it couldn't be written was never the program's fault. */
E2E__FN void e2e__mail_judge(struct e2e__helper *h)
{
	struct e2e__mail_self *self = (struct e2e__mail_self *)(void *)h;

	if (!self->shared->error)
		return;
	e2e_failure f = e2e__system_failure("mailbox",
		e2e_printf("a mail couldn't be stored in %s: %s", self->box->dir,
			strerror(self->shared->error)),
		"is the disk full, or was the folder removed? The client got 452");
	e2e_report(h->file, h->at, false, "the mailbox keeps what it takes", &f);
}

E2E__FN e2e_mailbox *e2e__mail_open_box(const char *file, int line)
{
	e2e_mailbox *m = (e2e_mailbox *)e2e__memory_alloc(sizeof *m);
	struct e2e__mail_self *self = (struct e2e__mail_self *)e2e__memory_alloc(sizeof *self);
	struct e2e__helper *h = &self->helper;
	int sock = e2e__endpoint_listen(file, line, "tcp:127.0.0.1:0"), sock2 = -1;

	m->self = self;
	self->box = m;
	self->loaded = e2e__net.cases;
	m->smtps_port = -1;
	m->port = e2e_endpoint_port(e2e_endpoint(sock));
	m->address = e2e_printf("127.0.0.1:%d", m->port);
	m->url = e2e_printf("smtp://%s", m->address);
	m->dir = e2e_printf("%s/mail-%d", e2e__folder_tmpdir(file, line), m->port);
	if (e2e__file_mkdirs(m->dir, 0700) != 0)
		e2e__helper_die(
			file, line, "mailbox", e2e_printf("can't make %s", m->dir), errno, NULL);
#ifdef E2E_OPENSSL
	{
		const e2e_certificates *c = e2e__certs_made(
			file, line, e2e_printf("%s/tls", m->dir), "localhost,127.0.0.1", false);

		m->ca = c->ca;
		self->cert = c->server;
		self->key = c->server_key;
		sock2 = e2e__endpoint_listen(file, line, "tcp:127.0.0.1:0");
		m->smtps_port = e2e_endpoint_port(e2e_endpoint(sock2));
		m->smtps_url = e2e_printf("smtps://127.0.0.1:%d", m->smtps_port);
	}
#endif
	h->what = "mail-sink";
	h->run = e2e__sink_run;
	h->begin = e2e__mail_case_begin;
	h->tell = e2e__mail_tell;
	h->judge = e2e__mail_judge;
	self->shared =
		(struct e2e__mail_shared *)e2e__helper_share(file, line, h, sizeof *self->shared);
	self->log_path = e2e_printf("%s/smtp.log", m->dir);
	e2e__helper_start(file, line, h, sock, sock2);
	e2e__hook_evidence("smtp", self->log_path);
	e2e_mail_count(m);
	return m;
}

/* ---- proc/web.h ---- */

enum {
	E2E__WEB_ROUTES = 64,
	E2E__WEB_KEPT = 100000,       /* requests that are kept */
	E2E__WEB_HEAD = 64 << 10,     /* bytes of a request's head */
	E2E__WEB_BODY = 64 << 20,     /* bytes of a request's body */
	E2E__WEB_REQUESTS = 64 << 20, /* bytes of requests that are kept */
	E2E__WEB_ANSWERS = 32 << 20   /* bytes of the answers that the case gives */
};

struct e2e__web_route {
	char name[256]; /* "GET /items/[0-9]*" */
	bool gone;      /* an equal one came later */
	int status;
	const char *head; /* Content-Type and more lines, each with its CR LF */
	const char *body;
	size_t size;
	bool chunked, close;
	e2e_http_handler *handler;
	void *arg;
	e2e_http_faults fault;
	int left; /* of fault.first; the stub counts */
};

/* What the case and the stub share, at the same address in both: so there may be pointers in it.
 * The requests are the stub's, the routes the case's. */
struct e2e__web_shared {
	uint32_t asked;
	e2e_http_stub pub;
	size_t routes;
	struct e2e__web_route route[E2E__WEB_ROUTES];
	size_t answers_used, requests_used;
	size_t unkept; /* requests for which there was no room */
	int connections;
	e2e_http_request request[E2E__WEB_KEPT + 16];
	char answers[E2E__WEB_ANSWERS];
	char requests[E2E__WEB_REQUESTS];
};

/* A client. */
struct e2e__web_client {
	int fd, number;
	char from[48]; /* whose it is, or "" */
	struct e2e__buf in, out, body;
	size_t sent;   /* of out */
	size_t head;   /* bytes of the request's head; 0: not whole yet */
	size_t seen;   /* of in: here no head ends before */
	size_t wanted; /* bytes of a body that says its length */
	bool chunked;  /* its body comes in chunks; `at` is behind the last whole one */
	size_t at;
	double hold;   /* until then the answer waits; 0: not */
	bool stalled;  /* nothing is ever answered */
	bool ending;   /* the answer is the last one */
	bool reset;    /* and then a reset */
	bool said_end; /* shutdown: the client's end is awaited */
	bool gone;
	void *tls;
	bool tls_done;
	short tls_events;
};

struct e2e__web_self {
	struct e2e__helper helper; /* the first member: a helper is cast to this */
	struct e2e__web_shared *shared;
	size_t before; /* requests before this case */
	/* in the stub's process */
	char lane[16]; /* in the story */
	struct e2e__peer peer;
	struct e2e__web_client **client;
	struct pollfd *polls;
	size_t n, size;
	bool full; /* no descriptor for another client */
	const char *cert, *key;
	void *tls;
};

E2E__FN const char *e2e__web_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {{200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
		{206, "Partial Content"}, {301, "Moved Permanently"}, {302, "Found"},
		{303, "See Other"}, {304, "Not Modified"}, {307, "Temporary Redirect"},
		{308, "Permanent Redirect"}, {400, "Bad Request"}, {401, "Unauthorized"},
		{403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
		{409, "Conflict"}, {410, "Gone"}, {411, "Length Required"},
		{413, "Content Too Large"}, {422, "Unprocessable Content"},
		{429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"}};

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Status";
}

/* The value of a field in lines of a header: where it begins, and its size. NULL without one. */
E2E__FN const char *e2e__web_field(const char *lines, const char *name, size_t *size)
{
	size_t n = strlen(name);

	for (const char *p = lines, *end; p && *p; p = end ? end + 1 : NULL) {
		end = strchr(p, '\n');
		if (strncasecmp(p, name, n) != 0 || p[n] != ':')
			continue;
		const char *value = p + n + 1, *last = end ? end : value + strlen(value);

		while (value < last && (*value == ' ' || *value == '\t'))
			value++;
		while (last > value && strchr(" \t\r", last[-1]))
			last--;
		*size = (size_t)(last - value);
		return value;
	}
	return NULL;
}

/* Does a list ("keep-alive, Upgrade") hold the word? */
E2E__FN bool e2e__web_field_has(const char *lines, const char *name, const char *word)
{
	size_t size = 0, n = strlen(word);
	const char *value = e2e__web_field(lines, name, &size);

	for (size_t i = 0; value && i + n <= size; i++)
		if (strncasecmp(value + i, word, n) == 0 &&
			(i + n == size || !strchr(E2E__ALNUM, value[i + n])))
			return true;
	return false;
}

/* Memory in the shared pages; NULL if they are full. */
E2E__FN char *e2e__web_keep(
	char *space, size_t capacity, size_t *used, const char *bytes, size_t size)
{
	char *at = space + *used;

	if (size >= capacity - *used)
		return NULL;
	memcpy(at, bytes, size);
	at[size] = '\0';
	*used += size + 1;
	return at;
}

/* "GET /items/[0-9]*" for this request? HEAD is answered as GET. A pattern with a blank but no method
 * is none; one that asks for a query is compared with it. */
E2E__FN bool e2e__web_matches(const struct e2e__web_route *r, const e2e_http_request *q)
{
	const char *path = strchr(r->name, '/'), *blank = strchr(r->name, ' ');
	char target[4096];

	if (blank && strncmp(r->name, "* ", 2) != 0) {
		size_t n = (size_t)(blank - r->name);
		bool as_get = strcmp(q->method, "HEAD") == 0 && strncmp(r->name, "GET ", 4) == 0;

		if (!as_get && (strlen(q->method) != n || strncmp(q->method, r->name, n) != 0))
			return false;
	}
	if (!path || !strchr(path, '?'))
		return fnmatch(path ? path : blank + 1, q->path, 0) == 0;
	snprintf(target, sizeof target, "%s?%s", q->path, q->query);
	return fnmatch(path, target, 0) == 0;
}

E2E__FN struct e2e__web_route *e2e__web_route_of(
	struct e2e__web_shared *s, const e2e_http_request *q)
{
	for (size_t i = s->routes; i-- > 0;)
		if (!s->route[i].gone && e2e__web_matches(&s->route[i], q))
			return &s->route[i];
	return NULL;
}

E2E__FN void e2e__web_add_body(
	struct e2e__buf *out, const char *body, size_t size, size_t shown, bool chunked)
{
	if (!chunked) {
		e2e__buf_add(out, body, shown);
		return;
	}
	for (size_t at = 0; at < shown;) {
		size_t part = shown - at < 8192 ? shown - at : 8192;

		e2e__buf_addf(out, "%zx\r\n", part);
		e2e__buf_add(out, body + at, part);
		e2e__buf_adds(out, "\r\n");
		at += part;
	}
	if (shown == size)
		e2e__buf_adds(out, "0\r\n\r\n");
}

/* Each answer has two: printf would take half of the time. */
E2E__FN void e2e__web_add_number(struct e2e__buf *b, size_t v)
{
	char digits[24], *p = digits + sizeof digits;

	do
		*--p = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	e2e__buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

/* Writes an answer; of its body `shown` bytes. */
E2E__FN void e2e__web_say(struct e2e__web_client *c, const e2e_http_request *q, int status,
	const char *head, const char *body, size_t size, size_t shown, bool chunked)
{
	bool bare = status / 100 == 1 || status == 204 || status == 304;
	bool old = strcmp(q->version, "HTTP/1.0") == 0;

	chunked = chunked && !old && !bare;
	e2e__buf_adds(&c->out, "HTTP/1.1 ");
	e2e__web_add_number(&c->out, (size_t)status);
	e2e__buf_adds(&c->out, " ");
	e2e__buf_adds(&c->out, e2e__web_reason(status));
	e2e__buf_adds(&c->out, "\r\n");
	e2e__buf_adds(&c->out, head);
	if (chunked)
		e2e__buf_adds(&c->out, "Transfer-Encoding: chunked\r\n");
	else if (!bare) {
		e2e__buf_adds(&c->out, "Content-Length: ");
		e2e__web_add_number(&c->out, size);
		e2e__buf_adds(&c->out, "\r\n");
	}
	if (c->ending)
		e2e__buf_adds(&c->out, "Connection: close\r\n");
	else if (old)
		e2e__buf_adds(&c->out, "Connection: keep-alive\r\n");
	e2e__buf_adds(&c->out, "\r\n");
	if (!bare && strcmp(q->method, "HEAD") != 0)
		e2e__web_add_body(&c->out, body, size, shown, chunked);
}

/* No route is for it: the answer says which there are. */
E2E__FN int e2e__web_say_unknown(
	struct e2e__web_shared *s, struct e2e__web_client *c, const e2e_http_request *q)
{
	E2E__BUF(b, 1024);

	e2e__buf_addf(&b, "e2e: no route of this stub answers %s %s\n", q->method, q->path);
	for (size_t i = 0; i < s->routes; i++)
		if (!s->route[i].gone)
			e2e__buf_addf(&b, "route: %s\n", s->route[i].name);
	if (!s->routes)
		e2e__buf_adds(&b, "there is none: e2e_http_answer(s, \"GET /\", 200, ...)\n");
	e2e__web_say(c, q, 404, "Content-Type: text/plain\r\n", b.p, b.n, b.n, false);
	e2e__buf_free(&b);
	return 404;
}

/* The lines of a header from an answer's type and list. */
E2E__FN void e2e__web_head(struct e2e__buf *b, const e2e_http_response *a)
{
	if (a->type)
		e2e__buf_addf(b, "Content-Type: %s\r\n", a->type);
	for (size_t i = 0; a->header && a->header[i]; i++)
		e2e__buf_addf(b, "%s\r\n", a->header[i]);
}

/* A fault as reports tell it. */
E2E__FN void e2e__web_fault_words(struct e2e__buf *b, const e2e_http_faults *f)
{
	if (f->status)
		e2e__buf_addf(b, ", status %d", f->status);
	if (f->delay > 0)
		e2e__buf_addf(b, ", delayed by %g s", f->delay);
	if (f->stall)
		e2e__buf_adds(b, ", never answered");
	else if (f->drop)
		e2e__buf_adds(b, ", closed without an answer");
	else if (f->reset && !f->truncate)
		e2e__buf_adds(b, ", reset");
	else if (f->truncate)
		e2e__buf_addf(b, ", %s behind %zu bytes", f->reset ? "reset" : "cut", f->truncate);
}

/* Notes for reports what a fault does to the answer. */
E2E__FN void e2e__web_note_fault(
	struct e2e__web_shared *s, e2e_http_request *q, const e2e_http_faults *f)
{
	E2E__BUF(b, 128);

	e2e__web_fault_words(&b, f);
	if (b.n)
		q->fault = e2e__web_keep(
			s->requests, sizeof s->requests, &s->requests_used, b.p + 2, b.n - 2);
	e2e__buf_free(&b);
}

/* What the route's fault does before anything is said. True: nothing is said. */
E2E__FN bool e2e__web_cut(struct e2e__web_client *c, const e2e_http_faults *f)
{
	c->stalled = c->stalled || f->stall;
	if (f->delay > 0 && !f->stall)
		c->hold = e2e_now() + f->delay;
	if (f->drop || f->reset || f->truncate)
		c->ending = true;
	c->reset = f->reset;
	return f->stall || f->drop || (f->reset && !f->truncate);
}

/* Answers a request; returns the status. */
E2E__FN int e2e__web_answer(
	struct e2e__web_shared *s, struct e2e__web_client *c, e2e_http_request *q)
{
	struct e2e__web_route *r = e2e__web_route_of(s, q);
	e2e_http_response a;
	e2e_http_faults f;
	E2E__BUF(head, 1024);

	if (!r)
		return e2e__web_say_unknown(s, c, q);
	q->route = r->name;
	memset(&a, 0, sizeof a);
	memset(&f, 0, sizeof f);
	if (!r->fault.first || r->left > 0)
		f = r->fault;
	r->left -= r->left > 0;
	e2e__web_note_fault(s, q, &f);
	if (e2e__web_cut(c, &f))
		return 0;

	a.status = r->status;
	a.body = r->body;
	a.size = r->size;
	a.chunked = r->chunked;
	a.close = r->close;
	if (r->handler) {
		r->handler(q, &a, r->arg);
		e2e__buf_adds(&head, r->head);
		e2e__web_head(&head, &a);
		a.status = a.status ? a.status : 200;
		a.size = a.body && !a.size ? strlen(a.body) : a.size;
	}
	if (f.status) {
		a.status = f.status;
		a.size = 0;
	}
	c->ending = c->ending || a.close;
	e2e__web_say(c, q, a.status, r->handler ? head.p : r->head, a.body ? a.body : "", a.size,
		f.truncate && f.truncate < a.size ? f.truncate : a.size, a.chunked);
	e2e__buf_free(&head);
	return a.status;
}

/* The text, or its first bytes. */
E2E__FN void e2e__web_add_most(struct e2e__buf *b, const char *text, size_t most)
{
	const char *end = (const char *)memchr(text, '\0', most);

	e2e__buf_add(b, text, end ? (size_t)(end - text) : most);
}

/* The story has each request with who has sent it, and with its answer. */
E2E__FN void e2e__web_told(
	const struct e2e__web_self *w, const struct e2e__web_client *c, const e2e_http_request *q)
{
	size_t n = strlen(c->from);
	E2E__BUF(b, 200);

	e2e__web_add_most(&b, q->method, 12);
	e2e__buf_adds(&b, " ");
	e2e__web_add_most(&b, q->path, n < 27 ? 100 : 127 - n); /* an event has 151 bytes */
	if (n) {
		e2e__buf_adds(&b, " from ");
		e2e__buf_add(&b, c->from, n);
	}
	e2e__buf_adds(&b, ": ");
	e2e__web_add_number(&b, (size_t)q->status);
	if (q->fault)
		e2e__buf_addf(&b, " (fault: %s)", q->fault);
	e2e__story_line(e2e__clock_ns(), w->lane, "net", q->status >= 500 || q->fault, b.p, b.n);
	e2e__buf_free(&b);
}

/* Notes a request, then answers it: whoever has the answer finds the request in s->request. */
E2E__FN void e2e__web_take(struct e2e__web_self *w, struct e2e__web_client *c, char *line,
	char *header, const char *body, size_t size)
{
	struct e2e__web_shared *s = w->shared;
	size_t room = strlen(line) + strlen(header) + size + 8;
	bool kept = s->pub.count < E2E__WEB_KEPT && room < E2E__WEB_REQUESTS - s->requests_used;
	e2e_http_request other, *q = kept ? &s->request[s->pub.count] : &other;
	char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;

	memset(q, 0, sizeof *q);
	*target++ = '\0';
	*version++ = '\0';
	char *query = strchr(target, '?');
	if (query)
		*query++ = '\0';
	q->method = line;
	q->path = target;
	q->query = query ? query : "";
	q->version = version;
	q->header = header;
	q->body = body;
	q->body_size = size;
	q->connection = c->number;
	if (kept) {
		const char **text[] = {&q->path, &q->query, &q->version, &q->header};

		for (size_t i = 0; i < sizeof text / sizeof *text; i++)
			*text[i] = e2e__web_keep(s->requests, sizeof s->requests, &s->requests_used,
				*text[i], strlen(*text[i]));
		q->body = e2e__web_keep(
			s->requests, sizeof s->requests, &s->requests_used, body, size);
		q->method = e2e__web_keep(
			s->requests, sizeof s->requests, &s->requests_used, line, strlen(line));
	} else {
		s->unkept++;
	}

	c->ending = c->ending || e2e__web_field_has(header, "Connection", "close") ||
		(strcmp(q->version, "HTTP/1.0") == 0 &&
			!e2e__web_field_has(header, "Connection", "keep-alive"));
	s->pub.count++;
	q->status = e2e__web_answer(s, c, q);
	e2e__web_told(w, c, q);
}

/* What is no HTTP is answered and noted as such. */
E2E__FN void e2e__web_refuse(struct e2e__web_client *c, int status, const char *why)
{
	e2e_http_request none;

	memset(&none, 0, sizeof none);
	none.method = "?";
	none.version = "HTTP/1.1";
	c->ending = true;
	e2e__web_say(c, &none, status, "Content-Type: text/plain\r\n", why, strlen(why),
		strlen(why), false);
	fprintf(stderr, "e2e: connection %d: %d: %s\n", c->number, status, why);
	fflush(stderr);
	c->in.n = c->head = 0;
}

/* The newline behind which the empty line is that ends a head, or n. */
E2E__FN size_t e2e__web_head_end(const char *p, size_t i, size_t n)
{
	for (const char *nl; i < n && (nl = (const char *)memchr(p + i, '\n', n - i)); i++) {
		i = (size_t)(nl - p);
		if ((i + 1 < n && p[i + 1] == '\n') ||
			(i + 2 < n && p[i + 1] == '\r' && p[i + 2] == '\n'))
			return i;
	}
	return n;
}

/* Looks for the end of the head. What it says of the body is noted. False: not yet, or refused. */
E2E__FN bool e2e__web_head_read(struct e2e__web_client *c)
{
	size_t i = c->seen;
	char *p = c->in.p;

	while (i < c->in.n && (p[i] == '\r' || p[i] == '\n') && i == 0) { /* RFC 9112 2.2 */
		c->in.n--;
		memmove(p, p + 1, c->in.n);
	}
	i = e2e__web_head_end(p, i, c->in.n);
	if (i + 1 >= c->in.n) {
		c->seen = c->in.n > 3 ? c->in.n - 3 : 0;
		if (c->in.n > E2E__WEB_HEAD)
			e2e__web_refuse(c, 431, "the request's head is above 64 KiB\n");
		return false;
	}
	size_t head = i + (p[i + 1] == '\n' ? 2 : 3), size = 0;
	if (memchr(p, 0, head)) {
		e2e__web_refuse(c, 400, "a NUL in the request's head\n");
		return false;
	}
	c->head = c->at = head;
	p[i] = '\0'; /* the header is a text now */
	char *nl = strchr(p, '\n');
	const char *lines = nl ? nl + 1 : p + i, *length, *blank = strchr(p, ' ');
	const char *second = blank ? strchr(blank + 1, ' ') : NULL;
	if (!second || (nl && second > nl) || strncmp(second, " HTTP/1.", 8) != 0) {
		e2e__web_refuse(c, 400, "no request line of HTTP/1.0 or 1.1\n");
		return false;
	}
	c->chunked = e2e__web_field_has(lines, "Transfer-Encoding", "chunked");
	length = e2e__web_field(lines, "Content-Length", &size);
	unsigned long long n = length ? strtoull(length, NULL, 10) : 0;
	if (length && (!size || strspn(length, "0123456789") != size || c->chunked)) {
		e2e__web_refuse(c, 400, "Content-Length is no number, or is with chunks\n");
		return false;
	}
	if (n > E2E__WEB_BODY) {
		e2e__web_refuse(c, 413, "the request's body is above 64 MiB\n");
		return false;
	}
	c->wanted = (size_t)n;
	c->body.n = 0;
	if (e2e__web_field_has(lines, "Expect", "100-continue") &&
		(c->chunked || c->wanted > c->in.n - head))
		e2e__buf_adds(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
	return true;
}

/* Takes whole chunks. True: the last one is there, and the trailer's end; `at` is behind it. */
E2E__FN bool e2e__web_chunks(struct e2e__web_client *c)
{
	for (;;) {
		char *from = c->in.p + c->at, *end;
		char *nl = (char *)memchr(from, '\n', c->in.n - c->at);

		if (!nl)
			return false;
		unsigned long long n = strtoull(from, &end, 16);
		if (end == from || !strspn(from, "0123456789abcdefABCDEF") || n > E2E__WEB_BODY ||
			c->body.n + n > E2E__WEB_BODY) {
			e2e__web_refuse(c, 400, "no size of a chunk, or above 64 MiB\n");
			return false;
		}
		size_t begin = (size_t)(nl + 1 - c->in.p);
		if (n == 0) {
			for (size_t i = begin;
				i < c->in.n;) { /* lines of a trailer, an empty one */
				nl = (char *)memchr(c->in.p + i, '\n', c->in.n - i);
				size_t length = nl ? (size_t)(nl - c->in.p) - i : 0;

				if (nl && (length == 0 || (length == 1 && c->in.p[i] == '\r'))) {
					c->at = i + length + 1;
					return true;
				}
				if (!nl)
					return false;
				i += length + 1;
			}
			return false;
		}
		if (c->in.n - begin < (size_t)n + 2)
			return false;
		e2e__buf_add(&c->body, c->in.p + begin, (size_t)n);
		c->at = begin + (size_t)n + (c->in.p[begin + (size_t)n] == '\r' ? 2 : 1);
	}
}

/* Takes the requests that are whole, one after the other; an answer that waits holds up the
 * next. */
E2E__FN void e2e__web_input(struct e2e__web_self *w, struct e2e__web_client *c)
{
	while (c->in.n && c->hold <= 0 && !c->stalled && !c->ending) {
		if (!c->head && !e2e__web_head_read(c))
			return;
		if (c->chunked ? !e2e__web_chunks(c) : c->in.n - c->head < c->wanted)
			return;
		size_t whole = c->chunked ? c->at : c->head + c->wanted;
		char *line = c->in.p, *nl = strchr(line, '\n');
		char *header = nl ? nl + 1 : line + strlen(line);

		if (nl)
			*nl = '\0';
		line[strcspn(line, "\r")] = '\0';
		e2e__web_take(w, c, line, header,
			c->chunked ? (c->body.n ? c->body.p : "") : c->in.p + c->head,
			c->chunked ? c->body.n : c->wanted);
		c->in.n -= whole;
		memmove(c->in.p, c->in.p + whole, c->in.n);
		c->head = c->seen = 0;
	}
}

#ifdef E2E_OPENSSL
/* What an operation that can't go on waits for; false: it has failed. */
E2E__FN bool e2e__web_tls_again(struct e2e__web_client *c, int result)
{
	int why = SSL_get_error((SSL *)c->tls, result);

	ERR_clear_error();
	c->tls_events = why == SSL_ERROR_WANT_READ ? POLLIN
		: why == SSL_ERROR_WANT_WRITE      ? POLLOUT
						   : 0;
	return c->tls_events != 0;
}

E2E__FN void e2e__web_tls_start(struct e2e__web_self *w, struct e2e__web_client *c)
{
	SSL_CTX *ctx = (SSL_CTX *)w->tls;

	if (!ctx) {
		ctx = SSL_CTX_new(TLS_server_method());
		if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, w->cert) != 1 ||
			SSL_CTX_use_PrivateKey_file(ctx, w->key, SSL_FILETYPE_PEM) != 1)
			_exit(E2E__HELPER_NO_MEMORY);
		SSL_CTX_set_mode(
			ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		w->tls = ctx;
	}
	c->tls = SSL_new(ctx);
	if (!c->tls || SSL_set_fd((SSL *)c->tls, c->fd) != 1) {
		c->gone = true;
		return;
	}
	SSL_set_accept_state((SSL *)c->tls);
}
#endif

/* -1: nothing now; 0: the end. */
E2E__FN ssize_t e2e__web_recv(struct e2e__web_client *c, char *p, size_t size)
{
#ifdef E2E_OPENSSL
	if (c->tls) {
		int k = SSL_read((SSL *)c->tls, p, (int)size);

		c->tls_events = 0;
		return k > 0 ? k : e2e__web_tls_again(c, k) ? -1 : 0;
	}
#endif
	ssize_t n = recv(c->fd, p, size, 0);
	return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
}

E2E__FN ssize_t e2e__web_send(struct e2e__web_client *c, const char *p, size_t size)
{
#ifdef E2E_OPENSSL
	if (c->tls) {
		int k = SSL_write((SSL *)c->tls, p, size > 1 << 20 ? 1 << 20 : (int)size);

		c->tls_events = 0;
		return k > 0 ? k : e2e__web_tls_again(c, k) ? -1 : 0;
	}
#endif
	ssize_t n = send(c->fd, p, size, MSG_NOSIGNAL);
	return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
}

/* Behind the last answer: the client's end is awaited, so that no reset takes the answer away. */
E2E__FN void e2e__web_end(struct e2e__web_client *c)
{
	if (c->reset) {
		struct linger now;

		now.l_onoff = 1;
		now.l_linger = 0;
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
		c->gone = true;
		return;
	}
#ifdef E2E_OPENSSL
	if (c->tls && c->sent) /* what is cut short ends without TLS's own end, too */
		SSL_shutdown((SSL *)c->tls);
#endif
	if (!c->said_end)
		shutdown(c->fd, SHUT_WR);
	c->said_end = true;
}

E2E__FN void e2e__web_drain(struct e2e__web_client *c)
{
	if (c->hold > 0 && e2e_now() < c->hold)
		return;
	c->hold = 0;
	while (!c->gone && c->sent < c->out.n) {
		ssize_t n = e2e__web_send(c, c->out.p + c->sent, c->out.n - c->sent);

		if (n == 0)
			c->gone = true;
		if (n <= 0)
			return;
		c->sent += (size_t)n;
	}
	if (c->ending && !c->gone && !c->stalled)
		e2e__web_end(c);
	c->sent = c->out.n = 0;
}

E2E__FN void e2e__web_step(struct e2e__web_self *w, struct e2e__web_client *c)
{
	char buffer[65536];
	ssize_t n = 1;

	e2e__web_drain(c);
	for (int burst = 0; burst < 16 && !c->gone && !c->out.n && c->hold <= 0 && n > 0; burst++) {
		n = e2e__web_recv(c, buffer, sizeof buffer);
		if (n == 0)
			c->gone = true;
		if (n <= 0)
			return;
		if (c->said_end || c->stalled)
			continue;
		e2e__buf_add(&c->in, buffer, (size_t)n);
		e2e__web_input(w, c);
		e2e__web_drain(c);

		/* less than asked for: there is no more now, and poll would say so */
		if ((size_t)n < sizeof buffer && !c->tls)
			return;
	}
}

E2E__FN void e2e__web_accept(struct e2e__web_self *w, int sock)
{
	int one = 1, fd = accept(sock, NULL, NULL);

	if (fd < 0) {
		w->full = errno == EMFILE || errno == ENFILE;
		return;
	}
	if (w->n == w->size) {
		w->size = w->size ? w->size * 2 : 16;
		w->client =
			(struct e2e__web_client **)realloc(w->client, w->size * sizeof *w->client);
		w->polls = (struct pollfd *)realloc(w->polls, (w->size + 3) * sizeof *w->polls);
	}

	struct e2e__web_client *c = (struct e2e__web_client *)calloc(1, sizeof *c);
	if (!w->client || !w->polls || !c)
		_exit(E2E__HELPER_NO_MEMORY);
	e2e__system_fd_flags(fd);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	c->fd = fd;
	c->number = ++w->shared->connections;
	e2e__peer_name(&w->peer, fd, c->from, sizeof c->from);
	if (strncmp(c->from, "test (", 6) == 0) /* it says so itself */
		c->from[0] = '\0';
	c->in.heap = c->out.heap = c->body.heap = true;
	w->client[w->n++] = c;
#ifdef E2E_OPENSSL
	if (sock == w->helper.sock2)
		e2e__web_tls_start(w, c);
#endif
}

E2E__FN void e2e__web_free(struct e2e__web_client *c)
{
#ifdef E2E_OPENSSL
	SSL_free((SSL *)c->tls);
#endif
	close(c->fd);
	free(c->in.p);
	free(c->out.p);
	free(c->body.p);
	free(c);
}

E2E__FN void e2e__web_poll(struct e2e__web_self *w)
{
	double next = 0;

	w->polls[0].fd = w->helper.line;
	w->polls[1].fd = w->full ? -1 : w->helper.sock;
	w->polls[2].fd = w->full ? -1 : w->helper.sock2;
	for (size_t i = 0; i < w->n + 3; i++) {
		w->polls[i].events = POLLIN;
		w->polls[i].revents = 0;
	}
	for (size_t i = 0; i < w->n; i++) {
		const struct e2e__web_client *c = w->client[i];

		w->polls[i + 3].fd = c->hold > 0 ? -1 : c->fd;
		if (c->tls_events)
			w->polls[i + 3].events = c->tls_events;
		else if (c->out.n)
			w->polls[i + 3].events = POLLOUT;
		if (c->hold > 0 && (next <= 0 || c->hold < next))
			next = c->hold;
	}
	double wait = next > 0 ? (next - e2e_now()) * 1000 + 1 : -1;
	if (poll(w->polls, (nfds_t)(w->n + 3),
		    next <= 0          ? -1
			    : wait < 0 ? 0
				       : (int)wait) < 0 &&
		errno != EINTR)
		_exit(E2E__HELPER_CANT_WAIT);
}

/* An answer that has waited leaves, and what the client has said since is taken. */
E2E__FN void e2e__web_late(struct e2e__web_self *w, struct e2e__web_client *c)
{
	if (c->hold <= 0 || e2e_now() < c->hold)
		return;
	e2e__web_drain(c);
	e2e__web_input(w, c);
	e2e__web_drain(c);
}

/* The stub's life. */
E2E__FN void e2e__web_run(struct e2e__helper *h)
{
	struct e2e__web_self *w = (struct e2e__web_self *)(void *)h;

	snprintf(w->lane, sizeof w->lane, "http:%d", w->shared->pub.port);
	w->polls = (struct pollfd *)calloc(3, sizeof *w->polls);
	if (!w->polls)
		_exit(E2E__HELPER_NO_MEMORY);
	for (;;) {
		size_t kept = 0, n = w->n;
		uint32_t number;

		e2e__web_poll(w);
		for (size_t i = 0; i < n; i++) {
			if (w->polls[i + 3].revents)
				e2e__web_step(w, w->client[i]);
			e2e__web_late(w, w->client[i]);
		}
		if ((w->polls[0].revents & (POLLIN | POLLHUP | POLLERR)) &&
			e2e__helper_asked(h, &number))
			e2e__helper_answer(h, number);
		short calls = w->polls[1].revents, calls2 = w->polls[2].revents;
		if (calls & POLLIN)
			e2e__web_accept(w, h->sock);
		if (calls2 & POLLIN)
			e2e__web_accept(w, h->sock2);
		for (size_t i = 0; i < w->n; i++) {
			if (w->client[i]->gone)
				e2e__web_free(w->client[i]);
			else
				w->client[kept++] = w->client[i];
		}
		w->full = w->full && kept == n;
		w->n = kept;
	}
}

/* ---- proc/http.h ---- */

E2E__FN const char *e2e_http_request_header(const e2e_http_request *request, const char *name)
{
	size_t n = 0;
	const char *value = request->header ? e2e__web_field(request->header, name, &n) : NULL;

	return value ? e2e__memory_strndup(value, n) : NULL;
}

/* A fault of the test. */
E2E__FN void e2e__http_wrong(const char *file, int line, const char *what, const char *wrong)
{
	e2e__system_die_of(file, line, what, "usage", wrong,
		"for example e2e_http_answer(s, \"GET /items/*\", 200, \"application/json\", \"{}\")");
}

/* What is wrong with a route, or NULL. */
E2E__FN const char *e2e__http_route_wrong(const char *route)
{
	const char *blank = strchr(route, ' '), *path = blank ? blank + 1 : route;

	if (strlen(route) >= sizeof((struct e2e__web_route *)NULL)->name)
		return "the route has more than 255 bytes";
	if (*path != '/' && *path != '*')
		return e2e_printf("%s is no route: a method, a blank, a path", e2e_quoted(route));
	for (const char *p = route; blank && p < blank; p++)
		if (*p >= 'a' && *p <= 'z')
			return e2e_printf("%s: methods are in capitals", e2e_quoted(route));
	return NULL;
}

/* A text of the case in the shared pages. */
E2E__FN const char *e2e__http_keep(
	const char *file, int line, struct e2e__web_shared *shared, const char *bytes, size_t size)
{
	const char *at = e2e__web_keep(
		shared->answers, sizeof shared->answers, &shared->answers_used, bytes, size);

	if (!at)
		e2e__http_wrong(file, line, "e2e_http_answer",
			"the answers of a stub may have 32 MiB in all, those replaced included");
	return at;
}

E2E__FN struct e2e__web_route *e2e__http_route_find(
	struct e2e__web_shared *shared, const char *name)
{
	for (size_t i = 0; i < shared->routes; i++)
		if (!shared->route[i].gone && strcmp(shared->route[i].name, name) == 0)
			return &shared->route[i];
	return NULL;
}

/* A place for a route: the latest one, so that it is asked first. */
E2E__FN struct e2e__web_route *e2e__http_route_new(
	const char *file, int line, e2e_http_stub *s, const char *name)
{
	struct e2e__web_shared *shared = s->self->shared;
	struct e2e__web_route *before = e2e__http_route_find(shared, name);

	if (before)
		return before;
	if (shared->routes == E2E__WEB_ROUTES)
		e2e__http_wrong(file, line, "e2e_http_answer", "more than 64 routes");
	struct e2e__web_route *r = &shared->route[shared->routes];
	memset(r, 0, sizeof *r);
	memcpy(r->name, name, strlen(name));
	return r;
}

E2E__FN void e2e__http_answer_with(const char *file, int line, e2e_http_stub *s, const char *route,
	e2e_http_response answer, e2e_http_handler *handler, void *arg)
{
	struct e2e__web_shared *shared = s->self->shared;
	const char *wrong = e2e__http_route_wrong(route);
	int status = answer.status ? answer.status : 200;
	E2E__BUF(head, 512);

	if (!wrong && (status < 200 || status > 599))
		wrong = e2e_printf("%d is no status of an answer", status);
	for (size_t i = 0; !wrong && answer.header && answer.header[i]; i++)
		if (!strchr(answer.header[i], ':') || strpbrk(answer.header[i], "\r\n"))
			wrong = e2e_printf(
				"%s is no line of a header", e2e_quoted(answer.header[i]));
	if (wrong)
		e2e__http_wrong(file, line, "e2e_http_answer", wrong);
	struct e2e__web_route *r = e2e__http_route_new(file, line, s, route);
	size_t size = answer.body && !answer.size ? strlen(answer.body) : answer.size;
	head.p[0] = '\0';
	e2e__web_head(&head, &answer);
	const char *lines = e2e__http_keep(file, line, shared, head.p, head.n);
	e2e__buf_free(&head);
	const char *body = e2e__http_keep(file, line, shared, answer.body ? answer.body : "", size);

	/* while a route is changed the stub may look at it: its body is never longer than it is */
	r->size = 0;
	r->head = lines;
	r->body = body;
	r->size = size;
	r->status = status;
	r->chunked = answer.chunked;
	r->close = answer.close;
	r->arg = arg;
	r->handler = handler;
	if (r == &shared->route[shared->routes])
		shared->routes++;
	e2e__helper_apply(file, line, &s->self->helper);
}

E2E__FN void e2e__http_answer(const char *file, int line, e2e_http_stub *s, const char *route,
	int status, const char *type, const char *body)
{
	e2e_http_response answer;

	memset(&answer, 0, sizeof answer);
	answer.status = status;
	answer.type = type;
	answer.body = body;
	e2e__http_answer_with(file, line, s, route, answer, NULL, NULL);
}

E2E__FN void e2e__http_handle(const char *file, int line, e2e_http_stub *s, const char *route,
	e2e_http_handler *handler, void *arg)
{
	e2e_http_response answer;

	memset(&answer, 0, sizeof answer);
	if (!handler)
		e2e__http_wrong(file, line, "e2e_http_handle", "the handler is NULL");
	e2e__http_answer_with(file, line, s, route, answer, handler, arg);
}

E2E__FN void e2e__http_fault(
	const char *file, int line, e2e_http_stub *s, const char *route, e2e_http_faults fault)
{
	struct e2e__web_route *r = e2e__http_route_find(s->self->shared, route);
	bool any = fault.status || fault.delay > 0 || fault.reset || fault.drop || fault.stall ||
		fault.truncate;
	const char *wrong = !r ? e2e_printf("no answer is set for %s: the fault would never come",
					 e2e_quoted(route))
		: fault.status && (fault.status < 200 || fault.status > 599)
		? e2e_printf("%d is no status of an answer", fault.status)
		: fault.delay < 0 || fault.first < 0 ? "a fault's number is below 0"
		: fault.first && !any                ? ".first alone is no fault"
						     : NULL;

	if (wrong)
		e2e__http_wrong(file, line, "e2e_http_fault", wrong);
	r->left = fault.first;
	r->fault = fault;
	e2e__helper_apply(file, line, &s->self->helper);
}

/* A body for a report: its first bytes. */
E2E__FN void e2e__http_show(struct e2e__buf *b, const char *body, size_t size)
{
	size_t n = size < 300 ? size : 300;

	if (!body || !size)
		return;
	e2e__buf_adds(b, "\n    ");
	e2e__buf_escape(b, body, n, E2E__QUOTED);
	if (n < size)
		e2e__buf_addf(b, " ... %zu bytes in all", size);
}

E2E__FN void e2e__http_show_request(struct e2e__buf *b, size_t i, const e2e_http_request *q)
{
	e2e__buf_addf(b, "%srequest[%zu]: %s %s%s%s", b->n ? "\n" : "", i, q->method, q->path,
		*q->query ? "?" : "", q->query);
	if (q->status)
		e2e__buf_addf(b, " -> %d %s", q->status, e2e__web_reason(q->status));
	else
		e2e__buf_adds(b, " -> no answer");
	e2e__buf_addf(b, q->route ? " (route \"%s\"" : " (no route", q->route);
	e2e__buf_addf(b, q->fault ? "; fault: %s)" : ")", q->fault);
	for (const char *p = q->header, *end; *p; p = *end ? end + 1 : end) {
		end = p + strcspn(p, "\n");
		if (end > p && *p != '\r')
			e2e__buf_addf(b, "\n    %.*s", (int)(end - p - (end[-1] == '\r')), p);
	}
	e2e__http_show(b, q->body, q->body_size);
}

/* The last requests with what they were answered. */
E2E__FN const char *e2e__http_list(const e2e_http_stub *s, size_t from)
{
	const struct e2e__web_shared *shared = s->self->shared;
	size_t most = E2E__WEB_KEPT, n = s->count < most ? s->count : most;
	E2E__BUF(b, 1024);

	b.p[0] = '\0';
	if (n > from + 10) {
		e2e__buf_addf(&b, "%zu requests, the last 10:", n - from);
		from = n - 10;
	}
	for (size_t i = from; i < n; i++) {
		e2e__http_show_request(&b, i, &shared->request[i]);
		for (size_t r = 0; r < shared->routes; r++)
			if (shared->route[r].name == shared->request[i].route &&
				!shared->route[r].handler &&
				shared->request[i].status == shared->route[r].status) {
				e2e__buf_adds(&b, "\n  answer:");
				e2e__http_show(&b, shared->route[r].body, shared->route[r].size);
			}
	}
	if (shared->unkept)
		e2e__buf_addf(&b, "\n%zu more for which there was no room", shared->unkept);
	if (!b.n)
		e2e__buf_addf(
			&b, "no request came to %s: is the program told to ask there?", s->url);
	return e2e__memory_taken(&b);
}

E2E__FN bool e2e__http_wait(const char *file, int line, e2e_http_stub *s, size_t n, double seconds)
{
	double limit = e2e__system_patience(seconds), end = e2e__system_wait_until(limit);
	const char *name = e2e_printf("%zu request%s", n, E2E__PLURAL(n));
	const volatile size_t *count = &s->count; /* another process writes it */

	e2e__wait_waiting("%s at %s", name, s->url);
	while (*count < n && e2e_now() < end)
		e2e__limit_pause(0.001);
	e2e__wait_waiting(NULL);
	if (*count >= n)
		return e2e_report(file, line, true, name, NULL);
	e2e_failure f = e2e__system_failure("timeout",
		e2e_printf("waited %g s for requests at %s", limit, s->url),
		"is the program told to ask there?");
	f.got = e2e_printf("%zu", *count);
	f.want = e2e_printf("%zu", n);
	return e2e_report(file, line, false, name, &f);
}

E2E__FN void e2e__http_case_begin(struct e2e__helper *h)
{
	struct e2e__web_self *self = (struct e2e__web_self *)(void *)h;

	self->before = self->shared->pub.count;
}

E2E__FN void e2e__http_tell(struct e2e__helper *h)
{
	struct e2e__web_self *self = (struct e2e__web_self *)(void *)h;
	const e2e_http_stub *s = &self->shared->pub;

	e2e__hook_explain(e2e_printf("http_%d", s->port), e2e__http_list(s, self->before));
}

E2E__FN e2e_http_stub *e2e__http_open(const char *file, int line)
{
	struct e2e__web_self *self = (struct e2e__web_self *)e2e__memory_alloc(sizeof *self);
	int sock = e2e__endpoint_listen(file, line, "tcp:127.0.0.1:0"), sock2 = -1;
	struct e2e__helper *h = &self->helper;

	h->what = "http-stub";
	h->run = e2e__web_run;
	h->begin = e2e__http_case_begin;
	h->tell = e2e__http_tell;
	self->shared =
		(struct e2e__web_shared *)e2e__helper_share(file, line, h, sizeof *self->shared);
	e2e_http_stub *s = &self->shared->pub;
	s->self = self;
	s->request = self->shared->request;
	s->endpoint = e2e_endpoint(sock);
	s->port = e2e_endpoint_port(s->endpoint);
	s->url = e2e_printf("http://127.0.0.1:%d", s->port);
#ifdef E2E_OPENSSL
	const e2e_certificates *c = e2e__certs_made(file, line,
		e2e_printf("%s/http-%d", e2e__folder_tmpdir(file, line), s->port),
		"localhost,127.0.0.1", false);
	self->cert = c->server;
	self->key = c->server_key;
	s->ca = c->ca;
	sock2 = e2e__endpoint_listen(file, line, "tcp:127.0.0.1:0");
	s->https_url = e2e_printf("https://127.0.0.1:%d", e2e_endpoint_port(e2e_endpoint(sock2)));
#endif
	e2e__helper_start(file, line, h, sock, sock2);
	return s;
}

/* ---- proc/client.h ---- */

#ifdef E2E_CURL
enum { E2E__CLIENT_SHOWN = 10, E2E__CLIENT_SENT = 300, E2E__CLIENT_CAME = 600 };

/* A request and its answer as they were, until a report wants them: most cases pass. */
struct e2e__client_note {
	struct e2e__buf asked; /* as the report has it */
	struct e2e__buf error, header, body;
	size_t body_size;
	double seconds;
	int status;
};

struct e2e_session {
	CURL *easy;
	CURLSH *cookies;
	CURLM *multi;
	bool plain; /* the handle has nothing set that a GET without a body hasn't */
	int number; /* in the case */
	int asked;
	struct e2e__buf header, body; /* of the answer that comes */
	char why[CURL_ERROR_SIZE];
	struct e2e__client_note note[E2E__CLIENT_SHOWN]; /* of the last requests */
};

E2E__FN const char *e2e_header(const e2e_http_reply *reply, const char *name)
{
	size_t n = 0;
	const char *value = e2e__web_field(reply->header, name, &n);

	return value ? e2e__memory_strndup(value, n) : NULL;
}

E2E__FN size_t e2e__client_body(char *bytes, size_t one, size_t n, void *arg)
{
	e2e_session *s = (e2e_session *)arg;

	e2e__buf_add(&s->body, bytes, one * n);
	return one * n;
}

/* Each answer begins with its status line: of redirects and 100s nothing stays. */
E2E__FN size_t e2e__client_header(char *bytes, size_t one, size_t n, void *arg)
{
	e2e_session *s = (e2e_session *)arg;

	if (one * n > 5 && strncmp(bytes, "HTTP/", 5) == 0)
		s->header.n = 0;
	e2e__buf_add(&s->header, bytes, one * n);
	return one * n;
}

E2E__FN void e2e__client_wrong(const char *file, int line, const char *wrong)
{
	e2e__system_die_of(file, line, "e2e_http", "usage", wrong,
		"for example e2e_http(session, \"POST\", url, .form = E2E_ARGV(\"name=value\"))");
}

/* What is asked for the case can't be set. */
E2E__FN void e2e__client_must(const char *file, int line, CURLcode code)
{
	if (code != CURLE_OK)
		e2e__client_wrong(file, line, curl_easy_strerror(code));
}

/* The lines of an answer's header, each in a line of its own. */
E2E__FN void e2e__client_show_header(struct e2e__buf *b, const char *lines)
{
	for (const char *p = lines, *end; *p; p = *end ? end + 1 : end) {
		end = p + strcspn(p, "\n");
		if (*p != '\r' && end > p)
			e2e__buf_addf(b, "\n    %.*s", (int)(end - p - (end[-1] == '\r')), p);
	}
}

/* One request and its answer, for a report. */
E2E__FN void e2e__client_show(struct e2e__buf *b, const struct e2e__client_note *note)
{
	e2e__buf_add(b, note->asked.p, note->asked.n);
	if (note->error.n)
		e2e__buf_addf(b, "\n  error: %s", note->error.p);
	e2e__buf_addf(b, "\n  answer: %d, %zu byte%s in %.3f s", note->status, note->body_size,
		E2E__PLURAL(note->body_size), note->seconds);
	e2e__client_show_header(b, note->header.p);
	if (note->body.n) {
		e2e__buf_adds(b, "\n    ");
		e2e__buf_escape(b, note->body.p, note->body.n, E2E__QUOTED);
	}
}

/* In the report of a failed case: what was asked and what came. */
E2E__FN void e2e__client_explain(const e2e_session *s)
{
	int first = s->asked > E2E__CLIENT_SHOWN ? s->asked - E2E__CLIENT_SHOWN : 0;
	E2E__BUF(b, 1024);

	b.p[0] = '\0';
	for (int i = first; i < s->asked; i++) {
		e2e__buf_adds(&b, b.n ? "\n" : "");
		e2e__client_show(&b, &s->note[i % E2E__CLIENT_SHOWN]);
	}
	if (b.n)
		e2e__hook_explain(e2e_printf("session_%d", s->number), b.p);
	e2e__buf_free(&b);
}

/* The session ends with the case. */
E2E__FN void e2e__client_done(void *arg)
{
	e2e_session *s = (e2e_session *)arg;

	if (e2e__exit_failed())
		e2e__client_explain(s);
	for (size_t i = 0; i < E2E__CLIENT_SHOWN; i++) {
		e2e__buf_free(&s->note[i].asked);
		e2e__buf_free(&s->note[i].error);
		e2e__buf_free(&s->note[i].header);
		e2e__buf_free(&s->note[i].body);
	}
	e2e__buf_free(&s->header);
	e2e__buf_free(&s->body);
	curl_easy_setopt(s->easy, CURLOPT_COOKIEFILE, NULL);
	curl_easy_cleanup(s->easy);
	curl_multi_cleanup(s->multi);
	curl_share_cleanup(s->cookies);
}

/* Makes the buffer hold these bytes alone; it keeps its memory. */
E2E__FN void e2e__client_hold(struct e2e__buf *b, const char *bytes, size_t n)
{
	b->heap = true;
	b->n = 0;
	e2e__buf_add(b, bytes, n);
}

/* Keeps what is wanted of a request if the case fails. */
E2E__FN void e2e__client_keep(e2e_session *s, const char *method, const e2e_http_opts *opts,
	const char *sent, const e2e_http_reply *r)
{
	struct e2e__client_note *note = &s->note[s->asked++ % E2E__CLIENT_SHOWN];
	size_t most = E2E__CLIENT_SENT, came = E2E__CLIENT_CAME, n = sent ? strlen(sent) : 0;

	e2e__client_hold(&note->asked, method, strlen(method));
	e2e__buf_adds(&note->asked, " ");
	e2e__buf_adds(&note->asked, opts->url);
	for (size_t i = 0; opts->header && opts->header[i]; i++) {
		e2e__buf_adds(&note->asked, "\n    ");
		e2e__buf_adds(&note->asked, opts->header[i]);
	}
	if (sent) {
		e2e__buf_adds(&note->asked, "\n    ");
		e2e__buf_escape(&note->asked, sent, n < most ? n : most, E2E__QUOTED);
	}

	e2e__client_hold(&note->error, r->error ? r->error : "", r->error ? strlen(r->error) : 0);
	e2e__client_hold(&note->header, r->header, strlen(r->header));
	e2e__client_hold(&note->body, r->body, r->body_size < came ? r->body_size : came);
	note->body_size = r->body_size;
	note->seconds = r->seconds;
	note->status = r->status;
}

E2E__FN e2e_session *e2e__client_open(const char *file, int line)
{
	static int sessions;
	e2e_session *s = (e2e_session *)e2e__memory_alloc(sizeof *s);

	s->easy = curl_easy_init();
	s->multi = curl_multi_init();
	s->cookies = curl_share_init();
	if (!s->easy || !s->multi || !s->cookies)
		e2e__system_die_of(
			file, line, "e2e_session_open", "helper", "libcurl has no memory", NULL);
	curl_share_setopt(s->cookies, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
	s->number = ++sessions;
	e2e_defer(e2e__client_done, s);
	return s;
}

/* name=value, name=value -> name=value&name=value, encoded. */
E2E__FN char *e2e__client_form(const char *file, int line, CURL *easy, const char *const *form)
{
	E2E__BUF(b, 512);

	b.p[0] = '\0';
	for (size_t i = 0; form[i]; i++) {
		const char *is = strchr(form[i], '=');

		if (!is)
			e2e__client_wrong(file, line,
				e2e_printf("%s is no field of a form: name=value",
					e2e_quoted(form[i])));
		char *name = curl_easy_escape(easy, form[i], (int)(is - form[i]));
		char *value = is[1] ? curl_easy_escape(easy, is + 1, 0) : NULL;
		e2e__buf_addf(&b, "%s%s=%s", i ? "&" : "", is > form[i] && name ? name : "",
			value ? value : "");
		curl_free(name);
		curl_free(value);
	}
	return e2e__memory_taken(&b);
}

/* A form that is sent by GET: its fields stand in the URL, before a fragment. */
E2E__FN void e2e__client_query(const char *file, int line, CURL *easy, e2e_http_opts *opts)
{
	int n = (int)strcspn(opts->url, "#");
	const char *query = memchr(opts->url, '?', (size_t)n) ? "&" : "?";

	if (opts->form[0])
		opts->url = e2e_printf("%.*s%s%s%s", n, opts->url, query,
			e2e__client_form(file, line, easy, opts->form), opts->url + n);
	opts->form = NULL;
}

/* The method: curl's own where redirects change it (POST becomes GET by 303). */
E2E__FN CURLcode e2e__client_method(CURL *easy, const char *method, const char *body, size_t size)
{
	CURLcode code = CURLE_OK;

	if (body) {
		code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
		if (code == CURLE_OK)
			code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	} else if (strcmp(method, "POST") == 0) {
		code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
	}
	if (code == CURLE_OK && strcmp(method, "HEAD") == 0)
		code = curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (code == CURLE_OK && strcmp(method, body ? "POST" : "GET") != 0 &&
		strcmp(method, "POST") != 0)
		code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	return code;
}

/* The lines of the header, or NULL. "Expect:" takes away libcurl's own, with which it waits a second
 * for a 100 before it sends a long body. */
E2E__FN struct curl_slist *e2e__client_lines(
	const char *file, int line, const e2e_http_opts *opts, bool body)
{
	struct curl_slist *lines = body ? curl_slist_append(NULL, "Expect:") : NULL;
	const char *type = opts->type ? opts->type : opts->json ? "application/json" : NULL;

	if (type)
		lines = curl_slist_append(lines, e2e_printf("Content-Type: %s", type));
	for (size_t i = 0; opts->header && opts->header[i]; i++) {
		if (!strpbrk(opts->header[i], ":;") || strpbrk(opts->header[i], "\r\n"))
			e2e__client_wrong(file, line,
				e2e_printf(
					"%s is no line of a header", e2e_quoted(opts->header[i])));
		lines = curl_slist_append(lines, opts->header[i]);
	}
	return lines;
}

/* A handle as it is before a request: what every one has. */
E2E__FN void e2e__client_fresh(e2e_session *s)
{
	CURL *easy = s->easy;

	/* a reset would forget to free the list of files; the cookies themselves are shared */
	curl_easy_setopt(easy, CURLOPT_COOKIEFILE, NULL);
	curl_easy_reset(easy); /* cookies and connections stay */
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, s->why);
	curl_easy_setopt(easy, CURLOPT_SHARE, s->cookies);
	curl_easy_setopt(easy, CURLOPT_COOKIEFILE, ""); /* there are cookies */
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, e2e__client_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, (void *)s);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, e2e__client_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, (void *)s);
}

/* What this request has. A handle that has served a GET without a body is as good as a fresh one,
 * which costs a tenth of a request. */
E2E__FN void e2e__client_set(const char *file, int line, e2e_session *s, const char *method,
	const e2e_http_opts *opts, const char *sent)
{
	CURL *easy = s->easy;
	size_t size = opts->body && opts->size ? opts->size : sent ? strlen(sent) : 0;
	bool plain = !sent && !opts->ca && !opts->cert && !opts->key && strcmp(method, "GET") == 0;

	if (!s->plain)
		e2e__client_fresh(s);
	s->plain = false; /* what can't be set ends the case */
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, opts->follow > 0 ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)opts->follow);
	e2e__client_must(file, line, curl_easy_setopt(easy, CURLOPT_URL, opts->url));
	if (opts->ca)
		e2e__client_must(file, line, curl_easy_setopt(easy, CURLOPT_CAINFO, opts->ca));
	if (opts->cert)
		e2e__client_must(file, line, curl_easy_setopt(easy, CURLOPT_SSLCERT, opts->cert));
	if (opts->key)
		e2e__client_must(file, line, curl_easy_setopt(easy, CURLOPT_SSLKEY, opts->key));
	if (!plain)
		e2e__client_must(file, line, e2e__client_method(easy, method, sent, size));
	s->plain = plain;
}

/* Runs it. Between the steps the case looks at its processes: a server that dies ends it. */
E2E__FN CURLcode e2e__client_run(e2e_session *s, double end)
{
	CURLcode result = CURLE_OPERATION_TIMEDOUT;
	int running = 1, left, ready;
	const CURLMsg *said;

	curl_multi_remove_handle(s->multi, s->easy); /* a limit may have ended the one before */
	curl_multi_add_handle(s->multi, s->easy);
	while (curl_multi_perform(s->multi, &running) == CURLM_OK && running && e2e_now() < end)
		if (curl_multi_wait(s->multi, NULL, 0, 20, &ready) != CURLM_OK || !ready)
			e2e__limit_pause(0);
	while ((said = curl_multi_info_read(s->multi, &left)))
		if (said->msg == CURLMSG_DONE)
			result = said->data.result;
	curl_multi_remove_handle(s->multi, s->easy);
	return result;
}

/* What came, in the case's memory. */
E2E__FN e2e_http_reply e2e__client_reply(e2e_session *s, CURLcode code)
{
	e2e_http_reply r;
	char *url = NULL;
	long status = 0, redirects = 0;

	memset(&r, 0, sizeof r);
	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(s->easy, CURLINFO_REDIRECT_COUNT, &redirects);
	curl_easy_getinfo(s->easy, CURLINFO_TOTAL_TIME, &r.seconds);
	curl_easy_getinfo(s->easy, CURLINFO_EFFECTIVE_URL, &url);
	r.status = s->header.n ? (int)status : 0;
	r.redirects = (int)redirects;
	r.url = e2e__memory_strdup(url ? url : "");
	r.body_size = s->body.n;
	r.body = e2e__memory_strndup(s->body.p, s->body.n);
	r.header = e2e__memory_strndup(s->header.p, s->header.n);
	r.type = e2e_header(&r, "Content-Type");
	if (!r.type)
		r.type = "";
	if (code != CURLE_OK)
		r.error = *s->why ? e2e__memory_strdup(s->why) : curl_easy_strerror(code);
	return r;
}

/* Sends it and takes what comes. */
E2E__FN e2e_http_reply e2e__client_exchange(const char *file, int line, e2e_session *s,
	const char *method, const e2e_http_opts *opts, const char *sent)
{
	double limit = e2e__system_patience(opts->timeout > 0 ? opts->timeout : -1);
	struct curl_slist *lines = e2e__client_lines(file, line, opts, sent != NULL);

	e2e__wait_waiting("an answer from %s", opts->url);
	e2e__client_hold(&s->header, "", 0);
	e2e__client_hold(&s->body, "", 0);
	*s->why = '\0';
	e2e__client_set(file, line, s, method, opts, sent);
	curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, lines);

	CURLcode code = e2e__client_run(s, e2e__system_wait_until(limit));
	e2e__wait_waiting(NULL);
	if (code == CURLE_OPERATION_TIMEDOUT && !*s->why)
		snprintf(s->why, sizeof s->why, "no whole answer within %g s", limit);
	e2e_http_reply r = e2e__client_reply(s, code);
	curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(lines);
	return r;
}

E2E__FN e2e_http_reply e2e__client_ask(
	const char *file, int line, e2e_session *s, const char *method, e2e_http_opts opts)
{
	if (!opts.url || !*opts.url || !method || !*method)
		e2e__client_wrong(file, line, "the method or the URL is missing");
	if (!!opts.form + !!opts.json + !!opts.body > 1)
		e2e__client_wrong(file, line, "only one of .form, .json and .body can be sent");
	s = s ? s : e2e__client_open(file, line);
	if (opts.form && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0))
		e2e__client_query(file, line, s->easy, &opts);
	const char *sent = opts.form ? e2e__client_form(file, line, s->easy, opts.form)
		: opts.json          ? opts.json
				     : opts.body;
	e2e_http_reply r = e2e__client_exchange(file, line, s, method, &opts, sent);
	if (r.error)
		e2e__story_tell(
			"client", "net", true, "%.12s %.80s: %.50s", method, opts.url, r.error);
	else
		e2e__story_tell("client", "net", r.status >= 500, "%.12s %.100s: %d, %zu byte%s",
			method, opts.url, r.status, r.body_size, E2E__PLURAL(r.body_size));
	e2e__client_keep(s, method, &opts, sent, &r);
	return r;
}
#endif /* E2E_CURL */

/* ---- proc/markup.h ---- */

#ifdef E2E_LIBXML2
/* The first error of a text. */
struct e2e__markup_error {
	int line, column;
	const char *message;
};

#if LIBXML_VERSION >= 21200
E2E__FN void e2e__markup_note(void *arg, const xmlError *e)
#else
E2E__FN void e2e__markup_note(void *arg, xmlErrorPtr e)
#endif
{
	struct e2e__markup_error *first = (struct e2e__markup_error *)arg;

	if (first->message || e->level < XML_ERR_ERROR || e->code == XML_HTML_UNKNOWN_TAG)
		return;
	first->line = e->line;
	first->column = e->int2;
	first->message = e2e_printf("%.*s", (int)strcspn(e->message ? e->message : "?", "\n"),
		e->message ? e->message : "?");
}

/* The document, or NULL; the first error is noted. Whoever has set a handler has it again. */
E2E__FN xmlDocPtr e2e__markup_read(const char *text, bool html, struct e2e__markup_error *first)
{
	xmlStructuredErrorFunc before = xmlStructuredError;
	void *context = xmlStructuredErrorContext;
	int size = (int)strlen(text);

	memset(first, 0, sizeof *first);
	xmlSetStructuredErrorFunc(first, e2e__markup_note);
	xmlDocPtr doc = html ? htmlReadMemory(text, size, NULL, NULL, HTML_PARSE_NONET)
			     : xmlReadMemory(text, size, NULL, NULL, XML_PARSE_NONET);
	xmlSetStructuredErrorFunc(context, before);
	return doc;
}

/* The line of an error, with a mark under its column. */
E2E__FN const char *e2e__markup_excerpt(const char *text, const struct e2e__markup_error *e)
{
	const char *p = text;

	for (int line = 1; line < e->line && *p; line++) {
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	size_t n = strcspn(p, "\r\n"), column = e->column > 0 ? (size_t)e->column - 1 : 0;
	size_t from = column > 60 ? column - 60 : 0;

	if (from >= n)
		from = 0;
	n = n - from > 100 ? 100 : n - from;
	return e2e_printf(
		"%.*s\n%*s^", (int)n, p + from, (int)(column > from ? column - from : 0), "");
}

E2E__FN bool e2e__markup_is(struct e2e__at at, const char *text, bool html)
{
	const char *what = html ? "HTML" : "XML";
	const char *name = at.desc ? at.desc : e2e_printf("%s is %s", at.text, what);
	struct e2e__markup_error first = {0, 0, NULL};
	xmlDocPtr doc = text ? e2e__markup_read(text, html, &first) : NULL;

	if (doc)
		xmlFreeDoc(doc);
	if (doc && !first.message)
		return e2e_report(at.file, at.line, true, name, NULL);
	e2e_failure f = e2e__system_failure(html ? "html" : "xml", NULL, NULL);
	f.message = !text ? "the text is NULL"
		: !first.message
		? "libxml2 finds no document in it"
		: e2e_printf("line %d, column %d: %s", first.line, first.column, first.message);
	f.want = html ? "HTML without an error" : "well-formed XML";
	f.diff = text && first.message ? e2e__markup_excerpt(text, &first) : NULL;
	return e2e_report(at.file, at.line, false, name, &f);
}

E2E__FN bool e2e__markup_is_xml(struct e2e__at at, const char *text)
{
	return e2e__markup_is(at, text, false);
}

E2E__FN bool e2e__markup_is_html(struct e2e__at at, const char *text)
{
	return e2e__markup_is(at, text, true);
}

/* XML, or else HTML. */
E2E__FN xmlDocPtr e2e__markup_any(const char *file, int line, const char *what, const char *text)
{
	struct e2e__markup_error first;
	xmlDocPtr doc = text ? e2e__markup_read(text, false, &first) : NULL;

	if (text && (!doc || first.message)) {
		if (doc)
			xmlFreeDoc(doc);
		doc = e2e__markup_read(text, true, &first);
	}
	if (!doc)
		e2e__system_die_of(file, line, what, "usage",
			text ? "the text holds no document" : "the text is NULL",
			"e2e_is_html(text) or e2e_is_xml(text) shows what is wrong with it");
	return doc;
}

E2E__FN const char *e2e__markup_taken(xmlChar *text)
{
	const char *copy = e2e__memory_strdup(text ? (const char *)text : "");

	xmlFree(text);
	return copy;
}

/* What an expression finds, or NULL: then *wrong says why. */
E2E__FN xmlXPathObjectPtr e2e__markup_eval(
	xmlDocPtr doc, xmlNodePtr at, const char *expression, struct e2e__markup_error *wrong)
{
	xmlXPathContextPtr context = xmlXPathNewContext(doc);
	xmlNodePtr root = xmlDocGetRootElement(doc);
	xmlStructuredErrorFunc before = xmlStructuredError;
	void *old = xmlStructuredErrorContext;

	memset(wrong, 0, sizeof *wrong);
	if (!context)
		e2e_bail_out("out of memory");
	context->node = at ? at : (xmlNodePtr)(void *)doc;
	for (xmlNsPtr ns = root ? root->nsDef : NULL; ns; ns = ns->next)
		xmlXPathRegisterNs(
			context, ns->prefix ? ns->prefix : (const xmlChar *)"d", ns->href);
	xmlSetStructuredErrorFunc(wrong, e2e__markup_note);
	xmlXPathObjectPtr found = xmlXPathEval((const xmlChar *)expression, context);
	xmlSetStructuredErrorFunc(old, before);
	xmlXPathFreeContext(context);
	return found;
}

/* The same, of an expression that the test has written: a bad one ends the case. */
E2E__FN xmlXPathObjectPtr e2e__markup_find(const char *file, int line, const char *what,
	xmlDocPtr doc, xmlNodePtr at, const char *expression)
{
	struct e2e__markup_error wrong;
	xmlXPathObjectPtr found = e2e__markup_eval(doc, at, expression, &wrong);

	if (!found) {
		xmlFreeDoc(doc);
		e2e__system_die_of(file, line, what, "usage",
			e2e_printf("%s is no XPath expression: %s", e2e_quoted(expression),
				wrong.message ? wrong.message : "libxml2 doesn't say why"),
			"prefixes are those of the root element; d is its default namespace");
	}
	return found;
}

E2E__FN size_t e2e__markup_count(xmlXPathObjectPtr found)
{
	return found && found->type == XPATH_NODESET && found->nodesetval
		? (size_t)found->nodesetval->nodeNr
		: 0;
}

E2E__FN const char *const *e2e__markup_xpath(
	const char *file, int line, const char *text, const char *expression, size_t *n)
{
	xmlDocPtr doc = e2e__markup_any(file, line, "e2e_xpath", text);
	xmlXPathObjectPtr found = e2e__markup_find(file, line, "e2e_xpath", doc, NULL, expression);
	bool nodes = found->type == XPATH_NODESET;
	size_t count = nodes ? e2e__markup_count(found) : 1;
	const char **list = (const char **)e2e__memory_alloc((count + 1) * sizeof *list);

	for (size_t i = 0; i < count; i++)
		list[i] = e2e__markup_taken(nodes ? xmlNodeGetContent(found->nodesetval->nodeTab[i])
						  : xmlXPathCastToString(found));
	list[count] = NULL;
	xmlXPathFreeObject(found);
	xmlFreeDoc(doc);
	if (n)
		*n = count;
	return list;
}

E2E__FN const char *const *e2e__markup_xpath_each(const char *file, int line, const char *text,
	const char *nodes, const char *expression, size_t *n)
{
	static const char what[] = "e2e_xpath_each";
	xmlDocPtr doc = e2e__markup_any(file, line, what, text);
	xmlXPathObjectPtr found = e2e__markup_find(file, line, what, doc, NULL, nodes);
	size_t count = e2e__markup_count(found);
	const char **list = (const char **)e2e__memory_alloc((count + 1) * sizeof *list);

	for (size_t i = 0; i < count; i++) {
		xmlNodePtr node = found->nodesetval->nodeTab[i];
		xmlXPathObjectPtr said = e2e__markup_find(file, line, what, doc, node, expression);

		list[i] = e2e__markup_taken(xmlXPathCastToString(said));
		xmlXPathFreeObject(said);
	}
	list[count] = NULL;
	xmlXPathFreeObject(found);
	xmlFreeDoc(doc);
	if (n)
		*n = count;
	return list;
}

/* An attribute; NULL without it. */
E2E__FN const char *e2e__markup_attribute(xmlNodePtr node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);

	return value ? e2e__markup_taken(value) : NULL;
}

/* A text as one sees it: blanks in a row are one, none at its ends. */
E2E__FN const char *e2e__markup_seen(const char *text)
{
	E2E__BUF(b, 128);

	b.p[0] = '\0';
	for (size_t n; *(text += strspn(text, " \t\r\n")); text += n) {
		n = strcspn(text, " \t\r\n");
		if (b.n)
			e2e__buf_adds(&b, " ");
		e2e__buf_add(&b, text, n);
	}
	return e2e__memory_taken(&b);
}

E2E__FN const char *e2e__markup_link(const char *file, int line, const char *html, const char *text)
{
	struct e2e__markup_error wrong;
	xmlDocPtr doc = html ? e2e__markup_read(html, true, &wrong) : NULL;
	xmlXPathObjectPtr found = doc ? e2e__markup_eval(doc, NULL, "//a[@href]", &wrong) : NULL;
	size_t n = e2e__markup_count(found);
	const char *others = "", *link = NULL;

	for (size_t i = 0; i < n && !link; i++) {
		xmlNodePtr node = found->nodesetval->nodeTab[i];
		const char *id = e2e__markup_attribute(node, "id");
		const char *seen = e2e__markup_seen(e2e__markup_taken(xmlNodeGetContent(node)));

		if (strcmp(seen, text) == 0 || (id && strcmp(id, text) == 0))
			link = e2e__markup_attribute(node, "href");
		if (i < 30)
			others = e2e_printf("%s %s", others, e2e_quoted(seen));
	}
	if (found)
		xmlXPathFreeObject(found);
	if (doc)
		xmlFreeDoc(doc);
	if (!link)
		e2e__system_die_of(file, line, "e2e_html_link", "usage",
			e2e_printf("the page has no link %s", e2e_quoted(text)),
			n ? e2e_printf("its links:%s", others) : "it has none at all");
	return link;
}

/* Is this the form? */
E2E__FN bool e2e__markup_named(xmlNodePtr node, const char *name)
{
	static const char *const by[] = {"id", "name", "action"};

	for (size_t i = 0; name && i < sizeof by / sizeof *by; i++) {
		const char *value = e2e__markup_attribute(node, by[i]);

		if (value && strcmp(value, name) == 0)
			return true;
	}
	return !name;
}

E2E__FN bool e2e__markup_is_element(xmlNodePtr node, const char *name)
{
	return node && node->type == XML_ELEMENT_NODE &&
		strcasecmp((const char *)node->name, name) == 0;
}

/* Is it disabled, or what it stands in? */
E2E__FN bool e2e__markup_disabled(xmlNodePtr node)
{
	bool off = e2e__markup_attribute(node, "disabled") != NULL;

	for (node = node->parent; node && !off && !e2e__markup_is_element(node, "form");
		node = node->parent)
		off = (e2e__markup_is_element(node, "optgroup") ||
			      e2e__markup_is_element(node, "select") ||
			      e2e__markup_is_element(node, "fieldset")) &&
			e2e__markup_attribute(node, "disabled");
	return off;
}

/* What a browser would send for this field, unless it is a select; NULL: nothing. */
E2E__FN const char *e2e__markup_value(xmlNodePtr node)
{
	const char *type = e2e__markup_attribute(node, "type");
	const char *value = e2e__markup_attribute(node, "value");

	if (e2e__markup_is_element(node, "button"))
		return NULL;
	if (e2e__markup_is_element(node, "textarea"))
		return e2e__markup_taken(xmlNodeGetContent(node));
	if (type && (strcasecmp(type, "checkbox") == 0 || strcasecmp(type, "radio") == 0))
		return !e2e__markup_attribute(node, "checked") ? NULL : value ? value : "on";
	if (type &&
		(strcasecmp(type, "submit") == 0 || strcasecmp(type, "button") == 0 ||
			strcasecmp(type, "reset") == 0 || strcasecmp(type, "image") == 0 ||
			strcasecmp(type, "file") == 0))
		return NULL;
	return value ? value : "";
}

E2E__FN const char *e2e__markup_option(xmlNodePtr option)
{
	const char *value = e2e__markup_attribute(option, "value");

	return value ? value : e2e__markup_seen(e2e__markup_taken(xmlNodeGetContent(option)));
}

E2E__FN void e2e__markup_push(e2e_form *f, const char *name, const char *value)
{
	f->fields[f->nfields++] = e2e_printf("%s=%s", name, value);
}

/* What a browser would send for a select: what is selected, or the first one that can be. */
E2E__FN void e2e__markup_push_selected(
	e2e_form *f, xmlDocPtr doc, xmlNodePtr select, const char *name)
{
	bool many = e2e__markup_attribute(select, "multiple") != NULL;
	struct e2e__markup_error wrong;
	xmlXPathObjectPtr found = e2e__markup_eval(doc, select, ".//option", &wrong);
	size_t n = found && found->nodesetval ? (size_t)found->nodesetval->nodeNr : 0;
	xmlNodePtr first = NULL, last = NULL;

	for (size_t i = 0; i < n; i++) {
		xmlNodePtr option = found->nodesetval->nodeTab[i];
		bool selected = e2e__markup_attribute(option, "selected") != NULL;
		bool disabled = e2e__markup_disabled(option);

		if (many && selected && !disabled)
			e2e__markup_push(f, name, e2e__markup_option(option));
		last = selected ? option : last;
		first = !first && !disabled ? option : first;
	}
	last = last ? last : first;
	if (!many && last && !e2e__markup_disabled(last))
		e2e__markup_push(f, name, e2e__markup_option(last));
	if (found)
		xmlXPathFreeObject(found);
}

/* What a browser would send for a field. */
E2E__FN void e2e__markup_push_sent(e2e_form *f, xmlDocPtr doc, xmlNodePtr field, const char *name)
{
	bool select = e2e__markup_is_element(field, "select");
	const char *value = select ? NULL : e2e__markup_value(field);

	if (select)
		e2e__markup_push_selected(f, doc, field, name);
	else if (value)
		e2e__markup_push(f, name, value);
}

/* What may be chosen there: of an option, or of a field that has one value. */
E2E__FN struct e2e__choice e2e__markup_choice(xmlNodePtr node)
{
	struct e2e__choice c = {NULL, NULL, '\0', e2e__markup_disabled(node)};
	const char *type = e2e__markup_attribute(node, "type");
	const char *value = e2e__markup_attribute(node, "value");

	if (e2e__markup_is_element(node, "option")) {
		xmlNodePtr select = node->parent;

		while (!e2e__markup_is_element(select, "select"))
			select = select->parent;
		c.name = e2e__markup_attribute(select, "name");
		c.value = e2e__markup_option(node);
		c.kind = e2e__markup_attribute(select, "multiple") ? 'm' : 's';
		return c;
	}
	c.name = e2e__markup_attribute(node, "name");
	if (e2e__markup_is_element(node, "select")) { /* also one without options */
		c.kind = e2e__markup_attribute(node, "multiple") ? 'm' : 's';
	} else if (e2e__markup_is_element(node, "input") && type) {
		c.kind = strcasecmp(type, "radio") == 0     ? 'r'
			: strcasecmp(type, "checkbox") == 0 ? 'c'
			: strcasecmp(type, "hidden") == 0   ? 'h'
							    : '\0';
		c.value = value || c.kind == 'h' ? value : "on";
	}
	return c;
}

E2E__FN e2e_form *e2e__markup_form_of(xmlDocPtr doc, xmlNodePtr node)
{
	e2e_form *f = (e2e_form *)e2e__memory_alloc(sizeof *f);
	const char *method = e2e__markup_attribute(node, "method");
	const char *action = e2e__markup_attribute(node, "action");
	struct e2e__markup_error wrong;
	xmlXPathObjectPtr found = e2e__markup_eval(doc, node,
		".//input[@name] | .//textarea[@name] | .//select[@name] | .//button[@name]"
		" | .//select[@name]//option",
		&wrong);
	size_t n = found && found->nodesetval ? (size_t)found->nodesetval->nodeNr : 0, names = 0;

	f->method = method && strcasecmp(method, "post") == 0 ? "POST" : "GET";
	f->action = action ? action : "";
	f->fields = (const char **)e2e__memory_alloc((n + 1) * sizeof *f->fields);
	f->names = (const char **)e2e__memory_alloc((n + 1) * sizeof *f->names);
	f->choices = (struct e2e__choice *)e2e__memory_alloc((n + 1) * sizeof *f->choices);
	f->nfields = 0;
	for (size_t i = 0; i < n; i++) {
		xmlNodePtr field = found->nodesetval->nodeTab[i];
		struct e2e__choice c = e2e__markup_choice(field);

		f->choices[i] = c;
		if (e2e__markup_is_element(field, "option"))
			continue;
		f->names[names++] = c.name;
		if (!c.disabled)
			e2e__markup_push_sent(f, doc, field, c.name);
	}
	f->choices[n].name = f->names[names] = f->fields[f->nfields] = NULL;
	if (found)
		xmlXPathFreeObject(found);
	return f;
}

E2E__FN e2e_form *e2e__markup_form(const char *file, int line, const char *html, const char *name)
{
	struct e2e__markup_error wrong;
	xmlDocPtr doc = html ? e2e__markup_read(html, true, &wrong) : NULL;
	xmlXPathObjectPtr found = doc ? e2e__markup_eval(doc, NULL, "//form", &wrong) : NULL;
	size_t n = found && found->nodesetval ? (size_t)found->nodesetval->nodeNr : 0;
	const char *others = "";
	e2e_form *f = NULL;

	for (size_t i = 0; i < n && !f; i++) {
		xmlNodePtr node = found->nodesetval->nodeTab[i];
		const char *id = e2e__markup_attribute(node, "id");

		id = id ? id : e2e__markup_attribute(node, "name");
		id = id ? id : e2e__markup_attribute(node, "action");
		others = e2e_printf("%s %s", others, e2e_quoted(id ? id : ""));
		if (e2e__markup_named(node, name))
			f = e2e__markup_form_of(doc, node);
	}
	if (found)
		xmlXPathFreeObject(found);
	if (doc)
		xmlFreeDoc(doc);
	if (!f)
		e2e__system_die_of(file, line, "e2e_html_form", "usage",
			e2e_printf("the page has no form %s", name ? e2e_quoted(name) : "at all"),
			n ? e2e_printf("its forms:%s", others) : "is it the page that you expect?");
	return f;
}

/* The case ends if the form has no field of this name. */
E2E__FN void e2e__markup_must_have(
	const char *file, int line, const char *what, const e2e_form *f, const char *name)
{
	const char *all = "";
	size_t i = 0;

	for (; f->names[i] && strcmp(f->names[i], name) != 0; i++)
		all = e2e_printf("%s %s", all, f->names[i]);
	if (!f->names[i])
		e2e__system_die_of(file, line, what, "usage",
			e2e_printf("the form has no field %s", e2e_quoted(name)),
			e2e_printf("its fields:%s", all));
}

/* What the field of this name is, by the choice that it gives; 0: it takes any value. */
E2E__FN char e2e__markup_kind(const e2e_form *f, const char *name)
{
	char kind = 'h';
	bool met = false;

	for (const struct e2e__choice *c = f->choices; c->name; c++) {
		if (strcmp(c->name, name) != 0)
			continue;
		if (!c->kind)
			return '\0';
		met = true;
		kind = c->kind == 'h' ? kind : c->kind;
	}
	return met && kind != 'h' ? kind : '\0';
}

/* As if nothing was ticked or selected: hidden fields of this name stay. */
E2E__FN void e2e__markup_form_clear(e2e_form *f, const char *name)
{
	size_t n = strlen(name), kept = 0;

	for (size_t i = 0; i < f->nfields; i++)
		if (strncmp(f->fields[i], name, n) != 0 || f->fields[i][n] != '=')
			f->fields[kept++] = f->fields[i];
	f->nfields = kept;
	for (const struct e2e__choice *c = f->choices; c->name; c++)
		if (c->kind == 'h' && !c->disabled && strcmp(c->name, name) == 0)
			e2e__markup_push(f, name, c->value ? c->value : "");
	f->fields[f->nfields] = NULL;
}

/* How often the form has a field of this name. */
E2E__FN size_t e2e__markup_fields_of(const e2e_form *f, const char *name)
{
	size_t n = 0;

	for (const char **is = f->names; *is; is++)
		n += strcmp(*is, name) == 0;
	return n;
}

E2E__FN bool e2e__markup_offers(const e2e_form *f, const char *name, const char *value)
{
	for (const struct e2e__choice *c = f->choices; c->name; c++)
		if (strcmp(c->name, name) == 0 && c->value && !c->disabled &&
			strcmp(c->value, value) == 0)
			return true;
	return false;
}

E2E__FN const char *e2e__markup_offered(const e2e_form *f, const char *name)
{
	const char *all = "";
	int n = 0;

	for (const struct e2e__choice *c = f->choices; c->name; c++)
		if (c->value && strcmp(c->name, name) == 0 && ++n <= 30)
			all = e2e_printf("%s %s%s", all, e2e_quoted(c->value),
				c->disabled ? " (disabled)" : "");
	return n ? e2e_printf("it offers:%s%s", all, n > 30 ? " ..." : "") : "it offers nothing";
}

/* Can a person choose this value? The case ends otherwise. `again`: besides another one. */
E2E__FN void e2e__markup_must_offer(const char *file, int line, const char *what, const e2e_form *f,
	const char *name, const char *value, bool again)
{
	char kind = e2e__markup_kind(f, name);

	if (!kind)
		return;
	if (!e2e__markup_offers(f, name, value))
		e2e__system_die_of(file, line, what, "usage",
			e2e_printf("the field %s doesn't offer %s", e2e_quoted(name),
				e2e_quoted(value)),
			e2e__markup_offered(f, name));
	if (again && (kind == 'r' || (kind == 's' && e2e__markup_fields_of(f, name) == 1)))
		e2e__system_die_of(file, line, what, "usage",
			e2e_printf("the field %s takes one value, not %s, too", e2e_quoted(name),
				e2e_quoted(value)),
			NULL);
}

E2E__FN void e2e__markup_form_add(
	const char *file, int line, e2e_form *f, const char *name, const char *value)
{
	size_t n = f->nfields;
	const char **fields = (const char **)e2e__memory_alloc((n + 2) * sizeof *fields);

	e2e__markup_must_have(file, line, "e2e_form_add", f, name);
	memcpy(fields, f->fields, n * sizeof *fields);
	fields[n] = e2e_printf("%s=%s", name, value);
	fields[n + 1] = NULL;
	f->fields = fields;
	f->nfields = n + 1;
}

E2E__FN void e2e__markup_form_set(
	const char *file, int line, e2e_form *f, const char *name, const char *value)
{
	size_t n = strlen(name), at = 0;

	e2e__markup_must_have(file, line, "e2e_form_set", f, name);
	if (e2e__markup_kind(f, name) == 'm') { /* all that was selected, not the first one */
		e2e__markup_form_clear(f, name);
		at = f->nfields;
	}
	while (at < f->nfields && (strncmp(f->fields[at], name, n) != 0 || f->fields[at][n] != '='))
		at++;
	if (at < f->nfields)
		f->fields[at] = e2e_printf("%s=%s", name, value);
	else
		e2e__markup_form_add(file, line, f, name, value);
}

E2E__FN const char *e2e_url(const char *page, const char *reference)
{
	return e2e__markup_taken(xmlBuildURI((const xmlChar *)reference, (const xmlChar *)page));
}
#endif /* E2E_LIBXML2 */

/* ---- proc/browse.h ---- */

#if defined E2E_CURL && defined E2E_LIBXML2
enum { E2E__BROWSE_REDIRECTS = 10 };

/* The page has to be one: else what follows would be told of a page without links. */
E2E__FN void e2e__browse_must_be(
	const char *file, int line, const char *what, const e2e_http_reply *page)
{
	if (!page->status)
		e2e__system_die_of(file, line, what, "usage",
			e2e_printf("there is no page: %s", page->error ? page->error : "no answer"),
			"give it what e2e_http, e2e_click or e2e_submit has returned");
}

E2E__FN e2e_http_reply e2e__browse_ask(const char *file, int line, e2e_session *s,
	const char *method, const char *url, const char *const *form)
{
	e2e_http_opts opts;

	memset(&opts, 0, sizeof opts);
	opts.url = url;
	opts.form = form;
	opts.follow = E2E__BROWSE_REDIRECTS;
	return e2e__client_ask(file, line, s, method, opts);
}

E2E__FN e2e_http_reply e2e__browse_click(
	const char *file, int line, e2e_session *s, e2e_http_reply page, const char *text)
{
	e2e__browse_must_be(file, line, "e2e_click", &page);
	const char *link = e2e__markup_link(file, line, page.body, text);

	return e2e__browse_ask(file, line, s, "GET", e2e_url(page.url, link), NULL);
}

/* Puts "name=value" into a form. */
E2E__FN void e2e__browse_fill(const char *file, int line, e2e_form *f, e2e__words words, size_t i)
{
	const char *is = strchr(words[i], '=');

	if (!is)
		e2e__system_die_of(file, line, "e2e_submit", "usage",
			e2e_printf("%s is no field of a form: name=value", e2e_quoted(words[i])),
			NULL);
	size_t n = (size_t)(is - words[i]) + 1;
	const char *name = e2e__memory_strndup(words[i], n - 1);
	bool again = false;
	for (size_t k = 1; k < i && !again; k++)
		again = strncmp(words[k], words[i], n) == 0;

	e2e__markup_must_have(file, line, "e2e_submit", f, name);
	char kind = e2e__markup_kind(f, name);
	if (!is[1] && (kind == 'c' || kind == 'm') && !e2e__markup_offers(f, name, "")) {
		e2e__markup_form_clear(f, name);
		return;
	}
	e2e__markup_must_offer(file, line, "e2e_submit", f, name, is + 1, again);
	if (again)
		e2e__markup_form_add(file, line, f, name, is + 1);
	else
		e2e__markup_form_set(file, line, f, name, is + 1);
}

E2E__FN e2e_http_reply e2e__browse_submit(
	const char *file, int line, e2e_session *s, e2e_http_reply page, e2e__words words)
{
	e2e__browse_must_be(file, line, "e2e_submit", &page);
	e2e_form *f = e2e__markup_form(file, line, page.body, *words[0] ? words[0] : NULL);

	for (size_t i = 1; words[i]; i++)
		e2e__browse_fill(file, line, f, words, i);
	const char *url = e2e_url(page.url, f->action);
	if (strcmp(f->method, "GET") == 0) /* its fields are the query */
		url = e2e__memory_strndup(url, strcspn(url, "?#"));
	return e2e__browse_ask(file, line, s, f->method, url, f->fields);
}
#endif

/* ---- proc/shims.h ---- */

/* Bytes of JSON that are an argument; Linux takes 128 KiB. */
enum { E2E__SHIM_ARGUMENT = 64 * 1024 };

E2E__FN void e2e__shim_option(
	struct e2e__option *o, const char *name, const char *env, const char *arg, const char *help)
{
	o->name = name;
	o->env = env;
	o->arg = arg;
	o->help = help;
	e2e__option_add(o);
}

static void e2e__shim_options(void) __attribute__((constructor, unused));
static void e2e__shim_options(void)
{
	e2e__shim_option(&e2e__net.broker, "--broker-type", "E2E_BROKER_TYPE", "NAME",
		"the peer's name, instead of what it says; None: unknown");
	e2e__shim_option(
		&e2e__net.sender, "--sender", "E2E_SENDER", "NODE", "host:port that shims send to");
	e2e__shim_option(&e2e__net.receiver, "--receiver", "E2E_RECEIVER", "NODE",
		"host:port that shims receive from");
	e2e__net.hooks.case_begin = e2e__helper_case_begin;
	e2e__net.hooks.case_end = e2e__helper_case_end;
	e2e__hook(&e2e__net.hooks);
}

E2E__FN const char *e2e__shim_peer(void *arg)
{
	const char *given = e2e__net.broker.value;

	(void)arg;
	if (given)
		return strcmp(given, "None") == 0 ? NULL : given;
	return e2e__net.peer;
}

E2E__FN const char *e2e_arrived(void)
{
	return e2e__net.arrived;
}

E2E__FN void e2e_peer_is(const char *name)
{
	e2e__net.peer = name;
	if (!e2e__net.provider.peer) {
		e2e__net.provider.peer = e2e__shim_peer;
		e2e_provide(&e2e__net.provider);
	}
}

E2E__FN void e2e__shim_peer_ask(const char *file, int line, const char *const *argv)
{
	e2e_result r;
	char *name;

	if (e2e__net.broker.value) {
		e2e_peer_is(NULL);
		return;
	}
	r = e2e__command_run(file, line, NULL, argv);
	name = e2e__memory_strdup(r.out);
	name[strcspn(name, "\r\n")] = 0;
	if (r.status != 0 || !*name)
		e2e_diag("the peer is unknown: %s said nothing (%s)", argv[0],
			e2e__system_status_word(r.status));
	e2e_peer_is(r.status == 0 && *name ? name : NULL);
}

/* A command with four arguments behind it. */
E2E__FN const char *const *e2e__shim_command(const char *const *command, const char *node,
	const char *queue, const char *key, const char *last)
{
	size_t n = 0;
	const char **argv;

	while (command[n])
		n++;
	argv = (const char **)e2e__memory_alloc((n + 5) * sizeof *argv);
	memcpy(argv, command, n * sizeof *argv);
	argv[n] = node;
	argv[n + 1] = queue;
	argv[n + 2] = key;
	argv[n + 3] = last;
	return argv;
}

struct e2e__exchange {
	const char *file;
	int line;
	const e2e_shim *sender, *receiver;
	const e2e_message *message;
	const char *name, *key;
	double limit, end;
	e2e_proc *send, *receive;
	struct e2e__buf trouble; /* one line each */
};

E2E__FN e2e_proc *e2e__shim_start(const struct e2e__exchange *x, const e2e_shim *shim,
	const char *what, const char *const *argv)
{
	e2e_spawn_opts o;
	char *name = e2e_printf("%s-%s", shim->name, what);

	memset(&o, 0, sizeof o);
	for (o.name = name; *name; name++) /* it becomes a file's name */
		if (!strchr(E2E__ALNUM "+._-", *name))
			*name = '_';
	return e2e__spawn(x->file, x->line, &o, argv);
}

/* Has the receiver said that it is ready? */
E2E__FN bool e2e__shim_said(e2e_proc *p, const regex_t *re)
{
	char *out = e2e__memory_strdup(e2e_stdout(p)), *line, *end;

	for (line = out; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = 0;
		if (regexec(re, line, 0, NULL, 0) == 0)
			return true;
	}
	return false;
}

/* Waits for the receiver's ready line; says in x->trouble why it doesn't come. */
E2E__FN void e2e__shim_ready(struct e2e__exchange *x, const char *ready)
{
	regex_t re;
	struct e2e__process *r = x->receive->own;
	size_t size = 0;
	bool said = false;

	e2e__match_compile(&re, ready, REG_EXTENDED | REG_NOSUB);
	e2e__wait_op_begin(x->file, x->line);
	e2e__wait_waiting("the readiness of %.80s (pid %ld): line \"%s\"", r->pub.command,
		(long)r->pub.pid, ready);
	r->anticipated = true;
	for (;;) {
		/* before the look at its log: what it said before its end counts */
		bool ended = r->exited;

		if (e2e_stdout_size(x->receive) != size) {
			size = e2e_stdout_size(x->receive);
			said = e2e__shim_said(x->receive, &re);
		}
		if (said || ended || e2e_now() >= x->end)
			break;
		e2e__wait_doze(e2e_now() + 0.002);
		e2e__wait_look();
		e2e__wait_check_exits();
	}

	e2e__wait_op_end();
	regfree(&re);
	if (!said)
		e2e__buf_addf(&x->trouble,
			r->exited ? "%s ended with %s before it was ready\n"
				  : "%s didn't get ready (%s) within %g s\n",
			x->receive->command,
			r->exited ? e2e__system_status_word(r->exit_status) : ready, x->limit);
}

/* Waits until both have ended, or one has failed, or the time is over. */
E2E__FN void e2e__shim_await(const struct e2e__exchange *x)
{
	struct e2e__process *s = x->send->own, *r = x->receive->own;

	e2e__wait_op_begin(x->file, x->line);
	s->anticipated = r->anticipated = true;
	e2e__wait_waiting("the ends of the sender %.60s (pid %ld) and the receiver %.60s (pid %ld)",
		s->pub.command, (long)s->pub.pid, r->pub.command, (long)r->pub.pid);
	while (!(s->exited && r->exited) && !(s->exited && s->exit_status != 0) &&
		!(r->exited && r->exit_status != 0) && e2e_now() < x->end) {
		e2e__wait_doze(x->end);
		e2e__wait_look();
		e2e__wait_check_exits();
	}
	e2e__wait_op_end();
}

/* What went wrong with one of the two, in words. */
E2E__FN void e2e__shim_judge(
	struct e2e__exchange *x, const e2e_shim *shim, e2e_proc *p, bool other_failed)
{
	struct e2e__process *own = p->own;
	const char *left = NULL;

	if (own->exited) {
		e2e__end_reap(own); /* a dead member of the group would count, too */
		left = e2e__plan_left_behind(own);
		if (e2e__system_group_lives(p->pid))
			kill(-p->pid, SIGKILL);
	}

	if (!own->exited && !other_failed)
		e2e__buf_addf(&x->trouble, "%s hasn't ended within %g s\n", p->command, x->limit);
	else if (own->exited && own->exit_status != 0)
		e2e__buf_addf(&x->trouble, "%s ended with %s\n", p->command,
			e2e__system_status_word(own->exit_status));
	else if (own->exited && e2e_stderr_size(p) && !shim->noisy)
		e2e__buf_addf(&x->trouble, "%s wrote to stderr\n", p->command);
	if (left)
		e2e__buf_addf(&x->trouble, "%s has left processes behind: %s\n", p->command, left);
}

/* What the receiver printed behind its ready line: KEY, then JSON. NULL, and trouble, if it is
 * something else. */
E2E__FN const char *e2e__shim_output(struct e2e__exchange *x)
{
	const char *out = e2e_stdout(x->receive),
		   *ready = x->receiver->ready ? x->receiver->ready : "^ready";
	size_t n = strcspn(out, "\n");
	regex_t re;

	if (*ready && regcomp(&re, ready, REG_EXTENDED | REG_NOSUB) == 0) {
		char *first = e2e__memory_strdup(out);

		first[n] = 0;
		if (regexec(&re, first, 0, NULL, 0) == 0) {
			out += n + (out[n] == '\n');
			n = strcspn(out, "\n");
		}
		regfree(&re);
	}

	if (n == strlen(x->key) && strncmp(out, x->key, n) == 0)
		return out + n;
	e2e__buf_addf(&x->trouble, "the receiver's output doesn't begin with the key %s: %.200s\n",
		x->key, *out ? out : "(empty)");
	return NULL;
}

/* The last 2000 bytes of a log, indented, under a heading. */
E2E__FN void e2e__shim_log(struct e2e__buf *b, const char *what, const char *text)
{
	size_t n = strlen(text);

	if (!n)
		return;
	e2e__buf_addf(
		b, "%s:\n%s%s", what, n > 2000 ? "... " : "", n > 2000 ? text + n - 2000 : text);
	if (b->p[b->n - 1] != '\n')
		e2e__buf_adds(b, "\n");
}

E2E__FN bool e2e__shim_report(struct e2e__exchange *x, const char *got, const char *want)
{
	e2e_failure f = e2e__system_failure(NULL, NULL, NULL);
	bool ok = x->trouble.n == 0;
	E2E__BUF(logs, 1024);

	if (!ok) {
		x->trouble.n--; /* the last line feed */
		e2e__buf_add(&x->trouble, "", 1);
		e2e__shim_log(&logs, "sender's stderr", x->send ? e2e_stderr(x->send) : "");
		e2e__shim_log(&logs, "receiver's stderr", e2e_stderr(x->receive));
		e2e__shim_log(&logs, "sender's stdout", x->send ? e2e_stdout(x->send) : "");
		e2e__shim_log(&logs, "receiver's stdout", e2e_stdout(x->receive));
		e2e__buf_add(&logs, "", 1);
		f.message = x->trouble.p;
		f.got = got;
		f.want = strlen(want) > 4000 ? e2e_printf("%.4000s...", want) : want;
		f.code = "exchange";
		f.diff = logs.n > 1 ? logs.p : NULL;
	}

	ok = e2e_report(x->file, x->line, ok, x->name, &f);
	e2e__buf_free(&logs);
	return ok;
}

/* Parsed JSON of a message; a mistake in a test's own text ends the case. */
E2E__FN const struct e2e__json *e2e__shim_message_json(
	const struct e2e__exchange *x, const char *text)
{
	const char *error = NULL;
	const struct e2e__json *v = e2e__json_parse(text, &error);

	if (v)
		return v;
	e2e_failure f = e2e__system_failure("usage",
		e2e_printf("the message %s isn't JSON: %s", x->message->name, error), NULL);
	f.got = text;
	e2e__exit_die(x->file, x->line, x->name, &f);
}

/* Both have ended: the JSON that the receiver printed, without blanks around it. NULL, and trouble,
 * if there is none. */
E2E__FN const char *e2e__shim_ended(struct e2e__exchange *x)
{
	bool failed[2];
	struct e2e__process *s = x->send->own, *r = x->receive->own;
	const char *out;
	size_t n;

	failed[0] = s->exited && s->exit_status != 0;
	failed[1] = r->exited && r->exit_status != 0;
	e2e__shim_judge(x, x->sender, x->send, failed[1]);
	e2e__shim_judge(x, x->receiver, x->receive, failed[0]);
	e2e__end_process(x->send);
	e2e__end_process(x->receive);
	out = x->trouble.n ? NULL : e2e__shim_output(x);
	if (!out)
		return NULL;
	n = strlen(out += strspn(out, " \t\r\n"));
	while (n && strchr(" \t\r\n", out[n - 1]))
		n--;
	return e2e__memory_strndup(out, n);
}

/* Is it what was sent? Any JSON will do if nothing is given to be compared. */
E2E__FN void e2e__shim_compare(
	struct e2e__exchange *x, const char *out, const struct e2e__json *want)
{
	const char *error = NULL, *differ;
	const struct e2e__json *v = e2e__json_parse(out, &error);

	if (v)
		e2e__net.arrived = out;
	differ = !v    ? e2e_printf("no JSON arrived: %s", error)
		: want ? e2e__json_differ(v, want)
		       : NULL;
	if (differ)
		e2e__buf_addf(&x->trouble, "%s\n", differ);
}

/* The last argument of the sender: the JSON, or "@" and a file that has it if it is too long for a
 * command line. */
E2E__FN const char *e2e__shim_payload(const struct e2e__exchange *x, const char *json)
{
	size_t n = strlen(json);

	if (n <= E2E__SHIM_ARGUMENT)
		return json;
	const char *path = e2e__spawn_case_file(x->file, x->line, "message", ".json");
	FILE *f = fopen(path, "we");
	bool written = f && fwrite(json, 1, n, f) == n;

	if (f && fclose(f) != 0)
		written = false;
	if (!written)
		e2e__system_die_of(x->file, x->line, "e2e_exchange", "file",
			e2e_printf("can't write the message %s to %s: %s", x->message->name, path,
				strerror(errno)),
			"is the disk full?");
	return e2e_printf("@%s", path);
}

/* What can't be run is a mistake of the test. */
E2E__FN void e2e__shim_check(const char *file, int line, const e2e_shim *sender,
	const e2e_shim *receiver, const e2e_message *message)
{
	const char *wrong = !sender->name || !receiver->name ? "a shim has no name"
		: !sender->send || !sender->send[0]
		? e2e_printf("the shim %s has no .send command", sender->name)
		: !receiver->receive || !receiver->receive[0]
		? e2e_printf("the shim %s has no .receive command", receiver->name)
		: !message->name || !message->json ? "a message has no name or no JSON"
						   : NULL;

	e2e__proc.file = file;
	e2e__proc.line = line;
	if (wrong)
		e2e__end_misused("e2e_exchange", wrong,
			"each shim needs .name, .send and .receive, each message .name and .json");
	e2e__wait_op_end();
}

/* What is known before anything runs; its trouble is written into the buffer first. */
E2E__FN void e2e__shim_prepare(struct e2e__exchange *x, const char *file, int line,
	const e2e_shim *sender, const e2e_shim *receiver, const e2e_message *message)
{
	e2e__shim_check(file, line, sender, receiver, message);
	memset(x, 0, sizeof *x);
	x->file = file;
	x->line = line;
	x->sender = sender;
	x->receiver = receiver;
	x->message = message;
	x->key = message->key ? message->key : message->name;
	x->name = e2e_printf("%s: %s x %s", message->name, sender->name, receiver->name);
	x->limit = message->timeout > 0 ? message->timeout : e2e__system_patience(-1);
	x->end = e2e__system_wait_until(x->limit);
	e2e__net.arrived = NULL;
}

/* Runs both with so many messages. What the receiver printed, or NULL and trouble. */
E2E__FN const char *e2e__shim_run(struct e2e__exchange *x, unsigned long count, const char *node)
{
	const char *queue = e2e_unique("q"), *const * send, *const * receive;
	const char *ready = x->receiver->ready ? x->receiver->ready : "^ready";
	char path[PATH_MAX];

	receive = e2e__shim_command(x->receiver->receive,
		e2e__net.receiver.value ? e2e__net.receiver.value : node, queue, x->key,
		e2e_printf("%lu", count));
	send = e2e__shim_command(x->sender->send,
		e2e__net.sender.value ? e2e__net.sender.value : node, queue, x->key,
		e2e__shim_payload(x, x->message->json));
	if (e2e__launch_find_command(send[0], path, sizeof path) != 0)
		/* ends the case before anything runs */
		x->send = e2e__shim_start(x, x->sender, "send", send);
	x->receive = e2e__shim_start(x, x->receiver, "receive", receive);
	if (*ready)
		e2e__shim_ready(x, ready);
	if (x->trouble.n) {
		e2e__end_process(x->receive);
		return NULL;
	}

	x->send = e2e__shim_start(x, x->sender, "send", send);
	e2e__shim_await(x);
	return e2e__shim_ended(x);
}

/* How many messages a JSON is. */
E2E__FN unsigned long e2e__shim_count(const struct e2e__json *sent)
{
	const struct e2e__json *one;
	unsigned long count = 0;

	if (sent->type != '[')
		return 1;
	for (one = sent->child; one; one = one->next)
		count++;
	return count;
}

E2E__FN bool e2e__shim_exchange(const char *file, int line, const e2e_shim *sender,
	const e2e_shim *receiver, const e2e_message *message, const char *node)
{
	struct e2e__exchange x;
	const struct e2e__json *sent, *parsed;
	const char *out, *want;
	char trouble[1024];
	bool ok;

	e2e__shim_prepare(&x, file, line, sender, receiver, message);
	x.trouble.p = trouble;
	x.trouble.size = sizeof trouble;
	want = message->want ? message->want : message->json;
	sent = e2e__shim_message_json(&x, message->json);
	parsed = strcmp(want, "*") == 0 ? NULL
		: want == message->json ? sent
					: e2e__shim_message_json(&x, want);
	out = e2e__shim_run(&x, e2e__shim_count(sent), node);
	if (out)
		e2e__shim_compare(&x, out, parsed);
	ok = e2e__shim_report(&x, out ? e2e_printf("%.4000s", out) : NULL, want);
	e2e__buf_free(&x.trouble);
	return ok;
}

E2E__FN void e2e_shim_pair(const void *row, const void *column, void *arg)
{
	const e2e_message *m = (const e2e_message *)arg;

	e2e__shim_exchange(E2E__AT, (const e2e_shim *)row, (const e2e_shim *)column, m, m->node);
}

/* One pair in its subtest. */
struct e2e__interop {
	const char *file;
	int line;
	const e2e_shim *sender, *receiver;
	const e2e_message *message;
	const char *node;
};

E2E__FN void e2e__shim_interop_pair(void *arg)
{
	const struct e2e__interop *i = (const struct e2e__interop *)arg;

	e2e__shim_exchange(i->file, i->line, i->sender, i->receiver, i->message, i->node);
}

/* A guard or a failure that ends the pair ends nothing else, as in e2e_matrix. */
E2E__FN void e2e__shim_interop_one(struct e2e__interop *i)
{
	e2e__matrix_run_pair(i->file, i->line,
		e2e__buf_desc("%s: %s x %s", i->message->name, i->sender->name, i->receiver->name),
		e2e__shim_interop_pair, i);
}

/* The filters' words must name shims and cases that there are. */
E2E__FN void e2e__shim_interop_check(
	const e2e_shim *shims, size_t nshims, const e2e_message *messages, size_t nmessages)
{
	struct e2e__strings names = {NULL, 0, 0}, cases = {NULL, 0, 0};
	size_t i;

	for (i = 0; i < nshims; i++)
		e2e__memory_push_new(&names, shims[i].name);
	for (i = 0; i < nmessages; i++)
		e2e__memory_push_new(&cases, messages[i].name);
	e2e__matrix_check_words(E2E__INCLUDE_SHIM, &names);
	e2e__matrix_check_words(E2E__EXCLUDE_SHIM, &names);
	e2e__matrix_check_words(E2E__INCLUDE_CASE, &cases);
	e2e__matrix_check_words(E2E__EXCLUDE_CASE, &cases);
}

/* What stands before every matrix of shims. */
E2E__FN void e2e__shim_interop_begin(const char *file, int line, const e2e_shim *shims,
	size_t nshims, const e2e_message *messages, size_t nmessages)
{
	e2e__script_begin();
	e2e__proc.file = file;
	e2e__proc.line = line;
	if (!nshims || !nmessages)
		e2e__end_misused("e2e_interop",
			nshims ? "there is no message to be sent" : "there is no shim",
			"without one nothing would be tested: skip the case if that is meant");
	e2e__wait_op_end();
	e2e__shim_interop_check(shims, nshims, messages, nmessages);
}

/* Do the filters let this pair through? Its name is kept for the one who asked in vain. */
E2E__FN bool e2e__shim_interop_wanted(const struct e2e__interop *i, struct e2e__strings *names)
{
	const char *pair = e2e_printf("%s x %s", i->sender->name, i->receiver->name),
		   *name = e2e_printf("%s: %s", i->message->name, pair);

	e2e__memory_push(names, name);
	return e2e__matrix_wanted_pair(name, pair) &&
		e2e__matrix_wanted(
			E2E__INCLUDE_CASE, E2E__EXCLUDE_CASE, i->message->name, i->message->name) &&
		e2e__matrix_wanted(
			E2E__INCLUDE_SHIM, E2E__EXCLUDE_SHIM, i->sender->name, i->receiver->name);
}

E2E__FN void e2e__shim_interop(const char *file, int line, const e2e_shim *shims, size_t nshims,
	const e2e_message *messages, size_t nmessages, const char *node)
{
	struct e2e__strings names = {NULL, 0, 0};
	struct e2e__interop i;
	size_t m, s, r, ran = 0;

	e2e__shim_interop_begin(file, line, shims, nshims, messages, nmessages);
	i.file = file;
	i.line = line;
	i.node = node;
	for (m = 0; m < nmessages; m++)
		for (s = 0; s < nshims; s++)
			for (r = 0; r < nshims; r++) {
				i.message = &messages[m];
				i.sender = &shims[s];
				i.receiver = &shims[r];
				if (!e2e__shim_interop_wanted(&i, &names))
					continue;
				ran++;
				e2e__shim_interop_one(&i);
			}
	if (!ran)
		e2e__matrix_no_pair(file, line, "shims", &names);
}

/* ---- proc/batch.h ---- */

/* A message of a batch. */
struct e2e__batched {
	const e2e_message *message;
	const struct e2e__json *sent, *want; /* want is NULL if any JSON will do */
	struct e2e__json arrived;            /* its part of what arrived */
	const char *text;                    /* the same */
	bool alone;
	const struct e2e__exchange *exchange;
};

/* The end of the JSON value that begins here, in a text that is known to be JSON. */
E2E__FN const char *e2e__batch_value_end(const char *p)
{
	int depth = 0;

	for (;; p++) {
		if (*p == '"') {
			for (p++; *p != '"'; p++)
				p += *p == '\\';
		} else if (depth == 0 && strchr(",]}", *p)) {
			return p;
		} else if (strchr("[{", *p)) {
			depth++;
		} else if (strchr("]}", *p)) {
			depth--;
		}
	}
}

/* The elements of all messages as one array. */
E2E__FN const char *e2e__batch_join(const struct e2e__batched *batch, size_t n)
{
	E2E__BUF(b, 4096);
	size_t i;

	e2e__buf_adds(&b, "[");
	for (i = 0; i < n; i++) {
		const char *json = strchr(batch[i].message->json, '[') + 1;

		if (batch[i].alone)
			continue;
		if (b.n > 1)
			e2e__buf_adds(&b, ",");
		e2e__buf_add(&b, json, (size_t)(strrchr(json, ']') - json));
	}

	e2e__buf_adds(&b, "]");
	return e2e__memory_taken(&b);
}

/* Gives each message its part of what arrived. */
E2E__FN void e2e__batch_cut(
	struct e2e__batched *batch, size_t n, struct e2e__json *arrived, const char *text)
{
	struct e2e__json *next = arrived->child, *last;
	size_t i;

	for (i = 0, text++; i < n; i++) {
		struct e2e__batched *m = &batch[i];
		const char *end = text;
		unsigned long k, count = e2e__shim_count(m->sent);

		if (m->alone)
			continue;
		m->arrived = *arrived;
		m->arrived.child = last = next;
		for (k = 1, end = e2e__batch_value_end(end); k < count; k++) {
			last = last->next;
			end = e2e__batch_value_end(end + 1);
		}

		next = last->next;
		last->next = NULL;
		text += strspn(text, " \t\r\n");
		m->text = e2e_printf("[%s]", e2e__memory_strndup(text, (size_t)(end - text)));
		text = end + 1;
	}
}

/* A message that arrived in a batch, in its subtest. */
E2E__FN void e2e__batch_judge(void *arg)
{
	const struct e2e__batched *m = (const struct e2e__batched *)arg;
	struct e2e__exchange x = *m->exchange;
	const char *differ = m->want ? e2e__json_differ(&m->arrived, m->want) : NULL,
		   *want = m->message->want ? m->message->want : m->message->json;
	char trouble[1024];

	x.trouble.p = trouble;
	x.trouble.size = sizeof trouble;
	x.trouble.n = 0;
	x.name = e2e_printf("%s: %s x %s", m->message->name, x.sender->name, x.receiver->name);
	e2e__net.arrived = m->text;
	if (differ)
		e2e__buf_addf(&x.trouble, "%s\n", differ);
	e2e__shim_report(&x, e2e_printf("%.4000s", m->text), want);
	e2e__buf_free(&x.trouble);
}

E2E__FN bool e2e__batch_can_run(const char *const *command)
{
	char path[PATH_MAX];

	return command && command[0] &&
		e2e__launch_find_command(command[0], path, sizeof path) == 0;
}

/* Sends the batch. Fills the messages with what arrived, or says why they have to go alone. */
E2E__FN bool e2e__batch_send(const struct e2e__interop *i, struct e2e__exchange *x,
	const e2e_message *together, struct e2e__batched *batch, size_t n)
{
	unsigned long count = 0, here = 0;
	struct e2e__json *arrived = NULL;
	const char *out, *error;
	char trouble[1024];
	size_t k;

	e2e__shim_prepare(x, i->file, i->line, i->sender, i->receiver, together);
	x->trouble.p = trouble;
	x->trouble.size = sizeof trouble;
	for (k = 0; k < n; k++)
		count += batch[k].alone ? 0 : e2e__shim_count(batch[k].sent);
	out = e2e__shim_run(x, count, i->node);
	if (out && (arrived = e2e__json_parse(out, &error)) == NULL)
		e2e__buf_addf(&x->trouble, "no JSON arrived: %s\n", error);
	else if (out && (here = e2e__shim_count(arrived)) != count)
		e2e__buf_addf(&x->trouble, "%lu of %lu values arrived\n", here, count);
	else if (out)
		e2e__batch_cut(batch, n, arrived, out);
	if (x->trouble.n)
		e2e_note("%s x %s: not all messages arrived together, each goes alone: %.*s",
			i->sender->name, i->receiver->name, (int)x->trouble.n - 1, x->trouble.p);
	here = x->trouble.n;
	e2e__buf_free(&x->trouble);
	return here == 0;
}

/* What the messages are and shall be, once for all pairs. */
E2E__FN struct e2e__batched *e2e__batch_parse(
	struct e2e__interop *i, const e2e_message *messages, size_t n)
{
	struct e2e__batched *all = (struct e2e__batched *)e2e__memory_alloc((n + 1) * sizeof *all);
	struct e2e__exchange x;
	size_t m;

	for (m = 0; m < n; m++) {
		const char *want = messages[m].want;

		e2e__shim_prepare(&x, i->file, i->line, i->sender, i->receiver, &messages[m]);
		all[m].message = &messages[m];
		all[m].sent = all[m].want = e2e__shim_message_json(&x, messages[m].json);
		if (want)
			all[m].want =
				strcmp(want, "*") == 0 ? NULL : e2e__shim_message_json(&x, want);
	}

	return all;
}

/* Does it go alone, whatever the filters leave of the others? */
E2E__FN bool e2e__batch_alone(const struct e2e__batched *m, const struct e2e__interop *i)
{
	const char *name =
		e2e_printf("%s: %s x %s", m->message->name, i->sender->name, i->receiver->name);

	return m->sent->type != '[' || !m->sent->child ||
		e2e__subtest_known_why(e2e_printf("%.250s", name));
}

/* All messages of a pair that the filters let through. */
E2E__FN void e2e__batch_pair(struct e2e__interop *i, struct e2e__batched *batch, size_t n)
{
	e2e_message together = {"batch", NULL, NULL, NULL, NULL, 0};
	struct e2e__exchange x;
	size_t k, several = 0;
	bool sent = false;

	for (k = 0; k < n; k++) {
		const e2e_message *m = batch[k].message;
		double limit = m->timeout > 0 ? m->timeout : e2e__system_patience(-1);

		if (batch[k].alone)
			continue;
		several++;
		together.key = m->key;
		together.timeout = limit > together.timeout ? limit : together.timeout;
	}

	if (several > 1 && e2e__batch_can_run(i->sender->send) &&
		e2e__batch_can_run(i->receiver->receive)) {
		together.json = e2e__batch_join(batch, n);
		sent = e2e__batch_send(i, &x, &together, batch, n);
	}
	for (k = 0; k < n; k++) {
		i->message = batch[k].message;
		batch[k].exchange = &x;
		if (!sent || batch[k].alone)
			e2e__shim_interop_one(i);
		else
			e2e__matrix_run_pair(i->file, i->line,
				e2e__buf_desc("%s: %s x %s", i->message->name, i->sender->name,
					i->receiver->name),
				e2e__batch_judge, &batch[k]);
	}
}

/* One command line, so one key. */
E2E__FN void e2e__batch_check(
	const char *file, int line, const e2e_message *messages, size_t nmessages)
{
	const char *key = messages[0].key;
	size_t m;

	e2e__proc.file = file;
	e2e__proc.line = line;
	for (m = 0; m < nmessages; m++)
		if (!key || !messages[m].key || strcmp(messages[m].key, key) != 0)
			e2e__end_misused("e2e_interop_batched",
				e2e_printf("the message %s has no .key, or another one than %s",
					messages[m].name ? messages[m].name : "without a name",
					messages[0].name ? messages[0].name : "the first"),
				"give all messages the same .key: one pair of programs gets them");
	e2e__wait_op_end();
}

E2E__FN void e2e__batch_interop(const char *file, int line, const e2e_shim *shims, size_t nshims,
	const e2e_message *messages, size_t nmessages, const char *node)
{
	struct e2e__strings names = {NULL, 0, 0};
	struct e2e__batched *batch, *all;
	struct e2e__interop i;
	size_t m, s, r, n, ran = 0;

	e2e__shim_interop_begin(file, line, shims, nshims, messages, nmessages);
	e2e__batch_check(file, line, messages, nmessages);
	i.file = file;
	i.line = line;
	i.node = node;
	i.sender = i.receiver = shims;
	all = e2e__batch_parse(&i, messages, nmessages);
	batch = (struct e2e__batched *)e2e__memory_alloc(nmessages * sizeof *batch);
	for (s = 0; s < nshims; s++)
		for (r = 0; r < nshims; r++) {
			i.sender = &shims[s];
			i.receiver = &shims[r];
			for (m = n = 0; m < nmessages; m++) {
				i.message = &messages[m];
				if (!e2e__shim_interop_wanted(&i, &names))
					continue;
				batch[n] = all[m];
				batch[n++].alone = e2e__batch_alone(&all[m], &i);
			}

			e2e__batch_pair(&i, batch, n);
			ran += n;
		}
	if (!ran)
		e2e__matrix_no_pair(file, line, "shims", &names);
}

/* ---- proc/handshake.h ---- */

E2E__FN bool e2e_same_secret(const char *secret, const char *given)
{
	size_t n, m, i;
	volatile unsigned char differ = 0; /* volatile: nobody may leave the loop early */

	if (!secret || !given)
		return false;
	n = strlen(secret);
	m = strlen(given);
	differ = n != m;
	for (i = 0; i < n; i++) /* always as many steps, whatever was given */
		differ = (unsigned char)(differ | (secret[i] ^ given[m ? i % m : 0]));
	return differ == 0;
}

E2E__FN bool e2e_cookie(const char *variable, const char *value)
{
	return e2e_same_secret(value, getenv(variable));
}

struct e2e__shake {
	e2e_proc *p;
	struct e2e_handshake *hs;
	int core;
	double limit;
	e2e_failure f;
};

/* Waits for the first line; NULL and the failure if there is none. */
E2E__FN char *e2e__handshake_line(struct e2e__shake *s)
{
	double end = e2e__system_wait_until(s->limit);
	struct e2e__process *own = s->p->own;
	const char *out = e2e_stdout(s->p);
	char *line;

	e2e__wait_waiting("the handshake of %.120s (pid %ld)", s->p->command, (long)s->p->pid);
	while (!strchr(out, '\n') && !own->exited && e2e_now() < end) {
		e2e__wait_doze(e2e_now() + 0.002 < end ? e2e_now() + 0.002 : end);
		e2e__wait_look();
		e2e__wait_check_exits();
		out = e2e_stdout(s->p);
	}

	if (!strchr(out, '\n')) {
		const char *err = e2e_stderr(s->p);

		s->f.diff = *err ? e2e_printf("stderr:\n%s", err) : NULL;
		s->f.got = *out ? e2e_printf("%s without a line end", e2e_quoted(out))
				: "nothing on stdout";
		s->f.want = "core|app|network|address|protocol";
		if (own->exited) {
			s->f.message = e2e_printf("%s ended with %s before its handshake",
				s->p->command, e2e__system_status_word(own->exit_status));
			s->f.hint =
				"is its cookie in the environment? e2e_spawn_with((e2e_spawn_opts){.env = "
				"E2E_ARGV(\"NAME=value\")}, ...)";
		} else {
			s->f.message = e2e_printf(
				"%s has said nothing within %g s", s->p->command, s->limit);
			s->f.code = "timeout";
			s->f.hint =
				"does it flush its stdout? e2e_handshake(p, &hs, seconds) waits longer";
		}
		return NULL;
	}

	line = e2e__memory_strdup(out);
	line[strcspn(line, "\n")] = 0;
	if (*line && line[strlen(line) - 1] == '\r')
		line[strlen(line) - 1] = 0;
	return line;
}

/* A version: digits and nothing else, or 4294967297 would be 1. */
E2E__FN bool e2e__handshake_number(const char *text, int *number)
{
	size_t n = strspn(text, "0123456789");

	*number = n ? (int)strtol(text, NULL, 10) : 0;
	return n > 0 && n < 10 && !text[n];
}

/* What follows is what e2e_expect and E2E_LINE look at. */
E2E__FN void e2e__handshake_consumed(struct e2e__log *log)
{
	const char *end = (const char *)memchr(log->text, '\n', log->size);
	size_t n = end ? (size_t)(end - log->text) + 1 : 0;

	if (log->matched < n)
		log->matched = n;
}

/* Takes the line apart; false and the failure if it is none. */
E2E__FN bool e2e__handshake_fields(struct e2e__shake *s, char *line)
{
	char *field[6];
	const char *wrong;
	struct sockaddr_storage buffer;
	unsigned size;
	int n = 0;

	s->f.got = e2e_quoted(line);
	s->f.want = "core|app|network|address|protocol";
	for (; line && n < 6; n++) {
		field[n] = line;
		line = n < 5 ? strchr(line, '|') : NULL; /* the sixth is the rest */
		if (line)
			*line++ = 0;
	}

	if (n < 5 || !e2e__handshake_number(field[0], &s->hs->core) ||
		!e2e__handshake_number(field[1], &s->hs->app) || !*field[4]) {
		s->f.message = e2e_printf("the first line of %s is no handshake", s->p->command);
		s->f.hint = "a plugin's stdout begins with its handshake: let it log to stderr";
		return false;
	}

	s->hs->network = field[2];
	s->hs->address = field[3];
	s->hs->protocol = field[4];
	s->hs->certificate = n > 5 && *field[5] ? field[5] : NULL;
	s->hs->endpoint = e2e_printf("%s:%s", field[2], field[3]);
	if (s->hs->core != s->core) {
		s->f.message = e2e_printf("%s speaks core version %d of the handshake, not %d",
			s->p->command, s->hs->core, s->core);
		s->f.hint = "e2e_handshake_core(p, &hs, core, seconds) wants another one";
		return false;
	}

	wrong = e2e__endpoint_resolve(s->hs->endpoint, &buffer, &size);
	if (!wrong && strcmp(s->hs->network, "tcp") == 0 && e2e_endpoint_port(s->hs->endpoint) < 1)
		wrong = "it names no port";
	if (wrong)
		s->f.message = e2e_printf("%s can't be reached: %s", s->p->command, wrong);
	s->f.hint = "the network is tcp (host:port) or unix (a path)";
	return !wrong;
}

E2E__FN bool e2e__handshake(
	const char *file, int line, e2e_proc *p, struct e2e_handshake *hs, int core, double seconds)
{
	struct e2e__shake s;
	char *text;
	bool ok;

	memset(&s, 0, sizeof s);
	memset(hs, 0, sizeof *hs);
	s.p = p;
	s.hs = hs;
	s.core = core;
	s.limit = e2e__system_patience(seconds);
	s.f.code = "handshake";
	e2e__wait_op_begin(file, line);
	p->own->anticipated = true; /* its end is our failure, in our words */
	text = e2e__handshake_line(&s);
	ok = text && e2e__handshake_fields(&s, text);
	if (text)
		e2e__handshake_consumed(&p->own->out);
	p->own->anticipated = false;
	e2e__wait_op_end();
	return e2e_report(file, line, ok, e2e_printf("handshake of %s", p->name), &s.f);
}

/* ---- proc/steps.h ---- */

/* A line of expected output. */
struct e2e__expected {
	char kind; /* ' ' as it is, 'r' (re), 'g' (glob), 'e' (esc) */
	bool no_eol;
	const char *line; /* as in the text, without the indent */
	const char *text; /* without its (word) */
	size_t n;         /* of text */
	regex_t re;
	size_t match; /* the line of output that it stands for, from 1; 0: none */
};

/* A command and what it shall print. */
struct e2e__command {
	size_t at, out,
		/* its line, the first of its output, and the line behind that; of the file, from
		 * 0 */
		end;
	size_t indent; /* bytes */
	char *command;
	struct e2e__expected *want;
	size_t nwant;
	int status;
	bool has_status;
};

struct e2e__scenario {
	const char *file;
	int line; /* of the test, for what isn't about a line of the text */
	const char *path;
	const char *const *params;
	char **text; /* lines without line ends */
	size_t n;
	bool markdown, update, ended; /* ended: the shell is gone, or there was none */
	struct e2e__command *step;
	size_t steps, capacity;
	e2e_proc *shell;
	const char *dir;
	struct e2e__buf out; /* the updated text */
	size_t copied;       /* lines of the text that are in it */
	size_t updated;
};

E2E__FN void e2e__step_die(
	const struct e2e__scenario *s, size_t at, const char *message, const char *hint)
{
	e2e__system_die_of(at ? s->path : s->file, at ? (int)at : s->line, "e2e_scenario",
		"scenario", message, hint);
}

E2E__FN void e2e__step_read(struct e2e__scenario *s)
{
	size_t size = 0, i, capacity = 2;
	char *text = e2e__file_read(s->path, &size), *p;
	const char *dot = strrchr(s->path, '.');

	if (!text)
		e2e__step_die(s, 0, e2e_printf("can't read %s: %s", s->path, strerror(errno)),
			"the path is seen from the folder that the test runs in");
	if (strlen(text) != size)
		e2e__step_die(
			s, 0, e2e_printf("%s holds NUL bytes", s->path), "a scenario is a text");
	s->markdown = dot && (strcasecmp(dot, ".md") == 0 || strcasecmp(dot, ".markdown") == 0);
	for (i = 0; i < size; i++)
		capacity += text[i] == '\n';
	s->text = (char **)e2e__memory_alloc(capacity * sizeof *s->text);
	for (p = text; *p;) {
		char *end = strchr(p, '\n');

		s->text[s->n++] = p;
		if (!end)
			break;
		*end = 0;
		p = end + 1;
	}
}

E2E__FN size_t e2e__step_indent(const char *line)
{
	return strspn(line, " \t");
}

/* The fence that this line opens: its sign and length, and whether its block is for us. 0: none. */
E2E__FN size_t e2e__step_fence(const char *line, char *sign, bool *console)
{
	size_t n;

	line += e2e__step_indent(line);
	*sign = *line;
	if (*sign != '`' && *sign != '~')
		return 0;
	for (n = 0; line[n] == *sign; n++)
		;
	if (n < 3 || (*sign == '`' && strchr(line + n, '`')))
		return 0;
	line += n;
	line += strspn(line, " \t{.");
	*console = strncasecmp(line, "console", 7) == 0 &&
		!strchr(E2E__ALNUM "-_", line[7] ? line[7] : ' ');
	return n;
}

E2E__FN bool e2e__step_fence_ends(const char *line, char sign, size_t length)
{
	size_t n = 0;

	line += e2e__step_indent(line);
	while (line[n] == sign)
		n++;
	return n >= length && !line[n + strspn(line + n, " \t\r")];
}

/* "$ command" or "> more" at this indent? Returns what follows. */
E2E__FN const char *e2e__step_prompt(const char *line, size_t indent, char sign)
{
	if (strlen(line) <= indent || e2e__step_indent(line) != indent || line[indent] != sign)
		return NULL;
	if (line[indent + 1] == ' ')
		return line + indent + 2;
	return sign == '>' && !line[indent + 1] ? "" : NULL;
}

/* \n, \t, \x41, \033, \\ -> bytes. Returns their number. */
E2E__FN size_t e2e__step_unescape(char *s)
{
	char *from = s, *to = s;

	while (*from) {
		static const char names[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
		const char *known = *from == '\\' && from[1] ? strchr(names, from[1]) : NULL;
		int base = *from != '\\'                   ? 0
			: from[1] == 'x'                   ? 16
			: from[1] >= '0' && from[1] <= '7' ? 8
							   : 0;

		if (known) {
			*to++ = bytes[known - names];
			from += 2;
		} else if (base) {
			char digits[4] = {0, 0, 0, 0};
			char *end;

			memcpy(digits, from + (base == 16 ? 2 : 1),
				strnlen(from + (base == 16 ? 2 : 1), base == 16 ? 2 : 3));
			*to++ = (char)strtoul(digits, &end, base);
			from += (base == 16 ? 2 : 1) + (end - digits);
		} else {
			*to++ = *from++;
		}
	}

	*to = 0;
	return (size_t)(to - s);
}

/* $name and ${name} of the parameters become their values; other dollars stay. */
E2E__FN const char *e2e__step_parameters(const struct e2e__scenario *s, const char *text)
{
	static const char name_signs[] = E2E__ALNUM "_";
	E2E__BUF(b, 256);
	char *copy;

	if (!strchr(text, '$') || !s->params[0])
		return text;
	while (*text) {
		bool braces = text[0] == '$' && text[1] == '{';
		const char *name = text + 1 + braces;
		size_t n = *text == '$' ? strspn(name, name_signs) : 0, i;

		for (i = 0; n && s->params[i]; i++)
			if (strncmp(s->params[i], name, n) == 0 && s->params[i][n] == '=')
				break;
		if (n && s->params[i] && (!braces || name[n] == '}')) {
			e2e__buf_adds(&b, s->params[i] + n + 1);
			text = name + n + braces;
		} else {
			e2e__buf_add(&b, text++, 1);
		}
	}

	e2e__buf_add(&b, "", 1);
	copy = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return copy;
}

/* Cuts " (word)" off the end. */
E2E__FN bool e2e__step_suffix(char *line, const char *word)
{
	size_t n = strlen(line), k = strlen(word);

	if (n < k || strcmp(line + n - k, word) != 0)
		return false;
	line[n - k] = 0;
	return true;
}

E2E__FN void e2e__step_expect_line(
	struct e2e__scenario *s, struct e2e__expected *w, const char *line, size_t at)
{
	char *text = e2e__memory_strdup(line);

	w->line = line;
	w->kind = ' ';
	w->no_eol = e2e__step_suffix(text, " (no-eol)");
	if (e2e__step_suffix(text, " (esc)"))
		w->kind = 'e';
	else if (e2e__step_suffix(text, " (re)"))
		w->kind = 'r';
	else if (e2e__step_suffix(text, " (glob)"))
		w->kind = 'g';
	w->n = w->kind == 'e' ? e2e__step_unescape(text) : strlen(text);
	w->text = text;
	if (w->kind == 'r') {
		char why[200];
		int error = regcomp(&w->re, e2e_printf("^(%s)$", text), REG_EXTENDED | REG_NOSUB);

		if (error) {
			regerror(error, &w->re, why, sizeof why);
			e2e__step_die(s, at + 1,
				e2e_printf(
					"%s is no regular expression: %s", e2e_quoted(text), why),
				"(re) takes POSIX extended ones; (glob) is simpler");
		}
	} else if (w->kind != 'e') {
		w->text = e2e__step_parameters(s, text);
		w->n = strlen(w->text);
	}
}

/* Is this line, in a block that ends at `end`, still output of a command with this indent? */
E2E__FN bool e2e__step_still_output(
	const struct e2e__scenario *s, size_t i, size_t end, size_t indent, bool fenced)
{
	const char *line = s->text[i];

	if (!line[strspn(line, " \t\r")] && strlen(line) <= indent) {
		/* empty: output only if more of it follows */
		if (!fenced && !indent)
			return false;
		while (i < end && !s->text[i][strspn(s->text[i], " \t\r")])
			i++;
		return i < end && !e2e__step_prompt(s->text[i], indent, '$') &&
			(fenced || e2e__step_indent(s->text[i]) >= indent);
	}
	if (e2e__step_prompt(line, indent, '$'))
		return false;
	return fenced || e2e__step_indent(line) >= indent;
}

/* One command from line i on. Returns the line behind it. */
E2E__FN size_t e2e__step_step(struct e2e__scenario *s, size_t i, size_t end, bool fenced)
{
	struct e2e__command *t;
	const char *more;
	size_t k;
	E2E__BUF(b, 256);

	if (s->steps == s->capacity) {
		struct e2e__command *bigger = (struct e2e__command *)e2e__memory_alloc(
			(s->capacity * 2 + 16) * sizeof *bigger);

		if (s->steps)
			memcpy(bigger, s->step, s->steps * sizeof *bigger);
		s->step = bigger;
		s->capacity = s->capacity * 2 + 16;
	}

	t = &s->step[s->steps++];
	t->at = i;
	t->indent = e2e__step_indent(s->text[i]);
	e2e__buf_adds(&b, e2e__step_prompt(s->text[i], t->indent, '$'));
	while (++i < end && (more = e2e__step_prompt(s->text[i], t->indent, '>')) != NULL)
		e2e__buf_addf(&b, "\n%s", more);
	e2e__buf_add(&b, "", 1);
	t->command = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	t->out = i;
	while (i < end && e2e__step_still_output(s, i, end, t->indent, fenced))
		i++;
	t->end = i;
	t->nwant = i - t->out;
	t->want = (struct e2e__expected *)e2e__memory_alloc((t->nwant + 1) * sizeof *t->want);
	for (k = 0; k < t->nwant; k++) {
		const char *line = s->text[t->out + k];
		size_t in = e2e__step_indent(line);

		e2e__step_expect_line(
			s, &t->want[k], line + (in < t->indent ? in : t->indent), t->out + k);
	}

	if (t->nwant) {
		const struct e2e__expected *last = &t->want[t->nwant - 1];
		size_t digits = *last->line == '[' ? strspn(last->line + 1, "0123456789") : 0;

		if (digits && digits < 4 && strcmp(last->line + 1 + digits, "]") == 0) {
			t->status = (int)strtol(last->line + 1, NULL, 10);
			t->has_status = true;
			t->nwant--;
		}
	}

	return i;
}

/* A fenced block of lines [i, end). What stands before its first command would be checked by
 * nobody. */
E2E__FN void e2e__step_block(struct e2e__scenario *s, size_t i, size_t end)
{
	while (i < end) {
		const char *line = s->text[i];

		if (e2e__step_prompt(line, e2e__step_indent(line), '$'))
			i = e2e__step_step(s, i, end, true);
		else if (line[strspn(line, " \t\r")])
			e2e__step_die(s, i + 1, "output without a command in a console block",
				"a command begins with `$ `; a block that isn't to be run needs another name");
		else
			i++;
	}
}

E2E__FN void e2e__step_parse(struct e2e__scenario *s)
{
	size_t i = 0, end, length;
	bool console;
	char sign;

	while (i < s->n) {
		if (s->markdown && (length = e2e__step_fence(s->text[i], &sign, &console)) > 0) {
			for (end = i + 1;
				end < s->n && !e2e__step_fence_ends(s->text[end], sign, length);
				end++)
				;
			if (end == s->n)
				/* whatever it is named: a console block in the rest would never be
				 * run */
				e2e__step_die(s, i + 1, "this block doesn't end",
					"close it with the same fence");
			if (console)
				e2e__step_block(s, i + 1, end);
			i = end + 1;
		} else if (!s->markdown &&
			e2e__step_prompt(s->text[i], e2e__step_indent(s->text[i]), '$')) {
			i = e2e__step_step(s, i, s->n, false);
		} else {
			i++;
		}
	}
}

/* ---- proc/scenario.h ---- */

/* Where the text is: seen from here, from where the program was started, beside the test's source
 * or in a folder above it. A path that leads nowhere stays as it was given. */
E2E__FN const char *e2e__scenario_find(const char *file, const char *path)
{
	const char *found = path;

	if (*path == '/' || access(path, F_OK) == 0)
		return path;
	found = e2e__beside_from_start(path);
	if (access(found, F_OK) == 0)
		return found;
	found = e2e__beside_find(file, path);
	if (!found)
		found = e2e__beside_above(e2e__beside_source_folder(file), path);
	return found ? found : path;
}

/* Variables of the commands: ours first, so that parameters win. */
E2E__FN const char *const *e2e__scenario_env(const struct e2e__scenario *s)
{
	static const char *const fixed[] = {
		"LC_ALL=C", "LANGUAGE=C", "TZ=UTC0", "COLUMNS=80", "CDPATH=", "PS1=$ ", "ENV="};
	size_t n = sizeof fixed / sizeof *fixed, i = 0, k;
	const char **env, *slash = strrchr(s->path, '/');
	char here[PATH_MAX] = ".";

	while (s->params[i])
		i++;
	env = (const char **)e2e__memory_alloc((n + i + 3) * sizeof *env);
	memcpy(env, fixed, sizeof fixed);
	if (!getcwd(here, sizeof here))
		strcpy(here, ".");
	env[n++] = *s->path == '/' ? e2e_printf("TESTDIR=%.*s", (int)(slash - s->path), s->path)
		: slash ? e2e_printf("TESTDIR=%s/%.*s", here, (int)(slash - s->path), s->path)
			: e2e_printf("TESTDIR=%s", here);
	env[n++] = e2e_printf("TESTTMP=%s", e2e__folder_tmpdir(s->file, s->line));
	for (k = 0; k < i; k++)
		env[n++] = s->params[k];
	return env;
}

/* A text in single quotes, as sh reads it. */
E2E__FN void e2e__scenario_add_sh(struct e2e__buf *b, const char *text)
{
	e2e__buf_adds(b, "'");
	for (; *text; text++)
		e2e__buf_add(b, *text == '\'' ? "'\\''" : text, *text == '\'' ? 4 : 1);
	e2e__buf_adds(b, "'");
}

/* Writes to the shell, which reads whenever it isn't busy: it will. */
E2E__FN void e2e__scenario_type(struct e2e__scenario *s, const char *text, size_t n)
{
	while (n) {
		ssize_t k = write(s->shell->stdin_fd, text, n);

		if (k < 0 && errno != EINTR && errno != EAGAIN)
			return; /* the shell has ended: its status says so */
		if (k > 0) {
			text += k;
			n -= (size_t)k;
		} else {
			poll(NULL, 0, 1);
		}
	}
}

enum { E2E__NOT_ENDED = INT_MIN }; /* a status that no process has */

/* Runs one command: its output is in a file then. Returns its status. */
E2E__FN int e2e__scenario_run(struct e2e__scenario *s, const struct e2e__command *t,
	const char *out, const char *done, double limit)
{
	static const char *const sh[] = {"sh", NULL};
	double begin, end = e2e__system_wait_until(limit);
	int status = E2E__NOT_ENDED;
	E2E__BUF(b, 1024);

	if (!s->shell) {
		e2e_spawn_opts o;

		memset(&o, 0, sizeof o);
		o.env = e2e__scenario_env(s);
		s->shell = e2e__spawn(s->file, s->line, &o, sh);
	}

	e2e__buf_adds(&b, "{ eval ");
	e2e__scenario_add_sh(&b, t->command);
	e2e__buf_adds(&b, "; } </dev/null >");
	e2e__scenario_add_sh(&b, out);
	e2e__buf_adds(&b, " 2>&1\necho $? >");
	e2e__scenario_add_sh(&b, done);
	e2e__buf_adds(&b, "\n");
	e2e__wait_op_begin(s->file, s->line);
	e2e__wait_waiting("the command at %.100s:%d: %s", s->path, (int)t->at + 1, t->command);
	s->shell->own->anticipated = true; /* a command may exit */
	e2e__scenario_type(s, b.p, b.n);
	e2e__buf_free(&b);
	for (begin = e2e_now();;) {
		size_t size = 0;
		bool ended = s->shell->own->exited;
		char *text = e2e__file_read(done, &size);
		double now = e2e_now();

		if (text && size && text[size - 1] == '\n') {
			status = (int)strtol(text, NULL, 10);
			break;
		}
		if (ended) {
			status = s->shell->own->exit_status;
			s->ended = true;
			break;
		}
		if (now >= end)
			break;
		if (now < begin + 0.02)
			e2e__clock_nap(0.0003); /* most commands are short */
		else
			e2e__wait_doze(now + 0.005);
		e2e__wait_look();
		e2e__wait_check_exits();
	}

	e2e__wait_op_end();
	return status;
}

/* * and ?, and a backslash before them. */
E2E__FN bool e2e__scenario_glob(const char *p, const char *s)
{
	const char *star = NULL, *from = NULL;

	while (*s || *p) {
		if (*p == '*') {
			star = ++p;
			from = s;
			continue;
		}
		if (*s && (*p == '?' || (*p == '\\' && p[1] ? p[1] : *p) == *s)) {
			p += *p == '\\' && p[1] ? 2 : 1;
			s++;
			continue;
		}
		if (!star || !*from)
			return false;
		p = star;
		s = ++from;
	}

	return true;
}

struct e2e__output {
	char **line;
	size_t *length;
	size_t n;
	bool no_eol;
	int error; /* why it couldn't be read, or 0 */
};

E2E__FN struct e2e__output e2e__scenario_output_read(const char *path)
{
	struct e2e__output o;
	size_t size = 0, i, lines = 1;
	char *text = e2e__file_read(path, &size), *p, *end;

	memset(&o, 0, sizeof o);
	if (!text) {
		o.error = errno ? errno : EIO;
		return o;
	}

	for (i = 0; i < size; i++)
		lines += text[i] == '\n';
	o.line = (char **)e2e__memory_alloc(lines * sizeof *o.line);
	o.length = (size_t *)e2e__memory_alloc(lines * sizeof *o.length);
	for (p = text; p < text + size; p = end + 1) {
		end = (char *)memchr(p, '\n', (size_t)(text + size - p));
		if (!end) {
			o.no_eol = true;
			end = text + size;
		}
		*end = 0;
		o.line[o.n] = p;
		o.length[o.n++] = (size_t)(end - p);
	}

	return o;
}

E2E__FN bool e2e__scenario_line_fits(
	const struct e2e__expected *w, const struct e2e__output *o, size_t i)
{
	if (w->no_eol && !(o->no_eol && i + 1 == o->n))
		return false;
	if (w->kind == 'r')
		return strlen(o->line[i]) == o->length[i] &&
			regexec(&w->re, o->line[i], 0, NULL, 0) == 0;
	if (w->kind == 'g')
		return strlen(o->line[i]) == o->length[i] &&
			e2e__scenario_glob(w->text, o->line[i]);
	return w->n == o->length[i] && memcmp(w->text, o->line[i], w->n) == 0;
}

/* Marks which expected line stands for which line of output, as many as can be in order. True: all
 * of both.
 */
E2E__FN bool e2e__scenario_align(struct e2e__command *t, const struct e2e__output *o)
{
	size_t n = t->nwant, m = o->n, i, k, first = 0;
	unsigned *best;

	while (first < n && first < m && e2e__scenario_line_fits(&t->want[first], o, first)) {
		t->want[first].match = first + 1;
		first++;
	}

	if (first == n && first == m)
		return true;
	n -= first;
	m -= first;
	if (n > 4000000 / (m + 1))
		return false; /* too much to compare: the rest counts as different */
	best = (unsigned *)calloc((n + 1) * (m + 1), sizeof *best);
	if (!best)
		return false;
#define E2E__BEST(i, k) best[(i) * (m + 1) + (k)]
	for (i = n; i-- > 0;)
		for (k = m; k-- > 0;) {
			unsigned a = E2E__BEST(i + 1, k), b = E2E__BEST(i, k + 1), c = 0;

			if (e2e__scenario_line_fits(&t->want[first + i], o, first + k))
				c = E2E__BEST(i + 1, k + 1) + 1;
			E2E__BEST(i, k) = c > a && c > b ? c : a > b ? a : b;
		}
	for (i = k = 0; i < n && k < m;) {
		if (E2E__BEST(i, k) == E2E__BEST(i + 1, k))
			i++;
		else if (E2E__BEST(i, k) == E2E__BEST(i, k + 1))
			k++;
		else
			t->want[first + i++].match = first + ++k;
	}
#undef E2E__BEST
	free(best);
	return false;
}

/* A line of output as the text would have it; one that would be read as something else is
 * escaped. */
E2E__FN void e2e__scenario_add_output(struct e2e__buf *b, const char *line, size_t n, bool last)
{
	static const char *const words[] = {" (re)", " (glob)", " (esc)", " (no-eol)"};
	bool escape = !n || line[0] == ' ' || line[0] == '\t' ||
		((line[0] == '$' || line[0] == '>') && line[1] == ' ') ||
		strncmp(line, "```", 3) == 0 || strncmp(line, "~~~", 3) == 0 || line[n - 1] == ' ';
	size_t i;

	for (i = 0; i < n; i++)
		escape = escape || (unsigned char)line[i] < 32 || line[i] == 127;
	for (i = 0; i < 4 && n; i++)
		escape = escape ||
			(n >= strlen(words[i]) &&
				strcmp(line + n - strlen(words[i]), words[i]) == 0);
	escape = escape || (last && n && line[0] == '[' && line[n - 1] == ']');
	if (!escape) {
		e2e__buf_add(b, line, n);
		return;
	}

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c == '\\')
			e2e__buf_adds(b, "\\\\");
		else if (c == '\t')
			e2e__buf_adds(b, "\\t");
		else if (c < 32 || c == 127 || (i == 0 && strchr(" $>`~", c)))
			e2e__buf_addf(b, "\\x%02x", c);
		else
			e2e__buf_add(b, line + i, 1);
	}

	e2e__buf_adds(b, " (esc)");
}

/* Copies the text up to a line. */
E2E__FN void e2e__scenario_copy(struct e2e__scenario *s, size_t to)
{
	for (; s->copied < to; s->copied++)
		e2e__buf_addf(&s->out, "%s\n", s->text[s->copied]);
}

/* --update: what came out takes the place of what was expected. */
E2E__FN void e2e__scenario_update(struct e2e__scenario *s, const struct e2e__command *t,
	const struct e2e__output *o, int status)
{
	size_t i, k;

	e2e__scenario_copy(s, t->out);
	for (k = 0; k < o->n; k++) {
		e2e__buf_add(&s->out, s->text[t->at], t->indent);
		for (i = 0; i < t->nwant && t->want[i].match != k + 1; i++)
			;
		if (i < t->nwant)
			e2e__buf_adds(&s->out, t->want[i].line);
		else
			e2e__scenario_add_output(&s->out, o->line[k], o->length[k], k + 1 == o->n);
		e2e__buf_adds(&s->out, "\n");
	}

	if (status != 0) {
		e2e__buf_add(&s->out, s->text[t->at], t->indent);
		e2e__buf_addf(&s->out, "[%d]\n", status);
	}

	s->copied = t->end;
	s->updated++;
}

/* Both sides as texts whose only differences are the real ones: a pattern that fits shows what it
 * fits. */
E2E__FN void e2e__scenario_sides(const struct e2e__command *t, const struct e2e__output *o,
	int status, struct e2e__buf *want, struct e2e__buf *got)
{
	size_t i;

	for (i = 0; i < t->nwant; i++)
		e2e__buf_addf(want, "%s\n",
			t->want[i].match ? o->line[t->want[i].match - 1] : t->want[i].line);
	for (i = 0; i < o->n; i++)
		e2e__buf_addf(got, "%s\n", o->line[i]);
	if (t->status)
		e2e__buf_addf(want, "[%d]\n", t->status);
	if (status)
		e2e__buf_addf(got, "[%d]\n", status);
	e2e__buf_add(want, "", 1);
	e2e__buf_add(got, "", 1);
}

/* Does a line of the text have this name? */
E2E__FN bool e2e__scenario_says(const struct e2e__scenario *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strstr(s->text[i], name))
			return true;
	return false;
}

/* What to think of where a command's output differs: of a parameter that nothing in the text asks
 * for, if there is one. */
E2E__FN const char *e2e__scenario_hint(const struct e2e__scenario *s)
{
	for (size_t i = 0; s->params[i]; i++) {
		const char *name =
			e2e_printf("%.*s", (int)strcspn(s->params[i], "="), s->params[i]);

		if (!e2e__scenario_says(s, name))
			return e2e_printf(
				"the parameter %s stands nowhere in %s: is its name right?", name,
				s->path);
	}

	return "if this is right now, run the test with --update";
}

E2E__FN bool e2e__scenario_command_report(struct e2e__scenario *s, struct e2e__command *t,
	const struct e2e__output *o, int status, bool same, double limit)
{
	e2e_failure f = e2e__system_failure(NULL, NULL, NULL);
	bool ok = same && status == t->status && !o->error;
	char *name = e2e__memory_strdup(t->command);
	E2E__BUF(want, 1024);
	E2E__BUF(got, 1024);

	name[strcspn(name, "\n")] = 0;
	if (!ok && s->update && status >= 0 && !o->error) {
		e2e__scenario_update(s, t, o, status);
		ok = true;
	}

	e2e__story_tell("scenario", "command", false, "$ %.140s", name);
	if (!ok) {
		e2e__scenario_sides(t, o, status < 0 ? 0 : status, &want, &got);
		f.code = status == E2E__NOT_ENDED ? "timeout" : "scenario";
		f.message = status == E2E__NOT_ENDED
			? e2e_printf("the command didn't end within %g s", limit)
			: o->error ? e2e_printf("its output can't be read: %s", strerror(o->error))
			: status < 0
			? e2e_printf("the shell was ended by %s", e2e__system_status_word(status))
			: same                ? "the exit status differs"
			: status != t->status ? "output and exit status differ"
					      : "the output differs";
		f.got = status == t->status || status < 0 ? e2e_quoted(got.p)
							  : e2e_printf("exit status %d", status);
		f.want = status == t->status || status < 0
			? e2e_quoted(want.p)
			: e2e_printf("exit status %d", t->status);
		f.diff = e2e__diff(got.p, want.p);
		if (!f.diff && strcmp(got.p, want.p) != 0) /* one line each */
			f.diff = e2e_printf("--- want\n+++ got\n%s%s%s%s", *want.p ? "- " : "",
				want.p, *got.p ? "+ " : "", got.p);
		f.hint = e2e__scenario_hint(s);
	}

	ok = e2e_report(s->path, (int)t->at + 1, ok, name, &f);
	e2e__buf_free(&want);
	e2e__buf_free(&got);
	return ok;
}

/* The shell's end: it is given no more commands. What it has left running is judged with the
 * case. */
E2E__FN void e2e__scenario_close(struct e2e__scenario *s, bool kill_it)
{
	struct e2e__process *own;

	if (!s->shell)
		return;
	own = s->shell->own;
	e2e__wait_op_begin(s->file, s->line);
	own->anticipated = true;
	e2e__end_stdin_close(own);
	if (kill_it || !e2e__wait_await(5))
		e2e__end_group(own, "the scenario's end");
	e2e__end_reap(own);
	e2e__wait_op_end();
	s->shell = NULL;
	s->ended = false;
}

E2E__FN void e2e__scenario_write(struct e2e__scenario *s)
{
	char real[PATH_MAX];
	const char *path = realpath(s->path, real) ? real : s->path; /* a link stays a link */
	const char *part = e2e_printf("%s.new", path);
	struct stat st;
	FILE *f;

	e2e__scenario_copy(s, s->n);
	f = fopen(part, "w");
	if (!f || fwrite(s->out.p, 1, s->out.n, f) != s->out.n || fclose(f) != 0 ||
		(stat(path, &st) == 0 && chmod(part, st.st_mode & 07777) != 0) ||
		rename(part, path) != 0)
		e2e__step_die(s, 0, e2e_printf("can't write %s: %s", path, strerror(errno)),
			"--update needs a folder that can be written");
	e2e_diag("%s: the output of %lu commands was updated", s->path, (unsigned long)s->updated);
}

/* All commands in turn; false if one was not as the text says. */
E2E__FN bool e2e__scenario_play(struct e2e__scenario *s)
{
	double limit = e2e__system_patience(-1);
	bool ok = true;
	size_t i;

	for (i = 0; i < s->steps; i++) {
		struct e2e__command *t = &s->step[i];
		const char *out = e2e_printf("%s/%lu.out", s->dir, (unsigned long)i + 1);
		int status = e2e__scenario_run(s, t, out,
			e2e_printf("%s/%lu.status", s->dir, (unsigned long)i + 1), limit);
		struct e2e__output o = e2e__scenario_output_read(out);

		if (s->ended || status == E2E__NOT_ENDED)
			e2e__scenario_close(s, status == E2E__NOT_ENDED);
		if (status == 80 && t->status != 80) {
			e2e__scenario_close(s, false);
			if (ok)
				e2e_skip("%s:%d: %s", s->path, (int)t->at + 1,
					o.n && *o.line[o.n - 1] ? o.line[o.n - 1]
								: "exit status 80");
			e2e_diag("%s:%d: exit status 80 doesn't skip after a failure", s->path,
				(int)t->at + 1);
			return false;
		}
		ok = e2e__scenario_command_report(
			     s, t, &o, status, e2e__scenario_align(t, &o), limit) &&
			ok;
		if (status == E2E__NOT_ENDED) {
			if (i + 1 < s->steps)
				e2e_diag("%s: %lu more commands were not run", s->path,
					(unsigned long)(s->steps - i - 1));
			return false;
		}
	}

	return ok;
}

E2E__FN bool e2e__scenario(const char *file, int line, const char *const *args)
{
	struct e2e__scenario s;
	char buffer[1024];
	size_t i, k;
	bool ok;

	memset(&s, 0, sizeof s);
	s.file = file;
	s.line = line;
	s.path = e2e__scenario_find(file, args[0]);
	s.params = args + 1;
	s.update = e2e__state.opt[E2E__UPDATE] != NULL;
	s.out.p = buffer;
	s.out.size = sizeof buffer;
	for (i = 0; s.params[i]; i++)
		if (!strchr(s.params[i], '=') || strchr(s.params[i], '=') == s.params[i])
			e2e__step_die(&s, 0,
				e2e_printf("the parameter %s has no `=`", e2e_quoted(s.params[i])),
				"e2e_scenario(file, \"name=value\", ...)");
	e2e__step_read(&s);
	e2e__step_parse(&s);
	if (!s.steps)
		e2e__step_die(&s, 0, e2e_printf("%s has no command", s.path),
			s.markdown ? "commands stand in fenced blocks named console, behind `$ `"
				   : "commands begin with `$ `");
	s.dir = e2e_printf("%s/%s", e2e__folder_tmpdir(file, line), e2e_unique("scenario"));
	if (e2e__file_mkdirs(s.dir, 0700) != 0)
		e2e__step_die(&s, 0, e2e_printf("can't make %s: %s", s.dir, strerror(errno)), NULL);
	ok = e2e__scenario_play(&s);
	e2e__scenario_close(&s, false);
	if (s.updated)
		e2e__scenario_write(&s);
	for (i = 0; i < s.steps; i++)
		for (k = 0; k < s.step[i].nwant; k++)
			if (s.step[i].want[k].kind == 'r')
				regfree(&s.step[i].want[k].re);
	e2e__buf_free(&s.out);
	return ok;
}

/* ---- proc/literate.h ---- */

/* "name=value"? */
E2E__FN bool e2e__literate_is_parameter(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n > 0 && word[n] == '=' && !(word[0] >= '0' && word[0] <= '9');
}

/* Does this option take what follows it? */
E2E__FN bool e2e__literate_takes_next(const char *option)
{
	const struct e2e__optdef *d = e2e__option_optdefs();

	for (int i = 0; i < E2E__OPTS; i++) {
		bool named = strcmp(option, d[i].name) == 0 ||
			(option[0] == '-' && d[i].letter && option[1] == d[i].letter && !option[2]);

		if (named)
			return !d[i].flag;
	}
	for (const struct e2e__option *o = e2e__state.options; o; o = o->next)
		if (strcmp(option, o->name) == 0)
			return o->arg != NULL;
	return false;
}

E2E__FN void e2e__literate_run(void)
{
	const char *const *words = e2e__net.literate;

	e2e__scenario(words[0], 1, words);
}

/* Takes the parameters out of the arguments. */
E2E__FN int e2e__literate_main(int argc, char **argv)
{
	const char *text = getenv("E2E_SOURCE");
	const char **words = (const char **)calloc((size_t)argc + 2, sizeof *words);
	size_t n = 0;
	int kept = argc > 0;

	if (!text || !words) {
		fprintf(stderr, "e2e: %s is a part of prove: run its text by prove\n",
			argc > 0 ? argv[0] : "this program");
		return 99;
	}
	words[n++] = strdup(text);
	e2e__net.literate = words;
	for (int i = 1; i < argc; i++) {
		bool own = argv[i][0] != '-' && !e2e__literate_takes_next(argv[i - 1]);

		if (own && !e2e__literate_is_parameter(argv[i])) {
			fprintf(stderr,
				"e2e: \"%s\" behind :: is neither an option nor a parameter of %s:"
				" name=value\n",
				argv[i], text);
			return 99;
		}
		if (own)
			words[n++] = argv[i];
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	e2e__state.words = words + 1;
	return e2e_main(kept, argv);
}

#endif /* E2E_EXTERN */

#ifdef __cplusplus
}
#endif

/* MIT licence. Copyright (c) 2026 the e2e authors.
 * Permission is granted, free of charge, to use, copy, modify, merge, publish, distribute,
 * sublicense and sell this file, provided that this notice stays in it. It comes as is, without
 * warranty of any kind. */
#endif /* E2E_PROC_H */
