// SPDX-License-Identifier: GPL-2.0-only
/*
 * riscv64: a card that U-Boot SPL boots, and SPL to boot it with.
 *
 * The card has a partition table and one partition, which is the FIT. SPL looks
 * at its first sector only (boot/uboot/spl.config); the table keeps others
 * from taking the card for empty.
 */
#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bulkhead/blob.h>

#include "image/fit.h"
#include "image/machine_tree.h"
#include "image/packing.h"

#define SECTOR		512U
#define FIT_SECTOR	0x800U	/* CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR */
#define SPL_SIZE_MAX	0x80000U	/* CONFIG_SPL_MAX_SIZE: text and control tree */
#define SPL_HARTS	32U	/* CONFIG_NR_CPUS */
#define CARD_SIZE_MIN	(16U << 20)

#define SUFFIX_SPL	".spl"

/* MBR: UEFI specification 2.10, table 5.1 and 5.2. */
#define MBR_DISK_ID	440
#define MBR_ENTRY	446
#define MBR_DATA	0xda	/* what no operating system takes for its own */

static void put_le32(uint8_t *to, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

static void fill_mbr(uint8_t mbr[SECTOR], const struct bh_bundle *bundle, uint32_t sectors)
{
	uint8_t *entry = mbr + MBR_ENTRY;

	memset(mbr, 0, SECTOR);
	put_le32(mbr + MBR_DISK_ID, (uint32_t)strtoul(bundle->id + BH_BUNDLE_ID_LEN - 8, NULL, 16));
	/* Cylinders and heads as they are written when they don't matter. */
	memcpy(entry + 1, "\xfe\xff\xff", 3);
	entry[4] = MBR_DATA;
	memcpy(entry + 5, "\xfe\xff\xff", 3);
	put_le32(entry + 8, FIT_SECTOR);
	put_le32(entry + 12, sectors);
	mbr[SECTOR - 2] = 0x55;
	mbr[SECTOR - 1] = 0xaa;
}

static int write_at(int fd, const void *bytes, size_t len, off_t at)
{
	const char *from = bytes;

	while (len) {
		ssize_t put = pwrite(fd, from, len, at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		from += put;
		at += put;
		len -= (size_t)put;
	}
	return 0;
}

static int copy_at(int in, int out, off_t at)
{
	char *chunk = malloc(1 << 20);
	int err = chunk ? 0 : -ENOMEM;
	ssize_t n;

	while (!err && (n = read(in, chunk, 1 << 20)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		err = n < 0 ? -errno : write_at(out, chunk, (size_t)n, at);
		at += n;
	}
	free(chunk);
	return err;
}

/*
 * Cards have a power of two of bytes, and QEMU takes no others. What is empty takes no space.
 * @name: what @out will be called, for messages
 */
static int write_card(const struct bh_bundle *bundle, const char *fit, const char *out, const char *name)
{
	uint8_t mbr[SECTOR];
	uint64_t size = CARD_SIZE_MIN;
	struct stat st;
	int in, fd, err = 0;

	in = open(fit, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return bh_error(-errno, "%s", fit);
	fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		err = bh_error(-errno, "%s", name);
		goto out_in;
	}
	if (fstat(in, &st) < 0)
		err = -errno;
	while (!err && size < FIT_SECTOR * SECTOR + (uint64_t)st.st_size)
		size *= 2;
	if (!err) {
		fill_mbr(mbr, bundle, (uint32_t)((st.st_size + SECTOR - 1) / SECTOR));
		err = write_at(fd, mbr, sizeof(mbr), 0);
	}
	if (!err)
		err = copy_at(in, fd, FIT_SECTOR * SECTOR);
	if (!err && ftruncate(fd, (off_t)size) < 0)
		err = -errno;
	if (close(fd) < 0 && !err)
		err = -errno;
	if (err)
		bh_error(err, "%s", name);
out_in:
	close(in);
	return err;
}

static const struct bh_bundle_file *by_name(const struct bh_bundle *bundle, const char *name)
{
	for (size_t i = 0; i < bundle->nfiles; i++)
		if (!strcmp(bundle->files[i].name, name))
			return &bundle->files[i];
	return NULL;
}

/* SPL finds its control tree right behind itself. @name: as write_card()'s */
static int write_spl(const struct bh_bundle *bundle, const char *control, const char *out, const char *name)
{
	const struct bh_bundle_file *spl = by_name(bundle, "spl.bin");
	char *tree, *whole;
	size_t size;
	int err;

	err = bh_read_file(control, &tree, &size);
	if (err)
		return bh_error(err, "%s", control);
	if (fdt_pack(tree) || spl->size + fdt_totalsize(tree) > SPL_SIZE_MAX) {
		free(tree);
		return bh_error(0, "SPL and its control tree come to more than %u KiB", SPL_SIZE_MAX >> 10);
	}
	size = fdt_totalsize(tree);
	whole = malloc(spl->size + size);
	err = whole ? bh_bundle_read(spl, whole) : -ENOMEM;
	if (!err) {
		memcpy(whole + spl->size, tree, size);
		err = bh_write_file(out, whole, spl->size + size, 0644);
		if (err)
			bh_error(err, "%s", name);
	}
	free(whole);
	free(tree);
	return err;
}

static int move(const char *from, const char *to)
{
	return rename(from, to) < 0 ? bh_error(-errno, "%s", to) : 0;
}

static int build_fit(const struct bh_bundle *bundle, const char *key, const char *out)
{
	sigset_t signals;
	char *fresh;
	int err;

	bh_hold_signals(&signals);
	err = bh_image_place(out, &fresh);
	if (err)
		goto out;
	err = bh_fit_make(bundle, key, NULL, fresh);
	if (!err)
		err = bh_interrupted(out);
	if (!err)
		err = move(fresh, out);
	if (err)
		unlink(fresh);
	free(fresh);
out:
	bh_release_signals(&signals);
	return err;
}

static int build(const struct bh_bundle *bundle, const struct bh_image_options *options,
		 const char *out)
{
	char *dir = NULL, *fit = NULL, *control = NULL, *fresh, *fresh_spl, *spl;
	sigset_t signals;
	int err;

	if (options->fit)
		return build_fit(bundle, options->key, out);
	if (bundle->last_cpu >= SPL_HARTS)
		return bh_error(0, "the plan names hart %u, and U-Boot SPL brings only harts 0 to %u "
				"to the firmware", bundle->last_cpu, SPL_HARTS - 1);
	bh_hold_signals(&signals);
	err = bh_image_place(out, &fresh);
	if (err)
		goto out_signals;
	fresh_spl = bh_printf("%s.%d.spl.new", out, (int)getpid());
	spl = bh_printf("%s" SUFFIX_SPL, out);
	err = fresh_spl && spl ? bh_temp_dir(&dir) : -ENOMEM;
	if (err)
		goto out;
	fit = bh_printf("%s/plan.itb", dir);
	control = bh_printf("%s/control.dtb", dir);
	err = fit && control ? bh_bundle_copy(by_name(bundle, "machine.dtb"), control) : -ENOMEM;
	if (!err)
		err = bh_fit_make(bundle, options->key, control, fit);
	if (!err)
		err = write_card(bundle, fit, fresh, out);
	if (!err)
		err = write_spl(bundle, control, fresh_spl, spl);
	if (!err)
		err = bh_interrupted(out);
	/* SPL first: with a key in it, it refuses an old image. */
	if (!err)
		err = move(fresh_spl, spl);
	if (!err)
		err = move(fresh, out);
	bh_remove_tree(dir);
out:
	if (err) {
		unlink(fresh);
		if (fresh_spl)
			unlink(fresh_spl);
	}
	free(dir);
	free(fit);
	free(control);
	free(fresh);
	free(fresh_spl);
	free(spl);
out_signals:
	bh_release_signals(&signals);
	return err;
}

/* Random numbers that QEMU adds would make each image another one. */
static int strip_seeds(void *fdt)
{
	static const char *const seeds[] = { "rng-seed", "kaslr-seed" };
	int chosen = fdt_path_offset(fdt, "/chosen");

	for (size_t i = 0; chosen >= 0 && i < 2; i++) {
		int err = fdt_delprop(fdt, chosen, seeds[i]);

		if (err && err != -FDT_ERR_NOTFOUND)
			return err;
	}
	return fdt_pack(fdt);
}

static int add_trees(struct bh_prepared *prepared)
{
	const struct bh_plan *plan = &prepared->file.plan;
	struct bh_bundle *bundle = &prepared->bundle;
	int err;

	err = bh_bundle_add_data(bundle, "machine.dtb", NULL, prepared->machine_tree,
				 fdt_totalsize(prepared->machine_tree), 0);
	if (!err)
		err = bh_bundle_add_data(bundle, "firmware.dtb", BH_MODULE_FIRMWARE_TREE,
					 prepared->trees.firmware.fdt, prepared->trees.firmware.size,
					 plan->tree.base);
	for (uint32_t i = 0; !err && i < prepared->trees.npartitions; i++) {
		const struct bh_tree *tree = &prepared->trees.partitions[i];
		char name[64], module[32];

		snprintf(name, sizeof(name), "partition-%s.dtb", plan->partitions[i].name);
		snprintf(module, sizeof(module), BH_MODULE_TREE "%u", BH_PARTITION_ID_BASE + i);
		err = bh_bundle_add_data(bundle, name, module, tree->fdt, tree->size,
					 plan->partitions[i].golden.base);
	}
	return err;
}

static int gather(struct bh_prepared *prepared, const char *machine,
		  const struct bh_boot_files *files, struct bh_diag *diag)
{
	struct bh_plan_file *file = &prepared->file;
	struct bh_bundle *bundle = &prepared->bundle;
	char *stage = NULL, *spl = NULL;
	size_t size;
	int err;

	err = bh_boot_file_path(files->stage, "riscv64/firmware.bin", "the firmware",
				"--boot-stage", &stage);
	if (!err)
		err = bh_boot_file_path(files->spl, "riscv64/spl.bin", "U-Boot SPL", "--spl", &spl);
	if (!err)
		err = bh_machine_tree(file, machine, &prepared->machine_tree, &size, diag);
	if (!err)
		err = bh_trees_make(&file->plan, prepared->blob, prepared->blob_size,
				    prepared->machine_tree, size, &prepared->trees, diag);
	if (!err && strip_seeds(prepared->machine_tree))
		err = bh_error(-EINVAL, "the machine's device tree");
	if (!err)
		err = bh_bundle_open(bundle, file, 4 + file->plan.npartitions);
	if (!err)
		err = bh_bundle_add_file(bundle, "spl.bin", NULL, spl, 0, "U-Boot SPL");
	if (!err)
		err = bh_bundle_add_file(bundle, "firmware.bin", BH_MODULE_FIRMWARE, stage,
					 file->plan.firmware.base, "firmware");
	if (!err)
		err = bh_bundle_add_images(bundle, file, prepared->blob, prepared->blob_size);
	if (!err)
		err = add_trees(prepared);
	free(stage);
	free(spl);
	return err;
}

/* Trees are written; what is a file already stays where it is. */
static int add_load(const struct bh_bundle_file *file, const char *dir, struct bh_load *load)
{
	int err;

	load->at = file->load;
	load->path = file->path ? strdup(file->path) : bh_printf("%s/%s", dir, file->name);
	if (!load->path)
		return -ENOMEM;
	if (file->path || access(load->path, R_OK) == 0)
		return 0;
	err = bh_write_file(load->path, file->data, file->size, 0644);
	return err ? bh_error(err, "%s", load->path) : 0;
}

static int direct(const struct bh_bundle *bundle, const char *dir, struct bh_media *media)
{
	int err;

	err = bh_make_dirs(dir);
	if (err)
		return bh_error(err, "%s", dir);
	media->reset = bundle->reset;
	media->entry = bh_bundle_find(bundle, BH_MODULE_FIRMWARE)->load;
	media->loads = calloc(bundle->nfiles, sizeof(*media->loads));
	if (!media->loads)
		return -ENOMEM;
	for (size_t i = 0; i < bundle->nfiles; i++) {
		const struct bh_bundle_file *file = &bundle->files[i];
		struct bh_load load;

		if (!file->module || !file->load)
			continue;
		err = add_load(file, dir, &load);
		if (!load.path)
			return err;
		/* QEMU takes the firmware's tree by itself, and tells the harts where it is. */
		if (!strcmp(file->module, BH_MODULE_FIRMWARE_TREE))
			media->tree = load.path;
		else
			media->loads[media->nloads++] = load;
		if (err)
			return err;
	}
	return 0;
}

const struct bh_packing bh_packing_fit = {
	.platform = BH_PLATFORM_RISCV64,
	.summary = "a card for U-Boot SPL",
	.suffix = ".img",
	.beside = SUFFIX_SPL,
	.fits = true,
	.gather = gather,
	.build = build,
	.direct = direct,
};
