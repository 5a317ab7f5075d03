"use strict";

// ---- what a failure says ----

// Its assertions, each with its place, message, values and blocks; beside them what holds for the case
function readDetail(text) {
	const lines = (text || "").split("\n"), all = { parts: [], story: [], blocks: [], repeat: "", folder: "" };
	let part = null, i = 0;
	const begin = (title) => { all.parts.push(part = { title, blocks: [], values: [] }); };

	while (i < lines.length) {
		const line = lines[i++];
		let m;

		if ((m = /^(\s*)not ok\b\s*\d*\s*-?\s*(.*)$/.exec(line))) {
			if (m[1] || i > 1) begin(m[2].replace(/\\([\\#])/g, "$1"));
		} else if ((m = /^(\S[^:]*:\d+(?::\d+)?):(?: (.*))?$/.exec(line))) {
			if (!part || part.place) begin("");
			part.place = m[1];
			part.message = m[2] || "";
		} else if ((m = /^(\s+)([A-Za-z_][\w./ -]*):$/.exec(line))) {
			const block = [];

			while (i < lines.length && (/^\s*$/.test(lines[i]) || lines[i].search(/\S/) > m[1].length)) block.push(lines[i++].slice(m[1].length + 2));
			while (block.length && !block[block.length - 1].trim()) block.pop();
			if (m[2] === "story") all.story = block;
			else if (/^(diff|got|want|actual|expected|found|wanted)$/.test(m[2])) (part || begin("") || part).blocks.push([m[2], block]);
			else all.blocks.push([m[2], block]);
		} else if ((m = /^\s+(repeat|folder|then): (.*)$/.exec(line))) {
			if (m[1] === "then") all.blocks.push(["then", [m[2]]]);
			else all[m[1]] = m[2];
		} else if (line.trim()) {
			if (!part) begin("");
			m = /^\s+([A-Za-z_][\w.-]*): (.*)$/.exec(line);
			if (!m && !part.message && /^\s+got .*, want /.test(line)) part.message = line.trim();
			else if (m && /^(log|stdout|stderr|proxy|stub|http|mail)/.test(m[1])) all.blocks.push([m[1], [m[2]]]);
			else part.values.push(m ? [m[1], unquoted(m[2])] : ["", line.trimEnd()]);
		}
	}
	// a subtest's own line has nothing to say where its assertions have
	const speaks = (p) => p.place || p.message || p.values.length || p.blocks.length;

	if (all.parts.some(speaks)) all.parts = all.parts.filter(speaks);
	return all;
}

// A word of YAML, without its quotes
function unquoted(word) {
	const inside = /^"((?:[^"\\]|\\.)*)"$/.exec(word), plain = { n: "\n", t: "\t", r: "\r", 0: "\0" };

	return !inside ? word : inside[1].replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (all, hex, c) =>
		hex ? String.fromCharCode(parseInt(hex, 16)) : c in plain ? plain[c] : c);
}

// "got X, want Y": X may be a string of C with a comma in it
function gotAndWant(message) {
	const m = /^(.*?)\bgot ("(?:[^"\\]|\\.)*"(?:\.\.\.)?|.*?), want (.*)$/.exec(message || "");

	return m && { before: m[1].replace(/:\s*$/, ""), got: m[2], want: m[3] };
}

// A string of C with real ends of lines; its other escapes stay as they are
const linedOf = (s) => s.replace(/^"|"(\.\.\.)?$/g, "$1").replace(/\\(.)/g, (all, c) => c === "n" ? "\n" : all);

// Two texts by lines. That one of them lacks the end of its last line is said in a line of its own.
function diffOfLines(want, got) {
	const ended = (text) => text.endsWith("\n");
	const lines = (text) => ended(text) ? text.slice(0, -1).split("\n") : text.split("\n").concat(ended(want) || ended(got) ? "(no newline at the end)" : []);

	return drawDiff(difference(lines(want), lines(got)));
}

// The difference of two lists of lines, as [sign, line]: the longest common subsequence
function difference(want, got) {
	const n = want.length, m = got.length, best = [], out = [];
	let i = 0, j = 0;

	if (n * m > 250000) return want.map((l) => ["-", l]).concat(got.map((l) => ["+", l]));
	for (let a = n; a >= 0; a--) {
		best[a] = new Uint32Array(m + 1);
		for (let b = m - 1; b >= 0 && a < n; b--)
			best[a][b] = want[a] === got[b] ? best[a + 1][b + 1] + 1 : Math.max(best[a + 1][b], best[a][b + 1]);
	}
	while (i < n || j < m) {
		if (i < n && j < m && want[i] === got[j]) out.push([" ", want[i++], j++]);
		else if (i < n && (j === m || best[i + 1][j] >= best[i][j + 1])) out.push(["-", want[i++]]);
		else out.push(["+", got[j++]]);
	}
	return out;
}

// Where two texts differ: what they share at both ends is plain, and words that they share between
function marked(text, other) {
	const most = Math.min(text.length, other.length);
	let from = 0, to = 0;

	while (from < most && text[from] === other[from]) from++;
	while (to < most - from && text[text.length - 1 - to] === other[other.length - 1 - to]) to++;
	const middle = text.slice(from, text.length - to), others = other.slice(from, other.length - to);

	if (middle.length > 3000) return [text];
	// where nothing is shared, all of it differs
	if (middle === text && !/\s/.test(text)) return [text];
	return [text.slice(0, from), ...markedWords(middle, others), text.slice(text.length - to)];
}

function markedWords(text, other) {
	const split = (s) => s.match(/\s+|\w+|[^\s\w]/g) || [];
	const rows = /\s/.test(text.trim()) ? difference(split(text), split(other)).filter((r) => r[0] !== "+") : [["-", text]];
	const shared = rows.filter((r) => r[0] === " ").reduce((n, r) => n + r[1].trim().length, 0);

	// of two texts that have little in common all is marked or nothing
	if (rows.length > 1 && shared * 4 < text.replace(/\s/g, "").length) return [text];
	return rows.map((r) => r[0] === "-" && r[1] ? el("mark", {}, r[1]) : r[1]);
}

// Rows of [sign, text]; where a line was replaced by one, what differs in it is marked
function drawDiff(rows) {
	const box = el("div", { class: "diff", role: "group", "aria-label": "difference, - is wanted, + was got" });

	for (let i = 0; i < rows.length;) {
		const from = i;

		while (i < rows.length && rows[i][0] === rows[from][0]) i++;
		let to = i;

		if (rows[from][0] === "-" && i < rows.length && rows[i][0] === "+")
			while (to < rows.length && rows[to][0] === "+") to++;
		const paired = to > i && to - i === i - from;

		for (let k = from; k < to; k++) {
			const [sign, text] = rows[k];
			const other = !paired ? null : rows[k < i ? k + (i - from) : k - (i - from)][1];

			box.append(el("div", { class: sign === "-" ? "want" : sign === "+" ? "got" : sign === "@" ? "place" : "same" },
				el("i", {}, sign === "@" ? "" : sign), el("span", {}, other === null ? text || " " : marked(text, other))));
		}
		i = to;
	}
	return box;
}

function diffBlock(block) {
	return drawDiff(block.filter((l) => !/^(---|\+\+\+) /.test(l)).map((line) => {
		if (/^@@|^ *\.\.\. \d+ (equal|more) lines?$/.test(line)) return ["@", line.trim()];
		return /^[-+]/.test(line) ? [line[0], line.slice(1).replace(/^ /, "")] : [" ", line.replace(/^ {1,2}/, "")];
	}));
}

// Values as C writes them: strings of several lines are compared line by line
function drawValues(got, want) {
	const several = (s) => s[0] === "\"" && /\n./.test(linedOf(s));

	if (got[0] === "\"" && want[0] === "\"" && (several(got) || several(want))) return diffOfLines(linedOf(want), linedOf(got));
	return drawTexts(several(got) ? linedOf(got) : got, several(want) ? linedOf(want) : want);
}

function drawTexts(got, want) {
	if (/\n./.test(got) && /\n./.test(want)) return diffOfLines(want, got);
	return el("div", { class: "values" },
		el("div", { class: "want" }, el("i", {}, "want"), el("code", {}, marked(want, got))),
		el("div", { class: "got" }, el("i", {}, "got"), el("code", {}, marked(got, want))));
}

const gotNames = ["got", "actual", "found"], wantNames = ["want", "expected", "wanted"];

function drawPart(part) {
	const pair = gotAndWant(part.message);
	const named = (names) => part.values.find((v) => names.includes(v[0]));
	const got = named(gotNames), want = named(wantNames);
	const block = (names) => part.blocks.find((b) => names.includes(b[0]));
	const diff = block(["diff"]), gotLines = block(gotNames), wantLines = block(wantNames);
	const message = pair && !diff ? pair.before : part.message;
	const e = el("section", { class: "part" },
		part.title || part.place ? el("div", { class: "where" }, part.title ? el("b", {}, part.title) : null, part.place ? el("code", {}, part.place) : null) : null,
		message && message !== part.title ? el("p", { class: "message" }, message) : null);
	const both = !diff && gotLines && wantLines;

	if (pair && !diff) e.append(drawValues(pair.got, pair.want));
	if (diff) e.append(diffBlock(diff[1]));
	if (got && want && !diff) e.append(drawTexts(got[1], want[1]));
	if (both) e.append(drawDiff(difference(wantLines[1], gotLines[1])));
	for (const [name, lines] of part.blocks)
		if (name !== "diff" && !both) e.append(folded(name, lines.join("\n"), !diff));
	const plain = part.values.filter((v) => !v[0]).map((v) => v[1].replace(/^  /, ""));

	if (plain.length) e.append(el("p", { class: "said" }, plain.join("\n")));
	for (const [name, value] of part.values.filter((v) => v[0])) {
		if (got && want && !diff && (value === got[1] || value === want[1])) continue;
		if (name === "hint" && (part.message || "").includes(value)) continue;
		e.append(el("p", { class: name === "hint" ? "hint" : "value" }, el("i", {}, name), value));
	}
	return e;
}

function folded(name, text, open) {
	return el("details", { class: "block", open }, el("summary", {}, name, el("small", {}, count(text.split("\n").length, "line"))), el("pre", { tabindex: "0" }, text));
}

// ---- the story of a case ----

// Events from story.jsonl, or the shorter ones that the failure itself tells
function readStory(lines, block) {
	const events = (lines || []).map(parsed).filter((e) => e && typeof e.t === "number").map((e) => ({
		t: e.t, lane: String(e.lane), kind: kinds[e.kind] ? e.kind : "event", odd: e.odd === true, times: +e.times || 1, text: String(e.text),
	}));

	for (const line of lines ? [] : block) {
		const m = /^\s*([+-][\d.]+) (.*?)\s+([|!]) (.*)$/.exec(line);

		if (m) events.push({ t: +m[1], lane: m[2], odd: m[3] === "!", text: m[4], kind: kindOf(m[2], m[3] === "!", m[4]) });
		else if (events.length) events[events.length - 1].text += " " + line.trim();
	}
	return events.map((e, i) => [e, i]).sort((a, b) => a[0].t - b[0].t || a[1] - b[1]).map((x) => x[0]);
}

function kindOf(lane, odd, text) {
	if (lane === "test" && /^subtest (begins|skipped): /.test(text)) return "subtest";
	if (lane === "test" && /^a limit of \S+ s begins: /.test(text)) return "limit";
	if (lane === "test") return odd ? "fail" : "pass";
	if (/^started: /.test(text)) return "spawn";
	if (/^ended: /.test(text)) return "exit";
	if (text === "ready") return "ready";
	if (/^\S+ from the test$/.test(text)) return "signal";
	if (/^[<>] /.test(text)) return "stanza";
	if (/^\$ /.test(text)) return "command";
	if (/^proxy:/.test(lane)) return /^(connection|client) \d/.test(text) ? "net" : "fault";
	if (/^http:|^client$/.test(lane)) return "net";
	return lane === "mail" ? "mail" : "log";
}

const kinds = {
	spawn: "started", ready: "ready", exit: "ended", signal: "signal", pass: "assertion passed", fail: "assertion failed",
	fault: "fault", net: "network", stanza: "stanza", mail: "mail", command: "command", limit: "limit", subtest: "subtest", log: "log", event: "event",
};

function markOf(e) {
	const shape = {
		spawn: "<circle cx=8 cy=8 r=4.5 class=hollow />", ready: "<path d='M8 2.5 13.5 8 8 13.5 2.5 8Z'/>",
		exit: "<path class=line d='M4 4 12 12M12 4 4 12'/>", signal: "<path d='M3 4H13L8 13Z'/>",
		pass: "<path class='line good' d='M3 8.5 6.5 12 13 4.5'/>", fail: "<circle cx=8 cy=8 r=7 /><path class='line cut' d='M5 5 11 11M11 5 5 11'/>",
		fault: "<path d='M9.5 1 3 9H7.2L6 15 13 6.6H8.6Z'/>", limit: "<path d='M3 2H13L9 8 13 14H3L7 8Z'/>",
		subtest: "<path class=line d='M5 3V13M5 4H12L9.5 6.5 12 9H5'/>",
		command: "<path class=line d='M4 3 10 8 4 13'/>", log: "<circle cx=8 cy=8 r=2.6 />",
	}[e.kind] || "<circle cx=8 cy=8 r=3.4 />";
	return "<svg class='sign " + (e.odd ? "odd " : "") + "' viewBox='0 0 16 16' aria-hidden=true>" + shape + "<\/svg>";
}

// Lanes: the test first, the others as they come. What is too many shares the last one.
function lanesOf(events, most) {
	const names = ["test"], lanes = [];

	for (const e of events) if (!names.includes(e.lane)) names.push(e.lane);
	if (!events.some((e) => e.lane === "test")) names.shift();
	events.forEach((e, i) => {
		let k = names.indexOf(e.lane);

		if (names.length > most && k >= most - 1) k = most - 1;
		const lane = lanes[k] || (lanes[k] = { name: e.lane, from: i, to: i, hue: k });

		if (lane.name !== e.lane) lane.name = "others";
		lane.to = i;
		lane.from = Math.min(lane.from, i);
		lane.ends = e.kind === "exit";
		e.at = k;
	});
	lanes.forEach((lane) => {
		if (!lane.ends) lane.to = events.length;
		// it was there before all others
		if (lane.name === "test") lane.from = 0;
	});
	return lanes;
}

// Who is at the other end of what an event tells: the number of a lane, or a side when it isn't known
function arrowsOf(events, lanes, said) {
	const index = (name) => lanes.findIndex((l) => l.name === name);
	const test = index("test"), text = said.blocks.map((b) => b[1].join(" ")).concat(said.parts.map((p) => p.values.join(" "))).join("\n");
	const isServer = (name) => /^(prosody|ejabberd|openfire|metronome|tigase|server)/.test(name);
	// each client's server: the lane of its domain, or the one whose name is a server's
	const logins = events.filter((e) => /^- is logged in as /.test(e.text)), serverOf = new Map();

	for (const e of logins) {
		const domain = (/^- is logged in as (?:[^@\s]*@)?([^/\s]+)/.exec(e.text) || [])[1];

		if (domain && !serverOf.has(e.at)) serverOf.set(e.at, index(domain));
	}
	const serverFor = (client) => serverOf.get(client) >= 0 ? serverOf.get(client) : lanes.findIndex((l) => isServer(l.name));
	// the last lane before event i that speaks of a port when it begins
	const speaksOf = (port, i, but) => {
		const named = new RegExp("\\b" + port + "\\b");

		for (let k = i; k >= 0; k--)
			if (events[k].at !== but && /^(spawn|log|command)$/.test(events[k].kind) && events[k].lane !== "test" && named.test(events[k].text)) return events[k].at;
		return -1;
	};
	const first = (...found) => found.find((k) => k >= 0 && k < lanes.length) ?? -1;
	const own = (port) => lanes.findIndex((l) => l.name.endsWith(":" + port));

	// who has made a connection, and to whom a proxy has gone on: where that is told; else it is guessed
	const connectionOf = (e) => e.lane + " " + (/^(?:connection|client) \d+/.exec(e.text) || [""])[0];
	const callers = new Map(), next = new Map(), last = new Map();

	// a client of XMPP lives in the test: its login is the first behind the connection on which much was said
	const clientOf = (e) => {
		const all = events.filter((x) => x.at === e.at && connectionOf(x) === connectionOf(e)), closed = all.find((x) => / closed; /.test(x.text));
		const login = logins.find((x) => x.t >= e.t && ![...callers.values()].includes(x.at));

		return login && !(closed && closed.t < login.t) && all.filter((x) => x.t <= login.t && / bytes? to /.test(x.text)).length > 1 ? login.at : test;
	};

	for (const e of events) {
		const from = (/: accepted from (.*) \(pid \d+\)$/.exec(e.text) || [])[1];

		if (e.kind !== "net" || index(from) < 0) continue;
		callers.set(connectionOf(e), from === "test" ? clientOf(e) : index(from));
		if (from !== "test") next.set(index(from), e.at);
	}
	const callerOf = (e, port, i) => first(callers.get(connectionOf(e)), callers.has(connectionOf(e)) || !port ? -1 : speaksOf(port, i, e.at), index("client"));
	const beyondOf = (e, port) => {
		const beyond = new RegExp(":" + port + " -> \\S*:(\\d+)").exec(text), caller = last.get(e.at);

		return first(next.get(e.at), beyond ? own(beyond[1]) : -1, beyond ? speaksOf(beyond[1], events.length - 1, e.at) : -1, serverOf.has(caller) ? serverFor(caller) : -1);
	};
	const mailer = (i) => first(...said.blocks.map((b) => (/^mailbox_(\d+)$/.exec(b[0]) || [])[1]).filter(Boolean).map((port) => speaksOf(port, i, events[i].at)));

	// from whom, to whom, and on which side who isn't known stands
	const endsOf = (e, i) => {
		const port = (/:(\d+)$/.exec(e.lane) || [])[1];
		let m;

		if (e.kind === "spawn" || e.kind === "signal") return [test, e.at, 0];
		if (e.kind === "stanza") return e.text[0] === ">" ? [e.at, serverFor(e.at), 1] : [serverFor(e.at), e.at, 1];
		if (e.kind === "mail") return [first(index((/, sent by (.*) \(pid \d+\)$/.exec(e.text) || [])[1]), mailer(i)), e.at, -1];
		if (e.kind === "fault" && (m = /^a datagram of \d+ bytes? to the (client|server): /.exec(e.text)))
			return m[1] === "client" ? [beyondOf(e, port), e.at, 1] : [first(last.get(e.at)), e.at, -1];
		if (e.kind !== "net") return [-1, -1, 0];
		if ((m = /^(?:connection|client) \d+: (?:accepted(?: from .*)?|(?:\d+ datagrams?, )?\d+ bytes? to the (client|server)(, \d+ to the client)?(?:, .* turns?)?)$/.exec(e.text))) {
			const caller = callerOf(e, port, i), isProxy = /^proxy/.test(e.lane);

			last.set(e.at, caller);
			if (m[2]) e.both = true;
			// a stub is the server itself
			if (m[1] === "server" && isProxy) return m[2] && caller >= 0 ? [caller, beyondOf(e, port), 1] : [e.at, beyondOf(e, port), 1];
			return m[1] === "client" ? [e.at, caller, -1] : [caller, e.at, -1];
		}
		if (e.lane === "client" && (m = /:(\d+)(?=[/?: ]|$)/.exec(e.text.replace(/^\S+ /, "")))) return [e.at, first(own(m[1]), speaksOf(m[1], events.length - 1, e.at)), 1];
		if (port && /^[A-Z]+ /.test(e.text)) {
			const told = (/ from (.*) \(pid \d+\): \d+$/.exec(e.text) || [])[1];

			// of its own requests the test needn't tell
			return [told ? index(told) : first(speaksOf(port, i, e.at), index("client"), test), e.at, -1];
		}
		return [-1, -1, 0];
	};

	events.forEach((e, i) => {
		const [from, to, side] = endsOf(e, i), known = first(from, to);

		if (from >= 0 && to >= 0 && from !== to) e.arrow = [from, to];
		else if (side && known >= 0 && from !== to) e.arrow = from >= 0 ? [from, e.at + 0.7 * side] : [e.at + 0.7 * side, to];
	});
}

// What the toolkit says of the story itself: how much of it is shown
function noteOf(events, said) {
	if (events[0].lane === "e2e" && events.length > 1) return events.shift().text;
	return (said.story.find((line) => /^\s*\(/.test(line)) || "").trim();
}

function drawStory(events, said) {
	const note = noteOf(events, said);
	const small = window.innerWidth < 640;
	const lanes = lanesOf(events, small ? 7 : 16), step = small ? 13 : lanes.length > 8 ? 18 : 26;
	const first = events.findIndex((e) => e.odd);
	const list = el("ol", { class: "events", tabindex: "0", "aria-label": "events: the arrow keys go from one to the next" });
	const odd = events.filter((e) => e.odd).length;
	const span = events[events.length - 1].t - events[0].t;
	const story = el("section", { class: "story", style: "--lanes:" + lanes.length + ";--step:" + step + "px" },
		el("h4", {}, "Story", el("small", {}, count(events.length, "event") + " in " + seconds(span) + (odd ? ", " + odd + " odd" : "")), note ? el("small", {}, note) : null));
	const hidden = new Set();

	arrowsOf(events, lanes, said);
	story.append(el("div", { class: "lanes" }, lanes.map((lane, k) => el("button", {
		type: "button", class: "lane l" + k % 8, "aria-pressed": "true", title: "show or hide " + lane.name,
		onclick: (click) => {
			const button = click.currentTarget, off = !hidden.delete(k);

			if (off) hidden.add(k);
			button.setAttribute("aria-pressed", String(!off));
			for (const e of events) if (e.at === k) e.row.hidden = off || e.quiet !== undefined;
			for (const row of list.querySelectorAll(".more.at" + k)) row.hidden = off;
		},
	}, lane.name))));

	const rows = [], quiet = quietRuns(events);

	events.forEach((e, i) => {
		const gap = i ? e.t - events[i - 1].t : 0;

		if (gap >= 0.2) rows.push("<li class=gap><time><\/time>" + graph(lanes, i - 0.5, null) + "<span>" + seconds(gap) + "<\/span><\/li>");
		if (quiet.has(i)) rows.push("<li class='more at" + e.at + "'><time><\/time>" + graph(lanes, i, null) + "<span><button type=button data-from=" + i + ">" + quiet.get(i) + " more lines of " + escaped(e.lane) + "<\/button><\/span><\/li>");
		rows.push("<li data-at=" + i + (e.quiet === undefined ? "" : " hidden") + " class='" + e.kind + (e.odd ? " odd" : "") + (i === first ? " first" : "") + "' title='" + (kinds[e.kind] || escaped(e.kind)) + "'><time>" + (e.t < 0 ? "" : "+") + e.t.toFixed(3) + "<\/time>" +
			graph(lanes, i, e) + "<span><b class=l" + e.at % 8 + ">" + escaped(e.lane) + " <\/b>" + (e.times > 1 ? "<em>" + e.times + " assertions pass, the last:<\/em> " : "") + escaped(e.text) + "<\/span><\/li>");
	});
	list.innerHTML = rows.join("");
	list.querySelectorAll("[data-at]").forEach((row) => { events[row.dataset.at].row = row; });
	list.addEventListener("click", (click) => {
		if (click.target.dataset.from) unfold(events, list, +click.target.dataset.from);
	});
	story.append(drawStrip(events, lanes, list), list);
	if (events.length > 60) {
		const failed = events.slice().reverse().find((e) => e.kind === "fail") || events[Math.max(first, 0)];

		list.classList.add("scrolls");
		requestAnimationFrame(() => { list.scrollTop = failed.row.offsetTop - list.clientHeight * 0.7; });
	}
	return story;
}

// Where somebody talks at length and nothing else happens, the middle of it is folded: number of its first event, how many
function quietRuns(events) {
	const runs = new Map(), first = 2, last = 3, fewest = 6;

	for (let i = 0, to; i < events.length; i = to) {
		const plain = (e) => e && e.kind === "log" && !e.odd && e.at === events[i].at && e.lane === events[i].lane;

		for (to = i + 1; plain(events[i]) && plain(events[to]) && events[to].t - events[to - 1].t < 0.2;) to++;
		if (to - i < first + fewest + last) continue;
		runs.set(i + first, to - i - first - last);
		for (let k = i + first; k < to - last; k++) events[k].quiet = i + first;
	}
	return runs;
}

// Shows the folded lines that begin with event `from`
function unfold(events, list, from) {
	const button = list.querySelector("[data-from='" + from + "']");

	for (const e of events)
		if (e.quiet === from) {
			delete e.quiet;
			e.row.hidden = false;
		}
	if (button) button.closest("li").remove();
}

// The lanes beside one event: lines of those who live, the event's mark, its arrow
function graph(lanes, i, e) {
	const x = (k) => "calc(var(--step)*" + (k + 0.5) + ")";
	let s = "<span class=graph aria-hidden=true>";

	lanes.forEach((lane, k) => {
		if (i < lane.from || i > lane.to) return;
		s += "<i class='l" + k % 8 + (i === lane.from ? " begins" : "") + (i === lane.to ? " ends" : "") + "' style='left:" + x(k) + "'><\/i>";
	});
	if (e && e.arrow) {
		const [from, to] = e.arrow, left = Math.min(from, to);

		s += "<u class='" + (to > from ? "right" : "left") + (e.both ? " both" : "") + (e.odd ? " odd" : "") + " l" + e.at % 8 + "' style='left:" + x(left) + ";width:calc(var(--step)*" + Math.abs(to - from).toFixed(2) + ")'><\/u>";
	}
	if (e) s += "<b class=l" + e.at % 8 + " style='left:" + x(e.at) + "'>" + markOf(e) + "<\/b>";
	return s + "<\/span>";
}

// Where an event stands in a picture of that width: pauses are drawn shorter than they are
function placesOf(events, left, width) {
	let sum = 0;
	const at = events.map((e, i) => {
		const dt = i ? Math.max(0, e.t - events[i - 1].t) : 0;

		return (sum += i ? 0.25 + Math.log10(1 + dt * 1000) : 0);
	});

	return at.map((x) => left + 10 + (width - left - 20) * (sum ? x / sum : 0.5));
}

// All at a glance: a row a lane, what happens as marks; the pointer or the arrow keys show a moment
function drawStrip(events, lanes, list) {
	const strip = el("div", { class: "strip", tabindex: "0", role: "group", "aria-label": "the story at a glance: arrow keys go from event to event" });
	const line = el("div", { class: "moment", "aria-live": "polite" });
	const high = 17;
	let at = [], now = -1;

	const show = (i, scroll) => {
		if (i < 0 || i >= events.length) return;
		if (!at.length) draw();
		if (events[i].quiet !== undefined) unfold(events, list, events[i].quiet);
		for (const other of list.querySelectorAll(".now, .with")) other.classList.remove("now", "with");
		now = i;
		const e = events[i];
		const beside = events.filter((other, k) => other !== e && (Math.abs(at[k] - at[i]) < 4 || Math.abs(other.t - e.t) < 0.002));

		e.row.classList.add("now");
		for (const other of beside) other.row.classList.add("with");
		if (scroll) list.scrollTop = e.row.offsetTop - list.clientHeight / 2;
		point();
		line.className = "moment shown" + (e.odd ? " odd" : "");
		line.replaceChildren("+" + e.t.toFixed(3) + " " + e.lane + ": " + e.text, beside.length ? el("small", {}, " and " + count(beside.length, "event") + " beside it") : "");
	};
	const point = () => {
		const cursor = strip.querySelector(".cursor");

		cursor.setAttribute("transform", "translate(" + at[now].toFixed(1) + " 0)");
		cursor.style.visibility = "visible";
	};
	const draw = () => {
		const width = Math.max(strip.clientWidth, 200), height = lanes.length * high + 18;

		// on a phone the names are in the list alone
		const left = width < 560 ? 0 : 12 + 6.7 * Math.max(...lanes.map((lane) => lane.name.length));

		at = placesOf(events, left, width);
		strip.firstChild.innerHTML = stripPicture(events, lanes, at, left, width, height, high);
		if (now >= 0) point();
	};

	strip.append(el("div", {}), line);
	strip.addEventListener("pointermove", (p) => {
		const x = p.clientX - strip.getBoundingClientRect().left, lane = Math.floor((p.clientY - strip.getBoundingClientRect().top) / high);
		let best = 0;
		const far = (i) => Math.abs(at[i] - x) + (events[i].at === lane ? 0 : 3);

		for (let i = 1; i < at.length; i++) if (far(i) < far(best)) best = i;
		show(best, true);
	});
	strip.addEventListener("keydown", (key) => {
		const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: events.length - 1 }[key.key];

		if (to === undefined) return;
		key.preventDefault();
		show(to, true);
	});
	list.addEventListener("keydown", (key) => {
		const to = { ArrowRight: now + 1, ArrowLeft: now - 1 }[key.key];

		if (to === undefined) return;
		key.preventDefault();
		show(to, false);
		if (now >= 0) events[now].row.scrollIntoView({ block: "nearest" });
	});
	list.addEventListener("pointerover", (p) => {
		const row = p.target.closest("[data-at]");

		if (row) show(+row.dataset.at, false);
	});
	requestAnimationFrame(draw);
	if ("ResizeObserver" in window) new ResizeObserver(draw).observe(strip);
	return strip;
}

function stripPicture(events, lanes, at, left, width, height, high) {
	const y = (k) => k * high + high / 2;
	const end = at[at.length - 1];
	let s = "<svg width=" + width + " height=" + height + " aria-hidden=true>";

	lanes.forEach((lane, k) => {
		const from = at[lane.from], to = lane.to >= events.length ? end + 6 : at[lane.to];

		if (left) s += "<text class='who l" + k % 8 + "' x=" + (left - 4).toFixed(1) + " y=" + (y(k) + 4) + ">" + escaped(lane.name) + "<\/text>";
		s += "<rect class='life l" + k % 8 + "' x=" + (from - 3).toFixed(1) + " y=" + (y(k) - 3) + " width=" + Math.max(6, to - from + 6).toFixed(1) + " height=6 rx=3 />";
	});
	events.forEach((e, i) => {
		const cy = y(e.at);

		if (e.arrow) s += "<path class='arrow" + (e.odd ? " odd" : "") + "' d='M" + at[i].toFixed(1) + " " + y(e.arrow[0]) + "V" + y(e.arrow[1]) + "'/>";
		if (!e.odd) s += "<circle class='l" + e.at % 8 + "' cx=" + at[i].toFixed(1) + " cy=" + cy + " r=" + (e.kind === "log" ? 2 : 3) + " />";
	});
	events.forEach((e, i) => {
		if (e.odd) s += "<path class=odd d='M" + (at[i] - 4).toFixed(1) + " " + (y(e.at) - 4) + "l8 8m0 -8l-8 8'/>";
	});
	return s + axisOf(events, at, left, width, height) + "<path class=cursor d='M0 0V" + (height - 16) + "'/><\/svg>";
}

// Times below the marks, as many as have room
function axisOf(events, at, left, width, height) {
	let s = "", last = -100, told = "";

	events.forEach((e, i) => {
		const time = "+" + e.t.toFixed(e.t < 10 ? 3 : 1);

		if (time === told || at[i] - last < 64 || at[i] > width - 30 || at[i] < left + 10 || at[i] < 22) return;
		last = at[i];
		told = time;
		s += "<text x=" + at[i].toFixed(1) + " y=" + (height - 3) + ">" + time + "<\/text>";
	});
	return s;
}
