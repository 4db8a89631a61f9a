/* SPDX-License-Identifier: MIT */
#ifndef APP_CMD_RUN_H
#define APP_CMD_RUN_H

/* The clerk's screen: opens the ports and runs the loop. */
int cmd_run(int argc, char **argv);

#endif
