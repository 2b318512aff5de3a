/* SPDX-License-Identifier: GPL-2.0-only */
/* What the boot stage says: to a UART, to a text screen, and to the boot log. */
#ifndef BULKHEAD_X86_CONSOLE_H
#define BULKHEAD_X86_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

void console_init(bool text_screen);

/* One line, prefixed with BH_BOOT_PREFIX (<bulkhead/x86/stage.h>); the newline is added. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Stops the machine with a reason; nothing has been started. */
void refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* What has been said, without a terminating NUL. */
const char *console_log(uint32_t *size);

#endif
