/* E2E_PRINTER, e2e_is_struct and e2e_is_structs: equal ones here, t/core/broken/printer.c has those that differ. */
#include "../golden.h"

typedef struct {
	const char *from, *to;
	int64_t at;
} mail;

E2E_PRINTER(mail, mail, m)
{
	return e2e_printf("%s -> %s", m->from, m->to);
}

/* Nobody uses it: no warning says so. */
E2E_PRINTER(unused, int, n) { return e2e_printf("%d", *n); }

E2E_TEST(equal)
{
	char ada[] = "ada";
	mail a = {"ada", "bob", 1}, b = {ada, "bob", 2}, list[2] = {{"a", "b", 0}, {"c", "d", 0}};
	int evaluated = 0;

	e2e_is_struct(mail, &a, &b);
	e2e_is_struct(mail, &list[evaluated++], &list[0], "with a %s", "description");
	e2e_is_struct(mail, (mail *)NULL, NULL);
	e2e_is_int(evaluated, 1);
	e2e_is_structs(mail, list, list, 2);
	e2e_is_structs(mail, &a, &b, 1, "of %d", 1);
	e2e_is_structs(mail, list, &a, 0);
	e2e_is_structs(mail, (mail *)NULL, NULL, 7);
}

E2E_TEST(text)
{
	mail a = {"ada", "bob", 1};

	e2e_is_str(e2e_print_mail(&a), "ada -> bob");
	e2e_is_str(e2e_print_mail(NULL), NULL);
}

E2E_TEST(reports, .timeout = 120)
{
	golden("printer", "one", 1);
	golden("printer", "of_several_lines", 1);
	golden("printer", "arrays", 1);
}

E2E_MAIN()
