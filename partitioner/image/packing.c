// SPDX-License-Identifier: GPL-2.0-only
#include "image/packing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Counts up when the same bundle would give another image: part of the cache's key. */
#define IMAGE_REVISION	2
#define IMAGES_KEPT	8

#define SUFFIX_DIRECT	".direct"

static const struct bh_packing *const packings[] = { &bh_packing_grub, &bh_packing_fit };

const struct bh_packing *bh_packing(enum bh_platform platform)
{
	for (size_t i = 0; i < sizeof(packings) / sizeof(*packings); i++)
		if (packings[i]->platform == platform)
			return packings[i];
	return NULL;
}

int bh_image_place(const char *out, char **fresh)
{
	struct stat st;
	int fd, err;

	/* rename() would put a file in the place of a disk's node. */
	if (stat(out, &st) == 0 && !S_ISREG(st.st_mode))
		return bh_error(-EINVAL, "%s is no regular file: make the image in one, then copy "
				"it there (dd, cp)", out);
	*fresh = bh_printf("%s.%d.new", out, (int)getpid());
	if (!*fresh)
		return -ENOMEM;
	fd = open(*fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	err = bh_error(-errno, "%s", out);
	free(*fresh);
	*fresh = NULL;
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

static bool ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);

	return len >= end && !strcmp(name + len - end, suffix);
}

/* What counts as one; what lies beside an image goes with it. */
static bool is_entry(const char *name)
{
	for (size_t i = 0; i < sizeof(packings) / sizeof(*packings); i++)
		if (ends_in(name, packings[i]->suffix))
			return true;
	return ends_in(name, SUFFIX_DIRECT);
}

static void remove_entry(const char *dir, const char *name)
{
	char *path = bh_printf("%s/%s", dir, name);

	if (!path)
		return;
	bh_remove_tree(path);
	for (size_t i = 0; i < sizeof(packings) / sizeof(*packings); i++) {
		char *beside;

		if (!packings[i]->beside || !ends_in(name, packings[i]->suffix))
			continue;
		beside = bh_printf("%s%s", path, packings[i]->beside);
		if (beside)
			bh_remove_tree(beside);
		free(beside);
	}
	free(path);
}

/* Remove the one that was used longest ago, as long as there are too many. */
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

			if (!is_entry(entry->d_name) ||
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
		closedir(list);
		if (count <= IMAGES_KEPT)
			return;
		remove_entry(dir, oldest);
	}
}

/* Touching it tells that it is there, and keeps it from being trimmed. */
static bool is_there(const char *path)
{
	return path && utimensat(AT_FDCWD, path, NULL, 0) == 0;
}

static int cached_direct(const struct bh_packing *packing, const struct bh_bundle *bundle,
			 const char *dir, struct bh_media *media)
{
	char *folder = bh_printf("%s/%s-%d" SUFFIX_DIRECT, dir, bundle->id, IMAGE_REVISION);
	int err;

	if (!folder)
		return -ENOMEM;
	err = packing->direct(bundle, folder, media);
	if (!err && is_there(folder))
		trim_cache(dir);
	free(folder);
	return err;
}

static int cached_image(const struct bh_packing *packing, const struct bh_bundle *bundle,
			const char *dir, struct bh_media *media)
{
	const struct bh_image_options options = { .key = NULL };
	int err;

	media->image = bh_printf("%s/%s-%d%s", dir, bundle->id, IMAGE_REVISION, packing->suffix);
	if (packing->beside && media->image)
		media->spl = bh_printf("%s%s", media->image, packing->beside);
	if (!media->image || (packing->beside && !media->spl))
		return -ENOMEM;
	if ((!media->spl || is_there(media->spl)) && is_there(media->image))
		return 0;
	err = packing->build(bundle, &options, media->image);
	if (!err)
		trim_cache(dir);
	return err;
}

int bh_media_cached(const struct bh_bundle *bundle, enum bh_firmware firmware,
		    struct bh_media *media)
{
	const struct bh_packing *packing = bh_packing(bundle->platform);
	char *dir = cache_dir();
	int err;

	if (!dir)
		return bh_error(-ENOENT, "no cache folder: neither BULKHEAD_CACHE nor HOME is set");
	err = bh_make_dirs(dir);
	if (err)
		bh_error(err, "cache folder %s", dir);
	else if (firmware == BH_FIRMWARE_DIRECT)
		err = cached_direct(packing, bundle, dir, media);
	else
		err = cached_image(packing, bundle, dir, media);
	free(dir);
	return err;
}

int bh_media_given(const struct bh_packing *packing, enum bh_firmware firmware,
		   const char *image, struct bh_media *media)
{
	if (firmware == BH_FIRMWARE_DIRECT)
		return bh_error(-EINVAL, "--firmware direct takes no --image: there QEMU loads what the plan names");
	media->image = strdup(image);
	if (packing->beside && media->image)
		media->spl = bh_printf("%s%s", image, packing->beside);
	if (!media->image || (packing->beside && !media->spl))
		return -ENOMEM;
	if (access(image, R_OK) < 0)
		return bh_error(-errno, "image %s", image);
	if (media->spl && access(media->spl, R_OK) < 0)
		return bh_error(-errno, "SPL of the image, %s", media->spl);
	return 0;
}
