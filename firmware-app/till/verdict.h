/* SPDX-License-Identifier: MIT */
#ifndef TILL_VERDICT_H
#define TILL_VERDICT_H

/*
 * What a rule of the counter says of a text: right, not this kind of thing at
 * all, or this kind and wrong, and how. Finer than enum err because the clerk is
 * told: a check digit calls for typing again, a fixed line for another number.
 */
enum verdict {
	VERDICT_OK = 0,
	VERDICT_NO, /* some other kind of thing */
	BAD_EMPTY,
	BAD_LENGTH,
	BAD_CHARSET,
	BAD_CHECK,    /* check digit */
	BAD_REPEATED, /* one digit all along, or one AI with two values */
	BAD_FORMAT,
	BAD_RANGE,
	/* phones and top-ups */
	BAD_COUNTRY,
	BAD_DDD,      /* area code not assigned */
	BAD_NINTH,    /* mobile of the old form: ask for the ninth digit */
	BAD_LANDLINE, /* fixed line */
	BAD_TRUNK,    /* trunked radio */
	BAD_VALUE,
	/* product codes */
	BAD_PREFIX,
	BAD_SYSTEM, /* UPC-E number system */
	BAD_SYMID,  /* symbology identifier of another carrier */
	BAD_AI,
	BAD_DATE,
	BAD_PRECISION, /* finer than a gram or a cent */
	BAD_CURRENCY,
	/* fiscal documents */
	BAD_UF,
	BAD_MONTH,
	BAD_MODEL,
	BAD_ISSUER,
	BAD_KEY,
	BAD_VERSION,
	BAD_FIELDS,
	BAD_ENV,
	BAD_MODE, /* online form with an offline key, or the other way round */
	BAD_CSC,
	BAD_HASH,
	BAD_DAY,
	BAD_TOTAL,
	BAD_DIGEST,
	BAD_RECIPIENT,
	BAD_SIGNATURE,
	BAD_TIME,
	/* cards and money */
	BAD_LUHN,
	BAD_DECIMALS,
	VERDICT_COUNT_
};

#endif
