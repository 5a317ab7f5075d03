# The table of options, as --help shows it

{
	value = $3 ~ /^[-!]/ ? "" : " " $3
	sub(/[.][.][.]$|[*]$/, "", value)

	what = $0
	sub(/^[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +/, "", what)
	printf " %3s %-20s %s\n", ($2 == "-" ? "" : "-" $2 ","), "--" $1 value, what
}
