/* SPDX-License-Identifier: MIT */
#ifndef APP_RUN_H
#define APP_RUN_H

#include "counter.h"
#include "drivers/reader.h"
#include "os/child.h"
#include "os/loop.h"
#include "tape.h"
#include "ui/term.h"

/* What the files of `balcao run` share: the wiring of a counter to a real
 * terminal. cmd_run.c opens and closes it, run_ports.c is the counter's outside,
 * run_slow.c its slow questions, run_status.c what the status line knows,
 * run_server.c the local socket, run_headless.c the screen that is JSON lines. */
enum {
	RUN_TICK_MS = 1000,
	RUN_QUIET_MS = 200,         /* after a key the exchange waits so long ... */
	RUN_EXCHANGE_MAX_MS = 2000, /* ... but not longer */
	RUN_PIN_TIMEOUT_MS = 20 * 1000,
	RUN_LOOK_TIMEOUT_MS = 20 * 1000,
	RUN_SHIFT_ROWS_MAX = 5000, /* looked through for the shift that was open */
};

struct run_server;

struct run {
	struct terminal terminal;
	struct loop *loop;
	struct counter *counter;
	const struct term *term;
	bool term_started;
	bool headless;
	enum language language;
	struct tape *tape;
	struct reader *reader;
	struct run_server *server;
	bool ended;

	/* one PIN and one member at a time; a newer member replaces an older one */
	struct child *pin_child;
	uint64_t pin_timer; /* tells that no child could be made */
	uint32_t pin_ticket;
	struct child *look_child;
	uint64_t look_timer;
	uint32_t look_ticket;
	struct person look_person;

	/* the other side */
	int inbox_watch;
	uint64_t exchange_timer;
	int64_t exchange_due_ms;
	int64_t key_ms; /* last key or scan, monotonic */
	bool cut_everything;
	struct till_status status;
	uint64_t status_timer;
	uint64_t refused_count; /* for which `refused_reason` was looked up */
	enum refusal refused_reason;

	char zone[ZONE_LEN_MAX + 1];
	int64_t offset_until_ms; /* wall time until which utc_offset_min holds */
	int utc_offset_min;
};

/* run_ports.c */
struct counter_ports run_ports(struct run *run);
struct till_config run_till_config(const struct run *run);
/* The shift that was open when the journal was last written. */
void run_shift_read(struct run *run, struct till_shift *ret_shift);
int64_t run_mono_ms(const struct run *run);

/* run_slow.c */
void run_check_pin(void *self, const char *clerk, const char *pin, uint32_t ticket);
void run_look_up(void *self, const struct person *person, uint32_t ticket);
bool run_slow_waits(const struct run *run);
void run_slow_stop(struct run *run);

/* run_exchange.c: the inbox watched, batches cut, letters adopted */
MUST_CHECK enum err run_exchange_start(struct run *run);
void run_exchange_soon(struct run *run); /* something waits, or an answer came */
void run_exchange_stop(struct run *run);
void run_tend(struct run *run); /* idle work */

/* run_status.c: tells the till when something changed */
void run_status_tell(struct run *run);
void run_status_soon(struct run *run); /* in the loop's next turn */
void run_status_stop(struct run *run);

/* run_headless.c: a screen that prints JSON lines on stdout */
const struct term *run_headless_term(enum language language);
void run_headless_recorded(const struct event *event);
void run_headless_refused(const struct event *event, enum err error);

/* run_server.c: STATE/run.sock */
MUST_CHECK enum err run_server_start(struct run *run);
void run_server_stop(struct run *run);

/* cmd_run.c */
void run_end(struct run *run); /* leaves the loop */

#endif
