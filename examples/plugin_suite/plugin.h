/* plugin.h - what all files of the suite have in common: how the plugin is built, started and talked to.
 *
 * A test program includes it and has E2E_SETUP() run before each of its cases. The plugin is compiled once for its
 * text, by whichever program comes first, and each case gets a copy (e2e_cached); it counts which of its lines are
 * run. Where the counts go, KV_COVERAGE says: see suite.c. */
#define E2E_OPENSSL
#include "e2e_proc.h"

#define COOKIE "KV_COOKIE=open sesame"

/* The one plugin of a case, and what it has said. */
static e2e_proc *plugin;
static e2e_handshake said;
static const char *kv;

/* Not -o kv kv.c: gcc names its notes for gcov after the object. */
static bool build(const char *dir, void *source)
{
	e2e_spawn_opts in_dir = {.cwd = dir};
	e2e_result r = e2e_run_with(in_dir, "gcc", "-Wall", "-O0", "-g", "--coverage", "-c", "-o",
		"kv.o", (const char *)source);

	return e2e_is_int(r.status, 0, "the plugin compiles: %s", r.err) &&
		e2e_is_int(e2e_run_with(in_dir, "gcc", "--coverage", "-o", "kv", "kv.o", "-lssl",
				   "-lcrypto", "-pthread")
				   .status,
			0);
}

E2E_SETUP()
{
	const char *source = e2e_data("kv/kv.c"), *counts = getenv("KV_COVERAGE");

	e2e_require_command("gcc");
	kv = e2e_printf("%s/kv",
		e2e_cached("kv", e2e_printf("%s\n%s", source, e2e_read_file(source, NULL)), build,
			(void *)source));

	/* The environment is the case's own: the next one finds it as it was. */
	e2e_setenv("TMPDIR", e2e_tmpdir());
	e2e_setenv("GCOV_PREFIX", counts ? counts : e2e_tmpdir());
	e2e_setenv("GCOV_PREFIX_STRIP", "99");
	/* other programs do the same at the same time */
	if (counts)
		e2e_is_int(e2e_run("sh", "-c", "cp \"$0\" \"$1/$$\" && mv \"$1/$$\" \"$1/kv.gcno\"",
				   e2e_printf("%s.gcno", kv), counts)
				   .status,
			0);
}

/* Starts the plugin with these settings: spawn_kv(COOKIE, "KV_NETWORK=tcp"). */
#define spawn_kv(...) e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV(__VA_ARGS__)}, kv)

/* The same, and shakes hands: start(COOKIE). */
#define start(...) (plugin = spawn_kv(__VA_ARGS__), e2e_must(e2e_handshake(plugin, &said)))

/* One line there, one line back. */
static inline const char *ask(int fd, const char *request)
{
	static char answer[8300];
	size_t n = 0;
	const char *line = e2e_printf("%s\n", request);

	if (write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		return "(can't write)";
	while (n < sizeof answer - 1 && read(fd, answer + n, 1) == 1 && answer[n] != '\n')
		n++;
	answer[n] = 0;
	return answer;
}
