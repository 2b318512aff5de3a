// SPDX-License-Identifier: GPL-2.0-only
#include "x86/console.h"

#include <string.h>

#include <bulkhead/x86/stage.h>

#include "arch/cpu.h"
#include "core/finding.h"
#include "generated/autoconf.h"

#define UART			CONFIG_BOOT_CONSOLE_PORT
#define UART_LSR_EMPTY		0x20
#define UART_WAIT		2000000	/* reads: seconds; a UART that never empties is not there */

#define VGA_TEXT		0xb8000
#define VGA_COLUMNS		80
#define VGA_ROWS		25
#define VGA_GREY		0x0700

#define LOG_SIZE		8000

static struct {
	bool uart, screen;
	uint32_t row;
	char log[LOG_SIZE];
	uint32_t log_size;
} console;

void console_init(bool text_screen)
{
	console.uart = inb(UART + 5) != 0xff;
	if (console.uart) {
		outb(UART + 1, 0);		/* no interrupts */
		outb(UART + 3, 0x80);		/* divisor */
		outb(UART + 0, CONFIG_BOOT_CONSOLE_DIVISOR & 0xff);
		outb(UART + 1, CONFIG_BOOT_CONSOLE_DIVISOR >> 8);
		outb(UART + 3, 0x03);		/* 8n1 */
		outb(UART + 2, 0x07);		/* FIFOs on and empty */
		outb(UART + 4, 0x03);		/* DTR, RTS */
	}
	console.screen = text_screen;
	if (text_screen) {
		/* Four cells at a time: each access leaves the emulator's fast path. */
		volatile uint64_t *cells = (volatile uint64_t *)VGA_TEXT;
		uint32_t i;

		for (i = 0; i < VGA_COLUMNS * VGA_ROWS / 4; i++)
			cells[i] = 0x0001000100010001ULL * (VGA_GREY | ' ');
	}
}

static void uart_put(char c)
{
	uint32_t wait = UART_WAIT;

	while (!(inb(UART + 5) & UART_LSR_EMPTY) && --wait)
		pause();
	if (!wait)
		console.uart = false;
	else
		outb(UART, (uint8_t)c);
}

static void screen_line(const char *text)
{
	volatile uint16_t *cell = (volatile uint16_t *)VGA_TEXT;
	uint32_t i;

	if (console.row == VGA_ROWS) {
		for (i = 0; i < VGA_COLUMNS * (VGA_ROWS - 1); i++)
			cell[i] = cell[i + VGA_COLUMNS];
		console.row--;
	}
	cell += console.row++ * VGA_COLUMNS;
	for (i = 0; i < VGA_COLUMNS; i++)
		cell[i] = VGA_GREY | (uint8_t)(*text ? *text++ : ' ');
}

void say(const char *fmt, ...)
{
	char line[320] = BH_BOOT_PREFIX;
	size_t length = strlen(line);
	const char *c;
	va_list ap;

	va_start(ap, fmt);
	bh_vformat(line + length, sizeof(line) - length, fmt, ap);
	va_end(ap);

	length = strlen(line);
	if (console.log_size + length + 1 <= LOG_SIZE) {
		memcpy(console.log + console.log_size, line, length);
		console.log_size += (uint32_t)length;
		console.log[console.log_size++] = '\n';
	}
	if (console.screen)
		screen_line(line);
	for (c = line; console.uart && *c; c++)
		uart_put(*c);
	if (console.uart) {
		uart_put('\r');
		uart_put('\n');
	}
}

const char *console_log(uint32_t *size)
{
	*size = console.log_size;
	return console.log;
}

void refuse(const char *fmt, ...)
{
	static uint32_t taken;
	char text[256];
	va_list ap;

	/* The first reason is the one that counts. */
	if (!__atomic_exchange_n(&taken, 1, __ATOMIC_ACQ_REL)) {
		va_start(ap, fmt);
		bh_vformat(text, sizeof(text), fmt, ap);
		va_end(ap);
		say("error: %s", text);
		say("%s", BH_BOOT_STOPPED);
	}
	for (;;)
		asm volatile("cli; hlt");
}
