/* SPDX-License-Identifier: MIT */
/* A planted fault: this journal says "recorded" before it is, and writes each
 * event only when the next one comes or at the end. A kill in between loses an
 * acknowledged sale; the kill test must catch a program linked with this. */
#include "sync/journal.h"

enum err __real_journal_append(struct journal *journal, struct event *event,
    const struct person *person, struct session *session);
enum err __wrap_journal_append(struct journal *journal, struct event *event,
    const struct person *person, struct session *session);
void __real_journal_close(struct journal **journal);
void __wrap_journal_close(struct journal **journal);

static struct {
	bool some;
	struct event event;
	struct person person;
	struct session *session;
} late;

static void write_late(struct journal *journal)
{
	if (late.some)
		(void)!__real_journal_append(
		    journal, &late.event, &late.person, late.session);
	late.some = false;
}

enum err __wrap_journal_append(struct journal *journal, struct event *event,
    const struct person *person, struct session *session)
{
	write_late(journal);
	if (event->type != EVENT_SALE)
		return __real_journal_append(journal, event, person, session);
	late.some = true;
	late.event = *event;
	late.person = person == NULL ? (struct person){0} : *person;
	late.session = session;
	event->seq = 1;
	return ERR_NONE;
}

void __wrap_journal_close(struct journal **journal)
{
	write_late(*journal);
	__real_journal_close(journal);
}
