# Who speaks to whom, so that a line goes from column to column: told by most events, guessed for others.

# The column of those of that name; 0: nobody's
function named(name) {
	return name in column ? column[name] : 0
}

# The column of NAME in "... from NAME (pid 7)..."; "" where nobody is named
function named_from(text,    name) {
	if (!match(text, / from .* \(pid [0-9]+\)/)) return ""
	name = substr(text, RSTART + 6, RLENGTH - 6)
	sub(/ \(pid [0-9]+\)$/, "", name)
	return named(name)
}

# The connection that an event of the network is about
function connection_of(i) {
	return match(said[i], /^(connection|client) [0-9]+: /) ? who[i] SUBSEP substr(said[i], 1, RLENGTH) : ""
}

# A client of XMPP lives in the test: its login is the first behind a connection on which much was said
function client_of(i,    k, spoken) {
	for (k = i + 1; k <= events; k++) {
		if (said[k] ~ /^- is logged in as / && spoken > 1 && !(who[k] in claimed)) {
			claimed[who[k]] = 1
			return who[k]
		}
		if (connection_of(k) != connection_of(i)) continue
		if (said[k] ~ /: closed; /) break
		spoken += said[k] ~ / bytes? to the /
	}
	return named("test")
}

# The one that was ready, if it is the only one
function only_ready(but,    i, found) {
	for (i = 1; i <= events; i++) {
		if (kind[i] != "ready" || who[i] == but || who[i] == found) continue
		if (found) return 0
		found = who[i]
	}
	return found + 0
}

# What is told once holds for what follows
function introduce(    i, domain, caller) {
	for (i = 1; i <= events; i++) {
		if (!server && title[who[i]] ~ /^(prosody|ejabberd|openfire|metronome|tigase|server)/) server = who[i]
		if (said[i] ~ /^- is logged in as /) {
			domain = said[i]
			sub(/^- is logged in as ([^@\/]*@)?/, "", domain)
			sub(/\/.*/, "", domain)
			if (!(who[i] in home)) home[who[i]] = named(domain)
		}
		if (kind[i] != "net" || said[i] !~ /: accepted from /) continue
		caller = named_from(said[i])
		if (!caller) continue
		onward[caller] = who[i]
		called[connection_of(i)] = caller == named("test") ? client_of(i) : caller
	}
	delete onward[named("test")]
}

function home_of(client) {
	return home[client] ? home[client] : server
}

function set_arrow(i, a, b) {
	from[i] = a + 0
	to[i] = b + 0
}

# Bytes and datagrams: a stub is the server itself, a proxy passes them on
function pass_arrow(i,    key, caller, beyond) {
	key = connection_of(i)
	caller = key in called ? called[key] : named("client")
	beyond = caller in home ? home_of(caller) : 0
	if (who[i] in onward) beyond = onward[who[i]]
	if (!beyond) beyond = only_ready(caller)
	both[i] = said[i] ~ / to the server, [0-9]+ to the client/
	if (said[i] ~ / bytes? to the client/) set_arrow(i, who[i], caller)
	else if (said[i] !~ / bytes? to the server/ || title[who[i]] !~ /^proxy/ || both[i] && !beyond) set_arrow(i, caller, who[i])
	else set_arrow(i, both[i] && caller ? caller : who[i], beyond)
}

# Who has the port of a URL: by its name, or by what it said when it began
function port_of(text,    i, port) {
	if (!match(text, /:[0-9]+([\/?: ]|$)/)) return 0
	port = substr(text, RSTART + 1, RLENGTH - 1)
	sub(/[^0-9]$/, "", port)
	for (i = 1; i <= lanes; i++)
		if (title[i] ~ ":" port "$") return i
	for (i = events; i > 0; i--)
		if ((kind[i] == "spawn" || kind[i] == "log") && said[i] ~ "(^|[^0-9])" port "([^0-9]|$)") return who[i]
	return 0
}

function request_arrow(i,    by) {
	if (title[who[i]] == "client") return set_arrow(i, who[i], port_of(said[i]))
	by = named_from(said[i])
	# of its own requests the test needn't tell
	if (by == "") by = named("client") ? named("client") : named("test")
	set_arrow(i, by, who[i])
}

function find_arrow(i) {
	if (kind[i] == "spawn" || kind[i] == "signal") set_arrow(i, named("test"), who[i])
	else if (kind[i] == "stanza" && said[i] ~ /^>/) set_arrow(i, who[i], home_of(who[i]))
	else if (kind[i] == "stanza") set_arrow(i, home_of(who[i]), who[i])
	else if (kind[i] == "net" && said[i] ~ /^[A-Z]+ /) request_arrow(i)
	else if (kind[i] == "net" && said[i] ~ /: (accepted|[0-9]+ (bytes?|datagrams?)[ ,])/) pass_arrow(i)
	if (from[i] == to[i]) from[i] = to[i] = 0
}

# The arrow of event i into spot[], where column c is at 2 c - 1. None points at somebody who may not be meant.
function draw_arrow(i,    low, high, p) {
	if (!from[i] || !to[i]) return
	low = from[i] < to[i] ? from[i] : to[i]
	high = from[i] < to[i] ? to[i] : from[i]
	for (p = 2 * low; p <= 2 * high - 2; p++) if (spot[p] == " ") spot[p] = "-"
	if (to[i] == high || both[i]) spot[2 * high - 2] = ">"
	if (to[i] == low || both[i]) spot[2 * low] = both[i] && high - low == 1 ? "=" : "<"
}
