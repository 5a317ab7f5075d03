# --rules, testrules.yml

#include "brain/base.awk"
#include "brain/limits.awk"
#include "brain/locks.awk"
#include "brain/text.awk"

# Rules make a tree: inner nodes are "par" (any child may run) or "seq" (the first unfinished child
# only)
function rule_node(kind) {
	node_kind[++nnodes] = kind
	nchildren[nnodes] = 0
	first_child[nnodes] = 1
	return nnodes
}

function rule_add(parent, child) {
	child_of[parent, ++nchildren[parent]] = child
}

function rule_leaf(parent, t,    n) {
	n = rule_node("test")
	node_test[n] = t
	rule_add(parent, n)
	in_rules[t] = 1
}

function rule_glob(parent, glob,    t, ere) {
	ere = glob_to_ere(glob)
	for (t = 1; t <= ntests; t++) if (!in_rules[t] && raw_of[t] ~ ere) rule_leaf(parent, t)
}

function rule_done(n) {
	if (node_kind[n] == "test") return finished[node_test[n]]
	while (first_child[n] <= nchildren[n] && rule_done(child_of[n, first_child[n]]))
		first_child[n]++
	return first_child[n] > nchildren[n]
}

function rule_next(n,    k, t) {
	if (node_kind[n] == "test") {
		t = node_test[n]
		return started[t] || !lock_free(t) ? 0 : t
	}
	if (rule_done(n)) return 0
	if (node_kind[n] == "seq") return rule_next(child_of[n, first_child[n]])
	for (k = first_child[n]; k <= nchildren[n]; k++) if (t = rule_next(child_of[n, k])) return t
	return 0
}

# Globs: ** any text, * and ? not over a slash, {a,b}, \ takes the next character as it is
function glob_to_ere(glob,    out, c, i, n, depth) {
	n = length(glob)
	out = "^"
	for (i = 1; i <= n; i++) {
		c = substr(glob, i, 1)
		if (c == "*") {
			if (substr(glob, i + 1, 1) == "*") { out = out ".*"; i++ }
			else out = out "[^/]*"
		} else if (c == "?") out = out "[^/]"
		else if (c == "{") { out = out "("; depth++ }
		else if (c == "}" && depth) { out = out ")"; depth-- }
		else if (c == "," && depth) out = out "|"
		else {
			if (c == "\\") c = substr(glob, ++i, 1)
			out = out (c ~ /[A-Za-z0-9_\/ -]/ ? c : c == "^" ? "\\^" : c == "\\" \
				? "\\\\" : "[" c "]")
		}
	}
	while (depth-- > 0) out = out ")"
	return out "$"
}

# GLOB=S; the S is behind the last =
function limit_rule(rule) {
	match(rule, /=[0-9.]*$/)
	limit_tests(glob_to_ere(substr(rule, 1, RSTART - 1)), substr(rule, RSTART + 1))
}

# --rules par=GLOB, seq=GLOB, lock:NAME=GLOB, one a line; else testrules.yml
function read_rules(    n, lines, i, kind, glob, node, t, ere, at) {
	n = split(ENVIRON["o_rules"], lines, "\n")
	for (i = 1; i <= n; i++) {
		if (lines[i] == "") continue
		if (lines[i] ~ /^timeout:/) { limit_rule(substr(lines[i], 9)); continue }
		at = index(lines[i], "=")
		kind = substr(lines[i], 1, at - 1)
		glob = substr(lines[i], at + 1)
		if (kind ~ /^lock:./) {
			ere = glob_to_ere(glob)
			for (t = 1; t <= ntests; t++)
				if (raw_of[t] ~ ere) locks_of[t] = locks_of[t] " " substr(kind, 6)
			has_locks = 1
			continue
		}
		if (!rule_root) rule_root = rule_node("par")
		node = rule_node(kind)
		rule_add(rule_root, node)
		rule_glob(node, glob)
	}
	if (!rule_root && ENVIRON["rules_file"] != "") read_rules_file(ENVIRON["rules_file"])
	if (!rule_root) return
	node = rule_node("seq")
	rule_add(node, rule_root)
	for (t = 1; t <= ntests; t++) if (!in_rules[t]) rule_leaf(node, t)
	rule_root = node
}

# testrules.yml: lists of globs and of further par: and seq: lists, told apart by their indentation
function read_rules_file(file,    line, indent, s, kind, top, stack_indent, stack_node, node, lineno) {
	top = 0
	while ((getline line < file) > 0) {
		lineno++
		sub(/\r$/, "", line)
		s = line
		sub(/^[ \t]+/, "", s)
		if (s == "" || s ~ /^(#|---|\.\.\.)/) continue
		indent = length(line) - length(s)
		while (s ~ /^-[ \t]/) {
			match(s, /^-[ \t]+/)
			indent += RLENGTH
			s = substr(s, RLENGTH + 1)
		}
		while (top > 0 && indent < stack_indent[top]) top--
		if (top > 0 && indent == stack_indent[top] && s ~ /^(par|seq):/ &&
			line ~ /^[ \t]*[ps]/)
			top--
		kind = ""
		if (s ~ /^(par|seq):/) {
			kind = substr(s, 1, 3)
			s = trim(substr(s, 5))
			node = rule_node(kind)
			if (top == 0) {
				if (!rule_root) rule_root = rule_node("par")
				rule_add(rule_root, node)
			} else rule_add(stack_node[top], node)
			stack_indent[++top] = indent + 1
			stack_node[top] = node
			if (s == "") continue
		}
		if (!top) {
			complain(file ":" lineno ": \"" \
				shown(line) "\" is outside of any par: or seq: list; it is ignored")
			continue
		}
		if (s ~ /^".*"$/ || s ~ ("^" quote ".*" quote "$")) s = substr(s, 2, length(s) - 2)
		rule_glob(stack_node[top], s)
	}
	close(file)
}
