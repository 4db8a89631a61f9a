/* SPDX-License-Identifier: MIT */
#include "tests/sync/central/counter.h"

#include <signal.h>
#include <sys/resource.h>

#include "central/audit.h"

/* Batches in, signed answers out: what the contract promises of the intake. */

static int setup(void **state)
{
	struct office *office = calloc(1, sizeof *office);
	if (office == NULL)
		return -1;
	office_make(office);
	*state = office;
	return 0;
}

static int teardown(void **state)
{
	office_remove(*state);
	free(*state);
	return 0;
}

/* Everything that a test left behind must prove. */
static void audit_clean(struct office *office, struct audit_result *ret_result)
{
	struct ledger *ledger = NULL;
	struct registry *registry = NULL;
	OK(ledger_open_in(office->dir, LEDGER_READ, &ledger));
	OK(registry_open(office->dir_fd, &registry));
	enum err err =
	    audit(ledger, registry, &crypto_gnutls, office->trust.ca, ret_result);
	assert_string_equal(ret_result->fault, "");
	OK(err);
	registry_close(&registry);
	ledger_close(&ledger);
}

static void receipt_says_what_was_sent(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct audit_result result;
	uint8_t zeros[HASH_LEN] = {0};
	struct cut *first = counter_day(counter, 3);
	office->now.wall_ms += 500;
	assert_int_equal(office_take(office, first, &answer), 200);
	assert_int_equal(answer.kind, ANSWER_RECEIPT);
	assert_string_equal(answer.terminal, "t-1");
	assert_int_equal(answer.batch_number, 1);
	assert_int_equal(answer.first_seq, 1);
	assert_int_equal(answer.last_seq, 3);
	assert_int_equal(answer.receipt_number, 1);
	assert_int_equal(answer.refused_count, 0);
	assert_int_equal(answer.central_ms, office->now.wall_ms);
	assert_memory_equal(answer.batch_hash, first->hash, HASH_LEN);
	assert_memory_equal(answer.head, first->header.head_after, HASH_LEN);
	assert_memory_equal(answer.previous_receipt, zeros, HASH_LEN);
	struct cut *second = counter_day(counter, 2);
	assert_int_equal(office_take(office, second, &answer), 200);
	assert_int_equal(answer.receipt_number, 2);
	assert_int_equal(answer.first_seq, 4);
	assert_memory_not_equal(answer.previous_receipt, zeros, HASH_LEN);
	audit_clean(office, &result);
	assert_int_equal(result.events, 5);
	assert_int_equal(result.batches, 2);
	free(first);
	free(second);
	counter_free(&counter);
}

static void same_batch_same_bytes(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct audit_result result;
	static uint8_t receipt[ANSWER_FILE_MAX];
	struct cut *cut = counter_day(counter, 4);
	struct cut *next = counter_day(counter, 1);
	assert_int_equal(office_take(office, cut, &answer), 200);
	size_t len = ipc_part(&office->reply, 0).len;
	memcpy(receipt, ipc_part(&office->reply, 0).at, len);
	assert_int_equal(office_take(office, next, &answer), 200);
	/* Later, after other batches, after a restart. */
	office->now.wall_ms += 86400000;
	intake_close(&office->intake);
	office_open(office);
	assert_int_equal(office_take(office, cut, &answer), 200);
	assert_int_equal(ipc_part(&office->reply, 0).len, len);
	assert_memory_equal(ipc_part(&office->reply, 0).at, receipt, len);
	audit_clean(office, &result);
	assert_int_equal(result.events, 5);
	free(cut);
	free(next);
	counter_free(&counter);
}

static void gap_waits_and_closes(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct audit_result result;
	struct cut *cut[4];
	for (size_t i = 0; i < 4; i++)
		cut[i] = counter_day(counter, 2);
	assert_int_equal(office_take(office, cut[0], &answer), 200);
	assert_int_equal(office_take(office, cut[2], &answer), 409);
	assert_int_equal(answer.kind, ANSWER_GAP);
	assert_int_equal(answer.expected_seq, 3);
	assert_int_equal(office_take(office, cut[3], &answer), 409);
	assert_int_equal(answer.kind, ANSWER_GAP);
	audit_clean(office, &result);
	assert_int_equal(result.aside, 2);
	/* The missing one brings both others in; their receipts wait for them. */
	assert_int_equal(office_take(office, cut[1], &answer), 200);
	assert_int_equal(answer.receipt_number, 2);
	audit_clean(office, &result);
	assert_int_equal(result.events, 8);
	assert_int_equal(result.aside, 0);
	assert_int_equal(office_take(office, cut[3], &answer), 200);
	assert_int_equal(answer.receipt_number, 4);
	assert_int_equal(office_take(office, cut[2], &answer), 200);
	assert_int_equal(answer.receipt_number, 3);
	for (size_t i = 0; i < 4; i++)
		free(cut[i]);
	counter_free(&counter);
}

static void fork_is_held_and_kept(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct audit_result result;
	struct cut *first = counter_day(counter, 1);
	/* A cloned disk: the same numbers, another sale. */
	struct counter *other = calloc(1, sizeof *other);
	assert_non_null(other);
	*other = *counter;
	struct cut *ours = counter_day(counter, 2);
	struct cut *theirs = counter_day(other, 2);
	struct cut *theirs_next = counter_day(other, 1);
	assert_int_equal(office_take(office, first, &answer), 200);
	assert_int_equal(office_take(office, ours, &answer), 200);
	assert_int_equal(office_take(office, theirs, &answer), 409);
	assert_int_equal(answer.kind, ANSWER_HELD);
	assert_int_equal(answer.reason, HELD_FORK);
	assert_memory_equal(answer.batch_hash, theirs->hash, HASH_LEN);
	assert_int_equal(office_take(office, theirs_next, &answer), 409);
	assert_int_equal(answer.kind, ANSWER_HELD);
	/* What was accepted goes on. */
	struct cut *ours_next = counter_day(counter, 1);
	assert_int_equal(office_take(office, ours_next, &answer), 200);
	audit_clean(office, &result);
	assert_int_equal(result.events, 4);
	assert_int_equal(result.aside, 2);
	free(other);
	free(first);
	free(ours);
	free(theirs);
	free(theirs_next);
	free(ours_next);
	counter_free(&counter);
}

/* Every single bit of a batch matters, and a refused one changes nothing. */
static void one_bit_changed_is_refused(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct audit_result result;
	struct cut *cut = counter_day(counter, 1);
	for (size_t bit = 0; bit < cut->len * 8; bit += 7) {
		cut->file[bit / 8] ^= (uint8_t)(1 << (bit % 8));
		uint16_t status = office_take(office, cut, &answer);
		/* 403: the bit was in the name of the key. */
		assert_true(status == 400 || status == 403);
		cut->file[bit / 8] ^= (uint8_t)(1 << (bit % 8));
	}
	audit_clean(office, &result);
	assert_int_equal(result.batches, 0);
	assert_int_equal(result.aside, 0);
	assert_int_equal(office_take(office, cut, &answer), 200);
	free(cut);
	counter_free(&counter);
}

static void truncated_is_refused(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct cut *cut = counter_day(counter, 1);
	for (size_t len = 0; len < cut->len; len += 11)
		assert_int_equal(office_send(office, cut->file, len, &answer), 400);
	free(cut);
	counter_free(&counter);
}

static void unknown_signer_is_refused(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct office *elsewhere = calloc(1, sizeof *elsewhere);
	struct answer answer;
	assert_non_null(elsewhere);
	office_make(elsewhere);
	struct cut *cut = counter_day(counter, 1);
	assert_int_equal(office_take(elsewhere, cut, &answer), 403);
	office_remove(elsewhere);
	free(elsewhere);
	free(cut);
	counter_free(&counter);
}

static void altered_points_are_flagged(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct audit_result result;
	struct ledger_event row;
	uint8_t before[HASH_LEN];
	memcpy(before, counter->head, HASH_LEN);
	struct event *sale = counter_sale(counter, 2);
	sale->points[EARNER_MEMBER] = 9000;
	counter_record(counter, sale);
	struct cut *cut = counter_cut(counter, before);
	assert_int_equal(office_take(office, cut, &answer), 200);
	assert_int_equal(answer.refused_count, 0);
	office_row(office, counter, 1, &row);
	assert_int_equal(row.points[EARNER_MEMBER], 25);
	assert_int_equal(row.claimed[EARNER_MEMBER], 9000);
	struct ledger *ledger = NULL;
	OK(ledger_open_in(office->dir, LEDGER_READ, &ledger));
	OK(ledger_flagged_next(ledger, true, &row));
	assert_int_equal(row.seq, 1);
	assert_int_equal(ledger_flagged_next(ledger, false, &row), ERR_NOT_FOUND);
	ledger_close(&ledger);
	audit_clean(office, &result);
	free(cut);
	counter_free(&counter);
}

static void bad_events_never_block(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct audit_result result;

	static const struct {
		uint64_t seq;
		enum refusal code;
	} expected[] = {{2, REFUSAL_CLERK}, {3, REFUSAL_PROGRAMME}, {4, REFUSAL_OPERATOR},
	    {5, REFUSAL_REFERENCE}, {6, REFUSAL_UNREADABLE}, {7, REFUSAL_FOREIGN},
	    {8, REFUSAL_BLOB}};

	uint8_t before[HASH_LEN];
	memcpy(before, counter->head, HASH_LEN);
	counter_record(counter, counter_sale(counter, 1));
	struct event *event = counter_sale(counter, 1);
	(void)snprintf(event->clerk, sizeof event->clerk, "nobody");
	counter_record(counter, event);
	event = counter_sale(counter, 1);
	event->programme_version = 12345;
	counter_record(counter, event);
	event = counter_event(counter, EVENT_TOPUP);
	(void)snprintf(event->operator_name, sizeof event->operator_name, "vivo");
	event->amount_cents = 1700;
	counter_record(counter, event);
	event = counter_event(counter, EVENT_VOID);
	event->amount_cents = -1299;
	memcpy(event->reference.terminal, counter->terminal, TERMINAL_LEN_MAX);
	memset(event->reference.id, 7, EVENT_ID_LEN);
	counter_record(counter, event);
	/* A map that is CBOR and no event: still a link of the chain. */
	static const uint8_t nonsense[] = {0xa1, 0x00, 0x01};
	counter_record_bytes(counter, bytes_of(nonsense, sizeof nonsense));
	event = counter_sale(counter, 1);
	event->seq = 4711;
	counter_record(counter, event);
	/* A blob sealed for another event. */
	event = counter_event(counter, EVENT_SALE);
	event->line_count = 1;
	event->line[0] = (struct event_line){"07891000315507", 1000, 1299};
	event->amount_cents = 1299;
	event->member = MEMBER_CARD;
	uint8_t foreign[BLOB_LEN_MAX];
	struct person person;
	struct sink out = sink_of(foreign, sizeof foreign);
	static struct event wrong;
	wrong = *event;
	wrong.id[0] ^= 1;
	OK(person_parse("card:9076555575248227", &person));
	OK(blob_seal(&crypto_psa, &counter->session, &wrong, &person, &out));
	event->blob = sink_bytes(&out);
	counter_record(counter, event);
	counter_record(counter, counter_sale(counter, 1));
	struct cut *cut = counter_cut(counter, before);
	assert_int_equal(office_take(office, cut, &answer), 200);
	assert_int_equal(answer.refused_count, COUNT_OF(expected));
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		struct refused refused;
		OK(answer_refused(&answer, i, &refused));
		assert_int_equal(refused.seq, expected[i].seq);
		assert_int_equal(refused.code, expected[i].code);
	}
	audit_clean(office, &result);
	assert_int_equal(result.events, 9);
	/* The queue goes on. */
	struct cut *next = counter_day(counter, 1);
	assert_int_equal(office_take(office, next, &answer), 200);
	free(cut);
	free(next);
	counter_free(&counter);
}

/* Signed by the terminal, and yet not to be read: it must not block. */
static void unreadable_body_is_held_and_passed(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct audit_result result;
	uint8_t before[HASH_LEN];
	memcpy(before, counter->head, HASH_LEN);
	counter_record(counter, counter_sale(counter, 1));
	struct cut *bad =
	    counter_cut_as(counter, bytes_of_text("this is not zstd"), before);
	assert_int_equal(office_take(office, bad, &answer), 409);
	assert_int_equal(answer.kind, ANSWER_HELD);
	assert_int_equal(answer.reason, HELD_UNDECODABLE);
	struct cut *next = counter_day(counter, 1);
	assert_int_equal(office_take(office, next, &answer), 200);
	assert_int_equal(answer.first_seq, 2);
	assert_int_equal(office_take(office, bad, &answer), 409);
	audit_clean(office, &result);
	assert_int_equal(result.batches, 2);
	assert_int_equal(result.events, 1);
	free(bad);
	free(next);
	counter_free(&counter);
}

/* A restored backup opens epoch 2 and sends again what lacked a receipt. */
static void repeats_across_epochs_count_once(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct audit_result result;
	struct ledger_event row;
	uint8_t before[HASH_LEN];
	memcpy(before, counter->head, HASH_LEN);
	static struct event sale;
	sale = *counter_sale(counter, 2);
	counter_record(counter, &sale);
	struct cut *cut = counter_cut(counter, before);
	assert_int_equal(office_take(office, cut, &answer), 200);
	counter_epoch(counter, 2);
	memcpy(before, counter->head, HASH_LEN);
	sale.epoch = counter->epoch;
	sale.seq = counter->seq;
	counter_record(counter, &sale);
	sale.seq = counter->seq;
	sale.line[0].amount_cents = 999; /* the same id, another sale */
	sale.amount_cents = 999;
	sale.points[EARNER_MEMBER] = 9;
	counter_record(counter, &sale);
	struct cut *again = counter_cut(counter, before);
	assert_int_equal(office_take(office, again, &answer), 200);
	assert_int_equal(answer.refused_count, 0);
	office_row(office, counter, 1, &row);
	assert_true(row.repeat);
	assert_false(row.changed);
	office_row(office, counter, 2, &row);
	assert_false(row.repeat);
	assert_true(row.changed);
	struct ledger *ledger = NULL;
	struct ledger_figure figure;
	OK(ledger_open_in(office->dir, LEDGER_READ, &ledger));
	OK(ledger_figure_next(ledger, true, &figure));
	assert_int_equal(figure.events, 2);
	assert_int_equal(figure.amount_cents, 2598 + 999);
	assert_int_equal(figure.points[EARNER_MEMBER], 25 + 9);
	ledger_close(&ledger);
	audit_clean(office, &result);
	assert_int_equal(result.epochs, 2);
	free(cut);
	free(again);
	counter_free(&counter);
}

/* Two pieces of three come back one by one, then the void takes the rest. */
static void voids_and_returns(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct audit_result result;
	struct ledger_event row;
	uint8_t before[HASH_LEN];
	memcpy(before, counter->head, HASH_LEN);
	static struct event sale;
	sale = *counter_sale(counter, 3); /* 38,97: 38 points */
	counter_record(counter, &sale);
	for (int i = 0; i < 2; i++) {
		struct event *back = counter_event(counter, EVENT_RETURN);
		back->line_count = 1;
		back->line[0] = (struct event_line){"07891000315507", 1000, 1299};
		back->amount_cents = -1299;
		memcpy(back->reference.terminal, counter->terminal, TERMINAL_LEN_MAX);
		memcpy(back->reference.id, sale.id, EVENT_ID_LEN);
		counter_record(counter, back);
	}
	for (int i = 0; i < 2; i++) {
		struct event *undo = counter_event(counter, EVENT_VOID);
		undo->amount_cents = -1299;
		memcpy(undo->reference.terminal, counter->terminal, TERMINAL_LEN_MAX);
		memcpy(undo->reference.id, sale.id, EVENT_ID_LEN);
		counter_record(counter, undo);
	}
	struct cut *cut = counter_cut(counter, before);
	assert_int_equal(office_take(office, cut, &answer), 200);
	static const int64_t points[] = {38, 25 - 38, 12 - 25, -12};
	for (uint64_t seq = 1; seq <= 4; seq++) {
		office_row(office, counter, seq, &row);
		assert_int_equal(row.refused, REFUSAL_NONE);
		assert_int_equal(row.points[EARNER_MEMBER], points[seq - 1]);
	}
	office_row(office, counter, 5, &row);
	assert_int_equal(row.refused, REFUSAL_VOIDED);
	audit_clean(office, &result);
	free(cut);
	counter_free(&counter);
}

/* An exercise takes nothing from a sale, nor a sale's void from an exercise. */
static void training_undoes_only_training(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct ledger_event row;
	uint8_t before[HASH_LEN];
	memcpy(before, counter->head, HASH_LEN);
	for (int i = 0; i < 3; i++) {
		static struct event sale;
		sale = *counter_sale(counter, 1);
		sale.training = i == 1;
		counter_record(counter, &sale);
		struct event *undo = counter_event(counter, EVENT_VOID);
		undo->training = i == 0;
		undo->amount_cents = -1299;
		memcpy(undo->reference.terminal, counter->terminal, TERMINAL_LEN_MAX);
		memcpy(undo->reference.id, sale.id, EVENT_ID_LEN);
		counter_record(counter, undo);
	}
	struct cut *cut = counter_cut(counter, before);
	assert_int_equal(office_take(office, cut, &answer), 200);

	static const enum refusal refused[] = {
	    REFUSAL_REFERENCE, REFUSAL_REFERENCE, REFUSAL_NONE};

	for (uint64_t i = 0; i < 3; i++) {
		office_row(office, counter, 2 * i + 2, &row);
		assert_int_equal(row.refused, refused[i]);
	}
	free(cut);
	counter_free(&counter);
}

/* A void in a later batch, of another terminal, finds its sale. */
static void void_of_another_terminal(void **state)
{
	struct office *office = *state;
	struct counter *one = counter_make(office, "t-1", "loja-1");
	struct counter *two = counter_make(office, "t-2", "loja-1");
	struct answer answer;
	struct audit_result result;
	struct ledger_event row;
	uint8_t before[HASH_LEN];
	memcpy(before, one->head, HASH_LEN);
	static struct event sale;
	sale = *counter_sale(one, 1);
	counter_record(one, &sale);
	struct cut *first = counter_cut(one, before);
	memcpy(before, two->head, HASH_LEN);
	struct event *undo = counter_event(two, EVENT_VOID);
	undo->amount_cents = -1299;
	memcpy(undo->reference.terminal, one->terminal, TERMINAL_LEN_MAX);
	memcpy(undo->reference.id, sale.id, EVENT_ID_LEN);
	counter_record(two, undo);
	struct cut *second = counter_cut(two, before);
	assert_int_equal(office_take(office, first, &answer), 200);
	assert_int_equal(office_take(office, second, &answer), 200);
	office_row(office, two, 1, &row);
	assert_int_equal(row.refused, REFUSAL_NONE);
	assert_int_equal(row.points[EARNER_MEMBER], -12);
	audit_clean(office, &result);
	free(first);
	free(second);
	counter_free(&one);
	counter_free(&two);
}

static void members_are_opened_for_the_list(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct ipc_frame request = {.verb = IPC_EVENTS};
	uint8_t before[HASH_LEN];
	char text[4096];
	memcpy(before, counter->head, HASH_LEN);
	struct event *sale = counter_sale(counter, 1);
	memset(sale->id, 0x11, EVENT_ID_LEN);
	counter_member(counter, sale, "card:9076555575248227");
	counter_record(counter, sale);
	struct cut *cut = counter_cut(counter, before);
	assert_int_equal(office_take(office, cut, &answer), 200);
	assert_int_equal(answer.refused_count, 0);
	ipc_add(&request, (struct bytes){0});
	office_ask(office, &request);
	assert_int_equal(office->reply.status, 200);
	OK(text_from_bytes(text, sizeof text, ipc_part(&office->reply, 1)));
	assert_string_equal(text,
	    "{\"terminal\":\"t-1\",\"epoch\":1,\"seq\":1,\"id\":\"1111111111111111\","
	    "\"type\":\"sale\",\"clerk\":\"c01\",\"amount_cents\":1299,"
	    "\"member\":\"card:9076555575248227\",\"points\":12,\"points_claimed\":12,"
	    "\"refused\":null}\n");
	free(cut);
	counter_free(&counter);
}

static void web_may_not_ask_what_commands_ask(void **state)
{
	struct office *office = *state;

	static const enum ipc_verb verbs[] = {
	    IPC_TOKEN, IPC_PUBLISH, IPC_IMPORT, IPC_EVENTS, IPC_NONE};

	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		struct ipc_frame request = {.verb = (uint16_t)verbs[i]};
		OK(intake_begin(office->intake));
		intake_handle(office->intake, ORIGIN_WEB, &request, &office->reply);
		OK(intake_commit(office->intake));
		assert_int_equal(office->reply.status, 403);
	}
	/* And a batch from a peer that is not enrolled is not even looked at. */
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct cut *cut = counter_day(counter, 1);
	struct ipc_frame request = {.verb = IPC_BATCH};
	uint8_t stranger[KEY_ID_LEN] = {1};
	ipc_add(&request, bytes_of(stranger, sizeof stranger));
	ipc_add(&request, bytes_of(cut->file, cut->len));
	OK(intake_begin(office->intake));
	intake_handle(office->intake, ORIGIN_WEB, &request, &office->reply);
	OK(intake_commit(office->intake));
	assert_int_equal(office->reply.status, 403);
	free(cut);
	counter_free(&counter);
}

/* Requests of one group share a transaction, and so one flush to the disk. */
static void batches_share_a_commit(void **state)
{
	struct office *office = *state;
	struct counter *one = counter_make(office, "t-1", "loja-1");
	struct counter *two = counter_make(office, "t-2", "loja-2");
	struct audit_result result;
	struct cut *cut[] = {
	    counter_day(one, 2), counter_day(two, 1), counter_day(one, 3)};
	OK(intake_begin(office->intake));
	for (size_t i = 0; i < COUNT_OF(cut); i++) {
		struct ipc_frame request = {.verb = IPC_IMPORT, .id = i};
		ipc_add(&request, bytes_of(cut[i]->file, cut[i]->len));
		intake_handle(office->intake, ORIGIN_COMMAND, &request, &office->reply);
		assert_int_equal(office->reply.status, 200);
		assert_int_equal(office->reply.id, i);
		/* A bad one among them takes nothing of the others away. */
		request = (struct ipc_frame){.verb = IPC_IMPORT};
		ipc_add(&request, bytes_of(cut[i]->file, cut[i]->len / 2));
		intake_handle(office->intake, ORIGIN_COMMAND, &request, &office->reply);
		assert_int_equal(office->reply.status, 400);
	}
	OK(intake_commit(office->intake));
	audit_clean(office, &result);
	assert_int_equal(result.batches, 3);
	assert_int_equal(result.events, 6);
	for (size_t i = 0; i < COUNT_OF(cut); i++)
		free(cut[i]);
	counter_free(&one);
	counter_free(&two);
}

/* No receipt for what is not on the disk; and once there is room, all goes on. */
static void a_full_disk_gives_no_receipt(void **state)
{
	struct office *office = *state;
	struct counter *counter = counter_make(office, "t-1", "loja-1");
	struct answer answer;
	struct audit_result result;
	struct rlimit before;
	struct stat status;
	char wal[PLACE_MAX + 16];
	struct cut *first = counter_day(counter, 2);
	struct cut *second = counter_day(counter, 400);
	assert_int_equal(office_take(office, first, &answer), 200);
	(void)snprintf(wal, sizeof wal, "%s/ledger.db-wal", office->dir);
	assert_int_equal(stat(wal, &status), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	const struct rlimit full = {(rlim_t)status.st_size + 8192, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	struct ipc_frame request = {.verb = IPC_IMPORT};
	ipc_add(&request, bytes_of(second->file, second->len));
	OK(intake_begin(office->intake));
	intake_handle(office->intake, ORIGIN_COMMAND, &request, &office->reply);
	uint16_t said = office->reply.status;
	enum err committed = intake_commit(office->intake);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(said == 503 || committed != ERR_NONE);
	audit_clean(office, &result);
	assert_int_equal(result.batches, 1);
	assert_int_equal(office_take(office, second, &answer), 200);
	assert_int_equal(answer.receipt_number, 2);
	audit_clean(office, &result);
	assert_int_equal(result.events, 402);
	free(first);
	free(second);
	counter_free(&counter);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(receipt_says_what_was_sent),
	    CASE(same_batch_same_bytes),
	    CASE(gap_waits_and_closes),
	    CASE(fork_is_held_and_kept),
	    CASE(one_bit_changed_is_refused),
	    CASE(truncated_is_refused),
	    CASE(unknown_signer_is_refused),
	    CASE(altered_points_are_flagged),
	    CASE(bad_events_never_block),
	    CASE(unreadable_body_is_held_and_passed),
	    CASE(repeats_across_epochs_count_once),
	    CASE(voids_and_returns),
	    CASE(training_undoes_only_training),
	    CASE(void_of_another_terminal),
	    CASE(members_are_opened_for_the_list),
	    CASE(web_may_not_ask_what_commands_ask),
	    CASE(batches_share_a_commit),
	    CASE(a_full_disk_gives_no_receipt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
