#pragma once
#include "transcript.h"

/* @implementation */

E2E__FN bool e2e__server_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return e2e_fail("can't write %s: %s", path, strerror(errno));
	if (!e2e__file_write_whole(fd, text, strlen(text))) {
		int error = errno;

		close(fd);
		return e2e_fail("can't write %s: %s", path, strerror(error));
	}
	return !close(fd) || e2e_fail("can't write %s: %s", path, strerror(errno));
}

/* Hosts with components; the certificate is valid for all of them. */
#define E2E__XMPP_HOSTS \
	"localhost,anonymous.test,registered.test,conference.localhost,pubsub.localhost,conference.anonymous.test," \
	"pubsub.anonymous.test,conference.registered.test,pubsub.registered.test,127.0.0.1"

/* A host that e2e_ready brings up when somebody asks for it. */
#define E2E__PROSODY_LATER "  enabled = false\n  e2e_later = true\n"
/* A component that nobody connects to: it needs no TLS of its own. */
#define E2E__PROSODY_INNER "  modules_disabled = { \"tls\", \"saslauth\", \"smacks\" }\n"

/* The names in [local] modules=, each between these texts. */
E2E__FN const char *e2e__server_modules(const char *before, const char *behind)
{
	const char *const *list = e2e_config_list("local", "modules", NULL);
	const char *text = "";

	for (; list && *list; list++) {
		if (!**list ||
			strspn(*list, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(*list))
			e2e_bail_out("config [local] modules = %s: expected names of modules "
				     "without mod_, such as mam, carbons",
				*list);
		/* ejabberd's archive keeps nothing by default, Prosody's all */
		text = e2e_printf("%s%s%s%s", text, before, *list,
			*behind == ':' && strcmp(*list, "mam") == 0 ? ": {default: always}\n"
								    : behind);
	}
	return text;
}

E2E__FN const char *e2e__server_prosody_config(const char *dir, int direct, const char *extra)
{
	return e2e_printf(
		"%s"
		"data_path = \"%s/data\"\n"
		"plugin_paths = { \"%s/plugins\" }\n"
		"log = { { levels = { min = \"info\" }, to = \"console\" } }\n"
		"interfaces = { \"127.0.0.1\" }\n"
		"c2s_ports = { 0 }\n"
		"c2s_direct_tls_ports = { %d }\n"
		"s2s_ports = {}\n"
		"http_ports = {}\n"
		"https_ports = {}\n"
		/* without mod_posix a SIGTERM ends it at once: what it stores is thrown away */
		"modules_disabled = { \"s2s\", \"s2s_auth_certs\", \"http\", \"posix\" }\n"
		"modules_enabled = { \"saslauth\", \"tls\", \"roster\", \"disco\", \"ping\", \"version\", \"private\", "
		"\"smacks\",\n"
		"  \"e2e_ready\" }\n"
		"gc = { mode = \"incremental\", threshold = 1000, speed = 500 }\n" /* the default collects all the time: 6 ms a login */
		"storage = \"memory\"\n"
		"network_settings = { nagle = false }\n"
		"ssl = { key = \"%s/certs/server.key\", certificate = \"%s/certs/server.pem\" }\n"
		"certificates = \"%s/certs\"\n"
		"c2s_require_encryption = true\n"
		"smacks_hibernation_time = 60\n"
		"VirtualHost \"localhost\"\n"
		"  authentication = \"insecure\"\n"
		"  insecure_open_authentication = \"Yes please, I know what I'm doing!\"\n"
		"  modules_enabled = { \"vcard4\", \"vcard_legacy\", \"blocklist\", \"uptime\", \"time\", \"pep\", "
		"\"carbons\",\n"
		"    \"csi\", \"adhoc\"%s }\n"
		"  e2e_on_demand = { \"bookmarks\" }\n" /* it takes a seventh of a login, and few tests have bookmarks */
		"VirtualHost \"anonymous.test\"\n" E2E__PROSODY_LATER
		"  authentication = \"anonymous\"\n"
		"  modules_enabled = { \"pep\", \"adhoc\" }\n"
		"  disco_items = { { \"conference.localhost\" }, { \"pubsub.localhost\" } }\n"
		"VirtualHost \"registered.test\"\n" E2E__PROSODY_LATER
		"  authentication = \"internal_hashed\"\n"
		"  modules_enabled = { \"register_ibr\", \"pep\", \"blocklist\" }\n"
		"  allow_registration = true\n"
		"Component \"conference.localhost\" \"muc\"\n" E2E__PROSODY_LATER E2E__PROSODY_INNER
		"Component \"pubsub.localhost\" \"pubsub\"\n" E2E__PROSODY_LATER E2E__PROSODY_INNER
		"  modules_enabled = { \"e2e_pubsub\" }\n"
		"%s\n",
		geteuid() ? "" : "run_as_root = true\n", dir, dir, direct, dir, dir, dir,
		e2e__server_modules(", \"", "\""), extra);
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

/* Waits until a server has printed this, and returns what stands behind it. NULL, and a failed
 * assertion, if it exits, is silent, or prints `bad`. Unlike e2e_ready this is no test point:
 * nobody asked for one. */
E2E__FN const char *e2e__server_wait_line(
	e2e_proc *p, const char *good, const char *bad, const char *dir)
{
	double until = e2e_now() + e2e__clock_scaled(30);
	const char *found, *out;

	for (;;) {
		out = e2e_stdout(p);
		found = strstr(out, good);
		if (found && strchr(found, '\n'))
			return found + strlen(good);
		if (e2e_exited(p) || e2e_now() > until ||
			(strcmp(bad, good) != 0 && strstr(out, bad)))
			break;
		e2e__limit_pause(0.002);
	}

	e2e_fail("the private %s %s; its folder is %s", p->name,
		e2e_exited(p)               ? "exited before it was ready"
			: e2e_now() > until ? "isn't ready within 30 s"
					    : "can't start",
		dir);
	return NULL;
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

/* e2e_service's start function: a Prosody in the service's folder. arg: a file whose text goes
 * behind the configuration. */
E2E__FN const char *e2e__server_prosody_start(void *arg)
{
	const char *dir = e2e__server_here();
	char *extra = arg ? e2e__file_read((const char *)arg, NULL) : NULL;
	const char *ready;
	e2e_proc *p;

	if (arg && !extra) {
		e2e_fail("can't read %s, which [local] config names: %s", (const char *)arg,
			strerror(errno));
		return NULL;
	}

	e2e__server_raise_limit();
	e2e__file_mkdirs("plugins", 0700);
	e2e__file_mkdirs("data", 0700);
	e2e__certs_made(E2E__AT, "certs", E2E__XMPP_HOSTS, false);
	if (!e2e__server_put("plugins/mod_e2e_ready.lua", E2E__PROSODY_READY) ||
		!e2e__server_put("plugins/mod_e2e_pubsub.lua", E2E__PROSODY_PUBSUB) ||
		!e2e__server_put("prosody.cfg.lua",
			e2e__server_prosody_config(dir, e2e_port(), extra ? extra : "")))
		return NULL;
	p = e2e_spawn("prosody", "-F", "--config", e2e_printf("%s/prosody.cfg.lua", dir));
	ready = e2e__server_wait_line(p, "E2E-READY ", "E2E-READY ", dir);
	if (!ready)
		return NULL;
	if (atoi(ready) <= 0) {
		e2e_fail("Prosody listens nowhere: it printed \"%.*s\"; see its log",
			(int)strcspn(ready, "\n"), ready);
		return NULL;
	}

	return e2e_printf(
		"%d %s/certs/ca.pem %d", atoi(ready), dir, atoi(ready + strcspn(ready, " \n")));
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

E2E__FN const char *e2e__server_ejabberd_config(const char *dir, int port, int direct)
{
	return e2e_printf(
		"hosts: [localhost, anonymous.test, registered.test]\n"
		"loglevel: info\n"
		"certfiles: [\"%s/certs/both.pem\"]\n"
		"listen: [{port: %d, ip: \"127.0.0.1\", module: ejabberd_c2s, starttls_required: true, access: all,\n"
		"  max_stanza_size: 33554432}, {port: %d, ip: \"127.0.0.1\", module: ejabberd_c2s, tls: true, access: "
		"all,\n"
		"  max_stanza_size: 33554432}]\n"
		"host_config:\n"
		"  localhost: {auth_method: [e2e]}\n"
		"  anonymous.test: {auth_method: [anonymous], anonymous_protocol: sasl_anon, allow_multiple_connections: "
		"true}\n"
		"  registered.test: {auth_method: [mnesia], auth_password_format: scram}\n"
		"s2s_access: none\n"
		"registration_timeout: infinity\n"
		"modules:\n"
		"  mod_adhoc: {}\n  mod_blocking: {}\n  mod_caps: {}\n  mod_carboncopy: {}\n  mod_disco: {}\n"
		"  mod_muc: {access_create: all}\n  mod_offline: {}\n"
		"  mod_ping: {}\n  mod_privacy: {}\n  mod_private: {}\n"
		"  mod_pubsub: {access_createnode: all, plugins: [flat, pep]}\n"
		"  mod_register: {ip_access: all}\n  mod_roster: {}\n  mod_stream_mgmt: {}\n  mod_time: {}\n  mod_vcard: "
		"{}\n"
		"  mod_version: {}\n%s",
		dir, port, direct, e2e__server_modules("  mod_", ": {}\n"));
}

/* e2e_service's start function: an ejabberd in the service's folder, without ejabberdctl, su and
 * epmd. */
E2E__FN const char *e2e__server_ejabberd_start(void *arg)
{
	const char *dir = e2e__server_here(), *libs = e2e__server_ejabberd_libs();
	char *cert, *key;
	int port, direct;
	e2e_proc *p;
	e2e_spawn_opts opts;
	const char *env[6];

	(void)arg;
	if (!libs) {
		e2e_fail("ejabberd's modules aren't in /usr/lib/*, /usr/local/lib or /opt");
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
		!e2e__server_put("ejabberd.yml", e2e__server_ejabberd_config(dir, port, direct)))
		return NULL;
	env[0] = e2e_printf("EJABBERD_CONFIG_PATH=%s/ejabberd.yml", dir);
	env[1] = e2e_printf("EJABBERD_LOG_PATH=%s/ejabberd.log", dir);
	env[2] = e2e_printf("HOME=%s/home", dir);
	env[3] = "ERL_CRASH_DUMP=/dev/null";
	env[4] = e2e_printf("ERL_LIBS=%s", libs);
	env[5] = NULL;
	memset(&opts, 0, sizeof opts);
	opts.env = env;
	opts.name = "ejabberd";
	p = e2e_spawn_with(opts, "erl", "-noinput", "+K", "true", "+P", "50000", "-mnesia", "dir",
		e2e_printf("\"%s/mnesia\"", dir), "-sasl", "sasl_error_logger", "false", "-pa", ".",
		"-eval", "{ok, _} = compile:file(ejabberd_auth_e2e)", "-s", "ejabberd");
	if (!e2e__server_wait_line(p, "is started in the node", "ritical", dir))
		return NULL;
	return e2e_printf("%d %s/certs/ca.pem %d", port, dir, direct);
}
