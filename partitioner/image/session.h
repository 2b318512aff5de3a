/* SPDX-License-Identifier: GPL-2.0-only */
/* One run of a plan in QEMU, from the first byte on a console to the last. */
#ifndef BULKHEAD_IMAGE_SESSION_H
#define BULKHEAD_IMAGE_SESSION_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "image/console.h"
#include "image/expect.h"
#include "image/mux.h"
#include "image/output.h"
#include "image/qemu.h"
#include "image/relay.h"
#include "image/switcher.h"

enum bh_session_end {
	BH_END_MET,		/* all expectations were met */
	BH_END_TIMEOUT,
	BH_END_STOPPED,		/* nothing will be started, and something else was expected */
	BH_END_QEMU,		/* QEMU ended by itself */
	BH_END_QUIT,		/* the user's wish */
	BH_END_SIGNAL,
	BH_END_FAILED,		/* reported */
};

/* A serial port's two descriptors: what the guest says, and what is typed. */
struct bh_port {
	int from, to;
	size_t early;	/* private to the session: bytes that were waiting */
};

/*
 * struct bh_session - what a session works on
 * @emulator: of the plan's platform
 * @wire: the one port that carries all of @ports, which then have no descriptors; or
 *	unused
 * @nkeyboards: the first of @ports, which the keyboard can be on
 * @consoles: of the ports, in their order; the last is that of what starts the
 *	partitions. If a partition owns its port (COM1) it is behind those of the ports, and
 *	speaks there up to the line that ends it (<bulkhead/x86/stage.h>). What firmware says
 *	on other ports is dropped, if the session runs between that and the kernels' start
 * @relays: one for each port, or NULL
 * @output: open; @view shows on it
 * @expect: NULL or without expectations: runs until QEMU ends or @timeout
 * @timeout: seconds, 0 for none
 * @interactive: keyboard on descriptor 0
 * @err_fd: QEMU's messages
 */
struct bh_session {
	const struct bh_emulator *emulator;
	const struct bh_uart *uarts;
	struct bh_port *ports;		/* our ends of them, non-blocking */
	size_t nports, nkeyboards;
	struct bh_port wire;
	struct bh_mux mux;		/* of the wire */
	struct bh_console *consoles;
	size_t nconsoles;		/* nports, or one more */
	struct bh_relay *relays;
	struct bh_expect *expect;
	struct bh_output output;
	struct bh_view view;
	double timeout;
	bool interactive;
	pid_t qemu;
	int err_fd;

	/* filled by the session */
	struct bh_console qemu_messages;
	int qemu_status;		/* once it has ended */
	bool qemu_ended;
	bool stopped;			/* whatever starts the partitions said that it won't */
	int signal;			/* that ended it */
	double elapsed;

	/* private */
	size_t com1;			/* index of the port that two speak on, or nports */
	enum {
		BH_PHASE_FIRMWARE,	/* and GRUB: UEFI speaks on every port it finds */
		BH_PHASE_STAGE,		/* COM1 still belongs to the boot stage */
		BH_PHASE_KERNELS,
	} phase;
	struct bh_switcher switcher;
	int signal_fd;
	sigset_t old_mask;
};

/* The signals that end a session are blocked from here to bh_session_close(). */
int bh_session_open(struct bh_session *session);
void bh_session_close(struct bh_session *session);

/* Run until something ends it. QEMU is running; it is not stopped here. */
enum bh_session_end bh_session_run(struct bh_session *session);

/* What was missing and the last lines of each console, to @out. */
void bh_session_summary(const struct bh_session *session, FILE *out);

/* The same for programs. */
json_t *bh_session_json(const struct bh_session *session, enum bh_session_end end);

#endif
