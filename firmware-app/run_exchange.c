/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <poll.h>
#include <unistd.h>

#include "base/banned.h"

#include "os/log.h"
#include "os/watch.h"

/*
 * The other side of the till: batches out, answers and letters in. It works
 * between two customers' keys, never before a screen; a batch is due a second
 * after its oldest event, so a pause of a fifth costs nothing.
 */

static void exchange_turn(void *self);

static void exchange_at(struct run *run, int64_t delay_ms)
{
	if (run->exchange_timer != 0)
		return;
	run->exchange_timer = loop_timer_start(run->loop, delay_ms, exchange_turn, run);
}

static void letters_taken(struct run *run, const struct exchange_news *news)
{
	if (!news->letters[COSE_PROGRAMME] && !news->letters[COSE_DIRECTORY])
		return;
	const struct till_config config = run_till_config(run);
	counter_configure(run->counter, &config);
}

static void exchange_once(struct run *run)
{
	struct exchange_news news = {0};
	bool more = false;
	uint32_t epoch = journal_epoch(run->terminal.journal).number;
	enum err error =
	    terminal_exchange(&run->terminal, run->cut_everything, &news, &more);
	if (journal_epoch(run->terminal.journal).number != epoch)
		counter_recorded_beside(run->counter);
	if (error != ERR_NONE)
		log_warn("exchange failed, error=%s", err_name(error));
	if (error == ERR_NONE && !more)
		run->cut_everything = false;
	letters_taken(run, &news);
	run_status_soon(run);
	if (error == ERR_NONE && more)
		exchange_at(run, 0);
}

static void exchange_turn(void *self)
{
	struct run *run = self;
	int64_t now_ms = run_mono_ms(run);
	run->exchange_timer = 0;
	bool late = now_ms - run->exchange_due_ms >= RUN_EXCHANGE_MAX_MS;
	if (now_ms - run->key_ms < RUN_QUIET_MS && !late) {
		exchange_at(run, RUN_QUIET_MS);
		return;
	}
	exchange_once(run);
}

void run_exchange_soon(struct run *run)
{
	if (run->terminal.letterbox == NULL || run->exchange_timer != 0)
		return;
	run->exchange_due_ms = run_mono_ms(run);
	exchange_at(run, run->cut_everything ? 0 : JOURNAL_BATCH_AGE_MS);
}

static void inbox_woke(void *self, int fd, short revents)
{
	struct run *run = self;
	(void)revents;
	if (!watch_drain(fd))
		return;
	if (run->exchange_timer != 0)
		loop_timer_stop(run->loop, run->exchange_timer);
	run->exchange_timer = 0;
	run->exchange_due_ms = run_mono_ms(run);
	exchange_at(run, 0);
}

/* Proving and pruning in small slices, when nobody has touched anything lately. */
void run_tend(struct run *run)
{
	enum { TEND_AFTER_MS = 2000, SLICES_MAX = 4 };

	if (run_mono_ms(run) - run->key_ms < TEND_AFTER_MS)
		return;
	for (int i = 0; i < SLICES_MAX && terminal_tend(&run->terminal); i++)
		continue;
}

/* Watch first, then scan: what came before is found, what comes after wakes. */
enum err run_exchange_start(struct run *run)
{
	run->inbox_watch = -1;
	if (run->terminal.letterbox == NULL)
		return ERR_NONE;
	enum err error = watch_open(run->terminal.spool.inbox_fd, &run->inbox_watch);
	if (error == ERR_NONE)
		error = loop_fd_set(run->loop, run->inbox_watch, POLLIN, inbox_woke, run);
	if (error == ERR_NONE) {
		run->exchange_due_ms = run_mono_ms(run);
		exchange_at(run, 0);
	}
	return error;
}

void run_exchange_stop(struct run *run)
{
	if (run->exchange_timer != 0)
		loop_timer_stop(run->loop, run->exchange_timer);
	run->exchange_timer = 0;
	if (run->inbox_watch < 0)
		return;
	loop_fd_remove(run->loop, run->inbox_watch);
	(void)close(run->inbox_watch);
	run->inbox_watch = -1;
}
