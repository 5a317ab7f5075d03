# Of the names of options, the one nearest to what was given, if it is near

function min(a, b) { return a < b ? a : b }

# How many letters have to be changed, added or taken away
function distance(a, b,    i, j, d, la, lb) {
	la = length(a)
	lb = length(b)
	for (i = 0; i <= la; i++) d[i, 0] = i
	for (j = 0; j <= lb; j++) d[0, j] = j

	for (i = 1; i <= la; i++)
		for (j = 1; j <= lb; j++)
			d[i, j] = min(min(d[i - 1, j], d[i, j - 1]) + 1,
				d[i - 1, j - 1] + (substr(a, i, 1) != substr(b, j, 1)))

	return d[la, lb]
}

BEGIN { sub(/^-/, "", given); sub(/=.*/, "", given) }
NF > 2 {
	far = distance(given, $1)
	if (best == "" || far < least) {
		best = $1
		least = far
	}
}
END { if (length(given) > 1 && least <= length(given) / 2) print "; the nearest one is --" best }
