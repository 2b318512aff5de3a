/* SPDX-License-Identifier: GPL-2.0-only */
/* `run`: boot a plan in QEMU, show its consoles, wait for what is expected. */
#ifndef BULKHEAD_IMAGE_RUN_H
#define BULKHEAD_IMAGE_RUN_H

#include "host/plan.h"
#include "image/qemu.h"

/*
 * struct bh_run - what to run and how
 * @media: what the machine boots from
 * @expect: --expect arguments, in the form of bh_expect_add()
 * @timeout: seconds; 0: none
 * @log_dir, @socket_dir: made when they are not there; NULL: none
 * @keep: leave the temporary directory, and say where it is
 * @interactive: a person sits at stdin and stdout
 * @live: status lines may be drawn; @colour: use colours
 * @json: the result on stdout, and the consoles on stderr
 */
struct bh_run {
	const struct bh_plan_file *file;
	const struct bh_media *media;
	enum bh_firmware firmware;
	enum bh_accel accel;
	const char *const *expect;
	size_t nexpect;
	double timeout;
	const char *log_dir;
	const char *socket_dir;
	char *const *extra;
	size_t nextra;
	bool keep;
	bool interactive;
	bool live;
	bool colour;
	bool json;
};

/* Returns an exit code (enum bh_exit); ends by the signal when one ended the run. */
int bh_run_plan(const struct bh_run *run);

/* Only the command line: a line for the shell, or a JSON array. */
int bh_run_print(const struct bh_run *run);

#endif
