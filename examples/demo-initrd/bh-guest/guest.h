/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bh-guest: what the demo partition and the tests need and busybox lacks.
 *
 * Linked statically and used from PID 1's script under emulation, so it does
 * everything in one process and prints each line with one write(): the lines of
 * several writers on one console must not mix.
 *
 * A command gets what stands behind its name on the command line and returns the
 * exit status.
 */
#ifndef BH_GUEST_H
#define BH_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define NSEC_PER_SEC	INT64_C(1000000000)
#define NSEC_PER_MSEC	INT64_C(1000000)

/* Print the reason in errno, what failed before it; returns the status of a failure. */
int fail(const char *what);

/* Print how to call this program; returns the status for it. */
int usage(void);

/* 0, or -1 with errno. */
int write_all(int fd, const void *data, size_t size);

/* Physical memory from @start on, by /dev/mem; NULL with errno when it can't be mapped. */
volatile uint8_t *map_memory(uint64_t start, size_t size, int protection);

void __attribute__((format(printf, 1, 2))) say(const char *format, ...);

int64_t now_ns(clockid_t clock);

/* A connection or a listening socket, or -1 with errno. */
int vsock_connect(int type, unsigned int cid, unsigned int port);
int vsock_listen(int type, unsigned int port);

int cmd_hello(int argc, char **argv);		/* report.c */
int cmd_tick(int argc, char **argv);		/* ticker.c */
int cmd_ticker(int argc, char **argv);
int cmd_kexec(int argc, char **argv);		/* kexec.c */
int cmd_dtb(int argc, char **argv);		/* memory.c */
int cmd_peek(int argc, char **argv);
int cmd_write(int argc, char **argv);		/* mistake.c */
int cmd_find(int argc, char **argv);
int cmd_as(int argc, char **argv);
int cmd_connect(int argc, char **argv);
int cmd_monitor(int argc, char **argv);		/* monitor.c */
int cmd_ring(int argc, char **argv);
int cmd_watchdog(int argc, char **argv);
int cmd_control(int argc, char **argv);
int cmd_doorbell(int argc, char **argv);	/* doorbell.c */
int cmd_load(int argc, char **argv);		/* load.c */
int cmd_exchange(int argc, char **argv);	/* exchange.c */
int cmd_hostile(int argc, char **argv);		/* hostile.c */
int cmd_vsock(int argc, char **argv);		/* vsock.c */
int cmd_rtt(int argc, char **argv);		/* rtt.c */
int cmd_scribble(int argc, char **argv);	/* scribble.c */
int cmd_abuse(int argc, char **argv);		/* abuse.c */

#endif
