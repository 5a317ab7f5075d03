# The table of options, behind the values that some take, as zsh's _arguments reads it

/^[A-Z]+ [a-z]/ && $1 != "QUIET" {
	argument = $1
	sub(/^[A-Z]+ /, "")
	values[argument] = $0
	next
}

{
	what = $0
	sub(/^[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +/, "", what)
	gsub(/\[|\]|:/, "\\\\&", what)
	gsub(/\047/, "", what)

	argument = $3
	sub(/[.][.][.]$|[*]$/, "", argument)
	takes = argument ~ /^[A-Z]/
	value = ""
	if (takes) value = ":value:"
	if (argument == "FILE") value = ":file:_files"
	else if (argument == "DIR") value = ":folder:_files -/"
	else if (argument in values) value = ":value:(" values[argument] ")"

	printf "\t\t\047--%s%s[%s]%s\047 \\\n", $1, takes ? "=" : "", what, value
	if ($2 != "-") printf "\t\t\047-%s[%s]%s\047 \\\n", $2, what, value
}
