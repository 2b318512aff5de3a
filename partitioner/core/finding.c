// SPDX-License-Identifier: GPL-2.0-only
#include "core/finding.h"

#include <string.h>

/* Nearly all fit into a third of that; the list of PMP entries is the longest. */
#define TEXT_MAX	768

void bh_report(struct bh_sink *sink, enum bh_severity severity,
	       const char *rule, struct bh_place place, const char *hint,
	       const char *fmt, ...)
{
	char text[TEXT_MAX];
	struct bh_finding finding = {
		.severity = severity,
		.rule = rule,
		.place = place,
		.text = text,
		.hint = hint,
	};
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = bh_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len >= sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);

	/*
	 * Names and labels in the text may come from a blob that nobody
	 * vouches for: what ends on a console must not steer the terminal.
	 */
	for (char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}

	if (severity == BH_ERROR)
		sink->errors++;
	else if (severity == BH_WARNING)
		sink->warnings++;
	if (sink->emit)
		sink->emit(sink, &finding);
}
