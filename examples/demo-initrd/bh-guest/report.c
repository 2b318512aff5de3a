// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

/* Whole MiB that the firmware's map gave to this kernel: what the plan says. */
static uint64_t ram_mib(void)
{
	FILE *iomem = fopen("/proc/iomem", "r");
	uint64_t start, end, bytes = 0;
	char line[256];

	if (!iomem)
		return 0;
	while (fgets(line, sizeof(line), iomem)) {
		if (isspace((unsigned char)line[0]) || !strstr(line, ": System RAM"))
			continue;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2)
			bytes += end - start + 1;
	}
	fclose(iomem);
	return (bytes + (1 << 19)) >> 20;
}

/* What the hardware calls a CPU, as /proc/cpuinfo has it on each architecture. */
static const struct {
	const char *format, *plural;
} hardware_ids[] = {
	{ "apicid : %u", "APIC ids" },
	{ "hart : %u", "harts" },
};

int cmd_hello(int argc, char **argv)
{
	FILE *cpuinfo = fopen("/proc/cpuinfo", "r");
	int64_t up = now_ns(CLOCK_BOOTTIME);
	const char *plural = "ids";
	char ids[2048] = "", *line = NULL;
	size_t used = 0, size = 0, i;
	unsigned int cpus = 0, id;
	bool full = false;

	if (argc != 1)
		return usage();
	/* flags lines are long: no fixed buffer. */
	while (cpuinfo && getline(&line, &size, cpuinfo) >= 0) {
		int n;

		if (!strncmp(line, "processor\t", 10))
			cpus++;
		for (i = 0; i < sizeof(hardware_ids) / sizeof(hardware_ids[0]) && !full; i++) {
			if (sscanf(line, hardware_ids[i].format, &id) != 1)
				continue;
			plural = hardware_ids[i].plural;
			n = snprintf(ids + used, sizeof(ids) - used, "%s%u", used ? "," : "", id);
			full = n < 0 || (size_t)n >= sizeof(ids) - used;
			used += full ? 0 : (size_t)n;
		}
	}
	if (cpuinfo)
		fclose(cpuinfo);
	free(line);
	say("bulkhead: %s: up after %" PRId64 ".%02" PRId64 " s, %u cpus (%s %s), %" PRIu64 " MiB\n",
	    argv[0], up / NSEC_PER_SEC, up % NSEC_PER_SEC / 10000000, cpus, plural, ids, ram_mib());
	return EXIT_SUCCESS;
}
