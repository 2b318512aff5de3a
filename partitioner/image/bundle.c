// SPDX-License-Identifier: GPL-2.0-only
#include "image/bundle.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bulkhead/blob.h>

#include "core/sha256.h"
#include "image/child.h"

#define CHUNK	(256 * 1024)

void bh_hex(const uint8_t *bytes, size_t size, char *text)
{
	for (size_t i = 0; i < size; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

int bh_boot_file_path(const char *given, const char *name, const char *what, const char *option,
		      char **path)
{
	char *tried[3] = { 0 };
	char exe[PATH_MAX];
	const char *env = getenv("BULKHEAD_IMAGES");
	size_t count = 0;
	ssize_t len;

	if (given) {
		if (access(given, R_OK) < 0)
			return bh_error(-errno, "%s %s", what, given);
		*path = strdup(given);
		return *path ? 0 : -ENOMEM;
	}
	if (env && *env)
		tried[count++] = bh_printf("%s/%s", env, name);
	len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (len > 0) {
		exe[len] = '\0';
		*strrchr(exe, '/') = '\0';
		tried[count++] = bh_printf("%s/images/%s", exe, name);
		tried[count++] = bh_printf("%s/../lib/bulkhead/images/%s", exe, name);
	}
	*path = NULL;
	for (size_t i = 0; i < count; i++) {
		if (!*path && tried[i] && access(tried[i], R_OK) == 0) {
			*path = tried[i];
			tried[i] = NULL;
		}
	}
	if (!*path) {
		bh_error(0, "%s is not there; tried:", what);
		for (size_t i = 0; i < count; i++)
			fprintf(stderr, "  %s\n", tried[i] ? tried[i] : "?");
		fprintf(stderr, "bulkhead: note: `make` builds it; or name it with %s\n", option);
	}
	for (size_t i = 0; i < count; i++)
		free(tried[i]);
	return *path ? 0 : -ENOENT;
}

static int hash_file(const char *path, uint64_t *size, uint8_t sha256[32])
{
	struct bh_sha256 ctx;
	char *chunk = malloc(CHUNK);
	int fd = -1, err = 0;
	ssize_t n;

	if (!chunk)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		goto out;
	}
	*size = 0;
	bh_sha256_init(&ctx);
	while ((n = read(fd, chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = -errno;
			goto out;
		}
		bh_sha256_update(&ctx, chunk, (size_t)n);
		*size += (uint64_t)n;
	}
	bh_sha256_final(&ctx, sha256);
out:
	if (fd >= 0)
		close(fd);
	free(chunk);
	return err;
}

/* @name, @module, @path: taken over, even when there is no memory for others. */
static struct bh_bundle_file *add(struct bh_bundle *bundle, char *name, char *module, char *path)
{
	struct bh_bundle_file *file = &bundle->files[bundle->nfiles++];

	file->name = name;
	file->module = module;
	file->path = path;
	return file;
}

int bh_bundle_add_file(struct bh_bundle *bundle, const char *name, const char *module,
		       const char *path, uint64_t load, const char *what)
{
	struct bh_bundle_file *file = add(bundle, strdup(name), module ? strdup(module) : NULL,
					  strdup(path));
	int err;

	if (!file->name || (module && !file->module) || !file->path)
		return -ENOMEM;
	file->load = load;
	err = hash_file(path, &file->size, file->sha256);
	return err ? bh_error(err, "%s %s", what, path) : 0;
}

int bh_bundle_add_data(struct bh_bundle *bundle, const char *name, const char *module,
		       const void *data, size_t size, uint64_t load)
{
	struct bh_bundle_file *file = add(bundle, strdup(name), module ? strdup(module) : NULL, NULL);

	if (!file->name || (module && !file->module))
		return -ENOMEM;
	file->load = load;
	file->data = data;
	file->size = size;
	bh_sha256(data, size, file->sha256);
	return 0;
}

int bh_bundle_add_images(struct bh_bundle *bundle, const struct bh_plan_file *file,
			 const void *blob, size_t blob_size)
{
	int images, node;

	if (fdt_check_header(blob) || fdt_totalsize(blob) > blob_size)
		return bh_error(-EINVAL, "compiled plan");
	images = fdt_path_offset(blob, "/images");
	fdt_for_each_subnode(node, blob, images) {
		struct bh_bundle_file *image;
		const void *id, *size, *sha;
		int id_len, size_len, sha_len;
		uint32_t n;

		id = fdt_getprop(blob, node, "reg", &id_len);
		size = fdt_getprop(blob, node, "size", &size_len);
		sha = fdt_getprop(blob, node, "sha256", &sha_len);
		if (!id || id_len != 4 || !size || size_len != 8 || !sha || sha_len != 32)
			return bh_error(-EINVAL, "compiled plan: %s", fdt_get_name(blob, node, NULL));
		n = fdt32_ld(id);
		if (n >= file->plan.nimages)
			return bh_error(-EINVAL, "compiled plan: image %u", n);
		image = add(bundle, bh_printf("image-%u", n), bh_printf(BH_MODULE_IMAGE "%u", n),
			    strdup(file->files[n].path));
		if (!image->name || !image->module || !image->path)
			return -ENOMEM;
		image->load = file->plan.images[n].golden.base;
		image->size = fdt64_ld(size);
		memcpy(image->sha256, sha, 32);
	}
	return 0;
}

/* Goes into scripts of GRUB and of the shell: nothing that either would read. */
static char *title_of(const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	const char *end = strrchr(name, '.');
	char *title = strndup(name, end && end > name ? (size_t)(end - name) : strlen(name));

	for (char *c = title; c && *c; c++)
		if (!isascii(*c) || (!isalnum(*c) && !strchr("._+-", *c)))
			*c = '_';
	return title;
}

int bh_bundle_open(struct bh_bundle *bundle, const struct bh_plan_file *file, size_t extra)
{
	const struct bh_plan *plan = &file->plan;

	*bundle = (struct bh_bundle){
		.platform = plan->platform,
		.title = title_of(file->path),
		.files = calloc(plan->nimages + extra, sizeof(*bundle->files)),
		.reset = plan->monitor.base,
	};
	for (uint32_t i = 0; i < plan->ncpus; i++)
		if (plan->cpus[i] > bundle->last_cpu)
			bundle->last_cpu = plan->cpus[i];
	return bundle->title && bundle->files ? 0 : -ENOMEM;
}

int bh_bundle_close(struct bh_bundle *bundle)
{
	struct bh_sha256 ctx;
	uint8_t digest[32];

	bh_sha256_init(&ctx);
	bh_sha256_update(&ctx, bundle->title, strlen(bundle->title) + 1);
	for (size_t i = 0; i < bundle->nfiles; i++) {
		const struct bh_bundle_file *f = &bundle->files[i];

		bh_sha256_update(&ctx, f->name, strlen(f->name) + 1);
		bh_sha256_update(&ctx, f->sha256, 32);
	}
	bh_sha256_final(&ctx, digest);
	bh_hex(digest, BH_BUNDLE_ID_LEN / 2, bundle->id);
	return 0;
}

const struct bh_bundle_file *bh_bundle_find(const struct bh_bundle *bundle, const char *module)
{
	for (size_t i = 0; i < bundle->nfiles; i++)
		if (bundle->files[i].module && !strcmp(bundle->files[i].module, module))
			return &bundle->files[i];
	return NULL;
}

size_t bh_bundle_nimages(const struct bh_bundle *bundle)
{
	size_t count = 0;

	for (size_t i = 0; i < bundle->nfiles; i++)
		count += bundle->files[i].module &&
			 !strncmp(bundle->files[i].module, BH_MODULE_IMAGE, strlen(BH_MODULE_IMAGE));
	return count;
}

void bh_bundle_free(struct bh_bundle *bundle)
{
	for (size_t i = 0; bundle->files && i < bundle->nfiles; i++) {
		free(bundle->files[i].name);
		free(bundle->files[i].module);
		free(bundle->files[i].path);
	}
	free(bundle->files);
	free(bundle->title);
	memset(bundle, 0, sizeof(*bundle));
}

static int copy_hashed(int in, int out, struct bh_bundle_file *got)
{
	char *chunk = malloc(CHUNK);
	struct bh_sha256 ctx;
	int err = 0;
	ssize_t n;

	if (!chunk)
		return -ENOMEM;
	bh_sha256_init(&ctx);
	while ((n = read(in, chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		err = n < 0 ? -errno : bh_write_all(out, chunk, (size_t)n);
		if (err)
			break;
		bh_sha256_update(&ctx, chunk, (size_t)n);
		got->size += (uint64_t)n;
	}
	if (!err)
		bh_sha256_final(&ctx, got->sha256);
	free(chunk);
	return err;
}

int bh_bundle_copy(const struct bh_bundle_file *file, const char *path)
{
	struct bh_bundle_file got = { 0 };
	int in, out, err;

	if (!file->path) {
		err = bh_write_file(path, file->data, file->size, 0644);
		return err ? bh_error(err, "write %s", path) : 0;
	}
	in = open(file->path, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return bh_error(-errno, "%s", file->path);
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (out < 0) {
		err = bh_error(-errno, "write %s", path);
		goto out_in;
	}
	err = copy_hashed(in, out, &got);
	if (!err && fchmod(out, 0644) < 0 && errno != EPERM)	/* FAT has no modes */
		err = -errno;
	if (close(out) < 0 && !err)
		err = -errno;
	if (err)
		bh_error(err, "copy %s to %s", file->path, path);
	else if (got.size != file->size || memcmp(got.sha256, file->sha256, 32))
		err = bh_error(-ESTALE, "%s changed while it was being packed", file->path);
	if (err)
		unlink(path);
out_in:
	close(in);
	return err;
}

int bh_bundle_read(const struct bh_bundle_file *file, void *to)
{
	uint8_t sha256[32];
	uint64_t have = 0;
	ssize_t n = 0;
	char more;
	int fd;

	if (!file->path) {
		memcpy(to, file->data, file->size);
		return 0;
	}
	fd = open(file->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return bh_error(-errno, "%s", file->path);
	while (have < file->size) {
		n = read(fd, (char *)to + have, file->size - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (uint64_t)n;
	}
	if (n < 0) {
		int err = bh_error(-errno, "%s", file->path);

		close(fd);
		return err;
	}
	n = read(fd, &more, 1);
	close(fd);
	bh_sha256(to, have, sha256);
	if (n || have != file->size || memcmp(sha256, file->sha256, 32))
		return bh_error(-ESTALE, "%s changed while it was being packed", file->path);
	return 0;
}
