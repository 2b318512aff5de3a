// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile peer. The partition's own drivers are off (initcall_blacklist=bh_init); this
 * program has the partition's section of a channel through /dev/mem and the ring core. Each
 * round it begins a life as any peer does and says things to the services that make no
 * sense; then it overwrites its section while the peer works on it.
 *
 * What it does follows from the seed and from when the peer looks.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bulkhead/channel.h>

#include "bh_ring.h"
#include "uio.h"

#define NODE		"/proc/device-tree/bulkhead"
#define LAPIC		0xfee00000
#define LAPIC_ICR_LOW	0x300
#define LAPIC_ICR_HIGH	0x310

/* A peer that has not answered a new life by then has lost it. */
#define ANSWER		(5 * NSEC_PER_SEC)

struct end {
	struct bh_ring ring;
	struct bh_ring_setup setup;
	uint32_t peer;
	uint64_t base, size, epoch;
	volatile uint32_t *lapic;
	struct monitor monitor;
	uint64_t lives, frames, quarantines, rings;
};

static uint64_t state;

static uint64_t any(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * UINT64_C(0x2545f4914f6cdd1d);
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)(any() >> 32) % n;
}

/* A number that code may not expect: a limit, a neighbour of what is there, or any. */
static uint64_t odd(uint64_t near)
{
	static const uint64_t limits[] = {
		0, 1, 7, 8, 63, 64, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
		UINT64_C(1) << 32, INT64_MAX, UINT64_MAX - 7, UINT64_MAX,
	};

	switch (below(4)) {
	case 0:
		return limits[below(sizeof(limits) / sizeof(limits[0]))];
	case 1:
		return near + (any() % 129 - 64);
	case 2:
		return near + (any() % (1 << 20)) * 8;
	default:
		return any() >> below(64);
	}
}

/* --- where the channel is --- */

static int cells(const char *node, const char *name, uint32_t *value, size_t n)
{
	char path[512];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), NODE "/%s%s%s", node, *node ? "/" : "", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	got = read(fd, value, 4 * n);
	close(fd);
	for (size_t i = 0; i < n; i++)
		value[i] = ntohl(value[i]);
	return got == (ssize_t)(4 * n) ? 0 : -1;
}

static int find_channel(struct end *e)
{
	DIR *dir = opendir(NODE "/channels");
	uint32_t peer, side, memory[4];
	struct dirent *entry;
	char node[300];

	while (dir && (entry = readdir(dir))) {
		snprintf(node, sizeof(node), "channels/%s", entry->d_name);
		if (cells(node, "bulkhead,peer", &peer, 1) || peer != e->peer ||
		    cells(node, "bulkhead,side", &side, 1) ||
		    cells(node, "bulkhead,memory", memory, 4))
			continue;
		closedir(dir);
		e->base = (uint64_t)memory[0] << 32 | memory[1];
		e->size = (uint64_t)memory[2] << 32 | memory[3];
		return (int)side;
	}
	if (dir)
		closedir(dir);
	return -1;
}

static void *map(uint64_t base, size_t size, int flags)
{
	int fd = open("/dev/mem", O_RDWR | O_CLOEXEC | flags);
	void *at = fd < 0 ? MAP_FAILED :
			    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)base);

	if (fd >= 0)
		close(fd);
	return at;
}

static int begin(struct end *e)
{
	int side = find_channel(e);
	cpu_set_t cpus;
	uint8_t *memory;

	if (side < 0 || cells("", "bulkhead,id", &e->setup.owner, 1)) {
		fprintf(stderr, "bh-guest: hostile: no channel to partition %u in " NODE "\n", e->peer);
		return -1;
	}
	memory = map(e->base, e->size, 0);
	if (memory == MAP_FAILED)
		return -1;
	e->setup.size = e->size / 2;
	e->setup.own = memory + (side ? e->setup.size : 0);
	e->setup.peer = memory + (side ? 0 : e->setup.size);
	e->setup.peer_id = e->peer;
	e->epoch = ((struct bh_section *)e->setup.own)->epoch.last;
#if defined(__x86_64__)
	/* Interrupts leave from the APIC of the CPU that writes. */
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	e->lapic = map(LAPIC, 4096, O_SYNC);
	return e->lapic == MAP_FAILED ? -1 : 0;
#else
	(void)cpus;
	return monitor_open(&e->monitor) ? -1 : 0;
#endif
}

/* --- an ordinary peer --- */

static void ring(struct end *e)
{
	const struct bh_section *peer = e->setup.peer;
	uint64_t word = bh_load(&peer->epoch.doorbell);

	e->rings++;
	if (!e->lapic) {
		monitor_call(&e->monitor, BH_CALL_RING, e->peer, NULL);
		return;
	}
	/* The victim is honest: what it has published is its own. */
	if (BH_DOORBELL_KIND(word) != BH_DOORBELL_APIC)
		return;
	e->lapic[LAPIC_ICR_HIGH / 4] = BH_DOORBELL_TARGET(word) << 24;
	e->lapic[LAPIC_ICR_LOW / 4] = BH_DOORBELL_VECTOR(word);
}

/* Where the peer shall ring: a third partition, all CPUs, no CPU; NMI and exceptions too. */
static uint64_t odd_doorbell(void)
{
	static const uint32_t targets[] = { 0, 1, 2, 3, 4, 0xff, 0x100, 0x102, 0xffff, 0xffffffff };
	static const uint8_t vectors[] = { 0, 2, 8, 14, 0x1f, 0x20, 0x30, 0x80, 0xec, 0xef, 0xfd, 0xff };
	uint32_t target = targets[below(sizeof(targets) / sizeof(targets[0]))];
	uint32_t vector = vectors[below(sizeof(vectors))];

	return below(8) ? BH_DOORBELL(BH_DOORBELL_APIC, below(4) ? vector : below(256), target) : any();
}

/* A life as any other, up to a link that is up. */
static int behave(struct end *e)
{
	const struct bh_section *peer = e->setup.peer;
	int64_t end = now_ns(CLOCK_MONOTONIC) + ANSWER;
	uint64_t accepted = 0;

	do
		e->epoch++;
	while (!e->epoch || e->epoch == bh_load(&peer->epoch.accepted));
	e->setup.epoch = e->epoch;
	e->setup.doorbell = odd_doorbell();
	if (bh_ring_init(&e->ring, &e->setup))
		return -1;
	bh_ring_open(&e->ring, &e->setup);
	ring(e);
	while (bh_ring_check_peer(&e->ring) != BH_LINK_UP) {
		if (e->ring.accepted != accepted) {
			accepted = e->ring.accepted;
			ring(e);
		}
		if (now_ns(CLOCK_MONOTONIC) > end) {
			fprintf(stderr, "bh-guest: hostile: no answer to life %#" PRIx64
				": the peer has accepted %#" PRIx64 " in state %u\n", e->epoch,
				bh_load(&peer->epoch.accepted), bh_load(&peer->epoch.state));
			return -1;
		}
		usleep(100);
	}
	if (e->ring.accepted != accepted)
		ring(e);
	e->lives++;
	return 0;
}

/* --- what services should not be told --- */

static void scribble(uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size; at++)
		data[at] = (uint8_t)any();
}

static void put16(uint8_t *at, uint64_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

/* Ethernet behind its header of offloads; half of it is TCP that would be let in. */
static uint32_t say_net(struct end *e, uint8_t *data, uint32_t room)
{
	uint32_t length = below(4) ? below(1600) : below(room);
	uint8_t *frame = data + 8;

	scribble(data, length < 256 ? 256 : length);
	if (below(2)) {
		put16(data, below(2) ? 1448 : odd(0));
		data[2] = (uint8_t)(below(8) ? below(4) : any());
		data[3] = (uint8_t)(below(8) ? 1 : any());
		put16(data + 4, below(2) ? 34 : odd(34));
		put16(data + 6, below(2) ? 16 : odd(16));
	}
	if (below(4)) {
		memset(frame, 0xff, 6);
		memcpy(frame + 6, "\x02\x42\x48\0", 4);
		put16(frame + 12, below(8) ? 0x0008 : 0xdd86);
		frame[14] = (uint8_t)(below(8) ? 0x45 : any());
		frame[16] = (uint8_t)(length - 22 < 65536 ? (length - 22) >> 8 : 0);
		frame[17] = (uint8_t)(length - 22);
		frame[20] &= 0x40;
		frame[21] = 0;
		frame[23] = (uint8_t)(below(8) ? 6 : any());
		memcpy(frame + 26, "\x0a\0\x01\x02\x0a\0\x01\x01", 8);
		put16(frame + 36, 0x8813);
		frame[46] = (uint8_t)(below(8) ? 0x50 : any());
		/* IPv4 asks for a checksum of its header, however long that says it is. */
		put16(frame + 24, 0);
		uint32_t sum = 0;

		for (uint32_t at = 0; at < (frame[14] & 15) * 4U; at += 2)
			sum += (uint32_t)frame[14 + at] << 8 | frame[15 + at];
		sum = (sum & 0xffff) + (sum >> 16);
		sum = ~((sum & 0xffff) + (sum >> 16));
		frame[24] = (uint8_t)(sum >> 8);
		frame[25] = (uint8_t)sum;
	}
	(void)e;
	return length;
}

/* struct virtio_vsock_hdr, as the driver carries it. */
struct vsock_header {
	uint64_t src_cid, dst_cid;
	uint32_t src_port, dst_port, len;
	uint16_t type, op;
	uint32_t flags, buf_alloc, fwd_cnt;
} __attribute__((packed));

static uint32_t say_vsock(struct end *e, uint8_t *data, uint32_t room, bool storm)
{
	uint32_t payload = storm ? 0 : below(4) ? below(200) : below(room - 64);
	struct vsock_header header = {
		.src_cid = below(16) ? e->setup.owner : any(),
		.dst_cid = below(16) ? e->peer : any(),
		.src_port = below(64),
		.dst_port = below(2) ? 5000 : below(64),
		.len = below(8) ? payload : (uint32_t)odd(payload),
		.type = (uint16_t)(below(8) ? 1 + below(2) : any()),
		.op = (uint16_t)(storm ? 1 : below(8) ? below(9) : any()),
		.flags = (uint32_t)(below(2) ? below(8) : any()),
		.buf_alloc = (uint32_t)odd(65536),
		.fwd_cnt = (uint32_t)odd(0),
	};
	uint32_t length = (uint32_t)sizeof(header) + payload;

	memcpy(data, &header, sizeof(header));
	scribble(data + sizeof(header), payload);
	return !storm && !below(16) ? below((uint32_t)sizeof(header)) : length;
}

static uint32_t say_control(uint8_t *data)
{
	static const uint16_t ports[] = {
		BH_PORT_CONTROL, BH_PORT_CONSOLE, BH_PORT_CONSOLE_INPUT, BH_PORT_NET, BH_PORT_VSOCK,
		BH_PORT_HANDOFF, BH_PORT_USER, BH_PORT_PAD, 0x7777,
	};
	struct bh_control control = {
		.type = (uint16_t)(below(4) ? 1 + below(3) : any()),
		.port = ports[below(sizeof(ports) / sizeof(ports[0]))],
		.value = (uint32_t)odd(BH_WINDOW_BYTES),
	};

	memcpy(data, &control, sizeof(control));
	scribble(data + sizeof(control), 64);
	return below(8) ? sizeof(control) : below(72);
}

static uint16_t compose(struct end *e, uint8_t *data, uint32_t room, uint32_t *length, bool storm)
{
	switch (storm ? 1 : below(5)) {
	case 0:
		*length = say_net(e, data, room);
		return BH_PORT_NET;
	case 1:
		*length = say_vsock(e, data, room, storm);
		return BH_PORT_VSOCK;
	case 2:
		*length = say_control(data);
		return BH_PORT_CONTROL;
	default:
		*length = below(4) ? below(3000) : below(room);
		scribble(data, *length);
		return below(2) ? BH_PORT_USER : (uint16_t)(any() % BH_PORT_PAD);
	}
}

/* Frames that are frames; the services have to see for themselves. */
static void speak(struct end *e)
{
	static uint8_t data[1 << 20];
	/* A storm of requests, whose answers are not read. */
	bool storm = !below(8), rung = false, reads = !storm && below(4);
	uint32_t room = e->ring.frame_max < sizeof(data) ? e->ring.frame_max : sizeof(data);
	uint32_t n = storm ? 4000 : 1 + below(100), length;
	uint16_t port;

	for (uint32_t i = 0; i < n; i++) {
		port = compose(e, data, room, &length, storm);
		if (length > room || bh_tx_send(&e->ring, port, data, length, &rung)) {
			ring(e);
			usleep(200);
			continue;
		}
		e->frames++;
	}
	if (bh_tx_flush(&e->ring) || rung || below(2))
		ring(e);
	for (int i = 0; reads && i < 500; i++) {
		if (bh_rx_recv(&e->ring, data, sizeof(data), &length, &port, &rung))
			break;
	}
}

/* --- what a section should not be --- */

static void break_header(struct end *e)
{
	struct bh_tx *tx = &e->ring.tx;
	uint64_t header = bh_frame_header(tx->head, (uint16_t)any(), (uint32_t)odd(64));

	if (below(2))
		header ^= UINT64_C(1) << below(64);
	if (!below(4))
		header = bh_frame_header(tx->head, BH_PORT_PAD, (uint32_t)odd(tx->size - tx->offset));
	bh_store((uint64_t *)(tx->data + tx->offset), header);
	bh_store(&e->ring.own->head.frames, tx->head + 8 * (1 + below(64)));
}

static void storm_of_rings(struct end *e)
{
	for (int i = 0; i < 3000; i++)
		ring(e);
}

static void storm_of_lives(struct end *e)
{
	for (int i = 0; i < 500; i++) {
		bh_store(&e->ring.own->epoch.epoch, ++e->epoch);
		bh_store(&e->ring.own->epoch.accepted, bh_load(&e->ring.peer->epoch.epoch));
		if (!below(4))
			bh_store(&e->ring.own->head.frames, odd(0));
		ring(e);
	}
}

static void corrupt(struct end *e)
{
	struct bh_section *own = e->ring.own;
	uint8_t *bytes = (uint8_t *)own;

	switch (below(14)) {
	case 0:
		bh_store(&own->head.frames, odd(e->ring.tx.head));
		break;
	case 1:
		bh_store(&own->tail.frames, odd(e->ring.rx.tail));
		break;
	case 2:
		bh_store(&own->tail.cells, odd(0));
		bh_store(&own->head.cells, odd(0));
		break;
	case 3:
	case 4:
		break_header(e);
		break;
	case 5:
		bh_store(&own->epoch.epoch, odd(e->epoch));
		break;
	case 6:
		bh_store(&own->epoch.accepted, odd(e->ring.accepted));
		break;
	case 7:
		bh_store(&own->epoch.state, (uint32_t)odd(1));
		bh_store(&own->epoch.last, odd(e->epoch));
		break;
	case 8:
		bh_store(&own->epoch.doorbell, odd_doorbell());
		bh_store(&own->arm.frames, odd(e->ring.rx.tail));
		bh_store(&own->space.frames, odd(e->ring.tx.head));
		break;
	case 9:
		bh_store((uint64_t *)(bytes + 8 * below(5)), odd(1));
		break;
	case 10:
		storm_of_rings(e);
		break;
	case 11:
		storm_of_lives(e);
		break;
	case 12:
		/* While the peer reads: the frames' headers, then all of the section's. */
		for (int i = 0; i < 2000; i++)
			bh_store((uint64_t *)(e->ring.tx.data + 8 * below(e->ring.tx.size / 8)), any());
		break;
	default:
		scribble(bytes + 128, BH_SECTION_HEADER - 128);
		break;
	}
	ring(e);
}

/* Has the peer said that it believes nothing of this any more? */
static bool quarantined(struct end *e, int64_t patience)
{
	int64_t end = now_ns(CLOCK_MONOTONIC) + patience;

	do {
		if (bh_load(&e->ring.peer->epoch.state) == BH_CHANNEL_QUARANTINED)
			return true;
		usleep(100);
	} while (now_ns(CLOCK_MONOTONIC) < end);
	return false;
}

int cmd_hostile(int argc, char **argv)
{
	static struct end e;
	double seconds;
	char *rest;
	int64_t end;
	int rounds;

	if (argc != 3 || !(e.peer = parse_id(argv[0])))
		return usage();
	state = strtoull(argv[1], &rest, 0);
	if (*rest || !state)
		return usage();
	seconds = strtod(argv[2], &rest);
	if (*rest || !(seconds > 0 && seconds <= 1e6))
		return usage();
	if (begin(&e))
		return fail("hostile");
	end = now_ns(CLOCK_MONOTONIC) + (int64_t)(seconds * (double)NSEC_PER_SEC);
	for (rounds = 0; now_ns(CLOCK_MONOTONIC) < end; rounds++) {
		if (behave(&e))
			return EXIT_FAILURE;
		speak(&e);
		for (uint32_t n = below(4); n; n--)
			corrupt(&e);
		e.quarantines += quarantined(&e, 5 * NSEC_PER_MSEC);
	}
	/* What is left behind is broken for sure: a head where no frame can end. */
	if (behave(&e))
		return EXIT_FAILURE;
	bh_store(&e.ring.own->head.frames, 4);
	ring(&e);
	if (!quarantined(&e, ANSWER)) {
		fprintf(stderr, "bh-guest: hostile: the peer does not mind a head of 4\n");
		return EXIT_FAILURE;
	}
	say("hostile: %d rounds %" PRIu64 " lives %" PRIu64 " frames %" PRIu64 " rings %" PRIu64
	    " quarantines\n", rounds, e.lives, e.frames, e.rings, e.quarantines + 1);
	return EXIT_SUCCESS;
}
