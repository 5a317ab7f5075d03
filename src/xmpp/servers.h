#pragma once
#include "transcript.h"
#include "wish.h"
#include "startup.h"

/* @implementation */

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
