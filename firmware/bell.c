// SPDX-License-Identifier: GPL-2.0-only
#include "bell.h"

#include <string.h>

#include "monitor/machine.h"

#include "platform.h"

/* RPMI v1.0, tables 4.1 (errors) and 4.5 (System MSI services). */
enum rpmi_status {
	RPMI_SUCCESS = 0,
	RPMI_NOT_SUPPORTED = -2,
	RPMI_INVALID_PARAM = -3,
	RPMI_DENIED = -4,
	RPMI_INVALID_ADDR = -5,
};

enum {
	ENABLE_NOTIFICATION = 1,
	GET_ATTRIBUTES,
	GET_MSI_ATTRIBUTES,
	SET_MSI_STATE,
	GET_MSI_STATE,
	SET_MSI_TARGET,
	GET_MSI_TARGET,
	SERVICES,
};

#define STATE_ENABLE	(1U << 0)
#define STATE_PENDING	(1U << 1)
#define NAME_SIZE	16U

static uint32_t word(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint8_t *put(uint8_t *p, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		*p++ = (uint8_t)(word >> (8 * i));
	return p;
}

/* With the lock held: what waits goes out as soon as it may. */
static void deliver(struct bell *bell)
{
	if (!bell->pending || !bell->enabled || !bell->address)
		return;
	bell->pending = false;
	hw_msi_write(bell->address, bell->data);
}

void hw_ring(struct part *p, const struct part *from)
{
	uint32_t index = from ? BH_SYSMSI_OF(from->id) : BH_SYSMSI_CONTROL;

	hw_spin_lock(&p->platform->bell_lock);
	p->platform->bells[index].pending = true;
	deliver(&p->platform->bells[index]);
	hw_spin_unlock(&p->platform->bell_lock);
}

void bell_reset(struct part *p)
{
	hw_spin_lock(&p->platform->bell_lock);
	memset(p->platform->bells, 0, sizeof(p->platform->bells));
	hw_spin_unlock(&p->platform->bell_lock);
}

/*
 * Only the interrupt files of the receiver's own harts. The firmware writes
 * there in M-mode, which no PMP entry stops, and on the sender's hart, which an
 * address that faults would bring down.
 */
static bool is_file_of(const struct part *p, uint64_t address)
{
	for (uint32_t i = 0; i < p->ncpus; i++) {
		if (p->platform->files[i] && p->platform->files[i] == address)
			return true;
	}
	return false;
}

/* The name of a System MSI: "control", or the peer that rings it, cut at 15 characters. */
static void put_name(uint8_t *to, uint32_t index)
{
	const struct part *peer = index ? part_by_id(index + 2) : NULL;
	const char *name = !index ? "control" : peer ? peer->name : "";
	size_t length = strlen(name);

	memset(to, 0, NAME_SIZE);
	memcpy(to, name, length < NAME_SIZE ? length : NAME_SIZE - 1);
}

static uint32_t request_size(uint8_t service)
{
	static const uint8_t sizes[SERVICES] = {
		[ENABLE_NOTIFICATION] = 12, [GET_ATTRIBUTES] = 0, [GET_MSI_ATTRIBUTES] = 4,
		[SET_MSI_STATE] = 8, [GET_MSI_STATE] = 4, [SET_MSI_TARGET] = 16, [GET_MSI_TARGET] = 4,
	};

	return service < SERVICES ? sizes[service] : 0;
}

static enum rpmi_status set_target(struct part *p, struct bell *bell, const uint8_t *request)
{
	uint64_t address = word(request + 4) | (uint64_t)word(request + 8) << 32;
	uint32_t data = word(request + 12);

	if (!is_file_of(p, address))
		return RPMI_INVALID_ADDR;
	if (!data || data > fw.imsic_ids)
		return RPMI_INVALID_PARAM;
	bell->address = address;
	bell->data = data;
	deliver(bell);
	return RPMI_SUCCESS;
}

/* The services that name a System MSI; the lock is held. Returns the end of the answer. */
static uint8_t *one_bell(struct part *p, uint8_t service, uint32_t index, const uint8_t *request,
			 uint8_t *response)
{
	struct bell *bell = &p->platform->bells[index];
	uint8_t *end = response + 4;

	put(response, RPMI_SUCCESS);
	switch (service) {
	case GET_MSI_ATTRIBUTES:
		end = put(put(end, 0), 0);
		put_name(end, index);
		return end + NAME_SIZE;
	case SET_MSI_STATE:
		bell->enabled = word(request + 4) & STATE_ENABLE;
		deliver(bell);
		return end;
	case GET_MSI_STATE:
		return put(end, (bell->enabled ? STATE_ENABLE : 0) |
				(bell->pending ? STATE_PENDING : 0));
	case SET_MSI_TARGET:
		put(response, (uint32_t)set_target(p, bell, request));
		return end;
	default:
		end = put(end, (uint32_t)bell->address);
		end = put(end, (uint32_t)(bell->address >> 32));
		return put(end, bell->data);
	}
}

uint32_t bell_message(struct part *p, uint8_t service, const uint8_t *request, uint32_t size,
		      uint8_t *response)
{
	uint8_t *end;

	if (service == ENABLE_NOTIFICATION || !service || service >= SERVICES) {
		/* There is no event that this group would tell of. */
		put(response, (uint32_t)RPMI_NOT_SUPPORTED);
		return 4;
	}
	if (size != request_size(service)) {
		put(response, (uint32_t)RPMI_INVALID_PARAM);
		return 4;
	}
	if (service == GET_ATTRIBUTES) {
		end = put(put(put(put(response, RPMI_SUCCESS), BH_SYSMSI_COUNT), 0), 0);
		return (uint32_t)(end - response);
	}
	if (word(request) >= BH_SYSMSI_COUNT) {
		put(response, (uint32_t)RPMI_INVALID_PARAM);
		return 4;
	}
	hw_spin_lock(&p->platform->bell_lock);
	end = one_bell(p, service, word(request), request, response);
	hw_spin_unlock(&p->platform->bell_lock);
	return (uint32_t)(end - response);
}
