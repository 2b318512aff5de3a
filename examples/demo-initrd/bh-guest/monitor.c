// SPDX-License-Identifier: GPL-2.0-only
#include <bulkhead/partition.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uio.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void say_status(const char *what, uint32_t id, uint64_t status)
{
	say("%s: partition %u is %s, epoch %u, last stop: %s\n", what, id,
	    bh_state_word(BH_STATUS_STATE(status)), BH_STATUS_EPOCH(status),
	    bh_reason_word(BH_STATUS_REASON(status)));
}

uint32_t parse_id(const char *text)
{
	char *rest;
	unsigned long id = strtoul(text, &rest, 0);

	return *rest || id > UINT32_MAX ? 0 : (uint32_t)id;
}

int monitor_open(struct monitor *monitor)
{
	monitor->fd = uio_open(BH_UIO_STATUS, 0);
	if (monitor->fd < 0) {
		fail("no status page");
		return -1;
	}
	/* UIO: the offset is the number of the mapping, in pages. */
	monitor->page = mmap(NULL, BH_STATUS_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			       monitor->fd, 0);
	if (monitor->page == MAP_FAILED) {
		fail("cannot map the status page");
		return -1;
	}
	if (monitor->page->magic != BH_STATUS_PAGE_MAGIC ||
	    monitor->page->version != BH_MONITOR_VERSION) {
		fprintf(stderr, "bh-guest: the status page has magic %#" PRIx64 " and version %u; known are %#llx and %d\n",
			monitor->page->magic, monitor->page->version, BH_STATUS_PAGE_MAGIC,
			BH_MONITOR_VERSION);
		return -1;
	}
	return 0;
}

int64_t monitor_call(struct monitor *monitor, enum bh_call function, uint64_t argument,
		     int64_t *value)
{
	int64_t error;

	flock(monitor->fd, LOCK_EX);
	*(volatile uint64_t *)((uintptr_t)monitor->page + BH_STATUS_COMMAND(function)) = argument;
	error = monitor->page->result.error;
	if (value)
		*value = monitor->page->result.value;
	flock(monitor->fd, LOCK_UN);
	return error;
}

static int cmd_self(struct monitor *monitor)
{
	volatile struct bh_status_page *page = monitor->page;

	say("monitor: this is partition %u, epoch %u\n", page->id, page->epoch);
	for (size_t i = 0; i < BH_STATUS_PAGE_PEERS && page->peers[i].id; i++) {
		uint32_t rights = page->peers[i].rights;

		say("monitor: partition %u:%s%s %s, epoch %u, last stop: %s\n", page->peers[i].id,
		    rights & BH_RIGHT_RING ? " peer," : "", rights & BH_RIGHT_MANAGE ? " managed," : "",
		    bh_state_word(BH_STATUS_STATE(page->peers[i].status)),
		    BH_STATUS_EPOCH(page->peers[i].status),
		    bh_reason_word(BH_STATUS_REASON(page->peers[i].status)));
	}
	return EXIT_SUCCESS;
}

static int call(struct monitor *monitor, const char *name, enum bh_call function,
		uint64_t argument)
{
	int64_t value, error = monitor_call(monitor, function, argument, &value);

	if (error) {
		fprintf(stderr, "bh-guest: %s %" PRIu64 ": %s (%" PRId64 ")\n", name, argument,
			bh_error_word(error), error);
		return EXIT_FAILURE;
	}
	if (function == BH_CALL_STATUS)
		say_status("monitor", (uint32_t)argument, (uint64_t)value);
	else
		say("%s %" PRIu64 ": done\n", name, argument);
	return EXIT_SUCCESS;
}

int cmd_monitor(int argc, char **argv)
{
	static const struct {
		const char *name;
		enum bh_call function;
	} verbs[] = {
		{ "status", BH_CALL_STATUS },
		{ "start", BH_CALL_START },
		{ "stop", BH_CALL_STOP },
		{ "force-stop", BH_CALL_FORCE_STOP },
		{ "restart", BH_CALL_RESTART },
	};
	struct monitor monitor;
	uint32_t id = 0;

	if (argc < 1 || argc > 2 || (argc == 2 && !(id = parse_id(argv[1]))))
		return usage();
	if (!strcmp(argv[0], "self") && argc == 1)
		return monitor_open(&monitor) ? EXIT_FAILURE : cmd_self(&monitor);
	for (size_t i = 0; i < COUNT(verbs); i++) {
		if (strcmp(argv[0], verbs[i].name))
			continue;
		if (monitor_open(&monitor))
			return EXIT_FAILURE;
		return call(&monitor, verbs[i].name, verbs[i].function,
			    id ? id : monitor.page->id);
	}
	return usage();
}

int cmd_ring(int argc, char **argv)
{
	struct monitor monitor;
	uint32_t id;

	if (argc != 1 || !(id = parse_id(argv[0])))
		return usage();
	return monitor_open(&monitor) ? EXIT_FAILURE : call(&monitor, "ring", BH_CALL_RING, id);
}

int cmd_watchdog(int argc, char **argv)
{
	struct monitor monitor;
	uint64_t ms;
	char *rest;

	if (argc != 1)
		return usage();
	ms = strtoull(argv[0], &rest, 10);
	if (*rest || rest == argv[0])
		return usage();
	return monitor_open(&monitor) ? EXIT_FAILURE :
	       call(&monitor, "watchdog", BH_CALL_WATCHDOG, ms);
}

/* What changed since the last look. */
static void say_changes(volatile struct bh_status_page *page, uint64_t *known)
{
	for (size_t i = 0; i < BH_STATUS_PAGE_PEERS && page->peers[i].id; i++) {
		uint64_t status = page->peers[i].status;

		if (status != known[i])
			say_status("control", page->peers[i].id, status);
		known[i] = status;
	}
}

/* The request is looked at with the interrupt unmasked: it may have come before. */
int cmd_control(int argc, char **argv)
{
	uint64_t known[BH_STATUS_PAGE_PEERS];
	struct monitor monitor;
	bool verbose = argc == 1 && !strcmp(argv[0], "-v");
	int64_t timeout = 0;

	if (argc && !verbose)
		return usage();
	if (monitor_open(&monitor))
		return EXIT_FAILURE;
	for (size_t i = 0; i < BH_STATUS_PAGE_PEERS; i++)
		known[i] = monitor.page->peers[i].status;
	for (;;) {
		if (uio_wait(monitor.fd, timeout) < 0 && errno != EINTR)
			return fail("the control doorbell");
		timeout = -1;
		if (monitor.page->request == BH_REQUEST_STOP) {
			say("control: asked to stop\n");
			execlp("poweroff", "poweroff", NULL);
			return fail("poweroff");
		}
		if (verbose)
			say_changes(monitor.page, known);
	}
}
