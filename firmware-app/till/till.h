/* SPDX-License-Identifier: MIT */
#ifndef TILL_TILL_H
#define TILL_TILL_H

#include "contract/directory.h"
#include "contract/points.h"
#include "drivers/scan.h"
#include "till/try_code.h"
#include "ui/input.h"
#include "ui/view.h"

/*
 * The machine that decides: inputs in, effects out. Pure: no I/O, clock, heap;
 * time and randomness arrive inside the inputs. counter.c performs the effects
 * in order and hands their outcomes back as inputs.
 */
struct till;

enum { TILL_EFFECTS_MAX = 8 };

enum input_kind {
	INPUT_NONE = 0,
	INPUT_KEY,
	INPUT_SCAN,  /* wiped by the till before till_step returns */
	INPUT_TICK,  /* about once a second, and after every wait */
	INPUT_SAVED, /* the RECORD effect is durable */
	INPUT_SAVE_FAILED,
	INPUT_MEMBER,  /* answer to LOOK_UP */
	INPUT_PIN,     /* answer to CHECK_PIN */
	INPUT_LAST,    /* answer to LIST_LAST */
	INPUT_FOUND,   /* answer to FIND_EVENT */
	INPUT_READER,  /* lost or found */
	INPUT_STATUS,  /* link, waiting, disk, programme: something changed */
	INPUT_DROPPED, /* a read came while too many waited already: say so */
	INPUT_KIND_COUNT_
};

/* One recorded sale as the list of last sales shows it. */
struct last_sale {
	uint8_t id[EVENT_ID_LEN];
	enum event_type type;
	int64_t wall_ms;
	int utc_offset_min;
	int64_t amount_cents;
	char clerk[CLERK_LEN_MAX + 1];
	bool voided;
};

enum { LAST_SALES_MAX = 20 };

/* What is not the sale itself: shown by the status line. */
struct till_status {
	struct view_status shown;
	struct sentence supervisor; /* in the place of `shown.warn` for a supervisor */
	bool enrolled;
};

struct input {
	enum input_kind kind;
	int64_t wall_ms; /* always set, by counter.c */
	int64_t mono_ms;
	int utc_offset_min;
	uint8_t random[EVENT_ID_LEN]; /* fresh at every input: an id if one is needed */

	union {
		struct key_press key;
		struct scan *scan; /* the caller's buffer; wiped */

		struct {
			enum err error; /* SAVE_FAILED: why */
			uint64_t seq;
		} saved;

		struct {
			uint32_t ticket; /* of the effect; a stale one is ignored */
			enum err error;  /* ERR_NOT_FOUND: not in the directory */
			struct directory_entry entry;
		} member;

		struct {
			uint32_t ticket;
			enum err error; /* it could not be checked: no try is counted */
			bool right;
		} pin;

		struct {
			size_t count;
			struct last_sale sale[LAST_SALES_MAX];
		} last;

		struct {
			enum err error;
			const struct event *event; /* the caller's, for this call */
			const struct event *kept;  /* less what was returned */
			int64_t taken[EARNER_COUNT];
			bool voided;
		} found;

		struct {
			bool lost;
			char name[SCAN_READER_LEN_MAX + 1];
		} reader;
		const struct till_status *status;
	} u;
};

enum effect_kind {
	EFFECT_NONE = 0,
	EFFECT_PAINT,      /* show till_view */
	EFFECT_RECORD,     /* append till_event with till_person; answer SAVED */
	EFFECT_INTENT,     /* store till_intent as the open sale (no answer) */
	EFFECT_LOOK_UP,    /* the person in till_person; answer MEMBER */
	EFFECT_CHECK_PIN,  /* `clerk`, and the typed PIN in till_pin; answer PIN */
	EFFECT_LIST_LAST,  /* answer LAST */
	EFFECT_FIND_EVENT, /* `id`; answer FOUND */
	EFFECT_BEEP,
	EFFECT_CUT, /* shift closed: cut everything that waits */
	EFFECT_QUIT,
	EFFECT_KIND_COUNT_
};

struct effect {
	enum effect_kind kind;
	uint32_t ticket;
	enum tone tone;
	uint8_t id[EVENT_ID_LEN];
};

struct effects {
	size_t count;
	struct effect effect[TILL_EFFECTS_MAX];
};

enum { TILL_LOCKS_MAX = 8 };

/* What this shift took, by type, and whose PIN is locked; the shell rebuilds it
 * from the journal after a restart. */
struct till_shift {
	bool open;
	char clerk[CLERK_LEN_MAX + 1]; /* who is or was signed in */
	int64_t opened_ms;
	int opened_offset_min;
	uint32_t with_member;
	size_t lock_count; /* restored only; the machine keeps its own */

	struct {
		char clerk[CLERK_LEN_MAX + 1];
		int64_t mono_ms; /* since when */
	} lock[TILL_LOCKS_MAX];

	uint32_t count[EVENT_TYPE_COUNT_];
	int64_t amount_cents[EVENT_TYPE_COUNT_];
};

/* What the shell sets before the first input and at each adoption. */
struct till_config {
	const char *store;
	const char *store_name;
	const char *terminal;
	uint16_t day_starts_minute; /* business day cut-over, local (03:00 = 180) */
	bool training;
	const struct programme *programme; /* NULL: none yet */
	uint64_t directory_version;
	const struct try_code *try_code; /* the shell's, as long as the till */
	size_t try_count;                /* at most TRY_CODES_MAX */
};

/* The size is known here so that a test can hold one; fields are till.c's. */
size_t till_size(void);
void till_init(struct till *till, const struct till_config *config);
void till_config_set(struct till *till, const struct till_config *config);

/* Decides. `effects` is emptied first. */
void till_step(struct till *till, struct input *input, struct effects *effects);

const struct view *till_view(const struct till *till);
/* For RECORD: complete but for terminal, epoch, seq, boot id, clock, zone,
 * versions, which the shell knows and fills. Times, business day and training
 * are set here, because the points were made from them. */
struct event *till_event(struct till *till);
const struct person *till_person(const struct till *till); /* of RECORD or LOOK_UP */
const char *till_pin(const struct till *till);             /* wiped once answered */
const char *till_pin_clerk(const struct till *till);
/* A PIN is being checked: keys and scans are to be kept until its answer. */
bool till_busy(const struct till *till);
struct bytes till_intent(const struct till *till); /* empty: no open sale */
/* Somebody else's event took the intent's place in the journal: the next step
 * stores it again. */
void till_intent_lost(struct till *till);
/* Puts back an open sale after a restart, as "não registrada"; bytes that are
 * not an intent of ours are ignored. */
void till_intent_restore(struct till *till, struct bytes intent);
/* Puts back a shift that was open; its clerk still signs in again. */
void till_shift_restore(struct till *till, const struct till_shift *shift);

#endif
