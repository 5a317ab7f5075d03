/* Cases that say what they prove. Run by t/core/spec.c. */
#include "e2e.h"

E2E_TEST(joins, .spec = "XEP-0045 7.2, RFC 6121 5") { e2e_pass(); }

E2E_TEST(leaves, .spec = "XEP-0045 7.14") { e2e_is_int(1, 2); }

E2E_TEST(is_banned, .spec = "XEP-0045 9.1") { e2e_skip("no admin"); }

static const char *const nicks[] = {"a", "\"b\", <c>"};

E2E_TEST_EACH(takes_a_nick, nicks, .spec = "XEP-0045 7.2") { e2e_ok(**e2e_row(char *) == 'a'); }

E2E_TEST(later, .todo = "not yet", .spec = "RFC 6121 5") { e2e_fail("no"); }

E2E_TEST(crashes, .spec = "said \"so\"") { abort(); }

E2E_TEST(says_nothing) { e2e_pass(); }

E2E_MAIN()
