/* SPDX-License-Identifier: MIT */
/*
 * Gives an enrolled terminal a backlog, quickly: sales recorded as the till records
 * them, but flushed once, at the end.
 *     fill STATE EVENTS MEMBERS_PERCENT [BATCH]
 * With BATCH, the events are cut into batches of that many.
 */
#include "bench.h"

#include <string.h>
#include <unistd.h>

#include "app_options.h"
#include "base/banned.h"
#include "terminal.h"

enum { SHIFT_EVENTS = 300 };

struct app_options app_options = {""};

/* SQLite's calls end here instead. */
int fdatasync(int fd);
int fsync(int fd);

int fdatasync(int fd)
{
	return fd < 0;
}

int fsync(int fd)
{
	return fd < 0;
}

static const char *const products[] = {"07891000315507", "07894900011517",
    "00000078939387", "07622300991401", "07898215151784", "07896065880069"};

static void sale_fill(struct event *event, struct person *person, bool member)
{
	*event = (struct event){.type = EVENT_SALE, .clerk = "c01"};
	*person = (struct person){0};
	event->line_count = 1 + chance() % 3;
	for (size_t i = 0; i < event->line_count; i++) {
		struct event_line *line = &event->line[i];
		const char *product = products[chance() % 6];
		memcpy(line->product, product, strlen(product));
		line->quantity_milli = 1000;
		line->amount_cents = 150 + (int64_t)(chance() % 9850);
		event->amount_cents += line->amount_cents;
	}
	if (member) {
		person->kind = event->member = MEMBER_CARD;
		(void)snprintf(person->member, sizeof(person->member), "9076555%09u",
		    (unsigned)(chance() % 5000));
	}
	must(crypto_psa.random(event->id, EVENT_ID_LEN), "id");
}

static void sell(struct terminal *terminal, bool member)
{
	static struct event event;
	static struct points points;
	struct person person;
	sale_fill(&event, &person, member);
	must(terminal_prepare(terminal, &event), "prepare");
	must(points_of(letterbox_programme(terminal->letterbox), terminal_store(terminal),
		 &event, &points),
	    "points");
	memcpy(event.points, points.total, sizeof(event.points));
	must(terminal_record(terminal, &event, &person), "record");
}

/* A shift is open when it ends, as it is at a counter. */
static void shift(struct terminal *terminal, enum event_type type)
{
	static struct event event;
	event = (struct event){.type = type, .clerk = "c01"};
	must(crypto_psa.random(event.id, EVENT_ID_LEN), "id");
	must(terminal_record(terminal, &event, NULL), "shift");
}

int main(int argc, char **argv)
{
	static struct terminal terminal;
	must_be(
	    argc == 4 || argc == 5, "usage: fill STATE EVENTS MEMBERS_PERCENT [BATCH]");
	const long count = number_arg(argv[2]);
	const uint64_t percent = strtoull(argv[3], NULL, 10);
	const long batch = argc == 5 ? number_arg(argv[4]) : 0;
	must(terminal_open(argv[1], "fill", 5000, &terminal), argv[1]);
	for (long i = 1; i <= count; i++) {
		if (i == 1 || (i % SHIFT_EVENTS == 0 && i < count)) {
			if (i > 1)
				shift(&terminal, EVENT_SHIFT_CLOSE);
			shift(&terminal, EVENT_SHIFT_OPEN);
		} else {
			sell(&terminal, chance() % 100 < percent);
		}
		if (batch > 0 && i % batch == 0)
			must(journal_cut(terminal.journal, true), "cut");
	}
	terminal_close(&terminal);
	sync();
	return EXIT_SUCCESS;
}
