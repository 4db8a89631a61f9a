/* SPDX-License-Identifier: MIT */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * One failure vocabulary for every room. Zero is success. A value says what
 * kind of thing went wrong; the sentence a person reads is made where the
 * person is (ui/words.h, or stderr of a command).
 */
enum err {
	ERR_NONE = 0,
	ERR_FORMAT,      /* bytes are not what their format says */
	ERR_LIMIT,       /* a named limit would be passed */
	ERR_RANGE,       /* a value is outside what its field allows */
	ERR_SIGNATURE,   /* a signature, tag or hash does not verify */
	ERR_KEY,         /* the key needed is unknown here */
	ERR_STALE,       /* older than what is already in force, or expired */
	ERR_CONFLICT,    /* same name, other content */
	ERR_NOT_FOUND,   /* there is no such thing */
	ERR_EXISTS,      /* there is one already */
	ERR_BUSY,        /* another process holds it */
	ERR_DENIED,      /* not permitted */
	ERR_FULL,        /* no room on the disk */
	ERR_IO,          /* the system failed to read or write */
	ERR_TIMEOUT,     /* the deadline passed */
	ERR_OFFLINE,     /* the other side cannot be reached */
	ERR_GONE,        /* the device has left */
	ERR_NOT_READY,   /* something must be done first (enrol, adopt a programme) */
	ERR_UNSUPPORTED, /* understood, and not offered here */
	ERR_MEMORY,      /* no memory */
	ERR_CORRUPT,     /* what we stored is not what we wrote */
	ERR_UNKNOWN,     /* the outcome itself is not known: look it up again */
	ERR_COUNT_
};

/* Short English name for logs ("full"); never NULL. */
const char *err_name(enum err error);

/* The sysexits.h code with which a command ends on this failure. */
int err_exit_code(enum err error);

#endif
