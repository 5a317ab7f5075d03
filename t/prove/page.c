/* The page of --html: what stands in it, and what a browser makes of it. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};

static bool use(const char *awk)
{
	if (e2e_run("sh", "-c", e2e_printf("command -v %s", awk)).status != 0)
		return false;
	e2e_setenv("E2E_AWK", awk);
	return true;
}

/* A run that has one of each: two failures with stories, a crash, a flaky test, skips, known failures, clauses. */
static void corpus(void)
{
	text_file("folder/story.jsonl",
	          "{\"t\":0.001,\"lane\":\"test\",\"kind\":\"pass\",\"odd\":false,\"text\":\"first\"}\n"
	          "{\"t\":0.002,\"lane\":\"redis\",\"kind\":\"spawn\",\"odd\":false,\"text\":\"started: redis --port 6379 (pid 7)\"}\n"
	          "no line of a story\n"
	          "{\"t\":0.003,\"lane\":\"curl\",\"kind\":\"spawn\",\"odd\":false,\"text\":\"started: curl localhost:5555\"}\n"
	          "{\"t\":0.004,\"lane\":\"proxy:5555\",\"kind\":\"net\",\"odd\":false,\"text\":\"connection 1: accepted from redis (pid 7)\"}\n"
	          "{\"t\":0.005,\"lane\":\"proxy:5555\",\"kind\":\"net\",\"odd\":false,\"text\":\"connection 1: 9 bytes to the server\"}\n"
	          "{\"t\":1.5,\"lane\":\"redis\",\"kind\":\"log\",\"odd\":false,\"text\":\"<\\/script><b id=markup>\"}\n"
	          "{\"t\":1.6,\"lane\":\"redis\",\"kind\":\"exit\",\"odd\":true,\"text\":\"ended: SIGKILL (pid 7)\"}\n"
	          "{\"t\":1.7,\"lane\":\"test\",\"kind\":\"fail\",\"odd\":true,\"text\":\"it lives\"}\n");
	stream("t/bad.t",
	       e2e_printf("TAP version 14\n1..3\n# Subtest: dies\n    not ok 1 - it lives\n      ---\n      message: \"false: it lives\"\n      at: t/bad.c:3\n"
	                  "      got: \"a\\nb\\n\"\n      want: \"a\\nc\\n\"\n      ...\n    1..1\nnot ok 1 - dies\n  ---\n  message: \"false: it lives\"\n"
	                  "  at: t/bad.c:3\n  got: \"a\\nb\\n\"\n  want: \"a\\nc\\n\"\n  duration_ms: 1700\n  spec: \"RFC 1, RFC 2\"\n  repeat: \"./prove t/bad.t :: -k dies\"\n"
	                  "  story: |\n    +0.001 test       | told by YAML\n  folder: %s/folder\n  proxy_5555: |\n    tcp:127.0.0.1:5555 -> tcp:127.0.0.1:6379: connections: 1\n    up\n  ...\n"
	                  "not ok 2 - is told\n  ---\n  at: t/bad.c:9\n  diff: |\n    --- want\n    +++ got\n    - red house\n    + blue house\n      same\n"
	                  "  story: |\n    +0.100 client-1   | > <ping/>\n    +0.200 prosody    ! stream error\n    +0.300 test       ! is told\n  folder: /none/such\n  ...\n"
	                  "ok 3 - fine\n", e2e_tmpdir()), 1);
	stream(e2e_printf("t/long%0120d.t", 1), e2e_printf("TAP version 14\n1..2\nok 1 - %0300d\nok 2 # SKIP %0300d\n", 1, 2), 0);
	stream("t/calm.t", "TAP version 14\n1..4\nok 1 - a <i>\n  ---\n  spec: \"RFC 1\"\n  duration_ms: 12\n  ...\nok 2 - b # SKIP no nc\nok 3 - c # SKIP no nc\nnot ok 4 - d # TODO ISSUE-7: later\n", 0);
	script("t/crash.t", "echo 1..2; echo ok 1 - begins; echo last words; kill -SEGV $$\n");
	script("t/flaky.t", "echo 1..1; if [ -e tried ]; then echo ok 1 - works; else touch tried; echo not ok 1 - works; exit 1; fi\n");
	stream("t/none.t", "1..0 # SKIP no redis\n", 0);
}

/* The line of the data that begins like this. */
static const char *data_line(const char *page, const char *begin)
{
	const char *at = page ? strstr(page, e2e_printf("\n%s", begin)) : NULL;

	e2e_must(e2e_ok(at != NULL, "there is a line %s", begin));
	return e2e_printf("%.*s", (int)strcspn(at + 1, "\n"), at + 1);
}

E2E_TEST(the_data, .timeout = 120)
{
	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++) {
		const char *page, *bad, *run;

		if (!use(awks[i]))
			continue;
		corpus();
		e2e_run(driver, "-j2", "--retry", "1", "--html", "out.html", "t");
		e2e_run("rm", "-f", "tried");
		page = read_file("out.html");
		e2e_must(e2e_ok(page != NULL, "the file is there"));

		bad = data_line(page, "{\"test\":\"t/bad.t\"");
		e2e_like(bad, ",\"class\":\"bad\",\"run\":3,\"failed\":2,");
		e2e_like(bad, "\\[\"dies\",\"bad\",1700,\\{\"is\":1,\"spec\":\"RFC 1, RFC 2\",");
		e2e_like(bad, ",\\[\"fine\",\"ok\",null\\]\\]");
		e2e_unlike(strstr(bad, "\"points\":"), "told by YAML");
		e2e_ok(strstr(bad, "story:\\n    +0.100 client-1   | > \\u003cping/>\\n") != NULL, "%s: the story of its YAML\n%s", awks[i], bad);
		e2e_ok(strstr(page, "\n{\"story\":0}\n{\"t\":0.001,\"lane\":\"test\",\"kind\":\"pass\",\"text\":\"first\"}\n") != NULL, "the story of its folder");
		e2e_unlike(page, "no line of a story|<b id=markup>");
		e2e_like(data_line(page, "{\"test\":\"t/calm.t\""), "\\[\"b\",\"skip\",null,\\{\"is\":1,\"why\":\"no nc\"\\}\\]");
		e2e_like(data_line(page, "{\"test\":\"t/crash.t\""), "\"missing\":1,.*\"problem\":\"Ended by signal SEGV\\\\n");
		e2e_like(data_line(page, "{\"test\":\"t/flaky.t\""), "\"tries\":\\[\\[[0-9.]+,[0-9.]+,[12]\\]\\],\"tried\":\\[\\[\"works\",\"not ok 1 - works\\\\n\"\\]\\]");
		run = data_line(page, "{\"is\":\"run\"");
		e2e_like(run, ",\"result\":\"failed\",");
		/* busybox' ps can't say it */
		if (e2e_run("sh", "-c", "ps -o args= -p $$").status == 0)
			e2e_like(run, ",\"command\":\"[^\"]* -j2 --retry 1 --html out\\.html t\"");
		e2e_like(run, "\"files\":6,\"notrun\":0,\"workers\":2,");
	}
}

E2E_TEST(without_a_script)
{
	const char *page;

	corpus();
	e2e_run(driver, "--retry", "1", "--html", "out.html", "t");
	page = read_file("out.html");
	e2e_must(e2e_ok(page != NULL, "the file is there"));
	e2e_ok(strstr(page, "<noscript>\n") != NULL, "there is something for it");
	e2e_ok(strstr(page, "\nt/bad.t\n  dies\n    t/bad.c:3: got &quot;a\\nb\\n&quot;, want &quot;a\\nc\\n&quot;\n") != NULL, "what failed");
	e2e_ok(strstr(page, "\nt/crash.t: Ended by signal SEGV ") != NULL, "what ended");
	e2e_ok(!strstr(page, "src=") && !strstr(page, "http://") && !strstr(page, "https://") && !strstr(page, "url("), "nothing from elsewhere");
}

/* An archive is of another machine: a folder of that name there is not the one here. */
E2E_TEST(out_of_an_archive, .timeout = 120)
{
	const char *page;

	corpus();
	e2e_run(driver, "--retry", "1", "-a", "all.tgz", "t");
	e2e_run(driver, "--html", "out.html", "all.tgz");
	page = read_file("out.html");
	e2e_ok(strstr(page, "told by YAML") && !strstr(page, "\n{\"story\":"), "the stories are those of the streams");
	e2e_like(data_line(page, "{\"test\":\"t/flaky.t\""), "\"kept\":true,.*\"tries\":\\[\\],\"tried\":\\[\\]");
}

/* ---- in a browser ---- */

static const char *browser(void)
{
	static const char *const names[] = {"chromium", "chromium-browser", "google-chrome"};

	for (size_t i = 0; i < 3; i++)
		if (e2e_run("sh", "-c", "command -v \"$0\"", names[i]).status == 0)
			return names[i];
	e2e_skip("no chromium here");
	return NULL;
}

/* What the script `asks` puts into the title, after it was run in the page at three widths: frame(W) is the window of one. */
static const char *asked(const char *page, const char *asks)
{
	e2e_result r;

	text_file("page.html", page);
	text_file("asks.js", asks);
	e2e_run("sh", "-c", "{ echo '<!DOCTYPE html><title>none</title><body><script>const page = atob(`'; base64 page.html | tr -d '\\n'; echo '`), views = {};'\n"
	                    "echo 'const text = new TextDecoder().decode(Uint8Array.from(page, (c) => c.charCodeAt(0)));'\n"
	                    "echo 'const frame = (w) => views[w].contentWindow;'\n"
	                    "echo 'for (const w of [400, 900, 1600]) { const f = views[w] = document.createElement(\"iframe\"); f.width = w; f.height = 800; f.srcdoc = text; document.body.append(f); }'\n"
	                    "echo 'const said = (x) => { document.title = JSON.stringify(x); };'\n"
	                    "echo 'addEventListener(\"load\", () => { try {'; cat asks.js; echo '} catch (e) { said(String(e.stack)); } });</script>'; } >probe.html");
	r = e2e_run_with((e2e_spawn_opts){.timeout = 90}, browser(), "--headless", "--no-sandbox", "--disable-gpu", e2e_printf("--user-data-dir=%s/profile", e2e_tmpdir()),
	                 "--virtual-time-budget=100000", "--dump-dom", e2e_printf("file://%s/probe.html", e2e_tmpdir()));
	e2e_must(e2e_like(r.out, "<title>"));
	return e2e_printf("%.*s", (int)strcspn(strstr(r.out, "<title>") + 7, "<"), strstr(r.out, "<title>") + 7);
}

static const char looks[] =
	"const w = frame(900), d = w.document, all = (s) => [...d.querySelectorAll(s)], texts = (s) => all(s).map((e) => e.textContent);\n"
	"const out = [], key = (k) => d.dispatchEvent(new w.KeyboardEvent('keydown', { key: k, bubbles: true }));\n"
	"const search = (s) => { d.getElementById('q').value = s; w.eval('applyFilter()'); };\n"
	"for (const f of [400, 900, 1600]) { frame(f).eval('beforePrint(); for (const e of document.querySelectorAll(\"details\")) e.open = true; document.querySelectorAll(\".test\").forEach((e) => e.dispatchEvent(new Event(\"toggle\")))');\n"
	"  const root = frame(f).document.documentElement; out.push('width ' + f + ' ' + (root.scrollWidth <= root.clientWidth)); }\n"
	"out.push('cards ' + texts('#failures .card > summary > .name'));\n"
	"out.push('list ' + texts('.test > summary > .name').map((t) => t.length > 99 ? 'LONG' : t));\n"
	"out.push('figures ' + texts('.figure b').slice(0, 5));\n"
	"out.push('diff ' + texts('.card .diff').map((t) => t.trim()).join('|') + ' marks ' + texts('.card mark'));\n"
	"const [first, second] = all('.story');\n"
	"out.push('lanes ' + [...first.querySelectorAll('.lane')].map((e) => e.textContent) + ' / ' + [...second.querySelectorAll('.lane')].map((e) => e.textContent));\n"
	"out.push('rows ' + first.querySelectorAll('.events li:not(.gap)').length + ' gaps ' + first.querySelectorAll('.gap').length + ' odd ' + first.querySelectorAll('.events .odd[data-at]').length + ' first ' + first.querySelector('.first > span:last-child > b').textContent.trim());\n"
	"out.push('arrows ' + [...first.querySelectorAll('.graph u')].map((e) => e.className.split(' ')[0]) + ' / ' + [...second.querySelectorAll('.graph u')].map((e) => e.className.split(' ')[0]));\n"
	"out.push('wide ' + [...first.querySelectorAll('.graph u')].map((e) => /[*](.*?)[)]/.exec(e.style.width)[1]));\n"
	"out.push('markup ' + all('#markup').length);\n"
	"const strip = first.querySelector('.strip'); strip.dispatchEvent(new w.KeyboardEvent('keydown', { key: 'End' }));\n"
	"out.push('moment ' + strip.querySelector('.moment').textContent + ' / ' + first.querySelector('.now > span:last-child > b').textContent.trim());\n"
	"const lane = first.querySelectorAll('.lane')[1]; lane.click(); out.push('hidden ' + first.querySelectorAll('.events li[hidden]').length); lane.click();\n"
	"out.push('problem ' + texts('.problem').map((t) => t.split('\\n')[0]));\n"
	"out.push('gist ' + texts('.card .gist')[1].trim() + ' whole ' + [400, 900].map((f) => { const s = frame(f).document.querySelector('.timeline svg'); return s.clientWidth - s.getAttribute('width'); }));\n"
	"out.push('bars ' + ['again', 'bad'].map((c) => all('.timeline rect.' + c).length) + ' ' + (all('.timeline rect').length > 5));\n"
	"out.push('tries ' + (all('#flaky .card').forEach((e) => { e.open = true; e.dispatchEvent(new w.Event('toggle')); }), texts('#flaky h4, #flaky .dots').length) + ' reasons ' + texts('.reason > summary').map((t) => t.trim().replace(/0{99,}2/, 'LONG')).join('|'));\n"
	"out.push('specs ' + all('tbody tr').map((r) => [...r.children].map((c) => c.textContent).join(' ')).join('|'));\n"
	"out.push('repeat ' + texts('.card footer code')[0]);\n";

/* What it does when it is used. */
static const char uses[] =
	"const button = d.querySelector('.card footer .copy'); let copies = ''; const clipboard = (value) => Object.defineProperty(w.navigator, 'clipboard', { configurable: true, value });\n"
	"clipboard({ writeText: (t) => { copies += t; return Promise.resolve(); } }); button.focus(); button.click(); clipboard(undefined); button.click();\n"
	"out.push('copies ' + copies + ' ' + (d.activeElement === button) + ' ' + all('textarea').length); button.blur();\n"
	"search('house'); out.push('search ' + d.getElementById('found').textContent + ' ' + all('#failures .card').filter((c) => !c.hidden).length);\n"
	"search('begins'); out.push('in a case ' + d.getElementById('found').textContent);\n"
	"key('Escape'); key('3'); out.push('flaky ' + texts('.test > summary > .name') + ' ' + ['failures', 'flaky'].map((id) => d.getElementById(id).hidden));\n"
	"key('5'); out.push('skipped ' + texts('.test > summary > .name').map((t) => t.length > 99 ? 'LONG' : t) + ' ' + d.getElementById('found').textContent);\n"
	"key('Escape'); key('j'); const one = d.activeElement.parentNode.id; key('j'); const two = d.activeElement.parentNode.id; key('o'); key('k');\n"
	"out.push('keys ' + [one, two, d.activeElement.parentNode.id] + ' ' + all('.card')[1].open);\n"
	"const bg = () => w.getComputedStyle(d.body).backgroundColor, was = bg(); key('t'); out.push('dark ' + (bg() !== was));\n"
	"said(out);\n";

static const char *const seen[] = {
	"width 400 true", "width 900 true", "width 1600 true", "cards dies,is told,Ended by signal SEGV",
	"list t/bad.t,t/crash.t,t/calm.t,t/flaky.t,LONG,t/none.t", "figures 3,5,1,1,4",
	"diff a-c+b|-red house+blue house same marks red,blue",
	"lanes test,redis,curl,proxy:5555 / test,client-1,prosody", "rows 8 gaps 1 odd 2 first redis",
	"arrows right,right,right,left / right", "wide 1.00,2.00,2.00,2.00", "markup 0", "moment +1.700 test: it lives / test", "hidden 3", "problem Bad plan.  You planned 2 tests but ran 1.", "gist t/bad.c:9 whole 0,0", "bars 3,2 true",
	"tries 2 reasons 2no nc|1LONG|1no redis|1ISSUE-7: later", "specs RFC 1 1 1 0|RFC 2 0 1 0", "repeat ./prove t/bad.t :: -k dies",
	"copies ./prove t/bad.t :: -k dies true 0", "search 1 match in 1 file 1", "in a case 2 matches in 1 file", "flaky t/flaky.t true,false", "skipped t/calm.t,LONG,t/none.t 4 matches in 3 files",
	"keys t%2Fbad.t+%3E+dies,t%2Fbad.t+%3E+is+told,t%2Fbad.t+%3E+dies false", "dark true"};

E2E_TEST(in_a_browser, .timeout = 240)
{
	const char *title, *at;

	browser();
	corpus();
	e2e_run(driver, "--retry", "1", "--html", "out.html", "t");
	title = asked(read_file("out.html"), e2e_printf("%s%s", looks, uses));
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
		at = strstr(title, e2e_printf("\"%s\"", seen[i]));
		e2e_ok(at != NULL, "%s", seen[i]);
	}
	e2e_note("%s", title);
}

/* Each stanza's arrow begins or ends at the server of its client's domain, what goes both ways has one, too; a log whose name
 * is a path is folded; nothing is written too faintly, in the light and in the dark. */
static const char pair_looks[] =
	"const w = frame(900), d = w.document, all = (s) => [...d.querySelectorAll(s)];\n"
	"w.eval('beforePrint(); for (const e of document.querySelectorAll(\"details\")) e.open = true');\n"
	"const lum = (c) => { const f = c.map((x) => x <= 10 ? x / 3295 : Math.pow((x / 255 + 0.055) / 1.055, 2.4)); return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };\n"
	"const rgba = (s) => { const m = s.match(/[\\d.]+/g).map(Number); return [m.slice(0, 3), m.length > 3 ? m[3] : 1]; };\n"
	"const under = (e) => { const [c, a] = rgba(w.getComputedStyle(e).backgroundColor); return a === 1 ? c : e.parentElement ? under(e.parentElement).map((x, i) => c[i] * a + x * (1 - a)) : [255, 255, 255]; };\n"
	"const faint = () => all('body *').filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && e.getClientRects().length && !e.closest('svg, script, #live')\n"
	"  && (([a, b]) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05))([lum(rgba(w.getComputedStyle(e).color)[0]), lum(under(e))]) < 4.5).map((e) => e.tagName + ' ' + e.className + ' ' + e.textContent);\n"
	"w.requestAnimationFrame(() => w.setTimeout(() => { const out = [all('.graph u').map((e) => e.className.split(' ')[0] + /[*](.*?)[)]/.exec(e.style.width)[1]).join(), all('.strip .who').map((e) => e.textContent).join(),\n"
	"  frame(400).document.querySelectorAll('.strip .who').length, all('.block > summary').map((e) => e.firstChild.data).join(), all('.hint').length, d.getElementById('totals').hidden];\n"
	"for (const theme of ['light', 'dark']) { d.documentElement.dataset.theme = theme; out.push(faint().join('|')); }\n"
	"said(out); }, 200));\n";

E2E_TEST(two_servers, .timeout = 240)
{
	browser();
	text_file("folder/story.jsonl",
	          "{\"t\":0.1,\"lane\":\"a.test\",\"kind\":\"spawn\",\"odd\":false,\"text\":\"started: prosody\"}\n"
	          "{\"t\":0.2,\"lane\":\"b.test\",\"kind\":\"spawn\",\"odd\":false,\"text\":\"started: prosody (pid 9)\"}\n"
	          "{\"t\":0.3,\"lane\":\"client-1\",\"kind\":\"event\",\"odd\":false,\"text\":\"- is logged in as romeo@a.test/x\"}\n"
	          "{\"t\":0.4,\"lane\":\"client-2\",\"kind\":\"event\",\"odd\":false,\"text\":\"- is logged in as juliet@b.test/y\"}\n"
	          "{\"t\":0.5,\"lane\":\"client-1\",\"kind\":\"stanza\",\"odd\":false,\"text\":\"> <message to=\\\"client-2\\\">\"}\n"
	          "{\"t\":0.6,\"lane\":\"proxy:7\",\"kind\":\"net\",\"odd\":false,\"text\":\"connection 1: accepted from b.test (pid 9)\"}\n"
	          "{\"t\":0.6,\"lane\":\"proxy:7\",\"kind\":\"net\",\"odd\":false,\"text\":\"connection 1: 1 byte to the client\"}\n"
	          "{\"t\":0.6,\"lane\":\"proxy:7\",\"kind\":\"net\",\"odd\":true,\"text\":\"connection 1: 9 bytes to the server, 8 to the client, by 5 turns\"}\n"
	          "{\"t\":0.7,\"lane\":\"client-2\",\"kind\":\"stanza\",\"odd\":false,\"text\":\"< <message from=\\\"client-1\\\">\"}\n"
	          "{\"t\":0.8,\"lane\":\"a\",\"kind\":\"log\",\"odd\":true,\"text\":\"ERROR\"}\n{\"t\":0.8,\"lane\":\"b\",\"kind\":\"log\",\"odd\":false,\"text\":\"b\"}\n"
	          "{\"t\":0.9,\"lane\":\"c\",\"kind\":\"event\",\"odd\":true,\"text\":\"c\"}\n");
	stream("a.t", e2e_printf("1..4\nnot ok 1 - pair\n  ---\n  message: \"client-2 is gone: no route\"\n  at: a.c:1\n  hint: \"no route\"\n  story: |\n    +0.1 a.test | x\n  folder: %s/folder\n"
	                         "  run-1/a.stdout: |\n    a line\n  ...\nok 2\nok 3 # SKIP why\nnot ok 4 # TODO later\n", e2e_tmpdir()), 1);
	script("flaky.t", "echo 1..1; if [ -e tried ]; then echo ok 1 - works; else touch tried; echo not ok 1 - works; exit 1; fi\n");
	e2e_run(driver, "--retry", "1", "--html", "out.html", "a.t", "flaky.t");
	e2e_is_str(asked(read_file("out.html"), pair_looks),
	           "[\"left2.00,right3.00,left3.00,right3.70,right2.00\",\"a.test,b.test,client-1,client-2,proxy:7,a,b,c\",0,\"run-1/a.stdout,in a try before: pair,in a try before: works\",0,true,\"\",\"\"]");
}

/* Whoever speaks to whom, an arrow tells, and what a case doesn't say its stderr does: HTTP, datagrams, mail, what goes both ways at once, a client of XMPP behind a proxy. */
static const char *const spoken[][3] = {
	{"prosody", "spawn", "started: prosody"},
	{"prosody", "log", "listens on 5222"},
	{"curl", "spawn", "started: curl http://127.0.0.1:81/ (pid 8)"},
	{"http:81", "net", "POST /pay from curl (pid 8): 503"},
	{"client", "net", "GET http://127.0.0.1:81: 200, 1 byte"},
	{"cron", "spawn", "started: msmtp --port=2525 (pid 9)"},
	{"mail", "mail", "1 byte from <a@x> to <b@y>"},
	{"proxy:53", "net", "client 1: accepted from curl (pid 8)"},
	{"proxy:53", "net", "client 1: 1 datagram, 1 byte to the server"},
	{"stub", "net", "client 1: accepted from proxy:53 (pid 10)"},
	{"stub", "net", "client 1: 2 datagrams, 3 bytes to the server, 4 to the client, by 2 turns"},
	{"proxy:53", "net", "client 1: 2 datagrams, 3 bytes to the server, 4 to the client, by 2 turns"},
	{"proxy:53", "fault", "a datagram of 1 byte to the server: lost"},
	{"proxy:53", "fault", "a datagram of 2 bytes to the client: arrives twice"},
	{"proxy:7", "net", "connection 1: accepted from test (pid 1)"},
	{"proxy:7", "net", "connection 1: 1 byte to the server"},
	{"proxy:7", "net", "connection 1: 1 byte to the client"},
	{"client-1", "event", "- is logged in as romeo@localhost/x"},
	{"client-1", "stanza", "> <ping/>"},
	{"proxy:7", "net", "connection 2: accepted from test (pid 1)"},
	{"test", "fail", "they talk"},
};

E2E_TEST(who_speaks_to_whom, .timeout = 240)
{
	size_t n = sizeof spoken / sizeof *spoken;
	E2E__BUF(b, 4096);

	browser();
	for (size_t i = 0; i < n; i++)
		e2e__buf_addf(&b, "{\"t\":0.%02d,\"lane\":\"%s\",\"kind\":\"%s\",\"odd\":%s,\"text\":\"%s\"}\n", (int)i, spoken[i][0], spoken[i][1], i == 3 ? "true" : "false", spoken[i][2]);
	text_file("folder/story.jsonl", b.p);
	e2e__buf_free(&b);
	stream("a.t", e2e_printf("1..1\nnot ok 1 - talk\n  ---\n  at: a.c:1\n  folder: %s/folder\n  mailbox_2525: |\n    a\n    b\n  proxy_7: |\n    tcp:127.0.0.1:7 -> tcp:127.0.0.1:5222: connections: 2\n    x\n  ...\n", e2e_tmpdir()), 1);
	script("b.t", "echo 1..1; echo not ok 1 - compile b; echo some warning >&2; echo b.c:1: error: no such thing >&2\n");
	e2e_run(driver, "--html", "out.html", "a.t", "b.t");
	e2e_is_str(asked(read_file("out.html"), "const w = frame(900), d = w.document; w.eval('beforePrint()');\n"
						"const names = [...d.querySelectorAll('.lane')].map((e) => e.textContent), at = (x) => Number.isInteger(x) ? names[x] : '?';\n"
						"said([...d.querySelectorAll('.events li')].map((row) => { const u = row.querySelector('u'); if (!u) return '';\n"
						"const [left, wide] = [u.style.left, u.style.width].map((s) => +/[*] ?([-\\d.]+)/.exec(s)[1]), [a, b] = [left - 0.5, left - 0.5 + wide].map((x) => at(+x.toFixed(2)));\n"
						"return u.classList.contains('both') ? a + ' and ' + b : u.classList.contains('right') ? a + ' to ' + b : b + ' to ' + a; }).concat([...d.querySelectorAll('.card')[1].querySelectorAll('.gist, .block[open] pre')].map((e) => e.textContent.replace(/\\n/g, ' / '))).join(', '));\n"),
	           "\"test to prosody, , test to curl, curl to http:81, client to http:81, test to cron, cron to mail, curl to proxy:53, proxy:53 to stub, "
	           "proxy:53 to stub, proxy:53 and stub, curl and stub, curl to proxy:53, stub to proxy:53, client-1 to proxy:7, proxy:7 to prosody, "
	           "proxy:7 to client-1, , client-1 to prosody, test to proxy:7, , b.c:1: error: no such thing, some warning / b.c:1: error: no such thing\"");
}

/* Lanes that are too many share one; a long list stands at the failure. Where one talks at length and nothing else happens, the
 * middle is folded until it is asked for. */
E2E_TEST(a_long_story, .timeout = 240)
{
	E2E__BUF(b, 4096);

	browser();
	for (int i = 1; i <= 150; i++)
		e2e__buf_addf(&b, "{\"t\":%d.5,\"lane\":\"p%d\",\"kind\":\"%s\",\"odd\":%s,\"text\":\"event %d\"}\n", i, i % 30, i == 120 ? "fail" : "log", i == 120 ? "true" : "false", i);
	text_file("long/story.jsonl", b.p);
	b.n = 0;
	for (int i = 1; i <= 30; i++)
		e2e__buf_addf(&b, "{\"t\":0.%02d,\"lane\":\"web\",\"kind\":\"log\",\"odd\":%s,\"text\":\"line %d\"}\n", i, i == 20 ? "true" : "false", i);
	text_file("talk/story.jsonl", b.p);
	e2e__buf_free(&b);
	stream("a.t", e2e_printf("1..2\nnot ok 1 - long\n  ---\n  at: a.c:1\n  story: |\n    (40 of 150 events)\n    +1.500 p1 | event 1\n  folder: %s/long\n  ...\n"
	                         "not ok 2 - talk\n  ---\n  at: a.c:1\n  folder: %s/talk\n  ...\n", e2e_tmpdir(), e2e_tmpdir()), 1);
	e2e_run(driver, "--html", "out.html", "a.t");
	e2e_is_str(asked(read_file("out.html"), "const w = frame(900); w.eval('beforePrint()'); w.requestAnimationFrame(() => w.setTimeout(() => {\n"
						"const d = w.document, list = d.querySelector('.events'), row = list.querySelector('.fail'), names = [...d.querySelector('.story').querySelectorAll('.lane')].map((e) => e.textContent);\n"
						"const out = [names.length, names[15], frame(400).document.querySelector('.story').querySelectorAll('.lane').length, list.clientHeight > 300 && list.scrollHeight > 2 * list.clientHeight,\n"
						"row.offsetTop > list.scrollTop && row.offsetTop < list.scrollTop + list.clientHeight, row.textContent.includes('p0 event 120')];\n"
						"const talk = d.querySelectorAll('.story')[1], shown = () => [...talk.querySelectorAll('.events li')].filter((e) => !e.hidden).map((e) => e.textContent.replace(/.* line /, '').replace(/^.*?(\\d+ more)/, '$1')).join();\n"
						"const lane = talk.querySelector('.lane'); out.push(shown()); lane.click(); out.push(shown()); lane.click(); out.push(shown() === out[6]); talk.querySelector('.more button').click(); out.push(shown());\n"
						"said(out); }, 100));\n"),
	           "[16,\"others\",7,true,true,true,\"1,2,14 more lines of web,17,18,19,20,21,22,23,24,25,26,27,28,29,30\",\"\",true,"
	           "\"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\"]");
}

/* What isn't seen isn't drawn. */
E2E_TEST(ten_thousand_tests, .timeout = 240)
{
	const char *page;

	browser();
	stream("a.t", "1..1\nok 1\n", 0);
	e2e_run(driver, "--html", "out.html", "a.t");
	page = read_file("out.html");
	e2e_must(e2e_ok(page != NULL, "the file is there"));
	e2e_run("sh", "-c", "awk '/^[{]\"test\":/ { for (i = 1; i <= 10000; i++) { bad = i % 10 == 0\n"
	                    "printf \"{\\\"test\\\":\\\"t/x%d.t\\\",\\\"at\\\":%d,\\\"class\\\":\\\"%s\\\",\\\"run\\\":2,\\\"failed\\\":0,\\\"missing\\\":0,\\\"begin\\\":%.1f,\\\"seconds\\\":0.1,\\\"worker\\\":%d\", i, i, bad ? \"bad\" : \"ok\", int(i / 4) / 10, i % 4 + 1\n"
	                    "printf \",\\\"points\\\":[[\\\"a\\\",\\\"ok\\\",1],[\\\"b\\\",\\\"%s\\\",null%s]]}\\n\", bad ? \"bad\" : \"ok\", bad ? \",{\\\"detail\\\":\\\"x.c:3: got 1, want 2\\\"}\" : \"\" }; next } { print }' out.html >big.html");
	page = e2e_run("cat", "big.html").out;
	e2e_is_str(asked(page, "const d = frame(900).document, n = d.querySelectorAll('*').length, drawn = d.querySelectorAll('.test').length;\n"
	                       "frame(900).eval('byId(\"q\").value = \"x9999.t\"; applyFilter()');\n"
	                       "said([d.querySelectorAll('.card').length, n < 30000, drawn < 1000, d.getElementById('found').textContent]);\n"),
	           "[1000,true,true,\"2 matches in 1 file\"]");
}

E2E_MAIN()
