/* Plans: what spawn, wait, kill, stop, signal and run do when all goes well. */
#include "../golden.h"

E2E_TEST(run_gives_status_and_output)
{
	e2e_result r = e2e_run("sh", "-c", "echo out; echo err >&2; exit 7");
	e2e_is_int(r.status, 7);
	e2e_is_str(r.out, "out\n");
	e2e_is_str(r.err, "err\n");
	e2e_ok(r.seconds > 0 && r.seconds < 60);
	e2e_is_int(r.proc->running, 0);
	e2e_is_int(e2e_run("sh", "-c", "kill -9 $$").status, E2E_SIG(SIGKILL));
}

E2E_TEST(arguments_arrive_as_they_are)
{
	e2e_result r = e2e_run("printf", "%s|", "", "a b", "$HOME", "'\"\\", "*", "new\nline", "\xff");
	e2e_is_str(r.out, "|a b|$HOME|'\"\\|*|new\nline|\xff|");
	e2e_is_str(r.proc->command, "printf '%s|' '' 'a b' '$HOME' ''\\''\"\\' '*' 'new\nline' '\xff'");
}

E2E_TEST(spawn_and_wait_is_a_whole_case) { e2e_wait(e2e_spawn("true"), 0); }

E2E_TEST(statuses)
{
	e2e_wait(e2e_spawn("sh", "-c", "exit 255"), 255);
	e2e_wait(e2e_spawn("sh", "-c", "kill -ABRT $$"), E2E_SIG(SIGABRT));
	e2e_proc *p = e2e_spawn("sh", "-c", "exit 143");
	e2e_wait(p, 143);
	e2e_is_int(p->status, 143);
	e2e_isnt_int(E2E_SIG(SIGTERM), 143);
}

E2E_TEST(wait_after_the_exit)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "exit 4");
	e2e_eventually(30, kill(p->pid, 0) == 0 && e2e_exited(p));
	usleep(300000); /* the case's own code takes its time: the next operation is the wait */
	e2e_wait(p, 4);
}

E2E_TEST(kill_and_stop)
{
	e2e_proc *p = e2e_spawn("sleep", "1000");
	e2e_kill(p);
	e2e_is_int(p->status, E2E_SIG(SIGTERM));
	p = e2e_spawn("sh", "-c", "trap 'exit 0' TERM; echo up; while :; do sleep 0.01; done");
	e2e_ready(p, E2E_LINE("up"));
	e2e_kill(p);
	p = e2e_spawn("sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.01; done");
	e2e_ready(p, E2E_LINE("up"));
	e2e_stop(p, 9);
	p = e2e_spawn("sleep", "1000");
	e2e_signal(p, SIGSTOP);
	e2e_kill(p); /* also one that is stopped */
}

E2E_TEST(a_shell_s_word_for_sigterm)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "trap 'exit 143' TERM; echo up; while :; do sleep 0.01; done");
	e2e_ready(p, E2E_LINE("up"));
	e2e_kill(p);
	e2e_is_int(p->status, 143);
}

static e2e_spawn_opts at_the_root(void)
{
	return (e2e_spawn_opts){.cwd = "/"};
}

E2E_TEST(options_of_a_function)
{
	e2e_is_str(e2e_run_with(at_the_root(), "pwd").out, "/\n");
	e2e_wait(e2e_spawn_with(at_the_root(), "true"), 0);
}

static e2e_result compiled(const char *statement)
{
	const char *source = e2e_printf("%s/test.c", e2e_tmpdir());
	FILE *f = fopen(source, "w");
	if (!f)
		e2e_bail_out("can't write %s: %s", source, strerror(errno));
	fprintf(f, "#include \"e2e_proc.h\"\nE2E_TEST(a)\n{\n\te2e_proc *p = e2e_spawn(\"true\");\n\t%s;\n}\nE2E_MAIN()\n", statement);
	fclose(f);
	return e2e_run("cc", "-fsyntax-only", "-I.", source);
}

/* A wait that would look at no status is no wait: the compiler says so, at its line. */
E2E_TEST(a_wait_without_a_status)
{
	e2e_require_command("cc");
	static const char *const waits[] = {"e2e_wait(p)", "e2e_stop(p)", "e2e_wait(p, )"};
	e2e_is_int(compiled("e2e_wait(p, 0)").status, 0);
	e2e_is_int(compiled("e2e_stop(p, 0, 5.5)").status, 0);
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		e2e_result r = compiled(waits[i]);
		e2e_isnt_int(r.status, 0, "%s", waits[i]);
		e2e_like(r.err, "test[.]c:5:");
	}
}

E2E_TEST(signal)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "trap 'echo hup' HUP; echo up; while :; do read a; done");
	e2e_ready(p, E2E_LINE("up"));
	e2e_signal(p, SIGHUP);
	e2e_expect(p, "hup\n");
	e2e_signal(p, SIGKILL);
	e2e_wait(p, E2E_SIG(SIGKILL));
}

E2E_TEST(in_parallel)
{
	e2e_proc **p = e2e_spawn_par(E2E_ARGV("sh", "-c", "sleep 0.2; exit 1"), E2E_ARGV("true"),
	                             E2E_ARGV("sh", "-c", "kill -TERM $$"));
	e2e_ok(p[0] && p[1] && p[2] && !p[3]);
	e2e_wait_par(E2E_EXPECT(p[0], 1), E2E_EXPECT(p[2], E2E_SIG(SIGTERM)), E2E_EXPECT(p[1], 0));
}

E2E_TEST(logs_have_the_basename_and_a_number)
{
	e2e_run("echo", "one");
	e2e_run("/bin/echo", "two");
	e2e_result r = e2e_run_with((e2e_spawn_opts){.name = "other"}, "echo", "three");
	e2e_is_str(e2e_run("cat", e2e_printf("%s/echo.stdout", e2e_tmpdir())).out, "one\n");
	e2e_is_str(e2e_run("cat", e2e_printf("%s/echo-1.stdout", e2e_tmpdir())).out, "two\n");
	e2e_is_str(r.proc->out_path, e2e_printf("%s/other.stdout", e2e_tmpdir()));
	struct stat st;
	e2e_is_int(stat(r.proc->err_path, &st), 0);
	e2e_is_int(st.st_mode & 0777, 0600);
}

/* The number of entries of a folder; -1 if it isn't there. */
static int entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	if (!d)
		return -1;
	closedir(d);
	return n;
}

/* Logs are in memory first. Where that is, here: a folder of the case's own, so that nobody else's are there. */
E2E_TEST(logs_move_to_the_folder_when_somebody_asks)
{
	struct stat st;
	e2e_setenv("E2E_LOGS", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	e2e_proc *p = e2e_spawn("sh", "-c", "echo one; read line; echo two");
	e2e_ready(p, E2E_LINE("one"));
	const char *before = p->out_path, *dir = e2e_tmpdir();
	e2e_isnt_str(before, p->out_path, "the path is another one from now on");
	e2e_is_str(p->out_path, e2e_printf("%s/sh.stdout", dir));
	e2e_is_str(p->err_path, e2e_printf("%s/sh.stderr", dir));
	e2e_is_str(e2e__file_read(p->out_path, NULL), "one\n");
	e2e_wait(p, 0);
	e2e_is_str(e2e__file_read(p->out_path, NULL), "one\ntwo\n", "it goes on where it is");
	e2e_is_str(e2e__file_read(before, NULL), "one\ntwo\n", "also by its former path");
	e2e_is_str(e2e_stdout(p), "one\ntwo\n");
	e2e_proc *q = e2e_spawn("true");
	e2e_is_str(q->out_path, e2e_printf("%s/true.stdout", dir), "a later one is there at once");
	e2e_ok(!lstat(q->out_path, &st) && S_ISREG(st.st_mode));
	e2e_wait(q, 0);
}

E2E_TEST(logs_in_memory_stay_only_of_failed_cases)
{
	const char *tmp = e2e_printf("%s/tmp", e2e_tmpdir()), *memory = e2e_printf("%s/memory", e2e_tmpdir());
	mkdir(tmp, 0700);
	mkdir(memory, 0700);
	e2e_setenv("TMPDIR", tmp);
	e2e_setenv("E2E_LOGS", memory);
	e2e_result r = e2e_run(broken("proc"), "-k", "^leaves_logs_and_passes$");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, e2e_printf("# %s/e2e-proc.bin.leaves_logs_and_passes-....../sh.stdout", memory));
	e2e_is_int(entries(memory), 0);
	e2e_is_int(entries(tmp), 0, "a folder was never made");
	r = e2e_run(broken("proc"), "-k", "^leaves_logs_and_(dies|fails)$", "--seed", "1");
	e2e_is_int(r.status, 1);
	const char *place = e2e_printf("%s/e2e-proc.bin.leaves_logs_and_dies-......", tmp);
	e2e_like(r.out, e2e_printf("\n    \\+[0-9.]+ sh   \\| out\n    \\+[0-9.]+ sh   \\| err\n.*\n  folder: %s\n", place));
	e2e_like(r.out, e2e_printf("\n  folder: %s/e2e-proc.bin.leaves_logs_and_fails-......\n", tmp));
	e2e_is_str(e2e_run("sh", "-c", "cat \"$1\"/e2e-proc.bin.leaves_logs_and_fails-*/sh.stdout", "sh", tmp).out, "out\n");
	e2e_is_int(entries(memory), 0);
	e2e_is_int(entries(tmp), 2);
	r = e2e_run(broken("proc"), "-k", "^leaves_logs_and_passes$", "--keep");
	const char *kept = strstr(r.out, "\n# kept: ");
	e2e_must(e2e_ok(kept != NULL));
	e2e_is_str(e2e__file_read(e2e_printf("%.*s/sh.stderr", (int)strcspn(kept + 9, "\n"), kept + 9), NULL), "err\n");
	e2e_is_int(entries(memory), 0);
	e2e_is_int(entries(tmp), 3);
	e2e_setenv("E2E_LOGS", "");
	r = e2e_run(broken("proc"), "-k", "^leaves_logs_and_passes$");
	e2e_like(r.out, e2e_printf("# %s/e2e-proc.bin.leaves_logs_and_passes-....../sh.stdout", tmp));
	e2e_is_int(entries(tmp), 3);
	e2e_setenv("E2E_LOGS", memory);
	e2e_setenv("TMPDIR", "/no/such/folder");
	r = e2e_run(broken("proc"), "-k", "^leaves_logs_and_fails$");
	e2e_is_int(r.status, 1);
	place = e2e_printf("%s/e2e-proc.bin.leaves_logs_and_fails-......", memory);
	e2e_like(r.out, e2e_printf("\n# the logs stay in %s: cannot move them to /no/such/folder: No such file.*\n    \\(all of %s/sh.stdout\\)\n"
	                           "    out\n", place, place));
	e2e_is_int(entries(memory), 1);
}

E2E_TEST(environment)
{
	e2e_setenv("E2E_T_A", "case");
	e2e_setenv("E2E_T_B", "case");
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("E2E_T_A=mine", "E2E_T_B", "E2E_T_C=new=er")}, "sh", "-c",
	                            "echo $E2E_T_A ${E2E_T_B-unset} $E2E_T_C ${PATH:+path}");
	e2e_is_str(r.out, "mine unset new=er path\n");
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("ONLY=1"), .clear_env = true}, "env");
	e2e_like(r.out, "(^|\n)ONLY=1\n");
	e2e_unlike(r.out, "(^|\n)(PATH|HOME|E2E_T_A)=");
	r = e2e_run("env");
	e2e_unlike(r.out, "(^|\n)E2E_(FILTER|TAGS|SEED|CONFIG)=");
}

E2E_TEST(folder)
{
	const char *dir = e2e_printf("%s/here", e2e_tmpdir());
	e2e_is_int(mkdir(dir, 0700), 0);
	e2e_is_str(e2e_run_with((e2e_spawn_opts){.cwd = dir}, "sh", "-c", "pwd -P").out, e2e_printf("%s\n", dir));
	/* a relative name means the case's folder, not the child's */
	e2e_chdir(e2e_tmpdir());
	int fd = open("tool", O_WRONLY | O_CREAT, 0700);
	e2e_is_int(write(fd, "#!/bin/sh\necho tool\n", 20), 20);
	close(fd);
	e2e_is_str(e2e_run_with((e2e_spawn_opts){.cwd = "here"}, "./tool").out, "tool\n");
}

E2E_TEST(stdin_of_children)
{
	e2e_is_str(e2e_run("cat").out, "", "run: /dev/null");
	e2e_is_str(e2e_run_with((e2e_spawn_opts){.stdin_text = "a text"}, "cat").out, "a text");
	e2e_result r = e2e_run_with((e2e_spawn_opts){.stdin_text = "a\0b", .stdin_size = 3}, "cat");
	e2e_is_int((long long)r.out_size, 3);
	e2e_is_mem(r.out, "a\0b", 3);
	static char much[1 << 20];
	memset(much, 'x', sizeof much - 1);
	e2e_is_int((long long)e2e_run_with((e2e_spawn_opts){.stdin_text = much}, "cat").out_size, sizeof much - 1);
	e2e_is_str(e2e_run_with((e2e_spawn_opts){.stdin_file = r.proc->out_path}, "od", "-An", "-c").out,
	           "   a  \\0   b\n");
	e2e_proc *p = e2e_spawn("cat"); /* a pipe, which the wait closes */
	e2e_wait(p, 0);
}

E2E_TEST(children_have_nothing_of_the_tests)
{
	int fd[2];
	e2e_is_int(pipe(fd), 0);
	e2e_result r = e2e_run("sh", "-c", "ls /proc/self/fd | tr '\\n' ' '");
	e2e_is_str(r.out, "0 1 2 3 ", "3 is what ls opens itself");
	close(fd[0]);
	close(fd[1]);
	/* signals are as in a fresh program */
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGHUP, SIG_IGN);
	r = e2e_run("grep", "-E", "^Sig(Blk|Ign):", "/proc/self/status");
	/* Signals from 32 on may be ignored by whoever started the tests. */
	e2e_like(r.out, "^SigBlk:\t0{16}\nSigIgn:\t[0-9a-f]{8}[08]0{7}\n$");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	/* and each has a process group of its own */
	e2e_proc *p = e2e_spawn("sleep", "1000");
	e2e_is_int(getpgid(p->pid), p->pid);
	e2e_kill(p);
}

E2E_TEST(memory_limit)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.memory_mb = 64}, "sh", "-c", "ulimit -v");
	e2e_is_str(r.out, "65536\n");
}

static int child(void *arg)
{
	printf("child of %s\n", (const char *)arg);
	fprintf(stderr, "%d\n", getpid() == getpgid(0));
	return 3;
}

static void quiet_child(void *arg)
{
	(void)arg;
	e2e_ok(1, "assertions of a child count");
}

E2E_TEST(functions)
{
	printf("not twice");
	e2e_proc *p = e2e_spawn_fn(child, (void *)(uintptr_t) "mine");
	e2e_wait(p, 3);
	e2e_is_str(e2e_stdout(p), "child of mine\n");
	e2e_is_str(e2e_stderr(p), "1\n");
	e2e_is_str(p->name, "child");
	e2e_wait(e2e_spawn_fn(quiet_child, NULL), 0);
}

E2E_TEST(odd_output)
{
	e2e_result r = e2e_run("printf", "a\\0b\\0\\377");
	e2e_is_int((long long)r.out_size, 5);
	e2e_is_mem(r.out, "a\0b\0\xff", 6);
	e2e_proc *p = e2e_spawn("sh", "-c", "exec >&- 2>&-; sleep 0.05");
	e2e_wait(p, 0);
	e2e_is_str(e2e_stdout(p), "");
}

E2E_TEST(texts_stay_valid_while_a_log_grows)
{
	e2e_proc *p = e2e_spawn("cat");
	e2e_send(p, "one\n");
	e2e_expect(p, "one\n");
	const char *before = e2e_stdout(p);
	for (int i = 0; i < 200; i++)
		e2e_send(p, "a line of text that makes the log grow beyond what was there before\n");
	e2e_send_eof(p);
	e2e_wait(p, 0);
	e2e_ok(!strncmp(before, "one\n", 4));
	e2e_is_int((long long)e2e_stdout_size(p), 4 + 200 * 68);
}

E2E_TEST(two_hundred_at_once, .timeout = 120)
{
	enum { N = 200 };
	e2e_proc *p[N];
	for (int i = 0; i < N; i++)
		p[i] = e2e_spawn("sleep", "1000");
	for (int i = 0; i < N; i++)
		e2e_kill(p[i]);
	/* names are distinct */
	e2e_is_str(p[N - 1]->name, "sleep-199");
}

E2E_TEST(numbers_are_not_used_again_before_the_wait)
{
	e2e_proc *p = e2e_spawn("true");
	e2e_eventually(30, e2e_exited(p));
	e2e_is_int(kill(p->pid, 0), 0, "it is a zombie: its number can't be given to another process");
	e2e_wait(p, 0);
	e2e_is_int(kill(p->pid, 0), -1);
}

E2E_MAIN()
