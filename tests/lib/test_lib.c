// SPDX-License-Identifier: GPL-2.0-only
/* libbulkhead on its test doubles: what programs are told, in every pair of modes. */
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib.h"

#define SECTION	65536U

static const enum bulkhead_mode modes[][2] = {
	{ BULKHEAD_RING, BULKHEAD_RING },
	{ BULKHEAD_RING, BULKHEAD_FRAMES },
	{ BULKHEAD_FRAMES, BULKHEAD_RING },
	{ BULKHEAD_FRAMES, BULKHEAD_FRAMES },
};

#define EACH_MODES(ends)	for (size_t m_ = 0; m_ < 4 && ends_new(ends, SECTION, modes[m_]); \
				     ends_free(ends), m_++)

static void fill(uint8_t *data, size_t length, unsigned int seed)
{
	for (size_t i = 0; i < length; i++)
		data[i] = (uint8_t)(i * 7 + seed * 31);
}

static void test_frames_of_every_length(void **state)
{
	static uint8_t out[SECTION], in[SECTION];
	struct ends e;
	size_t length;

	(void)state;
	EACH_MODES(&e) {
		size_t max = bulkhead_frame_max(e.end[0]);
		const size_t lengths[] = { 0, 1, 7, 8, 9, 63, 4096, max - 1, max };

		assert_int_equal(max, bulkhead_frame_max(e.end[1]));
		for (int way = 0; way < 2; way++)
			for (unsigned int i = 0; i < 9; i++) {
				fill(out, lengths[i], i);
				send_wait(e.end[way], out, lengths[i]);
				assert_int_equal(bulkhead_wait(e.end[!way], BULKHEAD_IN, 1000),
						 BULKHEAD_IN);
				assert_int_equal(bulkhead_recv(e.end[!way], in, sizeof(in), &length), 0);
				assert_int_equal(length, lengths[i]);
				assert_memory_equal(in, out, length);
				assert_int_equal(bulkhead_recv(e.end[!way], in, sizeof(in), &length),
						 -EAGAIN);
			}
		assert_int_equal(bulkhead_send(e.end[0], out, max + 1), -EMSGSIZE);
	}
}

static void test_in_place(void **state)
{
	const void *payload;
	uint8_t small[4];
	struct ends e;
	void *room;
	size_t length;

	(void)state;
	EACH_MODES(&e) {
		assert_int_equal(bulkhead_commit(e.end[0], 1), -EINVAL);
		assert_int_equal(bulkhead_reserve(e.end[0], 100, &room), 0);
		assert_int_equal((uintptr_t)room % 8, 0);
		memcpy(room, "in place", 8);
		assert_int_equal(bulkhead_commit(e.end[0], 101), -EINVAL);
		assert_int_equal(bulkhead_commit(e.end[0], 8), 0);
		assert_int_equal(bulkhead_commit(e.end[0], 8), -EINVAL);
		bulkhead_flush(e.end[0]);
		/* A buffer that is too small loses nothing. */
		assert_int_equal(bulkhead_recv(e.end[1], small, sizeof(small), &length), -EMSGSIZE);
		assert_int_equal(length, 8);
		assert_int_equal(bulkhead_peek(e.end[1], &payload, &length), 0);
		assert_int_equal(length, 8);
		assert_memory_equal(payload, "in place", 8);
		bulkhead_release(e.end[1]);
		/* What was not shown can't be released by mistake. */
		assert_int_equal(bulkhead_send(e.end[0], "x", 1), 0);
		bulkhead_flush(e.end[0]);
		assert_int_equal(bulkhead_wait(e.end[1], BULKHEAD_IN, 0), BULKHEAD_IN);
		bulkhead_release(e.end[1]);
		assert_int_equal(bulkhead_recv(e.end[1], small, sizeof(small), &length), 0);
		assert_int_equal(length, 1);
	}
}

/* Nothing is dropped: as many frames come out as went in, and the writer is told when to go on. */
static void test_a_full_channel(void **state)
{
	uint8_t data[1000] = { 0 };
	struct ends e;
	size_t length;

	(void)state;
	EACH_MODES(&e) {
		uint32_t in = 0, out = 0, n;

		for (int round = 0; round < 50; round++) {
			uint32_t before = out;

			for (;; out++) {
				int err;

				memcpy(data, &out, 4);
				err = bulkhead_send(e.end[0], data, sizeof(data));
				if (err == -EAGAIN)
					break;
				assert_int_equal(err, 0);
			}
			assert_true(out > before);
			assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_OUT, 0), 0);
			while (!bulkhead_recv(e.end[1], data, sizeof(data), &length)) {
				memcpy(&n, data, 4);
				assert_int_equal(n, in++);
			}
			assert_int_equal(in, out);
			assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_OUT, 0), BULKHEAD_OUT);
		}
	}
}

/* An end in frame mode stands for a kernel: beside a reader that stops, others need the ring. */
static void test_the_window(void **state)
{
	static const enum bulkhead_mode ring_to_frames[2] = { BULKHEAD_RING, BULKHEAD_FRAMES };
	/* The shortest are something to who keeps them. */
	static const struct {
		size_t length;
		unsigned int sent;
	} cases[] = { { 1000, 65 }, { 64, 1024 }, { 1, 1024 }, { 0, 1024 } };
	static uint8_t data[(1U << 20) + 1];
	struct ends e;
	size_t length;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(ends_new(&e, 4U << 20, ring_to_frames));
		/* What is read is given back in the same measure, but for the receiver's quarter. */
		for (int laps = cases[i].length > 64 ? 1 : 2; laps; laps--) {
			unsigned int sent = 0;

			while (!bulkhead_send(e.end[0], data, cases[i].length))
				sent++;
			assert_int_equal(sent, cases[i].sent);
			assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_OUT, 0), 0);
			while (!bulkhead_recv(e.end[1], data, sizeof(data), &length))
				sent--;
			assert_int_equal(sent, 0);
		}
		assert_int_equal(bulkhead_send(e.end[0], data, sizeof(data)), -EMSGSIZE);
		assert_int_equal(bulkhead_send(e.end[1], data, sizeof(data)), -EMSGSIZE);
		ends_free(&e);
	}
}

/* A receiver keeps a little credit to itself; that must not hold up what is longer than the rest. */
static void test_frames_longer_than_the_window(void **state)
{
	static uint8_t out[1U << 19], in[1U << 19];
	struct ends e;
	size_t length;

	(void)state;
	for (size_t m = 0; m < 4; m++) {
		assert_true(ends_new(&e, 1U << 19, modes[m]));
		assert_true(bulkhead_frame_max(e.end[0]) > 2 * BH_WINDOW_BYTES);
		for (unsigned int i = 0; i < 20; i++) {
			size_t lengths[] = { 1000, BH_WINDOW_BYTES, 10, bulkhead_frame_max(e.end[0]) };

			fill(out, lengths[i % 4], i);
			send_wait(e.end[i / 4 % 2], out, lengths[i % 4]);
			assert_int_equal(bulkhead_wait(e.end[!(i / 4 % 2)], BULKHEAD_IN, 1000),
					 BULKHEAD_IN);
			assert_int_equal(bulkhead_recv(e.end[!(i / 4 % 2)], in, sizeof(in), &length), 0);
			assert_int_equal(length, lengths[i % 4]);
			assert_memory_equal(in, out, length);
		}
		ends_free(&e);
	}
}

/* Credit arrives behind frames that the program does not receive. */
static void test_who_only_sends(void **state)
{
	uint8_t data[1000] = { 0 };
	struct ends e;
	size_t length;

	(void)state;
	for (size_t m = 0; m < 4; m++) {
		assert_true(ends_new(&e, 1U << 20, modes[m]));
		for (int i = 0; i < 10; i++)
			send_wait(e.end[1], "unread", 6);
		for (int i = 0; i < 500; i++) {
			int err = bulkhead_send(e.end[0], data, sizeof(data));

			if (err == -EAGAIN) {
				assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_OUT, 0), 0);
				while (!bulkhead_recv(e.end[1], data, sizeof(data), &length))
					;
				assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_OUT, 1000),
						 BULKHEAD_OUT);
				assert_int_equal(bulkhead_send(e.end[0], data, sizeof(data)), 0);
			}
		}
		/* Credit that was read ahead is not counted again when its frame's turn comes. */
		while (!bulkhead_recv(e.end[1], data, sizeof(data), &length))
			;
		while (!bulkhead_send(e.end[0], data, sizeof(data)))
			;
		for (int i = 0; i < 10; i++)
			assert_int_equal(bulkhead_recv(e.end[0], data, sizeof(data), &length), 0);
		assert_int_equal(bulkhead_recv(e.end[0], data, sizeof(data), &length), -EAGAIN);
		assert_int_equal(bulkhead_send(e.end[0], data, sizeof(data)), -EAGAIN);
		ends_free(&e);
	}
}

static void test_cells(void **state)
{
	uint8_t data[BULKHEAD_CELL_MAX] = { 0 };
	struct ends e;
	size_t length;

	(void)state;
	EACH_MODES(&e) {
		unsigned int sent = 0;

		assert_int_equal(bulkhead_send_cell(e.end[0], data, 57), -EMSGSIZE);
		if (m_) {
			assert_int_equal(bulkhead_send_cell(e.end[0], "x", 1), -EOPNOTSUPP);
			assert_int_equal(bulkhead_recv_cell(e.end[1], data, &length), -EOPNOTSUPP);
			continue;
		}
		assert_int_equal(bulkhead_recv_cell(e.end[1], data, &length), -EAGAIN);
		assert_int_equal(bulkhead_wait(e.end[1], BULKHEAD_CELL_IN, 0), 0);
		while (!bulkhead_send_cell(e.end[0], "cell", 4))
			sent++;
		assert_int_equal(sent, bh_section_cells(SECTION));
		assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_CELL_OUT, 0), 0);
		assert_int_equal(bulkhead_wait(e.end[1], BULKHEAD_CELL_IN, 1000), BULKHEAD_CELL_IN);
		while (!bulkhead_recv_cell(e.end[1], data, &length)) {
			assert_int_equal(length, 4);
			assert_memory_equal(data, "cell", 4);
			sent--;
		}
		assert_int_equal(sent, 0);
		assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_CELL_OUT, 1000), BULKHEAD_CELL_OUT);
	}
}

static void test_the_peer_lives_anew(void **state)
{
	const void *payload;
	struct ends e;
	size_t length;
	void *room;
	char data[8];

	(void)state;
	EACH_MODES(&e) {
		assert_int_equal(bulkhead_reserve(e.end[0], 8, &room), 0);
		bulkhead_close(e.end[1]);
		assert_int_equal(bulkhead_link(e.end[0]), BULKHEAD_DOWN);
		/* Who was waiting for the peer hears of it once. */
		assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_IN, 0), BULKHEAD_IN);
		assert_int_equal(bulkhead_recv(e.end[0], data, 8, &length), -ECONNRESET);
		assert_int_equal(bulkhead_recv(e.end[0], data, 8, &length), -EAGAIN);
		assert_int_equal(bulkhead_commit(e.end[0], 8), -EPIPE);
		assert_int_equal(bulkhead_send(e.end[0], "x", 1), -EPIPE);
		assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_IN | BULKHEAD_OUT, 20), 0);

		assert_int_equal(bulkhead_double_open(e.pair, 1, modes[m_][1], 0, &e.end[1]), 0);
		assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_OUT, 1000), BULKHEAD_OUT);
		assert_int_equal(bulkhead_recv(e.end[0], data, 8, &length), -EAGAIN);
		assert_int_equal(bulkhead_send(e.end[0], "again", 5), 0);
		bulkhead_flush(e.end[0]);
		assert_int_equal(bulkhead_wait(e.end[1], BULKHEAD_IN, 1000), BULKHEAD_IN);
		assert_int_equal(bulkhead_peek(e.end[1], &payload, &length), 0);
		assert_int_equal(length, 5);

		/* Also without a pause between two lives; what was peeked went with the first. */
		bulkhead_close(e.end[0]);
		assert_int_equal(bulkhead_double_open(e.pair, 0, modes[m_][0], 0, &e.end[0]), 0);
		assert_int_equal(bulkhead_wait(e.end[1], BULKHEAD_IN, 1000), BULKHEAD_IN);
		bulkhead_release(e.end[1]);
		assert_int_equal(bulkhead_recv(e.end[1], data, 8, &length), -ECONNRESET);
		send_wait(e.end[0], "new", 3);
		assert_int_equal(bulkhead_wait(e.end[1], BULKHEAD_IN, 1000), BULKHEAD_IN);
		assert_int_equal(bulkhead_recv(e.end[1], data, 8, &length), 0);
		assert_int_equal(length, 3);
	}
}

static void test_what_open_refuses(void **state)
{
	struct bulkhead_channel *ch = NULL;
	struct bulkhead_double *pair;

	(void)state;
	assert_int_equal(bulkhead_double_new(5000, &pair), -EINVAL);
	assert_int_equal(bulkhead_double_new(0, &pair), -EINVAL);
	assert_int_equal(bulkhead_double_new(SECTION, &pair), 0);
	assert_int_equal(bulkhead_double_open(pair, 2, BULKHEAD_RING, 0, &ch), -EINVAL);
	assert_int_equal(bulkhead_double_open(pair, 0, BULKHEAD_RING, 2, &ch), -EINVAL);
	assert_int_equal(bulkhead_double_open(pair, 0, BULKHEAD_FRAMES, BULKHEAD_POLLED, &ch), -EINVAL);
	assert_int_equal(bulkhead_double_open(pair, 0, BULKHEAD_RING, 0, &ch), 0);
	assert_int_equal(bulkhead_double_bury(pair, 0), -EBUSY);
	bulkhead_close(ch);
	for (int i = 0; i < 2; i++) {
		struct bulkhead_channel *other;

		assert_int_equal(bulkhead_double_open(pair, i, BULKHEAD_RING, 0, &ch), 0);
		assert_int_equal(bulkhead_double_open(pair, i, BULKHEAD_RING, 0, &other), -EBUSY);
		assert_null(other);
		bulkhead_close(ch);
	}
	bulkhead_double_free(pair);
	assert_int_equal(bulkhead_open("../rt", BULKHEAD_RING, 0, &ch), -EINVAL);
	assert_int_equal(bulkhead_open("", BULKHEAD_RING, 0, &ch), -EINVAL);
	assert_int_equal(bulkhead_open("rt", 7, 0, &ch), -EINVAL);
	assert_int_equal(bulkhead_open("nobody", BULKHEAD_RING, 0, &ch), -ENOENT);
	assert_int_equal(bulkhead_open("nobody", BULKHEAD_FRAMES, 0, &ch), -ENOENT);
	bulkhead_close(NULL);
}

/* --- two that sleep --- */

struct echo {
	struct bulkhead_channel *ch;
	unsigned int count;
	int events;
	const char *problem;
};

static void *stop(struct echo *echo, const char *problem)
{
	echo->problem = problem;
	return NULL;
}

static void *echo(void *argument)
{
	struct echo *echo = argument;
	uint8_t data[BULKHEAD_CELL_MAX];
	size_t length;

	for (unsigned int i = 0; i < echo->count; i++) {
		bool cell = echo->events & BULKHEAD_CELL_IN;

		if (bulkhead_wait(echo->ch, echo->events, 10000) <= 0)
			return stop(echo, "no answer");
		if (cell ? bulkhead_recv_cell(echo->ch, data, &length) :
			   bulkhead_recv(echo->ch, data, sizeof(data), &length))
			return stop(echo, "nothing after a wait");
		if (cell ? bulkhead_send_cell(echo->ch, data, length) :
			   bulkhead_send(echo->ch, data, length))
			return stop(echo, "no room");
		bulkhead_flush(echo->ch);
	}
	return NULL;
}

static void ping(struct ends *e, unsigned int count, int events)
{
	struct echo end = { e->end[1], count, events, NULL };
	bool cell = events & BULKHEAD_CELL_IN;
	uint32_t answer;
	pthread_t thread;
	uint8_t data[BULKHEAD_CELL_MAX];
	size_t length;

	pthread_create(&thread, NULL, echo, &end);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(cell ? bulkhead_send_cell(e->end[0], &i, 4) :
					bulkhead_send(e->end[0], &i, 4), 0);
		assert_true(bulkhead_wait(e->end[0], events, 10000) > 0);
		assert_int_equal(cell ? bulkhead_recv_cell(e->end[0], data, &length) :
					bulkhead_recv(e->end[0], data, sizeof(data), &length), 0);
		memcpy(&answer, data, 4);
		assert_int_equal(answer, i);
	}
	pthread_join(thread, NULL);
	assert_null(end.problem);
}

static void test_two_that_sleep(void **state)
{
	struct ends e;

	(void)state;
	EACH_MODES(&e) {
		ping(&e, 2000, BULKHEAD_IN);
		if (!m_)
			ping(&e, 2000, BULKHEAD_CELL_IN);
	}
}

static void test_one_that_never_sleeps(void **state)
{
	struct ends e;

	(void)state;
	assert_int_equal(bulkhead_double_new(SECTION, &e.pair), 0);
	assert_int_equal(bulkhead_double_open(e.pair, 0, BULKHEAD_RING, BULKHEAD_POLLED, &e.end[0]), 0);
	assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_OUT, 1), 0);
	assert_int_equal(bulkhead_double_open(e.pair, 1, BULKHEAD_RING, 0, &e.end[1]), 0);
	assert_true(ends_agree(&e));
	ping(&e, 200, BULKHEAD_IN);
	ends_free(&e);
}

static void test_a_loop_of_ones_own(void **state)
{
	struct pollfd pfd;
	struct ends e;

	(void)state;
	EACH_MODES(&e) {
		pfd.fd = bulkhead_fd(e.end[1]);
		assert_int_equal(bulkhead_prepare(e.end[1], BULKHEAD_IN, &pfd.events), 0);
		assert_int_equal(poll(&pfd, 1, 0), 0);
		assert_int_equal(bulkhead_send(e.end[0], "x", 1), 0);
		bulkhead_flush(e.end[0]);
		assert_int_equal(poll(&pfd, 1, 1000), 1);
		assert_int_equal(bulkhead_prepare(e.end[1], BULKHEAD_IN, &pfd.events), BULKHEAD_IN);
	}
}

/* --- two processes; the child knows nothing of doubles --- */

/* Receives numbers, and sends each back, until it is killed. */
static int child(void)
{
	struct bulkhead_channel *ch;
	uint8_t data[64];
	size_t length;
	int err;

	if (bulkhead_open("parent", getenv("CHILD_FRAMES") ? BULKHEAD_FRAMES : BULKHEAD_RING, 0, &ch))
		return 2;
	for (;;) {
		if (bulkhead_wait(ch, BULKHEAD_IN, -1) < 0)
			return 3;
		while (!(err = bulkhead_recv(ch, data, sizeof(data), &length)))
			while ((err = bulkhead_send(ch, data, length)) == -EAGAIN)
				bulkhead_wait(ch, BULKHEAD_OUT, -1);
		if (err != -EAGAIN && err != -ECONNRESET && err != -EPIPE)
			return 4;
		bulkhead_flush(ch);
	}
}

static pid_t start_child(bool frames)
{
	pid_t pid = fork();

	if (!pid) {
		if (frames)
			setenv("CHILD_FRAMES", "1", 1);
		execl("/proc/self/exe", "test_lib", "child", NULL);
		_exit(127);
	}
	return pid;
}

/* Killed in the middle of anything: the survivor is told once, and begins anew with the next. */
static void test_a_killed_peer(void **state)
{
	struct bulkhead_double *pair;
	struct bulkhead_channel *ch;
	char text[128];
	uint32_t number;
	size_t length;

	(void)state;
	assert_int_equal(bulkhead_double_new(SECTION, &pair), 0);
	assert_int_equal(bulkhead_double_export(pair, 1, "a b", text, sizeof(text)), -EINVAL);
	assert_int_equal(bulkhead_double_export(pair, 1, "parent", text, 8), -ENOSPC);
	assert_int_equal(bulkhead_double_export(pair, 1, "parent", text, sizeof(text)), 0);
	setenv("BULKHEAD_DOUBLE", text, 1);
	assert_int_equal(bulkhead_double_open(pair, 0, BULKHEAD_RING, 0, &ch), 0);
	for (uint32_t life = 0; life < 60; life++) {
		pid_t pid = start_child(life % 2);
		uint32_t sent = 0, expected = 0;
		int err, status;

		while (expected < 100 + life * 7) {
			uint32_t word = life << 20 | sent;

			assert_true(bulkhead_wait(ch, BULKHEAD_IN | BULKHEAD_OUT, 10000) > 0);
			if (!bulkhead_send(ch, &word, 4))
				sent++;
			while (!(err = bulkhead_recv(ch, &number, 4, &length)))
				assert_int_equal(number, life << 20 | expected++);
			assert_int_equal(err, -EAGAIN);
		}
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(bulkhead_double_bury(pair, 1), 0);
		while ((err = bulkhead_recv(ch, &number, 4, &length)) != -ECONNRESET) {
			assert_int_equal(err, 0);
			assert_int_equal(number, life << 20 | expected++);
		}
		assert_int_equal(bulkhead_recv(ch, &number, 4, &length), -EAGAIN);
		assert_int_equal(bulkhead_send(ch, "x", 1), -EPIPE);
	}
	unsetenv("BULKHEAD_DOUBLE");
	bulkhead_close(ch);
	bulkhead_double_free(pair);
}

/* --- sysfs --- */

static void put(const char *dir, const char *device, const char *link)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, device);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/%s/link", dir, device);
	file = fopen(path, "w");
	fprintf(file, "%s\n", link);
	fclose(file);
}

static void test_the_list(void **state)
{
	char dir[] = "/tmp/bulkhead-test-XXXXXX", command[64];
	struct bulkhead_peer *peers;

	(void)state;
	assert_non_null(mkdtemp(dir));
	bulkhead_sysfs = dir;
	assert_int_equal(bulkhead_list(&peers), 0);
	assert_null(peers);
	put(dir, "rt.raw", "up");
	put(dir, "rt.net", "up");
	put(dir, "app.raw", "quarantined");
	put(dir, "io.1.raw", "taken");
	put(dir, "later.raw", "something new");
	assert_int_equal(bulkhead_list(&peers), 4);
	assert_string_equal(peers[0].name, "app");
	assert_int_equal(peers[0].link, BULKHEAD_QUARANTINED);
	assert_string_equal(peers[1].name, "io.1");
	assert_int_equal(peers[1].link, BULKHEAD_TAKEN);
	assert_string_equal(peers[2].name, "later");
	assert_int_equal(peers[2].link, BULKHEAD_DOWN);
	assert_string_equal(peers[3].name, "rt");
	assert_int_equal(peers[3].link, BULKHEAD_UP);
	assert_string_equal(bulkhead_link_name(peers[0].link), "quarantined");
	assert_string_equal(bulkhead_link_name(peers[2].link), "down");
	assert_string_equal(bulkhead_link_name(BULKHEAD_TAKEN), "taken");
	assert_string_equal(bulkhead_link_name(BULKHEAD_TAKEN + 1), "unknown");
	assert_string_equal(bulkhead_link_name((enum bulkhead_link)-1), "unknown");
	free(peers);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(bulkhead_list(&peers), -ENODEV);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_of_every_length),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_a_full_channel),
		cmocka_unit_test(test_the_window),
		cmocka_unit_test(test_frames_longer_than_the_window),
		cmocka_unit_test(test_who_only_sends),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_the_peer_lives_anew),
		cmocka_unit_test(test_what_open_refuses),
		cmocka_unit_test(test_two_that_sleep),
		cmocka_unit_test(test_one_that_never_sleeps),
		cmocka_unit_test(test_a_loop_of_ones_own),
		cmocka_unit_test(test_a_killed_peer),
		cmocka_unit_test(test_the_list),
	};

	if (argc > 1 && !strcmp(argv[1], "child"))
		return child();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
