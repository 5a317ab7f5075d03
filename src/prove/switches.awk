# HARNESS_PERL_SWITCHES: words as a shell would see them, each quoted. Nothing of it is evaluated.

function put() {
	gsub(/\047/, "\047\\\047\047", word)
	if (has_word) printf " \047%s\047", word
	word = has_word = ""
}
{
	n = length($0)
	for (i = 1; i <= n; i++) {
		c = substr($0, i, 1)
		if (within == "" && (c == " " || c == "\t")) {
			put()
			continue
		}
		has_word = 1
		if (c == within) within = ""
		else if (within == "" && (c == "\"" || c == "\047")) within = c
		else if (c == "\\" && within != "\047") word = word substr($0, ++i, 1)
		else word = word c
	}
	if (within == "") put()
	else word = word "\n"
}
END { put() }
