// SPDX-License-Identifier: GPL-2.0-only
#include "image/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct bh_emulator *const emulators[] = { &bh_emulator_x86, &bh_emulator_riscv };

const struct bh_emulator *bh_emulator(enum bh_platform platform)
{
	for (size_t i = 0; i < sizeof(emulators) / sizeof(*emulators); i++)
		if (emulators[i]->platform == platform)
			return emulators[i];
	return NULL;
}

int bh_emulator_firmware(const struct bh_emulator *emulator, const char *name,
			 enum bh_firmware *firmware)
{
	*firmware = emulator->firmwares[0].firmware;
	if (!name)
		return 0;
	for (size_t i = 0; i < 2; i++) {
		if (strcmp(emulator->firmwares[i].name, name))
			continue;
		*firmware = emulator->firmwares[i].firmware;
		return 0;
	}
	bh_error(0, "on this plan's platform --firmware is %s or %s, not \"%s\"",
		 emulator->firmwares[0].name, emulator->firmwares[1].name, name);
	return -EINVAL;
}

void bh_media_free(struct bh_media *media)
{
	for (size_t i = 0; i < media->nloads; i++)
		free(media->loads[i].path);
	free(media->loads);
	free(media->image);
	free(media->spl);
	free(media->tree);
	memset(media, 0, sizeof(*media));
}

char *bh_qemu_escape(const char *text)
{
	char *copy = malloc(2 * strlen(text) + 1), *to = copy;

	if (!copy)
		return NULL;
	for (; *text; text++) {
		if (*text == ',')
			*to++ = ',';
		*to++ = *text;
	}
	*to = '\0';
	return copy;
}

void bh_qemu_drive(struct bh_argv *argv, const char *options, const char *file)
{
	char *escaped = bh_qemu_escape(file);

	bh_argv_add(argv, "-drive");
	bh_argv_add(argv, "%s,format=raw,file=%s", options, escaped ? escaped : "");
	argv->failed |= !escaped;
	free(escaped);
}

int bh_qemu_command(const struct bh_emulator *emulator, const struct bh_vm *vm,
		    struct bh_argv *argv)
{
	int err = emulator->add(vm, argv);

	if (err)
		return err;
	for (size_t i = 0; i < vm->nextra; i++)
		bh_argv_add(argv, "%s", vm->extra[i]);
	return argv->failed ? -ENOMEM : 0;
}

/* Between fork and exec: only what is safe there. Never returns. */
static void become(const struct bh_argv *argv, int err_fd, int report_fd,
		   pid_t parent)
{
	sigset_t none;
	int null, err;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		goto fail;
	if (getppid() != parent)
		_exit(127);
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, 0) < 0 || dup2(err_fd, 1) < 0 || dup2(err_fd, 2) < 0)
		goto fail;
	execvp(argv->arg[0], argv->arg);
fail:
	err = errno;
	if (write(report_fd, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

int bh_qemu_start(const struct bh_argv *argv, int err_fd, pid_t *pid)
{
	pid_t parent = getpid();
	int report[2];
	int err = 0;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) < 0)
		return bh_error(-errno, "pipe");
	*pid = fork();
	if (*pid < 0) {
		err = bh_error(-errno, "fork");
		close(report[1]);
		goto out;
	}
	if (!*pid)
		become(argv, err_fd, report[1], parent);
	close(report[1]);
	do {
		n = read(report[0], &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	if (n == sizeof(err)) {
		waitpid(*pid, NULL, 0);
		err = bh_error(-err, "%s", argv->arg[0]);
	} else {
		err = 0;
	}
out:
	close(report[0]);
	return err;
}

void bh_qemu_stop(pid_t pid, int *status)
{
	int ignored;

	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while (waitpid(pid, status ? status : &ignored, 0) < 0 && errno == EINTR)
		;
}
