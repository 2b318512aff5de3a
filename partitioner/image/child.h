/* SPDX-License-Identifier: GPL-2.0-only */
/* Other programs as children, and the files that they need: no shell anywhere. */
#ifndef BULKHEAD_IMAGE_CHILD_H
#define BULKHEAD_IMAGE_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* An argument vector that grows; always ends with NULL. Zeroed is empty. */
struct bh_argv {
	char **arg;
	size_t count;
	size_t room;
	bool failed;		/* out of memory on the way; checked once, at the end */
};

void bh_argv_add(struct bh_argv *argv, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void bh_argv_free(struct bh_argv *argv);

/*
 * bh_error() - one line `bulkhead: error: ...` on stderr
 * @err: negative errno; its text is appended unless it is 0
 *
 * Returns @err, or -EIO when that is 0, so that `return bh_error(...)` reads.
 */
int bh_error(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * struct bh_need - something that a step needs on this host
 * @path: a program's name (looked for in PATH), or a path with a slash
 * @package: Debian package that brings it
 */
struct bh_need {
	const char *path;
	const char *package;
};

/*
 * bh_need_all() - are they all there?
 * @what: for the message: "build a boot image"
 *
 * Reports everything that is missing at once, and the one apt-get line that
 * cures it. Returns 0 or -ENOENT.
 */
int bh_need_all(const char *what, const struct bh_need *needs, size_t count);

/* The QEMU to run: $BULKHEAD_QEMU, or @name. */
const char *bh_qemu_program(const char *name);

/*
 * bh_child_run() - run a program to its end, quietly
 * @env: "NAME=VALUE" strings that are added to the environment, ends with
 *	NULL; or NULL
 *
 * What the program prints is shown only when it fails. Returns 0; -EIO when
 * it failed (reported); -errno when it could not be started (reported).
 */
int bh_child_run(char *const argv[], const char *const env[]);

/*
 * bh_child_output() - the same, and what it wrote to its standard output, as malloc'ed text (the end of
 * it, if it is much)
 *
 * A failure shows what it wrote to standard error, and nothing of the other: it may be a secret.
 */
int bh_child_output(char *const argv[], char **output);

/* bh_child_works() - does a program, given @input to read, end with status 0? Silent. */
bool bh_child_works(char *const argv[], const char *input);

/* bh_ending_signals() - those that end a program which does nothing about them, and that it may catch */
void bh_ending_signals(sigset_t *set);

/*
 * bh_hold_signals() - what would end this program waits until bh_release_signals()
 * @old: for the release
 *
 * Around work that must not be left half done. Children are not held: Ctrl-C
 * ends the one that runs, its failure ends the work, what there is gets
 * undone, and then the signal does what it was sent for.
 */
void bh_hold_signals(sigset_t *old);
void bh_release_signals(const sigset_t *old);

/*
 * bh_interrupted() - has one of those come meanwhile? Asked before a step that can't be taken back
 * @kept: what is as it was when this ends here
 *
 * Returns 0, or an error that was reported.
 */
int bh_interrupted(const char *kept);

/* bh_temp_dir() - a private directory under $TMPDIR; @path is malloc'ed. */
int bh_temp_dir(char **path);

/* bh_remove_tree() - rm -rf; never follows a link. What is not there is no error. */
int bh_remove_tree(const char *path);

/* bh_make_dirs() - mkdir -p. */
int bh_make_dirs(const char *path);

/*
 * bh_write_all() - all of it, however many pieces it takes
 *
 * Waits where @fd is non-blocking, which it may be without our doing: a program that shares the
 * terminal can have left it so. Returns 0 or -errno.
 */
int bh_write_all(int fd, const void *data, size_t size);

/* bh_write_file() - a whole new file; replaces an old one only when all is written. */
int bh_write_file(const char *path, const void *data, size_t size, unsigned int mode);

/*
 * bh_write_output() - what a user's --output names: standard output for "-", what is
 * no regular file as it comes, and a file by bh_write_file()
 */
int bh_write_output(const char *path, const void *data, size_t size);

/* bh_read_file() - a whole file, NUL behind the last byte; @data is malloc'ed. */
int bh_read_file(const char *path, char **data, size_t *size);

/* printf to a malloc'ed string, or NULL */
char *bh_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
