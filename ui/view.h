/* SPDX-License-Identifier: MIT */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "ui/words.h"

/*
 * Everything a screen can show, as values: the till writes it, paint.c draws
 * it, nothing is read back. Sentences are word ids with arguments, so that a
 * view has no language.
 */
enum {
	VIEW_ITEMS_MAX = 64, /* the newest lines of a sale or a list */
	VIEW_HINTS_MAX = 10,
	VIEW_FIELD_MAX = 64,
	VIEW_ARGS_MAX = 3,
	VIEW_TEXT_MAX = 64,
	VIEW_WHY_MAX = 6,
	VIEW_MEMBER_MASK_MAX = 32,
	VIEW_LONG_MAX = 600,   /* a consent text, UTF-8 */
	VIEW_RECEIPT_MAX = 24, /* "BLCV:" and 16 hexadecimal digits */
};

/* A sentence: an entry of the word tables with its {placeholders} filled in
 * order. W_NONE: nothing. */
struct sentence {
	enum word word;
	char arg[VIEW_ARGS_MAX][VIEW_TEXT_MAX];
};

enum tone {
	TONE_PLAIN = 0,
	TONE_GOOD,
	TONE_WARN,
	TONE_ALERT,
};

struct view_item {
	enum word word; /* the name, when it is one of ours; W_NONE: `name` */
	char name[NAME_LEN_MAX + 1];
	enum word note_word; /* a sentence that takes `note`; W_NONE: `note` as it is */
	char note[VIEW_TEXT_MAX]; /* code, date, operator's validity ... */
	uint32_t quantity_milli;  /* 0: not shown */
	bool by_weight;
	int64_t amount_cents;
	bool has_amount;
};

/* What the middle of the screen is. */
enum view_screen {
	VIEW_NONE = 0,
	VIEW_CLOSED,  /* no shift: clerk and PIN */
	VIEW_IDLE,    /* ready: scan or type anything */
	VIEW_SALE,    /* a basket */
	VIEW_TOPUP,   /* a top-up being made */
	VIEW_LIST,    /* choose one: operators, values, last sales, clerks */
	VIEW_SUMMARY, /* shift summary, before closing */
	VIEW_DONE,    /* what was just recorded, large */
	VIEW_HELP,
	VIEW_SETUP, /* not enrolled or no programme: what to do */
	VIEW_ENROL, /* a new member: `text` is the consent, the field takes the number */
	VIEW_VOID,  /* a recorded sale or top-up, to be reversed */
	VIEW_SCREEN_COUNT_
};

/* The one field that takes typed characters now; label W_NONE: none. */
struct view_field {
	enum word label;
	char text[VIEW_FIELD_MAX + 1];
	bool masked; /* shown as dots */
	enum word hint;
};

struct view_member {
	bool known;                       /* someone is identified */
	bool found;                       /* the directory had an entry */
	char shown[VIEW_MEMBER_MASK_MAX]; /* masked identifier, "***.123.456-**" */
	char first_name[NAME_LEN_MAX + 1];
	char segment; /* letter, 0: none */
	char segment_word[NAME_LEN_MAX + 1];
	char tier[VIEW_TEXT_MAX];
	bool has_balance;
	int64_t balance;
	uint32_t balance_day; /* yyyymmdd */
	bool looking;         /* the slow look-up is running */
};

struct view_why {
	char rule[NAME_LEN_MAX + 1]; /* its name, or its id */
	enum word earner;            /* W_EARNER_MEMBER ... */
	int64_t base_cents;
	int64_t points;
};

struct view_hint {
	enum word key; /* W_KEY_F2, W_KEY_ENTER ... */
	enum word what;
};

struct view_status {
	char clerk[NAME_LEN_MAX + 1];
	char terminal[TERMINAL_LEN_MAX + 1];
	struct sentence link; /* online or not, in words */
	enum tone link_tone;
	uint64_t waiting;
	int64_t oldest_s; /* -1: none waiting */
	bool clock_unsure;
	bool training;
	bool programme_expired;
	struct sentence warn; /* stick reminder, disk low, held batches */
	int hour;             /* local time shown, -1: none */
	int minute;
};

struct view {
	enum view_screen screen;
	enum word title;
	char store[NAME_LEN_MAX + 1];
	struct view_member member;
	size_t item_count; /* items present in item[] */
	size_t item_total; /* of how many in all */
	bool has_chosen;
	size_t chosen; /* the marked one, an index into item[] */
	struct view_item item[VIEW_ITEMS_MAX];
	bool has_total;
	int64_t total_cents;
	bool has_points;
	int64_t points[3]; /* member, clerk, store */
	size_t why_count;
	struct view_why why[VIEW_WHY_MAX];
	char receipt[VIEW_RECEIPT_MAX]; /* VIEW_DONE, VIEW_VOID: what a void scans */
	char
	    text[VIEW_LONG_MAX + 1]; /* VIEW_ENROL: programme's own words, one language */
	struct sentence read;        /* what was just read or happened */
	enum tone read_tone;
	struct sentence prompt;
	struct view_field field;
	struct view_status status;
	size_t hint_count;
	struct view_hint hint[VIEW_HINTS_MAX];
	enum word help; /* VIEW_HELP: the text of this state */
};

#endif
