/* service.c - one server for a whole run: whichever test program needs it first starts it, the others use it, and it ends
 * with the run, whatever ends the run. Alone, the program's cases share it.
 *
 *	examples/service.t                           the cases below share one
 *	./prove -j2 examples/service.t other.t       so do all programs that call e2e_service("web", ...) */
#include "e2e_proc.h"

/* Runs once. What it spawns belongs to the service; what it returns is what e2e_service returns to everybody. */
static const char *start_web(void *arg)
{
	int port = e2e_port();
	e2e_proc *web = e2e_spawn("busybox", "httpd", "-f", "-p", e2e_printf("127.0.0.1:%d", port), "-h", (const char *)arg);
	e2e_must(e2e_ready(web, E2E_PORT(port)));
	return e2e_printf("http://127.0.0.1:%d", port);
}

static const char *url;

E2E_SETUP()
{
	e2e_require_command("busybox");
	e2e_require_command("curl");
	url = e2e_service("web", start_web, (void *)(uintptr_t) "/usr/share/doc");
}

E2E_TEST(first)
{
	e2e_is_int(e2e_run("curl", "-s", url).status, 0);
	e2e_note("%s, process %ld", url, (long)e2e_service_pid("web"));
}

E2E_TEST(second)
{
	e2e_is_int(e2e_run("curl", "-s", url).status, 0);
	e2e_note("%s, process %ld: the same", url, (long)e2e_service_pid("web"));
}

E2E_MAIN()
