// SPDX-License-Identifier: GPL-2.0-only
#include "image/install.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sha256.h"
#include "image/child.h"
#include "image/grub.h"

#define DIR_BULKHEAD	"/boot/bulkhead"
#define STATE		DIR_BULKHEAD "/state.json"
#define BEFORE		DIR_BULKHEAD "/grub.cfg.before"
#define SCRIPT		"/etc/grub.d/42_bulkhead"
#define DEFAULT		"/etc/default/grub.d/bulkhead.cfg"
#define DEFAULT_TEXT	"# Made by `bulkhead install --default`; `bulkhead uninstall` removes it.\n" \
			"GRUB_DEFAULT=bulkhead\n"
#define SECURE_BOOT	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define STATE_VERSION	1

/* The folders that may have to be made, outermost first; removed again if so. */
static const char *const dirs[] = {
	"/boot", DIR_BULKHEAD, "/etc", "/etc/grub.d", "/etc/default", "/etc/default/grub.d",
};

#define NDIRS	(sizeof(dirs) / sizeof(*dirs))

static const char *const menus[] = { "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg" };

/* What makes the menu: Debian's name for it first. Index into menus[], or none. */
static const struct {
	const char *program;
	const char *output;
} makers[] = {
	{ "/usr/sbin/update-grub", NULL },
	{ "/usr/sbin/grub-mkconfig", "/boot/grub/grub.cfg" },
	{ "/usr/sbin/grub2-mkconfig", "/boot/grub2/grub.cfg" },
};

/* A file as it was: absent when @data is NULL. */
struct saved {
	char *path;
	char *data;
	size_t size;
	struct stat st;
};

static void forget(struct saved *saved)
{
	free(saved->path);
	free(saved->data);
	memset(saved, 0, sizeof(*saved));
}

/* What could not be saved has no path, and restore() leaves it alone. */
static int save(struct saved *saved, const char *root, const char *path)
{
	int err = 0;

	memset(saved, 0, sizeof(*saved));
	saved->path = bh_printf("%s%s", root, path);
	if (!saved->path)
		return -ENOMEM;
	if (lstat(saved->path, &saved->st) == 0)
		err = bh_read_file(saved->path, &saved->data, &saved->size);
	else if (errno != ENOENT && errno != ENOTDIR)
		err = -errno;
	if (err) {
		bh_error(err, "%s", saved->path);
		forget(saved);
	}
	return err;
}

static int restore(const struct saved *saved)
{
	if (!saved->path)
		return 0;
	if (saved->data)
		return bh_write_file(saved->path, saved->data, saved->size,
				     saved->st.st_mode & 07777);
	return unlink(saved->path) < 0 && errno != ENOENT && errno != ENOTDIR ? -errno : 0;
}

static int put(const char *root, const char *path, const char *text, size_t size,
	       unsigned int mode)
{
	char *full = bh_printf("%s%s", root, path);
	int err = full ? bh_write_file(full, text, size, mode) : -ENOMEM;

	if (err)
		bh_error(err, "write %s%s", root, path);
	free(full);
	return err;
}

static bool exists(const char *root, const char *path)
{
	char *full = bh_printf("%s%s", root, path);
	struct stat st;
	bool found = full && lstat(full, &st) == 0;

	free(full);
	return found;
}

/* A link in another system's folders may lead into the running one's. */
static int refuse_ways_out(const char *root)
{
	static const char *const also[] = { "/boot/grub", "/boot/grub2" };
	char *top = *root ? realpath(root, NULL) : NULL;
	size_t len = top ? strlen(top) : 0;
	int err = 0;

	/* uninstall would find nothing there, and call that done */
	if (*root && !top)
		return bh_error(-errno, "%s", root);
	for (size_t i = 0; top && !err && i < NDIRS + sizeof(also) / sizeof(*also); i++) {
		const char *dir = i < NDIRS ? dirs[i] : also[i - NDIRS];
		char *path = bh_printf("%s%s", root, dir);
		char *real = path ? realpath(path, NULL) : NULL;

		if (real && (strncmp(real, top, len) || real[len] != '/'))
			err = bh_error(-EXDEV, "%s%s leads to %s, out of %s", root, dir, real, root);
		free(real);
		free(path);
	}
	free(top);
	return err;
}

/* UEFI specification 2.10, 3.3: four bytes of attributes, then the value. */
static int refuse_secure_boot(const char *root)
{
	char *path = bh_printf("%s%s", root, SECURE_BOOT);
	char *data = NULL;
	size_t size;
	int err = 0;

	if (!path)
		return -ENOMEM;
	if (!bh_read_file(path, &data, &size) && size == 5 && data[4] == 1) {
		err = -EPERM;
		bh_error(0, "this machine has Secure Boot on, and GRUB then refuses to load what "
			 "Bulkhead needs (multiboot modules)");
		fputs("bulkhead: note: switch Secure Boot off in the firmware's setup first\n",
		      stderr);
	}
	free(data);
	free(path);
	return err;
}

static const char *menu_of(const char *root)
{
	for (size_t i = 0; i < sizeof(menus) / sizeof(*menus); i++)
		if (exists(root, menus[i]))
			return menus[i];
	return NULL;
}

/* Index into makers[], or one behind the last. */
static size_t maker_of(const char *root)
{
	size_t which = 0;

	while (which < sizeof(makers) / sizeof(*makers) && !exists(root, makers[which].program))
		which++;
	return which;
}

/*
 * A folder without GRUB would take the files, and nothing would ever look at them. What makes the
 * menu may be elsewhere or come later; then there is a menu, and the folder of scripts it is made of.
 * The scripts alone stay behind where GRUB was removed.
 */
static int refuse_no_grub(const char *root)
{
	if (maker_of(root) < sizeof(makers) / sizeof(*makers) ||
	    (menu_of(root) && exists(root, "/etc/grub.d")))
		return 0;
	bh_error(0, "%s has no GRUB that makes its menu by scripts: there is no %s, and no %s",
		 *root ? root : "this system", "/usr/sbin/update-grub or grub-mkconfig",
		 menu_of(root) ? "/etc/grub.d" : "/boot/grub/grub.cfg");
	fputs("bulkhead: note: install GRUB there first; `bulkhead build` makes an image that brings its own\n",
	      stderr);
	return -ENOENT;
}

/*
 * Make the menu anew. Without a program to do that (or with the user's word
 * not to) @result says what is left to do.
 */
static int make_menu(const struct bh_install *install, struct bh_installed *result)
{
	struct bh_argv argv = { 0 };
	size_t which = maker_of(install->root);
	int err;

	if (!install->update || which == sizeof(makers) / sizeof(*makers)) {
		result->missing = "update-grub";
		return 0;
	}
	if (*install->root) {
		bh_argv_add(&argv, "chroot");
		bh_argv_add(&argv, "%s", install->root);
	}
	bh_argv_add(&argv, "%s", makers[which].program);
	if (makers[which].output) {
		bh_argv_add(&argv, "-o");
		bh_argv_add(&argv, "%s", makers[which].output);
	}
	err = argv.failed ? -ENOMEM : bh_child_run(argv.arg, NULL);
	bh_argv_free(&argv);
	result->updated = !err;
	return err;
}

static char *script_text(const struct bh_bundle *bundle, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	fprintf(out,
		"#!/bin/sh\n"
		"# Made by `bulkhead install`; `bulkhead uninstall` removes it.\n"
		"set -e\n"
		"dir=" DIR_BULKHEAD "/%s\n"
		"[ -r \"$dir/boot.elf\" ] || exit 0\n"
		"\n"
		"lib=\"${pkgdatadir:-/usr/share/grub}/grub-mkconfig_lib\"\n"
		"if [ -r \"$lib\" ]; then\n"
		"\t. \"$lib\"\n"
		"\tdevice=\"$(\"${grub_probe:-grub-probe}\" --target=device \"$dir\")\"\n"
		"\troot=\"$(prepare_grub_to_access_device \"$device\" | sed 's/^/\t/')\"\n"
		"\tpath=\"$(make_system_path_relative_to_its_root \"$dir\")\"\n"
		"else\n"
		"\troot=\"\tsearch --no-floppy --set=root --file $dir/boot.elf\"\n"
		"\tpath=\"$dir\"\n"
		"fi\n"
		"\n"
		"echo \"Found Bulkhead plan: %s\" >&2\n"
		"cat <<EOF\n"
		"menuentry 'Bulkhead: %s' --class bulkhead \\$menuentry_id_option 'bulkhead' {\n"
		"$root\n"
		"\techo 'Bulkhead: loading %s'\n",
		bundle->id, bundle->title, bundle->title, bundle->title);
	bh_grub_commands(out, bundle, "$path", "\t");
	fputs("}\nEOF\n", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Is the bundle there already, every byte of it? */
static bool is_there(const char *dir, const struct bh_bundle *bundle)
{
	for (size_t i = 0; i < bundle->nfiles; i++) {
		char *path = bh_printf("%s/%s", dir, bundle->files[i].name);
		char *data = NULL;
		uint8_t digest[32];
		size_t size;
		bool same = path && !bh_read_file(path, &data, &size);

		if (same) {
			bh_sha256(data, size, digest);
			same = !memcmp(digest, bundle->files[i].sha256, sizeof(digest));
		}
		free(data);
		free(path);
		if (!same)
			return false;
	}
	return true;
}

/* @made: a folder is there now that was not, so that a failure can remove it */
static int put_bundle(const char *root, const struct bh_bundle *bundle, bool *made)
{
	char *dir = bh_printf("%s%s/%s", root, DIR_BULKHEAD, bundle->id);
	char *fresh = bh_printf("%s%s/%s.new", root, DIR_BULKHEAD, bundle->id);
	int err = 0, fd;

	*made = false;
	if (!dir || !fresh) {
		err = -ENOMEM;
		goto out;
	}
	if (is_there(dir, bundle))
		goto out;
	bh_remove_tree(fresh);
	err = bh_make_dirs(fresh);
	if (err) {
		bh_error(err, "%s", fresh);
		goto out;
	}
	for (size_t i = 0; !err && i < bundle->nfiles; i++) {
		char *path = bh_printf("%s/%s", fresh, bundle->files[i].name);

		err = path ? bh_bundle_copy(&bundle->files[i], path) : -ENOMEM;
		free(path);
	}
	if (err)
		goto out_fresh;
	/* All on the disk before anything refers to it. */
	fd = open(fresh, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || syncfs(fd) < 0)
		err = bh_error(-errno, "%s", fresh);
	if (fd >= 0)
		close(fd);
	if (!err)
		bh_remove_tree(dir);	/* same name, other bytes: damaged */
	if (!err && rename(fresh, dir) < 0)
		err = bh_error(-errno, "%s", dir);
	*made = !err;
out_fresh:
	if (err)
		bh_remove_tree(fresh);
out:
	free(dir);
	free(fresh);
	return err;
}

/* Bundles of former installations, and what an interrupted one left. */
static void remove_other_bundles(const char *root, const char *id)
{
	char *path = bh_printf("%s%s", root, DIR_BULKHEAD);
	DIR *list = path ? opendir(path) : NULL;
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		char *other;

		if (strspn(entry->d_name, "0123456789abcdef") < BH_BUNDLE_ID_LEN ||
		    !strcmp(entry->d_name, id))
			continue;
		other = bh_printf("%s/%s", path, entry->d_name);
		if (other)
			bh_remove_tree(other);
		free(other);
	}
	if (list)
		closedir(list);
	free(path);
}

static int digest_of(const char *root, const char *path, char hex[65])
{
	char *full = bh_printf("%s%s", root, path);
	uint8_t digest[32];
	char *data;
	size_t size;
	int err = full ? bh_read_file(full, &data, &size) : -ENOMEM;

	free(full);
	if (err)
		return err;
	bh_sha256(data, size, digest);
	free(data);
	bh_hex(digest, sizeof(digest), hex);
	return 0;
}

/* What this tool left there before; NULL: nothing, or nothing that can be read. */
static json_t *read_state(const char *root)
{
	char *path = bh_printf("%s%s", root, STATE);
	json_t *state = path ? json_load_file(path, JSON_REJECT_DUPLICATES, NULL) : NULL;

	free(path);
	if (state && json_integer_value(json_object_get(state, "version")) == STATE_VERSION)
		return state;
	json_decref(state);
	return NULL;
}

static int write_state(const char *root, json_t *state)
{
	char *text = json_dumps(state, JSON_INDENT(2));
	int err = text ? put(root, STATE, text, strlen(text), 0644) : -ENOMEM;

	free(text);
	return err;
}

/* Is the menu still the one that the last installation left? */
static bool menu_is_ours(const char *root, json_t *state)
{
	const char *menu = json_string_value(json_object_get(state, "menu"));
	const char *digest = json_string_value(json_object_get(state, "menu_sha256"));
	char now[65];

	return menu && digest && exists(root, BEFORE) && !digest_of(root, menu, now) &&
	       !strcmp(now, digest);
}

static int make_dirs(const char *root, bool make_default, json_t *made)
{
	for (size_t i = 0; i < NDIRS; i++) {
		char *path;

		if (exists(root, dirs[i]) || (!make_default && !strncmp(dirs[i], "/etc/default", 12)))
			continue;
		path = bh_printf("%s%s", root, dirs[i]);
		if (!path || mkdir(path, 0755) < 0) {
			int err = path ? bh_error(-errno, "%s", path) : -ENOMEM;

			free(path);
			return err;
		}
		free(path);
		json_array_append_new(made, json_string(dirs[i]));
	}
	return 0;
}

/* Innermost first; what others have put files into stays. */
static void remove_dirs(const char *root, json_t *made)
{
	for (size_t i = json_array_size(made); i-- > 0;) {
		const char *dir = json_string_value(json_array_get(made, i));
		char *path = dir ? bh_printf("%s%s", root, dir) : NULL;

		if (path)
			rmdir(path);
		free(path);
	}
}

/* Keep the menu as it is before the first installation. */
static int keep_menu(const char *root, json_t *state)
{
	const char *menu = menu_of(root);
	struct saved saved;
	int err;

	if (!menu)
		return 0;
	err = save(&saved, root, menu);
	if (!err)
		err = put(root, BEFORE, saved.data, saved.size, 0600);
	if (!err) {
		json_object_set_new(state, "menu", json_string(menu));
		json_object_set_new(state, "menu_mode", json_integer(saved.st.st_mode & 07777));
	}
	forget(&saved);
	return err;
}

static int check_default(const struct bh_install *install)
{
	char *path = bh_printf("%s/usr/sbin/grub-mkconfig", install->root);
	char *text = NULL;
	size_t size;
	int err = 0;

	if (!install->make_default)
		goto out;
	/* Debian's way to set a default without touching the user's file. */
	if (path && !bh_read_file(path, &text, &size) && !strstr(text, "default/grub.d"))
		err = bh_error(-EOPNOTSUPP, "--default: this system's grub-mkconfig does not read "
			       "/etc/default/grub.d; set GRUB_DEFAULT=bulkhead yourself");
out:
	free(text);
	free(path);
	return err;
}

/* --- installing, step by step --- */

/*
 * struct work - an installation under way
 * @state: what will be left in STATE for the next installation and for uninstall
 * @made: folders that this one made
 * @first: nothing was installed before
 * @fresh: the bundle's folder is new
 * @before, @old_state, @script, @dflt: files as they were
 */
struct work {
	const struct bh_install *install;
	const struct bh_bundle *bundle;
	struct bh_installed *result;
	json_t *state, *made;
	bool first, fresh;
	struct saved before, old_state, script, dflt;
};

static int begin(struct work *w)
{
	const char *root = w->install->root;

	w->made = json_array();
	w->state = read_state(root);
	w->first = !w->state;
	/* Made anew since by someone else: what was before it no longer matters. */
	if (w->state && !menu_is_ours(root, w->state))
		json_object_del(w->state, "menu");
	if (!w->state)
		w->state = json_pack("{s:i, s:[]}", "version", STATE_VERSION, "made");
	return w->made && json_is_array(json_object_get(w->state, "made")) ? 0 : -ENOMEM;
}

static int add_dirs(struct work *w)
{
	int err = make_dirs(w->install->root, w->install->make_default, w->made);

	json_array_extend(json_object_get(w->state, "made"), w->made);
	return err;
}

static void undo_dirs(struct work *w)
{
	remove_dirs(w->install->root, w->made);
}

static int add_before(struct work *w)
{
	int err;

	if (!w->first)
		return 0;
	/* One may be there all the same, when the state beside it cannot be read. */
	err = save(&w->before, w->install->root, BEFORE);
	return err ? err : keep_menu(w->install->root, w->state);
}

static void undo_before(struct work *w)
{
	restore(&w->before);
}

static int add_bundle(struct work *w)
{
	return put_bundle(w->install->root, w->bundle, &w->fresh);
}

static void undo_bundle(struct work *w)
{
	char *dir = w->fresh ? bh_printf("%s%s/%s", w->install->root, DIR_BULKHEAD,
					 w->bundle->id) : NULL;

	if (dir)
		bh_remove_tree(dir);
	free(dir);
}

static int add_state(struct work *w)
{
	int err = save(&w->old_state, w->install->root, STATE);

	json_object_set_new(w->state, "id", json_string(w->bundle->id));
	json_object_set_new(w->state, "title", json_string(w->bundle->title));
	json_object_set_new(w->state, "default", json_boolean(w->install->make_default));
	/* Of a menu that is half made nobody can say whose it is. */
	json_object_del(w->state, "menu_sha256");
	return err ? err : write_state(w->install->root, w->state);
}

static void undo_state(struct work *w)
{
	restore(&w->old_state);
}

static int put_script(struct work *w)
{
	size_t size;
	char *text = script_text(w->bundle, &size);
	int err = text ? put(w->install->root, SCRIPT, text, size, 0755) : -ENOMEM;

	free(text);
	return err;
}

static int put_default(struct work *w)
{
	if (w->install->make_default)
		return put(w->install->root, DEFAULT, DEFAULT_TEXT, strlen(DEFAULT_TEXT), 0644);
	if (w->dflt.data && unlink(w->dflt.path) < 0)
		return bh_error(-errno, "%s", w->dflt.path);
	return 0;
}

/* The script, the default and the menu that is made of both. */
static int add_entry(struct work *w)
{
	int err = save(&w->script, w->install->root, SCRIPT);

	if (!err)
		err = save(&w->dflt, w->install->root, DEFAULT);
	if (!err)
		err = put_script(w);
	if (!err)
		err = put_default(w);
	return err ? err : make_menu(w->install, w->result);
}

static void undo_entry(struct work *w)
{
	restore(&w->dflt);
	restore(&w->script);
	if (w->result->updated)
		make_menu(w->install, w->result);
}

/* From here on the menu can be told from one that others make. */
static int add_digest(struct work *w)
{
	const char *root = w->install->root, *menu = menu_of(root);
	char digest[65];

	if (menu && !digest_of(root, menu, digest))
		json_object_set_new(w->state, "menu_sha256", json_string(digest));
	return write_state(root, w->state);
}

static void undo_nothing(struct work *w)
{
	(void)w;
}

/* What each does, and what takes that back when it or a later one fails. */
static const struct {
	int (*act)(struct work *w);
	void (*undo)(struct work *w);
} steps[] = {
	{ begin, undo_nothing },
	{ add_dirs, undo_dirs },
	{ add_before, undo_before },
	{ add_bundle, undo_bundle },
	{ add_state, undo_state },
	{ add_entry, undo_entry },
	{ add_digest, undo_nothing },	/* undo_state() restores the file */
};

/* What makes an installation impossible, asked before anything is changed. */
static int refuse(const struct bh_install *install)
{
	int err = refuse_ways_out(install->root);

	if (!err)
		err = refuse_secure_boot(install->root);
	if (!err)
		err = refuse_no_grub(install->root);
	return err ? err : check_default(install);
}

int bh_install(const struct bh_install *install, const struct bh_bundle *bundle,
	       struct bh_installed *result)
{
	struct work w = { .install = install, .bundle = bundle, .result = result };
	sigset_t signals;
	size_t n = 0;
	int err;

	bh_hold_signals(&signals);
	memset(result, 0, sizeof(*result));
	err = refuse(install);
	while (!err && n < sizeof(steps) / sizeof(*steps)) {
		err = bh_interrupted(install->root);
		if (!err)
			err = steps[n++].act(&w);
	}
	/* The step that failed may have come half its way. */
	while (err && n > 0)
		steps[--n].undo(&w);
	if (!err) {
		remove_other_bundles(install->root, bundle->id);
		result->changed = true;
	}
	forget(&w.script);
	forget(&w.dflt);
	forget(&w.old_state);
	forget(&w.before);
	json_decref(w.made);
	json_decref(w.state);
	bh_release_signals(&signals);
	return err;
}

/* The bytes that were there, or a new menu when others have made one since. */
static int put_menu_back(const struct bh_install *install, json_t *state,
			 struct bh_installed *result)
{
	const char *root = install->root;
	const char *menu;
	struct saved before;
	unsigned int mode;
	int err;

	if (!state || !menu_is_ours(root, state)) {
		/* nothing was ever made from the script: nothing to take out */
		if (!menu_of(root)) {
			result->updated = true;
			return 0;
		}
		return make_menu(install, result);
	}
	menu = json_string_value(json_object_get(state, "menu"));
	mode = (unsigned int)json_integer_value(json_object_get(state, "menu_mode"));
	err = save(&before, root, BEFORE);
	if (!err)
		err = put(root, menu, before.data, before.size, mode & 07777);
	forget(&before);
	result->updated = !err;
	return err;
}

int bh_uninstall(const struct bh_install *install, struct bh_installed *result)
{
	const char *root = install->root;
	struct saved script = { 0 }, dflt = { 0 };
	json_t *state = read_state(root);
	char *dir = NULL;
	sigset_t signals;
	int err;

	bh_hold_signals(&signals);
	memset(result, 0, sizeof(*result));
	err = refuse_ways_out(root);
	if (!err)
		err = save(&script, root, SCRIPT);
	if (!err)
		err = save(&dflt, root, DEFAULT);
	if (err)
		goto out;
	if (!state && !script.data && !dflt.data && !exists(root, DIR_BULKHEAD)) {
		result->updated = true;
		goto out;
	}
	if ((script.data && unlink(script.path) < 0) || (dflt.data && unlink(dflt.path) < 0)) {
		err = bh_error(-errno, "%s", SCRIPT);
		goto undo;
	}
	err = put_menu_back(install, state, result);
	if (err)
		goto undo;

	/* From here on nothing refers to it any more. */
	dir = bh_printf("%s%s", root, DIR_BULKHEAD);
	err = dir ? bh_remove_tree(dir) : -ENOMEM;
	if (err)
		bh_error(err, "remove %s%s", root, DIR_BULKHEAD);
	remove_dirs(root, json_object_get(state, "made"));
	result->changed = true;
	goto out;
undo:
	restore(&script);
	restore(&dflt);
out:
	forget(&script);
	forget(&dflt);
	json_decref(state);
	free(dir);
	bh_release_signals(&signals);
	return err;
}
