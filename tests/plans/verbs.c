// SPDX-License-Identifier: GPL-2.0-only
/*
 * In place of the verbs that need QEMU, GRUB or a disk: the tests of plans
 * link the command without them, so that everything else can carry sanitizers.
 */
#include "cmd/cmd.h"

static int not_here(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return BH_EXIT_SYSTEM;
}

int bh_cmd_show(int argc, char **argv)
{
	return not_here(argc, argv);
}

int bh_cmd_build(int argc, char **argv)
{
	return not_here(argc, argv);
}

int bh_cmd_keygen(int argc, char **argv)
{
	return not_here(argc, argv);
}

int bh_cmd_install(int argc, char **argv)
{
	return not_here(argc, argv);
}

int bh_cmd_uninstall(int argc, char **argv)
{
	return not_here(argc, argv);
}

int bh_cmd_run(int argc, char **argv)
{
	return not_here(argc, argv);
}

int bh_cmd_console(int argc, char **argv)
{
	return not_here(argc, argv);
}
