// SPDX-License-Identifier: GPL-2.0-only
#include "image/child.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX	65536	/* of a failing program; the end of it is what matters */

void bh_argv_add(struct bh_argv *argv, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (argv->count + 2 > argv->room) {
		size_t room = argv->room ? argv->room * 2 : 32;
		char **grown = reallocarray(argv->arg, room, sizeof(*grown));

		if (!grown) {
			argv->failed = true;
			return;
		}
		argv->arg = grown;
		argv->room = room;
	}
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text) {
		argv->failed = true;
		return;
	}
	argv->arg[argv->count++] = text;
	argv->arg[argv->count] = NULL;
}

void bh_argv_free(struct bh_argv *argv)
{
	for (size_t i = 0; i < argv->count; i++)
		free(argv->arg[i]);
	free(argv->arg);
	memset(argv, 0, sizeof(*argv));
}

int bh_error(int err, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("bulkhead: error: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (err)
		fprintf(stderr, ": %s", strerror(-err));
	fputc('\n', stderr);
	return err ? err : -EIO;
}

char *bh_printf(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return text;
}

static bool in_path(const char *name)
{
	const char *dir = getenv("PATH");

	if (strchr(name, '/'))
		return access(name, R_OK) == 0;
	if (!dir)
		dir = "/usr/sbin:/usr/bin:/sbin:/bin";
	while (*dir) {
		size_t len = strcspn(dir, ":");
		char *path = bh_printf("%.*s/%s", (int)len, dir, name);
		bool found = path && access(path, X_OK) == 0;

		free(path);
		if (found)
			return true;
		dir += len + (dir[len] == ':');
	}
	return false;
}

int bh_need_all(const char *what, const struct bh_need *needs, size_t count)
{
	size_t missing = 0;

	for (size_t i = 0; i < count; i++) {
		if (in_path(needs[i].path))
			continue;
		if (!missing++)
			fprintf(stderr, "bulkhead: error: cannot %s: this host lacks\n", what);
		fprintf(stderr, "  %s (package %s)\n", needs[i].path, needs[i].package);
	}
	if (!missing)
		return 0;

	fputs("bulkhead: note: apt-get install", stderr);
	for (size_t i = 0; i < count; i++) {
		bool said = in_path(needs[i].path);

		for (size_t j = 0; j < i && !said; j++)
			said = !strcmp(needs[i].package, needs[j].package) &&
			       !in_path(needs[j].path);
		if (!said)
			fprintf(stderr, " %s", needs[i].package);
	}
	fputc('\n', stderr);
	return -ENOENT;
}

const char *bh_qemu_program(const char *name)
{
	const char *given = getenv("BULKHEAD_QEMU");

	return given && *given ? given : name;
}

/* The environment with @add in front: getenv() takes the first of two. */
static char **environment(const char *const add[])
{
	size_t have = 0, more = 0;
	char **env;

	while (environ && environ[have])
		have++;
	while (add && add[more])
		more++;
	env = calloc(have + more + 1, sizeof(*env));
	if (!env)
		return NULL;
	for (size_t i = 0; i < more; i++)
		env[i] = (char *)(uintptr_t)add[i];
	for (size_t i = 0, n = more; i < have; i++) {
		size_t name = strcspn(environ[i], "=") + 1;
		bool replaced = false;

		for (size_t j = 0; j < more; j++)
			replaced |= !strncmp(environ[i], add[j], name);
		if (!replaced)
			env[n++] = environ[i];
	}
	return env;
}

/* Everything that comes, but only the last OUTPUT_MAX bytes of it are kept. */
static size_t drain(int fd, char *output)
{
	size_t have = 0;

	for (;;) {
		ssize_t n = read(fd, output + have, OUTPUT_MAX - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
		if (have == OUTPUT_MAX) {
			memmove(output, output + OUTPUT_MAX / 2, OUTPUT_MAX / 2);
			have = OUTPUT_MAX / 2;
		}
	}
	return have;
}

/*
 * @input: what the program reads, or NULL; @quiet: a failure is no news
 * @said: what it wrote to its standard output alone, or NULL. That is for nobody else then,
 *	and may be a secret: a failure shows only what went to standard error.
 */
static int run_child(char *const argv[], const char *const env[], const char *input, bool quiet,
		     char **said)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	char **envp = environment(env);
	char *output = malloc(OUTPUT_MAX);
	int fds[2] = { -1, -1 };
	int err, status, in = -1, errors = -1;
	size_t have;
	pid_t pid;

	if (!envp || !output) {
		err = -ENOMEM;
		goto out_free;
	}
	if (pipe2(fds, O_CLOEXEC) < 0) {
		err = bh_error(-errno, "pipe");
		goto out_free;
	}
	if (said) {
		errors = memfd_create("errors", MFD_CLOEXEC);
		if (errors < 0) {
			err = bh_error(-errno, "memfd_create");
			goto out_close;
		}
	}
	err = -posix_spawn_file_actions_init(&actions);
	if (err)
		goto out_close;
	if (input)
		in = memfd_create("input", MFD_CLOEXEC);
	if (in >= 0 && pwrite(in, input, strlen(input), 0) == (ssize_t)strlen(input))
		posix_spawn_file_actions_adddup2(&actions, in, 0);
	else
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	posix_spawn_file_actions_adddup2(&actions, errors >= 0 ? errors : fds[1], 2);
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	err = -posix_spawnp(&pid, argv[0], &actions, &attr, argv, envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	if (err) {
		if (!quiet)
			bh_error(err, "%s", argv[0]);
		goto out_close;
	}
	close(fds[1]);
	fds[1] = -1;
	have = drain(fds[0], output);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status)
		err = -EIO;
	if (status && !quiet) {
		if (WIFSIGNALED(status))
			bh_error(0, "%s was killed by signal %d", argv[0], WTERMSIG(status));
		else
			bh_error(0, "%s failed with status %d", argv[0], WEXITSTATUS(status));
		if (errors >= 0) {
			lseek(errors, 0, SEEK_SET);
			have = drain(errors, output);
		}
		fwrite(output, 1, have, stderr);
	}
	if (!err && said) {
		output[have] = '\0';	/* there is room: drain() leaves some */
		*said = output;
		output = NULL;
	}
out_close:
	if (in >= 0)
		close(in);
	if (errors >= 0)
		close(errors);
	if (fds[1] >= 0)
		close(fds[1]);
	close(fds[0]);
out_free:
	free(output);
	free(envp);
	return err;
}

int bh_child_run(char *const argv[], const char *const env[])
{
	return run_child(argv, env, NULL, false, NULL);
}

int bh_child_output(char *const argv[], char **output)
{
	return run_child(argv, NULL, NULL, false, output);
}

bool bh_child_works(char *const argv[], const char *input)
{
	return !run_child(argv, NULL, input, true, NULL);
}

void bh_ending_signals(sigset_t *set)
{
	static const int signals[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF,
		SIGIO, SIGPWR, SIGXCPU, SIGXFSZ,
	};

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(set, signals[i]);
}

void bh_hold_signals(sigset_t *old)
{
	sigset_t set;

	bh_ending_signals(&set);
	sigprocmask(SIG_BLOCK, &set, old);
}

void bh_release_signals(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}

int bh_interrupted(const char *kept)
{
	sigset_t pending, ending;

	bh_ending_signals(&ending);
	sigpending(&pending);
	for (int number = 1; number < NSIG; number++) {
		if (sigismember(&pending, number) == 1 && sigismember(&ending, number) == 1)
			return bh_error(-EINTR, "%s is as it was", kept);
	}
	return 0;
}

int bh_temp_dir(char **path)
{
	const char *base = getenv("TMPDIR");
	char *dir = bh_printf("%s/bulkhead.XXXXXX", base && *base ? base : "/tmp");
	int err;

	if (!dir)
		return -ENOMEM;
	if (!mkdtemp(dir)) {
		err = bh_error(-errno, "temporary directory %s", dir);
		free(dir);
		return err;
	}
	*path = dir;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int bh_remove_tree(const char *path)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

int bh_make_dirs(const char *path)
{
	char *copy = strdup(path);
	int err = 0;

	if (!copy)
		return -ENOMEM;
	for (char *p = copy + 1; ; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST) {
			err = -errno;
			break;
		}
		*p = c;
		if (!c)
			break;
	}
	free(copy);
	return err;
}

int bh_write_all(int fd, const void *data, size_t size)
{
	const char *from = data;

	while (size) {
		struct pollfd room = { .fd = fd, .events = POLLOUT };
		ssize_t n = write(fd, from, size);

		if (n < 0 && errno == EAGAIN)
			poll(&room, 1, -1);
		else if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		from += n;
		size -= (size_t)n;
	}
	return 0;
}

int bh_write_file(const char *path, const void *data, size_t size, unsigned int mode)
{
	char *fresh = bh_printf("%s.bulkhead-new", path);
	int err, fd;

	if (!fresh)
		return -ENOMEM;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0) {
		err = -errno;
		goto out;
	}
	err = bh_write_all(fd, data, size);
	/* The mode as asked, whatever the umask is (FAT has none): /etc/grub.d goes by it. */
	if (!err && ((fchmod(fd, mode) < 0 && errno != EPERM) || fsync(fd) < 0))
		err = -errno;
	if (close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(fresh, path) < 0)
		err = -errno;
	if (err)
		unlink(fresh);
out:
	free(fresh);
	return err;
}

/* Into what is no file (a pipe, a device, a link such as /dev/stdout) as it comes. */
static int write_through(const char *path, const void *data, size_t size)
{
	bool to_stdout = !strcmp(path, "-");
	FILE *out = to_stdout ? stdout : fopen(path, "wb");
	int err = 0;

	if (!out)
		return -errno;
	fwrite(data, 1, size, out);
	if (ferror(out) || fflush(out))
		err = -EIO;
	if (!to_stdout && fclose(out) && !err)
		err = -errno;
	return err;
}

int bh_write_output(const char *path, const void *data, size_t size)
{
	struct stat st;

	/* rename() would put a file in the place of a device's node. */
	if (!strcmp(path, "-") || (!lstat(path, &st) && !S_ISREG(st.st_mode)))
		return write_through(path, data, size);
	return bh_write_file(path, data, size, 0644);
}

int bh_read_file(const char *path, char **data, size_t *size)
{
	FILE *file = fopen(path, "rbe");
	size_t have = 0, room = 0;
	char *bytes = NULL;
	int err = 0;

	if (!file)
		return -errno;
	do {
		char *grown;

		room = room ? room * 2 : 4096;
		grown = realloc(bytes, room);
		if (!grown) {
			err = -ENOMEM;
			break;
		}
		bytes = grown;
		have += fread(bytes + have, 1, room - have - 1, file);
	} while (have == room - 1);
	if (!err && ferror(file))
		err = -EIO;
	fclose(file);
	if (err) {
		free(bytes);
		return err;
	}
	bytes[have] = '\0';
	*data = bytes;
	*size = have;
	return 0;
}
