/* SPDX-License-Identifier: MIT */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

/* What main.c took from before the verb (`--state DIR` may stand on either
 * side); every command is `int cmd_x(int argc, char **argv)` and reads this. */
struct app_options {
	const char *state_dir; /* --state, $BALCAO_STATE, /var/lib/balcao */
};

extern struct app_options app_options;

#endif
