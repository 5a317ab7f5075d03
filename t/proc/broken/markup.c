/* XML and HTML in cases that fail. */
/* e2e: libxml-2.0 */
#define E2E_LIBXML2
#include "e2e_proc.h"

static const char page[] = "<form id=login><input name=user></form>";

E2E_TEST(xml)
{
	e2e_is_xml("<a>\n  <b></a>");
}

E2E_TEST(html)
{
	e2e_is_html("<!DOCTYPE html><html><body><p>x\n</b></p></body></html>");
}

E2E_TEST(null)
{
	e2e_is_xml(NULL);
}

E2E_TEST(empty)
{
	e2e_is_xml("");
}

E2E_TEST(bad_xpath)
{
	e2e_xpath("<a/>", "//", NULL);
}

E2E_TEST(no_form)
{
	e2e_html_form(page, "x");
}

E2E_TEST(bad_each)
{
	e2e_xpath_each("<a/>", "//a", "concat(", NULL);
}

E2E_TEST(no_link)
{
	e2e_html_link("<a href=x>there</a> <a href=y>once more</a>", "here");
}

E2E_TEST(no_field_to_add)
{
	e2e_form_add(e2e_html_form(page, "login"), "usr", "joe");
}

E2E_TEST(no_field)
{
	e2e_form_set(e2e_html_form(page, "login"), "usr", "joe");
}

E2E_MAIN()
