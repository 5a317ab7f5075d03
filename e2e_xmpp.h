/* e2e_xmpp.h - provisioned XMPP clients against real servers, for tests with e2e.h.
 * Joined from the rooms in src/xmpp: change those, then `make headers`.
 * Links libstrophe, libssl, libcrypto and libsodium: pkg-config --libs libstrophe openssl libsodium
 *
 * THE SHORTEST TEST
 *	#include "e2e_xmpp.h"
 *
 *	E2E_TEST(romeo_hears_juliet)
 *	{
 *		e2e_client *romeo = e2e_client_connected(), *juliet = e2e_client_connected();
 *		e2e_message(juliet, romeo->jid, "wherefore art thou?");
 *		e2e_is_str(e2e_body(e2e_expect_message(romeo, .from = juliet->jid)),
 *			"wherefore art thou?");
 *	}
 *
 *	E2E_MAIN()
 *
 * Without any configuration this runs against a private Prosody (or ejabberd) of its own, on a free
 * port of 127.0.0.1, with its own certificate, started once for all programs of a `prove` run.
 * Where no server is installed the case is skipped.
 *
 * CONTENTS
 *	Transcripts
 *	TLS
 *	Reading stanzas
 *	Comparing stanzas
 *	Forms (XEP-0004)
 *	When connecting fails
 *	Talking
 *	Saying and asking in one line
 *	Publishing (XEP-0060, XEP-0163)
 *	Raw clients
 *	Answering
 *	Chat rooms (XEP-0045)
 *	Private servers to order
 *	A private server that doesn't start
 *	Provisioners: where clients come from
 *	What private servers offer besides
 *	A server that is dead
 *	Several stanzas at once
 *	What a client can (XEP-0115)
 *	Contacts
 *	Clients
 *	Accounts that are made
 *	Two servers that talk to each other
 *	Several hosts
 *	Discovery, guards, quirks
 *	Several servers; limits; many test programs
 *
 * TRANSCRIPTS
 *	All that the clients send and receive is in <case folder>/xmpp.log, with time, client and
 *	direction; passwords and SASL payloads are blanked. On failure the folder stays, with each
 *	client's part in <name>.xmpp, and the report shows the end of what the test said and heard;
 *	of logins, discovery and clean-ups only one that has not come to its end (xmpp-login).
 *	The story of the case has them short: without the client's own address, the language and
 *	the id of messages and presence, and with other clients by their names:
 *		+1.576 client-1 | > <message to="client-2" type="chat"><body>are you there?</body>
 *	--record FILE writes the stanzas of all clients as a shell script that replays them (it says
 *	how); of raw clients what they say under TLS.
 *
 * TLS
 *	Always required. The certificate must be valid for the domain by ca_file, without one by the
 *	system's trust. pin_store is a JSON file {"host": ["base64", ...]}; pin_type 0 pins the
 *	public key (SubjectPublicKeyInfo), 1 the certificate. For a host with pins nothing but the
 *	pin counts; a mismatch prints the pin to paste. no_verify=true wins over both. An account
 *	that the test brings (.account) is judged so, too, where it leads to the config's host or to
 *	where a client of the case was; elsewhere by the system's trust. By SCRAM the server has to
 *	prove that it knows the password as well. Channel binding (SCRAM-...-PLUS) isn't possible
 *	with libstrophe 0.12; newer ones try it first where the server offers it, and then SCRAM
 *	without. Of the clients of a private server the first one of a case judges the certificate,
 *	and the others go on with its TLS session, but for those with a ca_file, pins or no_verify
 *	of their own; any other server shows its certificate to each client.
 *
 * READING STANZAS
 *	e2e_get(stanza, "x{http://jabber.org/protocol/muc#user}/item@role") returns the text of an
 *	attribute, or without @ of an element; NULL where there is none. A path is names from the
 *	stanza's children downwards, separated by /. Each step may be followed by {namespace}, by
 *	[attribute=value] and by [2], the second of those that fit; * is any name. "@type" is an
 *	attribute of the stanza itself. The first place that has all of the path counts:
 *	e2e_get(reply, "query/item[jid=romeo@example]@subscription"). e2e_count(stanza,
 *	"pubsub/items/item") counts places. The same paths are in .path of a match:
 *	e2e_expect_presence(c, .path = "x/status@code", .matches = "^307$"). Where nothing is found and
 *	the next assertion fails, its hint says how far the path leads and what is there instead;
 *	so it is with e2e_form_field, e2e_disco, e2e_entity_is and the like.
 *
 * COMPARING STANZAS
 *	e2e_is_at(got, "query/item@subscription", "both") is a test point about what e2e_get finds
 *	at a path; a failure shows the stanza, of a long one the first 1000 bytes. For several
 *	places there's a template:
 *
 *	e2e_is_stanza(got, "<message from='*' to='*' id='*' type='chat'><body>hello
 *	*</body></message>") is a test point. The order of attributes, prefixes of namespaces,
 *	quotes, and white space between elements don't matter; all else does. A * in the template
 *	stands for any text in a value or text, and alone in an element for all that may be in it,
 *	elements included; \\* is an asterisk. A failure names the first place that differs, as a
 *	path for e2e_get. What has no xmlns is in its parent's, the stanza in jabber:client. A
 *	stanza's xml:lang counts only where the template has one: servers add the stream's.
 *
 * FORMS (XEP-0004)
 *	e2e_form_submit(c, "http://jabber.org/protocol/muc#roomconfig",
 *		"muc#roomconfig_moderatedroom=1", "muc#roomconfig_maxusers=20") makes the <x
 *	type='submit'/> that e2e_put puts into its request:
 *		e2e_iq(c, e2e_put(e2e_xml(c, "<iq type='set' to='%s'><query xmlns='"
 *			"http://jabber.org/protocol/muc#owner'/></iq>", room), "query", form));
 *	e2e_form_field(reply, "muc#roomconfig_membersonly") reads a field of the form in a stanza.
 *
 * WHEN CONNECTING FAILS
 *	The case fails with what was tried, what happened, in which step, what to do, and one of the
 *	codes refused, unreachable, dns, no-tls, tls, certificate, pin, no-anonymous, no-mechanism,
 *	auth, bind, conflict, stream-error, broken-xml, silent, server-died, accounts, limit.
 *	e2e_client_try() returns NULL and tells the failure instead.
 *	Each step has a deadline: e2e_xmpp_timeout(seconds), default 20. Where a limit of e2e.h ends
 *	the case before that, the report says what was waited for: which step of which login, whose
 *	answer, what stanza. In a handler of libstrophe's nothing can be waited for: whoever tries
 *	fails with the code inside-handler.
 *
 * TALKING
 *	Every wait pumps all clients of the case, also e2e_eventually and the waits of e2e_proc.h.
 *	e2e_iq(c, request) sends and returns the reply of whom was asked (RFC 6120, 8.1: without an
 *	address the own account or server); what others send with its id stays for later.
 *	e2e_expect_message(c, .from = jid, .body = "^hi") returns the first message that fits;
 *	others stay for later. So do e2e_expect_presence(c, ...) and e2e_expect_iq(c, ...); all
 *	conditions may be left out. e2e_expect_stanza(c, E2E_ANY, ...) takes any kind.
 *	e2e_no_stanza(c, 0.2) is a test point: nothing came. e2e_xml(c,
 *	"<iq type='get' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", jid) makes a stanza of text:
 *	what %s and %c put in is escaped, and text that isn't well-formed fails the case. Of
 *	attributes with a prefix xml:lang alone can be sent, and is read as "xml:lang"; for others,
 *	and for what is no XML at all, there's libstrophe's e2e_send_raw.
 *	An iq request that no handler of yours answers gets service-unavailable: at once if a client
 *	of this case waits for the answer, else after 0.25 s of waiting. Take it with
 *	e2e_expect_iq(c, ...) before, or install a libstrophe handler, and it's yours to answer.
 *
 * SAYING AND ASKING IN ONE LINE
 *	Most stanzas of a test are said once, and most answers have to be results:
 *		e2e_tell(c, "<presence to='%s'/>", jid);
 *		e2e_ask(c, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
 *	are e2e_send_stanza and e2e_iq of what e2e_xml makes of the text; e2e_ask ends the case
 *	where an error came, and shows it. What is put together (forms) goes to
 *	e2e_ask_stanza(c, e2e_put(...)). The iq around a request need not be written:
 *		e2e_ask_get(c, service, "<query xmlns='%s'/>", ns);
 *		e2e_ask_set(c, NULL, "<block xmlns='urn:xmpp:blocking'><item jid='%s'/></block>", jid);
 *	go to that address; NULL is the own account. Requests that shall be refused:
 *		e2e_is_str(e2e_ask_error(c, "<iq type='get'><made-up xmlns='x'/></iq>"),
 *			"service-unavailable");
 *
 * PUBLISHING (XEP-0060, XEP-0163)
 *	const char *id = e2e_publish(c, service, "news", NULL, "<entry xmlns='%s'/>", ns);
 *	e2e_stanza *items = e2e_items(c, service, "news", NULL);
 *	e2e_is_uint(e2e_count(items, "pubsub/items/item"), 1);
 *	The service NULL is the own account, with its personal nodes (mood, avatar and the like).
 *	e2e_configure_node(c, service, "news", "pubsub#max_items=10") sets fields of its form.
 *	What subscribers get is a message: e2e_expect_message(d, .path = "event/items/item/entry").
 *
 * RAW CLIENTS
 *	What a login does by itself is a test's own business where it is what is tested: SASL
 *	failures, stream errors, registration, stream management. e2e_client_connect((
 *	e2e_client_opts){.until = E2E_BEFORE_AUTH}) returns a client whose stream is open, under TLS
 *	and not authenticated; E2E_BEFORE_TLS stops before STARTTLS, E2E_BEFORE_BIND behind the
 *	account's SASL. From there on the test speaks:
 *		e2e_send_raw(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AA==</auth>");
 *		e2e_expect_stanza(c, E2E_ANY, .name = "failure", .child = "not-authorized");
 *	e2e_features(c) is what the server offers now. e2e_start_tls(c) follows on <proceed/>, and
 *	e2e_open_stream(c) on <success/>: both open the stream anew and return its features. All
 *	other elements can be expected, stream errors and <r/> as well; nothing is answered by
 *	itself. e2e_iq, e2e_xml and e2e_send_stanza work as usual, so do limits, transcripts and
 *	--record. client->jid is the account's address; nobody is logged in by it yet.
 *
 * ANSWERING
 *	The other side of a protocol: e2e_stanza *q = e2e_expect_stanza(b, E2E_IQ, .child_ns =
 *	"urn:xmpp:time"); then e2e_answer(b, q, e2e_xml(b, "<time xmlns='urn:xmpp:time'>...</time>"))
 *	or e2e_refuse(b, q, "cancel", "item-not-found"). Both may be called in a handler of
 *	libstrophe's.
 *	A client that plays a part for a whole test says once what it answers:
 *		e2e_answer_each(b, "ping{urn:xmpp:ping}", NULL);
 *		e2e_answer_each(b, "command[node=list]", e2e_xml(b, "<command ...>"));
 *		e2e_refuse_each(b, "command", "cancel", "item-not-found");
 *	Of those that fit a request the first one said counts. The requests can be expected
 *	nevertheless.
 *
 * CHAT ROOMS (XEP-0045)
 *	const char *romeo_there = e2e_join_room(romeo, room, "romeo");
 *	e2e_configure_room(romeo, room, "muc#roomconfig_membersonly=0");
 *	e2e_join_room(juliet, room, "juliet");
 *	e2e_tell(juliet, "<message type='groupchat' to='%s'><body>hi</body></message>", room);
 *	e2e_expect_message(romeo, .from = e2e_printf("%s/juliet", room), .body = "^hi$");
 *	Who joins a room that isn't there makes it. Many servers lock it until its owner has
 *	configured it; e2e_configure_room(c, room) takes the settings as they are. What else a room
 *	sends to who joins (presence of others, what was said before, the subject) stays to be
 *	expected.
 *
 * PRIVATE SERVERS TO ORDER
 *	The private server has what most clients need. More of it, from the test or from the config:
 *	  e2e_private_modules("mam");       in E2E_SUITE_SETUP, or before a case's first client
 *	  [local] modules = ["mam", "csi"]  by the server's names without mod_
 *	  [local] config = extra.yml        a file whose text joins the server's configuration
 *	Prosody loads the modules on localhost, ejabberd on all hosts; a name that the server
 *	doesn't know ends the case. A file for ejabberd ends in .yml or .yaml, any other one is
 *	Prosody's; for runs on both name a list, config = ["extra.lua", "extra.yml"]. Prosody's
 *	begins in the global section, and `VirtualHost "localhost"` goes on with that host;
 *	modules_enabled adds to the list that is there, any other option replaces it. What
 *	ejabberd's says of a module or an option takes the place of what is there; lists
 *	(listen, host_config) get longer. Each set of modules and files has a server of its own
 *	in the run, which its programs share.
 *
 * A PRIVATE SERVER THAT DOESN'T START
 *	It has 30 s, [local] start_timeout=SECONDS gives it more or less. Where it neither uses a
 *	processor nor prints anything for a quarter of that, it isn't slow but hangs, and more
 *	time is no help: the case fails then. (A system that doesn't tell of processors gives it
 *	the whole time.) This is noted in the run's folder. What else the run has to start within
 *	ten seconds from then fails at once and names the first case; later ones have a look of two
 *	seconds, and a server that starts takes the note away.
 *
 * PROVISIONERS: WHERE CLIENTS COME FROM
 *	[global] provisioner= in the config (see e2e.h, "Configuration") chooses one, and the
 *	section of that name configures it:
 *	  local      a private server. server=prosody|ejabberd, modules=["mam"], config=FILE (see
 *	             "Private servers to order"), starttls=true (its clients use STARTTLS, not the
 *	             faster port with TLS from the first byte), start_timeout=SECONDS
 *	  anonymous  SASL ANONYMOUS at a server.                 host=, domain= (default: host),
 *	                                                         port=
 *	  any        random users where any password will do.    the same
 *	  static     a list of accounts.  the same, accounts=[("user", "password"), ...],
 *	                                  skip_on_too_few_accounts=false
 *	  register   an account a client, made by in-band registration (XEP-0077). the same
 *	  admin      an account a client, made by an administrator (XEP-0133). the same, admin=
 *	             (a user of the domain, or an address), admin_password=
 *	  none       no server: cases that need one are skipped
 *	Without port= the domain's SRV records decide, in the order of their priority (the next one
 *	where nobody listens; with direct_tls=true those of xmpps-client), else port 5222 (5223).
 *	hosts= names further ones (see "Several hosts").
 *	All take no_verify=, pin_store=, pin_type=, ca_file=, quirks= and block_features=,
 *	no_tls=true, direct_tls=true and timeout=, the seconds of a step (default 20).
 *	aioxmpp.e2etest's file is read unchanged: its class names mean the same.
 *	`--server NAME[,NAME]` overrides the config with `local` and this server.
 *	A config that can't work ends the program with status 99 before its first case, and names
 *	file and line: unknown keys of these sections, no host or accounts, an account given twice,
 *	files of certificates that can't be read, pins without this host, unknown quirks, what
 *	excludes each other (no_tls beside direct_tls, ca_file or pin_store; host= in [local]), a
 *	section of a provisioner where none is chosen. So does a server that was asked for by name
 *	(server=, --server, provisioner=local) and isn't installed: cases are skipped for want of a
 *	server only where nothing was asked for. Your own: fill in a struct e2e_provisioner and call
 *	e2e_provisioner_add(&mine) in E2E_SUITE_SETUP. Its name is none of the above. In the section
 *	of that name no_verify=, pin_store=, pin_type=, ca_file=, no_tls=, direct_tls=, timeout=,
 *	quirks= and block_features= mean the same; the other keys are yours. .start is called once a
 *	run, and starts a server that all programs share; what this needs, as a database, it asks
 *	for by e2e_service. What both have said meanwhile is in the failure of a case. The other
 *	functions are called in the process of each case.
 *	The private Prosody has three hosts: localhost takes any name and password, anonymous.test
 *	takes SASL ANONYMOUS, registered.test takes accounts that were registered in-band
 *	(XEP-0077), and admin@registered.test, once that is registered, administers it (XEP-0133).
 *	The last two, conference.localhost (rooms) and pubsub.localhost come up when a
 *	client first asks for them.
 *
 * WHAT PRIVATE SERVERS OFFER BESIDES
 *	const e2e_xmpp_server *s = e2e_private_server();
 *	e2e_run("curl", "-d", "<body .../>", s->bosh);      BOSH (XEP-0124) and WebSocket (RFC 7395)
 *	e2e_spawn("./gateway", "--port", e2e_printf("%d", s->component_port), "--secret",
 *		s->component_secret, "--domain", e2e_private_component());          XEP-0114
 *	Both servers have all of it, without TLS and on this machine only: s->bosh and
 *	s->websocket are URLs, and files go to what
 *	e2e_require_feature("urn:xmpp:http:upload:0") returns (XEP-0363). Each call of
 *	e2e_private_component() gives a domain of its own, so that tests that run at once don't
 *	take each other's. Archives (XEP-0313) cost every message, so that they are there for
 *	who asks: e2e_private_modules("mam").
 *
 * A SERVER THAT IS DEAD
 *	Where nobody can log in, that costs its deadline once a run and not once a case. The first
 *	failure of a server that runs already and that holds for all clients (silent, refused,
 *	unreachable, dns, certificate, pin, no-tls, no-anonymous) is noted in the run's folder.
 *	Later cases, and the run's other programs, fail within a second; their message ends with the
 *	case where it happened first. Each still has a short look, half a second at most, and once
 *	somebody gets in the note is gone.
 *	As long as nobody got in, connecting to such a server has 10 s, not the 20 of other steps;
 *	timeout=SECONDS in the provisioner's section sets both, e2e_xmpp_timeout() does so from the
 *	test. It isn't for private servers, nor for accounts, TLS or a timeout that a test brings
 *	itself: with these it may well want a login to fail.
 *
 * SEVERAL STANZAS AT ONCE
 *	e2e_expect_all(c, 2, ((e2e_match[]){{.kind = E2E_PRESENCE, .from = room}, {.kind =
 *	E2E_MESSAGE, .child = "subject"}})) waits for them in any order, a stanza for each; what
 *	general ones could take is left to those that fit nothing else. e2e_drop_stanzas(c) forgets
 *	what came so far, so that e2e_no_stanza(c, 0.2) and e2e_stanzas_left(c) begin anew.
 *
 * WHAT A CLIENT CAN (XEP-0115)
 *	e2e_announce_features(c, "urn:x+notify");
 *	says by presence that the client has these features, and answers when it's asked for them.
 *	With "NODE+notify" it gets what others publish at that node of theirs (XEP-0163), and what
 *	its own account does: e2e_expect_message(c, .path = "event/items[node=urn:x]/item").
 *
 * CONTACTS
 *	e2e_befriend(romeo, juliet) makes each a contact of the other, by the four steps of RFC
 *	6121; presence that comes of it is taken, so that the test begins with a clean inbox.
 *
 * CLIENTS
 *	e2e_client_connected() returns a client that is logged in and available: messages to it
 *	arrive from now on. e2e_client_connect((e2e_client_opts){.presence = "away", .resource =
 *	"phone"}) for more; "none" sends no presence. e2e_connect_each(&romeo, &juliet) and
 *	e2e_clients_connected(50, out) connect some or many at once. Each has a bare JID that nobody
 *	else has. At the end of the case they are closed;
 *	accounts that can't be thrown away (static) are cleared: roster, PEP nodes, vCard, private
 *	XML, offline messages, blocked contacts. c->account tells other programs how to log in:
 *	e2e_spawn("profanity", "-a", c->account.jid, ...). c->conn and c->ctx are libstrophe's own:
 *	all of libstrophe works with them. All clients of a case share one context.
 *
 * ACCOUNTS THAT ARE MADE
 *	With provisioner=register (XEP-0077, where the server offers registration) and
 *	provisioner=admin (XEP-0133, by an administrator's account) each client has an account of
 *	its own, with a name and a password at random, that is deleted at the end of the case. What
 *	a case that died has left is deleted before the next client of a later case or run (the
 *	notes of it are in the cache's folder, xmpp-made). A test makes one itself by
 *		e2e_account me = {.jid = "juliet@registered.test", .password = "secret"};
 *		e2e_register(&me);
 *		c = e2e_client_connect((e2e_client_opts){.account = &me});
 *	Without .host and .port it is at the server of the provisioner. It is deleted at the end of
 *	the case, too. How registration answers is tested by a raw client.
 *
 * TWO SERVERS THAT TALK TO EACH OTHER
 *	const e2e_pair *p = e2e_server_pair();
 *	e2e_client *romeo = e2e_client_at(p->a), *juliet = e2e_client_at(p->b);
 *	e2e_message(romeo, juliet->jid, "hello");
 *	e2e_expect_message(juliet, .body = "hello");
 *	e2e_proxy_fault(p->to_b, E2E_BOTH_WAYS, .down = true);
 *	Two private servers with the domains a.test and b.test, started for this case, and federated
 *	(s2s, with TLS; each believes the other by dialback): of the kind that the run is on, else
 *	two Prosodys, or e2e_server_pair_of("prosody", "ejabberd"), which tries one with the other.
 *	What a's server opens to
 *	b's goes through the fault proxy p->to_b, the other way through p->to_a; a case that
 *	fails shows what these have seen and what the servers have logged. p->process_a and
 *	p->process_b are the servers' processes, for e2e_signal and e2e_stop.
 *
 * SEVERAL HOSTS
 *	const e2e_xmpp_server *const *s = e2e_require_servers(2);
 *	e2e_client *romeo = e2e_client_at(s[0]), *juliet = e2e_client_at(s[1]);
 *	e2e_client *at_work = e2e_client_connect((e2e_client_opts){.server = s[1], .presence = "dnd"});
 *	A case that needs users of several domains says so by this guard. With private servers s[0]
 *	and s[1] are two that federate (see "Two servers that talk to each other"); of servers that
 *	run already the config names the further ones in hosts=, by their domains:
 *	  [static]                 [capulet.example]
 *	  host=montague.example    host=192.0.2.7
 *	  hosts=["capulet.example"]  ca_file=capulet.pem
 *	  accounts=[("romeo", "pw"), ("juliet@capulet.example", "pw")]
 *	The section of a domain has its own host= (default: the domain) and port=; no_verify=,
 *	pin_store=, pin_type=, ca_file=, no_tls=, direct_tls=, admin= and admin_password= are those
 *	of the provisioner's section where it doesn't say otherwise. Without such a section the
 *	domain's SRV records decide. e2e_client_connected() and all guards are about the first host.
 *
 * DISCOVERY, GUARDS, QUIRKS
 *	e2e_require_feature("http://jabber.org/protocol/muc") and the other guards of e2e.h ask the
 *	server, its items (one level) and the account; a skip names the feature and who was asked.
 *	This is done once a server, and kept for the run.
 *	e2e_feature_provider(var) asks without a skip: NULL, or the address.
 *	What the account itself offers (urn:xmpp:mam:2, publish-options, ...):
 *	e2e_require_account_feature(var). block_features={"pubsub.example": ["*#publish*"]} hides
 *	features of an entity; ["*"] leaves it out of discovery. Where somebody gives no answer and
 *	nobody else has what a guard wants, the case fails (discovery): nobody knows.
 *	Quirks, by aioxmpp's names: #muc-id-rewrite (a room reflects messages with another id),
 *	#no-adhoc-ping (the server has no command "ping"), #muc-no-333 (who is removed from a room
 *	because of an error is removed without status 333), #broken-muc,
 *	#broken-pubsub-get-multiple-by-id, #no-xep-0049 (no private XML). The server's name and
 *	version tell those of Prosody 0.12 (#no-adhoc-ping) and ejabberd 2x (#muc-no-333); neither
 *	has the others. quirks= adds, and "-#name" in it takes one away; quirks of your own are
 *	URIs. e2e_known's peer is the server's name.
 *
 * SEVERAL SERVERS; LIMITS; MANY TEST PROGRAMS
 *	./x.t --server prosody,ejabberd runs the suite on both; E2E_SERVERS("prosody,ejabberd") in
 *	the program makes that its default. libstrophe waits by select(): about
 *	1000 clients a case; more are refused with the number that would do. Clients are made in
 *	cases (E2E_SETUP, E2E_TEST), not in E2E_SUITE_SETUP.
 *	A project with many test programs may compile the functions once (see e2e.h, "Many test
 *	programs"), those of the other headers with them:
 *		cc -g -DE2E_IMPLEMENT -x c -c e2e_xmpp.h -o e2e_xmpp.o $(pkg-config --cflags \
 *			libstrophe openssl libsodium)
 *		cc -g -DE2E_EXTERN -o x.t x.c e2e_xmpp.o $(pkg-config --cflags --libs libstrophe \
 *			openssl libsodium)
 *
 * The licence is at the end of the file. */
#ifndef E2E_XMPP_H
#define E2E_XMPP_H

/* See e2e.h. */
#if defined __GNUC__ && !defined E2E_IMPLEMENT && !defined E2E__WARN
#pragma GCC system_header
#endif

#if defined E2E_PROC_H && !defined E2E_OPENSSL
#error "e2e_xmpp.h needs E2E_OPENSSL: include it before e2e_proc.h, or define E2E_OPENSSL on the command line"
#endif
#ifndef E2E_OPENSSL
#define E2E_OPENSSL 1
#endif
#include "e2e_proc.h"

#include <strophe.h>
#ifndef E2E_EXTERN
#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/socket.h>
#endif

/* libsodium's headers define __attribute__ away for tcc, which knows it. */
#if defined __TINYC__ && defined __attribute__
#undef __attribute__
#endif
/* Where libc itself can ask for records of the DNS. */
#if !defined E2E_EXTERN && defined __linux__
#include <resolv.h>
#if !defined __GLIBC__ || __GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 34)
#define E2E__SRV_ASKS 1
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* -----------------------------------------------------------------------------------------------
 * INTERFACE: what begins with e2e__ or E2E__ is not for tests
 * --------------------------------------------------------------------------------------------- */

/* ---- xmpp/base.h ---- */

/* How to log in. Texts live until the end of the case. */
typedef struct e2e_account {
	/* bare: user@domain, or the domain alone before SASL ANONYMOUS gave a user */
	const char *jid;
	const char *password; /* NULL: SASL ANONYMOUS */
	const char *host;     /* where to connect */
	int port;             /* 0: by the domain's SRV records, then 5222 */
	const char *ca_file;  /* PEM of the authority to trust; NULL: the system's */
} e2e_account;

/* How the server's certificate is judged; zero members mean the default. */
typedef struct e2e_tls {
	bool no_verify;        /* any certificate will do; wins over pins */
	const char *pin_store; /* path of {"host": ["base64", ...]} */
	int pin_type;          /* 0: public key, 1: certificate */
	bool off;              /* no TLS at all, whatever the server offers */
	bool direct;           /* TLS from the first byte (XEP-0368) instead of STARTTLS */
} e2e_tls;

typedef struct e2e_client e2e_client;
typedef struct e2e_provisioner e2e_provisioner;
typedef struct e2e_xmpp_server e2e_xmpp_server;

/* A provisioner of your own. Functions may be NULL, but for make_client. false ends the case (in
 * configure and initialise: skips it) with what `error` says. */
struct e2e_provisioner {
	const char *name; /* for [global] provisioner= */
	bool (*configure)(e2e_provisioner *self,
		const char *section); /* once a process: read its section with e2e_config */
	bool (*initialise)(e2e_provisioner *self); /* after that, before a case's first client */
	bool (*setup)(e2e_provisioner *self);      /* before the first client of each case */
	/* fills in client->account and ->tls, before it connects; they hold what its section says
	 * of TLS already */
	bool (*make_client)(e2e_provisioner *self, e2e_client *client);
	void (*teardown)(e2e_provisioner *self); /* at the end of the case, after its clients */
	void (*finalise)(e2e_provisioner *self); /* after that; it has 10 s */
	const char *error;                       /* why it returned false */
	/* the server to be asked what it can; NULL: of the account */
	const char *domain;
	bool keep_accounts; /* accounts are used again: clear them after use */
	void *arg;          /* yours */
	/* Once a run, however many programs and cases it has, before initialise: starts a server
	 * that they share, as the start() of e2e_service does (it has to spawn something), and
	 * returns an address, any text without a line feed. NULL ends the case. */
	const char *(*start)(e2e_provisioner *self);
	const char *address; /* what start returned; NULL: there's no start */
	e2e_provisioner *next;
};

struct e2e_client {
	xmpp_conn_t *conn;   /* libstrophe's own */
	xmpp_ctx_t *ctx;     /* one for all clients of a case */
	const char *jid;     /* full: user@domain/resource; the address that reaches this client */
	const char *name;    /* in transcripts: client-1, client-2, ... */
	e2e_account account; /* for other programs */
	e2e_tls tls;
	void *arg; /* yours */
	struct e2e__xmpp_own *own;
};

/* What may be asked of a connection; zero members mean the default. */
typedef struct e2e_client_opts {
	/* "away", "chat", "dnd", "xa"; default available; "none": none is sent */
	const char *presence;
	const char *resource;                           /* default: the server's choice */
	void (*prepare)(e2e_client *client, void *arg); /* called before it connects */
	void *arg;                                      /* for prepare; also client->arg */
	/* this one; zero members are filled from the provisioner's */
	const e2e_account *account;
	/* where: one that e2e_require_servers, e2e_server_pair or e2e_private_server returned;
	 * default the first host of the config */
	const e2e_xmpp_server *server;
	/* instead of the provisioner's (see "TLS") */
	const e2e_tls *tls;
	bool resumable; /* stream management (XEP-0198): e2e_reconnect resumes the session */
	double timeout; /* seconds for all of connecting; default e2e_xmpp_timeout's */
	/* a raw client: how far it goes by itself, one of E2E_BEFORE_... (see "Raw clients");
	 * 0: it logs in */
	int until;
} e2e_client_opts;

/* Where a raw client stops. */
enum {
	E2E_BEFORE_TLS = 1, /* its stream is open, without TLS */
	E2E_BEFORE_AUTH,    /* under TLS, unless the config says no_tls */
	E2E_BEFORE_BIND     /* authenticated, by the account */
};

/* libstrophe's stanza: all of xmpp_stanza_get_... works with it. Those that functions here return
 * are freed at the end of the case; don't release them. */
typedef xmpp_stanza_t e2e_stanza;

/* ---- xmpp/ops.h ---- */

E2E__FN void e2e__op_at(const char *file, int line);

/* ---- xmpp/loop.h ---- */

/* Seconds for each step that waits (connecting, a reply, an expected stanza) in this case; default:
 * timeout= in the section of the provisioner, else 20. 0: the default. */
E2E__FN void e2e_xmpp_timeout(double seconds);
/* Sends and receives what there is for all clients, and waits up to these seconds for it. */
E2E__FN void e2e_pump(double seconds);

#define e2e_pump(...) (e2e__op_at(E2E__AT), (e2e_pump)(__VA_ARGS__))

/* ---- xmpp/xml.h ---- */

/* A stanza of printf-style text. Only %s, %c, %d, %i, %u, %x with l, ll, z, and %% are known; %s
 * and %c are escaped. Fails and ends the case if the text isn't well-formed XML of one element, or
 * if NULL is given for a %s. */
#define e2e_xml(client, ...) e2e__xml(E2E__AT, client, __VA_ARGS__)
/* Text as XML character data. Valid until the end of the case. */
E2E__FN const char *e2e_xml_escaped(const char *text);
/* The stanza as text. Valid until the end of the case. */
E2E__FN const char *e2e_stanza_text(e2e_stanza *stanza);
/* The text of <body/>, or NULL. Valid until the end of the case. */
E2E__FN const char *e2e_body(e2e_stanza *stanza);
/* Of an error: its condition, e.g. "service-unavailable"; NULL if it is none. */
E2E__FN const char *e2e_stanza_error(e2e_stanza *stanza);

E2E__FN e2e_stanza *e2e__xml(const char *file, int line, e2e_client *c, const char *fmt, ...)
	E2E__PRINTF(4, 5);
E2E__FN e2e_stanza *e2e__xml_of(const char *file, int line, e2e_client *c, const char *name,
	const char *fmt, va_list given) __attribute__((format(printf, 5, 0)));

/* ---- xmpp/read.h ---- */

/* What stands at the path (see "Reading stanzas"): an attribute's value, or the text of an element,
 * "" if it has none. NULL if there is no such place, or no stanza. Valid until the end of the case.
 * A path that isn't one ends the case (usage). */
#define e2e_get(stanza, path) e2e__read_get(E2E__AT, stanza, path)
/* How many places fit the path. */
#define e2e_count(stanza, path) e2e__read_count(E2E__AT, stanza, path)
/* Adds a copy of `child` behind the children of the element at the path ("": of the stanza itself)
 * and returns the stanza: e2e_put(e2e_xml(c, "<iq type='set'><query xmlns='urn:x'/></iq>"), "query",
 * e2e_form_submit(c, "urn:x", "colour=red")). Ends the case if there is no such element. */
#define e2e_put(stanza, path, child) e2e__read_put(E2E__AT, stanza, path, child)

E2E__FN const char *e2e__read_get(const char *file, int line, e2e_stanza *stanza, const char *path);
E2E__FN size_t e2e__read_count(const char *file, int line, e2e_stanza *stanza, const char *path);
E2E__FN e2e_stanza *e2e__read_put(
	const char *file, int line, e2e_stanza *stanza, const char *path, e2e_stanza *child);

/* ---- xmpp/compare.h ---- */

/* e2e_is_at(got, path, want [, printf-style description]): what e2e_get finds at the path in the
 * stanza is this text; want NULL: there's nothing. A path that isn't one ends the case. */
#define e2e_is_at(...) E2E__ARGS3(e2e__compare_is_at, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_stanza(got, template [, printf-style description]): the stanza is like the template (see
 * "Comparing stanzas"). NULL never is. A template that is no XML of one element ends the
 * case. */
#define e2e_is_stanza(...) E2E__ARGS2(e2e__compare_is_stanza, #__VA_ARGS__, __VA_ARGS__)

E2E__FN bool e2e__compare_is_at(
	struct e2e__at at, e2e_stanza *got, const char *path, const char *want);
E2E__FN bool e2e__compare_is_stanza(struct e2e__at at, e2e_stanza *got, const char *want);

/* ---- xmpp/form.h ---- */

/* e2e_form_submit(client, form_type, "var=value", ...): a form of type submit, as an element to be
 * put into a stanza. form_type is the hidden field FORM_TYPE (XEP-0068), "" for none. Values of one
 * var that are given one after another are values of one field; "var=" is an empty value, "var" a
 * field without one. */
#define e2e_form_submit(client, ...) e2e__form_submit(E2E__AT, client, E2E__STRINGS(__VA_ARGS__))
/* The value of a field of the first form in the stanza (or that is the stanza); several values are
 * separated by newlines, "" if it has none. NULL: there's no form, or no such field. Valid until the
 * end of the case. */
E2E__FN const char *e2e_form_field(e2e_stanza *stanza, const char *var);

E2E__FN e2e_stanza *e2e__form_submit(
	const char *file, int line, e2e_client *c, const char *const *words);

/* ---- xmpp/connect.h ---- */

/* Is it connected, by all that has come so far? NULL (see e2e_client_try): no. */
E2E__FN bool e2e_is_connected(const e2e_client *client);
/* Why its connection ended: "closed", or a message as of a failed connect; NULL while it is
 * connected. A connection that the server ended, and that the case never asked about, is told on
 * stderr. */
E2E__FN const char *e2e_disconnect_reason(const e2e_client *client);
#define e2e_disconnect_reason(...) (e2e__op_at(E2E__AT), (e2e_disconnect_reason)(__VA_ARGS__))

/* ---- xmpp/talk.h ---- */

/* Sends it; an id is added to one without. The stanza stays the caller's. Ends the case if the
 * client isn't connected. */
#define e2e_send_stanza(client, stanza) e2e__talk_send_stanza(E2E__AT, client, stanza)
/* Sends these bytes as they are: broken XML, halves of stanzas, what libstrophe can't write.
 * What the server says to it is read as usual; a stream error is in e2e_disconnect_reason. Who
 * waits in vain is told of an element that these left open. Ends the case if the client isn't
 * connected. */
#define e2e_send_raw(client, bytes) e2e__talk_send_raw(E2E__AT, client, bytes)
/* Sends an iq of type get or set and returns the reply, a result or an error of whom was asked.
 * Fails and ends the case if none comes. */
#define e2e_iq(client, stanza) e2e__talk_iq(E2E__AT, client, stanza)
/* Sends a message of type chat; returns its id. */
#define e2e_message(client, to, body) e2e__talk_message(E2E__AT, client, to, body)
/* Sends presence: to (NULL: to the server), type (NULL: available), show (NULL or "away", ...). */
#define e2e_presence(client, to, type, show) e2e__talk_presence(E2E__AT, client, to, type, show)

E2E__FN void e2e__talk_send_stanza(const char *file, int line, e2e_client *c, e2e_stanza *stanza);
E2E__FN void e2e__talk_send_raw(const char *file, int line, e2e_client *c, const char *bytes);
E2E__FN e2e_stanza *e2e__talk_iq(const char *file, int line, e2e_client *c, e2e_stanza *stanza);
E2E__FN const char *e2e__talk_message(
	const char *file, int line, e2e_client *c, const char *to, const char *body);
E2E__FN void e2e__talk_presence(const char *file, int line, e2e_client *c, const char *to,
	const char *type, const char *show);

/* ---- xmpp/say.h ---- */

/* Sends a stanza of printf-style text (see e2e_xml), and returns its id, which it gets if it has
 * none. The id is valid until the end of the case. */
#define e2e_tell(client, ...) e2e__say_tell(E2E__AT, client, __VA_ARGS__)
/* Sends an iq of printf-style text and returns its result. Fails and ends the case if an error
 * comes (code stanza-error), or no answer. */
#define e2e_ask(client, ...) e2e__say_ask(E2E__AT, client, __VA_ARGS__)
/* The same for a request of type get, or set, to an address (NULL: none, the own account answers).
 * The text is what stands in the iq. */
#define e2e_ask_get(client, to, ...) \
	e2e__say_request(E2E__AT, client, "e2e_ask_get", to, __VA_ARGS__)
#define e2e_ask_set(client, to, ...) \
	e2e__say_request(E2E__AT, client, "e2e_ask_set", to, __VA_ARGS__)
/* Sends an iq of printf-style text that shall be refused, and returns the error's condition, as
 * e2e_stanza_error does: NULL if a result came. Fails and ends the case without an answer. */
#define e2e_ask_error(client, ...) e2e__say_ask_error(E2E__AT, client, __VA_ARGS__)
/* e2e_ask with a stanza. */
#define e2e_ask_stanza(client, stanza) \
	e2e__say_ask_stanza(E2E__AT, client, "e2e_ask_stanza", stanza)

E2E__FN const char *e2e__say_tell(const char *file, int line, e2e_client *c, const char *fmt, ...)
	E2E__PRINTF(4, 5);
E2E__FN e2e_stanza *e2e__say_ask(const char *file, int line, e2e_client *c, const char *fmt, ...)
	E2E__PRINTF(4, 5);
E2E__FN e2e_stanza *e2e__say_ask_stanza(
	const char *file, int line, e2e_client *c, const char *name, e2e_stanza *stanza);
E2E__FN e2e_stanza *e2e__say_request(const char *file, int line, e2e_client *c, const char *name,
	const char *to, const char *fmt, ...) E2E__PRINTF(6, 7);
E2E__FN const char *e2e__say_ask_error(
	const char *file, int line, e2e_client *c, const char *fmt, ...) E2E__PRINTF(4, 5);

/* ---- xmpp/pubsub.h ---- */

/* e2e_publish(client, service, node, id, text, ...): publishes an item at a node of the service
 * (NULL: of the own account). The text, printf-style as in e2e_xml, is its payload. id NULL: the
 * service gives it one. Returns its id, valid until the end of the case. Fails and ends the case if
 * it is refused (code stanza-error), or there is no answer. */
#define e2e_publish(client, service, node, id, ...) \
	e2e__pubsub_publish(E2E__AT, client, service, node, id, __VA_ARGS__)
/* Asks for the items of a node (service NULL: of the own account), or for the one with this id; id
 * NULL: all that the service gives. Returns the result: they are at "pubsub/items/item". Fails and
 * ends the case as e2e_publish does. */
#define e2e_items(client, service, node, id) e2e__pubsub_items(E2E__AT, client, service, node, id)
/* e2e_configure_node(client, service, node, "var=value", ...): its owner sets these fields of the
 * node's form; see e2e_form_submit for them. Returns the result. Fails and ends the case as
 * e2e_publish does. */
#define e2e_configure_node(client, service, ...) \
	e2e__pubsub_configure(E2E__AT, client, service, E2E__STRINGS(__VA_ARGS__))

E2E__FN const char *e2e__pubsub_publish(const char *file, int line, e2e_client *c,
	const char *service, const char *node, const char *id, const char *fmt, ...)
	E2E__PRINTF(7, 8);
E2E__FN e2e_stanza *e2e__pubsub_items(const char *file, int line, e2e_client *c,
	const char *service, const char *node, const char *id);
E2E__FN e2e_stanza *e2e__pubsub_configure(
	const char *file, int line, e2e_client *c, const char *service, const char *const *words);

/* ---- xmpp/raw.h ---- */

/* What the server offered when the raw client's stream was opened last: <stream:features/>. NULL
 * for other clients. Valid until the end of the case. */
E2E__FN e2e_stanza *e2e_features(const e2e_client *client);
#define e2e_features(...) (e2e__op_at(E2E__AT), (e2e_features)(__VA_ARGS__))
/* A raw client's TLS handshake, behind <proceed/>. The certificate is judged as at a login. Opens
 * the stream anew and returns its features. Fails and ends the case if that can't be done. */
#define e2e_start_tls(client) e2e__raw_start_tls(E2E__AT, client)
/* Opens a raw client's stream anew, behind <success/>, and returns its features. Fails and ends the
 * case if none come. */
#define e2e_open_stream(client) e2e__raw_open_stream(E2E__AT, client)

E2E__FN e2e_stanza *e2e__raw_start_tls(const char *file, int line, e2e_client *c);
E2E__FN e2e_stanza *e2e__raw_open_stream(const char *file, int line, e2e_client *c);

/* ---- xmpp/reply.h ---- */

/* Sends the result of an iq request; child (NULL: none) is copied into it. Ends the case if it is
 * no request, if the client isn't connected, or if the test has answered it already: by e2e_answer,
 * e2e_refuse, or what the client was to answer each. */
#define e2e_answer(client, request, child) e2e__reply_answer(E2E__AT, client, request, child)
/* Sends an error as the answer to a stanza: its type ("cancel", "auth", "continue", "modify" or
 * "wait") and condition (RFC 6120, 8.3), e.g. e2e_refuse(c, q, "cancel", "item-not-found"). Ends the
 * case if the stanza is an error or a result itself (RFC 6120, 8.3.1: nobody answers those), or was
 * answered already. */
#define e2e_refuse(client, request, type, condition) \
	e2e__reply_refuse(E2E__AT, client, request, type, condition)

/* Has the client answer, from now on and as soon as it comes, each iq request that has a place of
 * this path (see "Reading stanzas"): by a result with a copy of the child (NULL: none), or by an
 * error, as e2e_refuse. The first that fits is sent. The request stays among what has come, for who
 * expects it. A path that isn't one, and what e2e_refuse doesn't send, end the case (usage). */
#define e2e_answer_each(client, path, child) e2e__reply_answer_each(E2E__AT, client, path, child)
#define e2e_refuse_each(client, path, type, condition) \
	e2e__reply_refuse_each(E2E__AT, client, path, type, condition)

E2E__FN void e2e__reply_answer_each(
	const char *file, int line, e2e_client *c, const char *path, e2e_stanza *child);
E2E__FN void e2e__reply_refuse_each(const char *file, int line, e2e_client *c, const char *path,
	const char *type, const char *condition);
E2E__FN void e2e__reply_answer(
	const char *file, int line, e2e_client *c, e2e_stanza *request, e2e_stanza *child);
E2E__FN void e2e__reply_refuse(const char *file, int line, e2e_client *c, e2e_stanza *request,
	const char *type, const char *condition);

/* ---- xmpp/match.h ---- */

enum { E2E_ANY, E2E_MESSAGE, E2E_PRESENCE, E2E_IQ };
/* What a stanza must be like; zero members don't matter. */
typedef struct e2e_match {
	e2e_client *client E2E__UNSET; /* what e2e_expect_message and its like begin with */
	double within E2E__UNSET;      /* seconds; default e2e_xmpp_timeout's */
	int kind E2E__UNSET;           /* E2E_ANY, E2E_MESSAGE, E2E_PRESENCE, E2E_IQ */
	const char *from E2E__UNSET;   /* full, or bare for any resource of it */
	const char *to E2E__UNSET;     /* the same */
	const char *id E2E__UNSET;
	const char *type E2E__UNSET;      /* E2E_NONE: has no type attribute */
	const char *child E2E__UNSET;     /* has a child element of this name ... */
	const char *child_ns E2E__UNSET;  /* ... in this namespace (of one and the same child) */
	const char *attribute E2E__UNSET; /* has this attribute ... */
	const char *value E2E__UNSET;     /* ... with this value */
	/* the body matches this POSIX extended regular expression */
	const char *body E2E__UNSET;
	/* is an error with this condition, e.g. "item-not-found" */
	const char *condition E2E__UNSET;
	/* has this place (see "Reading stanzas") ... */
	const char *path E2E__UNSET;
	/* ... with a text that matches this POSIX extended regular expression */
	const char *matches E2E__UNSET;
	bool (*where)(e2e_stanza *stanza, void *arg) E2E__UNSET;
	void *arg E2E__UNSET;
	/* the element's own name, for what is no stanza: "failure", "proceed", "r" */
	const char *name E2E__UNSET;
} e2e_match;
#define E2E_NONE "\001none"
/* e2e_expect_stanza(client, E2E_MESSAGE, .from = jid, ...): the first one that fits, of those that
 * came and nobody took, or of those that come. Never NULL: the case fails and ends with what came
 * instead if there is none in time. Presence that the server sends back to its sender is seen only
 * by .from = client->jid. A message without a type is "normal", presence without one
 * "available". */
/* e2e_no_stanza(client, seconds [, .kind = E2E_MESSAGE, ...]): a test point: none that fits came or
 * comes within the seconds. Without
 * `.kind`, requests that were answered by themselves don't count. */
#if defined __cplusplus && __cplusplus >= 202002L
#define E2E__MATCH(...) \
	e2e_match \
	{ \
		__VA_ARGS__ \
	}
#define e2e_expect_stanza(client, ...) \
	e2e__match_expect_stanza(E2E__AT, client, E2E__MATCH(.within = 0, .kind = __VA_ARGS__))
#define e2e_no_stanza(client, ...) \
	e2e__match_no_stanza(E2E__AT, client, E2E__MATCH(.within = __VA_ARGS__))
#define E2E__EXPECT(kind, ...) \
	e2e__match_expect_kind(E2E__AT, kind, E2E__MATCH(.client = __VA_ARGS__))
/* no names: kind (where the macro's name doesn't say it), from, type; or fill in an e2e_match and
 * call e2e__match_expect_stanza */
#elif defined __cplusplus
#define e2e_expect_stanza(client, ...) \
	e2e__match_expect_stanza(E2E__AT, client, e2e__match_of(0, __VA_ARGS__))
#define e2e_no_stanza(client, ...) e2e__match_no_stanza(E2E__AT, client, e2e__match_of(__VA_ARGS__))
#define E2E__EXPECT(kind, ...) e2e__match_expect_kind(E2E__AT, kind, e2e__match_for(__VA_ARGS__))
static inline __attribute__((unused)) e2e_match e2e__match_of(
	double within, int kind = 0, const char *from = NULL, const char *type = NULL)
{
	e2e_match m = e2e_match();

	m.within = within;
	m.kind = kind;
	m.from = from;
	m.type = type;
	return m;
}
static inline __attribute__((unused)) e2e_match e2e__match_for(
	e2e_client *client, const char *from = NULL, const char *type = NULL)
{
	e2e_match m = e2e__match_of(0, E2E_ANY, from, type);

	m.client = client;
	return m;
}
#else
#define e2e_expect_stanza(client, ...) \
	e2e__match_expect_stanza(E2E__AT, client, (e2e_match){.kind = __VA_ARGS__})
#define e2e_no_stanza(client, ...) \
	e2e__match_no_stanza(E2E__AT, client, (e2e_match){.within = __VA_ARGS__})
#define E2E__EXPECT(kind, ...) \
	e2e__match_expect_kind(E2E__AT, kind, (e2e_match){.client = __VA_ARGS__})
#endif
/* e2e_expect_message(client [, .from = jid, ...]) and its like: e2e_expect_stanza of this kind. All
 * conditions may be left out: e2e_expect_message(client) takes the first message. */
#define e2e_expect_message(...) E2E__EXPECT(E2E_MESSAGE, __VA_ARGS__)
#define e2e_expect_presence(...) E2E__EXPECT(E2E_PRESENCE, __VA_ARGS__)
#define e2e_expect_iq(...) E2E__EXPECT(E2E_IQ, __VA_ARGS__)

/* How many stanzas came that nobody took. */
E2E__FN size_t e2e_stanzas_left(e2e_client *client);
#define e2e_stanzas_left(...) (e2e__op_at(E2E__AT), (e2e_stanzas_left)(__VA_ARGS__))

E2E__FN e2e_stanza *e2e__match_expect_stanza(
	const char *file, int line, e2e_client *c, e2e_match match);
E2E__FN e2e_stanza *e2e__match_expect_kind(const char *file, int line, int kind, e2e_match match);
E2E__FN bool e2e__match_no_stanza(const char *file, int line, e2e_client *c, e2e_match match);

/* ---- xmpp/chat.h ---- */

/* Joins a chat room with this nick, and waits until the room says so: the own presence with the
 * status 110. Returns the address there, "room/nick", valid until the end of the case. Fails and
 * ends the case if the room refuses it (code stanza-error), or says nothing in time. */
#define e2e_join_room(client, room, nick) e2e__chat_join(E2E__AT, client, room, nick)
/* e2e_configure_room(client, room [, "var=value", ...]): its owner sets these fields of the room's
 * form; see e2e_form_submit for them. Without any, the room is opened with the settings that it
 * has. Returns the result. Fails and ends the case if it is refused (code stanza-error), or there
 * is no answer. */
#define e2e_configure_room(client, ...) \
	e2e__chat_configure(E2E__AT, client, E2E__STRINGS(__VA_ARGS__))

E2E__FN const char *e2e__chat_join(
	const char *file, int line, e2e_client *c, const char *room, const char *nick);
E2E__FN e2e_stanza *e2e__chat_configure(
	const char *file, int line, e2e_client *c, const char *const *words);

/* ---- xmpp/wish.h ---- */

/* Modules that the private server is to have besides: e2e_private_modules("mam", "csi"). It
 * changes nothing for other servers. Ends the case if one of its clients has logged in before. */
#define e2e_private_modules(...) e2e__wish_for(E2E__AT, E2E__STRINGS(__VA_ARGS__))

E2E__FN void e2e__wish_for(const char *file, int line, e2e__words names);
/* The file of [local] config= for this server, its real path; NULL: none. */
E2E__FN const char *e2e__wish_config(const char *server);
/* The name of the service that is such a server. */
E2E__FN const char *e2e__wish_service(const char *server);

/* ---- xmpp/provision.h ---- */

/* Registers it; used where the config names it or no provisioner at all. It must live as long as
 * the program. */
E2E__FN void e2e_provisioner_add(e2e_provisioner *provisioner);
/* The name of the provisioner in use: "local", "static", ... */
E2E__FN const char *e2e_provisioner_name(void);

/* ---- xmpp/offer.h ---- */

/* A server. Texts live until the end of the case. */
struct e2e_xmpp_server {
	const char *name;             /* "prosody", "ejabberd"; NULL: one that ran before */
	const char *domain;           /* whose users clients are */
	const char *host;             /* where it listens */
	int port, direct_port;        /* for STARTTLS; for TLS from the first byte; 0: by SRV */
	const char *ca_file;          /* PEM of its authority; NULL: the config says */
	const char *bosh, *websocket; /* URLs; NULL: it has none */
	int component_port;           /* for components (XEP-0114); 0: it takes none */
	const char *component_secret; /* their password */
	bool open;                    /* any name with any password logs in */
};

/* The private server of this case, started if need be. Skips the case where its clients log in
 * elsewhere. */
#define e2e_private_server() e2e__offer_server(E2E__AT)
/* A domain that nobody else uses, and that a component may have at the private server from now
 * on. */
#define e2e_private_component() e2e__offer_component(E2E__AT)

E2E__FN const e2e_xmpp_server *e2e__offer_server(const char *file, int line);
E2E__FN const char *e2e__offer_component(const char *file, int line);

/* ---- xmpp/several.h ---- */

/* e2e_expect_all(client, n, matches): n stanzas, one for each of the e2e_match[n], whatever their
 * order; the limit is the longest .within of them, default e2e_xmpp_timeout's. Returns them in the
 * order of the matches, in an array that is valid until the end of the case. Fails and ends the
 * case if one is missing, and names those that are; nothing is taken then. */
#define e2e_expect_all(client, n, ...) e2e__several_expect(E2E__AT, client, n, __VA_ARGS__)
/* Forgets all that came and nobody took, and all that the server sent before it answers a ping.
 * Requests are refused nevertheless. Returns how many there were. */
#define e2e_drop_stanzas(client) e2e__several_drop(E2E__AT, client)

E2E__FN e2e_stanza *const *e2e__several_expect(
	const char *file, int line, e2e_client *c, size_t n, const e2e_match *matches);
E2E__FN size_t e2e__several_drop(const char *file, int line, e2e_client *c);

/* ---- xmpp/caps.h ---- */

/* e2e_announce_features(client, "feature", ...): sends presence with a hash of these features and
 * of disco#info (XEP-0115), has the client answer whoever asks what stands behind it, and waits
 * until its server has done so and has got the answer. Fails and ends the case if it doesn't ask in
 * time. */
#define e2e_announce_features(client, ...) \
	e2e__caps_announce(E2E__AT, client, E2E__STRINGS(__VA_ARGS__))

E2E__FN void e2e__caps_announce(
	const char *file, int line, e2e_client *c, const char *const *features);

/* ---- xmpp/friends.h ---- */

/* Subscribes two clients of different accounts to each other's presence, and waits until each has
 * seen that of the other. Both must be available, and no contacts yet. Fails and ends the case with
 * the step that didn't come. */
#define e2e_befriend(a, b) e2e__friends_make(E2E__AT, a, b)

E2E__FN void e2e__friends_make(const char *file, int line, e2e_client *a, e2e_client *b);

/* ---- xmpp/clients.h ---- */

/* A connected client that is available. Never NULL: the case fails and ends if it can't be had (see
 * "When connecting fails"), and is skipped if there is no server. aioxmpp: get_connected_client. */
#define e2e_client_connected() e2e__client_connected(E2E__AT)
/* The same with options. */
#define e2e_client_connect(...) e2e__client_connect(E2E__AT, __VA_ARGS__)
/* The same at one of several servers (see e2e_require_servers, e2e_server_pair). */
#define e2e_client_at(server) e2e__client_at(E2E__AT, server)
/* n clients, connected at once: e2e_client *out[3]; e2e_clients_connected(3, out); */
#define e2e_clients_connected(n, out) e2e__clients_connected(E2E__AT, n, out)
/* The same for clients with names: e2e_connect_each(&romeo, &juliet); */
#ifndef __cplusplus
#define e2e_connect_each(...) e2e__clients_each(E2E__AT, (e2e_client * *const[]){__VA_ARGS__, NULL})
#else
#define e2e_connect_each(...) e2e__clients_each_of(E2E__AT, __VA_ARGS__)
#endif
/* e2e_client_try(opts, &why) tries it: NULL if it can't connect, and *why (may be NULL) says so:
 * .code, .message, .hint. */
#define e2e_client_try(...) e2e__client_try(E2E__AT, __VA_ARGS__)
/* Connects a client again whose connection is gone (or closes it first): the same account, a
 * resumed session if the server still has it. True if it was resumed; if not, a failing
 * e2e_ok(e2e_reconnect(client)) says why. Fails and ends the case if it can't connect. */
#define e2e_reconnect(client) e2e__client_reconnect(E2E__AT, client)
/* Closes the stream. The client stays valid; what it received can still be expected. */
E2E__FN void e2e_disconnect(e2e_client *client);
/* Cuts the connection without a word, as a broken network does. */
E2E__FN void e2e_cut(e2e_client *client);

#define e2e_disconnect(...) (e2e__op_at(E2E__AT), (e2e_disconnect)(__VA_ARGS__))
#define e2e_cut(...) (e2e__op_at(E2E__AT), (e2e_cut)(__VA_ARGS__))

E2E__FN e2e_client *e2e__client_connected(const char *file, int line);
E2E__FN e2e_client *e2e__client_connect(const char *file, int line, e2e_client_opts opts);
E2E__FN e2e_client *e2e__client_at(const char *file, int line, const e2e_xmpp_server *server);
E2E__FN void e2e__clients_connected(const char *file, int line, size_t n, e2e_client **out);
E2E__FN void e2e__clients_each(const char *file, int line, e2e_client **const *list);
E2E__FN e2e_client *e2e__client_try(
	const char *file, int line, e2e_client_opts opts, e2e_failure *why);
E2E__FN bool e2e__client_reconnect(const char *file, int line, e2e_client *c);

#ifdef __cplusplus
} /* extern "C" */
template <typename... A>
static inline __attribute__((unused)) void e2e__clients_each_of(
	const char *file, int line, A... each)
{
	e2e_client **const list[] = {each..., NULL};

	e2e__clients_each(file, line, list);
}
extern "C" {
#endif

/* ---- xmpp/register.h ---- */

/* Makes this account (an e2e_account *) by in-band registration; a form's other fields get some
 * text. It is deleted at the end of the case. Fails and ends the case if the server refuses: code
 * "registration", or those of "When connecting fails". */
#define e2e_register(account) e2e__register(E2E__AT, account)
/* e2e_register_try(account, &why) tries it: false if it fails, and *why (may be NULL) says so. */
#define e2e_register_try(account, why) e2e__register_try(E2E__AT, account, why)

E2E__FN void e2e__register(const char *file, int line, const e2e_account *account);
E2E__FN bool e2e__register_try(
	const char *file, int line, const e2e_account *account, e2e_failure *why);

/* ---- xmpp/pair.h ---- */

typedef struct e2e_pair {
	const e2e_xmpp_server *a, *b; /* the users are @a.test and @b.test */
	e2e_proxy *to_b, *to_a;       /* for what a's server opens to b's; the other way */
	e2e_proc *process_a, *process_b;
} e2e_pair;

/* Two servers that federate, for this case alone; they live until its end. Skips the case where
 * they aren't installed; ends it where they can't be started. */
#define e2e_server_pair() e2e__pair_start(E2E__AT, NULL, NULL)
/* The same of given kinds, "prosody" or "ejabberd": p->a's, and p->b's. */
#define e2e_server_pair_of(first, second) e2e__pair_start(E2E__AT, first, second)
/* NULL: what the run is on. */
E2E__FN const e2e_pair *e2e__pair_start(
	const char *file, int line, const char *first, const char *second);

/* ---- xmpp/hosts.h ---- */

/* Guard: at least n servers whose users reach each other, the first host before the others; s[i] is
 * NULL behind the last. Skips the case where there are fewer. */
#define e2e_require_servers(n) e2e__hosts_require(E2E__AT, n)

E2E__FN const e2e_xmpp_server *const *e2e__hosts_require(const char *file, int line, size_t n);

/* ---- xmpp/discover.h ---- */

typedef struct e2e_identity {
	const char *category, *type, *name;
} e2e_identity;
typedef struct e2e_entity {
	const char *jid;
	const char *const *features;    /* sorted, NULL-terminated; without blocked ones */
	const e2e_identity *identities; /* sorted by category and type */
	size_t nidentities;
} e2e_entity;
typedef struct e2e_disco_result {
	const e2e_entity *entity; /* [0] is the one that was asked, then its items */
	size_t n;
	/* addresses of its items without a node, NULL-terminated; NULL without recurse */
	const char *const *items;
} e2e_disco_result;
/* Asks an entity (NULL: the client's own account) for what it is and can (XEP-0030), and with
 * recurse its items, one level. False if it answered with an error; items that answer with errors
 * are left out. Silence ends the case. */
#define e2e_disco(client, jid, recurse, out) e2e__discover_disco(E2E__AT, client, jid, recurse, out)
/* Does the entity have the feature? NULL, as where e2e_disco was refused: no. */
E2E__FN bool e2e_entity_has(const e2e_entity *entity, const char *feature);
/* Has the entity an identity of this category and type (NULL: any)? The same. */
E2E__FN bool e2e_entity_is(const e2e_entity *entity, const char *category, const char *type);
/* The address that e2e_require_feature would return, NULL instead of a skip: nobody has it. */
E2E__FN const char *e2e_feature_provider(const char *var);

/* Skips unless the account has personal eventing (XEP-0163). */
#define e2e_require_pep() (e2e__op_at(E2E__AT), e2e__discover_require_pep())
/* Skips unless the account itself has the feature, e.g. urn:xmpp:mam:2 (its address answers for it,
 * no service's). */
#define e2e_require_account_feature(var) \
	(e2e__op_at(E2E__AT), e2e__discover_require_account_feature(var))
/* The address of the provider with most of the n features, which has all of the nrequired ones.
 * *supported (may be NULL): those of both lists that it has, NULL-terminated. aioxmpp:
 * require_feature_subset. */
E2E__FN const char *e2e_require_feature_subset(size_t n, const char *const *vars, size_t nrequired,
	const char *const *required, const char *const **supported);
/* The server's name and version by XEP-0092; NULL if it doesn't say. */
E2E__FN const char *e2e_server_name(void);
E2E__FN const char *e2e_server_version(void);

/* The line of the test for the reports of what waits; guards ask the server when they are met
 * first. */
#define e2e_require_feature(...) (e2e__op_at(E2E__AT), (e2e_require_feature)(__VA_ARGS__))
#define e2e_entity_has(...) (e2e__op_at(E2E__AT), (e2e_entity_has)(__VA_ARGS__))
#define e2e_entity_is(...) (e2e__op_at(E2E__AT), (e2e_entity_is)(__VA_ARGS__))
#define e2e_feature_provider(...) (e2e__op_at(E2E__AT), (e2e_feature_provider)(__VA_ARGS__))
#define e2e_require_features(...) (e2e__op_at(E2E__AT), (e2e_require_features)(__VA_ARGS__))
#define e2e_require_feature_all(...) (e2e__op_at(E2E__AT), (e2e_require_feature_all)(__VA_ARGS__))
#define e2e_require_identity(...) (e2e__op_at(E2E__AT), (e2e_require_identity)(__VA_ARGS__))
#define e2e_skip_with_quirk(...) (e2e__op_at(E2E__AT), (e2e_skip_with_quirk)(__VA_ARGS__))
#define e2e_has_quirk(...) (e2e__op_at(E2E__AT), (e2e_has_quirk)(__VA_ARGS__))
#define e2e_require_feature_subset(...) \
	(e2e__op_at(E2E__AT), (e2e_require_feature_subset)(__VA_ARGS__))
#define e2e_peer() (e2e__op_at(E2E__AT), (e2e_peer)())
#define e2e_server_name() (e2e__op_at(E2E__AT), (e2e_server_name)())
#define e2e_server_version() (e2e__op_at(E2E__AT), (e2e_server_version)())

E2E__FN bool e2e__discover_disco(const char *file, int line, e2e_client *c, const char *jid,
	bool recurse, e2e_disco_result *out);
E2E__FN void e2e__discover_require_pep(void);
E2E__FN void e2e__discover_require_account_feature(const char *var);

/* ---- xmpp/quirks.h ---- */

/* Has the server the quirk? `#x` stands for aioxmpp's URI of x; one that aioxmpp doesn't know ends
 * the case. */
E2E__FN bool e2e_quirk(const char *name);
#define e2e_quirk(...) (e2e__op_at(E2E__AT), (e2e_quirk)(__VA_ARGS__))

/* ---- xmpp/main.h ---- */

/* The private servers that this program runs on where nobody says another: no --server, no config.
 * Those of them that aren't installed are left out. At the top of the program, once. */
#define E2E_SERVERS(list) \
	static void e2e__main_set_servers(void) __attribute__((constructor)); \
	static void e2e__main_set_servers(void) \
	{ \
		e2e__xmpp.default_servers = list; \
	} \
	struct e2e__main_servers_are_set

/* E2E_MAIN's function, with `--server a,b`: the suite runs once for each, as a subtest of this
 * name. */
E2E__FN int e2e__main(int argc, char **argv);
#define e2e_main(argc, argv) e2e__main(argc, argv)

#ifndef E2E_EXTERN

/* -----------------------------------------------------------------------------------------------
 * IMPLEMENTATION
 * --------------------------------------------------------------------------------------------- */

/* ---- xmpp/state.h ---- */

/* How far a connection has come; also the words of "went silent ...". */
enum e2e__xmpp_phase {
	E2E__PHASE_IDLE,
	E2E__PHASE_TCP,
	E2E__PHASE_STREAM,
	E2E__PHASE_STARTTLS,
	E2E__PHASE_TLS,
	E2E__PHASE_FEATURES,
	E2E__PHASE_AUTH,
	E2E__PHASE_BIND,
	E2E__PHASE_UP,
	E2E__PHASE_DOWN
};

struct e2e__xmpp_question {
	struct e2e__xmpp_question *next;
	const char *id, *to;
};

struct e2e__xmpp_request {
	struct e2e__xmpp_request *next;
	e2e_stanza *stanza;
	const char *id;
	double due;
	bool answered, looked_at;
};

struct e2e__xmpp_word {
	struct e2e__xmpp_word *next;
	const char *text;
};

/* One of a list of accounts. A file says that it is in use, or that its last user died; it is empty
 * for a clean account. */
struct e2e__xmpp_static {
	const char *user, *password;
	const char *domain; /* NULL: the first one of the config */
	bool in_use;
	int mark_fd;
	char *dirty; /* its last user died: lines of the private XML that it stored; NULL: clean */
};

/* What a client answers to each request in which there is this path: a result, or (condition) an
 * error. */
struct e2e__xmpp_standing {
	struct e2e__xmpp_standing *next;
	const char *file;
	int line;
	const char *path, *type, *condition;
	e2e_stanza *child;
};

/* An answer that the test has sent by e2e_answer, e2e_refuse or what it said for each request. */
struct e2e__xmpp_reply {
	struct e2e__xmpp_reply *next;
	const e2e_stanza *to; /* kept, so that its address stays its own */
	const char *file, *what;
	int line;
};

/* What e2e_send_raw has sent, read byte by byte (see the room "open"). */
struct e2e__xmpp_open {
	int depth; /* of elements */
	char state, before;
	char name[64], first[64]; /* of the tag that is read; of the outermost open element */
	size_t n;
	const char *file; /* where that began */
	int line;
	bool unsure;
};

/* What a client keeps for itself. Its texts live until the end of the case. */
struct e2e__xmpp_own {
	e2e_client *self;
	struct e2e__xmpp_own *next;
	e2e_client_opts opts;
	/* the address that it logs in with; without a user for SASL ANONYMOUS */
	const char *login;
	enum e2e__xmpp_phase phase, reached; /* reached: the phase in which it went down */
	int fd;                              /* libstrophe's socket; -1 without one */
	double deadline;                     /* of connecting */
	bool failed, secured, resumed, wanted_down, dirty;
	e2e_failure failure;
	const char *reason; /* its message, without who and where */
	/* what was seen on the way, for the reason of a failure */
	char error[256], tls_error[256], cert_error[256], cert_subject[256], sasl_failure[256],
		stream_error[256];
	char stream_condition[64], mechanisms[256], caps[128];
	bool broken_xml, starttls_offered, ca_set;
	int broken_rounds;
	char tried[280]; /* host:port that libstrophe connects to */
	bool no_srv;
	struct e2e__xmpp_open open;
	/* what it had to send when libstrophe's loop began, for clients without TLS */
	int queued;
	/* what it trusts; NULL: nothing, so that libstrophe asks us about the pin */
	X509_STORE *store;
	int direct_port; /* of a private server: TLS from the first byte there */
	bool direct, awaited, private_server;
	/* stream management: the server offers it, has given a session that can be resumed; why it
	 * didn't resume one */
	bool sm_offered, sm_given;
	char sm_failure[64];
	bool closed;        /* the test has closed its stream */
	bool loss_told;     /* the test knows that its connection is gone, or asked for that */
	bool reply_missing; /* the last question got no answer in time */
	bool not_cleared;   /* the server refused to take off what it has on the account */
	/* logs in, or is the toolkit's own: what it says is shown only if it is the last */
	bool quiet;
	/* SCRAM: its hash, and what both sides have said (RFC 5802, AuthMessage) */
	const char *scram, *scram_talk, *scram_challenge;
	/* a raw client: libstrophe's connection stands; the features of its stream; it has
	 * authenticated */
	bool raw_open, raw_login;
	e2e_stanza *features;
	/* pins */
	const struct e2e__json *pins; /* of this host; NULL: none */
	bool pin_ok, leaf_seen;
	char *pin_to_paste;
	/* what came */
	e2e_stanza **inbox;
	size_t ninbox, inbox_size;
	const char *waited_id,
		/* e2e__talk_iq waits for the reply to this, by this address (NULL: its own
		 * server) */
		*waited_to;
	const char *stranger; /* somebody else who used that id for an answer */
	e2e_stanza *reply;
	struct e2e__xmpp_question *late;     /* the toolkit's own that got no answer in time */
	struct e2e__xmpp_request *requests;  /* iq requests that nobody has answered yet */
	const char *refused_id;              /* of the last one that was refused by itself */
	struct e2e__xmpp_standing *standing; /* what it answers to each request of a kind */
	struct e2e__xmpp_reply *replies;     /* what the test has answered, the last one first */
	struct e2e__xmpp_word *private_xml;  /* "name namespace" of what was stored with XEP-0049 */
	struct e2e__xmpp_static *account;    /* which of a list; NULL: none */
	const char *place;                   /* which of hosts=; NULL: the first host */
	bool registers;                      /* its account is to be made, and not to be used */
	/* makes its account before it connects; false: it failed. NULL: it has one */
	bool (*before)(struct e2e__xmpp_own *o);
};

/* What discovery found out; kept in a file for the run. */
struct e2e__xmpp_fact {
	struct e2e__xmpp_fact *next;
	char kind; /* f feature, i identity, a identity of the account */
	const char *what, *type, *jid;
};

/* A place in a test, and how many points it has made by then. */
struct e2e__xmpp_place {
	const char *file;
	int line, depth, points;
};

struct e2e__xmpp_state {
	bool on;
	pid_t pid; /* whose connections these are */
	xmpp_ctx_t *ctx;
	xmpp_log_t log;
	int tls_index;
	bool tls_hooked;
	struct e2e__xmpp_own *clients, **tail;
	size_t nclients, made;
	/* the one that is connecting and not under TLS yet; there's one at most */
	struct e2e__xmpp_own *plain;
	struct e2e__xmpp_own *rx, *tx; /* whose record OpenSSL has read, written last */
	char *pending;                 /* a received stanza whose owner isn't known yet */
	struct e2e__xmpp_own *pending_owner;
	bool inside; /* in xmpp_run_once */
	pid_t warm;  /* who reads OpenSSL's tables while it waits, once; 0: nobody */
	bool pumping;
	int depth; /* of e2e__op_enter */
	double step, last_idle;
	double suite_step;  /* what E2E_SUITE_SETUP says of step */
	double config_step; /* what the config says of it */
	double patience;    /* with each answer while accounts are cleared; 0: they aren't */
	double epoch;
	const char *log_path; /* the transcripts of all clients of the case */
	int log_fd;
	/* of it what the test says and hears; and logins and the like that are under way */
	int talk_fd, login_fd;
	/* stanzas to be released at the end of the case */
	e2e_stanza **stanzas;
	size_t nstanzas, stanzas_size;
	/* where the last connect found the server */
	char probed_host[256], probed_ip[64];
	int probed_port;
	X509_STORE *store;
	char *store_file;
	/* the last TLS session with a private server that this store vouched for, and where */
	SSL_SESSION *session;
	char *session_place;
	/* provisioner */
	e2e_provisioner *added, *chosen;
	e2e_provisioner *offered;        /* of this header, by rooms above "provision" */
	struct e2e__xmpp_made *accounts; /* that the case has made */
	e2e_client *admin;               /* who makes them; NULL: nobody yet */
	bool configured, initialised, set_up, choosing;
	const char *section;
	/* which of hosts= it is about just now; NULL: the first host */
	const char *place;
	const char *file; /* where the test asked for what is under way */
	int line;
	/* why the toolkit asks by itself: "discovery", ...; NULL: the test does */
	const char *task;
	bool doing;  /* e2e__hook_doing has something to take back */
	bool in_gap; /* still true at the end of a case: a limit ended a wait for a server */
	const char *none_reason;
	/* modules that the test wants of a private server; the first ones its suite */
	char *wishes[32];
	size_t nwishes, suite_wishes;
	/* discovery */
	bool discovered, discovering;
	struct e2e__xmpp_fact *facts;
	struct e2e__xmpp_fact *forgotten; /* no longer true, but a case may hold their strings */
	const char *peer_name, *peer_version, *asked, *facts_caps;
	const char *deaf, *refusing; /* who gave discovery no answer, or an error; NULL: nobody */
	/* what was looked for last and isn't there, and where this was; NULL: nothing */
	const char *missed;
	struct e2e__xmpp_place missed_at;
	const char *silent_to; /* who gave the toolkit's last question no answer */
	/* a feature that a guard asked for, and that only the account has */
	const char *of_account;
	int record_fd; /* of --record; 0: not looked at yet, -1: none */
	int record_error;
	struct e2e__hooks hooks;
	struct e2e__option server_option, record_option;
	const char *default_servers; /* of E2E_SERVERS; NULL: nothing was said */
	e2e_provider provider;
};
extern struct e2e__xmpp_state e2e__xmpp;
__attribute__((weak)) struct e2e__xmpp_state e2e__xmpp;

E2E__FN bool e2e__state_has_word(const char *const *words, const char *word)
{
	for (; words && *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

E2E__FN const char *e2e__state_joined(const char *const *words)
{
	const char *text = *words;

	while (*++words)
		text = e2e_printf("%s, %s", text, *words);
	return text;
}

/* ---- xmpp/ops.h ---- */

/* Notes where the test is. */
E2E__FN void e2e__op_at(const char *file, int line)
{
	e2e__script_begin();
	e2e__xmpp.file = file;
	e2e__xmpp.line = line;
	if (e2e__state.page)
		e2e__point_mark(e2e__state.page, file, line);
}

/* libstrophe's handshake ignores signals: when a limit falls due in it, its socket is shut down,
 * and it returns. Runs in the signal handler. */
E2E__FN void e2e__op_abort(void)
{
	if (e2e__xmpp.plain && e2e__xmpp.plain->fd >= 0)
		shutdown(e2e__xmpp.plain->fd, SHUT_RDWR);
}

/* From enter to leave no limit jumps out of what runs: it would leave the heap or libstrophe half
 * changed. Each round of waiting (e2e__loop_run) is a gap through which a limit that fell due ends
 * the case. They nest. */
E2E__FN void e2e__op_enter(void)
{
	if (!e2e__xmpp.depth++)
		e2e__limit_hold(0, e2e__op_abort);
}

/* The same for what the test calls with its place: a report of a limit says where it was. */
E2E__FN void e2e__op_enter_at(const char *file, int line)
{
	e2e__op_at(file, line);
	e2e__op_enter();
}

/* What the case waits for now, for the report of a limit that ends the wait. */
E2E__FN void e2e__op_doing(const char *fmt, ...) E2E__PRINTF(1, 2);
E2E__FN void e2e__op_doing(const char *fmt, ...)
{
	char text[200];
	size_t n = 0;
	va_list ap;

	if (!e2e__state.page)
		return;
	text[0] = 0;
	if (e2e__xmpp.task) {
		snprintf(text, sizeof text - 1, "%s: ", e2e__xmpp.task);
		n = strlen(text);
	}

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof text - n, fmt, ap);
	va_end(ap);
	e2e__hook_doing(text);
	e2e__xmpp.doing = true;
}

E2E__FN void e2e__op_done(void)
{
	if (e2e__xmpp.doing)
		e2e__hook_doing(NULL);
	e2e__xmpp.doing = false;
}

E2E__FN void e2e__op_leave(void)
{
	if (e2e__xmpp.depth > 0 && !--e2e__xmpp.depth) {
		e2e__limit_release();
		e2e__op_done();
	}
}

/* The gap: doesn't return if a limit fell due. */
E2E__FN void e2e__op_gap(void)
{
	int depth = e2e__xmpp.depth;

	e2e__xmpp.depth = 0;
	e2e__xmpp.in_gap = true;
	e2e__limit_release();
	e2e__xmpp.in_gap = false;
	e2e__xmpp.depth = depth;
	if (depth)
		e2e__limit_hold(0, e2e__op_abort);
}

/* Ends the case with this failure. */
E2E__FN void e2e__op_die(const char *file, int line, const char *name, const e2e_failure *f)
	__attribute__((noreturn));
E2E__FN void e2e__op_die(const char *file, int line, const char *name, const e2e_failure *f)
{
	e2e__xmpp.depth = 0;
	e2e__op_done();
	e2e__exit_die(file, line, name, f);
}

/* The same of what has its word and its texts only. */
E2E__FN void e2e__op_die_of(const char *file, int line, const char *name, const char *code,
	const char *message, const char *hint) __attribute__((noreturn));
E2E__FN void e2e__op_die_of(const char *file, int line, const char *name, const char *code,
	const char *message, const char *hint)
{
	e2e_failure f = e2e__system_failure(code, message, hint);

	e2e__op_die(file, line, name, &f);
}

/* Ends the case where the test gives NULL for a client; name: what it has called. */
E2E__FN void e2e__op_need_client(const char *file, int line, const e2e_client *c, const char *name)
{
	if (!c)
		e2e__op_die_of(file, line, name, "usage", "the client is NULL",
			"it hasn't been made: e2e_client_connected() makes one, or ends the case");
}

/* The same for a stanza. */
E2E__FN void e2e__op_need_stanza(
	const char *file, int line, const e2e_stanza *stanza, const char *name)
{
	if (!stanza)
		e2e__op_die_of(file, line, name, "usage", "the stanza is NULL",
			"e2e_xml(client, text) makes one");
}

/* What the program of the test is called in notes for others: prove has made it from a source. */
E2E__FN const char *e2e__op_program(void)
{
	return e2e__state.source ? e2e__state.source : e2e__case_program();
}

/* A stanza that lives until the end of the case. */
E2E__FN e2e_stanza *e2e__op_keep(e2e_stanza *stanza)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	if (!stanza)
		return NULL;
	if (s->nstanzas == s->stanzas_size) {
		size_t size = s->stanzas_size ? 2 * s->stanzas_size : 64;
		e2e_stanza **more = (e2e_stanza **)realloc(s->stanzas, size * sizeof *more);

		if (!more)
			e2e_bail_out("out of memory for %zu stanzas", size);
		s->stanzas = more;
		s->stanzas_size = size;
	}
	return s->stanzas[s->nstanzas++] = stanza;
}

/* ---- xmpp/missed.h ---- */

/* Where the test is, and how many points it has made. */
E2E__FN struct e2e__xmpp_place e2e__missed_here(void)
{
	const struct e2e__page *pg = e2e__state.page;
	struct e2e__xmpp_place here;

	here.file = pg->where_ptr;
	here.line = pg->where_line;
	here.depth = pg->depth;
	here.points = pg->level[pg->depth].run;
	return here;
}

/* Notes what was looked for and isn't there. If the next point fails, that's why, as a rule: NULL
 * or false alone doesn't tell what there is instead. */
E2E__FN void e2e__missed_note(const char *text)
{
	if (!e2e__state.page)
		return;
	e2e__xmpp.missed = text;
	e2e__xmpp.missed_at = e2e__missed_here();
}

/* Hook: a point fails. */
E2E__FN const char *e2e__missed_failing(void)
{
	const char *text = e2e__xmpp.missed;
	struct e2e__xmpp_place at = e2e__xmpp.missed_at, here;

	if (!text)
		return NULL;
	here = e2e__missed_here();
	e2e__xmpp.missed = NULL;
	return at.file == here.file && at.line == here.line && at.depth == here.depth &&
			at.points == here.points
		? text
		: NULL;
}

/* Adds a name that isn't there yet. */
E2E__FN void e2e__missed_add(struct e2e__strings *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->at[i], name) == 0)
			return;
	e2e__memory_push(names, name);
}

/* "; did you mean b?": a slip of the fingers; "" where no name is that near. */
E2E__FN const char *e2e__missed_near(const char *name, const struct e2e__strings *names)
{
	const char *near = names->n ? e2e__config_nearest(name, names->at, 2) : NULL;

	return near ? e2e_printf("; did you mean %s?", near) : "";
}

/* The same, or all that there is instead: "; there's a, b". */
E2E__FN const char *e2e__missed_but(const char *name, const struct e2e__strings *names)
{
	enum { SHOWN = 8 };
	const char *text = e2e__missed_near(name, names);

	if (*text || !names->n)
		return names->n ? text : "; there's none";
	for (size_t i = 0; i < names->n && i < SHOWN; i++)
		text = e2e_printf("%s%s%s", text, i ? ", " : "; there's ", names->at[i]);
	return names->n > SHOWN ? e2e_printf("%s and %zu more", text, names->n - SHOWN) : text;
}

/* ---- xmpp/transcript.h ---- */

/* The passwords of the case's clients that are in this text, 8 at most; as a rule none. */
E2E__FN void e2e__transcript_passwords_in(const char *text, const char *known[9])
{
	int n = 0;

	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o && n < 8; o = o->next) {
		const char *password = o->self->account.password;

		if (password && strlen(password) >= 4 && strstr(text, password))
			known[n++] = password;
	}
	known[n] = NULL;
}

/* Elements whose text is a secret. */
E2E__FN bool e2e__transcript_secret(const char *name, size_t n)
{
	static const char *const secret[] = {"auth", "response", "challenge", "success", "password",
		"digest", "initial-response", "additional-data", NULL};

	for (int i = 0; secret[i]; i++)
		if (strlen(secret[i]) == n && memcmp(secret[i], name, n) == 0)
			return true;
	return false;
}

/* A password of the case's that stands at the beginning of this text; its length, or 0. */
E2E__FN size_t e2e__transcript_password_at(const char *const *known, const char *text)
{
	for (; *known; known++) {
		size_t n = strlen(*known);

		if (strncmp(text, *known, n) == 0)
			return n;
	}
	return 0;
}

/* Copies XML without the text of secret elements and without passwords wherever they stand. */
E2E__FN void e2e__transcript_blank(struct e2e__buf *out, const char *xml)
{
	const char *known[9];

	e2e__transcript_passwords_in(xml, known);
	while (*xml) {
		size_t secret = *known ? e2e__transcript_password_at(known, xml) : 0, plain;

		if (*xml == '<' && xml[1] != '/') {
			size_t name = strcspn(xml + 1, " \t\r\n/>");
			const char *end = strchr(xml, '>');

			if (end && end[-1] != '/' && e2e__transcript_secret(xml + 1, name)) {
				e2e__buf_add(out, xml, (size_t)(end + 1 - xml));
				xml = end + 1;
				if (*xml != '<' && *xml) {
					e2e__buf_adds(out, "***");
					xml += strcspn(xml, "<");
				}
				continue;
			}
		}
		if (secret) {
			e2e__buf_adds(out, "***");
			xml += secret;
			continue;
		}
		plain = *known ? 1 : 1 + strcspn(xml + 1, "<");
		e2e__buf_add(out, xml, plain);
		xml += plain;
	}
}

/* The head of --record's file: what a person needs to send it all again. */
#define E2E__XMPP_RECORD \
	"#!/bin/sh\n" \
	"# XMPP streams, recorded by e2e_xmpp.h; this script sends them again, one connection a client:\n" \
	"#   PASSWORD=secret sh THIS_FILE CASE/CLIENT HOST:PORT DOMAIN [USER]\n" \
	"# It needs openssl. Without USER it logs in with SASL ANONYMOUS. Lines with # are what happened when it " \
	"was recorded.\n" \
	"[ $# -ge 3 ] || { sed -n 's/^# \\{0,1\\}//; 2,4p' \"$0\" >&2; exit 2; }\n" \
	"client=$1 server=$2 domain=$3 user=${4-}\n" \
	"open() { printf '%s' \"<?xml version='1.0'?><stream:stream to='$domain' version='1.0' " \
	"xmlns='jabber:client' \"\n" \
	"\tprintf '%s\\n' \"xmlns:stream='http://etherx.jabber.org/streams'>\"; sleep 0.3; }\n" \
	"auth() { if [ \"$user\" ]; then\n" \
	"\t\tprintf '<auth xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\" mechanism=\"PLAIN\">%s</auth>\\n' \\\n" \
	"\t\t\t\"$(printf '\\0%s\\0%s' \"$user\" \"$PASSWORD\" | openssl base64 -A)\"\n" \
	"\telse printf '<auth xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\" mechanism=\"ANONYMOUS\"/>\\n'; fi; sleep " \
	"0.3; }\n" \
	"login() { open; auth; open\n" \
	"\tprintf '<iq type=\"set\" id=\"bind\"><bind xmlns=\"urn:ietf:params:xml:ns:xmpp-bind\"/></iq>\\n'; sleep " \
	"0.3; }\n" \
	"send() { if [ \"$1\" = \"$client\" ]; then\n" \
	"\tcase $2 in '<auth '*'***'*) auth ;; *) printf '%s\\n' \"$2\"; sleep 0.1 ;; esac; fi; }\n" \
	"raw() { :; }\n" \
	"again() { if [ \"$1\" = \"$client\" ]; then open; fi; }\n" \
	"if [ -z \"${REPLAYING-}\" ]; then\n" \
	"\tREPLAYING=1 sh \"$0\" \"$@\" | openssl s_client -quiet -starttls xmpp -xmpphost \"$domain\" -connect " \
	"\"$server\"\n" \
	"\texit\nfi\ntrap \"sleep 0.5; printf '</stream:stream>'; sleep 0.5\" EXIT\n" \
	"case $(grep \"^raw $client \" \"$0\") in '') login ;; *3) open; auth; open ;; *) open ;; esac\n"

/* Opens --record's file. Programs and cases of a run append to it. */
E2E__FN void e2e__transcript_record_open(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *path = s->record_option.value;
	struct stat st;

	if (s->record_fd)
		return;
	s->record_fd = -1;
	if (!path)
		return;
	s->record_fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (s->record_fd < 0)
		e2e_bail_out("--record %s: %s", path, strerror(errno));
	flock(s->record_fd, LOCK_EX);
	if (!fstat(s->record_fd, &st) && !st.st_size)
		if (!e2e__file_write_whole(
			    s->record_fd, E2E__XMPP_RECORD, strlen(E2E__XMPP_RECORD)))
			e2e_bail_out("--record %s: %s", path, strerror(errno));
}

/* One stanza for --record: what was sent after login as a command, anything else as a comment. */
E2E__FN void e2e__transcript_record(struct e2e__xmpp_own *o, char direction, const char *text)
{
	const char *name = e2e__case_name();
	bool command = direction == '>' && o->phase == E2E__PHASE_UP &&
		strncmp(text, "</stream", 8) != 0 &&
		strncmp(text, "<starttls", 9) != 0; /* openssl has TLS already */
	E2E__BUF(line, 2048);

	e2e__buf_addf(&line, command ? "send %s%s%s '" : "# %s%s%s ", name, *name ? "/" : "",
		o->self->name);
	if (!command)
		e2e__buf_addf(&line, "%c ", direction);
	for (; *text; text++)
		if (*text == '\'' && command)
			e2e__buf_adds(&line, "'\\''");
		else
			e2e__buf_add(&line, *text == '\n' && !command ? " " : text, 1);
	e2e__buf_adds(&line, command ? "'\n" : "\n");
	if (!e2e__file_write_whole(e2e__xmpp.record_fd, line.p, line.n) && !e2e__xmpp.record_error)
		e2e__xmpp.record_error = errno;
	e2e__buf_free(&line);
}

/* A step of a raw client for --record: "raw" with how far it goes by itself, "again" where it opens
 * its stream once more. */
E2E__FN void e2e__transcript_record_step(struct e2e__xmpp_own *o, const char *step)
{
	const char *name = e2e__case_name(),
		   *line = e2e_printf("%s %s%s%s %d\n", step, name, *name ? "/" : "", o->self->name,
			   o->opts.until);

	if (e2e__xmpp.record_fd > 0 &&
		!e2e__file_write_whole(e2e__xmpp.record_fd, line, strlen(line)) &&
		!e2e__xmpp.record_error)
		e2e__xmpp.record_error = errno;
}

/* Does the toolkit say this by itself? A report would hide the test's own words behind it. */
E2E__FN bool e2e__transcript_own_words(const struct e2e__xmpp_own *o, const char *text)
{
	if (e2e__xmpp.task)
		return true;
	if (!o->quiet || o->phase == E2E__PHASE_DOWN)
		return false;
	return o->phase != E2E__PHASE_UP || strncmp(text, "<presence", 9) == 0 ||
		strstr(text, "\"e2e.up.") != NULL;
}

/* A login, discovery or clean-up has come to its end: if no other is under way there's nothing to
 * be shown of them. */
E2E__FN void e2e__transcript_own_words_over(void)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->quiet && o->phase != E2E__PHASE_DOWN)
			return;
	if (e2e__xmpp.login_fd >= 0 && ftruncate(e2e__xmpp.login_fd, 0)) {
		/* then a report says too much */
	}
}

/* The client of the case that has this address: its name; "" for none. */
E2E__FN const char *e2e__transcript_name(const char *jid, size_t n)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->self->jid && strlen(o->self->jid) == n && memcmp(o->self->jid, jid, n) == 0)
			return o->self->name;
	return "";
}

/* Is it the client's own address, with its resource or without? */
E2E__FN bool e2e__transcript_is_own(const struct e2e__xmpp_own *o, const char *value, size_t n)
{
	const char *jid = o->self->jid;

	return jid && (n == strlen(jid) || n == strcspn(jid, "/")) && strncmp(jid, value, n) == 0;
}

/* Is this attribute of a stanza nothing new in the story? The number of what isn't answered, the
 * language, the namespace of all. */
E2E__FN bool e2e__transcript_is_known(const char *stanza, const char *name, size_t n)
{
	static const char *const known[] = {"xml:lang", "xmlns", "id", NULL};
	bool answered = strncmp(stanza, "<iq", 3) == 0;

	if (!answered && strncmp(stanza, "<message", 8) != 0 &&
		strncmp(stanza, "<presence", 9) != 0)
		return false;
	for (int i = 0; known[i]; i++)
		if (strlen(known[i]) == n && memcmp(known[i], name, n) == 0)
			return !(answered && *name == 'i');
	return false;
}

/* One attribute of a stanza, short; returns what follows it, NULL if it is none. */
E2E__FN const char *e2e__transcript_attribute(struct e2e__buf *b, const struct e2e__xmpp_own *o,
	char direction, const char *stanza, const char *at)
{
	const char *own = direction == '>' ? "from" : "to";
	size_t n = strcspn(at + 1, "= />");
	const char *value = at + 1 + n, *end;

	if (*at != ' ' || *value != '=' || !(value[1] == '"' || value[1] == '\''))
		return NULL;
	end = strchr(value + 2, value[1]);
	if (!end)
		return NULL;
	size_t size = (size_t)(end - value) - 2;
	bool is_own = strlen(own) == n && memcmp(own, at + 1, n) == 0 &&
		e2e__transcript_is_own(o, value + 2, size);
	if (is_own || e2e__transcript_is_known(stanza, at + 1, n))
		return end + 1;
	const char *name = e2e__transcript_name(value + 2, size);
	if (!*name)
		e2e__buf_add(b, at, (size_t)(end + 1 - at));
	else
		e2e__buf_addf(b, "%.*s=\"%s\"", (int)(value - at), at, name);
	return end + 1;
}

/* What the story has of it: short, so that its beginning says what it is. */
E2E__FN void e2e__transcript_story(const struct e2e__xmpp_own *o, char direction, const char *text)
{
	const char *at = text + strcspn(text, " />"), *next;
	E2E__BUF(b, 512);

	e2e__buf_add(&b, text, (size_t)(at - text));
	while (direction != '-' &&
		(next = e2e__transcript_attribute(&b, o, direction, text, at)) != NULL)
		at = next;
	e2e__story_tell(o->self->name, direction == '-' ? "event" : "stanza", false, "%c %s%.300s",
		direction, b.p, at);
	e2e__buf_free(&b);
}

/* A line of a client's transcript: seconds, direction (> sent, < received, - what happened),
 * text. */
E2E__FN void e2e__transcript_transcribe(struct e2e__xmpp_own *o, char direction, const char *text)
{
	enum { LONGEST = 65536 };
	E2E__BUF(clean, 4096);
	E2E__BUF(line, 4096);
	size_t size = strlen(text);

	if (size > LONGEST) {
		e2e__buf_add(&clean, text, LONGEST);
		e2e__buf_add(&clean, "", 1);
		e2e__transcript_blank(&line, clean.p);
		clean.n = 0;
		e2e__buf_add(&clean, line.p, line.n);
		e2e__buf_addf(&clean, "... (%zu bytes in all)", size);
		line.n = 0;
	} else {
		e2e__transcript_blank(&clean, text);
	}

	e2e__buf_addf(&line, "%9.4f %s %c ", e2e_now() - e2e__xmpp.epoch, o->self->name, direction);
	e2e__buf_add(&line, clean.p, clean.n);
	e2e__buf_adds(&line, "\n");
	if (e2e__xmpp.log_fd >= 0) {
		e2e__file_write_whole(e2e__xmpp.log_fd, line.p, line.n);
		e2e__file_write_whole(
			e2e__transcript_own_words(o, text) ? e2e__xmpp.login_fd : e2e__xmpp.talk_fd,
			line.p, line.n);
	}
	e2e__buf_add(&clean, "", 0);
	if (!e2e__transcript_own_words(o, text))
		e2e__transcript_story(o, direction, clean.p);

	if (e2e__xmpp.record_fd > 0) {
		e2e__buf_add(&clean, "", 1);
		e2e__transcript_record(o, direction, clean.p);
	}

	e2e__buf_free(&clean);
	e2e__buf_free(&line);
}

E2E__FN void e2e__transcript_remark(struct e2e__xmpp_own *o, const char *fmt, ...)
	E2E__PRINTF(2, 3);
E2E__FN void e2e__transcript_remark(struct e2e__xmpp_own *o, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	e2e__transcript_transcribe(o, '-', text);
}

/* A file of the case's folder to be written; with a label its end is shown if the case fails. */
E2E__FN int e2e__transcript_log_file(const char *path, const char *label)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd >= 0 && label)
		e2e__hook_evidence(label, path);
	return fd;
}

/* Begins the transcript: one file for all, so that it shows who spoke when, and many clients cost
 * few files. */
E2E__FN void e2e__transcript_log_open(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	e2e__transcript_record_open();
	if (s->log_path)
		return;
	s->log_path = e2e_printf("%s/xmpp.log", e2e_tmpdir());
	s->log_fd = e2e__transcript_log_file(s->log_path, NULL);
	s->talk_fd = e2e__transcript_log_file(e2e_printf("%s/xmpp-talk.log", e2e_tmpdir()), "xmpp");
	s->login_fd = e2e__transcript_log_file(
		e2e_printf("%s/xmpp-login.log", e2e_tmpdir()), "xmpp-login");
}

/* For a case that failed: each client's own transcript beside it, NAME.xmpp. */
E2E__FN void e2e__transcript_log_split(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	char *all = s->log_path ? e2e__file_read(s->log_path, NULL) : NULL;

	for (struct e2e__xmpp_own *o = s->clients; all && o; o = o->next) {
		const char *name = o->self->name;
		size_t n = strlen(name);
		int fd = open(e2e_printf("%.*s%s.xmpp",
				      (int)(strrchr(s->log_path, '/') + 1 - s->log_path),
				      s->log_path, name),
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		bool mine = false;

		for (const char *line = all, *next; fd >= 0 && *line; line = next) {
			size_t blanks = strspn(line, " "),
			       time = blanks + strspn(line + blanks, "0123456789.");

			next = line + strcspn(line, "\n");
			next += *next != 0;
			if (time > blanks && line[time] == ' ')
				/* else it goes on with the line before */
				mine = strncmp(line + time + 1, name, n) == 0 &&
					line[time + 1 + n] == ' ';
			if (mine)
				e2e__file_write_whole(fd, line, (size_t)(next - line));
		}
		if (fd >= 0)
			close(fd);
	}
}

/* ---- xmpp/libstrophe.h ---- */

/* A text into a small array, cut where it is too long. */
E2E__FN void e2e__libstrophe_copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/* The text of the first element of this name in XML that libstrophe printed, or "". */
E2E__FN void e2e__libstrophe_element_text(const char *xml, const char *name, char *to, size_t size)
{
	size_t n = strlen(name);

	to[0] = 0;
	for (const char *p = xml; (p = strchr(p, '<')); p++)
		if (strncmp(p + 1, name, n) == 0 && strchr(" >", p[1 + n])) {
			p = strchr(p, '>');
			if (p)
				snprintf(to, size, "%.*s", (int)strcspn(p + 1, "<"), p + 1);
			return;
		}
}

/* The name of the element after the first one: a SASL failure's or stream error's condition. */
E2E__FN void e2e__libstrophe_inner_name(const char *xml, char *to, size_t size)
{
	const char *p = strchr(xml, '>');

	to[0] = 0;
	if (p && p[1] == '<' && p[2] != '/')
		snprintf(to, size, "%.*s", (int)strcspn(p + 2, " />"), p + 2);
}

/* All mechanisms of <mechanisms/>, separated by blanks. */
E2E__FN void e2e__libstrophe_mechanisms(const char *xml, char *to, size_t size)
{
	size_t used = 0;

	to[0] = 0;
	while ((xml = strstr(xml, "<mechanism>")) && used + 1 < size) {
		int n;

		xml += strlen("<mechanism>");
		n = snprintf(to + used, size - used, "%s%.*s", used ? " " : "",
			(int)strcspn(xml, "<"), xml);
		if (n > 0)
			used += (size_t)n;
	}
}

/* The value of an attribute of the first element with this namespace; libstrophe prints attributes
 * with ". */
E2E__FN void e2e__libstrophe_caps(const char *xml, char *to, size_t size)
{
	const char *p = strstr(xml, "http://jabber.org/protocol/caps"), *start, *end;

	if (!p)
		return;
	for (start = p; start > xml && *start != '<'; start--)
		;
	end = strchr(p, '>');
	for (p = start; end && p + 5 < end; p++)
		if (strncmp(p, " ver=", 5) == 0) {
			snprintf(to, size, "%.*s", (int)strcspn(p + 6, "\"'"), p + 6);
			return;
		}
}

/* The text of the first element, which is base64, as it was before that; "" if it isn't. */
E2E__FN const char *e2e__libstrophe_payload(const char *xml)
{
	const char *text = strchr(xml, '>');
	size_t n = text ? strcspn(text + 1, "<") : 0, size = 0;
	char *plain = (char *)e2e__memory_alloc(n + 1);

	if (n &&
		sodium_base642bin((unsigned char *)plain, n, text + 1, n, " \t\r\n", &size, NULL,
			sodium_base64_VARIANT_ORIGINAL))
		size = 0;
	plain[size] = 0;
	return plain;
}

E2E__FN const char *e2e__libstrophe_attribute(const char *xml, const char *name);

/* Notes what a client says in SCRAM. */
E2E__FN void e2e__libstrophe_scram_sent(struct e2e__xmpp_own *o, const char *text)
{
	const char *mechanism, *said = e2e__libstrophe_payload(text), *comma = strchr(said, ',');

	if (strncmp(text, "<auth ", 6) == 0) {
		mechanism = e2e__libstrophe_attribute(text, "mechanism");
		o->scram = mechanism && strncmp(mechanism, "SCRAM-", 6) == 0 ? mechanism + 6 : NULL;
		comma = comma ? strchr(comma + 1, ',')
			      : NULL; /* what is before the second one isn't signed */
		o->scram_talk = comma ? comma + 1 : "";
		o->scram_challenge = NULL;
	} else if (o->scram && o->scram_challenge) {
		const char *proof = strstr(said, ",p=");

		o->scram_talk = e2e_printf("%s,%s,%.*s", o->scram_talk, o->scram_challenge,
			(int)(proof ? (size_t)(proof - said) : strlen(said)), said);
	}
}

/* Bytes in base64. */
E2E__FN const char *e2e__libstrophe_base64(const void *bytes, size_t n)
{
	size_t size = sodium_base64_encoded_len(n, sodium_base64_VARIANT_ORIGINAL);

	return sodium_bin2base64((char *)e2e__memory_alloc(size), size,
		(const unsigned char *)bytes, n, sodium_base64_VARIANT_ORIGINAL);
}

/* The hash of the SCRAM that a client speaks; NULL: it speaks none. */
E2E__FN const EVP_MD *e2e__libstrophe_scram_hash(const struct e2e__xmpp_own *o)
{
	return !o->scram                               ? NULL
		: strncmp(o->scram, "SHA-256", 7) == 0 ? EVP_sha256()
		: strncmp(o->scram, "SHA-512", 7) == 0 ? EVP_sha512()
						       : EVP_sha1();
}

/* SCRAM's key of this name for the password and the server's challenge; its size, 0: there's
 * none. */
E2E__FN unsigned e2e__libstrophe_scram_key(
	const struct e2e__xmpp_own *o, const char *name, unsigned char key[EVP_MAX_MD_SIZE])
{
	const char *password = o->self->account.password,
		   *salt = o->scram_challenge ? strstr(o->scram_challenge, ",s=") : NULL;
	const char *rounds = salt ? strstr(salt + 1, ",i=") : NULL;
	const EVP_MD *hash = e2e__libstrophe_scram_hash(o);
	unsigned char salted[EVP_MAX_MD_SIZE], *bytes;
	size_t n, size;
	unsigned length;

	if (!password || !rounds || !hash)
		return 0;
	n = (size_t)(rounds - salt - 3);
	bytes = (unsigned char *)e2e__memory_alloc(n + 1);
	if (sodium_base642bin(
		    bytes, n + 1, salt + 3, n, NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL) ||
		!PKCS5_PBKDF2_HMAC(password, (int)strlen(password), bytes, (int)size,
			atoi(rounds + 3), hash, EVP_MD_size(hash), salted) ||
		!HMAC(hash, salted, EVP_MD_size(hash), (const unsigned char *)name, strlen(name),
			key, &length))
		return 0;
	return length;
}

/* The server's signature that belongs to what was said, in base64; NULL if the talk was none. */
E2E__FN const char *e2e__libstrophe_scram_signature(const struct e2e__xmpp_own *o)
{
	unsigned char key[EVP_MAX_MD_SIZE], signature[EVP_MAX_MD_SIZE];
	unsigned length = e2e__libstrophe_scram_key(o, "Server Key", key);

	if (!length ||
		!HMAC(e2e__libstrophe_scram_hash(o), key, (int)length,
			(const unsigned char *)o->scram_talk, strlen(o->scram_talk), signature,
			&length))
		return NULL;
	return e2e__libstrophe_base64(signature, length);
}

E2E__FN void e2e__libstrophe_blame(
	struct e2e__xmpp_own *o, const char *code, const char *message, const char *hint);
E2E__FN bool e2e__libstrophe_same(const char *a, const char *b);
E2E__FN const char *e2e__libstrophe_attribute(const char *xml, const char *name);

/* The server says that the login succeeded. By SCRAM it must show that it knows the password, too;
 * libstrophe doesn't look. */
E2E__FN void e2e__libstrophe_scram_over(struct e2e__xmpp_own *o, const char *xml)
{
	const char *said, *want;

	if (!o->scram)
		return;
	said = e2e__libstrophe_payload(xml);
	want = e2e__libstrophe_scram_signature(o);
	if (want && strncmp(said, "v=", 2) == 0 && strlen(want) == strcspn(said + 2, ",") &&
		memcmp(said + 2, want, strlen(want)) == 0)
		return;
	e2e__libstrophe_blame(o, "auth",
		e2e_printf("the server didn't prove that it knows the password: %s (SCRAM-%s)",
			strncmp(said, "v=", 2) != 0 ? "its <success/> has no signature"
						    : "its signature is wrong",
			o->scram),
		"somebody may have taken the server's place; a server that keeps no password has to offer PLAIN "
		"alone");
	if (o->fd >= 0)
		shutdown(o->fd, SHUT_RDWR);
}

/* What a received line says about resuming the session; <enabled/> may come after login. */
E2E__FN void e2e__libstrophe_learn_session(struct e2e__xmpp_own *o, const char *xml)
{
	if (strncmp(xml, "<resumed", 8) == 0) {
		o->resumed = o->sm_given = true;
	} else if (strncmp(xml, "<enabled", 8) == 0) {
		const char *resume = e2e__libstrophe_attribute(xml, "resume");

		o->sm_given =
			e2e__libstrophe_same(resume, "true") || e2e__libstrophe_same(resume, "1");
	} else if (strncmp(xml, "<failed", 7) == 0 && !o->sm_failure[0]) {
		e2e__libstrophe_inner_name(xml, o->sm_failure, sizeof o->sm_failure);
	}
}

/* What a received line of the negotiation says about the way. */
E2E__FN void e2e__libstrophe_learn(struct e2e__xmpp_own *o, const char *xml)
{
	char detail[160];

	if (strncmp(xml, "<stream:features", 16) == 0 || strncmp(xml, "<features", 9) == 0) {
		if (o->phase == E2E__PHASE_STREAM || o->phase == E2E__PHASE_FEATURES)
			e2e__libstrophe_mechanisms(xml, o->mechanisms, sizeof o->mechanisms);
		o->starttls_offered = strstr(xml, "urn:ietf:params:xml:ns:xmpp-tls") != NULL;
		o->sm_offered = strstr(xml, "urn:xmpp:sm:3") != NULL;
		e2e__libstrophe_caps(xml, o->caps, sizeof o->caps);
	} else if (strncmp(xml, "<failure", 8) == 0 && strstr(xml, "xmpp-sasl")) {
		e2e__libstrophe_inner_name(xml, o->sasl_failure, sizeof o->sasl_failure);
		e2e__libstrophe_element_text(xml, "text", detail, sizeof detail);
		if (detail[0] &&
			strlen(o->sasl_failure) + strlen(detail) + 3 < sizeof o->sasl_failure) {
			strcat(o->sasl_failure, ": ");
			strcat(o->sasl_failure, detail);
		}
	} else if (strncmp(xml, "<success", 8) == 0 && o->phase == E2E__PHASE_AUTH) {
		o->sasl_failure[0] = 0;
		e2e__libstrophe_scram_over(o, xml);
	} else if (strncmp(xml, "<challenge", 10) == 0 && o->scram && !o->scram_challenge) {
		o->scram_challenge = e2e__libstrophe_payload(xml);
	} else if (strncmp(xml, "<iq", 3) == 0 && o->phase == E2E__PHASE_BIND &&
		strstr(xml, "type=\"error\"")) {
		const char *error = strstr(xml, "<error");

		e2e__libstrophe_inner_name(error ? error : xml, o->error, sizeof o->error);
	}
}

/* Puts a received line down in the transcript of its owner. */
E2E__FN void e2e__libstrophe_claim(struct e2e__xmpp_own *o)
{
	char *line = e2e__xmpp.pending;

	e2e__xmpp.pending = NULL;
	if (line && o) {
		if (o->phase < E2E__PHASE_UP)
			e2e__libstrophe_learn(o, line);
		e2e__libstrophe_learn_session(o, line);
		e2e__transcript_transcribe(o, '<', line);
	}
	free(line);
}

/* What libstrophe prints of a received stanza, with the prefix of xml:lang, which its parser has
 * lost. */
E2E__FN void e2e__libstrophe_show_languages(struct e2e__buf *out, const char *text)
{
	for (const char *end; *text; text = end) {
		bool tag = *text == '<';

		end = tag ? text + strcspn(text, ">") : text + strcspn(text, "<");
		for (const char *lang;
			tag && (lang = strstr(text, " lang=\"")) != NULL && lang < end;
			text = lang + 1) {
			e2e__buf_add(out, text, (size_t)(lang + 1 - text));
			e2e__buf_adds(out, "xml:");
		}
		e2e__buf_add(out, text, (size_t)(end - text));
	}
	e2e__buf_add(out, "", 1);
}

/* libstrophe has parsed something. Whose it is a stanza handler says next; before login it's whose
 * TLS record was read last, else the one without TLS. */
E2E__FN void e2e__libstrophe_received(const char *text)
{
	E2E__BUF(b, 4096);

	e2e__libstrophe_claim(e2e__xmpp.pending_owner);
	e2e__libstrophe_show_languages(&b, text);
	e2e__xmpp.pending = strdup(b.p);
	e2e__buf_free(&b);
	e2e__xmpp.pending_owner = e2e__xmpp.rx;
}

/* A client without TLS that is logged in, the only ones whose sent lines have no TLS record before
 * them. */
E2E__FN struct e2e__xmpp_own *e2e__libstrophe_bare_client(void)
{
	struct e2e__xmpp_own *o;

	if (e2e__xmpp.plain)
		return e2e__xmpp.plain;
	for (o = e2e__xmpp.clients; o && (o->secured || o->phase != E2E__PHASE_UP); o = o->next)
		;
	return o;
}

/* What each has to send, noted before libstrophe sends it. */
E2E__FN void e2e__libstrophe_note_queues(void)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (!o->secured && o->phase == E2E__PHASE_UP)
			o->queued = xmpp_conn_send_queue_len(o->self->conn);
}

/* Whose line was sent: without TLS the one whose queue is shorter now. */
E2E__FN struct e2e__xmpp_own *e2e__libstrophe_sender(void)
{
	if (e2e__xmpp.tx || e2e__xmpp.plain)
		return e2e__xmpp.tx ? e2e__xmpp.tx : e2e__xmpp.plain;
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next) {
		int left = !o->secured && o->phase == E2E__PHASE_UP
			? xmpp_conn_send_queue_len(o->self->conn)
			: 0;

		if (left < o->queued) {
			o->queued = left;
			return o;
		}
	}
	return e2e__libstrophe_bare_client();
}

E2E__FN bool e2e__libstrophe_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Two addresses: of user and host upper case doesn't matter, of a resource it does. */
E2E__FN bool e2e__libstrophe_same_jid(const char *a, const char *b)
{
	size_t n = a ? strcspn(a, "/") : 0;

	return a && b && n == strcspn(b, "/") && strncasecmp(a, b, n) == 0 &&
		strcmp(a + n, b + n) == 0;
}

/* The client's own address, full or bare, or its server's. */
E2E__FN bool e2e__libstrophe_own_jid(const struct e2e__xmpp_own *o, const char *jid)
{
	const char *full = o->self->jid ? o->self->jid : "", *at = strchr(full, '@');
	size_t bare = strcspn(full, "/"),
	       skip = at && at < full + bare ? (size_t)(at + 1 - full) : 0, n = strlen(jid);

	if (strchr(jid, '/'))
		return e2e__libstrophe_same_jid(jid, full);
	return (n == bare && strncasecmp(jid, full, n) == 0) ||
		(n == bare - skip && strncasecmp(jid, full + skip, n) == 0);
}

/* Is an answer of this sender the one to a request that was sent to this address? RFC 6120, 8.1.1
 * and 8.1.2: what is to nobody is for the own account, which its server answers for; what is from
 * nobody is from there. */
E2E__FN bool e2e__libstrophe_may_answer(
	const struct e2e__xmpp_own *o, const char *from, const char *to)
{
	if (from && to)
		return e2e__libstrophe_same_jid(from, to);
	return (!from || e2e__libstrophe_own_jid(o, from)) &&
		(!to || e2e__libstrophe_own_jid(o, to));
}

/* The value of an attribute of the first tag; NULL without one. */
E2E__FN const char *e2e__libstrophe_attribute(const char *xml, const char *name)
{
	static const char *const entities[][2] = {
		{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}};
	size_t n = strlen(name), k;
	const char *value = NULL;

	xml += strcspn(xml, " \t\r\n/>");
	while (!value && *(xml += strspn(xml, " \t\r\n")) && !strchr("/>", *xml)) {
		size_t word = strcspn(xml, "= \t\r\n/>");
		const char *quote = xml + strcspn(xml, "'\""),
			   *end = *quote ? strchr(quote + 1, *quote) : NULL;

		if (!end)
			return NULL;
		if (word == n && strncmp(xml, name, n) == 0)
			value = e2e_printf("%.*s", (int)(end - quote - 1), quote + 1);
		xml = end + 1;
	}

	if (value && strchr(value, '&')) {
		E2E__BUF(b, 128);

		for (const char *p = value; *p; p += strlen(k < 5 ? entities[k][0] : "x")) {
			for (k = 0;
				k < 5 && strncmp(p, entities[k][0], strlen(entities[k][0])) != 0;
				k++)
				;
			e2e__buf_add(&b, k < 5 ? entities[k][1] : p, 1);
		}
		value = e2e__memory_taken(&b);
	}

	return value;
}

/* A client has sent an iq: is it the answer to a request that it got? */
E2E__FN void e2e__libstrophe_note_answer(struct e2e__xmpp_own *o, const char *text)
{
	const char *type = e2e__libstrophe_attribute(text, "type"),
		   *id = e2e__libstrophe_attribute(text, "id");
	const char *to = e2e__libstrophe_attribute(text, "to");

	if (!e2e__libstrophe_same(type, "result") && !e2e__libstrophe_same(type, "error"))
		return;
	for (struct e2e__xmpp_request *r = o->requests; r; r = r->next)
		if (e2e__libstrophe_same(id, r->id) &&
			e2e__libstrophe_may_answer(o, to, xmpp_stanza_get_from(r->stanza)))
			r->answered = true;
}

E2E__FN void e2e__libstrophe_sent(const char *text)
{
	struct e2e__xmpp_own *o = e2e__libstrophe_sender();

	e2e__xmpp.tx = NULL;
	if (!o)
		return;
	if (o->phase < E2E__PHASE_UP) {
		if (strncmp(text, "<auth ", 6) == 0 || strncmp(text, "<response", 9) == 0)
			e2e__libstrophe_scram_sent(o, text);
		if (strncmp(text, "<starttls", 9) == 0)
			o->phase = E2E__PHASE_STARTTLS;
		else if (strncmp(text, "<auth ", 6) == 0)
			o->phase = E2E__PHASE_AUTH;
		else if (strstr(text, "_xmpp_bind1") || strncmp(text, "<resume", 7) == 0)
			o->phase = E2E__PHASE_BIND;
		else if (o->phase == E2E__PHASE_TLS && strncmp(text, "<?xml", 5) == 0) {
			o->phase = E2E__PHASE_FEATURES;
			o->secured = true;
			if (e2e__xmpp.plain == o)
				e2e__xmpp.plain = NULL;
		}
	}

	if (o->requests && strncmp(text, "<iq", 3) == 0)
		e2e__libstrophe_note_answer(o, text);
	e2e__transcript_transcribe(o, '>', text);
}

/* What a client was doing, for "went silent ..." and "closed the connection ...". */
E2E__FN const char *e2e__libstrophe_step_name(enum e2e__xmpp_phase phase)
{
	switch (phase) {
	case E2E__PHASE_TCP:
		return "while TCP connected";
	case E2E__PHASE_STREAM:
		return "before its stream features";
	case E2E__PHASE_STARTTLS:
		return "after <starttls/>";
	case E2E__PHASE_TLS:
		return "in the TLS handshake";
	case E2E__PHASE_FEATURES:
		return "after the TLS handshake, before its stream features";
	case E2E__PHASE_AUTH:
		return "in SASL authentication";
	case E2E__PHASE_BIND:
		return "while the resource was bound";
	default:
		return "after login";
	}
}

/* What a client that logs in waits for, told to the report of a limit. */
E2E__FN void e2e__libstrophe_doing_login(const struct e2e__xmpp_own *o)
{
	const e2e_account *a = &o->self->account;
	const char *jid = a->jid ? a->jid : "?", *at = strchr(jid, '@');
	const char *task = e2e__xmpp.task;
	char port[16];

	if (task && strcmp(task, o->self->name) == 0) /* one of the two is enough */
		e2e__xmpp.task = NULL;
	snprintf(port, sizeof port, ":%d", a->port);
	e2e__op_doing("%s to log in at %s%s as %s (%s)", o->self->name,
		a->host      ? a->host
			: at ? at + 1
			     : jid,
		a->port ? port : "", jid,
		o->phase == E2E__PHASE_UP ? "before the answer to its initial presence"
					  : e2e__libstrophe_step_name(o->phase));
	e2e__xmpp.task = task;
}

/* libstrophe's remarks, as far as they tell the reason of a failure. */
E2E__FN void e2e__libstrophe_hear(xmpp_log_level_t level, const char *area, const char *msg)
{
	struct e2e__xmpp_own *o = e2e__xmpp.plain ? e2e__xmpp.plain : e2e__xmpp.rx;

	if (!o)
		o = e2e__libstrophe_bare_client();
	if (!o)
		return;
	if (strncmp(msg, "parse error [", 13) == 0)
		(e2e__xmpp.rx ? e2e__xmpp.rx : o)->broken_xml = true;
	if (strncmp(msg, "sock_connect() to ", 18) == 0 && !o->tried[0])
		snprintf(o->tried, sizeof o->tried, "%.*s", (int)strcspn(msg + 18, " "), msg + 18);
	else if (strncmp(msg, "SRV lookup failed", 17) == 0)
		o->no_srv = true;
	if (strcmp(msg, "connection successful") == 0 && o->phase == E2E__PHASE_TCP) {
		o->phase = o->direct ? E2E__PHASE_TLS : E2E__PHASE_STREAM;
		e2e__libstrophe_doing_login(o);
	} else if (strcmp(msg, "proceeding with TLS") == 0) {
		o->phase = E2E__PHASE_TLS;
		e2e__libstrophe_doing_login(o); /* the handshake comes back only when it is over */
	} else if (strcmp(area, "tls") == 0 && strncmp(msg, "error:", 6) == 0) {
		const char *reason = strrchr(msg, ':');

		if (reason && reason[1] && strcmp(reason, ":(null)") != 0)
			e2e__libstrophe_copy(o->tls_error, sizeof o->tls_error, reason + 1);
	} else if (level == XMPP_LEVEL_ERROR && strcmp(area, "tls") != 0 && e2e__xmpp.rx &&
		!e2e__xmpp.rx->error[0]) {
		e2e__libstrophe_copy(e2e__xmpp.rx->error, sizeof e2e__xmpp.rx->error, msg);
	}
}

E2E__FN void e2e__libstrophe_log(
	void *arg, xmpp_log_level_t level, const char *area, const char *msg)
{
	(void)arg;
	if (strncmp(msg, "RECV: ", 6) == 0 && strcmp(area, "xmpp") == 0)
		e2e__libstrophe_received(msg + 6);
	else if (strncmp(msg, "SENT: ", 6) == 0 && strcmp(area, "conn") == 0)
		e2e__libstrophe_sent(msg + 6);
	else
		e2e__libstrophe_hear(level, area, msg);
}

/* Where it connects: host and port, found by whom if the account doesn't name them. */
E2E__FN const char *e2e__libstrophe_where(const e2e_client *c)
{
	const struct e2e__xmpp_own *o = c->own;
	const char *jid = c->account.jid ? c->account.jid : "?", *at = strchr(jid, '@'),
		   *domain = at ? at + 1 : jid;

	if (c->account.port)
		return e2e_printf(
			"%s:%d", c->account.host ? c->account.host : domain, c->account.port);
	if (!o->tried[0])
		return e2e_printf(
			"%s (SRV, else port 5222)", c->account.host ? c->account.host : domain);
	return e2e_printf("%s (%s %s)", o->tried,
		o->no_srv ? "no SRV record of" : "by the SRV record of", domain);
}

E2E__FN void e2e__libstrophe_blame(
	struct e2e__xmpp_own *o, const char *code, const char *message, const char *hint)
{
	if (o->failed)
		return;
	o->failed = true;
	o->failure.code = code;
	o->reason = message;
	if (o->phase == E2E__PHASE_UP && !o->quiet)
		o->failure.message = e2e_printf("%s (%s) lost its connection to %s: %s",
			o->self->name, o->self->jid, e2e__libstrophe_where(o->self), message);
	else if (o->registers)
		o->failure.message = e2e_printf("%s can't be registered at %s: %s",
			o->self->account.jid, e2e__libstrophe_where(o->self), message);
	else
		o->failure.message = e2e_printf("%s can't log in at %s as %s: %s", o->self->name,
			e2e__libstrophe_where(o->self),
			o->self->account.jid ? o->self->account.jid : "?", message);
	o->failure.hint = hint;
	e2e__transcript_remark(o, "%s", message);
}

/* The answer to a stanza, to be filled in. What the own account sends (pushes) has no sender, and
 * its answer no address; libstrophe's xmpp_stanza_reply makes none for it. */
E2E__FN xmpp_stanza_t *e2e__libstrophe_reply(xmpp_ctx_t *ctx, xmpp_stanza_t *request)
{
	xmpp_stanza_t *reply = xmpp_stanza_new(ctx);
	const char *from = xmpp_stanza_get_from(request), *id = xmpp_stanza_get_id(request);

	xmpp_stanza_set_name(reply, xmpp_stanza_get_name(request));
	if (id)
		xmpp_stanza_set_id(reply, id);
	if (from)
		xmpp_stanza_set_to(reply, from);
	return reply;
}

E2E__FN xmpp_stanza_t *e2e__libstrophe_refusal(
	xmpp_ctx_t *ctx, xmpp_stanza_t *request, const char *type, const char *condition)
{
	xmpp_stanza_t *reply = e2e__libstrophe_reply(ctx, request), *error = xmpp_stanza_new(ctx),
		      *child = xmpp_stanza_new(ctx);

	xmpp_stanza_set_type(reply, "error");
	xmpp_stanza_set_name(error, "error");
	xmpp_stanza_set_type(error, type);
	xmpp_stanza_set_name(child, condition);
	xmpp_stanza_set_ns(child, XMPP_NS_STANZAS_IETF);
	xmpp_stanza_add_child_ex(error, child, 0);
	xmpp_stanza_add_child_ex(reply, error, 0);
	return reply;
}

/* ---- xmpp/tls.h ---- */

/* The pin of a certificate: its public key or all of it, in DER. Free it with OPENSSL_free. */
E2E__FN unsigned char *e2e__tls_pin_bytes(X509 *leaf, int type, size_t *size)
{
	unsigned char *der = NULL;
	int n = type == 1 ? i2d_X509(leaf, &der)
			  : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der);

	*size = n > 0 ? (size_t)n : 0;
	return n > 0 ? der : NULL;
}

/* Compares the server's certificate with the pins, in constant time. */
E2E__FN void e2e__tls_check_pin(struct e2e__xmpp_own *o, X509 *leaf)
{
	size_t size;
	unsigned char *want = e2e__tls_pin_bytes(leaf, o->self->tls.pin_type, &size);

	o->leaf_seen = true;
	if (!want)
		return;
	o->pin_to_paste = (char *)e2e__memory_alloc(
		sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL));
	sodium_bin2base64(o->pin_to_paste,
		sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), want, size,
		sodium_base64_VARIANT_ORIGINAL);
	for (const struct e2e__json *pin = o->pins ? o->pins->child : NULL; pin; pin = pin->next) {
		unsigned char *got;
		size_t n = 0;

		if (pin->type != '"')
			continue;
		got = (unsigned char *)e2e__memory_alloc(pin->length + 1);
		if (!sodium_base642bin(got, pin->length + 1, pin->text, pin->length, " \t\r\n", &n,
			    NULL, sodium_base64_VARIANT_ORIGINAL) &&
			n == size && !sodium_memcmp(got, want, size))
			o->pin_ok = true;
	}

	OPENSSL_free(want);
}

/* The server's certificate out of its Certificate message (TLS 1.2 or 1.3), before anybody judges
 * it. */
E2E__FN void e2e__tls_see_certificate(
	struct e2e__xmpp_own *o, const unsigned char *p, size_t n, bool tls13)
{
	size_t skip = 4, size;
	const unsigned char *der;
	X509 *leaf;

	if (tls13)
		skip += n > 4 ? 1u + p[4] : 1;
	skip += 3;
	if (n < skip + 3 || !o->pins || o->leaf_seen)
		return;
	size = (size_t)p[skip] << 16 | (size_t)p[skip + 1] << 8 | p[skip + 2];
	der = p + skip + 3;
	if (size > n - skip - 3)
		return;
	leaf = d2i_X509(NULL, &der, (long)size);
	if (leaf)
		e2e__tls_check_pin(o, leaf);
	X509_free(leaf);
}

/* OpenSSL tells each record and handshake message of each connection: so we know whose the next
 * lines are. */
E2E__FN void e2e__tls_message(
	int written, int version, int type, const void *bytes, size_t n, SSL *ssl, void *arg)
{
	struct e2e__xmpp_own *o = (struct e2e__xmpp_own *)arg;
	const unsigned char *p = (const unsigned char *)bytes;

	(void)version;
	if (type == SSL3_RT_HEADER) {
		if (written)
			e2e__xmpp.tx = o;
		else
			e2e__xmpp.rx = o;
	} else if (type == SSL3_RT_HANDSHAKE && !written && n > 4 && p[0] == SSL3_MT_CERTIFICATE) {
		e2e__tls_see_certificate(o, p, n, SSL_version(ssl) == TLS1_3_VERSION);
	}
}

/* Where the client's TLS session is good: at this port of a private server, in this name. */
E2E__FN const char *e2e__tls_place(const struct e2e__xmpp_own *o)
{
	const char *jid = o->self->account.jid, *at = strchr(jid, '@');

	return e2e_printf("%s:%d", at ? at + 1 : jid,
		o->direct_port ? o->direct_port : o->self->account.port);
}

E2E__FN void e2e__tls_forget(void)
{
	SSL_SESSION_free(e2e__xmpp.session);
	free(e2e__xmpp.session_place);
	e2e__xmpp.session = NULL;
	e2e__xmpp.session_place = NULL;
}

/* A ticket has come with which the next client can go on. OpenSSL gives the session away. */
E2E__FN int e2e__tls_ticket(SSL *ssl, SSL_SESSION *session)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct e2e__xmpp_own *o =
		(struct e2e__xmpp_own *)SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), s->tls_index);

	if (!o || o->store != s->store || SSL_get_verify_result(ssl) != X509_V_OK)
		return 0;
	e2e__tls_forget();
	s->session = session;
	s->session_place = strdup(e2e__tls_place(o));
	return 1;
}

/* A handshake begins: with the server that this process knows already? */
E2E__FN void e2e__tls_step(const SSL *ssl, int where, int value)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	(void)value;
	if (where == SSL_CB_HANDSHAKE_START && s->session && s->plain && s->session_place &&
		s->plain->store == s->store &&
		strcmp(e2e__tls_place(s->plain), s->session_place) == 0)
		SSL_set_session((SSL *)(uintptr_t)ssl, s->session);
}

/* The clients of a private server, which is the toolkit's own, prove to themselves once a case that
 * its certificate is right, and go on with that TLS session: a handshake without certificates takes
 * both sides half of the time. Servers that are under test do it anew with each client. */
E2E__FN void e2e__tls_remember(SSL_CTX *ctx, CRYPTO_EX_DATA *ad, int index)
{
	struct e2e__xmpp_own *o = e2e__xmpp.plain;

	if (!o->private_server || !o->store || !CRYPTO_set_ex_data(ad, index, o))
		return;
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, e2e__tls_ticket);
	SSL_CTX_set_info_callback(ctx, e2e__tls_step);
}

/* libstrophe keeps its SSL_CTX to itself; OpenSSL tells when one is made. */
E2E__FN void e2e__tls_made(
	void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	(void)ptr, (void)argl, (void)argp;
	if (!e2e__xmpp.inside || !e2e__xmpp.plain)
		return;
	SSL_CTX_set_msg_callback((SSL_CTX *)parent, e2e__tls_message);
	SSL_CTX_set_msg_callback_arg((SSL_CTX *)parent, e2e__xmpp.plain);
	if (e2e__xmpp.plain->store && SSL_CTX_get_cert_store((SSL_CTX *)parent))
		SSL_CTX_set1_cert_store((SSL_CTX *)parent, e2e__xmpp.plain->store);
	e2e__tls_remember((SSL_CTX *)parent, ad, index);
}

/* The authorities in a file, or the system's. NULL, and *error: they can't be read. */
E2E__FN X509_STORE *e2e__tls_authorities(const char *ca, const char **error)
{
	X509_STORE *store = X509_STORE_new();

	*error = NULL;
	if (store && ca && access(ca, R_OK))
		*error = strerror(errno);
	else if (store && ca && !X509_STORE_load_file(store, ca))
		*error = "it holds no certificate in PEM";
	else if (!store || (!ca && !X509_STORE_set_default_paths(store)))
		*error = "OpenSSL can't make a store of certificates";
	if (*error) {
		X509_STORE_free(store);
		store = NULL;
	}

	ERR_clear_error();
	return store;
}

/* The certificates that a client trusts, read once: libstrophe reads them twice a client, and the
 * system's 140 take it 140 ms. *store is NULL where no certificate counts, but a pin. False, and
 * the failure is told: they can't be read, and those that libstrophe would take instead are
 * others. */
E2E__FN bool e2e__tls_trusted(struct e2e__xmpp_own *o, X509_STORE **store)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *ca = o->self->account.ca_file, *error;

	*store = NULL;
	if (o->pins || o->self->tls.no_verify || o->self->tls.off)
		return true;
	if (!s->store || !(ca ? s->store_file && strcmp(ca, s->store_file) == 0 : !s->store_file)) {
		e2e__tls_forget();
		X509_STORE_free(s->store);
		free(s->store_file);
		s->store_file = ca ? strdup(ca) : NULL;
		s->store = e2e__tls_authorities(ca, &error);
	}

	if (!s->store)
		e2e__libstrophe_blame(o, "certificate",
			e2e_printf(
				"can't read the ca_file %s: %s", ca ? ca : "of the system", error),
			"name a file that holds the authority's certificate in PEM");
	*store = s->store;
	return s->store != NULL;
}

/* libstrophe asks about a certificate that its trust doesn't cover. */
E2E__FN int e2e__tls_certfail(const xmpp_tlscert_t *cert, const char *const error)
{
	struct e2e__xmpp_own *o = e2e__xmpp.plain;
	const char *subject = xmpp_tlscert_get_string(cert, XMPP_CERT_SUBJECT);

	if (!o)
		return 0;
	if (o->pins)
		return o->pin_ok;
	e2e__libstrophe_copy(o->cert_error, sizeof o->cert_error, error ? error : "not trusted");
	e2e__libstrophe_copy(o->cert_subject, sizeof o->cert_subject, subject ? subject : "?");
	return 0;
}

/* What is wrong with the pins of one host; NULL: nothing. */
E2E__FN const char *e2e__tls_wrong_pins(const struct e2e__json *pins)
{
	const char *host = e2e_quoted(pins->key);
	size_t n = 0, bytes;
	unsigned char *der;

	if (pins->type != '[')
		return e2e_printf("what %s has is no list of strings", host);
	if (!pins->child)
		return e2e_printf("%s has an empty list", host);
	for (const struct e2e__json *pin = pins->child; pin; pin = pin->next) {
		n++;
		if (pin->type != '"')
			return e2e_printf("pin %zu of %s is no string", n, host);
		der = (unsigned char *)e2e__memory_alloc(pin->length + 1);
		if (sodium_base642bin(der, pin->length + 1, pin->text, pin->length, " \t\r\n",
			    &bytes, NULL, sodium_base64_VARIANT_ORIGINAL) ||
			!bytes)
			return e2e_printf("pin %zu of %s is no base64", n, host);
	}

	return NULL;
}

/* Reads a file of pins, aioxmpp's: {"host": ["base64", ...]}. NULL: *pins are those of the domain
 * or the host, NULL if it has none; else what is wrong with it. */
E2E__FN const char *e2e__tls_read_pins(
	const char *path, const char *domain, const char *host, const struct e2e__json **pins)
{
	const char *error = NULL, *text;
	const struct e2e__json *store;

	*pins = NULL;
	text = e2e__file_read(path, NULL);
	if (!text)
		return strerror(errno);
	store = e2e__json_parse(text, &error);
	if (!store || store->type != '{')
		return error ? error : "it holds no object";
	for (const struct e2e__json *one = store->child; one; one = one->next)
		if ((error = e2e__tls_wrong_pins(one)) != NULL)
			return error;
	*pins = e2e__json_member(store, domain);
	if (!*pins && host)
		*pins = e2e__json_member(store, host);
	return NULL;
}

/* Pins of this client's host, or NULL. */
E2E__FN const struct e2e__json *e2e__tls_pins(struct e2e__xmpp_own *o, const char *domain)
{
	const e2e_tls *tls = &o->self->tls;
	const struct e2e__json *pins;
	const char *error;

	if (tls->no_verify || tls->off || !tls->pin_store)
		return NULL;
	if (tls->pin_type != 0 && tls->pin_type != 1)
		e2e_bail_out(
			"pin_type %d: expected 0 (public key) or 1 (certificate)", tls->pin_type);
	error = e2e__tls_read_pins(tls->pin_store, domain, o->self->account.host, &pins);
	if (error)
		e2e_bail_out("pin_store %s: %s; expected {\"host\": [\"base64\", ...]}",
			tls->pin_store, error);
	return pins;
}

/* What libstrophe would trust by itself is put out of the way while it makes a connection. */
struct e2e__xmpp_trust {
	bool on;
	char *file, *dir;
};
E2E__FN void e2e__tls_trust_begin(struct e2e__xmpp_trust *t, const struct e2e__xmpp_own *o)
{
	const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");

	memset(t, 0, sizeof *t);
	if (!o || !(o->store || o->self->tls.no_verify || o->pins))
		return;
	t->on = true;
	t->file = file ? strdup(file) : NULL;
	t->dir = dir ? strdup(dir) : NULL;
	setenv("SSL_CERT_FILE", "/dev/null", 1);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
}
E2E__FN void e2e__tls_trust_end(struct e2e__xmpp_trust *t)
{
	if (!t->on)
		return;
	if (t->file)
		setenv("SSL_CERT_FILE", t->file, 1);
	else
		unsetenv("SSL_CERT_FILE");
	if (t->dir)
		setenv("SSL_CERT_DIR", t->dir, 1);
	else
		unsetenv("SSL_CERT_DIR");
	free(t->file);
	free(t->dir);
}

/* ---- xmpp/loop.h ---- */

/* What came and nobody took. */
E2E__FN void e2e__loop_store(struct e2e__xmpp_own *o, e2e_stanza *stanza)
{
	if (o->ninbox == o->inbox_size) {
		size_t size = o->inbox_size ? 2 * o->inbox_size : 16;
		e2e_stanza **more = (e2e_stanza **)realloc(o->inbox, size * sizeof *more);

		if (!more) {
			xmpp_stanza_release(stanza);
			return;
		}
		o->inbox = more;
		o->inbox_size = size;
	}
	o->inbox[o->ninbox++] = stanza;
}

/* Is this the echo of presence that the client sent itself? It's for those alone that ask for it by
 * its full address. */
E2E__FN bool e2e__loop_own_echo(const struct e2e__xmpp_own *o, e2e_stanza *stanza)
{
	return e2e__libstrophe_same(xmpp_stanza_get_name(stanza), "presence") && o->self->jid &&
		e2e__libstrophe_same(xmpp_stanza_get_from(stanza), o->self->jid);
}

/* How many stanzas came that nobody took, without echoes. */
E2E__FN size_t e2e__loop_left(const struct e2e__xmpp_own *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->ninbox; i++)
		n += !e2e__loop_own_echo(o, o->inbox[i]);
	return n;
}

/* Remembers an iq request, to be refused if nobody answers it. */
E2E__FN void e2e__loop_note_request(struct e2e__xmpp_own *o, e2e_stanza *stanza)
{
	struct e2e__xmpp_request *r;
	const char *id = xmpp_stanza_get_id(stanza);

	if (!id)
		return;
	r = (struct e2e__xmpp_request *)e2e__memory_alloc(sizeof *r);
	r->stanza = xmpp_stanza_clone(stanza);
	r->id = e2e__memory_strdup(id);
	r->due = e2e_now() + e2e__clock_scaled(0.25);
	r->next = o->requests;
	o->requests = r;
}

/* libstrophe's parser takes the prefix from attributes, so that xml:lang comes as lang, and keeps
 * the name that it is given. XMPP has no other lang: it gets its prefix back. */
E2E__FN void e2e__loop_name_languages(xmpp_stanza_t *stanza, const char *wrong)
{
	const char *lang =
		xmpp_stanza_is_tag(stanza) ? xmpp_stanza_get_attribute(stanza, wrong) : NULL;

	if (lang) {
		lang = e2e__memory_strdup(lang);
		xmpp_stanza_del_attribute(stanza, wrong);
		xmpp_stanza_set_attribute(stanza, "xml:lang", lang);
	}
	for (xmpp_stanza_t *child = xmpp_stanza_get_children(stanza); child;
		child = xmpp_stanza_get_next(child))
		e2e__loop_name_languages(child, wrong);
}

/* Is it a late answer to a question of the toolkit's own, or the one that ended libstrophe's
 * login? */
E2E__FN bool e2e__loop_late_answer(const struct e2e__xmpp_own *o, const char *id, const char *from)
{
	if (!id)
		return false;
	for (const struct e2e__xmpp_question *q = o->late; q; q = q->next)
		if (strcmp(q->id, id) == 0 && e2e__libstrophe_may_answer(o, from, q->to))
			return true;
	return strncmp(id, "_xmpp_", 6) == 0 &&
		(o->phase != E2E__PHASE_UP || e2e__libstrophe_may_answer(o, from, NULL));
}

/* Why the server ends the stream. */
E2E__FN void e2e__loop_note_stream_error(struct e2e__xmpp_own *o, xmpp_stanza_t *error)
{
	const char *condition = "undefined-condition";

	for (xmpp_stanza_t *child = xmpp_stanza_get_children(error); child;
		child = xmpp_stanza_get_next(child)) {
		const char *name = xmpp_stanza_get_name(child);
		char *text;

		if (!name)
			continue;
		if (strcmp(name, "text") != 0) {
			condition = name;
			continue;
		}
		text = xmpp_stanza_get_text(child);
		if (text) {
			e2e__libstrophe_copy(o->stream_error, sizeof o->stream_error, text);
			xmpp_free(o->self->ctx, text);
		}
	}
	e2e__libstrophe_copy(o->stream_condition, sizeof o->stream_condition, condition);
}

/* An element that a raw client got: all is the test's own business. */
E2E__FN int e2e__loop_on_raw(struct e2e__xmpp_own *o, xmpp_stanza_t *stanza)
{
	const char *name = xmpp_stanza_get_name(stanza);
	bool answer = e2e__libstrophe_same(name, "iq") && o->waited_id && !o->reply &&
		e2e__libstrophe_same(xmpp_stanza_get_id(stanza), o->waited_id);

	if (e2e__libstrophe_same(name, "stream:features") || e2e__libstrophe_same(name, "features"))
		o->features = e2e__op_keep(xmpp_stanza_clone(stanza));
	else if (answer &&
		e2e__libstrophe_may_answer(o, xmpp_stanza_get_from(stanza), o->waited_to))
		o->reply = xmpp_stanza_clone(stanza);
	else
		e2e__loop_store(o, xmpp_stanza_clone(stanza));
	if (e2e__libstrophe_same(name, "error") || e2e__libstrophe_same(name, "stream:error"))
		e2e__loop_note_stream_error(o, stanza);
	o->raw_login = o->raw_login || e2e__libstrophe_same(name, "success");
	return 1;
}

/* Every stanza after login. */
E2E__FN int e2e__loop_on_stanza(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	struct e2e__xmpp_own *o = (struct e2e__xmpp_own *)arg;
	const char *name = xmpp_stanza_get_name(stanza), *type = xmpp_stanza_get_type(stanza);
	const char *id = xmpp_stanza_get_id(stanza), *from = xmpp_stanza_get_from(stanza);

	(void)conn;
	e2e__libstrophe_claim(o);
	e2e__loop_name_languages(stanza, "lang");
	if (o->opts.until)
		return e2e__loop_on_raw(o, stanza);
	if (!name ||
		(strcmp(name, "message") != 0 && strcmp(name, "presence") != 0 &&
			strcmp(name, "iq") != 0))
		return 1;
	if (strcmp(name, "iq") == 0 && type &&
		(strcmp(type, "result") == 0 || strcmp(type, "error") == 0)) {
		if (o->waited_id && !o->reply && e2e__libstrophe_same(id, o->waited_id)) {
			if (e2e__libstrophe_may_answer(o, from, o->waited_to)) {
				o->reply = xmpp_stanza_clone(stanza);
				return 1;
			}
			o->stranger = e2e__memory_strdup(from ? from : "its server");
		}
		if (e2e__loop_late_answer(o, id, from))
			return 1;
	}

	if (strcmp(name, "iq") == 0 && type &&
		(strcmp(type, "get") == 0 || strcmp(type, "set") == 0))
		e2e__loop_note_request(o, stanza);
	e2e__loop_store(o, xmpp_stanza_clone(stanza));
	return 1;
}

/* Does somebody in this case wait for the answer to this request? */
E2E__FN bool e2e__loop_awaited(const struct e2e__xmpp_request *r)
{
	const char *from = xmpp_stanza_get_from(r->stanza);

	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (e2e__libstrophe_same(o->waited_id, r->id) &&
			e2e__libstrophe_same_jid(o->self->jid, from))
			return true;
	return false;
}

/* Refuses requests that nobody has answered. */
E2E__FN void e2e__loop_refuse(struct e2e__xmpp_own *o)
{
	struct e2e__xmpp_request **at = &o->requests;

	while (*at) {
		struct e2e__xmpp_request *r = *at;
		xmpp_stanza_t *error;

		/* an answer by a handler of the test's own is sent in the next round, and seen
		 * then */
		if (!r->answered && o->phase == E2E__PHASE_UP &&
			(!r->looked_at || (!e2e__loop_awaited(r) && e2e_now() < r->due))) {
			r->looked_at = true;
			at = &r->next;
			continue;
		}
		*at = r->next;
		if (!r->answered && o->phase == E2E__PHASE_UP) {
			error = e2e__libstrophe_refusal(
				o->self->ctx, r->stanza, "cancel", "service-unavailable");
			xmpp_send(o->self->conn, error);
			xmpp_stanza_release(error);
			o->refused_id = r->id;
		}
		xmpp_stanza_release(r->stanza);
	}
}

E2E__FN bool e2e__loop_live(const struct e2e__xmpp_own *o)
{
	return o->phase != E2E__PHASE_IDLE && o->phase != E2E__PHASE_DOWN;
}

/* Foreign servers wait for our acknowledgement before they send the next small packet (Nagle), and
 * the kernel takes 40 ms for it. */
E2E__FN void e2e__loop_hurry(void)
{
#ifdef TCP_QUICKACK
	int one = 1;

	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->fd >= 0 && (o->awaited || o->waited_id || o->phase < E2E__PHASE_UP) &&
			!o->private_server)
			setsockopt(o->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
#endif
}

/* What surrounds libstrophe where it runs: nothing jumps out of it. */
E2E__FN void e2e__loop_step_in(struct e2e__xmpp_trust *trust)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	e2e__limit_hold(s->plain ? s->plain->deadline : 0, e2e__op_abort);
	s->depth++;
	s->inside = true;
	s->rx = s->plain;
	s->tx = NULL;
	e2e__tls_trust_begin(trust, s->plain);
}

E2E__FN void e2e__loop_step_out(void)
{
	e2e__xmpp.inside = false;
	e2e__xmpp.depth--;
	e2e__op_gap();
}

/* Once through libstrophe's loop, waiting at most these seconds. */
E2E__FN void e2e__loop_run(double seconds)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct e2e__xmpp_trust trust;

	if (s->inside) /* a handler of the test's own calls us: what it sends goes out later */
		return;
	e2e__loop_hurry();
	e2e__libstrophe_note_queues();
	e2e__loop_step_in(&trust);
	xmpp_run_once(s->ctx, seconds > 0 ? (unsigned long)(seconds * 1000 + 0.999) : 0);
	e2e__tls_trust_end(&trust);
	e2e__libstrophe_claim(s->pending_owner);
	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next) {
		if (o->requests)
			e2e__loop_refuse(o);
		if (o->broken_xml && o->fd >= 0 && e2e__loop_live(o) && o->broken_rounds++)
			/* libstrophe complains and reads on; its complaint is sent now */
			shutdown(o->fd, SHUT_RDWR);
	}

	e2e__loop_step_out();
}

/* TLS from here on, on a connection that libstrophe leaves to us. Returns its error. */
E2E__FN int e2e__loop_tls(struct e2e__xmpp_own *o)
{
	struct e2e__xmpp_trust trust;
	int error;

	e2e__xmpp.plain = o;
	e2e__loop_step_in(&trust);
	error = xmpp_conn_tls_start(o->self->conn);
	e2e__tls_trust_end(&trust);
	e2e__loop_step_out();
	return error;
}

/* Lets the others have a look: processes that died, proxies to be served. */
E2E__FN void e2e__loop_idle_others(double seconds)
{
	int depth = e2e__xmpp.depth;

	e2e__xmpp.depth = 0;
	if (depth)
		e2e__limit_release();
	e2e__xmpp.pumping = true;
	e2e__limit_pause(seconds);
	e2e__xmpp.pumping = false;
	e2e__xmpp.depth = depth;
	if (depth)
		e2e__limit_hold(0, e2e__op_abort);
	e2e__xmpp.last_idle = e2e_now();
}

/* One round of waiting, 10 ms at most: everything that waits calls this until it has what it
 * wants. */
E2E__FN void e2e__loop_pump(double until)
{
	struct e2e__xmpp_own *o;
	double now = e2e_now(), wait = until - now;

	for (o = e2e__xmpp.clients; o && !e2e__loop_live(o); o = o->next)
		;
	wait = wait < 0 ? 0 : wait > 0.01 ? 0.01 : wait;
	if (!o) {
		e2e__loop_idle_others(wait);
		return;
	}
	if (now - e2e__xmpp.last_idle > 0.01)
		e2e__loop_idle_others(0);
	e2e__loop_run(wait);
}

/* OpenSSL reads its tables when a process makes its first context, which takes some milliseconds:
 * while a private server starts they cost nothing. */
E2E__FN void e2e__loop_warm(void)
{
	e2e__xmpp.warm = 0;
	SSL_CTX_free(SSL_CTX_new(TLS_client_method()));
	ERR_clear_error();
}

/* The idle hook: waits of the other headers pump the clients, too. */
E2E__FN void e2e__loop_idle(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	if (s->warm && s->warm == getpid())
		e2e__loop_warm();
	if (!s->clients || s->inside || s->pumping || s->pid != getpid())
		return;
	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next)
		if (e2e__loop_live(o)) {
			e2e__loop_run(0);
			return;
		}
}

/* Nothing waits in a handler of libstrophe's: it runs where stanzas are received, so that none
 * would come. */
E2E__FN void e2e__loop_not_inside(const char *file, int line, const char *name)
{
	if (!e2e__xmpp.inside)
		return;
	e2e__op_die_of(file, line, name, "inside-handler",
		e2e_printf(
			"%s was called in a handler of libstrophe's, where nothing can be waited for",
			name),
		"send with xmpp_send() there, note what came, and wait for the rest in the test itself");
}

E2E__FN void e2e__loop_do_pump(double seconds)
{
	double until = e2e_now() + e2e__clock_scaled(seconds);

	e2e__loop_not_inside(e2e__xmpp.file, e2e__xmpp.line, "e2e_pump");
	e2e__op_doing("the end of e2e_pump(%g)", seconds);
	do
		e2e__loop_pump(until);
	while (e2e_now() < until);
}

E2E__FN void(e2e_pump)(double seconds)
{
	e2e__op_enter();
	e2e__loop_do_pump(seconds);
	e2e__op_leave();
}

/* Takes in all that has come for a client so far, without waiting. libstrophe reads 4096 bytes a
 * round, and TLS may hold 16384. */
E2E__FN void e2e__loop_drain(const struct e2e__xmpp_own *o)
{
	for (int quiet = 0; quiet < 5 && o->phase == E2E__PHASE_UP && !e2e__xmpp.inside; quiet++) {
		struct pollfd p;

		p.fd = o->fd;
		p.events = POLLIN;
		if (poll(&p, 1, 0) > 0)
			quiet = -1;
		e2e__loop_run(0);
	}
}

E2E__FN double e2e__loop_step(void)
{
	return e2e__clock_scaled(e2e__xmpp.step > 0 ? e2e__xmpp.step
			: e2e__xmpp.config_step > 0 ? e2e__xmpp.config_step
						    : 20);
}

/* Has somebody said how long a step may take? */
E2E__FN bool e2e__loop_step_chosen(void)
{
	return e2e__xmpp.step > 0 || e2e__xmpp.config_step > 0;
}

E2E__FN void e2e_xmpp_timeout(double seconds)
{
	if (!(seconds >= 0 && seconds < 1e9))
		e2e_bail_out(
			"e2e_xmpp_timeout(%g): expected seconds, or 0 for the default", seconds);
	e2e__xmpp.step = seconds;
	if (e2e__hook_in_suite())
		e2e__xmpp.suite_step = seconds;
}

/* ---- xmpp/xml.h ---- */

E2E__FN void e2e__xml_escape(struct e2e__buf *b, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			e2e__buf_adds(b, "&amp;");
			break;
		case '<':
			e2e__buf_adds(b, "&lt;");
			break;
		case '>':
			e2e__buf_adds(b, "&gt;");
			break;
		case '"':
			e2e__buf_adds(b, "&quot;");
			break;
		case '\'':
			e2e__buf_adds(b, "&apos;");
			break;
		default:
			e2e__buf_add(b, text, 1);
		}
}

E2E__FN const char *e2e__xml_do_xml_escaped(const char *text)
{
	E2E__BUF(b, 256);
	const char *copy;

	e2e__xml_escape(&b, text ? text : "");
	e2e__buf_add(&b, "", 1);
	copy = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return copy;
}

E2E__FN const char *e2e_xml_escaped(const char *text)
{
	const char *result;

	e2e__op_enter();
	result = e2e__xml_do_xml_escaped(text);
	e2e__op_leave();
	return result;
}

/* One conversion of e2e_xml's format, at `fmt` behind its %. Returns what is behind it; NULL:
 * unknown. *null: a %s has got NULL. */
E2E__FN const char *e2e__xml_convert(struct e2e__buf *b, const char *fmt, va_list *ap, bool *null)
{
	char text[32], one[2] = {0, 0};
	int longs = 0;
	const char *s;
	unsigned long long u;
	long long d;

	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		longs++;
	switch (*fmt) {
	case '%':
		e2e__buf_adds(b, "%");
		break;
	case 's':
		s = va_arg(*ap, const char *);
		*null = !s;
		e2e__xml_escape(b, s ? s : "");
		break;
	case 'c':
		one[0] = (char)va_arg(*ap, int);
		e2e__xml_escape(b, one);
		break;
	case 'd':
	case 'i':
		d = longs > 1   ? va_arg(*ap, long long)
			: longs ? va_arg(*ap, long)
				: va_arg(*ap, int);
		snprintf(text, sizeof text, "%lld", d);
		e2e__buf_adds(b, text);
		break;
	case 'u':
	case 'x':
		u = longs > 1   ? va_arg(*ap, unsigned long long)
			: longs ? va_arg(*ap, unsigned long)
				: va_arg(*ap, unsigned);
		snprintf(text, sizeof text, *fmt == 'u' ? "%llu" : "%llx", u);
		e2e__buf_adds(b, text);
		break;
	default:
		return NULL;
	}

	return fmt + 1;
}

/* A byte that XML or UTF-8 can't have, or NULL. */
E2E__FN const char *e2e__xml_bad_byte(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		unsigned more = *p < 0x80 ? 0
			: *p < 0xc2       ? 9
			: *p < 0xe0       ? 1
			: *p < 0xf0       ? 2
			: *p < 0xf5       ? 3
					  : 9;
		unsigned long code = more ? *p & (0x3fu >> more) : *p;
		const unsigned char *start = p++;

		if (more == 9 || (*start < ' ' && !strchr("\t\r\n", *start)))
			return (const char *)start;
		for (; more; more--, p++) {
			if ((*p & 0xc0) != 0x80)
				return (const char *)start;
			code = code << 6 | (*p & 0x3f);
		}
		if ((p - start == 3 &&
			    (code < 0x800 || (code >= 0xd800 && code < 0xe000) ||
				    code >= 0xfffe)) ||
			(p - start == 4 && (code < 0x10000 || code > 0x10ffff)))
			return (const char *)start;
	}

	return NULL;
}

/* The same in words, for a report; NULL if all is well. */
E2E__FN const char *e2e__xml_bad_text(const char *text)
{
	const char *bad = text ? e2e__xml_bad_byte(text) : NULL;

	if (!bad)
		return NULL;
	return e2e_printf("byte %td is 0x%02x, %s", bad - text, (unsigned char)*bad,
		(unsigned char)*bad < ' ' ? "a control character, which XML can't have"
					  : "which isn't UTF-8");
}

/* The end of a tag that begins here: behind its >, or NULL. */
E2E__FN const char *e2e__xml_tag_end(const char *xml)
{
	for (; *xml && *xml != '>'; xml++)
		if (*xml == '"' || *xml == '\'') {
			xml = strchr(xml + 1, *xml);
			if (!xml)
				return NULL;
		}
	return *xml ? xml + 1 : NULL;
}

/* Does the text hold one element and nothing else? libstrophe's parser takes more and keeps the
 * last one. */
E2E__FN bool e2e__xml_one_element(const char *xml)
{
	int depth = 0, elements = 0;

	while (*xml) {
		const char *end;

		if (*xml != '<') {
			if (!depth && !strchr(" \t\r\n", *xml))
				return false;
			xml++;
			continue;
		}
		if (depth && strncmp(xml, "<![CDATA[", 9) == 0 &&
			(end = strstr(xml, "]]>")) != NULL) {
			xml = end + 3;
			continue;
		}
		if (xml[1] == '?' || xml[1] == '!')
			return false; /* RFC 6120, 11.1: restricted XML */
		end = e2e__xml_tag_end(xml);
		if (!end)
			return false;
		if (xml[1] == '/') {
			depth--;
		} else {
			elements += !depth;
			depth += end[-2] != '/';
		}
		if (depth < 0)
			return false;
		xml = end;
	}

	return !depth && elements == 1;
}

/* libstrophe's parser would take xml:lang for lang: until it has read the text another name stands
 * for it. */
#define E2E__XMPP_LANG "xml-lang-of-e2e"

/* Copies a tag, with that name for xml:lang. Returns an attribute with another prefix, which
 * libstrophe can't send, or NULL. */
E2E__FN const char *e2e__xml_copy_tag(struct e2e__buf *out, const char *tag, const char *end)
{
	const char *bad = NULL;

	while (tag < end) {
		size_t gap = strcspn(tag, " \t\r\n"), word;
		const char *quote;

		gap += strspn(tag + gap, " \t\r\n");
		if (tag + gap >= end)
			break;
		e2e__buf_add(out, tag, gap);
		tag += gap;
		word = strcspn(tag, "= \t\r\n/>");
		if (word == 8 && strncmp(tag, "xml:lang", 8) == 0)
			e2e__buf_adds(out, E2E__XMPP_LANG);
		else
			e2e__buf_add(out, tag, word);
		if (memchr(tag, ':', word) && strncmp(tag, "xmlns:", 6) != 0 &&
			(word != 8 || strncmp(tag, "xml:lang", 8) != 0))
			bad = e2e_printf("%.*s", (int)word, tag);
		quote = tag + word + strcspn(tag + word, "\"'>");
		quote = *quote == '>' ? NULL : strchr(quote + 1, *quote);
		if (!quote || quote >= end)
			quote = tag + word - 1;
		e2e__buf_add(out, tag + word, (size_t)(quote + 1 - tag) - word);
		tag = quote + 1;
	}

	if (tag < end)
		e2e__buf_add(out, tag, (size_t)(end - tag));
	return bad;
}

/* The same for all tags of the text. */
E2E__FN const char *e2e__xml_copy_tags(struct e2e__buf *out, const char *xml)
{
	const char *bad = NULL, *end, *one;

	while (*xml) {
		size_t text = strcspn(xml, "<");

		e2e__buf_add(out, xml, text);
		xml += text;
		if (!*xml)
			break;
		if (strncmp(xml, "<![CDATA[", 9) == 0) {
			end = strstr(xml, "]]>") + 3;
			e2e__buf_add(out, xml, (size_t)(end - xml));
		} else {
			end = e2e__xml_tag_end(xml);
			one = e2e__xml_copy_tag(out, xml, end);
			bad = bad ? bad : one;
		}
		xml = end;
	}

	e2e__buf_add(out, "", 1);
	return bad;
}

/* Text of e2e_xml as a stanza; NULL, and f says why. */
E2E__FN e2e_stanza *e2e__xml_parse(e2e_client *c, const char *xml, e2e_failure *f)
{
	e2e_stanza *stanza = NULL;
	const char *bad;
	E2E__BUF(b, 1024);

	memset(f, 0, sizeof *f);
	f->code = "not-well-formed";
	f->got = e2e_quoted(xml);
	f->message = "the text is no well-formed XML of one element";
	f->hint =
		"elements must be closed and nested; no comments, no <?...?>, nothing after the element";
	bad = e2e__xml_bad_text(xml);
	if (bad) {
		f->message = e2e_printf("the text is no XML: %s", bad);
		f->hint = "e2e_send_raw(client, bytes) sends anything";
		return NULL;
	}

	if (!e2e__xml_one_element(xml))
		return NULL;
	bad = e2e__xml_copy_tags(&b, xml);
	if (!bad)
		stanza = xmpp_stanza_new_from_string(c->ctx, b.p);
	e2e__buf_free(&b);
	if (bad) {
		f->message = e2e_printf(
			"libstrophe would send the attribute %s without its prefix", bad);
		f->hint = "of attributes with a prefix only xml:lang is possible; "
			  "e2e_send_raw(client, bytes) sends anything";
	}

	if (stanza)
		e2e__loop_name_languages(stanza, E2E__XMPP_LANG);
	return stanza;
}

/* Ends the case: NULL was given for a %s. number: of the argument behind the format. */
E2E__FN void e2e__xml_die_of_null(const char *file, int line, const char *name, const char *fmt,
	int number) __attribute__((noreturn));
E2E__FN void e2e__xml_die_of_null(
	const char *file, int line, const char *name, const char *fmt, int number)
{
	e2e_failure f = e2e__system_failure("usage",
		e2e_printf("argument %d of the text, for a %%s, is NULL", number),
		"what returned it found nothing: look at it before, by "
		"e2e_must(e2e_isnt_str(text, NULL)); \"\" puts nothing in");

	f.got = e2e_quoted(fmt);
	e2e__op_die(file, line, name, &f);
}

/* name: the function of the test's, for reports. */
E2E__FN e2e_stanza *e2e__xml_of(
	const char *file, int line, e2e_client *c, const char *name, const char *fmt, va_list given)
{
	E2E__BUF(b, 1024);
	e2e_stanza *stanza = NULL;
	e2e_failure f;
	const char *p = fmt;
	int number = 0; /* of the argument */
	bool null = false;
	va_list ap;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, name);
	va_copy(ap, given); /* whose address can be taken */
	while (p && *p) {
		size_t n = strcspn(p, "%");

		e2e__buf_add(&b, p, n);
		p += n;
		if (!*p)
			break;
		number += p[1] != '%';
		p = e2e__xml_convert(&b, p + 1, &ap, &null);
		if (!null)
			continue;
		e2e__buf_free(&b);
		e2e__xml_die_of_null(file, line, name, fmt, number);
	}

	va_end(ap);
	e2e__buf_add(&b, "", 1);
	if (p) {
		stanza = e2e__xml_parse(c, b.p, &f);
	} else {
		f = e2e__system_failure("not-well-formed",
			e2e_printf("%s doesn't know a conversion in its format", name),
			"it knows %s %c %d %i %u %x %ld %lld %zu ... and %%");
		f.got = e2e_quoted(fmt);
	}

	e2e__buf_free(&b);
	if (!stanza)
		e2e__op_die(file, line, name, &f);
	e2e__op_keep(stanza);
	e2e__op_leave();
	return stanza;
}

E2E__FN e2e_stanza *e2e__xml(const char *file, int line, e2e_client *c, const char *fmt, ...)
{
	e2e_stanza *stanza;
	va_list ap;

	va_start(ap, fmt);
	stanza = e2e__xml_of(file, line, c, "e2e_xml", fmt, ap);
	va_end(ap);
	return stanza;
}

E2E__FN const char *e2e__xml_do_stanza_text(e2e_stanza *stanza)
{
	char *text = NULL;
	size_t n;
	const char *copy;

	if (!stanza || xmpp_stanza_to_text(stanza, &text, &n))
		return NULL;
	copy = e2e__memory_strdup(text);
	xmpp_free(xmpp_stanza_get_context(stanza), text);
	return copy;
}

E2E__FN const char *e2e_stanza_text(e2e_stanza *stanza)
{
	const char *result;

	e2e__op_enter();
	result = e2e__xml_do_stanza_text(stanza);
	e2e__op_leave();
	return result;
}

E2E__FN const char *e2e__xml_do_body(e2e_stanza *stanza)
{
	char *body = stanza ? xmpp_message_get_body(stanza) : NULL;
	const char *copy;

	if (!body)
		return NULL;
	copy = e2e__memory_strdup(body);
	xmpp_free(xmpp_stanza_get_context(stanza), body);
	return copy;
}

E2E__FN const char *e2e_body(e2e_stanza *stanza)
{
	const char *result;

	e2e__op_enter();
	result = e2e__xml_do_body(stanza);
	e2e__op_leave();
	return result;
}

E2E__FN const char *e2e_stanza_error(e2e_stanza *stanza)
{
	xmpp_stanza_t *error;

	if (!stanza || !e2e__libstrophe_same(xmpp_stanza_get_type(stanza), "error"))
		return NULL;
	error = xmpp_stanza_get_child_by_name(stanza, "error");
	for (xmpp_stanza_t *child = error ? xmpp_stanza_get_children(error) : NULL; child;
		child = xmpp_stanza_get_next(child))
		if (e2e__libstrophe_same(xmpp_stanza_get_ns(child), XMPP_NS_STANZAS_IETF) &&
			strcmp(xmpp_stanza_get_name(child), "text") != 0)
			return e2e__memory_strdup(xmpp_stanza_get_name(child));
	return "undefined-condition";
}

/* ---- xmpp/read.h ---- */

#define E2E__READ_HINT \
	"a path is name{namespace}[attribute=value][number]/.../name@attribute; all but names may " \
	"be left out"

/* One [attribute=value] of a step; both are parts of the path. */
struct e2e__read_filter {
	const char *name, *value;
	size_t name_size, value_size;
};

/* One step of a path. */
struct e2e__read_step {
	const char *name, *ns;           /* ns NULL: any */
	size_t name_size, ns_size, size; /* size: of all of it, from the name on */
	struct e2e__read_filter filter[4];
	size_t nfilters;
	unsigned long number; /* 0: any */
};

/* What is looked for, and what is to be done with the places that fit. */
struct e2e__read_quest {
	struct e2e__read_step step[16];
	size_t nsteps;
	const char *attribute; /* NULL: the element itself */
	/* returns true to end the search */
	bool (*found)(struct e2e__read_quest *search, xmpp_stanza_t *place, const char *text);
	size_t n;
	const char *text, *ere;
	xmpp_stanza_t *place;
	regex_t re;
};

/* Reads [attribute=value], [@attribute='value'] or [number] at `p`. Returns what is behind it;
 * NULL: it's none of them. */
E2E__FN const char *e2e__read_parse_filter(struct e2e__read_step *step, const char *p)
{
	struct e2e__read_filter *f = step->filter + step->nfilters;
	char quote, *end;
	const char *stop;

	p++;
	if (isdigit((unsigned char)*p)) {
		step->number = strtoul(p, &end, 10);
		return *end == ']' && step->number ? end + 1 : NULL;
	}
	if (step->nfilters == sizeof step->filter / sizeof *step->filter)
		return NULL;
	p += *p == '@';
	f->name = p;
	f->name_size = strcspn(p, "=]/{}@");
	p += f->name_size;
	if (!f->name_size || *p++ != '=')
		return NULL;
	quote = *p == '"' || *p == '\'' ? *p++ : ']';
	stop = strchr(p, quote);
	if (!stop)
		return NULL;
	f->value = p;
	f->value_size = (size_t)(stop - p);
	stop += quote != ']';
	step->nfilters++;
	return *stop == ']' ? stop + 1 : NULL;
}

/* Reads one step at `p`. Returns what is behind it; NULL: it's none. */
E2E__FN const char *e2e__read_parse_step(struct e2e__read_step *step, const char *p)
{
	const char *end;

	step->name = p;
	step->name_size = strcspn(p, "{}[]/@=");
	p += step->name_size;
	if (!step->name_size)
		return NULL;
	if (*p == '{') {
		end = strchr(p, '}');
		if (!end)
			return NULL;
		step->ns = p + 1;
		step->ns_size = (size_t)(end - p - 1);
		p = end + 1;
	}
	while (p && *p == '[')
		p = e2e__read_parse_filter(step, p);
	step->size = p ? (size_t)(p - step->name) : 0;
	return p;
}

/* Reads a path. False: it isn't one. */
E2E__FN bool e2e__read_parse(struct e2e__read_quest *search, const char *path)
{
	const char *p = path;

	memset(search, 0, sizeof *search);
	while (p && *p && *p != '@') {
		if (search->nsteps == sizeof search->step / sizeof *search->step)
			return false;
		p = e2e__read_parse_step(search->step + search->nsteps++, p);
		if (!p || !*p || *p == '@')
			break;
		if (*p != '/' || !p[1] || p[1] == '@')
			return false;
		p++;
	}
	if (!p || (*p == '@' && (!p[1] || strpbrk(p + 1, "@/{}[]"))))
		return false;
	search->attribute = *p == '@' ? p + 1 : NULL;
	return true;
}

E2E__FN bool e2e__read_is(const char *text, const char *part, size_t size)
{
	return text && strlen(text) == size && memcmp(text, part, size) == 0;
}

/* The namespace of an element within one of `outer`. */
E2E__FN const char *e2e__read_ns(xmpp_stanza_t *element, const char *outer)
{
	const char *ns = xmpp_stanza_get_ns(element);

	return ns ? ns : outer;
}

/* Does an element of this namespace fit the step, its number left aside? */
E2E__FN bool e2e__read_fits(
	const struct e2e__read_step *step, xmpp_stanza_t *element, const char *ns)
{
	if (!xmpp_stanza_is_tag(element) ||
		(!(step->name_size == 1 && *step->name == '*') &&
			!e2e__read_is(
				xmpp_stanza_get_name(element), step->name, step->name_size)) ||
		(step->ns && !e2e__read_is(ns, step->ns, step->ns_size)))
		return false;
	for (size_t i = 0; i < step->nfilters; i++) {
		const struct e2e__read_filter *f = step->filter + i;
		const char *name = e2e_printf("%.*s", (int)f->name_size, f->name);

		if (!e2e__read_is(
			    xmpp_stanza_get_attribute(element, name), f->value, f->value_size))
			return false;
	}
	return true;
}

/* The text of an element, without that of elements in it. Valid until the end of the case. */
E2E__FN const char *e2e__read_text(xmpp_stanza_t *element)
{
	E2E__BUF(b, 256);

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(element); c; c = xmpp_stanza_get_next(c))
		if (xmpp_stanza_is_text(c) && xmpp_stanza_get_text_ptr(c))
			e2e__buf_adds(&b, xmpp_stanza_get_text_ptr(c));
	e2e__buf_add(&b, "", 1);
	return e2e__memory_taken(&b);
}

/* Goes through all places that fit the steps from this one on. True: the search is over. */
E2E__FN bool e2e__read_walk(
	struct e2e__read_quest *search, size_t at, xmpp_stanza_t *element, const char *ns)
{
	const struct e2e__read_step *step = search->step + at;
	unsigned long number = 0;
	const char *text;

	if (at == search->nsteps) {
		text = search->attribute ? xmpp_stanza_get_attribute(element, search->attribute)
					 : e2e__read_text(element);
		return text && search->found(search, element, text);
	}

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(element); c; c = xmpp_stanza_get_next(c)) {
		const char *inner = xmpp_stanza_is_tag(c) ? e2e__read_ns(c, ns) : NULL;

		if (!e2e__read_fits(step, c, inner) || (step->number && ++number != step->number))
			continue;
		if (e2e__read_walk(search, at + 1, c, inner))
			return true;
	}
	return false;
}

E2E__FN bool e2e__read_search(struct e2e__read_quest *search, e2e_stanza *stanza)
{
	return stanza && e2e__read_walk(search, 0, stanza, e2e__read_ns(stanza, "jabber:client"));
}

/* Ends the case unless it's a path. */
E2E__FN void e2e__read_need(const char *file, int line, const char *name, const char *path,
	struct e2e__read_quest *search)
{
	if (!path || !e2e__read_parse(search, path))
		e2e__op_die_of(file, line, name, "usage",
			e2e_printf("%s is no path", e2e_quoted(path)), E2E__READ_HINT);
}

E2E__FN bool e2e__read_first(struct e2e__read_quest *search, xmpp_stanza_t *place, const char *text)
{
	search->place = place;
	search->text = text;
	return true;
}

E2E__FN bool e2e__read_counted(
	struct e2e__read_quest *search, xmpp_stanza_t *place, const char *text)
{
	(void)place;
	(void)text;
	search->n++;
	return false;
}

E2E__FN bool e2e__read_like(struct e2e__read_quest *search, xmpp_stanza_t *place, const char *text)
{
	(void)place;
	return regexec(&search->re, text, 0, NULL, 0) == 0;
}

/* Has the stanza a place of this path, with a text that matches (NULL: any)? Both have been looked
 * at before. */
E2E__FN bool e2e__read_matches(e2e_stanza *stanza, const char *path, const char *ere)
{
	struct e2e__read_quest search;
	bool fits;

	if (!e2e__read_parse(&search, path))
		return false;
	search.found = ere ? e2e__read_like : e2e__read_first;
	if (ere && regcomp(&search.re, ere, REG_EXTENDED | REG_NOSUB))
		return false;
	fits = e2e__read_search(&search, stanza);
	if (ere)
		regfree(&search.re);
	return fits;
}

/* The attributes of an element. */
E2E__FN struct e2e__strings e2e__read_attributes(xmpp_stanza_t *element)
{
	struct e2e__strings names = {NULL, 0, 0};
	const char *pairs[64];
	int n = xmpp_stanza_get_attributes(element, pairs, 64);

	for (int i = 0; i + 1 < n; i += 2)
		if (strcmp(pairs[i], "xmlns") != 0)
			e2e__missed_add(&names, pairs[i]);
	return names;
}

/* Its child elements, as steps of a path. */
E2E__FN struct e2e__strings e2e__read_children(xmpp_stanza_t *element)
{
	struct e2e__strings names = {NULL, 0, 0};

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(element); c; c = xmpp_stanza_get_next(c)) {
		const char *ns = xmpp_stanza_is_tag(c) ? xmpp_stanza_get_ns(c) : NULL;

		if (xmpp_stanza_is_tag(c))
			e2e__missed_add(&names,
				e2e_printf(ns ? "%s{%s}" : "%s", xmpp_stanza_get_name(c), ns));
	}
	return names;
}

/* How far into the stanza the path leads, and what is there instead; name: who looked. */
E2E__FN const char *e2e__read_missed(
	const char *name, const char *path, struct e2e__read_quest search, e2e_stanza *stanza)
{
	const char *attribute = search.attribute, *step;
	size_t whole = search.nsteps;
	struct e2e__strings names;

	search.found = e2e__read_first;
	search.attribute = NULL;
	search.place = NULL;
	while (stanza && !e2e__read_search(&search, stanza) && search.nsteps)
		search.nsteps--;
	if (!search.place)
		return e2e_printf("%s(NULL, %s): there's no stanza", name, e2e_quoted(path));
	if (search.nsteps == whole) {
		names = e2e__read_attributes(search.place);
		step = e2e_printf("@%s", attribute ? attribute : "");
	} else {
		names = e2e__read_children(search.place);
		step = e2e_printf("%.*s", (int)search.step[search.nsteps].size,
			search.step[search.nsteps].name);
	}
	return e2e_printf("%s: <%s> has no %s%s", name, xmpp_stanza_get_name(search.place), step,
		e2e__missed_but(step + (*step == '@'), &names));
}

/* The same for a path of a match; NULL: it leads somewhere. */
E2E__FN const char *e2e__read_missed_path(const char *path, e2e_stanza *stanza)
{
	struct e2e__read_quest search;

	if (!e2e__read_parse(&search, path) || e2e__read_matches(stanza, path, NULL))
		return NULL;
	return e2e__read_missed(".path", path, search, stanza);
}

/* e2e_get for rooms: the place of the test stays what it is. */
E2E__FN const char *e2e__read_peek(e2e_stanza *stanza, const char *path)
{
	struct e2e__read_quest search;

	e2e__read_need(e2e__xmpp.file, e2e__xmpp.line, "e2e_get", path, &search);
	search.found = e2e__read_first;
	e2e__read_search(&search, stanza);
	return search.text ? e2e__memory_strdup(search.text) : NULL;
}

/* e2e_get for what the test has called: `name`. */
E2E__FN const char *e2e__read_get_of(
	const char *file, int line, const char *name, e2e_stanza *stanza, const char *path)
{
	struct e2e__read_quest search;

	e2e__op_enter_at(file, line);
	e2e__read_need(file, line, name, path, &search);
	search.found = e2e__read_first;
	e2e__read_search(&search, stanza);
	if (!search.text)
		e2e__missed_note(e2e__read_missed(name, path, search, stanza));
	e2e__op_leave();
	return search.text ? e2e__memory_strdup(search.text) : NULL;
}

E2E__FN const char *e2e__read_get(const char *file, int line, e2e_stanza *stanza, const char *path)
{
	return e2e__read_get_of(file, line, "e2e_get", stanza, path);
}

E2E__FN size_t e2e__read_count(const char *file, int line, e2e_stanza *stanza, const char *path)
{
	struct e2e__read_quest search;

	e2e__op_enter_at(file, line);
	e2e__read_need(file, line, "e2e_count", path, &search);
	search.found = e2e__read_counted;
	e2e__read_search(&search, stanza);
	if (!search.n)
		e2e__missed_note(e2e__read_missed("e2e_count", path, search, stanza));
	e2e__op_leave();
	return search.n;
}

E2E__FN e2e_stanza *e2e__read_put(
	const char *file, int line, e2e_stanza *stanza, const char *path, e2e_stanza *child)
{
	struct e2e__read_quest search;
	e2e_failure f = e2e__system_failure("not-found", NULL, NULL);

	e2e__op_enter_at(file, line);
	e2e__read_need(file, line, "e2e_put", path, &search);
	if (!stanza || !child)
		e2e__op_die_of(file, line, "e2e_put", "usage",
			stanza ? "the child that is to be put into the stanza is NULL"
			       : "the stanza that something is to be put into is NULL",
			NULL);
	search.found = e2e__read_first;
	if (search.attribute || !e2e__read_search(&search, stanza)) {
		f.message =
			e2e_printf("there's no element %s to put something into", e2e_quoted(path));
		f.got = e2e_stanza_text(stanza);
		f.hint = E2E__READ_HINT;
		e2e__op_die(file, line, "e2e_put", &f);
	}
	xmpp_stanza_add_child_ex(search.place, xmpp_stanza_copy(child), 0);
	e2e__op_leave();
	return stanza;
}

/* ---- xmpp/compare.h ---- */

/* The first difference: its place, and both sides. */
struct e2e__compare_difference {
	const char *path, *got, *want;
};

/* Is the text like the pattern, in which * is any text? */
E2E__FN bool e2e__compare_like(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++) {
		if (*pattern == '*') {
			do
				if (e2e__compare_like(text, pattern + 1))
					return true;
			while (*text++);
			return false;
		}
		pattern += *pattern == '\\' && pattern[1] == '*';
		if (*text != *pattern)
			return false;
	}
	return !*text;
}

E2E__FN bool e2e__compare_differs(
	struct e2e__compare_difference *d, const char *path, const char *got, const char *want)
{
	d->path = path;
	d->got = got;
	d->want = want;
	return true;
}

/* The names of an element's attributes without xmlns, n of them. */
E2E__FN const char **e2e__compare_attributes(xmpp_stanza_t *element, size_t *n)
{
	int count = xmpp_stanza_get_attribute_count(element);
	size_t size = count > 0 ? (size_t)count : 0;
	const char **both = (const char **)e2e__memory_alloc((2 * size + 1) * sizeof *both),
		   **names;

	names = (const char **)e2e__memory_alloc((size + 1) * sizeof *names);
	*n = 0;
	if (count > 0)
		count = xmpp_stanza_get_attributes(element, both, 2 * count);
	for (int i = 0; i + 1 < count; i += 2)
		if (strcmp(both[i], "xmlns") != 0)
			names[(*n)++] = both[i];
	return names;
}

/* The place of an attribute. */
E2E__FN const char *e2e__compare_at(const char *path, const char *attribute)
{
	return e2e_printf("%s@%s", path, attribute);
}

E2E__FN bool e2e__compare_attribute_differs(xmpp_stanza_t *got, xmpp_stanza_t *want,
	const char *path, struct e2e__compare_difference *d)
{
	size_t n;
	const char **names = e2e__compare_attributes(want, &n);

	for (size_t i = 0; i < n; i++) {
		const char *is = xmpp_stanza_get_attribute(got, names[i]),
			   *expected = xmpp_stanza_get_attribute(want, names[i]);

		if (!is || !e2e__compare_like(is, expected))
			return e2e__compare_differs(d, e2e__compare_at(path, names[i]),
				is ? e2e_quoted(is) : "no such attribute", e2e_quoted(expected));
	}

	names = e2e__compare_attributes(got, &n);
	for (size_t i = 0; i < n; i++)
		if (!xmpp_stanza_get_attribute(want, names[i]) &&
			(*path || strcmp(names[i], "xml:lang") != 0))
			return e2e__compare_differs(d, e2e__compare_at(path, names[i]),
				e2e_quoted(xmpp_stanza_get_attribute(got, names[i])),
				"no such attribute");
	return false;
}

/* The next element from here on, or NULL. */
E2E__FN xmpp_stanza_t *e2e__compare_element(xmpp_stanza_t *from)
{
	while (from && !xmpp_stanza_is_tag(from))
		from = xmpp_stanza_get_next(from);
	return from;
}

E2E__FN bool e2e__compare_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n")];
}

/* The text of an element; blanks between elements are none. */
E2E__FN const char *e2e__compare_text(xmpp_stanza_t *element)
{
	const char *text = e2e__read_text(element);

	return e2e__compare_element(xmpp_stanza_get_children(element)) && e2e__compare_blank(text)
		? ""
		: text;
}

/* <name xmlns="namespace">, for reports. */
E2E__FN const char *e2e__compare_named(xmpp_stanza_t *element, const char *ns)
{
	return element ? e2e_printf("<%s xmlns=\"%s\">", xmpp_stanza_get_name(element), ns)
		       : "no more elements";
}

/* The path of a child: its name, namespace, and number among those that are named so. */
E2E__FN const char *e2e__compare_step(
	const char *path, xmpp_stanza_t *parent, xmpp_stanza_t *child, const char *ns)
{
	const char *own = xmpp_stanza_get_ns(child), *name = xmpp_stanza_get_name(child);
	size_t number = 1;
	bool differs = own && strcmp(own, ns) != 0;

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(parent); c && c != child;
		c = xmpp_stanza_get_next(c))
		number += xmpp_stanza_is_tag(c) &&
			e2e__libstrophe_same(xmpp_stanza_get_name(c), name) &&
			strcmp(e2e__read_ns(c, ns), e2e__read_ns(child, ns)) == 0;
	return e2e_printf("%s%s%s%s%s%s%s", path, *path ? "/" : "", name, differs ? "{" : "",
		differs ? own : "", differs ? "}" : "",
		number > 1 ? e2e_printf("[%zu]", number) : "");
}

E2E__FN bool e2e__compare_same_name(
	xmpp_stanza_t *got, const char *got_ns, xmpp_stanza_t *want, const char *want_ns)
{
	return got && want && strcmp(got_ns, want_ns) == 0 &&
		e2e__libstrophe_same(xmpp_stanza_get_name(got), xmpp_stanza_get_name(want));
}

/* Both have the same name and namespace: does something else differ? */
E2E__FN bool e2e__compare_element_differs(xmpp_stanza_t *got, xmpp_stanza_t *want, const char *ns,
	const char *path, struct e2e__compare_difference *d)
{
	const char *text, *expected;
	xmpp_stanza_t *a = e2e__compare_element(xmpp_stanza_get_children(got)),
		      *b = e2e__compare_element(xmpp_stanza_get_children(want));

	if (e2e__compare_attribute_differs(got, want, path, d))
		return true;
	text = e2e__compare_text(got);
	expected = e2e__compare_text(want);
	if (!b && strcmp(expected, "*") == 0)
		return false;

	while (a || b) {
		const char *a_ns = a ? e2e__read_ns(a, ns) : ns,
			   *b_ns = b ? e2e__read_ns(b, ns) : ns;
		const char *place = a ? e2e__compare_step(path, got, a, ns)
				      : e2e__compare_step(path, want, b, ns);

		if (!e2e__compare_same_name(a, a_ns, b, b_ns))
			return e2e__compare_differs(
				d, place, e2e__compare_named(a, a_ns), e2e__compare_named(b, b_ns));
		if (e2e__compare_element_differs(a, b, a_ns, place, d))
			return true;
		a = e2e__compare_element(xmpp_stanza_get_next(a));
		b = e2e__compare_element(xmpp_stanza_get_next(b));
	}

	if (!e2e__compare_like(text, expected))
		return e2e__compare_differs(d, path, e2e_quoted(text), e2e_quoted(expected));
	return false;
}

E2E__FN bool e2e__compare_stanza_differs(
	xmpp_stanza_t *got, xmpp_stanza_t *want, struct e2e__compare_difference *d)
{
	const char *got_ns = e2e__read_ns(got, "jabber:client"),
		   *want_ns = e2e__read_ns(want, "jabber:client");

	if (!e2e__compare_same_name(got, got_ns, want, want_ns))
		return e2e__compare_differs(
			d, "", e2e__compare_named(got, got_ns), e2e__compare_named(want, want_ns));
	return e2e__compare_element_differs(got, want, got_ns, "", d);
}

/* The template as a stanza. */
E2E__FN e2e_stanza *e2e__compare_template(
	const struct e2e__at *at, e2e_stanza *got, const char *text)
{
	e2e_client nobody;
	e2e_failure f;
	e2e_stanza *want;

	memset(&nobody, 0, sizeof nobody);
	nobody.ctx = xmpp_stanza_get_context(got);
	want = e2e__xml_parse(&nobody, text, &f);
	if (want)
		return e2e__op_keep(want);
	f.message = e2e_printf("the template: %s", f.message);
	e2e__op_die(at->file, at->line, "e2e_is_stanza", &f);
}

E2E__FN bool e2e__compare_is_stanza(struct e2e__at at, e2e_stanza *got, const char *want)
{
	struct e2e__compare_difference d = {NULL, NULL, NULL};
	const char *message = "there is no stanza", *text = NULL;
	bool same = false;

	e2e__op_enter_at(at.file, at.line);
	if (got) {
		text = e2e_stanza_text(got);
		same = !e2e__compare_stanza_differs(got, e2e__compare_template(&at, got, want), &d);
	}
	if (d.path)
		message = e2e_printf("%s%s: got %s, want %s",
			*d.path ? "the stanzas differ at " : "the stanzas differ", d.path, d.got,
			d.want);
	e2e__assertion_judge(&at, same, " is ", text ? text : "NULL", want, "different",
		same ? NULL : message, NULL);
	e2e__op_leave();
	return same;
}

/* The stanza, or the beginning of a long one, in one line, for reports. */
E2E__FN const char *e2e__compare_shown(e2e_stanza *stanza)
{
	enum { SHOWN = 1000 };
	const char *text = stanza ? e2e_stanza_text(stanza) : NULL;
	char *line;

	if (!text)
		return "there is no stanza";
	line = e2e__memory_strdup(strlen(text) <= SHOWN ? e2e_printf("in %s", text)
							: e2e_printf("in %.*s ...", SHOWN, text));
	for (char *p = line; *p; p++)
		*p = *p == '\n' ? ' ' : *p;
	return line;
}

E2E__FN bool e2e__compare_is_at(
	struct e2e__at at, e2e_stanza *got, const char *path, const char *want)
{
	const char *text = e2e__read_get_of(at.file, at.line, "e2e_is_at", got, path);

	if (text && want ? strcmp(text, want) == 0 : text == want)
		return e2e__point(&at, true, " at ", NULL);
	return e2e__assertion_judge(&at, false, " at ", e2e_quoted(text), e2e_quoted(want), "is_at",
		e2e__compare_shown(got), text && want ? e2e__diff(text, want) : NULL);
}

/* ---- xmpp/form.h ---- */

/* Adds <name/> to an element and returns it; the parent holds it. */
E2E__FN xmpp_stanza_t *e2e__form_add(xmpp_stanza_t *parent, const char *name)
{
	xmpp_stanza_t *child = xmpp_stanza_new(xmpp_stanza_get_context(parent));

	xmpp_stanza_set_name(child, name);
	xmpp_stanza_add_child_ex(parent, child, 0);
	return child;
}

E2E__FN void e2e__form_add_value(xmpp_stanza_t *field, const char *text)
{
	xmpp_stanza_t *value = e2e__form_add(field, "value"),
		      *data = xmpp_stanza_new(xmpp_stanza_get_context(field));

	xmpp_stanza_set_text(data, text);
	xmpp_stanza_add_child_ex(value, data, 0);
}

E2E__FN xmpp_stanza_t *e2e__form_add_field(xmpp_stanza_t *form, const char *var)
{
	xmpp_stanza_t *field = e2e__form_add(form, "field");

	xmpp_stanza_set_attribute(field, "var", var);
	return field;
}

/* The same, hidden: what the form is about. */
E2E__FN void e2e__form_add_type(xmpp_stanza_t *form, const char *type)
{
	xmpp_stanza_t *field = e2e__form_add_field(form, "FORM_TYPE");

	xmpp_stanza_set_attribute(field, "type", "hidden");
	e2e__form_add_value(field, type);
}

/* Values that XML can't have, and vars without a name. */
E2E__FN void e2e__form_check(const char *file, int line, const char *name, const char *word)
{
	const char *bad = e2e__xml_bad_text(word);

	if (bad || *word == '=' || !*word)
		e2e__op_die_of(file, line, name, "usage",
			e2e_printf("%s isn't \"var=value\"%s%s", e2e_quoted(word), bad ? ": " : "",
				bad ? bad : ""),
			"fields are given as \"var=value\", ...");
}

/* A form of this type with these fields; name: the macro that is given them. */
E2E__FN e2e_stanza *e2e__form_submit_of(const char *file, int line, const char *name, e2e_client *c,
	const char *type, const char *const *words)
{
	xmpp_stanza_t *form, *field = NULL;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, name);
	form = e2e__op_keep(xmpp_stanza_new(c->ctx));
	xmpp_stanza_set_name(form, "x");
	xmpp_stanza_set_ns(form, "jabber:x:data");
	xmpp_stanza_set_type(form, "submit");
	if (type && *type)
		e2e__form_add_type(form, type);

	for (; *words; words++) {
		const char *var, *value = strchr(*words, '=');

		e2e__form_check(file, line, name, *words);
		var = e2e_printf("%.*s", (int)strcspn(*words, "="), *words);
		if (!field || strcmp(xmpp_stanza_get_attribute(field, "var"), var) != 0)
			field = e2e__form_add_field(form, var);
		if (value)
			e2e__form_add_value(field, value + 1);
	}
	e2e__op_leave();
	return form;
}

E2E__FN e2e_stanza *e2e__form_submit(
	const char *file, int line, e2e_client *c, const char *const *words)
{
	return e2e__form_submit_of(
		file, line, "e2e_form_submit", c, *words, words + (*words != NULL));
}

/* The first form in an element, or the element itself; NULL: none. */
E2E__FN xmpp_stanza_t *e2e__form_in(xmpp_stanza_t *element)
{
	xmpp_stanza_t *found = NULL;

	if (e2e__libstrophe_same(xmpp_stanza_get_name(element), "x") &&
		e2e__libstrophe_same(xmpp_stanza_get_ns(element), "jabber:x:data"))
		return element;
	for (xmpp_stanza_t *c = xmpp_stanza_get_children(element); c && !found;
		c = xmpp_stanza_get_next(c))
		if (xmpp_stanza_is_tag(c))
			found = e2e__form_in(c);
	return found;
}

/* All values of a field. */
E2E__FN const char *e2e__form_values(xmpp_stanza_t *field)
{
	E2E__BUF(b, 256);
	bool first = true;

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(field); c; c = xmpp_stanza_get_next(c))
		if (e2e__libstrophe_same(xmpp_stanza_get_name(c), "value")) {
			e2e__buf_addf(&b, "%s%s", first ? "" : "\n", e2e__read_text(c));
			first = false;
		}
	e2e__buf_add(&b, "", 1);
	return e2e__memory_taken(&b);
}

/* Notes that there's no such field, and which there are. */
E2E__FN void e2e__form_note_missed(e2e_stanza *stanza, xmpp_stanza_t *form, const char *var)
{
	struct e2e__strings names = {NULL, 0, 0};

	for (xmpp_stanza_t *c = form ? xmpp_stanza_get_children(form) : NULL; c;
		c = xmpp_stanza_get_next(c))
		if (e2e__libstrophe_same(xmpp_stanza_get_name(c), "field") &&
			xmpp_stanza_get_attribute(c, "var"))
			e2e__missed_add(
				&names, e2e__memory_strdup(xmpp_stanza_get_attribute(c, "var")));
	e2e__missed_note(
		form ? e2e_printf("e2e_form_field: the form has no field %s%s", var,
			       e2e__missed_but(var, &names))
		     : e2e_printf("e2e_form_field: there's no form in %s",
			       stanza ? e2e_printf("<%s>", xmpp_stanza_get_name(stanza)) : "NULL"));
}

E2E__FN const char *e2e_form_field(e2e_stanza *stanza, const char *var)
{
	const char *result = NULL;
	xmpp_stanza_t *form;

	e2e__op_enter();
	form = stanza ? e2e__form_in(stanza) : NULL;
	for (xmpp_stanza_t *c = form ? xmpp_stanza_get_children(form) : NULL; c && !result;
		c = xmpp_stanza_get_next(c))
		if (e2e__libstrophe_same(xmpp_stanza_get_name(c), "field") &&
			e2e__libstrophe_same(xmpp_stanza_get_attribute(c, "var"), var))
			result = e2e__form_values(c);
	if (!result)
		e2e__form_note_missed(stanza, form, var ? var : "NULL");
	e2e__op_leave();
	return result;
}

/* ---- xmpp/open.h ---- */

/* A tag has ended. That of the stream stays open by rights. */
E2E__FN void e2e__open_tag(struct e2e__xmpp_open *o)
{
	o->state = 0;
	if (o->before == '/')
		return;
	if (!o->depth && strcmp(o->name, "stream:stream") == 0)
		return;
	if (!o->depth++)
		memcpy(o->first, o->name, sizeof o->first);
}

/* One more byte of a name. Of <!...> XMPP has CDATA alone: behind others nothing is sure. */
E2E__FN void e2e__open_name(struct e2e__xmpp_open *o, char byte)
{
	o->before = byte;
	if (!o->n && (byte == '/' || byte == '?')) {
		o->state = byte;
	} else if (byte == '>') {
		e2e__open_tag(o);
	} else if (strchr(" \t\r\n/", byte)) {
		o->state = 't';
	} else {
		if (o->n + 1 < sizeof o->name)
			o->name[o->n++] = byte;
		o->name[o->n] = 0;
	}
	if (strcmp(o->name, "![CDATA[") == 0) {
		o->state = '[';
		o->n = 0; /* how many ] there are in a row */
	} else if (o->name[0] == '!' && o->state != '<') {
		o->unsure = true;
	}
}

/* One more byte behind the name of a tag. */
E2E__FN void e2e__open_attribute(struct e2e__xmpp_open *o, char byte)
{
	if (byte == '>')
		e2e__open_tag(o);
	else if (byte == '"' || byte == '\'')
		o->state = byte;
	o->before = byte;
}

/* One more byte that the test sends as it is. state: 0 in text, < in a name, t behind it, a quote
 * in an attribute, / in an end tag, ? in a declaration, [ in CDATA. */
E2E__FN void e2e__open_byte(struct e2e__xmpp_open *o, char byte)
{
	switch (o->state) {
	case 0:
		o->state = byte == '<' ? '<' : 0;
		o->n = 0;
		o->name[0] = 0;
		return;
	case '<':
		e2e__open_name(o, byte);
		return;
	case 't':
		e2e__open_attribute(o, byte);
		return;
	case '/':
		if (byte != '>')
			return;
		o->state = 0;
		o->depth -= o->depth > 0;
		return;
	case '?':
		o->state = byte == '>' ? 0 : '?';
		return;
	case '[':
		o->state = byte == '>' && o->n >= 2 ? 0 : '[';
		o->n = byte == ']' ? o->n + 1 : 0;
		return;
	default:
		o->state = byte == o->state ? 't' : o->state;
	}
}

/* The test sends these bytes as they are, at this place. */
E2E__FN void e2e__open_bytes(
	struct e2e__xmpp_open *o, const char *bytes, const char *file, int line)
{
	for (; *bytes; bytes++) {
		if (!o->depth && !o->state) {
			o->file = file;
			o->line = line;
		}
		e2e__open_byte(o, *bytes);
	}
}

/* The outermost element that is open; NULL: none, or nothing is sure. */
E2E__FN const char *e2e__open_element(const struct e2e__xmpp_open *o)
{
	if (o->unsure)
		return NULL;
	if (o->depth)
		return o->first;
	return o->state && !strchr("/?[", o->state) && o->n ? o->name : NULL;
}

/* ---- xmpp/srv.h ---- */

/* Outside of the other struct: C++ would know it by that one's name only. */
struct e2e__srv_target {
	char host[256];
	unsigned priority, weight, port;
};

/* Where a domain's SRV records lead, the best first. */
struct e2e__srv {
	struct e2e__srv_target target[16];
	size_t n;
};

/* By priority; among equals the heavier one: a test isn't to be different each time. */
E2E__FN int e2e__srv_compare(const void *a, const void *b)
{
	const struct e2e__srv_target *x = (const struct e2e__srv_target *)a,
				     *y = (const struct e2e__srv_target *)b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->weight > y->weight ? -1 : x->weight < y->weight;
}

#ifdef E2E__SRV_ASKS
E2E__FN unsigned e2e__srv_u16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Behind the name at p; NULL: it isn't whole. */
E2E__FN const unsigned char *e2e__srv_name(const unsigned char *answer, const unsigned char *end,
	const unsigned char *p, char *name, size_t size)
{
	int n = p && p < end ? dn_expand(answer, end, p, name, (int)size) : -1;

	return n < 0 ? NULL : p + n;
}

/* Reads an answer of the DNS. */
E2E__FN void e2e__srv_read(struct e2e__srv *srv, const unsigned char *answer, size_t size)
{
	const unsigned char *end = answer + size, *p = answer + 12, *data;
	unsigned questions, records;
	char name[256];

	if (size < 12)
		return;
	questions = e2e__srv_u16(answer + 4);
	records = e2e__srv_u16(answer + 6);
	while (questions-- && (p = e2e__srv_name(answer, end, p, name, sizeof name)) != NULL)
		p += 4;
	while (p && records-- && srv->n < sizeof srv->target / sizeof *srv->target) {
		struct e2e__srv_target *t = srv->target + srv->n;

		p = e2e__srv_name(answer, end, p, name, sizeof name);
		if (!p || end - p < 10 || end - p - 10 < (long)e2e__srv_u16(p + 8))
			return;
		data = p + 10;
		if (e2e__srv_u16(p) == 33 && e2e__srv_u16(p + 8) > 6 &&
			e2e__srv_name(answer, end, data + 6, t->host, sizeof t->host) && *t->host &&
			strcmp(t->host, ".") != 0) { /* ".": there's no such service */
			t->priority = e2e__srv_u16(data);
			t->weight = e2e__srv_u16(data + 2);
			t->port = e2e__srv_u16(data + 4);
			srv->n++;
		}
		p = data + e2e__srv_u16(p + 8);
	}
}
#endif

/* Asks for the records of a service. False: this libc can't. */
E2E__FN bool e2e__srv_ask(struct e2e__srv *srv, const char *service, const char *domain)
{
	srv->n = 0;
#ifdef E2E__SRV_ASKS
	enum { LONGEST = 65535 };
	unsigned char *answer = (unsigned char *)malloc(LONGEST);
	int n = answer
		? res_query(e2e_printf("_%s._tcp.%s", service, domain), 1, 33, answer, LONGEST)
		: -1;

	if (n > 0)
		e2e__srv_read(srv, answer, n < LONGEST ? (size_t)n : (size_t)LONGEST);
	free(answer);
	qsort(srv->target, srv->n, sizeof *srv->target, e2e__srv_compare);
	return true;
#else
	(void)service, (void)domain;
	return false;
#endif
}

/* ---- xmpp/port.h ---- */

/* Has this socket something to read, or room to write, before this time, and before a limit of the
 * case falls due? */
E2E__FN bool e2e__port_ready(int fd, short events, double until)
{
	struct pollfd p;

	p.fd = fd;
	p.events = events;
	while (e2e_now() < until && !e2e__state.pending)
		if (poll(&p, 1, 10) > 0)
			return true;
	return false;
}

/* A connection of its own to the port that the last client was at; -1: there's none. It doesn't
 * wait. */
E2E__FN int e2e__port_connect(double until)
{
	struct addrinfo hints, *a = NULL;
	char port[8];
	int fd = -1, why = 0;
	socklen_t size = sizeof why;

	memset(&hints, 0, sizeof hints);
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST;
	snprintf(port, sizeof port, "%d", e2e__xmpp.probed_port);
	if (!e2e__xmpp.probed_port || getaddrinfo(e2e__xmpp.probed_ip, port, &hints, &a))
		return -1;
	fd = socket(a->ai_family, SOCK_STREAM, 0);
	if (fd >= 0) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		if ((connect(fd, a->ai_addr, a->ai_addrlen) && errno != EINPROGRESS) ||
			!e2e__port_ready(fd, POLLOUT, until) ||
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) || why) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(a);
	return fd;
}

/* Does TLS begin there with the first byte? Whose certificate it is doesn't matter. */
E2E__FN bool e2e__port_is_direct(const char *domain)
{
	double until = e2e_now() + e2e__clock_scaled(2);
	struct e2e__xmpp_own *plain = e2e__xmpp.plain;
	int fd = e2e__port_connect(until), n = -1, error = SSL_ERROR_WANT_READ;
	SSL_CTX *ctx;
	SSL *ssl;

	e2e__xmpp.plain = NULL; /* it is no client's */
	ctx = fd >= 0 ? SSL_CTX_new(TLS_client_method()) : NULL;
	ssl = ctx ? SSL_new(ctx) : NULL;
	e2e__xmpp.plain = plain;
	if (ssl && SSL_set_fd(ssl, fd)) {
		SSL_set_tlsext_host_name(ssl, domain);
		while (n <= 0 && (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)) {
			n = SSL_connect(ssl);
			error = n > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl, n);
			if (n <= 0 &&
				!e2e__port_ready(fd,
					error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN, until))
				break;
		}
	}

	SSL_free(ssl);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	if (fd >= 0)
		close(fd);
	return n > 0;
}

/* Does a stream begin there, without TLS? */
E2E__FN bool e2e__port_is_stream(const char *domain)
{
	double until = e2e_now() + e2e__clock_scaled(2);
	int fd = e2e__port_connect(until);
	const char *hello = e2e_printf("<?xml version='1.0'?><stream:stream to='%s' version='1.0' "
				       "xmlns='jabber:client' "
				       "xmlns:stream='http://etherx.jabber.org/streams'>",
		domain);
	char in[2048];
	size_t n = 0;
	ssize_t got = 1;

	if (fd < 0)
		return false;
	if (!e2e__file_write_whole(fd, hello, strlen(hello)))
		got = 0;
	while (got > 0 && n < sizeof in - 1 && e2e__port_ready(fd, POLLIN, until)) {
		got = read(fd, in + n, sizeof in - n - 1);
		n += got > 0 ? (size_t)got : 0;
		in[n] = 0;
		if (strstr(in, "<stream:stream"))
			break;
	}
	in[n] = 0;
	close(fd);
	return strstr(in, "<stream:stream") != NULL;
}

/* ---- xmpp/connect.h ---- */

/* The certificate wasn't accepted. */
E2E__FN bool e2e__connect_blame_certificate(struct e2e__xmpp_own *o)
{
	if (o->pins && o->leaf_seen && !o->pin_ok) {
		e2e__libstrophe_blame(o, "pin",
			"the server's certificate has none of the pins in pin_store",
			e2e_printf("if this is the right server, put its pin into %s: \"%s\"",
				o->self->tls.pin_store, o->pin_to_paste));
		return true;
	}
	if (!o->cert_error[0])
		return false;
	e2e__libstrophe_blame(o, "certificate",
		e2e_printf("its certificate was refused: %s (%s)", o->cert_error, o->cert_subject),
		"give its authority as ca_file=, pin it with pin_store=, or set no_verify=true for a server on "
		"this machine");
	return true;
}

/* Login itself failed. */
E2E__FN bool e2e__connect_blame_login(struct e2e__xmpp_own *o)
{
	const char *offered = e2e_printf(
		"the server offers %s", o->mechanisms[0] ? o->mechanisms : "no mechanism");

	if (o->self->tls.off && o->starttls_offered &&
		(strstr(o->error, "SASL ANONYMOUS unsupported") ||
			strstr(o->error, "Cannot authenticate"))) {
		e2e__libstrophe_blame(o, "no-mechanism", e2e_printf("before TLS %s", offered),
			"it wants TLS first: leave no_tls out");
	} else if (strstr(o->error, "TLS is not supported")) {
		e2e__libstrophe_blame(o, "no-tls",
			"the server (or somebody between) offers no STARTTLS",
			"enable TLS in the server; a proxy that strips it is refused on purpose");
	} else if (strstr(o->error, "SASL ANONYMOUS unsupported")) {
		e2e__libstrophe_blame(o, "no-anonymous",
			e2e_printf("no SASL ANONYMOUS: %s", offered),
			"enable it (Prosody: authentication = \"anonymous\"), or use the provisioner static");
	} else if (o->sasl_failure[0]) {
		e2e__libstrophe_blame(o, "auth",
			e2e_printf("authentication failed: %s", o->sasl_failure),
			o->self->account.password
				? "check the user and its password"
				: "check that the server allows SASL ANONYMOUS here");
	} else if (strstr(o->error, "Cannot authenticate")) {
		e2e__libstrophe_blame(o, "no-mechanism",
			e2e_printf("no common SASL mechanism: %s", offered),
			"SCRAM-SHA-1, -256, -512, DIGEST-MD5, PLAIN and ANONYMOUS are known");
	} else if (o->phase == E2E__PHASE_BIND && o->error[0]) {
		e2e__libstrophe_blame(o, strstr(o->error, "conflict") ? "conflict" : "bind",
			e2e_printf("the server refused the resource: %s", o->error), NULL);
	} else {
		return false;
	}

	return true;
}

/* Is it the other kind of port? Asked where that may be why: the server ended the connection
 * instead of opening its stream, or its answer was no TLS. Where a limit of the case ended the
 * connection there's no time to ask, and nothing to find out. */
E2E__FN bool e2e__connect_blame_port(struct e2e__xmpp_own *o)
{
	const char *jid = o->self->account.jid ? o->self->account.jid : "",
		   *domain = strchr(jid, '@') ? strchr(jid, '@') + 1 : jid;

	if (e2e__state.pending)
		return false;
	if (!o->direct && o->phase == E2E__PHASE_STREAM && e2e__port_is_direct(domain)) {
		e2e__libstrophe_blame(o, "tls",
			"this port speaks TLS from the first byte, and no STARTTLS",
			o->self->tls.off
				? "name the port that takes streams without TLS, as a rule 5222"
				: "set direct_tls=true, or name the port for STARTTLS, as a rule 5222");
		return true;
	}
	if (o->direct && o->phase == E2E__PHASE_TLS && o->tls_error[0] &&
		e2e__port_is_stream(domain)) {
		e2e__libstrophe_blame(o, "tls",
			"this port opens a stream, for STARTTLS: it doesn't speak TLS from the "
			"first byte",
			"leave direct_tls out, or name the port for direct TLS, as a rule 5223");
		return true;
	}
	return false;
}

/* The connection is gone: why? Called once, in the connection handler. */
E2E__FN void e2e__connect_find_reason(struct e2e__xmpp_own *o, int error)
{
	const char *step = o->opts.until && o->phase == E2E__PHASE_UP
		? "of the raw client"
		: e2e__libstrophe_step_name(o->phase);
	/* libstrophe 0.14 also gives the one that connecting began with */
	bool told = error > 0 && error != EINPROGRESS && !o->secured;

	if (o->failed || o->wanted_down)
		return;
	if (o->stream_condition[0]) {
		e2e__libstrophe_blame(o,
			strcmp(o->stream_condition, "conflict") == 0 ? "conflict" : "stream-error",
			e2e_printf("the server closed the stream %s: %s%s%s", step,
				o->stream_condition, o->stream_error[0] ? ": " : "",
				o->stream_error),
			NULL);
	} else if (o->broken_xml) {
		e2e__libstrophe_blame(o, "broken-xml",
			e2e_printf("the server sent text that isn't well-formed XML %s", step),
			"see the end of the transcript for what came before");
	} else if (strstr(o->error, "did not open valid stream")) {
		e2e__libstrophe_blame(o, "broken-xml", "the server didn't open an XMPP stream",
			"is it an XMPP server that listens there?");
	} else if (e2e__connect_blame_certificate(o) || e2e__connect_blame_login(o)) {
		return;
	} else if (o->phase == E2E__PHASE_TCP) {
		e2e__libstrophe_blame(o, "refused", "the connection was refused",
			"is the server running, on this port?");
	} else if (e2e_now() >= o->deadline && (o->phase < E2E__PHASE_UP || o->quiet)) {
		e2e__libstrophe_blame(o, "silent",
			e2e_printf("the server went silent %s, for %g s", step,
				o->opts.timeout > 0 ? o->opts.timeout : e2e__loop_step()),
			"it has accepted the connection but doesn't answer");
	} else if (e2e__connect_blame_port(o)) {
		return;
	} else if (o->phase == E2E__PHASE_TLS && o->tls_error[0] &&
		!strstr(o->tls_error, "unexpected eof")) {
		e2e__libstrophe_blame(o, "tls",
			e2e_printf("the TLS handshake failed: %s", o->tls_error),
			o->direct
				? "does this port speak TLS from the first byte? else leave direct_tls out"
				: NULL);
	} else {
		e2e__libstrophe_blame(o, "server-died",
			e2e_printf("the server closed the connection %s%s%s", step,
				told ? ": " : "", told ? strerror(error) : ""),
			"see the server's log");
	}
}

E2E__FN void e2e__connect_on_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
	xmpp_stream_error_t *stream, void *arg)
{
	struct e2e__xmpp_own *o = (struct e2e__xmpp_own *)arg;

	if (e2e__xmpp.pending && !e2e__xmpp.pending_owner)
		e2e__xmpp.pending_owner = o;
	e2e__libstrophe_claim(e2e__xmpp.pending_owner);
	if (o->opts.until && event != XMPP_CONN_DISCONNECT && event != XMPP_CONN_FAIL) {
		o->raw_open = true;
		return;
	}

	if (e2e__xmpp.plain == o)
		e2e__xmpp.plain = NULL;

	/* a TLS library that didn't ask */
	if (event == XMPP_CONN_CONNECT && o->pins && !o->pin_ok) {
		o->leaf_seen = true;
		o->pin_to_paste = o->pin_to_paste ? o->pin_to_paste : e2e__memory_strdup("?");
		e2e__connect_blame_certificate(o);
		xmpp_disconnect(conn);
		return;
	}

	if (event == XMPP_CONN_CONNECT) {
		o->phase = E2E__PHASE_UP;
		o->secured = xmpp_conn_is_secured(conn);
		o->self->jid = e2e__memory_strdup(
			xmpp_conn_get_bound_jid(conn) ? xmpp_conn_get_bound_jid(conn) : "");
		return;
	}

	if (stream && stream->stanza)
		e2e__loop_note_stream_error(o, stream->stanza);

	e2e__connect_find_reason(o, error);
	o->reached = o->phase;
	o->phase = E2E__PHASE_DOWN;
	o->fd = -1;
}

/* libstrophe has made a socket. */
E2E__FN int e2e__connect_on_socket(xmpp_conn_t *conn, void *socket)
{
	struct e2e__xmpp_own *o;
	int one = 1, fd = *(int *)socket;

	for (o = e2e__xmpp.clients; o && o->self->conn != conn; o = o->next)
		;
	if (!o)
		return 0;
	if (fd >= FD_SETSIZE) {
		e2e__libstrophe_blame(o, "limit",
			e2e_printf(
				"descriptor %d is too high for libstrophe's select(), which ends at %d",
				fd, FD_SETSIZE),
			"close descriptors, or use fewer clients");
		return -1;
	}

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	o->fd = fd;
	return 0;
}

E2E__FN void e2e__connect_begin(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct sigaction ignore;

	if (s->ctx && s->pid == getpid())
		return;
	if (s->ctx) { /* of the process that forked us: its connections aren't ours */
		s->ctx = NULL;
		s->clients = NULL;
		s->nclients = s->nstanzas = 0;
	}

	memset(&ignore, 0, sizeof ignore);
	ignore.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &ignore, NULL);
	if (sodium_init() < 0)
		e2e_bail_out("libsodium can't be initialised");
	xmpp_initialize();
	s->pid = getpid();
	s->epoch = e2e_now();
	s->log_fd = s->talk_fd = s->login_fd = -1;
	s->log_path = NULL;
	s->log.handler = e2e__libstrophe_log;
	s->ctx = xmpp_ctx_new(NULL, &s->log);
	if (!s->ctx)
		e2e_bail_out("libstrophe can't make a context");
	s->tail = &s->clients;
	if (!s->tls_hooked) {
		s->tls_hooked = true;
		s->tls_index = SSL_CTX_get_ex_new_index(0, NULL, e2e__tls_made, NULL, NULL);
	}
}

/* Where the server listens; NULL and *o's failure if nobody does. Found once, as long as connecting
 * works. */
E2E__FN const char *e2e__connect_probe(struct e2e__xmpp_own *o, const char *host, int port)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct addrinfo hints, *list = NULL;
	int error, why = ECONNREFUSED;
	char text[8];
	bool found = false, silent = false;

	if (s->probed_port == port && strcmp(s->probed_host, host) == 0)
		return s->probed_ip;
	if (o->private_server)
		return host; /* it's an address, and the service has just said that it lives */
	e2e__op_doing("%s to find and reach %s:%d", o->self->name, host, port);
	memset(&hints, 0, sizeof hints);
	hints.ai_socktype = SOCK_STREAM;
	snprintf(text, sizeof text, "%d", port);
	error = getaddrinfo(host, text, &hints, &list);
	if (error) {
		e2e__libstrophe_blame(o, "dns",
			e2e_printf("no address for the host \"%s\": %s", host, gai_strerror(error)),
			"check host= in the config and the resolver");
		return NULL;
	}

	for (struct addrinfo *a = list; a && !found; a = a->ai_next) {
		struct pollfd p;
		socklen_t size = sizeof why;
		int fd = socket(a->ai_family, SOCK_STREAM, 0);

		if (fd < 0)
			continue;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		p.fd = fd;
		p.events = POLLOUT;
		why = connect(fd, a->ai_addr, a->ai_addrlen) < 0 ? errno : 0;
		while (why == EINPROGRESS && e2e_now() < o->deadline) {
			if (poll(&p, 1, 10) > 0)
				getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size);

			/* a jump leaves the socket and the list to the end of the case's process */
			e2e__op_gap();
		}
		close(fd);
		silent = why == EINPROGRESS;
		found = why == 0;
		if (found)
			getnameinfo(a->ai_addr, a->ai_addrlen, s->probed_ip, sizeof s->probed_ip,
				NULL, 0, NI_NUMERICHOST);
	}

	freeaddrinfo(list);
	if (found) {
		e2e__libstrophe_copy(s->probed_host, sizeof s->probed_host, host);
		s->probed_port = port;
		return s->probed_ip;
	}

	if (silent)
		e2e__libstrophe_blame(o, "silent", "nothing answers TCP connections there",
			"check host= and port=, and firewalls");
	else
		e2e__libstrophe_blame(o, why == ECONNREFUSED ? "refused" : "unreachable",
			e2e_printf("the connection was refused: %s", strerror(why)),
			"is the server running, on this port?");
	return NULL;
}

/* SRV records are asked unless a port says where to go, or the name is this machine's. */
E2E__FN bool e2e__connect_wants_srv(const e2e_client *c, const char *domain)
{
	struct in_addr ip;
	size_t n = strlen(domain);

	return !c->account.port && strcmp(domain, "localhost") != 0 && strchr(domain, '.') &&
		!inet_aton(domain, &ip) && !(n > 5 && strcmp(domain + n - 5, ".test") == 0) &&
		!(n > 10 && strcmp(domain + n - 10, ".localhost") == 0);
}

/* Finds out where the domain of a client without a port listens: by its SRV records, the next one
 * where nobody answers, else by its own name. False, and the failure is told: nowhere. */
E2E__FN bool e2e__connect_find(struct e2e__xmpp_own *o, const struct e2e__srv *srv,
	const char *domain, const char **ip, unsigned short *port)
{
	double until = o->deadline;
	const char *tried = "", *code = NULL;

	o->no_srv = !srv->n;
	if (o->no_srv) {
		snprintf(o->tried, sizeof o->tried, "%s:%d", domain, *port);
		return (*ip = e2e__connect_probe(o, domain, *port)) != NULL;
	}

	for (size_t i = 0; i < srv->n; i++) {
		const struct e2e__srv_target *t = srv->target + i;

		*port = (unsigned short)t->port;
		snprintf(o->tried, sizeof o->tried, "%s:%u", t->host, t->port);
		o->failed = false;
		o->deadline = e2e_now() + (until - e2e_now()) / (double)(srv->n - i);
		*ip = e2e__connect_probe(o, t->host, (int)t->port);
		o->deadline = until;
		if (*ip)
			return true;
		code = code ? code : o->failure.code;
		tried = e2e_printf(
			"%s%s%s (%s)", tried, *tried ? ", " : "", o->tried, o->failure.code);
	}
	if (srv->n == 1)
		return false;
	o->failed = false;
	e2e__libstrophe_blame(o, code,
		e2e_printf("none of the %zu SRV records leads to a server: %s", srv->n, tried),
		"is the server running, on these ports?");
	return false;
}

/* A descriptor below select()'s limit, or the failure says that there's none. */
E2E__FN bool e2e__connect_descriptor(struct e2e__xmpp_own *o)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fd < FD_SETSIZE) {
		close(fd);
		return true;
	}

	e2e__libstrophe_blame(o, "limit",
		fd < 0 ? e2e_printf("no more descriptors: %s", strerror(errno))
		       : e2e_printf(
				 "descriptor %d is too high for libstrophe's select(), which ends at %d",
				 fd, FD_SETSIZE),
		"use fewer clients in one case");
	if (fd >= 0)
		close(fd);
	return false;
}

E2E__FN long e2e__connect_flags(const struct e2e__xmpp_own *o)
{
	const e2e_tls *tls = &o->self->tls;
	long flags = tls->off ? (long)XMPP_CONN_FLAG_DISABLE_TLS
		: o->direct   ? (long)XMPP_CONN_FLAG_LEGACY_SSL
			      : (long)XMPP_CONN_FLAG_MANDATORY_TLS;

	if (tls->no_verify && !tls->off)
		flags |= (long)XMPP_CONN_FLAG_TRUST_TLS;
	if (!o->opts.resumable)
		flags |= (long)XMPP_CONN_FLAG_DISABLE_SM;
	return flags;
}

/* Sets off one connection; its end is told to e2e__connect_on_event. */
E2E__FN void e2e__connect_start(struct e2e__xmpp_own *o, double seconds)
{
	e2e_client *c = o->self;
	char *domain = xmpp_jid_domain(c->ctx, c->account.jid);
	const char *jid = o->login = o->login && !c->account.password ? o->login : c->account.jid;
	const char *host = c->account.host ? c->account.host : domain, *ip = NULL;
	unsigned short port;
	bool srv = e2e__connect_wants_srv(c, domain), found = true;
	struct e2e__srv records;
	int error;

	o->direct = c->tls.direct || o->direct_port;
	port = (unsigned short)(o->direct_port ? o->direct_port
			: c->account.port      ? c->account.port
			: o->direct            ? 5223
					       : 5222);
	o->deadline = e2e_now() + seconds;
	o->failed = o->resumed = o->broken_xml = o->secured = o->leaf_seen = o->pin_ok =
		o->wanted_down = o->sm_offered = o->sm_given = o->closed = false;
	o->error[0] = o->sm_failure[0] = o->tls_error[0] = o->cert_error[0] = o->sasl_failure[0] =
		0;
	o->scram = o->scram_talk = o->scram_challenge = NULL;
	o->raw_open = o->raw_login = false;
	o->features = NULL;
	o->stream_error[0] = o->stream_condition[0] = o->mechanisms[0] = 0;
	memset(&o->open, 0, sizeof o->open);
	o->broken_rounds = 0;
	o->tried[0] = 0;
	o->no_srv = false;
	o->quiet = true;
	o->pins = e2e__tls_pins(o, domain);
	o->reached = E2E__PHASE_TCP;
	if (o->direct)
		e2e__transcript_remark(
			o, "connects to %s:%d, TLS from the first byte, as %s", host, port, jid);
	else
		e2e__transcript_remark(o, "connects to %s as %s", e2e__libstrophe_where(c), jid);
	if (!e2e__tls_trusted(o, &o->store) || !e2e__connect_descriptor(o))
		found = false;
	else if (!srv)
		found = (ip = e2e__connect_probe(o, host, port)) != NULL;
	else if (e2e__srv_ask(&records, o->direct ? "xmpps-client" : "xmpp-client", domain))
		found = e2e__connect_find(o, &records, domain, &ip, &port);
	if (!found) {
		o->phase = E2E__PHASE_DOWN;
		xmpp_free(c->ctx, domain);
		return;
	}

	if (o->opts.resource && *o->opts.resource)
		jid = e2e_printf("%s/%s", jid, o->opts.resource);
	xmpp_conn_set_flags(c->conn, e2e__connect_flags(o));
	xmpp_conn_set_jid(c->conn, jid);
	e2e__secret_guess(c->account.password);
	if (c->account.password)
		xmpp_conn_set_pass(c->conn, c->account.password);
	xmpp_conn_set_certfail_handler(c->conn, e2e__tls_certfail);
	xmpp_conn_set_sockopt_callback(c->conn, e2e__connect_on_socket);
	o->phase = E2E__PHASE_TCP;
	e2e__xmpp.plain = o;
	error = (o->opts.until ? xmpp_connect_raw : xmpp_connect_client)(
		c->conn, ip, ip ? port : 0, e2e__connect_on_event, o);
	if (error) {
		e2e__xmpp.plain = NULL;
		e2e__xmpp.probed_port = 0;
		o->phase = E2E__PHASE_DOWN;
		e2e__libstrophe_blame(o, "dns",
			e2e_printf("no address for \"%s\" (neither SRV nor A)", domain),
			"name host= and port= in the config");
	}

	xmpp_free(c->ctx, domain);
}

/* The time is over for a client that is connecting. */
E2E__FN void e2e__connect_too_late(struct e2e__xmpp_own *o)
{
	o->reached = o->phase;
	e2e__connect_find_reason(o, 0);
	if (o->fd >= 0)
		shutdown(o->fd, SHUT_RDWR);
	e2e__loop_run(0);
	if (e2e__xmpp.plain == o)
		e2e__xmpp.plain = NULL;
}

/* Sends initial presence, and asks the server something behind it: once that is answered, presence
 * holds. */
E2E__FN void e2e__connect_announce(struct e2e__xmpp_own *o)
{
	const char *show = o->opts.presence;
	xmpp_ctx_t *ctx = o->self->ctx;
	xmpp_stanza_t *presence, *iq, *child;
	const char *id = e2e_printf("e2e.up.%s", o->self->name);

	if (o->resumed || (show && strcmp(show, "none") == 0))
		return;
	presence = xmpp_presence_new(ctx);
	if (show && strcmp(show, "available") != 0) {
		xmpp_stanza_t *text = xmpp_stanza_new(ctx);

		child = xmpp_stanza_new(ctx);
		xmpp_stanza_set_name(child, "show");
		xmpp_stanza_set_text(text, show);
		xmpp_stanza_add_child_ex(child, text, 0);
		xmpp_stanza_add_child_ex(presence, child, 0);
	}

	iq = xmpp_iq_new(ctx, "get", id);
	child = xmpp_stanza_new(ctx);
	xmpp_stanza_set_name(child, "ping");
	xmpp_stanza_set_ns(child, "urn:xmpp:ping");
	xmpp_stanza_add_child_ex(iq, child, 0);
	xmpp_send(o->self->conn, presence);
	xmpp_send(o->self->conn, iq);
	xmpp_stanza_release(presence);
	xmpp_stanza_release(iq);
	o->waited_id = id;
	o->waited_to = NULL;
}

/* One client on its way: true once it has arrived (or has failed). */
E2E__FN bool e2e__connect_arrived(struct e2e__xmpp_own *o, double now)
{
	if (o->phase == E2E__PHASE_DOWN)
		return true;
	if (o->phase == E2E__PHASE_UP && !o->waited_id && !o->dirty) {
		e2e__connect_announce(o);
		o->dirty = true; /* announced */
	}

	if (o->phase == E2E__PHASE_UP && o->reply) {
		xmpp_stanza_release(o->reply);
		o->reply = NULL;
		o->waited_id = NULL;
	}

	if (o->phase == E2E__PHASE_UP && !o->waited_id) {
		if (o->quiet && !e2e__xmpp.task) {
			o->quiet = false;
			e2e__transcript_remark(o, "%s %s",
				o->resumed ? "has resumed its session as" : "is logged in as",
				o->self->jid);
			e2e__transcript_own_words_over();
		}
		return true;
	}

	if (o->phase != E2E__PHASE_IDLE && now >= o->deadline)
		e2e__connect_too_late(o);
	return o->phase == E2E__PHASE_DOWN;
}

/* Can the next client begin as soon as what is to be sent is sent? */
E2E__FN bool e2e__connect_under_way(void)
{
	struct e2e__xmpp_own *o = e2e__xmpp.plain;

	return !o || (o->phase == E2E__PHASE_TLS && xmpp_conn_is_secured(o->self->conn));
}

/* Connects clients, the last one first: libstrophe looks at them in this order, so that the one
 * without TLS comes first, and what comes is known to be its own. NULL if all are connected, else
 * the first one that failed. */
E2E__FN struct e2e__xmpp_own *e2e__connect(struct e2e__xmpp_own **list, size_t n, double seconds)
{
	size_t next = n, here = 0;
	struct e2e__xmpp_own *told = NULL, *late;
	enum e2e__xmpp_phase told_phase = E2E__PHASE_IDLE;

	for (size_t i = 0; i < n; i++) {
		list[i]->phase = E2E__PHASE_IDLE;
		list[i]->dirty = false;
	}
	while (here < n) {
		here = 0;
		late = NULL;
		if (!e2e__xmpp.plain && next)
			e2e__connect_start(list[--next], seconds);
		for (size_t i = next; i < n; i++) {
			if (e2e__connect_arrived(list[i], e2e_now()))
				here++;
			else
				late = list[i];
			if (list[i]->phase == E2E__PHASE_DOWN) {
				e2e__xmpp.probed_port = 0;
				return list[i];
			}
		}
		late = e2e__xmpp.plain ? e2e__xmpp.plain : late;
		if (late && (late != told || late->phase != told_phase)) {
			e2e__libstrophe_doing_login(late);
			told = late;
			told_phase = late->phase;
		}

		/* With more to be started there's no time to wait for answers: the server works on
		 * them meanwhile. */
		if (here < n && (e2e__xmpp.plain || !next || here < n - next))
			e2e__loop_pump(next && e2e__connect_under_way() ? 0 : e2e_now() + 0.01);
	}

	for (size_t i = 0; i < n; i++)
		list[i]->dirty = false;
	return NULL;
}

/* Why it is down, as far as is known; NULL: it isn't. */
E2E__FN const char *e2e__connect_down(const e2e_client *c)
{
	if (c->own->phase != E2E__PHASE_DOWN)
		return NULL;
	c->own->loss_told = true;
	return c->own->failed ? c->own->failure.message : "closed";
}

/* The same for a sentence that begins with the client's name: why, and which connection it was. */
E2E__FN const char *e2e__connect_loss(const e2e_client *c)
{
	const char *why = e2e__connect_down(c);

	if (why && !c->own->failed)
		return "the test has closed its connection";
	if (!why || !c->own->reason)
		return why;
	return e2e_printf("%s (%s at %s)", c->own->reason, c->jid ? c->jid : c->account.jid,
		e2e__libstrophe_where(c));
}

/* A client of the case whose connection was ended by the server, or that has an element open:
 * perhaps that's why somebody waits in vain. NULL: none, or `message` says it. */
E2E__FN const char *e2e__connect_losses(const char *message)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->phase == E2E__PHASE_DOWN && o->failed && o->self->jid && !o->wanted_down) {
			o->loss_told = true;
			if (!strstr(message, e2e__connect_loss(o->self)))
				return o->failure.message;
		}
	for (const struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->phase == E2E__PHASE_UP && e2e__open_element(&o->open))
			return e2e_printf("%s has <%s> open, since e2e_send_raw at %s:%d: the "
					  "server waits for its end, and takes all else as "
					  "a part of it",
				o->self->name, e2e__open_element(&o->open), o->open.file,
				o->open.line);
	return NULL;
}

E2E__FN const char *(e2e_disconnect_reason)(const e2e_client *c)
{
	e2e__op_enter();
	e2e__op_need_client(e2e__xmpp.file, e2e__xmpp.line, c, "e2e_disconnect_reason");
	e2e__loop_drain(c->own);
	e2e__op_leave();
	return e2e__connect_down(c);
}

E2E__FN bool e2e_is_connected(const e2e_client *c)
{
	if (!c)
		return false;
	(e2e_disconnect_reason)(c);
	return c->own->phase == E2E__PHASE_UP;
}

/* ---- xmpp/talk.h ---- */

/* The client must be connected for what is to be done. */
E2E__FN void e2e__talk_need(
	const char *file, int line, e2e_client *c, const char *name, const char *what)
{
	e2e__op_need_client(file, line, c, name);
	if (c->own->phase == E2E__PHASE_UP)
		return;
	e2e__op_die_of(file, line, name, "disconnected",
		e2e_printf("%s isn't connected, so it can't %s: %s", c->name, what,
			e2e__connect_loss(c) ? e2e__connect_loss(c) : "it never was"),
		"e2e_reconnect(client) connects it again");
}

E2E__FN void e2e__talk_note_private(struct e2e__xmpp_own *o, xmpp_stanza_t *query)
{
	for (xmpp_stanza_t *child = xmpp_stanza_get_children(query); child;
		child = xmpp_stanza_get_next(child)) {
		struct e2e__xmpp_word *w;

		if (!xmpp_stanza_get_name(child) || !xmpp_stanza_get_ns(child))
			continue;
		w = (struct e2e__xmpp_word *)e2e__memory_alloc(sizeof *w);
		w->text =
			e2e_printf("%s %s", xmpp_stanza_get_name(child), xmpp_stanza_get_ns(child));
		w->next = o->private_xml;
		o->private_xml = w;
		if (o->account && o->account->mark_fd >= 0) {
			e2e__file_write_whole(o->account->mark_fd, w->text, strlen(w->text));
			e2e__file_write_whole(o->account->mark_fd, "\n", 1);
		}
	}
}

/* What goes out leaves traces on accounts that are used again. */
E2E__FN void e2e__talk_watch_out(struct e2e__xmpp_own *o, e2e_stanza *stanza)
{
	xmpp_stanza_t *query = xmpp_stanza_get_child_by_ns(stanza, "jabber:iq:private");

	if (query && e2e__libstrophe_same(xmpp_stanza_get_type(stanza), "set"))
		e2e__talk_note_private(o, query);
}

E2E__FN void e2e__talk_do_send_stanza(const char *file, int line, e2e_client *c, e2e_stanza *stanza)
{
	e2e__talk_need(file, line, c, "e2e_send_stanza", "send");
	e2e__op_need_stanza(file, line, stanza, "e2e_send_stanza");
	if (!xmpp_stanza_get_id(stanza))
		xmpp_stanza_set_id(stanza, e2e_unique("id"));
	e2e__talk_watch_out(c->own, stanza);
	xmpp_send(c->conn, stanza);
	e2e__loop_run(0);
}

E2E__FN void e2e__talk_send_stanza(const char *file, int line, e2e_client *c, e2e_stanza *stanza)
{
	e2e__op_enter_at(file, line);
	e2e__talk_do_send_stanza(file, line, c, stanza);
	e2e__op_leave();
}

E2E__FN void e2e__talk_send_raw(const char *file, int line, e2e_client *c, const char *bytes)
{
	e2e__op_enter_at(file, line);
	if (!bytes)
		e2e__op_die_of(file, line, "e2e_send_raw", "usage", "the bytes are NULL", NULL);
	e2e__talk_need(file, line, c, "e2e_send_raw", "send");
	e2e__open_bytes(&c->own->open, bytes, file, line);
	xmpp_send_raw(c->conn, bytes, strlen(bytes));
	e2e__loop_run(0);
	e2e__op_leave();
}

/* Waits for the reply to a request of this id that was sent to that address; NULL if it doesn't
 * come. */
E2E__FN e2e_stanza *e2e__talk_await(e2e_client *c, const char *to, const char *id, double seconds)
{
	double until = e2e_now() + seconds;

	c->own->waited_id = id;
	c->own->waited_to = to ? e2e__memory_strdup(to) : NULL;
	c->own->stranger = NULL;
	c->own->reply_missing = false;
	e2e__op_doing("the answer of %s to %s (iq %s)", to ? to : "its server", c->name, id);
	while (!c->own->reply && c->own->phase == E2E__PHASE_UP && e2e_now() < until)
		e2e__loop_pump(until);
	c->own->waited_id = NULL;
	if (!c->own->reply) {
		c->own->reply_missing = true;
		return NULL;
	}

	e2e__op_keep(c->own->reply);
	{
		e2e_stanza *reply = c->own->reply;

		c->own->reply = NULL;
		return reply;
	}
}

E2E__FN e2e_stanza *e2e__talk_do_iq(
	const char *file, int line, e2e_client *c, const char *name, e2e_stanza *stanza)
{
	const char *type = xmpp_stanza_get_type(stanza), *to = xmpp_stanza_get_to(stanza), *id;
	e2e_stanza *reply;
	e2e_failure f = e2e__system_failure(NULL, NULL, NULL);

	if (!e2e__libstrophe_same(xmpp_stanza_get_name(stanza), "iq") ||
		(!e2e__libstrophe_same(type, "get") && !e2e__libstrophe_same(type, "set"))) {
		f.code = "not-a-request";
		f.message = e2e_printf("%s sends <iq/> of type get or set", name);
		f.got = e2e_stanza_text(stanza);
		e2e__op_die(file, line, name, &f);
	}

	e2e__loop_not_inside(file, line, name);
	e2e__talk_need(file, line, c, name, "send");
	if (!xmpp_stanza_get_id(stanza))
		xmpp_stanza_set_id(stanza, e2e_unique("iq"));
	id = e2e__memory_strdup(xmpp_stanza_get_id(stanza));
	e2e__talk_watch_out(c->own, stanza);
	xmpp_send(c->conn, stanza);
	reply = e2e__talk_await(c, to, id, e2e__loop_step());
	if (reply)
		return reply;
	if (c->own->phase != E2E__PHASE_UP) {
		f.code = "disconnected";
		f.message =
			e2e_printf("%s lost its connection while it waited for the reply of %s: %s",
				c->name, to ? to : "its server", e2e__connect_loss(c));
	} else {
		f.code = "timeout";
		f.message = e2e_printf("no reply from %s to %s within %g s", to ? to : "the server",
			c->name, e2e__loop_step());

		/* a loss that isn't said here is said at the case's end */
		f.hint = c->own->stranger
			? e2e_printf("an answer with this id came from %s, who wasn't asked",
				  c->own->stranger)
			: e2e__connect_losses(f.message);
		if (!f.hint)
			f.hint = "the request was sent: see the transcript; "
				 "e2e_xmpp_timeout(seconds) sets the limit";
	}

	f.want = e2e_printf("the reply to %s", e2e_stanza_text(stanza));
	e2e__op_die(file, line, name, &f);
}

/* name: the macro of the test that asks. */
E2E__FN e2e_stanza *e2e__talk_iq_of(
	const char *file, int line, e2e_client *c, const char *name, e2e_stanza *stanza)
{
	e2e_stanza *result;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, name);
	e2e__op_need_stanza(file, line, stanza, name);
	result = e2e__talk_do_iq(file, line, c, name, stanza);
	e2e__op_leave();
	return result;
}

E2E__FN e2e_stanza *e2e__talk_iq(const char *file, int line, e2e_client *c, e2e_stanza *stanza)
{
	return e2e__talk_iq_of(file, line, c, "e2e_iq", stanza);
}

E2E__FN const char *e2e__talk_do_message(
	const char *file, int line, e2e_client *c, const char *to, const char *body)
{
	const char *id = e2e_unique("m"), *bad = e2e__xml_bad_text(body);
	xmpp_stanza_t *message;

	e2e__talk_need(file, line, c, "e2e_message", "send a message");
	if (bad) {
		e2e_failure f = e2e__system_failure("not-well-formed",
			e2e_printf("the body can't be sent: %s", bad),
			"the server would end the stream; e2e_send_raw(client, bytes) sends anything");

		f.got = e2e_quoted(body);
		e2e__op_die(file, line, "e2e_message", &f);
	}

	message = xmpp_message_new(c->ctx, "chat", to, id);
	xmpp_message_set_body(message, body ? body : "");
	xmpp_send(c->conn, message);
	xmpp_stanza_release(message);
	e2e__loop_run(0);
	return id;
}

E2E__FN const char *e2e__talk_message(
	const char *file, int line, e2e_client *c, const char *to, const char *body)
{
	const char *result;

	e2e__op_enter_at(file, line);
	result = e2e__talk_do_message(file, line, c, to, body);
	e2e__op_leave();
	return result;
}

E2E__FN void e2e__talk_do_presence(const char *file, int line, e2e_client *c, const char *to,
	const char *type, const char *show)
{
	xmpp_stanza_t *presence;

	e2e__talk_need(file, line, c, "e2e_presence", "send presence");
	presence = xmpp_presence_new(c->ctx);
	if (to)
		xmpp_stanza_set_to(presence, to);
	if (type)
		xmpp_stanza_set_type(presence, type);
	if (show) {
		xmpp_stanza_t *child = xmpp_stanza_new(c->ctx), *text = xmpp_stanza_new(c->ctx);

		xmpp_stanza_set_name(child, "show");
		xmpp_stanza_set_text(text, show);
		xmpp_stanza_add_child_ex(child, text, 0);
		xmpp_stanza_add_child_ex(presence, child, 0);
	}

	xmpp_send(c->conn, presence);
	xmpp_stanza_release(presence);
	e2e__loop_run(0);
}

E2E__FN void e2e__talk_presence(const char *file, int line, e2e_client *c, const char *to,
	const char *type, const char *show)
{
	e2e__op_enter_at(file, line);
	e2e__talk_do_presence(file, line, c, to, type, show);
	e2e__op_leave();
}

/* ---- xmpp/say.h ---- */

E2E__FN const char *e2e__say_tell(const char *file, int line, e2e_client *c, const char *fmt, ...)
{
	e2e_stanza *stanza;
	va_list ap;

	va_start(ap, fmt);
	stanza = e2e__xml_of(file, line, c, "e2e_tell", fmt, ap);
	va_end(ap);
	e2e__talk_send_stanza(file, line, c, stanza);
	return xmpp_stanza_get_id(stanza);
}

/* What to do about an error: where a client of this case sent it by itself, its test gave it no
 * answer, or none that fits. */
E2E__FN const char *e2e__say_hint(e2e_stanza *error)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (e2e__libstrophe_same(o->refused_id, xmpp_stanza_get_id(error)) &&
			e2e__libstrophe_same_jid(o->self->jid, xmpp_stanza_get_from(error)))
			return e2e_printf("%s refused it by itself, for want of an answer from the "
					  "test: no path of its e2e_answer_each fits",
				o->self->name);
	return "where it shall be refused, e2e_ask_error returns the condition";
}

E2E__FN e2e_stanza *e2e__say_ask_stanza(
	const char *file, int line, e2e_client *c, const char *name, e2e_stanza *stanza)
{
	e2e_stanza *reply = e2e__talk_iq_of(file, line, c, name, stanza);
	const char *error = e2e_stanza_error(reply);
	e2e_failure f;

	if (!error)
		return reply;
	f = e2e__system_failure("stanza-error",
		e2e_printf("%s asked, and %s answered with the error %s", c->name,
			xmpp_stanza_get_from(reply) ? xmpp_stanza_get_from(reply) : "its server",
			error),
		e2e__say_hint(reply));
	f.got = e2e_stanza_text(reply);
	f.want = e2e_printf("the result of %s", e2e_stanza_text(stanza));
	e2e__op_die(file, line, name, &f);
}

E2E__FN e2e_stanza *e2e__say_ask(const char *file, int line, e2e_client *c, const char *fmt, ...)
{
	e2e_stanza *stanza;
	va_list ap;

	va_start(ap, fmt);
	stanza = e2e__xml_of(file, line, c, "e2e_ask", fmt, ap);
	va_end(ap);
	return e2e__say_ask_stanza(file, line, c, "e2e_ask", stanza);
}

/* name: e2e_ask_ and the type. */
E2E__FN e2e_stanza *e2e__say_request(const char *file, int line, e2e_client *c, const char *name,
	const char *to, const char *fmt, ...)
{
	const char *type = strrchr(name, '_') + 1;
	e2e_stanza *stanza;
	va_list ap;

	va_start(ap, fmt);
	stanza = e2e__xml_of(
		file, line, c, name, e2e_printf("<iq type='%s'>%s</iq>", type, fmt), ap);
	va_end(ap);
	if (to)
		xmpp_stanza_set_to(stanza, to);
	return e2e__say_ask_stanza(file, line, c, name, stanza);
}

E2E__FN const char *e2e__say_ask_error(
	const char *file, int line, e2e_client *c, const char *fmt, ...)
{
	e2e_stanza *stanza;
	va_list ap;

	va_start(ap, fmt);
	stanza = e2e__xml_of(file, line, c, "e2e_ask_error", fmt, ap);
	va_end(ap);
	return e2e_stanza_error(e2e__talk_iq_of(file, line, c, "e2e_ask_error", stanza));
}

/* ---- xmpp/pubsub.h ---- */

#define E2E__PUBSUB "http://jabber.org/protocol/pubsub"

E2E__FN void e2e__pubsub_need_node(const char *file, int line, const char *name, const char *node)
{
	if (!node)
		e2e__op_die_of(file, line, name, "usage", "the node is NULL", NULL);
}

E2E__FN const char *e2e__pubsub_publish(const char *file, int line, e2e_client *c,
	const char *service, const char *node, const char *id, const char *fmt, ...)
{
	e2e_stanza *payload, *item, *request, *reply;
	const char *given;
	va_list ap;

	e2e__pubsub_need_node(file, line, "e2e_publish", node);
	va_start(ap, fmt);
	payload = e2e__xml_of(file, line, c, "e2e_publish", fmt, ap);
	va_end(ap);
	item = e2e__xml(file, line, c, "<item/>");
	if (id)
		xmpp_stanza_set_id(item, id);
	request = e2e__xml(file, line, c,
		"<iq type='set'><pubsub xmlns='" E2E__PUBSUB "'><publish node='%s'/></pubsub></iq>",
		node);
	e2e__read_put(file, line, item, "", payload);
	e2e__read_put(file, line, request, "pubsub/publish", item);
	if (service)
		xmpp_stanza_set_to(request, service);
	reply = e2e__say_ask_stanza(file, line, c, "e2e_publish", request);
	given = e2e__read_get(file, line, reply, "pubsub/publish/item@id");
	return given ? given : id ? e2e__memory_strdup(id) : NULL;
}

E2E__FN e2e_stanza *e2e__pubsub_items(const char *file, int line, e2e_client *c,
	const char *service, const char *node, const char *id)
{
	e2e_stanza *request;

	e2e__pubsub_need_node(file, line, "e2e_items", node);
	request = e2e__xml(file, line, c,
		"<iq type='get'><pubsub xmlns='" E2E__PUBSUB "'><items node='%s'/></pubsub></iq>",
		node);
	if (id)
		e2e__read_put(file, line, request, "pubsub/items",
			e2e__xml(file, line, c, "<item id='%s'/>", id));
	if (service)
		xmpp_stanza_set_to(request, service);
	return e2e__say_ask_stanza(file, line, c, "e2e_items", request);
}

/* words: the node, and the fields. */
E2E__FN e2e_stanza *e2e__pubsub_configure(
	const char *file, int line, e2e_client *c, const char *service, const char *const *words)
{
	static const char name[] = "e2e_configure_node";
	e2e_stanza *form, *request;

	e2e__pubsub_need_node(file, line, name, *words);
	form = e2e__form_submit_of(file, line, name, c, E2E__PUBSUB "#node_config", words + 1);
	request = e2e__xml(file, line, c,
		"<iq type='set'><pubsub xmlns='" E2E__PUBSUB
		"#owner'><configure node='%s'/></pubsub></iq>",
		*words);
	e2e__read_put(file, line, request, "pubsub/configure", form);
	if (service)
		xmpp_stanza_set_to(request, service);
	return e2e__say_ask_stanza(file, line, c, name, request);
}

/* ---- xmpp/raw.h ---- */

E2E__FN e2e_stanza *(e2e_features)(const e2e_client *c)
{
	e2e__op_need_client(e2e__xmpp.file, e2e__xmpp.line, c, "e2e_features");
	return c->own->features;
}

E2E__FN bool e2e__raw_connected(const struct e2e__xmpp_own *o)
{
	return o->raw_open;
}
E2E__FN bool e2e__raw_offered(const struct e2e__xmpp_own *o)
{
	return o->features != NULL;
}
E2E__FN bool e2e__raw_heard(const struct e2e__xmpp_own *o)
{
	return o->ninbox > 0;
}

/* Waits for something on the way. False: it failed, and why is told. */
E2E__FN bool e2e__raw_wait(struct e2e__xmpp_own *o, bool (*came)(const struct e2e__xmpp_own *))
{
	enum e2e__xmpp_phase told = E2E__PHASE_IDLE;

	while (!came(o) && o->phase != E2E__PHASE_DOWN && !o->failed && e2e_now() < o->deadline) {
		if (o->phase != told)
			e2e__libstrophe_doing_login(o);
		told = o->phase;
		e2e__loop_pump(o->deadline);
	}
	if (!came(o) && o->phase != E2E__PHASE_DOWN && !o->failed)
		e2e__connect_too_late(o);
	return came(o) && o->phase != E2E__PHASE_DOWN && !o->failed;
}

/* The first of what came. */
E2E__FN e2e_stanza *e2e__raw_next(struct e2e__xmpp_own *o)
{
	e2e_stanza *next;

	if (!e2e__raw_wait(o, e2e__raw_heard))
		return NULL;
	next = o->inbox[0];
	memmove(o->inbox, o->inbox + 1, --o->ninbox * sizeof *o->inbox);
	return e2e__op_keep(next);
}

E2E__FN void e2e__raw_say(struct e2e__xmpp_own *o, const char *text)
{
	xmpp_send_raw(o->self->conn, text, strlen(text));
	e2e__loop_run(0);
}

E2E__FN bool e2e__raw_open(struct e2e__xmpp_own *o)
{
	o->features = NULL;
	memset(&o->open, 0, sizeof o->open);
	xmpp_conn_open_stream_default(o->self->conn);
	return e2e__raw_wait(o, e2e__raw_offered);
}

/* The connection is of no use any more; why is told already, or told now. */
E2E__FN bool e2e__raw_give_up(struct e2e__xmpp_own *o, int error)
{
	if (o->phase != E2E__PHASE_DOWN)
		e2e__connect_find_reason(o, error);
	o->wanted_down = true;
	if (o->fd >= 0)
		shutdown(o->fd, SHUT_RDWR);
	for (int i = 0; i < 100 && o->phase != E2E__PHASE_DOWN; i++)
		e2e__loop_run(0.001);
	o->phase = E2E__PHASE_DOWN;
	if (e2e__xmpp.plain == o)
		e2e__xmpp.plain = NULL;
	return false;
}

E2E__FN bool e2e__raw_tls(struct e2e__xmpp_own *o)
{
	int error;

	o->phase = E2E__PHASE_TLS;
	e2e__libstrophe_doing_login(o);
	error = e2e__loop_tls(o);
	if (!error && o->pins && !o->pin_ok) {
		o->leaf_seen = true;
		o->pin_to_paste = o->pin_to_paste ? o->pin_to_paste : e2e__memory_strdup("?");
		e2e__connect_blame_certificate(o);
		error = -1;
	}
	return error ? e2e__raw_give_up(o, error) : true;
}

E2E__FN bool e2e__raw_starttls(struct e2e__xmpp_own *o)
{
	e2e_stanza *answer;

	if (!o->starttls_offered)
		e2e__libstrophe_copy(o->error, sizeof o->error, "TLS is not supported");
	if (!o->starttls_offered)
		return e2e__raw_give_up(o, 0);
	e2e__raw_say(o, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
	answer = e2e__raw_next(o);
	if (!answer)
		return false;
	if (!e2e__libstrophe_same(xmpp_stanza_get_name(answer), "proceed")) {
		e2e__libstrophe_blame(o, "no-tls",
			e2e_printf("the server refused STARTTLS: %s", e2e_stanza_text(answer)),
			"see the server's log; it may have no certificate for this host");
		return e2e__raw_give_up(o, 0);
	}
	return e2e__raw_tls(o) && e2e__raw_open(o);
}

/* The strongest mechanism of ours that the server offers, and that the account can; NULL: none. */
E2E__FN const char *e2e__raw_mechanism(const struct e2e__xmpp_own *o)
{
	static const char *const known[] = {
		"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "ANONYMOUS"};
	const char *offered = e2e_printf(" %s ", o->mechanisms);

	for (int i = o->self->account.password ? 0 : 4; i < (o->self->account.password ? 4 : 5);
		i++)
		if (strstr(offered, e2e_printf(" %s ", known[i])))
			return known[i];
	return NULL;
}

/* A name in SCRAM (RFC 5802, 5.1). */
E2E__FN const char *e2e__raw_saslname(const char *user)
{
	const char *text = "";

	for (; *user; user++)
		text = *user == '='    ? e2e_printf("%s=3D", text)
			: *user == ',' ? e2e_printf("%s=2C", text)
				       : e2e_printf("%s%c", text, *user);
	return text;
}

/* The part of the account's address before the @. */
E2E__FN const char *e2e__raw_user(const struct e2e__xmpp_own *o)
{
	const char *jid = o->self->account.jid;

	return e2e_printf("%.*s", (int)strcspn(jid, "@"), jid);
}

/* What begins the talk, before base64; *size: its bytes. */
E2E__FN const char *e2e__raw_first_words(
	const struct e2e__xmpp_own *o, const char *mechanism, size_t *size)
{
	const char *user = e2e__raw_user(o), *password = o->self->account.password, *text;
	unsigned char nonce[18];
	char *plain;

	*size = 0;
	if (strcmp(mechanism, "ANONYMOUS") == 0)
		return "";
	if (strcmp(mechanism, "PLAIN") == 0) {
		*size = strlen(user) + strlen(password) + 2;
		plain = (char *)e2e__memory_alloc(*size + 1);
		memcpy(plain + 1, user, strlen(user));
		memcpy(plain + strlen(user) + 2, password, strlen(password));
		return plain;
	}

	randombytes_buf(nonce, sizeof nonce);
	text = e2e_printf("n,,n=%s,r=%s", e2e__raw_saslname(user),
		e2e__libstrophe_base64(nonce, sizeof nonce));
	*size = strlen(text);
	return text;
}

/* The client's proof in SCRAM, behind the server's challenge; NULL: that is none. */
E2E__FN const char *e2e__raw_proof(const struct e2e__xmpp_own *o)
{
	const char *challenge = o->scram_challenge ? o->scram_challenge : "",
		   *nonce = strncmp(challenge, "r=", 2) == 0 ? challenge : NULL, *last, *talk;
	unsigned char key[EVP_MAX_MD_SIZE], stored[EVP_MAX_MD_SIZE], signature[EVP_MAX_MD_SIZE];
	unsigned n = e2e__libstrophe_scram_key(o, "Client Key", key), m;
	const EVP_MD *hash = e2e__libstrophe_scram_hash(o);

	if (!nonce || !n)
		return NULL;
	last = e2e_printf("c=biws,%.*s", (int)strcspn(nonce, ","), nonce);
	talk = e2e_printf("%s,%s,%s", o->scram_talk, challenge, last);
	if (!EVP_Digest(key, n, stored, &m, hash, NULL) ||
		!HMAC(hash, stored, (int)m, (const unsigned char *)talk, strlen(talk), signature,
			&m))
		return NULL;
	for (unsigned i = 0; i < n; i++)
		key[i] ^= signature[i];
	return e2e_printf("%s,p=%s", last, e2e__libstrophe_base64(key, n));
}

/* Authenticates by the account. */
E2E__FN bool e2e__raw_authenticate(struct e2e__xmpp_own *o)
{
#define E2E__RAW_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
	const char *mechanism = e2e__raw_mechanism(o), *words, *name = "";
	size_t size;
	e2e_stanza *answer;

	if (!mechanism) {
		e2e__libstrophe_copy(o->error, sizeof o->error,
			o->self->account.password ? "Cannot authenticate"
						  : "SASL ANONYMOUS unsupported");
		return e2e__raw_give_up(o, 0);
	}

	o->phase = E2E__PHASE_AUTH;
	words = e2e__raw_first_words(o, mechanism, &size);
	e2e__raw_say(o,
		e2e_printf("<auth xmlns='" E2E__RAW_SASL "' mechanism='%s'>%s</auth>", mechanism,
			e2e__libstrophe_base64(words, size)));
	while (strcmp(name, "success") != 0) {
		answer = e2e__raw_next(o);
		if (!answer)
			return false;
		name = xmpp_stanza_get_name(answer) ? xmpp_stanza_get_name(answer) : "";
		if (o->failed || strcmp(name, "failure") == 0)
			return e2e__raw_give_up(o, 0);
		if (strcmp(name, "challenge") != 0)
			continue;
		words = e2e__raw_proof(o);
		e2e__raw_say(o,
			e2e_printf("<response xmlns='" E2E__RAW_SASL "'>%s</response>",
				words ? e2e__libstrophe_base64(words, strlen(words)) : ""));
	}

	return e2e__raw_open(o);
}

/* All the way. */
E2E__FN bool e2e__raw_go(struct e2e__xmpp_own *o)
{
	int until = o->opts.until;

	if (!e2e__raw_wait(o, e2e__raw_connected) || (o->direct && !e2e__raw_tls(o)) ||
		!e2e__raw_open(o))
		return false;
	if (until > E2E_BEFORE_TLS && !o->direct && !o->self->tls.off && !e2e__raw_starttls(o))
		return false;
	return until < E2E_BEFORE_BIND || e2e__raw_authenticate(o);
}

/* Connects a raw client. NULL: it stands, else it is the one that failed. */
E2E__FN struct e2e__xmpp_own *e2e__raw_connect(struct e2e__xmpp_own *o, double seconds)
{
	static const char *const where[] = {
		"", "before TLS", "before authentication", "before a resource is bound"};

	for (size_t i = 0; i < o->ninbox; i++)
		e2e__op_keep(o->inbox[i]);
	o->ninbox = 0;
	e2e__connect_start(o, seconds);
	if (o->phase == E2E__PHASE_DOWN || !e2e__raw_go(o)) {
		e2e__xmpp.probed_port = 0;
		e2e__raw_give_up(o, 0);
		return o;
	}

	if (e2e__xmpp.plain == o)
		e2e__xmpp.plain = NULL;
	o->phase = E2E__PHASE_UP;
	o->self->jid = o->self->account.jid;
	e2e__transcript_record_step(o, "raw");
	if (!e2e__xmpp.task) {
		o->quiet = false;
		e2e__transcript_remark(o, "is a raw client, %s", where[o->opts.until]);
		e2e__transcript_own_words_over();
	}
	return NULL;
}

/* It is a raw client, and it stands. */
E2E__FN void e2e__raw_need(const char *file, int line, e2e_client *c, const char *name)
{
	e2e__loop_not_inside(file, line, name);
	e2e__op_need_client(file, line, c, name);
	if (!c->own->opts.until)
		e2e__op_die_of(file, line, name, "usage",
			e2e_printf("%s is no raw client: it has logged in", c->name),
			"connect it with .until = E2E_BEFORE_TLS, E2E_BEFORE_AUTH or E2E_BEFORE_BIND");
	e2e__talk_need(file, line, c, name, "open a stream");
	c->own->deadline = e2e_now() + e2e__loop_step();
}

/* Ends the case: the stream isn't open. */
E2E__FN void e2e__raw_die(const char *file, int line, e2e_client *c, const char *name)
	__attribute__((noreturn));
E2E__FN void e2e__raw_die(const char *file, int line, e2e_client *c, const char *name)
{
	e2e__raw_give_up(c->own, 0);
	c->own->loss_told = true;
	if (strcmp(c->own->failure.code, "certificate") != 0 &&
		strcmp(c->own->failure.code, "pin") != 0)
		c->own->failure.hint = strcmp(name, "e2e_start_tls") == 0
			? "e2e_start_tls comes when the server has sent <proceed/>, once"
			: "e2e_open_stream comes when the server has sent <success/>, once";
	e2e__op_die(file, line, name, &c->own->failure);
}

E2E__FN e2e_stanza *e2e__raw_open_stream(const char *file, int line, e2e_client *c)
{
	e2e__op_enter_at(file, line);
	e2e__raw_need(file, line, c, "e2e_open_stream");
	c->own->phase = E2E__PHASE_FEATURES;
	if (!e2e__raw_open(c->own))
		e2e__raw_die(file, line, c, "e2e_open_stream");
	c->own->phase = E2E__PHASE_UP;
	e2e__transcript_record_step(c->own, "again");
	e2e__op_leave();
	return c->own->features;
}

E2E__FN e2e_stanza *e2e__raw_start_tls(const char *file, int line, e2e_client *c)
{
	e2e__op_enter_at(file, line);
	e2e__raw_need(file, line, c, "e2e_start_tls");
	if (c->own->secured)
		e2e__op_die_of(file, line, "e2e_start_tls", "usage",
			e2e_printf("%s is under TLS already", c->name), NULL);
	if (!e2e__raw_tls(c->own) || !e2e__raw_open(c->own))
		e2e__raw_die(file, line, c, "e2e_start_tls");
	c->own->phase = E2E__PHASE_UP;
	e2e__op_leave();
	return c->own->features;
}

/* ---- xmpp/reply.h ---- */

/* got: what was to be answered; NULL: nothing has come yet. */
E2E__FN void e2e__reply_usage(const char *file, int line, const char *name, const char *got,
	const char *message) __attribute__((noreturn));
E2E__FN void e2e__reply_usage(
	const char *file, int line, const char *name, const char *got, const char *message)
{
	e2e_failure f = e2e__system_failure("usage", message, NULL);

	f.got = got;
	e2e__op_die(file, line, name, &f);
}

E2E__FN const char *e2e__reply_shown(e2e_stanza *request)
{
	return request ? e2e_stanza_text(request) : "NULL";
}

/* Notes that the test answers this by `what`; ends the case if it has done so before. The stanza is
 * meant, not its id: a peer may use one again. */
E2E__FN void e2e__reply_once(const char *file, int line, e2e_client *c, const char *name,
	e2e_stanza *request, const char *what)
{
	struct e2e__xmpp_reply *r = c->own->replies;

	while (r && r->to != request)
		r = r->next;
	if (r) {
		e2e_failure f = e2e__system_failure("usage",
			e2e_printf("%s has answered this already, by %s, at %s:%d", c->name,
				r->what, r->file, r->line),
			"a request has one answer (RFC 6120, 8.2.3); "
			"e2e_send_stanza(client, stanza) sends another one nevertheless");

		f.got = e2e_stanza_text(request);
		e2e__op_die(file, line, name, &f);
	}

	r = (struct e2e__xmpp_reply *)e2e__memory_alloc(sizeof *r);
	r->to = e2e__op_keep(xmpp_stanza_clone(request));
	r->file = file;
	r->line = line;
	r->what = what;
	r->next = c->own->replies;
	c->own->replies = r;
}

E2E__FN void e2e__reply_answer(
	const char *file, int line, e2e_client *c, e2e_stanza *request, e2e_stanza *child)
{
	const char *type = request ? xmpp_stanza_get_type(request) : NULL;
	e2e_stanza *reply;

	e2e__op_enter_at(file, line);
	if (!e2e__libstrophe_same(request ? xmpp_stanza_get_name(request) : NULL, "iq") ||
		(!e2e__libstrophe_same(type, "get") && !e2e__libstrophe_same(type, "set")) ||
		!xmpp_stanza_get_id(request))
		e2e__reply_usage(file, line, "e2e_answer", e2e__reply_shown(request),
			"e2e_answer answers <iq/> of type get or set, with an id");
	e2e__talk_need(file, line, c, "e2e_answer", "answer");
	e2e__reply_once(file, line, c, "e2e_answer", request, "a result");

	reply = e2e__libstrophe_reply(c->ctx, request);
	xmpp_stanza_set_type(reply, "result");
	if (child)
		xmpp_stanza_add_child_ex(reply, xmpp_stanza_copy(child), 0);
	e2e__talk_do_send_stanza(file, line, c, e2e__op_keep(reply));
	e2e__op_leave();
}

/* Ends the case unless an error of this kind can be sent. */
E2E__FN void e2e__reply_need_error(const char *file, int line, const char *name, const char *got,
	const char *type, const char *condition)
{
	static const char *const types[] = {"auth", "cancel", "continue", "modify", "wait", NULL};
	/* RFC 6120, 8.3.3, and one of RFC 3920 */
	static const char *const conditions[] = {"bad-request", "conflict",
		"feature-not-implemented", "forbidden", "gone", "internal-server-error",
		"item-not-found", "jid-malformed", "not-acceptable", "not-allowed",
		"not-authorized", "payment-required", "policy-violation", "recipient-unavailable",
		"redirect", "registration-required", "remote-server-not-found",
		"remote-server-timeout", "resource-constraint", "service-unavailable",
		"subscription-required", "undefined-condition", "unexpected-request", NULL};

	if (!type || !e2e__state_has_word(types, type))
		e2e__reply_usage(file, line, name, got,
			e2e_printf("the error type %s is none of %s", e2e_quoted(type),
				e2e__state_joined(types)));
	if (!condition || !e2e__state_has_word(conditions, condition))
		e2e__reply_usage(file, line, name, got,
			e2e_printf("the condition %s is none of RFC 6120, 8.3.3: %s%s",
				e2e_quoted(condition), e2e__state_joined(conditions),
				e2e__config_did_you_mean(condition ? condition : "", conditions)));
}

E2E__FN void e2e__reply_refuse(const char *file, int line, e2e_client *c, e2e_stanza *request,
	const char *type, const char *condition)
{
	const char *of = request ? xmpp_stanza_get_type(request) : NULL;
	e2e_stanza *reply;

	e2e__op_enter_at(file, line);
	if (!request || e2e__libstrophe_same(of, "error") || e2e__libstrophe_same(of, "result"))
		e2e__reply_usage(file, line, "e2e_refuse", e2e__reply_shown(request),
			"e2e_refuse answers no errors and no results");
	e2e__reply_need_error(file, line, "e2e_refuse", e2e__reply_shown(request), type, condition);
	e2e__talk_need(file, line, c, "e2e_refuse", "answer");
	e2e__reply_once(
		file, line, c, "e2e_refuse", request, e2e_printf("the error %s", condition));

	reply = e2e__libstrophe_refusal(c->ctx, request, type, condition);
	e2e__talk_do_send_stanza(file, line, c, e2e__op_keep(reply));
	e2e__op_leave();
}

/* A handler of libstrophe's, of each iq: answers it if the test has said how. */
E2E__FN int e2e__reply_stands(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	struct e2e__xmpp_own *o = (struct e2e__xmpp_own *)arg;
	const char *type = xmpp_stanza_get_type(stanza);
	struct e2e__xmpp_standing *s = o->standing;

	(void)conn;
	if ((!e2e__libstrophe_same(type, "get") && !e2e__libstrophe_same(type, "set")) ||
		!xmpp_stanza_get_id(stanza) || o->phase != E2E__PHASE_UP)
		return 1;
	while (s && !e2e__read_matches(stanza, s->path, NULL))
		s = s->next;
	if (s && s->condition)
		e2e__reply_refuse(s->file, s->line, o->self, stanza, s->type, s->condition);
	else if (s)
		e2e__reply_answer(s->file, s->line, o->self, stanza, s->child);
	return 1;
}

/* What the client answers to requests of this path; the caller says what it is. */
E2E__FN struct e2e__xmpp_standing *e2e__reply_stand(
	const char *file, int line, e2e_client *c, const char *name, const char *path)
{
	struct e2e__xmpp_standing *s, **at;
	struct e2e__read_quest search;

	e2e__op_need_client(file, line, c, name);
	e2e__read_need(file, line, name, path, &search);
	at = &c->own->standing;
	if (!*at)
		xmpp_handler_add(c->conn, e2e__reply_stands, NULL, "iq", NULL, c->own);
	while (*at)
		at = &(*at)->next;
	s = *at = (struct e2e__xmpp_standing *)e2e__memory_alloc(sizeof *s);
	memset(s, 0, sizeof *s);
	s->file = file;
	s->line = line;
	s->path = e2e__memory_strdup(path);
	return s;
}

E2E__FN void e2e__reply_answer_each(
	const char *file, int line, e2e_client *c, const char *path, e2e_stanza *child)
{
	struct e2e__xmpp_standing *s;

	e2e__op_enter_at(file, line);
	s = e2e__reply_stand(file, line, c, "e2e_answer_each", path);
	s->child = child ? e2e__op_keep(xmpp_stanza_copy(child)) : NULL;
	e2e__op_leave();
}

E2E__FN void e2e__reply_refuse_each(const char *file, int line, e2e_client *c, const char *path,
	const char *type, const char *condition)
{
	struct e2e__xmpp_standing *s;

	e2e__op_enter_at(file, line);
	e2e__reply_need_error(file, line, "e2e_refuse_each", NULL, type, condition);
	s = e2e__reply_stand(file, line, c, "e2e_refuse_each", path);
	s->type = e2e__memory_strdup(type);
	s->condition = e2e__memory_strdup(condition);
	e2e__op_leave();
}

/* ---- xmpp/match.h ---- */

/* What an expected stanza is a step of, where it isn't the test that expects it. */
struct e2e__match_step {
	const char *macro; /* the test's own call */
	const char *hint;  /* where nothing better is known of why it doesn't come */
	const char *want;  /* what is waited for, in words; NULL: what the match says */
};

/* Is `got` this address, or any resource of it where it's bare? */
E2E__FN bool e2e__match_address(const char *got, const char *want)
{
	size_t n = got ? strcspn(got, "/") : 0;

	if (strchr(want, '/'))
		return e2e__libstrophe_same_jid(got, want);
	return got && n == strlen(want) && strncasecmp(got, want, n) == 0;
}

E2E__FN bool e2e__match_has_child(e2e_stanza *stanza, const char *name, const char *ns)
{
	for (xmpp_stanza_t *child = xmpp_stanza_get_children(stanza); child;
		child = xmpp_stanza_get_next(child))
		if (xmpp_stanza_is_tag(child) &&
			(!name || e2e__libstrophe_same(xmpp_stanza_get_name(child), name)) &&
			(!ns || e2e__libstrophe_same(xmpp_stanza_get_ns(child), ns)))
			return true;
	return false;
}

E2E__FN bool e2e__match_body_like(e2e_stanza *stanza, const char *ere)
{
	const char *body = e2e_body(stanza);
	regex_t re;
	bool fits;

	if (!body)
		return false;
	if (regcomp(&re, ere, REG_EXTENDED | REG_NOSUB))
		return false; /* e2e__match_check has told it */
	fits = !regexec(&re, body, 0, NULL, 0);
	regfree(&re);
	return fits;
}

/* Has it this type? Without one a message is normal (RFC 6121, 5.2.2), and presence says that
 * somebody is available. */
E2E__FN bool e2e__match_type_fits(e2e_stanza *stanza, const char *want)
{
	const char *type = xmpp_stanza_get_type(stanza), *name = xmpp_stanza_get_name(stanza);

	if (strcmp(want, E2E_NONE) == 0)
		return type == NULL;
	if (!type)
		type = e2e__libstrophe_same(name, "message")     ? "normal"
			: e2e__libstrophe_same(name, "presence") ? "available"
								 : NULL;
	return e2e__libstrophe_same(type, want);
}

E2E__FN bool e2e__match_fits(const struct e2e__xmpp_own *o, e2e_stanza *stanza, const e2e_match *m)
{
	static const char *const kinds[] = {NULL, "message", "presence", "iq"};
	const char *value;

	if (e2e__loop_own_echo(o, stanza) && !e2e__libstrophe_same(m->from, o->self->jid))
		return false;
	if (m->kind && !e2e__libstrophe_same(xmpp_stanza_get_name(stanza), kinds[m->kind]))
		return false;
	if (m->name && !e2e__libstrophe_same(xmpp_stanza_get_name(stanza), m->name))
		return false;
	if (m->from && !e2e__match_address(xmpp_stanza_get_from(stanza), m->from))
		return false;
	if (m->to && !e2e__match_address(xmpp_stanza_get_to(stanza), m->to))
		return false;
	if (m->id && !e2e__libstrophe_same(xmpp_stanza_get_id(stanza), m->id))
		return false;
	if (m->type && !e2e__match_type_fits(stanza, m->type))
		return false;
	if ((m->child || m->child_ns) && !e2e__match_has_child(stanza, m->child, m->child_ns))
		return false;
	if (m->attribute) {
		value = xmpp_stanza_get_attribute(stanza, m->attribute);
		if (!value || (m->value && strcmp(value, m->value) != 0))
			return false;
	}

	if (m->condition && !e2e__libstrophe_same(e2e_stanza_error(stanza), m->condition))
		return false;
	if (m->path && !e2e__read_matches(stanza, m->path, m->matches))
		return false;
	return (!m->body || e2e__match_body_like(stanza, m->body)) &&
		(!m->where || m->where(stanza, m->arg));
}

/* Is it no regular expression? */
E2E__FN bool e2e__match_wrong_expression(const char *ere)
{
	regex_t re;

	if (!ere)
		return false;
	if (regcomp(&re, ere, REG_EXTENDED | REG_NOSUB))
		return true;
	regfree(&re);
	return false;
}

/* What is wrong with .body, .path and .matches; NULL: nothing. */
E2E__FN const char *e2e__match_wrong_text(const e2e_match *m)
{
	struct e2e__read_quest search;

	if (e2e__match_wrong_expression(m->body))
		return e2e_printf(".body is no regular expression: %s", m->body);
	if (m->matches && !m->path)
		return ".matches is given without .path";
	if (m->path && !e2e__read_parse(&search, m->path))
		return e2e_printf(".path %s is no path", e2e_quoted(m->path));
	if (e2e__match_wrong_expression(m->matches))
		return e2e_printf(".matches is no regular expression: %s", m->matches);
	return NULL;
}

/* A predicate that can't mean what it says. */
E2E__FN void e2e__match_check(const char *file, int line, const char *name, const e2e_match *m)
{
	const char *wrong = NULL;

	if (m->kind < E2E_ANY || m->kind > E2E_IQ)
		wrong = e2e_printf(
			"the kind %d is none of E2E_ANY, E2E_MESSAGE, E2E_PRESENCE, E2E_IQ",
			m->kind);
	else if (m->client)
		wrong = ".client is for e2e_expect_message and its like";
	else if (!(m->within >= 0 && m->within < 1e9))
		wrong = e2e_printf("%g is no number of seconds to wait", m->within);
	else if (m->value && !m->attribute)
		wrong = ".value is given without .attribute";
	else if (m->arg && !m->where)
		wrong = ".arg is given without .where";
	else
		wrong = e2e__match_wrong_text(m);
	if (wrong)
		e2e__op_die_of(file, line, name, "usage", wrong, NULL);
}

/* The predicate in words. */
E2E__FN void e2e__match_describe(struct e2e__buf *b, const e2e_match *m)
{
	static const char *const kinds[] = {"any stanza", "a message", "presence", "an iq"};

	e2e__buf_adds(b, kinds[m->kind & 3]);
	if (m->name)
		e2e__buf_addf(b, " named <%s>", m->name);
	if (m->from)
		e2e__buf_addf(b, " from %s", m->from);
	if (m->to)
		e2e__buf_addf(b, " to %s", m->to);
	if (m->id)
		e2e__buf_addf(b, " with id %s", m->id);
	if (m->type)
		e2e__buf_addf(b, " of type %s", strcmp(m->type, E2E_NONE) != 0 ? m->type : "none");
	if (m->child || m->child_ns)
		e2e__buf_addf(b, " with a child <%s xmlns=\"%s\">", m->child ? m->child : "*",
			m->child_ns ? m->child_ns : "*");
	if (m->attribute)
		e2e__buf_addf(b, " with %s=\"%s\"", m->attribute, m->value ? m->value : "*");
	if (m->condition)
		e2e__buf_addf(b, " with the error %s", m->condition);
	if (m->body)
		e2e__buf_addf(b, " with a body like /%s/", m->body);
	if (m->path)
		e2e__buf_addf(b, " with %s%s%s%s", m->path, m->matches ? " like /" : "",
			m->matches ? m->matches : "", m->matches ? "/" : "");
	if (m->where)
		e2e__buf_adds(b, " that .where accepts");
	e2e__buf_add(b, "", 1);
}

E2E__FN const char *e2e__match_wanted(const e2e_match *m)
{
	E2E__BUF(b, 512);
	const char *text;

	e2e__match_describe(&b, m);
	text = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return text;
}

E2E__FN const char *e2e__match_wanted_by(const struct e2e__match_step *step, const e2e_match *m)
{
	return step->want ? step->want : e2e__match_wanted(m);
}

/* What waits in the inbox, to be shown. */
E2E__FN const char *e2e__match_inbox(struct e2e__xmpp_own *o)
{
	E2E__BUF(b, 1024);
	const char *text;
	size_t n = 0;

	for (size_t i = 0; i < o->ninbox; i++) {
		const char *one;

		if (e2e__loop_own_echo(o, o->inbox[i]) || n++ >= 10)
			continue;
		one = e2e_stanza_text(o->inbox[i]);
		e2e__buf_addf(&b, "%s%.400s", b.n ? "\n" : "", one ? one : "?");
	}

	if (n > 10)
		e2e__buf_addf(&b, "\n... and %zu more", n - 10);
	e2e__buf_add(&b, "", 1);
	text = n ? e2e__memory_strdup(b.p) : NULL;
	e2e__buf_free(&b);
	return text;
}

/* Who takes a request answers it. */
E2E__FN void e2e__match_taken(struct e2e__xmpp_own *o, e2e_stanza *stanza)
{
	for (struct e2e__xmpp_request **at = &o->requests; *at; at = &(*at)->next)
		if ((*at)->stanza == stanza) {
			xmpp_stanza_release((*at)->stanza);
			*at = (*at)->next;
			return;
		}
}

/* Takes the first that fits out of the inbox. */
E2E__FN e2e_stanza *e2e__match_take(struct e2e__xmpp_own *o, const e2e_match *m, size_t *from)
{
	for (size_t i = *from; i < o->ninbox; i++) {
		e2e_stanza *stanza = o->inbox[i];

		if (!e2e__match_fits(o, stanza, m))
			continue;
		memmove(o->inbox + i, o->inbox + i + 1, (--o->ninbox - i) * sizeof *o->inbox);
		e2e__match_taken(o, stanza);
		return e2e__op_keep(stanza);
	}
	*from = o->ninbox;
	return NULL;
}

/* Another client of the case that got what this one waits for; NULL: none. */
E2E__FN const char *e2e__match_elsewhere(const e2e_client *c, const e2e_match *m)
{
	for (const struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		for (size_t i = 0; i < o->ninbox && o != c->own; i++)
			if (!e2e__loop_own_echo(o, o->inbox[i]) &&
				e2e__match_fits(o, o->inbox[i], m))
				return e2e_printf("%s (%s) got one that fits: %s", o->self->name,
					o->self->jid, e2e_stanza_text(o->inbox[i]));
	return NULL;
}

/* Takes the nth condition out of the match. Returns its name, "" if it isn't set, NULL if there are
 * no more. The kind stays: a stanza of another kind is no near one. So does .where, which knows by
 * itself what it misses. */
E2E__FN const char *e2e__match_drop(e2e_match *m, size_t nth)
{
	const struct {
		const char *name, **field;
	} conditions[] = {{".from", &m->from}, {".to", &m->to}, {".id", &m->id},
		{".type", &m->type}, {".child", &m->child}, {".child_ns", &m->child_ns},
		{".attribute", &m->attribute}, {".condition", &m->condition}, {".body", &m->body},
		{".path", &m->path}, {".name", &m->name}};

	if (nth == sizeof conditions / sizeof *conditions)
		return NULL;
	if (!*conditions[nth].field)
		return "";
	*conditions[nth].field = NULL;
	return conditions[nth].name;
}

/* What came and fits but for one condition; NULL: nothing. */
E2E__FN const char *e2e__match_but_for(const struct e2e__xmpp_own *o, const e2e_match *m)
{
	const char *name, *missed;
	e2e_match less;

	for (size_t nth = 0; less = *m, (name = e2e__match_drop(&less, nth)) != NULL; nth++)
		for (size_t i = 0; i < o->ninbox && *name; i++) {
			e2e_stanza *stanza = o->inbox[i];

			if (e2e__loop_own_echo(o, stanza) || !e2e__match_fits(o, stanza, &less))
				continue;
			missed = m->path && !less.path ? e2e__read_missed_path(m->path, stanza)
						       : NULL;
			return missed ? e2e_printf("%s. Else this one fits: %.300s", missed,
						e2e_stanza_text(stanza))
				      : e2e_printf("but for %s this one fits: %.300s", name,
						e2e_stanza_text(stanza));
		}
	return NULL;
}

E2E__FN e2e_stanza *e2e__match_do_expect_stanza(
	const char *file, int line, e2e_client *c, e2e_match m, const struct e2e__match_step *step)
{
	double seconds = m.within > 0 ? e2e__clock_scaled(m.within) : e2e__loop_step(),
	       until = e2e_now() + seconds;
	e2e_stanza *stanza;
	size_t from = 0;

	e2e__loop_not_inside(file, line, step->macro);
	e2e__match_check(file, line, step->macro, &m);
	c->own->awaited = true;
	stanza = e2e__match_take(c->own, &m, &from);
	if (!stanza)
		e2e__op_doing("%s, to come to %s", e2e__match_wanted_by(step, &m), c->name);
	while (!stanza && c->own->phase == E2E__PHASE_UP && e2e_now() < until) {
		e2e__loop_pump(until);
		stanza = e2e__match_take(c->own, &m, &from);
	}

	c->own->awaited = false;
	if (stanza)
		return stanza;
	e2e_failure f = e2e__system_failure(NULL, NULL, NULL);
	f.want = e2e__match_wanted_by(step, &m);
	f.got = e2e__match_inbox(c->own);
	f.got = f.got ? f.got : "nothing";
	f.hint = e2e__match_elsewhere(c, &m);
	if (c->own->phase == E2E__PHASE_UP) {
		f.code = "timeout";
		f.message = e2e_printf("%s got no such stanza within %g s", c->name, seconds);
	} else {
		const char *loss = e2e__connect_loss(c);

		f.code = "disconnected";
		f.message = e2e_printf(c->own->failed ? "%s lost its connection while it waited: %s"
						      : "nothing comes to %s: %s",
			c->name, loss ? loss : "it never was connected");
	}
	if (!f.hint)
		f.hint = e2e__connect_losses(f.message);
	if (!f.hint)
		f.hint = step->hint;
	if (!f.hint)
		f.hint = e2e__match_but_for(c->own, &m);

	e2e__op_die(file, line, step->macro, &f);
}

E2E__FN e2e_stanza *e2e__match_expect_stanza(const char *file, int line, e2e_client *c, e2e_match m)
{
	static const struct e2e__match_step step = {"e2e_expect_stanza", NULL, NULL};
	e2e_stanza *result;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, step.macro);
	result = e2e__match_do_expect_stanza(file, line, c, m, &step);
	e2e__op_leave();
	return result;
}

/* The macro's name says the kind; the match says who gets it. */
E2E__FN e2e_stanza *e2e__match_expect_kind(const char *file, int line, int kind, e2e_match m)
{
	static const struct e2e__match_step steps[] = {{NULL, NULL, NULL},
		{"e2e_expect_message", NULL, NULL}, {"e2e_expect_presence", NULL, NULL},
		{"e2e_expect_iq", NULL, NULL}};
	const struct e2e__match_step *step = steps + kind;
	e2e_client *c = m.client;
	e2e_stanza *result;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, step->macro);
	if (m.kind && m.kind != kind)
		e2e__op_die_of(file, line, step->macro, "usage",
			".kind is given, and another one than the name says",
			"e2e_expect_stanza takes any kind");
	m.client = NULL;
	m.kind = kind;
	result = e2e__match_do_expect_stanza(file, line, c, m, step);
	e2e__op_leave();
	return result;
}

/* Is it a request that answers itself? */
E2E__FN bool e2e__match_is_request(e2e_stanza *stanza)
{
	const char *type = xmpp_stanza_get_type(stanza);

	return e2e__libstrophe_same(xmpp_stanza_get_name(stanza), "iq") &&
		(e2e__libstrophe_same(type, "get") || e2e__libstrophe_same(type, "set"));
}

E2E__FN bool e2e__match_do_no_stanza(const char *file, int line, e2e_client *c, e2e_match m)
{
	double until = e2e_now() + e2e__clock_scaled(m.within > 0 ? m.within : 0);
	bool last = false;
	e2e_stanza *stanza = NULL;
	const char *text = NULL;

	e2e__loop_not_inside(file, line, "e2e_no_stanza");
	e2e__match_check(file, line, "e2e_no_stanza", &m);
	e2e__op_doing("the end of %g s without a stanza for %s", m.within, c->name);
	for (;;) {
		for (size_t i = 0; i < c->own->ninbox && !stanza; i++)
			if (e2e__match_fits(c->own, c->own->inbox[i], &m) &&
				(m.kind || !e2e__match_is_request(c->own->inbox[i])))
				stanza = c->own->inbox[i];
		if (stanza || c->own->phase != E2E__PHASE_UP || last)
			break;
		last = e2e_now() >= until;
		if (last)
			/* what has come by now came in time, however late we are */
			e2e__loop_drain(c->own);
		else
			e2e__loop_pump(until);
	}

	e2e_failure f = e2e__system_failure("unexpected-stanza",
		e2e_printf("%s got a stanza that wasn't to come", c->name), NULL);
	f.want = e2e_printf("not %s", e2e__match_wanted(&m));
	f.got = text = stanza ? e2e_stanza_text(stanza) : NULL;
	if (!stanza && c->own->phase != E2E__PHASE_UP) {
		f.code = "disconnected";
		f.message = e2e_printf(
			"%s lost its connection, so that nothing came proves nothing: %s", c->name,
			e2e__connect_loss(c) ? e2e__connect_loss(c) : "it never was connected");
	}

	return e2e_report(file, line, !stanza && c->own->phase == E2E__PHASE_UP,
		e2e_printf("%s gets no stanza within %g s", c->name, m.within), &f);
}

E2E__FN bool e2e__match_no_stanza(const char *file, int line, e2e_client *c, e2e_match m)
{
	bool result;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, "e2e_no_stanza");
	result = e2e__match_do_no_stanza(file, line, c, m);
	e2e__op_leave();
	return result;
}

E2E__FN size_t(e2e_stanzas_left)(e2e_client *c)
{
	e2e__op_enter();
	e2e__op_need_client(e2e__xmpp.file, e2e__xmpp.line, c, "e2e_stanzas_left");
	e2e__loop_drain(c->own);
	e2e__op_leave();
	return e2e__loop_left(c->own);
}

/* ---- xmpp/chat.h ---- */

#define E2E__MUC "http://jabber.org/protocol/muc"

/* The addresses have to be there. */
E2E__FN void e2e__chat_need(
	const char *file, int line, const char *name, const char *what, const char *text)
{
	if (!text || !*text)
		e2e__op_die_of(file, line, name, "usage",
			e2e_printf("the %s is %s", what, text ? "empty" : "NULL"), NULL);
}

/* Is this presence what the room says of who wants to join? It may have said of the same address
 * that it left. */
E2E__FN bool e2e__chat_decides(e2e_stanza *presence, void *arg)
{
	(void)arg;
	return e2e_stanza_error(presence) ||
		(!xmpp_stanza_get_type(presence) &&
			e2e__read_matches(presence, "x{" E2E__MUC "#user}/status[code=110]", NULL));
}

/* What a condition says of a room (XEP-0045, 7.2); NULL: nothing more than its name. */
E2E__FN const char *e2e__chat_hint(const char *condition)
{
	static const struct {
		const char *condition, *hint;
	} hints[] = {{"conflict", "somebody has this nick"},
		{"registration-required", "the room is for members only"},
		{"forbidden", "the room has banned this account"},
		{"not-authorized", "the room wants a password"},
		{"service-unavailable", "the room is full"},
		{"item-not-found",
			"the room isn't there, or locked until its owner has configured it "
			"(e2e_configure_room)"},
		{"not-allowed", "this account may not make rooms"}};

	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (strcmp(hints[i].condition, condition) == 0)
			return hints[i].hint;
	return NULL;
}

E2E__FN const char *e2e__chat_join(
	const char *file, int line, e2e_client *c, const char *room, const char *nick)
{
	static const struct e2e__match_step step = {
		"e2e_join_room", NULL, "the own presence with the status 110, or an error"};
	const char *as, *error;
	e2e_stanza *reply;
	e2e_failure f;
	e2e_match m;

	e2e__op_enter_at(file, line);
	e2e__talk_need(file, line, c, step.macro, "join a room");
	e2e__chat_need(file, line, step.macro, "room", room);
	e2e__chat_need(file, line, step.macro, "nick", nick);
	as = e2e_printf("%s/%s", room, nick);
	e2e__talk_do_send_stanza(file, line, c,
		e2e__xml(file, line, c, "<presence to='%s'><x xmlns='" E2E__MUC "'/></presence>",
			as));
	memset((void *)&m, 0, sizeof m);
	m.kind = E2E_PRESENCE;
	m.from = as;
	m.where = e2e__chat_decides;
	reply = e2e__match_do_expect_stanza(file, line, c, m, &step);
	e2e__op_leave();
	error = e2e_stanza_error(reply);
	if (!error)
		return as;
	f = e2e__system_failure("stanza-error",
		e2e_printf("%s wanted to join as %s, and was refused with the error %s", c->name,
			as, error),
		e2e__chat_hint(error));
	f.got = e2e_stanza_text(reply);
	f.want = step.want;
	e2e__op_die(file, line, step.macro, &f);
}

/* words: the room, and the fields. */
E2E__FN e2e_stanza *e2e__chat_configure(
	const char *file, int line, e2e_client *c, const char *const *words)
{
	static const char name[] = "e2e_configure_room";
	const char *type = *words && words[1] ? E2E__MUC "#roomconfig" : "";
	e2e_stanza *form, *request;

	e2e__op_need_client(file, line, c, name);
	e2e__chat_need(file, line, name, "room", *words);
	form = e2e__form_submit_of(file, line, name, c, type, words + 1);
	request = e2e__xml(file, line, c,
		"<iq type='set' to='%s'><query xmlns='" E2E__MUC "#owner'/></iq>", *words);
	e2e__read_put(file, line, request, "query", form);
	return e2e__say_ask_stanza(file, line, c, name, request);
}

/* ---- xmpp/literal.h ---- */

/* aioxmpp's names of what is here ... */
E2E__FN const char *e2e__literal_alias(const char *name)
{
	static const char *const names[][2] = {
		{"aioxmpp.e2etest.provision.AnonymousProvisioner", "anonymous"},
		{"aioxmpp.e2etest.provision.AnyProvisioner", "any"},
		{"aioxmpp.e2etest.provision.StaticPasswordProvisioner", "static"},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i][0], name) == 0)
			return names[i][1];
	return name;
}

/* The section that says this. Of another host than the first it is the one of its name, which has
 * its own address, and of the rest what it says. */
E2E__FN const char *e2e__literal_section(const char *key)
{
	const char *place = e2e__xmpp.place;
	bool address = strcmp(key, "host") == 0 || strcmp(key, "port") == 0;

	return place && (address || e2e_config(place, key, NULL)) ? place : e2e__xmpp.section;
}

E2E__FN const char *e2e__literal_setting(const char *key, const char *fallback)
{
	return e2e_config(e2e__literal_section(key), key, fallback);
}

E2E__FN bool e2e__literal_flag(const char *key)
{
	return e2e_config_bool(e2e__literal_section(key), key, false);
}

E2E__FN int e2e__literal_port(void)
{
	return (int)e2e_config_int(e2e__literal_section("port"), "port", 0);
}

/* Python's literals, as aioxmpp's file has them: lists, tuples, dictionaries, strings. Strings
 * become '"', lists and tuples '[', dictionaries '{'; anything else is an error. */
struct e2e__py {
	const char *p, *error;
};

E2E__FN void e2e__literal_space(struct e2e__py *in)
{
	while (*in->p && strchr(" \t\r\n", *in->p))
		in->p++;
}

E2E__FN void e2e__literal_escape(struct e2e__py *in, struct e2e__buf *b)
{
	static const char from[] = "nrtabfv0", to[] = "\n\r\t\a\b\f\v";
	const char *known = *in->p ? strchr(from, *in->p) : NULL;
	char hex[3] = {0, 0, 0}, c = *in->p;

	if (c == 'x' && in->p[1] && in->p[2]) {
		memcpy(hex, in->p + 1, 2);
		c = (char)strtol(hex, NULL, 16);
		in->p += 2;
	} else if (known) {
		c = to[known - from];
	}
	if (*in->p)
		in->p++;
	e2e__buf_add(b, &c, 1);
}

E2E__FN struct e2e__json *e2e__literal_string(struct e2e__py *in)
{
	struct e2e__json *v = (struct e2e__json *)e2e__memory_alloc(sizeof *v);
	E2E__BUF(b, 256);
	char quote;

	v->type = '"';
	if (strchr("ubUB", *in->p))
		in->p++;
	for (quote = *in->p++; *in->p && *in->p != quote;)
		if (*in->p == '\\') {
			in->p++;
			e2e__literal_escape(in, &b);
		} else {
			e2e__buf_add(&b, in->p++, 1);
		}
	if (!*in->p)
		in->error = "a string without end";
	else
		in->p++;
	v->length = b.n;
	e2e__buf_add(&b, "", 1);
	v->text = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return v;
}

E2E__FN struct e2e__json *e2e__literal_value(struct e2e__py *in);

E2E__FN struct e2e__json *e2e__literal_list(struct e2e__py *in)
{
	struct e2e__json *v = (struct e2e__json *)e2e__memory_alloc(sizeof *v), **at = &v->child,
			 *key;
	char close = *in->p == '[' ? ']' : *in->p == '(' ? ')' : '}';

	v->type = close == '}' ? '{' : '[';
	in->p++;
	for (;;) {
		e2e__literal_space(in);
		if (*in->p == close) {
			in->p++;
			return v;
		}
		key = e2e__literal_value(in);
		if (in->error)
			return v;
		e2e__literal_space(in);
		*at = key;
		if (v->type == '{') {
			if (*in->p != ':' || key->type != '"') {
				in->error = "expected \"key\": value";
				return v;
			}
			in->p++;
			e2e__literal_space(in);
			*at = e2e__literal_value(in);
			if (in->error)
				return v;
			(*at)->key = key->text;
			(*at)->key_length = key->length;
			e2e__literal_space(in);
		}
		at = &(*at)->next;
		if (*in->p == ',')
			in->p++;
		else if (*in->p != close)
			in->error = "expected , or the closing bracket";
		if (in->error)
			return v;
	}
}

E2E__FN struct e2e__json *e2e__literal_value(struct e2e__py *in)
{
	e2e__literal_space(in);
	if (*in->p == '[' || *in->p == '(' || *in->p == '{')
		return e2e__literal_list(in);
	if (*in->p == '"' || *in->p == '\'' ||
		(*in->p && strchr("ubUB", *in->p) && (in->p[1] == '"' || in->p[1] == '\'')))
		return e2e__literal_string(in);
	in->error = "expected a string, list, tuple or dictionary";
	return NULL;
}

/* Ends the program because of a setting of the section in use: file, line, the value (not of
 * accounts, which has passwords), what is wrong with it where that isn't plain, and what was
 * expected. */
E2E__FN void e2e__literal_wrong(const char *key, const char *what, const char *expected)
	__attribute__((noreturn));
E2E__FN void e2e__literal_wrong(const char *key, const char *what, const char *expected)
{
	const struct e2e__setting *s = e2e__config_find_setting(e2e__literal_section(key), key);
	bool secret = !s || strcmp(key, "accounts") == 0 || strstr(key, "password");
	const char *value = !s ? "" : s->raw ? s->raw : s->value;
	const char *shown = secret
		? key
		: e2e_printf("%s = %s", key, *value == '"' ? value : e2e_quoted(value));

	e2e__config_error(
		s ? s->line : 0, what ? e2e_printf("%s: %s", shown, what) : shown, expected);
}

/* A setting as Python's literal; NULL if it isn't there. Ends the program if it is broken. */
E2E__FN struct e2e__json *e2e__literal(const char *key, char type, const char *expected)
{
	const char *text = e2e__literal_setting(key, NULL);
	struct e2e__py in;
	struct e2e__json *v;

	if (!text)
		return NULL;
	in.p = text;
	in.error = NULL;
	v = e2e__literal_value(&in);
	e2e__literal_space(&in);
	if (!in.error && *in.p)
		in.error = "more text behind the value";
	if (!in.error && v->type != type)
		in.error = "it is another kind of value";
	if (in.error)
		e2e__literal_wrong(
			key, e2e_printf("%s at offset %td", in.error, in.p - text), expected);
	return v;
}

/* ---- xmpp/wish.h ---- */

E2E__FN bool e2e__wish_is_module(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

E2E__FN void e2e__wish_for(const char *file, int line, e2e__words names)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	if (s->clients)
		e2e__op_die_of(file, line, "e2e_private_modules", "usage",
			"modules were asked for when a client was logged in already",
			"say it in E2E_SUITE_SETUP, or before the first client");
	for (; *names; names++) {
		if (!e2e__wish_is_module(*names))
			e2e__op_die_of(file, line, "e2e_private_modules", "usage",
				e2e_printf("%s is no name of a module", e2e_quoted(*names)),
				"names are as in [local] modules=, without mod_: \"mam\"");
		if (s->nwishes == sizeof s->wishes / sizeof *s->wishes)
			e2e_bail_out("e2e_private_modules: more than %zu modules", s->nwishes);
		s->wishes[s->nwishes++] = strdup(*names);
	}

	if (e2e__hook_in_suite())
		s->suite_wishes = s->nwishes;
}

/* The modules that config and test want, each once. */
E2E__FN const char *const *e2e__wish_modules(void)
{
	const struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *const *list = e2e_config_list("local", "modules", NULL);
	const char **all;
	size_t n = 0;

	for (size_t i = 0; list && list[i]; i++)
		n++;
	all = (const char **)e2e__memory_alloc((n + s->nwishes + 1) * sizeof *all);
	for (n = 0; list && *list; list++)
		if (!e2e__state_has_word(all, *list))
			all[n++] = *list;
	for (size_t i = 0; i < s->nwishes; i++)
		if (!e2e__state_has_word(all, s->wishes[i]))
			all[n++] = s->wishes[i];
	return all;
}

/* Is it ejabberd's? Else it is Prosody's. */
E2E__FN bool e2e__wish_is_yaml(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0);
}

/* The files that config= names. */
E2E__FN const char *const *e2e__wish_files(void)
{
	static const char *one[2];

	one[0] = e2e_config("local", "config", NULL);
	return one[0] && *one[0] == '[' ? e2e_config_list("local", "config", NULL) : one;
}

E2E__FN const char *e2e__wish_config(const char *server)
{
	bool yaml = strcmp(server, "ejabberd") == 0;
	char path[PATH_MAX];

	for (const char *const *file = e2e__wish_files(); *file; file++) {
		if (e2e__wish_is_yaml(*file) != yaml)
			continue;
		if (!realpath(*file, path))
			e2e_bail_out("config [local] config = %s: %s", *file, strerror(errno));
		return e2e__memory_strdup(path);
	}
	return NULL;
}

E2E__FN const char *e2e__wish_service(const char *server)
{
	const char *config = e2e__wish_config(server), *key = "";
	const char *text = config ? e2e__file_read(config, NULL) : NULL;

	for (const char *const *module = e2e__wish_modules(); *module; module++)
		key = e2e_printf("%s %s", key, *module);
	if (!config && !*key)
		return e2e_printf("xmpp-%s", server);
	key = e2e_printf("%s\n%s\n%s", key, config ? config : "", text ? text : "");
	return e2e_printf("xmpp-%s-%016llx", server, (unsigned long long)e2e__file_hash(key));
}

/* ---- xmpp/startup.h ---- */

/* How much a server has done while it starts. */
struct e2e__startup {
	unsigned long long done;   /* as it was when it last did something worth the name */
	unsigned long long waited; /* ticks, roughly, that it wanted a processor or a disk */
	double idle, looked;       /* for how long it has done nothing; when that was looked at */
	size_t printed;
};

/* A hundredth of a second each. What idles has an odd one, to look at its timers. */
enum { E2E__STARTUP_WORK = 10, E2E__STARTUP_WAIT = 5 };
#define E2E__STARTUP_LOOK 0.25 /* seconds between two looks */

E2E__FN const char *e2e__startup_note(const char *dir)
{
	return e2e_printf("%s/hung", dir);
}

E2E__FN double e2e__startup_seconds(void)
{
	return e2e_config_double("local", "start_timeout", 30);
}

/* Why a server can't be had: in the keeper of its service for the failure of the case that waits
 * for it, else a failure where the test is. Returns false. */
E2E__FN bool e2e__startup_fail(const char *fmt, ...) E2E__PRINTF(1, 2);
E2E__FN bool e2e__startup_fail(const char *fmt, ...)
{
	E2E__BUF(b, 256);
	va_list ap;

	va_start(ap, fmt);
	e2e__buf_vaddf(&b, fmt, ap);
	va_end(ap);
	if (e2e__proc.service)
		e2e__proc.service->excuse = e2e__memory_strdup(b.p);
	else
		e2e__assertion_fail(e2e__xmpp.file, e2e__xmpp.line, "%s", b.p);
	e2e__buf_free(&b);
	return false;
}

/* Did it hang a moment ago? Then that is why, and nobody has to wait for it. */
E2E__FN bool e2e__startup_hung(const char *name, const char *dir)
{
	const char *note = e2e__startup_note(dir), *first;
	struct stat st;
	double age = stat(note, &st) ? -1 : difftime(time(NULL), st.st_mtime);

	if (age < 0 || age >= 10 || !(first = e2e__file_read(note, NULL)))
		return false;
	e2e__startup_fail(
		"the private %s isn't tried again: it wasn't ready in time, in the case %s; "
		"its folder is %s",
		name, first, dir);
	return true;
}

/* Ticks that the process and its group have used; 0: nobody tells. */
E2E__FN unsigned long long e2e__startup_used(struct e2e__startup *u, pid_t leader)
{
	unsigned long long sum = 0;
	DIR *proc = opendir(E2E__PROC);

	for (struct dirent *e; proc && (e = readdir(proc));) {
		struct e2e__stat st;
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid < 1 || !e2e__system_stat_read(pid, &st) || st.group != leader)
			continue;
		sum += st.used + 1;
		if (st.state == 'R' || st.state == 'D')
			u->waited += E2E__STARTUP_WAIT;
	}

	if (proc)
		closedir(proc);
	return sum ? sum + u->waited : 0;
}

/* Has it done nothing for so long? A machine that stood still between two looks says nothing of the
 * server: what is more than two looks' time counts as one. */
E2E__FN bool e2e__startup_idle(struct e2e__startup *u, e2e_proc *p, double seconds)
{
	double now = e2e_now(), since = now - u->looked;
	unsigned long long done;
	size_t printed;

	if (since < E2E__STARTUP_LOOK)
		return false;
	u->looked = now;
	u->idle += since < 2 * E2E__STARTUP_LOOK ? since : E2E__STARTUP_LOOK;
	done = e2e__startup_used(u, p->pid);
	printed = e2e_stdout_size(p) + e2e_stderr_size(p);
	if (!done || done < u->done || done - u->done >= E2E__STARTUP_WORK ||
		printed != u->printed) {
		u->done = done;
		u->printed = printed;
		u->idle = 0;
	}
	return u->idle >= seconds;
}

/* Why it isn't ready. The first time is noted in its folder, for the others. */
E2E__FN const char *e2e__startup_why(
	const char *dir, const char *first, double seconds, double idle)
{
	const char *note = e2e__startup_note(dir), *why, *about;

	about = idle > 0
		? e2e_printf("hangs: it used no processor and printed nothing for %g s", idle)
		: e2e_printf("isn't ready within %g s", seconds);
	why = first ? e2e_printf("%s (as before in the case %s)", about, first) : about;
	if (first)
		utimensat(AT_FDCWD, note, NULL, 0);
	else
		e2e__service_write(note,
			e2e_printf("%s of %s, for %g s", e2e__case_name(), e2e__op_program(),
				idle > 0 ? idle : seconds));
	return why;
}

/* The line in which `found` stands, without the time and the level that come before ": ". */
E2E__FN const char *e2e__startup_complaint(const char *out, const char *found)
{
	const char *end = found + strcspn(found, "\n"), *said;

	while (found > out && found[-1] != '\n')
		found--;
	said = strstr(found, "] ");
	if (said && said < end)
		found = said + 2;
	return e2e_printf("can't start: %.*s", (int)(end - found), found);
}

/* Waits until a server has printed this, and returns what stands behind it. NULL, and why, if it
 * exits, hangs, or prints `bad`. Unlike e2e_ready this is no test point: nobody asked for one. */
E2E__FN const char *e2e__startup_line(
	e2e_proc *p, const char *good, const char *bad, const char *dir)
{
	const char *note = e2e__startup_note(dir), *first = e2e__file_read(note, NULL);
	double seconds = e2e__clock_scaled(first ? 2 : e2e__startup_seconds());
	double began = e2e_now(), quiet = e2e__clock_scaled(e2e__startup_seconds() / 4);
	const char *found, *out, *why = NULL;
	struct e2e__startup u;

	memset(&u, 0, sizeof u);
	u.looked = began + (quiet < 1 ? quiet : 1) - E2E__STARTUP_LOOK; /* most are ready by then */
	while (!why) {
		out = e2e_stdout(p);
		found = strstr(out, good);
		if (found && strchr(found, '\n')) {
			if (first)
				unlink(note);
			return found + strlen(good);
		}
		if (e2e_exited(p))
			why = "exited before it was ready";
		else if (strcmp(bad, good) != 0 && (found = strstr(out, bad)) &&
			strchr(found, '\n'))
			why = e2e__startup_complaint(out, found);
		else if (e2e_now() - began > seconds)
			why = e2e__startup_why(dir, first, seconds, 0);
		else if (e2e__startup_idle(&u, p, quiet))
			why = e2e__startup_why(dir, first, seconds, quiet);
		else
			e2e__limit_pause(0.001);
	}

	e2e__startup_fail("the private %s %s; its folder is %s", p->name, why, dir);
	return NULL;
}

/* ---- xmpp/servers.h ---- */

E2E__FN bool e2e__server_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return e2e__startup_fail("can't write %s: %s", path, strerror(errno));
	if (!e2e__file_write_whole(fd, text, strlen(text))) {
		int error = errno;

		close(fd);
		return e2e__startup_fail("can't write %s: %s", path, strerror(error));
	}
	return !close(fd) || e2e__startup_fail("can't write %s: %s", path, strerror(errno));
}

/* Hosts with components; the certificate is valid for all of them. */
#define E2E__XMPP_HOSTS \
	"localhost,anonymous.test,registered.test,conference.localhost,pubsub.localhost,conference.anonymous.test," \
	"pubsub.anonymous.test,conference.registered.test,pubsub.registered.test,upload.localhost," \
	"127.0.0.1"

/* A host that e2e_ready brings up when somebody asks for it. */
#define E2E__PROSODY_LATER "  enabled = false\n  e2e_later = true\n"
/* What programs that connect as a component of the private server need, beside its port. */
#define E2E__XMPP_COMPONENTS "component.localhost"
#define E2E__XMPP_SECRET "e2e-component-secret"
/* A component that nobody connects to: it needs no TLS of its own. */
#define E2E__PROSODY_INNER "  modules_disabled = { \"tls\", \"saslauth\", \"smacks\" }\n"

/* The modules that somebody asked for, each between quotes and behind a comma. */
E2E__FN const char *e2e__server_prosody_wishes(void)
{
	const char *text = "";

	for (const char *const *m = e2e__wish_modules(); *m; m++)
		text = e2e_printf("%s, \"%s\"", text, *m);
	return text;
}

#define E2E__PROSODY_MODULES \
	"\"saslauth\", \"tls\", \"roster\", \"disco\", \"ping\", \"version\", \"private\", \"smacks\", " \
	"\"e2e_ready\""
#define E2E__PROSODY_LOCALHOST \
	"\"vcard4\", \"vcard_legacy\", \"blocklist\", \"uptime\", \"time\", \"pep\", \"carbons\", " \
	"\"csi\", \"adhoc\""

/* Stands before the user's text, in its first line: to say modules_enabled adds to the list that is
 * there. */
#define E2E__PROSODY_EXTRA \
	"local e2e, e2e_own = _ENV or getfenv(), { [\"*\"] = { " E2E__PROSODY_MODULES " }, " \
	"localhost = { " E2E__PROSODY_LOCALHOST "%s } }; " \
	"local _ENV = setmetatable({}, { __index = e2e, __newindex = function (_, k, v) " \
	"local own = k == \"modules_enabled\" and e2e_own[e2e.__currenthost]; " \
	"if own then for _, name in ipairs(v) do own[#own+1] = name; end v = own; end " \
	"e2e[k] = v; end }); if setfenv then setfenv(1, _ENV); end "

/* A host that takes any name and password. */
#define E2E__PROSODY_OPEN \
	"  authentication = \"insecure\"\n" \
	"  insecure_open_authentication = \"Yes please, I know what I'm doing!\"\n"

/* What all private Prosodys begin with. */
E2E__FN const char *e2e__server_prosody_head(const char *dir)
{
	return e2e_printf("%s"
			  "data_path = \"%s/data\"\n"
			  "plugin_paths = { \"%s/plugins\" }\n"
			  "log = { { levels = { min = \"info\" }, to = \"console\" } }\n"
			  "interfaces = { \"127.0.0.1\" }\n"
			  "c2s_ports = { 0 }\n"
			  "https_ports = {}\n"
			  "storage = \"memory\"\n"
			  "network_settings = { nagle = false }\n"
			  "c2s_require_encryption = true\n",
		geteuid() ? "" : "run_as_root = true\n", dir, dir);
}

E2E__FN const char *e2e__server_prosody_config(const char *dir, int direct, int http, int component)
{
	return e2e_printf(
		"%s"
		"c2s_direct_tls_ports = { %d }\n"
		"s2s_ports = {}\n"
		"http_ports = { %d }\n"
		"http_interfaces = { \"127.0.0.1\" }\n"
		"http_host = \"127.0.0.1\"\n"
		"http_external_url = \"http://127.0.0.1:%d/\"\n"
		"consider_bosh_secure = true\n"
		"consider_websocket_secure = true\n"
		"component_ports = { %d }\n"
		"component_interfaces = { \"127.0.0.1\" }\n"
		"e2e_components = \"" E2E__XMPP_COMPONENTS "\"\n"
		"e2e_secret = \"" E2E__XMPP_SECRET "\"\n"
		/* without mod_posix a SIGTERM ends it at once: what it stores is thrown away */
		"modules_disabled = { \"s2s\", \"s2s_auth_certs\", \"posix\" }\n"
		"modules_enabled = { " E2E__PROSODY_MODULES " }\n"
		"gc = { mode = \"incremental\", threshold = 1000, speed = 500 }\n" /* the default collects all the time: 6 ms a login */
		/* its certificates are made while it loads; ca.pem is the last of them */
		"local open, sleep = io.open, require \"socket\".sleep\n"
		"local made = open(\"%s/certs/ca.pem\")\n"
		"while not made do sleep(0.001); made = open(\"%s/certs/ca.pem\") end\n"
		"made:close()\n"
		/* clients can go on with a TLS session: no certificates, no signatures */
		"ssl = { key = \"%s/certs/server.key\", certificate = \"%s/certs/server.pem\",\n"
		"  options = { no_ticket = false } }\n"
		"certificates = \"%s/certs\"\n"
		"smacks_hibernation_time = 60\n"
		"VirtualHost \"localhost\"\n" E2E__PROSODY_OPEN
		"  modules_enabled = { " E2E__PROSODY_LOCALHOST "%s }\n"
		"  e2e_on_demand = { \"bookmarks\" }\n" /* it takes a seventh of a login, and few tests have bookmarks */
		"VirtualHost \"anonymous.test\"\n" E2E__PROSODY_LATER
		"  authentication = \"anonymous\"\n"
		"  modules_enabled = { \"pep\", \"adhoc\" }\n"
		"  disco_items = { { \"conference.localhost\" }, { \"pubsub.localhost\" } }\n"
		"VirtualHost \"registered.test\"\n" E2E__PROSODY_LATER
		"  authentication = \"internal_hashed\"\n"
		"  modules_enabled = { \"register_ibr\", \"user_account_management\", \"pep\", \"blocklist\", \"admin_adhoc\" }\n"
		"  admins = { \"admin@registered.test\" }\n"
		"  allow_registration = true\n"
		"Component \"conference.localhost\" \"muc\"\n" E2E__PROSODY_LATER E2E__PROSODY_INNER
		"Component \"pubsub.localhost\" \"pubsub\"\n" E2E__PROSODY_LATER E2E__PROSODY_INNER
		"  modules_enabled = { \"e2e_pubsub\" }\n"
		"Component \"upload.localhost\" \"http_file_share\"\n" E2E__PROSODY_LATER
			E2E__PROSODY_INNER "Include \"extra.cfg.lua\"\n",
		e2e__server_prosody_head(dir), direct, http, http, component, dir, dir, dir, dir,
		dir, e2e__server_prosody_wishes());
}

/* Prints the ports that the kernel chose, once clients can log in. Each host takes Prosody 10 ms
 * and more, and most tests need one: the others come up when somebody asks for them by name, or for
 * the items of the host above them. The modules in e2e_on_demand are loaded before the first
 * request that they may have a part in. */
#define E2E__PROSODY_READY \
	"module:set_global();\n" \
	"local hosts, later = prosody.hosts, {};\n" \
	"local activate = require \"core.hostmanager\".activate;\n" \
	"local function wake(host)\n" \
	"  if not later[host] then return; end\n" \
	"  later[host] = nil;\n" \
	"  if prosody.unlock_globals then prosody.unlock_globals(); end\n" \
	"  activate(host);\n" \
	"  if prosody.lock_globals then prosody.lock_globals(); end\n" \
	"  return rawget(hosts, host);\n" \
	"end\n" \
	"local config = require \"core.configmanager\";\n" \
	"for host, options in pairs(config.getconfig()) do\n" \
	"  if options.e2e_later then later[host] = true; end\n" \
	"end\n" \
	"local load = require \"core.modulemanager\".load;\n" \
	"local lazy = not getmetatable(hosts);\n" \
	"if lazy then setmetatable(hosts, { __index = function (_, host) return wake(host); end }); end\n" \
	"function module.add_host(module)\n" \
	"  module:hook(\"iq-get/host/http://jabber.org/protocol/disco#items:query\", function ()\n" \
	"    local mine = {};\n" \
	"    for host in pairs(later) do if host:match(\"%.(.*)\") == module.host then mine[#mine+1] = host; end end\n" \
	"    for _, host in ipairs(mine) do wake(host); end\n" \
	"  end, 100);\n" \
	"  local waiting = module:get_option_array(\"e2e_on_demand\", {});\n" \
	"  local about = { [\"http://jabber.org/protocol/pubsub\"] = true, [\"jabber:iq:private\"] = true,\n" \
	"    [\"http://jabber.org/protocol/disco#info\"] = true, [\"http://jabber.org/protocol/disco#items\"] = true };\n" \
	"  local function needed(event)\n" \
	"    local payload = event.stanza.tags[1];\n" \
	"    if not waiting or not payload or not about[payload.attr.xmlns] then return; end\n" \
	"    for _, name in ipairs(waiting) do load(module.host, name); end\n" \
	"    waiting = nil;\n" \
	"  end\n" \
	"  module:hook(\"pre-iq/self\", needed, 100);\n" \
	"  module:hook(\"pre-iq/bare\", needed, 100);\n" \
	"end\n" \
	"local function component(host)\n" \
	"  if rawget(hosts, host) or not host:match(\"^[%w-]+%.\" .. module:get_option_string(\"e2e_components\") .. \"$\") then return; end\n" \
	"  config.set(host, \"component_module\", \"component\");\n" \
	"  config.set(host, \"load_global_modules\", false);\n" \
	"  config.set(host, \"component_secret\", module:get_option_string(\"e2e_secret\"));\n" \
	"  later[host] = true;\n" \
	"  wake(host);\n" \
	"end\n" \
	"local function told(word, name)\n" \
	"  if word == \"component\" then component(name); end\n" \
	"  if word == \"http\" then load(\"localhost\", \"bosh\"); load(\"localhost\", \"websocket\"); end\n" \
	"end\n" \
	"local listener = {};\n" \
	"function listener.onincoming(conn, data)\n" \
	"  if prosody.unlock_globals then prosody.unlock_globals(); end\n" \
	"  told(data:match(\"^(%w+) ?([%w.-]*)\\n$\"));\n" \
	"  if prosody.lock_globals then prosody.lock_globals(); end\n" \
	"  conn:write(\"done\\n\");\n" \
	"  conn:close();\n" \
	"end\n" \
	"listener.ondisconnect = function () end\n" \
	"module:hook(\"server-started\", function ()\n" \
	"  if not lazy then for host in pairs(config.getconfig()) do wake(host); end end\n" \
	"  local found = {};\n" \
	"  local services = require \"core.portmanager\".get_active_services();\n" \
	"  for i, name in ipairs { \"c2s\", \"c2s_direct_tls\" } do\n" \
	"    found[i] = \"0\";\n" \
	"    for _, _, port, _, service in services:iter(name, nil, nil, nil) do\n" \
	"      local ok, _, real = pcall(function () return service.server.conn:getsockname() end);\n" \
	"      found[i] = tostring(ok and real or port);\n" \
	"    end\n" \
	"  end\n" \
	"  local ear = require \"net.server\".addserver(\"127.0.0.1\", 0, listener, \"*a\");\n" \
	"  local ok, _, port = pcall(function () return (ear.conn or ear):getsockname(); end);\n" \
	"  found[3] = tostring(ok and port or 0);\n" \
	"  io.stdout:write(\"E2E-READY \" .. table.concat(found, \" \") .. \"\\n\");\n" \
	"  io.stdout:flush();\n" \
	"end, -100);\n"

/* Every user may create PubSub nodes. */
#define E2E__PROSODY_PUBSUB \
	"local service = module:depends(\"pubsub\").get_service();\n" \
	"local before = service.config.get_affiliation;\n" \
	"service.config.get_affiliation = function (jid, node, action)\n" \
	"  if action == \"create\" then return \"owner\"; end\n" \
	"  return before(jid, node, action);\n" \
	"end\n"

/* Servers with many clients need descriptors. */
E2E__FN void e2e__server_raise_limit(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* The service's folder, which becomes the working directory. */
E2E__FN const char *e2e__server_here(void)
{
	char dir[PATH_MAX];

	const struct e2e__service *service = e2e__proc.service;

	if (service && chdir(service->dir))
		e2e_bail_out("can't enter %s: %s", service->dir, strerror(errno));
	return e2e_printf("%s", getcwd(dir, sizeof dir) ? dir : ".");
}

/* The line in which Prosody says that it hasn't one of the modules that somebody asked for; NULL:
 * it has them all. It runs without them. */
E2E__FN const char *e2e__server_prosody_lacks(e2e_proc *p)
{
	static const char *const words[] = {
		"Unable to load module '", "Error initializing module '", NULL};
	const char *out = e2e_stdout(p), *at;

	for (const char *const *m = e2e__wish_modules(); *m; m++)
		for (const char *const *w = words; *w; w++) {
			at = strstr(out, e2e_printf("%s%s'", *w, *m));
			if (at)
				return e2e_printf("%.*s", (int)strcspn(at, "\n"), at);
		}
	return NULL;
}

/* A file whose text goes into the configuration; "" without one, NULL if it can't be read. */
E2E__FN const char *e2e__server_extra(const char *path)
{
	char *text = path ? e2e__file_read(path, NULL) : NULL;

	if (path && !text)
		e2e__startup_fail(
			"can't read %s, which [local] config names: %s", path, strerror(errno));
	return path ? text : "";
}

/* e2e_service's start function: a Prosody in the service's folder. arg: a file whose text joins
 * the configuration. */
E2E__FN const char *e2e__server_prosody_start(void *arg)
{
	const char *dir = e2e__server_here(), *extra = e2e__server_extra((const char *)arg);
	const char *ready, *lacks;
	int ports[3], http = e2e_port(), component = e2e_port();
	e2e_proc *p;

	if (!extra || e2e__startup_hung("prosody", dir))
		return NULL;
	e2e__server_raise_limit();
	e2e__file_mkdirs("plugins", 0700);
	e2e__file_mkdirs("data", 0700);
	unlink("certs/ca.pem"); /* of a start that failed */
	if (!e2e__server_put("plugins/mod_e2e_ready.lua", E2E__PROSODY_READY) ||
		!e2e__server_put("plugins/mod_e2e_pubsub.lua", E2E__PROSODY_PUBSUB) ||
		!e2e__server_put("extra.cfg.lua",
			e2e_printf(E2E__PROSODY_EXTRA "%s", e2e__server_prosody_wishes(), extra)) ||
		!e2e__server_put("prosody.cfg.lua",
			e2e__server_prosody_config(dir, e2e_port(), http, component)))
		return NULL;
	p = e2e_spawn("prosody", "-F", "--config", e2e_printf("%s/prosody.cfg.lua", dir));
	e2e__certs_made(E2E__AT, "certs", E2E__XMPP_HOSTS, false);
	ready = e2e__startup_line(p, "E2E-READY ", "E2E-READY ", dir);
	if (!ready)
		return NULL;
	lacks = e2e__server_prosody_lacks(p);
	if (lacks) {
		e2e__startup_fail("the private Prosody can't have what was asked for: %s", lacks);
		return NULL;
	}
	if (sscanf(ready, "%d %d %d", ports, ports + 1, ports + 2) != 3 || ports[0] <= 0) {
		e2e__startup_fail("Prosody listens nowhere: it printed \"%.*s\"; see its log",
			(int)strcspn(ready, "\n"), ready);
		return NULL;
	}

	if (!e2e__server_put("ports", e2e_printf("%d %d %d", http, component, ports[2])))
		return NULL;
	return e2e_printf("%d %s/certs/ca.pem %d", ports[0], dir, ports[1]);
}

/* Where Debian and ejabberd's own packages put its modules. */
E2E__FN const char *e2e__server_ejabberd_libs(void)
{
	static const char *const roots[] = {"/usr/lib", "/usr/local/lib", "/opt", NULL};
	const char *found = NULL;

	for (int i = 0; roots[i] && !found; i++) {
		DIR *d = opendir(roots[i]);
		struct dirent *e;

		while (d && !found && (e = readdir(d))) {
			const char *dir = e2e_printf("%s/%s", roots[i], e->d_name);
			DIR *inner;
			struct dirent *f;

			if (e->d_name[0] == '.')
				continue;
			if (!fnmatch("ejabberd-[0-9]*", e->d_name, 0)) {
				found = access(e2e_printf("%s/ebin", dir), R_OK)
					? e2e_printf("%s/lib", dir)
					: roots[i];
				continue;
			}
			if (!strstr(e->d_name, "linux") && strcmp(e->d_name, "ejabberd") != 0)
				continue;
			for (inner = opendir(dir); inner && !found && (f = readdir(inner));)
				if (!fnmatch("ejabberd-[0-9]*", f->d_name, 0) &&
					!access(e2e_printf("%s/%s/ebin", dir, f->d_name), R_OK))
					found = dir;
			if (inner)
				closedir(inner);
		}
		if (d)
			closedir(d);
	}

	return found;
}

/* Everybody may log in with any password, and exists: with ejabberd's anonymous method only who is
 * online does, so that what waits for those who aren't is refused. */
#define E2E__EJABBERD_AUTH \
	"-module(ejabberd_auth_e2e).\n" \
	"-export([start/1, stop/1, plain_password_required/1, store_type/1, use_cache/1,\n" \
	"  check_password/4, user_exists/2, remove_user/2, get_users/2, count_users/2]).\n" \
	"start(_) -> ok.\n" \
	"stop(_) -> ok.\n" \
	"plain_password_required(_) -> true.\n" \
	"store_type(_) -> external.\n" \
	"use_cache(_) -> false.\n" \
	"check_password(_, _, _, _) -> {nocache, true}.\n" \
	"user_exists(_, _) -> {nocache, true}.\n" \
	"remove_user(_, _) -> ok.\n" \
	"get_users(_, _) -> [].\n" \
	"count_users(_, _) -> 0.\n"

/* Does this YAML say something of the key? Top: at the beginning of a line, else anywhere. */
E2E__FN bool e2e__server_yaml_says(const char *yaml, const char *key, bool top)
{
	size_t n = strlen(key);
	const char *line, *at;

	for (at = yaml; (at = strstr(at, key)) != NULL; at += n) {
		const char *end = at + n + strspn(at + n, " \"'");

		for (line = at; line > yaml && line[-1] != '\n'; line--)
			;
		if (*end == ':' && !memchr(line, '#', (size_t)(at - line)) &&
			(top ? line == at : line == at || !isalnum((unsigned char)at[-1])))
			return true;
	}
	return false;
}

/* A line of the configuration, unless the file of the user's has its key. */
E2E__FN const char *e2e__server_yaml_line(
	const char *extra, bool top, const char *key, const char *value)
{
	return e2e__server_yaml_says(extra, key, top)
		? ""
		: e2e_printf("%s%s: %s\n", top ? "" : "  ", key, value);
}

/* The lines of the modules. ejabberd refuses one that is said twice. */
E2E__FN const char *e2e__server_ejabberd_modules(const char *dir, int http, const char *extra)
{
	const char *const own[][2] = {
		{"mod_adhoc", "{}"},
		{"mod_blocking", "{}"},
		{"mod_bosh", "{}"},
		{"mod_caps", "{}"},
		{"mod_carboncopy", "{}"},
		{"mod_configure", "{}"},
		{"mod_disco", "{}"},
		{"mod_http_upload",
			e2e_printf(
				"{put_url: \"http://127.0.0.1:%d/upload/@HOST@\", docroot: \"%s/upload\", access: all}",
				http, dir)},
		{"mod_muc", "{access_create: all}"},
		{"mod_offline", "{}"},
		{"mod_ping", "{}"},
		{"mod_privacy", "{}"},
		{"mod_private", "{}"},
		{"mod_pubsub", "{access_createnode: all, plugins: [flat, pep]}"},
		{"mod_register", "{ip_access: all}"},
		{"mod_roster", "{}"},
		{"mod_stream_mgmt", "{}"},
		{"mod_time", "{}"},
		{"mod_vcard", "{}"},
		{"mod_version", "{}"},
	};
	const char *text = "", *name;

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		text = e2e_printf(
			"%s%s", text, e2e__server_yaml_line(extra, false, own[i][0], own[i][1]));
	for (const char *const *m = e2e__wish_modules(); *m; m++) {
		name = e2e_printf("mod_%s", *m);
		if (!e2e__server_yaml_says(text, name, false))
			/* its archive keeps nothing by default, Prosody's all */
			text = e2e_printf("%s%s", text,
				e2e__server_yaml_line(extra, false, name,
					strcmp(*m, "mam") == 0 ? "{default: always}" : "{}"));
	}
	return text;
}

/* extra: what the user's file says, which is beside it as extra.yml; "": there's none. */
E2E__FN const char *e2e__server_ejabberd_config(
	const char *dir, int port, int direct, int http, int component, const char *extra)
{
	return e2e_printf(
		"%s"
		"hosts: [localhost, anonymous.test, registered.test]\n"
		"%s%s%s%s%s"
		"certfiles: [\"%s/certs/both.pem\"]\n"
		"listen: [{port: %d, ip: \"127.0.0.1\", module: ejabberd_c2s, starttls_required: true, access: all,\n"
		"  max_stanza_size: 33554432}, {port: %d, ip: \"127.0.0.1\", module: ejabberd_c2s, tls: true, access: "
		"all,\n"
		"  max_stanza_size: 33554432}, {port: %d, ip: \"127.0.0.1\", module: ejabberd_http,\n"
		"  request_handlers: {/bosh: mod_bosh, /ws: ejabberd_http_ws, /upload: mod_http_upload}},\n"
		"  {port: %d, ip: \"127.0.0.1\", module: ejabberd_service, access: all,\n"
		"  password: \"" E2E__XMPP_SECRET "\", global_routes: false}]\n"
		"host_config:\n"
		"  localhost: {auth_method: [e2e]}\n"
		"  anonymous.test: {auth_method: [anonymous], anonymous_protocol: sasl_anon, allow_multiple_connections: "
		"true}\n"
		"  registered.test: {auth_method: [mnesia], auth_password_format: scram}\n"
		"modules:\n%s",
		*extra ? e2e_printf("include_config_file: [\"%s/extra.yml\"]\n", dir) : "",
		e2e__server_yaml_line(extra, true, "loglevel", "info"),
		e2e__server_yaml_line(extra, true, "s2s_access", "none"),
		e2e__server_yaml_line(extra, true, "registration_timeout", "infinity"),
		e2e__server_yaml_line(
			extra, true, "acl", "{admin: {user: [admin@registered.test]}}"),
		e2e__server_yaml_line(extra, true, "access_rules", "{configure: {allow: admin}}"),
		dir, port, direct, http, component, e2e__server_ejabberd_modules(dir, http, extra));
}

/* Starts ejabberd, configured by a folder's ejabberd.yml, without ejabberdctl, su and epmd. It
 * prints "E2E-READY". inetrc: how it finds hosts (ERL_INETRC); NULL: as others do. before: what is
 * evaluated before it starts. */
E2E__FN e2e_proc *e2e__server_ejabberd_spawn(
	const char *dir, const char *name, const char *inetrc, const char *before)
{
	e2e_spawn_opts opts;
	const char *env[7];

	env[0] = e2e_printf("EJABBERD_CONFIG_PATH=%s/ejabberd.yml", dir);
	env[1] = e2e_printf("EJABBERD_LOG_PATH=%s/ejabberd.log", dir);
	env[2] = e2e_printf("HOME=%s/home", dir);
	env[3] = "ERL_CRASH_DUMP=/dev/null";
	env[4] = e2e_printf("ERL_LIBS=%s", e2e__server_ejabberd_libs());
	env[5] = inetrc ? e2e_printf("ERL_INETRC=%s", inetrc) : NULL;
	env[6] = NULL;
	memset(&opts, 0, sizeof opts);
	opts.env = env;
	opts.name = name;
	opts.cwd = dir;
	return e2e_spawn_with(opts, "erl", "-noinput", "+K", "true", "+P", "50000", "-mnesia",
		"dir", e2e_printf("\"%s/mnesia\"", dir), "-sasl", "sasl_error_logger", "false",
		"-pa", ".", "-eval", "{ok, _} = compile:file(ejabberd_auth_e2e)", "-eval", before,
		"-s", "ejabberd", "-eval", "io:format(\"E2E-READY~n\")");
}

/* e2e_service's start function: an ejabberd in the service's folder. arg: a file whose text
 * joins the configuration. */
E2E__FN const char *e2e__server_ejabberd_start(void *arg)
{
	const char *dir = e2e__server_here();
	const char *extra = e2e__server_extra((const char *)arg);
	char *cert, *key;
	int port, direct, http = e2e_port(), component = e2e_port();
	e2e_proc *p;

	if (!extra || e2e__startup_hung("ejabberd", dir))
		return NULL;
	if (!e2e__server_ejabberd_libs()) {
		e2e__startup_fail(
			"ejabberd's modules aren't in /usr/lib/*, /usr/local/lib or /opt");
		return NULL;
	}

	e2e__server_raise_limit();
	e2e__file_mkdirs("home", 0700);
	e2e__file_remove_tree("mnesia"); /* of a start that failed */
	e2e__file_mkdirs("mnesia", 0700);
	e2e__certs_made(E2E__AT, "certs", E2E__XMPP_HOSTS, false);
	cert = e2e__file_read("certs/server.pem", NULL);
	key = e2e__file_read("certs/server.key", NULL);
	port = e2e_port();
	direct = e2e_port();
	if (!cert || !key || !e2e__server_put("certs/both.pem", e2e_printf("%s%s", key, cert)) ||
		!e2e__server_put("ejabberd_auth_e2e.erl", E2E__EJABBERD_AUTH) ||
		!e2e__server_put("extra.yml", extra) ||
		!e2e__server_put("ejabberd.yml",
			e2e__server_ejabberd_config(dir, port, direct, http, component, extra)) ||
		!e2e__server_put("ports", e2e_printf("%d %d 0", http, component)))
		return NULL;
	p = e2e__server_ejabberd_spawn(dir, "ejabberd", NULL, "ok");
	if (!e2e__startup_line(p, "E2E-READY", "ritical", dir))
		return NULL;
	return e2e_printf("%d %s/certs/ca.pem %d", port, dir, direct);
}

/* ---- xmpp/provision.h ---- */

E2E__FN bool e2e__provision_no(e2e_provisioner *self, const char *why)
{
	self->error = why;
	return false;
}

E2E__FN const char *e2e__provision_random(void)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char bytes[20];
	char text[sizeof bytes + 1];

	randombytes_buf(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		text[i] = letters[bytes[i] & 31];
	text[sizeof bytes] = 0;
	return e2e__memory_strdup(text);
}

E2E__FN void e2e__provision_section_tls(e2e_tls *tls)
{
	tls->no_verify = e2e__literal_flag("no_verify");
	tls->pin_store = e2e__literal_setting("pin_store", NULL);
	tls->pin_type = (int)e2e_config_int(e2e__literal_section("pin_type"), "pin_type", 0);
	tls->off = e2e__literal_flag("no_tls");
	tls->direct = e2e__literal_flag("direct_tls");
}

/* The domain of the first host. NULL: the section has none. */
E2E__FN const char *e2e__provision_first_domain(void)
{
	const char *section = e2e__xmpp.section;

	return e2e_config(section, "domain", e2e_config(section, "host", NULL));
}

/* The domains that hosts= adds to the first one; NULL: it isn't there. */
E2E__FN const char *const *e2e__provision_hosts(void)
{
	return e2e_config_list(e2e__xmpp.section, "hosts", NULL);
}

/* What is behind the @ of an address, or all of it. */
E2E__FN const char *e2e__provision_domain_of(const char *jid)
{
	const char *at = strchr(jid, '@');

	return at ? at + 1 : jid;
}

/* Which of hosts= has this domain; NULL: none. */
E2E__FN const char *e2e__provision_place(const char *domain)
{
	const char *const *host = e2e__xmpp.section ? e2e__provision_hosts() : NULL;

	while (host && *host && strcasecmp(*host, domain) != 0)
		host++;
	return host ? *host : NULL;
}

/* The domain of the account that is being made. */
E2E__FN const char *e2e__provision_domain(const e2e_provisioner *self)
{
	return e2e__xmpp.place ? e2e__xmpp.place : self->domain;
}

/* TLS and address from the section; what all provisioners share. */
E2E__FN bool e2e__provision_common(e2e_provisioner *self, e2e_client *c)
{
	const char *domain;

	self->domain = e2e__provision_first_domain();
	domain = e2e__provision_domain(self);
	if (!domain)
		return e2e__provision_no(
			self, e2e_printf("config [%s] names no host=", e2e__xmpp.section));
	c->account.host = e2e__literal_setting("host", domain);
	c->account.port = e2e__literal_port();
	c->account.ca_file = e2e__literal_setting("ca_file", NULL);
	e2e__provision_section_tls(&c->tls);
	return true;
}

E2E__FN bool e2e__provision_anonymous_make(e2e_provisioner *self, e2e_client *c)
{
	if (!e2e__provision_common(self, c))
		return false;
	c->account.jid = e2e__provision_domain(self);
	return true;
}

E2E__FN bool e2e__provision_any_make(e2e_provisioner *self, e2e_client *c)
{
	if (!e2e__provision_common(self, c))
		return false;
	c->account.jid = e2e_printf("%s@%s", e2e__provision_random(), e2e__provision_domain(self));

	/* such servers take any; some have seen this one already */
	c->account.password = "foobar2342";
	return true;
}

struct e2e__xmpp_list {
	struct e2e__xmpp_static *account;
	size_t n;
	/* held by the case that uses the list: cases that hold some each and wait for more would
	 * wait for ever */
	int lock_fd;
};

#define E2E__XMPP_ACCOUNTS "[(\"user\", \"password\"), ...]"

/* What is wrong with one of accounts=; NULL: nothing. */
E2E__FN const char *e2e__provision_static_wrong(
	const struct e2e__json *list, const struct e2e__json *one)
{
	const struct e2e__json *user = one->type == '[' ? one->child : NULL,
			       *password = user ? user->next : NULL;

	if (!password || password->next || user->type != '"' || password->type != '"')
		return "isn't (\"user\", \"password\")";
	if (!*user->text)
		return "has no user";
	if (strpbrk(user->text, "/ ") ||
		(strchr(user->text, '@') &&
			!e2e__provision_place(e2e__provision_domain_of(user->text))))
		return e2e_printf(
			"has the user \"%s\", which is no name before the @: domain= is added to it; "
			"only domains that hosts= names may stand behind one",
			user->text);
	for (; list != one; list = list->next)
		if (strcasecmp(list->child->text, user->text) == 0)
			return e2e_printf("names \"%s\" once more", user->text);
	return NULL;
}

/* The list of accounts=, each one looked at. */
E2E__FN const struct e2e__json *e2e__provision_static_accounts(void)
{
	const struct e2e__json *list = e2e__literal("accounts", '[', E2E__XMPP_ACCOUNTS), *one;
	const char *wrong;
	size_t n = 0;

	for (one = list ? list->child : NULL; one; one = one->next) {
		n++;
		wrong = e2e__provision_static_wrong(list->child, one);
		if (wrong)
			e2e__literal_wrong("accounts", e2e_printf("number %zu %s", n, wrong),
				E2E__XMPP_ACCOUNTS);
	}
	return list;
}

E2E__FN bool e2e__provision_static_configure(e2e_provisioner *self, const char *section)
{
	const struct e2e__json *list = e2e__provision_static_accounts(), *one;
	struct e2e__xmpp_list *to = (struct e2e__xmpp_list *)calloc(1, sizeof *to);
	size_t n = 0;

	for (one = list ? list->child : NULL; one; one = one->next)
		n++;
	if (!n || !to)
		return e2e__provision_no(
			self, e2e_printf("config [%s] names no accounts=", section));
	to->account = (struct e2e__xmpp_static *)calloc(n, sizeof *to->account);
	for (one = list->child; one && to->account; one = one->next) {
		struct e2e__xmpp_static *a = to->account + to->n++;

		char *at = strchr(one->child->text, '@');

		a->user = strndup(one->child->text,
			at ? (size_t)(at - one->child->text) : strlen(one->child->text));
		a->domain = at ? strdup(at + 1) : NULL;
		a->password = strdup(one->child->next->text);
		a->mark_fd = -1;
	}

	to->lock_fd = -1;
	self->keep_accounts = true;
	self->arg = to;
	return true;
}

E2E__FN const char *e2e__provision_static_dir(void)
{
	const char *root = e2e__cache_root(),
		   *dir = root ? e2e_printf("%s/xmpp-accounts", root) : NULL;

	return dir && !e2e__file_mkdirs(dir, 0700) ? dir : NULL;
}

/* Waits until no other program of this machine uses the list. */
E2E__FN bool e2e__provision_static_queue(e2e_provisioner *self, struct e2e__xmpp_list *list)
{
	const char *dir = e2e__provision_static_dir(), *section = e2e__xmpp.section;
	double until = e2e__limit_until(600) - 1;

	if (!dir || list->lock_fd >= 0)
		return true;
	list->lock_fd = open(e2e_printf("%s/list %.100s %.100s:%d", dir, self->domain,
				     e2e_config(section, "host", self->domain),
				     (int)e2e_config_int(section, "port", 0)),
		O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (list->lock_fd >= 0 && flock(list->lock_fd, LOCK_EX | LOCK_NB))
		e2e__op_doing(
			"other programs to give back the accounts of [%s]", e2e__xmpp.section);
	while (list->lock_fd >= 0 && flock(list->lock_fd, LOCK_EX | LOCK_NB)) {
		if (e2e_now() > until)
			return e2e__provision_no(self,
				e2e_printf(
					"the accounts of [%s] are in use by other programs; give it more time, or "
					"run fewer at once",
					e2e__xmpp.section));
		e2e__loop_pump(e2e_now() + 0.01);
	}

	return true;
}

/* Marks the account as used, and finds out whether its last user cleared it. */
E2E__FN void e2e__provision_static_mark(
	e2e_provisioner *self, struct e2e__xmpp_static *a, const e2e_client *c)
{
	const char *dir = e2e__provision_static_dir();
	char *name, *left;

	if (!dir)
		return;
	name = e2e_printf("%s@%s %s:%d", a->user, e2e__provision_domain(self), c->account.host,
		c->account.port);
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '_';
	name = e2e_printf("%s/%.200s", dir, name);
	left = e2e__file_read(name, NULL);
	a->dirty = left && *left ? left : NULL;
	a->mark_fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (a->mark_fd >= 0 && !a->dirty)
		e2e__file_write_whole(a->mark_fd, "\n", 1);
}

/* Is it at the host that the client is to be at? */
E2E__FN bool e2e__provision_static_here(const struct e2e__xmpp_static *a)
{
	const char *place = e2e__xmpp.place;

	return a->domain && place ? strcasecmp(a->domain, place) == 0 : !a->domain && !place;
}

E2E__FN bool e2e__provision_static_make(e2e_provisioner *self, e2e_client *c)
{
	struct e2e__xmpp_list *list = (struct e2e__xmpp_list *)self->arg;
	size_t n = 0;

	if (!e2e__provision_common(self, c) || !e2e__provision_static_queue(self, list))
		return false;
	for (size_t i = 0; i < list->n; i++) {
		struct e2e__xmpp_static *a = list->account + i;
		const char *jid = e2e_printf("%s@%s", a->user, e2e__provision_domain(self));

		if (!e2e__provision_static_here(a))
			continue;
		n++;
		if (a->in_use || (c->account.jid && strcmp(c->account.jid, jid) != 0))
			continue;
		a->in_use = true;
		e2e__provision_static_mark(self, a, c);
		c->account.jid = jid;
		c->account.password = a->password;
		c->own->account = a;
		return true;
	}

	if (c->account.jid && c->own->opts.account->password)
		return true; /* the test brings one that isn't in the list */
	return e2e__provision_no(self,
		e2e_printf("not enough accounts%s: this case uses %s of [%s] accounts= already",
			e2e__xmpp.place ? e2e_printf(" at %s", e2e__xmpp.place) : "",
			n == 1 ? "the only one" : e2e_printf("all %zu", n), e2e__xmpp.section));
}

/* How many accounts at the first host this case may still use. */
E2E__FN size_t e2e__provision_static_left(const e2e_provisioner *self)
{
	const struct e2e__xmpp_list *list = (const struct e2e__xmpp_list *)self->arg;
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += !list->account[i].in_use && !list->account[i].domain;
	return n;
}

/* Clean and free for the next. */
E2E__FN void e2e__provision_static_free(struct e2e__xmpp_static *a, bool clean)
{
	if (a->mark_fd >= 0) {
		if (clean && ftruncate(a->mark_fd, 0))
			clean = false;
		close(a->mark_fd);
	}
	a->mark_fd = -1;
	a->in_use = false;
}

/* At the end of a case. */
E2E__FN void e2e__provision_static_teardown(e2e_provisioner *self)
{
	struct e2e__xmpp_list *list = (struct e2e__xmpp_list *)self->arg;

	if (list->lock_fd >= 0)
		close(list->lock_fd);
	list->lock_fd = -1;
}

#define E2E__XMPP_NO_SERVER "no XMPP server is installed"

E2E__FN bool e2e__provision_local_installed(const char *server)
{
	return strcmp(server, "ejabberd") != 0
		? e2e__file_which(server) != NULL
		: e2e__file_which("erl") && e2e__server_ejabberd_libs();
}

/* The private server that is to be used; NULL: none is installed. */
E2E__FN const char *e2e__provision_local_server(void)
{
	const char *server = e2e__xmpp.server_option.value ? e2e__xmpp.server_option.value
							   : e2e_config("local", "server", NULL);

	if (server)
		return server;
	return e2e__provision_local_installed("prosody")     ? "prosody"
		: e2e__provision_local_installed("ejabberd") ? "ejabberd"
							     : NULL;
}

E2E__FN bool e2e__provision_local_configure(e2e_provisioner *self, const char *section)
{
	const char *server = e2e__provision_local_server();

	(void)section; /* e2e__setting_check_local has looked at what it says */
	if (!server)
		return e2e__provision_no(self,
			E2E__XMPP_NO_SERVER
			": install prosody or ejabberd, or name one in .local/e2e.ini");
	self->domain = "localhost";
	self->arg = (void *)(uintptr_t)server;
	return true;
}

/* Starts it, or finds the one that runs already: "port ca_file port-of-direct-TLS". */
E2E__FN const char *e2e__provision_local_address(const char *server)
{
	e2e__op_doing("a private %s", server);
	if (!e2e__xmpp.ctx)
		e2e__xmpp.warm = getpid();
	return e2e__service(e2e__xmpp.file, e2e__xmpp.line, e2e__wish_service(server),
		strcmp(server, "prosody") != 0 ? e2e__server_ejabberd_start
					       : e2e__server_prosody_start,
		(void *)(uintptr_t)e2e__wish_config(server));
}

E2E__FN bool e2e__provision_local_make(e2e_provisioner *self, e2e_client *c)
{
	const char *server = (const char *)self->arg, *address, *ca;

	address = e2e__provision_local_address(server);
	ca = strchr(address, ' ') + 1; /* "port ca_file port-of-direct-TLS" */
	c->account.port = atoi(address);
	c->account.ca_file = e2e_printf("%.*s", (int)(strrchr(address, ' ') - ca), ca);
	c->own->direct_port =
		e2e_config_bool("local", "starttls", false) ? 0 : atoi(strrchr(address, ' ') + 1);
	c->own->private_server = true;
	c->account.host = "127.0.0.1";
	if (e2e_config_bool("local", "anonymous", false)) {
		self->domain = c->account.jid = "anonymous.test";
		return true;
	}

	c->account.jid = e2e_printf("%s@localhost", e2e__provision_random());
	c->account.password = e2e__provision_random();
	return true;
}

E2E__FN bool e2e__provision_none_configure(e2e_provisioner *self, const char *section)
{
	(void)section;
	return e2e__provision_no(self, "the config says provisioner=none");
}

/* Names of those that come with this header. */
E2E__FN const char *const *e2e__provision_builtins(void)
{
	static const char *const names[] = {
		"local", "anonymous", "any", "static", "register", "admin", "none", NULL};

	return names;
}

/* The ones that come with this header, by name; NULL: none of them. */
E2E__FN e2e_provisioner *e2e__provision_builtin(const char *name)
{
	e2e_provisioner *p;

	for (p = e2e__xmpp.offered; p; p = p->next)
		if (strcmp(p->name, name) == 0)
			return p;
	p = (e2e_provisioner *)calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->name = strdup(name);
	if (strcmp(name, "anonymous") == 0) {
		p->make_client = e2e__provision_anonymous_make;
	} else if (strcmp(name, "any") == 0) {
		p->make_client = e2e__provision_any_make;
	} else if (strcmp(name, "static") == 0) {
		p->configure = e2e__provision_static_configure;
		p->make_client = e2e__provision_static_make;
		p->teardown = e2e__provision_static_teardown;
	} else if (strcmp(name, "local") == 0) {
		p->configure = e2e__provision_local_configure;
		p->make_client = e2e__provision_local_make;
	} else if (strcmp(name, "none") == 0) {
		p->configure = e2e__provision_none_configure;
	} else {
		free(p);
		return NULL;
	}

	return p;
}

/* One of this header whose functions stand in a room above. */
E2E__FN void e2e__provision_offer(const char *name, bool (*initialise)(e2e_provisioner *self),
	bool (*make_client)(e2e_provisioner *self, e2e_client *client))
{
	e2e_provisioner *p = (e2e_provisioner *)calloc(1, sizeof *p);

	if (!p)
		e2e_bail_out("out of memory for the provisioner %s", name);
	p->name = name;
	p->initialise = initialise;
	p->make_client = make_client;
	p->next = e2e__xmpp.offered;
	e2e__xmpp.offered = p;
}

/* What the section of a provisioner of the test's own says of TLS, before it fills in the rest. */
E2E__FN void e2e__provision_own_tls(const e2e_provisioner *p, e2e_client *c)
{
	const e2e_provisioner *own = e2e__xmpp.added;

	while (own && own != p)
		own = own->next;
	if (!own)
		return;
	e2e__provision_section_tls(&c->tls);
	c->account.ca_file = e2e__literal_setting("ca_file", NULL);
}

/* Runs in the keeper of the service. */
E2E__FN const char *e2e__provision_run_start(void *arg)
{
	e2e_provisioner *p = (e2e_provisioner *)arg;

	return p->start(p);
}

/* The name of the service that is its server: it stands before the server's logs. */
E2E__FN const char *e2e__provision_service(const e2e_provisioner *p)
{
	size_t n = strlen(p->name);

	if (n <= 40 && strspn(p->name, E2E__ALNUM "-_.") == n)
		return e2e_printf("xmpp-of-%s", p->name);
	return e2e_printf("xmpp-named-%016llx", (unsigned long long)e2e__file_hash(p->name));
}

/* What is to be done before the first client of a case's process. False: there's no server. */
E2E__FN bool e2e__provision_begin(const char *file, int line, e2e_provisioner *p)
{
	if (p->start)
		p->address = e2e__service(
			file, line, e2e__provision_service(p), e2e__provision_run_start, p);
	return !p->initialise || p->initialise(p);
}

E2E__FN void e2e_provisioner_add(e2e_provisioner *p)
{
	e2e_provisioner **at = &e2e__xmpp.added;

	if (!p->name || !p->make_client)
		e2e_bail_out("e2e_provisioner_add: a provisioner needs a name and make_client");
	if (e2e__state_has_word(e2e__provision_builtins(), p->name))
		e2e_bail_out(
			"e2e_provisioner_add: the name \"%s\" belongs to a provisioner of e2e_xmpp.h; "
			"give it another one",
			p->name);
	while (*at && *at != p)
		at = &(*at)->next;
	if (!*at) {
		p->next = NULL;
		*at = p;
	}
}

/* Nobody has the name that the config chose. */
E2E__FN void e2e__provision_unknown_provisioner(void) __attribute__((noreturn));

E2E__FN struct e2e__section *e2e__provision_sections(void);

E2E__FN void e2e__provision_unknown_provisioner(void)
{
	const struct e2e__setting *chosen = e2e__config_find_setting("global", "provisioner");
	const char *const *builtin = e2e__provision_builtins();
	struct e2e__strings names = {NULL, 0, 0};
	const char *listed;

	for (; *builtin; builtin++)
		e2e__memory_push(&names, *builtin);
	for (e2e_provisioner *p = e2e__xmpp.added; p; p = p->next)
		e2e__memory_push(&names, p->name);
	listed = e2e__state_joined(names.at);
	for (struct e2e__section *section = e2e__provision_sections(); section->name; section++)
		e2e__memory_push(&names, section->name); /* aioxmpp's names, too */
	e2e__config_setting_error(chosen,
		e2e_printf("one of %s, or a name that e2e_provisioner_add was called with%s",
			listed, e2e__config_did_you_mean(chosen->value, names.at)));
}

/* Chooses and configures the provisioner, once a process. NULL: none, and none_reason says why. */
E2E__FN e2e_provisioner *e2e__provision(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *wanted = e2e_config("global", "provisioner", NULL), *name;
	e2e_provisioner *p;

	if (s->configured)
		return s->chosen;
	if (s->server_option.value)
		wanted = "local";
	name = wanted ? e2e__literal_alias(wanted) : s->added ? s->added->name : "local";
	s->section = wanted ? strdup(wanted) : strdup(name);
	for (p = s->added; p && strcmp(p->name, name) != 0; p = p->next)
		;
	if (!p)
		p = e2e__provision_builtin(name);
	if (!p)
		e2e__provision_unknown_provisioner();
	s->configured = true;
	s->chosen = p;
	if ((p->configure && !p->configure(p, s->section))) {
		s->none_reason =
			strdup(p->error ? p->error : "the provisioner can't be configured");
		s->chosen = NULL;
	}

	return s->chosen;
}

E2E__FN const char *e2e_provisioner_name(void)
{
	e2e_provisioner *p = e2e__provision();

	return p ? p->name : "none";
}

/* A provisioner that is ready to make clients; without one the case is skipped. */
E2E__FN void e2e__provision_ready(const char *file, int line)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	e2e_provisioner *p = e2e__provision();

	s->file = file;
	s->line = line;
	if (p && !s->initialised) {
		s->initialised = true;
		if (!e2e__provision_begin(file, line, p)) {
			s->none_reason = strdup(
				p->error ? p->error : "the provisioner can't be initialised");
			p = s->chosen = NULL;
		}
	}

	if (p && !s->set_up) {
		s->set_up = true;
		if (p->setup && !p->setup(p)) {
			e2e__op_die_of(file, line, "e2e_client", "provisioner",
				e2e_printf("the provisioner %s can't be set up: %s", p->name,
					p->error ? p->error : "it didn't say why"),
				NULL);
		}
	}

	if (!p) {
		s->depth = 0;
		e2e_skip("needs an XMPP server: %s", s->none_reason);
		e2e__exit_end_case(); /* with --no-skip there's still no server */
	}
}

E2E__FN void e2e__provision_make_account(const char *file, int line, struct e2e__xmpp_own *o)
{
	e2e_provisioner *p = e2e__xmpp.chosen;

	e2e__provision_own_tls(p, o->self);
	if (p->make_client && p->make_client(p, o->self) && o->self->account.jid)
		return;
	const char *why =
		p->error ? p->error : e2e_printf("the provisioner %s made no account", p->name);
	if (strcmp(p->name, "static") == 0 &&
		e2e_config_bool(e2e__xmpp.section, "skip_on_too_few_accounts", false)) {
		e2e__xmpp.depth = 0;
		e2e_skip("%s", why);
		e2e__exit_end_case();
	}

	e2e__op_die_of(file, line, "e2e_client", "accounts", why,
		strcmp(p->name, "static") != 0
			? NULL
			: "name more accounts, or set skip_on_too_few_accounts=true to skip such cases");
}

/* Our sections and their keys, the likeliest first. */
E2E__FN struct e2e__section *e2e__provision_sections(void)
{
#define E2E__XMPP_SHARED_KEYS \
	"host", "domain", "port", "hosts", "no_verify", "pin_store", "pin_type", "ca_file", \
		"no_tls", "direct_tls", "quirks", "block_features", "timeout", NULL
	static const char *const remote[] = {E2E__XMPP_SHARED_KEYS};
	static const char *const accounts[] = {
		"accounts", "skip_on_too_few_accounts", E2E__XMPP_SHARED_KEYS};
	static const char *const admin[] = {"admin", "admin_password", E2E__XMPP_SHARED_KEYS};
	static const char *const local[] = {"server", "config", "modules", "starttls", "anonymous",
		"quirks", "block_features", "timeout", "start_timeout", NULL};
	static struct e2e__section sections[] = {
		{"anonymous", remote, NULL},
		{"aioxmpp.e2etest.provision.AnonymousProvisioner", remote, NULL},
		{"any", remote, NULL},
		{"aioxmpp.e2etest.provision.AnyProvisioner", remote, NULL},
		{"static", accounts, NULL},
		{"aioxmpp.e2etest.provision.StaticPasswordProvisioner", accounts, NULL},
		{"register", remote, NULL},
		{"admin", admin, NULL},
		{"local", local, NULL},
		{NULL, NULL, NULL},
	};

	return sections;
}

/* Is it the section of one that comes with this header and uses a server that runs already? */
E2E__FN bool e2e__provision_is_remote(const char *section)
{
	const char *name = e2e__literal_alias(section);

	return strcmp(name, "anonymous") == 0 || strcmp(name, "any") == 0 ||
		strcmp(name, "static") == 0 || strcmp(name, "register") == 0 ||
		strcmp(name, "admin") == 0;
}

/* ---- xmpp/offer.h ---- */

/* A word to the ear that a private Prosody has for us: what takes it time is there when somebody
 * wants it. ear: its port; 0: the server has all from the beginning. */
E2E__FN void e2e__offer_tell(const char *file, int line, int ear, const char *word)
{
	const char *to = e2e_printf("tcp:127.0.0.1:%d", ear);
	char answer[8];
	int fd = ear ? e2e_try_dial(to, e2e__loop_step()) : -1;
	size_t n = strlen(word);
	bool done = fd >= 0 && write(fd, word, n) == (ssize_t)n && read(fd, answer, 1) == 1;

	if (fd >= 0)
		close(fd);
	if (ear && !done)
		e2e__op_die_of(file, line, "e2e_private_server", "network",
			e2e_printf("the private server didn't answer \"%.*s\" at %s",
				(int)strcspn(word, "\n"), word, to),
			"its log is in the failure, or in e2e_run_dir()");
}

/* Its address, and the ports that its folder names. */
E2E__FN const e2e_xmpp_server *e2e__offer_find(int ports[3])
{
	const char *server = (const char *)e2e__xmpp.chosen->arg, *address, *text;
	e2e_xmpp_server *s = (e2e_xmpp_server *)e2e__memory_alloc(sizeof *s);
	bool prosody = strcmp(server, "prosody") == 0;

	address = e2e__provision_local_address(server);
	s->name = server;
	s->domain = "localhost";
	s->open = true;
	s->host = "127.0.0.1";
	s->port = atoi(address);
	s->direct_port = atoi(strrchr(address, ' ') + 1);
	s->ca_file = strchr(address, ' ') + 1;
	s->ca_file = e2e_printf("%.*s", (int)(strrchr(address, ' ') - s->ca_file), s->ca_file);
	text = e2e__file_read(e2e_printf("%.*s/../ports",
				      (int)(strrchr(s->ca_file, '/') - s->ca_file), s->ca_file),
		NULL);
	if (!text || sscanf(text, "%d %d %d", ports, ports + 1, ports + 2) != 3)
		e2e_bail_out(
			"the private %s has no list of its ports beside %s", server, s->ca_file);
	s->bosh = e2e_printf("http://127.0.0.1:%d/%s", ports[0], prosody ? "http-bind" : "bosh");
	s->websocket =
		e2e_printf("ws://127.0.0.1:%d/%s", ports[0], prosody ? "xmpp-websocket" : "ws");
	s->component_port = ports[1];
	s->component_secret = E2E__XMPP_SECRET;
	return s;
}

/* Ends or skips the case where there's none. */
E2E__FN const e2e_xmpp_server *e2e__offer_need(const char *file, int line, int ports[3])
{
	e2e__provision_ready(file, line);
	if (strcmp(e2e__xmpp.chosen->name, "local") != 0) {
		const char *name = e2e__xmpp.chosen->name;

		e2e__xmpp.depth = 0;
		e2e_skip("needs a private XMPP server: clients come from the provisioner %s", name);
		e2e__exit_end_case();
	}
	return e2e__offer_find(ports);
}

E2E__FN const e2e_xmpp_server *e2e__offer_server(const char *file, int line)
{
	const e2e_xmpp_server *s;
	int ports[3];

	e2e__op_enter_at(file, line);
	s = e2e__offer_need(file, line, ports);
	e2e__offer_tell(file, line, ports[2], "http\n");
	e2e__op_leave();
	return s;
}

E2E__FN const char *e2e__offer_component(const char *file, int line)
{
	const char *domain = e2e_printf("%s." E2E__XMPP_COMPONENTS, e2e__provision_random());
	int ports[3];

	e2e__op_enter_at(file, line);
	e2e__offer_need(file, line, ports);
	e2e__offer_tell(file, line, ports[2], e2e_printf("component %s\n", domain));
	e2e__op_leave();
	return domain;
}

/* ---- xmpp/clear.h ---- */

/* How long a question of the toolkit's own waits. */
E2E__FN double e2e__clear_patience(void)
{
	return e2e__xmpp.patience > 0                     ? e2e__xmpp.patience
		: e2e__loop_step() < e2e__clock_scaled(5) ? e2e__loop_step()
							  : e2e__clock_scaled(5);
}

/* A question of the toolkit's own; NULL without an answer. Fails nothing. */
E2E__FN e2e_stanza *e2e__clear_ask(
	e2e_client *c, const char *type, const char *to, const char *payload)
{
	const char *id = e2e_printf("e2e.%s", e2e_unique("q"));
	const char *text = e2e_printf("<iq xmlns='jabber:client' type='%s' id='%s'%s%s%s>%s</iq>",
		type, id, to ? " to='" : "", to ? e2e_xml_escaped(to) : "", to ? "'" : "", payload);
	struct e2e__xmpp_state *s = &e2e__xmpp;
	e2e_stanza *iq, *reply;

	if (c->own->phase != E2E__PHASE_UP || (s->patience > 0 && c->own->reply_missing)) {
		s->silent_to = to ? e2e__memory_strdup(to) : "its server";
		return NULL;
	}

	iq = xmpp_stanza_new_from_string(c->ctx, text);
	if (!iq)
		return NULL;
	xmpp_send(c->conn, iq);
	xmpp_stanza_release(iq);
	reply = e2e__talk_await(c, to, id, e2e__clear_patience());
	if (!reply) {
		s->silent_to = to ? e2e__memory_strdup(to) : "its server";
		struct e2e__xmpp_question *q =
			(struct e2e__xmpp_question *)e2e__memory_alloc(sizeof *q);

		q->id = id;
		q->to = to ? e2e__memory_strdup(to) : NULL;
		q->next = c->own->late;
		c->own->late = q;
	}

	return reply;
}

/* The child of this namespace in a result; NULL also for errors. */
E2E__FN xmpp_stanza_t *e2e__clear_answer(e2e_stanza *reply, const char *ns)
{
	return reply && e2e__libstrophe_same(xmpp_stanza_get_type(reply), "result")
		? xmpp_stanza_get_child_by_ns(reply, ns)
		: NULL;
}

/* Takes something off the account that the server has just named; where it refuses, the next case
 * would find it. */
E2E__FN void e2e__clear_take_off(
	e2e_client *c, const char *to, const char *what, const char *payload)
{
	e2e_stanza *reply = e2e__clear_ask(c, "set", to, payload);
	const char *error = reply ? e2e_stanza_error(reply) : NULL;

	if (!error || strcmp(error, "item-not-found") == 0)
		return;
	c->own->not_cleared = true;
	e2e_diag("%s couldn't be cleared of %s: %s; cases that use the account later may find it",
		c->account.jid, what, error);
}

E2E__FN void e2e__clear_roster(e2e_client *c)
{
	xmpp_stanza_t *roster = e2e__clear_answer(
		e2e__clear_ask(c, "get", NULL, "<query xmlns='jabber:iq:roster'/>"),
		"jabber:iq:roster");

	for (xmpp_stanza_t *i = roster ? xmpp_stanza_get_children(roster) : NULL; i;
		i = xmpp_stanza_get_next(i)) {
		const char *jid = xmpp_stanza_get_attribute(i, "jid");

		if (jid)
			e2e__clear_take_off(c, NULL, e2e_printf("its contact %s", jid),
				e2e_printf("<query xmlns='jabber:iq:roster'><item jid='%s' "
					   "subscription='remove'/></query>",
					e2e_xml_escaped(jid)));
	}
}

E2E__FN void e2e__clear_pep(e2e_client *c)
{
	xmpp_stanza_t *items = e2e__clear_answer(
		e2e__clear_ask(c, "get", c->account.jid,
			"<query xmlns='http://jabber.org/protocol/disco#items'/>"),
		XMPP_NS_DISCO_ITEMS);

	for (xmpp_stanza_t *i = items ? xmpp_stanza_get_children(items) : NULL; i;
		i = xmpp_stanza_get_next(i)) {
		const char *node = xmpp_stanza_get_attribute(i, "node");

		if (node)
			e2e__clear_take_off(c, c->account.jid, e2e_printf("its node %s", node),
				e2e_printf(
					"<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><delete "
					"node='%s'/></pubsub>",
					e2e_xml_escaped(node)));
	}
}

/* Takes everything off an account that a test may have put there. */
E2E__FN void e2e__clear(struct e2e__xmpp_own *o)
{
	e2e_client *c = o->self;

	e2e__xmpp.task = e2e_printf("clean-up of %s", c->account.jid);

	/* so that offline messages come, and are gone */
	if (o->opts.presence && strcmp(o->opts.presence, "none") == 0) {
		xmpp_stanza_t *presence = xmpp_presence_new(c->ctx);

		xmpp_send(c->conn, presence);
		xmpp_stanza_release(presence);
	}

	e2e__clear_ask(c, "set", NULL, "<unblock xmlns='urn:xmpp:blocking'/>");
	e2e__clear_roster(c);
	e2e__clear_pep(c);
	e2e__clear_ask(c, "set", NULL, "<vCard xmlns='vcard-temp'/>");
	e2e__clear_ask(c, "set", NULL,
		"<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>");
	for (struct e2e__xmpp_word *w = o->private_xml; w; w = w->next)
		e2e__clear_ask(c, "set", NULL,
			e2e_printf("<query xmlns='jabber:iq:private'><%.*s xmlns='%s'/></query>",
				(int)strcspn(w->text, " "), w->text,
				e2e_xml_escaped(strchr(w->text, ' ') + 1)));
	e2e__clear_ask(c, "set", NULL,
		"<offline xmlns='http://jabber.org/protocol/offline'><purge/></offline>");
	for (size_t i = 0; i < o->ninbox; i++)
		e2e__op_keep(o->inbox[i]);
	o->ninbox = 0;
	e2e__xmpp.task = NULL;
	e2e__transcript_own_words_over();
}

/* The account's last user died before it was cleared. */
E2E__FN void e2e__clear_leftovers(struct e2e__xmpp_own *o)
{
	char *rest = NULL;

	for (char *line = strtok_r(o->account->dirty, "\n", &rest); line;
		line = strtok_r(NULL, "\n", &rest)) {
		struct e2e__xmpp_word *w = (struct e2e__xmpp_word *)e2e__memory_alloc(sizeof *w);

		w->text = line;
		w->next = o->private_xml;
		if (strchr(line, ' '))
			o->private_xml = w;
	}
	o->account->dirty = NULL;
	e2e__clear(o);
}

/* Closes them all: a polite word, and then the socket, without waiting for an answer. */
E2E__FN void e2e__clear_close_all(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	bool any = false;

	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next) {
		o->wanted_down = true;
		if (o->phase == E2E__PHASE_UP) {
			xmpp_disconnect(o->self->conn);
			any = true;
		}
	}

	if (any)
		e2e__loop_run(0);
	s->plain = NULL;
	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next) {
		struct e2e__xmpp_request *r;

		if (o->fd >= 0)
			shutdown(o->fd, SHUT_RDWR);
		for (r = o->requests; r; r = r->next)
			xmpp_stanza_release(r->stanza);
		for (size_t i = 0; i < o->ninbox; i++)
			xmpp_stanza_release(o->inbox[i]);
		if (o->reply)
			xmpp_stanza_release(o->reply);
		free(o->inbox);
		o->requests = NULL;
		o->inbox = NULL;
		o->ninbox = o->inbox_size = 0;
		xmpp_conn_release(o->self->conn);
	}
}

/* Accounts that will be used again are cleared; if that can't be done, the next user does it. So
 * nobody waits long for a server that has gone silent, least of all where a limit has ended the
 * case already. */
E2E__FN void e2e__clear_all(bool late)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	e2e_provisioner *p = s->chosen;

	s->patience = late ? 0.02 : e2e__clock_scaled(2);
	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next) {
		bool clean;

		/* a raw client can't be asked to clear: the next user does, if need be */
		if (o->opts.until && o->account)
			e2e__provision_static_free(o->account, !o->raw_login && !o->account->dirty);
		if (o->opts.until)
			continue;
		if (!o->account && !(p && p->keep_accounts))
			continue;
		if (o->opts.account && !o->account)
			continue; /* an account that the test brought itself is its own business */
		if (o->phase == E2E__PHASE_DOWN && o->self->jid && !late) {
			struct e2e__xmpp_own *list[1] = {o};

			e2e__connect(list, 1, s->patience);
		}
		o->reply_missing = o->not_cleared = false;
		if (o->phase == E2E__PHASE_UP)
			e2e__clear(o);
		clean = o->phase == E2E__PHASE_UP && !o->reply_missing && !o->not_cleared;
		late = late || o->reply_missing;
		s->patience = late ? 0.02 : s->patience;
		if (o->account)
			e2e__provision_static_free(o->account, clean);
	}

	s->patience = 0;
}

/* Connections that the server ended, and that the test didn't notice. */
E2E__FN void e2e__clear_tell_losses(void)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->phase == E2E__PHASE_DOWN && o->failed && o->self->jid && !o->loss_told &&
			!o->wanted_down)
			e2e_diag("%s; the case went on without noticing it (e2e_disconnect_reason)",
				o->failure.message);
}

/* Takes in what has come for a client: perhaps the end of its connection is behind it. A server
 * that never stops sending isn't listened to for ever. */
E2E__FN void e2e__clear_look(const struct e2e__xmpp_own *o)
{
	double until = e2e_now() + 0.25;
	struct pollfd p;

	p.events = POLLIN;
	do {
		p.fd = o->phase == E2E__PHASE_UP ? o->fd : -1;
		if (poll(&p, 1, 0) <= 0)
			return;
		e2e__loop_run(0);
	} while (e2e_now() < until);
}

/* Hook: the body has ended. What is lost from now on, the case's own end has ended. */
E2E__FN void e2e__clear_case_over(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	bool late = s->in_gap;

	if (!s->ctx || s->pid != getpid())
		return;
	s->depth = 0;
	for (const struct e2e__xmpp_own *o = s->inside ? NULL : s->clients; o; o = o->next)
		e2e__clear_look(o);
	e2e__clear_tell_losses();
	s->in_gap = late;
}

/* Hook: the case is at its end. */
E2E__FN void e2e__clear_case_end(bool failed)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	bool late = s->in_gap;

	s->depth = 0;
	s->in_gap = s->discovering = false;
	s->task = s->missed = NULL;
	if (s->ctx && s->pid == getpid()) {
		if (s->record_error)
			e2e_fail("--record %s isn't complete: %s", s->record_option.value,
				strerror(s->record_error));
		s->record_error = 0;
		if (failed)
			e2e__transcript_log_split();

		/* somebody jumped out of libstrophe: it can't be used any more, not even to
		 * close */
		if (s->inside) {
			for (struct e2e__xmpp_own *o = s->clients; o; o = o->next)
				if (o->fd >= 0)
					shutdown(o->fd, SHUT_RDWR);
			s->inside = false;
			s->ctx = NULL;
		} else {
			e2e__clear_all(late);
			e2e__clear_close_all();
			for (size_t i = 0; i < s->nstanzas; i++)
				xmpp_stanza_release(s->stanzas[i]);
			xmpp_ctx_free(s->ctx);
			xmpp_shutdown();
		}
		free(s->stanzas);
		e2e__tls_forget();
		X509_STORE_free(s->store);
		free(s->store_file);
		s->store = NULL;
		s->store_file = NULL;
		free(s->pending);
		s->pending = NULL;
		s->ctx = NULL;
		s->clients = NULL;
		s->stanzas = NULL;
		s->nstanzas = s->stanzas_size = s->nclients = s->made = 0;
		s->plain = s->rx = s->tx = NULL;
		if (s->log_fd >= 0)
			close(s->log_fd);
		if (s->talk_fd >= 0)
			close(s->talk_fd);
		if (s->login_fd >= 0)
			close(s->login_fd);
		s->log_fd = s->talk_fd = s->login_fd = -1;
		s->log_path = NULL;
	}

	while (s->nwishes > s->suite_wishes)
		free(s->wishes[--s->nwishes]);
	s->step = s->suite_step;
	if (s->set_up && s->chosen && s->chosen->teardown)
		s->chosen->teardown(s->chosen);
	if (s->initialised && s->chosen && s->chosen->finalise)
		s->chosen->finalise(s->chosen);
	s->set_up = s->initialised = false;
}

/* ---- xmpp/dead.h ---- */

/* What is known of the server that a client is about to log in at. */
struct e2e__xmpp_dead {
	/* where it is noted; NULL: the login of this client says nothing about others */
	const char *path;
	const char *code, *first, *reason; /* NULL: nothing is known against it */
	double age;                        /* seconds since somebody tried last */
};

E2E__FN bool e2e__dead_known(const struct e2e__xmpp_dead *d)
{
	return d->reason != NULL;
}

/* What makes two clients fail alike: the server, and how its certificate is judged. */
E2E__FN const char *e2e__dead_path(const struct e2e__xmpp_own *o)
{
	const e2e_account *a = &o->self->account;
	const e2e_tls *tls = &o->self->tls;
	const char *domain = strchr(a->jid, '@') ? strchr(a->jid, '@') + 1 : a->jid,
		   *dir = e2e_run_dir();

	if (!dir || o->private_server || o->opts.account || o->opts.tls || o->opts.timeout > 0)
		return NULL;
	return e2e_printf("%s/xmpp-dead-%016llx", dir,
		(unsigned long long)e2e__file_hash(e2e_printf("%s:%d %s %s %s %d %d %d %d %d",
			a->host ? a->host : "", a->port, domain, a->ca_file ? a->ca_file : "",
			tls->pin_store ? tls->pin_store : "", tls->pin_type, tls->no_verify,
			tls->off, tls->direct, a->password != NULL)));
}

/* Reads the note: code, first case and reason, a line each. */
E2E__FN void e2e__dead_look(struct e2e__xmpp_dead *d, const struct e2e__xmpp_own *o)
{
	char *text, *first, *reason;
	struct stat s;

	memset(d, 0, sizeof *d);
	d->path = e2e__dead_path(o);
	text = d->path && !stat(d->path, &s) ? e2e__file_read(d->path, NULL) : NULL;
	first = text ? strchr(text, '\n') : NULL;
	reason = first ? strchr(first + 1, '\n') : NULL;
	if (!reason)
		return;
	*first++ = *reason++ = 0;
	d->code = text;
	d->first = first;
	d->reason = reason;
	d->age = difftime(time(NULL), s.st_mtime);
}

/* How long this login may take. */
E2E__FN double e2e__dead_patience(const struct e2e__xmpp_dead *d, double seconds)
{
	double most = e2e__clock_scaled(e2e__dead_known(d) ? 0.5 : 10);

	if (!d->path || (e2e__loop_step_chosen() && !e2e__dead_known(d)))
		return seconds;
	return seconds < most ? seconds : most;
}

/* Not even a short look: it would take its time, and somebody had it just now. */
E2E__FN bool e2e__dead_for_sure(const struct e2e__xmpp_dead *d)
{
	return e2e__dead_known(d) && d->age >= 0 && d->age < 5 &&
		(strcmp(d->code, "silent") == 0 || strcmp(d->code, "dns") == 0);
}

/* What happened, without who tried it where; NULL: it's no reason for others. */
E2E__FN const char *e2e__dead_reason(const struct e2e__xmpp_own *o)
{
	static const char *const codes[] = {"silent", "refused", "unreachable", "dns",
		"certificate", "pin", "no-tls", "no-anonymous", NULL};
	const char *who = e2e_printf(" as %s: ", o->self->account.jid),
		   *at = o->failed && o->failure.message ? strstr(o->failure.message, who) : NULL;

	return at && e2e__state_has_word(codes, o->failure.code) ? at + strlen(who) : NULL;
}

/* Notes the first failure; of several programs at once the first one counts. */
E2E__FN void e2e__dead_note(const struct e2e__xmpp_dead *d, const struct e2e__xmpp_own *o)
{
	const char *reason = e2e__dead_reason(o), *draft, *text;
	int fd;

	if (!reason)
		return;
	draft = e2e_printf("%s.%ld", d->path, (long)getpid());
	text = e2e_printf(
		"%s\n%s of %s\n%s", o->failure.code, e2e__case_name(), e2e__op_program(), reason);
	fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (e2e__file_write_whole(fd, text, strlen(text)) && link(draft, d->path)) {
		/* then another program has noted it */
	}
	close(fd);
	unlink(draft);
}

/* It failed once more: said in short, with the place of the whole report. */
E2E__FN void e2e__dead_again(const struct e2e__xmpp_dead *d, struct e2e__xmpp_own *o)
{
	if (e2e__dead_reason(o)) {
		utimensat(AT_FDCWD, d->path, NULL, 0);
		o->failure.message =
			e2e_printf("%s (as before in the case %s)", o->failure.message, d->first);
		o->failure.hint = NULL;
	}
	if (e2e__xmpp.login_fd >= 0 && ftruncate(e2e__xmpp.login_fd, 0)) {
		/* then the report is longer */
	}
}

/* Makes the accounts that are to be made, and connects. */
E2E__FN struct e2e__xmpp_own *e2e__dead_go(struct e2e__xmpp_own **list, size_t n, double seconds)
{
	for (size_t i = 0; i < n; i++)
		if (list[i]->before && !list[i]->before(list[i]))
			return list[i];
	return list[0]->opts.until ? e2e__raw_connect(list[0], seconds)
				   : e2e__connect(list, n, seconds);
}

/* Connects clients as e2e__connect does, unless their server is known to be dead. */
E2E__FN struct e2e__xmpp_own *e2e__dead_connect(
	struct e2e__xmpp_own **list, size_t n, double seconds)
{
	struct e2e__xmpp_dead d;
	struct e2e__xmpp_own *bad;

	if (!n)
		return NULL;
	e2e__dead_look(&d, list[0]);
	if (e2e__dead_for_sure(&d)) {
		bad = list[0];
		bad->quiet = true;
		e2e__libstrophe_blame(bad, e2e__memory_strdup(d.code), d.reason, NULL);
		bad->phase = E2E__PHASE_DOWN;
	} else {
		bad = e2e__dead_go(list, n, e2e__dead_patience(&d, seconds));
	}

	if (!d.path)
		return bad;
	if (bad && e2e__dead_known(&d))
		e2e__dead_again(&d, bad);
	else if (bad)
		e2e__dead_note(&d, bad);
	else if (e2e__dead_known(&d) && !list[0]->opts.until) /* a raw client proves little */
		unlink(d.path);
	return bad;
}

/* ---- xmpp/several.h ---- */

/* Which stanza of the inbox is whose: a matching of two sets, made larger along paths of pairs that
 * can be exchanged. */
struct e2e__several {
	struct e2e__xmpp_own *own;
	const e2e_match *match;
	size_t n, nfound;
	size_t *owner; /* by place in the inbox: number of the match + 1, 0: nobody's */
	bool *fits, *visited;
};

/* Finds a stanza for this match; another match may have to take another one for it. */
E2E__FN bool e2e__several_place(struct e2e__several *a, size_t match)
{
	size_t ninbox = a->own->ninbox;

	for (size_t i = 0; i < ninbox; i++) {
		if (!a->fits[match * ninbox + i] || a->visited[i])
			continue;
		a->visited[i] = true;
		if (!a->owner[i] || e2e__several_place(a, a->owner[i] - 1)) {
			a->owner[i] = match + 1;
			return true;
		}
	}
	return false;
}

/* Looks at all of the inbox. True: there's a stanza for each. */
E2E__FN bool e2e__several_assign(struct e2e__several *a)
{
	size_t ninbox = a->own->ninbox;

	a->owner = (size_t *)e2e__memory_alloc((ninbox + 1) * sizeof *a->owner);
	a->fits = (bool *)e2e__memory_alloc(a->n * ninbox + 1);
	a->visited = (bool *)e2e__memory_alloc(ninbox + 1);
	a->nfound = 0;
	memset(a->owner, 0, (ninbox + 1) * sizeof *a->owner);
	for (size_t m = 0; m < a->n; m++)
		for (size_t i = 0; i < ninbox; i++)
			a->fits[m * ninbox + i] =
				e2e__match_fits(a->own, a->own->inbox[i], a->match + m);
	for (size_t m = 0; m < a->n; m++) {
		memset(a->visited, 0, ninbox + 1);
		a->nfound += e2e__several_place(a, m);
	}
	return a->nfound == a->n;
}

/* Takes what was assigned. */
E2E__FN e2e_stanza **e2e__several_take(struct e2e__several *a)
{
	e2e_stanza **found = (e2e_stanza **)e2e__memory_alloc((a->n + 1) * sizeof *found);
	struct e2e__xmpp_own *o = a->own;
	size_t kept = 0;

	found[a->n] = NULL;
	for (size_t i = 0; i < o->ninbox; i++) {
		e2e_stanza *stanza = o->inbox[i];

		if (!a->owner[i]) {
			o->inbox[kept++] = stanza;
			continue;
		}
		e2e__match_taken(o, stanza);
		found[a->owner[i] - 1] = e2e__op_keep(stanza);
	}
	o->ninbox = kept;
	return found;
}

/* Has this match got no stanza? */
E2E__FN bool e2e__several_misses(const struct e2e__several *a, size_t match)
{
	for (size_t i = 0; i < a->own->ninbox; i++)
		if (a->owner[i] == match + 1)
			return false;
	return true;
}

/* The matches without a stanza, in words, a line each. */
E2E__FN const char *e2e__several_missing(const struct e2e__several *a)
{
	const char *text = "";

	for (size_t m = 0; m < a->n; m++)
		if (e2e__several_misses(a, m))
			text = e2e_printf(
				"%s%s%s", text, *text ? "\n" : "", e2e__match_wanted(a->match + m));
	return text;
}

/* Another client that got one of those; NULL: none. */
E2E__FN const char *e2e__several_elsewhere(const struct e2e__several *a)
{
	const char *text = NULL;

	for (size_t m = 0; m < a->n && !text; m++)
		if (e2e__several_misses(a, m))
			text = e2e__match_elsewhere(a->own->self, a->match + m);
	return text;
}

/* What came, is nobody's, and fits one of those but for one condition; NULL: nothing. */
E2E__FN const char *e2e__several_but_for(const struct e2e__several *a)
{
	struct e2e__xmpp_own left = *a->own;
	const char *text = NULL;
	size_t nth = 0;

	left.ninbox = 0;
	left.inbox = (e2e_stanza **)e2e__memory_alloc((a->own->ninbox + 1) * sizeof *left.inbox);
	for (size_t i = 0; i < a->own->ninbox; i++)
		if (!a->owner[i])
			left.inbox[left.ninbox++] = a->own->inbox[i];
	for (; nth < a->n && !text; nth++)
		if (e2e__several_misses(a, nth))
			text = e2e__match_but_for(&left, a->match + nth);
	if (!text || a->n - a->nfound == 1)
		return text;
	return e2e_printf("%s: %s", e2e__match_wanted(a->match + nth - 1), text);
}

E2E__FN void e2e__several_die(const char *file, int line, e2e_client *c,
	const struct e2e__several *a, double seconds) __attribute__((noreturn));
E2E__FN void e2e__several_die(
	const char *file, int line, e2e_client *c, const struct e2e__several *a, double seconds)
{
	e2e_failure f = e2e__system_failure("timeout", NULL, NULL);
	const char *inbox = e2e__match_inbox(a->own), *down = e2e__connect_loss(c);

	f.want = e2e__several_missing(a);
	f.got = inbox ? inbox : "nothing";
	if (c->own->phase == E2E__PHASE_UP) {
		f.message = e2e_printf("%s got %zu of %zu stanzas within %g s; the rest is missing",
			c->name, a->nfound, a->n, seconds);
	} else {
		f.code = "disconnected";
		f.message =
			e2e_printf("%s had got %zu of %zu stanzas when it lost its connection: %s",
				c->name, a->nfound, a->n, down ? down : "it never was connected");
	}
	f.hint = e2e__several_elsewhere(a);
	if (!f.hint)
		f.hint = e2e__connect_losses(f.message);
	if (!f.hint)
		f.hint = e2e__several_but_for(a);
	e2e__op_die(file, line, "e2e_expect_all", &f);
}

E2E__FN e2e_stanza *const *e2e__several_expect(
	const char *file, int line, e2e_client *c, size_t n, const e2e_match *matches)
{
	struct e2e__several a;
	double seconds = 0, until;
	e2e_stanza **found;
	size_t seen;

	e2e__op_enter_at(file, line);
	e2e__loop_not_inside(file, line, "e2e_expect_all");
	e2e__op_need_client(file, line, c, "e2e_expect_all");
	if (n && !matches)
		e2e__op_die_of(
			file, line, "e2e_expect_all", "usage", "the list of matches is NULL", NULL);
	memset(&a, 0, sizeof a);
	a.own = c->own;
	a.match = matches;
	a.n = n;
	for (size_t m = 0; m < n; m++) {
		e2e__match_check(file, line, "e2e_expect_all", matches + m);
		if (matches[m].within > seconds)
			seconds = matches[m].within;
	}

	seconds = seconds > 0 ? e2e__clock_scaled(seconds) : e2e__loop_step();
	until = e2e_now() + seconds;
	c->own->awaited = true;
	e2e__op_doing("%zu stanzas, to come to %s", n, c->name);
	while (seen = c->own->ninbox, !e2e__several_assign(&a)) {
		do {
			if (c->own->phase != E2E__PHASE_UP || e2e_now() >= until)
				e2e__several_die(file, line, c, &a, seconds);
			e2e__loop_pump(until);
		} while (c->own->ninbox == seen);
	}

	c->own->awaited = false;
	found = e2e__several_take(&a);
	e2e__op_leave();
	return found;
}

/* Waits until the server has sent all that it had to when it reads this. */
E2E__FN void e2e__several_sync(e2e_client *c)
{
	e2e__xmpp.task = "a ping before stanzas are dropped";
	e2e__clear_ask(c, "get", NULL, "<ping xmlns='urn:xmpp:ping'/>");
	e2e__xmpp.task = NULL;
	e2e__transcript_own_words_over();
}

E2E__FN size_t e2e__several_drop(const char *file, int line, e2e_client *c)
{
	struct e2e__xmpp_own *o;
	size_t n;

	e2e__op_enter_at(file, line);
	e2e__loop_not_inside(file, line, "e2e_drop_stanzas");
	e2e__op_need_client(file, line, c, "e2e_drop_stanzas");
	o = c->own;
	if (o->phase == E2E__PHASE_UP)
		e2e__several_sync(c);
	n = e2e__loop_left(o);
	for (size_t i = 0; i < o->ninbox; i++)
		e2e__op_keep(o->inbox[i]);
	o->ninbox = 0;
	e2e__op_leave();
	return n;
}

/* ---- xmpp/caps.h ---- */

#define E2E__CAPS_NODE "https://e2e.example"
#define E2E__CAPS_INFO "http://jabber.org/protocol/disco#info"

/* The lowest feature above this one (NULL: of all); NULL: there's none. The order is that of the
 * octets, and what is given twice counts once (XEP-0115, 5.1). */
E2E__FN const char *e2e__caps_next(const char *const *features, const char *after)
{
	const char *next = !after || strcmp(E2E__CAPS_INFO, after) > 0 ? E2E__CAPS_INFO : NULL;

	for (; *features; features++)
		if ((!after || strcmp(*features, after) > 0) &&
			(!next || strcmp(*features, next) < 0))
			next = *features;
	return next;
}

/* The hash of a client with this name and these features, in base64. */
E2E__FN const char *e2e__caps_hash(const char *name, const char *const *features)
{
	const char *text = e2e_printf("client/pc//%s<", name), *feature = NULL;
	unsigned char digest[EVP_MAX_MD_SIZE], base64[2 * EVP_MAX_MD_SIZE];
	unsigned n = 0;

	while ((feature = e2e__caps_next(features, feature)) != NULL)
		text = e2e_printf("%s%s<", text, feature);
	EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL);
	EVP_EncodeBlock(base64, digest, (int)n);
	return e2e_printf("%s", (const char *)base64);
}

/* What the client answers who asks. */
E2E__FN e2e_stanza *e2e__caps_info(const char *file, int line, e2e_client *c, const char *node,
	const char *name, const char *const *features)
{
	e2e_stanza *query = e2e__xml(file, line, c,
		"<query xmlns='" E2E__CAPS_INFO
		"' node='%s'><identity category='client' type='pc' name='%s'/></query>",
		node, name);

	for (const char *feature = NULL; (feature = e2e__caps_next(features, feature)) != NULL;)
		e2e__read_put(file, line, query, "",
			e2e__xml(file, line, c, "<feature var='%s'/>", feature));
	return query;
}

/* Its name is of this call alone, so that the server doesn't know the hash yet, and asks. */
E2E__FN void e2e__caps_announce(
	const char *file, int line, e2e_client *c, const char *const *features)
{
	static const struct e2e__match_step step = {"e2e_announce_features",
		"does the server know XEP-0115? e2e_require_pep() skips where it doesn't",
		"the question of the server what stands behind the hash"};
	const char *name = e2e_unique("client"), *hash = e2e__caps_hash(name, features), *node,
		   *path;
	e2e_match m;

	e2e__op_enter_at(file, line);
	e2e__talk_need(file, line, c, step.macro, "tell what it can");
	node = e2e_printf("%s#%s", E2E__CAPS_NODE, hash);
	path = e2e_printf("query{" E2E__CAPS_INFO "}[node=%s]", node);
	e2e__reply_answer_each(
		file, line, c, path, e2e__caps_info(file, line, c, node, name, features));
	e2e__talk_do_send_stanza(file, line, c,
		e2e__xml(file, line, c,
			"<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' "
			"node='" E2E__CAPS_NODE "' ver='%s'/></presence>",
			hash));
	memset((void *)&m, 0, sizeof m);
	m.kind = E2E_IQ;
	m.type = "get";
	m.path = path;
	e2e__match_do_expect_stanza(file, line, c, m, &step);
	e2e__several_sync(c);
	e2e__op_leave();
}

/* ---- xmpp/friends.h ---- */

/* Waits for presence of this type from an address. */
E2E__FN void e2e__friends_hears(
	const char *file, int line, e2e_client *c, const char *from, const char *type)
{
	static const struct e2e__match_step step = {
		"e2e_befriend", "both clients must be available, and no contacts yet", NULL};
	e2e_match m;

	memset((void *)&m, 0, sizeof m);
	m.kind = E2E_PRESENCE;
	m.from = from;
	m.type = type;
	e2e__match_do_expect_stanza(file, line, c, m, &step);
}

/* One may see the other's presence from now on. */
E2E__FN void e2e__friends_subscribe(const char *file, int line, e2e_client *who, e2e_client *to)
{
	e2e__talk_presence(file, line, who, to->account.jid, "subscribe", NULL);
	e2e__friends_hears(file, line, to, who->account.jid, "subscribe");
	e2e__talk_presence(file, line, to, who->account.jid, "subscribed", NULL);
	e2e__friends_hears(file, line, who, to->jid, "available");
}

/* Is it about the new contact: its presence, or a push of the roster that names it? */
E2E__FN bool e2e__friends_about(e2e_stanza *stanza, const char *jid)
{
	xmpp_stanza_t *query = xmpp_stanza_get_child_by_ns(stanza, "jabber:iq:roster"),
		      *item = query ? xmpp_stanza_get_child_by_name(query, "item") : NULL;

	if (e2e__libstrophe_same(xmpp_stanza_get_name(stanza), "presence"))
		return e2e__match_address(xmpp_stanza_get_from(stanza), jid);
	return item && e2e__libstrophe_same_jid(xmpp_stanza_get_attribute(item, "jid"), jid);
}

/* Takes what came of the making. */
E2E__FN void e2e__friends_tidy(e2e_client *c, const char *jid)
{
	struct e2e__xmpp_own *o = c->own;
	size_t kept = 0;

	e2e__several_sync(c);
	for (size_t i = 0; i < o->ninbox; i++)
		if (e2e__friends_about(o->inbox[i], jid))
			e2e__op_keep(o->inbox[i]);
		else
			o->inbox[kept++] = o->inbox[i];
	o->ninbox = kept;
}

E2E__FN void e2e__friends_make(const char *file, int line, e2e_client *a, e2e_client *b)
{
	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, a, "e2e_befriend");
	e2e__op_need_client(file, line, b, "e2e_befriend");
	if (e2e__libstrophe_same_jid(a->account.jid, b->account.jid))
		e2e__op_die_of(file, line, "e2e_befriend", "usage",
			e2e_printf("%s and %s are both %s, and nobody is a contact of themselves",
				a->name, b->name, a->account.jid),
			"two clients of different accounts: e2e_clients_connected(2, out)");
	e2e__talk_need(file, line, a, "e2e_befriend", "become a contact");
	e2e__talk_need(file, line, b, "e2e_befriend", "become a contact");
	e2e__friends_subscribe(file, line, a, b);
	e2e__friends_subscribe(file, line, b, a);
	e2e__friends_tidy(a, b->account.jid);
	e2e__friends_tidy(b, a->account.jid);
	e2e__op_leave();
}

/* ---- xmpp/clients.h ---- */

E2E__FN struct e2e__xmpp_own *e2e__client_new(const e2e_client_opts *opts)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	e2e_client *c = (e2e_client *)e2e__memory_alloc(sizeof *c);
	struct e2e__xmpp_own *o = (struct e2e__xmpp_own *)e2e__memory_alloc(sizeof *o);

	e2e__connect_begin();
	c->own = o;
	c->ctx = s->ctx;
	c->name = e2e_printf("client-%zu", ++s->made);
	c->arg = opts->arg;
	o->self = c;
	o->opts = *opts;
	o->fd = -1;
	return o;
}

/* Puts it among the others, once it has an account. */
E2E__FN void e2e__client_enlist(struct e2e__xmpp_own *o)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	s->nclients++;
	e2e__transcript_log_open();
	o->self->conn = xmpp_conn_new(s->ctx);
	if (!o->self->conn)
		e2e_bail_out("out of memory for a connection");
	xmpp_handler_add(o->self->conn, e2e__loop_on_stanza, NULL, NULL, NULL, o);
	*s->tail = o;
	s->tail = &o->next;
	if (o->opts.prepare) {
		e2e__op_gap();
		o->opts.prepare(o->self, o->opts.arg);
	}
}

/* The bare JID is known only now if the server chose it. */
E2E__FN void e2e__client_settle(struct e2e__xmpp_own *o)
{
	char *bare = xmpp_jid_bare(o->self->ctx, o->self->jid);

	if (bare) {
		o->self->account.jid = e2e__memory_strdup(bare);
		xmpp_free(o->self->ctx, bare);
	}
}

/* An account that the test brought: its server's certificate is judged like before where a client
 * of the case was at the same address, or where the config names the host; elsewhere by the
 * system's trust. */
E2E__FN void e2e__client_fill_tls(struct e2e__xmpp_own *o)
{
	e2e_account *a = &o->self->account;
	const char *domain = e2e__provision_domain_of(a->jid), *host = a->host ? a->host : domain,
		   *of_config;
	e2e_tls of_section;

	for (struct e2e__xmpp_own *other = e2e__xmpp.clients; other; other = other->next)
		if (!other->opts.tls && other->self->account.host &&
			strcasecmp(other->self->account.host, host) == 0 &&
			other->self->account.port == a->port) {
			o->self->tls = other->self->tls;
			a->ca_file = a->ca_file ? a->ca_file : other->self->account.ca_file;
			return;
		}
	if (!e2e__provision() || !e2e__provision_is_remote(e2e__xmpp.section))
		return;
	e2e__xmpp.place = e2e__provision_place(domain);
	of_config = e2e__xmpp.place ? e2e__xmpp.place : e2e__provision_first_domain();
	if (strcasecmp(host, e2e__literal_setting("host", of_config)) == 0) {
		memset(&of_section, 0, sizeof of_section);
		e2e__provision_section_tls(&of_section);
		if (a->port != e2e__literal_port())
			/* another service, with rules of its own */
			of_section.off = of_section.direct = false;
		o->self->tls = of_section;
		a->ca_file = a->ca_file || of_section.no_verify
			? a->ca_file
			: e2e__literal_setting("ca_file", NULL);
	}
	e2e__xmpp.place = NULL;
}

/* An account at a server that takes any. */
E2E__FN void e2e__client_make_up(struct e2e__xmpp_own *o)
{
	const e2e_xmpp_server *server = o->opts.server;
	e2e_account *account = (e2e_account *)e2e__memory_alloc(sizeof *account);

	account->jid = e2e_printf("%s@%s", e2e__provision_random(), server->domain);
	account->password = e2e__provision_random();
	account->host = server->host;
	account->port = server->port;
	account->ca_file = server->ca_file;
	o->opts.account = account;
}

/* Which of hosts= the client is to be at; NULL: the first host. */
E2E__FN const char *e2e__client_place(const struct e2e__xmpp_own *o)
{
	const e2e_account *a = o->opts.account;

	return o->opts.server ? e2e__provision_place(o->opts.server->domain)
		: a && a->jid ? e2e__provision_place(e2e__provision_domain_of(a->jid))
			      : NULL;
}

/* How far a raw client is to go. */
E2E__FN void e2e__client_check_until(const char *file, int line, struct e2e__xmpp_own *o)
{
	int until = o->opts.until;

	if (until < 0 || until > E2E_BEFORE_BIND)
		e2e__op_die_of(file, line, "e2e_client", "usage",
			e2e_printf(".until = %d: expected E2E_BEFORE_TLS, E2E_BEFORE_AUTH or "
				   "E2E_BEFORE_BIND",
				until),
			NULL);
	if (until == E2E_BEFORE_TLS && o->self->tls.direct)
		e2e__op_die_of(file, line, "e2e_client", "usage",
			"E2E_BEFORE_TLS at a port with TLS from the first byte (direct_tls): there's "
			"nothing before TLS",
			"leave direct_tls out for it, and name the port that offers STARTTLS");
	if (until == E2E_BEFORE_TLS)
		o->direct_port = 0;
}

E2E__FN void e2e__client_fill_account(const char *file, int line, struct e2e__xmpp_own *o)
{
	const e2e_account *a;
	e2e_account *to = &o->self->account;
	bool own;

	if (o->opts.server && o->opts.server->open && !o->opts.account)
		e2e__client_make_up(o);
	a = o->opts.account;
	own = a && a->jid && (a->host || a->port);
	if (!own) {
		e2e__provision_ready(file, line);
		if (a && a->jid)
			o->self->account.jid = a->jid;
		e2e__xmpp.place = o->place = e2e__client_place(o);
		e2e__provision_make_account(file, line, o);
		e2e__xmpp.place = NULL;
	}

	if (a && a->jid) {
		to->jid = a->jid;
		to->password = a->password;
	}

	if (a && (a->host || a->port || a->jid)) {
		o->direct_port = 0;
		o->private_server = false;
	}

	if (a && a->host)
		to->host = a->host;
	if (a && a->port)
		to->port = a->port;
	if (a && a->ca_file)
		to->ca_file = a->ca_file;
	if (o->opts.tls) {
		o->self->tls = *o->opts.tls;
		o->direct_port = 0;
	} else if (own) {
		e2e__client_fill_tls(o);
	}
	e2e__client_check_until(file, line, o);
}

/* How many more descriptors select() can do with. */
E2E__FN size_t e2e__client_descriptors_left(void)
{
	struct rlimit limit;
	rlim_t top = FD_SETSIZE;
	size_t n = 0;

	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < top)
		top = limit.rlim_cur;
	for (int fd = 0; fd < (int)top; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			n++;
	return n > 8 ? n - 8 : 0;
}

E2E__FN void e2e__client_not_in_suite(const char *file, int line)
{
	if (e2e__hook_in_suite())
		e2e__op_die_of(file, line, "e2e_client", NULL,
			"a client was asked for in E2E_SUITE_SETUP: the cases run in other processes and can't share it",
			"connect it in E2E_SETUP or in the case");
}

/* RFC 6121, 4.7.2.1: a server may drop what it doesn't know. */
E2E__FN void e2e__client_check_presence(const char *file, int line, const char *presence)
{
	static const char *const known[] = {"away", "chat", "dnd", "xa", "available", "none", NULL};

	if (!presence || e2e__state_has_word(known, presence))
		return;
	e2e__op_die_of(file, line, "e2e_client", "usage",
		e2e_printf("presence %s: expected one of %s%s", e2e_quoted(presence),
			e2e__state_joined(known), e2e__config_did_you_mean(presence, known)),
		NULL);
}

E2E__FN void e2e__client_check_resource(const char *file, int line, const char *resource)
{
	const char *bad = e2e__xml_bad_text(resource);

	if (bad)
		e2e__op_die_of(file, line, "e2e_client", "usage",
			e2e_printf("the resource %s can't be sent: %s", e2e_quoted(resource), bad),
			"a raw client (.until = E2E_BEFORE_BIND) can send any bytes");
}

/* n clients with these options, in list. NULL, or the one that failed. */
E2E__FN struct e2e__xmpp_own *e2e__client_make(const char *file, int line, size_t n,
	const e2e_client_opts *opts, struct e2e__xmpp_own **list)
{
	double seconds = opts->timeout > 0 ? e2e__clock_scaled(opts->timeout) : e2e__loop_step();
	struct e2e__xmpp_own *bad;

	e2e__client_check_presence(file, line, opts->presence);
	e2e__client_check_resource(file, line, opts->resource);
	e2e__loop_not_inside(file, line, "e2e_client");
	e2e__client_not_in_suite(file, line);
	for (size_t i = 0; i < n; i++) {
		list[i] = e2e__client_new(opts);
		e2e__client_fill_account(file, line, list[i]);
		e2e__client_enlist(list[i]);
	}

	bad = e2e__dead_connect(list, n, seconds);
	for (size_t i = 0; i < n && !bad; i++) {
		e2e__client_settle(list[i]);
		if (list[i]->account && list[i]->account->dirty && !opts->until)
			e2e__clear_leftovers(list[i]);
	}

	return bad;
}

E2E__FN e2e_client *e2e__client_do_client_try(
	const char *file, int line, e2e_client_opts opts, e2e_failure *why)
{
	struct e2e__xmpp_own *list[1], *bad = e2e__client_make(file, line, 1, &opts, list);

	if (bad)
		bad->loss_told = true;
	if (bad && why)
		*why = bad->failure;
	return bad ? NULL : list[0]->self;
}

E2E__FN e2e_client *e2e__client_try(
	const char *file, int line, e2e_client_opts opts, e2e_failure *why)
{
	e2e_client *result;

	e2e__op_enter_at(file, line);
	result = e2e__client_do_client_try(file, line, opts, why);
	e2e__op_leave();
	return result;
}

E2E__FN e2e_client *e2e__client_do_client_connect(const char *file, int line, e2e_client_opts opts)
{
	struct e2e__xmpp_own *list[1], *bad = e2e__client_make(file, line, 1, &opts, list);

	if (bad)
		e2e__op_die(file, line, "e2e_client_connect", &bad->failure);
	return list[0]->self;
}

E2E__FN e2e_client *e2e__client_connect(const char *file, int line, e2e_client_opts opts)
{
	e2e_client *result;

	e2e__op_enter_at(file, line);
	result = e2e__client_do_client_connect(file, line, opts);
	e2e__op_leave();
	return result;
}

E2E__FN e2e_client *e2e__client_connected(const char *file, int line)
{
	e2e_client_opts opts;

	memset(&opts, 0, sizeof opts);
	return e2e__client_connect(file, line, opts);
}

E2E__FN e2e_client *e2e__client_at(const char *file, int line, const e2e_xmpp_server *server)
{
	e2e_client_opts opts;

	if (!server)
		e2e__op_die_of(file, line, "e2e_client_at", "usage",
			"there's no server: it is NULL",
			"e2e_require_servers(n) has n of them, s[0] to s[n - 1]");
	memset(&opts, 0, sizeof opts);
	opts.server = server;
	return e2e__client_connect(file, line, opts);
}

E2E__FN void e2e__client_do_clients_connected(
	const char *file, int line, size_t n, e2e_client **out)
{
	struct e2e__xmpp_own **list = (struct e2e__xmpp_own **)e2e__memory_alloc(
				     (n + 1) * sizeof *list),
			     *bad;
	e2e_client_opts opts;
	size_t left;

	memset(&opts, 0, sizeof opts);
	if (n > 32 && n > (left = e2e__client_descriptors_left()))
		e2e__op_die_of(file, line, "e2e_clients_connected", "limit",
			e2e_printf(
				"%zu clients were asked for, but libstrophe waits by select() and the process may have "
				"only %zu more descriptors for it",
				n, left),
			e2e_printf(
				"ask for at most %zu in one case, close descriptors, or raise `ulimit -n` up to %d",
				left, FD_SETSIZE));
	bad = e2e__client_make(file, line, n, &opts, list);
	if (bad)
		e2e__op_die(file, line, "e2e_clients_connected", &bad->failure);
	for (size_t i = 0; i < n; i++)
		out[i] = list[i]->self;
}

E2E__FN void e2e__clients_connected(const char *file, int line, size_t n, e2e_client **out)
{
	e2e__op_enter_at(file, line);
	e2e__client_do_clients_connected(file, line, n, out);
	e2e__op_leave();
}

E2E__FN void e2e__clients_each(const char *file, int line, e2e_client **const *list)
{
	e2e_client **out;
	size_t n = 0;

	while (list[n])
		n++;
	out = (e2e_client **)e2e__memory_alloc((n + 1) * sizeof *out);
	e2e__clients_connected(file, line, n, out);
	for (size_t i = 0; i < n; i++)
		*list[i] = out[i];
}

E2E__FN void e2e__client_do_cut(e2e_client *c)
{
	struct e2e__xmpp_own *o = c->own;

	o->wanted_down = true;
	if (o->fd >= 0)
		shutdown(o->fd, SHUT_RDWR);
	for (int i = 0; i < 100 && o->phase != E2E__PHASE_DOWN && o->phase != E2E__PHASE_IDLE; i++)
		e2e__loop_run(0.001);
}

E2E__FN void(e2e_cut)(e2e_client *c)
{
	e2e__op_enter();
	e2e__op_need_client(e2e__xmpp.file, e2e__xmpp.line, c, "e2e_cut");
	e2e__client_do_cut(c);
	e2e__op_leave();
}

E2E__FN void e2e__client_do_disconnect(e2e_client *c)
{
	double until = e2e_now() + e2e__clock_scaled(1);

	if (!e2e__loop_live(c->own))
		return;
	e2e__loop_not_inside(e2e__xmpp.file, e2e__xmpp.line, "e2e_disconnect");
	c->own->wanted_down = c->own->closed = true;
	e2e__op_doing("the server to close the stream of %s", c->name);
	xmpp_disconnect(c->conn);
	while (c->own->phase != E2E__PHASE_DOWN && e2e_now() < until)
		e2e__loop_pump(until);
	if (c->own->phase != E2E__PHASE_DOWN)
		(e2e_cut)(c);
}

E2E__FN void(e2e_disconnect)(e2e_client *c)
{
	e2e__op_enter();
	e2e__op_need_client(e2e__xmpp.file, e2e__xmpp.line, c, "e2e_disconnect");
	e2e__client_do_disconnect(c);
	e2e__op_leave();
}

/* How a client stood before it was connected again. */
struct e2e__client_before {
	bool live, closed, given;
	const char *lost; /* why its connection had ended; NULL: the test ended it */
};

/* Why its session wasn't resumed. */
E2E__FN const char *e2e__client_not_resumed(
	const struct e2e__xmpp_own *o, const struct e2e__client_before *before)
{
	if (o->opts.until)
		return "a raw client begins anew each time";
	if (!o->opts.resumable)
		return "it was connected without .resumable = true";
	if (before->live)
		return "e2e_reconnect closed its stream first, which ends the session; "
		       "e2e_cut(client) leaves it";
	if (before->closed)
		return "its stream was closed, which ends the session; e2e_cut(client) leaves it";
	if (!o->sm_offered)
		return "the server offers no stream management (urn:xmpp:sm:3)";
	if (!before->given)
		return "the server had given it no session that can be resumed: no <enabled "
		       "resume='true'/> had come";
	if (o->sm_failure[0])
		return e2e_printf("the server refused to resume it: %s", o->sm_failure);
	return before->lost ? e2e_printf("its connection had ended: %s", before->lost)
			    : "the server gave it a new one";
}

E2E__FN bool e2e__client_do_reconnect(const char *file, int line, e2e_client *c)
{
	struct e2e__xmpp_own *o = c->own, *bad;
	double seconds =
		o->opts.timeout > 0 ? e2e__clock_scaled(o->opts.timeout) : e2e__loop_step();
	struct e2e__client_before before;

	e2e__loop_not_inside(file, line, "e2e_reconnect");
	before.live = e2e__loop_live(o);
	before.given = o->sm_given;
	before.lost = o->failed ? o->reason : NULL;
	if (before.live)
		(e2e_disconnect)(c);
	before.closed = o->closed;
	o->resumed = false;
	o->waited_id = NULL;
	c->jid = NULL;
	bad = o->opts.until ? e2e__raw_connect(o, seconds) : e2e__connect(&o, 1, seconds);
	if (bad)
		e2e__op_die(file, line, "e2e_reconnect", &bad->failure);
	if (!o->resumed)
		e2e__missed_note(e2e_printf("e2e_reconnect: %s isn't resumed: %s", c->name,
			e2e__client_not_resumed(o, &before)));
	return o->resumed;
}

E2E__FN bool e2e__client_reconnect(const char *file, int line, e2e_client *c)
{
	bool result;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, "e2e_reconnect");
	result = e2e__client_do_reconnect(file, line, c);
	e2e__op_leave();
	return result;
}

/* ---- xmpp/accounts.h ---- */

/* An account that the case made at a server. Its note is a file that this process holds locked: one
 * that nobody holds is of a case that died. */
struct e2e__xmpp_made {
	struct e2e__xmpp_made *next;
	e2e_account account;
	e2e_tls tls;
	/* deletes it; NULL, or why it can't */
	const char *(*remove)(struct e2e__xmpp_made *made);
	const char *path; /* NULL: there's no note */
	int fd;
};

/* What a client of the toolkit's own is there for. */
struct e2e__accounts_role {
	const char *name;
	int until;      /* as in e2e_client_opts */
	bool registers; /* where it can't connect, its account couldn't be made */
};

/* A client of the toolkit's own, connected; NULL, and *why. */
E2E__FN e2e_client *e2e__accounts_log_in(const struct e2e__accounts_role *role,
	const e2e_account *account, const e2e_tls *tls, e2e_failure *why)
{
	struct e2e__xmpp_own *o, *list[1];
	e2e_client_opts opts;

	memset(&opts, 0, sizeof opts);
	opts.presence = "none";
	opts.until = role->until;
	o = list[0] = e2e__client_new(&opts);
	e2e__xmpp.made--;
	o->self->name = role->name;
	o->registers = role->registers;
	o->self->account = *account;
	o->self->tls = *tls;
	e2e__client_enlist(o);
	if (e2e__dead_connect(list, 1, e2e__loop_step())) {
		*why = o->failure;
		return NULL;
	}

	e2e__client_settle(o);
	o->opts.account = &o->self->account; /* nothing to be cleared */
	return o->self;
}

/* Where notes are; NULL: nowhere. */
E2E__FN const char *e2e__accounts_dir(void)
{
	const char *root = e2e__cache_root(), *dir = root ? e2e_printf("%s/xmpp-made", root) : NULL;

	return dir && !e2e__file_mkdirs(dir, 0700) ? dir : NULL;
}

/* The note of an account: where it is, a line each. */
E2E__FN const char *e2e__accounts_text(const e2e_account *a)
{
	return e2e_printf("%s\n%d\n%s\n%s\n", a->host ? a->host : "", a->port, a->jid, a->password);
}

/* Is it at the server that the config names? At others nobody looks for notes. */
E2E__FN bool e2e__accounts_of_config(const e2e_account *a)
{
	const char *section = e2e__xmpp.section, *place = e2e__xmpp.place, *domain;
	bool same;

	if (!section || !e2e__provision_is_remote(section) || !a->host)
		return false;
	e2e__xmpp.place = e2e__provision_place(e2e__provision_domain_of(a->jid));
	domain = e2e__xmpp.place ? e2e__xmpp.place : e2e__provision_first_domain();
	same = strcasecmp(a->host, e2e__literal_setting("host", domain)) == 0 &&
		a->port == e2e__literal_port();
	e2e__xmpp.place = place;
	return same;
}

/* Notes an account that will be made now. The file has its name when it is locked and whole. */
E2E__FN struct e2e__xmpp_made *e2e__accounts_note(
	const struct e2e__xmpp_own *o, const char *(*remove)(struct e2e__xmpp_made *made))
{
	struct e2e__xmpp_made *m = (struct e2e__xmpp_made *)e2e__memory_alloc(sizeof *m);
	const char *dir, *text, *draft;

	m->account = o->self->account;
	m->tls = o->self->tls;
	m->remove = remove;
	m->fd = -1;
	m->next = e2e__xmpp.accounts;
	e2e__xmpp.accounts = m;
	dir = e2e__accounts_of_config(&m->account) ? e2e__accounts_dir() : NULL;
	if (!dir)
		return m;
	text = e2e__accounts_text(&m->account);
	m->path = e2e_printf("%s/%016llx", dir, (unsigned long long)e2e__file_hash(text));
	draft = e2e_printf("%s.new%ld", m->path, (long)getpid());
	m->fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (m->fd < 0 || flock(m->fd, LOCK_EX | LOCK_NB) ||
		!e2e__file_write_whole(m->fd, text, strlen(text)) || rename(draft, m->path))
		e2e_diag("%s can't be noted in %s: %s; if the case dies, nobody deletes it",
			m->account.jid, dir, strerror(errno));
	return m;
}

/* It is gone, or was never there. */
E2E__FN void e2e__accounts_forget(struct e2e__xmpp_made *m)
{
	struct e2e__xmpp_made **at = &e2e__xmpp.accounts;

	while (*at && *at != m)
		at = &(*at)->next;
	if (*at)
		*at = m->next;
	if (m->path)
		unlink(m->path);
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

/* The account of a note that somebody left, and that nobody holds; NULL: it is none of this
 * server's. */
E2E__FN struct e2e__xmpp_made *e2e__accounts_left(const e2e_account *at, const char *path)
{
	struct e2e__xmpp_made *m = (struct e2e__xmpp_made *)e2e__memory_alloc(sizeof *m);
	char *text, *port, *jid, *password, *end;
	const char *domain;

	m->path = path;
	m->account = *at;
	m->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (m->fd < 0)
		return NULL;
	text = flock(m->fd, LOCK_EX | LOCK_NB) ? NULL : e2e__file_read(path, NULL);
	port = text ? strchr(text, '\n') : NULL;
	jid = port ? strchr(port + 1, '\n') : NULL;
	password = jid ? strchr(jid + 1, '\n') : NULL;
	end = password ? strchr(password + 1, '\n') : NULL;
	if (end) {
		*port++ = *jid++ = *password++ = *end = 0;
		domain = strchr(jid, '@') ? strchr(jid, '@') + 1 : jid;
		m->account.jid = jid;
		m->account.password = password;
		if (strcmp(text, at->host) == 0 && atoi(port) == at->port &&
			strcasecmp(domain, at->jid) == 0)
			return m;
	}

	close(m->fd);
	return NULL;
}

/* Deletes what cases that died have left at this server: of at the jid is the domain. */
E2E__FN void e2e__accounts_sweep(const e2e_account *at, const e2e_tls *tls,
	const char *(*remove)(struct e2e__xmpp_made *made))
{
	const char *dir = e2e__accounts_dir(), *task = e2e__xmpp.task, *wrong = NULL;
	DIR *d = dir ? opendir(dir) : NULL;
	struct dirent *e;

	e2e__xmpp.task = "clean-up of an earlier case";
	while (d && !wrong && (e = readdir(d))) {
		struct e2e__xmpp_made *m = *e->d_name == '.' || strchr(e->d_name, '.')
			? NULL
			: e2e__accounts_left(at, e2e_printf("%s/%s", dir, e->d_name));

		if (!m)
			continue;
		m->tls = *tls;
		wrong = remove(m);
		if (wrong)
			e2e_diag("the account %s of a case that died couldn't be deleted: %s",
				m->account.jid, wrong);
		else
			unlink(m->path);
		close(m->fd);
	}
	if (d)
		closedir(d);
	e2e__xmpp.task = task;
}

/* The server will end these connections, and it may. */
E2E__FN void e2e__accounts_let_go(const char *jid)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->phase == E2E__PHASE_UP && o->self->account.jid &&
			strcasecmp(o->self->account.jid, jid) == 0)
			o->wanted_down = true;
}

/* Deletes what the case made. Where its limit was over, nobody waits long. */
E2E__FN void e2e__accounts_delete_all(bool late)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	int login_fd = s->login_fd;

	s->login_fd = -1; /* the report is about the case */
	s->patience = e2e__clock_scaled(late ? 0.5 : 3);
	while (s->accounts) {
		struct e2e__xmpp_made *m = s->accounts;
		const char *wrong;

		s->task = e2e_printf("clean-up of %s", m->account.jid);
		wrong = m->remove(m);
		if (wrong && m->path) {
			e2e_diag("%s couldn't be deleted: %s; the next run tries again",
				m->account.jid, wrong);
			close(m->fd);
			s->accounts = m->next;
			continue;
		}
		if (wrong)
			e2e_diag("%s couldn't be deleted: %s", m->account.jid, wrong);
		e2e__accounts_forget(m);
	}
	s->patience = 0;
	s->task = NULL;
	s->login_fd = login_fd;
}

/* Hook: the case is over. */
E2E__FN void e2e__accounts_case_end(bool failed)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	if (s->accounts && s->ctx && s->pid == getpid() && !s->inside) {
		bool late = s->in_gap;

		s->depth = 0;
		s->in_gap = s->discovering = false;
		e2e__accounts_delete_all(late);
		s->in_gap = late;
	}
	s->accounts = NULL;
	s->admin = NULL;
	s->place = NULL;
	e2e__clear_case_end(failed);
}

/* ---- xmpp/register.h ---- */

#define E2E__REGISTER_NS "jabber:iq:register"

/* Does a client of the case, logged in by this account, run? */
E2E__FN e2e_client *e2e__register_client_of(const char *jid)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->phase == E2E__PHASE_UP && !o->opts.until && o->self->account.jid &&
			strcasecmp(o->self->account.jid, jid) == 0)
			return o->self;
	return NULL;
}

/* Deletes an account by itself. NULL: it is gone; else why not. */
E2E__FN const char *e2e__register_remove(struct e2e__xmpp_made *m)
{
	static const struct e2e__accounts_role role = {"clean-up", 0, false};
	e2e_client *c = e2e__register_client_of(m->account.jid), *own = NULL;
	e2e_failure why;
	e2e_stanza *reply;
	const char *error;

	if (!c)
		c = own = e2e__accounts_log_in(&role, &m->account, &m->tls, &why);
	if (!c)
		return strcmp(why.code, "auth") == 0 ? NULL : why.message;
	e2e__accounts_let_go(m->account.jid);
	reply = e2e__clear_ask(
		c, "set", NULL, "<query xmlns='" E2E__REGISTER_NS "'><remove/></query>");
	error = reply && e2e_stanza_error(reply)
		? e2e_printf("%s (XEP-0077, 3.2: may users delete their accounts there? Prosody: "
			     "mod_user_account_management)",
			  e2e_stanza_error(reply))
		: reply                  ? NULL
		: e2e__loop_live(c->own) ? "the server doesn't answer"
					 : NULL; /* it may end the stream first */
	if (own)
		(e2e_disconnect)(own);
	return error;
}

/* A field of the old kind: the text of what it is called. */
E2E__FN const char *e2e__register_value(const e2e_account *a, const char *field, const char *given)
{
	if (strcmp(field, "username") == 0)
		return e2e_printf("%.*s", (int)strcspn(a->jid, "@"), a->jid);
	if (strcmp(field, "password") == 0)
		return a->password;
	if (given && *given)
		return given; /* key, FORM_TYPE */
	return strcmp(field, "email") == 0 ? "e2e@example.org" : "e2e";
}

/* The fields of the old kind that the server asks for, filled in; NULL: it asks for none. */
E2E__FN const char *e2e__register_fields(const e2e_account *a, xmpp_stanza_t *query)
{
	static const char *const others[] = {"instructions", "registered", "x", NULL};
	const char *text = NULL;

	for (xmpp_stanza_t *i = xmpp_stanza_get_children(query); i; i = xmpp_stanza_get_next(i)) {
		const char *name = xmpp_stanza_is_tag(i) ? xmpp_stanza_get_name(i) : NULL;
		char *given = name ? xmpp_stanza_get_text(i) : NULL;

		if (name && !e2e__state_has_word(others, name) &&
			e2e__libstrophe_same(xmpp_stanza_get_ns(i), E2E__REGISTER_NS))
			text = e2e_printf("%s<%s>%s</%s>", text ? text : "", name,
				e2e_xml_escaped(e2e__register_value(a, name, given)), name);
		if (given)
			xmpp_free(xmpp_stanza_get_context(i), given);
	}
	return text;
}

/* The same of a form (XEP-0004): what it hides, and what it requires. */
E2E__FN const char *e2e__register_form(const e2e_account *a, xmpp_stanza_t *form)
{
	const char *text = "";

	for (xmpp_stanza_t *i = xmpp_stanza_get_children(form); i; i = xmpp_stanza_get_next(i)) {
		const char *var =
			xmpp_stanza_is_tag(i) ? xmpp_stanza_get_attribute(i, "var") : NULL;
		const char *type = var ? xmpp_stanza_get_attribute(i, "type") : NULL;

		if (!var || e2e__libstrophe_same(type, "fixed"))
			continue;
		if (e2e__libstrophe_same(type, "hidden") || e2e__read_peek(i, "required") ||
			strcmp(var, "username") == 0 || strcmp(var, "password") == 0)
			text = e2e_printf("%s<field var='%s'><value>%s</value></field>", text,
				e2e_xml_escaped(var),
				e2e_xml_escaped(
					e2e__register_value(a, var, e2e__read_peek(i, "value"))));
	}
	return e2e_printf("<x xmlns='jabber:x:data' type='submit'>%s</x>", text);
}

/* Why an answer is no success; NULL: it is one. */
E2E__FN const char *e2e__register_refused(e2e_stanza *reply)
{
	const char *error = reply ? e2e_stanza_error(reply) : NULL,
		   *text = error ? e2e__read_peek(reply, "error/text") : NULL;

	if (!reply)
		return "the server doesn't answer";
	return !error ? NULL : text && *text ? e2e_printf("%s: %s", error, text) : error;
}

/* Registers by a raw client. NULL, or why it can't. */
E2E__FN const char *e2e__register_ask(e2e_client *raw, const e2e_account *a)
{
	const char *domain = strchr(a->jid, '@') ? strchr(a->jid, '@') + 1 : a->jid, *wrong,
		   *fields;
	e2e_stanza *reply =
		e2e__clear_ask(raw, "get", domain, "<query xmlns='" E2E__REGISTER_NS "'/>");
	xmpp_stanza_t *query, *form;

	wrong = e2e__register_refused(reply);
	if (wrong)
		return e2e_printf("the server offers no registration: %s", wrong);
	query = xmpp_stanza_get_child_by_ns(reply, E2E__REGISTER_NS);
	fields = query ? e2e__register_fields(a, query) : NULL;
	form = query ? xmpp_stanza_get_child_by_ns(query, "jabber:x:data") : NULL;
	if (!fields && form)
		fields = e2e__register_form(a, form);
	if (!fields)
		return e2e_printf(
			"the server's registration isn't in-band: %s", e2e_stanza_text(reply));
	return e2e__register_refused(e2e__clear_ask(raw, "set", domain,
		e2e_printf("<query xmlns='" E2E__REGISTER_NS "'>%s</query>", fields)));
}

/* Makes the account of a client. False: its failure is told. */
E2E__FN bool e2e__register_make(struct e2e__xmpp_own *o)
{
	static const struct e2e__accounts_role role = {"registration", E2E_BEFORE_AUTH, true};
	const e2e_account *a = &o->self->account;
	const char *task = e2e__xmpp.task, *wrong;
	struct e2e__xmpp_made *m;
	e2e_failure why;
	e2e_client *raw;

	e2e__xmpp.task = e2e_printf("registration of %s", a->jid);
	raw = e2e__accounts_log_in(&role, a, &o->self->tls, &why);
	if (raw) {
		m = e2e__accounts_note(o, e2e__register_remove);
		wrong = e2e__register_ask(raw, a);
		(e2e_disconnect)(raw);
		if (wrong) {
			e2e__accounts_forget(m);
			e2e__libstrophe_blame(o, "registration",
				o->registers ? wrong
					     : e2e_printf("it can't be registered: %s", wrong),
				"XEP-0077: does the server allow in-band registration of this name, from here, "
				"so often?");
		}
	} else {
		o->failed = true;
		o->failure = why;
	}

	if (o->failed)
		o->phase = E2E__PHASE_DOWN;
	e2e__xmpp.task = task;
	e2e__transcript_own_words_over();
	return !o->failed;
}

E2E__FN bool e2e__register_do_try(
	const char *file, int line, const e2e_account *account, e2e_failure *why)
{
	struct e2e__xmpp_own *o;
	e2e_client_opts opts;
	bool made;

	e2e__loop_not_inside(file, line, "e2e_register");
	e2e__client_not_in_suite(file, line);
	if (!account || !account->jid || !strchr(account->jid, '@') || strchr(account->jid, '/') ||
		!account->password)
		e2e__op_die_of(file, line, "e2e_register", "usage",
			"an account needs .jid = \"user@domain\" (no resource) and .password to be "
			"registered",
			NULL);
	memset(&opts, 0, sizeof opts);
	opts.account = account;
	o = e2e__client_new(&opts);
	e2e__xmpp.made--;
	o->self->name = "registration";
	o->registers = true;
	e2e__client_fill_account(file, line, o);
	made = e2e__register_make(o);
	*why = o->failure;
	return made;
}

E2E__FN bool e2e__register_try(
	const char *file, int line, const e2e_account *account, e2e_failure *why)
{
	e2e_failure unseen;
	bool made;

	e2e__op_enter_at(file, line);
	made = e2e__register_do_try(file, line, account, why ? why : &unseen);
	e2e__op_leave();
	return made;
}

E2E__FN void e2e__register(const char *file, int line, const e2e_account *account)
{
	e2e_failure why;

	e2e__op_enter_at(file, line);
	if (!e2e__register_do_try(file, line, account, &why))
		e2e__op_die(file, line, "e2e_register", &why);
	e2e__op_leave();
}

/* ---- the provisioner ---- */

/* A name and a password for a client, to be made before it connects. */
E2E__FN bool e2e__register_account(
	e2e_provisioner *self, e2e_client *c, bool (*before)(struct e2e__xmpp_own *))
{
	bool brought = c->account.jid != NULL; /* by the test */

	if (!e2e__provision_common(self, c))
		return false;
	if (brought)
		return true;
	c->account.jid =
		e2e_printf("e2e-%s@%s", e2e__provision_random(), e2e__provision_domain(self));
	c->account.password = e2e__provision_random();
	c->own->before = before;
	return true;
}

E2E__FN bool e2e__register_make_client(e2e_provisioner *self, e2e_client *c)
{
	return e2e__register_account(self, c, e2e__register_make);
}

/* What cases that died have left. */
E2E__FN bool e2e__register_sweep(
	e2e_provisioner *self, const char *(*remove)(struct e2e__xmpp_made *made))
{
	const char *const *host = e2e__provision_hosts();
	e2e_client c;

	for (;; host++) {
		memset(&c, 0, sizeof c);
		if (!e2e__provision_common(self, &c))
			return false;
		c.account.jid = e2e__provision_domain(self);
		e2e__accounts_sweep(&c.account, &c.tls, remove);
		e2e__xmpp.place = host ? *host : NULL;
		if (!e2e__xmpp.place)
			return true;
	}
}

E2E__FN bool e2e__register_initialise(e2e_provisioner *self)
{
	return e2e__register_sweep(self, e2e__register_remove);
}

/* ---- xmpp/admin.h ---- */

#define E2E__ADMIN_NS "http://jabber.org/protocol/admin"

/* The administrator of an account's domain, logged in once a case; NULL, and *why. */
E2E__FN e2e_client *e2e__admin(const e2e_account *at, const e2e_tls *tls, e2e_failure *why)
{
	static const struct e2e__accounts_role role = {"admin", 0, false};
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *name, *domain = e2e__provision_domain_of(at->jid), *place = s->place;
	e2e_account account = *at;

	s->place = e2e__provision_place(domain);
	name = e2e__literal_setting("admin", "");
	account.jid = strchr(name, '@') ? name : e2e_printf("%s@%s", name, domain);
	account.password = e2e__literal_setting("admin_password", "");
	s->place = place;
	if (s->admin && s->admin->own->phase == E2E__PHASE_UP &&
		strcasecmp(s->admin->account.jid, account.jid) == 0)
		return s->admin;
	s->admin = e2e__accounts_log_in(&role, &account, tls, why);
	return s->admin;
}

/* A command of XEP-0133 with these fields of its form. NULL, or what is wrong. */
E2E__FN const char *e2e__admin_command(
	e2e_client *admin, const char *domain, const char *node, const char *const *fields)
{
	static const char begin[] =
		"<command xmlns='http://jabber.org/protocol/commands' node='" E2E__ADMIN_NS;
	e2e_stanza *reply = e2e__clear_ask(
		admin, "set", domain, e2e_printf("%s#%s' action='execute'/>", begin, node));
	const char *wrong = e2e__register_refused(reply), *session, *form;

	if (wrong)
		return wrong;
	session = e2e__read_peek(reply, "command@sessionid");
	form = e2e_stanza_text(e2e__form_submit(e2e__xmpp.file, e2e__xmpp.line, admin, fields));
	reply = e2e__clear_ask(admin, "set", domain,
		e2e_printf("%s#%s' sessionid='%s'>%s</command>", begin, node,
			e2e_xml_escaped(session ? session : ""), form));
	wrong = e2e__register_refused(reply);
	if (!wrong && e2e__read_peek(reply, "command/note[type=error]"))
		wrong = e2e__read_peek(reply, "command/note[type=error]");
	return wrong;
}

E2E__FN const char *e2e__admin_remove(struct e2e__xmpp_made *m)
{
	const char *fields[] = {E2E__ADMIN_NS, e2e_printf("accountjids=%s", m->account.jid), NULL};
	e2e_failure why;
	e2e_client *admin = e2e__admin(&m->account, &m->tls, &why);
	const char *wrong;

	if (!admin)
		return why.message;
	e2e__accounts_let_go(m->account.jid);
	wrong = e2e__admin_command(admin, strchr(m->account.jid, '@') + 1, "delete-user", fields);
	return wrong && strncmp(wrong, "item-not-found", 14) == 0 ? NULL : wrong;
}

/* Makes the account of a client. False: its failure is told. */
E2E__FN bool e2e__admin_make(struct e2e__xmpp_own *o)
{
	const e2e_account *a = &o->self->account;
	const char *task = e2e__xmpp.task, *wrong;
	const char *fields[] = {E2E__ADMIN_NS, e2e_printf("accountjid=%s", a->jid),
		e2e_printf("password=%s", a->password),
		e2e_printf("password-verify=%s", a->password), NULL};
	struct e2e__xmpp_made *m;
	e2e_failure why;
	e2e_client *admin;

	e2e__xmpp.task = e2e_printf("adding of %s", a->jid);
	admin = e2e__admin(a, &o->self->tls, &why);
	if (admin) {
		m = e2e__accounts_note(o, e2e__admin_remove);
		wrong = e2e__admin_command(admin, strchr(a->jid, '@') + 1, "add-user", fields);
		if (wrong) {
			e2e__accounts_forget(m);
			e2e__libstrophe_blame(o, "accounts",
				e2e_printf("%s couldn't add it: %s", admin->account.jid, wrong),
				"XEP-0133: is this account an administrator of the domain, and are its commands "
				"enabled there (Prosody: mod_admin_adhoc, ejabberd: mod_configure)?");
		}
	} else {
		o->failed = true;
		o->failure = why;
	}

	if (o->failed)
		o->phase = E2E__PHASE_DOWN;
	e2e__xmpp.task = task;
	e2e__transcript_own_words_over();
	return !o->failed;
}

E2E__FN bool e2e__admin_make_client(e2e_provisioner *self, e2e_client *c)
{
	return e2e__register_account(self, c, e2e__admin_make);
}

E2E__FN bool e2e__admin_initialise(e2e_provisioner *self)
{
	return e2e__register_sweep(self, e2e__admin_remove);
}

/* ---- xmpp/pair.h ---- */

/* No DNS knows the domains: where the other one is stands in the configuration. */
#define E2E__PAIR_ROUTES \
	"module:set_global();\n" \
	"local routes = module:get_option(\"e2e_routes\");\n" \
	"local service, basic = require \"net.resolvers.service\", require \"net.resolvers.basic\";\n" \
	"local before = service.new;\n" \
	"local nowhere = { next = function (_, found) found(nil); end };\n" \
	"function service.new(host, name, ...)\n" \
	"  if not routes[host] then return before(host, name, ...); end\n" \
	"  if name ~= \"xmpp-server\" then return nowhere; end\n" \
	"  return basic.new(\"127.0.0.1\", routes[host], \"tcp\", {});\n" \
	"end\n"

/* One of the two, while they are made. */
struct e2e__pair_side {
	const char *kind, *domain, *dir;
	int c2s;         /* ejabberd's port for clients: Prosody's is the kernel's choice */
	int s2s;         /* its port for other servers */
	e2e_proxy *peer; /* where it finds the other one */
	e2e_proc *process;
	e2e_xmpp_server *server;
};

E2E__FN const char *e2e__pair_prosody_config(
	const struct e2e__pair_side *side, const char *certs, const char *other)
{
	return e2e_printf(
		"%s"
		"c2s_direct_tls_ports = {}\n"
		"s2s_ports = { %d }\n"
		"http_ports = {}\n"
		"modules_disabled = { \"posix\" }\n"
		"modules_enabled = { \"saslauth\", \"tls\", \"roster\", \"disco\", \"ping\", "
		"\"version\", \"dialback\", \"e2e_ready\", \"e2e_routes\" }\n"
		"ssl = { key = \"%s/server.key\", certificate = \"%s/server.pem\", "
		"cafile = \"%s/ca.pem\" }\n"
		"s2s_require_encryption = true\n"
		"s2s_secure_auth = false\n"
		"e2e_routes = { [\"%s\"] = %d }\n"
		"VirtualHost \"%s\"\n" E2E__PROSODY_OPEN,
		e2e__server_prosody_head(side->dir), side->s2s, certs, certs, certs, other,
		side->peer->port, side->domain);
}

E2E__FN bool e2e__pair_spawn_prosody(
	struct e2e__pair_side *side, const char *certs, const char *other)
{
	e2e_spawn_opts opts;

	memset(&opts, 0, sizeof opts);
	opts.name = side->domain;
	e2e__file_mkdirs(e2e_printf("%s/plugins", side->dir), 0700);
	e2e__file_mkdirs(e2e_printf("%s/data", side->dir), 0700);
	e2e__file_mkdirs(e2e_printf("%s/certs", side->dir), 0700); /* it looks for more there */
	if (!e2e__server_put(
		    e2e_printf("%s/plugins/mod_e2e_ready.lua", side->dir), E2E__PROSODY_READY) ||
		!e2e__server_put(
			e2e_printf("%s/plugins/mod_e2e_routes.lua", side->dir), E2E__PAIR_ROUTES) ||
		!e2e__server_put(e2e_printf("%s/prosody.cfg.lua", side->dir),
			e2e__pair_prosody_config(side, certs, other)))
		return false;
	side->process = e2e_spawn_with(
		opts, "prosody", "-F", "--config", e2e_printf("%s/prosody.cfg.lua", side->dir));
	return true;
}

E2E__FN const char *e2e__pair_ejabberd_config(const struct e2e__pair_side *side)
{
	return e2e_printf("hosts: [%s]\n"
			  "loglevel: info\n"
			  "certfiles: [\"%s/both.pem\"]\n"
			  "listen:\n"
			  "  - {port: %d, ip: \"127.0.0.1\", module: ejabberd_c2s, "
			  "starttls_required: true, access: all}\n"
			  "  - {port: %d, ip: \"127.0.0.1\", module: ejabberd_s2s_in}\n"
			  "auth_method: [e2e]\n"
			  "s2s_use_starttls: required\n"
			  "s2s_max_retry_delay: 1\n" /* else minutes after a fault */
			  "s2s_dns_timeout: 1\n"
			  "s2s_dns_retries: 1\n"
			  "outgoing_s2s_families: [ipv4]\n"
			  "modules:\n"
			  "  mod_caps: {}\n  mod_disco: {}\n  mod_ping: {}\n  mod_roster: {}\n"
			  "  mod_s2s_dialback: {}\n  mod_version: {}\n",
		side->domain, side->dir, side->c2s, side->s2s);
}

/* Nobody is asked for the names: the port of the name server is closed. */
E2E__FN const char *e2e__pair_inetrc(void)
{
	return e2e_printf("{lookup, [file]}.\n{resolv_conf, \"\"}.\n"
			  "{nameserver, {127,0,0,1}, %d}.\n{timeout, 100}.\n{retry, 1}.\n",
		e2e_port());
}

/* Where the other one is, as a name server would have told ejabberd just before. */
E2E__FN const char *e2e__pair_record(const struct e2e__pair_side *side, const char *other)
{
	return e2e_printf("inet_db:add_rr(\"_xmpp-server._tcp.%s\", in, srv, 86400, "
			  "{0, 0, %d, \"127.0.0.1\"})",
		other, side->peer->port);
}

E2E__FN bool e2e__pair_spawn_ejabberd(
	struct e2e__pair_side *side, const char *certs, const char *other)
{
	const char *inetrc = e2e_printf("%s/inetrc", side->dir);
	char *cert = e2e__file_read(e2e_printf("%s/server.pem", certs), NULL),
	     *key = e2e__file_read(e2e_printf("%s/server.key", certs), NULL);

	side->c2s = e2e_port();
	e2e__file_mkdirs(e2e_printf("%s/home", side->dir), 0700);
	e2e__file_mkdirs(e2e_printf("%s/mnesia", side->dir), 0700);
	if (!cert || !key ||
		!e2e__server_put(
			e2e_printf("%s/both.pem", side->dir), e2e_printf("%s%s", key, cert)) ||
		!e2e__server_put(
			e2e_printf("%s/ejabberd_auth_e2e.erl", side->dir), E2E__EJABBERD_AUTH) ||
		!e2e__server_put(inetrc, e2e__pair_inetrc()) ||
		!e2e__server_put(
			e2e_printf("%s/ejabberd.yml", side->dir), e2e__pair_ejabberd_config(side)))
		return false;
	side->process = e2e__server_ejabberd_spawn(
		side->dir, side->domain, inetrc, e2e__pair_record(side, other));
	return true;
}

E2E__FN bool e2e__pair_is_ejabberd(const struct e2e__pair_side *side)
{
	return strcmp(side->kind, "ejabberd") == 0;
}

/* Starts it; it isn't ready yet. */
E2E__FN bool e2e__pair_spawn(struct e2e__pair_side *side, const char *certs, const char *other)
{
	bool well = e2e__pair_is_ejabberd(side) ? e2e__pair_spawn_ejabberd(side, certs, other)
						: e2e__pair_spawn_prosody(side, certs, other);

	if (well)
		side->process->own->server = true;
	return well;
}

/* Waits until clients can log in. */
E2E__FN bool e2e__pair_ready(struct e2e__pair_side *side, const char *certs)
{
	bool ejabberd = e2e__pair_is_ejabberd(side);
	const char *ready = e2e__startup_line(side->process, ejabberd ? "E2E-READY" : "E2E-READY ",
		ejabberd ? "ritical" : "E2E-READY ", side->dir);
	e2e_xmpp_server *s = (e2e_xmpp_server *)e2e__memory_alloc(sizeof *s);

	side->server = s;
	s->name = side->kind;
	s->domain = side->domain;
	s->open = true;
	s->host = "127.0.0.1";
	s->port = !ready ? 0 : ejabberd ? side->c2s : atoi(ready);
	s->ca_file = e2e_printf("%s/ca.pem", certs);
	return s->port > 0;
}

/* The kind that isn't given. Ends or skips the case where there is none such. */
E2E__FN const char *e2e__pair_kind(const char *file, int line, const char *kind)
{
	static const char *const known[] = {"prosody", "ejabberd", NULL};
	const char *chosen = kind ? kind : e2e__provision_local_server();

	if (chosen && !e2e__state_has_word(known, chosen))
		e2e__op_die_of(file, line, "e2e_server_pair_of", "usage",
			e2e_printf("a server %s: expected one of %s%s", e2e_quoted(chosen),
				e2e__state_joined(known), e2e__config_did_you_mean(chosen, known)),
			NULL);
	if (chosen && e2e__provision_local_installed(chosen))
		return chosen;
	e2e_skip("needs %s for two servers that federate; it isn't installed",
		chosen ? chosen : "prosody or ejabberd");
	e2e__exit_end_case();
}

E2E__FN const e2e_pair *e2e__pair_start(
	const char *file, int line, const char *first, const char *second)
{
	const char *dir = e2e_printf("%s/%s", e2e_tmpdir(), e2e_unique("pair")),
		   *certs = e2e_printf("%s/certs", dir);
	e2e_pair *p = (e2e_pair *)e2e__memory_alloc(sizeof *p);
	struct e2e__pair_side side[2];
	bool well;

	memset(side, 0, sizeof side);
	side[0].kind = e2e__pair_kind(file, line, first);
	side[1].kind = e2e__pair_kind(file, line, second);
	e2e__certs_made(file, line, certs, "a.test,b.test,127.0.0.1", false);
	for (int i = 0; i < 2; i++) {
		side[i].domain = i ? "b.test" : "a.test";
		side[i].dir = e2e_printf("%s/%s", dir, side[i].domain);
		side[i].s2s = e2e_port();
		side[!i].peer = e2e_proxy_to(e2e_printf("tcp:127.0.0.1:%d", side[i].s2s));
	}
	well = e2e__pair_spawn(side, certs, "b.test") &&
		e2e__pair_spawn(side + 1, certs, "a.test") && e2e__pair_ready(side, certs) &&
		e2e__pair_ready(side + 1, certs);
	if (!well)
		e2e__op_die_of(file, line, "e2e_server_pair", "not-ready",
			"two servers that federate couldn't be started",
			e2e_printf("their configuration is in %s", dir));
	p->a = side[0].server;
	p->b = side[1].server;
	p->to_b = side[0].peer;
	p->to_a = side[1].peer;
	p->process_a = side[0].process;
	p->process_b = side[1].process;
	return p;
}

/* ---- xmpp/hosts.h ---- */

/* The server of the config that e2e__xmpp.place says. */
E2E__FN const e2e_xmpp_server *e2e__hosts_one(void)
{
	e2e_xmpp_server *s = (e2e_xmpp_server *)e2e__memory_alloc(sizeof *s);
	const char *place = e2e__xmpp.place;

	s->domain = place ? place : e2e__provision_first_domain();
	s->host = e2e__literal_setting("host", s->domain);
	s->port = e2e__literal_flag("direct_tls") ? 0 : e2e__literal_port();
	s->direct_port = e2e__literal_flag("direct_tls") ? e2e__literal_port() : 0;
	s->ca_file = e2e__literal_setting("ca_file", NULL);
	return s;
}

/* All of the config. */
E2E__FN size_t e2e__hosts_of_config(const e2e_xmpp_server ***list)
{
	const char *const *place = e2e__provision_hosts();
	size_t n = 0;

	while (place && place[n])
		n++;
	*list = (const e2e_xmpp_server **)e2e__memory_alloc((n + 2) * sizeof **list);
	for (size_t i = 0; i <= n; i++) {
		e2e__xmpp.place = i ? place[i - 1] : NULL;
		(*list)[i] = e2e__hosts_one();
	}
	e2e__xmpp.place = NULL;
	return n + 1;
}

/* Private ones: the case's own where one is enough. */
E2E__FN size_t e2e__hosts_private(
	const char *file, int line, size_t n, const e2e_xmpp_server ***list)
{
	const e2e_pair *pair;

	*list = (const e2e_xmpp_server **)e2e__memory_alloc(3 * sizeof **list);
	if (n < 2) {
		(*list)[0] = e2e__offer_server(file, line);
		return 1;
	}
	pair = e2e__pair_start(file, line, NULL, NULL);
	(*list)[0] = pair->a;
	(*list)[1] = pair->b;
	return 2;
}

/* Why there aren't as many. */
E2E__FN const char *e2e__hosts_lack(size_t has)
{
	const char *name = e2e__xmpp.chosen->name;

	if (strcmp(name, "local") == 0)
		return "of private ones two federate";
	if (!has)
		return e2e_printf("the provisioner %s has one", name);
	return e2e_printf(
		"the config has %zu; hosts= of [%s] names further ones", has, e2e__xmpp.section);
}

E2E__FN const e2e_xmpp_server *const *e2e__hosts_require(const char *file, int line, size_t n)
{
	const e2e_xmpp_server **list = NULL;
	size_t has = 0;

	e2e__op_enter_at(file, line);
	e2e__provision_ready(file, line);
	e2e__op_leave();
	if (e2e__provision_is_remote(e2e__xmpp.section))
		has = e2e__hosts_of_config(&list);
	else if (strcmp(e2e__xmpp.chosen->name, "local") == 0 && n <= 2)
		has = e2e__hosts_private(file, line, n, &list);
	if (has < n) {
		e2e_skip("needs %zu XMPP servers: %s", n, e2e__hosts_lack(has));
		e2e__exit_end_case();
	}

	return list;
}

/* ---- xmpp/discover.h ---- */

E2E__FN int e2e__discover_by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

E2E__FN int e2e__discover_by_identity(const void *a, const void *b)
{
	const e2e_identity *x = (const e2e_identity *)a, *y = (const e2e_identity *)b;
	int c = strcmp(x->category, y->category);

	return c ? c : strcmp(x->type, y->type);
}

/* Does the config hide this feature of this entity? */
E2E__FN bool e2e__discover_blocked(
	const struct e2e__json *blocks, const char *jid, const char *feature)
{
	const struct e2e__json *globs = blocks && jid ? e2e__json_member(blocks, jid) : NULL;

	for (const struct e2e__json *g = globs ? globs->child : NULL; g; g = g->next)
		if (g->type == '"' && !fnmatch(g->text, feature, 0))
			return true;
	return false;
}

E2E__FN const struct e2e__json *e2e__discover_blocks(void)
{
	e2e__provision();
	return e2e__xmpp.section ? e2e__literal("block_features", '{', "{\"jid\": [\"glob\", ...]}")
				 : NULL;
}

/* An answer to disco#info as an entity. */
E2E__FN void e2e__discover_read_entity(
	xmpp_stanza_t *query, const char *jid, const struct e2e__json *blocks, e2e_entity *out)
{
	size_t n = 0, features = 0, identities = 0;
	const char **list;
	e2e_identity *ids;

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(query); c; c = xmpp_stanza_get_next(c))
		n++;
	list = (const char **)e2e__memory_alloc((n + 1) * sizeof *list);
	ids = (e2e_identity *)e2e__memory_alloc((n + 1) * sizeof *ids);
	for (xmpp_stanza_t *c = xmpp_stanza_get_children(query); c; c = xmpp_stanza_get_next(c)) {
		const char *var = xmpp_stanza_get_attribute(c, "var"),
			   *category = xmpp_stanza_get_attribute(c, "category");
		const char *type = xmpp_stanza_get_type(c),
			   *name = xmpp_stanza_get_attribute(c, "name");

		if (e2e__libstrophe_same(xmpp_stanza_get_name(c), "feature") && var &&
			!e2e__discover_blocked(blocks, jid, var)) {
			list[features++] = e2e__memory_strdup(var);
		} else if (e2e__libstrophe_same(xmpp_stanza_get_name(c), "identity") && category &&
			type) {
			ids[identities].category = e2e__memory_strdup(category);
			ids[identities].type = e2e__memory_strdup(type);
			ids[identities++].name = name ? e2e__memory_strdup(name) : NULL;
		}
	}

	qsort(list, features, sizeof *list, e2e__discover_by_name);
	qsort(ids, identities, sizeof *ids, e2e__discover_by_identity);
	out->jid = jid;
	out->features = list;
	out->identities = ids;
	out->nidentities = identities;
}

/* What came instead of <query/> of this namespace, which an answer has to have. */
E2E__FN const char *e2e__discover_instead(e2e_stanza *reply, const char *ns)
{
	xmpp_stanza_t *child = xmpp_stanza_get_children(reply);
	const char *other;

	while (child && !xmpp_stanza_get_name(child))
		child = xmpp_stanza_get_next(child);
	if (!child)
		return "nothing";
	other = xmpp_stanza_get_ns(child);
	return e2e_printf("<%s xmlns='%s'/> instead of <query xmlns='%s'/>",
		xmpp_stanza_get_name(child), other ? other : "", ns);
}

/* Notes who hasn't said what it can, of this namespace: it is silent, or out of order (deaf), or
 * refuses to. */
E2E__FN void e2e__discover_note_deaf(
	const char *jid, const e2e_client *c, e2e_stanza *reply, const char *ns)
{
	static const char *const disorder[] = {"internal-server-error", "remote-server-timeout",
		"resource-constraint", "undefined-condition", NULL};
	const char *error = reply ? e2e_stanza_error(reply) : NULL, *text;
	const char **list = !reply || (error && e2e__state_has_word(disorder, error))
		? &e2e__xmpp.deaf
		: &e2e__xmpp.refusing;

	if (reply && !error)
		error = e2e__discover_instead(reply, ns);
	text = e2e_printf("%s%s%s %s%s", *list ? *list : "", *list ? ", " : "",
		jid ? jid : c->account.jid, error ? "answered with " : "gave no answer",
		error ? error : "");
	*list = strdup(text);
}

E2E__FN bool e2e__discover_info(
	e2e_client *c, const char *jid, const struct e2e__json *blocks, e2e_entity *out)
{
	e2e_stanza *reply = e2e__clear_ask(
		c, "get", jid, "<query xmlns='http://jabber.org/protocol/disco#info'/>");
	xmpp_stanza_t *query = e2e__clear_answer(reply, XMPP_NS_DISCO_INFO);

	if (query)
		e2e__discover_read_entity(query, jid ? jid : c->account.jid, blocks, out);
	else
		e2e__discover_note_deaf(jid, c, reply, XMPP_NS_DISCO_INFO);
	return query != NULL;
}

E2E__FN bool e2e__discover_entities(
	e2e_client *c, const char *jid, bool recurse, e2e_disco_result *out)
{
	const struct e2e__json *blocks = e2e__discover_blocks();
	xmpp_stanza_t *query = NULL;
	size_t n = 0, items = 0;
	e2e_entity *list;
	const char **names;

	memset(out, 0, sizeof *out);
	if (recurse) {
		e2e_stanza *reply = e2e__clear_ask(
			c, "get", jid, "<query xmlns='http://jabber.org/protocol/disco#items'/>");

		query = e2e__clear_answer(reply, XMPP_NS_DISCO_ITEMS);
		if (!query)
			e2e__discover_note_deaf(jid, c, reply, XMPP_NS_DISCO_ITEMS);
	}

	for (xmpp_stanza_t *i = query ? xmpp_stanza_get_children(query) : NULL; i;
		i = xmpp_stanza_get_next(i))
		n++;
	list = (e2e_entity *)e2e__memory_alloc((n + 1) * sizeof *list);
	names = (const char **)e2e__memory_alloc((n + 1) * sizeof *names);
	if (!e2e__discover_info(c, jid ? e2e__memory_strdup(jid) : NULL, blocks, list))
		return false;
	out->entity = list;
	out->n = 1;
	for (xmpp_stanza_t *i = query ? xmpp_stanza_get_children(query) : NULL; i;
		i = xmpp_stanza_get_next(i)) {
		const char *item = xmpp_stanza_get_attribute(i, "jid");

		if (!item || xmpp_stanza_get_attribute(i, "node"))
			continue;
		names[items++] = item = e2e__memory_strdup(item);
		if (e2e__xmpp.discovering && e2e__discover_blocked(blocks, item, "*"))
			continue; /* all that it has is hidden, so it needn't be asked */
		if (e2e__discover_info(c, item, blocks, list + out->n))
			out->n++;
	}

	if (recurse)
		out->items = names;
	return true;
}

/* Silence is no answer: it ends the case. */
E2E__FN bool e2e__discover_do_disco(const char *file, int line, e2e_client *c, const char *jid,
	bool recurse, e2e_disco_result *out)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *deaf = s->deaf, *refusing = s->refusing, *told; /* guards know of those two */
	bool found;

	e2e__loop_not_inside(file, line, "e2e_disco");
	e2e__talk_need(file, line, c, "e2e_disco", "ask");
	s->silent_to = s->deaf = s->refusing = NULL;
	found = e2e__discover_entities(c, jid, recurse, out);
	told = s->deaf ? s->deaf : s->refusing;
	if (!found && told)
		e2e__missed_note(e2e_printf("e2e_disco: %s", told));
	free((void *)(uintptr_t)s->deaf);
	free((void *)(uintptr_t)s->refusing);
	s->deaf = deaf;
	s->refusing = refusing;
	if (!s->silent_to)
		return found;
	bool up = c->own->phase == E2E__PHASE_UP;
	const char *why = up
		? e2e_printf("%s gave %s no answer to its service discovery within %g s",
			  e2e__xmpp.silent_to, c->name, e2e__clear_patience())
		: e2e_printf("%s lost its connection while it asked %s for what it can: %s",
			  c->name, e2e__xmpp.silent_to,
			  e2e__connect_loss(c) ? e2e__connect_loss(c) : "?");
	e2e__op_die_of(file, line, "e2e_disco", up ? "timeout" : "disconnected", why,
		"see the transcript; e2e_disco is false only where the answer is an error");
}

E2E__FN bool e2e__discover_disco(const char *file, int line, e2e_client *c, const char *jid,
	bool recurse, e2e_disco_result *out)
{
	bool result;

	e2e__op_enter_at(file, line);
	result = e2e__discover_do_disco(file, line, c, jid, recurse, out);
	e2e__op_leave();
	return result;
}

E2E__FN void e2e__discover_note_feature(const e2e_entity *entity, const char *feature)
{
	struct e2e__strings names = {NULL, 0, 0};

	for (const char *const *f = entity->features; f && *f; f++)
		e2e__missed_add(&names, *f);
	e2e__missed_note(e2e_printf("e2e_entity_has: %s has no %s%s", entity->jid, feature,
		e2e__missed_near(feature, &names)));
}

E2E__FN bool(e2e_entity_has)(const e2e_entity *entity, const char *feature)
{
	if (!feature)
		e2e__op_die_of(e2e__xmpp.file, e2e__xmpp.line, "e2e_entity_has", "usage",
			"the feature is NULL", NULL);
	for (const char *const *f = entity ? entity->features : NULL; f && *f; f++)
		if (strcmp(*f, feature) == 0)
			return true;
	if (entity)
		e2e__discover_note_feature(entity, feature);
	return false;
}

E2E__FN void e2e__discover_note_identity(
	const e2e_entity *entity, const char *category, const char *type)
{
	struct e2e__strings names = {NULL, 0, 0};
	const char *wanted = e2e_printf("%s/%s", category ? category : "*", type ? type : "*");

	for (size_t i = 0; i < entity->nidentities; i++)
		e2e__missed_add(&names,
			e2e_printf("%s/%s", entity->identities[i].category,
				entity->identities[i].type));
	e2e__missed_note(e2e_printf("e2e_entity_is: %s is no %s%s", entity->jid, wanted,
		e2e__missed_but(wanted, &names)));
}

E2E__FN bool(e2e_entity_is)(const e2e_entity *entity, const char *category, const char *type)
{
	for (size_t i = 0; entity && i < entity->nidentities; i++) {
		const e2e_identity *one = entity->identities + i;

		if ((!category || strcmp(one->category, category) == 0) &&
			(!type || strcmp(one->type, type) == 0))
			return true;
	}
	if (entity)
		e2e__discover_note_identity(entity, category, type);
	return false;
}

/* Facts live as long as the process. */
E2E__FN void e2e__discover_add_fact(char kind, const char *what, const char *type, const char *jid)
{
	struct e2e__xmpp_fact *f = (struct e2e__xmpp_fact *)calloc(1, sizeof *f),
			      **at = &e2e__xmpp.facts;

	if (!f)
		return;
	f->kind = kind;
	f->what = strdup(what);
	f->type = strdup(type ? type : "");
	f->jid = strdup(jid ? jid : "");
	while (*at)
		at = &(*at)->next;
	*at = f;
}

E2E__FN void e2e__discover_learn_entity(const e2e_entity *e, bool account)
{
	for (const char *const *f = e->features; *f; f++)
		e2e__discover_add_fact(account ? 'A' : 'f', *f, NULL, e->jid);
	for (size_t i = 0; i < e->nidentities; i++)
		e2e__discover_add_fact(account ? 'a' : 'i', e->identities[i].category,
			e->identities[i].type, e->jid);
}

/* Where the run keeps what was discovered about this server. NULL: nowhere. */
E2E__FN const char *e2e__discover_facts_path(const e2e_client *c)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	char hex[2 * sizeof hash + 1];
	const char *dir = e2e_run_dir();
	const char *key = e2e_printf("%s %s:%d %s %s", e2e__xmpp.chosen->name, c->account.host,
		c->account.port, e2e__xmpp.chosen->domain ? e2e__xmpp.chosen->domain : "",
		e2e__literal_setting("block_features", ""));

	if (!dir)
		return NULL;
	crypto_generichash(hash, sizeof hash, (const unsigned char *)key, strlen(key), NULL, 0);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	return e2e_printf("%s/xmpp-facts-%s", dir, hex);
}

/* One line a fact: kind, what, type, address, separated by tabs. The first one: n, the server's
 * name, version, whom we asked; the last one, without which it isn't all: e. */
E2E__FN void e2e__discover_save_facts(const char *path)
{
	E2E__BUF(b, 8192);
	const char *draft = e2e_printf("%s.%ld", path, (long)getpid());
	struct e2e__xmpp_state *s = &e2e__xmpp;

	e2e__buf_addf(&b, "n\t%s\t%s\t%s\n", s->peer_name ? s->peer_name : "",
		s->peer_version ? s->peer_version : "", s->asked);
	e2e__buf_addf(&b, "c\t%s\t\t\n", s->facts_caps ? s->facts_caps : "");
	for (struct e2e__xmpp_fact *f = s->facts; f; f = f->next)
		e2e__buf_addf(&b, "%c\t%s\t%s\t%s\n", f->kind, f->what, f->type, f->jid);
	e2e__buf_adds(&b, "e\t\t\t\n");
	e2e__buf_add(&b, "", 1);
	if (!e2e__server_put(draft, b.p) || rename(draft, path))
		unlink(draft);
	e2e__buf_free(&b);
}

E2E__FN bool e2e__discover_load_facts(const char *path)
{
	char *text = path ? e2e__file_read(path, NULL) : NULL, *line, *next;
	struct e2e__xmpp_state *s = &e2e__xmpp;
	size_t n = text ? strlen(text) : 0;

	if (n < 5 || strcmp(text + n - 5, "e\t\t\t\n") != 0)
		return false;
	for (line = text; (next = strchr(line, '\n')); line = next + 1) {
		char *field[4] = {line, NULL, NULL, NULL};

		*next = 0;
		for (int i = 1; i < 4; i++) {
			char *tab = strchr(field[i - 1], '\t');

			if (!tab)
				return false;
			*tab = 0;
			field[i] = tab + 1;
		}
		if (*line == 'n') {
			s->peer_name = *field[1] ? strdup(field[1]) : NULL;
			s->peer_version = *field[2] ? strdup(field[2]) : NULL;
			s->asked = strdup(field[3]);
		} else if (*line == 'c') {
			s->facts_caps = strdup(field[1]);
		} else if (*line != 'e') {
			e2e__discover_add_fact(*line, field[1], field[2], field[3]);
		}
	}

	return s->asked != NULL;
}

/* XEP-0092. */
E2E__FN void e2e__discover_ask_version(e2e_client *c, const char *domain)
{
	xmpp_stanza_t *query = e2e__clear_answer(
		e2e__clear_ask(c, "get", domain, "<query xmlns='jabber:iq:version'/>"),
		"jabber:iq:version");
	xmpp_stanza_t *name = query ? xmpp_stanza_get_child_by_name(query, "name") : NULL;
	xmpp_stanza_t *version = query ? xmpp_stanza_get_child_by_name(query, "version") : NULL;
	char *text;

	if (name && (text = xmpp_stanza_get_text(name))) {
		e2e__xmpp.peer_name = strdup(text);
		xmpp_free(c->ctx, text);
	}

	if (version && (text = xmpp_stanza_get_text(version))) {
		e2e__xmpp.peer_version = strdup(text);
		xmpp_free(c->ctx, text);
	}
}

/* Asks the server, its items and the account, with a client of its own. */
E2E__FN void e2e__discover_ask_all(e2e_client *c)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *at = strchr(c->account.jid, '@'),
		   *domain = s->chosen->domain ? s->chosen->domain
		: at                           ? at + 1
					       : c->account.jid;
	e2e_disco_result found;
	e2e_entity account;
	const char *path;

	s->deaf = s->refusing = NULL;
	e2e__discover_ask_version(c, domain);
	if (e2e__discover_entities(c, domain, true, &found))
		for (size_t i = 0; i < found.n; i++)
			e2e__discover_learn_entity(found.entity + i, false);
	if (e2e__discover_info(c, NULL, e2e__discover_blocks(), &account))
		e2e__discover_learn_entity(&account, true);
	s->facts_caps = strdup(c->own->caps);
	s->asked = strdup(e2e_printf("%s%s%s%s%s, its %zu items and the account%s%s", domain,
		s->peer_name ? " (" : "", s->peer_name ? s->peer_name : "",
		s->peer_version ? " " : "",
		s->peer_name ? e2e_printf("%s)", s->peer_version ? s->peer_version : "") : "",
		found.n ? found.n - 1 : 0, s->refusing ? "; " : "",
		s->refusing ? s->refusing : ""));
	path = s->deaf ? NULL : e2e__discover_facts_path(c);
	if (path)
		e2e__discover_save_facts(path);
}

/* Puts all facts aside; their strings stay, since guards have handed them out. */
E2E__FN void e2e__discover_forget_facts(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct e2e__xmpp_fact *names = (struct e2e__xmpp_fact *)calloc(2, sizeof *names),
			      **end = &s->facts;

	while (*end)
		end = &(*end)->next;
	*end = s->forgotten;
	if (names) {
		names[0].what = s->peer_name;
		names[0].type = s->peer_version;
		names[0].jid = s->asked;
		names[1].what = s->facts_caps;
		names[0].next = &names[1];
		names[1].next = *end;
		*end = names;
	}

	s->forgotten = s->facts;
	s->facts = NULL;
	s->peer_name = s->peer_version = s->asked = s->facts_caps = NULL;
}

/* Does a client of this case see other capabilities (XEP-0115, in the stream's features) than those
 * that the facts are about? Then the server was changed within the run. */
E2E__FN bool e2e__discover_facts_stale(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next)
		if (!o->opts.account && o->caps[0] && s->facts_caps && *s->facts_caps &&
			strcmp(o->caps, s->facts_caps) != 0) {
			e2e__discover_forget_facts();
			return true;
		}
	return false;
}

/* A client of this case that the provisioner made and that can ask: where a list of accounts is
 * used up, it has to. */
E2E__FN struct e2e__xmpp_own *e2e__discover_who_can_ask(void)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (!o->opts.account && !o->place && o->phase == E2E__PHASE_UP)
			return o;
	return NULL;
}

/* Can another client be had? Not where a list of accounts is used up; where each account has to be
 * made one is enough. */
E2E__FN bool e2e__discover_another_is_had(const e2e_provisioner *p)
{
	return strcmp(p->name, "static") == 0
		? e2e__provision_static_left(p) > 0
		: strcmp(p->name, "register") != 0 && strcmp(p->name, "admin") != 0;
}

/* A client for discovery alone, with an account, but not connected. */
E2E__FN struct e2e__xmpp_own *e2e__discover_scout(const char *file, int line)
{
	e2e_client_opts opts;
	struct e2e__xmpp_own *o;

	memset(&opts, 0, sizeof opts);
	o = e2e__client_new(&opts);
	e2e__xmpp.made--;
	o->self->name = "discovery";
	e2e__provision_ready(file, line);
	e2e__provision_make_account(file, line, o);
	return o;
}

/* Its account is free again. */
E2E__FN void e2e__discover_scout_over(struct e2e__xmpp_own *o)
{
	if (!o->account)
		return;
	e2e__provision_static_free(o->account, !o->account->dirty);
	o->account = NULL;
	o->opts.account = &o->self->account; /* nothing to be cleared */
}

/* Asks what isn't known yet by a client of its own. */
E2E__FN void e2e__discover_alone(const char *file, int line)
{
	struct e2e__xmpp_own *o = e2e__discover_scout(file, line), *list[1];

	if (!e2e__discover_load_facts(e2e__discover_facts_path(o->self)) ||
		e2e__discover_facts_stale()) {
		e2e__client_enlist(o);
		list[0] = o;
		if (e2e__dead_connect(list, 1, e2e__loop_step())) {
			e2e__xmpp.discovering = false;
			e2e__xmpp.task = NULL;
			e2e__op_die(file, line, "discovery", &o->failure);
		}
		e2e__client_settle(o);
		e2e__discover_ask_all(o->self);
		(e2e_disconnect)(o->self);
	}

	e2e__discover_scout_over(o);
}

E2E__FN void e2e__discover(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct e2e__xmpp_own *here;
	const char *file;
	int line;

	if (s->discovered || s->discovering || !e2e__provision())
		return;
	file = e2e__state.page->where_file; /* where the test was seen last, as a rule the guard */
	line = e2e__state.page->where_line;
	e2e__op_enter();
	s->task = "discovery";
	s->discovering = true;
	here = e2e__discover_who_can_ask();
	if (here && !e2e__discover_another_is_had(s->chosen)) {
		if (!e2e__discover_load_facts(e2e__discover_facts_path(here->self)) ||
			e2e__discover_facts_stale())
			e2e__discover_ask_all(here->self);
	} else {
		e2e__discover_alone(file, line);
	}

	s->discovered = true;
	s->discovering = false;
	s->task = NULL;
	e2e__transcript_own_words_over();
	e2e__op_leave();
}

/* Some servers (ejabberd) announce the PubSub features of accounts as their own: real PubSub
 * services come first. */
E2E__FN bool e2e__discover_behind(char kind, const char *what, const char *jid)
{
	if (kind != 'f' || strncmp(what, "http://jabber.org/protocol/pubsub", 33) != 0)
		return false;
	for (struct e2e__xmpp_fact *f = e2e__xmpp.facts; f; f = f->next)
		if (f->kind == 'i' && strcmp(f->what, "pubsub") == 0 &&
			strcmp(f->type, "service") == 0 && strcmp(f->jid, jid) == 0)
			return false;
	return true;
}

/* Nobody was found who offers something, but not everybody has said what it can: that's no reason
 * to skip a case. */
E2E__FN void e2e__discover_not_deaf(const char *what, const char *type)
{
	if (!e2e__xmpp.deaf || !e2e__exit_in_case())
		return;
	e2e__op_die_of(e2e__xmpp.file, e2e__xmpp.line, "discovery", "discovery",
		e2e_printf("whether anybody offers %s%s%s isn't known: %s", what, type ? "/" : "",
			type ? type : "", e2e__xmpp.deaf),
		"see the transcript; block_features={\"ADDRESS\": [\"*\"]} leaves an address out for good");
}

/* Facts of a kind as a list of addresses; NULL: none. */
E2E__FN const char *const *e2e__discover_providers(char kind, const char *what, const char *type)
{
	const char **list;
	size_t n = 0;

	e2e__discover();
	for (struct e2e__xmpp_fact *f = e2e__xmpp.facts; f; f = f->next)
		n++;
	list = (const char **)e2e__memory_alloc((n + 1) * sizeof *list);
	n = 0;
	for (int behind = 0; behind < 2; behind++)
		for (struct e2e__xmpp_fact *f = e2e__xmpp.facts; f; f = f->next)
			if (f->kind == kind && strcmp(f->what, what) == 0 &&
				(!type || strcmp(f->type, type) == 0) &&
				e2e__discover_behind(kind, what, f->jid) == behind)
				list[n++] = f->jid;
	if (!n)
		e2e__discover_not_deaf(what, type);
	return n ? list : NULL;
}

/* What e2e.h's guards ask. */
E2E__FN const char *const *e2e__discover_feature(void *arg, const char *var)
{
	const char *const *list = e2e__discover_providers('f', var, NULL);

	(void)arg;
	e2e__xmpp.of_account =
		!list && e2e__discover_providers('A', var, NULL) ? e2e__memory_strdup(var) : NULL;
	return list;
}

E2E__FN const char *const *e2e__discover_identity(void *arg, const char *category, const char *type)
{
	(void)arg;
	e2e__xmpp.of_account = NULL;
	return e2e__discover_providers('i', category, type);
}

E2E__FN const char *e2e__discover_asked(void *arg)
{
	const struct e2e__xmpp_state *s = &e2e__xmpp;

	(void)arg;
	if (s->of_account && s->asked)
		return e2e_printf(
			"%s; the account has %s itself: e2e_require_account_feature asks for that",
			s->asked, s->of_account);
	return s->asked ? s->asked : s->none_reason;
}

E2E__FN const char *(e2e_feature_provider)(const char *var)
{
	struct e2e__strings found, names = {NULL, 0, 0};

	if (!var)
		e2e__op_die_of(e2e__xmpp.file, e2e__xmpp.line, "e2e_feature_provider", "usage",
			"the feature is NULL", NULL);
	found = e2e__guard_offers(var, NULL, NULL);
	if (found.n)
		return found.at[0];
	for (const struct e2e__xmpp_fact *f = e2e__xmpp.facts; f; f = f->next)
		if (f->kind == 'f')
			e2e__missed_add(&names, f->what);
	e2e__missed_note(e2e_printf("e2e_feature_provider: nobody offers %s; asked: %s%s", var,
		e2e__discover_asked(NULL), e2e__missed_near(var, &names)));
	return NULL;
}

E2E__FN const char *(e2e_server_name)(void)
{
	e2e__discover();
	return e2e__xmpp.peer_name;
}

E2E__FN const char *(e2e_server_version)(void)
{
	e2e__discover();
	return e2e__xmpp.peer_version;
}

/* The private server's name is known without asking it. */
E2E__FN const char *e2e__discover_peer(void *arg)
{
	e2e_provisioner *p = e2e__provision();

	(void)arg;
	if (p && strcmp(p->name, "local") == 0)
		return strcmp((const char *)p->arg, "prosody") != 0 ? "ejabberd" : "Prosody";
	return p && e2e__exit_in_case() ? (e2e_server_name)() : NULL;
}

E2E__FN const char *e2e__discover_who_was_asked(void)
{
	return e2e__discover_asked(NULL) ? e2e__discover_asked(NULL) : "nobody";
}

E2E__FN void e2e__discover_require_pep(void)
{
	if (!e2e__discover_providers('a', "pubsub", "pep"))
		e2e_skip(
			"the account has no personal eventing (PEP, identity pubsub/pep); asked: %s",
			e2e__discover_who_was_asked());
}

/* Those who offer a feature, by discovery or by the config, in the order in which
 * e2e_require_feature knows them. */
struct e2e__xmpp_offer {
	const char *var;
	struct e2e__strings by;
};

/* How many of the features it has. */
E2E__FN size_t e2e__discover_offers_of(
	const char *jid, size_t n, const struct e2e__xmpp_offer *offers)
{
	size_t has = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < offers[i].by.n; k++)
			has += strcmp(offers[i].by.at[k], jid) == 0;
	return has;
}

/* Has it features that only seem to be there? */
E2E__FN bool e2e__discover_all_behind(
	const char *jid, size_t n, const struct e2e__xmpp_offer *offers)
{
	for (size_t i = 0; i < n; i++)
		if (e2e__discover_offers_of(jid, 1, offers + i) &&
			e2e__discover_behind('f', offers[i].var, jid))
			return true;
	return false;
}

/* `a, b, c`, or `none`. */
E2E__FN const char *e2e__discover_listed(size_t n, const char *const *words)
{
	const char *text = n ? words[0] : "none";

	for (size_t i = 1; i < n; i++)
		text = e2e_printf("%s, %s", text, words[i]);
	return text;
}

E2E__FN const char *(e2e_require_feature_subset)(size_t n, const char *const *vars,
	size_t nrequired, const char *const *required, const char *const **supported)
{
	size_t all = nrequired + n, most = 0, has;
	struct e2e__xmpp_offer *offers =
		(struct e2e__xmpp_offer *)e2e__memory_alloc((all + 1) * sizeof *offers);
	const char **list = (const char **)e2e__memory_alloc((all + 1) * sizeof *list),
		   *best = NULL;

	for (size_t i = 0; i < all; i++) {
		offers[i].var = i < nrequired ? required[i] : vars[i - nrequired];
		offers[i].by = e2e__guard_offers(offers[i].var, NULL, NULL);
	}

	for (size_t i = 0; i < all; i++)
		for (size_t k = 0; k < offers[i].by.n; k++) {
			const char *jid = offers[i].by.at[k];

			if (e2e__discover_offers_of(jid, nrequired, offers) < nrequired)
				continue;
			has = e2e__discover_offers_of(jid, all, offers) +
				(e2e__discover_all_behind(jid, all, offers) ? 0 : all);
			if (has > most) {
				most = has;
				best = jid;
			}
		}
	if (!best) {
		e2e_skip("nobody has %s of the features %s; asked: %s", nrequired ? "all" : "any",
			nrequired ? e2e__discover_listed(nrequired, required)
				  : e2e__discover_listed(n, vars),
			e2e__discover_who_was_asked());
		return NULL;
	}

	most = 0;
	for (size_t i = 0; i < all; i++)
		if (e2e__discover_offers_of(best, 1, offers + i))
			list[most++] = offers[i].var;
	if (supported)
		*supported = list;
	return best;
}

E2E__FN void e2e__discover_require_account_feature(const char *var)
{
	if (!e2e__discover_providers('A', var, NULL))
		e2e_skip("the account doesn't have the feature %s; asked: %s", var,
			e2e__discover_who_was_asked());
}

/* ---- xmpp/quirks.h ---- */

#define E2E__QUIRKS "https://zombofant.net/xmlns/aioxmpp/e2etest/quirks"

static const char *const e2e__quirk_names[]
	__attribute__((unused)) = {"muc-id-rewrite", "no-adhoc-ping", "muc-no-333", "broken-muc",
		"broken-pubsub-get-multiple-by-id", "no-xep-0049", NULL};

E2E__FN const char *e2e__quirk_expected(const char *bare)
{
	return e2e_printf("some of %s, or URIs of your own%s", e2e__state_joined(e2e__quirk_names),
		e2e__config_did_you_mean(bare, e2e__quirk_names));
}

/* What was seen of servers, by the behaviour that the quirk is about: name, versions (pattern),
 * quirk. t/xmpp/quirks.c looks whether it is still so. */
E2E__FN bool e2e__quirk_known(const char *name, const char *version, const char *quirk)
{
	static const char *const known[][3] = {
		{"Prosody", "0.12*", "#no-adhoc-ping"},
		{"ejabberd", "2[0-9].*", "#muc-no-333"},
	};

	for (size_t i = 0; name && i < sizeof known / sizeof *known; i++)
		if (strcasecmp(known[i][0], name) == 0 &&
			!fnmatch(known[i][1], version ? version : "", 0) &&
			strcmp(known[i][2], quirk) == 0)
			return true;
	return false;
}

/* A quirk's name without its # or aioxmpp's URI, and without a - before it. Other URIs are the
 * user's own. */
E2E__FN const char *e2e__quirk_bare(const char *quirk)
{
	size_t n = strlen(E2E__QUIRKS "#");

	quirk += *quirk == '-';
	return strncmp(quirk, E2E__QUIRKS "#", n) == 0 ? quirk + n : quirk + (*quirk == '#');
}

/* quirks= of the section, a list of Python's or words; NULL: there's none. */
E2E__FN const char *const *e2e__quirks(void)
{
	static const char expected[] = "[\"#quirk\", ...]";
	const char *text = e2e__literal_setting("quirks", "");
	const struct e2e__json *list, *one;
	const char **names;
	size_t n = 0;

	if (*text != '[' && *text != '(')
		return e2e_config_list(e2e__xmpp.section, "quirks", NULL);
	list = e2e__literal("quirks", '[', expected);
	for (one = list->child; one; one = one->next)
		n++;
	names = (const char **)e2e__memory_alloc((n + 1) * sizeof *names);
	n = 0;
	for (one = list->child; one; one = one->next) {
		if (one->type != '"')
			e2e__literal_wrong(
				"quirks", e2e_printf("number %zu is no string", n + 1), expected);
		names[n++] = one->text;
	}

	return names;
}

/* quirks= of the section: 1 it is there, -1 it is taken away, 0 nothing is said. */
E2E__FN int e2e__quirk_config(const char *bare)
{
	const char *const *quirks = e2e__quirks();

	for (; quirks && *quirks; quirks++)
		if (strcmp(e2e__quirk_bare(*quirks), bare) == 0)
			return **quirks == '-' ? -1 : 1;
	return 0;
}

E2E__FN bool(e2e_quirk)(const char *name)
{
	const char *bare = e2e__quirk_bare(name);
	int said;

	if (bare != name && !e2e__state_has_word(e2e__quirk_names, bare))
		e2e__op_die_of(e2e__xmpp.file, e2e__xmpp.line, "e2e_quirk", "usage",
			e2e_printf("there's no quirk #%s: expected %s", bare,
				e2e__quirk_expected(bare)),
			NULL);
	if (!e2e__provision())
		return false;
	said = e2e__quirk_config(bare);
	if (said)
		return said > 0;
	return e2e__quirk_known(
		(e2e_server_name)(), (e2e_server_version)(), e2e_printf("#%s", bare));
}

E2E__FN bool e2e__quirk_has(void *arg, const char *uri)
{
	(void)arg;
	return (e2e_quirk)(uri);
}

/* ---- xmpp/settings.h ---- */

E2E__FN bool e2e__setting_has_section(const char *section)
{
	const struct e2e__setting *s = e2e__state.headings;

	while (s && strcmp(s->section, section) != 0)
		s = s->next;
	return s != NULL;
}

/* A section of a provisioner that nobody chose: the tests would run somewhere else. */
E2E__FN void e2e__setting_check_unused(void)
{
	const struct e2e__setting *first = NULL;

	for (const struct e2e__setting *s = e2e__state.headings; s; s = s->next)
		if (e2e__provision_is_remote(s->section) && (!first || s->line < first->line))
			first = s;
	if (first)
		e2e__config_section_error(first->section,
			e2e_printf(
				"[global] provisioner = %s beside it: without that nobody reads it",
				first->section));
}

/* [global] provisioner = x, where x's section lacks something. */
E2E__FN void e2e__setting_lacks(const char *what) __attribute__((noreturn));
E2E__FN void e2e__setting_lacks(const char *what)
{
	const struct e2e__setting *chosen = e2e__config_find_setting("global", "provisioner");
	const char *section = chosen->value, *meant = "";

	for (const struct e2e__setting *s = e2e__state.headings; s; s = s->next)
		if (strcmp(e2e__literal_alias(s->section), e2e__literal_alias(section)) == 0 &&
			strcmp(s->section, section) != 0)
			meant = e2e_printf("; did you mean provisioner = %s?", s->section);
	e2e__config_error(chosen->line, e2e_printf("provisioner = %s, but %s", section, what),
		e2e_printf("[%s] with host = NAME%s%s", section,
			strcmp(e2e__literal_alias(section), "static") == 0
				? " and accounts = " E2E__XMPP_ACCOUNTS
				: strcmp(section, "admin") == 0
				? ", admin = USER and admin_password = SECRET"
				: "",
			meant));
}

E2E__FN void e2e__setting_check_host(const char *key)
{
	const char *host = e2e__literal_setting(key, NULL),
		   *colon = host ? strchr(host, ':') : NULL;

	if (!host)
		return;
	if (!*host || strpbrk(host, " \t\n/@[]"))
		e2e__literal_wrong(key, NULL, "a name or an address, e.g. xmpp.example.org");
	if (colon && !strchr(colon + 1, ':'))
		e2e__literal_wrong(key, NULL,
			"a name or an address alone; the port has a line of its own: port = 5222");
}

E2E__FN void e2e__setting_check_pin_type(void)
{
	long long type = e2e_config_int(e2e__literal_section("pin_type"), "pin_type", 0);

	if (type != 0 && type != 1)
		e2e__literal_wrong(
			"pin_type", NULL, "0 (pins of public keys) or 1 (of certificates)");
}

/* Files that certificates are judged by. */
E2E__FN void e2e__setting_check_trust(void)
{
	const char *ca = e2e__literal_setting("ca_file", NULL),
		   *store = e2e__literal_setting("pin_store", NULL);
	const char *place = e2e__xmpp.place,
		   *domain = place ? place : e2e__provision_first_domain(),
		   *host = e2e__literal_setting("host", domain), *error = NULL;
	const struct e2e__json *pins;

	e2e__setting_check_pin_type();
	if (ca)
		X509_STORE_free(e2e__tls_authorities(ca, &error));
	if (error)
		e2e__literal_wrong(
			"ca_file", error, "a file that holds the authority's certificate in PEM");
	if (!store || e2e__literal_flag("no_verify"))
		return;
	error = e2e__tls_read_pins(store, domain, host, &pins);
	if (error)
		e2e__literal_wrong("pin_store", error, "a file with {\"host\": [\"base64\", ...]}");
	if (!pins)
		e2e__literal_wrong("pin_store", e2e_printf("it has no pins of %s", domain),
			e2e_printf(
				"{\"%s\": [\"base64\", ...]} in it; ca_file = FILE trusts an authority instead",
				domain));
}

/* What is pointless beside no_tls=true would be believed to count. */
E2E__FN void e2e__setting_check_no_tls(void)
{
	static const char *const others[] = {"direct_tls", "ca_file", "pin_store"};

	if (!e2e__literal_flag("no_tls"))
		return;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (i ? e2e__literal_setting(others[i], NULL) != NULL
		      : e2e__literal_flag(others[i]))
			e2e__literal_wrong("no_tls", e2e_printf("%s is there, too", others[i]),
				"one of the two");
}

E2E__FN void e2e__setting_check_quirks(void)
{
	const char *const *quirks = e2e__quirks();

	for (; quirks && *quirks; quirks++) {
		const char *bare = e2e__quirk_bare(*quirks);

		if (!e2e__state_has_word(e2e__quirk_names, bare) && !strchr(bare, ':'))
			e2e__literal_wrong("quirks", e2e_printf("there's no quirk %s", *quirks),
				e2e__quirk_expected(bare));
	}
}

E2E__FN void e2e__setting_check_blocks(void)
{
	static const char expected[] = "{\"address\": [\"pattern\", ...]}";
	const struct e2e__json *blocks = e2e__literal("block_features", '{', expected);

	for (const struct e2e__json *one = blocks ? blocks->child : NULL; one; one = one->next) {
		if (one->type != '[')
			e2e__literal_wrong("block_features",
				e2e_printf("what \"%s\" has is no list", one->key), expected);
		for (const struct e2e__json *glob = one->child; glob; glob = glob->next)
			if (glob->type != '"')
				e2e__literal_wrong("block_features",
					e2e_printf("a pattern of \"%s\" is no string", one->key),
					expected);
	}
}

/* What hosts= names, one by one. */
E2E__FN void e2e__setting_check_hosts(void)
{
	const char *const *hosts = e2e__provision_hosts(), *first = e2e__provision_first_domain();

	for (size_t i = 0; hosts && hosts[i]; i++) {
		if (!*hosts[i] || strpbrk(hosts[i], " \t\n/@[]:"))
			e2e__literal_wrong("hosts",
				e2e_printf("%s is no domain", e2e_quoted(hosts[i])),
				"[\"capulet.example\", ...]");
		if (strcasecmp(hosts[i], first) == 0)
			e2e__literal_wrong("hosts",
				e2e_printf("%s is the first host already", hosts[i]),
				"the domains of the others");
		for (size_t k = 0; k < i; k++)
			if (strcasecmp(hosts[i], hosts[k]) == 0)
				e2e__literal_wrong("hosts",
					e2e_printf("it names %s twice", hosts[i]),
					"each domain once");
	}
}

/* Where and how the host is reached that e2e__xmpp.place says. */
E2E__FN void e2e__setting_check_address(void)
{
	long long port = e2e_config_int(e2e__literal_section("port"), "port", 5222);

	e2e__setting_check_host("host");
	if (port < 1 || port > 65535)
		e2e__literal_wrong("port", NULL, "a port from 1 to 65535");
	e2e__literal_flag("no_verify");
	e2e__literal_flag("direct_tls");
	e2e__setting_check_no_tls();
	e2e__setting_check_trust();
}

/* The sections of hosts=. */
E2E__FN void e2e__setting_check_places(void)
{
	static const char *const keys[] = {"host", "port", "no_verify", "pin_store", "pin_type",
		"ca_file", "no_tls", "direct_tls", "admin", "admin_password", NULL};
	struct e2e__section section;

	memset(&section, 0, sizeof section);
	section.keys = keys;
	for (const char *const *host = e2e__provision_hosts(); host && *host; host++) {
		section.name = *host;
		for (const struct e2e__setting *s = e2e__state.settings; s; s = s->next)
			if (strcmp(s->section, *host) == 0)
				e2e__config_check_key(s, &section);
		e2e__xmpp.place = *host;
		e2e__setting_check_address();
	}
	e2e__xmpp.place = NULL;
}

/* The section of a server that runs already. */
E2E__FN void e2e__setting_check_remote(void)
{
	const char *section = e2e__xmpp.section;
	bool accounts = strcmp(e2e__literal_alias(section), "static") == 0;

	if (!e2e__setting_has_section(section))
		e2e__setting_lacks(e2e_printf("there's no section [%s]", section));
	if (!e2e__literal_setting("host", e2e__literal_setting("domain", NULL)))
		e2e__setting_lacks(e2e_printf("[%s] has no host", section));
	if (accounts && !e2e__literal_setting("accounts", NULL))
		e2e__setting_lacks(e2e_printf("[%s] has no accounts", section));
	if (strcmp(section, "admin") == 0 && !e2e__literal_setting("admin", NULL))
		e2e__setting_lacks("[admin] doesn't say who that is");
	if (strcmp(section, "admin") == 0 && !e2e__literal_setting("admin_password", NULL))
		e2e__setting_lacks("[admin] has no admin_password");
	e2e__setting_check_host("domain");
	e2e__setting_check_hosts();
	e2e__setting_check_address();
	e2e__setting_check_places();
	e2e_config_bool(section, "skip_on_too_few_accounts", false);
	if (accounts && !e2e__provision_static_accounts()->child)
		e2e__literal_wrong("accounts", "the list is empty", E2E__XMPP_ACCOUNTS);
}

/* What is wrong with the name of a private server; NULL: nothing. */
E2E__FN const char *e2e__setting_wrong_server(const char *server)
{
	static const char *const servers[] = {"prosody", "ejabberd", NULL};

	if (!e2e__state_has_word(servers, server))
		return e2e_printf("%s%s", e2e__state_joined(servers),
			e2e__config_did_you_mean(server, servers));
	return e2e__provision_local_installed(server)
		? NULL
		: "a server that is installed; this one isn't";
}

/* config= of [local]: files whose text joins the configuration of the server. NULL: there's
 * none. */
E2E__FN void e2e__setting_check_files(const char *server)
{
	const char *const *files = e2e__wish_files();

	for (size_t i = 0; files[i]; i++)
		if (access(files[i], R_OK))
			e2e__literal_wrong("config",
				files[1] ? e2e_printf("%s: %s", files[i], strerror(errno))
					 : strerror(errno),
				"files whose text joins the server's configuration");
	if (!server || !files[0])
		return;
	for (size_t i = 0; files[i]; i++)
		if (e2e__wish_is_yaml(files[i]) == (strcmp(server, "ejabberd") == 0))
			return;
	e2e__literal_wrong("config", e2e_printf("it has nothing for %s", server),
		"extra.yml for ejabberd, another name for Prosody; "
		"for both [\"extra.lua\", \"extra.yml\"]");
}

E2E__FN void e2e__setting_check_modules(void)
{
	const char *const *list = e2e_config_list("local", "modules", NULL);

	for (; list && *list; list++)
		if (!e2e__wish_is_module(*list))
			e2e__literal_wrong("modules", e2e_printf("%s isn't one", e2e_quoted(*list)),
				"names of modules without mod_, such as mam, carbons");
}

/* A private server that somebody asked for by name. */
E2E__FN void e2e__setting_check_local(bool chosen)
{
	const char *option = e2e__xmpp.server_option.value,
		   *server = option ? option : e2e__literal_setting("server", NULL);
	const char *wrong = server ? e2e__setting_wrong_server(server) : NULL;

	if (wrong && option)
		e2e__exit_fatal("--server %s: expected %s", e2e_quoted(option), wrong);
	if (wrong)
		e2e__literal_wrong("server", NULL, wrong);
	if (chosen && !server && !e2e__provision_local_server())
		e2e__config_setting_error(e2e__config_find_setting("global", "provisioner"),
			"another one, since " E2E__XMPP_NO_SERVER " (prosody or ejabberd)");
	e2e__setting_check_modules();
	e2e__setting_check_files(e2e__provision_local_server());
	e2e_config_bool("local", "starttls", false);
	e2e_config_bool("local", "anonymous", false);
	if (e2e__literal_setting("start_timeout", NULL) &&
		!(e2e__startup_seconds() > 0 && e2e__startup_seconds() < 1e9))
		e2e__literal_wrong(
			"start_timeout", NULL, "seconds that the server may take to start");
}

/* timeout= of the section, the seconds of a step. */
E2E__FN void e2e__setting_check_timeout(void)
{
	double seconds = e2e_config_double(e2e__xmpp.section, "timeout", 0);

	if (e2e__literal_setting("timeout", NULL) && !(seconds > 0 && seconds < 1e9))
		e2e__literal_wrong("timeout", NULL, "seconds for each step, e.g. 5");
	e2e__xmpp.config_step = seconds;
}

/* Of a provisioner of the user's own: the keys that mean the same. Its start() may make the files
 * that certificates are judged by. */
E2E__FN void e2e__setting_check_own(void)
{
	e2e__literal_flag("no_verify");
	e2e__literal_flag("direct_tls");
	e2e__setting_check_no_tls();
	e2e__setting_check_pin_type();
}

/* Hook: options and config are read. The other keys of a provisioner of the user's own aren't ours
 * to judge. */
E2E__FN void e2e__setting_check_config(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *wanted = e2e_config("global", "provisioner", NULL);

	if (!wanted && !s->server_option.value)
		e2e__setting_check_unused();
	s->section = s->server_option.value || !wanted ? "local" : wanted;
	e2e__setting_check_timeout();
	if (strcmp(s->section, "local") == 0)
		e2e__setting_check_local(wanted && !s->server_option.value);
	else if (e2e__provision_is_remote(s->section))
		e2e__setting_check_remote();
	else if (!e2e__config_section_of(s->section))
		e2e__setting_check_own();
	e2e__setting_check_quirks();
	e2e__setting_check_blocks();

	s->section = NULL;
}

/* ---- xmpp/main.h ---- */

static void e2e__main_register(void) __attribute__((constructor));
static void e2e__main_register(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	if (s->on)
		return;
	s->on = true;
	s->hooks.start = e2e__setting_check_config;
	s->hooks.case_over = e2e__clear_case_over;
	s->hooks.case_end = e2e__accounts_case_end;
	s->hooks.idle = e2e__loop_idle;
	s->hooks.failing = e2e__missed_failing;
	e2e__hook(&s->hooks);
	e2e__provision_offer("register", e2e__register_initialise, e2e__register_make_client);
	e2e__provision_offer("admin", e2e__admin_initialise, e2e__admin_make_client);
	s->provider.peer = e2e__discover_peer;
	s->provider.feature = e2e__discover_feature;
	s->provider.identity = e2e__discover_identity;
	s->provider.quirk = e2e__quirk_has;
	s->provider.asked = e2e__discover_asked;
	e2e_provide(&s->provider);
	for (struct e2e__section *section = e2e__provision_sections(); section->name; section++)
		e2e__config_add_section(section);
	s->server_option.name = "--server";
	s->server_option.env = "E2E_SERVER";
	s->server_option.arg = "NAME[,NAME]";
	s->server_option.join = ",";
	s->server_option.help = "private XMPP servers to run on: prosody, ejabberd";
	e2e__option_add(&s->server_option);
	s->record_option.name = "--record";
	s->record_option.env = "E2E_RECORD";
	s->record_option.arg = "FILE";
	s->record_option.help =
		"append the XMPP stanzas of all clients to FILE, a script that replays them";
	e2e__option_add(&s->record_option);
}

/* Does anything say where clients come from? */
E2E__FN bool e2e__main_is_told(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--config", 8) == 0)
			return true;
	return getenv("E2E_SERVER") || getenv("E2E_CONFIG") ||
		access(".local/e2e.ini", F_OK) == 0 || access(".local/e2etest.ini", F_OK) == 0;
}

/* Those of E2E_SERVERS that are installed, and what is no server's name; NULL: none. */
E2E__FN const char *e2e__main_default(int argc, char **argv)
{
	char *names, *name, *rest = NULL;
	const char *list = NULL;

	if (!e2e__xmpp.default_servers || e2e__main_is_told(argc, argv))
		return NULL;
	names = strdup(e2e__xmpp.default_servers);
	for (name = strtok_r(names, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest))
		if ((strcmp(name, "prosody") != 0 && strcmp(name, "ejabberd") != 0) ||
			e2e__provision_local_installed(name))
			list = e2e_printf("%s%s%s", list ? list : "", list ? "," : "", name);
	free(names);
	return list;
}

/* The servers of --server, or of its variable, if there are several; those of E2E_SERVERS. */
E2E__FN const char *e2e__main_servers(int argc, char **argv)
{
	const char *list = NULL;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--server") == 0 && i + 1 < argc)
			list = e2e__option_joined(list, ",", argv[++i]);
		else if (strncmp(argv[i], "--server=", 9) == 0)
			list = e2e__option_joined(list, ",", argv[i] + 9);
		else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0 ||
			strcmp(argv[i], "--list") == 0 || strcmp(argv[i], "--version") == 0)
			return NULL;
	if (!list && !getenv("E2E_SERVER"))
		return e2e__main_default(argc, argv);
	list = list ? list : getenv("E2E_SERVER");
	return list && strchr(list, ',') ? list : NULL;
}

/* Copies a program's TAP, indented. Its Bail out! doesn't end the other servers' cases, so it
 * becomes a comment. */
E2E__FN void e2e__main_indent(FILE *from)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, from) > 0) {
		printf("%s%s",
			*line == '\n'                                ? ""
				: strncmp(line, "Bail out!", 9) != 0 ? "    "
								     : "    # ",
			line);
		fflush(stdout);
	}
	free(line);
}

/* The program for one server, and the signal that ends them all. */
E2E__FN volatile sig_atomic_t *e2e__main_inner(void)
{
	static volatile sig_atomic_t inner[2];

	return inner;
}

/* The program that runs says what hung; the others are not started. */
E2E__FN void e2e__main_told(int sig)
{
	volatile sig_atomic_t *inner = e2e__main_inner();

	inner[1] = sig;
	if (inner[0] > 0)
		kill((pid_t)inner[0], sig);
}

E2E__FN void e2e__main_catch(void)
{
	static const int sigs[] = {SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction sa, old;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = e2e__main_told;
	sa.sa_flags = SA_RESTART;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < 3; i++)
		if (sigaction(sigs[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(sigs[i], &sa, NULL);
}

/* Runs this program once more, for one server. Returns its exit status; 255: a signal. */
E2E__FN int e2e__main_run_for(int argc, char **argv, const char *server)
{
	char **args = (char **)calloc((size_t)argc + 3, sizeof *args);
	int out[2], n = 0, status = 0;
	FILE *from;
	pid_t pid;

	if (!args || pipe(out))
		return 99;
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--server") == 0)
			i++;
		else if (strncmp(argv[i], "--server=", 9) != 0)
			args[n++] = argv[i];
	args[n++] = (char *)(uintptr_t) "--server";
	args[n] = (char *)(uintptr_t)server;
	pid = fork();
	e2e__main_inner()[0] = (sig_atomic_t)pid;
	if (pid == 0) {
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		/* it is part of the run, whose servers it shares */
		if (e2e__proc.given_run_dir)
			setenv("E2E_RUN_DIR", e2e__proc.given_run_dir, 1);
#ifdef E2E__LINUX
		prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
		execv("/proc/self/exe", args);
#endif
		execvp(args[0], args);
		_exit(99);
	}

	close(out[1]);
	from = pid > 0 ? fdopen(out[0], "r") : NULL;
	if (from) {
		e2e__main_indent(from);
		fclose(from);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	e2e__main_inner()[0] = 0;
	free(args);
	if (pid > 0 && WIFSIGNALED(status))
		printf("    # the program died of signal %d\n", WTERMSIG(status));
	return pid < 0 ? 99 : WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

E2E__FN int e2e__main(int argc, char **argv)
{
	const char *list = e2e__main_servers(argc, argv);
	char *names, *name, *rest = NULL;
	const char *wrong;
	bool reported = getenv("E2E_TIMES") != NULL;
	int n = 0, worst = 0;

	if (!list)
		return (e2e_main)(argc, argv);
	names = strdup(list);
	for (name = strtok_r(names, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest), n++)
		if ((wrong = e2e__setting_wrong_server(name)) != NULL)
			e2e__exit_fatal("--server %s: %s: expected %s", list, name, wrong);
	if (!n)
		e2e__exit_fatal(
			"--server %s names no server: expected some of prosody, ejabberd", list);
	strcpy(names, list);
	n = 0;
	e2e__main_catch();
	printf("TAP version %d\n", e2e__main_choose_tap());
	for (name = strtok_r(names, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest)) {
		int status, told = e2e__main_inner()[1];

		if (told) {
			printf("ok %d - %s # SKIP not run: terminated by %s\n", ++n, name,
				e2e__clock_signal_name(told));
			worst = worst ? worst : 1;
			continue;
		}
		printf("# Subtest: %s\n", name);
		fflush(stdout);
		status = e2e__main_run_for(argc, argv, name);
		printf("%sok %d - %s\n", status ? "not " : "", ++n, name);
		if (reported) /* prove --specs has columns for each server */
			printf("  ---\n  server: %s\n  ...\n", name);
		if (status == 99)
			worst = 99;
		else if (status && !worst)
			worst = 1;
	}

	printf("1..%d\n", n);
	free(names);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "e2e: cannot write TAP to stdout: %s\n", strerror(errno));
		return 99;
	}

	return worst;
}

#endif /* E2E_EXTERN */

#ifdef __cplusplus
}
#endif

/* MIT licence. Copyright (c) 2026 the e2e authors.
 * Permission is granted, free of charge, to use, copy, modify, merge, publish, distribute,
 * sublicense and sell this file, provided that this notice stays in it. It comes as is, without
 * warranty of any kind. */
#endif /* E2E_XMPP_H */
