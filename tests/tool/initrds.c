// SPDX-License-Identifier: GPL-2.0-only
/* Initrds as large as nobody makes them: how far they are looked into. tests/plans has the others. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "host/initrd.h"

#define ROOM	(1UL << 31)
#define MIB	(1UL << 20)

#define SYSTEMD	"usr/lib/systemd/systemd"

/* Memory of which only what is written is there: a file's bytes are left out. */
static char *initrd;
static size_t size;

static void align(void)
{
	size = (size + 3) & ~3UL;
}

/* An entry of a newc archive; @target: it is a link, else a file of @length bytes. */
static void add(const char *path, const char *target, size_t length)
{
	if (target)
		length = strlen(target);
	size += (size_t)sprintf(initrd + size, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
				1U, target ? 0120777U : 0100755U, 0U, 0U, 1U, 0U, (unsigned int)length, 0U,
				0U, 0U, 0U, (unsigned int)strlen(path) + 1, 0U);
	size += (size_t)sprintf(initrd + size, "%s", path) + 1;
	align();
	if (target)
		memcpy(initrd + size, target, length);
	size += length;
	align();
}

static void end(void)
{
	add("TRAILER!!!", NULL, 0);
}

static int begin(void **state)
{
	(void)state;
	initrd = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size = 0;
	return initrd == MAP_FAILED;
}

static int done(void **state)
{
	(void)state;
	return munmap(initrd, ROOM);
}

static void expect_init(const char *want)
{
	static struct bh_initrd found;

	bh_initrd_look(initrd, size, "/init", &found);
	assert_string_equal(found.init, want);
}

/* The last archive. */
static void add_systemd(void)
{
	add("init", SYSTEMD, 0);
	end();
}

static void test_archives(void **state)
{
	(void)state;
	for (int i = 0; i < 63; i++)
		end();
	add_systemd();
	expect_init(SYSTEMD);
}

static void test_archives_too_many(void **state)
{
	(void)state;
	for (int i = 0; i < 64; i++)
		end();
	add_systemd();
	expect_init("");
}

static void add_files(size_t each)
{
	for (int i = 0; i < 2; i++) {
		add("large", NULL, each);
		end();
	}
}

static void test_bytes(void **state)
{
	(void)state;
	add_files(500 * MIB);
	add_systemd();
	expect_init(SYSTEMD);
}

static void test_bytes_too_many(void **state)
{
	(void)state;
	add_files(600 * MIB);
	add_systemd();
	expect_init("");
}

static void add_links(size_t count)
{
	char path[4000];

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%03980zu", i);
		add(path, "nowhere", 0);
	}
}

static void test_links(void **state)
{
	(void)state;
	add_links(4000);
	add_systemd();
	expect_init(SYSTEMD);
}

static void test_links_too_long_in_all(void **state)
{
	(void)state;
	add_links(4300);
	add_systemd();
	expect_init("");
}

/* Linux makes no link of it, and one that is as long as can be. */
static void test_link_too_long(void **state)
{
	char target[BH_INITRD_PATH_MAX + 1] = "";
	size_t length = 0;

	(void)state;
	while (length < BH_INITRD_PATH_MAX - 256)
		length += (size_t)sprintf(target + length, "%0250d/../", 0);
	snprintf(target + length, sizeof(target) - length, "%0*d/../here", (int)(BH_INITRD_PATH_MAX - length) - 8, 0);
	assert_int_equal(strlen(target), BH_INITRD_PATH_MAX);
	add("init", target, 0);
	end();
	expect_init("");
	size = 0;
	add("init", target + 1, 0);
	end();
	expect_init("here");
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, begin, done)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_archives),
		TEST(test_archives_too_many),
		TEST(test_bytes),
		TEST(test_bytes_too_many),
		TEST(test_links),
		TEST(test_links_too_long_in_all),
		TEST(test_link_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
