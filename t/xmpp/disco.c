/* e2e: libstrophe openssl libsodium */
/* Discovery, the guards that build on it, and quirks: on whatever server the config or --server names. */
#include "e2e_xmpp.h"

#define MUC "http://jabber.org/protocol/muc"
#define PUBSUB "http://jabber.org/protocol/pubsub"

E2E_TEST(features_have_providers)
{
	const char *muc = e2e_require_feature(MUC), *ping = e2e_require_feature("urn:xmpp:ping");
	size_t n = 0;
	const char *const *all = e2e_require_feature_all("http://jabber.org/protocol/disco#info", &n);

	e2e_like(muc, "^conference\\.");
	e2e_is_str(ping, "localhost");
	e2e_cmp_int(n, ">=", 2, "the server and its items");
	e2e_is_str(all[n], NULL);
	e2e_is_str(e2e_require_features(2, (const char *const[]){MUC, "http://jabber.org/protocol/disco#info"}), muc);
}

E2E_TEST(identities_have_providers)
{
	e2e_like(e2e_require_identity("conference", "text"), "^conference\\.");
	e2e_is_str(e2e_require_identity("server", "im"), "localhost");
}

E2E_TEST(pep)
{
	e2e_require_pep();
	e2e_pass("the account has it");
}

E2E_TEST(subset)
{
	const char *const *have, *who;

	who = e2e_require_feature_subset(
	    3, (const char *const[]){PUBSUB "#create-nodes", "urn:example:none", PUBSUB "#publish"}, 1,
	    (const char *const[]){PUBSUB}, &have);
	e2e_ok(who != NULL);
	e2e_is_list(have, ((const char *const[]){PUBSUB, PUBSUB "#create-nodes", PUBSUB "#publish", NULL}));
}

/* Whoever has the required features, and most of the others, is the one that e2e_require_feature names. */
E2E_TEST(subset_and_feature_agree)
{
	const char *const one[] = {PUBSUB "#create-nodes"}, *const rooms[] = {MUC}, *const * have;
	const char *const wanted[] = {PUBSUB "#publish", PUBSUB "#retrieve-items", "urn:xmpp:ping",
				      "http://jabber.org/protocol/disco#info"};
	const char *service = e2e_require_feature(one[0]);

	e2e_is_str(e2e_require_feature_subset(0, NULL, 1, one, NULL), service);
	e2e_is_str(e2e_require_feature_subset(1, one, 0, NULL, NULL), service);
	e2e_is_str(e2e_require_feature_subset(4, wanted, 1, one, NULL), service);
	e2e_is_str(e2e_require_feature_subset(1, rooms, 1, rooms, &have), e2e_require_feature(MUC));
}

/* What only the account has. */
E2E_TEST(features_of_the_account)
{
	e2e_client *c = e2e_client_connected();
	e2e_disco_result found;
	const char *var = "urn:xmpp:bookmarks-conversion:0";

	e2e_must(e2e_ok(e2e_disco(c, NULL, false, &found)));
	e2e_must(e2e_ok(e2e_entity_has(found.entity, var)));
	e2e_require_account_feature(var);
	e2e_pass("the guard knows it");
}

E2E_TEST(disco_of_the_server)
{
	e2e_client *c = e2e_client_connected();
	e2e_disco_result found;
	bool muc = false;

	e2e_must(e2e_ok(e2e_disco(c, "localhost", true, &found)));
	e2e_is_str(found.entity[0].jid, "localhost");
	e2e_ok(e2e_entity_has(&found.entity[0], "urn:xmpp:ping"));
	e2e_ok(!e2e_entity_has(&found.entity[0], "urn:example:none"));
	e2e_cmp_int(found.n, ">=", 3);
	for (size_t i = 1; i < found.n; i++)
		muc |= e2e_entity_has(&found.entity[i], MUC);
	e2e_ok(muc, "an item has rooms");
	e2e_must(e2e_ok(e2e_disco(c, NULL, false, &found), "the account"));
	e2e_is_str(found.entity[0].jid, c->account.jid);
	e2e_is_ptr(found.items, NULL);
	e2e_ok(!e2e_disco(c, "no-such-host.localhost", false, &found), "an error is false");
}

E2E_TEST(the_servers_name)
{
	e2e_like(e2e_server_name(), "^(Prosody|ejabberd)$");
	e2e_like(e2e_server_version(), "^[0-9]+\\.[0-9]+");
	e2e_is_str(e2e_peer(), e2e_server_name());
}

E2E_TEST(what_is_known_is_not_asked_again)
{
	e2e_client *c = e2e_client_connected(); /* earlier cases have asked */
	const char *path;

	e2e_require_feature(MUC);
	path = e2e__discover_facts_path(c);
	e2e_like(e2e__file_read(path, NULL), "^n\t(Prosody|ejabberd)\t");
	e2e_unlike(e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL), " discovery ",
		   "no client was made to ask");
}

E2E_TEST(what_is_known_of_another_server_is_asked_again)
{
	e2e_client *c = e2e_client_connected();
	const char *path, *facts;

	e2e_require_feature(MUC);
	path = e2e__discover_facts_path(c);
	facts = e2e__file_read(path, NULL);
	e2e__server_put(path, "n\tOther\t1.0\tnobody\nc\tother capabilities\t\t\ne\t\t\t\n");
	e2e__discover_forget_facts(); /* as in a program that begins now */
	e2e__xmpp.discovered = false;
	e2e_is_str(e2e_require_feature("urn:xmpp:ping"), "localhost", "the file doesn't count");
	e2e_like(e2e_server_name(), "^(Prosody|ejabberd)$");
	e2e_ok(!strncmp(e2e__file_read(path, NULL), facts, strcspn(facts, "f")), "and is mended");
}

/* A file that couldn't be written whole would make cases skip. */
E2E_TEST(half_of_what_is_known_is_asked_again)
{
	e2e_client *c = e2e_client_connected();
	const char *path, *facts;

	e2e_require_feature(MUC);
	path = e2e__discover_facts_path(c);
	facts = e2e__file_read(path, NULL);
	for (size_t n = strlen(facts) - 1; n > strlen(facts) / 2; n -= strlen(facts) / 5) {
		e2e__server_put(path, e2e_printf("%.*s", (int)n, facts));
		e2e__discover_forget_facts();
		e2e__xmpp.discovered = false;
		e2e_like(e2e_require_feature(MUC), "^conference\\.");
		e2e_require_pep();
		e2e_is_uint(strlen(e2e__file_read(path, NULL)), strlen(facts),
			    "mended, with another account");
	}
}

/* ---- programs that fail or skip, run again as programs of their own ---- */

E2E_TEST(inner_missing_feature, .tags = "inner")
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_require_feature("urn:example:none");
	e2e_fail("not reached");
}

E2E_TEST(inner_missing_of_all, .tags = "inner")
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_require_feature_subset(
	    0, NULL, 3, (const char *const[]){PUBSUB, "urn:example:none", "urn:example:nor"}, NULL);
	e2e_fail("not reached");
}

E2E_TEST(inner_missing_of_any, .tags = "inner")
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_require_feature_subset(2, (const char *const[]){"urn:example:none", "urn:example:nor"}, 0, NULL,
				   NULL);
	e2e_fail("not reached");
}

E2E_TEST(inner_missing_of_account, .tags = "inner")
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_require_account_feature("urn:example:none");
	e2e_fail("not reached");
}

E2E_TEST(inner_missing_but_of_account, .tags = "inner")
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_require_feature("urn:xmpp:bookmarks-conversion:0");
	e2e_fail("not reached");
}

E2E_TEST(inner_missing_identity, .tags = "inner")
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_require_identity("gateway", "telex");
	e2e_fail("not reached");
}

E2E_TEST(inner_quirk, .tags = "inner")
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_skip_with_quirk("#no-adhoc-ping");
	e2e_pass("no quirk");
}

E2E_TEST(inner_feature, .tags = "inner")
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_note("by %s", e2e_require_feature(MUC));
	e2e_pass();
}

static e2e_result again(const char *name, const char *config)
{
	const char *path = e2e_printf("%s/e2e.ini", e2e_tmpdir());
	const char *server = e2e__xmpp.server_option.value;

	e2e_client_connected(); /* so that the server is this program's */
	e2e__server_put(path, config);
	return e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1")}, "/proc/self/exe", "-k", name, "--config",
			    path, "--server", server ? server : e2e__provision_local_server());
}

E2E_TEST(a_skip_names_feature_and_who_was_asked)
{
	e2e_result r = again("^inner_missing_", "");

	e2e_is_int(r.status, 0);
	e2e_like(r.out, "inner_missing_feature # SKIP .*urn:example:none.*localhost \\((Prosody|ejabberd) "
			"[0-9.]+.*\\), its [0-9]+ items and the account");
	e2e_like(r.out, "inner_missing_identity # SKIP .*gateway/telex.*localhost");
	e2e_like(
	    r.out,
	    "inner_missing_of_all # SKIP nobody has all of the features http://jabber.org/protocol/pubsub, "
	    "urn:example:none, urn:example:nor; asked: localhost");
	e2e_like(r.out, "inner_missing_of_any # SKIP nobody has any of the features urn:example:none, "
			"urn:example:nor; asked: "
			"localhost");
	e2e_like(
	    r.out,
	    "inner_missing_of_account # SKIP the account doesn't have the feature urn:example:none; asked: ");
	e2e_like(
	    r.out,
	    "inner_missing_but_of_account # SKIP .*; the account has urn:xmpp:bookmarks-conversion:0 itself: "
	    "e2e_require_account_feature");
}

E2E_TEST(blocked_features_are_hidden)
{
	e2e_result r =
	    again("^inner_feature$", "[local]\nblock_features = {'conference.localhost': ['http://*/muc']}\n");

	e2e_like(r.out, "inner_feature # SKIP .*protocol/muc", "on an item, by a pattern");
	r = again("^inner_feature$", "[local]\nblock_features = {'localhost': ['http://*/muc']}\n");
	e2e_like(r.out, "by conference\\.", "of this entity only");
	r = again("^inner_feature$", "[local]\nblock_features = {'localhost': oops}\n");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, ":2: block_features.*expected");
}

E2E_TEST(quirks)
{
	e2e_result r = again("^inner_quirk$", "[local]\nquirks = ['#no-adhoc-ping']\n");

	e2e_like(r.out, "inner_quirk # SKIP .*no-adhoc-ping", "named by the config");
	r = again("^inner_quirk$",
		  "[local]\nquirks = [\"https://zombofant.net/xmlns/aioxmpp/e2etest/quirks#no-adhoc-ping\"]\n");
	e2e_like(r.out, "inner_quirk # SKIP", "by its URI");
	r = again("^inner_quirk$", "[local]\nquirks = -#no-adhoc-ping\n");
	e2e_like(r.out, "ok 1 - inner_quirk", "taken away");
	e2e_unlike(r.out, "SKIP");
}

E2E_MAIN()
