/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One ring of ipi/ring/bh_ring.h with its doorbells, on CPUs with store buffers. What the
 * owner of a variable writes goes through its buffer; the other sees memory. By default
 * stores to different variables leave the buffer in any order (PSO); with -DTSO as x86
 * does it. A load that lacks its acquire is modelled as done too early.
 *
 * -DCELLS: the ring of cells, whose headers take the place of the head.
 * -DNO_x leaves a barrier out; ./run knows the names, which are the letters of bh_ring.h.
 *
 * No frame is lost, doubled or torn: the assertions. No wake-up is lost: no invalid end state.
 */
#ifndef SIZE
#define SIZE	2	/* slots */
#endif
#ifndef N
#define N	4	/* messages */
#endif
#define NEVER	255

#define HEAD	0	/* the producer's */
#define SPACE	1
#define SLOT	2
#define HDR	(SLOT + SIZE)
#define TAIL	(HDR + SIZE)	/* the consumer's */
#define ARM	(TAIL + 1)
#define VARS	(ARM + 1)

byte mem[VARS];
chan pbuf = [4] of { byte, byte };
chan cbuf = [4] of { byte, byte };
bool pbell, cbell;

/* Stores reach memory in their own time. */
proctype memory()
{
	byte var, val;

end:	do
#ifdef TSO
	:: atomic { pbuf?var,val -> mem[var] = val; }
	:: atomic { cbuf?var,val -> mem[var] = val; }
#else
	:: atomic { pbuf??HEAD,val -> mem[HEAD] = val; }
	:: atomic { pbuf??SPACE,val -> mem[SPACE] = val; }
	:: atomic { pbuf??eval(SLOT),val -> mem[SLOT] = val; }
	:: atomic { pbuf??eval(SLOT + 1),val -> mem[SLOT + 1] = val; }
	:: atomic { pbuf??eval(HDR),val -> mem[HDR] = val; }
	:: atomic { pbuf??eval(HDR + 1),val -> mem[HDR + 1] = val; }
	:: atomic { cbuf??eval(TAIL),val -> mem[TAIL] = val; }
	:: atomic { cbuf??eval(ARM),val -> mem[ARM] = val; }
#endif
	od
}

inline drain(buf)
{
	atomic { empty(buf) -> skip; }
}

#ifdef NO_A_REL
#define RELEASE_A(b)	skip
#else
#define RELEASE_A(b)	drain(b)
#endif
#ifdef NO_G_REL
#define RELEASE_G(b)	skip
#else
#define RELEASE_G(b)	drain(b)
#endif
#ifdef NO_C_TX
#define FENCE_C_TX(b)	skip
#else
#define FENCE_C_TX(b)	drain(b)
#endif
#ifdef NO_C_RX
#define FENCE_C_RX(b)	skip
#else
#define FENCE_C_RX(b)	drain(b)
#endif
#ifdef NO_D_TX
#define FENCE_D_TX(b)	skip
#else
#define FENCE_D_TX(b)	drain(b)
#endif
#ifdef NO_D_RX
#define FENCE_D_RX(b)	skip
#else
#define FENCE_D_RX(b)	drain(b)
#endif

proctype producer()
{
	byte head, before, tail, wanted;

	do
	:: head == N -> break
	:: else ->
		/* bh_tx_reserve() and, when that says full, bh_tx_arm() */
room:		if
		:: head - tail < SIZE -> skip
		:: else ->
#ifdef NO_B_ACQ
			pbuf!SLOT + head % SIZE,head + 1;
#endif
			tail = mem[TAIL];
			if
			:: head - tail < SIZE -> skip
			:: else ->
				pbuf!SPACE,head - SIZE;
				FENCE_D_TX(pbuf);
				tail = mem[TAIL];
				if
				:: head - tail < SIZE -> skip
				:: else ->
					atomic { pbell -> pbell = false; }
					goto room
				fi
			fi
		fi;
		pbuf!SLOT + head % SIZE,head + 1;
#ifdef CELLS
		/* bh_cell_send() */
		RELEASE_G(pbuf);
		pbuf!HDR + head % SIZE,head + 1;
		head++;
		FENCE_C_TX(pbuf);
		wanted = mem[ARM];
		if
		:: wanted == head - 1 -> cbell = true
		:: else -> skip
		fi
#else
		head++;
		if
		:: head < N && head - tail < SIZE -> skip	/* a batch */
		:: true ->
			/* bh_tx_flush() */
			RELEASE_A(pbuf);
			pbuf!HEAD,head;
			FENCE_C_TX(pbuf);
			wanted = mem[ARM];
			if
			:: before <= wanted && wanted < head -> cbell = true
			:: else -> skip
			fi;
			before = head
		fi
#endif
	od
}

/* bh_rx_give_back(), of what is read up to `upto` */
inline give_back(upto)
{
	cbuf!TAIL,upto;
	FENCE_D_RX(cbuf);
	wanted = mem[SPACE];
	if
	:: given <= wanted && wanted < upto -> pbell = true
	:: else -> skip
	fi;
	given = upto
}

#ifdef CELLS
#define LOOK	head = (mem[HDR + tail % SIZE] == tail + 1 -> tail + 1 : tail)
#else
#define LOOK	head = mem[HEAD]
#endif

proctype consumer()
{
	byte head, tail, given, wanted, value;
	bool early;

	do
	:: tail == N -> break
	:: else ->
		early = false;
		if
		:: tail != head -> skip
		:: else ->
#ifdef NO_A_ACQ
			value = mem[SLOT + tail % SIZE];
			early = true;
#endif
			LOOK
		fi;
		if
		:: tail != head ->
#ifdef NO_B_REL
			give_back(tail + 1);
#endif
			if
			:: early -> skip
			:: else -> value = mem[SLOT + tail % SIZE]
			fi;
			assert(value == tail + 1);
			tail++;
			if
			:: given != tail -> give_back(tail)	/* a quarter of the ring */
			:: true -> skip
			fi
		:: else ->
			/* bh_rx_arm() */
			if
			:: given != tail -> give_back(tail)
			:: else -> skip
			fi;
			cbuf!ARM,tail;
			FENCE_C_RX(cbuf);
			LOOK;
			if
			:: head != tail -> skip
			:: else -> atomic { cbell -> cbell = false; }
			fi
		fi
	od
}

init
{
	atomic {
		mem[ARM] = NEVER;
		mem[SPACE] = NEVER;
		run memory();
		run producer();
		run consumer();
	}
}
