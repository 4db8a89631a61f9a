/* SPDX-License-Identifier: MIT */
#ifndef UI_WORDS_LIST_H
#define UI_WORDS_LIST_H

/* X(id, place): one line a message; its text stands in words_pt_br.c,
 * words_en.c and words_es.c under [W_id]. */
#define WORDS(X)                                                                         \
	X(EARNER_MEMBER, PLACE_LABEL)                                                    \
	X(EARNER_CLERK, PLACE_LABEL)                                                     \
	X(EARNER_STORE, PLACE_LABEL)                                                     \
	X(SALE_SAVED, PLACE_LINE)

#endif
