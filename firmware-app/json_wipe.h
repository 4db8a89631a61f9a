/* SPDX-License-Identifier: MIT */
#ifndef APP_JSON_WIPE_H
#define APP_JSON_WIPE_H

/* From now on jansson's memory is wiped before it is freed: members, phones and
 * what a card reader sent pass through it. Before the first JSON value. */
void json_wipe_on_free(void);

#endif
