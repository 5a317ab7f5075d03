# The time

function clock_text(    s) {
	s = int(day_second + clock - start_clock + 0.5) % 86400
	return sprintf("[%02d:%02d:%02d] ", int(s / 3600), int(s / 60) % 60, s % 60)
}

# Seconds since 1970 as UTC
function iso_time(s,    days, z, era, doe, yoe, y, doy, mp, d, m, r) {
	s = int(s)
	days = int(s / 86400)
	r = s - days * 86400
	z = days + 719468
	era = int(z / 146097)
	doe = z - era * 146097
	yoe = int((doe - int(doe / 1460) + int(doe / 36524) - int(doe / 146096)) / 365)
	doy = doe - (365 * yoe + int(yoe / 4) - int(yoe / 100))
	mp = int((5 * doy + 2) / 153)
	d = doy - int((153 * mp + 2) / 5) + 1
	m = mp < 10 ? mp + 3 : mp - 9
	y = yoe + era * 400 + (m <= 2)
	return sprintf("%04d-%02d-%02dT%02d:%02d:%02d", y, m, d, int(r / 3600), int(r / 60) % 60,
		r % 60)
}

# The seconds since the start
function wall_time() {
	return clock > start_clock ? clock - start_clock : 0
}

function clock_now() {
	return ENVIRON["epoch"] + clock - start_clock
}
