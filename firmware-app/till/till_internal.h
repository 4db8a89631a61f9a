/* SPDX-License-Identifier: MIT */
#ifndef TILL_TILL_INTERNAL_H
#define TILL_TILL_INTERNAL_H

#include <assert.h>
#include <string.h>

#include "till/code.h"
#include "till/till.h"

/*
 * What the files of the till share. till.c holds the machine and enter(), the
 * one door for state changes; each flow has a file; till_view.c paints none of
 * it but says what is to be seen.
 */
enum {
	PIN_LEN_MIN = 6,
	PIN_LEN_MAX = 12,
	PIN_TRIES_MAX = 5,
	PIN_LOCK_MS = 15 * 60 * 1000, /* or until a supervisor signs in */
	PIN_TRIED_MAX = 32,           /* clerks whose tries are remembered */
	MOBILE_DIGITS = 11,
	AGAIN_DIGITS = 4,
	LINE_MILLI_MAX = 9999 * 1000, /* pieces or kilograms of one line */
	LINE_CENTS_MAX = 100000000,   /* R$ 1.000.000,00: a typing mistake */
	PRICE_DIGITS_MAX = 9,
	PRICE_TYPED_MAX = 999999999, /* what so many digits say */
	INTENT_BYTES_MAX = 12 * 1024,
	DONE_SHOWN_MS = 60 * 1000, /* then the next customer sees nothing of it */
	IDLE_MEMBER_MS = 120 * 1000,
};

enum till_state {
	STATE_SETUP = 0, /* not enrolled, or no programme yet */
	STATE_CLOSED,    /* who opens, and the PIN */
	STATE_QUIT,      /* really leave? */
	STATE_IDLE,
	STATE_SALE,
	STATE_PRICE,    /* a product without price */
	STATE_QUANTITY, /* of the chosen line */
	STATE_CONFIRM,  /* total shown, Enter records */
	STATE_CANCEL,   /* really cancel the sale? */
	STATE_DONE,     /* what was just recorded */
	STATE_TOPUP_OPERATOR,
	STATE_TOPUP_VALUE,
	STATE_TOPUP_NUMBER,
	STATE_TOPUP_AGAIN,
	STATE_TOPUP_CONFIRM,
	STATE_LAST, /* list of last sales */
	STATE_VOID, /* one of them */
	STATE_VOID_CONFIRM,
	STATE_ENROL,
	STATE_WHICH,   /* eleven digits: CPF or mobile? */
	STATE_SUMMARY, /* of the shift, before closing */
	STATE_SWITCH,  /* another clerk's PIN */
	STATE_HELP,
	STATE_COUNT_
};

/* What takes typed characters. */
enum field {
	FIELD_NONE = 0,
	FIELD_ANY, /* a code or read; Enter makes it a scan */
	FIELD_PIN,
	FIELD_CLERK,
	FIELD_CENTS,
	FIELD_QUANTITY,
	FIELD_MOBILE,
	FIELD_AGAIN,
	FIELD_MEMBER,
	FIELD_COUNT_
};

/* What is being recorded; the answer SAVED or SAVE_FAILED ends it. */
enum saving {
	SAVING_NONE = 0,
	SAVING_SALE,
	SAVING_TOPUP,
	SAVING_VOID,
	SAVING_ENROLMENT,
	SAVING_OPEN,
	SAVING_CLERK_OUT,
	SAVING_CLERK_IN,
	SAVING_CLOSE,
	SAVING_SIDE, /* a fact beside the work: card refused, clerk locked, reader */
};

/* Why an event is being looked up. */
enum finding {
	FINDING_NONE = 0,
	FINDING_VOID,
	FINDING_OUTCOME, /* the disk failed at the commit: was it recorded? */
};

struct basket_line {
	char product[PRODUCT_LEN_MAX + 1];
	char name[NAME_LEN_MAX + 1]; /* empty: not in the programme */
	uint32_t quantity_milli;
	int64_t price_cents; /* of one piece or kilogram; -1: the label said the amount */
	int64_t amount_cents;
	bool by_weight;
	bool labelled; /* weight or price came from a label: never merged or changed */
};

struct basket {
	uint8_t id[EVENT_ID_LEN]; /* drawn when the first line comes */
	bool recorded;            /* kept only to be seen in DONE */
	bool restored;            /* after a restart, until it is recorded */
	bool had_member;          /* before the restart */
	size_t count;
	size_t chosen;
	struct basket_line line[EVENT_LINES_MAX];
};

struct topup {
	uint8_t id[EVENT_ID_LEN];
	char operator_id[OPERATOR_LEN_MAX + 1];
	char operator_name[NAME_LEN_MAX + 1];
	int64_t cents;
	uint16_t validity_days;
	bool own;                      /* the identified member's own mobile */
	char phone[PHONE_LEN_MAX + 1]; /* E.164; empty: own, as on the central's file */
};

/* The recorded event that a void would take back. */
struct target {
	uint8_t own_id[EVENT_ID_LEN]; /* of the void itself, kept over retries */
	uint8_t id[EVENT_ID_LEN];
	enum event_type type;
	int64_t wall_ms;
	int utc_offset_min;
	int64_t amount_cents;         /* what is left of it */
	int64_t points[EARNER_COUNT]; /* what the void gives, by earner */
	char clerk[CLERK_LEN_MAX + 1];
	char operator_id[OPERATOR_LEN_MAX + 1];
	size_t line_count;
	struct event_line line[EVENT_LINES_MAX];
};

struct tries {
	char clerk[CLERK_LEN_MAX + 1];
	unsigned wrong;
	bool locked;
	int64_t locked_mono_ms;
};

/* A read with its meaning; `receipt` is the till's own code for a void. */
struct heard {
	struct meaning meaning;
	enum scan_source source;
	bool receipt;
	uint8_t id[EVENT_ID_LEN];
};

struct till {
	struct till_config config;
	enum till_state state;
	enum till_state help_under;  /* where Help goes back to */
	enum till_state which_under; /* where the choice of CPF or mobile does */
	enum till_state enrol_under;
	const struct input *now; /* the input in hand, for time and randomness */
	struct till_status status;
	struct till_shift shift;
	bool signed_in;

	/* clerk and PIN */
	size_t clerk_chosen; /* among the clerks of this store */
	bool clerk_typing;   /* the code is typed, not the PIN */
	char pin[PIN_LEN_MAX + 1];
	char pin_clerk[CLERK_LEN_MAX + 1];
	bool pin_waits;
	uint32_t pin_ticket;
	struct tries tried[PIN_TRIED_MAX];
	size_t tried_next;

	/* member */
	struct person member;
	struct view_member seen;
	uint8_t enrol_id[EVENT_ID_LEN];
	uint32_t member_ticket;
	uint32_t ticket_last;
	int64_t quiet_since_ms; /* last key or scan, monotonic */
	struct meaning which;   /* the digits that are both */

	struct basket basket;
	uint32_t times_milli;     /* typed before an item; 0: none */
	struct basket_line asked; /* waits for its price or weight; no code: none */
	struct topup topup;
	struct target target;
	size_t list_chosen;
	size_t last_count;
	struct last_sale last[LAST_SALES_MAX];

	enum saving saving;
	bool retry; /* the last try to record failed */
	enum finding finding;
	struct event event;
	struct person person; /* of the event being recorded */
	struct points points;
	uint64_t programme_version; /* that the points were made by */
	bool points_stale;          /* another one is in force */
	uint8_t done_id[EVENT_ID_LEN];
	uint8_t intent[INTENT_BYTES_MAX];
	size_t intent_len;
	bool intent_dirty;

	unsigned stray_count; /* characters that this state had no field for */
	size_t typed_len;
	char typed[SCAN_LEN_MAX + 1];
	struct scan scratch; /* what was typed, as a scan */
	struct sentence read;
	enum tone read_tone;
	bool paint;
	struct view view;
};

/* --- till.c ------------------------------------------------------------- */
void enter(struct till *t, enum till_state next);
struct effect *till_ask(struct effects *fx, enum effect_kind kind);
void till_beep(struct effects *fx, enum tone tone);
/* The sentence about what was just read or happened, with its tone and beep. */
void till_say(struct till *t, struct effects *fx, enum tone tone, enum word word);
void till_say_of(struct till *t, struct effects *fx, enum tone tone, enum word word,
    const char *argument);
/* Forgets the customer and the sale; IDLE, or CLOSED when nobody is signed in. */
void till_fresh(struct till *t);
/* A read, whatever its source; the scan is wiped before it returns. */
void till_hear(struct till *t, struct scan *scan, struct effects *fx);
bool till_is_set_up(const struct till *t); /* enrolled, and a programme is there */

/* --- till_desk.c: what each state shows and hears ------------------------ */
typedef void act_fn(struct till *t, struct effects *fx);
typedef void typed_fn(struct till *t, uint32_t ch, struct effects *fx);
typedef void heard_fn(struct till *t, const struct heard *heard, struct effects *fx);

/* A key of a state and its hint; W_NONE: works, and is not hinted at. */
struct desk_key {
	enum key key;
	act_fn *act;
	enum word hint_key;
	enum word hint;
};

enum { DESK_KEYS_MAX = 14 };

struct desk {
	enum view_screen screen;
	enum word title;
	enum word prompt; /* W_NONE, or an argument in it: till_view.c makes it */
	enum field field;
	enum word help;
	typed_fn *typed; /* a character came (after the field took it); may be NULL */
	heard_fn *heard;
	struct desk_key key[DESK_KEYS_MAX];
};

const struct desk *desk_of(enum till_state state);

/* --- till_field.c -------------------------------------------------------- */
enum field field_now(const struct till *t);
/* Takes a character or Backspace into the field; false: not for it. */
bool field_key(struct till *t, const struct key_press *press);
void field_clear(struct till *t); /* wipes */
void field_show(const struct till *t, struct view_field *ret_field);
/* "3", "0,350" before the sign; ERR_FORMAT, ERR_RANGE. */
MUST_CHECK enum err quantity_parse(const char *text, uint32_t *ret_milli);
int64_t typed_cents(const struct till *t);

/* --- till_member.c ------------------------------------------------------- */
bool member_known(const struct till *t);
void member_forget(struct till *t);
act_fn member_remove; /* by the clerk */
/* A member's identifier, or digits that may be two of them: taken, true. */
bool member_heard(struct till *t, const struct heard *heard, struct effects *fx);
void member_answer(struct till *t, const struct input *input, struct effects *fx);
void which_typed(struct till *t, uint32_t ch, struct effects *fx);
act_fn which_back, which_enter;
heard_fn which_heard;

/* --- till_enrol.c -------------------------------------------------------- */
act_fn enrol_start, enrol_back, enrol_enter;
heard_fn enrol_heard;
void enrol_event(struct till *t);
void enrol_saved(struct till *t, struct effects *fx);

/* --- till_basket.c: the lines of a sale and their amounts ------------------ */
int64_t basket_total(const struct basket *basket);
/* Takes what a label or typed code names into the sale, or asks what it lacks. */
void basket_heard(struct till *t, const struct meaning *meaning, struct effects *fx);
/* A programme's own code; false: it has none of that name. */
bool basket_own_code(struct till *t, const char *code, struct effects *fx);
act_fn basket_put_asked, basket_remove;
void basket_set_quantity(struct till *t, uint32_t milli, struct effects *fx);
/* The lines changed: points again, and the intent. */
void basket_changed(struct till *t);

/* --- till_sale.c --------------------------------------------------------- */
act_fn idle_finish, idle_escape, idle_switch, idle_summary;
act_fn sale_confirm, sale_up, sale_down, sale_quantity, sale_escape, sale_first;
act_fn asked_drop, price_enter, quantity_enter, confirm_enter, sale_back, cancel_enter;
heard_fn sale_heard, not_now_heard, busy_heard;
void sale_event(struct till *t);
void sale_saved(struct till *t, struct effects *fx);

/* --- till_topup.c -------------------------------------------------------- */
act_fn topup_start;
act_fn topup_back, topup_operator_enter, topup_value_enter, topup_number_enter,
    topup_again_enter, topup_enter;
typed_fn topup_operator_typed, topup_value_typed, topup_number_typed, topup_again_typed,
    topup_confirm_typed;
act_fn list_up, list_down; /* in any list */
size_t list_count(const struct till *t);
heard_fn topup_heard;
const struct operator_entry *topup_operator(const struct till *t); /* NULL: gone */
void topup_event(struct till *t);
void topup_saved(struct till *t, struct effects *fx);

/* --- till_void.c --------------------------------------------------------- */
act_fn last_start, last_enter, void_enter, void_confirm_enter, void_back;
typed_fn last_typed;
void last_answer(struct till *t, const struct input *input, struct effects *fx);
void void_find(struct till *t, const uint8_t id[EVENT_ID_LEN], struct effects *fx);
void void_found(struct till *t, const struct input *input, struct effects *fx);
heard_fn last_heard;
void void_event(struct till *t);
void void_saved(struct till *t, struct effects *fx);

/* --- till_shift.c -------------------------------------------------------- */
act_fn closed_enter, closed_up, closed_down, closed_code, switch_back, quit_ask,
    quit_enter, quit_back, summary_enter, to_idle, help_back;
typed_fn closed_typed;
heard_fn closed_heard;
void pin_answer(struct till *t, const struct input *input, struct effects *fx);
size_t store_clerk_count(const struct till *t);
const struct clerk *store_clerk(const struct till *t, size_t at); /* NULL: none */
const char *clerk_name(const struct till *t, const char *id);
const char *clerk_now(const struct till *t); /* empty: nobody signed in */
void shift_count(struct till *t, const struct event *event);
void shift_saved(struct till *t, enum saving what, struct effects *fx);

/* --- till_record.c ------------------------------------------------------- */
/* Makes the event and asks to record it; the answer is the next input. */
void record_start(struct till *t, enum saving what, struct effects *fx);
/* A fact beside the work; `detail` is a word. */
void record_side(struct till *t, enum event_type type, const char *clerk,
    const char *detail, struct effects *fx);
void record_saved(struct till *t, struct effects *fx);
void record_failed(struct till *t, enum err error, struct effects *fx);
void record_outcome(struct till *t, const struct input *input, struct effects *fx);
/* Empties t->event and sets type, clerk, times, business day, training, id. */
void event_start(struct till *t, enum event_type type, const uint8_t id[EVENT_ID_LEN]);
/* What t->event earns, into t->points and into the event. */
void event_points(struct till *t);
/* The points shown: of the top-up or the sale that is open. */
void points_again(struct till *t);

/* --- till_intent.c ------------------------------------------------------- */
void intent_write(struct till *t);

/* --- till_view.c --------------------------------------------------------- */
void view_build(struct till *t);

/* --- till_show.c: numbers, dates and times as people read them ------------ */
void show_text(char *out, size_t cap, const char *text); /* cut at a whole character */
void show_more(char *out, size_t cap, const char *more);
void show_number(char *out, size_t cap, int64_t n);                /* 1234 */
void show_cents(char *out, size_t cap, int64_t cents);             /* R$ 1.234,56 */
void show_quantity(char *out, size_t cap, uint32_t milli);         /* 3 or 0,350 */
void show_time(char *out, size_t cap, int64_t ms, int offset_min); /* 14:05 */
void show_day(char *out, size_t cap, uint32_t yyyymmdd);           /* 22/11/2026 */
void show_receipt(char *out, size_t cap, const uint8_t id[EVENT_ID_LEN]);
/* yyyymmdd of the local day. */
uint32_t day_of(int64_t wall_ms, int offset_min);

#endif
