/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls to the firmware (RISC-V SBI specification v3.0, chapter 3). */
#ifndef PAYLOAD_SBI_H
#define PAYLOAD_SBI_H

#include <stdint.h>

#define SBI_BASE	0x10UL
#define SBI_TIME	0x54494d45UL
#define SBI_IPI		0x735049UL
#define SBI_RFENCE	0x52464e43UL
#define SBI_HSM		0x48534dUL
#define SBI_SRST	0x53525354UL
#define SBI_PMU		0x504d55UL
#define SBI_DBCN	0x4442434eUL
#define SBI_SUSP	0x53555350UL
#define SBI_CPPC	0x43505043UL
#define SBI_DBTR	0x44425452UL
#define SBI_SSE		0x535345UL
#define SBI_FWFT	0x46574654UL
#define SBI_MPXY	0x4d505859UL

#define SBI_SUCCESS		0
#define SBI_FAILED		(-1)
#define SBI_NOT_SUPPORTED	(-2)
#define SBI_INVALID_PARAM	(-3)
#define SBI_DENIED		(-4)
#define SBI_INVALID_ADDRESS	(-5)
#define SBI_NO_SHMEM		(-9)

#define SBI_BASE_VERSION	0
#define SBI_BASE_PROBE		3
#define SBI_HSM_START		0
#define SBI_HSM_STATUS		2
#define SBI_HSM_SUSPEND		3
#define SBI_DBCN_WRITE		0
#define SBI_DBCN_READ		1
#define SBI_SRST_SHUTDOWN	0
#define SBI_SRST_COLD		1
#define SBI_SRST_SYSFAIL	1
#define SBI_MPXY_SET_SHMEM	1
#define SBI_MPXY_CHANNELS	2
#define SBI_MPXY_READ_ATTRS	3
#define SBI_MPXY_WRITE_ATTRS	4
#define SBI_MPXY_SEND		5
#define SBI_MPXY_POST		6
#define SBI_MPXY_EVENTS		7

struct sbiret {
	int64_t error;
	uint64_t value;
};

static inline struct sbiret sbi_call(uint64_t extension, uint64_t function, uint64_t arg0,
				     uint64_t arg1, uint64_t arg2, uint64_t arg3, uint64_t arg4)
{
	register uint64_t a0 __asm__("a0") = arg0;
	register uint64_t a1 __asm__("a1") = arg1;
	register uint64_t a2 __asm__("a2") = arg2;
	register uint64_t a3 __asm__("a3") = arg3;
	register uint64_t a4 __asm__("a4") = arg4;
	register uint64_t a6 __asm__("a6") = function;
	register uint64_t a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7) : "memory");
	return (struct sbiret){ (int64_t)a0, a1 };
}

#endif
