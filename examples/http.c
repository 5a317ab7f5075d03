/* A client of an HTTP API, here curl, meets a server that answers as the test says: well, late, and not at all.
 */
#include "e2e_proc.h"

E2E_TEST(the_client_asks_for_the_item)
{
	e2e_require_command("curl");
	e2e_http_stub *api = e2e_http_stub_open();
	e2e_http_answer(api, "GET /items/*", 200, "application/json", "{\"id\": 7}");

	e2e_result r = e2e_run("curl", "-sS", e2e_printf("%s/items/7?full=1", api->url));

	e2e_is_json(r.out, "{\"id\": 7}");
	e2e_is_str(api->request[0].path, "/items/7");
	e2e_is_str(api->request[0].query, "full=1");
}

E2E_TEST(the_client_tries_again)
{
	e2e_require_command("curl");
	e2e_http_stub *api = e2e_http_stub_open();
	e2e_http_answer(api, "POST /items", 201, NULL, NULL);
	e2e_http_fault(api, "POST /items", .status = 503, .first = 1);

	e2e_result r = e2e_run("curl", "-sS", "--retry", "2", "--retry-delay", "1", "-d", "name=x", e2e_printf("%s/items", api->url));

	e2e_is_int(r.status, 0);
	e2e_is_int(api->count, 2);
	e2e_is_str(api->request[1].body, "name=x");
}

E2E_TEST(the_client_notices_half_an_answer)
{
	e2e_require_command("curl");
	e2e_http_stub *api = e2e_http_stub_open();
	e2e_http_answer(api, "GET /", 200, "text/plain", "all of it");
	e2e_http_fault(api, "GET /", .truncate = 3);

	e2e_cmp_int(e2e_run("curl", "-sS", api->url).status, "!=", 0);
}

E2E_MAIN()
