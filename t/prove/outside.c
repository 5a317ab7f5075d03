/* prove together with other programs: debuggers, terminals, the shells' completion, and the recipes of the manual. Each
 * case is skipped where its program isn't installed (make deps). */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

static e2e_result shell(const char *command)
{
	return e2e_run_with((e2e_spawn_opts){.timeout = 60}, "sh", "-c", command, driver);
}

E2E_TEST(the_debugger)
{
	e2e_result r;
	e2e_require_command("gdb");
	text_file("a.c", "#include <stdio.h>\nint main(int argc, char **argv) { printf(\"1..1\\nok 1 - %d %s\\n\", argc, argv[1]); return 0; }\n");
	r = shell("printf 'set debuginfod enabled off\\nbreak main\\nrun\\nprint argc\\ncontinue\\nquit\\n' | \"$0\" --gdb a.c :: one two 2>&1");
	if (strstr(r.out, "ptrace"))
		e2e_skip("debuggers may not trace here");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "Breakpoint 1, main ");
	e2e_like(r.out, "\\$1 = 3\n");
	e2e_like(r.out, "ok 1 - 3 one\n");
}

/* A case of e2e.h runs in a child otherwise, where no breakpoint is met. */
E2E_TEST(the_debugger_in_a_case, .timeout = 120)
{
	e2e_result r;
	e2e_require_command("gdb");
	e2e_is_int(e2e_run("sh", "-c", "cp \"${0%/*}/e2e.h\" .", driver).status, 0);
	text_file("a.c", "#include \"e2e.h\"\nE2E_TEST(one)\n{\n\te2e_pass();\n}\nE2E_MAIN()\n");
	r = shell("printf 'set debuginfod enabled off\\nbreak a.c:4\\nrun\\nbacktrace 1\\ncontinue\\nquit\\n' | \"$0\" --gdb a.c 2>&1");
	if (strstr(r.out, "ptrace"))
		e2e_skip("debuggers may not trace here");
	e2e_like(r.out, "Breakpoint 1, [^\n]* at ./a\\.c:4");
	e2e_like(r.out, "ok 1 - one\n");
}

static const char two_failures[] = "#include \"e2e.h\"\nE2E_TEST(one)\n{\n\te2e_pass();\n\te2e_is_int(1, 2);\n"
				   "\te2e_is_int(3, 4);\n}\nE2E_MAIN()\n";

/* Both stop at the first assertion that fails, and go on to the end from there. */
E2E_TEST(gdb_at_the_first_failure, .timeout = 120)
{
	e2e_require_command("gdb");
	e2e_is_int(e2e_run("sh", "-c", "cp \"${0%/*}/e2e.h\" .", driver).status, 0);
	text_file("a.c", two_failures);
	e2e_result r = shell("printf 'set debuginfod enabled off\\nrun\\nbacktrace 6\\ncontinue\\nquit\\n' | \"$0\" --gdb a.c 2>&1");
	if (strstr(r.out, "ptrace"))
		e2e_skip("debuggers may not trace here");
	e2e_like(r.out, "not ok 2 - 1 is 2\n(.*\n)*.*e2e__point_failed(.*\n)*.*a\\.c:5");
	e2e_like(r.out, "a\\.c:5(.*\n)*.*not ok 3 - 3 is 4\n");
}

E2E_TEST(lldb_at_the_first_failure, .timeout = 200)
{
	e2e_require_command("lldb");
	e2e_is_int(e2e_run("sh", "-c", "cp \"${0%/*}/e2e.h\" .", driver).status, 0);
	text_file("a.c", two_failures);
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.pty = true, .env = E2E_ARGV("TERM=dumb", "ASAN_OPTIONS=detect_leaks=0")}, driver, "--lldb", "a.c");
	e2e_expect(p, "\nBreakpoint 1: where = [^\n]*e2e__point_failed", 100);
	e2e_expect(p, "\\(lldb\\) $", 100);
	e2e_send(p, "run\n");
	e2e_expect(p, "stop reason = one-shot breakpoint|error: [^\n]*", 100);
	if (strstr(e2e_stdout(p), "\nerror: "))
		e2e_skip("debuggers may not trace here");
	e2e_expect(p, "\\(lldb\\) $", 100); /* what comes before the prompt loses its first letter */
	e2e_send(p, "bt 6\n");
	e2e_expect(p, "e2e__point_failed(.*\n)*.*a\\.c:5", 100);
	e2e_expect(p, "\\(lldb\\) $", 100);
	e2e_send(p, "continue\n");
	e2e_expect(p, "not ok 3 - 3 is 4", 100);
	e2e_expect(p, "exited with status = 1", 100);
	e2e_expect(p, "\\(lldb\\) $", 100);
	e2e_send(p, "quit\n");
	e2e_wait(p, 0, 100);
}

/* The live line follows the window: what is left of a longer one is cleared. */
E2E_TEST(a_window_that_gets_narrower, .timeout = 120)
{
	e2e_proc *p;
	e2e_require_command("stty");
	script("a_test_with_a_name_that_is_much_longer_than_the_window.t", "touch began; while [ ! -e go ]; do sleep 0.1; done; echo 1..1; echo ok 1\n");
	text_file("run", "stty cols 100; \"$PROVE\" *.t & while [ ! -e began ] || [ ! -e narrow ]; do sleep 0.1; done; stty cols 30; touch narrowed; wait $!\n");
	p = e2e_spawn_with((e2e_spawn_opts){.pty = true, .timeout = 60, .env = E2E_ARGV("TERM=xterm", e2e_printf("PROVE=%s", driver))}, "sh", "run");
	e2e_expect(p, "\\[0/1, [0-9]+ s\\] a_test_with_a_name_that_is_much_longer_than_the_window\\.t [0-9]+ s");
	text_file("narrow", "");
	e2e_expect(p, "\033\\[2A\r\033\\[J\\[0/1, [0-9]+ s\\] a_test_wit[a-z_]*\\.\\.\\.\r");
	text_file("go", "");
	e2e_wait(p, 0);
}

E2E_TEST(core_files)
{
	e2e_result r;
	text_file("a.c", "#include <stdio.h>\n#include <stdlib.h>\nint main(void) { puts(\"1..1\\nok 1\"); fflush(stdout); abort(); }\n");
	r = shell("ulimit -c unlimited; \"$0\" a.c 2>/dev/null; ls core* 2>/dev/null | sed 's/^/found /'");
	e2e_like(r.out, "\\(Wstat: 6 \\(Signal: ABRT\\) Tests: 1 Failed: 0\\)");
	e2e_skip_if(!strstr(r.out, "\nfound core"), "programs leave no core files in the current folder here");
	e2e_like(r.out, "\nCore file: gdb /[^\n]*/a\\.c[^\n]*/program core");
}

/* On a terminal: which tests run and for how long; the line makes room for each report. */
E2E_TEST(the_status_line)
{
	e2e_proc *p;
	script("a.t", "while [ ! -e go ]; do sleep 0.05; done; echo 1..1; echo ok 1\n");
	script("b.t", "while [ ! -e go ]; do sleep 0.05; done; echo 1..1; echo not ok 1; exit 1\n");
	p = e2e_spawn_with((e2e_spawn_opts){.pty = true, .timeout = 60, .env = E2E_ARGV("TERM=xterm")}, driver, "-j2", "a.t", "b.t");
	e2e_expect(p, "\\[0/2, [0-9]+ s\\] [ab]\\.t [0-9]+ s, [ab]\\.t [0-9]+ s");
	text_file("go", "");
	e2e_expect(p, "\r *\ra\\.t \\.\\. ok");
	e2e_expect(p, "b\\.t \\.\\. ");
	e2e_expect(p, "\033\\[31mFAIL\033\\[0m");
	e2e_wait(p, 1);
}

E2E_TEST(completion_of_bash)
{
	e2e_result r;
	e2e_require_command("bash");
	text_file("a.t", "");
	text_file("b.txt", "");
	r = e2e_run("bash", "-c",
	            "eval \"$(\"$0\" --completion bash)\"\n"
	            "try() { COMP_WORDS=(prove \"$@\"); COMP_CWORD=$#; COMPREPLY=(); _prove; echo \"$*: ${COMPREPLY[*]}\"; }\n"
	            "try --ti; try --state fa; try a; try --completion z; complete -p prove", driver);
	e2e_is_str(r.err, "");
	e2e_is_str(r.out, "--ti: --timer --timeout\n--state fa: failed fast\na: a.t\n--completion z: zsh\n"
	                  "complete -o filenames -F _prove prove\n");
}

E2E_TEST(completion_of_zsh)
{
	e2e_proc *p;
	e2e_require_command("zsh");
	mkdir("bin", 0777);
	e2e_is_int(symlink(driver, "bin/prove"), 0);
	p = e2e_spawn_with((e2e_spawn_opts){.pty = true, .timeout = 60, .env = E2E_ARGV("TERM=dumb", "PS1=% ", "HOME=.", "ZDOTDIR=.")},
	                   "zsh", "-f", "-i");
	e2e_expect(p, "[%#] ");
	e2e_send(p, "PATH=$PWD/bin:$PATH; autoload -U compinit && compinit -u -d dump && eval \"$(prove --completion zsh)\"; echo re''ady\n");
	e2e_expect(p, "ready\r?\n");
	e2e_send(p, "prove --timeo\t7 --state=fai\t --dry --norc /dev/null; echo en''ded $?\n");
	e2e_expect(p, "--timeout");
	e2e_expect(p, "--state=failed");
	e2e_expect(p, "ended 0");
	e2e_send(p, "exit\n");
	e2e_wait(p, 0);
}

/* The recipes of the manual */

E2E_TEST(again_on_each_change)
{
	e2e_result r;
	e2e_require_command("entr");
	script("a.t", "echo run >>runs; echo 1..1; echo ok 1\n");
	text_file("source", "1\n");
	/* -p -z: the first change, and no other; entr waits until a file has been left alone for a moment */
	r = shell("{ echo source | entr -n -p -z \"$0\" a.t; echo status $?; } & while [ ! -e runs ]; do echo 2 >>source; sleep 0.5; done; wait");
	e2e_like(r.out, "\nResult: PASS\nstatus 0\n$");
}

E2E_TEST(shards_by_gnu_parallel)
{
	e2e_result r;
	int i;
	e2e_require_command("parallel");
	for (i = 0; i < 5; i++)
		stream(e2e_printf("t/%d.t", i), i == 3 ? "1..1\nnot ok 1 - bad\n" : "1..1\nok 1\n", i == 3);
	r = shell("parallel --version | grep -q GNU || { echo no; exit; }\n"
	          "seq 3 | parallel --will-cite \"$0\" --shard {}/3 -a out.{}.tgz t >/dev/null 2>&1; \"$0\" out.*.tgz");
	e2e_skip_if(!strcmp(r.out, "no\n"), "this parallel isn't GNU's");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 1 - bad\n|\nFailed 1/1 subtests");
	e2e_like(r.out, "t/3\\.t[^\n]*\\(Wstat: 256 \\(exited 1\\) Tests: 1 Failed: 1\\)");
	e2e_like(r.out, "\nFiles=5, Tests=5,");
}

E2E_TEST(tests_on_another_host)
{
	e2e_result r;
	const char *sshd;
	e2e_proc *server;
	int port = e2e_port();
	e2e_require_command("ssh");
	sshd = access("/usr/sbin/sshd", X_OK) == 0 ? "/usr/sbin/sshd" : e2e_require_command("sshd");
	if (getuid() == 0)
		mkdir("/run/sshd", 0755); /* where it gives up its privileges */
	shell("ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f key && cp key.pub authorized");
	text_file("sshd.conf", e2e_printf("Port %d\nListenAddress 127.0.0.1\nHostKey %s/host\nAuthorizedKeysFile %s/authorized\nStrictModes no\n"
	                                  "PidFile none\nUsePAM no\nPasswordAuthentication no\n", port, e2e_tmpdir(), e2e_tmpdir()));
	text_file("ssh.conf", e2e_printf("Host far\nHostName 127.0.0.1\nPort %d\nIdentityFile %s/key\nIdentitiesOnly yes\nBatchMode yes\n"
	                                 "StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n", port, e2e_tmpdir()));
	server = e2e_spawn(sshd, "-D", "-e", "-f", e2e_printf("%s/sshd.conf", e2e_tmpdir()));
	e2e_ready(server, E2E_PORT(port));
	if (e2e_run("ssh", "-F", "ssh.conf", "far", "true").status != 0)
		e2e_skip("no login by ssh to this machine: see ssh.stderr");
	script("there/t/a.t", "echo 1..1; [ -n \"$SSH_CONNECTION\" ] && echo ok 1 - over there || echo not ok 1\n");
	script("there/t/b c.t", "echo 1..1; echo not ok 1; echo why >&2; exit 4\n");
	script("t/a.t", "echo 1..1; echo not ok 1 - here\n");
	r = e2e_run(driver, "-j2", "-e", e2e_printf("ssh -F ssh.conf far cd %s/there &&", e2e_tmpdir()), "t/a.t");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	script("there/t/a.t", "echo 1..1; echo not ok 1; exit 4\n");
	r = e2e_run(driver, "-e", e2e_printf("ssh -F ssh.conf far cd %s/there &&", e2e_tmpdir()), "t/a.t");
	e2e_like(r.out, "Non-zero exit status: 4\n", "exit statuses come back");
	e2e_kill(server);
}

/* Slurm on this one machine, with daemons, keys and ports of its own */
E2E_TEST(tests_as_jobs_of_slurm, .timeout = 240)
{
	e2e_result r;
	e2e_proc *munged, *control, *node;
	const char *dir = e2e_tmpdir();
	char *host;
	int i;
	e2e_proc_timeout(100); /* longer than the loop below asks */
	e2e_require_command("srun");
	e2e_skip_if(getuid() != 0, "Slurm's daemons run as root");
	e2e_setenv("PATH", e2e_printf("%s:/usr/sbin:/sbin", getenv("PATH")));
	e2e_require_command("munged");
	e2e_require_command("slurmctld");
	e2e_require_command("slurmd");
	mkdir("spool", 0755);
	mkdir("state", 0755);
	chmod(".", 0755);
	e2e_is_int(shell("umask 077; head -c 1024 /dev/urandom >munge.key").status, 0);
	munged = e2e_spawn("munged", "--foreground", "--force", e2e_printf("--socket=%s/munge", dir), e2e_printf("--key-file=%s/munge.key", dir),
	                   e2e_printf("--pid-file=%s/munge.pid", dir), e2e_printf("--log-file=%s/munge.log", dir), e2e_printf("--seed-file=%s/munge.seed", dir));
	e2e_ready(munged, E2E_FILE("munge"));
	host = e2e_printf("%s", shell("hostname -s | tr -d '\\n'").out);
	text_file("slurm.conf", e2e_printf("ClusterName=one\nSlurmctldHost=%s(127.0.0.1)\nSlurmUser=root\nSlurmctldPort=%d\nSlurmdPort=%d\n"
	                                   "AuthType=auth/munge\nAuthInfo=socket=%s/munge\nProctrackType=proctrack/pgid\nTaskPlugin=task/none\n"
	                                   "SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\nReturnToService=2\nStateSaveLocation=%s/state\n"
	                                   "SlurmdSpoolDir=%s/spool\nSlurmctldPidFile=%s/ctld.pid\nSlurmdPidFile=%s/d.pid\n"
	                                   "NodeName=%s NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\nPartitionName=p Nodes=%s Default=YES State=UP\n",
	                                   host, e2e_port(), e2e_port(), dir, dir, dir, dir, dir, host, host));
	e2e_setenv("SLURM_CONF", e2e_printf("%s/slurm.conf", dir));
	control = e2e_spawn("slurmctld", "-D");
	node = e2e_spawn("slurmd", "-D");
	if (shell("n=0; until sinfo -h -o %t 2>/dev/null | grep -q idle; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.2; done").status != 0)
		e2e_skip("Slurm's node doesn't get ready here: see slurmd.stderr");
	for (i = 0; i < 3; i++)
		script(e2e_printf("t/%d.t", i), "echo 1..1; [ -n \"$SLURM_JOB_ID\" ] && echo ok 1 || echo not ok 1\n");
	script("t/3.t", "echo 1..1; echo not ok 1; exit 3\n");
	r = e2e_run_with((e2e_spawn_opts){.timeout = 60}, driver, "-j2", "-e", "srun -n1 -Q", "t");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "^t/0\\.t \\.\\. ok\nt/1\\.t \\.\\. ok\nt/2\\.t \\.\\. ok\nt/3\\.t");
	e2e_like(r.out, "Non-zero exit status: 3\nFiles=4, Tests=4,");

	/* the parts of a plan, as an array of jobs */
	e2e_is_int(e2e_run(driver, "--shard", "2", "--plan", "plan", "t").status, 0);
	text_file("part", "#!/bin/sh\n\"$1\" --shard $SLURM_ARRAY_TASK_ID/2 --plan plan -a out.$SLURM_ARRAY_TASK_ID.tgz t\n");
	r = e2e_run_with((e2e_spawn_opts){.timeout = 60}, "sbatch", "--wait", "-n1", "-a", "1-2", "part", driver);
	e2e_cmp_int(r.status, "!=", 0, "one of the parts fails");
	r = shell("\"$0\" out.*.tgz");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nFiles=4, Tests=4,");
	e2e_kill(node);
	e2e_kill(control);
	e2e_kill(munged);
}

E2E_MAIN()
