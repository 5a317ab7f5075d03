# The words of .proverc

function put(word) { gsub(/\047/, "\047\\\047\047", word); printf " \047%s\047", word }
{
	s = $0
	while (match(s, /[^ \t]/)) {
		s = substr(s, RSTART)
		c = substr(s, 1, 1)
		if (c == "#") break
		if ((c == "\"" || c == "\047") && (at = index(substr(s, 2), c))) {
			put(substr(s, 2, at - 1))
			s = substr(s, at + 2)
			continue
		}
		if (!match(s, /[ \t]/)) RSTART = length(s) + 1
		put(substr(s, 1, RSTART - 1))
		s = substr(s, RSTART)
	}
}
