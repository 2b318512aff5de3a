// SPDX-License-Identifier: GPL-2.0-only
#include "image/grub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sha256.h"
#include "image/child.h"
#include "image/packing.h"

#define GRUB_PC		"/usr/lib/grub/i386-pc"
#define GRUB_EFI	"/usr/lib/grub/x86_64-efi"

/* Dates inside an image, unless SOURCE_DATE_EPOCH says otherwise: 2025-01-01. */
#define EPOCH		"1735689600"

/*
 * All that GRUB needs stands in its core image, so that nothing is looked up
 * on the medium but the configuration and what it loads.
 */
#define MODULES		"iso9660", "search_fs_file", "search", "normal", "configfile", \
			"multiboot2", "boot", "echo", "test"
static const char *const modules_pc[] = {
	"biosdisk", "part_msdos", "serial", "terminal", MODULES, NULL
};
static const char *const modules_efi[] = {
	"part_gpt", "part_msdos", MODULES, NULL
};

static const struct bh_need needs[] = {
	{ "grub-mkimage", "grub-common" },
	{ GRUB_PC "/cdboot.img", "grub-pc-bin" },
	{ GRUB_PC "/boot_hybrid.img", "grub-pc-bin" },
	{ GRUB_EFI "/multiboot2.mod", "grub-efi-amd64-bin" },
	{ "xorriso", "xorriso" },
	{ "mformat", "mtools" },
	{ "mmd", "mtools" },
	{ "mcopy", "mtools" },
};

void bh_grub_commands(FILE *out, const struct bh_bundle *bundle, const char *dir,
		      const char *indent)
{
	for (size_t i = 0; i < bundle->nfiles; i++) {
		const struct bh_bundle_file *file = &bundle->files[i];

		/* --nounzip: GRUB would unpack a gzipped initrd, and its digest would be off */
		if (!file->module)
			fprintf(out, "%smultiboot2 \"%s/%s\"\n", indent, dir, file->name);
		else
			fprintf(out, "%smodule2 --nounzip \"%s/%s\" %s\n", indent, dir,
				file->name, file->module);
	}
}

static int write_config(const struct bh_bundle *bundle, const char *path)
{
	FILE *out = fopen(path, "we");
	int err = 0;

	if (!out)
		return -errno;
	fprintf(out,
		"# Bulkhead: %s, bundle %s\n"
		"set timeout=0\n"
		"# A machine without a screen should still show what GRUB has to say.\n"
		"# (UEFI firmware brings a serial console of its own where it has one.)\n"
		"if [ \"$grub_platform\" = pc ]; then\n"
		"\tif serial --unit=0 --speed=115200; then\n"
		"\t\tterminal_output --append serial\n"
		"\t\tterminal_input --append serial\n"
		"\tfi\n"
		"fi\n"
		"echo \"Bulkhead: loading %s\"\n",
		bundle->title, bundle->id, bundle->title);
	bh_grub_commands(out, bundle, "/boot/bulkhead", "");
	fputs("boot\n"
	      "echo \"Bulkhead: GRUB could not start the boot stage\"\n", out);
	if (ferror(out))
		err = -EIO;
	if (fclose(out) < 0 && !err)
		err = -errno;
	return err;
}

/* What the core image runs first: find the medium, by a file that only this one has. */
static int write_early(const struct bh_bundle *bundle, const char *path)
{
	char *text = bh_printf("search --no-floppy --set=root --file /boot/bulkhead/%s.id\n"
			       "set prefix=($root)/boot/grub\n", bundle->id);
	int err = text ? bh_write_file(path, text, strlen(text), 0644) : -ENOMEM;

	free(text);
	return err;
}

static int stage_files(const struct bh_bundle *bundle, const char *dir)
{
	char *path = bh_printf("%s/tree/boot/grub", dir);
	int err;

	err = path ? bh_make_dirs(path) : -ENOMEM;
	free(path);
	if (err)
		return bh_error(err, "%s", dir);
	path = bh_printf("%s/tree/boot/bulkhead", dir);
	err = path ? bh_make_dirs(path) : -ENOMEM;
	free(path);
	for (size_t i = 0; !err && i < bundle->nfiles; i++) {
		path = bh_printf("%s/tree/boot/bulkhead/%s", dir, bundle->files[i].name);
		err = path ? bh_bundle_copy(&bundle->files[i], path) : -ENOMEM;
		free(path);
	}
	if (err)
		return err;
	path = bh_printf("%s/tree/boot/bulkhead/%s.id", dir, bundle->id);
	err = path ? bh_write_file(path, bundle->id, strlen(bundle->id), 0644) : -ENOMEM;
	free(path);
	if (err)
		return bh_error(err, "%s", dir);
	path = bh_printf("%s/tree/boot/grub/grub.cfg", dir);
	err = path ? write_config(bundle, path) : -ENOMEM;
	free(path);
	if (err)
		return bh_error(err, "%s", dir);
	path = bh_printf("%s/early.cfg", dir);
	err = path ? write_early(bundle, path) : -ENOMEM;
	free(path);
	return err ? bh_error(err, "%s", dir) : 0;
}

static int run_and_free(struct bh_argv *argv, const char *const env[])
{
	int err = argv->failed ? -ENOMEM : bh_child_run(argv->arg, env);

	bh_argv_free(argv);
	return err;
}

static int make_core(const char *dir, const char *format, const char *output,
		     const char *const modules[])
{
	struct bh_argv argv = { 0 };

	bh_argv_add(&argv, "grub-mkimage");
	bh_argv_add(&argv, "-O");
	bh_argv_add(&argv, "%s", format);
	bh_argv_add(&argv, "-p");
	bh_argv_add(&argv, "/boot/grub");
	bh_argv_add(&argv, "-c");
	bh_argv_add(&argv, "%s/early.cfg", dir);
	bh_argv_add(&argv, "-o");
	bh_argv_add(&argv, "%s/%s", dir, output);
	for (size_t i = 0; modules[i]; i++)
		bh_argv_add(&argv, "%s", modules[i]);
	return run_and_free(&argv, NULL);
}

/* The EFI system partition: a FAT file system with nothing in it but GRUB. */
static int make_esp(const char *dir, const char *const env[])
{
	struct bh_argv argv = { 0 };
	char *path = bh_printf("%s/bootx64.efi", dir);
	char *esp = bh_printf("%s/efi.img", dir);
	struct stat st;
	int err = 0, fd = -1;

	if (!path || !esp) {
		err = -ENOMEM;
		goto out;
	}
	if (stat(path, &st) < 0) {
		err = bh_error(-errno, "%s", path);
		goto out;
	}
	fd = open(esp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, (st.st_size + 0x5ffff) & ~0x3ffffL) < 0) {
		err = bh_error(-errno, "%s", esp);
		goto out;
	}
	bh_argv_add(&argv, "mformat");
	bh_argv_add(&argv, "-i");
	bh_argv_add(&argv, "%s", esp);
	bh_argv_add(&argv, "-N");
	bh_argv_add(&argv, "42554c4b");		/* a serial number that stays the same */
	bh_argv_add(&argv, "::");
	err = run_and_free(&argv, env);
	if (err)
		goto out;
	bh_argv_add(&argv, "mmd");
	bh_argv_add(&argv, "-i");
	bh_argv_add(&argv, "%s", esp);
	bh_argv_add(&argv, "::EFI");
	bh_argv_add(&argv, "::EFI/BOOT");
	err = run_and_free(&argv, env);
	if (err)
		goto out;
	bh_argv_add(&argv, "mcopy");
	bh_argv_add(&argv, "-i");
	bh_argv_add(&argv, "%s", esp);
	bh_argv_add(&argv, "%s", path);
	bh_argv_add(&argv, "::EFI/BOOT/BOOTX64.EFI");
	err = run_and_free(&argv, env);
out:
	if (fd >= 0)
		close(fd);
	free(esp);
	free(path);
	return err;
}

/*
 * One file, three ways in: El Torito for CDs (BIOS and UEFI), GRUB's boot
 * sector for disks under BIOS, and the ESP in the GPT for disks under UEFI.
 * xorriso(1), xorrisofs(1): --grub2-mbr, -append_partition.
 */
static int make_medium(const char *dir, const char *epoch, const char *out,
		       const char *const env[])
{
	static const char *const before[] = {
		"xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "BULKHEAD",
		"-b", "boot/grub/eltorito.img", "-no-emul-boot", "-boot-load-size", "4",
		"-boot-info-table", "--grub2-boot-info", "--grub2-mbr", GRUB_PC "/boot_hybrid.img",
		"-partition_offset", "16", "-appended_part_as_gpt",
		"-append_partition", "2", "0xef",
	};
	static const char *const after[] = {
		"-eltorito-alt-boot", "-e", "--interval:appended_partition_2:all::",
		"-no-emul-boot", "-o",
	};
	struct bh_argv argv = { 0 };

	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++)
		bh_argv_add(&argv, "%s", before[i]);
	bh_argv_add(&argv, "%s/efi.img", dir);
	for (size_t i = 0; i < sizeof(after) / sizeof(*after); i++)
		bh_argv_add(&argv, "%s", after[i]);
	bh_argv_add(&argv, "%s", out);
	bh_argv_add(&argv, "--set_all_file_dates");
	bh_argv_add(&argv, "=%s", epoch);
	bh_argv_add(&argv, "%s/tree", dir);
	return run_and_free(&argv, env);
}

/*
 * One file that boots on BIOS and on UEFI: a CD image with a partition table. It
 * boots from CD, and copied as it is from a disk or a USB stick. The same bundle,
 * tools and SOURCE_DATE_EPOCH give the same bytes.
 */
static int build(const struct bh_bundle *bundle, const struct bh_image_options *options,
		 const char *out)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *dir = NULL, *fresh = NULL, *epoch_env = NULL;
	sigset_t signals;
	int err;

	(void)options;
	err = bh_need_all("make a boot image", needs, sizeof(needs) / sizeof(*needs));
	if (err)
		return err;
	bh_hold_signals(&signals);
	/* What xorriso says of a folder that is not there or not ours names drives and sessions. */
	err = bh_image_place(out, &fresh);
	if (err)
		goto out_signals;
	err = bh_temp_dir(&dir);
	if (err)
		goto out;
	if (!epoch || !*epoch || strspn(epoch, "0123456789") != strlen(epoch))
		epoch = EPOCH;
	epoch_env = bh_printf("SOURCE_DATE_EPOCH=%s", epoch);
	if (!epoch_env) {
		err = -ENOMEM;
		goto out;
	}
	const char *const env[] = { epoch_env, "MTOOLSRC=/dev/null", "TZ=UTC", "LC_ALL=C", NULL };

	err = stage_files(bundle, dir);
	if (!err)
		err = make_core(dir, "i386-pc-eltorito", "tree/boot/grub/eltorito.img",
				modules_pc);
	if (!err)
		err = make_core(dir, "x86_64-efi", "bootx64.efi", modules_efi);
	if (!err)
		err = make_esp(dir, env);
	/* xorriso would add to a file that is already an image */
	if (!err && unlink(fresh) < 0 && errno != ENOENT)
		err = bh_error(-errno, "%s", fresh);
	if (!err)
		err = make_medium(dir, epoch, fresh, env);
	if (!err)
		err = bh_interrupted(out);
	if (!err && rename(fresh, out) < 0)
		err = bh_error(-errno, "%s", out);
out:
	if (err)
		unlink(fresh);
	if (dir)
		bh_remove_tree(dir);
	free(epoch_env);
	free(fresh);
	free(dir);
out_signals:
	bh_release_signals(&signals);
	return err;
}

static int gather(struct bh_prepared *prepared, const char *machine,
		  const struct bh_boot_files *files, struct bh_diag *diag)
{
	struct bh_bundle *bundle = &prepared->bundle;
	char *stage = NULL;
	int err;

	(void)machine;
	(void)diag;
	err = bh_boot_file_path(files->stage, "x86-64/boot.elf", "the boot stage",
				"--boot-stage", &stage);
	if (!err)
		err = bh_bundle_open(bundle, &prepared->file, 2);
	if (!err)
		err = bh_bundle_add_file(bundle, "boot.elf", NULL, stage, 0, "boot stage");
	if (!err)
		err = bh_bundle_add_data(bundle, "blob.dtb", BH_MODULE_BLOB, prepared->blob,
					 prepared->blob_size, 0);
	if (!err)
		err = bh_bundle_add_images(bundle, &prepared->file, prepared->blob,
					   prepared->blob_size);
	free(stage);
	return err;
}

const struct bh_packing bh_packing_grub = {
	.platform = BH_PLATFORM_X86_64,
	.summary = "boots on BIOS and UEFI",
	.suffix = ".iso",
	.menu = true,
	.gather = gather,
	.build = build,
};
