/* SPDX-License-Identifier: MIT */
#include "contract/event.h"

#include <string.h>

#include "base/banned.h"
#include "contract/cbor.h"
#include "contract/session.h"

/* The last millisecond of the year 9999. */
static const int64_t wall_ms_max = INT64_C(253402300799999);

/* Parts of an event that a type must or may carry. */
enum part {
	CLERK = 1 << 0,
	MEMBER = 1 << 1,
	OPERATOR = 1 << 2,
	LINES = 1 << 3,
	AMOUNT = 1 << 4,
	OF = 1 << 5,
	DETAIL = 1 << 6,
	BEFORE = 1 << 7,
	POINTS = 1 << 8,
	BLOB = 1 << 9,
	PARTS = 10,
};

static const char *const part_field[PARTS] = {"clerk", "member", "operator", "lines",
    "amount_cents", "of", "detail", "before", "points", "blob"};

struct shape {
	unsigned must;
	unsigned may;
	int sign; /* of the amount */
};

enum {
	PERSON = MEMBER | BLOB,
	/* What a type of the later issues may carry already. */
	LATER = CLERK | PERSON | OPERATOR | AMOUNT | OF | DETAIL | POINTS,
};

static const struct shape shape[EVENT_TYPE_COUNT_] = {
    [EVENT_SALE] = {CLERK | LINES | AMOUNT, PERSON | POINTS | DETAIL, 1},
    [EVENT_TOPUP] = {CLERK | OPERATOR | AMOUNT, PERSON | POINTS | DETAIL, 1},
    [EVENT_VOID] = {CLERK | OF | AMOUNT, PERSON | OPERATOR | POINTS | DETAIL, -1},
    [EVENT_RETURN] = {CLERK | OF | LINES | AMOUNT, PERSON | POINTS | DETAIL, -1},
    [EVENT_ENROLMENT] = {CLERK | MEMBER, BLOB | POINTS | DETAIL, 0},
    [EVENT_SHIFT_OPEN] = {CLERK, DETAIL, 0},
    [EVENT_SHIFT_CLOSE] = {CLERK, DETAIL, 0},
    [EVENT_CLERK_IN] = {CLERK, DETAIL, 0},
    [EVENT_CLERK_OUT] = {CLERK, DETAIL, 0},
    [EVENT_CLERK_LOCKED] = {CLERK, DETAIL, 0},
    [EVENT_CARD_REFUSED] = {0, CLERK | DETAIL, 0},
    [EVENT_READER_LOST] = {0, CLERK | DETAIL, 0},
    [EVENT_READER_FOUND] = {0, CLERK | DETAIL, 0},
    [EVENT_PROGRAMME_ADOPTED] = {0, CLERK | DETAIL, 0},
    [EVENT_EPOCH_OPENED] = {0, CLERK | DETAIL | BEFORE, 0},
    [EVENT_CHIP_SALE] = {CLERK | LINES | AMOUNT, PERSON | POINTS | DETAIL | OPERATOR, 1},
    [EVENT_FISCAL] = {0, LATER, 1},
    [EVENT_MEMBER_UPDATE] = {0, LATER, 1},
    [EVENT_CARD_CONVERSION] = {0, LATER, 1},
    [EVENT_CONSENT] = {0, LATER, 1},
    [EVENT_SURVEY] = {0, LATER, 1},
    [EVENT_QUIZ] = {0, LATER, 1},
    [EVENT_PROMPT] = {0, LATER, 1},
    [EVENT_ACTIVATION] = {0, LATER, 1},
    [EVENT_REWARD_RESERVE] = {0, LATER, 1},
    [EVENT_REWARD_REDEEM] = {0, LATER, 1},
    [EVENT_REWARD_HANDOVER] = {0, LATER, 1},
    [EVENT_REWARD_CANCEL] = {0, LATER, 1},
    [EVENT_ALERT_ACK] = {0, LATER, 1},
};

static bool all_zero(const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] != 0)
			return false;
	return true;
}

static unsigned parts_of(const struct event *event)
{
	unsigned parts = 0;

	if (event->clerk[0] != '\0')
		parts |= CLERK;
	if (event->member != MEMBER_NONE)
		parts |= MEMBER;
	if (event->operator_name[0] != '\0')
		parts |= OPERATOR;
	if (event->line_count > 0)
		parts |= LINES;
	if (event->amount_cents != 0)
		parts |= AMOUNT;
	if (event->reference.terminal[0] != '\0')
		parts |= OF;
	if (event->detail[0] != '\0')
		parts |= DETAIL;
	if (event->before.epoch.number != 0)
		parts |= BEFORE;
	for (size_t i = 0; i < EARNER_COUNT; i++)
		if (event->points[i] != 0)
			parts |= POINTS;
	if (event->blob.len > 0 || event->erased)
		parts |= BLOB;
	return parts;
}

static const char *check_shape(const struct event *event)
{
	const unsigned parts = parts_of(event);
	const struct shape *wanted = &shape[event->type];
	const unsigned wrong =
	    (wanted->must & ~parts) | (parts & ~(wanted->must | wanted->may));

	for (unsigned i = 0; i < PARTS; i++)
		if ((wrong & 1u << i) != 0)
			return part_field[i];
	if ((event->amount_cents > 0 && wanted->sign < 0) ||
	    (event->amount_cents < 0 && wanted->sign > 0))
		return "amount_cents";
	return NULL;
}

/* --- single values --- */

static bool is_plain_text(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return false;
	return utf8_valid(bytes_of_text(text));
}

static bool is_zone(const char *zone)
{
	for (const char *at = zone; *at != '\0'; at++)
		if (!((*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') ||
			(*at >= '0' && *at <= '9') || strchr("/_+-", *at) != NULL))
			return false;
	return true;
}

static bool is_operator(const char *name)
{
	for (const char *at = name; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			return false;
	return name[0] == '\0' || text_is_name(name, OPERATOR_LEN_MAX);
}

static bool is_product(const char *code)
{
	size_t len = 0;

	while (code[len] > 0x20 && code[len] < 0x7f)
		len++;
	return code[len] == '\0' && len > 0;
}

static bool has_digit(const char *text)
{
	while (*text != '\0' && (*text < '0' || *text > '9'))
		text++;
	return *text != '\0';
}

static bool is_day(uint32_t day)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const uint32_t year = day / 10000;
	const uint32_t month = day / 100 % 100;
	const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (year < 1970 || year > 9999 || month < 1 || month > 12)
		return false;
	const uint32_t last = days[month - 1] + (month == 2 && leap ? 1u : 0u);
	return day % 100 >= 1 && day % 100 <= last;
}

static const char *check_where(const struct event *event)
{
	if (!text_is_name(event->terminal, TERMINAL_LEN_MAX))
		return "terminal";
	if (event->epoch.number == 0)
		return "epoch";
	if (event->seq == 0)
		return "seq";
	if (event->clock != CLOCK_UNSURE && event->clock != CLOCK_SURE)
		return "clock";
	if (event->wall_ms < 0 || event->wall_ms > wall_ms_max)
		return "wall_ms";
	if (event->mono_ms < 0 || event->mono_ms > wall_ms_max)
		return "mono_ms";
	if (event->utc_offset_min < -UTC_OFFSET_MIN_MAX ||
	    event->utc_offset_min > UTC_OFFSET_MIN_MAX)
		return "utc_offset_min";
	if (!is_zone(event->zone))
		return "zone";
	if (event->business_day != 0 && !is_day(event->business_day))
		return "business_day";
	return NULL;
}

static const char *check_words(const struct event *event)
{
	if (event->clerk[0] != '\0' && !text_is_name(event->clerk, CLERK_LEN_MAX))
		return "clerk";
	if (event->member < MEMBER_NONE || event->member >= MEMBER_KIND_COUNT_)
		return "member";
	if (event->segment != 0 && (event->segment < 'A' || event->segment > 'Z'))
		return "segment";
	if (!is_operator(event->operator_name))
		return "operator";
	if (!is_plain_text(event->detail))
		return "detail";
	/* Of a payment card the class is kept and no digit at all. */
	if (event->type == EVENT_CARD_REFUSED && has_digit(event->detail))
		return "detail";
	if (event->reference.terminal[0] != '\0'
		? !text_is_name(event->reference.terminal, TERMINAL_LEN_MAX)
		: !all_zero(event->reference.id, EVENT_ID_LEN))
		return "of";
	if (event->blob.len > 0 ? event->erased || event->blob.len > BLOB_LEN_MAX
				: !event->erased && !all_zero(event->blob_hash, HASH_LEN))
		return "blob";
	return NULL;
}

static const char *check_before(const struct event *event)
{
	const struct epoch_end *before = &event->before;

	if (before->epoch.number == 0) {
		const bool bare = before->receipted_seq == 0 &&
				  before->pruned_first == 0 && before->pruned_last == 0 &&
				  all_zero(before->epoch.mark, EPOCH_MARK_LEN) &&
				  all_zero(before->head, HASH_LEN);
		return bare ? NULL : "before";
	}
	if (before->epoch.number >= event->epoch.number)
		return "before";
	if ((before->pruned_first == 0) != (before->pruned_last == 0) ||
	    before->pruned_first > before->pruned_last)
		return "before";
	return NULL;
}

/* --- lines and amount --- */

/* "lines[17].product" */
static void line_field(char *out, size_t i, const char *name)
{
	struct sink field = sink_of(out, FIELD_LEN_MAX);

	sink_put(&field, bytes_of_text("lines["));
	if (i >= 100)
		sink_u8(&field, (uint8_t)('0' + i / 100 % 10));
	if (i >= 10)
		sink_u8(&field, (uint8_t)('0' + i / 10 % 10));
	sink_u8(&field, (uint8_t)('0' + i % 10));
	sink_put(&field, bytes_of_text("]."));
	sink_put(&field, bytes_of_text(name));
	sink_u8(&field, '\0');
}

static const char *check_line(const struct event_line *line)
{
	if (!is_product(line->product))
		return "product";
	if (line->quantity_milli == 0 || line->quantity_milli > QUANTITY_MILLI_MAX)
		return "quantity_milli";
	if (line->amount_cents <= 0 || line->amount_cents > AMOUNT_CENTS_MAX)
		return "amount_cents";
	return NULL;
}

static enum err check_lines(const struct event *event, char out[FIELD_LEN_MAX])
{
	for (size_t i = 0; i < event->line_count; i++) {
		const char *wrong = check_line(&event->line[i]);
		if (wrong != NULL) {
			line_field(out, i, wrong);
			return ERR_RANGE;
		}
	}
	return ERR_NONE;
}

/* The amount of a type with lines is their sum, by the sign of the type. */
static const char *check_amount(const struct event *event)
{
	const int64_t amount = event->amount_cents;
	int64_t sum = 0;

	if (amount > AMOUNT_CENTS_MAX || amount < -AMOUNT_CENTS_MAX)
		return "amount_cents";
	for (size_t i = 0; i < event->line_count; i++)
		sum += event->line[i].amount_cents;
	if (event->line_count > 0 && sum != (amount < 0 ? -amount : amount))
		return "amount_cents";
	return NULL;
}

enum err event_check(const struct event *event, char ret_field[FIELD_LEN_MAX])
{
	/* What a person typed comes before what a program filled in. */
	static const char *(*const check[])(const struct event *) = {
	    check_words, check_shape, check_amount, check_before, check_where};
	char field[FIELD_LEN_MAX] = "";
	const char *wrong = NULL;
	enum err err = ERR_NONE;

	if (event->type <= EVENT_NONE || event->type >= EVENT_TYPE_COUNT_)
		wrong = "type";
	else if (event->line_count > EVENT_LINES_MAX)
		wrong = "lines";
	else
		err = check_lines(event, field);
	for (size_t i = 0; err == ERR_NONE && wrong == NULL && i < COUNT_OF(check); i++)
		wrong = check[i](event);
	if (wrong != NULL) {
		err = ERR_RANGE;
		memcpy(field, wrong, strlen(wrong) + 1);
	}
	if (err != ERR_NONE && ret_field != NULL)
		memcpy(ret_field, field, sizeof(field));
	return err;
}
