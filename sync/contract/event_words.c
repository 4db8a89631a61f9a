/* SPDX-License-Identifier: MIT */
#include "contract/event.h"

#include <string.h>

#include "base/banned.h"

static const char *const word_of_type[EVENT_TYPE_COUNT_] = {
    [EVENT_SALE] = "sale",
    [EVENT_TOPUP] = "topup",
    [EVENT_VOID] = "void",
    [EVENT_RETURN] = "return",
    [EVENT_ENROLMENT] = "enrolment",
    [EVENT_SHIFT_OPEN] = "shift_open",
    [EVENT_SHIFT_CLOSE] = "shift_close",
    [EVENT_CLERK_IN] = "clerk_in",
    [EVENT_CLERK_OUT] = "clerk_out",
    [EVENT_CLERK_LOCKED] = "clerk_locked",
    [EVENT_CARD_REFUSED] = "card_refused",
    [EVENT_READER_LOST] = "reader_lost",
    [EVENT_READER_FOUND] = "reader_found",
    [EVENT_PROGRAMME_ADOPTED] = "programme_adopted",
    [EVENT_EPOCH_OPENED] = "epoch_opened",
    [EVENT_CHIP_SALE] = "chip_sale",
    [EVENT_FISCAL] = "fiscal",
    [EVENT_MEMBER_UPDATE] = "member_update",
    [EVENT_CARD_CONVERSION] = "card_conversion",
    [EVENT_CONSENT] = "consent",
    [EVENT_SURVEY] = "survey",
    [EVENT_QUIZ] = "quiz",
    [EVENT_PROMPT] = "prompt",
    [EVENT_ACTIVATION] = "activation",
    [EVENT_REWARD_RESERVE] = "reward_reserve",
    [EVENT_REWARD_REDEEM] = "reward_redeem",
    [EVENT_REWARD_HANDOVER] = "reward_handover",
    [EVENT_REWARD_CANCEL] = "reward_cancel",
    [EVENT_ALERT_ACK] = "alert_ack",
};

const char *event_type_word(enum event_type type)
{
	return type > EVENT_NONE && type < EVENT_TYPE_COUNT_ ? word_of_type[type] : NULL;
}

enum event_type event_type_from_word(const char *word)
{
	for (int i = EVENT_NONE + 1; i < EVENT_TYPE_COUNT_; i++)
		if (strcmp(word_of_type[i], word) == 0)
			return (enum event_type)i;
	return EVENT_NONE;
}
