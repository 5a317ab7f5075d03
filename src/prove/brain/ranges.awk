# Numbers of points

# Numbers are kept as ranges, so that memory does not grow with them
function add_range(list, number,    k) {
	sub(/^0+/, "", number)
	if (number == "") number = 0
	k = nranges[list]
	if (k && range_to[list, k] + 1 == number + 0) { range_to[list, k] = number; return }
	if (k >= 10000) return
	k = ++nranges[list]
	range_from[list, k] = range_to[list, k] = number
}

# "1-3, 5", in lines that end after the range which reaches 40 columns
function range_text(list, first,    i, j, k, from, to, text, line, one) {
	k = nranges[list]
	for (i = 2; i <= k; i++) {
		from = range_from[list, i]
		to = range_to[list, i]
		for (j = i - 1; j > 0 && range_from[list, j] + 0 > from + 0; j--) {
			range_from[list, j + 1] = range_from[list, j]
			range_to[list, j + 1] = range_to[list, j]
		}
		range_from[list, j + 1] = from
		range_to[list, j + 1] = to
	}
	text = first
	line = ""
	for (i = 1; i <= k; i++) {
		from = range_from[list, i]
		to = range_to[list, i]
		while (i < k && range_from[list, i + 1] + 0 == to + 1) to = range_to[list, ++i]
		if (length(line) >= 40) {
			sub(/, $/, "", line)
			text = text line "\n                "
			line = ""
		}
		one = from ""
		if (to != from) one = one "-" to
		line = line one ", "
	}
	sub(/, $/, "", line)
	return text line "\n"
}
