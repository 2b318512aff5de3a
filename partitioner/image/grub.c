// SPDX-License-Identifier: GPL-2.0-only
#include "image/grub.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sha256.h"
#include "image/child.h"

#define GRUB_PC		"/usr/lib/grub/i386-pc"
#define GRUB_EFI	"/usr/lib/grub/x86_64-efi"

/* Dates inside an image, unless SOURCE_DATE_EPOCH says otherwise: 2025-01-01. */
#define EPOCH		"1735689600"

/* Counts up when the same bundle would give another image: part of the cache's key. */
#define IMAGE_REVISION	1
#define IMAGES_KEPT	8

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

int bh_image_build(const struct bh_bundle *bundle, const char *out)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *dir = NULL, *fresh = NULL, *epoch_env = NULL;
	struct stat st;
	sigset_t signals;
	int err;

	/* rename() would put a file in the place of a disk's node. */
	if (stat(out, &st) == 0 && !S_ISREG(st.st_mode))
		return bh_error(-EINVAL, "%s is no regular file: make the image in one, then copy "
				"it there (dd, cp)", out);
	err = bh_need_all("make a boot image", needs, sizeof(needs) / sizeof(*needs));
	if (err)
		return err;
	bh_hold_signals(&signals);
	err = bh_temp_dir(&dir);
	if (err)
		goto out_signals;
	if (!epoch || !*epoch || strspn(epoch, "0123456789") != strlen(epoch))
		epoch = EPOCH;
	epoch_env = bh_printf("SOURCE_DATE_EPOCH=%s", epoch);
	fresh = bh_printf("%s.%d.new", out, (int)getpid());
	if (!epoch_env || !fresh) {
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
	if (!err && rename(fresh, out) < 0)
		err = bh_error(-errno, "%s", out);
	if (err)
		unlink(fresh);
out:
	bh_remove_tree(dir);
	free(epoch_env);
	free(fresh);
	free(dir);
out_signals:
	bh_release_signals(&signals);
	return err;
}

static char *cache_dir(void)
{
	const char *base = getenv("BULKHEAD_CACHE");

	if (base && *base)
		return bh_printf("%s/boot-images", base);
	base = getenv("XDG_CACHE_HOME");
	if (base && *base)
		return bh_printf("%s/bulkhead/boot-images", base);
	base = getenv("HOME");
	if (base && *base)
		return bh_printf("%s/.cache/bulkhead/boot-images", base);
	return NULL;
}

/* Remove the image that was used longest ago, as long as there are too many. */
static void trim_cache(const char *dir)
{
	for (int rounds = 0; rounds < 64; rounds++) {
		DIR *list = opendir(dir);
		struct dirent *entry;
		struct timespec oldest_time = { 0 };
		char oldest[NAME_MAX + 1] = "";
		unsigned int count = 0;

		if (!list)
			return;
		while ((entry = readdir(list))) {
			struct stat st;

			if (!strstr(entry->d_name, ".iso") ||
			    fstatat(dirfd(list), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
				continue;
			count++;
			if (*oldest && (st.st_mtim.tv_sec > oldest_time.tv_sec ||
					(st.st_mtim.tv_sec == oldest_time.tv_sec &&
					 st.st_mtim.tv_nsec >= oldest_time.tv_nsec)))
				continue;
			oldest_time = st.st_mtim;
			strcpy(oldest, entry->d_name);
		}
		if (count > IMAGES_KEPT)
			unlinkat(dirfd(list), oldest, 0);
		closedir(list);
		if (count <= IMAGES_KEPT)
			return;
	}
}

int bh_image_cached(const struct bh_bundle *bundle, char **path, bool *fresh)
{
	char *dir = cache_dir();
	char *image = NULL;
	int err;

	if (!dir)
		return bh_error(-ENOENT, "no cache folder: neither BULKHEAD_CACHE nor HOME is set");
	err = bh_make_dirs(dir);
	if (err) {
		bh_error(err, "cache folder %s", dir);
		goto out;
	}
	image = bh_printf("%s/%s-%d.iso", dir, bundle->id, IMAGE_REVISION);
	if (!image) {
		err = -ENOMEM;
		goto out;
	}
	if (fresh)
		*fresh = false;
	/* Touching it tells that it is there, and keeps it from being trimmed. */
	if (utimensat(AT_FDCWD, image, NULL, 0) < 0) {
		if (fresh)
			*fresh = true;
		err = bh_image_build(bundle, image);
		if (!err)
			trim_cache(dir);
	}
out:
	free(dir);
	if (err)
		free(image);
	else
		*path = image;
	return err;
}
