# The files that a compiler has read

{ sub(/\\$/, ""); text = text $0 " " }
END {
	sub(/^[^:]*: */, "", text)
	gsub(/\\ /, "\001", text)
	n = split(text, file, / +/)
	for (i = 1; i <= n; i++) { gsub(/\001/, " ", file[i]); if (file[i] != "") print file[i] }
}
