// SPDX-License-Identifier: GPL-2.0-only
/* Lines to and from the firmware's debug console. */
#include <stdarg.h>

#include "payload.h"
#include "sbi.h"

#define LINE_MAX	4096

static char out[512];
static size_t used;

static void flush(void)
{
	size_t done = 0;

	while (done < used) {
		struct sbiret ret = sbi_call(SBI_DBCN, SBI_DBCN_WRITE, used - done,
					     (uintptr_t)out + done, 0, 0, 0);

		if (ret.error)
			break;
		done += ret.value;
	}
	used = 0;
}

static void put(char c)
{
	if (used == sizeof(out))
		flush();
	out[used++] = c;
}

static void put_number(uint64_t value, unsigned int base)
{
	char digits[24];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n)
		put(digits[--n]);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (; *format; format++) {
		if (*format == '\n')
			put('\r');
		if (*format != '%') {
			put(*format);
			continue;
		}
		switch (*++format) {
		case 's':
			for (const char *s = va_arg(args, const char *); *s; s++)
				put(*s);
			break;
		case 'd': {
			int64_t value = va_arg(args, int64_t);

			if (value < 0)
				put('-');
			put_number(value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
			break;
		}
		case 'u':
			put_number(va_arg(args, uint64_t), 10);
			break;
		case 'x':
			put('0');
			put('x');
			put_number(va_arg(args, uint64_t), 16);
			break;
		}
	}
	va_end(args);
	flush();
}

char *read_line(void)
{
	static char line[LINE_MAX], in[64];
	static size_t left, at;
	size_t n = 0;

	for (;;) {
		while (left) {
			char c = in[at++];

			left--;
			if (c == '\r' || c == '\n') {
				line[n] = 0;
				return line;
			}
			if (n < sizeof(line) - 1)
				line[n++] = c;
		}
		struct sbiret ret = sbi_call(SBI_DBCN, SBI_DBCN_READ, sizeof(in), (uintptr_t)in, 0, 0, 0);

		at = 0;
		left = ret.error ? 0 : ret.value;
		if (!left)
			wait_ms(5);
	}
}

bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

bool number(const char **text, uint64_t *value)
{
	const char *s = *text;
	unsigned int base = 10;

	if (s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
	}
	const char *first = s;

	for (*value = 0;; s++) {
		char lower = (char)(*s | 0x20);
		unsigned int digit;

		if (*s >= '0' && *s <= '9')
			digit = (unsigned int)(*s - '0');
		else if (base == 16 && lower >= 'a' && lower <= 'f')
			digit = (unsigned int)(lower - 'a') + 10;
		else
			break;
		*value = *value * base + digit;
	}
	*text = s;
	return s != first;
}

/* What the compiler may call. */
void *memset(void *to, int c, size_t n);
void *memset(void *to, int c, size_t n)
{
	for (char *p = to; n; n--)
		*p++ = (char)c;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	const char *q = from;

	for (char *p = to; n; n--)
		*p++ = *q++;
	return to;
}
