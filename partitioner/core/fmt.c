// SPDX-License-Identifier: GPL-2.0-only
/* Formatting without libc: see finding.h for what it knows. */
#include "core/finding.h"

#include <stdbool.h>
#include <string.h>

struct out {
	char *buf;
	size_t size;
	size_t len;	/* of the whole text, written or not */
};

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void put_padded(struct out *out, const char *text, size_t len,
		       unsigned int width, char pad)
{
	for (size_t i = len; i < width; i++)
		put(out, pad);
	for (size_t i = 0; i < len; i++)
		put(out, text[i]);
}

static void put_number(struct out *out, unsigned long long value, bool negative,
		       unsigned int base, unsigned int width, bool zeros)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);

	/* With zeros the sign comes before the padding, without it after. */
	if (negative && zeros) {
		put(out, '-');
		width -= width > 0;
	} else if (negative) {
		digits[--at] = '-';
	}
	put_padded(out, digits + at, sizeof(digits) - at, width, zeros ? '0' : ' ');
}

/* strnlen() is not among the functions that the core may ask for. */
static size_t text_length(const char *s, size_t max)
{
	size_t len = 0;

	while (len < max && s[len])
		len++;
	return len;
}

size_t bh_vformat(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out out = { .buf = buf, .size = size };

	for (; *fmt; fmt++) {
		unsigned int width = 0, longs = 0;
		size_t precision = SIZE_MAX;
		unsigned long long value;
		bool zeros = false, negative = false;
		const char *s;
		char c;

		if (*fmt != '%') {
			put(&out, *fmt);
			continue;
		}
		fmt++;

		if (*fmt == '0') {
			zeros = true;
			fmt++;
		}
		/* A width beyond any column is a mistake: keep it finite. */
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width < 100 ? width * 10 + (unsigned int)(*fmt - '0') : width;
		if (*fmt == '.') {
			fmt++;
			if (*fmt == '*') {
				int given = va_arg(ap, int);

				precision = given < 0 ? SIZE_MAX : (size_t)given;
				fmt++;
			} else {
				precision = 0;
				for (; *fmt >= '0' && *fmt <= '9'; fmt++)
					precision = precision < 100000 ?
						precision * 10 + (size_t)(*fmt - '0') : precision;
			}
		}
		if (*fmt == 'z') {
			longs = 1;	/* size_t is a long on every platform here */
			fmt++;
		}
		for (; *fmt == 'l'; fmt++)
			longs++;

		switch (*fmt) {
		case 's':
			s = va_arg(ap, const char *);
			if (!s)
				s = "(null)";
			put_padded(&out, s, text_length(s, precision), width, ' ');
			break;
		case 'c':
			c = (char)va_arg(ap, int);
			put_padded(&out, &c, 1, width, ' ');
			break;
		case 'd': {
			long long n = longs > 1 ? va_arg(ap, long long) :
				      longs ? va_arg(ap, long) : va_arg(ap, int);

			negative = n < 0;
			value = negative ? 0ULL - (unsigned long long)n : (unsigned long long)n;
			put_number(&out, value, negative, 10, width, zeros);
			break;
		}
		case 'u':
		case 'x':
			value = longs > 1 ? va_arg(ap, unsigned long long) :
				longs ? va_arg(ap, unsigned long) : va_arg(ap, unsigned int);
			put_number(&out, value, false, *fmt == 'x' ? 16 : 10, width, zeros);
			break;
		case '%':
			put(&out, '%');
			break;
		case '\0':
			goto done;
		default:
			/* Its argument can't be skipped, so the rest would lie. */
			put(&out, '%');
			put(&out, *fmt);
			put(&out, '?');
			goto done;
		}
	}
done:
	if (size)
		buf[out.len < size ? out.len : size - 1] = '\0';
	return out.len;
}

size_t bh_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = bh_vformat(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
