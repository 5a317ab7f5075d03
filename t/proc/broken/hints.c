/* Cases that fail in ways that many fall into; t/proc/hints.c looks at the advice. */
#include "e2e_proc.h"

static int binds_without_reuse(void *arg)
{
	struct sockaddr_in address;
	int fd = socket(AF_INET, SOCK_STREAM, 0), port = *(int *)arg;
	memset(&address, 0, sizeof address);
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, sizeof address)) {
		fprintf(stderr, "bind to %d: Address already in use\n", port);
		return 1;
	}
	return sleep(1000) > 0;
}
E2E_TEST(held_port)
{
	int port = e2e_port();
	e2e_ready(e2e_spawn_fn(binds_without_reuse, &port), E2E_PORT(port));
}
E2E_TEST(taken_port)
{
	e2e_ready(e2e_spawn("sh", "-c", "echo 'bind: Address already in use' >&2; exit 1"), E2E_PORT(9));
}
E2E_TEST(goes_to_the_background) { e2e_ready(e2e_spawn("sh", "-c", "sleep 76501 & exit 0"), E2E_PORT(9)); }
E2E_TEST(is_in_the_background)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "sleep 76502 & exit 0");
	e2e_eventually(60, e2e_exited(p));
}
E2E_TEST(just_ends)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "exit 0");
	e2e_eventually(60, e2e_exited(p));
}
E2E_TEST(one_of_several_is_missing) { e2e_spawn_par(E2E_ARGV("sleep", "76506"), E2E_ARGV("no-such-command")); }
E2E_TEST(several_words) { e2e_spawn("sleep 76507", "again"); }
E2E_TEST(leaves_a_child) { e2e_run("sh", "-c", "sleep 76503 & exit 3"); }
E2E_TEST(says_nothing) { e2e_ready(e2e_spawn("sh", "-c", "exit 4"), E2E_PORT(9)); }
E2E_TEST(says_something) { e2e_ready(e2e_spawn("sh", "-c", "echo no; exit 4"), E2E_PORT(9)); }
static e2e_proc *prints(const char *text)
{
	return e2e_spawn("sh", "-c", e2e_printf("printf '%s'; exec sleep 76508", text));
}
static void becomes_ready(e2e_proc *p, const char *line)
{
	e2e_must(e2e_ready(p, E2E_LINE("^begins"), E2E_WITHIN(60)));
	e2e_ready(p, E2E_LINE(line), E2E_WITHIN(0.5));
	e2e_kill(p);
}
E2E_TEST(other_case) { becomes_ready(prints("begins\\nListening on 80\\n"), "listening on ([0-9]+)"); }
E2E_TEST(literal_line) { becomes_ready(prints("begins\\nup (1)\\n"), "up (1)"); }
E2E_TEST(unended_line) { becomes_ready(prints("begins\\nlogin: "), "login:"); }
E2E_TEST(used_line) { becomes_ready(prints("begins now\\nelse\\n"), "now$"); }
E2E_TEST(other_case_expected)
{
	e2e_proc *p = prints("begins\\nPassword: ");
	e2e_must(e2e_ready(p, E2E_LINE("^begins"), E2E_WITHIN(60)));
	e2e_proc_timeout(0.5);
	e2e_expect(p, "password: $");
	e2e_kill(p);
}
E2E_TEST(other_case_logged)
{
	const char *log = e2e_printf("%s/own.log", e2e_tmpdir());
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.log_file = log}, "sh", "-c", "printf 'begins\\nUp\\n' >\"$0\"; exec sleep 76509", log);
	e2e_must(e2e_ready(p, E2E_LOGGED("^begins"), E2E_WITHIN(60)));
	e2e_ready(p, E2E_LOGGED("^up$"), E2E_WITHIN(0.5));
	e2e_kill(p);
}
E2E_TEST(no_pid_file)
{
	e2e_proc_timeout(0.1);
	e2e_adopt("/no/such/folder/pid");
}
static void adopts(const char *text)
{
	const char *path = e2e_printf("%s/x.pid", e2e_tmpdir());
	e2e_run("sh", "-c", "printf %s \"$1\" >\"$0\"", path, text);
	e2e_proc_timeout(0.1);
	e2e_adopt(path);
}
E2E_TEST(empty_pid_file) { adopts(""); }
E2E_TEST(words_in_pid_file) { adopts("running"); }
E2E_TEST(init_in_pid_file) { adopts("1"); }
E2E_TEST(signal_to_the_gone)
{
	e2e_proc *p = e2e_spawn("true");
	e2e_wait(p, 0);
	e2e_signal_group(p, SIGTERM);
}
E2E_TEST(folder_of_another_user)
{
	const char *dir = e2e_printf("%s/closed", e2e_tmpdir());
	mkdir(dir, 0700);
	e2e_run_with((e2e_spawn_opts){.user = "nobody", .cwd = dir}, "true");
}
E2E_TEST(no_folder) { e2e_run_with((e2e_spawn_opts){.cwd = "/no/such/folder"}, "true"); }
E2E_TEST(abstract_mode)
{
	e2e_listen("unix:@e2e-hints-abstract");
	e2e_is_socket("@e2e-hints-abstract", 0600);
}
E2E_TEST(taken_twice)
{
	const char *name = e2e_printf("unix:@%s", e2e_unique("hints"));
	e2e_listen(name);
	e2e_listen(name);
}
E2E_TEST(nobody_under_a_name) { e2e_dial("unix:@e2e-hints-nobody"); }
E2E_TEST(nobody_at_a_path)
{
	const char *path = e2e_printf("unix:%s/s", e2e_tmpdir());
	close(e2e_listen(path));
	e2e_dial(path);
}
E2E_TEST(nobody_at_a_port)
{
	int port = e2e_port();
	e2e_dial(e2e_printf("tcp:127.0.0.1:%d", port));
}
E2E_TEST(no_scheme) { e2e_dial("127.0.0.1:80"); }
E2E_TEST(no_scheme_to_listen) { e2e_listen("127.0.0.1:80"); }

/* As a C program's stdio does it: what is said goes out at the end. */
static int buffers(void *arg)
{
	sigset_t set;
	int signo;
	(void)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	setvbuf(stdout, NULL, _IOFBF, 4096); /* musl lets the first line through without that */
	printf("ready now\n");
	fprintf(stderr, "it is in the buffer\n");
	sigwait(&set, &signo);
	return 0;
}
static e2e_proc *buffering(void)
{
	e2e_proc *p = e2e_spawn_fn(buffers, NULL);

	e2e_must(e2e_ready(p, E2E_LINE("^it is in the buffer")));
	return p;
}
E2E_TEST(buffered) { e2e_must(e2e_ready(buffering(), E2E_LINE("^ready"), E2E_WITHIN(0.3))); }
E2E_TEST(buffered_words) { e2e_must(e2e_expect(buffering(), "^ready", 0.3)); }

static e2e_proc *dies(void)
{
	siginfo_t info;
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.name = "server"}, "sleep", "76506");
	kill(p->pid, SIGKILL);
	waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOWAIT);
	return p;
}
E2E_TEST(died_before)
{
	dies();
	e2e_is_int(-1, 5, "the answer");
}
E2E_TEST(died_after)
{
	e2e_wait(dies(), E2E_SIG(SIGKILL));
	e2e_is_int(-1, 5, "the answer");
}

static e2e_proc *told_to_die(int signo)
{
	e2e_proc *p = e2e_spawn("sleep", "76506");
	e2e_signal(p, signo);
	return p;
}
E2E_TEST(told_and_not_waited_for)
{
	told_to_die(SIGINT);
	e2e_run("sleep", "76506");
}
E2E_TEST(told_and_forgotten)
{
	e2e_wait(told_to_die(SIGKILL), 0);
}

E2E_MAIN()
