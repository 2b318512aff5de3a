// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "core/check.h"
#include "host/machine.h"
#include "host/plan_more.h"

/* Returns 0, -EINVAL (reported), -ENOMEM, or -ENODATA when the plan's own is broken. */
static int find_machine(const char *spec, const struct bh_plan_file *file,
			struct bh_machine *machine, struct bh_diag *diag)
{
	if (spec && strcmp(spec, "live"))
		return bh_machine_load(spec, machine, diag);
	if (spec || !file->qemu.present)
		return bh_machine_live("", machine, diag);
	if (!file->qemu.cpus || !file->qemu.memory)
		return -ENODATA;
	return bh_machine_from_qemu(file->plan.platform, &file->qemu, machine);
}

/*
 * Errors of the plan's text do not end the run: the checks go on with what
 * could be read, so that everything is said at once. Only placement waits for
 * a plan without errors: a place for half a plan means nothing.
 */
int bh_plan_resolve(const char *path, const char *machine_spec, struct bh_plan_file *file,
		    struct bh_machine *machine, struct bh_diag *diag)
{
	uint32_t errors = diag->sink.errors;
	bool known, sound;
	int err, unread = 0;

	*machine = (struct bh_machine){ 0 };
	bh_diag_hold(diag);
	err = bh_plan_load(path, file, diag);
	if (err == -ENOMEM || !file->plan.npartitions)
		goto out;
	err = find_machine(machine_spec, file, machine, diag);
	if (err == -ENOMEM)
		goto out;
	known = !err;
	if (err != -EINVAL && err != -ENODATA)
		unread = err;
	sound = diag->sink.errors == errors;
	if (sound)
		bh_place(&file->plan, machine, &diag->sink);
	/* What a kernel was built with decides on its command line, too. */
	bh_plan_check_kernels(file, diag);
	if (sound) {
		err = bh_plan_compose_cmdlines(file, machine);
		if (err)
			goto out;
	}
	bh_check(&file->plan, known ? machine : NULL, &diag->sink);
	err = 0;
out:
	if (!err && diag->sink.errors != errors)
		err = unread ?: -EINVAL;
	if (err == -ENOMEM)
		bh_diag_at(diag, BH_ERROR, "memory", (struct bh_mark){ 0, 0 }, NULL,
			   "out of memory");
	bh_diag_release(diag);
	return err;
}
