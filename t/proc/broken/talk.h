/* Talks SMTP by hand, where a client of its own would say too little or too much. */
#ifndef TALK_H
#define TALK_H

/* Says a text, returns all answers until `end` is in them or the server closes. */
static inline const char *talk(int fd, const char *text, const char *end)
{
	static char room[100000];
	size_t n = 0, done = 0, size = strlen(text);
	double until = e2e_now() + 20;

	room[0] = 0;
	while (e2e_now() < until && n < sizeof room - 1 && !(done == size && strstr(room, end))) {
		struct pollfd p = {fd, (short)(done < size ? POLLIN | POLLOUT : POLLIN), 0};

		poll(&p, 1, 1000);
		if (p.revents & POLLOUT) {
			ssize_t k = send(fd, text + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);

			if (k < 0)
				break;
			done += (size_t)k;
		}
		if (p.revents & (POLLIN | POLLHUP)) {
			ssize_t k = recv(fd, room + n, sizeof room - 1 - n, MSG_DONTWAIT);

			if (k == 0)
				break;
			n += k > 0 ? (size_t)k : 0;
			room[n] = 0;
		}
	}
	return room;
}

/* A connection that has been greeted; it is closed with the case. */
static inline int talk_to(const char *address)
{
	int fd = e2e_dial(e2e_printf("tcp:%s", address));

	talk(fd, "", "220 ");
	return fd;
}

/* What sends a mail to 0@y, 1@y, ... and ends the conversation. */
static inline const char *talk_mail(const char *subject, int recipients)
{
	const char *text = "HELO x\r\nMAIL FROM:<a@x>\r\n";

	for (int i = 0; i < recipients; i++)
		text = e2e_printf("%sRCPT TO:<%d@y>\r\n", text, i);
	return e2e_printf("%sDATA\r\nSubject: %s\r\n\r\n.\r\nQUIT\r\n", text, subject);
}

/* Sends one; is this among the answers? */
static inline bool talk_send(const char *address, const char *subject, int recipients, const char *answer)
{
	int fd = talk_to(address);
	bool answered = strstr(talk(fd, talk_mail(subject, recipients), answer), answer) != NULL;

	close(fd);
	return answered;
}

#endif
