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

static const char * const states[] = {
	[BH_STATE_STOPPED] = "stopped",
	[BH_STATE_STARTING] = "starting",
	[BH_STATE_RUNNING] = "running",
	[BH_STATE_STOPPING] = "stopping",
};

static const char * const reasons[] = {
	[BH_REASON_NONE] = "none",
	[BH_REASON_SHUTDOWN] = "shutdown",
	[BH_REASON_REBOOT] = "reboot",
	[BH_REASON_FAILURE] = "failure",
	[BH_REASON_FORCED] = "forced",
	[BH_REASON_WATCHDOG] = "watchdog",
	[BH_REASON_IMAGE] = "image",
	[BH_REASON_TRAP] = "trap",
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define NAME(names, i)	((i) < COUNT(names) ? names[i] : "?")

static void say_status(const char *what, uint32_t id, uint64_t status)
{
	say("%s: partition %u is %s, epoch %u, last stop: %s\n", what, id,
	    NAME(states, BH_STATUS_STATE(status)), BH_STATUS_EPOCH(status),
	    NAME(reasons, BH_STATUS_REASON(status)));
}

/* SBI specification v3.0, table 2. */
const char *service_error(int64_t error)
{
	switch (error) {
	case 0: return "done";
	case -1: return "failed";
	case -2: return "not supported";
	case -3: return "invalid";
	case -4: return "denied";
	case -7: return "started already";
	case -8: return "stopped already";
	default: return "refused";
	}
}

uint32_t parse_id(const char *text)
{
	char *rest;
	unsigned long id = strtoul(text, &rest, 0);

	return *rest || id > UINT32_MAX ? 0 : (uint32_t)id;
}

int service_open(struct service *service)
{
	service->fd = uio_open(BH_UIO_WINDOW, 0);
	if (service->fd < 0) {
		fail("no window to the partition service");
		return -1;
	}
	/* UIO: the offset is the number of the mapping, in pages. */
	service->window = mmap(NULL, BH_WINDOW_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			       service->fd, 0);
	if (service->window == MAP_FAILED) {
		fail("cannot map the window to the partition service");
		return -1;
	}
	if (service->window->magic != BH_WINDOW_MAGIC ||
	    service->window->version != BH_SERVICE_VERSION) {
		fprintf(stderr, "bh-guest: the window has magic %#" PRIx64 " and version %u; known are %#llx and %d\n",
			service->window->magic, service->window->version, BH_WINDOW_MAGIC,
			BH_SERVICE_VERSION);
		return -1;
	}
	return 0;
}

int64_t service_call(struct service *service, enum bh_sbi_function function, uint64_t argument,
		     int64_t *value)
{
	int64_t error;

	flock(service->fd, LOCK_EX);
	service->window->commands[function] = argument;
	error = service->window->result.error;
	if (value)
		*value = service->window->result.value;
	flock(service->fd, LOCK_UN);
	return error;
}

static int cmd_self(struct service *service)
{
	volatile struct bh_window *window = service->window;

	say("service: this is partition %u, epoch %u\n", window->id, window->epoch);
	for (size_t i = 0; i < BH_WINDOW_PEERS && window->peers[i].id; i++) {
		uint32_t rights = window->peers[i].rights;

		say("service: partition %u:%s%s %s, epoch %u, last stop: %s\n", window->peers[i].id,
		    rights & BH_RIGHT_RING ? " peer," : "", rights & BH_RIGHT_MANAGE ? " managed," : "",
		    NAME(states, BH_STATUS_STATE(window->peers[i].status)),
		    BH_STATUS_EPOCH(window->peers[i].status),
		    NAME(reasons, BH_STATUS_REASON(window->peers[i].status)));
	}
	return EXIT_SUCCESS;
}

static int call(struct service *service, const char *name, enum bh_sbi_function function,
		uint64_t argument)
{
	int64_t value, error = service_call(service, function, argument, &value);

	if (error) {
		fprintf(stderr, "bh-guest: %s %" PRIu64 ": %s (%" PRId64 ")\n", name, argument,
			service_error(error), error);
		return EXIT_FAILURE;
	}
	if (function == BH_SBI_STATUS)
		say_status("service", (uint32_t)argument, (uint64_t)value);
	else
		say("%s %" PRIu64 ": done\n", name, argument);
	return EXIT_SUCCESS;
}

int cmd_service(int argc, char **argv)
{
	static const struct {
		const char *name;
		enum bh_sbi_function function;
	} verbs[] = {
		{ "status", BH_SBI_STATUS },
		{ "start", BH_SBI_START },
		{ "stop", BH_SBI_STOP },
		{ "force-stop", BH_SBI_FORCE_STOP },
		{ "restart", BH_SBI_RESTART },
	};
	struct service service;
	uint32_t id = 0;

	if (argc < 1 || argc > 2 || (argc == 2 && !(id = parse_id(argv[1]))))
		return usage();
	if (!strcmp(argv[0], "self") && argc == 1)
		return service_open(&service) ? EXIT_FAILURE : cmd_self(&service);
	for (size_t i = 0; i < COUNT(verbs); i++) {
		if (strcmp(argv[0], verbs[i].name))
			continue;
		if (service_open(&service))
			return EXIT_FAILURE;
		return call(&service, verbs[i].name, verbs[i].function,
			    id ? id : service.window->id);
	}
	return usage();
}

int cmd_ring(int argc, char **argv)
{
	struct service service;
	uint32_t id;

	if (argc != 1 || !(id = parse_id(argv[0])))
		return usage();
	return service_open(&service) ? EXIT_FAILURE : call(&service, "ring", BH_SBI_RING, id);
}

int cmd_watchdog(int argc, char **argv)
{
	struct service service;
	uint64_t ms;
	char *rest;

	if (argc != 1)
		return usage();
	ms = strtoull(argv[0], &rest, 10);
	if (*rest || rest == argv[0])
		return usage();
	return service_open(&service) ? EXIT_FAILURE :
	       call(&service, "watchdog", BH_SBI_WATCHDOG, ms);
}

/* What changed since the last look. */
static void say_changes(volatile struct bh_window *window, uint64_t *known)
{
	for (size_t i = 0; i < BH_WINDOW_PEERS && window->peers[i].id; i++) {
		uint64_t status = window->peers[i].status;

		if (status != known[i])
			say_status("control", window->peers[i].id, status);
		known[i] = status;
	}
}

/* The request is looked at with the interrupt unmasked: it may have come before. */
int cmd_control(int argc, char **argv)
{
	uint64_t known[BH_WINDOW_PEERS];
	struct service service;
	bool verbose = argc == 1 && !strcmp(argv[0], "-v");
	int64_t timeout = 0;

	if (argc && !verbose)
		return usage();
	if (service_open(&service))
		return EXIT_FAILURE;
	for (size_t i = 0; i < BH_WINDOW_PEERS; i++)
		known[i] = service.window->peers[i].status;
	for (;;) {
		if (uio_wait(service.fd, timeout) < 0 && errno != EINTR)
			return fail("the control doorbell");
		timeout = -1;
		if (service.window->request == BH_REQUEST_STOP) {
			say("control: asked to stop\n");
			execlp("poweroff", "poweroff", NULL);
			return fail("poweroff");
		}
		if (verbose)
			say_changes(service.window, known);
	}
}
