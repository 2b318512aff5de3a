// SPDX-License-Identifier: GPL-2.0-only
#include "image/expect.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/child.h"

void bh_expect_init(struct bh_expect *expect, const char *const *names, size_t nnames,
		    size_t nall)
{
	*expect = (struct bh_expect){ .names = names, .nnames = nnames, .nall = nall };
}

void bh_expect_free(struct bh_expect *expect)
{
	for (size_t i = 0; i < expect->count; i++)
		regfree(&expect->list[i].regex);
	free(expect->list);
	memset(expect, 0, sizeof(*expect));
}

static int add_one(struct bh_expect *expect, size_t console, const char *text)
{
	struct bh_expectation *grown, *fresh;
	char why[128];
	int err;

	grown = reallocarray(expect->list, expect->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	expect->list = grown;
	fresh = &grown[expect->count];
	*fresh = (struct bh_expectation){ .console = console, .text = text };
	err = regcomp(&fresh->regex, text, REG_EXTENDED | REG_NOSUB);
	if (err) {
		regerror(err, &fresh->regex, why, sizeof(why));
		bh_error(0, "--expect: \"%s\": %s", text, why);
		return -EINVAL;
	}
	expect->count++;
	expect->open++;
	return 0;
}

static int unknown_name(const struct bh_expect *expect, const char *spec, size_t len)
{
	bh_error(0, "--expect: there is no console \"%.*s\"", (int)len, spec);
	fputs("bulkhead: note: consoles are", stderr);
	for (size_t i = 0; i < expect->nnames; i++)
		fprintf(stderr, " %s", expect->names[i]);
	fprintf(stderr, "; write \"=%s\" to look for that text on all\n", spec);
	return -EINVAL;
}

int bh_expect_add(struct bh_expect *expect, const char *spec)
{
	size_t len = 0;
	int err = 0;

	while (isalnum((unsigned char)spec[len]) || spec[len] == '-' || spec[len] == '_')
		len++;
	if (len && spec[len] == '=') {
		for (size_t i = 0; i < expect->nnames; i++)
			if (strlen(expect->names[i]) == len && !strncmp(expect->names[i], spec, len))
				return add_one(expect, i, spec + len + 1);
		return unknown_name(expect, spec, len);
	}
	if (*spec == '=')
		spec++;
	for (size_t i = 0; !err && i < expect->nall; i++)
		err = add_one(expect, i, spec);
	return err;
}

bool bh_expect_feed(struct bh_expect *expect, size_t console, const char *line)
{
	bool any = false;

	for (size_t i = 0; expect->open && i < expect->count; i++) {
		struct bh_expectation *e = &expect->list[i];

		if (e->met || e->console != console || regexec(&e->regex, line, 0, NULL, 0))
			continue;
		e->met = true;
		expect->open--;
		any = true;
	}
	return any;
}

bool bh_expect_met(const struct bh_expect *expect, size_t console)
{
	bool any = false;

	for (size_t i = 0; i < expect->count; i++) {
		if (expect->list[i].console != console)
			continue;
		if (!expect->list[i].met)
			return false;
		any = true;
	}
	return any;
}
