"use strict";

// ---- small tools ----

const byId = (id) => document.getElementById(id);

// An element: its attributes ("on..." are listeners), what stands in it
function el(tag, attributes, ...inside) {
	const e = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes || {})) {
		if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
		else if (value === true) e.setAttribute(name, "");
		else if (value !== false && value !== undefined && value !== null) e.setAttribute(name, value);
	}
	e.append(...inside.flat(3).filter((x) => x !== null && x !== undefined && x !== ""));
	return e;
}

const escaped = (s) => String(s).replace(/[&<>"]/g, (c) => "&#" + c.charCodeAt(0) + ";");

function parsed(line) {
	try {
		return JSON.parse(line);
	} catch (e) {
		return null;
	}
}

function seconds(s) {
	if (s >= 3600) return Math.floor(s / 3600) + " h " + Math.round(s % 3600 / 60) + " min";
	if (s >= 60) return Math.floor(s / 60) + " min " + Math.round(s % 60) + " s";
	if (s >= 10) return s.toFixed(1) + " s";
	if (s >= 1) return s.toFixed(2) + " s";
	return s >= 0.001 ? Math.round(s * 1000) + " ms" : s > 0 ? (s * 1000).toFixed(2) + " ms" : "0 s";
}

const count = (n, one, many) => n.toLocaleString("en") + " " + (n === 1 ? one : many || one + "s");

// Draws when it comes near to what is seen
const near = "IntersectionObserver" in window && new IntersectionObserver((entries) => {
	for (const entry of entries)
		if (entry.isIntersecting) drawNow(entry.target);
}, { rootMargin: "900px" });
const waiting = new Map();

function drawLater(e, draw) {
	waiting.set(e, draw);
	if (near) near.observe(e);
	else drawNow(e);
}

function drawNow(e) {
	const draw = waiting.get(e);

	waiting.delete(e);
	if (near) near.unobserve(e);
	if (draw) draw();
}

function tell(words) {
	byId("live").textContent = words;
	byId("live").className = "shown";
	clearTimeout(tell.timer);
	tell.timer = setTimeout(() => { byId("live").className = ""; }, 1600);
}

function copy(text) {
	const done = (copied) => tell(copied ? "copied" : "this browser copies nothing: select it");
	const byHand = () => {
		const here = document.activeElement, area = el("textarea", { "aria-hidden": "true", style: "position:fixed;top:0;opacity:0" }, text);

		document.body.append(area);
		area.select();
		const copied = document.execCommand("copy");

		area.remove();
		here.focus({ preventScroll: true });
		done(copied);
	};

	if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => done(true), byHand);
	else byHand();
}

function copyButton(text) {
	return el("button", { class: "copy", type: "button", "aria-label": "copy: " + text, onclick: () => copy(text) }, "copy");
}

const command = (text) => el("div", { class: "command" }, el("code", {}, text), copyButton(text));

// ---- what the run has left ----

let run = {};
const tests = [];

function readData() {
	let test = null, story = null;

	for (const line of byId("data").textContent.split("\n")) {
		if (line.startsWith("{\"t\":")) {
			if (story) story.push(line);
			continue;
		}
		const found = line && parsed(line);

		if (!found) continue;
		if (found.is === "run") run = found;
		else if (found.test !== undefined) tests.push(test = takeTest(found));
		else if (found.story !== undefined && test) test.cases[found.story].story = story = [];
	}
	tests.sort((a, b) => (b.class === "bad") - (a.class === "bad") || a.at - b.at);
	tests.forEach((t, i) => { t.index = i; });
}

// The cases of a test, and the program itself where there is something to say of it
function takeTest(t) {
	t.cases = t.points.map(([name, state, ms, more]) => Object.assign({ test: t, name, state, ms }, more));
	if (t.problem || !t.cases.length)
		t.program = { test: t, name: "", state: t.problem ? "bad" : t.skip ? "skip" : "ok", why: t.skip, detail: t.problem, ms: null };
	t.all = t.program ? t.cases.concat(t.program) : t.cases;
	return t;
}

const states = [["all", "All"], ["bad", "Failed"], ["flaky", "Flaky"], ["todo", "Known"], ["skip", "Skipped"], ["ok", "Passed"]];
const isState = {
	all: () => true,
	bad: (c) => c.state === "bad",
	flaky: (c) => c.test.class === "flaky",
	todo: (c) => c.state === "todo" || c.state === "bonus",
	skip: (c) => c.state === "skip",
	ok: (c) => c.state === "ok",
};
const words = { ok: "passed", bad: "failed", skip: "skipped", todo: "known", bonus: "passes now", flaky: "flaky" };

function badge(state) {
	return el("span", { class: "badge " + state }, words[state]);
}

const fullName = (c) => c.test.test + (c.name ? " > " + c.name : "");
const anchor = (c) => encodeURIComponent(fullName(c)).replace(/%20/g, "+");

// ---- head ----

function drawHead() {
	const sums = { ok: 0, bad: 0, todo: 0, skip: 0 };
	const kind = { bonus: "todo" };
	const head = byId("head"), title = head.querySelector("h1");

	for (const t of tests)
		for (const c of t.all) sums[kind[c.state] || c.state]++;
	const total = sums.ok + sums.bad + sums.todo + sums.skip || 1;

	head.className = { passed: "ok", empty: "none" }[run.result] || "bad";
	title.prepend(el("span", { class: "sign", "aria-hidden": "true" }, { ok: "\u2713", none: "\u2013", bad: "\u2717" }[head.className]));
	title.after(el("div", { class: "share", role: "img", "aria-label": "passed " + sums.ok + ", failed " + sums.bad + ", known " + sums.todo + ", skipped " + sums.skip },
		["bad", "todo", "skip", "ok"].map((s) => sums[s] ? el("i", { class: s, style: "flex:" + Math.max(sums[s], total / 150), title: sums[s] + " " + words[s] }) : null)));
	byId("totals").hidden = true; // the figures say it, too
	head.append(el("div", { class: "figures" },
		figure(sums.bad, "failed", "bad"), figure(sums.ok, "passed", "ok"),
		figure(tests.filter((t) => t.class === "flaky").length, "flaky", "flaky"),
		figure(sums.todo, "known", "todo"), figure(sums.skip, "skipped", "skip"),
		run.notrun ? figure(run.notrun, "not run", "bad") : null,
		figure(tests.length, tests.length === 1 ? "file" : "files"), figure(seconds(run.seconds), "in all")));
	head.append(facts(), el("button", { class: "theme", type: "button", title: "light or dark (t)", "aria-label": "light or dark", onclick: changeTheme }, "\u25d0"));
}

function figure(n, word, state) {
	const inside = [el("b", {}, typeof n === "number" ? n.toLocaleString("en") : n), el("span", {}, word)];

	if (!state) return el("div", { class: "figure" }, inside);
	return el("button", { type: "button", class: "figure " + state + (n ? "" : " none"), onclick: () => choose(state) }, inside);
}

function facts() {
	const began = (run.begin || "").replace("T", " ") + " UTC";
	const workers = run.workers ? " \u00b7 " + count(run.workers, "worker") : "";
	const rows = [["run", run.command && command(run.command)], ["in", run.folder], ["at", run.commit],
		["on", [run.host, run.system].filter(Boolean).join(" \u00b7 ") + workers], ["began", began],
		["seed", run.seed]];

	return el("dl", { class: "facts" }, rows.filter((r) => r[1]).map(([name, value]) =>
		[el("dt", {}, name), el("dd", {}, value)]));
}

// The tab shows the verdict too
function drawIcon() {
	const canvas = el("canvas", { width: 32, height: 32 }), pen = canvas.getContext("2d");

	pen.fillStyle = { passed: "#14763a", empty: "#5a6473" }[run.result] || "#c8102e";
	pen.arc(16, 16, 14, 0, 7);
	pen.fill();
	document.head.append(el("link", { rel: "icon", href: canvas.toDataURL() }));
}

function changeTheme() {
	const dark = getComputedStyle(document.documentElement).getPropertyValue("--is-dark").trim() === "1";

	document.documentElement.dataset.theme = dark ? "light" : "dark";
}

// ---- cards ----

const cards = [];

function drawCards(box) {
	for (const t of tests)
		for (const c of t.all) if (c.state === "bad") cards.push(c);
	for (const c of cards) {
		c.body = el("div", { class: "body" });
		c.card = el("details", { class: "card", id: anchor(c), open: true },
			el("summary", {}, badge("bad"), el("span", { class: "name" }, c.name || programWords(c)), el("span", { class: "file" }, c.test.test),
				c.ms === null ? null : el("small", {}, seconds(c.ms / 1000)), c.name ? el("span", { class: "gist" }, gistOf(c.detail || "") || complaintOf(c)) : null), c.body);
		drawLater(c.card, () => fillCard(c));
		box.append(c.card);
	}
}

const programWords = (c) => (c.detail || "the program").split("\n")[0];

// What a closed card says: where it failed, and the message
function gistOf(detail) {
	const m = /^(\S[^:\n]*:\d+)(?::\d+)?:(?: (.*))?$/m.exec(detail);

	return m ? [el("code", {}, m[1]), " ", (m[2] || "").slice(0, 300)] : null;
}

const firstBad = (t) => t.all.find((x) => x.state === "bad");

// Where it says nothing itself: the first error that was written beside it
function complaintOf(c) {
	return c === firstBad(c.test) && (/^.*\berror\b.*$/im.exec(c.test.stderr || "") || [""])[0];
}

// What a failed case, or a program without a name, says of itself
function drawFailure(box, name, detail, story) {
	const said = readDetail(detail), events = readStory(story, said.story);

	if (!name && detail) box.append(el("pre", { class: "problem", tabindex: "0" }, detail));
	else for (const part of said.parts) box.append(drawPart(part));
	if (events.length) box.append(drawStory(events, said));
	for (const [title, block] of said.blocks) box.append(folded(title, block.join("\n"), title === "then" || !events.length));
	return said;
}

function fillCard(c) {
	// the first line of a program's problem is the title
	const said = drawFailure(c.body, c.name, c.name ? c.detail : (c.detail || "").replace(/^.*\n?/, "").trimEnd(), c.story);

	if (c === firstBad(c.test) && c.test.stderr) c.body.append(folded("stderr of " + c.test.test, c.test.stderr.trimEnd(), !c.body.firstChild || !c.name));
	c.body.append(el("footer", {},
		said.repeat ? [el("i", {}, "repeat"), command(said.repeat)] : null,
		said.folder ? [el("i", {}, "folder"), command(said.folder)] : null,
		el("span", { class: "rest" },
			[c.test.seed && "seed " + c.test.seed, (c.test.tries || []).length && "failed in " + (c.test.tries.length + 1) + " tries",
				c.test.host && c.test.host !== run.host && "on " + c.test.host].filter(Boolean).map((words) => words + " \u00b7 "),
			el("a", { href: "#" + anchor(c), title: "a link to this failure" }, "link"))));
}

const flakyCards = [];

// Tests that passed on a later try, each with what failed in those before
function drawFlaky() {
	const list = tests.filter((t) => t.class === "flaky");
	const box = el("div", { class: "cards" });

	for (const t of list.slice(0, 500)) {
		const body = el("div", { class: "body" });
		const dots = el("span", { class: "dots", role: "img", "aria-label": "tries" }, (t.tries || []).map(() => el("i", { class: "bad" })), el("i", { class: "ok" }));
		const card = el("details", { class: "card flaky" }, el("summary", {}, badge("flaky"), el("span", { class: "name" }, t.test), dots,
			el("span", { class: "file" }, [...new Set((t.tried || []).map(([name]) => name || "the program"))].join(", "))), body);

		card.addEventListener("toggle", () => {
			if (card.open && !body.firstChild) fillFlaky(body, t);
		});
		flakyCards.push([t, card]);
		box.append(card);
	}
	return list.length ? el("section", { id: "flaky" }, el("h2", {}, "Flaky", el("small", {}, count(list.length, "file") + " passed on a later try")), box) : null;
}

function fillFlaky(body, t) {
	for (const [name, text] of t.tried || []) {
		body.append(el("h4", {}, name || "the program"));
		const said = drawFailure(body, name, text, null);

		if (said.repeat) body.append(el("footer", {}, el("i", {}, "repeat"), command(said.repeat)));
	}
	if (t.stderr) body.append(folded("stderr", t.stderr, false));
	body.append(el("button", { type: "button", class: "link", onclick: () => goTo(t) }, "its cases"));
}

// ---- the run's timeline ----

// A lane a worker; those of archives below. Tries that failed are bars too.
function barsOf() {
	const bars = [], lanes = new Map();
	const add = (t, begin, long, worker, state) => {
		const key = (t.kept ? "1" : "0") + String(worker).padStart(6, "0");

		if (!lanes.has(key)) lanes.set(key, (t.kept && t.host ? t.host + " " : "") + "worker " + worker);
		bars.push({ t, begin, long, key, state });
	};

	for (const t of tests) {
		if (!t.worker) continue;
		for (const [begin, long, worker] of t.tries || []) add(t, begin, long, worker, "again");
		add(t, t.begin, t.seconds, t.worker, t.class);
	}
	const keys = [...lanes.keys()].sort();

	for (const bar of bars) bar.lane = keys.indexOf(bar.key);
	bars.sort((a, b) => a.lane - b.lane || a.begin - b.begin);
	return { bars, names: keys.map((k) => lanes.get(k)) };
}

function drawTimeline(box) {
	const { bars, names } = barsOf();

	if (!bars.length) return false;
	const first = run.kept ? Math.min(...extreme(bars, (b) => b.begin)) : Math.min(0, extreme(bars, (b) => b.begin)[0]);
	const span = Math.max(0.01, extreme(bars, (b) => b.begin + b.long)[1] - first, run.kept ? 0 : run.seconds);
	const picture = el("div", { class: "timeline", tabindex: "0", role: "group", "aria-label": "timeline: arrow keys go from test to test, Enter opens it" });
	const line = el("div", { class: "moment", "aria-live": "polite" });
	let shapes = [], now = -1;

	const show = (i) => {
		if (!shapes[i]) return;
		now = i;
		const s = shapes[i], bar = s.bar;
		const e = picture.querySelector(".here");

		e.setAttribute("d", "M" + s.x + " " + s.y + "h" + s.wide + "v18h-" + s.wide + "z");
		line.className = "moment shown " + bar.state;
		line.textContent = (s.many > 1 ? s.many + " tests, the slowest: " : "") + bar.t.test + " \u00b7 " + (bar.state === "again" ? "a try that failed" : wordsOf(bar.state)) + " \u00b7 " +
			seconds(bar.long) + " from +" + seconds(bar.begin - first) + " on " + names[bar.lane];
	};
	const draw = () => {
		const left = window.innerWidth < 640 ? 0 : 90, width = Math.max(200, picture.firstChild.clientWidth) - left - 4;
		const drawn = timelinePicture(bars, names, first, span, left, width);

		shapes = drawn.shapes;
		picture.firstChild.innerHTML = drawn.svg;
	};
	const find = (p) => {
		const bar = p.target.closest("[data-i]");

		return bar ? +bar.dataset.i : -1;
	};

	picture.append(el("div", {}), line);
	picture.addEventListener("pointerover", (p) => show(find(p)));
	picture.addEventListener("click", (p) => { if (find(p) >= 0) goTo(shapes[find(p)].bar.t); });
	picture.addEventListener("keydown", (key) => {
		if (key.key === "Enter" && shapes[now]) goTo(shapes[now].bar.t);
		else if (key.key === "ArrowRight") show(Math.min(now + 1, shapes.length - 1));
		else if (key.key === "ArrowLeft") show(Math.max(now - 1, 0));
		else return;
		key.preventDefault();
	});
	box.append(picture);
	requestAnimationFrame(draw);
	if ("ResizeObserver" in window) new ResizeObserver(draw).observe(picture);
	return true;
}

const wordsOf = (state) => words[state];

function extreme(list, f) {
	let low = Infinity, high = -Infinity;

	for (const x of list) {
		low = Math.min(low, f(x));
		high = Math.max(high, f(x));
	}
	return [low, high];
}

// What is too narrow to be seen is drawn together with what stands beside it
function timelinePicture(bars, names, first, span, left, width) {
	const shapes = [], top = 18, high = left ? 22 : 36, rank = { ok: 0, skip: 1, flaky: 2, again: 3, bad: 4 };
	let last = null;

	for (const bar of bars) {
		const from = (bar.begin - first) / span * width, to = from + Math.max(1.5, bar.long / span * width);
		const lonely = bar.state === "bad" || bar.state === "again";

		if (last && last.lane === bar.lane && from < last.end + 0.5 && to - from < 3 && last.end - last.from < 3 && !lonely && !last.lonely) {
			last.end = Math.max(last.end, to);
			last.many++;
			if (bar.long > last.bar.long) last.bar = bar;
			if (rank[bar.state] > rank[last.state]) last.state = bar.state;
		} else shapes.push(last = { bar, lane: bar.lane, from, end: to, many: 1, state: bar.state, lonely });
	}
	let s = "<svg width=" + (left + width + 4) + " height=" + (top + names.length * high + 4) + ">" + timeAxis(span, left, width, top + names.length * high);

	names.forEach((name, k) => {
		s += "<text class=who x=0 y=" + (left ? top + k * high + 14 : top + k * high + 10) + ">" + escaped(name) + "<\/text>";
	});
	shapes.forEach((shape, i) => {
		shape.x = (left + shape.from).toFixed(1);
		shape.y = top + shape.lane * high + (left ? 0 : 13);
		shape.wide = Math.max(1, shape.end - shape.from - 0.6).toFixed(1);
		s += "<rect data-i=" + i + " class=" + shape.state + " x=" + shape.x + " y=" + shape.y + " width=" + shape.wide + " height=18 rx=" + (shape.wide > 6 ? 3 : 0) + " />";
		if (shape.wide > 70 && shape.many === 1)
			s += "<text class=label x=" + (+shape.x + 6) + " y=" + (shape.y + 13) + ">" + escaped(fitting(shape.bar.t.test, shape.wide - 12)) + "<\/text>";
	});
	return { shapes, svg: s + "<path class=here d=''/><\/svg>" };
}

function fitting(name, room) {
	const most = Math.floor(room / 6.6);

	return name.length <= most ? name : most < 4 ? "" : "\u2026" + name.slice(1 - most);
}

const tick = (s) => s < 60 ? +s.toPrecision(4) + " s" : seconds(s);

function timeAxis(span, left, width, bottom) {
	const rough = span / Math.max(2, width / 110), power = Math.pow(10, Math.floor(Math.log10(rough)));
	const step = [1, 2, 5, 10].map((f) => f * power).find((x) => x >= rough);
	let s = "";

	for (let i = 0; i * step <= span; i++) {
		const x = (left + i * step / span * width).toFixed(1);

		s += "<path class=grid d='M" + x + " 14V" + bottom + "'/>";
		if (left + width - x > 6.5 * tick(i * step).length) s += "<text class=tick x=" + x + " y=10>" + tick(i * step) + "<\/text>";
	}
	return s;
}

// ---- the list of all tests ----

const filter = { state: "all", query: "" };
const chunk = 150;
let shownTests = [], drawnTests = 0, slowest = 0;

function haystack(c) {
	return c.hay || (c.hay = [c.test.test, c.name, c.why, c.spec, c.detail, (c.story || []).join(" ")].join("\n").toLowerCase());
}

// The cases of a test that the filter lets through
function matches(t) {
	const wanted = isState[filter.state], query = filter.query;
	const found = t.all.filter((c) => wanted(c) && (!query || haystack(c).includes(query)));

	if (found.length || !query || !(wanted === isState.all || t.all.some(wanted))) return found;
	const beside = [t.stderr || "", ...(t.tried || []).flat()].join("\n").toLowerCase();

	return beside.includes(query) ? t.all.filter(wanted) : found;
}

function applyFilter() {
	let n = 0;

	filter.query = byId("q").value.trim().toLowerCase();
	shownTests = [];
	for (const t of tests) {
		t.matched = matches(t);
		if (t.matched.length) shownTests.push(t);
		n += t.matched.length;
	}
	let failures = 0;

	for (const c of cards) {
		const off = !c.test.matched.includes(c);

		if (c.card.hidden !== off) c.card.hidden = off;
		if (!off) failures++;
	}
	const plain = filter.state === "all" && !filter.query;

	for (const [t, card] of flakyCards) card.hidden = !t.matched.length;
	byId("failures").hidden = !failures;
	byId("failures").querySelector("small").textContent = failures === cards.length ? String(failures) : failures + " of " + cards.length;
	if (byId("flaky")) byId("flaky").hidden = !/^(all|flaky)$/.test(filter.state) || flakyCards.every(([, card]) => card.hidden);
	for (const aside of document.querySelectorAll(".overview")) aside.hidden = !plain;
	byId("found").textContent = plain ? count(n, "case") + " in " + count(shownTests.length, "file")
		: count(n, "match", "matches") + " in " + count(shownTests.length, "file");
	for (const button of document.querySelectorAll("#states button")) button.setAttribute("aria-pressed", String(button.dataset.state === filter.state));
	byId("list").replaceChildren();
	drawnTests = 0;
	drawTests(chunk);
}

function choose(state) {
	filter.state = state;
	applyFilter();
	const bar = byId("bar");

	if (bar.getBoundingClientRect().top > window.innerHeight - 80) bar.scrollIntoView();
}

function drawTests(n) {
	const list = byId("list"), rest = byId("rest");

	for (const end = Math.min(drawnTests + n, shownTests.length); drawnTests < end; drawnTests++)
		list.append(row(shownTests[drawnTests]));
	if (rest) rest.remove();
	if (drawnTests === shownTests.length) return;
	const more = el("button", { id: "rest", type: "button", onclick: () => drawTests(chunk) }, "show more of " + count(shownTests.length - drawnTests, "file"));

	list.after(more);
	drawLater(more, () => drawTests(chunk));
}

function row(t) {
	const bad = t.cases.filter((c) => c.state === "bad").length;
	const sum = t.skip ? t.skip : bad ? bad + " of " + (t.run + t.missing) + " failed" : t.missing ? t.run + " of " + (t.run + t.missing) + " run" : count(t.cases.length, "case");
	const narrowed = t.matched.length < t.all.length ? t.matched.length + " of " + t.all.length + " match" : sum;
	const e = el("details", { class: "test " + t.class, id: "test" + t.index, open: filter.query && shownTests.length <= 20 || false },
		el("summary", {}, badge(t.class), el("span", { class: "name" }, t.test), el("span", { class: "sum" }, narrowed),
			el("span", { class: "long", "aria-hidden": "true" }, el("i", { style: "width:" + (t.seconds / slowest * 100).toFixed(1) + "%" })), el("small", {}, seconds(t.seconds))));
	const draw = () => { if (e.open && e.childElementCount === 1) e.append(inside(t, t.matched)); };

	e.addEventListener("toggle", draw);
	draw();
	return e;
}

function inside(t, shown) {
	const list = el("ul", { class: "cases" });
	const add = (from) => {
		for (const c of shown.slice(from, from + 300)) list.append(caseRow(c));
		if (shown.length > from + 300)
			list.append(el("li", {}, el("button", { type: "button", onclick: (click) => { click.currentTarget.parentNode.remove(); add(from + 300); } }, shown.length - from - 300 + " more")));
	};

	add(0);
	if (t.more) list.append(el("li", {}, count(t.more, "case") + " more: the page keeps 2000 of a test"));
	const box = el("div", { class: "inside" }, list);

	for (const [name, text] of t.tried || [])
		box.append(el("details", { class: "block", open: true }, el("summary", {}, "in a try before: " + (name || "the program")), el("pre", { tabindex: "0" }, text)));
	if (t.stderr && t.class !== "bad") box.append(folded("stderr", t.stderr, false));
	return box;
}

function caseRow(c) {
	const name = c.name || (c.detail ? programWords(c) : c.test.skip ? "the whole file" : "the program");

	return el("li", { class: c.state }, badge(c.state),
		c.card ? el("a", { href: "#" + anchor(c), onclick: (click) => { click.preventDefault(); goToCard(c); } }, name) : el("span", {}, name),
		c.why ? el("em", {}, c.why) : null, c.spec ? el("span", { class: "spec" }, c.spec) : null,
		c.ms === null ? null : el("small", {}, seconds(c.ms / 1000)));
}

function flash(e) {
	e.classList.remove("flash");
	void e.offsetWidth;
	e.classList.add("flash");
}

function show(e) {
	e.open = true;
	drawNow(e);
	e.scrollIntoView({ block: "start" });
	e.querySelector("summary").focus({ preventScroll: true });
	flash(e);
}

function goToCard(c) {
	if (c.card.hidden) clearFilter();
	show(c.card);
}

function goTo(t) {
	const card = cards.find((c) => c.test === t);

	if (card) return goToCard(card);
	if (!shownTests.includes(t)) clearFilter();
	const place = shownTests.indexOf(t);

	if (place >= drawnTests) drawTests(place + 20 - drawnTests);
	show(byId("test" + t.index));
}

function clearFilter() {
	byId("q").value = "";
	choose("all");
}

// ---- lists beside ----

function tally(list, key) {
	const found = new Map();

	for (const c of list)
		for (const k of key(c)) found.set(k, (found.get(k) || []).concat([c]));
	return [...found].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
}

function panel(title, small, ...inside) {
	return el("section", { class: "panel overview" }, el("h2", {}, title, small ? el("small", {}, small) : null), inside);
}

function reasons(title, state) {
	const list = tests.flatMap((t) => t.all.filter(isState[state]));

	if (!list.length) return null;
	return panel(title, count(list.length, "case"), tally(list, (c) => [c.why || "(no reason given)"]).map(([why, cases]) =>
		el("details", { class: "reason" }, el("summary", {}, el("b", {}, cases.length), el("span", {}, why)),
			el("ul", {}, cases.slice(0, 200).map((c) => el("li", {}, el("button", { type: "button", class: "link", onclick: () => goTo(c.test) }, fullName(c)),
				c.state === "bonus" ? badge("bonus") : null)), cases.length > 200 ? el("li", {}, cases.length - 200 + " more") : null))));
}

// Several servers stand side by side: three columns each.
function specsPanel() {
	const found = new Map();
	const kind = { ok: 0, bonus: 0, bad: 1, todo: 1, skip: 2 };
	const heads = ["passed", "failed", "skipped"];
	const proving = tests.flatMap((t) => t.cases).filter((c) => (c.spec || "").trim());
	const servers = [...new Set(proving.map((c) => c.server || ""))];

	for (const c of proving)
		for (const clause of c.spec.split(",").map((s) => s.trim()).filter(Boolean)) {
			if (!found.has(clause)) found.set(clause, servers.flatMap(() => [0, 0, 0]));
			found.get(clause)[3 * servers.indexOf(c.server || "") + kind[c.state]]++;
		}
	if (!found.size) return null;
	const sum = (n, k) => n.reduce((all, x, i) => all + (i % 3 === k ? x : 0), 0);
	const clauses = [...found].sort((a, b) => a[0].localeCompare(b[0], "en", { numeric: true }));

	return panel("Specifications", count(found.size, "clause"), el("table", {},
		el("thead", {},
			servers.length > 1 ? el("tr", {}, el("td", {}), servers.map((s) => el("th", { scope: "colgroup", colspan: 3 }, s || "(other)"))) : null,
			el("tr", {}, ["clause", ...servers.flatMap(() => heads)].map((h) => el("th", { scope: "col" }, h)))),
		el("tbody", {}, clauses.map(([clause, n]) => el("tr", { class: sum(n, 1) ? "bad" : sum(n, 0) ? "ok" : "skip" },
			el("th", { scope: "row" }, el("button", { type: "button", class: "link", onclick: () => { byId("q").value = clause; choose("all"); byId("bar").scrollIntoView(); } }, clause)),
			n.map((x, i) => el("td", { class: x ? ["ok", "bad", "skip"][i % 3] : "none" }, x)))))));
}

function slowestPanel() {
	const list = tests.filter((t) => t.seconds > 0).sort((a, b) => b.seconds - a.seconds).slice(0, 10);

	if (list.length < 2) return null;
	return panel("Slowest", "", el("ol", { class: "slowest" }, list.map((t) => el("li", {},
		el("button", { type: "button", class: "link", onclick: () => goTo(t) }, t.test), el("small", {}, seconds(t.seconds)),
		el("i", { class: t.class, style: "width:" + (t.seconds / list[0].seconds * 100).toFixed(1) + "%" })))));
}

// ---- the page ----

function drawBar() {
	const totals = {};

	for (const [state] of states) totals[state] = state === "flaky" ? tests.filter((t) => t.class === "flaky").length
		: tests.reduce((n, t) => n + t.all.filter(isState[state]).length, 0);
	return el("div", { id: "bar" },
		el("div", { id: "states", role: "group", "aria-label": "show" }, states.filter(([s]) => totals[s] || s === "all").map(([state, word]) =>
			el("button", { type: "button", class: state, "data-state": state, "aria-pressed": "false", onclick: () => choose(state) }, word, el("small", {}, totals[state].toLocaleString("en"))))),
		el("input", { id: "q", type: "search", placeholder: "search  ( / )", "aria-label": "search names, reasons and what failures say", autocomplete: "off" }),
		el("span", { id: "found", role: "status" }));
}

function drawPage() {
	const main = byId("main");
	const cardsBox = el("div", { class: "cards" }), timeline = el("section", { class: "overview" }, el("h2", {}, "Timeline"));

	slowest = Math.max(0.001, extreme(tests, (t) => t.seconds)[1]);
	drawCards(cardsBox);
	const open = el("button", { type: "button", class: "link", onclick: () => {
		const close = cards.some((c) => c.card.open);

		for (const c of cards) c.card.open = !close;
	} }, "open or close all");

	main.append(drawBar(),
		el("section", { id: "failures" }, el("h2", {}, "Failures", el("small", {}, String(cards.length)), cards.length > 1 ? open : null), cardsBox),
		...[drawFlaky(), timeline].filter(Boolean),
		el("div", { class: "panels" }, reasons("Skipped", "skip"), reasons("Known failures", "todo"), specsPanel(), slowestPanel()),
		el("section", {}, el("h2", {}, "All tests"), el("div", { id: "list" })));
	if (!drawTimeline(timeline)) timeline.remove();
	document.body.append(help());
}

function help() {
	const keys = [["/", "search"], ["j k", "next and previous failure"], ["o", "open or close it"], ["c", "copy what repeats it"],
		["1 \u2026 6", "all, failed, flaky, known, skipped, passed"], ["t", "light or dark"], ["Esc", "all again"], ["?", "this"]];

	return el("dialog", { id: "help" }, el("h2", {}, "Keys"), el("dl", {}, keys.map(([key, what]) => [el("dt", {}, key.split(" ").map((k) => el("kbd", {}, k))), el("dd", {}, what)])),
		el("form", { method: "dialog" }, el("button", {}, "close")));
}

const visible = () => cards.filter((c) => !c.card.hidden);

function step(by) {
	const list = visible(), here = list.findIndex((c) => c.card.contains(document.activeElement));
	const next = list[here < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(here + by, 0), list.length - 1)];

	if (next) show(next.card);
}

function onKey(key) {
	const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
	const here = cards.find((c) => c.card.contains(document.activeElement));

	if (key.ctrlKey || key.metaKey || key.altKey) return;
	if (key.key === "Escape" && !byId("help").open) {
		clearFilter();
		byId("q").blur();
	}
	if (typing || byId("help").open) return;
	if (key.key === "/") byId("q").focus();
	else if (key.key === "j") step(1);
	else if (key.key === "k") step(-1);
	else if (key.key === "o" && here) here.card.open = !here.card.open;
	else if (key.key === "c" && here) copy(readDetail(here.detail).repeat || here.test.test);
	else if (key.key === "t") changeTheme();
	else if (key.key === "?") byId("help").showModal();
	else if (/^[1-6]$/.test(key.key)) choose(states[key.key - 1][0]);
	else return;
	key.preventDefault();
}

// What is printed is all that is open, in the light, and as much of the list as people read on paper
function beforePrint() {
	const root = document.documentElement, theme = root.dataset.theme;

	root.dataset.theme = "light";
	window.addEventListener("afterprint", () => {
		if (theme) root.dataset.theme = theme;
		else delete root.dataset.theme;
	}, { once: true });
	for (const e of [...waiting.keys()].slice(0, 500)) if (e.id !== "rest") drawNow(e);
	drawTests(1000);
}

function followLink() {
	const c = location.hash && cards.find((x) => "#" + anchor(x) === location.hash);

	if (c) goToCard(c);
}

readData();
drawHead();
drawIcon();
drawPage();
applyFilter();

let pause;

byId("q").addEventListener("input", () => {
	clearTimeout(pause);
	pause = setTimeout(applyFilter, tests.length > 500 ? 120 : 0);
});
document.addEventListener("keydown", onKey);
window.addEventListener("beforeprint", beforePrint);
window.addEventListener("hashchange", followLink);
followLink();
