# What find says, as a list

function out() {
	if (name == "") return
	if (!index(name, "\n")) { print "r" name; return }
	gsub(/\\/, "&&", name)
	n = split(name, part, "\n")
	name = part[1]
	for (i = 2; i <= n; i++) name = name "\\n" part[i]
	print "e" name
}
BEGIN { folder = ENVIRON["folder"]; prefix = (folder == "." ? "" : folder "/") }
at = index($0, "//./") { out(); name = prefix substr($0, at + 4); next }
{ name = name "\n" $0 }
END { out() }
