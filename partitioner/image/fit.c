// SPDX-License-Identifier: GPL-2.0-only
#include "image/fit.h"

#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bulkhead/blob.h>

#include "image/child.h"

#define CONFIGURATION	"plan"
#define NODE_START	"start"	/* the firmware once more, as bootm wants it */

/* Of nodes and properties beside the data, more than any image needs. */
#define NODE_ROOM	1024
#define FIT_ROOM	16384

/* Dates inside, unless SOURCE_DATE_EPOCH says otherwise: 2025-01-01. */
#define EPOCH		"1735689600"

static void put_text(void *fdt, const char *name, const char *text, int *err)
{
	*err = *err ?: fdt_property_string(fdt, name, text);
}

/*
 * SPL starts what is of type "u-boot" by a plain jump, every hart with its id in a0 and
 * the tree in a1; "opensbi" would look for a U-Boot to start after it.
 * The others say "linux", which SPL only loads, and bootm takes as well.
 */
static const char *os_of(const struct bh_bundle_file *file)
{
	return strcmp(file->module, BH_MODULE_FIRMWARE) ? "linux" : "u-boot";
}

/* To bootm whatever it loads beside a kernel is firmware. */
static const char *type_of(const struct bh_bundle_file *file)
{
	return strcmp(file->module, BH_MODULE_FIRMWARE_TREE) ? "firmware" : "flat_dt";
}

/* A node's name can't have the colon that a module's has: <bulkhead/blob.h>. */
#define NODE_NAME_MAX	32

static void node_name(const struct bh_bundle_file *file, char name[NODE_NAME_MAX])
{
	char *colon;

	snprintf(name, NODE_NAME_MAX, "%s", file->module);
	colon = strchr(name, ':');
	if (colon)
		*colon = '-';
}

/* Returns 0 or -errno (reported). */
static int put_image(void *fdt, const struct bh_bundle_file *file, const char *name,
		     const char *type, const char *os)
{
	void *data;
	int err, failed;

	err = fdt_begin_node(fdt, name);
	put_text(fdt, "description", file->name, &err);
	put_text(fdt, "type", type, &err);
	put_text(fdt, "arch", "riscv", &err);
	put_text(fdt, "os", os, &err);
	put_text(fdt, "compression", "none", &err);
	err = err ?: fdt_property_u64(fdt, "load", file->load);
	if (!strcmp(file->module, BH_MODULE_FIRMWARE))
		err = err ?: fdt_property_u64(fdt, "entry", file->load);
	err = err ?: fdt_property_placeholder(fdt, "data", (int)file->size, &data);
	if (!err) {
		failed = bh_bundle_read(file, data);
		if (failed)
			return failed;
	}
	err = err ?: fdt_begin_node(fdt, "hash-1");
	put_text(fdt, "algo", "sha256", &err);
	err = err ?: fdt_end_node(fdt);
	err = err ?: fdt_end_node(fdt);
	return err ? bh_error(-ENOSPC, "FIT: %s: %s", file->name, fdt_strerror(err)) : 0;
}

static int put_images(void *fdt, const struct bh_bundle *bundle)
{
	int err = 0;

	for (size_t i = 0; !err && i < bundle->nfiles; i++) {
		const struct bh_bundle_file *file = &bundle->files[i];
		char name[NODE_NAME_MAX];

		if (!file->module || !file->load)
			continue;
		node_name(file, name);
		err = put_image(fdt, file, name, type_of(file), os_of(file));
	}
	return err ? err : put_image(fdt, bh_bundle_find(bundle, BH_MODULE_FIRMWARE), NODE_START,
				     "kernel", "linux");
}

static bool is_loadable(const struct bh_bundle_file *file)
{
	return file->module && file->load && strcmp(file->module, BH_MODULE_FIRMWARE) &&
	       strcmp(file->module, BH_MODULE_FIRMWARE_TREE);
}

static int put_configuration(void *fdt, const struct bh_bundle *bundle, const char *algorithm)
{
	/* A list of strings is one property: the names with their NULs. */
	char names[(BH_IMAGES_MAX + BH_PARTITIONS_MAX) * NODE_NAME_MAX];
	size_t used = 0;
	int err;

	for (size_t i = 0; i < bundle->nfiles; i++) {
		const struct bh_bundle_file *file = &bundle->files[i];

		if (!is_loadable(file))
			continue;
		if (sizeof(names) - used < NODE_NAME_MAX)
			return -FDT_ERR_NOSPACE;
		node_name(file, names + used);
		used += strlen(names + used) + 1;
	}
	err = fdt_begin_node(fdt, "configurations");
	put_text(fdt, "default", CONFIGURATION, &err);
	err = err ?: fdt_begin_node(fdt, CONFIGURATION);
	put_text(fdt, "description", bundle->title, &err);
	put_text(fdt, "firmware", BH_MODULE_FIRMWARE, &err);	/* SPL looks for this, */
	put_text(fdt, "kernel", NODE_START, &err);		/* bootm for this */
	put_text(fdt, "fdt", BH_MODULE_FIRMWARE_TREE, &err);
	err = err ?: fdt_property(fdt, "loadables", names, (int)used);
	if (algorithm) {
		static const char parts[] = "firmware\0kernel\0fdt\0loadables";

		err = err ?: fdt_begin_node(fdt, "signature-1");
		put_text(fdt, "algo", algorithm, &err);
		put_text(fdt, "key-name-hint", BH_KEY_NAME, &err);
		err = err ?: fdt_property(fdt, "sign-images", parts, sizeof(parts));
		err = err ?: fdt_end_node(fdt);
	}
	err = err ?: fdt_end_node(fdt);
	return err ?: fdt_end_node(fdt);
}

/* With all data inside; mkimage moves it out. Returns 0 or -errno (reported). */
static int put_all(void *fdt, int room, const struct bh_bundle *bundle, const char *algorithm)
{
	int err, failed;

	err = fdt_create(fdt, room);
	err = err ?: fdt_finish_reservemap(fdt);
	err = err ?: fdt_begin_node(fdt, "");
	put_text(fdt, "description", "Bulkhead", &err);
	err = err ?: fdt_property_u32(fdt, "#address-cells", 2);
	err = err ?: fdt_begin_node(fdt, "images");
	if (err)
		goto out;
	failed = put_images(fdt, bundle);
	if (failed)
		return failed;
	err = fdt_end_node(fdt);
	err = err ?: put_configuration(fdt, bundle, algorithm);
	err = err ?: fdt_end_node(fdt);
	err = err ?: fdt_finish(fdt);
out:
	return err ? bh_error(-ENOSPC, "FIT: %s", fdt_strerror(err)) : 0;
}

static int write_whole(const struct bh_bundle *bundle, const char *algorithm, const char *path)
{
	uint64_t room = FIT_ROOM + bh_bundle_find(bundle, BH_MODULE_FIRMWARE)->size, mapped;
	void *fdt;
	int fd, err;

	for (size_t i = 0; i < bundle->nfiles; i++)
		room += bundle->files[i].size + NODE_ROOM;
	if (room > INT32_MAX)
		return bh_error(0, "the plan's images come to %llu MiB, and a FIT ends at 2047",
				(unsigned long long)room >> 20);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return bh_error(-errno, "%s", path);
	/* A hole that finds no room when it is written to through the mapping is a SIGBUS. */
	err = posix_fallocate(fd, 0, (off_t)room);
	if (err) {
		err = bh_error(-err, "%s", path);
		goto out_fd;
	}
	mapped = room;
	fdt = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fdt == MAP_FAILED) {
		err = bh_error(-errno, "%s", path);
		goto out_fd;
	}
	err = put_all(fdt, (int)room, bundle, algorithm);
	room = err ? room : fdt_totalsize(fdt);
	munmap(fdt, mapped);
	if (!err && ftruncate(fd, (off_t)room) < 0)
		err = bh_error(-errno, "%s", path);
out_fd:
	if (close(fd) < 0 && !err)
		err = bh_error(-errno, "%s", path);
	return err;
}

/* "sha256,rsa4096": U-Boot goes by the name, and the name says how long a signature is. */
static int algorithm_of(const char *key, char *name, size_t room)
{
	struct bh_argv argv = { 0 };
	char *output = NULL, *modulus;
	size_t bits;
	int err;

	bh_argv_add(&argv, "openssl");
	bh_argv_add(&argv, "x509");
	bh_argv_add(&argv, "-in");
	bh_argv_add(&argv, "%s/" BH_KEY_NAME ".crt", key);
	bh_argv_add(&argv, "-noout");
	bh_argv_add(&argv, "-modulus");
	err = argv.failed ? -ENOMEM : bh_child_output(argv.arg, &output);
	bh_argv_free(&argv);
	if (err)
		return err;
	modulus = strstr(output, "Modulus=");
	bits = modulus ? 4 * strspn(modulus + 8, "0123456789ABCDEF") : 0;
	free(output);
	if (bits != 2048 && bits != 3072 && bits != 4096)
		return bh_error(0, "%s/" BH_KEY_NAME ".crt: U-Boot takes RSA keys of 2048, 3072 and 4096 bits",
				key);
	snprintf(name, room, "sha256,rsa%zu", bits);
	return 0;
}

static int check_key(const char *key, const struct bh_bundle *bundle)
{
	static const struct bh_need needs[] = { { "openssl", "openssl" } };
	static const char *const parts[] = { "key", "crt" };
	size_t images = 1;	/* NODE_START */
	int err;

	err = bh_need_all("sign an image", needs, 1);
	if (err)
		return err;
	for (size_t i = 0; i < 2; i++) {
		char *path = bh_printf("%s/" BH_KEY_NAME ".%s", key, parts[i]);

		err = !path ? -ENOMEM : access(path, R_OK) < 0 ? -errno : 0;
		if (err)
			bh_error(err, "%s (`bulkhead keygen %s` makes a key)", path ? path : key, key);
		free(path);
		if (err)
			return err;
	}
	for (size_t i = 0; i < bundle->nfiles; i++)
		images += bundle->files[i].module && bundle->files[i].load;
	if (images > BH_FIT_SIGNED_MAX)
		return bh_error(0, "%zu images and trees are more than the %d that U-Boot can sign as one",
				images, BH_FIT_SIGNED_MAX);
	return 0;
}

int bh_fit_make(const struct bh_bundle *bundle, const char *key, const char *control,
		const char *path)
{
	static const struct bh_need need = { "mkimage", "u-boot-tools" };
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char algorithm[32], *epoch_env;
	struct bh_argv argv = { 0 };
	int err;

	err = bh_need_all("make a boot image", &need, 1);
	if (!err && key)
		err = check_key(key, bundle);
	if (!err && key)
		err = algorithm_of(key, algorithm, sizeof(algorithm));
	if (err)
		return err;
	err = write_whole(bundle, key ? algorithm : NULL, path);
	if (err)
		return err;

	if (!epoch || !*epoch || strspn(epoch, "0123456789") != strlen(epoch))
		epoch = EPOCH;
	epoch_env = bh_printf("SOURCE_DATE_EPOCH=%s", epoch);
	if (!epoch_env)
		return -ENOMEM;
	const char *const env[] = { epoch_env, "TZ=UTC", "LC_ALL=C", NULL };

	bh_argv_add(&argv, "mkimage");
	bh_argv_add(&argv, "-F");
	bh_argv_add(&argv, "-t");
	bh_argv_add(&argv, "-E");
	bh_argv_add(&argv, "-B");
	bh_argv_add(&argv, "0x200");
	if (key) {
		bh_argv_add(&argv, "-k");
		bh_argv_add(&argv, "%s", key);
		bh_argv_add(&argv, "-r");
		if (control) {
			bh_argv_add(&argv, "-K");
			bh_argv_add(&argv, "%s", control);
		}
	}
	bh_argv_add(&argv, "%s", path);
	err = argv.failed ? -ENOMEM : bh_child_run(argv.arg, env);
	bh_argv_free(&argv);
	free(epoch_env);
	return err;
}

/*
 * What openssl prints as a file. Not by its -out: version 3.0 says nothing of a file that the disk had no
 * room for. @name: for messages
 */
static int keep_output(struct bh_argv *argv, const char *path, unsigned int mode, const char *name)
{
	char *text = NULL;
	int err = argv->failed ? -ENOMEM : bh_child_output(argv->arg, &text);

	bh_argv_free(argv);
	if (err)
		return err;
	err = bh_write_file(path, text, strlen(text), mode);
	explicit_bzero(text, strlen(text));
	free(text);
	return err ? bh_error(err, "%s", name) : 0;
}

/* @dir: where both go in the end, which is what the user knows of */
static int make_key(const char *key, const char *crt, const char *dir)
{
	static const char *const generate[] = {
		"openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096", NULL
	};
	/* mkimage wants the public half as a certificate; nobody looks at name and dates. */
	static const char *const certify[] = {
		"openssl", "req", "-batch", "-new", "-x509", "-subj", "/CN=" BH_KEY_NAME,
		"-days", "36500", NULL
	};
	char *key_name = bh_printf("%s/" BH_KEY_NAME ".key", dir);
	char *crt_name = bh_printf("%s/" BH_KEY_NAME ".crt", dir);
	struct bh_argv argv = { 0 };
	int err = -ENOMEM;

	if (!key_name || !crt_name)
		goto out;
	for (size_t i = 0; generate[i]; i++)
		bh_argv_add(&argv, "%s", generate[i]);
	err = keep_output(&argv, key, 0600, key_name);
	if (err)
		goto out;
	for (size_t i = 0; certify[i]; i++)
		bh_argv_add(&argv, "%s", certify[i]);
	bh_argv_add(&argv, "-key");
	bh_argv_add(&argv, "%s", key);
	err = keep_output(&argv, crt, 0644, crt_name);
out:
	free(key_name);
	free(crt_name);
	return err;
}

/* link() makes no file that is there already, whoever made it in the meantime. */
static int put_beside(const char *from, const char *dir, const char *suffix)
{
	char *to = bh_printf("%s/" BH_KEY_NAME ".%s", dir, suffix);
	int err = !to ? -ENOMEM : link(from, to) < 0 ? -errno : 0;

	if (err)
		bh_error(err, "%s", to ? to : dir);
	free(to);
	return err;
}

int bh_key_make(const char *dir)
{
	static const struct bh_need need = { "openssl", "openssl" };
	char *temp, *key, *crt;
	sigset_t signals;
	struct stat st;
	bool made;
	int err;

	err = bh_need_all("make a key", &need, 1);
	if (err)
		return err;
	made = mkdir(dir, 0700) == 0;
	if (!made && errno != EEXIST)
		return bh_error(-errno, "%s", dir);
	temp = bh_printf("%s/" BH_KEY_NAME ".XXXXXX", dir);
	key = bh_printf("%s/" BH_KEY_NAME ".key", dir);
	crt = bh_printf("%s/" BH_KEY_NAME ".crt", dir);
	err = temp && key && crt ? 0 : -ENOMEM;
	if (!err && (!lstat(key, &st) || !lstat(crt, &st))) {
		bh_error(0, "%s has a key already: what it signed needs it", dir);
		err = -EEXIST;
	}
	free(key);
	free(crt);
	key = crt = NULL;
	if (err)
		goto out;

	bh_hold_signals(&signals);
	if (!mkdtemp(temp)) {
		err = bh_error(-errno, "%s", dir);
		goto out_signals;
	}
	key = bh_printf("%s/key", temp);
	crt = bh_printf("%s/crt", temp);
	err = key && crt ? make_key(key, crt, dir) : -ENOMEM;
	if (!err)
		err = put_beside(key, dir, "key");
	if (!err) {
		err = put_beside(crt, dir, "crt");
		if (err) {	/* half a key would stop the next try */
			char *half = bh_printf("%s/" BH_KEY_NAME ".key", dir);

			if (half)
				unlink(half);
			free(half);
		}
	}
	bh_remove_tree(temp);
out_signals:
	if (err && made)
		rmdir(dir);
	bh_release_signals(&signals);
out:
	free(temp);
	free(key);
	free(crt);
	return err;
}
