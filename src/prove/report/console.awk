# A test's line, and below what it takes to understand a failure, in the order of the list whoever
# finished first

#include "brain/clock.awk"
#include "brain/lastwords.awk"
#include "brain/limits.awk"
#include "brain/paint.awk"
#include "brain/stderr.awk"
#include "brain/text.awk"
#include "report/github.awk"
#include "report/notes.awk"

function console_report(event, t) {
	if (event == "try") console_try(t)
	if (event != "test") return
	if (interrupted_now != "") report_interrupted(t)
	else report_test(t, err_now)
	flush_reports()
}

function header(t,    dots) {
	dots = substr(all_dots, 1, longest + 2 - length(name_of[t]))
	return (o_timer ? clock_text() : "") name_of[t] " " dots " "
}

function show_header(t) {
	if (o_quiet < 2) printf "%s\n", header(t)
	fflush()
}

# The text of one test: its line, and below what it takes to understand a failure
function report_test(t, err,    text, said_err, lead, i) {
	said_err = live_now ? "" : read_err(err)
	details = with_bare_points(details, said_err)
	text = o_live ? "" : header(t)
	if (t in try_shown && (!bad_now || show_lines == 2)) text = text "\n" try_shown[t]
	if (nparts || shown_lines != "") {
		if (!o_quiet) {
			if (!o_live) text = line_end(text)
			for (i = 1; i <= nparts; i++) text = text parts[i]
			text = text shown_lines
		}
		nparts = 0
	} else if (!o_quiet && bad_now && details != "" && !show_lines)
		text = text "\n" paint_details(shortened(details, 60, t))
	if (last_words != "" && !o_quiet && show_lines < 2)
		text = line_end(text) last_words
	if (bailed) {
		bail_line = "Bailout called.  Further testing stopped:  " shown(bail_reason) "\n"
		text = show_lines == 2 ? text bail_line : bail_line text
	}
	if (skip_all != "" && !nfailed && !nerrors) text = text "skipped: " shown(skip_all) "\n"
	else if (bad_now)
		text = text (text ~ /\n$/ || (o_live && text == "") ? "" : "\n") failure_text(t)
	else text = text "ok" (o_timer ? sprintf(" %8.0f ms", seconds_now * 1000) : "") \
		(tries_now ? " (flaky: passed on try " tries_now + 1 ")" : "") "\n"
	lead = said_err == "" || o_live ? 0 : lines_of_header(text, t)
	if (o_github) text = tame(text)
	if (o_github && bad_now) text = text github_notes(t, err)
	if (o_github && !bad_now) text = text try_notes[t]
	if (o_github) text = text leaf_notes
	if (o_quiet >= 2) text = bailed ? bail_line : ""
	if (o_github) said_err = tame(said_err)
	if (t == next_shown + 1) show_report(text, said_err, lead)
	else {
		out_of[t] = text
		if (said_err != "") {
			err_of[t] = said_err
			lead_of[t] = lead
		}
	}
}

function line_end(text) {
	return text (text ~ /\n$/ ? "" : "\n")
}

# A test that failed runs again: why it did is shown if it passes then. Of a test that is followed
# all is there but the verdict.
function console_try(t,    text) {
	if (o_github) try_notes[t] = try_notes[t] notes_of_try(t)
	if (o_quiet) return
	text = (o_live ? "" : words_of(t)) failure_text(t)
	if (o_live) printf "%s", o_github ? tame(text) : text
	else try_shown[t] = (t in try_shown ? try_shown[t] : "") text
}

# What a test said that has no report of its own
function words_of(t,    text, i) {
	text = ""
	if (show_lines) {
		for (i = 1; i <= nparts; i++) text = text parts[i]
		text = text shown_lines
	} else if (details != "")
		text = paint_details(shortened(with_bare_points(details, ""), 60, t))
	return text (show_lines < 2 ? last_words : "") stderr_tail(err_now)
}

# A failed point that says nothing of itself is told too, unless stderr has its name: such lines
# begin with \001. Thousands of them are no more than their numbers in the summary.
function with_bare_points(text, said_err,    n, i, lines, name, out, seen) {
	if (!index(text, "\001")) return text
	out = ""
	n = split(text, lines, "\n") - 1
	for (i = 1; i <= n; i++) {
		if (sub(/^\001/, "", lines[i]) && said_err != "") {
			name = lines[i]
			sub(/^not ok *[0-9]* *(- )?/, "", name)
			if (++seen > 200 || index(said_err, name)) continue
		}
		out = out lines[i] "\n"
	}
	return out
}

# The lines that name the test before anything of it is shown: what it said on stderr stands below
# them, or it would be taken for a part of the test before
function lines_of_header(text, t,    at, line) {
	line = header(t) "\n"
	if (!(at = index(text, line)) || at > 1 && !bailed) return 0
	line = substr(text, 1, at)
	return 1 + gsub(/\n/, "", line)
}

# A program that died may have left a core file
function core_hint(t,    cmd, line, text, program) {
	program = name_of[t]
	if (program ~ /\.c$/) program = built_of(t)
	cmd = "find core core.* -prune -newer " shell_quote(spool "/tests") " 2>/dev/null"
	while ((cmd | getline line) > 0)
		text = text "Core file: gdb " program " " shown(line) "\n"
	close(cmd)
	return text
}

# The program that was built of a source the last time
function built_of(t,    cmd, name, line) {
	name = raw_of[t]
	sub(/.*\//, "", name)
	gsub(/[^A-Za-z0-9._\n-]/, "_", name)
	cmd = "ls -td " shell_quote(ENVIRON["E2E__CACHE"]) "/c/" name ".[0-9]*/program 2>/dev/null"
	line = ""
	cmd | getline line
	close(cmd)
	return line == "" ? name_of[t] : line
}

# A long report leaves no failed case out: each is shortened. What it says in one line stays, and
# the command that repeats it; of what it shows besides, each has its share of the lines.
function shortened(text, max, t,    n, i, lines, first, cases) {
	n = split(text, lines, "\n") - 1
	if (n <= max) return text
	for (i = 1; i <= n; i++) cases += i == 1 || lines[i] ~ /^not ok/
	short_text = ""
	lines_cut = 0
	for (first = 1; first <= n; first = i) {
		for (i = first + 1; i <= n && lines[i] !~ /^not ok/; i++);
		shorten_case(lines, first, i - 1, max / cases)
	}
	return short_text (lines_cut ? "... " lines_cut " more lines: prove -v " name_of[t] \
		" shows them\n" : "")
}

function is_cause(line) {
	return line ~ /^([^ ]| *not ok)/ || line ~ /^  (repeat|then): /
}

# Of a story what is odd and the end say most: its lines between story_from and story_to that are
# shown are the indices of story_kept
function choose_of_story(lines, from, to, room,    i, pad, odd, last) {
	split("", story_kept)
	story_from = to + 1
	for (i = from; i <= to && lines[i] !~ /^ *story:$/; i++);
	if (i > to) return
	match(lines[i], /^ */)
	pad = substr(lines[i], 1, RLENGTH) " "
	story_from = i + 1
	for (story_to = i; story_to < to && index(lines[story_to + 1], pad) == 1; story_to++);
	odd = int((room + 1) / 2)
	for (i = story_to; i >= story_from && odd; i--)
		if (lines[i] ~ /^ *[-+][0-9.]+ [^|]* ! /) {
			story_kept[i] = 1
			odd--
			room--
			if (!last) last = i
		}
	# what comes behind the last odd one is the clean-up, as a rule
	if (!last) last = story_to
	for (i = last; i >= story_from && room; i--)
		if (!(i in story_kept)) {
			story_kept[i] = 1
			room--
		}
	for (i = last + 1; i <= story_to && room--; i++) story_kept[i] = 1
}

# They are shown besides: without the lines that differ they would say nothing
function is_diff_head(line) {
	return line ~ /^ *(--- want|[+][+][+] got)$/
}

function shorten_case(lines, from, to, share,    i, causes, most, nth) {
	for (i = from; i <= to; i++) causes += is_cause(lines[i])
	most = causes ? int((share - causes) / causes) : share
	if (most < 3) most = 3
	if (to - from < share) most = to
	choose_of_story(lines, from, to, most < to ? (most < 4 ? 4 : most) : to)
	causes = 0
	for (i = from; i <= to; i++) {
		if (i >= story_from && i <= story_to) {
			if (i in story_kept) short_text = short_text lines[i] "\n"
			else lines_cut++
			continue
		}
		if (is_cause(lines[i])) {
			nth = 0
			# of a case that fails at hundreds of places the first ones will do
			if (++causes > 40 && causes > share && lines[i] !~ /^  repeat: /) {
				lines_cut++
				nth = most
				continue
			}
		} else if (!(nth < most && is_diff_head(lines[i])) && ++nth > most) {
			# one line is no more than the word of it
			if (nth == most + 1 && (i == to || is_cause(lines[i + 1])))
				short_text = short_text lines[i] "\n"
			else if (lines[i] ~ /^ *\([0-9]+ more lines\)$/)
				lines_cut += substr(lines[i], index(lines[i], "(") + 1)
			else lines_cut++
			continue
		}
		short_text = short_text lines[i] "\n"
	}
}

function failure_text(t,    text, total, failed, passed) {
	total = sprintf("%.0f", planned >= 0 ? planned : run)
	failed = sprintf("%.0f", nfailed + total - run)
	text = ""
	if (t in timed_out)
		text = (o_verbose ? "" : shown(late_bail)) "Timed out after " limit_of_test(t) \
			" s; ended with all it had started\n"
	if (exit_now)
		text = text sprintf("Dubious, test returned %d (wstat %d, 0x%x)\n", exit_now,
			wstat_now, wstat_now)
	if (signal_now && !(t in timed_out)) text = text core_hint(t)
	if (failed == 0)
		text = text (total + 0 ? "All " total " subtests passed " : "No subtests run ")
	else {
		text = text "Failed " failed "/" total " subtests "
		if (total + 0 == 0) text = text "\nNo tests run!"
	}
	passed = run - nfailed
	if (nskipped)
		text = text "\n\t(less " nskipped " skipped subtest" \
			(nskipped == 1 ? "" : "s") ": " passed - nskipped " okay)"
	if (nbonus)
		text = text "\n\t(" nbonus " TODO test" \
			(nbonus > 1 ? "s" : "") " unexpectedly succeeded)"
	return paint(31, text) "\n"
}

# What the test said on stderr, less what its details say already
function read_err(file,    line, text, n, blank) {
	if (file == "/dev/null") return ""
	text = ""
	n = 0
	while ((getline line < file) > 0) {
		n++
		if (details != "" && !o_quiet && (!show_lines || show_lines == 1 && failures_shown)) {
			if (told(n)) { blank = 0; continue }
			if (place_told(line)) continue
			# empty lines stand in front of what has been told
			if (nfailures && line == "") { blank++; continue }
			while (blank) { text = text "\n"; blank-- }
		}
		if (o_filtered && line ~ /^# no case matches/) continue
		text = text shown(line) "\n"
	}
	close(file)
	split("", place)
	return text
}

# Results are shown in the order of the list, whoever finished first
function show_report(text, said_err, lead) {
	next_shown++
	clear_status()
	for (; lead > 0; lead--) {
		printf "%s", substr(text, 1, index(text, "\n"))
		text = substr(text, index(text, "\n") + 1)
	}
	if (said_err != "") {
		fflush()
		printf "%s", said_err > "/dev/stderr"
		fflush("/dev/stderr")
	}
	printf "%s", text
}

function flush_reports(    t) {
	while ((t = next_shown + 1) in out_of) {
		if (t in err_of) show_report(out_of[t], err_of[t], lead_of[t])
		else show_report(out_of[t], "", 0)
		delete out_of[t]
		delete err_of[t]
		delete lead_of[t]
	}
	if (!more_follows) fflush()
}

function clear_status() {
	if (!status_shown) return
	printf "\r%s\r", substr(blanks, 1, status_shown)
	status_shown = 0
}

# What it had said by then
function report_interrupted(t,    text, words) {
	if (!(t in begun)) return
	text = o_live ? "" : header(t)
	if (t in try_shown) text = text "\n" try_shown[t]
	words = o_live || o_quiet ? "" : words_of(t)
	if (words != "") text = line_end(text) words
	printf "%s", o_github ? tame(text) : text
	if (o_quiet < 2) print "interrupted"
}
