#pragma once
#include "state.h"
#include "missed.h"
#include "loop.h"
#include "provision.h"
#include "clear.h"
#include "accounts.h"
#include "register.h"
#include "admin.h"
#include "discover.h"
#include "quirks.h"
#include "settings.h"

/* @manual Several servers; limits; many test programs
 *	./x.t --server prosody,ejabberd runs the suite on both; E2E_SERVERS("prosody,ejabberd") in
 *	the program makes that its default. libstrophe waits by select(): about
 *	1000 clients a case; more are refused with the number that would do. Clients are made in
 *	cases (E2E_SETUP, E2E_TEST), not in E2E_SUITE_SETUP.
 *	A project with many test programs may compile the functions once (see e2e.h, "Many test
 *	programs"), those of the other headers with them:
 *		cc -g -DE2E_IMPLEMENT -x c -c e2e_xmpp.h -o e2e_xmpp.o $(pkg-config --cflags \
 *			libstrophe openssl libsodium)
 *		cc -g -DE2E_EXTERN -o x.t x.c e2e_xmpp.o $(pkg-config --cflags --libs libstrophe \
 *			openssl libsodium)
 */

/* @interface */

/* The private servers that this program runs on where nobody says another: no --server, no config.
 * Those of them that aren't installed are left out. At the top of the program, once. */
#define E2E_SERVERS(list) \
	static void e2e__main_set_servers(void) __attribute__((constructor)); \
	static void e2e__main_set_servers(void) \
	{ \
		e2e__xmpp.default_servers = list; \
	} \
	struct e2e__main_servers_are_set

/* E2E_MAIN's function, with `--server a,b`: the suite runs once for each, as a subtest of this
 * name. */
E2E__FN int e2e__main(int argc, char **argv);
#define e2e_main(argc, argv) e2e__main(argc, argv)

/* @implementation */

static void e2e__main_register(void) __attribute__((constructor));
static void e2e__main_register(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	if (s->on)
		return;
	s->on = true;
	s->hooks.start = e2e__setting_check_config;
	s->hooks.case_over = e2e__clear_case_over;
	s->hooks.case_end = e2e__accounts_case_end;
	s->hooks.idle = e2e__loop_idle;
	s->hooks.failing = e2e__missed_failing;
	e2e__hook(&s->hooks);
	e2e__provision_offer("register", e2e__register_initialise, e2e__register_make_client);
	e2e__provision_offer("admin", e2e__admin_initialise, e2e__admin_make_client);
	s->provider.peer = e2e__discover_peer;
	s->provider.feature = e2e__discover_feature;
	s->provider.identity = e2e__discover_identity;
	s->provider.quirk = e2e__quirk_has;
	s->provider.asked = e2e__discover_asked;
	e2e_provide(&s->provider);
	for (struct e2e__section *section = e2e__provision_sections(); section->name; section++)
		e2e__config_add_section(section);
	s->server_option.name = "--server";
	s->server_option.env = "E2E_SERVER";
	s->server_option.arg = "NAME[,NAME]";
	s->server_option.join = ",";
	s->server_option.help = "private XMPP servers to run on: prosody, ejabberd";
	e2e__option_add(&s->server_option);
	s->record_option.name = "--record";
	s->record_option.env = "E2E_RECORD";
	s->record_option.arg = "FILE";
	s->record_option.help =
		"append the XMPP stanzas of all clients to FILE, a script that replays them";
	e2e__option_add(&s->record_option);
}

/* Does anything say where clients come from? */
E2E__FN bool e2e__main_is_told(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--config", 8) == 0)
			return true;
	return getenv("E2E_SERVER") || getenv("E2E_CONFIG") ||
		access(".local/e2e.ini", F_OK) == 0 || access(".local/e2etest.ini", F_OK) == 0;
}

/* Those of E2E_SERVERS that are installed, and what is no server's name; NULL: none. */
E2E__FN const char *e2e__main_default(int argc, char **argv)
{
	char *names, *name, *rest = NULL;
	const char *list = NULL;

	if (!e2e__xmpp.default_servers || e2e__main_is_told(argc, argv))
		return NULL;
	names = strdup(e2e__xmpp.default_servers);
	for (name = strtok_r(names, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest))
		if ((strcmp(name, "prosody") != 0 && strcmp(name, "ejabberd") != 0) ||
			e2e__provision_local_installed(name))
			list = e2e_printf("%s%s%s", list ? list : "", list ? "," : "", name);
	free(names);
	return list;
}

/* The servers of --server, or of its variable, if there are several; those of E2E_SERVERS. */
E2E__FN const char *e2e__main_servers(int argc, char **argv)
{
	const char *list = NULL;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--server") == 0 && i + 1 < argc)
			list = e2e__option_joined(list, ",", argv[++i]);
		else if (strncmp(argv[i], "--server=", 9) == 0)
			list = e2e__option_joined(list, ",", argv[i] + 9);
		else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0 ||
			strcmp(argv[i], "--list") == 0 || strcmp(argv[i], "--version") == 0)
			return NULL;
	if (!list && !getenv("E2E_SERVER"))
		return e2e__main_default(argc, argv);
	list = list ? list : getenv("E2E_SERVER");
	return list && strchr(list, ',') ? list : NULL;
}

/* Copies a program's TAP, indented. Its Bail out! doesn't end the other servers' cases, so it
 * becomes a comment. */
E2E__FN void e2e__main_indent(FILE *from)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, from) > 0) {
		printf("%s%s",
			*line == '\n'                                ? ""
				: strncmp(line, "Bail out!", 9) != 0 ? "    "
								     : "    # ",
			line);
		fflush(stdout);
	}
	free(line);
}

/* The program for one server, and the signal that ends them all. */
E2E__FN volatile sig_atomic_t *e2e__main_inner(void)
{
	static volatile sig_atomic_t inner[2];

	return inner;
}

/* The program that runs says what hung; the others are not started. */
E2E__FN void e2e__main_told(int sig)
{
	volatile sig_atomic_t *inner = e2e__main_inner();

	inner[1] = sig;
	if (inner[0] > 0)
		kill((pid_t)inner[0], sig);
}

E2E__FN void e2e__main_catch(void)
{
	static const int sigs[] = {SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction sa, old;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = e2e__main_told;
	sa.sa_flags = SA_RESTART;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < 3; i++)
		if (sigaction(sigs[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(sigs[i], &sa, NULL);
}

/* Runs this program once more, for one server. Returns its exit status; 255: a signal. */
E2E__FN int e2e__main_run_for(int argc, char **argv, const char *server)
{
	char **args = (char **)calloc((size_t)argc + 3, sizeof *args);
	int out[2], n = 0, status = 0;
	FILE *from;
	pid_t pid;

	if (!args || pipe(out))
		return 99;
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--server") == 0)
			i++;
		else if (strncmp(argv[i], "--server=", 9) != 0)
			args[n++] = argv[i];
	args[n++] = (char *)(uintptr_t) "--server";
	args[n] = (char *)(uintptr_t)server;
	pid = fork();
	e2e__main_inner()[0] = (sig_atomic_t)pid;
	if (pid == 0) {
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		/* it is part of the run, whose servers it shares */
		if (e2e__proc.given_run_dir)
			setenv("E2E_RUN_DIR", e2e__proc.given_run_dir, 1);
#ifdef E2E__LINUX
		prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
		execv("/proc/self/exe", args);
#endif
		execvp(args[0], args);
		_exit(99);
	}

	close(out[1]);
	from = pid > 0 ? fdopen(out[0], "r") : NULL;
	if (from) {
		e2e__main_indent(from);
		fclose(from);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	e2e__main_inner()[0] = 0;
	free(args);
	if (pid > 0 && WIFSIGNALED(status))
		printf("    # the program died of signal %d\n", WTERMSIG(status));
	return pid < 0 ? 99 : WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

E2E__FN int e2e__main(int argc, char **argv)
{
	const char *list = e2e__main_servers(argc, argv);
	char *names, *name, *rest = NULL;
	const char *wrong;
	bool reported = getenv("E2E_TIMES") != NULL;
	int n = 0, worst = 0;

	if (!list)
		return (e2e_main)(argc, argv);
	names = strdup(list);
	for (name = strtok_r(names, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest), n++)
		if ((wrong = e2e__setting_wrong_server(name)) != NULL)
			e2e__exit_fatal("--server %s: %s: expected %s", list, name, wrong);
	if (!n)
		e2e__exit_fatal(
			"--server %s names no server: expected some of prosody, ejabberd", list);
	strcpy(names, list);
	n = 0;
	e2e__main_catch();
	printf("TAP version %d\n", e2e__main_choose_tap());
	for (name = strtok_r(names, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest)) {
		int status, told = e2e__main_inner()[1];

		if (told) {
			printf("ok %d - %s # SKIP not run: terminated by %s\n", ++n, name,
				e2e__clock_signal_name(told));
			worst = worst ? worst : 1;
			continue;
		}
		printf("# Subtest: %s\n", name);
		fflush(stdout);
		status = e2e__main_run_for(argc, argv, name);
		printf("%sok %d - %s\n", status ? "not " : "", ++n, name);
		if (reported) /* prove --specs has columns for each server */
			printf("  ---\n  server: %s\n  ...\n", name);
		if (status == 99)
			worst = 99;
		else if (status && !worst)
			worst = 1;
	}

	printf("1..%d\n", n);
	free(names);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "e2e: cannot write TAP to stdout: %s\n", strerror(errno));
		return 99;
	}

	return worst;
}
