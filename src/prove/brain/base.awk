# Names: t counts tests, w workers; arrays with _of are indexed by test. Text that a test wrote
# passes shown() before it is printed.

# The exit status of the whole run: the shell knows only these for an end that was meant, whatever
# the awk dies of
function leave(status) {
	exit status == 0 ? 64 : status == 1 ? 65 : status == 255 ? 67 : status == 130 ? 68 : 66
}

function complain(text) {
	fflush()
	print "prove: " text > "/dev/stderr"
	fflush("/dev/stderr")
}
