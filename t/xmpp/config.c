/* e2e: libstrophe openssl libsodium */
/* A config that can't work ends the program with 99 before its first case, names file and line, says what was
 * meant, and shows no password. What is right stays right. The case called inner_ is run by the others, each
 * time with another config. */
#include "e2e_xmpp.h"

E2E_TEST(inner_needs_no_server)
{
	e2e_pass("it runs");
}

/* A user's own quirk, and one of aioxmpp's. */
E2E_TEST(inner_quirks)
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_ok(e2e_quirk("broken-muc"), "without #");
	e2e_ok(e2e_quirk("https://example.org/quirks#slow"), "a URI of one's own");
	e2e_ok(!e2e_quirk("#no-adhoc-ping"), "taken away");
}

static const char *path_of(const char *name, const char *text)
{
	const char *path = e2e_printf("%s/%s", e2e_tmpdir(), name);

	e2e__server_put(path, text);
	return path;
}

static e2e_result run(const char *cases, const char *config)
{
	e2e_spawn_opts opts = {.env = E2E_ARGV("INNER=1", "E2E_SERVER"), .cwd = e2e_tmpdir()};

	path_of("x.ini", config);
	return e2e_run_with(opts, "/proc/self/exe", "-k", cases, "--config", "x.ini");
}

/* It is refused with this (an ERE behind the file's name), before any case. */
#define refused(config, message) refused_at(__LINE__, config, message)
static void refused_at(int line, const char *config, const char *message)
{
	e2e_result r = run("^inner_needs", config);

	e2e_is_int(r.status, 99, "line %d: status", line);
	e2e_like(r.err, e2e_printf("^e2e: x\\.ini:%s", message), "line %d", line);
	e2e_unlike(r.out, "^(not )?ok ", "line %d: no case has run", line);
	e2e_ok(!strstr(r.out, "hunter2") && !strstr(r.err, "hunter2"), "line %d: no password is shown", line);
}

#define taken(config) taken_at(__LINE__, config)
static void taken_at(int line, const char *config)
{
	e2e_result r = run("^inner_needs", config);

	e2e_is_int(r.status, 0, "line %d: status", line) || (e2e_diag("%s", r.err), 0);
}

#define ANON "[global]\nprovisioner=anonymous\n[anonymous]\nhost=xmpp.example\n"
#define STATIC "[global]\nprovisioner=static\n[static]\nhost=xmpp.example\n"

E2E_TEST(keys)
{
	refused(STATIC "acounts=[('alice', 'hunter2')]\n", "5: acounts: .*did you mean accounts\\?\n");
	refused(ANON "no_verfy=true\n", "5: no_verfy: .*did you mean no_verify\\?\n");
	refused(ANON "wibble=true\n",
		"5: wibble: expected a key of \\[anonymous\\]: host, domain, port, [a-z_, ]+\n");
	refused(ANON "accounts=[('alice', 'hunter2')]\n", "5: accounts: expected a key of \\[anonymous\\]");
	refused("[local]\nhost=xmpp.example\n", "2: host: expected a key of \\[local\\]: server, ");
	refused("[local]\nport=5222\n", "2: port: expected a key of ");
	refused("[local]\nsever=prosody\n", "2: sever: .*did you mean server\\?\n");
	refused("[global]\nprovisioner=aioxmpp.e2etest.provision.AnyProvisioner\n[aioxmpp.e2etest.provision."
		"AnyProvisioner]\nhost=x\n"
		"pinstore=p\n",
		"5: .*pinstore: .*did you mean pin_store\\?\n");
	taken(ANON
	      "Port = 5222\nNO_VERIFY = yes\nquirks = []\nblock_features = {}\n[mine]\nanything = goes\n");
}

E2E_TEST(sections)
{
	refused("[global]\nprovisioner=anonymous\n[anonymus]\nhost=x\n",
		"3: \\[anonymus\\]: .*did you mean \\[anonymous\\]\\?");
	refused("[Local]\nserver=prosody\n", "1: \\[Local\\]: .*did you mean \\[local\\]\\?");
	refused("[global]\nprovisioner=anonymous\n",
		"2: provisioner = anonymous, but there's no section \\[anonymous\\]: .*host = ");
	refused("[global]\nprovisioner=static\n[aioxmpp.e2etest.provision.StaticPasswordProvisioner]\nhost="
		"x\naccounts=[('a','hunter2')]\n",
		"2: provisioner = static, but .*did you mean provisioner = "
		"aioxmpp.e2etest.provision.StaticPasswordProvisioner\\?");
	refused("[static]\nhost=x\naccounts=[('alice', 'hunter2')]\n",
		"1: \\[static\\]: expected \\[global\\] provisioner = static");
	refused("[global]\ntimeout=1\n[anonymous]\nhost=x\n",
		"3: .*expected \\[global\\] provisioner = anonymous");
	taken(ANON "[static]\nhost=x\naccounts=[('alice', 'hunter2')]\n");
	taken("[global]\nprovisioner=mine\n[mine]\nhots=x\n");
	taken("[global]\nprovisioner=mine\n[mine]\nca_file=made-by-its-start.pem\nno_verify=no\n");
	refused("[global]\nprovisioner=mine\n[mine]\nno_verify=perhaps\n", "4: no_verify = \"perhaps\": expected true or false");
	refused("[global]\nprovisioner=mine\n[mine]\npin_type=2\n", "4: pin_type = \"2\": expected 0 ");
	refused("[global]\nprovisioner=mine\n[mine]\nno_tls=1\ndirect_tls=1\n", "4: no_tls = \"1\": direct_tls is there, too");
	refused("[global]\nprovisioner=mine\n[mine]\nquirks=[\"#brokn-muc\"]\n", "4: quirks = .*did you mean broken-muc");
	refused("[global]\nprovisioner=mine\n[mine]\nblock_features=[\"x\"]\n", "4: block_features = .*expected .\"address\": ");
	taken("[global]\nprovisioner=many\n[many]\nhots=x\n");
	taken("[language]\nlang=de\n[statistics]\non=1\n[an]\nx=y\n");
}

E2E_TEST(hosts_and_ports)
{
	refused("[global]\nprovisioner=anonymous\n[anonymous]\nport=5222\n",
		"2: provisioner = anonymous, but \\[anonymous\\] has no host: expected \\[anonymous\\] with "
		"host = NAME\n");
	refused("[global]\nprovisioner=any\n[any]\nhost=\n", "4: host = .*expected a name");
	refused("[global]\nprovisioner=any\n[any]\nhost=https://x.example/\n", "4: host = .*expected a name");
	refused("[global]\nprovisioner=any\n[any]\nhost=x.example:5222\n", "4: host = .*port = 5222");
	refused(ANON "domain=me@x.example\n", "5: domain = .*expected a name");
	refused(ANON "port=0\n", "5: port = .0.: expected a port from 1 to 65535\n");
	refused(ANON "port=99999\n", "5: port = .99999.: expected a port");
	refused(ANON "port=xmpp\n", "5: port = .xmpp.: expected an integer");
	refused(ANON "no_verify=maybe\n", "5: no_verify = .maybe.: expected true or false");
	refused(ANON "timeout=soon\n", "5: timeout = .soon.: expected ");
	refused(ANON "timeout=0\n", "5: timeout = .0.: expected seconds for each step");
	refused("[local]\ntimeout=-1\n", "2: timeout = .-1.: expected seconds");
	taken(ANON "timeout=2.5\n");
	taken("[global]\nprovisioner=any\n[any]\ndomain=x.example\nhost=::1\nport=65535\n");
	taken("[global]\nprovisioner=any\n[any]\ndomain=x.example\n");
}

E2E_TEST(accounts)
{
	refused(STATIC, "2: provisioner = static, but \\[static\\] has no accounts: .*accounts = ");
	refused(STATIC "accounts=[]\n", "5: accounts: the list is empty: expected \\[\\(");
	refused(STATIC "accounts=[('hunter2')]\n", "5: accounts: number 1 isn't \\(");
	refused(STATIC "accounts=[('a', 'hunter2'), ('b', 'hunter2', 'x')]\n",
		"5: accounts: number 2 isn't \\(");
	refused(STATIC "accounts=[('a', hunter2)]\n", "5: accounts: expected a string.* at offset ");
	refused(STATIC "accounts=[('a', 'hunter2'\n", "5: accounts: .* at offset ");
	refused(STATIC "accounts=[('a', 'hunter1'),\n('b', 'hunter2')]\n", "6: \\(\\.\\.\\.: expected ");
	refused(STATIC "accounts=[('a', 'hunter1'),\n('b', 'x=hunter2')]\n", "6: \\(\\.\\.\\.: expected ");
	refused(STATIC "accounts='hunter2'\n", "5: accounts: it is another kind of value");
	refused(STATIC "accounts=[('alice@xmpp.example', 'hunter2')]\n",
		"5: accounts: number 1 .*before the @");
	refused(STATIC "accounts=[('a', 'hunter2'),\n  ('b', 'x'),\n  ('a', 'y')]\n",
		"5: accounts: number 3 names .a. once more");
	refused(STATIC "accounts=[('anna', 'x'), ('Anna', 'y')]\n", "5: accounts: number 2 names .Anna. once more");
	refused(STATIC "accounts=[('a', 'hunter2')]\nskip_on_too_few_accounts=often\n",
		"6: skip_on.*expected true or false");
	taken(STATIC "accounts=[('a', 'hunter2'), [\"b\", 'hunter2'],]\nskip_on_too_few_accounts=on\n");
}

/* hosts=, and the sections that it names. */
E2E_TEST(several_hosts)
{
	refused(ANON "hosts=[\"me@x.example\"]\n", "5: hosts = .*: .me@x.example. is no domain: expected");
	refused(ANON "hosts=b.example, XMPP.example\n", "5: hosts = .*: XMPP.example is the first host already");
	refused(ANON "hosts=b.example, c.example, b.example\n", "5: hosts = .*: it names b.example twice");
	refused(ANON "hosts=b.example\n[b.example]\nprot=5222\n",
		"7: prot: expected a key of \\[b.example\\]: host, .*did you mean port\\?");
	refused(ANON "hosts=b.example\n[b.example]\nport=99999\n", "7: port = .99999.: expected a port");
	refused(ANON "hosts=b.example\n[b.example]\nhost=b:5222\n", "7: host = .*port = 5222");
	refused(ANON "hosts=b.example\n[b.example]\nca_file=nowhere.pem\n", "7: ca_file = .nowhere.pem.: No such");
	refused(ANON "direct_tls=true\nhosts=b.example\n[b.example]\nno_tls=true\n",
		"8: no_tls = .true.: direct_tls is there, too");
	refused(STATIC "hosts=b.example\naccounts=[('a@c.example', 'hunter2')]\n",
		"6: accounts: number 1 .*only domains that hosts= names");
	refused(STATIC "hosts=b.example\naccounts=[('a@b.example', 'hunter2'), ('a@b.example', 'hunter2')]\n",
		"6: accounts: number 2 names .a@b.example. once more");
	taken(STATIC "hosts=b.example\naccounts=[('a@b.example', 'hunter2'), ('a', 'hunter2')]\n");
	taken(ANON "port=99\nhosts=[\"b.example\", \"c.example\"]\n[b.example]\nhost=::1\n[d.example]\nx=y\n");
}

/* Secrets from the environment; what isn't used needn't be there. */
E2E_TEST(secrets)
{
	e2e_setenv("SECRET", "hunter2'), \"");
	taken(STATIC "accounts=[('a', '${SECRET}'), ('b', \"${SECRET}\")]\n");
	refused(STATIC "accounts=[('a', '${SECRET}'), ('a', 'x')]\n", "5: accounts: number 2 names .a. once more");
	refused(STATIC "accounts=[('a', '${NO_SECRET}')]\n",
		"5: accounts: expected the environment variable NO_SECRET to be set\n");
	taken(ANON "[static]\nhost=x\naccounts=[('a', '${NO_SECRET}')]\n");
	taken("[DEFAULT]\nhost=xmpp.example\nport=5222\n[global]\nprovisioner=anonymous\n[anonymous]\n");
	refused("[DEFAULT]\nport=99999\n" ANON, "2: port = .99999.: expected a port");
}

E2E_TEST(trust)
{
	const char *pin = "MFkwEwYHKoZIzj0CAQ==";

	refused(ANON "ca_file=nowhere.pem\n",
		"5: ca_file = .nowhere.pem.: No such file or directory: expected a file");
	path_of("empty.pem", "no certificate\n");
	refused(ANON "ca_file=empty.pem\n", "5: ca_file = .empty.pem.: it holds no certificate in PEM");
	refused(ANON "pin_type=2\n", "5: pin_type = .2.: expected 0 .*or 1 ");
	refused(ANON "pin_store=nowhere.json\n", "5: pin_store = .nowhere.json.: No such file");
	path_of("pins.json", e2e_printf("{\"other.example\": [\"%s\"]}", pin));
	refused(ANON "pin_store=pins.json\n", "5: pin_store = .pins.json.: it has no pins of xmpp.example: ");
	taken(ANON "pin_store=pins.json\ndomain=other.example\n");
	taken(ANON "pin_store=pins.json\nno_verify=true\n");
	path_of("pins.json", e2e_printf("{\"xmpp.example\": \"%s\"}", pin));
	refused(ANON "pin_store=pins.json\n",
		"5: pin_store = .pins.json.: what .xmpp.example. has is no list of strings");
	path_of("pins.json", "{\"xmpp.example\": []}");
	refused(ANON "pin_store=pins.json\n", "5: pin_store = .pins.json.: .xmpp.example. has an empty list");
	path_of("pins.json", e2e_printf("{\"xmpp.example\": [\"%s\", \"AA-A\"]}", pin));
	refused(ANON "pin_store=pins.json\n",
		"5: pin_store = .pins.json.: pin 2 of .xmpp.example. is no base64");
	path_of("pins.json", "{\"xmpp.example\": [5]}");
	refused(ANON "pin_store=pins.json\n",
		"5: pin_store = .pins.json.: pin 1 of .xmpp.example. is no string");
	path_of("pins.json", "[]");
	refused(ANON "pin_store=pins.json\n", "5: pin_store = .pins.json.: it holds no object");
	path_of("pins.json", "{oops}");
	refused(ANON "pin_store=pins.json\n", "5: pin_store = .pins.json.: ");
}

E2E_TEST(files_of_certificates)
{
	e2e_certs(e2e_printf("%s/certs", e2e_tmpdir()), "xmpp.example");
	taken(ANON "ca_file=certs/ca.pem\n");
	refused(ANON "ca_file=certs/ca.pem\nno_tls=true\n",
		"6: no_tls = .true.: ca_file is there, too: expected one of the two");
	refused(ANON "no_tls=true\ndirect_tls=true\n", "5: no_tls = .true.: direct_tls is there, too");
	taken(ANON "no_tls=true\ndirect_tls=false\nport=5222\n");
}

E2E_TEST(quirks)
{
	e2e_result r;

	refused(ANON "quirks=[\"#muc-id-rewrit\"]\n",
		"5: quirks = .*: there's no quirk #muc-id-rewrit: .*did you mean muc-id-rewrite\\?");
	refused(ANON "quirks=#broken-muc, -#no-xep-0094\n",
		"5: quirks = .*: there's no quirk -#no-xep-0094: .*did you mean no-xep-0049");
	refused(ANON "quirks=[5]\n", "5: quirks = .* at offset ");
	refused(ANON "quirks=[\"#broken-muc\", [\"x\"]]\n", "5: quirks = .*: number 2 is no string");
	refused(ANON "quirks=[\"https://zombofant.net/xmlns/aioxmpp/e2etest/quirks#wrong\"]\n",
		"5: quirks = ");
	refused("[local]\nquirks=nonsense\n", "2: quirks = ");
	r = run("^inner_quirks",
		ANON "quirks=[\"broken-muc\", \"https://example.org/quirks#slow\", \"-no-adhoc-ping\"]\n");
	e2e_is_int(r.status, 0) || (e2e_diag("%s%s", r.out, r.err), 0);
}

E2E_TEST(blocked_features)
{
	refused(ANON "block_features={'x.example': 'urn:*'}\n",
		"5: block_features = .*: what .x.example. has is no list");
	refused(ANON "block_features={'x.example': [['urn:*']]}\n",
		"5: block_features = .*: a pattern of .x.example. is no string");
	refused(ANON "block_features=['urn:*']\n", "5: block_features = .*another kind");
	refused("[local]\nblock_features=x\n", "2: block_features = ");
	taken(ANON "block_features={'x.example': ['urn:*', 'http:*'], 'y.example': []}\n");
}

E2E_TEST(private_servers)
{
	e2e_result r;

	refused("[local]\nserver=prosdy\n",
		"2: server = .prosdy.: expected prosody, ejabberd; did you mean prosody\\?");
	refused("[local]\nconfig=nowhere.lua\n", "2: config = .nowhere.lua.: No such file");
	refused("[local]\nstarttls=perhaps\n", "2: starttls = .perhaps.: expected true or false");
	r = e2e_run("/proc/self/exe", "-k", "^inner_needs", "--server", "Prosody");
	e2e_is_int(r.status, 99);
	r = e2e_run("/proc/self/exe", "-k", "^inner_needs", "--server", "ejabbert");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "^e2e: --server .ejabbert.: expected prosody, ejabberd; did you mean ejabberd\\?\n");
	r = e2e_run("/proc/self/exe", "-k", "^inner_needs", "--server", ",");
	e2e_is_int(r.status, 99, "no server at all is no pass");
	r = e2e_run("/proc/self/exe", "-k", "^inner_needs", "--server", "prosody,ejabbert");
	e2e_is_int(r.status, 99);
}

/* Asked for by name it is no skip that a server is missing. */
E2E_TEST(servers_that_are_not_installed)
{
	e2e_spawn_opts opts = {.env = E2E_ARGV("PATH=/nonexistent", "E2E_SERVER")};
	e2e_result r;

	r = e2e_run_with(opts, "/proc/self/exe", "-k", "^inner_needs", "--server", "prosody");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "^e2e: --server .prosody.: expected a server that is installed; this one isn't\n");
	r = e2e_run_with(opts, "/proc/self/exe", "-k", "^inner_needs", "--config",
			 path_of("x.ini", "[local]\nserver=ejabberd\n"));
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "x\\.ini:2: server = .ejabberd.: expected a server that is installed");
	r = e2e_run_with(opts, "/proc/self/exe", "-k", "^inner_needs", "--config",
			 path_of("x.ini", "[global]\nprovisioner=local\n"));
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "x\\.ini:2: provisioner = .local.: .*no XMPP server is installed");
}

E2E_MAIN()
