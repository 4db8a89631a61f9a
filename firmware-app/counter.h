/* SPDX-License-Identifier: MIT */
#ifndef APP_COUNTER_H
#define APP_COUNTER_H

#include "base/attr.h"
#include "terminal.h"
#include "till/till.h"

/*
 * The main path: an input gets its time, till_step decides, the effects are
 * performed in one fixed order, and an answer that follows at once (saved, found,
 * listed) goes back in before anything else. No decisions here.
 *
 * Slow answers (a PIN, a member) come back through counter_pin and
 * counter_member with the ticket of their question. While a PIN is checked, keys
 * and scans wait in order; nothing typed is lost.
 */
struct counter;

enum { COUNTER_HELD_MAX = 64, COUNTER_SCANS_HELD_MAX = 8 };

struct counter_time {
	int64_t wall_ms;
	int64_t mono_ms;
	int utc_offset_min;
};

/* The journal, as the counter needs it; errors as terminal_record and
 * terminal_find. */
struct counter_book {
	enum err (*record)(void *self, struct event *event, const struct person *person);
	enum err (*intent)(void *self, struct bytes intent);
	enum err (*find)(
	    void *self, const uint8_t id[EVENT_ID_LEN], struct found_sale *ret);
	enum err (*last)(
	    void *self, struct last_sale ret_sale[LAST_SALES_MAX], size_t *ret_count);
	void (*cut)(void *self);
};

/* What takes long and answers later. `person`, `clerk` and `pin` are for the
 * call. */
struct counter_slow {
	void (*look_up)(void *self, const struct person *person, uint32_t ticket);
	void (*check_pin)(
	    void *self, const char *clerk, const char *pin, uint32_t ticket);
};

struct counter_desk {
	void (*show)(void *self, const struct view *view);
	void (*beep)(void *self, enum tone tone);
	void (*quit)(void *self);
	void (*now)(void *self, struct counter_time *ret_time);
	void (*draw)(void *self, uint8_t ret_random[EVENT_ID_LEN]); /* an id */
};

/* Its outside: the terminal's, or a test's. */
struct counter_ports {
	void *self; /* handed to all of them */
	const struct counter_book *book;
	const struct counter_slow *slow;
	const struct counter_desk *desk;
};

MUST_CHECK enum err counter_open(const struct till_config *config,
    const struct counter_ports *ports, struct counter **ret_counter);
void counter_close(struct counter **counter); /* wipes */

/* At start, before anybody signs in: what a crash left. */
void counter_restore_intent(struct counter *counter, struct bytes intent);
void counter_restore_shift(struct counter *counter, const struct till_shift *shift);
/* A programme was adopted, or the store changed. */
void counter_configure(struct counter *counter, const struct till_config *config);

/* An event that was not the till's was recorded, and the journal dropped the
 * intent with it: an open sale is stored again. */
void counter_recorded_beside(struct counter *counter);

void counter_key(struct counter *counter, struct key_press press);
void counter_scan(struct counter *counter, struct scan *scan); /* wiped */
void counter_tick(struct counter *counter);
void counter_reader(struct counter *counter, bool lost, const char *name);
void counter_status(struct counter *counter, const struct till_status *status);
void counter_pin(struct counter *counter, uint32_t ticket, enum err error, bool right);
void counter_member(struct counter *counter, uint32_t ticket, enum err error,
    const struct directory_entry *entry); /* NULL unless ERR_NONE */

#endif
