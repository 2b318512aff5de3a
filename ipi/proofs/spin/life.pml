/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lives, as bh_ring_open() and bh_ring_check_peer() in ipi/ring/bh_ring.h deal with them: two
 * ends that start whenever they like, die up to DEATHS times at any step and begin again
 * with a new epoch. Store buffers as in ring.pml; an acquire that is left out is a
 * load done too early.
 *
 * Positions stand for all lines of a section: 0 once they are reset, otherwise the two lives that
 * they belong to. Each end sends one message to each life of the other that it accepts.
 *
 * Nobody reads a position of other lives, blames an honest peer or finds it foreign: the
 * assertions. Both last lives get their message: no invalid end state.
 */
#ifndef DEATHS
#define DEATHS	1
#endif

#define IDENT	0
#define EPOCH	1
#define ACCEPTED 2
#define POS	3
#define VARS	4
#define OF(who, var)	((who) * VARS + (var))
#define LIVES(from, to)	((from) * 8 + (to))

byte mem[2 * VARS];
/* One for each of the ends: a store of the second is at index VARS + var. */
chan buf0 = [6] of { byte, byte };
chan buf1 = [6] of { byte, byte };
bool rung[2];
byte deaths;

proctype memory(chan buf; byte who)
{
	byte var, val;

end:	do
#ifdef TSO
	:: atomic { buf?var,val -> mem[OF(who, var)] = val; }
#else
	:: atomic { buf??IDENT,val -> mem[OF(who, IDENT)] = val; }
	:: atomic { buf??EPOCH,val -> mem[OF(who, EPOCH)] = val; }
	:: atomic { buf??ACCEPTED,val -> mem[OF(who, ACCEPTED)] = val; }
	:: atomic { buf??POS,val -> mem[OF(who, POS)] = val; }
#endif
	od
}

inline drain()
{
	atomic { empty(buf) -> skip; }
}

#ifdef NO_E_FENCE
#define FENCE_E		skip
#else
#define FENCE_E		drain()
#endif
#ifdef NO_E_REL
#define RELEASE_E	skip
#else
#define RELEASE_E	drain()
#endif
#ifdef NO_F_REL
#define RELEASE_F	skip
#else
#define RELEASE_F	drain()
#endif
#ifdef NO_H
#define FENCE_H		skip
#else
#define FENCE_H		drain()
#endif

/* The power may fail; what is in the store buffer still arrives. */
inline may_die()
{
	if
	:: atomic { deaths < DEATHS -> deaths++; }
		goto born
	:: true -> skip
	fi
}

proctype end_of(chan buf; byte who)
{
	byte life, accepted, epoch, other, position, ident;
	bool up, sent, got;

born:	life++;
	accepted = 0;
	sent = false;
	got = false;
	up = false;

	/* bh_ring_open() */
	buf!EPOCH,0;
	FENCE_E;
	may_die();
	buf!ACCEPTED,0;
	buf!IDENT,1;
	buf!POS,0;
	may_die();
	RELEASE_E;
	buf!EPOCH,life;
	may_die();

look:	/* bh_ring_check_peer() */
	FENCE_H;
#ifdef NO_E_ACQ
	ident = mem[OF(1 - who, IDENT)];
	epoch = mem[OF(1 - who, EPOCH)];
#else
	epoch = mem[OF(1 - who, EPOCH)];
	ident = mem[OF(1 - who, IDENT)];
#endif
	up = false;
	if
	:: epoch == 0 -> goto rest
	:: else -> skip
	fi;
	assert(ident == 1);	/* or it is foreign */
	if
	:: epoch != accepted ->
		buf!POS,0;
		accepted = epoch;
		sent = false;
		got = false;
		may_die();
		RELEASE_F;
		buf!ACCEPTED,accepted;
		FENCE_H;
		rung[1 - who] = true;
		may_die()
	:: else -> skip
	fi;
#ifdef NO_F_ACQ
	position = mem[OF(1 - who, POS)];
#endif
	other = mem[OF(1 - who, ACCEPTED)];
	up = (other == life);
	if
	:: up && !sent ->
		buf!POS,LIVES(life, accepted);
		sent = true;
		drain();	/* (C) of ring.pml */
		rung[1 - who] = true;
		may_die()
	:: else -> skip
	fi;

rest:	if
	:: up ->
		/* bh_rx_look() */
#ifndef NO_F_ACQ
		position = mem[OF(1 - who, POS)];
#endif
		if
		:: position == 0 && got ->
			/* Back to nothing: a new life explains it, or the peer is blamed. */
			epoch = mem[OF(1 - who, EPOCH)];
			assert(epoch != accepted);
			goto look
		:: position == 0 -> skip
		:: else ->
			assert(position == LIVES(accepted, life));
			got = true
		fi
	:: else -> skip
	fi;
	may_die();
	/* Sleep until rung. Who has all may end, but has to get up when the other is born again. */
	if
	:: got && sent ->
end:		atomic { rung[who] -> rung[who] = false; }
	:: else ->
		atomic { rung[who] -> rung[who] = false; }
	fi;
	goto look
}

init
{
	atomic {
		run memory(buf0, 0);
		run memory(buf1, 1);
		run end_of(buf0, 0);
		run end_of(buf1, 1);
	}
}
