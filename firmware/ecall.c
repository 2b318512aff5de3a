// SPDX-License-Identifier: GPL-2.0-only
/*
 * SBI calls of our own: monitor calls, system reset for one partition, and
 * the MPXY channel of the doorbells.
 */
#include <sbi/riscv_asm.h>
#include <sbi/sbi_domain.h>
#include <sbi/sbi_ecall.h>
#include <sbi/sbi_ecall_interface.h>
#include <sbi/sbi_error.h>
#include <sbi/sbi_mpxy.h>
#include <sbi/sbi_scratch.h>
#include <sbi/sbi_string.h>
#include <sbi/sbi_trap.h>
#include <sbi/sbi_trap_ldst.h>

#include "monitor/calls.h"
#include "monitor/states.h"

#include "firmware.h"
#include "store.h"

static int call(unsigned long extid, unsigned long funcid, struct sbi_trap_regs *regs,
		   struct sbi_ecall_return *ret)
{
	struct part *p = part_of_hart(current_hartindex());
	int64_t value;
	int rc;

	if (!p)
		return SBI_ERR_NOT_SUPPORTED;
	rc = monitor_call(p, funcid, regs->a0, &value);
	ret->value = (unsigned long)value;
	return rc;
}

static struct sbi_ecall_extension call_extension = {
	.name = "bulkhd",
	.extid_start = BH_SBI_EXTENSION,
	.extid_end = BH_SBI_EXTENSION,
	.experimental = true,
	.handle = call,
};

/*
 * System reset (SBI v3.0, chapter 10), where the system is the partition. With
 * SHUTDOWN it stays stopped; cold and warm reboot are the same here.
 */
static int reset(unsigned long extid, unsigned long funcid, struct sbi_trap_regs *regs,
		 struct sbi_ecall_return *ret)
{
	struct part *p = part_of_hart(current_hartindex());
	enum bh_reason reason;

	if (!p || funcid != SBI_EXT_SRST_RESET)
		return SBI_ERR_NOT_SUPPORTED;
	/* Both are 32 bits wide; upper halves are ignored (chapter 3). */
	switch ((u32)regs->a0) {
	case SBI_SRST_RESET_TYPE_SHUTDOWN:
		reason = BH_REASON_SHUTDOWN;
		break;
	case SBI_SRST_RESET_TYPE_COLD_REBOOT:
	case SBI_SRST_RESET_TYPE_WARM_REBOOT:
		reason = BH_REASON_REBOOT;
		break;
	default:
		return SBI_ERR_INVALID_PARAM;
	}
	switch ((u32)regs->a1) {
	case SBI_SRST_RESET_REASON_NONE:
		break;
	case SBI_SRST_RESET_REASON_SYSFAIL:
		reason = BH_REASON_FAILURE;
		break;
	default:
		return SBI_ERR_INVALID_PARAM;
	}

	hw_lock();
	if ((u32)regs->a0 == SBI_SRST_RESET_TYPE_SHUTDOWN)
		states_force_stop(p, reason);
	else
		states_restart(p, reason);
	hw_unlock();
	harts_leave();
}

static struct sbi_ecall_extension reset_extension = {
	.name = "srst",
	.extid_start = SBI_EXT_SRST,
	.extid_end = SBI_EXT_SRST,
	.handle = reset,
};

int ecall_register(void)
{
	int rc = sbi_ecall_register_extension(&call_extension);

	return rc ? rc : sbi_ecall_register_extension(&reset_extension);
}

int ecall_emulate_store(int length, unsigned long address, union sbi_ldst_data value)
{
	struct part *p = part_of_hart(current_hartindex());

	if (!p || !(store_command(p, address, (unsigned int)length, value.data_u64) ||
		    uart_store(p, address, (unsigned int)length, value.data_bytes[0])))
		return SBI_ENOTSUPP;
	return 0;
}

int ecall_emulate_load(int length, unsigned long address, union sbi_ldst_data *value)
{
	struct part *p = part_of_hart(current_hartindex());
	uint8_t byte;

	if (!p || !uart_load(p, address, (unsigned int)length, &byte))
		return SBI_ENOTSUPP;
	value->data_u64 = byte;
	return 0;
}

/* --- doorbells --- */

/*
 * One channel for all: which partition it is of is known by the hart that calls. It has
 * no notifications, so OpenSBI keeps nothing of it that one partition could write and
 * another one read.
 */

/* RPMI over MPXY (SBI v3.0, 20.4): attributes of the message protocol. */
static const u32 attributes[] = {
	0x2,		/* service group: System MSI */
	0x00010000,	/* its version: 1.0 */
	0x0,		/* implementation: none registered */
	BH_MONITOR_VERSION << 16,
};

static int read_attributes(struct sbi_mpxy_channel *channel, u32 *to, u32 first, u32 count)
{
	first -= SBI_MPXY_ATTR_MSGPROTO_ATTR_START;
	if (first >= array_size(attributes) || count > array_size(attributes) - first)
		return SBI_ERR_BAD_RANGE;
	/* RISC-V is little-endian, as the message is. */
	sbi_memcpy(to, &attributes[first], count * sizeof(*attributes));
	return 0;
}

static int message(struct sbi_mpxy_channel *channel, u32 service_id, void *request, u32 size,
		   void *response, u32 room, unsigned long *response_size)
{
	struct part *p = part_of_hart(current_hartindex());
	u8 copy[BELL_REQUEST_MAX], answer[BELL_RESPONSE_MAX];
	u32 length;

	if (!p || room < sizeof(answer))
		return SBI_ERR_FAILED;
	/* The request and its answer share a page that other harts of the caller may write. */
	sbi_memcpy(copy, request, MIN(size, (u32)sizeof(copy)));
	length = bell_message(p, (u8)service_id, copy, size, answer);
	sbi_memcpy(response, answer, length);
	*response_size = length;
	return 0;
}

static struct sbi_mpxy_channel doorbells = {
	.channel_id = BH_MPXY_DOORBELLS,
	.attrs = {
		.msg_proto_id = SBI_MPXY_MSGPROTO_RPMI_ID,
		.msg_proto_version = SBI_MPXY_MSGPROTO_VERSION(1, 0),
		.msg_data_maxlen = 64,
	},
	.read_attributes = read_attributes,
	.send_message_with_response = message,
};

int ecall_register_doorbells(void)
{
	return sbi_mpxy_register_channel(&doorbells);
}
