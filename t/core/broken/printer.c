/* Structs that differ. Run by t/core/printer.c. */
#include "e2e.h"

struct point {
	int x, y;
	long when; /* counts for nothing */
};

E2E_PRINTER(point, struct point, p) { return e2e_printf("(%d, %d)", p->x, p->y); }

struct server {
	const char *name;
	int port;
	bool tls;
};

E2E_PRINTER(server, struct server, s)
{
	return e2e_printf("name: %s\nport: %d\ntls: %s\n", e2e_quoted(s->name), s->port, s->tls ? "yes" : "no");
}

E2E_TEST(one)
{
	struct point a = {1, 2, 3}, b = {1, 4, 3};

	e2e_is_struct(point, &a, &b);
	e2e_is_struct(point, &a, NULL, "there is %s", "none");
	e2e_is_struct(point, (struct point *)NULL, &b);
}

E2E_TEST(of_several_lines)
{
	struct server a = {"muc.example", 5222, true}, b = {"muc.example", 5223, true};

	e2e_is_struct(server, &a, &b, "what is announced");
	e2e_is_struct(server, &a, NULL);
}

E2E_TEST(arrays)
{
	struct point a[20], b[20];
	int i;

	for (i = 0; i < 20; i++) {
		a[i].x = b[i].x = i;
		a[i].y = i > 3 ? 0 : 1;
		b[i].y = 1;
		a[i].when = i;
		b[i].when = 0;
	}
	e2e_is_structs(point, a, b, 4, "the first ones print alike");
	e2e_is_structs(point, a, b, 5);
	e2e_is_structs(point, a, b, 20, "the path of %d", 20);
	e2e_is_structs(point, a, NULL, 20);
}

E2E_MAIN()
