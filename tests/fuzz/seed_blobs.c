// SPDX-License-Identifier: GPL-2.0-only
/* Writes the seed corpus of fuzz_blob: good blobs of several shapes, into a folder. */
#include <stdio.h>
#include <stdlib.h>

#include <libfdt.h>

#include "../unit/fixture.h"

static void save(const char *dir, const char *name, struct fixture *f)
{
	char path[512];
	void *blob;
	FILE *out;

	bh_place(&f->plan, &f->machine, &f->sink);
	blob = blob_write(&f->plan);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "wb");
	if (!out || fwrite(blob, fdt_totalsize(blob), 1, out) != 1 || fclose(out)) {
		perror(path);
		exit(1);
	}
	free(blob);
	fixture_free(f);
}

int main(int argc, char **argv)
{
	struct fixture *f;

	if (argc != 2)
		return 2;
	save(argv[1], "three", fixture_good());

	f = fixture_good();
	f->plan.npartitions = 1;
	f->plan.nchannels = 0;
	f->partitions[0].manages = 0;
	save(argv[1], "one", f);

	/* Several pieces of memory, a list of CPUs, all that a partition can have. */
	f = fixture_good();
	f->machine.ram[1].range.size = 512 * BH_MIB;
	f->partitions[2].manages = 3;
	f->partitions[2].initrd = 1;
	f->partitions[2].console_port = 0x3e8;
	f->requests[3].size = 1024 * BH_MIB;
	f->partitions[2].first_request = 3;
	f->partitions[2].nrequests = 1;
	save(argv[1], "pieces", f);

	save(argv[1], "riscv", fixture_riscv());
	f = fixture_riscv();
	f->plan.npartitions = 2;
	f->partitions[0].manages = 0;
	f->requests[0] = (struct bh_range) { 0x90000000, 768 * BH_MIB };
	f->requests[1].size = 384 * BH_MIB;
	f->partitions[1].initrd = BH_NONE;
	save(argv[1], "riscv-pieces", f);
	return 0;
}
