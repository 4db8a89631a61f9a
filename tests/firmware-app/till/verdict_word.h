/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TILL_VERDICT_WORD_H
#define TESTS_TILL_VERDICT_WORD_H

#include <assert.h>

#include "till/verdict.h"

/* Verdicts as the vector files write them: "ok", "no", "bad:check". */
static const char *const verdict_words[VERDICT_COUNT_] = {
    [VERDICT_OK] = "ok",
    [VERDICT_NO] = "no",
    [BAD_EMPTY] = "bad:empty",
    [BAD_LENGTH] = "bad:length",
    [BAD_CHARSET] = "bad:charset",
    [BAD_CHECK] = "bad:check",
    [BAD_REPEATED] = "bad:repeated",
    [BAD_FORMAT] = "bad:format",
    [BAD_RANGE] = "bad:range",
    [BAD_COUNTRY] = "bad:country",
    [BAD_DDD] = "bad:ddd",
    [BAD_NINTH] = "bad:ninth",
    [BAD_LANDLINE] = "bad:landline",
    [BAD_TRUNK] = "bad:trunk",
    [BAD_VALUE] = "bad:value",
    [BAD_PREFIX] = "bad:prefix",
    [BAD_SYSTEM] = "bad:system",
    [BAD_SYMID] = "bad:symid",
    [BAD_AI] = "bad:ai",
    [BAD_DATE] = "bad:date",
    [BAD_PRECISION] = "bad:precision",
    [BAD_CURRENCY] = "bad:currency",
    [BAD_UF] = "bad:uf",
    [BAD_MONTH] = "bad:month",
    [BAD_MODEL] = "bad:model",
    [BAD_ISSUER] = "bad:issuer",
    [BAD_KEY] = "bad:key",
    [BAD_VERSION] = "bad:version",
    [BAD_FIELDS] = "bad:fields",
    [BAD_ENV] = "bad:env",
    [BAD_MODE] = "bad:mode",
    [BAD_CSC] = "bad:csc",
    [BAD_HASH] = "bad:hash",
    [BAD_DAY] = "bad:day",
    [BAD_TOTAL] = "bad:total",
    [BAD_DIGEST] = "bad:digest",
    [BAD_RECIPIENT] = "bad:recipient",
    [BAD_SIGNATURE] = "bad:signature",
    [BAD_TIME] = "bad:time",
    [BAD_LUHN] = "bad:luhn",
    [BAD_DECIMALS] = "bad:decimals",
};

static inline const char *verdict_word(enum verdict verdict)
{
	assert((unsigned)verdict < VERDICT_COUNT_);
	return verdict_words[verdict];
}

#endif
