// SPDX-License-Identifier: GPL-2.0-only
#include "image/machine_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "host/board.h"
#include "host/machine.h"

#define LIVE_TREE	"/sys/firmware/fdt"

void bh_qemu_riscv_machine(struct bh_argv *argv, const struct bh_qemu *q, const char *options)
{
	bh_argv_add(argv, "%s", bh_qemu_program(BH_QEMU_RISCV));
	bh_argv_add(argv, "-nodefaults");
	bh_argv_add(argv, "-no-user-config");
	bh_argv_add(argv, "-machine");
	bh_argv_add(argv, "virt,aia=aplic-imsic%s", options);
	if (q->smepmp) {
		bh_argv_add(argv, "-cpu");
		bh_argv_add(argv, "rv64,smepmp=true");
	}
	bh_argv_add(argv, "-smp");
	bh_argv_add(argv, "cpus=%u,maxcpus=%u,sockets=1,cores=%u,threads=1", q->cpus, q->cpus, q->cpus);
	bh_argv_add(argv, "-m");
	bh_argv_add(argv, "%lluk", (unsigned long long)q->memory / 1024);
	bh_argv_add(argv, "-display");
	bh_argv_add(argv, "none");
}

/* Does QEMU get as far as its monitor with this machine? */
static bool comes_up(const struct bh_qemu *q)
{
	struct bh_argv argv = { 0 };
	bool up;

	bh_qemu_riscv_machine(&argv, q, "");
	bh_argv_add(&argv, "-S");
	bh_argv_add(&argv, "-bios");
	bh_argv_add(&argv, "none");
	bh_argv_add(&argv, "-monitor");
	bh_argv_add(&argv, "stdio");
	up = !argv.failed && bh_child_works(argv.arg, "quit\n");
	bh_argv_free(&argv);
	return up;
}

int bh_qemu_riscv_check(const struct bh_qemu *q)
{
	struct bh_qemu without = *q;
	struct bh_argv argv = { 0 };
	char *version = NULL;
	int err;

	without.smepmp = false;
	if (!q->smepmp || comes_up(q) || !comes_up(&without))
		return 0;
	bh_argv_add(&argv, "%s", bh_qemu_program(BH_QEMU_RISCV));
	bh_argv_add(&argv, "--version");
	err = argv.failed ? -ENOMEM : bh_child_output(argv.arg, &version);
	bh_argv_free(&argv);
	if (err)
		return err;
	version[strcspn(version, "\n")] = '\0';
	err = bh_error(0, "the plan's qemu section says smepmp, and %s (%s) has no Smepmp",
		       bh_qemu_program(BH_QEMU_RISCV), version);
	fputs("bulkhead: note: leave `smepmp` out, or name a newer QEMU by BULKHEAD_QEMU: 7.2 lacks it, 10.0 has it "
	      "(scripts/newer-qemu of the source finds one)\n", stderr);
	free(version);
	return err;
}

int bh_qemu_dump_tree(const struct bh_qemu *qemu, char **fdt, size_t *size)
{
	const struct bh_need need = { bh_qemu_program(BH_QEMU_RISCV), "qemu-system-misc" };
	struct bh_argv argv = { 0 };
	char *dir = NULL, *path = NULL, *options = NULL;
	int err;

	err = bh_need_all("make the device tree of an emulated machine", &need, 1);
	if (!err)
		err = bh_qemu_riscv_check(qemu);
	if (err)
		return err;
	err = bh_temp_dir(&dir);
	if (err)
		return err;
	path = bh_printf("%s/machine.dtb", dir);
	options = path ? bh_printf(",dumpdtb=%s", path) : NULL;
	err = -ENOMEM;
	if (!options)
		goto out;
	/* A comma would end the value; mkdtemp() makes none, TMPDIR might. */
	if (strchr(path, ',')) {
		err = bh_error(-EINVAL, "%s: QEMU takes no file name with a comma here", path);
		goto out;
	}
	bh_qemu_riscv_machine(&argv, qemu, options);
	err = argv.failed ? -ENOMEM : bh_child_run(argv.arg, NULL);
	if (!err)
		err = bh_read_file(path, fdt, size);
out:
	bh_argv_free(&argv);
	free(options);
	free(path);
	bh_remove_tree(dir);
	free(dir);
	return err;
}

/* A sink for errors alone: all else was said when the plan was resolved. */
struct errors_only {
	struct bh_sink sink;
	struct bh_diag *diag;
};

static void pass_error(struct bh_sink *sink, const struct bh_finding *finding)
{
	struct errors_only *only = (struct errors_only *)sink;

	if (finding->severity != BH_ERROR)
		return;
	only->diag->sink.errors++;
	only->diag->sink.emit(&only->diag->sink, finding);
}

/* @path: where the tree comes from, for what is wrong with it. */
static int check_against(const struct bh_plan_file *file, const char *path, const char *fdt,
			 size_t size, struct bh_diag *diag)
{
	struct errors_only only = { .sink.emit = pass_error, .diag = diag };
	const char *old_path = diag->path;
	struct bh_machine machine;
	int err;

	diag->path = path;
	err = bh_machine_from_fdt(fdt, size, &machine, diag);
	diag->path = old_path;
	if (err)
		return err;
	bh_check(&file->plan, &machine, &only.sink);
	bh_machine_free(&machine);
	return only.sink.errors ? -EINVAL : 0;
}

int bh_machine_tree(const struct bh_plan_file *file, const char *spec, char **fdt, size_t *size,
		    struct bh_diag *diag)
{
	const char *path = !spec || !strcmp(spec, "live") ? LIVE_TREE : spec;
	int err;

	*fdt = NULL;
	if (!spec && file->qemu.present) {
		path = bh_qemu_program(BH_QEMU_RISCV);
		err = bh_qemu_dump_tree(&file->qemu, fdt, size);
	} else {
		err = bh_read_file(path, fdt, size);
		if (err)
			bh_error(err, "%s", path);
		else if (!bh_is_fdt(*fdt, *size))
			err = bh_error(-EINVAL, "%s: no device tree, which trees are made from; `--machine FILE.dtb` names one",
				       path);
	}
	if (err)
		return err;
	return check_against(file, path, *fdt, *size, diag);
}

int bh_trees_of_plan(const struct bh_plan_file *file, const char *spec, const void *blob,
		     size_t size, struct bh_trees *trees, struct bh_diag *diag)
{
	size_t machine_size;
	char *machine;
	int err;

	*trees = (struct bh_trees){ 0 };
	err = bh_machine_tree(file, spec, &machine, &machine_size, diag);
	if (!err)
		err = bh_trees_make(&file->plan, blob, size, machine, machine_size, trees, diag);
	free(machine);
	return err;
}
