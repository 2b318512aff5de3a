// SPDX-License-Identifier: GPL-2.0-only
#include "image/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "image/child.h"

/*
 * A socket that somebody answers on is another run's. One that a killed run left behind is replaced,
 * and never a file of another kind. Between its bind() and its listen() a run does not answer yet: of
 * two that begin in one moment the later may take the other's.
 */
static int take_over(const char *path, const struct sockaddr_un *addr)
{
	struct ucred owner;
	socklen_t size = sizeof(owner);
	struct stat st;
	int fd, err;

	if (lstat(path, &st) || !S_ISSOCK(st.st_mode))
		return 0;	/* bind() says what is wrong with it */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return bh_error(-errno, "socket %s", path);
	err = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 ? -errno : 0;
	if (err == -ECONNREFUSED)
		err = unlink(path) < 0 ? bh_error(-errno, "socket %s", path) : 0;
	else if (!err && !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &owner, &size))
		err = bh_error(-EADDRINUSE, "socket %s of process %d", path, (int)owner.pid);
	else	/* EAGAIN: so many wait for an answer that there is no room for one more */
		err = bh_error(!err || err == -EAGAIN ? -EADDRINUSE : err, "socket %s", path);
	close(fd);
	return err;
}

/* What bind() made, and not what another run has put in its place. */
static void remove_own(const struct bh_relay *relay)
{
	struct stat st;

	if (!lstat(relay->path, &st) && st.st_dev == relay->made.st_dev &&
	    st.st_ino == relay->made.st_ino)
		unlink(relay->path);
}

int bh_relay_open(struct bh_relay *relay, const char *dir, const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int err;

	*relay = (struct bh_relay){ .listener = -1 };
	for (size_t i = 0; i < BH_RELAY_CLIENTS; i++)
		relay->clients[i].fd = -1;
	relay->backlog = malloc(BH_RELAY_BACKLOG);
	relay->path = bh_printf("%s/%s.sock", dir, name);
	if (!relay->backlog || !relay->path) {
		err = -ENOMEM;
		goto fail;
	}
	if (strlen(relay->path) >= sizeof(addr.sun_path)) {
		err = bh_error(-ENAMETOOLONG, "%s", relay->path);
		goto fail;
	}
	strcpy(addr.sun_path, relay->path);
	err = take_over(relay->path, &addr);
	if (err)
		goto fail;
	relay->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (relay->listener < 0 ||
	    bind(relay->listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    lstat(relay->path, &relay->made) < 0 ||
	    listen(relay->listener, BH_RELAY_CLIENTS) < 0) {
		err = bh_error(-errno, "socket %s", relay->path);
		goto fail_own;
	}
	return 0;
fail_own:
	remove_own(relay);
fail:
	if (relay->listener >= 0)
		close(relay->listener);
	free(relay->backlog);
	free(relay->path);
	memset(relay, 0, sizeof(*relay));
	return err;
}

void bh_relay_close(struct bh_relay *relay)
{
	if (!relay->path)
		return;
	for (size_t i = 0; i < BH_RELAY_CLIENTS; i++)
		if (relay->clients[i].fd >= 0)
			close(relay->clients[i].fd);
	/* While we still answer, so that nobody takes it over in between. */
	remove_own(relay);
	close(relay->listener);
	free(relay->backlog);
	free(relay->path);
	memset(relay, 0, sizeof(*relay));
}

static void drop(struct bh_relay *relay, size_t n)
{
	close(relay->clients[n].fd);
	relay->clients[n].fd = -1;
}

bool bh_relay_behind(const struct bh_relay *relay, size_t n)
{
	return relay->clients[n].fd >= 0 && relay->clients[n].sent < relay->total;
}

void bh_relay_flush(struct bh_relay *relay, size_t n)
{
	size_t *sent = &relay->clients[n].sent;

	if (relay->clients[n].fd < 0)
		return;
	if (relay->total - *sent > BH_RELAY_BACKLOG) {
		drop(relay, n);
		return;
	}
	while (*sent < relay->total) {
		size_t at = *sent % BH_RELAY_BACKLOG;
		size_t len = relay->total - *sent;
		ssize_t put;

		if (len > BH_RELAY_BACKLOG - at)
			len = BH_RELAY_BACKLOG - at;
		put = send(relay->clients[n].fd, relay->backlog + at, len,
			   MSG_NOSIGNAL | MSG_DONTWAIT);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && errno != EAGAIN)
			drop(relay, n);
		if (put < 0)
			return;
		*sent += (size_t)put;
	}
}

void bh_relay_accept(struct bh_relay *relay)
{
	int fd = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	for (size_t i = 0; i < BH_RELAY_CLIENTS; i++) {
		if (relay->clients[i].fd >= 0)
			continue;
		relay->clients[i].fd = fd;
		relay->clients[i].sent = relay->total > BH_RELAY_BACKLOG ?
					 relay->total - BH_RELAY_BACKLOG : 0;
		bh_relay_flush(relay, i);
		return;
	}
	close(fd);
}

void bh_relay_send(struct bh_relay *relay, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		relay->backlog[relay->total++ % BH_RELAY_BACKLOG] = bytes[i];
	for (size_t i = 0; i < BH_RELAY_CLIENTS; i++)
		bh_relay_flush(relay, i);
}

size_t bh_relay_receive(struct bh_relay *relay, size_t n, char *bytes, size_t room)
{
	ssize_t got = recv(relay->clients[n].fd, bytes, room, MSG_DONTWAIT);

	if (got > 0)
		return (size_t)got;
	if (!got || (errno != EAGAIN && errno != EINTR))
		drop(relay, n);
	return 0;
}
